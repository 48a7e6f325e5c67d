/* Memory: aligned, zeroed, checked; the system's, or that of the context the thread has entered.
 *
 * In front of each block, in the cache line before it, stands whose it is and how long. So it goes
 * back to where it came from, whoever frees it, when and in which thread. What pensel_allocate
 * gives is whole lines long, so no two blocks share one: threads that write to neighbours do not
 * take lines from each other. */
#include "base/memory.h"

#include "base/error.h"
#include "platform/large_pages.h"
#include "platform/thread.h"

#include <string.h>

typedef struct origin {
    pensel_allocator of; /* zeros: the system */
    size_t bytes;        /* from here on, this included */
} origin;

enum { FRONT = PENSEL_ALIGNMENT };
_Static_assert(sizeof(origin) <= FRONT, "an origin fits in front of a block");

/* Blocks that fill a large page lie in such pages where the system has them: a page fault for every
 * 4 KiB costs more than filling the page, and who goes down a wide layer's panel, of 2 MiB and
 * more, is on another small page every few rows. */
static void *system_block(size_t bytes)
{
    if (bytes < PENSEL_LARGE_PAGE) return pensel_system_block(PENSEL_ALIGNMENT, bytes);
    size_t rounded = pensel_round_up(bytes, PENSEL_LARGE_PAGE);
    void *memory = pensel_system_block(PENSEL_LARGE_PAGE, rounded);
    if (memory) pensel_system_large_pages(memory, rounded);
    return memory;
}

static origin *origin_of(void *block)
{
    return (origin *)(void *)((char *)block - FRONT);
}

static void *behind(origin *front)
{
    return (char *)front + FRONT;
}

/* A block of `bytes`, a multiple of the alignment, or NULL. */
static void *get(size_t bytes)
{
    const pensel_allocator *own = pensel_thread_pointer();
    const pensel_allocator of = own ? *own : (pensel_allocator){0};
    origin *front;
    bytes += FRONT;
    front = of.allocate ? of.allocate(bytes, PENSEL_ALIGNMENT, of.data) : system_block(bytes);
    if (!front) return NULL;
    *front = (origin){of, bytes};
    return behind(front);
}

bool pensel_multiply(size_t *product, size_t a, size_t b)
{
    if (b != 0 && a > SIZE_MAX / b) return false;
    *product = a * b;
    return true;
}

/* Half the address space is refused in any case, so that rounding up cannot overflow. 0 bytes are a
 * block of their own: NULL always means a failure. */
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

/* A host has no call that resizes: another block, and the old one goes back. */
static bool move(void **block, size_t bytes)
{
    size_t before = *block ? origin_of(*block)->bytes - FRONT : 0;
    void *larger = get(pensel_round_up(bytes, PENSEL_ALIGNMENT));
    if (!larger) return false;
    if (before > 0) memcpy(larger, *block, before < bytes ? before : bytes);
    pensel_release(*block);
    *block = larger;
    return true;
}

static bool resize(void **block, size_t bytes)
{
    const pensel_allocator *own = pensel_thread_pointer();
    bool hosts = *block ? origin_of(*block)->of.allocate != NULL : own && own->allocate;
    if (hosts) return move(block, bytes);
    origin *front = pensel_system_resize(*block ? origin_of(*block) : NULL, bytes + FRONT);
    if (!front) return false;
    *front = (origin){.bytes = bytes + FRONT};
    *block = behind(front);
    return true;
}

pensel_status pensel_resize(void **block, size_t count, size_t size, pensel_error *error)
{
    size_t bytes;
    if (!pensel_multiply(&bytes, count, size) || bytes > SIZE_MAX / 2 ||
        !resize(block, bytes ? bytes : 1))
        return pensel_fail_memory(error, count, size);
    return PENSEL_OK;
}

void pensel_release(void *block)
{
    if (!block) return;
    origin *front = origin_of(block);
    const pensel_allocator of = front->of;
    if (of.release)
        of.release(front, front->bytes, of.data);
    else
        pensel_system_release(front);
}

pensel_status pensel_duplicate(char **copy, const char *text, pensel_error *error)
{
    size_t length = strlen(text) + 1;
    PENSEL_TRY(PENSEL_NEW(*copy, length, error));
    memcpy(*copy, text, length);
    return PENSEL_OK;
}
