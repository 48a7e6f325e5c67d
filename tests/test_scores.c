/* Metrics, scalers, class weights and first weights, each by itself: scores of predictions that are
 * known, against scikit-learn's metrics; what a fit learns of its columns, against its scalers; and
 * the initial weights, drawn again by the formulas of their papers. */
#include "oracle_network.h"

#include "expected_scores.h"

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
        cmocka_unit_test(scalers_learn_what_scikit_learns_do),
        cmocka_unit_test(balanced_classes_weigh_as_scikit_learns),
        cmocka_unit_test(first_weights_are_drawn_by_the_formulas),
        cmocka_unit_test(first_numbers_of_encodings_are_small),
    };
    return RUN(tests);
}
