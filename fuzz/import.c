/* Files of other programs: what is accepted predicts. */
#include "fuzz.h"

#include "used.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const char *const activations[] = {NULL, "relu", "tanh,leaky-relu:0.5,softmax"};
    for (size_t i = 0; i < sizeof activations / sizeof *activations; i++) {
        pensel_import_options o = pensel_import_defaults();
        pensel_imported *imported;
        pensel_error error;
        o.activation = activations[i];
        if (pensel_import_memory(&imported, bytes, size, "fuzz", &o, &error) != PENSEL_OK) continue;
        use_imported(imported);
        pensel_imported_free(&imported);
    }
    return 0;
}
