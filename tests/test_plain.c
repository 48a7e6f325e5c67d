/* examples/plain.c and the library, side by side: the same network from the same start, the same
 * numbers after 50 steps, by sgd and by adam. */
#include "test.h"

int plain_main(int argc, char **argv);
#pragma push_macro("main")
#undef main
#define main plain_main
#include "../examples/plain.c"
#pragma pop_macro("main")

enum { STEPS = 50, BATCH = 17 };

static const pensel_layer layers[] = {
    {24, PENSEL_TANH, 0}, {24, PENSEL_TANH, 0}, {1, PENSEL_LOGISTIC, 0}};

static pensel_training_options options_of(const solver *s, double alpha)
{
    pensel_training_options o = pensel_training_defaults();
    o.solver = s->adam ? PENSEL_ADAM : PENSEL_SGD;
    o.loss = PENSEL_LOG_LOSS;
    o.learning_rate_init = s->rate;
    o.momentum = s->momentum;
    o.nesterovs_momentum = false;
    o.alpha = alpha;
    o.batch_size = BATCH;
    o.shuffle = false;
    return o;
}

static void check(int adam)
{
    static parameters theta;
    static double x[POINTS * 2], y[POINTS];
    static solver s;
    pensel_error error;
    pensel_random random;
    pensel_network *network;
    pensel_training *training;
    pensel_shape shape = {.inputs = 2, .layers = layers, .layer_count = LAYERS};
    s = (solver){.adam = adam, .rate = 0.03, .momentum = 0.9, .b1 = 0.9, .b2 = 0.999};
    pensel_training_options o = options_of(&s, 0.01);
    make_spirals(x, y);
    initialise(theta);
    MUST(pensel_network_new(&network, &shape, PENSEL_FLOAT64, &error));
    assert_int_equal(pensel_network_parameter_count(network), parameter_count());
    memcpy(pensel_network_parameters(network), theta, parameter_count() * sizeof *theta);
    MUST(pensel_training_new(&training, network, &o, &error));
    pensel_random_seed(&random, 1);
    pensel_samples samples = {.x = {x, POINTS, 2, PENSEL_FLOAT64},
                              .y = {y, POINTS, 1, PENSEL_FLOAT64}};
    while (s.t < STEPS) {
        double loss = epoch(&s, theta, x, y, POINTS, BATCH, 0.01);
        MUST(pensel_training_epoch(training, &samples, &random, &error));
        assert_near(pensel_training_report(training)->loss, loss, 1e-12);
    }
    assert_int_equal(pensel_training_solver_steps(training), s.t);
    const double *w = pensel_network_parameters_const(network);
    for (size_t i = 0; i < parameter_count(); i++)
        assert_near(w[i], theta[i], 1e-12);
    pensel_training_free(&training);
    pensel_network_free(&network);
}

static void sgd_takes_the_same_steps(void **state)
{
    (void)state;
    check(0);
}

static void adam_takes_the_same_steps(void **state)
{
    (void)state;
    check(1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sgd_takes_the_same_steps),
        cmocka_unit_test(adam_takes_the_same_steps),
    };
    return RUN(tests);
}
