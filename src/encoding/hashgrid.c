/* The multiresolution hash grid (Mueller et al. 2022): grids from base_resolution to
 * fine_resolution cells per side, in a geometric progression. Each node has `features` trained
 * numbers, which are interpolated linearly between nodes; those of all levels together are the
 * features. A level whose nodes fit into 2^table_log2 entries is dense; in finer levels nodes share
 * entries by a hash, and the network learns to cope with the collisions. */
#include "base/error.h"
#include "encoding/descriptor.h"

#include <math.h>

enum { MOST_LEVELS = 32, MOST_CELLS = 1 << 20, LARGEST_TABLE = 28 };

static pensel_status check(const pensel_encoder *encoder, pensel_error *error)
{
    const pensel_encoding *e = &encoder->encoding;
    if (encoder->inputs > PENSEL_GRID_INPUTS)
        return pensel_fail(
            error, PENSEL_BAD_ARGUMENT,
            "a hash grid of %zu inputs has too many corners: it takes up to %d; fourier "
            "and raw take any number",
            encoder->inputs, PENSEL_GRID_INPUTS);
    if (e->features == 0 || e->features > PENSEL_GRID_FEATURES || e->levels == 0 ||
        e->levels > MOST_LEVELS)
        return pensel_fail(error, PENSEL_BAD_ARGUMENT,
                           "a hash grid has %zu levels of %zu features: 1 to %d of 1 to %d",
                           e->levels, e->features, MOST_LEVELS, PENSEL_GRID_FEATURES);
    if (e->base_resolution == 0 || e->fine_resolution < e->base_resolution ||
        e->fine_resolution > MOST_CELLS)
        return pensel_fail(error, PENSEL_BAD_ARGUMENT,
                           "a hash grid goes from %zu to %zu cells: 1 or more, rising, up to %d",
                           e->base_resolution, e->fine_resolution, MOST_CELLS);
    if (e->table_log2 == 0 || e->table_log2 > LARGEST_TABLE)
        return pensel_fail(error, PENSEL_BAD_ARGUMENT,
                           "a hash grid's tables have 2^%zu entries: 2^1 to 2^%d", e->table_log2,
                           LARGEST_TABLE);
    return PENSEL_OK;
}

/* Equations 2 and 3: each level has the same factor more cells than the one before. */
static size_t cells_of(const pensel_encoding *e, size_t l)
{
    double base = (double)e->base_resolution, fine = (double)e->fine_resolution;
    if (l == 0 || e->levels == 1) return e->levels == 1 ? e->fine_resolution : e->base_resolution;
    return (size_t)floor(base * pow(fine / base, (double)l / (double)(e->levels - 1)) + 1e-9);
}

static pensel_status prepare(pensel_encoder *encoder, pensel_error *error)
{
    const pensel_encoding *e = &encoder->encoding;
    PENSEL_TRY(check(encoder, error));
    PENSEL_TRY(pensel_encoder_levels(encoder, e->levels, error));
    for (size_t l = 0; l < e->levels; l++) {
        pensel_grid_level *level = &encoder->levels[l];
        size_t table = (size_t)1 << e->table_log2, nodes = 1;
        level->cells = cells_of(e, l);
        size_t side = e->periodic ? level->cells : level->cells + 1;
        for (size_t i = 0; i < encoder->inputs && nodes <= table; i++)
            nodes *= side;
        level->dense = nodes <= table;
        level->entries = level->dense ? nodes : table;
        PENSEL_TRY(pensel_encoder_place(encoder, l, level->entries, e->features, error));
    }
    encoder->width = e->levels * e->features;
    return PENSEL_OK;
}

static pensel_grid_walk walk_of(const pensel_encoder *encoder, size_t l)
{
    return (pensel_grid_walk){
        .level = &encoder->levels[l],
        .inputs = encoder->inputs,
        .features = encoder->encoding.features,
        .periodic = encoder->encoding.periodic,
    };
}

static void forward(const pensel_encoder *encoder, const pensel_encode *e)
{
    size_t size = encoder->kernels->size;
    for (size_t l = 0; l < encoder->level_count; l++) {
        pensel_grid_walk walk = walk_of(encoder, l);
        walk.x = e->x, walk.ldx = e->ldx, walk.n = e->n, walk.ld = e->ld;
        encoder->grid->hash_forward((char *)e->features + l * walk.features * e->ld * size,
                                    (const char *)e->parameters + walk.level->first * size, &walk);
    }
}

static void backward(const pensel_encoder *encoder, const pensel_encode_backward *b)
{
    size_t size = encoder->kernels->size;
    pensel_grid_walk walk = walk_of(encoder, b->piece);
    walk.x = b->x, walk.ldx = b->ldx, walk.n = b->n, walk.ld = b->ld;
    encoder->grid->hash_backward(
        (char *)b->gradient + walk.level->first * size,
        (const char *)b->dfeatures + b->piece * walk.features * b->ld * size, &walk);
}

const pensel_encoding_descriptor pensel_encoding_hashgrid = {
    .name = "hashgrid",
    .prepare = prepare,
    .forward = forward,
    .backward = backward,
    .start = 1e-4,
};
