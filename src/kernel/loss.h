/* Losses: a table with the value of each loss for one output and its slope dL/da; and the kernel
 * that sums the loss of a tile and computes dz through the output activation. Included by every
 * kernel file once it has `real` and static double activation_slope(pensel_activation activation,
 * real a, real z, real p).
 *
 * To add one: 1. its line in pensel_loss of include/pensel.h and its name in
 * src/training/options.c; 2. its value and slope here and their row in `losses`; 3. its row in
 * tests/oracle_loss.h: value and slope again, from the paper. */
#ifndef PENSEL_KERNEL_LOSS_H
#define PENSEL_KERNEL_LOSS_H

#include "kernel/kernel.h"

#include <float.h>
#include <math.h>

/* Probabilities are kept this far from 0 and 1 before taking logarithms, as in scikit-learn. */
#define CLIP (sizeof(real) == sizeof(float) ? (double)FLT_EPSILON : DBL_EPSILON)

/* y log x, taken as 0 where y is 0 */
static inline double y_log(double y, double x)
{
    return y == 0 ? 0 : y * (log)(x);
}

static inline double clipped(double a)
{
    return a < CLIP ? CLIP : a > 1 - CLIP ? 1 - CLIP : a;
}

static double squared_error(double a, double y, double delta)
{
    (void)delta;
    return 0.5 * (a - y) * (a - y);
}

static double squared_error_slope(double a, double y, double delta)
{
    (void)delta;
    return a - y;
}

static double log_loss(double a, double y, double delta)
{
    (void)delta;
    return -y_log(y, clipped(a));
}

static double log_loss_slope(double a, double y, double delta)
{
    (void)delta;
    return a < CLIP || a > 1 - CLIP ? 0 : -y / a;
}

static double poisson(double a, double y, double delta)
{
    (void)delta;
    return y_log(y, y / a) - y + a;
}

static double poisson_slope(double a, double y, double delta)
{
    (void)delta;
    return 1 - y / a;
}

static double absolute_error(double a, double y, double delta)
{
    (void)delta;
    return (fabs)(a - y);
}

static double absolute_error_slope(double a, double y, double delta)
{
    (void)delta;
    return a > y ? 1 : a < y ? -1 : a - y;
}

static double huber(double a, double y, double delta)
{
    double e = (fabs)(a - y);
    return e <= delta ? 0.5 * e * e : delta * (e - 0.5 * delta);
}

static double huber_slope(double a, double y, double delta)
{
    double e = a - y;
    return e > delta ? delta : e < -delta ? -delta : e;
}

static double log_cosh(double a, double y, double delta)
{
    double e = (fabs)(a - y);
    (void)delta;
    return e + (log1p)((exp)(-2 * e)) - 0.6931471805599453;
}

static double log_cosh_slope(double a, double y, double delta)
{
    (void)delta;
    return (tanh)(a - y);
}

/* `mean`: the loss is a mean over the k outputs. With its canonical output activation a loss has
 * dL/dz = a - y, which is then computed directly. */
static const struct loss_row {
    double (*value)(double a, double y, double delta);
    double (*slope)(double a, double y, double delta);
    bool mean;
    pensel_activation canonical; /* PENSEL_ACTIVATION_COUNT: none */
} losses[] = {
    [PENSEL_SQUARED_ERROR] = {squared_error, squared_error_slope, true, PENSEL_IDENTITY},
    [PENSEL_LOG_LOSS] = {log_loss, log_loss_slope, false, PENSEL_SOFTMAX},
    [PENSEL_POISSON] = {poisson, poisson_slope, false, PENSEL_EXPONENTIAL},
    [PENSEL_ABSOLUTE_ERROR] = {absolute_error, absolute_error_slope, true, PENSEL_ACTIVATION_COUNT},
    [PENSEL_HUBER] = {huber, huber_slope, true, PENSEL_ACTIVATION_COUNT},
    [PENSEL_LOG_COSH] = {log_cosh, log_cosh_slope, true, PENSEL_ACTIVATION_COUNT},
};
_Static_assert(sizeof losses / sizeof *losses == PENSEL_LOSS_COUNT, "every loss has a row");

/* Logistic outputs are independent yes-or-no questions: their log loss counts both answers. */
static inline bool two_sided(const pensel_loss_tile *f)
{
    return f->loss == PENSEL_LOG_LOSS && f->activation == PENSEL_LOGISTIC;
}

static double loss_of_sample(const pensel_loss_tile *f, size_t s)
{
    const real *a = f->a, *y = f->y;
    const struct loss_row *row = &losses[f->loss];
    double sum = 0;
    for (size_t j = 0; j < f->k; j++) {
        double prediction = (double)a[j * f->ld + s], target = (double)y[j * f->ld + s];
        sum += row->value(prediction, target, f->delta);
        if (two_sided(f)) sum -= y_log(1 - target, 1 - clipped(prediction));
    }
    return row->mean ? sum / (double)f->k : sum;
}

/* dz of a sample = scale * J^T dL/da, J the Jacobian of the output activation */
static void loss_gradient(const pensel_loss_tile *f, size_t s, double scale)
{
    const real *a = f->a, *y = f->y, *z = f->z ? f->z : f->a;
    real *dz = f->dz;
    const struct loss_row *row = &losses[f->loss];
    double dot = 0;
    for (size_t j = 0; j < f->k && f->activation == PENSEL_SOFTMAX; j++) {
        size_t at = j * f->ld + s;
        dot += row->slope((double)a[at], (double)y[at], f->delta) * (double)a[at];
    }
    for (size_t j = 0; j < f->k; j++) {
        size_t at = j * f->ld + s;
        double slope = row->slope((double)a[at], (double)y[at], f->delta);
        if (f->activation == PENSEL_SOFTMAX)
            slope = (double)a[at] * (slope - dot);
        else
            slope *= activation_slope(f->activation, a[at], z[at], (real)f->parameter);
        dz[at] = (real)(slope * scale);
    }
}

static double loss_of_tile(const pensel_loss_tile *f)
{
    const real *a = f->a, *y = f->y, *weights = f->weights;
    real *dz = f->dz;
    double sum = 0;
    double share = losses[f->loss].mean && !(f->sklearn_gradient && f->loss == PENSEL_SQUARED_ERROR)
                       ? 1 / (double)f->k
                       : 1;
    bool canonical = losses[f->loss].canonical == f->activation || two_sided(f);
    for (size_t s = 0; s < f->n; s++) {
        double weight = weights ? (double)weights[s] : 1;
        double scale = weight * f->scale * share;
        sum += weight * loss_of_sample(f, s);
        if (!dz) continue;
        if (!canonical) loss_gradient(f, s, scale);
        for (size_t j = 0; j < f->k && canonical; j++)
            dz[j * f->ld + s] = (real)((double)(a[j * f->ld + s] - y[j * f->ld + s]) * scale);
    }
    return sum;
}

#endif
