/* Scores of an estimator: its predictions, a block of rows at a time, through the metrics
 * (src/training/metric.h). Numbers, labels and classes differ only in what is handed to a metric.
 *
 * All is checked before the first block, for the functions that a block is handed to cannot fail:
 * they return nothing, and index by what they find. */
#include "estimator/estimator.h"

#include "platform/float.h"
#include "base/error.h"
#include "base/memory.h"
#include "training/metric.h"

#include <float.h>
#include <string.h>

typedef struct tally {
    const pensel_learned *learned;
    const pensel_samples *samples;
    size_t *confusion; /* (classes, classes) or NULL */
    double *p;         /* (columns) one row's probabilities */
    pensel_metrics metrics;
} tally;

/* Numbers and labels are scored as they come. output (n, k) are rows [first, first + n) of all; the
 * metrics find the truth of a row by its number in y. */
static void tally_outputs(void *context, const double *output, size_t first, size_t n)
{
    tally *t = context;
    size_t k = t->learned->target_count;
    for (size_t r = 0; r < n; r++)
        pensel_metrics_add(&t->metrics, output + r * k, first + r, 0);
}

/* Of equal ones the first, as a prediction has it: score and predict must agree. */
static size_t likeliest(const double *p, size_t classes)
{
    size_t best = 0;
    for (size_t c = 1; c < classes; c++)
        if (p[c] > p[best]) best = c;
    return best;
}

/* Rows of the confusion matrix are the truth, columns what was predicted, as in scikit-learn. A
 * row's probabilities are made from its outputs one at a time: t->p has room for one row of all
 * classes, also where two share an output. */
static void tally_classes(void *context, const double *output, size_t first, size_t n)
{
    tally *t = context;
    size_t outputs = pensel_learned_outputs(t->learned), classes = t->learned->class_count;
    for (size_t r = 0; r < n; r++) {
        double code = pensel_matrix_at(t->samples->y, first + r, 0);
        size_t truth = pensel_classes_index(t->learned->classes, classes, code);
        pensel_learned_probabilities(t->learned, t->p, output + r * outputs, 1);
        pensel_metrics_add(&t->metrics, t->p, first + r, truth);
        if (t->confusion) t->confusion[truth * classes + likeliest(t->p, classes)]++;
    }
}

/* All that the metrics would trust. Every class must be known beforehand, for a tally has no error.
 */
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

/* `least` is the rounding of the precision: what scikit-learn's log_loss clips probabilities to. */
pensel_status pensel_estimator_score(const pensel_estimator *estimator, pensel_scores *scores,
                                     size_t *confusion, const pensel_samples *samples,
                                     pensel_error *error)
{
    PENSEL_FLOAT_SCOPE;
    PENSEL_REQUIRE(estimator && scores && samples, BAD_ARGUMENT,
                   "estimator, scores or samples is NULL: all three are needed");
    PENSEL_TRY(check(estimator, samples, confusion, error));
    const pensel_learned *learned = &estimator->learned;
    bool numbers = estimator->options.task == PENSEL_REGRESSION;
    pensel_truth truth = numbers            ? PENSEL_TRUTH_NUMBERS
                         : learned->classes ? PENSEL_TRUTH_CLASSES
                                            : PENSEL_TRUTH_LABELS;
    size_t columns = pensel_learned_columns(learned);
    double least = estimator->options.precision == PENSEL_FLOAT64 ? DBL_EPSILON : FLT_EPSILON;
    tally t = {.learned = learned, .samples = samples, .confusion = confusion};
    if (confusion) memset(confusion, 0, columns * columns * sizeof *confusion);
    PENSEL_TRY(PENSEL_NEW(t.p, columns, error));
    pensel_status status = pensel_metrics_begin(&t.metrics, truth, samples, columns, least,
                                                PENSEL_METRIC_COUNT, error);
    if (status == PENSEL_OK)
        status = pensel_estimator_blocks(
            estimator, samples->x, learned->classes ? tally_classes : tally_outputs, &t, error);
    if (status == PENSEL_OK) pensel_metrics_end(&t.metrics, scores);
    pensel_metrics_clear(&t.metrics);
    pensel_release(t.p);
    return status;
}
