/* A training's rows as a CSV file and as a figure. */
#include "figure.h"
#include "app_memory.h"
#include "watch.h"

#include <math.h>

static void put_number(GString *text, double value, char end)
{
    if (isfinite(value)) pensel_append(text, "%.15g", value);
    g_string_append_c(text, end);
}

pensel_status pensel_watch_history(const pensel_watch *watch, const char *path, pensel_error *error)
{
    GString *text =
        g_string_new("epoch,loss,psnr,validation_score,learning_rate,samples,seconds\n");
    for (guint i = 0; i < watch->rows->len; i++) {
        const pensel_watch_row *row = &g_array_index(watch->rows, pensel_watch_row, i);
        pensel_append(text, "%zu,", row->epoch);
        put_number(text, row->loss, ',');
        put_number(text, row->psnr, ',');
        put_number(text, row->validation_score, ',');
        put_number(text, row->learning_rate, ',');
        pensel_append(text, "%llu,", (unsigned long long)row->samples);
        put_number(text, row->seconds, '\n');
    }
    pensel_status status = pensel_file_write(path, text->str, text->len, error);
    g_string_free(text, TRUE);
    return status;
}

static bool has_finite(const pensel_watch *watch, size_t member)
{
    for (guint i = 0; i < watch->rows->len; i++) {
        const char *row = (const char *)&g_array_index(watch->rows, pensel_watch_row, i);
        if (isfinite(*(const double *)(const void *)(row + member))) return true;
    }
    return false;
}

static void put_data(GString *script, const pensel_watch *watch)
{
    g_string_append(script, "$rows << EOD\n");
    for (guint i = 0; i < watch->rows->len; i++) {
        const pensel_watch_row *row = &g_array_index(watch->rows, pensel_watch_row, i);
        pensel_append(script, "%zu %.10g %.10g %.10g\n", row->epoch, row->loss, row->psnr,
                      row->validation_score);
    }
    g_string_append(script, "EOD\n");
}

/* A loss that falls by much is read best in decades. */
static bool falls_far(const pensel_watch *watch)
{
    double least = INFINITY, most = 0;
    for (guint i = 0; i < watch->rows->len; i++) {
        double loss = g_array_index(watch->rows, pensel_watch_row, i).loss;
        if (!(loss > 0)) return false;
        least = fmin(least, loss);
        most = fmax(most, loss);
    }
    return most > 8 * least;
}

static void put_axes(GString *script, const pensel_watch *watch, const char *second)
{
    guint rows = watch->rows->len;
    g_string_append(script, "set key top center horizontal outside samplen 2\n"
                            "set xlabel 'epoch'\nset ylabel 'loss'\nset format y '%g'\n");
    if (falls_far(watch)) g_string_append(script, "set logscale y\n");
    if (rows <= 12) pensel_append(script, "set xtics 1\nset xrange [0.9:%u.1]\n", MAX(rows, 2));
    if (second)
        pensel_append(script, "set ytics nomirror\nset border 11\nset y2tics\nset y2label '%s'\n",
                      second);
}

pensel_status pensel_watch_plot(const pensel_watch *watch, const char *path, pensel_error *error)
{
    bool psnr = has_finite(watch, offsetof(pensel_watch_row, psnr));
    bool score = has_finite(watch, offsetof(pensel_watch_row, validation_score));
    const char *how = watch->rows->len > 12 ? "lines" : "linespoints";
    GString *script = g_string_new(NULL);
    put_data(script, watch);
    put_axes(script, watch, psnr ? "PSNR (dB)" : score ? "validation score" : NULL);
    pensel_append(script, "plot $rows using 1:2 with %s linestyle 1 title 'loss'", how);
    if (psnr || score)
        pensel_append(script, ", $rows using 1:%d axes x1y2 with %s linestyle 2 title '%s'",
                      psnr ? 3 : 4, how, psnr ? "PSNR" : "validation score");
    g_string_append_c(script, '\n');
    pensel_status status = pensel_figure_draw(path, script->str, 900, 520, error);
    g_string_free(script, TRUE);
    return status;
}
