#include "model.h"

pensel_status pensel_model_load(pensel_estimator **estimator, pensel_painting **painting,
                                const char *path, pensel_error *error)
{
    pensel_status status = pensel_estimator_load(estimator, path, error);
    if (status) return status;
    status = pensel_painting_load(painting, path, error);
    if (!status || status == PENSEL_UNSUPPORTED) return PENSEL_OK; /* that is a table's model */
    pensel_estimator_free(estimator);
    return status;
}
