/* Activations: the vectorised functions' errors in units in the last place over the whole range of
 * both precisions, softmax, and the names. test_mathematics.c holds every value and derivative to
 * its formula. */
#include "oracle_activation.h"

#include "kernel/isa.h"
#include "kernel/kernel.h"

#include <float.h>

static void a_slope_at_the_kink_is_scikit_learns(void **state)
{
    double zero = 0, slope;
    pensel_error error;
    (void)state;
    MUST(pensel_activation_apply(PENSEL_RELU, 0, NULL, &slope, &zero, 1, &error));
    assert_true(slope == 0);
    MUST(pensel_activation_apply(PENSEL_LEAKY_RELU, 0.1, NULL, &slope, &zero, 1, &error));
    assert_true(slope == 0.1);
}

static void softmax_is_a_share_of_the_layer(void **state)
{
    double z[] = {1000, 1001, 999.5, -2000, 1000.25}, value[5], slope[5];
    long double sum = 0;
    pensel_error error;
    (void)state;
    MUST(pensel_activation_apply(PENSEL_SOFTMAX, 0, value, slope, z, 5, &error));
    for (int i = 0; i < 5; i++)
        sum += expl((long double)z[i] - 1001);
    for (int i = 0; i < 5; i++) {
        double expected = (double)(expl((long double)z[i] - 1001) / sum);
        assert_near(value[i], expected, 1e-15);
        assert_near(slope[i], expected * (1 - expected), 1e-15);
    }
}

/* ---------------------------------------------------------------- units in the last place */

/* The distance between a value and what is exact, in units in the last place of the exact one. */
static double ulps(double value, long double exact, pensel_precision precision)
{
    bool narrow = precision == PENSEL_FLOAT32;
    int digits = narrow ? FLT_MANT_DIG : DBL_MANT_DIG, least = narrow ? FLT_MIN_EXP : DBL_MIN_EXP;
    double rounded = narrow ? (double)(float)exact : (double)exact;
    int exponent;
    if (isnan(value) || isnan(rounded)) return isnan(value) && isnan(rounded) ? 0 : INFINITY;
    if (value == rounded) return 0;
    if (isinf(rounded)) return INFINITY;
    frexpl(exact, &exponent);
    if (exponent < least) exponent = least;
    return (double)fabsl(((long double)value - exact) / ldexpl(1, exponent - digits));
}

#ifdef _WIN32 /* its sinl is the x87 unit's, which knows pi to 66 bits */
#define SINE_REACH 3
#else
#define SINE_REACH INFINITY
#endif

static const struct function {
    const char *name;
    pensel_activation activation;
    bool slope; /* the function is the activation's derivative */
    long double (*exact)(long double);
    double low, high; /* where the bound holds; outside, see src/kernel/vector/math.h */
    double bound;
} functions[] = {
    {"exp", PENSEL_EXPONENTIAL, false, expl, -INFINITY, INFINITY, 2},
    {"expm1", PENSEL_ELU, false, expm1l, -INFINITY, 0, 3},
    {"tanh", PENSEL_TANH, false, tanhl, -INFINITY, INFINITY, 3},
    {"logistic", PENSEL_LOGISTIC, false, oracle_logistic, -INFINITY, INFINITY, 3},
    {"sin", PENSEL_SINE, false, sinl, -SINE_REACH, SINE_REACH, 2},
    {"cos", PENSEL_SINE, true, cosl, -SINE_REACH, SINE_REACH, 2},
};

static long double softplus_of(long double z)
{
    return oracle_softplus_value(z, 0);
}

/* gelu at -z sqrt 2 is -z sqrt 2 erfc(z) / 2; its argument's rounding costs z^2 ulps by itself */
static long double gelu_of(long double z)
{
    return oracle_gelu_value(z, 0);
}

static const struct function composed[] = {
    {"softplus (log1p)", PENSEL_SOFTPLUS, false, softplus_of, -INFINITY, INFINITY, 4},
    {"gelu (erfc)", PENSEL_GELU, false, gelu_of, -1, INFINITY, 8},
};

enum { BATCH = 4096 };

static double worst_of_batch(const pensel_kernels *kernels, const struct function *f, const void *z,
                             const double *exact_z, size_t count, double *where)
{
    static double room[BATCH];
    double worst = 0, p = pensel_activation_describe(f->activation)->parameter;
    kernels->activate(f->slope ? NULL : room, f->slope ? room : NULL, z, count, f->activation, p);
    for (size_t i = 0; i < count; i++) {
        double value = kernels->precision == PENSEL_FLOAT32 ? (double)((float *)room)[i] : room[i];
        double error = ulps(value, f->exact((long double)exact_z[i]), kernels->precision);
        if (error > worst) worst = error, *where = exact_z[i];
    }
    return worst;
}

/* Numbers spread evenly over the bit patterns, so over all magnitudes, and some with small
 * exponents. */
static double pattern(pensel_precision precision, uint64_t i, pensel_random *dice)
{
    uint64_t bits = i * 0x9e3779b97f4a7c15u;
    if (precision == PENSEL_FLOAT32) {
        uint32_t narrow = (uint32_t)(bits >> 32);
        float x;
        memcpy(&x, &narrow, sizeof x);
        if (i % 2) x = (float)pensel_random_uniform(dice, -110, 110);
        return (double)x;
    }
    double x;
    memcpy(&x, &bits, sizeof x);
    return i % 2 ? pensel_random_uniform(dice, -760, 760) : x;
}

static void hold_to_bound(const pensel_kernels *kernels, const struct function *f, uint64_t total)
{
    static double exact_z[BATCH], wide[BATCH];
    static float narrow[BATCH];
    pensel_random dice;
    double where = 0;
    pensel_random_seed(&dice, 9);
    for (uint64_t i = 0; i < total;) {
        size_t count = 0;
        for (; count < BATCH && i < total; i++) {
            double x = pattern(kernels->precision, i, &dice);
            if (!(x >= f->low && x <= f->high)) continue;
            exact_z[count] = wide[count] = x;
            narrow[count++] = (float)x;
        }
        const void *z = kernels->precision == PENSEL_FLOAT32 ? (const void *)narrow : wide;
        double worst = worst_of_batch(kernels, f, z, exact_z, count, &where);
        if (worst > f->bound)
            fail_msg("%s of %s, %d bits, is %.2f ulp off at %.17g: at most %g is promised", f->name,
                     kernels->isa, (int)kernels->size * 8, worst, where, f->bound);
    }
}

static void functions_keep_their_bounds(void **state)
{
    const uint64_t total = 400000;
    (void)state;
    for (int isa = 0; isa < PENSEL_ISA_reference; isa++) {
        for (int precision = 0; precision < 2; precision++) {
            const pensel_kernels *kernels =
                pensel_kernels_of(pensel_isa_name((pensel_isa)isa), (pensel_precision)precision);
            if (!kernels) continue;
            for (size_t f = 0; f < sizeof functions / sizeof *functions; f++)
                hold_to_bound(kernels, &functions[f], total);
            for (size_t f = 0; f < sizeof composed / sizeof *composed; f++)
                hold_to_bound(kernels, &composed[f], total);
        }
    }
}

static void what_is_not_a_number_stays_so(void **state)
{
    double z[] = {(double)NAN, 1}, value[2];
    pensel_error error;
    (void)state;
    for (int f = 0; f < PENSEL_ACTIVATION_COUNT; f++) {
        if (f == PENSEL_STEP || f == PENSEL_SOFTMAX) continue;
        MUST(pensel_activation_apply((pensel_activation)f, 1, value, NULL, z, 2, &error));
        assert_true(isnan(value[0]));
        assert_false(isnan(value[1]));
    }
}

/* ---------------------------------------------------------------- names */

static void every_activation_is_found_by_its_name(void **state)
{
    pensel_activation found;
    pensel_error error;
    (void)state;
    for (int i = 0; i < PENSEL_ACTIVATION_COUNT; i++) {
        const pensel_activation_info *info = pensel_activation_describe((pensel_activation)i);
        assert_non_null(info);
        MUST(pensel_activation_find(&found, info->name, &error));
        assert_int_equal(found, i);
    }
    assert_null(pensel_activation_describe(PENSEL_ACTIVATION_COUNT));
    assert_int_equal(pensel_activation_find(&found, "rellu", &error), PENSEL_BAD_ARGUMENT);
    for (int i = 0; i < PENSEL_ACTIVATION_COUNT; i++) {
        const char *name = pensel_activation_describe((pensel_activation)i)->name;
        assert_non_null(strstr(error.text, name));
    }
    static const char *const nearly[] = {"", "rel", "relu6", "Relu", "relu ", NULL};
    for (size_t i = 0; i < sizeof nearly / sizeof *nearly; i++)
        assert_int_equal(pensel_activation_find(&found, nearly[i], &error), PENSEL_BAD_ARGUMENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_slope_at_the_kink_is_scikit_learns),
        cmocka_unit_test(softmax_is_a_share_of_the_layer),
        cmocka_unit_test(functions_keep_their_bounds),
        cmocka_unit_test(what_is_not_a_number_stays_so),
        cmocka_unit_test(every_activation_is_found_by_its_name),
    };
    return RUN(tests);
}
