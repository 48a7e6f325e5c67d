/* Where a stripe's latents stand: in the bands of a tile's wavelet transform.
 *
 * The transform leaves a plane (height, width) as a nest of quarters: what is low in both
 * directions at the top left, taken apart again; beside it orientation 0, below it 1, and 2 in the
 * corner. Row y of a band of level l is made of rows about 2^l y of the tile, so 256 rows of the
 * tile are 256 >> l rows of it, and a stripe has those. The last stripe of a tile takes what there
 * is, which may be no row at all of a coarse band.
 *
 * A band's latents are a block of its own inside stripe->latents, with a margin of zeros on all
 * four sides: contexts look beyond edges without asking. Nothing but 0 may ever be written
 * there. `down` and `along` lead from a latent to its coefficient in the tile, whether the band
 * is turned or not. */
#include "codec/codec.h"

#include "base/error.h"
#include "base/memory.h"

#include <string.h>

size_t pensel_tile_levels(size_t width, size_t height)
{
    size_t side = width < height ? width : height, levels = 0;
    while (levels < PENSEL_WAVELETS && side >> levels >= 12)
        levels++;
    return levels;
}

/* Length of the low part of n samples after `level` halvings, of which the low one has the odd
 * sample. */
static size_t low_length(size_t n, size_t level)
{
    for (size_t i = 0; i < level; i++)
        n = (n + 1) / 2;
    return n;
}

typedef struct area {
    size_t x, y, width, height;
} area;

/* The area of a band among a tile's coefficients, of rows that belong to the stripe. */
static area area_of(size_t width, size_t height, size_t levels, size_t level, size_t orientation,
                    size_t index)
{
    size_t l = level ? level : levels;
    size_t low_w = low_length(width, l), low_h = low_length(height, l);
    size_t first = index * PENSEL_STRIPE >> l, last = (index + 1) * PENSEL_STRIPE >> l;
    area a = {0, 0, low_w, low_h};
    if (level && orientation != 1) {
        a.x = low_w;
        a.width = low_length(width, l - 1) - low_w;
    }
    if (level && orientation != 0) {
        a.y = low_h;
        a.height = low_length(height, l - 1) - low_h;
    }
    if (last > a.height) last = a.height;
    if (first > last) first = last;
    a.y += first;
    a.height = last - first;
    return a;
}

static size_t stride_of(const pensel_band *band)
{
    return band->width + 2 * (size_t)PENSEL_BAND_MARGIN;
}

/* Numbers of a band with its margins. */
static size_t room_of(const pensel_band *band)
{
    return stride_of(band) * (band->height + 2 * (size_t)PENSEL_BAND_MARGIN);
}

/* Its size as it is stored, and the way to its coefficients; `width` is that of the plane. */
static void set_band(pensel_band *band, area a, float *plane, size_t width)
{
    bool turned = band->level && band->orientation == 1;
    band->width = turned ? a.height : a.width;
    band->height = turned ? a.width : a.height;
    band->down = turned ? 1 : width;
    band->along = turned ? width : 1;
    band->stride = stride_of(band);
    band->place = plane ? plane + a.y * width + a.x : NULL;
}

pensel_status pensel_stripe_new(pensel_stripe *stripe, size_t index, size_t width, size_t height,
                                float *const *planes, size_t count, size_t colours,
                                pensel_error *error)
{
    size_t total = 0;
    memset(stripe, 0, sizeof *stripe);
    stripe->planes = count;
    stripe->colours = colours;
    stripe->levels = pensel_tile_levels(width, height);
    for (size_t p = 0; p < count; p++)
        for (size_t l = 0; l <= stripe->levels; l++)
            for (size_t o = 0; o < (l ? 3u : 1u); o++) {
                pensel_band *band = &stripe->bands[p][l][o];
                *band = (pensel_band){.plane = p, .level = l, .orientation = o};
                set_band(band, area_of(width, height, stripe->levels, l, o, index), planes[p],
                         width);
                total += room_of(band);
            }
    /* one block, zeroed, for all bands: their margins stay 0 */
    PENSEL_TRY(PENSEL_NEW(stripe->latents, total, error));
    int16_t *next = stripe->latents;
    for (size_t p = 0; p < count; p++)
        for (size_t l = 0; l <= stripe->levels; l++)
            for (size_t o = 0; o < (l ? 3u : 1u); o++) {
                pensel_band *band = &stripe->bands[p][l][o];
                band->q = next + PENSEL_BAND_MARGIN * (band->stride + 1);
                next += room_of(band);
            }
    return PENSEL_OK;
}

void pensel_stripe_clear(pensel_stripe *stripe)
{
    pensel_release(stripe->latents);
    memset(stripe, 0, sizeof *stripe);
}

/* 7 bits times a power of two: exact as a float. */
float pensel_step_of(unsigned code)
{
    return (float)(64 + code % 64) / 128.0f * (float)(1u << code / 64);
}

/* 16 log2(step), about: from the code alone, a straight line within each octave. */
int pensel_step_log(unsigned code)
{
    return (int)(code / 64 * 16 + code % 64 / 4) - 16;
}

/* Coefficients of a row: 0, or (|v| + offset) step with v's sign, by the offset of |v| = 1, 2, 3 or
 * more. Without a branch, and a function of its own, so that the compiler takes several at once. */
static void dequantise_row(float *restrict to, const int16_t *restrict q, const float offsets[3],
                           float step, size_t count)
{
    const float one = offsets[0], two = offsets[1], more = offsets[2];
    for (size_t x = 0; x < count; x++) {
        int v = q[x], size = v < 0 ? -v : v;
        float offset = size == 1 ? one : size == 2 ? two : more;
        float value = ((float)size + offset) * step;
        value = v < 0 ? -value : value;
        to[x] = v ? value : 0;
    }
}

/* The coefficients of a band from its latents, a piece of a row at a time. Level 0 has no
 * offsets. */
static void dequantise_band(const pensel_band *band, float step, const int8_t *offsets)
{
    enum { PIECE = 64 };
    float own[3] = {0}, values[PIECE];
    for (size_t k = 0; k < 3 && band->level; k++)
        own[k] = (float)offsets[3 * ((band->level < 3 ? band->level : 3) - 1) + k] / 64.0f;
    for (size_t y = 0; y < band->height; y++) {
        const int16_t *q = band->q + y * band->stride;
        float *to = band->place + y * band->down;
        if (band->along == 1) dequantise_row(to, q, own, step, band->width);
        for (size_t x = 0; x < band->width && band->along != 1; x += PIECE) {
            size_t count = band->width - x < PIECE ? band->width - x : PIECE;
            dequantise_row(values, q + x, own, step, count);
            for (size_t i = 0; i < count; i++)
                to[(x + i) * band->along] = values[i];
        }
    }
}

void pensel_stripe_dequantise(const pensel_stripe *stripe, float step, const int8_t *offsets)
{
    for (size_t p = 0; p < stripe->planes; p++)
        for (size_t l = 0; l <= stripe->levels; l++)
            for (size_t o = 0; o < (l ? 3u : 1u); o++)
                dequantise_band(&stripe->bands[p][l][o], step, offsets);
}

size_t pensel_stripe_count(const pensel_stripe *s)
{
    size_t count = 0;
    for (size_t p = 0; p < s->planes; p++)
        for (size_t l = 0; l <= s->levels; l++)
            for (size_t o = 0; o < (l ? 3u : 1u); o++) {
                const pensel_band *b = &s->bands[p][l][o];
                for (size_t y = 0; y < b->height; y++)
                    for (size_t x = 0; x < b->width; x++)
                        count += b->q[y * b->stride + x] != 0;
            }
    return count;
}
