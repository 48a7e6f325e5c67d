/* Tables for the commands: a file, or "-" for standard input. */
#ifndef PENSEL_APP_TABLE_READ_H
#define PENSEL_APP_TABLE_READ_H

#include "pensel.h"

/* pensel_table_read, where the path may be "-", also more than once: what standard input had is
 * kept. */
pensel_status pensel_read_table(pensel_table **table, const char *path,
                                const pensel_table_options *options, pensel_error *error);

#endif
