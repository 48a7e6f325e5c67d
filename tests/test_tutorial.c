/* The tutorial's paintings, `--preset tutorial`, step by step with scikit-learn: raw (row, column),
 * r/255 or two classes, 10 x 100 relu, the same seed. picture/tutorial.py ran scikit-learn. */
#include "test.h"

#include "picture/tutorial.h"

static float pixels[HEIGHT * WIDTH * 3];

static pensel_picture picture(void)
{
    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++)
            for (int k = 0; k < 3; k++) {
                int value = (x * 7 + y * 13 + k * 29 + (x * y) % 17 * 5) % 128 + 128;
                pixels[(y * WIDTH + x) * 3 + k] = (float)value / 255;
            }
    return (pensel_picture){pixels, WIDTH, HEIGHT, 3};
}

static void follows(pensel_task task, const double expected[EPOCHS])
{
    pensel_error error;
    pensel_painting *painting;
    pensel_picture p = picture();
    pensel_paint_options o = pensel_paint_tutorial(task);
    o.estimator.seed = SEED;
    o.estimator.training.epochs = EPOCHS;
    MUST(pensel_painting_new(&painting, &p, &o, &error));
    const pensel_report *report = pensel_estimator_report(pensel_painting_estimator(painting));
    assert_int_equal(report->loss_count, EPOCHS);
    for (int e = 0; e < EPOCHS; e++)
        if (!(fabs(report->loss_curve[e] - expected[e]) <= 1e-9 * expected[e]))
            fail_msg("the loss after epoch %d is %.17g: %.17g would be right", e + 1,
                     report->loss_curve[e], expected[e]);
    pensel_painting_free(&painting);
}

static void a_painting_by_regression_follows_scikit_learn(void **state)
{
    (void)state;
    follows(PENSEL_REGRESSION, regression);
}

static void a_painting_by_classification_follows_scikit_learn(void **state)
{
    (void)state;
    follows(PENSEL_CLASSIFICATION, classification);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_painting_by_regression_follows_scikit_learn),
        cmocka_unit_test(a_painting_by_classification_follows_scikit_learn),
    };
    return RUN(tests);
}
