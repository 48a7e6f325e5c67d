/* What a thread needs for the walk over a stripe. */
#ifndef PENSEL_CODEC_WORKSPACE_H
#define PENSEL_CODEC_WORKSPACE_H

#include "base/thread_pool.h"
#include "codec/latent.h"

typedef struct pensel_workspace {
    pensel_latent_model model;
    const pensel_latent_kernels *walk;
    size_t count; /* threads */
    pensel_latent_state *states;
    uint8_t *lines;
    size_t lines_size; /* of each thread's */
} pensel_workspace;

pensel_status pensel_workspace_new(pensel_workspace **workspace, const pensel_pool *pool,
                                   pensel_error *error);
void pensel_workspace_free(pensel_workspace **workspace);

/* A job on this thread's memory, with what learns started over. */
pensel_latent_job pensel_workspace_begin(pensel_workspace *workspace, size_t worker,
                                         pensel_stripe *stripe);

#endif
