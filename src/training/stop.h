/* Stop rules: after each step and after each epoch they are asked whether the run is over. The last
 * line of the list is asked first, so what happened to a run goes before what it has achieved.
 *
 * To add one:
 *   1. its line at the end of PENSEL_STOP_LIST of include/pensel/training.h, X(NAME, name):
 *      checkpoints hold the number of the line;
 *   2. stop/name.c, which defines pensel_stop_rule_name as below, after the pattern of
 *      stop/seconds.c;
 *   3. its row in tests/test_stopping.c, in `stops`: a training that it ends, and when.
 * The build, what fit prints, JSON, model files and the Python package follow from the line. An
 * option of its own is a row in PENSEL_TRAINING_OPTION_LIST, as max_seconds is.
 *
 * A rule without a function is a reason that is noticed where it arises: in the loop of a run
 * (epochs), or in the numbers themselves (diverged). */
#ifndef PENSEL_TRAINING_STOP_H
#define PENSEL_TRAINING_STOP_H

#include "training/training.h"

typedef struct pensel_stop_moment {
    const pensel_training *training; /* its report has losses, steps, samples and seconds so far */
    /* ---- after an epoch only */
    double validation_score; /* NaN unless there is one */
    bool plateau; /* no improvement for n_iter_no_change epochs, and the schedule tries no more */
    pensel_verdict verdict; /* the callback's */
} pensel_stop_moment;

typedef struct pensel_stop_rule {
    pensel_stop_info info;
    /* Whether the run is over; NULL: this rule is not asked then. */
    bool (*after_step)(const pensel_stop_moment *moment);
    bool (*after_epoch)(const pensel_stop_moment *moment);
} pensel_stop_rule;

#define PENSEL_STOP_DECLARE(NAME, name) extern const pensel_stop_rule pensel_stop_rule_##name;
PENSEL_STOP_LIST(PENSEL_STOP_DECLARE)
#undef PENSEL_STOP_DECLARE

/* NOT_RUN: the run goes on. */
pensel_stop pensel_stop_after_step(const pensel_stop_moment *moment);
pensel_stop pensel_stop_after_epoch(const pensel_stop_moment *moment);

#endif
