/* Wide layers: products are cut and weights turned there, and no bit may differ for it. What each
 * number must be is summed here once more, term by term, in the order that kernel.h promises. */
#include "test.h"

#include "kernel/isa.h"
#include "kernel/kernel.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TILE = 64, MOST_TILES = 16 };

static pensel_random dice;

static double get(const pensel_kernels *kernels, const void *data, size_t i)
{
    return kernels->precision == PENSEL_FLOAT32 ? (double)((const float *)data)[i]
                                                : ((const double *)data)[i];
}

static void *random_numbers(const pensel_kernels *kernels, size_t count)
{
    size_t bytes = (count * kernels->size + 63) / 64 * 64;
    void *numbers = aligned_alloc(64, bytes);
    assert_non_null(numbers);
    memset(numbers, 0, bytes);
    for (size_t i = 0; i < count; i++) {
        double value = pensel_random_uniform(&dice, -1, 1);
        if (kernels->precision == PENSEL_FLOAT32)
            ((float *)numbers)[i] = (float)value;
        else
            ((double *)numbers)[i] = value;
    }
    return numbers;
}

static size_t up(const pensel_kernels *kernels, size_t n)
{
    return (n + kernels->lanes - 1) / kernels->lanes * kernels->lanes;
}

/* sum + a b in the table's precision, rounded once where its instruction set fuses the two */
static double add_product(const pensel_kernels *kernels, double sum, double a, double b)
{
    bool fuses = strcmp(kernels->isa, "reference") != 0 && strcmp(kernels->isa, "wasm") != 0;
    if (kernels->precision == PENSEL_FLOAT64) {
        double product = a * b;
        return fuses ? fma(a, b, sum) : product + sum;
    }
    float product = (float)a * (float)b;
    return fuses ? (double)fmaf((float)a, (float)b, (float)sum) : (double)(product + (float)sum);
}

static double rounded(const pensel_kernels *kernels, double x)
{
    return kernels->precision == PENSEL_FLOAT32 ? (double)(float)x : x;
}

static void assert_bits(const pensel_kernels *kernels, double value, double expected,
                        const char *what, size_t i, size_t s)
{
    if (value != expected)
        fail_msg("%s of %s, (%zu, %zu): %.17g, not %.17g", what, kernels->isa, i, s, value,
                 expected);
}

static void forward_case(const pensel_kernels *kernels, size_t in, size_t out, size_t n)
{
    size_t ld = up(kernels, n) + kernels->lanes;
    void *w = random_numbers(kernels, out * in), *b = random_numbers(kernels, out);
    void *a = random_numbers(kernels, in * ld), *y = random_numbers(kernels, out * ld);
    kernels->forward(&(pensel_forward){.y = y,
                                       .w = w,
                                       .b = b,
                                       .a = a,
                                       .in = in,
                                       .out = out,
                                       .n = n,
                                       .ldy = ld,
                                       .lda = ld,
                                       .activation = PENSEL_LEAKY_RELU,
                                       .parameter = 0.25});
    for (size_t j = 0; j < out; j++) {
        for (size_t s = 0; s < n; s++) {
            double sum = get(kernels, b, j);
            for (size_t i = 0; i < in; i++)
                sum = add_product(kernels, sum, get(kernels, w, j * in + i),
                                  get(kernels, a, i * ld + s));
            assert_bits(kernels, get(kernels, y, j * ld + s), sum > 0 ? sum : 0.25 * sum, "y", j,
                        s);
        }
    }
    void *all[] = {w, b, a, y};
    for (size_t i = 0; i < 4; i++)
        free(all[i]);
}

/* By tanh, whose slope at a is 1 - a^2, by leaky-relu, or by a slope that forward has left; from w
 * or from w^T with a gap */
static void backward_case(const pensel_kernels *kernels, size_t in, size_t out, size_t n,
                          pensel_activation activation, bool turns)
{
    bool bent = activation == PENSEL_LEAKY_RELU, left = activation == PENSEL_SILU;
    size_t ld = up(kernels, n) + kernels->lanes, stride = out + 3;
    void *w = random_numbers(kernels, out * in), *dz = random_numbers(kernels, out * ld);
    void *y = random_numbers(kernels, in * ld), *a = random_numbers(kernels, in * ld);
    void *turned = random_numbers(kernels, in * stride), *slopes = random_numbers(kernels, in * ld);
    memcpy(a, y, in * ld * kernels->size);
    kernels->turn(&(pensel_turn){
        .to = turned, .from = w, .rows = out, .columns = in, .stride = stride, .ld = in});
    kernels->backward(&(pensel_backward){.y = y,
                                         .slope = left ? slopes : NULL,
                                         .w = w,
                                         .dz = dz,
                                         .turned = turns ? turned : NULL,
                                         .turned_stride = stride,
                                         .in = in,
                                         .out = out,
                                         .n = n,
                                         .ldy = ld,
                                         .lddz = ld,
                                         .activation = activation,
                                         .parameter = bent ? 0.25 : 0});
    for (size_t i = 0; i < in; i++) {
        for (size_t s = 0; s < n; s++) {
            double sum = 0, value = get(kernels, a, i * ld + s);
            for (size_t j = 0; j < out; j++)
                sum = add_product(kernels, sum, get(kernels, w, j * in + i),
                                  get(kernels, dz, j * ld + s));
            double slope = rounded(kernels, 1 - rounded(kernels, value * value));
            if (bent) slope = value > 0 ? 1 : 0.25;
            if (left) slope = get(kernels, slopes, i * ld + s);
            assert_bits(kernels, get(kernels, y, i * ld + s), rounded(kernels, sum * slope), "da",
                        i, s);
        }
    }
    void *all[] = {w, dz, y, a, turned, slopes};
    for (size_t i = 0; i < 6; i++)
        free(all[i]);
}

/* The tail of f's dw, and its db, are those of rows in one piece, of the same panels x. */
static void same_without_blocks(const pensel_kernels *kernels, const pensel_weight_gradient *f,
                                const void *x, size_t ld, size_t tail)
{
    size_t stride = up(kernels, f->in), size = kernels->size, all = f->in * f->out;
    void *rows = random_numbers(kernels, f->tiles * TILE * stride);
    void *dw = random_numbers(kernels, all), *db = random_numbers(kernels, f->out);
    pensel_weight_gradient g = *f;
    g.dw = dw, g.db = db, g.rows = rows, g.stride = stride, g.block_step = 0;
    for (size_t t = 0; t < f->tiles; t++)
        kernels->rows_of_panel((char *)rows + t * TILE * stride * size, stride, 0,
                               (const char *)x + t * f->in * ld * size, ld, f->in, f->tile_n[t]);
    kernels->weight_gradient(&g);
    for (size_t i = 0; i < f->out; i++) {
        assert_bits(kernels, get(kernels, f->db, i), get(kernels, db, i), "db", i, 0);
        for (size_t j = f->in - tail; j < f->in; j++)
            assert_bits(kernels, get(kernels, f->dw, i * f->in + j),
                        get(kernels, dw, i * f->in + j), "the tail", i, j);
    }
    void *both[] = {rows, dw, db};
    for (size_t i = 0; i < 3; i++)
        free(both[i]);
}

/* f's dw, but for the tail, whose sums go lane by lane, against sums over x in the order of n
 * samples */
static void check_sums(const pensel_kernels *kernels, const pensel_weight_gradient *f,
                       const void *x, size_t n, size_t tail)
{
    for (size_t j = 0; j < f->out; j++) {
        for (size_t i = 0; i < f->in - tail; i++) {
            double sum = 0;
            for (size_t s = 0; s < n; s++) {
                size_t t = s / TILE, at = s % TILE;
                sum =
                    add_product(kernels, sum, get(kernels, f->dz, (t * f->out + j) * f->lddz + at),
                                get(kernels, x, (t * f->in + i) * f->lddz + at));
            }
            assert_bits(kernels, get(kernels, f->dw, j * f->in + i), sum, "dw", j, i);
        }
    }
}

/* Samples in tiles of 64 and a rest. `gap`: rows in blocks, and so many numbers between them; else
 * 0 */
static void gradient_case(const pensel_kernels *kernels, size_t in, size_t out, size_t n,
                          size_t gap)
{
    size_t tiles = (n + TILE - 1) / TILE, tile_n[MOST_TILES], ld = TILE + kernels->lanes;
    size_t stride = up(kernels, in) + kernels->lanes, tail = pensel_tail_units(kernels->lanes, in);
    size_t numbers = tiles * TILE * stride, block_step = 0;
    if (gap > 0) {
        stride = kernels->row_block;
        block_step = tiles * TILE * stride + gap;
        numbers = (in / stride + 1) * block_step;
    }
    void *x = random_numbers(kernels, tiles * in * ld),
         *dz = random_numbers(kernels, tiles * out * ld);
    void *rows = random_numbers(kernels, numbers);
    void *dw = random_numbers(kernels, out * in), *db = random_numbers(kernels, out);
    for (size_t t = 0; t < tiles; t++) {
        tile_n[t] = n - t * TILE < TILE ? n - t * TILE : TILE;
        kernels->rows_of_panel((char *)rows + t * TILE * stride * kernels->size, stride, block_step,
                               (char *)x + t * in * ld * kernels->size, ld, in, tile_n[t]);
    }
    pensel_weight_gradient f = {.dw = dw,
                                .db = db,
                                .dz = dz,
                                .rows = rows,
                                .in = in,
                                .out = out,
                                .lddz = ld,
                                .stride = stride,
                                .block_step = block_step,
                                .tiles = tiles,
                                .tile_n = tile_n,
                                .tile_step = out * ld};
    kernels->weight_gradient(&f);
    check_sums(kernels, &f, x, n, tail);
    if (gap > 0) same_without_blocks(kernels, &f, x, ld, tail);
    void *all[] = {x, dz, rows, dw, db};
    for (size_t i = 0; i < 5; i++)
        free(all[i]);
}

typedef void check(const pensel_kernels *kernels);

/* Every table of an instruction set that runs here, of float32 and float64 */
static void everywhere(check *one)
{
    for (int isa = 0; isa < PENSEL_ISA_COUNT; isa++) {
        for (int precision = PENSEL_FLOAT32; precision <= PENSEL_FLOAT64; precision++) {
            const pensel_kernels *kernels =
                pensel_kernels_of(pensel_isa_name((pensel_isa)isa), (pensel_precision)precision);
            pensel_random_seed(&dice, 7);
            if (kernels) one(kernels);
        }
    }
}

static void check_forward(const pensel_kernels *kernels)
{
    forward_case(kernels, 384, 50, 19);
    forward_case(kernels, 385, 49, 33);
    forward_case(kernels, 601, 99, 70);
    forward_case(kernels, 1025, 7, 5);
    forward_case(kernels, 3073, 7, 70);
}

static void forward_sums_in_order(void **state)
{
    (void)state;
    everywhere(check_forward);
}

static void check_backward(const pensel_kernels *kernels)
{
    static const pensel_activation ways[] = {PENSEL_TANH, PENSEL_LEAKY_RELU, PENSEL_SILU};
    for (int turns = 0; turns < 2; turns++) {
        for (size_t way = 0; way < sizeof ways / sizeof *ways; way++) {
            backward_case(kernels, 50, 384, 19, ways[way], turns);
            backward_case(kernels, 49, 385, 33, ways[way], turns);
            backward_case(kernels, 99, 601, 70, ways[way], turns);
            backward_case(kernels, 7, 1025, 5, ways[way], turns);
            backward_case(kernels, 13, 3073, 70, ways[way], turns);
        }
    }
}

static void backward_sums_in_order(void **state)
{
    (void)state;
    everywhere(check_backward);
}

static void check_gradient(const pensel_kernels *kernels)
{
    gradient_case(kernels, 517, 13, 300, 0);
    gradient_case(kernels, 601, 5, 577, 0);
    gradient_case(kernels, 256, 3, 130, 0);
}

/* Every length of the last block, and every tail. The tail's sums are those of rows that are not in
 * blocks, which test_kernel.c has its oracle for. */
static void check_blocks(const pensel_kernels *kernels)
{
    if (kernels->row_block == 0) return;
    for (size_t in = 1; in <= 2 * kernels->row_block + 1; in++)
        gradient_case(kernels, in, 1 + in % 14, 1 + in * 11 % 190, kernels->lanes);
    gradient_case(kernels, 601, 5, 577, kernels->lanes);
    gradient_case(kernels, 512, 13, 300, 2 * kernels->lanes);
}

static void gradients_sum_in_order(void **state)
{
    (void)state;
    everywhere(check_gradient);
}

static void gradients_of_blocks_sum_in_order(void **state)
{
    (void)state;
    everywhere(check_blocks);
}

/* ---- a wide network */

enum { WIDE = 390, SAMPLES = 300, FEW = 60 };

static double *gradient_of(const pensel_network *network, double *loss, size_t first, size_t n,
                           const double *x, const double *y)
{
    pensel_error error;
    pensel_training_options options = pensel_training_defaults();
    pensel_samples samples = {.x = {x + first * 3, n, 3, PENSEL_FLOAT64},
                              .y = {y + first * 2, n, 2, PENSEL_FLOAT64}};
    double *gradient = malloc(pensel_network_parameter_count(network) * sizeof *gradient);
    assert_non_null(gradient);
    options.alpha = 0;
    MUST(pensel_network_gradient(network, loss, gradient, &samples, &options, &error));
    return gradient;
}

/* That of many samples, for which weights are turned, is the mean of those of a few, for which they
 * are not. */
static void a_wide_networks_gradient_is_the_mean_of_its_samples(void **state)
{
    pensel_error error;
    pensel_network *network;
    pensel_layer layers[] = {
        {WIDE, PENSEL_TANH, 0}, {WIDE, PENSEL_TANH, 0}, {2, PENSEL_IDENTITY, 0}};
    pensel_shape shape = {.inputs = 3, .layers = layers, .layer_count = 3};
    double x[SAMPLES * 3], y[SAMPLES * 2], loss, part_loss, mean_loss = 0;
    (void)state;
    pensel_random_seed(&dice, 8);
    for (size_t i = 0; i < SAMPLES * 3; i++)
        x[i] = pensel_random_uniform(&dice, -1, 1);
    for (size_t i = 0; i < SAMPLES * 2; i++)
        y[i] = pensel_random_uniform(&dice, -1, 1);
    MUST(pensel_network_new(&network, &shape, PENSEL_FLOAT64, &error));
    MUST(pensel_network_initialise(network, PENSEL_GLOROT, &dice, &error));
    size_t count = pensel_network_parameter_count(network);
    double *all = gradient_of(network, &loss, 0, SAMPLES, x, y);
    double *mean = calloc(count, sizeof *mean);
    assert_non_null(mean);
    for (size_t first = 0; first < SAMPLES; first += FEW) {
        double *part = gradient_of(network, &part_loss, first, FEW, x, y);
        for (size_t i = 0; i < count; i++)
            mean[i] += part[i] * FEW / SAMPLES;
        mean_loss += part_loss * FEW / SAMPLES;
        free(part);
    }
    assert_near(loss, mean_loss, 1e-13);
    for (size_t i = 0; i < count; i++)
        assert_near(all[i], mean[i], 1e-13);
    free(all), free(mean);
    pensel_network_free(&network);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forward_sums_in_order),
        cmocka_unit_test(backward_sums_in_order),
        cmocka_unit_test(gradients_sum_in_order),
        cmocka_unit_test(gradients_of_blocks_sum_in_order),
        cmocka_unit_test(a_wide_networks_gradient_is_the_mean_of_its_samples),
    };
    return RUN(tests);
}
