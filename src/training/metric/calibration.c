/* Expected calibration error (Guo et al. 2017, equation 3): rows are put into 15 bins by how sure
 * the model is of the likeliest class; in each, that is compared with how often it is right. */
#include "training/metric.h"

#include <math.h>

enum { BINS = 15 };

static void add(const pensel_metric_sums *s, double *kept, const pensel_metric_row *row)
{
    (void)kept;
    if (s->truth != PENSEL_TRUTH_CLASSES) return;
    double p = row->p[row->predicted];
    size_t bin = p > 0 ? (size_t)(p * BINS) : 0;
    if (bin >= BINS) bin = BINS - 1;
    s->sums[bin] += row->v * p;
    if (row->right) s->sums[BINS + bin] += row->v;
}

static double value(const pensel_metric_sums *s)
{
    double sum = 0;
    if (s->truth != PENSEL_TRUTH_CLASSES) return NAN;
    for (size_t b = 0; b < BINS; b++)
        sum += fabs(s->sums[BINS + b] - s->sums[b]);
    return sum / s->weight;
}

const pensel_metric_kind pensel_metric_calibration = {
    .info = {.name = "calibration_error",
             .label = "calibration error",
             .formula = "mean over 15 bins of |how often right - how sure|",
             .classes = true},
    .sums = (size_t)2 * BINS,
    .add = add,
    .value = value,
};
