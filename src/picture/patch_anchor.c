/* What patches fill has the texture of the picture, but far from the border not its brightness: the
 * patch that fits best may come from elsewhere. So its coarse part goes some of the way to a
 * membrane over the hole, where every pixel is the mean of its neighbours: nothing is nearer to
 * what was there, as long as nobody knows what it was. The fine part stays. */
#include "base/error.h"
#include "base/memory.h"
#include "picture/patches.h"

#define SHARE 0.6f /* of the way */

/* A node's neighbours, as far as there are any. */
static float mean_around(const pensel_patch_scale *s, const float *values, size_t i)
{
    size_t x = i % s->width, w = s->width;
    float sum = 0, count = 0;
    if (x > 0) sum += values[i - 1], count++;
    if (x + 1 < w) sum += values[i + 1], count++;
    if (i >= w) sum += values[i - w], count++;
    if (i + w < w * s->height) sum += values[i + w], count++;
    return sum / count;
}

/* One channel of the scale, its hole a membrane: Gauss and Seidel's rounds, from `values` as they
 * are. A hole of n pixels across takes about n rounds from a mean of its surroundings. */
static void settle(float *values, const pensel_patch_scale *s)
{
    size_t n = s->width * s->height, rounds = 16 + 8 * s->deepest;
    for (size_t round = 0; round < rounds; round++)
        for (size_t k = 0; k < n; k++) {
            size_t i = round % 2 ? n - 1 - k : k;
            if (s->hole[i]) values[i] = mean_around(s, values, i);
        }
}

/* The mean of a channel of `fine` over what pixel i of the coarse scale covers. */
static float mean_within(const pensel_patch_scale *fine, const pensel_patch_scale *s, size_t i,
                         size_t factor, size_t channel)
{
    size_t left = i % s->width * factor, top = i / s->width * factor;
    size_t count = 0;
    float sum = 0;
    for (size_t y = top; y < top + factor && y < fine->height; y++)
        for (size_t x = left; x < left + factor && x < fine->width; x++, count++)
            sum += fine->pixels[(y * fine->width + x) * fine->channels + channel];
    return sum / (float)count;
}

/* Between the nodes of the coarse scale, by straight lines; at the edges they go on even. */
static float between(const float *values, const pensel_patch_scale *s, size_t x, size_t y,
                     size_t factor)
{
    float u = ((float)x + 0.5f) / (float)factor - 0.5f,
          v = ((float)y + 0.5f) / (float)factor - 0.5f;
    u = u > 0 ? u : 0;
    v = v > 0 ? v : 0;
    size_t a = (size_t)u, b = (size_t)v;
    size_t right = a + 1 < s->width ? a + 1 : a, below = b + 1 < s->height ? b + 1 : b;
    float p = u - (float)a, q = v - (float)b;
    float above = values[b * s->width + a] * (1 - p) + values[b * s->width + right] * p;
    float under = values[below * s->width + a] * (1 - p) + values[below * s->width + right] * p;
    return above * (1 - q) + under * q;
}

pensel_status pensel_patch_anchor(pensel_patch_scale *fine, const pensel_patch_scale *s,
                                  size_t factor, pensel_error *error)
{
    float *values;
    size_t n = s->width * s->height;
    PENSEL_TRY(PENSEL_NEW(values, n, error));
    for (size_t c = 0; c < s->channels; c++) {
        for (size_t i = 0; i < n; i++)
            values[i] = s->pixels[i * s->channels + c];
        settle(values, s);
        for (size_t i = 0; i < n; i++)
            values[i] = s->hole[i] ? SHARE * (values[i] - mean_within(fine, s, i, factor, c)) : 0;
        for (size_t i = 0; i < fine->width * fine->height; i++) {
            float *pixel = fine->pixels + i * fine->channels + c;
            if (!fine->hole[i]) continue;
            *pixel += between(values, s, i % fine->width, i / fine->width, factor);
            *pixel = *pixel > 0 ? *pixel < 1 ? *pixel : 1 : 0;
        }
    }
    pensel_release(values);
    return PENSEL_OK;
}
