/* Curves through points (Schneider, "An algorithm for automatically fitting digitized curves",
 * Graphics Gems, 1990). A run of points between two corners gets one cubic Bezier curve
 *
 *     B(t) = (1-t)^3 p0 + 3 (1-t)^2 t p1 + 3 (1-t) t^2 p2 + t^3 p3
 *
 * whose ends are the run's, whose handles lie on the tangents there, and whose handles' lengths are
 * the least squares of the points, each at its share of the way (t). A few steps of Newton's method
 * move each t to where the curve is nearest to its point. What is still too far off is cut in two
 * at the point farthest off. */
#include "curve.h"

#include <glib.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

enum { NEWTON_ROUNDS = 4, LONGEST_RUN = 128, BESIDE = 3 };
/* A corner: the ways to the points `reach` before and behind make an angle of less than 120
 * degrees, whose cosine is -1/2. */
static const double corner = -0.5, reach = 2.5; /* reach: in pixels */

typedef struct fit {
    const double (*q)[2]; /* the points, in order; the first again at the end */
    double *t;            /* where each is on its curve */
    double tolerance;
    pensel_bezier_visit visit;
    void *data;
} fit;

static void at(double *out, const pensel_bezier *b, double t)
{
    double s = 1 - t, w[4] = {s * s * s, 3 * s * s * t, 3 * s * t * t, t * t * t};
    for (int k = 0; k < 2; k++)
        out[k] = w[0] * b->p[0][k] + w[1] * b->p[1][k] + w[2] * b->p[2][k] + w[3] * b->p[3][k];
}

/* The unit vector from point i to the first point that is `reach` away, no farther than `end`. */
static void direction(double *out, const fit *f, size_t i, size_t end)
{
    size_t j = i, step = end > i ? 1 : (size_t)-1;
    double length;
    do {
        j += step;
        out[0] = f->q[j][0] - f->q[i][0], out[1] = f->q[j][1] - f->q[i][1];
        length = hypot(out[0], out[1]);
    } while (j != end && length < reach);
    if (length > 0) out[0] /= length, out[1] /= length;
}

/* t by the length of the way. */
static void by_length(const fit *f, size_t first, size_t last)
{
    f->t[first] = 0;
    for (size_t i = first + 1; i <= last; i++)
        f->t[i] = f->t[i - 1] + hypot(f->q[i][0] - f->q[i - 1][0], f->q[i][1] - f->q[i - 1][1]);
    double length = f->t[last] > 0 ? f->t[last] : 1;
    for (size_t i = first; i <= last; i++)
        f->t[i] /= length;
}

/* The handles' lengths a, b along the tangents u, v: least squares of the points, by the normal
 * equations; a third of the chord where those have no sensible answer. */
static void handles(pensel_bezier *b, const fit *f, size_t first, size_t last, const double *u,
                    const double *v)
{
    double c00 = 0, c01 = 0, c11 = 0, x0 = 0, x1 = 0;
    const double *p = f->q[first], *q = f->q[last];
    for (size_t i = first + 1; i < last; i++) {
        double t = f->t[i], s = 1 - t, b1 = 3 * s * s * t, b2 = 3 * s * t * t;
        double own = s * s * s + b1, far = t * t * t + b2;
        for (int k = 0; k < 2; k++) {
            double rest = f->q[i][k] - own * p[k] - far * q[k];
            c00 += b1 * b1 * u[k] * u[k], c01 += b1 * b2 * u[k] * v[k],
                c11 += b2 * b2 * v[k] * v[k];
            x0 += b1 * u[k] * rest, x1 += b2 * v[k] * rest;
        }
    }
    double chord = hypot(q[0] - p[0], q[1] - p[1]), determinant = c00 * c11 - c01 * c01;
    double a = (x0 * c11 - x1 * c01) / determinant, d = (c00 * x1 - c01 * x0) / determinant;
    bool sensible = determinant > 1e-12 && a > 1e-3 * chord && d > 1e-3 * chord && a < 3 * chord &&
                    d < 3 * chord;
    if (!sensible) a = d = chord / 3;
    for (int k = 0; k < 2; k++) {
        b->p[0][k] = p[k], b->p[1][k] = p[k] + a * u[k];
        b->p[2][k] = q[k] + d * v[k], b->p[3][k] = q[k];
    }
}

/* One step of Newton's method towards (B(t) - q) B'(t) = 0. */
static double nearer(const pensel_bezier *b, const double *q, double t)
{
    double s = 1 - t, value = 0, slope = 0, on[2];
    at(on, b, t);
    for (int k = 0; k < 2; k++) {
        double e0 = b->p[1][k] - b->p[0][k], e1 = b->p[2][k] - b->p[1][k],
               e2 = b->p[3][k] - b->p[2][k];
        double first = 3 * (s * s * e0 + 2 * s * t * e1 + t * t * e2);
        double second = 6 * (s * (e1 - e0) + t * (e2 - e1));
        value += (on[k] - q[k]) * first;
        slope += first * first + (on[k] - q[k]) * second;
    }
    return slope == 0 ? t : fmin(fmax(t - value / slope, 0), 1);
}

/* The largest distance of a point from its place on the curve; *worst is the point. */
static double distance(size_t *worst, const fit *f, size_t first, size_t last,
                       const pensel_bezier *b)
{
    double most = 0;
    *worst = (first + last) / 2;
    for (size_t i = first + 1; i < last; i++) {
        double on[2];
        at(on, b, f->t[i]);
        double d = hypot(on[0] - f->q[i][0], on[1] - f->q[i][1]);
        if (d > most) most = d, *worst = i;
    }
    return most;
}

/* The curve of points first to last, and how far off it is. */
static double fit_one(pensel_bezier *b, size_t *worst, const fit *f, size_t first, size_t last,
                      const double *u, const double *v)
{
    by_length(f, first, last);
    handles(b, f, first, last, u, v);
    double off = distance(worst, f, first, last, b);
    for (int round = 0; round < NEWTON_ROUNDS && off > f->tolerance && off < 8 * f->tolerance;
         round++) {
        for (size_t i = first + 1; i < last; i++)
            f->t[i] = nearer(b, f->q[i], f->t[i]);
        handles(b, f, first, last, u, v);
        off = distance(worst, f, first, last, b);
    }
    return off;
}

/* Points first to last, with tangents u at the start and v at the end, both pointing inwards. A
 * long run is halved at once, which bounds the time and the depth. */
static void fit_run(const fit *f, size_t first, size_t last, const double *u, const double *v)
{
    pensel_bezier b;
    size_t cut = (first + last) / 2;
    bool fits =
        last - first <= LONGEST_RUN && fit_one(&b, &cut, f, first, last, u, v) <= f->tolerance;
    if (fits) {
        f->visit(f->data, &b);
        return;
    }
    size_t from = cut - first > 2 ? cut - 2 : first, to = last - cut > 2 ? cut + 2 : last;
    double ahead[2] = {f->q[to][0] - f->q[from][0], f->q[to][1] - f->q[from][1]};
    double length = fmax(hypot(ahead[0], ahead[1]), 1e-9);
    double back[2] = {-ahead[0] / length, -ahead[1] / length};
    ahead[0] /= length, ahead[1] /= length;
    fit_run(f, first, cut, u, back);
    fit_run(f, cut, last, ahead, v);
}

static void fit_between(const fit *f, size_t first, size_t last)
{
    double u[2], v[2];
    direction(u, f, first, last);
    direction(v, f, last, first);
    fit_run(f, first, last, u, v);
}

/* The cosine between the ways forth and back: -1 on a straight line, more where it turns. */
static void measure_turns(double *turn, const fit *f, size_t count)
{
    double behind[2], ahead[2];
    for (size_t i = 1; i < count; i++) {
        direction(behind, f, i, 0);
        direction(ahead, f, i, count);
        turn[i] = behind[0] * ahead[0] + behind[1] * ahead[1];
    }
    turn[0] = turn[count] = -1;
}

/* A corner turns enough, and no point beside it turns more. */
static bool is_corner(const double *turn, size_t i, size_t count)
{
    if (turn[i] < corner) return false;
    size_t first = i < BESIDE ? 0 : i - BESIDE, last = i + BESIDE < count ? i + BESIDE : count;
    for (size_t j = first; j <= last; j++) {
        bool sharper = j < i ? turn[j] >= turn[i] : turn[j] > turn[i]; /* of equals the first */
        if (sharper) return false;
    }
    return true;
}

/* From corner to corner; a line without one is cut in halves, so that a circle has ends. */
static void fit_all(const fit *f, const double *turn, size_t count)
{
    size_t first = 0;
    for (size_t i = 1; i < count; i++)
        if (is_corner(turn, i, count)) {
            fit_between(f, first, i);
            first = i;
        }
    if (first == 0) {
        fit_between(f, 0, count / 2);
        first = count / 2;
    }
    fit_between(f, first, count);
}

void pensel_curve_fit(const double *points, size_t count, double tolerance,
                      pensel_bezier_visit visit, void *data)
{
    if (count < 3) return;
    double(*q)[2] = g_malloc_n(count + 1, sizeof *q), *turn = g_new(double, count + 1);
    memcpy(q, points, count * sizeof *q);
    memcpy(q[count], q[0], sizeof *q);
    fit f = {(const double(*)[2])q, g_new(double, count + 1), tolerance, visit, data};
    measure_turns(turn, &f, count);
    fit_all(&f, turn, count);
    g_free(f.t);
    g_free(turn);
    g_free(q);
}
