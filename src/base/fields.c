/* Structs to JSON and back. Members are copied by memcpy, as the table gives their offset and kind
 * but no C type; the kind must be that of the member, which nothing checks. Whatever comes from a
 * file is checked before it is assigned, so a member never holds what its kind cannot be. */
#include "base/fields.h"

#include "base/error.h"

#include <math.h>
#include <string.h>

#define refuse(error, ...) pensel_fail(error, PENSEL_BAD_FILE, __VA_ARGS__)

/* A 32-bit machine has smaller sizes; one that is written as unlimited is null in the file. */
#define MOST_SIZE (PTRDIFF_MAX < INT64_MAX ? (int64_t)UINT32_MAX - 1 : INT64_MAX)

/* What JSON has no number for, in the order in which read_double has their values. */
static const char *const odd_numbers[] = {"inf", "-inf", "nan"};

static void write_double(pensel_json_writer *writer, const char *key, double value)
{
    if (isfinite(value))
        pensel_json_put_real(writer, key, value);
    else
        pensel_json_put_string(writer, key, odd_numbers[isnan(value) ? 2 : value < 0]);
}

/* A size without limit is null: SIZE_MAX differs between machines. */
static void write_field(pensel_json_writer *writer, const void *at, const pensel_field *field)
{
    size_t size;
    uint32_t integer;
    uint64_t count;
    double number;
    bool truth;
    int value;
    switch (field->kind) {
    case PENSEL_FIELD_BOOL:
        memcpy(&truth, at, sizeof truth);
        pensel_json_put_truth(writer, field->key, truth);
        break;
    case PENSEL_FIELD_SIZE:
        memcpy(&size, at, sizeof size);
        if (size == SIZE_MAX)
            pensel_json_put_null(writer, field->key);
        else
            pensel_json_put_whole(writer, field->key, (int64_t)size);
        break;
    case PENSEL_FIELD_U32:
        memcpy(&integer, at, sizeof integer);
        pensel_json_put_whole(writer, field->key, integer);
        break;
    case PENSEL_FIELD_U64:
        memcpy(&count, at, sizeof count);
        pensel_json_put_whole(writer, field->key, (int64_t)count);
        break;
    case PENSEL_FIELD_DOUBLE:
        memcpy(&number, at, sizeof number);
        write_double(writer, field->key, number);
        break;
    case PENSEL_FIELD_NAME:
        memcpy(&value, at, sizeof value);
        pensel_json_put_string(writer, field->key, field->name(value));
        break;
    }
}

void pensel_fields_put(pensel_json_writer *writer, const void *record, const pensel_field *fields,
                       size_t count)
{
    for (size_t i = 0; i < count; i++)
        write_field(writer, (const char *)record + fields[i].offset, &fields[i]);
}

void pensel_fields_write(pensel_json_writer *writer, const char *key, const void *record,
                         const pensel_field *fields, size_t count)
{
    pensel_json_open(writer, key, '{');
    pensel_fields_put(writer, record, fields, count);
    pensel_json_close(writer, '}');
}

/* A whole number from 0 to `most`; the error names both. */
static pensel_status read_integer(int64_t *value, const pensel_json *json, int64_t most,
                                  const char *key, pensel_error *error)
{
    if (!pensel_json_whole(value, json) || *value < 0 || *value > most)
        return refuse(error,
                      "the model file's setting \"%s\" is wrong: a whole number from 0 to %lld "
                      "is expected",
                      key, (long long)most);
    return PENSEL_OK;
}

/* A number, or a text that means one of odd_numbers. */
static pensel_status read_double(double *value, const pensel_json *json, const char *key,
                                 pensel_error *error)
{
    static const double values[] = {INFINITY, -INFINITY, NAN};
    const char *text = pensel_json_string(json);
    for (int i = 0; i < 3 && text; i++) {
        *value = values[i];
        if (strcmp(text, odd_numbers[i]) == 0) return PENSEL_OK;
    }
    if (pensel_json_number(value, json)) return PENSEL_OK;
    return refuse(error, "the model file's setting \"%s\" is wrong: a number is expected", key);
}

/* Compares with every name, until name() has no more. The error shows the first one as an example.
 */
pensel_status pensel_name_read(int *value, const pensel_json *json, const char *key,
                               const char *(*name)(int value), pensel_error *error)
{
    const char *text = pensel_json_string(json);
    for (*value = 0; text && name(*value); ++*value)
        if (strcmp(text, name(*value)) == 0) return PENSEL_OK;
    return refuse(error,
                  "the model file's setting \"%s\" is \"%.40s\": a name like \"%s\" is expected",
                  key, text ? text : "", name(0));
}

/* `json` is there: what is missing is the caller's to decide. */
static pensel_status read_field(void *at, const pensel_json *json, const pensel_field *field,
                                pensel_error *error)
{
    int64_t integer;
    double number;
    bool truth = pensel_json_is(json, PENSEL_JSON_TRUE);
    int value;
    switch (field->kind) {
    case PENSEL_FIELD_BOOL:
        if (!truth && !pensel_json_is(json, PENSEL_JSON_FALSE))
            return refuse(error,
                          "the model file's setting \"%s\" is wrong: true or false is expected",
                          field->key);
        memcpy(at, &truth, sizeof truth);
        break;
    case PENSEL_FIELD_SIZE: {
        size_t size = SIZE_MAX;
        if (!pensel_json_is(json, PENSEL_JSON_NULL)) {
            PENSEL_TRY(read_integer(&integer, json, MOST_SIZE, field->key, error));
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
    case PENSEL_FIELD_U64: {
        PENSEL_TRY(read_integer(&integer, json, INT64_MAX, field->key, error));
        uint64_t count = (uint64_t)integer;
        memcpy(at, &count, sizeof count);
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

/* A key that no field has is passed over: newer files stay readable as far as they mean the same.
 * On failure some members may have their new values already. */
pensel_status pensel_fields_read(void *record, const pensel_json *object,
                                 const pensel_field *fields, size_t count, pensel_error *error)
{
    if (!pensel_json_is(object, PENSEL_JSON_OBJECT))
        return refuse(error,
                      "the model file's settings are incomplete: an object with \"%s\" is expected",
                      fields[0].key);
    for (size_t i = 0; i < count; i++) {
        const pensel_json *json = pensel_json_member(object, fields[i].key);
        if (json)
            PENSEL_TRY(read_field((char *)record + fields[i].offset, json, &fields[i], error));
    }
    return PENSEL_OK;
}
