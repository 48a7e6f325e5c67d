/* The network's part of a model file: "format", and "network" with inputs, precision, and either
 * encoding and layers (format 1) or list (2), the text of a pensel_shape; tensors layers.N.weight,
 * layers.N.bias, other kinds' layers.N.NAME, encoding.parameters.
 *
 * To add a format version: increase PENSEL_FORMAT, keep reading the older ones, and add a golden
 * file of the new one to tests/data. */
#ifndef PENSEL_NETWORK_NETWORK_FILE_H
#define PENSEL_NETWORK_NETWORK_FILE_H

#include "base/safetensors.h"

#define PENSEL_FORMAT 2       /* with the network's "list" */
#define PENSEL_FORMAT_SHORT 1 /* what is written for networks that have none */

pensel_status pensel_network_put(pensel_model_file *file, const pensel_network *network,
                                 pensel_error *error);
pensel_status pensel_network_get(pensel_network **network, const pensel_model_file *file,
                                 pensel_error *error);
/* A BAD_FILE error unless the file's network has the shape and precision of this one. */
pensel_status pensel_network_agree(const pensel_network *network, const pensel_model_file *file,
                                   pensel_error *error);

/* Encodings and layers, which occur in the settings of both networks and estimators. */
void pensel_encoding_write(pensel_json_writer *writer, const char *key,
                           const pensel_encoding *encoding);
pensel_status pensel_encoding_read(pensel_encoding *encoding, const pensel_json *json,
                                   pensel_error *error);
void pensel_layers_write(pensel_json_writer *writer, const char *key, const pensel_layer *layers,
                         size_t count);
/* Free *layers with pensel_release, even if there are none. */
pensel_status pensel_layers_read(pensel_layer **layers, size_t *count, const pensel_json *json,
                                 pensel_error *error);

#endif
