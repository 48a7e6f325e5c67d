/* What every test program includes: cmocka, the public header, and a few words of their own.
 *
 *     static void adds_up(void **state)   { ... assert_int_equal(1 + 1, 2); }
 *     int main(void) { const struct CMUnitTest tests[] = {cmocka_unit_test(adds_up)}; ... }
 *
 * A test's name is a sentence about what it proves. Expected values come from something independent
 * of this library: a formula, NumPy, scikit-learn. The working directory is tests/. */
#ifndef PENSEL_TESTS_TEST_H
#define PENSEL_TESTS_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pensel.h"

/* In the program of all tests each one's main has a name of its own: see unit.c. */
#ifdef TEST_MAIN
#define main TEST_MAIN
int main(void);
#endif

/* The call succeeds; otherwise the test fails with the library's own sentence. */
#define MUST(call)                                                      \
    do {                                                                \
        if ((call) != PENSEL_OK) fail_msg("%s: %s", #call, error.text); \
    } while (0)

/* |value - expected| <= bound * max(1, |expected|), and neither is NaN */
#define assert_near(value, expected, bound)                                                   \
    do {                                                                                      \
        double near_value = (value), near_expected = (expected);                              \
        if (!(fabs(near_value - near_expected) <= (bound) * fmax(1.0, fabs(near_expected))))  \
            fail_msg("%s is %.17g: %.17g would be right", #value, near_value, near_expected); \
    } while (0)

#define RUN(tests) cmocka_run_group_tests(tests, NULL, NULL)

#endif
