/* Threads in WebAssembly are lent (lent_threads.h). To start one is to find one that is idle and to
 * wake it up:
 *
 *     IDLE -> TAKEN -> CALLED -> BUSY -> DONE -> IDLE
 *
 * The first two steps and the last are those of whoever starts and joins it, the others are its
 * own. A thread that is started before it serves finds its work when it does. Where memory is not
 * shared nobody lends, so no word is ever waited for: the instruction would end the module.
 * Files, and what else WASI's C library does with a state of its own, are the first thread's. */
#include "platform/lent_threads.h"

#include <stdlib.h>

enum { STACK = 256 << 10 }; /* bytes, as many as the first thread has (web/core/meson.build) */

enum { IDLE, TAKEN, CALLED, BUSY, DONE };

struct pensel_thread {
    _Atomic uint32_t state; /* first: tests/web_core.mjs looks at it */
    void (*work)(void *data);
    void *data;
    char *stack; /* (STACK) */
    void *own;   /* its pointer */
    pensel_thread *next;
};

static pensel_thread *lent; /* a list, which does not change once the first of them serves */
static void *own;           /* the first thread's pointer */
static size_t cores = 1;

pensel_thread *pensel_thread_lend(void **stack)
{
    pensel_thread *thread = calloc(1, sizeof *thread);
    char *block = aligned_alloc(64, STACK);
    if (!thread || !block) {
        free(thread);
        free(block);
        return NULL;
    }
    *stack = block + STACK;
    thread->stack = block;
    thread->next = lent;
    lent = thread;
    return thread;
}

void pensel_thread_serve(pensel_thread *thread)
{
    for (;;) {
        for (uint32_t state; (state = atomic_load(&thread->state)) != CALLED;)
            pensel_word_wait(&thread->state, state);
        atomic_store(&thread->state, BUSY);
        thread->work(thread->data);
        atomic_store(&thread->state, DONE);
        pensel_word_wake(&thread->state);
    }
}

pensel_thread *pensel_thread_start(void (*work)(void *data), void *data)
{
    for (pensel_thread *thread = lent; thread; thread = thread->next) {
        uint32_t idle = IDLE;
        if (!atomic_compare_exchange_strong(&thread->state, &idle, TAKEN)) continue;
        thread->work = work;
        thread->data = data;
        atomic_store(&thread->state, CALLED);
        pensel_word_wake(&thread->state);
        return thread;
    }
    return NULL; /* there are no more to be had */
}

void pensel_thread_join(pensel_thread *thread)
{
    for (uint32_t state; (state = atomic_load(&thread->state)) != DONE;)
        pensel_word_wait(&thread->state, state);
    atomic_store(&thread->state, IDLE);
}

void pensel_word_wait(_Atomic uint32_t *word, uint32_t value)
{
    __builtin_wasm_memory_atomic_wait32((int *)word, (int)value, -1); /* for ever */
}

void pensel_word_wake(_Atomic uint32_t *word)
{
    __builtin_wasm_memory_atomic_notify((int *)word, UINT32_MAX);
}

void pensel_thread_yield(void)
{
}

/* Who asks is known by the stack that a variable lies on: variables of the threads' own need a
 * linker that shares memory, and a module for one thread is linked without. */
static void **own_pointer(void)
{
    volatile char here = 0;
    for (pensel_thread *thread = lent; thread; thread = thread->next)
        if ((uintptr_t)&here - (uintptr_t)thread->stack < STACK) return &thread->own;
    return &own;
}

void *pensel_thread_pointer(void)
{
    return *own_pointer();
}

void pensel_thread_set_pointer(void *pointer)
{
    *own_pointer() = pointer;
}

uint32_t pensel_process(void)
{
    return 1;
}

void pensel_cores_set(size_t count)
{
    cores = count;
}

size_t pensel_cores(void)
{
    return cores;
}
