/* The loops over rows of pixels, on every instruction set, against formulas in double. */
#include "test.h"

#include "kernel/isa.h"
#include "pyramid/rows.h"

enum { LONGEST = 70 };

static float random_rows[8][LONGEST * 4];

static void draw(uint32_t seed)
{
    pensel_random random;
    pensel_random_seed(&random, seed);
    for (size_t i = 0; i < 8; i++)
        for (size_t c = 0; c < LONGEST * 4; c++)
            random_rows[i][c] = (float)pensel_random_uniform(&random, -1, 1);
}

/* The tables that run here: NULL past the last. */
static const pensel_row_kernels *table_at(size_t index)
{
    for (int isa = 0; isa < PENSEL_ISA_COUNT; isa++) {
        const pensel_kernels *kernels =
            pensel_kernels_of(pensel_isa_name((pensel_isa)isa), PENSEL_FLOAT32);
        if (kernels && index-- == 0) return pensel_row_kernels_for(kernels);
    }
    return NULL;
}

/* Nodes every second pixel, linear between. */
static double stretched(const float *above, const float *below, size_t pixel)
{
    double here = ((double)above[pixel / 2] + (double)below[pixel / 2]) / 2;
    double next = ((double)above[pixel / 2 + 1] + (double)below[pixel / 2 + 1]) / 2;
    return pixel % 2 ? (here + next) / 2 : here;
}

static void stretching_is_linear_between_nodes(void **state)
{
    const pensel_row_kernels *k;
    float out[LONGEST];
    (void)state;
    draw(1);
    for (size_t set = 0; (k = table_at(set)); set++)
        for (size_t n = 1; n < LONGEST; n++) {
            k->stretch(out, random_rows[0], random_rows[1], random_rows[2], n);
            for (size_t c = 0; c < n; c++)
                assert_near(
                    out[c],
                    (double)random_rows[0][c] + stretched(random_rows[1], random_rows[2], c), 1e-6);
        }
}

/* <stretch(a), b> = <a, shrink(b)>, of a row of nodes that stretches to three rows of pixels. */
static void shrinking_is_the_transposed_of_stretching(void **state)
{
    static const float zero[LONGEST];
    const pensel_row_kernels *k;
    (void)state;
    draw(2);
    const float *nodes = random_rows[0];
    for (size_t set = 0; (k = table_at(set)); set++)
        for (size_t n = 1; n < LONGEST; n++)
            for (int missing = 0; missing < 8; missing++) {
                const float *rows[3];
                double there = 0, back = 0;
                float out[LONGEST];
                size_t count = n > 1 ? n / 2 + 1 : 1;
                for (int r = 0; r < 3; r++) {
                    rows[r] = missing >> r & 1 ? NULL : random_rows[1 + r];
                    for (size_t c = 0; c < n && rows[r]; c++)
                        there += (double)rows[r][c] * stretched(nodes, r == 1 ? nodes : zero, c);
                }
                k->shrink(out, rows[0], rows[1], rows[2], count, n);
                for (size_t c = 0; c < count; c++)
                    back += (double)out[c] * (double)nodes[c];
                assert_near(back, there, 1e-4);
            }
}

static void rows_are_taken_sampled_and_descended(void **state)
{
    const pensel_row_kernels *k;
    (void)state;
    draw(3);
    for (size_t set = 0; (k = table_at(set)); set++)
        for (size_t n = 1; n < LONGEST - 5; n++) {
            float out[4][LONGEST];
            pensel_row_tap taps[LONGEST];
            for (size_t channels = 1; channels <= 4; channels++) {
                k->take(out[0], random_rows[0], channels, n);
                for (size_t c = 0; c < n; c++)
                    assert_true(out[0][c] == random_rows[0][c * channels]);
            }
            memcpy(out[0], random_rows[0], sizeof out[0]);
            k->descend(out[0], random_rows[1], n, 0.25f);
            for (size_t c = 0; c < n; c++)
                assert_near(out[0][c], random_rows[0][c] - 0.25f * random_rows[1][c], 1e-6);
            for (size_t c = 0; c < n; c++) {
                taps[c].first = (uint32_t)(c * 37 % n);
                memcpy(taps[c].weight, &random_rows[2][c], sizeof taps[c].weight);
            }
            k->sample(out[0], LONGEST, random_rows[3], taps, n);
            for (size_t f = 0; f < 4; f++)
                for (size_t c = 0; c < n; c++) {
                    double sum = 0;
                    for (size_t i = 0; i < PENSEL_TAPS; i++)
                        sum += (double)taps[c].weight[i] *
                               (double)random_rows[3][(taps[c].first + i) * 4 + f];
                    assert_near(out[f][c], sum, 1e-6);
                }
        }
}

/* Loops of every instruction set against those of the reference. */
/* A row of 50 pixels with all that a level knows of them; every third weighs nothing. */
static float features[4][64], targets[4][64], weights[64], numbers[PENSEL_ROW_NUMBERS];

static void draw_row(uint32_t seed)
{
    pensel_random random;
    pensel_random_seed(&random, seed);
    for (size_t i = 0; i < PENSEL_ROW_NUMBERS; i++)
        numbers[i] = (float)pensel_random_uniform(&random, -1, 1);
    for (size_t f = 0; f < 4; f++)
        for (size_t c = 0; c < 64; c++) {
            features[f][c] = (float)pensel_random_uniform(&random, -1, 1);
            targets[f][c] = (float)pensel_random_uniform(&random, 0, 1);
            weights[c] = c < 50 ? (float)(c % 3) : 0;
        }
}

/* What the kernels learn of the row: sums, and slopes of the features */
static void learn(const pensel_row_kernels *kernels, size_t width, pensel_row_sums *sums,
                  float slopes[4][64])
{
    pensel_row row = {.numbers = numbers,
                      .slope = 0.5f,
                      .width = width,
                      .n = 50,
                      .weights = weights,
                      .sums = sums};
    memset(sums, 0, sizeof *sums);
    for (size_t f = 0; f < width; f++) {
        row.features[f] = features[f];
        row.targets[f] = targets[f];
        row.slopes[f] = slopes[f];
    }
    kernels->learn(&row);
}

static double lanes_of(const float lanes[PENSEL_ROW_LANES])
{
    double sum = 0;
    for (size_t i = 0; i < PENSEL_ROW_LANES; i++)
        sum += (double)lanes[i];
    return sum;
}

static void row_loops_agree_on_all_instruction_sets(void **state)
{
    static pensel_row_sums sums[2];
    static float slopes[2][4][64];
    (void)state;
    draw_row(5);
    const pensel_row_kernels *reference =
        pensel_row_kernels_for(pensel_kernels_of("reference", PENSEL_FLOAT32));
    for (int isa = 0; isa < PENSEL_ISA_reference; isa++) {
        const pensel_kernels *kernels =
            pensel_kernels_of(pensel_isa_name((pensel_isa)isa), PENSEL_FLOAT32);
        if (!kernels) continue;
        for (size_t width = 1; width <= 4; width++) {
            learn(reference, width, &sums[0], slopes[0]);
            learn(pensel_row_kernels_for(kernels), width, &sums[1], slopes[1]);
            for (size_t f = 0; f < width; f++)
                for (size_t c = 0; c < 50; c++)
                    assert_near(slopes[0][f][c], slopes[1][f][c], 1e-5);
            for (size_t i = 0; i < 8 * width * width + 5 * width; i++)
                assert_near(lanes_of(sums[0].gradient[i]), lanes_of(sums[1].gradient[i]), 1e-4);
        }
    }
}

/* The loss of a row of 50 pixels and its gradient; outputs 0: colours. */
static double row_loss(pensel_row_sums *sums, pensel_row *row, const pensel_row_kernels *kernels)
{
    memset(sums, 0, sizeof *sums);
    row->sums = sums;
    (row->outputs ? kernels->classify : kernels->learn)(row);
    return lanes_of(sums->squares) / (row->outputs ? 1 : 2);
}

/* Central differences of the loss by each third number, and by a feature in the middle */
static void check_differences(pensel_row *row, const pensel_row_kernels *kernels)
{
    static pensel_row_sums sums, other;
    const float h = 1e-3f;
    size_t count = 80 + (row->outputs ? row->outputs : 4) * 17;
    row_loss(&sums, row, kernels);
    float slope = row->slopes[2][4];
    for (size_t i = 0; i <= count; i += 3) {
        float *at = i < count ? &numbers[i] : &features[2][4], before = *at;
        *at = before + h;
        double above = row_loss(&other, row, kernels);
        *at = before - h;
        double below = row_loss(&other, row, kernels);
        *at = before;
        double expected = (above - below) / (2 * (double)h);
        assert_near(i < count ? lanes_of(sums.gradient[i]) : (double)slope, expected, 0.03);
    }
}

/* Without classes, with one output for two of them, and with five */
static void gradients_along_rows_are_differences(void **state)
{
    static float codes[64], slopes[4][64];
    static const size_t outputs[] = {0, 1, 5};
    float balance[PENSEL_ROW_OUTPUTS];
    (void)state;
    draw_row(6);
    for (size_t k = 0; k < PENSEL_ROW_OUTPUTS; k++)
        balance[k] = 1;
    for (size_t o = 0; o < sizeof outputs / sizeof *outputs; o++)
        for (int isa = 0; isa < PENSEL_ISA_COUNT; isa++) {
            const pensel_kernels *table =
                pensel_kernels_of(pensel_isa_name((pensel_isa)isa), PENSEL_FLOAT32);
            if (!table) continue;
            pensel_row row = {.numbers = numbers,
                              .slope = 0.5f,
                              .width = 4,
                              .n = 50,
                              .weights = weights,
                              .outputs = outputs[o],
                              .codes = codes,
                              .balance = balance,
                              .enough = 1e30f};
            for (size_t f = 0; f < 4; f++)
                row.features[f] = features[f], row.targets[f] = targets[f],
                row.slopes[f] = slopes[f];
            for (size_t c = 0; c < 64; c++)
                codes[c] = (float)(c % (outputs[o] < 2 ? 2 : outputs[o]));
            check_differences(&row, pensel_row_kernels_for(table));
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stretching_is_linear_between_nodes),
        cmocka_unit_test(shrinking_is_the_transposed_of_stretching),
        cmocka_unit_test(rows_are_taken_sampled_and_descended),
        cmocka_unit_test(row_loops_agree_on_all_instruction_sets),
        cmocka_unit_test(gradients_along_rows_are_differences),
    };
    return RUN(tests);
}
