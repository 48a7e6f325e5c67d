/* Tables: columns of numbers and texts from CSV, .npy or the program's own memory, and the same
 * files as matrices of numbers. */
#ifndef PENSEL_TABLE_H
#define PENSEL_TABLE_H

#include "base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ------------------------------------------------------------------ where the bytes come from */

/* Bytes from anywhere but a file, such as a compressed one. */
typedef struct pensel_stream {
    /* Up to `size` bytes; *got 0 at the end. */
    pensel_status (*read)(void *self, void *bytes, size_t size, size_t *got, pensel_error *error);
    /* Back to the first byte; NULL: it cannot go back, and is kept in memory while it is read. */
    pensel_status (*rewind)(void *self, pensel_error *error);
    void *self;
} pensel_stream;

/* Whether the first record of a CSV file is the names of the columns. AUTO: yes if a column has
 * text there and numbers below, or if it has no number. */
typedef enum pensel_header {
    PENSEL_HEADER_AUTO,
    PENSEL_HEADER_YES,
    PENSEL_HEADER_NO
} pensel_header;
/* "auto", "yes", "no"; NULL past the end. */
PENSEL_API const char *pensel_header_name(pensel_header header);

/* ------------------------------------------------------------------ columns */

typedef enum pensel_column_form {
    PENSEL_COLUMN_NUMBER,
    PENSEL_COLUMN_TEXT,
    PENSEL_COLUMN_TIME /* seconds since 1970 began in UTC; a CSV file's dates are text */
} pensel_column_form;

/* How the numbers of a column are written. PLAIN is 1234.5 and 1e3. The other two have marks
 * between groups of three digits (, or . whichever does not stand before the fraction, ' or
 * blanks), and $, EUR's or GBP's sign in front or behind, or %. */
typedef enum pensel_number_style {
    PENSEL_NUMBERS_PLAIN,
    PENSEL_NUMBERS_POINT, /* 1,234.5 */
    PENSEL_NUMBERS_COMMA  /* 1.234,5 */
} pensel_number_style;

typedef struct pensel_column {
    const char *name;
    pensel_column_form form;
    const double *numbers;    /* NUMBER, TIME: (rows), finite, or NaN: missing */
    const uint32_t *codes;    /* TEXT: (rows), 0: missing, otherwise it is texts[code] */
    const char *const *texts; /* TEXT: (distinct + 1) as written, without blanks around, in UTF-8,
                                 in order of appearance; texts[0] is NULL */
    size_t distinct;          /* TEXT */
    size_t missing;           /* rows without a value */
    bool twice;               /* other columns of the file had the same name */
    bool numeric; /* TEXT that is nothing but numbers, and would be others if it was made numbers:
                     007, integers of 16 digits; or options.text asked for it */
    pensel_number_style style; /* of NUMBER as it was written; of TEXT that is mostly numbers */
} pensel_column;

typedef struct pensel_columns {
    size_t rows, count;
    const pensel_column *columns; /* (count); no two have the same name */
    const char *const *notes;     /* (note_count) what was taken for what: sentences for the user */
    size_t note_count;
    void *owner; /* the library's */
} pensel_columns;

typedef struct pensel_columns_options {
    char
        delimiter; /* 0: the one on which most records agree; ' ' stands for any number of blanks */
    pensel_header header;
    const char *const *text; /* (text_count) columns, by name or number from 1, that are TEXT even
                                if they are numbers: labels, say */
    size_t text_count;
    const pensel_stream *stream; /* NULL: the file */
} pensel_columns_options;
PENSEL_API pensel_columns_options pensel_columns_defaults(void);

/* Reads CSV or .npy, whatever its values are. Missing are empty fields, NA, N/A, nan, NaT, NULL,
 * None, ?, - and a point, in capitals or not, a spreadsheet's errors (N/A, VALUE! and others after
 * a number sign) and the N after a backslash of databases' dumps; infinite numbers are taken as
 * missing, with a note.
 * A column is NUMBER if all its values are numbers, also 1,234.5 or 1.234,5 or $ 12 or 30 % where
 * all are written one way; otherwise TEXT. `path` is only a name if there is a stream. *columns is
 * the caller's. */
PENSEL_API pensel_status pensel_columns_read(pensel_columns **columns, const char *path,
                                             const pensel_columns_options *options,
                                             pensel_error *error);
/* The same of `count` columns in the caller's memory, which are checked and borrowed until they are
 * freed; only the list and the names are copied. `missing` is counted again. */
PENSEL_API pensel_status pensel_columns_new(pensel_columns **columns, size_t rows,
                                            const pensel_column *list, size_t count,
                                            pensel_error *error);
PENSEL_API void pensel_columns_free(pensel_columns **columns);

/* Whether a field with this text has no value: NA, null, blanks... */
PENSEL_API bool pensel_text_is_missing(const char *text);

/* Arrow's C data interface (arrow.apache.org/docs/format/CDataInterface.html), in which pandas,
 * polars, pyarrow, DuckDB and R hand over a table. */
#ifndef ARROW_C_DATA_INTERFACE
#define ARROW_C_DATA_INTERFACE
struct ArrowSchema {
    const char *format, *name, *metadata;
    int64_t flags, n_children;
    struct ArrowSchema **children, *dictionary;
    void (*release)(struct ArrowSchema *);
    void *private_data;
};
struct ArrowArray {
    int64_t length, null_count, offset, n_buffers, n_children;
    const void **buffers;
    struct ArrowArray **children, *dictionary;
    void (*release)(struct ArrowArray *);
    void *private_data;
};
#endif
#ifndef ARROW_C_STREAM_INTERFACE
#define ARROW_C_STREAM_INTERFACE
struct ArrowArrayStream {
    int (*get_schema)(struct ArrowArrayStream *, struct ArrowSchema *out);
    int (*get_next)(struct ArrowArrayStream *, struct ArrowArray *out);
    const char *(*get_last_error)(struct ArrowArrayStream *);
    void (*release)(struct ArrowArrayStream *);
    void *private_data;
};
#endif

/* A struct array, that is a record batch: integers, floats, decimals, booleans (as the texts True
 * and False), texts in every layout, dictionaries of texts, dates and times. What is null, NaN,
 * infinite or a word for missing is missing. Columns of float64 with neither are borrowed, so both
 * must live until the columns are freed; everything else is copied. Nothing is released. options:
 * of them only text and text_count matter; NULL are the defaults. */
PENSEL_API pensel_status pensel_columns_arrow(pensel_columns **columns,
                                              const struct ArrowSchema *schema,
                                              const struct ArrowArray *array,
                                              const pensel_columns_options *options,
                                              pensel_error *error);
/* All batches of a stream, one behind another, copied. The stream is used up, but not released. */
PENSEL_API pensel_status pensel_columns_arrow_stream(pensel_columns **columns,
                                                     struct ArrowArrayStream *stream,
                                                     const pensel_columns_options *options,
                                                     pensel_error *error);

/* ------------------------------------------------------------------ matrices */

typedef struct pensel_table_options {
    const char *target; /* column name, or its number from 1; NULL: no target. Several are separated
                           by commas, with CSV's quotes around a name that contains one; a column
                           whose name is the whole text takes precedence */
    const char
        *weight;      /* NULL, or name or number of a column of sample weights, which is no input */
    const char *drop; /* NULL, or columns that are not read, listed as targets are */
    bool classify;    /* a single target's text becomes class codes 0, 1, ... by sorted name */
    pensel_precision precision; /* float32 */
    char delimiter;             /* as in pensel_columns_options, like the next two */
    pensel_header header;
    const pensel_stream *stream;
    size_t column_count; /* how many of `columns` to read, in that order; 0: all but
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
    char **notes; /* (note_count) as in pensel_columns */
    size_t note_count;
} pensel_table;

/* Reads a .npy array of numbers (n, columns), recognised by its first bytes, or CSV. An empty
 * field, text among numbers, NaN or infinity is a BAD_DATA error that names the line and column.
 * The table is the caller's. */
PENSEL_API pensel_status pensel_table_read(pensel_table **table, const char *path,
                                           const pensel_table_options *options,
                                           pensel_error *error);
PENSEL_API void pensel_table_free(pensel_table **table);

#ifdef __cplusplus
}
#endif

#endif
