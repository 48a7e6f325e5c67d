/* Layer normalisation (Ba et al. 2016, equation 4): the units of each sample get mean 0 and
 * variance 1, and then a learned gain and shift. With mean and variance over the units,
 *
 *     x = (a - mean) r,  r = 1 / sqrt(variance + epsilon),  y = gain x + shift
 *     backward   da = r (dx - mean of dx - x mean of dx x),  dx = gain dy
 *     gradient   dgain = sum of dy x,  dshift = sum of dy, sample by sample
 *
 * gain (in), shift (in). It keeps x and, as one unit more, r. */
#include "layer/layer.h"

#include <math.h>

enum { BLOCK = 64 }; /* samples at a time */

typedef struct layer_norm_options {
    double epsilon;
} layer_norm_options;

static const pensel_option_row options[] = {
    PENSEL_LAYER_OPTION(layer_norm_options, NUMBER, epsilon, 1e-5, ABOVE(0),
                        "added to the variance"),
};

/* No panel of a is kept: x and r are all that the way back needs. */
static pensel_status prepare(pensel_layer_instance *layer, pensel_error *error)
{
    (void)error;
    layer->out = layer->in;
    layer->kept = layer->in + 1;
    layer->groups[0] = (pensel_layer_group){.name = "gain", .rows = layer->in};
    layer->groups[1] = (pensel_layer_group){.name = "shift", .rows = layer->in};
    layer->group_count = 2;
    return PENSEL_OK;
}

static void initialise(const pensel_layer_instance *layer, void *parameters,
                       pensel_initialisation how, pensel_activation hidden, pensel_random *random)
{
    real *gain = pensel_layer_numbers(layer, parameters, 0);
    real *shift = pensel_layer_numbers(layer, parameters, 1);
    (void)how;
    (void)hidden;
    (void)random;
    for (size_t i = 0; i < layer->in; i++) {
        gain[i] = 1;
        shift[i] = 0;
    }
}

/* The mean and r of n samples of a. In two rounds: the mean of squares less the square of the mean
 * would lose all digits of a small variance beside a large mean. All samples of a block advance
 * together, unit by unit, as they lie in memory. */
static void measure(real *mean, real *r, const pensel_layer_instance *layer, const real *a,
                    size_t ld, size_t n)
{
    const real units = (real)layer->in;
    const real epsilon = (real)((const layer_norm_options *)layer->settings.own)->epsilon;
    for (size_t s = 0; s < n; s++)
        mean[s] = r[s] = 0;
    for (size_t i = 0; i < layer->in; i++)
        for (size_t s = 0; s < n; s++)
            mean[s] += a[i * ld + s];
    for (size_t s = 0; s < n; s++)
        mean[s] /= units;
    for (size_t i = 0; i < layer->in; i++)
        for (size_t s = 0; s < n; s++)
            r[s] += (a[i * ld + s] - mean[s]) * (a[i * ld + s] - mean[s]);
    for (size_t s = 0; s < n; s++)
        r[s] = (real)(1 / sqrt((double)(r[s] / units + epsilon)));
}

/* Units are not independent here, so a block of samples is read three times: for the mean, for the
 * variance, and for y. */
static void forward(const pensel_layer_instance *layer, const pensel_layer_tile *t)
{
    const real *gain = pensel_layer_numbers(layer, t->parameters, 0);
    const real *shift = pensel_layer_numbers(layer, t->parameters, 1);
    for (size_t from = 0; from < t->n; from += BLOCK) {
        real mean[BLOCK], r[BLOCK];
        size_t n = t->n - from < BLOCK ? t->n - from : BLOCK;
        const real *a = (const real *)t->a + from;
        real *y = (real *)t->y + from, *kept = t->kept ? (real *)t->kept + from : NULL;
        measure(mean, r, layer, a, t->ld, n);
        for (size_t i = 0; i < layer->in; i++)
            for (size_t s = 0; s < n; s++) {
                real x = (a[i * t->ld + s] - mean[s]) * r[s];
                if (kept) kept[i * t->ld + s] = x;
                y[i * t->ld + s] = gain[i] * x + shift[i];
            }
        for (size_t s = 0; kept && s < n; s++)
            kept[layer->in * t->ld + s] = r[s];
    }
}

/* The two sums over units are needed before the first da; dx is computed twice rather than kept. */
static void backward(const pensel_layer_instance *layer, const pensel_layer_tile *t)
{
    const real *gain = pensel_layer_numbers(layer, t->parameters, 0), units = (real)layer->in;
    for (size_t from = 0; from < t->n && t->a; from += BLOCK) {
        real sum[BLOCK] = {0}, product[BLOCK] = {0}; /* of dx, of dx x */
        size_t n = t->n - from < BLOCK ? t->n - from : BLOCK, ld = t->ld;
        const real *dy = (const real *)t->y + from, *x = (const real *)t->kept + from;
        const real *r = x + layer->in * ld;
        real *da = (real *)t->a + from;
        for (size_t i = 0; i < layer->in; i++)
            for (size_t s = 0; s < n; s++) {
                real dx = gain[i] * dy[i * ld + s];
                sum[s] += dx;
                product[s] += dx * x[i * ld + s];
            }
        for (size_t i = 0; i < layer->in; i++)
            for (size_t s = 0; s < n; s++)
                da[i * ld + s] = r[s] * (gain[i] * dy[i * ld + s] - sum[s] / units -
                                         x[i * ld + s] * (product[s] / units));
    }
}

/* Gain and shift of one unit from the same walk over its samples. `kept` has a unit more than y, r,
 * so the two panels have different sizes. */
static void gradient(const pensel_layer_instance *layer, const pensel_layer_gradient *g)
{
    real *gain = g->gradient[0], *shift = g->gradient[1];
    for (size_t i = 0; i < layer->in; i++) {
        real products = g->accumulate ? gain[i] : 0, sum = g->accumulate ? shift[i] : 0;
        for (size_t t = 0; t < g->tiles; t++) {
            const real *x = (const real *)g->kept + (t * layer->kept + i) * g->ld;
            const real *dy = (const real *)g->dy + (t * layer->out + i) * g->ld;
            for (size_t s = 0; s < g->tile_n[t]; s++) {
                products += dy[s] * x[s];
                sum += dy[s];
            }
        }
        gain[i] = products;
        shift[i] = sum;
    }
}

static size_t leave(const pensel_layer_instance *layer, pensel_graph *graph, size_t a,
                    size_t partner, const void *parameters)
{
    double epsilon = ((const layer_norm_options *)layer->settings.own)->epsilon;
    size_t x = pensel_graph_normalise(graph, a, epsilon);
    double *shift = pensel_layer_leaving(layer, graph, parameters, 1);
    (void)partner;
    x = pensel_graph_multiply(graph, x, pensel_layer_leaving(layer, graph, parameters, 0));
    return pensel_graph_offset(graph, x, shift);
}

PENSEL_LAYER_KIND(layer_norm) = {
    .name = "layer-norm",
    .help = "mean 0 and variance 1 over the units of a sample, a learned gain and shift",
    .options = PENSEL_OPTION_TABLE(options),
    .single = true,
    .prepare = prepare,
    .initialise = initialise,
    .forward = forward,
    .backward = PENSEL_IF_TRAINED(backward),
    .gradient = PENSEL_IF_TRAINED(gradient),
    .leave = PENSEL_IF_EXPORTED(leave),
};
