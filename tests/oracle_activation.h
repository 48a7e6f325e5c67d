/* What every activation is, once more, in long double and from its paper: f(z) beside f'(z), p the
 * parameter. The tests find a row by the activation's name, and an activation without a row fails.
 *
 * To add one: its row, with the default of p (0 if it takes none). */
#ifndef PENSEL_TESTS_ORACLE_ACTIVATION_H
#define PENSEL_TESTS_ORACLE_ACTIVATION_H

#include "test.h"

static inline long double oracle_logistic(long double z)
{
    return 1 / (1 + expl(-z));
}

/* The density and the distribution of a standard normal variable. */
static inline long double oracle_density(long double z)
{
    return expl(-z * z / 2) / sqrtl(2 * acosl(-1));
}

static inline long double oracle_distribution(long double z)
{
    return erfcl(-z / sqrtl(2)) / 2;
}

/* Klambauer et al. 2017, equation 14 */
#define SELU_LAMBDA 1.0507009873554804934193349852946L
#define SELU_ALPHA 1.6732632423543772848170429916717L

/* ROW(identifier, name, default of p, f(z), f'(z)). Softmax sees its whole layer: its row has e^z,
 * and oracle_activate divides by the sum. */
#define ORACLE_ACTIVATIONS(ROW)                                                                 \
    ROW(identity, "identity", 0, z, 1)                                                          \
    ROW(step, "step", 0, z >= 0 ? 1 : 0, 0)                                                     \
    ROW(logistic, "logistic", 0, oracle_logistic(z), oracle_logistic(z) * oracle_logistic(-z))  \
    ROW(tanh, "tanh", 0, tanhl(z), 1 / (coshl(z) * coshl(z)))                                   \
    ROW(relu, "relu", 0, z > 0 ? z : 0, z > 0 ? 1 : 0)                                          \
    ROW(leaky_relu, "leaky-relu", 0.1, z > 0 ? z : p * z, z > 0 ? 1 : p)                        \
    ROW(elu, "elu", 1, z > 0 ? z : p * expm1l(z), z > 0 ? 1 : p * expl(z))                      \
    ROW(selu, "selu", 0, SELU_LAMBDA *(z > 0 ? z : SELU_ALPHA * expm1l(z)),                     \
        SELU_LAMBDA *(z > 0 ? 1 : SELU_ALPHA * expl(z)))                                        \
    ROW(softplus, "softplus", 0, (z > 0 ? z : 0) + log1pl(expl(-fabsl(z))), oracle_logistic(z)) \
    ROW(gelu, "gelu", 0, z *oracle_distribution(z),                                             \
        oracle_distribution(z) + z * oracle_density(z))                                         \
    ROW(silu, "silu", 0, z *oracle_logistic(z),                                                 \
        oracle_logistic(z) + z * oracle_logistic(z) * oracle_logistic(-z))                      \
    ROW(sine, "sine", 1, sinl(p *z), p *cosl(p *z))                                             \
    ROW(gaussian, "gaussian", 0, expl(-z *z), -2 * z * expl(-z * z))                            \
    ROW(exponential, "exponential", 0, expl(z), expl(z))                                        \
    ROW(softmax, "softmax", 0, expl(z), (long double)NAN)

typedef struct oracle_activation {
    const char *name;
    double parameter;
    long double (*value)(long double z, long double p);
    long double (*slope)(long double z, long double p);
} oracle_activation;

#define ORACLE_FUNCTIONS(id, name, parameter, value, slope)              \
    static long double oracle_##id##_value(long double z, long double p) \
    {                                                                    \
        (void)z, (void)p;                                                \
        return value;                                                    \
    }                                                                    \
    static long double oracle_##id##_slope(long double z, long double p) \
    {                                                                    \
        (void)z, (void)p;                                                \
        return slope;                                                    \
    }
ORACLE_ACTIVATIONS(ORACLE_FUNCTIONS)
#undef ORACLE_FUNCTIONS

static const oracle_activation oracle_activations[] = {
#define ORACLE_ROW(id, name, parameter, value, slope) \
    {name, parameter, oracle_##id##_value, oracle_##id##_slope},
    ORACLE_ACTIVATIONS(ORACLE_ROW)
#undef ORACLE_ROW
};

enum { ORACLE_ACTIVATION_COUNT = sizeof oracle_activations / sizeof *oracle_activations };

/* The row of one of the library's activations; the test fails if there is none. */
static inline const oracle_activation *oracle_activation_of(pensel_activation activation)
{
    const pensel_activation_info *info = pensel_activation_describe(activation);
    assert_non_null(info);
    for (size_t i = 0; i < ORACLE_ACTIVATION_COUNT; i++)
        if (strcmp(oracle_activations[i].name, info->name) == 0) return &oracle_activations[i];
    fail_msg("%s has no row in tests/oracle_activation.h", info->name);
    return NULL;
}

static inline bool oracle_sees_layer(const oracle_activation *f)
{
    return strcmp(f->name, "softmax") == 0;
}

/* a (units) = f(z (units)) of one sample */
static inline void oracle_activate(const oracle_activation *f, long double *a, const long double *z,
                                   size_t units, long double p)
{
    long double sum = 0, most = z[0];
    for (size_t j = 0; j < units; j++)
        most = z[j] > most ? z[j] : most;
    for (size_t j = 0; j < units; j++) {
        a[j] = f->value(oracle_sees_layer(f) ? z[j] - most : z[j], p);
        sum += a[j];
    }
    for (size_t j = 0; j < units && oracle_sees_layer(f); j++)
        a[j] /= sum;
}

/* dz = J^T da, J the Jacobian of f at z */
static inline void oracle_activate_backward(const oracle_activation *f, long double *dz,
                                            const long double *da, const long double *a,
                                            const long double *z, size_t units, long double p)
{
    long double dot = 0;
    for (size_t j = 0; j < units; j++)
        dot += da[j] * a[j];
    for (size_t j = 0; j < units; j++)
        dz[j] = oracle_sees_layer(f) ? a[j] * (da[j] - dot) : da[j] * f->slope(z[j], p);
}

#endif
