/* The walk over a stripe's latents, for the instruction set PENSEL_ISA_NAME: band by band, the
 * coarsest level first, row by row. Where all that a context sees is 0, which is most of a picture
 * at low rates, the network's hidden layers are known beforehand.
 *
 * From the bottom up: the network (contexts -> logit), one bit (logit -> odds, and what is learned
 * from it), one latent (its bits), a row, a band, level 0, the walk.
 *
 * Writer and reader must do the same integer operations in the same order: one rounding that
 * differs and the reader's odds leave the writer's, so that all that follows in the stream is
 * noise. This is why one function serves all modes, and why a change of any sum here is a new
 * version of the file. In READ the values that are passed down mean nothing; each bit comes from
 * the stream.
 *
 * No sum overflows 32 bits, whatever the contexts are. Contexts are within 127, so the first
 * layer stays below 2^28. The second sums 32 neurons of at most 4095 with weights of at most
 * 8191: below 2^31. The last sums 16 neurons of at most 2047 with weights of at most 2^15 (they
 * are shifted by 4): below 2^31 too. Whoever raises one of these limits must lower another. */
#include "codec/latent_context.h"

#if defined __SSE2__
#include <immintrin.h>
#endif

#include <stdlib.h>

/* `loose` is a vector at any multiple of 4 bytes: arrays of int32_t are aligned to no more. */
typedef int32_t ints __attribute__((vector_size(VECTOR_BYTES)));
typedef uint32_t whole __attribute__((vector_size(VECTOR_BYTES)));
typedef int32_t loose __attribute__((vector_size(VECTOR_BYTES), aligned(4), may_alias));
enum {
    LANES = VECTOR_BYTES / 4,
    HIDDEN = PENSEL_LATENT_HIDDEN,
    INNER = PENSEL_LATENT_INNER,
    OUTPUTS = PENSEL_LATENT_OUTPUTS,
    HIDDEN_MOST = 4095,
    INNER_MOST = 2047,
    LOGIT_MOST = 3071,
    LAST_MOST = (1 << 19) - 1,
    BIAS_MOST = (1 << 20) - 1
};

typedef enum walk_mode { WRITE, CHOOSE, READ, COLLECT } walk_mode;

/* ------------------------------------------------------------------ the network */

/* Each lane within 0 and `most`: a ReLU with a top, so that what comes next has a known size. */
INLINE ints limited(ints x, int32_t most)
{
    ints zero = (ints){0}, top = zero + most;
    ints positive = x & (x > zero);
    ints over = positive > top;
    return (top & over) | (positive & ~over);
}

/* Of 16-bit halves: low a times low b plus high a times high b, in each lane. What is no 16-bit
 * number cannot stand in a half: contexts, weights of the first two layers and hidden neurons
 * (up to 4095) can. */
INLINE ints paired(ints a, ints b)
{
#if VECTOR_BYTES == 64 && defined __AVX512BW__
    return (ints)_mm512_madd_epi16((__m512i)a, (__m512i)b);
#elif VECTOR_BYTES == 32 && defined __AVX2__
    return (ints)_mm256_madd_epi16((__m256i)a, (__m256i)b);
#elif VECTOR_BYTES == 16 && defined __SSE2__
    return (ints)_mm_madd_epi16((__m128i)a, (__m128i)b);
#else
    return (a >> 16) * (b >> 16) + ((ints)((whole)a << 16) >> 16) * ((ints)((whole)b << 16) >> 16);
#endif
}

/* Adds what pairs first, first + 1 ... end - 1 bring to the first layer's sums (HIDDEN / LANES
 * vectors). Integers: it makes no difference which pairs come first, nor which that are 0 are left
 * out. */
INLINE void add_pairs(ints *sums, const pensel_latent_model *m, const int32_t *pairs, size_t first,
                      size_t end)
{
    for (size_t i = first; i < end; i++)
        for (size_t v = 0; v < HIDDEN / LANES; v++)
            sums[v] += paired(*(const loose *)(m->first[i] + v * LANES), (ints){0} + pairs[i]);
}

INLINE void take_sums(ints *sums, const int32_t *from)
{
    for (size_t v = 0; v < HIDDEN / LANES; v++)
        sums[v] = *(const loose *)(from + v * LANES);
}

/* inner (INNER) of the first layer's sums. Their first half is of even hidden neurons and the
 * second of odd ones, so that both together are the pairs of the next layer.
 *
 *     h_j = (base_j + sum_i A_ij f_i) >> 7, within 0 and 4095
 *     g_i = (128 b_i + sum_j B_ji h_j) >> 10, within 0 and 2047
 *
 * Contexts are in 2^-4 and weights in 2^-10, so sums are in 2^-14 and, shifted by 7, neurons in
 * 2^-7. The second layer's are in 2^-17; shifted by 10 they are in 2^-7 again. A shift rounds
 * down, also what is negative. */
INLINE void think(int32_t *inner, const pensel_latent_model *m, const ints *sums)
{
    /* two sums of the second layer, of every other pair, so that an addition need not wait for
     * the one before */
    ints more[2][INNER / LANES];
    int32_t hidden[HIDDEN / 2];
    for (size_t v = 0; v < HIDDEN / LANES / 2; v++)
        *(loose *)(hidden + v * LANES) =
            limited(sums[v] >> 7, HIDDEN_MOST) |
            (ints)((whole)limited(sums[v + HIDDEN / LANES / 2] >> 7, HIDDEN_MOST) << 16);
    for (size_t v = 0; v < INNER / LANES; v++) {
        more[0][v] = *(const loose *)(m->second_bias + v * LANES) << 7;
        more[1][v] = (ints){0};
    }
    for (size_t j = 0; j < HIDDEN / 2; j++)
        for (size_t v = 0; v < INNER / LANES; v++)
            more[j % 2][v] +=
                paired(*(const loose *)(m->second[j] + v * LANES), (ints){0} + hidden[j]);
    for (size_t v = 0; v < INNER / LANES; v++)
        *(loose *)(inner + v * LANES) = limited((more[0][v] + more[1][v]) >> 10, INNER_MOST);
}

/* What the network's hidden layers make of the contexts of a latent. `zero` is what the last
 * layer makes of it for the first question, without the bias, while its weights are those of
 * `version`: where nothing is seen the hidden layers are the same again and again, and the
 * weights too. The bias is left out because it learns from every bit, the weights only from
 * those that surprise. A version that is not the state's says that `zero` is not known. */
typedef struct thought {
    int32_t inner[INNER];
    int32_t zero;
    uint32_t version;
} thought;

/* The sum of all lanes. Integers: the order of additions makes no difference. */
INLINE int32_t total(ints x)
{
#if VECTOR_BYTES == 64 && defined __AVX512F__
    return _mm512_reduce_add_epi32((__m512i)x);
#elif VECTOR_BYTES == 32 && defined __AVX2__
    __m128i four =
        _mm_add_epi32(_mm256_castsi256_si128((__m256i)x), _mm256_extracti128_si256((__m256i)x, 1));
    four = _mm_add_epi32(four, _mm_shuffle_epi32(four, 0x4e));
    return _mm_cvtsi128_si32(_mm_add_epi32(four, _mm_shuffle_epi32(four, 0xb1)));
#else
    int32_t sum = 0;
    for (size_t i = 0; i < LANES; i++)
        sum += x[i];
    return sum;
#endif
}

/* sum_i (C_oi >> 4) g_i, in 2^-19: weights that learn are kept in 2^-16, finer than they are
 * used, so that many small steps add up. */
INLINE int32_t weigh(const pensel_latent_state *state, size_t output, const int32_t *inner)
{
    const int32_t *w = state->last[output];
    ints sums = (ints){0};
    for (size_t v = 0; v < INNER / LANES; v++)
        sums += (*(const loose *)(w + v * LANES) >> 4) * *(const loose *)(inner + v * LANES);
    return total(sums);
}

/* z_o = (8 c_ko + sum_i (C_oi >> 4) g_i) >> 11, in 2^-8: a logit from -12 to 12, without its
 * ends, so that in each table of odds there is a knot on both sides of it. */
INLINE int logit(const pensel_latent_state *state, size_t kind, size_t output, thought *t)
{
    bool known = output == 0 && t->version == state->version;
    int32_t sum = known ? t->zero : weigh(state, output, t->inner);
    if (output == 0) {
        t->zero = sum;
        t->version = state->version;
    }
    sum = (sum + state->last_bias[kind][output] * 8) >> 11;
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

/* The odds of a question, from its logit, without learning: choose() asks what it will not
 * answer. The network's opinion is 1 / (1 + e^-z), a straight line between knots a quarter
 * apart. The second one is that of a table over z, with knots 1 apart, which learns how often
 * such a logit came true in this kind of band (an adaptive probability map, as in PAQ: Mahoney
 * 2005). The bit is coded at the mean of both, kept away from 0 and 1, for a surprise must cost
 * a finite number of bits. */
INLINE question ask(pensel_latent_state *state, size_t kind, size_t table, int logit)
{
    uint32_t position = (uint32_t)(logit + 3072), i = position / 64, rest = position % 64;
    uint32_t rise = (uint32_t)(pensel_squash[i + 1] - pensel_squash[i]);
    question q = {.network = (int32_t)(pensel_squash[i] + rise * rest / 64),
                  .knot = state->odds[table][kind] + position / 256,
                  .fraction = (int32_t)(position % 256)};
    int32_t table_odds = (q.knot[0] * (256 - q.fraction) + q.knot[1] * q.fraction) >> 14;
    int32_t odds = (q.network + table_odds + 1) / 2;
    q.odds = (uint32_t)(odds < PENSEL_ODDS_LEAST           ? PENSEL_ODDS_LEAST
                        : odds > 65536 - PENSEL_ODDS_LEAST ? 65536 - PENSEL_ODDS_LEAST
                                                           : odds);
    return q;
}

/* Both knots beside the logit go 1/64 of the way towards what came, each by its share in the
 * odds. The target is one less than 2^22, so that the odds stay below 1. */
INLINE void learn_table(const question *q, bool bit)
{
    int32_t target = bit ? (1 << 22) - 1 : 0;
    q->knot[0] += ((target - q->knot[0]) >> 6) * (256 - q->fraction) >> 8;
    q->knot[1] += ((target - q->knot[1]) >> 6) * q->fraction >> 8;
}

/* A step of gradient descent for the last layer. The bits that an answer costs, as a function of
 * the logit z, have the slope p - bit, p the network's odds; so c += rate (bit - p) and C_i +=
 * rate (bit - p) g_i, at a rate of 2^-10. The error is in 2^-16 as weights and bias are, and g
 * in 2^-7: hence the shifts by 10 and by 17. It is the network's own error, not that of the mean
 * with the table: each of the two learns as if it were alone. */
INLINE void learn_last(pensel_latent_state *state, size_t kind, size_t output, const int32_t *inner,
                       const question *q, bool bit)
{
    int32_t error = (bit ? 65536 : 0) - q->network, *w = state->last[output];
    int32_t *bias = &state->last_bias[kind][output];
    ints most = (ints){0} + LAST_MOST;
    *bias += error >> 10;
    *bias = *bias > BIAS_MOST ? BIAS_MOST : *bias < -BIAS_MOST ? -BIAS_MOST : *bias;
    /* so small an error times any neuron rounds to 0 */
    if (error * INNER_MOST < 65536 && error * INNER_MOST >= -65536) return;
    state->version += output == 0;
    for (size_t v = 0; v < INNER / LANES; v++) {
        ints sum = *(const loose *)(w + v * LANES) +
                   ((*(const loose *)(inner + v * LANES) * error + 65536) >> 17);
        ints over = sum > most, under = sum < -most;
        *(loose *)(w + v * LANES) = (sum & ~over & ~under) | (most & over) | (-most & under);
    }
}

/* Writes `bit`, or reads and returns it. */
INLINE bool code_bit(const pensel_latent_job *job, walk_mode mode, bool bit, uint32_t odds)
{
    if (mode == READ) return pensel_range_read(job->reader, odds);
    pensel_range_write(job->writer, bit, odds);
    return bit;
}

/* Asks, codes and learns. Learning comes last: the reader knows the bit only then. */
INLINE bool answer(const pensel_latent_job *job, walk_mode mode, size_t kind, size_t output,
                   size_t table, thought *t, bool bit)
{
    question q = ask(job->state, kind, table, logit(job->state, kind, output, t));
    bit = code_bit(job, mode, bit, q.odds);
    learn_table(&q, bit);
    learn_last(job->state, kind, output, t->inner, &q, bit);
    return bit;
}

/* ------------------------------------------------------------------ one latent */

/* The table of "more than k?". */
INLINE size_t table_of(int k)
{
    return k == 1 ? 2 : k == 2 ? 3 : k <= 4 ? 4 : 5;
}

/* What is beyond PENSEL_UNARY, as an exponential Golomb code of value + 1: how many digits
 * follow the first 1, then these, as even bits. So large a latent is too rare to learn from. A
 * damaged file may name up to 15 digits, which is more than a latent has; the caller cuts it. */
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
INLINE int code_latent(const pensel_latent_job *job, walk_mode mode, size_t kind, thought *t,
                       int latent)
{
    int size = latent < 0 ? -latent : latent, k = 1;
    if (!answer(job, mode, kind, 0, 0, t, size != 0)) return 0;
    bool positive = answer(job, mode, kind, 1, 1, t, latent > 0);
    if (answer(job, mode, kind, 2, 2, t, size > 1)) {
        for (k = 2; k < PENSEL_UNARY; k++)
            if (!answer(job, mode, kind, 3, table_of(k), t, size > k)) break;
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

/* The latent of least squared error (in squared steps) plus lambda times bits, among the nearest
 * size, the one below it and 0. Nothing is learned while it asks, so from "more than 3?" on, whose
 * answers learn from the one before, its bits are an estimate. What a value costs the latents after
 * it, whose contexts see it, is not counted, but for the surprise. Floats choose here, and may: the
 * file has the latent, not the reason. */
INLINE int choose(const pensel_latent_job *job, size_t kind, thought *t, float coefficient,
                  float lambda)
{
    pensel_latent_state *state = job->state;
    float exact = (coefficient < 0 ? -coefficient : coefficient) / job->step;
    int nearest = exact < PENSEL_LATENT_MOST - 1 ? (int)(exact + 0.5f) : PENSEL_LATENT_MOST;
    if (nearest == 0) return 0;
    question zero = ask(state, kind, 0, logit(state, kind, 0, t));
    question sign = ask(state, kind, 1, logit(state, kind, 1, t));
    float surprise = job->choice->surprise;
    float bits = surprise * cost_of(job, &zero, true) + cost_of(job, &sign, coefficient > 0);
    float least = exact * exact + lambda * surprise * cost_of(job, &zero, false);
    int best = 0;
    for (int k = 1; k <= nearest; k++) {
        /* bits up to "more than k - 1" */
        size_t output = k == 1 ? 2 : 3;
        question more = ask(state, kind, table_of(k), logit(state, kind, output, t));
        if (k + 1 >= nearest) {
            float error = exact - (float)k;
            float sum = error * error + lambda * (bits + cost_of(job, &more, false));
            if (sum < least) {
                least = sum;
                best = k;
            }
        }
        if (k >= PENSEL_UNARY) return coefficient < 0 ? -nearest : nearest;
        bits += cost_of(job, &more, true);
    }
    return coefficient < 0 ? -best : best;
}

/* ------------------------------------------------------------------ bands */

/* The contexts as bench/latent_prior.c trains with them: one after another. */
INLINE void show(const pensel_latent_job *job, size_t kind, const int32_t *pairs, int latent)
{
    int8_t f[PENSEL_CONTEXTS];
    for (size_t i = 0; i < 2 * PENSEL_LATENT_PAIRS; i++)
        if (pensel_latent_order[i] >= 0)
            f[pensel_latent_order[i]] =
                (int8_t)(i % 2 ? pairs[i / 2] >> 16 : (int16_t)(uint16_t)pairs[i / 2]);
    job->sink(job->data, f, kind, latent);
}

/* The latent at (x, y), which CHOOSE decides first, from what stands there in the tile. */
INLINE void code_one(const pensel_latent_job *job, walk_mode mode, size_t kind, thought *t,
                     pensel_band *band, size_t y, size_t x)
{
    int16_t *q = band->q + y * band->stride + x;
    if (mode == CHOOSE)
        *q = (int16_t)choose(job, kind, t, band->place[y * band->down + x * band->along],
                             job->choice->lambda[band->plane][band->level][band->orientation]);
    *q = (int16_t)code_latent(job, mode, kind, t, *q);
}

/* What the first layer makes of the contexts that are known before the row is, for latents x up
 * to end of it that see anything else than 0 there. All of them at once, before the first is coded:
 * the processor need not wait for one bit to begin with the next latent's, nor throw away what it
 * has begun where it guessed the bit wrong. */
INLINE void foresee(int32_t (*sums)[HIDDEN], const pensel_latent_job *job, const pensel_band *band,
                    const around *a, const lines *l, const int32_t *base, size_t planes, size_t y,
                    size_t x, size_t end)
{
    const pensel_latent_model *m = job->model;
    int32_t pairs[PENSEL_LATENT_PAIRS];
    for (; x < end; x++, sums++) {
        ints own[HIDDEN / LANES];
        if (!l->any[x]) continue;
        row_pairs(pairs, l, band, a, y, x);
        take_sums(own, base);
        add_pairs(own, m, pairs, 0, 4);
        if (a->parent) add_pairs(own, m, pairs, 4, 6);
        if (a->first) add_pairs(own, m, pairs, 6, 7);
        if (a->second) add_pairs(own, m, pairs, 7, 8);
        add_pairs(own, m, pairs, 8, a->parent ? 11 : 10);
        for (size_t k = 0; k < planes; k++) {
            size_t i = PENSEL_PLANE_PAIRS + 2 * k;
            pairs[i] = plane_sizes(l, k, y, x);
            add_pairs(own, m, pairs, i, i + 1);
        }
        for (size_t v = 0; v < HIDDEN / LANES; v++)
            *(loose *)(*sums + v * LANES) = own[v];
    }
}

/* The hidden layers' work on latent (x, y), from `before`: what foresee has made of it, or the
 * band's base. What lies to the left in the row can only be looked at now, when the value before is
 * known, and so can what the planes before say of the sign. */
INLINE void see(thought *t, const pensel_latent_job *job, const pensel_band *band, const around *a,
                const int32_t *before, size_t planes, size_t y, size_t x)
{
    const int16_t *q = at(band, y, x);
    ints sums[HIDDEN / LANES];
    int32_t pairs[PENSEL_LATENT_PAIRS];
    take_sums(sums, before);
    for (size_t k = 0; k < planes; k++) {
        size_t i = PENSEL_PLANE_PAIRS + 2 * k + 1;
        if (*at(a->planes[k], y, x) == 0) continue;
        pairs[i] = plane_signs(a->planes[k], q, (ptrdiff_t)band->stride, y, x);
        add_pairs(sums, job->model, pairs, i, i + 1);
    }
    if (q[-1] | q[-2] | q[-3] | q[-4]) {
        left_pairs(pairs + PENSEL_LEFT_PAIRS, q);
        add_pairs(sums, job->model, pairs, PENSEL_LEFT_PAIRS, PENSEL_PLANE_PAIRS);
    }
    think(t->inner, job->model, sums);
    t->version = job->state->version - 1;
}

/* For COLLECT: all contexts of latent (x, y), as they are. */
INLINE void show_latent(const pensel_latent_job *job, size_t kind, const pensel_band *band,
                        const around *a, const lines *l, size_t planes, size_t y, size_t x)
{
    const int16_t *q = at(band, y, x);
    int32_t pairs[PENSEL_LATENT_PAIRS] = {0};
    if (l->any[x] | q[-1] | q[-2] | q[-3] | q[-4]) {
        row_pairs(pairs, l, band, a, y, x);
        for (size_t k = 0; k < planes; k++) {
            int32_t *own = pairs + PENSEL_PLANE_PAIRS + 2 * k;
            own[0] = plane_sizes(l, k, y, x);
            own[1] = plane_signs(a->planes[k], q, (ptrdiff_t)band->stride, y, x);
        }
        left_pairs(pairs + PENSEL_LEFT_PAIRS, q);
    }
    show(job, kind, pairs, *q);
}

/* Row y, some latents at a time: first what can be known of all of them, then one after the other.
 * `quiet` is the thought of a latent that sees nothing but 0, which is most of them at low rates:
 * its hidden layers depend only on the kind of band and on the step. */
INLINE void code_row(const pensel_latent_job *job, walk_mode mode, size_t kind, pensel_band *band,
                     const around *a, const lines *l, const int32_t *base, thought *quiet, size_t y)
{
    enum { AT_ONCE = 32 }; /* what their sums take stays in the nearest cache */
    int32_t sums[AT_ONCE][HIDDEN];
    thought own;
    size_t planes = a->planes[1] ? 2 : a->planes[0] ? 1 : 0;
    for (size_t begin = 0; begin < band->width; begin += AT_ONCE) {
        size_t end = band->width - begin < AT_ONCE ? band->width : begin + AT_ONCE;
        if (mode != COLLECT) foresee(sums, job, band, a, l, base, planes, y, begin, end);
        for (size_t x = begin; x < end; x++) {
            const int16_t *q = at(band, y, x);
            bool sees = l->any[x] | q[-1] | q[-2] | q[-3] | q[-4];
            if (mode == COLLECT) {
                show_latent(job, kind, band, a, l, planes, y, x);
                continue;
            }
            if (sees) see(&own, job, band, a, l->any[x] ? sums[x - begin] : base, planes, y, x);
            code_one(job, mode, kind, sees ? &own : quiet, band, y, x);
        }
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
    int32_t base[HIDDEN];
    ints nothing[HIDDEN / LANES];
    thought quiet;
    lines l = lines_on(job->lines, band->width + 2 * (size_t)PENSEL_LINE_MARGIN);
    for (size_t j = 0; j < HIDDEN; j++)
        base[j] = m->kind[kind][j] * 16 + m->step[j] * job->stripe->step_log;
    take_sums(nothing, base);
    think(quiet.inner, m, nothing);
    quiet.version = mode == COLLECT ? 0 : job->state->version - 1;
    for (size_t y = 0; y < band->height; y++) {
        see_row(&l, band, a, y);
        code_row(job, mode, kind, band, a, &l, base, &quiet, y);
        sizes_of_row(l.own[y & 3], at(band, y, 0), band->width);
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
    bit = code_bit(job, mode, bit, odds);
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

/* Each mode is a function of its own, all of it inlined with the mode a constant, so no mode
 * pays for the questions of another. */
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
