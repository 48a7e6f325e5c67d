/* The comparison: rows of three pictures side by side, made as they are written. */
#include "panel.h"

#include <math.h>
#include <string.h>

#define GAP 8 /* pixels of white between the pictures */

typedef struct panel {
    const pensel_picture *original, *painting;
} panel;

/* One pixel as red, green, blue on white. */
static void put_colour(float *out, const float *pixel, size_t channels)
{
    float alpha = channels % 2 ? 1 : pixel[channels - 1];
    for (size_t c = 0; c < 3; c++)
        out[c] = pixel[channels < 3 ? 0 : c] + (1 - alpha);
}

/* Black where the two are equal, four times the difference elsewhere. */
static void put_error(float *out, const float *a, const float *b, size_t channels)
{
    float sum = 0;
    for (size_t c = 0; c < channels; c++)
        sum += fabsf(a[c] - b[c]);
    float shade = fminf(4 * sum / (float)channels, 1);
    for (size_t c = 0; c < 3; c++)
        out[c] = shade;
}

static pensel_status rows_of(void *data, float *pixels, size_t first, size_t rows,
                             pensel_error *error)
{
    const panel *p = data;
    size_t width = p->original->width, channels = p->original->channels;
    size_t stride = (3 * width + 2 * (size_t)GAP) * 3;
    (void)error;
    for (size_t y = 0; y < rows; y++) {
        const float *a = p->original->pixels + (first + y) * width * channels;
        const float *b = p->painting->pixels + (first + y) * width * channels;
        float *row = pixels + y * stride;
        for (size_t i = 0; i < stride; i++)
            row[i] = 1;
        for (size_t x = 0; x < width; x++) {
            put_colour(row + 3 * x, a + x * channels, channels);
            put_colour(row + 3 * (width + GAP + x), b + x * channels, channels);
            put_error(row + 3 * (2 * (width + GAP) + x), a + x * channels, b + x * channels,
                      channels);
        }
    }
    return PENSEL_OK;
}

pensel_status pensel_panel_write(const char *path, const pensel_picture *original,
                                 const pensel_picture *painting, const pensel_image *like,
                                 pensel_error *error)
{
    panel p = {original, painting};
    pensel_image_source source = {.width = 3 * original->width + 2 * (size_t)GAP,
                                  .height = original->height,
                                  .channels = 3,
                                  .rows = rows_of,
                                  .data = &p,
                                  .bits = 8};
    if (original->channels >=
        3) { /* the panel has colours; a profile of greys would not fit them */
        source.profile = like->profile;
        source.profile_size = like->profile_size;
    }
    return pensel_image_write(path, &source, error);
}
