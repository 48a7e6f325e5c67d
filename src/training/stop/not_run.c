/* No run yet, or one that goes on. */
#include "training/stop.h"

const pensel_stop_rule pensel_stop_rule_not_run = {
    .info = {"not run", "not run"},
};
