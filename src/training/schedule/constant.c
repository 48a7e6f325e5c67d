/* The rate stays as it is. */
#include "training/schedule.h"

const pensel_schedule_kind pensel_schedule_constant = {
    .name = "constant",
};
