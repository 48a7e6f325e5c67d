/* Hints for somebody who fits a table for the first time, printed after the fit, one per line. */
#ifndef PENSEL_APP_HINTS_H
#define PENSEL_APP_HINTS_H

#include "result.h"

/* `asked`: the task was named; `fresh`: the network is new. */
void pensel_hints_print(pensel_result *result, const pensel_estimator_options *options,
                        const pensel_table *table, bool asked, bool fresh);

#endif
