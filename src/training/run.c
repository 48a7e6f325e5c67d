/* A run: epochs of batches until something says stop. The order of events is scikit-learn's:
 * shuffle, batches, loss of the epoch, score, is it standing still, what does the schedule say. */
#include "base/clock.h"
#include "base/error.h"
#include "base/random.h"
#include "training/data.h"
#include "training/solver.h"

#include <math.h>
#include <string.h>

typedef struct run {
    pensel_training *training;
    const pensel_samples *samples;
    pensel_samples validation; /* x.data NULL: none */
    bool owns_validation;
    pensel_random *random;
    pensel_error *error;
    size_t epochs, batch_size, steps; /* at most; of a batch; of an epoch */
    double clock, saved; /* when the time counted last began; seconds at the last checkpoint */
    pensel_stop stop;    /* NOT_RUN: go on */
} run;

/* Seconds of training so far: what callbacks and checkpoints take does not count. */
static double seconds(run *r)
{
    double now = pensel_clock();
    r->training->report.seconds += now - r->clock;
    r->clock = now;
    return r->training->report.seconds;
}

static pensel_status save(run *r)
{
    pensel_training *training = r->training;
    pensel_checkpoint *checkpoint = training->options.checkpoint;
    if (!checkpoint || !isfinite(checkpoint->seconds)) return PENSEL_OK;
    r->saved = seconds(r);
    training->report.epochs = training->cursor.epoch;
    pensel_status status = checkpoint->save(checkpoint, training, r->random, r->error);
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

static void hide(pensel_training *training)
{
    if (!training->shows_result) return;
    memcpy(training->network->parameters, training->raw, pensel_training_bytes(training));
    training->shows_result = false;
}

static void keep(pensel_training *training, void *block)
{
    memcpy(block, training->network->parameters, pensel_training_bytes(training));
}

/* ---- before the first step */

static bool holds_out(const run *r)
{
    return r->training->options.early_stopping && !r->validation.x.data;
}

/* After an early stop the network shows its best, and training goes on from there; a moving average
 * is only shown, and training goes on from what it hides. */
static void leave_result(pensel_training *training)
{
    if (training->options.average > 0) hide(training);
    training->shows_result = false;
}

static pensel_status resume(run *r)
{
    pensel_training *training = r->training;
    pensel_checkpoint *checkpoint = training->options.checkpoint;
    if (checkpoint) PENSEL_TRY(checkpoint->load(checkpoint, training, r->random, r->error));
    const pensel_cursor *cursor = &training->cursor;
    if (!cursor->resumed) return PENSEL_OK;
    if (cursor->order && holds_out(r) != (cursor->held_out_count > 0))
        return pensel_fail(r->error, PENSEL_BAD_FILE,
                           "the checkpoint holds out %zu samples: it does not fit early stopping",
                           cursor->held_out_count);
    size_t rows =
        cursor->order ? cursor->order_count + cursor->held_out_count : training->sample_rows;
    if (rows != 0 && rows != r->samples->x.rows)
        return pensel_fail(
            r->error, PENSEL_BAD_DATA,
            "the checkpoint was made with %zu samples, these are %zu: resume with the same", rows,
            r->samples->x.rows);
    return PENSEL_OK;
}

static pensel_status take_cursor(run *r)
{
    pensel_training *training = r->training;
    pensel_cursor *cursor = &training->cursor;
    if (!cursor->resumed || !cursor->order) {
        leave_result(training);
        PENSEL_TRY(pensel_split_samples(cursor, r->samples, &training->options, holds_out(r),
                                        r->random, r->error));
    } else if (training->report.stop == PENSEL_STOP_CONVERGED ||
               training->report.stop == PENSEL_STOP_DIVERGED) {
        r->stop = training->report.stop; /* it had ended: there is nothing to resume */
    }
    cursor->resumed = false;
    if (holds_out(r)) {
        r->owns_validation = true;
        return pensel_samples_pick(&r->validation, r->samples, training->network, cursor->held_out,
                                   cursor->held_out_count, r->error);
    }
    return PENSEL_OK;
}

static pensel_status make_batch(run *r)
{
    pensel_training *training = r->training;
    const pensel_training_options *o = &training->options;
    size_t n = training->cursor.order_count, asked = o->batch_size ? o->batch_size : 200;
    r->batch_size = asked < n ? asked : n;
    r->steps = (n + r->batch_size - 1) / r->batch_size;
    if (training->cursor.step > r->steps)
        return pensel_fail(r->error, PENSEL_BAD_FILE,
                           "the checkpoint is at step %zu of an epoch of %zu: take an earlier one",
                           training->cursor.step, r->steps);
    PENSEL_TRY(pensel_training_pool(training, r->error));
    if (training->batch && pensel_batch_capacity(training->batch) == r->batch_size)
        return PENSEL_OK;
    pensel_batch_free(&training->batch);
    return pensel_batch_new(&training->batch, training->network, o, training->pool, r->batch_size,
                            r->error);
}

/* Whether a step needs a seed: of the dropout option, or of a layer */
static bool draws(const pensel_training *training)
{
    return training->options.dropout > 0 || training->network->random;
}

static pensel_status make_memory(run *r)
{
    pensel_training *training = r->training;
    const pensel_training_options *o = &training->options;
    for (int i = 0; i < pensel_solver_kind_of(o->solver)->moments; i++)
        PENSEL_TRY(pensel_training_block(training, &training->moments[i], r->error));
    PENSEL_TRY(pensel_training_block(training, &training->safe, r->error));
    if (o->average > 0 && !training->average) {
        PENSEL_TRY(pensel_training_block(training, &training->average, r->error));
        keep(training, training->average);
    }
    if (o->early_stopping && !training->best) {
        PENSEL_TRY(pensel_training_block(training, &training->best, r->error));
        keep(training, training->best);
    }
    if (draws(training) && training->dropout.position < 0)
        pensel_random_seed(&training->dropout, pensel_random_bits(r->random));
    return PENSEL_OK;
}

/* ---- steps */

static pensel_update next_update(run *r)
{
    pensel_training *training = r->training;
    const pensel_training_options *o = &training->options;
    const pensel_cursor *cursor = &training->cursor;
    pensel_update update = {
        .moments = {training->moments[0], training->moments[1]},
        .average = o->average > 0 ? training->average : NULL,
        .average_decay = o->average,
        .clip_norm = o->clip_norm,
        .dropout = o->dropout,
    };
    double done =
        ((double)cursor->epoch + (double)cursor->step / (double)r->steps) / (double)o->epochs;
    if (o->max_seconds > 0 && training->report.seconds / o->max_seconds > done)
        done = training->report.seconds / o->max_seconds;
    double rate = pensel_schedule_kind_of(o)->rate(training, done < 1 ? done : 1);
    training->report.learning_rate = rate;
    pensel_solver_kind_of(o->solver)->prepare(training, &update, rate);
    if (draws(training)) {
        uint64_t high = pensel_random_bits(&training->dropout);
        update.dropout_seed = high << 32 | pensel_random_bits(&training->dropout);
    }
    return update;
}

static void take_step(run *r)
{
    pensel_training *training = r->training;
    pensel_cursor *cursor = &training->cursor;
    size_t first = cursor->step * r->batch_size, rest = cursor->order_count - first;
    pensel_selection selection = {
        .samples = r->samples,
        .index = cursor->order + first,
        .n = rest < r->batch_size ? rest : r->batch_size,
    };
    pensel_update update = next_update(r);
    double loss =
        pensel_batch_run(training->batch, &selection, NULL, &update, training->network->parameters);
    training->solver_steps++;
    training->report.steps++;
    cursor->step++;
    cursor->epoch_loss += loss * (double)selection.n;
    if (!isfinite(loss)) r->stop = PENSEL_STOP_DIVERGED;
}

static void look_at_clock(run *r)
{
    const pensel_training_options *o = &r->training->options;
    double now = seconds(r);
    if (r->stop != PENSEL_STOP_NOT_RUN) return;
    if (o->max_seconds > 0 && now >= o->max_seconds) r->stop = PENSEL_STOP_SECONDS;
    if (o->interrupt && *o->interrupt) r->stop = PENSEL_STOP_INTERRUPTED;
}

static pensel_status take_steps(run *r)
{
    pensel_training *training = r->training;
    pensel_cursor *cursor = &training->cursor;
    const pensel_checkpoint *checkpoint = training->options.checkpoint;
    while (cursor->step < r->steps && r->stop == PENSEL_STOP_NOT_RUN) {
        take_step(r);
        look_at_clock(r);
        bool due = checkpoint && training->report.seconds - r->saved >= checkpoint->seconds;
        if (due && r->stop == PENSEL_STOP_NOT_RUN) PENSEL_TRY(save(r));
    }
    return PENSEL_OK;
}

/* ---- the end of an epoch */

static void notice_loss(pensel_training *training, double loss)
{
    pensel_report *report = &training->report;
    if (loss > report->best_loss - training->options.tol)
        report->no_improvement_count++;
    else
        report->no_improvement_count = 0;
    if (loss < report->best_loss) report->best_loss = loss;
}

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
static pensel_status look(run *r)
{
    pensel_training *training = r->training;
    return training->options.average > 0 ? show(training, training->average, r->error) : PENSEL_OK;
}

static pensel_status notice(run *r, double *score)
{
    pensel_training *training = r->training;
    if (r->validation.x.data) {
        PENSEL_TRY(pensel_samples_score(score, training->network, &training->options,
                                        &r->validation, r->error));
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

static void tell(run *r, double score)
{
    pensel_training *training = r->training;
    const pensel_training_options *o = &training->options;
    const pensel_report *report = &training->report;
    if (!o->on_epoch) return;
    pensel_progress progress = {
        .epoch = training->cursor.epoch,
        .epochs = r->epochs,
        .steps = report->steps,
        .samples = report->samples,
        .loss = report->loss,
        .best_loss = report->best_loss,
        .validation_score = score,
        .learning_rate = report->learning_rate,
        .seconds = seconds(r),
        .network = training->network,
    };
    pensel_verdict verdict = o->on_epoch(&progress, o->on_epoch_data);
    r->clock = pensel_clock();
    if (r->stop != PENSEL_STOP_NOT_RUN) return;
    if (verdict == PENSEL_GOAL_REACHED) r->stop = PENSEL_STOP_GOAL;
    if (verdict == PENSEL_INTERRUPT) r->stop = PENSEL_STOP_INTERRUPTED;
}

static void schedule_epoch(run *r)
{
    pensel_training *training = r->training;
    const pensel_schedule_kind *schedule = pensel_schedule_kind_of(&training->options);
    if (schedule->epoch_ends) schedule->epoch_ends(training);
    if (training->report.no_improvement_count <= training->options.n_iter_no_change) return;
    if (schedule->on_plateau && !schedule->on_plateau(training))
        training->report.no_improvement_count = 0;
    else if (r->stop == PENSEL_STOP_NOT_RUN)
        r->stop = PENSEL_STOP_CONVERGED;
}

static pensel_status end_epoch(run *r)
{
    pensel_training *training = r->training;
    pensel_cursor *cursor = &training->cursor;
    double score = NAN;
    training->report.loss = cursor->epoch_loss / (double)cursor->order_count;
    training->report.samples += cursor->order_count;
    cursor->epoch++;
    cursor->step = 0;
    cursor->epoch_loss = 0;
    PENSEL_TRY(pensel_curve_add(&training->losses, training->report.loss, r->error));
    PENSEL_TRY(look(r));
    pensel_status status = notice(r, &score);
    if (status == PENSEL_OK) {
        schedule_epoch(r);
        tell(r, score);
    }
    if (training->options.average > 0) hide(training);
    if (status == PENSEL_OK && cursor->epoch >= r->epochs && r->stop == PENSEL_STOP_NOT_RUN)
        r->stop = PENSEL_STOP_EPOCHS;
    return status;
}

/* Back to the parameters this epoch began with, which were finite. */
static pensel_status fall_back(run *r)
{
    pensel_training *training = r->training;
    const pensel_network *network = training->network;
    memcpy(network->parameters, training->safe, pensel_training_bytes(training));
    if (training->average &&
        !network->kernels->all_finite(training->average, network->parameter_count))
        memcpy(training->average, training->safe, pensel_training_bytes(training));
    r->stop = PENSEL_STOP_DIVERGED;
    if (!training->options.early_stopping) return PENSEL_OK;
    PENSEL_TRY(pensel_curve_add(&training->losses, NAN, r->error));
    return pensel_curve_add(&training->scores, NAN, r->error);
}

static pensel_status run_epoch(run *r)
{
    pensel_training *training = r->training;
    const pensel_network *network = training->network;
    pensel_cursor *cursor = &training->cursor;
    keep(training, training->safe);
    if (cursor->step == 0 && training->options.shuffle)
        pensel_random_shuffle(r->random, cursor->order, cursor->order_count);
    PENSEL_TRY(take_steps(r));
    if (r->stop == PENSEL_STOP_DIVERGED ||
        !network->kernels->all_finite(network->parameters, network->parameter_count))
        return fall_back(r);
    return cursor->step == r->steps ? end_epoch(r) : PENSEL_OK;
}

/* ---- the end of the run */

/* An epoch that was cut short still has a loss to report. */
static void end_cut_epoch(run *r)
{
    pensel_training *training = r->training;
    const pensel_cursor *cursor = &training->cursor;
    size_t seen = cursor->step * r->batch_size;
    if (seen == 0 || r->stop == PENSEL_STOP_DIVERGED) return;
    if (training->losses.count == 0) training->report.loss = cursor->epoch_loss / (double)seen;
}

static pensel_status show_result(pensel_training *training, pensel_error *error)
{
    const pensel_training_options *o = &training->options;
    if (o->early_stopping && training->best) return show(training, training->best, error);
    if (o->average > 0 && training->average) return show(training, training->average, error);
    return PENSEL_OK;
}

static pensel_status finish(run *r)
{
    pensel_training *training = r->training;
    pensel_report *report = &training->report;
    end_cut_epoch(r);
    report->stop = r->stop;
    PENSEL_TRY(show_result(training, r->error));
    return save(r);
}

static void publish_curves(pensel_training *training)
{
    pensel_report *report = &training->report;
    report->epochs = training->cursor.epoch;
    report->loss_curve = training->losses.values;
    report->loss_count = training->losses.count;
    report->validation_scores = training->scores.values;
    report->validation_count = training->scores.count;
}

static pensel_status run_epochs(run *r)
{
    PENSEL_TRY(resume(r));
    PENSEL_TRY(take_cursor(r));
    PENSEL_TRY(make_batch(r));
    PENSEL_TRY(make_memory(r));
    r->training->report.stop = r->stop;
    r->clock = pensel_clock();
    r->saved = r->training->report.seconds;
    while (r->stop == PENSEL_STOP_NOT_RUN && r->training->cursor.epoch < r->epochs)
        PENSEL_TRY(run_epoch(r));
    if (r->stop == PENSEL_STOP_NOT_RUN) r->stop = PENSEL_STOP_EPOCHS;
    seconds(r);
    return finish(r);
}

static pensel_status run_whole(run *r)
{
    PENSEL_TRY(resume(r));
    leave_result(r->training);
    return pensel_solver_kind_of(r->training->options.solver)
        ->run(r->training, r->samples, r->random, r->error);
}

static pensel_status check(const run *r, const pensel_samples *validation)
{
    const pensel_training *training = r->training;
    if (!training || !r->random)
        return pensel_fail(r->error, PENSEL_BAD_ARGUMENT,
                           "no training or no random numbers: a run needs both");
    PENSEL_TRY(pensel_samples_check(r->samples, training->network, "", r->error));
    if (validation)
        return pensel_samples_check(validation, training->network, "validation ", r->error);
    return PENSEL_OK;
}

static pensel_status start(run *r, const pensel_samples *validation)
{
    PENSEL_TRY(check(r, validation));
    if (validation) r->validation = *validation;
    const pensel_solver_kind *solver = pensel_solver_kind_of(r->training->options.solver);
    pensel_status status = solver->run ? run_whole(r) : run_epochs(r);
    if (r->owns_validation) pensel_samples_release(&r->validation);
    publish_curves(r->training);
    return status;
}

pensel_status pensel_training_run(pensel_training *training, const pensel_samples *samples,
                                  const pensel_samples *validation, pensel_random *random,
                                  pensel_error *error)
{
    run r = {.training = training,
             .samples = samples,
             .random = random,
             .error = error,
             .epochs = training ? training->options.epochs : 0};
    return start(&r, validation);
}

pensel_status pensel_training_epoch(pensel_training *training, const pensel_samples *samples,
                                    pensel_random *random, pensel_error *error)
{
    run r = {
        .training = training, .samples = samples, .random = random, .error = error, .epochs = 1};
    PENSEL_REQUIRE(!training || !pensel_solver_kind_of(training->options.solver)->run, BAD_ARGUMENT,
                   "%s does not train by epochs: use sgd or adam",
                   pensel_solver_name(training->options.solver));
    PENSEL_REQUIRE(!training || !training->options.early_stopping, BAD_ARGUMENT,
                   "a single epoch cannot stop early: switch early_stopping off");
    return start(&r, NULL);
}
