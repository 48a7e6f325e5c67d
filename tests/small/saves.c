/* Writes the network of predicts.c to the model file that the command line names. */
#include <pensel.h>

#include <stdio.h>
#include <string.h>

int main(int count, char **words)
{
    /* tanh(0.5 x1 - x2), tanh(2 x2 + 0.1); then 3 a1 - a2 + 0.25 */
    static const float parameters[] = {0.5f, -1, 0, 2, 0, 0.1f, 3, -1, 0.25f};
    const pensel_layer layers[] = {{2, PENSEL_TANH, 0}, {1, PENSEL_IDENTITY, 0}};
    const pensel_shape shape = {.inputs = 2, .layers = layers, .layer_count = 2};
    pensel_error error;
    pensel_network *network;
    if (pensel_network_new(&network, &shape, PENSEL_FLOAT32, &error)) {
        puts(error.text);
        return 1;
    }
    memcpy(pensel_network_parameters(network), parameters, sizeof parameters);
    pensel_status status = pensel_network_save(network, count > 1 ? words[1] : "", &error);
    pensel_network_free(&network);
    if (status != PENSEL_OK) puts(error.text);
    return status != PENSEL_OK;
}
