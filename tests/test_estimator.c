/* Regressors and classifiers against scikit-learn's, on its own tables: same seed, same settings,
 * hence the same predictions and scores. */
#include "test.h"

#include "data/expected_estimator.h"

#define BOUND 1e-6

static pensel_table *load(const char *path, const char *target, bool classify)
{
    pensel_error error;
    pensel_table *table;
    pensel_table_options o = pensel_table_defaults();
    o.target = target;
    o.classify = classify;
    o.precision = PENSEL_FLOAT64;
    MUST(pensel_table_read(&table, path, &o, &error));
    return table;
}

static pensel_estimator_options settings(pensel_task task)
{
    static const pensel_layer hidden[] = {{20, PENSEL_RELU, 0}};
    pensel_estimator_options o = pensel_estimator_defaults(task);
    o.hidden = hidden;
    o.hidden_count = 1;
    o.precision = PENSEL_FLOAT64;
    o.seed = 3;
    o.training.epochs = 40;
    o.training.compat = true;
    o.training.learning_rate_init = 0.01;
    return o;
}

static pensel_estimator *fit(const pensel_estimator_options *o, const pensel_samples *samples)
{
    pensel_error error;
    pensel_estimator *estimator;
    MUST(pensel_estimator_new(&estimator, o, &error));
    MUST(pensel_estimator_fit(estimator, samples, NULL, &error));
    return estimator;
}

static void check_classes(pensel_estimator *e, const pensel_samples *samples, const double *p,
                          const double *scores, const double *confusion)
{
    pensel_error error;
    pensel_scores got;
    size_t count, matrix[9];
    const double *classes = pensel_estimator_classes(e, &count);
    size_t columns = classes ? count : pensel_estimator_targets(e);
    double *said = malloc(samples->x.rows * columns * sizeof *said);
    MUST(pensel_estimator_probabilities(e, said, samples->x, &error));
    for (size_t i = 0; i < 3 * columns; i++)
        assert_near(said[i], p[i], BOUND);
    MUST(pensel_estimator_score(e, &got, confusion ? matrix : NULL, samples, &error));
    assert_near(got.accuracy, scores[0], BOUND);
    if (confusion) assert_near(got.log_loss, scores[1], BOUND);
    for (size_t i = 0; confusion && i < count * count; i++)
        assert_int_equal(matrix[i], (size_t)confusion[i]);
    assert_true(isnan(got.mse) && isnan(got.r2) && isnan(got.mae));
    free(said);
    pensel_estimator_free(&e);
}

static void check_numbers(pensel_estimator *e, const pensel_samples *samples,
                          const double *expected, const double *scores)
{
    pensel_error error;
    pensel_scores got;
    size_t targets = pensel_estimator_targets(e);
    double *y = malloc(samples->x.rows * targets * sizeof *y);
    MUST(pensel_estimator_predict(e, y, samples->x, &error));
    for (size_t i = 0; i < 3 * targets; i++)
        assert_near(y[i], expected[i], BOUND);
    MUST(pensel_estimator_score(e, &got, NULL, samples, &error));
    assert_near(got.mse, scores[0], BOUND);
    assert_near(got.mae, scores[1], BOUND);
    assert_near(got.r2, scores[2], BOUND);
    assert_true(isnan(got.accuracy) && isnan(got.log_loss));
    free(y);
    pensel_estimator_free(&e);
}

static void three_classes_agree_with_scikit_learn(void **state)
{
    (void)state;
    pensel_table *t = load("data/iris.csv", "species", true);
    pensel_samples samples = {.x = t->x, .y = t->y};
    pensel_estimator_options o = settings(PENSEL_CLASSIFICATION);
    o.scale_inputs = PENSEL_SCALE_STANDARD;
    assert_int_equal(t->class_count, 3);
    assert_string_equal(t->classes[1], "versicolor");
    check_classes(fit(&o, &samples), &samples, iris_probabilities, iris_scores, iris_confusion);
    pensel_table_free(&t);
}

static void sample_weights_agree_with_scikit_learn(void **state)
{
    (void)state;
    pensel_table *t = load("data/iris.csv", "species", true);
    double weights[150];
    for (int i = 0; i < 150; i++)
        weights[i] = 0.5 + i % 3;
    pensel_samples samples = {t->x, t->y, {weights, 150, 1, PENSEL_FLOAT64}};
    pensel_estimator_options o = settings(PENSEL_CLASSIFICATION);
    o.scale_inputs = PENSEL_SCALE_MINMAX;
    check_classes(fit(&o, &samples), &samples, weighted_probabilities, weighted_scores, NULL);
    pensel_table_free(&t);
}

static void balanced_classes_weigh_as_scikit_learn_has_it(void **state)
{
    (void)state;
    pensel_error error;
    pensel_table *t = load("data/iris.csv", "species", true);
    pensel_samples samples = {.x = t->x, .y = t->y};
    samples.x.rows = samples.y.rows = 120;
    pensel_estimator_options o = settings(PENSEL_CLASSIFICATION);
    o.scale_inputs = PENSEL_SCALE_STANDARD;
    o.balanced = true;
    pensel_estimator *e = fit(&o, &samples);
    double p[120 * 3];
    MUST(pensel_estimator_probabilities(e, p, samples.x, &error));
    for (int i = 0; i < 9; i++)
        assert_near(p[i], balanced_probabilities[i], BOUND);
    pensel_estimator_free(&e);
    pensel_table_free(&t);
}

static void two_classes_with_early_stopping_agree_with_scikit_learn(void **state)
{
    (void)state;
    pensel_table *t = load("data/breast_cancer.csv", "diagnosis", true);
    pensel_samples samples = {.x = t->x, .y = t->y};
    pensel_estimator_options o = settings(PENSEL_CLASSIFICATION);
    o.scale_inputs = PENSEL_SCALE_STANDARD;
    o.training.early_stopping = true;
    o.training.learning_rate_init = 0.001;
    check_classes(fit(&o, &samples), &samples, cancer_probabilities, cancer_scores,
                  cancer_confusion);
    pensel_table_free(&t);
}

static void several_labels_agree_with_scikit_learn(void **state)
{
    (void)state;
    pensel_table *t = load("data/iris.csv", "species", true);
    const double *x = t->x.data, *species = t->y.data;
    double y[150 * 3];
    for (int i = 0; i < 150; i++) {
        y[3 * i] = species[i] > 0;
        y[3 * i + 1] = species[i] == 1;
        y[3 * i + 2] = x[4 * i] > 5.8;
    }
    pensel_samples samples = {.x = t->x, .y = {y, 150, 3, PENSEL_FLOAT64}};
    pensel_estimator_options o = settings(PENSEL_CLASSIFICATION);
    o.scale_inputs = PENSEL_SCALE_STANDARD;
    check_classes(fit(&o, &samples), &samples, labels_probabilities, labels_scores, NULL);
    pensel_table_free(&t);
}

static void scaled_regression_agrees_with_scikit_learn(void **state)
{
    (void)state;
    pensel_table *t = load("data/diabetes.csv", "progression", false);
    pensel_samples samples = {.x = t->x, .y = t->y};
    pensel_estimator_options o = settings(PENSEL_REGRESSION);
    o.scale_inputs = o.scale_targets = PENSEL_SCALE_STANDARD;
    check_numbers(fit(&o, &samples), &samples, diabetes_predictions, diabetes_scores);
    o.scale_inputs = o.scale_targets = PENSEL_SCALE_MINMAX;
    o.training.solver = PENSEL_SGD;
    o.training.learning_rate = PENSEL_ADAPTIVE;
    o.training.learning_rate_init = 0.05;
    check_numbers(fit(&o, &samples), &samples, minmax_predictions, minmax_scores);
    pensel_table_free(&t);
}

static void several_weighted_outputs_agree_with_scikit_learn(void **state)
{
    (void)state;
    pensel_table *t = load("data/iris.csv", "species", true);
    const double *iris = t->x.data;
    double x[300], y[300], weights[150];
    for (int i = 0; i < 150; i++) {
        memcpy(x + 2 * i, iris + 4 * i, 2 * sizeof *x);
        memcpy(y + 2 * i, iris + 4 * i + 2, 2 * sizeof *y);
        weights[i] = 0.5 + i % 3;
    }
    pensel_samples samples = {{x, 150, 2, PENSEL_FLOAT64},
                              {y, 150, 2, PENSEL_FLOAT64},
                              {weights, 150, 1, PENSEL_FLOAT64}};
    pensel_estimator_options o = settings(PENSEL_REGRESSION);
    check_numbers(fit(&o, &samples), &samples, outputs_predictions, outputs_scores);
    pensel_table_free(&t);
}

static void the_poisson_loss_agrees_with_scikit_learn(void **state)
{
    (void)state;
    pensel_table *t = load("data/iris.csv", "species", true);
    const double *iris = t->x.data;
    double x[450], y[150];
    for (int i = 0; i < 150; i++) {
        memcpy(x + 3 * i, iris + 4 * i, 3 * sizeof *x);
        y[i] = nearbyint(iris[4 * i + 3] * 3);
    }
    pensel_samples samples = {.x = {x, 150, 3, PENSEL_FLOAT64}, .y = {y, 150, 1, PENSEL_FLOAT64}};
    pensel_estimator_options o = settings(PENSEL_REGRESSION);
    o.scale_inputs = PENSEL_SCALE_STANDARD;
    o.training.loss = PENSEL_POISSON;
    check_numbers(fit(&o, &samples), &samples, poisson_predictions, poisson_scores);
    pensel_error error;
    pensel_estimator *e;
    y[2] = -1;
    MUST(pensel_estimator_new(&e, &o, &error));
    assert_int_equal(pensel_estimator_fit(e, &samples, NULL, &error), PENSEL_BAD_DATA);
    assert_non_null(strstr(error.text, "-1 in row 3, column 1: the poisson loss"));
    pensel_estimator_free(&e);
    pensel_table_free(&t);
}

static void options_that_make_no_sense_are_refused(void **state)
{
    (void)state;
    pensel_error error;
    pensel_estimator *e = NULL;
    pensel_estimator_options o = pensel_estimator_defaults(PENSEL_CLASSIFICATION);
    o.scale_targets = PENSEL_SCALE_STANDARD;
    assert_int_equal(pensel_estimator_new(&e, &o, &error), PENSEL_BAD_ARGUMENT);
    o = pensel_estimator_defaults(PENSEL_REGRESSION);
    o.hidden_count = 2;
    assert_int_equal(pensel_estimator_new(&e, &o, &error), PENSEL_BAD_ARGUMENT);
    o = pensel_estimator_defaults((pensel_task)7);
    assert_int_equal(pensel_estimator_new(&e, &o, &error), PENSEL_BAD_ARGUMENT);
    assert_null(e);
}

static void a_failed_fit_leaves_the_estimator_as_it_was(void **state)
{
    (void)state;
    pensel_error error;
    double x[] = {0, 1, 2, 3}, y[] = {0, 2, 4, 6}, before[4], after[4];
    pensel_samples samples = {.x = {x, 4, 1, PENSEL_FLOAT64}, .y = {y, 4, 1, PENSEL_FLOAT64}};
    pensel_estimator_options o = settings(PENSEL_REGRESSION);
    pensel_estimator *e = fit(&o, &samples);
    MUST(pensel_estimator_predict(e, before, samples.x, &error));
    y[2] = NAN;
    assert_int_equal(pensel_estimator_fit(e, &samples, NULL, &error), PENSEL_BAD_DATA);
    assert_non_null(strstr(error.text, "row 3"));
    MUST(pensel_estimator_predict(e, after, samples.x, &error));
    assert_memory_equal(before, after, sizeof before);
    pensel_estimator_free(&e);
}

static void fitting_again_starts_anew_and_continuing_goes_on(void **state)
{
    (void)state;
    pensel_error error;
    pensel_table *t = load("data/diabetes.csv", "progression", false);
    pensel_samples samples = {.x = t->x, .y = t->y};
    pensel_estimator_options o = settings(PENSEL_REGRESSION);
    o.scale_inputs = o.scale_targets = PENSEL_SCALE_STANDARD;
    pensel_estimator *e = fit(&o, &samples);
    double loss = pensel_estimator_report(e)->loss;
    MUST(pensel_estimator_fit(e, &samples, NULL, &error));
    assert_true(pensel_estimator_report(e)->loss == loss);
    assert_int_equal(pensel_estimator_report(e)->steps, 40 * 3);
    MUST(pensel_estimator_continue(e, &samples, NULL, &error));
    assert_true(pensel_estimator_report(e)->loss < loss);
    assert_int_equal(pensel_estimator_report(e)->steps, 2 * 40 * 3);
    pensel_estimator_free(&e);
    pensel_table_free(&t);
}

static void classes_may_be_any_numbers(void **state)
{
    (void)state;
    pensel_error error;
    double x[] = {-3, -2.5, -2, 2, 2.5, 3}, y[] = {7.5, 7.5, 7.5, -2, -2, -2}, said[6];
    pensel_samples samples = {.x = {x, 6, 1, PENSEL_FLOAT64}, .y = {y, 6, 1, PENSEL_FLOAT64}};
    pensel_estimator_options o = settings(PENSEL_CLASSIFICATION);
    pensel_estimator *e = fit(&o, &samples);
    size_t count;
    const double *classes = pensel_estimator_classes(e, &count);
    assert_int_equal(count, 2);
    assert_true(classes[0] == -2 && classes[1] == 7.5);
    MUST(pensel_estimator_predict(e, said, samples.x, &error));
    assert_memory_equal(said, y, sizeof y);
    y[1] = 3;
    assert_int_equal(pensel_estimator_continue(e, &samples, NULL, &error), PENSEL_BAD_DATA);
    pensel_scores scores;
    assert_int_equal(pensel_estimator_score(e, &scores, NULL, &samples, &error), PENSEL_BAD_DATA);
    pensel_estimator_free(&e);
}

static void one_class_alone_is_always_said(void **state)
{
    (void)state;
    pensel_error error;
    double x[] = {1, 2, 3}, y[] = {4, 4, 4}, said[3];
    pensel_samples samples = {.x = {x, 3, 1, PENSEL_FLOAT64}, .y = {y, 3, 1, PENSEL_FLOAT64}};
    pensel_estimator_options o = settings(PENSEL_CLASSIFICATION);
    pensel_estimator *e = fit(&o, &samples);
    MUST(pensel_estimator_predict(e, said, samples.x, &error));
    assert_memory_equal(said, y, sizeof y);
    MUST(pensel_estimator_probabilities(e, said, samples.x, &error));
    assert_true(said[0] == 1 && said[2] == 1);
    pensel_estimator_free(&e);
}

static void names_are_kept_and_counted(void **state)
{
    (void)state;
    pensel_error error;
    double x[] = {1, 2, 3, 4}, y[] = {0, 1, 0, 1};
    const char *two[] = {"no", "yes"}, *broken[] = {"\xff", "b"};
    pensel_samples samples = {.x = {x, 4, 1, PENSEL_FLOAT64}, .y = {y, 4, 1, PENSEL_FLOAT64}};
    pensel_estimator_options o = settings(PENSEL_CLASSIFICATION);
    pensel_estimator *e = fit(&o, &samples);
    assert_null(pensel_estimator_class_name(e, 0));
    MUST(pensel_estimator_name_classes(e, two, 2, &error));
    assert_string_equal(pensel_estimator_class_name(e, 1), "yes");
    assert_null(pensel_estimator_class_name(e, 2));
    assert_int_equal(pensel_estimator_name_inputs(e, two, 2, &error), PENSEL_BAD_ARGUMENT);
    assert_int_equal(pensel_estimator_name_classes(e, broken, 2, &error), PENSEL_BAD_ARGUMENT);
    assert_string_equal(pensel_estimator_class_name(e, 1), "yes");
    pensel_estimator_free(&e);
}

/* Every other row from `first` on: (75, columns) for iris's 150. */
static pensel_matrix alternate(pensel_matrix m, size_t first, double *room)
{
    for (size_t r = first; r < m.rows; r += 2)
        memcpy(room + (r / 2) * m.columns, (const double *)m.data + r * m.columns,
               m.columns * sizeof *room);
    return (pensel_matrix){room, m.rows / 2, m.columns, PENSEL_FLOAT64};
}

/* Scores of every epoch, and the answers of the network that was kept, against scikit-learn's
 * partial_fit and score, epoch by epoch. */
static void check_validated(pensel_estimator_options *o, const pensel_samples *samples,
                            const double *scores, size_t count, const double *best, size_t columns,
                            size_t patience)
{
    pensel_error error;
    double room[4][75 * 4], answers[75 * 3];
    pensel_samples taught = {.x = alternate(samples->x, 0, room[0]),
                             .y = alternate(samples->y, 0, room[1])};
    pensel_samples held = {.x = alternate(samples->x, 1, room[2]),
                           .y = alternate(samples->y, 1, room[3])};
    pensel_estimator *e;
    o->training.shuffle = false;
    o->training.n_iter_no_change = patience;
    for (int stops = 0; stops < 2; stops++) {
        o->training.early_stopping = stops;
        o->training.epochs = stops ? 200 : count;
        MUST(pensel_estimator_new(&e, o, &error));
        MUST(pensel_estimator_fit(e, &taught, &held, &error));
        const pensel_report *report = pensel_estimator_report(e);
        assert_int_equal(report->validation_count, count);
        for (size_t i = 0; i < count; i++)
            assert_near(report->validation_scores[i], scores[i], BOUND);
        if (stops) break;
        assert_int_equal(report->stop, PENSEL_STOP_EPOCHS);
        pensel_estimator_free(&e);
    }
    assert_int_equal(pensel_estimator_report(e)->stop, PENSEL_STOP_CONVERGED);
    MUST(o->task == PENSEL_REGRESSION ? pensel_estimator_predict(e, answers, held.x, &error)
                                      : pensel_estimator_probabilities(e, answers, held.x, &error));
    for (size_t i = 0; i < 3 * columns; i++)
        assert_near(answers[i], best[i], BOUND);
    pensel_estimator_free(&e);
}

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

static void own_validation_rows_agree_with_scikit_learn(void **state)
{
    (void)state;
    pensel_table *t = load("data/iris.csv", "species", true);
    pensel_samples samples = {.x = t->x, .y = t->y};
    pensel_estimator_options o = settings(PENSEL_CLASSIFICATION);
    o.scale_inputs = PENSEL_SCALE_STANDARD;
    check_validated(&o, &samples, validated_classes_scores, COUNT_OF(validated_classes_scores),
                    validated_classes_best, 3, 10);
    double x[150 * 3], y[150];
    for (size_t r = 0; r < 150; r++) {
        memcpy(x + 3 * r, (const double *)t->x.data + 4 * r, 3 * sizeof *x);
        y[r] = ((const double *)t->x.data)[4 * r + 3];
    }
    samples = (pensel_samples){.x = {x, 150, 3, PENSEL_FLOAT64}, .y = {y, 150, 1, PENSEL_FLOAT64}};
    o = settings(PENSEL_REGRESSION);
    check_validated(&o, &samples, validated_numbers_scores, COUNT_OF(validated_numbers_scores),
                    validated_numbers_best, 1, 3);
    pensel_table_free(&t);
}

/* The estimator's validation is pensel_training_run's, with classes as 0 and 1; weights of
 * its rows count, the balance of the classes does not. */
static void own_validation_rows_are_those_of_a_training_run(void **state)
{
    (void)state;
    pensel_error error;
    double x[] = {.5, 2.5, 1, 4.5, 2, 2, 3.5, 1.5, 4, 0, 3, 1}, y[] = {3, 8, 3, 8, 3, 3};
    double held_x[] = {1.5, 1.5, 4.5, .5, 1, 4, 2.5, 2.5}, held_y[] = {3, 8, 8, 8};
    double coded[] = {0, 1, 0, 1, 0, 0}, held_coded[] = {0, 1, 1, 1}, weights[] = {1, 2, 4, 1};
    double balance[] = {.75, 1.5, .75, 1.5, .75, .75}; /* 6 / (2 * 4), 6 / (2 * 2) */
    pensel_estimator_options o = settings(PENSEL_CLASSIFICATION);
    o.balanced = o.training.early_stopping = true;
    pensel_samples samples = {.x = {x, 6, 2, PENSEL_FLOAT64}, .y = {y, 6, 1, PENSEL_FLOAT64}};
    pensel_samples held = {{held_x, 4, 2, PENSEL_FLOAT64},
                           {held_y, 4, 1, PENSEL_FLOAT64},
                           {weights, 4, 1, PENSEL_FLOAT64}};
    pensel_estimator *e;
    MUST(pensel_estimator_new(&e, &o, &error));
    MUST(pensel_estimator_fit(e, &samples, &held, &error));

    const pensel_layer layers[] = {{20, PENSEL_RELU, 0}, {1, PENSEL_LOGISTIC, 0}};
    pensel_network *network;
    pensel_training *training;
    pensel_random random;
    pensel_training_options to = o.training;
    to.loss = PENSEL_LOG_LOSS;
    samples.y.data = coded;
    samples.weights = (pensel_matrix){balance, 6, 1, PENSEL_FLOAT64};
    held.y.data = held_coded;
    MUST(pensel_network_new(&network,
                            &(pensel_shape){.inputs = 2, .layers = layers, .layer_count = 2},
                            PENSEL_FLOAT64, &error));
    pensel_random_seed(&random, o.seed);
    MUST(pensel_network_initialise(network, PENSEL_GLOROT, &random, &error));
    MUST(pensel_training_new(&training, network, &to, &error));
    MUST(pensel_training_run(training, &samples, &held, &random, &error));
    const pensel_report *one = pensel_estimator_report(e),
                        *other = pensel_training_report(training);
    assert_int_equal(one->validation_count, other->validation_count);
    assert_memory_equal(one->validation_scores, other->validation_scores,
                        one->validation_count * sizeof(double));
    assert_memory_equal(pensel_network_parameters_const(pensel_estimator_network(e)),
                        pensel_network_parameters_const(network),
                        pensel_network_parameter_count(network) * sizeof(double));
    pensel_training_free(&training);
    pensel_network_free(&network);
    pensel_estimator_free(&e);
}

static void validation_rows_of_another_kind_are_refused(void **state)
{
    (void)state;
    pensel_error error;
    double x[] = {0, 1, 2, 3, 4, 5}, y[] = {0, 1, 0, 1, 0, 1}, other[] = {0, 1, 2, 0, 1, 0};
    pensel_samples samples = {.x = {x, 6, 1, PENSEL_FLOAT64}, .y = {y, 6, 1, PENSEL_FLOAT64}};
    pensel_samples held = samples;
    pensel_estimator_options o = settings(PENSEL_CLASSIFICATION);
    pensel_estimator *e = fit(&o, &samples);
    uint64_t steps = pensel_estimator_report(e)->steps;
    held.y.data = other;
    assert_int_equal(pensel_estimator_fit(e, &samples, &held, &error), PENSEL_BAD_DATA);
    assert_non_null(strstr(error.text, "the validation target has class 2 in row 3"));
    held.x = (pensel_matrix){x, 3, 2, PENSEL_FLOAT64};
    held.y = (pensel_matrix){y, 3, 1, PENSEL_FLOAT64};
    assert_int_equal(pensel_estimator_fit(e, &samples, &held, &error), PENSEL_BAD_DATA);
    assert_non_null(strstr(error.text, "validation samples have 2 inputs"));
    assert_int_equal(pensel_estimator_continue(e, &samples, &held, &error), PENSEL_BAD_DATA);
    held.x = (pensel_matrix){x, 2, 1, PENSEL_FLOAT64};
    assert_int_equal(pensel_estimator_fit(e, &samples, &held, &error), PENSEL_BAD_DATA);
    assert_non_null(strstr(error.text, "validation x has 2 rows"));
    assert_int_equal(pensel_estimator_report(e)->steps, steps);
    held = samples;
    MUST(pensel_estimator_continue(e, &samples, &held, &error));
    assert_int_equal(pensel_estimator_report(e)->validation_count, 40);
    pensel_estimator_free(&e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(three_classes_agree_with_scikit_learn),
        cmocka_unit_test(sample_weights_agree_with_scikit_learn),
        cmocka_unit_test(balanced_classes_weigh_as_scikit_learn_has_it),
        cmocka_unit_test(two_classes_with_early_stopping_agree_with_scikit_learn),
        cmocka_unit_test(several_labels_agree_with_scikit_learn),
        cmocka_unit_test(scaled_regression_agrees_with_scikit_learn),
        cmocka_unit_test(several_weighted_outputs_agree_with_scikit_learn),
        cmocka_unit_test(the_poisson_loss_agrees_with_scikit_learn),
        cmocka_unit_test(own_validation_rows_agree_with_scikit_learn),
        cmocka_unit_test(own_validation_rows_are_those_of_a_training_run),
        cmocka_unit_test(validation_rows_of_another_kind_are_refused),
        cmocka_unit_test(options_that_make_no_sense_are_refused),
        cmocka_unit_test(a_failed_fit_leaves_the_estimator_as_it_was),
        cmocka_unit_test(fitting_again_starts_anew_and_continuing_goes_on),
        cmocka_unit_test(classes_may_be_any_numbers),
        cmocka_unit_test(one_class_alone_is_always_said),
        cmocka_unit_test(names_are_kept_and_counted),
    };
    return RUN(tests);
}
