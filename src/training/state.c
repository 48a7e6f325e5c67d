/* The complete state of a training: exported as views for a checkpoint, and imported again.
 *
 * What must hold: a run that is exported after any step, imported into a new training and gone on
 * with takes the same steps to the last bit, where no clock has a say. So a member that a later
 * step reads must pass through here: a block by list_blocks of training_file.c and `copies` below,
 * a number by one of the two enums. What a run makes again by itself (batch, pool, safe) is left
 * out; so is what the network merely shows. */
#include "training/training.h"

#include "base/error.h"
#include "base/memory.h"

#include <math.h>
#include <string.h>

/* Positions in the file's two arrays. They are the file's format: a new one comes last. */
enum counter {
    SOLVER_STEPS,
    STEPS,
    SAMPLES,
    EPOCH,
    STEP,
    NO_IMPROVEMENT,
    STOP,
    DRAWS_DROPOUT,
    SAMPLE_ROWS,
    LBFGS_PAIRS,
    LBFGS_OLDEST,
    LBFGS_EVALUATIONS
};
enum number {
    RATE,
    LOSS,
    BEST_LOSS,
    BEST_SCORE,
    EPOCH_LOSS,
    SECONDS,
    LBFGS_LOSS,
    LBFGS_LOSS_BEFORE,
    LBFGS_THETA,
    LBFGS_PRODUCTS /* one for each slot */
};
_Static_assert(LBFGS_PRODUCTS + PENSEL_LBFGS_PAIRS <= PENSEL_STATE_NUMBERS, "they have room");

/* How much of lbfgs.numbers is in use: slots fill in order. */
static size_t lbfgs_count(const pensel_lbfgs *lbfgs, size_t parameters)
{
    return lbfgs->numbers ? (2 + 2 * lbfgs->pairs) * parameters : 0;
}

/* Nothing is copied: the views are good until the training runs again or is freed. The parameters
 * are always those being trained, never the best or the average that the network shows. A dropout
 * stream that is not seeded yet is exported as some valid one, and the counter says so. */
void pensel_training_export(const pensel_training *training, pensel_training_state *state)
{
    const pensel_report *report = &training->report;
    const pensel_lbfgs *lbfgs = &training->lbfgs;
    const pensel_cursor *cursor = &training->cursor;
    *state = (pensel_training_state){
        .parameters = training->shows_result ? training->raw : training->network->parameters,
        .moments = {training->moments[0], training->moments[1]},
        .average = training->average,
        .best = training->best,
        .order = cursor->order,
        .held_out = cursor->held_out,
        .loss_curve = training->losses.values,
        .validation_scores = training->scores.values,
        .order_count = cursor->order_count,
        .held_out_count = cursor->held_out_count,
        .loss_count = training->losses.count,
        .validation_count = training->scores.count,
        .part = training->part,
        .part_count = training->part_count,
        .lbfgs = lbfgs->numbers,
        .lbfgs_count = lbfgs_count(lbfgs, training->network->parameter_count),
        .counters = {[SOLVER_STEPS] = training->solver_steps,
                     [STEPS] = report->steps,
                     [SAMPLES] = report->samples,
                     [EPOCH] = cursor->epoch,
                     [STEP] = cursor->step,
                     [NO_IMPROVEMENT] = report->no_improvement_count,
                     [STOP] = report->stop,
                     [DRAWS_DROPOUT] = training->dropout.position >= 0,
                     [SAMPLE_ROWS] = training->sample_rows,
                     [LBFGS_PAIRS] = lbfgs->pairs,
                     [LBFGS_OLDEST] = lbfgs->oldest,
                     [LBFGS_EVALUATIONS] = lbfgs->evaluations},
        .numbers = {[RATE] = report->learning_rate,
                    [LOSS] = report->loss,
                    [BEST_LOSS] = report->best_loss,
                    [BEST_SCORE] = report->best_validation_score,
                    [EPOCH_LOSS] = cursor->epoch_loss,
                    [SECONDS] = report->seconds,
                    [LBFGS_LOSS] = lbfgs->loss,
                    [LBFGS_LOSS_BEFORE] = lbfgs->loss_before,
                    [LBFGS_THETA] = lbfgs->theta},
        .dropout = training->dropout,
    };
    memcpy(&state->numbers[LBFGS_PRODUCTS], lbfgs->products, sizeof lbfgs->products);
    if (training->dropout.position < 0) pensel_random_seed(&state->dropout, 0);
}

/* Enough to be safe: whoever made the file may have one index twice, but none beyond the samples,
 * whose number check_resumed (batches.c) compares. */
static bool indices_fit(const size_t *index, size_t count, size_t total)
{
    for (size_t i = 0; i < count; i++)
        if (index[i] >= total) return false;
    return true;
}

static bool is_positive(double x)
{
    return x > 0 && isfinite(x);
}

/* The pairs of a good state have s'y > 0, so that the direction they give goes downhill. */
static bool lbfgs_fits(const pensel_training_state *s, size_t parameters)
{
    uint64_t pairs = s->counters[LBFGS_PAIRS], oldest = s->counters[LBFGS_OLDEST];
    if (!s->lbfgs) return pairs == 0 && oldest == 0;
    if (pairs > PENSEL_LBFGS_PAIRS || oldest >= PENSEL_LBFGS_PAIRS) return false;
    if (pairs < PENSEL_LBFGS_PAIRS && oldest != 0) return false;
    if (s->lbfgs_count / parameters != 2 + 2 * pairs || s->lbfgs_count % parameters != 0)
        return false;
    for (size_t i = 0; i < s->lbfgs_count; i++)
        if (!isfinite(s->lbfgs[i])) return false;
    for (size_t i = 0; i < pairs; i++)
        if (!is_positive(s->numbers[LBFGS_PRODUCTS + i])) return false;
    return is_positive(s->numbers[LBFGS_THETA]) && isfinite(s->numbers[LBFGS_LOSS]) &&
           isfinite(s->numbers[LBFGS_LOSS_BEFORE]);
}

/* All that a later step would trust. Blocks have their length by now (get_block); here it is their
 * values, and counters that become indices or an enum. */
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
            s->counters[STOP] < PENSEL_STOP_COUNT && s->counters[STEP] <= s->order_count &&
            s->counters[EPOCH] <= SIZE_MAX && s->counters[SAMPLE_ROWS] <= SIZE_MAX &&
            s->counters[NO_IMPROVEMENT] <= SIZE_MAX,
        BAD_FILE, "the checkpoint's place in the run makes no sense: take an earlier one");
    PENSEL_REQUIRE(lbfgs_fits(s, count), BAD_FILE,
                   "the checkpoint's memory of lbfgs makes no sense: take an earlier one");
    return PENSEL_OK;
}

/* A copy of `count` items, or NULL if there are none, or an earlier copy failed. One status for a
 * row of copies: the caller looks at it once, after all of them. */
static void *copy_of(const void *from, size_t count, size_t size, pensel_status *status,
                     pensel_error *error)
{
    void *copy = NULL;
    if (!from || count == 0 || *status != PENSEL_OK) return NULL;
    *status = PENSEL_ALLOCATE(copy, count, size, error);
    if (copy) memcpy(copy, from, count * size);
    return copy;
}

/* Copies of everything, so that a failure half way leaves the training unchanged: they are made
 * first, exchanged for what the training had, which cannot fail, and what is then in them is
 * released. */
typedef struct copies {
    void *moments[2], *average, *best;
    size_t *order, *held_out;
    double *losses, *scores;
    double *part, *lbfgs;
} copies;

/* lbfgs gets its whole block, since later pairs go into slots that the file has no numbers for. */
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
    c->part = copy_of(s->part, s->part_count, sizeof *c->part, &status, error);
    if (status != PENSEL_OK || !s->lbfgs) return status;
    PENSEL_TRY(PENSEL_ALLOCATE(c->lbfgs, count, PENSEL_LBFGS_BYTES, error));
    memcpy(c->lbfgs, s->lbfgs, s->lbfgs_count * sizeof *c->lbfgs);
    return PENSEL_OK;
}

static void release_all(copies *c)
{
    void *blocks[] = {c->moments[0], c->moments[1], c->average, c->best,  c->order,
                      c->held_out,   c->losses,     c->scores,  c->lbfgs, c->part};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        pensel_release(blocks[i]);
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
        .part = training->part,
        .lbfgs = training->lbfgs.numbers,
    };
    training->moments[0] = c->moments[0];
    training->moments[1] = c->moments[1];
    training->average = c->average;
    training->best = c->best;
    training->cursor.order = c->order;
    training->cursor.held_out = c->held_out;
    training->losses.values = c->losses;
    training->scores.values = c->scores;
    training->part = c->part;
    training->lbfgs.numbers = c->lbfgs;
    *c = had;
}

/* The curves' room is what was copied: the next epoch doubles it. */
static void take_counts(pensel_training *training, const pensel_training_state *s)
{
    pensel_report *report = &training->report;
    training->cursor.order_count = s->order_count;
    training->cursor.held_out_count = s->held_out_count;
    training->cursor.epoch = (size_t)s->counters[EPOCH];
    training->cursor.step = (size_t)s->counters[STEP];
    training->cursor.epoch_loss = s->numbers[EPOCH_LOSS];
    training->cursor.resumed = true;
    training->losses.count = training->losses.room = s->loss_count;
    training->scores.count = training->scores.room = s->validation_count;
    training->part_count = s->part_count;
    training->sample_rows = (size_t)s->counters[SAMPLE_ROWS];
    training->lbfgs.pairs = (size_t)s->counters[LBFGS_PAIRS];
    training->lbfgs.oldest = (size_t)s->counters[LBFGS_OLDEST];
    training->lbfgs.evaluations = (size_t)s->counters[LBFGS_EVALUATIONS];
    training->lbfgs.loss = s->numbers[LBFGS_LOSS];
    training->lbfgs.loss_before = s->numbers[LBFGS_LOSS_BEFORE];
    training->lbfgs.theta = s->numbers[LBFGS_THETA];
    memcpy(training->lbfgs.products, &s->numbers[LBFGS_PRODUCTS], sizeof training->lbfgs.products);
    training->solver_steps = s->counters[SOLVER_STEPS];
    training->dropout = s->dropout;
    if (!s->counters[DRAWS_DROPOUT]) training->dropout.position = -1;
    report->steps = s->counters[STEPS];
    report->samples = s->counters[SAMPLES];
    report->no_improvement_count = (size_t)s->counters[NO_IMPROVEMENT];
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
        training->shows_result = false;
        exchange(&c, training);
        take_counts(training, state);
    }
    release_all(&c);
    return status;
}
