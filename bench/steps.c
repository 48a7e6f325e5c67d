/* steps N: takes N steps of training on the reference workload, 2, 10 x 100, 3 with batches of 200,
 * on one thread. scripts/test-instructions counts the instructions of a step with it. */
#include "pensel.h"

#include <stdio.h>
#include <stdlib.h>

enum { BATCH = 200, LAYERS = 11 };

static pensel_error error;

static void must(pensel_status status)
{
    if (!status) return;
    fprintf(stderr, "steps: %s\n", error.text);
    exit(1);
}

int main(int argc, char **argv)
{
    size_t steps = argc > 1 ? strtoull(argv[1], NULL, 10) : 10, n = steps * BATCH;
    float *x = malloc(n * 2 * sizeof *x), *y = malloc(n * 3 * sizeof *y);
    pensel_layer layers[LAYERS];
    pensel_network *network;
    pensel_training *training;
    pensel_random random;
    if (!x || !y || steps == 0) return 1;
    for (size_t l = 0; l < LAYERS; l++)
        layers[l] = (pensel_layer){100, PENSEL_RELU, 0};
    layers[LAYERS - 1] = (pensel_layer){3, PENSEL_IDENTITY, 0};
    pensel_random_seed(&random, 1);
    for (size_t i = 0; i < n * 2; i++)
        x[i] = (float)pensel_random_uniform(&random, 0, 1);
    for (size_t i = 0; i < n * 3; i++)
        y[i] = (float)pensel_random_uniform(&random, 0, 1);
    pensel_shape shape = {.inputs = 2, .layers = layers, .layer_count = LAYERS};
    pensel_training_options options = pensel_training_defaults();
    options.batch_size = BATCH;
    options.epochs = 1;
    options.threads = 1;
    pensel_samples samples = {.x = {x, n, 2, PENSEL_FLOAT32}, .y = {y, n, 3, PENSEL_FLOAT32}};
    must(pensel_network_new(&network, &shape, PENSEL_FLOAT32, &error));
    must(pensel_network_initialise(network, PENSEL_GLOROT, &random, &error));
    must(pensel_training_new(&training, network, &options, &error));
    must(pensel_training_run(training, &samples, NULL, &random, &error));
    printf("%zu steps, loss %.6f\n", steps, pensel_training_report(training)->loss);
    pensel_training_free(&training);
    pensel_network_free(&network);
    free(x);
    free(y);
    return 0;
}
