/* Layers: what a network is a list of. Each kind is one file of this folder, with the formula of
 * its forward pass beside that of its backward pass, and one descriptor that says all that others
 * may know of it. Nobody outside asks which kind a layer is.
 *
 * Numbers are of the network's precision ("real"), and samples lie feature-major: unit i of sample
 * s of a tile stands at [i * ld + s]. A layer that the network's list holds is a
 * pensel_layer_instance, the kind prepared for its options and its number of inputs; it never
 * changes afterwards, so many threads may use it.
 *
 *     forward    any thread, any tile:   y (out, n) from a (in, n)
 *     backward   any thread, any tile:   da (in, n) over a, from dy (out, n)
 *     gradient   the thread of a part:   the part's gradient over some tiles, in their order
 *
 * A part is a range of a layer's parameters that one thread sums at a time, always in the order of
 * the samples: so results depend neither on the number of threads nor on who took what.
 *
 * Going back, dy arrives as the gradient of the loss with respect to the layer's z (of a layer
 * without an activation that is y), and da must leave in the same way: as that of the layer below.
 * A kind that says `fuses` multiplies by f'(z) of the layer below itself, where its product is
 * still in registers; for others the layer below does so before anything else (`derives`).
 *
 * The files of kinds are compiled once for each instruction set and precision, as kernels are, with
 * `real` for their numbers: their loops need no switch. All their functions are static.
 *
 * To add a kind: 1. write NAME.c here, after the pattern of scale.c: a struct of options with its
 * table, the functions (of which `leave` says in the operations of operation.h how it leaves) and,
 * at the end, PENSEL_LAYER_KIND(NAME) = {...}; 2. add its line to PENSEL_LAYER_LIST in
 * layer_list.h, from where the build takes it too; 3. add its row to the table in
 * tests/test_layer.c: a list that has it, and its formula in long double; 4. add a list that has it
 * to KINDS in tests/export_check.py. Gradients by differences, threads, tiles, files, the language
 * of layers and exports are then tested by the same rows.
 *
 * To add an encoding, which is a kind that transforms a picture's coordinates: 1. a kind as
 * above, after the pattern of fourier.c: its struct of options is pensel_encoding, of which its
 * table has the rows that it takes, and it is `first_only`; rows of PENSEL_ENCODING_OPTION_LIST
 * in include/pensel/network.h that it takes name it after "kind=", and an option of its own is a
 * new row; 2. its line at the end of PENSEL_ENCODING_LIST there, X(NAME, name), with the kind's
 * name; 3. its row in tests/test_layer.c, whose formula may be NULL, and its rows in
 * tests/test_features.c, in `encodings` and in `cases`: the formula. --encoding, the painter,
 * files and Python follow from the line; the painter takes Fourier's settings for it, and of its
 * sizes no others than features and scale, unless src/picture/auto_settings.c has its own. */
#ifndef PENSEL_LAYER_LAYER_H
#define PENSEL_LAYER_LAYER_H

#include "base/error.h"
#include "base/memory.h"
#include "base/option.h"
#include "kernel/kernel.h"
#include "layer/layer_list.h"
#include "layer/operation.h"
#include "pensel.h"

typedef struct pensel_layer_kind pensel_layer_kind;
typedef struct pensel_layer_instance pensel_layer_instance;

/* The options of a layer: any kind's own struct, behind the bits that say which of them a text
 * gave. A kind's table has a row for each (base/option.h); a list of layers may leave the names of
 * the first ones out: "dense:64:relu". */
enum { PENSEL_LAYER_OPTIONS_BYTES = 208, PENSEL_LAYER_GROUPS = 2 };
typedef struct pensel_layer_settings {
    pensel_given given;
    _Alignas(double) unsigned char own[PENSEL_LAYER_OPTIONS_BYTES];
} pensel_layer_settings;

/* What the options of a kind begin with that is `named`: the name, which is the first value of the
 * text, and what it stands for, which the network finds when it is built. */
typedef struct pensel_layer_name {
    char text[64];
    pensel_custom_activation found; /* its name is not used */
} pensel_layer_name;

/* What every kind with parameters has besides */
typedef struct pensel_layer_rates {
    pensel_given given;
    double rate_factor; /* of the learning rate */
    double decay;       /* factor of alpha and weight_decay, for groups that decay */
} pensel_layer_rates;

/* ------------------------------------------------------------------ an instance */

/* Parameters with one name, one learning rate and one tensor in a model file. */
typedef struct pensel_layer_group {
    const char *name;     /* of the tensor: "weight" */
    size_t rows, columns; /* of the tensor; columns 0: it has one dimension */
    bool decays;          /* alpha and weight_decay apply: weights, not biases */
    size_t first;         /* the network's: where it starts among the parameters */
} pensel_layer_group;

/* Rows [row, row + rows) of each group. */
typedef struct pensel_layer_part {
    size_t row, rows;
} pensel_layer_part;

struct pensel_layer_instance {
    const pensel_layer_kind *kind;
    const pensel_kernels *kernels;
    pensel_layer_settings settings;
    pensel_layer_rates rates; /* 1 unless the list says otherwise */
    size_t in;
    /* prepare sets these; they are 0 before */
    size_t out;
    pensel_activation activation; /* what ends its forward pass; identity: nothing */
    double parameter;
    size_t kept; /* units that forward keeps for backward and gradient */
    bool turns;  /* so wide that `turn` and a backward that reads its copy are worth it */
    pensel_layer_group groups[PENSEL_LAYER_GROUPS];
    size_t group_count;
    pensel_layer_part *parts; /* made by pensel_layer_parts, or all rows in one */
    size_t part_count;
    void *memory; /* anything more, from pensel_allocate: it is released with the layer */
    /* the network sets these */
    const pensel_layer_instance *below; /* NULL: the inputs are below */
    bool fused;     /* its backward multiplies by the derivative of the layer below */
    bool derives;   /* its backward begins with its own derivative: `kept` is f'(z) */
    bool opens;     /* a pair that encloses layers has two instances: the first one */
    size_t partner; /* of such a pair: the other one's place in the list */
    size_t number;  /* among the layers of neurons */
    size_t slot;    /* which of a prediction's panels its output takes */
};

/* ------------------------------------------------------------------ its work */

/* A tile of n samples at one layer. */
typedef struct pensel_layer_tile {
    const void *parameters;           /* of the whole network: see pensel_layer_numbers */
    const pensel_sparse_rows *sparse; /* forward of one that takes them: in the stead of a; NULL */
    void *a;       /* (in, ld) what comes in; backward: da goes over it, NULL: not asked */
    void *y;       /* (out, ld) what goes out; backward: dy */
    void *kept;    /* (kept, ld), or NULL in a prediction */
    void *partner; /* (out, ld) what the partner gave out; backward: its dy */
    const void *slope_below; /* backward of one that fuses: f' of the layer below; NULL: from a */
    void *rows;              /* forward: y again, sample-major, or NULL: see kernel.h */
    const pensel_layer_part *part; /* forward of one that cuts: these units alone; NULL: all */
    const void *turned;            /* backward: what `turn` has made, or NULL */
    size_t turned_stride;
    size_t n, ld, stride; /* stride: of rows. ld 1: n is 1, and y has room for whole vectors */
    size_t block_step;    /* of rows in blocks (kernel.h), else 0 */
    size_t first;         /* the tile's first sample in its batch */
    uint64_t seed;        /* of this step and layer */
    bool trains;          /* false: a prediction, or the loss alone */
    bool sums;            /* forward: z is wanted in the stead of f(z) */
} pensel_layer_tile;

/* Part `part` of the gradient over `tiles` tiles, tile_n[t] samples each. Panels of one tile and
 * the next are `in`, `out` or `kept` times ld numbers apart; rows go on without a gap. */
typedef struct pensel_layer_gradient {
    void *gradient[PENSEL_LAYER_GROUPS]; /* where the part's numbers of each group go */
    bool accumulate;                     /* add to them: they are not the first tiles */
    size_t part;
    const void *parameters;
    const void *a;    /* (in, ld) what backward left there: of the first layer the inputs */
    const void *dy;   /* (out, ld) */
    const void *kept; /* (kept, ld) */
    const void *rows; /* (samples, stride) the inputs, if the kind says reads_rows */
    pensel_sparse_rows sparse; /* in their stead, unless its x is NULL */
    size_t ld, stride, tiles;
    size_t block_step; /* of rows in blocks (kernel.h), else 0 */
    const size_t *tile_n;
    const void *prefetch[4]; /* NULL, or what the caller turns to next */
} pensel_layer_gradient;

/* A sample's way back through a layer, and the solver's step on its parameters at once. Numbers of
 * a sample stand side by side, with room for whole vectors. */
typedef struct pensel_layer_sample {
    const void *parameters;
    const void *a, *dz; /* (in) what came in; (out) */
    void *below;        /* (in) a again, which becomes dz of the layer below; NULL: not asked */
    const void *slope_below;
    pensel_solver solver;
    const pensel_step *steps; /* (group_count) w, m, v and constants for each group */
} pensel_layer_sample;

struct pensel_layer_kind {
    const char *name, *help;
    pensel_option_table options;
    bool neurons;    /* weights and an activation: the dropout option silences its units, and the
                        last layer of every network is such a one */
    bool fuses;      /* see above */
    bool rows;       /* forward writes `rows` */
    bool reads_rows; /* gradient reads them */
    bool single;     /* forward takes ld 1 */
    bool sparse;     /* as the first layer it takes sparse rows */
    bool cuts;       /* forward takes a part: row j of its groups is all that unit j needs */
    bool first_only; /* nothing goes back through it: it can only be the first layer */
    bool whole;      /* so many parameters that a shard has none of its own: the gradient is
                        summed over the whole batch in order. They come last of all */
    bool random;     /* forward needs a seed in a training */
    bool missing;    /* NaN among the inputs means that the value is missing */
    bool encloses;   /* "NAME(layers)": an instance before these, and one after them */
    bool named;      /* the first value of its text is a name: see pensel_layer_name */
    /* Checks options and inputs; sets `out` and whatever else it needs. */
    pensel_status (*prepare)(pensel_layer_instance *layer, pensel_error *error);
    /* Draws the initial parameters. NULL: they stay 0. */
    void (*initialise)(const pensel_layer_instance *layer, void *parameters,
                       pensel_initialisation how, pensel_activation hidden, pensel_random *random);
    void (*forward)(const pensel_layer_instance *layer, const pensel_layer_tile *tile);
    void (*backward)(const pensel_layer_instance *layer, const pensel_layer_tile *tile);
    void (*gradient)(const pensel_layer_instance *layer, const pensel_layer_gradient *gradient);
    /* Returns the sum of squares of the parameters that decay, as they were. NULL: a single sample
     * goes the way of a batch. */
    double (*row_step)(const pensel_layer_instance *layer, const pensel_layer_sample *row);
    /* Writes a part of the first group's transpose, (in, stride), for the backward passes of a step
     * of many samples. NULL: none is wanted. */
    void (*turn)(const pensel_layer_instance *layer, void *turned, size_t stride, size_t part,
                 const void *parameters);
    /* How it leaves, for every target of src/export: appends what a prediction does to the value a,
     * and gives the result; `partner` is what the partner gave out. NULL: it cannot leave yet, and
     * an export says so. */
    size_t (*leave)(const pensel_layer_instance *layer, pensel_graph *graph, size_t a,
                    size_t partner, const void *parameters);
};

/* ------------------------------------------------------------------ for everybody */

/* The kind of that name for these kernels, or NULL. */
const pensel_layer_kind *pensel_layer_kind_find(const char *name, const pensel_kernels *kernels);

/* Kind `i` of all, or NULL past the last. */
const pensel_layer_kind *pensel_layer_kind_at(size_t i, const pensel_kernels *kernels);

/* Makes an instance of a kind: `options` is the kind's own struct, and is copied. */
pensel_status pensel_layer_prepare(pensel_layer_instance *layer, const pensel_layer_kind *kind,
                                   const void *options, size_t size, size_t in,
                                   const pensel_kernels *kernels, pensel_error *error);
void pensel_layer_release(pensel_layer_instance *layer);

/* Room for `count` parts; for prepare. */
pensel_status pensel_layer_parts(pensel_layer_instance *layer, size_t count, pensel_error *error);
size_t pensel_layer_parameter_count(const pensel_layer_instance *layer);

/* How many numbers a row of a group has, and a group */
static inline size_t pensel_layer_row(const pensel_layer_group *group)
{
    return group->columns ? group->columns : 1;
}

static inline size_t pensel_layer_group_count(const pensel_layer_group *group)
{
    return group->rows * pensel_layer_row(group);
}

/* Where group g starts in a block like the network's parameters. */
static inline void *pensel_layer_numbers(const pensel_layer_instance *layer, const void *block,
                                         size_t g)
{
    return (char *)block + layer->groups[g].first * layer->kernels->size;
}

/* The numbers of group g, for a graph */
static inline double *pensel_layer_leaving(const pensel_layer_instance *layer, pensel_graph *graph,
                                           const void *parameters, size_t g)
{
    return pensel_graph_copy(graph, pensel_layer_numbers(layer, parameters, g),
                             pensel_layer_group_count(&layer->groups[g]),
                             layer->kernels->precision);
}

/* ------------------------------------------------------------------ for the files of kinds */

/* What a library has no use for that only predicts, or whose models do not leave: NULL there. */
#ifdef PENSEL_PREDICTS_ONLY
#define PENSEL_IF_TRAINED(function) NULL
#else
#define PENSEL_IF_TRAINED(function) function
#endif
#ifdef PENSEL_STAYS
#define PENSEL_IF_EXPORTED(function) NULL
#else
#define PENSEL_IF_EXPORTED(function) function
#endif

#ifdef PENSEL_REAL
typedef PENSEL_REAL real;
#define PENSEL_LAYER_NAME_(kind, isa, real) pensel_layer_##kind##_##isa##_##real
#define PENSEL_LAYER_NAME(kind, isa, real) PENSEL_LAYER_NAME_(kind, isa, real)
#define PENSEL_LAYER_KIND(kind)                                                           \
    extern const pensel_layer_kind PENSEL_LAYER_NAME(kind, PENSEL_ISA_NAME, PENSEL_REAL); \
    const pensel_layer_kind PENSEL_LAYER_NAME(kind, PENSEL_ISA_NAME, PENSEL_REAL)
/* A row of a kind's table: offsets are those in pensel_layer_settings. */
#define PENSEL_LAYER_OPTION(type, kind_, member, standard_, range, help_)     \
    {.name = #member,                                                         \
     .also = "",                                                              \
     .kind = PENSEL_OPTION_KIND_##kind_,                                      \
     .choice = PENSEL_OPTION_NAMES_##kind_,                                   \
     .offset = offsetof(pensel_layer_settings, own) + offsetof(type, member), \
     .standard = standard_,                                                   \
     .only = "",                                                              \
     .help = help_,                                                           \
     .since = "0.1",                                                          \
     PENSEL_OPTION_RANGE_##range}
#endif

#endif
