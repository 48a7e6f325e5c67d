#include "class_weights.h"

#include "say.h"

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

/* One "name=weight"; the name may have a '=' in it. */
static pensel_status read_one(pensel_class_weight *weight, char *text, const pensel_table *table,
                              pensel_error *error)
{
    char *equals = strrchr(text, '=');
    if (!equals || !to_number(&weight->weight, equals + 1) || weight->weight < 0)
        return pensel_wrong(error, PENSEL_BAD_ARGUMENT,
                            "--class-weight %.60s: a class and a number of 0 or more are needed, "
                            "such as malignant=5",
                            text);
    *equals = 0;
    if (find_code(&weight->code, table, g_strstrip(text))) return PENSEL_OK;
    return pensel_wrong(error, PENSEL_BAD_ARGUMENT,
                        "--class-weight: the table has no class \"%.60s\": those of the target "
                        "column are needed",
                        text);
}

pensel_status pensel_class_weights_read(pensel_class_weight **weights, size_t *count,
                                        const char *text, const pensel_table *table,
                                        pensel_error *error)
{
    char **parts = g_strsplit(text, ",", -1);
    pensel_status status = PENSEL_OK;
    *count = g_strv_length(parts);
    *weights = g_new0(pensel_class_weight, *count + 1);
    if (table->y.columns != 1)
        status = pensel_wrong(error, PENSEL_BAD_ARGUMENT,
                              "--class-weight is for one target column of classes, not for %zu",
                              table->y.columns);
    for (size_t i = 0; i < *count && !status; i++)
        status = read_one(&(*weights)[i], parts[i], table, error);
    g_strfreev(parts);
    return status;
}
