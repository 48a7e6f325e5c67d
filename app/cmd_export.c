/* pensel export: a saved model as a file that runs without pensel. */
#include "app_memory.h"
#include "command.h"
#include "command_line.h"
#include "message.h"
#include "output.h"
#include "result.h"
#include "text_grid.h"

#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>

typedef struct export
{
    const char *model, *output;
    pensel_export_options options;
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

static pensel_status work(export *x, pensel_error *error)
{
    pensel_model *model;
    pensel_exported exported = {0};
    if (!x->output)
        return pensel_wrong(error, PENSEL_BAD_ARGUMENT,
                            "export: no output is named: -o FILE is needed");
    pensel_status status = pensel_output_spares(&x->output, 1, x->model, error);
    if (status) return status;
    if (pensel_compact_is(x->model))
        return pensel_wrong(error, PENSEL_UNSUPPORTED,
                            "%.200s is a compact painting, which only pensel renders: a network's, "
                            "of paint --save MODEL, is needed",
                            x->model);
    status = pensel_model_load(&model, x->model, error);
    if (status) return status;
    exported.table = pensel_model_table(model);
    exported.painting = pensel_model_painting(model);
    if (!exported.table && !exported.painting) exported.estimator = pensel_model_estimator(model);
    status = pensel_export(&exported, x->output, &x->options, error);
    pensel_model_free(&model);
    return status;
}

static int finish(const export *x, bool json, bool quiet)
{
    GStatBuf info = {0};
    g_stat(x->output, &info);
    pensel_result *result = pensel_result_new();
    char *bytes = pensel_text_count((double)info.st_size);
    pensel_result_line(result, "exported", "%s, %s bytes", x->output, bytes);
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
    const pensel_option own[] = {
        {"output", 'o', pensel_read_text, &x.output, "FILE", endings(), 0, 0, NULL},
        {"as", 0, pensel_read_choice, &as, "TARGET", "what it becomes (by FILE's ending)", 0, 0,
         target_choice},
        {"name", 0, pensel_read_text, &x.options.name, "NAME",
         "of what is in the file (FILE without its ending)", 0, 0, NULL},
        {"json", 0, NULL, &json, NULL, "one JSON object on standard output", 0, 0, NULL},
        {"quiet", 'q', NULL, &quiet, NULL, "print nothing but errors", 0, 0, NULL},
        {0}};
    const pensel_option_group groups[] = {{"Options", own}, {0}};
    pensel_arguments arguments;
    pensel_error error = {0};
    int status = pensel_options_parse(&arguments, command, groups, argc, argv);
    if (status != PENSEL_OPTIONS_GO) return status;
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
