/* Reading CSV: the state that csv.c and csv_head.c share. */
#ifndef PENSEL_FILE_CSV_H
#define PENSEL_FILE_CSV_H

#include "file/labels.h"
#include "file/table.h"

typedef struct csv_field {
    char *at; /* in the source's buffer, good until the next record */
    size_t length;
} csv_field;

typedef struct csv {
    pensel_source *source;
    const pensel_table_options *options;
    pensel_error *error;
    char delimiter;
    size_t line, next_line; /* of the record in `fields`, and of the one after it; from 1 */
    csv_field *fields;      /* (count) of the record */
    size_t count, capacity;
    csv_field *first; /* (first_count) the first record, which may be a header, in first_text */
    char *first_text;
    size_t first_count, first_line;
    char **names; /* (name_count) of all columns */
    size_t name_count;
    pensel_plan plan;
    pensel_labels labels;
    void *x, *y, *weights; /* (room, inputs), (room, targets), (room) */
    size_t real, y_real;   /* bytes of a number of x and the weights, and of y */
    size_t rows, room;
} csv;

pensel_status pensel_csv_record(csv *c);

/* csv_head.c: delimiter and names. Afterwards `first` holds the first record, a header if *named,
 * and `fields` the second. */
pensel_status pensel_csv_head(csv *c, bool *named);

#endif
