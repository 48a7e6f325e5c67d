/* What a fit has learned, read out of an estimator or assembled into one, around a network that was
 * trained elsewhere.
 *
 * pensel_fitted is views on the way out, valid as long as the estimator is neither fitted nor
 * freed, and is copied on the way in. Numbers on the way in are checked as those of a file are, for
 * predictions search among classes and divide by scales without looking. */
#include "estimator/estimator.h"

#include "platform/float.h"
#include "base/error.h"
#include "base/memory.h"

#include <math.h>
#include <string.h>

/* Views of what the estimator has; where it has no scaler or classes they are NULL. */
pensel_status pensel_estimator_fitted(const pensel_estimator *estimator, pensel_fitted *fitted,
                                      pensel_error *error)
{
    PENSEL_FLOAT_SCOPE;
    PENSEL_REQUIRE(estimator && fitted, BAD_ARGUMENT,
                   "estimator or fitted is NULL: a model and room for what it knows are "
                   "needed");
    const pensel_learned *learned = &estimator->learned;
    PENSEL_REQUIRE(learned->network, UNTRAINED, "the estimator is not trained yet: fit it first");
    *fitted = (pensel_fitted){
        .network = learned->network,
        .targets = learned->target_count,
        .classes = learned->classes,
        .class_count = learned->class_count,
        .input_offset = learned->inputs.offset,
        .input_scale = learned->inputs.scale,
        .target_offset = learned->targets.offset,
        .target_scale = learned->targets.scale,
    };
    return PENSEL_OK;
}

/* Codes must ascend: pensel_classes_index searches by halves. Two equal ones would be one class
 * with two outputs. */
static pensel_status copy_classes(pensel_learned *learned, const pensel_fitted *fitted,
                                  pensel_error *error)
{
    size_t count = fitted->class_count;
    if (!fitted->classes || count == 0) return PENSEL_OK;
    for (size_t c = 0; c < count; c++)
        PENSEL_REQUIRE(isfinite(fitted->classes[c]) &&
                           (c == 0 || fitted->classes[c - 1] < fitted->classes[c]),
                       BAD_ARGUMENT,
                       "class %zu has the code %g: finite codes, each larger than the one "
                       "before, are expected",
                       c + 1, fitted->classes[c]);
    PENSEL_TRY(PENSEL_NEW(learned->classes, count, error));
    memcpy(learned->classes, fitted->classes, count * sizeof(double));
    learned->class_count = count;
    return PENSEL_OK;
}

/* Options and numbers must agree, or the model in a file would say one thing and do another: so
 * both vectors, or none. A scale is divided by, so it is above 0; the offset may be any finite
 * number. */
static pensel_status copy_scaler(pensel_scaler *scaler, pensel_scaling how, const double *offset,
                                 const double *scale, size_t count, const char *what,
                                 pensel_error *error)
{
    bool scales = how != PENSEL_SCALE_NONE;
    PENSEL_REQUIRE(scales == (offset != NULL) && scales == (scale != NULL), BAD_ARGUMENT,
                   "scaling of %s: the options and the numbers are expected to say the "
                   "same, none or both offset and scale",
                   what);
    for (size_t i = 0; scales && i < count; i++)
        PENSEL_REQUIRE(isfinite(offset[i]) && isfinite(scale[i]) && scale[i] > 0, BAD_ARGUMENT,
                       "column %zu of the %s has offset %g and scale %g: finite numbers "
                       "are expected, and a scale above 0",
                       i + 1, what, offset[i], scale[i]);
    return scales ? pensel_scaler_make(scaler, offset, scale, count, error) : PENSEL_OK;
}

/* The network first, since the others are checked against its inputs and outputs. */
static pensel_status copy_learned(pensel_learned *learned, const pensel_fitted *fitted,
                                  const pensel_estimator_options *o, pensel_error *error)
{
    size_t inputs = pensel_network_shape(fitted->network)->inputs;
    learned->target_count = fitted->targets;
    learned->one_hot = o->one_hot;
    PENSEL_TRY(pensel_network_copy(&learned->network, fitted->network, error));
    pensel_network_use(learned->network, o->training.context);
    PENSEL_TRY(copy_classes(learned, fitted, error));
    PENSEL_REQUIRE(pensel_learned_agrees(learned, o->task), BAD_ARGUMENT,
                   "%zu targets and %zu classes do not fit the network: a regression has "
                   "an output for each target, a classification one for two classes or "
                   "one for each, as one_hot has it",
                   fitted->targets, fitted->class_count);
    PENSEL_TRY(copy_scaler(&learned->inputs, o->scale_inputs, fitted->input_offset,
                           fitted->input_scale, inputs, "inputs", error));
    return copy_scaler(&learned->targets, o->scale_targets, fitted->target_offset,
                       fitted->target_scale, fitted->targets, "targets", error);
}

/* The layers of a list without the last, which is the outputs': a dense one, whose text has no
 * comma in it. NULL: it is the only one. */
static pensel_status layers_of(char **layers, const char *list, pensel_error *error)
{
    const char *comma = strrchr(list, ',');
    *layers = NULL;
    if (!comma) return PENSEL_OK;
    size_t length = (size_t)(comma - list);
    PENSEL_TRY(PENSEL_NEW(*layers, length + 1, error));
    memcpy(*layers, list, length);
    (*layers)[length] = '\0';
    return PENSEL_OK;
}

/* Options that say how a network is made are replaced by what this one is, so that a later fit
 * makes the same one again: hidden layers of a shape without its last, which is the targets' own,
 * or the text of a list without its last item. The network is copied and stays the caller's; report
 * may be NULL. */
pensel_status pensel_estimator_assemble(pensel_estimator **result, const pensel_fitted *fitted,
                                        const pensel_report *report,
                                        const pensel_estimator_options *options,
                                        pensel_error *error)
{
    PENSEL_FLOAT_SCOPE;
    if (result) *result = NULL;
    PENSEL_REQUIRE(result && fitted && fitted->network && options, BAD_ARGUMENT,
                   "estimator, fitted, its network or options is NULL: all are needed");
    const pensel_shape *shape = pensel_network_shape(fitted->network);
    pensel_estimator_options own = *options;
    pensel_estimator *estimator;
    char *layers = NULL;
    own.hidden = shape->layers;
    own.hidden_count = shape->layer_count - 1;
    own.encoding = shape->encoding;
    own.layers = NULL;
    if (shape->list) {
        PENSEL_TRY(layers_of(&layers, shape->list, error));
        own.hidden = NULL;
        own.hidden_count = 0;
        own.encoding = pensel_estimator_defaults(own.task).encoding;
        own.layers = layers;
    }
    own.precision = pensel_network_precision(fitted->network);
    pensel_status made = pensel_estimator_new(&estimator, &own, error);
    pensel_release(layers);
    PENSEL_TRY(made);
    pensel_status status = copy_learned(&estimator->learned, fitted, &own, error);
    if (status == PENSEL_OK && report)
        status = pensel_estimator_set_report(estimator, report, error);
    if (status != PENSEL_OK) pensel_estimator_free(&estimator);
    *result = estimator;
    return status;
}
