/* Solvers: the constants of their steps; the kernels do the work. */
#include "training/solver.h"

#include "training/lbfgs.h"

#include <math.h>

/* v = momentum v - rate g; w += v, or with Nesterov's look ahead w += momentum v - rate g
 * (Sutskever et al. 2013, as scikit-learn writes it). */
static void prepare_sgd(const pensel_training *training, pensel_update *update, double rate)
{
    const pensel_training_options *o = &training->options;
    update->take = training->network->kernels->sgd;
    update->step =
        (pensel_step){.rate = rate, .momentum = o->momentum, .nesterov = o->nesterovs_momentum};
}

/* Kingma & Ba 2015, in the order of operations suggested at the end of section 2: the bias
 * corrections are part of the rate. */
static void prepare_adam(const pensel_training *training, pensel_update *update, double rate)
{
    const pensel_training_options *o = &training->options;
    double t = (double)(training->solver_steps + 1);
    update->take = training->network->kernels->adam;
    update->step = (pensel_step){
        .rate = rate * sqrt(1 - pow(o->beta_2, t)) / (1 - pow(o->beta_1, t)),
        .beta_1 = o->beta_1,
        .beta_2 = o->beta_2,
        .epsilon = o->epsilon,
    };
    update->weight_decay = o->weight_decay * rate;
}

static const pensel_solver_kind kinds[] = {
    [PENSEL_SGD] = {.moments = 1, .prepare = prepare_sgd},
    [PENSEL_ADAM] = {.moments = 2, .prepare = prepare_adam},
    [PENSEL_LBFGS] = {.run = pensel_lbfgs_run},
};

const pensel_solver_kind *pensel_solver_kind_of(pensel_solver solver)
{
    return (unsigned)solver < sizeof kinds / sizeof *kinds ? &kinds[solver] : NULL;
}
