/* Schemas of tables' models, as the JSON text that stands in a model file: what is read is written
 * again, and read again, and is then the same text; and it turns any table into finite inputs, with
 * codes within their counts. */
#include "fuzz.h"

#include "table/schema.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 4, MOST_FIELDS = 64, MOST_WIDTH = 4096 };

static void check_inputs(const pensel_schema *schema, const float *x)
{
    pensel_schema_layout l = pensel_schema_inputs(schema);
    size_t width = l.numbers + l.plain + l.codes;
    for (size_t i = 0; i < ROWS * width; i++)
        if (!isfinite(x[i])) abort();
    for (size_t i = 0; i < ROWS; i++)
        for (size_t c = 0; c < l.codes; c++) {
            float code = x[i * width + l.numbers + l.plain + c];
            if (code < 0 || code >= (float)l.code_counts[c] || code != floorf(code)) abort();
        }
}

/* Columns of this form for all fields, the last first; NULL as the library would say */
static void encode(const pensel_schema *schema, pensel_column_form form)
{
    static const double numbers[ROWS] = {0, -1e300, NAN, 1.5e9};
    static const uint32_t codes[ROWS] = {0, 1, 2, 3};
    pensel_column list[MOST_FIELDS] = {{0}};
    const char *texts[MOST_FIELDS][ROWS] = {{NULL}};
    pensel_schema_layout l = pensel_schema_inputs(schema);
    size_t count = pensel_schema_count(schema), width = l.numbers + l.plain + l.codes;
    pensel_schema_notice notices[MOST_FIELDS];
    pensel_columns *columns;
    if (count > MOST_FIELDS || width > MOST_WIDTH) return;
    for (size_t i = 0; i < count; i++) {
        const pensel_schema_field *field = &schema->fields[i];
        const char *own = field->category_count ? field->categories[0] : "-1.234,5 %";
        const char *all[ROWS] = {NULL, own, "31.12.2020 23:59", "other"};
        memcpy(texts[i], all, sizeof all);
        list[count - 1 - i] = (pensel_column){.name = field->name,
                                              .form = form,
                                              .numbers = numbers,
                                              .codes = codes,
                                              .texts = texts[i],
                                              .distinct = ROWS - 1};
    }
    if (pensel_columns_new(&columns, ROWS, list, count, NULL) != PENSEL_OK) return;
    float *x = calloc(ROWS * width, sizeof *x);
    if (x && pensel_schema_encode(schema, x, notices, columns, NULL, ROWS, NULL) == PENSEL_OK)
        check_inputs(schema, x);
    free(x);
    pensel_columns_free(&columns);
}

static pensel_schema *read(const char *text, size_t size)
{
    pensel_json *json;
    pensel_schema *schema = NULL;
    pensel_error error;
    if (pensel_json_read(&json, text, size, "a schema", &error) != PENSEL_OK) return NULL;
    if (pensel_schema_get(&schema, pensel_json_list(json, "schema"), &error) != PENSEL_OK && schema)
        abort();
    pensel_json_free(&json);
    return schema;
}

static void write(pensel_json_writer *writer, const pensel_schema *schema)
{
    pensel_json_open(writer, NULL, '{');
    pensel_schema_put(writer, "schema", schema);
    pensel_json_close(writer, '}');
    if (writer->failed) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    pensel_json_writer first = {0}, second = {0};
    pensel_schema *schema = read((const char *)bytes, size), *again;
    if (!schema) return 0;
    encode(schema, PENSEL_COLUMN_NUMBER);
    encode(schema, PENSEL_COLUMN_TEXT);
    encode(schema, PENSEL_COLUMN_TIME);
    write(&first, schema);
    again = read(first.text, first.size);
    if (!again) abort();
    write(&second, again);
    if (first.size != second.size || memcmp(first.text, second.text, first.size) != 0) abort();
    pensel_json_discard(&first);
    pensel_json_discard(&second);
    pensel_schema_free(&schema);
    pensel_schema_free(&again);
    return 0;
}
