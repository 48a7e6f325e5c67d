/* Cross-validation: the rows are divided into folds, and each fold is scored by a model trained on
 * the others. */
#ifndef PENSEL_APP_CROSS_VALIDATE_H
#define PENSEL_APP_CROSS_VALIDATE_H

#include "result.h"

/* Rows are shuffled by the seed; with classes each fold gets its share of every class. */
pensel_status pensel_cross_validate(pensel_result *result, const pensel_estimator_options *options,
                                    const pensel_samples *samples, size_t folds,
                                    pensel_error *error);

#endif
