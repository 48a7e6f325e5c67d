/* What a column holds in a row; it fails where the column is of the other form. */
#ifndef PENSEL_TESTS_COLUMN_VALUES_H
#define PENSEL_TESTS_COLUMN_VALUES_H

#include "test.h"

#include "table/columns.h"

static inline const char *text_at(const pensel_columns *c, size_t row, size_t column)
{
    assert_int_equal(c->columns[column].form, PENSEL_COLUMN_TEXT);
    return c->columns[column].texts[c->columns[column].codes[row]];
}

static inline double number_at(const pensel_columns *c, size_t row, size_t column)
{
    if (c->columns[column].form != PENSEL_COLUMN_NUMBER)
        fail_msg("column %zu is text: \"%s\"", column + 1, text_at(c, row, column));
    return c->columns[column].numbers[row];
}

#endif
