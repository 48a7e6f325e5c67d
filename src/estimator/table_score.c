/* Figures of a model of a table, from its outputs and the truth. */
#include "base/error.h"
#include "base/memory.h"
#include "estimator/table_model.h"

#include <math.h>
#include <stdlib.h>

enum { BINS = 15, RESAMPLES = 400 };
#define LEAST_PROBABILITY 1e-7
#define NORMAL_975 1.959963984540054

static double probability(const double *row, size_t outputs, size_t c)
{
    if (outputs > 1) return row[c];
    return c == 1 ? row[0] : 1 - row[0];
}

static size_t likeliest(const double *row, size_t outputs)
{
    if (outputs == 1) return row[0] > 0.5;
    size_t best = 0;
    for (size_t c = 1; c < outputs; c++)
        if (row[c] > row[best]) best = c;
    return best;
}

typedef struct ranked {
    double p;
    bool positive;
} ranked;

static int by_p(const void *a, const void *b)
{
    double x = ((const ranked *)a)->p, y = ((const ranked *)b)->p;
    return (x > y) - (x < y);
}

/* Mann & Whitney 1947: the share of pairs of either class that stand in order; ties count half. */
static pensel_status measure_auc(double *auc, const double *out, const double *y, size_t n,
                                 pensel_error *error)
{
    ranked *order;
    double ranks = 0, positives = 0;
    PENSEL_TRY(PENSEL_NEW(order, n, error));
    for (size_t i = 0; i < n; i++)
        order[i] = (ranked){out[i], y[i] > 0};
    qsort(order, n, sizeof *order, by_p);
    for (size_t i = 0, end; i < n; i = end) {
        double found = 0;
        for (end = i; end < n && order[end].p == order[i].p; end++)
            found += order[end].positive;
        ranks += found * ((double)(i + end) + 1) / 2;
        positives += found;
    }
    double pairs = positives * ((double)n - positives);
    *auc = pairs > 0 ? (ranks - positives * (positives + 1) / 2) / pairs : NAN;
    pensel_release(order);
    return PENSEL_OK;
}

/* Guo et al. 2017, equation 3: between how sure the model is and how often it is right */
static void measure_classes(pensel_table_scores *s, const double *out, const double *y, size_t n,
                            size_t outputs)
{
    double right[BINS] = {0}, sure[BINS] = {0};
    s->accuracy = s->log_loss = s->calibration = 0;
    for (size_t i = 0; i < n; i++) {
        const double *row = out + i * outputs;
        size_t said = likeliest(row, outputs), truth = (size_t)y[i];
        double p = probability(row, outputs, said);
        size_t bin = (size_t)(p * BINS);
        if (bin >= BINS) bin = BINS - 1;
        sure[bin] += p / (double)n;
        right[bin] += (said == truth) / (double)n;
        s->accuracy += (said == truth) / (double)n;
        s->log_loss -= log(fmax(probability(row, outputs, truth), LEAST_PROBABILITY)) / (double)n;
    }
    for (size_t b = 0; b < BINS; b++)
        s->calibration += fabs(right[b] - sure[b]);
}

static void measure_numbers(pensel_table_scores *s, const double *out, const double *y, size_t n)
{
    double mean = 0, residual = 0, spread = 0;
    s->mae = 0;
    for (size_t i = 0; i < n; i++)
        mean += y[i] / (double)n;
    for (size_t i = 0; i < n; i++) {
        residual += (out[i] - y[i]) * (out[i] - y[i]);
        spread += (y[i] - mean) * (y[i] - mean);
        s->mae += fabs(out[i] - y[i]) / (double)n;
    }
    s->rmse = sqrt(residual / (double)n);
    s->r2 = spread > 0 ? 1 - residual / spread : NAN;
}

pensel_status pensel_table_measure(const pensel_table_model *model, pensel_table_scores *scores,
                                   const double *out, const double *y, size_t n,
                                   pensel_error *error)
{
    *scores = (pensel_table_scores){n, NAN, NAN, NAN, NAN, NAN, NAN, NAN};
    if (n == 0) return PENSEL_OK;
    if (model->task == PENSEL_REGRESSION) {
        measure_numbers(scores, out, y, n);
        return PENSEL_OK;
    }
    measure_classes(scores, out, y, n, pensel_table_outputs(model));
    if (model->class_count > 2) return PENSEL_OK;
    return measure_auc(&scores->auc, out, y, n, error);
}

/* Wilson 1927 */
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

/* R2 of n rows drawn with replacement (Efron 1979) */
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
