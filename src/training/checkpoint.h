/* Checkpoints: the state of a training, as views, and the file in which it is kept with the parts
 * of the rooms above, which put themselves on the list. */
#ifndef PENSEL_TRAINING_CHECKPOINT_H
#define PENSEL_TRAINING_CHECKPOINT_H

#include "base/safetensors.h"

#define PENSEL_STATE_COUNTERS 16
#define PENSEL_STATE_NUMBERS 24

/* Everything that the rest of a run depends on, between two steps. Only the training knows what the
 * counters and numbers mean; their meaning must not change within one version of the file format.
 */
typedef struct pensel_training_state {
    const void *parameters; /* (parameter count), the network's precision, as are the next ones */
    const void *moments[2]; /* NULL: none yet */
    const void *average;    /* NULL: no weight averaging */
    const void *best;       /* NULL: nothing kept by early stopping */
    const size_t *order;    /* (order_count) of the samples in this epoch; NULL between runs */
    const size_t *held_out; /* (held_out_count) the validation samples of this run; NULL: none */
    const double *loss_curve, *validation_scores;
    const double *part;  /* (part_count) of the method of training; NULL: it has none */
    const double *lbfgs; /* (lbfgs_count) point, gradient and pairs of L-BFGS; NULL: none */
    size_t order_count, held_out_count, loss_count, validation_count, lbfgs_count, part_count;
    uint64_t counters[PENSEL_STATE_COUNTERS]; /* epoch of this run, step in the epoch, steps... */
    double numbers[PENSEL_STATE_NUMBERS];     /* learning rate, best loss, loss of the epoch... */
    pensel_random dropout;
} pensel_training_state;

/* Fills in views of the training's state, valid until it runs again. */
void pensel_training_export(const pensel_training *training, pensel_training_state *state);
/* Copies the state; the next run, with the same samples, continues from there. BAD_FILE if it does
 * not fit. */
pensel_status pensel_training_import(pensel_training *training, const pensel_training_state *state,
                                     pensel_error *error);
const pensel_network *pensel_training_network(const pensel_training *training);
const pensel_training_options *pensel_training_options_of(const pensel_training *training);

/* What a room above the training puts into its checkpoints. */
typedef pensel_status (*pensel_checkpoint_put)(pensel_model_file *file, const void *object,
                                               pensel_error *error);

enum { PENSEL_CHECKPOINT_PARTS = 4 };

struct pensel_checkpoint {
    char *path, *resume; /* NULL: not wanted */
    double seconds;      /* between two saves; infinite without a path */
    struct {
        pensel_checkpoint_put put;
        const void *object; /* borrowed until pensel_checkpoint_leave */
    } parts[PENSEL_CHECKPOINT_PARTS];
    size_t part_count;
    bool brings_all; /* what `load` brings stands for the initial weights: none need be drawn */
    /* NULL, or what is done in place of files, for a training that goes on in slices. */
    pensel_status (*load)(pensel_checkpoint *checkpoint, pensel_training *training,
                          pensel_random *random, pensel_error *error);
    pensel_status (*save)(const pensel_checkpoint *checkpoint, const pensel_training *training,
                          const pensel_random *random, pensel_error *error);
};

/* Until pensel_checkpoint_leave, which takes the latest part off, `object` is in every checkpoint.
 * The latest part comes first in the file; if there is one, it brings the network with it. Without
 * a checkpoint (NULL) nothing happens. */
void pensel_checkpoint_enter(pensel_checkpoint *checkpoint, pensel_checkpoint_put put,
                             const void *object);
void pensel_checkpoint_leave(pensel_checkpoint *checkpoint);
/* The object that was entered with `put`; NULL: none. */
const void *pensel_checkpoint_part(const pensel_checkpoint *checkpoint, pensel_checkpoint_put put);

/* A run calls this once, before it draws any random number... */
pensel_status pensel_checkpoint_resume(pensel_checkpoint *checkpoint, pensel_training *training,
                                       pensel_random *random, pensel_error *error);
/* ...and this after a step if `seconds` have passed since the last save, when it is interrupted and
 * when it ends. If a save fails, the run ends with its status. */
pensel_status pensel_checkpoint_save(const pensel_checkpoint *checkpoint,
                                     const pensel_training *training, const pensel_random *random,
                                     pensel_error *error);

#endif
