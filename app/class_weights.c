#include "class_weights.h"

#include "app_memory.h"
#include "message.h"
#include "score_table.h"

#include <glib.h>
#include <math.h>
#include <string.h>

static bool to_number(double *number, const char *text)
{
    char *end;
    *number = g_ascii_strtod(text, &end);
    return end != text && !*end && isfinite(*number);
}

static bool has_code(const pensel_table *table, double code)
{
    const pensel_matrix *y = &table->y;
    for (size_t r = 0; r < y->rows; r++)
        if ((y->precision == PENSEL_FLOAT64 ? ((const double *)y->data)[r]
                                            : ((const float *)y->data)[r]) == code)
            return true;
    return false;
}

/* The code of a class's name; a table whose classes are numbers has no names. */
static bool find_code(double *code, const pensel_table *table, const char *name)
{
    if (table->class_count == 0) return to_number(code, name) && has_code(table, *code);
    for (size_t c = 0; c < table->class_count; c++)
        if (!strcmp(table->classes[c], name)) {
            *code = (double)c;
            return true;
        }
    return false;
}

/* Takes a name in quotes, as CSV has them, out of them: in place. Returns what follows the last
 * quote, NULL when there is none. */
static char *unquote(char *text)
{
    char *to = text;
    for (const char *at = text + 1; *at; at++) {
        if (*at == '"' && at[1] != '"') {
            *to = 0;
            return (char *)at + 1;
        }
        if (*at == '"') at++;
        *to++ = *at;
    }
    return NULL;
}

/* Where the part of a list that begins here ends: at a comma, but not one in quotes. */
static const char *end_of_part(const char *text)
{
    text += strspn(text, " ");
    if (*text == '"')
        for (text++; *text && !(*text == '"' && *++text != '"');)
            text++;
    return text + strcspn(text, ",");
}

/* Divides name=weight at its '='; a name without quotes may have others. False: it is not so. */
static bool divide(char *text, char **name, double *weight)
{
    bool quoted = *text == '"';
    char *equals = quoted ? unquote(text) : strrchr(text, '=');
    if (quoted && equals) equals += strspn(equals, " ");
    if (!equals || *equals != '=' || !to_number(weight, g_strstrip(equals + 1)) || *weight < 0)
        return false;
    if (!quoted) *equals = 0;
    *name = quoted ? text : g_strchomp(text);
    return true;
}

/* "setosa, versicolor" or, of numbers, nothing: what the names may be. */
static char *list_classes(const pensel_table *table)
{
    GString *text = g_string_new(NULL);
    for (size_t c = 0; c < MIN(table->class_count, 8); c++)
        pensel_csv_list(text, c, table->classes[c]);
    if (table->class_count > 8) g_string_append(text, ", ...");
    return g_string_free(text, FALSE);
}

static pensel_status unknown_class(const pensel_table *table, const char *name, pensel_error *error)
{
    char *known = list_classes(table);
    pensel_status status =
        pensel_wrong(error, PENSEL_BAD_ARGUMENT,
                     "--class-weight: the table has no class \"%.60s\": those of the target column "
                     "are needed%s%.200s",
                     name, *known ? ", " : "", known);
    g_free(known);
    return status;
}

static pensel_status read_one(pensel_class_weight *weight, const char *part,
                              const pensel_table *table, pensel_error *error)
{
    char *text = g_strdup(part), *name;
    pensel_status status = PENSEL_OK;
    if (!divide(text, &name, &weight->weight))
        status = pensel_wrong(error, PENSEL_BAD_ARGUMENT,
                              "--class-weight %.60s: a class and a number of 0 or more are needed, "
                              "such as malignant=5, or \"a, b\"=5 for a name with a comma",
                              part);
    else if (!find_code(&weight->code, table, name))
        status = unknown_class(table, name, error);
    g_free(text);
    return status;
}

static bool is_there(const pensel_class_weight *weights, size_t count, double code)
{
    for (size_t i = 0; i < count; i++)
        if (weights[i].code == code) return true;
    return false;
}

pensel_status pensel_class_weights_read(pensel_class_weight **weights, size_t *count,
                                        const char *text, const pensel_table *table,
                                        pensel_error *error)
{
    GArray *list = g_array_new(FALSE, TRUE, sizeof(pensel_class_weight));
    pensel_status status = PENSEL_OK;
    if (table->y.columns != 1)
        status = pensel_wrong(error, PENSEL_BAD_ARGUMENT,
                              "--class-weight is for one target column of classes, not for %zu",
                              table->y.columns);
    for (const char *end; !status; text = end + 1) {
        pensel_class_weight weight;
        end = end_of_part(text);
        char *part = g_strstrip(g_strndup(text, (size_t)(end - text)));
        status = read_one(&weight, part, table, error);
        if (!status && is_there((pensel_class_weight *)list->data, list->len, weight.code))
            status =
                pensel_wrong(error, PENSEL_BAD_ARGUMENT,
                             "--class-weight: %.60s comes twice: one weight for each class", part);
        if (!status) g_array_append_val(list, weight);
        g_free(part);
        if (!*end) break;
    }
    *count = list->len;
    *weights = (pensel_class_weight *)g_array_free(list, FALSE);
    return status;
}
