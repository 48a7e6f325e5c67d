/* Solvers. Those that take a step for each batch have their formula in the kernels, where the
 * recipe to add one is (kernel/solver_step.h).
 *
 * To add one that goes its own way: 1. its line in PENSEL_SOLVER_LIST of include/pensel/training.h;
 * 2. a file here that defines pensel_solver_NAME with a `run`, after the pattern of lbfgs.c, and
 * its line in meson.build; 3. its row in tests/test_steps.c with NULL for the step, and a test
 * there of where it must end up. */
#ifndef PENSEL_TRAINING_SOLVER_H
#define PENSEL_TRAINING_SOLVER_H

#include "training/training.h"

typedef struct pensel_solver_kind {
    const pensel_solver_info *info;
    /* Of those that step by batches: the size of step t */
    double (*rate)(const pensel_training_options *options, double rate, double t);
    /* The whole run of a solver that does not step by batches; else NULL. */
    pensel_status (*run)(pensel_training *training, const pensel_samples *samples,
                         const pensel_random *random, pensel_error *error);
} pensel_solver_kind;

#define PENSEL_SOLVER_DECLARE(NAME, name) extern const pensel_solver_kind pensel_solver_##name;
PENSEL_SOLVER_LIST(PENSEL_SOLVER_DECLARE)
#undef PENSEL_SOLVER_DECLARE

const pensel_solver_kind *pensel_solver_kind_of(pensel_solver solver);

/* Sets the constants of the next step, number training->solver_steps + 1, when the schedule says
 * `rate`. */
void pensel_solver_prepare(const pensel_training *training, pensel_update *update, double rate);

#endif
