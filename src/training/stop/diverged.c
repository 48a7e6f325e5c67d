/* The loss or a parameter is not finite any more; noticed where they are computed, for the last
 * finite parameters must be brought back. */
#include "training/stop.h"

const pensel_stop_rule pensel_stop_rule_diverged = {
    .info = {"diverged", "diverged: the last finite network is kept"},
};
