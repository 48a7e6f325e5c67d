/* The walk over a stripe's latents, for the instruction set PENSEL_ISA_NAME: band by band, the
 * coarsest level first, row by row. Where all that a context sees is 0, which is most of a picture
 * at low rates, the network's hidden layers are known beforehand.
 *
 * From the bottom up: contexts (latent_context.h), the network's hidden layers (latent_network.h),
 * one bit (latent_odds.h: logit -> odds, and what is learned from it); and here one latent (its
 * bits), a row, a band, level 0, the walk.
 *
 * Writer and reader must do the same integer operations in the same order: one rounding that
 * differs and the reader's odds leave the writer's, so that all that follows in the stream is
 * noise. This is why one function serves all modes, and why a change of any sum here is a new
 * version of the file. In READ the values that are passed down mean nothing; each bit comes from
 * the stream. */
#include "codec/latent_odds.h"

#include <stdlib.h>

/* ------------------------------------------------------------------ one latent */

/* The table of "more than k?". */
INLINE size_t table_of(int k)
{
    return k == 1 ? 2 : k == 2 ? 3 : k <= 4 ? 4 : 5;
}

/* What is beyond PENSEL_UNARY, as an exponential Golomb code of value + 1: how many digits
 * follow the first 1, then these, as even bits. So large a latent is too rare to learn from. A
 * damaged file may name up to 15 digits, which is more than a latent has; the caller cuts it. */
INLINE int code_digits(const pensel_latent_job *job, pensel_range_reader *reader, walk_mode mode,
                       int value)
{
    int count = 0, result = 1;
    while (count < 15 && code_bit(job, reader, mode, (value + 1) >> (count + 1) != 0, 32768))
        count++;
    for (int i = count - 1; i >= 0; i--)
        result = result * 2 + code_bit(job, reader, mode, (value + 1) >> i & 1, 32768);
    return result - 1;
}

/* A latent that is not 0: what is left to say of it. */
INLINE int code_rest(const pensel_latent_job *job, pensel_range_reader *reader, walk_mode mode,
                     size_t kind, const int16_t *inner, int latent)
{
    int size = latent < 0 ? -latent : latent, k = 1;
    bool positive = answer(job, reader, mode, kind, 1, 1, inner, latent > 0);
    if (answer(job, reader, mode, kind, 2, 2, inner, size > 1)) {
        for (k = 2; k < PENSEL_UNARY; k++)
            if (!answer(job, reader, mode, kind, 3, table_of(k), inner, size > k)) break;
        if (k == PENSEL_UNARY) k += code_digits(job, reader, mode, size - PENSEL_UNARY);
        if (k > PENSEL_LATENT_MOST) k = PENSEL_LATENT_MOST;
    }
    return positive ? k : -k;
}

/* Functions of their own: most latents are 0, and their loop is the faster the fewer numbers it
 * must keep. */
#define REST(name, mode)                                                                \
    static __attribute__((noinline)) int name(const pensel_latent_job *job,             \
                                              pensel_range_reader *reader, size_t kind, \
                                              const int16_t *inner, int latent)         \
    {                                                                                   \
        return code_rest(job, reader, mode, kind, inner, latent);                       \
    }
REST(write_rest, WRITE)
REST(read_rest, READ)

/* Returns the latent, which READ does not know before. `zero` is what weigh() makes of `inner` for
 * output 0. */
INLINE int code_latent(const pensel_latent_job *job, cursor *c, walk_mode mode, size_t kind,
                       const int16_t *inner, int32_t zero, int latent)
{
    if (!answer_zero(job, c, mode, zero, inner, latent != 0)) return 0;
    if (mode != READ) return write_rest(job, NULL, kind, inner, latent);
    pensel_range_reader reader = c->reader; /* the cursor's own address may not go there */
    latent = read_rest(job, &reader, kind, inner, latent);
    c->reader = reader;
    return latent;
}

/* Bits of an answer, from a table. */
INLINE float cost_of(const pensel_latent_job *job, const question *q, bool bit)
{
    return job->cost[(bit ? q->odds : 65536 - q->odds) >> 4];
}

/* The latent of least squared error (in squared steps) plus lambda times bits, among the nearest
 * size, the one below it and 0. Nothing is learned while it asks, so from "more than 3?" on, whose
 * answers learn from the one before, its bits are an estimate. What a value costs the latents after
 * it, whose contexts see it, is not counted, but for the surprise. Floats choose here, and may: the
 * file has the latent, not the reason. */
INLINE int choose(const pensel_latent_job *job, const cursor *c, size_t kind, const int16_t *inner,
                  int32_t sum, float coefficient, float lambda)
{
    const pensel_latent_state *state = job->state;
    float exact = (coefficient < 0 ? -coefficient : coefficient) / job->step;
    int nearest = exact < PENSEL_LATENT_MOST - 1 ? (int)(exact + 0.5f) : PENSEL_LATENT_MOST;
    if (nearest == 0) return 0;
    output one = take_output(state, kind, 1);
    question zero = ask(job, kind, 0, logit(sum, c->zero.bias));
    question sign = ask(job, kind, 1, logit(weigh(&one, inner), one.bias));
    float surprise = job->choice->surprise;
    float bits = surprise * cost_of(job, &zero, true) + cost_of(job, &sign, coefficient > 0);
    float least = exact * exact + lambda * surprise * cost_of(job, &zero, false);
    int best = 0;
    for (int k = 1; k <= nearest; k++) {
        /* bits up to "more than k - 1" */
        output out = take_output(state, kind, k == 1 ? 2 : 3);
        question more = ask(job, kind, table_of(k), logit(weigh(&out, inner), out.bias));
        if (k + 1 >= nearest) {
            float error = exact - (float)k;
            float loss = error * error + lambda * (bits + cost_of(job, &more, false));
            if (loss < least) {
                least = loss;
                best = k;
            }
        }
        if (k >= PENSEL_UNARY) return coefficient < 0 ? -nearest : nearest;
        bits += cost_of(job, &more, true);
    }
    return coefficient < 0 ? -best : best;
}

/* ------------------------------------------------------------------ bands */

/* The latent at (x, y), which CHOOSE decides first, from what stands there in the tile. q is where
 * it is. */
INLINE int code_one(const pensel_latent_job *job, cursor *c, walk_mode mode, size_t kind,
                    const int16_t *inner, int32_t zero, const pensel_band *band, int16_t *q,
                    size_t y, size_t x)
{
    if (mode == CHOOSE)
        *q = (int16_t)choose(job, c, kind, inner, zero,
                             band->place[y * band->down + x * band->along],
                             job->choice->lambda[band->plane][band->level][band->orientation]);
    int latent = code_latent(job, c, mode, kind, inner, zero, *q);
    *q = (int16_t)latent;
    return latent;
}

/* What can be known of latents before the row is: some latents ahead of the one that is coded, so
 * that the processor has something to do while it waits for a bit, and need not throw it away where
 * it guessed the bit wrong. Latent x stands at x % AT_ONCE. */
typedef struct foreseen {
    int32_t sums[AT_ONCE][HIDDEN]; /* the first layer's, as if the values to the left were 0 */
    int16_t inner[AT_ONCE][INNER]; /* the neurons, if they are */
    uint32_t thought;              /* a bit for each of them that there is */
} foreseen;

/* What a walk over a row reads. */
typedef struct row {
    const pensel_latent_model *m;
    const around *a;
    const lines *l;
    const int32_t *base; /* of every latent of the band */
    size_t y, planes;
    block b; /* at work */
} row;

/* Foreseen sums have the signs of the planes before as w = 0 would have them: adds what they say
 * otherwise, w being what stands to the left of latent x. */
INLINE void correct_signs(ints *sums, const row *r, size_t x, int w)
{
    for (size_t k = 0; k < r->planes; k++) {
        const int16_t *other = at(r->a->planes[k], r->y, x);
        size_t i = x % AT_ONCE;
        if (!other[0] || !other[-1]) continue;
        int32_t now = plane_signs(other, r->b.together[k][i], w), then = r->b.signs[k][i];
        if (now != then)
            add_pair(sums, r->m, PENSEL_PLANE_PAIRS + 2 * k + 1,
                     pair_of(0, (now >> 16) - (then >> 16)));
    }
}

/* Whether contexts of latents i and i + 1 of a block are not 0, among the first pairs. */
INLINE bool any_pair(const int32_t (*pairs)[AT_ONCE], size_t count, size_t i)
{
    int32_t found = 0;
    for (size_t k = 0; k < count; k++)
        found |= pairs[k][i] | pairs[k][i + 1];
    return found;
}

/* The first layer's part of latents x and x + 1, x even, which have the same parents. */
INLINE void foresee_sums(foreseen *f, const row *r, size_t x)
{
    const block *b = &r->b;
    const around *a = r->a;
    size_t i = x % AT_ONCE;
    ints own[AT_A_TIME][HIDDEN / LANES];
    take_sums(own[0], r->base);
    if (a->parent && r->l->parent_any[x / 2])
        for (size_t k = PENSEL_PARENT_PAIRS; k < PENSEL_FIRST_PAIRS; k++)
            add_pair(own[0], r->m, k, b->row[k][i / 2]);
    memcpy(own[1], own[0], sizeof own[0]);
    if (any_pair(b->row, PENSEL_PARENT_PAIRS, i))
        for (size_t k = 0; k < PENSEL_PARENT_PAIRS; k++)
            add_pairs(own, r->m, k, b->row[k] + i);
    if (a->first) add_pairs(own, r->m, PENSEL_FIRST_PAIRS, b->row[PENSEL_FIRST_PAIRS] + i);
    if (a->second) add_pairs(own, r->m, PENSEL_FIRST_PAIRS + 1, b->row[PENSEL_FIRST_PAIRS + 1] + i);
    for (size_t k = 0; k < r->planes; k++) {
        add_pairs(own, r->m, PENSEL_PLANE_PAIRS + 2 * k, b->planes[k] + i);
        add_pairs(own, r->m, PENSEL_PLANE_PAIRS + 2 * k + 1, b->signs[k] + i);
    }
    for (size_t t = 0; t < AT_A_TIME; t++)
        put_sums(f->sums[i + t], own[t]);
}

/* The neurons of latents x and x + 1, if either sees anything. The one that does not is not asked
 * for. */
INLINE void think_ahead(foreseen *f, const row *r, size_t x)
{
    int16_t *inner[AT_A_TIME];
    const int32_t *first[AT_A_TIME];
    if (!(r->l->any[x] | r->l->any[x + 1])) return;
    for (size_t t = 0; t < AT_A_TIME; t++) {
        size_t i = (x + t) % AT_ONCE;
        inner[t] = f->inner[i];
        first[t] = f->sums[i];
    }
    think(inner, r->m, first, AT_A_TIME);
    f->thought |= 3u << x % AT_ONCE;
}

/* What the left neighbours bring: of small ones, which most are, from tables. */
INLINE void add_left(ints *sums, const pensel_latent_model *m, const int16_t *q)
{
    int far = size_of(q[-3]) + size_of(q[-4]);
    unsigned w = (unsigned)(q[-1] + PENSEL_NEAR / 2), ww = (unsigned)(q[-2] + PENSEL_NEAR / 2);
    if ((w | ww | (unsigned)far) < PENSEL_NEAR) {
        add_sums(sums, m->near[0][w]);
        add_sums(sums, m->near[1][ww]);
        add_sums(sums, m->near[2][far]);
        return;
    }
    int32_t pairs[PENSEL_PLANE_PAIRS - PENSEL_LEFT_PAIRS];
    left_pairs(pairs, q);
    for (size_t i = 0; i < PENSEL_PLANE_PAIRS - PENSEL_LEFT_PAIRS; i++)
        add_pair(sums, m, PENSEL_LEFT_PAIRS + i, pairs[i]);
}

/* The contexts as bench/latent_prior.c trains with them: one after another. What the band has not
 * is 0. */
INLINE void show(const pensel_latent_job *job, size_t kind, const row *r, const int16_t *q,
                 size_t x)
{
    const around *a = r->a;
    const block *b = &r->b;
    size_t i = x % AT_ONCE;
    int32_t pairs[PENSEL_LATENT_PAIRS] = {0};
    int8_t f[PENSEL_CONTEXTS];
    for (size_t k = 0; k < PENSEL_PARENT_PAIRS; k++)
        pairs[k] = b->row[k][i];
    for (size_t k = PENSEL_PARENT_PAIRS; k < PENSEL_FIRST_PAIRS && a->parent; k++)
        pairs[k] = b->row[k][i / 2];
    if (a->first) pairs[PENSEL_FIRST_PAIRS] = b->row[PENSEL_FIRST_PAIRS][i];
    if (a->second) pairs[PENSEL_FIRST_PAIRS + 1] = b->row[PENSEL_FIRST_PAIRS + 1][i];
    left_pairs(pairs + PENSEL_LEFT_PAIRS, q);
    for (size_t k = 0; k < r->planes; k++) {
        int32_t *own = pairs + PENSEL_PLANE_PAIRS + 2 * k;
        own[0] = b->planes[k][i];
        own[1] = plane_signs(at(a->planes[k], r->y, x), b->together[k][i], q[-1]);
    }
    for (i = 0; i < 2 * PENSEL_LATENT_PAIRS; i++)
        if (pensel_latent_order[i] >= 0)
            f[pensel_latent_order[i]] =
                (int8_t)(i % 2 ? pairs[i / 2] >> 16 : (int16_t)(uint16_t)pairs[i / 2]);
    job->sink(job->data, f, kind, *q);
}

/* The neurons of a latent that sees nothing but 0, which is most of them at low rates: they depend
 * only on the kind of band and on the step. `zero` is what weigh() makes of them for output 0 while
 * its weights are those of `version`. The bias is left out because it learns from every bit, the
 * weights only from those that surprise. */
typedef struct quiet {
    int32_t base[HIDDEN]; /* the first layer's sums, which every latent of the band has in common */
    int16_t inner[INNER];
    int32_t zero;
    uint32_t version;
} quiet;

/* The neurons of latent x; they may be in `own`. `near`: there is something else than 0 in the row
 * among the four values before, so what was foreseen of it, if anything, is not all: what lies to
 * the left can only be looked at now, when it is known. `any`: something was foreseen. */
INLINE const int16_t *think_of(int16_t *own, const row *r, const int16_t *q, const foreseen *f,
                               const quiet *s, size_t x, bool any, bool near)
{
    int32_t all[HIDDEN];
    ints sums[HIDDEN / LANES];
    const int32_t *first = all;
    if (!near && !any) return s->inner;
    if (!near && f->thought >> x % AT_ONCE & 1) return f->inner[x % AT_ONCE];
    take_sums(sums, any ? f->sums[x % AT_ONCE] : s->base);
    if (any && q[-1]) correct_signs(sums, r, x, q[-1]);
    if (near) add_left(sums, r->m, q);
    put_sums(all, sums);
    think(&own, r->m, &first, 1);
    return own;
}

/* Latent x, which is *q. *zeros is how many values to its left are 0. */
INLINE void code_next(const pensel_latent_job *job, cursor *c, walk_mode mode, size_t kind,
                      const pensel_band *band, const row *r, const foreseen *f, quiet *s,
                      size_t *zeros, int16_t *q, size_t x)
{
    int16_t own[INNER];
    bool any = r->l->any[x], near = *zeros < 4;
    const int16_t *inner = think_of(own, r, q, f, s, x, any, near);
    bool known = !any && !near && s->version == c->version;
    int32_t zero = known ? s->zero : weigh(&c->zero, inner);
    if (!any && !near) {
        s->zero = zero;
        s->version = c->version;
    }
    *zeros = code_one(job, c, mode, kind, inner, zero, band, q, r->y, x) ? 0 : *zeros + 1;
}

/* Whether any of `count` latents sees something in the rows and bands before. */
INLINE bool any_of(const uint8_t *any, size_t count)
{
    uint8_t found = 0;
    for (size_t i = 0; i < count; i++)
        found |= any[i];
    return found;
}

INLINE void begin_row(row *r, const pensel_latent_job *job, const around *a, const lines *l,
                      const quiet *s, size_t y)
{
    r->m = job->model;
    r->a = a;
    r->l = l;
    r->base = s->base;
    r->y = y;
    r->planes = a->planes[1] ? 2 : a->planes[0] ? 1 : 0;
}

/* What can be known of latents x up to `end`, a block. */
INLINE void foresee(foreseen *f, row *r, size_t x, size_t end)
{
    size_t count = end - x + (end - x) % 2; /* a margin is there */
    f->thought = 0;
    if (!any_of(r->l->any + x, end - x)) return;
    if (count == AT_ONCE) /* the compiler then knows how often its loops go round */
        see_block(&r->b, r->l, r->a, r->y, x, AT_ONCE);
    else
        see_block(&r->b, r->l, r->a, r->y, x, count);
    for (size_t t = x; t < end; t += AT_A_TIME)
        if (r->l->any[t] | r->l->any[t + 1]) foresee_sums(f, r, t);
}

/* Row y, a block at a time: first what can be known of all its latents, then one after the other.
 * Two values before its turn a pair of latents is thought of, while the processor waits for their
 * bits, unless what stands to the left already says that it would be in vain. */
INLINE void code_row(const pensel_latent_job *job, walk_mode mode, size_t kind, pensel_band *band,
                     const around *a, const lines *l, quiet *s, size_t y)
{
    pensel_latent_state *state = job->state;
    row r;
    cursor c = {.zero = take_output(state, kind, 0),
                .version = state->version,
                .squash = job->model->squash,
                .knots = state->odds[0][kind]};
    int16_t *q = band->q + y * band->stride;
    size_t zeros = 4;
    foreseen f;
    begin_row(&r, job, a, l, s, y);
    if (mode == READ) c.reader = *job->reader;
    for (size_t x = 0; x < band->width; x += AT_ONCE) {
        size_t end = x + AT_ONCE < band->width ? x + AT_ONCE : band->width;
        foresee(&f, &r, x, end);
        if (zeros >= 4) think_ahead(&f, &r, x);
        for (size_t t = x; t < end; t++) {
            if (t % 2 == 0 && t + 2 < end && zeros >= 2) think_ahead(&f, &r, t + 2);
            code_next(job, &c, mode, kind, band, &r, &f, s, &zeros, q + t, t);
        }
    }
    if (mode == READ) *job->reader = c.reader;
    put_output(state, &c.zero, kind, 0);
    state->version = c.version;
}

/* For COLLECT: the contexts of a row's latents, as they are. */
INLINE void show_row(const pensel_latent_job *job, size_t kind, const pensel_band *band,
                     const around *a, const lines *l, const quiet *s, size_t y)
{
    row r;
    begin_row(&r, job, a, l, s, y);
    for (size_t x = 0; x < band->width; x++) {
        size_t left = band->width - x;
        if (x % AT_ONCE == 0) see_block(&r.b, l, a, y, x, left < AT_ONCE ? left : AT_ONCE);
        show(job, kind, &r, at(band, y, x), x);
    }
}

/* All rows of a band of level 1 or more. `base` is what every latent of it has in common. Alpha
 * has the biases of plane 0, for there is no prior of its own. A row's sizes become the lines'
 * only when it is coded: until then the ring's slot is that of four rows before, which nobody
 * reads. */
INLINE void code_band(const pensel_latent_job *job, walk_mode mode, pensel_band *band,
                      const around *a)
{
    const pensel_latent_model *m = job->model;
    size_t plane = band->plane < job->stripe->colours ? band->plane : 0;
    size_t kind = (plane * PENSEL_WAVELETS + band->level - 1) * 2 + (band->orientation == 2);
    quiet s;
    int16_t *inner = s.inner;
    const int32_t *first = s.base;
    lines l = lines_on(job->lines, band->width + 2 * (size_t)PENSEL_LINE_MARGIN);
    for (size_t j = 0; j < HIDDEN; j++)
        s.base[j] = m->kind[kind][j] * 16 + m->step[j] * job->stripe->step_log;
    think(&inner, m, &first, 1);
    s.version = mode == COLLECT ? 0 : job->state->version - 1;
    for (size_t y = 0; y < band->height; y++) {
        see_row(&l, band, a, y);
        if (mode == COLLECT)
            show_row(job, kind, band, a, &l, &s, y);
        else
            code_row(job, mode, kind, band, a, &l, &s, y);
        keep_row(&l, band, y);
    }
}

/* ------------------------------------------------------------------ level 0 */

/* A bit with odds that begin at 1/2 and go 1 / (seen + 1.5) of the way to each bit that comes:
 * their mean, as it were, until 30 are seen, and then one that forgets. */
INLINE bool code_counted(const pensel_latent_job *job, walk_mode mode, pensel_counted *c, bool bit)
{
    uint32_t odds = c->odds;
    if (odds < 1024) odds = 1024;
    if (odds > 64512) odds = 64512;
    bit = code_bit(job, job->reader, mode, bit, odds);
    c->odds = (uint16_t)(c->odds + ((bit ? 65535 : 0) - c->odds) * 2 / (2 * c->seen + 3));
    if (c->seen < 30) c->seen++;
    return bit;
}

/* The middle one of three: w + n - nw where the picture is smooth, w or n beside an edge. */
INLINE int middle_of(int a, int b, int c)
{
    int low = a < b ? a : b, high = a < b ? b : a;
    return c < low ? low : c > high ? high : c;
}

/* How much differs around here, as half a number of digits: the context of the difference. It
 * sees what is known before the value alone: w, nw, n, ne. `s` is the stride. */
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
                              : code_bit(job, job->reader, mode, bit, 32768);
        result = result * 2 + bit;
    }
    return code_bit(job, job->reader, mode, difference > 0, 32768) ? result : -result;
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

/* All bands of a plane, in the file's order. `around` names what the decoder has by then: the
 * next coarser level (the same orientation is the parent; its cousin is orientation 1 for 0,
 * else 0), the orientations before this one, and the same band of the planes of colour before.
 * Alpha sees none of those, nor do they see it. */
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

/* The last layer's weights in the order in which this walk takes them. */
INLINE void begin(pensel_latent_state *state)
{
    for (size_t o = 0; o < OUTPUTS; o++) {
        output out = take_output(state, 0, o);
        use(&out);
        put_output(state, &out, 0, o);
    }
}

/* Each mode is a function of its own, all of it inlined with the mode a constant, so no mode
 * pays for the questions of another. */
#define WALK(name, mode)                                 \
    static void name(const pensel_latent_job *job)       \
    {                                                    \
        if ((mode) != COLLECT) begin(job->state);        \
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
