/* Prediction: a tile of samples goes through the layers in a few panels by turns, so memory is one
 * tile per thread however many samples there are; a few samples in a small network need no heap at
 * all. A single sample would leave all but one lane of a panel idle, so it has its own code path.
 */
#include "network/predict.h"

#include "base/error.h"
#include "base/memory.h"
#include "base/thread_pool.h"
#include "network/walk.h"

#include <string.h>

enum { STACK_BYTES = 40 * 1024, TILES_PER_ITEM = 8 };
/* With fewer operations than this, a second thread costs more than it gains. */
#define THREADS_PAY 4e6

typedef struct prediction {
    const pensel_network *network;
    pensel_matrix x;
    char *y;
    size_t layers; /* how many to go through */
    pensel_tiling tiling;
    size_t ld;
    char *scratch; /* of worker 0, followed by the other workers' */
    size_t scratch_bytes;
} prediction;

static size_t slot_bytes(const pensel_network *network, size_t ld)
{
    return pensel_round_up(network->widest * ld * network->kernels->size, PENSEL_ALIGNMENT);
}

static void predict_tile(const prediction *p, char *scratch, size_t tile)
{
    const pensel_network *network = p->network;
    const pensel_walk walk = {
        .network = network,
        .slots = scratch,
        .slot_bytes = slot_bytes(network, p->ld),
        .ld = p->ld,
        .tile = pensel_tiling_tile(&p->tiling, tile),
    };
    size_t first = walk.tile.first, n = walk.tile.n, width = network->layers[p->layers - 1].out;
    network->kernels->gather(&(pensel_gather){
        .panel = pensel_walk_panel(&walk, 0), .x = p->x, .first = first, .n = n, .ld = p->ld});
    pensel_walk_forward(&walk, p->layers);
    network->kernels->scatter(p->y + first * width * network->kernels->size,
                              pensel_walk_panel(&walk, p->layers), p->ld, width, n);
}

static void predict_item(void *context, size_t item, size_t worker)
{
    const prediction *p = context;
    size_t tile = item * TILES_PER_ITEM, end = tile + TILES_PER_ITEM;
    if (end > p->tiling.count) end = p->tiling.count;
    for (; tile < end; tile++)
        predict_tile(p, p->scratch + worker * p->scratch_bytes, tile);
}

static size_t threads_for(const prediction *p, size_t threads)
{
    double work = 2.0 * (double)p->network->parameter_count * (double)p->x.rows;
    if (p->tiling.count <= TILES_PER_ITEM || work < THREADS_PAY) return 1;
    return threads == 0 ? pensel_machine_threads() : threads;
}

/* A single sample, its units side by side; false if they do not fit on the stack. */
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
    };
    kernels->gather(
        &(pensel_gather){.rows = pensel_walk_panel(&walk, 0), .x = p->x, .n = 1, .stride = width});
    pensel_walk_forward(&walk, p->layers);
    memcpy(p->y, pensel_walk_panel(&walk, p->layers),
           network->layers[p->layers - 1].out * kernels->size);
    return true;
}

static pensel_status run_alone(prediction *p, pensel_error *error)
{
    _Alignas(PENSEL_ALIGNMENT) char stack[STACK_BYTES];
    char *heap = NULL;
    if (p->scratch_bytes > STACK_BYTES) {
        PENSEL_TRY(PENSEL_NEW(heap, p->scratch_bytes, error));
    }
    p->scratch = heap ? heap : stack;
    for (size_t tile = 0; tile < p->tiling.count; tile++)
        predict_tile(p, p->scratch, tile);
    pensel_release(heap);
    return PENSEL_OK;
}

static pensel_status run_in_pool(prediction *p, size_t threads, pensel_error *error)
{
    pensel_pool *pool;
    PENSEL_TRY(pensel_pool_new(&pool, threads, error));
    pensel_status status =
        PENSEL_ALLOCATE(p->scratch, pensel_pool_size(pool), p->scratch_bytes, error);
    if (status == PENSEL_OK)
        pensel_pool_run(pool, predict_item, p,
                        (p->tiling.count + TILES_PER_ITEM - 1) / TILES_PER_ITEM);
    pensel_release(p->scratch);
    pensel_pool_free(&pool);
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

pensel_status pensel_network_activations(const pensel_network *network, size_t l, void *y,
                                         pensel_matrix x, size_t threads, pensel_error *error)
{
    PENSEL_REQUIRE(network && y, BAD_ARGUMENT, "network or y is NULL: both are needed");
    PENSEL_REQUIRE(l < network->shape.layer_count, BAD_ARGUMENT,
                   "layer %zu of a network of %zu: count from 0", l, network->shape.layer_count);
    if (x.rows == 0) return PENSEL_OK;
    PENSEL_TRY(pensel_matrix_fits(&x, network->shape.inputs, "inputs", error));
    const pensel_kernels *kernels = network->kernels;
    prediction p = {
        .network = network,
        .x = x,
        .y = y,
        .layers = network->neurons[l] + 1,
        .tiling = pensel_tiling_of(kernels, x.rows),
        .ld = kernels->lanes * (x.rows <= kernels->lanes ? 1 : PENSEL_TILE_LANES),
    };
    if (x.rows == 1 && run_row(&p)) return PENSEL_OK;
    p.scratch_bytes = network->slots * slot_bytes(network, p.ld);
    threads = threads_for(&p, threads);
    return threads == 1 ? run_alone(&p, error) : run_in_pool(&p, threads, error);
}

pensel_status pensel_network_predict(const pensel_network *network, void *y, pensel_matrix x,
                                     size_t threads, pensel_error *error)
{
    size_t layers = network ? network->shape.layer_count : 1;
    return pensel_network_activations(network, layers - 1, y, x, threads, error);
}
