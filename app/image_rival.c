/* What other formats need for as good a picture: their encoders are tried, by libvips. */
#include "image.h"

#include <glib.h>
#include <math.h>
#include <string.h>
#include <vips/vips.h>

/* Colours without alpha, 8 bits, as an image of libvips on `bytes`, which must outlive it. */
static VipsImage *opaque(const pensel_picture *p, uint8_t *bytes)
{
    size_t n = p->width * p->height * p->channels;
    for (size_t i = 0; i < n; i++)
        bytes[i] = (uint8_t)lrintf(fminf(fmaxf(p->pixels[i], 0), 1) * 255);
    VipsImage *image = vips_image_new_from_memory(bytes, n, (int)p->width, (int)p->height,
                                                  (int)p->channels, VIPS_FORMAT_UCHAR);
    if (image) image->Type = p->channels < 3 ? VIPS_INTERPRETATION_B_W : VIPS_INTERPRETATION_sRGB;
    return image;
}

static double psnr_of(const uint8_t *bytes, const void *file, size_t size, size_t n,
                      const char *options)
{
    VipsImage *image = vips_image_new_from_buffer(file, size, options, NULL), *same = NULL;
    double squares = 0;
    size_t count = 0;
    if (!image) return NAN;
    /* a grey picture comes back from WebP as three equal channels */
    bool fits = (size_t)image->Xsize * (size_t)image->Ysize * (size_t)image->Bands == n;
    if (!fits && vips_extract_band(image, &same, 0, NULL)) same = NULL;
    uint8_t *decoded = vips_image_write_to_memory(fits ? image : same ? same : image, &count);
    for (size_t i = 0; i < n && count == n && decoded; i++) {
        double d = (double)decoded[i] - bytes[i];
        squares += d * d;
    }
    g_object_unref(image);
    if (same) g_object_unref(same);
    g_free(decoded);
    return count == n ? 10 * log10(255.0 * 255.0 * (double)n / squares) : NAN;
}

/* `n` numbers; WebP's last per cent of effort takes ten seconds for the pictures of cameras. */
static int save(VipsImage *image, const char *format, int quality, size_t n, void **file,
                size_t *size)
{
    if (!strcmp(format, ".webp"))
        return vips_webpsave_buffer(image, file, size, "Q", quality, "effort", n < 6000000 ? 6 : 4,
                                    "strip", TRUE, NULL);
    return vips_jpegsave_buffer(image, file, size, "Q", quality, "optimize_coding", TRUE, "strip",
                                TRUE, NULL);
}

/* log(bytes) where the PSNR is `psnr`, on the line through two trials. */
static double between(const double *psnr, const double *size, double goal)
{
    double part = psnr[1] > psnr[0] ? (goal - psnr[0]) / (psnr[1] - psnr[0]) : 1;
    return exp(log(size[0]) + fmin(1, fmax(0, part)) * (log(size[1]) - log(size[0])));
}

/* The trials of a format: the PSNR and the size of the best quality that is not enough and of the
 * least one that is. */
typedef struct trials {
    VipsImage *image;
    const uint8_t *bytes;
    const char *format;
    size_t n;
    double goal;
    double quality[2], psnr[2], sizes[2]; /* NaN: none yet */
} trials;

/* False if the encoder failed. */
static bool try_quality(trials *t, double quality)
{
    void *file = NULL;
    size_t size = 0;
    if (save(t->image, t->format, (int)quality, t->n, &file, &size)) return false;
    double got = psnr_of(t->bytes, file, size, t->n, "");
    int end = got >= t->goal;
    t->quality[end] = quality;
    t->psnr[end] = got;
    t->sizes[end] = (double)size;
    g_free(file);
    return !isnan(got);
}

/* Between the two ends, since PSNR is about even in quality. */
static double next_quality(const trials *t, int i)
{
    double part = (t->goal - t->psnr[0]) / (t->psnr[1] - t->psnr[0]);
    double far = t->quality[1] - t->quality[0];
    if (isnan(part)) part = !isnan(t->sizes[1]) ? 0.6 : i < 2 ? 0.7 : 0.5;
    double next = rint(t->quality[0] + part * far);
    return fmin(t->quality[1] - 1, fmax(t->quality[0] + 1, next));
}

static bool is_near(const trials *t)
{
    return fabs(t->psnr[0] - t->goal) < 0.03 || fabs(t->psnr[1] - t->goal) < 0.03;
}

pensel_rival pensel_image_rival(const pensel_picture *picture, const char *format, double psnr)
{
    enum { TRIALS = 6 };
    size_t n = picture->width * picture->height * picture->channels;
    bool alpha = picture->channels == 2 || picture->channels == 4;
    if (alpha || picture->width > 16383 || picture->height > 16383) return (pensel_rival){0, NAN};
    uint8_t *bytes = g_malloc(n);
    trials t = {opaque(picture, bytes), bytes, format, n, psnr, {0, 101}, {NAN, NAN}, {NAN, NAN}};
    double next = fmin(95, fmax(5, 50 + (psnr - 35) * 6));
    for (int i = 0; t.image && i < TRIALS && t.quality[1] - t.quality[0] > 1; i++) {
        if (!try_quality(&t, next) || is_near(&t)) break;
        next = next_quality(&t, i);
    }
    bool fails = isnan(t.sizes[1]) && !is_near(&t);
    if (t.image && fails && t.quality[0] < 100) try_quality(&t, 100);
    vips_error_clear();
    if (t.image) g_object_unref(t.image);
    g_free(bytes);
    if (isnan(t.sizes[1]) && !is_near(&t)) return (pensel_rival){0, t.psnr[0]};
    if (isnan(t.sizes[1])) return (pensel_rival){(size_t)t.sizes[0], NAN};
    double size =
        isnan(t.sizes[0]) || isinf(t.psnr[1]) ? t.sizes[1] : between(t.psnr, t.sizes, psnr);
    return (pensel_rival){(size_t)size, NAN};
}
