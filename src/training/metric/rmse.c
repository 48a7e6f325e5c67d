/* The root of mse, in the unit of the target. */
#include "training/metric.h"

#include <math.h>

static double value(const pensel_metric_sums *s)
{
    return sqrt(s->earlier->mse);
}

const pensel_metric_kind pensel_metric_rmse = {
    .info = {.name = "rmse", .label = "root MSE", .formula = "root of the mean of e^2"},
    .value = value,
};
