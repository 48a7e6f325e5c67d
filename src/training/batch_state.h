/* A batch at work: what batch.c, which leads it through its rounds, and blocks.c, which has the
 * rounds of weights, share. */
#ifndef PENSEL_TRAINING_BATCH_STATE_H
#define PENSEL_TRAINING_BATCH_STATE_H

#include "base/memory.h"
#include "training/batch.h"

#include <stdatomic.h>

/* Part `part` of layer l's parameters: a run of them for each of its groups. */
typedef struct pensel_block {
    size_t l, part;
    struct {
        size_t first, count;
    } run[PENSEL_LAYER_GROUPS];
    size_t run_count, numbers; /* of all runs together */
} pensel_block;

/* How many shards of a block's gradient are summed, or tiles of a shard done: on a cache line of
 * its own, for several threads write it. */
typedef struct pensel_batch_count {
    _Alignas(PENSEL_ALIGNMENT) _Atomic size_t done;
} pensel_batch_count;

typedef struct pensel_sample_pass pensel_sample_pass;

struct pensel_batch {
    const pensel_network *network;
    const pensel_training_options *options;
    pensel_pool *pool;
    pensel_pass *pass;
    pensel_sample_pass *sample; /* the way of a batch of one; NULL where the network has none */
    size_t capacity, chunk;     /* samples at most; of them at once */
    void *targets, *weights;    /* (tiles, outputs, ld), (tiles, 1, ld) */
    size_t most_shards;         /* what the options say, but no more than a chunk has tiles */
    /* Sums of the first shard (parameter count) and of the others (most_shards - 1, network's
     * whole_first), where a batch may need them; else NULL */
    void *first_sums, *other_sums;
    /* For each worker: slots for a block's sums that wait for their neighbour, slot_bytes each, or
     * the gradient of a whole block */
    char *scratch;
    size_t scratch_bytes, slot_bytes;
    pensel_block *blocks;
    size_t shard_blocks, block_count; /* summed by shards; with those of layers that are whole */
    pensel_batch_count *counts;       /* (shard_blocks), for a pool */
    pensel_batch_count *tiles_done;   /* (most_shards) of a chunk's shards, for a pool */
    double *tile_losses, *block_squares;
    size_t *tile_n;        /* samples of each tile of the chunk */
    double *function_room; /* (tiles, 3, outputs) for a loss function; NULL without one */
    pensel_autotune autotune;
    bool kept; /* the autotune's way whatever it takes */
    /* the batch at work */
    bool shared; /* among the pool */
    pensel_selection selection;
    const pensel_update *update;
    pensel_tiling tiling; /* of the chunk */
    size_t chunk_first, chunk_n;
    size_t shards; /* of this batch: no more than its first chunk has tiles */
    double weight_sum, gradient_scale;
    void *parameters;
    void *whole;     /* where the gradient of the first shard, then of all goes; NULL: scratch */
    bool keeps;      /* every shard's sums, in whole and other_sums, from chunk to chunk */
    bool wanted;     /* the gradient in `whole`: somebody asks for it before the step */
    bool accumulate; /* not the first chunk */
    bool steps, needs_gradient;
};

/* Samples [first, first + n) of the chunk as sparse rows; x NULL where they are dense. */
static inline pensel_sparse_rows pensel_batch_sparse(const pensel_batch *batch, size_t first,
                                                     size_t n)
{
    const pensel_selection *s = &batch->selection;
    size_t at = batch->chunk_first + first;
    return (pensel_sparse_rows){.x = s->samples->sparse,
                                .index = s->index ? s->index + at : NULL,
                                .first = s->from + at,
                                .n = n};
}

/* Every item, by the pool or alone. */
void pensel_batch_share(pensel_batch *batch, pensel_work work, size_t count);
/* A pensel_work on a batch: tile `index` goes forward through the network, and backward where the
 * gradient is needed. */
void pensel_batch_tile(void *batch, size_t index, size_t worker);

/* The blocks of a network, and room for their gradients. */
pensel_status pensel_blocks_new(pensel_batch *batch, pensel_error *error);
void pensel_blocks_free(pensel_batch *batch);
/* All tiles of the chunk, forward and backward, and the gradient of every block over them; after
 * the last chunk the steps, unless the gradient is wanted first. */
void pensel_blocks_gradient(pensel_batch *batch);
/* The steps of the gradient in `whole`. */
void pensel_blocks_step(pensel_batch *batch);
/* The step of a layer's group, its parameters from `first` on: all but the gradient and count. */
pensel_step pensel_blocks_step_of(const pensel_batch *batch, const pensel_layer_instance *layer,
                                  size_t group, size_t first);

/* Batches of a single sample: sample_step.c. new: NULL where a layer has no such way. */
pensel_status pensel_sample_pass_new(pensel_sample_pass **sample, const pensel_network *network,
                                     pensel_error *error);
void pensel_sample_pass_free(pensel_sample_pass **sample);
/* Whether the batch at work, which has begun, goes this way. The answer depends on neither threads
 * nor the machine. */
bool pensel_sample_fits(const pensel_batch *batch);
/* The step; returns the loss with its penalty. */
double pensel_sample_step(pensel_batch *batch);

#endif
