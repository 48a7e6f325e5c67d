/* Periodic embedding of numbers (Gorishniy et al. 2022, equation 1, in the form that Holzmueller et
 * al. 2024 call PBLD): a column of a table seldom acts in proportion to its number, so each number
 * x becomes a few waves of its own, and a small linear map of them.
 *
 *     h_k = sin(2 pi w_k x + b_k)                 k = 1..waves
 *
 * number_features_body.h has the rest of the mathematics. With b anywhere on the circle a sine is
 * as good as the papers' cosine, and there is a kernel for it. */
#include "base/random.h"

#include <math.h>

#define TWO_PI ((real)6.28318530717958647692)
enum { MOST_FEATURES = 64 };
#define RATE TWO_PI
#include "layer/number_features_body.h"

typedef struct periodic_options {
    size_t numbers, waves, width;
    double scale;
} periodic_options;

static const pensel_option_row options[] = {
    PENSEL_LAYER_OPTION(periodic_options, COUNT, numbers, 0, BETWEEN("[]", 1, 1 << 24),
                        "how many of the first inputs"),
    PENSEL_LAYER_OPTION(periodic_options, COUNT, waves, 16, BETWEEN("[]", 1, MOST_FEATURES),
                        "of each number"),
    PENSEL_LAYER_OPTION(periodic_options, COUNT, width, 4, BETWEEN("[]", 2, MOST_WIDTH),
                        "units that come of a number, itself among them"),
    PENSEL_LAYER_OPTION(periodic_options, NUMBER, scale, 0.1, ABOVE(0),
                        "standard deviation of the first frequencies, in cycles per unit"),
};

static const periodic_options *options_of(const pensel_layer_instance *layer)
{
    return (const periodic_options *)layer->settings.own;
}

static sizes sizes_of(const pensel_layer_instance *layer)
{
    const periodic_options *o = options_of(layer);
    return (sizes){o->numbers, o->waves, o->width};
}

/* Slopes are cosines; the kernel gives both. */
static void feature(const pensel_layer_instance *layer, real *h, real *slopes, const real *z,
                    size_t n)
{
    layer->kernels->activate(h, slopes, z, n, PENSEL_SINE, 1);
}

static pensel_status prepare(pensel_layer_instance *layer, pensel_error *error)
{
    return prepare_numbers(layer, "waves", error);
}

/* One of the pair that the method of Box & Muller 1958 gives. */
static double draw_normal(pensel_random *random)
{
    double u = 1 - pensel_random_between(random, 0, 1), v = pensel_random_uniform(random, 0, 1);
    return sqrt(-2 * log(u)) * cos((double)TWO_PI * v);
}

/* w normal, b uniform on the circle, v and c uniform within 1 / sqrt(waves) */
static void initialise(const pensel_layer_instance *layer, void *parameters,
                       pensel_initialisation how, pensel_activation hidden, pensel_random *random)
{
    const periodic_options *o = options_of(layer);
    real *waves = pensel_layer_numbers(layer, parameters, 0);
    real *v = pensel_layer_numbers(layer, parameters, 1);
    double pi = (double)TWO_PI / 2, most = 1 / sqrt((double)o->waves);
    (void)how;
    (void)hidden;
    for (size_t j = 0; j < o->numbers; j++) {
        for (size_t k = 0; k < o->waves; k++)
            *waves++ = (real)(o->scale * draw_normal(random));
        for (size_t k = 0; k < o->waves; k++)
            *waves++ = (real)pensel_random_between(random, -pi, pi);
    }
    for (size_t i = 0; i < pensel_layer_group_count(&layer->groups[1]); i++)
        v[i] = (real)pensel_random_between(random, -most, most);
}

/* As two maps in groups, one group for each number: the waves, and what becomes of them. c is
 * allocated last: if it is there, all are. */
static size_t leave_maps(const pensel_layer_instance *layer, pensel_graph *graph, size_t x,
                         const void *parameters)
{
    const periodic_options *o = options_of(layer);
    const real *waves = pensel_layer_numbers(layer, parameters, 0);
    const real *v = pensel_layer_numbers(layer, parameters, 1);
    size_t count = o->numbers * o->waves, rows = o->numbers * (o->width - 1);
    double *w = pensel_graph_room(graph, count), *b = pensel_graph_room(graph, count);
    double *map = pensel_graph_room(graph, rows * o->waves), *c = pensel_graph_room(graph, rows);
    for (size_t i = 0; i < count && c; i++) {
        const real *own = waves + i / o->waves * 2 * o->waves;
        w[i] = (double)(TWO_PI * own[i % o->waves]);
        b[i] = (double)own[o->waves + i % o->waves];
    }
    for (size_t r = 0; r < rows && c; r++) {
        for (size_t k = 0; k < o->waves; k++)
            map[r * o->waves + k] = (double)v[r * (o->waves + 1) + k];
        c[r] = (double)v[r * (o->waves + 1) + o->waves];
    }
    size_t h = pensel_graph_affine(graph, x, w, b, o->numbers, 1, o->waves, PENSEL_SINE, 1);
    return pensel_graph_affine(graph, h, map, c, o->numbers, o->waves, o->width - 1,
                               PENSEL_IDENTITY, 0);
}

static size_t leave(const pensel_layer_instance *layer, pensel_graph *graph, size_t a,
                    size_t partner, const void *parameters)
{
    size_t numbers = pensel_graph_slice(graph, a, 0, options_of(layer)->numbers);
    (void)partner;
    return leave_in_order(layer, graph, leave_maps(layer, graph, numbers, parameters), a);
}

PENSEL_LAYER_KIND(periodic) = {
    .name = "periodic",
    .help = "waves of a number, learned for each by itself",
    .options = PENSEL_OPTION_TABLE(options),
    .single = true,
    .prepare = prepare,
    .initialise = initialise,
    .forward = forward,
    .backward = PENSEL_IF_TRAINED(backward),
    .gradient = PENSEL_IF_TRAINED(gradient),
    .leave = PENSEL_IF_EXPORTED(leave),
};
