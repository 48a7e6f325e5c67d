/* A picture in few bytes.
 *
 * The colours are turned, by a matrix of the picture's own, into planes of which the first says
 * most. A wavelet takes each plane apart into a pyramid of latent grids; rounded to steps, most
 * latents are 0. A small network of integers says, from the latents that are known already, how
 * likely each value is, and a range coder writes what really comes: the better the guess, the fewer
 * bits. Everything that steers the range coder is integer arithmetic, so every processor reads the
 * same latents. docs/format.md describes the file for whoever wants to write another decoder.
 *
 *     picture -> tiles -> planes -> bands of latents (band.c) -> stripes -> bits (latent_body.c)
 *
 * A tile is at most PENSEL_TILE pixels wide and high and is coded by itself, so that memory stays
 * bounded. A stripe is what PENSEL_STRIPE rows of a tile have in all bands: no context crosses its
 * edge, so stripes are coded by threads of their own. */
#ifndef PENSEL_CODEC_CODEC_H
#define PENSEL_CODEC_CODEC_H

#include "pensel.h"

enum {
    PENSEL_TILE = 2048,     /* pixels along the side of a tile, at most */
    PENSEL_STRIPE = 256,    /* rows of a tile; a multiple of 2^PENSEL_WAVELETS */
    PENSEL_WAVELETS = 6,    /* levels of the pyramid, at most */
    PENSEL_PLANES = 4,      /* 1 or 3 of colour, and alpha */
    PENSEL_BAND_MARGIN = 4, /* zeros around a band, which contexts read */
    PENSEL_LATENT_MOST = 32767,
    PENSEL_OFFSETS = 9 /* numbers that say where in its interval a value lies */
};

/* One grid of latents of a stripe. Level 0 is what is left of the plane after all halvings; level 1
 * has the finest detail. Orientation 0 is detail along a row, 1 down a column, 2 both. Grids of
 * orientation 1 are stored turned, columns as rows: so the same network reads 0 and 1. */
typedef struct pensel_band {
    size_t plane, level, orientation;
    size_t width, height, stride; /* of q, as it is stored */
    int16_t *q;                   /* at (0, 0); a margin of zeros is around it */
    float *place;                 /* of (0, 0) among the tile's coefficients, or NULL */
    size_t down, along;           /* place[y * down + x * along] */
} pensel_band;

typedef struct pensel_stripe {
    size_t planes, colours, levels;
    int step_log; /* 16 log2(step), about */
    pensel_band bands[PENSEL_PLANES][PENSEL_WAVELETS + 1][3];
    int16_t *latents; /* all of them */
} pensel_stripe;

/* How many times a tile is halved. */
size_t pensel_tile_levels(size_t width, size_t height);

/* The stripe `index` of a tile, zeroed. `planes`: each plane's coefficients (height, width), as
 * pensel_wavelet_forward leaves them. */
pensel_status pensel_stripe_new(pensel_stripe *stripe, size_t index, size_t width, size_t height,
                                float *const *planes, size_t count, size_t colours,
                                pensel_error *error);
void pensel_stripe_clear(pensel_stripe *stripe);
/* How many of its latents are not 0. */
size_t pensel_stripe_count(const pensel_stripe *stripe);

/* ------------------------------------------------------------------ step */

/* Steps that a file can name, `code` up to PENSEL_STEP_CODES: (64 + code % 64) / 128 2^(code / 64),
 * in units of 1/255. They are exact, so every decoder has the same. */
enum { PENSEL_STEP_CODES = 640 };
float pensel_step_of(unsigned code);
int pensel_step_log(unsigned code);

/* latent = q in steps; values of |q| = 1, 2, 3 or more lie at |q| + offset / 64, by level 1, 2, 3
 * or more: offsets[3 (min(level, 3) - 1) + min(|q|, 3) - 1]. */
void pensel_stripe_dequantise(const pensel_stripe *stripe, float step, const int8_t *offsets);

#endif
