/* The tests in one program: `unit NAME` runs test_NAME.c, and so does a link to it that is called
 * test_NAME. Each has its own main, which test.h renames to test_NAME_main. */
#include <stdio.h>
#include <string.h>

#include "test_list.h"

#define DECLARE(name) int test_##name##_main(void);
TEST_LIST(DECLARE)
#undef DECLARE

static const struct {
    const char *name;
    int (*run)(void);
} tests[] = {
#define ROW(name) {#name, test_##name##_main},
    TEST_LIST(ROW)
#undef ROW
};

int main(int count, char **arguments)
{
    const char *slash = strrchr(arguments[0], '/'), *called = slash ? slash + 1 : arguments[0];
    const char *wanted = count > 1 ? arguments[1] : called;
    if (strncmp(wanted, "test_", 5) == 0) wanted += 5;
    for (size_t i = 0; i < sizeof tests / sizeof *tests; i++)
        if (strcmp(tests[i].name, wanted) == 0) return tests[i].run();
    fprintf(stderr, "there is no test %s here: give one of", wanted);
    for (size_t i = 0; i < sizeof tests / sizeof *tests; i++)
        fprintf(stderr, " %s", tests[i].name);
    fprintf(stderr, "\n");
    return 2;
}
