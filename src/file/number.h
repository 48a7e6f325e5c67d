/* Parsing numbers, independent of the locale. */
#ifndef PENSEL_FILE_NUMBER_H
#define PENSEL_FILE_NUMBER_H

#include <stdbool.h>
#include <stddef.h>

/* The nearest double to a decimal number: an optional sign, digits with an optional point, an optional exponent,
 * surrounded by optional spaces. False for anything else, including "nan" and "inf"; a number that is too large
 * becomes infinity. */
bool pensel_number_parse(double *value, const char *text, size_t length);

#endif
