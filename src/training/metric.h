/* Metrics: how good predictions are. Rows arrive one by one with their predictions; each metric
 * adds up what it needs of them, in this order:
 *
 *   pensel_metrics_begin    the truth is known: its weights and means
 *   pensel_metrics_add      for each row
 *   pensel_metrics_end      the scores
 *
 * A row weighs v, all of them V = sum v; p are predictions, y targets, e = p - y.
 *
 * To add one:
 *   1. its line in PENSEL_METRIC_LIST of include/pensel/training.h, X(NAME, name);
 *   2. metric/name.c, which defines pensel_metric_name as below, after the pattern of
 *      metric/mae.c, or of metric/auc.c if it has to sort all rows;
 *   3. its row in tests/test_scores.c, in `formulas`: the formula again, in long double;
 *   4. of numbers: its line in what fit prints in tests/cli/tables.txt.
 * The build, the members of pensel_scores, what score and fit print, JSON and model files follow
 * from the line. */
#ifndef PENSEL_TRAINING_METRIC_H
#define PENSEL_TRAINING_METRIC_H

#include "base/matrix.h"
#include "pensel.h"

/* What the truth is. */
typedef enum pensel_truth {
    PENSEL_TRUTH_NUMBERS,
    PENSEL_TRUTH_CLASSES, /* one of k */
    PENSEL_TRUTH_LABELS   /* k answers, each 0 or 1 */
} pensel_truth;

typedef struct pensel_metric_row {
    const double *p;         /* (k) predictions; or the probability of each class or label */
    const double *y;         /* (k) numbers and labels; NULL: classes */
    const double *mean;      /* (k) numbers: weighted mean of each target over all rows */
    size_t truth, predicted; /* classes: the true one, and the likeliest */
    bool right;              /* classes: they are the same; labels: all are right, at 1/2 */
    double v;
} pensel_metric_row;

typedef struct pensel_metric_sums {
    pensel_truth truth;
    size_t n, k;
    double weight;                /* V */
    double least;                 /* probabilities are kept this far from 0 and 1 in logarithms */
    double *sums;                 /* what `add` has added up, 0 at the start */
    double *kept;                 /* (n, keeps) */
    const pensel_scores *earlier; /* of the lines above this metric's in the list */
} pensel_metric_sums;

typedef struct pensel_metric_kind {
    pensel_metric_info info;
    size_t sums;      /* numbers that it adds up */
    size_t sums_each; /* and so many more for each of the k outputs: sums[sums + sums_each j...] */
    size_t keeps;     /* numbers that it keeps of each row until the end */
    /* `kept` are this row's. NULL: all it needs are the scores of earlier lines. */
    void (*add)(const pensel_metric_sums *s, double *kept, const pensel_metric_row *row);
    /* The score; NaN if it means nothing. May change s->kept. */
    double (*value)(const pensel_metric_sums *s);
} pensel_metric_kind;

#define PENSEL_METRIC_DECLARE(NAME, name) extern const pensel_metric_kind pensel_metric_##name;
PENSEL_METRIC_LIST(PENSEL_METRIC_DECLARE)
#undef PENSEL_METRIC_DECLARE

typedef struct pensel_metrics {
    pensel_matrix y, weights;
    size_t first, end; /* of the list: which are wanted */
    double *block;     /* all numbers below */
    double *mean, *row_y;
    pensel_metric_sums sums[PENSEL_METRIC_COUNT];
} pensel_metrics;

/* y (n, k) numbers or labels; of classes only its rows count. weights (n, 1) or without data. k
 * outputs. `only`: one metric; PENSEL_METRIC_COUNT: all. */
pensel_status pensel_metrics_begin(pensel_metrics *metrics, pensel_truth truth,
                                   const pensel_samples *samples, size_t k, double least,
                                   pensel_metric only, pensel_error *error);
/* p (k) for a row of y; `truth` is its class. */
void pensel_metrics_add(pensel_metrics *metrics, const double *p, size_t row, size_t truth);
/* Frees the sums, too. */
void pensel_metrics_end(pensel_metrics *metrics, pensel_scores *scores);
/* Frees them without a score; metrics that are zero or ended are fine. */
void pensel_metrics_clear(pensel_metrics *metrics);

/* The scores of no rows: NaN. */
void pensel_metrics_nothing(pensel_scores *scores);

static inline double pensel_metrics_weight(const pensel_metrics *metrics, size_t row)
{
    return metrics->weights.data ? pensel_matrix_number(metrics->weights, row) : 1;
}

#endif
