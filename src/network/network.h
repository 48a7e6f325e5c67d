/* A network inside the library: a list of layers, and their parameters one after another in one
 * block, those of layers that are `whole` (layer.h) behind all others. After pensel_network_new
 * nothing but the parameters changes. */
#ifndef PENSEL_NETWORK_NETWORK_H
#define PENSEL_NETWORK_NETWORK_H

#include "kernel/kernel.h"
#include "layer/layer.h"
#include "pensel.h"

struct pensel_network {
    pensel_shape shape; /* its layers are the network's own copy */
    pensel_precision precision;
    const pensel_kernels *kernels;
    pensel_layer_instance *layers; /* (layer_count), from the inputs to the outputs */
    size_t layer_count;
    size_t *neurons;      /* (shape.layer_count) which of them are dense: the shape's layers */
    size_t widest, slots; /* of the inputs and all layers; panels that a prediction needs */
    size_t lowest;        /* the first layer with parameters: nothing goes back below it */
    bool random;          /* a layer needs a seed in a training */
    bool single;          /* every layer takes a sample by itself */
    bool missing;         /* a layer knows what NaN means */
    size_t parameter_count, whole_first;
    size_t most; /* parameters that it may have */
    void *parameters;
    pensel_context *context, *own; /* context: its own, or a borrowed one */
};

/* Of a call with options: the context that these name, or the network's. */
static inline pensel_context *pensel_network_context(const pensel_network *network,
                                                     pensel_context *named)
{
    return named ? named : network->context;
}

/* From so many units on weights and their gradients outgrow the caches that activations are meant
 * to stay in. */
enum { PENSEL_WIDE_UNITS = 384 };
static inline bool pensel_network_is_wide(const pensel_network *network)
{
    return network->widest >= PENSEL_WIDE_UNITS;
}

/* The address of element `index` in a block of the network's precision. */
static inline void *pensel_at(const pensel_network *network, const void *block, size_t index)
{
    return (char *)block + index * network->kernels->size;
}

/* The layer of neurons `l`, and the last one, whose units are the outputs */
static inline const pensel_layer_instance *pensel_network_neurons(const pensel_network *network,
                                                                  size_t l)
{
    return &network->layers[network->neurons[l]];
}

static inline const pensel_layer_instance *pensel_network_last(const pensel_network *network)
{
    return &network->layers[network->layer_count - 1];
}

static inline size_t pensel_network_outputs(const pensel_network *network)
{
    return pensel_network_last(network)->out;
}

/* What enters the first layer of neurons */
static inline size_t pensel_network_features(const pensel_network *network)
{
    return pensel_network_neurons(network, 0)->in;
}

/* Width of what enters layer `l`, or for l = layer_count of the outputs */
static inline size_t pensel_network_width(const pensel_network *network, size_t l)
{
    return l < network->layer_count ? network->layers[l].in : pensel_network_outputs(network);
}

/* Fills in everything that follows from the shape, which is checked once, here. What is made of it
 * is freed with the network, also after an error. `like`: NULL, or the network that it copies. */
pensel_status pensel_network_build(pensel_network *network, const pensel_shape *shape,
                                   const pensel_network *like, pensel_error *error);

/* A network that has everything but its parameters, and then these: so that a shape can be checked,
 * and its size be known, before any memory is taken for it. `most`: a network with more parameters
 * is refused before it is complete, for a shape that is not trusted. */
pensel_status pensel_network_plan(pensel_network **network, const pensel_shape *shape,
                                  pensel_precision precision, size_t most, pensel_error *error);
pensel_status pensel_network_allocate(pensel_network *network, pensel_error *error);

/* Divides n samples into tiles of nearly equal size. All but the last are a multiple of the
 * kernels' lanes, and none is larger than PENSEL_TILE_LANES times that: 64 samples in float32, 32
 * in float64. The division depends only on n and the precision. */
enum { PENSEL_TILE_LANES = 4 };
typedef struct pensel_tile {
    size_t index, first, n; /* samples [first, first + n) */
} pensel_tile;
typedef struct pensel_tiling {
    size_t n, count, lanes;
} pensel_tiling;
pensel_tiling pensel_tiling_of(const pensel_kernels *kernels, size_t n);
pensel_tile pensel_tiling_tile(const pensel_tiling *tiling, size_t index);

#endif
