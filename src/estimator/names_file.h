/* Names in a model file. `settings` are the estimator's; `key` is the key of the list or, if the
 * names are too long for a list, the name of their tensor. */
#ifndef PENSEL_ESTIMATOR_NAMES_FILE_H
#define PENSEL_ESTIMATOR_NAMES_FILE_H

#include "base/safetensors.h"
#include "estimator/estimator.h"

/* Into the estimator's settings, which are being written. The names are borrowed until the file
 * is. */
pensel_status pensel_names_put(pensel_model_file *file, const char *key, const pensel_names *names,
                               pensel_error *error);
/* As many as `right`, or none. */
pensel_status pensel_names_get(pensel_names *names, const pensel_model_file *file,
                               const pensel_json *settings, const char *key, size_t right,
                               pensel_error *error);

#endif
