/* pensel: networks of artificial neurons, and pictures painted by them.
 *
 * One header, top to bottom from small to large:
 *
 *     status and error      what can go wrong, and how it is reported
 *     matrix, random        numbers in memory; random numbers
 *     activation, neuron    one neuron, and the functions it may apply
 *     network               layers of neurons and one flat vector of parameters
 *     training              epochs, batches, loss, solver, schedule, when to stop
 *     estimator             a regressor or a classifier, with labels and scaling
 *     table                 csv and npy files
 *     picture               pixels, painting and rendering
 *     machine               instruction set, threads, measured peak
 *
 * Conventions. Every function that can fail returns a pensel_status, 0 on success, and takes
 * `error` as its last argument. `error` may be NULL; otherwise, after a failure, it holds a
 * sentence that says what is wrong and what would be right. Start option structs from their
 * _defaults() call. `_new` creates an object that the caller owns; `_free` takes the address of the
 * caller's pointer, frees the object and sets the pointer to NULL, so freeing twice is harmless.
 * Unless noted otherwise, pointers passed in are borrowed for the duration of the call, and
 * pointers returned belong to the object and stay valid until it is changed or freed. The library
 * never prints, never exits and has no mutable global state. Many threads may read one object at
 * the same time (arguments marked const), or one thread may change it.
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

/* The version of the library that is linked; it may be newer than PENSEL_VERSION. */
PENSEL_API const char *pensel_version(void);

/* ------------------------------------------------------------------ status and error */

/* X(NAME, text, exit value of the program) */
#define PENSEL_STATUS_LIST(X)                 \
    X(OK, "done", 0)                          \
    X(BAD_ARGUMENT, "bad argument", 2)        \
    X(OUT_OF_MEMORY, "out of memory", 1)      \
    X(BAD_DATA, "bad data", 1)                \
    X(BAD_FILE, "bad file", 1)                \
    X(IO_FAILED, "input or output failed", 1) \
    X(UNTRAINED, "not trained yet", 1)        \
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

/* A matrix is float32 or float64. A network may also be bfloat16: its parameters are stored as
 * float32, but on a CPU that can multiply bfloat16 (8 significant bits; AVX-512 BF16) both factors
 * of every product are rounded to it, which about halves the time of wide layers; sums stay
 * float32. On other CPUs it is the same as float32. */
typedef enum pensel_precision { PENSEL_FLOAT32, PENSEL_FLOAT64, PENSEL_BFLOAT16 } pensel_precision;

/* A borrowed view of numbers stored row by row, without gaps: (rows, columns). */
typedef struct pensel_matrix {
    const void *data; /* float or double, according to precision */
    size_t rows, columns;
    pensel_precision precision;
} pensel_matrix;

/* NumPy's legacy generator (MT19937, Matsumoto & Nishimura 1998): the same seed gives the same
 * numbers as numpy.random.RandomState. Copying the struct copies the stream. */
typedef struct pensel_random {
    uint32_t key[624];
    int32_t position; /* 0..624; 624 means the block is used up */
} pensel_random;

PENSEL_API void pensel_random_seed(pensel_random *random, uint32_t seed);
/* A number from [low, high). */
PENSEL_API double pensel_random_uniform(pensel_random *random, double low, double high);
/* Shuffles items (count) in place, as RandomState.shuffle does. */
PENSEL_API void pensel_random_shuffle(pensel_random *random, size_t *items, size_t count);

/* ------------------------------------------------------------------ activation, neuron */

/* The activation functions. To add one: write src/kernel/activation/NAME.h (the recipe is in
 * src/kernel/activation.h) and add its line here. */
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

typedef struct pensel_activation_info {
    const char *name;       /* "leaky-relu": its name on the command line and in files */
    const char *formula;    /* "max(p z, z)" */
    const char *derivative; /* "1 if z > 0, else p" */
    const char *range;      /* "(-inf, inf)" */
    double parameter;       /* the default of p, such as the slope 0.1; 0 if it takes none */
    bool has_parameter;
    bool outputs_only; /* softmax: needs the whole layer, so it is allowed on the output layer only
                        */
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
    double parameter; /* the activation's */
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
 * unchanged. All the others expect inputs in [0, 1]. */
typedef enum pensel_encoding_kind {
    PENSEL_RAW,
    PENSEL_FOURIER,  /* sin, cos of random projections (Tancik et al. 2020) */
    PENSEL_HASHGRID, /* multiresolution hash grid (Mueller et al. 2022), trained with the network */
    PENSEL_PYRAMID,  /* dense grids at full, 1/2, 1/4... of rows x columns, trained with the network
                      */
    PENSEL_ENCODING_COUNT
} pensel_encoding_kind;
/* "raw", "fourier"...; NULL past the end. */
PENSEL_API const char *pensel_encoding_name(pensel_encoding_kind kind);

typedef struct pensel_encoding {
    pensel_encoding_kind kind;
    size_t features;   /* fourier: frequencies (2 features each); grids: latents per level */
    double scale;      /* fourier: standard deviation of the frequencies, cycles per unit */
    size_t levels;     /* hashgrid, pyramid */
    size_t table_log2; /* hashgrid: at most 2^this entries per level; dense where fewer suffice */
    size_t base_resolution; /* hashgrid: cells per side at the coarsest level */
    size_t fine_resolution; /* hashgrid: cells per side at the finest level */
    size_t rows, columns;   /* pyramid: size of its finest grid */
    size_t
        depth; /* pyramid: grids along a third input (pictures in one network); 0: no third input */
    bool periodic; /* 0 and 1 are the same place in every input, so that paintings are seamless */
    uint32_t seed; /* fourier: for drawing the frequencies */
} pensel_encoding;

typedef struct pensel_layer {
    size_t width; /* neurons */
    pensel_activation activation;
    double parameter; /* the activation's */
} pensel_layer;

typedef struct pensel_shape {
    size_t inputs;
    pensel_encoding encoding;
    const pensel_layer *layers; /* hidden layers, then the output layer */
    size_t layer_count;         /* 1 or more; 1 means no hidden layer */
} pensel_shape;

typedef enum pensel_initialisation {
    PENSEL_GLOROT, /* uniform(-b, b), b = sqrt(6/(in+out)), with 2 instead of 6 for logistic:
                      scikit-learn's */
    PENSEL_HE,     /* uniform(-b, b), b = sqrt(6/in), biases 0 (He et al. 2015) */
    PENSEL_SIREN   /* for sine layers (Sitzmann et al. 2020) */
} pensel_initialisation;

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

/* All parameters, in one block: for each layer w (out, in), then b (out); the encoding's come last.
 */
PENSEL_API size_t pensel_network_parameter_count(const pensel_network *network);
PENSEL_API void *pensel_network_parameters(pensel_network *network);
PENSEL_API const void *pensel_network_parameters_const(const pensel_network *network);

/* Where the weights (out, in) and biases (out) of layer l start in that block, as an index of
 * parameters. */
typedef struct pensel_layer_view {
    size_t in, out;
    size_t weights, biases;
} pensel_layer_view;
PENSEL_API pensel_status pensel_network_layer(const pensel_network *network, size_t l,
                                              pensel_layer_view *view, pensel_error *error);

/* y (n, outputs), of the network's precision (float for bfloat16), from x (n, inputs) of either
 * precision. threads: 0 uses all. Predicting a single row allocates no memory if no layer is wider
 * than 128. */
PENSEL_API pensel_status pensel_network_predict(const pensel_network *network, void *y,
                                                pensel_matrix x, size_t threads,
                                                pensel_error *error);
/* The same, but stopping after layer `l` (0 is the first hidden one): y (n, width of layer l). */
PENSEL_API pensel_status pensel_network_activations(const pensel_network *network, size_t l,
                                                    void *y, pensel_matrix x, size_t threads,
                                                    pensel_error *error);

/* ------------------------------------------------------------------ training */

/* Losses of one sample with k outputs, prediction a and target y. The loss of a batch is the
 * weighted mean over its samples plus alpha/2 |w|^2 / (sum of sample weights). */
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
    PENSEL_LBFGS, /* Liu & Nocedal 1989; uses liblbfgs */
    PENSEL_SOLVER_COUNT
} pensel_solver;

typedef enum pensel_schedule {
    PENSEL_CONSTANT,
    PENSEL_INVSCALING, /* rate / (samples seen + 1)^power_t, after each epoch */
    PENSEL_ADAPTIVE,   /* divided by 5 whenever the loss stops improving */
    PENSEL_COSINE,     /* down to 0 over `epochs` or max_seconds, at every step (Loshchilov & Hutter
                          2017) */
    PENSEL_EXPONENTIAL_DECAY, /* multiplied by `decay` after each epoch */
    PENSEL_SCHEDULE_COUNT
} pensel_schedule;

/* The names used on the command line: "squared-error", "adam", "invscaling"... NULL past the end.
 */
PENSEL_API const char *pensel_loss_name(pensel_loss loss);
PENSEL_API const char *pensel_solver_name(pensel_solver solver);
PENSEL_API const char *pensel_schedule_name(pensel_schedule schedule);

typedef enum pensel_stop {
    PENSEL_STOP_NOT_RUN,
    PENSEL_STOP_CONVERGED,   /* no improvement for n_iter_no_change epochs */
    PENSEL_STOP_EPOCHS,      /* all requested epochs are done */
    PENSEL_STOP_SECONDS,     /* max_seconds have passed */
    PENSEL_STOP_GOAL,        /* the callback or the painter reached its goal */
    PENSEL_STOP_INTERRUPTED, /* the interrupt flag was raised, or the callback asked to stop */
    PENSEL_STOP_DIVERGED /* the loss or a parameter became infinite or NaN; the last finite ones are
                            kept */
} pensel_stop;
/* "converged", "epochs"...; NULL past the end. */
PENSEL_API const char *pensel_stop_name(pensel_stop stop);

/* What a callback sees after each epoch. */
typedef struct pensel_progress {
    size_t epoch;            /* epochs done in this run: 1 after the first */
    size_t epochs;           /* epochs requested */
    uint64_t steps, samples; /* so far, all runs together */
    double loss, best_loss;
    double validation_score; /* NaN unless there is early stopping or validation samples */
    double learning_rate;
    double seconds;                /* spent training; callbacks do not count */
    const pensel_network *network; /* in its current state */
} pensel_progress;

typedef enum pensel_verdict {
    PENSEL_CONTINUE,
    PENSEL_GOAL_REACHED,
    PENSEL_INTERRUPT
} pensel_verdict;
typedef pensel_verdict (*pensel_epoch_callback)(const pensel_progress *progress, void *data);

typedef struct pensel_checkpoint pensel_checkpoint;

/* Names and defaults are scikit-learn's where it has them. */
typedef struct pensel_training_options {
    pensel_solver solver;          /* adam */
    pensel_loss loss;              /* squared error */
    double alpha;                  /* 1e-4: L2 penalty */
    size_t batch_size;             /* 0: min(200, n) */
    pensel_schedule learning_rate; /* constant */
    double learning_rate_init;     /* 1e-3 */
    double power_t;                /* 0.5 */
    size_t epochs;                 /* 200: max_iter */
    bool shuffle;                  /* true */
    double tol;                    /* 1e-4 */
    double momentum;               /* 0.9 */
    bool nesterovs_momentum;       /* true */
    bool early_stopping;        /* false; true: hold out samples, stop by their score, keep the best
                                   network */
    double validation_fraction; /* 0.1 */
    double beta_1, beta_2;      /* 0.9, 0.999 */
    double epsilon;             /* 1e-8 */
    size_t n_iter_no_change;    /* 10; SIZE_MAX: never stop for lack of improvement */
    size_t max_fun;             /* 15000; lbfgs: most evaluations of the loss */
    /* not in scikit-learn */
    double max_seconds;  /* 0: no limit; checked after every step */
    double weight_decay; /* 0: AdamW's decoupled decay */
    double decay;        /* 0.99; PENSEL_EXPONENTIAL_DECAY's factor per epoch */
    double clip_norm; /* 0: off; else longer gradients (without the penalty) are scaled down to this
                         length */
    double
        average; /* 0: off; else the result is a moving average of the parameters with this decay */
    double
        dropout; /* 0; fraction of each hidden layer dropped at a step (Srivastava et al. 2014) */
    double huber_delta; /* 1 */
    bool compat; /* false; true: with k outputs use scikit-learn's squared-error gradient, which is
                    k times the gradient of the loss (its issue 8349) */
    size_t threads; /* 0: all of them, or PENSEL_THREADS */
    const volatile int
        *interrupt; /* NULL; training ends after the step during which it becomes non-zero */
    pensel_epoch_callback on_epoch; /* NULL */
    void *on_epoch_data;
    pensel_checkpoint *checkpoint; /* NULL; borrowed: see pensel_checkpoint_new */
} pensel_training_options;

PENSEL_API pensel_training_options pensel_training_defaults(void);

/* Samples: x (n, inputs), y (n, outputs), weights (n, 1); weights.data NULL: all weigh 1. */
typedef struct pensel_samples {
    pensel_matrix x, y, weights;
} pensel_samples;

/* What a training has done so far. The curves belong to the training. */
typedef struct pensel_report {
    pensel_stop stop;
    size_t epochs;    /* in the last run: scikit-learn's n_iter_ */
    uint64_t steps;   /* in total */
    uint64_t samples; /* in total: scikit-learn's t_ */
    double seconds;   /* in total */
    double loss, best_loss, best_validation_score;
    size_t no_improvement_count;
    double learning_rate;
    const double *loss_curve, *validation_scores;
    size_t loss_count, validation_count;
} pensel_report;

typedef struct pensel_training pensel_training;

/* A training of `network`, which is borrowed until the training is freed and is changed by every
 * run. The options are copied. */
PENSEL_API pensel_status pensel_training_new(pensel_training **training, pensel_network *network,
                                             const pensel_training_options *options,
                                             pensel_error *error);
PENSEL_API void pensel_training_free(pensel_training **training);

/* Runs up to options.epochs epochs, drawing from `random`. Running again continues from the current
 * parameters and solver state. With sgd and adam, `validation` (may be NULL) is scored after each
 * epoch (R2, or accuracy for the log loss), and early stopping uses this score instead of holding
 * samples out. NaN or infinity among the samples is a BAD_DATA error that names the row and column.
 */
PENSEL_API pensel_status pensel_training_run(pensel_training *training,
                                             const pensel_samples *samples,
                                             const pensel_samples *validation,
                                             pensel_random *random, pensel_error *error);
/* Runs one epoch, like scikit-learn's partial_fit. */
PENSEL_API pensel_status pensel_training_epoch(pensel_training *training,
                                               const pensel_samples *samples, pensel_random *random,
                                               pensel_error *error);
/* Resets the solver's state (moments, step count), as scikit-learn's warm start does. */
PENSEL_API void pensel_training_restart(pensel_training *training);
PENSEL_API pensel_status pensel_training_configure(pensel_training *training,
                                                   const pensel_training_options *options,
                                                   pensel_error *error);
PENSEL_API const pensel_report *pensel_training_report(const pensel_training *training);

/* The solver's state, for pickles and checkpoints: each is (parameter count) numbers of the
 * network's precision. which 0: sgd's velocity or adam's first moment; 1: adam's second moment.
 * NULL before the first step. */
PENSEL_API void *pensel_training_moments(pensel_training *training, int which);
PENSEL_API uint64_t pensel_training_solver_steps(const pensel_training *training);

/* What a training carries from one run to the next, so that a new training can continue where
 * another ended. The pointers are to (parameter count) numbers of the network's precision and are
 * copied; NULL moments are zeros, NULL best is none. */
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
/* The parameters that had the best validation score so far; NULL without early stopping. */
PENSEL_API const void *pensel_training_best(const pensel_training *training);

/* The loss over all samples and, unless gradient is NULL, its gradient (parameter count, of the
 * network's precision). */
PENSEL_API pensel_status pensel_network_gradient(const pensel_network *network, double *loss,
                                                 void *gradient, const pensel_samples *samples,
                                                 const pensel_training_options *options,
                                                 pensel_error *error);

/* A checkpoint is a model file that also holds the complete state of a training: one that is
 * interrupted and resumed gives the same result as one that is not, bit for bit. It can be loaded
 * only into a training made for the same shape and options. */
PENSEL_API pensel_status pensel_training_save(const pensel_training *training,
                                              const pensel_random *random, const char *path,
                                              pensel_error *error);
PENSEL_API pensel_status pensel_training_load(pensel_training *training, pensel_random *random,
                                              const char *path, pensel_error *error);

/* For options.checkpoint of a training, estimator or painting. While it trains, its complete state
 * is written to `path` every `seconds` (0: after every step), when it is interrupted and when it
 * ends. `resume` is a checkpoint to continue from: with the same samples and options the result is
 * that of an uninterrupted run, bit for bit. Either path may be NULL. With lbfgs the file also
 * holds the gradient of every evaluation, up to 1 GiB; any beyond that are evaluated again on
 * resuming. (pensel_training_save stores those recorded for a `path`.) A checkpoint of an estimator
 * or painting is also a model file that pensel_estimator_load or pensel_painting_load can read. */
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
    pensel_task task;           /* regression */
    const pensel_layer *hidden; /* copied by _new; NULL with count 1: one layer of 100 relu */
    size_t hidden_count;        /* 0: none */
    pensel_encoding encoding;   /* raw */
    pensel_initialisation initialisation; /* glorot */
    pensel_precision precision;           /* float32 */
    pensel_scaling scale_inputs;          /* none */
    pensel_scaling scale_targets;         /* none; regression only */
    bool balanced; /* false; true: classes weigh n / (classes * their count) */
    const pensel_class_weight *class_weights; /* copied by _new; classes not in it weigh 1 */
    size_t class_weight_count;                /* 0 */
    uint32_t seed;                            /* 0 */
    pensel_training_options training; /* for classification its loss is always the log loss */
} pensel_estimator_options;

PENSEL_API pensel_estimator_options pensel_estimator_defaults(pensel_task task);

typedef struct pensel_estimator pensel_estimator;

/* A regressor or classifier that has its settings and is not trained yet. */
PENSEL_API pensel_status pensel_estimator_new(pensel_estimator **estimator,
                                              const pensel_estimator_options *options,
                                              pensel_error *error);
PENSEL_API void pensel_estimator_free(pensel_estimator **estimator);

/* Creates the network that the data need, initialises it from the seed and trains it. Regression: y
 * (n, k). Classification: y (n, 1) holds class codes, which may be any finite numbers; their sorted
 * distinct values become the classes. Two classes share one logistic output, more have a softmax
 * output each. y (n, k > 1) of 0 and 1 is multi-label. `validation` (may be NULL) holds other rows
 * in the same form, with known classes only; see pensel_training_run. Fitting again starts from
 * scratch. If a checkpoint cannot be written in the middle of training, that is the error, and the
 * estimator keeps what it has learned until then. */
PENSEL_API pensel_status pensel_estimator_fit(pensel_estimator *estimator,
                                              const pensel_samples *samples,
                                              const pensel_samples *validation,
                                              pensel_error *error);
/* Continues training a fitted estimator, keeping the solver's state. */
PENSEL_API pensel_status pensel_estimator_continue(pensel_estimator *estimator,
                                                   const pensel_samples *samples,
                                                   const pensel_samples *validation,
                                                   pensel_error *error);

/* Changes the training options, such as the number of epochs or the learning rate, for the next
 * pensel_estimator_continue. What the network was built for cannot change: the loss of a
 * classifier, and whether the loss is poisson. */
PENSEL_API pensel_status pensel_estimator_configure(pensel_estimator *estimator,
                                                    const pensel_training_options *options,
                                                    pensel_error *error);

/* y (n, targets): numbers in the targets' original units, or class codes (multi-label: 0 and 1). */
PENSEL_API pensel_status pensel_estimator_predict(const pensel_estimator *estimator, double *y,
                                                  pensel_matrix x, pensel_error *error);
/* p (n, classes); multi-label (n, labels). Classification only. */
PENSEL_API pensel_status pensel_estimator_probabilities(const pensel_estimator *estimator,
                                                        double *p, pensel_matrix x,
                                                        pensel_error *error);

typedef struct pensel_scores {
    size_t n;
    double mse, mae, r2;       /* regression (r2 is the mean over targets); otherwise NaN */
    double accuracy, log_loss; /* classification; otherwise NaN */
} pensel_scores;
/* confusion (classes, classes) may be NULL: its rows are true classes, its columns predicted ones.
 */
PENSEL_API pensel_status pensel_estimator_score(const pensel_estimator *estimator,
                                                pensel_scores *scores, size_t *confusion,
                                                const pensel_samples *samples, pensel_error *error);

PENSEL_API pensel_task pensel_estimator_task(const pensel_estimator *estimator);
PENSEL_API size_t pensel_estimator_inputs(const pensel_estimator *estimator);
PENSEL_API size_t pensel_estimator_targets(const pensel_estimator *estimator);
/* Sorted class codes; NULL and 0 for regression and multi-label. */
PENSEL_API const double *pensel_estimator_classes(const pensel_estimator *estimator, size_t *count);
/* Names, which are copied and saved with the model: of the classes in the order of their codes, of
 * the input columns, of the targets. The getters return NULL if there is no such name. */
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
PENSEL_API const char *pensel_estimator_target_name(const pensel_estimator *estimator,
                                                    size_t index);

/* NULL before the first fit. All three belong to the estimator. */
PENSEL_API const pensel_network *pensel_estimator_network(const pensel_estimator *estimator);
PENSEL_API const pensel_report *pensel_estimator_report(const pensel_estimator *estimator);
PENSEL_API const pensel_estimator_options *
pensel_estimator_settings(const pensel_estimator *estimator);

/* What a fit has learned, besides its report. All pointers are borrowed. */
typedef struct pensel_fitted {
    const pensel_network *network;
    size_t targets;        /* columns of y */
    const double *classes; /* (class_count) sorted codes; NULL: regression and multi-label */
    size_t class_count;
    const double
        *input_offset; /* (inputs): the network sees (x - offset) / scale; NULL: x itself */
    const double *input_scale;
    const double *target_offset; /* (targets), regression: y is the network's output * scale +
                                    offset; NULL: the */
    const double *target_scale;  /* output itself */
} pensel_fitted;

/* UNTRAINED before the first fit. */
PENSEL_API pensel_status pensel_estimator_fitted(const pensel_estimator *estimator,
                                                 pensel_fitted *fitted, pensel_error *error);
/* Makes an estimator from something trained elsewhere, such as a network trained by
 * pensel_training_run. It can predict, be saved and be continued as if it had been fitted.
 * Everything is copied. Hidden layers, encoding and precision are the network's, whatever the
 * options say. report may be NULL. */
PENSEL_API pensel_status pensel_estimator_assemble(pensel_estimator **estimator,
                                                   const pensel_fitted *fitted,
                                                   const pensel_report *report,
                                                   const pensel_estimator_options *options,
                                                   pensel_error *error);

/* A model file: a safetensors file with layers.N.weight (out, in), layers.N.bias and the settings
 * as JSON in its metadata. It is written under a temporary name, synced and renamed. The solver's
 * state is not in it: after loading, pensel_estimator_continue starts with a fresh solver. */
PENSEL_API pensel_status pensel_estimator_save(const pensel_estimator *estimator, const char *path,
                                               pensel_error *error);
PENSEL_API pensel_status pensel_estimator_load(pensel_estimator **estimator, const char *path,
                                               pensel_error *error);

/* Writes any file the way model files are written: completely or not at all; on failure the old
 * file stays. */
PENSEL_API pensel_status pensel_file_write(const char *path, const void *data, size_t size,
                                           pensel_error *error);

/* The same in pieces: begin a file, write(2) to its descriptor, then either keep it, which syncs it
 * and moves it into place, or drop it. Both close and free it, even if keeping fails. A device is
 * written to directly. Only one file per path can be open at a time: a second begin may wait until
 * the first, even one of another process, is kept or dropped. */
typedef struct pensel_file {
    int descriptor;        /* can also be read from and seeked, unless it is a device */
    const char *temporary; /* its temporary name, or NULL: what to unlink when exiting without keep
                              or drop */
} pensel_file;

PENSEL_API pensel_status pensel_file_begin(pensel_file **file, const char *path,
                                           pensel_error *error);
PENSEL_API pensel_status pensel_file_keep(pensel_file **file, pensel_error *error);
PENSEL_API void pensel_file_drop(pensel_file **file);

/* ------------------------------------------------------------------ table */

typedef struct pensel_table_options {
    const char *target; /* column name, or its number from 1; NULL: no target. Several are separated
                           by commas, with CSV's quotes around a name that contains one; a column
                           whose name is the whole text takes precedence */
    const char
        *weight;      /* NULL, or name or number of a column of sample weights, which is no input */
    const char *drop; /* NULL, or columns that are not read, listed as targets are */
    bool classify;    /* a single target's text becomes class codes 0, 1, ... by sorted name */
    pensel_precision precision; /* float32 */
    char delimiter;             /* 0: detected from the first line: comma, semicolon, tab or | */
    size_t column_count;        /* how many of `columns` to read, in that order; 0: all but
                                   those above */
    const char *const *columns;
} pensel_table_options;
PENSEL_API pensel_table_options pensel_table_defaults(void);

typedef struct pensel_table {
    pensel_matrix x;       /* (n, inputs) */
    pensel_matrix y;       /* (n, targets); data is NULL without a target */
    pensel_matrix weights; /* (n, 1); data is NULL without a weight */
    char **names;          /* of the columns of x; "x1", "x2"... if the file has no header */
    char **target_names;   /* of the columns of y */
    char **classes; /* (class_count) text of each class code; NULL if the target is numbers */
    size_t class_count;
} pensel_table;

/* Reads a .npy array of numbers (n, columns), recognised by its first bytes, or CSV (RFC 4180, with
 * or without a header). An empty field, text among numbers, NaN or infinity is a BAD_DATA error
 * that names the line and column. The table is the caller's. */
PENSEL_API pensel_status pensel_table_read(pensel_table **table, const char *path,
                                           const pensel_table_options *options,
                                           pensel_error *error);
PENSEL_API void pensel_table_free(pensel_table **table);

/* ------------------------------------------------------------------ picture */

/* Pixels in memory: (height, width, channels) in [0, 1]; 1 channel is grey, 2 grey + alpha, 3 RGB,
 * 4 RGB + alpha (sRGB; colours premultiplied by alpha). The caller owns `pixels`. */
typedef struct pensel_picture {
    float *pixels;
    size_t width, height, channels;
} pensel_picture;

/* 10 log10(1 / MSE) over pixels clamped and rounded to 8 bits; infinity for equal pictures. */
PENSEL_API pensel_status pensel_picture_psnr(double *psnr, const pensel_picture *a,
                                             const pensel_picture *b, pensel_error *error);
/* Mean structural similarity (Wang et al. 2004) of 8-bit pixels: 7 x 7 uniform window, mean over
 * channels, as scikit-image computes it by default. */
PENSEL_API pensel_status pensel_picture_ssim(double *ssim, const pensel_picture *a,
                                             const pensel_picture *b, pensel_error *error);

typedef struct pensel_painting pensel_painting;

#define PENSEL_PROFILE_MOST 16777216 /* most bytes of an ICC profile: what a JPEG file can hold */

/* Called after each epoch with the painting in its current state, which may be rendered; psnr is
 * NaN while it is not known. */
typedef pensel_verdict (*pensel_paint_callback)(const pensel_painting *so_far,
                                                const pensel_progress *progress, double psnr,
                                                void *data);

typedef struct pensel_paint_options {
    pensel_estimator_options estimator;
    bool choose; /* true: choose encoding, widths, rates, batch and schedule to suit the picture,
                    wherever `estimator` is still as pensel_paint_defaults gives it */
    bool raw_coordinates; /* false; true: inputs are (row, column) counted in pixels, as in the
                             tutorial */
    bool periodic;        /* false; true: left meets right and top meets bottom without a seam */
    double psnr;          /* 0: no goal; else training ends once the painting is this good */
    double threshold; /* classification: 8-bit r+g+b above it is class 1, otherwise class 0; < 0:
                         none */
    size_t
        colours; /* classification without a threshold: size of the palette, by k-means in OKLab */
    const float *weights; /* (height, width) or NULL: how much each pixel counts; 0 is a hole */
    size_t subpixel;      /* 0: samples are pixels; s: s places in each pixel, colours interpolated
                             between pixels */
    const void *profile;  /* NULL, or the ICC profile of the colours: it is not interpreted, only
                             kept with the  painting and saved in its file */
    size_t profile_size;  /* in bytes, up to PENSEL_PROFILE_MOST */
    char *chosen; /* NULL, or room for 256 characters: receives a line that says what was chosen */
    pensel_paint_callback on_painting; /* NULL */
    void *on_painting_data;
} pensel_paint_options;

PENSEL_API pensel_paint_options pensel_paint_defaults(pensel_task task);
/* The tutorial's settings: raw coordinates, 10 x 100 relu, scikit-learn's defaults, float64 and
 * compat. */
PENSEL_API pensel_paint_options pensel_paint_tutorial(pensel_task task);

/* Trains a network on the picture's pixels: (row, column) -> colour or colour class. If a
 * checkpoint cannot be written in the middle of training, that is the error, and *painting still
 * holds what was learned until then; after any other failure it is NULL. */
PENSEL_API pensel_status pensel_painting_new(pensel_painting **painting,
                                             const pensel_picture *picture,
                                             const pensel_paint_options *options,
                                             pensel_error *error);
/* One network for several pictures of the same size: a third input runs from 0, the first, to 1,
 * the last. */
PENSEL_API pensel_status pensel_painting_of_several(pensel_painting **painting,
                                                    const pensel_picture *pictures, size_t count,
                                                    const pensel_paint_options *options,
                                                    pensel_error *error);
PENSEL_API void pensel_painting_free(pensel_painting **painting);

typedef struct pensel_canvas {
    size_t width, height, channels; /* of the picture that was learned */
    size_t pictures;                /* in the network: 1, or more with a third input */
    bool raw_coordinates;
    size_t colours;       /* classification: size of the palette, else 0 */
    const float *palette; /* (colours, channels), borrowed */
    const void *profile;  /* ICC, borrowed; NULL: none */
    size_t profile_size;
} pensel_canvas;
PENSEL_API const pensel_canvas *pensel_painting_canvas(const pensel_painting *painting);
PENSEL_API const pensel_estimator *pensel_painting_estimator(const pensel_painting *painting);

typedef struct pensel_render_options {
    size_t width, height; /* of the whole result; one 0: in proportion to the other; both 0: one
                             pixel for each of the part shown */
    double x, y, w, h; /* the part to show, in pixels of the picture; it may extend outside; w, h 0:
                          all of the picture */
    double mix;        /* several pictures: 0 is the first, 1 the last, in between a mixture */
    bool soft; /* classification: mix the colours by probability instead of taking the likeliest */
    size_t threads;
} pensel_render_options;
PENSEL_API pensel_render_options pensel_render_defaults(void);

/* Renders rows [first, first + rows) of the result into pixels (rows, width, channels), clamped to
 * [0, 1]. Memory use does not grow with the height, so a picture of any size can be rendered a few
 * rows at a time. A result smaller than the part shown is averaged over the area of each of its
 * pixels. */
PENSEL_API pensel_status pensel_painting_render(const pensel_painting *painting, float *pixels,
                                                size_t first, size_t rows,
                                                const pensel_render_options *options,
                                                pensel_error *error);
/* The network's inputs at the centres of those pixels: x (rows * width, inputs). */
PENSEL_API pensel_status pensel_painting_inputs(const pensel_painting *painting, float *x,
                                                size_t first, size_t rows,
                                                const pensel_render_options *options,
                                                pensel_error *error);

/* Classification: the outlines of the areas of each colour, as closed lines with the area on their
 * left. points (count, 2) are x, y in pixels from the picture's top left corner, valid during the
 * call. The network is sampled at `detail` x `detail` points per pixel. The callback returns false
 * to stop. */
typedef bool (*pensel_outline)(void *data, size_t colour, const double *points, size_t count);
PENSEL_API pensel_status pensel_painting_outlines(const pensel_painting *painting, size_t detail,
                                                  pensel_outline outline, void *data,
                                                  pensel_error *error);

PENSEL_API pensel_status pensel_painting_save(const pensel_painting *painting, const char *path,
                                              pensel_error *error);
/* UNSUPPORTED if the file holds a model that is not a painting. */
PENSEL_API pensel_status pensel_painting_load(pensel_painting **painting, const char *path,
                                              pensel_error *error);

/* ------------------------------------------------------------------ machine */

/* The instruction set in use, "reference", "avx2", "avx512" or "neon": the best that runs here, or
 * the one that PENSEL_ISA names. */
PENSEL_API pensel_status pensel_machine_isa(const char **name, pensel_error *error);
/* How many threads `threads` = 0 means: PENSEL_THREADS, or the number of cores this process may
 * use. */
PENSEL_API size_t pensel_machine_threads(void);
/* GFLOP/s of independent fused multiply-adds in registers, measured for about `seconds`. */
PENSEL_API pensel_status pensel_machine_peak(double *gflops, pensel_precision precision,
                                             size_t threads, double seconds, pensel_error *error);

#ifdef __cplusplus
}
#endif

#endif
