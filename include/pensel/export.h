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

typedef enum pensel_quantisation { PENSEL_QUANTISE_NONE, PENSEL_QUANTISE_INT8 } pensel_quantisation;
/* "none", "int8"; NULL past the end. */
PENSEL_API const char *pensel_quantisation_name(pensel_quantisation quantisation);

/* What weights in few bits cost. The score is accuracy, or R2: of the table's own targets, or where
 * there are none of the answers that the model gives in float, which then has the score 1. */
typedef struct pensel_quantised {
    size_t rows, wide; /* rows of weights; those in 16 bits */
    size_t samples;    /* rows that it was measured on */
    bool drawn;        /* which were drawn, as the model knows its inputs */
    bool own;          /* the model's own answers are the truth */
    bool classes;      /* the score is accuracy */
    double before, after;
} pensel_quantised;

/* clang-format off */
#define PENSEL_EXPORT_OPTION_LIST(X)                                                               \
    X(CHOICE(quantisation), quantise, PENSEL_QUANTISE_NONE, ANY, "", "", "0.1",                    \
      "of .c: weights of dense layers in 8 bits, with a scale for each row")                       \
    X(NUMBER, max_loss, 0.01, BETWEEN("[]", 0, 1), "quantise=int8", "", "0.1",                     \
      "of the score, accuracy or R2: rows are kept in 16 bits until it loses no more")
/* clang-format on */

struct pensel_export_members {
    pensel_given given;
    PENSEL_EXPORT_OPTION_LIST(PENSEL_OPTION_MEMBER)
    unsigned char end;
};

typedef struct pensel_export_options {
    pensel_given given;
    PENSEL_EXPORT_OPTION_LIST(PENSEL_OPTION_MEMBER)
    PENSEL_OPTION_ROOM(pensel_export_members, PENSEL_OPTIONS_MOST)
    const char *target; /* NULL: by the path's ending */
    const char *name;   /* of what is exported, in it; NULL: the path's last part, or "model" */
    /* quantise: the rows that the loss is measured on, of a table's model as columns with its
     * target, else as samples, of which y may be empty. A painting has its own pixels, and a model
     * with scaled inputs can do without. Borrowed. */
    const pensel_samples *check;
    const pensel_columns *check_columns;
    pensel_quantised *quantised;         /* NULL, or where to write what it cost */
    const void *more[PENSEL_MORE_HOOKS]; /* NULL */
} pensel_export_options;

PENSEL_API pensel_export_options pensel_export_defaults(void);
PENSEL_API const pensel_option_table *pensel_export_table(void);

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
