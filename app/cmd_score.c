/* pensel score: how good a saved network is on a table. */
#include "command.h"
#include "options.h"
#include "say.h"
#include "score_table.h"

static pensel_status work(pensel_result *result, const char *model, const char *input,
                          const char *target, pensel_error *error)
{
    pensel_estimator *estimator = NULL;
    pensel_table *table = NULL;
    pensel_status status = pensel_estimator_load(&estimator, model, error);
    const char *known = status ? NULL : pensel_estimator_target_name(estimator, 0);
    if (!status && !target && !known)
        status = pensel_wrong(error, PENSEL_BAD_ARGUMENT,
                              "score: no target is named: --target COLUMN is needed");
    if (!status)
        status = pensel_columns_read(&table, estimator, input, target ? target : known, error);
    if (!status) {
        pensel_samples samples = {.x = table->x, .y = table->y};
        pensel_result_text(result, "model", model);
        pensel_columns_tell(result, input, table);
        status = pensel_score_all(result, estimator, &samples, error);
    }
    pensel_table_free(&table);
    pensel_estimator_free(&estimator);
    return status;
}

static int run(const pensel_command *command, int argc, char **argv)
{
    const char *target = NULL;
    bool json = false, quiet = false;
    const pensel_option own[] = {
        {"target", 0, pensel_read_text, &target, "COLUMN",
         "the true answers (as the model was trained)", 0, 0, NULL},
        {"json", 0, NULL, &json, NULL, "one JSON object on standard output", 0, 0, NULL},
        {"quiet", 'q', NULL, &quiet, NULL, "print nothing but errors", 0, 0, NULL},
        {0}};
    const pensel_option_group groups[] = {{"Options", own}, {0}};
    pensel_arguments arguments;
    pensel_error error = {0};
    int status = pensel_options_parse(&arguments, command, groups, argc, argv);
    if (status != PENSEL_OPTIONS_GO) return status;
    if (arguments.count != 2) {
        status = pensel_say_usage("score: a model and a table are needed: pensel score MODEL TABLE "
                                  "--target COLUMN");
    } else {
        pensel_result *result = pensel_result_new();
        if (!work(result, arguments.words[0], arguments.words[1], target, &error)) {
            status = pensel_result_finish(result, json, quiet);
        } else {
            status = pensel_say_error(&error);
            pensel_result_drop(result);
        }
    }
    pensel_options_free(&arguments);
    return status;
}

const pensel_command pensel_command_score = {"score", "MODEL TABLE --target COLUMN",
                                             "measure a saved network on a table", run};
