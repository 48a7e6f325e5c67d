/* The memory of threads that walk over stripes. The model is the prior, unpacked once, and
 * shared; state and lines are each thread's own, so a worker may only begin with its own number,
 * and its job ends before it begins another. */
#include "codec/workspace.h"

#include "base/error.h"
#include "base/memory.h"

pensel_status pensel_workspace_new(pensel_workspace **workspace, const pensel_pool *pool,
                                   pensel_error *error)
{
    const pensel_kernels *kernels;
    pensel_workspace *w;
    PENSEL_TRY(pensel_kernels_find(&kernels, PENSEL_FLOAT32, error));
    PENSEL_TRY(PENSEL_NEW(w, 1, error));
    w->walk = pensel_latent_kernels_for(kernels);
    w->count = pensel_pool_size(pool);
    w->lines_size = PENSEL_LINES * (size_t)(PENSEL_TILE + 2 * PENSEL_LINE_MARGIN);
    pensel_latent_model_read(&w->model, pensel_latent_prior);
    if (PENSEL_NEW(w->states, w->count, error) ||
        PENSEL_NEW(w->lines, w->count * w->lines_size, error)) {
        pensel_workspace_free(&w);
        return PENSEL_OUT_OF_MEMORY;
    }
    *workspace = w;
    return PENSEL_OK;
}

void pensel_workspace_free(pensel_workspace **workspace)
{
    if (!*workspace) return;
    pensel_release((*workspace)->states);
    pensel_release((*workspace)->lines);
    pensel_release(*workspace);
    *workspace = NULL;
}

pensel_latent_job pensel_workspace_begin(pensel_workspace *w, size_t worker, pensel_stripe *stripe)
{
    pensel_latent_begin(&w->states[worker], &w->model);
    return (pensel_latent_job){.stripe = stripe,
                               .model = &w->model,
                               .state = &w->states[worker],
                               .lines = w->lines + worker * w->lines_size};
}
