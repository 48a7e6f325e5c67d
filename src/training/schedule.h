/* Learning-rate schedules.
 *
 * To add one:
 *   1. its line in PENSEL_SCHEDULE_LIST of include/pensel/training.h, X(NAME, name);
 *   2. schedule/name.c, which defines pensel_schedule_name as below, after the pattern of
 *      schedule/exponential.c;
 *   3. its row in tests/test_steps.c, in `schedules`: the formula again, from the paper.
 * The build, options, help and the Python package follow from the line. An option of its own is a
 * row in PENSEL_TRAINING_OPTION_LIST, as power_t is; one that it shares with others needs its name
 * in that row, as decay does. */
#ifndef PENSEL_TRAINING_SCHEDULE_H
#define PENSEL_TRAINING_SCHEDULE_H

#include "training/training.h"

typedef struct pensel_schedule_kind {
    const char *name; /* "inverse-time": its name on the command line and in files */
    /* As in scikit-learn, it has no effect on other solvers, whose rate is then constant. */
    bool sgd_alone;
    /* The rate of the next step; `done` is the fraction of the run that is over. NULL: the report's
     * learning_rate. */
    double (*rate)(const pensel_training *training, double done);
    /* Called after an epoch; may change training->report.learning_rate. NULL: nothing to do. */
    void (*epoch_ends)(pensel_training *training);
    /* Called when the loss has stopped improving: true ends the run, false continues it. NULL:
     * true. */
    bool (*on_plateau)(pensel_training *training);
} pensel_schedule_kind;

#define PENSEL_SCHEDULE_DECLARE(NAME, name) \
    extern const pensel_schedule_kind pensel_schedule_##name;
PENSEL_SCHEDULE_LIST(PENSEL_SCHEDULE_DECLARE)
#undef PENSEL_SCHEDULE_DECLARE

/* The schedule that the options' solver follows. */
const pensel_schedule_kind *pensel_schedule_kind_of(const pensel_training_options *options);
/* The rate of the next step; `done` is the fraction of the run that is over. */
double pensel_schedule_rate(const pensel_training *training, double done);

#endif
