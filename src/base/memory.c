/* Memory: aligned, zeroed, checked. */
#include "base/memory.h"

#include "base/error.h"
#include "platform/large_pages.h"

#include <string.h>

/* Blocks of at least this size use huge pages where the system has them: a page fault for every 4
 * KiB costs more than filling the page. */
enum { LARGE = 4 << 20 };

static void *get(size_t bytes)
{
    if (bytes < LARGE) return pensel_system_block(PENSEL_ALIGNMENT, bytes);
    size_t rounded = pensel_round_up(bytes, PENSEL_LARGE_PAGE);
    void *memory = pensel_system_block(PENSEL_LARGE_PAGE, rounded);
    if (memory) pensel_system_large_pages(memory, rounded);
    return memory;
}

bool pensel_multiply(size_t *product, size_t a, size_t b)
{
    if (b != 0 && a > SIZE_MAX / b) return false;
    *product = a * b;
    return true;
}

void *pensel_allocate_bare(size_t count, size_t size, pensel_error *error)
{
    size_t bytes;
    void *block = NULL;
    if (pensel_multiply(&bytes, count, size) && bytes <= SIZE_MAX / 2)
        block = get(pensel_round_up(bytes ? bytes : 1, PENSEL_ALIGNMENT));
    if (!block) pensel_fail_memory(error, count, size);
    return block;
}

void *pensel_allocate(size_t count, size_t size, pensel_error *error)
{
    void *block = pensel_allocate_bare(count, size, error);
    size_t bytes = count * size;
    if (block) memset(block, 0, pensel_round_up(bytes ? bytes : 1, PENSEL_ALIGNMENT));
    return block;
}

pensel_status pensel_resize(void **block, size_t count, size_t size, pensel_error *error)
{
    size_t bytes;
    if (!pensel_multiply(&bytes, count, size) || bytes > SIZE_MAX / 2)
        return pensel_fail_memory(error, count, size);
    void *memory = pensel_system_resize(*block, bytes ? bytes : 1);
    if (!memory) return pensel_fail_memory(error, count, size);
    *block = memory;
    return PENSEL_OK;
}

void pensel_release(void *block)
{
    pensel_system_release(block);
}

pensel_status pensel_duplicate(char **copy, const char *text, pensel_error *error)
{
    size_t length = strlen(text) + 1;
    PENSEL_TRY(PENSEL_NEW(*copy, length, error));
    memcpy(*copy, text, length);
    return PENSEL_OK;
}
