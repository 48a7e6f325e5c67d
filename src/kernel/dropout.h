/* Dropout (Srivastava et al. 2014) without state: whether a unit of a sample is dropped is decided
 * by a hash of its position, so every thread gets the same answer. Included by every kernel file.
 */
#ifndef PENSEL_KERNEL_DROPOUT_H
#define PENSEL_KERNEL_DROPOUT_H

#include "kernel/kernel.h"

#include <math.h>

/* The finaliser of splitmix64 (Steele, Lea & Flood 2014) */
static inline uint64_t hash_of_unit(uint64_t seed, size_t unit)
{
    uint64_t h = seed + unit * 0x9e3779b97f4a7c15u;
    h = (h ^ (h >> 30)) * 0xbf58476d1ce4e5b9u;
    h = (h ^ (h >> 27)) * 0x94d049bb133111ebu;
    return h ^ (h >> 31);
}

/* 32 bits of it are a counter's start, and 32 go between the two halves of a finaliser (Wellons
 * 2018, lowbias32): products of 32 bits are an instruction of vectors, those of 64 are not. */
static inline uint32_t hash_of_place(uint64_t unit, uint32_t column)
{
    uint32_t h = (uint32_t)unit + column;
    h = (h ^ (h >> 16)) * 0x7feb352du ^ (uint32_t)(unit >> 32);
    h = (h ^ (h >> 15)) * 0x846ca68bu;
    return h ^ (h >> 16);
}

static void dropout(const pensel_dropout *f)
{
    real *panel = f->panel, kept = (real)f->factor;
    uint32_t limit = (uint32_t)fmin(f->share * 4294967296.0, 4294967295.0);
    uint32_t first = (uint32_t)f->first, n = (uint32_t)f->n;
    for (size_t j = 0; j < f->units; j++, panel += f->ld) {
        uint64_t unit = hash_of_unit(f->seed, j);
        for (uint32_t s = 0; s < n; s++)
            panel[s] *= hash_of_place(unit, first + s) < limit ? 0 : kept;
    }
}

#endif
