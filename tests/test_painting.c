/* Paintings of every kind: when training ends, other encodings, seamless ones, outlines,
 * checkpoints. */
#include "scene.h"

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

/* A slope of colour, learned at places between the pixels by a network that can only draw slopes:
 * whoever mixes the neighbours of a place wrongly draws another. */
static void places_between_pixels_have_the_colours_between(void **state)
{
    (void)state;
    pensel_picture p = scene(3, 0);
    pensel_paint_options o = pensel_paint_defaults(PENSEL_REGRESSION);
    for (size_t r = 0; r < H; r++)
        for (size_t c = 0; c < W; c++)
            for (size_t k = 0; k < 3; k++)
                p.pixels[(r * W + c) * 3 + k] =
                    0.1f + 0.01f * (float)r + 0.006f * (float)c + 0.05f * (float)k;
    o.choose = false;
    o.subpixel = 9;
    o.estimator.encoding.kind = PENSEL_RAW;
    o.estimator.hidden_count = 0;
    o.estimator.training.solver = PENSEL_LBFGS;
    pensel_painting *painting = paint(&p, 1, &o);
    assert_true(psnr_of(painting, &p, 0) > 45);
    pensel_painting_free(&painting);
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

/* Also raw, which is the default, and would otherwise leave the encoding open. */
static void give_encoding(pensel_paint_options *o, pensel_encoding_kind kind)
{
    pensel_error error;
    o->estimator.encoding.kind = kind;
    MUST(pensel_option_give(&o->estimator.encoding, pensel_encoding_table(), "kind", &error));
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
        give_encoding(&o, kinds[k].kind);
        pensel_painting *painting = paint(&p, 1, &o);
        assert_true(psnr_of(painting, &p, 0) > kinds[k].psnr);
        pensel_painting_free(&painting);
    }
}

static const pensel_estimator_options *settings_of(const pensel_painting *painting)
{
    return pensel_estimator_settings(pensel_painting_estimator(painting));
}

/* The finest cells of a hash grid are pixels (as many per side as the longer side has),
 * or of classes 4 x 4 of them. */
static void hash_grids_go_down_to_pixels(void **state)
{
    (void)state;
    static const struct {
        pensel_task task;
        size_t base, fine, levels;
    } grids[] = {{PENSEL_REGRESSION, 16, 50, 12}, {PENSEL_CLASSIFICATION, 8, 12, 6}};
    pensel_picture p = scene(3, 0);
    for (size_t i = 0; i < sizeof grids / sizeof *grids; i++) {
        pensel_paint_options o = pensel_paint_defaults(grids[i].task);
        give_encoding(&o, PENSEL_HASHGRID);
        o.estimator.training.epochs = 1;
        pensel_painting *painting = paint(&p, 1, &o);
        const pensel_encoding *e = &settings_of(painting)->encoding;
        assert_int_equal(e->base_resolution, grids[i].base);
        assert_int_equal(e->fine_resolution, grids[i].fine);
        assert_int_equal(e->levels, grids[i].levels);
        assert_int_equal(e->table_log2, 12);
        pensel_painting_free(&painting);
    }
}

static void what_is_given_is_kept_and_the_rest_is_chosen(void **state)
{
    const pensel_layer hidden[] = {{9, PENSEL_AUTOMATIC, 0}, {8, PENSEL_TANH, 0}};
    pensel_picture p = scene(3, 0);
    pensel_error error;
    (void)state;
    pensel_paint_options o = pensel_paint_defaults(PENSEL_REGRESSION);
    o.estimator.training.epochs = 1;
    give_encoding(&o, PENSEL_HASHGRID);
    pensel_painting *painting = paint(&p, 1, &o);
    const pensel_training_options *t = &settings_of(painting)->training;
    assert_true(t->alpha == 0 && t->beta_2 == 0.99 && t->n_iter_no_change == SIZE_MAX);
    pensel_painting_free(&painting);
    MUST(pensel_option_give(&o.estimator.training, pensel_training_table(), "alpha", &error));
    MUST(pensel_option_give(&o.estimator.training, pensel_training_table(), "beta_2", &error));
    MUST(pensel_option_give(&o.estimator.training, pensel_training_table(), "tol", &error));
    painting = paint(&p, 1, &o);
    t = &settings_of(painting)->training;
    assert_true(t->alpha == 1e-4 && t->beta_2 == 0.999 && t->tol == 1e-4);
    assert_int_equal(t->n_iter_no_change, 10); /* else tol would have no effect */
    pensel_painting_free(&painting);
    o.estimator.hidden = hidden;
    o.estimator.hidden_count = 2;
    for (int raw = 0; raw < 2; raw++) {
        give_encoding(&o, raw ? PENSEL_RAW : PENSEL_HASHGRID);
        painting = paint(&p, 1, &o);
        const pensel_layer *layers = settings_of(painting)->hidden;
        assert_int_equal(layers[0].activation, raw ? PENSEL_SINE : PENSEL_RELU);
        assert_true(layers[0].width == 9 && layers[0].parameter == (raw ? 60 : 0));
        assert_int_equal(layers[1].activation, PENSEL_TANH);
        pensel_painting_free(&painting);
    }
}

static void what_the_exact_pyramid_would_ignore_is_an_error(void **state)
{
    static const struct {
        const char *name, *text;
    } ignored[] = {{"clip_norm", "100"},
                   {"momentum", "0.9"},
                   {"dropout", "0.1"},
                   {"average", "0.9"},
                   {"shuffle", "false"},
                   {"power_t", "0.1"},
                   {"weight_decay", "1"},
                   {"huber_delta", "2"},
                   {"max_fun", "7"},
                   {"compat", "true"},
                   {"nesterovs_momentum", "false"},
                   {"shards", "4"}};
    pensel_picture p = scene(3, 0);
    (void)state;
    for (size_t i = 0; i < sizeof ignored / sizeof *ignored; i++) {
        pensel_paint_options o = pensel_paint_defaults(PENSEL_REGRESSION);
        pensel_training_options *t = &o.estimator.training;
        pensel_painting *painting;
        pensel_error error;
        MUST(pensel_option_set(t, pensel_training_table(), ignored[i].name, ignored[i].text,
                               &error));
        assert_int_equal(pensel_painting_new(&painting, &p, &o, &error), PENSEL_BAD_ARGUMENT);
        assert_null(painting);
        assert_non_null(strstr(error.text, "has no effect on the exact pyramid"));
    }
}

static pensel_status no_hook(pensel_reduction *sum, void *data, pensel_error *why)
{
    (void)sum, (void)data, (void)why;
    return PENSEL_OK;
}

static void the_exact_pyramid_has_no_reduce_hook(void **state)
{
    pensel_picture p = scene(3, 0);
    (void)state;
    pensel_paint_options o = pensel_paint_defaults(PENSEL_REGRESSION);
    pensel_painting *painting;
    pensel_error error;
    o.estimator.training.reduce = no_hook;
    assert_int_equal(pensel_painting_new(&painting, &p, &o, &error), PENSEL_BAD_ARGUMENT);
    assert_non_null(strstr(error.text, "without a reduce hook"));
}

static void a_method_that_is_given_takes_a_hash_grid_and_says_why(void **state)
{
    char chosen[256];
    pensel_picture p = scene(3, 0);
    (void)state;
    pensel_paint_options o = pensel_paint_defaults(PENSEL_REGRESSION);
    o.chosen = chosen;
    o.estimator.training.epochs = 1;
    pensel_painting *painting = paint(&p, 1, &o);
    assert_int_equal(settings_of(painting)->encoding.kind, PENSEL_PYRAMID);
    assert_null(strstr(chosen, "no exact pyramid"));
    pensel_painting_free(&painting);
    o.estimator.training.loss = PENSEL_HUBER;
    painting = paint(&p, 1, &o);
    assert_int_equal(settings_of(painting)->encoding.kind, PENSEL_HASHGRID);
    assert_non_null(strstr(chosen, "no exact pyramid: loss is given"));
    pensel_painting_free(&painting);
    o.estimator.training.loss = PENSEL_SQUARED_ERROR;
    o.estimator.encoding.scale = 4;
    painting = paint(&p, 1, &o);
    assert_int_equal(settings_of(painting)->encoding.kind, PENSEL_FOURIER);
    assert_true(settings_of(painting)->encoding.scale == 4);
    pensel_painting_free(&painting);
}

/* Half way between two pictures stands their mean, whatever the network makes up there. */
static void between_pictures_there_is_no_noise(void **state)
{
    pensel_picture p[2] = {scene(3, 0), scene(3, 1)};
    pensel_paint_options o = pensel_paint_defaults(PENSEL_REGRESSION);
    pensel_render_options first = {.mix = 0}, second = {.mix = 1}, between = {.mix = 0.25};
    (void)state;
    o.estimator.training.epochs = 5;
    for (int kind = 0; kind < PENSEL_PYRAMID; kind++) {
        give_encoding(&o, (pensel_encoding_kind)kind);
        pensel_painting *painting = paint(p, 2, &o);
        float *a = render(painting, &first, W, H), *b = render(painting, &second, W, H);
        float *c = render(painting, &between, W, H);
        for (size_t i = 0; i < H * W * 3; i++) {
            bool clamped = a[i] <= 0 || a[i] >= 1 || b[i] <= 0 || b[i] >= 1;
            if (!clamped) assert_near(c[i], 0.75f * a[i] + 0.25f * b[i], 1e-5);
        }
        pensel_release(a);
        pensel_release(b);
        pensel_release(c);
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
        pensel_render_options away = {.x = W * 0x1p20, .y = -H * 0x1p20, .w = W, .h = H};
        float *far = render(painting, &away, W, H);
        for (size_t i = 0; i < H * W * 3; i++)
            assert_near(far[i], one[i], 1e-3);
        pensel_release(all);
        pensel_release(one);
        pensel_release(far);
        pensel_painting_free(&painting);
    }
}

/* However far away, where a double no longer knows one pixel from the next. */
static void any_place_can_be_rendered(void **state)
{
    pensel_picture p = scene(3, 0);
    pensel_paint_options o = pensel_paint_defaults(PENSEL_REGRESSION);
    (void)state;
    for (int periodic = 0; periodic <= 1; periodic++) {
        o.periodic = periodic;
        pensel_painting *painting = paint(&p, 1, &o);
        for (int exponent = 0; exponent <= 1000; exponent += 20) {
            double place = ldexp(1.7, exponent);
            float *a = render(
                painting, &(pensel_render_options){.x = place, .y = -place, .w = 4, .h = 4}, 4, 4);
            for (size_t i = 0; i < 4 * 4 * 3; i++)
                assert_true(a[i] >= 0 && a[i] <= 1);
            pensel_release(a);
        }
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

static bool stop_at_once(void *data, size_t colour, const double *points, size_t count)
{
    (void)colour, (void)points, (void)count;
    ++*(int *)data;
    return false;
}

/* How far from a half the second class's probability is at points of the lines, but for those that
 * go along the border */
typedef struct halves {
    const pensel_painting *painting;
    double most;
    size_t points;
} halves;

static bool ask_points(void *data, size_t colour, const double *points, size_t count)
{
    halves *h = data;
    pensel_error error;
    (void)colour;
    for (size_t i = 0; i < count; i++) {
        double x = points[2 * i], y = points[2 * i + 1], p[2];
        float place[2];
        if (x < 1 || x > W - 1 || y < 1 || y > H - 1) continue;
        const pensel_render_options there = {
            .x = x - 0.5, .y = y - 0.5, .w = 1, .h = 1, .width = 1, .height = 1};
        MUST(pensel_painting_inputs(h->painting, place, 0, 1, &there, &error));
        MUST(pensel_estimator_probabilities(pensel_painting_estimator(h->painting), p,
                                            (pensel_matrix){place, 1, 2, PENSEL_FLOAT32}, &error));
        h->most = fmax(h->most, fabs(p[1] - 0.5));
        h->points++;
    }
    return true;
}

/* A neuron for each output, at the coordinates as they are; fitted to the end */
static pensel_paint_options one_neuron(pensel_task task, double alpha)
{
    pensel_paint_options o = pensel_paint_defaults(task);
    o.choose = false;
    o.estimator.encoding.kind = PENSEL_RAW;
    o.estimator.hidden_count = 0;
    o.estimator.training.solver = PENSEL_LBFGS;
    o.estimator.training.alpha = alpha;
    return o;
}

/* One neuron can only draw a straight border, across which the logarithm of one probability over
 * the other is linear: so the line is where both are a half, between all points that are asked. */
static void outlines_are_where_classes_are_as_likely(void **state)
{
    (void)state;
    pensel_picture p = scene(1, 0);
    pensel_paint_options o = one_neuron(PENSEL_CLASSIFICATION, 1);
    pensel_error error;
    for (size_t i = 0; i < H * W; i++)
        p.pixels[i] = 3 * (i / W) + 2 * (i % W) > 5 * H / 2 ? 0.9f : 0.1f;
    o.threshold = 300;
    pensel_painting *painting = paint(&p, 1, &o);
    halves h = {.painting = painting};
    MUST(pensel_painting_outlines(painting, 1, ask_points, &h, &error));
    assert_true(h.points > 40);
    assert_true(h.most < 1e-3);
    pensel_painting_free(&painting);
}

/* One neuron without a bend: of a slope half the size is the mean of 2 x 2 places, which is the
 * colour in their middle. */
static void smaller_pixels_are_asked_around_their_middle(void **state)
{
    (void)state;
    pensel_picture p = scene(3, 0);
    pensel_paint_options o = one_neuron(PENSEL_REGRESSION, 0);
    for (size_t i = 0; i < H * W * 3; i++)
        p.pixels[i] = 0.1f + 0.01f * (float)(i / 3 / W) + 0.006f * (float)(i / 3 % W);
    pensel_painting *painting = paint(&p, 1, &o);
    const pensel_render_options all = {.w = 40, .h = 20, .width = 40, .height = 20};
    const pensel_render_options less = {.w = 40, .h = 20, .width = 20, .height = 10};
    float *whole = render(painting, &all, 40, 20), *half = render(painting, &less, 20, 10);
    for (size_t y = 0; y < 10; y++)
        for (size_t x = 0; x < 20; x++) {
            double mean = 0;
            for (size_t k = 0; k < 4; k++)
                mean += (double)whole[((2 * y + k / 2) * 40 + 2 * x + k % 2) * 3] / 4;
            assert_near(half[(y * 20 + x) * 3], mean, 1e-5);
        }
    pensel_release(whole);
    pensel_release(half);
    pensel_painting_free(&painting);
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
    int calls = 0;
    MUST(pensel_painting_outlines(painting, 1, stop_at_once, &calls, &error));
    assert_int_equal(calls, 1);
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
    assert_true(o.raw_coordinates && !o.choose && o.estimator.training.sklearn_gradient);
    assert_true(pensel_paint_tutorial(PENSEL_CLASSIFICATION).threshold == 600);
    assert_true(o.threshold < 0 && o.estimator.precision == PENSEL_FLOAT64);
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
        cmocka_unit_test(places_between_pixels_have_the_colours_between),
        cmocka_unit_test(training_ends_at_whichever_comes_first),
        cmocka_unit_test(other_encodings_paint_too),
        cmocka_unit_test(hash_grids_go_down_to_pixels),
        cmocka_unit_test(what_is_given_is_kept_and_the_rest_is_chosen),
        cmocka_unit_test(what_the_exact_pyramid_would_ignore_is_an_error),
        cmocka_unit_test(the_exact_pyramid_has_no_reduce_hook),
        cmocka_unit_test(a_method_that_is_given_takes_a_hash_grid_and_says_why),
        cmocka_unit_test(between_pictures_there_is_no_noise),
        cmocka_unit_test(a_periodic_painting_has_no_seam),
        cmocka_unit_test(a_periodic_painting_repeats),
        cmocka_unit_test(any_place_can_be_rendered),
        cmocka_unit_test(outlines_enclose_the_classes),
        cmocka_unit_test(outlines_are_where_classes_are_as_likely),
        cmocka_unit_test(smaller_pixels_are_asked_around_their_middle),
        cmocka_unit_test(a_resumed_painting_is_the_uninterrupted_one),
        cmocka_unit_test(the_tutorial_is_as_the_tutorial_says),
        cmocka_unit_test(bad_arguments_are_refused),
    };
    return RUN(tests);
}
