/* Encodings: their values against the formulas written out plainly, their gradients against
 * differences. */
#include "test.h"

#include "base/memory.h"
#include "layer/layer.h"

enum { N = 37, LD = 64 };

typedef struct bench {
    const pensel_kernels *kernels;
    pensel_layer_instance layer;
    size_t inputs, width, count;
    double *x, *features, *parameters;
} bench;

static void bench_make(bench *b, const pensel_encoding *encoding, size_t inputs)
{
    pensel_error error;
    pensel_random random;
    b->inputs = inputs;
    MUST(pensel_kernels_find(&b->kernels, PENSEL_FLOAT64, &error));
    const pensel_layer_kind *kind =
        pensel_layer_kind_find(pensel_encoding_name(encoding->kind), b->kernels);
    assert_non_null(kind);
    MUST(pensel_layer_prepare(&b->layer, kind, encoding, sizeof *encoding, inputs, b->kernels,
                              &error));
    b->width = b->layer.out;
    b->count = pensel_layer_parameter_count(&b->layer);
    MUST(PENSEL_NEW(b->x, inputs * LD, &error));
    MUST(PENSEL_NEW(b->features, b->width * LD, &error));
    MUST(PENSEL_NEW(b->parameters, b->count, &error));
    pensel_random_seed(&random, 7);
    for (size_t i = 0; i < inputs; i++)
        for (size_t s = 0; s < N; s++)
            b->x[i * LD + s] = pensel_random_uniform(&random, 0, 1);
    for (size_t i = 0; i < b->count; i++)
        b->parameters[i] = pensel_random_uniform(&random, -1, 1);
}

static void bench_clear(bench *b)
{
    pensel_layer_release(&b->layer);
    pensel_release(b->x);
    pensel_release(b->features);
    pensel_release(b->parameters);
}

/* Samples [from, from + n) */
static void run_some(const bench *b, double *features, size_t from, size_t n)
{
    b->layer.kind->forward(
        &b->layer,
        &(pensel_layer_tile){
            .parameters = b->parameters, .a = b->x + from, .y = features + from, .n = n, .ld = LD});
}

static void run(const bench *b, double *features)
{
    run_some(b, features, 0, N);
}

/* L = sum of c * features for fixed c; dL/dparameter by central differences. */
static void check_gradient(const pensel_encoding *encoding, size_t inputs)
{
    bench b;
    pensel_error error;
    double *c, *gradient;
    pensel_random random;
    bench_make(&b, encoding, inputs);
    MUST(PENSEL_NEW(c, b.width * LD, &error));
    MUST(PENSEL_NEW(gradient, b.count, &error));
    pensel_random_seed(&random, 8);
    for (size_t f = 0; f < b.width; f++)
        for (size_t s = 0; s < N; s++)
            c[f * LD + s] = pensel_random_uniform(&random, -1, 1);
    for (size_t part = 0; part < b.layer.part_count; part++)
        b.layer.kind->gradient(
            &b.layer, &(pensel_layer_gradient){.gradient = {gradient + b.layer.parts[part].row},
                                               .part = part,
                                               .parameters = b.parameters,
                                               .a = b.x,
                                               .dy = c,
                                               .ld = LD,
                                               .tiles = 1,
                                               .tile_n = &(size_t){N}});
    for (size_t i = 0; i < b.count; i += 1 + b.count / 97) {
        const double h = 1e-3, before = b.parameters[i];
        double difference = 0;
        for (int side = -1; side <= 1; side += 2) {
            b.parameters[i] = before + side * h;
            run(&b, b.features);
            for (size_t f = 0; f < b.width; f++)
                for (size_t s = 0; s < N; s++)
                    difference += side * c[f * LD + s] * b.features[f * LD + s];
        }
        b.parameters[i] = before;
        assert_near(gradient[i], difference / (2 * h), 1e-9);
    }
    pensel_release(c);
    pensel_release(gradient);
    bench_clear(&b);
}

static const pensel_encoding hashed = {.kind = PENSEL_HASHGRID,
                                       .features = 2,
                                       .levels = 4,
                                       .table_log2 = 6,
                                       .base_resolution = 3,
                                       .fine_resolution = 29};
static const pensel_encoding dense = {
    .kind = PENSEL_PYRAMID, .features = 3, .levels = 4, .rows = 11, .columns = 14};

static void gradients_of_the_hash_grid_are_differences(void **state)
{
    (void)state;
    for (size_t inputs = 1; inputs <= 4; inputs++)
        check_gradient(&hashed, inputs);
    pensel_encoding seamless = hashed;
    seamless.periodic = true;
    check_gradient(&seamless, 2);
}

static void gradients_of_the_pyramid_are_differences(void **state)
{
    (void)state;
    check_gradient(&dense, 1);
    check_gradient(&dense, 2);
    pensel_encoding deep = dense, seamless = dense;
    deep.depth = 3;
    seamless.periodic = true;
    check_gradient(&deep, 3);
    check_gradient(&seamless, 2);
}

/* cos^2 + sin^2 = 1 for each frequency, and frequencies are spread as asked. */
static void fourier_features_are_cosines_and_sines(void **state)
{
    bench b;
    double squares = 0;
    (void)state;
    pensel_encoding e = {.kind = PENSEL_FOURIER, .features = 400, .scale = 5, .seed = 3};
    bench_make(&b, &e, 1);
    assert_int_equal(b.width, 800);
    const double step = 1e-4;
    b.x[0] = 0.25;
    b.x[1] = 0.25 + step;
    run(&b, b.features);
    for (size_t f = 0; f < 800; f += 2) {
        const double *c = b.features + f * LD, *s = c + LD;
        assert_near(c[0] * c[0] + s[0] * s[0], 1, 1e-12);
        /* the angle between two near places is 2 pi frequency step */
        double frequency = asin(s[1] * c[0] - c[1] * s[0]) / (2 * acos(-1) * step);
        squares += frequency * frequency;
    }
    double deviation = sqrt(squares / 400);
    assert_true(deviation > 4.4 && deviation < 5.6); /* within 3.4 standard errors of 5 */
    bench_clear(&b);
}

/* Equation 3 of Mueller et al.: at a node of a dense level, the level's features are the node's
 * numbers. */
static void the_hash_grid_is_exact_at_nodes_and_linear_between(void **state)
{
    bench b;
    (void)state;
    pensel_encoding e = {.kind = PENSEL_HASHGRID,
                         .features = 2,
                         .levels = 1,
                         .table_log2 = 8,
                         .base_resolution = 8,
                         .fine_resolution = 8};
    bench_make(&b, &e, 2);
    assert_int_equal(b.count, 81 * 2);
    for (size_t s = 0; s < N; s++) {
        b.x[s] = (double)(s % 9) / 8;
        b.x[LD + s] = (double)(s / 9) / 8;
    }
    b.x[0] = 2.25 / 8, b.x[LD] = 5.5 / 8;
    run(&b, b.features);
    for (size_t s = 1; s < N; s++)
        for (size_t f = 0; f < 2; f++)
            assert_near(b.features[f * LD + s], b.parameters[(s / 9 * 9 + s % 9) * 2 + f], 1e-13);
    for (size_t f = 0; f < 2; f++) {
        const double *v = b.parameters + f;
        double top = 0.75 * v[(5 * 9 + 2) * 2] + 0.25 * v[(5 * 9 + 3) * 2];
        double bottom = 0.75 * v[(6 * 9 + 2) * 2] + 0.25 * v[(6 * 9 + 3) * 2];
        assert_near(b.features[f * LD], (top + bottom) / 2, 1e-13);
    }
    bench_clear(&b);
}

/* Linear interpolation of level l at a pixel, by its definition. */
static double level_at(const double *plane, size_t columns, size_t l, size_t row, size_t column)
{
    size_t spacing = (size_t)1 << l, r = row / spacing, c = column / spacing;
    double t = (double)(row % spacing) / (double)spacing,
           u = (double)(column % spacing) / (double)spacing;
    double sum = (1 - t) * (1 - u) * plane[r * columns + c];
    if (u > 0) sum += (1 - t) * u * plane[r * columns + c + 1];
    if (t > 0) sum += t * (1 - u) * plane[(r + 1) * columns + c];
    if (t > 0 && u > 0) sum += t * u * plane[(r + 1) * columns + c + 1];
    return sum;
}

static void the_pyramid_at_a_pixel_is_the_sum_of_its_levels(void **state)
{
    bench b;
    (void)state;
    bench_make(&b, &dense, 2);
    const size_t rows[] = {11, 6, 4, 3}, columns[] = {14, 8, 5, 3};
    for (size_t s = 0; s < N; s++) {
        b.x[s] = ((double)(s * 3 % 11) + 0.5) / 11;
        b.x[LD + s] = ((double)(s * 5 % 14) + 0.5) / 14;
    }
    run(&b, b.features);
    for (size_t s = 0; s < N; s++)
        for (size_t f = 0; f < 3; f++) {
            double sum = 0;
            const double *level = b.parameters;
            for (size_t l = 0; l < 4; l++) {
                sum += level_at(level + f * rows[l] * columns[l], columns[l], l, s * 3 % 11,
                                s * 5 % 14);
                level += 3 * rows[l] * columns[l];
            }
            assert_near(b.features[f * LD + s], sum, 1e-12);
        }
    assert_int_equal(b.count, 3 * (11 * 14 + 6 * 8 + 4 * 5 + 3 * 3));
    bench_clear(&b);
}

/* sinc(x) sinc(x / 3) within 3 pixels, as Duchon (1979) has it. */
static double lanczos(double x)
{
    const double pi = 3.14159265358979323846;
    if (fabs(x) >= 3) return 0;
    return x == 0 ? 1 : 3 * sin(pi * x) * sin(pi * x / 3) / (pi * pi * x * x);
}

static void the_pyramid_between_pixels_is_lanczos(void **state)
{
    bench b;
    const pensel_encoding one = {
        .kind = PENSEL_PYRAMID, .features = 1, .levels = 1, .rows = 13, .columns = 1};
    (void)state;
    bench_make(&b, &one, 1);
    for (size_t s = 0; s < N; s++)
        b.x[s] = ((double)s + 0.25) / N;
    run(&b, b.features);
    for (size_t s = 0; s < N; s++) {
        double place = fmin(fmax(b.x[s] * 13 - 0.5, 0), 12), sum = 0, weights = 0;
        for (int pixel = -4; pixel < 17; pixel++) { /* past the ends stands the end's */
            double weight = lanczos(place - pixel);
            sum += weight * b.parameters[pixel < 0 ? 0 : pixel < 13 ? pixel : 12];
            weights += weight;
        }
        assert_near(b.features[s], sum / weights, 1e-12);
    }
    bench_clear(&b);
}

/* Both ends of a periodic input are one place. */
static void periodic_encodings_meet_at_the_ends(void **state)
{
    const pensel_encoding kinds[] = {
        hashed, dense, {.kind = PENSEL_FOURIER, .features = 9, .scale = 4, .seed = 1}};
    (void)state;
    for (size_t k = 0; k < 3; k++) {
        bench b;
        pensel_encoding e = kinds[k];
        e.periodic = true;
        bench_make(&b, &e, 2);
        for (size_t s = 0; s < N; s += 2) {
            b.x[s] = 0, b.x[s + 1] = 1;
            b.x[LD + s + 1] = b.x[LD + s] = (double)s / N;
        }
        run(&b, b.features);
        for (size_t f = 0; f < b.width; f++)
            for (size_t s = 0; s + 1 < N; s += 2)
                assert_near(b.features[f * LD + s], b.features[f * LD + s + 1], 1e-9);
        bench_clear(&b);
    }
}

/* Cutting samples into tiles must not change a bit; nor must instruction sets change more than
 * rounding. */
static void tiles_do_not_matter(void **state)
{
    const pensel_encoding kinds[] = {
        hashed, dense, {.kind = PENSEL_FOURIER, .features = 9, .scale = 4, .seed = 1}};
    (void)state;
    for (size_t k = 0; k < 3; k++) {
        bench b;
        pensel_error error;
        double *parts;
        bench_make(&b, &kinds[k], 2);
        MUST(PENSEL_NEW(parts, b.width * LD, &error));
        run(&b, b.features);
        for (size_t from = 0; from < N; from += 16)
            run_some(&b, parts, from, N - from < 16 ? N - from : 16);
        for (size_t f = 0; f < b.width; f++)
            assert_memory_equal(parts + f * LD, b.features + f * LD, N * sizeof(double));
        pensel_release(parts);
        bench_clear(&b);
    }
}

static void places_outside_count_as_the_nearest(void **state)
{
    const double far[] = {-1e300, -0.1, 1.1, 1e300, INFINITY, -INFINITY, NAN};
    const pensel_encoding kinds[] = {hashed, dense};
    (void)state;
    for (size_t k = 0; k < 2; k++) {
        bench b;
        bench_make(&b, &kinds[k], 2);
        for (size_t s = 0; s < 7; s++)
            b.x[s] = b.x[LD + s] = far[s];
        run(&b, b.features);
        for (size_t f = 0; f < b.width; f++) {
            for (size_t s = 0; s < 7; s++)
                assert_true(isfinite(b.features[f * LD + s]));
            assert_true(b.features[f * LD] == b.features[f * LD + 1]);
            assert_true(b.features[f * LD + 2] == b.features[f * LD + 3]);
        }
        bench_clear(&b);
    }
}

static void assert_senseless(pensel_encoding encoding, size_t inputs)
{
    const pensel_layer output = {1, PENSEL_IDENTITY, 0};
    const pensel_shape shape = {
        .inputs = inputs, .encoding = encoding, .layers = &output, .layer_count = 1};
    pensel_error error;
    pensel_network *network;
    error.text[0] = '\0';
    assert_int_not_equal(pensel_network_new(&network, &shape, PENSEL_FLOAT32, &error), PENSEL_OK);
    assert_null(network);
    assert_true(strlen(error.text) > 10);
}

static void senseless_encodings_are_refused(void **state)
{
    const struct {
        pensel_encoding encoding;
        size_t inputs;
    } bad[] = {
        {{.kind = PENSEL_ENCODING_COUNT}, 2},
        {{.kind = PENSEL_RAW}, 0},
        {{.kind = PENSEL_FOURIER, .features = 0, .scale = 1}, 2},
        {{.kind = PENSEL_FOURIER, .features = 4, .scale = 0}, 2},
        {{.kind = PENSEL_FOURIER, .features = 4, .scale = NAN}, 2},
        {{.kind = PENSEL_FOURIER, .features = SIZE_MAX, .scale = 1}, 2},
        {hashed, 7},
        {{.kind = PENSEL_HASHGRID,
          .features = 2,
          .levels = 4,
          .table_log2 = 60,
          .base_resolution = 3,
          .fine_resolution = 9},
         2},
        {{.kind = PENSEL_HASHGRID,
          .features = 2,
          .levels = 4,
          .table_log2 = 9,
          .base_resolution = 9,
          .fine_resolution = 3},
         2},
        {{.kind = PENSEL_HASHGRID,
          .features = 2,
          .levels = 0,
          .table_log2 = 9,
          .base_resolution = 3,
          .fine_resolution = 9},
         2},
        {dense, 3},
        {dense, 4},
        {{.kind = PENSEL_PYRAMID, .features = 65, .levels = 2, .rows = 4, .columns = 4}, 2},
        {{.kind = PENSEL_PYRAMID, .features = 3, .levels = 2, .rows = 0, .columns = 4}, 2},
        {{.kind = PENSEL_PYRAMID,
          .features = 64,
          .levels = 30,
          .rows = 1 << 24,
          .columns = 1 << 24,
          .depth = 1 << 24},
         3},
    };
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_senseless(bad[i].encoding, bad[i].inputs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gradients_of_the_hash_grid_are_differences),
        cmocka_unit_test(gradients_of_the_pyramid_are_differences),
        cmocka_unit_test(fourier_features_are_cosines_and_sines),
        cmocka_unit_test(the_hash_grid_is_exact_at_nodes_and_linear_between),
        cmocka_unit_test(the_pyramid_at_a_pixel_is_the_sum_of_its_levels),
        cmocka_unit_test(the_pyramid_between_pixels_is_lanczos),
        cmocka_unit_test(periodic_encodings_meet_at_the_ends),
        cmocka_unit_test(tiles_do_not_matter),
        cmocka_unit_test(places_outside_count_as_the_nearest),
        cmocka_unit_test(senseless_encodings_are_refused),
    };
    return RUN(tests);
}
