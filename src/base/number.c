/* Parsing numbers. There are three ways to the nearest double; the cheapest one that is certain is
 * used:
 *
 *   double       if the digits fit in 53 bits and the power of ten is exact: one rounding
 *                (Clinger 1990)
 *   long double  if the digits fit in 64 bits: one rounding there, and a second one to double,
 *                which is correct if both ends of the first one's error interval round to the
 *                same double
 *   strtod       for everything else, in the C locale */
#include "base/number.h"

#include "platform/locale.h"

#include <float.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define LONGEST 1024 /* most characters of a number that is passed to strtod */

/* A number as it is written. */
typedef struct decimal {
    uint64_t digits;
    int exponent; /* value = digits * 10^exponent */
    bool negative;
    bool exact; /* digits hold them all */
} decimal;

static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

#if LDBL_MANT_DIG >= 64
static const long double long_powers[] = {1e0L,  1e1L,  1e2L,  1e3L,  1e4L,  1e5L,  1e6L,
                                          1e7L,  1e8L,  1e9L,  1e10L, 1e11L, 1e12L, 1e13L,
                                          1e14L, 1e15L, 1e16L, 1e17L, 1e18L, 1e19L, 1e20L,
                                          1e21L, 1e22L, 1e23L, 1e24L, 1e25L, 1e26L, 1e27L};

/* Whether long double has its 64 bits while this runs: a host may have told the processor to round
 * to double, and some emulators know nothing wider. */
static bool is_extended(void)
{
    volatile long double least = LDBL_EPSILON;
    return 1 + least > 1;
}

static bool by_long_double(double *value, const decimal *d)
{
    if (d->exponent < -27 || d->exponent > 27 || !is_extended()) return false;
    long double v = d->digits;
    v = d->exponent < 0 ? v / long_powers[-d->exponent] : v * long_powers[d->exponent];
    long double error = v * 0x1p-63L;
    *value = (double)(v - error);
    return *value == (double)(v + error);
}
#else
static bool by_long_double(double *value, const decimal *d)
{
    (void)value;
    (void)d;
    return false;
}
#endif

static bool by_strtod(double *value, const char *text, size_t length)
{
    char copy[LONGEST];
    if (length >= sizeof copy) return false;
    memcpy(copy, text, length);
    copy[length] = 0;
    return pensel_system_number(value, copy);
}

/* Reads digits; `after`, unless NULL, is decreased by one for each of them: they come after the
 * point. */
static const char *read_digits(decimal *d, const char *at, const char *end, size_t *seen,
                               int *after)
{
    for (; at < end && (unsigned char)(*at - '0') < 10; at++, ++*seen) {
        if (d->digits > (UINT64_MAX - 9) / 10) {
            d->exact = false;
            continue;
        }
        d->digits = d->digits * 10 + (uint64_t)(*at - '0');
        if (after) --*after;
    }
    return at;
}

/* False unless [at, end) is a number and nothing else. */
static bool read_decimal(decimal *d, const char *at, const char *end)
{
    size_t seen = 0;
    *d = (decimal){.exact = true};
    if (at < end && (*at == '+' || *at == '-')) d->negative = *at++ == '-';
    at = read_digits(d, at, end, &seen, NULL);
    if (at < end && *at == '.') at = read_digits(d, at + 1, end, &seen, &d->exponent);
    if (seen == 0) return false;
    if (at < end && (*at == 'e' || *at == 'E')) {
        bool negative = false;
        int exponent = 0;
        if (++at < end && (*at == '+' || *at == '-')) negative = *at++ == '-';
        const char *first = at;
        for (; at < end && (unsigned char)(*at - '0') < 10; at++)
            if (exponent < 100000) exponent = exponent * 10 + (*at - '0');
        if (at == first) return false;
        d->exponent += negative ? -exponent : exponent;
    }
    return at == end;
}

/* Blanks around are fine. Nothing depends on the locale of the program. */
bool pensel_number_parse(double *value, const char *text, size_t length)
{
    decimal d;
    pensel_trim(&text, &length);
    if (!read_decimal(&d, text, text + length)) return false;
    if (d.exact && d.digits <= (uint64_t)1 << 53 && d.exponent >= -22 && d.exponent <= 22) {
        double v = (double)d.digits;
        v = d.exponent < 0 ? v / powers[-d.exponent] : v * powers[d.exponent];
        *value = d.negative ? -v : v;
        return true;
    }
    if (d.exact && by_long_double(value, &d)) {
        *value = d.negative ? -*value : *value;
        return true;
    }
    return by_strtod(value, text, length);
}
