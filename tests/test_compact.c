/* Compact paintings: files that come back, whole or not, and the search for a size or a PSNR.
 * test_codec_parts.c has what they are made of. */
#include "test.h"

#include "base/context.h"
#include "base/thread_pool.h"
#include "codec/compact.h"
#include "codec/latent.h"
#include "codec/range_coder.h"
#include "codec/wavelet.h"
#include "kernel/isa.h"

/* ------------------------------------------------------------------ files */

/* Soft shapes with an edge and grain that grows to the right, in any number of channels. */
static pensel_picture make(size_t width, size_t height, size_t channels)
{
    pensel_picture p = {malloc(width * height * channels * sizeof(float)), width, height, channels};
    pensel_random random;
    pensel_random_seed(&random, 5);
    for (size_t y = 0; y < height; y++)
        for (size_t x = 0; x < width; x++)
            for (size_t k = 0; k < channels; k++) {
                double u = (double)x / 40, v = (double)y / 30;
                double wave = 0.5 + 0.3 * sin(u + (double)k) * cos(v) + (x > 2 * y ? 0.15 : 0);
                p.pixels[(y * width + x) * channels + k] =
                    (float)(wave + pensel_random_uniform(&random, -0.08, 0.08) * (double)x /
                                       (double)width);
            }
    return p;
}

static double psnr_of(const pensel_compact *c, const pensel_picture *p, size_t threads)
{
    pensel_error error;
    double psnr;
    pensel_picture painted = *p;
    painted.pixels = malloc(p->width * p->height * p->channels * sizeof(float));
    MUST(pensel_compact_paint(c, painted.pixels, threads, NULL, &error));
    MUST(pensel_picture_psnr(&psnr, p, &painted, &error));
    free(painted.pixels);
    return psnr;
}

static void pictures_of_every_size_and_kind_come_back(void **state)
{
    static const size_t sizes[][2] = {{1, 1},    {1, 7},    {2, 2},     {13, 12},
                                      {40, 300}, {257, 24}, {100, 513}, {2100, 30}};
    pensel_error error;
    (void)state;
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
        for (size_t channels = 1; channels <= 4; channels++) {
            pensel_picture p = make(sizes[s][0], sizes[s][1], channels);
            pensel_compact *c, *again;
            pensel_compact_options o = pensel_compact_defaults();
            double before = 0;
            for (o.quality = 10; o.quality <= 100; o.quality += 45) {
                MUST(pensel_compact_new(&c, &p, &o, &error));
                double psnr = psnr_of(c, &p, 1);
                assert_true(psnr >= before - 0.5);
                before = psnr;
                size_t size;
                const void *bytes = pensel_compact_bytes(c, &size);
                MUST(pensel_compact_parse(&again, bytes, size, &error));
                const pensel_compact_info *info = pensel_compact_describe(again);
                assert_int_equal(info->width, p.width);
                assert_int_equal(info->height, p.height);
                assert_int_equal(info->channels, channels);
                assert_int_equal(info->bytes, size);
                assert_true(psnr_of(again, &p, 2) == psnr || isinf(psnr));
                pensel_compact_free(&again);
                pensel_compact_free(&c);
            }
            assert_true(before > 42);
            free(p.pixels);
        }
}

/* Stripes, boxes and dots, as a screenshot has them: 400 x 300 pixels of 6 colours. */
static pensel_picture draw(size_t channels)
{
    static const int colours[6] = {255, 0, 30, 200, 128, 64};
    pensel_picture p = {malloc(400 * 300 * channels * sizeof(float)), 400, 300, channels};
    for (size_t i = 0; i < 400 * 300; i++) {
        size_t x = i % 400, y = i / 400, k = y % 24 < 2 ? 1 : x / 50 % 2 && y / 40 % 2 ? 2 : 0;
        if (y % 24 > 8 && y % 24 < 16 && (x * 7 + x / 9 * 5) % 11 < 3) k = 3 + x / 9 % 3;
        for (size_t c = 0; c < channels; c++)
            p.pixels[i * channels + c] = (float)colours[(k + c) % 6] / 255;
    }
    return p;
}

static void a_drawing_is_small_and_has_no_error(void **state)
{
    pensel_error error;
    (void)state;
    for (size_t channels = 1; channels <= 4; channels++) {
        pensel_compact *c;
        pensel_picture p = draw(channels), photo = make(90, 70, channels);
        MUST(pensel_compact_new(&c, &p, NULL, &error));
        const pensel_compact_info *info = pensel_compact_describe(c);
        assert_true(info->drawn && info->step == 0);
        assert_true(info->bytes < 400 * 300 / 64); /* an eighth of a bit for each pixel */
        float *painted = malloc(400 * 300 * channels * sizeof(float));
        MUST(pensel_compact_paint(c, painted, 2, NULL, &error));
        assert_memory_equal(painted, p.pixels, 400 * 300 * channels * sizeof(float));
        free(painted);
        pensel_compact_free(&c);
        MUST(pensel_compact_new(&c, &photo, NULL, &error));
        assert_false(pensel_compact_describe(c)->drawn);
        pensel_compact_free(&c);
        free(photo.pixels);
        free(p.pixels);
    }
}

/* A uniform quantiser of this step errs by step^2 / 12 at most where everything is coded; choosing
 * and zeros make it more, but not three times. */
static void the_error_is_that_of_the_step(void **state)
{
    pensel_error error;
    pensel_compact *c;
    pensel_picture p = make(200, 150, 3);
    (void)state;
    for (double quality = 60; quality <= 100; quality += 20) {
        pensel_compact_options o = pensel_compact_defaults();
        o.quality = quality;
        MUST(pensel_compact_new(&c, &p, &o, &error));
        double step = pensel_compact_describe(c)->step;
        assert_true(psnr_of(c, &p, 1) > 10 * log10(65025 / (step * step / 12 * 3)));
        pensel_compact_free(&c);
    }
    free(p.pixels);
}

static void sizes_and_qualities_are_met(void **state)
{
    pensel_error error;
    pensel_compact *c;
    pensel_picture p = make(320, 240, 3);
    (void)state;
    for (size_t goal = 1500; goal <= 12000; goal *= 2) {
        pensel_compact_options o = pensel_compact_defaults();
        o.bytes = goal;
        MUST(pensel_compact_new(&c, &p, &o, &error));
        assert_in_range(pensel_compact_describe(c)->bytes, goal * 97 / 100, goal);
        pensel_compact_free(&c);
    }
    for (double goal = 33; goal <= 45; goal += 4) {
        pensel_compact_options o = pensel_compact_defaults();
        o.psnr = goal;
        MUST(pensel_compact_new(&c, &p, &o, &error));
        assert_true(fabs(psnr_of(c, &p, 1) - goal) < 0.2);
        pensel_compact_free(&c);
    }
    free(p.pixels);
}

static void a_number_of_numbers_is_met(void **state)
{
    pensel_error error;
    pensel_compact *c;
    pensel_picture p = make(320, 240, 3);
    (void)state;
    for (size_t goal = 1000; goal <= 16000; goal *= 4) {
        pensel_compact_options o = pensel_compact_defaults();
        size_t count;
        o.numbers = goal;
        MUST(pensel_compact_new(&c, &p, &o, &error));
        MUST(pensel_compact_count(&count, c, &error));
        assert_in_range(count, goal * 97 / 100, goal);
        pensel_compact_free(&c);
        o.psnr = 30;
        assert_int_equal(pensel_compact_new(&c, &p, &o, &error), PENSEL_BAD_ARGUMENT);
        assert_non_null(strstr(error.text, "psnr and numbers together"));
    }
    free(p.pixels);
}

typedef struct shown {
    size_t moments, numbers[8];
    double psnr[8];
    const pensel_picture *original;
} shown;

static pensel_verdict see_moments(const pensel_compact_trial *trial, void *data)
{
    shown *s = data;
    pensel_error error;
    double psnr;
    if (trial->trials) return PENSEL_CONTINUE;
    MUST(pensel_picture_psnr(&psnr, s->original, &trial->painted, &error));
    assert_true(psnr == trial->psnr);
    assert_in_range(s->moments, 0, 7);
    s->numbers[s->moments] = trial->numbers;
    s->psnr[s->moments++] = psnr;
    return PENSEL_CONTINUE;
}

static void moments_have_ever_more_numbers_and_change_nothing(void **state)
{
    pensel_error error;
    pensel_compact *without, *with;
    size_t size, same, count;
    pensel_picture p = make(200, 150, 3);
    pensel_compact_options o = pensel_compact_defaults();
    shown s = {.original = &p};
    (void)state;
    o.bytes = 3000;
    MUST(pensel_compact_new(&without, &p, &o, &error));
    o.moments = 6;
    o.on_trial = see_moments;
    o.on_trial_data = &s;
    MUST(pensel_compact_new(&with, &p, &o, &error));
    assert_int_equal(s.moments, 6);
    for (size_t i = 1; i < 6; i++)
        assert_true(s.numbers[i] > s.numbers[i - 1] && s.psnr[i] > s.psnr[i - 1]);
    MUST(pensel_compact_count(&count, with, &error));
    assert_true(count > s.numbers[0]);
    const void *bytes = pensel_compact_bytes(without, &size);
    const void *others = pensel_compact_bytes(with, &same);
    assert_int_equal(size, same);
    assert_memory_equal(bytes, others, size);
    pensel_compact_free(&without);
    pensel_compact_free(&with);
    free(p.pixels);
}

static pensel_verdict count_trials(const pensel_compact_trial *trial, void *data)
{
    size_t *most = data;
    return trial->trials < *most ? PENSEL_CONTINUE : PENSEL_INTERRUPT;
}

static void a_search_that_is_ended_gives_the_best_so_far(void **state)
{
    static const volatile int raised = 1;
    pensel_error error;
    pensel_compact *c;
    pensel_picture p = make(100, 80, 3);
    size_t most = 2;
    (void)state;
    pensel_compact_options o = pensel_compact_defaults();
    o.bytes = 10; /* cannot be met */
    o.on_trial = count_trials;
    o.on_trial_data = &most;
    MUST(pensel_compact_new(&c, &p, &o, &error));
    assert_true(pensel_compact_describe(c)->bytes > 10);
    pensel_compact_free(&c);
    o = pensel_compact_defaults();
    o.psnr = 40.001;
    o.interrupt = &raised;
    MUST(pensel_compact_new(&c, &p, &o, &error));
    assert_true(psnr_of(c, &p, 1) > 20);
    pensel_compact_free(&c);
    free(p.pixels);
}

static void threads_change_no_bit(void **state)
{
    pensel_error error;
    pensel_compact *c, *d;
    pensel_picture p = make(300, 700, 3); /* three stripes */
    size_t n = p.width * p.height * p.channels, size, other;
    float *one = malloc(n * sizeof *one), *many = malloc(n * sizeof *many);
    (void)state;
    pensel_compact_options o = pensel_compact_defaults();
    o.threads = 1;
    MUST(pensel_compact_new(&c, &p, &o, &error));
    o.threads = 3;
    MUST(pensel_compact_new(&d, &p, &o, &error));
    const void *bytes = pensel_compact_bytes(c, &size);
    const void *others = pensel_compact_bytes(d, &other);
    assert_int_equal(size, other);
    assert_memory_equal(bytes, others, size);
    MUST(pensel_compact_paint(c, one, 1, NULL, &error));
    MUST(pensel_compact_paint(c, many, 3, NULL, &error));
    assert_memory_equal(one, many, n * sizeof *one);
    pensel_compact_free(&c);
    pensel_compact_free(&d);
    free(p.pixels);
    free(one);
    free(many);
}

/* ------------------------------------------------------------------ damage */

static void every_damaged_byte_and_every_cut_is_noticed(void **state)
{
    pensel_error error;
    pensel_compact *c, *d = NULL;
    pensel_picture p = make(60, 50, 3);
    size_t size;
    (void)state;
    MUST(pensel_compact_new(&c, &p, NULL, &error));
    const uint8_t *bytes = pensel_compact_bytes(c, &size);
    uint8_t *copy = malloc(size);
    for (size_t i = 0; i < size; i++) {
        memcpy(copy, bytes, size);
        copy[i] ^= (uint8_t)(1 << i % 8);
        pensel_status status = pensel_compact_parse(&d, copy, size, &error);
        assert_true(status == PENSEL_BAD_FILE || status == PENSEL_UNSUPPORTED);
        assert_null(d);
        assert_int_not_equal(pensel_compact_parse(&d, bytes, i, &error), PENSEL_OK);
        assert_null(d);
    }
    free(copy);
    pensel_compact_free(&c);
    free(p.pixels);
}

/* The CRC of Ethernet and zip, bit by bit. */
static void seal(uint8_t *bytes, size_t size)
{
    uint32_t c = UINT32_MAX;
    for (size_t i = 0; i < size - 4; i++) {
        c ^= bytes[i];
        for (int k = 0; k < 8; k++)
            c = c & 1 ? c >> 1 ^ 0xedb88320u : c >> 1;
    }
    for (int i = 0; i < 4; i++)
        bytes[size - 4 + (size_t)i] = (uint8_t)(~c >> 8 * i);
}

static void files_that_lie_under_a_right_checksum_are_harmless(void **state)
{
    pensel_error error;
    pensel_compact *c, *d;
    pensel_picture p = make(70, 40, 4);
    size_t size, painted = 0;
    (void)state;
    MUST(pensel_compact_new(&c, &p, NULL, &error));
    const uint8_t *bytes = pensel_compact_bytes(c, &size);
    uint8_t *copy = malloc(size);
    for (size_t i = 5; i < size - 4; i++)
        for (int change = 0; change < 3; change++) {
            memcpy(copy, bytes, size);
            copy[i] = change == 0 ? 0 : change == 1 ? 255 : (uint8_t)(copy[i] + 1);
            seal(copy, size);
            if (pensel_compact_parse(&d, copy, size, &error)) continue;
            const pensel_compact_info *info = pensel_compact_describe(d);
            size_t n = info->width * info->height * info->channels;
            if (n <= 1 << 20) {
                float *out = malloc(n * sizeof *out);
                MUST(pensel_compact_paint(d, out, 1, NULL, &error));
                for (size_t k = 0; k < n; k++)
                    assert_true(out[k] >= 0 && out[k] <= 1);
                free(out);
                painted++;
            }
            pensel_compact_free(&d);
        }
    assert_true(painted > size);
    free(copy);
    pensel_compact_free(&c);
    free(p.pixels);
}

/* One colour is kept exactly in hardly any bytes, so no trial with a coarser step is smaller. */
static void of_files_of_one_size_the_most_faithful_is_taken(void **state)
{
    (void)state;
    pensel_error error;
    pensel_picture p = make(64, 64, 3);
    pensel_compact *usual, *asked;
    pensel_compact_options o = pensel_compact_defaults();
    for (size_t i = 0; i < 64 * 64 * 3; i++)
        p.pixels[i] = 200.0f / 255;
    MUST(pensel_compact_new(&usual, &p, &o, &error));
    o.psnr = 60;
    MUST(pensel_compact_new(&asked, &p, &o, &error));
    assert_true(pensel_compact_describe(asked)->bytes <= pensel_compact_describe(usual)->bytes);
    assert_true(psnr_of(asked, &p, 1) >= 60);
    pensel_compact_free(&usual);
    pensel_compact_free(&asked);
    free(p.pixels);
}

/* 16 million x 16 million pixels in 48 bytes */
static void what_cannot_be_in_so_few_bytes_is_refused_at_once(void **state)
{
    uint8_t bytes[48] = {0x9d, 'p', 'n', 's', 1, 0, 0xff, 0xff, 0xff, 0x07, 0xff, 0xff, 0xff, 0x07};
    pensel_error error;
    pensel_compact *c;
    (void)state;
    seal(bytes, sizeof bytes);
    assert_int_equal(pensel_compact_parse(&c, bytes, sizeof bytes, &error), PENSEL_BAD_FILE);
    assert_non_null(strstr(error.text, "ends too soon"));
    bytes[4] = 2;
    assert_int_equal(pensel_compact_parse(&c, bytes, sizeof bytes, &error), PENSEL_UNSUPPORTED);
    assert_non_null(strstr(error.text, "version 2"));
}

/* One that repeats is packed; noise is not, nor what is longer than 64 KiB, whatever it is. */
static void a_profile_is_packed_where_that_is_smaller(void **state)
{
    static uint8_t profile[70000];
    static const struct {
        size_t size;
        bool noise, packed;
    } cases[] = {{1, false, false},
                 {1000, false, true},
                 {1000, true, false},
                 {1 << 16, false, true},
                 {70000, false, false}};
    pensel_error error;
    pensel_picture p = make(20, 20, 3);
    pensel_compact_options o = pensel_compact_defaults();
    pensel_random random;
    (void)state;
    pensel_random_seed(&random, 5);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        pensel_compact *c, *again;
        size_t size;
        for (size_t k = 0; k < cases[i].size; k++)
            profile[k] =
                (uint8_t)(cases[i].noise ? pensel_random_uniform(&random, 0, 256) : "ICC "[k % 4]);
        o.profile = profile;
        o.profile_size = cases[i].size;
        MUST(pensel_compact_new(&c, &p, &o, &error));
        const void *bytes = pensel_compact_bytes(c, &size);
        MUST(pensel_compact_parse(&again, bytes, size, &error));
        const pensel_compact_info *info = pensel_compact_describe(again);
        assert_int_equal(info->profile_size, cases[i].size);
        assert_memory_equal(info->profile, profile, cases[i].size);
        if (cases[i].packed)
            assert_in_range(info->profile_packed, 1, cases[i].size / 10);
        else
            assert_int_equal(info->profile_packed, cases[i].size);
        assert_in_range(info->bytes, info->profile_packed, info->profile_packed + 1000);
        pensel_compact_free(&again);
        pensel_compact_free(&c);
    }
    free(p.pixels);
}

/* A drawing of 1 x 1 whose profile is said to be packed */
static void a_packed_profile_that_lies_is_refused(void **state)
{
    static const struct {
        uint8_t bytes[16];
        const char *says;
    } cases[] = {
        {{0x9d, 'p', 'n', 's', 1, 0x30, 1, 1, 0}, "flags contradict"},
        {{0x9d, 'p', 'n', 's', 1, 0x38, 1, 1, 0x81, 0x80, 4, 1, 0}, "up to 65536"},
        {{0x9d, 'p', 'n', 's', 1, 0x38, 1, 1, 16, 100, 0}, "ends too soon"},
    };
    pensel_error error;
    pensel_compact *c;
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint8_t bytes[16];
        memcpy(bytes, cases[i].bytes, sizeof bytes);
        seal(bytes, sizeof bytes);
        assert_int_equal(pensel_compact_parse(&c, bytes, sizeof bytes, &error), PENSEL_BAD_FILE);
        assert_non_null(strstr(error.text, cases[i].says));
    }
}

static void a_profile_is_kept(void **state)
{
    static const char profile[] = "not really a profile, but nobody looks";
    pensel_error error;
    pensel_compact *c;
    pensel_picture p = make(20, 20, 3);
    pensel_compact_options o = pensel_compact_defaults();
    (void)state;
    o.profile = profile;
    o.profile_size = sizeof profile;
    o.bits = 16;
    MUST(pensel_compact_new(&c, &p, &o, &error));
    const pensel_compact_info *info = pensel_compact_describe(c);
    assert_int_equal(info->profile_size, sizeof profile);
    assert_memory_equal(info->profile, profile, sizeof profile);
    assert_int_equal(info->bits, 16);
    assert_true(psnr_of(c, &p, 1) > 30);
    pensel_compact_free(&c);
    free(p.pixels);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pictures_of_every_size_and_kind_come_back),
        cmocka_unit_test(a_drawing_is_small_and_has_no_error),
        cmocka_unit_test(the_error_is_that_of_the_step),
        cmocka_unit_test(sizes_and_qualities_are_met),
        cmocka_unit_test(a_number_of_numbers_is_met),
        cmocka_unit_test(moments_have_ever_more_numbers_and_change_nothing),
        cmocka_unit_test(a_search_that_is_ended_gives_the_best_so_far),
        cmocka_unit_test(threads_change_no_bit),
        cmocka_unit_test(every_damaged_byte_and_every_cut_is_noticed),
        cmocka_unit_test(files_that_lie_under_a_right_checksum_are_harmless),
        cmocka_unit_test(of_files_of_one_size_the_most_faithful_is_taken),
        cmocka_unit_test(what_cannot_be_in_so_few_bytes_is_refused_at_once),
        cmocka_unit_test(a_profile_is_kept),
        cmocka_unit_test(a_profile_is_packed_where_that_is_smaller),
        cmocka_unit_test(a_packed_profile_that_lies_is_refused),
    };
    return RUN(tests);
}
