/* A training inside the library: options, the solver's state, the position in a run, and the
 * results so far. Everything that a checkpoint must keep is here and nowhere else. */
#ifndef PENSEL_TRAINING_TRAINING_H
#define PENSEL_TRAINING_TRAINING_H

#include "base/thread_pool.h"
#include "training/batch.h"
#include "training/checkpoint.h"

/* An array that grows by one number per epoch. */
typedef struct pensel_curve {
    double *values;
    size_t count, room;
} pensel_curve;

/* The position in a run. It outlives the run, so that training can continue from a checkpoint of
 * the end. */
typedef struct pensel_cursor {
    size_t *order; /* the samples to train on, shuffled again by every epoch */
    size_t order_count;
    size_t *held_out; /* the samples held out for early stopping, or NULL */
    size_t held_out_count;
    size_t epoch, step; /* done in this run; done in this epoch */
    double epoch_loss;  /* sum over this epoch's steps of loss times samples */
    bool resumed;       /* restored from a checkpoint: the next run continues from here */
} pensel_cursor;

/* L-BFGS between two iterations. A pair is a step s and the change y of the gradient along it. */
enum {
    PENSEL_LBFGS_PAIRS = 10,
    PENSEL_LBFGS_BYTES = (2 + 2 * PENSEL_LBFGS_PAIRS) * sizeof(double) /* for each parameter */
};
typedef struct pensel_lbfgs {
    double
        *numbers; /* (2 + 2 PAIRS, parameter count): point, gradient, and s, y of each slot; NULL:
                        no run yet */
    size_t pairs, oldest;                /* kept; the slot of the first */
    size_t evaluations;                  /* in this run */
    double loss, loss_before;            /* at the point; at the one before */
    double theta;                        /* y'y / s'y of the last pair: the scale of the Hessian */
    double products[PENSEL_LBFGS_PAIRS]; /* s'y of each slot */
} pensel_lbfgs;

struct pensel_training {
    pensel_network *network; /* borrowed */
    pensel_training_options options;
    pensel_pool *pool;
    pensel_batch *batch; /* made for the batch size of the run */
    void *moments[2];    /* of the solver; (parameter count) like the next ones */
    void *average;       /* moving average of the parameters, or NULL */
    void *best;          /* of the validation score, or NULL */
    void *safe;          /* finite parameters to return to */
    void *raw; /* the parameters as trained while the network holds best or average, or NULL */
    bool shows_result; /* the network holds best or average, and raw the parameters as trained */
    pensel_lbfgs lbfgs;
    size_t sample_rows; /* of the run when cursor.order does not tell: lbfgs's; 0: not known */
    uint64_t solver_steps;
    pensel_random dropout; /* draws a seed for every step; position < 0: not seeded yet */
    pensel_cursor cursor;
    pensel_curve losses, scores;
    double *part; /* (part_count) what the method remembers besides: see run.h; NULL: nothing */
    size_t part_count;
    pensel_report report; /* its curves are filled in when asked */
};

static inline size_t pensel_training_bytes(const pensel_training *training)
{
    return training->network->parameter_count * training->network->kernels->size;
}

pensel_status pensel_curve_add(pensel_curve *curve, double value, pensel_error *error);

/* Makes training->pool unless it exists already. */
pensel_status pensel_training_pool(pensel_training *training, pensel_error *error);
/* Allocates *block (parameter count) unless it exists already. */
pensel_status pensel_training_block(const pensel_training *training, void **block,
                                    pensel_error *error);

/* BAD_ARGUMENT for a layer with which the options' solver cannot train. */
pensel_status pensel_training_check_layers(const pensel_network *network,
                                           const pensel_training_options *options,
                                           pensel_error *error);
/* BAD_ARGUMENT for the first option that is invalid. */
pensel_status pensel_training_check(const pensel_training_options *options, pensel_error *error);
/* The option that belongs to the loss alone, its third argument in src/kernel/loss; 0 for those
 * that have none. */
double pensel_loss_delta(const pensel_training_options *options);

#endif
