/* What is in a model file: a network; optionally the estimator around it; and optionally the canvas
 * of a painting or the state of a training (a checkpoint). Each part has one key in the settings
 * and some tensors:
 *
 *   "format"     1 or 2; a newer number is refused
 *   "network"    inputs, precision, and either encoding and layers (format 1) or list (2), the text
 *                of a pensel_shape
 *                layers.N.weight, layers.N.bias, other kinds' layers.N.NAME, encoding.parameters
 *   "estimator"  task, options, names
 *                classes, inputs.offset, inputs.scale, targets...., long names
 *                report.loss_curve, report.validation_scores
 *   "canvas"     width, height, channels, coordinates
 *                canvas.palette, canvas.profile
 *   "table"      a table's model, by itself: table_model_file.c
 *   "training"   the options a resumed run must share
 *                training.*, random.*
 *
 * To add a format version: increase PENSEL_FORMAT, keep reading the older ones, and add a golden
 * file of the new one to tests/data. */
#ifndef PENSEL_FILE_MODEL_H
#define PENSEL_FILE_MODEL_H

#include "file/safetensors.h"
#include "training/checkpoint.h"

#define PENSEL_FORMAT 2       /* with the network's "list" */
#define PENSEL_FORMAT_TABLE 3 /* a table's model: see table_model_file.c */
#define PENSEL_FORMAT_SHORT 1 /* what is written for networks that have none */

/* "_put" adds a part to a file that is going to be written: tensors are borrowed from the object.
 * "_get" makes an object of a part that was read; every number in it is checked. */
pensel_status pensel_network_put(pensel_model_file *file, const pensel_network *network,
                                 pensel_error *error);
pensel_status pensel_network_get(pensel_network **network, const pensel_model_file *file,
                                 pensel_error *error);
/* A BAD_FILE error unless the file's network has the shape and precision of this one. */
pensel_status pensel_network_agree(const pensel_network *network, const pensel_model_file *file,
                                   pensel_error *error);
pensel_status pensel_estimator_put(pensel_model_file *file, const pensel_estimator *estimator,
                                   pensel_error *error);
pensel_status pensel_estimator_get(pensel_estimator **estimator, const pensel_model_file *file,
                                   pensel_error *error);
pensel_status pensel_canvas_put(pensel_model_file *file, const pensel_canvas *canvas,
                                pensel_error *error);
/* Palette and profile become the caller's, for pensel_release, also on failure. */
pensel_status pensel_canvas_get(pensel_canvas *canvas, const pensel_model_file *file,
                                pensel_error *error);
pensel_status pensel_painting_get(pensel_painting **painting, const pensel_model_file *file,
                                  pensel_error *error);
pensel_status pensel_table_model_get(pensel_table_model **model, const pensel_model_file *file,
                                     pensel_error *error);
/* `state` is filled in, and must live until the file is written. */
pensel_status pensel_training_put(pensel_model_file *file, const pensel_training *training,
                                  pensel_training_state *state, const pensel_random *random,
                                  pensel_error *error);
/* The file's network must have the shape of the training's. */
pensel_status pensel_training_get(pensel_training *training, pensel_random *random,
                                  const pensel_model_file *file, pensel_error *error);

#endif
