/* Levels of a pyramid: sums go up from coarse to fine, slopes come down from fine to coarse.
 *
 *     sum_l = own_l + stretch(sum_(l+1))          stretch: linear between the coarser nodes
 *     slope_(l+1) = shrink(slope_l)               shrink: its transpose
 *
 * A level needs nothing of the next but the one before, and of that three rows, so every level is a
 * round of work whose rows any thread may take. Numbers of rounds and sizes follow from the
 * picture; no sum depends on who does it. */
#include "pyramid/pyramid_levels.h"

#include "base/error.h"
#include "base/memory.h"
#include "layer/grid.h"

#include <string.h>

enum {
    ROWS = 32,   /* of a level in one item of work */
    SMALL = 4096 /* numbers of a plane that are not worth waking the pool for */
};

void pensel_levels_free(pensel_levels **address)
{
    pensel_levels *levels = *address;
    if (!levels) return;
    pensel_release(levels->sums);
    pensel_release(levels->level_targets);
    pensel_release(levels->level);
    pensel_release(levels);
    *address = NULL;
}

/* Sizes, and views into the network's parameters, which must neither move nor be freed while the
 * levels live. The finest level has no plane of sums: it would be as large as the picture, and each
 * of its rows is needed once. */
static pensel_status make_levels(pensel_levels *levels, const pensel_network *network,
                                 pensel_context *context, size_t threads, pensel_error *error)
{
    const pensel_layer_instance *pyramid = &network->layers[0];
    size_t planes = levels->pictures * levels->width, sums = 0;
    levels->pool = pensel_pool_of(context, threads);
    PENSEL_TRY(PENSEL_NEW(levels->level, pyramid->part_count, error));
    levels->count = pyramid->part_count;
    for (size_t l = 0; l < levels->count; l++) {
        const pensel_grid_level *grid = (const pensel_grid_level *)pyramid->memory + l;
        pensel_level *level = &levels->level[l];
        level->rows = grid->rows;
        level->columns = grid->columns;
        level->ld = pensel_round_up(grid->columns, PENSEL_ROW_LANES);
        level->values = (float *)network->parameters + pyramid->groups[0].first + grid->first;
        if (l > 0) sums += planes * level->rows * level->ld;
    }
    PENSEL_TRY(PENSEL_ALLOCATE_BARE(levels->sums, sums, sizeof(float), error));
    float *next = levels->sums;
    for (size_t l = 1; l < levels->count; l++) {
        levels->level[l].sums = next;
        next += planes * levels->level[l].rows * levels->level[l].ld;
    }
    return PENSEL_OK;
}

/* On failure *result is NULL. */
pensel_status pensel_levels_new(pensel_levels **result, const pensel_network *network,
                                pensel_context *context, size_t threads, pensel_error *error)
{
    pensel_levels *levels;
    const pensel_encoding *encoding = &network->shape.encoding;
    *result = NULL;
    PENSEL_TRY(PENSEL_NEW(levels, 1, error));
    levels->width = encoding->features;
    levels->pictures = encoding->depth ? encoding->depth : 1;
    levels->kernels = pensel_row_kernels_for(network->kernels);
    pensel_status status =
        make_levels(levels, network, pensel_network_context(network, context), threads, error);
    if (status != PENSEL_OK) pensel_levels_free(&levels);
    *result = levels;
    return status;
}

/* Small levels are done by the caller: waking threads takes longer. */
void pensel_levels_run(pensel_levels *levels, pensel_work work, void *context,
                       const pensel_level *level, size_t rows)
{
    size_t items = (level->rows + rows - 1) / rows;
    if (level->rows * level->columns > SMALL)
        pensel_pool_run(&levels->pool, work, context, items);
    else
        for (size_t item = 0; item < items; item++)
            work(context, item, 0);
}

/* Rows with an even number lie on a row of the coarser level, odd ones half-way between two. A
 * coarser level has nodes / 2 + 1 rows, so the second one is always there. */
void pensel_levels_sum_row(const pensel_levels *levels, float *out, size_t l, size_t feature,
                           size_t picture, size_t row)
{
    const pensel_level *level = &levels->level[l], *coarse = level + 1;
    const float *own = pensel_level_values(levels, l, feature, picture, row);
    if (l + 1 == levels->count) {
        memcpy(out, own, level->columns * sizeof *out);
        return;
    }
    size_t plane = picture * levels->width + feature;
    const float *above = pensel_level_row(coarse, coarse->sums, plane, row / 2);
    const float *below =
        row % 2 ? pensel_level_row(coarse, coarse->sums, plane, row / 2 + 1) : above;
    levels->kernels->stretch(out, own, above, below, level->columns);
}

/* All features of a group of rows; each row of sums is written by one thread. */
static void sum_rows(void *context, size_t item, size_t worker)
{
    const pensel_levels *levels = context;
    const pensel_level *level = &levels->level[levels->at];
    (void)worker;
    for (size_t r = item * ROWS; r < level->rows && r < (item + 1) * ROWS; r++)
        for (size_t f = 0; f < levels->width; f++) {
            size_t plane = levels->picture * levels->width + f;
            pensel_levels_sum_row(levels, pensel_level_row(level, level->sums, plane, r),
                                  levels->at, f, levels->picture, r);
        }
}

/* From coarse to fine, as each level reads the sums of the one before. */
void pensel_levels_sum(pensel_levels *levels, size_t finest, size_t picture)
{
    levels->picture = picture;
    for (levels->at = levels->count; levels->at-- > finest;)
        pensel_levels_run(levels, sum_rows, levels, &levels->level[levels->at], ROWS);
}

/* A node gathers from the finer rows 2 r - 1, 2 r and 2 r + 1, as far as they are in the picture;
 * `row` counts from 1, so that it does not fall below 0. Then the node steps, once its slope is
 * complete and has been stored for the next coarser level. */
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
        pensel_levels_run(levels, descend_rows, levels, &levels->level[levels->at], ROWS);
    }
}
