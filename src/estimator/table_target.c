/* The target of a table: which rows have one, whether it is a number or a class, and which classes
 * there are. Classes stay as they are written: 007 and 7 are two, if the table was read with the
 * target's texts kept.
 *
 * Training goes list_rows, looks_like_classes, then read_numbers and learn_scale or learn_classes
 * and read_classes; a score goes list_rows and then the same reading, against what the model knows.
 * After it, rows[i] is where in the table the i-th target stands and y[i] what it is: a number, or
 * the index of a class. The two lists are `count` long and no y is missing. rows ascend until
 * table_rows.c moves the held-out ones behind. */
#include "estimator/table_model.h"

#include "base/error.h"
#include "base/memory.h"
#include "base/number.h"
#include "table/cell.h"
#include "table/columns.h"
#include "table/schema.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* FEW_CODES       more different numbers than these are no codes of classes
 * CLASSES_MOST    each has an output, and a row of probabilities lies on the stack (1024)
 * NAMED_IN_ERRORS bytes of a text that an error shows
 * ODD_TEXTS       up to one row in so many may be a text where numbers are expected
 * SOME_ROWS       below these nobody can say whether texts repeat */
enum { FEW_CODES = 10, CLASSES_MOST = 1000, NAMED_IN_ERRORS = 40, ODD_TEXTS = 20, SOME_ROWS = 20 };

static pensel_status find_column(const pensel_column **column, const pensel_columns *columns,
                                 const char *name, pensel_error *error)
{
    for (size_t c = 0; c < columns->count; c++)
        if (strcmp(columns->columns[c].name, name) == 0) {
            *column = &columns->columns[c];
            return PENSEL_OK;
        }
    return pensel_columns_missing(columns, "the table", name, error);
}

/* Of texts code 0 is the missing one. An infinite number is no target either: a loss of it would be
 * infinite for every prediction. */
static bool is_missing(const pensel_column *c, size_t r)
{
    return c->form == PENSEL_COLUMN_TEXT ? c->codes[r] == 0 : !isfinite(c->numbers[r]);
}

/* Room for all rows, of which some stay unused. What it allocates is freed by
 * pensel_table_target_clear, also after a failure. */
static pensel_status list_rows(pensel_table_target *target, const pensel_column *c, size_t rows,
                               pensel_error *error)
{
    PENSEL_TRY(PENSEL_NEW(target->rows, rows, error));
    PENSEL_TRY(PENSEL_NEW(target->y, rows, error));
    for (size_t r = 0; r < rows; r++)
        if (!is_missing(c, r)) target->rows[target->count++] = r;
    target->without = rows - target->count;
    PENSEL_REQUIRE(target->count > 0, BAD_DATA,
                   "column %s has a value in none of %zu rows: the target is needed in some",
                   c->name, rows);
    return PENSEL_OK;
}

/* The number of a row; false: its text is none */
static bool number_at(double *x, const pensel_column *c, size_t r)
{
    if (c->form != PENSEL_COLUMN_TEXT) {
        *x = c->numbers[r];
        return true;
    }
    const char *text = c->texts[c->codes[r]];
    unsigned unit;
    return pensel_cell_number(x, &unit, text, strlen(text), c->style) && isfinite(*x);
}

/* Are so few of the values texts that they stand for nothing: a unit, "error", "n.d."? */
static bool are_odd(size_t texts, size_t rows)
{
    return texts * ODD_TEXTS <= rows;
}

/* Rows with an odd text are rows without a target. The lists close up over them in place: `kept` is
 * never beyond i. Of several odd ones the first is named. */
static pensel_status read_numbers(pensel_table_target *target, const pensel_column *c,
                                  pensel_error *error)
{
    size_t kept = 0, texts = 0, first = 0;
    for (size_t i = 0; i < target->count; i++) {
        size_t row = target->rows[i];
        if (!number_at(&target->y[kept], c, row)) {
            if (texts++ == 0) first = row;
            continue;
        }
        target->rows[kept++] = row;
    }
    PENSEL_REQUIRE(are_odd(texts, target->count), BAD_DATA,
                   "column %s has \"%.*s\" in row %zu: a regression needs numbers", c->name,
                   NAMED_IN_ERRORS, c->texts[c->codes[first]], first + 1);
    target->count = kept;
    target->without += texts;
    return PENSEL_OK;
}

/* ------------------------------------------------------------------ classes */

/* Numbers by size, then texts by letter: so 2 comes before 10, and classes that are all numbers
 * have the order of their codes. Numbers that are equal and written differently go by letter, so no
 * two texts are equal unless they are the same: a search by halves needs such an order. */
static int by_value(const void *a, const void *b)
{
    const char *s = *(char *const *)a, *t = *(char *const *)b;
    double x, y;
    bool first = pensel_number_parse(&x, s, strlen(s));
    bool second = pensel_number_parse(&y, t, strlen(t));
    if (first != second) return first ? -1 : 1;
    if (first && x != y) return x < y ? -1 : 1;
    return strcmp(s, t);
}

/* As it is written; `room` is for the texts of numbers */
static const char *class_text(char room[PENSEL_NUMBER_TEXT], const pensel_column *c, size_t r)
{
    if (c->form == PENSEL_COLUMN_TEXT) return c->texts[c->codes[r]];
    pensel_number_print(room, c->numbers[r]);
    return room;
}

/* The index of a text among sorted ones, or count */
static size_t find_class(char *const *classes, size_t count, const char *text)
{
    char *const *found = bsearch(&text, classes, count, sizeof *classes, by_value);
    return found ? (size_t)(found - classes) : count;
}

/* Sorted after each, since the next row's search needs it: there are few classes and many rows. */
static pensel_status add_class(pensel_table_model *model, const char *text, pensel_error *error)
{
    PENSEL_REQUIRE(model->class_count < CLASSES_MOST, BAD_DATA,
                   "column %s has more than %d classes: give fewer, or numbers with --as "
                   "regression",
                   model->target, CLASSES_MOST);
    PENSEL_TRY(pensel_duplicate(&model->classes[model->class_count], text, error));
    model->class_count++;
    qsort(model->classes, model->class_count, sizeof *model->classes, by_value);
    return PENSEL_OK;
}

/* `asked`: the user said that these are classes. Else texts of which most stand once are refused: a
 * class needs some rows to be learned from. Of few rows nobody can know that, so these are
 * believed. */
static pensel_status learn_classes(pensel_table_model *model, const pensel_table_target *target,
                                   const pensel_column *c, bool asked, pensel_error *error)
{
    char room[PENSEL_NUMBER_TEXT];
    PENSEL_TRY(PENSEL_NEW(model->classes, CLASSES_MOST, error));
    for (size_t i = 0; i < target->count; i++) {
        const char *text = class_text(room, c, target->rows[i]);
        if (find_class(model->classes, model->class_count, text) == model->class_count)
            PENSEL_TRY(add_class(model, text, error));
    }
    PENSEL_REQUIRE(asked || target->count < SOME_ROWS || 2 * model->class_count <= target->count,
                   BAD_DATA,
                   "column %s has %zu different texts in %zu rows, such as \"%.*s\": classes need "
                   "some rows each (--as classification takes them), and numbers stand alone",
                   c->name, model->class_count, target->count, NAMED_IN_ERRORS, model->classes[0]);
    PENSEL_REQUIRE(model->class_count > 1, BAD_DATA,
                   "column %s has the class \"%.*s\" alone: two or more are needed to learn from",
                   c->name, NAMED_IN_ERRORS, model->classes[0]);
    return PENSEL_OK;
}

/* y becomes indices into model->classes. In training every text is found, for the classes are of
 * the same rows; in a score one may be new, which is an error: no output stands for it. */
static pensel_status read_classes(pensel_table_target *target, const pensel_table_model *model,
                                  const pensel_column *c, pensel_error *error)
{
    char room[PENSEL_NUMBER_TEXT];
    for (size_t i = 0; i < target->count; i++) {
        const char *text = class_text(room, c, target->rows[i]);
        size_t at = find_class(model->classes, model->class_count, text);
        PENSEL_REQUIRE(at < model->class_count, BAD_DATA,
                       "column %s has class \"%.*s\" in row %zu: the model knows %zu classes and "
                       "not this one: leave such rows out, or fit with some of them",
                       c->name, NAMED_IN_ERRORS, text, target->rows[i] + 1, model->class_count);
        target->y[i] = (double)at;
    }
    return PENSEL_OK;
}

/* ------------------------------------------------------------------ the task */

/* Two values, text, or codes 0, 1, 2... or 1, 2, 3... of which there are few and none is missing;
 * many numbers with an odd text among them are numbers.
 *
 * `seen` holds the different numbers, FEW_CODES at most; with one more there are `many`, and only
 * how many texts there are is still of interest: of a column of numbers that is none, so it is left
 * at once. Codes have no gap, high - low + 1 of them, and three rows each in the mean: else 1, 2, 3
 * of a table of five rows would be classes. */
static bool looks_like_classes(const pensel_table_target *target, const pensel_column *c)
{
    double seen[FEW_CODES], x, low = INFINITY, high = -INFINITY;
    size_t count = 0, texts = 0;
    bool whole = true, many = false;
    for (size_t i = 0; i < target->count; i++) {
        size_t s = 0;
        if (!number_at(&x, c, target->rows[i])) {
            texts++;
            continue;
        }
        while (s < count && seen[s] != x)
            s++;
        if (s < count) continue;
        many = many || count == FEW_CODES;
        if (many && c->form != PENSEL_COLUMN_TEXT) return false;
        if (many) continue;
        seen[count++] = x;
        whole = whole && x == floor(x);
        low = fmin(low, x);
        high = fmax(high, x);
    }
    if (many) return !are_odd(texts, target->count);
    if (count <= 2 || texts > 0) return true;
    return whole && (low == 0 || low == 1) && high - low + 1 == (double)count &&
           target->count >= 3 * count;
}

/* Mean and deviation of the population, in two passes:
 *
 *     mean = sum y_i / n,   spread^2 = sum (y_i - mean)^2 / n
 *
 * The difference is taken first, so that a large mean costs the spread no digits; each term is
 * divided before it is added, so that the sum of large targets does not overflow. Networks learn
 * (y - mean) / spread, so spread must be a finite number above 0. */
static pensel_status learn_scale(pensel_table_model *model, const pensel_table_target *target,
                                 pensel_error *error)
{
    double sum = 0, squares = 0, n = (double)target->count;
    model->low = INFINITY;
    model->high = -INFINITY;
    for (size_t i = 0; i < target->count; i++) {
        sum += target->y[i] / n;
        model->low = fmin(model->low, target->y[i]);
        model->high = fmax(model->high, target->y[i]);
    }
    for (size_t i = 0; i < target->count; i++)
        squares += (target->y[i] - sum) * (target->y[i] - sum) / n;
    model->mean = sum;
    model->spread = sqrt(squares);
    PENSEL_REQUIRE(model->spread > 0 && isfinite(model->spread), BAD_DATA,
                   "column %s varies by %g: a target needs two or more values, of a size that "
                   "can be squared",
                   model->target, model->high - model->low);
    return PENSEL_OK;
}

/* Of classes low and high bound the second's probability: 0 and 1 until table_held.c finds a
 * reason. The task is decided before the classes are looked for: too many of them is then an error
 * of a target that was meant to be classes, and no reason to learn numbers instead. */
pensel_status pensel_table_target_learn(pensel_table_target *target, pensel_table_model *model,
                                        const pensel_columns *columns, pensel_table_task task,
                                        pensel_error *error)
{
    const pensel_column *c = NULL;
    PENSEL_TRY(find_column(&c, columns, model->target, error));
    PENSEL_TRY(list_rows(target, c, columns->rows, error));
    PENSEL_REQUIRE(target->count > 1, BAD_DATA,
                   "one row has a target: 2 or more are needed to learn from");
    bool classes = task == PENSEL_TABLE_CLASSIFICATION;
    if (task == PENSEL_TABLE_AUTO) classes = looks_like_classes(target, c);
    model->task = classes ? PENSEL_CLASSIFICATION : PENSEL_REGRESSION;
    if (!classes) {
        PENSEL_TRY(read_numbers(target, c, error));
        return learn_scale(model, target, error);
    }
    model->high = 1;
    PENSEL_TRY(learn_classes(model, target, c, task != PENSEL_TABLE_AUTO, error));
    return read_classes(target, model, c, error);
}

/* The task is the model's, whatever this table's column looks like. */
pensel_status pensel_table_target_read(pensel_table_target *target, const pensel_table_model *model,
                                       const pensel_columns *columns, pensel_error *error)
{
    const pensel_column *c = NULL;
    PENSEL_TRY(find_column(&c, columns, model->target, error));
    PENSEL_TRY(list_rows(target, c, columns->rows, error));
    return model->task == PENSEL_CLASSIFICATION ? read_classes(target, model, c, error)
                                                : read_numbers(target, c, error);
}

void pensel_table_target_clear(pensel_table_target *target)
{
    pensel_release(target->rows);
    pensel_release(target->y);
    *target = (pensel_table_target){0};
}
