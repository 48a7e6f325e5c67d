/* Passes: the walk through the layers; all arithmetic is the kernels'. */
#include "network/pass.h"

#include "base/error.h"
#include "base/memory.h"

size_t pensel_panel_ld(const pensel_kernels *kernels, size_t n)
{
    size_t line = PENSEL_ALIGNMENT / kernels->size;
    size_t lines = (n + line - 1) / line;
    return (lines % 2 ? lines : lines + 1) * line;
}

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

static pensel_status allocate_layer(pensel_pass *pass, size_t l, pensel_error *error)
{
    const pensel_network *network = pass->network;
    const pensel_dense *layer = &network->layers[l];
    size_t size = network->kernels->size, count;
    if (!pensel_multiply(&count, layer->out, pass->ld))
        return pensel_fail_memory(error, layer->out, pass->ld * size);
    PENSEL_TRY(pensel_allocate(&pass->panels[l + 1], count, size, error));
    if (layer->needs_z) PENSEL_TRY(pensel_allocate(&pass->z[l + 1], count, size, error));
    pass->strides[l] = stride_of(network, layer->in);
    if (!pensel_multiply(&count, pass->capacity, pass->strides[l]))
        return pensel_fail_memory(error, pass->capacity, pass->strides[l] * size);
    return pensel_allocate(&pass->rows[l], count, size, error);
}

static pensel_status allocate(pensel_pass *pass, pensel_error *error)
{
    const pensel_network *network = pass->network;
    size_t layers = network->shape.layer_count, size = network->kernels->size;
    PENSEL_TRY(pensel_allocate(&pass->panels, layers + 1, sizeof *pass->panels, error));
    PENSEL_TRY(pensel_allocate(&pass->z, layers + 1, sizeof *pass->z, error));
    PENSEL_TRY(pensel_allocate(&pass->rows, layers, sizeof *pass->rows, error));
    PENSEL_TRY(pensel_allocate(&pass->strides, layers, sizeof *pass->strides, error));
    PENSEL_TRY(pensel_allocate(&pass->panels[0], network->features * pass->ld, size, error));
    if (!pensel_encoder_is_raw(network->encoder))
        PENSEL_TRY(pensel_allocate(&pass->x, network->shape.inputs * pass->ld, size, error));
    for (size_t l = 0; l < layers; l++) PENSEL_TRY(allocate_layer(pass, l, error));
    return PENSEL_OK;
}

pensel_status pensel_pass_new(pensel_pass **result, const pensel_network *network, size_t capacity,
                              pensel_error *error)
{
    pensel_pass *pass;
    *result = NULL;
    PENSEL_TRY(pensel_allocate(&pass, 1, sizeof *pass, error));
    pass->network = network;
    pass->ld = pensel_panel_ld(network->kernels, capacity);
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
    for (size_t l = 0; pass->panels && l <= layers; l++) pensel_release(pass->panels[l]);
    for (size_t l = 0; pass->z && l <= layers; l++) pensel_release(pass->z[l]);
    for (size_t l = 0; pass->rows && l < layers; l++) pensel_release(pass->rows[l]);
    pensel_release(pass->panels);
    pensel_release(pass->z);
    pensel_release(pass->rows);
    pensel_release(pass->strides);
    pensel_release(pass->x);
    pensel_release(pass);
}

static void *column(const pensel_pass *pass, void *panel, size_t first)
{
    return panel ? pensel_at(pass->network, panel, first) : NULL;
}

static void *row(const pensel_pass *pass, size_t l, size_t first)
{
    return pensel_at(pass->network, pass->rows[l], first * pass->strides[l]);
}

static void enter(const pensel_pass *pass, pensel_matrix x, const size_t *index, size_t from,
                  size_t first, size_t n)
{
    const pensel_network *network = pass->network;
    bool raw = pensel_encoder_is_raw(network->encoder);
    network->kernels->gather(&(pensel_gather){
        .panel = column(pass, raw ? pass->panels[0] : pass->x, first),
        .rows = raw ? row(pass, 0, first) : NULL,
        .x = x,
        .index = index,
        .first = from,
        .n = n,
        .ld = pass->ld,
        .stride = pass->strides[0],
    });
    if (raw) return;
    pensel_encoder_forward(network->encoder, &(pensel_encode){
        .features = column(pass, pass->panels[0], first),
        .rows = row(pass, 0, first),
        .x = column(pass, pass->x, first),
        .parameters = pensel_at(network, network->parameters, network->encoder_offset),
        .n = n,
        .ld = pass->ld,
        .stride = pass->strides[0],
        .ldx = pass->ld,
    });
}

/* Silences neurons of hidden layer l: kept numbers times `factor`, others 0. Which is decided by the
 * step's seed, layer, unit and column alone. */
static void drop(const pensel_pass *pass, size_t l, size_t first, size_t n, double factor, bool rows)
{
    const pensel_network *network = pass->network;
    network->kernels->dropout(&(pensel_dropout){
        .panel = column(pass, pass->panels[l + 1], first),
        .rows = rows ? row(pass, l + 1, first) : NULL,
        .units = network->layers[l].out,
        .n = n,
        .ld = pass->ld,
        .stride = rows ? pass->strides[l + 1] : 0,
        .share = pass->dropout.share,
        .factor = factor,
        .seed = pass->dropout.seed + l,
        .first = first,
    });
}

static bool drops(const pensel_pass *pass, size_t l)
{
    return pass->dropout.share > 0 && l + 1 < pass->network->shape.layer_count;
}

static void climb(const pensel_pass *pass, size_t l, size_t first, size_t n)
{
    const pensel_network *network = pass->network;
    const pensel_dense *layer = &network->layers[l];
    bool last = l + 1 == network->shape.layer_count;
    network->kernels->forward(&(pensel_forward){
        .y = column(pass, pass->panels[l + 1], first),
        .z = column(pass, pass->z[l + 1], first),
        .rows = last ? NULL : row(pass, l + 1, first),
        .w = pensel_at(network, network->parameters, layer->weights),
        .b = pensel_at(network, network->parameters, layer->biases),
        .a = column(pass, pass->panels[l], first),
        .in = layer->in,
        .out = layer->out,
        .n = n,
        .ldy = pass->ld,
        .lda = pass->ld,
        .stride = last ? 0 : pass->strides[l + 1],
        .activation = layer->activation,
        .parameter = layer->parameter,
    });
    if (drops(pass, l)) drop(pass, l, first, n, 1 / (1 - pass->dropout.share), true);
}

void pensel_pass_forward(const pensel_pass *pass, pensel_matrix x, const size_t *index, size_t from,
                         size_t first, size_t n)
{
    enter(pass, x, index, from, first, n);
    for (size_t l = 0; l < pass->network->shape.layer_count; l++) climb(pass, l, first, n);
}

/* dz of layer l down to dz of layer l - 1, or for l = 0 to the gradient of the features. */
static void descend(const pensel_pass *pass, size_t l, size_t first, size_t n)
{
    const pensel_network *network = pass->network;
    const pensel_dense *layer = &network->layers[l];
    const pensel_dense *below = l > 0 ? &network->layers[l - 1] : NULL;
    /* the derivative is of the activation as it was before dropout scaled it */
    bool dropped = l > 0 && drops(pass, l - 1);
    if (dropped) drop(pass, l - 1, first, n, 1 - pass->dropout.share, false);
    network->kernels->backward(&(pensel_backward){
        .y = column(pass, pass->panels[l], first),
        .z = column(pass, pass->z[l], first),
        .w = pensel_at(network, network->parameters, layer->weights),
        .dz = column(pass, pass->panels[l + 1], first),
        .in = layer->in,
        .out = layer->out,
        .n = n,
        .ldy = pass->ld,
        .lddz = pass->ld,
        .activation = below ? below->activation : PENSEL_IDENTITY,
        .parameter = below ? below->parameter : 0,
    });
    if (dropped) drop(pass, l - 1, first, n, 1 / (1 - pass->dropout.share), false);
}

void pensel_pass_backward(const pensel_pass *pass, size_t first, size_t n)
{
    for (size_t l = pass->network->shape.layer_count; l-- > 1;) descend(pass, l, first, n);
    if (trains_encoder(pass->network)) descend(pass, 0, first, n);
}

void *pensel_pass_outputs(const pensel_pass *pass, size_t first)
{
    return column(pass, pass->panels[pass->network->shape.layer_count], first);
}

void *pensel_pass_outputs_z(const pensel_pass *pass, size_t first)
{
    return column(pass, pass->z[pass->network->shape.layer_count], first);
}
