/* A context, inside the library. */
#ifndef PENSEL_BASE_CONTEXT_H
#define PENSEL_BASE_CONTEXT_H

#include "base/workers.h"

#include <stdatomic.h>

struct pensel_context {
    pensel_workers *workers;
    pensel_allocator memory;                     /* zeros: the system's */
    const pensel_custom_activation *activations; /* NULL, or up to a name that is NULL */
    size_t most; /* threads that it was given; 0: what is asked for */
    /* Calls yet to come that are done alone, and how many it was the last time. */
    _Atomic uint32_t pause, penalty;
    _Atomic uint32_t warming; /* calls yet to come whose threads may still be waking up */
    _Atomic size_t usual;     /* of pensel_machine_threads, once it has been asked for */
    _Atomic size_t limit;     /* of threads, by pensel_context_limit; 0: none */
    _Atomic uint64_t callers; /* process << 32 | its threads in a training or prediction */
};

/* Between the two the calling thread computes for the context: it counts as one of its threads, so
 * that the others which do so as well are helped by fewer. Not while a callback runs. */
void pensel_context_begin(pensel_context *context);
void pensel_context_end(pensel_context *context);

/* One that belongs to a single object. It has as many threads as that one asks for. */
pensel_status pensel_context_private(pensel_context **context, pensel_error *error);

/* The activation of this name in the context that this thread has entered; NULL: there is none. */
const pensel_custom_activation *pensel_context_activation(const char *name);

/* How many threads `asked` means here; 0: the usual number. */
size_t pensel_context_share(pensel_context *context, size_t asked);

#endif
