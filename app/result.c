#include "result.h"

#include "app_memory.h"
#include "text_grid.h"
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
    pensel_value *object;
};

pensel_result *pensel_result_new(void)
{
    pensel_result *result = g_new(pensel_result, 1);
    *result = (pensel_result){g_array_new(FALSE, FALSE, sizeof(line)), pensel_value_object()};
    return result;
}

void pensel_result_line(pensel_result *result, const char *label, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    line added = {pensel_message_clean(g_strdup(label)),
                  pensel_message_clean(pensel_format_list(format, list))};
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

void pensel_result_json(pensel_result *result, const char *key, pensel_value *value)
{
    pensel_value_set(result->object, key, value);
}

void pensel_result_number(pensel_result *result, const char *key, double value)
{
    pensel_result_json(result, key, pensel_value_number(value));
}

void pensel_result_count(pensel_result *result, const char *key, uint64_t value)
{
    pensel_result_json(result, key, pensel_value_whole((int64_t)value));
}

void pensel_result_text(pensel_result *result, const char *key, const char *value)
{
    pensel_result_json(result, key, pensel_value_text(value));
}

void pensel_result_flag(pensel_result *result, const char *key, bool value)
{
    pensel_result_json(result, key, pensel_value_flag(value));
}

char *pensel_result_lines(const pensel_result *result)
{
    const GArray *lines = result->lines;
    GString *text = g_string_new(NULL);
    int width = 0;
    for (guint i = 0; i < lines->len; i++) {
        const line *l = &g_array_index(lines, line, i);
        if (l->label) width = MAX(width, pensel_text_width(l->label));
    }
    for (guint i = 0; i < lines->len; i++) {
        const line *l = &g_array_index(lines, line, i);
        if (l->label)
            pensel_append(text, "%s%*s  %s\n", l->label, width - pensel_text_width(l->label), "",
                          l->text);
        else
            g_string_append(text, l->text);
    }
    return g_string_free(text, FALSE);
}

void pensel_result_drop(pensel_result *result)
{
    for (guint i = 0; i < result->lines->len; i++) {
        g_free(g_array_index(result->lines, line, i).label);
        g_free(g_array_index(result->lines, line, i).text);
    }
    g_array_free(result->lines, TRUE);
    pensel_value_free(result->object);
    g_free(result);
}

int pensel_result_finish(pensel_result *result, bool json, bool quiet)
{
    if (json) {
        pensel_value_print(result->object, stdout);
        putchar('\n');
    } else if (!quiet) {
        char *lines = pensel_result_lines(result);
        fputs(lines, stdout);
        g_free(lines);
    }
    pensel_result_drop(result);
    return 0;
}
