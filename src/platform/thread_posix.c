/* Threads on POSIX systems. How one waits for a word, and how many cores there are, each system has
 * in its own way, in a file of its own. */
#define _GNU_SOURCE
#include "platform/thread.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <unistd.h>

struct pensel_thread {
    pthread_t id;
    void (*work)(void *data);
    void *data;
};

static void *run(void *data)
{
    pensel_thread *thread = data;
    thread->work(thread->data);
    return NULL;
}

pensel_thread *pensel_thread_start(void (*work)(void *data), void *data)
{
    pensel_thread *thread = malloc(sizeof *thread);
    if (!thread) return NULL;
    thread->work = work;
    thread->data = data;
    if (pthread_create(&thread->id, NULL, run, thread) == 0) return thread;
    free(thread);
    return NULL;
}

void pensel_thread_join(pensel_thread *thread)
{
    pthread_join(thread->id, NULL);
    free(thread);
}

void pensel_thread_yield(void)
{
    sched_yield();
}

static _Thread_local void *own;

void *pensel_thread_pointer(void)
{
    return own;
}

void pensel_thread_set_pointer(void *pointer)
{
    own = pointer;
}

uint32_t pensel_process(void)
{
    return (uint32_t)getpid();
}
