/* Shards: a batch has P of them, each is summed by itself, and they are added in a fixed tree. So
 * the bits do not depend on threads, and a tree built here from gradients of a shard each has the
 * same bits; so does a training whose shards are trainings of their own, joined by reduce hooks. */
#include "test.h"

#include "network/network.h"
#include "training/batch.h"

#include <pthread.h>

enum { INPUTS = 2, OUTPUTS = 3, MOST = 64 * 64 + 37 };

static pensel_error error;
static double x[MOST * INPUTS], y[MOST * OUTPUTS];
static const size_t shard_counts[] = {1, 2, 3, 4, 7, 8, 16, 64};
enum { SHARD_COUNTS = sizeof shard_counts / sizeof *shard_counts };

static int make_data(void **state)
{
    pensel_random random;
    (void)state;
    pensel_random_seed(&random, 8);
    for (size_t i = 0; i < MOST * INPUTS; i++)
        x[i] = pensel_random_uniform(&random, 0, 1);
    for (size_t i = 0; i < MOST * OUTPUTS; i++)
        y[i] = pensel_random_uniform(&random, -1, 1);
    return 0;
}

/* n samples from `first` on */
static pensel_samples samples_of(size_t first, size_t n)
{
    return (pensel_samples){.x = {x + first * INPUTS, n, INPUTS, PENSEL_FLOAT64},
                            .y = {y + first * OUTPUTS, n, OUTPUTS, PENSEL_FLOAT64}};
}

/* ------------------------------------------------------------------ networks */

typedef struct recipe {
    const char *name;
    pensel_precision precision;
    const char *list; /* NULL: the layers below, behind `encoding` */
    pensel_encoding encoding;
} recipe;

#define HASHGRID              \
    {.kind = PENSEL_HASHGRID, \
     .features = 2,           \
     .levels = 3,             \
     .table_log2 = 7,         \
     .base_resolution = 4,    \
     .fine_resolution = 32}
#define LIST "dense:61:relu, residual(dense:23:tanh, dense:61), layer-norm, dense:23:silu, dense:3"

static const recipe recipes[] = {
    {"dense float32", PENSEL_FLOAT32, NULL, {0}},
    {"dense float64", PENSEL_FLOAT64, NULL, {0}},
    {"dense bfloat16", PENSEL_BFLOAT16, NULL, {0}},
    {"encoded float32", PENSEL_FLOAT32, NULL, HASHGRID},
    {"encoded float64", PENSEL_FLOAT64, NULL, HASHGRID},
    {"encoded bfloat16", PENSEL_BFLOAT16, NULL, HASHGRID},
    {"list float32", PENSEL_FLOAT32, LIST, {0}},
    {"list float64", PENSEL_FLOAT64, LIST, {0}},
    {"list bfloat16", PENSEL_BFLOAT16, LIST, {0}},
};
enum { RECIPES = sizeof recipes / sizeof *recipes };

static pensel_network *make_network(const recipe *r)
{
    static const pensel_layer layers[] = {
        {61, PENSEL_TANH, 0}, {23, PENSEL_RELU, 0}, {OUTPUTS, PENSEL_IDENTITY, 0}};
    pensel_network *network;
    pensel_random random;
    pensel_shape shape = {.inputs = INPUTS, .encoding = r->encoding, .list = r->list};
    if (!r->list) shape.layers = layers, shape.layer_count = 3;
    pensel_random_seed(&random, 9);
    MUST(pensel_network_new(&network, &shape, r->precision, &error));
    MUST(pensel_network_initialise(network, PENSEL_GLOROT, &random, &error));
    return network;
}

static size_t bytes_of(const pensel_network *network)
{
    return pensel_network_parameter_count(network) *
           (pensel_network_precision(network) == PENSEL_FLOAT64 ? 8 : 4);
}

/* ------------------------------------------------------------------ threads */

typedef struct outcome {
    double loss;
    void *gradient, *parameters;
} outcome;

static void clear(outcome *o)
{
    free(o->gradient);
    free(o->parameters);
}

/* The gradient and a step of sgd, shared among `threads` whatever it takes */
static outcome run_batch(const recipe *r, size_t shards, size_t threads)
{
    pensel_network *network = make_network(r);
    pensel_training_options options = pensel_training_defaults();
    pensel_samples samples = samples_of(0, MOST);
    pensel_selection all = {.samples = &samples, .n = shards < 64 ? 1061 : MOST};
    pensel_pool pool = pensel_pool_of(network->context, threads);
    pensel_batch *batch;
    outcome o = {.gradient = malloc(bytes_of(network)), .parameters = malloc(bytes_of(network))};
    void *velocity = calloc(1, bytes_of(network));
    assert_true(o.gradient && o.parameters && velocity);
    options.shards = shards;
    MUST(pensel_batch_new(&batch, network, &options, &pool, all.n, &error));
    pensel_batch_keep(batch, threads > 1);
    MUST(pensel_batch_run(batch, &o.loss, o.gradient, &all, NULL, NULL, &error));
    pensel_update update = {.take = network->kernels->step[PENSEL_SGD],
                            .step = {.rate = 0.1, .momentum = 0.5},
                            .moments = {velocity}};
    double again;
    MUST(pensel_batch_run(batch, &again, NULL, &all, &update, network->parameters, &error));
    assert_true(again == o.loss);
    memcpy(o.parameters, network->parameters, bytes_of(network));
    pensel_batch_free(&batch);
    pensel_network_free(&network);
    free(velocity);
    return o;
}

static void the_same_bits_on_1_to_8_threads(void **state)
{
    const recipe *r = *state;
    pensel_network *network = make_network(r);
    size_t bytes = bytes_of(network);
    pensel_network_free(&network);
    for (size_t p = 0; p < SHARD_COUNTS; p++) {
        outcome one = run_batch(r, shard_counts[p], 1);
        for (size_t threads = 2; threads <= 8; threads++) {
            outcome more = run_batch(r, shard_counts[p], threads);
            assert_true(more.loss == one.loss);
            assert_memory_equal(more.gradient, one.gradient, bytes);
            assert_memory_equal(more.parameters, one.parameters, bytes);
            clear(&more);
        }
        clear(&one);
    }
}

/* ------------------------------------------------------------------ trainings */

static pensel_training_options sgd(void)
{
    pensel_training_options o = pensel_training_defaults();
    o.solver = PENSEL_SGD;
    return o;
}

static pensel_training_options adam_and_all(void)
{
    pensel_training_options o = pensel_training_defaults();
    o.clip_norm = 0.1;
    o.dropout = 0.2;
    o.average = 0.9;
    o.weight_decay = 0.01;
    return o;
}

static pensel_training_options lbfgs(void)
{
    pensel_training_options o = pensel_training_defaults();
    o.solver = PENSEL_LBFGS;
    return o;
}

/* The parameters that a run ends with */
static void *train(pensel_training_options options, const recipe *r, const pensel_samples *samples)
{
    pensel_network *network = make_network(r);
    pensel_training *training;
    pensel_random random;
    void *parameters = malloc(bytes_of(network));
    assert_non_null(parameters);
    pensel_random_seed(&random, 1);
    MUST(pensel_training_new(&training, network, &options, &error));
    MUST(pensel_training_run(training, samples, NULL, &random, &error));
    memcpy(parameters, pensel_network_parameters_const(network), bytes_of(network));
    pensel_training_free(&training);
    pensel_network_free(&network);
    return parameters;
}

typedef struct solver {
    const char *name;
    pensel_training_options (*options)(void);
} solver;

static const solver solvers[] = {{"sgd", sgd}, {"adam, clipped", adam_and_all}, {"lbfgs", lbfgs}};

/* Whether a step is shared is found by trying here, so it may be either way. */
static void trainings_have_the_same_bits(void **state)
{
    const solver *s = *state;
    pensel_samples samples = samples_of(0, 1061);
    pensel_network *network = make_network(&recipes[1]);
    size_t bytes = bytes_of(network);
    void *before = NULL;
    pensel_network_free(&network);
    for (size_t p = 0; p < SHARD_COUNTS; p++) {
        pensel_training_options o = s->options();
        o.shards = shard_counts[p];
        o.batch_size = 700;
        o.epochs = 3;
        o.threads = 1;
        void *one = train(o, &recipes[1], &samples);
        for (o.threads = 2; o.threads <= 8; o.threads *= 2) {
            void *more = train(o, &recipes[1], &samples);
            assert_memory_equal(more, one, bytes);
            free(more);
        }
        if (before) assert_memory_not_equal(one, before, bytes); /* the option does something */
        free(before);
        before = one;
    }
    free(before);
}

/* Two, where nothing is said */
static void two_is_the_usual_number(void **state)
{
    (void)state;
    pensel_samples samples = samples_of(0, 1061);
    pensel_training_options o = sgd();
    o.epochs = 2;
    o.threads = 1;
    void *usual = train(o, &recipes[1], &samples);
    o.shards = 2;
    void *two = train(o, &recipes[1], &samples);
    pensel_network *network = make_network(&recipes[1]);
    assert_memory_equal(usual, two, bytes_of(network));
    pensel_network_free(&network);
    free(usual), free(two);
}

/* ------------------------------------------------------------------ the tree */

enum { SHARD = 64 /* samples: whole tiles for every instruction set */ };

static double *gradient_of(const pensel_network *network, const pensel_samples *samples,
                           size_t shards)
{
    pensel_training_options options = pensel_training_defaults();
    double loss, *gradient = malloc(bytes_of(network));
    assert_non_null(gradient);
    options.alpha = 0;
    options.shards = shards;
    options.threads = 1;
    MUST(pensel_network_gradient(network, &loss, gradient, samples, &options, &error));
    return gradient;
}

/* The sum of shards [first, end), in the order of the tree: the left part is as large as a power of
 * two can be. */
static void add_tree(double *sum, double *const *shard, size_t first, size_t end, size_t count)
{
    size_t left = 1;
    if (end - first == 1) {
        memcpy(sum, shard[first], count * sizeof *sum);
        return;
    }
    while (2 * left < end - first)
        left *= 2;
    double *right = malloc(count * sizeof *right);
    assert_non_null(right);
    add_tree(sum, shard, first, first + left, count);
    add_tree(right, shard, first + left, end, count);
    for (size_t i = 0; i < count; i++)
        sum[i] += right[i];
    free(right);
}

/* Samples weigh so much that the weights of all, and of each shard, add up to powers of two: means
 * then differ by a factor that does not round. */
static void shards_are_added_in_a_tree(void **state)
{
    static const size_t counts[] = {1, 2, 3, 4, 5, 7, 8, 16};
    static double weights[16 * SHARD];
    (void)state;
    pensel_network *network = make_network(&recipes[1]);
    size_t count = pensel_network_parameter_count(network);
    for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
        size_t shards = counts[c], whole = 1;
        double *shard[16], *sum = malloc(count * sizeof *sum);
        assert_non_null(sum);
        while (whole < shards)
            whole *= 2;
        double first = (double)(whole - shards + 1), total = (double)(whole * SHARD);
        for (size_t i = 0; i < shards * SHARD; i++)
            weights[i] = i < SHARD ? first : 1;
        pensel_samples all = samples_of(0, shards * SHARD);
        all.weights = (pensel_matrix){weights, shards * SHARD, 1, PENSEL_FLOAT64};
        for (size_t s = 0; s < shards; s++) {
            pensel_samples some = samples_of(s * SHARD, SHARD);
            some.weights = (pensel_matrix){weights + s * SHARD, SHARD, 1, PENSEL_FLOAT64};
            shard[s] = gradient_of(network, &some, 1);
            double share = (s == 0 ? first : 1) * SHARD / total;
            for (size_t i = 0; i < count; i++)
                shard[s][i] *= share;
        }
        add_tree(sum, shard, 0, shards, count);
        double *found = gradient_of(network, &all, shards);
        assert_memory_equal(found, sum, count * sizeof *sum);
        for (size_t s = 0; s < shards; s++)
            free(shard[s]);
        free(found), free(sum);
    }
    pensel_network_free(&network);
}

/* The mean over n samples, of gradients over a tile each */
static double *gradient_by_tiles(const pensel_network *network, size_t n)
{
    enum { TILE = 32 };
    size_t count = pensel_network_parameter_count(network);
    double *mean = calloc(count, sizeof *mean);
    assert_non_null(mean);
    for (size_t first = 0; first < n; first += TILE) {
        size_t some = n - first < TILE ? n - first : TILE;
        pensel_samples samples = samples_of(first, some);
        double *tile = gradient_of(network, &samples, 1);
        for (size_t i = 0; i < count; i++)
            mean[i] += tile[i] * (double)some / (double)n;
        free(tile);
    }
    return mean;
}

#define SCALES "scale, scale, scale, "

/* Of a deep one the activations are so many that a chunk has no more tiles than shards; those of a
 * wide one are long all the same. */
static struct width {
    recipe recipe;
    size_t size, shards; /* the first of sizes and of shard_counts */
} widths[] = {
    {{"narrow", PENSEL_FLOAT64, "dense:61:tanh, dense:3", {0}}, 0, 1},
    {{"wide", PENSEL_FLOAT64, "dense:3001:tanh, dense:3", {0}}, 5, SHARD_COUNTS - 1},
    {{"deep",
      PENSEL_FLOAT64,
      "embedding:3:2:1, dense:300:tanh, layer-norm, dense:40, parametric:silu, "
      "dense:300, " SCALES SCALES "dense:3",
      {0}},
     5,
     1},
};

/* A batch of fewer tiles than shards, and one of two chunks, of which the last has fewer: the
 * gradient is that of its tiles, up to rounding. */
static void more_shards_than_tiles(void **state)
{
    static const size_t sizes[] = {1, 33, 65, 129, 1061, 65 * 16, 65 * 32};
    const struct width *width = *state;
    pensel_network *network = make_network(&width->recipe);
    size_t count = pensel_network_parameter_count(network);
    for (size_t i = width->size; i < sizeof sizes / sizeof *sizes; i++) {
        pensel_samples some = samples_of(0, sizes[i]);
        double *one = gradient_by_tiles(network, sizes[i]);
        for (size_t p = width->shards; p < SHARD_COUNTS; p++) {
            double *found = gradient_of(network, &some, shard_counts[p]);
            for (size_t k = 0; k < count; k++)
                assert_near(found[k], one[k], 1e-13);
            free(found);
        }
        free(one);
    }
    pensel_network_free(&network);
}

/* ------------------------------------------------------------------ reduce */

/* Machines that wait for each other with a gradient each */
typedef struct machines {
    size_t count;
    pthread_barrier_t barrier;
    pensel_reduction *sums[8];
} machines;

typedef struct machine {
    machines *all;
    size_t index;
    pensel_training_options options;
    pensel_samples samples;
    void *parameters;
    size_t calls;
} machine;

/* The mean over all samples: gradients in the order of the tree, with shares that do not round */
static pensel_status add_machines(pensel_reduction *sum, void *data, pensel_error *why)
{
    machine *m = data;
    machines *all = m->all;
    double *shard[8], *mean = malloc(sum->count * sizeof *mean), loss = 0, weight = 0;
    (void)why;
    assert_non_null(mean);
    assert_int_equal(sum->precision, PENSEL_FLOAT64);
    m->calls++;
    all->sums[m->index] = sum;
    pthread_barrier_wait(&all->barrier);
    for (size_t k = 0; k < all->count; k++)
        weight += all->sums[k]->weight;
    for (size_t k = 0; k < all->count; k++) {
        double share = all->sums[k]->weight / weight;
        const double *g = all->sums[k]->gradient;
        shard[k] = malloc(sum->count * sizeof(double));
        assert_non_null(shard[k]);
        for (size_t i = 0; i < sum->count; i++)
            shard[k][i] = g[i] * share;
        loss += all->sums[k]->loss * share;
    }
    add_tree(mean, shard, 0, all->count, sum->count);
    pthread_barrier_wait(&all->barrier); /* all have read before any writes */
    memcpy(sum->gradient, mean, sum->count * sizeof *mean);
    sum->loss = loss;
    sum->weight = weight;
    for (size_t k = 0; k < all->count; k++)
        free(shard[k]);
    free(mean);
    return PENSEL_OK;
}

static void *run_machine(void *data)
{
    machine *m = data;
    m->parameters = train(m->options, &recipes[1], &m->samples);
    return NULL;
}

/* m[k].parameters of `count` machines, each with a shard of its own */
static void run_machines(machine *m, size_t count, pensel_training_options o)
{
    machines all = {.count = count};
    pthread_t threads[8];
    o.shards = 1;
    o.batch_size = SHARD;
    o.reduce = add_machines;
    assert_int_equal(pthread_barrier_init(&all.barrier, NULL, (unsigned)count), 0);
    for (size_t k = 0; k < count; k++) {
        m[k] = (machine){&all, k, o, samples_of(k * SHARD, SHARD), NULL, 0};
        m[k].options.reduce_data = &m[k];
        assert_int_equal(pthread_create(&threads[k], NULL, run_machine, &m[k]), 0);
    }
    for (size_t k = 0; k < count; k++) {
        pthread_join(threads[k], NULL);
        assert_true(m[k].calls >= 6);
    }
    pthread_barrier_destroy(&all.barrier);
}

/* A batch of `count` shards, trained on as many machines as there are shards, and on one */
static void machines_are_shards(void **state)
{
    const solver *s = *state;
    pensel_network *network = make_network(&recipes[1]);
    size_t bytes = bytes_of(network), parameters = pensel_network_parameter_count(network);
    pensel_network_free(&network);
    for (size_t count = 2; count <= 8; count *= 2) {
        machine m[8];
        pensel_training_options o = s->options();
        o.dropout = 0; /* is drawn for the samples of a machine */
        o.shuffle = false;
        o.threads = 1;
        o.epochs = 6;
        o.shards = count;
        o.batch_size = count * SHARD;
        pensel_samples samples = samples_of(0, count * SHARD);
        double *expected = train(o, &recipes[1], &samples);
        run_machines(m, count, o);
        for (size_t k = 0; k < count; k++) {
            /* a line search looks at losses, whose sums round in another order */
            for (size_t i = 0; i < parameters && o.solver == PENSEL_LBFGS; i++)
                assert_near(((double *)m[k].parameters)[i], expected[i], 1e-9);
            if (o.solver != PENSEL_LBFGS) assert_memory_equal(m[k].parameters, expected, bytes);
            assert_memory_equal(m[k].parameters, m[0].parameters, bytes);
        }
        for (size_t k = 0; k < count; k++)
            free(m[k].parameters);
        free(expected);
    }
}

typedef struct failure {
    size_t calls, fails_at;
    const char *sentence;
    double weight;
} failure;

static pensel_status fail_at_last(pensel_reduction *sum, void *data, pensel_error *why)
{
    failure *f = data;
    if (++f->calls < f->fails_at) return PENSEL_OK;
    if (f->weight != 0) {
        sum->weight = f->weight;
        return PENSEL_OK;
    }
    if (f->sentence) snprintf(why->text, sizeof why->text, "%s", f->sentence);
    return PENSEL_IO_FAILED;
}

/* The run ends with the hook's sentence, and what was learned until then stays. */
static void an_error_of_the_hook_ends_the_run(void **state)
{
    static const failure failures[] = {
        {.fails_at = 4, .sentence = "machine 3 does not answer: start it again"},
        {.fails_at = 4},
        {.fails_at = 4, .weight = -1},
        {.fails_at = 4, .weight = NAN},
    };
    const solver *s = *state;
    pensel_samples samples = samples_of(0, 200);
    for (size_t i = 0; i < sizeof failures / sizeof *failures; i++) {
        failure f = failures[i];
        pensel_network *network = make_network(&recipes[1]);
        pensel_training *training;
        pensel_random random;
        pensel_training_options o = s->options();
        o.batch_size = 200;
        o.average = 0;
        o.epochs = 3; /* until the fourth step */
        void *expected = train(o, &recipes[1], &samples);
        o.epochs = 9;
        o.reduce = fail_at_last;
        o.reduce_data = &f;
        pensel_random_seed(&random, 1);
        MUST(pensel_training_new(&training, network, &o, &error));
        assert_int_equal(pensel_training_run(training, &samples, NULL, &random, &error),
                         f.weight == 0 ? PENSEL_IO_FAILED : PENSEL_BAD_ARGUMENT);
        assert_non_null(strstr(error.text, f.sentence      ? f.sentence
                                           : f.weight == 0 ? "did not say why"
                                                           : "left a weight of"));
        assert_int_equal(f.calls, 4);
        if (o.solver != PENSEL_LBFGS)
            assert_memory_equal(pensel_network_parameters_const(network), expected,
                                bytes_of(network));
        pensel_training_free(&training);
        pensel_network_free(&network);
        free(expected);
    }
}

/* Samples that weigh nothing here have a gradient of 0, and take the step of the others. */
static pensel_status count_calls(pensel_reduction *sum, void *data, pensel_error *why)
{
    (void)why;
    if (++*(size_t *)data == 2) { /* of samples that count */
        memset(sum->gradient, 0, sum->count * sizeof(double));
        return PENSEL_OK;
    }
    if (sum->weight != 0 || sum->loss != 0) return PENSEL_IO_FAILED;
    for (size_t i = 0; i < sum->count; i++)
        if (((double *)sum->gradient)[i] != 0) return PENSEL_IO_FAILED;
    ((double *)sum->gradient)[5] = 2;
    sum->weight = 10;
    return PENSEL_OK;
}

static void a_machine_without_samples_that_count(void **state)
{
    static double weights[200];
    (void)state;
    for (size_t i = 100; i < 200; i++)
        weights[i] = 1;
    pensel_samples samples = samples_of(0, 200);
    samples.weights = (pensel_matrix){weights, 200, 1, PENSEL_FLOAT64};
    pensel_training_options o = sgd();
    size_t calls = 0;
    o.reduce = count_calls;
    o.reduce_data = &calls;
    o.epochs = 1;
    o.batch_size = 100;
    o.shuffle = false;
    o.alpha = 0;
    o.momentum = 0;
    o.nesterovs_momentum = false;
    o.learning_rate_init = 0.25;
    double *found = train(o, &recipes[1], &samples);
    assert_int_equal(calls, 2);
    pensel_network *network = make_network(&recipes[1]);
    double *expected = pensel_network_parameters(network);
    expected[5] -= 0.25 * 2;
    assert_memory_equal(found, expected, bytes_of(network));
    pensel_network_free(&network);
    free(found);
}

int main(void)
{
    enum { SOLVERS = 3, OTHERS = 6 };
    struct CMUnitTest tests[RECIPES + 3 * SOLVERS + OTHERS] = {
        cmocka_unit_test(two_is_the_usual_number),
        cmocka_unit_test(shards_are_added_in_a_tree),
        cmocka_unit_test_prestate(more_shards_than_tiles, &widths[0]),
        cmocka_unit_test_prestate(more_shards_than_tiles, &widths[1]),
        cmocka_unit_test_prestate(more_shards_than_tiles, &widths[2]),
        cmocka_unit_test(a_machine_without_samples_that_count),
    };
    size_t n = OTHERS;
    for (size_t i = 0; i < RECIPES; i++)
        tests[n++] = (struct CMUnitTest){recipes[i].name, the_same_bits_on_1_to_8_threads, NULL,
                                         NULL, (void *)&recipes[i]};
    for (size_t i = 0; i < SOLVERS; i++) {
        void *s = (void *)&solvers[i];
        tests[n++] =
            (struct CMUnitTest){solvers[i].name, trainings_have_the_same_bits, NULL, NULL, s};
        tests[n++] = (struct CMUnitTest){solvers[i].name, machines_are_shards, NULL, NULL, s};
        tests[n++] =
            (struct CMUnitTest){solvers[i].name, an_error_of_the_hook_ends_the_run, NULL, NULL, s};
    }
    return _cmocka_run_group_tests("shards", tests, n, make_data, NULL);
}
