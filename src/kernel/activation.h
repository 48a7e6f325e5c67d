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
 *   3. its row in tests/oracle_activation.h: the formulas again, from the paper;
 *   4. how it leaves: its row in `activations` of src/export/onnx.c, c_helpers.c and shader.c, and
 *      in F of examples/predict_any.py. What has no row refuses it by name; tests/export_check.py
 *      asks for all of them;
 *   5. its name in web/page/activation_names.ts, if the studio shall offer it, and its formula in
 *      tests/web_core.mjs.
 * Includes, names, options, help and the Python package follow from the line. If the slope needs
 * only a, the forward pass does not have to store it. */
#ifndef PENSEL_KERNEL_ACTIVATION_H
#define PENSEL_KERNEL_ACTIVATION_H

#include "pensel.h"

#include "kernel/activation_files.h" /* from meson.build: an include of every activation/name.h */

#endif
