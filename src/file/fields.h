/* Converts structs to JSON objects and back, driven by a table of their members' names and types.
 * The same table is used for writing and reading, so that the two cannot disagree. If a key is
 * missing in the file the member keeps its default, so that files older than the member can still
 * be read. */
#ifndef PENSEL_FILE_FIELDS_H
#define PENSEL_FILE_FIELDS_H

#include "pensel.h"

#include <jansson.h>

typedef enum pensel_field_kind {
    PENSEL_FIELD_BOOL,
    PENSEL_FIELD_SIZE, /* size_t; null in the file means unlimited (SIZE_MAX) */
    PENSEL_FIELD_U32,
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

/* A new reference; NULL if out of memory. */
json_t *pensel_fields_write(const void *record, const pensel_field *fields, size_t count);
pensel_status pensel_fields_read(void *record, const json_t *object, const pensel_field *fields,
                                 size_t count, pensel_error *error);

/* The value whose name is in the JSON string `json`; the BAD_FILE error mentions `key`. */
pensel_status pensel_name_read(int *value, const json_t *json, const char *key,
                               const char *(*name)(int value), pensel_error *error);

/* Encodings and layers, which occur in the settings of both networks and estimators. */
json_t *pensel_encoding_write(const pensel_encoding *encoding);
pensel_status pensel_encoding_read(pensel_encoding *encoding, const json_t *json,
                                   pensel_error *error);
json_t *pensel_layers_write(const pensel_layer *layers, size_t count);
/* Free *layers with pensel_release, even if there are none. */
pensel_status pensel_layers_read(pensel_layer **layers, size_t *count, const json_t *json,
                                 pensel_error *error);

/* Training options, except callbacks, threads and the like, which concern a single run. */
json_t *pensel_training_options_write(const pensel_training_options *options);
pensel_status pensel_training_options_read(pensel_training_options *options, const json_t *json,
                                           pensel_error *error);

const char *pensel_precision_name(int precision);
const char *pensel_activation_name(int activation);

#endif
