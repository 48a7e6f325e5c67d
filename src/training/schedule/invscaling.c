/* rate = init / (samples seen + 1)^power_t, from epoch to epoch: scikit-learn's, of sgd alone. */
#include "training/schedule.h"

#include <math.h>

static void end_epoch(pensel_training *training)
{
    const pensel_training_options *o = &training->options;
    training->report.learning_rate =
        o->learning_rate_init / pow((double)(training->report.samples + 1), o->power_t);
}

const pensel_schedule_kind pensel_schedule_invscaling = {
    .name = "invscaling",
    .sgd_alone = true,
    .epoch_ends = end_epoch,
};
