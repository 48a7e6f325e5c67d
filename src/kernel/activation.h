/* The activation functions, written once over `vec` (vector/scalar.h says what that offers).
 *
 * To add one:
 *   1. its line in PENSEL_ACTIVATION_LIST of include/pensel/network.h, X(NAME, name);
 *   2. activation/name.h with
 *          name_value(z, p)        f(z), p the parameter
 *          name_slope(a, z, p)     f'(z), where a = f(z)
 *          name_needs_z            0 if the slope depends on a alone (z is then a as well), else 1:
 *                                  then forward leaves it, and what both share is computed once
 *          name_info               the pensel_activation_info that describes it
 *          name_leaving            how it leaves: its formula (src/export/formula.h has the
 *                                  language) for C, GLSL, ONNX, NumPy and PyTorch; {0} if it does
 *                                  not, and exports of a model with it are refused by its name.
 *                                  ONNX's own operator may stand in it too, if `operators` of
 *                                  src/import/onnx_probe.c has a row for it: it must come back
 *   3. its row in tests/oracle_activation.h: the formulas again, from the paper.
 * Includes, names, options, help, the Python package, the studio's page and tests/export_check.py
 * follow from the line. If the slope needs only a, the forward pass does not have to store it. */
#ifndef PENSEL_KERNEL_ACTIVATION_H
#define PENSEL_KERNEL_ACTIVATION_H

#include "pensel.h"

#include "kernel/activation_leaving.h"

#include "kernel/activation_files.h" /* from meson.build: an include of every activation/name.h */

#endif
