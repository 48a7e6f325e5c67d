/* The pyramid painter: passes and stages; see pyramid.h for the method. */
#include "pyramid/pyramid.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "pyramid/pyramid_levels.h"
#include "training/checkpoint.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

enum {
    BLOCKS = 64,         /* of rows, at most, each summed by itself */
    BLOCK_PIXELS = 1024, /* at least, so that adding up the sums costs little beside making them */
    COARSE_PASSES = 4,   /* at each coarse stage */
};

static const double layer_rate = 2e-3; /* Adam's, at the start */
/* For classes: they start with a direction for each, and layers that move fast leave some class
 * without a place where it wins, for tens of passes. */
static const double class_layer_rate = 2e-4;
static const double rate_halves = 30; /* after so many steps */
/* Margins of classes at which a place's own latents rest: little at the finest level, so that
 * contours stay as smooth as coarser levels have drawn them wherever no pixel is in the wrong
 * class. */
static const float enough = 2, enough_at_pixels = 0.1f;

typedef struct painter {
    pensel_network *network;
    const pensel_pyramid_plan *plan;
    pensel_levels *levels;
    char *sums; /* (pictures, BLOCKS) of pensel_row_sums, sums_size bytes each */
    size_t sums_size;
    float *scratch; /* (pool, width, ld of the finest) features of a row */
    float first[PENSEL_ROW_NUMBERS], second[PENSEL_ROW_NUMBERS]; /* Adam's moments */
    double total_weight[32]; /* of each level's pixels, in all pictures */
    size_t stage, picture, block_rows, blocks;
    float rate, balance[PENSEL_ROW_OUTPUTS];
    pensel_progress progress;
    double psnr, start, kept; /* seconds at the start and the last checkpoint */
    bool exact;
} painter;

static size_t numbers_of(const pensel_network *network)
{
    size_t width = pensel_network_features(network), hidden = PENSEL_ROW_HIDDEN * width;
    size_t outputs = pensel_network_outputs(network);
    return hidden * width + hidden + outputs * hidden + outputs;
}

/* ------------------------------------------------------------------ a pass */

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

static pensel_row_sums *sums_of(const painter *p, size_t picture, size_t block)
{
    return (pensel_row_sums *)(void *)(p->sums + (picture * BLOCKS + block) * p->sums_size);
}

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

/* Adds up what all blocks have found, into their first; lane by lane, the blocks in order. */
static pensel_row_sums *gather_sums(const painter *p)
{
    pensel_row_sums *all = sums_of(p, 0, 0);
    size_t lanes = p->sums_size / sizeof(float);
    for (size_t b = 1; b < p->levels->pictures * p->blocks; b++)
        p->levels->kernels->descend((float *)all, (float *)sums_of(p, b / p->blocks, b % p->blocks),
                                    lanes, -1);
    return all;
}

static double lanes_sum(const float lanes[PENSEL_ROW_LANES])
{
    double sum = 0;
    for (int i = 0; i < PENSEL_ROW_LANES; i++)
        sum += (double)lanes[i];
    return sum;
}

/* The layers' rate at step t. */
static double rate_at(const painter *p, double t)
{
    double first = p->levels->classes ? class_layer_rate : layer_rate;
    return first * rate_halves / (rate_halves + t);
}

/* The layers' step, and what the pass found out about errors. */
static void finish_pass(painter *p)
{
    const pensel_level *level = &p->levels->level[p->stage];
    size_t count = numbers_of(p->network), pictures = p->levels->pictures;
    float gradient[PENSEL_ROW_NUMBERS];
    const pensel_row_sums *sums = gather_sums(p);
    double weight = p->total_weight[p->stage];
    double squares = lanes_sum(sums->squares), rounded = lanes_sum(sums->rounded);
    for (size_t i = 0; i < count; i++)
        gradient[i] = (float)(lanes_sum(sums->gradient[i]) / weight);
    double t = (double)++p->progress.steps, rate = rate_at(p, t);
    p->progress.learning_rate = rate;
    p->network->kernels->adam(&(pensel_step){
        .w = p->network->parameters,
        .m = p->first,
        .v = p->second,
        .g = gradient,
        .count = count,
        .rate = rate * sqrt(1 - pow(0.999, t)) / (1 - pow(0.9, t)),
        .beta_1 = 0.9,
        .beta_2 = 0.999,
        .epsilon = 1e-3,
        .gradient_scale = 1,
    });
    size_t pixels = level->rows * level->columns * pictures;
    p->progress.samples += pixels;
    p->progress.loss = squares / weight;
    if (!p->levels->classes) p->progress.loss /= 2 * (double)p->levels->width;
    p->exact = p->stage == 0 && rounded == 0;
    p->psnr = NAN;
    if (p->stage > 0 || p->levels->classes) return;
    double mean = rounded / (double)(pixels * p->levels->width);
    p->psnr = mean > 0 ? 10 * log10(255.0 * 255.0 / mean) : (double)INFINITY;
}

static void pass(painter *p)
{
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
    finish_pass(p);
}

/* ------------------------------------------------------------------ the run */

static void stopped(painter *p, pensel_report *report)
{
    const pensel_training_options *o = p->plan->training;
    pensel_progress *progress = &p->progress;
    progress->epoch++;
    progress->seconds = pensel_clock() - p->start;
    if (progress->loss < progress->best_loss) progress->best_loss = progress->loss;
    pensel_verdict verdict = PENSEL_CONTINUE;
    if (p->plan->on_pass) verdict = p->plan->on_pass(p->plan->context, progress, p->psnr);
    p->start = pensel_clock() - progress->seconds; /* what others do meanwhile is not training */
    report->stop = PENSEL_STOP_NOT_RUN;
    if (!isfinite(progress->loss))
        report->stop = PENSEL_STOP_DIVERGED;
    else if (verdict == PENSEL_INTERRUPT || (o->interrupt && *o->interrupt))
        report->stop = PENSEL_STOP_INTERRUPTED;
    else if (verdict == PENSEL_GOAL_REACHED || (p->plan->psnr > 0 && p->psnr >= p->plan->psnr))
        report->stop = PENSEL_STOP_GOAL;
    else if (p->exact)
        report->stop = PENSEL_STOP_CONVERGED;
    else if (o->max_seconds > 0 && pensel_clock() - p->start >= o->max_seconds)
        report->stop = PENSEL_STOP_SECONDS;
    else if (progress->epoch >= progress->epochs)
        report->stop = PENSEL_STOP_EPOCHS;
}

/* From the coarsest level to the finest; a short run begins nearer to the end. */
static size_t stage_of(const painter *p, size_t epoch)
{
    size_t levels = p->levels->count, passes = p->progress.epochs / (2 * levels);
    if (passes > COARSE_PASSES) passes = COARSE_PASSES;
    return passes > 0 && epoch / passes < levels - 1 ? levels - 1 - epoch / passes : 0;
}

static pensel_status keep(painter *p, pensel_stop stop, pensel_error *error)
{
    const pensel_checkpoint *checkpoint = p->plan->training->checkpoint;
    if (!checkpoint ||
        (stop == PENSEL_STOP_NOT_RUN && pensel_clock() - p->kept < checkpoint->seconds))
        return PENSEL_OK;
    pensel_pyramid_memory memory = {(double)p->progress.epoch,
                                    (double)p->progress.samples,
                                    p->progress.loss,
                                    p->progress.best_loss,
                                    (double)stop,
                                    {0},
                                    {0}};
    for (size_t i = 0; i < PENSEL_ROW_NUMBERS; i++) {
        memory.first[i] = (double)p->first[i];
        memory.second[i] = (double)p->second[i];
    }
    double before = pensel_clock();
    pensel_status status = pensel_pyramid_remember(&memory, p->network, p->plan->training, error);
    p->kept = pensel_clock();
    p->start += p->kept - before;
    return status;
}

static pensel_status recall(painter *p, pensel_stop *stop, pensel_error *error)
{
    pensel_pyramid_memory memory = {0};
    memory.best_loss = INFINITY;
    if (p->plan->training->checkpoint)
        PENSEL_TRY(pensel_pyramid_recall(&memory, p->network, p->plan->training, error));
    p->progress.epoch = (size_t)memory.epoch;
    p->progress.steps = (uint64_t)memory.epoch;
    p->progress.samples = (uint64_t)memory.samples;
    p->progress.loss = memory.loss;
    p->progress.best_loss = memory.best_loss;
    if (memory.epoch > 0) p->progress.learning_rate = rate_at(p, memory.epoch);
    *stop = memory.stop == PENSEL_STOP_CONVERGED ? PENSEL_STOP_CONVERGED : PENSEL_STOP_NOT_RUN;
    for (size_t i = 0; i < PENSEL_ROW_NUMBERS; i++) {
        p->first[i] = (float)memory.first[i];
        p->second[i] = (float)memory.second[i];
    }
    return PENSEL_OK;
}

static pensel_status run(painter *p, pensel_report *report, pensel_error *error)
{
    PENSEL_TRY(recall(p, &report->stop, error));
    if (report->stop == PENSEL_STOP_NOT_RUN && p->progress.epoch >= p->progress.epochs)
        report->stop = PENSEL_STOP_EPOCHS;
    while (report->stop == PENSEL_STOP_NOT_RUN) {
        p->stage = stage_of(p, p->progress.epoch);
        pass(p);
        stopped(p, report);
        PENSEL_TRY(keep(p, report->stop, error));
    }
    return PENSEL_OK;
}

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

static pensel_status prepare(painter *p, pensel_error *error)
{
    const pensel_pyramid_plan *plan = p->plan;
    PENSEL_TRY(pensel_levels_new(&p->levels, p->network, plan->training->context,
                                 plan->training->threads, error));
    PENSEL_TRY(pensel_levels_teach(p->levels, plan->pictures, plan->codes, plan->weights, error));
    p->sums_size =
        offsetof(pensel_row_sums, gradient) + numbers_of(p->network) * sizeof(pensel_row_lanes);
    PENSEL_TRY(PENSEL_ALLOCATE_BARE(p->sums, plan->count * BLOCKS, p->sums_size, error));
    size_t row = p->levels->width * p->levels->level[0].ld;
    PENSEL_TRY(PENSEL_NEW(p->scratch, pensel_pool_size(&p->levels->pool) * row, error));
    weigh(p);
    balance(p);
    pensel_pyramid_start(p->network, plan->palette, plan->pictures->channels, plan->seed);
    p->progress.epochs = plan->training->epochs;
    p->progress.validation_score = NAN;
    p->progress.network = p->network;
    return PENSEL_OK;
}

pensel_status pensel_pyramid_train(pensel_network *network, pensel_report *report,
                                   const pensel_pyramid_plan *plan, pensel_error *error)
{
    painter *p;
    PENSEL_TRY(PENSEL_NEW(p, 1, error));
    p->network = network;
    p->plan = plan;
    p->start = p->kept = pensel_clock();
    pensel_status status = prepare(p, error);
    if (status == PENSEL_OK) status = run(p, report, error);
    /* what was learned before a checkpoint could not be written is kept */
    bool learned = status == PENSEL_OK || p->progress.epoch > 0;
    if (learned && plan->codes) make_certain(p);
    if (learned) {
        report->epochs = p->progress.epoch;
        report->steps = p->progress.steps;
        report->samples = p->progress.samples;
        report->seconds = pensel_clock() - p->start;
        report->loss = p->progress.loss;
        report->best_loss = p->progress.best_loss;
        report->learning_rate = p->progress.learning_rate;
        report->best_validation_score = NAN;
    }
    pensel_levels_free(&p->levels);
    pensel_release(p->sums);
    pensel_release(p->scratch);
    pensel_release(p);
    return status;
}
