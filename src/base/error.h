/* Errors: one sentence, "what is wrong: what would be right", written once, where the error is
 * detected. */
#ifndef PENSEL_BASE_ERROR_H
#define PENSEL_BASE_ERROR_H

#include "pensel.h"

/* Fills *error (may be NULL) and returns status, so that `return pensel_fail(...)` reads well. */
pensel_status pensel_fail(pensel_error *error, pensel_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The OUT_OF_MEMORY sentence for `count` items of `size` bytes. */
pensel_status pensel_fail_memory(pensel_error *error, size_t count, size_t size);

/* return early: PENSEL_TRY(pensel_network_new(...)); */
#define PENSEL_TRY(call)                                \
    do {                                                \
        pensel_status try_status = (call);              \
        if (try_status != PENSEL_OK) return try_status; \
    } while (0)

#endif
