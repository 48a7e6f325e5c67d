/* counts WORKLOAD TIMES: does a piece of work so many times, on one thread, for
 * scripts/test-instructions to count its instructions. Without words, lists the workloads.
 *
 * What is counted is what runs inside counted(); what is made before it is not.
 *
 * To add one: a function that prepares it and one that does it, a row of `workloads`, and its count
 * in scripts/test-instructions. */
#include "pensel.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static pensel_error error;
static pensel_random dice;

static void must(pensel_status status)
{
    if (!status) return;
    fprintf(stderr, "counts: %s\n", error.text);
    exit(1);
}

static float *numbers(size_t count)
{
    float *x = malloc(count * sizeof *x);
    if (!x) exit(1);
    for (size_t i = 0; i < count; i++)
        x[i] = (float)pensel_random_uniform(&dice, 0, 1);
    return x;
}

/* What a workload works on. */
static struct {
    pensel_network *network;
    pensel_training *training;
    pensel_samples samples;
    pensel_picture picture;
    char path[32];
    float *y;
} bench;

/* ------------------------------------------------------------------ training */

static void network(size_t inputs, size_t width, size_t hidden, size_t outputs)
{
    pensel_layer layers[16];
    pensel_shape shape = {.inputs = inputs, .layers = layers, .layer_count = hidden + 1};
    for (size_t l = 0; l < hidden; l++)
        layers[l] = (pensel_layer){width, PENSEL_RELU, 0};
    layers[hidden] = (pensel_layer){outputs, PENSEL_IDENTITY, 0};
    must(pensel_network_new(&bench.network, &shape, PENSEL_FLOAT32, &error));
    must(pensel_network_initialise(bench.network, PENSEL_GLOROT, &dice, &error));
}

/* Samples for `steps` steps of an epoch, and the solver that takes them */
static void training(size_t in, size_t out, size_t batch, size_t steps)
{
    size_t n = batch * steps;
    pensel_training_options options = pensel_training_defaults();
    options.batch_size = batch;
    options.epochs = 1;
    options.threads = 1;
    bench.samples = (pensel_samples){.x = {numbers(n * in), n, in, PENSEL_FLOAT32},
                                     .y = {numbers(n * out), n, out, PENSEL_FLOAT32}};
    must(pensel_training_new(&bench.training, bench.network, &options, &error));
}

static void epoch(size_t times)
{
    (void)times; /* its samples are as many batches */
    must(pensel_training_run(bench.training, &bench.samples, NULL, &dice, &error));
}

/* 2, 10 x 100, 3, of which the multiply-adds are 6.8 million instructions */
static void prepare_tutorial(size_t times)
{
    network(2, 100, 10, 3);
    training(2, 3, 200, times);
}

static void prepare_wide(size_t times)
{
    network(64, 1024, 2, 10);
    training(64, 10, 64, times);
}

static void prepare_single(size_t times)
{
    network(30, 100, 1, 1);
    training(30, 1, 1, times);
}

/* ------------------------------------------------------------------ prediction */

enum { ROWS = 16 };

static void prepare_rows(size_t times)
{
    (void)times;
    network(784, 512, 2, 10);
    bench.samples.x = (pensel_matrix){numbers(ROWS * 784), ROWS, 784, PENSEL_FLOAT32};
    bench.y = numbers(ROWS * 10);
}

static void predict(size_t times)
{
    for (size_t i = 0; i < times; i++)
        must(pensel_network_predict(bench.network, bench.y, bench.samples.x, 1, &error));
}

/* ------------------------------------------------------------------ pictures and tables */

enum { SIDE = 64 };

static void prepare_picture(size_t times)
{
    (void)times;
    bench.picture = (pensel_picture){numbers(SIDE * SIDE * 3), SIDE, SIDE, 3};
    bench.y = numbers(SIDE * SIDE * 3);
}

static void paint(size_t times)
{
    pensel_paint_options options = pensel_paint_defaults(PENSEL_REGRESSION);
    pensel_render_options view = pensel_render_defaults();
    options.estimator.training.threads = view.threads = 1;
    for (size_t i = 0; i < times; i++) {
        pensel_painting *painting = NULL;
        must(pensel_painting_new(&painting, &bench.picture, &options, &error));
        must(pensel_painting_render(painting, bench.y, 0, SIDE, &view, &error));
        pensel_painting_free(&painting);
    }
}

/* `times` rows of 30 numbers, of 6 to 17 digits */
static void prepare_table(size_t times)
{
    strcpy(bench.path, "counts-XXXXXX");
    int descriptor = mkstemp(bench.path);
    FILE *file = descriptor < 0 ? NULL : fdopen(descriptor, "w");
    if (!file) exit(1);
    for (size_t r = 0; r < times; r++)
        for (int c = 0; c < 30; c++)
            fprintf(file, "%.*g%c", c % 3 == 0 ? 17 : 6, pensel_random_uniform(&dice, -100, 100),
                    c + 1 < 30 ? ',' : '\n');
    fclose(file);
}

static void read_table(size_t times)
{
    pensel_table *table = NULL;
    pensel_table_options options = pensel_table_defaults();
    pensel_status status = pensel_table_read(&table, bench.path, &options, &error);
    unlink(bench.path);
    must(status);
    if (table->x.rows + 1 < times) exit(1);
    pensel_table_free(&table);
}

/* ------------------------------------------------------------------ the list */

static const struct {
    const char *name, *what;
    void (*prepare)(size_t times);
    void (*work)(size_t times);
} workloads[] = {
    {"tutorial", "a step of 2-100x10-3, batch 200", prepare_tutorial, epoch},
    {"wide", "a step of 64-1024x2-10, batch 64", prepare_wide, epoch},
    {"single", "a step of 30-100-1, batch 1", prepare_single, epoch},
    {"predict", "16 rows through 784-512-512-10", prepare_rows, predict},
    {"paint", "64x64 pixels painted exactly, and rendered", prepare_picture, paint},
    {"table", "a row of 30 numbers read from CSV", prepare_table, read_table},
};

/* By this name the instructions are found that count. */
__attribute__((noinline)) void counted(void (*work)(size_t times), size_t times);
void counted(void (*work)(size_t times), size_t times)
{
    work(times);
}

int main(int argc, char **argv)
{
    size_t times = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    pensel_random_seed(&dice, 1);
    for (size_t i = 0; i < sizeof workloads / sizeof *workloads; i++) {
        if (argc == 1) printf("%-10s %s\n", workloads[i].name, workloads[i].what);
        if (argc == 1 || strcmp(argv[1], workloads[i].name) != 0) continue;
        workloads[i].prepare(times);
        counted(workloads[i].work, times);
        return 0;
    }
    return argc > 1;
}
