/* The losses, written once in double for every kernel: what one output costs, and how fast that
 * grows with it.
 *
 * To add one:
 *   1. its line in PENSEL_LOSS_LIST of include/pensel/training.h, X(NAME, name);
 *   2. loss/name.h with
 *          name_value(a, y, delta)   the loss of one output, prediction a and target y;
 *                                    delta is the loss's own option, if it has one
 *          name_slope(a, y, delta)   its derivative by a
 *          name_info                 the pensel_loss_info that describes it
 *   3. its row in tests/oracle_loss.h: value and slope again, from the paper.
 * Includes, names, options, help and the Python package follow from the line. An option of its own
 * is a row in PENSEL_TRAINING_OPTION_LIST and a line of pensel_loss_delta, as huber_delta is. */
#ifndef PENSEL_KERNEL_LOSS_H
#define PENSEL_KERNEL_LOSS_H

#include "pensel.h"

#include <float.h>
#include <math.h>

/* Probabilities are kept this far from 0 and 1 before taking logarithms, as in scikit-learn. */
#define CLIP (sizeof(real) == sizeof(float) ? (double)FLT_EPSILON : DBL_EPSILON)

/* y log x, taken as 0 where y is 0 */
static inline double y_log(double y, double x)
{
    return y == 0 ? 0 : y * (log)(x);
}

static inline double clipped(double a)
{
    return a < CLIP ? CLIP : a > 1 - CLIP ? 1 - CLIP : a;
}

#include "kernel/loss_files.h" /* from meson.build: an include of every loss/name.h */

#endif
