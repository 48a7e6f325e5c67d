/* The time that was given is over: max_seconds, of training alone. */
#include "training/stop.h"

static bool after_step(const pensel_stop_moment *moment)
{
    double most = moment->training->options.max_seconds;
    return most > 0 && moment->training->report.seconds >= most;
}

const pensel_stop_rule pensel_stop_rule_seconds = {
    .info = {"seconds", "seconds: the time is over"},
    .after_step = after_step,
};
