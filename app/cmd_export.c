/* pensel export: a saved model as a file that runs without pensel. */
#include "app_memory.h"
#include "command.h"
#include "command_line.h"
#include "message.h"
#include "output.h"
#include "paint_compact.h"
#include "raw_table.h"
#include "result.h"
#include "score_table.h"
#include "text_grid.h"

#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>

typedef struct export
{
    const char *model, *output, *check; /* check: a table, or NULL */
    pensel_reading reading;
    pensel_export_options options;
    pensel_quantised quantised;
}
export;

static const char *target_choice(size_t i)
{
    return pensel_export_target(i);
}

/* "where to: .onnx .c" */
static const char *endings(void)
{
    GString *text = g_string_new("where to:");
    for (size_t i = 0; pensel_export_target(i); i++)
        pensel_append(text, " .%s", pensel_export_target(i));
    const char *kept = g_intern_string(text->str);
    g_string_free(text, TRUE);
    return kept;
}

/* ------------------------------------------------------------------ the table to check on */

static pensel_status export_checked(export *x, const pensel_exported *model, pensel_error *error)
{
    pensel_columns *columns = NULL;
    const char *target = pensel_table_model_target(model->table);
    pensel_status status =
        pensel_raw_table_read(&columns, x->check, model->table, target, &x->reading, error);
    x->options.check_columns = columns;
    if (!status) status = pensel_export(model, x->output, &x->options, error);
    if (status) pensel_raw_table_name(error, x->check);
    pensel_columns_free(&columns);
    return status;
}

/* Without a name of the target in the model, the table has none either. */
static pensel_status export_measured(export *x, const pensel_exported *model, pensel_error *error)
{
    pensel_table *table = NULL;
    pensel_samples samples = {0};
    char *target = pensel_known_target(model->estimator);
    pensel_status status =
        pensel_table_for(&table, model->estimator, x->check, target, NULL, &x->reading, error);
    if (!status) {
        samples.x = table->x;
        if (target) samples.y = table->y;
        x->options.check = &samples;
        status = pensel_export(model, x->output, &x->options, error);
    }
    pensel_table_free(&table);
    g_free(target);
    return status;
}

static pensel_status export_model(export *x, const pensel_exported *model, pensel_error *error)
{
    if (x->check && !x->options.quantise)
        return pensel_wrong(error, PENSEL_BAD_ARGUMENT,
                            "check has no effect without --quantise int8");
    if (x->check && model->painting)
        return pensel_wrong(error, PENSEL_BAD_ARGUMENT,
                            "check has no effect on a painting, which is measured on its own "
                            "pixels");
    if (x->check && model->table) return export_checked(x, model, error);
    if (x->check) return export_measured(x, model, error);
    return pensel_export(model, x->output, &x->options, error);
}

static pensel_status load(pensel_model **model, pensel_exported *exported, const export *x,
                          pensel_error *error)
{
    pensel_status status = pensel_model_load(model, x->model, error);
    if (status) return status;
    exported->table = pensel_model_table(*model);
    exported->painting = pensel_model_painting(*model);
    if (!exported->table && !exported->painting)
        exported->estimator = pensel_model_estimator(*model);
    return PENSEL_OK;
}

/* A compact painting leaves as `render` enlarges it: a pyramid of its own pixels. */
static pensel_status work(export *x, pensel_error *error)
{
    pensel_model *model = NULL;
    pensel_painting *painting = NULL;
    float *pixels = NULL;
    pensel_exported exported = {0};
    if (!x->output)
        return pensel_wrong(error, PENSEL_BAD_ARGUMENT,
                            "export: no output is named: -o FILE is needed");
    pensel_status status = pensel_output_spares(&x->output, 1, x->model, error);
    if (status) return status;
    if (pensel_compact_is(x->model)) {
        status = pensel_compact_open(&painting, &pixels, x->model, false, 0, error);
        exported.painting = painting;
    } else {
        status = load(&model, &exported, x, error);
    }
    if (!status) {
        status = export_model(x, &exported, error);
        if (status) pensel_options_name(error);
    }
    pensel_painting_free(&painting);
    g_free(pixels);
    pensel_model_free(&model);
    return status;
}

/* What weights in few bits cost, and on which rows */
static void print_quantised(pensel_result *result, const export *x)
{
    const pensel_quantised *q = &x->quantised;
    const char *score = q->classes ? "accuracy" : "R2";
    char *rows = pensel_text_count((double)q->samples);
    pensel_result_line(result, "quantised", "%zu rows of weights in 8 bits, %zu in 16",
                       q->rows - q->wide, q->wide);
    pensel_result_line(result, "loss", "%.4f of %s: %.4f in float, %.4f in int8, on %s rows%s%s%s",
                       q->before - q->after, score, q->before, q->after, rows,
                       x->check   ? " of "
                       : q->drawn ? " that were drawn"
                                  : "",
                       x->check ? x->check : "", q->own ? ", of the model's own answers" : "");
    pensel_result_text(result, "score", q->classes ? "accuracy" : "r2");
    pensel_result_number(result, "score_float", q->before);
    pensel_result_number(result, "score_int8", q->after);
    pensel_result_count(result, "rows_8", q->rows - q->wide);
    pensel_result_count(result, "rows_16", q->wide);
    pensel_result_count(result, "samples", q->samples);
    g_free(rows);
}

static int finish(const export *x, bool json, bool quiet)
{
    GStatBuf info = {0};
    g_stat(x->output, &info);
    pensel_result *result = pensel_result_new();
    char *bytes = pensel_text_count((double)info.st_size);
    pensel_result_line(result, "exported", "%s, %s bytes", x->output, bytes);
    if (x->options.quantise) print_quantised(result, x);
    pensel_result_text(result, "model", x->model);
    pensel_result_text(result, "exported", x->output);
    pensel_result_count(result, "bytes", (uint64_t)info.st_size);
    g_free(bytes);
    return pensel_result_finish(result, json, quiet);
}

static int run(const pensel_command *command, int argc, char **argv)
{
    export x = {.options = pensel_export_defaults()};
    bool json = false, quiet = false;
    unsigned as = 0;
    x.options.quantised = &x.quantised;
    pensel_row_target target = {&x.options, pensel_export_table()};
    pensel_option own[16] = {
        {"output", 'o', pensel_read_text, &x.output, "FILE", endings(), 0, 0, NULL},
        {"as", 0, pensel_read_choice, &as, "TARGET", "what it becomes (by FILE's ending)", 0, 0,
         target_choice},
        {"name", 0, pensel_read_text, &x.options.name, "NAME",
         "of what is in the file (FILE without its ending)", 0, 0, NULL},
        {"check", 0, pensel_read_text, &x.check, "TABLE",
         "rows to measure the loss on (drawn, where inputs are scaled)", 0, 0, NULL},
        {"json", 0, NULL, &json, NULL, "one JSON object on standard output", 0, 0, NULL},
        {"quiet", 'q', NULL, &quiet, NULL, "print nothing but errors", 0, 0, NULL},
        {0}};
    pensel_option reading[PENSEL_READING_OPTIONS];
    pensel_options_append(own, sizeof own / sizeof *own, &target, NULL);
    pensel_reading_table(reading, &x.reading);
    const pensel_option_group groups[] = {{"Options", own}, {"Reading", reading}, {0}};
    pensel_arguments arguments;
    pensel_error error = {0};
    int status = pensel_options_parse(&arguments, command, groups, argc, argv);
    if (status != PENSEL_OPTIONS_GO) return status;
    x.reading.quiet = quiet;
    if (pensel_options_given(&arguments, "as")) x.options.target = pensel_export_target(as);
    if (arguments.count != 1) {
        status = pensel_message_usage(
            "export: one model is needed, not %zu: pensel export MODEL -o FILE", arguments.count);
    } else {
        x.model = arguments.words[0];
        status = work(&x, &error) ? pensel_message_error(&error) : finish(&x, json, quiet);
    }
    pensel_options_free(&arguments);
    return status;
}

const pensel_command pensel_command_export = {
    "export", "MODEL -o FILE", "a saved model as a file that runs without pensel", run};
