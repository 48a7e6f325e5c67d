/* measure: the rate of one kind of work, as one line of JSON. bench/run runs it many times.
 *
 *     measure train|render|row|sparse-train|sparse-render|peak
 *             [inputs,WIDTHxCOUNT,...,outputs [batch [samples [threads
 *             [float32|float64|bfloat16 [activation [rounds [adam|sgd]]]]]]]]
 *
 * Every round measures the peak (independent multiply-adds in registers) right before the work,
 * with the same number of threads, so that other load slows down both. Operations are counted per
 * weight and sample: 2 for the forward pass and 4 for the backward pass. `gflops`, `share` (of the
 * peak) and `seconds` (per step, per call, or for all samples) are medians; `low` and `high` are
 * the quartiles of the share. Of sparse rows all weights are counted, those of zeros too.
 *
 *     measure distance
 *
 * How long a cache line takes to another core and back. A virtual machine does not report where its
 * cores really are, and they move. */
#include "pensel.h"

#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MOST_LAYERS = 64, MOST_ROUNDS = 101, SPARSE = 1000 /* one input of so many is not 0 */ };

typedef struct job {
    const char *work;
    size_t inputs, layer_count, batch, samples, threads, rounds;
    size_t one_in; /* of so many inputs one is not 0; 0: none is */
    pensel_layer layers[MOST_LAYERS];
    pensel_precision precision;
    pensel_activation activation;
    pensel_solver solver;
    double weights; /* multiplied for each sample */
    pensel_network *network;
    pensel_training *training;
    pensel_random random;
    float *x, *y;
    pensel_sparse sparse;
    void *outputs;
} job;

static void give_up(const char *what)
{
    fprintf(stderr, "measure: %s\n", what);
    exit(2);
}

static pensel_error error;

static void must(pensel_status status)
{
    if (status) give_up(error.text);
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* "2,100x10,3" */
static void parse_shape(job *j, const char *text)
{
    char *end = (char *)text - 1;
    for (size_t i = 0; end[0] != 0 || i == 0; i++) {
        unsigned long width = strtoul(end + 1, &end, 10), count = 1;
        if (*end == 'x') count = strtoul(end + 1, &end, 10);
        if (width == 0 || count == 0 || (*end && *end != ','))
            give_up("a shape is like 2,100x10,3");
        if (i == 0) j->inputs = width;
        for (; i > 0 && count > 0; count--) {
            if (j->layer_count == MOST_LAYERS) give_up("too many layers");
            j->layers[j->layer_count++] = (pensel_layer){width, j->activation, 0};
        }
    }
    size_t in = j->inputs;
    for (size_t l = 0; l < j->layer_count; l++) {
        j->weights += (double)(in * j->layers[l].width);
        j->layers[l].parameter = pensel_activation_describe(j->activation)->parameter;
        in = j->layers[l].width;
    }
    j->layers[j->layer_count - 1].activation = PENSEL_IDENTITY;
}

static void make_dense(job *j)
{
    j->x = malloc(j->samples * j->inputs * sizeof *j->x);
    if (!j->x) give_up("out of memory: ask for fewer samples");
    for (size_t i = 0; i < j->samples * j->inputs; i++)
        j->x[i] = (float)pensel_random_uniform(&j->random, 0, 1);
}

/* As many values in each row, one in each run of one_in columns */
static void make_sparse(job *j)
{
    size_t row = (j->inputs + j->one_in - 1) / j->one_in, count = j->samples * row;
    int32_t *where = malloc(count * sizeof *where);
    int64_t *starts = malloc((j->samples + 1) * sizeof *starts);
    j->x = malloc(count * sizeof *j->x);
    if (!where || !starts || !j->x) give_up("out of memory: ask for fewer samples");
    for (size_t i = 0; i < count; i++) {
        size_t first = i % row * j->one_in, run = j->inputs - first;
        double most = (double)(run < j->one_in ? run : j->one_in);
        where[i] = (int32_t)((double)first + pensel_random_uniform(&j->random, 0, most));
        j->x[i] = (float)pensel_random_uniform(&j->random, 0, 1);
    }
    for (size_t s = 0; s <= j->samples; s++)
        starts[s] = (int64_t)(s * row);
    j->sparse = (pensel_sparse){j->x, where, starts, j->samples, j->inputs, PENSEL_FLOAT32};
}

static void prepare(job *j)
{
    pensel_shape shape = {.inputs = j->inputs, .layers = j->layers, .layer_count = j->layer_count};
    size_t outputs = j->layers[j->layer_count - 1].width;
    pensel_training_options options = pensel_training_defaults();
    options.batch_size = j->batch < j->samples ? j->batch : j->samples;
    options.threads = j->threads;
    options.solver = j->solver;
    options.epochs = 1;
    options.n_iter_no_change = SIZE_MAX;
    pensel_random_seed(&j->random, 1);
    must(pensel_network_new(&j->network, &shape, j->precision, &error));
    must(pensel_network_initialise(j->network, PENSEL_GLOROT, &j->random, &error));
    must(pensel_training_new(&j->training, j->network, &options, &error));
    if (j->one_in > 0)
        make_sparse(j);
    else
        make_dense(j);
    j->y = malloc(j->samples * outputs * sizeof *j->y);
    j->outputs = malloc(j->samples * outputs * sizeof(double));
    if (!j->y || !j->outputs) give_up("out of memory: ask for fewer samples");
    for (size_t i = 0; i < j->samples * outputs; i++)
        j->y[i] = (float)pensel_random_uniform(&j->random, 0, 1);
}

static void train_once(job *j)
{
    size_t outputs = j->layers[j->layer_count - 1].width;
    pensel_samples samples = {.x = {j->x, j->samples, j->inputs, PENSEL_FLOAT32},
                              .y = {j->y, j->samples, outputs, PENSEL_FLOAT32},
                              .sparse = j->one_in > 0 ? &j->sparse : NULL};
    must(pensel_training_run(j->training, &samples, NULL, &j->random, &error));
}

static void render_once(job *j)
{
    pensel_matrix x = {j->x, j->samples, j->inputs, PENSEL_FLOAT32};
    if (j->one_in > 0)
        must(pensel_network_predict_sparse(j->network, j->outputs, &j->sparse, j->threads, &error));
    else
        must(pensel_network_predict(j->network, j->outputs, x, j->threads, &error));
}

static void predict_row(job *j)
{
    pensel_matrix x = {j->x, 1, j->inputs, PENSEL_FLOAT32};
    must(pensel_network_predict(j->network, j->outputs, x, 1, &error));
}

static const struct work {
    const char *name;
    void (*once)(job *j);
    double operations; /* a weight and sample */
    size_t one_in;
} works[] = {{"train", train_once, 6, 0},
             {"render", render_once, 2, 0},
             {"row", predict_row, 2, 0},
             {"sparse-train", train_once, 6, SPARSE},
             {"sparse-render", render_once, 2, SPARSE}};

/* Seconds of one call, over as many as take a tenth of a second. */
static double time_of(const struct work *work, job *j)
{
    double start = now(), spent;
    size_t calls = 0;
    do {
        work->once(j);
        calls++;
        spent = now() - start;
    } while (spent < 0.1);
    return spent / (double)calls;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void measure(const struct work *work, job *j)
{
    double seconds[MOST_ROUNDS], shares[MOST_ROUNDS], peaks[MOST_ROUNDS];
    bool row = work->once == predict_row;
    double operations = work->operations * j->weights * (row ? 1 : (double)j->samples);
    j->one_in = work->one_in;
    prepare(j);
    work->once(j);
    for (size_t i = 0; i < j->rounds; i++) {
        must(pensel_machine_peak(&peaks[i], j->precision, j->threads, 0.03, &error));
        seconds[i] = time_of(work, j);
        shares[i] = operations / seconds[i] / 1e9 / peaks[i];
    }
    qsort(seconds, j->rounds, sizeof *seconds, by_size);
    qsort(shares, j->rounds, sizeof *shares, by_size);
    qsort(peaks, j->rounds, sizeof *peaks, by_size);
    double middle = seconds[j->rounds / 2];
    size_t batch = j->batch < j->samples ? j->batch : j->samples;
    double steps = work->operations > 2 ? ceil((double)j->samples / (double)batch) : 1;
    printf("{\"work\": \"%s\", \"gflops\": %.2f, \"share\": %.4f, \"low\": %.4f, \"high\": %.4f, "
           "\"peak\": %.2f, \"seconds\": %.9f, \"step\": %.9f}\n",
           work->name, operations / middle / 1e9, shares[j->rounds / 2], shares[j->rounds / 4],
           shares[j->rounds * 3 / 4], peaks[j->rounds / 2], middle, middle / steps);
}

enum { TRIPS = 20000, PATIENCE = 100000 };
static _Alignas(128) atomic_int ball;

/* Until the ball is here; gives way now and then, for both players may be on one core. */
static void wait_for(int here)
{
    for (int i = 1; atomic_load(&ball) != here; i++)
        if (i % PATIENCE == 0) sched_yield();
}

static void *return_balls(void *unused)
{
    for (int i = 0; i < TRIPS; i++) {
        wait_for(1);
        atomic_store(&ball, 0);
    }
    return unused;
}

static void measure_distance(void)
{
    pthread_t other;
    if (pthread_create(&other, NULL, return_balls, NULL)) give_up("no thread");
    double half = 0;
    for (int i = 0; i < TRIPS; i++) {
        if (i == TRIPS / 2) half = now(); /* by then the other one has found its core */
        atomic_store(&ball, 1);
        wait_for(0);
    }
    double end = now();
    pthread_join(other, NULL);
    printf("{\"work\": \"distance\", \"seconds\": %.9f}\n", (end - half) / (TRIPS - TRIPS / 2));
}

static size_t number(int argc, char **argv, int at, size_t otherwise)
{
    return argc > at ? (size_t)strtoull(argv[at], NULL, 10) : otherwise;
}

static pensel_precision precision_named(const char *name)
{
    if (strcmp(name, "float32") == 0) return PENSEL_FLOAT32;
    if (strcmp(name, "float64") == 0) return PENSEL_FLOAT64;
    if (strcmp(name, "bfloat16") != 0) give_up("precision is float32, float64 or bfloat16");
    return PENSEL_BFLOAT16;
}

static pensel_solver solver_named(const char *name)
{
    for (int s = 0; s < PENSEL_SOLVER_COUNT; s++)
        if (strcmp(pensel_solver_name((pensel_solver)s), name) == 0) return (pensel_solver)s;
    give_up("the solver is adam or sgd");
    return PENSEL_ADAM;
}

int main(int argc, char **argv)
{
    static job j;
    const char *precision = argc > 6 ? argv[6] : "float32";
    if (argc > 1 && !strcmp(argv[1], "distance")) {
        measure_distance();
        return 0;
    }
    j.batch = number(argc, argv, 3, 200);
    j.samples = number(argc, argv, 4, 10000);
    j.threads = number(argc, argv, 5, 1);
    j.precision = precision_named(precision);
    must(pensel_activation_find(&j.activation, argc > 7 ? argv[7] : "relu", &error));
    j.rounds = number(argc, argv, 8, 9);
    j.solver = solver_named(argc > 9 ? argv[9] : "adam");
    if (j.rounds == 0 || j.rounds > MOST_ROUNDS || j.batch == 0 || j.samples == 0)
        give_up("rounds, batch and samples are 1 or more, rounds up to 101");
    parse_shape(&j, argc > 2 ? argv[2] : "2,100x10,3");
    for (size_t i = 0; argc > 1 && i < sizeof works / sizeof *works; i++) {
        if (strcmp(argv[1], works[i].name) == 0) measure(&works[i], &j);
    }
    if (argc > 1 && strcmp(argv[1], "peak") == 0) {
        double gflops;
        must(pensel_machine_peak(&gflops, j.precision, j.threads, 1, &error));
        printf("{\"work\": \"peak\", \"gflops\": %.2f}\n", gflops);
    }
    return 0;
}
