/* Training a network: epochs, batches, loss, solver, schedule, when to stop, checkpoints. */
#ifndef PENSEL_TRAINING_H
#define PENSEL_TRAINING_H

#include "network.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Losses of one sample with k outputs, prediction a and target y. The loss of a batch is the
 * weighted mean over its samples plus alpha/2 |w|^2 / (sum of sample weights). To add one: the
 * recipe is in src/kernel/loss.h. */
#define PENSEL_LOSS_LIST(X)           \
    X(SQUARED_ERROR, squared_error)   \
    X(LOG_LOSS, log_loss)             \
    X(POISSON, poisson)               \
    X(ABSOLUTE_ERROR, absolute_error) \
    X(HUBER, huber)                   \
    X(LOG_COSH, log_cosh)             \
    X(QUANTILE, quantile)

typedef enum pensel_loss {
#define PENSEL_LOSS_ENUM(NAME, name) PENSEL_##NAME,
    PENSEL_LOSS_LIST(PENSEL_LOSS_ENUM)
#undef PENSEL_LOSS_ENUM
        PENSEL_LOSS_COUNT
} pensel_loss;

typedef struct pensel_loss_info {
    const char *name;         /* "squared-error": its name on the command line and in files */
    const char *formula;      /* "1/2 mean (a - y)^2" */
    bool mean;                /* over the outputs; else it is their sum */
    pensel_activation output; /* what a regressor's outputs have with it */
    bool canonical;           /* with this activation dL/dz = a - y */
    bool classes;             /* classification's: targets are 0 and 1, the score is accuracy */
    bool counts;              /* targets are 0 or more, and are not scaled */
} pensel_loss_info;

/* NULL if there is no such loss. */
PENSEL_API const pensel_loss_info *pensel_loss_describe(pensel_loss loss);

/* Solvers that take a step for each batch. To add one: the recipe is in
 * src/kernel/solver_step.h. */
#define PENSEL_STEP_LIST(X)                                    \
    X(SGD, sgd)   /* with momentum; with weight_decay, SGDW */ \
    X(ADAM, adam) /* Kingma & Ba 2015; with weight_decay, AdamW (Loshchilov & Hutter 2019) */

/* All solvers: those, and what goes its own way. */
#define PENSEL_SOLVER_LIST(X) \
    PENSEL_STEP_LIST(X)       \
    X(LBFGS, lbfgs) /* Liu & Nocedal 1989, in the steps of SciPy's L-BFGS-B */

typedef enum pensel_solver {
#define PENSEL_SOLVER_ENUM(NAME, name) PENSEL_##NAME,
    PENSEL_SOLVER_LIST(PENSEL_SOLVER_ENUM)
#undef PENSEL_SOLVER_ENUM
        PENSEL_SOLVER_COUNT
} pensel_solver;

/* How the learning rate changes. To add one: the recipe is in src/training/schedule.h. */
#define PENSEL_SCHEDULE_LIST(X)                                                                   \
    X(CONSTANT, constant)                                                                         \
    X(INVSCALING, invscaling) /* rate / (samples seen + 1)^power_t, after each epoch */           \
    X(ADAPTIVE, adaptive)     /* divided by 5 whenever the loss stops improving */                \
    /* down to 0 over `epochs` or max_seconds, at every step (Loshchilov & Hutter 2017) */        \
    X(COSINE, cosine)                                                                             \
    X(EXPONENTIAL_DECAY, exponential) /* multiplied by `decay` after each epoch */                \
    /* init / (1 + e (1 - decay) / decay) after e epochs: `decay` for the first one, then ever */ \
    /* slower */                                                                                  \
    X(INVERSE_TIME, inverse_time)

typedef enum pensel_schedule {
#define PENSEL_SCHEDULE_ENUM(NAME, name) PENSEL_##NAME,
    PENSEL_SCHEDULE_LIST(PENSEL_SCHEDULE_ENUM)
#undef PENSEL_SCHEDULE_ENUM
        PENSEL_SCHEDULE_COUNT
} pensel_schedule;

/* The names used on the command line: "squared-error", "adam", "invscaling"... NULL past the end.
 */
PENSEL_API const char *pensel_loss_name(pensel_loss loss);
PENSEL_API const char *pensel_solver_name(pensel_solver solver);
PENSEL_API const char *pensel_schedule_name(pensel_schedule schedule);

/* Why a training ends. To add a rule: the recipe is in src/training/stop.h. */
#define PENSEL_STOP_LIST(X)                                                                        \
    X(NOT_RUN, not_run)                                                                            \
    X(CONVERGED, converged)     /* no improvement for n_iter_no_change epochs */                   \
    X(EPOCHS, epochs)           /* all requested epochs are done */                                \
    X(SECONDS, seconds)         /* max_seconds have passed */                                      \
    X(GOAL, goal)               /* the callback or the painter reached its goal */                 \
    X(INTERRUPTED, interrupted) /* the interrupt flag was raised, or the callback asked to stop */ \
    /* the loss or a parameter became infinite or NaN; the last finite ones are kept */            \
    X(DIVERGED, diverged)

typedef enum pensel_stop {
#define PENSEL_STOP_ENUM(NAME, name) PENSEL_STOP_##NAME,
    PENSEL_STOP_LIST(PENSEL_STOP_ENUM)
#undef PENSEL_STOP_ENUM
        PENSEL_STOP_COUNT
} pensel_stop;

typedef struct pensel_stop_info {
    const char *name;     /* "seconds": its name in files and in Python */
    const char *sentence; /* "seconds: the time is over": what a person reads */
} pensel_stop_info;

/* NULL if there is no such reason. */
PENSEL_API const pensel_stop_info *pensel_stop_describe(pensel_stop stop);
/* "converged", "epochs"...; NULL past the end. */
PENSEL_API const char *pensel_stop_name(pensel_stop stop);

/* How good predictions are, with the definitions of scikit-learn where it has them. To add one: the
 * recipe is in src/training/metric.h. */
#define PENSEL_METRIC_LIST(X)                                                                 \
    X(ACCURACY, accuracy)       /* share of the rows that are right */                        \
    X(LOG_LOSS, log_loss)       /* of the probability that the truth was given */             \
    X(AUC, auc)                 /* area under the curve, of two classes */                    \
    X(CALIBRATION, calibration) /* how far probabilities are from how often they come true */ \
    X(R2, r2)                   /* share of the target's variance, mean over targets */       \
    X(MSE, mse)                 /* mean squared error */                                      \
    X(RMSE, rmse)               /* its root */                                                \
    X(MAE, mae)                 /* mean absolute error */

typedef enum pensel_metric {
#define PENSEL_METRIC_ENUM(NAME, name) PENSEL_METRIC_##NAME,
    PENSEL_METRIC_LIST(PENSEL_METRIC_ENUM)
#undef PENSEL_METRIC_ENUM
        PENSEL_METRIC_COUNT
} pensel_metric;

typedef struct pensel_metric_info {
    const char *name;    /* "log_loss": its key in JSON */
    const char *label;   /* "log loss": what a person reads */
    const char *formula; /* "mean of -log p, the probability of the true class" */
    bool classes;        /* a classifier's; else a regressor's */
    bool share;          /* at most 1, and 1 is best: four decimals say enough */
} pensel_metric_info;

/* NULL if there is no such metric. */
PENSEL_API const pensel_metric_info *pensel_metric_describe(pensel_metric metric);

/* Each metric; NaN where it means nothing: of the other task, or AUC of more than two classes. */
typedef struct pensel_scores {
    size_t n; /* samples */
#define PENSEL_METRIC_MEMBER(NAME, name) double name;
    PENSEL_METRIC_LIST(PENSEL_METRIC_MEMBER)
#undef PENSEL_METRIC_MEMBER
    double room[32 - PENSEL_METRIC_COUNT]; /* for metrics to come */
} pensel_scores;

/* NaN if there is no such metric. */
PENSEL_API double pensel_scores_get(const pensel_scores *scores, pensel_metric metric);

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
    double validation_loss;        /* without the penalty; NaN where there is no score */
} pensel_progress;

typedef enum pensel_verdict {
    PENSEL_CONTINUE,
    PENSEL_GOAL_REACHED,
    PENSEL_INTERRUPT
} pensel_verdict;
/* After an epoch, or with on_batch a step. CONTINUE goes on, GOAL_REACHED and INTERRUPT end the
 * run, which still succeeds and reports PENSEL_STOP_GOAL or PENSEL_STOP_INTERRUPTED. No verdict
 * ends it for want of patience: that is n_iter_no_change. Called by the thread that trains. */
typedef pensel_verdict (*pensel_epoch_callback)(const pensel_progress *progress, void *data);

/* A loss of the program's own, for one sample: returns the loss of the predictions a (outputs) for
 * the targets y (outputs), and writes its derivative by each of them to slope (outputs), unless
 * that is NULL. Both are as the network has them: behind the output activation, whose derivative is
 * not its business, and of an estimator in the scale of its targets. Several threads call it at the
 * same time. The loss of a batch is the weighted mean, and the penalty is added, as with any loss.
 * `loss` then decides only what an estimator's outputs have. */
typedef double (*pensel_loss_function)(double *slope, const double *a, const double *y,
                                       size_t outputs, void *data);

/* A score of the program's own for the validation samples, which it has itself: larger is better,
 * NaN never the best. Called once an epoch, by the thread that trains, with the network as a user
 * would see it. */
typedef double (*pensel_score_function)(const pensel_network *network, void *data);

typedef struct pensel_checkpoint pensel_checkpoint;

/* A gradient on its way from a batch to the step. A reduce hook adds to it what other processes or
 * machines have found on samples of theirs, for instance
 *
 *     weight = sum_k weight_k,   gradient = sum_k weight_k gradient_k / weight,   loss likewise
 *
 * and then all take the same step. They must begin with the same parameters and options, and take
 * as many steps: with as many samples each, no limit of time, and no validation of their own. It is
 * called once for each batch, and with lbfgs for each evaluation, by the thread that trains. An
 * error that it returns ends the run before the step, with its sentence. */
typedef struct pensel_reduction {
    void *gradient; /* (count) mean over the batch's samples, without the penalty */
    size_t count;
    pensel_precision precision; /* of the gradient's numbers */
    double loss;                /* mean over the batch's samples, without the penalty */
    double weight;              /* of these samples: their number, or the sum of their weights */
} pensel_reduction;
typedef pensel_status (*pensel_reduce)(pensel_reduction *sum, void *data, pensel_error *error);

/* The options of training. Names and defaults are scikit-learn's where it has them; those from
 * max_seconds on are not in scikit-learn. To add one: its row here, the last of all, and the line
 * that uses it.
 *
 * X(kind, member, default, values, only with, other names, since, what it is) */
/* clang-format off */
#define PENSEL_TRAINING_OPTION_LIST(X)                                                             \
    X(CHOICE(solver), solver, PENSEL_ADAM, ANY, "", "", "0.1",                                     \
      "how gradients become steps")                                                                \
    X(CHOICE(loss), loss, PENSEL_SQUARED_ERROR, ANY, "", "", "0.1",                                \
      "what training makes small; classification always has log-loss")                             \
    X(NUMBER, alpha, 1e-4, FROM(0), "", "", "0.1",                                                 \
      "strength of the L2 penalty")                                                                \
    X(COUNT, batch_size, 0, FROM(0), "solver!=lbfgs", "batch", "0.1",                            \
      "samples per step; 0: 200, or all if there are fewer")                                       \
    X(CHOICE(schedule), learning_rate, PENSEL_CONSTANT, ANY, "solver!=lbfgs", "", "0.1",         \
      "how the rate changes")                                                                      \
    X(NUMBER, learning_rate_init, 1e-3, ABOVE(0), "solver!=lbfgs", "", "0.1",                    \
      "size of the first step")                                                                    \
    X(NUMBER, power_t, 0.5, FROM(0), "learning_rate=invscaling", "", "0.1",                        \
      "exponent of invscaling")                                                                    \
    X(COUNT, epochs, 200, FROM(1), "", "max_iter", "0.1",                                          \
      "at most this many passes over the samples; for lbfgs, iterations")                          \
    X(FLAG, shuffle, true, ANY, "solver!=lbfgs", "", "0.1",                                      \
      "a new order of the samples in every epoch")                                                 \
    X(NUMBER, tol, 1e-4, FROM(0), "", "", "0.1",                                                   \
      "smallest improvement of the loss that counts; for lbfgs, of the gradient")                  \
    X(NUMBER, momentum, 0.9, BETWEEN("[]", 0, 1), "solver=sgd", "", "0.1",                         \
      "share of the last step that is added to the next")                                          \
    X(FLAG, nesterovs_momentum, true, ANY, "solver=sgd", "", "0.1",                                \
      "Nesterov's form of momentum")                                                               \
    X(FLAG, early_stopping, false, ANY, "solver!=lbfgs", "", "0.1",                              \
      "hold out samples, stop by their score, keep the best network")                              \
    X(NUMBER, validation_fraction, 0.1, BETWEEN("[)", 0, 1), "early_stopping=true", "", "0.1",     \
      "share of the samples held out")                                                             \
    X(NUMBER, beta_1, 0.9, BETWEEN("[)", 0, 1), "solver=adam", "", "0.1",                          \
      "decay of the first moment")                                                                 \
    X(NUMBER, beta_2, 0.999, BETWEEN("[)", 0, 1), "solver=adam", "", "0.1",                        \
      "decay of the second moment")                                                                \
    X(NUMBER, epsilon, 1e-8, ABOVE(0), "solver=adam", "", "0.1",                                   \
      "guard against division by zero")                                                            \
    X(COUNT, n_iter_no_change, 10, BETWEEN("[]", 1, INFINITY), "solver!=lbfgs", "", "0.1",       \
      "stop after this many epochs without improvement; inf: never")                               \
    X(COUNT, max_fun, 15000, FROM(1), "solver=lbfgs", "", "0.1",                                   \
      "most evaluations of the loss")                                                              \
    X(SECONDS, max_seconds, 0, FROM(0), "", "seconds", "0.1",                                      \
      "stop after this time, such as 5, 5s, 2m or 1h; checked after every step; 0: no limit")      \
    X(NUMBER, weight_decay, 0, FROM(0), "solver!=lbfgs", "", "0.1",                                \
      "share of the rate by which weights shrink at a step, as in AdamW")                          \
    X(NUMBER, decay, 0.99, BETWEEN("(]", 0, 1), "learning_rate=exponential|inverse-time", "",      \
      "0.1", "factor of the rate in each epoch, or in the first")                                 \
    X(NUMBER, clip_norm, 0, FROM(0), "solver!=lbfgs", "", "0.1",                                 \
      "gradients, without the penalty, that are longer are scaled down to this; 0: off")           \
    X(NUMBER, average, 0, BETWEEN("[)", 0, 1), "solver!=lbfgs", "", "0.1",                       \
      "the result is a moving average of the parameters with this decay; 0: off")                  \
    X(NUMBER, dropout, 0, BETWEEN("[)", 0, 1), "solver!=lbfgs", "", "0.1",                       \
      "share of each hidden layer dropped at a step (Srivastava et al. 2014)")                     \
    X(NUMBER, huber_delta, 1, ABOVE(0), "loss=huber", "", "0.1",                                   \
      "error from which huber grows linearly")                                                     \
    X(FLAG, sklearn_gradient, false, ANY, "loss=squared-error", "compat", "0.1",                   \
      "with k outputs, scikit-learn's gradient: k times that of the loss (its issue 8349)")        \
    X(FLAG, coarse_to_fine, false, ANY, "", "", "0.1",                                             \
      "of a painting: train a pyramid level by level, latents by descent, layers by the solver")   \
    X(COUNT, shards, 0, BETWEEN("[]", 0, 64), "", "", "0.1",                                       \
      "parts of a batch, each summed by itself, and then added in a tree; 0: 2") \
    X(THREADS, threads, 0, BETWEEN("[]", 0, 4096), "", "", "0.1",                                  \
      "how many work; 0: all cores, or PENSEL_THREADS")                                            \
    X(NUMBER, quantile, 0.5, BETWEEN("()", 0, 1), "loss=quantile", "", "0.1",                      \
      "share of the targets that shall lie below the predictions of the quantile loss")
/* clang-format on */

struct pensel_training_members {
    pensel_given given;
    PENSEL_TRAINING_OPTION_LIST(PENSEL_OPTION_MEMBER)
    unsigned char end;
};

typedef struct pensel_training_options {
    pensel_given given;
    PENSEL_TRAINING_OPTION_LIST(PENSEL_OPTION_MEMBER)
    PENSEL_OPTION_ROOM(pensel_training_members, PENSEL_OPTIONS_MOST)
    pensel_context *context; /* NULL: the network's; borrowed */
    const volatile int
        *interrupt; /* NULL; training ends after the step during which it becomes non-zero */
    pensel_epoch_callback on_epoch; /* NULL */
    void *on_epoch_data;
    pensel_reduce reduce; /* NULL */
    void *reduce_data;
    pensel_checkpoint *checkpoint; /* NULL; borrowed: see pensel_checkpoint_new */
    /* NULL, or called after each step but lbfgs's, with the loss of its batch; `epoch` counts those
     * that are complete */
    pensel_epoch_callback on_batch;
    void *on_batch_data;
    pensel_loss_function loss_function; /* NULL, or the loss in the stead of `loss` */
    void *loss_function_data;
    pensel_score_function score_function; /* NULL, or the score in the stead of R2 and accuracy */
    void *score_function_data;
    const void *more[PENSEL_MORE_HOOKS]; /* NULL */
} pensel_training_options;

PENSEL_API pensel_training_options pensel_training_defaults(void);
PENSEL_API const pensel_option_table *pensel_training_table(void);

/* Samples: x (n, inputs), y (n, outputs), weights (n, 1); weights.data NULL: all weigh 1. A network
 * that begins with neurons also trains on `sparse` rows in the stead of x, which is then not looked
 * at: their first layer costs what their values cost. An estimator takes x alone. */
typedef struct pensel_samples {
    pensel_matrix x, y, weights;
    const pensel_sparse *sparse; /* borrowed, or NULL */
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
/* Runs one epoch over these samples, like scikit-learn's partial_fit. Nothing of them is kept, so
 * data larger than memory are learned a part at a time, with a call for each. */
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
 * network's precision). A reduce hook has no part in it. */
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
 * that of an uninterrupted run, bit for bit. Either path may be NULL. With lbfgs a save falls
 * between two iterations, and the file holds up to 22 float64 numbers for each parameter. A
 * checkpoint of an estimator or painting is also a model file that pensel_estimator_load or
 * pensel_painting_load can read. */
PENSEL_API pensel_status pensel_checkpoint_new(pensel_checkpoint **checkpoint, const char *path,
                                               double seconds, const char *resume,
                                               pensel_error *error);
PENSEL_API void pensel_checkpoint_free(pensel_checkpoint **checkpoint);

#ifdef __cplusplus
}
#endif

#endif
