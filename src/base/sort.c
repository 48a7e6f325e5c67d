/* Radix sort (Knuth, vol. 3, 5.2.5): by each byte of a number, from the lowest to the highest, with
 * the order of equal bytes kept. A table of 50,000 rows and 100 columns has five million numbers to
 * sort, which takes a second by comparisons.
 *
 * The bits of a double, read as an integer, are in its order if the sign is turned round, and for
 * negative ones all the rest too. */
#include "base/sort.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { DIGITS = 8, VALUES = 256, FEW = 256 }; /* few: comparing is as fast */
#define SIGN (UINT64_C(1) << 63)

static int by_number(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Equal keys are equal bits: -0 comes before 0, which comparing would leave open. No NaN: its
 * position would be beyond the infinities. */
static uint64_t key_of(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits & SIGN ? ~bits : bits | SIGN;
}

static size_t digit_of(uint64_t key, int digit)
{
    return (size_t)(key >> (8 * digit)) % VALUES;
}

/* to = from by one digit, of which counts (VALUES) says how often each value is there; false, and
 * nothing done: all are the same. */
static int pass(double *to, const double *from, size_t n, int digit, const size_t *counts)
{
    size_t starts[VALUES], sum = 0;
    if (counts[digit_of(key_of(from[0]), digit)] == n) return 0;
    for (size_t v = 0; v < VALUES; v++) {
        starts[v] = sum;
        sum += counts[v];
    }
    for (size_t i = 0; i < n; i++)
        to[starts[digit_of(key_of(from[i]), digit)]++] = from[i];
    return 1;
}

/* x and room (n) take turns; all eight counts come of one walk over x. */
void pensel_sort_numbers(double *x, double *room, size_t n)
{
    size_t counts[DIGITS][VALUES] = {{0}};
    double *from = x, *to = room;
    if (n < FEW) {
        if (n > 1) qsort(x, n, sizeof *x, by_number);
        return;
    }
    for (size_t i = 0; i < n; i++)
        for (int d = 0; d < DIGITS; d++)
            counts[d][digit_of(key_of(x[i]), d)]++;
    for (int d = 0; d < DIGITS; d++) {
        if (!pass(to, from, n, d, counts[d])) continue;
        double *other = from;
        from = to;
        to = other;
    }
    if (from != x) memcpy(x, from, n * sizeof *x);
}
