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

static int save(VipsImage *image, const char *format, int quality, void **file, size_t *size)
{
    if (!strcmp(format, ".webp"))
        return vips_webpsave_buffer(image, file, size, "Q", quality, "effort", 6, "strip", TRUE,
                                    NULL);
    return vips_jpegsave_buffer(image, file, size, "Q", quality, "optimize_coding", TRUE, "strip",
                                TRUE, NULL);
}

size_t pensel_image_rival(const pensel_picture *picture, const char *format, double psnr)
{
    size_t n = picture->width * picture->height * picture->channels, best = 0;
    bool alpha = picture->channels == 2 || picture->channels == 4;
    if (alpha || picture->width > 16383 || picture->height > 16383) return 0;
    uint8_t *bytes = g_malloc(n);
    VipsImage *image = opaque(picture, bytes);
    int low = 0, high = 101; /* the least quality that is enough is in (low, high] */
    while (image && high - low > 1) {
        int quality = (low + high) / 2;
        void *file = NULL;
        size_t size = 0;
        if (save(image, format, quality, &file, &size)) break;
        bool enough = psnr_of(bytes, file, size, n, "") >= psnr;
        if (enough) best = size;
        *(enough ? &high : &low) = quality;
        g_free(file);
    }
    vips_error_clear();
    if (image) g_object_unref(image);
    g_free(bytes);
    return best;
}
