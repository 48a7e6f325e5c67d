/* A folder of the test's own, which goes with it. */
#ifndef PENSEL_TESTS_TEMPORARY_H
#define PENSEL_TESTS_TEMPORARY_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char temporary_folder[64];

static inline void remove_temporary_folder(void)
{
    rmdir(temporary_folder);
}

/* A path in it: one of four buffers in turn. */
static inline const char *temporary(const char *name)
{
    static char paths[4][256];
    static unsigned turn;
    if (!temporary_folder[0]) {
        snprintf(temporary_folder, sizeof temporary_folder, "/tmp/pensel-test-XXXXXX");
        if (!mkdtemp(temporary_folder)) abort();
        atexit(remove_temporary_folder);
    }
    char *path = paths[turn++ % 4];
    snprintf(path, sizeof paths[0], "%s/%s", temporary_folder, name);
    return path;
}

#endif
