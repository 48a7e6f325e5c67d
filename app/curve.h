/* Smooth curves through the points of a closed line. */
#ifndef PENSEL_APP_CURVE_H
#define PENSEL_APP_CURVE_H

#include <stddef.h>

/* A cubic Bezier curve: x and y of its start, its two handles and its end. */
typedef struct pensel_bezier {
    double p[4][2];
} pensel_bezier;

typedef void (*pensel_bezier_visit)(void *data, const pensel_bezier *curve);

/* points (count, 2): a closed line, the last point joined to the first. Calls `visit` with curves
 * that follow one another all around and pass every point within `tolerance`; corners stay
 * corners. */
void pensel_curve_fit(const double *points, size_t count, double tolerance,
                      pensel_bezier_visit visit, void *data);

#endif
