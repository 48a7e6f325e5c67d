/* Residual (He et al. 2016, equation 1): the enclosed layers f learn a difference, y = a + f(a).
 * Two instances stand for it. The first one, before the layers, hands a on; the second one, after
 * them, adds it:
 *
 *     first    y = a             backward   da = dy of the first + dy of the second
 *     second   y = f + a         backward   df = dy of the second
 *
 * What the other one gave out is `partner`. */
#include "layer/layer.h"

#include <string.h>

/* Both instances keep the width. That the layers between do so too is checked when the list is
 * made. */
static pensel_status prepare(pensel_layer_instance *layer, pensel_error *error)
{
    (void)error;
    layer->out = layer->in;
    return PENSEL_OK;
}

/* to = from, or to = from + more */
static void add(const pensel_layer_instance *layer, const pensel_layer_tile *t, void *to,
                const void *from, const void *more)
{
    for (size_t i = 0; i < layer->in; i++) {
        const real *x = (const real *)from + i * t->ld, *other = more;
        real *sum = (real *)to + i * t->ld;
        if (!more) memcpy(sum, x, t->n * sizeof(real));
        for (size_t s = 0; more && s < t->n; s++)
            sum[s] = x[s] + other[i * t->ld + s];
    }
}

static void forward(const pensel_layer_instance *layer, const pensel_layer_tile *t)
{
    add(layer, t, t->y, t->a, layer->opens ? NULL : t->partner);
}

static void backward(const pensel_layer_instance *layer, const pensel_layer_tile *t)
{
    if (t->a) add(layer, t, t->a, t->y, layer->opens ? t->partner : NULL);
}

/* The graph keeps a for as long as somebody reads it, so the first instance is nothing but its
 * input. */
static size_t leave(const pensel_layer_instance *layer, pensel_graph *graph, size_t a,
                    size_t partner, const void *parameters)
{
    (void)parameters;
    return layer->opens ? a : pensel_graph_add(graph, a, partner);
}

PENSEL_LAYER_KIND(residual) = {
    .name = "residual",
    .help = "adds what enters its layers to what they give out",
    .single = true,
    .encloses = true,
    .prepare = prepare,
    .forward = forward,
    .backward = PENSEL_IF_TRAINED(backward),
    .leave = PENSEL_IF_EXPORTED(leave),
};
