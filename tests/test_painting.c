/* Paintings: trained, rendered at other sizes, with holes, in classes, several in one network. */
#include "test.h"

#include "base/memory.h"
#include "picture/painting.h"

enum { H = 37, W = 50 };

static float pixels_of[4][H * W * 4];

/* Rings and stripes with a sharp edge, of any number of channels. */
static pensel_picture scene(size_t channels, int which)
{
    pensel_picture p = {pixels_of[which], W, H, channels};
    for (size_t y = 0; y < H; y++)
        for (size_t x = 0; x < W; x++)
            for (size_t k = 0; k < channels; k++) {
                double r = hypot((double)y - 18, (double)x - 20 - 5 * which);
                double value =
                    r < 11 ? 0.8 - 0.2 * (double)k : 0.4 + 0.3 * sin(r / (2 + (double)k) + which);
                p.pixels[(y * W + x) * channels + k] = (float)(floor(value * 255 + 0.5) / 255);
            }
    return p;
}

static pensel_painting *paint(const pensel_picture *pictures, size_t count,
                              const pensel_paint_options *o)
{
    pensel_error error;
    pensel_painting *painting;
    MUST(pensel_painting_of_several(&painting, pictures, count, o, &error));
    return painting;
}

static const float *numbers_of(const pensel_painting *painting, size_t *count)
{
    const pensel_network *network = pensel_estimator_network(pensel_painting_estimator(painting));
    *count = pensel_network_parameter_count(network);
    return pensel_network_parameters_const(network);
}

static float *render(const pensel_painting *painting, const pensel_render_options *o, size_t width,
                     size_t height)
{
    pensel_error error;
    float *pixels;
    size_t channels = pensel_painting_canvas(painting)->channels;
    MUST(pensel_allocate(&pixels, width * height, channels * sizeof(float), &error));
    MUST(pensel_painting_render(painting, pixels, 0, height, o, &error));
    return pixels;
}

static double psnr_of(const pensel_painting *painting, const pensel_picture *picture, double mix)
{
    pensel_error error;
    double psnr;
    pensel_render_options o = pensel_render_defaults();
    o.mix = mix;
    pensel_picture again = *picture;
    again.pixels = render(painting, &o, W, H);
    MUST(pensel_picture_psnr(&psnr, picture, &again, &error));
    pensel_release(again.pixels);
    return psnr;
}

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

/* Rows at once and places one by one are the same function. */
static void rows_agree_with_the_network(void **state)
{
    pensel_picture p = scene(3, 0);
    pensel_paint_options o = pensel_paint_defaults(PENSEL_REGRESSION);
    pensel_render_options view = {
        .width = 71, .height = 53, .x = -4, .y = 3.5, .w = 60, .h = 30.25};
    (void)state;
    pensel_painting *painting = paint(&p, 1, &o);
    assert_non_null(painting->levels);
    float *quick = render(painting, &view, 71, 53);
    pensel_painting asking = *painting;
    asking.levels = NULL;
    float *slow = render(&asking, &view, 71, 53);
    for (size_t i = 0; i < 71 * 53 * 3; i++)
        assert_near(quick[i], slow[i], 1e-4);
    pensel_release(quick);
    pensel_release(slow);
    pensel_painting_free(&painting);
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

static pensel_verdict stop_at_third(const pensel_painting *so_far, const pensel_progress *progress,
                                    double psnr, void *data)
{
    float pixels[W * 3];
    (void)psnr;
    ++*(int *)data;
    if (pensel_painting_render(so_far, pixels, 5, 1, &(pensel_render_options){0}, NULL) !=
        PENSEL_OK)
        return PENSEL_INTERRUPT;
    return progress->epoch >= 3 ? PENSEL_GOAL_REACHED : PENSEL_CONTINUE;
}

static pensel_verdict interrupt_at_zero(const pensel_painting *so_far,
                                        const pensel_progress *progress, double psnr, void *data)
{
    (void)so_far, (void)progress, (void)psnr;
    return ++*(int *)data >= 0 ? PENSEL_INTERRUPT : PENSEL_CONTINUE;
}

static pensel_stop stop_of(const pensel_paint_options *o, const pensel_picture *p, size_t *epochs)
{
    pensel_painting *painting = paint(p, 1, o);
    const pensel_report *report = pensel_estimator_report(pensel_painting_estimator(painting));
    pensel_stop stop = report->stop;
    *epochs = report->epochs;
    pensel_painting_free(&painting);
    return stop;
}

static void training_ends_at_whichever_comes_first(void **state)
{
    int calls = 0;
    const volatile int raised = 1;
    size_t epochs;
    pensel_picture p = scene(3, 0);
    const pensel_paint_options usual = pensel_paint_defaults(PENSEL_REGRESSION);
    pensel_paint_options o = usual;
    (void)state;
    o.psnr = 30;
    pensel_painting *painting = paint(&p, 1, &o);
    assert_true(psnr_of(painting, &p, 0) >= 30);
    pensel_painting_free(&painting);
    assert_int_equal(stop_of(&o, &p, &epochs), PENSEL_STOP_GOAL);
    o = usual, o.estimator.training.epochs = 7;
    assert_int_equal(stop_of(&o, &p, &epochs), PENSEL_STOP_EPOCHS);
    assert_int_equal(epochs, 7);
    o = usual, o.estimator.training.max_seconds = 1e-9;
    assert_int_equal(stop_of(&o, &p, &epochs), PENSEL_STOP_SECONDS);
    assert_int_equal(epochs, 1);
    o = usual, o.estimator.training.interrupt = &raised;
    assert_int_equal(stop_of(&o, &p, &epochs), PENSEL_STOP_INTERRUPTED);
    for (int general = 0; general <= 1; general++) {
        o = usual, o.on_painting = stop_at_third, o.on_painting_data = &calls;
        if (general) o.estimator.encoding.kind = PENSEL_FOURIER;
        calls = 0;
        assert_int_equal(stop_of(&o, &p, &epochs), PENSEL_STOP_GOAL);
        assert_int_equal(calls, 3);
    }
}

static void other_encodings_paint_too(void **state)
{
    const struct {
        pensel_encoding_kind kind;
        double psnr;
    } kinds[] = {{PENSEL_RAW, 15}, {PENSEL_FOURIER, 25}, {PENSEL_HASHGRID, 30}};
    pensel_picture p = scene(3, 0);
    (void)state;
    for (size_t k = 0; k < 3; k++) {
        pensel_paint_options o = pensel_paint_defaults(PENSEL_REGRESSION);
        o.estimator.encoding.kind = kinds[k].kind;
        pensel_painting *painting = paint(&p, 1, &o);
        assert_true(psnr_of(painting, &p, 0) > kinds[k].psnr);
        pensel_painting_free(&painting);
    }
}

/* Left and right ends of a periodic painting are neighbours. */
static void a_periodic_painting_has_no_seam(void **state)
{
    pensel_picture p = scene(3, 0);
    pensel_paint_options o = pensel_paint_defaults(PENSEL_REGRESSION);
    pensel_render_options left = {.width = 1, .height = H, .x = 0, .w = 1e-3}, right = left;
    (void)state;
    right.x = W - 1e-3;
    o.periodic = true;
    for (int kind = 0; kind < PENSEL_ENCODING_COUNT; kind++) {
        if (kind == PENSEL_RAW) continue;
        o.estimator.encoding.kind = (pensel_encoding_kind)kind;
        o.estimator.training.epochs = 25;
        pensel_painting *painting = paint(&p, 1, &o);
        float *a = render(painting, &left, 1, H), *b = render(painting, &right, 1, H);
        for (size_t i = 0; i < H * 3; i++)
            assert_near(a[i], b[i], 0.02);
        pensel_release(a);
        pensel_release(b);
        pensel_painting_free(&painting);
    }
}

/* Outside of its frame a periodic painting begins again. */
static void a_periodic_painting_repeats(void **state)
{
    pensel_picture p = scene(3, 0);
    pensel_paint_options o = pensel_paint_defaults(PENSEL_REGRESSION);
    pensel_render_options view = {.x = -W / 2, .y = -H, .w = 2 * W, .h = 3 * H};
    (void)state;
    o.periodic = true;
    for (int general = 0; general <= 1; general++) {
        if (general) o.estimator.encoding.kind = PENSEL_HASHGRID;
        pensel_painting *painting = paint(&p, 1, &o);
        float *all = render(painting, &view, 2 * W, 3 * H);
        float *one = render(painting, &(pensel_render_options){0}, W, H);
        for (size_t i = 0; i < 3 * H * 2 * W * 3; i++) {
            size_t y = i / 3 / (2 * W) % H, x = (i / 3 % (2 * W) + W / 2) % W;
            assert_near(all[i], one[(y * W + x) * 3 + i % 3], 1e-3);
        }
        pensel_release(all);
        pensel_release(one);
        pensel_painting_free(&painting);
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
        for (size_t i = 0; i < H * W; i++) {
            bool known = false;
            for (size_t c = 0; c < canvas->colours; c++)
                known |= memcmp(hard + i * 3, canvas->palette + c * 3, 3 * sizeof(float)) == 0;
            assert_true(known);
            assert_true(soft[i * 3] >= 0 && soft[i * 3] <= 1);
        }
        if (threshold) { /* every pixel in its class */
            size_t right = 0;
            for (size_t i = 0; i < H * W; i++) {
                double sum = 0;
                for (size_t k = 0; k < 3; k++)
                    sum += floor((double)p.pixels[i * 3 + k] * 255 + 0.5);
                right += memcmp(hard + i * 3, canvas->palette + (sum > 330 ? 3 : 0),
                                3 * sizeof(float)) == 0;
            }
            assert_int_equal(right, H * W);
        }
        pensel_release(hard);
        pensel_release(soft);
        pensel_painting_free(&painting);
    }
}

typedef struct areas {
    double of[2], most;
} areas;

/* Half the sum of cross products. */
static bool add_area(void *data, size_t colour, const double *points, size_t count)
{
    areas *a = data;
    for (size_t i = 0; i < count; i++) {
        const double *p = points + 2 * i, *q = points + 2 * ((i + 1) % count);
        a->of[colour] += (p[1] * q[0] - p[0] * q[1]) / 2;
        a->most = fmax(a->most, fmax(p[0] - W, p[1] - H));
    }
    return true;
}

static void outlines_enclose_the_classes(void **state)
{
    pensel_error error;
    pensel_picture p = scene(1, 0);
    pensel_paint_options o = pensel_paint_defaults(PENSEL_CLASSIFICATION);
    (void)state;
    double disc = 0;
    for (size_t i = 0; i < H * W; i++) {
        bool inside = hypot((double)(i / W) - 18, (double)(i % W) - 20) < 12;
        p.pixels[i] = inside ? 0.9f : 0.1f;
        disc += inside;
    }
    o.threshold = 300;
    pensel_painting *painting = paint(&p, 1, &o);
    for (size_t detail = 1; detail <= 4; detail += 3) {
        areas a = {{0, 0}, 0};
        MUST(pensel_painting_outlines(painting, detail, add_area, &a, &error));
        assert_near(a.of[1], disc, 0.03);
        assert_near(a.of[0] + a.of[1], H * W, 0.01);
        assert_true(a.most <= 0);
    }
    assert_int_equal(pensel_painting_outlines(painting, 0, add_area, NULL, &error),
                     PENSEL_BAD_ARGUMENT);
    assert_int_equal(pensel_painting_outlines(NULL, 1, add_area, NULL, &error),
                     PENSEL_BAD_ARGUMENT);
    pensel_painting_free(&painting);
    o = pensel_paint_defaults(PENSEL_REGRESSION);
    painting = paint(&p, 1, &o);
    assert_int_equal(pensel_painting_outlines(painting, 1, add_area, NULL, &error),
                     PENSEL_BAD_ARGUMENT);
    pensel_painting_free(&painting);
}

/* Interrupted half way and resumed, against all at once. */
static void a_resumed_painting_is_the_uninterrupted_one(void **state)
{
    static const char path[] = "test_painting.checkpoint";
    pensel_error error;
    pensel_picture p = scene(3, 0);
    size_t count, same;
    (void)state;
    for (int general = 0; general <= 1; general++) {
        pensel_checkpoint *checkpoint;
        pensel_paint_options o = pensel_paint_defaults(PENSEL_REGRESSION);
        if (general) o.estimator.encoding.kind = PENSEL_HASHGRID;
        o.estimator.training.epochs = 32;
        pensel_painting *whole = paint(&p, 1, &o);
        int calls = -15;
        o.on_painting = interrupt_at_zero, o.on_painting_data = &calls;
        MUST(pensel_checkpoint_new(&checkpoint, path, 1e9, NULL, &error));
        o.estimator.training.checkpoint = checkpoint;
        pensel_painting *part = paint(&p, 1, &o);
        pensel_painting_free(&part);
        pensel_checkpoint_free(&checkpoint);
        MUST(pensel_painting_load(&part, path, &error));
        pensel_painting_free(&part);
        o.on_painting = NULL;
        MUST(pensel_checkpoint_new(&checkpoint, NULL, 0, path, &error));
        o.estimator.training.checkpoint = checkpoint;
        pensel_painting *resumed = paint(&p, 1, &o);
        pensel_checkpoint_free(&checkpoint);
        const float *first = numbers_of(whole, &count), *second = numbers_of(resumed, &same);
        assert_int_equal(count, same);
        assert_memory_equal(first, second, count * sizeof *first);
        pensel_painting_free(&whole);
        pensel_painting_free(&resumed);
    }
    remove(path);
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

static void the_tutorial_is_as_the_tutorial_says(void **state)
{
    pensel_paint_options o = pensel_paint_tutorial(PENSEL_REGRESSION);
    const pensel_training_options t = pensel_training_defaults();
    (void)state;
    assert_int_equal(o.estimator.hidden_count, 10);
    for (size_t l = 0; l < 10; l++) {
        assert_int_equal(o.estimator.hidden[l].width, 100);
        assert_int_equal(o.estimator.hidden[l].activation, PENSEL_RELU);
    }
    assert_true(o.raw_coordinates && !o.choose && o.estimator.training.compat);
    assert_true(o.threshold == 600 && o.estimator.precision == PENSEL_FLOAT64);
    assert_true(o.estimator.training.epochs == t.epochs && o.estimator.training.solver == t.solver);
    pensel_picture p = scene(3, 0);
    o.estimator.training.epochs = 1;
    pensel_painting *painting = paint(&p, 1, &o);
    float x[2 * W];
    pensel_error error;
    MUST(pensel_painting_inputs(painting, x, 3, 1, &(pensel_render_options){0}, &error));
    for (size_t c = 0; c < W; c++)
        assert_true(x[2 * c] == 3 && x[2 * c + 1] == (float)c);
    pensel_painting_free(&painting);
}

/* Loops of every instruction set against those of the reference. */
static void row_loops_agree_on_all_instruction_sets(void **state)
{
    static const char *const sets[] = {"avx2", "avx512", "neon"};
    static pensel_row_sums sums[2];
    static float features[4][64], targets[4][64], weights[64], slopes[2][4][64];
    float numbers[PENSEL_ROW_NUMBERS];
    pensel_random random;
    (void)state;
    pensel_random_seed(&random, 5);
    const pensel_row_kernels *reference =
        pensel_row_kernels_for(pensel_kernels_of("reference", PENSEL_FLOAT32));
    for (size_t i = 0; i < PENSEL_ROW_NUMBERS; i++)
        numbers[i] = (float)pensel_random_uniform(&random, -1, 1);
    for (size_t f = 0; f < 4; f++)
        for (size_t c = 0; c < 64; c++) {
            features[f][c] = (float)pensel_random_uniform(&random, -1, 1);
            targets[f][c] = (float)pensel_random_uniform(&random, 0, 1);
            weights[c] = c < 50 ? (float)(c % 3) : 0;
        }
    for (size_t set = 0; set < 3; set++) {
        const pensel_kernels *kernels = pensel_kernels_of(sets[set], PENSEL_FLOAT32);
        if (!kernels) continue;
        for (size_t width = 1; width <= 4; width++) {
            pensel_row row = {
                .numbers = numbers, .slope = 0.5f, .width = width, .n = 50, .weights = weights};
            for (int which = 0; which < 2; which++) {
                memset(&sums[which], 0, sizeof sums[which]);
                row.sums = &sums[which];
                for (size_t f = 0; f < width; f++) {
                    row.features[f] = features[f];
                    row.targets[f] = targets[f];
                    row.slopes[f] = slopes[which][f];
                }
                (which ? pensel_row_kernels_for(kernels) : reference)->learn(&row);
            }
            for (size_t f = 0; f < width; f++)
                for (size_t c = 0; c < 50; c++)
                    assert_near(slopes[0][f][c], slopes[1][f][c], 1e-5);
            for (size_t i = 0; i < 8 * width * width + 5 * width; i++) {
                double a = 0, b = 0;
                for (size_t lane = 0; lane < PENSEL_ROW_LANES; lane++) {
                    a += (double)sums[0].gradient[i][lane];
                    b += (double)sums[1].gradient[i][lane];
                }
                assert_near(a, b, 1e-4);
            }
        }
    }
}

static double lanes_of(const float lanes[PENSEL_ROW_LANES])
{
    double sum = 0;
    for (size_t i = 0; i < PENSEL_ROW_LANES; i++)
        sum += (double)lanes[i];
    return sum;
}

/* The loss of a row of 50 pixels and its gradient; outputs 0: colours. */
static double row_loss(pensel_row_sums *sums, pensel_row *row, const pensel_row_kernels *kernels)
{
    memset(sums, 0, sizeof *sums);
    row->sums = sums;
    (row->outputs ? kernels->classify : kernels->learn)(row);
    return lanes_of(sums->squares) / (row->outputs ? 1 : 2);
}

static void gradients_along_rows_are_differences(void **state)
{
    static const char *const sets[] = {"reference", "avx2", "avx512", "neon"};
    static pensel_row_sums sums, other;
    static float features[4][64], targets[4][64], codes[64], weights[64], slopes[4][64];
    float numbers[PENSEL_ROW_NUMBERS], balance[PENSEL_ROW_OUTPUTS];
    pensel_random random;
    (void)state;
    pensel_random_seed(&random, 6);
    for (size_t i = 0; i < PENSEL_ROW_NUMBERS; i++)
        numbers[i] = (float)pensel_random_uniform(&random, -1, 1);
    for (size_t k = 0; k < PENSEL_ROW_OUTPUTS; k++)
        balance[k] = 1;
    for (size_t c = 0; c < 64; c++) {
        weights[c] = c < 50 ? (float)(c % 3) : 0;
        for (size_t f = 0; f < 4; f++) {
            features[f][c] = (float)pensel_random_uniform(&random, -1, 1);
            targets[f][c] = (float)pensel_random_uniform(&random, 0, 1);
        }
    }
    for (size_t outputs = 0; outputs <= 5; outputs += outputs ? 4 : 1)
        for (size_t set = 0; set < 4; set++) {
            const pensel_kernels *table = pensel_kernels_of(sets[set], PENSEL_FLOAT32);
            if (!table) continue;
            const pensel_row_kernels *kernels = pensel_row_kernels_for(table);
            pensel_row row = {.numbers = numbers,
                              .slope = 0.5f,
                              .width = 4,
                              .n = 50,
                              .weights = weights,
                              .outputs = outputs,
                              .codes = codes,
                              .balance = balance,
                              .enough = 1e30f};
            for (size_t f = 0; f < 4; f++)
                row.features[f] = features[f], row.targets[f] = targets[f],
                row.slopes[f] = slopes[f];
            for (size_t c = 0; c < 64; c++)
                codes[c] = (float)(c % (outputs < 2 ? 2 : outputs));
            row_loss(&sums, &row, kernels);
            float slope = slopes[2][4];
            const float h = 1e-3f;
            size_t count = 80 + (outputs ? outputs : 4) * 17;
            for (size_t i = 0; i <= count; i += 3) {
                float *at = i < count ? &numbers[i] : &features[2][4], before = *at;
                *at = before + h;
                double above = row_loss(&other, &row, kernels);
                *at = before - h;
                double below = row_loss(&other, &row, kernels);
                *at = before;
                double expected = (above - below) / (2 * (double)h);
                assert_near(i < count ? lanes_of(sums.gradient[i]) : (double)slope, expected, 0.03);
            }
        }
}

static void bad_arguments_are_refused(void **state)
{
    pensel_error error;
    pensel_painting *painting = NULL;
    pensel_picture p = scene(3, 0), q = scene(3, 1), pair[2] = {p, q};
    pensel_paint_options o = pensel_paint_defaults(PENSEL_REGRESSION);
    float weights[H * W] = {0};
    (void)state;
    assert_int_equal(pensel_painting_new(NULL, &p, &o, &error), PENSEL_BAD_ARGUMENT);
    assert_int_equal(pensel_painting_new(&painting, NULL, &o, &error), PENSEL_BAD_ARGUMENT);
    assert_int_equal(pensel_painting_new(&painting, &p, NULL, &error), PENSEL_BAD_ARGUMENT);
    assert_int_equal(pensel_painting_of_several(&painting, &p, 0, &o, &error), PENSEL_BAD_ARGUMENT);
    pair[1].width--;
    assert_int_equal(pensel_painting_of_several(&painting, pair, 2, &o, &error),
                     PENSEL_BAD_ARGUMENT);
    o.weights = weights;
    assert_int_equal(pensel_painting_new(&painting, &p, &o, &error), PENSEL_BAD_DATA);
    weights[5] = NAN;
    assert_int_equal(pensel_painting_new(&painting, &p, &o, &error), PENSEL_BAD_DATA);
    o.weights = NULL;
    p.pixels[(4 * W + 7) * 3] = INFINITY;
    assert_int_equal(pensel_painting_new(&painting, &p, &o, &error), PENSEL_BAD_DATA);
    assert_non_null(strstr(error.text, "row 4, column 7"));
    assert_null(painting);
    pensel_painting_free(&painting);
    pensel_painting_free(NULL);
    assert_int_equal(
        pensel_painting_render(NULL, weights, 0, 1, &(pensel_render_options){0}, &error),
        PENSEL_BAD_ARGUMENT);
    assert_null(pensel_painting_canvas(NULL));
    assert_null(pensel_painting_estimator(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_pixel_is_painted_exactly),
        cmocka_unit_test(threads_do_not_change_a_bit),
        cmocka_unit_test(rows_agree_with_the_network),
        cmocka_unit_test(parts_and_pieces_are_the_whole),
        cmocka_unit_test(smaller_is_averaged),
        cmocka_unit_test(holes_are_filled_from_around_them),
        cmocka_unit_test(several_pictures_share_a_network),
        cmocka_unit_test(training_ends_at_whichever_comes_first),
        cmocka_unit_test(other_encodings_paint_too),
        cmocka_unit_test(a_periodic_painting_has_no_seam),
        cmocka_unit_test(a_periodic_painting_repeats),
        cmocka_unit_test(classes_are_painted_hard_and_soft),
        cmocka_unit_test(outlines_enclose_the_classes),
        cmocka_unit_test(a_resumed_painting_is_the_uninterrupted_one),
        cmocka_unit_test(a_saved_painting_is_the_same),
        cmocka_unit_test(the_tutorial_is_as_the_tutorial_says),
        cmocka_unit_test(row_loops_agree_on_all_instruction_sets),
        cmocka_unit_test(gradients_along_rows_are_differences),
        cmocka_unit_test(bad_arguments_are_refused),
    };
    return RUN(tests);
}
