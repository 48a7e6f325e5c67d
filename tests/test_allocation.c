/* Every allocation fails once: the 1st, the 2nd, the 3rd... until the work succeeds. Each failure
 * must be an OUT_OF_MEMORY with a sentence, or be made good by doing the work another way; and
 * nothing may stay allocated. The linker turns the library's calls into the __wrap_ functions here
 * (-Wl,--wrap); jansson is given allocation functions that count along. */
#include "test.h"

#include <jansson.h>
#include <pthread.h>
#include <unistd.h>

void *__real_aligned_alloc(size_t alignment, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);
void __real_free(void *block);
void __wrap_free(void *block);

enum { MOST_LIVE = 4096 };

/* Only calls between `counting = true` and `false` count and fail. */
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static bool counting, fail_all_after;
static size_t calls, fail_at, failures, live_count;
static void *live[MOST_LIVE];

static bool must_fail(void)
{
    calls++;
    bool fails = calls == fail_at || (fail_all_after && calls > fail_at);
    failures += fails;
    return fails;
}

static void remember(void *block)
{
    if (!block) return;
    if (live_count == MOST_LIVE) abort();
    live[live_count++] = block;
}

static void *allocate(size_t alignment, size_t size)
{
    void *block = NULL;
    pthread_mutex_lock(&mutex);
    if (!counting || !must_fail()) {
        block = alignment ? __real_aligned_alloc(alignment, size) : malloc(size);
        if (counting) remember(block);
    }
    pthread_mutex_unlock(&mutex);
    return block;
}

void *__wrap_aligned_alloc(size_t alignment, size_t size)
{
    return allocate(alignment, size);
}

void __wrap_free(void *block)
{
    pthread_mutex_lock(&mutex);
    for (size_t i = live_count; block && i-- > 0;)
        if (live[i] == block) {
            live[i] = live[--live_count];
            break;
        }
    __real_free(block);
    pthread_mutex_unlock(&mutex);
}

static void *json_allocate(size_t size)
{
    return allocate(0, size);
}

typedef pensel_status (*work)(pensel_error *error);

static pensel_status work_once(work work, size_t failing, pensel_error *error)
{
    memset(error, 0, sizeof *error);
    calls = failures = live_count = 0;
    fail_at = failing;
    counting = true;
    pensel_status status = work(error);
    counting = false;
    return status;
}

static void fail_each(work work)
{
    pensel_error error;
    for (size_t failing = 1;; failing++) {
        pensel_status status = work_once(work, failing, &error);
        if (live_count) fail_msg("allocation %zu failed: %zu blocks are lost", failing, live_count);
        if (!failures) {
            if (status != PENSEL_OK) fail_msg("nothing failed, and yet: %s", error.text);
            assert_true(failing > 1);
            return;
        }
        if (status == PENSEL_OK) continue;
        if (status != PENSEL_OUT_OF_MEMORY)
            fail_msg("allocation %zu failed: status %s: %s", failing, pensel_status_text(status),
                     error.text);
        assert_int_equal(error.status, status);
        assert_true(strlen(error.text) > 0);
    }
}

static void each_allocation_may_fail(void **state)
{
    const work *work = *state;
    fail_all_after = false;
    fail_each(*work);
    fail_all_after = true;
    fail_each(*work);
}

/* ------------------------------------------------------------------ the work */

enum { SAMPLES = 60, INPUTS = 2, OUTPUTS = 3 };
static double x[SAMPLES * INPUTS], y[SAMPLES * OUTPUTS], codes[SAMPLES];
static const pensel_samples samples = {.x = {x, SAMPLES, INPUTS, PENSEL_FLOAT64},
                                       .y = {y, SAMPLES, OUTPUTS, PENSEL_FLOAT64}};
static const pensel_samples labelled = {.x = {x, SAMPLES, INPUTS, PENSEL_FLOAT64},
                                        .y = {codes, SAMPLES, 1, PENSEL_FLOAT64}};

static int make_data(void **state)
{
    (void)state;
    pensel_random random;
    pensel_random_seed(&random, 5);
    for (size_t i = 0; i < SAMPLES * INPUTS; i++) x[i] = pensel_random_uniform(&random, 0, 1);
    for (size_t i = 0; i < SAMPLES * OUTPUTS; i++) y[i] = pensel_random_uniform(&random, 0, 1);
    for (size_t i = 0; i < SAMPLES; i++) codes[i] = (double)(i % 3);
    json_set_alloc_funcs(json_allocate, __wrap_free);
    return 0;
}

static const pensel_layer layers[] = {
    {7, PENSEL_TANH, 0}, {5, PENSEL_SILU, 0}, {OUTPUTS, PENSEL_IDENTITY, 0}};

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
    pensel_shape shape = {INPUTS, encoding, layers, 3};
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
    pensel_status status = pensel_network_new(&network, &shape, PENSEL_FLOAT32, error);
    return status ? status : train_and_free(&network, &options, error);
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

static const struct {
    const char *name;
    work work;
} works[] = {
    {"training by adam", train_adam},       {"training by sgd", train_sgd},
    {"training by lbfgs", train_lbfgs},     {"training with fourier features", train_fourier},
    {"training a hash grid", train_hashgrid}, {"training a pyramid", train_pyramid},
    {"predicting", predict},
};
enum { WORKS = sizeof works / sizeof works[0] };

int main(void)
{
    struct CMUnitTest tests[WORKS];
    for (size_t i = 0; i < WORKS; i++)
        tests[i] = (struct CMUnitTest){works[i].name, each_allocation_may_fail, NULL, NULL,
                                       (void *)&works[i].work};
    return _cmocka_run_group_tests("allocation", tests, WORKS, make_data, NULL);
}
