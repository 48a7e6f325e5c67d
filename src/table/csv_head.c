/* The beginning of a CSV file, from its first 500 records: encoding, text above, delimiter,
 * comments, header, names. Nothing of it can be known for sure, so what a person would have decided
 * otherwise is said in a note, with the option that overrules it.
 *
 * The order is that of pensel_csv_begin: each step reads by what those before it have found. The
 * sample is a copy: the source stands at the table's first record afterwards, and the header is
 * then passed over as a record of the file itself. */
#include "table/csv.h"

#include "base/error.h"
#include "base/memory.h"
#include "base/number.h"
#include "table/cell.h"
#include "table/file_kind.h"
#include "table/labels.h"
#include "table/table.h"

#include <string.h>

/* ------------------------------------------------ encoding */

/* UTF-16 by its mark, or by the zero bytes of Latin letters: two letters without a mark show on
 * which side of a letter the zero is. */
static pensel_text_encoding encoding_of(const char *at, size_t size)
{
    if (size < 4) return PENSEL_TEXT_BYTES;
    if (memcmp(at, "\xff\xfe", 2) == 0) return PENSEL_TEXT_UTF16_LITTLE;
    if (memcmp(at, "\xfe\xff", 2) == 0) return PENSEL_TEXT_UTF16_BIG;
    if (at[0] && !at[1] && at[2] && !at[3]) return PENSEL_TEXT_UTF16_LITTLE;
    if (!at[0] && at[1] && !at[2] && at[3]) return PENSEL_TEXT_UTF16_BIG;
    return PENSEL_TEXT_BYTES;
}

/* A file that is no table is refused by what it is (file_kind.c), before anybody looks for commas
 * in it. Zero bytes are no text in any encoding that is read as bytes. */
static pensel_status check_text(csv *c)
{
    pensel_source *s = c->source;
    pensel_error *error = c->error;
    PENSEL_TRY(pensel_source_need(s, 4096, error));
    PENSEL_REQUIRE(s->end > 0, BAD_FILE, "%s is empty: a table has 1 row or more", s->name);
    PENSEL_TRY(pensel_file_kind_check(s->buffer, s->end, s->name, error));
    pensel_text_encoding encoding = encoding_of(s->buffer, s->end);
    if (encoding != PENSEL_TEXT_BYTES) {
        PENSEL_TRY(pensel_source_keep(s, false, error));
        PENSEL_TRY(pensel_source_decode(s, encoding, error));
        PENSEL_TRY(pensel_source_need(s, 4096, error));
    }
    PENSEL_REQUIRE(!memchr(s->buffer, 0, s->end), BAD_FILE,
                   "%s is not text: a CSV file or a .npy array is expected", s->name);
    return PENSEL_OK;
}

/* Passes over a byte order mark and over Excel's line "sep=;", which names the delimiter. */
static void skip_marks(csv *c, char *delimiter)
{
    pensel_source *s = c->source;
    if (s->end >= 3 && memcmp(s->buffer, "\xef\xbb\xbf", 3) == 0) s->begin = 3;
    const char *at = s->buffer + s->begin, *end = s->buffer + s->end;
    c->start_line = 1;
    if (end - at >= 6 && (memcmp(at, "sep=", 4) == 0 || memcmp(at, "SEP=", 4) == 0)) {
        const char *next = at + 5;
        if (next < end && *next == '\r') next++;
        if (next < end && *next == '\n') next++;
        if (next > at + 5) {
            if (!*delimiter) *delimiter = at[4];
            s->begin = (size_t)(next - s->buffer);
            c->start_line = 2;
        }
    }
    c->start = s->begin;
}

/* ------------------------------------------------ header */

/* Where the records stand in the sample. */
typedef struct layout {
    size_t comment; /* the last one before the first record, or SIZE_MAX */
    size_t first;   /* the first record that is no comment */
} layout;

/* If everything begins with #, it is no mark of comments. */
static layout find_first(csv *c, const csv_sample *s)
{
    layout l = {SIZE_MAX, 0};
    while (l.first < s->records && pensel_csv_sample_hash(s, l.first))
        l.first++;
    c->comments = l.first < s->records;
    if (!c->comments) l.first = 0;
    if (l.first > 0) l.comment = l.first - 1;
    return l;
}

/* A header must have none of them. */
bool pensel_csv_is_number(const csv_field *f)
{
    double value;
    unsigned unit;
    return pensel_number_parse(&value, f->at, f->length) ||
           pensel_cell_number(&value, &unit, f->at, f->length, PENSEL_NUMBERS_POINT) ||
           pensel_cell_number(&value, &unit, f->at, f->length, PENSEL_NUMBERS_COMMA);
}

/* What is below a field of the first record, missing ones not counted. */
typedef struct below {
    size_t numbers, texts;
    bool again;  /* the first record's own text is among them */
    bool common; /* that of the record below it comes again */
} below;

/* Byte by byte: the first record's text and one below it are written alike, or are two texts. */
static bool same(const csv_field *a, const csv_field *b)
{
    return a->length == b->length && memcmp(a->at, b->at, a->length) == 0;
}

/* One pass for all that is_header asks of a column. */
static below look_below(const csv_sample *s, size_t first, size_t column)
{
    below b = {0};
    const csv_field *top = pensel_csv_sample_field(s, first, column), *second = NULL;
    for (size_t r = first + 1; r < s->records; r++) {
        if (column >= pensel_csv_sample_count(s, r)) continue;
        const csv_field *f = pensel_csv_sample_field(s, r, column);
        if (pensel_cell_is_missing(f->at, f->length)) continue;
        if (pensel_csv_is_number(f))
            b.numbers++;
        else
            b.texts++;
        b.again = b.again || same(f, top);
        if (!second)
            second = f;
        else
            b.common = b.common || same(f, second);
    }
    return b;
}

/* 0, 1, 2... as pandas numbers columns without names. */
static bool counts_up(const csv_sample *s, size_t first)
{
    size_t count = pensel_csv_sample_count(s, first);
    for (size_t i = 0; i < count; i++) {
        const csv_field *f = pensel_csv_sample_field(s, first, i);
        double value;
        if (!pensel_number_parse(&value, f->at, f->length) || value != (double)i) return false;
    }
    return count >= 3;
}

/* Four numbers or more, each the one before and 1, among texts: years, or samples without a name */
static bool counts_on(const csv_sample *s, size_t record)
{
    size_t numbers = 0;
    double value, last = 0;
    for (size_t i = 0; record < s->records && i < pensel_csv_sample_count(s, record); i++) {
        const csv_field *f = pensel_csv_sample_field(s, record, i);
        if (!pensel_number_parse(&value, f->at, f->length)) continue;
        if (numbers++ > 0 && value != last + 1) return false;
        last = value;
    }
    return numbers >= 4;
}

/* The first record is a header if it has text above numbers, or no number at all, or if it counts
 * from 0. Numbers among names above text alone: it is one if what is below comes again and again,
 * and the first record's own text does not; or if its numbers count and those below do not. */
static bool is_header(const csv_sample *s, size_t first)
{
    size_t numbers = 0, texts = 0, names = 0, records = s->records - first;
    for (size_t i = 0; i < pensel_csv_sample_count(s, first); i++) {
        const csv_field *top = pensel_csv_sample_field(s, first, i);
        if (pensel_csv_is_blank(top)) continue;
        below b = look_below(s, first, i);
        if (pensel_csv_is_number(top)) {
            numbers++;
        } else if (!pensel_cell_is_missing(top->at, top->length)) {
            if (b.numbers > b.texts) return true;
            texts++;
            names += b.common && !b.again;
        }
    }
    if (numbers == 0) return texts > 0;
    if (texts > 0 && counts_on(s, first) && !counts_on(s, first + 1)) return true;
    return counts_up(s, first) || (texts > 0 && names == texts && records >= 20);
}

/* Only a first record with numbers leaves a doubt: a header that has some, or data that is nothing
 * but numbers and might be names. Other first records are what they look like. */
static pensel_status note_header(const csv *c, const csv_sample *s, size_t first,
                                 pensel_notes *notes)
{
    size_t numbers = 0, count = pensel_csv_sample_count(s, first), line;
    line = c->start_line - 1 + s->lines[first];
    for (size_t i = 0; i < count; i++)
        numbers += pensel_csv_is_number(pensel_csv_sample_field(s, first, i));
    if (numbers == 0) return PENSEL_OK;
    if (c->skips_first)
        return pensel_notes_add(notes, c->error,
                                "line %zu with its numbers is taken as the names of the columns: "
                                "--header no if it is data",
                                line);
    if (numbers < count) return PENSEL_OK;
    return pensel_notes_add(notes, c->error,
                            "line %zu is numbers and taken as data: --header yes if they are the "
                            "names of the columns",
                            line);
}

/* ------------------------------------------------ columns */

/* Whether every record ends with a delimiter, so that its last field is none. */
static bool ends_with_delimiter(const csv_sample *s, size_t first, size_t count)
{
    size_t records = 0;
    for (size_t r = first; r < s->records; r++) {
        size_t n = pensel_csv_sample_count(s, r);
        if (r == first && n == count - 1) continue; /* the header has none */
        if (n != count || !pensel_csv_is_blank(pensel_csv_sample_field(s, r, n - 1))) return false;
        records++;
    }
    return count > 1 && records > 0;
}

/* Sets the number of columns; *shift 1 if the header lacks a name for the first, as R writes it:
 *
 *     first record   rows     columns
 *     n              n        n, or n - 1 if each ends with a delimiter
 *     n              n + 1    n if each row ends with a delimiter; below a header n + 1
 *     n              other    n: the first row of another width is an error, with its line */
static void find_columns(csv *c, const csv_sample *s, size_t first, size_t *shift)
{
    size_t own = pensel_csv_sample_count(s, first), usual = pensel_csv_usual_count(s, first);
    *shift = 0;
    c->columns = own;
    if (usual == own || usual == own + 1) {
        if (ends_with_delimiter(s, first, usual))
            c->columns = usual - 1;
        else if (usual == own + 1 && c->skips_first &&
                 !pensel_csv_is_blank(pensel_csv_sample_field(s, first, own - 1)))
            *shift = 1, c->columns = usual;
    }
}

/* Without the blanks around it, in UTF-8. An empty one leaves the name that stands there. */
static pensel_status take_name(csv *c, size_t i, const csv_field *f)
{
    const char *text = f->at;
    size_t length = f->length;
    pensel_trim(&text, &length);
    if (length == 0) return PENSEL_OK;
    pensel_release(c->names[i]);
    c->names[i] = NULL;
    return pensel_text_copy(&c->names[i], text, length, c->error);
}

/* The names in the header; "x3" where there is none. header SIZE_MAX: the file has none. The column
 * that R leaves without a name holds the names of its rows, and is called "row". */
static pensel_status take_names(csv *c, const csv_sample *s, size_t header, size_t shift)
{
    PENSEL_TRY(pensel_plan_names(&c->names, c->columns, c->error));
    if (shift) {
        csv_field row = {(char[]){"row"}, 3};
        PENSEL_TRY(take_name(c, 0, &row));
    }
    for (size_t i = shift; header != SIZE_MAX && i < c->columns; i++)
        if (i - shift < pensel_csv_sample_count(s, header))
            PENSEL_TRY(take_name(c, i, pensel_csv_sample_field(s, header, i - shift)));
    return PENSEL_OK;
}

/* The names that a comment above the first record has, in the sample split again without its #. */
static pensel_status take_comment(csv *c, csv_sample *s, const layout *l)
{
    csv_field *field = &s->fields.list[s->first[l->comment]];
    size_t count = pensel_csv_sample_count(s, l->comment), lone;
    while (field->length > 0 && *field->at == '#')
        field->at++, field->length--;
    lone = pensel_csv_is_blank(field) && c->dialect.delimiter == ' '; /* "# a b" */
    if (count - lone != c->columns) return PENSEL_OK;
    for (size_t i = 0; i < c->columns; i++)
        if (pensel_csv_is_number(&field[lone + i])) return PENSEL_OK;
    for (size_t i = 0; i < c->columns; i++)
        PENSEL_TRY(take_name(c, i, &field[lone + i]));
    c->named = true;
    return PENSEL_OK;
}

/* The header before the columns, for only a header may be a field short; the columns before the
 * names. A comment gives names only where no header does. No note is needed where the caller
 * decided, or where a comment was taken. */
static pensel_status describe(csv *c, csv_sample *s, pensel_header header, pensel_notes *notes)
{
    size_t shift;
    pensel_error *error = c->error;
    PENSEL_REQUIRE(s->records > 0, BAD_DATA, "%s has only empty lines: a table has 1 row or more",
                   c->source->name);
    layout l = find_first(c, s);
    c->skips_first =
        header == PENSEL_HEADER_YES || (header == PENSEL_HEADER_AUTO && is_header(s, l.first));
    c->named = c->skips_first;
    find_columns(c, s, l.first, &shift);
    PENSEL_TRY(take_names(c, s, c->skips_first ? l.first : SIZE_MAX, shift));
    if (!c->named && header != PENSEL_HEADER_NO && l.comment != SIZE_MAX)
        PENSEL_TRY(take_comment(c, s, &l));
    bool told = header != PENSEL_HEADER_AUTO || (c->named && !c->skips_first);
    return told ? PENSEL_OK : note_header(c, s, l.first, notes);
}

/* A delimiter that is given goes before what "sep=" says, and that before what the records agree
 * on. Text above the table goes before the first record is looked at, or it would be the header. */
pensel_status pensel_csv_begin(csv *c, pensel_source *source, char delimiter, pensel_header header,
                               pensel_notes *notes, pensel_error *error)
{
    csv_sample sample = {0};
    *c = (csv){.source = source, .error = error};
    PENSEL_TRY(check_text(c));
    skip_marks(c, &delimiter);
    pensel_status status = pensel_csv_sample_take(&sample, &c->dialect, source, error);
    if (status == PENSEL_OK && delimiter) {
        c->dialect.delimiter = delimiter;
        status = pensel_csv_sample_split(&sample, &c->dialect, error);
    } else if (status == PENSEL_OK) {
        status = pensel_csv_sample_delimiter(&sample, &c->dialect, error);
    }
    if (status == PENSEL_OK) status = pensel_csv_preamble_skip(c, &sample, notes);
    if (status == PENSEL_OK) status = describe(c, &sample, header, notes);
    pensel_csv_sample_clear(&sample);
    c->next_line = c->start_line;
    if (status == PENSEL_OK && c->skips_first) status = pensel_csv_header(c);
    return status;
}
