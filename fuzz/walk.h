/* Touches every value of columns, as a schema would, and compares two sets of them. */
#ifndef PENSEL_FUZZ_WALK_H
#define PENSEL_FUZZ_WALK_H

#include "table/columns.h"

#include <stdlib.h>
#include <string.h>

static inline const char *text_of(const pensel_column *column, size_t row)
{
    if (column->codes[row] > column->distinct) abort();
    return column->texts[column->codes[row]];
}

/* How many rows there are, of which each text is one and what is missing is counted. */
static inline size_t walk(const pensel_columns *c)
{
    size_t missing = 0, counted = 0;
    for (size_t i = 0; i < c->count; i++) {
        const pensel_column *column = &c->columns[i];
        counted += column->missing;
        for (size_t r = 0; r < c->rows; r++)
            if (column->form != PENSEL_COLUMN_TEXT) {
                missing += column->numbers[r] != column->numbers[r];
            } else {
                const char *text = text_of(column, r);
                if (text && strlen(text) == 0) abort();
                missing += !text;
            }
    }
    if (missing != counted || c->rows == 0 || c->count == 0) abort();
    return c->rows;
}

static inline bool same_value(const pensel_column *a, const pensel_column *b, size_t row)
{
    if (a->form != PENSEL_COLUMN_TEXT)
        return a->numbers[row] == b->numbers[row] ||
               (a->numbers[row] != a->numbers[row] && b->numbers[row] != b->numbers[row]);
    const char *s = text_of(a, row), *t = text_of(b, row);
    return !s == !t && (!s || strcmp(s, t) == 0);
}

/* The same names, forms and values, or neither is there. */
static inline void must_be_same(const pensel_columns *a, const pensel_columns *b)
{
    if (!a != !b) abort();
    if (!a) return;
    if (a->rows != b->rows || a->count != b->count) abort();
    for (size_t i = 0; i < a->count; i++) {
        const pensel_column *p = &a->columns[i], *q = &b->columns[i];
        if (p->form != q->form || strcmp(p->name, q->name) != 0) abort();
        for (size_t r = 0; r < a->rows; r++)
            if (!same_value(p, q, r)) abort();
    }
}

#endif
