/* The page: its style, what was learned and how well, and what each column became. Colours are
 * defined once for light and once for dark; every figure stands beside its yardstick. */
#include "report.h"

#include "app_memory.h"
#include "column_lines.h"
#include "held_figures.h"
#include "output.h"
#include "plot.h"
#include "text_grid.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const char head[] =
    "<!doctype html>\n<html lang=en><head><meta charset=utf-8>\n"
    "<meta name=viewport content='width=device-width,initial-scale=1'>\n"
    "<meta name=color-scheme content='light dark'>\n<style>\n"
    ":root{--page:#f6f5f1;--card:#fff;--ink:#1d2129;--soft:#626a76;--grid:#e6e4dd;--own:#2360c5;"
    "--other:#d2691e;--mute:#a9aeb7;--good:#1f7a4d;--warn:#8a4b00;--warnback:#fff3df;"
    "--c0:#2360c5;--c1:#d2691e;--c2:#1f8a70;--c3:#9a3fb5}\n"
    "@media(prefers-color-scheme:dark){:root{--page:#14161a;--card:#1d2026;--ink:#eceef2;"
    "--soft:#9aa3b0;--grid:#2f343d;--own:#78a9ff;--other:#ff9d57;--mute:#69707c;--good:#5ccf97;"
    "--warn:#ffc677;--warnback:#33281a;--c0:#78a9ff;--c1:#ff9d57;--c2:#4fd1b0;--c3:#d796ee}}\n"
    "*{box-sizing:border-box}body{margin:0;background:var(--page);color:var(--ink);"
    "font:16px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;"
    "padding:clamp(14px,3vw,44px)}main{max-width:1280px;margin:0 auto}"
    "header{margin:0 0 22px}h1{font-size:clamp(28px,4.4vw,46px);line-height:1.1;margin:.15em 0;"
    "letter-spacing:-.02em;overflow-wrap:anywhere}header p{margin:.2em 0;color:var(--soft);"
    "overflow-wrap:anywhere}.kicker{font-size:13px;letter-spacing:.08em;text-transform:uppercase}\n"
    ".cards{display:flex;flex-wrap:wrap;gap:18px}section{flex:1 1 min(100%,350px);min-width:0;"
    "background:var(--card);border:1px solid var(--grid);border-radius:14px;padding:18px 20px;"
    "display:flex;flex-direction:column}section.wide{flex-basis:100%}"
    "h2{font-size:17px;margin:0 0 2px}section>p{margin:0 0 12px;color:var(--soft);font-size:14px}\n"
    "svg{display:block;width:100%;height:auto;max-width:480px;margin:auto;overflow:visible}"
    "svg text{font-size:11px;fill:var(--ink);font-family:inherit}svg .tick,svg .axis{"
    "fill:var(--soft)}svg .grid{stroke:var(--grid);fill:none}svg .line{fill:none;stroke-width:2;"
    "stroke-linejoin:round}svg .thin{stroke:var(--mute);stroke-width:1;stroke-dasharray:4 4}"
    "svg .number{font-weight:600}svg .inside{fill:var(--card)}\n"
    ".own{fill:var(--own)}.line.own{stroke:var(--own)}.other{fill:var(--other)}"
    ".line.other{stroke:var(--other)}.mute{fill:var(--mute)}.soft{fill:var(--soft)}"
    ".point{fill:var(--own);fill-opacity:.35}"
    ".c0{fill:var(--c0)}.c1{fill:var(--c1)}.c2{fill:var(--c2)}.c3{fill:var(--c3)}"
    ".line.c0{stroke:var(--c0)}.line.c1{stroke:var(--c1)}.line.c2{stroke:var(--c2)}"
    ".line.c3{stroke:var(--c3)}.dot0,.dot1,.dot2,.dot3{stroke:var(--card);stroke-width:1.2}"
    ".dot0{fill:var(--c0)}.dot1{fill:var(--c1)}.dot2{fill:var(--c2)}.dot3{fill:var(--c3)}\n"
    ".hero{display:flex;flex-wrap:wrap;gap:8px 34px;align-items:end}.hero b{display:block;"
    "font-size:clamp(44px,7vw,76px);line-height:1;letter-spacing:-.03em;color:var(--own)}"
    ".hero span{color:var(--soft);font-size:14px}.hero div{min-width:0}\n"
    ".scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:14px}"
    "th{text-align:left;font-weight:600;color:var(--soft);white-space:nowrap}"
    "td,th{padding:5px 14px 5px 0;border-bottom:1px solid var(--grid);vertical-align:top}"
    "td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}"
    "td:first-child{overflow-wrap:anywhere;min-width:7em}tr:last-child td{border:0}"
    ".warn{background:var(--warnback);border-color:transparent;color:var(--warn)}"
    ".warn p{color:inherit;margin:4px 0}"
    ".multi{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,330px),1fr));"
    "gap:18px}.multi h3{font-size:14px;margin:0;overflow-wrap:anywhere}"
    ".key{font-size:13px;color:var(--soft)}.key i{display:inline-block;width:10px;height:10px;"
    "border-radius:5px;margin:0 5px 0 12px}.key i:first-child{margin-left:0}"
    "i.c0{background:var(--c0)}i.c1{background:var(--c1)}i.c2{background:var(--c2)}"
    "i.c3{background:var(--c3)}code{font:13px ui-monospace,Menlo,Consolas,monospace;"
    "overflow-wrap:anywhere}@media(max-width:420px){section{padding:14px}td,th{padding-right:9px;"
    "font-size:13px}}footer{margin:22px 2px 0;color:var(--soft);font-size:14px}\n"
    "</style>\n<title>";

void pensel_report_open(GString *page, const char *title, const char *about, bool wide)
{
    g_string_append(page, wide ? "<section class=wide><h2>" : "<section><h2>");
    pensel_html_put(page, title);
    g_string_append(page, "</h2>\n");
    if (!about) return;
    g_string_append(page, "<p>");
    pensel_html_put(page, about);
    g_string_append(page, "</p>\n");
}

void pensel_report_close(GString *page)
{
    g_string_append(page, "</section>\n");
}

/* ------------------------------------------------------------------ head */

static void put_head(GString *page, const pensel_report_facts *f)
{
    size_t classes;
    const char *const *names = pensel_table_model_classes(f->model, &classes);
    const pensel_table_report *r = pensel_table_model_report(f->model);
    char *rows = pensel_text_counted((double)r->rows, "row");
    char *base = g_path_get_basename(f->table);
    g_string_append(page, head);
    pensel_html_put(page, pensel_table_model_target(f->model));
    g_string_append(page,
                    "</title></head><body><main>\n<header><p class=kicker>pensel fit</p><h1>");
    pensel_html_put(page, pensel_table_model_target(f->model));
    pensel_append(page, "</h1><p>%s on %s of ", classes ? "Classification" : "Regression", rows);
    pensel_html_put(page, base);
    for (size_t c = 0; c < MIN(classes, 6); c++) {
        g_string_append(page, c ? ", " : ": ");
        pensel_html_clip(page, names[c], 24);
    }
    if (classes > 6) pensel_append(page, " and %zu more", classes - 6);
    g_string_append(page, "</p></header>\n<div class=cards>\n");
    g_free(base);
    g_free(rows);
}

static void put_warnings(GString *page, const pensel_report_facts *f)
{
    GPtrArray *list = pensel_held_warnings(f->model);
    if (list->len > 0) {
        g_string_append(page, "<section class='wide warn'><h2>Look twice</h2>\n");
        for (guint i = 0; i < list->len; i++) {
            g_string_append(page, "<p>");
            pensel_html_put(page, list->pdata[i]);
            g_string_append(page, "</p>\n");
        }
        pensel_report_close(page);
    }
    g_ptr_array_free(list, TRUE);
}

/* ------------------------------------------------------------------ scores */

/* The model, a linear one, and always the same: a bar each, with an interval on the first */
static void put_bars(GString *page, const pensel_table_report *r, bool classes)
{
    const double values[] = {classes ? r->held.accuracy : r->held.r2,
                             classes ? r->linear.accuracy : r->linear.r2,
                             classes ? r->constant.accuracy : r->constant.r2};
    static const char *const names[] = {"this model", "linear model", "always the same"};
    pensel_axes axes = {.title = "the model beside a linear one and always the same answer",
                        .high = {1, 3},
                        .height = 130,
                        .left = 96,
                        .ticks = {true, false}};
    pensel_plot p;
    pensel_plot_begin(&p, page, &axes);
    for (int i = 0; i < 3; i++) {
        double y = 2.5 - i, value = fmin(fmax(values[i], 0), 1);
        char *text = pensel_format("%.3f", fabs(values[i]) < 5e-4 ? 0 : values[i]);
        pensel_plot_box(&p, 0, y - 0.32, value, y + 0.32, i ? "mute" : "own", 1);
        pensel_plot_text(&p, 0, y, -8, 4, "end", i ? "soft" : "number", names[i]);
        bool inside = value > 0.85;
        pensel_plot_text(&p, value, y, inside ? -6 : 6, 4, inside ? "end" : "start",
                         inside ? "number inside" : "number", text);
        g_free(text);
    }
    pensel_plot_end(&p);
}

typedef struct row {
    const char *name;
    size_t offset;
    bool classes;
} row;

static void put_table(GString *page, const pensel_table_report *r, bool classes)
{
    static const row rows[] = {
        {"log loss", offsetof(pensel_table_scores, log_loss), true},
        {"AUC", offsetof(pensel_table_scores, auc), true},
        {"calibration error", offsetof(pensel_table_scores, calibration), true},
        {"root of mean squared error", offsetof(pensel_table_scores, rmse), false},
        {"mean absolute error", offsetof(pensel_table_scores, mae), false},
    };
    const pensel_table_scores *const columns[] = {&r->held, &r->linear, &r->constant};
    g_string_append(page, "<div class=scroll><table><tr><th></th><th class=n>model</th>"
                          "<th class=n>linear</th><th class=n>same</th></tr>\n");
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        const void *first = (const char *)columns[0] + rows[i].offset;
        if (rows[i].classes != classes || isnan(*(const double *)first)) continue;
        pensel_append(page, "<tr><td>%s</td>", rows[i].name);
        for (int c = 0; c < 3; c++) {
            const void *at = (const char *)columns[c] + rows[i].offset;
            double value = *(const double *)at;
            pensel_append(page, "<td class=n>%.4g</td>", fabs(value) < 1e-9 ? 0 : value);
        }
        g_string_append(page, "</tr>\n");
    }
    g_string_append(page, "</table></div>\n");
}

static void put_scores(GString *page, const pensel_report_facts *f)
{
    const pensel_table_report *r = pensel_table_model_report(f->model);
    bool classes = pensel_table_model_task(f->model) == PENSEL_CLASSIFICATION;
    char *rows = pensel_text_counted((double)r->held_out, "row");
    char *about = r->folds
                      ? pensel_format("On %s, each held out once, in %zu parts", rows, r->folds)
                      : pensel_format("On %s that the networks have not seen", rows);
    pensel_report_open(page, "How good it is", about, false);
    pensel_append(page,
                  "<div class=hero><div><b>%.3f</b><span>%s; 95 %% interval %.3f to %.3f</span>"
                  "</div></div>\n",
                  classes ? r->held.accuracy : r->held.r2, classes ? "accuracy" : "R\xc2\xb2",
                  r->low, r->high);
    put_bars(page, r, classes);
    put_table(page, r, classes);
    pensel_report_close(page);
    g_free(about);
    g_free(rows);
}

/* ------------------------------------------------------------------ columns */

static void put_became(GString *page, const pensel_schema_column *c)
{
    bool left_out = c->inputs == 0;
    if (left_out)
        g_string_append(page, "left out");
    else if (c->role != PENSEL_ROLE_CATEGORY)
        pensel_column_range(page, c);
    for (size_t i = 0; i < MIN(c->category_count, 5) && !left_out; i++) {
        if (i) g_string_append(page, ", ");
        pensel_html_clip(page, c->categories[i], 24);
    }
    if (c->category_count > 5 && !left_out)
        pensel_append(page, " and %zu more", c->category_count - 5);
}

static void put_columns(GString *page, const pensel_report_facts *f)
{
    const pensel_schema *schema = pensel_table_model_schema(f->model);
    pensel_report_open(page, "What each column became", NULL, true);
    g_string_append(page, "<div class=scroll><table><tr><th>column</th><th>is</th><th>holds</th>"
                          "<th class=n>missing</th><th class=n>inputs</th></tr>\n");
    for (size_t i = 0; i < pensel_schema_count(schema); i++) {
        pensel_schema_column c;
        pensel_schema_column_at(schema, i, &c, NULL);
        g_string_append(page, "<tr><td>");
        pensel_html_put(page, c.name);
        pensel_append(page, "</td><td>%s</td><td>", pensel_role_name(c.role));
        put_became(page, &c);
        pensel_append(page, "</td><td class=n>%zu</td><td class=n>%zu</td></tr>\n", c.missing,
                      c.inputs);
    }
    g_string_append(page, "</table></div>\n");
    pensel_report_close(page);
}

static void put_foot(GString *page, const pensel_report_facts *f)
{
    const pensel_table_report *r = pensel_table_model_report(f->model);
    char *save = g_path_get_basename(f->save);
    pensel_append(page,
                  "</div>\n<footer><p>%zu networks, %zu epochs, %.1f s. Next: <code>pensel "
                  "predict ",
                  r->networks, r->epochs, r->seconds);
    pensel_html_put(page, save);
    pensel_append(page, " TABLE</code></p><p>pensel %s</p></footer>\n</main></body></html>\n",
                  pensel_version());
    g_free(save);
}

static int by_importance(const void *a, const void *b, void *data)
{
    const double *importance = data;
    double x = importance[*(const size_t *)a], y = importance[*(const size_t *)b];
    if (x != y) return x > y ? -1 : 1;
    return *(const size_t *)a < *(const size_t *)b ? -1 : 1;
}

size_t *pensel_report_order(const pensel_table_model *model)
{
    size_t count = pensel_schema_count(pensel_table_model_schema(model));
    size_t *order = g_new(size_t, count + 1);
    for (size_t i = 0; i < count; i++)
        order[i] = i;
    g_qsort_with_data(order, (gint)count, sizeof *order, by_importance,
                      (void *)pensel_table_model_report(model)->importance);
    return order;
}

pensel_status pensel_report_write(const char *path, const pensel_report_facts *f,
                                  pensel_error *error)
{
    GString *page = g_string_new(NULL);
    put_head(page, f);
    put_warnings(page, f);
    put_scores(page, f);
    pensel_report_importance(page, f);
    pensel_report_confusion(page, f);
    pensel_report_calibration(page, f);
    pensel_report_errors(page, f);
    pensel_status status = pensel_report_boundary(page, f, error);
    pensel_report_curve(page, f);
    if (!status) status = pensel_report_dependence(page, f, error);
    put_columns(page, f);
    put_foot(page, f);
    if (!status) status = pensel_file_write(path, page->str, page->len, error);
    g_string_free(page, TRUE);
    return status;
}
