/* Passes: the walk through the layers; all arithmetic is the kernels'. */
#include "network/pass.h"

#include "base/error.h"
#include "base/memory.h"

static size_t stride_of(const pensel_network *network, size_t width)
{
    return pensel_round_up(width, PENSEL_ALIGNMENT / network->kernels->size);
}

static bool trains_encoder(const pensel_network *network)
{
    return pensel_encoder_pieces(network->encoder) > 0;
}

size_t pensel_pass_bytes(const pensel_network *network)
{
    size_t numbers = network->features;
    if (!pensel_encoder_is_raw(network->encoder)) numbers += network->shape.inputs;
    for (size_t l = 0; l < network->shape.layer_count; l++) {
        const pensel_dense *layer = &network->layers[l];
        numbers += layer->out * (layer->needs_z ? 2 : 1) + stride_of(network, layer->in);
    }
    return numbers * network->kernels->size;
}

/* Panels of `units` for every tile. */
static pensel_status allocate_panels(const pensel_pass *pass, void **panels, size_t units,
                                     pensel_error *error)
{
    size_t columns = pass->tiles * pass->ld, size = pass->network->kernels->size, count;
    if (!pensel_multiply(&count, units, columns))
        return pensel_fail_memory(error, units, columns * size);
    return PENSEL_ALLOCATE(*panels, count, size, error);
}

static pensel_status allocate_layer(pensel_pass *pass, size_t l, pensel_error *error)
{
    const pensel_network *network = pass->network;
    const pensel_dense *layer = &network->layers[l];
    size_t size = network->kernels->size, count;
    PENSEL_TRY(allocate_panels(pass, &pass->panels[l + 1], layer->out, error));
    if (layer->needs_z) PENSEL_TRY(allocate_panels(pass, &pass->z[l + 1], layer->out, error));
    pass->strides[l] = stride_of(network, layer->in);
    if (!pensel_multiply(&count, pass->capacity, pass->strides[l]))
        return pensel_fail_memory(error, pass->capacity, pass->strides[l] * size);
    return PENSEL_ALLOCATE(pass->rows[l], count, size, error);
}

static pensel_status allocate(pensel_pass *pass, pensel_error *error)
{
    const pensel_network *network = pass->network;
    size_t layers = network->shape.layer_count;
    PENSEL_TRY(PENSEL_NEW(pass->panels, layers + 1, error));
    PENSEL_TRY(PENSEL_NEW(pass->z, layers + 1, error));
    PENSEL_TRY(PENSEL_NEW(pass->rows, layers, error));
    PENSEL_TRY(PENSEL_NEW(pass->strides, layers, error));
    PENSEL_TRY(allocate_panels(pass, &pass->panels[0], network->features, error));
    if (!pensel_encoder_is_raw(network->encoder))
        PENSEL_TRY(allocate_panels(pass, &pass->x, network->shape.inputs, error));
    for (size_t l = 0; l < layers; l++)
        PENSEL_TRY(allocate_layer(pass, l, error));
    return PENSEL_OK;
}

pensel_status pensel_pass_new(pensel_pass **result, const pensel_network *network, size_t capacity,
                              pensel_error *error)
{
    pensel_pass *pass;
    *result = NULL;
    PENSEL_TRY(PENSEL_NEW(pass, 1, error));
    pass->network = network;
    pass->ld = PENSEL_TILE_LANES * network->kernels->lanes;
    pass->tiles = pensel_tiling_of(network->kernels, capacity).count;
    pass->capacity = pensel_round_up(capacity, network->kernels->lanes);
    pensel_status status = allocate(pass, error);
    if (status != PENSEL_OK)
        pensel_pass_free(&pass);
    else
        *result = pass;
    return status;
}

void pensel_pass_free(pensel_pass **address)
{
    pensel_pass *pass = address ? *address : NULL;
    if (!pass) return;
    *address = NULL;
    size_t layers = pass->network->shape.layer_count;
    for (size_t l = 0; pass->panels && l <= layers; l++)
        pensel_release(pass->panels[l]);
    for (size_t l = 0; pass->z && l <= layers; l++)
        pensel_release(pass->z[l]);
    for (size_t l = 0; pass->rows && l < layers; l++)
        pensel_release(pass->rows[l]);
    pensel_release(pass->panels);
    pensel_release(pass->z);
    pensel_release(pass->rows);
    pensel_release(pass->strides);
    pensel_release(pass->x);
    pensel_release(pass);
}

static void *block_of(const pensel_pass *pass, void *panels, size_t units, pensel_tile tile)
{
    return panels ? pensel_at(pass->network, panels, tile.index * units * pass->ld) : NULL;
}

static size_t units_of(const pensel_pass *pass, size_t l)
{
    return l == 0 ? pass->network->features : pass->network->layers[l - 1].out;
}

void *pensel_pass_panel(const pensel_pass *pass, size_t l, pensel_tile tile)
{
    return block_of(pass, pass->panels[l], units_of(pass, l), tile);
}

void *pensel_pass_z(const pensel_pass *pass, size_t l, pensel_tile tile)
{
    return block_of(pass, pass->z[l], units_of(pass, l), tile);
}

void *pensel_pass_x(const pensel_pass *pass, pensel_tile tile)
{
    return block_of(pass, pass->x, pass->network->shape.inputs, tile);
}

void *pensel_pass_rows(const pensel_pass *pass, size_t l, pensel_tile tile)
{
    return pensel_at(pass->network, pass->rows[l], tile.first * pass->strides[l]);
}

/* The tile's rows of layer l's inputs */
static void transpose_rows(const pensel_pass *pass, size_t l, pensel_tile tile)
{
    pass->network->kernels->rows_of_panel(pensel_pass_rows(pass, l, tile), pass->strides[l],
                                          pensel_pass_panel(pass, l, tile), pass->ld,
                                          units_of(pass, l), tile.n);
}

static void encode(const pensel_pass *pass, pensel_tile tile)
{
    const pensel_network *network = pass->network;
    pensel_encoder_forward(
        network->encoder,
        &(pensel_encode){
            .features = pensel_pass_panel(pass, 0, tile),
            .x = pensel_pass_x(pass, tile),
            .parameters = pensel_at(network, network->parameters, network->encoder_offset),
            .n = tile.n,
            .ld = pass->ld,
            .ldx = pass->ld,
        });
}

static void enter(const pensel_pass *pass, pensel_matrix x, const size_t *index, size_t from,
                  pensel_tile tile)
{
    bool raw = pensel_encoder_is_raw(pass->network->encoder);
    pass->network->kernels->gather(&(pensel_gather){
        .panel = raw ? pensel_pass_panel(pass, 0, tile) : pensel_pass_x(pass, tile),
        .x = x,
        .index = index,
        .first = from,
        .n = tile.n,
        .ld = pass->ld,
    });
    if (!raw) encode(pass, tile);
    transpose_rows(pass, 0, tile);
}

/* Silences neurons of hidden layer l: kept numbers times `factor`, others 0. Which is decided by
 * the step's seed, layer, unit and column alone. */
static void drop(const pensel_pass *pass, size_t l, pensel_tile tile, double factor)
{
    const pensel_network *network = pass->network;
    network->kernels->dropout(&(pensel_dropout){
        .panel = pensel_pass_panel(pass, l + 1, tile),
        .units = network->layers[l].out,
        .n = tile.n,
        .ld = pass->ld,
        .share = pass->dropout.share,
        .factor = factor,
        .seed = pass->dropout.seed + l,
        .first = tile.first,
    });
}

static bool drops(const pensel_pass *pass, size_t l)
{
    return pass->dropout.share > 0 && l + 1 < pass->network->shape.layer_count;
}

static void forward_layer(const pensel_pass *pass, size_t l, pensel_tile tile)
{
    const pensel_network *network = pass->network;
    const pensel_dense *layer = &network->layers[l];
    bool last = l + 1 == network->shape.layer_count, dropped = drops(pass, l);
    network->kernels->forward(&(pensel_forward){
        .y = pensel_pass_panel(pass, l + 1, tile),
        .z = pensel_pass_z(pass, l + 1, tile),
        .rows = last || dropped ? NULL : pensel_pass_rows(pass, l + 1, tile),
        .w = pensel_at(network, network->parameters, layer->weights),
        .b = pensel_at(network, network->parameters, layer->biases),
        .a = pensel_pass_panel(pass, l, tile),
        .in = layer->in,
        .out = layer->out,
        .n = tile.n,
        .ldy = pass->ld,
        .lda = pass->ld,
        .stride = last ? 0 : pass->strides[l + 1],
        .activation = layer->activation,
        .parameter = layer->parameter,
    });
    if (!dropped) return;
    drop(pass, l, tile, 1 / (1 - pass->dropout.share));
    transpose_rows(pass, l + 1, tile);
}

void pensel_pass_forward(const pensel_pass *pass, pensel_matrix x, const size_t *index, size_t from,
                         pensel_tile tile)
{
    enter(pass, x, index, from, tile);
    for (size_t l = 0; l < pass->network->shape.layer_count; l++)
        forward_layer(pass, l, tile);
}

/* dz of layer l down to dz of layer l - 1, or for l = 0 to the gradient of the features. */
static void backward_layer(const pensel_pass *pass, size_t l, pensel_tile tile)
{
    const pensel_network *network = pass->network;
    const pensel_dense *layer = &network->layers[l];
    const pensel_dense *below = l > 0 ? &network->layers[l - 1] : NULL;
    /* the derivative is of the activation as it was before dropout scaled it */
    bool dropped = l > 0 && drops(pass, l - 1);
    if (dropped) drop(pass, l - 1, tile, 1 - pass->dropout.share);
    network->kernels->backward(&(pensel_backward){
        .y = pensel_pass_panel(pass, l, tile),
        .z = pensel_pass_z(pass, l, tile),
        .w = pensel_at(network, network->parameters, layer->weights),
        .dz = pensel_pass_panel(pass, l + 1, tile),
        .in = layer->in,
        .out = layer->out,
        .n = tile.n,
        .ldy = pass->ld,
        .lddz = pass->ld,
        .activation = below ? below->activation : PENSEL_IDENTITY,
        .parameter = below ? below->parameter : 0,
    });
    if (dropped) drop(pass, l - 1, tile, 1 / (1 - pass->dropout.share));
}

void pensel_pass_backward(const pensel_pass *pass, pensel_tile tile)
{
    for (size_t l = pass->network->shape.layer_count; l-- > 1;)
        backward_layer(pass, l, tile);
    if (trains_encoder(pass->network)) backward_layer(pass, 0, tile);
}
