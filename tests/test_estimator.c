/* Regressors and classifiers against scikit-learn's, on its own tables: same seed, same settings,
 * hence the same predictions and scores. */
#include "fitted.h"

#include "data/expected_estimator.h"

#include <unistd.h>

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
    pensel_samples samples = {.x = t->x, .y = t->y, .weights = {weights, 150, 1, PENSEL_FLOAT64}};
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

/* A class's weight is its samples': scikit-learn's, given as sample weights. */
static void weights_of_classes_multiply_those_of_samples(void **state)
{
    (void)state;
    pensel_error error;
    pensel_table *t = load("data/iris.csv", "species", true);
    double weights[150], p[150 * 3];
    for (int i = 0; i < 150; i++)
        weights[i] = 0.5 + i % 3;
    pensel_samples samples = {.x = t->x, .y = t->y, .weights = {weights, 150, 1, PENSEL_FLOAT64}};
    pensel_class_weight of_classes[] = {{2, 3}, {1, 0.5}};
    pensel_estimator_options o = settings(PENSEL_CLASSIFICATION);
    o.scale_inputs = PENSEL_SCALE_STANDARD;
    o.class_weights = of_classes;
    o.class_weight_count = 2;
    pensel_estimator *e, *loaded;
    MUST(pensel_estimator_new(&e, &o, &error));
    of_classes[0].weight = 77; /* it has a copy */
    MUST(pensel_estimator_fit(e, &samples, NULL, &error));
    MUST(pensel_estimator_probabilities(e, p, samples.x, &error));
    for (int i = 0; i < 9; i++)
        assert_near(p[i], class_weighted_probabilities[i], BOUND);
    char path[64];
    snprintf(path, sizeof path, "/tmp/pensel-weights-%ld.safetensors", (long)getpid());
    MUST(pensel_estimator_save(e, path, &error));
    MUST(pensel_estimator_load(&loaded, path, &error));
    remove(path);
    const pensel_estimator_options *kept = pensel_estimator_settings(loaded);
    assert_int_equal(kept->class_weight_count, 2);
    assert_true(kept->class_weights[0].code == 2 && kept->class_weights[0].weight == 3);
    pensel_estimator_free(&loaded);
    pensel_estimator_free(&e);
    of_classes[0].weight = -1;
    assert_int_equal(pensel_estimator_new(&e, &o, &error), PENSEL_BAD_ARGUMENT);
    o.class_weight_count = 1;
    of_classes[0].weight = 1;
    MUST(pensel_estimator_new(&e, &o, &error));
    samples.y = (pensel_matrix){weights, 75, 2, PENSEL_FLOAT64};
    samples.x.rows = samples.weights.rows = 75;
    assert_int_equal(pensel_estimator_fit(e, &samples, NULL, &error), PENSEL_BAD_ARGUMENT);
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
    pensel_samples samples = {.x = {x, 150, 2, PENSEL_FLOAT64},
                              .y = {y, 150, 2, PENSEL_FLOAT64},
                              .weights = {weights, 150, 1, PENSEL_FLOAT64}};
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

/* A network of zeros gives all classes, and both sides of a yes-or-no question, the same. */
static pensel_estimator *undecided(size_t outputs, pensel_activation activation,
                                   const pensel_fitted *fitted)
{
    pensel_error error;
    pensel_estimator *e;
    pensel_network *network;
    pensel_fitted f = *fitted;
    const pensel_layer layer = {outputs, activation, 0};
    const pensel_shape shape = {.inputs = 1, .layers = &layer, .layer_count = 1};
    const pensel_estimator_options o = pensel_estimator_defaults(PENSEL_CLASSIFICATION);
    MUST(pensel_network_new(&network, &shape, PENSEL_FLOAT64, &error));
    memset(pensel_network_parameters(network), 0,
           pensel_network_parameter_count(network) * sizeof(double));
    f.network = network;
    MUST(pensel_estimator_assemble(&e, &f, NULL, &o, &error));
    pensel_network_free(&network);
    return e;
}

static void says(pensel_estimator *e, const double *answers, size_t count)
{
    pensel_error error;
    double x = 1, said[3];
    assert_true(count <= 3);
    MUST(pensel_estimator_predict(e, said, (pensel_matrix){&x, 1, 1, PENSEL_FLOAT64}, &error));
    assert_memory_equal(said, answers, count * sizeof *said);
    pensel_estimator_free(&e);
}

/* As scikit-learn: of equal classes the first is the answer, and at just a half it is no. */
static void at_just_a_half_the_first_is_said(void **state)
{
    (void)state;
    static const double classes[] = {3, 5, 8}, no[] = {0, 0, 0};
    const pensel_fitted three = {.targets = 1, .classes = classes, .class_count = 3};
    const pensel_fitted two = {.targets = 1, .classes = classes, .class_count = 2};
    const pensel_fitted labels = {.targets = 3};
    says(undecided(3, PENSEL_SOFTMAX, &three), classes, 1);
    says(undecided(1, PENSEL_LOGISTIC, &two), classes, 1);
    says(undecided(3, PENSEL_LOGISTIC, &labels), no, 3);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(three_classes_agree_with_scikit_learn),
        cmocka_unit_test(sample_weights_agree_with_scikit_learn),
        cmocka_unit_test(balanced_classes_weigh_as_scikit_learn_has_it),
        cmocka_unit_test(weights_of_classes_multiply_those_of_samples),
        cmocka_unit_test(two_classes_with_early_stopping_agree_with_scikit_learn),
        cmocka_unit_test(several_labels_agree_with_scikit_learn),
        cmocka_unit_test(scaled_regression_agrees_with_scikit_learn),
        cmocka_unit_test(several_weighted_outputs_agree_with_scikit_learn),
        cmocka_unit_test(the_poisson_loss_agrees_with_scikit_learn),
        cmocka_unit_test(options_that_make_no_sense_are_refused),
        cmocka_unit_test(a_failed_fit_leaves_the_estimator_as_it_was),
        cmocka_unit_test(fitting_again_starts_anew_and_continuing_goes_on),
        cmocka_unit_test(classes_may_be_any_numbers),
        cmocka_unit_test(one_class_alone_is_always_said),
        cmocka_unit_test(at_just_a_half_the_first_is_said),
        cmocka_unit_test(names_are_kept_and_counted),
    };
    return RUN(tests);
}
