/* What the answers to held-out rows show: losses, confusion, calibration, errors, importance. */
#include "app_memory.h"
#include "held_figures.h"
#include "plot.h"
#include "report.h"

#include <math.h>
#include <string.h>

enum { MATRIX_MOST = 12, LISTED = 10, POINTS = 1200, HISTOGRAM = 24, BARS = 10, FEW = 10 };

void pensel_report_curve(GString *page, const pensel_report_facts *f)
{
    const pensel_table_held *held = pensel_table_model_held(f->model);
    size_t n = held->epochs;
    if (n < 2) return;
    double *x = g_new(double, n), *y[2] = {g_new(double, n), g_new(double, n)}, high = 0;
    for (size_t i = 0; i < n; i++) {
        x[i] = (double)i + 1;
        for (int k = 0; k < 2; k++)
            high = fmax(high, y[k][i] = held->curve[2 * i + (size_t)k]);
    }
    /* the first epochs of a small table may be far above the rest */
    high = fmin(high, 4 * fmax(y[1][n / 4], y[0][n / 4]));
    for (size_t i = 0; i < n; i++)
        for (int k = 0; k < 2; k++)
            y[k][i] = fmin(y[k][i], high);
    const pensel_axes axes = {.title = "loss after each epoch",
                              .label = {"epoch", "loss, mean of the networks"},
                              .low = {1, 0},
                              .high = {(double)n, high},
                              .ticks = {true, true}};
    pensel_plot p;
    pensel_report_open(page, "Learning curve",
                       "Each network is taken from its best epoch by held-out rows.", false);
    g_string_append(page, "<p class=key><i class=c0></i>training<i class=c1></i>held out</p>\n");
    pensel_plot_begin(&p, page, &axes);
    pensel_plot_line(&p, x, y[0], n, "c0");
    pensel_plot_line(&p, x, y[1], n, "c1");
    pensel_plot_end(&p);
    pensel_report_close(page);
    g_free(x);
    g_free(y[0]);
    g_free(y[1]);
}

/* ------------------------------------------------------------------ classes */

static void put_matrix(GString *page, const size_t *confusion, const char *const *names,
                       size_t classes)
{
    double side = classes <= 4 ? 60 : 290.0 / (double)classes;
    const pensel_axes axes = {.title = "true classes and predicted ones",
                              .high = {(double)classes, (double)classes},
                              .height = side * (double)classes + 34,
                              .left = 96};
    pensel_plot p;
    pensel_plot_begin(&p, page, &axes);
    for (size_t t = 0; t < classes; t++) {
        size_t row = 0;
        double y = (double)(classes - t);
        for (size_t s = 0; s < classes; s++)
            row += confusion[t * classes + s];
        for (size_t s = 0; s < classes; s++) {
            size_t count = confusion[t * classes + s];
            double share = (double)count / (double)MAX(row, 1);
            char *text = pensel_format("%zu", count);
            pensel_plot_box(&p, (double)s + 0.03, y - 0.03, (double)s + 0.97, y - 0.97,
                            t == s ? "own" : "other", 0.06 + 0.94 * share);
            if (count || classes <= 6)
                pensel_plot_text(&p, (double)s + 0.5, y - 0.5, 0, 4, "middle",
                                 share > 0.55 ? "number inside" : "number", text);
            g_free(text);
        }
        char *name = g_utf8_strlen(names[t], -1) > 14 ? g_utf8_substring(names[t], 0, 13)
                                                      : g_strdup(names[t]);
        pensel_plot_text(&p, 0, y - 0.5, -8, 4, "end", "", name);
        if (classes <= 4) pensel_plot_text(&p, (double)t + 0.5, 0, 0, 15, "middle", "", name);
        g_free(name);
    }
    pensel_plot_end(&p);
}

static void put_mistakes(GString *page, const size_t *confusion, const char *const *names,
                         size_t classes)
{
    size_t count;
    pensel_mistake *mistakes = pensel_held_mistakes(&count, confusion, classes);
    g_string_append(page, "<div class=scroll><table><tr><th>true</th><th>predicted</th>"
                          "<th class=n>rows</th></tr>\n");
    for (size_t i = 0; i < MIN(count, LISTED); i++) {
        g_string_append(page, "<tr><td>");
        pensel_html_clip(page, names[mistakes[i].truth], 40);
        g_string_append(page, "</td><td>");
        pensel_html_clip(page, names[mistakes[i].said], 40);
        pensel_append(page, "</td><td class=n>%zu</td></tr>\n", mistakes[i].count);
    }
    g_string_append(page, "</table></div>\n");
    g_free(mistakes);
}

void pensel_report_confusion(GString *page, const pensel_report_facts *f)
{
    size_t classes;
    const char *const *names = pensel_table_model_classes(f->model, &classes);
    if (!classes) return;
    size_t *confusion = pensel_held_confusion(pensel_table_model_held(f->model));
    pensel_report_open(page, "What is taken for what",
                       classes <= MATRIX_MOST ? "A row for each true class, a column for each "
                                                "predicted one, in the same order"
                                              : "The largest confusions",
                       false);
    if (classes <= MATRIX_MOST)
        put_matrix(page, confusion, names, classes);
    else
        put_mistakes(page, confusion, names, classes);
    pensel_report_close(page);
    g_free(confusion);
}

void pensel_report_calibration(GString *page, const pensel_report_facts *f)
{
    pensel_reliability bins[PENSEL_BINS];
    const pensel_table_held *held = pensel_table_model_held(f->model);
    if (pensel_table_model_task(f->model) != PENSEL_CLASSIFICATION) return;
    pensel_held_reliability(bins, held);
    const pensel_axes axes = {.title = "how often the model is right, by how sure it is",
                              .label = {"probability that the model gives", "share that is right"},
                              .high = {1, 1},
                              .height = 260,
                              .ticks = {true, true}};
    static const double diagonal[] = {0, 1};
    pensel_plot p;
    pensel_report_open(page, "Can its probabilities be believed?",
                       "On the line they come true as often as they say. A dot is larger the more "
                       "rows it stands for, and grey where they are fewer than ten.",
                       false);
    pensel_plot_begin(&p, page, &axes);
    pensel_plot_line(&p, diagonal, diagonal, 2, "thin");
    for (size_t b = 0; b < PENSEL_BINS; b++)
        if (bins[b].count)
            pensel_plot_dot(&p, bins[b].sure, bins[b].right,
                            3 + 9 * sqrt((double)bins[b].count / (double)held->n),
                            bins[b].count < FEW ? "mute" : "dot0");
    pensel_plot_end(&p);
    pensel_report_close(page);
}

/* ------------------------------------------------------------------ numbers */

static void put_scatter(GString *page, const pensel_report_facts *f)
{
    const pensel_table_held *held = pensel_table_model_held(f->model);
    double low = INFINITY, high = -INFINITY;
    for (size_t i = 0; i < held->n; i++) {
        low = fmin(low, fmin(held->truth[i], held->answers[i]));
        high = fmax(high, fmax(held->truth[i], held->answers[i]));
    }
    const pensel_axes axes = {.title = "predicted and true values",
                              .label = {"true", "predicted"},
                              .low = {low, low},
                              .high = {high, high},
                              .height = 260,
                              .ticks = {true, true}};
    const double ends[] = {low, high};
    pensel_plot p;
    pensel_report_open(page, "Predicted and true",
                       held->n > POINTS ? "Some of the held-out rows" : "Every held-out row",
                       false);
    pensel_plot_begin(&p, page, &axes);
    pensel_plot_line(&p, ends, ends, 2, "thin");
    size_t step = held->n / POINTS + 1;
    for (size_t i = 0; i < held->n; i += step)
        pensel_plot_dot(&p, held->truth[i], held->answers[i], 2.4, "point");
    pensel_plot_end(&p);
    pensel_report_close(page);
}

static void put_histogram(GString *page, const double *errors, size_t n)
{
    size_t counts[HISTOGRAM] = {0}, most = 1;
    double low = pensel_quantile(errors, n, 0.01), high = pensel_quantile(errors, n, 0.99);
    double width = (high - low) / HISTOGRAM;
    for (size_t i = 0; i < n && width > 0; i++) {
        double at = (errors[i] - low) / width;
        if (at < 0 || at >= HISTOGRAM) continue;
        size_t in_bin = ++counts[(size_t)at];
        most = MAX(most, in_bin);
    }
    const pensel_axes axes = {.title = "how often errors of each size occur",
                              .label = {"predicted minus true", "rows"},
                              .low = {low, 0},
                              .high = {high, (double)most},
                              .height = 200,
                              .ticks = {true, true}};
    pensel_plot p;
    pensel_plot_begin(&p, page, &axes);
    for (size_t b = 0; b < HISTOGRAM && width > 0; b++)
        pensel_plot_box(&p, low + (double)b * width, 0, low + ((double)b + 0.92) * width,
                        (double)counts[b], "own", 1);
    pensel_plot_end(&p);
}

void pensel_report_errors(GString *page, const pensel_report_facts *f)
{
    const pensel_table_held *held = pensel_table_model_held(f->model);
    if (pensel_table_model_task(f->model) == PENSEL_CLASSIFICATION) return;
    put_scatter(page, f);
    double *errors = pensel_held_errors(held);
    char *about = pensel_format(
        "Half are within %.4g to %.4g, 90 %% within %.4g to %.4g",
        pensel_quantile(errors, held->n, 0.25), pensel_quantile(errors, held->n, 0.75),
        pensel_quantile(errors, held->n, 0.05), pensel_quantile(errors, held->n, 0.95));
    pensel_report_open(page, "Errors", about, false);
    put_histogram(page, errors, held->n);
    pensel_report_close(page);
    g_free(about);
    g_free(errors);
}

/* ------------------------------------------------------------------ columns */

void pensel_report_importance(GString *page, const pensel_report_facts *f)
{
    const pensel_table_report *r = pensel_table_model_report(f->model);
    const pensel_schema *schema = pensel_table_model_schema(f->model);
    size_t *order = pensel_report_order(f->model), count = 0;
    while (count < MIN(BARS, pensel_schema_count(schema)) && r->importance[order[count]] > 0)
        count++;
    if (count > 0) {
        const pensel_axes axes = {.title = "columns that matter most",
                                  .high = {r->importance[order[0]] * 1.15, (double)count},
                                  .height = 26.0 * (double)count + 16,
                                  .left = 128};
        bool classes = pensel_table_model_task(f->model) == PENSEL_CLASSIFICATION;
        pensel_plot p;
        pensel_report_open(page, "What matters most",
                           classes ? "By how much accuracy falls when a column is shuffled"
                                   : "By how much R\xc2\xb2 falls when a column is shuffled",
                           false);
        pensel_plot_begin(&p, page, &axes);
        for (size_t i = 0; i < count; i++) {
            double y = (double)(count - i) - 0.5, value = r->importance[order[i]];
            pensel_schema_column c;
            pensel_schema_column_at(schema, order[i], &c, NULL);
            char *name =
                g_utf8_strlen(c.name, -1) > 19 ? g_utf8_substring(c.name, 0, 18) : g_strdup(c.name);
            char *text = pensel_format("%.3f", value);
            pensel_plot_box(&p, 0, y - 0.34, value, y + 0.34, "own", 1);
            pensel_plot_text(&p, 0, y, -8, 4, "end", "", name);
            pensel_plot_text(&p, value, y, 5, 4, "start", "soft", text);
            g_free(text);
            g_free(name);
        }
        pensel_plot_end(&p);
        pensel_report_close(page);
    }
    g_free(order);
}
