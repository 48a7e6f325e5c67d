/* The walk over a stripe's latents, for the instruction set PENSEL_ISA_NAME: band by band, the
 * coarsest level first, row by row. Where all that a context sees is 0, which is most of a picture
 * at low rates, the network's hidden layers are known beforehand. */
#include "codec/latent.h"

#include <stdlib.h>
#include <string.h>

typedef int32_t ints __attribute__((vector_size(VECTOR_BYTES)));
typedef int32_t loose __attribute__((vector_size(VECTOR_BYTES), aligned(4), may_alias));
enum {
    LANES = VECTOR_BYTES / 4,
    HIDDEN = PENSEL_LATENT_HIDDEN,
    INNER = PENSEL_LATENT_INNER,
    OUTPUTS = PENSEL_LATENT_OUTPUTS,
    SIZE_MOST = 255,
    HIDDEN_MOST = 4095,
    INNER_MOST = 2047,
    LOGIT_MOST = 3071,
    LAST_MOST = (1 << 19) - 1,
    BIAS_MOST = (1 << 20) - 1
};

#define INLINE static inline __attribute__((always_inline))

typedef enum walk_mode { WRITE, CHOOSE, READ, COLLECT } walk_mode;

/* ------------------------------------------------------------------ contexts */

/* round(16 log2(1 + n)), up to 127 */
static const int8_t logs[256] = {
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

INLINE int size_of(int latent)
{
    int size = latent < 0 ? -latent : latent;
    return size < SIZE_MOST ? size : SIZE_MOST;
}

INLINE int8_t log_of(int sum)
{
    return logs[sum < SIZE_MOST ? sum : SIZE_MOST];
}

INLINE int8_t sign_of(int latent)
{
    return (int8_t)(latent > 2 ? 32 : latent < -2 ? -32 : latent * 16);
}

INLINE const int16_t *at(const pensel_band *band, size_t y, size_t x)
{
    return band->q + y * band->stride + x;
}

/* The sum of sizes left, right, above and below. */
INLINE int cross(const int16_t *q, ptrdiff_t s)
{
    return size_of(q[-1]) + size_of(q[1]) + size_of(q[-s]) + size_of(q[s]);
}

INLINE int corners(const int16_t *q, ptrdiff_t s)
{
    return size_of(q[-s - 1]) + size_of(q[-s + 1]) + size_of(q[s - 1]) + size_of(q[s + 1]);
}

/* What is known of the band itself: the rows above, and what is left of here. */
INLINE void own_context(int8_t *f, const int16_t *q, ptrdiff_t s)
{
    const int16_t *n = q - s, *nn = n - s, *nnn = nn - s;
    int far = size_of(n[-3]) + size_of(n[3]) + size_of(nn[-2]) + size_of(nn[2]) + size_of(nn[-3]) +
              size_of(nn[3]) + size_of(nnn[0]) + size_of(nnn[-1]) + size_of(nnn[1]) +
              size_of(nnn[-2]) + size_of(nnn[2]);
    f[0] = log_of(size_of(q[-1]));
    f[1] = log_of(size_of(q[-2]));
    f[2] = log_of(size_of(n[0]));
    f[3] = log_of(size_of(nn[0]));
    f[4] = log_of(size_of(n[-1]));
    f[5] = log_of(size_of(n[1]));
    f[6] = log_of(size_of(n[-2]) + size_of(n[2]));
    f[7] = log_of(size_of(nn[-1]) + size_of(nn[1]));
    f[8] = log_of(far);
    f[9] = log_of(size_of(q[-3]) + size_of(q[-4]));
    f[23] = sign_of(q[-1]);
    f[24] = sign_of(n[0]);
    f[25] = sign_of(n[-1]);
    f[26] = sign_of(n[1]);
    f[27] = sign_of(q[-2]);
    f[28] = sign_of(nn[0]);
}

INLINE void parent_context(int8_t *f, const around *a, size_t orientation, size_t y, size_t x)
{
    const int16_t *p = at(a->parent, y / 2, x / 2);
    ptrdiff_t s = (ptrdiff_t)a->parent->stride;
    f[10] = log_of(size_of(p[0]));
    f[11] = log_of(size_of(p[-1]) + size_of(p[1]));
    f[12] = log_of(size_of(p[-s]) + size_of(p[s]));
    f[13] = log_of(corners(p, s));
    f[14] = log_of(
        size_of(orientation == 2 ? *at(a->cousin, y / 2, x / 2) : *at(a->cousin, x / 2, y / 2)));
    f[29] = sign_of(p[0]);
}

/* Orientation 1 is stored turned: its places in others, and others' in it, change rows for columns.
 * Bands of a level differ by one row or column at most, so the margins hold what lies beyond. */
INLINE void sibling_context(int8_t *f, const around *a, size_t orientation, size_t y, size_t x)
{
    const int16_t *first = orientation == 1 ? at(a->first, x, y) : at(a->first, y, x);
    f[15] = log_of(size_of(first[0]));
    f[16] = log_of(cross(first, (ptrdiff_t)a->first->stride));
    if (orientation == 1) return;
    const int16_t *second = at(a->second, x, y);
    f[17] = log_of(size_of(second[0]));
    f[18] = log_of(cross(second, (ptrdiff_t)a->second->stride));
}

/* A plane before: its size here and around, its sign, and its sign times that with which the two
 * planes went together at the places before. */
INLINE void plane_context(int8_t *f, size_t k, const pensel_band *other, const int16_t *q,
                          ptrdiff_t s, size_t y, size_t x)
{
    const int16_t *r = at(other, y, x);
    int together = sign_of(q[-1]) * sign_of(r[-1]) + sign_of(q[-s]) * sign_of(r[-s]) +
                   sign_of(q[-s - 1]) * sign_of(r[-s - 1]) +
                   sign_of(q[-s + 1]) * sign_of(r[-s + 1]);
    int8_t sign = sign_of(r[0]);
    f[19 + 2 * k] = log_of(size_of(r[0]));
    f[20 + 2 * k] = log_of(cross(r, s) + corners(r, s) / 2);
    f[30 + k] = sign;
    f[32 + k] = (int8_t)(together > 0 ? sign : together < 0 ? -sign : 0);
}

INLINE void context(int8_t *f, const pensel_band *band, const around *a, size_t y, size_t x)
{
    const int16_t *q = at(band, y, x);
    ptrdiff_t s = (ptrdiff_t)band->stride;
    memset(f, 0, PENSEL_CONTEXTS);
    own_context(f, q, s);
    if (a->parent) parent_context(f, a, band->orientation, y, x);
    if (a->first) sibling_context(f, a, band->orientation, y, x);
    for (size_t k = 0; k < 2; k++)
        if (a->planes[k]) plane_context(f, k, a->planes[k], q, s, y, x);
}

/* ------------------------------------------------------------------ which contexts are all 0 */

enum { MARGIN = PENSEL_BAND_MARGIN };

/* Marks whatever may see something of three rows of `other`. */
INLINE void mark_same(uint16_t *busy, const pensel_band *other, size_t y, size_t width)
{
    ptrdiff_t s = (ptrdiff_t)other->stride;
    const int16_t *q = at(other, y, 0);
    for (ptrdiff_t x = 0; x < (ptrdiff_t)width; x++)
        busy[x] |= (uint16_t)(q[x - 1] | q[x] | q[x + 1] | q[x - s - 1] | q[x - s] | q[x - s + 1] |
                              q[x + s - 1] | q[x + s] | q[x + s + 1]);
}

INLINE void mark_turned(uint16_t *busy, const pensel_band *other, size_t y, size_t width)
{
    ptrdiff_t s = (ptrdiff_t)other->stride;
    for (size_t x = 0; x < width; x++) {
        const int16_t *q = at(other, x, y);
        busy[x] |= (uint16_t)(q[0] | q[-1] | q[1] | q[-s] | q[s]);
    }
}

INLINE void mark_parents(uint16_t *busy, const around *a, size_t orientation, size_t y,
                         size_t width)
{
    ptrdiff_t s = (ptrdiff_t)a->parent->stride;
    for (size_t x = 0; x < width; x++) {
        const int16_t *p = at(a->parent, y / 2, x / 2);
        int cousin = orientation == 2 ? *at(a->cousin, y / 2, x / 2) : *at(a->cousin, x / 2, y / 2);
        busy[x] |= (uint16_t)(cousin | p[-1] | p[0] | p[1] | p[-s - 1] | p[-s] | p[-s + 1] |
                              p[s - 1] | p[s] | p[s + 1]);
    }
}

/* busy[x]: 0 only if all contexts of (y, x) are 0 but for those to the left in its own row. */
INLINE void mark(uint16_t *busy, const pensel_band *band, const around *a, size_t y)
{
    ptrdiff_t s = (ptrdiff_t)band->stride;
    const int16_t *q = at(band, y, 0);
    for (ptrdiff_t x = 0; x < (ptrdiff_t)band->width; x++)
        busy[x] = (uint16_t)(q[x - s] | q[x - 2 * s] | q[x - 3 * s] | q[x - s - 1] |
                             q[x - 2 * s - 1] | q[x - 3 * s - 1] | q[x - s + 1] | q[x - 2 * s + 1] |
                             q[x - 3 * s + 1] | q[x - s - 2] | q[x - 2 * s - 2] | q[x - 3 * s - 2] |
                             q[x - s + 2] | q[x - 2 * s + 2] | q[x - 3 * s + 2] | q[x - s - 3] |
                             q[x - 2 * s - 3] | q[x - s + 3] | q[x - 2 * s + 3]);
    if (a->parent) mark_parents(busy, a, band->orientation, y, band->width);
    if (a->first && band->orientation == 1) mark_turned(busy, a->first, y, band->width);
    if (a->first && band->orientation == 2) {
        mark_same(busy, a->first, y, band->width);
        mark_turned(busy, a->second, y, band->width);
    }
    for (size_t k = 0; k < 2; k++)
        if (a->planes[k]) mark_same(busy, a->planes[k], y, band->width);
}

/* ------------------------------------------------------------------ the network */

INLINE ints limited(ints x, int32_t most)
{
    ints zero = (ints){0}, top = zero + most;
    ints positive = x & (x > zero);
    ints over = positive > top;
    return (top & over) | (positive & ~over);
}

/* inner (INNER) of the contexts f; `base` is the first layer's sum without them. */
INLINE void think(int32_t *inner, const pensel_latent_model *m, const int32_t *base,
                  const int8_t *f)
{
    ints sums[HIDDEN / LANES], more[INNER / LANES];
    int32_t hidden[HIDDEN];
    for (size_t v = 0; v < HIDDEN / LANES; v++)
        sums[v] = *(const loose *)(base + v * LANES);
    for (size_t i = 0; i < PENSEL_CONTEXTS; i++) {
        if (!f[i]) continue;
        for (size_t v = 0; v < HIDDEN / LANES; v++)
            sums[v] += *(const loose *)(m->first[i] + v * LANES) * (int32_t)f[i];
    }
    for (size_t v = 0; v < HIDDEN / LANES; v++)
        *(loose *)(hidden + v * LANES) = limited(sums[v] >> 7, HIDDEN_MOST);
    for (size_t v = 0; v < INNER / LANES; v++)
        more[v] = *(const loose *)(m->second_bias + v * LANES) << 7;
    for (size_t j = 0; j < HIDDEN; j++)
        for (size_t v = 0; v < INNER / LANES; v++)
            more[v] += *(const loose *)(m->second[j] + v * LANES) * hidden[j];
    for (size_t v = 0; v < INNER / LANES; v++)
        *(loose *)(inner + v * LANES) = limited(more[v] >> 10, INNER_MOST);
}

/* A logit in 1/256. */
INLINE int logit(const pensel_latent_state *state, size_t kind, size_t output, const int32_t *inner)
{
    const int32_t *w = state->last[output];
    ints sums = (ints){0};
    for (size_t v = 0; v < INNER / LANES; v++)
        sums += (*(const loose *)(w + v * LANES) >> 4) * *(const loose *)(inner + v * LANES);
    int32_t sum = state->last_bias[kind][output] * 8;
    for (size_t i = 0; i < LANES; i++)
        sum += sums[i];
    sum >>= 11;
    return sum > LOGIT_MOST ? LOGIT_MOST : sum < -LOGIT_MOST ? -LOGIT_MOST : sum;
}

/* ------------------------------------------------------------------ one bit */

/* The odds of one question: what the network says, corrected by what came of it before. */
typedef struct question {
    int32_t network;  /* the network's odds, in 1/65536 */
    int32_t *knot;    /* of the table, with the next one */
    int32_t fraction; /* between them, in 1/256 */
    uint32_t odds;
} question;

INLINE question ask(pensel_latent_state *state, size_t kind, size_t table, int logit)
{
    int place = logit + 3072, i = place / 64, rest = place % 64;
    question q = {.network =
                      pensel_squash[i] + (pensel_squash[i + 1] - pensel_squash[i]) * rest / 64,
                  .knot = state->odds[table][kind] + place / 256,
                  .fraction = place % 256};
    int32_t table_odds = (q.knot[0] * (256 - q.fraction) + q.knot[1] * q.fraction) >> 14;
    int32_t odds = (q.network + table_odds + 1) / 2;
    q.odds = (uint32_t)(odds < PENSEL_ODDS_LEAST           ? PENSEL_ODDS_LEAST
                        : odds > 65536 - PENSEL_ODDS_LEAST ? 65536 - PENSEL_ODDS_LEAST
                                                           : odds);
    return q;
}

INLINE void learn_table(const question *q, bool bit)
{
    int32_t target = bit ? (1 << 22) - 1 : 0;
    q->knot[0] += ((target - q->knot[0]) >> 6) * (256 - q->fraction) >> 8;
    q->knot[1] += ((target - q->knot[1]) >> 6) * q->fraction >> 8;
}

/* A step of gradient descent for the last layer, at a rate of 2^-10. */
INLINE void learn_last(pensel_latent_state *state, size_t kind, size_t output, const int32_t *inner,
                       const question *q, bool bit)
{
    int32_t error = (bit ? 65536 : 0) - q->network, *w = state->last[output];
    int32_t *bias = &state->last_bias[kind][output];
    ints most = (ints){0} + LAST_MOST;
    for (size_t v = 0; v < INNER / LANES; v++) {
        ints sum = *(const loose *)(w + v * LANES) +
                   ((*(const loose *)(inner + v * LANES) * error + 65536) >> 17);
        ints over = sum > most, under = sum < -most;
        *(loose *)(w + v * LANES) = (sum & ~over & ~under) | (most & over) | (-most & under);
    }
    *bias += error >> 10;
    *bias = *bias > BIAS_MOST ? BIAS_MOST : *bias < -BIAS_MOST ? -BIAS_MOST : *bias;
}

INLINE bool code_bit(const pensel_latent_job *job, walk_mode mode, bool bit, uint32_t odds)
{
    if (mode == READ) return pensel_range_read(job->reader, odds);
    pensel_range_write(job->writer, bit, odds);
    return bit;
}

/* Asks, codes and learns. */
INLINE bool answer(const pensel_latent_job *job, walk_mode mode, size_t kind, size_t output,
                   size_t table, const int32_t *inner, int logit, bool bit)
{
    question q = ask(job->state, kind, table, logit);
    bit = code_bit(job, mode, bit, q.odds);
    learn_table(&q, bit);
    learn_last(job->state, kind, output, inner, &q, bit);
    return bit;
}

/* ------------------------------------------------------------------ one latent */

/* The table of "more than k?". */
INLINE size_t table_of(int k)
{
    return k == 1 ? 2 : k == 2 ? 3 : k <= 4 ? 4 : 5;
}

/* What is beyond PENSEL_UNARY: how many digits, then these, as even bits. */
INLINE int code_digits(const pensel_latent_job *job, walk_mode mode, int value)
{
    int count = 0, result = 1;
    while (count < 15 && code_bit(job, mode, (value + 1) >> (count + 1) != 0, 32768))
        count++;
    for (int i = count - 1; i >= 0; i--)
        result = result * 2 + code_bit(job, mode, (value + 1) >> i & 1, 32768);
    return result - 1;
}

/* Returns the latent, which READ does not know before. */
INLINE int code_latent(const pensel_latent_job *job, walk_mode mode, size_t kind,
                       const int32_t *inner, int latent)
{
    pensel_latent_state *state = job->state;
    int size = latent < 0 ? -latent : latent, k = 1;
    if (!answer(job, mode, kind, 0, 0, inner, logit(state, kind, 0, inner), size != 0)) return 0;
    bool positive = answer(job, mode, kind, 1, 1, inner, logit(state, kind, 1, inner), latent > 0);
    if (answer(job, mode, kind, 2, 2, inner, logit(state, kind, 2, inner), size > 1)) {
        for (k = 2; k < PENSEL_UNARY; k++)
            if (!answer(job, mode, kind, 3, table_of(k), inner, logit(state, kind, 3, inner),
                        size > k))
                break;
        if (k == PENSEL_UNARY) k += code_digits(job, mode, size - PENSEL_UNARY);
        if (k > PENSEL_LATENT_MOST) k = PENSEL_LATENT_MOST;
    }
    return positive ? k : -k;
}

/* Bits of an answer, from a table. */
INLINE float cost_of(const pensel_latent_job *job, const question *q, bool bit)
{
    return job->cost[(bit ? q->odds : 65536 - q->odds) >> 4];
}

/* The size of least squared error plus lambda times bits, among the nearest, the one below it and
 * 0. `place` is the coefficient. */
INLINE int choose(const pensel_latent_job *job, size_t kind, const int32_t *inner, float place)
{
    pensel_latent_state *state = job->state;
    float exact = (place < 0 ? -place : place) / job->step;
    int nearest = exact < PENSEL_LATENT_MOST - 1 ? (int)(exact + 0.5f) : PENSEL_LATENT_MOST;
    if (nearest == 0) return 0;
    question zero = ask(state, kind, 0, logit(state, kind, 0, inner));
    question sign = ask(state, kind, 1, logit(state, kind, 1, inner));
    float bits = cost_of(job, &zero, true) + cost_of(job, &sign, place > 0);
    float least = exact * exact + job->lambda * cost_of(job, &zero, false);
    int best = 0;
    for (int k = 1; k <= nearest; k++) {
        /* bits up to "more than k - 1" */
        size_t output = k == 1 ? 2 : 3;
        question more = ask(state, kind, table_of(k), logit(state, kind, output, inner));
        if (k + 1 >= nearest) {
            float error = exact - (float)k;
            float sum = error * error + job->lambda * (bits + cost_of(job, &more, false));
            if (sum < least) {
                least = sum;
                best = k;
            }
        }
        if (k >= PENSEL_UNARY) return place < 0 ? -nearest : nearest;
        bits += cost_of(job, &more, true);
    }
    return place < 0 ? -best : best;
}

/* ------------------------------------------------------------------ bands */

INLINE void code_band(const pensel_latent_job *job, walk_mode mode, pensel_band *band,
                      const around *a)
{
    static const int8_t nothing[PENSEL_CONTEXTS];
    const pensel_latent_model *m = job->model;
    size_t plane = band->plane < job->stripe->colours ? band->plane : 0;
    size_t kind = (plane * PENSEL_WAVELETS + band->level - 1) * 2 + (band->orientation == 2);
    int32_t base[HIDDEN], quiet[INNER], inner[INNER];
    int8_t f[PENSEL_CONTEXTS];
    for (size_t j = 0; j < HIDDEN; j++)
        base[j] = m->kind[kind][j] * 16 + m->step[j] * job->stripe->step_log;
    think(quiet, m, base, nothing);
    for (size_t y = 0; y < band->height; y++) {
        int16_t *q = band->q + y * band->stride;
        mark(job->busy, band, a, y);
        for (size_t x = 0; x < band->width; x++) {
            const int32_t *known = quiet;
            const int16_t *w = q + x;
            if (job->busy[x] | w[-1] | w[-2] | w[-3] | w[-4]) {
                context(f, band, a, y, x);
                if (mode != COLLECT) think(inner, m, base, f);
                known = inner;
            } else if (mode == COLLECT)
                memset(f, 0, sizeof f);
            if (mode == COLLECT) {
                job->sink(job->data, f, kind, q[x]);
                continue;
            }
            if (mode == CHOOSE)
                q[x] = (int16_t)choose(job, kind, known,
                                       band->place[y * band->down + x * band->along]);
            q[x] = (int16_t)code_latent(job, mode, kind, known, q[x]);
        }
    }
}

/* ------------------------------------------------------------------ level 0 */

INLINE bool code_counted(const pensel_latent_job *job, walk_mode mode, pensel_counted *c, bool bit)
{
    uint32_t odds = c->odds;
    if (odds < 1024) odds = 1024;
    if (odds > 64512) odds = 64512;
    bit = code_bit(job, mode, bit, odds);
    c->odds = (uint16_t)(c->odds + ((bit ? 65535 : 0) - c->odds) * 2 / (2 * c->seen + 3));
    if (c->seen < 30) c->seen++;
    return bit;
}

INLINE int middle_of(int a, int b, int c)
{
    int low = a < b ? a : b, high = a < b ? b : a;
    return c < low ? low : c > high ? high : c;
}

/* How much differs around here, as a number of digits. */
INLINE size_t unrest(const int16_t *q, ptrdiff_t s)
{
    int sum = abs(q[-1] - q[-s - 1]) + abs(q[-s] - q[-s - 1]) + abs(q[-s + 1] - q[-s]);
    size_t digits = 0;
    while (sum >> digits && digits < 2 * ((size_t)PENSEL_BASE_CONTEXTS - 1))
        digits++;
    return digits / 2;
}

/* A difference: its number of digits, the digits below the first, its sign. */
INLINE int code_difference(const pensel_latent_job *job, walk_mode mode, size_t c, int difference)
{
    pensel_counted *lengths = job->state->base[0][c], *digits = job->state->base[1][c];
    int size = difference < 0 ? -difference : difference, length = 0, result;
    while (length < PENSEL_BASE_DIGITS - 1 &&
           code_counted(job, mode, &lengths[length], size >> length != 0))
        length++;
    if (length == 0) return 0;
    result = 1;
    for (int i = length - 2; i >= 0; i--) {
        bool bit = size >> i & 1;
        bit = i == length - 2 ? code_counted(job, mode, &digits[length], bit)
                              : code_bit(job, mode, bit, 32768);
        result = result * 2 + bit;
    }
    return code_bit(job, mode, difference > 0, 32768) ? result : -result;
}

/* Level 0 is a small picture: each value is predicted from its neighbours, as by LOCO-I
 * (Weinberger, Seroussi and Sapiro 2000). */
INLINE void code_base(const pensel_latent_job *job, walk_mode mode, pensel_band *band)
{
    ptrdiff_t s = (ptrdiff_t)band->stride;
    for (size_t y = 0; y < band->height; y++)
        for (size_t x = 0; x < band->width; x++) {
            int16_t *q = band->q + y * band->stride + x;
            int w = q[-1], n = q[-s], guess = !y ? w : !x ? n : middle_of(w, n, w + n - q[-s - 1]);
            if (mode == CHOOSE) {
                float v = band->place[y * band->down + x * band->along] / job->step;
                int nearest = (int)(v < 0 ? v - 0.5f : v + 0.5f);
                q[0] = (int16_t)nearest;
            }
            int value = guess + code_difference(job, mode, unrest(q, s), q[0] - guess);
            q[0] = (int16_t)(value > PENSEL_LATENT_MOST    ? PENSEL_LATENT_MOST
                             : value < -PENSEL_LATENT_MOST ? -PENSEL_LATENT_MOST
                                                           : value);
        }
}

/* ------------------------------------------------------------------ the walk */

INLINE void code_plane(const pensel_latent_job *job, walk_mode mode, size_t plane)
{
    pensel_stripe *s = job->stripe;
    bool colour = plane < s->colours;
    if (mode != COLLECT) code_base(job, mode, &s->bands[plane][0][0]);
    for (size_t l = s->levels; l > 0; l--)
        for (size_t o = 0; o < 3; o++) {
            pensel_band *own = s->bands[plane][l];
            around a = {NULL, NULL, o > 0 ? &own[0] : NULL, o > 1 ? &own[1] : NULL, {NULL, NULL}};
            if (l < s->levels) {
                a.parent = &s->bands[plane][l + 1][o];
                a.cousin = &s->bands[plane][l + 1][o == 0];
            }
            for (size_t k = 0; k < 2 && k < plane && colour; k++)
                a.planes[k] = &s->bands[k][l][o];
            code_band(job, mode, &own[o], &a);
        }
}

#define WALK(name, mode)                                 \
    static void name(const pensel_latent_job *job)       \
    {                                                    \
        for (size_t p = 0; p < job->stripe->planes; p++) \
            code_plane(job, mode, p);                    \
    }
WALK(write, WRITE)
WALK(choose_all, CHOOSE)
WALK(read, READ)
WALK(collect, COLLECT)

#define JOINED(a, b) a##b
#define TABLE(isa) JOINED(pensel_latents_, isa)
extern const pensel_latent_kernels TABLE(PENSEL_ISA_NAME);
const pensel_latent_kernels TABLE(PENSEL_ISA_NAME) = {write, choose_all, read, collect};
