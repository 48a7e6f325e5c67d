/* Checkpoints of the pyramid painter. Checkpoints can only hold trainings, so the painter's state
 * is stored as a training of the same network, in place of the validation scores, of which it has
 * none. */
#include "base/error.h"
#include "base/memory.h"
#include "pyramid/pyramid.h"
#include "training/checkpoint.h"

#include <math.h>
#include <string.h>

enum { NUMBERS = sizeof(pensel_pyramid_memory) / sizeof(double) };

pensel_status pensel_pyramid_recall(pensel_pyramid_memory *memory, pensel_network *network,
                                    const pensel_training_options *options, pensel_error *error)
{
    pensel_training *training;
    pensel_training_state state;
    pensel_random random;
    PENSEL_TRY(pensel_training_new(&training, network, options, error));
    pensel_random_seed(&random, 0);
    pensel_status status = options->checkpoint->load(options->checkpoint, training, &random, error);
    if (status == PENSEL_OK) {
        pensel_training_export(training, &state);
        if (state.validation_count == NUMBERS)
            memcpy(memory, state.validation_scores, sizeof *memory);
        else if (state.validation_count > 0)
            status = pensel_fail(
                error, PENSEL_BAD_FILE,
                "the checkpoint is of another kind of training: resume with the options "
                "it was written with");
    }
    pensel_training_free(&training);
    if (status == PENSEL_OK &&
        (!(memory->epoch >= 0) || !(memory->epoch < 1e15) || !(memory->samples >= 0) ||
         !(memory->samples < 1e19))) /* both become whole numbers of 64 bits */
        status =
            pensel_fail(error, PENSEL_BAD_FILE,
                        "the checkpoint's place in the run makes no sense: take an earlier one");
    return status;
}

pensel_status pensel_pyramid_remember(const pensel_pyramid_memory *memory, pensel_network *network,
                                      const pensel_training_options *options, pensel_error *error)
{
    pensel_training *training;
    pensel_training_state state = {
        .parameters = network->parameters,
        .validation_scores = (const double *)memory,
        .validation_count = NUMBERS,
    };
    pensel_random random;
    PENSEL_TRY(pensel_training_new(&training, network, options, error));
    pensel_random_seed(&random, 0);
    pensel_random_seed(&state.dropout, 0);
    pensel_status status = pensel_training_import(training, &state, error);
    if (status == PENSEL_OK)
        status = options->checkpoint->save(options->checkpoint, training, &random, error);
    pensel_training_free(&training);
    return status;
}
