/* Tables in packed files: .gz, .zst, and arrays in a .npz. The library takes them as streams. */
#ifndef PENSEL_APP_UNPACK_H
#define PENSEL_APP_UNPACK_H

#include "pensel.h"

typedef struct pensel_unpacked pensel_unpacked;

/* *unpacked is NULL if the file is to be read as it is. "FILE.npz:NAME" names one of its arrays. */
pensel_status pensel_unpack_open(pensel_unpacked **unpacked, const char *path, pensel_error *error);
const pensel_stream *pensel_unpack_stream(pensel_unpacked *unpacked);
void pensel_unpack_free(pensel_unpacked **unpacked);

#endif
