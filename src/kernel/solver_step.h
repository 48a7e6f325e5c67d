/* The solvers that take a step for each batch, written once over `vec`: what a parameter becomes by
 * its gradient.
 *
 * To add one:
 *   1. its line in PENSEL_STEP_LIST of include/pensel/training.h, X(NAME, name);
 *   2. solver/name.h with
 *          name_rate(o, rate, t)          the step's size, computed once for step t = 1, 2, ... of
 *                                         options o, whose schedule says `rate`
 *          name_weight(c, w, g, m, v)     the new w; g is its gradient, penalty included, and *m
 *                                         and *v are what it remembers, 0 at first (in the tests
 *                                         of kernels any numbers from 0 on)
 *          name_info                      its name on the command line, and how many of m and v it
 *                                         uses: 0, 1 or 2
 *   3. its row in tests/test_steps.c, in `solvers`: the formula again, from the paper.
 * Includes, names, options, help and the Python package follow from the line. An option of its own
 * is a row in PENSEL_TRAINING_OPTION_LIST, a member of pensel_step (kernel.h) and of
 * solver_constants, and a line in pensel_solver_prepare (training/solver.c); one that it shares
 * with other solvers, such as beta_1, needs its name in the row.
 *
 * A solver that does not step by batches is a pensel_solver_kind: see training/solver.h. */
#ifndef PENSEL_KERNEL_SOLVER_STEP_H
#define PENSEL_KERNEL_SOLVER_STEP_H

#include "kernel/kernel.h"

#include <math.h>

typedef struct solver_constants {
    vec rate, decay; /* decay: w - decay w is what a decayed weight is before the step */
    vec momentum, beta_1, beta_2, rest_1, rest_2, epsilon; /* rest_1: 1 - beta_1 */
    vec scale, l2;                                         /* of the gradient: see penalised */
    bool nesterov;
} solver_constants;

/* What is the same for all parameters of a step, once in every lane. */
static inline solver_constants solver_constants_of(const pensel_step *f)
{
    return (solver_constants){
        .rate = v_set(f->rate),
        .decay = v_set(f->weight_decay),
        .momentum = v_set(f->momentum),
        .beta_1 = v_set(f->beta_1),
        .beta_2 = v_set(f->beta_2),
        .rest_1 = v_set(1 - f->beta_1),
        .rest_2 = v_set(1 - f->beta_2),
        .epsilon = v_set(f->epsilon),
        .scale = v_set(f->gradient_scale),
        .l2 = v_set(f->l2),
        .nesterov = f->nesterov,
    };
}

/* With the penalty: scale g + l2 w */
static inline vec penalised(const solver_constants *c, vec g, vec w)
{
    return c->scale * g + c->l2 * w;
}

#include "kernel/solver_files.h" /* from meson.build: an include of every solver/name.h */

#endif
