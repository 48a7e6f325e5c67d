/* The kernel of losses: sums the loss of a tile and computes dz through the output activation.
 * Included by every kernel file once it has `real` and static double
 * activation_slope(pensel_activation activation, real a, real p). */
#ifndef PENSEL_KERNEL_LOSS_TILE_H
#define PENSEL_KERNEL_LOSS_TILE_H

#include "kernel/kernel.h"
#include "kernel/loss.h"

static const struct loss_row {
    double (*value)(double a, double y, double delta);
    double (*slope)(double a, double y, double delta);
    const pensel_loss_info *info;
} losses[] = {
#define ROW(NAME, name) [PENSEL_##NAME] = {name##_value, name##_slope, &name##_info},
    PENSEL_LOSS_LIST(ROW)
#undef ROW
};

/* Logistic outputs are independent yes-or-no questions: their log loss counts both answers. */
static inline bool two_sided(const pensel_loss_tile *f)
{
    return losses[f->loss].info->classes && f->activation == PENSEL_LOGISTIC;
}

/* Over the k outputs of sample s: a sum, or a mean where the loss says so. In double whatever
 * `real` is, for losses are compared over many epochs. */
static double loss_of_sample(const pensel_loss_tile *f, size_t s)
{
    const real *a = f->a, *y = f->y;
    const struct loss_row *row = &losses[f->loss];
    double sum = 0;
    for (size_t j = 0; j < f->k; j++) {
        double prediction = (double)a[j * f->ld + s], target = (double)y[j * f->ld + s];
        sum += row->value(prediction, target, f->delta);
        if (two_sided(f)) sum += row->value(1 - prediction, 1 - target, f->delta);
    }
    return row->info->mean ? sum / (double)f->k : sum;
}

/* dL/da of output j: the loss's own, or what a loss function left in the room */
static inline double slope_at(const pensel_loss_tile *f, size_t j, size_t at)
{
    const real *a = f->a, *y = f->y;
    return f->function ? f->room[j] : losses[f->loss].slope((double)a[at], (double)y[at], f->delta);
}

/* dz of a sample = scale * J^T dL/da, J the Jacobian of the output activation. J is diagonal but
 * for softmax, where J_ij = a_i ((i = j) - a_j), so that dz_j = a_j (slope_j - sum of slope a). */
static void loss_gradient(const pensel_loss_tile *f, size_t s, double scale)
{
    const real *a = f->a, *kept = f->slope;
    real *dz = f->dz;
    double dot = 0;
    for (size_t j = 0; j < f->k && f->activation == PENSEL_SOFTMAX; j++) {
        size_t at = j * f->ld + s;
        dot += slope_at(f, j, at) * (double)a[at];
    }
    for (size_t j = 0; j < f->k; j++) {
        size_t at = j * f->ld + s;
        double slope = slope_at(f, j, at);
        if (f->activation == PENSEL_SOFTMAX)
            slope = (double)a[at] * (slope - dot);
        else
            slope *= kept ? (double)kept[at]
                          : activation_slope(f->activation, a[at], (real)f->parameter);
        dz[at] = (real)(slope * scale);
    }
}

/* By a function that looks at one sample: slope, a and y of it, side by side, in the room. */
static double loss_by_function(const pensel_loss_tile *f)
{
    const real *a = f->a, *y = f->y, *weights = f->weights;
    double *slope = f->room, *prediction = slope + f->k, *target = prediction + f->k, sum = 0;
    for (size_t s = 0; s < f->n; s++) {
        double weight = weights ? (double)weights[s] : 1;
        for (size_t j = 0; j < f->k; j++) {
            prediction[j] = (double)a[j * f->ld + s];
            target[j] = (double)y[j * f->ld + s];
        }
        sum += weight * f->function(f->dz ? slope : NULL, prediction, target, f->k, f->data);
        if (f->dz) loss_gradient(f, s, weight * f->scale);
    }
    return sum;
}

/* The loss of all samples, weighted, and dz unless that is NULL. A canonical loss and output
 * (squared error and identity, log loss and softmax, Poisson and exponential) cancel to dz = a - y:
 * exact where the general way would divide by a probability near 0. dz may be `a` itself, so a
 * sample's loss is taken before its dz is written. */
static double loss_of_tile(const pensel_loss_tile *f)
{
    if (f->function) return loss_by_function(f);
    const real *a = f->a, *y = f->y, *weights = f->weights;
    real *dz = f->dz;
    double sum = 0;
    const pensel_loss_info *info = losses[f->loss].info;
    bool times_outputs = f->sklearn_gradient && f->loss == PENSEL_SQUARED_ERROR;
    double share = info->mean && !times_outputs ? 1 / (double)f->k : 1;
    bool canonical = (info->canonical && info->output == f->activation) || two_sided(f);
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
