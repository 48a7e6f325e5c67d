#include "result.h"

#include "app_memory.h"
#include "message.h"

#include <glib.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

typedef struct line {
    char *label; /* NULL: a block */
    char *text;
} line;

struct pensel_result {
    GArray *lines;
    json_t *object;
};

pensel_result *pensel_result_new(void)
{
    pensel_result *result = g_new(pensel_result, 1);
    *result = (pensel_result){g_array_new(FALSE, FALSE, sizeof(line)), json_object()};
    return result;
}

void pensel_result_line(pensel_result *result, const char *label, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    line added = {g_strdup(label), pensel_format_list(format, list)};
    va_end(list);
    g_array_append_val(result->lines, added);
}

void pensel_result_block(pensel_result *result, const char *text)
{
    line added = {NULL, g_strdup(text)};
    g_array_append_val(result->lines, added);
}

void pensel_result_nest(pensel_result *result, const char *key, pensel_result *part)
{
    pensel_result_json(result, key, part->object);
    g_array_append_vals(result->lines, part->lines->data, part->lines->len);
    g_array_free(part->lines, TRUE);
    g_free(part);
}

json_t *pensel_json_number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

json_t *pensel_json_text(const char *text)
{
    if (!text) return json_null();
    char *valid = g_utf8_make_valid(text, -1);
    json_t *value = json_string(valid);
    g_free(valid);
    return value;
}

void pensel_result_json(pensel_result *result, const char *key, json_t *value)
{
    json_object_set_new(result->object, key, value);
}

void pensel_result_number(pensel_result *result, const char *key, double value)
{
    pensel_result_json(result, key, pensel_json_number(value));
}

void pensel_result_count(pensel_result *result, const char *key, uint64_t value)
{
    pensel_result_json(result, key, json_integer((json_int_t)value));
}

void pensel_result_text(pensel_result *result, const char *key, const char *value)
{
    pensel_result_json(result, key, pensel_json_text(value));
}

void pensel_result_flag(pensel_result *result, const char *key, bool value)
{
    pensel_result_json(result, key, json_boolean(value));
}

static void put_lines(const GArray *lines)
{
    int width = 0;
    for (guint i = 0; i < lines->len; i++) {
        const line *l = &g_array_index(lines, line, i);
        if (l->label) width = MAX(width, (int)strlen(l->label));
    }
    for (guint i = 0; i < lines->len; i++) {
        const line *l = &g_array_index(lines, line, i);
        if (l->label)
            printf("%-*s  %s\n", width, l->label, l->text);
        else
            fputs(l->text, stdout);
    }
}

void pensel_result_drop(pensel_result *result)
{
    for (guint i = 0; i < result->lines->len; i++) {
        g_free(g_array_index(result->lines, line, i).label);
        g_free(g_array_index(result->lines, line, i).text);
    }
    g_array_free(result->lines, TRUE);
    json_decref(result->object);
    g_free(result);
}

int pensel_result_finish(pensel_result *result, bool json, bool quiet)
{
    pensel_error error = {0};
    if (json) {
        if (json_dumpf(result->object, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(15)) &&
            !ferror(stdout))
            pensel_wrong(&error, PENSEL_OUT_OF_MEMORY, "out of memory for the JSON: free some");
        putchar('\n');
    } else if (!quiet) {
        put_lines(result->lines);
    }
    pensel_result_drop(result);
    return error.status ? pensel_message_error(&error) : 0;
}
