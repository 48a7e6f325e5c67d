/* The C locale beside the program's own. */
#include "platform/locale.h"

#include <stdlib.h>
#include <xlocale.h>

bool pensel_system_number(double *value, const char *text)
{
    *value = strtod_l(text, NULL, NULL); /* NULL is C's */
    return true;
}
