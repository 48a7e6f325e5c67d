/* A batch of one: forward as a single row is predicted, back through each layer, and the solver's
 * step on its weights while they are near. Panels would leave all lanes but one idle, and a
 * gradient would be written only to be read again.
 *
 *     dz_below = f'(z_below) * (w' dz)      with the weights as they were, before
 *     w, m, v  = step(w, m, v, dz a')       a product of two numbers for each weight
 *
 * A layer must therefore send dz down and step in one call (row_step), from the last one to the
 * lowest: the layer below needs its dz from weights that have not moved yet. One thread does it
 * all, and which batches go this way depends on neither threads nor the machine. */
#include "training/batch_state.h"
#include "training/training.h"

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

/* Rows have room for whole vectors: kernels write past `outputs` and `in` up to the next multiple
 * of the lanes. */
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

/* Called when the batch has begun, so its V and what is wanted are known. Whoever must see the
 * gradient before the step needs the way of a batch: here there never is one. */
bool pensel_sample_fits(const pensel_batch *batch)
{
    return batch->sample && batch->selection.n == 1 && batch->steps && !batch->wanted &&
           batch->weight_sum > 0 && batch->update->dropout <= 0 &&
           !batch->selection.samples->sparse && !batch->options->loss_function;
}

/* Row 0 of the selection in m, in the network's precision; `to` has room for whole vectors. */
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

/* The loss, and dz of the outputs. Its weight is all the weight there is, v / V, so it is 1 for any
 * v: only the penalty's share depends on it. */
static double loss_of(const pensel_batch *batch, const pensel_walk *walk)
{
    const pensel_sample_pass *sample = batch->sample;
    const pensel_network *network = batch->network;
    const pensel_layer_instance *last = pensel_network_last(network);
    return network->kernels->loss(&(pensel_loss_tile){
        .dz = sample->dz[0],
        .a = pensel_walk_panel(walk, network->layer_count),
        .slope = pensel_pass_kept(sample->pass, network->layer_count - 1, walk->tile),
        .y = row_of(batch, sample->target, batch->selection.samples->y),
        .k = last->out,
        .n = 1,
        .ld = 1,
        .loss = batch->options->loss,
        .activation = last->activation,
        .parameter = last->parameter,
        .delta = pensel_loss_delta(batch->options),
        .scale = 1,
        .sklearn_gradient = batch->options->sklearn_gradient,
    });
}

/* The step of layer l, whose dz becomes that of the layer below; returns its part of the penalty.
 * `below` receives a once more, which row_step turns into dz in place; the lowest layer with
 * parameters has nobody to send it to. */
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
        row.slope_below = pensel_pass_kept(walk->pass, l - 1, walk->tile);
    }
    return layer->rates.decay * layer->kind->row_step(layer, &row);
}

/* Over all parameters at once: a layer's step knows of no average. */
static void average(const pensel_batch *batch)
{
    if (batch->update->average)
        batch->network->kernels->blend(batch->update->average, batch->parameters,
                                       batch->network->parameter_count,
                                       batch->update->average_decay);
}

/* dz lies in two rows by turns: the one of this layer and the one it writes for the layer below. */
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
