/* A vector of one number, on which the reference kernels and the activations' descriptors are
 * built.
 *
 * A vector header defines, for the precision PENSEL_REAL (float or double):
 *     real, vec             a number; LANES of them, on which + - * / work
 *     v_set, v_fma, v_max, v_abs, v_minus_abs, v_sqrt
 *     v_if_greater          a > b ? x : y, lane by lane
 *     v_exp v_exp_negative v_expm1 v_log1p v_tanh v_logistic v_sin v_cos v_erfc
 * and, for the kernels in body/, loads, stores and what else they use: see types.h and avx2.h. This
 * one takes the functions from libm. */
#ifndef PENSEL_KERNEL_VECTOR_H
#define PENSEL_KERNEL_VECTOR_H

#include <tgmath.h>

typedef PENSEL_REAL real;
typedef real vec;
#define LANES 1

static inline vec v_set(double x)
{
    return (real)x;
}

static inline vec v_fma(vec a, vec b, vec c)
{
    return a * b + c;
}

/* b if either is NaN, so that v_max(limit, x) passes a NaN x on */
static inline vec v_max(vec a, vec b)
{
    return a > b ? a : b;
}

static inline vec v_abs(vec x)
{
    return fabs(x);
}

static inline vec v_minus_abs(vec x)
{
    return -fabs(x);
}

static inline vec v_sqrt(vec x)
{
    return sqrt(x);
}

static inline vec v_if_greater(vec a, vec b, vec x, vec y)
{
    return a > b ? x : y;
}

static inline vec v_exp(vec x)
{
    return exp(x);
}

/* The same, for x <= 0 */
static inline vec v_exp_negative(vec x)
{
    return exp(x);
}

static inline vec v_expm1(vec x)
{
    return expm1(x);
}

static inline vec v_log1p(vec x)
{
    return log1p(x);
}

static inline vec v_tanh(vec x)
{
    return tanh(x);
}

static inline vec v_logistic(vec x)
{
    return 1 / (1 + exp(-x));
}

static inline vec v_sin(vec x)
{
    return sin(x);
}

static inline vec v_cos(vec x)
{
    return cos(x);
}

static inline vec v_erfc(vec x)
{
    return erfc(x);
}

static inline vec v_erfc_and_power(vec x, vec *power)
{
    *power = v_exp(-x * x);
    return v_erfc(x);
}

#endif
