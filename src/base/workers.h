/* The threads of a context. They start when a call needs them for the first time and wait for the
 * next one; so no call starts a thread that has been started before.
 *
 * A round is one call's items. Each member of a round has its own share of them, the same in every
 * round of that size, so that the data of an item stays in the cache of one core; who has finished
 * its share takes items from the others. The caller is member 0. It never waits for a thread that
 * has not begun: it takes items until none is left, and then waits for those that were taken. A
 * thread that loses its core to another process delays the others by the one item it is working
 * on. */
#ifndef PENSEL_BASE_WORKERS_H
#define PENSEL_BASE_WORKERS_H

#include "pensel.h"

typedef struct pensel_workers pensel_workers;

/* `worker` is less than the number of members, and no two calls of a round that run at the same
 * time have the same: use it to index scratch memory. */
typedef void (*pensel_work)(void *data, size_t item, size_t worker);

enum { PENSEL_MOST_THREADS = 1024 };

pensel_status pensel_workers_new(pensel_workers **workers, pensel_error *error);
void pensel_workers_free(pensel_workers **workers);

/* Calls work(data, i, worker) for every i < count, by up to `members` threads; returns when all are
 * done. Alone, which is always possible, the caller takes the items in order: when another thread
 * has a round running, or no thread can be started.
 *
 * Returns how many times as fast this was as the caller would have been alone, judged by the items
 * that it did itself; 1 if it was alone. Below 1 the threads cost more than they gained: they share
 * the cores with other programs, or there is too little to do. */
double pensel_workers_run(pensel_workers *workers, size_t members, pensel_work work, void *data,
                          size_t count);

#endif
