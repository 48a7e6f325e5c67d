/* Windows' own names of files: UTF-16, where everything above this room has UTF-8. */
#ifndef PENSEL_PLATFORM_WIDE_WINDOWS_H
#define PENSEL_PLATFORM_WIDE_WINDOWS_H

#include <stdbool.h>
#include <windows.h>

#include "platform/file.h"

/* A path as the system takes it, also one of more than 260 characters. Free it with free. NULL:
 * GetLastError says why. */
wchar_t *pensel_wide_path(const char *path);

/* Fills *trouble, its reason from GetLastError; false, so that `return pensel_in_trouble(...)`
 * reads well. */
bool pensel_in_trouble(pensel_trouble *trouble, pensel_trouble_kind kind, const char *what,
                       const char *path);

#endif
