#include "cross_validate.h"

#include "text_grid.h"
#include "app_memory.h"
#include "message.h"

#include <glib.h>
#include <math.h>
#include <string.h>

static double target_at(const pensel_matrix *y, size_t row)
{
    size_t i = row * y->columns;
    return y->precision == PENSEL_FLOAT64 ? ((const double *)y->data)[i]
                                          : ((const float *)y->data)[i];
}

static int by_target(const void *a, const void *b, void *data)
{
    double first = target_at(data, *(const size_t *)a),
           second = target_at(data, *(const size_t *)b);
    return (first > second) - (first < second);
}

/* fold[row]; a stable sort by class after the shuffle deals every class evenly. */
static size_t *deal(const pensel_samples *samples, size_t folds, pensel_task task, uint32_t seed)
{
    size_t n = samples->x.rows, *order = g_new(size_t, n), *fold = g_new(size_t, n);
    pensel_random random;
    pensel_random_seed(&random, seed);
    for (size_t i = 0; i < n; i++)
        order[i] = i;
    pensel_random_shuffle(&random, order, n);
    if (task == PENSEL_CLASSIFICATION)
        g_qsort_with_data(order, (gint)n, sizeof *order, by_target, (void *)&samples->y);
    for (size_t i = 0; i < n; i++)
        fold[order[i]] = i % folds;
    g_free(order);
    return fold;
}

static pensel_matrix pick(const pensel_matrix *m, const size_t *fold, size_t k, bool inside)
{
    size_t size = m->columns * (m->precision == PENSEL_FLOAT64 ? sizeof(double) : sizeof(float));
    char *data = g_malloc(MAX(size * m->rows, 1));
    pensel_matrix picked = {data, 0, m->columns, m->precision};
    for (size_t i = 0; i < m->rows; i++)
        if ((fold[i] == k) == inside)
            memcpy(data + size * picked.rows++, (const char *)m->data + size * i, size);
    return picked;
}

/* The rows inside fold k, or those outside of it; its blocks are freed by drop. */
static pensel_samples pick_samples(const pensel_samples *samples, const size_t *fold, size_t k,
                                   bool inside)
{
    pensel_samples picked = {.x = pick(&samples->x, fold, k, inside),
                             .y = pick(&samples->y, fold, k, inside)};
    if (samples->weights.data) picked.weights = pick(&samples->weights, fold, k, inside);
    return picked;
}

static void drop(pensel_samples *samples)
{
    g_free((void *)samples->x.data);
    g_free((void *)samples->y.data);
    g_free((void *)samples->weights.data);
}

static pensel_status run_fold(pensel_scores *scores, const pensel_estimator_options *options,
                              const pensel_samples *samples, const size_t *fold, size_t k,
                              pensel_error *error)
{
    pensel_samples taught = pick_samples(samples, fold, k, false);
    pensel_samples asked = pick_samples(samples, fold, k, true);
    pensel_estimator *estimator = NULL;
    pensel_status status = pensel_estimator_new(&estimator, options, error);
    if (!status) status = pensel_estimator_fit(estimator, &taught, NULL, error);
    if (!status) status = pensel_estimator_score(estimator, scores, NULL, &asked, error);
    pensel_estimator_free(&estimator);
    drop(&taught);
    drop(&asked);
    return status;
}

static double main_score(const pensel_scores *s, pensel_task task)
{
    return task == PENSEL_CLASSIFICATION ? s->accuracy : s->r2;
}

static double other_score(const pensel_scores *s, pensel_task task)
{
    return task == PENSEL_CLASSIFICATION ? s->log_loss : sqrt(s->mse);
}

/* Decimals that show four digits of the largest. */
static int decimals(const pensel_scores *scores, size_t folds, pensel_task task)
{
    double most = 0;
    for (size_t k = 0; k < folds; k++)
        most = fmax(most, other_score(&scores[k], task));
    return most > 0 && isfinite(most) ? (int)CLAMP(3 - floor(log10(most)), 0, 6) : 4;
}

static void print(pensel_result *result, const pensel_scores *scores, size_t folds,
                  pensel_task task)
{
    const char *name = task == PENSEL_CLASSIFICATION ? "accuracy" : "R2";
    pensel_grid *grid = pensel_grid_new("rrrr");
    double mean = 0, square = 0, other = 0;
    int digits = decimals(scores, folds, task);
    pensel_value *list = pensel_value_array();
    pensel_grid_cell(grid, "fold");
    pensel_grid_cell(grid, "rows");
    pensel_grid_cell(grid, "%s", name);
    pensel_grid_cell(grid, task == PENSEL_CLASSIFICATION ? "log loss" : "root MSE");
    for (size_t k = 0; k < folds; k++) {
        double score = main_score(&scores[k], task);
        mean += score / (double)folds;
        other += other_score(&scores[k], task) / (double)folds;
        pensel_grid_cell(grid, "%zu", k + 1);
        pensel_grid_cell(grid, "%zu", scores[k].n);
        pensel_grid_cell(grid, "%.4f", score);
        pensel_grid_cell(grid, "%.*f", digits, other_score(&scores[k], task));
        pensel_value_append(list, pensel_value_number(score));
    }
    for (size_t k = 0; k < folds; k++)
        square += pow(main_score(&scores[k], task) - mean, 2) / (double)folds;
    pensel_grid_cell(grid, "mean");
    pensel_grid_cell(grid, "%s", "");
    pensel_grid_cell(grid, "%.4f", mean);
    pensel_grid_cell(grid, "%.*f", digits, other);
    char *text = pensel_grid_finish(grid, 2);
    pensel_result_block(result, "\n");
    pensel_result_block(result, text);
    g_free(text);
    text = pensel_format("\n  cross-validated %s %.4f, standard deviation %.4f\n", name, mean,
                         sqrt(square));
    pensel_result_block(result, text);
    g_free(text);
    pensel_result_json(result, "fold_scores", list);
    pensel_result_number(result, "fold_mean", mean);
    pensel_result_number(result, "fold_deviation", sqrt(square));
}

pensel_status pensel_cross_validate(pensel_result *result, const pensel_estimator_options *options,
                                    const pensel_samples *samples, size_t folds,
                                    pensel_error *error)
{
    if (folds > samples->x.rows)
        return pensel_wrong(error, PENSEL_BAD_ARGUMENT,
                            "--folds %zu: %zu rows give at most %zu folds", folds, samples->x.rows,
                            samples->x.rows);
    pensel_scores *scores = g_new0(pensel_scores, folds);
    size_t *fold = deal(samples, folds, options->task, options->seed);
    pensel_status status = PENSEL_OK;
    pensel_estimator_options quiet = *options;
    quiet.training.on_epoch = NULL;
    quiet.training.checkpoint = NULL;
    for (size_t k = 0; k < folds && !status; k++)
        status = run_fold(&scores[k], &quiet, samples, fold, k, error);
    if (!status) print(result, scores, folds, options->task);
    g_free(fold);
    g_free(scores);
    return status;
}
