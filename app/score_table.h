/* Reading tables for an existing model, and printing scores. */
#ifndef PENSEL_APP_SCORE_TABLE_H
#define PENSEL_APP_SCORE_TABLE_H

#include "result.h"
#include "table_options.h"

#include <glib.h>
#include <stdbool.h>

/* What is known before a table is read: from a fitted model, or from the table it is trained on. */
typedef struct pensel_known {
    pensel_task task;
    pensel_precision precision;
    size_t inputs;
    const char *const *input_names; /* (inputs), or NULL */
    size_t class_count;             /* 0: classes have no names */
    const char *const *class_names;
    const double *codes; /* (class_count), or NULL for 0, 1, 2... */
} pensel_known;

/* Reads the columns that are known, by name where both sides have names; with a target, its classes
 * are turned into the known codes. Target and weight may be NULL. */
pensel_status pensel_known_read(pensel_table **table, const pensel_known *known, const char *path,
                                const char *target, const char *weight,
                                const pensel_reading *reading, pensel_error *error);

/* The same with what a fitted model knows. */
pensel_status pensel_table_for(pensel_table **table, const pensel_estimator *estimator,
                               const char *path, const char *target, const char *weight,
                               const pensel_reading *reading, pensel_error *error);

/* "iris.csv, 150 rows, 4 inputs" */
void pensel_table_print(pensel_result *result, const char *path, const pensel_table *table);

/* The targets' names as --target takes them; g_free. NULL without names. */
char *pensel_targets_text(char *const *names, size_t count);

/* What a model was trained on, as --target takes it; g_free. NULL: it does not say. */
char *pensel_known_target(const pensel_estimator *estimator);

/* A field of a CSV file, in quotes if it must be. */
void pensel_csv_put(GString *text, const char *field);
/* The same as the i-th, from 0, of a list that is read: after ", ". */
void pensel_csv_list(GString *text, size_t i, const char *field);

/* Name of class (or label) `index`, or its code as a number; g_free. */
char *pensel_class_text(const pensel_estimator *estimator, size_t index);

/* "#3165a7": the colour of class `index` of a painting; g_free. */
char *pensel_class_colour(const pensel_painting *painting, size_t index);

/* Every metric that has a value, as lines and figures. */
void pensel_scores_print(pensel_result *result, const pensel_scores *scores);
/* The confusion matrix with precision and recall of each class. */
void pensel_confusion_print(pensel_result *result, const pensel_estimator *estimator,
                            const size_t *confusion, size_t classes);
/* Several targets: R2, root MSE and MAE, or accuracy, recall and precision, of each. */
pensel_status pensel_score_each(pensel_result *result, const pensel_estimator *estimator,
                                const pensel_samples *samples, pensel_error *error);
/* Scores the model on the samples, and tells all of the above. */
pensel_status pensel_score_all(pensel_result *result, const pensel_estimator *estimator,
                               const pensel_samples *samples, pensel_error *error);

#endif
