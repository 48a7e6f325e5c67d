/* The same with a model file, which the command line names. */
#include <pensel.h>

#include <stdio.h>

int main(int count, char **words)
{
    const float x[] = {0.2f, -0.4f, 1, 1};
    float y[2];
    pensel_error error;
    pensel_network *network = NULL;
    pensel_status status = pensel_network_load(&network, count > 1 ? words[1] : "", &error);
    if (status == PENSEL_OK)
        status =
            pensel_network_predict(network, y, (pensel_matrix){x, 2, 2, PENSEL_FLOAT32}, 1, &error);
    pensel_network_free(&network);
    if (status == PENSEL_OK)
        printf("%.5f %.5f\n", (double)y[0], (double)y[1]);
    else
        puts(error.text);
    return status != PENSEL_OK;
}
