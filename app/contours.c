#include "contours.h"

#include "app_memory.h"
#include "score_table.h"

#include <glib.h>
#include <math.h>
#include <string.h>

#define DETAIL 4 /* points sampled along each side of a pixel */
#define UNIT 10  /* units of the drawing per pixel */

/* Outlines come class by class or mixed: each class gathers its own path, in tenths of a pixel,
 * each point from the one before. */
static bool add_outline(void *data, size_t colour, const double *points, size_t count)
{
    GString **paths = data;
    long before[2] = {0, 0};
    bool moved = false; /* an outline smaller than a tenth of a pixel has no way to go */
    for (size_t i = 0; i < count; i++) {
        long x = lrint(UNIT * points[2 * i]), y = lrint(UNIT * points[2 * i + 1]);
        bool moves = i > 0 && (x != before[0] || y != before[1]);
        if (i == 0) pensel_append(paths[colour], "M%ld %ld", x, y);
        if (moves)
            pensel_append(paths[colour], "%c%ld %ld", moved ? ' ' : 'l', x - before[0],
                          y - before[1]);
        moved = moved || moves;
        before[0] = x;
        before[1] = y;
    }
    g_string_append(paths[colour], "z\n");
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
                      "<path fill-rule=\"evenodd\" stroke-width=\"3\" stroke-linejoin=\"round\" "
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
