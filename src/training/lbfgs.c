/* L-BFGS (Liu & Nocedal 1989), using liblbfgs. Every evaluation covers all samples. It works in
 * float64 whatever the network's precision. It stops by the rules of SciPy's L-BFGS-B, so that the
 * options mean the same as in scikit-learn: no element of the gradient above tol; a loss that falls
 * by less than 2.2e-9 of its own magnitude (SciPy's ftol); `epochs` iterations; max_fun
 * evaluations.
 *
 * The state of liblbfgs cannot be saved, so a checkpoint keeps the parameters at the start of the
 * run and a record of all evaluations; a resumed run starts there, replays the record and arrives
 * at the same state. */
#include "training/training.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "training/data.h"

#include <lbfgs.h>
#include <math.h>
#include <string.h>

#define LEAST_FALL 2.220446049250313e-9
enum { CORRECTIONS = 10, LINE_SEARCH_STEPS = 20 };

typedef struct descent {
    pensel_training *training;
    pensel_selection selection;
    const pensel_random *random;
    pensel_error *error;
    pensel_status status;
    void *gradient; /* (parameter count), the network's precision */
    double before;  /* the loss of the previous iteration, or at the start */
    double start, saved;
    size_t evaluations, recorded; /* how many of the first ones come from a checkpoint */
    bool records;                 /* checkpoints will be written */
    pensel_stop stop;
} descent;

static void store(pensel_training *training, const double *x)
{
    pensel_network *network = training->network;
    size_t count = network->parameter_count;
    if (network->precision == PENSEL_FLOAT64)
        memcpy(network->parameters, x, count * sizeof *x);
    else
        for (size_t i = 0; i < count; i++)
            ((float *)network->parameters)[i] = (float)x[i];
}

static void load(double *x, const void *block, const pensel_network *network)
{
    pensel_matrix m = {block, 1, network->parameter_count, network->kernels->precision};
    for (size_t i = 0; i < m.columns; i++)
        x[i] = pensel_matrix_number(m, i);
}

/* The loss and d->gradient at the network's parameters. */
static double look(descent *d)
{
    pensel_training *training = d->training;
    pensel_record *record = &training->record;
    size_t bytes = pensel_training_bytes(training), nth = d->evaluations;
    if (nth < d->recorded) {
        memcpy(d->gradient, (const char *)record->gradients + nth * bytes, bytes);
        return record->losses[nth];
    }
    double loss = pensel_batch_run(training->batch, &d->selection, d->gradient, NULL, NULL);
    if (d->records && record->count == nth) pensel_record_add(record, loss, d->gradient, bytes);
    return loss;
}

static lbfgsfloatval_t evaluate(void *instance, const lbfgsfloatval_t *x, lbfgsfloatval_t *g, int n,
                                lbfgsfloatval_t step)
{
    descent *d = instance;
    (void)n;
    (void)step;
    store(d->training, x);
    double loss = look(d);
    load(g, d->gradient, d->training->network);
    if (d->evaluations++ == 0) d->before = loss;
    d->training->report.steps++;
    return loss;
}

static double largest(const double *g, int n)
{
    double most = 0;
    for (int i = 0; i < n; i++)
        most = fmax(most, fabs(g[i]));
    return most;
}

static void note_loss(descent *d, double loss)
{
    pensel_training *training = d->training;
    pensel_report *report = &training->report;
    report->loss = loss;
    if (loss < report->best_loss) report->best_loss = loss;
    report->seconds += pensel_clock() - d->start;
    d->start = pensel_clock();
    d->status = pensel_curve_add(&training->losses, loss, d->error);
}

static void tell(descent *d)
{
    pensel_training *training = d->training;
    const pensel_training_options *o = &training->options;
    const pensel_report *report = &training->report;
    if (!o->on_epoch) return;
    pensel_progress progress = {
        .epoch = training->cursor.epoch,
        .epochs = o->epochs,
        .steps = report->steps,
        .samples = report->samples,
        .loss = report->loss,
        .best_loss = report->best_loss,
        .validation_score = NAN,
        .learning_rate = report->learning_rate,
        .seconds = report->seconds,
        .network = training->network,
    };
    pensel_verdict verdict = o->on_epoch(&progress, o->on_epoch_data);
    if (verdict == PENSEL_GOAL_REACHED) d->stop = PENSEL_STOP_GOAL;
    if (verdict == PENSEL_INTERRUPT) d->stop = PENSEL_STOP_INTERRUPTED;
    d->start = pensel_clock();
}

static pensel_status save(descent *d)
{
    pensel_training *training = d->training;
    pensel_checkpoint *checkpoint = training->options.checkpoint;
    if (!d->records) return PENSEL_OK;
    training->report.epochs = training->cursor.epoch;
    pensel_status status = checkpoint->save(checkpoint, training, d->random, d->error);
    d->saved = training->report.seconds;
    d->start = pensel_clock();
    return status;
}

static void save_when_due(descent *d)
{
    const pensel_checkpoint *checkpoint = d->training->options.checkpoint;
    if (d->records && d->status == PENSEL_OK &&
        d->training->report.seconds - d->saved >= checkpoint->seconds)
        d->status = save(d);
}

/* Reasons to stop that are not in the numbers; while replaying a record they did not apply. */
static void go_on(descent *d)
{
    const pensel_training_options *o = &d->training->options;
    if (d->evaluations <= d->recorded) return;
    tell(d);
    save_when_due(d);
    if (d->stop != PENSEL_STOP_NOT_RUN) return;
    if (o->max_seconds > 0 && d->training->report.seconds >= o->max_seconds)
        d->stop = PENSEL_STOP_SECONDS;
    else if (o->interrupt && *o->interrupt)
        d->stop = PENSEL_STOP_INTERRUPTED;
}

static int progress(void *instance, const lbfgsfloatval_t *x, const lbfgsfloatval_t *g,
                    const lbfgsfloatval_t loss, const lbfgsfloatval_t x_norm,
                    const lbfgsfloatval_t g_norm, const lbfgsfloatval_t step, int n, int k,
                    int evaluations)
{
    descent *d = instance;
    const pensel_training_options *o = &d->training->options;
    double fall = d->before - loss, scale = fmax(1, fmax(fabs(d->before), fabs(loss)));
    (void)x_norm;
    (void)g_norm;
    (void)step;
    (void)evaluations;
    store(d->training, x);
    d->training->cursor.epoch = (size_t)k;
    d->training->report.samples += d->selection.n;
    note_loss(d, loss);
    if (largest(g, n) <= o->tol || fall <= LEAST_FALL * scale)
        d->stop = PENSEL_STOP_CONVERGED;
    else if ((size_t)k >= o->epochs || d->evaluations >= o->max_fun)
        d->stop = PENSEL_STOP_EPOCHS;
    go_on(d);
    d->before = loss;
    return d->stop != PENSEL_STOP_NOT_RUN || d->status != PENSEL_OK;
}

static pensel_status check_size(const pensel_training *training, pensel_error *error)
{
    if (training->network->parameter_count <= INT32_MAX / 2) return PENSEL_OK;
    return pensel_fail(error, PENSEL_UNSUPPORTED,
                       "lbfgs takes up to %d parameters, the network has %zu: use adam",
                       INT32_MAX / 2, training->network->parameter_count);
}

static pensel_status make_batch(descent *d)
{
    pensel_training *training = d->training;
    const pensel_training_options *o = &training->options;
    if (!training->pool) PENSEL_TRY(pensel_pool_new(&training->pool, o->threads, d->error));
    pensel_batch_free(&training->batch);
    PENSEL_TRY(pensel_batch_new(&training->batch, training->network, o, training->pool,
                                d->selection.n, d->error));
    PENSEL_TRY(pensel_training_block(training, &training->safe, d->error));
    PENSEL_TRY(pensel_training_block(training, &training->raw, d->error));
    memcpy(training->raw, training->network->parameters, pensel_training_bytes(training));
    training->begun = training->report;
    training->begun.loss_count = training->losses.count;
    training->begins_again = true;
    training->record_rows = d->selection.n;
    return pensel_training_block(training, &d->gradient, d->error);
}

/* liblbfgs reports an error if its line search finds nothing lower. The gradient is then lost in
 * rounding, and the current parameters are kept, as SciPy does. */
static pensel_status conclude(descent *d, int code, double *x, double loss)
{
    pensel_training *training = d->training;
    const pensel_kernels *kernels = training->network->kernels;
    if (d->status != PENSEL_OK) return d->status;
    if (code == LBFGSERR_OUTOFMEMORY)
        return pensel_fail_memory(d->error, training->network->parameter_count,
                                  24 * sizeof(double));
    store(training, x);
    if (d->stop == PENSEL_STOP_NOT_RUN) d->stop = PENSEL_STOP_CONVERGED;
    if (!isfinite(loss) ||
        !kernels->all_finite(training->network->parameters, training->network->parameter_count)) {
        memcpy(training->network->parameters, training->raw, pensel_training_bytes(training));
        d->stop = PENSEL_STOP_DIVERGED;
    } else {
        training->report.loss = loss;
        if (loss < training->report.best_loss) training->report.best_loss = loss;
    }
    training->report.seconds += pensel_clock() - d->start;
    training->report.stop = d->stop;
    return PENSEL_OK;
}

static pensel_status descend(descent *d)
{
    pensel_training *training = d->training;
    size_t n = training->network->parameter_count;
    lbfgs_parameter_t parameter;
    lbfgsfloatval_t loss = NAN, *x;
    PENSEL_TRY(check_size(training, d->error));
    PENSEL_TRY(make_batch(d));
    PENSEL_TRY(PENSEL_NEW(x, pensel_round_up(n, 16), d->error));
    load(x, training->network->parameters, training->network);
    lbfgs_parameter_init(&parameter);
    parameter.m = CORRECTIONS;
    parameter.max_linesearch = LINE_SEARCH_STEPS;
    parameter.epsilon = 0; /* progress() says when it has converged */
    d->start = pensel_clock();
    d->saved = training->report.seconds;
    int code = lbfgs((int)n, x, &loss, evaluate, progress, d, &parameter);
    pensel_status status = conclude(d, code, x, loss);
    pensel_release(x);
    return status;
}

pensel_status pensel_lbfgs_run(pensel_training *training, const pensel_samples *samples,
                               const pensel_random *random, pensel_error *error)
{
    descent d = {
        .training = training,
        .selection = {.samples = samples, .n = samples->x.rows},
        .random = random,
        .error = error,
        .status = PENSEL_OK,
    };
    training->cursor.epoch = 0;
    const pensel_checkpoint *checkpoint = training->options.checkpoint;
    d.recorded = training->record.count;
    d.records = checkpoint && isfinite(checkpoint->seconds);
    pensel_status status = descend(&d);
    if (status == PENSEL_OK) status = save(&d);
    pensel_release(d.gradient);
    return status;
}
