#include "train.h"

#include "figure.h"
#include "text_grid.h"
#include "interrupt.h"
#include "output.h"
#include "message.h"

#include <glib.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* How many hidden layers there are before --hidden: where the painter is to choose, and an
 * activation alone was asked for, two of 64; where nothing is set, scikit-learn's one of 100. The
 * library settles an activation that is left open. */
static size_t default_layers(const pensel_train *train, pensel_layer *layer)
{
    const pensel_estimator_options *e = train->estimator;
    *layer = (pensel_layer){train->chosen ? 64 : 100, PENSEL_AUTOMATIC, 0};
    if (e->hidden && e->hidden_count > 0) *layer = e->hidden[0];
    if (e->hidden) return e->hidden_count;
    return train->chosen ? 2 : MIN(e->hidden_count, 1);
}

/* A list of layers says all that these options say. */
static pensel_status settle_list(pensel_train *train, const pensel_arguments *arguments,
                                 pensel_error *error)
{
    static const char *const others[] = {"hidden", "activation", "encoding", "dropout"};
    for (size_t i = 0; i < G_N_ELEMENTS(others); i++)
        if (pensel_options_given(arguments, others[i]))
            return pensel_wrong(error, PENSEL_BAD_ARGUMENT,
                                "--layers and --%s together: the list says what the layers are",
                                others[i]);
    train->estimator->layers = train->list;
    train->estimator->hidden = NULL;
    return PENSEL_OK;
}

/* The layers asked for: those of --hidden, else the defaults', with the activations of
 * --activation. */
static pensel_status settle_layers(pensel_train *train, const pensel_arguments *arguments,
                                   pensel_error *error)
{
    pensel_estimator_options *e = train->estimator;
    bool hidden = pensel_options_given(arguments, "hidden");
    if (train->list) return settle_list(train, arguments, error);
    if (!hidden && !train->activation) return PENSEL_OK;

    pensel_layer layer;
    size_t count = default_layers(train, &layer);
    if (hidden) count = train->hidden.count;
    pensel_layer *layers = g_new0(pensel_layer, count + 1);
    for (size_t l = 0; l < count; l++) {
        layers[l] = layer;
        if (hidden) layers[l].width = train->hidden.values[l];
    }
    g_free(train->layers);
    train->layers = layers;
    e->hidden = layers;
    e->hidden_count = count;
    if (!train->activation) return PENSEL_OK;
    return pensel_layers_activate(layers, count, train->activation, error);
}

/* What an option needs to have an effect, as one would type it: "loss=huber|x" as "--loss huber or
 * x", "early_stopping=true" as "--early-stopping", "solver!=lbfgs" as "another --solver than
 * lbfgs". */
static char *cure(const char *only)
{
    char **halves = g_strsplit(only, "=", 2), **values = g_strsplit(halves[1], "|", -1);
    bool all_but = g_str_has_suffix(halves[0], "!");
    if (all_but) halves[0][strlen(halves[0]) - 1] = 0;
    const char *name = !strcmp(halves[0], "kind")   ? "encoding"
                       : !strcmp(halves[0], "task") ? "as"
                                                    : g_strdelimit(halves[0], "_", '-');
    char *list = g_strjoinv(" or ", values);
    char *text = all_but ? g_strconcat("another --", name, " than ", list, NULL)
                         : g_strconcat("--", name, strcmp(list, "true") ? " " : "",
                                       strcmp(list, "true") ? list : "", NULL);
    g_strfreev(values);
    g_strfreev(halves);
    g_free(list);
    return text;
}

/* Options of the target's table that stand on the command line and have no effect; but not those of
 * the table `before` it, whose names come first. */
static pensel_status check_effects(const pensel_row_target *target,
                                   const pensel_option_table *before,
                                   const pensel_arguments *arguments, pensel_error *error)
{
    for (size_t i = 0; i < arguments->options; i++) {
        const char *name = arguments->names[i];
        const pensel_option_row *row = pensel_option_find(target->table, name);
        if (!arguments->values[i] || !row || pensel_option_find(before, name)) continue;
        if (pensel_option_applies(target->options, target->table, name)) continue;
        char *needed = cure(row->only);
        pensel_wrong(error, PENSEL_BAD_ARGUMENT,
                     "--%s has no effect with the other options: %s is needed", name, needed);
        g_free(needed);
        return error->status;
    }
    return PENSEL_OK;
}

pensel_status pensel_train_check_options(const pensel_train *train,
                                         const pensel_arguments *arguments, pensel_error *error)
{
    const pensel_estimator_options *e = train->estimator;
    bool given = pensel_options_given(arguments, "loss");
    if (given && e->task != PENSEL_REGRESSION && e->training.loss != PENSEL_LOG_LOSS)
        return pensel_wrong(error, PENSEL_BAD_ARGUMENT,
                            "--loss %s is for regression: classification has log-loss",
                            pensel_loss_name(e->training.loss));
    bool copied = pensel_options_given(arguments, "sklearn-gradient") ||
                  pensel_options_given(arguments, "compat");
    if (copied && e->task != PENSEL_REGRESSION)
        return pensel_wrong(error, PENSEL_BAD_ARGUMENT,
                            "--sklearn-gradient has no effect on classes, whose loss is the log "
                            "loss: --as regression is needed");
    pensel_status status = check_effects(&train->network, NULL, arguments, error);
    if (!status) status = check_effects(&train->training, NULL, arguments, error);
    /* an encoding that is still to be chosen may be one that they are for */
    bool open = train->chosen && !pensel_options_given(arguments, "encoding");
    if (!status && !open)
        status = check_effects(&train->encoding, train->network.table, arguments, error);
    return status;
}

static pensel_status check_outputs(const pensel_train *train, pensel_error *error)
{
    pensel_status status = pensel_output_check(train->history, "--history", error);
    if (!status) status = pensel_figure_check(train->plot, "--plot", error);
    if (!status) status = pensel_output_check(train->checkpoint_path, "--checkpoint", error);
    return status;
}

pensel_status pensel_train_settle(pensel_train *train, const pensel_arguments *arguments,
                                  pensel_error *error)
{
    pensel_training_options *t = &train->estimator->training;
    pensel_status status = settle_layers(train, arguments, error);
    if (!status) status = check_outputs(train, error);
    if (!status && (train->checkpoint_path || train->resume))
        status = pensel_checkpoint_new(&train->checkpoint, train->checkpoint_path, train->every,
                                       train->resume, error);
    if (status) return status;
    t->checkpoint = train->checkpoint;
    t->interrupt = pensel_interrupt_catch();
    t->on_epoch = pensel_watch_epoch;
    t->on_epoch_data = &train->watch;
    train->watch.max_seconds = t->max_seconds;
    pensel_watch_begin(&train->watch, train->quiet);
    return PENSEL_OK;
}

pensel_status pensel_train_follow(pensel_train *train, const char *command, const char *input,
                                  pensel_error *error)
{
    return pensel_follow_start(&train->watch.follow, &train->follow, command, input, train->quiet,
                               error);
}

pensel_status pensel_train_files(const pensel_train *train, pensel_error *error)
{
    pensel_status status = PENSEL_OK;
    if (train->history) status = pensel_watch_history(&train->watch, train->history, error);
    /* a run that ended in its first epoch has no curve */
    if (!status && train->plot && train->watch.rows->len)
        status = pensel_watch_plot(&train->watch, train->plot, error);
    return status;
}

static const char *reason(pensel_stop stop, bool early, bool complete)
{
    if (stop != PENSEL_STOP_CONVERGED || complete) return pensel_stop_describe(stop)->sentence;
    return early ? "converged: the validation score stands still"
                 : "converged: the loss stands still";
}

void pensel_train_print(const pensel_train *train, pensel_result *result,
                        const pensel_report *report)
{
    double rate = report->seconds > 0 ? (double)report->samples / report->seconds : NAN;
    char *epochs = pensel_text_counted((double)report->epochs, "epoch");
    char *steps = pensel_text_counted((double)report->steps, "step");
    char *seconds = pensel_text_seconds(report->seconds);
    char *speed = isfinite(rate) ? pensel_text_count(round(rate)) : g_strdup("-");
    pensel_result_line(result, "training", "%s, %s, %s, %s samples/s", epochs, steps, seconds,
                       speed);
    pensel_result_line(
        result, "stopped", "%s",
        reason(report->stop, train->estimator->training.early_stopping, train->complete));
    pensel_result_line(result, "loss", "%.6g", report->loss);
    g_free(epochs);
    g_free(steps);
    g_free(seconds);
    g_free(speed);
    pensel_result_count(result, "epochs", report->epochs);
    pensel_result_count(result, "steps", report->steps);
    pensel_result_number(result, "seconds", report->seconds);
    pensel_result_number(result, "samples_per_second", rate);
    pensel_result_number(result, "loss", report->loss);
    pensel_result_number(result, "best_loss", report->best_loss);
    pensel_result_text(result, "stopped", pensel_stop_name(report->stop));
    if (isfinite(report->best_validation_score) && report->validation_count > 0) {
        pensel_result_line(result, "validation", "%.4f at best", report->best_validation_score);
        pensel_result_number(result, "best_validation_score", report->best_validation_score);
    }
    const char *plot = train->watch.rows->len ? train->plot : NULL;
    if (train->history) pensel_result_line(result, "history", "%s", train->history);
    if (plot) pensel_result_line(result, "plot", "%s", plot);
    pensel_result_text(result, "history", train->history);
    pensel_result_text(result, "plot", plot);
}

/* A line on standard error if training was interrupted or diverged. */
static void warn(const pensel_report *report)
{
    if (report->stop == PENSEL_STOP_INTERRUPTED)
        fprintf(stderr, "pensel: interrupted in epoch %zu: the best network so far is kept\n",
                report->epochs + 1);
    if (report->stop == PENSEL_STOP_DIVERGED)
        fprintf(stderr,
                "pensel: training diverged in epoch %zu, the last finite network is kept: a "
                "smaller --learning-rate-init or --clip-norm 1 may help\n",
                report->epochs + 1);
}

/* 128 + n when signal n ended it, 1 when it diverged. What was learned is kept all the same. */
static int exit_status(const pensel_report *report)
{
    int number = pensel_interrupt_number();
    if (report->stop == PENSEL_STOP_INTERRUPTED && number) return 128 + number;
    return report->stop == PENSEL_STOP_DIVERGED;
}

int pensel_train_finish(pensel_train *train, pensel_result *result, const pensel_report *report)
{
    char *lines = pensel_result_lines(result);
    int status = pensel_result_finish(result, train->json, train->quiet);
    fflush(stdout); /* before the page is waited for */
    if (report && !status) warn(report);
    pensel_follow_end(&train->watch.follow, false, lines);
    g_free(lines);
    if (status || !report) return status;
    return exit_status(report);
}

int pensel_train_fail(pensel_train *train, const pensel_error *error)
{
    int status = pensel_message_error(error);
    pensel_follow_end(&train->watch.follow, true, error->text);
    return status;
}

void pensel_train_print_kept(const char *save, pensel_error *error)
{
    pensel_error why = *error;
    pensel_wrong(error, why.status, "%.300s: what was learned is in %.100s", why.text, save);
}

void pensel_train_free(pensel_train *train)
{
    pensel_watch_free(&train->watch);
    pensel_checkpoint_free(&train->checkpoint);
    g_free(train->layers);
    g_free(train->hidden.values);
}
