/* Vectors of AVX2 with FMA: 32 bytes, 16 registers. */
#ifndef PENSEL_KERNEL_VECTOR_H
#define PENSEL_KERNEL_VECTOR_H

#include <immintrin.h>
#include <stdbool.h>

#define VECTOR_REGISTERS 16
#define VECTOR_CONSTRAINT "x"

#include "kernel/vector/types.h"

#if REAL_IS_DOUBLE
#define OP(name) _mm256_##name##_pd
#else
#define OP(name) _mm256_##name##_ps
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
    return OP(blendv)(y, x, OP(cmp)(a, b, _CMP_GT_OQ));
}

/* Of lanes that have all bits set or none */
static inline bool v_any(ivec mask)
{
    return OP(movemask)((vec)mask) != 0;
}

/* all bits set in the first `count` lanes */
static inline __m256i first_lanes(size_t count)
{
    return (__m256i)(lane_numbers() < (ivec_lane)count);
}

static inline vec v_load_part(const real *from, size_t count)
{
    return OP(maskload)(from, first_lanes(count));
}

static inline void v_store_part(real *to, vec x, size_t count)
{
    OP(maskstore)(to, first_lanes(count), x);
}

/* Lane r of the result: the sum of x[r], over which it writes; the same bits as v_sum's. Halves are
 * added first, which crosses the two 16-byte pieces of a vector once. What follows stays within
 * them and is a single shuffle each, where perfect ones are two. */
#define V_SUMS
static inline vec v_sums(vec x[LANES])
{
    for (size_t r = 0; r < LANES / 2; r++)
        x[r] = OP(permute2f128)(x[r], x[r + LANES / 2], 0x20) +
               OP(permute2f128)(x[r], x[r + LANES / 2], 0x31);
#if REAL_IS_DOUBLE
    return _mm256_unpacklo_pd(x[0], x[1]) + _mm256_unpackhi_pd(x[0], x[1]);
#else
    for (size_t r = 0; r < 2; r++)
        x[r] = _mm256_shuffle_ps(x[2 * r], x[2 * r + 1], 0x44) +
               _mm256_shuffle_ps(x[2 * r], x[2 * r + 1], 0xee);
    return _mm256_shuffle_ps(x[0], x[1], 0x88) + _mm256_shuffle_ps(x[0], x[1], 0xdd);
#endif
}

#undef OP

#include "kernel/vector/math.h"

#endif
