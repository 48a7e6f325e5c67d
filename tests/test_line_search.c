/* The line search of lbfgs tries the steps that SciPy's dcsrch tries, on lines with every turn of
 * the road. parity/make_line_search.py ran SciPy. */
#include "test.h"

#include "parity/line_search.h"
#include "training/line_search.h"

#include <float.h>

typedef struct value {
    double loss, slope;
} value;

static value polynomial(const double a[7], double t)
{
    value at = {0, 0};
    for (int k = 7; k-- > 0;)
        at.loss = at.loss * t + a[k];
    for (int k = 7; k-- > 1;)
        at.slope = at.slope * t + k * a[k];
    return at;
}

/* The value of line `line` at t: LINES in make_line_search.py; behind the last, a polynomial. */
static value line_at(int line, const double a[7], double t)
{
    double u = t + 0.004;
    switch (line) {
    case 0:
        return (value){-t / (t * t + 2), (t * t - 2) / ((t * t + 2) * (t * t + 2))};
    case 1:
        return (value){u * u * u * u * u - 2 * u * u * u * u, 5 * u * u * u * u - 8 * u * u * u};
    case 2:
        return (value){(t - 3) * (t - 3), 2 * (t - 3)};
    case 3:
        return (value){t * (t - 1) * (t - 2) * (t - 4) - t,
                       4 * t * t * t - 21 * t * t + 28 * t - 9};
    case 4:
        return (value){1 / (1 + t) + 1e-4 * t, -1 / ((1 + t) * (1 + t)) + 1e-4};
    case 5:
        return (value){-t, -1};
    case 6:
        return (value){1 / (1 + t), -1 / ((1 + t) * (1 + t))};
    case 7:
        return (value){t, -1};
    case 8:
        return (value){-t + 2 * t * t - t * t * t, -1 + 4 * t - 3 * t * t};
    default:
        return polynomial(a, t);
    }
}

static void it_tries_what_scipy_tries(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof searches / sizeof *searches; i++) {
        pensel_line_search search;
        value start = line_at(searches[i].line, searches[i].a, 0);
        bool accepted = false;
        pensel_line_search_begin(&search, searches[i].first, start.loss, start.slope);
        for (int k = 0; k < searches[i].count; k++) {
            if (accepted) fail_msg("search %zu ends after %d steps, too early", i, k);
            assert_near(search.step, searches[i].steps[k], 1e-9);
            value at = line_at(searches[i].line, searches[i].a, search.step);
            accepted = pensel_line_search_next(&search, at.loss, at.slope);
        }
        assert_int_equal(accepted, searches[i].accepted);
    }
}

/* Answers drawn beforehand, whatever step is tried, lead through every turn of the search. */
static void it_answers_as_scipy_does(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof dialogues / sizeof *dialogues; i++) {
        pensel_line_search search;
        bool accepted = false;
        pensel_line_search_begin(&search, dialogues[i].first, 0, -1);
        for (int k = 0; k < dialogues[i].count; k++) {
            const double *answer = dialogues[i].answers[k];
            if (accepted) fail_msg("dialogue %zu ends after %d steps, too early", i, k);
            if (!(fabs(search.step - answer[2]) <= 1e-9 * fabs(answer[2])))
                fail_msg("dialogue %zu, step %d: %.17g, SciPy's is %.17g", i, k, search.step,
                         answer[2]);
            accepted = pensel_line_search_next(&search, answer[0], answer[1]);
        }
        if (accepted != dialogues[i].accepted)
            fail_msg("dialogue %zu: accepted %d, by SciPy %d", i, accepted, dialogues[i].accepted);
    }
}

/* SciPy's lnsrlb begins no search beyond its longest step. */
static void it_begins_within_its_bounds(void **state)
{
    pensel_line_search search;
    (void)state;
    pensel_line_search_begin(&search, 3e12, 0, -1);
    assert_true(search.step == 1e10);
}

/* ---- a road that goes down for ever, and from 1 on a last digit less steeply */

static double down(double *slope, const double *a, const double *y, size_t outputs, void *data)
{
    (void)y, (void)outputs, (void)data;
    if (slope) slope[0] = a[0] < 1 ? -1 : -1 + DBL_EPSILON / 2;
    return -a[0];
}

/* Each search goes as far as it may. What the slope changes by is no curvature to take the next
 * step by, which would go 1e26 times as far: SciPy's L-BFGS-B leaves such a pair out, and after
 * one, two and three iterations is at 1e10, 2e10 and 3e10. */
static void what_hardly_curves_is_not_remembered(void **state)
{
    (void)state;
    pensel_error error;
    static const double zero = 0;
    const pensel_samples samples = {.x = {&zero, 1, 1, PENSEL_FLOAT64},
                                    .y = {&zero, 1, 1, PENSEL_FLOAT64}};
    for (size_t epochs = 1; epochs <= 3; epochs++) {
        pensel_network *network;
        pensel_training *training;
        pensel_random dice;
        pensel_training_options options = pensel_training_defaults();
        options.solver = PENSEL_LBFGS;
        options.epochs = epochs;
        options.alpha = options.tol = 0;
        options.loss_function = down;
        pensel_random_seed(&dice, 1);
        MUST(pensel_network_new(&network, &(pensel_shape){.inputs = 1, .list = "dense:1"},
                                PENSEL_FLOAT64, &error));
        double *weight = pensel_network_parameters(network), *bias = weight + 1;
        *weight = *bias = 0;
        MUST(pensel_training_new(&training, network, &options, &error));
        MUST(pensel_training_run(training, &samples, NULL, &dice, &error));
        assert_near(*bias, 1e10 * (double)epochs, 1e-12);
        assert_true(*weight == 0);
        pensel_training_free(&training);
        pensel_network_free(&network);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_tries_what_scipy_tries),
        cmocka_unit_test(it_answers_as_scipy_does),
        cmocka_unit_test(it_begins_within_its_bounds),
        cmocka_unit_test(what_hardly_curves_is_not_remembered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
