/* A sheet of pictures in rows, with words beneath them. */
#ifndef PENSEL_APP_FIGURE_SHEET_H
#define PENSEL_APP_FIGURE_SHEET_H

#include "pensel.h"

typedef struct pensel_figure_sheet pensel_figure_sheet;

pensel_figure_sheet *pensel_figure_sheet_new(void);

/* A line of words over the next row. */
void pensel_figure_sheet_line(pensel_figure_sheet *sheet, const char *words);
/* Picture number `index` of a row with room for `count`: as wide as its place, over a title (NULL:
 * none) and a line. Words are plain text. */
void pensel_figure_sheet_picture(pensel_figure_sheet *sheet, const pensel_picture *picture,
                                 size_t count, size_t index, const char *title, const char *words);
void pensel_figure_sheet_end_row(pensel_figure_sheet *sheet);
/* Frees the sheet as well. */
pensel_status pensel_figure_sheet_write(pensel_figure_sheet **sheet, const char *path,
                                        pensel_error *error);

/* A copy no larger than `side`; g_free its pixels. */
pensel_status pensel_figure_sheet_shrink(pensel_picture *small, const pensel_picture *picture,
                                         size_t side, pensel_error *error);

#endif
