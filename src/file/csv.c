/* CSV as in RFC 4180: fields separated by delimiters, quotes around fields that contain one, "" for
 * a quote within quotes, lines that end in LF or CRLF. A record is split in place, in the buffer,
 * and every number goes straight to its place in the matrix. */
#include "file/csv.h"

#include "base/error.h"
#include "base/matrix.h"
#include "base/memory.h"
#include "base/number.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define refuse(c, ...) pensel_fail((c)->error, PENSEL_BAD_DATA, __VA_ARGS__)

/* ------------------------------------------------ records */

/* The closing quote of a field whose text begins at `at`; NULL if it is not in the buffer. */
static const char *closing_quote(const char *at, const char *end)
{
    while (at < end && (at = memchr(at, '"', (size_t)(end - at)))) {
        if (at + 1 >= end || at[1] != '"') return at;
        at += 2;
    }
    return NULL;
}

/* The line feed that ends the record beginning at `at`; NULL if it is not in the buffer. */
static const char *record_end(const csv *c, const char *at, const char *end)
{
    bool field_begins = true;
    const char *line = memchr(at, '\n', (size_t)(end - at));
    if (line && !memchr(at, '"', (size_t)(line - at))) return line;
    for (; at < end; at++) {
        if (field_begins && *at == '"') {
            at = closing_quote(at + 1, end);
            if (!at) return NULL;
        } else if (*at == '\n') {
            return at;
        }
        field_begins = *at == c->delimiter;
    }
    return NULL;
}

static pensel_status add_field(csv *c, char *at, size_t length)
{
    if (c->count == c->capacity) {
        csv_field *larger;
        size_t capacity = c->capacity ? 2 * c->capacity : 64;
        PENSEL_TRY(PENSEL_NEW(larger, capacity, c->error));
        if (c->count) memcpy(larger, c->fields, c->count * sizeof *larger);
        pensel_release(c->fields);
        c->fields = larger;
        c->capacity = capacity;
    }
    c->fields[c->count++] = (csv_field){at, length};
    return PENSEL_OK;
}

/* A field in quotes, unquoted in place; *at advances past it. */
static pensel_status quoted_field(csv *c, char **at, char *end)
{
    char *from = *at + 1, *to = from, *first = from;
    while (from < end) {
        if (*from == '"') {
            if (from + 1 >= end || from[1] != '"') break;
            from++;
        }
        *to++ = *from++;
    }
    if (from >= end)
        return refuse(c, "%s: line %zu has a quote that is not closed", c->source->name, c->line);
    from++;
    while (from < end && *from == ' ')
        from++;
    if (from < end && *from != c->delimiter)
        return refuse(
            c, "%s: line %zu has text behind a closing quote: a quote within quotes is doubled",
            c->source->name, c->line);
    *at = from;
    return add_field(c, first, (size_t)(to - first));
}

static pensel_status split(csv *c, char *at, char *end)
{
    c->count = 0;
    for (;;) {
        if (at < end && *at == '"') {
            PENSEL_TRY(quoted_field(c, &at, end));
        } else {
            char *stop = memchr(at, c->delimiter, (size_t)(end - at));
            if (!stop) stop = end;
            PENSEL_TRY(add_field(c, at, (size_t)(stop - at)));
            at = stop;
        }
        if (at >= end) return PENSEL_OK;
        at++;
    }
}

/* Reads the next record that is not an empty line into c->fields; c->count 0: there are no more. */
pensel_status pensel_csv_record(csv *c)
{
    pensel_source *s = c->source;
    for (c->count = 0;;) {
        char *at = s->buffer + s->begin, *end = s->buffer + s->end;
        char *line_end = (char *)record_end(c, at, end);
        if (!line_end && !s->finished) {
            PENSEL_TRY(pensel_source_fill(s, c->error));
            continue;
        }
        if (!line_end && at == end) return PENSEL_OK;
        size_t lines = 1;
        if (!line_end) line_end = end;
        s->begin = (size_t)(line_end - s->buffer) + (line_end < end);
        c->line = c->next_line;
        for (char *n = at; (n = memchr(n, '\n', (size_t)(line_end - n))); n++)
            lines++;
        c->next_line += lines;
        if (line_end > at && line_end[-1] == '\r') line_end--;
        if (line_end > at) return split(c, at, line_end);
    }
}

/* ------------------------------------------------ rows */

static pensel_status bad_field(const csv *c, size_t line, size_t column, const char *what)
{
    return refuse(c, "%s: line %zu, column %zu (%.60s) %s", c->source->name, line, column + 1,
                  c->names[column], what);
}

static bool is_blank(const csv_field *f)
{
    for (size_t i = 0; i < f->length; i++)
        if (f->at[i] != ' ' && f->at[i] != '\t') return false;
    return true;
}

/* `word` is in lower case; the field may be in any. */
static bool says(const csv_field *f, const char *word)
{
    if (f->length != strlen(word)) return false;
    for (size_t i = 0; i < f->length; i++) {
        char c = f->at[i];
        if ((c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c) != word[i]) return false;
    }
    return true;
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

/* Why a field is not a number. */
static pensel_status bad_number(const csv *c, size_t line, size_t column, const csv_field *f)
{
    static const char *const missing[] = {"na", "n/a", "null", "none", "?", "-"};
    static const char *const odd[] = {"nan",      "inf",       "-inf", "+inf",
                                      "infinity", "-infinity", "-nan"};
    char what[160], text[41];
    if (is_blank(f)) return bad_field(c, line, column, "is empty: every field needs a value");
    for (size_t i = 0; i < sizeof missing / sizeof *missing; i++)
        if (says(f, missing[i]))
            return bad_field(c, line, column, "is missing: every field needs a value");
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++)
        if (says(f, odd[i]))
            return bad_field(c, line, column, "is NaN or infinite: finite numbers are expected");
    size_t length = f->length < 40 ? f->length : 40;
    for (size_t i = 0; i < length; i++)
        text[i] = (unsigned char)f->at[i] < ' ' || f->at[i] == 127 ? '?' : f->at[i];
    text[length] = 0;
    const char *note = !pensel_column_is_target(c->plan.role[column])
                           ? " (columns of text are dropped, or made numbers first)"
                       : c->plan.targets > 1 ? " (several targets are numbers)"
                                             : " (text targets are for classification)";
    if (has_decimal_comma(f)) note = " (with a decimal point)";
    snprintf(what, sizeof what, "is \"%s\": a number is expected%s", text, note);
    return bad_field(c, line, column, what);
}

static pensel_status read_number(double *value, const csv *c, size_t line, size_t column,
                                 const csv_field *f)
{
    if (!pensel_number_parse(value, f->at, f->length)) return bad_number(c, line, column, f);
    if (fabs(*value) <= (c->options->precision == PENSEL_FLOAT64 ? DBL_MAX : FLT_MAX))
        return PENSEL_OK;
    return bad_field(c, line, column,
                     c->options->precision == PENSEL_FLOAT64
                         ? "is too large for a float64"
                         : "is too large for a float32: float64 has more room");
}

/* Makes room for another row in a block of `room` rows, which grows by half. */
static pensel_status room_for_row(csv *c)
{
    if (c->rows < c->room) return PENSEL_OK;
    size_t room = c->room ? c->room + c->room / 2 : 1024, numbers, targets;
    if (!pensel_multiply(&numbers, room, c->plan.inputs) ||
        !pensel_multiply(&targets, room, c->plan.targets))
        return pensel_fail_memory(c->error, room, c->plan.count);
    PENSEL_TRY(pensel_resize(&c->x, numbers, c->real, c->error));
    if (targets) PENSEL_TRY(pensel_resize(&c->y, targets, c->y_real, c->error));
    if (c->plan.weights) PENSEL_TRY(pensel_resize(&c->weights, room, c->real, c->error));
    c->room = room;
    return PENSEL_OK;
}

static void put(void *block, size_t real, size_t i, double value)
{
    if (real == sizeof(float))
        ((float *)block)[i] = (float)value;
    else
        ((double *)block)[i] = value;
}

/* Only a single target may be text; several are numbers, 0 or 1 for each label. */
static bool has_labels(const csv *c)
{
    return c->options->classify && c->plan.targets == 1;
}

static pensel_status add_label(csv *c, size_t column, const csv_field *f, size_t line)
{
    size_t code;
    if (is_blank(f)) return bad_number(c, line, column, f);
    PENSEL_TRY(pensel_labels_find(&code, &c->labels, f->at, f->length, c->source->name, c->error));
    put(c->y, c->y_real, c->rows, (double)code);
    return PENSEL_OK;
}

static pensel_status add_row(csv *c, const csv_field *fields, size_t count, size_t line)
{
    const pensel_plan *plan = &c->plan;
    double value;
    if (count != plan->count)
        return refuse(c, "%s: line %zu has %zu fields: the first line has %zu", c->source->name,
                      line, count, plan->count);
    PENSEL_TRY(room_for_row(c));
    for (size_t i = 0; i < plan->count; i++) {
        size_t role = plan->role[i];
        if (role == PENSEL_COLUMN_IGNORED) continue;
        bool target = pensel_column_is_target(role);
        if (target && has_labels(c)) {
            PENSEL_TRY(add_label(c, i, &fields[i], line));
            continue;
        }
        PENSEL_TRY(read_number(&value, c, line, i, &fields[i]));
        if (role == PENSEL_COLUMN_WEIGHT)
            put(c->weights, c->real, c->rows, value);
        else if (target)
            put(c->y, c->y_real, c->rows * plan->targets + role - PENSEL_COLUMN_TARGET, value);
        else
            put(c->x, c->real, c->rows * plan->inputs + role, value);
    }
    c->rows++;
    return PENSEL_OK;
}

/* ------------------------------------------------ the whole table */

/* Replaces codes, which are in order of appearance, by the labels themselves if all are numbers,
 * otherwise by codes in order of the sorted names. */
static pensel_status settle_labels(csv *c, pensel_table *table)
{
    double *codes;
    PENSEL_TRY(
        pensel_labels_settle(&codes, &table->classes, &table->class_count, &c->labels, c->error));
    double *y = c->y;
    for (size_t r = 0; r < c->rows; r++)
        y[r] = codes[(size_t)y[r]];
    pensel_release(codes);
    return PENSEL_OK;
}

static pensel_status give(csv *c, pensel_table *table)
{
    const pensel_plan *plan = &c->plan;
    if (c->rows == 0)
        return refuse(c, "%s has no rows of data: a table needs 1 or more", c->source->name);
    if (has_labels(c)) PENSEL_TRY(settle_labels(c, table));
    PENSEL_TRY(pensel_resize(&c->x, c->rows * plan->inputs, c->real, c->error));
    if (c->y) PENSEL_TRY(pensel_resize(&c->y, c->rows * plan->targets, c->y_real, c->error));
    table->x = (pensel_matrix){c->x, c->rows, plan->inputs, c->options->precision};
    if (c->y)
        table->y = (pensel_matrix){c->y, c->rows, plan->targets,
                                   c->y_real == sizeof(float) ? PENSEL_FLOAT32 : PENSEL_FLOAT64};
    if (c->weights) {
        PENSEL_TRY(pensel_resize(&c->weights, c->rows, c->real, c->error));
        table->weights = (pensel_matrix){c->weights, c->rows, 1, c->options->precision};
    }
    c->x = c->y = c->weights = NULL;
    return PENSEL_OK;
}

static pensel_status read_all(csv *c, pensel_table *table)
{
    bool named;
    PENSEL_TRY(pensel_csv_head(c, &named));
    PENSEL_TRY(pensel_plan_make(&c->plan, table, c->options, c->names, c->name_count, named,
                                c->source->name, c->error));
    if (!named) PENSEL_TRY(add_row(c, c->first, c->first_count, c->first_line));
    while (c->count > 0) {
        PENSEL_TRY(add_row(c, c->fields, c->count, c->line));
        PENSEL_TRY(pensel_csv_record(c));
    }
    return give(c, table);
}

pensel_status pensel_csv_read(pensel_table *table, pensel_source *source,
                              const pensel_table_options *options, pensel_error *error)
{
    csv c = {.source = source, .options = options, .error = error, .next_line = 1};
    c.real = pensel_precision_size(options->precision);
    c.y_real = options->classify ? sizeof(double) : c.real;
    pensel_status status = read_all(&c, table);
    pensel_plan_names_free(c.names, c.name_count);
    pensel_labels_clear(&c.labels);
    pensel_release(c.plan.role);
    pensel_release(c.fields);
    pensel_release(c.first);
    pensel_release(c.first_text);
    pensel_release(c.x);
    pensel_release(c.y);
    pensel_release(c.weights);
    return status;
}
