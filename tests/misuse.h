/* What the programs of misuse share: a call that must be refused, and things to call it with. */
#ifndef PENSEL_TESTS_MISUSE_H
#define PENSEL_TESTS_MISUSE_H
#include "test.h"

static pensel_error error;

/* The call fails with the status of its error and a sentence that says what would be right. */
#define REFUSED(call)                                                                \
    do {                                                                             \
        memset(&error, 0, sizeof error);                                             \
        pensel_status refused = (call);                                              \
        if (refused == PENSEL_OK) fail_msg("accepted: %s", #call);                   \
        if (refused != error.status)                                                 \
            fail_msg("%s: status %d, error %d", #call, refused, error.status);       \
        if (strlen(error.text) < 12) fail_msg("%s: says \"%s\"", #call, error.text); \
    } while (0)

static double numbers[64];

static inline pensel_matrix matrix(size_t rows, size_t columns)
{
    return (pensel_matrix){numbers, rows, columns, PENSEL_FLOAT64};
}

static const pensel_layer one_layer[] = {{1, PENSEL_IDENTITY, 0}};

/* Two inputs, one output */
static inline pensel_network *network(void)
{
    pensel_network *n;
    pensel_shape shape = {.inputs = 2, .layers = one_layer, .layer_count = 1};
    MUST(pensel_network_new(&n, &shape, PENSEL_FLOAT64, &error));
    return n;
}
#endif
