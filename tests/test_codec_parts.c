/* What compact paintings are made of, against its definitions: the wavelet, the range coder, the
 * tables, and the bits that every instruction set writes and reads alike. */
#include "test.h"

#include "codec/latent.h"
#include "codec/profile.h"
#include "codec/range_coder.h"
#include "codec/wavelet.h"
#include "kernel/isa.h"

/* A sample of a row that is mirrored at its ends, which are not repeated. */
static long double mirrored(const float *x, long n, long i)
{
    while (i < 0 || i >= n)
        i = i < 0 ? -i : 2 * (n - 1) - i;
    return (long double)x[i];
}

/* The filters of Antonini, Barlaud, Mathieu and Daubechies 1992, table I: the low one as there,
 * times the square root of 2, and the high one of which it is the dual, by half that. */
static void the_wavelet_is_that_of_the_paper(void **state)
{
    static const long double low[5] = {0.602949018236L, 0.266864118443L, -0.078223266529L,
                                       -0.016864118443L, 0.026748757411L};
    static const long double high[4] = {1.115087052457L, -0.591271763114L, -0.057543526229L,
                                        0.091271763114L};
    const long double root = sqrtl(2);
    float row[64], plane[64], scratch[64 * PENSEL_WAVELET_SCRATCH];
    pensel_error error;
    pensel_context *context;
    (void)state;
    MUST(pensel_context_new(&context, NULL, &error));
    pensel_pool pool = pensel_pool_of(context, 1);
    for (long n = 2; n <= 64; n += n < 12 ? 1 : 13) {
        for (int down = 0; down < 2; down++) {
            for (long i = 0; i < n; i++)
                plane[i] = row[i] = (float)((i * 37 + i * i * 11) % 101) - 50;
            pensel_wavelet_forward(plane, down ? 1 : (size_t)n, down ? (size_t)n : 1, 1, scratch,
                                   &pool);
            for (long i = 0; i < n; i++) {
                bool is_low = i < (n + 1) / 2;
                long at = is_low ? 2 * i : 2 * (i - (n + 1) / 2) + 1;
                long double sum = 0;
                for (long k = -4; k <= 4; k++) {
                    long size = k < 0 ? -k : k;
                    if (is_low || size < 4)
                        sum += (is_low ? low : high)[size] * mirrored(row, n, at + k);
                }
                assert_near((double)plane[i], (double)(is_low ? sum * root : sum / root), 2e-5);
            }
        }
    }
    pensel_context_free(&context);
}

static void a_wavelet_is_undone_by_its_inverse(void **state)
{
    static const size_t sizes[][2] = {{1, 1}, {2, 1}, {1, 9}, {3, 5}, {64, 48}, {67, 131}};
    pensel_error error;
    pensel_context *context;
    (void)state;
    MUST(pensel_context_new(&context, NULL, &error));
    pensel_pool pool = pensel_pool_of(context, 2);
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        size_t w = sizes[s][0], h = sizes[s][1], side = w > h ? w : h;
        float *a = malloc(w * h * sizeof *a), *b = malloc(w * h * sizeof *b);
        float *scratch = malloc(2 * side * PENSEL_WAVELET_SCRATCH * sizeof *scratch);
        for (size_t i = 0; i < w * h; i++)
            a[i] = b[i] = (float)((i * 7919) % 255) - 127;
        pensel_wavelet_forward(a, w, h, pensel_tile_levels(w, h), scratch, &pool);
        pensel_wavelet_inverse(a, w, h, pensel_tile_levels(w, h), scratch, &pool);
        for (size_t i = 0; i < w * h; i++)
            assert_near((double)a[i], (double)b[i], 1e-3);
        free(a);
        free(b);
        free(scratch);
    }
    pensel_context_free(&context);
}

/* Shannon: bits of probability p cost -log2 p each; a coder of 32 bits comes within a
 * thousandth. */
static void the_range_coder_costs_what_bits_are_worth(void **state)
{
    enum { COUNT = 200000 };
    static uint8_t bytes[COUNT];
    pensel_random random;
    double entropy = 0;
    (void)state;
    pensel_range_writer w = pensel_range_writer_on(bytes, sizeof bytes);
    for (int pass = 0; pass < 2; pass++) {
        pensel_range_reader r = pensel_range_reader_of(bytes, w.size);
        pensel_random_seed(&random, 7);
        for (size_t i = 0; i < COUNT; i++) {
            uint32_t odds = (uint32_t)pensel_random_uniform(&random, PENSEL_ODDS_LEAST,
                                                            65536 - PENSEL_ODDS_LEAST);
            if (i % 3 == 0) odds = PENSEL_ODDS_LEAST;
            bool bit = pensel_random_uniform(&random, 0, 65536) < odds;
            if (pass)
                assert_int_equal(pensel_range_read(&r, odds), bit);
            else {
                pensel_range_write(&w, bit, odds);
                entropy -= log2((bit ? odds : 65536 - odds) / 65536.0);
            }
        }
        if (!pass) pensel_range_finish(&w);
    }
    assert_false(w.full);
    assert_in_range(8 * w.size, (size_t)entropy - 1, (size_t)(entropy * 1.002) + 16);
}

/* Whether a reader of these bytes finds the bits */
static bool finds(const uint8_t *bytes, size_t size, const bool *bits, const uint32_t *odds,
                  size_t count)
{
    pensel_range_reader r = pensel_range_reader_of(bytes, size);
    for (size_t i = 0; i < count; i++)
        if (pensel_range_read(&r, odds[i]) != bits[i]) return false;
    return true;
}

/* Of few bits every text of fewer bytes is tried: none of them tells the same. */
static void the_range_coder_ends_as_early_as_can_be(void **state)
{
    enum { TEXTS = 60, MOST = 14 };
    size_t sizes[4] = {0};
    pensel_random random;
    (void)state;
    pensel_random_seed(&random, 3);
    for (int text = 0; text < TEXTS; text++) {
        uint8_t bytes[8] = {0};
        bool bits[MOST];
        uint32_t odds[MOST];
        size_t count = (size_t)pensel_random_uniform(&random, 0, MOST + 1);
        pensel_range_writer w = pensel_range_writer_on(bytes, sizeof bytes);
        for (size_t i = 0; i < count; i++) {
            odds[i] = (uint32_t)pensel_random_uniform(&random, 16384, 49152);
            bits[i] = pensel_random_uniform(&random, 0, 1) < (text % 4 ? 0.5 : 1); /* 1: zeros */
            pensel_range_write(&w, bits[i], odds[i]);
        }
        pensel_range_finish(&w);
        assert_true(!w.full && w.size <= 3);
        assert_true(finds(bytes, w.size, bits, odds, count));
        sizes[w.size]++;
        for (size_t size = 0; size < w.size; size++)
            for (uint32_t other = 0; other < 1u << 8 * size; other++) {
                const uint8_t shorter[2] = {(uint8_t)(other >> 8), (uint8_t)other};
                assert_false(finds(shorter + 2 - size, size, bits, odds, count));
            }
    }
    assert_true(sizes[0] && sizes[1] && sizes[2]);
}

static void the_logistic_table_is_the_logistic_function(void **state)
{
    (void)state;
    for (int i = 0; i < PENSEL_SQUASH_KNOTS; i++)
        assert_near((double)pensel_squash[i], 65536 / (1 + exp(-(i - 48) / 4.0)), 0.51);
}

/* Steps are powers of two by halves: 64 codes double them. */
static void steps_grow_by_codes(void **state)
{
    (void)state;
    assert_near((double)pensel_step_of(0), 0.5, 0);
    assert_near((double)pensel_step_of(64), 1, 0);
    assert_near((double)pensel_step_of(64 * 6), 32, 0);
    for (unsigned c = 0; c < PENSEL_STEP_CODES; c++) {
        double step = 0.5 * (1 + c % 64 / 64.0) * exp2(c / 64);
        assert_near((double)pensel_step_of(c), step, 1e-9);
        assert_true(fabs(pensel_step_log(c) - 16 * log2(step)) < 2.5);
    }
}

/* docs/format.md: a latent q that is not 0 stands for (|q| + offset / 64) step with q's sign, by an
 * offset for |q| of 1, 2 and more in levels 1, 2 and more; level 0 has none. */
static void values_lie_where_their_offsets_say(void **state)
{
    enum { SIDE = 64 };
    static const int16_t latents[] = {0, 1, -1, 2, -2, 3, -3, 40};
    static const int8_t offsets[PENSEL_OFFSETS] = {-3, -5, 7, 11, -13, 17, -19, 23, -29};
    static float plane[SIDE * SIDE];
    float *const planes[] = {plane};
    pensel_stripe stripe;
    pensel_error error;
    (void)state;
    MUST(pensel_stripe_new(&stripe, 0, SIDE, SIDE, planes, 1, 1, &error));
    assert_int_equal(stripe.levels, 3);
    for (size_t l = 0; l <= 3; l++)
        for (size_t i = 0; i < 8; i++)
            stripe.bands[0][l][0].q[i] = latents[i];
    pensel_stripe_dequantise(&stripe, 1.5f, offsets);
    for (size_t l = 0; l <= 3; l++)
        for (size_t i = 0; i < 8; i++) {
            const pensel_band *band = &stripe.bands[0][l][0];
            double size = fabs((double)latents[i]), sign = latents[i] < 0 ? -1 : 1;
            size_t which = size < 3 ? (size_t)size - 1 : 2;
            double offset = l > 0 && size > 0 ? offsets[3 * (l - 1) + which] / 64.0 : 0;
            double expected = size > 0 ? sign * (size + offset) * 1.5 : 0;
            assert_near((double)band->place[i * band->along], expected, 1e-5);
        }
    pensel_stripe_clear(&stripe);
}

/* ------------------------------------------------------------------ instruction sets */

static void fill(pensel_stripe *stripe)
{
    pensel_random random;
    pensel_random_seed(&random, 3);
    for (size_t p = 0; p < stripe->planes; p++)
        for (size_t l = 0; l <= stripe->levels; l++)
            for (size_t o = 0; o < (l ? 3u : 1u); o++) {
                pensel_band *b = &stripe->bands[p][l][o];
                for (size_t y = 0; y < b->height; y++)
                    for (size_t x = 0; x < b->width; x++) {
                        double u = pensel_random_uniform(&random, -1, 1);
                        /* mostly 0, some small, a few beyond every table */
                        int v = (int)(u * u * u * u * u * (y % 7 ? 4 : 40));
                        if (u > 0.9995) v = PENSEL_LATENT_MOST;
                        if (u < -0.9995) v = -900;
                        b->q[y * b->stride + x] = (int16_t)v;
                    }
            }
}

enum { STRIPE_W = 150, STRIPE_H = 120, STRIPE_ROOM = 1 << 20 };
static uint8_t stripe_lines[PENSEL_LINES * 512];
static pensel_latent_model model;
static pensel_latent_state learned;

static size_t write_stripe(const pensel_kernels *kernels, pensel_stripe *stripe, uint8_t *bytes)
{
    pensel_range_writer w = pensel_range_writer_on(bytes, STRIPE_ROOM);
    pensel_latent_job job = {
        .model = &model, .state = &learned, .lines = stripe_lines, .stripe = stripe, .writer = &w};
    pensel_latent_begin(&learned, &model);
    pensel_latent_kernels_for(kernels)->write(&job);
    pensel_range_finish(&w);
    return w.size;
}

static void read_stripe(const pensel_kernels *kernels, pensel_stripe *stripe, const uint8_t *bytes,
                        size_t size)
{
    pensel_range_reader r = pensel_range_reader_of(bytes, size);
    pensel_latent_job job = {
        .model = &model, .state = &learned, .lines = stripe_lines, .stripe = stripe, .reader = &r};
    pensel_latent_begin(&learned, &model);
    pensel_latent_kernels_for(kernels)->read(&job);
}

static void assert_same_stripe(const pensel_stripe *wanted, const pensel_stripe *found)
{
    for (size_t p = 0; p < 3; p++)
        for (size_t l = 0; l <= wanted->levels; l++)
            for (size_t o = 0; o < (l ? 3u : 1u); o++) {
                const pensel_band *a = &wanted->bands[p][l][o], *b = &found->bands[p][l][o];
                for (size_t y = 0; y < a->height; y++)
                    assert_memory_equal(a->q + y * a->stride, b->q + y * b->stride,
                                        a->width * sizeof *a->q);
            }
}

/* All write the reference's bytes, and read them as what was written. */
static void every_instruction_set_reads_what_every_other_wrote(void **state)
{
    static float planes[3][STRIPE_W * STRIPE_H];
    static uint8_t right[STRIPE_ROOM], bytes[STRIPE_ROOM];
    float *const plane[3] = {planes[0], planes[1], planes[2]};
    pensel_stripe wanted, found;
    pensel_error error;
    (void)state;
    pensel_latent_model_read(&model, pensel_latent_prior);
    MUST(pensel_stripe_new(&wanted, 0, STRIPE_W, STRIPE_H, plane, 3, 3, &error));
    fill(&wanted);
    size_t size = write_stripe(pensel_kernels_of("reference", PENSEL_FLOAT32), &wanted, right);
    for (int i = 0; i < PENSEL_ISA_COUNT; i++) {
        const pensel_kernels *k = pensel_kernels_of(pensel_isa_name((pensel_isa)i), PENSEL_FLOAT32);
        if (!k) continue;
        assert_int_equal(write_stripe(k, &wanted, bytes), size);
        assert_memory_equal(bytes, right, size);
        MUST(pensel_stripe_new(&found, 0, STRIPE_W, STRIPE_H, plane, 3, 3, &error));
        read_stripe(k, &found, right, size);
        assert_same_stripe(&wanted, &found);
        pensel_stripe_clear(&found);
    }
    pensel_stripe_clear(&wanted);
}

/* Of `size` bytes, in so many; the same bytes come back. */
static size_t packed_size(const uint8_t *profile, size_t size)
{
    static uint8_t packed[8192], again[4096];
    pensel_error error;
    pensel_range_writer w = pensel_range_writer_on(packed, sizeof packed);
    MUST(pensel_profile_pack(&w, profile, size, &error));
    assert_false(w.full);
    memset(again, 0xa5, sizeof again);
    MUST(pensel_profile_unpack(again, size, packed, w.size, &error));
    assert_memory_equal(again, profile, size);
    if (size < sizeof again) assert_int_equal(again[size], 0xa5);
    return w.size;
}

/* sRGB's own curve (IEC 61966-2-1) at 1,024 places, as the profile of that name has it. From each
 * number to the next it is nearly straight: second differences are 1 or less, so that fewer than
 * 3 bits tell a number of 16. */
static void a_profiles_curve_is_packed(void **state)
{
    enum { COUNT = 1024 };
    uint8_t curve[2 * COUNT];
    (void)state;
    for (size_t i = 0; i < COUNT; i++) {
        double x = (double)i / (COUNT - 1);
        double y = x <= 0.04045 ? x / 12.92 : pow((x + 0.055) / 1.055, 2.4);
        unsigned v = (unsigned)(65535 * y + 0.5);
        curve[2 * i] = (uint8_t)(v >> 8);
        curve[2 * i + 1] = (uint8_t)v;
    }
    assert_in_range(packed_size(curve, sizeof curve), 64, COUNT * 2 / 6);
    /* and so is a curve that begins between two words of nothing */
    assert_in_range(packed_size(curve + 1, 1024), 32, 600);
}

/* Zeros cost next to nothing, and noise its own size and a few bytes more. */
static void what_is_packed_comes_back(void **state)
{
    static uint8_t bytes[4096];
    pensel_random random;
    (void)state;
    assert_in_range(packed_size(bytes, sizeof bytes), 0, 64);
    pensel_random_seed(&random, 3);
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)pensel_random_uniform(&random, 0, 256);
    assert_in_range(packed_size(bytes, sizeof bytes), sizeof bytes, sizeof bytes * 5 / 4);
    for (size_t size = 0; size < 9; size++)
        packed_size(bytes, size);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_wavelet_is_that_of_the_paper),
        cmocka_unit_test(a_wavelet_is_undone_by_its_inverse),
        cmocka_unit_test(the_range_coder_costs_what_bits_are_worth),
        cmocka_unit_test(the_range_coder_ends_as_early_as_can_be),
        cmocka_unit_test(the_logistic_table_is_the_logistic_function),
        cmocka_unit_test(steps_grow_by_codes),
        cmocka_unit_test(values_lie_where_their_offsets_say),
        cmocka_unit_test(a_profiles_curve_is_packed),
        cmocka_unit_test(what_is_packed_comes_back),
        cmocka_unit_test(every_instruction_set_reads_what_every_other_wrote),
    };
    return RUN(tests);
}
