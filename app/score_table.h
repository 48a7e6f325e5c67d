/* Tables as the estimator wants them, and scores as people like to read them. */
#ifndef PENSEL_APP_SCORE_TABLE_H
#define PENSEL_APP_SCORE_TABLE_H

#include "result.h"

#include <stdbool.h>

/* Reads the columns that a fitted model knows, by name where both have names; with a target, its
 * classes are turned into the model's codes. */
pensel_status pensel_columns_read(pensel_table **table, const pensel_estimator *estimator,
                                  const char *path, const char *target, pensel_error *error);

/* "iris.csv, 150 rows, 4 inputs" */
void pensel_columns_tell(pensel_result *result, const char *path, const pensel_table *table);

/* Name of class `index`, or its code as a number; g_free. */
char *pensel_class_text(const pensel_estimator *estimator, size_t index);

/* "#3165a7": the colour of class `index` of a painting; g_free. */
char *pensel_class_colour(const pensel_painting *painting, size_t index);

/* R2, MSE, MAE or accuracy, log loss, as lines and figures. */
void pensel_scores_tell(pensel_result *result, const pensel_scores *scores, pensel_task task);
/* The confusion matrix with precision and recall of each class. */
void pensel_confusion_tell(pensel_result *result, const pensel_estimator *estimator,
                           const size_t *confusion, size_t classes);
/* Scores the model on the samples, and tells all of the above. */
pensel_status pensel_score_all(pensel_result *result, const pensel_estimator *estimator,
                               const pensel_samples *samples, pensel_error *error);

#endif
