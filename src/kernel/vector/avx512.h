/* Vectors of AVX-512 (F, DQ, BW, VL): 64 bytes, 32 registers, masks for the parts of vectors. */
#ifndef PENSEL_KERNEL_VECTOR_H
#define PENSEL_KERNEL_VECTOR_H

#include <immintrin.h>

#define VECTOR_BYTES 64
#define VECTOR_REGISTERS 32
#define VECTOR_CONSTRAINT "v"

#include "kernel/vector/types.h"

#if REAL_IS_DOUBLE
#define OP(name) _mm512_##name##_pd
#define MASK(name) _mm512_##name##_pd_mask
typedef __mmask8 lane_mask;
#else
#define OP(name) _mm512_##name##_ps
#define MASK(name) _mm512_##name##_ps_mask
typedef __mmask16 lane_mask;
#endif

static inline vec v_fma(vec a, vec b, vec c)
{
    return OP(fmadd)(a, b, c);
}

static inline vec v_max(vec a, vec b)
{
    return OP(max)(a, b);
}

static inline vec v_min(vec a, vec b)
{
    return OP(min)(a, b);
}

static inline vec v_sqrt(vec x)
{
    return OP(sqrt)(x);
}

static inline vec v_if_greater(vec a, vec b, vec x, vec y)
{
    return OP(mask_blend)(MASK(cmp)(a, b, _CMP_GT_OQ), y, x);
}

static inline vec v_load_part(const real *from, size_t count)
{
    return OP(maskz_loadu)((lane_mask)((1u << count) - 1), from);
}

static inline void v_store_part(real *to, vec x, size_t count)
{
    OP(mask_storeu)(to, (lane_mask)((1u << count) - 1), x);
}

/* to (count, stride) = the transpose of from (units, ld), count and units up to LANES, zeros for units there
 * are not. A vector is put together from 16-byte pieces of every second (double) or fourth (float) row,
 * which the load units do, so that what is left is shuffling within pieces. */
#define V_TRANSPOSES_MEMORY
enum { PIECE = 16 / sizeof(real) };

static inline __attribute__((always_inline)) vec v_gather_pieces(const real *from, size_t ld, size_t r,
                                                                 size_t units)
{
    static const real zeros[PIECE] __attribute__((aligned(16)));
#define PIECE_OF(row) (const void *)((row) < units ? from + (row) * ld : zeros)
#if REAL_IS_DOUBLE
    vec x = _mm512_broadcast_f64x2(*(const __m128d *)PIECE_OF(r));
    x = _mm512_mask_broadcast_f64x2(x, 0x0c, *(const __m128d *)PIECE_OF(r + 2));
    x = _mm512_mask_broadcast_f64x2(x, 0x30, *(const __m128d *)PIECE_OF(r + 4));
    return _mm512_mask_broadcast_f64x2(x, 0xc0, *(const __m128d *)PIECE_OF(r + 6));
#else
    vec x = _mm512_broadcast_f32x4(*(const __m128 *)PIECE_OF(r));
    x = _mm512_mask_broadcast_f32x4(x, 0x00f0, *(const __m128 *)PIECE_OF(r + 4));
    x = _mm512_mask_broadcast_f32x4(x, 0x0f00, *(const __m128 *)PIECE_OF(r + 8));
    return _mm512_mask_broadcast_f32x4(x, 0xf000, *(const __m128 *)PIECE_OF(r + 12));
#endif
#undef PIECE_OF
}

static inline __attribute__((always_inline)) void v_transpose_memory(real *to, size_t stride,
                                                                     const real *from, size_t ld,
                                                                     size_t units, size_t count)
{
    for (size_t s = 0; s < count; s += PIECE, from += PIECE) {
        vec y[PIECE];
        vec x_0 = v_gather_pieces(from, ld, 0, units), x_1 = v_gather_pieces(from, ld, 1, units);
#if REAL_IS_DOUBLE
        y[0] = _mm512_unpacklo_pd(x_0, x_1);
        y[1] = _mm512_unpackhi_pd(x_0, x_1);
#else
        vec x_2 = v_gather_pieces(from, ld, 2, units), x_3 = v_gather_pieces(from, ld, 3, units);
        __m512d a = (__m512d)_mm512_unpacklo_ps(x_0, x_1), b = (__m512d)_mm512_unpackhi_ps(x_0, x_1);
        __m512d c = (__m512d)_mm512_unpacklo_ps(x_2, x_3), d = (__m512d)_mm512_unpackhi_ps(x_2, x_3);
        y[0] = (vec)_mm512_unpacklo_pd(a, c);
        y[1] = (vec)_mm512_unpackhi_pd(a, c);
        y[2] = (vec)_mm512_unpacklo_pd(b, d);
        y[3] = (vec)_mm512_unpackhi_pd(b, d);
#endif
        for (size_t t = 0; t < PIECE && s + t < count; t++) v_store(to + (s + t) * stride, y[t]);
    }
}

/* The k-th number of each piece in all places of it. The instruction wants k within itself: clang so
 * much that it takes no variable, even where that is a constant once the loop is unrolled. */
#define V_PIECES
static inline vec v_spread(vec x, size_t k)
{
#if REAL_IS_DOUBLE
    return k ? _mm512_permute_pd(x, 0xff) : _mm512_permute_pd(x, 0);
#else
    switch (k) {
    case 0: return _mm512_permute_ps(x, 0x00);
    case 1: return _mm512_permute_ps(x, 0x55);
    case 2: return _mm512_permute_ps(x, 0xaa);
    default: return _mm512_permute_ps(x, 0xff);
    }
#endif
}

/* The sum of the pieces */
static inline void v_fold(real *to, vec x)
{
    typedef real half __attribute__((vector_size(32)));
    typedef real piece __attribute__((vector_size(16), aligned(4), may_alias));
    half halves = (half)_mm512_castpd512_pd256((__m512d)x) + (half)_mm512_extractf64x4_pd((__m512d)x, 1);
    *(piece *)to = (piece)_mm256_castpd256_pd128((__m256d)halves) + (piece)_mm256_extractf128_pd((__m256d)halves, 1);
}

#ifdef PENSEL_PAIRS
/* c + a.first b.first + a.second b.second of the bfloat16 pairs in each lane */
static inline vec v_dot(vec a, vec b, vec c)
{
    return _mm512_dpbf16_ps(c, (__m512bh)a, (__m512bh)b);
}

/* All of x and then all of y, rounded to bfloat16 (to nearest, ties to even) */
static inline vec v_pack(vec x, vec y)
{
    return (vec)_mm512_cvtne2ps_pbh(y, x);
}

/* (x, y) in each lane */
static inline vec v_interleave(vec x, vec y)
{
    static const int16_t order[32] = {0, 16, 1, 17, 2,  18, 3,  19, 4,  20, 5,  21, 6,  22, 7,  23,
                                      8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31};
    return (vec)_mm512_permutexvar_epi16(_mm512_loadu_si512(order), (__m512i)v_pack(x, y));
}
#endif

#undef OP
#undef MASK

#include "kernel/vector/math.h"

#endif
