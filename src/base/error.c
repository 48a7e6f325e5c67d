/* Errors: the texts of statuses, and the one way a sentence gets into a pensel_error. The caller
 * owns the pensel_error; nothing here keeps a pointer to it or any other state, so threads may fail
 * at the same time, each into its own. */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>

static const struct {
    const char *text;
    int exit;
} statuses[] = {
#define PENSEL_STATUS_ROW(NAME, text, exit) [PENSEL_##NAME] = {text, exit},
    PENSEL_STATUS_LIST(PENSEL_STATUS_ROW)
#undef PENSEL_STATUS_ROW
};

const char *pensel_version(void)
{
    return PENSEL_VERSION;
}

const char *pensel_status_text(pensel_status status)
{
    return (unsigned)status < PENSEL_STATUS_COUNT ? statuses[status].text : "unknown status";
}

int pensel_status_exit(pensel_status status)
{
    return (unsigned)status < PENSEL_STATUS_COUNT ? statuses[status].exit : 1;
}

/* A sentence that is too long is cut at the end. The arguments may point into what the caller is
 * about to free: they are printed here and now. */
pensel_status pensel_fail(pensel_error *error, pensel_status status, const char *format, ...)
{
    if (error) {
        va_list arguments;
        va_start(arguments, format);
        error->status = status;
        vsnprintf(error->text, sizeof error->text, format, arguments);
        va_end(arguments);
    }
    return status;
}

/* In double, since the product may be more than a size_t holds: that may be the very reason. */
pensel_status pensel_fail_memory(pensel_error *error, size_t count, size_t size)
{
    double bytes = (double)count * (double)size;
    if (bytes >= 1e9)
        return pensel_fail(
            error, PENSEL_OUT_OF_MEMORY,
            "out of memory for %.1f GB: a smaller network, picture or table needs less",
            bytes / 1e9);
    return pensel_fail(error, PENSEL_OUT_OF_MEMORY,
                       "out of memory for %.0f bytes: free some and try again", bytes);
}
