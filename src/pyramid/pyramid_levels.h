/* The working memory of the pyramid painter: what it keeps for each level besides the numbers in
 * the network. */
#ifndef PENSEL_PICTURE_LEVELS_H
#define PENSEL_PICTURE_LEVELS_H

#include "base/thread_pool.h"
#include "network/network.h"
#include "pyramid/rows.h"

/* Planes of (rows, ld) floats, ld a multiple of PENSEL_ROW_LANES. */
typedef struct pensel_level {
    size_t rows, columns, ld;
    float *values;  /* the network's numbers: (width, pictures, rows, columns) without gaps */
    float *sums;    /* (pictures, width, rows, ld) this level and all coarser ones */
    float *slopes;  /* (width, rows, ld) gradient with respect to the sums; NULL if only painting */
    float *targets; /* (pictures, planes, rows, ld), 0 past the columns */
    float *weights; /* of the pixels, 0 past the columns: (rows, ld), or a single row of ones */
    size_t weights_ld; /* ld, or 0 for the single row */
} pensel_level;

typedef struct pensel_levels {
    pensel_level *level;
    size_t count, width, pictures;
    size_t planes; /* of a picture's targets: a colour's or, with classes, one of codes */
    bool classes, weighted;
    const pensel_row_kernels *kernels;
    pensel_pool pool;
    float *sums, *level_targets; /* the planes' memory */
    /* what a round of work is about */
    size_t at, picture;
    float rate;
} pensel_levels;

/* Views of the network's pyramid, with memory for the sums of all levels except the finest, whose
 * rows are summed when they are needed. context: NULL is the network's. */
pensel_status pensel_levels_new(pensel_levels **levels, const pensel_network *network,
                                pensel_context *context, size_t threads, pensel_error *error);
void pensel_levels_free(pensel_levels **levels);

static inline float *pensel_level_values(const pensel_levels *levels, size_t l, size_t feature,
                                         size_t picture, size_t row)
{
    const pensel_level *level = &levels->level[l];
    return level->values +
           ((feature * levels->pictures + picture) * level->rows + row) * level->columns;
}

static inline float *pensel_level_row(const pensel_level *level, float *plane, size_t index,
                                      size_t row)
{
    return plane + (index * level->rows + row) * level->ld;
}

/* One row of sums of level l into out, from the sums of level l + 1. */
void pensel_levels_sum_row(const pensel_levels *levels, float *out, size_t l, size_t feature,
                           size_t picture, size_t row);
/* Sums of all levels from the coarsest down to `finest` (1 or more), of one picture. */
void pensel_levels_sum(pensel_levels *levels, size_t finest, size_t picture);
/* Slopes of all levels coarser than `finest` from its own, each taking its step: rate / 8 for the
 * next coarser level, / 8 again for the one after. */
void pensel_levels_descend(pensel_levels *levels, size_t finest, size_t picture, float rate);

/* Runs work on groups of `rows` rows of a level, by the pool or, if that is faster, by the caller
 * alone. */
void pensel_levels_run(pensel_levels *levels, pensel_work work, void *context,
                       const pensel_level *level, size_t rows);

/* ------------------------------------------------------------------ level_targets.c */

/* Allocates the slopes and computes the targets and weights of all levels from the pictures: a
 * level's are the next finer level's, filtered with (1 2 1) in both directions, or the class with
 * the largest weight. codes (height, width) is NULL without classes; weights (height, width) may be
 * NULL. */
pensel_status pensel_levels_teach(pensel_levels *levels, const pensel_picture *pictures,
                                  const unsigned char *codes, const float *weights,
                                  pensel_error *error);

/* inpaint.c: fills in the colours where pixels have weight 0 from their surroundings; they then
 * have weight 1. */
void pensel_levels_fill_holes(pensel_levels *levels);

#endif
