/* How tables are read at the shell: --delimiter and --header. */
#ifndef PENSEL_APP_TABLE_OPTIONS_H
#define PENSEL_APP_TABLE_OPTIONS_H

#include "command_line.h"

typedef struct pensel_reading {
    char delimiter; /* as in pensel_columns_options */
    pensel_header header;
    bool quiet; /* print no notes */
} pensel_reading;

enum { PENSEL_READING_OPTIONS = 3 };
/* The rows of a table of options, the last one empty. */
void pensel_reading_table(pensel_option options[PENSEL_READING_OPTIONS], pensel_reading *reading);

#endif
