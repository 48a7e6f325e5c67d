/* What a program needs that has a network inside: prediction in its own memory, gradients with
 * respect to the inputs, and a file of a network alone. Gradients are those of the formulas in long
 * double, by central differences. */
#include "temporary.h"
#include "test.h"

#include "oracle_network.h"

enum { IN = 3, OUT = 4, MOST = 700 };
static pensel_error error;
static double x[MOST * IN];

static void fill(void)
{
    for (size_t i = 0; i < MOST * IN; i++)
        x[i] = sin(1.7 * (double)i) * 1.3;
}

static pensel_network *dense(pensel_activation hidden, pensel_activation output)
{
    const pensel_layer layers[] = {{9, hidden, 0.5}, {7, hidden, 0.5}, {OUT, output, 0.5}};
    return oracle_draw(layers, 3, IN, PENSEL_FLOAT64, 5);
}

static pensel_network *of_list(const char *list, size_t inputs, pensel_precision precision)
{
    pensel_network *network;
    pensel_random dice;
    pensel_random_seed(&dice, 3);
    MUST(pensel_network_new(&network, &(pensel_shape){.inputs = inputs, .list = list}, precision,
                            &error));
    MUST(pensel_network_initialise(network, PENSEL_GLOROT, &dice, &error));
    return network;
}

/* ------------------------------------------------------------------ gradients */

/* sum over j of dy[j] y[j](row), in long double */
static long double weighed(const oracle_network *o, const double *row, const double *dy)
{
    static oracle_pass pass;
    long double sum = 0;
    oracle_forward(o, &pass, row);
    for (size_t j = 0; j < OUT; j++)
        sum += (dy ? (long double)dy[j] : 1) * pass.a[o->shape.layer_count][j];
    return sum;
}

static void must_be_slope(const pensel_network *network, const double *dy, size_t n)
{
    static oracle_network o;
    static double dx[MOST * IN];
    const double h = 1e-6;
    oracle_take(&o, network);
    pensel_matrix m = {x, n, IN, PENSEL_FLOAT64};
    MUST(pensel_network_input_gradient(network, dx, m, dy, 2, &error));
    for (size_t s = 0; s < n; s += n > 40 ? 97 : 1)
        for (size_t i = 0; i < IN; i++) {
            double above[IN], below[IN];
            memcpy(above, x + s * IN, sizeof above);
            memcpy(below, x + s * IN, sizeof below);
            above[i] += h;
            below[i] -= h;
            const double *row = dy ? dy + s * OUT : NULL;
            long double slope = (weighed(&o, above, row) - weighed(&o, below, row)) /
                                ((long double)above[i] - (long double)below[i]);
            assert_near(dx[s * IN + i], (double)slope, 1e-9);
        }
}

static void input_gradients_are_slopes(void **state)
{
    (void)state;
    static double dy[MOST * OUT];
    for (size_t i = 0; i < MOST * OUT; i++)
        dy[i] = cos(0.9 * (double)i);
    for (int output = 0; output < PENSEL_AUTOMATIC; output++) {
        if (output == PENSEL_STEP) continue; /* which has none */
        pensel_network *network = dense(PENSEL_TANH, (pensel_activation)output);
        must_be_slope(network, dy, 20);
        must_be_slope(network, NULL, 20);
        pensel_network_free(&network);
    }
    pensel_network *network = dense(PENSEL_SINE, PENSEL_IDENTITY);
    must_be_slope(network, dy, MOST); /* several passes */
    pensel_network_free(&network);
}

/* Layers that the oracle does not know: against differences of the prediction. */
static void input_gradients_go_through_other_layers(void **state)
{
    (void)state;
    static const char *const lists[] = {
        "dense:8:tanh, layer-norm, residual(dense:8:tanh, dense:8), dense:1",
        "dropout:0.2, scale, dense:8:tanh, dense:1", "periodic:2:3:4:1.0, dense:8:tanh, dense:1"};
    const double h = 1e-5;
    for (size_t k = 0; k < sizeof lists / sizeof *lists; k++) {
        pensel_network *network = of_list(lists[k], IN, PENSEL_FLOAT64);
        double dx[5 * IN], above[5 * IN], below[5 * IN], y[2][5];
        MUST(pensel_network_input_gradient(network, dx, (pensel_matrix){x, 5, IN, PENSEL_FLOAT64},
                                           NULL, 1, &error));
        for (size_t i = 0; i < IN; i++) {
            for (size_t at = 0; at < 5 * IN; at++) {
                above[at] = x[at] + (at % IN == i ? h : 0);
                below[at] = x[at] - (at % IN == i ? h : 0);
            }
            pensel_matrix up = {above, 5, IN, PENSEL_FLOAT64},
                          down = {below, 5, IN, PENSEL_FLOAT64};
            MUST(pensel_network_predict(network, y[0], up, 1, &error));
            MUST(pensel_network_predict(network, y[1], down, 1, &error));
            for (size_t s = 0; s < 5; s++)
                assert_near(dx[s * IN + i], (y[0][s] - y[1][s]) / (2 * h), 1e-7);
        }
        pensel_network_free(&network);
    }
}

static void input_gradients_have_limits(void **state)
{
    (void)state;
    double dx[2 * IN], rows[2 * IN] = {0.1, 0.2, 0.3, 0.1, INFINITY, 0.3};
    pensel_network *network = of_list("fourier:4:1.0, dense:1", 2, PENSEL_FLOAT64);
    assert_int_equal(pensel_network_input_gradient(
                         network, dx, (pensel_matrix){rows, 1, 2, PENSEL_FLOAT64}, NULL, 1, &error),
                     PENSEL_UNSUPPORTED);
    assert_non_null(strstr(error.text, "fourier"));
    pensel_network_free(&network);
    network = dense(PENSEL_TANH, PENSEL_IDENTITY); /* whose slope is 0 out there */
    MUST(pensel_network_input_gradient(network, dx, (pensel_matrix){rows, 2, IN, PENSEL_FLOAT64},
                                       NULL, 1, &error));
    for (size_t i = 0; i < IN; i++) {
        assert_true(isfinite(dx[i]));
        assert_true(isnan(dx[IN + i]));
    }
    pensel_network_free(&network);
}

/* ------------------------------------------------------------------ prediction */

static void a_callers_memory_holds_the_same_prediction(void **state)
{
    (void)state;
    static char own[1 << 22], y[2][MOST * OUT * sizeof(double)];
    static const size_t counts[] = {1, 2, 17, MOST};
    for (int float64 = 0; float64 <= 1; float64++) {
        pensel_network *network =
            of_list("dense:300:tanh, dense:4", IN, float64 ? PENSEL_FLOAT64 : PENSEL_FLOAT32);
        size_t bytes = pensel_network_workspace(network);
        size_t row = OUT * (float64 ? sizeof(double) : sizeof(float));
        assert_true(bytes + 2 < sizeof own);
        for (size_t k = 0; k < sizeof counts / sizeof *counts; k++) {
            pensel_matrix m = {x, counts[k], IN, PENSEL_FLOAT64};
            memset(own, 0x5a, sizeof own);
            MUST(pensel_network_predict(network, y[0], m, 1, &error));
            MUST(pensel_network_predict_in(network, y[1], m, own + 1, bytes, &error));
            assert_memory_equal(y[0], y[1], counts[k] * row);
            assert_int_equal(own[0], 0x5a); /* nothing around it is touched */
            for (size_t i = bytes + 1; i < sizeof own; i += 1 + i % 61)
                assert_int_equal(own[i], 0x5a);
        }
        assert_int_equal(pensel_network_predict_in(network, y[1],
                                                   (pensel_matrix){x, 2, IN, PENSEL_FLOAT64}, own,
                                                   bytes - 1, &error),
                         PENSEL_BAD_ARGUMENT);
        pensel_network_free(&network);
    }
}

/* ------------------------------------------------------------------ files */

static void a_network_alone_comes_back(void **state)
{
    (void)state;
    static const char *const lists[] = {"dense:8:tanh, dense:4",
                                        "hashgrid:2:2:6:2:8, dense:8:relu, dense:4",
                                        "dense:8:tanh:rate-factor=0, layer-norm, dense:4"};
    for (size_t k = 0; k < sizeof lists / sizeof *lists; k++)
        for (int p = PENSEL_FLOAT32; p <= PENSEL_BFLOAT16; p++) {
            const char *path = temporary("network.safetensors");
            pensel_network *network = of_list(lists[k], 2, (pensel_precision)p), *same = NULL;
            size_t count = pensel_network_parameter_count(network);
            MUST(pensel_network_save(network, path, &error));
            MUST(pensel_network_load(&same, path, &error));
            remove(path);
            assert_int_equal(pensel_network_precision(same), p);
            assert_int_equal(pensel_network_parameter_count(same), count);
            assert_string_equal(pensel_network_shape(same)->list,
                                pensel_network_shape(network)->list);
            assert_memory_equal(pensel_network_parameters_const(same),
                                pensel_network_parameters_const(network),
                                count * (p == PENSEL_FLOAT64 ? sizeof(double) : sizeof(float)));
            pensel_network_free(&network);
            pensel_network_free(&same);
        }
}

/* An estimator's file has a network too: that of its golden file. */
static void a_network_is_taken_out_of_an_estimators_file(void **state)
{
    (void)state;
    pensel_network *network;
    MUST(pensel_network_load(&network, "data/format-1/scaled", &error));
    assert_true(pensel_network_parameter_count(network) > 0);
    pensel_network_free(&network);
    assert_int_equal(pensel_network_load(&network, "data/none", &error), PENSEL_IO_FAILED);
    assert_null(network);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(input_gradients_are_slopes),
        cmocka_unit_test(input_gradients_go_through_other_layers),
        cmocka_unit_test(input_gradients_have_limits),
        cmocka_unit_test(a_callers_memory_holds_the_same_prediction),
        cmocka_unit_test(a_network_alone_comes_back),
        cmocka_unit_test(a_network_is_taken_out_of_an_estimators_file),
    };
    fill();
    return RUN(tests);
}
