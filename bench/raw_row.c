/* How long a prediction of one raw row takes: text, dates and gaps as they stand in a table,
 * through the schema and all networks of a model that `pensel fit` has made.
 *
 *     build/bench/raw_row MODEL TABLE [TURNS]
 *
 * A turn hands over the first rows of the table, each as a table of its own, and frees it. The
 * figure is the best turn's: in that one the machine did the least beside it. */
#include "pensel.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { ROWS = 100, TURNS = 100 };

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Row `row` in `list`, its texts in `texts` (columns, 2) */
static void take_row(pensel_column *list, const char *(*texts)[2], const pensel_columns *all,
                     size_t row)
{
    static const uint32_t there = 1, missing = 0;
    for (size_t c = 0; c < all->count; c++) {
        const pensel_column *from = &all->columns[c];
        list[c] = *from;
        if (from->form != PENSEL_COLUMN_TEXT) {
            list[c].numbers = from->numbers + row;
            continue;
        }
        list[c].codes = from->codes[row] ? &there : &missing;
        list[c].distinct = 1;
        list[c].texts = texts[c];
        texts[c][1] = from->codes[row] ? from->texts[from->codes[row]] : "none";
    }
}

static void must(pensel_status status, const pensel_error *error)
{
    if (status == PENSEL_OK) return;
    fprintf(stderr, "%s\n", error->text);
    exit(1);
}

/* Seconds of all rows, one after another */
static double turn(const pensel_table_model *model, const pensel_columns *all, size_t rows,
                   pensel_column *list, const char *(*texts)[2])
{
    pensel_error error;
    double start = now();
    for (size_t r = 0; r < rows; r++) {
        pensel_columns *row;
        double y;
        take_row(list, texts, all, r);
        must(pensel_columns_new(&row, 1, list, all->count, &error), &error);
        must(pensel_table_model_predict(model, &y, row, NULL, &error), &error);
        pensel_columns_free(&row);
    }
    return now() - start;
}

int main(int count, char **arguments)
{
    pensel_table_model *model;
    pensel_columns *all;
    pensel_error error;
    if (count < 3) return fprintf(stderr, "raw_row MODEL TABLE [TURNS]\n"), 2;
    const pensel_columns_options reading = pensel_columns_defaults();
    must(pensel_table_model_load(&model, arguments[1], &error), &error);
    must(pensel_columns_read(&all, arguments[2], &reading, &error), &error);
    size_t rows = all->rows < ROWS ? all->rows : ROWS;
    long turns = count > 3 ? atol(arguments[3]) : TURNS;
    pensel_column *list = calloc(all->count, sizeof *list);
    const char *(*texts)[2] = calloc(all->count, sizeof *texts);
    if (!list || !texts) return perror("raw_row"), 1;
    double best = INFINITY;
    for (long t = 0; t < turns; t++)
        best = fmin(best, turn(model, all, rows, list, texts));
    printf("%zu rows of %zu columns, one by one: %.1f us each\n", rows, all->count,
           1e6 * best / (double)rows);
    free(list);
    free(texts);
    pensel_columns_free(&all);
    pensel_table_model_free(&model);
    return 0;
}
