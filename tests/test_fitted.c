/* Estimators assembled from a network trained elsewhere are like fitted ones: a network of known
 * numbers computes what a formula does, and a fit that is taken apart and reassembled is the same,
 * also through a file. */
#include "fitted.h"
#include "temporary.h"

#include <unistd.h>

static pensel_error error;

enum { N = 40 };
static double x[2 * N], numbers[N], classes[N];

static void make_samples(void)
{
    for (int i = 0; i < N; i++) {
        x[2 * i] = 10 + 3 * sin(i);
        x[2 * i + 1] = cos(3 * i);
        numbers[i] = 100 * x[2 * i] * x[2 * i + 1];
        classes[i] = i % 3 * 2.5 - 1;
    }
}

static pensel_samples samples_of(const double *y)
{
    return (pensel_samples){.x = {x, N, 2, PENSEL_FLOAT64}, .y = {y, N, 1, PENSEL_FLOAT64}};
}

/* y = 4 (3 (x1 - 1) / 2 - 5 (x2 - 10) / 4 + 0.5) + 7 */
static void known_numbers_say_what_the_formula_says(void **state)
{
    (void)state;
    static const double offset[] = {1, 10}, scale[] = {2, 4}, y_offset[] = {7}, y_scale[] = {4};
    static const double x_given[] = {0, 0, 5, -2, 1, 10};
    const pensel_layer output = {1, PENSEL_IDENTITY, 0};
    pensel_shape shape = {.inputs = 2, .layers = &output, .layer_count = 1};
    pensel_estimator_options o = pensel_estimator_defaults(PENSEL_REGRESSION);
    pensel_network *network;
    pensel_estimator *e;
    double y[3];
    o.scale_inputs = o.scale_targets = PENSEL_SCALE_STANDARD;
    MUST(pensel_network_new(&network, &shape, PENSEL_FLOAT64, &error));
    double *parameters = pensel_network_parameters(network);
    parameters[0] = 3, parameters[1] = -5, parameters[2] = 0.5;
    pensel_fitted fitted = {network, 1, NULL, 0, offset, scale, y_offset, y_scale};
    MUST(pensel_estimator_assemble(&e, &fitted, NULL, &o, &error));
    pensel_network_free(&network); /* it has a copy */
    MUST(pensel_estimator_predict(e, y, (pensel_matrix){x_given, 3, 2, PENSEL_FLOAT64}, &error));
    for (int i = 0; i < 3; i++) {
        double a = (x_given[2 * i] - 1) / 2, b = (x_given[2 * i + 1] - 10) / 4;
        assert_near(y[i], 4 * (3 * a - 5 * b + 0.5) + 7, 1e-12);
    }
    assert_int_equal(pensel_estimator_settings(e)->hidden_count, 0);
    assert_int_equal(pensel_estimator_settings(e)->precision, PENSEL_FLOAT64);
    pensel_estimator_free(&e);
}

static void assert_same(const pensel_estimator *a, const pensel_estimator *b)
{
    bool coded = pensel_estimator_task(a) == PENSEL_CLASSIFICATION;
    const pensel_report *r = pensel_estimator_report(a), *s = pensel_estimator_report(b);
    pensel_matrix m = samples_of(numbers).x;
    double one[3 * N], other[3 * N];
    MUST(pensel_estimator_predict(a, one, m, &error));
    MUST(pensel_estimator_predict(b, other, m, &error));
    assert_memory_equal(one, other, N * sizeof *one);
    if (coded) {
        MUST(pensel_estimator_probabilities(a, one, m, &error));
        MUST(pensel_estimator_probabilities(b, other, m, &error));
        assert_memory_equal(one, other, sizeof one);
    }
    assert_int_equal(r->epochs, s->epochs);
    assert_int_equal(r->loss_count, s->loss_count);
    assert_int_equal(r->loss_count, 40);
    assert_memory_equal(r->loss_curve, s->loss_curve, r->loss_count * sizeof *r->loss_curve);
    assert_int_equal(r->validation_count, s->validation_count);
    assert_int_equal(r->validation_count, coded ? 40 : 0);
    for (size_t i = 0; i < r->validation_count; i++)
        assert_true(r->validation_scores[i] == s->validation_scores[i]);
}

static void taken_apart_and_put_together(pensel_task task)
{
    pensel_samples samples = samples_of(task == PENSEL_CLASSIFICATION ? classes : numbers);
    pensel_estimator_options o = settings(task);
    const char *path = temporary("fitted.safetensors");
    pensel_fitted fitted;
    pensel_estimator *again, *loaded;
    o.scale_inputs = PENSEL_SCALE_MINMAX;
    if (task == PENSEL_REGRESSION) o.scale_targets = PENSEL_SCALE_STANDARD;
    o.training.n_iter_no_change = SIZE_MAX;
    o.training.early_stopping = task == PENSEL_CLASSIFICATION;
    pensel_estimator *e = fit(&o, &samples);
    MUST(pensel_estimator_fitted(e, &fitted, &error));
    MUST(pensel_estimator_assemble(&again, &fitted, pensel_estimator_report(e),
                                   pensel_estimator_settings(e), &error));
    assert_same(e, again);
    MUST(pensel_estimator_save(again, path, &error));
    MUST(pensel_estimator_load(&loaded, path, &error));
    assert_same(e, loaded);
    MUST(pensel_estimator_continue(loaded, &samples, NULL, &error));
    remove(path);
    pensel_estimator_free(&e);
    pensel_estimator_free(&again);
    pensel_estimator_free(&loaded);
}

static void a_fit_taken_apart_and_put_together_is_the_same(void **state)
{
    (void)state;
    taken_apart_and_put_together(PENSEL_REGRESSION);
    taken_apart_and_put_together(PENSEL_CLASSIFICATION);
}

/* Refused with a sentence that has `part`. */
static void assert_refused(const pensel_fitted *fitted, const pensel_estimator_options *o,
                           const char *part)
{
    pensel_estimator *e = NULL;
    assert_int_equal(pensel_estimator_assemble(&e, fitted, NULL, o, &error), PENSEL_BAD_ARGUMENT);
    if (!strstr(error.text, part)) fail_msg("says \"%s\", without \"%s\"", error.text, part);
    assert_null(e);
}

static void parts_of_different_models_are_refused(void **state)
{
    (void)state;
    static const double codes[] = {0, 1, 2}, unsorted[] = {0, 2, 1}, flat[] = {1, 0};
    const pensel_layer output = {3, PENSEL_SOFTMAX, 0};
    pensel_shape shape = {.inputs = 2, .layers = &output, .layer_count = 1};
    pensel_estimator_options o = pensel_estimator_defaults(PENSEL_CLASSIFICATION);
    pensel_network *network;
    MUST(pensel_network_new(&network, &shape, PENSEL_FLOAT32, &error));
    pensel_fitted fitted = {.network = network, .targets = 1, .classes = codes, .class_count = 2};
    assert_refused(&fitted, &o, "do not fit the network");
    fitted.class_count = 3;
    fitted.classes = unsorted;
    assert_refused(&fitted, &o, "class 3 has the code 1");
    fitted.classes = codes;
    fitted.targets = 0;
    assert_refused(&fitted, &o, "do not fit the network");
    fitted.targets = 1;
    fitted.input_offset = fitted.input_scale = flat;
    assert_refused(&fitted, &o, "to say the same");
    o.scale_inputs = PENSEL_SCALE_MINMAX;
    assert_refused(&fitted, &o, "a scale above 0");
    fitted.input_scale = NULL;
    assert_refused(&fitted, &o, "to say the same");
    o = pensel_estimator_defaults(PENSEL_REGRESSION);
    fitted = (pensel_fitted){.network = network, .targets = 2};
    assert_refused(&fitted, &o, "do not fit the network");
    pensel_network_free(&network);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_numbers_say_what_the_formula_says),
        cmocka_unit_test(a_fit_taken_apart_and_put_together_is_the_same),
        cmocka_unit_test(parts_of_different_models_are_refused),
    };
    make_samples();
    return RUN(tests);
}
