/* The training object: creating, configuring and restoring it. run.c does the training.
 *
 * Its blocks (moments, average, best, safe, raw) are made when a run first needs them, and last
 * until the training is freed: so a second run, a warm start, finds the solver where it was. NULL
 * means zeros for moments and "not used" for the others. The network is borrowed and must outlive
 * the training. */
#include "training/training.h"

#include "platform/float.h"
#include "base/error.h"
#include "base/memory.h"
#include "training/lbfgs.h"

#include <math.h>
#include <string.h>

/* What scikit-learn's warm start forgets: moments, step count, rate. The average would remember
 * parameters from before, so it goes too. Best scores and curves stay. */
static void forget_solver(pensel_training *training)
{
    size_t bytes = pensel_training_bytes(training);
    for (int i = 0; i < 2; i++)
        if (training->moments[i]) memset(training->moments[i], 0, bytes);
    pensel_release(training->average);
    training->average = NULL;
    training->solver_steps = 0;
    training->report.learning_rate = training->options.learning_rate_init;
}

/* What L-BFGS cannot do: it takes one step for all parameters, on one function. */
pensel_status pensel_training_check_layers(const pensel_network *network,
                                           const pensel_training_options *options,
                                           pensel_error *error)
{
    for (size_t l = 0; options->solver == PENSEL_LBFGS && l < network->layer_count; l++) {
        const pensel_layer_instance *layer = &network->layers[l];
        PENSEL_REQUIRE(!layer->kind->random, BAD_ARGUMENT,
                       "a %s layer and lbfgs: sgd and adam can train with it", layer->kind->name);
        PENSEL_REQUIRE(layer->rates.rate_factor == 1, BAD_ARGUMENT,
                       "a rate factor of %g and lbfgs: it has no learning rate, sgd and adam have",
                       layer->rates.rate_factor);
    }
    return PENSEL_OK;
}

pensel_status pensel_training_new(pensel_training **result, pensel_network *network,
                                  const pensel_training_options *options, pensel_error *error)
{
    PENSEL_FLOAT_SCOPE;
    pensel_training *training;
    PENSEL_REQUIRE(result && network && options, BAD_ARGUMENT,
                   "a training needs a network, options and a place to put it: one is missing");
    *result = NULL;
    PENSEL_TRY(pensel_training_check(options, error));
    PENSEL_TRY(pensel_training_check_layers(network, options, error));
    PENSEL_TRY(PENSEL_NEW(training, 1, error));
    training->network = network;
    training->options = *options;
    training->dropout.position = -1;
    training->report.best_loss = INFINITY;
    training->report.best_validation_score = -INFINITY;
    training->report.loss = NAN;
    forget_solver(training);
    *result = training;
    return PENSEL_OK;
}

void pensel_training_free(pensel_training **address)
{
    pensel_training *training = address ? *address : NULL;
    if (!training) return;
    *address = NULL;
    pensel_batch_free(&training->batch);
    pensel_pool_free(&training->pool);
    pensel_release(training->moments[0]);
    pensel_release(training->moments[1]);
    pensel_release(training->average);
    pensel_release(training->best);
    pensel_release(training->safe);
    pensel_release(training->raw);
    pensel_release(training->cursor.order);
    pensel_release(training->cursor.held_out);
    pensel_lbfgs_forget(&training->lbfgs);
    pensel_release(training->losses.values);
    pensel_release(training->scores.values);
    pensel_release(training->part);
    pensel_release(training);
}

void pensel_training_restart(pensel_training *training)
{
    if (training) forget_solver(training);
}

/* What the new options make wrong is thrown away, nothing else: moments mean something to their own
 * solver alone, a rate to its schedule, a pool to its threads. The average and the best stay. */
pensel_status pensel_training_configure(pensel_training *training,
                                        const pensel_training_options *options, pensel_error *error)
{
    PENSEL_FLOAT_SCOPE;
    PENSEL_REQUIRE(training && options, BAD_ARGUMENT, "no training or no options: give both");
    PENSEL_TRY(pensel_training_check(options, error));
    PENSEL_TRY(pensel_training_check_layers(training->network, options, error));
    const pensel_training_options *before = &training->options;
    if (options->solver != before->solver) {
        for (int i = 0; i < 2; i++) {
            pensel_release(training->moments[i]);
            training->moments[i] = NULL;
        }
        training->solver_steps = 0;
        pensel_lbfgs_forget(&training->lbfgs);
    }
    if (options->learning_rate_init != before->learning_rate_init ||
        options->learning_rate != before->learning_rate)
        training->report.learning_rate = options->learning_rate_init;
    if (options->threads != before->threads || options->context != before->context)
        pensel_pool_free(&training->pool);
    pensel_batch_free(&training->batch); /* it was made for the old options, in the old pool */
    training->options = *options;
    return PENSEL_OK;
}

const pensel_report *pensel_training_report(const pensel_training *training)
{
    return training ? &training->report : NULL;
}

void *pensel_training_moments(pensel_training *training, int which)
{
    return training && (which == 0 || which == 1) ? training->moments[which] : NULL;
}

uint64_t pensel_training_solver_steps(const pensel_training *training)
{
    return training ? training->solver_steps : 0;
}

const void *pensel_training_best(const pensel_training *training)
{
    return training ? training->best : NULL;
}

const pensel_network *pensel_training_network(const pensel_training *training)
{
    return training->network;
}

const pensel_training_options *pensel_training_options_of(const pensel_training *training)
{
    return &training->options;
}

pensel_status pensel_training_pool(pensel_training *training, pensel_error *error)
{
    const pensel_training_options *o = &training->options;
    if (training->pool) return PENSEL_OK;
    return pensel_pool_new(&training->pool, pensel_network_context(training->network, o->context),
                           o->threads, error);
}

pensel_status pensel_training_block(const pensel_training *training, void **block,
                                    pensel_error *error)
{
    if (*block) return PENSEL_OK;
    return PENSEL_ALLOCATE(*block, training->network->parameter_count,
                           training->network->kernels->size, error);
}

/* The curve grows by doubling. If there is no memory it stays as it is. */
pensel_status pensel_curve_add(pensel_curve *curve, double value, pensel_error *error)
{
    if (curve->count == curve->room) {
        size_t room = curve->room ? 2 * curve->room : 256;
        double *values;
        PENSEL_TRY(PENSEL_NEW(values, room, error));
        if (curve->count) memcpy(values, curve->values, curve->count * sizeof *values);
        pensel_release(curve->values);
        curve->values = values;
        curve->room = room;
    }
    curve->values[curve->count++] = value;
    return PENSEL_OK;
}

/* *block becomes a copy of `from` (parameter count), or NULL if that is NULL. */
static pensel_status copy_block(pensel_training *training, void **block, const void *from,
                                pensel_error *error)
{
    if (!from) {
        pensel_release(*block);
        *block = NULL;
        return PENSEL_OK;
    }
    PENSEL_TRY(pensel_training_block(training, block, error));
    memcpy(*block, from, pensel_training_bytes(training));
    return PENSEL_OK;
}

/* Without the position in a run: a training that is restored begins its next run anew. If memory
 * runs out half way, some blocks are the new ones and the counts still the old ones. */
pensel_status pensel_training_restore(pensel_training *training,
                                      const pensel_training_memory *memory, pensel_error *error)
{
    PENSEL_FLOAT_SCOPE;
    PENSEL_REQUIRE(training && memory, BAD_ARGUMENT, "no training or no memory: give both");
    for (int i = 0; i < 2; i++)
        PENSEL_TRY(copy_block(training, &training->moments[i], memory->moments[i], error));
    PENSEL_TRY(copy_block(training, &training->best, memory->best, error));
    training->solver_steps = memory->solver_steps;
    training->report.samples = memory->samples;
    training->report.learning_rate = memory->learning_rate;
    training->report.best_loss = memory->best_loss;
    training->report.best_validation_score = memory->best_validation_score;
    training->report.no_improvement_count = memory->no_improvement_count;
    return PENSEL_OK;
}
