/* Enlarging by a small network that has seen photographs: what Lanczos' interpolation leaves out.
 *
 * One network doubles a picture. For a pixel of one channel it sees the 7 x 7 pixels around, as
 * differences from the pixel itself, and adds to each of the four pixels that replace it what
 * interpolation misses. A second network, of the same shape, doubles what the first one made. */
#ifndef PENSEL_PICTURE_SHARP_H
#define PENSEL_PICTURE_SHARP_H

#include "base/thread_pool.h"
#include "pensel.h"

enum {
    PENSEL_SHARP_SIDE = 7,
    PENSEL_SHARP_INPUTS = PENSEL_SHARP_SIDE * PENSEL_SHARP_SIDE,
    PENSEL_SHARP_HIDDEN = 64,
    PENSEL_SHARP_INNER = 32,
    PENSEL_SHARP_OUTPUTS = 4, /* row by row */
    PENSEL_SHARP_STAGES = 2,
    PENSEL_SHARP_TAPS = 6, /* of Lanczos' window */
    PENSEL_SHARP_NUMBERS = (PENSEL_SHARP_INPUTS + 1) * PENSEL_SHARP_HIDDEN +
                           (PENSEL_SHARP_HIDDEN + 1) * PENSEL_SHARP_INNER +
                           (PENSEL_SHARP_INNER + 1) * PENSEL_SHARP_OUTPUTS
};

#define PENSEL_SHARP_UNIT 1024 /* what the numbers of the prior are parts of */
#define PENSEL_SHARP_GAIN 4    /* of the inputs */
#define PENSEL_SHARP_SHARE 16  /* what the outputs are parts of */

/* Of each stage the parameters in the order of pensel_network_parameters; sharp_prior.c. */
extern const int16_t pensel_sharp_prior[PENSEL_SHARP_STAGES][PENSEL_SHARP_NUMBERS];

/* A network of this shape whose parameters are 0. */
pensel_status pensel_sharp_network(pensel_network **network, pensel_error *error);
/* What it sees of the pixel (x, y) of channel c; beyond the edge the picture is mirrored. */
void pensel_sharp_patch(float *patch, const pensel_picture *picture, size_t x, size_t y, size_t c);
/* The weights of the pixels around a position a quarter of a pixel behind the centre of one. */
void pensel_sharp_taps(float taps[PENSEL_SHARP_TAPS]);
/* The four pixels that replace it by Lanczos' interpolation, as differences from it. */
void pensel_sharp_base(float *base, const float *patch, const float taps[PENSEL_SHARP_TAPS]);

/* large (2 height, 2 width, channels), within [0, 1]; colours stay below their alpha. The network
 * uses the pool's context. */
pensel_status pensel_sharp_double(float *large, const pensel_picture *picture,
                                  const pensel_network *network, const pensel_pool *pool,
                                  pensel_error *error);

#endif
