/* Pixels <-> planes <-> coefficients. Sums are in one order, so every decoder gives the same bits.
 *
 *     analyse:      plane_p = sum_k m_pk (255 colour_k - 127.5), then the wavelet, plane by plane
 *     synthesise:   the wavelet undone, then colour_k = (sum_p (m^-1)_kp plane_p + 127.5) / 255
 *
 * Planes are in units of 1/255, as steps are. Alpha, and grey, have no matrix. */
#include "codec/tile.h"

#include "base/error.h"
#include "base/memory.h"
#include "codec/wavelet.h"

#include <string.h>

size_t pensel_tile_count(size_t side)
{
    return (side + PENSEL_TILE - 1) / PENSEL_TILE;
}

/* Sides are divided evenly, so no tile is a narrow rest; the last is shorter by less than the
 * number of tiles. */
size_t pensel_tile_start(size_t side, size_t index)
{
    size_t count = pensel_tile_count(side), each = (side + count - 1) / count;
    size_t start = index * each;
    return start < side ? start : side;
}

size_t pensel_tile_stripes(const pensel_tile *tile)
{
    return (tile->height + PENSEL_STRIPE - 1) / PENSEL_STRIPE;
}

/* On failure nothing is left to clear. */
pensel_status pensel_tile_new(pensel_tile *tile, size_t column, size_t row, size_t width,
                              size_t height, size_t channels, const pensel_pool *pool,
                              pensel_error *error)
{
    memset(tile, 0, sizeof *tile);
    tile->x = pensel_tile_start(width, column);
    tile->y = pensel_tile_start(height, row);
    tile->width = pensel_tile_start(width, column + 1) - tile->x;
    tile->height = pensel_tile_start(height, row + 1) - tile->y;
    tile->planes = channels;
    tile->colours = channels < 3 ? 1 : 3;
    tile->levels = pensel_tile_levels(tile->width, tile->height);
    size_t side = tile->width > tile->height ? tile->width : tile->height;
    for (size_t p = 0; p < channels; p++)
        if (PENSEL_NEW(tile->plane[p], tile->width * tile->height, error)) goto failed;
    if (PENSEL_NEW(tile->scratch, pensel_pool_size(pool) * side * PENSEL_WAVELET_SCRATCH, error))
        goto failed;
    return PENSEL_OK;
failed:
    pensel_tile_clear(tile);
    return PENSEL_OUT_OF_MEMORY;
}

void pensel_tile_clear(pensel_tile *tile)
{
    for (size_t p = 0; p < PENSEL_PLANES; p++)
        pensel_release(tile->plane[p]);
    pensel_release(tile->scratch);
    memset(tile, 0, sizeof *tile);
}

typedef struct change {
    const pensel_tile *tile;
    const pensel_picture *picture;
    float to[3][3], from[3][3]; /* planes of colours; colours of planes, the inverse */
} change;

/* The rows as numbers, and the inverse by cofactors: rounded rows are not quite orthonormal.
 * That of a file is never singular (compact_file.c asks). With less than 3 channels the rows are
 * 0 and `from` is no number: nobody reads it then. */
static change begin(const pensel_tile *tile, const pensel_picture *picture,
                    const pensel_colours *colours)
{
    change c = {.tile = tile, .picture = picture};
    double m[3][3];
    for (size_t i = 0; i < 3; i++)
        for (size_t j = 0; j < 3; j++) {
            m[i][j] = colours->rows[i][j] / 127.0;
            c.to[i][j] = (float)m[i][j];
        }
    double determinant = m[0][0] * (m[1][1] * m[2][2] - m[1][2] * m[2][1]) -
                         m[0][1] * (m[1][0] * m[2][2] - m[1][2] * m[2][0]) +
                         m[0][2] * (m[1][0] * m[2][1] - m[1][1] * m[2][0]);
    for (size_t i = 0; i < 3; i++)
        for (size_t j = 0; j < 3; j++) {
            size_t a = (i + 1) % 3, b = (i + 2) % 3, d = (j + 1) % 3, e = (j + 2) % 3;
            c.from[j][i] = (float)((m[a][d] * m[b][e] - m[a][e] * m[b][d]) / determinant);
        }
    return c;
}

/* Within 0 and 1; what is no number is 0. */
static float limited(float value)
{
    return value > 0 ? value < 1 ? value : 1 : 0;
}

/* A pixel's channels about 0, in units of 1/255. */
static void analyse_row(void *data, size_t y, size_t worker)
{
    const change *c = data;
    const pensel_tile *t = c->tile;
    size_t channels = t->planes;
    const float *in = c->picture->pixels + ((t->y + y) * c->picture->width + t->x) * channels;
    (void)worker;
    for (size_t x = 0; x < t->width; x++, in += channels) {
        float v[PENSEL_PLANES] = {0};
        size_t at = y * t->width + x;
        for (size_t k = 0; k < channels; k++)
            v[k] = limited(in[k]) * 255.0f - 127.5f;
        for (size_t p = 0; p < channels; p++)
            t->plane[p][at] = p < 3 && t->colours == 3
                                  ? c->to[p][0] * v[0] + c->to[p][1] * v[1] + c->to[p][2] * v[2]
                                  : v[p];
    }
}

/* Colour k of a row from its three planes. A function of its own: the compiler knows that what is
 * written is not what is read, and takes several pixels at once. */
static void put_colour(float *restrict out, const float *restrict a, const float *restrict b,
                       const float *restrict c, const float from[3], size_t channels, size_t width)
{
    const float fa = from[0], fb = from[1], fc = from[2];
    for (size_t x = 0; x < width; x++) {
        float v = fa * a[x] + fb * b[x] + fc * c[x];
        out[x * channels] = limited((v + 127.5f) * (1.0f / 255.0f));
    }
}

/* Row y of the planes back into the picture, within 0 and 1: what was rounded may lie a little
 * outside. */
static void synthesise_row(void *data, size_t y, size_t worker)
{
    const change *c = data;
    const pensel_tile *t = c->tile;
    size_t channels = t->planes, first = t->colours == 3 ? 3 : 0;
    float *out = c->picture->pixels + ((t->y + y) * c->picture->width + t->x) * channels;
    const float *planes[PENSEL_PLANES] = {0};
    (void)worker;
    for (size_t p = 0; p < channels; p++)
        planes[p] = t->plane[p] + y * t->width;
    for (size_t k = 0; k < first; k++)
        put_colour(out + k, planes[0], planes[1], planes[2], c->from[k], channels, t->width);
    for (size_t p = first; p < channels; p++)
        for (size_t x = 0; x < t->width; x++)
            out[x * channels + p] = limited((planes[p][x] + 127.5f) * (1.0f / 255.0f));
}

void pensel_tile_analyse(pensel_tile *tile, const pensel_picture *picture,
                         const pensel_colours *colours, const pensel_pool *pool)
{
    change c = begin(tile, picture, colours);
    pensel_pool_share(pool, analyse_row, &c, tile->height);
    for (size_t p = 0; p < tile->planes; p++)
        pensel_wavelet_forward(tile->plane[p], tile->width, tile->height, tile->levels,
                               tile->scratch, pool);
}

void pensel_tile_synthesise(pensel_tile *tile, const pensel_picture *picture,
                            const pensel_colours *colours, const pensel_pool *pool)
{
    for (size_t p = 0; p < tile->planes; p++)
        pensel_wavelet_inverse(tile->plane[p], tile->width, tile->height, tile->levels,
                               tile->scratch, pool);
    change c = begin(tile, picture, colours);
    pensel_pool_share(pool, synthesise_row, &c, tile->height);
}
