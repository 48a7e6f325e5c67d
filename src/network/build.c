/* The list of layers of a network, from the short form of a shape or from a text, and what follows
 * from the whole list: which derivatives are fused, where parameters stand, which panels a
 * prediction needs. After this the shape can be trusted by all the code above.
 *
 * The order is one of trust. First each layer is prepared by itself, from the inputs on, for a kind
 * must know how many units come in; then what a layer needs to know of its neighbours is filled in,
 * which no kind could do in `prepare`; last the parameters get their positions, when all sizes are
 * known and bounded. No parameter is allocated here (pensel_network_allocate). */
#include "base/context.h"
#include "layer/layer_text.h"
#include "network/network.h"

#include <math.h>
#include <string.h>

/* ------------------------------------------------------------------ one layer after another */

/* A layer more, on top of those that are there. The list has room for it. layer_count counts layers
 * that are complete: one that fails has released what it had, so an unfinished network can be freed
 * at any moment. Of `most`, what is left for the layers to come remains. */
static pensel_status add_layer(pensel_network *network, const pensel_layer_kind *kind,
                               const void *options, size_t size, pensel_error *error)
{
    size_t l = network->layer_count;
    size_t in = l > 0 ? network->layers[l - 1].out : network->shape.inputs;
    PENSEL_REQUIRE(!kind->first_only || l == 0, BAD_ARGUMENT,
                   "layer %zu is of kind %s: that can only be the first one", l + 1, kind->name);
    PENSEL_TRY(pensel_layer_prepare(&network->layers[l], kind, options, size, in, network->kernels,
                                    error));
    network->layer_count++;
    size_t count = pensel_layer_parameter_count(&network->layers[l]);
    PENSEL_REQUIRE(count <= network->most, BAD_ARGUMENT,
                   "layer %zu has %zu parameters: there are %zu for it and those after it", l + 1,
                   count, network->most);
    network->most -= count;
    return PENSEL_OK;
}

/* What a kind cannot check: it does not know how many layers of neurons there are. Softmax is an
 * activation of outputs only: each of its units depends on all, and of losses alone the kernel
 * knows how that goes back. */
static pensel_status check_neurons(const pensel_layer *layer, size_t l, size_t count,
                                   pensel_error *error)
{
    const pensel_activation_info *info = pensel_activation_describe(layer->activation);
    PENSEL_REQUIRE(layer->width != 0, BAD_ARGUMENT,
                   "layer %zu has no neurons: every layer needs 1 or more", l + 1);
    PENSEL_REQUIRE(info, BAD_ARGUMENT, "layer %zu has activation number %d: known ones are 0 to %d",
                   l + 1, (int)layer->activation, PENSEL_ACTIVATION_COUNT - 1);
    PENSEL_REQUIRE(!info->outputs_only || l + 1 == count, BAD_ARGUMENT,
                   "layer %zu has activation %s: it stands on the output layer only", l + 1,
                   info->name);
    PENSEL_REQUIRE(isfinite(layer->parameter), BAD_ARGUMENT,
                   "layer %zu has an activation parameter that is not finite: a number is needed",
                   l + 1);
    return PENSEL_OK;
}

/* The short form: an encoding, and layers of neurons. These are checked first, while they have the
 * numbers that the caller gave them: an encoding in front moves them by one. */
static pensel_status add_short(pensel_network *network, const pensel_shape *shape,
                               pensel_error *error)
{
    const pensel_kernels *kernels = network->kernels;
    const pensel_encoding *encoding = &shape->encoding;
    PENSEL_REQUIRE(shape->layer_count != 0 && shape->layers, BAD_ARGUMENT,
                   "a network without layers: it needs at least the output layer");
    PENSEL_REQUIRE((unsigned)encoding->kind < PENSEL_ENCODING_COUNT, BAD_ARGUMENT,
                   "encoding %d is unknown: there are %d, from 0 on", (int)encoding->kind,
                   PENSEL_ENCODING_COUNT);
    for (size_t l = 0; l < shape->layer_count; l++)
        PENSEL_TRY(check_neurons(&shape->layers[l], l, shape->layer_count, error));
    size_t most = shape->layer_count + 1;
    PENSEL_TRY(PENSEL_NEW(network->layers, most, error));
    if (encoding->kind != PENSEL_RAW)
        PENSEL_TRY(add_layer(network,
                             pensel_layer_kind_find(pensel_encoding_name(encoding->kind), kernels),
                             encoding, sizeof *encoding, error));
    for (size_t l = 0; l < shape->layer_count; l++)
        PENSEL_TRY(add_layer(network, pensel_layer_kind_find("dense", kernels), &shape->layers[l],
                             sizeof *shape->layers, error));
    return PENSEL_OK;
}

/* ------------------------------------------------------------------ from a text */

/* One item of a text. A kind that encloses others has two instances, and the second one looks back
 * for its first: the nearest that opens and is not closed yet, as with parentheses. There always is
 * one, for the reader closes only what it has open. */
static pensel_status add_item(pensel_network *network, const pensel_layer_item *item,
                              pensel_error *error)
{
    PENSEL_TRY(
        add_layer(network, item->kind, item->settings.own, sizeof item->settings.own, error));
    pensel_layer_instance *layer = &network->layers[network->layer_count - 1];
    layer->settings = item->settings;
    layer->rates = item->rates;
    layer->opens = item->opens;
    if (!item->closes) return PENSEL_OK;
    size_t at = network->layer_count - 1, open = 1, l = at;
    while (open > 0) {
        const pensel_layer_instance *other = &network->layers[--l];
        if (other->kind->encloses) open += other->opens ? (size_t)-1 : 1;
    }
    layer->partner = l;
    network->layers[l].partner = at;
    PENSEL_REQUIRE(l + 1 < at, BAD_ARGUMENT, "%s encloses no layers: 1 or more are needed",
                   item->kind->name);
    PENSEL_REQUIRE(network->layers[l].out == layer->in, BAD_ARGUMENT,
                   "the layers in %s make %zu units of %zu: as many as go in must come out",
                   item->kind->name, layer->in, network->layers[l].out);
    return PENSEL_OK;
}

/* A list of any kinds. The settings of a text go through the same `prepare` as options of a C
 * program: what a text may not say is found there. */
static pensel_status add_text(pensel_network *network, const char *text, pensel_error *error)
{
    pensel_layer_reader reader = {.kernels = network->kernels, .at = text};
    pensel_layer_item item;
    size_t most = pensel_layer_items(text);
    PENSEL_REQUIRE(strlen(text) < PENSEL_LAYER_TEXT_BYTES, BAD_ARGUMENT,
                   "the layers' text is %zu bytes long: less than %d are allowed", strlen(text),
                   PENSEL_LAYER_TEXT_BYTES);
    PENSEL_TRY(PENSEL_NEW(network->layers, most, error));
    for (;;) {
        PENSEL_TRY(pensel_layer_read(&item, &reader, error));
        if (!item.kind) break;
        PENSEL_TRY(add_item(network, &item, error));
    }
    PENSEL_REQUIRE(pensel_network_last(network)->kind->neurons, BAD_ARGUMENT,
                   "the last layer is of kind %s: it must be dense, its units are the outputs",
                   pensel_network_last(network)->kind->name);
    return PENSEL_OK;
}

/* What the names of layers stand for: what they do in a network that this one is a copy of, else
 * what the thread's context has. */
static pensel_status find_names(pensel_network *network, const pensel_network *like,
                                pensel_error *error)
{
    for (size_t l = 0; l < network->layer_count; l++) {
        if (!network->layers[l].kind->named) continue;
        pensel_layer_name *name = (pensel_layer_name *)network->layers[l].settings.own;
        const pensel_custom_activation *found =
            like ? &((const pensel_layer_name *)like->layers[l].settings.own)->found
                 : pensel_context_activation(name->text);
        PENSEL_REQUIRE(found, BAD_ARGUMENT,
                       "layer %zu has an activation of a program's own, \"%s\", whose function is "
                       "not known here: pensel_context_enter of a context that has it is needed "
                       "in C, pensel.register_activation in Python",
                       l + 1, name->text);
        name->found = *found;
    }
    return PENSEL_OK;
}

/* The shape shows a list of any kinds as far as it can: the encoding in front, and the layers of
 * neurons. Its `list` is written anew, with every setting that is not the default: two texts that
 * mean the same network are then the same, which is how a checkpoint is compared with its network.
 */
static pensel_status show(pensel_network *network, pensel_error *error)
{
    const pensel_layer_instance *first = &network->layers[0];
    pensel_layer *layers;
    size_t count = 0, next = 0;
    char *list;
    for (size_t l = 0; l < network->layer_count; l++)
        count += network->layers[l].kind->neurons;
    PENSEL_TRY(PENSEL_NEW(layers, count, error));
    network->shape.layers = layers;
    network->shape.layer_count = count;
    for (size_t l = 0; l < network->layer_count; l++) {
        const pensel_layer_instance *layer = &network->layers[l];
        if (layer->kind->neurons)
            layers[next++] = (pensel_layer){layer->out, layer->activation, layer->parameter};
    }
    for (size_t l = 0; l < count; l++)
        PENSEL_TRY(check_neurons(&layers[l], l, count, error));
    network->shape.encoding = (pensel_encoding){0};
    for (int kind = 0; kind < PENSEL_ENCODING_COUNT; kind++) {
        if (strcmp(first->kind->name, pensel_encoding_name((pensel_encoding_kind)kind)) != 0)
            continue;
        memcpy(&network->shape.encoding, first->settings.own, sizeof network->shape.encoding);
        network->shape.encoding.kind = (pensel_encoding_kind)kind;
    }
    PENSEL_TRY(pensel_layer_write(&list, network->layers, network->layer_count, error));
    network->shape.list = list;
    return PENSEL_OK;
}

/* ------------------------------------------------------------------ the whole list */

/* Who multiplies by f'(z) of layer l: the layer above in its product if it can, else layer l
 * itself. Above the last layer stands the loss, which does it. Identity needs nobody. A layer that
 * derives must keep f'(z), whatever its activation would need by itself. */
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

/* The slot that layer l reads; the inputs are in slot 0. */
static size_t slot_below(const pensel_network *network, size_t l)
{
    return l > 0 ? network->layers[l - 1].slot : 0;
}

/* Whether layer l may not write to the slot: it reads it, or the end of a pair will. */
static bool is_taken(const pensel_network *network, size_t l, size_t slot)
{
    if (slot == slot_below(network, l)) return true;
    for (size_t k = 0; k < l; k++)
        if (network->layers[k].opens && network->layers[k].partner >= l &&
            network->layers[k].slot == slot)
            return true;
    return false;
}

/* What the layers need to know of each other, in one pass from the inputs. Each output takes the
 * lowest slot that nobody reads any more: a plain chain goes to and fro between two, and each open
 * residual holds one more. A training has a panel for every layer and no slots. */
static void link_layers(pensel_network *network)
{
    size_t number = 0;
    network->widest = network->shape.inputs;
    network->slots = 1;
    network->single = true;
    for (size_t l = 0; l < network->layer_count; l++) {
        pensel_layer_instance *layer = &network->layers[l];
        decide_fusing(network, l);
        while (is_taken(network, l, layer->slot))
            layer->slot++;
        if (layer->slot >= network->slots) network->slots = layer->slot + 1;
        layer->number = number;
        if (layer->kind->neurons) network->neurons[number++] = l;
        if (layer->out > network->widest) network->widest = layer->out;
        network->single = network->single && layer->kind->single;
        network->random = network->random || layer->kind->random;
        network->missing = network->missing || layer->kind->missing;
    }
}

/* Gives the groups of the layers that are `whole`, or those of all others, their positions, in the
 * order of the list; false when the sum would be larger than any memory: the bound leaves room to
 * multiply by the size of a number. */
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

/* Small groups first, from 0 to whole_first: shards sum exactly this range, so it must be without
 * gaps. `lowest` ends at the output layer at the latest, which has weights always. */
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

/* The caller's array may be gone as soon as the network is made. */
static pensel_status copy_short(pensel_network *network, const pensel_shape *shape,
                                pensel_error *error)
{
    pensel_layer *layers;
    PENSEL_TRY(PENSEL_NEW(layers, shape->layer_count, error));
    memcpy(layers, shape->layers, shape->layer_count * sizeof *layers);
    network->shape.layers = layers;
    return PENSEL_OK;
}

pensel_status pensel_network_build(pensel_network *network, const pensel_shape *shape,
                                   const pensel_network *like, pensel_error *error)
{
    PENSEL_REQUIRE(shape, BAD_ARGUMENT, "no shape: a network needs one");
    PENSEL_REQUIRE(shape->inputs != 0, BAD_ARGUMENT, "a network of 0 inputs: 1 or more are needed");
    PENSEL_TRY(pensel_kernels_find(&network->kernels, network->precision, error));
    PENSEL_TRY(pensel_context_private(&network->own, error));
    network->context = network->own;
    network->shape = *shape;
    network->shape.layers = NULL;
    network->shape.list = NULL;
    if (shape->list) {
        PENSEL_TRY(add_text(network, shape->list, error));
        PENSEL_TRY(find_names(network, like, error));
        PENSEL_TRY(show(network, error));
    } else {
        PENSEL_TRY(add_short(network, shape, error));
        PENSEL_TRY(copy_short(network, shape, error));
    }
    PENSEL_TRY(PENSEL_NEW(network->neurons, network->shape.layer_count, error));
    link_layers(network);
    return place_parameters(network, error);
}
