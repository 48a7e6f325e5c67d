/* A model of a table that is there: predictions and questions. For one row, output c is
 *
 *     g_c = mean over the deep networks of soften(z)_c,   l_c = mean over the linear ones of p_c
 *     y_c = k b_c + (1 - k) ((1 - s) g_c + s l_c)
 *
 * with b the constant (model->base), k its share and s the linear model's. Of numbers there is no
 * temperature, and y is scaled back and kept within [low, high]; of two classes y, the second's
 * probability, is kept within [low, high]. table_held.c learns k, s and the temperature with this
 * same formula (`mixed`), and exports write it as operations: a change here is one in all three.
 *
 * A model that is there is only read: any number of threads may predict with it. */
#include "estimator/table_fit.h"

#include "base/error.h"
#include "base/memory.h"
#include "base/option.h"
#include "network/predict.h"
#include "platform/float.h"

#include <math.h>
#include <string.h>

/* BLOCK_ROWS bounds the room for the networks' outputs; the encoded rows are there whole.
 * FEW_NUMBERS: a single row needs no allocation, so it is predicted on the stack. */
enum { BLOCK_ROWS = 4096, FEW_NUMBERS = 512 };

const char *pensel_table_task_name(pensel_table_task task)
{
    static const char *const names[] = {"auto", "regression", "classification"};
    return (unsigned)task < sizeof names / sizeof *names ? names[task] : NULL;
}

PENSEL_OPTION_CHOICES(table_task)

#define ROW(...) PENSEL_OPTION_ROW(pensel_table_model_options, __VA_ARGS__)
static const pensel_option_row option_rows[] = {PENSEL_TABLE_MODEL_OPTION_LIST(ROW)};
static const pensel_option_table table = PENSEL_OPTION_TABLE_OF(option_rows, PENSEL_OPTIONS_MOST);
PENSEL_OPTION_BITS(option_rows);

const pensel_option_table *pensel_table_model_table(void)
{
    return &table;
}

pensel_table_model_options pensel_table_model_defaults(void)
{
    return (pensel_table_model_options){PENSEL_TABLE_MODEL_OPTION_LIST(PENSEL_OPTION_DEFAULT)};
}

/* A model whose reading or training failed half-way has networks that are NULL, or no list. */
static void free_ensemble(pensel_table_ensemble *ensemble)
{
    for (size_t i = 0; ensemble->networks && i < ensemble->count; i++)
        pensel_network_free(&ensemble->networks[i]);
    pensel_release(ensemble->networks);
}

/* Everything in a model is its own, but report.importance, which is a view of model->importance. */
void pensel_table_model_free(pensel_table_model **address)
{
    pensel_table_model *model = address ? *address : NULL;
    if (!model) return;
    *address = NULL;
    pensel_schema_free(&model->schema);
    for (size_t c = 0; model->classes && c < model->class_count; c++)
        pensel_release(model->classes[c]);
    pensel_release(model->classes);
    pensel_release(model->target);
    free_ensemble(&model->deep);
    free_ensemble(&model->linear);
    pensel_release(model->importance);
    pensel_release(model->base);
    pensel_table_held_clear(&model->held);
    pensel_release(model);
}

/* ------------------------------------------------------------------ outputs */

/* Of one output p stands for both classes, so the other one is 1 - p:
 *
 *     p^(1/T) / (p^(1/T) + (1 - p)^(1/T))
 *
 * which is the softmax of logits divided by T (Guo et al. 2017, section 4.2), from probabilities.
 * The sum can be 0 where powers underflow: then p stays as it is. */
void pensel_table_temper(double *p, size_t outputs, double temperature)
{
    double sum = 0;
    if (outputs == 1) {
        double a = pow(*p, 1 / temperature), b = pow(1 - *p, 1 / temperature);
        if (a + b > 0) *p = a / (a + b);
        return;
    }
    for (size_t c = 0; c < outputs; c++)
        sum += p[c] = pow(p[c], 1 / temperature);
    for (size_t c = 0; c < outputs && sum > 0; c++)
        p[c] /= sum;
}

/* The same from the logits themselves. Of probabilities near 1 float32 has lost how near they are,
 * and a power would make that loss 50 times as large: so a prediction starts here. */
void pensel_table_soften(double *z, size_t outputs, double temperature)
{
    double most = z[0], sum = 0;
    if (outputs == 1) {
        *z = 1 / (1 + exp(-*z / temperature));
        return;
    }
    for (size_t c = 1; c < outputs; c++)
        most = fmax(most, z[c]);
    for (size_t c = 0; c < outputs; c++)
        sum += z[c] = exp((z[c] - most) / temperature);
    for (size_t c = 0; c < outputs; c++)
        z[c] /= sum;
}

/* Adds share times the mean of an ensemble's outputs to out (n, outputs); y is room for as many.
 * Each network is softened by itself, then the mean is taken: the other order would be another
 * model than the one that the temperature was found for. A share of 0 asks no network at all. */
static pensel_status add_ensemble(const pensel_table_model *model,
                                  const pensel_table_ensemble *ensemble, double share, double *out,
                                  float *y, const float *x, size_t n, size_t threads,
                                  pensel_error *error)
{
    size_t outputs = pensel_table_outputs(model);
    bool softens = model->task == PENSEL_CLASSIFICATION && ensemble == &model->deep &&
                   model->report.temperature != 1;
    for (size_t m = 0; m < ensemble->count && share > 0; m++) {
        const pensel_network *network = ensemble->networks[m];
        size_t width = pensel_network_shape(network)->inputs;
        const pensel_matrix in = {x, n, width, PENSEL_FLOAT32};
        PENSEL_TRY(softens ? pensel_network_sums(network, y, in, threads, error)
                           : pensel_network_predict(network, y, in, threads, error));
        for (size_t i = 0; i < n; i++) {
            /* A row of the most classes that a model has, 1000, fits. */
            double p[1024];
            for (size_t c = 0; c < outputs; c++)
                p[c] = (double)y[i * outputs + c];
            if (softens) pensel_table_soften(p, outputs, model->report.temperature);
            for (size_t c = 0; c < outputs; c++)
                out[i * outputs + c] += share / (double)ensemble->count * p[c];
        }
    }
    return PENSEL_OK;
}

/* out (n) in the target's units. A network goes on where the data ends; what lies beyond the least
 * and the largest target of training is moved to that one (RealMLP does so too). */
static void scale_back(const pensel_table_model *model, double *out, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = fmin(fmax(out[i] * model->spread + model->mean, model->low), model->high);
}

/* The sum y_c of the file's head. Shares come first, networks after them: out begins as k b_c and
 * each ensemble adds its part. On failure out holds anything. */
pensel_status pensel_table_outputs_of(const pensel_table_model *model, double *out, const float *x,
                                      size_t n, size_t threads, pensel_error *error)
{
    float few[FEW_NUMBERS], *y = few;
    double rest = 1 - model->report.constant_share, share = rest * model->report.linear_share;
    size_t outputs = pensel_table_outputs(model);
    for (size_t i = 0; i < n * outputs; i++)
        out[i] = (1 - rest) * model->base[i % outputs];
    if (n * outputs > FEW_NUMBERS) PENSEL_TRY(PENSEL_ALLOCATE(y, n * outputs, sizeof *y, error));
    pensel_status status =
        add_ensemble(model, &model->deep, rest - share, out, y, x, n, threads, error);
    if (status == PENSEL_OK)
        status = add_ensemble(model, &model->linear, share, out, y, x, n, threads, error);
    if (y != few) pensel_release(y);
    if (model->task == PENSEL_REGRESSION) scale_back(model, out, n);
    for (size_t i = 0; i < n && model->class_count == 2; i++)
        out[i] = fmin(fmax(out[i], model->low), model->high);
    return status;
}

/* out (n, outputs) of those rows of a table, in blocks; rows NULL: the first n. The schema encodes
 * all of them at once into x (n, width), and counts what it notices over the whole table. */
static pensel_status predict_rows(const pensel_table_model *model, double *out,
                                  const pensel_columns *columns, pensel_schema_notice *notices,
                                  const size_t *rows, size_t n, pensel_error *error)
{
    pensel_schema_layout layout = pensel_schema_inputs(model->schema);
    size_t width = layout.numbers + layout.plain + layout.codes, count;
    float few[FEW_NUMBERS], *x = few;
    if (!pensel_multiply(&count, n, width)) return pensel_fail_memory(error, n, width);
    if (count > FEW_NUMBERS) PENSEL_TRY(PENSEL_ALLOCATE(x, count, sizeof *x, error));
    pensel_status status = pensel_schema_encode(model->schema, x, notices, columns, rows, n, error);
    for (size_t first = 0; first < n && status == PENSEL_OK; first += BLOCK_ROWS) {
        size_t block = n - first < BLOCK_ROWS ? n - first : BLOCK_ROWS;
        status = pensel_table_outputs_of(model, out + first * pensel_table_outputs(model),
                                         x + first * width, block, 0, error);
    }
    if (x != few) pensel_release(x);
    return status;
}

static pensel_status check(const pensel_table_model *model, const double *y,
                           const pensel_columns *columns, pensel_error *error)
{
    PENSEL_REQUIRE(model && y && columns, BAD_ARGUMENT,
                   "model, columns or the place for predictions is NULL: all are needed");
    return PENSEL_OK;
}

/* Of classes the likeliest, of equal ones the first; of two the second only above a half.
 * Prediction and probabilities never disagree, for both come from the same outputs. */
pensel_status pensel_table_model_predict(const pensel_table_model *model, double *y,
                                         const pensel_columns *columns,
                                         pensel_schema_notice *notices, pensel_error *error)
{
    PENSEL_FLOAT_SCOPE;
    double few[FEW_NUMBERS], *out = few;
    PENSEL_TRY(check(model, y, columns, error));
    size_t outputs = pensel_table_outputs(model), count = columns->rows * outputs;
    if (count > FEW_NUMBERS) PENSEL_TRY(PENSEL_ALLOCATE(out, count, sizeof *out, error));
    pensel_status status = predict_rows(model, out, columns, notices, NULL, columns->rows, error);
    for (size_t i = 0; i < columns->rows && status == PENSEL_OK; i++) {
        const double *row = out + i * outputs;
        size_t best = 0;
        for (size_t c = 1; c < outputs; c++)
            if (row[c] > row[best]) best = c;
        y[i] = model->task == PENSEL_REGRESSION ? row[0]
               : outputs == 1                   ? (double)(row[0] > 0.5)
                                                : (double)best;
    }
    if (out != few) pensel_release(out);
    return status;
}

pensel_status pensel_table_model_probabilities(const pensel_table_model *model, double *p,
                                               const pensel_columns *columns,
                                               pensel_schema_notice *notices, pensel_error *error)
{
    PENSEL_FLOAT_SCOPE;
    PENSEL_TRY(check(model, p, columns, error));
    PENSEL_REQUIRE(model->task == PENSEL_CLASSIFICATION, BAD_ARGUMENT,
                   "the model predicts numbers: probabilities are those of classes");
    PENSEL_TRY(predict_rows(model, p, columns, notices, NULL, columns->rows, error));
    /* p is (rows, classes), and (rows, 1) stands in its front half: so from the last row on, or the
     * first rows' pairs would overwrite probabilities that are still to be read. */
    for (size_t i = columns->rows; i-- > 0 && model->class_count == 2;) {
        double second = p[i];
        p[2 * i] = 1 - second;
        p[2 * i + 1] = second;
    }
    return PENSEL_OK;
}

/* residuals[q] is the quantile q / PENSEL_INTERVAL_STEPS of the held-out errors; what lies between
 * two of them is interpolated. One radius serves all rows: it knows how wrong the model is, not
 * where. share < 1, so there is always a next quantile to go towards. */
pensel_status pensel_table_model_interval(const pensel_table_model *model, double *radius,
                                          double share, pensel_error *error)
{
    PENSEL_FLOAT_SCOPE;
    PENSEL_REQUIRE(model && radius, BAD_ARGUMENT, "model or radius is NULL: both are needed");
    PENSEL_REQUIRE(model->task == PENSEL_REGRESSION, BAD_ARGUMENT,
                   "the model predicts classes: an interval is one of numbers, ask for "
                   "probabilities");
    PENSEL_REQUIRE(share > 0 && share < 1, BAD_ARGUMENT,
                   "an interval that holds a share of %g: more than 0 and less than 1 is possible",
                   share);
    double at = share * PENSEL_INTERVAL_STEPS, whole = floor(at);
    const double *r = model->residuals + (size_t)whole;
    *radius = r[0] + (at - whole) * (r[1] - r[0]);
    return PENSEL_OK;
}

/* Predicts only the rows that have a target, in the order of the target's list, so that out and
 * target.y go together. Of numbers, rows whose target is an odd text are left out as in training.
 */
pensel_status pensel_table_model_score(const pensel_table_model *model, pensel_table_scores *scores,
                                       const pensel_columns *columns, pensel_error *error)
{
    PENSEL_FLOAT_SCOPE;
    pensel_table_target target = {0};
    double *out = NULL;
    PENSEL_REQUIRE(model && scores && columns, BAD_ARGUMENT,
                   "model, scores or columns is NULL: all are needed");
    pensel_status status = pensel_table_target_read(&target, model, columns, error);
    if (status == PENSEL_OK)
        status =
            PENSEL_ALLOCATE(out, target.count * pensel_table_outputs(model), sizeof *out, error);
    if (status == PENSEL_OK)
        status = predict_rows(model, out, columns, NULL, target.rows, target.count, error);
    if (status == PENSEL_OK)
        status = pensel_table_measure(model, scores, out, target.y, target.count, error);
    pensel_release(out);
    pensel_table_target_clear(&target);
    return status;
}

/* ------------------------------------------------------------------ questions */

/* Answers are borrowed from the model, and stay until it is freed. NULL is asked nothing: it
 * answers NULL, 0 or regression. */

const pensel_table_report *pensel_table_model_report(const pensel_table_model *model)
{
    return model ? &model->report : NULL;
}

const pensel_table_held *pensel_table_model_held(const pensel_table_model *model)
{
    return model && model->held.n > 0 ? &model->held : NULL;
}

const pensel_schema *pensel_table_model_schema(const pensel_table_model *model)
{
    return model ? model->schema : NULL;
}

pensel_task pensel_table_model_task(const pensel_table_model *model)
{
    return model ? model->task : PENSEL_REGRESSION;
}

const char *pensel_table_model_target(const pensel_table_model *model)
{
    return model ? model->target : NULL;
}

const char *const *pensel_table_model_classes(const pensel_table_model *model, size_t *count)
{
    if (count) *count = model ? model->class_count : 0;
    return model ? (const char *const *)model->classes : NULL;
}
