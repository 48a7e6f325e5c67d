/* Trainings and paintings: making them, and their slices. */
#include "core.h"

#include "base/error.h"
#include "base/memory.h"
#include "estimator/estimator.h"
#include "estimator/estimator_file.h"
#include "picture/painting.h"
#include "picture/painting_file.h"
#include "platform/clock.h"
#include "training/run.h"
#include "training/training.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

/* Shows a painting that cannot be trained in slices, while it is painted. */
__attribute__((import_module("page"), import_name("frame"))) void
pensel_page_frame(const float *pixels, size_t width, size_t height, size_t channels, size_t epoch,
                  double psnr);

const pensel_painting *pensel_job_painting(const pensel_job *job)
{
    return job->painting ? job->painting : pensel_model_painting(job->model);
}

const pensel_estimator *pensel_job_estimator(const pensel_job *job)
{
    const pensel_painting *painting = pensel_job_painting(job);
    if (painting) return pensel_painting_estimator(painting);
    return job->estimator ? job->estimator : pensel_model_estimator(job->model);
}

/* What it learns, and the network in it, are replaced together. */
static void replace(pensel_job *job, pensel_estimator *estimator, pensel_painting *painting)
{
    pensel_estimator_free(&job->estimator);
    pensel_painting_free(&job->painting);
    job->estimator = estimator;
    job->painting = painting;
}

/* ------------------------------------------------------------------ making one */

PENSEL_CORE(pensel_job *, job_new)
(void)
{
    pensel_job *job;
    return PENSEL_NEW(job, 1, &pensel_core.error) == PENSEL_OK ? job : NULL;
}

PENSEL_CORE(void, job_free)
(pensel_job *job)
{
    replace(job, NULL, NULL);
    pensel_model_free(&job->model);
    pensel_release(job->hidden);
    pensel_release(job->picture.pixels);
    pensel_release((void *)job->samples.x.data);
    pensel_release((void *)job->samples.y.data);
    pensel_release((void *)job->held.x.data);
    pensel_release((void *)job->held.y.data);
    pensel_release(job);
}

/* Hidden layers: names (count lines); parameters (count), NaN is the activation's own. */
PENSEL_CORE(pensel_status, job_layers)
(pensel_job *job, size_t count, const char *names, const size_t *widths, const double *parameters)
{
    pensel_error *error = &pensel_core.error;
    char **lines, *block;
    size_t line_count;
    PENSEL_TRY(PENSEL_NEW(job->hidden, count, error));
    PENSEL_TRY(pensel_core_lines(&lines, &block, &line_count, names, error));
    pensel_status status = PENSEL_OK;
    for (size_t l = 0; l < count && status == PENSEL_OK; l++) {
        pensel_layer *layer = &job->hidden[l];
        layer->width = widths[l];
        status = pensel_activation_find(&layer->activation, l < line_count ? lines[l] : "", error);
        if (status != PENSEL_OK) break;
        layer->parameter = isnan(parameters[l])
                               ? pensel_activation_describe(layer->activation)->parameter
                               : parameters[l];
    }
    pensel_release(lines);
    pensel_release(block);
    job->options.estimator.hidden_count = count;
    return status;
}

/* x (n, inputs) and y (n, targets) are taken. */
PENSEL_CORE(void, job_samples)
(pensel_job *job, bool held, double *x, double *y, size_t n, size_t inputs, size_t targets)
{
    pensel_samples *samples = held ? &job->held : &job->samples;
    samples->x = (pensel_matrix){x, n, inputs, PENSEL_FLOAT64};
    samples->y = (pensel_matrix){y, n, targets, PENSEL_FLOAT64};
}

/* pixels (height, width, channels) are taken. */
PENSEL_CORE(void, job_picture)
(pensel_job *job, float *pixels, size_t width, size_t height, size_t channels)
{
    job->picture = (pensel_picture){pixels, width, height, channels};
}

/* ------------------------------------------------------------------ a slice begins */

/* Before the first step of all: keeps the network as it is drawn, and the settings that were
 * chosen, and stops the fit. */
static pensel_status look(pensel_job *job, const pensel_training *training, pensel_error *error)
{
    const pensel_estimator *made =
        pensel_checkpoint_part(&job->checkpoint, pensel_estimator_put_part);
    const pensel_canvas *canvas = pensel_checkpoint_part(&job->checkpoint, pensel_canvas_put_part);
    pensel_estimator *copy;
    pensel_painting *painting = NULL;
    pensel_fitted fitted;
    PENSEL_TRY(pensel_estimator_fitted(made, &fitted, error));
    PENSEL_TRY(pensel_estimator_assemble(&copy, &fitted, NULL, &made->options, error));
    if (canvas) PENSEL_TRY(pensel_painting_assemble(&painting, &copy, canvas, error));
    job->live = made->learned.training == training; /* a pyramid's is not the estimator's */
    replace(job, copy, painting);
    job->looks = false;
    return pensel_fail(error, PENSEL_UNSUPPORTED,
                       "the network is ready: there is nothing to train");
}

/* Continues where `before` stopped. What the page has changed since then begins anew: the epoch
 * with another batch size, the moments with another solver. */
static pensel_status go_on(pensel_training *training, const pensel_training *before,
                           pensel_error *error)
{
    const pensel_training_options now = training->options, *then = &before->options;
    pensel_training_state state;
    pensel_training_export(before, &state);
    PENSEL_TRY(pensel_training_import(training, &state, error));
    training->options = *then;
    PENSEL_TRY(pensel_training_configure(training, &now, error));
    if (now.batch_size != then->batch_size) {
        training->cursor.step = 0;
        training->cursor.epoch_loss = 0;
    }
    if (now.early_stopping != then->early_stopping ||
        now.validation_fraction != then->validation_fraction)
        training->cursor.resumed = false;
    return PENSEL_OK;
}

static pensel_status load(pensel_checkpoint *checkpoint, pensel_training *training,
                          pensel_random *random, pensel_error *error)
{
    pensel_job *job = (pensel_job *)checkpoint;
    if (job->looks) return look(job, training, error);
    const pensel_learned *had = &pensel_job_estimator(job)->learned;
    if (had->training) {
        *random = had->random;
        return go_on(training, had->training, error);
    }
    memcpy(training->network->parameters, had->network->parameters, /* the page may have edited */
           pensel_training_bytes(training));
    return PENSEL_OK;
}

/* After each step. The library looks at the flag after the step that follows. */
static pensel_status save(const pensel_checkpoint *checkpoint, const pensel_training *training,
                          const pensel_random *random, pensel_error *error)
{
    pensel_job *job = (pensel_job *)checkpoint;
    (void)training, (void)random, (void)error;
    if (job->steps > 0) job->steps--;
    if (job->steps <= 1 || pensel_clock() >= job->deadline) job->interrupt = 1;
    return PENSEL_OK;
}

static pensel_verdict after_epoch(const pensel_progress *progress, void *data)
{
    pensel_job *job = data;
    (void)progress;
    if (job->epochs > 0) job->epochs--;
    return job->epochs == 0 ? PENSEL_INTERRUPT : PENSEL_CONTINUE;
}

/* ------------------------------------------------------------------ a slice */

static pensel_verdict show(const pensel_painting *so_far, const pensel_progress *progress,
                           double psnr, void *data)
{
    const pensel_job *job = data;
    const pensel_picture *p = &job->picture;
    pensel_render_options o = pensel_render_defaults();
    float *pixels;
    if (PENSEL_ALLOCATE(pixels, p->width * p->height, p->channels * sizeof *pixels, NULL))
        return PENSEL_CONTINUE;
    if (pensel_painting_render(so_far, pixels, 0, p->height, &o, NULL) == PENSEL_OK)
        pensel_page_frame(pixels, p->width, p->height, p->channels, progress->epoch, psnr);
    pensel_release(pixels);
    return PENSEL_CONTINUE;
}

static pensel_status fit(pensel_job *job, pensel_error *error)
{
    pensel_paint_options o = job->options;
    pensel_training_options *t = &o.estimator.training;
    pensel_estimator *estimator = NULL;
    pensel_painting *painting = NULL;
    pensel_status status;
    o.estimator.hidden = job->hidden;
    o.chosen = job->looks ? job->chosen : NULL;
    bool goes_on = !job->looks && pensel_job_estimator(job)->learned.training;
    job->checkpoint = (pensel_checkpoint){.load = load, .save = save, .brings_all = goes_on};
    t->context = pensel_core.context;
    if (job->looks || job->live) {
        t->checkpoint = &job->checkpoint;
        t->interrupt = &job->interrupt;
        t->on_epoch = after_epoch;
        t->on_epoch_data = job;
    } else {
        o.on_painting = show;
        o.on_painting_data = job;
    }
    if (job->picture.pixels) {
        status = pensel_painting_new(&painting, &job->picture, &o, error);
    } else {
        PENSEL_TRY(pensel_estimator_new(&estimator, &o.estimator, error));
        status = pensel_estimator_fit(estimator, &job->samples,
                                      job->held.x.data ? &job->held : NULL, error);
    }
    if (status == PENSEL_OK)
        replace(job, estimator, painting);
    else
        pensel_estimator_free(&estimator), pensel_painting_free(&painting);
    return status;
}

/* Options of a job's kind, then the network as it is before training. */
static pensel_status prepare(pensel_job *job, const char *options, pensel_error *error)
{
    pensel_paint_options *o = &job->options;
    const pensel_core_options list[] = {
        {&o->estimator.training, pensel_training_table()},
        {&o->estimator, pensel_estimator_table()},
        {o, pensel_paint_table()},
        {&o->estimator.encoding, pensel_encoding_table()},
    };
    pensel_core_options samples[] = {list[0], list[1], list[3]};
    PENSEL_TRY(job->picture.pixels ? pensel_core_set(list, 4, options, error)
                                   : pensel_core_set(samples, 3, options, error));
    job->looks = true;
    job->interrupt = 0;
    pensel_status status = fit(job, error);
    if (job->looks) return status;
    if (job->live) { /* what was chosen is now given */
        const pensel_estimator_options *chosen = &pensel_job_estimator(job)->options;
        size_t count = chosen->hidden_count;
        pensel_layer *layers;
        PENSEL_TRY(PENSEL_NEW(layers, count, error));
        if (count > 0) memcpy(layers, chosen->hidden, count * sizeof *layers);
        pensel_release(job->hidden);
        job->hidden = layers;
        job->options.choose = false;
        job->options.estimator = *chosen;
    }
    return pensel_job_describe(job, error);
}

/* An estimator of the samples. A training in the page has no end of its own: epochs and
 * n_iter_no_change are endless unless they are given. */
PENSEL_CORE(pensel_status, job_open)
(pensel_job *job, pensel_task task, bool scale, const char *options)
{
    pensel_layer *hidden = job->hidden;
    size_t count = job->options.estimator.hidden_count;
    pensel_estimator_options *e = &job->options.estimator;
    *e = pensel_estimator_defaults(task);
    e->hidden = hidden;
    e->hidden_count = count;
    e->training.epochs = SIZE_MAX / 2;
    e->training.n_iter_no_change = SIZE_MAX;
    if (scale) e->scale_inputs = PENSEL_SCALE_STANDARD;
    return prepare(job, options, &pensel_core.error);
}

/* A painting of the picture. */
PENSEL_CORE(pensel_status, job_paint)
(pensel_job *job, pensel_task task, bool tutorial, const char *options)
{
    size_t count = job->options.estimator.hidden_count;
    job->options = tutorial ? pensel_paint_tutorial(task) : pensel_paint_defaults(task);
    if (job->hidden) {
        job->options.estimator.hidden = job->hidden;
        job->options.estimator.hidden_count = count;
    } else if (job->options.estimator.hidden) { /* the preset's */
        count = job->options.estimator.hidden_count;
        PENSEL_TRY(PENSEL_NEW(job->hidden, count, &pensel_core.error));
        memcpy(job->hidden, job->options.estimator.hidden, count * sizeof *job->hidden);
    }
    return prepare(job, options, &pensel_core.error);
}

/* From now on. */
PENSEL_CORE(pensel_status, job_configure)
(pensel_job *job, const char *options)
{
    pensel_error *error = &pensel_core.error;
    pensel_training_options changed = job->options.estimator.training;
    const pensel_core_options list = {&changed, pensel_training_table()};
    PENSEL_REQUIRE(job->live, UNSUPPORTED,
                   "this picture is painted in one go: paint it anew with other options");
    PENSEL_TRY(pensel_core_set(&list, 1, options, error));
    PENSEL_TRY(pensel_training_check(&changed, error));
    PENSEL_REQUIRE(changed.loss == job->options.estimator.training.loss, BAD_ARGUMENT,
                   "another loss may need other outputs: open another training for it");
    job->options.estimator.training = changed;
    return PENSEL_OK;
}

/* ------------------------------------------------------------------ training */

static void report(const pensel_job *job, size_t curve_before, double *result)
{
    const pensel_estimator *estimator = pensel_job_estimator(job);
    const pensel_training *training = estimator->learned.training;
    const pensel_report *r = pensel_estimator_report(estimator);
    const pensel_report none = {0};
    if (!r) r = &none;
    size_t epochs = training ? training->cursor.epoch : r->epochs, seen = 0;
    if (training && training->batch)
        seen = training->cursor.step * pensel_batch_capacity(training->batch);
    size_t fresh = r->loss_count > curve_before ? r->loss_count - curve_before : 0;
    bool ended = r->stop != PENSEL_STOP_NOT_RUN && r->stop != PENSEL_STOP_INTERRUPTED;
    const double numbers[] = {
        (double)epochs,
        (double)r->steps,
        (double)seen,
        r->seconds,
        r->learning_rate,
        r->loss_count || seen || epochs ? r->loss : NAN,
        (double)fresh,
        fresh ? (double)(uintptr_t)(r->loss_curve + r->loss_count - fresh) : 0,
        ended,
        r->stop,
    };
    memcpy(result, numbers, sizeof numbers);
}

/* A training in the page may last for millions of epochs. The page has seen the losses of all, and
 * each slice copies those that are kept here: the older half goes when there are so many. */
enum { MOST_LOSSES = 65536 };

static void forget_losses(pensel_training *training)
{
    pensel_curve *losses = &training->losses;
    size_t kept = MOST_LOSSES / 2;
    if (losses->count < MOST_LOSSES) return;
    memmove(losses->values, losses->values + losses->count - kept, kept * sizeof *losses->values);
    losses->count = kept;
    pensel_run_publish(training);
}

/* Trains until `epochs` more are finished, `steps` more are taken or `seconds` are over; 0: no such
 * limit. result (10): epochs, steps, samples of the epoch under way, seconds, rate, loss, new
 * losses and their address, whether it ended, and why. */
PENSEL_CORE(pensel_status, job_run)
(pensel_job *job, double seconds, size_t epochs, size_t steps, double *result)
{
    pensel_error *error = &pensel_core.error;
    const pensel_estimator *estimator = pensel_job_estimator(job);
    PENSEL_REQUIRE(job->picture.pixels || job->samples.x.data, UNTRAINED,
                   "the model came from a file and has nothing to learn from: open a training");
    if (estimator->learned.training) forget_losses(estimator->learned.training);
    const pensel_report *before = pensel_estimator_report(estimator);
    size_t curve = before ? before->loss_count : 0;
    job->steps = steps ? steps : SIZE_MAX;
    job->epochs = epochs ? epochs : SIZE_MAX;
    job->deadline = seconds > 0 ? pensel_clock() + seconds : (double)INFINITY;
    job->interrupt = steps == 1;
    PENSEL_TRY(fit(job, error));
    report(job, curve, result);
    return PENSEL_OK;
}
