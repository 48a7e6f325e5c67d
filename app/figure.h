/* Figures, drawn by gnuplot. */
#ifndef PENSEL_APP_FIGURE_H
#define PENSEL_APP_FIGURE_H

#include "pensel.h"

/* Is `path` (NULL: fine) a .svg, .png or .pdf that can be written, and is gnuplot there? */
pensel_status pensel_figure_check(const char *path, const char *option, pensel_error *error);

/* Runs the script, which sets no terminal and no output, and plots with linestyle 1, 2, .... */
pensel_status pensel_figure_draw(const char *path, const char *script, int width, int height,
                                 pensel_error *error);

#endif
