/* Numbers as text, in every locale the same. */
#ifndef PENSEL_FILE_NUMBER_H
#define PENSEL_FILE_NUMBER_H

#include <stdbool.h>
#include <stddef.h>

/* The double nearest to what the text says: an optional sign, digits with an optional point, an
 * optional exponent, spaces around. False for anything else, "nan" and "inf" among it; what is too
 * large becomes infinity. */
bool pensel_number_parse(double *value, const char *text, size_t length);

#endif
