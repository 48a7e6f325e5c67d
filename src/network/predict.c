/* Prediction: a tile of samples goes through the layers in a few panels by turns, so memory is one
 * tile per thread however many samples there are; a few samples in a small network need no heap at
 * all. A single sample would leave all but one lane of a panel idle, so it has its own code path.
 * Threads share the tiles out; where there is but one, they share the units of each wide layer.
 *
 * A sample's outputs are the same bits in any tile and on any number of threads, since every sum is
 * over the units of one sample. Only a sample by itself may differ in the last digits: kernel.h,
 * forward_row. A network is only read here, so any number of threads may predict with one at the
 * same time; what is written belongs to the call. */
#include "network/predict.h"

#include "platform/float.h"
#include "base/context.h"
#include "base/error.h"
#include "base/matrix.h"
#include "base/memory.h"
#include "network/sparse.h"
#include "network/walk.h"

#include <math.h>
#include <string.h>

/* Panels up to this size stand on the stack: no allocation, which could fail, for a small network.
 */
enum { STACK_BYTES = 40 * 1024 };
/* Of less work than this the taking would be felt. */
#define OPERATIONS_OF_ITEM 1e5
/* Work is dealt out in more items than threads, so that one that comes late takes fewer. 24 rows
 * are whole blocks of registers, of 6 or 12. */
enum { TILES_OF_THREAD = 4, ITEMS_OF_THREAD = 6, ROWS_OF_ITEM = 24 };

typedef struct prediction {
    const pensel_network *network;
    pensel_matrix x;           /* of sparse rows its size alone */
    pensel_sparse_rows sparse; /* all of them; x NULL: they are dense */
    pensel_sparse_panel first; /* of sparse rows that have been through the first layer */
    char *y;
    size_t layers;                      /* how many to go through */
    bool sums;                          /* the last of them without its activation */
    const pensel_dropout_plan *dropout; /* NULL: nothing is dropped */
    pensel_tiling tiling;
    size_t ld;
    char *scratch; /* of worker 0, followed by the other workers' */
    size_t scratch_bytes;
    size_t item_tiles; /* tiles of an item of work */
} prediction;

/* A slot is as wide as the widest layer: any layer's panel fits into any slot. */
static size_t slot_bytes(const pensel_network *network, size_t ld)
{
    return pensel_round_up(network->widest * ld * network->kernels->size, PENSEL_ALIGNMENT);
}

/* All inputs of the tile: at once if it is full, else unit by unit, and only samples that are
 * there. What stands behind the last one is left from another tile. */
static bool tile_is_finite(const prediction *p, const char *panel, size_t n)
{
    const pensel_kernels *kernels = p->network->kernels;
    if (n == p->ld) return kernels->all_finite(panel, p->x.columns * n);
    for (size_t i = 0; i < p->x.columns; i++)
        if (!kernels->all_finite(panel + i * p->ld * kernels->size, n)) return false;
    return true;
}

/* Columns that a row does not list are 0 and so finite. */
static bool sparse_is_finite(const pensel_sparse *x, size_t row, size_t rows)
{
    for (size_t k = (size_t)x->starts[row]; k < (size_t)x->starts[row + rows]; k++)
        if (!isfinite(pensel_sparse_number(x, k))) return false;
    return true;
}

static bool row_is_finite(const prediction *p, size_t row)
{
    if (p->sparse.x) return sparse_is_finite(p->sparse.x, row, 1);
    for (size_t i = 0; i < p->x.columns; i++)
        if (!isfinite(pensel_matrix_at(p->x, row, i))) return false;
    return true;
}

/* Rows of x with infinity or NaN have no answer: their outputs are NaN. Activations and encodings
 * would not show it: they clamp, and the larger one of 0 and NaN may be 0. The other rows of the
 * tile are right: no kernel mixes samples. */
static void blank_rows(const prediction *p, size_t first, size_t n)
{
    size_t width = p->network->layers[p->layers - 1].out;
    for (size_t row = first; row < first + n; row++)
        for (size_t j = row * width; !row_is_finite(p, row) && j < (row + 1) * width; j++)
            if (p->network->kernels->precision == PENSEL_FLOAT64)
                ((double *)(void *)p->y)[j] = NAN;
            else
                ((float *)(void *)p->y)[j] = NAN;
}

/* The tile's columns of what the first layer has given out, as the panel that it would write */
static void load_first(const prediction *p, const pensel_walk *walk)
{
    size_t size = p->network->kernels->size;
    size_t columns = pensel_round_up(walk->tile.n, p->network->kernels->lanes);
    char *panel = pensel_walk_panel(walk, 1);
    for (size_t j = 0; j < p->network->layers[0].out; j++)
        memcpy(panel + j * p->ld * size,
               p->first.numbers + (j * p->first.ld + walk->tile.first) * size, columns * size);
}

/* Loads a tile; false if a number of it is not finite. Sparse rows are not loaded: the first layer
 * reads them where they are, and panel 0 stays empty. Where a layer knows what NaN means, nothing
 * is blanked: the answer is that layer's. */
static bool begin_tile(const prediction *p, pensel_walk *walk, char *scratch, size_t tile)
{
    const pensel_network *network = p->network;
    *walk = (pensel_walk){
        .network = network,
        .slots = scratch,
        .slot_bytes = slot_bytes(network, p->ld),
        .ld = p->ld,
        .dropout = p->dropout,
        .tile = pensel_tiling_tile(&p->tiling, tile),
        .sparse = p->sparse,
        .sums = p->sums,
    };
    walk->sparse.first = walk->tile.first;
    walk->sparse.n = walk->tile.n;
    if (p->first.numbers) load_first(p, walk);
    if (p->sparse.x) return sparse_is_finite(p->sparse.x, walk->tile.first, walk->tile.n);
    void *panel = pensel_walk_panel(walk, 0);
    network->kernels->gather(&(pensel_gather){
        .panel = panel, .x = p->x, .first = walk->tile.first, .n = walk->tile.n, .ld = p->ld});
    return network->missing || tile_is_finite(p, panel, walk->tile.n);
}

/* The last panel, turned into rows of y. Tiles write disjoint rows, so threads need no lock. */
static void end_tile(const prediction *p, const pensel_walk *walk, bool finite)
{
    size_t first = walk->tile.first, n = walk->tile.n,
           width = p->network->layers[p->layers - 1].out;
    p->network->kernels->scatter(p->y + first * width * p->network->kernels->size,
                                 pensel_walk_panel(walk, p->layers), p->ld, width, n);
    if (!finite) blank_rows(p, first, n);
}

static void predict_tile(const prediction *p, char *scratch, size_t tile)
{
    pensel_walk walk;
    bool finite = begin_tile(p, &walk, scratch, tile);
    for (size_t l = p->first.numbers ? 1 : 0; l < p->layers; l++)
        pensel_walk_forward_layer(&walk, l);
    end_tile(p, &walk, finite);
}

/* A single sample, its units side by side; false if they do not fit on the stack, or a layer cannot
 * take a sample by itself. With ld 1 a panel is a row: gathering writes rows into panel 0. */
static bool run_row(const prediction *p)
{
    _Alignas(PENSEL_ALIGNMENT) char stack[STACK_BYTES];
    const pensel_network *network = p->network;
    const pensel_kernels *kernels = network->kernels;
    size_t width = pensel_round_up(network->widest, kernels->lanes);
    if (!network->single || width > STACK_BYTES / network->slots / kernels->size) return false;
    const pensel_walk walk = {
        .network = network,
        .slots = stack,
        .slot_bytes = width * kernels->size,
        .ld = 1,
        .tile = {.n = 1},
        .sums = p->sums,
    };
    kernels->gather(
        &(pensel_gather){.rows = pensel_walk_panel(&walk, 0), .x = p->x, .n = 1, .stride = width});
    bool finite =
        network->missing || kernels->all_finite(pensel_walk_panel(&walk, 0), p->x.columns);
    pensel_walk_forward(&walk, p->layers);
    memcpy(p->y, pensel_walk_panel(&walk, p->layers),
           network->layers[p->layers - 1].out * kernels->size);
    if (!finite) blank_rows(p, 0, 1);
    return true;
}

/* ------------------------------------------------------------------ who does which tiles */

/* A multiplication and an addition for each parameter, but for tables (`whole`): of these a sample
 * looks up a few entries, which are counted as 16 operations for each feature that they give. */
double pensel_network_operations(const pensel_network *network, size_t n)
{
    return (2.0 * (double)network->whole_first + 16.0 * (double)pensel_network_features(network)) *
           (double)n;
}

/* Some tiles in a row, in the worker's own scratch. The last item may have fewer. */
static void predict_item(void *data, size_t item, size_t worker)
{
    const prediction *p = data;
    size_t tile = item * p->item_tiles, end = tile + p->item_tiles;
    if (end > p->tiling.count) end = p->tiling.count;
    for (; tile < end; tile++)
        predict_tile(p, p->scratch + worker * p->scratch_bytes, tile);
}

/* All tiles by the caller, in one scratch. */
static pensel_status run_alone(prediction *p, pensel_error *error)
{
    _Alignas(PENSEL_ALIGNMENT) char stack[STACK_BYTES];
    char *heap = NULL;
    if (p->scratch_bytes > STACK_BYTES)
        PENSEL_TRY(PENSEL_ALLOCATE_BARE(heap, p->scratch_bytes, 1, error));
    p->scratch = heap ? heap : stack;
    for (size_t tile = 0; tile < p->tiling.count; tile++)
        predict_tile(p, p->scratch, tile);
    pensel_release(heap);
    return PENSEL_OK;
}

/* Tiles shared out. An item is one tile, or as many as it takes to be worth the taking. */
static pensel_status run_in_pool(prediction *p, const pensel_pool *pool, pensel_error *error)
{
    double tile = pensel_network_operations(p->network, p->ld);
    p->item_tiles = tile < OPERATIONS_OF_ITEM ? (size_t)(OPERATIONS_OF_ITEM / tile) : 1;
    size_t items = (p->tiling.count + p->item_tiles - 1) / p->item_tiles;
    PENSEL_TRY(PENSEL_ALLOCATE_BARE(p->scratch, pool->size, p->scratch_bytes, error));
    pensel_pool_share(pool, predict_item, p, items);
    pensel_release(p->scratch);
    return PENSEL_OK;
}

/* ------------------------------------------------------------------ one tile, many threads */

typedef struct shared_layer {
    const pensel_walk *walk;
    size_t l, out, rows; /* units; of an item */
} shared_layer;

/* Units [row, row + rows) of one layer, for the samples of the one tile. */
static void forward_item(void *data, size_t item, size_t worker)
{
    const shared_layer *s = data;
    size_t row = item * s->rows, rest = s->out - row;
    (void)worker;
    pensel_walk_forward_part(s->walk, s->l,
                             (pensel_layer_part){row, rest < s->rows ? rest : s->rows});
}

/* Several items for each thread, of whole blocks of registers; a narrow layer is not shared. */
static void forward_shared(const pensel_walk *walk, size_t l, const pensel_pool *pool)
{
    size_t out = walk->network->layers[l].out;
    size_t rows = pensel_round_up(out / (ITEMS_OF_THREAD * pool->size) + 1, ROWS_OF_ITEM);
    if (rows < out && pensel_walk_cuts(walk, l))
        pensel_pool_share(pool, forward_item, &(shared_layer){walk, l, out, rows},
                          (out + rows - 1) / rows);
    else
        pensel_walk_forward_layer(walk, l);
}

/* Layer by layer; all threads are done with one before the next begins. */
static pensel_status share_layers(prediction *p, const pensel_pool *pool, pensel_error *error)
{
    pensel_walk walk;
    PENSEL_TRY(PENSEL_ALLOCATE_BARE(p->scratch, p->scratch_bytes, 1, error));
    bool finite = begin_tile(p, &walk, p->scratch, 0);
    for (size_t l = p->first.numbers ? 1 : 0; l < p->layers; l++)
        forward_shared(&walk, l, pool);
    end_tile(p, &walk, finite);
    pensel_release(p->scratch);
    return PENSEL_OK;
}

/* ------------------------------------------------------------------ which way */

/* Tiles of fewer samples where full ones would not go round: several for each thread, so that one
 * which comes late takes fewer, and at least one. A block of registers is full from two vectors on:
 * to one vector tiles are cut only where a thread would have none. `ld` becomes narrower with the
 * tiles, so that panels stay dense. */
static void cut_finely(prediction *p, size_t threads)
{
    size_t vectors = PENSEL_TILE_LANES;
    while (vectors > 1 && p->tiling.count < threads * (vectors > 2 ? TILES_OF_THREAD : 1)) {
        size_t lanes = p->network->kernels->lanes;
        vectors /= 2;
        p->ld = vectors * lanes;
        p->tiling.count = ((p->x.rows + lanes - 1) / lanes + vectors - 1) / vectors;
    }
}

/* A sparse row's first layer works on its values alone. Each of them counts twice: it has to be
 * found. */
static double operations_of(const prediction *p)
{
    const pensel_layer_instance *first = &p->network->layers[0];
    double all = pensel_network_operations(p->network, p->x.rows);
    if (!p->sparse.x) return all;
    return all - 2.0 * (double)first->in * (double)first->out * (double)p->x.rows +
           4.0 * (double)first->out * (double)pensel_sparse_count(p->sparse.x);
}

/* Which of the three ways: alone, units of one tile, or tiles. The size of the scratch follows from
 * ld and so must come after the cutting. */
static pensel_status run_tiles(prediction *p, pensel_context *context, size_t threads,
                               pensel_error *error)
{
    double operations = operations_of(p);
    pensel_pool pool = pensel_pool_for(context, threads, operations);
    bool one_tile = p->tiling.count == 1;
    if (pool.size > 1 && !one_tile) cut_finely(p, pool.size);
    p->scratch_bytes = p->network->slots * slot_bytes(p->network, p->ld);
    if (p->sparse.x && pensel_sparse_count(p->sparse.x) > p->x.columns)
        PENSEL_TRY(pensel_sparse_first(&p->first, p->network, p->sparse.x, &pool, error));
    if (pool.size < 2 || (one_tile && p->dropout)) return run_alone(p, error);
    if (one_tile) return share_layers(p, &pool, error);
    if (pool.size > p->tiling.count) pool.size = p->tiling.count;
    return run_in_pool(p, &pool, error);
}

/* The caller counts among the threads at work while it does. */
static pensel_status run_counted(prediction *p, pensel_context *context, size_t threads,
                                 pensel_error *error)
{
    pensel_context_begin(context);
    pensel_status status = run_tiles(p, context, threads, error);
    pensel_context_end(context);
    return status;
}

pensel_status pensel_matrix_fits(const pensel_matrix *x, size_t columns, const char *what,
                                 pensel_error *error)
{
    PENSEL_REQUIRE(x->data, BAD_ARGUMENT, "no %s: give a matrix of %zu columns", what, columns);
    PENSEL_REQUIRE(x->columns == columns, BAD_ARGUMENT, "%s of %zu columns: the network takes %zu",
                   what, x->columns, columns);
    PENSEL_REQUIRE(x->precision == PENSEL_FLOAT32 || x->precision == PENSEL_FLOAT64, BAD_ARGUMENT,
                   "%s of precision number %d: use PENSEL_FLOAT32 or PENSEL_FLOAT64", what,
                   (int)x->precision);
    return PENSEL_OK;
}

/* Up to the layer of neurons `l`, whose units are the answer. Samples that fit into one vector have
 * panels of one. */
static prediction prediction_of(const pensel_network *network, size_t l, void *y, pensel_matrix x)
{
    const pensel_kernels *kernels = network->kernels;
    return (prediction){
        .network = network,
        .x = x,
        .y = y,
        .layers = network->neurons[l] + 1,
        .tiling = pensel_tiling_of(kernels, x.rows),
        .ld = kernels->lanes * (x.rows <= kernels->lanes ? 1 : PENSEL_TILE_LANES),
    };
}

static pensel_status run(prediction *p, pensel_context *context, size_t threads,
                         pensel_error *error)
{
    if (p->x.rows == 1 && run_row(p)) return PENSEL_OK;
    return run_counted(p, context, threads, error);
}

pensel_status pensel_network_activations_in(pensel_context *context, const pensel_network *network,
                                            size_t l, void *y, pensel_matrix x, size_t threads,
                                            pensel_error *error)
{
    PENSEL_REQUIRE(network && y, BAD_ARGUMENT, "network or y is NULL: both are needed");
    PENSEL_REQUIRE(l < network->shape.layer_count, BAD_ARGUMENT,
                   "layer %zu of a network of %zu: count from 0", l, network->shape.layer_count);
    if (x.rows == 0) return PENSEL_OK;
    PENSEL_TRY(pensel_matrix_fits(&x, network->shape.inputs, "inputs", error));
    prediction p = prediction_of(network, l, y, x);
    return run(&p, context, threads, error);
}

pensel_status pensel_network_sums(const pensel_network *network, void *y, pensel_matrix x,
                                  size_t threads, pensel_error *error)
{
    if (x.rows == 0) return PENSEL_OK;
    PENSEL_TRY(pensel_matrix_fits(&x, network->shape.inputs, "inputs", error));
    prediction p = prediction_of(network, network->shape.layer_count - 1, y, x);
    p.sums = true;
    return run(&p, network->context, threads, error);
}

/* Rows of sparse ones at once, so many that what the first layer gives out takes about as much
 * memory as its weights */
static size_t sparse_rows_at_once(const pensel_sparse *x)
{
    enum { LEAST = 4096 };
    return x->columns > LEAST ? pensel_round_up(x->columns, LEAST) : LEAST;
}

static pensel_status predict_sparse(const pensel_network *network, void *y, const pensel_sparse *x,
                                    size_t threads, pensel_error *error)
{
    prediction p = {
        .network = network,
        .x = {NULL, x->rows, x->columns, x->precision},
        .sparse = {.x = x},
        .y = y,
        .layers = network->layer_count,
        .tiling = pensel_tiling_of(network->kernels, x->rows),
        .ld = network->kernels->lanes * PENSEL_TILE_LANES,
    };
    pensel_status status = run_counted(&p, network->context, threads, error);
    pensel_release(p.first.numbers);
    return status;
}

pensel_status pensel_network_predict_sparse(const pensel_network *network, void *y,
                                            const pensel_sparse *x, size_t threads,
                                            pensel_error *error)
{
    PENSEL_FLOAT_SCOPE;
    PENSEL_REQUIRE(network && y, BAD_ARGUMENT, "network or y is NULL: both are needed");
    PENSEL_TRY(pensel_sparse_fits(network, x, "inputs", error));
    size_t most = sparse_rows_at_once(x), width = pensel_network_outputs(network);
    for (size_t first = 0; first < x->rows; first += most) {
        pensel_sparse some = *x;
        some.starts += first;
        some.rows = x->rows - first < most ? x->rows - first : most;
        PENSEL_TRY(
            predict_sparse(network, pensel_at(network, y, first * width), &some, threads, error));
    }
    return PENSEL_OK;
}

pensel_status pensel_network_activations(const pensel_network *network, size_t l, void *y,
                                         pensel_matrix x, size_t threads, pensel_error *error)
{
    PENSEL_FLOAT_SCOPE;
    pensel_context *context = network ? network->context : NULL;
    return pensel_network_activations_in(context, network, l, y, x, threads, error);
}

pensel_status pensel_network_predict(const pensel_network *network, void *y, pensel_matrix x,
                                     size_t threads, pensel_error *error)
{
    size_t layers = network ? network->shape.layer_count : 1;
    return pensel_network_activations(network, layers - 1, y, x, threads, error);
}

/* ------------------------------------------------------------------ with dropout */

static bool drops_anything(const pensel_network *network, double share)
{
    return network->random || (share > 0 && network->shape.layer_count > 1);
}

/* Draw d is the prediction of the seed's d-th thinned network, which is another one for each row:
 * what is dropped follows from the seed, the layer, the unit and the row's number, not from tiles
 * and threads. The draws' seeds are apart by an odd constant (Steele & Vigna 2021), not by that of
 * the units' hash: else a unit of one draw would be the next unit of the draw before. */
pensel_status pensel_network_predict_draws(const pensel_network *network, void *y, pensel_matrix x,
                                           double share, uint64_t seed, size_t draws,
                                           size_t threads, pensel_error *error)
{
    PENSEL_FLOAT_SCOPE;
    PENSEL_REQUIRE(network && y, BAD_ARGUMENT, "network or y is NULL: both are needed");
    PENSEL_REQUIRE(share >= 0 && share < 1, BAD_ARGUMENT,
                   "a share of %g of the units: it must be in [0, 1)", share);
    PENSEL_REQUIRE(drops_anything(network, share), BAD_ARGUMENT,
                   "nothing would be dropped: a share above 0 and a hidden layer are needed, or a "
                   "layer of dropout");
    if (x.rows == 0) return PENSEL_OK;
    PENSEL_TRY(pensel_matrix_fits(&x, network->shape.inputs, "inputs", error));
    size_t bytes = x.rows * pensel_network_outputs(network) * network->kernels->size;
    for (size_t d = 0; d < draws; d++) {
        const pensel_dropout_plan plan = {true, share, seed + d * 0xd1342543de82ef95u};
        prediction p =
            prediction_of(network, network->shape.layer_count - 1, (char *)y + d * bytes, x);
        p.dropout = &plan;
        PENSEL_TRY(run_counted(&p, network->context, threads, error));
    }
    return PENSEL_OK;
}

/* ------------------------------------------------------------------ in the caller's memory */

static size_t scratch_of(const pensel_network *network, size_t ld)
{
    return network->slots * slot_bytes(network, ld);
}

/* Enough for a full tile, wherever the workspace begins: predict_in goes on to the next multiple of
 * PENSEL_ALIGNMENT. */
size_t pensel_network_workspace(const pensel_network *network)
{
    if (!network) return 0;
    return scratch_of(network, network->kernels->lanes * PENSEL_TILE_LANES) + PENSEL_ALIGNMENT - 1;
}

/* Without heap and threads, for programs that allow neither in this moment: all that can fail is
 * checked before the first tile. */
pensel_status pensel_network_predict_in(const pensel_network *network, void *y, pensel_matrix x,
                                        void *workspace, size_t bytes, pensel_error *error)
{
    PENSEL_FLOAT_SCOPE;
    PENSEL_REQUIRE(network && y && workspace, BAD_ARGUMENT,
                   "network, y or workspace is NULL: all three are needed");
    size_t needed = pensel_network_workspace(network);
    PENSEL_REQUIRE(bytes >= needed, BAD_ARGUMENT,
                   "a workspace of %zu bytes: this network needs %zu", bytes, needed);
    if (x.rows == 0) return PENSEL_OK;
    PENSEL_TRY(pensel_matrix_fits(&x, network->shape.inputs, "inputs", error));
    prediction p = prediction_of(network, network->shape.layer_count - 1, y, x);
    if (x.rows == 1 && run_row(&p)) return PENSEL_OK;
    uintptr_t gap = -(uintptr_t)workspace % PENSEL_ALIGNMENT;
    for (size_t tile = 0; tile < p.tiling.count; tile++)
        predict_tile(&p, (char *)workspace + gap, tile);
    return PENSEL_OK;
}
