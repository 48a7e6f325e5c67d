/* Exports: a model leaves as a file of another kind.
 *
 *   leaving.c, leaving_table.c   a model as operations (layer/operation.h), with what its inputs
 *                                and outputs are called and mean
 *   quantise.c, quantise_row.c   weights in 8 bits
 *   saved.c                      the model itself, so that it comes back
 *   formula.c                    what activations compute, as their files say it
 *   growing_text.c               the bytes that grow
 *   export.c                     the table of targets, and the public functions
 *   onnx.c ...                   one file for each target
 *
 * To add a target: 1. write its file here, with a `const pensel_target pensel_target_NAME`; what an
 * operation is in it is one function in a table by pensel_operation_kind, and one that is missing
 * there is refused by name (pensel_target_refuse); `computes` says which activations it can write,
 * if it writes their formulas (formula.h). It must hold neurons and scaled inputs, which
 * tests/test_export.c asks of all of them; 2. add its line to PENSEL_TARGET_LIST, and the file to
 * meson.build; 3. run what it writes in tests/export_check.py; 4. its row in the table of
 * docs/deploy.md and its ending in docs/pensel.1. The program and Python take the rest from the
 * list. */
#ifndef PENSEL_EXPORT_TARGET_H
#define PENSEL_EXPORT_TARGET_H

#include "base/error.h"
#include "kernel/activation_leaving.h"
#include "layer/operation.h"
#include "pensel.h"
#include "pensel/export.h"

#define PENSEL_TARGET_LIST(X) \
    X(onnx)                   \
    X(c)                      \
    X(h)                      \
    X(json)                   \
    X(npz)                    \
    X(glsl)                   \
    X(html)

/* ------------------------------------------------ growing_text.c */

/* Bytes that grow. A failed allocation is remembered: what follows does nothing. A text of zeros is
 * an empty one; pensel_release(bytes) frees it. */
typedef struct pensel_text {
    unsigned char *bytes;
    size_t size, room;
    bool failed;
} pensel_text;

void pensel_text_add(pensel_text *text, const void *bytes, size_t size);
void pensel_text_put(pensel_text *text, const char *string);
/* Whole numbers and words only: what printf makes of a double depends on the locale. */
void pensel_text_print(pensel_text *text, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* The shortest decimal that gives the same float, or double, back */
void pensel_text_float(pensel_text *text, double value);
void pensel_text_double(pensel_text *text, double value);
/* OUT_OF_MEMORY if anything failed. */
pensel_status pensel_text_finish(const pensel_text *text, pensel_error *error);

/* ------------------------------------------------ leaving.c, leaving_table.c */

typedef enum pensel_input_form {
    PENSEL_INPUT_VECTOR, /* all the numbers of a row: float */
    PENSEL_INPUT_NUMBER, /* of a column: double, NaN: missing */
    PENSEL_INPUT_DATE,   /* of a column, in seconds since 1970: double */
    PENSEL_INPUT_TEXT    /* of a column: a category */
} pensel_input_form;

typedef struct pensel_input {
    const char *name; /* borrowed; NULL: it has none */
    pensel_input_form form;
    size_t width;
} pensel_input;

/* A layer of neurons, or a table of numbers (of an embedding, a grid), and the operation that it
 * has become. `first`: where the table begins among the layer's numbers. */
typedef struct pensel_product {
    const pensel_network *network;
    size_t layer, operation, first;
} pensel_product;

/* A layer that is none of neurons, and the values before and behind its operations */
typedef struct pensel_kept_layer {
    const pensel_network *network;
    const struct pensel_layer_instance *layer;
    size_t from, to;
} pensel_kept_layer;

/* What leaves. All texts are borrowed from the model. */
typedef struct pensel_leaving {
    const pensel_exported *model; /* borrowed */
    pensel_graph graph;
    pensel_input *inputs; /* (input_count) */
    size_t input_count;
    size_t output, outputs;   /* the value, and its width: numbers, or probabilities */
    bool classifies;          /* the largest probability's class is the label */
    bool labels;              /* several labels, each with a probability of its own */
    const char **class_names; /* (outputs) or NULL: */
    const double *class_codes;
    const char *target;              /* the name of a table's target, or NULL */
    const pensel_painting *painting; /* or NULL: */
    const pensel_canvas *canvas;
    double scale[2], offset[2]; /* row r is input r * scale[0] + offset[0] */
    bool periodic;              /* of which the whole part is left out */
    bool minmax;                /* inputs are scaled to [0, 1], not to deviations */
    bool table;
    pensel_product *products; /* (product_count) */
    size_t product_count, product_room;
    pensel_kept_layer *kept; /* (kept_count) */
    size_t kept_count, kept_room;
    const pensel_quantised *quantised; /* NULL: all is float */
} pensel_leaving;

pensel_status pensel_leaving_make(pensel_leaving *leaving, const pensel_exported *model,
                                  pensel_error *error);
pensel_status pensel_leaving_table(pensel_leaving *leaving, const pensel_table_model *model,
                                   pensel_error *error);
void pensel_leaving_clear(pensel_leaving *leaving);
/* Appends a network's layers, of which the inputs are value a; the outputs' value. */
pensel_status pensel_leaving_network(size_t *value, pensel_leaving *leaving,
                                     const pensel_network *network, size_t a, pensel_error *error);

/* ------------------------------------------------ quantise.c */

/* Gives the products scales (operation.h), with as few rows in 16 bits as max_loss allows. */
pensel_status pensel_leaving_quantise(pensel_leaving *leaving, pensel_quantised *quantised,
                                      const pensel_exported *model,
                                      const pensel_export_options *options, pensel_error *error);

/* ------------------------------------------------ quantise_row.c */

/* What is rounded together: the weights of a neuron; of a table an entry of a LOOKUP, a feature of
 * a GRID or of PIXELS. How many, and how many numbers each has. */
size_t pensel_quantise_rows(const pensel_operation *operation);
size_t pensel_quantise_length(const pensel_operation *operation);
/* Where number i of row j stands in w */
size_t pensel_quantise_index(const pensel_operation *operation, size_t j, size_t i);
/* The smallest scale with which a row's numbers are multiples from -127 to 127 */
float pensel_quantise_scale(const pensel_operation *operation, size_t row);
/* A row (length) as whole multiples of its scale, or of a 256th of it. */
void pensel_quantise_row(int32_t *whole, const pensel_operation *operation, size_t row);
/* Puts the rounded row into a copy of the product's network; the square of what is lost. */
double pensel_quantise_put(pensel_network *copy, const pensel_product *product,
                           const pensel_operation *operation, size_t row, int32_t *whole);

/* ------------------------------------------------ saved.c */

/* The model as a model file, the caller's */
pensel_status pensel_saved_bytes(unsigned char **bytes, size_t *size, const pensel_exported *model,
                                 pensel_error *error);
/* The same as a text that says where in `pool`, numbers of the file that leaves, its numbers are.
 */
pensel_status pensel_saved_text(pensel_text *text, const pensel_exported *model,
                                const pensel_text *pool, pensel_error *error);
void pensel_text_base64(pensel_text *text, const unsigned char *bytes, size_t size);

/* ------------------------------------------------ targets */

typedef struct pensel_target {
    const char *name; /* "onnx", which is the path's ending too */
    const char *help;
    bool quantises; /* knows what to do with scales */
    /* Whether it can write an activation that says this; NULL: any, it writes names. A model with
     * another one is refused before `write`. */
    bool (*computes)(const pensel_activation_leaving *says);
    /* UNSUPPORTED, with a sentence, for what it cannot hold. */
    pensel_status (*write)(pensel_text *text, const pensel_leaving *leaving,
                           const pensel_export_options *options, pensel_error *error);
} pensel_target;

/* The sentence that refuses an operation. */
pensel_status pensel_target_refuse(const char *target, pensel_operation_kind kind,
                                   pensel_error *error);

/* UNSUPPORTED unless all of the operation's numbers are finite. */
pensel_status pensel_target_finite(const char *target, const pensel_operation *operation,
                                   pensel_error *error);

#endif
