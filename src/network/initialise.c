/* Initial weights: each layer draws its own, in the order of the parameters, those of layers that
 * are `whole` last.
 *
 * The order of the draws is a promise: one generator serves all layers, so one draw more or less in
 * a layer changes every layer behind it, and the same seed would no longer give scikit-learn's
 * network. */
#include "network/network.h"

#include "platform/float.h"

pensel_status pensel_network_initialise(pensel_network *network, pensel_initialisation how,
                                        pensel_random *random, pensel_error *error)
{
    PENSEL_FLOAT_SCOPE;
    PENSEL_REQUIRE(network && random, BAD_ARGUMENT,
                   "no network or no random numbers: initialising needs both");
    PENSEL_REQUIRE((unsigned)how <= PENSEL_SIREN, BAD_ARGUMENT,
                   "initialisation number %d: use PENSEL_GLOROT, PENSEL_HE or PENSEL_SIREN",
                   (int)how);
    /* scikit-learn decides on the range of all layers, the last one too, by the activation of the
     * hidden ones. */
    bool has_hidden = network->shape.layer_count > 1;
    pensel_activation hidden =
        has_hidden ? pensel_network_neurons(network, 0)->activation : PENSEL_IDENTITY;
    for (int whole = 0; whole < 2; whole++)
        for (size_t l = 0; l < network->layer_count; l++) {
            const pensel_layer_instance *layer = &network->layers[l];
            if (layer->kind->initialise && layer->kind->whole == whole)
                layer->kind->initialise(layer, network->parameters, how, hidden, random);
        }
    return PENSEL_OK;
}
