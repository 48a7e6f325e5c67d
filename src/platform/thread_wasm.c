/* A WebAssembly module without shared memory has one thread, its caller's, and nobody to wait for.
 */
#include "platform/thread.h"

pensel_thread *pensel_thread_start(void (*work)(void *data), void *data)
{
    (void)work, (void)data;
    return NULL; /* there are no more to be had */
}

void pensel_thread_join(pensel_thread *thread)
{
    (void)thread;
}

void pensel_word_wait(_Atomic uint32_t *word, uint32_t value)
{
    (void)word, (void)value;
}

void pensel_word_wake(_Atomic uint32_t *word)
{
    (void)word;
}

void pensel_thread_yield(void)
{
}

static void *own; /* of the only thread */

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
    return 1;
}

size_t pensel_cores(void)
{
    return 1;
}
