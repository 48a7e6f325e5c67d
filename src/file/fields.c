/* Structs to JSON and back. */
#include "file/fields.h"

#include "base/error.h"

#include <math.h>
#include <string.h>

#define refuse(error, ...) pensel_fail(error, PENSEL_BAD_FILE, __VA_ARGS__)

static const char *const odd_numbers[] = {"inf", "-inf", "nan"};

static json_t *write_double(double value)
{
    if (isfinite(value)) return json_real(value);
    return json_string(odd_numbers[isnan(value) ? 2 : value < 0]);
}

static json_t *write_field(const void *at, const pensel_field *field)
{
    size_t size;
    uint32_t integer;
    double number;
    bool truth;
    int value;
    switch (field->kind) {
    case PENSEL_FIELD_BOOL:
        memcpy(&truth, at, sizeof truth);
        return json_boolean(truth);
    case PENSEL_FIELD_SIZE:
        memcpy(&size, at, sizeof size);
        return size == SIZE_MAX ? json_null() : json_integer((json_int_t)size);
    case PENSEL_FIELD_U32:
        memcpy(&integer, at, sizeof integer);
        return json_integer(integer);
    case PENSEL_FIELD_DOUBLE:
        memcpy(&number, at, sizeof number);
        return write_double(number);
    case PENSEL_FIELD_NAME:
        memcpy(&value, at, sizeof value);
        return json_string(field->name(value));
    }
    return NULL;
}

json_t *pensel_fields_write(const void *record, const pensel_field *fields, size_t count)
{
    json_t *object = json_object();
    for (size_t i = 0; i < count && object; i++) {
        json_t *value = write_field((const char *)record + fields[i].offset, &fields[i]);
        if (json_object_set_new(object, fields[i].key, value) == 0) continue;
        json_decref(object);
        object = NULL;
    }
    return object;
}

static pensel_status read_integer(json_int_t *value, const json_t *json, json_int_t most,
                                  const char *key, pensel_error *error)
{
    *value = json_integer_value(json);
    if (!json_is_integer(json) || *value < 0 || *value > most)
        return refuse(error,
                      "the model file's setting \"%s\" is wrong: a whole number from 0 to %lld "
                      "is expected",
                      key, (long long)most);
    return PENSEL_OK;
}

static pensel_status read_double(double *value, const json_t *json, const char *key,
                                 pensel_error *error)
{
    static const double values[] = {INFINITY, -INFINITY, NAN};
    for (int i = 0; i < 3 && json_is_string(json); i++) {
        *value = values[i];
        if (strcmp(json_string_value(json), odd_numbers[i]) == 0) return PENSEL_OK;
    }
    *value = json_number_value(json);
    if (json_is_number(json)) return PENSEL_OK;
    return refuse(error, "the model file's setting \"%s\" is wrong: a number is expected", key);
}

pensel_status pensel_name_read(int *value, const json_t *json, const char *key,
                               const char *(*name)(int value), pensel_error *error)
{
    const char *text = json_string_value(json);
    for (*value = 0; text && name(*value); ++*value)
        if (strcmp(text, name(*value)) == 0) return PENSEL_OK;
    return refuse(error,
                  "the model file's setting \"%s\" is \"%.40s\": a name like \"%s\" is expected",
                  key, text ? text : "", name(0));
}

static pensel_status read_field(void *at, const json_t *json, const pensel_field *field,
                                pensel_error *error)
{
    json_int_t integer;
    double number;
    bool truth = json_is_true(json);
    int value;
    switch (field->kind) {
    case PENSEL_FIELD_BOOL:
        if (!json_is_boolean(json))
            return refuse(error,
                          "the model file's setting \"%s\" is wrong: true or false is expected",
                          field->key);
        memcpy(at, &truth, sizeof truth);
        break;
    case PENSEL_FIELD_SIZE: {
        size_t size = SIZE_MAX;
        if (!json_is_null(json)) {
            PENSEL_TRY(read_integer(&integer, json, INT64_MAX, field->key, error));
            size = (size_t)integer;
        }
        memcpy(at, &size, sizeof size);
        break;
    }
    case PENSEL_FIELD_U32: {
        PENSEL_TRY(read_integer(&integer, json, UINT32_MAX, field->key, error));
        uint32_t small = (uint32_t)integer;
        memcpy(at, &small, sizeof small);
        break;
    }
    case PENSEL_FIELD_DOUBLE:
        PENSEL_TRY(read_double(&number, json, field->key, error));
        memcpy(at, &number, sizeof number);
        break;
    case PENSEL_FIELD_NAME:
        PENSEL_TRY(pensel_name_read(&value, json, field->key, field->name, error));
        memcpy(at, &value, sizeof value);
        break;
    }
    return PENSEL_OK;
}

pensel_status pensel_fields_read(void *record, const json_t *object, const pensel_field *fields,
                                 size_t count, pensel_error *error)
{
    if (!json_is_object(object))
        return refuse(error,
                      "the model file's settings are incomplete: an object with \"%s\" is expected",
                      fields[0].key);
    for (size_t i = 0; i < count; i++) {
        const json_t *json = json_object_get(object, fields[i].key);
        if (json)
            PENSEL_TRY(read_field((char *)record + fields[i].offset, json, &fields[i], error));
    }
    return PENSEL_OK;
}

const char *pensel_precision_name(int precision)
{
    static const char *const names[] = {"float32", "float64", "bfloat16"};
    return precision >= 0 && precision < 3 ? names[precision] : NULL;
}

const char *pensel_activation_name(int activation)
{
    const pensel_activation_info *info = pensel_activation_describe((pensel_activation)activation);
    return info ? info->name : NULL;
}
