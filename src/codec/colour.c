/* The colours' own directions: eigenvectors of the covariance of differences between neighbouring
 * pixels, which is what costs bits. The first plane then has most of what changes, the last one
 * least, and no two go together (Karhunen and Loeve's transform, of 3 channels).
 *
 * Only a writer comes here, so the mathematical library may round as it likes: the file has the
 * rows as signed bytes. */
#include "codec/tile.h"

#include <math.h>
#include <string.h>

static double limited(float value)
{
    return value > 0 ? value < 1 ? (double)value : 1 : 0; /* NaN is 0, too */
}

/* c (3, 3) = sum of d d^T, where d is how a pixel differs from the one to its left. Alpha has no
 * part in it. */
static void covariance(double c[3][3], const pensel_picture *p)
{
    memset(c, 0, 9 * sizeof(double));
    for (size_t y = 0; y < p->height; y++)
        for (size_t x = 1; x < p->width; x++) {
            const float *here = p->pixels + (y * p->width + x) * p->channels;
            double d[3];
            for (size_t k = 0; k < 3; k++)
                d[k] = limited(here[k]) - limited((here - p->channels)[k]);
            for (size_t i = 0; i < 3; i++)
                for (size_t j = 0; j < 3; j++)
                    c[i][j] += d[i] * d[j];
        }
}

/* One turn of Jacobi's method: c becomes R^T c R, with the angle by which c[p][q] becomes 0, and
 * v becomes v R. After some rounds c is diagonal, its eigenvalues, and the columns of v are the
 * eigenvectors. */
static void turn(double c[3][3], double v[3][3], size_t p, size_t q)
{
    double angle = 0.5 * atan2(2 * c[p][q], c[q][q] - c[p][p]);
    double cosine = cos(angle), sine = sin(angle);
    for (size_t k = 0; k < 3; k++) {
        double a = c[k][p], b = c[k][q];
        c[k][p] = cosine * a - sine * b;
        c[k][q] = sine * a + cosine * b;
    }
    for (size_t k = 0; k < 3; k++) {
        double a = c[p][k], b = c[q][k];
        c[p][k] = cosine * a - sine * b;
        c[q][k] = sine * a + cosine * b;
        a = v[k][p];
        b = v[k][q];
        v[k][p] = cosine * a - sine * b;
        v[k][q] = sine * a + cosine * b;
    }
}

/* Columns by their eigenvalues, the largest first. */
static void order(size_t *of, double c[3][3])
{
    for (size_t i = 0; i < 3; i++)
        of[i] = i;
    for (size_t i = 0; i < 3; i++)
        for (size_t j = i + 1; j < 3; j++)
            if (c[of[j]][of[j]] > c[of[i]][of[i]]) {
                size_t other = of[i];
                of[i] = of[j];
                of[j] = other;
            }
}

/* Where a picture has no colour differences to speak of: luma and two differences. */
static const double plain[3][3] = {{0.5773502691896258, 0.5773502691896258, 0.5773502691896258},
                                   {0.7071067811865476, 0, -0.7071067811865476},
                                   {0.4082482904638631, -0.8164965809277261, 0.4082482904638631}};

void pensel_colours_choose(pensel_colours *colours, const pensel_picture *picture)
{
    double c[3][3], v[3][3] = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}};
    size_t of[3];
    memset(colours, 0, sizeof *colours);
    if (picture->channels < 3) return;
    covariance(c, picture);
    /* a little of the plain directions, so that equal eigenvalues are no accident */
    double trace = c[0][0] + c[1][1] + c[2][2] + 1e-9;
    static const double weight[3] = {0.3, 0.01, 0.003};
    for (size_t k = 0; k < 3; k++)
        for (size_t i = 0; i < 3; i++)
            for (size_t j = 0; j < 3; j++)
                c[i][j] += 0.01 * trace * weight[k] * plain[k][i] * plain[k][j];
    /* each turn spoils a little of the ones before; convergence is quadratic, so 12 rounds are
     * plenty */
    for (int round = 0; round < 12; round++) {
        turn(c, v, 0, 1);
        turn(c, v, 0, 2);
        turn(c, v, 1, 2);
    }
    order(of, c);
    for (size_t k = 0; k < 3; k++) {
        /* an eigenvector has no sign of its own: it gets that of the plain direction it stands
         * for */
        double along = 0;
        for (size_t i = 0; i < 3; i++)
            along += v[i][of[k]] * (k ? plain[k][i] : 1);
        for (size_t i = 0; i < 3; i++)
            colours->rows[k][i] = (int8_t)lrint((along < 0 ? -127 : 127) * v[i][of[k]]);
    }
}

void pensel_colours_turn(pensel_colours *colours, const float angles[3])
{
    static const size_t first[3] = {0, 0, 1}, second[3] = {1, 2, 2};
    double rows[3][3];
    for (size_t i = 0; i < 3; i++)
        for (size_t k = 0; k < 3; k++)
            rows[i][k] = colours->rows[i][k];
    for (size_t turn = 0; turn < 3; turn++) {
        double *p = rows[first[turn]], *q = rows[second[turn]];
        double cosine = cos((double)angles[turn]), sine = sin((double)angles[turn]);
        for (size_t k = 0; k < 3; k++) {
            double a = p[k], b = q[k];
            p[k] = cosine * a + sine * b;
            q[k] = cosine * b - sine * a;
        }
    }
    /* of rows that are not quite orthonormal a turn may be a little longer than 127 */
    for (size_t i = 0; i < 3; i++)
        for (size_t k = 0; k < 3; k++)
            colours->rows[i][k] = (int8_t)lrint(fmax(-127, fmin(127, rows[i][k])));
}
