/* rate = init (1 + cos(pi done)) / 2, at every step (Loshchilov & Hutter 2017, equation 5, with a
 * lowest rate of 0 and without restarts) */
#include "training/schedule.h"

#include <math.h>

static double rate(const pensel_training *training, double done)
{
    return training->options.learning_rate_init * 0.5 * (1 + cos(3.14159265358979323846 * done));
}

const pensel_schedule_kind pensel_schedule_cosine = {
    .name = "cosine",
    .rate = rate,
};
