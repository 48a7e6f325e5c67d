/* Parametric activation (Holzmueller et al. 2024, section 3; He et al. 2015 for relu alone): each
 * unit learns how much of an activation f it takes, from none of it (alpha 0: y = a) to all (1) and
 * beyond.
 *
 *     y = a + alpha (f(a) - a)                   alpha (in), 1 at first
 *
 *     backward   da = dy (1 + alpha (f'(a) - 1))
 *     gradient   dalpha = sum of dy (f(a) - a)
 *
 * It stands behind neurons without an activation of their own: "dense:64, parametric:relu". It
 * keeps a, and behind it f(a) - a, which would cost the gradient as much as the way forward. */
#include "layer/activation_choice.h"
#include "layer/dot.h"
#include "layer/layer.h"

#include <math.h>

/* Numbers at a time, for arrays on the stack: kernels write f and f' into them. */
enum { BLOCK = 64 };

typedef struct parametric_options {
    pensel_activation activation;
    double parameter;
} parametric_options;

static const pensel_option_row options[] = {
    PENSEL_LAYER_OPTION(parametric_options, CHOICE(activation), activation, PENSEL_RELU, ANY,
                        "f; it works on each unit by itself"),
    PENSEL_LAYER_OPTION(parametric_options, NUMBER, parameter, NAN, ANY,
                        "the activation's; nan: its usual one"),
};

/* Softmax is refused: it is not a function of one unit. */
static pensel_status prepare(pensel_layer_instance *layer, pensel_error *error)
{
    const parametric_options *o = (const parametric_options *)layer->settings.own;
    const pensel_activation_info *info = pensel_activation_describe(o->activation);
    PENSEL_REQUIRE(info && !info->outputs_only, BAD_ARGUMENT,
                   "a parametric layer of activation %s: one that hidden layers may have is needed",
                   info ? info->name : "that is unknown");
    if (!isnan(o->parameter))
        PENSEL_TRY(pensel_activation_check(o->activation, o->parameter, error));
    layer->out = layer->in;
    layer->kept = 2 * layer->in; /* a, f(a) - a */
    layer->groups[0] = (pensel_layer_group){.name = "alpha", .rows = layer->in};
    layer->group_count = 1;
    return PENSEL_OK;
}

static void initialise(const pensel_layer_instance *layer, void *parameters,
                       pensel_initialisation how, pensel_activation hidden, pensel_random *random)
{
    real *alpha = pensel_layer_numbers(layer, parameters, 0);
    (void)how;
    (void)hidden;
    (void)random;
    for (size_t i = 0; i < layer->in; i++)
        alpha[i] = 1;
}

/* f(a) and, unless NULL, f'(a) of n <= BLOCK units */
static void activate(const pensel_layer_instance *layer, real *f, real *slope, const real *a,
                     size_t n)
{
    const parametric_options *o = (const parametric_options *)layer->settings.own;
    double parameter =
        isnan(o->parameter) ? pensel_activation_describe(o->activation)->parameter : o->parameter;
    layer->kernels->activate(f, slope, a, n, o->activation, parameter);
}

/* Of a single sample, whose units stand side by side */
static void forward_row(const pensel_layer_instance *layer, real *y, const real *a,
                        const real *alpha)
{
    for (size_t from = 0; from < layer->in; from += BLOCK) {
        size_t n = layer->in - from < BLOCK ? layer->in - from : BLOCK;
        real f[BLOCK];
        activate(layer, f, NULL, a + from, n);
        for (size_t i = 0; i < n; i++)
            y[from + i] = a[from + i] + alpha[from + i] * (f[i] - a[from + i]);
    }
}

/* For a sample by itself, a call of the kernel for each unit would be a call for each number. */
static void forward(const pensel_layer_instance *layer, const pensel_layer_tile *t)
{
    const real *alpha = pensel_layer_numbers(layer, t->parameters, 0);
    if (t->ld == 1 && !t->kept) {
        forward_row(layer, t->y, t->a, alpha);
        return;
    }
    for (size_t i = 0; i < layer->in; i++)
        for (size_t from = 0; from < t->n; from += BLOCK) {
            size_t n = t->n - from < BLOCK ? t->n - from : BLOCK, at = i * t->ld + from;
            const real *a = (const real *)t->a + at;
            real f[BLOCK], *y = (real *)t->y + at, *kept = t->kept;
            activate(layer, f, NULL, a, n);
            for (size_t s = 0; s < n; s++)
                f[s] -= a[s];
            for (size_t s = 0; kept && s < n; s++) {
                kept[at + s] = a[s];
                kept[layer->in * t->ld + at + s] = f[s];
            }
            for (size_t s = 0; s < n; s++)
                y[s] = a[s] + alpha[i] * f[s];
        }
}

static void backward(const pensel_layer_instance *layer, const pensel_layer_tile *t)
{
    const real *alpha = pensel_layer_numbers(layer, t->parameters, 0);
    for (size_t i = 0; i < layer->in && t->a; i++)
        for (size_t from = 0; from < t->n; from += BLOCK) {
            size_t n = t->n - from < BLOCK ? t->n - from : BLOCK, at = i * t->ld + from;
            const real *dy = (const real *)t->y + at;
            real slope[BLOCK], *da = (real *)t->a + at;
            activate(layer, NULL, slope, (const real *)t->kept + at, n);
            for (size_t s = 0; s < n; s++)
                da[s] = dy[s] * (1 + alpha[i] * (slope[s] - 1));
        }
}

static void gradient(const pensel_layer_instance *layer, const pensel_layer_gradient *g)
{
    real *dalpha = g->gradient[0];
    for (size_t i = 0; i < layer->in; i++) {
        real sum = g->accumulate ? dalpha[i] : 0;
        for (size_t t = 0; t < g->tiles; t++) {
            size_t row = t * layer->kept + layer->in + i;
            const real *difference = (const real *)g->kept + row * g->ld;
            const real *dy = (const real *)g->dy + (t * layer->in + i) * g->ld;
            sum += dot(dy, difference, g->tile_n[t]);
        }
        dalpha[i] = sum;
    }
}

static size_t leave(const pensel_layer_instance *layer, pensel_graph *graph, size_t a,
                    size_t partner, const void *parameters)
{
    const parametric_options *o = (const parametric_options *)layer->settings.own;
    double parameter =
        isnan(o->parameter) ? pensel_activation_describe(o->activation)->parameter : o->parameter;
    size_t f = pensel_graph_activate(graph, a, o->activation, parameter);
    size_t difference = pensel_graph_subtract(graph, f, a);
    (void)partner;
    return pensel_graph_add(
        graph, a,
        pensel_graph_multiply(graph, difference,
                              pensel_layer_leaving(layer, graph, parameters, 0)));
}

PENSEL_LAYER_KIND(parametric) = {
    .name = "parametric",
    .help = "an activation of which each unit learns how much it takes",
    .options = PENSEL_OPTION_TABLE(options),
    .single = true,
    .prepare = prepare,
    .initialise = initialise,
    .forward = forward,
    .backward = PENSEL_IF_TRAINED(backward),
    .gradient = PENSEL_IF_TRAINED(gradient),
    .leave = PENSEL_IF_EXPORTED(leave),
};
