/* A context, inside the library. */
#ifndef PENSEL_BASE_CONTEXT_H
#define PENSEL_BASE_CONTEXT_H

#include "base/workers.h"

#include <stdatomic.h>

struct pensel_context {
    pensel_workers *workers;
    pensel_allocator memory; /* zeros: the system's */
    size_t most;             /* threads that it was given; 0: what is asked for */
    /* Calls yet to come that are done alone, and how many it was the last time. */
    _Atomic uint32_t pause, penalty;
    _Atomic uint32_t warming; /* calls yet to come whose threads may still be waking up */
    _Atomic size_t usual;     /* of pensel_machine_threads, once it has been asked for */
};

/* One that belongs to a single object. It has as many threads as that one asks for. */
pensel_status pensel_context_private(pensel_context **context, pensel_error *error);

/* How many threads `asked` means here; 0: the usual number. */
size_t pensel_context_share(pensel_context *context, size_t asked);

#endif
