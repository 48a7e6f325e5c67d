/* Scores for early stopping: accuracy and R2, as defined by scikit-learn's accuracy_score and
 * r2_score. */
#include "training/data.h"

#include "base/error.h"
#include "base/memory.h"

#include <math.h>

static double weight_of(const pensel_samples *s, size_t i)
{
    return s->weights.data ? pensel_matrix_number(s->weights, i) : 1;
}

static size_t largest(const pensel_matrix *m, size_t row)
{
    size_t best = 0;
    for (size_t j = 1; j < m->columns; j++)
        if (pensel_matrix_at(*m, row, j) > pensel_matrix_at(*m, row, best)) best = j;
    return best;
}

/* A class is right if it is the likeliest; labels are right if all of them are. */
static bool is_right(const pensel_matrix *p, const pensel_matrix *y, size_t row, bool one_of_many)
{
    if (one_of_many) return largest(p, row) == largest(y, row);
    for (size_t j = 0; j < y->columns; j++) {
        if ((pensel_matrix_at(*p, row, j) > 0.5) != (pensel_matrix_at(*y, row, j) > 0.5))
            return false;
    }
    return true;
}

static double accuracy(const pensel_matrix *p, const pensel_samples *s, bool one_of_many)
{
    double right = 0, all = 0;
    for (size_t i = 0; i < p->rows; i++) {
        double w = weight_of(s, i);
        all += w;
        if (is_right(p, &s->y, i, one_of_many)) right += w;
    }
    return right / all;
}

static double r2_of_column(const pensel_matrix *p, const pensel_samples *s, size_t column)
{
    double sum = 0, all = 0, residual = 0, spread = 0;
    for (size_t i = 0; i < p->rows; i++) {
        sum += weight_of(s, i) * pensel_matrix_at(s->y, i, column);
        all += weight_of(s, i);
    }
    for (size_t i = 0; i < p->rows; i++) {
        double y = pensel_matrix_at(s->y, i, column);
        double e = y - pensel_matrix_at(*p, i, column), d = y - sum / all;
        residual += weight_of(s, i) * e * e;
        spread += weight_of(s, i) * d * d;
    }
    if (spread == 0) return residual == 0 ? 1 : 0;
    return 1 - residual / spread;
}

static double r2(const pensel_matrix *p, const pensel_samples *s)
{
    double sum = 0;
    for (size_t j = 0; j < p->columns; j++)
        sum += r2_of_column(p, s, j);
    return sum / (double)p->columns;
}

pensel_status pensel_samples_score(double *score, const pensel_network *network,
                                   const pensel_training_options *options,
                                   const pensel_samples *samples, pensel_error *error)
{
    size_t k = pensel_network_outputs(network), n = samples->x.rows, count;
    const pensel_layer_instance *last = pensel_network_last(network);
    void *y;
    if (!pensel_multiply(&count, n, k)) return pensel_fail_memory(error, n, k);
    PENSEL_TRY(PENSEL_ALLOCATE(y, count, network->kernels->size, error));
    pensel_status status = pensel_network_predict(network, y, samples->x, options->threads, error);
    pensel_matrix p = {y, n, k, network->kernels->precision};
    if (status == PENSEL_OK) {
        if (!network->kernels->all_finite(y, count))
            *score = NAN;
        else if (pensel_loss_describe(options->loss)->classes)
            *score = accuracy(&p, samples, last->activation == PENSEL_SOFTMAX);
        else
            *score = r2(&p, samples);
    }
    pensel_release(y);
    return status;
}
