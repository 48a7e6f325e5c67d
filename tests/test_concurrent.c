/* Many threads at once: predictions of one model, trainings of many models, writing files with the
 * same name; and fork. Run under the thread sanitizer by scripts/test-threads. */
#include "test.h"

#include "temporary.h"

#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

enum { THREADS = 6, N = 200 };

static double x[2 * N], y[N], expected[N];
static pensel_estimator *shared;

static pensel_samples samples(void)
{
    for (int i = 0; i < N; i++) {
        x[2 * i] = sin(i);
        x[2 * i + 1] = cos(2 * i);
        y[i] = x[2 * i] * x[2 * i + 1];
    }
    return (pensel_samples){.x = {x, N, 2, PENSEL_FLOAT64}, .y = {y, N, 1, PENSEL_FLOAT64}};
}

static pensel_estimator *fit(uint32_t seed, size_t threads)
{
    pensel_error error;
    pensel_estimator *e;
    pensel_samples s = {.x = {x, N, 2, PENSEL_FLOAT64}, .y = {y, N, 1, PENSEL_FLOAT64}};
    pensel_estimator_options o = pensel_estimator_defaults(PENSEL_REGRESSION);
    o.seed = seed;
    o.scale_inputs = PENSEL_SCALE_STANDARD;
    o.training.epochs = 5;
    o.training.threads = threads;
    MUST(pensel_estimator_new(&e, &o, &error));
    MUST(pensel_estimator_fit(e, &s, NULL, &error));
    return e;
}

static void in_threads(void *(*work)(void *))
{
    pthread_t threads[THREADS];
    static size_t numbers[THREADS];
    for (size_t i = 0; i < THREADS; i++) {
        numbers[i] = i;
        assert_int_equal(pthread_create(&threads[i], NULL, work, &numbers[i]), 0);
    }
    for (size_t i = 0; i < THREADS; i++) {
        void *wrong;
        pthread_join(threads[i], &wrong);
        assert_null(wrong);
    }
}

static void *predict(void *data)
{
    double said[N];
    for (int i = 0; i < 20; i++) {
        if (pensel_estimator_predict(shared, said, (pensel_matrix){x, N, 2, PENSEL_FLOAT64},
                                     NULL) != PENSEL_OK)
            return data;
        if (memcmp(said, expected, sizeof said) != 0) return data;
    }
    return NULL;
}

static void one_model_serves_many_threads(void **state)
{
    (void)state;
    pensel_error error;
    pensel_samples s = samples();
    shared = fit(1, 2);
    MUST(pensel_estimator_predict(shared, expected, s.x, &error));
    in_threads(predict);
    pensel_estimator_free(&shared);
}

static void *train(void *data)
{
    double said[N];
    pensel_estimator *e = fit((uint32_t)*(size_t *)data % 2, 2);
    pensel_status status =
        pensel_estimator_predict(e, said, (pensel_matrix){x, N, 2, PENSEL_FLOAT64}, NULL);
    bool right = *(size_t *)data % 2 || memcmp(said, expected, sizeof said) == 0;
    pensel_estimator_free(&e);
    return status == PENSEL_OK && right ? NULL : data;
}

static void many_models_are_trained_at_once(void **state)
{
    (void)state;
    pensel_error error;
    pensel_samples s = samples();
    pensel_estimator *alone = fit(0, 1);
    MUST(pensel_estimator_predict(alone, expected, s.x, &error));
    in_threads(train);
    pensel_estimator_free(&alone);
}

static const char *path;

static void *save(void *data)
{
    for (int i = 0; i < 10; i++) {
        pensel_estimator *again;
        if (pensel_estimator_save(shared, path, NULL) != PENSEL_OK) return data;
        if (pensel_estimator_load(&again, path, NULL) != PENSEL_OK) return data;
        pensel_estimator_free(&again);
    }
    return NULL;
}

static void one_name_is_written_by_many_threads(void **state)
{
    (void)state;
    samples();
    shared = fit(1, 1);
    path = temporary("model.safetensors");
    in_threads(save);
    remove(path);
    pensel_estimator_free(&shared);
}

/* The thread sanitizer takes the parent's threads to be alive in a child too, and ends one that
 * starts its own. */
#ifdef __SANITIZE_THREAD__
enum { THREADS_OF_CHILD = 1 };
#else
enum { THREADS_OF_CHILD = 2 };
#endif

/* Threads do not survive a fork: a child trains objects of its own, and those that it has from its
 * parent it may use, train further and free. */
static void a_child_of_fork_trains_and_frees(void **state)
{
    (void)state;
    pensel_samples s = samples();
    pensel_estimator *parent = fit(1, THREADS_OF_CHILD);
    pid_t child = fork();
    if (child == 0) {
        alarm(60); /* rather than wait for threads that are not there */
        pensel_estimator *own = fit(1, THREADS_OF_CHILD);
        double a[N], b[N];
        pensel_matrix m = {x, N, 2, PENSEL_FLOAT64};
        bool same = pensel_estimator_predict(own, a, m, NULL) == PENSEL_OK &&
                    pensel_estimator_predict(parent, b, m, NULL) == PENSEL_OK &&
                    memcmp(a, b, sizeof a) == 0 &&
                    pensel_estimator_continue(parent, &s, NULL, NULL) == PENSEL_OK;
        pensel_estimator_free(&parent);
        pensel_estimator_free(&own);
        _exit(same ? 0 : 1);
    }
    int outcome;
    waitpid(child, &outcome, 0);
    assert_true(WIFEXITED(outcome) && WEXITSTATUS(outcome) == 0);
    pensel_estimator_free(&parent);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_model_serves_many_threads),
        cmocka_unit_test(many_models_are_trained_at_once),
        cmocka_unit_test(one_name_is_written_by_many_threads),
        cmocka_unit_test(a_child_of_fork_trains_and_frees),
    };
    return RUN(tests);
}
