/* Fourier features (Tancik et al. 2020, equation 5): cos(2 pi b x) and sin(2 pi b x) for each
 * frequency b, drawn from a normal distribution. These are sine neurons with fixed weights, so the
 * kernel of dense layers computes them: y = sin(w a + phase), where a phase of pi / 2 makes a
 * cosine. w (out, in), phase (out)
 *
 * Nothing is trained, so there are no parameters and nothing goes back. A model file has the seed
 * in place of w: the frequencies are drawn by a generator of the layer's own, so they depend on the
 * options alone. */
#include "base/random.h"
#include "layer/layer.h"

#include <math.h>

enum { MOST_NUMBERS = 1 << 25 }; /* of w: a model file could ask for any */
#define PI 3.14159265358979323846

static const pensel_option_row options[] = {
    PENSEL_LAYER_OPTION(pensel_encoding, COUNT, features, 0, FROM(1),
                        "frequencies, of two features each"),
    PENSEL_LAYER_OPTION(pensel_encoding, NUMBER, scale, 10, ABOVE(0),
                        "standard deviation of the frequencies, cycles per unit"),
    PENSEL_LAYER_OPTION(pensel_encoding, SEED, seed, 0, ANY, "for drawing them"),
    PENSEL_LAYER_OPTION(pensel_encoding, FLAG, periodic, false, ANY, "0 and 1 are the same place"),
};

/* One of the pair that the method of Box & Muller 1958 gives. u is above 0, so its logarithm is
 * finite. */
static double normal(pensel_random *random)
{
    double u = 1 - pensel_random_between(random, 0, 1), v = pensel_random_between(random, 0, 1);
    return sqrt(-2 * log(u)) * cos(2 * PI * v);
}

/* Row 2 f is the cosine of frequency f, row 2 f + 1 its sine. A frequency is a vector, one number
 * for each input. */
static void draw(real *w, real *phase, const pensel_encoding *o, size_t in)
{
    pensel_random random;
    pensel_random_seed(&random, o->seed);
    for (size_t f = 0; f < o->features; f++) {
        for (size_t i = 0; i < in; i++) {
            double b = o->scale * normal(&random);
            if (o->periodic) b = round(b); /* whole waves between 0 and 1 */
            w[2 * f * in + i] = w[(2 * f + 1) * in + i] = (real)(2 * PI * b);
        }
        phase[2 * f] = (real)(PI / 2);
        phase[2 * f + 1] = 0;
    }
}

/* `memory` is w, and phase behind it. The limit is checked before memory is taken. */
static pensel_status prepare(pensel_layer_instance *layer, pensel_error *error)
{
    const pensel_encoding *o = (const pensel_encoding *)layer->settings.own;
    size_t count;
    PENSEL_REQUIRE(o->features > 0 && o->scale > 0 && isfinite(o->scale), BAD_ARGUMENT,
                   "fourier has %zu frequencies of scale %g: both must be above 0", o->features,
                   o->scale);
    if (!pensel_multiply(&layer->out, o->features, 2) ||
        !pensel_multiply(&count, layer->out, layer->in) || count > SIZE_MAX - layer->out)
        return pensel_fail_memory(error, o->features, 2 * sizeof(real));
    PENSEL_REQUIRE(count <= MOST_NUMBERS, BAD_ARGUMENT,
                   "fourier has %zu frequencies of %zu inputs: at most %d numbers together",
                   o->features, layer->in, MOST_NUMBERS);
    PENSEL_TRY(PENSEL_ALLOCATE(layer->memory, count + layer->out, sizeof(real), error));
    draw(layer->memory, (real *)layer->memory + count, o, layer->in);
    return PENSEL_OK;
}

/* A dense layer of sines, on any thread: `memory` never changes. */
static void forward(const pensel_layer_instance *layer, const pensel_layer_tile *t)
{
    layer->kernels->forward(&(pensel_forward){
        .y = t->y,
        .w = layer->memory,
        .b = (const real *)layer->memory + layer->out * layer->in,
        .a = t->a,
        .in = layer->in,
        .out = layer->out,
        .n = t->n,
        .ldy = t->ld,
        .lda = t->ld,
        .activation = PENSEL_SINE,
        .parameter = 1,
    });
}

static size_t leave(const pensel_layer_instance *layer, pensel_graph *graph, size_t a,
                    size_t partner, const void *parameters)
{
    size_t count = layer->out * layer->in;
    const real *w = layer->memory;
    (void)partner, (void)parameters;
    return pensel_graph_affine(
        graph, a, pensel_graph_copy(graph, w, count, layer->kernels->precision),
        pensel_graph_copy(graph, w + count, layer->out, layer->kernels->precision), 1, layer->in,
        layer->out, PENSEL_SINE, 1);
}

PENSEL_LAYER_KIND(fourier) = {
    .name = "fourier",
    .help = "waves of random frequencies",
    .options = PENSEL_OPTION_TABLE(options),
    .first_only = true,
    .prepare = prepare,
    .forward = forward,
    .leave = PENSEL_IF_EXPORTED(leave),
};
