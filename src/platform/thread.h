/* Threads, and waiting for a word in memory to change. */
#ifndef PENSEL_PLATFORM_THREAD_H
#define PENSEL_PLATFORM_THREAD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct pensel_thread pensel_thread;

/* Starts work(data) in a thread of its own; NULL if there are no more to be had. */
pensel_thread *pensel_thread_start(void (*work)(void *data), void *data);
/* Waits until its work has returned, and frees it. */
void pensel_thread_join(pensel_thread *thread);

/* Sleeps until `word` is woken, unless it has another value than `value`. It may return for no
 * reason: look at the word again. Whoever changes the word wakes it afterwards. */
void pensel_word_wait(_Atomic uint32_t *word, uint32_t value);
void pensel_word_wake(_Atomic uint32_t *word);

/* To another thread that wants this core. */
void pensel_thread_yield(void);

/* A pointer of this thread's own: NULL in a thread that has set none. */
void *pensel_thread_pointer(void);
void pensel_thread_set_pointer(void *pointer);

/* A number of this process: a child of fork has another one. */
uint32_t pensel_process(void);

/* How many cores this process may keep busy: those that it is allowed to run on, and no more than
 * the time that a container grants it. At least 1. */
size_t pensel_cores(void);

#endif
