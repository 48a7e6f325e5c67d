/* A compact painting inside the library: its file, and what the file says. */
#ifndef PENSEL_CODEC_COMPACT_H
#define PENSEL_CODEC_COMPACT_H

#include "pensel.h"

#include "codec/tile.h"

/* What stands before the streams. */
typedef struct pensel_compact_head {
    size_t width, height, channels, bits;
    bool drawn; /* pixel by pixel: it has no step, colours and offsets */
    unsigned step_code;
    pensel_colours colours;
    int8_t offsets[PENSEL_OFFSETS];
    const void *profile;
    size_t profile_size;
    size_t stripes; /* of all tiles */
} pensel_compact_head;

struct pensel_compact {
    pensel_compact_head head;
    pensel_compact_info info;
    uint8_t *bytes;
    size_t size;
    uint8_t *profile; /* NULL, or what was packed */
    size_t *starts;   /* (stripes + 1) of each stripe's stream among the bytes */
};

/* How many stripes the tiles of a picture have. */
size_t pensel_compact_stripes(size_t width, size_t height);

/* The file of these streams, one after another in `streams`, of these lengths. It is read back, so
 * it is a file that can be read. */
pensel_status pensel_compact_put(pensel_compact **compact, const pensel_compact_head *head,
                                 const uint8_t *streams, const size_t *lengths,
                                 pensel_error *error);

/* The stripes of one tile, decoded into its coefficients, of which the first stream is number
 * `first`. *count, if not NULL, grows by the latents that are not 0. */
pensel_status pensel_compact_decode_tile(const pensel_compact *compact, pensel_tile *tile,
                                         size_t first, size_t *count, const pensel_pool *pool,
                                         pensel_error *error);

#endif
