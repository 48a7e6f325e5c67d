/* Levels of a pyramid: sums go up from coarse to fine, slopes come down from fine to coarse. */
#include "picture/levels.h"

#include "base/error.h"
#include "base/memory.h"
#include "encoding/descriptor.h"

#include <string.h>

enum {
    ROWS = 32,   /* of a level in one item of work */
    SMALL = 8192 /* numbers of a plane that are not worth waking the team for */
};

void pensel_levels_free(pensel_levels **address)
{
    pensel_levels *levels = *address;
    if (!levels) return;
    for (size_t l = 0; levels->level && l < levels->count; l++) {
        pensel_release(levels->level[l].sums);
        pensel_release(levels->level[l].slopes);
        pensel_release(levels->level[l].targets);
        pensel_release(levels->level[l].weights);
    }
    pensel_release(levels->level);
    pensel_team_free(&levels->team);
    pensel_release(levels);
    *address = NULL;
}

static pensel_status planes(float **block, const pensel_level *level, size_t count,
                            pensel_error *error)
{
    return pensel_allocate(block, count * level->rows, level->ld * sizeof(float), error);
}

static pensel_status make_levels(pensel_levels *levels, const pensel_network *network,
                                 size_t finest, size_t threads, pensel_error *error)
{
    const pensel_encoder *encoder = network->encoder;
    PENSEL_TRY(pensel_team_new(&levels->team, threads, error));
    PENSEL_TRY(pensel_allocate(&levels->level, encoder->level_count, sizeof *levels->level, error));
    levels->count = encoder->level_count;
    for (size_t l = 0; l < levels->count; l++) {
        const pensel_grid_level *grid = &encoder->levels[l];
        pensel_level *level = &levels->level[l];
        level->rows = grid->rows;
        level->columns = grid->columns;
        level->ld = pensel_round_up(grid->columns, PENSEL_ROW_LANES);
        level->values = (float *)network->parameters + network->encoder_offset + grid->first;
        if (l >= finest) PENSEL_TRY(planes(&level->sums, level, levels->width, error));
    }
    return PENSEL_OK;
}

pensel_status pensel_levels_new(pensel_levels **result, const pensel_network *network,
                                size_t finest, size_t threads, pensel_error *error)
{
    pensel_levels *levels;
    const pensel_encoding *encoding = &network->shape.encoding;
    *result = NULL;
    PENSEL_TRY(pensel_allocate(&levels, 1, sizeof *levels, error));
    levels->width = encoding->features;
    levels->pictures = encoding->depth ? encoding->depth : 1;
    levels->kernels = pensel_row_kernels_for(network->kernels);
    pensel_status status = make_levels(levels, network, finest, threads, error);
    if (status != PENSEL_OK) pensel_levels_free(&levels);
    *result = levels;
    return status;
}

/* ------------------------------------------------------------------ targets */

/* What the finest level's targets and weights are made of. */
typedef struct source {
    pensel_levels *levels;
    const pensel_picture *pictures;
    const unsigned char *codes;
    const float *weights;
    float most; /* weights are taken as shares of the largest, which the rates are made for */
} source;

static void copy_row(const source *s, size_t r)
{
    pensel_level *level = &s->levels->level[0];
    size_t channels = s->pictures->channels, columns = level->columns;
    for (size_t c = 0; c < columns; c++)
        level->weights[r * level->ld + c] = s->weights ? s->weights[r * columns + c] / s->most : 1;
    for (size_t c = 0; s->codes && c < columns; c++)
        level->targets[r * level->ld + c] = s->codes[r * columns + c];
    for (size_t p = 0; !s->codes && p < s->levels->pictures; p++)
        for (size_t k = 0; k < channels; k++) {
            float *to = pensel_level_row(level, level->targets, p * channels + k, r);
            const float *from = s->pictures[p].pixels + r * columns * channels + k;
            for (size_t c = 0; c < columns; c++)
                to[c] = from[c * channels];
        }
}

static void copy_rows(void *context, size_t item, size_t worker)
{
    const source *s = context;
    (void)worker;
    for (size_t r = item * ROWS; r < s->levels->level[0].rows && r < (item + 1) * ROWS; r++)
        copy_row(s, r);
}

static void copy_pictures(pensel_levels *levels, const pensel_picture *pictures,
                          const unsigned char *codes, const float *weights)
{
    const pensel_level *level = &levels->level[0];
    source s = {levels, pictures, codes, weights, 0};
    for (size_t i = 0; weights && i < level->rows * level->columns; i++)
        s.most = weights[i] > s.most ? weights[i] : s.most;
    pensel_team_run(levels->team, copy_rows, &s, (level->rows + ROWS - 1) / ROWS);
}

/* The class with the largest share of the 3 x 3 finer nodes around (r, c); the first of equals. */
static float elect(const pensel_level *fine, float share[3][3], size_t r, size_t c)
{
    float best = 0, most = -1;
    for (size_t a = 0; a < 9; a++) {
        if (!(share[a / 3][a % 3] > 0)) continue;
        float code = fine->targets[(2 * r + a / 3 - 1) * fine->ld + 2 * c + a % 3 - 1], sum = 0;
        for (size_t b = 0; b < 9; b++) {
            size_t at = (2 * r + b / 3 - 1) * fine->ld + 2 * c + b % 3 - 1;
            if (share[b / 3][b % 3] > 0 && fine->targets[at] == code) sum += share[b / 3][b % 3];
        }
        if (sum > most) most = sum, best = code;
    }
    return best;
}

/* Node (r, c) of the coarser level: the weighted mean of the 3 x 3 finer nodes around it. */
static void average(pensel_levels *levels, size_t l, size_t r, size_t c)
{
    const pensel_level *fine = &levels->level[l];
    pensel_level *coarse = &levels->level[l + 1];
    size_t planes_count = levels->classes ? 0 : levels->pictures * levels->planes;
    float total = 0, parts = 0, share[3][3];
    for (size_t i = 0; i < 3; i++)
        for (size_t j = 0; j < 3; j++) {
            size_t row = 2 * r + i, column = 2 * c + j; /* one more than the node's */
            bool inside = row >= 1 && column >= 1 && row <= fine->rows && column <= fine->columns;
            float part = inside ? (i == 1 ? 2.0f : 1.0f) * (j == 1 ? 2.0f : 1.0f) : 0;
            share[i][j] = inside ? part * fine->weights[(row - 1) * fine->ld + column - 1] : 0;
            parts += part;
            total += share[i][j];
        }
    coarse->weights[r * coarse->ld + c] = parts > 0 ? total / parts : 0;
    if (levels->classes && total > 0)
        coarse->targets[r * coarse->ld + c] = elect(fine, share, r, c);
    for (size_t plane = 0; plane < planes_count && total > 0; plane++) {
        float sum = 0;
        for (size_t i = 0; i < 3; i++)
            for (size_t j = 0; j < 3; j++)
                if (share[i][j] > 0)
                    sum += share[i][j] * pensel_level_row(fine, fine->targets, plane,
                                                          2 * r + i - 1)[2 * c + j - 1];
        pensel_level_row(coarse, coarse->targets, plane, r)[c] = sum / total;
    }
}

static void average_rows(void *context, size_t item, size_t worker)
{
    pensel_levels *levels = context;
    const pensel_level *coarse = &levels->level[levels->at + 1];
    (void)worker;
    for (size_t r = item * ROWS; r < coarse->rows && r < (item + 1) * ROWS; r++)
        for (size_t c = 0; c < coarse->columns; c++)
            average(levels, levels->at, r, c);
}

pensel_status pensel_levels_teach(pensel_levels *levels, const pensel_picture *pictures,
                                  const unsigned char *codes, const float *weights,
                                  pensel_error *error)
{
    levels->classes = codes != NULL;
    levels->planes = codes ? 1 : levels->width;
    for (size_t l = 0; l < levels->count; l++) {
        pensel_level *level = &levels->level[l];
        PENSEL_TRY(planes(&level->slopes, level, levels->width, error));
        PENSEL_TRY(planes(&level->targets, level, levels->pictures * levels->planes, error));
        PENSEL_TRY(planes(&level->weights, level, 1, error));
    }
    copy_pictures(levels, pictures, codes, weights);
    for (levels->at = 0; levels->at + 1 < levels->count; levels->at++)
        pensel_team_run(levels->team, average_rows, levels,
                        (levels->level[levels->at + 1].rows + ROWS - 1) / ROWS);
    return PENSEL_OK;
}

/* ------------------------------------------------------------------ up and down */

/* Small levels are done by the caller alone. */
static void run_rows(pensel_levels *levels, pensel_work work, const pensel_level *level)
{
    size_t items = (level->rows + ROWS - 1) / ROWS;
    if (level->rows * level->columns > SMALL)
        pensel_team_run(levels->team, work, levels, items);
    else
        for (size_t item = 0; item < items; item++)
            work(levels, item, 0);
}

void pensel_levels_sum_row(const pensel_levels *levels, float *out, size_t l, size_t feature,
                           size_t picture, size_t row)
{
    const pensel_level *level = &levels->level[l], *coarse = level + 1;
    const float *own = pensel_level_values(levels, l, feature, picture, row);
    if (l + 1 == levels->count) {
        memcpy(out, own, level->columns * sizeof *out);
        return;
    }
    const float *above = pensel_level_row(coarse, coarse->sums, feature, row / 2);
    const float *below =
        row % 2 ? pensel_level_row(coarse, coarse->sums, feature, row / 2 + 1) : above;
    levels->kernels->stretch(out, own, above, below, level->columns);
}

static void sum_rows(void *context, size_t item, size_t worker)
{
    const pensel_levels *levels = context;
    const pensel_level *level = &levels->level[levels->at];
    (void)worker;
    for (size_t r = item * ROWS; r < level->rows && r < (item + 1) * ROWS; r++)
        for (size_t f = 0; f < levels->width; f++)
            pensel_levels_sum_row(levels, pensel_level_row(level, level->sums, f, r), levels->at, f,
                                  levels->picture, r);
}

void pensel_levels_sum(pensel_levels *levels, size_t finest, size_t picture)
{
    levels->picture = picture;
    for (levels->at = levels->count; levels->at-- > finest;)
        run_rows(levels, sum_rows, &levels->level[levels->at]);
}

static void descend_rows(void *context, size_t item, size_t worker)
{
    const pensel_levels *levels = context;
    const pensel_level *level = &levels->level[levels->at], *fine = level - 1;
    (void)worker;
    for (size_t r = item * ROWS; r < level->rows && r < (item + 1) * ROWS; r++)
        for (size_t f = 0; f < levels->width; f++) {
            float *slopes = pensel_level_row(level, level->slopes, f, r);
            float *rows[3] = {NULL, NULL, NULL};
            for (size_t i = 0; i < 3; i++) {
                size_t row = 2 * r + i;
                if (row >= 1 && row <= fine->rows)
                    rows[i] = pensel_level_row(fine, fine->slopes, f, row - 1);
            }
            levels->kernels->shrink(slopes, rows[0], rows[1], rows[2], level->columns,
                                    fine->columns);
            levels->kernels->descend(pensel_level_values(levels, levels->at, f, levels->picture, r),
                                     slopes, level->columns, levels->rate);
        }
}

void pensel_levels_descend(pensel_levels *levels, size_t finest, size_t picture, float rate)
{
    levels->picture = picture;
    levels->rate = rate;
    for (levels->at = finest + 1; levels->at < levels->count; levels->at++) {
        levels->rate /= 8; /* half the share of the finer level, of four times its pixels */
        run_rows(levels, descend_rows, &levels->level[levels->at]);
    }
}
