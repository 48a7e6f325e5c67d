/* A network in a model file: its shape as settings, its parameters as tensors of their own, (out,
 * in) as PyTorch and others have them. Read in an order that takes memory only for what the file
 * holds.
 *
 * Shapes of older files have an encoding and layers (the short form), those with a `list` are
 * texts. Which of the two is written follows from the shape, so a network without anything new
 * gives a file that older versions read. */
#include "network/network_file.h"

#include "base/error.h"
#include "base/memory.h"
#include "base/fields.h"
#include "network/network.h"

#include <stdio.h>
#include <string.h>

/* Inputs times features of an encoding that is read: fourier keeps a number for each. */
#define MOST_PROJECTIONS ((size_t)1 << 24)

static const char *precision_choice(int precision)
{
    return pensel_precision_name((pensel_precision)precision);
}

static const char *activation_name(int activation)
{
    const pensel_activation_info *info = pensel_activation_describe((pensel_activation)activation);
    return info ? info->name : NULL;
}

/* A pensel_layer as an object of JSON. The names are the file's, and so cannot change. */
static const pensel_field layer_fields[] = {
    {"width", PENSEL_FIELD_SIZE, offsetof(pensel_layer, width), NULL},
    {"activation", PENSEL_FIELD_NAME, offsetof(pensel_layer, activation), activation_name},
    {"parameter", PENSEL_FIELD_DOUBLE, offsetof(pensel_layer, parameter), NULL},
};

#define COUNT(fields) (sizeof(fields) / sizeof *(fields))

void pensel_encoding_write(pensel_json_writer *writer, const char *key,
                           const pensel_encoding *encoding)
{
    pensel_options_write(writer, key, encoding, pensel_encoding_table());
}

pensel_status pensel_encoding_read(pensel_encoding *encoding, const pensel_json *json,
                                   pensel_error *error)
{
    return pensel_options_read(encoding, json, pensel_encoding_table(), error);
}

void pensel_layers_write(pensel_json_writer *writer, const char *key, const pensel_layer *layers,
                         size_t count)
{
    pensel_json_open(writer, key, '[');
    for (size_t l = 0; l < count; l++)
        pensel_fields_write(writer, NULL, &layers[l], layer_fields, COUNT(layer_fields));
    pensel_json_close(writer, ']');
}

/* *layers are the caller's. There is one for each element of the list, which the text of the file
 * has paid for; on failure there are none. */
pensel_status pensel_layers_read(pensel_layer **layers, size_t *count, const pensel_json *json,
                                 pensel_error *error)
{
    const pensel_json *layer = pensel_json_first(json);
    *count = pensel_json_count(json);
    PENSEL_TRY(PENSEL_NEW(*layers, *count, error));
    for (size_t l = 0; l < *count; l++, layer = pensel_json_next(layer)) {
        pensel_status status =
            pensel_fields_read(&(*layers)[l], layer, layer_fields, COUNT(layer_fields), error);
        if (status == PENSEL_OK) continue;
        pensel_release(*layers);
        *layers = NULL;
        return status;
    }
    return PENSEL_OK;
}

/* Also how two shapes are compared, as texts: see pensel_network_agree. */
static void write_shape(pensel_json_writer *writer, const char *key, const pensel_shape *shape,
                        pensel_precision precision)
{
    pensel_json_open(writer, key, '{');
    pensel_json_put_whole(writer, "inputs", (int64_t)shape->inputs);
    pensel_json_put_string(writer, "precision", pensel_precision_name(precision));
    if (shape->list) {
        pensel_json_put_string(writer, "list", shape->list);
    } else {
        pensel_encoding_write(writer, "encoding", &shape->encoding);
        pensel_layers_write(writer, "layers", shape->layers, shape->layer_count);
    }
    pensel_json_close(writer, '}');
}

/* bfloat16 is a way to multiply: parameters are float32 in memory and in the file. */
static pensel_dtype dtype_of(pensel_precision precision)
{
    return precision == PENSEL_FLOAT64 ? PENSEL_F64 : PENSEL_F32;
}

/* A group's tensor: layers.N.weight, N counting layers from 0 without an encoding in front, whose
 * own is called encoding.parameters. The names are the format's and so cannot change. */
static void tensor_name(char name[64], const pensel_network *network, size_t l, size_t g)
{
    const pensel_layer_instance *layer = &network->layers[l];
    size_t before = network->layers[0].kind->first_only ? 1 : 0;
    if (l < before)
        snprintf(name, 64, "encoding.%s", layer->groups[g].name);
    else
        snprintf(name, 64, "layers.%zu.%s", l - before, layer->groups[g].name);
}

/* The file borrows the parameters until it is written: they must stay as they are until then. */
pensel_status pensel_network_put(pensel_model_file *file, const pensel_network *network,
                                 pensel_error *error)
{
    pensel_dtype dtype = dtype_of(network->precision);
    char name[64];
    for (size_t l = 0; l < network->layer_count; l++)
        for (size_t g = 0; g < network->layers[l].group_count; g++) {
            const pensel_layer_group *group = &network->layers[l].groups[g];
            tensor_name(name, network, l, g);
            PENSEL_TRY(pensel_model_file_add(file, name, dtype,
                                             pensel_at(network, network->parameters, group->first),
                                             group->rows, group->columns, error));
        }
    pensel_json_put_whole(&file->writer, "format",
                          network->shape.list ? PENSEL_FORMAT : PENSEL_FORMAT_SHORT);
    write_shape(&file->writer, "network", &network->shape, network->precision);
    return PENSEL_OK;
}

/* More parameters than these the network of a file cannot have. */
static size_t numbers_of(const pensel_model_file *file)
{
    size_t count = 0;
    for (size_t i = 0; i < file->count; i++)
        count += file->tensors[i].count;
    return count;
}

/* Every layer has as many neurons as the file holds biases for, so that no memory is taken for
 * more. */
static pensel_status check_widths(const pensel_model_file *file, const pensel_shape *shape,
                                  pensel_dtype dtype, pensel_error *error)
{
    const pensel_tensor *t;
    char name[64];
    for (size_t l = 0; l < shape->layer_count; l++) {
        snprintf(name, sizeof name, "layers.%zu.bias", l);
        PENSEL_TRY(
            pensel_model_file_expect(&t, file, name, dtype, shape->layers[l].width, 0, error));
    }
    return PENSEL_OK;
}

/* Every tensor that the network needs is there, in its shape: its size is the file's. */
static pensel_status check_tensors(const pensel_model_file *file, const pensel_network *network,
                                   pensel_error *error)
{
    const pensel_tensor *t;
    char name[64];
    for (size_t l = 0; l < network->layer_count; l++)
        for (size_t g = 0; g < network->layers[l].group_count; g++) {
            const pensel_layer_group *group = &network->layers[l].groups[g];
            tensor_name(name, network, l, g);
            PENSEL_TRY(pensel_model_file_expect(&t, file, name, dtype_of(network->precision),
                                                group->rows, group->columns, error));
        }
    return PENSEL_OK;
}

/* Refuses an encoding with more features than the first layer has inputs before memory is allocated
 * for it. The first layer's tensor is in the file with all its bytes, so its width is paid for.
 * Lists are bounded by the kinds themselves, in `prepare`. */
static pensel_status check_encoding(const pensel_model_file *file, const pensel_shape *shape,
                                    pensel_error *error)
{
    const pensel_encoding *e = &shape->encoding;
    if (shape->list) return PENSEL_OK;
    const pensel_tensor *first = pensel_model_file_find(file, "layers.0.weight");
    size_t in = first && first->dimensions == 2 ? first->shape[1] : 0;
    size_t projections;
    bool raw = e->kind == PENSEL_RAW, fits = raw ? shape->inputs == in : e->features <= in;
    if (fits && shape->inputs > 0 && pensel_multiply(&projections, shape->inputs, in) &&
        (raw || projections <= MOST_PROJECTIONS))
        return PENSEL_OK;
    return pensel_fail(
        error, PENSEL_BAD_FILE,
        "the encoding of %zu inputs does not fit the first layer, which has %zu: both must "
        "be of one network",
        shape->inputs, in);
}

/* `list` stays the file's. *layers is the caller's to release, also after an error. */
static pensel_status read_shape(pensel_shape *shape, pensel_layer **layers,
                                pensel_precision *precision, const pensel_json *json,
                                pensel_error *error)
{
    static const pensel_field inputs[] = {
        {"inputs", PENSEL_FIELD_SIZE, offsetof(pensel_shape, inputs), NULL}};
    int value;
    memset(shape, 0, sizeof *shape);
    PENSEL_TRY(pensel_fields_read(shape, json, inputs, 1, error));
    PENSEL_TRY(pensel_name_read(&value, pensel_json_member(json, "precision"), "precision",
                                precision_choice, error));
    *precision = (pensel_precision)value;
    shape->list = pensel_json_string(pensel_json_member(json, "list"));
    if (shape->list) return PENSEL_OK;
    PENSEL_TRY(pensel_encoding_read(&shape->encoding, pensel_json_member(json, "encoding"), error));
    PENSEL_TRY(
        pensel_layers_read(layers, &shape->layer_count, pensel_json_list(json, "layers"), error));
    shape->layers = *layers;
    if (shape->layer_count == 0)
        return pensel_fail(error, PENSEL_BAD_FILE,
                           "the model file's network has no layers: 1 or more are "
                           "needed");
    return PENSEL_OK;
}

/* A table's model has no format number: that error says what takes it. */
static pensel_status check_format(const pensel_model_file *file, pensel_error *error)
{
    int64_t format;
    pensel_json_whole(&format, pensel_json_member(file->settings, "format"));
    if (format >= 1 && format <= PENSEL_FORMAT) return PENSEL_OK;
    PENSEL_REQUIRE(!pensel_json_member(file->settings, "table"), BAD_FILE,
                   "the model file holds a table's model, not one network: predict, score and "
                   "inspect take it");
    return pensel_fail(error, PENSEL_BAD_FILE,
                       "the model file has format %lld: this pensel reads 1 to %d",
                       (long long)format, PENSEL_FORMAT);
}

/* Both shapes are written and the texts compared: a setting that is added to the file is compared
 * without a line here. JSON prints doubles so that they are read back equal. */
pensel_status pensel_network_agree(const pensel_network *network, const pensel_model_file *file,
                                   pensel_error *error)
{
    pensel_shape shape;
    pensel_layer *layers = NULL;
    pensel_precision precision;
    PENSEL_TRY(check_format(file, error));
    pensel_status status = read_shape(&shape, &layers, &precision,
                                      pensel_json_member(file->settings, "network"), error);
    if (status == PENSEL_OK) {
        pensel_json_writer saved = {0}, own = {0};
        write_shape(&saved, NULL, &shape, precision);
        write_shape(&own, NULL, pensel_network_shape(network), pensel_network_precision(network));
        status = pensel_json_finish(&saved, error);
        if (status == PENSEL_OK) status = pensel_json_finish(&own, error);
        if (status == PENSEL_OK && strcmp(saved.text, own.text) != 0)
            status =
                pensel_fail(error, PENSEL_BAD_FILE,
                            "the checkpoint is of another network: resume with the same layers");
        pensel_json_discard(&saved);
        pensel_json_discard(&own);
    }
    pensel_release(layers);
    return status;
}

/* Straight into the network's block, so that a large one is in memory once. The tensors are there
 * and of the right size: see check_tensors. */
static pensel_status read_parameters(pensel_network *network, const pensel_model_file *file,
                                     pensel_error *error)
{
    char name[64];
    for (size_t l = 0; l < network->layer_count; l++)
        for (size_t g = 0; g < network->layers[l].group_count; g++) {
            size_t first = network->layers[l].groups[g].first;
            tensor_name(name, network, l, g);
            PENSEL_TRY(pensel_model_file_copy(pensel_at(network, network->parameters, first), file,
                                              pensel_model_file_find(file, name), error));
        }
    if (!network->kernels->all_finite(network->parameters, network->parameter_count))
        return pensel_fail(
            error, PENSEL_BAD_FILE,
            "the model file has NaN or infinity among its weights: finite ones are expected");
    return PENSEL_OK;
}

/* Each check stands on those before it, and only the last two steps take memory for parameters:
 *
 *     format, shape        what the text of the file says
 *     encoding, widths     agree with tensors that are there: layers can be prepared
 *     plan                 has no more parameters than the file has numbers
 *     tensors              all there, each in its shape
 *     allocate, read       finite
 *
 * Anything that a network refuses is, here, the fault of the file. */
pensel_status pensel_network_get(pensel_network **network, const pensel_model_file *file,
                                 pensel_error *error)
{
    pensel_shape shape;
    pensel_layer *layers = NULL;
    pensel_precision precision;
    *network = NULL;
    PENSEL_TRY(check_format(file, error));
    pensel_status status = read_shape(&shape, &layers, &precision,
                                      pensel_json_member(file->settings, "network"), error);
    if (status == PENSEL_OK) status = check_encoding(file, &shape, error);
    if (status == PENSEL_OK) status = check_widths(file, &shape, dtype_of(precision), error);
    if (status == PENSEL_OK)
        status = pensel_network_plan(network, &shape, precision, numbers_of(file), error);
    if (status == PENSEL_OK) status = check_tensors(file, *network, error);
    if (status == PENSEL_OK) status = pensel_network_allocate(*network, error);
    if (status == PENSEL_OK) status = read_parameters(*network, file, error);
    if (status != PENSEL_OK) pensel_network_free(network);
    pensel_release(layers);
    if (status != PENSEL_BAD_ARGUMENT) return status;
    if (error) error->status = PENSEL_BAD_FILE; /* the argument that is bad came from the file */
    return PENSEL_BAD_FILE;
}
