/* Memory: sizes are checked before they are multiplied, and a failed allocation is an error.
 *
 * What is allocated is assigned, never written through a pointer to another type, and its size is
 * that of what the pointer points to:
 *
 *     pensel_layer *layers;
 *     PENSEL_TRY(PENSEL_NEW(layers, count, error));
 *     ...
 *     pensel_release(layers); */
#ifndef PENSEL_BASE_MEMORY_H
#define PENSEL_BASE_MEMORY_H

#include "pensel.h"

#define PENSEL_ALIGNMENT 64 /* bytes: a cache line, and the widest vector */

/* pointer = `count` zeroed items of what it points to, aligned to PENSEL_ALIGNMENT, or NULL; the
 * value is a pensel_status. A count of 0 gives a block that must not be accessed. Free it with
 * pensel_release. */
#define PENSEL_NEW(pointer, count, error) PENSEL_ALLOCATE(pointer, count, sizeof *(pointer), error)

/* The same for items of `size` bytes: numbers whose precision is known at run time only, or several
 * in a row. */
#define PENSEL_ALLOCATE(pointer, count, size, error)                             \
    (((pointer) = pensel_allocate((count), (size), (error))) != NULL ? PENSEL_OK \
                                                                     : PENSEL_OUT_OF_MEMORY)

/* The same, but the bytes are uninitialised: for blocks that will be written completely, perhaps by
 * several threads. */
#define PENSEL_ALLOCATE_BARE(pointer, count, size, error)                             \
    (((pointer) = pensel_allocate_bare((count), (size), (error))) != NULL ? PENSEL_OK \
                                                                          : PENSEL_OUT_OF_MEMORY)

/* What the macros call; NULL is a failure that *error describes. */
void *pensel_allocate(size_t count, size_t size, pensel_error *error);
void *pensel_allocate_bare(size_t count, size_t size, pensel_error *error);

/* NULL is fine. */
void pensel_release(void *block);

/* Resizes *block, which may be NULL, to count * size bytes. The old contents are kept, any new
 * bytes are uninitialised, and the address need not be aligned. On failure *block is unchanged.
 * With glibc, large blocks are remapped rather than copied, and pages that are never written take
 * no memory. */
pensel_status pensel_resize(void **block, size_t count, size_t size, pensel_error *error);

/* A copy of `text`; free it with pensel_release. */
pensel_status pensel_duplicate(char **copy, const char *text, pensel_error *error);

/* False if a * b does not fit in a size_t. */
bool pensel_multiply(size_t *product, size_t a, size_t b);

static inline size_t pensel_round_up(size_t value, size_t multiple)
{
    return (value + multiple - 1) / multiple * multiple;
}

#endif
