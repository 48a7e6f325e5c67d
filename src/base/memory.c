/* Memory: aligned, zeroed, checked. */
#include "base/memory.h"

#include "base/error.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* Blocks of at least this size use huge pages where the system has them: a page fault for every 4
 * KiB costs more than filling the page. */
enum { LARGE = 4 << 20, LARGE_PAGE = 2 << 20 };

static void *get(size_t bytes)
{
    if (bytes < LARGE) return aligned_alloc(PENSEL_ALIGNMENT, bytes);
    void *memory = aligned_alloc(LARGE_PAGE, pensel_round_up(bytes, LARGE_PAGE));
#ifdef MADV_HUGEPAGE
    if (memory) madvise(memory, pensel_round_up(bytes, LARGE_PAGE), MADV_HUGEPAGE);
#endif
    return memory;
}

bool pensel_multiply(size_t *product, size_t a, size_t b)
{
    if (b != 0 && a > SIZE_MAX / b) return false;
    *product = a * b;
    return true;
}

pensel_status pensel_allocate_bare(void *block, size_t count, size_t size, pensel_error *error)
{
    void **result = block;
    size_t bytes;
    *result = NULL;
    if (!pensel_multiply(&bytes, count, size) || bytes > SIZE_MAX / 2)
        return pensel_fail_memory(error, count, size);
    *result = get(pensel_round_up(bytes ? bytes : 1, PENSEL_ALIGNMENT));
    return *result ? PENSEL_OK : pensel_fail_memory(error, count, size);
}

pensel_status pensel_allocate(void *block, size_t count, size_t size, pensel_error *error)
{
    PENSEL_TRY(pensel_allocate_bare(block, count, size, error));
    size_t bytes = count * size;
    memset(*(void **)block, 0, pensel_round_up(bytes ? bytes : 1, PENSEL_ALIGNMENT));
    return PENSEL_OK;
}

pensel_status pensel_resize(void *block, size_t count, size_t size, pensel_error *error)
{
    void **result = block;
    size_t bytes;
    if (!pensel_multiply(&bytes, count, size) || bytes > SIZE_MAX / 2)
        return pensel_fail_memory(error, count, size);
    void *memory = realloc(*result, bytes ? bytes : 1);
    if (!memory) return pensel_fail_memory(error, count, size);
    *result = memory;
    return PENSEL_OK;
}

void pensel_release(void *block)
{
    free(block);
}

pensel_status pensel_duplicate(char **copy, const char *text, pensel_error *error)
{
    size_t length = strlen(text) + 1;
    PENSEL_TRY(pensel_allocate(copy, length, 1, error));
    memcpy(*copy, text, length);
    return PENSEL_OK;
}
