/* Tables as they are, for models that have a schema: fit without settings, and what predict, score
 * and inspect do with such a model. */
#ifndef PENSEL_APP_RAW_TABLE_H
#define PENSEL_APP_RAW_TABLE_H

#include "command_line.h"
#include "result.h"
#include "table_read.h"
#include "watch.h"

typedef struct pensel_raw_fit {
    const char *table, *target, *save, *report; /* report: a page, or NULL */
    pensel_table_model_options options;
    const char *drop;    /* columns, separated by commas, or NULL */
    bool shows;          /* progress */
    pensel_watch *watch; /* borrowed: who follows */
    pensel_reading reading;
} pensel_raw_fit;

/* What --column NAME=number|category|date|drop says, once for each. */
typedef struct pensel_role_list {
    pensel_role_given *items;
    size_t count;
} pensel_role_list;
pensel_status pensel_read_role(const pensel_option *, const char *, pensel_error *);
void pensel_role_list_free(pensel_role_list *list);

/* Trains, saves and tells. *cut: a signal ended it. */
pensel_status pensel_raw_table_fit(pensel_result *result, const pensel_raw_fit *fit, bool *cut,
                                   pensel_error *error);

/* The columns of a table that a model with this schema takes as texts; target may be NULL. */
pensel_status pensel_raw_table_read(pensel_columns **columns, const char *path,
                                    const pensel_table_model *model, const char *target,
                                    const pensel_reading *reading, pensel_error *error);
/* The library does not know the file's name: "the table" becomes it. */
void pensel_raw_table_name(pensel_error *error, const char *path);
/* What the model does not know of the table, one line each on standard error. */
void pensel_raw_table_notice(const pensel_table_model *model, const pensel_columns *columns,
                             const pensel_schema_notice *notices);

/* Model and schema, figures of training */
void pensel_raw_table_print(pensel_result *result, const pensel_table_model *model);
void pensel_raw_scores_print(pensel_result *result, const pensel_table_scores *scores);

#endif
