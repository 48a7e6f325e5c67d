/* A model as operations: the scaler, the layers in their order, and what the outputs are.
 *
 *     x -> SCALE -> each layer's own operations -> UNSCALE -> PAIR, of two classes -> outputs
 *
 * Appending to a graph goes on after a failure and does nothing, so what builds it need not ask
 * each time; pensel_leaving_make asks once, at the end. Texts, canvas and networks are borrowed:
 * the model must live longer than `leaving`. */
#include "base/memory.h"
#include "estimator/estimator.h"
#include "export/target.h"
#include "network/network.h"
#include "picture/picture.h"

#include <math.h>
#include <string.h>

/* Notes which operation a layer's weights have become, for quantise.c, which rounds the layer's
 * beside the operation's. */
static pensel_status note_product(pensel_leaving *leaving, pensel_product product,
                                  pensel_error *error)
{
    if (leaving->product_count == leaving->product_room) {
        size_t room = 2 * leaving->product_room + 16;
        void *list = leaving->products;
        PENSEL_TRY(pensel_resize(&list, room, sizeof *leaving->products, error));
        leaving->products = list;
        leaving->product_room = room;
    }
    leaving->products[leaving->product_count++] = product;
    return PENSEL_OK;
}

/* The same of the tables among the operations from `begin` on, which a layer's numbers have become
 * in their order. */
static pensel_status note_tables(pensel_leaving *leaving, const pensel_network *network,
                                 size_t layer, size_t begin, pensel_error *error)
{
    size_t first = 0;
    for (size_t i = begin; i < leaving->graph.count; i++) {
        const pensel_operation *o = &leaving->graph.list[i];
        if (o->kind != PENSEL_OP_LOOKUP && o->kind != PENSEL_OP_GRID && o->kind != PENSEL_OP_PIXELS)
            continue;
        PENSEL_TRY(note_product(leaving, (pensel_product){network, layer, i, first}, error));
        first += o->weights;
    }
    return PENSEL_OK;
}

/* Notes a layer that is none of neurons, for onnx_kept.c, which lets it come back. */
static pensel_status note_layer(pensel_leaving *leaving, pensel_kept_layer kept,
                                pensel_error *error)
{
    if (leaving->kept_count == leaving->kept_room) {
        size_t room = 2 * leaving->kept_room + 16;
        void *list = leaving->kept;
        PENSEL_TRY(pensel_resize(&list, room, sizeof *leaving->kept, error));
        leaving->kept = list;
        leaving->kept_room = room;
    }
    leaving->kept[leaving->kept_count++] = kept;
    return PENSEL_OK;
}

/* `given` has each layer's value: what closes a residual needs the value where its partner
 * opened it. A layer of neurons ends in its affine operation, on which note_product relies. */
pensel_status pensel_leaving_network(size_t *value, pensel_leaving *leaving,
                                     const pensel_network *network, size_t a, pensel_error *error)
{
    pensel_graph *graph = &leaving->graph;
    size_t *given;
    pensel_status status = PENSEL_NEW(given, network->layer_count, error);
    for (size_t l = 0; l < network->layer_count && status == PENSEL_OK; l++) {
        const pensel_layer_instance *layer = &network->layers[l];
        if (layer->kind->named) {
            status =
                pensel_fail(error, PENSEL_UNSUPPORTED,
                            "layer %zu is the program's own activation \"%s\", a function that no "
                            "file of another kind can hold: a network of known activations can "
                            "leave",
                            l + 1, ((const pensel_layer_name *)layer->settings.own)->text);
            break;
        }
        if (!layer->kind->leave) {
            status = pensel_fail(error, PENSEL_UNSUPPORTED,
                                 "layer %zu is of kind %s, which cannot be exported yet: a network "
                                 "without it can",
                                 l + 1, layer->kind->name);
            break;
        }
        size_t partner = layer->kind->encloses && !layer->opens ? given[layer->partner] : 0;
        size_t from = a, begin = graph->count;
        a = given[l] = layer->kind->leave(layer, graph, a, partner, network->parameters);
        if (!layer->kind->neurons && !layer->kind->encloses && a != from)
            status = note_layer(leaving, (pensel_kept_layer){network, layer, from, a}, error);
        if (layer->kind->neurons && status == PENSEL_OK)
            status = note_product(leaving, (pensel_product){network, l, a, 0}, error);
        else if (status == PENSEL_OK)
            status = note_tables(leaving, network, l, begin, error);
    }
    pensel_release(given);
    *value = a;
    return status;
}

/* ------------------------------------------------------------------ estimators */

static pensel_status add_input(pensel_leaving *leaving, size_t width, pensel_error *error)
{
    PENSEL_TRY(PENSEL_NEW(leaving->inputs, 1, error));
    leaving->inputs[0] = (pensel_input){.form = PENSEL_INPUT_VECTOR, .width = width};
    leaving->input_count = 1;
    return PENSEL_OK;
}

/* (x - offset) / scale, or x scale + offset */
static size_t add_scaler(pensel_graph *graph, pensel_operation_kind kind, size_t a,
                         const pensel_scaler *scaler)
{
    if (!scaler->count) return a;
    return pensel_graph_append(
        graph, (pensel_operation){
                   .kind = kind,
                   .a = a,
                   .width = scaler->count,
                   .w = pensel_graph_copy(graph, scaler->scale, scaler->count, PENSEL_FLOAT64),
                   .c = pensel_graph_copy(graph, scaler->offset, scaler->count, PENSEL_FLOAT64),
                   .weights = scaler->count,
                   .constants = scaler->count,
                   .low = -INFINITY,
                   .high = INFINITY});
}

/* Of a single class: 1, whatever the network says */
static size_t add_certainty(pensel_graph *graph, size_t a)
{
    size_t in = pensel_graph_width(graph, a);
    double *w = pensel_graph_room(graph, in), *one = pensel_graph_room(graph, 1);
    if (one) one[0] = 1;
    return pensel_graph_affine(graph, a, w, one, 1, in, 1, PENSEL_IDENTITY, 0);
}

static size_t add_pair(pensel_graph *graph, size_t a)
{
    return pensel_graph_append(graph,
                               (pensel_operation){.kind = PENSEL_OP_PAIR, .a = a, .width = 2});
}

static pensel_status name_classes(pensel_leaving *leaving, const pensel_estimator *estimator,
                                  pensel_error *error)
{
    size_t count = estimator->learned.class_count;
    leaving->class_codes = estimator->learned.classes;
    if (estimator->class_names.count < count || count == 0) return PENSEL_OK;
    PENSEL_TRY(PENSEL_NEW(leaving->class_names, count, error));
    for (size_t c = 0; c < count; c++)
        leaving->class_names[c] = estimator->class_names.texts[c];
    return PENSEL_OK;
}

/* The outputs are what pensel_estimator_predict or _probabilities gives: numbers in the targets'
 * units, or a probability for each class. One output of two classes becomes a pair; a single
 * class is certain. */
static pensel_status make_estimator(pensel_leaving *leaving, const pensel_estimator *estimator,
                                    pensel_error *error)
{
    const pensel_learned *learned = &estimator->learned;
    pensel_graph *graph = &leaving->graph;
    PENSEL_REQUIRE(learned->network, UNTRAINED, "the estimator is not trained yet: fit it first");
    size_t width = pensel_network_shape(learned->network)->inputs;
    PENSEL_TRY(add_input(leaving, width, error));
    size_t a = pensel_graph_input(graph, 0, width, false);
    a = add_scaler(graph, PENSEL_OP_SCALE, a, &learned->inputs);
    leaving->minmax = estimator->options.scale_inputs == PENSEL_SCALE_MINMAX;
    PENSEL_TRY(pensel_leaving_network(&a, leaving, learned->network, a, error));
    a = add_scaler(graph, PENSEL_OP_UNSCALE, a, &learned->targets);
    leaving->classifies = learned->classes != NULL;
    leaving->labels = !learned->classes && estimator->options.task == PENSEL_CLASSIFICATION;
    if (leaving->classifies && learned->class_count == 1)
        a = add_certainty(graph, a);
    else if (leaving->classifies && learned->class_count == 2 && !learned->one_hot)
        a = add_pair(graph, a);
    leaving->output = a;
    leaving->outputs = pensel_graph_width(graph, a);
    return name_classes(leaving, estimator, error);
}

/* ------------------------------------------------------------------ any model */

/* An estimator of row and column, with what these mean in pixels. */
static pensel_status make_painting(pensel_leaving *leaving, const pensel_painting *painting,
                                   pensel_error *error)
{
    const pensel_canvas *canvas = pensel_painting_canvas(painting);
    const pensel_estimator *estimator = pensel_painting_estimator(painting);
    PENSEL_TRY(make_estimator(leaving, estimator, error));
    const pensel_shape *shape = pensel_network_shape(estimator->learned.network);
    pensel_coordinates at = pensel_coordinates_of(canvas->height, canvas->width,
                                                  canvas->raw_coordinates, &shape->encoding);
    leaving->painting = painting;
    leaving->canvas = canvas;
    leaving->periodic = shape->encoding.periodic;
    memcpy(leaving->scale, at.scale, sizeof at.scale);
    memcpy(leaving->offset, at.offset, sizeof at.offset);
    return PENSEL_OK;
}

static pensel_status make(pensel_leaving *leaving, const pensel_exported *model,
                          pensel_error *error)
{
    if (model->table) return pensel_leaving_table(leaving, model->table, error);
    if (model->painting) return make_painting(leaving, model->painting, error);
    return make_estimator(leaving, model->estimator, error);
}

pensel_status pensel_leaving_make(pensel_leaving *leaving, const pensel_exported *model,
                                  pensel_error *error)
{
    memset(leaving, 0, sizeof *leaving);
    leaving->model = model;
    pensel_status status = make(leaving, model, error);
    if (status == PENSEL_OK && leaving->graph.status != PENSEL_OK) {
        status = leaving->graph.status;
        if (error) *error = leaving->graph.error;
    }
    if (status != PENSEL_OK) pensel_leaving_clear(leaving);
    return status;
}

void pensel_leaving_clear(pensel_leaving *leaving)
{
    pensel_graph_clear(&leaving->graph);
    pensel_release(leaving->inputs);
    pensel_release(leaving->products);
    pensel_release(leaving->kept);
    pensel_release(leaving->class_names);
    memset(leaving, 0, sizeof *leaving);
}
