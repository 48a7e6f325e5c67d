/* The training's part of a model file: "training", the options that a resumed run must share;
 * tensors training.*, random.*. */
#ifndef PENSEL_TRAINING_TRAINING_FILE_H
#define PENSEL_TRAINING_TRAINING_FILE_H

#include "base/safetensors.h"
#include "training/checkpoint.h"

/* `state` is filled in, and must live until the file is written. */
pensel_status pensel_training_put(pensel_model_file *file, const pensel_training *training,
                                  pensel_training_state *state, const pensel_random *random,
                                  pensel_error *error);
/* The file's network must have the shape of the training's. */
pensel_status pensel_training_get(pensel_training *training, pensel_random *random,
                                  const pensel_model_file *file, pensel_error *error);

/* Training options, except callbacks, threads and the like, which concern a single run. */
void pensel_training_options_write(pensel_json_writer *writer, const char *key,
                                   const pensel_training_options *options);
pensel_status pensel_training_options_read(pensel_training_options *options,
                                           const pensel_json *json, pensel_error *error);

#endif
