/* Outlines of classes by marching squares (after Lorensen & Cline 1987): the lines where the
 * probability of a class equals that of the likeliest other. The difference of their logarithms,
 * which is the difference of the network's outputs and much closer to linear than the
 * probabilities, is computed at the points of a grid, with a border that counts as outside, and
 * assumed to be linear along the edges of the grid. A walk follows its zeros from edge to edge,
 * with the inside always on the same side, until it is back at its start. */
#include "base/error.h"
#include "platform/float.h"
#include "base/memory.h"
#include "picture/painting.h"

#include <math.h>

enum { MOST_POINTS = 1 << 26, MOST_DETAIL = 64 };
static const double least_known = 1e-7; /* probability, of a network in float32 */

typedef struct grid {
    size_t rows, columns; /* of points, border included */
    double spacing;       /* in pixels */
    float *field;         /* (rows, columns): above 0 inside */
    unsigned char
        *seen;      /* (rows, columns): the edge from a point to its right neighbour was walked */
    double *points; /* (capacity, 2) of the line being walked */
    size_t count, capacity;
} grid;

/* Corners of a cell clockwise from its top left one, as row and column steps. */
static const size_t corner_row[4] = {0, 0, 1, 1}, corner_column[4] = {0, 1, 1, 0};

static float field_at(const grid *g, size_t row, size_t column, unsigned corner)
{
    return g->field[(row + corner_row[corner]) * g->columns + column + corner_column[corner]];
}

/* The zero between two corners of a cell becomes the line's next point. */
static pensel_status add_point(grid *g, size_t row, size_t column, unsigned a, unsigned b,
                               pensel_error *error)
{
    if (g->count == g->capacity) {
        double *more;
        size_t capacity = g->capacity ? 2 * g->capacity : 1024;
        PENSEL_TRY(PENSEL_ALLOCATE(more, capacity, 2 * sizeof *more, error));
        for (size_t i = 0; i < 2 * g->count; i++)
            more[i] = g->points[i];
        pensel_release(g->points);
        g->points = more;
        g->capacity = capacity;
    }
    double at_a = (double)field_at(g, row, column, a), at_b = (double)field_at(g, row, column, b);
    double t = at_a / (at_a - at_b);
    double x = (1 - t) * (double)corner_column[a] + t * (double)corner_column[b] + (double)column;
    double y = (1 - t) * (double)corner_row[a] + t * (double)corner_row[b] + (double)row;
    double right = (double)(g->columns - 2) * g->spacing,
           bottom = (double)(g->rows - 2) * g->spacing;
    g->points[2 * g->count] = fmin(fmax((x - 0.5) * g->spacing, 0), right);
    g->points[2 * g->count + 1] = fmin(fmax((y - 0.5) * g->spacing, 0), bottom);
    g->count++;
    return PENSEL_OK;
}

/* Walks from the top edge of a cell, whose right corner is inside. In each cell it goes clockwise
 * from the inside corner of the edge it came by to the first edge that leads outside, and on over
 * that edge. */
static pensel_status walk(grid *g, size_t row, size_t column, pensel_error *error)
{
    unsigned edge = 0; /* edge e joins corners e and e + 1 */
    g->count = 0;
    for (;;) {
        if (edge == 0) {
            unsigned char *seen = &g->seen[row * g->columns + column];
            if (*seen) return PENSEL_OK;
            *seen = 1;
        }
        PENSEL_TRY(add_point(g, row, column, edge, (edge + 1) % 4, error));
        do
            edge = (edge + 1) % 4;
        while (field_at(g, row, column, (edge + 1) % 4) > 0);
        row += (edge == 2) - (size_t)(edge == 0);
        column += (edge == 1) - (size_t)(edge == 3);
        edge = (edge + 2) % 4;
    }
}

/* *goes_on becomes false when the callback wants no more. */
static pensel_status walk_all(bool *goes_on, grid *g, size_t colour, pensel_outline outline,
                              void *data, pensel_error *error)
{
    for (size_t i = 0; i < g->rows * g->columns; i++)
        g->seen[i] = 0;
    for (size_t r = 0; r + 1 < g->rows; r++)
        for (size_t c = 0; c + 1 < g->columns && *goes_on; c++) {
            const float *f = &g->field[r * g->columns + c];
            if (f[0] > 0 || !(f[1] > 0) || g->seen[r * g->columns + c]) continue;
            PENSEL_TRY(walk(g, r, c, error));
            *goes_on = g->count <= 2 || outline(data, colour, g->points, g->count);
        }
    return PENSEL_OK;
}

/* ------------------------------------------------------------------ the field */

/* Row `r` of points, for all classes: probabilities (columns - 2, classes). */
static pensel_status ask_row(const pensel_painting *painting, const grid *g, float *x, double *p,
                             size_t r, pensel_error *error)
{
    const pensel_canvas *canvas = &painting->canvas;
    size_t n = g->columns - 2;
    pensel_coordinates at =
        pensel_coordinates_of(canvas->height, canvas->width, canvas->raw_coordinates,
                              &pensel_estimator_settings(painting->estimator)->encoding);
    for (size_t c = 0; c < n; c++) {
        x[2 * c] = (float)((((double)r + 0.5) * g->spacing - 0.5) * at.scale[0] + at.offset[0]);
        x[2 * c + 1] = (float)((((double)c + 0.5) * g->spacing - 0.5) * at.scale[1] + at.offset[1]);
    }
    return pensel_estimator_probabilities(painting->estimator, p,
                                          (pensel_matrix){x, n, 2, PENSEL_FLOAT32}, error);
}

/* One class against the others, of all points. */
static pensel_status fill(const pensel_painting *painting, grid *g, float *x, double *p,
                          size_t class, pensel_error *error)
{
    size_t classes = painting->estimator->learned.class_count;
    for (size_t i = 0; i < g->rows * g->columns; i++)
        g->field[i] = -1e-30f; /* a zero beside the border lies on it */
    for (size_t r = 0; r + 2 < g->rows; r++) {
        PENSEL_TRY(ask_row(painting, g, x, p, r, error));
        for (size_t c = 0; c + 2 < g->columns; c++) {
            double other = least_known, own = fmax(p[c * classes + class], least_known);
            for (size_t k = 0; k < classes; k++)
                if (k != class) other = fmax(other, p[c * classes + k]);
            g->field[(r + 1) * g->columns + c + 1] = (float)(log(own) - log(other));
        }
    }
    return PENSEL_OK;
}

static pensel_status allocate(grid *g, float **x, double **p, size_t classes, pensel_error *error)
{
    PENSEL_TRY(PENSEL_NEW(g->field, g->rows * g->columns, error));
    PENSEL_TRY(PENSEL_NEW(g->seen, g->rows * g->columns, error));
    PENSEL_TRY(PENSEL_ALLOCATE(*x, g->columns, 2 * sizeof **x, error));
    return PENSEL_NEW(*p, g->columns * classes, error);
}

pensel_status pensel_painting_outlines(const pensel_painting *painting, size_t detail,
                                       pensel_outline outline, void *data, pensel_error *error)
{
    PENSEL_FLOAT_SCOPE;
    grid g = {0};
    float *x = NULL;
    double *p = NULL;
    PENSEL_REQUIRE(painting && outline, BAD_ARGUMENT,
                   "painting or outline is NULL: both are needed");
    PENSEL_REQUIRE(painting->canvas.colours != 0, BAD_ARGUMENT,
                   "the painting has no classes: outlines are of one made by classification");
    size_t height = painting->canvas.height, width = painting->canvas.width;
    PENSEL_REQUIRE(detail != 0 && detail <= MOST_DETAIL && height <= MOST_POINTS &&
                       width <= MOST_POINTS && height * detail * width <= MOST_POINTS / detail,
                   BAD_ARGUMENT,
                   "outlines of %zu x %zu pixels in %zu points each: 1 to %d, %d in all", width,
                   height, detail, MOST_DETAIL, MOST_POINTS);
    const pensel_learned *learned = &painting->estimator->learned;
    g.rows = height * detail + 2, g.columns = width * detail + 2, g.spacing = 1.0 / (double)detail;
    pensel_status status = allocate(&g, &x, &p, learned->class_count, error);
    bool goes_on = true;
    for (size_t k = 0; k < learned->class_count && status == PENSEL_OK && goes_on; k++) {
        status = fill(painting, &g, x, p, k, error);
        if (status == PENSEL_OK)
            status = walk_all(&goes_on, &g, (size_t)learned->classes[k], outline, data, error);
    }
    pensel_release(g.field);
    pensel_release(g.seen);
    pensel_release(g.points);
    pensel_release(x);
    pensel_release(p);
    return status;
}
