/* Solvers, and the learning-rate schedules of those that take one step per batch.
 *
 * To add a solver: 1. its line in pensel_solver (pensel.h) and its name in options.c; 2. its
 * kernel; 3. its descriptor in the table of solver.c; 4. its formula and a case in
 * tests/test_steps.c. Likewise for a schedule, in the table of schedule.c. */
#ifndef PENSEL_TRAINING_SOLVER_H
#define PENSEL_TRAINING_SOLVER_H

#include "training/training.h"

typedef struct pensel_solver_kind {
    /* The whole run of a solver that does not step by batches. NULL: the members below count. */
    pensel_status (*run)(pensel_training *training, const pensel_samples *samples,
                         const pensel_random *random, pensel_error *error);
    int moments; /* blocks of memory it needs: 0, 1 or 2 */
    /* Sets the constants of the next step, number training->solver_steps + 1, at learning rate
     * `rate`. */
    void (*prepare)(const pensel_training *training, pensel_update *update, double rate);
} pensel_solver_kind;

const pensel_solver_kind *pensel_solver_kind_of(pensel_solver solver);

typedef struct pensel_schedule_kind {
    /* The rate of the next step; `done` is the fraction of the run that is over. */
    double (*rate)(const pensel_training *training, double done);
    /* Called after an epoch; may change training->report.learning_rate. NULL: nothing to do. */
    void (*epoch_ends)(pensel_training *training);
    /* Called when the loss has stopped improving: true ends the run, false continues it. NULL:
     * true. */
    bool (*on_plateau)(pensel_training *training);
} pensel_schedule_kind;

const pensel_schedule_kind *pensel_schedule_kind_of(const pensel_training_options *options);

#endif
