/* pensel import: a network that another program has trained, as a model. */
#include "app_memory.h"
#include "command.h"
#include "command_line.h"
#include "layers.h"
#include "message.h"
#include "output.h"
#include "result.h"
#include "text_grid.h"
#include "value.h"

#include <glib.h>

typedef struct import {
    const char *file, *output;
    pensel_import_options options;
} import;

static const char *format_choice(size_t i)
{
    return pensel_import_format(i);
}

static const char *task_choice(size_t i)
{
    return i < 2 ? pensel_task_name((pensel_task)i) : NULL;
}

static pensel_status work(pensel_imported **imported, const import *x, pensel_error *error)
{
    *imported = NULL;
    if (!x->output)
        return pensel_wrong(error, PENSEL_BAD_ARGUMENT,
                            "import: no output is named: -o MODEL is needed");
    pensel_status status = pensel_output_spares(&x->output, 1, x->file, error);
    if (!status) status = pensel_output_check(x->output, "output", error);
    if (!status) status = pensel_import(imported, x->file, &x->options, error);
    if (!status) status = pensel_imported_save(*imported, x->output, error);
    return status;
}

/* ------------------------------------------------------------------ what is printed */

static void put_texts(pensel_result *result, const pensel_imported *imported, const char *label,
                      const char *(*at)(const pensel_imported *, size_t))
{
    pensel_value *list = pensel_value_array();
    for (size_t i = 0; at(imported, i); i++) {
        pensel_result_line(result, i ? "" : label, "%s", at(imported, i));
        pensel_value_append(list, pensel_value_text(at(imported, i)));
    }
    pensel_result_json(result, label, list);
}

/* A model that came back whole: there are no steps to list, and nothing that could differ. */
static void put_whole(pensel_result *result, const import *x, const pensel_imported *imported)
{
    const pensel_model *model = pensel_imported_model(imported);
    const pensel_table_model *table = pensel_model_table(model);
    const pensel_estimator *estimator = pensel_imported_estimator(imported);
    pensel_task task = table ? pensel_table_model_task(table) : pensel_estimator_task(estimator);
    const char *kind = table ? "table" : pensel_model_painting(model) ? "painting" : "network";
    if (table)
        pensel_result_line(result, "model", "%s, a %s of %s from the columns of a table", x->output,
                           pensel_task_name(task), pensel_table_model_target(table));
    else
        pensel_result_line(result, "model", "%s, a %s", x->output,
                           pensel_model_painting(model) ? kind : pensel_task_name(task));
    pensel_result_line(result, "difference", "none: it is the model that was exported");
    pensel_result_text(result, "file", x->file);
    pensel_result_text(result, "model", x->output);
    pensel_result_text(result, "kind", kind);
    pensel_result_text(result, "task", pensel_task_name(task));
    pensel_result_number(result, "difference", 0);
}

static int finish(const import *x, const pensel_imported *imported, bool json, bool quiet)
{
    if (pensel_imported_model(imported)) {
        pensel_result *whole = pensel_result_new();
        put_whole(whole, x, imported);
        return pensel_result_finish(whole, json, quiet);
    }
    double largest, difference = pensel_imported_difference(imported, &largest);
    const pensel_estimator *estimator = pensel_imported_estimator(imported);
    const pensel_network *network = pensel_estimator_network(estimator);
    pensel_result *result = pensel_result_new();
    char *count = pensel_text_count((double)pensel_network_parameter_count(network));
    put_texts(result, imported, "read", pensel_imported_read);
    put_texts(result, imported, "left alone", pensel_imported_left);
    pensel_result_line(result, "model", "%s, a %s of %zu inputs, %s parameters", x->output,
                       pensel_task_name(pensel_estimator_task(estimator)),
                       pensel_estimator_inputs(estimator), count);
    pensel_result_line(result, "difference",
                       "%.2g at most, of outputs up to %.3g: the file's numbers in double",
                       difference, largest);
    pensel_result_text(result, "file", x->file);
    pensel_result_text(result, "model", x->output);
    pensel_result_text(result, "task", pensel_task_name(pensel_estimator_task(estimator)));
    pensel_result_count(result, "inputs", pensel_estimator_inputs(estimator));
    pensel_result_count(result, "parameters", pensel_network_parameter_count(network));
    pensel_result_number(result, "difference", difference);
    pensel_result_number(result, "largest output", largest);
    g_free(count);
    return pensel_result_finish(result, json, quiet);
}

static int run(const pensel_command *command, int argc, char **argv)
{
import x = {.options = pensel_import_defaults() };
    bool json = false, quiet = false;
    unsigned format = 0, task = 0;
    const pensel_option own[] = {
        {"output", 'o', pensel_read_text, &x.output, "MODEL", "where to: .safetensors", 0, 0, NULL},
        {"as", 0, pensel_read_choice, &task, "TASK",
         "what the outputs are (classes if they are probabilities)", 0, 0, task_choice},
        {"activation", 0, pensel_read_text, &x.options.activation, "NAMES",
         "of tensors alone: of hidden layers: relu, or relu,tanh", 0, 0, NULL},
        {"layers", 0, pensel_read_text, &x.options.layers, "LIST",
         "of tensors alone: all in their order: fc1,relu,fc2", 0, 0, NULL},
        {"format", 0, pensel_read_choice, &format, "FORMAT", "what FILE is (by its bytes)", 0, 0,
         format_choice},
        {"json", 0, NULL, &json, NULL, "one JSON object on standard output", 0, 0, NULL},
        {"quiet", 'q', NULL, &quiet, NULL, "print nothing but errors", 0, 0, NULL},
        {0}};
    const pensel_option_group groups[] = {{"Options", own}, {0}};
    pensel_arguments arguments;
    pensel_error error = {0};
    pensel_imported *imported = NULL;
    int status = pensel_options_parse(&arguments, command, groups, argc, argv);
    if (status != PENSEL_OPTIONS_GO) return status;
    if (pensel_options_given(&arguments, "as")) x.options.task = task_choice(task);
    if (pensel_options_given(&arguments, "format")) x.options.format = format_choice(format);
    if (arguments.count != 1) {
        status = pensel_message_usage(
            "import: one file is needed, not %zu: pensel import FILE -o MODEL", arguments.count);
    } else {
        x.file = arguments.words[0];
        status = work(&imported, &x, &error) ? pensel_message_error(&error)
                                             : finish(&x, imported, json, quiet);
    }
    pensel_imported_free(&imported);
    pensel_options_free(&arguments);
    return status;
}

const pensel_command pensel_command_import = {
    "import", "FILE -o MODEL", "a network of another program, or what export wrote, as a model",
    run};
