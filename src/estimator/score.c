/* Scores, as defined by sklearn.metrics, with sample weights v that sum to V and e = prediction -
 * y:
 *
 *   mse      = 1/V sum v mean_j e_j^2
 *   mae      = 1/V sum v mean_j |e_j|
 *   r2       = mean_j 1 - sum v e_j^2 / sum v (y_j - mean of y_j)^2
 *              (constant target: 1 if predicted exactly, else 0)
 *   accuracy = 1/V sum v [the whole row is right]
 *   log loss = -1/V sum v log p of the true class
 *              (labels: the mean over the labels of -log p of what is true)
 *
 * Predictions arrive in blocks of rows and are added up at once.
 *
 * To add one: 1. its member in pensel_scores of include/pensel/estimator.h; 2. its sum in `tally`,
 * added up by the tally_ function of its task, its value in finish() and its line above; 3. its
 * lines in pensel_scores_tell of app/score_table.c, for people and for JSON; 4. scikit-learn's
 * value in tests/oracle_make.py, which writes expected_scores.h, and its assertion in
 * tests/test_scores.c. */
#include "estimator/estimator.h"

#include "platform/float.h"
#include "base/error.h"
#include "base/memory.h"

#include <float.h>
#include <math.h>
#include <string.h>

typedef struct tally {
    const pensel_learned *learned;
    const pensel_samples *samples;
    size_t *confusion; /* (classes, classes) or NULL */
    double *p;         /* (columns) one row's probabilities */
    double *mean;      /* (targets) of y */
    double *residual;  /* (targets) sum v e^2 */
    double *spread;    /* (targets) sum v (y - mean)^2 */
    double weight;     /* sum v */
    double absolute, right, log_loss;
    double
        least; /* probabilities are clipped to [least, 1 - least], so that logarithms are finite */
} tally;

static double weight_of(const tally *t, size_t row)
{
    return t->samples->weights.data ? pensel_matrix_at(t->samples->weights, row, 0) : 1;
}

static double clipped_log(const tally *t, double p)
{
    return log(fmin(fmax(p, t->least), 1 - t->least));
}

static void tally_numbers(void *context, const double *output, size_t first, size_t n)
{
    tally *t = context;
    size_t k = t->learned->target_count;
    for (size_t r = 0; r < n; r++) {
        double v = weight_of(t, first + r);
        for (size_t j = 0; j < k; j++) {
            double y = pensel_matrix_at(t->samples->y, first + r, j), e = output[r * k + j] - y;
            t->residual[j] += v * e * e;
            t->spread[j] += v * (y - t->mean[j]) * (y - t->mean[j]);
            t->absolute += v * fabs(e) / (double)k;
        }
    }
}

static void tally_labels(void *context, const double *output, size_t first, size_t n)
{
    tally *t = context;
    size_t k = t->learned->target_count;
    for (size_t r = 0; r < n; r++) {
        double v = weight_of(t, first + r);
        bool right = true;
        for (size_t j = 0; j < k; j++) {
            bool truth = pensel_matrix_at(t->samples->y, first + r, j) != 0;
            double p = output[r * k + j];
            right = right && (p > 0.5) == truth;
            t->log_loss -= v * clipped_log(t, truth ? p : 1 - p) / (double)k;
        }
        t->right += right ? v : 0;
    }
}

static void tally_classes(void *context, const double *output, size_t first, size_t n)
{
    tally *t = context;
    size_t outputs = pensel_learned_outputs(t->learned), classes = t->learned->class_count;
    for (size_t r = 0; r < n; r++) {
        double v = weight_of(t, first + r);
        size_t said = 0,
               truth = pensel_classes_index(t->learned->classes, classes,
                                            pensel_matrix_at(t->samples->y, first + r, 0));
        pensel_learned_probabilities(t->learned, t->p, output + r * outputs, 1);
        for (size_t c = 1; c < classes; c++)
            if (t->p[c] > t->p[said]) said = c;
        t->right += said == truth ? v : 0;
        t->log_loss -= v * clipped_log(t, t->p[truth]);
        if (t->confusion) t->confusion[truth * classes + said]++;
    }
}

static pensel_status check(const pensel_estimator *estimator, const pensel_samples *s,
                           const size_t *confusion, pensel_error *error)
{
    const pensel_learned *learned = &estimator->learned;
    PENSEL_REQUIRE(learned->network, UNTRAINED, "the estimator is not trained yet: fit it first");
    PENSEL_REQUIRE(s->y.data && s->x.rows != 0 && s->y.rows == s->x.rows &&
                       s->y.columns == learned->target_count,
                   BAD_DATA,
                   "y is (%zu, %zu) for %zu samples: one row for each, of the model's %zu "
                   "targets, is needed",
                   s->y.rows, s->y.columns, s->x.rows, learned->target_count);
    PENSEL_REQUIRE(!s->weights.data || (s->weights.rows == s->x.rows && s->weights.columns == 1),
                   BAD_DATA, "weights are (%zu, %zu): (%zu, 1) is needed", s->weights.rows,
                   s->weights.columns, s->x.rows);
    PENSEL_REQUIRE((unsigned)s->y.precision <= PENSEL_FLOAT64 &&
                       (unsigned)s->weights.precision <= PENSEL_FLOAT64,
                   BAD_ARGUMENT,
                   "y or weights have an unknown precision: float32 "
                   "or float64 is needed");
    PENSEL_REQUIRE(!confusion || learned->classes, BAD_ARGUMENT,
                   "a confusion matrix needs classes: this model has none, so pass NULL");
    PENSEL_TRY(pensel_matrix_check(s->y, "the target", error));
    if (s->weights.data) PENSEL_TRY(pensel_matrix_check(s->weights, "the weights", error));
    for (size_t r = 0; r < s->y.rows && learned->classes; r++) {
        double code = pensel_matrix_at(s->y, r, 0);
        PENSEL_REQUIRE(pensel_classes_index(learned->classes, learned->class_count, code) !=
                           learned->class_count,
                       BAD_DATA,
                       "the target has class %.15g in row %zu: the model was not trained on it",
                       code, r + 1);
    }
    return PENSEL_OK;
}

static void means(tally *t)
{
    pensel_matrix y = t->samples->y;
    for (size_t r = 0; r < y.rows; r++) {
        double v = weight_of(t, r);
        t->weight += v;
        for (size_t j = 0; j < y.columns; j++)
            t->mean[j] += v * pensel_matrix_at(y, r, j);
    }
    for (size_t j = 0; j < y.columns; j++)
        t->mean[j] /= t->weight;
}

static void finish(pensel_scores *scores, const tally *t, bool numbers)
{
    size_t k = t->learned->target_count;
    double mse = 0, r2 = 0;
    for (size_t j = 0; j < k && numbers; j++) {
        mse += t->residual[j] / t->weight / (double)k;
        r2 += t->spread[j] > 0 ? 1 - t->residual[j] / t->spread[j] : t->residual[j] == 0;
    }
    *scores = (pensel_scores){
        .n = t->samples->x.rows,
        .mse = numbers ? mse : NAN,
        .mae = numbers ? t->absolute / t->weight : NAN,
        .r2 = numbers ? r2 / (double)k : NAN,
        .accuracy = numbers ? NAN : t->right / t->weight,
        .log_loss = numbers ? NAN : t->log_loss / t->weight,
    };
}

pensel_status pensel_estimator_score(const pensel_estimator *estimator, pensel_scores *scores,
                                     size_t *confusion, const pensel_samples *samples,
                                     pensel_error *error)
{
    PENSEL_FLOAT_SCOPE;
    double *room;
    PENSEL_REQUIRE(estimator && scores && samples, BAD_ARGUMENT,
                   "estimator, scores or samples is NULL: all three are needed");
    PENSEL_TRY(check(estimator, samples, confusion, error));
    const pensel_learned *learned = &estimator->learned;
    size_t k = learned->target_count, columns = pensel_learned_columns(learned);
    bool numbers = estimator->options.task == PENSEL_REGRESSION;
    PENSEL_TRY(PENSEL_NEW(room, 3 * k + columns, error));
    tally t = {.learned = learned,
               .samples = samples,
               .confusion = confusion,
               .mean = room,
               .residual = room + k,
               .spread = room + 2 * k,
               .p = room + 3 * k,
               .least = estimator->options.precision == PENSEL_FLOAT64 ? DBL_EPSILON : FLT_EPSILON};
    if (confusion) memset(confusion, 0, columns * columns * sizeof *confusion);
    means(&t);
    pensel_status status =
        t.weight > 0
            ? pensel_estimator_blocks(estimator, samples->x,
                                      numbers            ? tally_numbers
                                      : learned->classes ? tally_classes
                                                         : tally_labels,
                                      &t, error)
            : pensel_fail(error, PENSEL_BAD_DATA,
                          "the weights sum to %g: more than 0 is needed to take means", t.weight);
    if (status == PENSEL_OK) finish(scores, &t, numbers);
    pensel_release(room);
    return status;
}
