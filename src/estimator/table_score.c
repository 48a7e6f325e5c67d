/* Figures of a model of a table, from its outputs and the truth. Intervals say how far a figure may
 * be off because so few rows were held out; they are 95 % ones, and know nothing of new rows that
 * are unlike the old. */
#include "base/error.h"
#include "base/memory.h"
#include "estimator/table_model.h"
#include "training/metric.h"

#include <math.h>
#include <stdlib.h>

enum { RESAMPLES = 400 };
/* A logarithm of less would be a figure about rounding. */
#define LEAST_PROBABILITY 1e-7
#define NORMAL_975 1.959963984540054

/* A row's probabilities, of both classes where one output stands for them; borrowed from row or
 * from `pair`. */
static const double *probabilities(double *pair, const double *row, size_t outputs)
{
    if (outputs > 1) return row;
    pair[0] = 1 - row[0];
    pair[1] = row[0];
    return pair;
}

/* All metrics of the list at once, by the same code as an estimator's score. Every row weighs the
 * same. The figures of no rows are NaN. */
pensel_status pensel_table_measure(const pensel_table_model *model, pensel_table_scores *scores,
                                   const double *out, const double *y, size_t n,
                                   pensel_error *error)
{
    const pensel_samples samples = {.y = {y, n, 1, PENSEL_FLOAT64}};
    size_t outputs = pensel_table_outputs(model);
    bool numbers = model->task == PENSEL_REGRESSION;
    pensel_metrics metrics;
    if (n == 0) {
        pensel_metrics_nothing(scores);
        return PENSEL_OK;
    }
    PENSEL_TRY(pensel_metrics_begin(&metrics, numbers ? PENSEL_TRUTH_NUMBERS : PENSEL_TRUTH_CLASSES,
                                    &samples, numbers ? 1 : model->class_count, LEAST_PROBABILITY,
                                    PENSEL_METRIC_COUNT, error));
    for (size_t i = 0; i < n; i++) {
        double pair[2];
        const double *row = out + i * outputs;
        pensel_metrics_add(&metrics, numbers ? row : probabilities(pair, row, outputs), i,
                           numbers ? 0 : (size_t)y[i]);
    }
    pensel_metrics_end(&metrics, scores);
    return PENSEL_OK;
}

/* The interval of a share p of n rows (Wilson 1927): it stays within 0 and 1, and is no point where
 * all rows are right, as p +- z sqrt(p (1 - p) / n) would be. */
static void spread_of_share(double *low, double *high, double p, double n)
{
    double z2 = NORMAL_975 * NORMAL_975, centre = (p + z2 / (2 * n)) / (1 + z2 / n);
    double half = NORMAL_975 / (1 + z2 / n) * sqrt(p * (1 - p) / n + z2 / (4 * n * n));
    *low = fmax(centre - half, 0);
    *high = fmin(centre + half, 1);
}

static int by_number(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* R2 of n rows drawn with replacement (Efron 1979). Sums are of y - y[0], so that a large mean
 * takes no digits from the spread. Rows that are all one have no R2: the worst. */
static double resample(const double *out, const double *y, size_t n, pensel_random *random)
{
    double sum = 0, squares = 0, residual = 0;
    for (size_t k = 0; k < n; k++) {
        size_t i = (size_t)pensel_random_uniform(random, 0, (double)n);
        if (i >= n) i = n - 1;
        sum += y[i] - y[0];
        squares += (y[i] - y[0]) * (y[i] - y[0]);
        residual += (out[i] - y[i]) * (out[i] - y[i]);
    }
    double spread = squares - sum * sum / (double)n;
    return spread > 0 ? 1 - residual / spread : -INFINITY;
}

/* The seed is a constant: figures of the same rows are the same. Of 400 sorted ones the 11th from
 * either end leave 2.5 % outside. */
pensel_status pensel_table_spread(const pensel_table_model *model, double *low, double *high,
                                  const double *out, const double *y, size_t n, pensel_error *error)
{
    pensel_table_scores scores;
    pensel_random random;
    double r2[RESAMPLES];
    *low = *high = NAN;
    if (n == 0) return PENSEL_OK;
    if (model->task == PENSEL_CLASSIFICATION) {
        PENSEL_TRY(pensel_table_measure(model, &scores, out, y, n, error));
        spread_of_share(low, high, scores.accuracy, (double)n);
        return PENSEL_OK;
    }
    pensel_random_seed(&random, 0);
    for (size_t k = 0; k < RESAMPLES; k++)
        r2[k] = resample(out, y, n, &random);
    qsort(r2, RESAMPLES, sizeof *r2, by_number);
    *low = r2[RESAMPLES / 40];
    *high = r2[RESAMPLES - 1 - RESAMPLES / 40];
    return PENSEL_OK;
}
