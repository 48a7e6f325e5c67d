/* Tables for the commands: a file, or "-" for standard input. */
#ifndef PENSEL_APP_TABLE_READ_H
#define PENSEL_APP_TABLE_READ_H

#include "pensel.h"
#include "table_options.h"

/* pensel_table_read, where the file may be packed, and the path may be "-", also more than once:
 * what standard input had is kept. The table's notes go to standard error. */
pensel_status pensel_read_table(pensel_table **table, const char *path,
                                const pensel_table_options *options, const pensel_reading *reading,
                                pensel_error *error);

/* The same for columns each of its own type; those named in `text` (count) are kept as texts. */
pensel_status pensel_read_columns(pensel_columns **columns, const char *path,
                                  const char *const *text, size_t count,
                                  const pensel_reading *reading, pensel_error *error);

#endif
