/* Rates and decays of a layer's own: in its list, and set afterwards. */
#include "layers.h"

/* One step without momentum and, yet, without decay */
static pensel_training_options one_step(bool adam)
{
    pensel_training_options o = pensel_training_defaults();
    o.solver = adam ? PENSEL_ADAM : PENSEL_SGD;
    o.learning_rate_init = 0.1;
    o.momentum = o.beta_1 = o.beta_2 = 0;
    o.epsilon = 1e-300;
    o.epochs = 1;
    o.alpha = 0;
    return o;
}

/* A step without momentum, with the group's factors f of the rate and c of decays:
 * sgd: w -= f rate (g + c alpha / n w); AdamW's first: w -= f rate (g / |g| + c weight_decay w);
 * and the loss has alpha/2 sum c |w|^2 / n. */
static void groups_have_their_own_rate_and_decay(void **state)
{
    enum { SAMPLES = 4 };
    bool adam = *(const bool *)*state;
    const char *list = "dense:3:tanh:rate-factor=0.25:decay=3,scale:rate-factor=0,dense:1";
    double x[SAMPLES * IN], y[SAMPLES], loss, gradient[64], before[64], squares = 0;
    pensel_error error;
    pensel_training *training;
    pensel_random random;
    pensel_group group;
    pensel_network *network = make(list, IN, PENSEL_FLOAT64);
    double *w = pensel_network_parameters(network);
    size_t count = pensel_network_parameter_count(network);
    pensel_training_options o = one_step(adam);
    assert_true(count < 64);
    draw(x, SAMPLES * IN, 0, 1, 5);
    draw(y, SAMPLES, -1, 1, 9);
    const pensel_samples samples = {.x = {x, SAMPLES, IN, PENSEL_FLOAT64},
                                    .y = {y, SAMPLES, 1, PENSEL_FLOAT64}};
    MUST(pensel_network_gradient(network, &loss, gradient, &samples, &o, &error));
    memcpy(before, w, count * sizeof *w);
    if (adam)
        o.weight_decay = 0.5;
    else
        o.alpha = 0.2;
    pensel_random_seed(&random, 4);
    MUST(pensel_training_new(&training, network, &o, &error));
    MUST(pensel_training_run(training, &samples, NULL, &random, &error));
    const double rate[] = {0.25, 0.25, 0, 1, 1}, decay[] = {3, 0, 0, 1, 0};
    assert_int_equal(pensel_network_group_count(network), 5);
    for (size_t g = 0; g < 5; g++) {
        MUST(pensel_network_group(network, g, &group, &error));
        assert_true(group.rate_factor == rate[g] && group.decay == decay[g]);
        for (size_t i = group.first; i < group.first + group.count; i++) {
            double step = adam ? (gradient[i] > 0 ? 1 : -1) + 0.5 * decay[g] * before[i]
                               : gradient[i] + decay[g] * 0.2 / SAMPLES * before[i];
            assert_near(w[i], before[i] - rate[g] * 0.1 * step, 1e-13);
            squares += decay[g] * before[i] * before[i];
        }
    }
    assert_near(pensel_training_report(training)->loss, loss + o.alpha / 2 * squares / SAMPLES,
                1e-14);
    pensel_training_free(&training);
    pensel_network_free(&network);
}

/* What is set afterwards is what the list would have said, for the next step of a training that is
 * there already, too. */
static void rates_may_be_set_afterwards(void **state)
{
    enum { SAMPLES = 4 };
    const char *const with = "dense:3:tanh:rate_factor=0.25:decay=3,scale:rate_factor=0,dense:1";
    double x[SAMPLES * IN], y[SAMPLES];
    pensel_error error;
    pensel_training *training[2];
    pensel_network *network[] = {make("dense:3:tanh,scale,dense:1", IN, PENSEL_FLOAT64),
                                 make(with, IN, PENSEL_FLOAT64)};
    pensel_training_options o = pensel_training_defaults();
    const pensel_samples samples = {.x = {x, SAMPLES, IN, PENSEL_FLOAT64},
                                    .y = {y, SAMPLES, 1, PENSEL_FLOAT64}};
    (void)state;
    draw(x, SAMPLES * IN, 0, 1, 5);
    draw(y, SAMPLES, -1, 1, 9);
    o.epochs = 3;
    o.alpha = 0.2;
    for (int k = 0; k < 2; k++) {
        pensel_random random;
        pensel_random_seed(&random, 4);
        MUST(pensel_training_new(&training[k], network[k], &o, &error));
        if (k == 0) {
            MUST(pensel_network_set_rates(network[0], 1, 0.25, 3, &error));
            MUST(pensel_network_set_rates(network[0], 2, 0, 1, &error));
        }
        MUST(pensel_training_run(training[k], &samples, NULL, &random, &error));
        pensel_training_free(&training[k]);
    }
    assert_string_equal(pensel_network_shape(network[0])->list, with);
    assert_same(network[0], network[1]);
    pensel_network_free(&network[0]);
    pensel_network_free(&network[1]);
}

/* L-BFGS, which has no rate, refuses also what is set once the training is made. */
static void lbfgs_refuses_rates_that_are_set_afterwards(void **state)
{
    enum { SAMPLES = 4 };
    double x[SAMPLES * IN] = {0}, y[SAMPLES] = {0};
    pensel_error error;
    pensel_training *training;
    pensel_random random;
    pensel_network *network = make("dense:1", IN, PENSEL_FLOAT64);
    pensel_training_options o = pensel_training_defaults();
    const pensel_samples samples = {.x = {x, SAMPLES, IN, PENSEL_FLOAT64},
                                    .y = {y, SAMPLES, 1, PENSEL_FLOAT64}};
    (void)state;
    o.solver = PENSEL_LBFGS;
    pensel_random_seed(&random, 4);
    MUST(pensel_training_new(&training, network, &o, &error));
    MUST(pensel_network_set_rates(network, 0, 2, 1, &error));
    assert_int_equal(pensel_training_run(training, &samples, NULL, &random, &error),
                     PENSEL_BAD_ARGUMENT);
    assert_non_null(strstr(error.text, "rate factor"));
    pensel_training_free(&training);
    pensel_network_free(&network);
}

static void lbfgs_refuses_what_it_cannot_do(void **state)
{
    const char *const lists[] = {"dropout,dense:1", "dense:3:rate-factor=2,dense:1"};
    pensel_training_options o = pensel_training_defaults();
    (void)state;
    o.solver = PENSEL_LBFGS;
    for (size_t i = 0; i < 2; i++) {
        pensel_error error;
        pensel_training *training;
        pensel_network *network = make(lists[i], IN, PENSEL_FLOAT32);
        assert_int_equal(pensel_training_new(&training, network, &o, &error), PENSEL_BAD_ARGUMENT);
        assert_non_null(strstr(error.text, "lbfgs"));
        pensel_network_free(&network);
    }
}

int main(void)
{
    static bool solvers[] = {false, true}; /* sgd, adam */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(groups_have_their_own_rate_and_decay, &solvers[0]),
        cmocka_unit_test_prestate(groups_have_their_own_rate_and_decay, &solvers[1]),
        cmocka_unit_test(rates_may_be_set_afterwards),
        cmocka_unit_test(lbfgs_refuses_rates_that_are_set_afterwards),
        cmocka_unit_test(lbfgs_refuses_what_it_cannot_do),
    };
    return RUN(tests);
}
