/* Training by batches: an epoch is a pass over the shuffled samples, a batch at a time, and a step
 * of the solver for each. This is the method of sgd and adam (run.h); the public functions at the
 * end also hand a solver that steps by no batches its run.
 *
 * With the same seed it is scikit-learn's training: the order of all draws from `random` is
 *
 *     the split into samples to train on and held-out ones       once a run, with early stopping
 *     a seed for the dropout's own stream                        once a training, if it is needed
 *     a shuffle of the order, from the last epoch's              every epoch
 *
 * and a resumed run draws nothing of it again: the checkpoint has the stream as it was. Steps draw
 * from the dropout's stream alone.
 *
 * Between two steps everything that the rest depends on is in the training (training.h): there a
 * checkpoint may be written. `batches` has only what follows from options and samples. */
#include "base/error.h"
#include "platform/float.h"
#include "base/random.h"
#include "training/data.h"
#include "training/run.h"
#include "training/schedule.h"
#include "training/solver.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

typedef struct batches {
    const pensel_samples *samples;
    bool owns_validation;     /* held out of the samples */
    size_t batch_size, steps; /* of a batch; of an epoch */
    double loss;              /* of the last batch */
} batches;

static void keep(pensel_training *training, void *block)
{
    memcpy(block, training->network->parameters, pensel_training_bytes(training));
}

/* ---- before the first step */

/* Early stopping without the caller's own validation samples takes some of those to train on. */
static bool holds_out(const pensel_run *r)
{
    return r->training->options.early_stopping && !r->validation.x.data;
}

/* That the checkpoint which was loaded belongs to these samples. Only their number can be known:
 * the indices of its order must be below it, and other samples in the same number would be a
 * training that nobody asked for, but not a read behind the end. */
static pensel_status check_resumed(const pensel_run *r)
{
    const pensel_training *training = r->training;
    const batches *b = r->data;
    const pensel_cursor *cursor = &training->cursor;
    if (!cursor->resumed) return PENSEL_OK;
    if (cursor->order && holds_out(r) != (cursor->held_out_count > 0))
        return pensel_fail(r->error, PENSEL_BAD_FILE,
                           "the checkpoint holds out %zu samples: it does not fit early stopping",
                           cursor->held_out_count);
    size_t rows =
        cursor->order ? cursor->order_count + cursor->held_out_count : training->sample_rows;
    if (rows != 0 && rows != b->samples->x.rows)
        return pensel_fail(
            r->error, PENSEL_BAD_DATA,
            "the checkpoint was made with %zu samples, these are %zu: resume with the same", rows,
            b->samples->x.rows);
    return PENSEL_OK;
}

/* Either the checkpoint's order goes on, or a new one is drawn: also where a training was saved
 * before any of its runs, for then there is no order in it. */
static pensel_status take_cursor(pensel_run *r)
{
    pensel_training *training = r->training;
    batches *b = r->data;
    pensel_cursor *cursor = &training->cursor;
    if (!cursor->resumed || !cursor->order) {
        pensel_run_leave_result(training);
        PENSEL_TRY(pensel_split_samples(cursor, b->samples, &training->options, holds_out(r),
                                        r->random, r->error));
    } else if (training->report.stop == PENSEL_STOP_CONVERGED ||
               training->report.stop == PENSEL_STOP_DIVERGED) {
        r->stop = training->report.stop; /* it had ended: there is nothing to resume */
    }
    cursor->resumed = false;
    if (holds_out(r)) {
        b->owns_validation = true;
        return pensel_samples_pick(&r->validation, b->samples, training->network, cursor->held_out,
                                   cursor->held_out_count, r->error);
    }
    return PENSEL_OK;
}

/* The last batch of an epoch is what remains, as in scikit-learn. Buffers are kept from run to run
 * where the batch is of the same size; pensel_training_configure throws them away. */
static pensel_status make_batch(pensel_run *r)
{
    pensel_training *training = r->training;
    batches *b = r->data;
    const pensel_training_options *o = &training->options;
    size_t n = training->cursor.order_count, asked = o->batch_size ? o->batch_size : 200;
    b->batch_size = asked < n ? asked : n;
    b->steps = (n + b->batch_size - 1) / b->batch_size;
    if (training->cursor.step > b->steps)
        return pensel_fail(r->error, PENSEL_BAD_FILE,
                           "the checkpoint is at step %zu of an epoch of %zu: take an earlier one",
                           training->cursor.step, b->steps);
    PENSEL_TRY(pensel_training_pool(training, r->error));
    if (training->batch && pensel_batch_capacity(training->batch) == b->batch_size)
        return PENSEL_OK;
    pensel_batch_free(&training->batch);
    return pensel_batch_new(&training->batch, training->network, o, training->pool, b->batch_size,
                            r->error);
}

/* Whether a step needs a seed: of the dropout option, or of a layer */
static bool draws(const pensel_training *training)
{
    return training->options.dropout > 0 || training->network->random;
}

/* What the steps need, all of it before the first one: nothing is allocated inside a step. Blocks
 * that a checkpoint or an earlier run has left are kept as they are; a new average or best begins
 * as the parameters. */
static pensel_status make_memory(pensel_run *r)
{
    pensel_training *training = r->training;
    const pensel_training_options *o = &training->options;
    for (int i = 0; i < pensel_solver_kind_of(o->solver)->info->moments; i++)
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

static pensel_status begin(pensel_run *r)
{
    PENSEL_TRY(check_resumed(r));
    PENSEL_TRY(take_cursor(r));
    PENSEL_TRY(make_batch(r));
    return make_memory(r);
}

/* ---- steps */

/* Rate, constants and seed of the next step. A schedule by steps sees the fraction that is over
 * before it; the report has the rate that was used last. */
static pensel_update next_update(pensel_run *r)
{
    pensel_training *training = r->training;
    const pensel_training_options *o = &training->options;
    const pensel_cursor *cursor = &training->cursor;
    const batches *b = r->data;
    pensel_update update = {
        .moments = {training->moments[0], training->moments[1]},
        .average = o->average > 0 ? training->average : NULL,
        .average_decay = o->average,
        .clip_norm = o->clip_norm,
        .dropout = o->dropout,
    };
    double done = pensel_run_done(r, (double)cursor->step / (double)b->steps);
    double rate = pensel_schedule_rate(training, done);
    training->report.learning_rate = rate;
    pensel_solver_prepare(training, &update, rate);
    if (draws(training)) {
        uint64_t high = pensel_random_bits(&training->dropout);
        update.dropout_seed = high << 32 | pensel_random_bits(&training->dropout);
    }
    return update;
}

enum { LINE = 64, NEAR_BYTES = 8 << 20, MOST_LINES = 2048 };

/* Asks for rows of m, unless it fits a cache or they would fill one */
static void prefetch_rows(pensel_matrix m, const size_t *index, size_t n)
{
    size_t row = m.columns * (m.precision == PENSEL_FLOAT64 ? sizeof(double) : sizeof(float));
    if (!m.data || m.rows * row < NEAR_BYTES || n * (row / LINE + 1) > MOST_LINES) return;
    for (size_t s = 0; s < n; s++) {
        const char *start = (const char *)m.data + index[s] * row;
        for (size_t at = 0; at < row; at += LINE - (uintptr_t)(start + at) % LINE)
            __builtin_prefetch(start + at);
    }
}

/* In random order, rows of a table larger than the caches come from memory one by one. Those of the
 * next batch come while this one is worked on. */
static void prefetch_batch(const pensel_training *training, const batches *b, size_t first)
{
    const pensel_cursor *cursor = &training->cursor;
    if (first >= cursor->order_count || !training->options.shuffle) return;
    size_t rest = cursor->order_count - first, n = rest < b->batch_size ? rest : b->batch_size;
    if (!b->samples->sparse) prefetch_rows(b->samples->x, cursor->order + first, n);
    prefetch_rows(b->samples->y, cursor->order + first, n);
    prefetch_rows(b->samples->weights, cursor->order + first, n);
}

/* The counts follow the step at once, so that whoever looks between two steps, a checkpoint above
 * all, sees them agree. The epoch's loss is the mean of its batches' by their samples, each as it
 * was before its step. */
static pensel_status take_step(pensel_run *r)
{
    pensel_training *training = r->training;
    batches *b = r->data;
    pensel_cursor *cursor = &training->cursor;
    size_t first = cursor->step * b->batch_size, rest = cursor->order_count - first;
    pensel_selection selection = {
        .samples = b->samples,
        .index = cursor->order + first,
        .n = rest < b->batch_size ? rest : b->batch_size,
    };
    pensel_update update = next_update(r);
    double loss;
    prefetch_batch(training, b, first + selection.n);
    PENSEL_TRY(pensel_batch_run(training->batch, &loss, NULL, &selection, &update,
                                training->network->parameters, r->error));
    training->solver_steps++;
    training->report.steps++;
    cursor->step++;
    cursor->epoch_loss += loss * (double)selection.n;
    b->loss = loss;
    if (!isfinite(loss)) r->stop = PENSEL_STOP_DIVERGED;
    return PENSEL_OK;
}

/* To the end of the epoch or until something says stop. The rules are asked after the step, before
 * a checkpoint: a run that is about to end writes one in any case. */
static pensel_status take_steps(pensel_run *r)
{
    const pensel_cursor *cursor = &r->training->cursor;
    const batches *b = r->data;
    while (cursor->step < b->steps && r->stop == PENSEL_STOP_NOT_RUN) {
        PENSEL_TRY(take_step(r));
        pensel_run_after_step(r);
        pensel_run_notify_step(r, b->loss);
        PENSEL_TRY(pensel_run_save_if_due(r));
    }
    return PENSEL_OK;
}

/* ---- the end of an epoch */

/* Back to the parameters this epoch began with, which were finite. A loss that is finite says
 * nothing of the step after it, so the parameters are looked at too, once an epoch. With early
 * stopping this epoch's loss and score are NaN in the curves. */
static pensel_status fall_back(pensel_run *r)
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

/* An epoch that was cut short still has a loss to report. */
static void end_cut_epoch(pensel_run *r)
{
    pensel_training *training = r->training;
    const pensel_cursor *cursor = &training->cursor;
    size_t seen = cursor->step * ((const batches *)r->data)->batch_size;
    if (seen == 0 || r->stop == PENSEL_STOP_DIVERGED) return;
    if (training->losses.count == 0) training->report.loss = cursor->epoch_loss / (double)seen;
}

/* An epoch that was seen to its end. What was seen of a cut one is not counted: it is begun again
 * or, from a checkpoint, gone on with. */
static void close_epoch(pensel_training *training)
{
    pensel_cursor *cursor = &training->cursor;
    training->report.loss = cursor->epoch_loss / (double)cursor->order_count;
    training->report.samples += cursor->order_count;
    cursor->epoch_loss = 0;
}

/* pensel_method.epoch. A step other than 0 means that a checkpoint was made within this epoch, and
 * its order is the one to go on with: no shuffle then. */
static pensel_status epoch(pensel_run *r, bool *whole)
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
    *whole = cursor->step == ((const batches *)r->data)->steps;
    if (*whole)
        close_epoch(training);
    else
        end_cut_epoch(r);
    return PENSEL_OK;
}

static const pensel_method by_batches = {.begin = begin, .epoch = epoch};

/* ---- the public functions */

/* By a solver that does not step by batches. What earlier runs show is put away first, for the
 * solver begins at the parameters as trained. */
static pensel_status run_whole(pensel_run *r)
{
    pensel_training *training = r->training;
    const pensel_samples *samples = ((const batches *)r->data)->samples;
    PENSEL_TRY(pensel_run_resume(r));
    PENSEL_TRY(check_resumed(r));
    pensel_run_leave_result(training);
    return pensel_solver_kind_of(training->options.solver)
        ->run(training, samples, r->random, r->error);
}

static pensel_status check(const pensel_run *r, const pensel_samples *validation)
{
    const pensel_training *training = r->training;
    const pensel_samples *samples = ((const batches *)r->data)->samples;
    if (!training || !r->random)
        return pensel_fail(r->error, PENSEL_BAD_ARGUMENT,
                           "no training or no random numbers: a run needs both");
    PENSEL_TRY(pensel_training_check_layers(training->network, &training->options, r->error));
    PENSEL_TRY(pensel_samples_check(samples, training->network, "", r->error));
    if (validation)
        return pensel_samples_check(validation, training->network, "validation ", r->error);
    return PENSEL_OK;
}

/* Both public functions. All checks come before anything of the training is changed, and the report
 * is published whatever the status: an error in the tenth epoch leaves nine to look at. */
static pensel_status start(pensel_training *training, const pensel_samples *samples,
                           const pensel_samples *validation, size_t epochs, pensel_random *random,
                           pensel_error *error)
{
    batches b = {.samples = samples};
    pensel_run r = {.method = &by_batches,
                    .data = &b,
                    .training = training,
                    .random = random,
                    .error = error,
                    .epochs = epochs};
    PENSEL_TRY(check(&r, validation));
    pensel_samples sized = pensel_samples_sized(samples);
    b.samples = &sized;
    PENSEL_REQUIRE(
        !training->options.coarse_to_fine, BAD_ARGUMENT,
        "coarse_to_fine trains paintings on the pixels of their pictures: leave it out to "
        "train on samples");
    if (validation) r.validation = pensel_samples_sized(validation);
    const pensel_solver_kind *solver = pensel_solver_kind_of(training->options.solver);
    pensel_status status = solver->run ? run_whole(&r) : pensel_run_epochs(&r);
    if (b.owns_validation) pensel_samples_release(&r.validation);
    pensel_run_publish(training);
    return status;
}

pensel_status pensel_training_run(pensel_training *training, const pensel_samples *samples,
                                  const pensel_samples *validation, pensel_random *random,
                                  pensel_error *error)
{
    PENSEL_FLOAT_SCOPE;
    return start(training, samples, validation, training ? training->options.epochs : 0, random,
                 error);
}

pensel_status pensel_training_epoch(pensel_training *training, const pensel_samples *samples,
                                    pensel_random *random, pensel_error *error)
{
    PENSEL_FLOAT_SCOPE;
    PENSEL_REQUIRE(!training || !pensel_solver_kind_of(training->options.solver)->run, BAD_ARGUMENT,
                   "%s does not train by epochs: use sgd or adam",
                   pensel_solver_name(training->options.solver));
    PENSEL_REQUIRE(!training || !training->options.early_stopping, BAD_ARGUMENT,
                   "a single epoch cannot stop early: switch early_stopping off");
    return start(training, samples, NULL, 1, random, error);
}
