/* 1/V sum v mean_j e_j^2 */
#include "training/metric.h"

static void add(const pensel_metric_sums *s, double *kept, const pensel_metric_row *row)
{
    (void)kept;
    for (size_t j = 0; j < s->k; j++) {
        double e = row->p[j] - row->y[j];
        s->sums[j] += row->v * e * e;
    }
}

static double value(const pensel_metric_sums *s)
{
    double sum = 0;
    for (size_t j = 0; j < s->k; j++)
        sum += s->sums[j] / s->weight / (double)s->k;
    return sum;
}

const pensel_metric_kind pensel_metric_mse = {
    .info = {.name = "mse", .label = "MSE", .formula = "mean of e^2, e = prediction - target"},
    .sums_each = 1,
    .add = add,
    .value = value,
};
