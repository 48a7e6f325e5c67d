/* The training that checkpoints of the corpus are of. */
#ifndef PENSEL_FUZZ_SMALL_H
#define PENSEL_FUZZ_SMALL_H

#include "pensel.h"

enum { SMALL_N = 20 };

static inline pensel_training_options small_options(pensel_solver solver)
{
    pensel_training_options o = pensel_training_defaults();
    o.solver = solver;
    o.epochs = 4;
    o.batch_size = 5;
    o.threads = 1;
    o.early_stopping = solver != PENSEL_LBFGS;
    o.average = solver == PENSEL_LBFGS ? 0 : 0.5;
    return o;
}

static inline pensel_status small_network(pensel_network **network, pensel_random *random)
{
    static const pensel_layer layers[] = {{3, PENSEL_TANH, 0}, {1, PENSEL_IDENTITY, 0}};
    const pensel_shape shape = {.inputs = 1, .layers = layers, .layer_count = 2};
    pensel_status status = pensel_network_new(network, &shape, PENSEL_FLOAT32, NULL);
    pensel_random_seed(random, 1);
    if (status == PENSEL_OK)
        status = pensel_network_initialise(*network, PENSEL_GLOROT, random, NULL);
    return status;
}

/* y = x^2 */
static inline pensel_samples small_samples(void)
{
    static float x[SMALL_N], y[SMALL_N];
    for (int i = 0; i < SMALL_N; i++) {
        x[i] = (float)i / SMALL_N;
        y[i] = x[i] * x[i];
    }
    return (pensel_samples){.x = {x, SMALL_N, 1, PENSEL_FLOAT32},
                            .y = {y, SMALL_N, 1, PENSEL_FLOAT32}};
}

#endif
