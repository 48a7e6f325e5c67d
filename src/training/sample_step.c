/* A batch of one: forward as a single row is predicted, back through each layer, and the solver's
 * step on its weights while they are near. Panels would leave all lanes but one idle, and a
 * gradient would be written only to be read again. */
#include "training/batch_state.h"

#include "base/error.h"
#include "base/memory.h"
#include "network/walk.h"

#include <string.h>

struct pensel_sample_pass {
    pensel_pass *pass;
    void *target, *dz[2]; /* (outputs); of a layer and of the one below it, in turns */
};

/* Every layer takes a sample by itself, and knows the derivative of the one below. */
static bool has_way(const pensel_network *network)
{
    for (size_t l = 0; l < network->layer_count; l++)
        if (!network->layers[l].kind->row_step || (l > 0 && !network->layers[l].fused))
            return false;
    return network->single && network->precision != PENSEL_BFLOAT16;
}

static pensel_status build(pensel_sample_pass *sample, const pensel_network *network,
                           pensel_error *error)
{
    size_t size = network->kernels->size, lanes = network->kernels->lanes;
    size_t outputs = pensel_round_up(pensel_network_outputs(network), lanes);
    size_t widest = pensel_round_up(network->widest, lanes);
    PENSEL_TRY(pensel_pass_new_row(&sample->pass, network, error));
    PENSEL_TRY(PENSEL_ALLOCATE(sample->target, outputs, size, error));
    PENSEL_TRY(PENSEL_ALLOCATE(sample->dz[0], widest, size, error));
    return PENSEL_ALLOCATE(sample->dz[1], widest, size, error);
}

pensel_status pensel_sample_pass_new(pensel_sample_pass **result, const pensel_network *network,
                                     pensel_error *error)
{
    *result = NULL;
    if (!has_way(network)) return PENSEL_OK;
    PENSEL_TRY(PENSEL_NEW(*result, 1, error));
    pensel_status status = build(*result, network, error);
    if (status != PENSEL_OK) pensel_sample_pass_free(result);
    return status;
}

void pensel_sample_pass_free(pensel_sample_pass **address)
{
    pensel_sample_pass *sample = *address;
    if (!sample) return;
    *address = NULL;
    pensel_pass_free(&sample->pass);
    pensel_release(sample->target);
    pensel_release(sample->dz[0]);
    pensel_release(sample->dz[1]);
    pensel_release(sample);
}

bool pensel_sample_fits(const pensel_batch *batch)
{
    return batch->sample && batch->selection.n == 1 && batch->steps && !batch->wanted &&
           batch->weight_sum > 0 && batch->update->dropout <= 0 &&
           !batch->selection.samples->sparse && !batch->options->loss_function;
}

static void *row_of(const pensel_batch *batch, void *to, pensel_matrix m)
{
    const pensel_selection *s = &batch->selection;
    const pensel_kernels *kernels = batch->network->kernels;
    kernels->gather(&(pensel_gather){.rows = to,
                                     .x = m,
                                     .index = s->index,
                                     .first = s->from,
                                     .n = 1,
                                     .stride = pensel_round_up(m.columns, kernels->lanes)});
    return to;
}

/* The loss, and dz of the outputs. Its weight is all the weight there is, so it is 1. */
static double loss_of(const pensel_batch *batch, const pensel_walk *walk)
{
    const pensel_sample_pass *sample = batch->sample;
    const pensel_network *network = batch->network;
    const pensel_layer_instance *last = pensel_network_last(network);
    return network->kernels->loss(&(pensel_loss_tile){
        .dz = sample->dz[0],
        .a = pensel_walk_panel(walk, network->layer_count),
        .z = pensel_pass_kept(sample->pass, network->layer_count - 1, walk->tile),
        .y = row_of(batch, sample->target, batch->selection.samples->y),
        .k = last->out,
        .n = 1,
        .ld = 1,
        .loss = batch->options->loss,
        .activation = last->activation,
        .parameter = last->parameter,
        .delta = batch->options->huber_delta,
        .scale = 1,
        .sklearn_gradient = batch->options->sklearn_gradient,
    });
}

/* The step of layer l, whose dz becomes that of the layer below; returns its part of the penalty.
 */
static double step_layer(const pensel_batch *batch, const pensel_walk *walk, size_t l,
                         const void *dz, void *below)
{
    const pensel_network *network = batch->network;
    const pensel_layer_instance *layer = &network->layers[l];
    pensel_step steps[PENSEL_LAYER_GROUPS];
    pensel_layer_sample row = {.parameters = batch->parameters,
                               .a = pensel_walk_panel(walk, l),
                               .dz = dz,
                               .solver = batch->options->solver,
                               .steps = steps};
    for (size_t g = 0; g < layer->group_count; g++)
        steps[g] = pensel_blocks_step_of(batch, layer, g, layer->groups[g].first);
    if (l > network->lowest) {
        row.below = memcpy(below, row.a, layer->in * network->kernels->size);
        row.z_below = pensel_pass_kept(walk->pass, l - 1, walk->tile);
    }
    return layer->rates.decay * layer->kind->row_step(layer, &row);
}

static void average(const pensel_batch *batch)
{
    if (batch->update->average)
        batch->network->kernels->blend(batch->update->average, batch->parameters,
                                       batch->network->parameter_count,
                                       batch->update->average_decay);
}

double pensel_sample_step(pensel_batch *batch)
{
    const pensel_network *network = batch->network;
    pensel_sample_pass *sample = batch->sample;
    const pensel_walk walk = {.network = network, .pass = sample->pass, .ld = 1, .tile = {.n = 1}};
    row_of(batch, pensel_walk_panel(&walk, 0), batch->selection.samples->x);
    pensel_walk_forward(&walk, network->layer_count);
    double loss = loss_of(batch, &walk), squares = 0;
    for (size_t l = network->layer_count, turn = 0; l-- > network->lowest; turn ^= 1)
        squares += step_layer(batch, &walk, l, sample->dz[turn], sample->dz[turn ^ 1]);
    average(batch);
    return loss + batch->options->alpha / 2 * squares / batch->weight_sum;
}
