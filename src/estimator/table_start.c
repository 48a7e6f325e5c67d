/* The start of a table's network depends on the samples (Holzmueller et al. 2024, appendix A.5): a
 * hidden neuron's weights are divided by the standard deviation of what they give, and its bias
 * puts 0 at a weighted mean of five samples, so that its kink lies among them.
 *
 * The bins of a number end at quantiles of the values that it takes in up to 20,000 rows, each
 * counted once: where most are the same, the others are told apart nevertheless. Their weights
 * start at 0, the number alone (version B of Gorishniy et al. 2024), and so do the outputs: the
 * mean, or all classes alike. */
#include "base/error.h"
#include "base/memory.h"
#include "estimator/table_model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { START_ROWS = 512, BIAS_ROWS = 5, BIN_ROWS = 20000 };
#define LEAST_BIN 1e-3F /* of numbers that are scaled to (-3, 3) */

/* ------------------------------------------------------------------ bins */

static int by_value(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

/* w, and b behind them, of the bins of a number that takes these values, sorted and distinct; bins
 * that are left over stay closed, with w 0. A bin from u to v gives w x + b = (x - u) / (v - u),
 * which is 0 where it begins and 1 where it ends. */
static void cut(float *w, const float *values, size_t count, size_t bins)
{
    size_t used = count - 1 < bins ? count - 1 : bins;
    memset(w, 0, 2 * bins * sizeof *w);
    for (size_t k = 0; k < used; k++) {
        float from = values[k * (count - 1) / used], to = values[(k + 1) * (count - 1) / used];
        w[k] = 1 / fmaxf(to - from, LEAST_BIN);
        w[bins + k] = -from * w[k];
    }
}

/* The network's first layer, if there are numbers, has the groups of their bins and weights. */
static pensel_status start_bins(pensel_table_member *m)
{
    pensel_error *error = &m->error;
    pensel_group bins, weights;
    float *p = pensel_network_parameters(m->network), *values;
    if (pensel_schema_inputs(m->model->schema).numbers == 0) return PENSEL_OK;
    PENSEL_TRY(pensel_network_group(m->network, 0, &bins, error));
    PENSEL_TRY(pensel_network_group(m->network, 1, &weights, error));
    size_t step = (m->n + BIN_ROWS - 1) / BIN_ROWS, n = (m->n + step - 1) / step;
    PENSEL_TRY(PENSEL_NEW(values, n, error));
    for (size_t j = 0; j < bins.rows; j++) {
        size_t count = 1;
        for (size_t i = 0; i < n; i++)
            values[i] = m->x[i * step * m->width + j];
        qsort(values, n, sizeof *values, by_value);
        for (size_t i = 1; i < n; i++)
            if (values[i] > values[count - 1]) values[count++] = values[i];
        cut(p + bins.first + j * bins.columns, values, count, bins.columns / 2);
    }
    memset(p + weights.first, 0, weights.count * sizeof *p);
    pensel_release(values);
    return PENSEL_OK;
}

/* ------------------------------------------------------------------ neurons */

/* Weights and bias of neuron j of a layer from what it gives, z (n, view.out), for these samples,
 * without a bias:
 *
 *     w <- w / s,   b <- -sum_k p_k z_k / s
 *
 * s the standard deviation of z, k five samples, p random shares that sum to 1 (exponential numbers
 * over their sum, so every division into five is as likely as any other). */
static void start_neuron(const pensel_layer_view *view, float *p, const float *z, size_t j,
                         size_t n, pensel_random *random)
{
    float *w = p + view->weights + j * view->in;
    double mean = 0, squares = 0, sum = 0, weighted = 0;
    for (size_t s = 0; s < n; s++)
        mean += (double)z[s * view->out + j] / (double)n;
    for (size_t s = 0; s < n; s++)
        squares += pow((double)z[s * view->out + j] - mean, 2);
    double deviation = sqrt(squares / (double)n);
    if (!(deviation > 1e-6)) deviation = 1;
    for (int k = 0; k < BIAS_ROWS; k++) {
        size_t s = (size_t)pensel_random_uniform(random, 0, (double)n);
        double share = -log(1 - pensel_random_uniform(random, 0, 1));
        sum += share;
        weighted += share * (double)z[(s < n ? s : n - 1) * view->out + j];
    }
    for (size_t i = 0; i < view->in; i++)
        w[i] = (float)((double)w[i] / deviation);
    p[view->biases + j] = (float)(-weighted / sum / deviation);
}

/* Layers start from the lowest on: what one receives depends on how those below have started. */
static pensel_status start_layer(pensel_table_member *m, size_t l, size_t n, pensel_random *random)
{
    pensel_layer_view view;
    pensel_error *error = &m->error;
    float *p = pensel_network_parameters(m->network), *z;
    PENSEL_TRY(pensel_network_layer(m->network, l, &view, error));
    memset(p + view.biases, 0, view.out * sizeof *p);
    PENSEL_TRY(PENSEL_NEW(z, n * view.out, error));
    pensel_status status = pensel_network_activations(
        m->network, l, z, (pensel_matrix){m->x, n, m->width, PENSEL_FLOAT32}, 1, error);
    for (size_t j = 0; j < view.out && status == PENSEL_OK; j++)
        start_neuron(&view, p, z, j, n, random);
    pensel_release(z);
    return status;
}

/* All 0: so the first loss is that of the constant, whatever the hidden layers give. */
static pensel_status start_outputs(pensel_table_member *m)
{
    pensel_layer_view view;
    pensel_error *error = &m->error;
    float *p = pensel_network_parameters(m->network);
    size_t last = pensel_network_shape(m->network)->layer_count - 1;
    PENSEL_TRY(pensel_network_layer(m->network, last, &view, error));
    memset(p + view.weights, 0, view.in * view.out * sizeof *p);
    memset(p + view.biases, 0, view.out * sizeof *p);
    return PENSEL_OK;
}

pensel_status pensel_table_member_start(pensel_table_member *m, pensel_random *random)
{
    pensel_error *error = &m->error;
    size_t n = m->n < START_ROWS ? m->n : START_ROWS;
    PENSEL_TRY(pensel_network_initialise(m->network, PENSEL_HE, random, error));
    PENSEL_TRY(start_outputs(m));
    if (m->linear) return PENSEL_OK;
    PENSEL_TRY(start_bins(m));
    for (size_t l = 0; l < PENSEL_TABLE_HIDDEN; l++)
        PENSEL_TRY(start_layer(m, l, n, random));
    return PENSEL_OK;
}
