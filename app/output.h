/* Files that the program writes: checked before the work begins, written whole or not at all. */
#ifndef PENSEL_APP_OUTPUT_H
#define PENSEL_APP_OUTPUT_H

#include "pensel.h"

/* Can `path` (NULL: nothing to check) be written? Tries it: a temporary file is made in its folder
 * and removed. `option` is the name that the error shows. */
pensel_status pensel_output_check(const char *path, const char *option, pensel_error *error);

/* Outputs of one command may not be one file, nor an input of it (NULLs are skipped). */
pensel_status pensel_output_distinct(const char *const *paths, size_t count, const char *input,
                                     pensel_error *error);

/* A temporary name beside `path` with the same ending, for writers that want a name; g_free. Until
 * it is kept or dropped, a second Ctrl-C removes it. */
pensel_status pensel_output_begin(char **temporary, const char *path, pensel_error *error);
/* Syncs the temporary file and renames it to `path`; on failure nothing is left of it. */
pensel_status pensel_output_keep(char **temporary, const char *path, pensel_error *error);
void pensel_output_drop(char **temporary);

/* "bird.png", "-painting.png" -> "bird-painting.png", in the working folder; g_free. */
char *pensel_output_beside(const char *path, const char *ending);

#endif
