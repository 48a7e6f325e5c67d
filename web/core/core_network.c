/* What a training's network is and does: its shape, parameters, gradients, predictions, the
 * activations of its units. */
#include "core.h"

#include "base/error.h"
#include "base/matrix.h"
#include "base/memory.h"
#include "estimator/estimator.h"
#include "training/training.h"

#include <math.h>
#include <string.h>

static const pensel_network *network_of(const pensel_job *job)
{
    return pensel_estimator_network(pensel_job_estimator(job));
}

static bool is_double(const pensel_network *network)
{
    return pensel_network_precision(network) == PENSEL_FLOAT64;
}

/* ------------------------------------------------------------------ description */

static void describe_layers(pensel_json_writer *text, const pensel_network *network)
{
    const pensel_shape *shape = pensel_network_shape(network);
    pensel_json_open(text, "layers", '[');
    for (size_t l = 0; l < shape->layer_count; l++) {
        pensel_layer_view view;
        if (pensel_network_layer(network, l, &view, NULL) != PENSEL_OK) continue;
        pensel_json_open(text, NULL, '{');
        pensel_json_put_whole(text, "in", (int64_t)view.in);
        pensel_json_put_whole(text, "out", (int64_t)view.out);
        pensel_json_put_whole(text, "weights", (int64_t)view.weights);
        pensel_json_put_whole(text, "biases", (int64_t)view.biases);
        pensel_json_put_string(text, "activation",
                               pensel_activation_describe(shape->layers[l].activation)->name);
        pensel_core_put("parameter", shape->layers[l].parameter);
        pensel_json_close(text, '}');
    }
    pensel_json_close(text, ']');
}

static void describe_canvas(pensel_json_writer *text, const pensel_canvas *canvas)
{
    pensel_json_put_whole(text, "width", (int64_t)canvas->width);
    pensel_json_put_whole(text, "height", (int64_t)canvas->height);
    pensel_json_put_whole(text, "channels", (int64_t)canvas->channels);
    pensel_json_open(text, "palette", '[');
    for (size_t i = 0; i < canvas->colours * canvas->channels; i++)
        pensel_core_put(NULL, (double)canvas->palette[i]);
    pensel_json_close(text, ']');
}

pensel_status pensel_job_describe(const pensel_job *job, pensel_error *error)
{
    const pensel_estimator *estimator = pensel_job_estimator(job);
    const pensel_network *network = network_of(job);
    PENSEL_REQUIRE(network, UNTRAINED, "there is no network: open a training");
    pensel_json_writer *text = pensel_core_begin('{');
    pensel_json_put_whole(text, "id", (int64_t)(uintptr_t)job);
    describe_layers(text, network);
    pensel_json_put_whole(text, "parameterCount", (int64_t)pensel_network_parameter_count(network));
    pensel_json_put_whole(text, "inputs", (int64_t)pensel_estimator_inputs(estimator));
    pensel_json_put_whole(text, "outputs", (int64_t)pensel_learned_columns(&estimator->learned));
    pensel_json_put_string(text, "task", pensel_task_name(pensel_estimator_task(estimator)));
    pensel_json_put_string(text, "chosen", job->chosen);
    pensel_json_put_truth(text, "live", job->live);
    pensel_json_open(text, "classes", '[');
    for (size_t c = 0; c < estimator->learned.class_count; c++)
        pensel_core_put(NULL, estimator->learned.classes[c]);
    pensel_json_close(text, ']');
    if (pensel_job_painting(job))
        describe_canvas(text, pensel_painting_canvas(pensel_job_painting(job)));
    return pensel_core_end('}');
}

/* ------------------------------------------------------------------ numbers */

static void to_doubles(double *numbers, const void *from, size_t count, bool doubles)
{
    for (size_t i = 0; i < count; i++)
        numbers[i] = doubles ? ((const double *)from)[i] : (double)((const float *)from)[i];
}

/* numbers (parameter count) */
PENSEL_CORE(void, job_parameters)
(const pensel_job *job, double *numbers)
{
    const pensel_network *network = network_of(job);
    to_doubles(numbers, pensel_network_parameters_const(network),
               pensel_network_parameter_count(network), is_double(network));
}

PENSEL_CORE(pensel_status, job_set_parameters)
(pensel_job *job, const double *numbers)
{
    pensel_error *error = &pensel_core.error;
    const pensel_estimator *estimator = pensel_job_estimator(job);
    pensel_network *network = estimator->learned.network;
    const pensel_training *training = estimator->learned.training;
    size_t count = pensel_network_parameter_count(network);
    void *parameters = pensel_network_parameters(network);
    PENSEL_REQUIRE(!training || !training->shows_result, UNSUPPORTED,
                   "the network shows an average or its best epoch: train without average and "
                   "early_stopping to edit weights");
    for (size_t i = 0; i < count; i++)
        PENSEL_REQUIRE(isfinite(numbers[i]), BAD_DATA,
                       "parameter %zu is %g: finite numbers are expected", i, numbers[i]);
    for (size_t i = 0; i < count; i++)
        if (is_double(network))
            ((double *)parameters)[i] = numbers[i];
        else
            ((float *)parameters)[i] = (float)numbers[i];
    return PENSEL_OK;
}

/* result (1 + parameter count): the loss, and its gradient */
PENSEL_CORE(pensel_status, job_gradient)
(const pensel_job *job, const double *x, const double *y, size_t n, size_t targets, double *result)
{
    pensel_error *error = &pensel_core.error;
    const pensel_estimator *estimator = pensel_job_estimator(job);
    const pensel_network *network = network_of(job);
    size_t count = pensel_network_parameter_count(network);
    pensel_samples samples = {.x = {x, n, pensel_estimator_inputs(estimator), PENSEL_FLOAT64},
                              .y = {y, n, targets, PENSEL_FLOAT64}};
    pensel_training_set set;
    double *gradient;
    PENSEL_REQUIRE(targets == estimator->learned.target_count, BAD_DATA,
                   "the sample has %zu targets: the model has %zu", targets,
                   estimator->learned.target_count);
    PENSEL_TRY(PENSEL_NEW(gradient, count, error)); /* room for either precision */
    pensel_status status = pensel_training_set_make(&set, &estimator->learned, &estimator->options,
                                                    &samples, "", error);
    if (status == PENSEL_OK) {
        status = pensel_network_gradient(network, result, gradient, &set.samples,
                                         &job->options.estimator.training, error);
        pensel_training_set_clear(&set);
    }
    if (status == PENSEL_OK) to_doubles(result + 1, gradient, count, is_double(network));
    pensel_release(gradient);
    return status;
}

/* y (n, outputs): numbers, or the probabilities of classes or labels */
PENSEL_CORE(pensel_status, job_predict)
(const pensel_job *job, const double *x, size_t n, double *y)
{
    const pensel_estimator *estimator = pensel_job_estimator(job);
    pensel_matrix m = {x, n, pensel_estimator_inputs(estimator), PENSEL_FLOAT64};
    bool classes = pensel_estimator_task(estimator) == PENSEL_CLASSIFICATION;
    return classes ? pensel_estimator_probabilities(estimator, y, m, &pensel_core.error)
                   : pensel_estimator_predict(estimator, y, m, &pensel_core.error);
}

static pensel_status all_layers(const pensel_network *network, pensel_matrix x, float *units,
                                pensel_error *error)
{
    const pensel_shape *shape = pensel_network_shape(network);
    for (size_t l = 0; l < shape->layer_count; l++) {
        size_t count = x.rows * shape->layers[l].width;
        void *block = units;
        if (is_double(network)) PENSEL_TRY(PENSEL_ALLOCATE(block, count, sizeof(double), error));
        pensel_status status = pensel_network_activations(network, l, block, x, 0, error);
        if (is_double(network)) {
            for (size_t i = 0; i < count; i++)
                units[i] = (float)((double *)block)[i];
            pensel_release(block);
        }
        PENSEL_TRY(status);
        units += count;
    }
    return PENSEL_OK;
}

/* units: for each layer, the outputs too, (n, width) */
PENSEL_CORE(pensel_status, job_units)
(const pensel_job *job, const double *x, size_t n, float *units)
{
    pensel_error *error = &pensel_core.error;
    const pensel_estimator *estimator = pensel_job_estimator(job);
    const pensel_scaler *scaler = &estimator->learned.inputs;
    pensel_matrix m = {x, n, pensel_estimator_inputs(estimator), PENSEL_FLOAT64};
    double *scaled = NULL;
    if (scaler->count) {
        PENSEL_TRY(PENSEL_ALLOCATE(scaled, n, m.columns * sizeof *scaled, error));
        pensel_scaler_apply(scaler, scaled, PENSEL_FLOAT64, m);
        m.data = scaled;
    }
    pensel_status status = all_layers(network_of(job), m, units, error);
    pensel_release(scaled);
    return status;
}

/* result (6): n, mse, mae, r2, accuracy, log loss; confusion (classes, classes) or NULL */
PENSEL_CORE(pensel_status, job_score)
(const pensel_job *job, bool held, double *result, size_t *confusion)
{
    pensel_error *error = &pensel_core.error;
    const pensel_samples *samples = held ? &job->held : &job->samples;
    pensel_scores s;
    PENSEL_REQUIRE(samples->x.data, BAD_ARGUMENT, "there are no %s: open a training with some",
                   held ? "held-out samples" : "samples");
    PENSEL_TRY(pensel_estimator_score(pensel_job_estimator(job), &s, confusion, samples, error));
    const double numbers[] = {(double)s.n, s.mse, s.mae, s.r2, s.accuracy, s.log_loss};
    memcpy(result, numbers, sizeof numbers);
    return PENSEL_OK;
}
