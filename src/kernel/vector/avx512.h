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

#undef OP
#undef MASK

#include "kernel/vector/math.h"

#endif
