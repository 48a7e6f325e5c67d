/* What stands in one field of a table: nothing, a number, a number as people write it, or text. */
#ifndef PENSEL_TABLE_CELL_H
#define PENSEL_TABLE_CELL_H

#include "pensel.h"

#include <stdbool.h>
#include <stddef.h>

/* Nothing but blanks, or one of NA, N/A, nan, NaT, NULL, None, <NA>, ?, -, \N (databases), a point
 * (SAS, Stata), #N/A, #VALUE!, #DIV/0! and a spreadsheet's other errors, in capitals or not. */
bool pensel_cell_is_missing(const char *text, size_t length);
/* inf, -Infinity and the like. */
bool pensel_cell_is_infinite(const char *text, size_t length);
/* A number that would not come back as it is written: an integer with zeros in front or of more
 * than 15 digits. A postal code, an account. */
bool pensel_cell_is_numeral(const char *text, size_t length);

/* *unit is the sign that stands with the number, as Unicode; 0: none. False: it is no such number.
 */
bool pensel_cell_number(double *value, unsigned *unit, const char *text, size_t length,
                        pensel_number_style style);

#endif
