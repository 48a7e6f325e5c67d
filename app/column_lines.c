#include "column_lines.h"

#include "app_memory.h"

#include <math.h>
#include <string.h>

enum {
    DAY = 86400,
    SHOWN_COLUMNS = 24,
    SHOWN_CATEGORIES = 4,
    LONG_COLUMN = 40,
    LONG_CATEGORY = 24
};

void pensel_append_name(GString *text, const char *name, size_t most)
{
    const char *mark = strchr(name, ',') ? "\"" : "";
    bool cut = (size_t)g_utf8_strlen(name, -1) > most;
    char *part = g_utf8_substring(name, 0, cut ? (glong)most - 3 : g_utf8_strlen(name, -1));
    pensel_append(text, "%s%s%s%s", mark, part, cut ? "..." : "", mark);
    g_free(part);
}

/* Year, month and day of a day since 1970-01-01, years beginning with March so that a leap day is
 * the last one (Hinnant 2013, chrono-Compatible Low-Level Date Algorithms). A model file may have
 * any number where a date is expected. */
char *pensel_date_text(double seconds, bool days)
{
    if (!(fabs(seconds) < 1e13)) return pensel_format("%g seconds", seconds);
    double day = floor(seconds / DAY), era = floor((day + 719468) / 146097);
    int second = (int)(seconds - day * DAY), of_era = (int)(day + 719468 - era * 146097);
    int year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int of_year = of_era - (365 * year + year / 4 - year / 100), march = (5 * of_year + 2) / 153;
    int month = march < 10 ? march + 3 : march - 9;
    char *date = pensel_format("%04.0f-%02d-%02d", era * 400 + year + (month < 3), month,
                               of_year - (153 * march + 2) / 5 + 1);
    if (days) return date;
    char *text = pensel_format("%s %02d:%02d", date, second / 3600, second / 60 % 60);
    g_free(date);
    return text;
}

void pensel_column_range(GString *text, const pensel_schema_column *c)
{
    if (c->role == PENSEL_ROLE_NUMBER) {
        pensel_append(text, "%.6g to %.6g", c->low, c->high);
        return;
    }
    bool days = fmod(c->low, DAY) == 0 && fmod(c->high, DAY) == 0;
    char *low = pensel_date_text(c->low, days), *high = pensel_date_text(c->high, days);
    pensel_append(text, "%s to %s", low, high);
    g_free(low);
    g_free(high);
}

/* `rows` that it was learned from */
static void put_inputs(GString *text, const pensel_schema_column *c, size_t rows)
{
    switch (c->role) {
    case PENSEL_ROLE_NUMBER:
        pensel_column_range(text, c);
        break;
    case PENSEL_ROLE_CATEGORY:
        for (size_t i = 0; i < MIN(c->category_count, SHOWN_CATEGORIES); i++) {
            if (i) g_string_append(text, ", ");
            pensel_append_name(text, c->categories[i], LONG_CATEGORY);
        }
        if (c->category_count > SHOWN_CATEGORIES) pensel_append(text, "... %zu", c->distinct);
        break;
    case PENSEL_ROLE_DATE:
        pensel_column_range(text, c);
        if (c->compact) g_string_append(text, ", as numbers such as 20201231");
        if (c->day_first) g_string_append(text, ", the day first");
        break;
    case PENSEL_ROLE_IDENTIFIER:
        if (c->distinct + c->missing < rows)
            pensel_append(text, "left out: %zu different texts", c->distinct);
        else
            g_string_append(text, "left out: each row has its own");
        break;
    case PENSEL_ROLE_CONSTANT:
        pensel_append(text, "left out: %s", c->distinct ? "one value" : "no value");
        break;
    case PENSEL_ROLE_TEXT:
        g_string_append(text, "left out: free text");
        break;
    case PENSEL_ROLE_DROPPED:
        g_string_append(text, "left out, as asked");
        break;
    }
    if (c->missing && c->inputs) pensel_append(text, "; %zu missing", c->missing);
    if (c->odd && c->inputs)
        pensel_append(text, "; %zu not %s", c->odd,
                      c->role == PENSEL_ROLE_DATE ? "dates" : "numbers");
}

/* What the line says of the values, as values */
static void set_values(pensel_value *one, const pensel_schema_column *c)
{
    if (c->role == PENSEL_ROLE_NUMBER) {
        pensel_value_set(one, "low", pensel_value_number(c->low));
        pensel_value_set(one, "high", pensel_value_number(c->high));
    } else if (c->role == PENSEL_ROLE_DATE) {
        char *low = pensel_date_text(c->low, false), *high = pensel_date_text(c->high, false);
        pensel_value_set(one, "low", pensel_value_text(low));
        pensel_value_set(one, "high", pensel_value_text(high));
        g_free(low);
        g_free(high);
    } else if (c->role == PENSEL_ROLE_CATEGORY) {
        pensel_value *list = pensel_value_array();
        for (size_t i = 0; i < c->category_count; i++)
            pensel_value_append(list, pensel_value_text(c->categories[i]));
        pensel_value_set(one, "categories", list);
    }
    if (c->odd) pensel_value_set(one, "odd", pensel_value_whole((int64_t)c->odd));
}

static void print_column(pensel_result *result, pensel_value *all, const pensel_schema_column *c,
                         double importance, size_t rows, bool line)
{
    GString *text = g_string_new(NULL);
    put_inputs(text, c, rows);
    char *label = pensel_format("  %.*s", LONG_COLUMN, c->name);
    if (line) pensel_result_line(result, label, "%s, %s", pensel_role_name(c->role), text->str);
    pensel_value *one = pensel_value_object();
    pensel_value_set(one, "name", pensel_value_text(c->name));
    pensel_value_set(one, "role", pensel_value_text(pensel_role_name(c->role)));
    pensel_value_set(one, "distinct", pensel_value_whole((int64_t)c->distinct));
    pensel_value_set(one, "missing", pensel_value_whole((int64_t)c->missing));
    pensel_value_set(one, "inputs", pensel_value_whole((int64_t)c->inputs));
    pensel_value_set(one, "importance", pensel_value_number(importance));
    set_values(one, c);
    pensel_value_append(all, one);
    g_free(label);
    g_string_free(text, TRUE);
}

void pensel_columns_print(pensel_result *result, const pensel_table_model *model)
{
    const pensel_schema *schema = pensel_table_model_schema(model);
    const pensel_table_report *r = pensel_table_model_report(model);
    size_t count = pensel_schema_count(schema);
    pensel_value *all = pensel_value_array();
    for (size_t i = 0; i < count; i++) {
        pensel_schema_column c;
        pensel_schema_column_at(schema, i, &c, NULL);
        print_column(result, all, &c, r->importance[i], r->rows, i < SHOWN_COLUMNS);
    }
    if (count > SHOWN_COLUMNS)
        pensel_result_line(result, "", "and %zu more: --json has them all", count - SHOWN_COLUMNS);
    pensel_result_json(result, "columns", all);
}
