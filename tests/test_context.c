/* A context: how many threads are started, and that nobody waits for one that has not begun.
 * Threads are counted, and held back, where they are made: the linker puts the functions below in
 * the place of pthread_create. */
#include "test.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ROWS = 20000, INPUTS = 30, CALLERS = 5 };

static double x[ROWS * INPUTS], expected[ROWS];
static _Atomic int created;
static _Atomic bool held; /* threads that are made wait at their beginning */

int __real_pthread_create(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
int __wrap_pthread_create(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);

typedef struct beginning {
    void *(*work)(void *);
    void *data;
} beginning;

static void *begin(void *data)
{
    beginning b = *(beginning *)data;
    free(data);
    while (atomic_load(&held))
        sched_yield();
    return b.work(b.data);
}

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          void *(*work)(void *), void *data)
{
    beginning *b = malloc(sizeof *b);
    assert_non_null(b);
    *b = (beginning){work, data};
    atomic_fetch_add(&created, 1);
    return __real_pthread_create(thread, attributes, begin, b);
}

static pensel_network *make_network(pensel_context *context)
{
    pensel_error error;
    pensel_random random;
    pensel_network *network;
    const pensel_layer layers[] = {{100, PENSEL_TANH, 0}, {1, PENSEL_IDENTITY, 0}};
    pensel_shape shape = {.inputs = INPUTS, .layers = layers, .layer_count = 2};
    pensel_random_seed(&random, 9);
    MUST(pensel_network_new(&network, &shape, PENSEL_FLOAT64, &error));
    MUST(pensel_network_initialise(network, PENSEL_GLOROT, &random, &error));
    pensel_network_use(network, context);
    return network;
}

static bool predicts(const pensel_network *network, size_t threads)
{
    double *y = malloc(sizeof expected);
    bool same = y &&
                pensel_network_predict(network, y, (pensel_matrix){x, ROWS, INPUTS, PENSEL_FLOAT64},
                                       threads, NULL) == PENSEL_OK &&
                memcmp(y, expected, sizeof expected) == 0;
    free(y);
    return same;
}

static int prepare(void **state)
{
    (void)state;
    pensel_random random;
    pensel_random_seed(&random, 5);
    for (size_t i = 0; i < ROWS * INPUTS; i++)
        x[i] = pensel_random_uniform(&random, -1, 1);
    pensel_network *network = make_network(NULL);
    pensel_status status = pensel_network_predict(
        network, expected, (pensel_matrix){x, ROWS, INPUTS, PENSEL_FLOAT64}, 1, NULL);
    pensel_network_free(&network);
    return status != PENSEL_OK;
}

static pensel_context *make_context(size_t threads)
{
    pensel_error error;
    pensel_context *context;
    MUST(pensel_context_new(&context, &(pensel_context_options){.threads = threads}, &error));
    assert_int_equal(pensel_context_threads(context), threads);
    return context;
}

static void a_hundred_calls_start_each_thread_once(void **state)
{
    (void)state;
    atomic_store(&created, 0);
    pensel_network *network = make_network(NULL);
    for (int i = 0; i < 100; i++)
        assert_true(predicts(network, 4));
    assert_int_equal(created, 3);
    pensel_network_free(&network);
}

static void objects_of_a_context_share_its_threads(void **state)
{
    (void)state;
    pensel_error error;
    pensel_context *context = make_context(3);
    pensel_network *first = make_network(context), *second;
    MUST(pensel_network_copy(&second, first, &error));
    atomic_store(&created, 0);
    for (int i = 0; i < 10; i++)
        assert_true(predicts(first, 0) && predicts(second, 8));
    assert_int_equal(created, 2);
    pensel_network_free(&first);
    pensel_network_use(second, NULL); /* its own again */
    pensel_context_free(&context);
    assert_true(predicts(second, 2));
    assert_int_equal(created, 3);
    pensel_network_free(&second);
}

/* How many threads are started by the first prediction with five, in a new context that has had
 * these limits. It is the first since a call that gained nothing is followed by calls alone. */
static int started_after(const size_t *limits, size_t count)
{
    pensel_error error;
    pensel_context *context;
    MUST(pensel_context_new(&context, NULL, &error));
    pensel_network *network = make_network(context);
    for (size_t i = 0; i < count; i++) {
        pensel_context_limit(context, limits[i]);
        size_t threads = pensel_context_threads(context);
        assert_true(limits[i] ? threads <= limits[i] : threads == pensel_machine_threads());
    }
    atomic_store(&created, 0);
    assert_true(predicts(network, 5));
    pensel_network_free(&network);
    pensel_context_free(&context);
    return atomic_load(&created);
}

static void a_limit_holds_until_it_is_lifted(void **state)
{
    (void)state;
    assert_int_equal(started_after(NULL, 0), 4);
    assert_int_equal(started_after((const size_t[]){3}, 1), 2);
    assert_int_equal(started_after((const size_t[]){3, 1}, 2), 0);
    assert_int_equal(started_after((const size_t[]){1, 0}, 2), 4);
}

/* A training has had its pool for long when a limit comes: it is asked at each call. */
static void a_limit_holds_for_a_training_that_is_there(void **state)
{
    (void)state;
    enum { SAMPLES = 2000 };
    pensel_error error;
    pensel_random random;
    pensel_training *training;
    pensel_context *context = make_context(5);
    pensel_network *network = make_network(context);
    pensel_training_options o = pensel_training_defaults();
    const pensel_samples samples = {.x = {x, SAMPLES, INPUTS, PENSEL_FLOAT64},
                                    .y = {expected, SAMPLES, 1, PENSEL_FLOAT64}};
    o.epochs = 3;
    o.batch_size = SAMPLES;
    pensel_random_seed(&random, 1);
    MUST(pensel_training_new(&training, network, &o, &error));
    pensel_context_limit(context, 1);
    atomic_store(&created, 0);
    MUST(pensel_training_run(training, &samples, NULL, &random, &error));
    assert_int_equal(created, 0);
    pensel_context_limit(context, 3);
    MUST(pensel_training_run(training, &samples, NULL, &random, &error));
    assert_int_equal(created, 2);
    pensel_training_free(&training);
    pensel_network_free(&network);
    pensel_context_free(&context);
}

/* Of trainings that are under way in other threads each counts as a thread of the context. They
 * stand still in their loss function, or, which does not count, in a callback between epochs. */
typedef struct standing {
    pensel_context *context;
    bool in_callback;
    _Atomic int *arrived;
    _Atomic bool *go_on;
} standing;

static void stand(standing *s)
{
    if (atomic_load(s->go_on)) return;
    atomic_fetch_add(s->arrived, 1);
    while (!atomic_load(s->go_on))
        sched_yield();
}

static double standing_loss(double *slope, const double *a, const double *y, size_t k, void *data)
{
    standing *s = data;
    if (!s->in_callback) stand(s);
    for (size_t j = 0; j < k && slope; j++)
        slope[j] = a[j] - y[j];
    return 0;
}

static pensel_verdict standing_callback(const pensel_progress *progress, void *data)
{
    (void)progress;
    standing *s = data;
    if (s->in_callback) stand(s);
    return PENSEL_CONTINUE;
}

static void *train_and_stand(void *data)
{
    standing *s = data;
    pensel_training *training;
    pensel_random random;
    pensel_network *network = make_network(s->context);
    pensel_training_options options = pensel_training_defaults();
    pensel_samples samples = {.x = {x, 2, INPUTS, PENSEL_FLOAT64},
                              .y = {expected, 2, 1, PENSEL_FLOAT64}};
    options.epochs = 1;
    options.loss_function = standing_loss;
    options.loss_function_data = s;
    options.on_epoch = standing_callback;
    options.on_epoch_data = s;
    pensel_random_seed(&random, 1);
    if (pensel_training_new(&training, network, &options, NULL) == PENSEL_OK)
        (void)pensel_training_run(training, &samples, NULL, &random, NULL);
    pensel_training_free(&training);
    pensel_network_free(&network);
    return NULL;
}

enum beside { AT_WORK, IN_CALLBACK, GONE };

/* How many threads are started by a prediction with five beside two trainings. */
static int started_beside(enum beside when)
{
    pensel_error error;
    pensel_context *context;
    pthread_t trainers[2];
    _Atomic int arrived = 0;
    _Atomic bool go_on = false;
    MUST(pensel_context_new(&context, NULL, &error));
    standing s = {context, when == IN_CALLBACK, &arrived, &go_on};
    pensel_network *network = make_network(context);
    for (int i = 0; i < 2; i++)
        assert_int_equal(__real_pthread_create(&trainers[i], NULL, train_and_stand, &s), 0);
    while (atomic_load(&arrived) < 2)
        sched_yield();
    int helpers = 0;
    for (int turn = 0; turn < 2; turn++) {
        if ((turn == 1) == (when == GONE)) {
            atomic_store(&created, 0);
            assert_true(predicts(network, 5));
            helpers = atomic_load(&created);
        }
        if (turn == 1) break;
        atomic_store(&go_on, true);
        for (int i = 0; i < 2; i++)
            pthread_join(trainers[i], NULL);
    }
    pensel_network_free(&network);
    pensel_context_free(&context);
    return helpers;
}

static void callers_count_as_threads(void **state)
{
    (void)state;
    assert_int_equal(started_beside(AT_WORK), 2); /* five, less the caller and two trainings */
    assert_int_equal(started_beside(IN_CALLBACK), 4);
    assert_int_equal(started_beside(GONE), 4);
}

static void trainings_too(void **state)
{
    (void)state;
    pensel_error error;
    pensel_context *context = make_context(3);
    pensel_estimator_options options = pensel_estimator_defaults(PENSEL_REGRESSION);
    pensel_samples samples = {.x = {x, 2000, INPUTS, PENSEL_FLOAT64},
                              .y = {expected, 2000, 1, PENSEL_FLOAT64}};
    pensel_layer hidden = {400, PENSEL_RELU, 0};
    options.hidden = &hidden;
    options.hidden_count = 1;
    options.training.epochs = 2;
    options.training.batch_size = 2000;
    options.training.context = context;
    atomic_store(&created, 0);
    for (int i = 0; i < 3; i++) {
        pensel_estimator *estimator;
        MUST(pensel_estimator_new(&estimator, &options, &error));
        MUST(pensel_estimator_fit(estimator, &samples, NULL, &error));
        double *y = malloc(ROWS * sizeof *y);
        assert_non_null(y);
        MUST(pensel_estimator_predict(estimator, y,
                                      (pensel_matrix){x, ROWS, INPUTS, PENSEL_FLOAT64}, &error));
        free(y);
        pensel_estimator_free(&estimator);
    }
    assert_int_equal(created, 2);
    pensel_context_free(&context);
}

/* While the threads are held at their beginning a call must return all the same; were it to wait
 * for them it would do so for ever, and the alarm ends the test. */
static void nobody_waits_for_a_thread_that_has_not_begun(void **state)
{
    (void)state;
    pensel_network *network = make_network(NULL);
    atomic_store(&created, 0);
    atomic_store(&held, true);
    alarm(60);
    for (int i = 0; i < 3; i++)
        assert_true(predicts(network, 4));
    alarm(0);
    assert_int_equal(created, 3);
    atomic_store(&held, false);
    assert_true(predicts(network, 4));
    pensel_network_free(&network);
}

static void *call_often(void *data)
{
    for (int i = 0; i < 20; i++)
        if (!predicts(data, 0)) return data;
    return NULL;
}

static void many_callers_share_one_context(void **state)
{
    (void)state;
    pensel_context *context = make_context(3);
    pensel_network *networks[2] = {make_network(context), make_network(context)};
    pthread_t callers[CALLERS];
    atomic_store(&created, 0);
    for (int i = 0; i < CALLERS; i++)
        assert_int_equal(__real_pthread_create(&callers[i], NULL, call_often, networks[i % 2]), 0);
    for (int i = 0; i < CALLERS; i++) {
        void *wrong;
        pthread_join(callers[i], &wrong);
        assert_null(wrong);
    }
    assert_true(created <= 2); /* callers count: while three of them compute there is no helper */
    pensel_network_free(&networks[0]);
    pensel_network_free(&networks[1]);
    pensel_context_free(&context);
}

/* Where threads did not pay, as on a busy machine, up to 255 calls are done alone before they are
 * tried again; a child takes over how many are left. */
static bool predicts_until_it_shares(const pensel_network *network)
{
    bool right = true;
    for (int i = 0; i < 256 && right && created == 0; i++)
        right = predicts(network, 0);
    return right;
}

/* What a child of fork has are copies of threads that are not there. Forking while a round is
 * running leaves it one that will never end, whose items its threads must not take. */
static void a_child_of_fork_has_threads_of_its_own(void **state)
{
#ifdef __SANITIZE_THREAD__
    (void)state; /* the sanitizer ends a child that starts threads */
#else
    (void)state;
    pensel_context *context = make_context(3);
    pensel_network *network = make_network(context);
    pthread_t caller;
    assert_true(predicts(network, 0));
    assert_int_equal(__real_pthread_create(&caller, NULL, call_often, network), 0);
    for (int i = 0; i < 10; i++) {
        pid_t child = fork();
        if (child == 0) {
            alarm(60);
            atomic_store(&created, 0);
            bool right = predicts_until_it_shares(network);
            while (right && created < 2) /* a busy machine may not want the second at once */
                right = predicts(network, 0);
            right = right && predicts(network, 0) && created == 2;
            pensel_network_free(&network);
            pensel_context_free(&context);
            _exit(right ? 0 : 1);
        }
        int outcome;
        waitpid(child, &outcome, 0);
        assert_true(WIFEXITED(outcome) && WEXITSTATUS(outcome) == 0);
    }
    void *wrong;
    pthread_join(caller, &wrong);
    assert_null(wrong);
    pensel_network_free(&network);
    pensel_context_free(&context);
#endif
}

static void small_work_starts_no_thread(void **state)
{
    (void)state;
    pensel_network *network = make_network(NULL);
    double y[16];
    pensel_error error;
    atomic_store(&created, 0);
    for (size_t n = 1; n <= 16; n++)
        MUST(pensel_network_predict(network, y, (pensel_matrix){x, n, INPUTS, PENSEL_FLOAT64}, 4,
                                    &error));
    assert_int_equal(created, 0);
    pensel_network_free(&network);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_hundred_calls_start_each_thread_once),
        cmocka_unit_test(objects_of_a_context_share_its_threads),
        cmocka_unit_test(a_limit_holds_until_it_is_lifted),
        cmocka_unit_test(a_limit_holds_for_a_training_that_is_there),
        cmocka_unit_test(callers_count_as_threads),
        cmocka_unit_test(trainings_too),
        cmocka_unit_test(nobody_waits_for_a_thread_that_has_not_begun),
        cmocka_unit_test(many_callers_share_one_context),
        cmocka_unit_test(a_child_of_fork_has_threads_of_its_own),
        cmocka_unit_test(small_work_starts_no_thread),
    };
    return cmocka_run_group_tests(tests, prepare, NULL);
}
