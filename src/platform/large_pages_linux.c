/* Memory on Linux. */
#define _GNU_SOURCE
#include "platform/large_pages.h"

#include <sys/mman.h>
#include <unistd.h>

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
