/* The model's numbers, and what the walks of all instruction sets share. */
#include "codec/latent.h"

#include "kernel/isa.h"

#include <string.h>

const uint16_t pensel_squash[PENSEL_SQUASH_KNOTS] = {
    0,     1,     1,     1,     1,     1,     2,     2,     3,     4,     5,     6,     8,
    10,    13,    17,    22,    28,    36,    47,    60,    77,    98,    126,   162,   208,
    267,   342,   439,   562,   720,   922,   1179,  1506,  1921,  2446,  3108,  3938,  4971,
    6249,  7812,  9702,  11955, 14595, 17625, 21025, 24743, 28693, 32768, 36843, 40793, 44511,
    47911, 50941, 53581, 55834, 57724, 59287, 60565, 61598, 62428, 63090, 63615, 64030, 64357,
    64614, 64816, 64974, 65097, 65194, 65269, 65328, 65374, 65410, 65438, 65459, 65476, 65489,
    65500, 65508, 65514, 65519, 65523, 65526, 65528, 65530, 65531, 65532, 65533, 65534, 65534,
    65535, 65535, 65535, 65535, 65535, 65535};

const uint8_t pensel_latent_logs[256] = {
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

/* Limits within which no sum of the walk overflows 32 bits: see latent_body.c. */
enum { SECOND_MOST = 8191, LAST_MOST = (1 << 19) - 1 };

static int32_t within(int32_t value, int32_t most)
{
    return value > most ? most : value < -most ? -most : value;
}

/* Pairs are made of what is known at the same time, so that those of rows before need not wait
 * for the latent to the left, and those of parents are multiplied once for all their children.
 * Members of a pair have nothing else in common. */
const int8_t pensel_latent_order[2 * PENSEL_LATENT_PAIRS] = {
    2,  3,  4,  5,  6, 7, 8, 24, 25, 26, 28, -1, 10, 29, 11, 12, 13, 14,
    15, 16, 17, 18, 0, 1, 9, 23, 27, -1, 19, 20, 30, 32, 21, 22, 31, 33};

static int32_t pair_of(int32_t low, int32_t high)
{
    return (int32_t)((uint32_t)(uint16_t)low | (uint32_t)high << 16);
}

/* Where hidden neuron j stands. */
static size_t lane_of(size_t j)
{
    return j / 2 + j % 2 * (PENSEL_LATENT_HIDDEN / 2);
}

static int32_t weight_of(const int16_t *first, int context, size_t j)
{
    return context < 0 ? 0 : first[(size_t)context * PENSEL_LATENT_HIDDEN + j];
}

/* The layer that reads the contexts. */
static void read_first(pensel_latent_model *m, const int16_t *numbers)
{
    for (size_t i = 0; i < PENSEL_LATENT_PAIRS; i++)
        for (size_t j = 0; j < PENSEL_LATENT_HIDDEN; j++)
            m->first[i][lane_of(j)] =
                pair_of(weight_of(numbers, pensel_latent_order[2 * i], j),
                        weight_of(numbers, pensel_latent_order[2 * i + 1], j));
}

/* What contexts w, ww and www + wwww, with their signs, bring: by their value or sum alone. */
static void read_near(pensel_latent_model *m, const int16_t *numbers)
{
    static const int log_of[3] = {0, 1, 9}, sign_of[3] = {23, 27, -1};
    for (size_t k = 0; k < 3; k++)
        for (int i = 0; i < PENSEL_NEAR; i++) {
            int v = k < 2 ? i - PENSEL_NEAR / 2 : i;
            int log = pensel_latent_logs[v < 0 ? -v : v];
            int sign = 16 * (v > 2 ? 2 : v < -2 ? -2 : v);
            for (size_t j = 0; j < PENSEL_LATENT_HIDDEN; j++)
                m->near[k][i][lane_of(j)] = log * weight_of(numbers, log_of[k], j) +
                                            sign * weight_of(numbers, sign_of[k], j);
        }
}

/* The layer that reads hidden neurons, pair by pair. */
static void read_second(pensel_latent_model *m, const int16_t *at)
{
    for (size_t j = 0; j < PENSEL_LATENT_HIDDEN / 2; j++, at += (size_t)2 * PENSEL_LATENT_INNER)
        for (size_t i = 0; i < PENSEL_LATENT_INNER; i++)
            m->second[j / 8][j % 4][i / 4][j / 4 % 2][i % 4] = pair_of(
                within(at[i], SECOND_MOST), within(at[PENSEL_LATENT_INNER + i], SECOND_MOST));
}

/* Knots are 64 apart; between them it is a straight line. */
static void read_squash(pensel_latent_model *m)
{
    for (int i = 0; i < 2 * PENSEL_LOGIT_ZERO; i++) {
        int knot = pensel_squash[i / 64], rise = pensel_squash[i / 64 + 1] - knot;
        m->squash[i] = (uint16_t)(knot + rise * (i % 64) / 64);
    }
}

/* The numbers one after another, as docs/format.md names them: A, S, K, B, b, C, c. Hidden
 * neurons 2j and 2j + 1 are the pair j of the second layer; lane_of puts the even ones in the
 * first half of a row and the odd ones in the second, so that think() joins the two halves
 * without a shuffle. */
void pensel_latent_model_read(pensel_latent_model *m, const int16_t *numbers)
{
    const int16_t *at = numbers + (size_t)PENSEL_CONTEXTS * PENSEL_LATENT_HIDDEN;
    read_first(m, numbers);
    read_near(m, numbers);
    read_squash(m);
    for (size_t j = 0; j < PENSEL_LATENT_HIDDEN; j++)
        m->step[lane_of(j)] = *at++;
    for (size_t k = 0; k < PENSEL_BAND_KINDS; k++)
        for (size_t j = 0; j < PENSEL_LATENT_HIDDEN; j++)
            m->kind[k][lane_of(j)] = *at++;
    read_second(m, at);
    at += (size_t)PENSEL_LATENT_HIDDEN * PENSEL_LATENT_INNER;
    for (size_t i = 0; i < PENSEL_LATENT_INNER; i++)
        m->second_bias[i] = *at++;
    for (size_t o = 0; o < PENSEL_LATENT_OUTPUTS; o++)
        for (size_t i = 0; i < PENSEL_LATENT_INNER; i++)
            m->last[o][i] = within(*at++ * 64, LAST_MOST);
    for (size_t k = 0; k < PENSEL_BAND_KINDS; k++)
        for (size_t o = 0; o < PENSEL_LATENT_OUTPUTS; o++)
            m->last_bias[k][o] = *at++ * 64;
}

/* The last layer is the prior's again, and a table over the logit says what the logit itself
 * says: every fourth knot of pensel_squash, from 2^-16 to 2^-22. Writer and reader begin each
 * stripe so. */
void pensel_latent_begin(pensel_latent_state *state, const pensel_latent_model *model)
{
    state->version = 0;
    memcpy(state->last, model->last, sizeof state->last);
    memcpy(state->last_bias, model->last_bias, sizeof state->last_bias);
    for (size_t kind = 0; kind < PENSEL_ODDS_KINDS; kind++)
        for (size_t band = 0; band < PENSEL_BAND_KINDS; band++)
            for (size_t i = 0; i < PENSEL_ODDS_KNOTS; i++)
                state->odds[kind][band][i] = pensel_squash[4 * i] * 64;
    for (size_t part = 0; part < 2; part++)
        for (size_t c = 0; c < PENSEL_BASE_CONTEXTS; c++)
            for (size_t i = 0; i < PENSEL_BASE_DIGITS; i++)
                state->base[part][c][i] = (pensel_counted){32768, 0};
}

#define DECLARE(isa) extern const pensel_latent_kernels pensel_latents_##isa;
PENSEL_ISA_BUILT(DECLARE)

static const pensel_latent_kernels *const tables[PENSEL_ISA_COUNT] = {
#define ROW(isa) [PENSEL_ISA_##isa] = &pensel_latents_##isa,
    PENSEL_ISA_BUILT(ROW)};

const pensel_latent_kernels *pensel_latent_kernels_for(const pensel_kernels *kernels)
{
    pensel_isa isa = pensel_isa_find(kernels->isa);
    /* a set that has no walk of its own takes the next lower one's */
    while (!tables[isa])
        isa++;
    return tables[isa];
}
