/* Vectors of NEON on 64-bit ARM: 16 bytes, 32 registers. */
#ifndef PENSEL_KERNEL_VECTOR_H
#define PENSEL_KERNEL_VECTOR_H

#include <arm_neon.h>
#include <stdbool.h>
#include <string.h>

#define VECTOR_REGISTERS 32
#define VECTOR_CONSTRAINT "w"

#include "kernel/vector/types.h"

#if REAL_IS_DOUBLE
#define OP(name) name##_f64
#define BITS(x) ((uint64x2_t)(x))
#else
#define OP(name) name##_f32
#define BITS(x) ((uint32x4_t)(x))
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

static inline vec v_load_part(const real *from, size_t count)
{
    vec x = {0};
    memcpy(&x, from, count * sizeof(real));
    return x;
}

static inline void v_store_part(real *to, vec x, size_t count)
{
    memcpy(to, &x, count * sizeof(real));
}

#undef OP
#undef BITS

#include "kernel/vector/math.h"

#endif
