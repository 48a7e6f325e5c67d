/* Weights of classes by their names: malignant=5,benign=1. A name that has a comma stands in
 * quotes, as in CSV: "a, b"=5. */
#ifndef PENSEL_APP_CLASS_WEIGHTS_H
#define PENSEL_APP_CLASS_WEIGHTS_H

#include "pensel.h"

/* For the classes of a table that was read with them; *weights is for g_free. */
pensel_status pensel_class_weights_read(pensel_class_weight **weights, size_t *count,
                                        const char *text, const pensel_table *table,
                                        pensel_error *error);

#endif
