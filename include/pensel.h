/* pensel: networks of artificial neurons, and pictures painted by them.
 *
 * One header, top to bottom from small to large:
 *
 *     status and error      what can go wrong, and how it is told
 *     matrix, random        numbers in memory; numbers by chance
 *     activation, neuron    one neuron, and the functions it may apply
 *     network               layers of neurons and one flat vector of parameters
 *     training              epochs, batches, loss, solver, schedule, when to stop
 *     estimator             a regressor or a classifier, with labels and scaling
 *     table                 csv and npy files
 *     picture               pixels, painting and rendering
 *     machine               instruction set, threads, measured peak
 *
 * Conventions. What can fail returns a pensel_status, 0 for success, and takes a last argument
 * `error`, which may be NULL and otherwise holds a sentence saying what was wrong and what would be
 * right. Options are structs that start from a _defaults() call. `_new` gives an object to the caller,
 * `_free` takes the address of the caller's pointer, frees what it points to and sets it to NULL, so
 * freeing twice is harmless. Pointers in arguments are borrowed for the call unless said otherwise;
 * pointers returned are borrowed from the object and live until it is changed or freed.
 * The library never prints, never exits and keeps no mutable global state. One object may be read by
 * many threads at once (arguments marked const), or changed by one.
 */
#ifndef PENSEL_H
#define PENSEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__) || defined(__clang__)
#define PENSEL_API __attribute__((visibility("default")))
#else
#define PENSEL_API
#endif

#define PENSEL_VERSION "0.1.0"

/* The version of the library linked, which may be newer than PENSEL_VERSION. */
PENSEL_API const char *pensel_version(void);

/* ------------------------------------------------------------------ status and error */

/* X(NAME, text, exit value of the program) */
#define PENSEL_STATUS_LIST(X)                                                                        \
    X(OK, "done", 0)                                                                                 \
    X(BAD_ARGUMENT, "bad argument", 2)                                                               \
    X(OUT_OF_MEMORY, "out of memory", 1)                                                             \
    X(BAD_DATA, "bad data", 1)                                                                       \
    X(BAD_FILE, "bad file", 1)                                                                       \
    X(IO_FAILED, "input or output failed", 1)                                                        \
    X(UNTRAINED, "not trained yet", 1)                                                               \
    X(UNSUPPORTED, "not supported here", 1)

typedef enum pensel_status {
#define PENSEL_STATUS_ENUM(NAME, text, exit) PENSEL_##NAME,
    PENSEL_STATUS_LIST(PENSEL_STATUS_ENUM)
#undef PENSEL_STATUS_ENUM
        PENSEL_STATUS_COUNT
} pensel_status;

typedef struct pensel_error {
    pensel_status status;
    char text[512]; /* "what is wrong: what would be right", no newline */
} pensel_error;

PENSEL_API const char *pensel_status_text(pensel_status status);
PENSEL_API int pensel_status_exit(pensel_status status);

/* ------------------------------------------------------------------ matrix, random */

/* Of a matrix: float32 or float64. Of a network also bfloat16: its numbers are float32, but where the CPU can
 * multiply bfloat16 (8 bits of fraction; AVX-512 BF16) both factors of a product are rounded to it, which about
 * halves the time of wide layers; sums stay float32. Elsewhere that is the same as float32. */
typedef enum pensel_precision { PENSEL_FLOAT32, PENSEL_FLOAT64, PENSEL_BFLOAT16 } pensel_precision;

/* A borrowed view of numbers, row by row without gaps: (rows, columns). */
typedef struct pensel_matrix {
    const void *data; /* float or double, as precision says */
    size_t rows, columns;
    pensel_precision precision;
} pensel_matrix;

/* NumPy's legacy generator (Matsumoto & Nishimura 1998, MT19937): same seed, same numbers as
 * numpy.random.RandomState. Copy the struct to copy the stream. */
typedef struct pensel_random {
    uint32_t key[624];
    int32_t position; /* 0..624; 624 means the block is used up */
} pensel_random;

PENSEL_API void pensel_random_seed(pensel_random *random, uint32_t seed);
PENSEL_API double pensel_random_uniform(pensel_random *random, double low, double high);
PENSEL_API void pensel_random_shuffle(pensel_random *random, size_t *items, size_t count);

/* ------------------------------------------------------------------ activation, neuron */

/* The activation functions. To add one: write src/kernel/activation/NAME.h (the recipe is in
 * src/kernel/activation.h) and add its line here. */
#define PENSEL_ACTIVATION_LIST(X)                                                                    \
    X(IDENTITY, identity)                                                                            \
    X(STEP, step)                                                                                    \
    X(LOGISTIC, logistic)                                                                            \
    X(TANH, tanh)                                                                                    \
    X(RELU, relu)                                                                                    \
    X(LEAKY_RELU, leaky_relu)                                                                        \
    X(ELU, elu)                                                                                      \
    X(SELU, selu)                                                                                    \
    X(SOFTPLUS, softplus)                                                                            \
    X(GELU, gelu)                                                                                    \
    X(SILU, silu)                                                                                    \
    X(SINE, sine)                                                                                    \
    X(GAUSSIAN, gaussian)                                                                            \
    X(EXPONENTIAL, exponential)                                                                      \
    X(SOFTMAX, softmax)

typedef enum pensel_activation {
#define PENSEL_ACTIVATION_ENUM(NAME, name) PENSEL_##NAME,
    PENSEL_ACTIVATION_LIST(PENSEL_ACTIVATION_ENUM)
#undef PENSEL_ACTIVATION_ENUM
        PENSEL_ACTIVATION_COUNT
} pensel_activation;

typedef struct pensel_activation_info {
    const char *name;       /* "leaky-relu": its name on the command line and in files */
    const char *formula;    /* "max(p z, z)" */
    const char *derivative; /* "1 if z > 0, else p" */
    const char *range;      /* "(-inf, inf)" */
    double parameter;       /* the default of p, such as the slope 0.1; 0 when it takes none */
    bool has_parameter;
    bool outputs_only; /* softmax: sees the whole layer, so it only stands on outputs */
} pensel_activation_info;

/* NULL when there is no such activation. */
PENSEL_API const pensel_activation_info *pensel_activation_describe(pensel_activation activation);
/* A BAD_ARGUMENT error lists the known names. */
PENSEL_API pensel_status pensel_activation_find(pensel_activation *activation, const char *name,
                                                pensel_error *error);
/* value[i] = f(z[i]), derivative[i] = f'(z[i]), by the same kernels that networks use; either output
 * may be NULL. With softmax the `count` numbers are one layer and the derivative is the diagonal. */
PENSEL_API pensel_status pensel_activation_apply(pensel_activation activation, double parameter,
                                                 double *value, double *derivative, const double *z,
                                                 size_t count, pensel_error *error);

/* One neuron: products[i] = w[i] x[i], z = sum of products + bias, output = f(z).
 * `products` (inputs) may be NULL. z and output are computed by the network's own kernel. */
typedef struct pensel_neuron {
    const double *weights; /* borrowed, (inputs) */
    size_t inputs;
    double bias;
    pensel_activation activation;
    double parameter; /* of the activation */
} pensel_neuron;

PENSEL_API pensel_status pensel_neuron_run(const pensel_neuron *neuron, double *output, double *z,
                                           double *products, const double *x, pensel_error *error);

/* Rosenblatt's rule (Rosenblatt 1958): for each sample, w += rate (y - step(w x + b)) x and
 * b += rate (y - step(w x + b)), until an epoch makes no mistake or `epochs` are over.
 * weights (inputs) and bias are start values and result; x is (n, inputs), y (n) holds 0 and 1.
 * mistakes receives the number of wrong answers in the last epoch: 0 means it has learned. */
PENSEL_API pensel_status pensel_perceptron_train(double *weights, double *bias, size_t *epochs_used,
                                                 size_t *mistakes, const double *x, const double *y,
                                                 size_t n, size_t inputs, double rate, size_t epochs,
                                                 pensel_error *error);

/* ------------------------------------------------------------------ network */

/* What inputs become before they enter the first layer. Zeroed: raw, the inputs as they are.
 * For all but raw, inputs are expected in [0, 1]. */
typedef enum pensel_encoding_kind {
    PENSEL_RAW,
    PENSEL_FOURIER, /* sin, cos of random projections (Tancik et al. 2020) */
    PENSEL_HASHGRID, /* multiresolution hash grid (Mueller et al. 2022), trained with the network */
    PENSEL_PYRAMID, /* dense grids at full, 1/2, 1/4... of rows x columns, trained with the network */
    PENSEL_ENCODING_COUNT
} pensel_encoding_kind;
PENSEL_API const char *pensel_encoding_name(pensel_encoding_kind kind);

typedef struct pensel_encoding {
    pensel_encoding_kind kind;
    size_t features;        /* fourier: frequencies (2 features each); grids: latents a level */
    double scale;           /* fourier: standard deviation of the frequencies, cycles per unit */
    size_t levels;          /* hashgrid, pyramid */
    size_t table_log2;      /* hashgrid: at most 2^this entries a level; dense where fewer suffice */
    size_t base_resolution; /* hashgrid: cells per side at the coarsest level */
    size_t fine_resolution; /* hashgrid: cells per side at the finest level */
    size_t rows, columns;   /* pyramid: of its finest grid */
    size_t depth;           /* pyramid: grids along a third input (pictures in one network); 0: none */
    bool periodic;          /* 0 and 1 are the same place in every input: what is painted is seamless */
    uint32_t seed;          /* fourier: of the frequencies */
} pensel_encoding;

typedef struct pensel_layer {
    size_t width; /* neurons */
    pensel_activation activation;
    double parameter; /* of the activation */
} pensel_layer;

typedef struct pensel_shape {
    size_t inputs;
    pensel_encoding encoding;
    const pensel_layer *layers; /* hidden layers, then the output layer */
    size_t layer_count;         /* 1 or more: no hidden layer is allowed */
} pensel_shape;

typedef enum pensel_initialisation {
    PENSEL_GLOROT, /* uniform(-b, b), b = sqrt(6/(in+out)), 2 for 6 with logistic: scikit-learn's */
    PENSEL_HE,     /* uniform(-b, b), b = sqrt(6/in), biases 0 (He et al. 2015) */
    PENSEL_SIREN   /* for sine layers (Sitzmann et al. 2020) */
} pensel_initialisation;

typedef struct pensel_network pensel_network;

/* Shape is copied. Parameters are 0 until initialised or written. */
PENSEL_API pensel_status pensel_network_new(pensel_network **network, const pensel_shape *shape,
                                            pensel_precision precision, pensel_error *error);
PENSEL_API pensel_status pensel_network_copy(pensel_network **copy, const pensel_network *network,
                                             pensel_error *error);
PENSEL_API void pensel_network_free(pensel_network **network);

/* Draws in scikit-learn's order: for each layer weights by input then output, then biases. */
PENSEL_API pensel_status pensel_network_initialise(pensel_network *network,
                                                   pensel_initialisation how, pensel_random *random,
                                                   pensel_error *error);

PENSEL_API const pensel_shape *pensel_network_shape(const pensel_network *network);
PENSEL_API pensel_precision pensel_network_precision(const pensel_network *network);

/* All parameters in one block: for each layer w (out, in) then b (out); an encoding's last. */
PENSEL_API size_t pensel_network_parameter_count(const pensel_network *network);
PENSEL_API void *pensel_network_parameters(pensel_network *network);
PENSEL_API const void *pensel_network_parameters_const(const pensel_network *network);

/* Where layer l's weights (out, in) and biases (out) stand in that block, counted in numbers. */
typedef struct pensel_layer_view {
    size_t in, out;
    size_t weights, biases;
} pensel_layer_view;
PENSEL_API pensel_status pensel_network_layer(const pensel_network *network, size_t l,
                                              pensel_layer_view *view, pensel_error *error);

/* y (n, outputs), in the network's precision, from x (n, inputs) in either. threads: 0 = all.
 * One row needs no memory from the heap for networks whose layers are up to 128 wide. */
PENSEL_API pensel_status pensel_network_predict(const pensel_network *network, void *y,
                                                pensel_matrix x, size_t threads,
                                                pensel_error *error);
/* The same, stopping at layer `l` (0 = first hidden): y (n, width of l). */
PENSEL_API pensel_status pensel_network_activations(const pensel_network *network, size_t l, void *y,
                                                    pensel_matrix x, size_t threads,
                                                    pensel_error *error);

/* ------------------------------------------------------------------ training */

/* Losses, of a sample with k outputs, prediction a and target y; the batch's loss is the weighted mean
 * over samples plus alpha/2 |w|^2 / (sum of sample weights). */
typedef enum pensel_loss {
    PENSEL_SQUARED_ERROR,  /* 1/2 mean (a - y)^2 */
    PENSEL_LOG_LOSS,       /* -sum y log a; with logistic outputs also -sum (1-y) log(1-a) */
    PENSEL_POISSON,        /* sum y log(y/a) - y + a */
    PENSEL_ABSOLUTE_ERROR, /* mean |a - y| */
    PENSEL_HUBER,          /* mean of 1/2 e^2 if |e| <= delta, else delta (|e| - delta/2) */
    PENSEL_LOG_COSH,       /* mean log cosh (a - y) */
    PENSEL_LOSS_COUNT
} pensel_loss;

typedef enum pensel_solver {
    PENSEL_SGD,
    PENSEL_ADAM,  /* Kingma & Ba 2015; with weight_decay, AdamW (Loshchilov & Hutter 2019) */
    PENSEL_LBFGS, /* Liu & Nocedal 1989, by liblbfgs */
    PENSEL_SOLVER_COUNT
} pensel_solver;

typedef enum pensel_schedule {
    PENSEL_CONSTANT,
    PENSEL_INVSCALING,  /* rate / (samples seen + 1)^power_t, after each epoch */
    PENSEL_ADAPTIVE,    /* a fifth whenever the loss stands still */
    PENSEL_COSINE,      /* to 0 over `epochs` or max_seconds, by step (Loshchilov & Hutter 2017) */
    PENSEL_EXPONENTIAL_DECAY, /* times `decay` an epoch */
    PENSEL_SCHEDULE_COUNT
} pensel_schedule;

/* Names as on the command line: "squared-error", "adam", "invscaling". NULL past the end. */
PENSEL_API const char *pensel_loss_name(pensel_loss loss);
PENSEL_API const char *pensel_solver_name(pensel_solver solver);
PENSEL_API const char *pensel_schedule_name(pensel_schedule schedule);

typedef enum pensel_stop {
    PENSEL_STOP_NOT_RUN,
    PENSEL_STOP_CONVERGED,   /* no better for n_iter_no_change epochs */
    PENSEL_STOP_EPOCHS,      /* the epochs asked for are done */
    PENSEL_STOP_SECONDS,     /* the time asked for is over */
    PENSEL_STOP_GOAL,        /* the callback or painter saw its goal reached */
    PENSEL_STOP_INTERRUPTED, /* the interrupt flag was raised */
    PENSEL_STOP_DIVERGED     /* loss or parameters left the finite numbers; the last finite ones are kept */
} pensel_stop;
PENSEL_API const char *pensel_stop_name(pensel_stop stop);

/* What a callback sees after each epoch. */
typedef struct pensel_progress {
    size_t epoch;  /* 1 after the first of this run */
    size_t epochs; /* asked for */
    uint64_t steps, samples;
    double loss, best_loss;
    double validation_score; /* NaN without early stopping or validation samples */
    double learning_rate;
    double seconds; /* of training alone */
    const pensel_network *network; /* as it is now */
} pensel_progress;

typedef enum pensel_verdict { PENSEL_CONTINUE, PENSEL_GOAL_REACHED, PENSEL_INTERRUPT } pensel_verdict;
typedef pensel_verdict (*pensel_epoch_callback)(const pensel_progress *progress, void *data);

typedef struct pensel_checkpoint pensel_checkpoint;

/* Names and defaults are scikit-learn's where it has them. */
typedef struct pensel_training_options {
    pensel_solver solver;       /* adam */
    pensel_loss loss;           /* squared error */
    double alpha;               /* 1e-4: L2 penalty */
    size_t batch_size;          /* 0: min(200, n) */
    pensel_schedule learning_rate; /* constant */
    double learning_rate_init;  /* 1e-3 */
    double power_t;             /* 0.5 */
    size_t epochs;              /* 200: max_iter */
    bool shuffle;               /* true */
    double tol;                 /* 1e-4 */
    double momentum;            /* 0.9 */
    bool nesterovs_momentum;    /* true */
    bool early_stopping;        /* false: hold out samples, keep the best network */
    double validation_fraction; /* 0.1 */
    double beta_1, beta_2;      /* 0.9, 0.999 */
    double epsilon;             /* 1e-8 */
    size_t n_iter_no_change;    /* 10; SIZE_MAX: never stop for standing still */
    size_t max_fun;             /* 15000: lbfgs */
    /* what scikit-learn does not have */
    double max_seconds;   /* 0: no limit; exact to a step */
    double weight_decay;  /* 0: AdamW's decoupled decay */
    double decay;         /* 0.99: of PENSEL_EXPONENTIAL_DECAY */
    double clip_norm;     /* 0: gradients longer than this, penalty not counted, are shortened to it */
    double average;       /* 0: EMA decay of the parameters, used for the result */
    double dropout;       /* 0: share of each hidden layer silenced at a step (Srivastava et al. 2014) */
    double huber_delta;   /* 1 */
    bool compat;          /* false: with k outputs take scikit-learn's squared-error gradient, k times
                             the loss's (its issue 8349) */
    size_t threads;       /* 0: all, or PENSEL_THREADS */
    const volatile int *interrupt; /* NULL; training ends at the next step after it becomes non-zero */
    pensel_epoch_callback on_epoch; /* NULL */
    void *on_epoch_data;
    pensel_checkpoint *checkpoint;  /* NULL; borrowed: see pensel_checkpoint_new */
} pensel_training_options;

PENSEL_API pensel_training_options pensel_training_defaults(void);

/* Samples: x (n, inputs), y (n, outputs), weights (n, 1) with data NULL for none. */
typedef struct pensel_samples {
    pensel_matrix x, y, weights;
} pensel_samples;

/* What a training has done. Curves are borrowed from it. */
typedef struct pensel_report {
    pensel_stop stop;
    size_t epochs;  /* of the last run: n_iter_ */
    uint64_t steps; /* in all */
    uint64_t samples; /* in all: t_ */
    double seconds; /* in all */
    double loss, best_loss, best_validation_score;
    size_t no_improvement_count;
    double learning_rate;
    const double *loss_curve, *validation_scores;
    size_t loss_count, validation_count;
} pensel_report;

typedef struct pensel_training pensel_training;

/* Trains `network` (borrowed, and changed by every run, until the training is freed). Options are copied. */
PENSEL_API pensel_status pensel_training_new(pensel_training **training, pensel_network *network,
                                             const pensel_training_options *options,
                                             pensel_error *error);
PENSEL_API void pensel_training_free(pensel_training **training);

/* Runs up to options.epochs epochs, drawing from `random`. Running again goes on from the parameters and
 * the solver's state as they are. `validation` (NULL for none) is scored after each epoch of sgd and adam
 * (R2, or accuracy for the log loss); early stopping goes by it in place of a held-out share. Bad numbers
 * (NaN, infinity) are refused with their row and column. */
PENSEL_API pensel_status pensel_training_run(pensel_training *training, const pensel_samples *samples,
                                             const pensel_samples *validation, pensel_random *random,
                                             pensel_error *error);
/* One epoch, as scikit-learn's partial_fit. */
PENSEL_API pensel_status pensel_training_epoch(pensel_training *training,
                                               const pensel_samples *samples, pensel_random *random,
                                               pensel_error *error);
/* Forgets the solver's state (moments, step count), as a warm start of scikit-learn does. */
PENSEL_API void pensel_training_restart(pensel_training *training);
PENSEL_API pensel_status pensel_training_configure(pensel_training *training,
                                                   const pensel_training_options *options,
                                                   pensel_error *error);
PENSEL_API const pensel_report *pensel_training_report(const pensel_training *training);

/* The solver's memory, for pickles and checkpoints: `count` numbers of the network's precision each, as
 * many as parameters. sgd: velocity, NULL. adam: first, second moment. NULL before the first step. */
PENSEL_API void *pensel_training_moments(pensel_training *training, int which);
PENSEL_API uint64_t pensel_training_solver_steps(const pensel_training *training);

/* What a training remembers from one run to the next, so that one made anew can go on where another
 * ended. Pointers are (parameter count) of the network's precision; NULL moments are zeros, NULL best is
 * none. */
typedef struct pensel_training_memory {
    uint64_t solver_steps, samples;
    double learning_rate;
    double best_loss, best_validation_score; /* inf, -inf at the start */
    size_t no_improvement_count;
    const void *moments[2];
    const void *best; /* parameters of the best validation score */
} pensel_training_memory;
PENSEL_API pensel_status pensel_training_restore(pensel_training *training,
                                                 const pensel_training_memory *memory,
                                                 pensel_error *error);
/* Parameters of the best validation score so far, NULL without early stopping. */
PENSEL_API const void *pensel_training_best(const pensel_training *training);

/* loss and, unless NULL, its gradient (parameter count, network's precision) over all samples. */
PENSEL_API pensel_status pensel_network_gradient(const pensel_network *network, double *loss,
                                                 void *gradient, const pensel_samples *samples,
                                                 const pensel_training_options *options,
                                                 pensel_error *error);

/* A checkpoint is a model file with the training's whole state; interrupted and resumed equals
 * uninterrupted, bit for bit. Loading needs a training made for the same shape and options. */
PENSEL_API pensel_status pensel_training_save(const pensel_training *training,
                                              const pensel_random *random, const char *path,
                                              pensel_error *error);
PENSEL_API pensel_status pensel_training_load(pensel_training *training, pensel_random *random,
                                              const char *path, pensel_error *error);

/* For options.checkpoint of a training, estimator or painting: while it runs, its whole state is written
 * to `path` every `seconds` (0: after every step), when it is interrupted and at its end. `resume` (NULL
 * for none) is a checkpoint to go on from: with the same samples and options the result is the one
 * an uninterrupted run would have had, bit for bit. Either path may be NULL. With lbfgs the file also holds
 * the gradient of every evaluation, up to 1 GiB, and what is beyond is evaluated again; saved by
 * pensel_training_save it holds those that a `path` has recorded. A checkpoint of an estimator
 * or a painting is also a model file that pensel_estimator_load or pensel_painting_load reads. */
PENSEL_API pensel_status pensel_checkpoint_new(pensel_checkpoint **checkpoint, const char *path,
                                               double seconds, const char *resume,
                                               pensel_error *error);
PENSEL_API void pensel_checkpoint_free(pensel_checkpoint **checkpoint);

/* ------------------------------------------------------------------ estimator */

typedef enum pensel_task { PENSEL_REGRESSION, PENSEL_CLASSIFICATION } pensel_task;

typedef enum pensel_scaling {
    PENSEL_SCALE_NONE,
    PENSEL_SCALE_STANDARD, /* mean 0, standard deviation 1 */
    PENSEL_SCALE_MINMAX    /* to [0, 1] */
} pensel_scaling;

typedef struct pensel_class_weight {
    double code, weight;
} pensel_class_weight;

typedef struct pensel_estimator_options {
    pensel_task task;              /* regression */
    const pensel_layer *hidden;    /* borrowed until _new returns; NULL with count 1: 100 relu */
    size_t hidden_count;           /* 0: none */
    pensel_encoding encoding;      /* raw */
    pensel_initialisation initialisation; /* glorot */
    pensel_precision precision;    /* float32 */
    pensel_scaling scale_inputs;   /* none */
    pensel_scaling scale_targets;  /* none; regression only */
    bool balanced;                 /* false: classes weigh n / (classes * their count) */
    const pensel_class_weight *class_weights; /* borrowed until _new returns; classes not in it weigh 1 */
    size_t class_weight_count;     /* 0 */
    uint32_t seed;                 /* 0 */
    pensel_training_options training; /* its loss is set by the task unless task is regression */
} pensel_estimator_options;

PENSEL_API pensel_estimator_options pensel_estimator_defaults(pensel_task task);

typedef struct pensel_estimator pensel_estimator;

/* A regressor or classifier that knows its settings and nothing else yet. */
PENSEL_API pensel_status pensel_estimator_new(pensel_estimator **estimator,
                                              const pensel_estimator_options *options,
                                              pensel_error *error);
PENSEL_API void pensel_estimator_free(pensel_estimator **estimator);

/* Makes the network the data need, draws its weights from the seed, trains it. Regression: y (n, k).
 * Classification: y (n, 1) holds class codes, any finite numbers, whose sorted distinct values become
 * the classes; two classes have one logistic output, more have softmax; y (n, k > 1) of 0 and 1 is
 * multi-label. `validation` (NULL for none) is y in the same meaning for other rows, of known classes
 * only: as in pensel_training_run. Fitting again starts anew. */
PENSEL_API pensel_status pensel_estimator_fit(pensel_estimator *estimator,
                                              const pensel_samples *samples,
                                              const pensel_samples *validation,
                                              pensel_error *error);
/* Goes on training what was fitted, solver state kept. */
PENSEL_API pensel_status pensel_estimator_continue(pensel_estimator *estimator,
                                                   const pensel_samples *samples,
                                                   const pensel_samples *validation,
                                                   pensel_error *error);

/* Other options of training from the next pensel_estimator_continue on, such as more epochs or a smaller
 * rate. What the network is made for stays: the loss of a classification, poisson or not. */
PENSEL_API pensel_status pensel_estimator_configure(pensel_estimator *estimator,
                                                    const pensel_training_options *options,
                                                    pensel_error *error);

/* y (n, targets): numbers in the targets' own units, or class codes (multi-label: 0 and 1). */
PENSEL_API pensel_status pensel_estimator_predict(const pensel_estimator *estimator, double *y,
                                                  pensel_matrix x, pensel_error *error);
/* p (n, classes); multi-label (n, labels). Classification only. */
PENSEL_API pensel_status pensel_estimator_probabilities(const pensel_estimator *estimator, double *p,
                                                        pensel_matrix x, pensel_error *error);

typedef struct pensel_scores {
    size_t n;
    double mse, mae, r2;               /* regression: r2 is the mean over targets; else NaN */
    double accuracy, log_loss;         /* classification; else NaN */
} pensel_scores;
/* confusion, unless NULL: (classes, classes), rows true, columns predicted. */
PENSEL_API pensel_status pensel_estimator_score(const pensel_estimator *estimator,
                                                pensel_scores *scores, size_t *confusion,
                                                const pensel_samples *samples, pensel_error *error);

PENSEL_API pensel_task pensel_estimator_task(const pensel_estimator *estimator);
PENSEL_API size_t pensel_estimator_inputs(const pensel_estimator *estimator);
PENSEL_API size_t pensel_estimator_targets(const pensel_estimator *estimator);
/* Sorted class codes; NULL and 0 for regression and multi-label. */
PENSEL_API const double *pensel_estimator_classes(const pensel_estimator *estimator, size_t *count);
/* Names, copied and saved with the model: of the classes in code order, of the input columns, of the
 * targets. Getters give NULL where none was given. */
PENSEL_API pensel_status pensel_estimator_name_classes(pensel_estimator *estimator,
                                                       const char *const *names, size_t count,
                                                       pensel_error *error);
PENSEL_API pensel_status pensel_estimator_name_inputs(pensel_estimator *estimator,
                                                      const char *const *names, size_t count,
                                                      pensel_error *error);
PENSEL_API pensel_status pensel_estimator_name_targets(pensel_estimator *estimator,
                                                       const char *const *names, size_t count,
                                                       pensel_error *error);
PENSEL_API const char *pensel_estimator_class_name(const pensel_estimator *estimator, size_t index);
PENSEL_API const char *pensel_estimator_input_name(const pensel_estimator *estimator, size_t index);
PENSEL_API const char *pensel_estimator_target_name(const pensel_estimator *estimator, size_t index);

/* NULL before the first fit. */
PENSEL_API const pensel_network *pensel_estimator_network(const pensel_estimator *estimator);
PENSEL_API const pensel_report *pensel_estimator_report(const pensel_estimator *estimator);
PENSEL_API const pensel_estimator_options *pensel_estimator_settings(const pensel_estimator *estimator);

/* What a fit has found out, besides its report. All of it is borrowed. */
typedef struct pensel_fitted {
    const pensel_network *network;
    size_t targets;              /* columns of y */
    const double *classes;       /* (class_count) sorted codes; NULL: regression and multi-label */
    size_t class_count;
    const double *input_offset;  /* (inputs): the network sees (x - offset) / scale; NULL: x as it is */
    const double *input_scale;
    const double *target_offset; /* (targets), of a regression: y is the network's output * scale + offset; */
    const double *target_scale;  /* NULL: the output as it is */
} pensel_fitted;

/* UNTRAINED before the first fit. */
PENSEL_API pensel_status pensel_estimator_fitted(const pensel_estimator *estimator,
                                                 pensel_fitted *fitted, pensel_error *error);
/* An estimator of what was found out elsewhere, such as a network that pensel_training_run has trained: as
 * if fitted, to predict, save and continue. All is copied. Hidden layers, encoding and precision are the
 * network's, whatever the options say of them; report NULL: none. */
PENSEL_API pensel_status pensel_estimator_assemble(pensel_estimator **estimator,
                                                   const pensel_fitted *fitted,
                                                   const pensel_report *report,
                                                   const pensel_estimator_options *options,
                                                   pensel_error *error);

/* A model file: safetensors with layers.N.weight (out, in), layers.N.bias and the settings as JSON in
 * its metadata; written to a temporary name, synced and renamed. What a solver remembers is not in it:
 * pensel_estimator_continue begins with a new one. */
PENSEL_API pensel_status pensel_estimator_save(const pensel_estimator *estimator, const char *path,
                                               pensel_error *error);
PENSEL_API pensel_status pensel_estimator_load(pensel_estimator **estimator, const char *path,
                                               pensel_error *error);

/* Any file written as model files are: whole or not at all, the old one kept on failure. */
PENSEL_API pensel_status pensel_file_write(const char *path, const void *data, size_t size,
                                           pensel_error *error);

/* The same in pieces: begin a file, write(2) to its descriptor, then keep it, which syncs it and puts it in
 * its place, or drop it. Both close and free it, also when keeping fails. A device is written at once. One
 * file at a time for each path: a second one may wait until the first, also of another process, is done. */
typedef struct pensel_file {
    int descriptor;        /* may be read and sought as well, unless it is a device's */
    const char *temporary; /* the name that it has meanwhile, or NULL, for who ends without either */
} pensel_file;

PENSEL_API pensel_status pensel_file_begin(pensel_file **file, const char *path, pensel_error *error);
PENSEL_API pensel_status pensel_file_keep(pensel_file **file, pensel_error *error);
PENSEL_API void pensel_file_drop(pensel_file **file);

/* ------------------------------------------------------------------ table */

typedef struct pensel_table_options {
    const char *target;         /* column name, or its number from 1; NULL: no target. Several stand with
                                   commas between them, in quotes as in CSV where a name has a comma; a
                                   column whose name is the whole text comes first */
    bool classify;              /* one target: its text becomes class codes 0, 1, ... by sorted name */
    pensel_precision precision; /* float32 */
    char delimiter;             /* 0: found from the first line: , ; tab */
    size_t column_count;        /* read only these columns, in this order; 0: all but the target */
    const char *const *columns;
} pensel_table_options;
PENSEL_API pensel_table_options pensel_table_defaults(void);

typedef struct pensel_table {
    pensel_matrix x;            /* (n, inputs) */
    pensel_matrix y;            /* (n, targets), data NULL without a target */
    char **names;               /* of x's columns; "x1", "x2"... when the file has no header */
    char **target_names;        /* of y's columns */
    char **classes;             /* text of the class codes; NULL when the target is numbers */
    size_t class_count;
} pensel_table;

/* By its first bytes a .npy array of numbers (n, columns), or CSV (RFC 4180, with or without header).
 * An empty field, text among numbers, NaN or infinity is refused with line and column. */
PENSEL_API pensel_status pensel_table_read(pensel_table **table, const char *path,
                                           const pensel_table_options *options, pensel_error *error);
PENSEL_API void pensel_table_free(pensel_table **table);

/* ------------------------------------------------------------------ picture */

/* Pixels in memory: (height, width, channels) in [0, 1]; 1 grey, 2 grey + alpha, 3 RGB, 4 RGB + alpha
 * (sRGB; colours premultiplied by alpha). The caller owns `pixels`. */
typedef struct pensel_picture {
    float *pixels;
    size_t width, height, channels;
} pensel_picture;

/* 10 log10(1 / MSE) over pixels rounded to 8 bits and clamped; infinity for equal pictures. */
PENSEL_API pensel_status pensel_picture_psnr(double *psnr, const pensel_picture *a,
                                             const pensel_picture *b, pensel_error *error);
/* Mean structural similarity, 7 x 7 uniform window, mean over channels (Wang et al. 2004), of 8-bit
 * pixels, as scikit-image's default. */
PENSEL_API pensel_status pensel_picture_ssim(double *ssim, const pensel_picture *a,
                                             const pensel_picture *b, pensel_error *error);

typedef struct pensel_painting pensel_painting;

#define PENSEL_PROFILE_MOST 16777216 /* bytes of an ICC profile, as much as a JPEG file can hold */

/* Called after each epoch with the painting as it is, which may be rendered; psnr is NaN while unknown. */
typedef pensel_verdict (*pensel_paint_callback)(const pensel_painting *so_far,
                                                const pensel_progress *progress, double psnr,
                                                void *data);

typedef struct pensel_paint_options {
    pensel_estimator_options estimator;
    bool choose;      /* true: look at the picture and pick encoding, widths, rates, batch and schedule
                         wherever `estimator` is as pensel_paint_defaults gives it */
    bool raw_coordinates; /* false; true: inputs are (row, column) counted in pixels, the tutorial's */
    bool periodic;    /* false; true: left meets right and top meets bottom without a seam */
    double psnr;      /* 0: no goal; else training ends when the painting is as good */
    double threshold; /* classification: 8-bit r+g+b above it is class 1, up to it class 0; < 0: none */
    size_t colours;   /* classification without threshold: a palette of so many by k-means in OKLab */
    const float *weights; /* (height, width) or NULL: how much each pixel matters; 0 is a hole */
    size_t subpixel;  /* 0: samples are pixels; s: s places in each, colours read between pixels */
    const void *profile; /* NULL, or the ICC profile that says what the colours mean: it is not looked at, and
                            goes with the painting and its file */
    size_t profile_size; /* in bytes, up to PENSEL_PROFILE_MOST */
    char *chosen;     /* NULL, or room for 256 characters: one line saying what was chosen */
    pensel_paint_callback on_painting; /* NULL */
    void *on_painting_data;
} pensel_paint_options;

PENSEL_API pensel_paint_options pensel_paint_defaults(pensel_task task);
/* The tutorial's: raw coordinates, 10 x 100 relu, scikit-learn's settings, float64 and compat. */
PENSEL_API pensel_paint_options pensel_paint_tutorial(pensel_task task);

/* Trains a network on the picture's pixels: (row, column) -> colour or colour class. */
PENSEL_API pensel_status pensel_painting_new(pensel_painting **painting, const pensel_picture *picture,
                                             const pensel_paint_options *options,
                                             pensel_error *error);
/* One network for several pictures of one size: a third input goes from 0, the first, to 1, the last. */
PENSEL_API pensel_status pensel_painting_of_several(pensel_painting **painting,
                                                    const pensel_picture *pictures, size_t count,
                                                    const pensel_paint_options *options,
                                                    pensel_error *error);
PENSEL_API void pensel_painting_free(pensel_painting **painting);

typedef struct pensel_canvas {
    size_t width, height, channels; /* of the picture it was trained on */
    size_t pictures;      /* in one network: 1, or more with a third input */
    bool raw_coordinates;
    size_t colours;       /* classification: size of the palette, else 0 */
    const float *palette; /* (colours, channels), borrowed */
    const void *profile;  /* ICC, borrowed; NULL: none */
    size_t profile_size;
} pensel_canvas;
PENSEL_API const pensel_canvas *pensel_painting_canvas(const pensel_painting *painting);
PENSEL_API const pensel_estimator *pensel_painting_estimator(const pensel_painting *painting);

typedef struct pensel_render_options {
    size_t width, height;     /* of the whole result; 0: of the picture, or by the other's proportion */
    double x, y, w, h;        /* the part shown, in the picture's pixels, which may reach outside of it;
                                 w, h 0: all of it */
    double mix;               /* several pictures: 0 the first, 1 the last, between them a mixture */
    bool soft;                /* classification: colours mixed by probability, not the likeliest's */
    size_t threads;
} pensel_render_options;
PENSEL_API pensel_render_options pensel_render_defaults(void);

/* Rows [first, first + rows) of the result into pixels (rows, width, channels), clamped to [0, 1]. Memory
 * does not grow with the picture, so a picture of any size can be rendered row by row. A result smaller
 * than the part shown is averaged over each of its pixels. */
PENSEL_API pensel_status pensel_painting_render(const pensel_painting *painting, float *pixels,
                                                size_t first, size_t rows,
                                                const pensel_render_options *options,
                                                pensel_error *error);
/* The network's inputs at the centres of those pixels: x (rows * width, inputs). */
PENSEL_API pensel_status pensel_painting_inputs(const pensel_painting *painting, float *x, size_t first,
                                                size_t rows, const pensel_render_options *options,
                                                pensel_error *error);

/* Classification: the outlines of each colour's areas as closed lines, with its area to the left of the way
 * they go. points (count, 2): x, y in the picture's pixels from its top left corner. Several points in each
 * pixel are looked at: `detail` along each side. The callback returns false to stop. */
typedef bool (*pensel_outline)(void *data, size_t colour, const double *points, size_t count);
PENSEL_API pensel_status pensel_painting_outlines(const pensel_painting *painting, size_t detail,
                                                  pensel_outline outline, void *data,
                                                  pensel_error *error);

PENSEL_API pensel_status pensel_painting_save(const pensel_painting *painting, const char *path,
                                              pensel_error *error);
/* UNSUPPORTED when the file holds a model that is no painting. */
PENSEL_API pensel_status pensel_painting_load(pensel_painting **painting, const char *path,
                                              pensel_error *error);

/* ------------------------------------------------------------------ machine */

/* "reference", "avx2", "avx512", "neon": what runs here, or what PENSEL_ISA asks for. */
PENSEL_API pensel_status pensel_machine_isa(const char **name, pensel_error *error);
/* Threads that 0 stands for: PENSEL_THREADS, or the cores this process may use. */
PENSEL_API size_t pensel_machine_threads(void);
/* Independent fused multiply-adds in registers, GFLOP/s over about `seconds`. */
PENSEL_API pensel_status pensel_machine_peak(double *gflops, pensel_precision precision,
                                             size_t threads, double seconds, pensel_error *error);

#ifdef __cplusplus
}
#endif

#endif
