/* The memory of a WebAssembly module: pages of 64 KiB, of one kind, and no more than it was given.
 * WASI's C library was compiled for one thread: a word keeps the others out of it. Nothing else of
 * the library that has a state is called by more than one (files are the first thread's). */
#include "platform/large_pages.h"

#include "platform/thread.h"

#include <stdlib.h>

enum { OPEN, CLOSED, WANTED }; /* WANTED: closed, and somebody may be asleep */

static _Atomic uint32_t gate;

static void close_gate(void)
{
    uint32_t open = OPEN;
    if (atomic_compare_exchange_strong(&gate, &open, CLOSED)) return;
    while (atomic_exchange(&gate, WANTED) != OPEN)
        pensel_word_wait(&gate, WANTED);
}

static void open_gate(void)
{
    if (atomic_exchange(&gate, OPEN) == WANTED) pensel_word_wake(&gate);
}

void *pensel_system_block(size_t alignment, size_t bytes)
{
    close_gate();
    void *block = aligned_alloc(alignment, bytes);
    open_gate();
    return block;
}

void *pensel_system_resize(void *block, size_t bytes)
{
    close_gate();
    void *resized = realloc(block, bytes);
    open_gate();
    return resized;
}

void pensel_system_release(void *block)
{
    close_gate();
    free(block);
    open_gate();
}

void pensel_system_large_pages(void *block, size_t bytes)
{
    (void)block, (void)bytes;
}

double pensel_system_memory(void)
{
    return 0; /* how far it may grow, the module cannot ask */
}
