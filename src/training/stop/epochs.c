/* All epochs, or evaluations, that were asked for: where a run counts them. */
#include "training/stop.h"

const pensel_stop_rule pensel_stop_rule_epochs = {
    .info = {"epochs", "epochs: all that were asked for are done"},
};
