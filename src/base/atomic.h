/* Writing a file completely or not at all: into a temporary file in the same folder, which is
 * synced and then renamed. */
#ifndef PENSEL_BASE_ATOMIC_H
#define PENSEL_BASE_ATOMIC_H

#include "pensel.h"

typedef struct pensel_piece {
    const void *data;
    size_t size;
} pensel_piece;

/* Writes the pieces one after another as the file `path`. On failure the old file, if any, is
 * intact, and no temporary file is left. */
pensel_status pensel_atomic_write(const char *path, const pensel_piece *pieces, size_t count,
                                  pensel_error *error);

#endif
