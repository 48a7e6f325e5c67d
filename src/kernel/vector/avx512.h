/* Vectors of AVX-512 (F, DQ, BW, VL): 64 bytes, 32 registers, masks for the parts of vectors. */
#ifndef PENSEL_KERNEL_VECTOR_H
#define PENSEL_KERNEL_VECTOR_H

#include <immintrin.h>
#include <stdbool.h>

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

/* Of lanes that have all bits set or none */
static inline bool v_any(ivec mask)
{
#if REAL_IS_DOUBLE
    return _mm512_movepi64_mask((__m512i)mask) != 0;
#else
    return _mm512_movepi32_mask((__m512i)mask) != 0;
#endif
}

static inline vec v_load_part(const real *from, size_t count)
{
    return OP(maskz_loadu)((lane_mask)((1u << count) - 1), from);
}

static inline void v_store_part(real *to, vec x, size_t count)
{
    OP(mask_storeu)(to, (lane_mask)((1u << count) - 1), x);
}

/* to (count, stride) = the transpose of from (units, ld), count and units up to LANES, zeros for
 * units there are not. A vector is put together from halves of two rows, which the load units do,
 * so that what is left is shuffling within 16-byte pieces and one shuffle of whole pieces. */
#define V_TRANSPOSES_MEMORY
enum { PIECE = 16 / sizeof(real) };

/* The next LANES / 2 numbers of rows r and r + PIECE */
static inline __attribute__((always_inline)) vec v_two_halves(const real *from, size_t ld, size_t r,
                                                              size_t units)
{
    static const real zeros[LANES / 2] __attribute__((aligned(32)));
    const real *lower = r < units ? from + r * ld : zeros;
    const real *upper = r + PIECE < units ? from + (r + PIECE) * ld : zeros;
    __m512d x = _mm512_castpd256_pd512(_mm256_loadu_pd((const double *)lower));
    return (vec)_mm512_insertf64x4(x, _mm256_loadu_pd((const double *)upper), 1);
}

/* y[c]: of the pieces of rows first ... first + 2 PIECE - 1 the c-th column: pieces c of the lower
 * rows, PIECE + c of the lower rows, and so of the upper ones */
static inline __attribute__((always_inline)) void
v_turn_pieces(vec y[PIECE], const real *from, size_t ld, size_t first, size_t units)
{
    vec x_0 = v_two_halves(from, ld, first, units), x_1 = v_two_halves(from, ld, first + 1, units);
#if REAL_IS_DOUBLE
    y[0] = _mm512_unpacklo_pd(x_0, x_1);
    y[1] = _mm512_unpackhi_pd(x_0, x_1);
#else
    vec x_2 = v_two_halves(from, ld, first + 2, units),
        x_3 = v_two_halves(from, ld, first + 3, units);
    __m512d a = (__m512d)_mm512_unpacklo_ps(x_0, x_1), b = (__m512d)_mm512_unpackhi_ps(x_0, x_1);
    __m512d c = (__m512d)_mm512_unpacklo_ps(x_2, x_3), d = (__m512d)_mm512_unpackhi_ps(x_2, x_3);
    y[0] = (vec)_mm512_unpacklo_pd(a, c);
    y[1] = (vec)_mm512_unpackhi_pd(a, c);
    y[2] = (vec)_mm512_unpacklo_pd(b, d);
    y[3] = (vec)_mm512_unpackhi_pd(b, d);
#endif
}

static inline __attribute__((always_inline)) void
v_transpose_memory(real *to, size_t stride, const real *from, size_t ld, size_t units, size_t count)
{
    for (size_t s = 0; s < count; s += 2 * PIECE, from += 2 * PIECE) {
        vec first[PIECE], second[PIECE];
        v_turn_pieces(first, from, ld, 0, units);
        v_turn_pieces(second, from, ld, 2 * PIECE, units);
        for (size_t c = 0; c < PIECE; c++) {
            __m512d a = (__m512d)first[c], b = (__m512d)second[c];
            if (s + c < count)
                v_store(to + (s + c) * stride, (vec)_mm512_shuffle_f64x2(a, b, 0x88));
            if (s + PIECE + c < count)
                v_store(to + (s + PIECE + c) * stride, (vec)_mm512_shuffle_f64x2(a, b, 0xdd));
        }
    }
}

#ifdef PENSEL_PAIRS
/* c + a.first b.first + a.second b.second of the bfloat16 pairs in each lane */
static inline vec v_dot(vec a, vec b, vec c)
{
#ifdef __clang__
    /* clang 16 crashes where a factor of the intrinsic comes from memory as floats */
    __asm__("vdpbf16ps %2, %1, %0" : "+v"(c) : "v"(a), "v"(b));
    return c;
#else
    return _mm512_dpbf16_ps(c, (__m512bh)a, (__m512bh)b);
#endif
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
