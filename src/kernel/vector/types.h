/* What all vector headers share: the types, which are those of GCC's and clang's vector extension,
 * and every operation that needs no special instruction. VECTOR_BYTES comes from meson.build.
 */
#ifndef PENSEL_KERNEL_VECTOR_TYPES_H
#define PENSEL_KERNEL_VECTOR_TYPES_H

#include <stddef.h>
#include <stdint.h>

#define REAL_NAMED_float 0
#define REAL_NAMED_double 1
#define REAL_NAMED(real) REAL_NAMED_PASTE(real)
#define REAL_NAMED_PASTE(real) REAL_NAMED_##real
#define REAL_IS_DOUBLE REAL_NAMED(PENSEL_REAL)

#define LANES (VECTOR_BYTES / sizeof(real))

typedef PENSEL_REAL real;
typedef real vec __attribute__((vector_size(VECTOR_BYTES)));
typedef real loose_vec __attribute__((vector_size(VECTOR_BYTES), aligned(4), may_alias));
#if REAL_IS_DOUBLE
typedef int64_t ivec_lane;
#else
typedef int32_t ivec_lane;
#endif
typedef ivec_lane ivec __attribute__((vector_size(VECTOR_BYTES)));

/* x - 0 is x for every x, so compilers make this a broadcast. */
static inline vec v_set(double x)
{
    return (real)x - (vec){0};
}

static inline vec v_load(const real *from)
{
    return *(const loose_vec *)from;
}

static inline void v_store(real *to, vec x)
{
    *(loose_vec *)to = x;
}

static inline vec v_broadcast(const real *from)
{
    return *from - (vec){0};
}

static inline ivec v_sign_bit(void)
{
    return (ivec)v_set(-0.0);
}

static inline vec v_abs(vec x)
{
    return (vec)((ivec)x & ~v_sign_bit());
}

static inline vec v_minus_abs(vec x)
{
    return (vec)((ivec)x | v_sign_bit());
}

/* |x| with the sign of y */
static inline vec v_with_sign(vec x, vec y)
{
    return (vec)(((ivec)x & ~v_sign_bit()) | ((ivec)y & v_sign_bit()));
}

/* mask has all bits set in the lanes that take x */
static inline vec v_pick(ivec mask, vec x, vec y)
{
    return (vec)(((ivec)x & mask) | ((ivec)y & ~mask));
}

/* Adds the two halves until one number is left. */
#define DEFINE_SUM(bytes, half)                                                        \
    static inline real sum_of_##bytes(const real *x)                                   \
    {                                                                                  \
        typedef real part __attribute__((vector_size(half), aligned(4), may_alias));   \
        real halves[half / sizeof(real)];                                              \
        *(part *)halves = *(const part *)x + *(const part *)(x + half / sizeof(real)); \
        return sum_of_##half(halves);                                                  \
    }

static inline real sum_of_8(const real *x)
{
    return REAL_IS_DOUBLE ? x[0] : x[0] + x[8 / sizeof(real) - 1];
}
DEFINE_SUM(16, 8)
DEFINE_SUM(32, 16)
DEFINE_SUM(64, 32)
#undef DEFINE_SUM

#define SUM_OF(bytes) SUM_OF_PASTE(bytes)
#define SUM_OF_PASTE(bytes) sum_of_##bytes

static inline real v_sum(vec x)
{
    real lanes[LANES];
    v_store(lanes, x);
    return SUM_OF(VECTOR_BYTES)(lanes);
}

/* Between v_flush_begin and v_flush_end subnormal operands and results are treated as 0: on some
 * processors an operation on one takes a hundred cycles. (0x8040: the FTZ and DAZ bits of MXCSR;
 * bit 24: FZ of FPCR.) */
static inline uint64_t v_flush_begin(void)
{
#if defined(__x86_64__)
    unsigned before = __builtin_ia32_stmxcsr();
    __builtin_ia32_ldmxcsr(before | 0x8040);
    return before;
#elif defined(__aarch64__)
    uint64_t before;
    __asm__ volatile("mrs %0, fpcr" : "=r"(before));
    __asm__ volatile("msr fpcr, %0" : : "r"(before | 1u << 24) : "memory");
    return before;
#else
    return 0;
#endif
}

static inline void v_flush_end(uint64_t before)
{
#if defined(__x86_64__)
    __builtin_ia32_ldmxcsr((unsigned)before);
#elif defined(__aarch64__)
    __asm__ volatile("msr fpcr, %0" : : "r"(before) : "memory");
#endif
    (void)before;
}

static inline ivec lane_numbers(void)
{
    ivec lanes;
    for (size_t i = 0; i < LANES; i++)
        lanes[i] = (ivec_lane)i;
    return lanes;
}

#endif
