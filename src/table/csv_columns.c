/* Columns of a CSV file, typed while they are read.
 *
 * Every column begins as plain numbers. The one that meets something else is read again as text,
 * from the beginning: at once if that happens within the first rows, as it does for nearly all of
 * them; otherwise in one more pass, which reads only such columns. What a column is in the end
 * depends on all its values and not on where they stand (settle.c). */
#include "table/columns.h"

#include "base/error.h"
#include "base/memory.h"
#include "base/number.h"
#include "table/cell.h"
#include "table/csv.h"
#include "table/settle.h"

#include <math.h>
#include <string.h>

/* After so many rows the columns that have met text are read again, and the rest goes on as it then
 * is: the sample of csv_head.c has as many records. */
enum { FIRST_ROWS = 500 };

/* Stores a number, or NaN for what is missing or infinite; false if the field is neither, and the
 * column cannot stay NUMBER: for it is text, or would not come back as it was written (007), or has
 * another unit than those above. `suspect` spares nearly all fields the question for a numeral: one
 * begins with 0, a sign or a blank, all of which are bytes up to '0', or is long. */
static bool put_number(pensel_column_maker *c, size_t row, const csv_field *f)
{
    double value, *to = (double *)c->numbers + row;
    unsigned unit = 0;
    bool plain = c->style == PENSEL_NUMBERS_PLAIN;
    bool number = plain ? pensel_number_parse(&value, f->at, f->length)
                        : pensel_cell_number(&value, &unit, f->at, f->length, c->style);
    if (number && isfinite(value)) {
        bool suspect = f->length > 1 && (*f->at <= '0' || f->length > 15);
        if (plain && suspect && pensel_cell_is_numeral(f->at, f->length)) return false;
        if (unit && c->unit && unit != c->unit) return false;
        if (unit) c->unit = unit;
        *to = value;
        return true;
    }
    bool infinite = number || pensel_cell_is_infinite(f->at, f->length);
    if (!infinite && !pensel_cell_is_missing(f->at, f->length)) return false;
    c->missing++;
    c->infinite += infinite;
    *to = NAN;
    return true;
}

/* The code of a text without the blanks around it; 0 for what says that there is no value. */
static pensel_status put_text(pensel_columns_maker *m, pensel_column_maker *c, const csv_field *f,
                              size_t line)
{
    uint32_t *to = (uint32_t *)c->codes + m->rows;
    pensel_error *error = m->error;
    const char *text = f->at;
    size_t length = f->length;
    pensel_trim(&text, &length);
    *to = 0;
    if (pensel_cell_is_missing(text, length)) {
        c->missing++;
        return PENSEL_OK;
    }
    PENSEL_REQUIRE(!memchr(text, 0, length), BAD_DATA,
                   "%s: line %zu, column \"%.60s\" has a zero byte: text is expected", m->file,
                   line, c->name);
    return pensel_dictionary_find(to, &c->dictionary, text, length, error);
}

/* A column that meets text takes nothing more in this pass: it will be read from the top. */
static pensel_status add_row(pensel_columns_maker *m, const csv_field *fields, size_t line)
{
    PENSEL_TRY(pensel_columns_maker_room(m));
    for (size_t i = 0; i < m->count; i++) {
        pensel_column_maker *c = &m->list[i];
        if (!c->open) continue;
        if (c->form == PENSEL_COLUMN_TEXT)
            PENSEL_TRY(put_text(m, c, &fields[i], line));
        else if (!put_number(c, m->rows, &fields[i]))
            c->again = true, c->open = false;
    }
    m->rows++;
    return PENSEL_OK;
}

/* Rows up to `most`; *more: there may be others. */
static pensel_status add_rows(pensel_columns_maker *m, csv *c, size_t most, bool *more)
{
    while (m->rows < most) {
        PENSEL_TRY(pensel_csv_row(c));
        *more = c->fields.count > 0;
        if (!*more) return PENSEL_OK;
        PENSEL_TRY(add_row(m, c->fields.list, c->line));
    }
    return PENSEL_OK;
}

/* Columns that have met text in the pass that is over. */
static bool any_again(const pensel_columns_maker *m)
{
    for (size_t i = 0; i < m->count; i++)
        if (m->list[i].again) return true;
    return false;
}

/* Opens what is read from the beginning: the columns with text, or all of them. Those become TEXT
 * and give up their numbers; others that are read again keep their block and count anew. Blocks of
 * closed columns keep all their rows, which the new pass counts up to again. */
static void open_again(pensel_columns_maker *m, bool all)
{
    for (size_t i = 0; i < m->count; i++) {
        pensel_column_maker *c = &m->list[i];
        c->open = c->again || all;
        if (!c->open) continue;
        if (c->again) {
            c->form = PENSEL_COLUMN_TEXT;
            c->style = PENSEL_NUMBERS_PLAIN;
            pensel_release(c->numbers);
            c->numbers = NULL;
        }
        pensel_dictionary_clear(&c->dictionary);
        c->missing = c->infinite = c->unit = 0;
        c->again = false;
    }
    m->rows = m->room = 0;
}

/* The first rows show which columns are text; afterwards all is set to read the rest. A column
 * whose texts are surely numbers of one style (12,5) is made numbers here, so that the rest of a
 * large file needs no codes for them; if a later row is no such number, it is read again as any
 * other. */
static pensel_status begin_rows(pensel_columns_maker *m, csv *c, bool *more)
{
    PENSEL_TRY(add_rows(m, c, FIRST_ROWS, more));
    if (!any_again(m)) return PENSEL_OK;
    open_again(m, true);
    PENSEL_TRY(pensel_csv_again(c));
    PENSEL_TRY(add_rows(m, c, FIRST_ROWS, more));
    for (size_t i = 0; i < m->count && *more; i++)
        PENSEL_TRY(pensel_settle_sure(m, &m->list[i], m->rows));
    return PENSEL_OK;
}

/* At most three passes: the first rows twice, all rows, and all rows once more for the columns that
 * became text late. In the last one a column of TEXT takes whatever comes, so there is no fourth.
 */
static pensel_status read_all(pensel_columns_maker *m, csv *c)
{
    bool more;
    pensel_error *error = m->error;
    PENSEL_TRY(begin_rows(m, c, &more));
    if (more) PENSEL_TRY(add_rows(m, c, SIZE_MAX, &more));
    if (!any_again(m)) return PENSEL_OK;
    size_t rows = m->rows;
    open_again(m, false);
    PENSEL_TRY(pensel_csv_again(c));
    PENSEL_TRY(add_rows(m, c, SIZE_MAX, &more));
    PENSEL_REQUIRE(m->rows == rows, BAD_FILE,
                   "%s had %zu rows and then %zu: it must not change while it is read", m->file,
                   rows, m->rows);
    return PENSEL_OK;
}

/* What the maker has is the caller's to clear, also after a failure; the names are copied, so the
 * csv may end here. */
pensel_status pensel_csv_columns(pensel_columns_maker *m, pensel_source *source,
                                 const pensel_columns_options *options, pensel_error *error)
{
    csv c;
    PENSEL_TRY(pensel_source_keep(source, false, error));
    pensel_status status =
        pensel_csv_begin(&c, source, options->delimiter, options->header, &m->notes, error);
    if (status == PENSEL_OK)
        status = pensel_columns_maker_begin(m, c.names, c.columns, source->name, error);
    if (status == PENSEL_OK) status = pensel_columns_maker_keep(m, options);
    if (status == PENSEL_OK) status = read_all(m, &c);
    if (status == PENSEL_OK) status = pensel_csv_note_empty(&c, &m->notes);
    pensel_csv_end(&c);
    return status;
}
