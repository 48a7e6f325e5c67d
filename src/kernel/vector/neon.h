/* Vectors of NEON on 64-bit ARM: 16 bytes, 32 registers. */
#ifndef PENSEL_KERNEL_VECTOR_H
#define PENSEL_KERNEL_VECTOR_H

#include <arm_neon.h>
#include <stdbool.h>

#define VECTOR_REGISTERS 32
#define VECTOR_CONSTRAINT "w"

#include "kernel/vector/types.h"

/* v_fma_lane: a[lane] b + c, in one instruction, whose lane is a constant: V_LANES lists them */
#if REAL_IS_DOUBLE
#define OP(name) name##_f64
#define BITS(x) ((uint64x2_t)(x))
#define V_LANES(X) X(0) X(1)
#define v_fma_lane(a, lane, b, c) vfmaq_laneq_f64(c, b, a, lane)
#else
#define OP(name) name##_f32
#define BITS(x) ((uint32x4_t)(x))
#define V_LANES(X) X(0) X(1) X(2) X(3)
#define v_fma_lane(a, lane, b, c) vfmaq_laneq_f32(c, b, a, lane)
#endif

static inline vec v_fma(vec a, vec b, vec c)
{
    return OP(vfmaq)(c, a, b);
}

static inline vec v_sqrt(vec x)
{
    return OP(vsqrtq)(x);
}

static inline vec v_if_greater(vec a, vec b, vec x, vec y)
{
    return OP(vbslq)(BITS(a > b), x, y);
}

static inline vec v_max(vec a, vec b)
{
    return v_if_greater(a, b, a, b);
}

static inline vec v_min(vec a, vec b)
{
    return v_if_greater(b, a, a, b);
}

/* Of lanes that have all bits set or none */
static inline bool v_any(ivec mask)
{
    return vmaxvq_u32((uint32x4_t)mask) != 0;
}

/* Pieces of 8 bytes and single numbers: a copy through memory would wait for its own stores. */
static inline vec v_load_part(const real *from, size_t count)
{
    if (count >= LANES) return v_load(from);
    vec x = {0};
#if REAL_IS_DOUBLE
    if (count == 1) x = vld1q_lane_f64(from, x, 0);
#else
    if (count == 1) x = vld1q_lane_f32(from, x, 0);
    if (count >= 2) x = vcombine_f32(vld1_f32(from), vget_low_f32(x));
    if (count == 3) x = vld1q_lane_f32(from + 2, x, 2);
#endif
    return x;
}

static inline void v_store_part(real *to, vec x, size_t count)
{
    if (count >= LANES) {
        v_store(to, x);
        return;
    }
#if REAL_IS_DOUBLE
    if (count == 1) vst1q_lane_f64(to, x, 0);
#else
    if (count == 1) vst1q_lane_f32(to, x, 0);
    if (count >= 2) vst1_f32(to, vget_low_f32(x));
    if (count == 3) vst1q_lane_f32(to + 2, x, 2);
#endif
}

#undef OP
#undef BITS

#include "kernel/vector/math.h"

#endif
