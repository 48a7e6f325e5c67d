/* One neuron and the perceptron: the tutorial's numbers, and the limits that Minsky & Papert
 * showed. */
#include "test.h"

static void the_tutorials_neuron_gives_minus_0_05(void **state)
{
    const double weights[] = {0.7, 0.6, 1.4}, x[] = {1.0, 0.5, -1.0}, expected[] = {0.7, 0.3, -1.4};
    pensel_neuron neuron = {weights, 3, -0.1, PENSEL_LEAKY_RELU, 0.1};
    double output, z, products[3];
    pensel_error error;
    (void)state;
    MUST(pensel_neuron_run(&neuron, &output, &z, products, x, &error));
    for (int i = 0; i < 3; i++)
        assert_near(products[i], expected[i], 1e-15);
    assert_near(z, -0.5, 1e-15);
    assert_near(output, -0.05, 1e-15);
    MUST(pensel_neuron_run(&neuron, &output, NULL, NULL, x, &error));
    assert_near(output, -0.05, 1e-15);
}

static void a_neuron_of_many_inputs_sums_them_all(void **state)
{
    enum { MANY = 1237 };
    static double weights[MANY], x[MANY];
    pensel_neuron neuron = {weights, MANY, 0.25, PENSEL_IDENTITY, 0};
    long double sum = 0.25L;
    double z;
    pensel_error error;
    (void)state;
    for (int i = 0; i < MANY; i++) {
        weights[i] = sin(i);
        x[i] = cos(2 * i);
        sum += (long double)weights[i] * (long double)x[i];
    }
    MUST(pensel_neuron_run(&neuron, NULL, &z, NULL, x, &error));
    assert_near(z, (double)sum, 1e-12);
}

static void a_neuron_without_sense_is_refused(void **state)
{
    double x = 1, output;
    pensel_neuron no_inputs = {&x, 0, 0, PENSEL_RELU, 0};
    pensel_neuron no_activation = {&x, 1, 0, PENSEL_ACTIVATION_COUNT, 0};
    pensel_error error;
    (void)state;
    assert_int_equal(pensel_neuron_run(&no_inputs, &output, NULL, NULL, &x, &error),
                     PENSEL_BAD_ARGUMENT);
    assert_int_equal(pensel_neuron_run(&no_activation, &output, NULL, NULL, &x, &error),
                     PENSEL_BAD_ARGUMENT);
}

static const double corners[] = {0, 0, 0, 1, 1, 0, 1, 1};

static size_t mistakes_after(const double *y, double *weights, double *bias, size_t epochs)
{
    size_t mistakes, used;
    pensel_error error;
    MUST(pensel_perceptron_train(weights, bias, &used, &mistakes, corners, y, 4, 2, 0.5, epochs,
                                 &error));
    assert_true(used <= epochs);
    return mistakes;
}

static void a_perceptron_learns_and_and_or(void **state)
{
    const double tables[][4] = {{0, 0, 0, 1}, {0, 1, 1, 1}};
    pensel_error error;
    (void)state;
    for (int t = 0; t < 2; t++) {
        double weights[2] = {0}, bias = 0;
        assert_int_equal(mistakes_after(tables[t], weights, &bias, 100), 0);
        pensel_neuron learned = {weights, 2, bias, PENSEL_STEP, 0};
        for (int s = 0; s < 4; s++) {
            double answer;
            MUST(pensel_neuron_run(&learned, &answer, NULL, NULL, corners + 2 * s, &error));
            assert_true(answer == tables[t][s]);
        }
    }
}

static void a_perceptron_cannot_learn_xor(void **state)
{
    const double xor [] = {0, 1, 1, 0};
    double weights[2] = {0}, bias = 0;
    (void)state;
    assert_true(mistakes_after(xor, weights, &bias, 10000) > 0);
}

/* One step by hand: w (0, 0), b 0, sample (1, 1) with target 0: step(0) is 1, so w and b fall by
 * the rate. */
static void one_step_is_rosenblatts(void **state)
{
    double weights[2] = {0}, bias = 0, x[] = {1, 1}, y = 0;
    size_t used, mistakes;
    pensel_error error;
    (void)state;
    MUST(pensel_perceptron_train(weights, &bias, &used, &mistakes, x, &y, 1, 2, 0.5, 1, &error));
    assert_true(weights[0] == -0.5 && weights[1] == -0.5 && bias == -0.5);
    assert_int_equal(mistakes, 1);
}

static void bad_samples_are_refused(void **state)
{
    double weights[1] = {0}, bias = 0, x = 1, y = 2;
    size_t used, mistakes;
    pensel_error error;
    (void)state;
    assert_int_equal(
        pensel_perceptron_train(weights, &bias, &used, &mistakes, &x, &y, 1, 1, 1, 1, &error),
        PENSEL_BAD_DATA);
    x = (double)NAN, y = 1;
    assert_int_equal(
        pensel_perceptron_train(weights, &bias, &used, &mistakes, &x, &y, 1, 1, 1, 1, &error),
        PENSEL_BAD_DATA);
    assert_int_equal(
        pensel_perceptron_train(weights, &bias, &used, &mistakes, &x, &y, 1, 1, 0, 1, &error),
        PENSEL_BAD_ARGUMENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_tutorials_neuron_gives_minus_0_05),
        cmocka_unit_test(a_neuron_of_many_inputs_sums_them_all),
        cmocka_unit_test(a_neuron_without_sense_is_refused),
        cmocka_unit_test(a_perceptron_learns_and_and_or),
        cmocka_unit_test(a_perceptron_cannot_learn_xor),
        cmocka_unit_test(one_step_is_rosenblatts),
        cmocka_unit_test(bad_samples_are_refused),
    };
    return RUN(tests);
}
