/* What the model answers as one column changes and the others stay as they are (Friedman 2001,
 * section 8.2), and, of two columns, at each place of a plane. Both ask the model for predictions
 * of tables made here, so that they show what a user would get. */
#include "app_memory.h"
#include "held_figures.h"
#include "plot.h"
#include "report.h"

#include <math.h>
#include <string.h>

enum { SHOWN = 6, ROWS = 80, STEPS = 15, LINES = 4, SQUARES = 48, POINTS = 400 };

/* A table of some rows of the user's, each of them `steps` times, with one column replaced. */
typedef struct scene {
    const pensel_report_facts *f;
    pensel_column *list; /* (count) */
    size_t count, rows, steps, taken[ROWS];
    GPtrArray *blocks; /* what the columns hold */
} scene;

static void *keep(scene *s, void *block)
{
    g_ptr_array_add(s->blocks, block);
    return block;
}

/* Row r of the scene is row taken[r / steps] of the table. */
static void copy_column(scene *s, pensel_column *to, const pensel_column *from)
{
    size_t n = s->rows * s->steps;
    *to = *from;
    if (from->form == PENSEL_COLUMN_TEXT) {
        uint32_t *codes = keep(s, g_new(uint32_t, n));
        for (size_t r = 0; r < n; r++)
            codes[r] = from->codes[s->taken[r / s->steps]];
        to->codes = codes;
        return;
    }
    double *numbers = keep(s, g_new(double, n));
    for (size_t r = 0; r < n; r++)
        numbers[r] = from->numbers[s->taken[r / s->steps]];
    to->numbers = numbers;
}

static void scene_begin(scene *s, const pensel_report_facts *f, size_t steps)
{
    const pensel_columns *c = f->columns;
    *s = (scene){.f = f, .count = c->count, .steps = steps, .rows = MIN(c->rows, ROWS)};
    s->blocks = g_ptr_array_new_with_free_func(g_free);
    s->list = keep(s, g_new0(pensel_column, c->count));
    for (size_t i = 0; i < s->rows; i++)
        s->taken[i] = i * c->rows / s->rows;
    for (size_t i = 0; i < c->count; i++)
        copy_column(s, &s->list[i], &c->columns[i]);
}

static size_t find(const scene *s, const char *name)
{
    size_t i = 0;
    while (i < s->count && strcmp(s->list[i].name, name) != 0)
        i++;
    return i;
}

/* answers (rows * steps, width): numbers, or probabilities; g_free. */
static pensel_status ask(const scene *s, double **answers, pensel_error *error)
{
    pensel_columns *columns;
    size_t classes;
    pensel_table_model_classes(s->f->model, &classes);
    *answers = NULL;
    pensel_status status =
        pensel_columns_new(&columns, s->rows * s->steps, s->list, s->count, error);
    if (status) return status;
    *answers = g_new(double, s->rows * s->steps * MAX(classes, 1));
    status = classes ? pensel_table_model_probabilities(s->f->model, *answers, columns, NULL, error)
                     : pensel_table_model_predict(s->f->model, *answers, columns, NULL, error);
    pensel_columns_free(&columns);
    return status;
}

/* ------------------------------------------------------------------ one column */

/* The most frequent classes, of two only the second */
static size_t frequent_classes(size_t found[LINES], const pensel_table_held *held)
{
    if (held->width < 3) {
        found[0] = held->width - 1;
        return 1;
    }
    size_t count = MIN(held->width, LINES);
    size_t *rows = g_new0(size_t, held->width);
    for (size_t i = 0; i < held->n; i++)
        rows[(size_t)held->truth[i]]++;
    for (size_t k = 0; k < count; k++) {
        size_t best = 0;
        for (size_t c = 1; c < held->width; c++)
            if (rows[c] > rows[best]) best = c;
        found[k] = best;
        rows[best] = 0;
    }
    g_free(rows);
    return count;
}

/* Quantiles of a column of numbers, so that no far value stretches the axis */
static void set_grid(double *grid, const pensel_column *from, size_t rows,
                     const pensel_schema_column *c)
{
    double low = c->low, high = c->high;
    if (from->form == PENSEL_COLUMN_NUMBER) {
        GArray *values = g_array_new(FALSE, FALSE, sizeof(double));
        for (size_t r = 0; r < rows; r++)
            if (isfinite(from->numbers[r])) g_array_append_val(values, from->numbers[r]);
        g_array_sort(values, (GCompareFunc)(void (*)(void))pensel_number_order);
        if (values->len) {
            const double *sorted = (const double *)(const void *)values->data;
            low = pensel_quantile(sorted, values->len, 0.02);
            high = pensel_quantile(sorted, values->len, 0.98);
        }
        g_array_free(values, TRUE);
    }
    for (size_t g = 0; g < STEPS; g++)
        grid[g] = low + (high - low) * (double)g / (STEPS - 1);
}

/* Means over the rows: mean (lines, steps) */
static void average(double *mean, const double *answers, const scene *s, const size_t *classes,
                    size_t lines, size_t width)
{
    for (size_t k = 0; k < lines; k++)
        for (size_t g = 0; g < s->steps; g++) {
            double sum = 0;
            for (size_t r = 0; r < s->rows; r++)
                sum += answers[(r * s->steps + g) * width + classes[k]];
            mean[k * s->steps + g] = sum / (double)s->rows;
        }
}

typedef struct answer {
    const pensel_schema_column *column;
    const double *grid, *mean; /* (steps), (lines, steps) */
    size_t steps, lines;
    double low, high;
} answer;

static void put_numbers(GString *page, const answer *a)
{
    bool date = a->column->role == PENSEL_ROLE_DATE;
    double x[STEPS];
    for (size_t g = 0; g < a->steps; g++) /* seconds become years */
        x[g] = date ? 1970 + a->grid[g] / (365.2425 * 86400) : a->grid[g];
    const pensel_axes axes = {.title = a->column->name,
                              .low = {x[0], a->low},
                              .high = {x[a->steps - 1], a->high},
                              .height = 190,
                              .ticks = {true, true}};
    pensel_plot p;
    pensel_plot_begin(&p, page, &axes);
    for (size_t k = 0; k < a->lines; k++) {
        char *style = pensel_format("c%zu", k);
        pensel_plot_line(&p, x, a->mean + k * a->steps, a->steps, style);
        g_free(style);
    }
    pensel_plot_end(&p);
}

static void put_categories(GString *page, const answer *a)
{
    const pensel_axes axes = {.title = a->column->name,
                              .low = {a->low, 0},
                              .high = {a->high, (double)a->steps},
                              .height = 24.0 * (double)a->steps + 30,
                              .left = 110,
                              .ticks = {true, false}};
    pensel_plot p;
    pensel_plot_begin(&p, page, &axes);
    for (size_t g = 0; g < a->steps; g++) {
        const char *raw = a->column->categories[g];
        char *name = g_utf8_strlen(raw, -1) > 16 ? g_utf8_substring(raw, 0, 15) : g_strdup(raw);
        double y = (double)(a->steps - g) - 0.5;
        pensel_plot_text(&p, a->low, y, -8, 4, "end", "", name);
        for (size_t k = 0; k < a->lines; k++) {
            char *style = pensel_format("dot%zu", k);
            pensel_plot_dot(&p, a->mean[k * a->steps + g], y, 5, style);
            g_free(style);
        }
        g_free(name);
    }
    pensel_plot_end(&p);
}

/* Replaces a column by its grid, or its categories; steps of it. */
static void replace(scene *s, size_t at, const pensel_schema_column *c, const double *grid)
{
    size_t n = s->rows * s->steps;
    pensel_column *to = &s->list[at];
    if (c->role != PENSEL_ROLE_CATEGORY) {
        double *numbers = keep(s, g_new(double, n));
        for (size_t r = 0; r < n; r++)
            numbers[r] = grid[r % s->steps];
        *to = (pensel_column){.name = to->name, .numbers = numbers};
        to->form = c->role == PENSEL_ROLE_DATE ? PENSEL_COLUMN_TIME : PENSEL_COLUMN_NUMBER;
        return;
    }
    uint32_t *codes = keep(s, g_new(uint32_t, n));
    const char **texts = keep(s, g_new0(const char *, s->steps + 1));
    for (size_t g = 0; g < s->steps; g++)
        texts[g + 1] = c->categories[g];
    for (size_t r = 0; r < n; r++)
        codes[r] = (uint32_t)(r % s->steps) + 1;
    *to = (pensel_column){.name = to->name,
                          .form = PENSEL_COLUMN_TEXT,
                          .codes = codes,
                          .texts = texts,
                          .distinct = s->steps};
}

static pensel_status put_column(GString *page, const pensel_report_facts *f, size_t field,
                                const size_t *classes, size_t lines, pensel_error *error)
{
    scene s;
    pensel_schema_column c;
    double grid[STEPS], *answers;
    const pensel_table_held *held = pensel_table_model_held(f->model);
    pensel_schema_column_at(pensel_table_model_schema(f->model), field, &c, NULL);
    bool category = c.role == PENSEL_ROLE_CATEGORY;
    scene_begin(&s, f, category ? MIN(c.category_count, 10) : STEPS);
    size_t at = find(&s, c.name);
    if (!category) set_grid(grid, &f->columns->columns[at], f->columns->rows, &c);
    replace(&s, at, &c, grid);
    pensel_status status = ask(&s, &answers, error);
    if (!status) {
        double *mean = g_new(double, lines *s.steps);
        answer a = {&c, grid, mean, s.steps, lines, INFINITY, -INFINITY};
        average(mean, answers, &s, classes, lines, held->width);
        for (size_t i = 0; i < lines * s.steps; i++) {
            a.low = fmin(a.low, mean[i]);
            a.high = fmax(a.high, mean[i]);
        }
        double room = fmax(0.08 * (a.high - a.low), 1e-9);
        a.low = held->width > 1 ? 0 : a.low - room;
        a.high = held->width > 1 ? 1 : a.high + room;
        g_string_append(page, "<div><h3>");
        pensel_html_clip(page, c.name, 40);
        g_string_append(page, "</h3>\n");
        category ? put_categories(page, &a) : put_numbers(page, &a);
        g_string_append(page, "</div>\n");
        g_free(mean);
    }
    g_free(answers);
    g_ptr_array_free(s.blocks, TRUE);
    return status;
}

static void put_key(GString *page, const pensel_report_facts *f, const size_t *classes,
                    size_t lines)
{
    size_t count;
    const char *const *names = pensel_table_model_classes(f->model, &count);
    if (!count) return;
    g_string_append(page, "<p class=key>");
    for (size_t k = 0; k < lines; k++) {
        pensel_append(page, "<i class=c%zu></i>", k);
        pensel_html_clip(page, names[classes[k]], 24);
    }
    g_string_append(page, "</p>\n");
}

pensel_status pensel_report_dependence(GString *page, const pensel_report_facts *f,
                                       pensel_error *error)
{
    const pensel_table_report *r = pensel_table_model_report(f->model);
    size_t *order = pensel_report_order(f->model), classes[LINES];
    size_t count = pensel_schema_count(pensel_table_model_schema(f->model));
    size_t lines = frequent_classes(classes, pensel_table_model_held(f->model));
    pensel_status status = PENSEL_OK;
    if (r->importance[order[0]] > 0) {
        pensel_report_open(page, "How the answer changes with one column",
                           pensel_table_model_task(f->model) == PENSEL_CLASSIFICATION
                               ? "Probabilities; all else as it is in the table, on average"
                               : "All else as it is in the table, on average",
                           true);
        put_key(page, f, classes, lines);
        g_string_append(page, "<div class=multi>\n");
        for (size_t i = 0; i < MIN(count, SHOWN) && !status; i++)
            if (r->importance[order[i]] > 0)
                status = put_column(page, f, order[i], classes, lines, error);
        g_string_append(page, "</div>\n");
        pensel_report_close(page);
    }
    g_free(order);
    return status;
}

/* ------------------------------------------------------------------ two columns */

/* The two columns of a model that has no others, if both are numbers */
static bool find_plane(pensel_schema_column axes[2], const pensel_table_model *model)
{
    const pensel_schema *schema = pensel_table_model_schema(model);
    size_t found = 0;
    for (size_t i = 0; i < pensel_schema_count(schema); i++) {
        pensel_schema_column c;
        pensel_schema_column_at(schema, i, &c, NULL);
        if (!c.inputs) continue;
        if (found == 2 || c.role != PENSEL_ROLE_NUMBER) return false;
        axes[found++] = c;
    }
    return found == 2;
}

/* Squares of one answer: colour and how much of it */
static void put_squares(pensel_plot *p, const double *answers, size_t width,
                        double grid[2][SQUARES], double low, double high)
{
    double half[2];
    for (int a = 0; a < 2; a++)
        half[a] = (grid[a][1] - grid[a][0]) / 2;
    for (size_t i = 0; i < (size_t)SQUARES * SQUARES; i++) {
        const double *row = answers + i * width;
        size_t best = 0;
        for (size_t c = 1; c < width; c++)
            if (row[c] > row[best]) best = c;
        double sure = width > 1 ? (row[best] - 1 / (double)width) / (1 - 1 / (double)width)
                                : (row[0] - low) / fmax(high - low, 1e-300);
        double x = grid[0][i % SQUARES], y = grid[1][i / SQUARES];
        char *style = pensel_format("c%zu", best % LINES);
        pensel_plot_box(p, x - half[0], y - half[1], x + half[0] * 1.04, y + half[1] * 1.04, style,
                        0.08 + 0.6 * fmin(fmax(sure, 0), 1));
        g_free(style);
    }
}

/* The table's own rows, in the colour of their class */
static void put_rows(pensel_plot *p, const pensel_report_facts *f, const size_t at[2],
                     size_t target)
{
    size_t classes;
    const char *const *names = pensel_table_model_classes(f->model, &classes);
    const pensel_columns *c = f->columns;
    const pensel_column *t = &c->columns[target];
    for (size_t r = 0; r < c->rows && classes; r += c->rows / POINTS + 1) {
        double x = c->columns[at[0]].numbers[r], y = c->columns[at[1]].numbers[r];
        size_t k = 0;
        if (t->form != PENSEL_COLUMN_TEXT || !t->codes[r] || !isfinite(x) || !isfinite(y)) continue;
        while (k < classes && strcmp(names[k], t->texts[t->codes[r]]) != 0)
            k++;
        char *style = pensel_format("dot%zu", k % LINES);
        pensel_plot_dot(p, x, y, 3, style);
        g_free(style);
    }
}

static pensel_status put_plane(GString *page, scene *s, const pensel_schema_column c[2],
                               const size_t at[2], pensel_error *error)
{
    const pensel_report_facts *f = s->f;
    double grid[2][SQUARES], *answers, low = INFINITY, high = -INFINITY;
    size_t n = (size_t)SQUARES * SQUARES, width = pensel_table_model_held(f->model)->width;
    for (int a = 0; a < 2; a++) {
        double *numbers = keep(s, g_new(double, n));
        for (size_t g = 0; g < SQUARES; g++)
            grid[a][g] = c[a].low + (c[a].high - c[a].low) * (double)g / (SQUARES - 1);
        for (size_t i = 0; i < n; i++)
            numbers[i] = grid[a][a == 0 ? i % SQUARES : i / SQUARES];
        s->list[at[a]] = (pensel_column){.name = c[a].name, .numbers = numbers};
    }
    s->rows = 1;
    pensel_status status = ask(s, &answers, error);
    for (size_t i = 0; i < n && !status; i++) {
        low = fmin(low, answers[i * width]);
        high = fmax(high, answers[i * width]);
    }
    const pensel_axes axes = {.title = "what the model answers at each place",
                              .label = {c[0].name, c[1].name},
                              .low = {c[0].low, c[1].low},
                              .high = {c[0].high, c[1].high},
                              .height = 320,
                              .ticks = {true, true}};
    if (!status) {
        pensel_plot p;
        pensel_plot_begin(&p, page, &axes);
        put_squares(&p, answers, width, grid, low, high);
        put_rows(&p, f, at, find(s, pensel_table_model_target(f->model)));
        pensel_plot_end(&p);
    }
    g_free(answers);
    return status;
}

pensel_status pensel_report_boundary(GString *page, const pensel_report_facts *f,
                                     pensel_error *error)
{
    pensel_schema_column c[2];
    scene s;
    size_t classes[LINES] = {0, 1, 2, 3}, count;
    if (!find_plane(c, f->model)) return PENSEL_OK;
    pensel_table_model_classes(f->model, &count);
    scene_begin(&s, f, (size_t)SQUARES * SQUARES);
    const size_t at[] = {find(&s, c[0].name), find(&s, c[1].name)};
    bool numbers = f->columns->columns[at[0]].form == PENSEL_COLUMN_NUMBER &&
                   f->columns->columns[at[1]].form == PENSEL_COLUMN_NUMBER;
    pensel_status status = PENSEL_OK;
    if (numbers && count <= LINES) {
        pensel_report_open(page, count ? "Where each class is" : "What is predicted where",
                           count ? "The stronger the colour, the surer; dots are rows of the table"
                                 : "The stronger the colour, the larger",
                           false);
        put_key(page, f, classes, MIN(count, LINES));
        status = put_plane(page, &s, c, at, error);
        pensel_report_close(page);
    }
    g_ptr_array_free(s.blocks, TRUE);
    return status;
}
