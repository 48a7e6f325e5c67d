/* The rows that a network is trained on, and rows to validate it with. */
#ifndef PENSEL_APP_ROWS_H
#define PENSEL_APP_ROWS_H

#include "pensel.h"
#include "table_options.h"

#include <stdbool.h>

typedef struct pensel_rows {
    const char *path;    /* of the table */
    pensel_table *table; /* NULL: not read */
} pensel_rows;

/* Which columns are what. */
typedef struct pensel_asked {
    const char *target, *weight, *drop; /* weight and drop may be NULL */
    pensel_precision precision;
    pensel_task task;
    pensel_reading reading;
    bool asked; /* for the task: else a target of words makes it classification */
} pensel_asked;

/* Reads rows->path. */
pensel_status pensel_rows_read(pensel_rows *rows, pensel_asked *columns, pensel_error *error);
/* The same columns of another table, its classes coded as those of `known`. */
pensel_status pensel_rows_read_more(pensel_rows *rows, const pensel_rows *known,
                                    const pensel_asked *columns, pensel_error *error);
/* The columns that a fitted model knows. */
pensel_status pensel_rows_read_for(pensel_rows *rows, const pensel_estimator *estimator,
                                   const char *target, const char *weight,
                                   const pensel_reading *reading, pensel_error *error);
/* Views, good while the rows are there. */
pensel_samples pensel_rows_samples(const pensel_rows *rows);
void pensel_rows_free(pensel_rows *rows);

#endif
