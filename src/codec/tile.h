/* A tile: a part of a picture as planes, and their coefficients. */
#ifndef PENSEL_CODEC_TILE_H
#define PENSEL_CODEC_TILE_H

#include "base/thread_pool.h"
#include "codec/codec.h"

/* A picture's planes: rows of numbers in 1/127, plane = sum over r, g, b of row[k] colour. Rows are
 * about orthonormal, so an error in a plane is as large an error in colour. */
typedef struct pensel_colours {
    int8_t rows[3][3];
} pensel_colours;

/* The directions in which the colours of neighbouring pixels differ most, and least. */
void pensel_colours_choose(pensel_colours *colours, const pensel_picture *picture);
/* Turns the rows 0 and 1, 0 and 2, 1 and 2 by these angles. */
void pensel_colours_turn(pensel_colours *colours, const float angles[3]);

typedef struct pensel_tile {
    size_t x, y, width, height; /* in the picture */
    size_t planes, colours, levels;
    float *plane[PENSEL_PLANES]; /* (height, width) each */
    float *scratch;
} pensel_tile;

/* How many tiles a side is cut into, and where each begins. */
size_t pensel_tile_count(size_t side);
size_t pensel_tile_start(size_t side, size_t index);
size_t pensel_tile_stripes(const pensel_tile *tile);

/* Room for the tile (column, row) of a picture of this size, on this many threads. */
pensel_status pensel_tile_new(pensel_tile *tile, size_t column, size_t row, size_t width,
                              size_t height, size_t channels, const pensel_pool *pool,
                              pensel_error *error);
void pensel_tile_clear(pensel_tile *tile);

/* Pixels -> coefficients. */
void pensel_tile_analyse(pensel_tile *tile, const pensel_picture *picture,
                         const pensel_colours *colours, const pensel_pool *pool);
/* Coefficients -> pixels in [0, 1], in place of the picture's. */
void pensel_tile_synthesise(pensel_tile *tile, const pensel_picture *picture,
                            const pensel_colours *colours, const pensel_pool *pool);

#endif
