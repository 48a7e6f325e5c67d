/* The thread pool. Each thread has its own share of the work items, the same in every round, so
 * that the data of an item stays in the cache of one core. A thread that has finished its share
 * takes items from the others; when none are left it spins briefly and then sleeps. A thread that
 * loses its core to another process delays the others by at most the one item it is working on. */
#ifndef PENSEL_BASE_THREAD_POOL_H
#define PENSEL_BASE_THREAD_POOL_H

#include "pensel.h"

typedef struct pensel_pool pensel_pool;

/* `worker` is less than pensel_pool_size, and no two concurrent calls have the same: use it to
 * index scratch memory. */
typedef void (*pensel_work)(void *context, size_t item, size_t worker);

/* threads 0: pensel_machine_threads(). A pool of 1 starts no thread. */
pensel_status pensel_pool_new(pensel_pool **pool, size_t threads, pensel_error *error);
void pensel_pool_free(pensel_pool **pool);
size_t pensel_pool_size(const pensel_pool *pool);

/* Calls work(context, i, worker) for every i < count, in any order; returns when all are done. */
void pensel_pool_run(pensel_pool *pool, pensel_work work, void *context, size_t count);

/* For an item that must wait for another one, which comes before it in some share: call this with
 * turn 0, 1, 2... until that one is done. */
void pensel_pool_wait(size_t turn);

#endif
