/* A run: epochs until something says stop. What an epoch does is its method's (run.h). The order of
 * events is scikit-learn's: steps, loss of the epoch, score, is it on a plateau, what does the
 * schedule say. After it come the callback, the stop rules and, for some methods, a checkpoint.
 *
 * Three sets of parameters may exist at once, and which of them the network holds is the invariant:
 *
 *     while it trains          those being trained
 *     while it is looked at    the moving average, if there is one; the trained ones wait in raw
 *     after the run            best, else average, else the trained ones
 *
 * shows_result says that raw holds the trained ones. A checkpoint always has those (state.c), so a
 * resumed run never trains on from an average.
 *
 * An epoch that a rule cuts short between two steps (time, interrupt) is not ended: nothing is
 * added to the curves, and on_epoch is not called. */
#include "training/run.h"

#include "platform/clock.h"
#include "base/context.h"
#include "base/error.h"
#include "training/data.h"
#include "training/schedule.h"
#include "training/stop.h"

#include <math.h>
#include <string.h>

/* Seconds of training so far: what callbacks and checkpoints take does not count. */
static double seconds(pensel_run *r)
{
    double now = pensel_clock();
    r->training->report.seconds += now - r->clock;
    r->clock = now;
    return r->training->report.seconds;
}

/* Whatever its age. The clock begins again behind it, so that a slow disk shortens no training. */
static pensel_status save(pensel_run *r)
{
    pensel_training *training = r->training;
    pensel_checkpoint *checkpoint = training->options.checkpoint;
    if (!checkpoint || !isfinite(checkpoint->seconds)) return PENSEL_OK;
    r->saved = seconds(r);
    training->report.epochs = training->cursor.epoch;
    pensel_status status = pensel_checkpoint_save(checkpoint, training, r->random, r->error);
    r->clock = pensel_clock();
    return status;
}

/* The network shows `block` and training's own parameters wait in raw. */
static pensel_status show(pensel_training *training, const void *block, pensel_error *error)
{
    if (training->shows_result) return PENSEL_OK;
    PENSEL_TRY(pensel_training_block(training, &training->raw, error));
    memcpy(training->raw, training->network->parameters, pensel_training_bytes(training));
    memcpy(training->network->parameters, block, pensel_training_bytes(training));
    training->shows_result = true;
    return PENSEL_OK;
}

/* The other way round. What the network showed is not lost: it is in its own block. */
static void hide(pensel_training *training)
{
    if (!training->shows_result) return;
    memcpy(training->network->parameters, training->raw, pensel_training_bytes(training));
    training->shows_result = false;
}

/* block (parameter count) = the parameters as the network holds them */
static void keep(pensel_training *training, void *block)
{
    memcpy(block, training->network->parameters, pensel_training_bytes(training));
}

/* ---- before the first step */

void pensel_run_leave_result(pensel_training *training)
{
    if (training->options.average > 0) hide(training);
    training->shows_result = false;
}

pensel_status pensel_run_resume(pensel_run *r)
{
    pensel_checkpoint *checkpoint = r->training->options.checkpoint;
    return checkpoint ? pensel_checkpoint_resume(checkpoint, r->training, r->random, r->error)
                      : PENSEL_OK;
}

static pensel_context *context_of(const pensel_run *r)
{
    return pensel_network_context(r->training->network, r->training->options.context);
}

/* ---- callbacks */

/* Of a step or an epoch. `epochs` is this run's limit, which is 1 for a single epoch, not the
 * options'. What the callback takes is not time of the training. */
static pensel_verdict notify(pensel_run *r, double loss, double score,
                             pensel_epoch_callback callback, void *data)
{
    pensel_training *training = r->training;
    const pensel_report *report = &training->report;
    if (!callback) return PENSEL_CONTINUE;
    pensel_progress progress = {
        .epoch = training->cursor.epoch,
        .epochs = r->epochs,
        .steps = report->steps,
        .samples = report->samples,
        .loss = loss,
        .best_loss = report->best_loss,
        .validation_score = score,
        .learning_rate = report->learning_rate,
        .seconds = seconds(r),
        .network = training->network,
        .validation_loss = r->validation.x.data ? r->validation_loss : NAN,
    };
    pensel_context *context = context_of(r);
    pensel_context_end(context);
    pensel_verdict verdict = callback(&progress, data);
    pensel_context_begin(context);
    r->clock = pensel_clock();
    return verdict;
}

/* ---- a step */

void pensel_run_notify_step(pensel_run *r, double loss)
{
    const pensel_training_options *o = &r->training->options;
    pensel_verdict verdict = notify(r, loss, NAN, o->on_batch, o->on_batch_data);
    if (r->stop != PENSEL_STOP_NOT_RUN) return;
    if (verdict == PENSEL_GOAL_REACHED) r->stop = PENSEL_STOP_GOAL;
    if (verdict == PENSEL_INTERRUPT) r->stop = PENSEL_STOP_INTERRUPTED;
}

/* Called for every step, so it must be cheap: a clock, and the rules that have an after_step. A
 * reason that is there already, divergence, stays. */
void pensel_run_after_step(pensel_run *r)
{
    const pensel_stop_moment moment = {.training = r->training, .validation_score = NAN};
    seconds(r);
    if (r->stop == PENSEL_STOP_NOT_RUN) r->stop = pensel_stop_after_step(&moment);
}

/* Not where the run ends: finish saves then in any case. */
pensel_status pensel_run_save_if_due(pensel_run *r)
{
    const pensel_checkpoint *checkpoint = r->training->options.checkpoint;
    bool due = checkpoint && r->training->report.seconds - r->saved >= checkpoint->seconds;
    return due && r->stop == PENSEL_STOP_NOT_RUN ? save(r) : PENSEL_OK;
}

/* max(epochs done / epochs, seconds / max_seconds): whichever limit comes first is the end that a
 * schedule must reach. */
double pensel_run_done(const pensel_run *r, double epoch)
{
    const pensel_training_options *o = &r->training->options;
    double done = ((double)r->training->cursor.epoch + epoch) / (double)o->epochs;
    if (o->max_seconds > 0 && r->training->report.seconds / o->max_seconds > done)
        done = r->training->report.seconds / o->max_seconds;
    return done < 1 ? done : 1;
}

/* ---- the end of an epoch */

/* scikit-learn's rule, its asymmetry too: an epoch counts as one without improvement unless the
 * loss falls by tol below the best, but any lower loss becomes the best. So many small
 * improvements add up to none. */
static void notice_loss(pensel_training *training, double loss)
{
    pensel_report *report = &training->report;
    if (loss > report->best_loss - training->options.tol)
        report->no_improvement_count++;
    else
        report->no_improvement_count = 0;
    if (loss < report->best_loss) report->best_loss = loss;
}

/* The same of a score, which grows; and the best parameters are kept for the end. */
static void notice_score(pensel_training *training, double score)
{
    pensel_report *report = &training->report;
    if (score < report->best_validation_score + training->options.tol)
        report->no_improvement_count++;
    else
        report->no_improvement_count = 0;
    if (score > report->best_validation_score) {
        report->best_validation_score = score;
        keep(training, training->best);
    }
}

/* Looks at the network as a user would: with its moving average, if there is one. */
static pensel_status look(pensel_run *r)
{
    pensel_training *training = r->training;
    return training->options.average > 0 ? show(training, training->average, r->error) : PENSEL_OK;
}

/* Scores the held-out samples if there are any. Only early stopping judges by the score; without
 * it, the caller's validation samples are measured and the loss decides. A score that is
 * NaN, of predictions that are not finite, never becomes the best. */
static pensel_status notice(pensel_run *r, double *score)
{
    pensel_training *training = r->training;
    if (r->validation.x.data) {
        pensel_context_end(context_of(r)); /* the prediction counts by itself */
        pensel_status status =
            pensel_samples_score(score, training->options.on_epoch ? &r->validation_loss : NULL,
                                 training->network, &training->options, &r->validation, r->error);
        pensel_context_begin(context_of(r));
        PENSEL_TRY(status);
        PENSEL_TRY(pensel_curve_add(&training->scores, *score, r->error));
    }
    if (training->options.early_stopping) {
        notice_score(training, *score);
    } else {
        notice_loss(training, training->report.loss);
        if (*score > training->report.best_validation_score)
            training->report.best_validation_score = *score;
    }
    return PENSEL_OK;
}

/* *plateau: there was no improvement for long enough, and the schedule tries nothing more. */
static void schedule_epoch(pensel_training *training, bool *plateau)
{
    const pensel_schedule_kind *schedule = pensel_schedule_kind_of(&training->options);
    *plateau = false;
    if (schedule->epoch_ends) schedule->epoch_ends(training);
    if (training->report.no_improvement_count <= training->options.n_iter_no_change) return;
    if (schedule->on_plateau && !schedule->on_plateau(training))
        training->report.no_improvement_count = 0;
    else
        *plateau = true;
}

/* The callback comes before the rules, since its verdict is one of theirs; and after the schedule,
 * whose word on a plateau the rules need. */
static void ask_rules(pensel_run *r, double score)
{
    pensel_stop_moment moment = {.training = r->training, .validation_score = score};
    schedule_epoch(r->training, &moment.plateau);
    moment.verdict = notify(r, r->training->report.loss, score, r->training->options.on_epoch,
                            r->training->options.on_epoch_data);
    if (r->stop == PENSEL_STOP_NOT_RUN) r->stop = pensel_stop_after_epoch(&moment);
}

/* Counts first, so that whoever looks (callback, rules, checkpoint) sees the epoch as done. The
 * average is hidden again on every way out, or the next epoch would train it. That the method is
 * done is a better reason than that the time is over, but not than a callback's. */
static pensel_status end_epoch(pensel_run *r)
{
    pensel_training *training = r->training;
    double score = NAN;
    r->validation_loss = NAN;
    training->cursor.epoch++;
    training->cursor.step = 0;
    PENSEL_TRY(pensel_curve_add(&training->losses, training->report.loss, r->error));
    PENSEL_TRY(look(r));
    pensel_status status = notice(r, &score);
    if (status == PENSEL_OK) ask_rules(r, score);
    if (training->options.average > 0) hide(training);
    if (status != PENSEL_OK) return status;
    bool free = r->stop == PENSEL_STOP_NOT_RUN || r->stop == PENSEL_STOP_SECONDS;
    if (free && r->method->is_done && r->method->is_done(r)) r->stop = PENSEL_STOP_CONVERGED;
    if (r->stop == PENSEL_STOP_NOT_RUN && training->cursor.epoch >= r->epochs)
        r->stop = PENSEL_STOP_EPOCHS;
    return r->method->saves_epochs ? pensel_run_save_if_due(r) : PENSEL_OK;
}

static pensel_status run_epoch(pensel_run *r)
{
    bool whole = false;
    PENSEL_TRY(r->method->epoch(r, &whole));
    return whole ? end_epoch(r) : PENSEL_OK;
}

/* ---- the end of the run */

/* Early stopping's best already is an average's parameters where both are asked for: the network
 * was looked at so when it was scored. */
static pensel_status show_result(pensel_training *training, pensel_error *error)
{
    const pensel_training_options *o = &training->options;
    if (o->early_stopping && training->best) return show(training, training->best, error);
    if (o->average > 0 && training->average) return show(training, training->average, error);
    return PENSEL_OK;
}

/* The stop stands in the checkpoint too: a run that converged is not gone on with. */
static pensel_status finish(pensel_run *r)
{
    pensel_training *training = r->training;
    pensel_report *report = &training->report;
    report->stop = r->stop;
    PENSEL_TRY(show_result(training, r->error));
    return save(r);
}

void pensel_run_publish(pensel_training *training)
{
    pensel_report *report = &training->report;
    report->epochs = training->cursor.epoch;
    report->loss_curve = training->losses.values;
    report->loss_count = training->losses.count;
    report->validation_scores = training->scores.values;
    report->validation_count = training->scores.count;
}

/* Loading comes first, since a method checks in `begin` what was loaded; and the report's stop is
 * NOT_RUN while it runs, for the checkpoints that are written on the way. */
static pensel_status run_all(pensel_run *r)
{
    PENSEL_TRY(pensel_run_resume(r));
    PENSEL_TRY(r->method->begin(r));
    r->training->report.stop = r->stop;
    r->clock = pensel_clock();
    r->saved = r->training->report.seconds;
    while (r->stop == PENSEL_STOP_NOT_RUN && r->training->cursor.epoch < r->epochs)
        PENSEL_TRY(run_epoch(r));
    if (r->stop == PENSEL_STOP_NOT_RUN) r->stop = PENSEL_STOP_EPOCHS;
    seconds(r);
    return finish(r);
}

pensel_status pensel_run_epochs(pensel_run *r)
{
    pensel_context_begin(context_of(r));
    pensel_status status = run_all(r);
    pensel_context_end(context_of(r));
    pensel_run_publish(r->training);
    return status;
}
