/* Batches: see batch.h for the two rounds of work. */
#include "training/batch.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "training/pace.h"

#include <math.h>
#include <string.h>

/* Rows of a block, about: enough to keep the kernels' register blocks full, few enough to share out. */
enum { BLOCK_ROWS = 24 };
/* Operations of a step up to which the other threads would be waking up while one has long been done; from
 * which a step is shared until trying tells otherwise; from which no thread ever waits long for another. */
#define SHARED_NEVER 1e6
#define SHARED_AT_FIRST 1e7
#define SHARED_ALWAYS 3e9
/* What the activations of a chunk may take: more than a core's own cache pays with waiting. */
#define CHUNK_BYTES (2048 * 1024)

/* Rows [first, first + rows) of layer l's weights, or piece `first` of the encoder when l is the number
 * of layers. */
typedef struct block {
    size_t l, first, rows;
} block;

struct pensel_batch {
    const pensel_network *network;
    const pensel_training_options *options;
    pensel_team *team;
    pensel_pass *pass;
    size_t capacity;
    void *targets, *weights; /* (tiles, outputs, ld), (tiles, 1, ld) */
    void *gradient;          /* (parameter count), used when a batch has several chunks or is clipped */
    char *scratch;           /* the gradient of one block, for each worker */
    size_t scratch_bytes;
    block *blocks;
    size_t block_count;
    double *tile_losses, *block_squares;
    size_t *tile_n; /* samples of each tile of the chunk */
    /* the batch at work */
    pensel_selection selection;
    const pensel_update *update;
    pensel_tiling tiling; /* of the chunk */
    size_t chunk_first, chunk_n;
    double weight_sum, gradient_scale;
    void *parameters, *wanted; /* wanted: where the whole gradient goes, or NULL for scratch */
    bool accumulate, steps, comes_back;
    bool shared; /* among threads */
    pensel_pace pace;
};

/* Layer l's rows in blocks as equal as can be. */
static size_t blocks_of(const pensel_network *network, size_t l)
{
    size_t blocks = (network->layers[l].out + BLOCK_ROWS / 2) / BLOCK_ROWS;
    return blocks ? blocks : 1;
}

static size_t count_blocks(const pensel_network *network)
{
    size_t count = pensel_encoder_pieces(network->encoder);
    for (size_t l = 0; l < network->shape.layer_count; l++)
        count += blocks_of(network, l);
    return count;
}

static void list_blocks(pensel_batch *batch)
{
    const pensel_network *network = batch->network;
    block *next = batch->blocks;
    for (size_t l = 0; l < network->shape.layer_count; l++)
        for (size_t b = 0, blocks = blocks_of(network, l), out = network->layers[l].out; b < blocks; b++)
            *next++ = (block){l, out * b / blocks, out * (b + 1) / blocks - out * b / blocks};
    for (size_t piece = 0; piece < pensel_encoder_pieces(network->encoder); piece++)
        *next++ = (block){network->shape.layer_count, piece, 0};
}

static size_t largest_block(const pensel_network *network)
{
    size_t most = 0, first, count;
    for (size_t l = 0; l < network->shape.layer_count; l++)
        if (network->layers[l].in + 1 > most) most = network->layers[l].in + 1;
    most *= 2 * BLOCK_ROWS; /* a lone block has less than 3/2 of it */
    for (size_t piece = 0; piece < pensel_encoder_pieces(network->encoder); piece++) {
        pensel_encoder_piece(network->encoder, piece, &first, &count);
        if (count > most) most = count;
    }
    return most;
}

static size_t chunk_of(const pensel_network *network, size_t n)
{
    size_t fits = CHUNK_BYTES / pensel_pass_bytes(network);
    size_t lanes = network->kernels->lanes, least = 2 * PENSEL_TILE_LANES * lanes;
    if (fits < least) fits = least;
    size_t chunks = (n + fits - 1) / fits;
    size_t even = pensel_round_up((n + chunks - 1) / chunks, PENSEL_TILE_LANES * lanes);
    return even < n ? even : pensel_round_up(n, lanes); /* whole tiles: as many for each thread */
}

static pensel_status build(pensel_batch *batch, pensel_error *error)
{
    const pensel_network *network = batch->network;
    size_t size = network->kernels->size, chunk = chunk_of(network, batch->capacity);
    PENSEL_TRY(pensel_pass_new(&batch->pass, network, chunk, error));
    size_t columns = batch->pass->tiles * batch->pass->ld;
    PENSEL_TRY(pensel_allocate(&batch->targets, pensel_network_outputs(network) * columns, size, error));
    PENSEL_TRY(pensel_allocate(&batch->weights, columns, size, error));
    batch->block_count = count_blocks(network);
    PENSEL_TRY(pensel_allocate(&batch->blocks, batch->block_count, sizeof *batch->blocks, error));
    list_blocks(batch);
    PENSEL_TRY(pensel_allocate(&batch->block_squares, batch->block_count, sizeof(double), error));
    size_t tiles = pensel_tiling_of(network->kernels, chunk).count;
    PENSEL_TRY(pensel_allocate(&batch->tile_losses, tiles, sizeof(double), error));
    PENSEL_TRY(pensel_allocate(&batch->tile_n, tiles, sizeof *batch->tile_n, error));
    batch->scratch_bytes = pensel_round_up(largest_block(network) * size, PENSEL_ALIGNMENT);
    PENSEL_TRY(pensel_allocate(&batch->scratch, pensel_team_size(batch->team), batch->scratch_bytes,
                               error));
    if (chunk < batch->capacity || batch->options->clip_norm > 0)
        PENSEL_TRY(pensel_allocate(&batch->gradient, network->parameter_count, size, error));
    return PENSEL_OK;
}

static double operations_of(const pensel_batch *batch, size_t n)
{
    return 6.0 * (double)batch->network->parameter_count * (double)n;
}

pensel_status pensel_batch_new(pensel_batch **result, const pensel_network *network,
                               const pensel_training_options *options, pensel_team *team, size_t n,
                               pensel_error *error)
{
    pensel_batch *batch;
    *result = NULL;
    PENSEL_TRY(pensel_allocate(&batch, 1, sizeof *batch, error));
    batch->network = network;
    batch->options = options;
    batch->team = team;
    batch->capacity = n;
    batch->pace = pensel_pace_begin(operations_of(batch, n) >= SHARED_AT_FIRST);
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
    pensel_release(batch->targets);
    pensel_release(batch->weights);
    pensel_release(batch->gradient);
    pensel_release(batch->scratch);
    pensel_release(batch->blocks);
    pensel_release(batch->block_squares);
    pensel_release(batch->tile_losses);
    pensel_release(batch->tile_n);
    pensel_release(batch);
}

size_t pensel_batch_capacity(const pensel_batch *batch)
{
    return batch->capacity;
}

/* The tile's rows of m as its block of `panels`. */
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

static double tile_loss(const pensel_batch *batch, pensel_tile tile)
{
    const pensel_network *network = batch->network;
    size_t layers = network->shape.layer_count;
    const pensel_dense *last = &network->layers[layers - 1];
    const pensel_samples *samples = batch->selection.samples;
    void *outputs = pensel_pass_panel(batch->pass, layers, tile);
    return network->kernels->loss(&(pensel_loss_tile){
        .dz = batch->comes_back ? outputs : NULL,
        .a = outputs,
        .z = pensel_pass_z(batch->pass, layers, tile),
        .y = panel_of(batch, samples->y, batch->targets, tile),
        .weights =
            samples->weights.data ? panel_of(batch, samples->weights, batch->weights, tile) : NULL,
        .k = last->out,
        .n = tile.n,
        .ld = batch->pass->ld,
        .loss = batch->options->loss,
        .activation = last->activation,
        .parameter = last->parameter,
        .delta = batch->options->huber_delta,
        .scale = 1 / batch->weight_sum,
        .compat = batch->options->compat,
    });
}

/* Round 1: a tile goes up and comes back. */
static void climb_tile(void *context, size_t index, size_t worker)
{
    pensel_batch *batch = context;
    const pensel_selection *s = &batch->selection;
    pensel_tile tile = pensel_tiling_tile(&batch->tiling, index);
    size_t at = batch->chunk_first + tile.first;
    (void)worker;
    pensel_pass_forward(batch->pass, s->samples->x, s->index ? s->index + at : NULL, s->from + at, tile);
    batch->tile_losses[index] = tile_loss(batch, tile);
    if (batch->comes_back) pensel_pass_backward(batch->pass, tile);
}

/* A run of parameters [first, first + count) whose gradient stands at g. */
static void step_run(const pensel_batch *batch, size_t first, size_t count, void *g, double l2,
                     double weight_decay)
{
    const pensel_network *network = batch->network;
    const pensel_update *update = batch->update;
    pensel_step step = update->step;
    step.w = pensel_at(network, batch->parameters, first);
    step.m = update->moments[0] ? pensel_at(network, update->moments[0], first) : NULL;
    step.v = update->moments[1] ? pensel_at(network, update->moments[1], first) : NULL;
    step.g = g;
    step.count = count;
    step.l2 = l2;
    step.weight_decay = weight_decay;
    step.gradient_scale = batch->gradient_scale;
    update->take(&step);
    if (update->average)
        network->kernels->blend(pensel_at(network, update->average, first), step.w, count,
                                update->average_decay);
}

/* Where block b's parameters are: weights [first, first + count), and for a layer its biases. */
typedef struct runs {
    size_t weights, weight_count, biases, bias_count;
} runs;

static runs runs_of(const pensel_batch *batch, const block *b)
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

/* The penalty and the steps of a block; an encoder's numbers are neither penalised nor decayed. */
static void finish_block(pensel_batch *batch, size_t index, void *dw, void *db)
{
    const block *b = &batch->blocks[index];
    const pensel_network *network = batch->network;
    bool layer = b->l < network->shape.layer_count;
    runs r = runs_of(batch, b);
    double l2 = layer ? batch->options->alpha / batch->weight_sum : 0;
    if (l2 > 0)
        batch->block_squares[index] = network->kernels->sum_of_squares(
            pensel_at(network, network->parameters, r.weights), r.weight_count);
    if (!batch->steps) return;
    step_run(batch, r.weights, r.weight_count, dw, l2, layer ? batch->update->weight_decay : 0);
    if (layer) step_run(batch, r.biases, r.bias_count, db, 0, 0);
}

/* dw (rows, in) += dz rows over the chunk's samples, tile by tile; the step needs w and its moments next. */
static void layer_gradient(const pensel_batch *batch, const block *b, void *dw, void *db)
{
    const pensel_network *network = batch->network;
    const pensel_pass *pass = batch->pass;
    const pensel_dense *layer = &network->layers[b->l];
    pensel_tile tile = pensel_tiling_tile(&batch->tiling, 0);
    pensel_weight_gradient gradient = {
        .dw = dw,
        .db = db,
        .dz = pensel_at(network, pensel_pass_panel(pass, b->l + 1, tile), b->first * pass->ld),
        .rows = pensel_pass_rows(pass, b->l, tile),
        .in = layer->in,
        .out = b->rows,
        .n = batch->chunk_n,
        .lddz = pass->ld,
        .stride = pass->strides[b->l],
        .accumulate = batch->accumulate,
        .tiles = batch->tiling.count,
        .tile_n = batch->tile_n,
        .tile_step = layer->out * pass->ld,
    };
    if (batch->steps) {
        size_t first = layer->weights + b->first * layer->in;
        gradient.soon[0] = pensel_at(network, batch->parameters, first);
        for (size_t i = 0; i < 2; i++) {
            void *moments = batch->update->moments[i];
            gradient.soon[i + 1] = moments ? pensel_at(network, moments, first) : NULL;
        }
    }
    network->kernels->weight_gradient(&gradient);
}

/* `gradient` is laid out as the encoder's own numbers. */
static void piece_gradient(const pensel_batch *batch, const block *b, const runs *r, void *gradient)
{
    const pensel_network *network = batch->network;
    const pensel_pass *pass = batch->pass;
    if (!batch->accumulate)
        memset(pensel_at(network, gradient, r->weights - network->encoder_offset), 0,
               r->weight_count * network->kernels->size);
    for (size_t t = 0; t < batch->tiling.count; t++) {
        pensel_tile tile = pensel_tiling_tile(&batch->tiling, t);
        pensel_encoder_backward(network->encoder, &(pensel_encode_backward){
            .gradient = gradient,
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

/* Round 2: a block of rows sums its gradient over the chunk, and steps. */
static void descend_block(void *context, size_t index, size_t worker)
{
    pensel_batch *batch = context;
    const pensel_network *network = batch->network;
    const block *b = &batch->blocks[index];
    runs r = runs_of(batch, b);
    char *scratch = batch->scratch + worker * batch->scratch_bytes;
    void *dw = batch->wanted ? pensel_at(network, batch->wanted, r.weights) : scratch;
    void *db = batch->wanted ? pensel_at(network, batch->wanted, r.biases)
                             : pensel_at(network, scratch, r.weight_count);
    if (b->l < network->shape.layer_count) {
        layer_gradient(batch, b, dw, db);
    } else {
        ptrdiff_t before = (ptrdiff_t)(r.weights - network->encoder_offset);
        piece_gradient(batch, b, &r, (char *)dw - before * (ptrdiff_t)network->kernels->size);
    }
    bool last = batch->chunk_first + batch->chunk_n == batch->selection.n;
    bool clipped = batch->steps && batch->update->clip_norm > 0;
    if (last && !clipped) finish_block(batch, index, dw, db);
}

static void share_out(pensel_batch *batch, pensel_work work, size_t count)
{
    if (batch->shared) {
        pensel_team_run(batch->team, work, batch, count);
        return;
    }
    for (size_t i = 0; i < count; i++) work(batch, i, 0);
}

static void step_block(void *context, size_t index, size_t worker)
{
    pensel_batch *batch = context;
    const pensel_network *network = batch->network;
    runs r = runs_of(batch, &batch->blocks[index]);
    (void)worker;
    finish_block(batch, index, pensel_at(network, batch->wanted, r.weights),
                 pensel_at(network, batch->wanted, r.biases));
}

/* Pascanu et al. 2013, algorithm 1. */
static void clip_and_step(pensel_batch *batch)
{
    const pensel_network *network = batch->network;
    double norm =
        sqrt(network->kernels->sum_of_squares(batch->wanted, network->parameter_count));
    if (norm > batch->update->clip_norm) batch->gradient_scale = batch->update->clip_norm / norm;
    share_out(batch, step_block, batch->block_count);
}

static double number_at(pensel_matrix m, size_t i)
{
    return m.precision == PENSEL_FLOAT32 ? (double)((const float *)m.data)[i]
                                         : ((const double *)m.data)[i];
}

static double weight_sum(const pensel_selection *s)
{
    if (!s->samples->weights.data) return (double)s->n;
    double sum = 0;
    for (size_t i = 0; i < s->n; i++)
        sum += number_at(s->samples->weights, s->index ? s->index[i] : s->from + i);
    return sum;
}

static double run_chunk(pensel_batch *batch, size_t chunk, size_t number)
{
    size_t rest = batch->selection.n - batch->chunk_first;
    double loss = 0;
    batch->chunk_n = rest < chunk ? rest : chunk;
    batch->tiling = pensel_tiling_of(batch->network->kernels, batch->chunk_n);
    for (size_t t = 0; t < batch->tiling.count; t++)
        batch->tile_n[t] = pensel_tiling_tile(&batch->tiling, t).n;
    batch->accumulate = number > 0;
    if (batch->update)
        batch->pass->dropout = (pensel_dropout_plan){
            batch->update->dropout, batch->update->dropout_seed + number * 0x9e3779b97f4a7c15u};
    share_out(batch, climb_tile, batch->tiling.count);
    for (size_t tile = 0; tile < batch->tiling.count; tile++) loss += batch->tile_losses[tile];
    if (batch->comes_back) share_out(batch, descend_block, batch->block_count);
    return loss;
}

static double run_chunks(pensel_batch *batch)
{
    size_t chunk = chunk_of(batch->network, batch->capacity), number = 0;
    double loss = 0;
    batch->pass->dropout = (pensel_dropout_plan){0};
    for (batch->chunk_first = 0; batch->chunk_first < batch->selection.n; batch->chunk_first += chunk)
        loss += run_chunk(batch, chunk, number++);
    return loss / batch->weight_sum;
}

/* Whether a step on n samples is one of those whose way is found by trying */
static bool is_paced(const pensel_batch *batch, size_t n)
{
    double operations = operations_of(batch, n);
    return pensel_team_size(batch->team) > 1 && operations > SHARED_NEVER && operations < SHARED_ALWAYS;
}

static bool is_shared(const pensel_batch *batch, size_t n)
{
    if (is_paced(batch, n)) return pensel_pace_shares(&batch->pace);
    return pensel_team_size(batch->team) > 1 && operations_of(batch, n) >= SHARED_ALWAYS;
}

static void start(pensel_batch *batch, const pensel_selection *selection)
{
    batch->shared = is_shared(batch, selection->n);
    batch->selection = *selection;
    batch->weight_sum = weight_sum(selection);
    batch->gradient_scale = 1;
    batch->update = NULL;
    batch->parameters = batch->wanted = NULL;
    batch->steps = batch->comes_back = false;
}

/* alpha/2 |w|^2 / sum of weights, of the weights as they were before the step. */
static double penalty(const pensel_batch *batch)
{
    double sum = 0;
    if (batch->options->alpha <= 0) return 0;
    for (size_t b = 0; b < batch->block_count; b++) sum += batch->block_squares[b];
    return batch->options->alpha / 2 * sum / batch->weight_sum;
}

static void add_penalty_gradient(const pensel_batch *batch, void *gradient)
{
    const pensel_network *network = batch->network;
    double l2 = batch->options->alpha / batch->weight_sum;
    for (size_t l = 0; l < network->shape.layer_count; l++) {
        const pensel_dense *layer = &network->layers[l];
        network->kernels->add_scaled(pensel_at(network, gradient, layer->weights),
                                     pensel_at(network, network->parameters, layer->weights), l2,
                                     layer->in * layer->out);
    }
}

double pensel_batch_run(pensel_batch *batch, const pensel_selection *selection, void *gradient,
                        const pensel_update *update, void *parameters)
{
    start(batch, selection);
    batch->comes_back = true;
    batch->update = update;
    batch->steps = update && update->take;
    batch->parameters = parameters;
    batch->wanted = gradient ? gradient : batch->gradient;
    if (batch->weight_sum == 0) return 0; /* samples that do not matter teach nothing */
    bool paced = is_paced(batch, selection->n);
    double before = paced ? pensel_clock() : 0, loss = run_chunks(batch);
    if (batch->steps && update->clip_norm > 0) clip_and_step(batch);
    if (paced) pensel_pace_note(&batch->pace, pensel_clock() - before, selection->n);
    if (gradient) add_penalty_gradient(batch, gradient);
    return loss + penalty(batch);
}

double pensel_batch_loss(pensel_batch *batch, const pensel_selection *selection)
{
    const pensel_network *network = batch->network;
    double squares = 0;
    start(batch, selection);
    if (batch->weight_sum == 0) return 0;
    double loss = run_chunks(batch);
    for (size_t l = 0; l < network->shape.layer_count; l++)
        squares += network->kernels->sum_of_squares(
            pensel_at(network, network->parameters, network->layers[l].weights),
            network->layers[l].in * network->layers[l].out);
    return loss + batch->options->alpha / 2 * squares / batch->weight_sum;
}
