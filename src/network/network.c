/* Networks: the shape is checked once, here, and can then be trusted by all the code above. */
#include "network/network.h"

#include "base/error.h"
#include "base/memory.h"

#include <math.h>
#include <string.h>

static pensel_status check_layer(const pensel_layer *layer, size_t l, size_t count,
                                 pensel_error *error)
{
    const pensel_activation_info *info = pensel_activation_describe(layer->activation);
    PENSEL_REQUIRE(layer->width != 0, BAD_ARGUMENT,
                   "layer %zu has no neurons: every layer needs 1 or more", l + 1);
    PENSEL_REQUIRE(info, BAD_ARGUMENT, "layer %zu has activation number %d: known ones are 0 to %d",
                   l + 1, (int)layer->activation, PENSEL_ACTIVATION_COUNT - 1);
    PENSEL_REQUIRE(!info->outputs_only || l + 1 >= count, BAD_ARGUMENT,
                   "layer %zu has activation %s: it stands on the output layer only", l + 1,
                   info->name);
    PENSEL_REQUIRE(isfinite(layer->parameter), BAD_ARGUMENT,
                   "layer %zu has an activation parameter that is not finite: a number is needed",
                   l + 1);
    return PENSEL_OK;
}

static pensel_status check_shape(const pensel_shape *shape, pensel_error *error)
{
    PENSEL_REQUIRE(shape, BAD_ARGUMENT, "no shape: a network needs one");
    PENSEL_REQUIRE(shape->inputs != 0, BAD_ARGUMENT, "a network of 0 inputs: 1 or more are needed");
    PENSEL_REQUIRE(shape->layer_count != 0 && shape->layers, BAD_ARGUMENT,
                   "a network without layers: it needs at least the output layer");
    for (size_t l = 0; l < shape->layer_count; l++)
        PENSEL_TRY(check_layer(&shape->layers[l], l, shape->layer_count, error));
    return PENSEL_OK;
}

/* Places layer l's weights and biases after those of the layers before; false when the sum would be
 * larger than any memory. */
static bool place_layer(pensel_network *network, size_t l, size_t in)
{
    const pensel_layer *layer = &network->shape.layers[l];
    pensel_dense *dense = &network->layers[l];
    size_t weights, left = SIZE_MAX / 32 - network->parameter_count;
    if (!pensel_multiply(&weights, in, layer->width)) return false;
    if (layer->width > left || weights > left - layer->width) return false;
    *dense = (pensel_dense){
        .in = in,
        .out = layer->width,
        .weights = network->parameter_count,
        .biases = network->parameter_count + weights,
        .activation = layer->activation,
        .parameter = layer->parameter,
        .needs_z = pensel_activation_needs_z(layer->activation),
    };
    network->parameter_count += weights + layer->width;
    if (layer->width > network->widest) network->widest = layer->width;
    return true;
}

static pensel_status place_parameters(pensel_network *network, pensel_error *error)
{
    network->features = pensel_encoder_width(network->encoder);
    network->widest = network->features;
    size_t in = network->features;
    for (size_t l = 0; l < network->shape.layer_count; l++) {
        size_t out = network->shape.layers[l].width;
        PENSEL_REQUIRE(in <= SIZE_MAX / 64 && out <= SIZE_MAX / 64 && place_layer(network, l, in),
                       OUT_OF_MEMORY,
                       "layer %zu of %zu x %zu weights is larger than any memory: make it smaller",
                       l + 1, out, in);
        in = out;
    }
    network->encoder_offset = network->parameter_count;
    network->parameter_count += pensel_encoder_parameter_count(network->encoder);
    return PENSEL_ALLOCATE(network->parameters, network->parameter_count, network->kernels->size,
                           error);
}

static pensel_status build(pensel_network *network, const pensel_shape *shape, pensel_error *error)
{
    pensel_layer *layers;
    PENSEL_TRY(pensel_kernels_find(&network->kernels, network->precision, error));
    PENSEL_TRY(pensel_encoder_new(&network->encoder, &shape->encoding, shape->inputs,
                                  network->kernels, error));
    PENSEL_TRY(PENSEL_NEW(layers, shape->layer_count, error));
    memcpy(layers, shape->layers, shape->layer_count * sizeof *layers);
    network->shape = *shape;
    network->shape.layers = layers;
    PENSEL_TRY(PENSEL_NEW(network->layers, shape->layer_count, error));
    return place_parameters(network, error);
}

pensel_status pensel_network_new(pensel_network **result, const pensel_shape *shape,
                                 pensel_precision precision, pensel_error *error)
{
    pensel_network *network;
    PENSEL_REQUIRE(result, BAD_ARGUMENT, "network is NULL: a place for the result is needed");
    *result = NULL;
    PENSEL_TRY(check_shape(shape, error));
    PENSEL_TRY(PENSEL_NEW(network, 1, error));
    network->precision = precision;
    pensel_status status = build(network, shape, error);
    if (status != PENSEL_OK)
        pensel_network_free(&network);
    else
        *result = network;
    return status;
}

pensel_status pensel_network_copy(pensel_network **copy, const pensel_network *network,
                                  pensel_error *error)
{
    PENSEL_REQUIRE(copy && network, BAD_ARGUMENT, "nothing to copy: give a network and a place");
    PENSEL_TRY(pensel_network_new(copy, &network->shape, network->precision, error));
    memcpy((*copy)->parameters, network->parameters,
           network->parameter_count * network->kernels->size);
    return PENSEL_OK;
}

void pensel_network_free(pensel_network **address)
{
    pensel_network *network = address ? *address : NULL;
    if (!network) return;
    *address = NULL;
    pensel_release(network->parameters);
    pensel_release(network->layers);
    pensel_release((void *)network->shape.layers);
    pensel_encoder_free(&network->encoder);
    pensel_release(network);
}

const pensel_shape *pensel_network_shape(const pensel_network *network)
{
    return network ? &network->shape : NULL;
}

pensel_precision pensel_network_precision(const pensel_network *network)
{
    return network ? network->precision : PENSEL_FLOAT32;
}

size_t pensel_network_parameter_count(const pensel_network *network)
{
    return network ? network->parameter_count : 0;
}

void *pensel_network_parameters(pensel_network *network)
{
    return network ? network->parameters : NULL;
}

const void *pensel_network_parameters_const(const pensel_network *network)
{
    return network ? network->parameters : NULL;
}

pensel_status pensel_network_layer(const pensel_network *network, size_t l, pensel_layer_view *view,
                                   pensel_error *error)
{
    PENSEL_REQUIRE(network && view, BAD_ARGUMENT, "no network or no view: give both");
    PENSEL_REQUIRE(l < network->shape.layer_count, BAD_ARGUMENT,
                   "layer %zu of a network of %zu: count from 0", l, network->shape.layer_count);
    const pensel_dense *layer = &network->layers[l];
    *view = (pensel_layer_view){layer->in, layer->out, layer->weights, layer->biases};
    return PENSEL_OK;
}

pensel_tiling pensel_tiling_of(const pensel_kernels *kernels, size_t n)
{
    size_t lanes = kernels->lanes, vectors = (n + lanes - 1) / lanes;
    return (pensel_tiling){n, (vectors + PENSEL_TILE_LANES - 1) / PENSEL_TILE_LANES, lanes};
}

pensel_tile pensel_tiling_tile(const pensel_tiling *tiling, size_t index)
{
    size_t vectors = (tiling->n + tiling->lanes - 1) / tiling->lanes;
    size_t first = vectors * index / tiling->count * tiling->lanes;
    size_t end = vectors * (index + 1) / tiling->count * tiling->lanes;
    return (pensel_tile){index, first, (end < tiling->n ? end : tiling->n) - first};
}
