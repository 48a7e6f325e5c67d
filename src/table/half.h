/* Half precision, IEEE 754's binary16: a sign, 5 bits of exponent, 10 of fraction. */
#ifndef PENSEL_TABLE_HALF_H
#define PENSEL_TABLE_HALF_H

#include <math.h>
#include <stdint.h>

static inline double pensel_half_number(uint16_t bits)
{
    unsigned exponent = bits >> 10 & 31, fraction = bits & 1023;
    double value = exponent ? ldexp(1024 + fraction, (int)exponent - 25) : ldexp(fraction, -24);
    if (exponent == 31) value = fraction ? (double)NAN : (double)INFINITY;
    return bits >> 15 ? -value : value;
}

#endif
