/* Predictions for the rows of a table as it is: as CSV, .npy or JSON. */
#include "raw_predict.h"

#include "app_memory.h"
#include "message.h"
#include "npy_write.h"
#include "output.h"
#include "raw_table.h"
#include "score_table.h"
#include "text_grid.h"

#include <glib.h>
#include <stdio.h>
#include <string.h>

typedef struct answers {
    const pensel_raw_question *q;
    const char *const *classes;
    size_t rows, class_count;
    double *y, *p; /* (rows), and (rows, classes) or NULL */
    double radius;
} answers;

static pensel_status ask(answers *a, const pensel_columns *columns, pensel_error *error)
{
    const pensel_raw_question *q = a->q;
    size_t fields = pensel_schema_count(pensel_table_model_schema(q->model));
    pensel_schema_notice *notices = g_new0(pensel_schema_notice, fields);
    a->rows = columns->rows;
    a->y = g_new(double, MAX(a->rows, 1));
    pensel_status status = pensel_table_model_predict(q->model, a->y, columns, notices, error);
    if (!status && !q->quiet) pensel_raw_table_notice(q->model, columns, notices);
    g_free(notices);
    if (!status && q->interval > 0)
        status = pensel_table_model_interval(q->model, &a->radius, q->interval / 100, error);
    if (status || !q->probabilities || a->p) return status;
    a->p = g_new(double, MAX(a->rows * a->class_count, 1));
    return pensel_table_model_probabilities(q->model, a->p, columns, NULL, error);
}

static void put_head(GString *text, const answers *a)
{
    const char *target = pensel_table_model_target(a->q->model);
    pensel_csv_put(text, target);
    for (size_t c = 0; a->p && c < a->class_count; c++) {
        char *name = g_strconcat("p_", a->classes[c], NULL);
        g_string_append_c(text, ',');
        pensel_csv_put(text, name);
        g_free(name);
    }
    for (int end = 0; a->q->interval > 0 && end < 2; end++) {
        char *name = g_strconcat(target, end ? "_high" : "_low", NULL);
        g_string_append_c(text, ',');
        pensel_csv_put(text, name);
        g_free(name);
    }
    g_string_append_c(text, '\n');
}

static char *make_csv(const answers *a)
{
    GString *text = g_string_new(NULL);
    put_head(text, a);
    for (size_t i = 0; i < a->rows; i++) {
        if (a->class_count)
            pensel_csv_put(text, a->classes[(size_t)a->y[i]]);
        else
            pensel_append(text, "%.9g", a->y[i]);
        for (size_t c = 0; a->p && c < a->class_count; c++)
            pensel_append(text, ",%.9g", a->p[i * a->class_count + c]);
        if (a->q->interval > 0)
            pensel_append(text, ",%.9g,%.9g", a->y[i] - a->radius, a->y[i] + a->radius);
        g_string_append_c(text, '\n');
    }
    return g_string_free(text, FALSE);
}

static pensel_status write_answers(const answers *a, pensel_error *error)
{
    const char *output = a->q->output;
    if (output && g_str_has_suffix(output, ".npy") && a->q->interval > 0)
        return pensel_wrong(error, PENSEL_BAD_ARGUMENT,
                            "--interval has no effect on a .npy file, which holds the predictions: "
                            ".csv is needed");
    if (output && g_str_has_suffix(output, ".npy"))
        return pensel_npy_write(output, a->p ? a->p : a->y, a->rows, a->p ? a->class_count : 1,
                                error);
    char *text = make_csv(a);
    pensel_status status = PENSEL_OK;
    if (output)
        status = pensel_file_write(output, text, strlen(text), error);
    else
        fputs(text, stdout);
    g_free(text);
    return status;
}

static void put_json(pensel_result *result, const answers *a)
{
    pensel_value *rows = pensel_value_array(), *chances = pensel_value_array();
    pensel_value *names = pensel_value_array();
    for (size_t i = 0; i < a->rows; i++) {
        pensel_value_append(rows, a->class_count ? pensel_value_text(a->classes[(size_t)a->y[i]])
                                                 : pensel_value_number(a->y[i]));
        if (a->p)
            pensel_value_append(chances,
                                pensel_value_numbers(a->p + i * a->class_count, a->class_count));
    }
    for (size_t c = 0; c < a->class_count; c++)
        pensel_value_append(names, pensel_value_text(a->classes[c]));
    pensel_result_json(result, "predictions", rows);
    if (a->class_count)
        pensel_result_json(result, "classes", names);
    else
        pensel_value_free(names);
    if (a->p)
        pensel_result_json(result, "probabilities", chances);
    else
        pensel_value_free(chances);
    if (a->q->interval > 0) pensel_result_number(result, "radius", a->radius);
}

static int print(const answers *a)
{
    pensel_result *result = pensel_result_new();
    char *rows = pensel_text_counted((double)a->rows, "row");
    pensel_result_line(result, "predicted", "%s, %s", rows, a->q->output ? a->q->output : "");
    pensel_result_count(result, "rows", a->rows);
    pensel_result_text(result, "output", a->q->output);
    if (!a->q->output) put_json(result, a);
    g_free(rows);
    return pensel_result_finish(result, a->q->json, a->q->quiet);
}

/* One row by hand: the columns that have inputs, in their order, if all are numbers. */
static pensel_status make_row(pensel_columns **columns, const pensel_raw_question *q,
                              pensel_error *error)
{
    const pensel_schema *schema = pensel_table_model_schema(q->model);
    size_t count = 0;
    pensel_column *list = g_new0(pensel_column, pensel_schema_count(schema));
    for (size_t i = 0; i < pensel_schema_count(schema); i++) {
        pensel_schema_column c;
        pensel_schema_column_at(schema, i, &c, NULL);
        if (!c.inputs) continue;
        if (count < q->at_count)
            list[count] = (pensel_column){
                .name = c.name, .form = PENSEL_COLUMN_NUMBER, .numbers = &q->at[count]};
        count++;
    }
    pensel_status status =
        count == q->at_count
            ? pensel_columns_new(columns, 1, list, count, error)
            : pensel_wrong(error, PENSEL_BAD_ARGUMENT, "--at: %zu numbers: the model takes %zu",
                           q->at_count, count);
    g_free(list);
    return status;
}

static int predict_row(answers *a)
{
    pensel_error error = {0};
    pensel_columns *columns = NULL;
    const pensel_raw_question *q = a->q;
    pensel_status status = make_row(&columns, q, &error);
    if (!status && a->class_count) {
        a->p = g_new(double, a->class_count);
        status = pensel_table_model_probabilities(q->model, a->p, columns, NULL, &error);
    }
    if (!status) status = ask(a, columns, &error);
    pensel_columns_free(&columns);
    if (status) return pensel_message_error(&error);
    pensel_result *result = pensel_result_new();
    if (a->class_count)
        pensel_result_line(result, "class", "%s", a->classes[(size_t)a->y[0]]);
    else
        pensel_result_line(result, "prediction", "%.6g", a->y[0]);
    for (size_t c = 0; c < a->class_count; c++) {
        char *label = pensel_format("p(%.40s)", a->classes[c]);
        pensel_result_line(result, label, "%.6f", a->p[c]);
        g_free(label);
    }
    put_json(result, a);
    return pensel_result_finish(result, q->json, q->quiet);
}

static int predict_table(answers *a)
{
    const pensel_raw_question *q = a->q;
    pensel_error error = {0};
    pensel_columns *columns = NULL;
    pensel_status status = pensel_output_spares(&q->output, 1, q->table, &error);
    if (!status) status = pensel_output_check(q->output, "--output", &error);
    if (!status)
        status = pensel_raw_table_read(&columns, q->table, q->model, NULL, &q->reading, &error);
    if (!status) status = ask(a, columns, &error);
    if (!status && (q->output || !q->json)) status = write_answers(a, &error);
    if (status) pensel_raw_table_name(&error, q->table);
    int exit = status ? pensel_message_error(&error) : 0;
    if (!status && (q->output || q->json)) exit = print(a);
    pensel_columns_free(&columns);
    return exit;
}

int pensel_raw_predict(const pensel_raw_question *q)
{
    answers a = {.q = q};
    a.classes = pensel_table_model_classes(q->model, &a.class_count);
    int exit = q->table ? predict_table(&a) : predict_row(&a);
    g_free(a.y);
    g_free(a.p);
    return exit;
}
