/* The weights' rounds: gradients of blocks of rows over both halves of a chunk, and the solver's
 * steps. */
#include "training/batch_state.h"

#include "base/error.h"
#include "base/memory.h"

#include <string.h>

/* The parts of layers that are `whole`, or those of all others */
static void list_blocks(pensel_batch *batch, bool whole)
{
    const pensel_network *network = batch->network;
    for (size_t l = 0; l < network->layer_count; l++)
        for (size_t part = 0;
             part < network->layers[l].part_count && network->layers[l].kind->whole == whole;
             part++)
            batch->blocks[batch->block_count++] = (pensel_block){l, part};
}

/* A run of parameters for each group of a block's layer */
typedef struct runs {
    size_t count;
    struct {
        size_t first, count;
    } run[PENSEL_LAYER_GROUPS];
    size_t numbers; /* of all together */
} runs;

static runs runs_of(const pensel_batch *batch, const pensel_block *b)
{
    const pensel_layer_instance *layer = &batch->network->layers[b->l];
    const pensel_layer_part *part = &layer->parts[b->part];
    runs r = {.count = layer->group_count};
    for (size_t g = 0; g < r.count; g++) {
        size_t row = pensel_layer_row(&layer->groups[g]);
        r.run[g].first = layer->groups[g].first + part->row * row;
        r.run[g].count = part->rows * row;
        r.numbers += r.run[g].count;
    }
    return r;
}

static bool is_whole(const pensel_batch *batch, const pensel_block *b)
{
    return batch->network->layers[b->l].kind->whole;
}

/* Numbers that a thread's scratch must hold: both halves of a block's gradient, or all of a whole
 * one's */
static size_t scratch_numbers(const pensel_batch *batch)
{
    size_t half = 0, whole = 0;
    for (size_t b = 0; b < batch->block_count; b++) {
        runs r = runs_of(batch, &batch->blocks[b]);
        size_t *most = is_whole(batch, &batch->blocks[b]) ? &whole : &half;
        if (r.numbers > *most) *most = r.numbers;
    }
    return 2 * half > whole ? 2 * half : whole;
}

pensel_status pensel_blocks_new(pensel_batch *batch, pensel_error *error)
{
    const pensel_network *network = batch->network;
    size_t blocks = 0;
    for (size_t l = 0; l < network->layer_count; l++)
        blocks += network->layers[l].part_count;
    PENSEL_TRY(PENSEL_NEW(batch->blocks, blocks, error));
    list_blocks(batch, false);
    batch->half_blocks = batch->block_count;
    list_blocks(batch, true);
    PENSEL_TRY(PENSEL_ALLOCATE(batch->block_squares, batch->block_count, sizeof(double), error));
    if (pensel_pool_size(batch->pool) > 1)
        PENSEL_TRY(PENSEL_NEW(batch->counts, batch->half_blocks, error));
    batch->scratch_bytes =
        pensel_round_up(scratch_numbers(batch) * network->kernels->size, 2 * PENSEL_ALIGNMENT);
    return PENSEL_ALLOCATE(batch->scratch, pensel_pool_size(batch->pool), batch->scratch_bytes,
                           error);
}

/* The gradients of a block's groups over the first and the second half, NULL where there is none */
typedef struct sums {
    void *half[2][PENSEL_LAYER_GROUPS];
} sums;

/* Tiles [first, end) are half `half` of the chunk. A lone tile is the first half. */
static void tiles_of_half(const pensel_batch *batch, size_t half, size_t *first, size_t *end)
{
    size_t count = batch->tiling.count, middle = count > 1 ? count / 2 : count;
    *first = half ? middle : 0;
    *end = half ? count : middle;
}

/* A whole block is summed in the place of the first half. */
static sums sums_of(const pensel_batch *batch, const pensel_block *b, size_t worker)
{
    const pensel_network *network = batch->network;
    runs r = runs_of(batch, b);
    sums s = {0};
    size_t halves = is_whole(batch, b) ? 1 : batch->halves;
    char *scratch = batch->scratch + worker * batch->scratch_bytes;
    for (size_t half = 0; half < halves; half++) {
        char *next = scratch + half * (batch->scratch_bytes / 2);
        for (size_t g = 0; g < r.count; g++) {
            void *all = batch->whole[half];
            s.half[half][g] = all ? pensel_at(network, all, r.run[g].first) : next;
            next += r.run[g].count * network->kernels->size;
        }
    }
    return s;
}

/* The block's sum over tiles [first, end), in their order */
static pensel_layer_gradient gradient_of(const pensel_batch *batch, const pensel_block *b,
                                         void *const sum[PENSEL_LAYER_GROUPS], size_t first,
                                         size_t end)
{
    const pensel_pass *pass = batch->pass;
    pensel_tile tile = pensel_tiling_tile(&batch->tiling, first);
    pensel_layer_gradient g = {
        .accumulate = batch->accumulate,
        .part = b->part,
        .parameters = batch->network->parameters,
        .a = pensel_pass_panel(pass, b->l, tile),
        .dy = pensel_pass_panel(pass, b->l + 1, tile),
        .kept = pensel_pass_kept(pass, b->l, tile),
        .rows = pass->rows[b->l] ? pensel_pass_rows(pass, b->l, tile) : NULL,
        .ld = pass->ld,
        .stride = pass->strides[b->l],
        .tiles = end - first,
        .tile_n = batch->tile_n + first,
    };
    memcpy(g.gradient, sum, sizeof g.gradient);
    return g;
}

/* The block's sum over a half's samples; `finishes`: its step comes next */
static void half_gradient(const pensel_batch *batch, const pensel_block *b, size_t half,
                          const sums *s, bool finishes)
{
    const pensel_network *network = batch->network;
    const pensel_layer_instance *layer = &network->layers[b->l];
    size_t first, end;
    tiles_of_half(batch, half, &first, &end);
    if (first == end) return;
    pensel_layer_gradient g = gradient_of(batch, b, s->half[half], first, end);
    if (finishes && batch->steps && !batch->wanted) {
        size_t weights = runs_of(batch, b).run[0].first;
        g.prefetch[0] = pensel_at(network, batch->parameters, weights);
        g.prefetch[1] = s->half[1 - half][0];
        for (size_t i = 0; i < 2; i++) {
            void *moments = batch->update->moments[i];
            g.prefetch[i + 2] = moments ? pensel_at(network, moments, weights) : NULL;
        }
    }
    if (batch->shared && !finishes) g.prefetch[0] = s->half[half][0];
    layer->kind->gradient(layer, &g);
}

static void whole_gradient(const pensel_batch *batch, const pensel_block *b, const sums *s)
{
    const pensel_layer_instance *layer = &batch->network->layers[b->l];
    pensel_layer_gradient g = gradient_of(batch, b, s->half[0], 0, batch->tiling.count);
    layer->kind->gradient(layer, &g);
}

/* A run of parameters [first, first + count) of a layer's group, whose gradient is the sum of g
 * and, unless NULL, more_g */
static void step_run(const pensel_batch *batch, const pensel_layer_instance *layer, size_t group,
                     size_t first, size_t count, const void *g, const void *more_g)
{
    const pensel_network *network = batch->network;
    const pensel_update *update = batch->update;
    double decay = layer->groups[group].decays ? layer->rates.decay : 0;
    pensel_step step = update->step;
    step.w = pensel_at(network, batch->parameters, first);
    step.m = update->moments[0] ? pensel_at(network, update->moments[0], first) : NULL;
    step.v = update->moments[1] ? pensel_at(network, update->moments[1], first) : NULL;
    step.g = g;
    step.more_g = more_g;
    step.count = count;
    step.rate *= layer->rates.rate_factor;
    step.l2 = batch->options->alpha / batch->weight_sum * decay;
    step.weight_decay = update->weight_decay * layer->rates.rate_factor * decay;
    step.gradient_scale = batch->gradient_scale;
    update->take(&step);
    if (update->average)
        network->kernels->blend(pensel_at(network, update->average, first), step.w, count,
                                update->average_decay);
}

/* The penalty and the steps of a block */
static void step_block(pensel_batch *batch, const pensel_block *b, const sums *s)
{
    const pensel_network *network = batch->network;
    const pensel_layer_instance *layer = &network->layers[b->l];
    runs r = runs_of(batch, b);
    double squares = 0;
    for (size_t g = 0; g < r.count && batch->options->alpha > 0; g++)
        if (layer->groups[g].decays)
            squares += layer->rates.decay *
                       network->kernels->sum_of_squares(
                           pensel_at(network, network->parameters, r.run[g].first), r.run[g].count);
    batch->block_squares[b - batch->blocks] = squares;
    for (size_t g = 0; g < r.count && batch->steps; g++)
        step_run(batch, layer, g, r.run[g].first, r.run[g].count, s->half[0][g], s->half[1][g]);
}

static bool is_last_chunk(const pensel_batch *batch)
{
    return batch->chunk_first + batch->chunk_n == batch->selection.n;
}

static bool is_clipped(const pensel_batch *batch)
{
    return batch->steps && batch->update->clip_norm > 0;
}

/* Both halves of the block are summed: joins them where the whole gradient is wanted, and steps. */
static void finish_block(pensel_batch *batch, const pensel_block *b, sums s)
{
    const pensel_network *network = batch->network;
    runs r = runs_of(batch, b);
    for (size_t g = 0; g < r.count && batch->wanted && s.half[1][g]; g++) {
        network->kernels->add_scaled(s.half[0][g], s.half[1][g], 1, r.run[g].count);
        s.half[1][g] = NULL;
    }
    if (!is_clipped(batch)) step_block(batch, b, &s);
}

/* Alone: all of a block's gradient, and the step while it is near */
static void whole_block(void *context, size_t index, size_t worker)
{
    pensel_batch *batch = context;
    const pensel_block *b = &batch->blocks[index];
    sums s = sums_of(batch, b, worker);
    bool last = is_last_chunk(batch);
    if (is_whole(batch, b)) whole_gradient(batch, b, &s);
    for (size_t half = 0; half < 2 && !is_whole(batch, b); half++)
        half_gradient(batch, b, half, &s, last && half + 1 == batch->halves);
    if (last) finish_block(batch, b, s);
}

/* Shared: a half of a block's sum. Whoever brings the second half finishes the block; each half
 * begins with the blocks that the other one ends with, so that this is the same thread in every
 * step, it waits for nobody, and the first half comes from the other core while the second is
 * summed. */
static void half_block(pensel_batch *batch, size_t half, size_t turn, size_t worker)
{
    size_t middle = batch->half_blocks / 2, others = half ? middle : batch->half_blocks - middle;
    size_t index = half ? turn : (turn + middle) % batch->half_blocks;
    const pensel_block *b = &batch->blocks[index];
    sums s = sums_of(batch, b, worker);
    bool last = is_last_chunk(batch);
    __builtin_prefetch(&batch->counts[index], 1);
    half_gradient(batch, b, half, &s, last && turn >= others);
    if (last && atomic_fetch_add(&batch->counts[index].halves, 1) == 1) finish_block(batch, b, s);
}

static void any_half_block(void *context, size_t index, size_t worker)
{
    pensel_batch *batch = context;
    half_block(batch, index / batch->half_blocks, index % batch->half_blocks, worker);
}

static size_t most_tiles_of_half(const pensel_batch *batch)
{
    return (batch->tiling.count + 1) / 2;
}

/* Shared by two: each takes its half's tiles and then its blocks without waiting for the other, and
 * who is done first helps. The tiles that a block waits for have been taken, for they come before
 * it. */
static void tile_or_half_block(void *context, size_t index, size_t worker)
{
    pensel_batch *batch = context;
    size_t tiles = most_tiles_of_half(batch), items = tiles + batch->half_blocks,
           half = index / items;
    size_t item = index % items, first, end;
    tiles_of_half(batch, half, &first, &end);
    if (item >= tiles) {
        for (size_t turn = 0; atomic_load(&batch->tiles_done[half]) < end - first; turn++)
            pensel_pool_wait(turn);
        half_block(batch, half, item - tiles, worker);
    } else if (first + item < end) {
        pensel_batch_tile(batch, first + item, worker);
        atomic_fetch_add(&batch->tiles_done[half], 1);
    }
}

static void rest_block(void *context, size_t index, size_t worker)
{
    pensel_batch *batch = context;
    whole_block(batch, batch->half_blocks + index, worker);
}

static void shared_gradient(pensel_batch *batch)
{
    pensel_pool *pool = batch->pool;
    for (size_t b = 0; b < batch->half_blocks; b++)
        atomic_store(&batch->counts[b].halves, 0);
    if (pensel_pool_size(pool) == 2) {
        for (size_t half = 0; half < 2; half++)
            atomic_store(&batch->tiles_done[half], 0);
        pensel_pool_run(pool, tile_or_half_block, batch,
                        2 * (most_tiles_of_half(batch) + batch->half_blocks));
    } else {
        pensel_pool_run(pool, pensel_batch_tile, batch, batch->tiling.count);
        pensel_pool_run(pool, any_half_block, batch, 2 * batch->half_blocks);
    }
    pensel_pool_run(pool, rest_block, batch, batch->block_count - batch->half_blocks);
}

void pensel_blocks_gradient(pensel_batch *batch)
{
    if (batch->shared) {
        shared_gradient(batch);
        return;
    }
    for (size_t tile = 0; tile < batch->tiling.count; tile++)
        pensel_batch_tile(batch, tile, 0);
    for (size_t b = 0; b < batch->block_count; b++)
        whole_block(batch, b, 0);
}

static void step_whole(void *context, size_t index, size_t worker)
{
    pensel_batch *batch = context;
    const pensel_block *b = &batch->blocks[index];
    sums s = sums_of(batch, b, worker);
    memset(s.half[1], 0, sizeof s.half[1]);
    step_block(batch, b, &s);
}

void pensel_blocks_step(pensel_batch *batch)
{
    pensel_batch_share(batch, step_whole, batch->block_count);
}
