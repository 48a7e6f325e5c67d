/* Converts structs to JSON objects and back, driven by a table of their members' names and types.
 * The same table is used for writing and reading, so that the two cannot disagree. If a key is
 * missing in the file the member keeps its default, so that files older than the member can still
 * be read. */
#ifndef PENSEL_BASE_FIELDS_H
#define PENSEL_BASE_FIELDS_H

#include "base/json.h"

typedef enum pensel_field_kind {
    PENSEL_FIELD_BOOL,
    PENSEL_FIELD_SIZE, /* size_t; null in the file means unlimited (SIZE_MAX) */
    PENSEL_FIELD_U32,
    PENSEL_FIELD_U64,
    PENSEL_FIELD_DOUBLE, /* "inf", "-inf" and "nan" in the file, which JSON cannot express as
                            numbers */
    PENSEL_FIELD_NAME    /* an enum, by name */
} pensel_field_kind;

typedef struct pensel_field {
    const char *key;
    pensel_field_kind kind;
    size_t offset;
    const char *(*name)(int value); /* NULL past the last value */
} pensel_field;

/* As an object of its own; pensel_fields_put puts the members into the object that is open. */
void pensel_fields_write(pensel_json_writer *writer, const char *key, const void *record,
                         const pensel_field *fields, size_t count);
void pensel_fields_put(pensel_json_writer *writer, const void *record, const pensel_field *fields,
                       size_t count);
pensel_status pensel_fields_read(void *record, const pensel_json *object,
                                 const pensel_field *fields, size_t count, pensel_error *error);

/* The value whose name is in the JSON string `json`; the BAD_FILE error mentions `key`. */
pensel_status pensel_name_read(int *value, const pensel_json *json, const char *key,
                               const char *(*name)(int value), pensel_error *error);

/* An options struct by its table: every row under its name, except threads, which concern a single
 * run. Files older than an option keep its default. */
void pensel_options_write(pensel_json_writer *writer, const char *key, const void *options,
                          const pensel_option_table *table);
void pensel_options_put(pensel_json_writer *writer, const void *options,
                        const pensel_option_table *table);
pensel_status pensel_options_read(void *options, const pensel_json *json,
                                  const pensel_option_table *table, pensel_error *error);

/* The first option that would be saved otherwise; NULL: none. `except` are left out; it ends with
 * NULL. */
const char *pensel_options_differ(const void *a, const void *b, const pensel_option_table *table,
                                  const char *const *except);

#endif
