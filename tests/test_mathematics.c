/* The mathematics of a network: its loss and its gradient against the formulas written again in
 * long double (oracle_*.h), for every activation and loss, both precisions, and every instruction
 * set that runs here. And no activation or loss is without its formula there. */
#include "oracle_network.h"

enum { SAMPLES = 150, MOST_SAMPLES = 700, INPUTS = 5, HIDDEN = 21, OUTPUTS = 3 };

static double x[MOST_SAMPLES * INPUTS], y[MOST_SAMPLES * OUTPUTS], weights[MOST_SAMPLES];
static oracle_network oracle;
static long double expected[ORACLE_PARAMETERS];
static double gradient[ORACLE_PARAMETERS];

static void every_activation_has_its_formula(void **state)
{
    (void)state;
    for (int f = 0; f < PENSEL_ACTIVATION_COUNT; f++) {
        const pensel_activation_info *info = pensel_activation_describe((pensel_activation)f);
        const oracle_activation *row = oracle_activation_of((pensel_activation)f);
        assert_true(info->parameter == row->parameter);
        assert_int_equal(info->has_parameter, row->parameter != 0);
        assert_int_equal(info->outputs_only, oracle_sees_layer(row));
    }
    assert_int_equal(ORACLE_ACTIVATION_COUNT, PENSEL_ACTIVATION_COUNT);
}

static void every_loss_has_its_formula(void **state)
{
    (void)state;
    for (int i = 0; i < PENSEL_LOSS_COUNT; i++) {
        const pensel_loss_info *info = pensel_loss_describe((pensel_loss)i);
        const oracle_loss *row = oracle_loss_of((pensel_loss)i);
        assert_string_equal(info->name, row->name);
        assert_int_equal(info->mean, row->mean);
        assert_int_equal(info->classes, row->targets == CLASSES);
        assert_int_equal(info->counts, row->targets == COUNTS);
        assert_true(oracle_makes_sense(row, oracle_activation_of(info->output)));
    }
    assert_null(pensel_loss_describe(PENSEL_LOSS_COUNT));
    assert_int_equal(ORACLE_LOSS_COUNT, PENSEL_LOSS_COUNT);
    assert_null(pensel_loss_name(PENSEL_LOSS_COUNT));
}

/* A slope that is not its value's would be the oracle's own mistake; kinks are stepped over. */
static void formulas_and_their_slopes_agree(void **state)
{
    const long double h = 1e-6L;
    (void)state;
    for (size_t f = 0; f < ORACLE_ACTIVATION_COUNT; f++) {
        const oracle_activation *row = &oracle_activations[f];
        long double p = row->parameter * 0.7L;
        for (int i = -400; i < 400 && !oracle_sees_layer(row); i++) {
            long double z = (i + 0.5L) * 0.02L;
            long double rise = row->value(z + h, p) - row->value(z - h, p);
            assert_near((double)row->slope(z, p), (double)(rise / (2 * h)), 1e-9);
        }
    }
    for (size_t loss = 0; loss < ORACLE_LOSS_COUNT; loss++)
        for (int i = 1; i < 200; i++) {
            const oracle_loss *row = &oracle_losses[loss];
            long double a = i * 0.02L, rise = row->value(a + h, 1.41L, 0.7L);
            rise -= row->value(a - h, 1.41L, 0.7L);
            assert_near((double)row->slope(a, 1.41L, 0.7L), (double)(rise / (2 * h)), 1e-8);
        }
}

/* Values and derivatives by themselves, from far left to far right. */
static void activations_follow_their_formulas(void **state)
{
    enum { NEAR = 4001, FAR = 14, COUNT = NEAR + FAR };
    static const double far[FAR] = {0,   -0.0, 1e-300, -1e-300, 1e-9, -1e-9, 30,
                                    -30, 100,  -100,   700,     -700, 36.8,  -36.8};
    static double z[COUNT], value[COUNT], slope[COUNT];
    pensel_error error;
    (void)state;
    for (int i = 0; i < NEAR; i++)
        z[i] = (i - NEAR / 2) * 0.01;
    memcpy(z + NEAR, far, sizeof far);
    EVERY_ISA(turn)
    for (int f = 0; f < PENSEL_ACTIVATION_COUNT; f++) {
        const oracle_activation *row = oracle_activation_of((pensel_activation)f);
        for (double p = row->parameter, i = 0; i < 2 && !oracle_sees_layer(row); i++, p *= 0.75) {
            MUST(pensel_activation_apply((pensel_activation)f, p, value, slope, z, COUNT, &error));
            for (int s = 0; s < COUNT; s++) {
                assert_near(value[s], (double)row->value(z[s], p), 4e-15);
                assert_near(slope[s], (double)row->slope(z[s], p), 4e-15);
            }
        }
    }
}

static void draw_samples(pensel_loss loss, const oracle_activation *output)
{
    pensel_random random;
    pensel_random_seed(&random, 5);
    for (int i = 0; i < MOST_SAMPLES * INPUTS; i++)
        x[i] = (double)(float)pensel_random_uniform(&random, -2, 2);
    for (size_t s = 0; s < MOST_SAMPLES; s++) {
        weights[s] = (double)(float)pensel_random_uniform(&random, 0.25, 2);
        for (size_t j = 0; j < OUTPUTS; j++)
            y[s * OUTPUTS + j] =
                oracle_target(oracle_loss_of(loss), output, s, j, OUTPUTS, &random);
    }
}

static pensel_samples first_samples(size_t n)
{
    return (pensel_samples){.x = {x, n, INPUTS, PENSEL_FLOAT64},
                            .y = {y, n, OUTPUTS, PENSEL_FLOAT64},
                            .weights = {weights, n, 1, PENSEL_FLOAT64}};
}

static void get_gradient(const pensel_network *network, double *loss, size_t n,
                         const pensel_training_options *options)
{
    static float narrow[ORACLE_PARAMETERS];
    bool wide = pensel_network_precision(network) == PENSEL_FLOAT64;
    double alone; /* the loss without a gradient: another way, the same number */
    pensel_error error;
    pensel_samples samples = first_samples(n);
    MUST(pensel_network_gradient(network, loss, wide ? (void *)gradient : narrow, &samples, options,
                                 &error));
    MUST(pensel_network_gradient(network, &alone, NULL, &samples, options, &error));
    assert_near(alone, *loss, wide ? 1e-14 : 1e-6);
    for (size_t i = 0; i < pensel_network_parameter_count(network) && !wide; i++)
        gradient[i] = (double)narrow[i];
}

/* The first n samples, in both precisions and by every instruction set. */
static void check(const pensel_layer *layers, size_t count, size_t n,
                  const pensel_training_options *options)
{
    for (int precision = PENSEL_FLOAT32; precision <= PENSEL_FLOAT64; precision++) {
        double bound = precision == PENSEL_FLOAT64 ? 1e-13 : 2e-5, loss;
        EVERY_ISA(turn)
        {
            pensel_network *network =
                oracle_draw(layers, count, INPUTS, (pensel_precision)precision, 3);
            oracle_take(&oracle, network);
            oracle_problem problem = {.loss = oracle_loss_of(options->loss),
                                      .delta = oracle_delta(options),
                                      .alpha = options->alpha,
                                      .times_outputs = options->sklearn_gradient,
                                      .x = x,
                                      .y = y,
                                      .weights = weights,
                                      .n = n};
            long double right = oracle_data_gradient(&oracle, &problem, expected), most = 1;
            right += oracle_penalty(&oracle, &problem, expected);
            get_gradient(network, &loss, n, options);
            assert_near(loss, (double)right, bound);
            for (size_t i = 0; i < oracle.count; i++)
                most = fmaxl(most, fabsl(expected[i]));
            for (size_t i = 0; i < oracle.count; i++)
                if (!(fabs(gradient[i] - (double)expected[i]) <= bound * (double)most))
                    fail_msg("%s of %s above %s, %d bits, parameter %zu: %.17g: %.17Lg is right",
                             pensel_loss_name(options->loss),
                             pensel_activation_describe(layers[count - 1].activation)->name,
                             pensel_activation_describe(layers[0].activation)->name,
                             precision == PENSEL_FLOAT64 ? 64 : 32, i, gradient[i], expected[i]);
            pensel_network_free(&network);
        }
    }
}

static pensel_training_options settings(pensel_loss loss)
{
    pensel_training_options options = pensel_training_defaults();
    options.loss = loss;
    options.alpha = 0.3;
    options.huber_delta = 0.7;
    options.quantile = 0.2;
    options.threads = 1;
    return options;
}

/* Every loss above every output activation that it is defined for. */
static void losses_follow_their_formulas(void **state)
{
    (void)state;
    for (int loss = 0; loss < PENSEL_LOSS_COUNT; loss++)
        for (int f = 0; f < PENSEL_ACTIVATION_COUNT; f++) {
            const oracle_activation *output = oracle_activation_of((pensel_activation)f);
            if (!oracle_makes_sense(oracle_loss_of((pensel_loss)loss), output)) continue;
            pensel_layer layers[] = {{HIDDEN, PENSEL_TANH, 0},
                                     {OUTPUTS, (pensel_activation)f, 0.7 * output->parameter}};
            pensel_training_options options = settings((pensel_loss)loss);
            draw_samples((pensel_loss)loss, output);
            check(layers, 2, SAMPLES, &options);
        }
}

/* Every activation in a hidden layer, below another one. */
static void hidden_layers_follow_their_formulas(void **state)
{
    (void)state;
    pensel_training_options options = settings(PENSEL_SQUARED_ERROR);
    draw_samples(PENSEL_SQUARED_ERROR, oracle_activation_of(PENSEL_IDENTITY));
    for (int f = 0; f < PENSEL_ACTIVATION_COUNT; f++) {
        const oracle_activation *hidden = oracle_activation_of((pensel_activation)f);
        if (oracle_sees_layer(hidden)) continue;
        pensel_layer layers[] = {{HIDDEN, (pensel_activation)f, 0.7 * hidden->parameter},
                                 {9, PENSEL_LEAKY_RELU, 0.2},
                                 {OUTPUTS, PENSEL_IDENTITY, 0}};
        check(layers, 3, SAMPLES, &options);
    }
}

/* Widths and numbers of samples that fill no vector, one, and several and a bit. */
static void sizes_do_not_matter(void **state)
{
    static const size_t widths[] = {1, 2, 8, 15, 17, 33, 100, 127};
    static const size_t counts[] = {1, 2, 15, 33, 149, 700};
    (void)state;
    draw_samples(PENSEL_SQUARED_ERROR, oracle_activation_of(PENSEL_IDENTITY));
    for (size_t w = 0; w < sizeof widths / sizeof *widths; w++) {
        pensel_layer layers[] = {{widths[w], PENSEL_TANH, 0},
                                 {1 + widths[w] / 3, PENSEL_RELU, 0},
                                 {OUTPUTS, PENSEL_IDENTITY, 0}};
        pensel_training_options options = settings(PENSEL_SQUARED_ERROR);
        options.sklearn_gradient = w % 2;
        check(layers, 3, counts[(w + 1) % 6], &options);
    }
}

/* A prediction of 0 where 1 is the truth: the logarithm is of the smallest step from 1, as in
 * scikit-learn. */
static void a_logarithm_stays_finite(void **state)
{
    (void)state;
    pensel_training_options options = pensel_training_defaults();
    options.loss = PENSEL_LOG_LOSS;
    options.alpha = 0;
    for (int precision = 0; precision < 2; precision++) {
        const pensel_layer layer = {1, PENSEL_LOGISTIC, 0};
        double zero = 0, one = 1, loss, epsilon = precision ? 0x1p-52 : 0x1p-23;
        float narrow[2] = {0, -2000};
        double wide[2] = {0, -2000};
        pensel_error error;
        pensel_network *network = oracle_draw(&layer, 1, 1, (pensel_precision)precision, 1);
        memcpy(pensel_network_parameters(network), precision ? (void *)wide : narrow,
               precision ? sizeof wide : sizeof narrow);
        pensel_samples samples = {.x = {&zero, 1, 1, PENSEL_FLOAT64},
                                  .y = {&one, 1, 1, PENSEL_FLOAT64}};
        MUST(pensel_network_gradient(network, &loss, NULL, &samples, &options, &error));
        assert_near(loss, -log(epsilon), 1e-12);
        pensel_network_free(&network);
    }
}

/* Where a prediction is cut off for its logarithm the loss is flat, and the gradient 0; elsewhere
 * it is -y / a, of the bias as of the one input, which is 1. */
static void a_loss_that_is_cut_off_is_flat(void **state)
{
    const pensel_layer layer = {1, PENSEL_IDENTITY, 0};
    const double predictions[] = {0, 0.25, 1}, slopes[] = {0, -4, 0};
    (void)state;
    pensel_training_options options = pensel_training_defaults();
    options.loss = PENSEL_LOG_LOSS;
    options.alpha = 0;
    for (int i = 0; i < 3; i++) {
        double one = 1, loss, slope[2], parameters[2] = {0, predictions[i]};
        pensel_error error;
        pensel_network *network = oracle_draw(&layer, 1, 1, PENSEL_FLOAT64, 1);
        memcpy(pensel_network_parameters(network), parameters, sizeof parameters);
        pensel_samples samples = {.x = {&one, 1, 1, PENSEL_FLOAT64},
                                  .y = {&one, 1, 1, PENSEL_FLOAT64}};
        MUST(pensel_network_gradient(network, &loss, slope, &samples, &options, &error));
        assert_near(slope[0], slopes[i], 1e-12);
        assert_near(slope[1], slopes[i], 1e-12);
        pensel_network_free(&network);
    }
}

/* Prediction, of many rows and of one alone. */
static void predictions_follow_the_formulas(void **state)
{
    static oracle_pass pass;
    double out[SAMPLES * OUTPUTS], one[OUTPUTS], middle[SAMPLES * HIDDEN];
    pensel_error error;
    (void)state;
    draw_samples(PENSEL_SQUARED_ERROR, oracle_activation_of(PENSEL_IDENTITY));
    for (int f = 0; f < PENSEL_ACTIVATION_COUNT; f++) {
        double p = oracle_activation_of((pensel_activation)f)->parameter;
        pensel_layer layers[] = {{HIDDEN, f == PENSEL_SOFTMAX ? PENSEL_ELU : (pensel_activation)f,
                                  f == PENSEL_SOFTMAX ? 1 : p},
                                 {OUTPUTS, (pensel_activation)f, p}};
        EVERY_ISA(turn)
        {
            pensel_network *network = oracle_draw(layers, 2, INPUTS, PENSEL_FLOAT64, 4);
            oracle_take(&oracle, network);
            MUST(pensel_network_predict(network, out, first_samples(SAMPLES).x, 1, &error));
            MUST(pensel_network_activations(network, 0, middle, first_samples(SAMPLES).x, 1,
                                            &error));
            for (size_t s = 0; s < SAMPLES; s++) {
                pensel_matrix row = {x + s * INPUTS, 1, INPUTS, PENSEL_FLOAT64};
                MUST(pensel_network_predict(network, one, row, 1, &error));
                oracle_forward(&oracle, &pass, x + s * INPUTS);
                for (size_t j = 0; j < OUTPUTS; j++) {
                    assert_near(out[s * OUTPUTS + j], (double)pass.a[2][j], 1e-13);
                    assert_near(one[j], (double)pass.a[2][j], 1e-13);
                }
                for (size_t j = 0; j < HIDDEN; j++)
                    assert_near(middle[s * HIDDEN + j], (double)pass.a[1][j], 1e-13);
            }
            pensel_network_free(&network);
        }
    }
}

/* Softmax of sums whose exponentials would not be finite, many rows and one. */
static void softmax_of_large_sums_is_finite(void **state)
{
    const pensel_layer layer = {3, PENSEL_SOFTMAX, 0};
    const double rows[] = {1000, 1001, 999.5, -2000, -2000, -1998};
    (void)state;
    for (int precision = 0; precision < 2; precision++)
        EVERY_ISA(turn)
        {
            double wide[6];
            float narrow[6];
            pensel_error error;
            pensel_network *network = oracle_draw(&layer, 1, 3, (pensel_precision)precision, 1);
            for (size_t i = 0; i < 12; i++) {
                double value = i < 9 && i / 3 == i % 3;
                if (precision)
                    ((double *)pensel_network_parameters(network))[i] = value;
                else
                    ((float *)pensel_network_parameters(network))[i] = (float)value;
            }
            for (size_t n = 1; n <= 2; n++) {
                void *said = precision ? (void *)wide : narrow;
                pensel_matrix x_rows = {rows, n, 3, PENSEL_FLOAT64};
                MUST(pensel_network_predict(network, said, x_rows, 1, &error));
                for (size_t i = 0; i < 3 * n; i++) {
                    const double *z = rows + i / 3 * 3;
                    double most = fmax(fmax(z[0], z[1]), z[2]);
                    double sum = exp(z[0] - most) + exp(z[1] - most) + exp(z[2] - most);
                    assert_near(precision ? wide[i] : (double)narrow[i], exp(z[i % 3] - most) / sum,
                                precision ? 1e-15 : 1e-6);
                }
            }
            pensel_network_free(&network);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_activation_has_its_formula),
        cmocka_unit_test(every_loss_has_its_formula),
        cmocka_unit_test(formulas_and_their_slopes_agree),
        cmocka_unit_test(activations_follow_their_formulas),
        cmocka_unit_test(losses_follow_their_formulas),
        cmocka_unit_test(hidden_layers_follow_their_formulas),
        cmocka_unit_test(sizes_do_not_matter),
        cmocka_unit_test(a_logarithm_stays_finite),
        cmocka_unit_test(a_loss_that_is_cut_off_is_flat),
        cmocka_unit_test(softmax_of_large_sums_is_finite),
        cmocka_unit_test(predictions_follow_the_formulas),
    };
    return RUN(tests);
}
