/* -1/V sum v log p of the true class; of labels, the mean over them of -log p of what is true */
#include "training/metric.h"

#include <math.h>

static double clipped_log(const pensel_metric_sums *s, double p)
{
    return log(fmin(fmax(p, s->least), 1 - s->least));
}

static void add(const pensel_metric_sums *s, double *kept, const pensel_metric_row *row)
{
    (void)kept;
    if (s->truth == PENSEL_TRUTH_CLASSES) {
        s->sums[0] -= row->v * clipped_log(s, row->p[row->truth]);
        return;
    }
    for (size_t j = 0; j < s->k; j++) {
        double p = row->y[j] > 0.5 ? row->p[j] : 1 - row->p[j];
        s->sums[0] -= row->v * clipped_log(s, p) / (double)s->k;
    }
}

static double value(const pensel_metric_sums *s)
{
    return s->sums[0] / s->weight;
}

const pensel_metric_kind pensel_metric_log_loss = {
    .info = {.name = "log_loss",
             .label = "log loss",
             .formula = "mean of -log p, the probability of what is true",
             .classes = true},
    .sums = 1,
    .add = add,
    .value = value,
};
