/* A model file of a network alone. Files of estimators and paintings hold a network in the same
 * words, so this reads those too, and leaves the rest of them unread. Written whole or not at all
 * (base/atomic.h); on failure *network is NULL. */
#include "base/error.h"
#include "network/network.h"
#include "network/network_file.h"
#include "platform/float.h"

pensel_status pensel_network_save(const pensel_network *network, const char *path,
                                  pensel_error *error)
{
    PENSEL_FLOAT_SCOPE;
    pensel_model_file *file;
    PENSEL_REQUIRE(network && path, BAD_ARGUMENT, "network or path is NULL: both are needed");
    PENSEL_TRY(pensel_model_file_new(&file, error));
    pensel_status status = pensel_network_put(file, network, error);
    if (status == PENSEL_OK) status = pensel_model_file_write(file, path, error);
    pensel_model_file_free(&file);
    return status;
}

pensel_status pensel_network_load(pensel_network **network, const char *path, pensel_error *error)
{
    PENSEL_FLOAT_SCOPE;
    pensel_model_file *file;
    PENSEL_REQUIRE(network && path, BAD_ARGUMENT, "network or path is NULL: both are needed");
    *network = NULL;
    PENSEL_TRY(pensel_model_file_read(&file, path, error));
    pensel_status status = pensel_network_get(network, file, error);
    pensel_model_file_free(&file);
    return status;
}
