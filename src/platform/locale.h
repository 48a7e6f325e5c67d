/* Numbers in text, whatever the locale of the program. */
#ifndef PENSEL_PLATFORM_LOCALE_H
#define PENSEL_PLATFORM_LOCALE_H

#include <stdbool.h>

/* strtod in the C locale; false if there is no memory for it. */
bool pensel_system_number(double *value, const char *text);

#endif
