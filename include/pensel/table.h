/* Tables on disk: CSV and .npy. */
#ifndef PENSEL_TABLE_H
#define PENSEL_TABLE_H

#include "base.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct pensel_table_options {
    const char *target; /* column name, or its number from 1; NULL: no target. Several are separated
                           by commas, with CSV's quotes around a name that contains one; a column
                           whose name is the whole text takes precedence */
    const char
        *weight;      /* NULL, or name or number of a column of sample weights, which is no input */
    const char *drop; /* NULL, or columns that are not read, listed as targets are */
    bool classify;    /* a single target's text becomes class codes 0, 1, ... by sorted name */
    pensel_precision precision; /* float32 */
    char delimiter;             /* 0: detected from the first line: comma, semicolon, tab or | */
    size_t column_count;        /* how many of `columns` to read, in that order; 0: all but
                                   those above */
    const char *const *columns;
} pensel_table_options;
PENSEL_API pensel_table_options pensel_table_defaults(void);

typedef struct pensel_table {
    pensel_matrix x;       /* (n, inputs) */
    pensel_matrix y;       /* (n, targets); data is NULL without a target */
    pensel_matrix weights; /* (n, 1); data is NULL without a weight */
    char **names;          /* of the columns of x; "x1", "x2"... if the file has no header */
    char **target_names;   /* of the columns of y */
    char **classes; /* (class_count) text of each class code; NULL if the target is numbers */
    size_t class_count;
} pensel_table;

/* Reads a .npy array of numbers (n, columns), recognised by its first bytes, or CSV (RFC 4180, with
 * or without a header). An empty field, text among numbers, NaN or infinity is a BAD_DATA error
 * that names the line and column. The table is the caller's. */
PENSEL_API pensel_status pensel_table_read(pensel_table **table, const char *path,
                                           const pensel_table_options *options,
                                           pensel_error *error);
PENSEL_API void pensel_table_free(pensel_table **table);

#ifdef __cplusplus
}
#endif

#endif
