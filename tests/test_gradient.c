/* Gradients against central differences, (L(w + h) - L(w - h)) / 2h, for every loss with every
 * output activation it makes sense for, each on top of every hidden activation. */
#include "oracle_loss.h"

enum { SAMPLES = 9, INPUTS = 3, HIDDEN = 4, OUTPUTS = 3 };
#define SPAN 1e-6

typedef struct problem {
    pensel_network *network;
    pensel_training_options options;
    pensel_samples samples;
    double x[SAMPLES * INPUTS], y[SAMPLES * OUTPUTS], weights[SAMPLES];
} problem;

static void setup_problem(problem *p, pensel_activation hidden, pensel_activation output,
                          pensel_loss loss, pensel_precision precision)
{
    pensel_error error;
    pensel_random random;
    pensel_layer layers[] = {
        {HIDDEN, hidden, pensel_activation_describe(hidden)->parameter},
        {HIDDEN, PENSEL_TANH, 0},
        {OUTPUTS, output, pensel_activation_describe(output)->parameter},
    };
    pensel_shape shape = {.inputs = INPUTS, .layers = layers, .layer_count = 3};
    pensel_random_seed(&random, 11);
    MUST(pensel_network_new(&p->network, &shape, precision, &error));
    MUST(pensel_network_initialise(p->network, PENSEL_GLOROT, &random, &error));
    for (int i = 0; i < SAMPLES * INPUTS; i++)
        p->x[i] = pensel_random_uniform(&random, -2, 2);
    for (int s = 0; s < SAMPLES; s++) {
        p->weights[s] = pensel_random_uniform(&random, 0.5, 2);
        for (int k = 0; k < OUTPUTS; k++)
            p->y[s * OUTPUTS + k] =
                oracle_target(oracle_loss_of(loss), oracle_activation_of(output), (size_t)s,
                              (size_t)k, OUTPUTS, &random);
    }
    p->options = pensel_training_defaults();
    p->options.loss = loss;
    p->options.alpha = 0.3;
    p->options.huber_delta = 0.7;
    p->options.quantile = 0.2;
    p->options.threads = 1;
    p->samples = (pensel_samples){
        .x = {p->x, SAMPLES, INPUTS, PENSEL_FLOAT64},
        .y = {p->y, SAMPLES, OUTPUTS, PENSEL_FLOAT64},
        .weights = {p->weights, SAMPLES, 1, PENSEL_FLOAT64},
    };
}

static double loss_of(const problem *p)
{
    pensel_error error;
    double loss;
    MUST(pensel_network_gradient(p->network, &loss, NULL, &p->samples, &p->options, &error));
    return loss;
}

static double difference(const problem *p, size_t i)
{
    double *w = pensel_network_parameters(p->network), before = w[i];
    w[i] = before + SPAN;
    double above = loss_of(p);
    w[i] = before - SPAN;
    double below = loss_of(p);
    w[i] = before;
    return (above - below) / (2 * SPAN);
}

static void check_problem(problem *p, pensel_activation hidden)
{
    pensel_error error;
    size_t count = pensel_network_parameter_count(p->network);
    double *gradient = calloc(count, sizeof *gradient), loss;
    assert_non_null(gradient);
    MUST(pensel_network_gradient(p->network, &loss, gradient, &p->samples, &p->options, &error));
    assert_near(loss, loss_of(p), 1e-15);
    for (size_t i = 0; i < count; i++) {
        double expected = difference(p, i);
        if (!(fabs(gradient[i] - expected) <= 1e-7 * fmax(1, fabs(expected))))
            fail_msg("hidden %s, parameter %zu: gradient %.12g, by differences %.12g",
                     pensel_activation_describe(hidden)->name, i, gradient[i], expected);
    }
    free(gradient);
}

typedef struct combination {
    pensel_loss loss;
    pensel_activation output;
    char name[64];
} combination;

static void gradient_is_the_slope(void **state)
{
    const combination *pair = *state;
    for (int hidden = 0; hidden < PENSEL_ACTIVATION_COUNT; hidden++) {
        problem p;
        if (hidden == PENSEL_SOFTMAX) continue;
        setup_problem(&p, (pensel_activation)hidden, pair->output, pair->loss, PENSEL_FLOAT64);
        check_problem(&p, (pensel_activation)hidden);
        pensel_network_free(&p.network);
    }
}

/* float32's gradient is float64's, rounded. */
static void float32_agrees(void **state)
{
    const combination *pair = *state;
    pensel_error error;
    problem p, q;
    double loss, loss_32;
    setup_problem(&p, PENSEL_SILU, pair->output, pair->loss, PENSEL_FLOAT64);
    setup_problem(&q, PENSEL_SILU, pair->output, pair->loss, PENSEL_FLOAT32);
    size_t count = pensel_network_parameter_count(p.network);
    double *gradient = calloc(count, sizeof *gradient);
    float *gradient_32 = calloc(count, sizeof *gradient_32);
    assert_non_null(gradient);
    assert_non_null(gradient_32);
    MUST(pensel_network_gradient(p.network, &loss, gradient, &p.samples, &p.options, &error));
    MUST(pensel_network_gradient(q.network, &loss_32, gradient_32, &q.samples, &q.options, &error));
    assert_near(loss_32, loss, 1e-5);
    for (size_t i = 0; i < count; i++)
        assert_near((double)gradient_32[i], gradient[i], 1e-4);
    free(gradient);
    free(gradient_32);
    pensel_network_free(&p.network);
    pensel_network_free(&q.network);
}

/* With `sklearn_gradient` the squared error's part of the gradient is k times the loss's:
 * scikit-learn's
 * issue 8349. */
static void compat_takes_scikit_learns_gradient(void **state)
{
    (void)state;
    pensel_error error;
    problem p;
    double loss, loss_compat,
        gradient[2][HIDDEN * INPUTS + HIDDEN * HIDDEN + OUTPUTS * HIDDEN + 2 * HIDDEN + OUTPUTS];
    setup_problem(&p, PENSEL_TANH, PENSEL_IDENTITY, PENSEL_SQUARED_ERROR, PENSEL_FLOAT64);
    p.options.alpha = 0;
    MUST(pensel_network_gradient(p.network, &loss, gradient[0], &p.samples, &p.options, &error));
    p.options.sklearn_gradient = true;
    MUST(pensel_network_gradient(p.network, &loss_compat, gradient[1], &p.samples, &p.options,
                                 &error));
    assert_true(loss == loss_compat);
    for (size_t i = 0; i < sizeof gradient[0] / sizeof(double); i++)
        assert_near(gradient[1][i], OUTPUTS * gradient[0][i], 1e-12);
    pensel_network_free(&p.network);
}

/* A sample of weight 2 counts as two samples of weight 1. */
static void a_weight_counts_as_copies(void **state)
{
    (void)state;
    pensel_error error;
    problem p;
    double x[2 * SAMPLES * INPUTS], y[2 * SAMPLES * OUTPUTS], loss, loss_copies;
    setup_problem(&p, PENSEL_TANH, PENSEL_IDENTITY, PENSEL_SQUARED_ERROR, PENSEL_FLOAT64);
    for (int s = 0; s < SAMPLES; s++)
        p.weights[s] = s < 4 ? 2 : 1;
    memcpy(x, p.x, sizeof p.x);
    memcpy(y, p.y, sizeof p.y);
    memcpy(x + SAMPLES * INPUTS, p.x, 4 * INPUTS * sizeof *x);
    memcpy(y + SAMPLES * OUTPUTS, p.y, 4 * OUTPUTS * sizeof *y);
    pensel_samples copies = {.x = {x, SAMPLES + 4, INPUTS, PENSEL_FLOAT64},
                             .y = {y, SAMPLES + 4, OUTPUTS, PENSEL_FLOAT64}};
    MUST(pensel_network_gradient(p.network, &loss, NULL, &p.samples, &p.options, &error));
    MUST(pensel_network_gradient(p.network, &loss_copies, NULL, &copies, &p.options, &error));
    assert_near(loss, loss_copies, 1e-13);
    pensel_network_free(&p.network);
}

int main(void)
{
    enum { MOST = 2 * PENSEL_LOSS_COUNT * PENSEL_ACTIVATION_COUNT + 2 };
    static combination pairs[PENSEL_LOSS_COUNT * PENSEL_ACTIVATION_COUNT];
    static char names[PENSEL_LOSS_COUNT * PENSEL_ACTIVATION_COUNT][80];
    struct CMUnitTest tests[MOST];
    size_t count = 0, used = 0;
    for (int loss = 0; loss < PENSEL_LOSS_COUNT; loss++)
        for (int output = 0; output < PENSEL_ACTIVATION_COUNT; output++) {
            if (!oracle_makes_sense(oracle_loss_of((pensel_loss)loss),
                                    oracle_activation_of((pensel_activation)output)))
                continue;
            combination *pair = &pairs[used];
            pair->loss = (pensel_loss)loss;
            pair->output = (pensel_activation)output;
            snprintf(pair->name, sizeof pair->name, "%s of %s", pensel_loss_name(pair->loss),
                     pensel_activation_describe(pair->output)->name);
            snprintf(names[used], sizeof names[used], "%s in float32", pair->name);
            tests[count++] =
                (struct CMUnitTest){pair->name, gradient_is_the_slope, NULL, NULL, pair};
            tests[count++] = (struct CMUnitTest){names[used], float32_agrees, NULL, NULL, pair};
            used++;
        }
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(compat_takes_scikit_learns_gradient);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(a_weight_counts_as_copies);
    return _cmocka_run_group_tests("gradient", tests, count, NULL, NULL);
}
