/* What the numbers mean: a regressor or a classifier, with labels, scaling and scores. It creates
 * the network that the data need, trains it, and saves it. */
#ifndef PENSEL_ESTIMATOR_H
#define PENSEL_ESTIMATOR_H

#include "training.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum pensel_task { PENSEL_REGRESSION, PENSEL_CLASSIFICATION } pensel_task;

typedef enum pensel_scaling {
    PENSEL_SCALE_NONE,
    PENSEL_SCALE_STANDARD, /* mean 0, standard deviation 1 */
    PENSEL_SCALE_MINMAX    /* to [0, 1] */
} pensel_scaling;

/* "regression", "standard"...; NULL past the end. */
PENSEL_API const char *pensel_task_name(pensel_task task);
PENSEL_API const char *pensel_scaling_name(pensel_scaling scaling);

typedef struct pensel_class_weight {
    double code, weight;
} pensel_class_weight;

/* To add an option: its row here, and the line that uses it. X is explained at
 * PENSEL_TRAINING_OPTION_LIST. */
/* clang-format off */
#define PENSEL_ESTIMATOR_OPTION_LIST(X)                                                            \
    X(CHOICE(task), task, PENSEL_REGRESSION, ANY, "", "as", "0.1",                                 \
      "what is learned, numbers or classes")                                                       \
    X(CHOICE(initialisation), initialisation, PENSEL_GLOROT, ANY, "", "", "0.1",                   \
      "initial weights, glorot as in scikit-learn, siren for sine layers")                         \
    X(CHOICE(precision), precision, PENSEL_FLOAT32, ANY, "", "", "0.1",                            \
      "of the parameters")                                                                         \
    X(CHOICE(scaling), scale_inputs, PENSEL_SCALE_NONE, ANY, "", "scale", "0.1",                   \
      "what is done to each input column; it goes into the model")                                 \
    X(CHOICE(scaling), scale_targets, PENSEL_SCALE_NONE, ANY, "task=regression", "", "0.1",        \
      "the same for targets")                                                                      \
    X(FLAG, balanced, false, ANY, "task=classification", "", "0.1",                                \
      "classes weigh n / (classes * their count): all the same, however many samples they have")   \
    X(FLAG, one_hot, false, ANY, "task=classification", "", "0.1",                                 \
      "a logistic output for each class, with targets of 0 and 1; the largest is predicted")       \
    X(SEED, seed, 0, ANY, "", "random_state", "0.1",                                               \
      "for everything random")
/* clang-format on */

struct pensel_estimator_members {
    pensel_given given;
    PENSEL_ESTIMATOR_OPTION_LIST(PENSEL_OPTION_MEMBER)
    unsigned char end;
};

typedef struct pensel_estimator_options {
    pensel_given given;
    PENSEL_ESTIMATOR_OPTION_LIST(PENSEL_OPTION_MEMBER)
    PENSEL_OPTION_ROOM(pensel_estimator_members, PENSEL_OPTIONS_MOST)
    const pensel_layer *hidden; /* copied by _new; NULL with count 1: one layer of 100 relu */
    size_t hidden_count;        /* 0: none */
    const char *layers; /* NULL, or in place of hidden and encoding the layers as pensel_shape.list
                           writes them, without the output layer, which the targets decide; copied
                           by _new */
    pensel_encoding encoding;                 /* raw */
    const pensel_class_weight *class_weights; /* copied by _new; classes not in it weigh 1 */
    size_t class_weight_count;                /* 0 */
    pensel_training_options training;    /* for classification its loss is always the log loss */
    const void *more[PENSEL_MORE_HOOKS]; /* NULL */
} pensel_estimator_options;

PENSEL_API const pensel_option_table *pensel_estimator_table(void);
PENSEL_API pensel_estimator_options pensel_estimator_defaults(pensel_task task);

typedef struct pensel_estimator pensel_estimator;

/* A regressor or classifier that has its settings and is not trained yet. */
PENSEL_API pensel_status pensel_estimator_new(pensel_estimator **estimator,
                                              const pensel_estimator_options *options,
                                              pensel_error *error);
PENSEL_API void pensel_estimator_free(pensel_estimator **estimator);

/* Creates the network that the data need, initialises it from the seed and trains it. Regression: y
 * (n, k). Classification: y (n, 1) holds class codes, which may be any finite numbers; their sorted
 * distinct values become the classes. Two classes share one logistic output, more have a softmax
 * output each, unless one_hot gives each a logistic one. y (n, k > 1) of 0 and 1 is multi-label.
 * `validation` (may be NULL) holds other rows in the same form, with known classes only; see
 * pensel_training_run. Fitting again starts from scratch. If a checkpoint cannot be written in the
 * middle of training, that is the error, and the estimator keeps what it has learned until then. */
PENSEL_API pensel_status pensel_estimator_fit(pensel_estimator *estimator,
                                              const pensel_samples *samples,
                                              const pensel_samples *validation,
                                              pensel_error *error);
/* Continues training a fitted estimator, keeping the solver's state. */
PENSEL_API pensel_status pensel_estimator_continue(pensel_estimator *estimator,
                                                   const pensel_samples *samples,
                                                   const pensel_samples *validation,
                                                   pensel_error *error);

/* Changes the training options, such as the number of epochs or the learning rate, for the next
 * pensel_estimator_continue. What the network was built for cannot change: the loss of a
 * classifier, and whether the loss is poisson. */
PENSEL_API pensel_status pensel_estimator_configure(pensel_estimator *estimator,
                                                    const pensel_training_options *options,
                                                    pensel_error *error);

/* y (n, targets): numbers in the targets' original units, or class codes (multi-label: 0 and 1). */
PENSEL_API pensel_status pensel_estimator_predict(const pensel_estimator *estimator, double *y,
                                                  pensel_matrix x, pensel_error *error);
/* p (n, classes); multi-label (n, labels). Classification only. With one_hot these are the outputs
 * as they are: nothing makes them add up to 1. */
PENSEL_API pensel_status pensel_estimator_probabilities(const pensel_estimator *estimator,
                                                        double *p, pensel_matrix x,
                                                        pensel_error *error);

/* confusion (classes, classes) may be NULL: its rows are true classes, its columns predicted ones.
 */
PENSEL_API pensel_status pensel_estimator_score(const pensel_estimator *estimator,
                                                pensel_scores *scores, size_t *confusion,
                                                const pensel_samples *samples, pensel_error *error);

PENSEL_API pensel_task pensel_estimator_task(const pensel_estimator *estimator);
PENSEL_API size_t pensel_estimator_inputs(const pensel_estimator *estimator);
PENSEL_API size_t pensel_estimator_targets(const pensel_estimator *estimator);
/* Sorted class codes; NULL and 0 for regression and multi-label. */
PENSEL_API const double *pensel_estimator_classes(const pensel_estimator *estimator, size_t *count);
/* Names, which are copied and saved with the model: of the classes in the order of their codes, of
 * the input columns, of the targets. The getters return NULL if there is no such name. */
PENSEL_API pensel_status pensel_estimator_name_classes(pensel_estimator *estimator,
                                                       const char *const *names, size_t count,
                                                       pensel_error *error);
PENSEL_API pensel_status pensel_estimator_name_inputs(pensel_estimator *estimator,
                                                      const char *const *names, size_t count,
                                                      pensel_error *error);
PENSEL_API pensel_status pensel_estimator_name_targets(pensel_estimator *estimator,
                                                       const char *const *names, size_t count,
                                                       pensel_error *error);
PENSEL_API const char *pensel_estimator_class_name(const pensel_estimator *estimator, size_t index);
PENSEL_API const char *pensel_estimator_input_name(const pensel_estimator *estimator, size_t index);
PENSEL_API const char *pensel_estimator_target_name(const pensel_estimator *estimator,
                                                    size_t index);

/* NULL before the first fit. All three belong to the estimator. */
PENSEL_API const pensel_network *pensel_estimator_network(const pensel_estimator *estimator);
PENSEL_API const pensel_report *pensel_estimator_report(const pensel_estimator *estimator);
PENSEL_API const pensel_estimator_options *
pensel_estimator_settings(const pensel_estimator *estimator);

/* What a fit has learned, besides its report. All pointers are borrowed. */
typedef struct pensel_fitted {
    const pensel_network *network;
    size_t targets;        /* columns of y */
    const double *classes; /* (class_count) sorted codes; NULL: regression and multi-label */
    size_t class_count;
    /* (inputs): the network sees (x - offset) / scale; NULL: x itself */
    const double *input_offset, *input_scale;
    /* (targets), of a regression: y is scale * output + offset; NULL: the output itself */
    const double *target_offset, *target_scale;
} pensel_fitted;

/* UNTRAINED before the first fit. */
PENSEL_API pensel_status pensel_estimator_fitted(const pensel_estimator *estimator,
                                                 pensel_fitted *fitted, pensel_error *error);
/* Makes an estimator from something trained elsewhere, such as a network trained by
 * pensel_training_run. It can predict, be saved and be continued as if it had been fitted.
 * Everything is copied. Hidden layers, encoding and precision are the network's, whatever the
 * options say. report may be NULL. */
PENSEL_API pensel_status pensel_estimator_assemble(pensel_estimator **estimator,
                                                   const pensel_fitted *fitted,
                                                   const pensel_report *report,
                                                   const pensel_estimator_options *options,
                                                   pensel_error *error);

/* A model file: a safetensors file with layers.N.weight (out, in), layers.N.bias and the settings
 * as JSON in its metadata. It is written under a temporary name, synced and renamed. The solver's
 * state is not in it: after loading, pensel_estimator_continue starts with a fresh solver. */
PENSEL_API pensel_status pensel_estimator_save(const pensel_estimator *estimator, const char *path,
                                               pensel_error *error);
PENSEL_API pensel_status pensel_estimator_load(pensel_estimator **estimator, const char *path,
                                               pensel_error *error);

#ifdef __cplusplus
}
#endif

#endif
