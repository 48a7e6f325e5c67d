/* Loss and gradient over all samples, for callers with a solver of their own and for tests. */
#include "training/batch.h"
#include "platform/float.h"
#include "training/data.h"

#include "base/error.h"

/* A batch without a training: the pool is a view of the context's
 * threads, and the batch, of all samples, lives for this call. The hook is left out, for nobody
 * else calls at the same moment. */
pensel_status pensel_network_gradient(const pensel_network *network, double *loss, void *gradient,
                                      const pensel_samples *samples,
                                      const pensel_training_options *options, pensel_error *error)
{
    PENSEL_FLOAT_SCOPE;
    pensel_batch *batch = NULL;
    PENSEL_REQUIRE(network && loss && options, BAD_ARGUMENT,
                   "network, options or loss is NULL: a gradient needs all three");
    PENSEL_TRY(pensel_training_check(options, error));
    PENSEL_TRY(pensel_samples_check(samples, network, "", error));
    pensel_context *context = pensel_network_context(network, options->context);
    pensel_pool pool = pensel_pool_of(context, options->threads);
    pensel_training_options local = *options;
    local.reduce = NULL;
    pensel_samples sized = pensel_samples_sized(samples);
    pensel_selection all = {.samples = &sized, .n = sized.x.rows};
    pensel_status status = pensel_batch_new(&batch, network, &local, &pool, all.n, error);
    if (status == PENSEL_OK && gradient)
        status = pensel_batch_run(batch, loss, gradient, &all, NULL, NULL, error);
    else if (status == PENSEL_OK)
        *loss = pensel_batch_loss(batch, &all);
    pensel_batch_free(&batch);
    return status;
}
