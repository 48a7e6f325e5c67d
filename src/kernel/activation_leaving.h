/* What an activation says about how it leaves: its `name_leaving`, which src/export/formula.c reads
 * and no kernel does. */
#ifndef PENSEL_KERNEL_ACTIVATION_LEAVING_H
#define PENSEL_KERNEL_ACTIVATION_LEAVING_H

#include <stdbool.h>

typedef struct pensel_activation_leaving {
    const char *formula; /* f(z, p) in the language of src/export/formula.h, for every target; NULL:
                            it leaves as a name alone */
    const char *onnx;    /* the standard's own operator for it; NULL: ONNX gets the formula */
    bool alpha;          /* which has p as its attribute `alpha` */
} pensel_activation_leaving;

#endif
