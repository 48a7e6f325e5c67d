/* Memory on Windows. Large pages need a right that users do not have. */
#include "platform/large_pages.h"

#include <windows.h>

#include <malloc.h>

/* A block cannot change its alignment, so that all have the same. */
enum { ALIGNMENT = 64 };

/* What _aligned_malloc returns free must not have, so that resized blocks are its too. */
void *pensel_system_block(size_t alignment, size_t bytes)
{
    (void)alignment;
    return _aligned_malloc(bytes, ALIGNMENT);
}

void *pensel_system_resize(void *block, size_t bytes)
{
    return _aligned_realloc(block, bytes, ALIGNMENT);
}

void pensel_system_release(void *block)
{
    _aligned_free(block);
}

void pensel_system_large_pages(void *block, size_t bytes)
{
    (void)block, (void)bytes;
}

double pensel_system_memory(void)
{
    MEMORYSTATUSEX status = {.dwLength = sizeof status};
    return GlobalMemoryStatusEx(&status) ? (double)status.ullTotalPhys : 0;
}
