/* The activation functions, written once over `vec` (vector/scalar.h says what that offers).
 *
 * To add one:
 *   1. its line in PENSEL_ACTIVATION_LIST of include/pensel.h;
 *   2. activation/NAME.h with
 *          NAME_value(z, p)        f(z), p the parameter
 *          NAME_slope(a, z, p)     f'(z), where a = f(z)
 *          NAME_needs_z            0 if the slope depends on a alone (z is then a as well), else 1
 *          NAME_info               the pensel_activation_info that describes it
 *   3. its include below;
 *   4. its row in tests/oracle_activation.h: the formulas again, from the paper.
 * If the slope needs only a, the forward pass does not have to store z. */
#ifndef PENSEL_KERNEL_ACTIVATION_H
#define PENSEL_KERNEL_ACTIVATION_H

#include "pensel.h"

#include "kernel/activation/elu.h"
#include "kernel/activation/exponential.h"
#include "kernel/activation/gaussian.h"
#include "kernel/activation/gelu.h"
#include "kernel/activation/identity.h"
#include "kernel/activation/leaky_relu.h"
#include "kernel/activation/logistic.h"
#include "kernel/activation/relu.h"
#include "kernel/activation/selu.h"
#include "kernel/activation/silu.h"
#include "kernel/activation/sine.h"
#include "kernel/activation/softmax.h"
#include "kernel/activation/softplus.h"
#include "kernel/activation/step.h"
#include "kernel/activation/tanh.h"

#endif
