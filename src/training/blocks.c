/* The weights' rounds: gradients of blocks of rows over both halves of a chunk, and the solver's
 * steps. */
#include "training/batch_state.h"

#include "base/error.h"
#include "base/memory.h"

#include <string.h>

/* Rows of a block, about: enough to keep the kernels' register blocks full, few enough to share
 * out. */
enum { BLOCK_ROWS = 24 };

/* Layer l's rows in blocks as equal as can be. */
static size_t blocks_of(const pensel_network *network, size_t l)
{
    size_t blocks = (network->layers[l].out + BLOCK_ROWS / 2) / BLOCK_ROWS;
    return blocks ? blocks : 1;
}

static void list_blocks(pensel_batch *batch)
{
    const pensel_network *network = batch->network;
    pensel_block *next = batch->blocks;
    for (size_t l = 0; l < network->shape.layer_count; l++)
        for (size_t b = 0, blocks = blocks_of(network, l), out = network->layers[l].out; b < blocks;
             b++)
            *next++ =
                (pensel_block){l, out * b / blocks, out * (b + 1) / blocks - out * b / blocks};
    for (size_t piece = 0; piece < pensel_encoder_pieces(network->encoder); piece++)
        *next++ = (pensel_block){network->shape.layer_count, piece, 0};
}

/* Numbers of the gradient of the largest block of a layer; a lone block has less than 3/2
 * BLOCK_ROWS. */
static size_t largest_block(const pensel_network *network)
{
    size_t most = 0;
    for (size_t l = 0; l < network->shape.layer_count; l++)
        if (network->layers[l].in + 1 > most) most = network->layers[l].in + 1;
    return 3 * BLOCK_ROWS / 2 * most;
}

static size_t largest_piece(const pensel_network *network)
{
    size_t most = 0, first, count;
    for (size_t piece = 0; piece < pensel_encoder_pieces(network->encoder); piece++) {
        pensel_encoder_piece(network->encoder, piece, &first, &count);
        if (count > most) most = count;
    }
    return most;
}

pensel_status pensel_blocks_new(pensel_batch *batch, pensel_error *error)
{
    const pensel_network *network = batch->network;
    size_t size = network->kernels->size, halves = 2 * largest_block(network),
           piece = largest_piece(network);
    for (size_t l = 0; l < network->shape.layer_count; l++)
        batch->layer_blocks += blocks_of(network, l);
    batch->block_count = batch->layer_blocks + pensel_encoder_pieces(network->encoder);
    PENSEL_TRY(PENSEL_NEW(batch->blocks, batch->block_count, error));
    list_blocks(batch);
    PENSEL_TRY(PENSEL_NEW(batch->block_squares, batch->block_count, error));
    if (pensel_pool_size(batch->pool) > 1)
        PENSEL_TRY(PENSEL_NEW(batch->counts, batch->layer_blocks, error));
    batch->scratch_bytes =
        pensel_round_up((halves > piece ? halves : piece) * size, PENSEL_ALIGNMENT);
    return PENSEL_ALLOCATE(batch->scratch, pensel_pool_size(batch->pool), batch->scratch_bytes,
                           error);
}

/* Where block b's parameters are: weights [first, first + count), and for a layer its biases. */
typedef struct runs {
    size_t weights, weight_count, biases, bias_count;
} runs;

static runs runs_of(const pensel_batch *batch, const pensel_block *b)
{
    const pensel_network *network = batch->network;
    if (b->l < network->shape.layer_count) {
        const pensel_dense *layer = &network->layers[b->l];
        return (runs){layer->weights + b->first * layer->in, b->rows * layer->in,
                      layer->biases + b->first, b->rows};
    }
    runs r = {0};
    pensel_encoder_piece(network->encoder, b->first, &r.weights, &r.weight_count);
    r.weights += network->encoder_offset;
    return r;
}

/* The gradients of a block over the first and the second half, each NULL where there is none */
typedef struct sums {
    void *dw[2], *db[2];
} sums;

/* Tiles [first, end) are half `half` of the chunk. A lone tile is the first half. */
static void tiles_of_half(const pensel_batch *batch, size_t half, size_t *first, size_t *end)
{
    size_t count = batch->tiling.count, middle = count > 1 ? count / 2 : count;
    *first = half ? middle : 0;
    *end = half ? count : middle;
}

/* An encoder's pieces are summed whole, in the place of the first half. */
static sums sums_of(const pensel_batch *batch, const pensel_block *b, size_t worker)
{
    const pensel_network *network = batch->network;
    runs r = runs_of(batch, b);
    sums s = {0};
    size_t halves = b->l < network->shape.layer_count ? batch->halves : 1;
    char *scratch = batch->scratch + worker * batch->scratch_bytes;
    for (size_t half = 0; half < halves; half++, scratch += batch->scratch_bytes / 2) {
        void *whole = batch->whole[half];
        s.dw[half] = whole ? pensel_at(network, whole, r.weights) : scratch;
        s.db[half] = whole ? pensel_at(network, whole, r.biases)
                           : pensel_at(network, scratch, r.weight_count);
    }
    return s;
}

/* The block's sum over a half's samples, tile by tile; `finishes`: its step comes next */
static void half_gradient(const pensel_batch *batch, const pensel_block *b, size_t half,
                          const sums *s, bool finishes)
{
    const pensel_network *network = batch->network;
    const pensel_pass *pass = batch->pass;
    const pensel_dense *layer = &network->layers[b->l];
    size_t first, end, weights = layer->weights + b->first * layer->in;
    tiles_of_half(batch, half, &first, &end);
    if (first == end) return;
    pensel_tile tile = pensel_tiling_tile(&batch->tiling, first);
    pensel_weight_gradient gradient = {
        .dw = s->dw[half],
        .db = s->db[half],
        .dz = pensel_at(network, pensel_pass_panel(pass, b->l + 1, tile), b->first * pass->ld),
        .rows = pensel_pass_rows(pass, b->l, tile),
        .in = layer->in,
        .out = b->rows,
        .lddz = pass->ld,
        .stride = pass->strides[b->l],
        .accumulate = batch->accumulate,
        .tiles = end - first,
        .tile_n = batch->tile_n + first,
        .tile_step = layer->out * pass->ld,
    };
    if (finishes && batch->steps && !batch->wanted) {
        gradient.prefetch[0] = pensel_at(network, batch->parameters, weights);
        gradient.prefetch[1] = s->dw[1 - half];
        for (size_t i = 0; i < 2; i++) {
            void *moments = batch->update->moments[i];
            gradient.prefetch[i + 2] = moments ? pensel_at(network, moments, weights) : NULL;
        }
    }
    if (batch->shared && !finishes) gradient.prefetch[0] = s->dw[half];
    network->kernels->weight_gradient(&gradient);
}

static void piece_gradient(const pensel_batch *batch, const pensel_block *b, void *piece)
{
    const pensel_network *network = batch->network;
    const pensel_pass *pass = batch->pass;
    runs r = runs_of(batch, b);
    /* laid out as all of the encoder's numbers */
    ptrdiff_t before = (ptrdiff_t)((r.weights - network->encoder_offset) * network->kernels->size);
    if (!batch->accumulate) memset(piece, 0, r.weight_count * network->kernels->size);
    for (size_t t = 0; t < batch->tiling.count; t++) {
        pensel_tile tile = pensel_tiling_tile(&batch->tiling, t);
        pensel_encoder_backward(
            network->encoder,
            &(pensel_encode_backward){
                .gradient = (char *)piece - before,
                .dfeatures = pensel_pass_panel(pass, 0, tile),
                .x = pensel_pass_x(pass, tile),
                .parameters = pensel_at(network, network->parameters, network->encoder_offset),
                .n = tile.n,
                .ld = pass->ld,
                .ldx = pass->ld,
                .piece = b->first,
            });
    }
}

/* A run of parameters [first, first + count) whose gradient is the sum of g[0] and, unless NULL,
 * g[1] */
static void step_run(const pensel_batch *batch, size_t first, size_t count, void *const g[2],
                     double l2, double weight_decay)
{
    const pensel_network *network = batch->network;
    const pensel_update *update = batch->update;
    pensel_step step = update->step;
    step.w = pensel_at(network, batch->parameters, first);
    step.m = update->moments[0] ? pensel_at(network, update->moments[0], first) : NULL;
    step.v = update->moments[1] ? pensel_at(network, update->moments[1], first) : NULL;
    step.g = g[0];
    step.more_g = g[1];
    step.count = count;
    step.l2 = l2;
    step.weight_decay = weight_decay;
    step.gradient_scale = batch->gradient_scale;
    update->take(&step);
    if (update->average)
        network->kernels->blend(pensel_at(network, update->average, first), step.w, count,
                                update->average_decay);
}

/* The penalty and the steps of a block; an encoder's numbers are neither penalised nor decayed. */
static void step_block(pensel_batch *batch, const pensel_block *b, const sums *s)
{
    const pensel_network *network = batch->network;
    bool layer = b->l < network->shape.layer_count;
    runs r = runs_of(batch, b);
    double l2 = layer ? batch->options->alpha / batch->weight_sum : 0;
    if (l2 > 0)
        batch->block_squares[b - batch->blocks] = network->kernels->sum_of_squares(
            pensel_at(network, network->parameters, r.weights), r.weight_count);
    if (!batch->steps) return;
    step_run(batch, r.weights, r.weight_count, s->dw, l2, layer ? batch->update->weight_decay : 0);
    if (layer) step_run(batch, r.biases, r.bias_count, s->db, 0, 0);
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
    if (batch->wanted && s.dw[1]) {
        network->kernels->add_scaled(s.dw[0], s.dw[1], 1, r.weight_count);
        network->kernels->add_scaled(s.db[0], s.db[1], 1, r.bias_count);
        s.dw[1] = s.db[1] = NULL;
    }
    if (!is_clipped(batch)) step_block(batch, b, &s);
}

/* Alone: both halves of a block, or an encoder's piece, and the step while its gradient is near */
static void whole_block(void *context, size_t index, size_t worker)
{
    pensel_batch *batch = context;
    const pensel_block *b = &batch->blocks[index];
    sums s = sums_of(batch, b, worker);
    bool last = is_last_chunk(batch);
    if (b->l == batch->network->shape.layer_count) piece_gradient(batch, b, s.dw[0]);
    for (size_t half = 0; half < 2 && b->l < batch->network->shape.layer_count; half++)
        half_gradient(batch, b, half, &s, last && half + 1 == batch->halves);
    if (last) finish_block(batch, b, s);
}

/* Shared: a half of a block's sum. Whoever brings the second half finishes the block; each half
 * begins with the blocks that the other one ends with, so that this is the same thread in every
 * step, it waits for nobody, and the first half comes from the other core while the second is
 * summed. */
static void half_block(pensel_batch *batch, size_t half, size_t turn, size_t worker)
{
    size_t middle = batch->layer_blocks / 2, others = half ? middle : batch->layer_blocks - middle;
    size_t index = half ? turn : (turn + middle) % batch->layer_blocks;
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
    half_block(batch, index / batch->layer_blocks, index % batch->layer_blocks, worker);
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
    size_t tiles = most_tiles_of_half(batch), items = tiles + batch->layer_blocks,
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

static void encoder_piece(void *context, size_t index, size_t worker)
{
    pensel_batch *batch = context;
    whole_block(batch, batch->layer_blocks + index, worker);
}

static void shared_gradient(pensel_batch *batch)
{
    pensel_pool *pool = batch->pool;
    for (size_t b = 0; b < batch->layer_blocks; b++)
        atomic_store(&batch->counts[b].halves, 0);
    if (pensel_pool_size(pool) == 2) {
        for (size_t half = 0; half < 2; half++)
            atomic_store(&batch->tiles_done[half], 0);
        pensel_pool_run(pool, tile_or_half_block, batch,
                        2 * (most_tiles_of_half(batch) + batch->layer_blocks));
    } else {
        pensel_pool_run(pool, pensel_batch_tile, batch, batch->tiling.count);
        pensel_pool_run(pool, any_half_block, batch, 2 * batch->layer_blocks);
    }
    pensel_pool_run(pool, encoder_piece, batch, batch->block_count - batch->layer_blocks);
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
    s.dw[1] = s.db[1] = NULL;
    step_block(batch, b, &s);
}

void pensel_blocks_step(pensel_batch *batch)
{
    pensel_batch_share(batch, step_whole, batch->block_count);
}
