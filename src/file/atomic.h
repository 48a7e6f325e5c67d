/* Writing a whole file or none of it: into a temporary file of the same folder, synced, then
 * renamed. */
#ifndef PENSEL_FILE_ATOMIC_H
#define PENSEL_FILE_ATOMIC_H

#include "pensel.h"

typedef struct pensel_piece {
    const void *data;
    size_t size;
} pensel_piece;

/* The pieces one after another become the file `path`. On failure the old file, if there was one,
 * is whole, and no temporary file is left. */
pensel_status pensel_atomic_write(const char *path, const pensel_piece *pieces, size_t count,
                                  pensel_error *error);

#endif
