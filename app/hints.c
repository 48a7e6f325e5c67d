#include "hints.h"

#include <glib.h>
#include <math.h>

/* A hint needs no more than SAMPLE rows, spread over all of them: it must not cost an epoch. */
enum { MOST_CLASSES = 20, FEWEST_COUNTED = 20, SAMPLE = 4096 };
/* Deviations far from 1 make learning slow: weights and steps are made for numbers of about that.
 */
static const double wide = 10;

static double at(const pensel_matrix *m, size_t row, size_t column)
{
    size_t i = row * m->columns + column;
    return m->precision == PENSEL_FLOAT64 ? ((const double *)m->data)[i]
                                          : ((const float *)m->data)[i];
}

/* The root mean square of a column, the largest of all; over a sample of the rows, row by row as
 * they lie in memory. */
static double size_of(const pensel_matrix *m)
{
    size_t step = 1 + (m->rows - 1) / SAMPLE, count = 0;
    double *squares = g_new0(double, m->columns), most = 0;
    for (size_t r = 0; r < m->rows; r += step, count++)
        for (size_t c = 0; c < m->columns; c++)
            squares[c] += at(m, r, c) * at(m, r, c);
    for (size_t c = 0; c < m->columns; c++)
        most = fmax(most, sqrt(squares[c] / (double)count));
    g_free(squares);
    return most;
}

/* Different whole numbers in the one column of y; 0: there are others, too many, or hardly fewer
 * than rows. */
static size_t whole_numbers(const pensel_matrix *y)
{
    double seen[MOST_CLASSES], low = INFINITY, high = -INFINITY;
    size_t count = 0;
    for (size_t r = 0; r < y->rows; r++) {
        double value = at(y, r, 0);
        size_t i = 0;
        while (i < count && seen[i] != value)
            i++;
        if (i < count) continue;
        if (value != rint(value) || count == MOST_CLASSES) return 0;
        seen[count++] = value;
        low = fmin(low, value);
        high = fmax(high, value);
    }
    return 5 * count <= y->rows && high - low <= 2 * (double)count ? count : 0;
}

/* The first input goes up by 1 from row to row: an index that came along, as exports have it. */
static bool counts_rows(const pensel_matrix *x)
{
    if (x->rows < FEWEST_COUNTED || x->columns < 2) return false;
    for (size_t r = 1; r < x->rows; r++)
        if (at(x, r, 0) != at(x, 0, 0) + (double)r) return false;
    return true;
}

static void note(pensel_result *result, pensel_value *list, const char *text)
{
    pensel_result_line(result, "note", "%s", text);
    pensel_value_append(list, pensel_value_text(text));
}

void pensel_hints_print(pensel_result *result, const pensel_estimator_options *options,
                        const pensel_table *table, bool asked, bool fresh)
{
    bool numbers = options->task == PENSEL_REGRESSION;
    pensel_value *list = pensel_value_array();
    size_t count = numbers && !asked && table->y.columns == 1 ? whole_numbers(&table->y) : 0;
    if (count > 1) {
        char *text = g_strdup_printf("the target has %zu different whole numbers: "
                                     "--as classification learns them as classes",
                                     count);
        note(result, list, text);
        g_free(text);
    }
    if (fresh && counts_rows(&table->x)) {
        char *text = g_strdup_printf("input %s counts the rows: --drop leaves columns out that are "
                                     "no inputs",
                                     table->names[0]);
        note(result, list, text);
        g_free(text);
    }
    if (options->scale_inputs == PENSEL_SCALE_NONE && size_of(&table->x) > wide)
        note(result, list,
             "inputs are large numbers: with --scale standard they are learned sooner");
    if (numbers && count < 2 && options->scale_targets == PENSEL_SCALE_NONE &&
        !pensel_loss_describe(options->training.loss)->counts && size_of(&table->y) > wide)
        note(result, list,
             "targets are large numbers: with --scale-targets standard they are learned sooner");
    pensel_result_json(result, "notes", list);
}
