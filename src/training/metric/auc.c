/* Area under the ROC curve of two classes: the share of pairs, one row of each, in which the second
 * class's row has the larger probability of it; ties count half, pairs by the product of their
 * weights (Mann & Whitney 1947). */
#include "training/metric.h"

#include <math.h>
#include <stdlib.h>

typedef struct ranked {
    double p, positive, negative; /* the weight is one of the two */
} ranked;

static void add(const pensel_metric_sums *s, double *kept, const pensel_metric_row *row)
{
    if (s->truth != PENSEL_TRUTH_CLASSES || s->k != 2) return;
    ranked *r = (ranked *)(void *)kept;
    *r = (ranked){row->p[1], row->truth == 1 ? row->v : 0, row->truth == 1 ? 0 : row->v};
}

static int by_p(const void *a, const void *b)
{
    double x = ((const ranked *)a)->p, y = ((const ranked *)b)->p;
    return (x > y) - (x < y);
}

static double value(const pensel_metric_sums *s)
{
    ranked *rows = (ranked *)(void *)s->kept;
    double positives = 0, below = 0, pairs = 0;
    if (s->truth != PENSEL_TRUTH_CLASSES || s->k != 2) return NAN;
    qsort(rows, s->n, sizeof *rows, by_p);
    for (size_t i = 0, end; i < s->n; i = end) {
        double positive = 0, negative = 0;
        for (end = i; end < s->n && rows[end].p == rows[i].p; end++) {
            positive += rows[end].positive;
            negative += rows[end].negative;
        }
        pairs += positive * (below + negative / 2);
        positives += positive;
        below += negative;
    }
    return positives * below > 0 ? pairs / (positives * below) : NAN;
}

const pensel_metric_kind pensel_metric_auc = {
    .info = {.name = "auc",
             .label = "AUC",
             .formula = "share of pairs of both classes that stand in order, ties half",
             .classes = true,
             .share = true},
    .keeps = sizeof(ranked) / sizeof(double),
    .add = add,
    .value = value,
};
