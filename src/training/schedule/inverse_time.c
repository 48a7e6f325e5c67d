/* rate = init / (1 + e (1 - decay) / decay) after e epochs: `decay` for the first one, then ever
 * slower. */
#include "training/schedule.h"

static void end_epoch(pensel_training *training)
{
    const pensel_training_options *o = &training->options;
    double epochs = (double)training->cursor.epoch;
    training->report.learning_rate =
        o->learning_rate_init / (1 + epochs * (1 - o->decay) / o->decay);
}

const pensel_schedule_kind pensel_schedule_inverse_time = {
    .name = "inverse-time",
    .epoch_ends = end_epoch,
};
