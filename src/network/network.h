/* A network inside the library. The parameters of all layers are stored one after another in one
 * block, followed by the encoder's. After pensel_network_new nothing but the parameters changes. */
#ifndef PENSEL_NETWORK_NETWORK_H
#define PENSEL_NETWORK_NETWORK_H

#include "encoding/encoding.h"
#include "kernel/kernel.h"
#include "pensel.h"

typedef struct pensel_dense {
    size_t in, out;
    size_t weights, biases; /* where w (out, in) and b (out) start in the parameters */
    pensel_activation activation;
    double parameter;
    bool needs_z; /* the derivative is computed from z, so training keeps it */
} pensel_dense;

struct pensel_network {
    pensel_shape shape; /* its layers are the network's own copy */
    pensel_precision precision;
    const pensel_kernels *kernels;
    pensel_encoder *encoder;
    pensel_dense *layers; /* (shape.layer_count) */
    size_t features;      /* inputs of the first layer */
    size_t widest;        /* of features and all layers */
    size_t parameter_count, encoder_offset;
    void *parameters;
};

/* The address of element `index` in a block of the network's precision. */
static inline void *pensel_at(const pensel_network *network, const void *block, size_t index)
{
    return (char *)block + index * network->kernels->size;
}

static inline size_t pensel_network_outputs(const pensel_network *network)
{
    return network->layers[network->shape.layer_count - 1].out;
}

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
