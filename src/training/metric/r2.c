/* mean over targets of 1 - sum v e^2 / sum v (y - mean of y)^2; of a target that never changes, 1
 * if it is predicted exactly, else 0, as in scikit-learn */
#include "training/metric.h"

static void add(const pensel_metric_sums *s, double *kept, const pensel_metric_row *row)
{
    (void)kept;
    for (size_t j = 0; j < s->k; j++) {
        double e = row->p[j] - row->y[j], d = row->y[j] - row->mean[j];
        s->sums[2 * j] += row->v * e * e;
        s->sums[2 * j + 1] += row->v * d * d;
    }
}

static double value(const pensel_metric_sums *s)
{
    double sum = 0;
    for (size_t j = 0; j < s->k; j++) {
        double residual = s->sums[2 * j], spread = s->sums[2 * j + 1];
        sum += spread != 0 ? 1 - residual / spread : residual == 0;
    }
    return sum / (double)s->k;
}

const pensel_metric_kind pensel_metric_r2 = {
    .info = {.name = "r2",
             .label = "R2",
             .formula = "1 - sum e^2 / sum (y - mean of y)^2, mean over targets",
             .share = true},
    .sums_each = 2,
    .add = add,
    .value = value,
};
