/* Vectors of WebAssembly's SIMD128: 16 bytes. How many registers there are is the browser's to
 * know; on x86-64 there are 16, of which it keeps one. A product and a sum are two instructions
 * with two roundings, on every machine the same: the relaxed ones, which may fuse, are not used.
 * None of its instructions asks for memory ahead. */
#ifndef PENSEL_KERNEL_VECTOR_H
#define PENSEL_KERNEL_VECTOR_H

#include <stdbool.h>
#include <string.h>
#include <wasm_simd128.h>

#define VECTOR_REGISTERS 16
#define VECTOR_CONSTRAINT "r"
#define VECTOR_ROUNDS_PRODUCTS
#define VECTOR_NO_PREFETCH
/* x is computed here and not elsewhere: the browser's compiler leaves instructions in the order in
 * which they come, and that decides how many registers they need. */
#define V_PIN(x) __asm__ volatile("" : "+r"(x))

#include "kernel/vector/types.h"

#if REAL_IS_DOUBLE
#define OP(name) wasm_f64x2_##name
#else
#define OP(name) wasm_f32x4_##name
#endif

static inline vec v_fma(vec a, vec b, vec c)
{
    return a * b + c;
}

static inline vec v_sqrt(vec x)
{
    return (vec)OP(sqrt)((v128_t)x);
}

static inline vec v_if_greater(vec a, vec b, vec x, vec y)
{
    return (vec)wasm_v128_bitselect((v128_t)x, (v128_t)y, (v128_t)(a > b));
}

/* b if either is NaN: pmax(b, a) is b < a ? a : b */
static inline vec v_max(vec a, vec b)
{
    return (vec)OP(pmax)((v128_t)b, (v128_t)a);
}

static inline vec v_min(vec a, vec b)
{
    return (vec)OP(pmin)((v128_t)b, (v128_t)a);
}

/* Of lanes that have all bits set or none */
static inline bool v_any(ivec mask)
{
    return wasm_v128_any_true((v128_t)mask);
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

#include "kernel/vector/math.h"

#endif
