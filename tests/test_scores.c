/* Metrics, each by itself: scores of predictions that are known, against scikit-learn's metrics and
 * against their formulas in long double. */
#include "oracle_network.h"

#include "expected_scores.h"

#include <float.h>

enum { N = 23 };

#define BOUND 1e-12

/* An estimator whose network passes its inputs to the output activation: y = f(x). */
static pensel_estimator *passing_on(pensel_task task, size_t width, pensel_activation activation,
                                    const double *classes, size_t class_count)
{
    const pensel_layer layer = {width, activation, 0};
    pensel_shape shape = {.inputs = width, .layers = &layer, .layer_count = 1};
    pensel_network *network;
    pensel_estimator *estimator;
    pensel_error error;
    pensel_estimator_options o = pensel_estimator_defaults(task);
    MUST(pensel_network_new(&network, &shape, PENSEL_FLOAT64, &error));
    for (size_t i = 0; i < width; i++)
        ((double *)pensel_network_parameters(network))[i * width + i] = 1;
    o.precision = PENSEL_FLOAT64;
    pensel_fitted fitted = {.network = network,
                            .targets = classes ? 1 : width,
                            .classes = classes,
                            .class_count = class_count};
    MUST(pensel_estimator_assemble(&estimator, &fitted, NULL, &o, &error));
    pensel_network_free(&network);
    return estimator;
}

static pensel_scores score(pensel_estimator *estimator, const double *x, const double *y,
                           bool weighted, size_t *confusion)
{
    pensel_scores scores;
    pensel_error error;
    pensel_samples samples = {
        .x = {x, N, pensel_estimator_inputs(estimator), PENSEL_FLOAT64},
        .y = {y, N, pensel_estimator_targets(estimator), PENSEL_FLOAT64},
    };
    if (weighted) samples.weights = (pensel_matrix){score_weights, N, 1, PENSEL_FLOAT64};
    MUST(pensel_estimator_score(estimator, &scores, confusion, &samples, &error));
    assert_int_equal(scores.n, N);
    return scores;
}

static void errors_of_numbers_are_scikit_learns(void **state)
{
    const double *const expected[] = {numbers_scores, numbers_weighted_scores};
    pensel_estimator *e = passing_on(PENSEL_REGRESSION, 3, PENSEL_IDENTITY, NULL, 0);
    (void)state;
    for (int weighted = 0; weighted < 2; weighted++) {
        pensel_scores s = score(e, numbers_said, numbers_truth, weighted, NULL);
        assert_near(s.mse, expected[weighted][0], BOUND);
        assert_near(s.mae, expected[weighted][1], BOUND);
        assert_near(s.r2, expected[weighted][2], BOUND);
        assert_true(isnan(s.accuracy) && isnan(s.log_loss));
    }
    pensel_scores exact = score(e, numbers_truth, numbers_truth, false, NULL);
    assert_true(exact.mse == 0 && exact.mae == 0 && exact.r2 == 1);
    pensel_estimator_free(&e);
}

static void check_classes(pensel_estimator *e, const double *x, const double *y,
                          const double *plain, const double *weighted, size_t *confusion)
{
    for (int turn = 0; turn < 2; turn++) {
        pensel_scores s = score(e, x, y, turn, confusion);
        assert_near(s.accuracy, (turn ? weighted : plain)[0], BOUND);
        assert_near(s.log_loss, (turn ? weighted : plain)[1], BOUND);
        assert_true(isnan(s.mse) && isnan(s.mae) && isnan(s.r2));
    }
    pensel_estimator_free(&e);
}

static void scores_of_classes_are_scikit_learns(void **state)
{
    static const double codes[] = {-3, 2, 5, 40}, two[] = {0, 1};
    size_t confusion[16];
    (void)state;
    check_classes(passing_on(PENSEL_CLASSIFICATION, 4, PENSEL_SOFTMAX, codes, 4), classes_logits,
                  classes_truth, classes_scores, classes_weighted_scores, confusion);
    for (size_t i = 0; i < 16; i++)
        assert_int_equal(confusion[i], (size_t)classes_confusion[i]);
    check_classes(passing_on(PENSEL_CLASSIFICATION, 1, PENSEL_LOGISTIC, two, 2), binary_logits,
                  binary_truth, binary_scores, binary_weighted_scores, NULL);
    check_classes(passing_on(PENSEL_CLASSIFICATION, 3, PENSEL_LOGISTIC, NULL, 0), labels_logits,
                  labels_truth, labels_scores, labels_weighted_scores, NULL);
}

/* ---- each metric of the list, by its formula */

enum { MOST = 4 };

/* Predictions p and truth y of N rows with k outputs, which weigh v: numbers; or probabilities of
 * classes, of which one is 1 in y; or of labels. */
typedef struct answers {
    enum { OF_NUMBERS, OF_CLASSES, OF_LABELS } what;
    size_t k;
    long double p[N][MOST], y[N][MOST], v[N], all;
} answers;

static size_t largest(const long double *row, size_t k)
{
    size_t best = 0;
    for (size_t j = 1; j < k; j++)
        if (row[j] > row[best]) best = j;
    return best;
}

static long double share_of_right_rows(const answers *a)
{
    long double sum = 0;
    for (size_t r = 0; r < N; r++) {
        bool right = largest(a->p[r], a->k) == largest(a->y[r], a->k);
        if (a->what == OF_LABELS) right = true;
        for (size_t j = 0; j < a->k && a->what == OF_LABELS; j++)
            right = right && (a->p[r][j] > 0.5L) == (a->y[r][j] == 1);
        if (right) sum += a->v[r];
    }
    return sum / a->all;
}

static long double mean_log_loss(const answers *a)
{
    long double sum = 0;
    for (size_t r = 0; r < N; r++)
        for (size_t j = 0; j < a->k; j++) {
            long double right = a->y[r][j] == 1 ? a->p[r][j] : 1 - a->p[r][j];
            right = fminl(fmaxl(right, DBL_EPSILON), 1 - DBL_EPSILON); /* as scikit-learn does */
            bool counts = a->what == OF_LABELS || a->y[r][j] == 1;
            if (counts) sum -= a->v[r] * logl(right) / (a->what == OF_LABELS ? a->k : 1);
        }
    return sum / a->all;
}

/* All pairs of a row of the second class and one of the first */
static long double pairs_in_order(const answers *a)
{
    long double in_order = 0, pairs = 0;
    if (a->what != OF_CLASSES || a->k != 2) return NAN;
    for (size_t r = 0; r < N; r++)
        for (size_t o = 0; o < N; o++) {
            if (a->y[r][1] != 1 || a->y[o][1] != 0) continue;
            long double v = a->v[r] * a->v[o];
            pairs += v;
            in_order += a->p[r][1] > a->p[o][1] ? v : a->p[r][1] == a->p[o][1] ? v / 2 : 0;
        }
    return in_order / pairs;
}

static long double sure_against_right(const answers *a)
{
    long double sum = 0;
    if (a->what != OF_CLASSES) return NAN;
    for (int bin = 0; bin < 15; bin++) {
        long double gap = 0;
        for (size_t r = 0; r < N; r++) {
            size_t best = largest(a->p[r], a->k);
            if ((int)fminl(floorl(a->p[r][best] * 15), 14) != bin) continue;
            gap += a->v[r] * ((best == largest(a->y[r], a->k)) - a->p[r][best]);
        }
        sum += fabsl(gap);
    }
    return sum / a->all;
}

/* Mean over rows and targets of |e|^power */
static long double mean_error(const answers *a, int power)
{
    long double sum = 0;
    for (size_t r = 0; r < N; r++)
        for (size_t j = 0; j < a->k; j++)
            sum += a->v[r] * powl(fabsl(a->p[r][j] - a->y[r][j]), power) / a->k;
    return sum / a->all;
}

static long double squares(const answers *a)
{
    return mean_error(a, 2);
}

static long double root_of_squares(const answers *a)
{
    return sqrtl(mean_error(a, 2));
}

static long double absolutes(const answers *a)
{
    return mean_error(a, 1);
}

static long double explained(const answers *a)
{
    long double sum = 0;
    for (size_t j = 0; j < a->k; j++) {
        long double mean = 0, residual = 0, spread = 0;
        for (size_t r = 0; r < N; r++)
            mean += a->v[r] * a->y[r][j] / a->all;
        for (size_t r = 0; r < N; r++) {
            residual += a->v[r] * powl(a->p[r][j] - a->y[r][j], 2);
            spread += a->v[r] * powl(a->y[r][j] - mean, 2);
        }
        /* a target that never changes is predicted wrongly here */
        sum += spread > 1e-20L ? 1 - residual / spread : 0;
    }
    return sum / a->k;
}

/* In the list's order */
static const struct formula {
    const char *name;
    bool classes;
    long double (*of)(const answers *a);
} formulas[] = {
    {"accuracy", true, share_of_right_rows},
    {"log_loss", true, mean_log_loss},
    {"auc", true, pairs_in_order},
    {"calibration_error", true, sure_against_right},
    {"r2", false, explained},
    {"mse", false, squares},
    {"rmse", false, root_of_squares},
    {"mae", false, absolutes},
};

static void compare_with_formulas(pensel_estimator *e, const double *x, const double *y, answers *a)
{
    for (int weighted = 0; weighted < 2; weighted++) {
        pensel_scores s = score(e, x, y, weighted, NULL);
        a->all = 0;
        for (size_t r = 0; r < N; r++)
            a->all += a->v[r] = weighted ? score_weights[r] : 1;
        for (size_t m = 0; m < sizeof formulas / sizeof *formulas; m++) {
            double got = pensel_scores_get(&s, (pensel_metric)m);
            bool asked = formulas[m].classes == (a->what != OF_NUMBERS);
            double right = asked ? (double)formulas[m].of(a) : NAN;
            assert_int_equal(isnan(got), isnan(right));
            if (!isnan(right)) assert_near(got, right, BOUND);
        }
    }
    pensel_estimator_free(&e);
}

static void every_metric_is_its_formula(void **state)
{
    static const double codes[] = {-3, 2, 5, 40}, two[] = {0, 1};
    static answers numbers = {.what = OF_NUMBERS, .k = 3}, four = {.what = OF_CLASSES, .k = 4},
                   pair = {.what = OF_CLASSES, .k = 2}, three = {.what = OF_LABELS, .k = 3};
    double tied[N];
    (void)state;
    for (size_t r = 0; r < N; r++) {
        long double sum = 0;
        tied[r] = r % 5 ? binary_logits[r] : 0.75; /* some are as sure as others */
        for (size_t j = 0; j < 3; j++) {
            numbers.p[r][j] = numbers_said[3 * r + j];
            numbers.y[r][j] = numbers_truth[3 * r + j];
            three.p[r][j] = 1 / (1 + expl(-(long double)labels_logits[3 * r + j]));
            three.y[r][j] = labels_truth[3 * r + j];
        }
        for (size_t c = 0; c < 4; c++)
            sum += expl(classes_logits[4 * r + c]);
        for (size_t c = 0; c < 4; c++) {
            four.p[r][c] = expl(classes_logits[4 * r + c]) / sum;
            four.y[r][c] = classes_truth[r] == codes[c];
        }
        pair.p[r][1] = 1 / (1 + expl(-(long double)tied[r]));
        pair.p[r][0] = 1 - pair.p[r][1];
        pair.y[r][1] = binary_truth[r];
        pair.y[r][0] = 1 - binary_truth[r];
    }
    compare_with_formulas(passing_on(PENSEL_REGRESSION, 3, PENSEL_IDENTITY, NULL, 0), numbers_said,
                          numbers_truth, &numbers);
    compare_with_formulas(passing_on(PENSEL_CLASSIFICATION, 4, PENSEL_SOFTMAX, codes, 4),
                          classes_logits, classes_truth, &four);
    compare_with_formulas(passing_on(PENSEL_CLASSIFICATION, 1, PENSEL_LOGISTIC, two, 2), tied,
                          binary_truth, &pair);
    compare_with_formulas(passing_on(PENSEL_CLASSIFICATION, 3, PENSEL_LOGISTIC, NULL, 0),
                          labels_logits, labels_truth, &three);
}

static void every_metric_is_described(void **state)
{
    size_t count = sizeof formulas / sizeof *formulas;
    (void)state;
    assert_int_equal(count, PENSEL_METRIC_COUNT); /* each has its formula here */
    for (size_t m = 0; m < count; m++) {
        const pensel_metric_info *info = pensel_metric_describe((pensel_metric)m);
        assert_string_equal(info->name, formulas[m].name);
        assert_int_equal(info->classes, formulas[m].classes);
        assert_true(info->label[0] && info->formula[0]);
    }
    assert_null(pensel_metric_describe((pensel_metric)count));
    assert_true(isnan(pensel_scores_get(&(pensel_scores){.n = 1}, (pensel_metric)count)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(errors_of_numbers_are_scikit_learns),
        cmocka_unit_test(scores_of_classes_are_scikit_learns),
        cmocka_unit_test(every_metric_is_its_formula),
        cmocka_unit_test(every_metric_is_described),
    };
    return RUN(tests);
}
