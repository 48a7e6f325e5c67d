/* Doubling a picture by the network of sharp.h. The rows are taken a few at a time: their patches
 * are the samples of one prediction. Threads share the reading of patches and the writing of
 * pixels, too.
 *
 *     patch (7, 7) = (around - own) GAIN
 *     large_k = own + lanczos_k(patch) + network_k(patch) / SHARE
 *
 * Everything is a difference from the pixel itself, so the network need not learn brightness,
 * and an area of one colour stays as it is but for the network's biases. A sample is one channel
 * of one pixel, in the order of the picture's numbers: channels are enlarged alike, and none
 * sees another. Samples depend on nothing but the picture: threads and batches make no
 * difference. */
#include "picture/sharp.h"

#include "base/error.h"
#include "base/memory.h"
#include "layer/lanczos.h"

#include <math.h>

enum { HALF = PENSEL_SHARP_SIDE / 2, BATCH = 16384, PART = 512 };

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

/* Far from the edge of the picture, as most are: no pixel is mirrored. `corner` is the top left
 * one of the patch, `row` the numbers of a row. */
static void copy_patch(float *patch, const float *corner, size_t row, size_t channels, float own)
{
    for (size_t r = 0; r < PENSEL_SHARP_SIDE; r++, corner += row)
        for (size_t i = 0; i < PENSEL_SHARP_SIDE; i++)
            *patch++ = (corner[i * channels] - own) * PENSEL_SHARP_GAIN;
}

void pensel_sharp_patch(float *patch, const pensel_picture *picture, size_t x, size_t y, size_t c)
{
    size_t columns[PENSEL_SHARP_SIDE], row = picture->width * picture->channels;
    const float *plane = picture->pixels + c;
    float own = plane[y * row + x * picture->channels];
    if (x >= HALF && y >= HALF && x + HALF < picture->width && y + HALF < picture->height) {
        copy_patch(patch, plane + (y - HALF) * row + (x - HALF) * picture->channels, row,
                   picture->channels, own);
        return;
    }
    for (int d = -HALF; d <= HALF; d++)
        columns[d + HALF] = mirrored(x, d, picture->width) * picture->channels;
    for (int d = -HALF; d <= HALF; d++) {
        const float *line = plane + mirrored(y, d, picture->height) * row;
        for (size_t i = 0; i < PENSEL_SHARP_SIDE; i++)
            *patch++ = (line[columns[i]] - own) * PENSEL_SHARP_GAIN;
    }
}

void pensel_sharp_taps(float taps[PENSEL_SHARP_TAPS])
{
    double late[PENSEL_TAPS]; /* of the pixel a quarter behind the centre */
    pensel_lanczos(late, 0.25);
    for (size_t i = 0; i < PENSEL_TAPS; i++)
        taps[i] = (float)late[i];
}

/* Lanczos' interpolation along rows, then down the column of results, a quarter of a pixel
 * before and behind the centre. The six taps are not symmetric: behind they weigh the pixels -2
 * to 3 of the row, which are 1 to 6 of the patch; before, the same in reverse, 5 to 0. */
void pensel_sharp_base(float *base, const float *patch, const float taps[PENSEL_SHARP_TAPS])
{
    float before[PENSEL_SHARP_SIDE] = {0}, behind[PENSEL_SHARP_SIDE] = {0};
    for (size_t i = 0; i < PENSEL_TAPS; i++)
        for (size_t r = 0; r < PENSEL_SHARP_SIDE; r++) {
            behind[r] += taps[i] * patch[r * PENSEL_SHARP_SIDE + i + 1];
            before[r] += taps[i] * patch[r * PENSEL_SHARP_SIDE + 5 - i];
        }
    for (size_t s = 0; s < 2; s++) {
        const float *across = s ? behind : before;
        float above = 0, below = 0;
        for (size_t i = 0; i < PENSEL_TAPS; i++) {
            below += taps[i] * across[i + 1];
            above += taps[i] * across[5 - i];
        }
        base[s] = above / PENSEL_SHARP_GAIN;
        base[2 + s] = below / PENSEL_SHARP_GAIN;
    }
}

/* A batch at work: samples `first` and after it, a sample for each channel of each pixel. */
typedef struct doubling {
    float *large;
    const pensel_picture *picture;
    float *patches, *added;
    float taps[PENSEL_SHARP_TAPS];
    size_t first, count;
} doubling;

/* Behind the last sample of part `index`. */
static size_t end_of(const doubling *d, size_t index)
{
    size_t end = (index + 1) * PART;
    return end < d->count ? end : d->count;
}

/* Part `index` of the batch, by PART samples: channel, column and row count on as the samples
 * do. */
static void read_patches(void *data, size_t index, size_t worker)
{
    const doubling *d = data;
    const pensel_picture *p = d->picture;
    size_t at = d->first + index * PART, pixel = at / p->channels, c = at % p->channels;
    size_t x = pixel % p->width, y = pixel / p->width;
    (void)worker;
    for (size_t i = index * PART; i < end_of(d, index); i++) {
        pensel_sharp_patch(d->patches + i * PENSEL_SHARP_INPUTS, p, x, y, c);
        if (++c < p->channels) continue;
        c = 0;
        if (++x < p->width) continue;
        x = 0;
        y++;
    }
}

/* The four pixels into which pixel (x, y) of the picture is divided, in channel c. */
static void put_four(const doubling *d, size_t x, size_t y, size_t c, size_t sample)
{
    const pensel_picture *p = d->picture;
    const float *added = d->added + sample * PENSEL_SHARP_OUTPUTS;
    float base[PENSEL_SHARP_OUTPUTS], own = p->pixels[(y * p->width + x) * p->channels + c];
    pensel_sharp_base(base, d->patches + sample * PENSEL_SHARP_INPUTS, d->taps);
    for (size_t k = 0; k < PENSEL_SHARP_OUTPUTS; k++) {
        size_t at = (2 * y + k / 2) * 2 * p->width + 2 * x + k % 2;
        float value = own + base[k] + added[k] / PENSEL_SHARP_SHARE;
        d->large[at * p->channels + c] = fminf(fmaxf(value, 0), 1);
    }
}

/* Part `index`: no two samples have a pixel of the large picture in common. */
static void write_pixels(void *data, size_t index, size_t worker)
{
    const doubling *d = data;
    size_t channels = d->picture->channels, width = d->picture->width;
    (void)worker;
    for (size_t i = index * PART; i < end_of(d, index); i++) {
        size_t pixel = (d->first + i) / channels;
        put_four(d, pixel % width, pixel / width, (d->first + i) % channels, i);
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

/* Batch by batch: patches by threads, one prediction of all, pixels by threads. What memory is
 * needed does not grow with the picture. */
pensel_status pensel_sharp_double(float *large, const pensel_picture *picture,
                                  const pensel_network *network, const pensel_pool *pool,
                                  pensel_error *error)
{
    size_t n = picture->width * picture->height * picture->channels;
    doubling d = {.large = large, .picture = picture};
    PENSEL_TRY(PENSEL_NEW(d.patches, (size_t)BATCH * PENSEL_SHARP_INPUTS, error));
    pensel_status status = PENSEL_NEW(d.added, (size_t)BATCH * PENSEL_SHARP_OUTPUTS, error);
    pensel_sharp_taps(d.taps);
    for (; d.first < n && !status; d.first += BATCH) {
        d.count = n - d.first < BATCH ? n - d.first : BATCH;
        size_t parts = (d.count + PART - 1) / PART;
        pensel_matrix x = {d.patches, d.count, PENSEL_SHARP_INPUTS, PENSEL_FLOAT32};
        pensel_pool_run(pool, read_patches, &d, parts);
        status = pensel_network_predict(network, d.added, x, pool->size, error);
        if (!status) pensel_pool_run(pool, write_pixels, &d, parts);
    }
    if (!status) limit_to_alpha(large, 4 * picture->width * picture->height, picture->channels);
    pensel_release(d.added);
    pensel_release(d.patches);
    return status;
}
