/* 1/V sum v [the row is right]: the likeliest class is the true one, or all labels are right */
#include "training/metric.h"

static void add(const pensel_metric_sums *s, double *kept, const pensel_metric_row *row)
{
    (void)kept;
    if (row->right) s->sums[0] += row->v;
}

static double value(const pensel_metric_sums *s)
{
    return s->sums[0] / s->weight;
}

const pensel_metric_kind pensel_metric_accuracy = {
    .info = {.name = "accuracy",
             .label = "accuracy",
             .formula = "share of the rows that are right",
             .classes = true,
             .share = true},
    .sums = 1,
    .add = add,
    .value = value,
};
