/* Memory: sizes are checked before they are multiplied, and a block that cannot be had is an error. */
#ifndef PENSEL_BASE_MEMORY_H
#define PENSEL_BASE_MEMORY_H

#include "pensel.h"

#define PENSEL_ALIGNMENT 64 /* bytes: a cache line, and the widest vector */

/* *block = count * size zeroed bytes, aligned to PENSEL_ALIGNMENT; freed by pensel_release. A count of 0
 * gives a block that may not be read. On failure *block is NULL. */
pensel_status pensel_allocate(void *block, size_t count, size_t size, pensel_error *error);
/* The same, but the bytes are whatever they are: for blocks that will be written as a whole, perhaps by
 * several threads. */
pensel_status pensel_allocate_bare(void *block, size_t count, size_t size, pensel_error *error);
void pensel_release(void *block);

/* *block, NULL or allocated, becomes count * size bytes: the old ones as far as they go, then unknown ones,
 * at an address that need not be aligned. On failure *block is as it was. Large blocks are not copied but
 * mapped anew, and what is never written takes no memory. */
pensel_status pensel_resize(void *block, size_t count, size_t size, pensel_error *error);

/* A copy of `text`; freed by pensel_release. */
pensel_status pensel_duplicate(char **copy, const char *text, pensel_error *error);

/* False when a * b does not fit in a size_t. */
bool pensel_multiply(size_t *product, size_t a, size_t b);

static inline size_t pensel_round_up(size_t value, size_t multiple)
{
    return (value + multiple - 1) / multiple * multiple;
}

#endif
