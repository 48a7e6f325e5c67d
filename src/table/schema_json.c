/* A schema as JSON, and back. What is read is not trusted: every number must be one that learning
 * could have found, so that encoding needs no checks: it searches categories by halves, divides by
 * spreads, and indexes by positions that follow from role, parts and categories. Positions are not
 * in the text, then: pensel_schema_place computes them again.
 *
 * To add a member of a field: a line in put_field and one in get_field, with a check; what older
 * files have not must have a meaning by default. */
#include "base/error.h"
#include "base/memory.h"
#include "table/schema.h"

#include <math.h>
#include <string.h>

static const char *const styles[] = {[PENSEL_NUMBERS_PLAIN] = "plain",
                                     [PENSEL_NUMBERS_POINT] = "point",
                                     [PENSEL_NUMBERS_COMMA] = "comma"};

/* ------------------------------------------------------------------ writing */

/* [median, spread, lowest, highest]; a spread below 0 is refused when it is read. */
static void put_robust(pensel_json_writer *w, const char *key, const pensel_robust *r)
{
    const double numbers[] = {r->median, r->spread, r->low, r->high};
    pensel_json_open(w, key, '[');
    for (size_t i = 0; i < 4; i++)
        pensel_json_put_real(w, NULL, numbers[i]);
    pensel_json_close(w, ']');
}

/* Two lists of one length, in the order of the categories, which is strcmp's. */
static void put_categories(pensel_json_writer *w, const pensel_schema_field *field)
{
    pensel_json_open(w, "categories", '[');
    for (size_t c = 0; c < field->category_count; c++)
        pensel_json_put_string(w, NULL, field->categories[c]);
    pensel_json_close(w, ']');
    pensel_json_open(w, "shares", '[');
    for (size_t c = 0; c < field->category_count; c++)
        pensel_json_put_real(w, NULL, field->shares[c]);
    pensel_json_close(w, ']');
}

/* What a role does not need is not written, nor asked for when it is read. */
static void put_field(pensel_json_writer *w, const pensel_schema_field *field)
{
    bool date = field->role == PENSEL_ROLE_DATE;
    pensel_json_open(w, NULL, '{');
    pensel_json_put_string(w, "name", field->name);
    pensel_json_put_string(w, "role", pensel_role_name(field->role));
    pensel_json_put_truth(w, "given", field->given);
    pensel_json_put_truth(w, "indicator", field->indicator);
    pensel_json_put_whole(w, "distinct", (int64_t)field->distinct);
    pensel_json_put_whole(w, "missing", (int64_t)field->missing);
    pensel_json_put_whole(w, "odd", (int64_t)field->odd);
    if (field->style != PENSEL_NUMBERS_PLAIN)
        pensel_json_put_string(w, "style", styles[field->style]);
    if (date || field->role == PENSEL_ROLE_NUMBER) put_robust(w, "number", &field->number);
    if (date) {
        put_robust(w, "year", &field->year);
        pensel_json_put_whole(w, "parts", field->parts);
        pensel_json_put_truth(w, "day_first", field->day_first);
        if (field->compact) pensel_json_put_truth(w, "compact", true);
    }
    if (field->role == PENSEL_ROLE_CATEGORY) put_categories(w, field);
    pensel_json_close(w, '}');
}

void pensel_schema_put(pensel_json_writer *writer, const char *key, const pensel_schema *schema)
{
    pensel_json_open(writer, key, '[');
    for (size_t i = 0; i < schema->count; i++)
        put_field(writer, &schema->fields[i]);
    pensel_json_close(writer, ']');
}

/* ------------------------------------------------------------------ reading */

/* One sentence for all damage: it names the column and the member. */
static pensel_status refuse(const pensel_schema_field *field, const char *what, pensel_error *error)
{
    return pensel_fail(error, PENSEL_BAD_FILE,
                       "the model file's schema has a column \"%.60s\" whose %s is not one: it is "
                       "damaged",
                       field->name ? field->name : "", what);
}

static pensel_status get_count(size_t *count, const pensel_json *object, const char *key,
                               const pensel_schema_field *field, pensel_error *error)
{
    int64_t whole;
    if (!pensel_json_whole(&whole, pensel_json_member(object, key)) || whole < 0)
        return refuse(field, key, error);
    *count = (size_t)whole;
    return PENSEL_OK;
}

/* A spread of 0 is a constant, of which encoding makes 0. JSON has no NaN and no infinity. */
static pensel_status get_robust(pensel_robust *r, const pensel_json *object, const char *key,
                                const pensel_schema_field *field, pensel_error *error)
{
    double *numbers[] = {&r->median, &r->spread, &r->low, &r->high};
    const pensel_json *list = pensel_json_list(object, key), *item = pensel_json_first(list);
    if (pensel_json_count(list) != 4) return refuse(field, key, error);
    for (size_t i = 0; i < 4; i++, item = pensel_json_next(item))
        if (!pensel_json_number(numbers[i], item)) return refuse(field, key, error);
    return r->spread >= 0 ? PENSEL_OK : refuse(field, key, error);
}

/* Strictly ascending, so they are distinct and a search by halves finds them. That shares sum to 1
 * is not asked: the rest is missing or "other". */
static pensel_status get_categories(pensel_schema_field *field, const pensel_json *object,
                                    pensel_error *error)
{
    const pensel_json *texts = pensel_json_list(object, "categories");
    const pensel_json *shares = pensel_json_list(object, "shares");
    const pensel_json *text = pensel_json_first(texts), *share = pensel_json_first(shares);
    size_t count = pensel_json_count(texts);
    if (count == 0 || count > PENSEL_CATEGORIES_MOST || pensel_json_count(shares) != count)
        return refuse(field, "list of categories", error);
    PENSEL_TRY(PENSEL_NEW(field->categories, count, error));
    PENSEL_TRY(PENSEL_NEW(field->shares, count, error));
    for (size_t c = 0; c < count; c++) {
        const char *name = pensel_json_string(text);
        bool sorted = name && (c == 0 || strcmp(field->categories[c - 1], name) < 0);
        if (!sorted || !pensel_json_number(&field->shares[c], share) || field->shares[c] < 0 ||
            field->shares[c] > 1)
            return refuse(field, "list of categories", error);
        PENSEL_TRY(pensel_duplicate(&field->categories[c], name, error));
        field->category_count = c + 1;
        text = pensel_json_next(text);
        share = pensel_json_next(share);
    }
    return PENSEL_OK;
}

static pensel_status get_role(pensel_schema_field *field, const pensel_json *object,
                              pensel_error *error)
{
    const char *role = pensel_json_string(pensel_json_member(object, "role"));
    for (unsigned r = 0; role && pensel_role_name((pensel_role)r); r++)
        if (strcmp(role, pensel_role_name((pensel_role)r)) == 0) {
            field->role = (pensel_role)r;
            return PENSEL_OK;
        }
    return refuse(field, "role", error);
}

/* Files of before had none. */
static pensel_status get_style(pensel_schema_field *field, const pensel_json *object,
                               pensel_error *error)
{
    const pensel_json *member = pensel_json_member(object, "style");
    const char *text = pensel_json_string(member);
    if (!member) return PENSEL_OK;
    for (size_t s = 0; text && s < sizeof styles / sizeof *styles; s++)
        if (strcmp(text, styles[s]) == 0) {
            field->style = (pensel_number_style)s;
            return PENSEL_OK;
        }
    return refuse(field, "style", error);
}

static bool is_true(const pensel_json *object, const char *key)
{
    return pensel_json_is(pensel_json_member(object, key), PENSEL_JSON_TRUE);
}

/* The name comes first, for all later sentences have it. Roles without inputs end early. */
static pensel_status get_field(pensel_schema_field *field, const pensel_json *object,
                               pensel_error *error)
{
    size_t parts = 0;
    const char *name = pensel_json_string(pensel_json_member(object, "name"));
    if (!name) return refuse(field, "name", error);
    PENSEL_TRY(pensel_duplicate(&field->name, name, error));
    PENSEL_TRY(get_role(field, object, error));
    PENSEL_TRY(get_style(field, object, error));
    field->given = is_true(object, "given");
    field->indicator = is_true(object, "indicator");
    field->day_first = is_true(object, "day_first");
    field->compact = is_true(object, "compact");
    PENSEL_TRY(get_count(&field->distinct, object, "distinct", field, error));
    PENSEL_TRY(get_count(&field->missing, object, "missing", field, error));
    PENSEL_TRY(get_count(&field->odd, object, "odd", field, error));
    if (field->role == PENSEL_ROLE_CATEGORY) return get_categories(field, object, error);
    if (field->role > PENSEL_ROLE_DATE) return PENSEL_OK;
    PENSEL_TRY(get_robust(&field->number, object, "number", field, error));
    if (field->role == PENSEL_ROLE_NUMBER) return PENSEL_OK;
    PENSEL_TRY(get_robust(&field->year, object, "year", field, error));
    PENSEL_TRY(get_count(&parts, object, "parts", field, error));
    if (parts > PENSEL_DATE_PARTS) return refuse(field, "parts", error);
    field->parts = (unsigned)parts;
    return PENSEL_OK;
}

/* schema->count grows before a field is read, so that a half one is freed. */
static pensel_status get_fields(pensel_schema *schema, const pensel_json *list, pensel_error *error)
{
    const pensel_json *item = pensel_json_first(list);
    size_t count = pensel_json_count(list);
    PENSEL_REQUIRE(count > 0 && count <= PENSEL_COLUMNS_MOST, BAD_FILE,
                   "the model file's schema has %zu columns: 1 to %d are possible", count,
                   PENSEL_COLUMNS_MOST);
    PENSEL_TRY(PENSEL_NEW(schema->fields, count, error));
    for (; schema->count < count; item = pensel_json_next(item))
        PENSEL_TRY(get_field(&schema->fields[schema->count++], item, error));
    return pensel_schema_place(schema, error);
}

/* Placing says BAD_DATA where no column has an input: of a file that is damage, not a user's table.
 */
pensel_status pensel_schema_get(pensel_schema **schema, const pensel_json *list,
                                pensel_error *error)
{
    *schema = NULL;
    PENSEL_TRY(PENSEL_NEW(*schema, 1, error));
    pensel_status status = get_fields(*schema, list, error);
    if (status == PENSEL_BAD_DATA)
        status = pensel_fail(error, PENSEL_BAD_FILE,
                             "the model file's schema leaves no column: it is damaged");
    if (status != PENSEL_OK) pensel_schema_free(schema);
    return status;
}
