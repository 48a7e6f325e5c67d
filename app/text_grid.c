#include "text_grid.h"

#include "app_memory.h"

#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

struct pensel_grid {
    char *columns;
    GPtrArray *cells;
};

pensel_grid *pensel_grid_new(const char *columns)
{
    pensel_grid *grid = g_new(pensel_grid, 1);
    *grid = (pensel_grid){g_strdup(columns), g_ptr_array_new_with_free_func(g_free)};
    return grid;
}

void pensel_grid_cell(pensel_grid *grid, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    g_ptr_array_add(grid->cells, pensel_format_list(format, list));
    va_end(list);
}

int pensel_text_width(const char *text)
{
    if (!g_utf8_validate(text, -1, NULL)) return (int)strlen(text);
    int width = 0;
    for (; *text; text = g_utf8_next_char(text)) {
        gunichar c = g_utf8_get_char(text);
        width += g_unichar_iszerowidth(c) ? 0 : 1 + g_unichar_iswide(c);
    }
    return width;
}

static void put_row(GString *text, const pensel_grid *grid, const int *widths, guint first,
                    int indent)
{
    size_t columns = strlen(grid->columns);
    pensel_append(text, "%*s", indent, "");
    for (size_t c = 0; c < columns && first + c < grid->cells->len; c++) {
        const char *cell = grid->cells->pdata[first + c];
        int pad = widths[c] - pensel_text_width(cell);
        bool right = grid->columns[c] == 'r';
        pensel_append(text, "%s%*s%s%*s", c ? "  " : "", right ? pad : 0, "", cell, right ? 0 : pad,
                      "");
    }
    while (text->len && text->str[text->len - 1] == ' ')
        g_string_truncate(text, text->len - 1);
    g_string_append_c(text, '\n');
}

char *pensel_grid_finish(pensel_grid *grid, int indent)
{
    guint columns = (guint)strlen(grid->columns);
    int *widths = g_new0(int, columns);
    for (guint i = 0; i < grid->cells->len; i++)
        widths[i % columns] = MAX(widths[i % columns], pensel_text_width(grid->cells->pdata[i]));
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < grid->cells->len; i += columns)
        put_row(text, grid, widths, i, indent);
    g_ptr_array_free(grid->cells, TRUE);
    g_free(grid->columns);
    g_free(grid);
    g_free(widths);
    return g_string_free(text, FALSE);
}

char *pensel_text_count(double count)
{
    char digits[64];
    g_snprintf(digits, sizeof digits, "%.0f", count);
    size_t length = strlen(digits);
    GString *text = g_string_new(NULL);
    for (size_t i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0 && digits[i - 1] != '-') g_string_append_c(text, ',');
        g_string_append_c(text, digits[i]);
    }
    return g_string_free(text, FALSE);
}

char *pensel_text_counted(double count, const char *noun)
{
    char *number = pensel_text_count(count);
    char *text = g_strconcat(number, " ", noun, count == 1 ? "" : "s", NULL);
    g_free(number);
    return text;
}

char *pensel_text_seconds(double seconds)
{
    if (seconds < 0.1) return pensel_format("%.2g ms", seconds * 1e3);
    if (seconds < 9.995) return pensel_format("%.2f s", seconds);
    if (seconds < 99.95) return pensel_format("%.1f s", seconds);
    double whole = round(seconds);
    if (whole < 3600) return pensel_format("%d min %02d s", (int)whole / 60, (int)whole % 60);
    return pensel_format("%.0f h %02d min", floor(whole / 3600), (int)fmod(whole, 3600) / 60);
}

char *pensel_text_number(double number)
{
    return pensel_format("%.6g", number == 0 ? 0.0 : number); /* no "-0" */
}
