/* The multiresolution hash grid (Mueller et al. 2022): grids from base_resolution to
 * fine_resolution cells per side, in a geometric progression. Each node has `features` trained
 * numbers, which are interpolated linearly between nodes; those of all levels together are the
 * features. A level whose nodes fit into 2^table_log2 entries is dense; in finer levels nodes share
 * entries by a hash, and the network learns to cope with the collisions.
 *
 * A sample at x is in cell floor(x cells). Each of the cell's 2^inputs corners c is weighted by its
 * proximity, the product over the inputs of 1 - t or t; its features are in a table (entries,
 * features), indexed by the corner's number or a hash of it:
 *
 *     forward    y = sum over c of weight(c) table[entry(c)]
 *     gradient   dtable[entry(c)] += weight(c) dy, sample by sample
 *
 * A part is a level. */
#include "base/random.h"
#include "layer/grid.h"

#include <math.h>
#include <string.h>

static const pensel_option_row options[] = {
    PENSEL_LAYER_OPTION(pensel_encoding, COUNT, levels, 16, BETWEEN("[]", 1, 32), "grids"),
    PENSEL_LAYER_OPTION(pensel_encoding, COUNT, features, 2, BETWEEN("[]", 1, PENSEL_GRID_FEATURES),
                        "of a level"),
    PENSEL_LAYER_OPTION(pensel_encoding, COUNT, table_log2, 19, BETWEEN("[]", 1, 28),
                        "at most 2^this entries per level"),
    PENSEL_LAYER_OPTION(pensel_encoding, COUNT, base_resolution, 16, FROM(1),
                        "cells per side at first"),
    PENSEL_LAYER_OPTION(pensel_encoding, COUNT, fine_resolution, 512, FROM(1),
                        "cells per side at last"),
    PENSEL_LAYER_OPTION(pensel_encoding, FLAG, periodic, false, ANY, "0 and 1 are the same place"),
};

/* samples at a time, so that their corners stay in the L1 cache */
enum { BLOCK = 64 };
enum { MOST_LEVELS = 32, MOST_CELLS = 1 << 20, LARGEST_TABLE = 28 };

/* A grid's options come from files as well, so all that a size is computed from is bounded here.
 * MOST_CELLS also keeps cells within float32's whole numbers. */
static pensel_status check(const pensel_layer_instance *layer, pensel_error *error)
{
    const pensel_encoding *e = (const pensel_encoding *)layer->settings.own;
    PENSEL_REQUIRE(layer->in <= PENSEL_GRID_INPUTS, BAD_ARGUMENT,
                   "a hash grid of %zu inputs has too many corners: it takes up to %d; fourier "
                   "and raw take any number",
                   layer->in, PENSEL_GRID_INPUTS);
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

/* Equations 2 and 3: each level has the same factor more cells than the one before. The 1e-9 is for
 * levels that are a whole number but for rounding. One level alone is the finest. */
static size_t cells_of(const pensel_encoding *e, size_t l)
{
    double base = (double)e->base_resolution, fine = (double)e->fine_resolution;
    if (l == 0 || e->levels == 1) return e->levels == 1 ? e->fine_resolution : e->base_resolution;
    return (size_t)floor(base * pow(fine / base, (double)l / (double)(e->levels - 1)) + 1e-9);
}

/* Counting nodes stops as soon as they do not fit into a table: up to 2^28 * (2^20 + 1) of them,
 * which 32 bits cannot hold. A periodic grid has no node at 1, which is that at 0. */
static pensel_status prepare(pensel_layer_instance *layer, pensel_error *error)
{
    const pensel_encoding *e = (const pensel_encoding *)layer->settings.own;
    PENSEL_TRY(check(layer, error));
    PENSEL_TRY(pensel_grid_levels_new(layer, e->levels, "parameters", error));
    for (size_t l = 0; l < e->levels; l++) {
        pensel_grid_level *level = (pensel_grid_level *)layer->memory + l;
        size_t table = (size_t)1 << e->table_log2;
        uint64_t nodes = 1;
        level->cells = cells_of(e, l);
        size_t side = e->periodic ? level->cells : level->cells + 1;
        for (size_t i = 0; i < layer->in && nodes <= table; i++)
            nodes *= side;
        level->dense = nodes <= table;
        level->entries = level->dense ? (size_t)nodes : table;
        PENSEL_TRY(pensel_grid_level_place(layer, l, level->entries, e->features, error));
    }
    layer->out = e->levels * e->features;
    return PENSEL_OK;
}

/* Section 4 of the paper: so small that the network starts from its biases alone. */
static void initialise(const pensel_layer_instance *layer, void *parameters,
                       pensel_initialisation how, pensel_activation hidden, pensel_random *random)
{
    real *table = pensel_layer_numbers(layer, parameters, 0);
    (void)how;
    (void)hidden;
    for (size_t i = 0; i < layer->groups[0].rows; i++)
        table[i] = (real)pensel_random_between(random, -1e-4, 1e-4);
}

/* n samples of one level */
typedef struct walk {
    const pensel_grid_level *level;
    const real *x; /* (inputs, ld) */
    size_t inputs, features, n, ld;
    bool periodic;
} walk;

static walk walk_of(const pensel_layer_instance *layer, size_t l)
{
    const pensel_encoding *e = (const pensel_encoding *)layer->settings.own;
    return (walk){.level = (const pensel_grid_level *)layer->memory + l,
                  .inputs = layer->in,
                  .features = e->features,
                  .periodic = e->periodic};
}

/* What BLOCK samples need of one level: their cells, and one corner at a time. */
typedef struct corners {
    uint32_t cell[PENSEL_GRID_INPUTS][BLOCK];
    real t[PENSEL_GRID_INPUTS][BLOCK]; /* where in the cell, in [0, 1] */
    uint32_t entry[BLOCK];
    real weight[BLOCK];
} corners;

/* For n samples starting at `from`. Inputs outside [0, 1] are clamped. */
static void find_cells(corners *c, const walk *w, size_t from, size_t n)
{
    real cells = (real)w->level->cells;
    for (size_t i = 0; i < w->inputs; i++) {
        const real *x = w->x + i * w->ld + from;
        for (size_t s = 0; s < n; s++) {
            real u = x[s] > 0 ? x[s] * cells : 0; /* also if x is NaN */
            u = u < cells ? u : cells;
            int32_t cell = (int32_t)u;
            cell = cell < (int32_t)cells - 1 ? cell : (int32_t)cells - 1;
            c->cell[i][s] = (uint32_t)cell;
            c->t[i][s] = u - (real)cell;
        }
    }
}

/* Entry and weight of corner `bits`: bit i says which side along input i. A dense level counts
 * nodes row by row; in others the entry is equation 4, the exclusive or of node times prime over
 * the inputs, modulo the size of the table, which is a power of two. Only in a periodic grid a node
 * is `side`, and then it is node 0 again. */
static void find_corner(corners *c, const walk *w, unsigned bits, size_t n)
{
    static const uint32_t primes[PENSEL_GRID_INPUTS] = {1,           2654435761u, 805459861u,
                                                        3674653429u, 2097192037u, 1434869437u};
    const pensel_grid_level *level = w->level;
    uint32_t cells = (uint32_t)level->cells, mask = (uint32_t)level->entries - 1;
    uint32_t side = w->periodic ? cells : cells + 1, stride = 1;
    for (size_t s = 0; s < n; s++) {
        c->entry[s] = 0;
        c->weight[s] = 1;
    }
    for (size_t i = 0; i < w->inputs; i++) {
        uint32_t bit = bits >> i & 1;
        for (size_t s = 0; s < n; s++) {
            uint32_t node = c->cell[i][s] + bit;
            node = node == side ? 0 : node;
            c->entry[s] =
                level->dense ? c->entry[s] + node * stride : c->entry[s] ^ node * primes[i];
            c->weight[s] *= bit ? c->t[i][s] : 1 - c->t[i][s];
        }
        stride *= side;
    }
    if (level->dense) return;
    for (size_t s = 0; s < n; s++)
        c->entry[s] &= mask;
}

/* features (features, ld), table (entries, features). Corner by corner for a block of samples:
 * weights and entries of one corner are computed by loops that a compiler makes vectors of, only
 * the table's numbers are fetched one by one. */
static void hash_forward(real *features, const real *table, const walk *w)
{
    size_t width = w->features;
    corners c;
    for (size_t from = 0; from < w->n; from += BLOCK) {
        size_t n = w->n - from < BLOCK ? w->n - from : BLOCK;
        find_cells(&c, w, from, n);
        for (unsigned bits = 0; bits < 1u << w->inputs; bits++) {
            find_corner(&c, w, bits, n);
            for (size_t f = 0; f < width; f++) {
                real *y = features + f * w->ld + from;
                for (size_t s = 0; s < n; s++) {
                    real before = bits ? y[s] : 0;
                    y[s] = before + c.weight[s] * table[c.entry[s] * width + f];
                }
            }
        }
    }
}

/* All corners of a block are found first and then added sample by sample: several samples, or
 * corners of one, may share an entry, and the order of the additions must not depend on the block.
 */
static void hash_gradient(real *table, const real *dfeatures, const walk *w)
{
    size_t width = w->features;
    unsigned count = 1u << w->inputs;
    uint32_t entry[1 << PENSEL_GRID_INPUTS][BLOCK];
    real weight[1 << PENSEL_GRID_INPUTS][BLOCK];
    corners c;
    for (size_t from = 0; from < w->n; from += BLOCK) {
        size_t n = w->n - from < BLOCK ? w->n - from : BLOCK;
        find_cells(&c, w, from, n);
        for (unsigned bits = 0; bits < count; bits++) {
            find_corner(&c, w, bits, n);
            for (size_t s = 0; s < n; s++) {
                entry[bits][s] = c.entry[s];
                weight[bits][s] = c.weight[s];
            }
        }
        for (size_t s = 0; s < n; s++) {
            const real *d = dfeatures + from + s;
            for (unsigned bits = 0; bits < count; bits++) {
                real *g = table + entry[bits][s] * width;
                for (size_t f = 0; f < width; f++)
                    g[f] += weight[bits][s] * d[f * w->ld];
            }
        }
    }
}

/* Levels stand one behind the other among the features: level l from unit l * features on. */
static void forward(const pensel_layer_instance *layer, const pensel_layer_tile *t)
{
    const real *table = pensel_layer_numbers(layer, t->parameters, 0);
    for (size_t l = 0; l < layer->part_count; l++) {
        walk w = walk_of(layer, l);
        w.x = t->a, w.n = t->n, w.ld = t->ld;
        hash_forward((real *)t->y + l * w.features * t->ld, table + w.level->first, &w);
    }
}

/* One level, over all samples of the batch in their order: this kind is `whole`, so no shard has a
 * table of its own. */
static void gradient(const pensel_layer_instance *layer, const pensel_layer_gradient *g)
{
    walk w = walk_of(layer, g->part);
    const real *x = g->a, *dy = (const real *)g->dy + g->part * w.features * g->ld;
    if (!g->accumulate) memset(g->gradient[0], 0, w.level->count * sizeof(real));
    for (size_t t = 0; t < g->tiles; t++) {
        w.x = x + t * layer->in * g->ld, w.n = g->tile_n[t], w.ld = g->ld;
        hash_gradient(g->gradient[0], dy + t * layer->out * g->ld, &w);
    }
}

static size_t leave(const pensel_layer_instance *layer, pensel_graph *graph, size_t a,
                    size_t partner, const void *parameters)
{
    const pensel_encoding *e = (const pensel_encoding *)layer->settings.own;
    const real *table = pensel_layer_numbers(layer, parameters, 0);
    size_t *parts = pensel_graph_indices(graph, layer->part_count);
    (void)partner;
    for (size_t l = 0; l < layer->part_count && parts; l++) {
        const pensel_grid_level *level = (const pensel_grid_level *)layer->memory + l;
        parts[l] = pensel_graph_append(
            graph,
            (pensel_operation){.kind = PENSEL_OP_GRID,
                               .a = a,
                               .in = layer->in,
                               .width = e->features,
                               .w = pensel_graph_copy(graph, table + level->first, level->count,
                                                      layer->kernels->precision),
                               .weights = level->count,
                               .count = level->entries,
                               .cells = level->cells,
                               .dense = level->dense,
                               .periodic = e->periodic});
    }
    return pensel_graph_join(graph, parts, layer->part_count);
}

PENSEL_LAYER_KIND(hash_grid) = {
    .name = "hashgrid",
    .help = "trained numbers in grids of rising fineness",
    .options = PENSEL_OPTION_TABLE(options),
    .first_only = true,
    .whole = true,
    .prepare = prepare,
    .initialise = initialise,
    .forward = forward,
    .gradient = PENSEL_IF_TRAINED(gradient),
    .leave = PENSEL_IF_EXPORTED(leave),
};
