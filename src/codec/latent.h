/* Latents and bits: the network that says how likely each value is, and the walk over a stripe that
 * codes them. Integers only; docs/format.md has the same in words.
 *
 * A latent becomes bits: is it 0? its sign; is it more than 1? more than 2? ... Each has an odds
 * from the network, corrected by a table that learns while the stripe is coded; the network's last
 * layer learns as well. Writer and reader do the same, so nothing of it stands in the file.
 *
 * Fixed point: contexts 1/16, weights 1/1024, hidden neurons 1/128, logits 1/256. */
#ifndef PENSEL_CODEC_LATENT_H
#define PENSEL_CODEC_LATENT_H

#include "codec/codec.h"
#include "codec/range_coder.h"
#include "kernel/kernel.h"

enum {
    PENSEL_CONTEXTS = 34, /* inputs: see latent_context.h */
    PENSEL_LATENT_HIDDEN = 32,
    PENSEL_LATENT_INNER = 16,  /* neurons of the second hidden layer */
    PENSEL_LATENT_OUTPUTS = 4, /* not 0; above 0; more than 1; more than k, for every k > 1 */
    /* kinds of bands: each (plane, level, both directions or one) has its own biases */
    PENSEL_BAND_KINDS = 3 * PENSEL_WAVELETS * 2,
    PENSEL_LATENT_NUMBERS = (PENSEL_CONTEXTS + 1 + PENSEL_BAND_KINDS) * PENSEL_LATENT_HIDDEN +
                            (PENSEL_LATENT_HIDDEN + 1) * PENSEL_LATENT_INNER +
                            (PENSEL_LATENT_INNER + PENSEL_BAND_KINDS) * PENSEL_LATENT_OUTPUTS,
    /* the contexts two by two: of the band's rows before, of the parents, of the orientations
     * before, of the row itself, of each plane before */
    PENSEL_PARENT_PAIRS = 6,
    PENSEL_FIRST_PAIRS = PENSEL_PARENT_PAIRS + 3,
    PENSEL_LEFT_PAIRS = PENSEL_FIRST_PAIRS + 2,
    PENSEL_PLANE_PAIRS = PENSEL_LEFT_PAIRS + 3,
    PENSEL_LATENT_PAIRS = PENSEL_PLANE_PAIRS + 4,
    PENSEL_NEAR = 16, /* small values to the left, whose part of the first layer is in a table */
    /* lines of bytes that are made for each row of a band, and what lies before and behind each */
    PENSEL_LINES = 40,
    PENSEL_LINE_MARGIN = 8,
    PENSEL_UNARY = 20,     /* larger sizes are coded by their digits */
    PENSEL_ODDS_KINDS = 6, /* 0; sign; 1; 2; 3 and 4; larger */
    PENSEL_ODDS_KNOTS = 25,
    PENSEL_LOGIT_ZERO = 3072 /* logits are whole numbers between this and its negative */
};

/* The network's numbers, in 1/1024, in the order of the members of pensel_latent_model. */
extern const int16_t pensel_latent_prior[PENSEL_LATENT_NUMBERS];

/* The context in each half of a pair, the low one first; -1: none. */
extern const int8_t pensel_latent_order[2 * PENSEL_LATENT_PAIRS];

/* round(16 log2(1 + n)), up to 127 */
extern const uint8_t pensel_latent_logs[256];

/* Weights of two inputs stand in the halves of one number, which one instruction multiplies. Hidden
 * neurons stand even ones first, then odd ones, so those of a pair are in the same lane of two
 * vectors. The second layer's weights stand as AVX2 takes them: with the hidden pairs 8i + k in one
 * half of a vector and 8i + 4 + k in the other, each beside four of the outputs. */
typedef struct pensel_latent_model {
    int32_t first[PENSEL_LATENT_PAIRS][PENSEL_LATENT_HIDDEN];
    int32_t step[PENSEL_LATENT_HIDDEN]; /* weights of step_log */
    int32_t kind[PENSEL_BAND_KINDS][PENSEL_LATENT_HIDDEN];
    int32_t second[PENSEL_LATENT_HIDDEN / 16][4][PENSEL_LATENT_INNER / 4][2][4]; /* i, k, outputs */
    int32_t second_bias[PENSEL_LATENT_INNER];
    int32_t last[PENSEL_LATENT_OUTPUTS][PENSEL_LATENT_INNER]; /* 1/65536, as is last_bias */
    int32_t last_bias[PENSEL_BAND_KINDS][PENSEL_LATENT_OUTPUTS];
    /* what the first layer makes of the value to the left, w, of that to its left, ww, by w + NEAR
     * / 2, and of the sum of the sizes of the two before */
    int32_t near[3][PENSEL_NEAR][PENSEL_LATENT_HIDDEN];
    uint16_t squash[2 * PENSEL_LOGIT_ZERO]; /* 65536 / (1 + e^-z) by z + PENSEL_LOGIT_ZERO */
} pensel_latent_model;

/* From numbers as in the prior. */
void pensel_latent_model_read(pensel_latent_model *model, const int16_t *numbers);

/* An odds that counts what it has seen. */
typedef struct pensel_counted {
    uint16_t odds, seen;
} pensel_counted;

enum { PENSEL_BASE_CONTEXTS = 8, PENSEL_BASE_DIGITS = 17 };

/* What learns while a stripe is coded. */
typedef struct pensel_latent_state {
    int32_t last[PENSEL_LATENT_OUTPUTS][PENSEL_LATENT_INNER];
    int16_t used[PENSEL_LATENT_OUTPUTS][PENSEL_LATENT_INNER]; /* the walk's own: last >> 4 */
    uint32_t version; /* how often the weights of the first output have changed */
    int32_t last_bias[PENSEL_BAND_KINDS][PENSEL_LATENT_OUTPUTS];
    int32_t odds[PENSEL_ODDS_KINDS][PENSEL_BAND_KINDS][PENSEL_ODDS_KNOTS]; /* in 2^-22 */
    pensel_counted base[2][PENSEL_BASE_CONTEXTS]
                       [PENSEL_BASE_DIGITS]; /* level 0: exponents, digits */
} pensel_latent_state;

/* How a latent is chosen: its squared error in steps, plus lambda of its band for each bit, becomes
 * small. Whether it is 0 counts `surprise` times its bits: more than once, since what surprises
 * here misleads the contexts of the latents around. */
typedef struct pensel_latent_choice {
    float lambda[PENSEL_PLANES][PENSEL_WAVELETS + 1][3];
    float surprise;
} pensel_latent_choice;

/* What a walk over the latents of a stripe reads and writes. */
typedef struct pensel_latent_job {
    pensel_stripe *stripe;
    const pensel_latent_model *model;
    pensel_latent_state *state;
    uint8_t *lines; /* (PENSEL_LINES, longest row of a band + 2 PENSEL_LINE_MARGIN) */
    pensel_range_writer *writer;
    pensel_range_reader *reader;
    /* choose: */
    float step;
    const pensel_latent_choice *choice;
    const float *cost; /* (4096) bits of an odds in 1/4096 */
    /* collect: called with the contexts of each latent beyond level 0 */
    void (*sink)(void *data, const int8_t *contexts, size_t kind, int latent);
    void *data;
} pensel_latent_job;

#define PENSEL_LATENT_LIST(X)                                             \
    /* the stripe's latents into job->writer */                           \
    X(write)                                                              \
    /* the same, but each latent is chosen first, from its coefficient */ \
    X(choose)                                                             \
    /* the stripe's latents from job->reader */                           \
    X(read)                                                               \
    /* shows the contexts to job->sink */                                 \
    X(collect)

typedef struct pensel_latent_kernels {
#define PENSEL_LATENT_MEMBER(name) void (*name)(const pensel_latent_job *job);
    PENSEL_LATENT_LIST(PENSEL_LATENT_MEMBER)
#undef PENSEL_LATENT_MEMBER
} pensel_latent_kernels;

/* The table of the same instruction set. All of them compute the same bits. */
const pensel_latent_kernels *pensel_latent_kernels_for(const pensel_kernels *kernels);

/* 65536 / (1 + e^-x) for x = -12, -11.75 ... 12 */
enum { PENSEL_SQUASH_KNOTS = 97 };
extern const uint16_t pensel_squash[PENSEL_SQUASH_KNOTS];

/* Starts `state` over. */
void pensel_latent_begin(pensel_latent_state *state, const pensel_latent_model *model);

#endif
