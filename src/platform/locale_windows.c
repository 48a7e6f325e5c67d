/* The C locale beside the program's own. The system's strtod_l does not round correctly and the
 * compiler's strtod goes by the locale, so that this thread has C's for the length of the call. */
#include "platform/locale.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>

static bool number_in_c(double *value, const char *text)
{
    int was = _configthreadlocale(_ENABLE_PER_THREAD_LOCALE);
    const char *name = setlocale(LC_NUMERIC, NULL);
    size_t size = name ? strlen(name) + 1 : 0;
    char *before = size > 0 ? malloc(size) : NULL;
    if (before) {
        memcpy(before, name, size);
        setlocale(LC_NUMERIC, "C");
        *value = strtod(text, NULL);
        setlocale(LC_NUMERIC, before);
        free(before);
    }
    if (was == _DISABLE_PER_THREAD_LOCALE) _configthreadlocale(was);
    return before != NULL;
}

bool pensel_system_number(double *value, const char *text)
{
    if (strcmp(localeconv()->decimal_point, ".") != 0) return number_in_c(value, text);
    *value = strtod(text, NULL);
    return true;
}
