/* Tables: columns as they are, matrices of numbers, what a schema makes of them, models of tables.
 */
#include "core.h"

#include "base/error.h"
#include "base/memory.h"

#include <stdio.h>
#include <string.h>

/* Says how far a fit is, from 0 to 1. */
__attribute__((import_module("page"), import_name("progress"))) void
pensel_page_progress(double done, double seconds);

static void put_texts(const char *key, const char *const *texts, size_t count)
{
    pensel_json_open(&pensel_core.text, key, '[');
    for (size_t i = 0; i < count; i++)
        pensel_json_put_string(&pensel_core.text, NULL, texts[i] ? texts[i] : "");
    pensel_json_close(&pensel_core.text, ']');
}

/* ------------------------------------------------------------------ reading */

static void describe_column(const pensel_column *c)
{
    pensel_json_writer *text = &pensel_core.text;
    pensel_json_open(text, NULL, '{');
    pensel_json_put_string(text, "name", c->name);
    pensel_json_put_string(text, "form", c->form == PENSEL_COLUMN_TEXT ? "text" : "number");
    pensel_json_put_whole(text, "missing", (int64_t)c->missing);
    pensel_json_put_whole(text, "distinct", (int64_t)c->distinct);
    if (c->form == PENSEL_COLUMN_TEXT) {
        pensel_core_put_at("codes_at", c->codes);
        put_texts("texts", c->texts, c->distinct + 1);
    } else {
        pensel_core_put_at("numbers_at", c->numbers);
    }
    pensel_json_close(text, '}');
}

PENSEL_CORE(pensel_status, columns)
(const char *path)
{
    pensel_columns *columns;
    pensel_columns_options o = pensel_columns_defaults();
    PENSEL_TRY(pensel_columns_read(&columns, path, &o, &pensel_core.error));
    pensel_json_writer *text = pensel_core_begin('{');
    pensel_core_put_at("owner_at", columns);
    pensel_json_put_whole(text, "rows", (int64_t)columns->rows);
    put_texts("notes", columns->notes, columns->note_count);
    pensel_json_open(text, "columns", '[');
    for (size_t i = 0; i < columns->count; i++)
        describe_column(&columns->columns[i]);
    pensel_json_close(text, ']');
    return pensel_core_end('}');
}

PENSEL_CORE(void, columns_free)
(pensel_columns *columns)
{
    pensel_columns_free(&columns);
}

/* inputs: which columns, a line each; empty: all but the target */
PENSEL_CORE(pensel_status, table)
(const char *path, const char *target, bool classify, const char *inputs)
{
    pensel_error *error = &pensel_core.error;
    pensel_table_options o = pensel_table_defaults();
    pensel_table *table;
    char **lines, *block;
    PENSEL_TRY(pensel_core_lines(&lines, &block, &o.column_count, inputs, error));
    o.columns = (const char *const *)lines;
    o.target = *target ? target : NULL;
    o.classify = classify;
    o.precision = PENSEL_FLOAT64;
    pensel_status status = pensel_table_read(&table, path, &o, error);
    pensel_release(lines);
    pensel_release(block);
    PENSEL_TRY(status);
    pensel_json_writer *text = pensel_core_begin('{');
    pensel_core_put_at("owner_at", table);
    pensel_core_put_at("x_at", table->x.data);
    pensel_core_put_at("y_at", table->y.data);
    pensel_json_put_whole(text, "n", (int64_t)table->x.rows);
    pensel_json_put_whole(text, "inputs", (int64_t)table->x.columns);
    pensel_json_put_whole(text, "targets", (int64_t)table->y.columns);
    put_texts("names", (const char *const *)table->names, table->x.columns);
    put_texts("classes", (const char *const *)table->classes, table->class_count);
    put_texts("notes", (const char *const *)table->notes, table->note_count);
    return pensel_core_end('}');
}

PENSEL_CORE(void, table_free)
(pensel_table *table)
{
    pensel_table_free(&table);
}

/* ------------------------------------------------------------------ schema */

/* What becomes of a column, as pensel fit says it. */
static void detail_of(char *text, size_t size, const pensel_schema_column *c)
{
    static const char *const left_out[] = {
        [PENSEL_ROLE_IDENTIFIER] = "left out",
        [PENSEL_ROLE_CONSTANT] = "left out: one value",
        [PENSEL_ROLE_TEXT] = "left out: free text",
        [PENSEL_ROLE_DROPPED] = "left out, as asked",
    };
    size_t length = 0;
#define APPEND(...)                                                                               \
    do {                                                                                          \
        if (length < size) length += (size_t)snprintf(text + length, size - length, __VA_ARGS__); \
    } while (0)
    if (c->role == PENSEL_ROLE_NUMBER)
        APPEND("%.6g to %.6g", c->low, c->high);
    else if (c->role == PENSEL_ROLE_DATE)
        APPEND("%s", c->compact     ? "numbers such as 20201231"
                     : c->day_first ? "day first"
                                    : "year, day, weekday, time");
    else if (c->role != PENSEL_ROLE_CATEGORY)
        APPEND("%s", left_out[c->role]);
    for (size_t i = 0; c->role == PENSEL_ROLE_CATEGORY && i < c->category_count && i < 4; i++)
        APPEND("%s%.24s", i ? ", " : "", c->categories[i]);
    if (c->role == PENSEL_ROLE_CATEGORY && c->category_count > 4) APPEND("... %zu", c->distinct);
    if (c->missing && c->inputs) APPEND("; %zu missing", c->missing);
    if (c->odd && c->inputs)
        APPEND("; %zu not %s", c->odd, c->role == PENSEL_ROLE_DATE ? "dates" : "numbers");
#undef APPEND
}

static void put_schema(const char *key, const pensel_schema *schema, const double *importance)
{
    pensel_json_writer *text = &pensel_core.text;
    pensel_json_open(text, key, '[');
    for (size_t i = 0; i < pensel_schema_count(schema); i++) {
        pensel_schema_column c;
        char detail[300];
        if (pensel_schema_column_at(schema, i, &c, NULL) != PENSEL_OK) continue;
        detail_of(detail, sizeof detail, &c);
        pensel_json_open(text, NULL, '{');
        pensel_json_put_string(text, "name", c.name);
        pensel_json_put_string(text, "kind", pensel_role_name(c.role));
        pensel_json_put_string(text, "detail", detail);
        pensel_json_put_whole(text, "inputs", (int64_t)c.inputs);
        if (importance) pensel_core_put("importance", importance[i]);
        pensel_json_close(text, '}');
    }
    pensel_json_close(text, ']');
}

/* The target's texts stay as they are written. */
static pensel_status read_for(pensel_columns **columns, const char *path, const char *target,
                              pensel_error *error)
{
    pensel_columns_options o = pensel_columns_defaults();
    o.text = &target;
    o.text_count = *target ? 1 : 0;
    return pensel_columns_read(columns, path, &o, error);
}

PENSEL_CORE(pensel_status, schema)
(const char *path, const char *target)
{
    pensel_error *error = &pensel_core.error;
    pensel_columns *columns;
    pensel_schema *schema;
    PENSEL_TRY(read_for(&columns, path, target, error));
    pensel_status status = pensel_schema_learn(&schema, columns, *target ? target : NULL, NULL,
                                               columns->rows, NULL, 0, error);
    if (status == PENSEL_OK) {
        pensel_core_begin('{');
        put_schema("columns", schema, NULL);
        status = pensel_core_end('}');
        pensel_schema_free(&schema);
    }
    pensel_columns_free(&columns);
    return status;
}

/* ------------------------------------------------------------------ models of tables */

static void put_scores(const char *key, const pensel_table_scores *s)
{
    pensel_json_open(&pensel_core.text, key, '{');
    pensel_json_put_whole(&pensel_core.text, "n", (int64_t)s->n);
    pensel_core_put("accuracy", s->accuracy);
    pensel_core_put("logLoss", s->log_loss);
    pensel_core_put("auc", s->auc);
    pensel_core_put("r2", s->r2);
    pensel_core_put("rmse", s->rmse);
    pensel_core_put("mae", s->mae);
    pensel_json_close(&pensel_core.text, '}');
}

static pensel_status describe(const pensel_table_model *model)
{
    const pensel_table_report *r = pensel_table_model_report(model);
    size_t class_count;
    const char *const *classes = pensel_table_model_classes(model, &class_count);
    pensel_json_writer *text = pensel_core_begin('{');
    pensel_core_put_at("id", model);
    pensel_json_put_string(text, "target", pensel_table_model_target(model));
    pensel_json_put_string(text, "task", pensel_task_name(pensel_table_model_task(model)));
    put_texts("classes", classes, class_count);
    pensel_json_put_whole(text, "rows", (int64_t)r->rows);
    pensel_json_put_whole(text, "unlabelled", (int64_t)r->unlabelled);
    pensel_json_put_whole(text, "folds", (int64_t)r->folds);
    pensel_json_put_whole(text, "networks", (int64_t)r->networks);
    pensel_core_put("seconds", r->seconds);
    put_scores("held", &r->held);
    put_scores("constant", &r->constant);
    put_scores("linear", &r->linear);
    pensel_core_put("low", r->low);
    pensel_core_put("high", r->high);
    put_schema("schema", pensel_table_model_schema(model), r->importance);
    return pensel_core_end('}');
}

static void progress(double done, double seconds, void *data)
{
    (void)data;
    pensel_page_progress(done, seconds);
}

PENSEL_CORE(pensel_status, fit)
(const char *path, const char *target, const char *options)
{
    pensel_error *error = &pensel_core.error;
    pensel_table_model_options o = pensel_table_model_defaults();
    const pensel_core_options list = {&o, pensel_table_model_table()};
    pensel_columns *columns;
    pensel_table_model *model;
    o.on_progress = progress;
    PENSEL_TRY(pensel_core_set(&list, 1, options, error));
    PENSEL_TRY(read_for(&columns, path, target, error));
    pensel_status status = pensel_table_model_fit(&model, columns, target, &o, error);
    pensel_columns_free(&columns);
    return status == PENSEL_OK ? describe(model) : status;
}

/* The table as the model was trained to read it: what it takes for texts are texts. */
static pensel_status read_again(pensel_columns **columns, const char *path,
                                const pensel_table_model *model, pensel_error *error)
{
    const pensel_schema *schema = pensel_table_model_schema(model);
    pensel_columns_options o = pensel_columns_defaults();
    const char **names;
    PENSEL_TRY(PENSEL_NEW(names, pensel_schema_count(schema), error));
    for (size_t i = 0; i < pensel_schema_count(schema); i++) {
        pensel_schema_column c;
        if (pensel_schema_column_at(schema, i, &c, NULL) == PENSEL_OK && c.texts)
            names[o.text_count++] = c.name;
    }
    o.text = names;
    pensel_status status = pensel_columns_read(columns, path, &o, error);
    pensel_release(names);
    return status;
}

/* Numbers, or indices of classes and the probabilities (rows, classes). */
PENSEL_CORE(pensel_status, fit_predict)
(const pensel_table_model *model, const char *path)
{
    pensel_error *error = &pensel_core.error;
    size_t classes, most;
    double *y = NULL, *p = NULL;
    pensel_columns *columns;
    pensel_table_model_classes(model, &classes);
    PENSEL_TRY(read_again(&columns, path, model, error));
    most = classes ? classes : 1;
    pensel_status status = PENSEL_NEW(y, columns->rows, error);
    if (status == PENSEL_OK) status = PENSEL_ALLOCATE(p, columns->rows, most * sizeof *p, error);
    if (status == PENSEL_OK) status = pensel_table_model_predict(model, y, columns, NULL, error);
    if (status == PENSEL_OK && classes)
        status = pensel_table_model_probabilities(model, p, columns, NULL, error);
    size_t rows = columns->rows;
    pensel_columns_free(&columns);
    if (status != PENSEL_OK) {
        pensel_release(y);
        pensel_release(p);
        return status;
    }
    pensel_json_writer *text = pensel_core_begin('{');
    pensel_json_put_whole(text, "rows", (int64_t)rows);
    pensel_json_put_whole(text, "classes", (int64_t)classes);
    pensel_core_put_at("y_at", y);
    pensel_core_put_at("p_at", p);
    return pensel_core_end('}');
}

PENSEL_CORE(pensel_status, fit_save)
(const pensel_table_model *model, const char *path)
{
    return pensel_table_model_save(model, path, &pensel_core.error);
}

PENSEL_CORE(void, fit_free)
(pensel_table_model *model)
{
    pensel_table_model_free(&model);
}
