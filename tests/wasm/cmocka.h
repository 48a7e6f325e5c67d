/* What the tests use of cmocka, where there is no setjmp: the first assertion that fails ends the
 * program, and run.mjs starts it again with the test that follows (TEST_FIRST). TAP as cmocka
 * prints it. */
#ifndef PENSEL_TESTS_WASM_CMOCKA_H
#define PENSEL_TESTS_WASM_CMOCKA_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef int (*CMFixtureFunction)(void **state);
struct CMUnitTest {
    const char *name;
    void (*test_func)(void **state);
    CMFixtureFunction setup_func, teardown_func;
    void *initial_state;
};

#define cmocka_unit_test(f) {#f, f, NULL, NULL, NULL}
#define cmocka_unit_test_setup_teardown(f, setup, teardown) {#f, f, setup, teardown, NULL}
#define cmocka_unit_test_prestate(f, state) {#f, f, NULL, NULL, state}

static inline const char **test_now(void)
{
    static const char *now[2];
    return now;
}

#define fail_msg(...)                              \
    do {                                           \
        printf("not ok - %s\n# ", test_now()[0]);  \
        printf(__VA_ARGS__);                       \
        printf("\n# %s:%d\n", __FILE__, __LINE__); \
        exit(1);                                   \
    } while (0)
#define assert_that(condition, text)            \
    do {                                        \
        if (!(condition)) fail_msg("%s", text); \
    } while (0)

#define assert_true(c) assert_that(c, #c)
#define assert_false(c) assert_that(!(c), "not " #c)
#define assert_null(p) assert_that((p) == NULL, #p " is NULL")
#define assert_non_null(p) assert_that((p) != NULL, #p " is not NULL")
#define assert_ptr_equal(a, b) assert_that((const void *)(a) == (const void *)(b), #a " == " #b)
#define assert_ptr_not_equal(a, b) assert_that((const void *)(a) != (const void *)(b), #a " != " #b)
#define assert_int_equal(a, b)                                                             \
    do {                                                                                   \
        long long int_a = (long long)(a), int_b = (long long)(b);                          \
        if (int_a != int_b) fail_msg("%s is %lld and not %lld: %s", #a, int_a, int_b, #b); \
    } while (0)
#define assert_int_not_equal(a, b) assert_that((long long)(a) != (long long)(b), #a " != " #b)
#define assert_in_range(x, low, high)                                                      \
    assert_that((uintmax_t)(x) >= (uintmax_t)(low) && (uintmax_t)(x) <= (uintmax_t)(high), \
                #x " is within " #low " and " #high)
#define assert_string_equal(a, b)                                                          \
    do {                                                                                   \
        const char *text_a = (a), *text_b = (b);                                           \
        if (strcmp(text_a, text_b) != 0) fail_msg("\"%s\" is not \"%s\"", text_a, text_b); \
    } while (0)
#define assert_string_not_equal(a, b) assert_that(strcmp(a, b) != 0, #a " is not " #b)
#define assert_memory_equal(a, b, size) assert_that(memcmp(a, b, size) == 0, #a " is as " #b)
#define assert_memory_not_equal(a, b, size) \
    assert_that(memcmp(a, b, size) != 0, #a " is not as " #b)

static inline int _cmocka_run_group_tests(const char *group, const struct CMUnitTest *tests,
                                          size_t count, CMFixtureFunction setup,
                                          CMFixtureFunction teardown)
{
    const char *asked = getenv("TEST_FIRST");
    void *shared = NULL;
    (void)group;
    if (setup && setup(&shared) != 0) return 1;
    printf("1..%zu\n", count);
    for (size_t i = asked ? (size_t)atoi(asked) : 0; i < count; i++) {
        void *state = tests[i].initial_state ? tests[i].initial_state : shared;
        test_now()[0] = tests[i].name;
        if (tests[i].setup_func && tests[i].setup_func(&state) != 0) fail_msg("setup");
        tests[i].test_func(&state);
        if (tests[i].teardown_func && tests[i].teardown_func(&state) != 0) fail_msg("teardown");
        printf("ok - %s\n", tests[i].name);
    }
    return teardown ? teardown(&shared) : 0;
}

#define cmocka_run_group_tests_name(name, tests, setup, teardown) \
    _cmocka_run_group_tests(name, tests, sizeof(tests) / sizeof *(tests), setup, teardown)
#define cmocka_run_group_tests(tests, setup, teardown) \
    cmocka_run_group_tests_name("", tests, setup, teardown)

#endif
