/* What a column is, from all its texts: numbers in one of the ways in which people write them, or
 * text. */
#ifndef PENSEL_TABLE_SETTLE_H
#define PENSEL_TABLE_SETTLE_H

#include "table/columns.h"

/* Makes a column of texts NUMBER if all of them are numbers of one style, and no other style fits.
 * For a column that is still being read: its first `rows`. */
pensel_status pensel_settle_sure(pensel_columns_maker *maker, pensel_column_maker *column,
                                 size_t rows);
/* All columns, when everything has been read. A column that fits two styles, 1,234 and 5,678, takes
 * the style of those that fit one; if there is none the comma stands between thousands. */
pensel_status pensel_settle_all(pensel_columns_maker *maker);

#endif
