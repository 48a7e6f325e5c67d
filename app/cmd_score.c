/* pensel score: measures a saved network on a table. */
#include "command.h"
#include "command_line.h"
#include "message.h"
#include "raw_table.h"
#include "score_table.h"

#include <string.h>

/* What is asked of the table. */
typedef struct question {
    const char *input, *target, *weight; /* weight may be NULL */
    pensel_reading reading;
} question;

/* Are the table's targets the model's, in another order? */
static bool are_shuffled(const pensel_table *table, const pensel_estimator *estimator)
{
    size_t count = table->y.columns, moved = 0;
    for (size_t i = 0; i < count; i++) {
        size_t j = 0;
        while (j < count &&
               g_strcmp0(table->target_names[i], pensel_estimator_target_name(estimator, j)))
            j++;
        if (j == count) return false;
        moved += j != i;
    }
    return moved > 0;
}

static pensel_status read_answers(pensel_table **table, const pensel_estimator *estimator,
                                  const question *q, pensel_error *error)
{
    size_t targets = pensel_estimator_targets(estimator);
    pensel_status status =
        pensel_table_for(table, estimator, q->input, q->target, q->weight, &q->reading, error);
    if (status) return status;
    if ((*table)->y.columns != targets)
        return pensel_wrong(error, PENSEL_BAD_ARGUMENT,
                            "--target %.200s: the model has %zu targets, not %zu", q->target,
                            targets, (*table)->y.columns);
    if (!are_shuffled(*table, estimator)) return PENSEL_OK;
    pensel_table_free(table);
    char *known = pensel_known_target(estimator);
    status = pensel_table_for(table, estimator, q->input, known, q->weight, &q->reading, error);
    g_free(known);
    return status;
}

static pensel_status score(pensel_result *result, const pensel_estimator *estimator,
                           const question *q, pensel_error *error)
{
    pensel_table *table = NULL;
    pensel_status status = read_answers(&table, estimator, q, error);
    if (!status) {
        pensel_samples samples = {.x = table->x, .y = table->y, .weights = table->weights};
        pensel_table_print(result, q->input, table);
        status = pensel_score_all(result, estimator, &samples, error);
    }
    pensel_table_free(&table);
    return status;
}

/* A model that takes the table as it is. */
static pensel_status score_raw(pensel_result *result, const pensel_table_model *model,
                               const question *q, pensel_error *error)
{
    pensel_columns *columns = NULL;
    pensel_table_scores scores;
    const char *target = pensel_table_model_target(model);
    if (q->weight || (q->target && strcmp(q->target, target) != 0))
        return pensel_wrong(error, PENSEL_BAD_ARGUMENT,
                            "score: the model predicts %.100s, every row alike: --target and "
                            "--sample-weight are for networks set up by hand",
                            target);
    pensel_status status =
        pensel_raw_table_read(&columns, q->input, model, target, &q->reading, error);
    if (!status) status = pensel_table_model_score(model, &scores, columns, error);
    if (!status) pensel_raw_scores_print(result, &scores);
    if (status) pensel_raw_table_name(error, q->input);
    pensel_columns_free(&columns);
    return status;
}

static pensel_status work_estimator(pensel_result *result, const pensel_estimator *estimator,
                                    question q, pensel_error *error)
{
    char *known = q.target ? g_strdup(q.target) : pensel_known_target(estimator);
    q.target = known;
    pensel_status status = PENSEL_OK;
    if (known)
        status = score(result, estimator, &q, error);
    else
        status = pensel_wrong(error, PENSEL_BAD_ARGUMENT,
                              "score: no target is named: --target COLUMN is needed");
    g_free(known);
    return status;
}

static pensel_status work(pensel_result *result, const char *path, question q, pensel_error *error)
{
    pensel_model *model;
    pensel_status status = pensel_model_load(&model, path, error);
    if (status) return status;
    const pensel_table_model *raw = pensel_model_table(model);
    pensel_result_text(result, "model", path);
    status = raw ? score_raw(result, raw, &q, error)
                 : work_estimator(result, pensel_model_estimator(model), q, error);
    pensel_model_free(&model);
    return status;
}

static int run(const pensel_command *command, int argc, char **argv)
{
    question q = {0};
    bool json = false, quiet = false;
    const pensel_option own[] = {
        {"target", 0, pensel_read_text, &q.target, "COLUMN",
         "the true answers (as the model was trained)", 0, 0, NULL},
        {"sample-weight", 0, pensel_read_text, &q.weight, "COLUMN", "how much each row counts", 0,
         0, NULL},
        {"threads", 0, pensel_read_threads, NULL, "N", "0: all cores (0)", 0, 0, NULL},
        {"json", 0, NULL, &json, NULL, "one JSON object on standard output", 0, 0, NULL},
        {"quiet", 'q', NULL, &quiet, NULL, "print nothing but errors", 0, 0, NULL},
        {0}};
    pensel_option reading[PENSEL_READING_OPTIONS];
    pensel_reading_table(reading, &q.reading);
    const pensel_option_group groups[] = {{"Options", own}, {"Reading", reading}, {0}};
    pensel_arguments arguments;
    pensel_error error = {0};
    int status = pensel_options_parse(&arguments, command, groups, argc, argv);
    if (status != PENSEL_OPTIONS_GO) return status;
    if (arguments.count != 2) {
        status =
            pensel_message_usage("score: a model and a table are needed: pensel score MODEL TABLE "
                                 "--target COLUMN");
    } else {
        pensel_result *result = pensel_result_new();
        q.input = arguments.words[1];
        q.reading.quiet = quiet;
        if (!work(result, arguments.words[0], q, &error)) {
            status = pensel_result_finish(result, json, quiet);
        } else {
            status = pensel_message_error(&error);
            pensel_result_drop(result);
        }
    }
    pensel_options_free(&arguments);
    return status;
}

const pensel_command pensel_command_score = {"score", "MODEL TABLE --target COLUMN",
                                             "measure a saved network on a table", run};
