/* Several targets: how good the model is on each of them. */
#include "text_grid.h"
#include "app_memory.h"
#include "message.h"
#include "score_table.h"

#include <glib.h>
#include <math.h>

/* Weighted sums over the rows for one target: y the truth, a the answer, e = a - y. */
typedef struct sums {
    double weight, y, yy, ee, absolute;
    double right, is, said, both; /* labels: of rows that are, that are said to be, that are both */
} sums;

static double at(const pensel_matrix *m, size_t i)
{
    return m->precision == PENSEL_FLOAT64 ? ((const double *)m->data)[i]
                                          : ((const float *)m->data)[i];
}

static sums add_up(const pensel_samples *samples, const double *answers, size_t column)
{
    sums s = {0};
    size_t k = samples->y.columns, n = samples->y.rows;
    for (size_t r = 0; r < n; r++) {
        double v = samples->weights.data ? at(&samples->weights, r) : 1;
        double y = at(&samples->y, r * k + column), a = answers[r * k + column], e = a - y;
        s.weight += v;
        s.y += v * y;
        s.ee += v * e * e;
        s.absolute += v * fabs(e);
        s.right += a == y ? v : 0;
        s.is += y != 0 ? v : 0;
        s.said += a != 0 ? v : 0;
        s.both += y != 0 && a != 0 ? v : 0;
    }
    for (size_t r = 0; r < n; r++) {
        double v = samples->weights.data ? at(&samples->weights, r) : 1;
        double d = at(&samples->y, r * k + column) - s.y / s.weight;
        s.yy += v * d * d;
    }
    return s;
}

static void put_figure(pensel_grid *grid, pensel_value *entry, const char *key, const char *format,
                       double value)
{
    char text[32];
    g_snprintf(text, sizeof text, format, value);
    pensel_grid_cell(grid, "%s", isfinite(value) ? text : "-");
    pensel_value_set(entry, key, pensel_value_number(value));
}

static void put_target(pensel_grid *grid, pensel_value *list, const char *name, const sums *s,
                       bool label)
{
    pensel_value *entry = pensel_value_object();
    pensel_value_set(entry, "target", pensel_value_text(name));
    pensel_grid_cell(grid, "%s", name);
    if (label) {
        put_figure(grid, entry, "accuracy", "%.4f", s->right / s->weight);
        put_figure(grid, entry, "recall", "%.3f", s->both / s->is);
        put_figure(grid, entry, "precision", "%.3f", s->both / s->said);
    } else {
        double r2 = s->yy > 0 ? 1 - s->ee / s->yy : s->ee == 0;
        put_figure(grid, entry, "r2", "%.4f", r2);
        put_figure(grid, entry, "rmse", "%.6g", sqrt(s->ee / s->weight));
        put_figure(grid, entry, "mae", "%.6g", s->absolute / s->weight);
    }
    pensel_value_append(list, entry);
}

static void print(pensel_result *result, const pensel_estimator *estimator,
                  const pensel_samples *samples, const double *answers)
{
    static const char *const heads[][4] = {{"target", "R2", "root MSE", "MAE"},
                                           {"label", "accuracy", "recall", "precision"}};
    bool label = pensel_estimator_task(estimator) == PENSEL_CLASSIFICATION;
    pensel_grid *grid = pensel_grid_new("lrrr");
    pensel_value *list = pensel_value_array();
    for (size_t i = 0; i < 4; i++)
        pensel_grid_cell(grid, "%s", heads[label][i]);
    for (size_t c = 0; c < samples->y.columns; c++) {
        const char *name = pensel_estimator_target_name(estimator, c);
        char *made = name ? g_strdup(name) : pensel_format("y%zu", c + 1);
        sums s = add_up(samples, answers, c);
        put_target(grid, list, made, &s, label);
        g_free(made);
    }
    char *text = pensel_grid_finish(grid, 2);
    pensel_result_block(result, "\n");
    pensel_result_block(result, text);
    pensel_result_json(result, "each", list);
    g_free(text);
}

pensel_status pensel_score_each(pensel_result *result, const pensel_estimator *estimator,
                                const pensel_samples *samples, pensel_error *error)
{
    double *answers = g_try_malloc_n(samples->y.rows * samples->y.columns, sizeof *answers);
    if (!answers)
        return pensel_wrong(error, PENSEL_OUT_OF_MEMORY,
                            "no memory for the answers to %zu rows: a smaller table is needed",
                            samples->y.rows);
    pensel_status status = pensel_estimator_predict(estimator, answers, samples->x, error);
    if (!status) print(result, estimator, samples, answers);
    g_free(answers);
    return status;
}
