/* How close a painting is to its picture: PSNR and SSIM of 8-bit pixels. Both first round as a
 * file of 8 bits does, so that what is measured is what is seen: a painting of such a picture is
 * exact as soon as its error is less than half a step everywhere. Sums are of whole numbers, so
 * they do not depend on their order. */
#include "base/error.h"
#include "platform/float.h"
#include "base/memory.h"
#include "picture/picture.h"

#include <math.h>

/* The 64 leaves room for the bytes of whatever is computed of each number: products of sizes
 * need no check further on. */
pensel_status pensel_picture_check(const pensel_picture *picture, pensel_error *error)
{
    size_t count;
    PENSEL_REQUIRE(picture && picture->pixels && picture->width != 0 && picture->height != 0,
                   BAD_ARGUMENT,
                   "the picture has no pixels: 1 row and 1 column or more are needed");
    PENSEL_REQUIRE(picture->channels >= 1 && picture->channels <= 4, BAD_ARGUMENT,
                   "the picture has %zu channels: 1 grey, 2 with alpha, 3 RGB, 4 with alpha",
                   picture->channels);
    PENSEL_REQUIRE(pensel_multiply(&count, picture->width, picture->height) &&
                       pensel_multiply(&count, count, picture->channels * 64),
                   BAD_ARGUMENT, "a picture of %zu x %zu does not fit in memory", picture->width,
                   picture->height);
    return PENSEL_OK;
}

pensel_status pensel_pictures_alike(const pensel_picture *a, const pensel_picture *b,
                                    pensel_error *error)
{
    PENSEL_TRY(pensel_picture_check(a, error));
    PENSEL_TRY(pensel_picture_check(b, error));
    PENSEL_REQUIRE(a->width == b->width && a->height == b->height && a->channels == b->channels,
                   BAD_ARGUMENT,
                   "the pictures are %zu x %zu with %zu channels and %zu x %zu with %zu: they "
                   "must be alike",
                   a->width, a->height, a->channels, b->width, b->height, b->channels);
    return PENSEL_OK;
}

/* The nearest of 0 to 255; what is no number is 0. */
static int eight_bits(float value)
{
    if (!(value > 0)) return 0;
    return value < 1 ? (int)(value * 255 + 0.5f) : 255;
}

pensel_status pensel_picture_psnr(double *psnr, const pensel_picture *a, const pensel_picture *b,
                                  pensel_error *error)
{
    PENSEL_FLOAT_SCOPE;
    PENSEL_REQUIRE(psnr, BAD_ARGUMENT, "psnr is NULL: room for it is needed");
    PENSEL_TRY(pensel_pictures_alike(a, b, error));
    size_t count = a->width * a->height * a->channels;
    double squares = 0;
    for (size_t i = 0; i < count; i++) {
        int e = eight_bits(a->pixels[i]) - eight_bits(b->pixels[i]);
        squares += e * e;
    }
    /* 10 log10(255^2 / MSE) */
    *psnr = squares > 0 ? 10 * log10(255.0 * 255.0 * (double)count / squares) : INFINITY;
    return PENSEL_OK;
}

enum { WINDOW = 7 };

/* Sums over the window: of a, b, a a, b b, a b. Whole numbers, so they are exact. */
typedef struct moments {
    int64_t a, b, aa, bb, ab;
} moments;

static void moments_add(moments *m, const moments *n, int64_t sign)
{
    m->a += sign * n->a;
    m->b += sign * n->b;
    m->aa += sign * n->aa;
    m->bb += sign * n->bb;
    m->ab += sign * n->ab;
}

/* Adds row y of channel k to the sums of the columns, or takes it away. */
static void columns_add(moments *columns, const pensel_picture *a, const pensel_picture *b,
                        size_t y, size_t k, int64_t sign)
{
    for (size_t x = 0; x < a->width; x++) {
        size_t i = (y * a->width + x) * a->channels + k;
        int64_t p = eight_bits(a->pixels[i]), q = eight_bits(b->pixels[i]);
        moments_add(&columns[x], &(moments){p, q, p * p, q * q, p * q}, sign);
    }
}

/* Wang et al. 2004, equation 13, with the sample covariance, K1 = 0.01 and K2 = 0.03. */
static double similarity(const moments *m)
{
    const double count = WINDOW * WINDOW, c1 = 0.01 * 0.01 * 255 * 255,
                 c2 = 0.03 * 0.03 * 255 * 255;
    double a = (double)m->a / count, b = (double)m->b / count, sample = count / (count - 1);
    double va = sample * ((double)m->aa / count - a * a),
           vb = sample * ((double)m->bb / count - b * b);
    double vab = sample * ((double)m->ab / count - a * b);
    return (2 * a * b + c1) * (2 * vab + c2) / ((a * a + b * b + c1) * (va + vb + c2));
}

/* Mean similarity of all windows that lie within the picture. columns[x] holds the moments of
 * the WINDOW rows at work; a window is a sum of WINDOW of these. Moved on by one column, or by
 * one row, only what enters is added and what leaves is taken away: the work of a pixel does not
 * grow with the window. */
static double channel_similarity(moments *columns, const pensel_picture *a, const pensel_picture *b,
                                 size_t k)
{
    double sum = 0;
    for (size_t x = 0; x < a->width; x++)
        columns[x] = (moments){0, 0, 0, 0, 0};
    for (size_t y = 0; y < a->height; y++) {
        columns_add(columns, a, b, y, k, 1);
        if (y + 1 < WINDOW) continue;
        moments window = {0, 0, 0, 0, 0};
        for (size_t x = 0; x < a->width; x++) {
            moments_add(&window, &columns[x], 1);
            if (x + 1 < WINDOW) continue;
            sum += similarity(&window);
            moments_add(&window, &columns[x + 1 - WINDOW], -1);
        }
        columns_add(columns, a, b, y + 1 - WINDOW, k, -1);
    }
    return sum / ((double)(a->width + 1 - WINDOW) * (double)(a->height + 1 - WINDOW));
}

pensel_status pensel_picture_ssim(double *ssim, const pensel_picture *a, const pensel_picture *b,
                                  pensel_error *error)
{
    PENSEL_FLOAT_SCOPE;
    moments *columns;
    PENSEL_REQUIRE(ssim, BAD_ARGUMENT, "ssim is NULL: room for it is needed");
    PENSEL_TRY(pensel_pictures_alike(a, b, error));
    PENSEL_REQUIRE(a->width >= WINDOW && a->height >= WINDOW, BAD_ARGUMENT,
                   "SSIM of a picture of %zu x %zu: its windows need %d x %d pixels or more",
                   a->width, a->height, WINDOW, WINDOW);
    PENSEL_TRY(PENSEL_NEW(columns, a->width, error));
    double sum = 0;
    for (size_t k = 0; k < a->channels; k++)
        sum += channel_similarity(columns, a, b, k);
    *ssim = sum / (double)a->channels;
    pensel_release(columns);
    return PENSEL_OK;
}
