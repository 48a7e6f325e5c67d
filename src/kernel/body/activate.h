/* Activations over rows of numbers. A kernel that has just written a row of z applies these to it
 * while it is in the nearest cache. */
#ifndef PENSEL_KERNEL_BODY_ACTIVATE_H
#define PENSEL_KERNEL_BODY_ACTIVATE_H

#include <string.h>

/* y = f(z); y = f'(z) from a = f(z) (y may be an input); and slope = f'(z), y = f(z), y being z:
 * there what the formulas share is computed once. Over whole vectors until n numbers are done */
#define DEFINE(NAME, name)                                                                     \
    static void name##_values(real *y, const real *z, size_t n, real parameter)                \
    {                                                                                          \
        vec p = v_set((double)parameter);                                                      \
        for (size_t s = 0; s < n; s += LANES)                                                  \
            v_store(y + s, name##_value(v_load(z + s), p));                                    \
    }                                                                                          \
    static void name##_slopes(real *y, const real *a, const real *z, size_t n, real parameter) \
    {                                                                                          \
        vec p = v_set((double)parameter);                                                      \
        for (size_t s = 0; s < n; s += LANES)                                                  \
            v_store(y + s, name##_slope(v_load(a + s), v_load(z + s), p));                     \
    }                                                                                          \
    static void name##_both(real *y, real *slope, size_t n, real parameter)                    \
    {                                                                                          \
        vec p = v_set((double)parameter);                                                      \
        for (size_t s = 0; s < n; s += LANES) {                                                \
            vec z = v_load(y + s), a = name##_value(z, p);                                     \
            v_store(slope + s, name##_slope(a, z, p));                                         \
            v_store(y + s, a);                                                                 \
        }                                                                                      \
    }
PENSEL_ACTIVATION_LIST(DEFINE)
#undef DEFINE

static const struct {
    void (*values)(real *y, const real *z, size_t n, real parameter);
    void (*slopes)(real *y, const real *a, const real *z, size_t n, real parameter);
    void (*both)(real *y, real *slope, size_t n, real parameter);
} activations[] = {
#define ROW(NAME, name) [PENSEL_##NAME] = {name##_values, name##_slopes, name##_both},
    PENSEL_ACTIVATION_LIST(ROW)
#undef ROW
};

/* One row of a layer: y is z, and becomes f(z); slope, unless NULL, f'(z). Softmax comes later. */
static void activate_row(pensel_activation activation, real *y, real *slope, size_t n,
                         double parameter)
{
    if (activation == PENSEL_SOFTMAX || (activation == PENSEL_IDENTITY && !slope)) return;
    if (slope)
        activations[activation].both(y, slope, n, (real)parameter);
    else
        activations[activation].values(y, y, n, (real)parameter);
}

/* One slope from a, for the loss at the output layer */
static double activation_slope(pensel_activation activation, real a, real p)
{
    real value[LANES] = {a};
    activations[activation].slopes(value, value, value, 1, p);
    return (double)value[0];
}

/* The activations that a product applies to its sums at once: max(p z, z) with p 1, 0 or the slope.
 * Their derivative is 1 where a > 0, else p. */
static inline bool is_bent_line(pensel_activation activation, double parameter, double *p)
{
    switch (activation) {
    case PENSEL_IDENTITY:
        *p = 1;
        return true;
    case PENSEL_RELU:
        *p = 0;
        return true;
    case PENSEL_LEAKY_RELU:
        *p = parameter;
        return true;
    default:
        *p = 1;
        return false;
    }
}

/* e^(z_j - max z) / sum of the same, for one sample whose units stand side by side */
static void normalise_row(real *y, size_t units)
{
    real most = y[0], sum = 0;
    for (size_t j = 1; j < units; j++)
        most = y[j] > most ? y[j] : most;
    for (size_t j = 0; j < units; j += LANES)
        v_store(y + j, v_exp_negative(v_load(y + j) - v_set((double)most)));
    for (size_t j = 0; j < units; j++)
        sum += y[j];
    for (size_t j = 0; j < units; j++)
        y[j] /= sum;
}

/* a_j = e^(z_j - max z) / sum of the same over the units of each sample, in place */
static void normalise(real *y, size_t units, size_t ld, size_t n)
{
    for (size_t s = 0; s < n; s += LANES) {
        vec most = v_load(y + s), sum = v_set(0);
        for (size_t j = 1; j < units; j++)
            most = v_max(most, v_load(y + j * ld + s));
        for (size_t j = 0; j < units; j++) {
            vec power = v_exp_negative(v_load(y + j * ld + s) - most);
            v_store(y + j * ld + s, power);
            sum += power;
        }
        for (size_t j = 0; j < units; j++)
            v_store(y + j * ld + s, v_load(y + j * ld + s) / sum);
    }
}

/* Values and slopes of n <= AT_ONCE numbers that are whole vectors; value or slope may be NULL, or
 * lie over z. One call for all of them: a call for each vector takes longer than the vector. */
enum { AT_ONCE = 64 };

static void activate_vectors(real *value, real *slope, const real *z, size_t n,
                             pensel_activation activation, real parameter)
{
    real a[AT_ONCE];
    if (!slope && value) {
        activations[activation].values(value, z, n, parameter);
        return;
    }
    activations[activation].values(a, z, n, parameter);
    if (slope) activations[activation].slopes(slope, a, z, n, parameter);
    if (value) memcpy(value, a, n * sizeof(real));
}

/* What is left behind whole vectors is computed in memory of its own, and so is softmax, which sees
 * all numbers before the first is done. */
static void activate(void *value, void *derivative, const void *z, size_t count,
                     pensel_activation activation, double parameter)
{
    const real *from = z;
    size_t whole = activation == PENSEL_SOFTMAX ? 0 : count - count % LANES;
    for (size_t i = 0, n; i < whole; i += n) {
        n = whole - i < AT_ONCE ? whole - i : AT_ONCE;
        activate_vectors(value ? (real *)value + i : NULL,
                         derivative ? (real *)derivative + i : NULL, from + i, n, activation,
                         (real)parameter);
    }
    real most = count ? from[0] : 0, sum = 0;
    bool softmax = activation == PENSEL_SOFTMAX;
    real in[LANES], a[LANES], slope[LANES];
    for (size_t i = 1; i < count && softmax; i++)
        most = from[i] > most ? from[i] : most;
    for (int turn = softmax ? 0 : 1; turn < 2; turn++) {
        for (size_t i = whole; i < count; i += LANES) {
            size_t part = count - i < LANES ? count - i : LANES;
            vec x = v_load_part(from + i, part);
            v_store(in, softmax ? x - v_set((double)most) : x);
            activations[activation].values(a, in, LANES, (real)parameter);
            for (size_t s = 0; s < part && turn == 0; s++)
                sum += a[s];
            if (turn == 0) continue;
            if (softmax) v_store(a, v_load(a) / v_set((double)sum));
            if (value) v_store_part((real *)value + i, v_load(a), part);
            if (!derivative) continue;
            activations[activation].slopes(slope, a, in, LANES, (real)parameter);
            v_store_part((real *)derivative + i, v_load(slope), part);
        }
    }
}

#endif
