/* Prediction: a tile of samples goes through the layers in two alternating panels, so memory is one
 * tile per thread however many samples there are; a few samples in a small network need no heap at
 * all. A single sample would leave all but one lane of a panel idle, so it has its own code path.
 */
#include "network/predict.h"

#include "base/error.h"
#include "base/memory.h"
#include "base/thread_pool.h"

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

/* Three panels: the encoder's input, and two that the layers alternate between. */
static size_t panel_bytes(const pensel_network *network, size_t units, size_t ld)
{
    return pensel_round_up(units * ld * network->kernels->size, PENSEL_ALIGNMENT);
}

static size_t scratch_bytes(const pensel_network *network, size_t ld)
{
    size_t x = pensel_encoder_is_raw(network->encoder) ? 0 : network->shape.inputs;
    return panel_bytes(network, x, ld) + 2 * panel_bytes(network, network->widest, ld);
}

static void *enter(const prediction *p, char *x, void *panel, size_t first, size_t n)
{
    const pensel_network *network = p->network;
    bool raw = pensel_encoder_is_raw(network->encoder);
    network->kernels->gather(
        &(pensel_gather){.panel = raw ? panel : x, .x = p->x, .first = first, .n = n, .ld = p->ld});
    if (!raw)
        pensel_encoder_forward(
            network->encoder,
            &(pensel_encode){
                .features = panel,
                .x = x,
                .parameters = pensel_at(network, network->parameters, network->encoder_offset),
                .n = n,
                .ld = p->ld,
                .ldx = p->ld,
            });
    return panel;
}

static void predict_tile(const prediction *p, char *scratch, size_t tile)
{
    const pensel_network *network = p->network;
    pensel_tile t = pensel_tiling_tile(&p->tiling, tile);
    size_t bytes = panel_bytes(network, network->widest, p->ld);
    void *a = enter(p, scratch + 2 * bytes, scratch, t.first, t.n), *y = scratch + bytes;
    for (size_t l = 0; l < p->layers; l++) {
        const pensel_dense *layer = &network->layers[l];
        network->kernels->forward(&(pensel_forward){
            .y = y,
            .w = pensel_at(network, network->parameters, layer->weights),
            .b = pensel_at(network, network->parameters, layer->biases),
            .a = a,
            .in = layer->in,
            .out = layer->out,
            .n = t.n,
            .ldy = p->ld,
            .lda = p->ld,
            .activation = layer->activation,
            .parameter = layer->parameter,
        });
        void *swap = a;
        a = y;
        y = swap;
    }
    size_t width = network->layers[p->layers - 1].out;
    network->kernels->scatter(p->y + t.first * width * network->kernels->size, a, p->ld, width,
                              t.n);
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

/* A single sample, in two alternating rows of units; false if they do not fit on the stack. */
static bool run_row(const prediction *p)
{
    _Alignas(PENSEL_ALIGNMENT) char stack[STACK_BYTES];
    const pensel_network *network = p->network;
    const pensel_kernels *kernels = network->kernels;
    size_t width = pensel_round_up(network->widest, kernels->lanes);
    if (width > STACK_BYTES / 2 / kernels->size || !pensel_encoder_is_raw(network->encoder))
        return false;
    char *a = stack, *y = stack + width * kernels->size;
    kernels->gather(&(pensel_gather){.rows = a, .x = p->x, .n = 1, .stride = width});
    for (size_t l = 0; l < p->layers; l++) {
        const pensel_dense *layer = &network->layers[l];
        kernels->forward_row(&(pensel_forward){
            .y = y,
            .w = pensel_at(network, network->parameters, layer->weights),
            .b = pensel_at(network, network->parameters, layer->biases),
            .a = a,
            .in = layer->in,
            .out = layer->out,
            .n = 1,
            .ldy = 1,
            .lda = 1,
            .activation = layer->activation,
            .parameter = layer->parameter,
        });
        char *swap = a;
        a = y;
        y = swap;
    }
    memcpy(p->y, a, network->layers[p->layers - 1].out * kernels->size);
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
        .layers = l + 1,
        .tiling = pensel_tiling_of(kernels, x.rows),
        .ld = kernels->lanes * (x.rows <= kernels->lanes ? 1 : PENSEL_TILE_LANES),
    };
    if (x.rows == 1 && run_row(&p)) return PENSEL_OK;
    p.scratch_bytes = scratch_bytes(network, p.ld);
    threads = threads_for(&p, threads);
    return threads == 1 ? run_alone(&p, error) : run_in_pool(&p, threads, error);
}

pensel_status pensel_network_predict(const pensel_network *network, void *y, pensel_matrix x,
                                     size_t threads, pensel_error *error)
{
    size_t layers = network ? network->shape.layer_count : 1;
    return pensel_network_activations(network, layers - 1, y, x, threads, error);
}
