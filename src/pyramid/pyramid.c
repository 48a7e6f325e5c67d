/* Training coarse to fine: passes and stages; see pyramid.h for the method.
 *
 * A pass has two halves. While it goes through the rows of the stage's level, each row's own nodes
 * are stepped at once, for no other row reads them; what a row finds out about the layers goes into
 * its block's sums. Only when all rows are done do coarser levels and the layers move, which all
 * rows share. So a row sees the same network whichever thread has it, and whenever. */
#include "pyramid/pyramid.h"

#include "platform/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "pyramid/pyramid_levels.h"
#include "training/run.h"
#include "training/schedule.h"
#include "training/solver.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

enum {
    MOMENTS = 2 * PENSEL_ROW_NUMBERS, /* of the layers: the first, then the second */
    BLOCKS = 64,                      /* of rows, at most, each summed by itself */
    BLOCK_PIXELS = 1024, /* at least, so that adding up the sums costs little beside making them */
    COARSE_PASSES = 4,   /* at each coarse stage */
};

/* Margins of classes at which a place's own latents rest: little at the finest level, so that
 * contours stay as smooth as coarser levels have drawn them wherever no pixel is in the wrong
 * class. */
static const float enough = 2, enough_at_pixels = 0.1f;

typedef struct painter {
    pensel_training *training;
    pensel_network *network; /* the training's */
    const pensel_pyramid_plan *plan;
    pensel_levels *levels;
    char *sums; /* (pictures, BLOCKS) of pensel_row_sums, sums_size bytes each */
    size_t sums_size;
    float *scratch;                       /* (pool, width, ld of the finest) features of a row */
    float moments[2][PENSEL_ROW_NUMBERS]; /* the solver's, of the layers */
    double total_weight[32];              /* of each level's pixels, in all pictures */
    size_t stage, picture, block_rows, blocks;
    float rate, balance[PENSEL_ROW_OUTPUTS];
    bool exact;
} painter;

/* Weights and biases of the two layers. They are at the beginning of the network's block: the
 * pyramid is `whole` and so comes behind them. rows.h says in which order. */
static size_t numbers_of(const pensel_network *network)
{
    size_t width = pensel_network_features(network), hidden = PENSEL_ROW_HIDDEN * width;
    size_t outputs = pensel_network_outputs(network);
    return hidden * width + hidden + outputs * hidden + outputs;
}

/* ------------------------------------------------------------------ a pass */

/* One row of the picture at the stage's level: its features are summed from the coarser levels, the
 * small network learns from them, and the row's own nodes step by what comes back. */
static void learn_row(painter *p, const pensel_level *level, float *features, pensel_row_sums *sums,
                      size_t r)
{
    const pensel_levels *levels = p->levels;
    size_t width = levels->width;
    pensel_row row = {
        .numbers = p->network->parameters,
        .slope = (float)p->network->shape.layers[0].parameter,
        .width = width,
        .n = level->columns,
        .weights = level->weights + r * level->weights_ld,
        .sums = sums,
        .outputs = pensel_network_outputs(p->network),
        .balance = p->balance,
        .enough = p->stage == 0 ? enough_at_pixels : enough,
    };
    for (size_t f = 0; f < width; f++) {
        pensel_levels_sum_row(levels, features + f * levels->level[0].ld, p->stage, f, p->picture,
                              r);
        row.features[f] = features + f * levels->level[0].ld;
        if (!levels->classes)
            row.targets[f] = pensel_level_row(level, level->targets, p->picture * width + f, r);
        row.slopes[f] = pensel_level_row(level, level->slopes, f, r);
    }
    if (levels->classes) row.codes = level->targets + r * level->ld;
    (levels->classes ? levels->kernels->classify : levels->kernels->learn)(&row);
    for (size_t f = 0; f < width; f++)
        levels->kernels->descend(pensel_level_values(levels, p->stage, f, p->picture, r),
                                 row.slopes[f], level->columns, p->rate);
}

/* The sums are as long as the network has numbers, sums_size bytes, and not as the struct. */
static pensel_row_sums *sums_of(const painter *p, size_t picture, size_t block)
{
    return (pensel_row_sums *)(void *)(p->sums + (picture * BLOCKS + block) * p->sums_size);
}

/* A block of rows; features are in the worker's own scratch, sums in the block's. */
static void learn_block(void *context, size_t block, size_t worker)
{
    painter *p = context;
    const pensel_level *level = &p->levels->level[p->stage];
    float *features = p->scratch + worker * p->levels->width * p->levels->level[0].ld;
    pensel_row_sums *sums = sums_of(p, p->picture, block);
    memset(sums, 0, p->sums_size);
    for (size_t r = block * p->block_rows; r < level->rows && r < (block + 1) * p->block_rows; r++)
        learn_row(p, level, features, sums, r);
}

/* Adds up what all blocks have found, into their first; lane by lane, the blocks in order. A step
 * of rate -1 along the sums is their addition. */
static pensel_row_sums *gather_sums(const painter *p)
{
    pensel_row_sums *all = sums_of(p, 0, 0);
    size_t lanes = p->sums_size / sizeof(float);
    for (size_t b = 1; b < p->levels->pictures * p->blocks; b++)
        p->levels->kernels->descend((float *)all, (float *)sums_of(p, b / p->blocks, b % p->blocks),
                                    lanes, -1);
    return all;
}

/* In double and from the first lane to the last: one order, whatever the vectors' length. */
static double lanes_sum(const float lanes[PENSEL_ROW_LANES])
{
    double sum = 0;
    for (int i = 0; i < PENSEL_ROW_LANES; i++)
        sum += (double)lanes[i];
    return sum;
}

/* The layers' step, by the options' solver and schedule. */
static void step_layers(pensel_run *run, const pensel_row_sums *sums)
{
    painter *p = run->data;
    pensel_training *training = p->training;
    size_t count = numbers_of(p->network);
    float gradient[PENSEL_ROW_NUMBERS];
    for (size_t i = 0; i < count; i++)
        gradient[i] = (float)(lanes_sum(sums->gradient[i]) / p->total_weight[p->stage]);
    pensel_update update = {0};
    double rate = pensel_schedule_rate(training, pensel_run_done(run, 0));
    training->report.learning_rate = rate;
    pensel_solver_prepare(training, &update, rate);
    update.step.w = p->network->parameters;
    update.step.m = p->moments[0];
    update.step.v = p->moments[1];
    update.step.g = gradient;
    update.step.count = count;
    update.step.gradient_scale = 1;
    update.take(&update.step);
    training->solver_steps++;
}

/* What the pass found out about errors: the loss of the network as it was before this pass, and the
 * PSNR of the 8-bit painting. Pixels of weight 0 count as exact. Classes have a log loss in place
 * of squares, and in `rounded` how many pixels are in a wrong class. */
static void account_pass(painter *p, const pensel_row_sums *sums)
{
    const pensel_level *level = &p->levels->level[p->stage];
    pensel_report *report = &p->training->report;
    size_t pixels = level->rows * level->columns * p->levels->pictures;
    double squares = lanes_sum(sums->squares), rounded = lanes_sum(sums->rounded);
    report->steps++;
    report->samples += pixels;
    report->loss = squares / p->total_weight[p->stage];
    if (!p->levels->classes) report->loss /= 2 * (double)p->levels->width;
    p->exact = p->stage == 0 && rounded == 0;
    *p->plan->psnr = NAN;
    if (p->stage > 0 || p->levels->classes) return;
    double mean = rounded / (double)(pixels * p->levels->width);
    *p->plan->psnr = mean > 0 ? 10 * log10(255.0 * 255.0 / mean) : (double)INFINITY;
}

/* All pixels of all pictures once. How rows are cut into blocks follows from the level alone. A
 * curvature near 0 would give a step without bounds, hence the least one. */
static void pass(pensel_run *run)
{
    painter *p = run->data;
    const pensel_level *level = &p->levels->level[p->stage];
    size_t least = (BLOCK_PIXELS + level->columns - 1) / level->columns;
    p->block_rows = (level->rows + BLOCKS - 1) / BLOCKS;
    if (p->block_rows < least) p->block_rows = least;
    p->blocks = (level->rows + p->block_rows - 1) / p->block_rows;
    double curve = pensel_pyramid_curvature(p->network);
    p->rate = (float)(PENSEL_PYRAMID_RATE / (curve > 1e-3 ? curve : 1e-3));
    for (p->picture = 0; p->picture < p->levels->pictures; p->picture++) {
        pensel_levels_sum(p->levels, p->stage + 1, p->picture);
        pensel_levels_run(p->levels, learn_block, p, level, p->block_rows);
        pensel_levels_descend(p->levels, p->stage, p->picture, p->rate);
    }
    const pensel_row_sums *sums = gather_sums(p);
    step_layers(run, sums);
    account_pass(p, sums);
}

/* ------------------------------------------------------------------ an epoch */

/* From the coarsest level to the finest. Coarse stages take at most half of the epochs, so a short
 * run has fewer passes at each; below one pass for each it begins with the finest. */
static size_t stage_of(const painter *p, size_t epoch)
{
    size_t levels = p->levels->count, passes = p->training->options.epochs / (2 * levels);
    if (passes > COARSE_PASSES) passes = COARSE_PASSES;
    return passes > 0 && epoch / passes < levels - 1 ? levels - 1 - epoch / passes : 0;
}

/* Rates above the usual ones may lead out of what float32 can hold: then the way back is kept. */
static pensel_status keep_safe(painter *p, pensel_error *error)
{
    pensel_training *training = p->training;
    const pensel_training_options *o = &training->options;
    if (o->solver == PENSEL_ADAM && o->learning_rate_init <= PENSEL_PYRAMID_LAYER_RATE)
        return PENSEL_OK;
    PENSEL_TRY(pensel_training_block(training, &training->safe, error));
    memcpy(training->safe, p->network->parameters, pensel_training_bytes(training));
    return PENSEL_OK;
}

/* Back to the parameters this epoch began with, which were finite. Without a copy there is no way
 * back and the network stays as it is. */
static void fall_back(pensel_run *run)
{
    pensel_training *training = run->training;
    if (training->safe)
        memcpy(training->network->parameters, training->safe, pensel_training_bytes(training));
    run->stop = PENSEL_STOP_DIVERGED;
}

/* A pass. Losses of different levels are not of the same picture, so they are not compared. Where
 * keep_safe has kept no copy, the loss and the layers' numbers are all that is looked at. */
static pensel_status pyramid_epoch(pensel_run *run, bool *whole)
{
    painter *p = run->data;
    pensel_training *training = p->training;
    const pensel_network *network = p->network;
    size_t before = p->stage;
    double loss = training->report.loss;
    PENSEL_TRY(keep_safe(p, run->error));
    p->stage = stage_of(p, training->cursor.epoch);
    pass(run);
    if (p->stage != before) {
        training->report.best_loss = INFINITY;
        training->report.no_improvement_count = 0;
    }
    pensel_run_after_step(run);
    size_t count = training->safe ? network->parameter_count : numbers_of(network);
    if (isfinite(training->report.loss) &&
        network->kernels->all_finite(network->parameters, count)) {
        *whole = true;
        return PENSEL_OK;
    }
    training->report.loss = loss;
    fall_back(run);
    return PENSEL_OK;
}

static bool every_pixel_is_exact(const pensel_run *run)
{
    return ((const painter *)run->data)->exact;
}

/* Checkpoints hold the moments of the layers alone: those of all parameters would be zeros. */
static pensel_status keep_moments(painter *p, pensel_error *error)
{
    pensel_training *training = p->training;
    if (!training->options.checkpoint) return PENSEL_OK;
    if (!training->part) PENSEL_TRY(PENSEL_NEW(training->part, MOMENTS, error));
    training->part_count = MOMENTS;
    for (size_t i = 0; i < MOMENTS; i++)
        training->part[i] = (double)p->moments[i / PENSEL_ROW_NUMBERS][i % PENSEL_ROW_NUMBERS];
    return PENSEL_OK;
}

static pensel_status epoch_and_moments(pensel_run *run, bool *whole)
{
    PENSEL_TRY(pyramid_epoch(run, whole));
    return keep_moments(run->data, run->error);
}

/* ------------------------------------------------------------------ before the first one */

/* Training ends when every pixel is just on its class' side. Outputs so many times larger choose
 * the same classes everywhere, and say at pixels that they are certain. */
static const float certainty = 10;

static void make_certain(painter *p)
{
    size_t width = pensel_network_features(p->network), hidden = PENSEL_ROW_HIDDEN * width;
    float *numbers = p->network->parameters;
    for (size_t i = hidden * width + hidden; i < numbers_of(p->network); i++)
        numbers[i] *= certainty;
}

/* The sum of each level's weights, by which gradients and losses of a pass are divided. Without
 * weights there is one row of ones for all rows. */
static void weigh(painter *p)
{
    for (size_t l = 0; l < p->levels->count; l++) {
        const pensel_level *level = &p->levels->level[l];
        double sum = 0;
        size_t rows = p->levels->weighted ? level->rows : 1;
        for (size_t i = 0; i < rows * level->ld; i++)
            sum += (double)level->weights[i];
        if (!p->levels->weighted) sum *= (double)level->rows;
        p->total_weight[l] = sum > 0 ? sum * (double)p->levels->pictures : 1;
    }
}

/* Weights of classes whose mean over pixels is 1. */
static void balance(painter *p)
{
    const pensel_pyramid_plan *plan = p->plan;
    size_t pixels = plan->pictures->width * plan->pictures->height,
           counts[PENSEL_ROW_OUTPUTS] = {0};
    for (size_t i = 0; plan->codes && i < pixels; i++)
        counts[plan->codes[i]]++;
    for (size_t k = 0; k < PENSEL_ROW_OUTPUTS; k++) {
        double share = (double)counts[k] * (double)plan->classes;
        p->balance[k] = plan->balanced && counts[k] > 0 ? (float)((double)pixels / share) : 1;
    }
}

/* All memory of the training: the painter owns it, and pensel_pyramid_train frees it. */
static pensel_status make_levels(painter *p, pensel_error *error)
{
    const pensel_pyramid_plan *plan = p->plan;
    const pensel_training_options *o = &p->training->options;
    PENSEL_TRY(pensel_levels_new(&p->levels, p->network, o->context, o->threads, error));
    PENSEL_TRY(pensel_levels_teach(p->levels, plan->pictures, plan->codes, plan->weights, error));
    p->sums_size =
        offsetof(pensel_row_sums, gradient) + numbers_of(p->network) * sizeof(pensel_row_lanes);
    PENSEL_TRY(PENSEL_ALLOCATE_BARE(p->sums, plan->count * BLOCKS, p->sums_size, error));
    size_t row = p->levels->width * p->levels->level[0].ld;
    PENSEL_TRY(PENSEL_NEW(p->scratch, pensel_pool_size(&p->levels->pool) * row, error));
    weigh(p);
    balance(p);
    return PENSEL_OK;
}

/* Where a checkpoint left it. The parameters are in the network already. The stage is that of the
 * last pass, so that a resumed run forgets the best loss at the same moments. */
static pensel_status go_on(pensel_run *run)
{
    painter *p = run->data;
    pensel_training *training = p->training;
    pensel_stop stop = training->report.stop;
    pensel_error *error = run->error;
    PENSEL_REQUIRE(training->part_count == MOMENTS, BAD_FILE,
                   "the checkpoint is of another kind of training: resume with the options it was "
                   "written with");
    for (size_t i = 0; i < MOMENTS; i++)
        p->moments[i / PENSEL_ROW_NUMBERS][i % PENSEL_ROW_NUMBERS] = (float)training->part[i];
    if (stop == PENSEL_STOP_CONVERGED || stop == PENSEL_STOP_DIVERGED) run->stop = stop;
    if (training->cursor.epoch > 0) p->stage = stage_of(p, training->cursor.epoch - 1);
    training->cursor.resumed = false;
    return PENSEL_OK;
}

/* A stage that no pass has: the first one counts as a change. */
static pensel_status begin(pensel_run *run)
{
    painter *p = run->data;
    const pensel_pyramid_plan *plan = p->plan;
    PENSEL_TRY(make_levels(p, run->error));
    p->stage = p->levels->count;
    if (run->training->cursor.resumed) return go_on(run);
    pensel_pyramid_start(p->network, plan->palette, plan->pictures->channels, plan->seed);
    return PENSEL_OK;
}

static const pensel_method coarse_to_fine = {
    .begin = begin,
    .epoch = epoch_and_moments,
    .is_done = every_pixel_is_exact,
    .saves_epochs = true,
};

pensel_status pensel_pyramid_train(pensel_training *training, pensel_random *random,
                                   const pensel_pyramid_plan *plan, pensel_error *error)
{
    painter *p;
    PENSEL_TRY(PENSEL_NEW(p, 1, error));
    p->training = training;
    p->network = training->network;
    p->plan = plan;
    pensel_run run = {.method = &coarse_to_fine,
                      .data = p,
                      .training = training,
                      .random = random,
                      .error = error,
                      .epochs = training->options.epochs};
    pensel_status status = pensel_run_epochs(&run);
    /* what was learned before a checkpoint could not be written is kept */
    if (plan->codes && (status == PENSEL_OK || training->cursor.epoch > 0)) make_certain(p);
    pensel_levels_free(&p->levels);
    pensel_release(p->sums);
    pensel_release(p->scratch);
    pensel_release(p);
    return status;
}
