/* The targets of each level: the pictures, scaled down again and again. Colours are multiplied by
 * their pixels' weights, so that a level is computed from the next finer one in the same way as
 * gradients, and divided by the weights when all levels are done. So a coarse node is the weighted
 * mean of what it covers, and holes add nothing to it.
 *
 * Classes have no mean: a coarse node gets the class that weighs most around it. */
#include "pyramid/pyramid_levels.h"

#include "base/error.h"
#include "base/memory.h"

#include <string.h>

enum { ROWS = 16 /* of a level in one item of work */ };

typedef struct level_targets {
    pensel_levels *levels;
    const pensel_picture *pictures;
    const unsigned char *codes;
    const float *weights;
    float most; /* the largest weight; weights are divided by it, as the learning rates assume */
    size_t at;
} level_targets;

/* What is past the columns must be 0: kernels read whole vectors, and there a weight of 0 says that
 * nothing is learned. */
static void clear_end(const pensel_level *level, float *row)
{
    for (size_t c = level->columns; c < level->ld; c++)
        row[c] = 0;
}

/* ------------------------------------------------------------------ the finest level */

/* Row r of the finest level: weights first, which the colours are multiplied by. */
static void copy_row(const level_targets *s, size_t r)
{
    const pensel_levels *levels = s->levels;
    const pensel_level *level = &levels->level[0];
    size_t channels = s->pictures->channels, columns = level->columns;
    float *weights = level->weights + r * level->weights_ld;
    if (s->weights) {
        for (size_t c = 0; c < columns; c++)
            weights[c] = s->weights[r * columns + c] / s->most;
        clear_end(level, weights);
    }
    if (s->codes) {
        float *codes = pensel_level_row(level, level->targets, 0, r);
        for (size_t c = 0; c < columns; c++)
            codes[c] = s->codes[r * columns + c];
        clear_end(level, codes);
        return;
    }
    for (size_t plane = 0; plane < levels->pictures * channels; plane++) {
        float *to = pensel_level_row(level, level->targets, plane, r);
        levels->kernels->take(
            to, s->pictures[plane / channels].pixels + r * columns * channels + plane % channels,
            channels, columns);
        for (size_t c = 0; c < columns && s->weights; c++)
            to[c] *= weights[c];
        clear_end(level, to);
    }
}

static void copy_rows(void *context, size_t item, size_t worker)
{
    const level_targets *s = context;
    (void)worker;
    for (size_t r = item * ROWS; r < s->levels->level[0].rows && r < (item + 1) * ROWS; r++)
        copy_row(s, r);
}

/* ------------------------------------------------------------------ coarser ones */

/* A node counts itself as 1 and its two neighbours as 1/2; at the ends some of them are missing. 1
 * over their sum. */
static float share(size_t node, size_t pixels)
{
    float at = 2 * node < pixels ? 1 : 0, before = node > 0 ? 0.5f : 0;
    return 1 / (at + before + (2 * node + 1 < pixels ? 0.5f : 0));
}

/* Row r of plane i is the finer plane's, shrunk; a mean of what lies within. The kernel sums, so
 * every node is divided by what it had to sum: along rows by `down`, along columns by its own
 * share, which is a half but at both ends. */
static void shrink_row(const pensel_levels *levels, size_t l, float *coarse_plane,
                       float *fine_plane, size_t i, size_t r)
{
    const pensel_level *coarse = &levels->level[l], *fine = coarse - 1;
    float *row = pensel_level_row(coarse, coarse_plane, i, r), *rows[3] = {NULL, NULL, NULL};
    for (size_t k = 0; k < 3; k++)
        if (2 * r + k >= 1 && 2 * r + k <= fine->rows)
            rows[k] = pensel_level_row(fine, fine_plane, i, 2 * r + k - 1);
    levels->kernels->shrink(row, rows[0], rows[1], rows[2], coarse->columns, fine->columns);
    float down = share(r, fine->rows);
    size_t last = coarse->columns - 1;
    row[0] *= down * share(0, fine->columns);
    for (size_t c = 1; c < last; c++)
        row[c] *= down * 0.5f;
    if (last > 0) row[last] *= down * share(last, fine->columns);
    clear_end(coarse, row);
}

/* The class with the largest share of the 3 x 3 finer nodes around (r, c); the first of equals; 0
 * where there is nothing but hole. */
static float elect(const pensel_level *fine, size_t r, size_t c)
{
    float share[9], code[9], best = 0, most = 0;
    for (size_t a = 0; a < 9; a++) {
        size_t row = 2 * r + a / 3, column = 2 * c + a % 3; /* one more than the node's */
        bool inside = row >= 1 && column >= 1 && row <= fine->rows && column <= fine->columns;
        share[a] = code[a] = 0;
        if (!inside) continue;
        share[a] = (a / 3 == 1 ? 2.0f : 1.0f) * (a % 3 == 1 ? 2.0f : 1.0f) *
                   fine->weights[(row - 1) * fine->weights_ld + column - 1];
        code[a] = fine->targets[(row - 1) * fine->ld + column - 1];
    }
    for (size_t a = 0; a < 9; a++) {
        float sum = 0;
        for (size_t b = 0; b < 9; b++)
            if (code[b] == code[a]) sum += share[b];
        if (share[a] > 0 && sum > most) most = sum, best = code[a];
    }
    return best;
}

/* Weights, then what they apply to. Classes are elected by the finer weights. */
static void shrink_rows(void *context, size_t item, size_t worker)
{
    const level_targets *s = context;
    const pensel_levels *levels = s->levels;
    const pensel_level *coarse = &levels->level[s->at], *fine = coarse - 1;
    size_t planes = s->codes ? 0 : levels->pictures * levels->planes;
    (void)worker;
    for (size_t r = item * ROWS; r < coarse->rows && r < (item + 1) * ROWS; r++) {
        if (s->weights) shrink_row(levels, s->at, coarse->weights, fine->weights, 0, r);
        for (size_t i = 0; i < planes; i++)
            shrink_row(levels, s->at, coarse->targets, fine->targets, i, r);
        float *codes = pensel_level_row(coarse, coarse->targets, 0, r);
        for (size_t c = 0; c < coarse->columns && s->codes; c++)
            codes[c] = elect(fine, r, c);
        if (s->codes) clear_end(coarse, codes);
    }
}

/* Back from colour times weight to colour; 0 in holes, until inpaint.c fills them. */
static void divide_rows(void *context, size_t item, size_t worker)
{
    const level_targets *s = context;
    const pensel_level *level = &s->levels->level[s->at];
    (void)worker;
    for (size_t r = item * ROWS; r < level->rows && r < (item + 1) * ROWS; r++) {
        const float *weights = level->weights + r * level->ld;
        for (size_t i = 0; i < s->levels->pictures * s->levels->planes; i++) {
            float *row = pensel_level_row(level, level->targets, i, r);
            for (size_t c = 0; c < level->columns; c++)
                row[c] = weights[c] > 0 ? row[c] / weights[c] : 0;
        }
    }
}

/* ------------------------------------------------------------------ all of them */

/* One block for all levels: of each slopes, targets, weights. It is not cleared, so whoever fills a
 * plane must clear its ends. Weights begin as a row of ones, which stays where there are none. */
static pensel_status make_room(pensel_levels *levels, pensel_error *error)
{
    size_t planes = levels->width + levels->pictures * levels->planes, count = 0;
    for (size_t l = 0; l < levels->count; l++) {
        const pensel_level *level = &levels->level[l];
        count += (planes * level->rows + (levels->weighted ? level->rows : 1)) * level->ld;
    }
    PENSEL_TRY(PENSEL_ALLOCATE_BARE(levels->level_targets, count, sizeof(float), error));
    float *next = levels->level_targets;
    for (size_t l = 0; l < levels->count; l++) {
        pensel_level *level = &levels->level[l];
        size_t plane = level->rows * level->ld;
        level->slopes = next;
        level->targets = level->slopes + levels->width * plane;
        level->weights = level->targets + levels->pictures * levels->planes * plane;
        level->weights_ld = levels->weighted ? level->ld : 0;
        next = level->weights + (levels->weighted ? plane : level->ld);
        for (size_t c = 0; c < level->ld; c++)
            level->weights[c] = c < level->columns ? 1 : 0;
    }
    return PENSEL_OK;
}

/* A level after the other, each from the finer one. Dividing must wait until all levels are made.
 */
pensel_status pensel_levels_teach(pensel_levels *levels, const pensel_picture *pictures,
                                  const unsigned char *codes, const float *weights,
                                  pensel_error *error)
{
    level_targets s = {levels, pictures, codes, weights, 0, 0};
    levels->classes = codes != NULL;
    levels->weighted = weights != NULL;
    levels->planes = codes ? 1 : levels->width;
    PENSEL_TRY(make_room(levels, error));
    for (size_t i = 0; weights && i < levels->level[0].rows * levels->level[0].columns; i++)
        s.most = weights[i] > s.most ? weights[i] : s.most;
    pensel_levels_run(levels, copy_rows, &s, &levels->level[0], ROWS);
    for (s.at = 1; s.at < levels->count; s.at++)
        pensel_levels_run(levels, shrink_rows, &s, &levels->level[s.at], ROWS);
    for (s.at = 0; s.at < levels->count && weights && !codes; s.at++)
        pensel_levels_run(levels, divide_rows, &s, &levels->level[s.at], ROWS);
    if (weights && !codes) pensel_levels_fill_holes(levels);
    return PENSEL_OK;
}
