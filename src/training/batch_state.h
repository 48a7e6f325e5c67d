/* A batch at work: what batch.c, which leads it through its rounds, and blocks.c, which has the
 * rounds of weights, share. */
#ifndef PENSEL_TRAINING_BATCH_STATE_H
#define PENSEL_TRAINING_BATCH_STATE_H

#include "base/memory.h"
#include "training/batch.h"

#include <stdatomic.h>

/* Part `part` of layer l's parameters. */
typedef struct pensel_block {
    size_t l, part;
} pensel_block;

/* How many halves of a block's gradient are summed: on a cache line of its own, for two threads
 * write it. */
typedef struct pensel_block_count {
    _Alignas(PENSEL_ALIGNMENT) _Atomic unsigned halves;
} pensel_block_count;

struct pensel_batch {
    const pensel_network *network;
    const pensel_training_options *options;
    pensel_pool *pool;
    pensel_pass *pass;
    size_t capacity, chunk;  /* samples at most; of them at once */
    void *targets, *weights; /* (tiles, outputs, ld), (tiles, 1, ld) */
    void *sums[2]; /* (parameter count) for each half, where a batch may need them; else NULL */
    char *scratch; /* for each worker: both gradients of a block, or that of a whole one */
    size_t scratch_bytes;
    pensel_block *blocks;
    size_t half_blocks, block_count; /* summed by halves; with those of layers that are whole */
    pensel_block_count *counts;      /* (half_blocks), for a pool */
    double *tile_losses, *block_squares;
    size_t *tile_n;               /* samples of each tile of the chunk */
    _Atomic size_t tiles_done[2]; /* of each half of it */
    pensel_autotune autotune;
    bool kept; /* the autotune's way whatever it takes */
    /* the batch at work */
    bool shared; /* among the pool */
    pensel_selection selection;
    const pensel_update *update;
    pensel_tiling tiling;                /* of the chunk */
    size_t chunk_first, chunk_n, halves; /* halves: 1 when the first chunk is one tile, else 2 */
    double weight_sum, gradient_scale;
    void *parameters;
    void *whole[2];  /* where the gradient of each half goes, or NULL for scratch */
    bool wanted;     /* the whole gradient in whole[0]: the caller asks for it, or it is clipped */
    bool accumulate; /* not the first chunk */
    bool steps, needs_gradient;
};

/* Every item, by the pool or alone. */
void pensel_batch_share(pensel_batch *batch, pensel_work work, size_t count);
/* A pensel_work on a batch: tile `index` goes forward through the network, and backward where the
 * gradient is needed. */
void pensel_batch_tile(void *batch, size_t index, size_t worker);

/* The blocks of a network, and room for their gradients. */
pensel_status pensel_blocks_new(pensel_batch *batch, pensel_error *error);
/* All tiles of the chunk, forward and backward, and the gradient of every block over them; after
 * the last chunk the steps, unless they are clipped. */
void pensel_blocks_gradient(pensel_batch *batch);
/* The steps of a clipped gradient, in whole[0]. */
void pensel_blocks_step(pensel_batch *batch);

#endif
