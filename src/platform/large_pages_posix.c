/* Memory on POSIX systems. */
#define _GNU_SOURCE
#define _DARWIN_C_SOURCE
#include "platform/large_pages.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

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
#ifdef MADV_HUGEPAGE
    madvise(block, bytes, MADV_HUGEPAGE);
#else
    (void)block, (void)bytes;
#endif
}

double pensel_system_memory(void)
{
    double bytes = (double)sysconf(_SC_PHYS_PAGES) * (double)sysconf(_SC_PAGESIZE);
    return bytes > 0 ? bytes : 0;
}
