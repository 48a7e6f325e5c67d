/* Few samples in wide layers, whose units are shared out among threads: the same bits on any number
 * of them, and the formula in double. */
#include "test.h"

enum { INPUTS = 300, OUTPUTS = 7, MOST = 150 };

static const size_t counts[] = {1, 2, 15, 16, 17, 33, 64, 65, 100, 129, MOST};

static double x[MOST * INPUTS];

static pensel_network *network_of(const pensel_layer *layers, size_t count,
                                  pensel_precision precision)
{
    pensel_error error;
    pensel_random random;
    pensel_network *network;
    pensel_shape shape = {.inputs = INPUTS, .layers = layers, .layer_count = count};
    pensel_random_seed(&random, 5);
    for (size_t i = 0; i < MOST * INPUTS; i++)
        x[i] = pensel_random_uniform(&random, -1, 1);
    MUST(pensel_network_new(&network, &shape, precision, &error));
    MUST(pensel_network_initialise(network, PENSEL_GLOROT, &random, &error));
    return network;
}

static double parameter(const pensel_network *network, size_t at)
{
    const void *all = pensel_network_parameters_const(network);
    return pensel_network_precision(network) == PENSEL_FLOAT64 ? ((const double *)all)[at]
                                                               : (double)((const float *)all)[at];
}

static double bend(double z, pensel_activation activation)
{
    return activation == PENSEL_TANH ? tanh(z) : activation == PENSEL_RELU ? fmax(z, 0) : z;
}

/* One row by the formula: a' = f(b + w a), the last layer's softmax in the end */
static void formula(const pensel_network *network, const pensel_layer *layers, size_t count,
                    const double *row, double *y)
{
    static double a[2][600];
    pensel_error error;
    memcpy(a[0], row, INPUTS * sizeof *row);
    for (size_t l = 0; l < count; l++) {
        pensel_layer_view view;
        MUST(pensel_network_layer(network, l, &view, &error));
        for (size_t j = 0; j < view.out; j++) {
            double z = parameter(network, view.biases + j);
            for (size_t i = 0; i < view.in; i++)
                z += parameter(network, view.weights + j * view.in + i) * a[l % 2][i];
            a[(l + 1) % 2][j] = bend(z, layers[l].activation);
        }
    }
    double sum = 0;
    bool softmax = layers[count - 1].activation == PENSEL_SOFTMAX;
    for (size_t j = 0; j < layers[count - 1].width; j++)
        sum += softmax ? exp(a[count % 2][j]) : 0;
    for (size_t j = 0; j < layers[count - 1].width; j++)
        y[j] = softmax ? exp(a[count % 2][j]) / sum : a[count % 2][j];
}

/* n rows on one thread by the formula, and on more threads by the bits of one */
static void check(const pensel_network *network, const pensel_layer *layers, size_t layer_count,
                  size_t n)
{
    pensel_error error;
    bool wide = pensel_network_precision(network) == PENSEL_FLOAT64;
    size_t width = layers[layer_count - 1].width, size = wide ? 8 : 4;
    char *one = calloc(n * width, size), *more = calloc(n * width, size);
    double *expected = calloc(width, sizeof *expected);
    pensel_matrix rows = {x, n, INPUTS, PENSEL_FLOAT64};
    assert_true(one && more && expected);
    MUST(pensel_network_predict(network, one, rows, 1, &error));
    for (size_t row = 0; row < n; row += 1 + n / 5) {
        formula(network, layers, layer_count, x + row * INPUTS, expected);
        for (size_t j = 0; j < width; j++) {
            double y = wide ? ((double *)(void *)one)[row * width + j]
                            : (double)((float *)(void *)one)[row * width + j];
            assert_near(y, expected[j], wide ? 1e-12 : 2e-5);
        }
    }
    for (size_t threads = 2; threads <= 5; threads++) {
        memset(more, 0xff, n * width * size);
        MUST(pensel_network_predict(network, more, rows, threads, &error));
        assert_memory_equal(one, more, n * width * size);
    }
    free(one), free(more), free(expected);
}

static void check_counts(const pensel_layer *layers, size_t layer_count, pensel_precision precision)
{
    pensel_network *network = network_of(layers, layer_count, precision);
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        check(network, layers, layer_count, counts[i]);
    pensel_network_free(&network);
}

static const pensel_layer classes[] = {
    {512, PENSEL_RELU, 0}, {500, PENSEL_TANH, 0}, {OUTPUTS, PENSEL_SOFTMAX, 0}};
/* A softmax so wide that it would be shared if it could be */
static const pensel_layer wide_softmax[] = {{600, PENSEL_RELU, 0}, {590, PENSEL_SOFTMAX, 0}};

static void units_of_float32_are_shared(void **state)
{
    (void)state;
    check_counts(classes, 3, PENSEL_FLOAT32);
    check_counts(wide_softmax, 2, PENSEL_FLOAT32);
}

static void units_of_float64_are_shared(void **state)
{
    (void)state;
    check_counts(classes, 3, PENSEL_FLOAT64);
    check_counts(wide_softmax, 2, PENSEL_FLOAT64);
}

/* A row with NaN has no answer, the others have theirs, whoever computes them. */
static void rows_that_are_not_finite_stay_alone(void **state)
{
    (void)state;
    pensel_error error;
    pensel_network *network = network_of(classes, 3, PENSEL_FLOAT32);
    float one[16 * OUTPUTS], more[16 * OUTPUTS];
    pensel_matrix rows = {x, 16, INPUTS, PENSEL_FLOAT64};
    MUST(pensel_network_predict(network, one, rows, 1, &error));
    x[5 * INPUTS + 3] = NAN;
    MUST(pensel_network_predict(network, more, rows, 3, &error));
    for (size_t i = 0; i < 16 * OUTPUTS; i++)
        assert_true(i / OUTPUTS == 5 ? isnan(more[i]) : more[i] == one[i]);
    pensel_network_free(&network);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(units_of_float32_are_shared),
        cmocka_unit_test(units_of_float64_are_shared),
        cmocka_unit_test(rows_that_are_not_finite_stay_alone),
    };
    return RUN(tests);
}
