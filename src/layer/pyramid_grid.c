/* The pyramid: dense grids of `features` trained numbers at full, 1/2, 1/4... of rows x columns,
 * each stretched over the whole picture. Level l has a node every 2^l pixels, the first at the
 * centre of the first pixel, and is linear between its nodes, so that any level can be expressed as
 * a finer one. Several pictures in one network lie one behind the other along a third input.
 *
 * The features at a place are the sum of all levels at the 6 x 6 pixels around it, weighted as
 * lanczos.h says: exactly the pixel at a pixel's centre, smooth and sharp between pixels. So they
 * are linear in the nodes v (features, depth, rows, columns) of each level:
 *
 *     forward    y = sum over levels and nodes of weight(node) v[node]
 *     gradient   dv[node] += weight(node) dy, sample by sample
 *
 * A part is a level. */
#include "base/random.h"
#include "layer/grid.h"
#include "layer/lanczos.h"

#include <math.h>
#include <string.h>

static const pensel_option_row options[] = {
    PENSEL_LAYER_OPTION(pensel_encoding, COUNT, rows, 0, FROM(1), "of the finest grid"),
    PENSEL_LAYER_OPTION(pensel_encoding, COUNT, columns, 0, FROM(1), "of the finest grid"),
    PENSEL_LAYER_OPTION(pensel_encoding, COUNT, levels, 8, BETWEEN("[]", 1, 30), "grids"),
    PENSEL_LAYER_OPTION(pensel_encoding, COUNT, features, 3, BETWEEN("[]", 1, PENSEL_GRID_FEATURES),
                        "of a level"),
    PENSEL_LAYER_OPTION(pensel_encoding, COUNT, depth, 0, FROM(0),
                        "grids along a third input; 0: none"),
    PENSEL_LAYER_OPTION(pensel_encoding, FLAG, periodic, false, ANY, "0 and 1 are the same place"),
};

enum { MOST_LEVELS = 30, MOST_NODES = 1 << 24 };

/* One input is a row of nodes, two are a picture, three a stack of pictures with `depth`. */
static pensel_status check(const pensel_layer_instance *layer, pensel_error *error)
{
    const pensel_encoding *e = (const pensel_encoding *)layer->settings.own;
    if (layer->in > 3 || (e->depth > 0) != (layer->in == 3))
        return pensel_fail(
            error, PENSEL_BAD_ARGUMENT,
            "a pyramid of depth %zu has %zu inputs: it takes rows and columns, and a "
            "third input with a depth; other encodings take more",
            e->depth, layer->in);
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

/* From fine to coarse, level 0 first, and for each feature planes of (depth, rows, columns): the
 * painter's fast path reads the numbers where they stand (pyramid/pyramid_levels.h). */
static pensel_status prepare(pensel_layer_instance *layer, pensel_error *error)
{
    const pensel_encoding *e = (const pensel_encoding *)layer->settings.own;
    PENSEL_TRY(check(layer, error));
    PENSEL_TRY(pensel_grid_levels_new(layer, e->levels, "parameters", error));
    size_t rows = e->rows, columns = layer->in > 1 ? e->columns : 1;
    for (size_t l = 0; l < e->levels; l++) {
        pensel_grid_level *level = (pensel_grid_level *)layer->memory + l;
        size_t depth = e->depth ? e->depth : 1, nodes;
        level->rows = rows;
        level->columns = columns;
        level->shift = l;
        if (!pensel_multiply(&nodes, rows * columns, depth))
            return pensel_fail_memory(error, rows * columns, depth);
        PENSEL_TRY(pensel_grid_level_place(layer, l, nodes, e->features, error));
        rows = halved(rows);
        columns = halved(columns);
    }
    layer->out = e->features;
    return PENSEL_OK;
}

static void initialise(const pensel_layer_instance *layer, void *parameters,
                       pensel_initialisation how, pensel_activation hidden, pensel_random *random)
{
    real *v = pensel_layer_numbers(layer, parameters, 0);
    (void)how;
    (void)hidden;
    for (size_t i = 0; i < layer->groups[0].rows; i++)
        v[i] = (real)pensel_random_between(random, -1e-2, 1e-2);
}

/* n samples of one level */
typedef struct walk {
    const pensel_grid_level *level;
    const real *x; /* (inputs, ld) */
    size_t inputs, features, n, ld;
    size_t rows, columns, depth; /* of the finest level */
    bool periodic;
} walk;

static walk walk_of(const pensel_layer_instance *layer, size_t l)
{
    const pensel_encoding *e = (const pensel_encoding *)layer->settings.own;
    return (walk){.level = (const pensel_grid_level *)layer->memory + l,
                  .inputs = layer->in,
                  .features = e->features,
                  .rows = e->rows,
                  .columns = e->columns,
                  .depth = e->depth ? e->depth : 1,
                  .periodic = e->periodic};
}

/* The nodes of a level that a place reads along one axis. */
typedef struct reach {
    size_t count, node[2 * PENSEL_TAPS];
    real weight[2 * PENSEL_TAPS];
} reach;

/* Adds `weight` to `node`; a reach lists each node once. A weight of 0 is not listed: at the last
 * pixel the node behind it may not exist. */
static void reach_add(reach *r, size_t node, real weight)
{
    size_t i = 0;
    if (weight == 0) return;
    while (i < r->count && r->node[i] != node)
        i++;
    if (i == r->count) {
        r->node[r->count++] = node;
        r->weight[i] = 0;
    }
    r->weight[i] += weight;
}

/* Beyond the ends the end pixel repeats, or in a periodic picture the other end follows. */
static size_t pixel_at(long place, size_t pixels, bool periodic)
{
    long count = (long)pixels;
    if (periodic) return (size_t)((place % count + count) % count);
    return (size_t)(place < 0 ? 0 : place < count ? place : count - 1);
}

/* The nodes of a level, 2^shift pixels apart, that x in [0, 1] over `pixels` pixels depends on.
 * Pixel i has its centre at (i + 0.5) / pixels; each of the six pixels around x is itself linear
 * between two nodes, with t the way from the one to the other. */
static void find_reach(reach *r, real x, size_t pixels, size_t shift, bool periodic)
{
    double weight[PENSEL_TAPS];
    real last = (real)pixels - 1;
    real u = (x > 0 ? x < 1 ? x : 1 : 0) * (real)pixels - (real)0.5;
    if (!periodic) u = u > 0 ? u < last ? u : last : 0;
    long base = (long)floor((double)u);
    pensel_lanczos(weight, (double)u - (double)base);
    size_t inside = ((size_t)1 << shift) - 1;
    r->count = 0;
    for (int i = 0; i < PENSEL_TAPS; i++) {
        size_t pixel = pixel_at(base - PENSEL_TAPS_BEFORE + i, pixels, periodic);
        real t = (real)(pixel & inside) / (real)(inside + 1);
        reach_add(r, pixel >> shift, (real)weight[i] * (1 - t));
        reach_add(r, (pixel >> shift) + 1, (real)weight[i] * t);
    }
}

/* Where x falls between the pictures of a pyramid with a third input: linear between two of them,
 * the first at 0 and the last at 1. */
static void find_depth(reach *r, real x, size_t depth)
{
    real u = (x > 0 ? x < 1 ? x : 1 : 0) * (real)(depth - 1);
    size_t below = (size_t)u;
    r->count = 0;
    reach_add(r, below, 1 - (u - (real)below));
    reach_add(r, below + 1, u - (real)below);
}

typedef struct place {
    reach rows, columns, depth;
} place;

/* The nodes for sample s, axis by axis: a weight is the product of three, since interpolation along
 * one axis does not depend on the others. An axis that is not there has one node. */
static void find_place(place *p, const walk *w, size_t s)
{
    const real *x = w->x + s;
    size_t shift = w->level->shift;
    find_reach(&p->rows, x[0], w->rows, shift, w->periodic);
    p->columns = p->depth = (reach){1, {0}, {1}};
    if (w->inputs > 1) find_reach(&p->columns, x[w->ld], w->columns, shift, w->periodic);
    if (w->inputs > 2) find_depth(&p->depth, x[2 * w->ld], w->depth);
}

/* The number at row node i and column node j in the plane of depth node k. */
static size_t number_at(const pensel_grid_level *level, const place *p, size_t k, size_t i,
                        size_t j)
{
    return (p->depth.node[k] * level->rows + p->rows.node[i]) * level->columns + p->columns.node[j];
}

/* Adds this level's share to `features` (features, ld). `plane` numbers lie between a node's
 * features. */
static void pyramid_forward(real *features, const real *values, const walk *w)
{
    const pensel_grid_level *level = w->level;
    size_t plane = level->rows * level->columns * w->depth;
    place p;
    for (size_t s = 0; s < w->n; s++) {
        real sum[PENSEL_GRID_FEATURES] = {0};
        find_place(&p, w, s);
        for (size_t k = 0; k < p.depth.count; k++)
            for (size_t i = 0; i < p.rows.count; i++)
                for (size_t j = 0; j < p.columns.count; j++) {
                    const real *v = values + number_at(level, &p, k, i, j);
                    real weight = p.depth.weight[k] * p.rows.weight[i] * p.columns.weight[j];
                    for (size_t f = 0; f < w->features; f++)
                        sum[f] += weight * v[f * plane];
                }
        for (size_t f = 0; f < w->features; f++)
            features[f * w->ld + s] += sum[f];
    }
}

/* The transpose of forward: what a node gave with a weight, it gets back with the same weight.
 * gradient (features, depth, rows, columns) */
static void pyramid_gradient(real *gradient, const real *dfeatures, const walk *w)
{
    const pensel_grid_level *level = w->level;
    size_t plane = level->rows * level->columns * w->depth;
    place p;
    for (size_t s = 0; s < w->n; s++) {
        const real *d = dfeatures + s;
        find_place(&p, w, s);
        for (size_t k = 0; k < p.depth.count; k++)
            for (size_t i = 0; i < p.rows.count; i++)
                for (size_t j = 0; j < p.columns.count; j++) {
                    real *g = gradient + number_at(level, &p, k, i, j);
                    real weight = p.depth.weight[k] * p.rows.weight[i] * p.columns.weight[j];
                    for (size_t f = 0; f < w->features; f++)
                        g[f * plane] += weight * d[f * w->ld];
                }
    }
}

/* Coarse levels first: the order of the sum is part of the result. */
static void forward(const pensel_layer_instance *layer, const pensel_layer_tile *t)
{
    const real *v = pensel_layer_numbers(layer, t->parameters, 0);
    for (size_t f = 0; f < layer->out; f++)
        memset((real *)t->y + f * t->ld, 0, t->n * sizeof(real));
    for (size_t l = layer->part_count; l-- > 0;) {
        walk w = walk_of(layer, l);
        w.x = t->a, w.n = t->n, w.ld = t->ld;
        pyramid_forward(t->y, v + w.level->first, &w);
    }
}

static void gradient(const pensel_layer_instance *layer, const pensel_layer_gradient *g)
{
    walk w = walk_of(layer, g->part);
    if (!g->accumulate) memset(g->gradient[0], 0, w.level->count * sizeof(real));
    for (size_t t = 0; t < g->tiles; t++) {
        w.x = (const real *)g->a + t * layer->in * g->ld, w.n = g->tile_n[t], w.ld = g->ld;
        pyramid_gradient(g->gradient[0], (const real *)g->dy + t * layer->out * g->ld, &w);
    }
}

/* Adds a level to the pixels of one plane: bilinear between nodes 2^shift pixels apart. */
static void add_level(double *pixels, const real *values, const pensel_grid_level *level,
                      size_t rows, size_t columns)
{
    double size = (double)((size_t)1 << level->shift);
    for (size_t r = 0; r < rows; r++)
        for (size_t c = 0; c < columns; c++) {
            size_t i = r >> level->shift, j = c >> level->shift;
            double s = (double)r / size - (double)i, t = (double)c / size - (double)j;
            const real *v = values + i * level->columns + j;
            const real *next = i + 1 < level->rows ? v + level->columns : v;
            size_t right = j + 1 < level->columns;
            pixels[r * columns + c] += (1 - s) * ((1 - t) * (double)v[0] + t * (double)v[right]) +
                                       s * ((1 - t) * (double)next[0] + t * (double)next[right]);
        }
}

/* All levels are linear in their numbers, so their sum at every pixel is all that leaves. */
static size_t leave(const pensel_layer_instance *layer, pensel_graph *graph, size_t a,
                    size_t partner, const void *parameters)
{
    const pensel_encoding *e = (const pensel_encoding *)layer->settings.own;
    const real *v = pensel_layer_numbers(layer, parameters, 0);
    size_t rows = e->rows, columns = layer->in > 1 ? e->columns : 1;
    size_t planes = e->features * (e->depth ? e->depth : 1), plane = rows * columns;
    double *w = pensel_graph_room(graph, planes * plane);
    (void)partner;
    for (size_t l = 0; l < layer->part_count && w; l++) {
        const pensel_grid_level *level = (const pensel_grid_level *)layer->memory + l;
        for (size_t p = 0; p < planes; p++)
            add_level(w + p * plane, v + level->first + p * level->rows * level->columns, level,
                      rows, columns);
    }
    return pensel_graph_append(graph, (pensel_operation){.kind = PENSEL_OP_PIXELS,
                                                         .a = a,
                                                         .in = layer->in,
                                                         .width = e->features,
                                                         .groups = e->depth ? e->depth : 1,
                                                         .w = w,
                                                         .weights = planes * plane,
                                                         .rows = rows,
                                                         .columns = columns,
                                                         .periodic = e->periodic});
}

PENSEL_LAYER_KIND(pyramid_grid) = {
    .name = "pyramid",
    .help = "trained numbers at full, 1/2, 1/4... of a picture's size",
    .options = PENSEL_OPTION_TABLE(options),
    .first_only = true,
    .whole = true,
    .prepare = prepare,
    .initialise = initialise,
    .forward = forward,
    .gradient = PENSEL_IF_TRAINED(gradient),
    .leave = PENSEL_IF_EXPORTED(leave),
};
