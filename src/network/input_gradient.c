/* Gradients with respect to the inputs: the walk of a training forward and back, in which dy takes
 * the place of a loss and nothing is summed over samples.
 *
 *     dz = dy f'(z) at the outputs, or for softmax dz[j] = a[j] (dy[j] - sum over k of dy[k] a[k])
 *     dx = what the walk leaves in the panel of the inputs */
#include "base/error.h"
#include "base/matrix.h"
#include "base/memory.h"
#include "base/thread_pool.h"
#include "network/predict.h"
#include "network/walk.h"
#include "platform/float.h"

#include <math.h>

/* Tiles of which a pass has the panels at once: memory does not grow with the samples, and threads
 * have several to share. */
enum { TILES = 16 };

typedef struct descent {
    const pensel_network *network;
    pensel_pass *pass;
    pensel_matrix x;
    const void *dy; /* (n, outputs) or NULL */
    void *dx;       /* (n, inputs) */
    void *targets;  /* (tiles, outputs, ld) minus infinity: see slopes */
    size_t from;    /* first sample of the pass */
    pensel_tiling tiling;
} descent;

/* Numbers of the network's precision, one at a time: the outputs are few beside the layers'
 * products. */
static double number(const pensel_network *network, const void *block, size_t i)
{
    return network->kernels->precision == PENSEL_FLOAT64 ? ((const double *)block)[i]
                                                         : (double)((const float *)block)[i];
}

static void put(const pensel_network *network, void *block, size_t i, double value)
{
    if (network->kernels->precision == PENSEL_FLOAT64)
        ((double *)block)[i] = value;
    else
        ((float *)block)[i] = (float)value;
}

/* dy of a sample of the whole call; without a dy, the gradient of the sum of all outputs. */
static double dy_at(const descent *d, size_t sample, size_t j)
{
    size_t at = sample * pensel_network_outputs(d->network) + j;
    return d->dy ? number(d->network, d->dy, at) : 1;
}

/* f'(z) over the outputs. The kernel of losses knows how an output activation goes back: the
 * absolute error of an infinitely small target has slope 1, and its mean over k outputs is undone
 * by `scale`. */
static void slopes(const descent *d, pensel_tile tile, void *outputs)
{
    const pensel_network *network = d->network;
    const pensel_layer_instance *last = pensel_network_last(network);
    network->kernels->loss(&(pensel_loss_tile){
        .dz = outputs,
        .a = outputs,
        .slope = pensel_pass_kept(d->pass, network->layer_count - 1, tile),
        .y = d->targets,
        .k = last->out,
        .n = tile.n,
        .ld = d->pass->ld,
        .loss = PENSEL_ABSOLUTE_ERROR,
        .activation = last->activation,
        .parameter = last->parameter,
        .scale = (double)last->out,
    });
}

/* dz of the outputs, in their panel, in place of a loss. Softmax mixes the outputs of a sample, so
 * there the sum over k is needed first; for all other activations it is 0. */
static void begin_backward(const descent *d, pensel_tile tile)
{
    const pensel_network *network = d->network;
    void *panel = pensel_pass_panel(d->pass, network->layer_count, tile);
    size_t k = pensel_network_outputs(network), ld = d->pass->ld, first = d->from + tile.first;
    bool softmax = pensel_network_last(network)->activation == PENSEL_SOFTMAX;
    if (!softmax) slopes(d, tile, panel);
    for (size_t s = 0; s < tile.n; s++) {
        double dot = 0;
        for (size_t j = 0; softmax && j < k; j++)
            dot += dy_at(d, first + s, j) * number(network, panel, j * ld + s);
        for (size_t j = 0; j < k; j++) {
            double value = number(network, panel, j * ld + s); /* f'(z), or a */
            put(network, panel, j * ld + s, value * (dy_at(d, first + s, j) - dot));
        }
    }
}

/* Rows of x that are not finite have no gradient. It is NaN, as their prediction is. */
static void blank_rows(const descent *d, pensel_tile tile)
{
    size_t in = d->x.columns;
    for (size_t row = d->from + tile.first; row < d->from + tile.first + tile.n; row++) {
        bool finite = true;
        for (size_t i = 0; i < in; i++)
            finite = finite && isfinite(pensel_matrix_at(d->x, row, i));
        for (size_t i = 0; !finite && i < in; i++)
            put(d->network, d->dx, row * in + i, NAN);
    }
}

/* One tile, forward and back, and its rows of dx. Tiles share nothing that they write. */
static void descend_tile(void *data, size_t index, size_t worker)
{
    const descent *d = data;
    const pensel_network *network = d->network;
    pensel_tile tile = pensel_tiling_tile(&d->tiling, index);
    const pensel_walk walk = {
        .network = network,
        .pass = d->pass,
        .ld = d->pass->ld,
        .tile = tile,
        .to_inputs = true,
    };
    (void)worker;
    pensel_pass_forward(d->pass, d->x, NULL, d->from + tile.first, tile);
    begin_backward(d, tile);
    pensel_walk_backward(&walk);
    network->kernels->scatter(pensel_at(network, d->dx, (d->from + tile.first) * d->x.columns),
                              pensel_walk_panel(&walk, 0), walk.ld, d->x.columns, tile.n);
    if (!network->missing) blank_rows(d, tile);
}

/* All samples, a pass at a time. What it allocates belongs to d, whose owner frees it, also after
 * an error. There and back counts as three predictions when threads are asked for. */
static pensel_status descend(descent *d, size_t threads, pensel_error *error)
{
    const pensel_network *network = d->network;
    size_t most = (size_t)TILES * PENSEL_TILE_LANES * network->kernels->lanes, n = d->x.rows;
    size_t targets = pensel_network_outputs(network) * PENSEL_TILE_LANES * network->kernels->lanes;
    double operations = 3 * pensel_network_operations(network, n < most ? n : most);
    pensel_pool pool = pensel_pool_for(network->context, threads, operations);
    PENSEL_TRY(PENSEL_ALLOCATE(d->targets, targets, network->kernels->size, error));
    for (size_t i = 0; i < targets; i++)
        put(network, d->targets, i, -INFINITY);
    PENSEL_TRY(pensel_pass_new(&d->pass, network, n < most ? n : most, error));
    for (d->from = 0; d->from < n; d->from += most) {
        d->tiling = pensel_tiling_of(network->kernels, n - d->from < most ? n - d->from : most);
        pensel_pool_share(&pool, descend_tile, d, d->tiling.count);
    }
    return PENSEL_OK;
}

pensel_status pensel_network_input_gradient(const pensel_network *network, void *dx,
                                            pensel_matrix x, const void *dy, size_t threads,
                                            pensel_error *error)
{
    PENSEL_FLOAT_SCOPE;
    PENSEL_REQUIRE(network && dx, BAD_ARGUMENT, "network or dx is NULL: both are needed");
    if (x.rows == 0) return PENSEL_OK;
    PENSEL_TRY(pensel_matrix_fits(&x, network->shape.inputs, "inputs", error));
    for (size_t l = 0; l < network->layer_count; l++)
        PENSEL_REQUIRE(
            network->layers[l].kind->backward, UNSUPPORTED,
            "no gradient goes back through a layer of kind %s: ask for that of a network "
            "without it",
            network->layers[l].kind->name);
    descent d = {.network = network, .x = x, .dy = dy, .dx = dx};
    pensel_status status = descend(&d, threads, error);
    pensel_pass_free(&d.pass);
    pensel_release(d.targets);
    return status;
}
