/* What `pensel inspect` prints of a .pensel file. */
#ifndef PENSEL_APP_INSPECT_COMPACT_H
#define PENSEL_APP_INSPECT_COMPACT_H

#include <stdbool.h>

/* Returns the exit status. */
int pensel_compact_inspect(const char *path, bool json, bool quiet);

#endif
