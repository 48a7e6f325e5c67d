/* What a training carries from one run to the next: taken out of one training and put into a new
 * one, it continues with the same bits. A change of options keeps what still fits. */
#include "test.h"

enum { N = 90, INPUTS = 3, FIRST = 4, SECOND = 5 };

static double x[N * INPUTS], y[N];

static pensel_network *make_network(void)
{
    pensel_error error;
    pensel_network *network;
    pensel_random random;
    const pensel_layer layers[] = {{11, PENSEL_TANH, 0}, {1, PENSEL_IDENTITY, 0}};
    pensel_shape shape = {.inputs = INPUTS, .layers = layers, .layer_count = 2};
    pensel_random_seed(&random, 3);
    MUST(pensel_network_new(&network, &shape, PENSEL_FLOAT64, &error));
    MUST(pensel_network_initialise(network, PENSEL_GLOROT, &random, &error));
    return network;
}

static pensel_samples make_samples(void)
{
    pensel_random random;
    pensel_random_seed(&random, 8);
    for (size_t i = 0; i < N * INPUTS; i++)
        x[i] = pensel_random_uniform(&random, -1, 1);
    for (size_t s = 0; s < N; s++)
        y[s] = x[s * INPUTS] * x[s * INPUTS + 1] - x[s * INPUTS + 2];
    return (pensel_samples){.x = {x, N, INPUTS, PENSEL_FLOAT64}, .y = {y, N, 1, PENSEL_FLOAT64}};
}

static void run_epochs(pensel_training *training, const pensel_samples *samples,
                       pensel_random *random, size_t epochs)
{
    pensel_error error;
    for (size_t e = 0; e < epochs; e++)
        MUST(pensel_training_epoch(training, samples, random, &error));
}

static size_t bytes(const pensel_network *network)
{
    return pensel_network_parameter_count(network) * sizeof(double);
}

/* The state of `from`, in memory of its own as a file or a pickle has it */
static pensel_training_memory memory_of(pensel_training *from, const pensel_network *network,
                                        double *copies[2])
{
    const pensel_report *r = pensel_training_report(from);
    pensel_training_memory m = {.solver_steps = pensel_training_solver_steps(from),
                                .samples = r->samples,
                                .learning_rate = r->learning_rate,
                                .best_loss = r->best_loss,
                                .best_validation_score = r->best_validation_score,
                                .no_improvement_count = r->no_improvement_count};
    for (int i = 0; i < 2; i++) {
        const void *moments = pensel_training_moments(from, i);
        copies[i] = moments ? malloc(bytes(network)) : NULL;
        if (copies[i]) memcpy(copies[i], moments, bytes(network));
        m.moments[i] = copies[i];
    }
    return m;
}

static void continue_elsewhere(const pensel_training_options *options)
{
    pensel_error error;
    pensel_samples samples = make_samples();
    pensel_network *whole = make_network(), *part = make_network();
    pensel_training *without, *before, *after;
    pensel_random random, other;
    double *copies[2];
    pensel_random_seed(&random, 1);
    other = random;
    MUST(pensel_training_new(&without, whole, options, &error));
    run_epochs(without, &samples, &random, FIRST + SECOND);
    MUST(pensel_training_new(&before, part, options, &error));
    run_epochs(before, &samples, &other, FIRST);
    pensel_training_memory memory = memory_of(before, part, copies);
    pensel_training_free(&before);
    MUST(pensel_training_new(&after, part, options, &error));
    MUST(pensel_training_restore(after, &memory, &error));
    free(copies[0]); /* they were copied */
    free(copies[1]);
    run_epochs(after, &samples, &other, SECOND);
    assert_memory_equal(pensel_network_parameters_const(whole),
                        pensel_network_parameters_const(part), bytes(whole));
    assert_int_equal(pensel_training_report(after)->samples, (FIRST + SECOND) * N);
    assert_int_equal(pensel_training_solver_steps(after), pensel_training_solver_steps(without));
    pensel_training_free(&without);
    pensel_training_free(&after);
    pensel_network_free(&whole);
    pensel_network_free(&part);
}

static void a_new_training_continues_where_another_ended(void **state)
{
    (void)state;
    pensel_training_options o = pensel_training_defaults();
    o.batch_size = 20;
    o.learning_rate_init = 0.01;
    continue_elsewhere(&o); /* adam: both moments and the number of steps */
    o.solver = PENSEL_SGD;
    continue_elsewhere(&o); /* the velocity */
    o.learning_rate = PENSEL_INVSCALING;
    continue_elsewhere(&o); /* the rate and the samples seen */
}

static void a_memory_without_moments_is_a_start(void **state)
{
    (void)state;
    pensel_error error;
    pensel_samples samples = make_samples();
    pensel_network *first = make_network(), *second = make_network();
    pensel_training *used, *new;
    pensel_training_options o = pensel_training_defaults();
    pensel_training_memory nothing = {.learning_rate = o.learning_rate_init,
                                      .best_loss = INFINITY,
                                      .best_validation_score = -INFINITY};
    pensel_random random;
    MUST(pensel_training_new(&used, first, &o, &error));
    pensel_random_seed(&random, 1);
    run_epochs(used, &samples, &random, FIRST);
    memcpy(pensel_network_parameters(first), pensel_network_parameters_const(second), bytes(first));
    MUST(pensel_training_restore(used, &nothing, &error));
    assert_null(pensel_training_moments(used, 0));
    assert_null(pensel_training_moments(used, 1));
    MUST(pensel_training_new(&new, second, &o, &error));
    pensel_random_seed(&random, 1);
    run_epochs(used, &samples, &random, SECOND);
    pensel_random_seed(&random, 1);
    run_epochs(new, &samples, &random, SECOND);
    assert_memory_equal(pensel_network_parameters_const(first),
                        pensel_network_parameters_const(second), bytes(first));
    pensel_training_free(&used);
    pensel_training_free(&new);
    pensel_network_free(&first);
    pensel_network_free(&second);
}

static void the_best_parameters_are_kept(void **state)
{
    (void)state;
    pensel_error error;
    pensel_network *network = make_network();
    pensel_training *training;
    pensel_training_options o = pensel_training_defaults();
    double *best = malloc(bytes(network));
    assert_non_null(best);
    MUST(pensel_training_new(&training, network, &o, &error));
    for (size_t i = 0; i < pensel_network_parameter_count(network); i++)
        best[i] = 0.5 * (double)i;
    pensel_training_memory memory = {.best = best, .best_validation_score = 0.75};
    MUST(pensel_training_restore(training, &memory, &error));
    assert_memory_equal(pensel_training_best(training), best, bytes(network));
    assert_ptr_not_equal(pensel_training_best(training), best);
    assert_true(pensel_training_report(training)->best_validation_score == 0.75);
    memory.best = NULL;
    MUST(pensel_training_restore(training, &memory, &error));
    assert_null(pensel_training_best(training));
    free(best);
    pensel_training_free(&training);
    pensel_network_free(&network);
}

static pensel_training *train(pensel_network *network, const pensel_training_options *options,
                              size_t epochs)
{
    pensel_error error;
    pensel_samples samples = make_samples();
    pensel_training *training;
    pensel_random random;
    pensel_random_seed(&random, 1);
    MUST(pensel_training_new(&training, network, options, &error));
    run_epochs(training, &samples, &random, epochs);
    return training;
}

static void another_solver_begins_anew(void **state)
{
    (void)state;
    pensel_error error;
    pensel_network *network = make_network();
    pensel_training_options o = pensel_training_defaults();
    pensel_training *training = train(network, &o, FIRST);
    assert_non_null(pensel_training_moments(training, 1));
    o.threads = 2;
    o.alpha = 0.5;
    MUST(pensel_training_configure(training, &o, &error)); /* the same solver keeps its state */
    assert_non_null(pensel_training_moments(training, 1));
    assert_int_equal(pensel_training_solver_steps(training), FIRST);
    o.solver = PENSEL_SGD;
    MUST(pensel_training_configure(training, &o, &error));
    assert_null(pensel_training_moments(training, 0));
    assert_null(pensel_training_moments(training, 1));
    assert_int_equal(pensel_training_solver_steps(training), 0);
    pensel_training_free(&training);
    pensel_network_free(&network);
}

static void a_new_rate_replaces_the_current_one(void **state)
{
    (void)state;
    pensel_error error;
    pensel_network *network = make_network();
    pensel_training_options o = pensel_training_defaults();
    o.learning_rate = PENSEL_EXPONENTIAL_DECAY;
    o.decay = 0.5;
    o.learning_rate_init = 0.25;
    pensel_training *training = train(network, &o, 3);
    double reached = pensel_training_report(training)->learning_rate;
    assert_true(reached < 0.25);
    o.alpha = 0.5;
    MUST(pensel_training_configure(training, &o, &error));
    assert_true(pensel_training_report(training)->learning_rate == reached);
    o.learning_rate_init = 0.125;
    MUST(pensel_training_configure(training, &o, &error));
    assert_true(pensel_training_report(training)->learning_rate == 0.125);
    pensel_training_free(&training);
    pensel_network_free(&network);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_training_continues_where_another_ended),
        cmocka_unit_test(a_memory_without_moments_is_a_start),
        cmocka_unit_test(the_best_parameters_are_kept),
        cmocka_unit_test(another_solver_begins_anew),
        cmocka_unit_test(a_new_rate_replaces_the_current_one),
    };
    return RUN(tests);
}
