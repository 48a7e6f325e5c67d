#include "score_table.h"

#include "text_grid.h"
#include "app_memory.h"
#include "message.h"
#include "table_read.h"

#include <glib.h>
#include <math.h>
#include <string.h>

char *pensel_class_text(const pensel_estimator *estimator, size_t index)
{
    size_t count;
    const char *name = pensel_estimator_class_name(estimator, index);
    const double *codes = pensel_estimator_classes(estimator, &count);
    if (!name && count == 0) name = pensel_estimator_target_name(estimator, index); /* a label */
    if (name) return g_strdup(name);
    return pensel_format("%.15g", index < count ? codes[index] : (double)index);
}

char *pensel_class_colour(const pensel_painting *painting, size_t index)
{
    const pensel_canvas *canvas = pensel_painting_canvas(painting);
    unsigned bytes[3] = {0};
    for (size_t c = 0; c < 3 && index < canvas->colours; c++) {
        float value = canvas->palette[index * canvas->channels + (canvas->channels < 3 ? 0 : c)];
        bytes[c] = (unsigned)lrintf(255 * fminf(fmaxf(value, 0), 1));
    }
    return pensel_format("#%02x%02x%02x", bytes[0], bytes[1], bytes[2]);
}

void pensel_csv_put(GString *text, const char *field)
{
    if (!strpbrk(field, ",\"\n\r")) {
        g_string_append(text, field);
        return;
    }
    g_string_append_c(text, '"');
    for (; *field; field++)
        pensel_append(text, *field == '"' ? "\"\"" : "%c", *field);
    g_string_append_c(text, '"');
}

void pensel_csv_list(GString *text, size_t i, const char *field)
{
    if (i) g_string_append(text, ", ");
    pensel_csv_put(text, field);
}

char *pensel_targets_text(char *const *names, size_t count)
{
    if (count == 0 || !names[0]) return NULL;
    if (count == 1) return g_strdup(names[0]);
    GString *text = g_string_new(NULL);
    for (size_t i = 0; i < count; i++) {
        if (i) g_string_append_c(text, ',');
        pensel_csv_put(text, names[i]);
    }
    return g_string_free(text, FALSE);
}

char *pensel_known_target(const pensel_estimator *estimator)
{
    size_t count = pensel_estimator_targets(estimator);
    const char **names = g_new0(const char *, count + 1);
    for (size_t i = 0; i < count; i++)
        names[i] = pensel_estimator_target_name(estimator, i);
    char *text = pensel_targets_text((char *const *)names, count);
    g_free(names);
    return text;
}

/* The known code of a class's text. */
static bool find_class(double *code, const pensel_known *known, const char *text)
{
    for (size_t i = 0; i < known->class_count; i++)
        if (!strcmp(known->class_names[i], text)) {
            *code = known->codes ? known->codes[i] : (double)i;
            return true;
        }
    return false;
}

static void set_number(pensel_matrix m, size_t i, double value)
{
    if (m.precision == PENSEL_FLOAT64)
        ((double *)m.data)[i] = value;
    else
        ((float *)m.data)[i] = (float)value;
}

static double get_number(pensel_matrix m, size_t i)
{
    return m.precision == PENSEL_FLOAT64 ? ((const double *)m.data)[i] : ((const float *)m.data)[i];
}

static pensel_status unknown_class(const char *path, const char *text, pensel_error *error)
{
    return pensel_wrong(error, PENSEL_BAD_DATA,
                        "%.200s: the model knows no class %.80s: the classes it was trained on "
                        "are needed",
                        path, text);
}

/* A table whose classes are all numbers gives them no names: each row's number is the text. */
static pensel_status recode_numbers(pensel_table *table, const pensel_known *known,
                                    const char *path, pensel_error *error)
{
    for (size_t i = 0; i < table->y.rows; i++) {
        double code, value = get_number(table->y, i);
        char text[32];
        g_snprintf(text, sizeof text, "%.15g", value);
        if (!find_class(&code, known, text)) return unknown_class(path, text, error);
        set_number(table->y, i, code);
    }
    return PENSEL_OK;
}

/* The table numbers its classes by sorted name, and may have fewer than are known, or others. */
static pensel_status recode(pensel_table *table, const pensel_known *known, const char *path,
                            pensel_error *error)
{
    if (!table->class_count) return recode_numbers(table, known, path, error);
    double *codes = g_new0(double, table->class_count);
    pensel_status status = PENSEL_OK;
    for (size_t c = 0; c < table->class_count && !status; c++)
        if (!find_class(&codes[c], known, table->classes[c]))
            status = unknown_class(path, table->classes[c], error);
    for (size_t i = 0; i < table->y.rows && !status; i++)
        set_number(table->y, i, codes[(size_t)get_number(table->y, i)]);
    g_free(codes);
    return status;
}

/* The known classes are numbers, and the table has words among its own. */
static pensel_status refuse_words(const pensel_table *table, const char *path, pensel_error *error)
{
    for (size_t c = 0; c < table->class_count; c++) {
        char *end;
        g_ascii_strtod(table->classes[c], &end);
        if (*end) return unknown_class(path, table->classes[c], error);
    }
    return PENSEL_OK;
}

pensel_status pensel_known_read(pensel_table **table, const pensel_known *known, const char *path,
                                const char *target, const char *weight,
                                const pensel_reading *reading, pensel_error *error)
{
    pensel_table_options options = pensel_table_defaults();
    if (known->precision == PENSEL_FLOAT64) options.precision = PENSEL_FLOAT64;
    options.target = target;
    options.weight = weight;
    options.classify = known->task == PENSEL_CLASSIFICATION;
    if (known->input_names) {
        options.columns = known->input_names;
        options.column_count = known->inputs;
    }
    pensel_status status = pensel_read_table(table, path, &options, reading, error);
    if (status) return status;
    if ((*table)->x.columns != known->inputs)
        return pensel_wrong(error, PENSEL_BAD_DATA,
                            "%.200s has %zu columns for inputs: the model takes %zu", path,
                            (*table)->x.columns, known->inputs);
    if ((*table)->y.columns == 1 && known->class_count) return recode(*table, known, path, error);
    return refuse_words(*table, path, error);
}

pensel_status pensel_table_for(pensel_table **table, const pensel_estimator *estimator,
                               const char *path, const char *target, const char *weight,
                               const pensel_reading *reading, pensel_error *error)
{
    size_t inputs = pensel_estimator_inputs(estimator), classes;
    pensel_known known = {
        .task = pensel_estimator_task(estimator),
        .precision = pensel_network_precision(pensel_estimator_network(estimator)),
        .inputs = inputs,
        .codes = pensel_estimator_classes(estimator, &classes),
    };
    const char **names = g_new0(const char *, inputs + 1);
    const char **texts = g_new0(const char *, classes + 1);
    for (size_t i = 0; i < inputs; i++)
        names[i] = pensel_estimator_input_name(estimator, i);
    for (size_t i = 0; i < classes; i++)
        texts[i] = pensel_estimator_class_name(estimator, i);
    if (names[0]) known.input_names = names;
    known.class_names = texts;
    if (texts[0]) known.class_count = classes;
    pensel_status status = pensel_known_read(table, &known, path, target, weight, reading, error);
    g_free(names);
    g_free(texts);
    return status;
}

void pensel_table_print(pensel_result *result, const char *path, const pensel_table *table)
{
    char *rows = pensel_text_counted((double)table->x.rows, "row");
    char *inputs = pensel_text_counted((double)table->x.columns, "input");
    pensel_result_line(result, "table", "%s, %s, %s", path, rows, inputs);
    g_free(rows);
    g_free(inputs);
    pensel_result_text(result, "table", path);
    pensel_result_count(result, "rows", table->x.rows);
    pensel_result_count(result, "inputs", table->x.columns);
}

void pensel_scores_print(pensel_result *result, const pensel_scores *scores)
{
    for (int i = 0; i < PENSEL_METRIC_COUNT; i++) {
        const pensel_metric_info *metric = pensel_metric_describe((pensel_metric)i);
        double value = pensel_scores_get(scores, (pensel_metric)i);
        if (isnan(value)) continue;
        pensel_result_line(result, metric->label, metric->share ? "%.4f" : "%.6g", value);
        pensel_result_number(result, metric->name, value);
    }
}

static void put_share(pensel_grid *grid, size_t part, size_t whole)
{
    if (whole)
        pensel_grid_cell(grid, "%.3f", (double)part / (double)whole);
    else
        pensel_grid_cell(grid, "-");
}

void pensel_confusion_print(pensel_result *result, const pensel_estimator *estimator,
                            const size_t *confusion, size_t classes)
{
    char *columns = g_strnfill(classes + 3, 'r');
    columns[0] = 'l';
    pensel_grid *grid = pensel_grid_new(columns);
    pensel_value *matrix = pensel_value_array(), *names = pensel_value_array();
    pensel_grid_cell(grid, "true \\ predicted");
    for (size_t c = 0; c < classes; c++) {
        char *name = pensel_class_text(estimator, c);
        pensel_grid_cell(grid, "%s", name);
        pensel_value_append(names, pensel_value_text(name));
        g_free(name);
    }
    pensel_grid_cell(grid, "recall");
    pensel_grid_cell(grid, "precision");
    for (size_t r = 0; r < classes; r++) {
        char *name = pensel_class_text(estimator, r);
        size_t row = 0, column = 0, right = confusion[r * classes + r];
        pensel_value *line = pensel_value_array();
        pensel_grid_cell(grid, "%s", name);
        g_free(name);
        for (size_t c = 0; c < classes; c++) {
            row += confusion[r * classes + c];
            column += confusion[c * classes + r];
            pensel_grid_cell(grid, "%zu", confusion[r * classes + c]);
            pensel_value_append(line, pensel_value_whole((int64_t)confusion[r * classes + c]));
        }
        put_share(grid, right, row);
        put_share(grid, right, column);
        pensel_value_append(matrix, line);
    }
    char *text = pensel_grid_finish(grid, 2);
    pensel_result_block(result, "\n");
    pensel_result_block(result, text);
    g_free(text);
    g_free(columns);
    pensel_result_json(result, "classes", names);
    pensel_result_json(result, "confusion", matrix);
}

/* A matrix has the square of their number: of a hundred thousand classes nobody could read or hold
 * it. */
#define CLASSES_SHOWN 1000

pensel_status pensel_score_all(pensel_result *result, const pensel_estimator *estimator,
                               const pensel_samples *samples, pensel_error *error)
{
    pensel_scores scores;
    size_t classes;
    pensel_estimator_classes(estimator, &classes);
    bool shown = classes > 0 && classes <= CLASSES_SHOWN;
    size_t *confusion = shown ? g_new0(size_t, classes *classes) : NULL;
    pensel_status status = pensel_estimator_score(estimator, &scores, confusion, samples, error);
    if (!status) {
        pensel_scores_print(result, &scores);
        if (confusion) pensel_confusion_print(result, estimator, confusion, classes);
        if (classes && !confusion)
            pensel_result_line(result, "confusion", "of %zu classes, not shown: up to %d are",
                               classes, CLASSES_SHOWN);
    }
    g_free(confusion);
    if (!status && samples->y.columns > 1)
        status = pensel_score_each(result, estimator, samples, error);
    return status;
}
