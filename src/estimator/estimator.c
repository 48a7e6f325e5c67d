/* Estimators: creating, querying and freeing them.
 *
 * An estimator owns all that it points to: lists and texts of the options are copied by
 * pensel_estimator_new, so the caller's may go. What questions return is borrowed, and good until
 * the next fit, or until it is freed. As long as learned.network is NULL an estimator is not
 * trained, and questions are answered by 0 or NULL. */
#include "estimator/estimator.h"

#include "platform/float.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/option.h"
#include "training/training.h"

#include <math.h>
#include <string.h>

/* Each option by its row of the table, and then what only two of them together can have wrong. */
static pensel_status check(const pensel_estimator_options *o, pensel_error *error)
{
    PENSEL_TRY(pensel_options_check(o, pensel_estimator_table(), error));
    PENSEL_TRY(pensel_more_check(o->more, error));
    PENSEL_TRY(pensel_training_check(&o->training, error));
    PENSEL_REQUIRE(o->task != PENSEL_CLASSIFICATION || o->scale_targets == PENSEL_SCALE_NONE,
                   BAD_ARGUMENT,
                   "targets of a classification are not scaled: scaling of targets is none");
    PENSEL_REQUIRE(o->task == PENSEL_CLASSIFICATION || !o->one_hot, BAD_ARGUMENT,
                   "one_hot is for classes: a regression has an output for each target");
    PENSEL_REQUIRE(o->task != PENSEL_REGRESSION ||
                       !pensel_loss_describe(o->training.loss)->counts ||
                       o->scale_targets == PENSEL_SCALE_NONE,
                   BAD_ARGUMENT, "targets of the %s loss are counts: scaling of targets is none",
                   pensel_loss_name(o->training.loss));
    PENSEL_REQUIRE(!o->layers || (!o->hidden && o->encoding.kind == PENSEL_RAW), BAD_ARGUMENT,
                   "layers and hidden layers or an encoding: one of them says what the network is "
                   "made of");
    PENSEL_REQUIRE(o->hidden || o->hidden_count <= 1, BAD_ARGUMENT,
                   "%zu hidden layers without a description: give widths and activations",
                   o->hidden_count);
    return PENSEL_OK;
}

/* Codes need not be classes of the data: which ones there are is not known before a fit, and a
 * weight of a class that never comes weighs nothing. */
static pensel_status check_class_weights(const pensel_estimator_options *o, pensel_error *error)
{
    PENSEL_REQUIRE(!o->class_weight_count || (o->task == PENSEL_CLASSIFICATION && o->class_weights),
                   BAD_ARGUMENT,
                   "%zu weights of classes: they are for classification, and need a list",
                   o->class_weight_count);
    for (size_t i = 0; i < o->class_weight_count; i++) {
        pensel_class_weight w = o->class_weights[i];
        PENSEL_REQUIRE(isfinite(w.code) && isfinite(w.weight) && w.weight >= 0, BAD_ARGUMENT,
                       "class %g weighs %g: a finite number of 0 or more is needed", w.code,
                       w.weight);
    }
    return PENSEL_OK;
}

/* The copy is non-const for the time of its making alone: options show it as const. */
static pensel_status copy_class_weights(pensel_estimator *estimator,
                                        const pensel_estimator_options *options,
                                        pensel_error *error)
{
    pensel_class_weight *weights;
    size_t count = options->class_weight_count;
    if (count == 0) return PENSEL_OK;
    PENSEL_TRY(PENSEL_NEW(weights, count, error));
    memcpy(weights, options->class_weights, count * sizeof *weights);
    estimator->options.class_weights = weights;
    return PENSEL_OK;
}

/* The layers as they are from here on: AUTOMATIC becomes scikit-learn's relu, and without a list
 * there are 100 of them. */
static pensel_status copy_hidden(pensel_estimator *estimator,
                                 const pensel_estimator_options *options, pensel_error *error)
{
    static const pensel_layer usual = {100, PENSEL_AUTOMATIC, 0};
    pensel_layer *hidden;
    size_t count = options->hidden_count;
    PENSEL_TRY(PENSEL_NEW(hidden, count, error));
    for (size_t l = 0; l < count; l++) {
        hidden[l] = options->hidden ? options->hidden[l] : usual;
        if (hidden[l].activation != PENSEL_AUTOMATIC) continue;
        hidden[l].activation = PENSEL_RELU;
        hidden[l].parameter = 0;
    }
    estimator->options.hidden = hidden;
    return PENSEL_OK;
}

/* A list of layers is in the stead of hidden ones: their count would be a model's that has both. */
static pensel_status copy_layers(pensel_estimator *estimator, const char *layers,
                                 pensel_error *error)
{
    char *copy;
    if (!layers) return PENSEL_OK;
    size_t size = strlen(layers) + 1;
    PENSEL_TRY(PENSEL_NEW(copy, size, error));
    memcpy(copy, layers, size);
    estimator->options.layers = copy;
    estimator->options.hidden_count = 0;
    return PENSEL_OK;
}

/* The loss of a classification is not a choice: log loss for every shape of classes. Pointers are
 * set to NULL before the first copy, so that a failure frees no list of the caller's. */
pensel_status pensel_estimator_new(pensel_estimator **result,
                                   const pensel_estimator_options *options, pensel_error *error)
{
    PENSEL_FLOAT_SCOPE;
    pensel_estimator *estimator;
    PENSEL_REQUIRE(result && options, BAD_ARGUMENT,
                   "estimator or options is NULL: start from pensel_estimator_defaults");
    *result = NULL;
    PENSEL_TRY(check(options, error));
    PENSEL_TRY(check_class_weights(options, error));
    PENSEL_TRY(PENSEL_NEW(estimator, 1, error));
    estimator->options = *options;
    estimator->options.hidden = NULL;
    estimator->options.layers = NULL;
    estimator->options.class_weights = NULL;
    if (options->task == PENSEL_CLASSIFICATION) estimator->options.training.loss = PENSEL_LOG_LOSS;
    pensel_status status = copy_hidden(estimator, options, error);
    if (status == PENSEL_OK) status = copy_layers(estimator, options->layers, error);
    if (status == PENSEL_OK) status = copy_class_weights(estimator, options, error);
    if (status != PENSEL_OK) pensel_estimator_free(&estimator);
    *result = estimator;
    return status;
}

/* The training before the network, which it borrows. */
void pensel_learned_clear(pensel_learned *learned)
{
    pensel_training_free(&learned->training);
    pensel_network_free(&learned->network);
    pensel_scaler_clear(&learned->inputs);
    pensel_scaler_clear(&learned->targets);
    pensel_release(learned->classes);
    memset(learned, 0, sizeof *learned);
}

/* The curves of a report are const for readers; this estimator allocated them, so it may free them.
 */
static void clear_report(pensel_report *report)
{
    pensel_release((void *)report->loss_curve);
    pensel_release((void *)report->validation_scores);
    memset(report, 0, sizeof *report);
}

/* *copy is NULL where there is nothing to copy, and after a failure. */
static pensel_status copy_curve(const double **copy, const double *curve, size_t count,
                                pensel_error *error)
{
    double *numbers;
    *copy = NULL;
    if (!curve || count == 0) return PENSEL_OK;
    PENSEL_TRY(PENSEL_NEW(numbers, count, error));
    memcpy(numbers, curve, count * sizeof *numbers);
    *copy = numbers;
    return PENSEL_OK;
}

/* Both curves are copied before the old report goes. The scores' pointer is cleared first, or a
 * failure of the losses' copy would free what is not ours. */
pensel_status pensel_estimator_set_report(pensel_estimator *estimator, const pensel_report *report,
                                          pensel_error *error)
{
    pensel_report copy = *report;
    copy.validation_scores = NULL;
    pensel_status status = copy_curve(&copy.loss_curve, report->loss_curve, copy.loss_count, error);
    if (status == PENSEL_OK)
        status = copy_curve(&copy.validation_scores, report->validation_scores,
                            copy.validation_count, error);
    if (status == PENSEL_OK) {
        clear_report(&estimator->report);
        estimator->report = copy;
    } else {
        clear_report(&copy);
    }
    return status;
}

/* Only what pensel_estimator_new has copied is freed of the options: their context, callbacks and
 * checkpoint are borrowed, and stay the caller's. */
void pensel_estimator_free(pensel_estimator **address)
{
    pensel_estimator *estimator = address ? *address : NULL;
    if (!estimator) return;
    *address = NULL;
    pensel_learned_clear(&estimator->learned);
    pensel_names_clear(&estimator->class_names);
    pensel_names_clear(&estimator->input_names);
    pensel_names_clear(&estimator->target_names);
    clear_report(&estimator->report);
    pensel_release((void *)estimator->options.hidden);
    pensel_release((void *)estimator->options.layers);
    pensel_release((void *)estimator->options.class_weights);
    pensel_release(estimator);
}

pensel_task pensel_estimator_task(const pensel_estimator *estimator)
{
    return estimator ? estimator->options.task : PENSEL_REGRESSION;
}

/* Columns that a prediction must have. Before a fit nobody knows them: 0. */
size_t pensel_estimator_inputs(const pensel_estimator *estimator)
{
    if (!estimator || !estimator->learned.network) return 0;
    return pensel_network_shape(estimator->learned.network)->inputs;
}

size_t pensel_estimator_targets(const pensel_estimator *estimator)
{
    return estimator ? estimator->learned.target_count : 0;
}

/* NULL and 0 for numbers and labels, and before a fit. */
const double *pensel_estimator_classes(const pensel_estimator *estimator, size_t *count)
{
    if (count) *count = estimator ? estimator->learned.class_count : 0;
    return estimator ? estimator->learned.classes : NULL;
}

const pensel_network *pensel_estimator_network(const pensel_estimator *estimator)
{
    return estimator ? estimator->learned.network : NULL;
}

/* The training's own where there is one, since it may go on; else the one that a file had. */
const pensel_report *pensel_estimator_report(const pensel_estimator *estimator)
{
    if (!estimator || !estimator->learned.network) return NULL;
    if (estimator->learned.training) return pensel_training_report(estimator->learned.training);
    return &estimator->report;
}

/* The estimator's own copy, with what configure has changed since. */
const pensel_estimator_options *pensel_estimator_settings(const pensel_estimator *estimator)
{
    return estimator ? &estimator->options : NULL;
}
