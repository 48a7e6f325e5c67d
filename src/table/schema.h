/* A schema inside the library: see pensel/schema.h.
 *
 *   schema_learn.c    what each column is
 *   schema_date.c     dates from texts, and what of them becomes inputs
 *   schema_encode.c   rows to inputs
 *   schema_json.c     to a text and back, which is not trusted
 *
 * A field is what is known of a column. The inputs of a row lie in three zones, numbers, plain ones
 * and codes; a field's inputs of a zone stand together. */
#ifndef PENSEL_TABLE_SCHEMA_H
#define PENSEL_TABLE_SCHEMA_H

#include "base/json.h"
#include "pensel.h"
#include "pensel/schema.h"

enum {
    PENSEL_ONE_HOT_MOST = 8,       /* categories; more get an embedding */
    PENSEL_CATEGORIES_MOST = 4096, /* rarer ones are "other" */
    PENSEL_COLUMNS_MOST = 1 << 16
};

/* What of a date varies, and so becomes inputs */
enum {
    PENSEL_DATE_SINCE = 1,   /* seconds: a number */
    PENSEL_DATE_YEAR = 2,    /* a number */
    PENSEL_DATE_DAY = 4,     /* of the year: two plain inputs, a point on a circle */
    PENSEL_DATE_WEEKDAY = 8, /* the same */
    PENSEL_DATE_TIME = 16,   /* of day: the same */
    PENSEL_DATE_PARTS = 31
};

/* Some three thousand years from 1970: what is further is no date */
#define PENSEL_DATE_SECONDS 1e11

/* u = (x - median) / spread, then u / sqrt(1 + (u / 3)^2) */
typedef struct pensel_robust {
    double median, spread, low, high;
} pensel_robust;

typedef struct pensel_schema_field {
    char *name;
    pensel_role role;
    bool given, indicator, day_first;
    bool compact;              /* dates that are numbers, such as 20201231 */
    pensel_number_style style; /* of numbers that are read from texts */
    size_t distinct, missing, odd;
    pensel_robust number; /* of a date: its seconds */
    pensel_robust year;
    unsigned parts;    /* of a date */
    char **categories; /* (category_count) sorted by strcmp */
    double *shares;    /* (category_count) of the training's rows */
    double *values;    /* (category_count) the categories as numbers; NaN: it is none */
    size_t category_count;
    size_t number_at, plain_at, code_at; /* set by pensel_schema_place */
} pensel_schema_field;

struct pensel_schema {
    pensel_schema_field *fields;
    size_t count;
    size_t numbers, plain, codes; /* widths of the zones */
    size_t *code_counts;          /* (codes) */
};

/* Inputs of a field in each zone */
size_t pensel_field_numbers(const pensel_schema_field *field);
size_t pensel_field_plain(const pensel_schema_field *field);
size_t pensel_field_codes(const pensel_schema_field *field);
/* Gives every field its place and its values; the schema needs at least one input. */
pensel_status pensel_schema_place(pensel_schema *schema, pensel_error *error);

/* The shortest text that gives the same number back, into PENSEL_NUMBER_TEXT bytes */
enum { PENSEL_NUMBER_TEXT = 32 };
void pensel_number_print(char *text, double value);

/* Seconds since 1970 of a date, a time or both; false: it is neither. `day_first`: 31/12/2020. */
bool pensel_date_read(double *seconds, const char *text, bool day_first);
/* The same of a whole number, 20201231, 202012 or 20201231235959; false: it is none. */
bool pensel_date_of_number(double *seconds, double x);
/* NaN: it is no number in this style */
double pensel_number_read(const char *text, pensel_number_style style);

/* Parts of a date as numbers: the year; and turns, from 0 to 1, of the circles. */
typedef struct pensel_date_parts {
    double year, day, weekday, time;
} pensel_date_parts;
pensel_date_parts pensel_date_split(double seconds);

/* As a JSON array; what comes from a file is not trusted. */
void pensel_schema_put(pensel_json_writer *writer, const char *key, const pensel_schema *schema);
pensel_status pensel_schema_get(pensel_schema **schema, const pensel_json *list,
                                pensel_error *error);

#endif
