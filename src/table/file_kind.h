/* What a file is that is no table of ours, by its first bytes. */
#ifndef PENSEL_TABLE_FILE_KIND_H
#define PENSEL_TABLE_FILE_KIND_H

#include "pensel.h"

/* A BAD_FILE error that says what it is and how it becomes CSV, if the bytes are of a known kind.
 */
pensel_status pensel_file_kind_check(const char *bytes, size_t size, const char *file,
                                     pensel_error *error);

#endif
