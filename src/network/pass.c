/* Passes: the panels of a training; the walk fills them.
 *
 * All memory of the walks is allocated here, once, so no step can fail for want of it. Nothing is
 * locked. Threads share a pass because each works on the panels and rows of its own tile; `turned`
 * is written before the tiles begin, and then only read. */
#include "network/pass.h"

#include "base/error.h"
#include "base/memory.h"
#include "network/walk.h"

/* Rows this far apart would meet in the same few sets of a cache: of 64 sets of 64 bytes, in 4. */
enum { SETS_BYTES = 1024 };
/* Samples from which on turned weights are worth their making (docs/design.md, "A wide layer's
 * products are cut"): the copy is made once a step, whatever its samples. */
enum { TURNED_SAMPLES = 128 };
/* Rows of so many blocks or more are cut into them. */
enum { ROW_BLOCKS = 8 };
/* Units of a layer from which on its panel has a gap between rows */
enum { GAP_UNITS = 128 };

/* Numbers from one row to the next: whole lines of the cache, and never a multiple of SETS_BYTES. A
 * line is a multiple of `lanes`, as kernels ask of a stride. */
static size_t stride_of(const pensel_network *network, size_t width)
{
    size_t line = PENSEL_ALIGNMENT / network->kernels->size, stride = pensel_round_up(width, line);
    return stride * network->kernels->size % SETS_BYTES == 0 ? stride + line : stride;
}

size_t pensel_pass_bytes(const pensel_network *network)
{
    size_t numbers = network->shape.inputs;
    for (size_t l = 0; l < network->layer_count; l++) {
        const pensel_layer_instance *layer = &network->layers[l];
        numbers += layer->out + layer->kept;
        if (layer->kind->reads_rows) numbers += stride_of(network, layer->in);
    }
    return numbers * network->kernels->size;
}

/* Panels of `units` for every tile, one tile after another: (tiles, units, ld). A sample by itself
 * has one column, and its units are the row of which whole vectors are read and written. */
static pensel_status allocate_panels(const pensel_pass *pass, void **panels, size_t units,
                                     pensel_error *error)
{
    size_t columns = pass->tiles * pass->ld, size = pass->network->kernels->size, count;
    if (pass->ld == 1) units = pensel_round_up(units, pass->network->kernels->lanes);
    if (!pensel_multiply(&count, units, columns))
        return pensel_fail_memory(error, units, columns * size);
    return PENSEL_ALLOCATE(*panels, count, size, error);
}

/* Of all samples at once; in blocks where they are wide */
static pensel_status allocate_rows(pensel_pass *pass, size_t l, pensel_error *error)
{
    const pensel_kernels *kernels = pass->network->kernels;
    size_t in = pass->network->layers[l].in, size = kernels->size, block = kernels->row_block;
    size_t count, rows = pass->capacity;
    pass->strides[l] = stride_of(pass->network, in);
    if (block > 0 && in >= ROW_BLOCKS * block) {
        pass->strides[l] = block;
        pass->block_steps[l] = (rows + 1) * block; /* from one set of a cache to the next */
        rows = (rows + 1) * ((in + block - 1) / block);
    }
    if (!pensel_multiply(&count, rows, pass->strides[l]))
        return pensel_fail_memory(error, rows, pass->strides[l] * size);
    return PENSEL_ALLOCATE(pass->rows[l], count, size, error);
}

/* Of layer l: the panel that it writes, what it keeps, and a copy of what it receives, sample by
 * sample, if its gradient reads that. Rows belong to the batch and not to a tile: a gradient goes
 * through the samples of many tiles without a gap. */
static pensel_status allocate_layer(pensel_pass *pass, size_t l, pensel_error *error)
{
    const pensel_network *network = pass->network;
    const pensel_layer_instance *layer = &network->layers[l];
    PENSEL_TRY(allocate_panels(pass, &pass->panels[l + 1], layer->out, error));
    if (layer->kept > 0) PENSEL_TRY(allocate_panels(pass, &pass->kept[l], layer->kept, error));
    if (!layer->kind->reads_rows || pass->ld == 1) return PENSEL_OK;
    return allocate_rows(pass, l, error);
}

/* Nothing goes back through the lowest layer with parameters, so its weights need no copy, and
 * small batches never use one. A walk on to the inputs does without: it takes no turns. */
static pensel_status allocate_turned(pensel_pass *pass, size_t l, pensel_error *error)
{
    const pensel_layer_instance *layer = &pass->network->layers[l];
    size_t size = pass->network->kernels->size, count;
    if (!layer->turns || l <= pass->network->lowest || pass->capacity < TURNED_SAMPLES)
        return PENSEL_OK;
    pass->turned_strides[l] = stride_of(pass->network, layer->out);
    if (!pensel_multiply(&count, layer->in, pass->turned_strides[l]))
        return pensel_fail_memory(error, layer->in, pass->turned_strides[l] * size);
    return PENSEL_ALLOCATE(pass->turned[l], count, size, error);
}

static pensel_status allocate(pensel_pass *pass, pensel_error *error)
{
    size_t layers = pass->network->layer_count;
    PENSEL_TRY(PENSEL_NEW(pass->panels, layers + 1, error));
    PENSEL_TRY(PENSEL_NEW(pass->kept, layers, error));
    PENSEL_TRY(PENSEL_NEW(pass->rows, layers, error));
    PENSEL_TRY(PENSEL_NEW(pass->strides, layers, error));
    PENSEL_TRY(PENSEL_NEW(pass->block_steps, layers, error));
    PENSEL_TRY(PENSEL_NEW(pass->turned, layers, error));
    PENSEL_TRY(PENSEL_NEW(pass->turned_strides, layers, error));
    PENSEL_TRY(allocate_panels(pass, &pass->panels[0], pass->network->shape.inputs, error));
    for (size_t l = 0; l < layers; l++) {
        PENSEL_TRY(allocate_layer(pass, l, error));
        PENSEL_TRY(allocate_turned(pass, l, error));
    }
    return PENSEL_OK;
}

/* A pass with the sizes of `like`, whose pointers are NULL. On failure free finds some of the lists
 * missing, hence its checks. */
static pensel_status make(pensel_pass **result, pensel_pass like, pensel_error *error)
{
    pensel_pass *pass;
    *result = NULL;
    PENSEL_TRY(PENSEL_NEW(pass, 1, error));
    *pass = like;
    pensel_status status = allocate(pass, error);
    if (status != PENSEL_OK)
        pensel_pass_free(&pass);
    else
        *result = pass;
    return status;
}

/* A product goes down a few columns of a panel: of so many units, they would take more ways of the
 * same sets than a cache has. */
static bool has_many_units(const pensel_network *network)
{
    for (size_t l = 0; l < network->layer_count; l++)
        if (network->layers[l].out >= GAP_UNITS) return true;
    return false;
}

pensel_status pensel_pass_new(pensel_pass **pass, const pensel_network *network, size_t capacity,
                              pensel_error *error)
{
    const pensel_kernels *kernels = network->kernels;
    /* The units of a wide layer's panel, too, would stand a power of two apart. */
    size_t gap = has_many_units(network) ? kernels->lanes : 0;
    return make(pass,
                (pensel_pass){.network = network,
                              .ld = PENSEL_TILE_LANES * kernels->lanes + gap,
                              .tiles = pensel_tiling_of(kernels, capacity).count,
                              .capacity = pensel_round_up(capacity, kernels->lanes)},
                error);
}

pensel_status pensel_pass_new_row(pensel_pass **pass, const pensel_network *network,
                                  pensel_error *error)
{
    return make(pass, (pensel_pass){.network = network, .ld = 1, .tiles = 1, .capacity = 1}, error);
}

void pensel_pass_free(pensel_pass **address)
{
    pensel_pass *pass = address ? *address : NULL;
    if (!pass) return;
    *address = NULL;
    size_t layers = pass->network->layer_count;
    for (size_t l = 0; pass->panels && l <= layers; l++)
        pensel_release(pass->panels[l]);
    for (size_t l = 0; pass->kept && l < layers; l++)
        pensel_release(pass->kept[l]);
    for (size_t l = 0; pass->rows && l < layers; l++)
        pensel_release(pass->rows[l]);
    for (size_t l = 0; pass->turned && l < layers; l++)
        pensel_release(pass->turned[l]);
    pensel_release(pass->panels);
    pensel_release(pass->kept);
    pensel_release(pass->rows);
    pensel_release(pass->strides);
    pensel_release(pass->block_steps);
    pensel_release(pass->turned);
    pensel_release(pass->turned_strides);
    pensel_release(pass);
}

size_t pensel_pass_turns(pensel_pass *pass, size_t n)
{
    size_t turns = 0;
    pass->has_turned = n >= TURNED_SAMPLES;
    for (size_t l = 0; l < pass->network->layer_count && pass->has_turned; l++)
        if (pass->turned[l]) turns += pass->network->layers[l].part_count;
    return turns;
}

/* Turns are numbered through all layers that have a copy, part by part, so that any thread finds
 * its own without a list. */
void pensel_pass_turn(const pensel_pass *pass, size_t turn)
{
    const pensel_network *network = pass->network;
    size_t l = 0;
    for (; !pass->turned[l] || turn >= network->layers[l].part_count; l++)
        if (pass->turned[l]) turn -= network->layers[l].part_count;
    network->layers[l].kind->turn(&network->layers[l], pass->turned[l], pass->turned_strides[l],
                                  turn, network->parameters);
}

/* Samples are gathered into the panel of the inputs, wherever they stand in x. The walk does the
 * rest. */
void pensel_pass_forward(const pensel_pass *pass, pensel_matrix x, const size_t *index, size_t from,
                         pensel_tile tile)
{
    const pensel_walk walk = {.network = pass->network, .pass = pass, .ld = pass->ld, .tile = tile};
    pass->network->kernels->gather(&(pensel_gather){
        .panel = pensel_walk_panel(&walk, 0),
        .x = x,
        .index = index,
        .first = from,
        .n = tile.n,
        .ld = pass->ld,
    });
    pensel_walk_forward(&walk, pass->network->layer_count);
}

void pensel_pass_forward_sparse(const pensel_pass *pass, const pensel_sparse_rows *rows,
                                pensel_tile tile)
{
    const pensel_walk walk = {
        .network = pass->network, .pass = pass, .ld = pass->ld, .tile = tile, .sparse = *rows};
    pensel_walk_forward(&walk, pass->network->layer_count);
}

void pensel_pass_backward(const pensel_pass *pass, pensel_tile tile)
{
    pensel_walk_backward(
        &(pensel_walk){.network = pass->network, .pass = pass, .ld = pass->ld, .tile = tile});
}
