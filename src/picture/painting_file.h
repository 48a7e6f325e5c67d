/* A painting's part of a model file: "canvas" with width, height, channels, coordinates; tensors
 * canvas.palette, canvas.profile; and the estimator's part. */
#ifndef PENSEL_PICTURE_PAINTING_FILE_H
#define PENSEL_PICTURE_PAINTING_FILE_H

#include "base/safetensors.h"

/* For a checkpoint: object is the pensel_canvas. */
pensel_status pensel_canvas_put_part(pensel_model_file *file, const void *object,
                                     pensel_error *error);
pensel_status pensel_painting_get(pensel_painting **painting, const pensel_model_file *file,
                                  pensel_error *error);
/* What _save writes, in memory, the caller's */
pensel_status pensel_painting_bytes(unsigned char **bytes, size_t *size,
                                    const pensel_painting *painting, pensel_error *error);
/* pensel_model_load of bytes, which `name` stands for in sentences */
pensel_status pensel_model_parse(pensel_model **model, const void *bytes, size_t size,
                                 const char *name, pensel_error *error);

#endif
