/* Checkpoints: training is continued from every file that is accepted. */
#include "fuzz.h"

#include "training/training_file.h"
#include "mutate.h"
#include "small.h"

static void resume(const pensel_model_file *file, pensel_solver solver)
{
    pensel_network *network = NULL;
    pensel_training *training = NULL;
    pensel_random random;
    pensel_error error;
    pensel_samples samples = small_samples();
    pensel_training_options o = small_options(solver);
    if (small_network(&network, &random) == PENSEL_OK &&
        pensel_training_new(&training, network, &o, &error) == PENSEL_OK &&
        pensel_training_get(training, &random, file, &error) == PENSEL_OK)
        pensel_training_run(training, &samples, NULL, &random, &error);
    pensel_training_free(&training);
    pensel_network_free(&network);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    pensel_model_file *file;
    pensel_error error;
    if (pensel_model_file_parse(&file, bytes, size, "fuzz", &error) != PENSEL_OK) return 0;
    resume(file, PENSEL_ADAM);
    resume(file, PENSEL_LBFGS);
    pensel_model_file_free(&file);
    return 0;
}
