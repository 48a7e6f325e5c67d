/* What a fit learns of its columns before it trains: scalers and class weights, against
 * scikit-learn's. */
#include "test.h"

#include "expected_scores.h"

#include <float.h>

enum { N = 23 };

static pensel_estimator_options brief(pensel_task task)
{
    pensel_estimator_options o = pensel_estimator_defaults(task);
    o.precision = PENSEL_FLOAT64;
    o.hidden_count = 0;
    o.hidden = NULL;
    o.training.epochs = 1;
    return o;
}

static void scalers_learn_what_scikit_learns_do(void **state)
{
    static const pensel_layer hidden = {3, PENSEL_TANH, 0};
    pensel_samples samples = {.x = {table, N, 4, PENSEL_FLOAT64},
                              .y = {table, N, 4, PENSEL_FLOAT64}};
    (void)state;
    for (int how = PENSEL_SCALE_NONE; how <= PENSEL_SCALE_MINMAX; how++) {
        const double *offset = how == PENSEL_SCALE_STANDARD ? standard_offset : minmax_offset;
        const double *scale = how == PENSEL_SCALE_STANDARD ? standard_scale : minmax_scale;
        double said[N * 4], inside[N * 4], scaled[N * 4];
        pensel_estimator *e;
        pensel_fitted fitted;
        pensel_error error;
        pensel_estimator_options o = brief(PENSEL_REGRESSION);
        o.hidden = &hidden;
        o.hidden_count = 1;
        o.scale_inputs = o.scale_targets = (pensel_scaling)how;
        MUST(pensel_estimator_new(&e, &o, &error));
        MUST(pensel_estimator_fit(e, &samples, NULL, &error));
        MUST(pensel_estimator_fitted(e, &fitted, &error));
        assert_int_equal(fitted.input_offset != NULL, how != PENSEL_SCALE_NONE);
        for (size_t c = 0; c < 4 && fitted.input_offset; c++) {
            assert_near(fitted.input_offset[c] / scale[c], offset[c] / scale[c], 1e-13);
            assert_near(fitted.input_scale[c] / scale[c], 1, 1e-11); /* 1e4 away from 0 */
            assert_true(fitted.target_offset[c] == fitted.input_offset[c]);
            assert_true(fitted.target_scale[c] == fitted.input_scale[c]);
        }
        /* what is said is the network's answer to scaled inputs, scaled back */
        for (size_t i = 0; i < N * 4; i++)
            scaled[i] = how ? (table[i] - offset[i % 4]) / scale[i % 4] : table[i];
        MUST(pensel_estimator_predict(e, said, samples.x, &error));
        MUST(pensel_network_predict(fitted.network, inside,
                                    (pensel_matrix){scaled, N, 4, PENSEL_FLOAT64}, 1, &error));
        for (size_t i = 0; i < N * 4; i++) {
            double unit = how ? scale[i % 4] : 1;
            double right = how ? inside[i] * unit + offset[i % 4] : inside[i];
            assert_near(said[i] / unit, right / unit, 1e-10);
        }
        pensel_estimator_free(&e);
    }
}

/* Of 0 and the smallest number there is: half of that is the deviation, and there is no such
 * number. */
static void the_smallest_deviation_divides_by_nothing(void **state)
{
    double x[] = {0, 4.9406564584124654e-324, 0, 4.9406564584124654e-324}, y[] = {0, 1, 2, 3};
    pensel_samples samples = {.x = {x, 4, 1, PENSEL_FLOAT64}, .y = {y, 4, 1, PENSEL_FLOAT64}};
    pensel_estimator_options o = brief(PENSEL_REGRESSION);
    pensel_estimator *e;
    pensel_fitted fitted;
    pensel_error error;
    (void)state;
    o.scale_inputs = PENSEL_SCALE_STANDARD;
    MUST(pensel_estimator_new(&e, &o, &error));
    MUST(pensel_estimator_fit(e, &samples, NULL, &error));
    MUST(pensel_estimator_fitted(e, &fitted, &error));
    assert_true(fitted.input_scale[0] == 1);
    MUST(pensel_estimator_predict(e, y, samples.x, &error));
    for (size_t i = 0; i < 4; i++)
        assert_true(isfinite(y[i]));
    pensel_estimator_free(&e);
}

/* Balanced classes weigh n / (classes * their count): a fit with these weights, written out by
 * sample, is the same. */
static void balanced_classes_weigh_as_scikit_learns(void **state)
{
    static const double codes[] = {-3, 2, 5, 40};
    const pensel_class_weight named[] = {{2, 0.5}, {40, 3}};
    double weights[N], losses[2];
    (void)state;
    for (int turn = 0; turn < 4; turn++) {
        pensel_estimator *e;
        pensel_error error;
        bool written = turn % 2, balanced = turn < 2;
        pensel_estimator_options o = brief(PENSEL_CLASSIFICATION);
        pensel_samples samples = {.x = {classes_logits + 4, N - 1, 4, PENSEL_FLOAT64},
                                  .y = {classes_truth + 1, N - 1, 1, PENSEL_FLOAT64}};
        size_t count[4] = {0};
        for (size_t s = 1; s < N; s++)
            for (size_t c = 0; c < 4; c++)
                count[c] += classes_truth[s] == codes[c];
        for (size_t s = 1; s < N; s++)
            for (size_t c = 0; c < 4; c++)
                if (classes_truth[s] == codes[c])
                    weights[s - 1] = balanced ? (N - 1) / (4.0 * (double)count[c])
                                     : c == 1 ? 0.5
                                     : c == 3 ? 3
                                              : 1;
        if (written) samples.weights = (pensel_matrix){weights, N - 1, 1, PENSEL_FLOAT64};
        o.balanced = balanced && !written;
        o.class_weights = balanced || written ? NULL : named;
        o.class_weight_count = balanced || written ? 0 : 2;
        MUST(pensel_estimator_new(&e, &o, &error));
        MUST(pensel_estimator_fit(e, &samples, NULL, &error));
        losses[written] = pensel_estimator_report(e)->loss;
        if (written) assert_near(losses[0], losses[1], 1e-14);
        pensel_estimator_free(&e);
    }
    /* and the formula itself is scikit-learn's */
    for (size_t c = 0; c < 4; c++) {
        double count = 0;
        for (size_t s = 0; s < N; s++)
            count += classes_truth[s] == codes[c];
        assert_near(N / (4 * count), classes_balance[c], 1e-15);
    }
}

/* The deviation of 0 ... N - 1 is sqrt((N^2 - 1) / 12), in any unit; that of 1e8 and the next
 * double is rounding, by scikit-learn's _is_constant_feature, and the column constant. And a
 * range may be more than the largest number. */
static void scalers_go_to_the_ends_of_the_numbers(void **state)
{
    const double deviation = sqrt((N * N - 1) / 12.0), mean = (N - 1) / 2.0;
    const struct {
        double offset, scale;
    } right[2][4] = {{{1e8, 1},
                      {mean * 1e-170, deviation * 1e-170},
                      {mean * 1e200, deviation * 1e200},
                      {0, sqrt(2.0 / N) * 1.5e308}},
                     {{1e8, 0x1p-26}, {0, 22e-170}, {0, 22e200}, {-1.5e308, DBL_MAX}}};
    double x[N * 4] = {0};
    (void)state;
    for (size_t i = 0; i < N; i++) {
        x[4 * i] = 1e8 + (i % 2 ? 0x1p-26 : 0);
        x[4 * i + 1] = (double)i * 1e-170;
        x[4 * i + 2] = (double)i * 1e200;
    }
    x[3] = -1.5e308, x[7] = 1.5e308;
    for (int how = 0; how < 2; how++) {
        const pensel_samples samples = {.x = {x, N, 4, PENSEL_FLOAT64},
                                        .y = {table, N, 1, PENSEL_FLOAT64}};
        pensel_estimator *e;
        pensel_fitted fitted;
        pensel_error error;
        pensel_estimator_options o = brief(PENSEL_REGRESSION);
        o.scale_inputs = how ? PENSEL_SCALE_MINMAX : PENSEL_SCALE_STANDARD;
        MUST(pensel_estimator_new(&e, &o, &error));
        MUST(pensel_estimator_fit(e, &samples, NULL, &error));
        MUST(pensel_estimator_fitted(e, &fitted, &error));
        for (size_t c = 0; c < 4; c++) {
            assert_near(fitted.input_scale[c] / right[how][c].scale, 1, 1e-14);
            assert_near(fitted.input_offset[c] / right[how][c].scale,
                        right[how][c].offset / right[how][c].scale, 1e-14);
        }
        pensel_estimator_free(&e);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scalers_learn_what_scikit_learns_do),
        cmocka_unit_test(scalers_go_to_the_ends_of_the_numbers),
        cmocka_unit_test(the_smallest_deviation_divides_by_nothing),
        cmocka_unit_test(balanced_classes_weigh_as_scikit_learns),
    };
    return RUN(tests);
}
