/* Solvers that take a step a batch, and schedules of their learning rate.
 *
 * To add a solver: 1. its line in pensel_solver (pensel.h) and its name in options.c; 2. its kernel; 3. its
 * descriptor in the table of solver.c. A schedule likewise, in the table of schedule.c. */
#ifndef PENSEL_TRAINING_SOLVER_H
#define PENSEL_TRAINING_SOLVER_H

#include "training/training.h"

typedef struct pensel_solver_kind {
    int moments; /* blocks of memory it needs: 0, 1 or 2 */
    /* The step's constants for the coming step, number training->solver_steps + 1, at `rate`. */
    void (*prepare)(const pensel_training *training, pensel_update *update, double rate);
} pensel_solver_kind;

/* NULL for L-BFGS, which is not of this kind. */
const pensel_solver_kind *pensel_solver_kind_of(pensel_solver solver);

typedef struct pensel_schedule_kind {
    /* The rate of the coming step, `done` in [0, 1) of the run being over. */
    double (*rate)(const pensel_training *training, double done);
    /* After an epoch: may change training->report.learning_rate. NULL: nothing. */
    void (*epoch_ends)(pensel_training *training);
    /* When the loss stands still: true ends the run, false goes on. NULL: true. */
    bool (*stands_still)(pensel_training *training);
} pensel_schedule_kind;

const pensel_schedule_kind *pensel_schedule_kind_of(const pensel_training_options *options);

#endif
