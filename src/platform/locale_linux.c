/* The C locale beside the program's own. */
#define _GNU_SOURCE
#include "platform/locale.h"

#include <locale.h>
#include <stdlib.h>

bool pensel_system_number(double *value, const char *text)
{
    locale_t plain = newlocale(LC_ALL_MASK, "C", (locale_t)0); /* costs nothing: it is built in */
    if (plain == (locale_t)0) return false;
    *value = strtod_l(text, NULL, plain);
    freelocale(plain);
    return true;
}
