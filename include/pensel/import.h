/* Imports: a network that was trained elsewhere becomes a model of this library. */
#ifndef PENSEL_IMPORT_H
#define PENSEL_IMPORT_H

#include "picture.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The formats, in their order: "safetensors", "npz", "json", "onnx"; NULL past the end. */
PENSEL_API const char *pensel_import_format(size_t i);
/* What it is, in one line. */
PENSEL_API const char *pensel_import_help(size_t i);

/* All texts are borrowed for the call. */
typedef struct pensel_import_options {
    const char *format; /* NULL: by the file's bytes */
    const char *task;   /* "regression", "classification"; NULL: what the file's outputs are:
                           probabilities by softmax, or with labels, are of a classification */
    /* What a file of tensors cannot say; one of the two. Other formats refuse them. */
    const char *activation; /* of the hidden layers: "relu", or "relu,tanh", one for each, and one
                               more for that of the outputs; NULL: there are none */
    const char *layers;     /* all modules of the file and all activations in their order:
                               "fc1,relu,norm:1e-5,fc2", a norm with its epsilon; NULL: modules in
                               the order of their names, those of nn.Sequential by their numbers */
} pensel_import_options;

PENSEL_API pensel_import_options pensel_import_defaults(void);

typedef struct pensel_imported pensel_imported;

/* Reads a file, or the bytes of one, which `name` stands for in sentences. NULL options are the
 * defaults. What cannot be read is an UNSUPPORTED error that names the node and its operator, or
 * the tensor. Files are not trusted. An ONNX file may name others, beside it, that hold its
 * tensors; bytes in memory may not. */
PENSEL_API pensel_status pensel_import(pensel_imported **imported, const char *path,
                                       const pensel_import_options *options, pensel_error *error);
PENSEL_API pensel_status pensel_import_memory(pensel_imported **imported, const void *bytes,
                                              size_t size, const char *name,
                                              const pensel_import_options *options,
                                              pensel_error *error);
PENSEL_API void pensel_imported_free(pensel_imported **imported);

/* The estimator, which belongs to `imported`; NULL of a table's model. */
PENSEL_API const pensel_estimator *pensel_imported_estimator(const pensel_imported *imported);
/* What came back as it was from a file of pensel_export: a painting, a table's model or an
 * estimator; NULL: it came from another program, or from a graph. Taken, it is the caller's:
 * pensel_model_free, and `imported` has it no more. */
PENSEL_API const pensel_model *pensel_imported_model(const pensel_imported *imported);
PENSEL_API pensel_model *pensel_imported_take(pensel_imported *imported);
/* Saves it, whichever it is. */
PENSEL_API pensel_status pensel_imported_save(const pensel_imported *imported, const char *path,
                                              pensel_error *error);
/* What was read, in the order of the network, a line each: "Gemm /0/Gemm: 4 to 16"; and the names
 * of what was left alone. NULL past the end. */
PENSEL_API const char *pensel_imported_read(const pensel_imported *imported, size_t i);
PENSEL_API const char *pensel_imported_left(const pensel_imported *imported, size_t i);
/* The largest difference between the model's outputs and the same steps computed in double from
 * the file's own numbers, over 256 rows of random inputs, fewer of a large network; and the largest
 * output among them. */
PENSEL_API double pensel_imported_difference(const pensel_imported *imported, double *largest);

#ifdef __cplusplus
}
#endif

#endif
