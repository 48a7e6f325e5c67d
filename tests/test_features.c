/* Encodings from their papers: a network whose one layer passes its inputs on shows the features,
 * and its gradient shows what they teach. Each encoding is written again here as a sum of numbers
 * times weights, so one formula gives the features and, turned around, the gradient. No encoding
 * is without its row. */
#include "oracle_network.h"

enum { N = 70, INPUTS_MOST = 4 };

static double x[N * INPUTS_MOST];

/* What the features of one sample are made of: feature += weight * number `index` of the encoding's
 * own, or += weight alone if index is NONE. */
#define NONE SIZE_MAX
typedef void (*add_term)(void *to, size_t feature, size_t index, long double weight);

typedef struct grid_case {
    const char *name; /* of the encoding */
    pensel_encoding encoding;
    size_t inputs, width, numbers;
} grid_case;

/* ---- raw */

static void raw_terms(const grid_case *c, const double *at, add_term add, void *to)
{
    for (size_t i = 0; i < c->inputs; i++)
        add(to, i, NONE, at[i]);
}

/* ---- fourier: Tancik et al. 2020, equation 5, frequencies by Box & Muller 1958 in this order */

static void fourier_terms(const grid_case *c, const double *at, add_term add, void *to)
{
    const long double turn = 2 * acosl(-1);
    pensel_random random;
    pensel_random_seed(&random, c->encoding.seed);
    for (size_t f = 0; f < c->encoding.features; f++) {
        long double phase = 0;
        for (size_t i = 0; i < c->inputs; i++) {
            long double u = 1 - pensel_random_uniform(&random, 0, 1);
            long double v = pensel_random_uniform(&random, 0, 1);
            long double b = c->encoding.scale * sqrtl(-2 * logl(u)) * cosl(turn * v);
            phase += turn * (c->encoding.periodic ? roundl(b) : b) * at[i];
        }
        add(to, 2 * f, NONE, cosl(phase));
        add(to, 2 * f + 1, NONE, sinl(phase));
    }
}

/* ---- hash grid: Mueller et al. 2022, section 3 */

/* Equations 2 and 3: N_l = floor(N_min b^l) */
static size_t cells_of(const pensel_encoding *e, size_t l)
{
    long double low = e->base_resolution, high = e->fine_resolution;
    long double b = expl((logl(high) - logl(low)) / (e->levels - 1));
    return (size_t)floorl(low * powl(b, l) + 1e-9L);
}

static size_t power(size_t base, size_t exponent)
{
    return exponent == 0 ? 1 : base * power(base, exponent - 1);
}

static size_t entries_of(const grid_case *c, size_t side)
{
    size_t table = (size_t)1 << c->encoding.table_log2, nodes = power(side, c->inputs);
    return nodes <= table ? nodes : table;
}

/* Equation 4; dense levels count nodes along the first input first. */
static size_t entry_of(const grid_case *c, const size_t *node, size_t side)
{
    static const uint32_t primes[] = {1, 2654435761u, 805459861u, 3674653429u};
    size_t entries = entries_of(c, side), number = 0;
    uint32_t hash = 0;
    for (size_t i = 0; i < c->inputs; i++) {
        number += node[i] * power(side, i);
        hash ^= (uint32_t)node[i] * primes[i];
    }
    return entries == power(side, c->inputs) ? number : hash % entries;
}

static void corner_terms(const grid_case *c, const double *at, size_t l, unsigned corner,
                         size_t first, add_term add, void *to)
{
    size_t cells = cells_of(&c->encoding, l), node[INPUTS_MOST];
    size_t side = c->encoding.periodic ? cells : cells + 1, width = c->encoding.features;
    long double weight = 1;
    for (size_t i = 0; i < c->inputs; i++) {
        long double place = at[i] * (long double)cells;
        size_t cell = place < cells ? (size_t)floorl(place) : cells - 1;
        long double t = place - cell;
        node[i] = (cell + (corner >> i & 1)) % side;
        weight *= corner >> i & 1 ? t : 1 - t;
    }
    for (size_t f = 0; f < width; f++)
        add(to, l * width + f, first + entry_of(c, node, side) * width + f, weight);
}

static void hashgrid_terms(const grid_case *c, const double *at, add_term add, void *to)
{
    size_t first = 0;
    for (size_t l = 0; l < c->encoding.levels; l++) {
        size_t cells = cells_of(&c->encoding, l);
        for (unsigned corner = 0; corner < 1u << c->inputs; corner++)
            corner_terms(c, at, l, corner, first, add, to);
        first += entries_of(c, c->encoding.periodic ? cells : cells + 1) * c->encoding.features;
    }
}

/* ---- pyramid: dense grids, linear between their nodes; Lanczos' window of three lobes between
 * pixels (Duchon 1979) */

typedef struct axis {
    size_t count, node[12];
    long double weight[12];
} axis;

static long double lanczos(long double t)
{
    const long double pi = acosl(-1);
    if (fabsl(t) >= 3) return 0;
    return t == 0 ? 1 : 3 * sinl(pi * t) * sinl(pi * t / 3) / (pi * pi * t * t);
}

static long wrapped(long pixel, long pixels, bool periodic)
{
    if (periodic) return ((pixel % pixels) + pixels) % pixels;
    return pixel < 0 ? 0 : pixel < pixels ? pixel : pixels - 1;
}

/* The nodes of level l along an axis of `pixels` pixels that the place `at` reads. */
static axis along(double at, size_t pixels, size_t l, bool periodic)
{
    axis a = {0};
    long double place = at * (long double)pixels - 0.5L, sum = 0, spacing = (long double)(1 << l);
    if (!periodic) place = fminl(fmaxl(place, 0), (long double)pixels - 1);
    for (long i = (long)floorl(place) - 2; i <= (long)floorl(place) + 3; i++)
        sum += lanczos(place - i);
    for (long i = (long)floorl(place) - 2; i <= (long)floorl(place) + 3; i++) {
        long pixel = wrapped(i, (long)pixels, periodic), node = pixel >> l;
        long double t = (pixel - node * spacing) / spacing, share = lanczos(place - i) / sum;
        a.node[a.count] = (size_t)node;
        a.weight[a.count++] = share * (1 - t);
        a.node[a.count] = (size_t)node + (t > 0);
        a.weight[a.count++] = share * t;
    }
    return a;
}

static axis along_depth(double at, size_t depth)
{
    long double place = at * (long double)(depth - 1), below = floorl(place);
    return (axis){
        2, {(size_t)below, (size_t)below + (place > below)}, {1 - (place - below), place - below}};
}

static size_t halved(size_t nodes)
{
    return nodes > 1 ? nodes / 2 + 1 : 1;
}

static void pyramid_terms(const grid_case *c, const double *at, add_term add, void *to)
{
    const pensel_encoding *e = &c->encoding;
    const axis one = {1, {0}, {1}};
    size_t rows = e->rows, columns = c->inputs > 1 ? e->columns : 1, first = 0;
    size_t depth = e->depth ? e->depth : 1;
    for (size_t l = 0; l < e->levels; l++) {
        axis r = along(at[0], e->rows, l, e->periodic);
        axis k = c->inputs > 1 ? along(at[1], e->columns, l, e->periodic) : one;
        axis d = c->inputs > 2 ? along_depth(at[2], depth) : one;
        for (size_t f = 0; f < e->features; f++)
            for (size_t h = 0; h < d.count; h++)
                for (size_t i = 0; i < r.count; i++)
                    for (size_t j = 0; j < k.count; j++) {
                        size_t plane = f * depth + d.node[h];
                        add(to, f, first + (plane * rows + r.node[i]) * columns + k.node[j],
                            d.weight[h] * r.weight[i] * k.weight[j]);
                    }
        first += e->features * depth * rows * columns;
        rows = halved(rows);
        columns = halved(columns);
    }
}

/* To add an encoding: its row, and a case or more. */
static const struct {
    const char *name;
    void (*terms)(const grid_case *c, const double *at, add_term add, void *to);
} encodings[] = {{"raw", raw_terms},
                 {"fourier", fourier_terms},
                 {"hashgrid", hashgrid_terms},
                 {"pyramid", pyramid_terms}};

#define HASHGRID                                                                                \
    .kind = PENSEL_HASHGRID, .features = 2, .levels = 5, .table_log2 = 6, .base_resolution = 3, \
    .fine_resolution = 31
#define PYRAMID .kind = PENSEL_PYRAMID, .features = 3, .rows = 11

static const grid_case cases[] = {
    {"raw", {.kind = PENSEL_RAW}, 4, 4, 0},
    {"fourier", {.kind = PENSEL_FOURIER, .features = 9, .scale = 2.5, .seed = 4}, 1, 18, 0},
    {"fourier", {.kind = PENSEL_FOURIER, .features = 20, .scale = 1, .seed = 9}, 3, 40, 0},
    {"fourier",
     {.kind = PENSEL_FOURIER, .features = 7, .scale = 3, .seed = 1, .periodic = true},
     2,
     14,
     0},
    /* levels of 4, 6, 10, 18 and 32 nodes (sides of 3, 5, 9, 17, 31 cells): the first are dense */
    {"hashgrid", {HASHGRID}, 1, 10, 2 * (4 + 6 + 10 + 18 + 32)},
    {"hashgrid", {HASHGRID}, 2, 10, 2 * (16 + 36 + 64 + 64 + 64)},
    {"hashgrid", {HASHGRID}, 3, 10, 2 * (5 * 64)},
    {"hashgrid", {HASHGRID}, 4, 10, 2 * (5 * 64)},
    {"hashgrid", {HASHGRID, .periodic = true}, 2, 10, 2 * (9 + 25 + 64 + 64 + 64)},
    {"pyramid", {PYRAMID, .levels = 4, .columns = 1}, 1, 3, 3 * (11 + 6 + 4 + 3)},
    {"pyramid", {PYRAMID, .levels = 4, .columns = 14}, 2, 3, 3 * (154 + 48 + 20 + 9)},
    {"pyramid", {PYRAMID, .levels = 3, .columns = 14, .periodic = true}, 2, 3, 3 * (154 + 48 + 20)},
    {"pyramid", {PYRAMID, .levels = 2, .columns = 5, .depth = 3}, 3, 3, 9 * (55 + 18)},
};

static size_t row_of(const char *name)
{
    for (size_t i = 0; i < sizeof encodings / sizeof *encodings; i++)
        if (name && strcmp(encodings[i].name, name) == 0) return i;
    fail_msg("encoding %s has no row in tests/test_features.c", name ? name : "(none)");
    return 0;
}

static void every_encoding_has_its_row_and_a_case(void **state)
{
    (void)state;
    for (int kind = 0; kind < PENSEL_ENCODING_COUNT; kind++) {
        bool seen = false;
        row_of(pensel_encoding_name((pensel_encoding_kind)kind));
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
            if (cases[i].encoding.kind == (pensel_encoding_kind)kind) {
                assert_string_equal(cases[i].name, pensel_encoding_name(cases[i].encoding.kind));
                seen = true;
            }
        assert_true(seen);
    }
    assert_int_equal(sizeof encodings / sizeof *encodings, PENSEL_ENCODING_COUNT);
}

/* ---- the library beside it */

/* Places between nodes, on nodes, and at the ends; exact in float32. */
static void draw_places(size_t inputs)
{
    pensel_random random;
    pensel_random_seed(&random, 6);
    for (size_t i = 0; i < N * inputs; i++)
        x[i] = (double)(float)pensel_random_uniform(&random, 0.001, 0.999);
    for (size_t i = 0; i < inputs; i++) {
        x[i] = 0;
        x[inputs + i] = 1;
        x[2 * inputs + i] = i % 2 ? 0.5 : 0.25;
    }
}

typedef struct sums {
    const long double *numbers;
    long double features[64];
    long double *gradient;
    const long double *dfeatures;
} sums;

static void add_feature(void *to, size_t feature, size_t index, long double weight)
{
    sums *s = to;
    s->features[feature] += weight * (index == NONE ? 1 : s->numbers[index]);
}

static void add_gradient(void *to, size_t feature, size_t index, long double weight)
{
    sums *s = to;
    if (index != NONE) s->gradient[index] += weight * s->dfeatures[feature];
}

/* One layer that passes the features on, and numbers of the encoding from [-1, 1). */
static pensel_network *passing_on(const grid_case *c, pensel_precision precision,
                                  long double *numbers)
{
    const pensel_layer layer = {c->width, PENSEL_IDENTITY, 0};
    pensel_shape shape = {
        .inputs = c->inputs, .encoding = c->encoding, .layers = &layer, .layer_count = 1};
    pensel_network *network;
    pensel_error error;
    pensel_random random;
    MUST(pensel_network_new(&network, &shape, precision, &error));
    size_t first = c->width * c->width + c->width;
    assert_int_equal(pensel_network_parameter_count(network), first + c->numbers);
    pensel_random_seed(&random, 14);
    for (size_t i = 0; i < first + c->numbers; i++) {
        double value = i < c->width * c->width ? i / c->width == i % c->width : 0;
        if (i >= first) value = (double)(float)pensel_random_uniform(&random, -1, 1);
        if (i >= first) numbers[i - first] = value;
        if (precision == PENSEL_FLOAT64)
            ((double *)pensel_network_parameters(network))[i] = value;
        else
            ((float *)pensel_network_parameters(network))[i] = (float)value;
    }
    return network;
}

static double number_at(const void *block, pensel_precision precision, size_t i)
{
    return precision == PENSEL_FLOAT64 ? ((const double *)block)[i]
                                       : (double)((const float *)block)[i];
}

/* L = 1/N sum 1/2 1/width sum (feature - 0)^2 */
static void check_case(const grid_case *c, pensel_precision precision, double bound)
{
    static double zeros[N * 64], block[ORACLE_PARAMETERS];
    static long double numbers[ORACLE_PARAMETERS], gradient[ORACLE_PARAMETERS];
    long double dfeatures[64];
    double loss;
    pensel_error error;
    sums s = {.numbers = numbers, .gradient = gradient, .dfeatures = dfeatures};
    pensel_training_options o = pensel_training_defaults();
    pensel_samples samples = {.x = {x, N, c->inputs, PENSEL_FLOAT64},
                              .y = {zeros, N, c->width, PENSEL_FLOAT64}};
    void (*terms)(const grid_case *, const double *, add_term, void *) =
        encodings[row_of(c->name)].terms;
    draw_places(c->inputs);
    pensel_network *network = passing_on(c, precision, numbers);
    memset(gradient, 0, sizeof gradient);
    MUST(pensel_network_predict(network, block, samples.x, 1, &error));
    for (size_t n = 0; n < N; n++) {
        memset(s.features, 0, sizeof s.features);
        terms(c, x + n * c->inputs, add_feature, &s);
        for (size_t f = 0; f < c->width; f++) {
            assert_near(number_at(block, precision, n * c->width + f), (double)s.features[f],
                        bound);
            dfeatures[f] = s.features[f] / (long double)(N * c->width);
        }
        terms(c, x + n * c->inputs, add_gradient, &s);
    }
    o.alpha = 0;
    MUST(pensel_network_gradient(network, &loss, block, &samples, &o, &error));
    for (size_t i = 0; i < c->numbers; i++)
        assert_near(number_at(block, precision, c->width * c->width + c->width + i),
                    (double)gradient[i], bound);
    pensel_network_free(&network);
}

static void features_and_gradients_follow_the_papers(void **state)
{
    (void)state;
    EVERY_ISA(turn)
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        check_case(&cases[i], PENSEL_FLOAT64, 1e-12);
        check_case(&cases[i], PENSEL_FLOAT32, 3e-4);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_encoding_has_its_row_and_a_case),
        cmocka_unit_test(features_and_gradients_follow_the_papers),
    };
    return RUN(tests);
}
