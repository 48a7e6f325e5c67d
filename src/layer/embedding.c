/* Embedding (Bengio et al. 2003): one input is a code, a whole number, and each code has a learned
 * vector. The other inputs go on as they are, in their order, and the vector follows them.
 *
 *     forward    y = (a without the code, e[code])          e (codes, width)
 *     backward   da = dy of the others, 0 for the code
 *     gradient   de[code] += dy of the vector, sample by sample
 *
 * Code 0 is for what was not seen in training and what is missing: NaN and all that is not one of
 * the codes count as 0. Its vector begins as zeros, and stays so while no sample has it. A part is
 * a range of codes. */
#include "base/random.h"
#include "layer/layer.h"

#include <math.h>
#include <string.h>

/* Codes of a part. Every part walks over all samples, so parts must not be too small. */
enum { PART_CODES = 256 };

typedef struct embedding_options {
    size_t codes, width, column;
} embedding_options;

static const pensel_option_row options[] = {
    PENSEL_LAYER_OPTION(embedding_options, COUNT, codes, 0, BETWEEN("[]", 1, 1 << 24),
                        "how many, with code 0 for unseen and missing ones"),
    PENSEL_LAYER_OPTION(embedding_options, COUNT, width, 0, BETWEEN("[]", 1, 1 << 16),
                        "numbers of a code's vector"),
    PENSEL_LAYER_OPTION(embedding_options, COUNT, column, 0, FROM(0),
                        "which input is the code, counted from 0"),
};

static const embedding_options *options_of(const pensel_layer_instance *layer)
{
    return (const embedding_options *)layer->settings.own;
}

/* Parts are ranges of codes, cut as evenly as can be. The code is kept as a number of the network's
 * precision: whole numbers up to 2^24, the most codes there can be, are exact in float32. */
static pensel_status prepare(pensel_layer_instance *layer, pensel_error *error)
{
    const embedding_options *o = options_of(layer);
    PENSEL_REQUIRE(o->column < layer->in, BAD_ARGUMENT,
                   "an embedding of input %zu of %zu: count from 0", o->column, layer->in);
    layer->out = layer->in - 1 + o->width;
    layer->kept = 1; /* the code, in range */
    layer->groups[0] =
        (pensel_layer_group){.name = "vectors", .rows = o->codes, .columns = o->width};
    layer->group_count = 1;
    size_t parts = (o->codes + PART_CODES - 1) / PART_CODES;
    PENSEL_TRY(pensel_layer_parts(layer, parts, error));
    for (size_t p = 0; p < parts; p++) {
        size_t first = o->codes * p / parts;
        layer->parts[p] = (pensel_layer_part){first, o->codes * (p + 1) / parts - first};
    }
    return PENSEL_OK;
}

/* Vectors as long as those of a normal distribution's mean: uniform of variance 1 / width */
static void initialise(const pensel_layer_instance *layer, void *parameters,
                       pensel_initialisation how, pensel_activation hidden, pensel_random *random)
{
    const embedding_options *o = options_of(layer);
    real *e = pensel_layer_numbers(layer, parameters, 0);
    double most = sqrt(3 / (double)o->width);
    (void)how;
    (void)hidden;
    memset(e, 0, o->width * sizeof(real));
    for (size_t i = o->width; i < o->codes * o->width; i++)
        e[i] = (real)pensel_random_between(random, -most, most);
}

/* The code that x is, or 0. The bounds are checked before x becomes a whole number: a number
 * outside of what size_t holds would be undefined there. */
static size_t code_of(real x, size_t codes)
{
    bool known = x >= 0 && x < (real)codes && x == (real)(size_t)x; /* false for NaN */
    return known ? (size_t)x : 0;
}

/* Other inputs stay in front of the code, and behind it move up by one. Units without gaps between
 * them, which a sample by itself has and a full tile, are moved together. */
static void move_others(const pensel_layer_tile *t, size_t in, size_t column)
{
    const real *a = t->a;
    real *y = t->y;
    if (t->n == t->ld) {
        memcpy(y, a, column * t->ld * sizeof(real));
        memcpy(y + column * t->ld, a + (column + 1) * t->ld,
               (in - column - 1) * t->ld * sizeof(real));
        return;
    }
    for (size_t i = 0; i < in; i++)
        if (i != column)
            memcpy(y + (i < column ? i : i - 1) * t->ld, a + i * t->ld, t->n * sizeof(real));
}

/* The vector's numbers are scattered over its units' rows, as the layout asks. */
static void forward(const pensel_layer_instance *layer, const pensel_layer_tile *t)
{
    const embedding_options *o = options_of(layer);
    const real *e = pensel_layer_numbers(layer, t->parameters, 0), *a = t->a;
    real *kept = t->kept, *vector = (real *)t->y + (layer->in - 1) * t->ld;
    move_others(t, layer->in, o->column);
    for (size_t s = 0; s < t->n; s++) {
        size_t code = code_of(a[o->column * t->ld + s], o->codes);
        if (kept) kept[s] = (real)code;
        for (size_t j = 0; j < o->width; j++)
            vector[j * t->ld + s] = e[code * o->width + j];
    }
}

/* A code has no gradient: it is a name, not a quantity. */
static void backward(const pensel_layer_instance *layer, const pensel_layer_tile *t)
{
    size_t column = options_of(layer)->column;
    const real *dy = t->y;
    real *da = t->a;
    for (size_t i = 0; i < layer->in && da; i++)
        if (i == column)
            memset(da + i * t->ld, 0, t->n * sizeof(real));
        else
            memcpy(da + i * t->ld, dy + (i < column ? i : i - 1) * t->ld, t->n * sizeof(real));
}

/* Every part goes through all samples and takes those whose code is its own. Two samples may share
 * a code, so they are added one after another, never side by side. */
static void gradient(const pensel_layer_instance *layer, const pensel_layer_gradient *g)
{
    size_t width = options_of(layer)->width, ld = g->ld;
    const pensel_layer_part *part = &layer->parts[g->part];
    real *de = g->gradient[0];
    if (!g->accumulate) memset(de, 0, part->rows * width * sizeof(real));
    for (size_t t = 0; t < g->tiles; t++) {
        const real *code = (const real *)g->kept + t * ld;
        const real *dy = (const real *)g->dy + (t * layer->out + layer->in - 1) * ld;
        for (size_t s = 0; s < g->tile_n[t]; s++) {
            size_t row = (size_t)code[s] - part->row; /* huge if before the part */
            for (size_t j = 0; row < part->rows && j < width; j++)
                de[row * width + j] += dy[j * ld + s];
        }
    }
}

/* The vector is looked up, and joined behind the others. With a code alone there are no others: an
 * empty value is none. */
static size_t leave(const pensel_layer_instance *layer, pensel_graph *graph, size_t a,
                    size_t partner, const void *parameters)
{
    const embedding_options *o = options_of(layer);
    size_t *others = pensel_graph_indices(graph, layer->in - 1);
    size_t *parts = pensel_graph_indices(graph, 2);
    size_t code = pensel_graph_slice(graph, a, o->column, 1);
    size_t vector = pensel_graph_lookup(
        graph, code, pensel_layer_leaving(layer, graph, parameters, 0), o->codes, o->width);
    (void)partner;
    for (size_t i = 0; i + 1 < layer->in && others; i++)
        others[i] = i + (i >= o->column);
    if (layer->in == 1) {
        pensel_release(others);
        pensel_release(parts);
        return vector;
    }
    size_t rest = pensel_graph_pick(graph, a, others, layer->in - 1);
    if (parts) parts[0] = rest, parts[1] = vector;
    return pensel_graph_join(graph, parts, 2);
}

PENSEL_LAYER_KIND(embedding) = {
    .name = "embedding",
    .help = "a learned vector in place of an input that is a code",
    .options = PENSEL_OPTION_TABLE(options),
    .single = true,
    .whole = true,
    .missing = true,
    .prepare = prepare,
    .initialise = initialise,
    .forward = forward,
    .backward = PENSEL_IF_TRAINED(backward),
    .gradient = PENSEL_IF_TRAINED(gradient),
    .leave = PENSEL_IF_EXPORTED(leave),
};
