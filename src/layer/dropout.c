/* Dropout (Srivastava et al. 2014): in a training a unit is silenced with probability `share`,
 * other ones for every sample and step, and the rest are scaled so that their mean stays: y = a m,
 * m = 0 or 1 / (1 - share). In a prediction y = a.
 *
 *     backward   da = m dy
 *
 * m is a hash of the step's seed, unit and sample, so it needs no memory. */
#include "layer/layer.h"

#include <string.h>

typedef struct dropout_options {
    double share;
} dropout_options;

static const pensel_option_row options[] = {
    PENSEL_LAYER_OPTION(dropout_options, NUMBER, share, 0.5, BETWEEN("[)", 0, 1),
                        "of the units that are silenced"),
};

static pensel_status prepare(pensel_layer_instance *layer, pensel_error *error)
{
    (void)error;
    layer->out = layer->in;
    return PENSEL_OK;
}

/* to = from m. Forward and back are the same function, with the same hash: a unit that was silenced
 * gets no gradient. Copied in one piece where the tile is full. */
static void mask(const pensel_layer_instance *layer, const pensel_layer_tile *t, void *to,
                 const void *from)
{
    double share = ((const dropout_options *)layer->settings.own)->share;
    if (t->n == t->ld) memcpy(to, from, layer->in * t->n * sizeof(real));
    for (size_t i = 0; i < layer->in && t->n < t->ld; i++)
        memcpy((real *)to + i * t->ld, (const real *)from + i * t->ld, t->n * sizeof(real));
    if (!t->trains || share == 0) return;
    layer->kernels->dropout(&(pensel_dropout){
        .panel = to,
        .units = layer->in,
        .n = t->n,
        .ld = t->ld,
        .share = share,
        .factor = 1 / (1 - share),
        .seed = t->seed,
        .first = t->first,
    });
}

static void forward(const pensel_layer_instance *layer, const pensel_layer_tile *t)
{
    mask(layer, t, t->y, t->a);
}

static void backward(const pensel_layer_instance *layer, const pensel_layer_tile *t)
{
    if (t->a) mask(layer, t, t->a, t->y);
}

/* What leaves is a prediction: nothing remains of this layer. */
static size_t leave(const pensel_layer_instance *layer, pensel_graph *graph, size_t a,
                    size_t partner, const void *parameters)
{
    (void)layer, (void)graph, (void)partner, (void)parameters;
    return a;
}

PENSEL_LAYER_KIND(dropout) = {
    .name = "dropout",
    .help = "silences units at random while it trains",
    .options = PENSEL_OPTION_TABLE(options),
    .single = true,
    .random = true,
    .prepare = prepare,
    .forward = forward,
    .backward = PENSEL_IF_TRAINED(backward),
    .leave = PENSEL_IF_EXPORTED(leave),
};
