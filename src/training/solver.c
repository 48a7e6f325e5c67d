/* The table of solvers, and the constants of their steps; the kernels do the work. The rate is
 * computed here, once a step and in double for all precisions: adam's corrections of its moments,
 * for instance. So it is the same for every instruction set, and kernels need no powers. */
#include "training/solver.h"

/* solver_step.h needs some type of vector; of what it brings only rates and names are used here. */
#define PENSEL_REAL double
#include "kernel/vector/scalar.h"

#include "kernel/solver_step.h"

#define STEPS(NAME, name_) \
    const pensel_solver_kind pensel_solver_##name_ = {.info = &name_##_info, .rate = name_##_rate};
PENSEL_STEP_LIST(STEPS)
#undef STEPS

static const pensel_solver_kind *const kinds[] = {
#define ROW(NAME, name) [PENSEL_##NAME] = &pensel_solver_##name,
    PENSEL_SOLVER_LIST(ROW)
#undef ROW
};

const char *pensel_solver_name(pensel_solver solver)
{
    const pensel_solver_kind *kind = pensel_solver_kind_of(solver);
    return kind ? kind->info->name : NULL;
}

const pensel_solver_kind *pensel_solver_kind_of(pensel_solver solver)
{
    return (unsigned)solver < PENSEL_SOLVER_COUNT ? kinds[solver] : NULL;
}

/* The step's number is counted by the training, not by the run: a warm start goes on with adam's t
 * where it was. */
void pensel_solver_prepare(const pensel_training *training, pensel_update *update, double rate)
{
    const pensel_training_options *o = &training->options;
    double t = (double)(training->solver_steps + 1);
    update->take = training->network->kernels->step[o->solver];
    update->step = (pensel_step){
        .rate = kinds[o->solver]->rate(o, rate, t),
        .momentum = o->momentum,
        .nesterov = o->nesterovs_momentum,
        .beta_1 = o->beta_1,
        .beta_2 = o->beta_2,
        .epsilon = o->epsilon,
    };
    update->weight_decay = o->weight_decay * rate;
}
