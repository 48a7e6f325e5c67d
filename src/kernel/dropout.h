/* Dropout (Srivastava et al. 2014) without state: whether a unit of a sample is dropped is decided
 * by a hash of its position, so every thread gets the same answer. Included by every kernel file.
 */
#ifndef PENSEL_KERNEL_DROPOUT_H
#define PENSEL_KERNEL_DROPOUT_H

#include "kernel/kernel.h"

/* The finaliser of splitmix64 (Steele, Lea & Flood 2014), 32 bits of it */
static inline uint32_t hash_of_place(uint64_t seed, size_t unit, size_t column)
{
    uint64_t h = seed + unit * 0x9e3779b97f4a7c15u + column * 0xd1342543de82ef95u;
    h = (h ^ (h >> 30)) * 0xbf58476d1ce4e5b9u;
    h = (h ^ (h >> 27)) * 0x94d049bb133111ebu;
    return (uint32_t)((h ^ (h >> 31)) >> 32);
}

static void dropout(const pensel_dropout *f)
{
    real *panel = f->panel;
    double limit = f->share * 4294967296.0;
    for (size_t j = 0; j < f->units; j++) {
        for (size_t s = 0; s < f->n; s++) {
            bool dropped = (double)hash_of_place(f->seed, j, f->first + s) < limit;
            panel[j * f->ld + s] *= dropped ? 0 : (real)f->factor;
        }
    }
}

#endif
