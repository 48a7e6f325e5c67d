/* WASI's C library has no locale but C's. */
#include "platform/locale.h"

#include <stdlib.h>

bool pensel_system_number(double *value, const char *text)
{
    *value = strtod(text, NULL);
    return true;
}
