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

/* Two early returns, for functions with a `pensel_error *error`:
 *
 *     PENSEL_REQUIRE(rows > 0, BAD_DATA, "%s has no rows: a table needs 1 or more", name);
 *     PENSEL_TRY(pensel_network_new(&network, shape, precision, error));
 *
 * The condition is what must hold; the code is a pensel_status without its PENSEL_. A function that
 * holds something to free keeps a status instead, and has one label, `done`, that frees:
 *
 *     if ((status = pensel_network_load(&network, path, error)) != PENSEL_OK) goto done;
 *     ...
 *     done:
 *         pensel_network_free(&network);
 *         return status; */
#define PENSEL_REQUIRE(condition, CODE, ...)                                     \
    do {                                                                         \
        if (!(condition)) return pensel_fail(error, PENSEL_##CODE, __VA_ARGS__); \
    } while (0)

#define PENSEL_TRY(call)                                \
    do {                                                \
        pensel_status try_status = (call);              \
        if (try_status != PENSEL_OK) return try_status; \
    } while (0)

#endif
