/* Pictures: PSNR and SSIM against scikit-image's, and palettes. */
#include "test.h"

#include "base/memory.h"
#include "picture/expected.h"
#include "picture/picture.h"

/* The same integers as tests/picture/expected.py's picture(). */
static int pixel(size_t y, size_t x, size_t k, int which)
{
    int a = (int)((x * 7 + y * 13 + k * 29 + (x * y) % 17 * 5) % 256);
    int b = a + (int)((x * 5 + y * 3 + k) % 23) - 11;
    return which ? (b < 0 ? 0 : b > 255 ? 255 : b) : a;
}

static pensel_picture make(size_t height, size_t width, size_t channels, int which)
{
    pensel_error error;
    pensel_picture p = {NULL, width, height, channels};
    MUST(PENSEL_ALLOCATE(p.pixels, height * width, channels * sizeof(float), &error));
    for (size_t i = 0; i < height * width * channels; i++)
        p.pixels[i] =
            (float)pixel(i / channels / width, i / channels % width, i % channels, which) / 255;
    return p;
}

static void psnr_and_ssim_are_those_of_scikit_image(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        pensel_error error;
        double psnr, ssim;
        pensel_picture a = make(expected[i].height, expected[i].width, expected[i].channels, 0);
        pensel_picture b = make(expected[i].height, expected[i].width, expected[i].channels, 1);
        MUST(pensel_picture_psnr(&psnr, &a, &b, &error));
        MUST(pensel_picture_ssim(&ssim, &a, &b, &error));
        assert_near(psnr, expected[i].psnr, 1e-12);
        assert_near(ssim, expected[i].ssim, 1e-10);
        MUST(pensel_picture_psnr(&psnr, &a, &a, &error));
        MUST(pensel_picture_ssim(&ssim, &a, &a, &error));
        assert_true(isinf(psnr) && psnr > 0);
        assert_near(ssim, 1, 1e-12);
        pensel_release(a.pixels);
        pensel_release(b.pixels);
    }
}

/* Only what 8 bits hold is compared. */
static void values_are_clamped_and_rounded_first(void **state)
{
    pensel_error error;
    double psnr;
    float a[] = {-3, 0.5f, 7, 0.2f}, b[] = {0, 0.5019f, 1, 0.2005f};
    float c[] = {0, 0.5f, 1, 0.2037f}, d[] = {0, 128 / 255.0f, 1, 52 / 255.0f}; /* 127.5, 51.94 */
    (void)state;
    pensel_picture p = {a, 2, 2, 1}, q = {b, 2, 2, 1};
    MUST(pensel_picture_psnr(&psnr, &p, &q, &error));
    assert_true(isinf(psnr));
    p.pixels = c, q.pixels = d;
    MUST(pensel_picture_psnr(&psnr, &p, &q, &error));
    assert_true(isinf(psnr));
}

static void pictures_that_differ_in_size_are_refused(void **state)
{
    pensel_error error;
    double result;
    float a[48] = {0};
    (void)state;
    pensel_picture p = {a, 4, 4, 3}, q = {a, 4, 4, 1}, none = {NULL, 4, 4, 3}, five = {a, 1, 1, 5};
    assert_int_equal(pensel_picture_psnr(&result, &p, &q, &error), PENSEL_BAD_ARGUMENT);
    assert_int_equal(pensel_picture_psnr(&result, &p, &none, &error), PENSEL_BAD_ARGUMENT);
    assert_int_equal(pensel_picture_psnr(&result, &five, &five, &error), PENSEL_BAD_ARGUMENT);
    assert_int_equal(pensel_picture_psnr(&result, NULL, &p, &error), PENSEL_BAD_ARGUMENT);
    assert_int_equal(pensel_picture_psnr(NULL, &p, &p, &error), PENSEL_BAD_ARGUMENT);
    assert_int_equal(pensel_picture_ssim(&result, &p, &p, &error), PENSEL_BAD_ARGUMENT);
    assert_non_null(strstr(error.text, "7 x 7"));
}

/* The tutorial's classes: up to 600 is 0, above is 1. */
static void the_threshold_parts_at_its_sum(void **state)
{
    pensel_error error;
    pensel_classes classes;
    const float grey = 200 / 255.0f, blue = 199 / 255.0f;
    float pixels[] = {grey, grey, grey, grey, grey, 201 / 255.0f, blue, grey, grey, 1, 1, 1};
    (void)state;
    pensel_picture p = {pixels, 4, 1, 3};
    MUST(pensel_classes_by_threshold(&classes, &p, 600, &error));
    const unsigned char codes[] = {0, 1, 0, 1};
    assert_memory_equal(classes.codes, codes, 4);
    assert_int_equal(classes.colours, 2);
    assert_near(classes.palette[0], (grey + blue) / 2, 1e-7);
    assert_near(classes.palette[3 + 2], (201 / 255.0 + 1) / 2, 1e-7);
    pensel_classes_clear(&classes);
}

/* Three colours with a little noise: k-means finds them, whatever the seed. */
static void a_palette_finds_the_colours_there_are(void **state)
{
    const float colours[3][3] = {{0.9f, 0.1f, 0.1f}, {0.1f, 0.8f, 0.2f}, {0.1f, 0.2f, 0.9f}};
    float pixels[300 * 3];
    (void)state;
    for (size_t i = 0; i < 300; i++)
        for (size_t k = 0; k < 3; k++)
            pixels[i * 3 + k] = colours[i % 3][k] + 0.02f * (float)((i * 7 + k * 3) % 5) / 5;
    pensel_picture p = {pixels, 20, 15, 3};
    for (uint32_t seed = 0; seed < 10; seed++) {
        pensel_error error;
        pensel_classes classes;
        MUST(pensel_classes_by_means(&classes, &p, 3, seed, &error));
        assert_int_equal(classes.colours, 3);
        for (size_t i = 3; i < 300; i++)
            assert_int_equal(classes.codes[i], classes.codes[i % 3]);
        for (size_t i = 0; i < 3; i++)
            for (size_t k = 0; k < 3; k++)
                assert_near(classes.palette[classes.codes[i] * 3 + k], colours[i][k] + 0.008, 0.01);
        pensel_classes_clear(&classes);
    }
}

/* OKLab as Ottosson gives it: matrices of sRGB in linear light, cube roots, another matrix. */
static void lab_of(double lab[3], const float rgb[3])
{
    static const double in[3][3] = {{0.4122214708, 0.5363325363, 0.0514459929},
                                    {0.2119034982, 0.6806995451, 0.1073969566},
                                    {0.0883024619, 0.2817188376, 0.6299787005}};
    static const double out[3][3] = {{0.2104542553, 0.7936177850, -0.0040720468},
                                     {1.9779984951, -2.4285922050, 0.4505937099},
                                     {0.0259040371, 0.7827717662, -0.8086757660}};
    double root[3];
    for (int i = 0; i < 3; i++) {
        double sum = 0;
        for (int k = 0; k < 3; k++) {
            double c = (double)rgb[k];
            sum += in[i][k] * (c <= 0.04045 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4));
        }
        root[i] = cbrt(sum);
    }
    for (int i = 0; i < 3; i++)
        lab[i] = out[i][0] * root[0] + out[i][1] * root[1] + out[i][2] * root[2];
}

static double apart(const double a[3], const double b[3])
{
    return sqrt((a[0] - b[0]) * (a[0] - b[0]) + (a[1] - b[1]) * (a[1] - b[1]) +
                (a[2] - b[2]) * (a[2] - b[2]));
}

/* k-means come to rest: the mean of no other class is nearer to a pixel than its own class'. */
static void every_pixel_is_in_the_nearest_class(void **state)
{
    (void)state;
    enum { N = 600, K = 12 };
    static float pixels[N * 3];
    static double lab[N][3];
    pensel_classes classes;
    pensel_error error;
    uint32_t drawn = 1; /* squares modulo 256, say, would be too few colours to tell */
    for (size_t i = 0; i < N * 3; i++) {
        drawn = drawn * 1664525u + 1013904223u;
        pixels[i] = (float)(drawn >> 24) / 255;
    }
    pensel_picture p = {pixels, N / 20, 20, 3};
    MUST(pensel_classes_by_means(&classes, &p, K, 3, &error));
    double means[K][3] = {{0}}, counts[K] = {0};
    for (size_t i = 0; i < N; i++) {
        lab_of(lab[i], pixels + i * 3);
        counts[classes.codes[i]]++;
        for (int k = 0; k < 3; k++)
            means[classes.codes[i]][k] += lab[i][k];
    }
    for (size_t c = 0; c < K; c++)
        for (int k = 0; k < 3; k++)
            means[c][k] /= counts[c];
    for (size_t i = 0; i < N; i++)
        for (size_t c = 0; c < K; c++)
            assert_true(apart(lab[i], means[classes.codes[i]]) < apart(lab[i], means[c]) + 1e-4);
    pensel_classes_clear(&classes);
}

static void a_palette_is_not_larger_than_the_picture(void **state)
{
    pensel_error error;
    pensel_classes classes;
    float pixels[] = {0, 0, 1, 1};
    (void)state;
    pensel_picture p = {pixels, 4, 1, 1};
    MUST(pensel_classes_by_means(&classes, &p, 16, 0, &error));
    assert_int_equal(classes.colours, 2);
    pensel_classes_clear(&classes);
    assert_int_equal(pensel_classes_by_means(&classes, &p, 65, 0, &error), PENSEL_BAD_ARGUMENT);
    assert_int_equal(pensel_classes_by_means(&classes, &p, 1, 0, &error), PENSEL_BAD_ARGUMENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(psnr_and_ssim_are_those_of_scikit_image),
        cmocka_unit_test(values_are_clamped_and_rounded_first),
        cmocka_unit_test(pictures_that_differ_in_size_are_refused),
        cmocka_unit_test(the_threshold_parts_at_its_sum),
        cmocka_unit_test(a_palette_finds_the_colours_there_are),
        cmocka_unit_test(every_pixel_is_in_the_nearest_class),
        cmocka_unit_test(a_palette_is_not_larger_than_the_picture),
    };
    return RUN(tests);
}
