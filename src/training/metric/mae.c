/* 1/V sum v mean_j |e_j| */
#include "training/metric.h"

#include <math.h>

static void add(const pensel_metric_sums *s, double *kept, const pensel_metric_row *row)
{
    (void)kept;
    for (size_t j = 0; j < s->k; j++)
        s->sums[0] += row->v * fabs(row->p[j] - row->y[j]) / (double)s->k;
}

static double value(const pensel_metric_sums *s)
{
    return s->sums[0] / s->weight;
}

const pensel_metric_kind pensel_metric_mae = {
    .info = {.name = "mae", .label = "MAE", .formula = "mean of |e|, e = prediction - target"},
    .sums = 1,
    .add = add,
    .value = value,
};
