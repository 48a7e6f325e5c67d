/* A batch: loss and gradient of some samples, and at once the solver's step.
 *
 * A batch is cut into chunks that fit a cache, a chunk into tiles, and its tiles into two halves. Two rounds of
 * work a chunk:
 *     1. each tile goes up the network and its gradients come back
 *     2. each block of rows of each weight matrix sums its gradient over each half's samples, in order;
 *        after the last chunk both halves are added up, and the solver takes its step
 * Any thread may take any tile or block; the bits depend on neither threads nor tiles nor blocks. Three ways of
 * doing so, of which pace.h finds the fastest:
 *     alone      one thread
 *     by rows    a block is one thread's, both halves and the step: nothing is summed across threads
 *     by halves  a half of a block is one thread's, mostly one that has taken its tiles up and down, so that
 *                gradients and weights are all that goes from core to core; the step is a third round */
#ifndef PENSEL_TRAINING_BATCH_H
#define PENSEL_TRAINING_BATCH_H

#include "base/team.h"
#include "network/pass.h"
#include "training/pace.h"

typedef struct pensel_batch pensel_batch;

/* Which samples: those `index` names, or consecutive ones from `from`. */
typedef struct pensel_selection {
    const pensel_samples *samples;
    const size_t *index; /* (n) or NULL */
    size_t from, n;
} pensel_selection;

/* What the solver does to each block of parameters once its gradient is known. */
typedef struct pensel_update {
    void (*take)(const pensel_step *step); /* NULL: no step, the gradient alone */
    pensel_step step;         /* rate and constants; w, m, v, g, count, l2 are filled in by block */
    void *moments[2];         /* (parameter count) or NULL */
    void *average;            /* (parameter count) or NULL */
    double average_decay;
    double weight_decay;      /* of weights, not of biases, times the rate already */
    double clip_norm;         /* 0: none */
    uint64_t dropout_seed;
    double dropout;
} pensel_update;

/* For batches of up to n samples. Network, options and team are borrowed. */
pensel_status pensel_batch_new(pensel_batch **batch, const pensel_network *network,
                               const pensel_training_options *options, pensel_team *team, size_t n,
                               pensel_error *error);
void pensel_batch_free(pensel_batch **batch);
/* Keeps to a way that is not searched for: for tests. */
void pensel_batch_keep(pensel_batch *batch, pensel_way way);
/* The most samples it was made for. */
size_t pensel_batch_capacity(const pensel_batch *batch);

/* Returns the loss, penalty included. `gradient` (parameter count), penalty included, or NULL.
 * With a step, `parameters` are changed: they are the network's. */
double pensel_batch_run(pensel_batch *batch, const pensel_selection *selection, void *gradient,
                        const pensel_update *update, void *parameters);
/* The loss alone: nothing comes back. */
double pensel_batch_loss(pensel_batch *batch, const pensel_selection *selection);

#endif
