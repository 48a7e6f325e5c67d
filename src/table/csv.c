/* Records and fields as in RFC 4180: delimiters, quotes around fields that contain one, "" for a
 * quote within quotes; and what else there is: any line end, blanks as delimiters, comments.
 *
 * A record stays where it is in the source's buffer: fields point into it, and unquoting moves
 * bytes to the left within a field, never beyond it. So nothing is allocated for a row, and fields
 * are good until the next record is asked for. */
#include "table/csv.h"

#include "base/error.h"
#include "base/memory.h"
#include "base/number.h"

#include <string.h>

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

/* Where blanks divide a tab does too; any other delimiter is that one byte. */
static bool divides(const csv_dialect *d, char c)
{
    return c == d->delimiter || (d->delimiter == ' ' && c == '\t');
}

/* A quote counts only at the beginning of a field: 5" within one is text. A line without any,
 * nearly every one, is found by memchr alone. Not in the buffer may mean that a quote is still
 * open: then more of the source is needed, whatever lines it has. */
char *pensel_csv_record_end(const csv_dialect *dialect, const char *at, const char *end)
{
    bool field_begins = true;
    const char *line = memchr(at, dialect->line_end, (size_t)(end - at));
    if (line && !memchr(at, '"', (size_t)(line - at))) return (char *)line;
    for (; at < end; at++) {
        if (field_begins && *at == '"') {
            at = closing_quote(at + 1, end);
            if (!at) return NULL;
        } else if (*at == dialect->line_end) {
            return (char *)at;
        }
        field_begins = divides(dialect, *at);
    }
    return NULL;
}

/* Fields move, the bytes that they point to do not. Doubling makes a record of n fields n steps,
 * and the list stays as large for all records after it. */
static pensel_status grow(csv_fields *fields, pensel_error *error)
{
    csv_field *larger;
    size_t capacity = fields->capacity ? 2 * fields->capacity : 64;
    PENSEL_TRY(PENSEL_NEW(larger, capacity, error));
    if (fields->count) memcpy(larger, fields->list, fields->count * sizeof *larger);
    pensel_release(fields->list);
    fields->list = larger;
    fields->capacity = capacity;
    return PENSEL_OK;
}

static pensel_status add_field(csv_fields *fields, char *at, size_t length, pensel_error *error)
{
    if (fields->count == fields->capacity) PENSEL_TRY(grow(fields, error));
    fields->list[fields->count++] = (csv_field){at, length};
    return PENSEL_OK;
}

void pensel_csv_fields_clear(csv_fields *fields)
{
    pensel_release(fields->list);
    *fields = (csv_fields){0};
}

/* A field in quotes, unquoted in place: *at is its opening quote, and then what follows the closing
 * one, a delimiter or the end. `to` never overtakes `from`, so nothing is written that is still to
 * be read. Blanks behind the closing quote belong to nobody. */
static pensel_status quoted_field(csv_fields *fields, const csv_dialect *d, char **at, char *end,
                                  const char *file, size_t line, pensel_error *error)
{
    char *from = *at + 1, *to = from, *first = from;
    while (from < end) {
        if (*from == '"') {
            if (from + 1 >= end || from[1] != '"') break;
            from++;
        }
        *to++ = *from++;
    }
    PENSEL_REQUIRE(from < end, BAD_DATA,
                   "%s: line %zu has a quote that is not closed: each is closed, and one within "
                   "quotes is doubled",
                   file, line);
    from++;
    while (from < end && *from == ' ' && d->delimiter != ' ')
        from++;
    PENSEL_REQUIRE(from == end || divides(d, *from), BAD_DATA,
                   "%s: line %zu has text behind a closing quote: a quote within quotes is doubled",
                   file, line);
    *at = from;
    return add_field(fields, first, (size_t)(to - first), error);
}

/* The first byte that is not the field's: a delimiter, or the end of the record. */
static char *field_end(const csv_dialect *d, char *at, char *end)
{
    if (d->delimiter != ' ') {
        char *stop = memchr(at, d->delimiter, (size_t)(end - at));
        return stop ? stop : end;
    }
    while (at < end && !pensel_is_space(*at))
        at++;
    return at;
}

/* Where the first field begins: behind blanks, where they divide. */
static char *skip_blanks(const csv_dialect *d, char *at, const char *end)
{
    while (d->delimiter == ' ' && at < end && pensel_is_space(*at))
        at++;
    return at;
}

/* [at, end) is without its line end. Nothing between two delimiters is a field, an empty one;
 * blanks at either end divide nothing.
 *
 * A record has one field more than delimiters, so an empty record is one empty field, and a
 * delimiter that is the last byte has an empty field behind it: the loop comes round once more for
 * it. */
pensel_status pensel_csv_split(csv_fields *fields, const csv_dialect *d, char *at, char *end,
                               const char *file, size_t line, pensel_error *error)
{
    while (d->delimiter == ' ' && end > at && pensel_is_space(end[-1]))
        end--;
    for (at = skip_blanks(d, at, end);;) {
        if (at < end && *at == '"') {
            PENSEL_TRY(quoted_field(fields, d, &at, end, file, line, error));
        } else {
            char *stop = field_end(d, at, end);
            PENSEL_TRY(add_field(fields, at, (size_t)(stop - at), error));
            at = stop;
        }
        if (at >= end) return PENSEL_OK;
        at = skip_blanks(d, at + 1, end);
    }
}

bool pensel_csv_is_blank(const csv_field *field)
{
    for (size_t i = 0; i < field->length; i++)
        if (!pensel_is_space(field->at[i])) return false;
    return true;
}

/* ------------------------------------------------ rows */

/* The next record that is not an empty line into c->fields; count 0: there are no more. After a
 * fill the buffer may be elsewhere, so the search begins again with fresh pointers. The last record
 * of a file needs no line end. Lines are counted within the record too, where quotes hold line
 * ends, since sentences name the line at which a record begins. */
static pensel_status next_record(csv *c)
{
    pensel_source *s = c->source;
    for (c->fields.count = 0;;) {
        char *at = s->buffer + s->begin, *end = s->buffer + s->end;
        char *line_end = pensel_csv_record_end(&c->dialect, at, end);
        if (!line_end && !s->finished) {
            PENSEL_TRY(pensel_source_fill(s, c->error));
            continue;
        }
        if (!line_end && at == end) return PENSEL_OK;
        size_t lines = 1;
        if (!line_end) line_end = end;
        s->begin = (size_t)(line_end - s->buffer) + (line_end < end);
        c->line = c->next_line;
        for (char *n = at; (n = memchr(n, c->dialect.line_end, (size_t)(line_end - n))); n++)
            lines++;
        c->next_line += lines;
        if (line_end > at && line_end[-1] == '\r') line_end--;
        if (line_end > at)
            return pensel_csv_split(&c->fields, &c->dialect, at, line_end, s->name, c->line,
                                    c->error);
    }
}

/* Part of a rule below the names, as Markdown and databases draw it: two dashes or more, and colons
 * or crosses. One dash is a gap. */
static bool is_rule(const csv_field *field)
{
    size_t dashes = 0;
    for (size_t i = 0; i < field->length; i++) {
        char at = field->at[i];
        if (!pensel_is_space(at) && (at == 0 || !strchr("-=:+", at))) return false;
        dashes += at == '-' || at == '=';
    }
    return dashes >= 2;
}

/* Every field is blank, or drawn: such a record is passed over. */
static bool is_empty(const csv_fields *fields)
{
    for (size_t i = 0; i < fields->count; i++)
        if (!pensel_csv_is_blank(&fields->list[i]) && !is_rule(&fields->list[i])) return false;
    return true;
}

/* "(12 rows)", which psql writes below a table of more than one column. */
static bool is_foot(const csv *c)
{
    const csv_field *field = c->fields.list;
    if (c->columns < 2 || c->fields.count != 1 || field->length < 2) return false;
    if (field->at[0] != '(' || field->at[field->length - 1] != ')') return false;
    size_t i = 1;
    while (field->at[i] >= '0' && field->at[i] <= '9')
        i++;
    size_t left = field->length - 1 - i; /* " row" or " rows" */
    return i > 1 && (left == 4 || left == 5) && memcmp(field->at + i, " rows", left) == 0;
}

/* Comments stand before the first row, or have another number of fields than rows have. */
static bool is_comment(const csv *c)
{
    const csv_field *field = c->fields.list;
    return c->comments && field->length > 0 && *field->at == '#' &&
           (c->records == 0 || c->fields.count != c->columns);
}

/* Also takes away the empty field behind a last delimiter, so that c->fields are what is used. Most
 * records begin with a value, so whether all fields are empty is asked only where the first one is.
 * An empty line of one field is passed over in silence; one with delimiters is counted, for it may
 * have been meant as a row. */
static bool is_row(csv *c)
{
    csv_fields *fields = &c->fields;
    bool comment = is_comment(c) || is_foot(c);
    bool asks = comment || pensel_csv_is_blank(fields->list) || is_rule(fields->list);
    if (asks && (comment || is_empty(fields))) {
        c->empty += !comment && fields->count > 1;
        return false;
    }
    if (c->columns && fields->count == c->columns + 1 &&
        pensel_csv_is_blank(&fields->list[c->columns]))
        fields->count--;
    return true;
}

pensel_status pensel_csv_note_empty(const csv *c, pensel_notes *notes)
{
    if (c->empty == 0) return PENSEL_OK;
    return pensel_notes_add(notes, c->error, "%zu row%s without any value: left out", c->empty,
                            c->empty == 1 ? "" : "s");
}

/* With columns known, a record of another number of fields is an error: nothing says which is
 * missing. */
pensel_status pensel_csv_row(csv *c)
{
    do
        PENSEL_TRY(next_record(c));
    while (c->fields.count > 0 && !is_row(c));
    if (c->fields.count == 0) return PENSEL_OK;
    c->records++;
    if (c->columns && c->fields.count != c->columns)
        return pensel_fail(c->error, PENSEL_BAD_DATA,
                           "%s: line %zu has %zu field%s: the first line has %zu", c->source->name,
                           c->line, c->fields.count, c->fields.count == 1 ? "" : "s", c->columns);
    return PENSEL_OK;
}

/* A header may have fewer fields than rows have, so the count is not compared for it. */
pensel_status pensel_csv_header(csv *c)
{
    size_t columns = c->columns;
    c->columns = 0;
    pensel_status status = pensel_csv_row(c);
    c->columns = columns;
    return status;
}

/* To the byte where the records begin, over whatever refills of the buffer there are on the way. */
pensel_status pensel_csv_again(csv *c)
{
    pensel_source *s = c->source;
    PENSEL_TRY(pensel_source_rewind(s, c->error));
    for (size_t left = c->start; left > 0;) {
        if (s->begin == s->end) PENSEL_TRY(pensel_source_fill(s, c->error));
        size_t step = s->end - s->begin < left ? s->end - s->begin : left;
        if (step == 0) break;
        s->begin += step;
        left -= step;
    }
    c->next_line = c->start_line;
    c->records = c->empty = 0;
    return c->skips_first ? pensel_csv_header(c) : PENSEL_OK;
}

void pensel_csv_end(csv *c)
{
    pensel_csv_fields_clear(&c->fields);
    for (size_t i = 0; c->names && i < c->columns; i++)
        pensel_release(c->names[i]);
    pensel_release(c->names);
    c->names = NULL;
}
