/* Activations: looked up by name, and applied outside of a network. The table is made of the list,
 * so a number is an index; what each activation says of itself stands in activation/.
 *
 * The descriptors are data, not arithmetic: they are compiled here with the scalar vectors, as any
 * would do. */
#define PENSEL_REAL double
#include "kernel/vector/scalar.h"

#include "platform/float.h"
#include "kernel/activation.h"

#include "base/error.h"
#include "base/memory.h"
#include "kernel/kernel.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const pensel_activation_info *info;
    bool needs_z;
} activations[] = {
#define ROW(NAME, name) [PENSEL_##NAME] = {&name##_info, name##_needs_z},
    PENSEL_ACTIVATION_LIST(ROW)
#undef ROW
};

/* The activation must be a known one: kinds of layers have checked theirs. */
bool pensel_activation_needs_z(pensel_activation activation)
{
    return activations[activation].needs_z;
}

pensel_status pensel_activation_check(pensel_activation activation, double parameter,
                                      pensel_error *error)
{
    const pensel_activation_info *info = activations[activation].info;
    PENSEL_REQUIRE(info->most == 0 || (parameter >= 0 && parameter <= info->most), BAD_ARGUMENT,
                   "activation %s with the parameter %g: 0 to %g is needed", info->name, parameter,
                   info->most);
    return PENSEL_OK;
}

const pensel_activation_info *pensel_activation_describe(pensel_activation activation)
{
    return (unsigned)activation < PENSEL_ACTIVATION_COUNT ? activations[activation].info : NULL;
}

/* By its name on the command line; the error lists all there are. */
pensel_status pensel_activation_find(pensel_activation *activation, const char *name,
                                     pensel_error *error)
{
    char known[400] = "";
    PENSEL_REQUIRE(activation, BAD_ARGUMENT,
                   "activation is NULL: a place for the result is needed");
    for (int i = 0; i < PENSEL_ACTIVATION_COUNT; i++) {
        const char *candidate = activations[i].info->name;
        if (name && strcmp(name, candidate) == 0) {
            *activation = (pensel_activation)i;
            return PENSEL_OK;
        }
        size_t length = strlen(known);
        snprintf(known + length, sizeof known - length, "%s%s", i ? ", " : "", candidate);
    }
    return pensel_fail(error, PENSEL_BAD_ARGUMENT,
                       "there is no activation \"%.40s\": it is one of %s", name ? name : "",
                       known);
}

/* By the kernels that networks use, in float64. Softmax takes all `count` numbers as one layer. */
pensel_status pensel_activation_apply(pensel_activation activation, double parameter, double *value,
                                      double *derivative, const double *z, size_t count,
                                      pensel_error *error)
{
    PENSEL_FLOAT_SCOPE;
    const pensel_kernels *kernels;
    PENSEL_REQUIRE(pensel_activation_describe(activation), BAD_ARGUMENT,
                   "there is no activation number %d: use one of "
                   "the PENSEL_... constants",
                   (int)activation);
    PENSEL_TRY(pensel_activation_check(activation, parameter, error));
    PENSEL_REQUIRE(z || count == 0, BAD_ARGUMENT, "z is NULL: %zu numbers are needed", count);
    PENSEL_TRY(pensel_kernels_find(&kernels, PENSEL_FLOAT64, error));
    kernels->activate(value, derivative, z, count, activation, parameter);
    return PENSEL_OK;
}
