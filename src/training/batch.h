/* A batch: loss and gradient of some samples, and at once the solver's step.
 *
 * A batch is cut into chunks that fit a cache, a chunk into tiles, and its tiles into P shards. The
 * work:
 *     1. each tile of a chunk goes forward through the network and backward
 *     2. each block of rows of each weight matrix sums its gradient over each shard's samples, in
 *        order
 *     3. in the last chunk, as soon as all shards of a block are summed, they are added up and the
 *        solver takes the block's step
 * Shards are added in a fixed binary tree: 0 + 1, 2 + 3... then (0 + 1) + (2 + 3)... P and the
 * batch alone say what a shard is, and any thread may take any tile or block, so the bits do not
 * depend on threads.
 *
 * A thread begins with its own shards: what it reads in 2 it has itself written in 1, and only
 * gradients and weights go from core to core. Threads meet once a step, at its end. One thread
 * alone takes all shards of a block and its step in one go, while the gradient is in the nearest
 * cache. Which is faster is found by trying (autotune.h).
 *
 * Where somebody must see the whole gradient before a step (a caller, clipping, a reduce hook), the
 * steps are a round of their own. */
#ifndef PENSEL_TRAINING_BATCH_H
#define PENSEL_TRAINING_BATCH_H

#include "base/thread_pool.h"
#include "network/pass.h"
#include "training/autotune.h"

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
    pensel_step step; /* rate and constants; w, m, v, g, count, l2 are filled in by block */
    void *moments[2]; /* (parameter count) or NULL */
    void *average;    /* (parameter count) or NULL */
    double average_decay;
    double weight_decay; /* of weights, not of biases, times the rate already */
    double clip_norm;    /* 0: none */
    uint64_t dropout_seed;
    double dropout;
} pensel_update;

/* For batches of up to n samples. Network, options and pool are borrowed. */
pensel_status pensel_batch_new(pensel_batch **batch, const pensel_network *network,
                               const pensel_training_options *options, pensel_pool *pool, size_t n,
                               pensel_error *error);
void pensel_batch_free(pensel_batch **batch);
/* Shared or alone from now on, without trying: for tests. */
void pensel_batch_keep(pensel_batch *batch, bool shared);
/* The most samples it was made for. */
size_t pensel_batch_capacity(const pensel_batch *batch);

/* *loss: penalty included. `gradient` (parameter count), penalty included, or NULL. With a step,
 * `parameters` are changed: they are the network's. Fails only if the options' reduce hook does,
 * and then takes no step. */
pensel_status pensel_batch_run(pensel_batch *batch, double *loss, void *gradient,
                               const pensel_selection *selection, const pensel_update *update,
                               void *parameters, pensel_error *error);
/* The loss alone: forward only. */
double pensel_batch_loss(pensel_batch *batch, const pensel_selection *selection);

#endif
