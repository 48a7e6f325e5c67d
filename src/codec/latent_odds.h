/* One bit: neurons -> logit -> odds, and what is learned from the bit. Included by latent_body.c.
 *
 * The last layer sums 16 neurons of at most 2047 with weights of at most 2^15 (they are shifted
 * by 4): below 2^31. */
#ifndef PENSEL_CODEC_LATENT_ODDS_H
#define PENSEL_CODEC_LATENT_ODDS_H

#include "codec/latent_network.h"

enum {
    OUTPUTS = PENSEL_LATENT_OUTPUTS,
    LOGIT_MOST = PENSEL_LOGIT_ZERO - 1,
    LAST_MOST = (1 << 19) - 1,
    BIAS_MOST = (1 << 20) - 1,
    ERROR_LITTLE = 65535 / INNER_MOST /* up to here an error times any neuron rounds to 0 */
};

typedef enum walk_mode { WRITE, CHOOSE, READ, COLLECT } walk_mode;

/* What one output learns, out of the state: in registers, as far as they go. */
typedef struct output {
    ints last[INNER / LANES];     /* C: finer than used, so that many small steps add up */
    ints used[INNER / 2 / LANES]; /* C >> 4, of 16 bits, in the order in which neurons stand */
    int32_t bias;
} output;

INLINE output take_output(const pensel_latent_state *state, size_t kind, size_t o)
{
    output out = {.bias = state->last_bias[kind][o]};
    for (size_t v = 0; v < INNER / LANES; v++)
        out.last[v] = *(const loose *)(state->last[o] + v * LANES);
    for (size_t v = 0; v < INNER / 2 / LANES; v++)
        out.used[v] = *(const loose_pairs *)(state->used[o] + 2 * v * LANES);
    return out;
}

INLINE void put_output(pensel_latent_state *state, const output *out, size_t kind, size_t o)
{
    state->last_bias[kind][o] = out->bias;
    for (size_t v = 0; v < INNER / LANES; v++)
        *(loose *)(state->last[o] + v * LANES) = out->last[v];
    for (size_t v = 0; v < INNER / 2 / LANES; v++)
        *(loose_pairs *)(state->used[o] + 2 * v * LANES) = out->used[v];
}

INLINE void use(output *out)
{
    ints x[INNER / LANES];
    for (size_t v = 0; v < INNER / LANES; v++)
        x[v] = out->last[v] >> 4;
    narrow(out->used, x);
}

/* What every latent reads and changes, near at hand: a walk over a row has its own, and its address
 * goes nowhere else. */
typedef struct cursor {
    pensel_range_reader reader;
    output zero;            /* output 0, for the kind of band at work */
    uint32_t version;       /* how often its weights have changed */
    const uint16_t *squash; /* the model's */
    int32_t *knots;         /* of the table of output 0 */
} cursor;

/* sum_i (C_oi >> 4) g_i, in 2^-19 */
INLINE int32_t weigh(const output *out, const int16_t *inner)
{
    ints sums = (ints){0};
    for (size_t v = 0; v < INNER / 2 / LANES; v++)
        sums += paired(out->used[v], *(const loose_pairs *)(inner + 2 * v * LANES));
    return total(sums);
}

/* z_o = (8 c_ko + sum_i (C_oi >> 4) g_i) >> 11, in 2^-8: a logit from -12 to 12, without its
 * ends, so that in each table of odds there is a knot on both sides of it. */
INLINE int logit(int32_t sum, int32_t bias)
{
    int32_t z = (sum + bias * 8) >> 11;
    if (__builtin_expect(z > LOGIT_MOST, 0)) z = LOGIT_MOST;
    if (__builtin_expect(z < -LOGIT_MOST, 0)) z = -LOGIT_MOST;
    return z;
}

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
INLINE question ask_of(const uint16_t *squash, int32_t *knots, int logit)
{
    uint32_t position = (uint32_t)(logit + PENSEL_LOGIT_ZERO);
    question q = {.network = squash[position],
                  .knot = knots + position / 256,
                  .fraction = (int32_t)(position % 256)};
    int32_t table_odds = (q.knot[0] * 256 + (q.knot[1] - q.knot[0]) * q.fraction) >> 14;
    int32_t odds = (q.network + table_odds + 1) / 2;
    q.odds = (uint32_t)(odds < PENSEL_ODDS_LEAST           ? PENSEL_ODDS_LEAST
                        : odds > 65536 - PENSEL_ODDS_LEAST ? 65536 - PENSEL_ODDS_LEAST
                                                           : odds);
    return q;
}

INLINE question ask(const pensel_latent_job *job, size_t kind, size_t table, int logit)
{
    return ask_of(job->model->squash, job->state->odds[table][kind], logit);
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
INLINE bool learn_last(output *out, const int16_t *inner, const question *q, bool bit)
{
    int32_t error = (bit ? 65536 : 0) - q->network;
    int32_t bias = out->bias + ((error + 65536) >> 10) - 64; /* error >> 10, of nothing below 0 */
    ints g[INNER / LANES];
    if (__builtin_expect(bias > BIAS_MOST, 0)) bias = BIAS_MOST;
    if (__builtin_expect(bias < -BIAS_MOST, 0)) bias = -BIAS_MOST;
    out->bias = bias;
    if (error >= -ERROR_LITTLE && error <= ERROR_LITTLE) return false;
    widen(g, inner);
    for (size_t v = 0; v < INNER / LANES; v++)
        out->last[v] = within(out->last[v] + ((g[v] * error + 65536) >> 17), -LAST_MOST, LAST_MOST);
    use(out);
    return true;
}

/* Both. Returns whether the weights have changed. */
INLINE bool learn(output *out, const int16_t *inner, const question *q, bool bit)
{
    learn_table(q, bit);
    return learn_last(out, inner, q, bit);
}

/* Writes `bit`, or reads and returns it. */
INLINE bool code_bit(const pensel_latent_job *job, pensel_range_reader *reader, walk_mode mode,
                     bool bit, uint32_t odds)
{
    if (mode == READ) return pensel_range_read(reader, odds);
    pensel_range_write(job->writer, bit, odds);
    return bit;
}

/* Asks output 0, codes and learns. Learning comes last: the reader knows the bit only then. `sum`
 * is what weigh() makes of the neurons. The processor guesses the bit and learns from its guess,
 * rather than wait until it is read: so each answer has code of its own. */
INLINE bool answer_zero(const pensel_latent_job *job, cursor *c, walk_mode mode, int32_t sum,
                        const int16_t *inner, bool bit)
{
    question q = ask_of(c->squash, c->knots, logit(sum, c->zero.bias));
    if (code_bit(job, &c->reader, mode, bit, q.odds)) {
        c->version += learn(&c->zero, inner, &q, true);
        return true;
    }
    c->version += learn(&c->zero, inner, &q, false);
    return false;
}

/* The same of another output, by a table of its own. */
INLINE bool answer(const pensel_latent_job *job, pensel_range_reader *reader, walk_mode mode,
                   size_t kind, size_t o, size_t table, const int16_t *inner, bool bit)
{
    output out = take_output(job->state, kind, o);
    question q = ask(job, kind, table, logit(weigh(&out, inner), out.bias));
    bit = code_bit(job, reader, mode, bit, q.odds);
    learn(&out, inner, &q, bit);
    put_output(job->state, &out, kind, o);
    return bit;
}

#endif
