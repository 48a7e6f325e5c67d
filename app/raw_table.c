/* What is said of a table and of a model that was made from it as it is. */
#include "raw_table.h"

#include "held_figures.h"
#include "interrupt.h"
#include "report.h"
#include "app_memory.h"
#include "column_lines.h"
#include "message.h"
#include "text_grid.h"
#include "score_table.h"

#include <glib.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { TOLD_IMPORTANT = 10 };

/* ------------------------------------------------------------------ reading */

pensel_status pensel_read_role(const pensel_option *o, const char *text, pensel_error *error)
{
    pensel_role_list *list = o->target;
    const char *sign = strrchr(text, '=');
    static const pensel_role roles[] = {PENSEL_ROLE_NUMBER, PENSEL_ROLE_CATEGORY, PENSEL_ROLE_DATE,
                                        PENSEL_ROLE_DROPPED};
    for (size_t r = 0; sign && sign > text && r < G_N_ELEMENTS(roles); r++) {
        if (strcmp(sign + 1, pensel_role_name(roles[r])) != 0) continue;
        list->items = g_renew(pensel_role_given, list->items, list->count + 1);
        list->items[list->count++] =
            (pensel_role_given){g_strndup(text, (gsize)(sign - text)), roles[r]};
        return PENSEL_OK;
    }
    return pensel_wrong(error, PENSEL_BAD_ARGUMENT,
                        "--column %.200s: NAME=number, NAME=category, NAME=date or NAME=drop is "
                        "needed",
                        text);
}

void pensel_role_list_free(pensel_role_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        g_free((char *)list->items[i].column);
    g_free(list->items);
}

void pensel_raw_table_name(pensel_error *error, const char *path)
{
    static const char anonymous[] = "the table ";
    if (!g_str_has_prefix(error->text, anonymous)) return;
    char *text = pensel_format("%.200s %s", strcmp(path, "-") ? path : "standard input",
                               error->text + strlen(anonymous));
    g_strlcpy(error->text, text, sizeof error->text);
    g_free(text);
}

/* A target's name, or its number from 1 */
static const char *target_of(const pensel_columns *columns, const char *target)
{
    for (size_t c = 0; c < columns->count; c++)
        if (!strcmp(columns->columns[c].name, target)) return target;
    guint64 number = g_ascii_strtoull(target, NULL, 10);
    char *again = pensel_format("%" G_GUINT64_FORMAT, number);
    bool is_number = strcmp(again, target) == 0 && number >= 1 && number <= columns->count;
    g_free(again);
    return is_number ? columns->columns[number - 1].name : target;
}

static bool is_in(const pensel_columns *columns, const char *name)
{
    for (size_t c = 0; c < columns->count; c++)
        if (!strcmp(columns->columns[c].name, name)) return true;
    return false;
}

/* Texts are those columns whose categories are texts or numbers with zeros in front; one that the
 * table has not is told later, by its name. */
pensel_status pensel_raw_table_read(pensel_columns **columns, const char *path,
                                    const pensel_table_model *model, const char *target,
                                    const pensel_reading *reading, pensel_error *error)
{
    const pensel_schema *schema = pensel_table_model_schema(model);
    size_t count = 0;
    pensel_status status = pensel_read_columns(columns, path, NULL, 0, reading, error);
    if (status) return status;
    const char **text = g_new(const char *, pensel_schema_count(schema) + 1);
    for (size_t i = 0; i < pensel_schema_count(schema); i++) {
        pensel_schema_column column;
        pensel_schema_column_at(schema, i, &column, NULL);
        if (column.texts && is_in(*columns, column.name)) text[count++] = column.name;
    }
    if (target && is_in(*columns, target)) text[count++] = target;
    if (count > 0) {
        pensel_reading again = *reading;
        again.quiet = true; /* the notes have been told */
        pensel_columns_free(columns);
        status = pensel_read_columns(columns, path, text, count, &again, error);
    }
    g_free(text);
    return status;
}

void pensel_raw_table_notice(const pensel_table_model *model, const pensel_columns *columns,
                             const pensel_schema_notice *notices)
{
    const pensel_schema *schema = pensel_table_model_schema(model);
    for (size_t i = 0; i < pensel_schema_count(schema); i++) {
        pensel_schema_column column;
        pensel_schema_column_at(schema, i, &column, NULL);
        if (notices[i].unseen > 0)
            pensel_message_note(
                "column %s: %zu of %zu values are %s, first in row %zu: taken as %s", column.name,
                notices[i].unseen, columns->rows,
                column.role == PENSEL_ROLE_CATEGORY ? "no category that the model knows"
                : column.role == PENSEL_ROLE_DATE   ? "no date"
                                                    : "no number",
                notices[i].row + 1, column.role == PENSEL_ROLE_CATEGORY ? "other" : "missing");
        if (notices[i].missing > 0)
            pensel_message_note("column %s: %zu of %zu values are missing, none was in training: "
                                "taken as %s",
                                column.name, notices[i].missing, columns->rows,
                                column.role == PENSEL_ROLE_CATEGORY ? "other" : "the median");
    }
}

/* ------------------------------------------------------------------ telling */

static void print_target(pensel_result *result, const pensel_table_model *model)
{
    size_t count;
    const char *const *classes = pensel_table_model_classes(model, &count);
    pensel_task task = pensel_table_model_task(model);
    GString *text = g_string_new(NULL);
    pensel_value *names = pensel_value_array();
    for (size_t c = 0; c < count; c++) {
        if (c < 8) g_string_append(text, c ? ", " : ": ");
        if (c < 8) pensel_append_name(text, classes[c], 24);
        pensel_value_append(names, pensel_value_text(classes[c]));
    }
    if (count > 8) pensel_append(text, "... %zu", count);
    pensel_result_line(result, "target", "%s, %s%s", pensel_table_model_target(model),
                       pensel_task_name(task), text->str);
    pensel_result_text(result, "target", pensel_table_model_target(model));
    pensel_result_text(result, "task", pensel_task_name(task));
    pensel_result_json(result, "classes", names);
    g_string_free(text, TRUE);
}

static pensel_value *scores_value(const pensel_table_scores *s)
{
    pensel_value *all = pensel_value_object();
    for (int i = 0; i < PENSEL_METRIC_COUNT; i++) {
        double x = pensel_scores_get(s, (pensel_metric)i);
        if (!isnan(x))
            pensel_value_set(all, pensel_metric_describe((pensel_metric)i)->name,
                             pensel_value_number(x));
    }
    return all;
}

void pensel_raw_scores_print(pensel_result *result, const pensel_table_scores *scores)
{
    pensel_result_count(result, "rows", scores->n);
    pensel_scores_print(result, scores);
}

/* "0.861 (0.847 to 0.874); always the same 0.759; linear 0.851" */
static void print_held(pensel_result *result, const pensel_table_model *model)
{
    const pensel_table_report *r = pensel_table_model_report(model);
    bool classes = pensel_table_model_task(model) == PENSEL_CLASSIFICATION;
    double constant = classes ? r->constant.accuracy : r->constant.r2;
    if (fabs(constant) < 5e-4) constant = 0; /* not -0.000 */
    pensel_result_line(result, classes ? "accuracy" : "R2",
                       "%.3f (%.3f to %.3f); always the same %.3f; linear %.3f",
                       classes ? r->held.accuracy : r->held.r2, r->low, r->high, constant,
                       classes ? r->linear.accuracy : r->linear.r2);
    for (int i = 0; i < PENSEL_METRIC_COUNT; i++) {
        const pensel_metric_info *metric = pensel_metric_describe((pensel_metric)i);
        double x = pensel_scores_get(&r->held, (pensel_metric)i);
        if (isnan(x) || i == (int)(classes ? PENSEL_METRIC_ACCURACY : PENSEL_METRIC_R2)) continue;
        if (i == PENSEL_METRIC_CALIBRATION) /* the same class for all rows is well calibrated */
            pensel_result_line(result, metric->label, "%.4f", x);
        else
            pensel_result_line(result, metric->label, "%.4g; always the same %.4g; linear %.4g", x,
                               pensel_scores_get(&r->constant, (pensel_metric)i),
                               pensel_scores_get(&r->linear, (pensel_metric)i));
    }
    pensel_result_json(result, "held_out", scores_value(&r->held));
    pensel_result_json(result, "constant", scores_value(&r->constant));
    pensel_result_json(result, "linear", scores_value(&r->linear));
    pensel_result_json(result, "trained", scores_value(&r->trained));
    pensel_result_number(result, "low", r->low);
    pensel_result_number(result, "high", r->high);
}

static void print_importance(pensel_result *result, const pensel_table_model *model)
{
    const pensel_schema *schema = pensel_table_model_schema(model);
    const pensel_table_report *r = pensel_table_model_report(model);
    size_t count = pensel_schema_count(schema), told = 0;
    bool *done = g_new0(bool, count);
    GString *text = g_string_new(NULL);
    for (; told < TOLD_IMPORTANT; told++) {
        size_t best = count;
        for (size_t i = 0; i < count; i++)
            if (!done[i] && r->importance[i] > 0.0005 &&
                (best == count || r->importance[i] > r->importance[best]))
                best = i;
        if (best == count) break;
        done[best] = true;
        pensel_schema_column c;
        pensel_schema_column_at(schema, best, &c, NULL);
        pensel_append(text, "%s%s %.3f", told ? ", " : "", c.name, r->importance[best]);
    }
    if (told) pensel_result_line(result, "matters most", "%s", text->str);
    g_string_free(text, TRUE);
    g_free(done);
}

static void print_warnings(pensel_result *result, const pensel_table_model *model)
{
    GPtrArray *list = pensel_held_warnings(model);
    pensel_value *all = pensel_value_array();
    for (guint i = 0; i < list->len; i++) {
        pensel_result_line(result, "warning", "%s", (const char *)list->pdata[i]);
        pensel_value_append(all, pensel_value_text(list->pdata[i]));
    }
    pensel_result_json(result, "warnings", all);
    pensel_result_flag(result, "cut", pensel_table_model_report(model)->cut);
    g_ptr_array_free(list, TRUE);
}

void pensel_raw_table_print(pensel_result *result, const pensel_table_model *model)
{
    const pensel_table_report *r = pensel_table_model_report(model);
    print_target(result, model);
    pensel_columns_print(result, model);
    char *time = r->seconds > 0 ? pensel_format(", %.1f s", r->seconds) : g_strdup("");
    pensel_result_line(result, "training", "%zu rows, %zu networks, %zu epochs%s", r->rows,
                       r->networks, r->epochs, time);
    g_free(time);
    if (r->unlabelled)
        pensel_result_line(result, "left out", "%zu %s without a %s as target", r->unlabelled,
                           r->unlabelled == 1 ? "row" : "rows",
                           pensel_table_model_task(model) == PENSEL_REGRESSION ? "number"
                                                                               : "class");
    pensel_result_count(result, "rows", r->rows);
    pensel_result_count(result, "rows_without_target", r->unlabelled);
    pensel_result_count(result, "networks", r->networks);
    pensel_result_count(result, "epochs", r->epochs);
    if (r->seconds > 0) pensel_result_number(result, "seconds", r->seconds);
    char *held = r->folds ? pensel_format("each of %zu rows was held out once, in %zu parts",
                                          r->held_out, r->folds)
                          : pensel_format("%zu rows that the networks have not seen", r->held_out);
    pensel_result_line(result, "measured on", "%s", held);
    pensel_result_count(result, "rows_held_out", r->held_out);
    print_held(result, model);
    pensel_held_print(result, model);
    print_importance(result, model);
    print_warnings(result, model);
    g_free(held);
}

/* ------------------------------------------------------------------ fit */

static void show(double done, double seconds, void *data)
{
    const pensel_raw_fit *fit = data;
    pensel_follow_share(fit->watch->follow, done, seconds);
    if (!fit->shows) return;
    double left = done > 0.02 ? seconds / done - seconds : 0;
    fprintf(stderr, "\r%3.0f %%, about %.0f s left \033[K", 100 * done, left);
    fflush(stderr);
}

/* "a,b" as a and b; commas and quotes within quotes, as in a CSV file, belong to a name, and a name
 * that is the whole text needs none. g_strfreev */
static char **split_names(const char *text, const pensel_columns *columns)
{
    GPtrArray *names = g_ptr_array_new();
    GString *name = g_string_new(NULL);
    bool whole = is_in(columns, text), quoted = false;
    for (const char *at = text; *text; at++) {
        if (!*at || (*at == ',' && !quoted && !whole)) {
            g_ptr_array_add(names, g_strdup(name->str));
            g_string_truncate(name, 0);
            if (!*at) break;
        } else if (*at != '"' || whole) {
            g_string_append_c(name, *at);
        } else if (quoted && at[1] == '"') {
            g_string_append_c(name, *at++);
        } else {
            quoted = !quoted;
        }
    }
    g_string_free(name, TRUE);
    g_ptr_array_add(names, NULL);
    return (char **)g_ptr_array_free(names, FALSE);
}

static pensel_status fit_columns(pensel_table_model **model, const pensel_raw_fit *fit,
                                 const pensel_columns *columns, double spent, pensel_error *error)
{
    pensel_table_model_options o = fit->options;
    char **drop = split_names(fit->drop ? fit->drop : "", columns);
    GArray *roles = g_array_new(FALSE, FALSE, sizeof(pensel_role_given));
    if (o.role_count) g_array_append_vals(roles, o.roles, (guint)o.role_count);
    for (size_t i = 0; drop[i]; i++) {
        pensel_role_given given = {target_of(columns, drop[i]), PENSEL_ROLE_DROPPED};
        g_array_append_val(roles, given);
    }
    o.roles = (const pensel_role_given *)(const void *)roles->data;
    o.role_count = roles->len;
    o.spent = spent;
    o.interrupt = pensel_interrupt_catch();
    o.on_progress = show;
    o.on_progress_data = (void *)fit;
    pensel_status status =
        pensel_table_model_fit(model, columns, target_of(columns, fit->target), &o, error);
    if (fit->shows) fprintf(stderr, "\r\033[K");
    pensel_follow_finishing(fit->watch->follow);
    g_array_free(roles, TRUE);
    g_strfreev(drop);
    return status;
}

pensel_status pensel_raw_table_fit(pensel_result *result, const pensel_raw_fit *fit, bool *cut,
                                   pensel_error *error)
{
    pensel_columns *columns = NULL;
    pensel_table_model *model = NULL;
    gint64 begun = g_get_monotonic_time();
    pensel_status status =
        pensel_read_columns(&columns, fit->table, &fit->target, 1, &fit->reading, error);
    double spent = (double)(g_get_monotonic_time() - begun) / G_USEC_PER_SEC;
    if (!status) status = fit_columns(&model, fit, columns, spent, error);
    if (!status) status = pensel_table_model_save(model, fit->save, error);
    const pensel_report_facts facts = {model, columns, fit->table, fit->save};
    if (!status && fit->report) status = pensel_report_write(fit->report, &facts, error);
    if (!status) {
        pensel_result_line(result, "table", "%s, %zu rows, %zu columns", fit->table, columns->rows,
                           columns->count);
        pensel_result_text(result, "table", fit->table);
        pensel_raw_table_print(result, model);
        pensel_result_line(result, "model", "%s", fit->save);
        pensel_result_text(result, "model", fit->save);
        if (fit->report) pensel_result_line(result, "report", "%s", fit->report);
        pensel_result_text(result, "report", fit->report);
        pensel_result_line(result, "next", "pensel predict %s TABLE", fit->save);
        *cut = pensel_interrupt_number() != 0;
    }
    if (status) pensel_raw_table_name(error, fit->table);
    pensel_table_model_free(&model);
    pensel_columns_free(&columns);
    return status;
}
