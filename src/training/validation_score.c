/* The score of early stopping: accuracy or R2, by the metrics. They are scikit-learn's `score` of a
 * classifier and of a regressor, by which its early stopping judges too. */
#include "training/data.h"

#include "base/error.h"
#include "base/memory.h"
#include "training/metric.h"

#include <math.h>

/* Of outputs that stand for one class each, the truth is the largest target. */
static size_t largest(pensel_matrix y, size_t row)
{
    size_t best = 0;
    for (size_t j = 1; j < y.columns; j++)
        if (pensel_matrix_at(y, row, j) > pensel_matrix_at(y, row, best)) best = j;
    return best;
}

/* One metric alone, over predictions p (n, k) of the network's precision. 0 for `least`: nothing
 * here takes a logarithm. */
static pensel_status measure(double *score, const pensel_matrix *p, const pensel_samples *samples,
                             pensel_truth truth, pensel_error *error)
{
    pensel_metric metric =
        truth == PENSEL_TRUTH_NUMBERS ? PENSEL_METRIC_R2 : PENSEL_METRIC_ACCURACY;
    size_t k = p->columns;
    pensel_metrics metrics;
    pensel_scores scores;
    double *row;
    PENSEL_TRY(PENSEL_NEW(row, k, error));
    pensel_status status = pensel_metrics_begin(&metrics, truth, samples, k, 0, metric, error);
    for (size_t i = 0; i < p->rows && status == PENSEL_OK; i++) {
        for (size_t j = 0; j < k; j++)
            row[j] = pensel_matrix_at(*p, i, j);
        pensel_metrics_add(&metrics, row, i,
                           truth == PENSEL_TRUTH_CLASSES ? largest(samples->y, i) : 0);
    }
    if (status == PENSEL_OK) {
        pensel_metrics_end(&metrics, &scores);
        *score = pensel_scores_get(&scores, metric);
    }
    pensel_release(row);
    return status;
}

/* What the truth is follows from loss and last layer: numbers; one class of k where the outputs are
 * softmax's; else labels, each 0 or 1. Predictions are released whatever happens. */
pensel_status pensel_samples_score(double *score, const pensel_network *network,
                                   const pensel_training_options *options,
                                   const pensel_samples *samples, pensel_error *error)
{
    size_t k = pensel_network_outputs(network), n = samples->x.rows, count;
    pensel_truth truth = !pensel_loss_describe(options->loss)->classes ? PENSEL_TRUTH_NUMBERS
                         : pensel_network_last(network)->activation == PENSEL_SOFTMAX
                             ? PENSEL_TRUTH_CLASSES
                             : PENSEL_TRUTH_LABELS;
    void *y;
    if (!pensel_multiply(&count, n, k)) return pensel_fail_memory(error, n, k);
    PENSEL_TRY(PENSEL_ALLOCATE(y, count, network->kernels->size, error));
    pensel_status status =
        samples->sparse
            ? pensel_network_predict_sparse(network, y, samples->sparse, options->threads, error)
            : pensel_network_predict(network, y, samples->x, options->threads, error);
    pensel_matrix p = {y, n, k, network->kernels->precision};
    *score = NAN;
    if (status == PENSEL_OK && network->kernels->all_finite(y, count))
        status = measure(score, &p, samples, truth, error);
    pensel_release(y);
    return status;
}
