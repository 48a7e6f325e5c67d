/* The callback says that what it wanted has been reached. */
#include "training/stop.h"

static bool after_epoch(const pensel_stop_moment *moment)
{
    return moment->verdict == PENSEL_GOAL_REACHED;
}

const pensel_stop_rule pensel_stop_rule_goal = {
    .info = {"goal", "goal reached"},
    .after_epoch = after_epoch,
};
