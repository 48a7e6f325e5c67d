/* What a program needs that has a network inside: prediction in its own memory, gradients with
 * respect to the inputs, a loss of its own, calls after each step, and a file of a network alone.
 * Gradients are those of the formulas in long double, by central differences. */
#include "temporary.h"
#include "test.h"

#include "oracle_network.h"

#include <stdatomic.h>

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
        "dropout:0.2, scale, dense:8:tanh, dense:1", "periodic:2:3:4:1.0, dense:8:tanh, dense:1",
        "embedding:4:3:1, dense:8:tanh, dense:1"}; /* of a code it is 0 */
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

/* ------------------------------------------------------------------ a loss of one's own */

enum { ROWS = 90 };
static double y[ROWS * OUT], weights[ROWS];

static pensel_samples samples_of(bool weighted)
{
    for (size_t i = 0; i < ROWS * OUT; i++)
        y[i] = 0.2 + 0.5 * sin(0.6 * (double)i);
    for (size_t s = 0; s < ROWS; s++)
        weights[s] = weighted ? 0.5 + (double)(s % 3) : 1;
    return (pensel_samples){.x = {x, ROWS, IN, PENSEL_FLOAT64},
                            .y = {y, ROWS, OUT, PENSEL_FLOAT64},
                            .weights = {weighted ? weights : NULL, ROWS, 1, PENSEL_FLOAT64}};
}

/* sum over j of c_j cosh(a_j - y_j), c_j = j + 1, times *data */
static double by_cosh(double *slope, const double *a, const double *y_, size_t outputs, void *data)
{
    double sum = 0, factor = *(const double *)data;
    for (size_t j = 0; j < outputs; j++) {
        double c = factor * (double)(j + 1), d = a[j] - y_[j];
        sum += c * cosh(d);
        if (slope) slope[j] = c * sinh(d);
    }
    return sum;
}

/* The same over all samples, of the formulas */
static long double oracle_cosh(const oracle_network *o, bool weighted)
{
    static oracle_pass pass;
    long double sum = 0, all = 0;
    for (size_t s = 0; s < ROWS; s++) {
        long double loss = 0;
        oracle_forward(o, &pass, x + s * IN);
        for (size_t j = 0; j < OUT; j++)
            loss += 0.5L * (long double)(j + 1) *
                    coshl(pass.a[o->shape.layer_count][j] - (long double)y[s * OUT + j]);
        sum += loss * (weighted ? (long double)weights[s] : 1);
        all += weighted ? (long double)weights[s] : 1;
    }
    return sum / all;
}

static void a_loss_of_ones_own_has_its_slopes(void **state)
{
    (void)state;
    static oracle_network o;
    static double gradient[ORACLE_PARAMETERS];
    static const pensel_activation outputs[] = {PENSEL_IDENTITY, PENSEL_LOGISTIC, PENSEL_SOFTMAX,
                                                PENSEL_EXPONENTIAL, PENSEL_SINE};
    const long double h = 1e-6L;
    double half = 0.5;
    for (size_t k = 0; k < 2 * sizeof outputs / sizeof *outputs; k++) {
        bool weighted = k % 2;
        pensel_network *network = dense(PENSEL_TANH, outputs[k / 2]);
        pensel_samples samples = samples_of(weighted);
        pensel_training_options options = pensel_training_defaults();
        double loss;
        options.alpha = 0;
        options.loss_function = by_cosh;
        options.loss_function_data = &half;
        MUST(pensel_network_gradient(network, &loss, gradient, &samples, &options, &error));
        oracle_take(&o, network);
        assert_near(loss, (double)oracle_cosh(&o, weighted), 1e-13);
        for (size_t i = 0; i < o.count; i += 3) {
            long double w = o.w[i], above, below;
            o.w[i] = w + h;
            above = oracle_cosh(&o, weighted);
            o.w[i] = w - h;
            below = oracle_cosh(&o, weighted);
            o.w[i] = w;
            assert_near(gradient[i], (double)((above - below) / (2 * h)), 1e-8);
        }
        pensel_network_free(&network);
    }
}

/* squared-error, written by the caller; *data counts the samples */
static double by_square(double *slope, const double *a, const double *y_, size_t outputs,
                        void *data)
{
    double sum = 0, k = (double)outputs;
    if (data) atomic_fetch_add((_Atomic size_t *)data, 1);
    for (size_t j = 0; j < outputs; j++) {
        double d = a[j] - y_[j];
        sum += d * d / (2 * k);
        if (slope) slope[j] = d / k;
    }
    return sum;
}

static void train(double *parameters, const pensel_training_options *options,
                  pensel_precision precision)
{
    pensel_network *network = of_list("dense:9:tanh, dense:4", IN, precision);
    pensel_training *training;
    pensel_random dice;
    pensel_samples samples = samples_of(true);
    pensel_random_seed(&dice, 8);
    MUST(pensel_training_new(&training, network, options, &error));
    MUST(pensel_training_run(training, &samples, NULL, &dice, &error));
    for (size_t i = 0; i < pensel_network_parameter_count(network); i++)
        parameters[i] = precision == PENSEL_FLOAT64
                            ? ((const double *)pensel_network_parameters_const(network))[i]
                            : (double)((const float *)pensel_network_parameters_const(network))[i];
    pensel_training_free(&training);
    pensel_network_free(&network);
}

/* With every solver, in batches of one and of many */
static void squares_of_ones_own_train_like_squared_error(void **state)
{
    (void)state;
    static double named[500], own[500];
    static const size_t sizes[] = {1, 16, ROWS};
    for (int solver = 0; pensel_solver_name((pensel_solver)solver); solver++)
        for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++)
            for (int threads = 1; threads <= 2; threads++) {
                pensel_training_options options = pensel_training_defaults();
                options.solver = (pensel_solver)solver;
                options.epochs = 3;
                options.threads = (size_t)threads;
                if (options.solver != PENSEL_LBFGS) options.batch_size = sizes[k];
                train(named, &options, PENSEL_FLOAT64);
                _Atomic size_t samples = 0;
                options.loss_function = by_square;
                options.loss_function_data = &samples;
                train(own, &options, PENSEL_FLOAT64);
                assert_true(atomic_load(&samples) >= 3 * ROWS);
                for (size_t i = 0; i < 4 * 9 + 4 * 10; i++)
                    assert_near(own[i], named[i], 1e-9);
            }
}

static void a_loss_of_ones_own_goes_with_some_options_only(void **state)
{
    (void)state;
    pensel_network *network = dense(PENSEL_TANH, PENSEL_IDENTITY);
    pensel_training *training;
    pensel_training_options options = pensel_training_defaults();
    options.loss_function = by_square;
    options.sklearn_gradient = true;
    assert_int_equal(pensel_training_new(&training, network, &options, &error),
                     PENSEL_BAD_ARGUMENT);
    assert_non_null(strstr(error.text, "sklearn_gradient"));
    options = pensel_training_defaults();
    options.coarse_to_fine = true;
    options.loss_function = by_square;
    assert_int_equal(pensel_training_new(&training, network, &options, &error), PENSEL_UNSUPPORTED);
    pensel_network_free(&network);
}

/* ------------------------------------------------------------------ after each step */

typedef struct watcher {
    size_t calls, end, epoch; /* `end`: the call that ends the run */
    pensel_verdict verdict;
    double first, sum; /* losses */
    uint64_t steps;
} watcher;

static pensel_verdict watch(const pensel_progress *progress, void *data)
{
    watcher *w = data;
    if (w->calls++ == 0) w->first = progress->loss;
    w->sum += progress->loss;
    w->steps = progress->steps;
    w->epoch = progress->epoch;
    assert_non_null(progress->network);
    assert_true(isnan(progress->validation_score));
    return w->calls == w->end ? w->verdict : PENSEL_CONTINUE;
}

static const pensel_report *run_watched(pensel_training **training, pensel_network *network,
                                        watcher *w, size_t batch)
{
    pensel_training_options options = pensel_training_defaults();
    pensel_samples samples = samples_of(false);
    pensel_random dice;
    pensel_random_seed(&dice, 8);
    options.shuffle = false;
    options.alpha = 0;
    options.epochs = 3;
    options.batch_size = batch;
    options.on_batch = watch;
    options.on_batch_data = w;
    MUST(pensel_training_new(training, network, &options, &error));
    MUST(pensel_training_run(*training, &samples, NULL, &dice, &error));
    return pensel_training_report(*training);
}

static void each_step_is_told(void **state)
{
    (void)state;
    pensel_network *network = dense(PENSEL_TANH, PENSEL_IDENTITY);
    static oracle_network o;
    static oracle_pass pass;
    pensel_training *training;
    watcher w = {0};
    long double loss = 0;
    oracle_take(&o, network);
    for (size_t s = 0; s < 40; s++) { /* of the first batch, before its step */
        oracle_forward(&o, &pass, x + s * IN);
        for (size_t j = 0; j < OUT; j++) {
            long double d =
                pass.a[3][j] - (long double)(0.2 + 0.5 * sin(0.6 * (double)(s * OUT + j)));
            loss += d * d / (2 * OUT);
        }
    }
    const pensel_report *report = run_watched(&training, network, &w, 40);
    assert_int_equal(w.calls, 9); /* batches of 40, 40 and 10 */
    assert_int_equal(w.steps, 9);
    assert_int_equal(w.epoch, 2);
    assert_near(w.first, (double)(loss / 40), 1e-13);
    assert_int_equal(report->stop, PENSEL_STOP_EPOCHS);
    pensel_training_free(&training);
    pensel_network_free(&network);
}

static void a_step_may_end_the_run(void **state)
{
    (void)state;
    static const struct {
        pensel_verdict verdict;
        pensel_stop stop;
    } ends[] = {{PENSEL_INTERRUPT, PENSEL_STOP_INTERRUPTED},
                {PENSEL_GOAL_REACHED, PENSEL_STOP_GOAL}};
    for (size_t k = 0; k < 2; k++)
        for (size_t batch = 1; batch <= 16; batch += 15) {
            pensel_network *network = dense(PENSEL_TANH, PENSEL_IDENTITY);
            pensel_training *training;
            watcher w = {.end = 4, .verdict = ends[k].verdict};
            const pensel_report *report = run_watched(&training, network, &w, batch);
            assert_int_equal(report->stop, ends[k].stop);
            assert_int_equal(report->steps, 4);
            assert_int_equal(w.calls, 4);
            assert_near(report->loss, w.sum / 4, 1e-12); /* of an epoch that was cut short */
            pensel_training_free(&training);
            pensel_network_free(&network);
        }
}

static void lbfgs_has_no_batches(void **state)
{
    (void)state;
    pensel_network *network = dense(PENSEL_TANH, PENSEL_IDENTITY);
    pensel_training *training;
    pensel_training_options options = pensel_training_defaults();
    options.solver = PENSEL_LBFGS;
    options.on_batch = watch;
    assert_int_equal(pensel_training_new(&training, network, &options, &error),
                     PENSEL_BAD_ARGUMENT);
    assert_non_null(strstr(error.text, "on_epoch"));
    pensel_network_free(&network);
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
        cmocka_unit_test(a_loss_of_ones_own_has_its_slopes),
        cmocka_unit_test(squares_of_ones_own_train_like_squared_error),
        cmocka_unit_test(a_loss_of_ones_own_goes_with_some_options_only),
        cmocka_unit_test(each_step_is_told),
        cmocka_unit_test(a_step_may_end_the_run),
        cmocka_unit_test(lbfgs_has_no_batches),
        cmocka_unit_test(a_network_alone_comes_back),
        cmocka_unit_test(a_network_is_taken_out_of_an_estimators_file),
    };
    fill();
    return RUN(tests);
}
