/* What the network sees of a row's surroundings. For each row of a band sizes are summed before,
 * for all its latents at once, into lines of bytes; where they are not all 0 they become contexts,
 * for a block of latents at once: logarithms and signs, two in each 32-bit number, as the network
 * multiplies them. Only what lies to the left in the row itself is looked at when the value there
 * is known.
 *
 * Included by latent_body.c. A line begins at x = 0 and has PENSEL_LINE_MARGIN bytes before it.
 * Bytes suffice, for sizes and their sums are cut to 255; that order (cut, add, cut) is part of
 * the format. */
#ifndef PENSEL_CODEC_LATENT_CONTEXT_H
#define PENSEL_CODEC_LATENT_CONTEXT_H

#include "base/inline.h"
#include "codec/latent.h"

#include <string.h>

#if defined __SSE2__
#include <immintrin.h>
#endif

#ifdef PENSEL_SANITIZED
#undef INLINE
#define INLINE static inline
#endif

enum { SIZE_MOST = 255, MARGIN = PENSEL_BAND_MARGIN };

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
    uint8_t *own[4];     /* sizes of the last rows: row r in own[r & 3] */
    uint8_t *own_log[4]; /* their logarithms */
    int8_t *own_sign[4];
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

/* Within -2 and 2: a sign as a context is 16 of it. */
INLINE int little(int latent)
{
    return latent > 2 ? 2 : latent < -2 ? -2 : latent;
}

INLINE int sign_of(int latent)
{
    return little(latent) * 16;
}

/* The log of sizes. */
INLINE int log_of(int size)
{
    return pensel_latent_logs[size];
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

/* ------------------------------------------------------------------ contexts of a block */

enum { AT_ONCE = 32 }; /* latents of a block */

/* Contexts that are known before the row is, in pairs as pensel_latent_order has them; those of
 * parents for half as many. */
typedef struct block {
    int32_t row[PENSEL_LEFT_PAIRS][AT_ONCE];
    int32_t planes[2][AT_ONCE];   /* sizes of the planes before */
    int32_t signs[2][AT_ONCE];    /* their signs, as plane_signs makes them of w = 0 */
    int16_t together[2][AT_ONCE]; /* how their signs went with this one's in the row above */
} block;

#if defined __AVX2__
/* 32 logarithms: from the row of 16 that the upper half of each size names. */
INLINE __m256i logs_of_32(__m256i sizes)
{
    const __m256i low = _mm256_set1_epi8(15);
    const __m128i *rows = (const __m128i *)(const void *)pensel_latent_logs;
    __m256i in_row = _mm256_and_si256(sizes, low);
    __m256i row = _mm256_and_si256(_mm256_srli_epi16(sizes, 4), low);
    __m256i logs = _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(_mm_loadu_si128(rows)), in_row);
    if (_mm256_testz_si256(row, row)) return logs;
    /* few blocks have a size beyond 63 */
    int end = _mm256_testz_si256(row, _mm256_set1_epi8(12)) ? 4 : 16;
    for (int i = 1; i < end; i++) {
        __m256i those = _mm256_cmpeq_epi8(row, _mm256_set1_epi8((char)i));
        __m256i own =
            _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(_mm_loadu_si128(rows + i)), in_row);
        logs = _mm256_blendv_epi8(logs, own, those);
    }
    return logs;
}
#endif

INLINE void logs_of(uint8_t *to, const uint8_t *sizes, size_t count)
{
    size_t x = 0;
#if defined __AVX2__
    for (; x + 32 <= count; x += 32)
        _mm256_storeu_si256(
            (__m256i *)(void *)(to + x),
            logs_of_32(_mm256_loadu_si256((const __m256i *)(const void *)(sizes + x))));
    for (; x + 16 <= count; x += 16) { /* those of parents */
        __m128i half = _mm_loadu_si128((const __m128i *)(const void *)(sizes + x));
        _mm_storeu_si128((__m128i *)(void *)(to + x),
                         _mm256_castsi256_si128(logs_of_32(_mm256_broadcastsi128_si256(half))));
    }
#endif
    for (; x < count; x++)
        to[x] = pensel_latent_logs[sizes[x]];
}

/* The signs of a row, as contexts, from its latents. */
LOOP void signs_of(int8_t *restrict to, const int16_t *restrict q, ptrdiff_t first, ptrdiff_t end)
{
    for (ptrdiff_t x = first; x < end; x++) {
        to[x] = (int8_t)sign_of(q[x]);
    }
}

/* Row y, now that it is known, for the rows after it. */
INLINE void keep_row(const lines *l, const pensel_band *band, size_t y)
{
    size_t i = y & 3, count = band->width + 2 * (size_t)MARGIN;
    sizes_of_row(l->own[i], at(band, y, 0), band->width);
    logs_of(l->own_log[i] - MARGIN, l->own[i] - MARGIN, count);
    signs_of(l->own_sign[i], at(band, y, 0), -1, (ptrdiff_t)band->width + 1);
}

/* Two contexts as halves of a number. */
INLINE int32_t pair_of(int low, int high)
{
    return (int32_t)((uint32_t)(uint16_t)low | (uint32_t)high << 16);
}

/* pairs[i] = (low[i], high[i]) */
LOOP void join_signs(int32_t *restrict pairs, const int8_t *low, const int8_t *high, size_t count)
{
    for (size_t x = 0; x < count; x++)
        pairs[x] = pair_of(low[x], high[x]);
}

LOOP void join_logs(int32_t *restrict pairs, const uint8_t *low, const uint8_t *high, size_t count)
{
    for (size_t x = 0; x < count; x++)
        pairs[x] = low[x] | high[x] << 16;
}

LOOP void join_mixed(int32_t *restrict pairs, const uint8_t *low, const int8_t *high, size_t count)
{
    for (size_t x = 0; x < count; x++)
        pairs[x] = pair_of(low[x], high[x]);
}

/* The same, of sizes. */
INLINE void join_sizes(int32_t *pairs, const uint8_t *low, const uint8_t *high, size_t count)
{
    uint8_t logs[2][AT_ONCE];
    logs_of(logs[0], low, count);
    logs_of(logs[1], high, count);
    join_logs(pairs, logs[0], logs[1], count);
}

/* What the rows of the band itself have. */
INLINE void join_own(block *b, const lines *l, size_t y, size_t x, size_t count)
{
    static const int8_t none[AT_ONCE];
    const uint8_t *n = l->own_log[(y - 1) & 3] + x, *nn = l->own_log[(y - 2) & 3] + x;
    const int8_t *sign = l->own_sign[(y - 1) & 3] + x;
    uint8_t far[AT_ONCE];
    join_logs(b->row[0], n, nn, count);
    join_logs(b->row[1], n - 1, n + 1, count);
    join_sizes(b->row[2], l->sums[0] + x, l->sums[1] + x, count);
    logs_of(far, l->sums[2] + x, count);
    join_mixed(b->row[3], far, sign, count);
    join_signs(b->row[4], sign - 1, sign + 1, count);
    join_signs(b->row[5], l->own_sign[(y - 2) & 3] + x, none, count);
}

/* How the signs of a plane before went with this one's, at n, nw and ne; w is not known yet. */
LOOP void together_of(int16_t *restrict to, const int8_t *own, const int16_t *r, size_t count)
{
    for (ptrdiff_t x = 0; x < (ptrdiff_t)count; x++)
        to[x] = (int16_t)(little(r[x - 1]) * own[x - 1] + little(r[x]) * own[x] +
                          little(r[x + 1]) * own[x + 1]);
}

/* The sign of a plane before, and its sign times that of `together`. */
INLINE int32_t sign_pair(int sign, int together)
{
    return pair_of(sign, together > 0 ? sign : together < 0 ? -sign : 0);
}

/* The same for latents whose left neighbour is taken to be 0. */
LOOP void join_together(int32_t *restrict pairs, const int16_t *restrict r,
                        const int16_t *restrict together, size_t count)
{
    for (size_t x = 0; x < count; x++)
        pairs[x] = sign_pair(sign_of(r[x]), together[x]);
}

/* Latents x up to x + count, of row y. x is even. What the band has not is not written: whoever
 * reads it must know. */
INLINE void see_block(block *b, const lines *l, const around *a, size_t y, size_t x, size_t count)
{
    ptrdiff_t row = (ptrdiff_t)y;
    join_own(b, l, y, x, count);
    if (a->parent) {
        size_t half = x / 2, parents = (count + 1) / 2;
        int8_t signs[AT_ONCE];
        uint8_t logs[AT_ONCE];
        logs_of(logs, line_of(&l->parent, row / 2) + half, parents);
        signs_of(signs, at(a->parent, y / 2, half), 0, (ptrdiff_t)parents);
        join_mixed(b->row[6], logs, signs, parents);
        join_sizes(b->row[7], l->parent_sums[0] + half, l->parent_sums[1] + half, parents);
        join_sizes(b->row[8], l->parent_sums[2] + half, l->cousin + half, parents);
    }
    if (a->first) join_sizes(b->row[9], line_of(&l->first, row) + x, l->first_cross + x, count);
    if (a->second) join_sizes(b->row[10], line_of(&l->second, row) + x, l->second_cross + x, count);
    for (size_t k = 0; k < 2; k++)
        if (a->planes[k]) {
            const pensel_band *r = a->planes[k];
            join_sizes(b->planes[k], line_of(&l->planes[k], row) + x, l->around_planes[k] + x,
                       count);
            together_of(b->together[k], l->own_sign[(y - 1) & 3] + x,
                        at(r, y, x) - (ptrdiff_t)r->stride, count);
            join_together(b->signs[k], at(r, y, x), b->together[k], count);
        }
}

/* ------------------------------------------------------------------ contexts of one latent */

/* A plane's sign, and its sign times that with which the two planes went together at the latents
 * before: `together` says it of the row above, w and `r[-1]` of this one. */
INLINE int32_t plane_signs(const int16_t *r, int together, int w)
{
    return sign_pair(sign_of(r[0]), together + sign_of(w) * little(r[-1]));
}

/* What is to the left in the row. */
INLINE void left_pairs(int32_t *pairs, const int16_t *q)
{
    pairs[0] = pair_of(log_of(size_of(q[-1])), log_of(size_of(q[-2])));
    pairs[1] = pair_of(log_of(cut(size_of(q[-3]) + size_of(q[-4]))), sign_of(q[-1]));
    pairs[2] = pair_of(sign_of(q[-2]), 0);
}

#endif
