/* Interpolation between pixels: the six pixels around a place along a row or column, weighted by
 * Lanczos' window of three lobes (Duchon 1979), sinc(x) sinc(x / 3), normalised so that the weights
 * add up to one. At the centre of a pixel only that pixel counts. */
#ifndef PENSEL_ENCODING_LANCZOS_H
#define PENSEL_ENCODING_LANCZOS_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>

enum { PENSEL_TAPS = 6, PENSEL_TAPS_BEFORE = 2 };

/* weight[i] is the weight of the pixel at distance i - 2 - t, where t is in [0, 1]. Two shortcuts:
 * sin(pi x) differs between pixels only in its sign, so its size cancels when the weights are
 * normalised, and the angle of sin(pi x / 3) changes by 60 degrees from one pixel to the next. */
static inline void pensel_lanczos(double weight[PENSEL_TAPS], double t)
{
    static const double third = 1.0471975511965976; /* pi / 3 */
    static const double turn[3][2] = {
        {-0.5, 0.8660254037844386}, {-0.5, -0.8660254037844386}, {1, 0}};
    size_t nearest = t < 0.5 ? PENSEL_TAPS_BEFORE : PENSEL_TAPS_BEFORE + 1;
    double s = sin(third * t), c = cos(third * t), sum = 0;
    bool centre = t < 1e-6 || t > 1 - 1e-6;
    for (size_t i = 0; i < PENSEL_TAPS; i++) {
        double x = t + PENSEL_TAPS_BEFORE - (double)i;
        weight[i] = centre ? i == nearest : (s * turn[i % 3][0] + c * turn[i % 3][1]) / (x * x);
        sum += weight[i];
    }
    for (size_t i = 0; i < PENSEL_TAPS; i++)
        weight[i] /= sum;
}

#endif
