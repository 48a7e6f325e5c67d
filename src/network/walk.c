/* The walk: which panel each layer reads and writes. All arithmetic is the layers'.
 *
 * Forward, layer l reads panel l and writes panel l + 1. Backward it reads dz in panel l + 1 and
 * writes over panel l, whose activations nobody reads after it: the gradient of weights has them in
 * `rows`, or in what the layer kept. So the layers can only go back in the reverse order, and once.
 *
 * Dropout (Srivastava et al. 2014) is done here, between two layers. What is kept is divided by 1 -
 * share in a training, so a prediction needs no factor. */
#include "network/walk.h"

/* In a prediction panels are slots, and the same slot is a panel of many layers, one after another.
 */
void *pensel_walk_panel(const pensel_walk *walk, size_t l)
{
    if (walk->pass) return pensel_pass_panel(walk->pass, l, walk->tile);
    size_t slot = l > 0 ? walk->network->layers[l - 1].slot : 0;
    return walk->slots + slot * walk->slot_bytes;
}

static const pensel_dropout_plan *plan_of(const pensel_walk *walk)
{
    return walk->pass ? &walk->pass->dropout : walk->dropout;
}

/* A training may silence neurons of hidden layers, other ones in every step, and so may a
 * prediction that is asked to. */
static bool drops(const pensel_walk *walk, size_t l)
{
    const pensel_dropout_plan *plan = plan_of(walk);
    return plan && plan->share > 0 && walk->network->layers[l].kind->neurons &&
           l + 1 < walk->network->layer_count;
}

/* Kept numbers of panel l + 1 times `factor`, others 0. Which is decided by the step's seed, layer,
 * unit and sample alone, so the way back finds the same ones without a mask in memory. */
static void drop(const pensel_walk *walk, size_t l, double factor)
{
    const pensel_network *network = walk->network;
    const pensel_dropout_plan *plan = plan_of(walk);
    network->kernels->dropout(&(pensel_dropout){
        .panel = pensel_walk_panel(walk, l + 1),
        .units = network->layers[l].out,
        .n = walk->tile.n,
        .ld = walk->ld,
        .share = plan->share,
        .factor = factor,
        .seed = plan->seed + network->layers[l].number,
        .first = walk->tile.first,
    });
}

/* What layer l - 1 gave out, or for l = 0 the inputs, once more in the layout that the gradient of
 * layer l reads. */
static void transpose(const pensel_walk *walk, size_t l)
{
    const pensel_pass *pass = walk->pass;
    walk->network->kernels->rows_of_panel(pensel_pass_rows(pass, l, walk->tile), pass->strides[l],
                                          pass->block_steps[l], pensel_walk_panel(walk, l),
                                          walk->ld, walk->network->layers[l].in, walk->tile.n);
}

/* Whether layer l has a gradient that reads its inputs sample by sample; a prediction has none. */
static bool wants_rows(const pensel_walk *walk, size_t l)
{
    return walk->pass && l < walk->network->layer_count && walk->pass->rows[l];
}

/* All that layer l may see of this tile. The ends of a pair see each other's outputs: partner + 1
 * is the panel that the partner has written. */
static pensel_layer_tile tile_of(const pensel_walk *walk, size_t l)
{
    const pensel_layer_instance *layer = &walk->network->layers[l];
    const pensel_pass *pass = walk->pass;
    const pensel_dropout_plan *plan = plan_of(walk);
    bool pair = layer->kind->encloses;
    return (pensel_layer_tile){
        .parameters = walk->network->parameters,
        .sparse = l == 0 && walk->sparse.x ? &walk->sparse : NULL,
        .a = pensel_walk_panel(walk, l),
        .y = pensel_walk_panel(walk, l + 1),
        .kept = pass ? pensel_pass_kept(pass, l, walk->tile) : NULL,
        .partner = pair ? pensel_walk_panel(walk, layer->partner + 1) : NULL,
        .n = walk->tile.n,
        .ld = walk->ld,
        .first = walk->tile.first,
        .seed = plan ? ~plan->seed + l : 0, /* not that of the dropout option */
        .trains = plan && plan->trains,
        .sums = walk->sums && l + 1 == walk->network->layer_count,
    };
}

/* Layer l, and then its output once more as rows for the layer above. A product writes the rows
 * itself while its result is in registers; where neurons are dropped afterwards it must not, for
 * the gradient has to see what is left of them. */
void pensel_walk_forward_layer(const pensel_walk *walk, size_t l)
{
    const pensel_layer_kind *kind = walk->network->layers[l].kind;
    pensel_layer_tile tile = tile_of(walk, l);
    bool wanted = wants_rows(walk, l + 1), dropped = drops(walk, l);
    if (wanted && kind->rows && !dropped) {
        tile.rows = pensel_pass_rows(walk->pass, l + 1, walk->tile);
        tile.stride = walk->pass->strides[l + 1];
        tile.block_step = walk->pass->block_steps[l + 1];
    }
    kind->forward(&walk->network->layers[l], &tile);
    if (dropped) drop(walk, l, 1 / (1 - plan_of(walk)->share));
    if (wanted && !tile.rows) transpose(walk, l + 1);
}

void pensel_walk_forward(const pensel_walk *walk, size_t layers)
{
    /* Sparse inputs have no panel; their gradient reads the sparse rows themselves. */
    if (wants_rows(walk, 0) && !walk->sparse.x) transpose(walk, 0);
    for (size_t l = 0; l < layers; l++)
        pensel_walk_forward_layer(walk, l);
}

/* Softmax needs all units of a sample. */
bool pensel_walk_cuts(const pensel_walk *walk, size_t l)
{
    const pensel_layer_instance *layer = &walk->network->layers[l];
    return layer->kind->cuts && layer->activation != PENSEL_SOFTMAX;
}

/* Some units of layer l. For predictions alone, so there are no rows and nothing is dropped. */
void pensel_walk_forward_part(const pensel_walk *walk, size_t l, pensel_layer_part part)
{
    const pensel_layer_instance *layer = &walk->network->layers[l];
    pensel_layer_tile tile = tile_of(walk, l);
    tile.part = &part;
    layer->kind->forward(layer, &tile);
}

/* One layer back. At `lowest` nobody asks for da: all that is left to do there is to derive.
 *
 * Dropout's derivative is a factor, 1 / (1 - share) or 0. The derivative of the activation that a
 * product fuses is computed from a as it was before dropout scaled it, so a is scaled back first.
 * Dropped units count as a = 0 meanwhile; the factor makes their dz 0 afterwards. */
static void backward_layer(const pensel_walk *walk, size_t l)
{
    const pensel_layer_instance *layer = &walk->network->layers[l];
    pensel_layer_tile tile = tile_of(walk, l);
    bool asked = walk->to_inputs || l > walk->network->lowest;
    bool dropped = asked && l > 0 && drops(walk, l - 1);
    if (!asked) tile.a = NULL;
    if (layer->fused && asked) tile.slope_below = pensel_pass_kept(walk->pass, l - 1, walk->tile);
    if (dropped && layer->fused) drop(walk, l - 1, 1 - walk->pass->dropout.share);
    if (walk->pass->has_turned && walk->pass->turned[l]) {
        tile.turned = walk->pass->turned[l];
        tile.turned_stride = walk->pass->turned_strides[l];
    }
    if (layer->kind->backward) layer->kind->backward(layer, &tile);
    if (dropped) drop(walk, l - 1, 1 / (1 - walk->pass->dropout.share));
}

/* The output layer first. The loss has written its dz, so nothing derives there. */
void pensel_walk_backward(const pensel_walk *walk)
{
    size_t end = walk->to_inputs ? 0 : walk->network->lowest;
    for (size_t l = walk->network->layer_count; l-- > end;)
        backward_layer(walk, l);
}
