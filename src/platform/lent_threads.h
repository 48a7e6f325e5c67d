/* Threads that a WebAssembly module is lent, for it cannot start any. Whoever runs it makes room
 * for one in the module's memory, starts a worker of its own over that memory, and has the worker
 * call pensel_thread_serve, which never returns. A module whose memory is not shared is lent none.
 */
#ifndef PENSEL_PLATFORM_LENT_THREADS_H
#define PENSEL_PLATFORM_LENT_THREADS_H

#include "platform/thread.h"

/* Room for a thread, with a stack that grows down from *stack; NULL: no memory is left. All are
 * made before the first one serves. */
pensel_thread *pensel_thread_lend(void **stack);
/* The calling thread works for pensel_thread_start, again and again. */
void pensel_thread_serve(pensel_thread *thread);

/* What pensel_cores returns from now on. */
void pensel_cores_set(size_t cores);

#endif
