/* How the files here say why they failed. */
#ifndef PENSEL_PLATFORM_TROUBLE_H
#define PENSEL_PLATFORM_TROUBLE_H

#include "platform/file.h"

/* Fills *trouble, its reason from errno; false, so that `return pensel_in_trouble(...)` reads
 * well. */
bool pensel_in_trouble(pensel_trouble *trouble, pensel_trouble_kind kind, const char *what,
                       const char *path);

#endif
