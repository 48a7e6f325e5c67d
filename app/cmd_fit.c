/* pensel fit: trains a network on a table. */
#include "class_weights.h"
#include "command.h"
#include "cross_validate.h"
#include "interrupt.h"
#include "text_grid.h"
#include "hints.h"
#include "app_memory.h"
#include "output.h"
#include "raw_table.h"
#include "row_list.h"
#include "message.h"
#include "score_table.h"
#include "train.h"

#include <glib.h>
#include <string.h>

typedef struct fit {
    pensel_estimator_options options;
    pensel_train train;
    const char *save, *from, *class_weight, *report;
    char *default_save, *target; /* target: the one that is meant, NULL if they are several */
    pensel_class_weight *class_weights;
    pensel_error unread; /* why `from` could not be loaded; its status is 0 when it was */
    size_t folds;
    const char *preset;
    pensel_role_list roles;
    bool seconds_given;
    pensel_asked columns;
    pensel_rows rows, validation; /* validation.path NULL: none */
    pensel_estimator *estimator;
    pensel_result *result;
} fit;

static void set_defaults(fit *f, int argc, char **argv)
{
    const char *as = pensel_options_peek("as", argc, argv);
    f->columns.asked = as != NULL;
    f->options = pensel_estimator_defaults(
        as && !strcmp(as, "classification") ? PENSEL_CLASSIFICATION : PENSEL_REGRESSION);
    f->from = pensel_options_peek("from", argc, argv);
    if (f->from && !pensel_estimator_load(&f->estimator, f->from, &f->unread))
        f->options = *pensel_estimator_settings(f->estimator);
    f->train.estimator = &f->options;
    f->train.every = 30;
}

static int parse(fit *f, pensel_arguments *arguments, const pensel_command *command, int argc,
                 char **argv)
{
    const pensel_option own[] = {
        {"target", 0, pensel_read_text, &f->columns.target, "COLUMN",
         "what to learn: a name, or a number from 1; or several: a,b", 0, 0, NULL},
        {"column", 0, pensel_read_role, &f->roles, "NAME=WHAT",
         "number, category, date or drop: in place of what is found; for each column", 0, 0, NULL},
        {"preset", 0, pensel_read_text, &f->preset, "NAME",
         "scikit-learn: its settings, and columns of numbers; so does any option from here on", 0,
         0, NULL},
        {"from", 0, pensel_read_text, &f->from, "MODEL",
         "continue training this network, with its own settings by default", 0, 0, NULL},
        {"save", 0, pensel_read_text, &f->save, "MODEL",
         "the network, for predict and score (TABLE's name with .safetensors)", 0, 0, NULL},
        {"report", 0, pensel_read_text, &f->report, "FILE.html",
         "what was found, as one page: scores, errors, what matters", 0, 0, NULL},
        {"drop", 0, pensel_read_text, &f->columns.drop, "COLUMN",
         "columns that are no inputs, such as ids: one, or a,b", 0, 0, NULL},
        {"sample-weight", 0, pensel_read_text, &f->columns.weight, "COLUMN",
         "how much each row counts", 0, 0, NULL},
        {"class-weight", 0, pensel_read_text, &f->class_weight, "CLASS=W,...",
         "how much each class matters (1); a comma needs \"a, b\"=5", 0, 0, NULL},
        {"validate", 0, pensel_read_text, &f->validation.path, "TABLE",
         "rows to score after each epoch; --early-stopping uses them", 0, 0, NULL},
        {"folds", 0, pensel_read_count, &f->folds, "K", "cross-validate with K parts", 2, 1000,
         NULL},
        {0}};
    pensel_option reading[PENSEL_READING_OPTIONS];
    pensel_option network[PENSEL_TRAIN_OPTIONS], training[PENSEL_TRAIN_OPTIONS];
    pensel_option encoding[PENSEL_TRAIN_OPTIONS], report[PENSEL_TRAIN_OPTIONS];
    pensel_reading_table(reading, &f->columns.reading);
    pensel_train_network_table(network, &f->train);
    pensel_train_list_option(network, &f->train);
    pensel_options_row(network, PENSEL_TRAIN_OPTIONS, &f->train.network, "scale");
    pensel_options_row(network, PENSEL_TRAIN_OPTIONS, &f->train.network, "scale_targets");
    pensel_train_table(training, &f->train);
    pensel_train_encoding_table(encoding, &f->train);
    pensel_train_report_table(report, &f->train);
    const pensel_option_group groups[] = {{"Table", own},
                                          {"Reading", reading},
                                          {"Network", network},
                                          {"Encoding", encoding},
                                          {"Training", training},
                                          {"Reporting", report},
                                          {0}};
    int status = pensel_options_parse(arguments, command, groups, argc, argv);
    f->columns.reading.quiet = f->train.quiet;
    return status;
}

/* Reads the tables with the columns of the model that is being continued. */
static pensel_status read_known_tables(fit *f, pensel_error *error)
{
    char *known =
        f->columns.target ? g_strdup(f->columns.target) : pensel_known_target(f->estimator);
    pensel_status status =
        known ? PENSEL_OK
              : pensel_wrong(error, PENSEL_BAD_ARGUMENT,
                             "fit: %.200s does not name its target: --target COLUMN is needed",
                             f->from);
    pensel_rows *const all[] = {&f->rows, &f->validation};
    for (size_t i = 0; i < 2 && !status; i++)
        if (all[i]->path)
            status = pensel_rows_read_for(all[i], f->estimator, known, f->columns.weight,
                                          &f->columns.reading, error);
    g_free(known);
    return status;
}

static pensel_status settle_class_weights(fit *f, pensel_error *error)
{
    pensel_estimator_options *o = &f->options;
    if (!f->class_weight) return PENSEL_OK;
    if (o->task != PENSEL_CLASSIFICATION)
        return pensel_wrong(error, PENSEL_BAD_ARGUMENT,
                            "--class-weight is about classes: --as classification is needed");
    pensel_status status = pensel_class_weights_read(&f->class_weights, &o->class_weight_count,
                                                     f->class_weight, f->rows.table, error);
    o->class_weights = f->class_weights;
    return status;
}

static pensel_status read_tables(fit *f, pensel_error *error)
{
    if (f->from) return read_known_tables(f, error);
    f->columns.precision = f->options.precision;
    f->columns.task = f->options.task;
    pensel_status status = pensel_rows_read(&f->rows, &f->columns, error);
    f->options.task = f->columns.task;
    if (!status) status = settle_class_weights(f, error);
    if (!status && f->validation.path)
        status = pensel_rows_read_more(&f->validation, &f->rows, &f->columns, error);
    return status;
}

/* A model that is trained further may be saved in its own place, and a resumed checkpoint be kept
 * there or give way to the model; nothing else that is read is written over. */
static pensel_status check_outputs(fit *f, pensel_error *error)
{
    f->default_save =
        pensel_output_beside(strcmp(f->rows.path, "-") ? f->rows.path : "stdin", ".safetensors");
    if (!f->save) f->save = f->default_save;
    const pensel_train *t = &f->train;
    const char *const outputs[] = {f->save, t->checkpoint_path, t->history, t->plot, f->report};
    const size_t count = G_N_ELEMENTS(outputs);
    pensel_status status = pensel_output_distinct(outputs, count, error);
    if (!status) status = pensel_output_spares(outputs, count, f->rows.path, error);
    if (!status) status = pensel_output_spares(outputs, count, f->validation.path, error);
    if (!status) status = pensel_output_spares(outputs + 1, count - 1, f->from, error);
    if (!status) status = pensel_output_spares(outputs + 2, count - 2, t->resume, error);
    if (!status) status = pensel_output_check(f->report, "--report", error);
    return status ? status : pensel_output_check(f->save, "--save", error);
}

static pensel_status check(fit *f, pensel_error *error)
{
    if (f->unread.status) {
        *error = f->unread;
        return error->status;
    }
    if (!f->columns.target && !f->from)
        return pensel_wrong(error, PENSEL_BAD_ARGUMENT,
                            "fit: no target is named: --target COLUMN is needed");
    return check_outputs(f, error);
}

/* Options that would change an existing network do not go with --from. */
static pensel_status check_from(const fit *f, const pensel_arguments *arguments,
                                pensel_error *error)
{
    static const char *const fixed[] = {"as",
                                        "hidden",
                                        "activation",
                                        "precision",
                                        "initialisation",
                                        "seed",
                                        "random-state",
                                        "scale",
                                        "scale-targets",
                                        "encoding",
                                        "features",
                                        "frequency-scale",
                                        "levels",
                                        "table-log2",
                                        "base-resolution",
                                        "fine-resolution",
                                        "drop",
                                        "balanced",
                                        "class-weight",
                                        "folds",
                                        "layers",
                                        "one-hot"};
    for (size_t i = 0; i < G_N_ELEMENTS(fixed) && f->from; i++)
        if (pensel_options_given(arguments, fixed[i]))
            return pensel_wrong(error, PENSEL_BAD_ARGUMENT,
                                "--%s goes with a new network: --from has its own", fixed[i]);
    return PENSEL_OK;
}

static pensel_status name_columns(fit *f, pensel_error *error)
{
    const pensel_table *t = f->rows.table;
    pensel_estimator *e = f->estimator;
    pensel_status status =
        pensel_estimator_name_inputs(e, (const char *const *)t->names, t->x.columns, error);
    if (!status)
        status = pensel_estimator_name_targets(e, (const char *const *)t->target_names,
                                               t->y.columns, error);
    if (!status && t->class_count)
        status = pensel_estimator_name_classes(e, (const char *const *)t->classes, t->class_count,
                                               error);
    return status;
}

/* "species, classification: setosa, versicolor, virginica"; "a,b, regression" */
static void print_target(fit *f)
{
    const pensel_table *t = f->rows.table;
    const char *kind = pensel_task_name(f->options.task);
    char *name = pensel_targets_text(t->target_names, t->y.columns);
    GString *classes = g_string_new(NULL);
    pensel_value *names = pensel_value_array();
    if (t->class_count) g_string_append(classes, ": ");
    for (size_t c = 0; c < MIN(t->class_count, 8); c++)
        pensel_csv_list(classes, c, t->classes[c]);
    if (t->class_count > 8) g_string_append(classes, "...");
    if (t->y.columns > 1) {
        g_string_truncate(classes, 0);
        pensel_append(classes, " of %zu columns", t->y.columns);
    }
    for (size_t c = 0; c < t->y.columns; c++)
        pensel_value_append(names, pensel_value_text(t->target_names[c]));
    pensel_result_line(f->result, "target", "%s, %s%s", name, kind, classes->str);
    pensel_result_text(f->result, "target", name);
    pensel_result_json(f->result, "targets", names);
    pensel_result_text(f->result, "task", kind);
    g_string_free(classes, TRUE);
    g_free(name);
}

static void print_network(fit *f)
{
    const pensel_network *network = pensel_estimator_network(f->estimator);
    char *shape = pensel_layers_text(pensel_network_shape(network));
    char *parameters = pensel_text_count((double)pensel_network_parameter_count(network));
    pensel_result_line(f->result, "network", "%s; %s parameters", shape, parameters);
    pensel_result_count(f->result, "parameters", pensel_network_parameter_count(network));
    g_free(shape);
    g_free(parameters);
}

/* A checkpoint that could not be written has ended the training: hours of it are saved all the
 * same. */
static void save_learned(const fit *f, pensel_error *error)
{
    const pensel_report *report = pensel_estimator_report(f->estimator);
    bool learned = error->status == PENSEL_IO_FAILED && report && report->steps > 0;
    if (learned && !pensel_estimator_save(f->estimator, f->save, NULL))
        pensel_train_print_kept(f->save, error);
}

static pensel_status train(fit *f, const pensel_samples *samples, pensel_error *error)
{
    pensel_samples held = {0};
    bool validates = f->validation.path != NULL;
    if (validates) held = pensel_rows_samples(&f->validation);
    const pensel_samples *validation = validates ? &held : NULL;
    pensel_status status =
        f->from ? pensel_estimator_configure(f->estimator, &f->options.training, error)
                : pensel_estimator_new(&f->estimator, &f->options, error);
    /* before the fit: its checkpoints show the names as well */
    if (!status && !f->from) status = name_columns(f, error);
    if (status) return status;
    status = f->from ? pensel_estimator_continue(f->estimator, samples, validation, error)
                     : pensel_estimator_fit(f->estimator, samples, validation, error);
    pensel_watch_clear(&f->train.watch);
    if (status) save_learned(f, error);
    if (!status) status = pensel_estimator_save(f->estimator, f->save, error);
    return status ? status : pensel_train_files(&f->train, error);
}

static void print_training(fit *f)
{
    pensel_table_print(f->result, f->rows.path, f->rows.table);
    print_target(f);
    if (f->from) pensel_result_line(f->result, "from", "%s", f->from);
    pensel_result_text(f->result, "from", f->from);
    print_network(f);
    pensel_train_print(&f->train, f->result, pensel_estimator_report(f->estimator));
    pensel_result_line(f->result, "model", "%s", f->save);
    pensel_result_text(f->result, "model", f->save);
    pensel_hints_print(f->result, &f->options, f->rows.table, f->columns.asked, !f->from);
}

static pensel_status print_scores(fit *f, const pensel_samples *samples, pensel_error *error)
{
    pensel_result_block(f->result, "\non the rows it was trained on:\n");
    pensel_status status = pensel_score_all(f->result, f->estimator, samples, error);
    if (status || !f->validation.path) return status;
    pensel_samples held = pensel_rows_samples(&f->validation);
    pensel_result *part = pensel_result_new();
    pensel_result_block(part, "\non the validation rows:\n");
    pensel_table_print(part, f->validation.path, f->validation.table);
    status = pensel_score_all(part, f->estimator, &held, error);
    pensel_result_nest(f->result, "validation", part);
    return status;
}

static pensel_status work(fit *f, const pensel_arguments *arguments, pensel_error *error)
{
    pensel_status status = check(f, error);
    if (!status) status = check_from(f, arguments, error);
    if (!status) status = pensel_train_settle(&f->train, arguments, error);
    if (!status) status = pensel_train_follow(&f->train, "fit", f->rows.path, error);
    if (!status) status = read_tables(f, error);
    if (!status) status = pensel_train_check_options(&f->train, arguments, error);
    if (status) return status;
    pensel_samples samples = pensel_rows_samples(&f->rows);
    status = train(f, &samples, error);
    if (status) return status;
    print_training(f);
    status = print_scores(f, &samples, error);
    bool interrupted = pensel_estimator_report(f->estimator)->stop == PENSEL_STOP_INTERRUPTED;
    if (!status && f->folds && !interrupted)
        status = pensel_cross_validate(f->result, &f->options, &samples, f->folds, error);
    return status;
}

static int print(fit *f)
{
    const pensel_report *report = pensel_estimator_report(f->estimator);
    return pensel_train_finish(&f->train, f->result, report);
}

/* --target "a, b" in CSV's quotes is one column: without them, two. g_free; NULL: it is several */
static char *one_target(const char *text)
{
    GString *name = g_string_new(NULL);
    bool quoted = false;
    for (; text && *text; text++) {
        if (*text == ',' && !quoted) {
            g_string_free(name, TRUE);
            return NULL;
        }
        if (*text != '"')
            g_string_append_c(name, *text);
        else if (quoted && text[1] == '"')
            g_string_append_c(name, *text++);
        else
            quoted = !quoted;
    }
    return g_string_free(name, FALSE);
}

/* A column whose name is the whole text, commas and all: it needs no quotes. g_free; NULL: there is
 * none. Standard input is there once, so there it needs them. */
static char *whole_target(const fit *f)
{
    const char *text = f->columns.target;
    pensel_reading reading = f->columns.reading;
    pensel_columns *columns;
    pensel_error error;
    char *found = NULL;
    reading.quiet = true; /* what is wrong is said when the table is read */
    if (!text || strcmp(f->rows.path, "-") == 0) return NULL;
    if (pensel_read_columns(&columns, f->rows.path, NULL, 0, &reading, &error)) return NULL;
    for (size_t c = 0; c < columns->count && !found; c++)
        if (strcmp(columns->columns[c].name, text) == 0) found = g_strdup(text);
    pensel_columns_free(&columns);
    return found;
}

/* Without settings the table is taken as it is, and the settings are chosen: raw_table.h. Any
 * option that says how to train, or the preset, means a network that is set up by hand. */
static bool is_by_hand(const fit *f, const pensel_arguments *arguments)
{
    static const char *const either[] = {
        "target",      "save",         "as",        "seed",   "column",   "threads",
        "max-seconds", "seconds",      "quiet",     "json",   "progress", "report",
        "drop",        "random-state", "delimiter", "header", "watch",    "no-browser"};
    if (f->preset || (f->columns.target && !f->target)) return true;
    for (size_t i = 0; i < arguments->options; i++) {
        bool may = !arguments->values[i];
        for (size_t k = 0; k < G_N_ELEMENTS(either) && !may; k++)
            may = !strcmp(arguments->names[i], either[k]);
        if (!may) return true;
    }
    return false;
}

static int fit_raw(fit *f)
{
    pensel_error error = {0};
    bool cut = false;
    pensel_raw_fit raw = {.table = f->rows.path,
                          .target = f->columns.target ? f->target : NULL,
                          .options = pensel_table_model_defaults(),
                          .drop = f->columns.drop,
                          .reading = f->columns.reading};
    if (!raw.target)
        return pensel_message_usage("fit: no target is named: --target COLUMN is needed");
    raw.options.seed = f->options.seed;
    raw.options.threads = f->options.training.threads;
    raw.options.roles = f->roles.items;
    raw.options.role_count = f->roles.count;
    if (f->seconds_given) raw.options.seconds = f->options.training.max_seconds;
    if (raw.options.seconds <= 0)
        return pensel_message_usage("fit: --seconds 0 leaves no time: more than 0 is needed");
    if (f->columns.asked)
        raw.options.task = f->options.task == PENSEL_CLASSIFICATION ? PENSEL_TABLE_CLASSIFICATION
                                                                    : PENSEL_TABLE_REGRESSION;
    pensel_watch_begin(&f->train.watch, f->train.quiet);
    raw.shows = f->train.watch.shows;
    if (check_outputs(f, &error) || pensel_train_follow(&f->train, "fit", f->rows.path, &error))
        return pensel_message_error(&error);
    raw.watch = &f->train.watch;
    raw.save = f->save;
    raw.report = f->report;
    pensel_result *result = pensel_result_new();
    if (!pensel_raw_table_fit(result, &raw, &cut, &error)) {
        int status = pensel_train_finish(&f->train, result, NULL);
        return cut && !status ? 128 + pensel_interrupt_number() : status;
    }
    pensel_result_drop(result);
    return pensel_train_fail(&f->train, &error);
}

static pensel_status check_hand(const fit *f, pensel_error *error)
{
    if (f->preset && strcmp(f->preset, "scikit-learn") != 0)
        return pensel_wrong(error, PENSEL_BAD_ARGUMENT,
                            "--preset %.100s: scikit-learn is the one there is", f->preset);
    if (f->report)
        return pensel_wrong(error, PENSEL_BAD_ARGUMENT,
                            "--report shows a model that pensel fit sets up itself: leave --report "
                            "or the settings out");
    if (f->roles.count)
        return pensel_wrong(
            error, PENSEL_BAD_ARGUMENT,
            "--column says what becomes of raw columns: a network that is set up by "
            "hand takes numbers, leave --column or the settings out");
    return PENSEL_OK;
}

/* A table as it is: columns are looked at, settings chosen. */
static int run_raw(fit *f, const pensel_arguments *arguments)
{
    f->seconds_given = pensel_options_given(arguments, "max-seconds") ||
                       pensel_options_given(arguments, "seconds");
    return fit_raw(f);
}

/* Columns of numbers, and settings as they were given */
static int run_by_hand(fit *f, pensel_arguments *arguments)
{
    pensel_error error = {0};
    f->result = pensel_result_new();
    if (!check_hand(f, &error) && !work(f, arguments, &error)) return print(f);
    int status = pensel_train_fail(&f->train, &error);
    pensel_result_drop(f->result);
    return status;
}

static int run_on(fit *f, pensel_arguments *arguments)
{
    if (arguments->count != 1)
        return pensel_message_usage(
            "fit: one table is needed, not %zu: pensel fit TABLE --target COLUMN",
            arguments->count);
    f->rows.path = arguments->words[0];
    f->target = one_target(f->columns.target);
    if (!f->target) f->target = whole_target(f);
    return is_by_hand(f, arguments) ? run_by_hand(f, arguments) : run_raw(f, arguments);
}

static int run(const pensel_command *command, int argc, char **argv)
{
    fit f = {0};
    pensel_arguments arguments;
    set_defaults(&f, argc, argv);
    int status = parse(&f, &arguments, command, argc, argv);
    if (status != PENSEL_OPTIONS_GO) {
        pensel_train_free(&f.train);
        return status;
    }
    status = run_on(&f, &arguments);
    pensel_role_list_free(&f.roles);
    pensel_estimator_free(&f.estimator);
    g_free(f.class_weights);
    g_free(f.default_save);
    g_free(f.target);
    pensel_rows_free(&f.rows);
    pensel_rows_free(&f.validation);
    pensel_train_free(&f.train);
    pensel_options_free(&arguments);
    return status;
}

const pensel_command pensel_command_fit = {"fit", "TABLE --target COLUMN",
                                           "train a network on a table (csv, npy)", run};
