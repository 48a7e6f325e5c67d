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

/* The weighted mean loss of predictions p (n, k), row by row: a row (k) is a panel (k, 1). */
static pensel_status mean_loss(double *loss, const pensel_network *network, const pensel_matrix *p,
                               const pensel_training_options *options,
                               const pensel_samples *samples, pensel_error *error)
{
    const pensel_kernels *kernels = network->kernels;
    const pensel_layer_instance *last = pensel_network_last(network);
    size_t k = p->columns;
    double sum = 0, weights = 0, *room = NULL;
    void *target = NULL;
    PENSEL_TRY(PENSEL_NEW(room, 3 * k, error));
    pensel_status status = PENSEL_ALLOCATE(target, k, kernels->size, error);
    pensel_loss_tile tile = {.y = target,
                             .k = k,
                             .n = 1,
                             .ld = 1,
                             .loss = options->loss,
                             .activation = last->activation,
                             .parameter = last->parameter,
                             .delta = pensel_loss_delta(options),
                             .function = options->loss_function,
                             .data = options->loss_function_data,
                             .room = room};
    for (size_t i = 0; i < p->rows && status == PENSEL_OK; i++) {
        double weight = samples->weights.data ? pensel_matrix_at(samples->weights, i, 0) : 1;
        tile.a = (const char *)p->data + i * k * kernels->size;
        for (size_t j = 0; j < k; j++)
            if (kernels->precision == PENSEL_FLOAT64)
                ((double *)target)[j] = pensel_matrix_at(samples->y, i, j);
            else
                ((float *)target)[j] = (float)pensel_matrix_at(samples->y, i, j);
        sum += weight * kernels->loss(&tile);
        weights += weight;
    }
    *loss = sum / weights;
    pensel_release(target);
    pensel_release(room);
    return status;
}

/* What the truth is follows from loss and last layer: numbers; one class of k where the outputs are
 * softmax's; else labels, each 0 or 1. */
static pensel_truth truth_of(const pensel_network *network, const pensel_training_options *options)
{
    if (!pensel_loss_describe(options->loss)->classes) return PENSEL_TRUTH_NUMBERS;
    return pensel_network_last(network)->activation == PENSEL_SOFTMAX ? PENSEL_TRUTH_CLASSES
                                                                      : PENSEL_TRUTH_LABELS;
}

/* Predictions are released whatever happens. */
pensel_status pensel_samples_score(double *score, double *loss, const pensel_network *network,
                                   const pensel_training_options *options,
                                   const pensel_samples *samples, pensel_error *error)
{
    size_t k = pensel_network_outputs(network), n = samples->x.rows, count;
    bool own = options->score_function != NULL;
    void *y;
    *score = own ? options->score_function(network, options->score_function_data) : NAN;
    if (own && !loss) return PENSEL_OK;
    if (!pensel_multiply(&count, n, k)) return pensel_fail_memory(error, n, k);
    PENSEL_TRY(PENSEL_ALLOCATE(y, count, network->kernels->size, error));
    pensel_status status =
        samples->sparse
            ? pensel_network_predict_sparse(network, y, samples->sparse, options->threads, error)
            : pensel_network_predict(network, y, samples->x, options->threads, error);
    pensel_matrix p = {y, n, k, network->kernels->precision};
    bool finite = status == PENSEL_OK && network->kernels->all_finite(y, count);
    if (finite && !own) status = measure(score, &p, samples, truth_of(network, options), error);
    if (finite && loss && status == PENSEL_OK)
        status = mean_loss(loss, network, &p, options, samples, error);
    pensel_release(y);
    return status;
}
