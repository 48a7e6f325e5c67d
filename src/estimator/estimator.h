/* Estimators: a network together with the meaning of its inputs and outputs.
 *
 *   x -> inputs' scaler -> network -> targets' scaler -> y              regression
 *   x -> inputs' scaler -> network -> probabilities -> class code       classification
 *
 * What the user chose is in `options`, what was learned in `learned`, so that a failed fit leaves
 * the estimator as it was. */
#ifndef PENSEL_ESTIMATOR_ESTIMATOR_H
#define PENSEL_ESTIMATOR_ESTIMATOR_H

#include "base/matrix.h"
#include "estimator/scaling.h"
#include "pensel.h"

typedef struct pensel_names {
    const char **texts; /* into the block */
    size_t count;
    char *block; /* one after another, each with a zero after it */
    size_t size; /* of the block */
} pensel_names;

typedef struct pensel_learned {
    pensel_network *network;
    pensel_training *training; /* NULL when the estimator came from a file */
    pensel_random random;
    pensel_scaler inputs, targets;
    double *classes; /* (class_count) sorted codes; NULL: regression or multi-label */
    size_t class_count;
    bool one_hot;        /* a logistic output for each class */
    size_t target_count; /* columns of y */
} pensel_learned;

struct pensel_estimator {
    pensel_estimator_options options; /* hidden is the estimator's own copy */
    pensel_learned learned;
    pensel_report report; /* of a training that is not here; its curves are the estimator's own */
    pensel_names class_names, input_names, target_names;
};

void pensel_learned_clear(pensel_learned *learned);
/* In place of the report that stood there; its curves are copied. */
pensel_status pensel_estimator_set_report(pensel_estimator *estimator, const pensel_report *report,
                                          pensel_error *error);

void pensel_names_clear(pensel_names *names);
/* Copies; refuses what is not UTF-8. */
pensel_status pensel_names_copy(pensel_names *names, const char *const *texts, size_t count,
                                pensel_error *error);

/* ------------------------------------------------ classes.c */

/* The sorted distinct values of y (n, 1). */
pensel_status pensel_classes_find(double **classes, size_t *count, pensel_matrix y,
                                  pensel_error *error);
/* The index of `code`, or count when there is no such class. */
size_t pensel_classes_index(const double *classes, size_t count, double code);
/* Outputs that a network needs for y: two classes share one, unless the targets are one-hot. */
size_t pensel_learned_outputs(const pensel_learned *learned);
/* Probabilities of all classes or labels (n, classes) from the network's outputs (n, outputs). */
void pensel_learned_probabilities(const pensel_learned *learned, double *p, const double *output,
                                  size_t n);
/* Columns of pensel_estimator_probabilities: classes, or labels. */
size_t pensel_learned_columns(const pensel_learned *learned);

/* Whether classes, targets and network are those of one estimator of this task. */
bool pensel_learned_agrees(const pensel_learned *learned, pensel_task task);

/* ------------------------------------------------ targets.c */

typedef struct pensel_training_set {
    pensel_samples
        samples; /* what the training receives: views of the user's data or of these blocks */
    void *x, *y, *weights; /* its own blocks, or NULL */
    const char *whose;     /* names the samples in errors: "" or "validation " */
} pensel_training_set;

/* Fills in a set for `learned`, whose scalers and classes are known. */
pensel_status pensel_training_set_make(pensel_training_set *set, const pensel_learned *learned,
                                       const pensel_estimator_options *options,
                                       const pensel_samples *samples, const char *whose,
                                       pensel_error *error);
void pensel_training_set_clear(pensel_training_set *set);
/* BAD_DATA unless all numbers are finite. `what` begins the sentence. */
pensel_status pensel_matrix_check(pensel_matrix m, const char *what, pensel_error *error);

/* ------------------------------------------------ predict.c */

/* Calls `use` with the network's outputs in the targets' units, a block of rows at a time:
 * predictions, probabilities and scores are computed from these. output (n, outputs) is valid
 * during the call. */
typedef void (*pensel_block_use)(void *context, const double *output, size_t first, size_t n);
pensel_status pensel_estimator_blocks(const pensel_estimator *estimator, pensel_matrix x,
                                      pensel_block_use use, void *context, pensel_error *error);

#endif
