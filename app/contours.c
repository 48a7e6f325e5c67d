#include "contours.h"

#include "app_memory.h"
#include "curve.h"
#include "score_table.h"

#include <glib.h>
#include <math.h>
#include <string.h>

/* One point for each pixel: the network is smooth from one to the next, and the outline lies
 * between them by interpolation. Curves keep within TOLERANCE of it, less than an eye sees. */
#define DETAIL 1
#define TOLERANCE 0.4 /* in pixels */
#define UNIT 5        /* units of the drawing per pixel */
/* Specks of fewer pixels are noise: they go, and so do the holes they lie in. */
#define SPECK 3

typedef struct pen {
    GString *path;
    long x, y; /* where it is, in units */
} pen;

/* A number, with a blank only where one is needed: "-" parts two numbers as well. */
static void put_number(GString *path, long value, bool first)
{
    pensel_append(path, value < 0 || first ? "%ld" : " %ld", value);
}

/* Handles a unit from the chord are no handles: a line says the same. */
static bool is_straight(const long *v)
{
    double length = hypot((double)v[4], (double)v[5]);
    if (length < 1) return true;
    for (int i = 0; i < 4; i += 2) {
        double away = (double)(v[i] * v[5] - v[i + 1] * v[4]) / length;
        double along = (double)(v[i] * v[4] + v[i + 1] * v[5]) / length;
        if (fabs(away) > 1 || along < -1 || along > length + 1) return false;
    }
    return true;
}

/* Each place relative to where the pen was, as numbers of few digits. */
static void draw(void *data, const pensel_bezier *curve)
{
    pen *p = data;
    long v[6];
    for (size_t i = 0; i < 3; i++) {
        v[2 * i] = lrint(UNIT * curve->p[i + 1][0]) - p->x;
        v[2 * i + 1] = lrint(UNIT * curve->p[i + 1][1]) - p->y;
    }
    if (!v[4] && !v[5] && is_straight(v)) return;
    bool straight = is_straight(v);
    g_string_append_c(p->path, straight ? 'l' : 'c');
    for (int i = straight ? 4 : 0, first = 1; i < 6; i++, first = 0)
        put_number(p->path, v[i], first);
    p->x += v[4];
    p->y += v[5];
}

/* By the trapezoids under its edges; without its sign. */
static double area(const double *points, size_t count)
{
    double twice = 0;
    for (size_t i = 0; i < count; i++) {
        const double *p = points + 2 * i, *q = points + 2 * ((i + 1) % count);
        twice += p[0] * q[1] - q[0] * p[1];
    }
    return fabs(twice) / 2;
}

/* Outlines come class by class or mixed: each class gathers its own path. */
static bool add_outline(void *data, size_t colour, const double *points, size_t count)
{
    GString **paths = data;
    if (area(points, count) < SPECK) return true;
    pen p = {paths[colour], lrint(UNIT * points[0]), lrint(UNIT * points[1])};
    pensel_append(p.path, "M%ld %ld", p.x, p.y);
    pensel_curve_fit(points, count, TOLERANCE, draw, &p);
    g_string_append(p.path, "z\n");
    return true;
}

/* A stroke of the same colour closes the hairlines between neighbours. */
static char *make_svg(const pensel_painting *painting, GString *const *paths)
{
    const pensel_canvas *canvas = pensel_painting_canvas(painting);
    GString *text = g_string_new(NULL);
    pensel_append(text,
                  "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%zu\" height=\"%zu\" "
                  "viewBox=\"0 0 %zu %zu\">\n",
                  canvas->width, canvas->height, UNIT * canvas->width, UNIT * canvas->height);
    for (size_t k = 0; k < canvas->colours; k++) {
        if (!paths[k]->len) continue;
        char *colour = pensel_class_colour(painting, k);
        pensel_append(text,
                      "<path fill-rule=\"evenodd\" stroke-width=\"2\" stroke-linejoin=\"round\" "
                      "fill=\"%s\" stroke=\"%s\" d=\"%s\"/>\n",
                      colour, colour, paths[k]->str);
        g_free(colour);
    }
    g_string_append(text, "</svg>\n");
    return g_string_free(text, FALSE);
}

pensel_status pensel_contours_write(const char *path, const pensel_painting *painting,
                                    pensel_error *error)
{
    const pensel_canvas *canvas = pensel_painting_canvas(painting);
    GString **paths = g_new0(GString *, canvas->colours + 1);
    for (size_t k = 0; k < canvas->colours; k++)
        paths[k] = g_string_new(NULL);
    pensel_status status = pensel_painting_outlines(painting, DETAIL, add_outline, paths, error);
    if (!status) {
        char *svg = make_svg(painting, paths);
        status = pensel_file_write(path, svg, strlen(svg), error);
        g_free(svg);
    }
    for (size_t k = 0; k < canvas->colours; k++)
        g_string_free(paths[k], TRUE);
    g_free(paths);
    return status;
}
