/* One neuron, and networks of them: layers and one flat vector of parameters. Pure mathematics:
 * numbers in, numbers out. */
#ifndef PENSEL_NETWORK_H
#define PENSEL_NETWORK_H

#include "base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ------------------------------------------------------------------ activation, neuron */

/* The activation functions. To add one: the recipe is in src/kernel/activation.h. */
#define PENSEL_ACTIVATION_LIST(X) \
    X(IDENTITY, identity)         \
    X(STEP, step)                 \
    X(LOGISTIC, logistic)         \
    X(TANH, tanh)                 \
    X(RELU, relu)                 \
    X(LEAKY_RELU, leaky_relu)     \
    X(ELU, elu)                   \
    X(SELU, selu)                 \
    X(SOFTPLUS, softplus)         \
    X(GELU, gelu)                 \
    X(SILU, silu)                 \
    X(SINE, sine)                 \
    X(GAUSSIAN, gaussian)         \
    X(EXPONENTIAL, exponential)   \
    X(SOFTMAX, softmax)

typedef enum pensel_activation {
#define PENSEL_ACTIVATION_ENUM(NAME, name) PENSEL_##NAME,
    PENSEL_ACTIVATION_LIST(PENSEL_ACTIVATION_ENUM)
#undef PENSEL_ACTIVATION_ENUM
        PENSEL_ACTIVATION_COUNT
} pensel_activation;

/* Not one of them: in the hidden layers of an estimator relu, of a painting what suits its encoding
 * (sine on raw coordinates). */
#define PENSEL_AUTOMATIC PENSEL_ACTIVATION_COUNT

typedef struct pensel_activation_info {
    const char *name;       /* "leaky-relu": its name on the command line and in files */
    const char *formula;    /* "max(p z, z)" */
    const char *derivative; /* "1 if z > 0, else p" */
    const char *range;      /* "(-inf, inf)" */
    double parameter;       /* the default of p, such as the slope 0.1; 0 if it takes none */
    bool has_parameter;
    bool outputs_only; /* softmax: needs the whole layer, so the output layer alone may have it */
    double most;       /* the formulas hold for p from 0 to this; 0: for every p */
} pensel_activation_info;

/* NULL if there is no such activation. */
PENSEL_API const pensel_activation_info *pensel_activation_describe(pensel_activation activation);
/* Looks an activation up by name. An unknown name is a BAD_ARGUMENT error that lists the known
 * ones. */
PENSEL_API pensel_status pensel_activation_find(pensel_activation *activation, const char *name,
                                                pensel_error *error);
/* value[i] = f(z[i]), derivative[i] = f'(z[i]) for i < count, computed by the same kernels that
 * networks use; either output may be NULL. For softmax the `count` numbers are one layer, and the
 * derivative is the diagonal of the Jacobian. */
PENSEL_API pensel_status pensel_activation_apply(pensel_activation activation, double parameter,
                                                 double *value, double *derivative, const double *z,
                                                 size_t count, pensel_error *error);

/* One neuron: products[i] = w[i] x[i], z = sum of products + bias, output = f(z), from x (inputs).
 * output, z and products (inputs) may be NULL. z and output are computed by the kernel that
 * networks use. */
typedef struct pensel_neuron {
    const double *weights; /* borrowed, (inputs) */
    size_t inputs;
    double bias;
    pensel_activation activation;
    double parameter; /* p of the activation's formula, as it is: 0 is no default */
} pensel_neuron;

PENSEL_API pensel_status pensel_neuron_run(const pensel_neuron *neuron, double *output, double *z,
                                           double *products, const double *x, pensel_error *error);

/* Rosenblatt's rule (Rosenblatt 1958): for each sample, w += rate (y - step(w x + b)) x and
 * b += rate (y - step(w x + b)), until an epoch has no mistakes or `epochs` epochs have passed.
 * weights (inputs) and bias hold the initial values and then the result; x is (n, inputs), y (n)
 * holds 0 and 1. epochs_used and mistakes, either of which may be NULL, receive the number of
 * epochs run and of wrong answers in the last one: 0 mistakes means it has learned. */
PENSEL_API pensel_status pensel_perceptron_train(double *weights, double *bias, size_t *epochs_used,
                                                 size_t *mistakes, const double *x, const double *y,
                                                 size_t n, size_t inputs, double rate,
                                                 size_t epochs, pensel_error *error);

/* ------------------------------------------------------------------ network */

/* How inputs are transformed before they enter the first layer. A zeroed struct is raw: the inputs
 * unchanged. All the others expect inputs in [0, 1]. To add one: the recipe is in
 * src/layer/layer.h. */
#define PENSEL_ENCODING_LIST(X)                                                          \
    X(RAW, raw)                                                                          \
    X(FOURIER, fourier)   /* sin, cos of random projections (Tancik et al. 2020) */      \
    X(HASHGRID, hashgrid) /* multiresolution hash grid (Mueller et al. 2022), trained */ \
    X(PYRAMID, pyramid)   /* dense grids at full, 1/2, 1/4... of rows x columns, trained */

typedef enum pensel_encoding_kind {
#define PENSEL_ENCODING_ENUM(NAME, name) PENSEL_##NAME,
    PENSEL_ENCODING_LIST(PENSEL_ENCODING_ENUM)
#undef PENSEL_ENCODING_ENUM
        PENSEL_ENCODING_COUNT
} pensel_encoding_kind;
/* "raw", "fourier"...; NULL past the end. */
PENSEL_API const char *pensel_encoding_name(pensel_encoding_kind kind);

/* Its options; 0 leaves a size open, which pensel_painting_new settles and a network refuses. To
 * add one: its row here, and the line that uses it. X is explained at PENSEL_TRAINING_OPTION_LIST.
 */
/* clang-format off */
#define PENSEL_ENCODING_OPTION_LIST(X)                                                             \
    X(CHOICE(encoding_kind), kind, PENSEL_RAW, ANY, "", "encoding", "0.1",                         \
      "what inputs become before the first layer")                                                 \
    X(COUNT, features, 0, FROM(0), "kind=fourier|hashgrid|pyramid", "", "0.1",                     \
      "frequencies of fourier, 2 features each; of grids, latents per level")                      \
    X(NUMBER, scale, 0, FROM(0), "kind=fourier", "frequency_scale", "0.1",                         \
      "standard deviation of the frequencies, in cycles per unit")                                 \
    X(COUNT, levels, 0, FROM(0), "kind=hashgrid|pyramid", "", "0.1",                               \
      "grids, each finer than the one before")                                                     \
    X(COUNT, table_log2, 0, BETWEEN("[]", 0, 28), "kind=hashgrid", "", "0.1",                      \
      "at most 2^this entries per level; dense where fewer suffice")                               \
    X(COUNT, base_resolution, 0, FROM(0), "kind=hashgrid", "", "0.1",                              \
      "cells per side at the coarsest level")                                                      \
    X(COUNT, fine_resolution, 0, FROM(0), "kind=hashgrid", "", "0.1",                              \
      "cells per side at the finest level")                                                        \
    X(COUNT, rows, 0, FROM(0), "kind=pyramid", "", "0.1",                                          \
      "rows of the finest grid")                                                                   \
    X(COUNT, columns, 0, FROM(0), "kind=pyramid", "", "0.1",                                       \
      "columns of the finest grid")                                                                \
    X(COUNT, depth, 0, FROM(0), "kind=pyramid", "", "0.1",                                         \
      "grids along a third input, pictures in one network; 0: no third input")                     \
    X(FLAG, periodic, false, ANY, "kind=fourier|hashgrid|pyramid", "", "0.1",                      \
      "0 and 1 are the same place in every input, so that paintings are seamless")                 \
    X(SEED, seed, 0, ANY, "kind=fourier", "", "0.1",                                               \
      "from which frequencies are drawn")
/* clang-format on */

enum { PENSEL_ENCODING_MOST = 24 };
struct pensel_encoding_members {
    pensel_given given;
    PENSEL_ENCODING_OPTION_LIST(PENSEL_OPTION_MEMBER)
    unsigned char end;
};

typedef struct pensel_encoding {
    pensel_given given;
    PENSEL_ENCODING_OPTION_LIST(PENSEL_OPTION_MEMBER)
    PENSEL_OPTION_ROOM(pensel_encoding_members, PENSEL_ENCODING_MOST)
} pensel_encoding;
PENSEL_API const pensel_option_table *pensel_encoding_table(void);

typedef struct pensel_layer {
    size_t width;                 /* neurons */
    pensel_activation activation; /* PENSEL_AUTOMATIC leaves it to an estimator or the painter */
    /* p of the activation's formula, as it is: 0 is 0. What is usual for an activation is the
     * `parameter` of pensel_activation_describe. */
    double parameter;
} pensel_layer;

/* The layers of a network: either an encoding and layers of neurons, which is what most need, or
 * `list`, a text that names layers of any kind, from the inputs to the outputs:
 *
 *     "dense:64:relu, layer-norm, residual(dense:64:relu, dense:64), dropout:0.1, dense:3"
 *
 *     dense:width:activation:parameter       neurons; identity unless an activation is given
 *     scale                                  a learned factor for each unit
 *     layer-norm:epsilon                     mean 0 and variance 1 over the units of a sample, then
 *                                            a learned gain and shift (Ba et al. 2016)
 *     residual(layers)                       adds what enters the layers to what they give out
 *     dropout:share                          silences units while it trains, by chance
 *     embedding:codes:width:column           a learned vector in place of an input that is a code,
 *                                            a whole number; code 0 is for all that is not one
 *                                            of the codes, NaN too. The vector follows the others
 *     periodic:numbers:waves:width:scale     each of the first numbers becomes waves of its own and
 *                                            a small linear map of them, and stays beside them
 *                                            (Gorishniy et al. 2022, Holzmueller et al. 2024)
 *     piecewise:numbers:bins:width           the same with ramps over bins in place of waves
 *     parametric:activation:parameter        a + alpha (f(a) - a), alpha learned for each unit
 *     custom:name                            an activation of the program's own: see
 *                                            pensel_custom_activation
 *     fourier:features:scale:seed:periodic   these three, the encodings, can only be first
 *     hashgrid:levels:features:table-log2:base-resolution:fine-resolution:periodic
 *     pyramid:rows:columns:levels:features:depth:periodic
 *
 * A setting may be named, "dense:64:parameter=30", and left out where it has a default. Two more
 * are taken by every layer: rate-factor, a factor of the learning rate for its parameters, and
 * decay, one of alpha and weight_decay for its weights. The last layer is dense.
 *
 * Of a network that was made from a list, pensel_network_shape shows the list, complete and in this
 * form, and its dense layers as `layers`. */
typedef struct pensel_shape {
    size_t inputs;
    pensel_encoding encoding;
    const pensel_layer *layers;          /* hidden layers, then the output layer */
    size_t layer_count;                  /* 1 or more; 1 means no hidden layer */
    const char *list;                    /* NULL, or in place of encoding and layers; copied */
    const void *more[PENSEL_MORE_HOOKS]; /* NULL */
} pensel_shape;

typedef enum pensel_initialisation {
    PENSEL_GLOROT, /* uniform(-b, b), b = sqrt(6/(in+out)), with 2 instead of 6 for logistic:
                      scikit-learn's */
    PENSEL_HE,     /* uniform(-b, b), b = sqrt(6/in), biases 0 (He et al. 2015) */
    PENSEL_SIREN   /* for sine layers (Sitzmann et al. 2020) */
} pensel_initialisation;
/* "glorot", "he", "siren"; NULL past the end. */
PENSEL_API const char *pensel_initialisation_name(pensel_initialisation how);

typedef struct pensel_network pensel_network;

/* The shape is copied. Parameters are 0 until they are initialised or written. */
PENSEL_API pensel_status pensel_network_new(pensel_network **network, const pensel_shape *shape,
                                            pensel_precision precision, pensel_error *error);
PENSEL_API pensel_status pensel_network_copy(pensel_network **copy, const pensel_network *network,
                                             pensel_error *error);
PENSEL_API void pensel_network_free(pensel_network **network);

/* Draws the initial parameters in scikit-learn's order: for each layer the weights, by input and
 * then by output, then the biases. */
PENSEL_API pensel_status pensel_network_initialise(pensel_network *network,
                                                   pensel_initialisation how, pensel_random *random,
                                                   pensel_error *error);

PENSEL_API const pensel_shape *pensel_network_shape(const pensel_network *network);
PENSEL_API pensel_precision pensel_network_precision(const pensel_network *network);

/* All parameters, in one block: for each layer w (out, in), then b (out); those of grids and
 * embeddings come last. */
PENSEL_API size_t pensel_network_parameter_count(const pensel_network *network);
PENSEL_API void *pensel_network_parameters(pensel_network *network);
PENSEL_API const void *pensel_network_parameters_const(const pensel_network *network);

/* The groups of parameters, each with its tensor in a model file, its learning rate and decay. */
typedef struct pensel_group {
    const char *layer, *name; /* kind of the layer, "dense"; what they are, "weight" */
    size_t layer_index;       /* place of the layer in the list; a residual counts twice */
    size_t first, count;      /* place among the parameters */
    size_t rows, columns;     /* of the tensor; columns 0: it has one dimension */
    double rate_factor;       /* factor of the learning rate */
    double decay;             /* factor of alpha and weight_decay; 0: biases, grids... have none */
} pensel_group;
PENSEL_API size_t pensel_network_group_count(const pensel_network *network);
PENSEL_API pensel_status pensel_network_group(const pensel_network *network, size_t i,
                                              pensel_group *group, pensel_error *error);
/* Sets what rate_factor= and decay= in a list of layers set, both 0 or more, for the layer that
 * group i is of, and so for its other groups too; a rate factor of 0 keeps them as they are.
 * Trainings of the network take them from their next step, copies and model files keep them, as the
 * list that the network's shape has from then on. */
PENSEL_API pensel_status pensel_network_set_rates(pensel_network *network, size_t i,
                                                  double rate_factor, double decay,
                                                  pensel_error *error);

/* Where the weights (out, in) and biases (out) of layer l of neurons start in that block, as an
 * index of parameters. */
typedef struct pensel_layer_view {
    size_t in, out;
    size_t weights, biases;
} pensel_layer_view;
PENSEL_API pensel_status pensel_network_layer(const pensel_network *network, size_t l,
                                              pensel_layer_view *view, pensel_error *error);

/* The network's calls use the context's threads from now on, with NULL those of its own again. The
 * context is borrowed; copies of the network use it too. */
PENSEL_API void pensel_network_use(pensel_network *network, pensel_context *context);

/* y (n, outputs), of the network's precision (float for bfloat16), from x (n, inputs) of either
 * precision. threads: at most so many work on it, 0 for all; fewer if there is too little to do.
 * A row of x with infinity or NaN gets NaN for all its outputs and changes no other row, unless an
 * embedding takes it for a missing code. Predicting a single row allocates no memory if no layer is
 * wider than 128. */
PENSEL_API pensel_status pensel_network_predict(const pensel_network *network, void *y,
                                                pensel_matrix x, size_t threads,
                                                pensel_error *error);
/* The same from sparse rows, for a network that begins with neurons; another one is refused. They
 * are not made dense, so a row costs what its values cost, and the layers above. */
PENSEL_API pensel_status pensel_network_predict_sparse(const pensel_network *network, void *y,
                                                       const pensel_sparse *x, size_t threads,
                                                       pensel_error *error);
/* pensel_network_predict, but stopping after layer `l` (0 is the first hidden one): y (n, width of
 * layer l). */
PENSEL_API pensel_status pensel_network_activations(const pensel_network *network, size_t l,
                                                    void *y, pensel_matrix x, size_t threads,
                                                    pensel_error *error);
/* Predictions of which a share of each hidden layer's units is dropped, as in a training with the
 * option `dropout`; layers of dropout silence theirs, and share may be 0. y (draws, n, outputs):
 * each draw drops other units, of each row others. Their mean is a prediction, and how far they lie
 * apart says how sure the network is of it (Gal & Ghahramani 2016). They follow from `seed` alone,
 * whatever the number of threads. */
PENSEL_API pensel_status pensel_network_predict_draws(const pensel_network *network, void *y,
                                                      pensel_matrix x, double share, uint64_t seed,
                                                      size_t draws, size_t threads,
                                                      pensel_error *error);
/* pensel_network_predict by the calling thread alone and in the caller's memory, with the same
 * bits: nothing is allocated, however many rows x has and however wide layers are. `workspace` is
 * `bytes` long, and needs pensel_network_workspace of them at least; calls that run at the same
 * time need one each. */
PENSEL_API size_t pensel_network_workspace(const pensel_network *network);
PENSEL_API pensel_status pensel_network_predict_in(const pensel_network *network, void *y,
                                                   pensel_matrix x, void *workspace, size_t bytes,
                                                   pensel_error *error);

/* Gradients with respect to the inputs, for attribution or for what stands in front of a network:
 *
 *     dx[s][i] = sum over outputs j of dy[s][j] times the derivative of y[s][j] by x[s][i]
 *
 * dx (n, inputs) and dy (n, outputs) are of the network's precision, as y is; dy NULL: all 1. A row
 * of x with infinity or NaN gets NaN. UNSUPPORTED if the first layer is an encoding, through which
 * nothing goes back. */
PENSEL_API pensel_status pensel_network_input_gradient(const pensel_network *network, void *dx,
                                                       pensel_matrix x, const void *dy,
                                                       size_t threads, pensel_error *error);

/* A network alone as a model file: shape, precision, rates and parameters, which come back bit for
 * bit. Loading takes the network out of any model file that has just one, an estimator's or a
 * painting's too; what these do to inputs and outputs stays behind. */
PENSEL_API pensel_status pensel_network_save(const pensel_network *network, const char *path,
                                             pensel_error *error);
PENSEL_API pensel_status pensel_network_load(pensel_network **network, const char *path,
                                             pensel_error *error);

#ifdef __cplusplus
}
#endif

#endif
