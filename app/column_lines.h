/* What a model says of each column of its tables, and names among others. */
#ifndef PENSEL_APP_COLUMN_LINES_H
#define PENSEL_APP_COLUMN_LINES_H

#include "result.h"

#include <glib.h>

/* A name among others with commas between: cut after `most` characters, and in quotes if it has a
 * comma itself */
void pensel_append_name(GString *text, const char *name, size_t most);
/* "1 to 6.5" or "2020-01-31 to 2021-12-01", of a column of numbers or dates */
void pensel_column_range(GString *text, const pensel_schema_column *column);
/* A date as ISO 8601 writes it; of days (`days`) without the time */
char *pensel_date_text(double seconds, bool days);

/* A line for each of the first columns, and all of them as JSON */
void pensel_columns_print(pensel_result *result, const pensel_table_model *model);

#endif
