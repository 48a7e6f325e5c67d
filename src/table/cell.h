/* What stands in one field of a table: nothing, a number, a number as people write it, or text. */
#ifndef PENSEL_TABLE_CELL_H
#define PENSEL_TABLE_CELL_H

#include <stdbool.h>
#include <stddef.h>

/* Nothing but blanks, or one of NA, N/A, nan, NULL, None, #N/A, <NA>, ? and -, in capitals or not.
 */
bool pensel_cell_is_missing(const char *text, size_t length);
/* inf, -Infinity and the like. */
bool pensel_cell_is_infinite(const char *text, size_t length);
/* A number that would not come back as it is written: an integer with zeros in front or of more
 * than 15 digits. A postal code, an account. */
bool pensel_cell_is_numeral(const char *text, size_t length);

/* How the numbers of a column are written. PLAIN is what pensel_number_parse reads. The other two
 * have marks between groups of three digits (, or . whichever does not stand before the fraction, '
 * or blanks), and $, EUR's or GBP's sign in front or behind, or %. */
typedef enum pensel_cell_style {
    PENSEL_CELL_PLAIN,
    PENSEL_CELL_POINT, /* 1,234.5 */
    PENSEL_CELL_COMMA  /* 1.234,5 */
} pensel_cell_style;

/* *unit is the sign that stands with the number, as Unicode; 0: none. False: it is no such number.
 */
bool pensel_cell_number(double *value, unsigned *unit, const char *text, size_t length,
                        pensel_cell_style style);

#endif
