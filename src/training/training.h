/* A training inside the library: options, the solver's memory, the place reached in a run, and what
 * has been seen so far. Everything a checkpoint must keep stands here and nowhere else. */
#ifndef PENSEL_TRAINING_TRAINING_H
#define PENSEL_TRAINING_TRAINING_H

#include "base/team.h"
#include "training/batch.h"
#include "training/checkpoint.h"

/* Numbers that grow by one an epoch. */
typedef struct pensel_curve {
    double *values;
    size_t count, room;
} pensel_curve;

/* Where a run is. It outlives the run, so that a checkpoint of the end can be taken further. */
typedef struct pensel_place {
    size_t *order; /* the samples of the training, shuffled afresh by every epoch */
    size_t order_count;
    size_t *held_out; /* the samples of early stopping, or NULL */
    size_t held_out_count;
    size_t epoch, step; /* done in this run; done in this epoch */
    double epoch_loss;  /* sum over this epoch's steps of loss times samples */
    bool resumed;       /* restored from a checkpoint: the next run goes on from here */
} pensel_place;

/* What L-BFGS was told by each evaluation of a run, in their order. liblbfgs keeps its memory to
 * itself, but it is a function of these numbers: a run that is told them again is at the same place
 * again. */
typedef struct pensel_record {
    double *losses;  /* (count) */
    void *gradients; /* (count, parameter count), the network's precision */
    size_t count, room;
} pensel_record;

struct pensel_training {
    pensel_network *network; /* borrowed */
    pensel_training_options options;
    pensel_team *team;
    pensel_batch *batch; /* made for the batch size of the run */
    void *moments[2];    /* of the solver; (parameter count) like the next ones */
    void *average;       /* moving average of the parameters, or NULL */
    void *best;          /* of the validation score, or NULL */
    void *safe;          /* finite parameters to return to */
    void *raw; /* the parameters as trained, while the network shows best or average, or NULL */
    bool shows_result; /* the network shows best or average: raw holds what training left */
    bool begins_again; /* L-BFGS ran: its checkpoint is raw, begun and the record, which runs it
                          again */
    pensel_report begun;
    pensel_record record;
    size_t record_rows; /* of the samples it was made with; 0: not known */
    uint64_t solver_steps;
    pensel_random dropout; /* draws a seed for every step; position < 0: not seeded yet */
    pensel_place place;
    pensel_curve losses, scores;
    pensel_report report; /* its curves are filled in when asked */
};

static inline size_t pensel_training_bytes(const pensel_training *training)
{
    return training->network->parameter_count * training->network->kernels->size;
}

pensel_status pensel_curve_add(pensel_curve *curve, double value, pensel_error *error);

/* Allocates *block (parameter count) unless it is there. */
pensel_status pensel_training_block(const pensel_training *training, void **block,
                                    pensel_error *error);

/* Evaluation `count` of the run, when there is room for it and for those before; else it will have
 * to be made again. */
void pensel_record_add(pensel_record *record, double loss, const void *gradient, size_t bytes);
void pensel_record_clear(pensel_record *record);

/* BAD_ARGUMENT with the first option that makes no sense. */
pensel_status pensel_training_check(const pensel_training_options *options, pensel_error *error);

/* L-BFGS's run, in place of epochs of steps. */
pensel_status pensel_lbfgs_run(pensel_training *training, const pensel_samples *samples,
                               const pensel_random *random, pensel_error *error);

#endif
