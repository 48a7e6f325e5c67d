/* pensel fit: a network is trained on a table. */
#include "command.h"
#include "folds.h"
#include "grid.h"
#include "output.h"
#include "say.h"
#include "score_table.h"
#include "train.h"

#include <glib.h>
#include <string.h>

typedef struct fit {
    pensel_estimator_options options;
    pensel_train train;
    const char *input, *target, *save, *weight;
    size_t folds;
    bool asked; /* --as was given */
    pensel_table *table, *weights;
    pensel_estimator *estimator;
    pensel_result *result;
} fit;

static const char *scaling(size_t i)
{
    static const char *const names[] = {"none", "standard", "minmax"};
    return i < G_N_ELEMENTS(names) ? names[i] : NULL;
}

static void set_defaults(fit *f, int argc, char **argv)
{
    const char *as = pensel_options_peek("as", argc, argv);
    f->asked = as != NULL;
    f->options = pensel_estimator_defaults(
        as && !strcmp(as, "classification") ? PENSEL_CLASSIFICATION : PENSEL_REGRESSION);
    f->train.estimator = &f->options;
    f->train.every = 30;
}

static int parse(fit *f, pensel_arguments *arguments, const pensel_command *command, int argc,
                 char **argv)
{
    const pensel_option own[] = {{"target", 0, pensel_read_text, &f->target, "COLUMN",
                                  "what to learn: a name, or a number from 1", 0, 0, NULL},
                                 {"save", 0, pensel_read_text, &f->save, "MODEL",
                                  "the network, for predict and score", 0, 0, NULL},
                                 {"scale", 0, pensel_read_choice, &f->options.scale_inputs, "HOW",
                                  "inputs: standard, minmax or none (none); goes into the model", 0,
                                  0, scaling},
                                 {"scale-targets", 0, pensel_read_choice, &f->options.scale_targets,
                                  "HOW", "targets: standard, minmax or none (none)", 0, 0, scaling},
                                 {"sample-weight", 0, pensel_read_text, &f->weight, "COLUMN",
                                  "how much each row matters", 0, 0, NULL},
                                 {"folds", 0, pensel_read_count, &f->folds, "K",
                                  "cross-validate with K parts", 2, 1000, NULL},
                                 {0}};
    pensel_option network[PENSEL_TRAIN_OPTIONS], training[PENSEL_TRAIN_OPTIONS];
    pensel_option encoding[PENSEL_TRAIN_OPTIONS], report[PENSEL_TRAIN_OPTIONS];
    pensel_train_network_table(network, &f->train);
    pensel_train_table(training, &f->train);
    pensel_train_encoding_table(encoding, &f->train);
    pensel_train_report_table(report, &f->train);
    const pensel_option_group groups[] = {{"Table", own},         {"Network", network},
                                          {"Encoding", encoding}, {"Training", training},
                                          {"Reporting", report},  {0}};
    return pensel_options_parse(arguments, command, groups, argc, argv);
}

/* A class whose name is a number means a column of numbers with something else in it. */
static bool all_words(const pensel_table *table)
{
    for (size_t c = 0; c < table->class_count; c++) {
        char *end;
        g_ascii_strtod(table->classes[c], &end);
        if (end != table->classes[c] && !*end) return false;
    }
    return table->class_count > 0;
}

/* A target column of words means classes, unless regression was asked for. */
static pensel_status read_table(fit *f, pensel_error *error)
{
    pensel_table_options o = pensel_table_defaults();
    pensel_table *words = NULL;
    o.target = f->target;
    o.precision = f->options.precision == PENSEL_FLOAT64 ? PENSEL_FLOAT64 : PENSEL_FLOAT32;
    o.classify = f->options.task == PENSEL_CLASSIFICATION;
    pensel_status status = pensel_table_read(&f->table, f->input, &o, error);
    if (status != PENSEL_BAD_DATA || f->asked) return status;
    o.classify = true;
    pensel_error other = {0};
    pensel_status again = pensel_table_read(&words, f->input, &o, &other);
    if (again && error) *error = other; /* it got further: the target was no hindrance to it */
    if (again || !all_words(words)) {
        pensel_table_free(&words);
        return again ? again : status;
    }
    f->table = words;
    f->options.task = PENSEL_CLASSIFICATION;
    return PENSEL_OK;
}

/* Takes the column of weights out of the inputs: it is read by itself, and the others again. */
static pensel_status split_weights(fit *f, pensel_error *error)
{
    pensel_table_options o = pensel_table_defaults();
    o.precision = f->options.precision == PENSEL_FLOAT64 ? PENSEL_FLOAT64 : PENSEL_FLOAT32;
    o.columns = &f->weight;
    o.column_count = 1;
    pensel_status status = pensel_table_read(&f->weights, f->input, &o, error);
    if (status) return status;
    pensel_table *whole = f->table;
    o.columns = g_new0(const char *, whole->x.columns + 1);
    o.column_count = 0;
    for (size_t i = 0; i < whole->x.columns; i++)
        if (strcmp(whole->names[i], f->weights->names[0]))
            ((const char **)o.columns)[o.column_count++] = whole->names[i];
    o.target = f->target;
    o.classify = f->options.task == PENSEL_CLASSIFICATION;
    f->table = NULL;
    if (o.column_count == 0)
        status = pensel_wrong(error, PENSEL_BAD_DATA,
                              "%.200s: no column is left for the inputs: one is "
                              "needed",
                              f->input);
    else
        status = pensel_table_read(&f->table, f->input, &o, error);
    g_free((void *)o.columns);
    pensel_table_free(&whole);
    return status;
}

static pensel_status check(const fit *f, pensel_error *error)
{
    const char *const outputs[] = {f->save, f->train.history, f->train.plot,
                                   f->train.checkpoint_path};
    if (!f->target)
        return pensel_wrong(error, PENSEL_BAD_ARGUMENT,
                            "fit: no target is named: --target COLUMN is needed");
    if (!f->save && !f->folds)
        return pensel_wrong(error, PENSEL_BAD_ARGUMENT,
                            "fit: the network would be lost: --save MODEL or --folds K is needed");
    pensel_status status = pensel_output_distinct(outputs, G_N_ELEMENTS(outputs), f->input, error);
    return status ? status : pensel_output_check(f->save, "--save", error);
}

static pensel_status name_columns(fit *f, pensel_error *error)
{
    const pensel_table *t = f->table;
    pensel_estimator *e = f->estimator;
    pensel_status status =
        pensel_estimator_name_inputs(e, (const char *const *)t->names, t->x.columns, error);
    if (!status && t->target_name)
        status = pensel_estimator_name_targets(e, (const char *const *)&t->target_name, 1, error);
    if (!status && t->class_count)
        status = pensel_estimator_name_classes(e, (const char *const *)t->classes, t->class_count,
                                               error);
    return status;
}

static void tell_data(fit *f)
{
    pensel_columns_tell(f->result, f->input, f->table);
    const char *kind = f->options.task == PENSEL_CLASSIFICATION ? "classification" : "regression";
    const char *name = f->table->target_name ? f->table->target_name : f->target;
    GString *classes = g_string_new(NULL);
    for (size_t c = 0; c < MIN(f->table->class_count, 8); c++)
        g_string_append_printf(classes, "%s%s", c ? ", " : ": ", f->table->classes[c]);
    if (f->table->class_count > 8) g_string_append(classes, "...");
    pensel_result_line(f->result, "target", "%s, %s%s", name, kind, classes->str);
    g_string_free(classes, TRUE);
    pensel_result_text(f->result, "target", name);
    pensel_result_text(f->result, "task", kind);
}

static void tell_network(fit *f)
{
    const pensel_network *network = pensel_estimator_network(f->estimator);
    char *shape = pensel_layers_text(pensel_network_shape(network));
    char *parameters = pensel_text_count((double)pensel_network_parameter_count(network));
    pensel_result_line(f->result, "network", "%s; %s parameters", shape, parameters);
    pensel_result_count(f->result, "parameters", pensel_network_parameter_count(network));
    g_free(shape);
    g_free(parameters);
}

static pensel_status work(fit *f, const pensel_arguments *arguments, pensel_error *error)
{
    pensel_status status = check(f, error);
    if (!status) status = pensel_train_settle(&f->train, arguments, error);
    if (!status) status = read_table(f, error);
    if (!status) status = pensel_train_check_loss(&f->train, arguments, error);
    if (!status && f->weight) status = split_weights(f, error);
    if (status) return status;
    pensel_samples samples = {.x = f->table->x, .y = f->table->y};
    if (f->weights) samples.weights = f->weights->x;
    status = pensel_estimator_new(&f->estimator, &f->options, error);
    if (!status) status = pensel_estimator_fit(f->estimator, &samples, NULL, error);
    pensel_watch_clear(&f->train.watch);
    if (!status) status = name_columns(f, error);
    if (!status && f->save) status = pensel_estimator_save(f->estimator, f->save, error);
    if (!status) status = pensel_train_files(&f->train, error);
    if (status) return status;
    tell_data(f);
    tell_network(f);
    pensel_train_tell(&f->train, f->result, pensel_estimator_report(f->estimator));
    if (f->save) pensel_result_line(f->result, "model", "%s", f->save);
    pensel_result_text(f->result, "model", f->save);
    pensel_result_block(f->result, "\non the rows it was trained on:\n");
    status = pensel_score_all(f->result, f->estimator, &samples, error);
    bool interrupted = pensel_estimator_report(f->estimator)->stop == PENSEL_STOP_INTERRUPTED;
    if (!status && f->folds && !interrupted)
        status = pensel_folds_run(f->result, &f->options, &samples, f->folds, error);
    return status;
}

static int tell(fit *f)
{
    const pensel_report *report = pensel_estimator_report(f->estimator);
    int status = pensel_result_finish(f->result, f->train.json, f->train.quiet);
    if (status) return status;
    pensel_train_warn(report);
    return report->stop == PENSEL_STOP_DIVERGED;
}

static int run(const pensel_command *command, int argc, char **argv)
{
    fit f = {0};
    pensel_arguments arguments;
    pensel_error error = {0};
    set_defaults(&f, argc, argv);
    int status = parse(&f, &arguments, command, argc, argv);
    if (status != PENSEL_OPTIONS_GO) {
        pensel_train_free(&f.train);
        return status;
    }
    if (arguments.count != 1) {
        status = pensel_say_usage(
            "fit: one table is needed, not %zu: pensel fit TABLE --target COLUMN", arguments.count);
    } else {
        f.input = arguments.words[0];
        f.result = pensel_result_new();
        if (!work(&f, &arguments, &error)) {
            status = tell(&f);
        } else {
            status = pensel_say_error(&error);
            pensel_result_drop(f.result);
        }
    }
    pensel_estimator_free(&f.estimator);
    pensel_table_free(&f.table);
    pensel_table_free(&f.weights);
    pensel_train_free(&f.train);
    pensel_options_free(&arguments);
    return status;
}

const pensel_command pensel_command_fit = {"fit", "TABLE --target COLUMN",
                                           "train a network on a table (csv, npy)", run};
