/* Scaling by a triangle as wide as a pixel of the smaller picture: averages where it becomes
 * smaller, straight lines between pixels where it becomes larger. */
#include "image.h"

#include <glib.h>
#include <math.h>
#include <string.h>

/* One row of numbers `count` long, every `step`-th, becomes `wanted` numbers. */
static void scale_row(float *out, size_t wanted, const float *in, size_t count, size_t step)
{
    double factor = (double)wanted / (double)count, reach = fmax(1, 1 / factor);
    for (size_t i = 0; i < wanted; i++) {
        double centre = ((double)i + 0.5) / factor - 0.5, sum = 0, weights = 0;
        size_t first = (size_t)fmax(0, ceil(centre - reach));
        size_t last = (size_t)fmin((double)count - 1, floor(centre + reach));
        for (size_t k = first; k <= last; k++) {
            double weight = 1 - fabs((double)k - centre) / reach;
            sum += weight * (double)in[k * step];
            weights += weight;
        }
        out[i * step] = (float)(sum / weights);
    }
}

uint8_t *pensel_image_scale(const uint8_t *from, size_t *width, size_t *height, size_t bands,
                            double factor)
{
    size_t w = *width, h = *height, wide = (size_t)fmax(1, rint((double)w * factor));
    size_t high = (size_t)fmax(1, rint((double)h * factor)), n = wide * high * bands;
    float *whole = g_try_malloc_n(w * h * bands, sizeof(float));
    float *across = g_try_malloc_n(wide * h * bands, sizeof(float));
    float *down = g_try_malloc_n(n, sizeof(float));
    uint8_t *bytes = whole && across && down ? g_try_malloc(n) : NULL;
    for (size_t i = 0; bytes && i < w * h * bands; i++)
        whole[i] = from[i];
    for (size_t y = 0; bytes && y < h; y++)
        for (size_t c = 0; c < bands; c++)
            scale_row(across + y * wide * bands + c, wide, whole + y * w * bands + c, w, bands);
    for (size_t x = 0; bytes && x < wide * bands; x++)
        scale_row(down + x, high, across + x, h, wide * bands);
    for (size_t i = 0; bytes && i < n; i++)
        bytes[i] = (uint8_t)lrintf(down[i]);
    g_free(whole);
    g_free(across);
    g_free(down);
    *width = wide;
    *height = high;
    return bytes;
}
