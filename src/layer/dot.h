/* Sums over samples, or over the features of one, in a fixed order that is as wide as the machine:
 * LANES interleaved sums, the same number for every instruction set, are added in a tree. A plain
 * sum would wait for each addition before the next. */
#ifndef PENSEL_LAYER_DOT_H
#define PENSEL_LAYER_DOT_H
#include "layer/layer.h"

enum { LANES = 16 };

static inline real sum_of_lanes(real lanes[LANES])
{
    for (size_t i = 0; i < 8; i++)
        lanes[i] += lanes[i + 8];
    for (size_t i = 0; i < 4; i++)
        lanes[i] += lanes[i + 4];
    return (lanes[0] + lanes[2]) + (lanes[1] + lanes[3]);
}

/* The sum of a b over n */
static inline real dot(const real *a, const real *b, size_t n)
{
    real lanes[LANES] = {0};
    size_t s = 0;
    for (; s + LANES <= n; s += LANES)
        for (size_t i = 0; i < LANES; i++)
            lanes[i] += a[s + i] * b[s + i];
    for (size_t i = 0; s + i < n; i++)
        lanes[i] += a[s + i] * b[s + i];
    return sum_of_lanes(lanes);
}

/* The sum of a over n */
static inline real total(const real *a, size_t n)
{
    real lanes[LANES] = {0};
    size_t s = 0;
    for (; s + LANES <= n; s += LANES)
        for (size_t i = 0; i < LANES; i++)
            lanes[i] += a[s + i];
    for (size_t i = 0; s + i < n; i++)
        lanes[i] += a[s + i];
    return sum_of_lanes(lanes);
}

#endif
