/* Fitting: check the data, create the network they need, train it.
 *
 * A fit works on a copy of the estimator, `fresh`, which has the same options and names but has
 * learned nothing; only when it has something to show does its `learned` take the place of the old
 * one. So an error in the data leaves the model as it was.
 *
 * One stream of random numbers serves all of it, in scikit-learn's order: initial weights, split,
 * shuffles. The same seed therefore begins with the same network there and here. */
#include "estimator/estimator.h"

#include "platform/float.h"
#include "base/error.h"
#include "base/memory.h"
#include "estimator/estimator_file.h"
#include "training/checkpoint.h"
#include "training/training.h"

#include <stdio.h>
#include <string.h>

/* An enum from outside may hold anything. */
static bool is_precision(pensel_matrix m)
{
    return (unsigned)m.precision <= PENSEL_FLOAT64;
}

/* `whose` begins a sentence's subject: "" or "validation ". */
static pensel_status check_samples(const pensel_samples *s, const char *whose, pensel_error *error)
{
    char name[40];
    PENSEL_REQUIRE(!s || !s->sparse, BAD_ARGUMENT,
                   "sparse %ssamples for an estimator: give x as a matrix, or train a network",
                   whose);
    PENSEL_REQUIRE(
        s && s->x.data && s->y.data && s->x.rows != 0 && s->x.columns != 0 && s->y.columns != 0,
        BAD_DATA, "there are no %ssamples: x and y need 1 row and 1 column or more", whose);
    PENSEL_REQUIRE(is_precision(s->x) && is_precision(s->y) &&
                       (!s->weights.data || is_precision(s->weights)),
                   BAD_ARGUMENT, "a %smatrix has an unknown precision: float32 or float64", whose);
    PENSEL_REQUIRE(s->x.rows == s->y.rows, BAD_DATA,
                   "%sx has %zu rows and y has %zu: a target for each "
                   "sample is needed",
                   whose, s->x.rows, s->y.rows);
    PENSEL_REQUIRE(!s->weights.data || (s->weights.rows == s->x.rows && s->weights.columns == 1),
                   BAD_DATA,
                   "%sweights are (%zu, %zu) for %zu samples: one weight for each is needed", whose,
                   s->weights.rows, s->weights.columns, s->x.rows);
    snprintf(name, sizeof name, "%sx", whose);
    PENSEL_TRY(pensel_matrix_check(s->x, name, error));
    snprintf(name, sizeof name, "the %starget", whose);
    PENSEL_TRY(pensel_matrix_check(s->y, name, error));
    snprintf(name, sizeof name, "the %sweights", whose);
    return s->weights.data ? pensel_matrix_check(s->weights, name, error) : PENSEL_OK;
}

/* NULL is fine: then the training may hold out some of the samples itself, if its options say so.
 */
static pensel_status check_validation(const pensel_samples *validation, size_t inputs,
                                      size_t targets, pensel_error *error)
{
    if (!validation) return PENSEL_OK;
    PENSEL_TRY(check_samples(validation, "validation ", error));
    if (validation->x.columns == inputs && validation->y.columns == targets) return PENSEL_OK;
    return pensel_fail(error, PENSEL_BAD_DATA,
                       "the validation samples have %zu inputs and %zu targets: %zu and %zu are "
                       "trained on",
                       validation->x.columns, validation->y.columns, inputs, targets);
}

/* The layers of a list, then the output layer, as one more item of the text. The list is checked
 * when the network is made of it: its errors are the parser's, in the words of the list.
 *
 * 64 is room for ", dense:", a number and the name of any activation. */
static pensel_status make_from_list(pensel_learned *learned, const pensel_estimator_options *o,
                                    size_t inputs, pensel_activation output, pensel_error *error)
{
    char *list;
    size_t size = strlen(o->layers) + 64;
    PENSEL_TRY(PENSEL_NEW(list, size, error));
    snprintf(list, size, "%s, dense:%zu:%s", o->layers, pensel_learned_outputs(learned),
             pensel_activation_describe(output)->name);
    const pensel_shape shape = {.inputs = inputs, .list = list};
    pensel_status status = pensel_network_new(&learned->network, &shape, o->precision, error);
    pensel_release(list);
    return status;
}

/* The hidden layers of the options, then the output layer that the targets need: softmax for more
 * than two classes, logistic for two, for labels and for one-hot classes, and otherwise what the
 * loss says of itself. */
static pensel_status make_network(pensel_learned *learned, const pensel_estimator_options *o,
                                  size_t inputs, pensel_error *error)
{
    size_t hidden = o->hidden_count;
    pensel_layer *layers;
    pensel_activation activation;
    if (o->task == PENSEL_CLASSIFICATION)
        activation =
            learned->class_count > 2 && !learned->one_hot ? PENSEL_SOFTMAX : PENSEL_LOGISTIC;
    else
        activation = pensel_loss_describe(o->training.loss)->output;
    if (o->layers) {
        PENSEL_TRY(make_from_list(learned, o, inputs, activation, error));
        pensel_network_use(learned->network, o->training.context);
        return PENSEL_OK;
    }
    PENSEL_TRY(PENSEL_NEW(layers, hidden + 1, error));
    if (hidden) memcpy(layers, o->hidden, hidden * sizeof *layers);
    layers[hidden] = (pensel_layer){pensel_learned_outputs(learned), activation, 0};
    pensel_shape shape = {
        .inputs = inputs, .encoding = o->encoding, .layers = layers, .layer_count = hidden + 1};
    pensel_status status = pensel_network_new(&learned->network, &shape, o->precision, error);
    pensel_release(layers);
    pensel_network_use(learned->network, o->training.context);
    return status;
}

/* Everything before the first step. Classes and scalers are learned from the samples to train on
 * alone, never from validation samples.
 *
 * The order is given by what depends on what: the targets' columns decide whether there are
 * classes, classes decide the outputs, and the network must stand before the generator draws its
 * weights. The seed is set just before: nothing else may draw from the stream, or the same seed
 * would no longer be scikit-learn's network. On failure `learned` has what was made so far, and its
 * owner frees it. */
static pensel_status prepare(pensel_learned *learned, const pensel_estimator_options *o,
                             const pensel_samples *samples, pensel_error *error)
{
    learned->target_count = samples->y.columns;
    learned->one_hot = o->one_hot;
    PENSEL_REQUIRE(!o->one_hot || samples->y.columns == 1, BAD_ARGUMENT,
                   "one_hot is for one column of classes, which it makes a matrix of: here are %zu "
                   "columns",
                   samples->y.columns);
    if (o->task == PENSEL_CLASSIFICATION && samples->y.columns == 1)
        PENSEL_TRY(
            pensel_classes_find(&learned->classes, &learned->class_count, samples->y, error));
    else if (o->class_weight_count)
        return pensel_fail(error, PENSEL_BAD_ARGUMENT,
                           "weights of classes are for one column of classes: here are %zu labels",
                           samples->y.columns);
    PENSEL_TRY(pensel_scaler_learn(&learned->inputs, o->scale_inputs, samples->x, error));
    PENSEL_TRY(pensel_scaler_learn(&learned->targets, o->scale_targets, samples->y, error));
    PENSEL_TRY(make_network(learned, o, samples->x.columns, error));
    pensel_random_seed(&learned->random, o->seed);
    const pensel_checkpoint *checkpoint = o->training.checkpoint;
    if (!checkpoint || !checkpoint->brings_all)
        PENSEL_TRY(pensel_network_initialise(learned->network, o->initialisation, &learned->random,
                                             error));
    return pensel_training_new(&learned->training, learned->network, &o->training, error);
}

/* The validation samples as the network sees them. Class weights apply to training only: a score
 * that they shaped could not be compared with one of other weights. The set is empty, and may be
 * cleared, also where there are none. */
static pensel_status make_validation(pensel_training_set *set, const pensel_estimator *estimator,
                                     const pensel_samples *validation, pensel_error *error)
{
    pensel_estimator_options options = estimator->options;
    options.balanced = false;
    options.class_weight_count = 0;
    memset(set, 0, sizeof *set);
    if (!validation) return PENSEL_OK;
    return pensel_training_set_make(set, &estimator->learned, &options, validation, "validation ",
                                    error);
}

/* A checkpoint written meanwhile holds `estimator` with what it has learned so far. It is entered
 * for this time alone: the object would be gone by the next run's save. Both sets may have views of
 * the caller's data, so nothing of them outlives this call. */
static pensel_status train(pensel_estimator *estimator, const pensel_samples *samples,
                           const pensel_samples *validation, pensel_error *error)
{
    pensel_learned *learned = &estimator->learned;
    pensel_checkpoint *checkpoint = estimator->options.training.checkpoint;
    pensel_training_set set, held;
    PENSEL_TRY(pensel_training_set_make(&set, learned, &estimator->options, samples, "", error));
    pensel_status status = make_validation(&held, estimator, validation, error);
    if (status == PENSEL_OK) {
        pensel_checkpoint_enter(checkpoint, pensel_estimator_put_part, estimator);
        status = pensel_training_run(learned->training, &set.samples,
                                     validation ? &held.samples : NULL, &learned->random, error);
        pensel_checkpoint_leave(checkpoint);
    }
    pensel_training_set_clear(&set);
    pensel_training_set_clear(&held);
    return status;
}

/* `fresh` shares the options' lists and the names with `estimator` and must never be freed as an
 * estimator: its `learned` alone is its own. */
pensel_status pensel_estimator_fit(pensel_estimator *estimator, const pensel_samples *samples,
                                   const pensel_samples *validation, pensel_error *error)
{
    PENSEL_FLOAT_SCOPE;
    PENSEL_REQUIRE(estimator, BAD_ARGUMENT, "estimator is NULL: make one to fit");
    PENSEL_TRY(check_samples(samples, "", error));
    PENSEL_TRY(check_validation(validation, samples->x.columns, samples->y.columns, error));
    pensel_estimator fresh = *estimator;
    memset(&fresh.learned, 0, sizeof fresh.learned);
    pensel_status status = prepare(&fresh.learned, &fresh.options, samples, error);
    if (status == PENSEL_OK) status = train(&fresh, samples, validation, error);
    /* after a failure in mid-training, such as a checkpoint on a full disk, what was learned is
     * kept */
    if (status == PENSEL_OK ||
        (fresh.learned.training && pensel_training_report(fresh.learned.training)->steps > 0)) {
        pensel_learned_clear(&estimator->learned);
        estimator->learned = fresh.learned;
    } else {
        pensel_learned_clear(&fresh.learned);
    }
    return status;
}

/* The samples must fit the model, not the other way round: scalers and classes stay as they were
 * learned, and a class that the model does not know is an error. A model from a file has no
 * training; it begins one, with new moments and the seed's stream. */
pensel_status pensel_estimator_continue(pensel_estimator *estimator, const pensel_samples *samples,
                                        const pensel_samples *validation, pensel_error *error)
{
    PENSEL_FLOAT_SCOPE;
    if (!estimator || !estimator->learned.network)
        return pensel_fail(error, estimator ? PENSEL_UNTRAINED : PENSEL_BAD_ARGUMENT,
                           "there is nothing to continue: fit first, or load a model");
    PENSEL_TRY(check_samples(samples, "", error));
    pensel_learned *learned = &estimator->learned;
    size_t inputs = pensel_estimator_inputs(estimator);
    PENSEL_REQUIRE(samples->x.columns == inputs && samples->y.columns == learned->target_count,
                   BAD_DATA,
                   "the samples have %zu inputs and %zu targets: the model has %zu and %zu",
                   samples->x.columns, samples->y.columns, inputs, learned->target_count);
    PENSEL_TRY(check_validation(validation, inputs, learned->target_count, error));
    if (!learned->training) {
        pensel_random_seed(&learned->random, estimator->options.seed);
        PENSEL_TRY(pensel_training_new(&learned->training, learned->network,
                                       &estimator->options.training, error));
    }
    return train(estimator, samples, validation, error);
}

/* The loss may change only among those with one kind of outputs: the network has its last
 * activation already. A context that is given is used from the next call on. The options are
 * written only when the training has taken them, so a failure changes nothing. */
pensel_status pensel_estimator_configure(pensel_estimator *estimator,
                                         const pensel_training_options *options,
                                         pensel_error *error)
{
    PENSEL_FLOAT_SCOPE;
    PENSEL_REQUIRE(estimator && options, BAD_ARGUMENT, "no estimator or no options: give both");
    pensel_training_options changed = *options;
    pensel_loss loss = estimator->options.training.loss;
    if (estimator->options.task == PENSEL_CLASSIFICATION) changed.loss = loss;
    PENSEL_TRY(pensel_training_check(&changed, error));
    pensel_activation output = pensel_loss_describe(changed.loss)->output;
    PENSEL_REQUIRE(output == pensel_loss_describe(loss)->output, BAD_ARGUMENT,
                   "loss %s after %s: it has %s outputs, so a network keeps it or never has it",
                   pensel_loss_name(changed.loss), pensel_loss_name(loss),
                   pensel_activation_describe(output)->name);
    if (estimator->learned.training)
        PENSEL_TRY(pensel_training_configure(estimator->learned.training, &changed, error));
    else
        PENSEL_TRY(pensel_training_check(&changed, error));
    estimator->options.training = changed;
    pensel_network_use(estimator->learned.network, changed.context);
    return PENSEL_OK;
}
