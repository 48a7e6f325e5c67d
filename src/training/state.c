/* The complete state of a training: exported as views for a checkpoint, and imported again. */
#include "training/training.h"

#include "base/error.h"
#include "base/memory.h"

#include <math.h>
#include <string.h>

enum counter {
    SOLVER_STEPS,
    STEPS,
    SAMPLES,
    EPOCH,
    STEP,
    NO_IMPROVEMENT,
    STOP,
    DRAWS_DROPOUT,
    RECORD_ROWS
};
enum number { RATE, LOSS, BEST_LOSS, BEST_SCORE, EPOCH_LOSS, SECONDS };

void pensel_training_export(const pensel_training *training, pensel_training_state *state)
{
    bool again = training->begins_again;
    const pensel_report *report = again ? &training->begun : &training->report;
    const pensel_cursor *cursor = &training->cursor;
    const pensel_record *record = &training->record;
    *state = (pensel_training_state){
        .parameters =
            training->shows_result || again ? training->raw : training->network->parameters,
        .moments = {training->moments[0], training->moments[1]},
        .average = training->average,
        .best = training->best,
        .order = cursor->order,
        .held_out = cursor->held_out,
        .loss_curve = training->losses.values,
        .validation_scores = training->scores.values,
        .order_count = cursor->order_count,
        .held_out_count = cursor->held_out_count,
        .loss_count = again ? report->loss_count : training->losses.count,
        .validation_count = training->scores.count,
        .recorded_losses = record->losses,
        .recorded_gradients = record->gradients,
        .recorded_count = record->count,
        .recorded_numbers = record->count * training->network->parameter_count,
        .counters = {[SOLVER_STEPS] = training->solver_steps,
                     [STEPS] = report->steps,
                     [SAMPLES] = report->samples,
                     [EPOCH] = cursor->epoch,
                     [STEP] = cursor->step,
                     [NO_IMPROVEMENT] = report->no_improvement_count,
                     [STOP] = report->stop,
                     [DRAWS_DROPOUT] = training->dropout.position >= 0,
                     [RECORD_ROWS] = training->record_rows},
        .numbers = {[RATE] = report->learning_rate,
                    [LOSS] = report->loss,
                    [BEST_LOSS] = report->best_loss,
                    [BEST_SCORE] = report->best_validation_score,
                    [EPOCH_LOSS] = cursor->epoch_loss,
                    [SECONDS] = training->report.seconds},
        .dropout = training->dropout,
    };
    if (training->dropout.position < 0) pensel_random_seed(&state->dropout, 0);
}

static bool indices_fit(const size_t *index, size_t count, size_t total)
{
    for (size_t i = 0; i < count; i++)
        if (index[i] >= total) return false;
    return true;
}

static pensel_status check(const pensel_training *training, const pensel_training_state *s,
                           pensel_error *error)
{
    size_t count = training->network->parameter_count;
    size_t total = s->order_count + s->held_out_count;
    const pensel_kernels *kernels = training->network->kernels;
    bool finite = s->parameters && kernels->all_finite(s->parameters, count);
    for (int i = 0; i < 2; i++)
        finite = finite && (!s->moments[i] || kernels->all_finite(s->moments[i], count));
    finite = finite && (!s->average || kernels->all_finite(s->average, count)) &&
             (!s->best || kernels->all_finite(s->best, count));
    PENSEL_REQUIRE(finite && isfinite(s->numbers[RATE]) && s->numbers[RATE] >= 0, BAD_FILE,
                   "the checkpoint holds numbers that are not finite: take an earlier one");
    PENSEL_REQUIRE(
        indices_fit(s->order, s->order_count, total) &&
            indices_fit(s->held_out, s->held_out_count, total) &&
            s->counters[STOP] <= PENSEL_STOP_DIVERGED && s->counters[STEP] <= s->order_count,
        BAD_FILE, "the checkpoint's place in the run makes no sense: take an earlier one");
    size_t numbers;
    PENSEL_REQUIRE(pensel_multiply(&numbers, s->recorded_count, count) &&
                       numbers == s->recorded_numbers,
                   BAD_FILE,
                   "the checkpoint's %zu losses and %zu numbers of gradients do not belong "
                   "together: take an earlier one",
                   s->recorded_count, s->recorded_numbers);
    return PENSEL_OK;
}

/* A copy of `count` items, or NULL if there are none, or an earlier copy failed. */
static void *copy_of(const void *from, size_t count, size_t size, pensel_status *status,
                     pensel_error *error)
{
    void *copy = NULL;
    if (!from || count == 0 || *status != PENSEL_OK) return NULL;
    *status = PENSEL_ALLOCATE(copy, count, size, error);
    if (copy) memcpy(copy, from, count * size);
    return copy;
}

/* Copies of everything, so that a failure half way leaves the training unchanged. */
typedef struct copies {
    void *moments[2], *average, *best;
    size_t *order, *held_out;
    double *losses, *scores;
    pensel_record record;
} copies;

static pensel_status copy_all(copies *c, const pensel_training *training,
                              const pensel_training_state *s, pensel_error *error)
{
    size_t count = training->network->parameter_count, size = training->network->kernels->size;
    pensel_status status = PENSEL_OK;
    for (int i = 0; i < 2; i++)
        c->moments[i] = copy_of(s->moments[i], count, size, &status, error);
    c->average = copy_of(s->average, count, size, &status, error);
    c->best = copy_of(s->best, count, size, &status, error);
    c->order = copy_of(s->order, s->order_count, sizeof *c->order, &status, error);
    c->held_out = copy_of(s->held_out, s->held_out_count, sizeof *c->held_out, &status, error);
    c->losses = copy_of(s->loss_curve, s->loss_count, sizeof *c->losses, &status, error);
    c->scores =
        copy_of(s->validation_scores, s->validation_count, sizeof *c->scores, &status, error);
    pensel_record *record = &c->record;
    record->count = record->room = s->recorded_count;
    record->losses =
        copy_of(s->recorded_losses, s->recorded_count, sizeof *record->losses, &status, error);
    record->gradients = copy_of(s->recorded_gradients, s->recorded_numbers, size, &status, error);
    return status;
}

static void release_all(copies *c)
{
    void *blocks[] = {c->moments[0], c->moments[1], c->average, c->best,
                      c->order,      c->held_out,   c->losses,  c->scores};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        pensel_release(blocks[i]);
    pensel_record_clear(&c->record);
}

/* Swaps the copies with what the training had. */
static void exchange(copies *c, pensel_training *training)
{
    copies had = {
        .moments = {training->moments[0], training->moments[1]},
        .average = training->average,
        .best = training->best,
        .order = training->cursor.order,
        .held_out = training->cursor.held_out,
        .losses = training->losses.values,
        .scores = training->scores.values,
        .record = training->record,
    };
    training->moments[0] = c->moments[0];
    training->moments[1] = c->moments[1];
    training->average = c->average;
    training->best = c->best;
    training->cursor.order = c->order;
    training->cursor.held_out = c->held_out;
    training->losses.values = c->losses;
    training->scores.values = c->scores;
    training->record = c->record;
    *c = had;
}

static void take_counts(pensel_training *training, const pensel_training_state *s)
{
    pensel_report *report = &training->report;
    training->cursor.order_count = s->order_count;
    training->cursor.held_out_count = s->held_out_count;
    training->cursor.epoch = s->counters[EPOCH];
    training->cursor.step = s->counters[STEP];
    training->cursor.epoch_loss = s->numbers[EPOCH_LOSS];
    training->cursor.resumed = true;
    training->losses.count = training->losses.room = s->loss_count;
    training->scores.count = training->scores.room = s->validation_count;
    training->record_rows = s->counters[RECORD_ROWS];
    training->solver_steps = s->counters[SOLVER_STEPS];
    training->dropout = s->dropout;
    if (!s->counters[DRAWS_DROPOUT]) training->dropout.position = -1;
    report->steps = s->counters[STEPS];
    report->samples = s->counters[SAMPLES];
    report->no_improvement_count = s->counters[NO_IMPROVEMENT];
    report->stop = (pensel_stop)s->counters[STOP];
    report->learning_rate = s->numbers[RATE];
    report->loss = s->numbers[LOSS];
    report->best_loss = s->numbers[BEST_LOSS];
    report->best_validation_score = s->numbers[BEST_SCORE];
    report->seconds = s->numbers[SECONDS];
}

pensel_status pensel_training_import(pensel_training *training, const pensel_training_state *state,
                                     pensel_error *error)
{
    copies c = {0};
    PENSEL_TRY(check(training, state, error));
    pensel_status status = copy_all(&c, training, state, error);
    if (status == PENSEL_OK) {
        memcpy(training->network->parameters, state->parameters, pensel_training_bytes(training));
        training->shows_result = training->begins_again = false;
        exchange(&c, training);
        take_counts(training, state);
    }
    release_all(&c);
    return status;
}
