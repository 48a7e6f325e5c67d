/* Rows of a CSV file straight into a matrix: every number goes where the plan has it, and what is
 * none is an error, which names line, column and what would be right. One pass, and no memory but
 * the matrix and the buffer.
 *
 * Labels are codes in order of appearance while rows are read, and are settled at the end, when all
 * are known; y is double then. */
#include "table/csv.h"

#include "base/error.h"
#include "base/matrix.h"
#include "base/memory.h"
#include "base/number.h"
#include "table/cell.h"
#include "table/labels.h"
#include "table/table.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* Room at the beginning: so many rows, but no more numbers than these, or a table of 400,000
 * columns would take gigabytes before its first row. */
enum { FIRST_ROWS = 1024, FIRST_NUMBERS = 1 << 20 };

/* All refusals here are of data: the file is a table, and something in it is not. */
#define refuse(m, ...) pensel_fail((m)->error, PENSEL_BAD_DATA, __VA_ARGS__)

typedef struct csv_matrix {
    csv csv;
    const pensel_table_options *options;
    pensel_error *error;
    pensel_plan plan;
    pensel_labels labels;
    void *x, *y, *weights; /* (room, inputs), (room, targets), (room) */
    size_t real, y_real;   /* bytes of a number of x and the weights, and of y */
    size_t rows, room;
} csv_matrix;

static pensel_status bad_field(const csv_matrix *m, size_t line, size_t column, const char *what)
{
    return refuse(m, "%s: line %zu, column %zu (%.60s) %s", m->csv.source->name, line, column + 1,
                  m->csv.names[column], what);
}

/* "3,14", as it stands between semicolons in some countries. */
static bool has_decimal_comma(const csv_field *f)
{
    char copy[40];
    double value;
    char *comma = memchr(f->at, ',', f->length);
    if (!comma || f->length > sizeof copy) return false;
    memcpy(copy, f->at, f->length);
    copy[comma - f->at] = '.';
    return pensel_number_parse(&value, copy, f->length);
}

/* "nan" in any case, with a sign or without; it is missing, but a sentence calls it by its name. */
static bool says_nan(const csv_field *f)
{
    const char *text = f->at;
    size_t length = f->length;
    pensel_trim(&text, &length);
    if (length > 0 && (*text == '-' || *text == '+')) text++, length--;
    return length == 3 && (text[0] | 32) == 'n' && (text[1] | 32) == 'a' && (text[2] | 32) == 'n';
}

/* Why a field is not a number. What is shown of it has no control characters, which could move a
 * terminal's cursor, and 40 bytes at most. */
static pensel_status bad_number(const csv_matrix *m, size_t line, size_t column, const csv_field *f)
{
    char what[160], text[41];
    if (pensel_csv_is_blank(f))
        return bad_field(m, line, column, "is empty: every field needs a value");
    if (says_nan(f) || pensel_cell_is_infinite(f->at, f->length))
        return bad_field(m, line, column, "is NaN or infinite: finite numbers are expected");
    if (pensel_cell_is_missing(f->at, f->length))
        return bad_field(m, line, column, "is missing: every field needs a value");
    size_t length = f->length < 40 ? f->length : 40;
    for (size_t i = 0; i < length; i++)
        text[i] = (unsigned char)f->at[i] < ' ' || f->at[i] == 127 ? '?' : f->at[i];
    text[length] = 0;
    const char *note = !pensel_column_is_target(m->plan.role[column])
                           ? " (columns of text are dropped, or made numbers first)"
                       : m->plan.targets > 1 ? " (several targets are numbers)"
                                             : " (text targets are for classification)";
    if (has_decimal_comma(f)) note = " (with a decimal point)";
    snprintf(what, sizeof what, "is \"%s\": a number is expected%s", text, note);
    return bad_field(m, line, column, what);
}

/* What overflows in the precision that was asked for is refused here, not read as infinity. */
static pensel_status read_number(double *value, const csv_matrix *m, size_t line, size_t column,
                                 const csv_field *f)
{
    if (!pensel_number_parse(value, f->at, f->length)) return bad_number(m, line, column, f);
    if (fabs(*value) <= (m->options->precision == PENSEL_FLOAT64 ? DBL_MAX : FLT_MAX))
        return PENSEL_OK;
    return bad_field(m, line, column,
                     m->options->precision == PENSEL_FLOAT64
                         ? "is too large for a float64"
                         : "is too large for a float32: float64 has more room");
}

/* Rows of the first block: no more numbers than FIRST_NUMBERS unless a single row has more. */
static size_t first_rows(const csv_matrix *m)
{
    size_t rows = FIRST_NUMBERS / (m->plan.inputs + m->plan.targets + 1) + 1;
    return rows < FIRST_ROWS ? rows : FIRST_ROWS;
}

/* Makes room for another row in a block of `room` rows, which grows by half: pensel_resize remaps
 * large blocks, so their numbers are not copied. */
static pensel_status room_for_row(csv_matrix *m)
{
    if (m->rows < m->room) return PENSEL_OK;
    size_t room = m->room ? m->room + m->room / 2 + 1 : first_rows(m), numbers, targets;
    if (!pensel_multiply(&numbers, room, m->plan.inputs) ||
        !pensel_multiply(&targets, room, m->plan.targets))
        return pensel_fail_memory(m->error, room, m->plan.count);
    PENSEL_TRY(pensel_resize(&m->x, numbers, m->real, m->error));
    if (targets) PENSEL_TRY(pensel_resize(&m->y, targets, m->y_real, m->error));
    if (m->plan.weights) PENSEL_TRY(pensel_resize(&m->weights, room, m->real, m->error));
    m->room = room;
    return PENSEL_OK;
}

/* block[i] in the precision of the block, by the bytes of a number. */
static void put(void *block, size_t real, size_t i, double value)
{
    if (real == sizeof(float))
        ((float *)block)[i] = (float)value;
    else
        ((double *)block)[i] = value;
}

/* Only a single target may be text; several are numbers, 0 or 1 for each label. */
static bool has_labels(const csv_matrix *m)
{
    return m->options->classify && m->plan.targets == 1;
}

/* An empty label is an error too: a class "" is hardly ever meant. */
static pensel_status add_label(csv_matrix *m, size_t column, const csv_field *f, size_t line)
{
    size_t code;
    if (pensel_csv_is_blank(f)) return bad_number(m, line, column, f);
    PENSEL_TRY(
        pensel_labels_find(&code, &m->labels, f->at, f->length, m->csv.source->name, m->error));
    put(m->y, m->y_real, m->rows, (double)code);
    return PENSEL_OK;
}

/* A field's number goes to x (rows, inputs), y (rows, targets) or weights (rows) by its column's
 * role (table.h). */
static pensel_status add_row(csv_matrix *m, const csv_field *fields, size_t line)
{
    const pensel_plan *plan = &m->plan;
    double value;
    PENSEL_TRY(room_for_row(m));
    for (size_t i = 0; i < plan->count; i++) {
        size_t role = plan->role[i];
        if (role == PENSEL_COLUMN_IGNORED) continue;
        bool target = pensel_column_is_target(role);
        if (target && has_labels(m)) {
            PENSEL_TRY(add_label(m, i, &fields[i], line));
            continue;
        }
        PENSEL_TRY(read_number(&value, m, line, i, &fields[i]));
        if (role == PENSEL_COLUMN_WEIGHT)
            put(m->weights, m->real, m->rows, value);
        else if (target)
            put(m->y, m->y_real, m->rows * plan->targets + role - PENSEL_COLUMN_TARGET, value);
        else
            put(m->x, m->real, m->rows * plan->inputs + role, value);
    }
    m->rows++;
    return PENSEL_OK;
}

/* ------------------------------------------------ the whole table */

/* Replaces codes, which are in order of appearance, by the labels themselves if all are numbers,
 * otherwise by codes in order of the sorted names. */
static pensel_status settle_labels(csv_matrix *m, pensel_table *table)
{
    double *codes;
    PENSEL_TRY(
        pensel_labels_settle(&codes, &table->classes, &table->class_count, &m->labels, m->error));
    double *y = m->y;
    for (size_t r = 0; r < m->rows; r++)
        y[r] = codes[(size_t)y[r]];
    pensel_release(codes);
    return PENSEL_OK;
}

/* Blocks are trimmed to the rows there are, and change their owner. */
static pensel_status give(csv_matrix *m, pensel_table *table)
{
    const pensel_plan *plan = &m->plan;
    if (m->rows == 0)
        return refuse(m, "%s has no rows of data: a table needs 1 or more", m->csv.source->name);
    if (has_labels(m)) PENSEL_TRY(settle_labels(m, table));
    PENSEL_TRY(pensel_resize(&m->x, m->rows * plan->inputs, m->real, m->error));
    if (m->y) PENSEL_TRY(pensel_resize(&m->y, m->rows * plan->targets, m->y_real, m->error));
    table->x = (pensel_matrix){m->x, m->rows, plan->inputs, m->options->precision};
    if (m->y)
        table->y = (pensel_matrix){m->y, m->rows, plan->targets,
                                   m->y_real == sizeof(float) ? PENSEL_FLOAT32 : PENSEL_FLOAT64};
    if (m->weights) {
        PENSEL_TRY(pensel_resize(&m->weights, m->rows, m->real, m->error));
        table->weights = (pensel_matrix){m->weights, m->rows, 1, m->options->precision};
    }
    m->x = m->y = m->weights = NULL;
    return PENSEL_OK;
}

/* The plan first: it needs the names alone, so a column that is not there is found before a row is
 * read. */
static pensel_status read_all(csv_matrix *m, pensel_table *table)
{
    csv *c = &m->csv;
    PENSEL_TRY(pensel_plan_make(&m->plan, table, m->options, c->names, c->columns, c->named,
                                c->source->name, m->error));
    for (;;) {
        PENSEL_TRY(pensel_csv_row(c));
        if (c->fields.count == 0) return give(m, table);
        PENSEL_TRY(add_row(m, c->fields.list, c->line));
    }
}

/* y of classes is double, for settled labels may be any numbers. What `give` has handed over is
 * NULL by the end, and released in silence. */
pensel_status pensel_csv_read(pensel_table *table, pensel_source *source,
                              const pensel_table_options *options, pensel_error *error)
{
    csv_matrix m = {.options = options, .error = error};
    pensel_notes notes = {0};
    m.real = pensel_precision_size(options->precision);
    m.y_real = options->classify ? sizeof(double) : m.real;
    pensel_status status =
        pensel_csv_begin(&m.csv, source, options->delimiter, options->header, &notes, error);
    if (status == PENSEL_OK) status = read_all(&m, table);
    if (status == PENSEL_OK) status = pensel_csv_note_empty(&m.csv, &notes);
    table->notes = notes.texts;
    table->note_count = notes.count;
    pensel_csv_end(&m.csv);
    pensel_labels_clear(&m.labels);
    pensel_release(m.plan.role);
    pensel_release(m.x);
    pensel_release(m.y);
    pensel_release(m.weights);
    return status;
}
