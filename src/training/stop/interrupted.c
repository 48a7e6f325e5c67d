/* The flag of the options was raised, by a signal for instance, or the callback asks to stop. */
#include "training/stop.h"

static bool after_step(const pensel_stop_moment *moment)
{
    const volatile int *flag = moment->training->options.interrupt;
    return flag && *flag;
}

static bool after_epoch(const pensel_stop_moment *moment)
{
    return moment->verdict == PENSEL_INTERRUPT;
}

const pensel_stop_rule pensel_stop_rule_interrupted = {
    .info = {"interrupted", "interrupted"},
    .after_step = after_step,
    .after_epoch = after_epoch,
};
