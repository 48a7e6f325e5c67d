/* An array's columns: numbers, dates and texts. Types are known beforehand, so every column has its
 * form and its room before the first value, and none is read twice. */
#include "table/npy.h"

#include "base/error.h"
#include "base/memory.h"
#include "base/number.h"
#include "table/cell.h"
#include "table/columns.h"
#include "table/table.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* `text` is room for one value, decoded, as long as the longest there can be. */
typedef struct npy_columns {
    npy npy;
    pensel_columns_maker *maker;
    char *text; /* of one value */
} npy_columns;

/* Row `row` of a column of texts: its code among the distinct ones, 0 where it says that there is
 * no value. A text with a zero byte would end there for everybody who reads it. */
static pensel_status put_text(npy_columns *n, pensel_column_maker *c, size_t row, const char *text,
                              size_t length)
{
    uint32_t *to = (uint32_t *)c->codes + row;
    pensel_error *error = n->maker->error;
    pensel_trim(&text, &length);
    *to = 0;
    if (pensel_cell_is_missing(text, length)) {
        c->missing++;
        return PENSEL_OK;
    }
    PENSEL_REQUIRE(!memchr(text, 0, length), BAD_DATA,
                   "%s: row %zu, column \"%.60s\" has a zero byte: text is expected",
                   n->maker->file, row + 1, c->name);
    return pensel_dictionary_find(to, &c->dictionary, text, length, error);
}

/* An npy_visitor. Infinite numbers are counted and missing; a number for a column that was asked
 * for as text has digits enough to come back the same. */
static pensel_status take(void *self, size_t row, size_t column, const npy_type *type,
                          const unsigned char *bytes)
{
    npy_columns *n = self;
    pensel_column_maker *c = &n->maker->list[column];
    if (pensel_npy_is_text(type))
        return put_text(n, c, row, n->text, pensel_npy_text(n->text, type, bytes));
    double value = pensel_npy_number(type, bytes);
    pensel_error *error = n->maker->error;
    PENSEL_REQUIRE(
        !pensel_npy_is_rounded(type, value), BAD_DATA,
        "%s: row %zu, column \"%.60s\" has a whole number beyond 2^53, which a double cannot "
        "tell from its neighbours: save it as text, or as float64 if that does not matter",
        n->maker->file, row + 1, c->name);
    if (c->form == PENSEL_COLUMN_TEXT) { /* labels that are numbers */
        char text[32];
        int length = snprintf(text, sizeof text, "%.17g", value);
        if (isnan(value)) length = 0;
        if (type->kind == 'f' && type->item <= 4)
            length = snprintf(text, sizeof text, "%.9g", value);
        return put_text(n, c, row, text, (size_t)length);
    }
    ((double *)c->numbers)[row] = isfinite(value) ? value : NAN;
    c->missing += isfinite(value) == 0;
    c->infinite += isinf(value) != 0;
    return PENSEL_OK;
}

/* Gives each column its form and room; the longest text's room as well. */
static pensel_status make_room(npy_columns *n, const pensel_columns_options *options)
{
    pensel_columns_maker *m = n->maker;
    size_t longest = 32;
    PENSEL_TRY(pensel_columns_maker_keep(m, options));
    for (size_t i = 0; i < m->count; i++) {
        const npy_type *type = pensel_npy_type(&n->npy, i);
        if (pensel_npy_is_text(type)) m->list[i].form = PENSEL_COLUMN_TEXT;
        if (type->kind == 'M') m->list[i].form = PENSEL_COLUMN_TIME;
        if (4 * type->item > longest) longest = 4 * type->item;
        bool text = m->list[i].form == PENSEL_COLUMN_TEXT;
        PENSEL_TRY(pensel_resize(text ? &m->list[i].codes : &m->list[i].numbers, n->npy.rows,
                                 text ? sizeof(uint32_t) : sizeof(double), m->error));
    }
    m->rows = m->room = n->npy.rows;
    return PENSEL_NEW(n->text, longest, m->error);
}

/* The maker copies the names; all blocks are made before the first value is visited. */
static pensel_status read_all(npy_columns *n, pensel_source *source,
                              const pensel_columns_options *options, pensel_error *error)
{
    char **names;
    PENSEL_TRY(pensel_npy_begin(&n->npy, source, error));
    PENSEL_TRY(pensel_npy_names(&names, &n->npy));
    pensel_status status =
        pensel_columns_maker_begin(n->maker, names, n->npy.columns, source->name, error);
    pensel_plan_names_free(names, n->npy.columns);
    PENSEL_TRY(status);
    PENSEL_TRY(make_room(n, options));
    return pensel_npy_walk(&n->npy, take, n);
}

/* The maker, with whatever it has got, is the caller's to clear. */
pensel_status pensel_npy_columns(pensel_columns_maker *maker, pensel_source *source,
                                 const pensel_columns_options *options, pensel_error *error)
{
    npy_columns n = {.maker = maker};
    pensel_status status = read_all(&n, source, options, error);
    pensel_npy_end(&n.npy);
    pensel_release(n.text);
    return status;
}
