/* Records as JSON objects and back, by a table that says what each member is called and may hold.
 * The same table writes and reads, so that the two cannot disagree. A key missing in the file
 * leaves the member at its default, so that newer members do not break older files. */
#ifndef PENSEL_FILE_FIELDS_H
#define PENSEL_FILE_FIELDS_H

#include "pensel.h"

#include <jansson.h>

typedef enum pensel_field_kind {
    PENSEL_FIELD_BOOL,
    PENSEL_FIELD_SIZE, /* size_t; null in the file: without limit (SIZE_MAX) */
    PENSEL_FIELD_U32,
    PENSEL_FIELD_DOUBLE, /* "inf", "-inf" and "nan" in the file where JSON has no number */
    PENSEL_FIELD_NAME    /* an enum, by name */
} pensel_field_kind;

typedef struct pensel_field {
    const char *key;
    pensel_field_kind kind;
    size_t offset;
    const char *(*name)(int value); /* NULL past the last value */
} pensel_field;

/* A new reference, NULL when out of memory. */
json_t *pensel_fields_write(const void *record, const pensel_field *fields, size_t count);
pensel_status pensel_fields_read(void *record, const json_t *object, const pensel_field *fields,
                                 size_t count, pensel_error *error);

/* The value whose name is in the string `json`; a BAD_FILE error names `key`. */
pensel_status pensel_name_read(int *value, const json_t *json, const char *key,
                               const char *(*name)(int value), pensel_error *error);

/* Encodings and layers, parts of a network's and of an estimator's settings alike. */
json_t *pensel_encoding_write(const pensel_encoding *encoding);
pensel_status pensel_encoding_read(pensel_encoding *encoding, const json_t *json,
                                   pensel_error *error);
json_t *pensel_layers_write(const pensel_layer *layers, size_t count);
/* *layers is freed by pensel_release, also when there are none. */
pensel_status pensel_layers_read(pensel_layer **layers, size_t *count, const json_t *json,
                                 pensel_error *error);

/* A training's options but for callbacks, threads and the like, which are of one run. */
json_t *pensel_training_options_write(const pensel_training_options *options);
pensel_status pensel_training_options_read(pensel_training_options *options, const json_t *json,
                                           pensel_error *error);

const char *pensel_precision_name(int precision);
const char *pensel_activation_name(int activation);

#endif
