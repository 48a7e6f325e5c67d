/* The same, learned from a table in the program: x1 and not x2. */
#include <pensel.h>

#include <stdio.h>

int main(void)
{
    static const float x[] = {0, 0, 0, 1, 1, 0, 1, 1}, y[] = {0, 0, 1, 0};
    const pensel_layer layers[] = {{8, PENSEL_TANH, 0}, {1, PENSEL_LOGISTIC, 0}};
    const pensel_shape shape = {.inputs = 2, .layers = layers, .layer_count = 2};
    const pensel_samples samples = {.x = {x, 4, 2, PENSEL_FLOAT32}, .y = {y, 4, 1, PENSEL_FLOAT32}};
    pensel_training_options options = pensel_training_defaults();
    pensel_network *network = NULL;
    pensel_training *training = NULL;
    pensel_random random;
    pensel_error error;
    float out[4];
    options.loss = PENSEL_LOG_LOSS;
    options.learning_rate_init = 0.1;
    options.alpha = 0;
    pensel_random_seed(&random, 1);
    pensel_status status = pensel_network_new(&network, &shape, PENSEL_FLOAT32, &error);
    if (!status) status = pensel_network_initialise(network, PENSEL_GLOROT, &random, &error);
    if (!status) status = pensel_training_new(&training, network, &options, &error);
    if (!status) status = pensel_training_run(training, &samples, NULL, &random, &error);
    if (!status) status = pensel_network_predict(network, out, samples.x, 1, &error);
    pensel_training_free(&training);
    pensel_network_free(&network);
    if (status) puts(error.text);
    for (int i = 0; i < 4 && !status; i++)
        printf("%.0f ", (double)out[i]);
    return status != PENSEL_OK;
}
