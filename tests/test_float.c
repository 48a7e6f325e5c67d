/* A host with settings of its own for floating-point arithmetic: whatever it rounds, flushes or
 * traps, every public call that computes gives the same bits as for a host that sets nothing, and
 * leaves the host's settings and flags as they were. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* for traps, which C11 does not know */
#endif
#include "test.h"

#include "temporary.h"

#include <fenv.h>

static pensel_error error;

/* feenableexcept and fegetexcept are glibc's. Elsewhere the masks of MXCSR are what arithmetic on
 * x86-64 obeys; other processors without them are tested with the rounding modes alone. */
#if defined(__GLIBC__)
#define GET_TRAPS() fegetexcept()
#define SET_TRAPS() feenableexcept(FE_ALL_EXCEPT)
#elif defined(__x86_64__)
#define GET_TRAPS() (int)(~(__builtin_ia32_stmxcsr() >> 7) & FE_ALL_EXCEPT)
#define SET_TRAPS() \
    __builtin_ia32_ldmxcsr(__builtin_ia32_stmxcsr() & ~(unsigned)(FE_ALL_EXCEPT << 7))
#else
#define GET_TRAPS() 0
#define SET_TRAPS() (void)0
#endif

/* ------------------------------------------------------------------ the host */

typedef struct host {
    const char *name;
    int rounding;
    bool traps;       /* all of them */
    unsigned flushes; /* bits of MXCSR: 0x8000 results, 0x40 operands */
} host;

static const host plain = {"plain", FE_TONEAREST, false, 0};
static const host hosts[] = {
    {"upwards, with traps", FE_UPWARD, true, 0},
    {"downwards", FE_DOWNWARD, false, 0},
    {"towards zero, flushing", FE_TOWARDZERO, false, 0x8040},
    {"flushing, with traps", FE_TONEAREST, true, 0x8040},
    {"traps alone", FE_TONEAREST, true, 0},
    {"flushing alone", FE_TONEAREST, false, 0x8040},
};
enum { HOSTS = sizeof hosts / sizeof *hosts };

static const host *now;

typedef struct settings {
    int rounding, traps, flags;
    unsigned control;
} settings;

static settings found_before;

/* Nothing here computes: with its traps a single sum would end the test. */
static settings read_settings(void)
{
    settings s = {fegetround(), GET_TRAPS(), fetestexcept(FE_ALL_EXCEPT), 0};
#ifdef __x86_64__
    s.control = __builtin_ia32_stmxcsr();
#endif
    return s;
}

/* Valgrind does not know all of these settings, so what counts is what was there. */
static void enter_host(void)
{
    fesetround(now->rounding);
#ifdef __i386__
    if (!now->traps) /* the x87 unit traps a flag that is already up */
#endif
        feraiseexcept(FE_DIVBYZERO);
#ifdef __x86_64__
    __builtin_ia32_ldmxcsr(__builtin_ia32_stmxcsr() | now->flushes);
#endif
    if (now->traps) SET_TRAPS();
    found_before = read_settings();
}

/* A plain host's flags are those of any computing. */
static void leave_host(const char *call)
{
    settings found_after = read_settings();
    fesetenv(FE_DFL_ENV);
#ifdef __x86_64__
    __builtin_ia32_ldmxcsr(0x1f80);
#endif
    if (now == &plain) return;
    if (memcmp(&found_before, &found_after, sizeof found_after) != 0)
        fail_msg("%s: rounding %d, traps %#x, flags %#x, control %#x became %d, %#x, %#x, %#x",
                 call, found_before.rounding, (unsigned)found_before.traps,
                 (unsigned)found_before.flags, found_before.control, found_after.rounding,
                 (unsigned)found_after.traps, (unsigned)found_after.flags, found_after.control);
}

#define CALL(call)                                         \
    do {                                                   \
        enter_host();                                      \
        pensel_status status = (call);                     \
        leave_host(#call);                                 \
        if (status) fail_msg("%s: %s", #call, error.text); \
    } while (0)

/* ------------------------------------------------------------------ results */

typedef struct results {
    unsigned char *bytes;
    size_t count, room;
} results;

static void keep(results *r, const void *bytes, size_t count)
{
    if (r->count + count > r->room) {
        r->room = 2 * (r->count + count);
        r->bytes = realloc(r->bytes, r->room);
        assert_non_null(r->bytes);
    }
    memcpy(r->bytes + r->count, bytes, count);
    r->count += count;
}

static void keep_file(results *r, const char *path)
{
    char block[4096];
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    for (size_t n; (n = fread(block, 1, sizeof block, file)) > 0;)
        keep(r, block, n);
    fclose(file);
}

typedef void (*work)(results *r);

static void every_host_gets_the_same_bits(void **state)
{
    work do_it = *(const work *)*state;
    results expected = {0};
    now = &plain;
    do_it(&expected);
    assert_true(expected.count > 0);
    for (size_t h = 0; h < HOSTS; h++) {
        results found = {0};
        now = &hosts[h];
        do_it(&found);
        assert_int_equal(found.count, expected.count);
        for (size_t i = 0; i < found.count; i++)
            if (found.bytes[i] != expected.bytes[i])
                fail_msg("%s: byte %zu of %zu differs", now->name, i, found.count);
        free(found.bytes);
    }
    free(expected.bytes);
}

/* ------------------------------------------------------------------ samples */

enum { N = 3000, INPUTS = 2, OUTPUTS = 3 };
static double x[N * INPUTS], y[N * OUTPUTS], labels[N];

static int make_data(void **state)
{
    (void)state;
    for (int i = 0; i < N * INPUTS; i++)
        x[i] = 0.5 + 0.5 * sin(i * i);
    for (int i = 0; i < N; i++) {
        y[i * OUTPUTS] = x[i * INPUTS] * x[i * INPUTS + 1];
        y[i * OUTPUTS + 1] = x[i * INPUTS] - x[i * INPUTS + 1];
        y[i * OUTPUTS + 2] = 1e-310; /* subnormal */
        labels[i] = x[i * INPUTS] > 0.7 ? 2 : x[i * INPUTS + 1] > 0.3;
    }
    return 0;
}

static pensel_samples samples(size_t n)
{
    return (pensel_samples){.x = {x, n, INPUTS, PENSEL_FLOAT64},
                            .y = {y, n, OUTPUTS, PENSEL_FLOAT64}};
}

static pensel_samples classes(size_t n)
{
    return (pensel_samples){.x = {x, n, INPUTS, PENSEL_FLOAT64},
                            .y = {labels, n, 1, PENSEL_FLOAT64}};
}

/* ------------------------------------------------------------------ works */

static void draw(results *r)
{
    pensel_random random;
    pensel_random_seed(&random, 3);
    for (int i = 0; i < 100; i++) {
        enter_host();
        double u = pensel_random_uniform(&random, -0.1, 0.7);
        leave_host("pensel_random_uniform");
        keep(r, &u, sizeof u);
    }
}

static void set_options(results *r)
{
    static const char *const texts[] = {"0.1", "1e-3", "0.30000000000000004", "8.5e-17"};
    const pensel_option_table *table = pensel_training_table();
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        pensel_training_options o = pensel_training_defaults();
        char text[64] = {0};
        CALL(pensel_option_set(&o, table, "alpha", texts[i], &error));
        CALL(pensel_option_get(text, sizeof text, &o, table, "alpha", &error));
        CALL(pensel_options_check(&o, table, &error));
        keep(r, &o.alpha, sizeof o.alpha);
        keep(r, text, sizeof text);
    }
}

static void read_table(results *r)
{
    const char *path = temporary("numbers.csv");
    pensel_table *table;
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    for (int i = 0; i < 200; i++)
        fprintf(file, "%d.%d,0.%d%d%de-%d,1234567890123456789%d\n", i, i * 7, i, 3 * i, 7 * i, i,
                i);
    fclose(file);
    pensel_table_options o = pensel_table_defaults();
    o.precision = PENSEL_FLOAT64;
    CALL(pensel_table_read(&table, path, &o, &error));
    keep(r, table->x.data, table->x.rows * table->x.columns * sizeof(double));
    pensel_table_free(&table);
    remove(path);
}

static void single_neurons(results *r)
{
    double w[2] = {0.1, 0.2}, bias = 0.3, out[3], z[20], f[20], slope[20];
    size_t epochs, mistakes;
    for (int i = 0; i < 20; i++)
        z[i] = 0.37 * i - 3;
    for (int a = 0; a < PENSEL_ACTIVATION_COUNT; a++) {
        pensel_neuron neuron = {w, 2, bias, (pensel_activation)a, 0.25};
        CALL(pensel_activation_apply((pensel_activation)a, 0.25, f, slope, z, 20, &error));
        keep(r, f, sizeof f);
        keep(r, slope, sizeof slope);
        if (a == PENSEL_SOFTMAX) continue;
        CALL(pensel_neuron_run(&neuron, &out[0], &out[1], NULL, x, &error));
        keep(r, out, 2 * sizeof *out);
    }
    double seen[400];
    for (int i = 0; i < 400; i++)
        seen[i] = labels[i] == 2;
    CALL(pensel_perceptron_train(w, &bias, &epochs, &mistakes, x, seen, 200, 2, 0.1, 7, &error));
    keep(r, w, sizeof w);
    keep(r, &bias, sizeof bias);
}

static pensel_network *network_of(pensel_encoding_kind kind, pensel_precision precision)
{
    static const pensel_layer layers[] = {
        {67, PENSEL_GELU, 0}, {33, PENSEL_TANH, 0}, {OUTPUTS, PENSEL_IDENTITY, 0}};
    pensel_network *network;
    pensel_random random;
    pensel_encoding encodings[PENSEL_ENCODING_COUNT] = {
        [PENSEL_RAW] = {0},
        [PENSEL_FOURIER] = {.kind = PENSEL_FOURIER, .features = 11, .scale = 3},
        [PENSEL_HASHGRID] = {.kind = PENSEL_HASHGRID,
                             .features = 2,
                             .levels = 5,
                             .table_log2 = 8,
                             .base_resolution = 4,
                             .fine_resolution = 61},
        [PENSEL_PYRAMID] =
            {.kind = PENSEL_PYRAMID, .features = 2, .levels = 3, .rows = 13, .columns = 17},
    };
    pensel_shape shape = {
        .inputs = INPUTS, .encoding = encodings[kind], .layers = layers, .layer_count = 3};
    pensel_random_seed(&random, 9);
    CALL(pensel_network_new(&network, &shape, precision, &error));
    CALL(pensel_network_initialise(network, PENSEL_GLOROT, &random, &error));
    return network;
}

static void keep_parameters(results *r, const pensel_network *network)
{
    keep(r, pensel_network_parameters_const(network),
         pensel_network_parameter_count(network) *
             (pensel_network_precision(network) == PENSEL_FLOAT64 ? 8 : 4));
}

static void networks(results *r)
{
    static double out[N * 67], gradient[20000];
    pensel_training_options o = pensel_training_defaults();
    for (int kind = 0; kind < PENSEL_ENCODING_COUNT; kind++)
        for (int precision = 0; precision < 3; precision++) {
            pensel_network *network =
                network_of((pensel_encoding_kind)kind, (pensel_precision)precision);
            pensel_samples s = samples(N), one = samples(1);
            double loss;
            memset(out, 0, sizeof out);
            memset(gradient, 0, sizeof gradient);
            assert_true(pensel_network_parameter_count(network) <= 20000);
            keep_parameters(r, network);
            CALL(pensel_network_predict(network, out, one.x, 1, &error));
            keep(r, out, OUTPUTS * sizeof *out);
            CALL(pensel_network_predict(network, out, s.x, 3, &error));
            keep(r, out, sizeof out);
            CALL(pensel_network_activations(network, 0, out, s.x, 1, &error));
            keep(r, out, sizeof out);
            CALL(pensel_network_gradient(network, &loss, gradient, &s, &o, &error));
            keep(r, &loss, sizeof loss);
            keep(r, gradient, sizeof gradient);
            pensel_network_free(&network);
        }
}

/* Threads of the library are in use when the host trains, and have been started by this host. */
static void trainings(results *r)
{
    for (int solver = 0; solver < PENSEL_SOLVER_COUNT; solver++)
        for (int precision = 0; precision < 3; precision++) {
            pensel_training_options o = pensel_training_defaults();
            pensel_samples s = samples(N);
            pensel_network *network = network_of(PENSEL_RAW, (pensel_precision)precision);
            pensel_training *training, *again;
            pensel_random random;
            const char *path = temporary("checkpoint");
            o.solver = (pensel_solver)solver;
            o.epochs = 3;
            o.threads = 2;
            o.batch_size = 1000;
            if (solver != PENSEL_LBFGS) o.clip_norm = 0.5;
            pensel_random_seed(&random, 5);
            CALL(pensel_training_new(&training, network, &o, &error));
            CALL(pensel_training_run(training, &s, NULL, &random, &error));
            keep_parameters(r, network);
            const pensel_report *report = pensel_training_report(training);
            keep(r, report->loss_curve, report->loss_count * sizeof(double));
            CALL(pensel_training_save(training, &random, path, &error));
            CALL(pensel_training_new(&again, network, &o, &error));
            CALL(pensel_training_load(again, &random, path, &error));
            CALL(pensel_training_configure(again, &o, &error));
            if (solver != PENSEL_LBFGS) CALL(pensel_training_epoch(again, &s, &random, &error));
            keep_parameters(r, network);
            pensel_training_free(&again);
            pensel_training_free(&training);
            pensel_network_free(&network);
            remove(path);
        }
}

static void estimators(results *r)
{
    static double out[N * 3];
    const char *path = temporary("model");
    for (int task = 0; task < 2; task++) {
        pensel_estimator_options o = pensel_estimator_defaults((pensel_task)task);
        pensel_samples s = task == PENSEL_CLASSIFICATION ? classes(N) : samples(N);
        pensel_estimator *e, *loaded;
        pensel_scores scores;
        memset(&scores, 0, sizeof scores);
        memset(out, 0, sizeof out);
        o.scale_inputs = PENSEL_SCALE_STANDARD;
        o.training.early_stopping = true;
        o.training.epochs = 3;
        CALL(pensel_estimator_new(&e, &o, &error));
        CALL(pensel_estimator_fit(e, &s, NULL, &error));
        CALL(pensel_estimator_continue(e, &s, NULL, &error));
        CALL(pensel_estimator_predict(e, out, s.x, &error));
        keep(r, out, sizeof out);
        if (task == PENSEL_CLASSIFICATION) {
            CALL(pensel_estimator_probabilities(e, out, s.x, &error));
            keep(r, out, sizeof out);
        }
        CALL(pensel_estimator_score(e, &scores, NULL, &s, &error));
        keep(r, &scores, sizeof scores);
        CALL(pensel_estimator_save(e, path, &error));
        keep_file(r, path);
        CALL(pensel_estimator_load(&loaded, path, &error));
        CALL(pensel_estimator_predict(loaded, out, s.x, &error));
        keep(r, out, sizeof out);
        pensel_estimator_free(&loaded);
        pensel_estimator_free(&e);
        remove(path);
    }
}

static bool keep_line(void *data, size_t colour, const double *points, size_t count)
{
    (void)colour;
    keep(data, points, count * 2 * sizeof *points);
    return true;
}

/* The exact pyramid, of colours and of classes, and a hash grid */
static void paintings(results *r)
{
    enum { H = 23, W = 31 };
    static float pixels[H * W * 3], again[4 * H * W * 3], inputs[H * W * 2];
    for (int i = 0; i < H * W * 3; i++)
        pixels[i] =
            (float)(floor(255 * (0.5 + 0.5 * sin(i / 3 / W + i / 3 % W * 0.2 + i % 3))) / 255);
    pensel_picture picture = {pixels, W, H, 3}, copy = {again, W, H, 3};
    const char *path = temporary("painting");
    for (int kind = 0; kind < 3; kind++) {
        pensel_paint_options o =
            pensel_paint_defaults(kind == 1 ? PENSEL_CLASSIFICATION : PENSEL_REGRESSION);
        pensel_render_options render = pensel_render_defaults();
        pensel_painting *painting;
        pensel_model *model;
        double measure;
        o.estimator.training.epochs = 5;
        if (kind == 2) o.estimator.encoding.kind = PENSEL_HASHGRID;
        CALL(pensel_painting_new(&painting, &picture, &o, &error));
        CALL(pensel_painting_save(painting, path, &error));
        keep_file(r, path);
        CALL(pensel_painting_render(painting, again, 0, H, &render, &error));
        keep(r, again, H * W * 3 * sizeof *again);
        CALL(pensel_picture_psnr(&measure, &picture, &copy, &error));
        keep(r, &measure, sizeof measure);
        CALL(pensel_picture_ssim(&measure, &picture, &copy, &error));
        keep(r, &measure, sizeof measure);
        render.width = 2 * W - 1;
        CALL(pensel_painting_render(painting, again, 3, H, &render, &error));
        keep(r, again, H * (2 * W - 1) * 3 * sizeof *again);
        render.width = W;
        CALL(pensel_painting_inputs(painting, inputs, 0, H, &render, &error));
        keep(r, inputs, sizeof inputs);
        if (kind == 1) CALL(pensel_painting_outlines(painting, 2, keep_line, r, &error));
        CALL(pensel_model_load(&model, path, &error));
        pensel_model_free(&model);
        pensel_painting_free(&painting);
        remove(path);
    }
}

/* Nothing to compare, but its sums overflow. */
static void peak(results *r)
{
    double rate;
    CALL(pensel_machine_peak(&rate, PENSEL_FLOAT32, 2, 0.001, &error));
    assert_true(rate > 0);
    keep(r, "", 1);
}

/* ------------------------------------------------------------------ the hosts themselves */

/* 1/3 and half of the smallest normal number as the host of this moment has them, by divisions that
 * the compiler neither does nor moves */
static void divide(double *third, double *half)
{
    volatile double one = 1, three = 3, small = 0x1p-1022, two = 2, result;
    result = one / three;
    *third = result;
    result = small / two;
    *half = result;
}

static void hosts_are_what_they_say(void **state)
{
    double near, high, kept, flushed, third;
    (void)state;
    divide(&near, &kept);
    assert_true(kept > 0);
    fesetround(FE_UPWARD);
    divide(&high, &kept);
    fesetenv(FE_DFL_ENV);
    assert_true(high > near);
    assert_true(kept > 0);
#ifdef __x86_64__
    now = &hosts[2];
    enter_host();
    divide(&third, &flushed);
    fesetenv(FE_DFL_ENV);
    __builtin_ia32_ldmxcsr(0x1f80);
    assert_true(third == near); /* 1/3 lies above the nearest */
    assert_true(flushed == 0);
#else
    (void)third, (void)flushed;
#endif
}

int main(void)
{
    static const struct {
        const char *name;
        work work;
    } works[] = {{"random numbers", draw},    {"options", set_options}, {"tables", read_table},
                 {"neurons", single_neurons}, {"networks", networks},   {"trainings", trainings},
                 {"estimators", estimators},  {"paintings", paintings}, {"the peak", peak}};
    enum { WORKS = sizeof works / sizeof *works };
    struct CMUnitTest tests[WORKS + 1] = {cmocka_unit_test(hosts_are_what_they_say)};
    for (size_t i = 0; i < WORKS; i++)
        tests[i + 1] = (struct CMUnitTest){works[i].name, every_host_gets_the_same_bits, NULL, NULL,
                                           (void *)&works[i].work};
    return _cmocka_run_group_tests("float", tests, WORKS + 1, make_data, NULL);
}
