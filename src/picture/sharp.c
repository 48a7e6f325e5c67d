/* Doubling a picture by the network of sharp.h. The rows are taken a few at a time: their patches
 * are the samples of one prediction. */
#include "picture/sharp.h"

#include "base/error.h"
#include "base/memory.h"
#include "layer/lanczos.h"

#include <math.h>

enum { HALF = PENSEL_SHARP_SIDE / 2, CENTRE = HALF * PENSEL_SHARP_SIDE + HALF, BATCH = 16384 };

pensel_status pensel_sharp_network(pensel_network **network, pensel_error *error)
{
    const pensel_layer layers[] = {{PENSEL_SHARP_HIDDEN, PENSEL_RELU, 0},
                                   {PENSEL_SHARP_INNER, PENSEL_RELU, 0},
                                   {PENSEL_SHARP_OUTPUTS, PENSEL_IDENTITY, 0}};
    const pensel_shape shape = {.inputs = PENSEL_SHARP_INPUTS, .layers = layers, .layer_count = 3};
    return pensel_network_new(network, &shape, PENSEL_FLOAT32, error);
}

/* i + d among 0 .. n - 1, mirrored at the outer pixels as often as it takes. */
static size_t mirrored(size_t i, int d, size_t n)
{
    long at = (long)i + d, last = (long)n - 1;
    if (last == 0) return 0;
    while (at < 0 || at > last)
        at = at < 0 ? -at : 2 * last - at;
    return (size_t)at;
}

void pensel_sharp_patch(float *patch, const pensel_picture *picture, size_t x, size_t y, size_t c)
{
    size_t columns[PENSEL_SHARP_SIDE], row = picture->width * picture->channels;
    const float *plane = picture->pixels + c;
    float own = plane[y * row + x * picture->channels];
    for (int d = -HALF; d <= HALF; d++)
        columns[d + HALF] = mirrored(x, d, picture->width) * picture->channels;
    for (int d = -HALF; d <= HALF; d++) {
        const float *line = plane + mirrored(y, d, picture->height) * row;
        for (size_t i = 0; i < PENSEL_SHARP_SIDE; i++)
            *patch++ = (line[columns[i]] - own) * PENSEL_SHARP_GAIN;
    }
}

void pensel_sharp_base(float *base, const float *patch)
{
    double late[PENSEL_TAPS]; /* of the pixel a quarter behind the centre */
    float across[PENSEL_SHARP_SIDE][2];
    pensel_lanczos(late, 0.25);
    for (size_t r = 0; r < PENSEL_SHARP_SIDE; r++) {
        float before = 0, behind = 0;
        for (size_t i = 0; i < PENSEL_TAPS; i++) {
            behind += (float)late[i] * patch[r * PENSEL_SHARP_SIDE + i + 1];
            before += (float)late[i] * patch[r * PENSEL_SHARP_SIDE + 5 - i];
        }
        across[r][0] = before;
        across[r][1] = behind;
    }
    for (size_t s = 0; s < 2; s++) {
        float above = 0, below = 0;
        for (size_t i = 0; i < PENSEL_TAPS; i++) {
            below += (float)late[i] * across[i + 1][s];
            above += (float)late[i] * across[5 - i][s];
        }
        base[s] = above / PENSEL_SHARP_GAIN;
        base[2 + s] = below / PENSEL_SHARP_GAIN;
    }
}

/* The four pixels that take the place of pixel i of the picture in channel c. */
static void put_four(float *large, const pensel_picture *p, size_t i, size_t c, const float *patch,
                     const float *added)
{
    float base[PENSEL_SHARP_OUTPUTS], own = p->pixels[i * p->channels + c];
    size_t x = i % p->width, y = i / p->width;
    pensel_sharp_base(base, patch);
    for (size_t k = 0; k < PENSEL_SHARP_OUTPUTS; k++) {
        size_t at = (2 * y + k / 2) * 2 * p->width + 2 * x + k % 2;
        float value = own + base[k] + added[k] / PENSEL_SHARP_SHARE;
        large[at * p->channels + c] = fminf(fmaxf(value, 0), 1);
    }
}

/* Premultiplied colours are no more than their alpha. */
static void limit_to_alpha(float *pixels, size_t count, size_t channels)
{
    for (size_t i = 0; i < count && channels % 2 == 0; i++)
        for (size_t c = 0; c + 1 < channels; c++)
            pixels[i * channels + c] =
                fminf(pixels[i * channels + c], pixels[(i + 1) * channels - 1]);
}

pensel_status pensel_sharp_double(float *large, const pensel_picture *picture,
                                  const pensel_network *network, size_t threads,
                                  pensel_error *error)
{
    size_t n = picture->width * picture->height * picture->channels, channels = picture->channels;
    float *patches, *added = NULL;
    PENSEL_TRY(PENSEL_NEW(patches, (size_t)BATCH * PENSEL_SHARP_INPUTS, error));
    pensel_status status = PENSEL_NEW(added, (size_t)BATCH * PENSEL_SHARP_OUTPUTS, error);
    for (size_t first = 0; first < n && !status; first += BATCH) {
        size_t count = n - first < BATCH ? n - first : BATCH;
        pensel_matrix x = {patches, count, PENSEL_SHARP_INPUTS, PENSEL_FLOAT32};
        for (size_t i = 0; i < count; i++) {
            size_t pixel = (first + i) / channels;
            pensel_sharp_patch(patches + i * PENSEL_SHARP_INPUTS, picture, pixel % picture->width,
                               pixel / picture->width, (first + i) % channels);
        }
        status = pensel_network_predict(network, added, x, threads, error);
        for (size_t i = 0; i < count && !status; i++)
            put_four(large, picture, (first + i) / channels, (first + i) % channels,
                     patches + i * PENSEL_SHARP_INPUTS, added + i * PENSEL_SHARP_OUTPUTS);
    }
    if (!status) limit_to_alpha(large, 4 * picture->width * picture->height, channels);
    pensel_release(added);
    pensel_release(patches);
    return status;
}
