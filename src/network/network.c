/* Networks: made, copied, freed, and asked what they are. build.c makes the list of layers.
 *
 * A network is made in two steps, so that a file's shape is checked before memory is taken for it:
 * a plan has everything but parameters, and then these are allocated. Who asks a network that is
 * NULL gets a zero or NULL and no crash: so a program may ask first and look at the error of making
 * it later. Tiles are at the end, for every walk cuts samples in the same way. */
#include "network/network.h"

#include "platform/float.h"
#include "base/context.h"
#include "base/error.h"
#include "base/memory.h"
#include "layer/layer_text.h"

#include <math.h>
#include <string.h>

const char *pensel_encoding_name(pensel_encoding_kind kind)
{
    static const char *const names[] = {
#define ROW(NAME, name) #name,
        PENSEL_ENCODING_LIST(ROW)
#undef ROW
    };
    return (unsigned)kind < PENSEL_ENCODING_COUNT ? names[kind] : NULL;
}

/* `like`: NULL, or one that has the same layers, and functions for those that have a name */
static pensel_status plan(pensel_network **result, const pensel_shape *shape,
                          pensel_precision precision, size_t most, const pensel_network *like,
                          pensel_error *error)
{
    pensel_network *network;
    *result = NULL;
    PENSEL_TRY(PENSEL_NEW(network, 1, error));
    network->precision = precision;
    network->most = most;
    pensel_status status = pensel_network_build(network, shape, like, error);
    if (status != PENSEL_OK)
        pensel_network_free(&network);
    else
        *result = network;
    return status;
}

pensel_status pensel_network_plan(pensel_network **result, const pensel_shape *shape,
                                  pensel_precision precision, size_t most, pensel_error *error)
{
    return plan(result, shape, precision, most, NULL, error);
}

/* One block of zeros, so a layer whose kind draws nothing starts at 0. */
pensel_status pensel_network_allocate(pensel_network *network, pensel_error *error)
{
    return PENSEL_ALLOCATE(network->parameters, network->parameter_count, network->kernels->size,
                           error);
}

pensel_status pensel_network_new(pensel_network **result, const pensel_shape *shape,
                                 pensel_precision precision, pensel_error *error)
{
    PENSEL_FLOAT_SCOPE;
    PENSEL_REQUIRE(result, BAD_ARGUMENT, "network is NULL: a place for the result is needed");
    PENSEL_TRY(pensel_network_plan(result, shape, precision, SIZE_MAX, error));
    pensel_status status = pensel_network_allocate(*result, error);
    if (status != PENSEL_OK) pensel_network_free(result);
    return status;
}

/* The copy is made from the shape and then gets the parameters: two networks of one shape have the
 * same order of groups. It borrows the context that the original borrows; one of its own is never
 * shared, for it ends with its network. */
pensel_status pensel_network_copy(pensel_network **copy, const pensel_network *network,
                                  pensel_error *error)
{
    PENSEL_FLOAT_SCOPE;
    PENSEL_REQUIRE(copy && network, BAD_ARGUMENT, "nothing to copy: give a network and a place");
    PENSEL_TRY(plan(copy, &network->shape, network->precision, SIZE_MAX, network, error));
    pensel_status status = pensel_network_allocate(*copy, error);
    if (status != PENSEL_OK) {
        pensel_network_free(copy);
        return status;
    }
    pensel_network_use(*copy, network->context == network->own ? NULL : network->context);
    memcpy((*copy)->parameters, network->parameters,
           network->parameter_count * network->kernels->size);
    return PENSEL_OK;
}

/* Also of a network whose making failed half-way: only layer_count layers are complete. */
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
    pensel_release((void *)network->shape.list);
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
    /* In this view a layer of neurons has two groups always, weights and then biases. */
    *view =
        (pensel_layer_view){layer->in, layer->out, layer->groups[0].first, layer->groups[1].first};
    return PENSEL_OK;
}

/* Groups are counted through all layers, from the inputs on, not in the order of the parameters. */
size_t pensel_network_group_count(const pensel_network *network)
{
    size_t count = 0;
    for (size_t l = 0; network && l < network->layer_count; l++)
        count += network->layers[l].group_count;
    return count;
}

/* Group i is group *g of layer *l. */
static pensel_status find_group(const pensel_network *network, size_t *l, size_t *g, size_t i,
                                pensel_error *error)
{
    PENSEL_REQUIRE(i < pensel_network_group_count(network), BAD_ARGUMENT,
                   "group %zu of a network of %zu: count from 0", i,
                   pensel_network_group_count(network));
    *g = i;
    for (*l = 0; *g >= network->layers[*l].group_count; ++*l)
        *g -= network->layers[*l].group_count;
    return PENSEL_OK;
}

pensel_status pensel_network_group(const pensel_network *network, size_t i, pensel_group *group,
                                   pensel_error *error)
{
    size_t l = 0, g = 0;
    PENSEL_REQUIRE(network && group, BAD_ARGUMENT, "no network or no group: give both");
    PENSEL_TRY(find_group(network, &l, &g, i, error));
    const pensel_layer_instance *layer = &network->layers[l];
    /* Biases, gains and the like do not decay: of them the decay is 0, whatever the rates say. */
    const pensel_layer_group *from = &layer->groups[g];
    *group = (pensel_group){
        .layer = layer->kind->name,
        .name = from->name,
        .layer_index = l,
        .first = from->first,
        .count = pensel_layer_group_count(from),
        .rows = from->rows,
        .columns = from->columns,
        .rate_factor = layer->rates.rate_factor,
        .decay = from->decays ? layer->rates.decay : 0,
    };
    return PENSEL_OK;
}

/* Sets the rates of the whole layer that group i belongs to. A network of the short form has a
 * `list` from here on, since the short form has no words for rates: only so do copies, files and
 * checkpoints have them. The text is written before anything is given up, so that a failure changes
 * nothing. */
pensel_status pensel_network_set_rates(pensel_network *network, size_t i, double rate_factor,
                                       double decay, pensel_error *error)
{
    PENSEL_FLOAT_SCOPE;
    size_t l = 0, g = 0;
    char *list;
    PENSEL_REQUIRE(network, BAD_ARGUMENT, "network is NULL: whose rates are to be set is needed");
    PENSEL_REQUIRE(rate_factor >= 0 && isfinite(rate_factor) && decay >= 0 && isfinite(decay),
                   BAD_ARGUMENT,
                   "a rate factor of %g and a decay of %g: both are finite numbers of 0 or more",
                   rate_factor, decay);
    PENSEL_TRY(find_group(network, &l, &g, i, error));
    pensel_layer_rates had = network->layers[l].rates;
    network->layers[l].rates.rate_factor = rate_factor;
    network->layers[l].rates.decay = decay;
    pensel_status status = pensel_layer_write(&list, network->layers, network->layer_count, error);
    if (status != PENSEL_OK) {
        network->layers[l].rates = had;
        return status;
    }
    pensel_release((void *)network->shape.list);
    network->shape.list = list;
    return PENSEL_OK;
}

/* As few tiles as there can be of PENSEL_TILE_LANES vectors, and then as equal as can be: 5 vectors
 * are tiles of 2 and 3, not of 4 and 1. */
pensel_tiling pensel_tiling_of(const pensel_kernels *kernels, size_t n)
{
    size_t lanes = kernels->lanes, vectors = (n + lanes - 1) / lanes;
    return (pensel_tiling){n, (vectors + PENSEL_TILE_LANES - 1) / PENSEL_TILE_LANES, lanes};
}

/* Cut between whole vectors: vectors * index / count rounds down, so the tiles fit together and the
 * last one ends with the last vector, of which it takes the samples that are there. */
pensel_tile pensel_tiling_tile(const pensel_tiling *tiling, size_t index)
{
    size_t vectors = (tiling->n + tiling->lanes - 1) / tiling->lanes;
    size_t first = vectors * index / tiling->count * tiling->lanes;
    size_t end = vectors * (index + 1) / tiling->count * tiling->lanes;
    return (pensel_tile){index, first, (end < tiling->n ? end : tiling->n) - first};
}
