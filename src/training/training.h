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

/* The results of all evaluations in a run of L-BFGS, in order. liblbfgs hides its state, but the
 * state is a function of these numbers: a run that is given them again reaches the same state
 * again. */
typedef struct pensel_record {
    double *losses;  /* (count) */
    void *gradients; /* (count, parameter count), the network's precision */
    size_t count, room;
} pensel_record;

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
    bool begins_again; /* L-BFGS ran: its checkpoint is raw, begun and the record, to be replayed */
    pensel_report begun;
    pensel_record record;
    size_t record_rows; /* number of samples it was made with; 0: not known */
    uint64_t solver_steps;
    pensel_random dropout; /* draws a seed for every step; position < 0: not seeded yet */
    pensel_cursor cursor;
    pensel_curve losses, scores;
    pensel_report report; /* its curves are filled in when asked */
};

static inline size_t pensel_training_bytes(const pensel_training *training)
{
    return training->network->parameter_count * training->network->kernels->size;
}

pensel_status pensel_curve_add(pensel_curve *curve, double value, pensel_error *error);

/* Allocates *block (parameter count) unless it exists already. */
pensel_status pensel_training_block(const pensel_training *training, void **block,
                                    pensel_error *error);

/* Records the next evaluation of the run if there is room; if not, it will have to be repeated. */
void pensel_record_add(pensel_record *record, double loss, const void *gradient, size_t bytes);
void pensel_record_clear(pensel_record *record);

/* BAD_ARGUMENT for the first option that is invalid. */
pensel_status pensel_training_check(const pensel_training_options *options, pensel_error *error);

/* Runs L-BFGS, instead of epochs of steps. */
pensel_status pensel_lbfgs_run(pensel_training *training, const pensel_samples *samples,
                               const pensel_random *random, pensel_error *error);

#endif
