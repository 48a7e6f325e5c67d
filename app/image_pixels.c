#include "image_pixels.h"

#include "message.h"
#include "text_grid.h"

#include <glib.h>
#include <string.h>
#include <unistd.h>

pensel_status pensel_pixels_check(size_t width, size_t height, const char *path, size_t max_pixels,
                                  pensel_error *error)
{
    double pixels = (double)width * (double)height;
    /* the pixels as numbers, and as much again four times for the work on them */
    double memory = pixels * 4 * sizeof(float) * 5;
    double there = (double)sysconf(_SC_PHYS_PAGES) * (double)sysconf(_SC_PAGESIZE);
    if (pixels > (double)max_pixels) {
        char *has = pensel_text_count(pixels), *most = pensel_text_count((double)max_pixels);
        pensel_wrong(
            error, PENSEL_BAD_DATA,
            "%.200s is %zu x %zu, %s pixels: at most %s are allowed, more with --max-pixels", path,
            width, height, has, most);
        g_free(has);
        g_free(most);
        return PENSEL_BAD_DATA;
    }
    if (memory > there)
        return pensel_wrong(
            error, PENSEL_OUT_OF_MEMORY,
            "%.200s is %zu x %zu and needs %.1f GB, more than this machine has: a smaller "
            "picture is needed",
            path, width, height, memory / 1e9);
    return PENSEL_OK;
}

void pensel_pixels_in(float *pixels, const void *numbers, size_t count, int bits)
{
    const uint8_t *bytes = numbers;
    const uint16_t *words = numbers;
    if (bits == 16)
        for (size_t i = 0; i < count; i++)
            pixels[i] = (float)words[i] / 65535.0f;
    else
        for (size_t i = 0; i < count; i++)
            pixels[i] = (float)bytes[i] / 255.0f;
}

/* True when some alpha is below 1. */
static bool multiply_alpha(float *pixels, size_t count, size_t channels)
{
    bool seen = false;
    for (size_t i = 0; i < count; i++) {
        float *pixel = pixels + i * channels, alpha = pixel[channels - 1];
        seen = seen || alpha < 1;
        for (size_t c = 0; c + 1 < channels; c++)
            pixel[c] *= alpha;
    }
    return seen;
}

void pensel_pixels_premultiply(pensel_picture *picture)
{
    size_t count = picture->width * picture->height, kept = picture->channels - 1;
    if (picture->channels % 2) return;
    if (multiply_alpha(picture->pixels, count, picture->channels)) return;
    for (size_t i = 0; i < count; i++)
        memmove(picture->pixels + i * kept, picture->pixels + i * picture->channels,
                kept * sizeof(float));
    picture->channels = kept;
}

/* Colours of `count` pixels by themselves, no longer times alpha. */
static void part_alpha(float *row, size_t count, size_t channels)
{
    for (size_t i = 0; i < count; i++, row += channels)
        for (size_t c = 0; c + 1 < channels && row[channels - 1] > 0; c++)
            row[c] /= row[channels - 1];
}

/* The nearest whole number of `most`, as lrintf gives it: 2^23 leaves no place for a fraction. */
static inline float integer_of(float value, float most)
{
    value = value > 0 ? value < 1 ? value * most : most : 0;
    return (value + 8388608.0f) - 8388608.0f;
}

void pensel_pixels_out(void *numbers, float *pixels, size_t count, size_t channels, int bits)
{
    uint8_t *bytes = numbers;
    uint16_t *words = numbers;
    if (channels % 2 == 0) part_alpha(pixels, count, channels);
    if (bits == 16)
        for (size_t i = 0; i < count * channels; i++)
            words[i] = (uint16_t)integer_of(pixels[i], 65535);
    else
        for (size_t i = 0; i < count * channels; i++)
            bytes[i] = (uint8_t)integer_of(pixels[i], 255);
}

static pensel_status copy_rows(void *data, float *pixels, size_t first, size_t rows,
                               pensel_error *error)
{
    const pensel_picture *p = data;
    size_t stride = p->width * p->channels;
    (void)error;
    memcpy(pixels, p->pixels + first * stride, rows * stride * sizeof(float));
    return PENSEL_OK;
}

pensel_image_source pensel_image_of(const pensel_picture *picture)
{
    return (pensel_image_source){.width = picture->width,
                                 .height = picture->height,
                                 .channels = picture->channels,
                                 .rows = copy_rows,
                                 .data = (void *)picture,
                                 .bits = 8};
}
