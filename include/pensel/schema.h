/* Schema: what the columns of a table mean and what each becomes before a network sees it. It is
 * learned from the rows that a model is trained on, saved with the model, and applied to every
 * table that the model predicts: text, dates, gaps, categories that training never saw.
 *
 *     number      robustly scaled: u = (x - median) / (q75 - q25), then u / sqrt(1 + (u/3)^2),
 *                 which keeps outliers within (-3, 3); a missing one is the median
 *     category    two: one input, -1 or 1; up to 8: one input each; more: a code for a learned
 *                 embedding. Unseen and missing ones are "other"
 *     date        year, seconds since the median; day of the year, weekday and time of day as
 *                 points on a circle; those that vary
 *     identifier, constant, text, dropped: no input
 *
 * A column that had gaps has one more input, which says whether the value is missing. */
#ifndef PENSEL_SCHEMA_H
#define PENSEL_SCHEMA_H

#include "table.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum pensel_role {
    PENSEL_ROLE_NUMBER,
    PENSEL_ROLE_CATEGORY,
    PENSEL_ROLE_DATE,
    PENSEL_ROLE_IDENTIFIER, /* counts up, or all its texts are different: left out */
    PENSEL_ROLE_CONSTANT,   /* one value, or none: left out */
    PENSEL_ROLE_TEXT,       /* free text: left out */
    PENSEL_ROLE_DROPPED     /* left out because the caller says so */
} pensel_role;

/* "number", "category", "date", "identifier", "constant", "text", "drop"; NULL past the end. */
PENSEL_API const char *pensel_role_name(pensel_role role);

/* What the caller says of one column, which is not the target, in place of what is found. */
typedef struct pensel_role_given {
    const char *column; /* its name */
    pensel_role role;   /* NUMBER, CATEGORY, DATE or DROPPED */
} pensel_role_given;

typedef struct pensel_schema pensel_schema;

/* What a schema knows of one column. Borrowed from the schema. */
typedef struct pensel_schema_column {
    const char *name;
    pensel_role role;
    bool given;                    /* the caller said so */
    size_t distinct, missing;      /* among the rows that it was learned from */
    size_t odd;                    /* texts in a column of numbers or dates that are none */
    size_t inputs;                 /* of the network, before embedding; 0: left out */
    double low, median, high;      /* of a number or a date (seconds since 1970), else NaN */
    const char *const *categories; /* (category_count), sorted; those that have an input or code */
    size_t category_count;
    bool day_first; /* dates such as 31/12/2020 */
    bool texts;     /* a table's column must be read as texts (pensel_columns_options): it has
                       dates, categories that are no plain numbers, or numbers of another style,
                       of which 1.234 alone would not say whether it is about one or a thousand */
    bool compact;   /* dates that are numbers, such as 20201231 */
} pensel_schema_column;

/* Learns from `row_count` rows, those listed in `rows` or if it is NULL the first ones. The column
 * `target` is left alone; NULL: there is none among the columns. An error if no column is of use.
 */
PENSEL_API pensel_status pensel_schema_learn(pensel_schema **schema, const pensel_columns *columns,
                                             const char *target, const size_t *rows,
                                             size_t row_count, const pensel_role_given *given,
                                             size_t given_count, pensel_error *error);
PENSEL_API void pensel_schema_free(pensel_schema **schema);
PENSEL_API size_t pensel_schema_count(const pensel_schema *schema);
PENSEL_API pensel_status pensel_schema_column_at(const pensel_schema *schema, size_t i,
                                                 pensel_schema_column *column, pensel_error *error);

/* The inputs of a row: first `numbers` that may go through waves, then `plain` ones, then `codes`,
 * of which code i counts from 0 (other) to code_counts[i] - 1. */
typedef struct pensel_schema_layout {
    size_t numbers, plain, codes;
    const size_t *code_counts; /* borrowed */
} pensel_schema_layout;
PENSEL_API pensel_schema_layout pensel_schema_inputs(const pensel_schema *schema);

/* What happened to the values of one column. */
typedef struct pensel_schema_notice {
    size_t
        unseen; /* categories that training did not have, or texts that are no numbers or dates */
    size_t row; /* the first of these, counted from 0 */
    size_t missing; /* gaps in a column that had none in training */
} pensel_schema_notice;

/* x (row_count, numbers + plain + codes) from the rows listed, or the first ones. Columns are found
 * by name, in any order; one that is missing is an error. notices (pensel_schema_count) may be
 * NULL. */
PENSEL_API pensel_status pensel_schema_encode(const pensel_schema *schema, float *x,
                                              pensel_schema_notice *notices,
                                              const pensel_columns *columns, const size_t *rows,
                                              size_t row_count, pensel_error *error);

#ifdef __cplusplus
}
#endif

#endif
