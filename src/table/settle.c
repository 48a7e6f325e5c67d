/* A column's style from its distinct texts, and the numbers that they are. 1,234 is a number in two
 * styles; so all texts of the column are asked, and where they leave it open the other columns.
 * What would not come back as it was written (007, an account) stays text.
 *
 * Only distinct texts are looked at, so this costs as much for a million rows as for the few texts
 * that they repeat. After it a column is a number or a text for good. */
#include "table/settle.h"

#include "base/error.h"
#include "base/memory.h"
#include "table/cell.h"

#include <math.h>
#include <string.h>

/* Which styles all texts of a column fit. With two units the column is no number in either style.
 */
typedef struct fitting {
    bool plain, point, comma;
    bool numeral; /* some text is one: see pensel_cell_is_numeral */
    bool units;   /* they have different signs: $ and % */
    unsigned unit;
} fitting;

/* One text more. Its unit is that of the style which it fits: $ 1,5 is none with a point, but has a
 * unit with a comma. */
static void fit_text(fitting *f, const char *text)
{
    size_t length = strlen(text);
    double value;
    unsigned unit, other;
    f->numeral = f->numeral || pensel_cell_is_numeral(text, length);
    f->plain = f->plain && pensel_cell_number(&value, &unit, text, length, PENSEL_NUMBERS_PLAIN);
    bool point = pensel_cell_number(&value, &unit, text, length, PENSEL_NUMBERS_POINT);
    bool comma = pensel_cell_number(&value, &other, text, length, PENSEL_NUMBERS_COMMA);
    f->point = f->point && point;
    f->comma = f->comma && comma;
    if (!point) unit = other;
    if (unit && f->unit && unit != f->unit) f->units = true;
    if (unit) f->unit = unit;
}

/* It ends as soon as no style is left, so a column of words costs a text or two. Infinite ones fit
 * all. */
static fitting fit_all(const pensel_column_maker *c)
{
    fitting f = {.plain = true, .point = true, .comma = true};
    for (size_t code = 1; code <= c->dictionary.count; code++) {
        const char *text = c->dictionary.texts[code];
        if (pensel_cell_is_infinite(text, strlen(text))) continue;
        fit_text(&f, text);
        if (!f.plain && !f.point && !f.comma) break;
    }
    if (f.units) f.point = f.comma = false;
    return f;
}

/* The style in which nine of ten texts or more are numbers; PLAIN if there is none. `comma`: other
 * columns have decimal commas, which decides where both fit. */
static pensel_number_style style_of_most(const pensel_column_maker *c, bool comma)
{
    size_t texts = c->dictionary.count, fits[3] = {0};
    for (size_t code = 1; code <= texts; code++)
        for (int style = PENSEL_NUMBERS_PLAIN; style <= PENSEL_NUMBERS_COMMA; style++) {
            const char *text = c->dictionary.texts[code];
            double value;
            unsigned unit;
            fits[style] +=
                pensel_cell_number(&value, &unit, text, strlen(text), (pensel_number_style)style);
        }
    const size_t *f = fits;
    pensel_number_style best = PENSEL_NUMBERS_PLAIN;
    if (f[PENSEL_NUMBERS_POINT] > f[best]) best = PENSEL_NUMBERS_POINT;
    if (f[PENSEL_NUMBERS_COMMA] > f[best] ||
        (comma && best == PENSEL_NUMBERS_POINT && f[PENSEL_NUMBERS_COMMA] == f[best]))
        best = PENSEL_NUMBERS_COMMA;
    return 10 * f[best] >= 9 * texts ? best : PENSEL_NUMBERS_PLAIN;
}

/* Codes and texts are given up for numbers: each distinct text is read once. All fit the style but
 * infinite ones, which are missing, and counted. `rows` are those that have codes; the block of
 * numbers is as large as the others' (room), for a column that is still being read goes on in it.
 */
static pensel_status make_numbers(pensel_columns_maker *m, pensel_column_maker *c, size_t rows,
                                  pensel_number_style style)
{
    double *values;
    unsigned unit;
    const pensel_dictionary *d = &c->dictionary;
    PENSEL_TRY(PENSEL_NEW(values, d->count + 1, m->error));
    pensel_status status =
        pensel_resize(&c->numbers, m->room > rows ? m->room : rows, sizeof *values, m->error);
    values[0] = NAN;
    for (size_t code = 1; code <= d->count; code++)
        if (!pensel_cell_number(&values[code], &unit, d->texts[code], strlen(d->texts[code]),
                                style) ||
            isinf(values[code]))
            values[code] = NAN; /* an infinite one */
    const uint32_t *codes = c->codes;
    double *numbers = c->numbers;
    for (size_t r = 0; r < rows && status == PENSEL_OK; r++) {
        numbers[r] = values[codes[r]];
        if (codes[r] > 0 && isnan(numbers[r])) c->missing++, c->infinite++;
    }
    pensel_release(values);
    PENSEL_TRY(status);
    pensel_release(c->codes);
    c->codes = NULL;
    pensel_dictionary_clear(&c->dictionary);
    c->form = PENSEL_COLUMN_NUMBER;
    c->style = style;
    return PENSEL_OK;
}

/* Sure is what fits one of the two styles and not the other. Plain numbers are not: they are text
 * because they are numerals. One that was asked for as text stays so. */
pensel_status pensel_settle_sure(pensel_columns_maker *m, pensel_column_maker *c, size_t rows)
{
    if (c->form != PENSEL_COLUMN_TEXT || c->as_text) return PENSEL_OK;
    fitting f = fit_all(c);
    c->unit = f.unit;
    if (f.plain || f.point == f.comma) return PENSEL_OK;
    return make_numbers(m, c, rows, f.comma ? PENSEL_NUMBERS_COMMA : PENSEL_NUMBERS_POINT);
}

/* Either it stays text, with the style in which nine of ten are numbers, for a schema that makes it
 * a number nevertheless; or it becomes numbers. */
static pensel_status settle(pensel_columns_maker *m, pensel_column_maker *c, bool comma)
{
    if (c->form != PENSEL_COLUMN_TEXT) return PENSEL_OK;
    fitting f = fit_all(c);
    c->numeric = f.plain && c->dictionary.count > 0;
    c->unit = f.unit;
    if (c->as_text || (f.plain && f.numeral) || (!f.plain && !f.point && !f.comma)) {
        c->style = style_of_most(c, comma);
        return PENSEL_OK;
    }
    c->numeric = false;
    if (f.plain) return make_numbers(m, c, m->rows, PENSEL_NUMBERS_PLAIN);
    bool has_comma = f.comma && (comma || !f.point);
    return make_numbers(m, c, m->rows, has_comma ? PENSEL_NUMBERS_COMMA : PENSEL_NUMBERS_POINT);
}

/* What a user may want to know: values that became missing, and numbers in a style. They have a
 * decimal comma, a mark between thousands or a unit, or they were plain. A target is text here,
 * until its task is known, and is noted all the same: whether 75,917 is 76 or 76 thousand decides
 * what the model says. */
static pensel_status note(pensel_columns_maker *m, const pensel_column_maker *c)
{
    bool comma = c->style == PENSEL_NUMBERS_COMMA;
    if (c->infinite)
        PENSEL_TRY(pensel_notes_add(&m->notes, m->error,
                                    "column \"%.60s\": %zu infinite or too large, taken as missing",
                                    c->name, c->infinite));
    if (c->style == PENSEL_NUMBERS_PLAIN) return PENSEL_OK;
    if (c->form != PENSEL_COLUMN_NUMBER && !c->as_text) return PENSEL_OK;
    const char *mark = comma ? "a decimal comma" : "a decimal point";
    if (!comma && !c->unit) mark = "a mark between thousands";
    return pensel_notes_add(&m->notes, m->error, "column \"%.60s\": numbers with %s%s", c->name,
                            mark,
                            c->unit == '%' ? ", in percent"
                            : c->unit      ? " and the sign of a currency"
                                           : "");
}

/* Two rounds: the first settles what is sure, and so finds whether decimal commas are the custom of
 * this table; the second asks that of columns which fit both styles. */
pensel_status pensel_settle_all(pensel_columns_maker *m)
{
    bool comma = false;
    for (size_t i = 0; i < m->count; i++) {
        PENSEL_TRY(pensel_settle_sure(m, &m->list[i], m->rows));
        comma = comma || (m->list[i].form == PENSEL_COLUMN_NUMBER &&
                          m->list[i].style == PENSEL_NUMBERS_COMMA);
    }
    for (size_t i = 0; i < m->count; i++) {
        PENSEL_TRY(settle(m, &m->list[i], comma));
        PENSEL_TRY(note(m, &m->list[i]));
    }
    return PENSEL_OK;
}
