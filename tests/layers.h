/* Networks made of a list of layers, and numbers for them. */
#ifndef PENSEL_TESTS_LAYERS_H
#define PENSEL_TESTS_LAYERS_H

#include "test.h"

enum { IN = 5 };

static inline void draw(double *numbers, size_t count, double low, double high, uint32_t seed)
{
    pensel_random random;
    pensel_random_seed(&random, seed);
    for (size_t i = 0; i < count; i++)
        numbers[i] = pensel_random_uniform(&random, low, high);
}

static inline pensel_network *make(const char *list, size_t inputs, pensel_precision precision)
{
    pensel_error error;
    pensel_network *network;
    pensel_random random;
    MUST(pensel_network_new(&network, &(pensel_shape){.inputs = inputs, .list = list}, precision,
                            &error));
    pensel_random_seed(&random, 3);
    MUST(pensel_network_initialise(network, PENSEL_GLOROT, &random, &error));
    return network;
}

static inline void assert_same(const pensel_network *a, const pensel_network *b)
{
    size_t size = pensel_network_precision(a) == PENSEL_FLOAT64 ? sizeof(double) : sizeof(float);
    assert_int_equal(pensel_network_parameter_count(a), pensel_network_parameter_count(b));
    assert_memory_equal(pensel_network_parameters_const(a), pensel_network_parameters_const(b),
                        pensel_network_parameter_count(a) * size);
}

#endif
