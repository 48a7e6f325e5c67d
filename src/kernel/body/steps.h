/* Steps of solvers, and the sums and averages over all parameters. */
#ifndef PENSEL_KERNEL_BODY_STEPS_H
#define PENSEL_KERNEL_BODY_STEPS_H

#include "kernel/solver_step.h"

/* Numbers [i, i + count) of the gradient */
static inline vec gradient_part(const pensel_step *f, size_t i, size_t count)
{
    vec g = v_load_part((const real *)f->g + i, count);
    return f->more_g ? g + v_load_part((const real *)f->more_g + i, count) : g;
}

/* Weights and moments stand alike to the cache lines: after some first numbers, fewer than a
 * vector, all three are aligned. The moments of a neuron that has gone silent halve every few
 * steps, down into the subnormal numbers. */
#define DEFINE(NAME, name)                                                                   \
    static void name##_part(const solver_constants *c, const pensel_step *f, size_t i,       \
                            size_t count)                                                    \
    {                                                                                        \
        real *w = (real *)f->w + i, *m = (real *)f->m + i, *v = (real *)f->v + i;            \
        vec weight = v_load_part(w, count), first = v_set(0), second = v_set(0);             \
        if (name##_info.moments > 0) first = v_load_part(m, count);                          \
        if (name##_info.moments > 1) second = v_load_part(v, count);                         \
        vec g = penalised(c, gradient_part(f, i, count), weight);                            \
        v_store_part(w, name##_weight(c, weight, g, &first, &second), count);                \
        if (name##_info.moments > 0) v_store_part(m, first, count);                          \
        if (name##_info.moments > 1) v_store_part(v, second, count);                         \
    }                                                                                        \
    static __attribute__((noinline)) void name##_numbers(const pensel_step *f)               \
    {                                                                                        \
        real *w = f->w, *m = f->m, *v = f->v;                                                \
        const real *g = f->g, *more = f->more_g;                                             \
        solver_constants c = solver_constants_of(f);                                         \
        size_t i = least(f->count, (0 - (uintptr_t)w) % VECTOR_BYTES / sizeof(real));        \
        if (i > 0) name##_part(&c, f, 0, i);                                                 \
        for (; i + LANES <= f->count; i += LANES) {                                          \
            vec weight = v_load(w + i), first = v_set(0), second = v_set(0);                 \
            if (name##_info.moments > 0) first = v_load(m + i);                              \
            if (name##_info.moments > 1) second = v_load(v + i);                             \
            vec sum = more ? v_load(g + i) + v_load(more + i) : v_load(g + i);               \
            v_store(w + i,                                                                   \
                    name##_weight(&c, weight, penalised(&c, sum, weight), &first, &second)); \
            if (name##_info.moments > 0) v_store(m + i, first);                              \
            if (name##_info.moments > 1) v_store(v + i, second);                             \
        }                                                                                    \
        if (i < f->count) name##_part(&c, f, i, f->count - i);                               \
    }                                                                                        \
    static void name##_step(const pensel_step *f)                                            \
    {                                                                                        \
        uint64_t before = v_flush_begin();                                                   \
        name##_numbers(f);                                                                   \
        v_flush_end(before);                                                                 \
    }
PENSEL_STEP_LIST(DEFINE)
#undef DEFINE

/* In many sums of double, so that none waits for the one before; joined at the end */
enum { SQUARE_SUMS = 32 };

static double sum_of_squares(const void *x, size_t count)
{
    const real *from = x;
    double sums[SQUARE_SUMS] = {0}, sum = 0;
    size_t whole = count / SQUARE_SUMS * SQUARE_SUMS;
    for (size_t i = 0; i < whole; i += SQUARE_SUMS) {
        UNROLL for (size_t t = 0; t < SQUARE_SUMS; t++) sums[t] +=
            (double)from[i + t] * (double)from[i + t];
    }
    for (size_t i = whole; i < count; i++)
        sum += (double)from[i] * (double)from[i];
    for (size_t t = 0; t < SQUARE_SUMS; t++)
        sum += sums[t];
    return sum;
}

enum { FINITE_SUMS = 4 };

/* x - x is 0 for finite numbers and not a number for the rest */
static bool all_finite(const void *x, size_t count)
{
    const real *from = x;
    vec sums[FINITE_SUMS];
    size_t i = 0;
    for (size_t t = 0; t < FINITE_SUMS; t++)
        sums[t] = v_set(0);
    for (; i + FINITE_SUMS * LANES <= count; i += FINITE_SUMS * LANES)
        UNROLL for (size_t t = 0; t < FINITE_SUMS; t++)
        {
            vec part = v_load(from + i + t * LANES);
            sums[t] += part - part;
        }
    for (; i < count; i += LANES) {
        vec part = v_load_part(from + i, least(LANES, count - i));
        sums[0] += part - part;
    }
    return v_sum((sums[0] + sums[1]) + (sums[2] + sums[3])) == 0;
}

static void blend(void *average, const void *x, size_t count, double decay)
{
    real *to = average;
    const real *from = x;
    vec share = v_set(1 - decay);
    size_t i = 0;
    for (; i + LANES <= count; i += LANES) {
        vec old = v_load(to + i);
        v_store(to + i, v_fma(share, v_load(from + i) - old, old));
    }
    if (i < count) {
        vec old = v_load_part(to + i, count - i);
        v_store_part(to + i, v_fma(share, v_load_part(from + i, count - i) - old, old), count - i);
    }
}

static void add_scaled(void *y, const void *x, double scale, size_t count)
{
    real *to = y;
    const real *from = x;
    vec factor = v_set(scale);
    size_t i = 0;
    for (; i + LANES <= count; i += LANES)
        v_store(to + i, v_fma(factor, v_load(from + i), v_load(to + i)));
    if (i < count) {
        vec rest = v_load_part(from + i, count - i);
        v_store_part(to + i, v_fma(factor, rest, v_load_part(to + i, count - i)), count - i);
    }
}

/* 12 chains, enough to hide the latency of 4 (of a bfloat16 product: 6) at two a cycle */
#ifdef PENSEL_PAIRS
#define PEAK_STEP(sum, factor) v_dot(factor, factor, sum)
#define PEAK_OPERATIONS 4.0
#else
#define PEAK_STEP(sum, factor) v_fma(sum, factor, factor)
#define PEAK_OPERATIONS 2.0
#endif
static double peak(size_t rounds)
{
    enum { CHAINS = 12 };
    vec sums[CHAINS], factor = v_set(0.5), total = v_set(0);
    UNROLL for (size_t i = 0; i < CHAINS; i++) sums[i] = v_set((double)i);
    for (size_t round = 0; round < rounds; round++) {
        UNROLL for (size_t i = 0; i < CHAINS; i++)
        {
            sums[i] = PEAK_STEP(sums[i], factor);
            __asm__ volatile(
                ""
                : "+" VECTOR_CONSTRAINT(sums[i])); /* keeps the round from being folded */
        }
    }
    UNROLL for (size_t i = 0; i < CHAINS; i++) total += sums[i];
    volatile real keep = total[0];
    (void)keep;
    return PEAK_OPERATIONS * CHAINS * LANES * (double)rounds;
}

#endif
