/* Products of bfloat16: against sums in double over factors rounded here by arithmetic, against
 * float32 within the error that two roundings allow, and in use: a painting comes out as good,
 * files and solvers work. That vector kernels agree with their reference and cuts do not matter is
 * tested in test_kernel.c, the same bits on any number of threads in test_threads.c. */
#include "test.h"

#include "kernel/isa.h"
#include "kernel/kernel.h"
#include "temporary.h"

static pensel_error error;

enum { LD = 64 };

/* 8 bits of fraction, ties to even: rint's rounding */
static double rounded(double x)
{
    int exponent;
    double fraction = frexp(x, &exponent);
    return ldexp(rint(ldexp(fraction, 8)), exponent - 8);
}

static float *draw(size_t count)
{
    static pensel_random random;
    static bool seeded;
    float *x = aligned_alloc(64, (count * sizeof *x + 63) / 64 * 64);
    assert_non_null(x);
    if (!seeded) pensel_random_seed(&random, 3);
    seeded = true;
    for (size_t i = 0; i < count; i++)
        x[i] = (float)pensel_random_uniform(&random, -1, 1);
    return x;
}

/* z = b + w a of one layer, every number compared with the sum over factors as they should be
 * rounded */
static void forward_is_right(const pensel_kernels *kernels, size_t in, size_t out)
{
    float *w = draw(in * out), *b = draw(out), *a = draw(in * LD), *y = draw(out * LD);
    kernels->forward(&(pensel_forward){.y = y,
                                       .w = w,
                                       .b = b,
                                       .a = a,
                                       .in = in,
                                       .out = out,
                                       .n = LD,
                                       .ldy = LD,
                                       .lda = LD,
                                       .activation = PENSEL_IDENTITY});
    for (size_t j = 0; j < out; j++) {
        for (size_t s = 0; s < LD; s++) {
            double sum = (double)b[j], exact = sum, size = fabs(sum);
            for (size_t i = 0; i < in; i++) {
                double weight = (double)w[j * in + i], value = (double)a[i * LD + s];
                sum += in > PENSEL_FEW_UNITS ? rounded(weight) * rounded(value) : weight * value;
                exact += weight * value;
                size += fabs(weight * value);
            }
            assert_near((double)y[j * LD + s], sum, 1e-6 * (double)in);
            /* (1 + 2^-8)^2 - 1 is the most that two roundings change a product */
            assert_true(fabs((double)y[j * LD + s] - exact) <=
                        (ldexp(1, -7) + ldexp(1, -16) + 1e-6) * size);
        }
    }
    free(w), free(b), free(a), free(y);
}

static void factors_are_rounded_and_sums_are_not(void **state)
{
    (void)state;
    for (int isa = 0; isa < PENSEL_ISA_COUNT; isa++) {
        const char *name = pensel_isa_name((pensel_isa)isa);
        const pensel_kernels *kernels = pensel_kernels_of(name, PENSEL_BFLOAT16);
        if (!kernels || kernels == pensel_kernels_of(name, PENSEL_FLOAT32)) continue;
        assert_int_equal(kernels->precision, PENSEL_FLOAT32);
        assert_int_equal(kernels->size, sizeof(float));
        forward_is_right(kernels, 8, 5);
        forward_is_right(kernels, 9, 5);
        forward_is_right(kernels, 100, 37);
    }
}

static void float32_stands_in_where_there_are_none(void **state)
{
    const pensel_kernels *kernels = pensel_kernels_of("avx2", PENSEL_BFLOAT16);
    (void)state;
    assert_true(kernels == pensel_kernels_of("avx2", PENSEL_FLOAT32));
    assert_non_null(pensel_kernels_of("reference", PENSEL_BFLOAT16));
    assert_int_equal(pensel_kernels_find(&kernels, (pensel_precision)3, &error),
                     PENSEL_BAD_ARGUMENT);
    assert_non_null(strstr(error.text, "bfloat16"));
}

/* ---------------------------------------------------------------- in use */

enum { SIDE = 24, PIXELS = SIDE * SIDE };

/* A disc on a slope of colours */
static pensel_picture picture(void)
{
    static float pixels[PIXELS * 3];
    for (int i = 0; i < PIXELS; i++) {
        float u = (float)(i / SIDE) / SIDE, v = (float)(i % SIDE) / SIDE;
        bool disc = (u - 0.4f) * (u - 0.4f) + (v - 0.6f) * (v - 0.6f) < 0.07f;
        pixels[3 * i] = disc ? 0.9f : u;
        pixels[3 * i + 1] = disc ? 0.2f : v;
        pixels[3 * i + 2] = 0.5f + 0.4f * sinf(9 * u * v);
    }
    return (pensel_picture){pixels, SIDE, SIDE, 3};
}

static double psnr_of_painting(pensel_precision precision, uint32_t seed)
{
    static float painted[PIXELS * 3];
    const pensel_layer hidden[] = {{48, PENSEL_RELU, 0}, {48, PENSEL_RELU, 0}};
    pensel_paint_options o = pensel_paint_defaults(PENSEL_REGRESSION);
    pensel_render_options render = pensel_render_defaults();
    pensel_picture original = picture(), painting = {painted, SIDE, SIDE, 3};
    pensel_painting *p;
    double psnr;
    o.choose = false;
    o.estimator.encoding.kind = PENSEL_RAW;
    o.estimator.hidden = hidden, o.estimator.hidden_count = 2;
    o.estimator.precision = precision;
    o.estimator.seed = seed;
    o.estimator.training.solver = PENSEL_ADAM;
    o.estimator.training.learning_rate = PENSEL_COSINE;
    o.estimator.training.learning_rate_init = 0.01;
    o.estimator.training.batch_size = 96;
    o.estimator.training.epochs = 150;
    o.estimator.training.n_iter_no_change = 150;
    MUST(pensel_painting_new(&p, &original, &o, &error));
    MUST(pensel_painting_render(p, painted, 0, SIDE, &render, &error));
    MUST(pensel_picture_psnr(&psnr, &original, &painting, &error));
    pensel_painting_free(&p);
    return psnr;
}

/* Trainings that differ by roundings end in different places, better or worse: so several, and
 * their mean. */
static void a_painting_is_as_good(void **state)
{
    double gain = 0;
    (void)state;
    for (uint32_t seed = 0; seed < 6; seed++)
        gain += psnr_of_painting(PENSEL_BFLOAT16, seed) - psnr_of_painting(PENSEL_FLOAT32, seed);
    assert_true(gain / 6 >= -0.3);
}

static void every_solver_learns_and_files_keep_the_precision(void **state)
{
    static double x[2 * PIXELS], y[PIXELS], before[PIXELS], after[PIXELS];
    const char *path = temporary("bfloat16.safetensors");
    (void)state;
    for (int i = 0; i < PIXELS; i++) {
        x[2 * i] = sin(i), x[2 * i + 1] = cos(3 * i);
        y[i] = x[2 * i] * x[2 * i + 1];
    }
    pensel_samples samples = {.x = {x, PIXELS, 2, PENSEL_FLOAT64},
                              .y = {y, PIXELS, 1, PENSEL_FLOAT64}};
    for (int solver = 0; solver < PENSEL_SOLVER_COUNT; solver++) {
        const pensel_layer hidden[] = {{20, PENSEL_TANH, 0}, {33, PENSEL_TANH, 0}};
        pensel_estimator_options o = pensel_estimator_defaults(PENSEL_REGRESSION);
        pensel_estimator *e, *again;
        pensel_scores scores;
        o.hidden = hidden, o.hidden_count = 2;
        o.precision = PENSEL_BFLOAT16;
        o.scale_inputs = o.scale_targets = PENSEL_SCALE_STANDARD;
        o.training.solver = (pensel_solver)solver;
        o.training.epochs = 300;
        o.training.learning_rate_init = 0.01;
        MUST(pensel_estimator_new(&e, &o, &error));
        MUST(pensel_estimator_fit(e, &samples, NULL, &error));
        MUST(pensel_estimator_score(e, &scores, NULL, &samples, &error));
        assert_true(scores.r2 > 0.8);
        MUST(pensel_estimator_save(e, path, &error));
        MUST(pensel_estimator_load(&again, path, &error));
        assert_int_equal(pensel_network_precision(pensel_estimator_network(again)),
                         PENSEL_BFLOAT16);
        MUST(pensel_estimator_predict(e, before, samples.x, &error));
        MUST(pensel_estimator_predict(again, after, samples.x, &error));
        assert_memory_equal(before, after, sizeof before);
        pensel_estimator_free(&e);
        pensel_estimator_free(&again);
    }
    remove(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(factors_are_rounded_and_sums_are_not),
        cmocka_unit_test(float32_stands_in_where_there_are_none),
        cmocka_unit_test(a_painting_is_as_good),
        cmocka_unit_test(every_solver_learns_and_files_keep_the_precision),
    };
    return RUN(tests);
}
