/* Exports: a trained model as a file that runs without pensel. */
#ifndef PENSEL_EXPORT_H
#define PENSEL_EXPORT_H

#include "picture.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What is to leave: one of these, the others NULL. Borrowed. */
typedef struct pensel_exported {
    const pensel_estimator *estimator;
    const pensel_painting *painting;
    const pensel_table_model *table;
} pensel_exported;

/* The targets, in their order: "onnx", "c"...; NULL past the end. A file's ending is its name. */
PENSEL_API const char *pensel_export_target(size_t i);
/* What it is, in one line. */
PENSEL_API const char *pensel_export_help(size_t i);

typedef struct pensel_export_options {
    const char *target; /* NULL: by the path's ending */
    const char *name;   /* of what is exported, in it; NULL: the path's last part, or "model" */
} pensel_export_options;

PENSEL_API pensel_export_options pensel_export_defaults(void);

/* Writes the file, whole or not at all. NULL options are the defaults. All that the model does goes
 * along: scaling, encodings, members, what a missing value becomes, labels. What a target cannot
 * hold is an UNSUPPORTED error that names it. */
PENSEL_API pensel_status pensel_export(const pensel_exported *model, const char *path,
                                       const pensel_export_options *options, pensel_error *error);
/* The same into memory, which pensel_export_free frees; options->target is needed. */
PENSEL_API pensel_status pensel_export_memory(void **bytes, size_t *size,
                                              const pensel_exported *model,
                                              const pensel_export_options *options,
                                              pensel_error *error);
PENSEL_API void pensel_export_free(void **bytes);

#ifdef __cplusplus
}
#endif

#endif
