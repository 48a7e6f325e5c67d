/* The tutorial's paintings, `--preset tutorial`, step by step with scikit-learn: raw (row, column),
 * targets r/255, or (1, 0) for grey and (0, 1) for blue, 10 x 100 relu, the same seed.
 * parity/tutorial.py ran scikit-learn. */
#include "temporary.h"
#include "test.h"

#include "parity/tutorial.h"

static float pixels[HEIGHT * WIDTH * 3];

static pensel_picture picture(void)
{
    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++)
            for (int k = 0; k < 3; k++) {
                int value = 100 + y * 4 + x * 4 + k * 7 - x * y % 17 * 2;
                pixels[(y * WIDTH + x) * 3 + k] = (float)value / 255;
            }
    return (pensel_picture){pixels, WIDTH, HEIGHT, 3};
}

static pensel_painting *follows(pensel_task task, const double *expected, size_t epochs)
{
    pensel_error error;
    pensel_painting *painting;
    pensel_picture p = picture();
    pensel_paint_options o = pensel_paint_tutorial(task);
    o.estimator.seed = SEED;
    o.estimator.training.epochs = EPOCHS;
    MUST(pensel_painting_new(&painting, &p, &o, &error));
    const pensel_report *report = pensel_estimator_report(pensel_painting_estimator(painting));
    assert_int_equal(report->loss_count, epochs);
    for (size_t e = 0; e < epochs; e++)
        if (!(fabs(report->loss_curve[e] - expected[e]) <= 1e-9 * expected[e]))
            fail_msg("the loss after epoch %zu is %.17g: %.17g would be right", e + 1,
                     report->loss_curve[e], expected[e]);
    return painting;
}

static void a_painting_by_regression_follows_scikit_learn(void **state)
{
    (void)state;
    pensel_painting *painting =
        follows(PENSEL_REGRESSION, regression, sizeof regression / sizeof *regression);
    pensel_painting_free(&painting);
}

/* Two logistic outputs that say what scikit-learn's say, and a class that is their argmax. */
static void answers_as_scikit_learn(const pensel_painting *painting)
{
    const pensel_estimator *e = pensel_painting_estimator(painting);
    const pensel_shape *shape = pensel_network_shape(pensel_estimator_network(e));
    const pensel_matrix x = {shown, SHOWN, 2, PENSEL_FLOAT64};
    double p[SHOWN][2], codes[SHOWN];
    pensel_error error;
    assert_int_equal(shape->layers[shape->layer_count - 1].width, 2);
    assert_int_equal(shape->layers[shape->layer_count - 1].activation, PENSEL_LOGISTIC);
    assert_string_equal(pensel_estimator_class_name(e, 0), "grey");
    assert_string_equal(pensel_estimator_class_name(e, 1), "blue");
    MUST(pensel_estimator_probabilities(e, p[0], x, &error));
    MUST(pensel_estimator_predict(e, codes, x, &error));
    for (int s = 0; s < SHOWN; s++) {
        assert_near(p[s][0], probabilities[s][0], 1e-9);
        assert_near(p[s][1], probabilities[s][1], 1e-9);
        assert_int_equal(codes[s], argmax[s]);
    }
}

/* Every pixel in the colour of its class, or in the mixture of both by the shares of their sum. */
static void paints_what_it_answers(const pensel_painting *painting)
{
    const pensel_canvas *canvas = pensel_painting_canvas(painting);
    float hard[HEIGHT * WIDTH * 3], soft[HEIGHT * WIDTH * 3];
    pensel_render_options o = pensel_render_defaults();
    double p[SHOWN][2];
    pensel_error error;
    MUST(pensel_painting_render(painting, hard, 0, HEIGHT, &o, &error));
    o.soft = true;
    MUST(pensel_painting_render(painting, soft, 0, HEIGHT, &o, &error));
    MUST(pensel_estimator_probabilities(pensel_painting_estimator(painting), p[0],
                                        (pensel_matrix){shown, SHOWN, 2, PENSEL_FLOAT64}, &error));
    for (int s = 0; s < SHOWN; s++)
        for (int k = 0; k < 3; k++) {
            size_t at = ((size_t)shown[s][0] * WIDTH + (size_t)shown[s][1]) * 3 + (size_t)k;
            double grey = (double)canvas->palette[k], blue = (double)canvas->palette[3 + k];
            assert_true(hard[at] == canvas->palette[argmax[s] * 3 + k]);
            assert_near(soft[at], (p[s][0] * grey + p[s][1] * blue) / (p[s][0] + p[s][1]), 1e-6);
        }
}

static bool add_area(void *data, size_t colour, const double *points, size_t count)
{
    double area = 0;
    for (size_t i = 0; i < count; i++) {
        const double *a = points + 2 * i, *b = points + 2 * ((i + 1) % count);
        area += (a[0] * b[1] - b[0] * a[1]) / 2;
    }
    ((double *)data)[colour] += area;
    return true;
}

/* The two areas are the picture's. */
static void outlines_both_classes(const pensel_painting *painting)
{
    double areas[2] = {0, 0};
    pensel_error error;
    MUST(pensel_painting_outlines(painting, 1, add_area, areas, &error));
    assert_near(fabs(areas[0] + areas[1]), HEIGHT * WIDTH, 0.01);
    assert_true(fabs(areas[0]) > 1 && fabs(areas[1]) > 1);
}

static void a_painting_by_classification_follows_scikit_learn(void **state)
{
    (void)state;
    pensel_error error;
    pensel_painting *painting = follows(PENSEL_CLASSIFICATION, classification,
                                        sizeof classification / sizeof *classification);
    answers_as_scikit_learn(painting);
    paints_what_it_answers(painting);
    outlines_both_classes(painting);
    const char *path = temporary("tutorial.safetensors");
    MUST(pensel_painting_save(painting, path, &error));
    pensel_painting_free(&painting);
    MUST(pensel_painting_load(&painting, path, &error));
    remove(path);
    answers_as_scikit_learn(painting);
    paints_what_it_answers(painting);
    pensel_painting_free(&painting);
}

/* Outside the tutorial two classes share an output unless one_hot is asked for; of three, each has
 * a logistic one instead of a softmax. */
static void one_hot_classes_have_an_output_each(void **state)
{
    static const double x[6] = {0, 0.2, 0.4, 0.6, 0.8, 1}, two[6] = {7, 7, 7, 9, 9, 9},
                        three[6] = {7, 7, 8, 8, 9, 9};
    pensel_error error;
    (void)state;
    for (int classes = 2; classes <= 3; classes++)
        for (int one_hot = 0; one_hot <= 1; one_hot++) {
            pensel_estimator *e;
            double codes[6];
            pensel_estimator_options o = pensel_estimator_defaults(PENSEL_CLASSIFICATION);
            o.one_hot = one_hot;
            o.training.solver = PENSEL_LBFGS;
            const pensel_samples s = {.x = {x, 6, 1, PENSEL_FLOAT64},
                                      .y = {classes == 2 ? two : three, 6, 1, PENSEL_FLOAT64}};
            MUST(pensel_estimator_new(&e, &o, &error));
            MUST(pensel_estimator_fit(e, &s, NULL, &error));
            const pensel_shape *shape = pensel_network_shape(pensel_estimator_network(e));
            assert_int_equal(shape->layers[1].width, one_hot || classes == 3 ? classes : 1);
            assert_int_equal(shape->layers[1].activation,
                             one_hot || classes == 2 ? PENSEL_LOGISTIC : PENSEL_SOFTMAX);
            MUST(pensel_estimator_predict(e, codes, s.x, &error));
            for (int i = 0; i < 6; i++)
                assert_true(codes[i] == (classes == 2 ? two : three)[i]);
            pensel_estimator_free(&e);
        }
}

static void one_hot_is_for_one_column_of_classes(void **state)
{
    static const double x[2] = {0, 1}, y[4] = {0, 1, 1, 0};
    pensel_error error;
    pensel_estimator *e;
    (void)state;
    pensel_estimator_options o = pensel_estimator_defaults(PENSEL_REGRESSION);
    o.one_hot = true;
    assert_int_equal(pensel_estimator_new(&e, &o, &error), PENSEL_BAD_ARGUMENT);
    o.task = PENSEL_CLASSIFICATION;
    MUST(pensel_estimator_new(&e, &o, &error));
    const pensel_samples s = {.x = {x, 2, 1, PENSEL_FLOAT64}, .y = {y, 2, 2, PENSEL_FLOAT64}};
    assert_int_equal(pensel_estimator_fit(e, &s, NULL, &error), PENSEL_BAD_ARGUMENT);
    pensel_estimator_free(&e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_painting_by_regression_follows_scikit_learn),
        cmocka_unit_test(a_painting_by_classification_follows_scikit_learn),
        cmocka_unit_test(one_hot_classes_have_an_output_each),
        cmocka_unit_test(one_hot_is_for_one_column_of_classes),
    };
    return RUN(tests);
}
