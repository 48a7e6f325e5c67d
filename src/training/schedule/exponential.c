/* The rate is multiplied by `decay` after each epoch. */
#include "training/schedule.h"

static void end_epoch(pensel_training *training)
{
    training->report.learning_rate *= training->options.decay;
}

const pensel_schedule_kind pensel_schedule_exponential = {
    .name = "exponential",
    .epoch_ends = end_epoch,
};
