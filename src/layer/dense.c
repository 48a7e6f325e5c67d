/* Dense: neurons that see all inputs. y = f(z), z = w a + b. w (out, in), b (out)
 *
 *     backward   da = w^T dz, times f'(z) of the layer below where that is fused
 *     gradient   dw = dz a^T, db = sum of dz
 *
 * The kernels do all three; bias, activation and derivative are fused in the products. Where an
 * activation's derivative follows from a alone (tanh: 1 - a^2), nothing is kept: one array less
 * goes through the caches. Else f'(z) is, which shares most of its work with f(z). Nothing derives
 * the last layer, since the loss gives its dz. */
#include "base/random.h"
#include "layer/activation_choice.h"
#include "layer/layer.h"

#include <math.h>

/* Rows of a part, about: enough to keep the kernels' register blocks full, few enough to share
 * out. */
enum { PART_ROWS = 24 };
/* So many inputs of all samples come from far for each part: then parts have more rows. From so
 * many units on both sides on, a copy of the weights for the way back is worth its making. */
enum { WIDE_INPUTS = 512, WIDE_PART_ROWS = 48, TURNED_UNITS = 384 };

static const pensel_option_row options[] = {
    PENSEL_LAYER_OPTION(pensel_layer, COUNT, width, 0, FROM(1), "neurons"),
    PENSEL_LAYER_OPTION(pensel_layer, CHOICE(activation), activation, PENSEL_IDENTITY, ANY,
                        "what ends it"),
    PENSEL_LAYER_OPTION(pensel_layer, NUMBER, parameter, NAN, ANY,
                        "the activation's; nan: its usual one"),
};

/* Rows in parts as equal as can be; of wide layers, in whole register blocks of 6 or 12. How rows
 * are cut changes no bit of a sum. */
static pensel_status list_parts(pensel_layer_instance *layer, size_t out, pensel_error *error)
{
    bool wide = layer->in >= WIDE_INPUTS;
    size_t most = wide ? WIDE_PART_ROWS : PART_ROWS, unit = wide ? 12 : 1;
    size_t parts = (out + most / 2) / most;
    if (parts == 0) parts = 1;
    PENSEL_TRY(pensel_layer_parts(layer, parts, error));
    for (size_t p = 0; p < parts; p++) {
        size_t first = out * p / parts / unit * unit;
        size_t end = p + 1 < parts ? out * (p + 1) / parts / unit * unit : out;
        layer->parts[p] = (pensel_layer_part){first, end - first};
    }
    return PENSEL_OK;
}

/* Sizes are checked before they are multiplied: a model file may ask for any. The order of the
 * groups is relied on (network.c, sparse.c): weights first. */
static pensel_status prepare(pensel_layer_instance *layer, pensel_error *error)
{
    const pensel_layer *o = (const pensel_layer *)layer->settings.own;
    size_t numbers;
    if (!pensel_multiply(&numbers, layer->in, o->width) || numbers > SIZE_MAX / 64 ||
        o->width > SIZE_MAX / 64)
        return pensel_fail(
            error, PENSEL_OUT_OF_MEMORY,
            "a layer of %zu x %zu weights is larger than any memory: make it smaller", o->width,
            layer->in);
    layer->out = o->width;
    layer->activation = o->activation;
    layer->parameter = o->parameter;
    if (isnan(o->parameter))
        layer->parameter = pensel_activation_describe(o->activation)->parameter;
    PENSEL_TRY(pensel_activation_check(o->activation, layer->parameter, error));
    layer->kept = pensel_activation_needs_z(o->activation) ? o->width : 0;
    layer->turns = layer->in >= TURNED_UNITS && o->width >= TURNED_UNITS;
    layer->groups[0] = (pensel_layer_group){"weight", o->width, layer->in, true, 0};
    layer->groups[1] = (pensel_layer_group){"bias", o->width, 0, false, 0};
    layer->group_count = 2;
    return list_parts(layer, o->width, error);
}

/* ------------------------------------------------------------------ initial weights */

typedef struct bounds {
    double weight, bias;
} bounds;

/* Glorot & Bengio 2010, equation 16. The factor 2 for logistic and the random biases are
 * scikit-learn's, which uses the activation of the hidden layers for all layers. */
static bounds glorot(const pensel_layer_instance *layer, pensel_activation hidden)
{
    double factor = hidden == PENSEL_LOGISTIC ? 2 : 6;
    double b = sqrt(factor / (double)(layer->in + layer->out));
    return (bounds){b, b};
}

/* He et al. 2015, equation 10, as a uniform distribution of the same variance. */
static bounds he(const pensel_layer_instance *layer, pensel_activation hidden)
{
    (void)hidden;
    return (bounds){sqrt(6 / (double)layer->in), 0};
}

/* Sitzmann et al. 2020, section 3.2: 1/in in the first layer, sqrt(6/in)/omega in the others, so
 * that what sine neurons sum keeps its spread from layer to layer. `number` counts layers of
 * neurons: with an encoding in front the first of them is still 0. */
static bounds siren(const pensel_layer_instance *layer, pensel_activation hidden)
{
    (void)hidden;
    double in = (double)layer->in;
    double omega = layer->activation == PENSEL_SINE && layer->parameter > 0 ? layer->parameter : 1;
    return (bounds){layer->number == 0 ? 1 / in : sqrt(6 / in) / omega, 1 / sqrt(in)};
}

static bounds (*const schemes[])(const pensel_layer_instance *, pensel_activation) = {
    [PENSEL_GLOROT] = glorot,
    [PENSEL_HE] = he,
    [PENSEL_SIREN] = siren,
};

/* uniform(-b, b) for w, by input and then by output, and then for the biases: the order in which
 * scikit-learn fills its (in, out) matrices, so the same seed gives the same network. */
static void initialise(const pensel_layer_instance *layer, void *parameters,
                       pensel_initialisation how, pensel_activation hidden, pensel_random *random)
{
    real *w = pensel_layer_numbers(layer, parameters, 0);
    real *b = pensel_layer_numbers(layer, parameters, 1);
    bounds most = schemes[how](layer, hidden);
    for (size_t i = 0; i < layer->in; i++)
        for (size_t j = 0; j < layer->out; j++)
            w[j * layer->in + i] = (real)pensel_random_between(random, -most.weight, most.weight);
    for (size_t j = 0; j < layer->out; j++)
        b[j] = most.bias == 0 ? 0 : (real)pensel_random_between(random, -most.bias, most.bias);
}

/* ------------------------------------------------------------------ forward, backward, gradient */

/* y (out, n) of a panel, a row or sparse rows. A part is units [row, row + rows) of y, w and b; it
 * comes in predictions alone, where nothing is kept, so `kept` and `rows` are not moved by it. */
static void forward(const pensel_layer_instance *layer, const pensel_layer_tile *t)
{
    const pensel_layer_part all = {0, layer->out}, *part = t->part ? t->part : &all;
    const real *w = pensel_layer_numbers(layer, t->parameters, 0);
    const real *b = pensel_layer_numbers(layer, t->parameters, 1);
    const pensel_forward f = {
        .y = (real *)t->y + part->row * t->ld,
        .slope = t->kept,
        .rows = t->rows,
        .w = w + part->row * layer->in,
        .b = b + part->row,
        .a = t->a,
        .in = layer->in,
        .out = part->rows,
        .n = t->n,
        .ldy = t->ld,
        .lda = t->ld,
        .stride = t->stride,
        .block_step = t->block_step,
        .activation = t->sums ? PENSEL_IDENTITY : layer->activation,
        .parameter = layer->parameter,
    };
    if (t->sparse)
        layer->kernels->sparse_forward(&f, t->sparse);
    else if (t->ld == 1)
        layer->kernels->forward_row(&f);
    else
        layer->kernels->forward(&f);
}

/* dz = dy * f'(z), over dy, where no layer above has done it. `kept` is f'(z) here: decide_fusing
 * of network/build.c has seen to that. */
static void derive(const pensel_layer_instance *layer, const pensel_layer_tile *t)
{
    for (size_t j = 0; j < layer->out; j++) {
        real *dy = (real *)t->y + j * t->ld;
        const real *slope = (const real *)t->kept + j * t->ld;
        for (size_t s = 0; s < t->n; s++)
            dy[s] *= slope[s];
    }
}

/* da = w^T dz over a. The layer below's f' is taken from a, which is read before da is written
 * there, or as it was left. */
static void backward(const pensel_layer_instance *layer, const pensel_layer_tile *t)
{
    if (layer->derives) derive(layer, t);
    if (!t->a) return;
    layer->kernels->backward(&(pensel_backward){
        .y = t->a,
        .slope = t->slope_below,
        .w = pensel_layer_numbers(layer, t->parameters, 0),
        .dz = t->y,
        .turned = t->turned,
        .turned_stride = t->turned_stride,
        .in = layer->in,
        .out = layer->out,
        .n = t->n,
        .ldy = t->ld,
        .lddz = t->ld,
        .activation = layer->fused ? layer->below->activation : PENSEL_IDENTITY,
        .parameter = layer->fused ? layer->below->parameter : 0,
    });
}

/* Rows of a part become columns [row, row + rows) of the copy: parts can be turned in any order, by
 * any threads. */
static void turn(const pensel_layer_instance *layer, void *turned, size_t stride, size_t part,
                 const void *parameters)
{
    size_t row = layer->parts[part].row;
    layer->kernels->turn(&(pensel_turn){
        .to = (real *)turned + row,
        .from = (const real *)pensel_layer_numbers(layer, parameters, 0) + row * layer->in,
        .rows = layer->parts[part].rows,
        .columns = layer->in,
        .stride = stride,
        .ld = layer->in,
    });
}

/* dw and db of a part's units, over tiles whose panels of dz stand layer->out * ld numbers apart:
 * in each the part has its own rows. The inputs in `rows` go on from tile to tile. */
static void gradient(const pensel_layer_instance *layer, const pensel_layer_gradient *g)
{
    const pensel_layer_part *part = &layer->parts[g->part];
    const pensel_weight_gradient f = {
        .dw = g->gradient[0],
        .db = g->gradient[1],
        .dz = (const real *)g->dy + part->row * g->ld,
        .rows = g->rows,
        .in = layer->in,
        .out = part->rows,
        .lddz = g->ld,
        .stride = g->stride,
        .block_step = g->block_step,
        .accumulate = g->accumulate,
        .tiles = g->tiles,
        .tile_n = g->tile_n,
        .tile_step = layer->out * g->ld,
        .prefetch = {g->prefetch[0], g->prefetch[1], g->prefetch[2], g->prefetch[3]},
    };
    if (g->sparse.x)
        layer->kernels->sparse_gradient(&f, &g->sparse);
    else
        layer->kernels->weight_gradient(&f);
}

/* The way back comes first, for it needs the weights as they were. Then the step, whose gradient
 * exists only inside the kernel. */
static double row_step(const pensel_layer_instance *layer, const pensel_layer_sample *row)
{
    if (row->below)
        layer->kernels->backward_row(&(pensel_backward){
            .y = row->below,
            .slope = row->slope_below,
            .w = pensel_layer_numbers(layer, row->parameters, 0),
            .dz = row->dz,
            .in = layer->in,
            .out = layer->out,
            .n = 1,
            .ldy = 1,
            .lddz = 1,
            .activation = layer->below->activation,
            .parameter = layer->below->parameter,
        });
    return layer->kernels->row_step[row->solver](&(pensel_row_step){.step = row->steps[0],
                                                                    .biases = row->steps[1],
                                                                    .dz = row->dz,
                                                                    .a = row->a,
                                                                    .in = layer->in,
                                                                    .out = layer->out});
}

static size_t leave(const pensel_layer_instance *layer, pensel_graph *graph, size_t a,
                    size_t partner, const void *parameters)
{
    (void)partner;
    return pensel_graph_affine(graph, a, pensel_layer_leaving(layer, graph, parameters, 0),
                               pensel_layer_leaving(layer, graph, parameters, 1), 1, layer->in,
                               layer->out, layer->activation, layer->parameter);
}

PENSEL_LAYER_KIND(dense) = {
    .name = "dense",
    .help = "neurons that see all units",
    .options = PENSEL_OPTION_TABLE(options),
    .neurons = true,
    .fuses = true,
    .rows = true,
    .reads_rows = true,
    .single = true,
    .sparse = true,
    .cuts = true,
    .prepare = prepare,
    .initialise = initialise,
    .forward = forward,
    .backward = PENSEL_IF_TRAINED(backward),
    .gradient = PENSEL_IF_TRAINED(gradient),
    .row_step = PENSEL_IF_TRAINED(row_step),
    .turn = PENSEL_IF_TRAINED(turn),
    .leave = PENSEL_IF_EXPORTED(leave),
};
