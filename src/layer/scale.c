/* Scale: a factor for each unit. y = s a. s (in)
 *
 *     backward   da = s dy
 *     gradient   ds = sum of a dy
 *
 * The simplest kind with parameters, and so the pattern for a new one: a group, a start, forward
 * and its derivative, the gradient, how it leaves. It keeps a, for the panel that a is in becomes
 * da on the way back. */
#include "layer/dot.h"
#include "layer/layer.h"

static pensel_status prepare(pensel_layer_instance *layer, pensel_error *error)
{
    (void)error;
    layer->out = layer->kept = layer->in; /* kept: a */
    layer->groups[0] = (pensel_layer_group){.name = "scale", .rows = layer->in};
    layer->group_count = 1;
    return PENSEL_OK;
}

/* A network with this layer starts as one without it. */
static void initialise(const pensel_layer_instance *layer, void *parameters,
                       pensel_initialisation how, pensel_activation hidden, pensel_random *random)
{
    real *s = pensel_layer_numbers(layer, parameters, 0);
    (void)how;
    (void)hidden;
    (void)random;
    for (size_t i = 0; i < layer->in; i++)
        s[i] = 1;
}

/* A single sample: its units stand side by side, and are vectors of their own. */
static void forward_row(real *y, const real *a, const real *factor, size_t n)
{
    for (size_t i = 0; i < n; i++)
        y[i] = factor[i] * a[i];
}

/* A prediction keeps nothing: t->kept is NULL there. */
static void forward(const pensel_layer_instance *layer, const pensel_layer_tile *t)
{
    const real *factor = pensel_layer_numbers(layer, t->parameters, 0);
    if (t->ld == 1 && !t->kept) {
        forward_row(t->y, t->a, factor, layer->in);
        return;
    }
    for (size_t i = 0; i < layer->in; i++) {
        const real *a = (const real *)t->a + i * t->ld;
        real *y = (real *)t->y + i * t->ld, *kept = t->kept;
        for (size_t s = 0; s < t->n; s++)
            y[s] = factor[i] * a[s];
        for (size_t s = 0; kept && s < t->n; s++)
            kept[i * t->ld + s] = a[s];
    }
}

/* t->a is NULL where nobody below has parameters: then there is nothing to do. */
static void backward(const pensel_layer_instance *layer, const pensel_layer_tile *t)
{
    const real *factor = pensel_layer_numbers(layer, t->parameters, 0);
    for (size_t i = 0; i < layer->in && t->a; i++) {
        const real *dy = (const real *)t->y + i * t->ld;
        real *da = (real *)t->a + i * t->ld;
        for (size_t s = 0; s < t->n; s++)
            da[s] = factor[i] * dy[s];
    }
}

/* All rows at once, since a layer without parts of its own is one part. Each sum goes on where the
 * tiles before have left it, so the order is that of the tiles. */
static void gradient(const pensel_layer_instance *layer, const pensel_layer_gradient *g)
{
    real *ds = g->gradient[0];
    for (size_t i = 0; i < layer->in; i++) {
        real sum = g->accumulate ? ds[i] : 0;
        for (size_t t = 0; t < g->tiles; t++) {
            const real *a = (const real *)g->kept + (t * layer->in + i) * g->ld;
            const real *dy = (const real *)g->dy + (t * layer->in + i) * g->ld;
            sum += dot(a, dy, g->tile_n[t]);
        }
        ds[i] = sum;
    }
}

static size_t leave(const pensel_layer_instance *layer, pensel_graph *graph, size_t a,
                    size_t partner, const void *parameters)
{
    (void)partner;
    return pensel_graph_multiply(graph, a, pensel_layer_leaving(layer, graph, parameters, 0));
}

PENSEL_LAYER_KIND(scale) = {
    .name = "scale",
    .help = "a learned factor for each unit",
    .single = true,
    .prepare = prepare,
    .initialise = initialise,
    .forward = forward,
    .backward = PENSEL_IF_TRAINED(backward),
    .gradient = PENSEL_IF_TRAINED(gradient),
    .leave = PENSEL_IF_EXPORTED(leave),
};
