/* Piecewise-linear embedding of numbers (Gorishniy et al. 2022, section 3.2; version B of Gorishniy
 * et al. 2024): what a tree does with thresholds, a network does with ramps. Each number x is cut
 * into bins; a bin is passed from 0 to 1 as x crosses it, and a small linear map of the bins gives
 * the units.
 *
 *     h_k = z_k within [0, 1], z_k = w_k x + b_k   k = 1..bins
 *
 * number_features_body.h has the rest of the mathematics. The bin from p to q has w = 1 / (q - p)
 * and b = -p w, so the papers' edges are a start of w and b, and are learned from there. Without
 * data the bins share [-1, 1] equally. */
#include "base/random.h"

#include <math.h>

enum { MOST_FEATURES = 256 };
#define RATE ((real)1)
#include "layer/number_features_body.h"

typedef struct piecewise_options {
    size_t numbers, bins, width;
} piecewise_options;

static const pensel_option_row options[] = {
    PENSEL_LAYER_OPTION(piecewise_options, COUNT, numbers, 0, BETWEEN("[]", 1, 1 << 24),
                        "how many of the first inputs"),
    PENSEL_LAYER_OPTION(piecewise_options, COUNT, bins, 16, BETWEEN("[]", 1, MOST_FEATURES),
                        "of each number"),
    PENSEL_LAYER_OPTION(piecewise_options, COUNT, width, 4, BETWEEN("[]", 2, MOST_WIDTH),
                        "units that come of a number, itself among them"),
};

static const piecewise_options *options_of(const pensel_layer_instance *layer)
{
    return (const piecewise_options *)layer->settings.own;
}

static sizes sizes_of(const pensel_layer_instance *layer)
{
    const piecewise_options *o = options_of(layer);
    return (sizes){o->numbers, o->bins, o->width};
}

/* The slope is 0 at both ends of a bin, too: outside and on its edges a bin is no longer moved by
 * x. */
static void feature(const pensel_layer_instance *layer, real *h, real *slopes, const real *z,
                    size_t n)
{
    (void)layer;
    for (size_t s = 0; s < n; s++)
        h[s] = z[s] < 0 ? 0 : z[s] > 1 ? 1 : z[s];
    for (size_t s = 0; slopes && s < n; s++)
        slopes[s] = h[s] > 0 && h[s] < 1 ? 1 : 0;
}

/* A start from data is no option here: whoever has the data writes edges into the parameters of a
 * finished network (estimator/table_start.c). */
static pensel_status prepare(pensel_layer_instance *layer, pensel_error *error)
{
    return prepare_numbers(layer, "bins", error);
}

/* v and c uniform within 1 / sqrt(bins). Bin k goes from p = 2 k / bins - 1 to p + 2 / bins, so
 * that w = bins / 2 and b = -p w = bins / 2 - k. */
static void initialise(const pensel_layer_instance *layer, void *parameters,
                       pensel_initialisation how, pensel_activation hidden, pensel_random *random)
{
    const piecewise_options *o = options_of(layer);
    double most = 1 / sqrt((double)o->bins);
    real *w = pensel_layer_numbers(layer, parameters, 0);
    real *v = pensel_layer_numbers(layer, parameters, 1);
    (void)how;
    (void)hidden;
    for (size_t j = 0; j < o->numbers; j++, w += 2 * o->bins)
        for (size_t k = 0; k < o->bins; k++) {
            w[k] = (real)o->bins / 2;
            w[o->bins + k] = (real)o->bins / 2 - (real)k;
        }
    for (size_t i = 0; i < pensel_layer_group_count(&layer->groups[1]); i++)
        v[i] = (real)pensel_random_between(random, -most, most);
}

/* q = 1 - h = max(0, 1 - max(0, z)) of all bins: exact beyond both ends, however steep they are */
static size_t leave_bins(const pensel_layer_instance *layer, pensel_graph *graph, size_t x,
                         const real *bins)
{
    const piecewise_options *o = options_of(layer);
    size_t count = o->numbers * o->bins;
    double *w = pensel_graph_room(graph, count), *b = pensel_graph_room(graph, count);
    double *minus = pensel_graph_room(graph, count), *one = pensel_graph_room(graph, count);
    for (size_t i = 0; i < count && one; i++) {
        const real *own = bins + i / o->bins * 2 * o->bins;
        w[i] = (double)own[i % o->bins];
        b[i] = (double)own[o->bins + i % o->bins];
        minus[i] = -1;
        one[i] = 1;
    }
    size_t z = pensel_graph_affine(graph, x, w, b, o->numbers, 1, o->bins, PENSEL_RELU, 0);
    z = pensel_graph_offset(graph, pensel_graph_multiply(graph, z, minus), one);
    return pensel_graph_activate(graph, z, PENSEL_RELU, 0);
}

/* The map of h = 1 - q is one of q: e = c + sum of v - sum of v q. */
static size_t leave_map(const pensel_layer_instance *layer, pensel_graph *graph, size_t q,
                        const real *v)
{
    const piecewise_options *o = options_of(layer);
    size_t rows = o->numbers * (o->width - 1);
    double *map = pensel_graph_room(graph, rows * o->bins), *c = pensel_graph_room(graph, rows);
    for (size_t r = 0; r < rows && c; r++, v += o->bins + 1) {
        c[r] = (double)v[o->bins];
        for (size_t k = 0; k < o->bins; k++) {
            map[r * o->bins + k] = -(double)v[k];
            c[r] += (double)v[k];
        }
    }
    return pensel_graph_affine(graph, q, map, c, o->numbers, o->bins, o->width - 1, PENSEL_IDENTITY,
                               0);
}

static size_t leave(const pensel_layer_instance *layer, pensel_graph *graph, size_t a,
                    size_t partner, const void *parameters)
{
    size_t numbers = pensel_graph_slice(graph, a, 0, options_of(layer)->numbers);
    size_t q = leave_bins(layer, graph, numbers, pensel_layer_numbers(layer, parameters, 0));
    (void)partner;
    return leave_in_order(
        layer, graph, leave_map(layer, graph, q, pensel_layer_numbers(layer, parameters, 1)), a);
}

PENSEL_LAYER_KIND(piecewise) = {
    .name = "piecewise",
    .help = "ramps over the bins of a number, learned for each by itself",
    .options = PENSEL_OPTION_TABLE(options),
    .single = true,
    .prepare = prepare,
    .initialise = initialise,
    .forward = forward,
    .backward = PENSEL_IF_TRAINED(backward),
    .gradient = PENSEL_IF_TRAINED(gradient),
    .leave = PENSEL_IF_EXPORTED(leave),
};
