/* How many cores this program may use. */
#include "pensel.h"

#include "platform/thread.h"

#include <stdlib.h>

size_t pensel_machine_threads(void)
{
    const char *wanted = getenv("PENSEL_THREADS");
    if (wanted && *wanted) {
        char *end;
        long threads = strtol(wanted, &end, 10);
        if (*end == 0 && threads > 0 && threads <= 4096) return (size_t)threads;
    }
    return pensel_cores();
}
