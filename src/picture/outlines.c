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

enum { MOST_POINTS = 1 << 26, MOST_DETAIL = 64, MOST_ASKED = 1 << 15 };
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

/* The field at a corner of the cell whose top left point is (row, column). */
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
        /* the same edge, as the next cell numbers it */
        edge = (edge + 2) % 4;
    }
}

/* All lines of a class; *goes_on becomes false when the callback wants no more. Every closed
 * line is found: it goes around points that are inside or, for a hole, outside, so somewhere it
 * crosses the edge from a point outside to its right neighbour inside. Walks begin and are noted
 * at such edges alone, and one that was crossed is not begun at again. A line of two points or
 * fewer has no area and is not shown. */
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

/* What the network makes of the points, border left out: logs (points, classes), the logarithms of
 * the probabilities. The network is asked once, many rows at a time, so that its threads have
 * work. */
typedef struct answers {
    float *logs, *x;       /* x (block, 2) */
    double *p;             /* (block, classes) */
    size_t classes, block; /* points asked at a time */
} answers;

/* Points `first` to `first + n` of all, row by row. */
static pensel_status ask(answers *a, const pensel_painting *painting, const grid *g, size_t first,
                         size_t n, pensel_error *error)
{
    const pensel_canvas *canvas = &painting->canvas;
    size_t width = g->columns - 2;
    pensel_coordinates at =
        pensel_coordinates_of(canvas->height, canvas->width, canvas->raw_coordinates,
                              &pensel_estimator_settings(painting->estimator)->encoding);
    for (size_t i = 0; i < n; i++) {
        size_t row = (first + i) / width;
        double r = (double)row, c = (double)((first + i) - row * width);
        a->x[2 * i] = (float)(((r + 0.5) * g->spacing - 0.5) * at.scale[0] + at.offset[0]);
        a->x[2 * i + 1] = (float)(((c + 0.5) * g->spacing - 0.5) * at.scale[1] + at.offset[1]);
    }
    PENSEL_TRY(pensel_estimator_probabilities(painting->estimator, a->p,
                                              (pensel_matrix){a->x, n, 2, PENSEL_FLOAT32}, error));
    for (size_t i = 0; i < n * a->classes; i++)
        a->logs[first * a->classes + i] = (float)log(fmax(a->p[i], least_known));
    return PENSEL_OK;
}

static pensel_status ask_all(answers *a, const pensel_painting *painting, const grid *g,
                             pensel_error *error)
{
    size_t points = (g->rows - 2) * (g->columns - 2);
    for (size_t first = 0; first < points; first += a->block) {
        size_t n = points - first < a->block ? points - first : a->block;
        PENSEL_TRY(ask(a, painting, g, first, n, error));
    }
    return PENSEL_OK;
}

/* One class against the likeliest of the others, at all points. */
static void fill(grid *g, const answers *a, size_t class)
{
    for (size_t i = 0; i < g->rows * g->columns; i++)
        g->field[i] = -1e-30f; /* a zero beside the border lies on it */
    const float *log_p = a->logs;
    for (size_t r = 1; r + 1 < g->rows; r++)
        for (size_t c = 1; c + 1 < g->columns; c++, log_p += a->classes) {
            float other = (float)log(least_known);
            for (size_t k = 0; k < a->classes; k++)
                if (k != class && log_p[k] > other) other = log_p[k];
            g->field[r * g->columns + c] = log_p[class] - other;
        }
}

static pensel_status allocate(grid *g, answers *a, pensel_error *error)
{
    size_t points = (g->rows - 2) * (g->columns - 2);
    a->block = points < MOST_ASKED ? points : MOST_ASKED;
    PENSEL_TRY(PENSEL_NEW(g->field, g->rows * g->columns, error));
    PENSEL_TRY(PENSEL_NEW(g->seen, g->rows * g->columns, error));
    PENSEL_TRY(PENSEL_ALLOCATE(a->logs, points, a->classes * sizeof *a->logs, error));
    PENSEL_TRY(PENSEL_ALLOCATE(a->x, a->block, 2 * sizeof *a->x, error));
    return PENSEL_ALLOCATE(a->p, a->block, a->classes * sizeof *a->p, error);
}

static pensel_status check(const pensel_painting *painting, size_t detail, pensel_outline outline,
                           pensel_error *error)
{
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
    return PENSEL_OK;
}

/* The network is asked once, for all classes; each then has its own field, of the same answers. */
pensel_status pensel_painting_outlines(const pensel_painting *painting, size_t detail,
                                       pensel_outline outline, void *data, pensel_error *error)
{
    PENSEL_FLOAT_SCOPE;
    PENSEL_TRY(check(painting, detail, outline, error));
    const pensel_learned *learned = &painting->estimator->learned;
    answers a = {.classes = learned->class_count};
    grid g = {.rows = painting->canvas.height * detail + 2,
              .columns = painting->canvas.width * detail + 2,
              .spacing = 1.0 / (double)detail};
    pensel_status status = allocate(&g, &a, error);
    if (!status) status = ask_all(&a, painting, &g, error);
    bool goes_on = true;
    for (size_t k = 0; k < a.classes && status == PENSEL_OK && goes_on; k++) {
        fill(&g, &a, k);
        status = walk_all(&goes_on, &g, (size_t)learned->classes[k], outline, data, error);
    }
    pensel_release(g.field);
    pensel_release(g.seen);
    pensel_release(g.points);
    pensel_release(a.logs);
    pensel_release(a.x);
    pensel_release(a.p);
    return status;
}
