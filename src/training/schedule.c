/* The table of schedules. The rate of a step is either a function of how much of the run is over
 * (`rate`), or the report's learning_rate, which changes between epochs only and is in every
 * checkpoint. */
#include "training/schedule.h"

static const pensel_schedule_kind *const kinds[] = {
#define ROW(NAME, name) [PENSEL_##NAME] = &pensel_schedule_##name,
    PENSEL_SCHEDULE_LIST(ROW)
#undef ROW
};

const char *pensel_schedule_name(pensel_schedule schedule)
{
    return (unsigned)schedule < PENSEL_SCHEDULE_COUNT ? kinds[schedule]->name : NULL;
}

/* scikit-learn's schedules exist for sgd alone; there adam's rate is constant whatever is asked. */
const pensel_schedule_kind *pensel_schedule_kind_of(const pensel_training_options *options)
{
    const pensel_schedule_kind *kind = kinds[options->learning_rate];
    return kind->sgd_alone && options->solver != PENSEL_SGD ? &pensel_schedule_constant : kind;
}

double pensel_schedule_rate(const pensel_training *training, double done)
{
    const pensel_schedule_kind *kind = pensel_schedule_kind_of(&training->options);
    return kind->rate ? kind->rate(training, done) : training->report.learning_rate;
}
