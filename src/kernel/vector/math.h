/* Mathematical functions of vectors, written once for all instruction sets, in terms of v_fma and
 * arithmetic.
 *
 * Their error bounds in units in the last place, over all finite arguments; tests/test_activation.c
 * checks them (v_log1p and v_erfc through softplus and gelu):
 *
 *     v_exp 2   v_exp_negative 2 (up to 0)   v_expm1 3 (up to 87, or 708)   v_log1p 2 (on [0, 1])
 *     v_tanh 3   v_logistic 3   v_sin 2   v_cos 2   v_erfc 6
 *
 * NaN gives NaN. Argument reduction follows Cody & Waite 1980, with fused multiply-adds; the series
 * are Taylor series, on arguments so small that the first omitted term is below a tenth of an ulp.
 *
 * Where v_fma rounds the product (VECTOR_ROUNDS_PRODUCTS), what is to be subtracted in full is cut
 * into parts so short that their products with n are exact. */
#ifndef PENSEL_KERNEL_VECTOR_MATH_H
#define PENSEL_KERNEL_VECTOR_MATH_H

#include <math.h>
#include <stdbool.h>

#if REAL_IS_DOUBLE
#define MANTISSA_BITS 52
#define EXPONENT_BIAS 1023
#define ROUNDING 0x1.8p52 /* adding it leaves an integer in the low bits */
#define PER_PRECISION(float_, double_) (double_)
#else
#define MANTISSA_BITS 23
#define EXPONENT_BIAS 127
#define ROUNDING 0x1.8p23
#define PER_PRECISION(float_, double_) (float_)
#endif

/* log 2, and pi / 2 */
#ifdef VECTOR_ROUNDS_PRODUCTS
#define LOG_2_PARTS \
    PER_PRECISION(0x1.63p-1, 0x1.62e42feep-1), PER_PRECISION(-0x1.bd0106p-13, 0x1.a39ef35793c76p-33)
#define QUARTER_PARTS                                                                        \
    PER_PRECISION(0x1.92p+0, 0x1.921fb544p+0), PER_PRECISION(0x1.fb4p-12, 0x1.0b4611a6p-34), \
        PER_PRECISION(0x1.444p-24, 0x1.3198a2ep-69),                                         \
        PER_PRECISION(0x1.68c234p-39, 0x1.b839a252049c1p-104)
#define MOST_QUARTERS PER_PRECISION(8e3f, 1e6) /* n has 13, or 20 bits */
#else
#define LOG_2_PARTS                                    \
    PER_PRECISION(0x1.62e43p-1, 0x1.62e42fefa39efp-1), \
        PER_PRECISION(-0x1.05c61p-29, 0x1.abc9e3b39803fp-56)
#define QUARTER_PARTS                                          \
    PER_PRECISION(0x1.921fb6p+0, 0x1.921fb54442d18p+0),        \
        PER_PRECISION(-0x1.777a5cp-25, 0x1.1a62633145c07p-54), \
        PER_PRECISION(-0x1.ee59dap-50, -0x1.f1976b7ed8fbcp-110)
#define MOST_QUARTERS PER_PRECISION(3e4f, 1e9)
#endif

/* x - n times the sum of the parts */
static inline vec v_reduce(vec x, vec n, const double *parts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        x = v_fma(n, v_set(-parts[i]), x);
    return x;
}

/* x^2 - square, where that is x^2 rounded: 0 or less than half an ulp of it */
static inline vec v_square_error(vec x, vec square)
{
#ifdef VECTOR_ROUNDS_PRODUCTS
    vec cut = x * v_set(PER_PRECISION(4097, 134217729)); /* Dekker 1971 */
    vec high = cut - (cut - x), low = x - high;
    return ((high * high - square) + 2 * high * low) + low * low;
#else
    return v_fma(x, x, -square);
#endif
}

/* The nearest integer, for |x| < 2^(MANTISSA_BITS - 1) */
static inline vec v_round(vec x)
{
    return (x + v_set(ROUNDING)) - v_set(ROUNDING);
}

/* 2^n for integers n of normal results */
static inline vec v_power_of_2(vec n)
{
    return (vec)((ivec)(n + v_set(ROUNDING + EXPONENT_BIAS)) << MANTISSA_BITS);
}

/* c[0] + c[1] x + ... */
static inline vec v_polynomial(const double *c, size_t terms, vec x)
{
    vec sum = v_set(c[terms - 1]);
    for (size_t i = terms - 1; i-- > 0;)
        sum = v_fma(sum, x, v_set(c[i]));
    return sum;
}

/* x = n log 2 + r, |r| <= log(2) / 2; returns e^r - 1, and 2^(n + more), which must be a normal
 * number: the sum that rounds x / log 2 has n + more + bias in its low bits, and those are moved to
 * where an exponent stands. */
static inline vec v_reduced_expm1(vec x, int more, vec *n, vec *power)
{
    static const double c[] = {1. / 2,       1. / 6,        1. / 24,        1. / 120,
                               1. / 720,     1. / 5040,     1. / 40320,     1. / 362880,
                               1. / 3628800, 1. / 39916800, 1. / 479001600, 1. / 6227020800};
    static const double parts[] = {LOG_2_PARTS};
    vec low = v_set(ROUNDING + EXPONENT_BIAS + more);
    vec sum = v_fma(x, v_set(1.4426950408889634), low);
    *n = sum - low;
    *power = (vec)((ivec)sum << MANTISSA_BITS);
    vec r = v_reduce(x, *n, parts, sizeof parts / sizeof *parts);
    return v_fma(r * r, v_polynomial(c, PER_PRECISION(6, 12), r), r);
}

static inline vec v_exp(vec x)
{
    vec n, unused;
    x = v_min(v_set(PER_PRECISION(90, 711)), v_max(v_set(PER_PRECISION(-105, -747)), x));
    vec y = v_reduced_expm1(x, 0, &n, &unused) + 1;
    vec half = v_round(n * v_set(0.5));
    return y * v_power_of_2(half) * v_power_of_2(n - half);
}

/* e^x for x <= 0, the same bits in two thirds of the operations: the power of 2 is made 2^64 times
 * too large, so that it is a normal number, and the last product is the only one that rounds. */
static inline vec v_exp_negative(vec x)
{
    vec n, power;
    x = v_max(v_set(PER_PRECISION(-105, -747)), x);
    vec y = v_reduced_expm1(x, 64, &n, &power) + 1;
    return y * power * v_set(0x1p-64);
}

/* For x <= log(greatest) - 1: where results would come near to overflow, nobody asks */
static inline vec v_expm1(vec x)
{
    vec n, power;
    x = v_max(v_set(PER_PRECISION(-40, -60)), x);
    vec y = v_reduced_expm1(x, 0, &n, &power);
    return v_fma(power, y, power - 1);
}

/* For x in [0, 1]: log(1 + x) = 2 atanh(x / (2 + x)), above sqrt 2 - 1 by way of log((1 + x) / 2)
 */
static inline vec v_log1p(vec x)
{
    static const double c[] = {2. / 3,  2. / 5,  2. / 7,  2. / 9,  2. / 11, 2. / 13,
                               2. / 15, 2. / 17, 2. / 19, 2. / 21, 2. / 23};
    vec big = v_set(0.41421356237309503);
    vec s = v_if_greater(x, big, x - 1, x) / (x + v_if_greater(x, big, v_set(3), v_set(2)));
    vec square = s * s;
    vec tail = s * square * v_polynomial(c, PER_PRECISION(4, 11), square);
    vec base = v_if_greater(x, big, v_set(0.6931471805599453), v_set(0));
    return base + v_fma(s, v_set(2), tail);
}

static inline vec v_tanh(vec x)
{
    vec t = v_expm1(v_min(v_set(PER_PRECISION(20, 40)), 2 * v_abs(x)));
    return v_with_sign(t / (t + 2), x);
}

static inline vec v_logistic(vec x)
{
    vec e = v_exp_negative(v_minus_abs(x));
    return v_if_greater(v_set(0), x, e, v_set(1)) / (1 + e);
}

/* sin(x + quarters pi / 2), quarters 0 or 1, in two ways; v_trigonometric uses libm beyond `far`,
 * where this reduction would lose digits.
 *
 * By one series: x + quarters pi / 2 = r + n pi, |r| <= pi / 2, gives sin r, negative for odd n.
 * By two, of sine and cosine for |r| <= pi / 4, it takes twice the operations; but the one is more
 * than 2 units off near its largest values in float64, and where products are rounded. */
#if REAL_IS_DOUBLE || defined(VECTOR_ROUNDS_PRODUCTS)
#define SINE_SERIES 2
#else
#define SINE_SERIES 1
#endif
static inline vec v_sine_by_one(vec x, int quarters)
{
    static const double c[] = {-1. / 6,     1. / 120,       -1. / 5040,
                               1. / 362880, -1. / 39916800, 1. / 6227020800};
    static const double parts[] = {QUARTER_PARTS};
    vec n = v_fma(x, v_set(0.3183098861837907), v_set(quarters * 0.5)) + v_set(ROUNDING);
    ivec odd = (ivec)n << (sizeof(real) * 8 - 1);
    n = n - v_set(ROUNDING);
    vec r = v_reduce(x, v_fma(n, v_set(2), v_set(-quarters)), parts, sizeof parts / sizeof *parts);
    vec square = r * r;
    vec y = v_fma(r * square, v_polynomial(c, sizeof c / sizeof *c, square), r);
    return (vec)((ivec)y ^ odd);
}

static inline vec v_sine_by_two(vec x, int quarters)
{
    static const double s[] = {
        -1. / 6,        1. / 120,        -1. / 5040,          1. / 362880,
        -1. / 39916800, 1. / 6227020800, -1. / 1307674368000, 1. / 355687428096000};
    static const double c[] = {
        1. / 24,        -1. / 720,         1. / 40320,          -1. / 3628800,
        1. / 479001600, -1. / 87178291200, 1. / 20922789888000, -1. / 6402373705728000};
    vec n = v_fma(x, v_set(0.6366197723675814), v_set(ROUNDING));
    ivec quadrant = (ivec)n + quarters;
    n = n - v_set(ROUNDING);
    static const double parts[] = {QUARTER_PARTS};
    vec r = v_reduce(x, n, parts, sizeof parts / sizeof *parts);
    vec square = r * r;
    vec sine = v_fma(r * square, v_polynomial(s, PER_PRECISION(4, 8), square), r);
    vec fourth = square * square;
    vec cosine =
        v_fma(fourth, v_polynomial(c, PER_PRECISION(4, 8), square), 1 - v_set(0.5) * square);
    vec y = v_pick(-(quadrant & 1), cosine, sine);
    return (vec)((ivec)y ^ ((quadrant & 2) << (sizeof(real) * 8 - 2)));
}

static inline vec v_trigonometric(vec x, int quarters)
{
    const real far = MOST_QUARTERS;
    vec y = SINE_SERIES == 1 ? v_sine_by_one(x, quarters) : v_sine_by_two(x, quarters);
    ivec beyond = v_abs(x) > far;
    bool any = v_any(beyond);
    for (size_t i = 0; any && i < LANES; i++) {
        if (!beyond[i]) continue;
        double exact = quarters ? cos((double)x[i]) : sin((double)x[i]);
        y[i] = (real)exact;
    }
    return y;
}

static inline vec v_sin(vec x)
{
    return v_trigonometric(x, 0);
}

static inline vec v_cos(vec x)
{
    return v_trigonometric(x, 1);
}

/* e^(x^2) erfc x (1 + 2 x) for x >= 0 is a smooth function of t = (x - 3.75) / (x + 3.75), here by
 * its Chebyshev series (the transformation of Shepherd & Laframboise 1981; coefficients from the
 * function at 80 Chebyshev points in 60 digits), in double summed by Clenshaw's recurrence.
 * *power = e^(-x^2) */
static inline vec v_erfc_and_power(vec x, vec *power)
{
    static const double c[] = {
        1.1775789345674017,     -0.004590054580646477,  -0.08424913336651792,
        0.05920993999819189,    -0.026658668435305753,  0.009074997670705265,
        -0.0024131635404176085, 0.0004907758365258083,  -6.916973302501234e-05,
        4.139027986072818e-06,  7.740383066197729e-07,  -2.1886401049228973e-07,
        1.0764999465844223e-08, 4.521959811476117e-09,  -7.754400205916846e-10,
        -6.3180883140965e-11,   2.8687950301476378e-11, 1.945587649109368e-13,
        -9.65469722725056e-13,  3.252531673530974e-14,  3.347787119757183e-14,
        -1.864845246039124e-15, -1.251055762808793e-15, 7.39942869373602e-17,
    };
    vec size = v_min(v_set(PER_PRECISION(15, 40)), v_abs(x)),
        t = (size - v_set(3.75)) / (size + v_set(3.75));
    /* the first 13 of c as a polynomial, which float32 sums as well in half the operations */
    static const double powers[] = {
        1.2375126300326993,    -0.1402406583213864,    0.003585495314063081,
        0.08227841998347049,   -0.1088052275494994,    0.09229076959130367,
        -0.05868544049363175,  0.028409252364127502,   -0.009770087183366973,
        0.0016759122179809292, 0.00033016745627117685, -0.00022411674674410468,
        2.2046718906048968e-05};
    vec series;
    if (sizeof(real) == sizeof(float)) {
        series = v_polynomial(powers, 13, t);
    } else {
        vec b_1 = v_set(0), b_2 = v_set(0);
        for (size_t i = 24; i-- > 1;) {
            vec b_0 = v_fma(2 * t, b_1, v_set(c[i]) - b_2);
            b_2 = b_1;
            b_1 = b_0;
        }
        series = v_fma(t, b_1, v_set(c[0]) - b_2);
    }
    vec square = size * size, rest = v_square_error(size, square);
    *power = v_exp_negative(-square);
    vec y = series / v_fma(size, v_set(2), v_set(1)) * *power * (1 - rest);
    return v_if_greater(v_set(0), x, 2 - y, y);
}

static inline vec v_erfc(vec x)
{
    vec unused;
    return v_erfc_and_power(x, &unused);
}

#endif
