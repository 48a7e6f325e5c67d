/* Files of other programs: what is accepted predicts. */
#include "fuzz.h"

#include "pensel.h"

#include <stdlib.h>

static void predict(const pensel_estimator *estimator)
{
    size_t inputs = pensel_estimator_inputs(estimator),
           targets = pensel_estimator_targets(estimator);
    double *x = calloc(inputs, sizeof *x), *y = calloc(targets, sizeof *y);
    if (x && y)
        pensel_estimator_predict(estimator, y, (pensel_matrix){x, 1, inputs, PENSEL_FLOAT64}, NULL);
    free(x);
    free(y);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const char *const activations[] = {NULL, "relu", "tanh,leaky-relu:0.5,softmax"};
    for (size_t i = 0; i < sizeof activations / sizeof *activations; i++) {
        pensel_import_options o = pensel_import_defaults();
        pensel_imported *imported;
        pensel_error error;
        o.activation = activations[i];
        if (pensel_import_memory(&imported, bytes, size, "fuzz", &o, &error) != PENSEL_OK) continue;
        if (pensel_imported_estimator(imported)) predict(pensel_imported_estimator(imported));
        pensel_imported_free(&imported);
    }
    return 0;
}
