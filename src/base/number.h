/* Fields of a table: the spaces around them, and numbers, independent of the locale. */
#ifndef PENSEL_BASE_NUMBER_H
#define PENSEL_BASE_NUMBER_H

#include <stdbool.h>
#include <stddef.h>

static inline bool pensel_is_space(char c)
{
    return c == ' ' || c == '\t';
}

/* Drops the spaces at both ends of `length` characters of text. */
static inline void pensel_trim(const char **text, size_t *length)
{
    while (*length > 0 && pensel_is_space(**text))
        (*text)++, (*length)--;
    while (*length > 0 && pensel_is_space((*text)[*length - 1]))
        (*length)--;
}

/* The nearest double to a decimal number: an optional sign, digits with an optional point, an
 * optional exponent, surrounded by optional spaces. False for anything else, including "nan" and
 * "inf"; a number that is too large becomes infinity. */
bool pensel_number_parse(double *value, const char *text, size_t length);

#endif
