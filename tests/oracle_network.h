/* A network of dense layers in long double, formula by formula: forward, loss, backward. Parameters
 * stand as in the library: for each layer w (out, in), then b (out). */
#ifndef PENSEL_TESTS_ORACLE_NETWORK_H
#define PENSEL_TESTS_ORACLE_NETWORK_H

#include "kernel/isa.h"

#include "oracle_loss.h"

enum { ORACLE_LAYERS = 4, ORACLE_UNITS = 128, ORACLE_PARAMETERS = 20000 };

typedef struct oracle_network {
    pensel_shape shape; /* of raw inputs */
    size_t count;       /* of parameters */
    long double w[ORACLE_PARAMETERS];
} oracle_network;

typedef struct oracle_problem {
    const oracle_loss *loss;
    long double delta, alpha;      /* the loss's; of the penalty alpha/2 |w|^2 / sum of weights */
    bool times_outputs;            /* sklearn_gradient of the squared error */
    const double *x, *y, *weights; /* (n, inputs), (n, outputs), (n) or NULL */
    const size_t *index;           /* (n) which rows, or NULL for the first n */
    size_t n;
} oracle_problem;

/* The parameters of the library's network. */
static inline void oracle_take(oracle_network *o, const pensel_network *network)
{
    const void *from = pensel_network_parameters_const(network);
    o->shape = *pensel_network_shape(network);
    o->count = pensel_network_parameter_count(network);
    assert_true(o->shape.layer_count <= ORACLE_LAYERS && o->count <= ORACLE_PARAMETERS);
    for (size_t i = 0; i < o->count; i++)
        o->w[i] = pensel_network_precision(network) == PENSEL_FLOAT64
                      ? (long double)((const double *)from)[i]
                      : (long double)((const float *)from)[i];
}

static inline size_t oracle_inputs(const oracle_network *o, size_t l)
{
    return l == 0 ? o->shape.inputs : o->shape.layers[l - 1].width;
}

static inline size_t oracle_outputs(const oracle_network *o)
{
    return o->shape.layers[o->shape.layer_count - 1].width;
}

typedef struct oracle_pass {
    long double a[ORACLE_LAYERS + 1][ORACLE_UNITS]; /* a[0] is the input */
    long double z[ORACLE_LAYERS + 1][ORACLE_UNITS];
} oracle_pass;

/* z = b + w a, a' = f(z) */
static inline void oracle_forward(const oracle_network *o, oracle_pass *pass, const double *x)
{
    const long double *w = o->w;
    for (size_t i = 0; i < o->shape.inputs; i++)
        pass->a[0][i] = x[i];
    for (size_t l = 0; l < o->shape.layer_count; l++) {
        const pensel_layer *layer = &o->shape.layers[l];
        size_t in = oracle_inputs(o, l), out = layer->width;
        for (size_t j = 0; j < out; j++) {
            pass->z[l + 1][j] = w[out * in + j];
            for (size_t i = 0; i < in; i++)
                pass->z[l + 1][j] += w[j * in + i] * pass->a[l][i];
        }
        oracle_activate(oracle_activation_of(layer->activation), pass->a[l + 1], pass->z[l + 1],
                        out, layer->parameter);
        w += out * in + out;
    }
}

/* dw += dz a^T, db += dz, da = w^T dz, from da of the output layer */
static inline void oracle_backward(const oracle_network *o, const oracle_pass *pass,
                                   long double *gradient, long double da[ORACLE_UNITS])
{
    size_t at = o->count;
    long double dz[ORACLE_UNITS];
    for (size_t l = o->shape.layer_count; l-- > 0;) {
        const pensel_layer *layer = &o->shape.layers[l];
        size_t in = oracle_inputs(o, l), out = layer->width;
        at -= out * in + out;
        oracle_activate_backward(oracle_activation_of(layer->activation), dz, da, pass->a[l + 1],
                                 pass->z[l + 1], out, layer->parameter);
        for (size_t i = 0; i < in; i++)
            da[i] = 0;
        for (size_t j = 0; j < out; j++) {
            gradient[at + out * in + j] += dz[j];
            for (size_t i = 0; i < in; i++) {
                gradient[at + j * in + i] += dz[j] * pass->a[l][i];
                da[i] += o->w[at + j * in + i] * dz[j];
            }
        }
    }
}

/* Whether parameter i is a weight, which is penalised and decayed, and not a bias. */
static inline bool oracle_is_weight(const oracle_network *o, size_t i)
{
    for (size_t l = 0; l < o->shape.layer_count; l++) {
        size_t weights = oracle_inputs(o, l) * o->shape.layers[l].width;
        if (i < weights) return true;
        i -= weights;
        if (i < o->shape.layers[l].width) return false;
        i -= o->shape.layers[l].width;
    }
    return false;
}

static inline long double oracle_weight_sum(const oracle_problem *p)
{
    long double sum = 0;
    for (size_t s = 0; s < p->n; s++)
        sum += p->weights ? p->weights[p->index ? p->index[s] : s] : 1;
    return sum;
}

/* The weighted mean loss over the samples, without the penalty, and its gradient. */
static inline long double oracle_data_gradient(const oracle_network *o, const oracle_problem *p,
                                               long double *gradient)
{
    static oracle_pass pass;
    size_t k = oracle_outputs(o);
    long double loss = 0, sum = oracle_weight_sum(p), y[ORACLE_UNITS], da[ORACLE_UNITS];
    const oracle_activation *output =
        oracle_activation_of(o->shape.layers[o->shape.layer_count - 1].activation);
    memset(gradient, 0, o->count * sizeof *gradient);
    for (size_t s = 0; s < p->n; s++) {
        size_t row = p->index ? p->index[s] : s;
        long double weight = (p->weights ? p->weights[row] : 1) / sum;
        oracle_forward(o, &pass, p->x + row * o->shape.inputs);
        for (size_t j = 0; j < k; j++)
            y[j] = p->y[row * k + j];
        loss += weight * oracle_loss_of_sample(p->loss, output, da, pass.a[o->shape.layer_count], y,
                                               k, p->delta);
        for (size_t j = 0; j < k; j++)
            da[j] *= weight * (p->times_outputs ? k : 1);
        oracle_backward(o, &pass, gradient, da);
    }
    return loss;
}

/* alpha/2 |w|^2 / sum of weights, added to the loss, and its gradient to the gradient */
static inline long double oracle_penalty(const oracle_network *o, const oracle_problem *p,
                                         long double *gradient)
{
    long double squares = 0, sum = oracle_weight_sum(p);
    for (size_t i = 0; i < o->count; i++) {
        if (!oracle_is_weight(o, i)) continue;
        squares += o->w[i] * o->w[i];
        if (gradient) gradient[i] += p->alpha / sum * o->w[i];
    }
    return p->alpha / 2 * squares / sum;
}

/* ---- what every test of a network begins with */

/* Every instruction set that runs here, one turn each, by PENSEL_ISA. */
static inline bool oracle_next_isa(size_t *turn)
{
    const char *used;
    pensel_error error;
    while (*turn < PENSEL_ISA_COUNT) {
        setenv("PENSEL_ISA", pensel_isa_name((pensel_isa)(*turn)++), 1);
        if (pensel_machine_isa(&used, &error) == PENSEL_OK) return true;
    }
    unsetenv("PENSEL_ISA");
    return false;
}

#define EVERY_ISA(turn) for (size_t turn = 0; oracle_next_isa(&turn);)

/* A network with parameters from [-1, 1) / sqrt(in) of its layer. */
static inline pensel_network *oracle_draw(const pensel_layer *layers, size_t count, size_t inputs,
                                          pensel_precision precision, uint32_t seed)
{
    pensel_network *network;
    pensel_error error;
    pensel_random random;
    pensel_shape shape = {.inputs = inputs, .layers = layers, .layer_count = count};
    MUST(pensel_network_new(&network, &shape, precision, &error));
    pensel_random_seed(&random, seed);
    for (size_t l = 0; l < count; l++) {
        pensel_layer_view view;
        MUST(pensel_network_layer(network, l, &view, &error));
        double bound = 1 / sqrt((double)view.in);
        for (size_t i = 0; i < view.in * view.out + view.out; i++) {
            double value = pensel_random_uniform(&random, -bound, bound);
            size_t at =
                i < view.in * view.out ? view.weights + i : view.biases + i - view.in * view.out;
            if (precision == PENSEL_FLOAT64)
                ((double *)pensel_network_parameters(network))[at] = value;
            else
                ((float *)pensel_network_parameters(network))[at] = (float)value;
        }
    }
    return network;
}

#endif
