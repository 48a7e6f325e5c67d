/* Schemas: what is asked of them, and where the inputs of each column stand. The inputs of a row:
 *
 *     numbers                   scaled, of numbers and dates; they get ramps in a table's network
 *     plain ones                of few categories, points on circles, gaps; no ramps
 *     codes                     which category, for an embedding: 0 unseen, missing or "other"
 *
 * How many a field has in each zone follows from role, parts and categories by the three functions
 * below; encoding and placing ask them alike, so they cannot disagree. A field's inputs of one zone
 * stand side by side, from its number_at, plain_at or code_at of that zone on. */
#include "table/schema.h"

#include "base/error.h"
#include "base/memory.h"
#include "base/number.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[] = {
    [PENSEL_ROLE_NUMBER] = "number",     [PENSEL_ROLE_CATEGORY] = "category",
    [PENSEL_ROLE_DATE] = "date",         [PENSEL_ROLE_IDENTIFIER] = "identifier",
    [PENSEL_ROLE_CONSTANT] = "constant", [PENSEL_ROLE_TEXT] = "text",
    [PENSEL_ROLE_DROPPED] = "drop",
};

const char *pensel_role_name(pensel_role role)
{
    return (unsigned)role < sizeof names / sizeof *names ? names[role] : NULL;
}

/* The fewest digits of 15 to 17 that read back as the same double: 15 always survive the way from
 * text to number to text, 17 that from number to text to number. */
void pensel_number_print(char *text, double value)
{
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, PENSEL_NUMBER_TEXT, "%.*g", digits, value);
        if (strtod(text, NULL) == value) break;
    }
    for (char *c = text; *c; c++)
        if (!strchr("0123456789+-einfa", *c)) *c = '.'; /* the locale's decimal point */
}

/* Whether a part of a date varied in training, and so has inputs. */
static bool has(const pensel_schema_field *field, unsigned part)
{
    return field->role == PENSEL_ROLE_DATE && (field->parts & part) != 0;
}

/* A number is one; of a date, the seconds and the year. */
size_t pensel_field_numbers(const pensel_schema_field *field)
{
    return (field->role == PENSEL_ROLE_NUMBER) + (size_t)has(field, PENSEL_DATE_SINCE) +
           (size_t)has(field, PENSEL_DATE_YEAR);
}

/* Two categories are one input; up to eight one each; more are a code. */
size_t pensel_field_plain(const pensel_schema_field *field)
{
    size_t count = field->category_count;
    if (field->role == PENSEL_ROLE_CATEGORY)
        return count == 2 ? 1 : count <= PENSEL_ONE_HOT_MOST ? count : 0;
    if (field->role != PENSEL_ROLE_NUMBER && field->role != PENSEL_ROLE_DATE) return 0;
    return field->indicator +
           2 * ((size_t)has(field, PENSEL_DATE_DAY) + (size_t)has(field, PENSEL_DATE_WEEKDAY) +
                (size_t)has(field, PENSEL_DATE_TIME));
}

/* 1 for a category of many texts, which an embedding takes in. */
size_t pensel_field_codes(const pensel_schema_field *field)
{
    return field->role == PENSEL_ROLE_CATEGORY && field->category_count > PENSEL_ONE_HOT_MOST;
}

/* What the texts of categories are as numbers, so that 7.0 is found where "7" was learned. */
static pensel_status read_categories(pensel_schema_field *field, pensel_error *error)
{
    PENSEL_TRY(PENSEL_NEW(field->values, field->category_count, error));
    for (size_t c = 0; c < field->category_count; c++)
        field->values[c] = pensel_number_read(field->categories[c], PENSEL_NUMBERS_PLAIN);
    return PENSEL_OK;
}

/* Once for a schema, learned or read. 1 is added to a code's count for code 0. */
pensel_status pensel_schema_place(pensel_schema *schema, pensel_error *error)
{
    PENSEL_TRY(PENSEL_NEW(schema->code_counts, schema->count, error));
    for (size_t i = 0; i < schema->count; i++) {
        pensel_schema_field *field = &schema->fields[i];
        if (field->category_count > 0) PENSEL_TRY(read_categories(field, error));
        field->number_at = schema->numbers;
        field->plain_at = schema->plain;
        field->code_at = schema->codes;
        schema->numbers += pensel_field_numbers(field);
        schema->plain += pensel_field_plain(field);
        if (pensel_field_codes(field))
            schema->code_counts[schema->codes++] = field->category_count + 1;
    }
    if (schema->numbers + schema->plain + schema->codes > 0) return PENSEL_OK;
    PENSEL_REQUIRE(schema->count > 0, BAD_DATA,
                   "the table has no column but the target: it is learned from others");
    return pensel_fail(error, PENSEL_BAD_DATA,
                       "no column is left to learn from: %s constant, an identifier, free text or "
                       "dropped (--column NAME=category keeps one)",
                       schema->count == 1 ? "the one beside the target is" : "each is");
}

/* Also of a schema whose learning or reading failed half-way: counts never exceed what there is. */
void pensel_schema_free(pensel_schema **address)
{
    pensel_schema *schema = address ? *address : NULL;
    if (!schema) return;
    *address = NULL;
    for (size_t i = 0; schema->fields && i < schema->count; i++) {
        pensel_schema_field *field = &schema->fields[i];
        for (size_t c = 0; field->categories && c < field->category_count; c++)
            pensel_release(field->categories[c]);
        pensel_release(field->categories);
        pensel_release(field->shares);
        pensel_release(field->values);
        pensel_release(field->name);
    }
    pensel_release(schema->fields);
    pensel_release(schema->code_counts);
    pensel_release(schema);
}

size_t pensel_schema_count(const pensel_schema *schema)
{
    return schema ? schema->count : 0;
}

pensel_schema_layout pensel_schema_inputs(const pensel_schema *schema)
{
    if (!schema) return (pensel_schema_layout){0};
    return (pensel_schema_layout){schema->numbers, schema->plain, schema->codes,
                                  schema->code_counts};
}

/* Whether the column of a new table must be read as texts, or its values would not be found. 007 is
 * a number too, but not one that a number is printed as. */
static bool needs_texts(const pensel_schema_field *field)
{
    char text[PENSEL_NUMBER_TEXT];
    double x;
    if (field->role == PENSEL_ROLE_DATE) return true;
    if (field->role == PENSEL_ROLE_NUMBER) return field->style != PENSEL_NUMBERS_PLAIN;
    for (size_t k = 0; k < field->category_count && field->role == PENSEL_ROLE_CATEGORY; k++) {
        const char *category = field->categories[k];
        if (!pensel_number_parse(&x, category, strlen(category))) return true;
        pensel_number_print(text, x);
        if (strcmp(text, category) != 0) return true;
    }
    return false;
}

/* A view: names and categories are the schema's. What was not measured is NaN. */
pensel_status pensel_schema_column_at(const pensel_schema *schema, size_t i,
                                      pensel_schema_column *column, pensel_error *error)
{
    PENSEL_REQUIRE(schema && column, BAD_ARGUMENT, "schema or column is NULL: both are needed");
    PENSEL_REQUIRE(i < schema->count, BAD_ARGUMENT,
                   "column %zu of a schema of %zu: they count from 0", i, schema->count);
    const pensel_schema_field *field = &schema->fields[i];
    bool measured = field->role == PENSEL_ROLE_NUMBER || field->role == PENSEL_ROLE_DATE;
    *column = (pensel_schema_column){
        .name = field->name,
        .role = field->role,
        .given = field->given,
        .distinct = field->distinct,
        .missing = field->missing,
        .odd = field->odd,
        .inputs =
            pensel_field_numbers(field) + pensel_field_plain(field) + pensel_field_codes(field),
        .low = measured ? field->number.low : NAN,
        .median = measured ? field->number.median : NAN,
        .high = measured ? field->number.high : NAN,
        .categories = (const char *const *)field->categories,
        .category_count = field->category_count,
        .day_first = field->day_first,
        .compact = field->role == PENSEL_ROLE_DATE && field->compact,
        .texts = needs_texts(field),
    };
    return PENSEL_OK;
}
