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

#undef OP

#include "kernel/vector/math.h"

#endif
