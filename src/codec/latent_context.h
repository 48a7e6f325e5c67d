/* What the network sees of a row's surroundings. For each row of a band sizes are summed before,
 * for all its latents at once, into lines of bytes; where they are not all 0 they become contexts:
 * logarithms and signs, two in each 32-bit number, as the network multiplies them. Only what lies
 * to the left in the row itself is looked at when the value there is known.
 *
 * Included by latent_body.c. A line begins at x = 0 and has PENSEL_LINE_MARGIN bytes before it.
 * Bytes suffice, for sizes and their sums are cut to 255; that order (cut, add, cut) is part of
 * the format. */
#ifndef PENSEL_CODEC_LATENT_CONTEXT_H
#define PENSEL_CODEC_LATENT_CONTEXT_H

#include "codec/latent.h"

#include <string.h>

#define INLINE static inline __attribute__((always_inline))

enum { SIZE_MOST = 255, MARGIN = PENSEL_BAND_MARGIN };

/* round(16 log2(1 + n)), up to 127 */
static const uint8_t logs[256] = {
    0,   16,  25,  32,  37,  41,  45,  48,  51,  53,  55,  57,  59,  61,  63,  64,  65,  67,  68,
    69,  70,  71,  72,  73,  74,  75,  76,  77,  78,  79,  79,  80,  81,  81,  82,  83,  83,  84,
    85,  85,  86,  86,  87,  87,  88,  88,  89,  89,  90,  90,  91,  91,  92,  92,  93,  93,  93,
    94,  94,  95,  95,  95,  96,  96,  96,  97,  97,  97,  98,  98,  98,  99,  99,  99,  100, 100,
    100, 101, 101, 101, 101, 102, 102, 102, 103, 103, 103, 103, 104, 104, 104, 104, 105, 105, 105,
    105, 106, 106, 106, 106, 107, 107, 107, 107, 107, 108, 108, 108, 108, 109, 109, 109, 109, 109,
    110, 110, 110, 110, 110, 111, 111, 111, 111, 111, 111, 112, 112, 112, 112, 112, 113, 113, 113,
    113, 113, 113, 114, 114, 114, 114, 114, 114, 115, 115, 115, 115, 115, 115, 116, 116, 116, 116,
    116, 116, 116, 117, 117, 117, 117, 117, 117, 117, 118, 118, 118, 118, 118, 118, 118, 119, 119,
    119, 119, 119, 119, 119, 119, 120, 120, 120, 120, 120, 120, 120, 121, 121, 121, 121, 121, 121,
    121, 121, 121, 122, 122, 122, 122, 122, 122, 122, 122, 123, 123, 123, 123, 123, 123, 123, 123,
    123, 124, 124, 124, 124, 124, 124, 124, 124, 124, 125, 125, 125, 125, 125, 125, 125, 125, 125,
    125, 126, 126, 126, 126, 126, 126, 126, 126, 126, 126, 127, 127, 127, 127, 127, 127, 127, 127,
    127, 127, 127, 127, 127, 127, 127, 127, 127};

/* Where the contexts of a band come from, besides its own rows; NULL: nowhere. */
typedef struct around {
    const pensel_band *parent, *cousin; /* of the next coarser level: same, other orientation */
    const pensel_band *first, *second;  /* of the same level and plane, coded before */
    const pensel_band *planes[2];       /* the same band of the planes before */
} around;

/* Three rows of sizes, y - 1, y and y + 1, of which row r stands in line[(r + 3) % 3]. */
typedef struct triple {
    uint8_t *line[3];
} triple;

/* The lines of one band at the row at work. Each is 0 where its band does not exist. */
typedef struct lines {
    uint8_t *own[4]; /* sizes of the last rows: row r in own[r & 3] */
    uint8_t *sums[3];
    triple parent, first, second, planes[2];
    uint8_t *parent_sums[3], *cousin, *parent_any; /* of half as many latents */
    uint8_t *first_cross, *second_cross, *around_planes[2];
    uint8_t *any; /* what of all this is not 0 */
} lines;

INLINE int size_of(int latent)
{
    int size = latent < 0 ? -latent : latent;
    return size < SIZE_MOST ? size : SIZE_MOST;
}

INLINE int sign_of(int latent)
{
    return latent > 2 ? 32 : latent < -2 ? -32 : latent * 16;
}

INLINE uint8_t cut(int sum)
{
    return (uint8_t)(sum < SIZE_MOST ? sum : SIZE_MOST);
}

INLINE const int16_t *at(const pensel_band *band, size_t y, size_t x)
{
    return band->q + y * band->stride + x;
}

/* ------------------------------------------------------------------ lines of sizes */

/* A function of its own, whose loop the compiler turns into vectors: it knows that what is written
 * is not what is read. */
#define LOOP static __attribute__((noinline))

LOOP void sizes_of_row(uint8_t *restrict line, const int16_t *restrict q, size_t width)
{
    for (ptrdiff_t x = -MARGIN; x < (ptrdiff_t)width + MARGIN; x++) {
        int16_t size = (int16_t)(q[x] < 0 ? -q[x] : q[x]);
        line[x] = (uint8_t)(size < SIZE_MOST ? size : SIZE_MOST);
    }
}

/* The same down a column: `stride` numbers apart. */
INLINE void sizes_of_column(uint8_t *line, const int16_t *q, size_t stride, size_t height)
{
    for (ptrdiff_t x = -1; x <= (ptrdiff_t)height; x++)
        line[x] = (uint8_t)size_of(q[x * (ptrdiff_t)stride]);
}

/* Row `y` of what the band's rows see: another band's, or, turned, its column. */
INLINE void sizes_at(uint8_t *line, const pensel_band *other, bool turned, ptrdiff_t y,
                     size_t width)
{
    if (turned)
        sizes_of_column(line, other->q + y, other->stride, width);
    else
        sizes_of_row(line, other->q + y * (ptrdiff_t)other->stride, width);
}

INLINE uint8_t *line_of(const triple *t, ptrdiff_t row)
{
    return t->line[(row + 3) % 3];
}

/* Makes the triple that of row y, which follows y - 1; the first time of all three rows. */
INLINE void move_to(triple *t, const pensel_band *other, bool turned, ptrdiff_t y, size_t width)
{
    for (ptrdiff_t row = y ? y + 1 : -1; row <= y + 1; row++)
        sizes_at(line_of(t, row), other, turned, row, width);
}

/* left, right, above and below, into `to` and `any` */
LOOP void cross_of(uint8_t *restrict to, uint8_t *restrict any, const uint8_t *m, const uint8_t *z,
                   const uint8_t *p, ptrdiff_t width)
{
    for (ptrdiff_t x = 0; x < width; x++) {
        to[x] = cut(z[x - 1] + z[x + 1] + m[x] + p[x]);
        any[x] |= z[x] | to[x];
    }
}

/* The same, and half of the corners. */
LOOP void ring_of(uint8_t *restrict to, uint8_t *restrict any, const uint8_t *m, const uint8_t *z,
                  const uint8_t *p, ptrdiff_t width)
{
    for (ptrdiff_t x = 0; x < width; x++) {
        int corners = m[x - 1] + m[x + 1] + p[x - 1] + p[x + 1];
        to[x] = cut(z[x - 1] + z[x + 1] + m[x] + p[x] + corners / 2);
        any[x] |= z[x] | to[x];
    }
}

/* What the rows above have: wide of n; high of nn; far of all; and whether any has something. */
LOOP void above_of(uint8_t *restrict wide, uint8_t *restrict high, uint8_t *restrict far,
                   uint8_t *restrict any, const uint8_t *n, const uint8_t *nn, const uint8_t *nnn,
                   ptrdiff_t width)
{
    for (ptrdiff_t x = 0; x < width; x++) {
        wide[x] = cut(n[x - 2] + n[x + 2]);
        high[x] = cut(nn[x - 1] + nn[x + 1]);
        far[x] = cut(n[x - 3] + n[x + 3] + nn[x - 2] + nn[x + 2] + nn[x - 3] + nn[x + 3] + nnn[x] +
                     nnn[x - 1] + nnn[x + 1] + nnn[x - 2] + nnn[x + 2]);
        any[x] = n[x - 1] | n[x] | n[x + 1] | nn[x] | wide[x] | high[x] | far[x];
    }
}

/* left and right; above and below; corners */
LOOP void parts_of(uint8_t *restrict sides, uint8_t *restrict ends, uint8_t *restrict corners,
                   uint8_t *restrict any, const uint8_t *cousin, const uint8_t *m, const uint8_t *z,
                   const uint8_t *p, ptrdiff_t width)
{
    for (ptrdiff_t x = 0; x < width; x++) {
        sides[x] = cut(z[x - 1] + z[x + 1]);
        ends[x] = cut(m[x] + p[x]);
        corners[x] = cut(m[x - 1] + m[x + 1] + p[x - 1] + p[x + 1]);
        any[x] = z[x] | cousin[x] | sides[x] | ends[x] | corners[x];
    }
}

LOOP void add_half(uint8_t *restrict any, const uint8_t *half, size_t width)
{
    for (size_t x = 0; x < width / 2; x++) {
        any[2 * x] |= half[x];
        any[2 * x + 1] |= half[x];
    }
    if (width % 2) any[width - 1] |= half[width / 2];
}

/* Every other row: the parents' are half as many. */
INLINE void see_parents(lines *l, const around *a, size_t orientation, ptrdiff_t y, size_t width)
{
    triple *t = &l->parent;
    move_to(t, a->parent, false, y, width);
    sizes_at(l->cousin, a->cousin, orientation != 2, y, width);
    parts_of(l->parent_sums[0], l->parent_sums[1], l->parent_sums[2], l->parent_any, l->cousin,
             line_of(t, y - 1), line_of(t, y), line_of(t, y + 1), (ptrdiff_t)width);
}

/* All that can be known of row y before any of it is. Rows must come in order, from 0: of each
 * band that is looked at, only the row that is new is summed. Orientation 1 is stored turned:
 * its rows are columns of the others, and theirs of it. Bands of a level differ by one row or
 * column at most, so the margins hold what lies beyond. */
INLINE void see_row(lines *l, const pensel_band *band, const around *a, size_t row)
{
    size_t width = band->width;
    ptrdiff_t y = (ptrdiff_t)row, n = (ptrdiff_t)width;
    above_of(l->sums[0], l->sums[1], l->sums[2], l->any, l->own[(y - 1) & 3], l->own[(y - 2) & 3],
             l->own[(y - 3) & 3], n);
    if (a->parent) {
        if (y % 2 == 0) see_parents(l, a, band->orientation, y / 2, (width + 1) / 2);
        add_half(l->any, l->parent_any, width);
    }
    if (a->first) {
        triple *t = &l->first;
        move_to(t, a->first, band->orientation == 1, y, width);
        cross_of(l->first_cross, l->any, line_of(t, y - 1), line_of(t, y), line_of(t, y + 1), n);
    }
    if (a->second) {
        triple *t = &l->second;
        move_to(t, a->second, true, y, width);
        cross_of(l->second_cross, l->any, line_of(t, y - 1), line_of(t, y), line_of(t, y + 1), n);
    }
    for (size_t k = 0; k < 2; k++)
        if (a->planes[k]) {
            triple *t = &l->planes[k];
            move_to(t, a->planes[k], false, y, width);
            ring_of(l->around_planes[k], l->any, line_of(t, y - 1), line_of(t, y),
                    line_of(t, y + 1), n);
        }
}

/* Every line of the memory, cleared. */
INLINE lines lines_on(uint8_t *memory, size_t length)
{
    lines l;
    uint8_t **all = (uint8_t **)&l;
    memset(memory, 0, PENSEL_LINES * length);
    for (size_t i = 0; i < PENSEL_LINES; i++)
        all[i] = memory + i * length + PENSEL_LINE_MARGIN;
    return l;
}
_Static_assert(sizeof(lines) == PENSEL_LINES * sizeof(uint8_t *), "a line for each pointer");

/* ------------------------------------------------------------------ contexts of one latent */

/* Two contexts as halves of a number. */
INLINE int32_t pair_of(int low, int high)
{
    return (int32_t)((uint32_t)(uint16_t)low | (uint32_t)high << 16);
}

/* The contexts that are known before the row is, in the order of pensel_latent_order. What the band
 * has not is 0. */
INLINE void row_pairs(int32_t *pairs, const lines *l, const pensel_band *band, const around *a,
                      size_t y, size_t x)
{
    const uint8_t *n = l->own[(y - 1) & 3] + x, *nn = l->own[(y - 2) & 3] + x;
    ptrdiff_t row = (ptrdiff_t)y, s = (ptrdiff_t)band->stride, half = row / 2;
    const int16_t *q = at(band, y, x);
    int parent_sign = a->parent ? sign_of(*at(a->parent, y / 2, x / 2)) : 0;
    pairs[0] = pair_of(logs[n[0]], logs[nn[0]]);
    pairs[1] = pair_of(logs[n[-1]], logs[n[1]]);
    pairs[2] = pair_of(logs[l->sums[0][x]], logs[l->sums[1][x]]);
    pairs[3] = pair_of(logs[l->sums[2][x]], logs[line_of(&l->parent, half)[x / 2]]);
    pairs[4] = pair_of(logs[l->parent_sums[0][x / 2]], logs[l->parent_sums[1][x / 2]]);
    pairs[5] = pair_of(logs[l->parent_sums[2][x / 2]], logs[l->cousin[x / 2]]);
    pairs[6] = pair_of(logs[line_of(&l->first, row)[x]], logs[l->first_cross[x]]);
    pairs[7] = pair_of(logs[line_of(&l->second, row)[x]], logs[l->second_cross[x]]);
    pairs[8] = pair_of(sign_of(q[-s]), sign_of(q[-s - 1]));
    pairs[9] = pair_of(sign_of(q[-s + 1]), sign_of(q[-2 * s]));
    pairs[10] = pair_of(parent_sign, 0);
}

/* A plane before: its size here and around. */
INLINE int32_t plane_sizes(const lines *l, size_t k, size_t y, size_t x)
{
    return pair_of(logs[line_of(&l->planes[k], (ptrdiff_t)y)[x]], logs[l->around_planes[k][x]]);
}

/* Its sign, and its sign times that with which the two planes went together at the latents before,
 * of which q[-1] is known last. */
INLINE int32_t plane_signs(const pensel_band *other, const int16_t *q, ptrdiff_t s, size_t y,
                           size_t x)
{
    const int16_t *r = at(other, y, x);
    int together = sign_of(q[-1]) * sign_of(r[-1]) + sign_of(q[-s]) * sign_of(r[-s]) +
                   sign_of(q[-s - 1]) * sign_of(r[-s - 1]) +
                   sign_of(q[-s + 1]) * sign_of(r[-s + 1]);
    int sign = sign_of(r[0]);
    return pair_of(sign, together > 0 ? sign : together < 0 ? -sign : 0);
}

/* What is to the left in the row. */
INLINE void left_pairs(int32_t *pairs, const int16_t *q)
{
    pairs[0] = pair_of(logs[size_of(q[-1])], logs[size_of(q[-2])]);
    pairs[1] = pair_of(logs[cut(size_of(q[-3]) + size_of(q[-4]))], sign_of(q[-1]));
    pairs[2] = pair_of(sign_of(q[-2]), 0);
}

#endif
