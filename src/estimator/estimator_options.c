/* What estimators are described by, by name, and the table of their options. The training's options
 * are a struct within, with a table of its own; lists (hidden, class weights, layers) are no rows,
 * so they are checked in estimator.c and written in estimator_file.c. To add an option: its row in
 * PENSEL_ESTIMATOR_OPTION_LIST, and the line that uses it; checks, files and Python follow. */
#include "estimator/estimator.h"

#include "base/option.h"

/* Names as they stand in model files and on the command line. NULL past the end. */
const char *pensel_task_name(pensel_task task)
{
    static const char *const names[] = {"regression", "classification"};
    return (unsigned)task < sizeof names / sizeof *names ? names[task] : NULL;
}

const char *pensel_scaling_name(pensel_scaling scaling)
{
    static const char *const names[] = {"none", "standard", "minmax"};
    return (unsigned)scaling < sizeof names / sizeof *names ? names[scaling] : NULL;
}

PENSEL_OPTION_CHOICES(task)
PENSEL_OPTION_CHOICES(initialisation)
PENSEL_OPTION_CHOICES(precision)
PENSEL_OPTION_CHOICES(scaling)

#define ROW(...) PENSEL_OPTION_ROW(pensel_estimator_options, __VA_ARGS__)
static const pensel_option_row rows[] = {PENSEL_ESTIMATOR_OPTION_LIST(ROW)};
static const pensel_option_table table = PENSEL_OPTION_TABLE_OF(rows, PENSEL_OPTIONS_MOST);
PENSEL_OPTION_BITS(rows);

const pensel_option_table *pensel_estimator_table(void)
{
    return &table;
}

pensel_estimator_options pensel_estimator_defaults(pensel_task task)
{
    pensel_estimator_options o = {PENSEL_ESTIMATOR_OPTION_LIST(PENSEL_OPTION_DEFAULT)};
    o.task = task;
    o.hidden_count = 1; /* with hidden NULL: 100 relu */
    o.training = pensel_training_defaults();
    return o;
}
