/* Batches: see batch.h for the rounds of work. This file is what leads through them: how a batch
 * is cut, what a tile does, loss and penalty, clipping and the reduce hook; blocks.c sums and
 * steps.
 *
 *     loss = 1/V sum_s v_s l(y_s, f(x_s)) + alpha / (2 V) sum w^2,   V = sum_s v_s
 *
 * v are the samples' weights, w those that decay. The scale 1/V is in dz of the outputs already, so
 * all that is summed later needs no factor.
 *
 * Between two batches only buffers, the autotune and `kept` mean anything: whatever stands below
 * `the batch at work` in the struct is set anew by start and begin_run. One thread at a time runs a
 * batch; nothing is allocated after pensel_batch_new. */
#include "training/batch_state.h"
#include "training/training.h"

#include "platform/clock.h"
#include "base/error.h"
#include "base/matrix.h"
#include "base/memory.h"

#include <math.h>
#include <string.h>

/* Operations of a step: up to the first number the other threads would be waking up while one has
 * long been done; from the second on it is shared until trying tells otherwise; above the third no
 * trying is needed. */
#define SHARED_NEVER 1e6
#define SHARED_AT_FIRST 2e6
#define SHARED_ALWAYS 3e9
/* What the activations of a chunk may take: more than a core's own cache pays with waiting. */
#define CHUNK_BYTES (2048 * 1024)
/* Tiles of a shard of a chunk, at least, where each chunk reads and writes large sums */
enum { WIDE_TILES = 4 };
/* Shards, where the options leave it open: a constant, for the result depends on it. */
enum { USUAL_SHARDS = 2 };

/* Samples of a chunk: whole tiles, about as many in each chunk of a batch of n, and about
 * CHUNK_BYTES of activations for two shards; with more shards there are more cores, each with a
 * cache of its own. At least a tile for each shard, or threads would have nothing to share. The
 * answer depends on options, network and n, never on threads: the order of sums follows from it. */
static size_t chunk_of(const pensel_network *network, size_t shards, size_t n)
{
    if (shards < 2) shards = 2;
    size_t fits = CHUNK_BYTES / 2 * shards / pensel_pass_bytes(network);
    size_t lanes = network->kernels->lanes, least = shards * PENSEL_TILE_LANES * lanes;
    if (pensel_network_is_wide(network)) least *= WIDE_TILES;
    if (fits < least) fits = least;
    size_t chunks = (n + fits - 1) / fits;
    size_t even = pensel_round_up((n + chunks - 1) / chunks, PENSEL_TILE_LANES * lanes);
    return even < n ? even : pensel_round_up(n, lanes); /* whole tiles: as many for each thread */
}

/* A chunk may have fewer tiles than the options' shards; then there are as many shards as tiles. */
static pensel_status build(pensel_batch *batch, pensel_error *error)
{
    const pensel_network *network = batch->network;
    size_t size = network->kernels->size;
    size_t shards = batch->options->shards ? batch->options->shards : USUAL_SHARDS;
    size_t chunk = batch->chunk = chunk_of(network, shards, batch->capacity);
    PENSEL_TRY(pensel_pass_new(&batch->pass, network, chunk, error));
    PENSEL_TRY(pensel_sample_pass_new(&batch->sample, network, error));
    size_t columns = batch->pass->tiles * batch->pass->ld;
    PENSEL_TRY(
        PENSEL_ALLOCATE(batch->targets, pensel_network_outputs(network) * columns, size, error));
    PENSEL_TRY(PENSEL_ALLOCATE(batch->weights, columns, size, error));
    size_t tiles = pensel_tiling_of(network->kernels, chunk).count;
    if (batch->options->loss_function)
        PENSEL_TRY(
            PENSEL_NEW(batch->function_room, tiles * 3 * pensel_network_outputs(network), error));
    PENSEL_TRY(PENSEL_NEW(batch->tile_losses, tiles, error));
    PENSEL_TRY(PENSEL_NEW(batch->tile_n, tiles, error));
    batch->most_shards = shards < tiles ? shards : tiles;
    return pensel_blocks_new(batch, error);
}

/* 2 operations for each parameter and sample forward, 4 back: dx = w' dz and dw = dz x'. It only
 * decides who works, so it need not be exact where layers have other counts. */
static double operations_of(const pensel_batch *batch, size_t n)
{
    return 6.0 * (double)batch->network->parameter_count * (double)n;
}

pensel_status pensel_batch_new(pensel_batch **result, const pensel_network *network,
                               const pensel_training_options *options, pensel_pool *pool, size_t n,
                               pensel_error *error)
{
    pensel_batch *batch;
    *result = NULL;
    PENSEL_TRY(PENSEL_NEW(batch, 1, error));
    batch->network = network;
    batch->options = options;
    batch->pool = pool;
    batch->capacity = n;
    batch->autotune = pensel_autotune_begin(operations_of(batch, n) >= SHARED_AT_FIRST);
    pensel_status status = build(batch, error);
    if (status != PENSEL_OK)
        pensel_batch_free(&batch);
    else
        *result = batch;
    return status;
}

void pensel_batch_free(pensel_batch **address)
{
    pensel_batch *batch = address ? *address : NULL;
    if (!batch) return;
    *address = NULL;
    pensel_pass_free(&batch->pass);
    pensel_sample_pass_free(&batch->sample);
    pensel_release(batch->targets);
    pensel_release(batch->weights);
    pensel_blocks_free(batch);
    pensel_release(batch->tile_losses);
    pensel_release(batch->tile_n);
    pensel_release(batch->function_room);
    pensel_release(batch);
}

void pensel_batch_keep(pensel_batch *batch, bool shared)
{
    batch->autotune = pensel_autotune_begin(shared);
    batch->kept = true;
}

size_t pensel_batch_capacity(const pensel_batch *batch)
{
    return batch->capacity;
}

/* The tile's rows of m as its block of `panels`, (m.columns, ld) feature-major, in the network's
 * precision. */
static void *panel_of(const pensel_batch *batch, pensel_matrix m, void *panels, pensel_tile tile)
{
    const pensel_selection *s = &batch->selection;
    size_t at = batch->chunk_first + tile.first, ld = batch->pass->ld;
    void *panel = pensel_at(batch->network, panels, tile.index * m.columns * ld);
    batch->network->kernels->gather(&(pensel_gather){
        .panel = panel,
        .x = m,
        .index = s->index ? s->index + at : NULL,
        .first = s->from + at,
        .n = tile.n,
        .ld = ld,
    });
    return panel;
}

/* The sum of the tile's losses, weighted but not yet divided by V. The outputs' panel becomes dz in
 * place: nobody needs the predictions any more. */
static double tile_loss(const pensel_batch *batch, pensel_tile tile)
{
    const pensel_network *network = batch->network;
    size_t layers = network->layer_count;
    const pensel_layer_instance *last = pensel_network_last(network);
    const pensel_samples *samples = batch->selection.samples;
    void *outputs = pensel_pass_panel(batch->pass, layers, tile);
    return network->kernels->loss(&(pensel_loss_tile){
        .dz = batch->needs_gradient ? outputs : NULL,
        .a = outputs,
        .slope = pensel_pass_kept(batch->pass, layers - 1, tile),
        .y = panel_of(batch, samples->y, batch->targets, tile),
        .weights =
            samples->weights.data ? panel_of(batch, samples->weights, batch->weights, tile) : NULL,
        .k = last->out,
        .n = tile.n,
        .ld = batch->pass->ld,
        .loss = batch->options->loss,
        .activation = last->activation,
        .parameter = last->parameter,
        .delta = pensel_loss_delta(batch->options),
        .scale = 1 / batch->weight_sum,
        .sklearn_gradient = batch->options->sklearn_gradient,
        .function = batch->options->loss_function,
        .data = batch->options->loss_function_data,
        .room = batch->function_room ? batch->function_room + tile.index * 3 * last->out : NULL,
    });
}

void pensel_batch_tile(void *context, size_t index, size_t worker)
{
    pensel_batch *batch = context;
    const pensel_selection *s = &batch->selection;
    pensel_tile tile = pensel_tiling_tile(&batch->tiling, index);
    size_t at = batch->chunk_first + tile.first;
    (void)worker;
    pensel_sparse_rows sparse = pensel_batch_sparse(batch, tile.first, tile.n);
    if (sparse.x)
        pensel_pass_forward_sparse(batch->pass, &sparse, tile);
    else
        pensel_pass_forward(batch->pass, s->samples->x, s->index ? s->index + at : NULL,
                            s->from + at, tile);
    batch->tile_losses[index] = tile_loss(batch, tile);
    if (batch->needs_gradient) pensel_pass_backward(batch->pass, tile);
}

void pensel_batch_share(pensel_batch *batch, pensel_work work, size_t count)
{
    if (batch->shared) {
        pensel_pool_run(batch->pool, work, batch, count);
        return;
    }
    for (size_t i = 0; i < count; i++)
        work(batch, i, 0);
}

/* Pascanu et al. 2013, algorithm 1: g *= clip_norm / |g| if |g| is above clip_norm. The norm is
 * that of the whole gradient, the penalty left out; the steps do the multiplication. */
static void clip(pensel_batch *batch)
{
    const pensel_network *network = batch->network;
    double norm = sqrt(network->kernels->sum_of_squares(batch->whole, network->parameter_count));
    if (norm > batch->update->clip_norm) batch->gradient_scale = batch->update->clip_norm / norm;
}

/* V. Without weights all weigh 1. */
static double weight_sum(const pensel_selection *s)
{
    if (!s->samples->weights.data) return (double)s->n;
    double sum = 0;
    for (size_t i = 0; i < s->n; i++)
        sum += pensel_matrix_number(s->samples->weights, s->index ? s->index[i] : s->from + i);
    return sum;
}

/* The losses of the chunk's tiles, added in the tiles' order whoever computed them. Shards are
 * those of the first chunk for the whole batch: their sums go on in the next one. Each chunk drops
 * other units: an odd constant (Steele & Vigna 2021) keeps their seeds apart, and not the one that
 * parts the units' hashes, or a unit of a chunk would be the next unit of the chunk before. */
static double run_chunk(pensel_batch *batch, size_t number)
{
    size_t rest = batch->selection.n - batch->chunk_first;
    double loss = 0;
    batch->chunk_n = rest < batch->chunk ? rest : batch->chunk;
    batch->tiling = pensel_tiling_of(batch->network->kernels, batch->chunk_n);
    for (size_t t = 0; t < batch->tiling.count; t++)
        batch->tile_n[t] = pensel_tiling_tile(&batch->tiling, t).n;
    batch->accumulate = number > 0;
    if (number == 0)
        batch->shards =
            batch->tiling.count < batch->most_shards ? batch->tiling.count : batch->most_shards;
    if (batch->update)
        batch->pass->dropout =
            (pensel_dropout_plan){true, batch->update->dropout,
                                  batch->update->dropout_seed + number * 0xd1342543de82ef95u};
    if (batch->needs_gradient)
        pensel_blocks_gradient(batch);
    else
        pensel_batch_share(batch, pensel_batch_tile, batch->tiling.count);
    for (size_t tile = 0; tile < batch->tiling.count; tile++)
        loss += batch->tile_losses[tile];
    return loss;
}

/* The mean loss, without the penalty. */
static double run_chunks(pensel_batch *batch)
{
    size_t number = 0;
    double loss = 0;
    batch->pass->dropout = (pensel_dropout_plan){0};
    for (batch->chunk_first = 0; batch->chunk_first < batch->selection.n;
         batch->chunk_first += batch->chunk)
        loss += run_chunk(batch, number++);
    return loss / batch->weight_sum;
}

/* Whether a step on n samples is one of those whose way is found by trying */
static bool is_autotuned(const pensel_batch *batch, size_t n)
{
    double operations = operations_of(batch, n);
    return pensel_pool_size(batch->pool) > 1 && operations > SHARED_NEVER &&
           operations < SHARED_ALWAYS;
}

/* Kept, by trying, or by the size of the step alone. The bits are the same either way. */
static bool is_shared(const pensel_batch *batch, size_t n)
{
    if (batch->kept || is_autotuned(batch, n)) return pensel_autotune_shares(&batch->autotune);
    return pensel_pool_size(batch->pool) > 1 && operations_of(batch, n) >= SHARED_ALWAYS;
}

/* Clears what is a batch's own: pensel_batch_loss goes on from here without gradient or update. */
static void start(pensel_batch *batch, const pensel_selection *selection)
{
    batch->shared = is_shared(batch, selection->n);
    batch->selection = *selection;
    batch->weight_sum = weight_sum(selection);
    batch->gradient_scale = 1;
    batch->update = NULL;
    batch->parameters = batch->whole = NULL;
    batch->steps = batch->needs_gradient = batch->wanted = batch->keeps = false;
}

/* alpha/2 |w|^2 / sum of weights, of the weights as they were before the step. */
static double penalty(const pensel_batch *batch)
{
    double sum = 0;
    if (batch->options->alpha <= 0) return 0;
    for (size_t b = 0; b < batch->block_count; b++)
        sum += batch->block_squares[b];
    return batch->options->alpha / 2 * sum / batch->weight_sum;
}

/* The gradient of the penalty, of the weights as they are: a solver's step adds its own share, but
 * a caller's gradient has only been summed. */
static void add_penalty_gradient(const pensel_batch *batch, void *gradient)
{
    const pensel_network *network = batch->network;
    double l2 = batch->options->alpha / batch->weight_sum;
    for (size_t l = 0; l < network->layer_count; l++)
        for (size_t g = 0; g < network->layers[l].group_count; g++) {
            const pensel_layer_group *group = &network->layers[l].groups[g];
            if (group->decays)
                network->kernels->add_scaled(pensel_at(network, gradient, group->first),
                                             pensel_at(network, network->parameters, group->first),
                                             l2 * network->layers[l].rates.decay,
                                             pensel_layer_group_count(group));
        }
}

/* What the blocks leave in block_squares, where only the loss is asked for and none runs. */
static double sum_of_penalised_squares(const pensel_network *network)
{
    double sum = 0;
    for (size_t l = 0; l < network->layer_count; l++)
        for (size_t g = 0; g < network->layers[l].group_count; g++) {
            const pensel_layer_group *group = &network->layers[l].groups[g];
            if (group->decays)
                sum += network->layers[l].rates.decay *
                       network->kernels->sum_of_squares(
                           pensel_at(network, network->parameters, group->first),
                           pensel_layer_group_count(group));
        }
    return sum;
}

/* ---- gradient and step */

static bool is_clipped(const pensel_batch *batch)
{
    return batch->steps && batch->update->clip_norm > 0;
}

/* Lets the options' hook add what others have found to the gradient and the loss. The weight
 * becomes that of all samples, so that the penalty is divided by the same V as in one large batch.
 * An error of the hook keeps its own sentence; no step has been taken then. */
static pensel_status reduce(pensel_batch *batch, double *loss, pensel_error *error)
{
    const pensel_training_options *o = batch->options;
    pensel_error own = {0};
    pensel_reduction sum = {
        .gradient = batch->whole,
        .count = batch->network->parameter_count,
        .precision = batch->network->kernels->precision,
        .loss = *loss,
        .weight = batch->weight_sum,
    };
    pensel_status status = o->reduce(&sum, o->reduce_data, &own);
    if (status != PENSEL_OK)
        return pensel_fail(error, status, "%s",
                           own.text[0] ? own.text : "the reduce hook failed and did not say why");
    PENSEL_REQUIRE(sum.weight >= 0 && isfinite(sum.weight), BAD_ARGUMENT,
                   "the reduce hook left a weight of %g: it is that of all samples together",
                   sum.weight);
    *loss = sum.loss;
    batch->weight_sum = sum.weight;
    return PENSEL_OK;
}

/* Decides where sums live. `wanted`: the gradient must be whole before any step, since its norm or
 * somebody outside has a say. `keeps`: sums of shards must outlive one thread's item. Neither: the
 * gradient of a block is stepped out of a worker's scratch and never stands in memory. */
static void begin_run(pensel_batch *batch, const pensel_selection *selection, void *gradient,
                      const pensel_update *update, void *parameters)
{
    start(batch, selection);
    batch->needs_gradient = true;
    batch->update = update;
    batch->steps = update && update->take;
    batch->parameters = parameters;
    batch->wanted = gradient || is_clipped(batch) || batch->options->reduce;
    batch->keeps = batch->shared || selection->n > batch->chunk;
    batch->whole = gradient ? gradient : batch->keeps || batch->wanted ? batch->first_sums : NULL;
}

/* A pensel_work: a part of the transposed copy of wide weights, which the way back reads. */
static void turn_weights(void *context, size_t index, size_t worker)
{
    const pensel_batch *batch = context;
    (void)worker;
    pensel_pass_turn(batch->pass, index);
}

/* Samples that do not matter teach nothing, but what others have found may: so a hook is called
 * with a gradient of zeros and a weight of 0, or this process would miss its turn. */
static double local_gradient(pensel_batch *batch)
{
    if (batch->weight_sum > 0) {
        size_t turns = pensel_pass_turns(batch->pass, batch->selection.n);
        if (turns > 0) pensel_batch_share(batch, turn_weights, turns);
        return run_chunks(batch);
    }
    if (batch->whole)
        memset(batch->whole, 0, batch->network->parameter_count * batch->network->kernels->size);
    return 0;
}

/* The order is fixed by what each needs of the one before: the sum of this process, then of all,
 * its norm, the steps. Where nothing has to see the whole gradient, the steps are taken inside
 * local_gradient. The penalty comes last because the steps, in passing, sum the squares. */
pensel_status pensel_batch_run(pensel_batch *batch, double *loss, void *gradient,
                               const pensel_selection *selection, const pensel_update *update,
                               void *parameters, pensel_error *error)
{
    begin_run(batch, selection, gradient, update, parameters);
    if (pensel_sample_fits(batch)) {
        *loss = pensel_sample_step(batch);
        return PENSEL_OK;
    }
    bool autotuned = is_autotuned(batch, selection->n);
    double before = autotuned ? pensel_clock() : 0;
    *loss = local_gradient(batch);
    if (batch->options->reduce) PENSEL_TRY(reduce(batch, loss, error));
    if (batch->weight_sum == 0) return PENSEL_OK;
    if (is_clipped(batch)) clip(batch);
    if (batch->wanted) pensel_blocks_step(batch);
    if (autotuned && !batch->kept)
        pensel_autotune_note(&batch->autotune, pensel_clock() - before, selection->n);
    if (gradient) add_penalty_gradient(batch, gradient);
    *loss += penalty(batch);
    return PENSEL_OK;
}

double pensel_batch_loss(pensel_batch *batch, const pensel_selection *selection)
{
    start(batch, selection);
    if (batch->weight_sum == 0) return 0;
    double loss = run_chunks(batch), squares = sum_of_penalised_squares(batch->network);
    return loss + batch->options->alpha / 2 * squares / batch->weight_sum;
}
