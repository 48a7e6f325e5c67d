/* A pool: how many of a context's threads an object uses. */
#ifndef PENSEL_BASE_THREAD_POOL_H
#define PENSEL_BASE_THREAD_POOL_H

#include "base/workers.h"

typedef struct pensel_pool {
    pensel_context *context; /* borrowed */
    size_t size;             /* threads, the caller's among them */
} pensel_pool;

/* threads 0: as many as the context has; a context that was given a number has no more. */
pensel_pool pensel_pool_of(pensel_context *context, size_t threads);

/* The same for a call with so many floating-point operations to do: no more threads than gain by
 * it. */
pensel_pool pensel_pool_for(pensel_context *context, size_t threads, double operations);

pensel_status pensel_pool_new(pensel_pool **pool, pensel_context *context, size_t threads,
                              pensel_error *error);
void pensel_pool_free(pensel_pool **pool);
size_t pensel_pool_size(const pensel_pool *pool);

/* Calls work(data, i, worker) for every i < count, in any order, with worker less than the pool's
 * size; returns when all are done. It may be called from several threads at once: one of them has
 * the context's threads, the others work alone. */
void pensel_pool_run(const pensel_pool *pool, pensel_work work, void *data, size_t count);

/* The same for items that cost about the same, in a call that is over soon. Where threads turn out
 * to lose time, since other programs have the cores, the next calls are done alone: 1, then 3, 7...
 * up to 255 of them between two trials, and more where a trial lost much. A trial is a few calls,
 * for the threads sleep when it begins: the first ones only end it if they are far slower. */
void pensel_pool_share(const pensel_pool *pool, pensel_work work, void *data, size_t count);

/* For an item that must wait for another one, which comes before it in some share: call this with
 * turn 0, 1, 2... until that one is done. */
void pensel_pool_wait(size_t turn);

#endif
