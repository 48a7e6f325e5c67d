/* The table of stop rules. The number of a rule is its line in the list, and rules are asked from
 * the last line to the first, and the first that says yes is the reason. */
#include "training/stop.h"

static const pensel_stop_rule *const rules[] = {
#define ROW(NAME, name) [PENSEL_STOP_##NAME] = &pensel_stop_rule_##name,
    PENSEL_STOP_LIST(ROW)
#undef ROW
};

const pensel_stop_info *pensel_stop_describe(pensel_stop stop)
{
    return (unsigned)stop < PENSEL_STOP_COUNT ? &rules[stop]->info : NULL;
}

const char *pensel_stop_name(pensel_stop stop)
{
    return (unsigned)stop < PENSEL_STOP_COUNT ? rules[stop]->info.name : NULL;
}

pensel_stop pensel_stop_after_step(const pensel_stop_moment *moment)
{
    for (int i = PENSEL_STOP_COUNT - 1; i >= 0; i--)
        if (rules[i]->after_step && rules[i]->after_step(moment)) return (pensel_stop)i;
    return PENSEL_STOP_NOT_RUN;
}

pensel_stop pensel_stop_after_epoch(const pensel_stop_moment *moment)
{
    for (int i = PENSEL_STOP_COUNT - 1; i >= 0; i--)
        if (rules[i]->after_epoch && rules[i]->after_epoch(moment)) return (pensel_stop)i;
    return PENSEL_STOP_NOT_RUN;
}
