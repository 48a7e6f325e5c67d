/* The network's hidden layers, for the instruction set PENSEL_ISA_NAME: contexts -> 16 neurons.
 * Included by latent_body.c.
 *
 * No sum overflows 32 bits, whatever the contexts are. Contexts are within 127, so the first
 * layer stays below 2^28. The second sums 32 neurons of at most 4095 with weights of at most
 * 8191: below 2^31. Whoever raises one of these limits must lower another. */
#ifndef PENSEL_CODEC_LATENT_NETWORK_H
#define PENSEL_CODEC_LATENT_NETWORK_H

#include "codec/latent_context.h"

/* `loose` is a vector at any multiple of 4 bytes: arrays of int32_t are aligned to no more. A wider
 * vector than 32 bytes would have more lanes than half of a layer has neurons. */
#if VECTOR_BYTES < 32
#define BYTES VECTOR_BYTES
#else
#define BYTES 32
#endif
typedef int32_t ints __attribute__((vector_size(BYTES)));
typedef uint32_t whole __attribute__((vector_size(BYTES)));
typedef int32_t loose __attribute__((vector_size(BYTES), aligned(4), may_alias));
typedef int32_t loose_pairs __attribute__((vector_size(BYTES), aligned(2), may_alias));
enum {
    LANES = BYTES / 4,
    HIDDEN = PENSEL_LATENT_HIDDEN,
    INNER = PENSEL_LATENT_INNER,
    AT_A_TIME = 2, /* latents that think() takes, so that the processor need not wait */
    HIDDEN_MOST = 4095,
    INNER_MOST = 2047
};
_Static_assert(HIDDEN == 32 && INNER == 16, "think() knows how many neurons there are");

/* Each lane within `least` and `most`. */
INLINE ints within(ints x, int32_t least, int32_t most)
{
    ints low = (ints){0} + least, top = (ints){0} + most;
#if BYTES == 32 && defined __AVX2__
    return (ints)_mm256_min_epi32(_mm256_max_epi32((__m256i)x, (__m256i)low), (__m256i)top);
#else
    ints under = x < low;
    ints over = x > top;
    return (x & ~under & ~over) | (low & under) | (top & over);
#endif
}

/* Of 16-bit halves: low a times low b plus high a times high b, in each lane. What is no 16-bit
 * number cannot stand in a half: contexts, neurons and all weights can. */
INLINE ints paired(ints a, ints b)
{
#if BYTES == 32 && defined __AVX2__
    return (ints)_mm256_madd_epi16((__m256i)a, (__m256i)b);
#elif BYTES == 16 && defined __SSE2__
    return (ints)_mm_madd_epi16((__m128i)a, (__m128i)b);
#else
    return (a >> 16) * (b >> 16) + ((ints)((whole)a << 16) >> 16) * ((ints)((whole)b << 16) >> 16);
#endif
}

/* Where the compiler may not put off an addition: it likes to gather products first, for which
 * there are not enough registers. */
#if BYTES == 32 && defined __AVX2__
#define ADDED(sum) __asm__("" : "+x"(sum))
#else
#define ADDED(sum) ((void)0)
#endif

/* Adds what pair i of the contexts brings to the first layer's sums (HIDDEN / LANES vectors).
 * Integers: it makes no difference which pairs come first, nor which that are 0 are left out. */
INLINE void add_pair(ints *sums, const pensel_latent_model *m, size_t i, int32_t pair)
{
    ints both = (ints){0} + pair;
    for (size_t v = 0; v < HIDDEN / LANES; v++) {
        sums[v] += paired(*(const loose *)(m->first[i] + v * LANES), both);
        ADDED(sums[v]);
    }
}

/* The same for AT_A_TIME latents: the weights are fetched once. */
INLINE void add_pairs(ints (*sums)[HIDDEN / LANES], const pensel_latent_model *m, size_t i,
                      const int32_t *pairs)
{
    ints both[AT_A_TIME];
    for (size_t t = 0; t < AT_A_TIME; t++)
        both[t] = (ints){0} + pairs[t];
    for (size_t v = 0; v < HIDDEN / LANES; v++) {
        ints weights = *(const loose *)(m->first[i] + v * LANES);
        for (size_t t = 0; t < AT_A_TIME; t++) {
            sums[t][v] += paired(weights, both[t]);
            ADDED(sums[t][v]);
        }
    }
}

INLINE void take_sums(ints *sums, const int32_t *from)
{
    for (size_t v = 0; v < HIDDEN / LANES; v++)
        sums[v] = *(const loose *)(from + v * LANES);
}

INLINE void put_sums(int32_t *to, const ints *sums)
{
    for (size_t v = 0; v < HIDDEN / LANES; v++)
        *(loose *)(to + v * LANES) = sums[v];
}

INLINE void add_sums(ints *sums, const int32_t *from)
{
    for (size_t v = 0; v < HIDDEN / LANES; v++)
        sums[v] += *(const loose *)(from + v * LANES);
}

/* inner (INNER) of the first layer's sums:
 *
 *     h_j = (base_j + sum_i A_ij f_i) >> 7, within 0 and 4095
 *     g_i = (128 b_i + sum_j B_ji h_j) >> 10, within 0 and 2047
 *
 * Contexts are in 2^-4 and weights in 2^-10, so sums are in 2^-14 and, shifted by 7, neurons in
 * 2^-7. The second layer's are in 2^-17; shifted by 10 they are in 2^-7 again. A shift rounds
 * down, also what is negative. The sums' first half is of even hidden neurons and the second of odd
 * ones, so that both together are the pairs of the next layer. */
#if BYTES == 32 && defined __AVX2__
/* 16 neurons of two vectors of sums, in the order in which the halves of vectors are narrowed. */
INLINE __m256i narrowed(__m256i a, __m256i b, int32_t most)
{
    return _mm256_min_epu16(_mm256_packus_epi32(a, b), _mm256_set1_epi16((int16_t)most));
}

/* Adds to the sums of `count` latents, of four outputs in each vector, what hidden pairs k of both
 * halves bring. k and count are constants. */
#define ADD_HIDDEN(k)                                                          \
    for (size_t t = 0; t < count; t++)                                         \
        both[t] = (ints)_mm256_shuffle_epi32(hidden[t][i], 0x55 * (k));        \
    for (size_t g = 0; g < INNER / 4; g++)                                     \
        for (size_t t = 0; t < count; t++) {                                   \
            sums[t][g] += paired(*(const loose *)m->second[i][k][g], both[t]); \
            ADDED(sums[t][g]);                                                 \
        }

/* The neurons of up to AT_A_TIME latents, whose sums of the first layer stand at first[t]. */
INLINE void think(int16_t *const *inner, const pensel_latent_model *m, const int32_t *const *first,
                  size_t count)
{
    __m256i hidden[AT_A_TIME][2];
    ints sums[AT_A_TIME][INNER / 4], both[AT_A_TIME], result[2];
    for (size_t t = 0; t < count; t++) {
        ints x[4];
        take_sums(x, first[t]);
        __m256i even = narrowed((__m256i)(x[0] >> 7), (__m256i)(x[1] >> 7), HIDDEN_MOST);
        __m256i odd = narrowed((__m256i)(x[2] >> 7), (__m256i)(x[3] >> 7), HIDDEN_MOST);
        hidden[t][0] = _mm256_unpacklo_epi16(even, odd);
        hidden[t][1] = _mm256_unpackhi_epi16(even, odd);
        for (size_t g = 0; g < INNER / 4; g++)
            sums[t][g] = (ints){0};
    }
    for (size_t i = 0; i < 2; i++) {
        ADD_HIDDEN(0)
        ADD_HIDDEN(1)
        ADD_HIDDEN(2)
        ADD_HIDDEN(3)
    }
    for (size_t t = 0; t < count; t++) {
        for (size_t v = 0; v < 2; v++) {
            __m256i a = (__m256i)sums[t][2 * v], b = (__m256i)sums[t][2 * v + 1];
            result[v] = (ints)_mm256_permute2x128_si256(a, b, 0x20) +
                        (ints)_mm256_permute2x128_si256(a, b, 0x31) +
                        (*(const loose *)(m->second_bias + v * LANES) << 7);
            result[v] >>= 10;
        }
        _mm256_storeu_si256((__m256i *)(void *)inner[t],
                            narrowed((__m256i)result[0], (__m256i)result[1], INNER_MOST));
    }
}

/* As neurons stand in 16 bits: see narrowed(). */
INLINE void widen(ints *wide, const int16_t *inner)
{
    __m256i x = _mm256_loadu_si256((const __m256i *)(const void *)inner);
    wide[0] = (ints)_mm256_unpacklo_epi16(x, _mm256_setzero_si256());
    wide[1] = (ints)_mm256_unpackhi_epi16(x, _mm256_setzero_si256());
}

/* Weights of 32 bits as 16, in the same order; `used` has half as many vectors. */
INLINE void narrow(ints *used, const ints *w)
{
    used[0] = (ints)_mm256_packs_epi32((__m256i)w[0], (__m256i)w[1]);
}
#else
INLINE void think(int16_t *const *inner, const pensel_latent_model *m, const int32_t *const *first,
                  size_t count)
{
    enum { HALF = HIDDEN / LANES / 2 };
    _Static_assert(LANES == 4, "a vector has the outputs that stand side by side");
    for (size_t t = 0; t < count; t++) {
        int32_t hidden[HIDDEN / 2];
        ints sums[INNER / LANES], x[HIDDEN / LANES];
        take_sums(x, first[t]);
        for (size_t v = 0; v < HALF; v++) {
            ints even = within(x[v] >> 7, 0, HIDDEN_MOST);
            ints odd = within(x[v + HALF] >> 7, 0, HIDDEN_MOST);
            *(loose *)(hidden + v * LANES) = even | (ints)((whole)odd << 16);
        }
        for (size_t v = 0; v < INNER / LANES; v++)
            sums[v] = *(const loose *)(m->second_bias + v * LANES) << 7;
        for (size_t j = 0; j < HIDDEN / 2; j++)
            for (size_t v = 0; v < INNER / LANES; v++)
                sums[v] += paired(*(const loose *)m->second[j / 8][j % 4][v][j / 4 % 2],
                                  (ints){0} + hidden[j]);
        for (size_t v = 0; v < INNER / LANES; v++) {
            sums[v] = within(sums[v] >> 10, 0, INNER_MOST);
            for (size_t i = 0; i < LANES; i++)
                inner[t][v * LANES + i] = (int16_t)sums[v][i];
        }
    }
}

/* Neurons as 32-bit numbers. */
INLINE void widen(ints *wide, const int16_t *inner)
{
    for (size_t v = 0; v < INNER / LANES; v++) {
        ints x = (ints){0};
        for (size_t i = 0; i < LANES; i++)
            x[i] = inner[v * LANES + i];
        wide[v] = x;
    }
}

/* Weights of 32 bits as 16; `used` has half as many vectors. */
INLINE void narrow(ints *used, const ints *w)
{
    int16_t x[INNER];
    for (size_t i = 0; i < INNER; i++)
        x[i] = (int16_t)w[i / LANES][i % LANES];
    memcpy(used, x, sizeof x);
}
#endif

/* The sum of all lanes. Integers: the order of additions makes no difference. */
INLINE int32_t total(ints x)
{
#if BYTES == 32 && defined __AVX2__
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

#endif
