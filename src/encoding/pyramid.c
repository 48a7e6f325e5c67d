/* The pyramid: dense grids of `features` trained numbers at full, 1/2, 1/4... of rows x columns,
 * each stretched over the whole picture. The features at a place are the sum over all levels.
 * Several pictures in one network lie one behind the other along a third input. pyramid_body.h
 * explains the interpolation between nodes. */
#include "base/error.h"
#include "base/memory.h"
#include "encoding/descriptor.h"

#include <string.h>

enum { MOST_LEVELS = 30, MOST_NODES = 1 << 24 };

static pensel_status check(const pensel_encoder *encoder, pensel_error *error)
{
    const pensel_encoding *e = &encoder->encoding;
    if (encoder->inputs > 3 || (e->depth > 0) != (encoder->inputs == 3))
        return pensel_fail(
            error, PENSEL_BAD_ARGUMENT,
            "a pyramid of depth %zu has %zu inputs: it takes rows and columns, and a "
            "third input with a depth; other encodings take more",
            e->depth, encoder->inputs);
    if (e->features == 0 || e->features > PENSEL_GRID_FEATURES || e->levels == 0 ||
        e->levels > MOST_LEVELS)
        return pensel_fail(error, PENSEL_BAD_ARGUMENT,
                           "a pyramid has %zu levels of %zu features: 1 to %d of 1 to %d",
                           e->levels, e->features, MOST_LEVELS, PENSEL_GRID_FEATURES);
    if (e->rows == 0 || e->rows > MOST_NODES || e->columns == 0 || e->columns > MOST_NODES ||
        e->depth > MOST_NODES)
        return pensel_fail(error, PENSEL_BAD_ARGUMENT,
                           "a pyramid is of %zu x %zu nodes: 1 to %d each way", e->rows, e->columns,
                           MOST_NODES);
    return PENSEL_OK;
}

/* Nodes at every second pixel, the last one at the last pixel or just beyond it. */
static size_t halved(size_t nodes)
{
    return nodes > 1 ? nodes / 2 + 1 : 1;
}

static pensel_status prepare(pensel_encoder *encoder, pensel_error *error)
{
    const pensel_encoding *e = &encoder->encoding;
    PENSEL_TRY(check(encoder, error));
    PENSEL_TRY(pensel_encoder_levels(encoder, e->levels, error));
    size_t rows = e->rows, columns = encoder->inputs > 1 ? e->columns : 1;
    for (size_t l = 0; l < e->levels; l++) {
        pensel_grid_level *level = &encoder->levels[l];
        size_t depth = e->depth ? e->depth : 1, nodes;
        level->rows = rows;
        level->columns = columns;
        level->shift = l;
        if (!pensel_multiply(&nodes, rows * columns, depth))
            return pensel_fail_memory(error, rows * columns, depth);
        PENSEL_TRY(pensel_encoder_place(encoder, l, nodes, e->features, error));
        rows = halved(rows);
        columns = halved(columns);
    }
    encoder->width = e->features;
    return PENSEL_OK;
}

static pensel_grid_walk walk_of(const pensel_encoder *encoder, size_t l)
{
    const pensel_encoding *e = &encoder->encoding;
    return (pensel_grid_walk){
        .level = &encoder->levels[l],
        .inputs = encoder->inputs,
        .features = e->features,
        .rows = e->rows,
        .columns = e->columns,
        .depth = e->depth ? e->depth : 1,
        .periodic = e->periodic,
    };
}

static void forward(const pensel_encoder *encoder, const pensel_encode *e)
{
    size_t size = encoder->kernels->size;
    for (size_t f = 0; f < encoder->width; f++)
        memset((char *)e->features + f * e->ld * size, 0, e->n * size);
    for (size_t l = encoder->level_count; l-- > 0;) {
        pensel_grid_walk walk = walk_of(encoder, l);
        walk.x = e->x, walk.ldx = e->ldx, walk.n = e->n, walk.ld = e->ld;
        encoder->grid->pyramid_forward(
            e->features, (const char *)e->parameters + walk.level->first * size, &walk);
    }
}

static void backward(const pensel_encoder *encoder, const pensel_encode_backward *b)
{
    size_t size = encoder->kernels->size;
    pensel_grid_walk walk = walk_of(encoder, b->piece);
    walk.x = b->x, walk.ldx = b->ldx, walk.n = b->n, walk.ld = b->ld;
    encoder->grid->pyramid_backward((char *)b->gradient + walk.level->first * size, b->dfeatures,
                                    &walk);
}

const pensel_encoding_descriptor pensel_encoding_pyramid = {
    .name = "pyramid",
    .prepare = prepare,
    .forward = forward,
    .backward = backward,
    .start = 1e-2,
};
