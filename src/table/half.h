/* Half precision, IEEE 754's binary16: a sign s, 5 bits of exponent e, 10 of fraction f:
 *
 *     (-1)^s (1024 + f) 2^(e - 25)      e from 1 to 30
 *     (-1)^s f 2^-24                    e = 0: zeros and subnormal numbers
 *     infinite, or NaN if f is not 0    e = 31 */
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
