/* The pyramid painter: exact, the same bits on any number of threads, and rendering by rows agrees
 * with the network. */
#include "scene.h"

#include "picture/painting.h"

static void every_pixel_is_painted_exactly(void **state)
{
    (void)state;
    for (size_t channels = 1; channels <= 4; channels++) {
        pensel_picture p = scene(channels, 0);
        pensel_paint_options o = pensel_paint_defaults(PENSEL_REGRESSION);
        char chosen[256] = "";
        o.chosen = chosen;
        pensel_painting *painting = paint(&p, 1, &o);
        const pensel_report *report = pensel_estimator_report(pensel_painting_estimator(painting));
        assert_int_equal(report->stop, PENSEL_STOP_CONVERGED);
        assert_true(report->seconds > 0 && report->samples > H * W);
        assert_non_null(strstr(chosen, "pyramid"));
        assert_true(isinf(psnr_of(painting, &p, 0)));
        pensel_painting_free(&painting);
        assert_null(painting);
    }
}

static const float *layers_of(const pensel_painting *painting)
{
    return pensel_network_parameters_const(
        pensel_estimator_network(pensel_painting_estimator(painting)));
}

/* The layers are trained at the rate that is given: from the same start, the first step of Adam at
 * twice the rate goes twice as far, and the settings say what was done. */
static void rates_that_are_given_are_used(void **state)
{
    static const double rates[3] = {1e-12, 1e-3, 2e-3};
    enum { NUMBERS = 12 * 3 + 12 + 3 * 12 + 3 };
    float layers[3][NUMBERS];
    pensel_picture p = scene(3, 0);
    (void)state;
    for (int i = 0; i < 3; i++) {
        pensel_paint_options o = pensel_paint_defaults(PENSEL_REGRESSION);
        o.estimator.training.epochs = 1;
        o.estimator.training.learning_rate_init = rates[i];
        pensel_error error; /* 1e-3 is the default as well */
        MUST(pensel_option_give(&o.estimator.training, pensel_training_table(),
                                "learning_rate_init", &error));
        pensel_painting *painting = paint(&p, 1, &o);
        memcpy(layers[i], layers_of(painting), sizeof layers[i]);
        const pensel_training_options *t =
            &pensel_estimator_settings(pensel_painting_estimator(painting))->training;
        assert_true(t->coarse_to_fine && t->learning_rate_init == rates[i]);
        assert_int_equal(t->solver, PENSEL_ADAM);
        assert_int_equal(t->batch_size, H * W);
        pensel_painting_free(&painting);
    }
    double most = 0;
    for (int k = 0; k < NUMBERS; k++) {
        double once = (double)layers[1][k] - (double)layers[0][k];
        assert_near((double)layers[2][k] - (double)layers[0][k], 2 * once, 1e-6);
        most = fmax(most, fabs(once));
    }
    assert_true(most > 1e-4 && most <= 1e-3 * 1.001);
}

/* The general rule of when a loss stands still, once the finest level is reached. */
static void a_plateau_that_is_asked_for_ends_it(void **state)
{
    pensel_picture p = scene(3, 0);
    pensel_paint_options o = pensel_paint_defaults(PENSEL_REGRESSION);
    (void)state;
    o.estimator.training.tol = 1e-2;
    o.estimator.training.n_iter_no_change = 2;
    pensel_painting *painting = paint(&p, 1, &o);
    const pensel_report *report = pensel_estimator_report(pensel_painting_estimator(painting));
    assert_int_equal(report->stop, PENSEL_STOP_CONVERGED);
    assert_int_equal(report->no_improvement_count, 3);
    assert_true(isfinite(psnr_of(painting, &p, 0)));
    assert_int_equal(report->loss_count, report->epochs);
    assert_true(report->loss_curve[report->loss_count - 1] == report->loss);
    pensel_painting_free(&painting);
}

/* Rates beyond all measure: what was finite last is painted. */
static void a_diverging_painter_goes_back(void **state)
{
    pensel_picture p = scene(3, 0);
    pensel_paint_options o = pensel_paint_defaults(PENSEL_REGRESSION);
    (void)state;
    o.estimator.training.learning_rate_init = 1e20;
    pensel_painting *painting = paint(&p, 1, &o);
    const pensel_report *report = pensel_estimator_report(pensel_painting_estimator(painting));
    size_t count;
    const float *numbers = numbers_of(painting, &count);
    assert_int_equal(report->stop, PENSEL_STOP_DIVERGED);
    for (size_t i = 0; i < count; i++)
        assert_true(isfinite(numbers[i]));
    pensel_painting_free(&painting);
}

/* No other way paints a large photograph in minutes. */
static void a_large_picture_is_painted_by_the_pyramid(void **state)
{
    const pensel_picture sizes[] = {{NULL, 8000, 6000, 3}, {NULL, 1 << 14, 1 << 13, 4}};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        pensel_paint_options o = pensel_paint_defaults(PENSEL_REGRESSION);
        pensel_choice choice;
        pensel_error error;
        MUST(pensel_choice_make(&choice, &o, &sizes[i], 1, sizes[i].channels, &error));
        assert_true(choice.by_pyramid);
        assert_int_equal(choice.estimator.encoding.kind, PENSEL_PYRAMID);
        pensel_release(choice.hidden);
    }
}

static void threads_do_not_change_a_bit(void **state)
{
    size_t count, same;
    pensel_picture p = scene(3, 0);
    pensel_paint_options o = pensel_paint_defaults(PENSEL_REGRESSION);
    (void)state;
    o.estimator.training.epochs = 40;
    o.estimator.training.threads = 1;
    pensel_painting *one = paint(&p, 1, &o);
    const float *first = numbers_of(one, &count);
    for (size_t threads = 2; threads <= 5; threads += 3) {
        o.estimator.training.threads = threads;
        pensel_painting *many = paint(&p, 1, &o);
        const float *second = numbers_of(many, &same);
        assert_int_equal(count, same);
        assert_memory_equal(first, second, count * sizeof *first);
        pensel_painting_free(&many);
    }
    pensel_painting_free(&one);
}

/* The share of values in which rows at once differ from the network asked place by place. */
static double share_apart(const pensel_painting *painting, double mix, bool soft)
{
    pensel_render_options view = {.width = 71,
                                  .height = 53,
                                  .x = -4,
                                  .y = 3.5,
                                  .w = 60,
                                  .h = 30.25,
                                  .mix = mix,
                                  .soft = soft};
    size_t count = 71 * 53 * pensel_painting_canvas(painting)->channels, apart = 0;
    assert_non_null(painting->levels);
    float *quick = render(painting, &view, 71, 53);
    pensel_painting asking = *painting;
    asking.levels = NULL;
    float *slow = render(&asking, &view, 71, 53);
    for (size_t i = 0; i < count; i++)
        apart += !(fabsf(quick[i] - slow[i]) < 1e-4f);
    pensel_release(quick);
    pensel_release(slow);
    return (double)apart / (double)count;
}

/* Rows at once and places one by one are the same function. */
static void rows_agree_with_the_network(void **state)
{
    (void)state;
    for (size_t channels = 1; channels <= 4; channels++) {
        pensel_picture p[3] = {scene(channels, 0), scene(channels, 1), scene(channels, 2)};
        pensel_paint_options o = pensel_paint_defaults(PENSEL_REGRESSION);
        o.periodic = channels == 2;
        pensel_painting *one = paint(p, 1, &o), *three = paint(p, 3, &o);
        assert_true(share_apart(one, 0, false) == 0);
        for (int part = 0; part <= 4; part++)
            assert_true(share_apart(three, part / 4.0, false) == 0);
        pensel_painting_free(&one);
        pensel_painting_free(&three);
    }
}

/* A class may change hands where two are as likely as each other, to rounding. */
static void rows_of_classes_agree_with_the_network(void **state)
{
    (void)state;
    for (size_t colours = 2; colours <= 5; colours++) {
        pensel_picture p = scene(colours < 4 ? 3 : 1, 0);
        pensel_paint_options o = pensel_paint_defaults(PENSEL_CLASSIFICATION);
        o.colours = colours;
        pensel_painting *painting = paint(&p, 1, &o);
        assert_int_equal(pensel_painting_canvas(painting)->colours, colours);
        assert_true(share_apart(painting, 0, false) < 1e-3);
        assert_true(share_apart(painting, 0, true) == 0);
        pensel_painting_free(&painting);
    }
}

static void parts_and_pieces_are_the_whole(void **state)
{
    pensel_error error;
    pensel_picture p = scene(3, 0);
    pensel_paint_options o = pensel_paint_defaults(PENSEL_REGRESSION);
    pensel_render_options whole = {.width = 100},
                          part = {.width = 20, .x = 10, .y = 8, .w = 10, .h = 6};
    (void)state;
    pensel_painting *painting = paint(&p, 1, &o);
    float *all = render(painting, &whole, 100, 74), *some = render(painting, &part, 20, 12);
    for (size_t y = 0; y < 12; y++)
        for (size_t i = 0; i < 20 * 3; i++)
            assert_near(some[y * 60 + i], all[(y + 16) * 300 + 60 + i], 1e-6);
    float row[300];
    for (size_t y = 0; y < 74; y++) {
        MUST(pensel_painting_render(painting, row, y, 1, &whole, &error));
        assert_memory_equal(row, all + y * 300, sizeof row);
    }
    assert_int_equal(pensel_painting_render(painting, row, 74, 1, &whole, &error),
                     PENSEL_BAD_ARGUMENT);
    pensel_release(all);
    pensel_release(some);
    pensel_painting_free(&painting);
}

/* A fifth of the size: each pixel is the mean of its 5 x 5. */
static void smaller_is_averaged(void **state)
{
    pensel_picture p = scene(1, 0);
    pensel_paint_options o = pensel_paint_defaults(PENSEL_REGRESSION);
    pensel_render_options view = {.width = 10, .height = 7, .w = 50, .h = 35};
    (void)state;
    pensel_painting *painting = paint(&p, 1, &o);
    float *small = render(painting, &view, 10, 7);
    for (size_t y = 0; y < 7; y++)
        for (size_t x = 0; x < 10; x++) {
            double mean = 0;
            for (size_t i = 0; i < 25; i++)
                mean += (double)p.pixels[(y * 5 + i / 5) * W + x * 5 + i % 5] / 25;
            assert_near(small[y * 10 + x], mean, 2e-3);
        }
    pensel_release(small);
    pensel_painting_free(&painting);
}

/* A hole in an even ground is filled with the ground, and what is in it does not matter. */
static void holes_are_filled_from_around_them(void **state)
{
    static float weights[H * W];
    size_t count;
    pensel_picture p = scene(1, 0);
    pensel_paint_options o = pensel_paint_defaults(PENSEL_REGRESSION);
    (void)state;
    for (size_t i = 0; i < H * W; i++) {
        bool hole = i / W > 10 && i / W < 22 && i % W > 15 && i % W < 30;
        weights[i] = hole ? 0 : 1;
        p.pixels[i] = hole ? (float)(i % 7) / 7 : 0.6f;
    }
    o.weights = weights;
    pensel_painting *painting = paint(&p, 1, &o);
    float *filled = render(painting, &(pensel_render_options){0}, W, H);
    for (size_t i = 0; i < H * W; i++)
        assert_near(filled[i], 0.6, 0.02);
    for (size_t i = 0; i < H * W; i++)
        if (weights[i] == 0) p.pixels[i] = 0.1f;
    pensel_painting *other = paint(&p, 1, &o);
    const float *first = numbers_of(painting, &count), *second = numbers_of(other, &count);
    assert_memory_equal(first, second, count * sizeof(float));
    pensel_release(filled);
    pensel_painting_free(&painting);
    pensel_painting_free(&other);
}

/* Across a hole in a slope the slope goes on: a plane is its own membrane. */
static void a_hole_in_a_slope_is_the_slope(void **state)
{
    static float weights[H * W];
    pensel_picture p = scene(3, 0);
    pensel_paint_options o = pensel_paint_defaults(PENSEL_REGRESSION);
    (void)state;
    for (size_t i = 0; i < H * W; i++) {
        weights[i] = i / W > 9 && i / W < 25 && i % W > 12 && i % W < 35 ? 0 : 1;
        for (size_t k = 0; k < 3; k++)
            p.pixels[i * 3 + k] =
                0.2f + (float)(i / W) * 0.01f + (float)(i % W) * 0.003f * (float)k;
    }
    o.weights = weights;
    pensel_painting *painting = paint(&p, 1, &o);
    float *filled = render(painting, &(pensel_render_options){0}, W, H);
    for (size_t i = 0; i < H * W * 3; i++)
        assert_near(filled[i], p.pixels[i], 0.006);
    pensel_release(filled);
    pensel_painting_free(&painting);
}

static void several_pictures_share_a_network(void **state)
{
    (void)state;
    pensel_picture p[3] = {scene(3, 0), scene(3, 1), scene(3, 2)};
    pensel_paint_options o = pensel_paint_defaults(PENSEL_REGRESSION);
    pensel_painting *painting = paint(p, 3, &o);
    assert_int_equal(pensel_painting_canvas(painting)->pictures, 3);
    for (size_t i = 0; i < 3; i++)
        assert_true(psnr_of(painting, &p[i], (double)i / 2) > 50);
    assert_true(psnr_of(painting, &p[0], 0.5) < 30);
    pensel_painting_free(&painting);
}

/* Every pixel has a colour of the palette, and the soft one is near it: at pixels the network is
 * nearly certain. */
static void check_colours(const pensel_canvas *canvas, const float *hard, const float *soft)
{
    double apart = 0;
    for (size_t i = 0; i < H * W; i++) {
        bool known = false;
        for (size_t c = 0; c < canvas->colours; c++)
            known |= memcmp(hard + i * 3, canvas->palette + c * 3, 3 * sizeof(float)) == 0;
        assert_true(known);
        assert_true(soft[i * 3] >= 0 && soft[i * 3] <= 1);
        apart += (double)fabsf(soft[i * 3] - hard[i * 3]) / (H * W);
    }
    assert_true(apart > 0 && apart < 0.02);
}

/* Every pixel is in its class: above 330 in the sum of its channels, or not. */
static void check_threshold(const pensel_canvas *canvas, const float *hard, const pensel_picture *p)
{
    for (size_t i = 0; i < H * W; i++) {
        double sum = 0;
        for (size_t k = 0; k < 3; k++)
            sum += floor((double)p->pixels[i * 3 + k] * 255 + 0.5);
        assert_memory_equal(hard + i * 3, canvas->palette + (sum > 330 ? 3 : 0), 3 * sizeof(float));
    }
}

static void classes_are_painted_hard_and_soft(void **state)
{
    pensel_picture p = scene(3, 0);
    pensel_paint_options o = pensel_paint_defaults(PENSEL_CLASSIFICATION);
    (void)state;
    for (int threshold = 0; threshold <= 1; threshold++) {
        o.threshold = threshold ? 330 : -1;
        o.colours = 3;
        pensel_painting *painting = paint(&p, 1, &o);
        const pensel_canvas *canvas = pensel_painting_canvas(painting);
        assert_int_equal(canvas->colours, threshold ? 2 : 3);
        const pensel_estimator *estimator = pensel_painting_estimator(painting);
        const char *name = pensel_estimator_class_name(estimator, 0);
        assert_true(threshold ? strcmp(name, "blue") == 0 : name[0] == '#' && strlen(name) == 7);
        pensel_render_options view = {.soft = false};
        float *hard = render(painting, &view, W, H);
        view.soft = true;
        float *soft = render(painting, &view, W, H);
        check_colours(canvas, hard, soft);
        if (threshold) check_threshold(canvas, hard, &p);
        pensel_release(hard);
        pensel_release(soft);
        pensel_painting_free(&painting);
    }
}

static void a_saved_painting_is_the_same(void **state)
{
    static const char path[] = "test_painting.safetensors";
    pensel_error error;
    pensel_picture p = scene(4, 0);
    size_t count, same;
    (void)state;
    pensel_paint_options o = pensel_paint_defaults(PENSEL_REGRESSION);
    char profile[] = "\0 any bytes, an odd number";
    o.profile = profile, o.profile_size = sizeof profile - 2;
    pensel_painting *painting = paint(&p, 1, &o), *again;
    memset(profile, 0, sizeof profile); /* it was copied */
    MUST(pensel_painting_save(painting, path, &error));
    MUST(pensel_painting_load(&again, path, &error));
    const float *first = numbers_of(painting, &count), *second = numbers_of(again, &same);
    assert_int_equal(count, same);
    assert_memory_equal(first, second, count * sizeof *first);
    assert_true(isinf(psnr_of(again, &p, 0)));
    const pensel_canvas *canvas = pensel_painting_canvas(again);
    assert_int_equal(canvas->profile_size, 25);
    assert_memory_equal(canvas->profile, "\0 any bytes, an odd numbe", 25);
    pensel_painting_free(&painting);
    pensel_painting_free(&again);
    remove(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_pixel_is_painted_exactly),
        cmocka_unit_test(rates_that_are_given_are_used),
        cmocka_unit_test(a_plateau_that_is_asked_for_ends_it),
        cmocka_unit_test(a_diverging_painter_goes_back),
        cmocka_unit_test(a_large_picture_is_painted_by_the_pyramid),
        cmocka_unit_test(threads_do_not_change_a_bit),
        cmocka_unit_test(rows_agree_with_the_network),
        cmocka_unit_test(rows_of_classes_agree_with_the_network),
        cmocka_unit_test(parts_and_pieces_are_the_whole),
        cmocka_unit_test(smaller_is_averaged),
        cmocka_unit_test(holes_are_filled_from_around_them),
        cmocka_unit_test(a_hole_in_a_slope_is_the_slope),
        cmocka_unit_test(several_pictures_share_a_network),
        cmocka_unit_test(classes_are_painted_hard_and_soft),
        cmocka_unit_test(a_saved_painting_is_the_same),
    };
    return RUN(tests);
}
