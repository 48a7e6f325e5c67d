/* Memory: sizes are checked before they are multiplied, and a failed allocation is an error. */
#ifndef PENSEL_BASE_MEMORY_H
#define PENSEL_BASE_MEMORY_H

#include "pensel.h"

#define PENSEL_ALIGNMENT 64 /* bytes: a cache line, and the widest vector */

/* *block = count * size zeroed bytes, aligned to PENSEL_ALIGNMENT; free it with pensel_release. A
 * count of 0 gives a block that must not be accessed. On failure *block is NULL. */
pensel_status pensel_allocate(void *block, size_t count, size_t size, pensel_error *error);
/* The same, but the bytes are uninitialised: for blocks that will be written completely, perhaps by
 * several threads. */
pensel_status pensel_allocate_bare(void *block, size_t count, size_t size, pensel_error *error);
void pensel_release(void *block);

/* Resizes *block, which may be NULL, to count * size bytes. The old contents are kept, any new
 * bytes are uninitialised, and the address need not be aligned. On failure *block is unchanged.
 * With glibc, large blocks are remapped rather than copied, and pages that are never written take
 * no memory. */
pensel_status pensel_resize(void *block, size_t count, size_t size, pensel_error *error);

/* A copy of `text`; free it with pensel_release. */
pensel_status pensel_duplicate(char **copy, const char *text, pensel_error *error);

/* False if a * b does not fit in a size_t. */
bool pensel_multiply(size_t *product, size_t a, size_t b);

static inline size_t pensel_round_up(size_t value, size_t multiple)
{
    return (value + multiple - 1) / multiple * multiple;
}

#endif
