/* Networks: the shape is checked once, here, and can then be trusted by all the code above. */
#include "network/network.h"

#include "base/context.h"
#include "base/error.h"
#include "base/memory.h"

#include <math.h>
#include <string.h>

const char *pensel_encoding_name(pensel_encoding_kind kind)
{
    static const char *const names[PENSEL_ENCODING_COUNT] = {"raw", "fourier", "hashgrid",
                                                             "pyramid"};
    return (unsigned)kind < PENSEL_ENCODING_COUNT ? names[kind] : NULL;
}

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
    PENSEL_REQUIRE(shape->inputs > 0, BAD_ARGUMENT, "a network of 0 inputs: 1 or more are needed");
    PENSEL_REQUIRE(shape->layer_count > 0 && shape->layers, BAD_ARGUMENT,
                   "a network without layers: it needs at least the output layer");
    PENSEL_REQUIRE((unsigned)shape->encoding.kind < PENSEL_ENCODING_COUNT, BAD_ARGUMENT,
                   "encoding %d is unknown: raw, fourier, hashgrid or pyramid",
                   (int)shape->encoding.kind);
    for (size_t l = 0; l < shape->layer_count; l++)
        PENSEL_TRY(check_layer(&shape->layers[l], l, shape->layer_count, error));
    return PENSEL_OK;
}

/* ------------------------------------------------------------------ the list */

/* A layer more, on top of those that are there. The list has room for it. */
static pensel_status add_layer(pensel_network *network, const char *name, const void *options,
                               size_t size, pensel_error *error)
{
    size_t l = network->layer_count;
    pensel_layer_instance *layer = &network->layers[l];
    const pensel_layer_kind *kind = pensel_layer_kind_find(name, network->kernels);
    size_t in = l > 0 ? network->layers[l - 1].out : network->shape.inputs;
    PENSEL_REQUIRE(!kind->first_only || l == 0, BAD_ARGUMENT,
                   "layer %zu is of kind %s: that can only be the first layer", l + 1, name);
    PENSEL_TRY(pensel_layer_prepare(layer, kind, options, size, in, network->kernels, error));
    network->layer_count++;
    return PENSEL_OK;
}

/* The short form of a shape: an encoding, and layers of neurons. */
static pensel_status add_layers(pensel_network *network, const pensel_shape *shape,
                                pensel_error *error)
{
    const pensel_encoding *encoding = &shape->encoding;
    size_t most = shape->layer_count + 1;
    PENSEL_TRY(PENSEL_NEW(network->layers, most, error));
    if (encoding->kind != PENSEL_RAW)
        PENSEL_TRY(add_layer(network, pensel_encoding_name(encoding->kind), encoding,
                             sizeof *encoding, error));
    for (size_t l = 0; l < shape->layer_count; l++)
        PENSEL_TRY(add_layer(network, "dense", &shape->layers[l], sizeof *shape->layers, error));
    return PENSEL_OK;
}

/* Who multiplies by f'(z) of layer l: the layer above in its product if it can, else layer l
 * itself, from its z. Above the last layer stands the loss, which does it. */
static void decide_fusing(pensel_network *network, size_t l)
{
    pensel_layer_instance *layer = &network->layers[l];
    if (l > 0) layer->below = layer - 1;
    layer->fused = l > 0 && layer->kind->fuses;
    bool last = l + 1 == network->layer_count;
    if (last || layer->activation == PENSEL_IDENTITY || layer[1].kind->fuses) return;
    layer->derives = true;
    layer->kept = layer->out;
}

/* Two panels that alternate. */
static void link_layers(pensel_network *network)
{
    size_t number = 0;
    network->widest = network->shape.inputs;
    network->slots = 2;
    network->single = true;
    for (size_t l = 0; l < network->layer_count; l++) {
        pensel_layer_instance *layer = &network->layers[l];
        decide_fusing(network, l);
        layer->slot = (l + 1) % 2;
        layer->number = number;
        if (layer->kind->neurons) network->neurons[number++] = l;
        if (layer->out > network->widest) network->widest = layer->out;
        network->single = network->single && layer->kind->single;
    }
}

/* Gives the groups of the layers that are `whole`, or those of all others, their places; false when
 * the sum would be larger than any memory. */
static bool place_groups(pensel_network *network, bool whole)
{
    for (size_t l = 0; l < network->layer_count; l++) {
        pensel_layer_instance *layer = &network->layers[l];
        for (size_t g = 0; g < layer->group_count && layer->kind->whole == whole; g++) {
            size_t count = pensel_layer_group_count(&layer->groups[g]);
            if (count > SIZE_MAX / 32 - network->parameter_count) return false;
            layer->groups[g].first = network->parameter_count;
            network->parameter_count += count;
        }
    }
    return true;
}

static pensel_status place_parameters(pensel_network *network, pensel_error *error)
{
    bool fits = place_groups(network, false);
    network->whole_first = network->parameter_count;
    PENSEL_REQUIRE(fits && place_groups(network, true), OUT_OF_MEMORY,
                   "the network's weights are larger than any memory: make it smaller");
    while (network->lowest + 1 < network->layer_count &&
           network->layers[network->lowest].group_count == 0)
        network->lowest++;
    return PENSEL_OK;
}

static pensel_status build(pensel_network *network, const pensel_shape *shape, pensel_error *error)
{
    pensel_layer *layers;
    PENSEL_TRY(pensel_kernels_find(&network->kernels, network->precision, error));
    PENSEL_TRY(pensel_context_private(&network->own, error));
    network->context = network->own;
    network->shape = *shape;
    network->shape.layers = NULL;
    PENSEL_TRY(add_layers(network, shape, error));
    PENSEL_TRY(PENSEL_NEW(layers, shape->layer_count, error));
    memcpy(layers, shape->layers, shape->layer_count * sizeof *layers);
    network->shape.layers = layers;
    PENSEL_TRY(PENSEL_NEW(network->neurons, shape->layer_count, error));
    link_layers(network);
    return place_parameters(network, error);
}

pensel_status pensel_network_plan(pensel_network **result, const pensel_shape *shape,
                                  pensel_precision precision, pensel_error *error)
{
    pensel_network *network;
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

pensel_status pensel_network_allocate(pensel_network *network, pensel_error *error)
{
    return PENSEL_ALLOCATE(network->parameters, network->parameter_count, network->kernels->size,
                           error);
}

pensel_status pensel_network_new(pensel_network **result, const pensel_shape *shape,
                                 pensel_precision precision, pensel_error *error)
{
    PENSEL_REQUIRE(result, BAD_ARGUMENT, "network is NULL: a place for the result is needed");
    PENSEL_TRY(pensel_network_plan(result, shape, precision, error));
    pensel_status status = pensel_network_allocate(*result, error);
    if (status != PENSEL_OK) pensel_network_free(result);
    return status;
}

pensel_status pensel_network_copy(pensel_network **copy, const pensel_network *network,
                                  pensel_error *error)
{
    PENSEL_REQUIRE(copy && network, BAD_ARGUMENT, "nothing to copy: give a network and a place");
    PENSEL_TRY(pensel_network_new(copy, &network->shape, network->precision, error));
    pensel_network_use(*copy, network->context == network->own ? NULL : network->context);
    memcpy((*copy)->parameters, network->parameters,
           network->parameter_count * network->kernels->size);
    return PENSEL_OK;
}

void pensel_network_free(pensel_network **address)
{
    pensel_network *network = address ? *address : NULL;
    if (!network) return;
    *address = NULL;
    for (size_t l = 0; l < network->layer_count; l++)
        pensel_layer_release(&network->layers[l]);
    pensel_release(network->layers);
    pensel_release(network->neurons);
    pensel_release((void *)network->shape.layers);
    pensel_release(network->parameters);
    pensel_context_free(&network->own);
    pensel_release(network);
}

void pensel_network_use(pensel_network *network, pensel_context *context)
{
    if (network) network->context = context ? context : network->own;
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
    const pensel_layer_instance *layer = pensel_network_neurons(network, l);
    *view =
        (pensel_layer_view){layer->in, layer->out, layer->groups[0].first, layer->groups[1].first};
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
