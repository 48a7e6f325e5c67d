/* The weights' rounds: gradients of blocks of rows over each shard of a chunk, their sum, and the
 * solver's steps.
 *
 * A block is a part of a layer: the same rows of each of its groups, so a neuron's weights and its
 * bias are summed and stepped together. The sum of one block over one shard is an item of work; it
 * lies
 *
 *     in first_sums (shard 0) and other_sums     where it must outlive its item: other threads or
 *                                                later chunks add to it, or clipping or a hook
 *                                                must see all of it
 *     in the caller's gradient (shard 0)         where somebody asked for the gradient
 *     in the worker's scratch                    else: one thread, one chunk; it never leaves the
 *                                                nearest cache
 *
 * Blocks of layers that are `whole` have no shards: their sum goes over all samples in order, as if
 * they were shard 0's.
 *
 * What must hold: the order of every sum follows from the options and the batch alone. And a
 * block steps after its last shard is summed, each shard after all of its tiles: so no tile meets
 * weights of this step, and parameters have one writer. */
#include "training/batch_state.h"

#include "base/error.h"
#include "base/memory.h"

#include <string.h>

/* The groups of a layer have as many rows each, and the part is the same rows of all. */
static pensel_block block_of(const pensel_network *network, size_t l, size_t part)
{
    const pensel_layer_instance *layer = &network->layers[l];
    const pensel_layer_part *rows = &layer->parts[part];
    pensel_block b = {.l = l, .part = part, .run_count = layer->group_count};
    for (size_t g = 0; g < b.run_count; g++) {
        size_t row = pensel_layer_row(&layer->groups[g]);
        b.run[g].first = layer->groups[g].first + rows->row * row;
        b.run[g].count = rows->rows * row;
        b.numbers += b.run[g].count;
    }
    return b;
}

/* The parts of layers that are `whole`, or those of all others */
static void list_blocks(pensel_batch *batch, bool whole)
{
    const pensel_network *network = batch->network;
    for (size_t l = 0; l < network->layer_count; l++)
        for (size_t part = 0;
             part < network->layers[l].part_count && network->layers[l].kind->whole == whole;
             part++)
            batch->blocks[batch->block_count++] = block_of(network, l, part);
}

static bool is_whole(const pensel_batch *batch, const pensel_block *b)
{
    return batch->network->layers[b->l].kind->whole;
}

/* Slots for the sums of a block's shards that wait for their neighbour: see add_up. */
static size_t slots_of(size_t shards)
{
    size_t slots = 1;
    for (size_t last = shards - 1; last > 0; last /= 2)
        slots++;
    return slots;
}

/* The most numbers that the gradient of a block has: of those summed by shards, or of whole ones */
static size_t most_numbers(const pensel_batch *batch, bool whole)
{
    size_t most = 0;
    for (size_t b = 0; b < batch->block_count; b++) {
        const pensel_block *block = &batch->blocks[b];
        if (is_whole(batch, block) == whole && block->numbers > most) most = block->numbers;
    }
    return most;
}

/* A whole block has no shards that wait, so it may use a worker's scratch from end to end. */
static pensel_status make_scratch(pensel_batch *batch, pensel_error *error)
{
    size_t size = batch->network->kernels->size, slots = slots_of(batch->most_shards);
    size_t whole = pensel_round_up(most_numbers(batch, true) * size, PENSEL_ALIGNMENT);
    batch->slot_bytes = pensel_round_up(most_numbers(batch, false) * size, PENSEL_ALIGNMENT);
    batch->scratch_bytes = slots * batch->slot_bytes > whole ? slots * batch->slot_bytes : whole;
    return PENSEL_ALLOCATE(batch->scratch, pensel_pool_size(batch->pool), batch->scratch_bytes,
                           error);
}

/* Sums that must outlive an item of work. Shards from the second on have no numbers for whole
 * layers, which come last among the parameters: they end at whole_first. */
static pensel_status make_sums(pensel_batch *batch, pensel_error *error)
{
    const pensel_network *network = batch->network;
    const pensel_training_options *o = batch->options;
    size_t others, size = network->kernels->size;
    bool several = batch->chunk < batch->capacity || pensel_pool_size(batch->pool) > 1;
    if (several || o->clip_norm > 0 || o->reduce)
        PENSEL_TRY(PENSEL_ALLOCATE(batch->first_sums, network->parameter_count, size, error));
    if (!several) return PENSEL_OK;
    PENSEL_REQUIRE(pensel_multiply(&others, batch->most_shards - 1, network->whole_first),
                   OUT_OF_MEMORY, "%zu shards of %zu parameters: there is no room for their sums",
                   batch->most_shards, network->whole_first);
    return PENSEL_ALLOCATE(batch->other_sums, others, size, error);
}

/* Sharded blocks come first in the list, so that an index below shard_blocks is such a one. If it
 * fails, pensel_blocks_free releases what there is. */
pensel_status pensel_blocks_new(pensel_batch *batch, pensel_error *error)
{
    const pensel_network *network = batch->network;
    size_t blocks = 0;
    for (size_t l = 0; l < network->layer_count; l++)
        blocks += network->layers[l].part_count;
    PENSEL_TRY(PENSEL_NEW(batch->blocks, blocks, error));
    list_blocks(batch, false);
    batch->shard_blocks = batch->block_count;
    list_blocks(batch, true);
    PENSEL_TRY(PENSEL_ALLOCATE(batch->block_squares, batch->block_count, sizeof(double), error));
    if (pensel_pool_size(batch->pool) > 1) {
        PENSEL_TRY(PENSEL_NEW(batch->counts, batch->shard_blocks, error));
        PENSEL_TRY(PENSEL_NEW(batch->tiles_done, batch->most_shards, error));
    }
    PENSEL_TRY(make_sums(batch, error));
    return make_scratch(batch, error);
}

void pensel_blocks_free(pensel_batch *batch)
{
    pensel_release(batch->first_sums);
    pensel_release(batch->other_sums);
    pensel_release(batch->scratch);
    pensel_release(batch->blocks);
    pensel_release(batch->counts);
    pensel_release(batch->tiles_done);
    pensel_release(batch->block_squares);
}

/* ---- shards and their sums */

/* The gradients of a block's groups over some shards */
typedef struct sum {
    void *group[PENSEL_LAYER_GROUPS];
} sum;

/* Tiles [first, end) of the chunk are its shard `shard`. Shards differ by a tile at most. A last
 * chunk may have fewer tiles than shards: the last ones have none, and their sums stay as
 * they are. */
static void tiles_of_shard(const pensel_batch *batch, size_t shard, size_t *first, size_t *end)
{
    size_t count = batch->tiling.count, shards = batch->shards;
    if (count < shards) {
        *first = shard < count ? shard : count;
        *end = shard < count ? shard + 1 : count;
    } else {
        *first = shard * count / shards;
        *end = (shard + 1) * count / shards;
    }
}

/* How many sums of subtrees the first `shards` shards come to: each bit of the number is one. */
static size_t subtrees(size_t shards)
{
    size_t count = 0;
    for (; shards > 0; shards &= shards - 1)
        count++;
    return count;
}

/* Where the gradient of a shard goes: it stays until the batch is done, or it takes the next slot
 * behind the subtrees that wait. A whole block is summed in the place of the first shard. Kept
 * sums have an address that does not depend on the worker: so a thread finds what others have
 * summed. */
static sum sum_of(const pensel_batch *batch, const pensel_block *b, size_t shard, size_t worker)
{
    const pensel_network *network = batch->network;
    sum s;
    void *all = shard == 0 ? batch->whole
                : batch->keeps
                    ? pensel_at(network, batch->other_sums, (shard - 1) * network->whole_first)
                    : NULL;
    char *next = batch->scratch + worker * batch->scratch_bytes;
    if (!all) next += subtrees(shard) * batch->slot_bytes;
    for (size_t g = 0; g < b->run_count; g++) {
        s.group[g] = all ? pensel_at(network, all, b->run[g].first) : next;
        next += b->run[g].count * network->kernels->size;
    }
    return s;
}

/* Sums of subtrees, from the left; the first one lies in the place of the first shard. It is a
 * binary counter: after s shards there is a subtree for each bit of s, the largest first, and a
 * carry is an addition. So no more than log2(shards) + 1 sums wait, and the tree is that of
 * batch.h:
 *
 *     after 1: {0}    2: {0 + 1}    3: {0 + 1, 2}    4: {(0 + 1) + (2 + 3)}    ... */
typedef struct tree {
    sum sum[8];
    size_t count;
} tree;
_Static_assert(sizeof((tree *)0)->sum / sizeof(sum) > 6, "64 shards: six bits, and one more");

/* The left one of the two takes the sum: in the end that is where the first shard's lies. */
static void join_last_two(const pensel_batch *batch, const pensel_block *b, tree *t)
{
    const pensel_kernels *kernels = batch->network->kernels;
    t->count--;
    for (size_t g = 0; g < b->run_count; g++)
        kernels->add_scaled(t->sum[t->count - 1].group[g], t->sum[t->count].group[g], 1,
                            b->run[g].count);
}

/* Adds the sum of shard `shard`, in order, and joins the subtrees that are complete. After the last
 * shard two are left, for the step adds these in passing. */
static void add_up(const pensel_batch *batch, const pensel_block *b, tree *t, sum s, size_t shard)
{
    size_t done = shard + 1, left = done == batch->shards ? 2 : subtrees(done);
    t->sum[t->count++] = s;
    while (t->count > left)
        join_last_two(batch, b, t);
}

/* The block's sum over tiles [first, end), in their order. Panels of tiles stand one after another,
 * so the address of the first tile's is enough for all. */
static pensel_layer_gradient gradient_of(const pensel_batch *batch, const pensel_block *b,
                                         const sum *s, size_t first, size_t end)
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
        .sparse = b->l == 0 ? pensel_batch_sparse(batch, tile.first, 0) : (pensel_sparse_rows){0},
        .ld = pass->ld,
        .stride = pass->strides[b->l],
        .block_step = pass->block_steps[b->l],
        .tiles = end - first,
        .tile_n = batch->tile_n + first,
    };
    memcpy(g.gradient, s->group, sizeof g.gradient);
    return g;
}

/* What the step of a block will read besides its last sum: another one, weights and moments. The
 * neighbour's sum is likely another core's work, and comes while the kernel still sums. */
static void prefetch_step(const pensel_batch *batch, const pensel_block *b, size_t shard,
                          size_t worker, pensel_layer_gradient *g)
{
    const pensel_network *network = batch->network;
    size_t weights = b->run[0].first;
    size_t neighbour = (shard ^ 1) < batch->shards ? shard ^ 1 : 0;
    g->prefetch[0] = pensel_at(network, batch->parameters, weights);
    g->prefetch[1] = sum_of(batch, b, neighbour, worker).group[0];
    for (size_t i = 0; i < 2; i++) {
        void *moments = batch->update->moments[i];
        g->prefetch[i + 2] = moments ? pensel_at(network, moments, weights) : NULL;
    }
}

/* The block's sum over a shard's samples; `finishes`: its step comes next */
static sum shard_gradient(const pensel_batch *batch, const pensel_block *b, size_t shard,
                          size_t worker, bool finishes)
{
    const pensel_layer_instance *layer = &batch->network->layers[b->l];
    size_t first, end;
    sum s = sum_of(batch, b, shard, worker);
    tiles_of_shard(batch, shard, &first, &end);
    if (first == end) return s;
    pensel_layer_gradient g = gradient_of(batch, b, &s, first, end);
    if (finishes && batch->steps && !batch->wanted) prefetch_step(batch, b, shard, worker, &g);
    if (batch->shared && !finishes) g.prefetch[0] = s.group[0];
    layer->kind->gradient(layer, &g);
    return s;
}

static void whole_gradient(const pensel_batch *batch, const pensel_block *b, const sum *s)
{
    const pensel_layer_instance *layer = &batch->network->layers[b->l];
    pensel_layer_gradient g = gradient_of(batch, b, s, 0, batch->tiling.count);
    layer->kind->gradient(layer, &g);
}

/* ---- steps */

/* With V the weight of the batch's samples, `decay` the layer's factor (0 for biases):
 *
 *     g        <- scale * g + (alpha / V) decay * w     scale: of clipping, else 1
 *     w        <- (1 - weight_decay rate decay) w       then the solver's step by g and rate
 *
 * The penalty is part of the gradient, as in scikit-learn; weight_decay is not, as in AdamW. */
pensel_step pensel_blocks_step_of(const pensel_batch *batch, const pensel_layer_instance *layer,
                                  size_t group, size_t first)
{
    const pensel_network *network = batch->network;
    const pensel_update *update = batch->update;
    double decay = layer->groups[group].decays ? layer->rates.decay : 0;
    pensel_step step = update->step;
    step.w = pensel_at(network, batch->parameters, first);
    step.m = update->moments[0] ? pensel_at(network, update->moments[0], first) : NULL;
    step.v = update->moments[1] ? pensel_at(network, update->moments[1], first) : NULL;
    step.rate *= layer->rates.rate_factor;
    step.l2 = batch->options->alpha / batch->weight_sum * decay;
    step.weight_decay = update->weight_decay * layer->rates.rate_factor * decay;
    step.gradient_scale = batch->gradient_scale;
    return step;
}

/* A run of parameters [first, first + count) of a layer's group, whose gradient is the sum of g
 * and, unless NULL, more_g: the last addition of the tree, which so costs no pass over memory. */
static void step_run(const pensel_batch *batch, const pensel_layer_instance *layer, size_t group,
                     size_t first, size_t count, const void *g, const void *more_g)
{
    const pensel_network *network = batch->network;
    const pensel_update *update = batch->update;
    pensel_step step = pensel_blocks_step_of(batch, layer, group, first);
    step.g = g;
    step.more_g = more_g;
    step.count = count;
    update->take(&step);
    if (update->average)
        network->kernels->blend(pensel_at(network, update->average, first), step.w, count,
                                update->average_decay);
}

/* The penalty and the steps of a block whose gradient is g and, unless NULL, more. The squares are
 * those of the weights before the step, which the loss belongs to; a slot for each block, added up
 * later in one order, whoever writes them. */
static void step_block(pensel_batch *batch, const pensel_block *b, const sum *g, const sum *more)
{
    const pensel_network *network = batch->network;
    const pensel_layer_instance *layer = &network->layers[b->l];
    double squares = 0;
    for (size_t i = 0; i < b->run_count && batch->options->alpha > 0; i++)
        if (layer->groups[i].decays)
            squares +=
                layer->rates.decay *
                network->kernels->sum_of_squares(
                    pensel_at(network, network->parameters, b->run[i].first), b->run[i].count);
    batch->block_squares[b - batch->blocks] = squares;
    for (size_t i = 0; i < b->run_count && batch->steps; i++)
        step_run(batch, layer, i, b->run[i].first, b->run[i].count, g->group[i],
                 more ? more->group[i] : NULL);
}

static bool is_last_chunk(const pensel_batch *batch)
{
    return batch->chunk_first + batch->chunk_n == batch->selection.n;
}

/* All shards of the block are in the tree: adds up the rest where the whole gradient is wanted, or
 * steps. */
static void finish_block(pensel_batch *batch, const pensel_block *b, tree *t)
{
    if (!batch->wanted)
        step_block(batch, b, &t->sum[0], t->count > 1 ? &t->sum[1] : NULL);
    else if (t->count > 1)
        join_last_two(batch, b, t);
}

/* ---- a block alone */

/* A pensel_work: a block of a layer that is `whole`, over all tiles of the chunk. Its
 * parts are what threads share. */
static void whole_block(void *context, size_t index, size_t worker)
{
    pensel_batch *batch = context;
    const pensel_block *b = &batch->blocks[index];
    tree t = {.count = 1};
    t.sum[0] = sum_of(batch, b, 0, worker);
    whole_gradient(batch, b, &t.sum[0]);
    if (is_last_chunk(batch)) finish_block(batch, b, &t);
}

/* All shards of a block, and the step while the gradient is near. Chunk by chunk, sums that are
 * kept grow where they lie; only the last chunk adds them up. */
static void all_shards(pensel_batch *batch, const pensel_block *b)
{
    bool last = is_last_chunk(batch);
    tree t;
    t.count = 0;
    for (size_t shard = 0; shard < batch->shards; shard++) {
        sum s = shard_gradient(batch, b, shard, 0, last && shard + 1 == batch->shards);
        if (last || !batch->keeps) add_up(batch, b, &t, s, shard);
    }
    if (last) finish_block(batch, b, &t);
}

/* ---- a block among threads */

/* Where range `range` of the blocks begins, of as many as there are shards */
static size_t range_first(const pensel_batch *batch, size_t range)
{
    return range * batch->shard_blocks / batch->shards;
}

/* A shard of a block's sum, its turn-th. Whoever brings the last shard finishes the block. Each
 * shard begins with another range of blocks and goes round, so each ends with another one: the
 * same thread finishes a block in every step, it waits for nobody, and the other sums come from
 * other cores while the last is summed.
 *
 * atomic_fetch_add makes the sums of those who came before visible to whoever comes last. Which
 * thread that is changes nothing in the order of the tree. */
static void shard_block(pensel_batch *batch, size_t shard, size_t turn, size_t worker)
{
    size_t shards = batch->shards, blocks = batch->shard_blocks;
    size_t index = (turn + range_first(batch, shards - 1 - shard)) % blocks;
    size_t ends_with = (2 * shards - 2 - shard) % shards;
    size_t others = blocks - (range_first(batch, ends_with + 1) - range_first(batch, ends_with));
    const pensel_block *b = &batch->blocks[index];
    bool last = is_last_chunk(batch);
    __builtin_prefetch(&batch->counts[index], 1);
    shard_gradient(batch, b, shard, worker, last && turn >= others);
    if (!last || atomic_fetch_add(&batch->counts[index].done, 1) + 1 < shards) return;
    tree t;
    t.count = 0;
    for (size_t i = 0; i < shards; i++)
        add_up(batch, b, &t, sum_of(batch, b, i, worker), i);
    finish_block(batch, b, &t);
}

/* A pensel_work: items (shard, turn), shard by shard. All tiles must be done. */
static void any_shard_block(void *context, size_t index, size_t worker)
{
    pensel_batch *batch = context;
    shard_block(batch, index / batch->shard_blocks, index % batch->shard_blocks, worker);
}

static size_t most_tiles_of_shard(const pensel_batch *batch)
{
    return (batch->tiling.count + batch->shards - 1) / batch->shards;
}

/* A pensel_work: each thread takes the tiles of its shards and then their blocks without waiting
 * for others, and who is done first helps. Items of a shard are its tiles, padded to as many for
 * every shard, then its blocks. The tiles that a block waits for come before it, and the caller
 * takes items in order: so nobody waits for ever. */
static void tile_or_shard_block(void *context, size_t index, size_t worker)
{
    pensel_batch *batch = context;
    size_t tiles = most_tiles_of_shard(batch), items = tiles + batch->shard_blocks;
    size_t shard = index / items, item = index % items, first, end;
    tiles_of_shard(batch, shard, &first, &end);
    if (item >= tiles) {
        for (size_t turn = 0; atomic_load(&batch->tiles_done[shard].done) < end - first; turn++)
            pensel_pool_wait(turn);
        shard_block(batch, shard, item - tiles, worker);
    } else if (first + item < end) {
        pensel_batch_tile(batch, first + item, worker);
        atomic_fetch_add(&batch->tiles_done[shard].done, 1);
    }
}

/* A pensel_work: the whole blocks, which stand behind the sharded ones. */
static void rest_block(void *context, size_t index, size_t worker)
{
    pensel_batch *batch = context;
    whole_block(batch, batch->shard_blocks + index, worker);
}

/* Among the pool. As many shards for each thread: then they need not meet between tiles and blocks.
 * Otherwise a thread takes tiles of several shards, and blocks begin when all tiles are done.
 * Counts are cleared here, before the pool starts: none of its threads is at work. */
static void shared_gradient(pensel_batch *batch)
{
    pensel_pool *pool = batch->pool;
    for (size_t b = 0; b < batch->shard_blocks; b++)
        atomic_store(&batch->counts[b].done, 0);
    if (batch->shards % pensel_pool_size(pool) == 0) {
        for (size_t shard = 0; shard < batch->shards; shard++)
            atomic_store(&batch->tiles_done[shard].done, 0);
        pensel_pool_run(pool, tile_or_shard_block, batch,
                        batch->shards * (most_tiles_of_shard(batch) + batch->shard_blocks));
    } else {
        pensel_pool_run(pool, pensel_batch_tile, batch, batch->tiling.count);
        pensel_pool_run(pool, any_shard_block, batch, batch->shards * batch->shard_blocks);
    }
    pensel_pool_run(pool, rest_block, batch, batch->block_count - batch->shard_blocks);
}

void pensel_blocks_gradient(pensel_batch *batch)
{
    if (batch->shared) {
        shared_gradient(batch);
        return;
    }
    for (size_t tile = 0; tile < batch->tiling.count; tile++)
        pensel_batch_tile(batch, tile, 0);
    for (size_t b = 0; b < batch->shard_blocks; b++)
        all_shards(batch, &batch->blocks[b]);
    for (size_t b = batch->shard_blocks; b < batch->block_count; b++)
        whole_block(batch, b, 0);
}

/* A pensel_work: the step of a block whose sums are all in `whole`. */
static void step_whole(void *context, size_t index, size_t worker)
{
    pensel_batch *batch = context;
    const pensel_block *b = &batch->blocks[index];
    sum s = sum_of(batch, b, 0, worker);
    step_block(batch, b, &s, NULL);
}

void pensel_blocks_step(pensel_batch *batch)
{
    pensel_batch_share(batch, step_whole, batch->block_count);
}
