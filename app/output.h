/* Files that the program writes: checked before the work begins, written whole or not at all. */
#ifndef PENSEL_APP_OUTPUT_H
#define PENSEL_APP_OUTPUT_H

#include "pensel.h"

/* Can `path` (NULL: nothing to check) be written? Tries it: a file is begun and dropped. `option`
 * is the name that the error shows. */
pensel_status pensel_output_check(const char *path, const char *option, pensel_error *error);

/* Outputs of one command may not be one file (NULLs are skipped), */
pensel_status pensel_output_distinct(const char *const *paths, size_t count, pensel_error *error);
/* nor a file that it reads (NULL: none). */
pensel_status pensel_output_spares(const char *const *paths, size_t count, const char *input,
                                   pensel_error *error);

/* Like pensel_file_begin, _keep and _drop; in between, a second Ctrl-C removes the unfinished file.
 */
pensel_status pensel_output_begin(pensel_file **file, const char *path, pensel_error *error);
pensel_status pensel_output_keep(pensel_file **file, pensel_error *error);
void pensel_output_drop(pensel_file **file);

/* "bird.png", "-painting.png" -> "bird-painting.png", in the working folder; g_free. */
char *pensel_output_beside(const char *path, const char *ending);

#endif
