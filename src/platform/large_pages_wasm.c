/* The memory of a WebAssembly module: pages of 64 KiB, of one kind, and no more than it was given.
 */
#include "platform/large_pages.h"

#include <stdlib.h>

void *pensel_system_block(size_t alignment, size_t bytes)
{
    return aligned_alloc(alignment, bytes);
}

void *pensel_system_resize(void *block, size_t bytes)
{
    return realloc(block, bytes);
}

void pensel_system_release(void *block)
{
    free(block);
}

void pensel_system_large_pages(void *block, size_t bytes)
{
    (void)block, (void)bytes;
}

double pensel_system_memory(void)
{
    return 0; /* how far it may grow, the module cannot ask */
}
