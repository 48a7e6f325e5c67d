/* A table of text in aligned columns. */
#ifndef PENSEL_APP_GRID_H
#define PENSEL_APP_GRID_H

#include <glib.h>

typedef struct pensel_grid pensel_grid;

/* `columns`: a letter each, l left or r right. */
pensel_grid *pensel_grid_new(const char *columns);
/* The next cell, row by row; formatted as printf does. */
void pensel_grid_cell(pensel_grid *grid, const char *format, ...) G_GNUC_PRINTF(2, 3);
/* The whole as text, two blanks between columns and `indent` before each line; frees the grid. */
char *pensel_grid_finish(pensel_grid *grid, int indent);

/* The columns that a terminal shows a text in. */
int pensel_text_width(const char *text);

/* Numbers as people read them; g_free. */
char *pensel_text_count(double count);                     /* 91,503 */
char *pensel_text_counted(double count, const char *noun); /* 1 row, 91,503 rows */
char *pensel_text_seconds(double seconds);                 /* 0.83 s, 12.4 s, 3 min 05 s */
char *pensel_text_number(double number); /* the fewest of up to 6 digits that say it */

#endif
