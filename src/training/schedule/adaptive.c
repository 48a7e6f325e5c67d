/* The rate is divided by 5 whenever the loss stops improving: scikit-learn's, of sgd alone. */
#include "training/schedule.h"

/* Training ends at this rate: scikit-learn's bound. */
#define SMALLEST_RATE 1e-6

static bool lower(pensel_training *training)
{
    if (training->report.learning_rate <= SMALLEST_RATE) return true;
    training->report.learning_rate /= 5;
    return false;
}

const pensel_schedule_kind pensel_schedule_adaptive = {
    .name = "adaptive",
    .sgd_alone = true,
    .on_plateau = lower,
};
