/* Metrics, scalers, class weights and first weights, each by itself: scores of predictions that are
 * known, against scikit-learn's metrics; what a fit learns of its columns, against its scalers; and
 * the initial weights, drawn again by the formulas of their papers. */
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

/* ---- what a fit learns of its columns */

static pensel_estimator_options brief(pensel_task task)
{
    pensel_estimator_options o = pensel_estimator_defaults(task);
    o.precision = PENSEL_FLOAT64;
    o.hidden_count = 0;
    o.hidden = NULL;
    o.training.epochs = 1;
    return o;
}

static void scalers_learn_what_scikit_learns_do(void **state)
{
    static const pensel_layer hidden = {3, PENSEL_TANH, 0};
    pensel_samples samples = {.x = {table, N, 4, PENSEL_FLOAT64},
                              .y = {table, N, 4, PENSEL_FLOAT64}};
    (void)state;
    for (int how = PENSEL_SCALE_NONE; how <= PENSEL_SCALE_MINMAX; how++) {
        const double *offset = how == PENSEL_SCALE_STANDARD ? standard_offset : minmax_offset;
        const double *scale = how == PENSEL_SCALE_STANDARD ? standard_scale : minmax_scale;
        double said[N * 4], inside[N * 4], scaled[N * 4];
        pensel_estimator *e;
        pensel_fitted fitted;
        pensel_error error;
        pensel_estimator_options o = brief(PENSEL_REGRESSION);
        o.hidden = &hidden;
        o.hidden_count = 1;
        o.scale_inputs = o.scale_targets = (pensel_scaling)how;
        MUST(pensel_estimator_new(&e, &o, &error));
        MUST(pensel_estimator_fit(e, &samples, NULL, &error));
        MUST(pensel_estimator_fitted(e, &fitted, &error));
        assert_int_equal(fitted.input_offset != NULL, how != PENSEL_SCALE_NONE);
        for (size_t c = 0; c < 4 && fitted.input_offset; c++) {
            assert_near(fitted.input_offset[c] / scale[c], offset[c] / scale[c], 1e-13);
            assert_near(fitted.input_scale[c] / scale[c], 1, 1e-11); /* 1e4 away from 0 */
            assert_true(fitted.target_offset[c] == fitted.input_offset[c]);
            assert_true(fitted.target_scale[c] == fitted.input_scale[c]);
        }
        /* what is said is the network's answer to scaled inputs, scaled back */
        for (size_t i = 0; i < N * 4; i++)
            scaled[i] = how ? (table[i] - offset[i % 4]) / scale[i % 4] : table[i];
        MUST(pensel_estimator_predict(e, said, samples.x, &error));
        MUST(pensel_network_predict(fitted.network, inside,
                                    (pensel_matrix){scaled, N, 4, PENSEL_FLOAT64}, 1, &error));
        for (size_t i = 0; i < N * 4; i++) {
            double unit = how ? scale[i % 4] : 1;
            double right = how ? inside[i] * unit + offset[i % 4] : inside[i];
            assert_near(said[i] / unit, right / unit, 1e-10);
        }
        pensel_estimator_free(&e);
    }
}

/* Of 0 and the smallest number there is: half of that is the deviation, and there is no such
 * number. */
static void the_smallest_deviation_divides_by_nothing(void **state)
{
    double x[] = {0, 4.9406564584124654e-324, 0, 4.9406564584124654e-324}, y[] = {0, 1, 2, 3};
    pensel_samples samples = {.x = {x, 4, 1, PENSEL_FLOAT64}, .y = {y, 4, 1, PENSEL_FLOAT64}};
    pensel_estimator_options o = brief(PENSEL_REGRESSION);
    pensel_estimator *e;
    pensel_fitted fitted;
    pensel_error error;
    (void)state;
    o.scale_inputs = PENSEL_SCALE_STANDARD;
    MUST(pensel_estimator_new(&e, &o, &error));
    MUST(pensel_estimator_fit(e, &samples, NULL, &error));
    MUST(pensel_estimator_fitted(e, &fitted, &error));
    assert_true(fitted.input_scale[0] == 1);
    MUST(pensel_estimator_predict(e, y, samples.x, &error));
    for (size_t i = 0; i < 4; i++)
        assert_true(isfinite(y[i]));
    pensel_estimator_free(&e);
}

/* Balanced classes weigh n / (classes * their count): a fit with these weights, written out by
 * sample, is the same. */
static void balanced_classes_weigh_as_scikit_learns(void **state)
{
    static const double codes[] = {-3, 2, 5, 40};
    const pensel_class_weight named[] = {{2, 0.5}, {40, 3}};
    double weights[N], losses[2];
    (void)state;
    for (int turn = 0; turn < 4; turn++) {
        pensel_estimator *e;
        pensel_error error;
        bool written = turn % 2, balanced = turn < 2;
        pensel_estimator_options o = brief(PENSEL_CLASSIFICATION);
        pensel_samples samples = {.x = {classes_logits + 4, N - 1, 4, PENSEL_FLOAT64},
                                  .y = {classes_truth + 1, N - 1, 1, PENSEL_FLOAT64}};
        size_t count[4] = {0};
        for (size_t s = 1; s < N; s++)
            for (size_t c = 0; c < 4; c++)
                count[c] += classes_truth[s] == codes[c];
        for (size_t s = 1; s < N; s++)
            for (size_t c = 0; c < 4; c++)
                if (classes_truth[s] == codes[c])
                    weights[s - 1] = balanced ? (N - 1) / (4.0 * (double)count[c])
                                     : c == 1 ? 0.5
                                     : c == 3 ? 3
                                              : 1;
        if (written) samples.weights = (pensel_matrix){weights, N - 1, 1, PENSEL_FLOAT64};
        o.balanced = balanced && !written;
        o.class_weights = balanced || written ? NULL : named;
        o.class_weight_count = balanced || written ? 0 : 2;
        MUST(pensel_estimator_new(&e, &o, &error));
        MUST(pensel_estimator_fit(e, &samples, NULL, &error));
        losses[written] = pensel_estimator_report(e)->loss;
        if (written) assert_near(losses[0], losses[1], 1e-14);
        pensel_estimator_free(&e);
    }
    /* and the formula itself is scikit-learn's */
    for (size_t c = 0; c < 4; c++) {
        double count = 0;
        for (size_t s = 0; s < N; s++)
            count += classes_truth[s] == codes[c];
        assert_near(N / (4 * count), classes_balance[c], 1e-15);
    }
}

/* ---- first weights */

typedef struct bounds {
    long double weight, bias;
} bounds;

/* Glorot & Bengio 2010, equation 16; 2 for logistic hidden layers is scikit-learn's. */
static bounds glorot(size_t in, size_t out, size_t l, const pensel_layer *layers)
{
    (void)l;
    long double b = sqrtl((layers[0].activation == PENSEL_LOGISTIC ? 2.0L : 6.0L) / (in + out));
    return (bounds){b, b};
}

/* He et al. 2015, equation 10: variance 2 / in, of a uniform distribution */
static bounds he(size_t in, size_t out, size_t l, const pensel_layer *layers)
{
    (void)out, (void)l, (void)layers;
    return (bounds){sqrtl(3 * 2.0L / in), 0};
}

/* Sitzmann et al. 2020, section 3.2; biases are PyTorch's, as in their code */
static bounds siren(size_t in, size_t out, size_t l, const pensel_layer *layers)
{
    long double omega = layers[l].activation == PENSEL_SINE ? layers[l].parameter : 1;
    (void)out;
    return (bounds){l == 0 ? 1.0L / in : sqrtl(6.0L / in) / omega, 1 / sqrtl(in)};
}

static void first_weights_are_drawn_by_the_formulas(void **state)
{
    static bounds (*const schemes[])(size_t, size_t, size_t, const pensel_layer *) = {
        [PENSEL_GLOROT] = glorot, [PENSEL_HE] = he, [PENSEL_SIREN] = siren};
    static const pensel_layer shapes[][3] = {
        {{7, PENSEL_RELU, 0}, {4, PENSEL_RELU, 0}, {2, PENSEL_IDENTITY, 0}},
        {{7, PENSEL_LOGISTIC, 0}, {4, PENSEL_LOGISTIC, 0}, {2, PENSEL_SOFTMAX, 0}},
        {{7, PENSEL_SINE, 30}, {4, PENSEL_SINE, 15}, {2, PENSEL_IDENTITY, 0}},
    };
    (void)state;
    for (size_t how = 0; how < 3; how++)
        for (size_t t = 0; t < 3; t++) {
            pensel_network *network;
            pensel_random random, again;
            pensel_error error;
            pensel_shape shape = {.inputs = 5, .layers = shapes[t], .layer_count = 3};
            MUST(pensel_network_new(&network, &shape, PENSEL_FLOAT64, &error));
            pensel_random_seed(&random, 77);
            pensel_random_seed(&again, 77);
            MUST(pensel_network_initialise(network, (pensel_initialisation)how, &random, &error));
            const double *w = pensel_network_parameters_const(network);
            for (size_t l = 0; l < 3; l++) {
                pensel_layer_view view;
                MUST(pensel_network_layer(network, l, &view, &error));
                bounds b = schemes[how](view.in, view.out, l, shapes[t]);
                for (size_t i = 0; i < view.in; i++)
                    for (size_t j = 0; j < view.out; j++)
                        assert_near(
                            w[view.weights + j * view.in + i],
                            pensel_random_uniform(&again, (double)-b.weight, (double)b.weight),
                            1e-15);
                for (size_t j = 0; j < view.out; j++)
                    assert_near(w[view.biases + j],
                                b.bias > 0
                                    ? pensel_random_uniform(&again, (double)-b.bias, (double)b.bias)
                                    : 0,
                                1e-15);
            }
            pensel_network_free(&network);
        }
}

/* The grids' own numbers come last: hash grids start within 1e-4 (Mueller et al. 2022, section 4),
 * pyramids within 1e-2. */
static void first_numbers_of_encodings_are_small(void **state)
{
    static const pensel_layer layer = {1, PENSEL_IDENTITY, 0};
    static const struct {
        pensel_encoding encoding;
        size_t width;
        double bound;
    } kinds[] = {
        {{.kind = PENSEL_HASHGRID,
          .features = 2,
          .levels = 2,
          .table_log2 = 8,
          .base_resolution = 4,
          .fine_resolution = 9},
         4,
         1e-4},
        {{.kind = PENSEL_PYRAMID, .features = 3, .levels = 2, .rows = 9, .columns = 8}, 3, 1e-2},
    };
    (void)state;
    for (size_t k = 0; k < 2; k++) {
        pensel_network *network;
        pensel_random random, again;
        pensel_error error;
        pensel_shape shape = {
            .inputs = 2, .encoding = kinds[k].encoding, .layers = &layer, .layer_count = 1};
        MUST(pensel_network_new(&network, &shape, PENSEL_FLOAT64, &error));
        pensel_random_seed(&random, 5);
        MUST(pensel_network_initialise(network, PENSEL_HE, &random, &error));
        pensel_random_seed(&again, 5);
        for (size_t i = 0; i < kinds[k].width; i++)
            pensel_random_uniform(&again, 0, 1);
        const double *w = pensel_network_parameters_const(network);
        for (size_t i = kinds[k].width + 1; i < pensel_network_parameter_count(network); i++)
            assert_true(w[i] == pensel_random_uniform(&again, -kinds[k].bound, kinds[k].bound));
        pensel_network_free(&network);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(errors_of_numbers_are_scikit_learns),
        cmocka_unit_test(scores_of_classes_are_scikit_learns),
        cmocka_unit_test(every_metric_is_its_formula),
        cmocka_unit_test(every_metric_is_described),
        cmocka_unit_test(scalers_learn_what_scikit_learns_do),
        cmocka_unit_test(the_smallest_deviation_divides_by_nothing),
        cmocka_unit_test(balanced_classes_weigh_as_scikit_learns),
        cmocka_unit_test(first_weights_are_drawn_by_the_formulas),
        cmocka_unit_test(first_numbers_of_encodings_are_small),
    };
    return RUN(tests);
}
