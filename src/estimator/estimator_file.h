/* The estimators' parts of a model file:
 *
 *   "estimator"  task, options, names
 *                classes, inputs.offset, inputs.scale, targets...., long names
 *                report.loss_curve, report.validation_scores
 *                and the network's part
 *   "table"      a table's model, by itself: table_model_file.c
 *
 * "_put" adds a part to a file that is going to be written: tensors are borrowed from the object.
 * "_get" makes an object of a part that was read; every number in it is checked. */
#ifndef PENSEL_ESTIMATOR_ESTIMATOR_FILE_H
#define PENSEL_ESTIMATOR_ESTIMATOR_FILE_H

#include "base/safetensors.h"

#define PENSEL_FORMAT_TABLE 3 /* of a table's model */

pensel_status pensel_estimator_put(pensel_model_file *file, const pensel_estimator *estimator,
                                   pensel_error *error);
pensel_status pensel_estimator_get(pensel_estimator **estimator, const pensel_model_file *file,
                                   pensel_error *error);
/* The same for a checkpoint: object is the pensel_estimator. */
pensel_status pensel_estimator_put_part(pensel_model_file *file, const void *object,
                                        pensel_error *error);
pensel_status pensel_table_model_get(pensel_table_model **model, const pensel_model_file *file,
                                     pensel_error *error);
/* What _save writes, in memory, the caller's */
pensel_status pensel_estimator_bytes(unsigned char **bytes, size_t *size,
                                     const pensel_estimator *estimator, pensel_error *error);
pensel_status pensel_table_model_bytes(unsigned char **bytes, size_t *size,
                                       const pensel_table_model *model, pensel_error *error);

#endif
