/* The caller's own validation samples, and training a model further, against scikit-learn epoch by
 * epoch. */
#include "fitted.h"

#include "data/expected_estimator.h"

#include <unistd.h>

#define BOUND 1e-6
#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

/* iris: its four lengths and the species as codes; or the last length from the other three, in x
 * and y */
static pensel_table *load(pensel_samples *samples, bool classes, double x[450], double y[150])
{
    pensel_error error;
    pensel_table *t;
    pensel_table_options o = pensel_table_defaults();
    o.target = "species";
    o.classify = true;
    o.precision = PENSEL_FLOAT64;
    MUST(pensel_table_read(&t, "data/iris.csv", &o, &error));
    *samples = (pensel_samples){.x = t->x, .y = t->y};
    if (classes) return t;
    for (size_t r = 0; r < 150; r++) {
        memcpy(x + 3 * r, (const double *)t->x.data + 4 * r, 3 * sizeof *x);
        y[r] = ((const double *)t->x.data)[4 * r + 3];
    }
    *samples = (pensel_samples){.x = {x, 150, 3, PENSEL_FLOAT64}, .y = {y, 150, 1, PENSEL_FLOAT64}};
    return t;
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

static void own_validation_rows_agree_with_scikit_learn(void **state)
{
    (void)state;
    double x[450], y[150];
    pensel_samples samples;
    pensel_table *t = load(&samples, true, x, y);
    pensel_estimator_options o = settings(PENSEL_CLASSIFICATION);
    o.scale_inputs = PENSEL_SCALE_STANDARD;
    check_validated(&o, &samples, validated_classes_scores, COUNT_OF(validated_classes_scores),
                    validated_classes_best, 3, 10);
    pensel_table_free(&t);
    t = load(&samples, false, x, y);
    o = settings(PENSEL_REGRESSION);
    check_validated(&o, &samples, validated_numbers_scores, COUNT_OF(validated_numbers_scores),
                    validated_numbers_best, 1, 3);
    pensel_table_free(&t);
}

/* A network of 2-20-1, trained without an estimator. Both are the caller's. */
static void train_alone(pensel_network **network, pensel_training **training,
                        const pensel_training_options *o, uint32_t seed,
                        const pensel_samples *samples, const pensel_samples *held)
{
    const pensel_layer layers[] = {{20, PENSEL_RELU, 0}, {1, PENSEL_LOGISTIC, 0}};
    const pensel_shape shape = {.inputs = 2, .layers = layers, .layer_count = 2};
    pensel_error error;
    pensel_random random;
    pensel_random_seed(&random, seed);
    MUST(pensel_network_new(network, &shape, PENSEL_FLOAT64, &error));
    MUST(pensel_network_initialise(*network, PENSEL_GLOROT, &random, &error));
    MUST(pensel_training_new(training, *network, o, &error));
    MUST(pensel_training_run(*training, samples, held, &random, &error));
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
    pensel_samples held = {.x = {held_x, 4, 2, PENSEL_FLOAT64},
                           .y = {held_y, 4, 1, PENSEL_FLOAT64},
                           .weights = {weights, 4, 1, PENSEL_FLOAT64}};
    pensel_estimator *e;
    MUST(pensel_estimator_new(&e, &o, &error));
    MUST(pensel_estimator_fit(e, &samples, &held, &error));

    pensel_network *network;
    pensel_training *training;
    pensel_training_options to = o.training;
    to.loss = PENSEL_LOG_LOSS;
    samples.y.data = coded;
    samples.weights = (pensel_matrix){balance, 6, 1, PENSEL_FLOAT64};
    held.y.data = held_coded;
    train_alone(&network, &training, &to, o.seed, &samples, &held);
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

/* Saved, loaded and trained further with other options: scikit-learn's warm start. */
static void a_loaded_model_goes_on_as_a_warm_start_of_scikit_learn(void **state)
{
    (void)state;
    pensel_error error;
    double x[450], y[150], said[150];
    pensel_samples samples;
    pensel_table *t = load(&samples, false, x, y);
    pensel_estimator_options o = settings(PENSEL_REGRESSION);
    o.training.epochs = 15;
    pensel_estimator *e = fit(&o, &samples);
    char path[64];
    snprintf(path, sizeof path, "/tmp/pensel-warm-%ld.safetensors", (long)getpid());
    MUST(pensel_estimator_save(e, path, &error));
    pensel_estimator_free(&e);
    MUST(pensel_estimator_load(&e, path, &error));
    remove(path);
    o.training.epochs = 25;
    o.training.learning_rate_init = 0.002;
    MUST(pensel_estimator_configure(e, &o.training, &error));
    MUST(pensel_estimator_continue(e, &samples, NULL, &error));
    const pensel_report *report = pensel_estimator_report(e);
    assert_int_equal(report->loss_count, COUNT_OF(warm_losses));
    for (size_t i = 0; i < COUNT_OF(warm_losses); i++)
        assert_near(report->loss_curve[i], warm_losses[i], BOUND);
    MUST(pensel_estimator_predict(e, said, samples.x, &error));
    for (size_t i = 0; i < 3; i++)
        assert_near(said[i], warm_predictions[i], BOUND);

    o.training.loss = PENSEL_POISSON;
    assert_int_equal(pensel_estimator_configure(e, &o.training, &error), PENSEL_BAD_ARGUMENT);
    o.training.loss = PENSEL_HUBER;
    o.training.epochs = 0;
    assert_int_equal(pensel_estimator_configure(e, &o.training, &error), PENSEL_BAD_ARGUMENT);
    o.training.epochs = 2;
    MUST(pensel_estimator_configure(e, &o.training, &error));
    MUST(pensel_estimator_continue(e, &samples, NULL, &error));
    assert_int_equal(pensel_estimator_report(e)->loss_count, COUNT_OF(warm_losses) + 2);
    pensel_estimator_free(&e);
    pensel_table_free(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(own_validation_rows_agree_with_scikit_learn),
        cmocka_unit_test(own_validation_rows_are_those_of_a_training_run),
        cmocka_unit_test(validation_rows_of_another_kind_are_refused),
        cmocka_unit_test(a_loaded_model_goes_on_as_a_warm_start_of_scikit_learn),
    };
    return RUN(tests);
}
