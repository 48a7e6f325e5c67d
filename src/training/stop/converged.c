/* No improvement by tol for n_iter_no_change epochs, and the schedule tries nothing more
 * (schedule.h). L-BFGS and the painter's pyramid have tests of their own for it. */
#include "training/stop.h"

static bool after_epoch(const pensel_stop_moment *moment)
{
    return moment->plateau;
}

const pensel_stop_rule pensel_stop_rule_converged = {
    .info = {"converged", "converged: nothing is left to learn"},
    .after_epoch = after_epoch,
};
