/* Every allocation of the library fails once: the 1st, the 2nd, the 3rd... until the work succeeds
 * (test_starve.py does the same for the program). Each failure must give OUT_OF_MEMORY with a
 * sentence, or the work must be done another way; and nothing may leak. Then the same with the
 * memory of a host: every block is the host's, and comes back to it as it went. */
#include "allocation_work.h"

#include "base/thread_pool.h"

#include <sched.h>

static const char *checkpoints = "/dev/null"; /* where trainings write them: here to no disk */

static pensel_status train_lbfgs(pensel_error *error);

/* For resume_lbfgs. */
static int make_checkpoint(void)
{
    const char *usual = checkpoints;
    checkpoints = checkpoint_path;
    pensel_status status = train_lbfgs(NULL);
    checkpoints = usual;
    return status;
}

static int make_all(void **state)
{
    return make_data(state) || make_checkpoint();
}

static pensel_status train_and_free(pensel_network **network,
                                    const pensel_training_options *options, pensel_error *error)
{
    pensel_random random;
    pensel_training *training = NULL;
    pensel_random_seed(&random, 1);
    pensel_status status = pensel_network_initialise(*network, PENSEL_GLOROT, &random, error);
    if (!status) status = pensel_training_new(&training, *network, options, error);
    if (!status) status = pensel_training_run(training, &samples, NULL, &random, error);
    if (!status) status = pensel_training_run(training, &samples, &samples, &random, error);
    pensel_training_free(&training);
    pensel_network_free(network);
    return status;
}

static pensel_status train(pensel_solver solver, pensel_encoding encoding, pensel_error *error)
{
    pensel_shape shape = {
        .inputs = INPUTS, .encoding = encoding, .layers = layers, .layer_count = 3};
    pensel_network *network = NULL;
    pensel_training_options options = pensel_training_defaults();
    options.solver = solver;
    options.epochs = 3;
    options.batch_size = 16;
    options.early_stopping = solver != PENSEL_LBFGS;
    options.threads = 2;
    options.average = solver == PENSEL_ADAM ? 0.9 : 0;
    options.dropout = solver == PENSEL_ADAM ? 0.1 : 0;
    options.clip_norm = solver == PENSEL_LBFGS ? 0 : 1;
    pensel_status status =
        pensel_checkpoint_new(&options.checkpoint, checkpoints, 1000, NULL, error);
    if (!status) status = pensel_network_new(&network, &shape, PENSEL_FLOAT32, error);
    if (!status) status = train_and_free(&network, &options, error);
    pensel_checkpoint_free(&options.checkpoint);
    return status;
}

static pensel_status train_adam(pensel_error *error)
{
    return train(PENSEL_ADAM, (pensel_encoding){0}, error);
}

static pensel_status train_sgd(pensel_error *error)
{
    return train(PENSEL_SGD, (pensel_encoding){0}, error);
}

static pensel_status train_lbfgs(pensel_error *error)
{
    return train(PENSEL_LBFGS, (pensel_encoding){0}, error);
}

static pensel_status resume_lbfgs(pensel_error *error)
{
    pensel_shape shape = {.inputs = INPUTS, .layers = layers, .layer_count = 3};
    pensel_training_options options = pensel_training_defaults();
    pensel_network *network = NULL;
    pensel_training *training = NULL;
    pensel_random random;
    options.solver = PENSEL_LBFGS;
    options.epochs = 4;
    options.batch_size = 16;
    options.threads = 2;
    pensel_status status = pensel_network_new(&network, &shape, PENSEL_FLOAT32, error);
    if (!status) status = pensel_training_new(&training, network, &options, error);
    if (!status) status = pensel_training_load(training, &random, checkpoint_path, error);
    if (!status) status = pensel_training_run(training, &samples, NULL, &random, error);
    pensel_training_free(&training);
    pensel_network_free(&network);
    return status;
}

static pensel_status train_fourier(pensel_error *error)
{
    pensel_encoding encoding = {.kind = PENSEL_FOURIER, .features = 5, .scale = 2};
    return train(PENSEL_ADAM, encoding, error);
}

static pensel_status train_hashgrid(pensel_error *error)
{
    pensel_encoding encoding = {.kind = PENSEL_HASHGRID,
                                .features = 2,
                                .levels = 3,
                                .table_log2 = 6,
                                .base_resolution = 2,
                                .fine_resolution = 16};
    return train(PENSEL_ADAM, encoding, error);
}

static pensel_status train_pyramid(pensel_error *error)
{
    pensel_encoding encoding = {
        .kind = PENSEL_PYRAMID, .features = 2, .levels = 2, .rows = 9, .columns = 11};
    return train(PENSEL_ADAM, encoding, error);
}

static pensel_status predict(pensel_error *error)
{
    static const pensel_layer wide[] = {{300, PENSEL_RELU, 0}, {OUTPUTS, PENSEL_SOFTMAX, 0}};
    pensel_shape shape = {.inputs = INPUTS, .layers = wide, .layer_count = 2};
    pensel_network *network = NULL, *copy = NULL;
    static float out[SAMPLES * 300];
    double loss;
    pensel_training_options options = pensel_training_defaults();
    pensel_status status = pensel_network_new(&network, &shape, PENSEL_FLOAT32, error);
    if (!status) status = pensel_network_copy(&copy, network, error);
    if (!status) status = pensel_network_predict(copy, out, samples.x, 2, error);
    if (!status) status = pensel_network_activations(copy, 0, out, samples.x, 2, error);
    if (!status) status = pensel_network_gradient(copy, &loss, out, &samples, &options, error);
    pensel_network_free(&network);
    pensel_network_free(&copy);
    return status;
}

/* A network by itself: its file, and gradients by its inputs */
static pensel_status use_network(pensel_error *error)
{
    static double dx[SAMPLES * INPUTS];
    const pensel_shape shape = {.inputs = INPUTS, .layers = layers, .layer_count = 3};
    pensel_network *network = NULL, *same = NULL;
    pensel_matrix rows = {x, SAMPLES, INPUTS, PENSEL_FLOAT64};
    pensel_status status = pensel_network_new(&network, &shape, PENSEL_FLOAT64, error);
    if (!status) status = pensel_network_input_gradient(network, dx, rows, NULL, 1, error);
    if (!status) status = pensel_network_save(network, model_path, error);
    if (!status) status = pensel_network_load(&same, model_path, error);
    pensel_network_free(&network);
    pensel_network_free(&same);
    return status;
}

static void prediction_in_a_callers_memory_allocates_nothing(void **state)
{
    (void)state;
    static char workspace[1 << 22], results[SAMPLES * OUTPUTS * sizeof(double)];
    const pensel_layer wide[] = {{900, PENSEL_TANH, 0}, {OUTPUTS, PENSEL_IDENTITY, 0}};
    const pensel_shape shape = {.inputs = INPUTS, .layers = wide, .layer_count = 2};
    pensel_error error;
    pensel_network *network;
    MUST(pensel_network_new(&network, &shape, PENSEL_FLOAT64, &error));
    assert_true(pensel_network_workspace(network) <= sizeof workspace);
    for (size_t n = 1; n <= SAMPLES; n += SAMPLES - 1) {
        pensel_matrix rows = {x, n, INPUTS, PENSEL_FLOAT64};
        calls = fail_at = live_count = 0;
        counting = true;
        pensel_status status =
            pensel_network_predict_in(network, results, rows, workspace, sizeof workspace, &error);
        counting = false;
        assert_int_equal(status, PENSEL_OK);
        assert_int_equal(calls, 0);
    }
    pensel_network_free(&network);
}

/* ---- threads that work for a host's thread */

/* Each of the two waits until both have begun: so they are two threads. */
static _Atomic size_t begun;
static void *taken[2];

static void take_a_block(void *data, size_t index, size_t worker)
{
    (void)data, (void)worker;
    atomic_fetch_add(&begun, 1);
    while (atomic_load(&begun) < 2)
        sched_yield();
    taken[index] = pensel_allocate(100, 1, NULL);
}

static void threads_take_the_memory_of_whom_they_work_for(void **state)
{
    (void)state;
    pensel_context_options options = pensel_context_defaults();
    pensel_context *context, *plain;
    pensel_error error;
    options.memory = (pensel_allocator){host_allocate, host_release, live};
    live_count = 0;
    MUST(pensel_context_new(&context, &options, &error));
    MUST(pensel_context_new(&plain, NULL, &error));
    for (int hosts = 1; hosts >= 0; hosts--) { /* the threads are the same */
        const pensel_pool pool = pensel_pool_of(plain, 2);
        pensel_context_enter(hosts ? context : NULL);
        atomic_store(&begun, 0);
        pensel_pool_run(&pool, take_a_block, NULL, 2);
        pensel_context_enter(NULL);
        for (int i = 0; i < 2; i++) {
            size_t before = live_count;
            assert_non_null(taken[i]);
            pensel_release(taken[i]);
            assert_int_equal(live_count, before - (size_t)hosts);
        }
    }
    pensel_context_free(&plain);
    pensel_context_free(&context);
    assert_int_equal(live_count, 0);
}

static const work works[] = {
    {"training by adam", train_adam, 1, 1},
    {"training by sgd", train_sgd, 1, 1},
    {"training by lbfgs", train_lbfgs, 1, 1},
    {"resuming lbfgs", resume_lbfgs, 1, 1},
    {"training with fourier features", train_fourier, 1, 1},
    {"training a hash grid", train_hashgrid, 1, 1},
    {"training a pyramid", train_pyramid, 1, 1},
    {"predicting", predict, 1, 1},
    {"a network by itself", use_network, 1, 1},
};

int main(void)
{
    const struct CMUnitTest others[] = {
        cmocka_unit_test(prediction_in_a_callers_memory_allocates_nothing),
        cmocka_unit_test(threads_take_the_memory_of_whom_they_work_for),
    };
    return run_works("allocation", works, sizeof works / sizeof *works, others, 2, make_all);
}
