/* Imports: a model comes from a file of another kind. The way of src/export, backwards.
 *
 *   import.c        the table of formats, and the public functions
 *   stages.c        what a file computes: a list of stages, in double, as the file has them
 *   assemble.c      stages become a scaler, layers and an estimator
 *   saved_in.c      models that `pensel export` has put into a file whole: no stages
 *   import_measure.c   stages computed as they stand, beside the estimator
 *   onnx_read.h, tensors_in.h   one group of files for each format
 *
 * To add a format: 1. write its file here, with a `const pensel_format pensel_format_NAME`, whose
 * `read` appends stages from the inputs to the outputs; 2. add its line to PENSEL_FORMAT_LIST, and
 * the file to meson.build; 3. its seeds in fuzz/corpus/import; 4. files of the programs that write
 * it in tests/import_make.py, which test_import.c reads; 5. its row in docs/deploy.md. The program
 * takes the rest from the list. */
#ifndef PENSEL_IMPORT_COMING_H
#define PENSEL_IMPORT_COMING_H

#include "base/error.h"
#include "pensel.h"
#include "pensel/import.h"

/* A file is of the first format that knows it: the eight bytes of a safetensors file's length may
 * be an ONNX file's first ones. */
#define PENSEL_FORMAT_LIST(X) X(safetensors) X(npz) X(json) X(onnx)

/* ------------------------------------------------ stages.c */

typedef enum pensel_stage_kind {
    PENSEL_STAGE_AFFINE,    /* y = w a + c: w (out, in), c (out) or NULL */
    PENSEL_STAGE_MULTIPLY,  /* y_i = a_i w_i */
    PENSEL_STAGE_OFFSET,    /* y_i = a_i + w_i */
    PENSEL_STAGE_ACTIVATE,  /* y = f(a) */
    PENSEL_STAGE_NORMALISE, /* y = (a - mean) / sqrt(variance + parameter) */
    PENSEL_STAGE_LAYER,     /* y = what a network of one layer says of a */
    PENSEL_STAGE_EXPECT,    /* y = a, which has `out` units */
    PENSEL_STAGE_OPEN,      /* keeps a until CLOSE, */
    PENSEL_STAGE_CLOSE      /* which adds it */
} pensel_stage_kind;

typedef struct pensel_stage {
    pensel_stage_kind kind;
    size_t in,
        out; /* in: of AFFINE and LAYER; out 1 of MULTIPLY and OFFSET: one number for all units */
    double *w, *c;           /* taken */
    pensel_network *network; /* of LAYER: it, and neurons that hand on what comes; taken */
    char *list;              /* its text; taken */
    size_t numbers;          /* that w has */
    pensel_activation activation;
    double parameter; /* the activation's, or epsilon */
    char source[112]; /* what it was in the file: "Gemm /0/Gemm" */
} pensel_stage;

typedef struct pensel_coming {
    const char *name; /* of the file, for error sentences */
    const char *path; /* NULL: it is in memory */
    const unsigned char *bytes;
    size_t size;
    const pensel_import_options *options;
    size_t taken, beside; /* numbers that were read, bytes of them in other files */
    /* what `read` fills in: */
    pensel_stage *stages; /* (count) */
    size_t count, room;
    size_t inputs;           /* 0: as many as the first stage has */
    bool wide;               /* numbers of the network are double */
    bool classifies, labels; /* probabilities of classes, of several labels */
    double *codes;           /* (classes) or NULL: 0, 1, 2... */
    char **class_names;      /* (classes) or NULL */
    size_t classes;
    char **input_names;   /* (inputs) or NULL */
    unsigned char *saved; /* NULL, or a model file of our own, which is all there is to read */
    size_t saved_size;
    char **left; /* (left_count) names of what was left alone */
    size_t left_count, left_room;
} pensel_coming;

/* Appends it; what it owns is taken, after a failure too. */
pensel_status pensel_coming_add(pensel_coming *coming, const pensel_stage *stage,
                                pensel_error *error);
void pensel_stage_clear(pensel_stage *stage);
pensel_status pensel_coming_leave(pensel_coming *coming, const char *name, pensel_error *error);
void pensel_coming_clear(pensel_coming *coming);
void pensel_texts_free(char **texts, size_t count);
/* Widths fit one another, numbers are finite, OPEN and CLOSE are pairs: after this `inputs` is the
 * number of inputs and every stage has its `in` and `out`. `outputs`: of the last one. */
pensel_status pensel_coming_check(pensel_coming *coming, size_t *outputs, pensel_error *error);

/* ------------------------------------------------ assemble.c, import_measure.c */

pensel_status pensel_coming_assemble(pensel_estimator **estimator, pensel_coming *coming,
                                     pensel_error *error);
/* The largest difference, and the largest output. */
pensel_status pensel_coming_measure(double *difference, double *largest,
                                    const pensel_coming *coming, const pensel_estimator *estimator,
                                    pensel_error *error);

/* ------------------------------------------------ saved_in.c */

/* coming->saved, where the file has one: of an ONNX graph, or of bytes, which are copied */
pensel_status pensel_saved_onnx(pensel_coming *coming, pensel_error *error);
pensel_status pensel_saved_keep(pensel_coming *coming, const unsigned char *bytes, size_t size,
                                pensel_error *error);

/* ------------------------------------------------ import.c, formats */

typedef struct pensel_format {
    const char *name, *help;
    bool names_layers; /* takes the options `activation` and `layers` */
    /* Whether the bytes may be of this format. */
    bool (*is)(const unsigned char *bytes, size_t size);
    pensel_status (*read)(pensel_coming *coming, pensel_error *error);
} pensel_format;

/* All bytes of a file; pensel_release(*bytes). */
pensel_status pensel_import_bytes(unsigned char **bytes, size_t *size, const char *path,
                                  pensel_error *error);
/* `length` bytes from `offset` on. */
pensel_status pensel_import_part(unsigned char **bytes, const char *path, size_t offset,
                                 size_t length, pensel_error *error);
#endif
