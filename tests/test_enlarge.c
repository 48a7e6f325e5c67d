/* Enlarging: the network against its formula in long double, what it is good for on a scene whose
 * every size is known, and EPX and what is drawn by their definitions. */
#include "test.h"

#include "picture/sharp.h"

/* ------------------------------------------------------------------ the formula */

enum { SIDE = 9, HIDDEN = PENSEL_SHARP_HIDDEN, INNER = PENSEL_SHARP_INNER };

static long double lanczos(long double x)
{
    const long double pi = acosl(-1.0L);
    if (x == 0) return 1;
    return fabsl(x) >= 3 ? 0 : 3 * sinl(pi * x) * sinl(pi * x / 3) / (pi * pi * x * x);
}

static int reflect(int i, int n)
{
    return i < 0 ? -i : i >= n ? 2 * n - 2 - i : i;
}

/* What pixel (x, y) of the doubled picture is by Lanczos' interpolation alone. */
static long double interpolated(const float *p, int x, int y)
{
    long double sum = 0, total = 0;
    int cx = x / 2, cy = y / 2;
    for (int j = cy - 3; j <= cy + 3; j++)
        for (int i = cx - 3; i <= cx + 3; i++) {
            long double w = lanczos((x + 0.5L) / 2 - 0.5L - i) * lanczos((y + 0.5L) / 2 - 0.5L - j);
            sum += w * (long double)p[reflect(j, SIDE) * SIDE + reflect(i, SIDE)];
            total += w;
        }
    return sum / total;
}

/* out_j = f(b_j + sum_i w_ji in_i); returns the numbers behind this layer's. */
static const int16_t *layer(long double *out, size_t outs, const long double *in, size_t ins,
                            const int16_t *w, bool relu)
{
    for (size_t j = 0; j < outs; j++) {
        out[j] = w[outs * ins + j] / 1024.0L;
        for (size_t i = 0; i < ins; i++)
            out[j] += w[j * ins + i] / 1024.0L * in[i];
        if (relu && out[j] < 0) out[j] = 0;
    }
    return w + outs * (ins + 1);
}

static long double sharpened(const float *p, int x, int y)
{
    long double patch[49], hidden[HIDDEN], inner[INNER], added[4];
    int cx = x / 2, cy = y / 2;
    for (int j = 0; j < 7; j++)
        for (int i = 0; i < 7; i++) {
            int r = reflect(cy + j - 3, SIDE), c = reflect(cx + i - 3, SIDE);
            patch[j * 7 + i] = 4 * ((long double)p[r * SIDE + c] - (long double)p[cy * SIDE + cx]);
        }
    const int16_t *w = pensel_sharp_prior[0];
    w = layer(hidden, HIDDEN, patch, 49, w, true);
    w = layer(inner, INNER, hidden, HIDDEN, w, true);
    layer(added, 4, inner, INNER, w, false);
    long double value = interpolated(p, x, y) + added[y % 2 * 2 + x % 2] / 16;
    return fminl(1, fmaxl(0, value));
}

static void doubling_is_lanczos_and_what_the_network_adds(void **state)
{
    pensel_error error;
    float small[SIDE * SIDE], large[4 * SIDE * SIDE];
    (void)state;
    for (int i = 0; i < SIDE * SIDE; i++)
        small[i] = (float)((i * 37 + i / SIDE * 11) % 64) / 64 * 0.8f + 0.1f;
    pensel_picture p = {small, SIDE, SIDE, 1};
    MUST(pensel_picture_enlarge(large, &p, PENSEL_SHARP, 2, 1, NULL, &error));
    for (int y = 0; y < 2 * SIDE; y++)
        for (int x = 0; x < 2 * SIDE; x++)
            assert_near((double)large[y * 2 * SIDE + x], (double)sharpened(small, x, y), 2e-5);
}

/* ------------------------------------------------------------------ what it is good for */

enum { SCENE = 64, FINE = 8 };

/* How bright the scene is at a point of the unit square: discs and stripes. */
static double scene(double x, double y)
{
    double r = hypot(x - 0.55, y - 0.45), v = 0.25 + 0.2 * x;
    if (r < 0.38) v = 0.8 - 0.3 * y;
    if (r < 0.2) v = sin(40 * (x + 0.6 * y)) > 0 ? 0.7 : 0.35;
    return fabs(0.7 * x - y + 0.3) < 0.02 ? 0.1 : v;
}

/* The mean over each pixel's area. */
static void paint_scene(float *pixels, size_t side)
{
    size_t cells = SCENE * FINE / side;
    for (size_t i = 0; i < side * side; i++) {
        double sum = 0;
        for (size_t k = 0; k < cells * cells; k++) {
            double x = (double)(i % side * cells + k % cells) + 0.5;
            double y = (double)(i / side * cells + k / cells) + 0.5;
            sum += scene(x / (SCENE * FINE), y / (SCENE * FINE));
        }
        pixels[i] = (float)(sum / (double)(cells * cells));
    }
}

static double error_of(const float *a, const double *b, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += ((double)a[i] - b[i]) * ((double)a[i] - b[i]);
    return sum / (double)n;
}

/* Lanczos' interpolation of a square picture, by the definition. */
static void interpolate(double *large, const float *small, int side, int factor)
{
    for (int y = 0; y < side * factor; y++)
        for (int x = 0; x < side * factor; x++) {
            double sum = 0, total = 0, u = (x + 0.5) / factor - 0.5, v = (y + 0.5) / factor - 0.5;
            for (int j = (int)v - 3; j <= (int)v + 4; j++)
                for (int i = (int)u - 3; i <= (int)u + 4; i++) {
                    double w = (double)(lanczos((long double)u - i) * lanczos((long double)v - j));
                    sum += w * (double)small[reflect(j, side) * side + reflect(i, side)];
                    total += w;
                }
            large[y * side * factor + x] = sum / total;
        }
}

static void it_is_half_a_decibel_ahead_of_lanczos(void **state)
{
    static float large[SCENE * SCENE], small[SCENE * SCENE], sharp[SCENE * SCENE];
    static double truth[SCENE * SCENE], plain[SCENE * SCENE];
    (void)state;
    paint_scene(large, SCENE);
    for (size_t i = 0; i < SCENE * SCENE; i++)
        truth[i] = (double)large[i];
    for (size_t factor = 2; factor <= 4; factor *= 2) {
        pensel_error error;
        size_t side = SCENE / factor;
        pensel_picture p = {small, side, side, 1};
        paint_scene(small, side);
        MUST(pensel_picture_enlarge(sharp, &p, PENSEL_SHARP, factor, 1, NULL, &error));
        interpolate(plain, small, (int)side, (int)factor);
        double sum = 0;
        for (size_t i = 0; i < SCENE * SCENE; i++)
            sum += (plain[i] - truth[i]) * (plain[i] - truth[i]);
        double gain = 10 * log10(sum / SCENE / SCENE / error_of(sharp, truth, SCENE * SCENE));
        if (!(gain >= 0.5)) fail_msg("%zu times: %.2f dB", factor, gain);
    }
}

static void what_is_flat_stays_flat_and_colours_stay_below_their_alpha(void **state)
{
    pensel_error error;
    float flat[3 * 5 * 4], large[4 * 3 * 5 * 4];
    (void)state;
    for (size_t i = 0; i < 3 * 5 * 4; i++)
        flat[i] = i % 4 == 3 ? 0.75f : 0.25f * (float)(1 + i % 4);
    pensel_picture p = {flat, 5, 3, 4};
    MUST(pensel_picture_enlarge(large, &p, PENSEL_SHARP, 2, 1, NULL, &error));
    for (size_t i = 0; i < 4 * 3 * 5 * 4; i++) {
        assert_near((double)large[i], (double)flat[i % 4], 0.5 / 255);
        assert_true(large[i] <= large[i / 4 * 4 + 3]);
    }
}

static void threads_change_nothing(void **state)
{
    static float small[33 * 47 * 3], one[16 * 33 * 47 * 3], two[16 * 33 * 47 * 3];
    pensel_error error;
    (void)state;
    for (size_t i = 0; i < sizeof small / sizeof *small; i++)
        small[i] = (float)(i * 7919 % 256) / 255;
    pensel_picture p = {small, 33, 47, 3};
    MUST(pensel_picture_enlarge(one, &p, PENSEL_SHARP, 4, 1, NULL, &error));
    MUST(pensel_picture_enlarge(two, &p, PENSEL_SHARP, 4, 2, NULL, &error));
    assert_memory_equal(one, two, sizeof one);
}

/* ------------------------------------------------------------------ pixel by pixel */

/* Of a sword: 0 black, 1 white, and 2. */
static const char art[] = "00000011"
                          "00000121"
                          "00001210"
                          "01012100"
                          "01121000"
                          "00110000"
                          "01011000"
                          "10000000";

static void paint_art(float *pixels)
{
    for (size_t i = 0; i < 64; i++)
        pixels[i] = (float)(art[i] - '0') / 2;
}

/* Scale2x as its authors write it: B above, D left, F right, H below the pixel E. */
static char epx(int x, int y)
{
    int c = x / 2, r = y / 2;
    char e = art[8 * r + c], b = art[8 * (r > 0 ? r - 1 : 0) + c];
    char h = art[8 * (r < 7 ? r + 1 : 7) + c], d = art[8 * r + (c > 0 ? c - 1 : 0)];
    char f = art[8 * r + (c < 7 ? c + 1 : 7)];
    if (b == h || d == f) return e;
    char side = x % 2 ? f : d, end = y % 2 ? h : b;
    return side == end ? side : e;
}

static void epx_and_nearest_are_what_they_are_called(void **state)
{
    float small[64], large[16 * 64];
    pensel_error error;
    (void)state;
    paint_art(small);
    pensel_picture p = {small, 8, 8, 1};
    MUST(pensel_picture_enlarge(large, &p, PENSEL_EPX, 2, 1, NULL, &error));
    size_t changed = 0;
    for (int i = 0; i < 256; i++) {
        assert_near((double)large[i], (epx(i % 16, i / 16) - '0') / 2.0, 0);
        changed += epx(i % 16, i / 16) != art[i / 32 * 8 + i % 16 / 2];
    }
    assert_true(changed > 20);
    MUST(pensel_picture_enlarge(large, &p, PENSEL_NEAREST, 3, 1, NULL, &error));
    for (size_t i = 0; i < 576; i++)
        assert_near((double)large[i], (art[i / 24 / 3 * 8 + i % 24 / 3] - '0') / 2.0, 0);
}

static void what_is_drawn_is_told_from_photographs(void **state)
{
    enum { N = 48 };
    static float pixels[N * N];
    pensel_picture p = {pixels, N, N, 1};
    (void)state;
    for (size_t i = 0; i < N * N; i++) /* art, repeated */
        pixels[i] = (float)(art[i / N % 8 * 8 + i % 8] - '0') / 2;
    assert_true(pensel_picture_is_drawn(&p));
    for (size_t i = 0; i < N * N; i++) /* a thin circle */
        pixels[i] = fabs(hypot((double)(i % N) - 24, (double)(i / N) - 24) - 18) < 0.7 ? 0 : 1;
    assert_true(pensel_picture_is_drawn(&p));
    for (size_t i = 0; i < N * N; i++) /* dithered */
        pixels[i] = (float)((i % N + i / N) % 3) / 2;
    assert_true(pensel_picture_is_drawn(&p));
    for (size_t i = 0; i < N * N; i++) /* a sky: few values, and neighbours alike */
        pixels[i] = rintf(200 - (float)(i / N) + (float)(i * 7919 % 13) / 13) / 255;
    assert_false(pensel_picture_is_drawn(&p));
    for (size_t i = 0; i < N * N; i++) /* grass: neighbours differ */
        pixels[i] = (float)(i * i * 31 % 251) / 255;
    assert_false(pensel_picture_is_drawn(&p));
}

static void what_cannot_be_is_refused(void **state)
{
    float small[4] = {0}, large[64];
    pensel_error error;
    (void)state;
    pensel_picture p = {small, 2, 2, 1};
    assert_int_equal(pensel_picture_enlarge(large, &p, PENSEL_SHARP, 3, 1, NULL, &error),
                     PENSEL_BAD_ARGUMENT);
    assert_non_null(strstr(error.text, "2, 4, 8"));
    assert_int_equal(pensel_picture_enlarge(large, &p, PENSEL_EPX, 0, 1, NULL, &error),
                     PENSEL_BAD_ARGUMENT);
    assert_int_equal(pensel_picture_enlarge(large, &p, (pensel_enlargement)9, 2, 1, NULL, &error),
                     PENSEL_BAD_ARGUMENT);
    assert_int_equal(pensel_picture_enlarge(NULL, &p, PENSEL_EPX, 2, 1, NULL, &error),
                     PENSEL_BAD_ARGUMENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(doubling_is_lanczos_and_what_the_network_adds),
        cmocka_unit_test(it_is_half_a_decibel_ahead_of_lanczos),
        cmocka_unit_test(what_is_flat_stays_flat_and_colours_stay_below_their_alpha),
        cmocka_unit_test(threads_change_nothing),
        cmocka_unit_test(epx_and_nearest_are_what_they_are_called),
        cmocka_unit_test(what_is_drawn_is_told_from_photographs),
        cmocka_unit_test(what_cannot_be_is_refused),
    };
    return RUN(tests);
}
