/* The team of threads. Each has a share of the items of work, the same from round to round, so that what
 * an item touches stays in the cache of one core; who is done with its own takes from the others' and,
 * when none is left, spins briefly and then sleeps. A thread whose core is taken by somebody else delays
 * the others by the one item it holds, no more. */
#ifndef PENSEL_BASE_TEAM_H
#define PENSEL_BASE_TEAM_H

#include "pensel.h"

typedef struct pensel_team pensel_team;

/* `worker` is below pensel_team_size and no two calls at once have the same: an index for scratch. */
typedef void (*pensel_work)(void *context, size_t item, size_t worker);

/* threads 0: pensel_machine_threads(). A team of 1 starts no thread. */
pensel_status pensel_team_new(pensel_team **team, size_t threads, pensel_error *error);
void pensel_team_free(pensel_team **team);
size_t pensel_team_size(const pensel_team *team);

/* work(context, i, worker) for every i < count, in any order; returns when all are done. */
void pensel_team_run(pensel_team *team, pensel_work work, void *context, size_t count);

/* For an item that waits for another one, which must have been taken before: call it with 0, 1, 2... until that
 * one is done. */
void pensel_team_wait(size_t turn);

#endif
