/* Plots as SVG: axes with round numbers, and what is drawn in their units. Colours are classes of a
 * style sheet, so that a page is light or dark. Every text is escaped here. */
#ifndef PENSEL_APP_PLOT_H
#define PENSEL_APP_PLOT_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct pensel_plot {
    GString *text;          /* borrowed */
    double low[2], high[2]; /* of x and y, in their units */
    double width, height;   /* of the picture; the axes leave margins */
    double left, top, right, bottom;
} pensel_plot;

typedef struct pensel_axes {
    const char *title; /* for who cannot see it */
    const char *label[2];
    double low[2], high[2]; /* widened if they are one */
    double height;          /* 0: the usual one; the width is 360 */
    double left;            /* margin; 0: the usual one */
    bool ticks[2];
} pensel_axes;

/* As HTML text */
void pensel_html_put(GString *text, const char *raw);
/* The same, at most `most` characters of it */
void pensel_html_clip(GString *text, const char *raw, size_t most);

void pensel_plot_begin(pensel_plot *plot, GString *text, const pensel_axes *axes);
void pensel_plot_end(pensel_plot *plot);

/* In units; `style` is the class. */
void pensel_plot_line(pensel_plot *plot, const double *x, const double *y, size_t n,
                      const char *style);
void pensel_plot_dot(pensel_plot *plot, double x, double y, double radius, const char *style);
void pensel_plot_box(pensel_plot *plot, double x0, double y0, double x1, double y1,
                     const char *style, double opacity);
/* `anchor`: start, middle or end; moved by dx and dy of the picture */
void pensel_plot_text(pensel_plot *plot, double x, double y, double dx, double dy,
                      const char *anchor, const char *style, const char *raw);

/* Where in the picture */
double pensel_plot_x(const pensel_plot *plot, double x);
double pensel_plot_y(const pensel_plot *plot, double y);

#endif
