/* Default threads against one thread: predictions of 1 to 100,000 rows, quiet and beside another
 * program that keeps a core busy. The two take turns in one run, now one first and now the other,
 * for a scheduler interrupts who has worked for a while. What is printed are medians, and the
 * median of the pairs' quotients.
 *
 *     build/bench/threads [rounds] */
#include "pensel.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MOST_ROWS = 100000, MOST_ROUNDS = 1000 };

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values, size_t count)
{
    qsort(values, count, sizeof *values, ascending);
    return values[count / 2];
}

static void must(pensel_status status, const pensel_error *error)
{
    if (status == PENSEL_OK) return;
    fprintf(stderr, "threads: %s\n", error->text);
    exit(1);
}

typedef struct subject {
    const char *name;
    size_t inputs, layer_count;
    pensel_layer layers[3];
} subject;

static const subject subjects[] = {
    {"30-100-1", 30, 2, {{100, PENSEL_RELU, 0}, {1, PENSEL_IDENTITY, 0}}},
    {"784-512-512-10",
     784,
     3,
     {{512, PENSEL_RELU, 0}, {512, PENSEL_RELU, 0}, {10, PENSEL_IDENTITY, 0}}},
};

static pensel_network *make_network(const subject *s)
{
    pensel_error error;
    pensel_random random;
    pensel_network *network;
    pensel_shape shape = {.inputs = s->inputs, .layers = s->layers, .layer_count = s->layer_count};
    pensel_random_seed(&random, 1);
    must(pensel_network_new(&network, &shape, PENSEL_FLOAT32, &error), &error);
    must(pensel_network_initialise(network, PENSEL_GLOROT, &random, &error), &error);
    return network;
}

static double time_of(const pensel_network *network, float *y, pensel_matrix x, size_t threads)
{
    pensel_error error;
    double start = now();
    must(pensel_network_predict(network, y, x, threads, &error), &error);
    return now() - start;
}

static void measure(const subject *s, pensel_network *network, float *y, pensel_matrix x,
                    size_t rounds)
{
    static double one[MOST_ROUNDS], all[MOST_ROUNDS], times[MOST_ROUNDS];
    time_of(network, y, x, 0);
    for (size_t r = 0; r < rounds; r++) {
        if (r % 2) all[r] = time_of(network, y, x, 0);
        one[r] = time_of(network, y, x, 1);
        if (r % 2 == 0) all[r] = time_of(network, y, x, 0);
        times[r] = one[r] / all[r];
    }
    printf("| %s | %zu | %.3g µs | %.3g µs | %.2f |\n", s->name, x.rows, 1e6 * median(one, rounds),
           1e6 * median(all, rounds), median(times, rounds));
    fflush(stdout);
}

static void measure_all(const char *title, size_t rounds)
{
    static const size_t rows[] = {1, 10, 64, 100, 128, 300, 1000, 2048, 10000, MOST_ROWS};
    printf("\n%s\n\n| network | rows | one thread | default threads | times as fast |\n"
           "|---|---|---|---|---|\n",
           title);
    for (size_t i = 0; i < sizeof subjects / sizeof *subjects; i++) {
        const subject *s = &subjects[i];
        float *x = malloc(MOST_ROWS * s->inputs * sizeof *x),
              *y = malloc(MOST_ROWS * 10 * sizeof *y);
        if (!x || !y) exit(1);
        for (size_t k = 0; k < MOST_ROWS * s->inputs; k++)
            x[k] = (float)(k % 97) / 97;
        pensel_network *network = make_network(s);
        for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
            double work = (double)rows[r] * (double)pensel_network_parameter_count(network);
            size_t some = work > 1e9 ? rounds / 20 + 1 : rounds;
            measure(s, network, y, (pensel_matrix){x, rows[r], s->inputs, PENSEL_FLOAT32}, some);
        }
        pensel_network_free(&network);
        free(x), free(y);
    }
}

int main(int argc, char **argv)
{
    size_t rounds = argc > 1 ? strtoul(argv[1], NULL, 10) : 200;
    if (rounds < 1 || rounds > MOST_ROUNDS) return 2;
    measure_all("Alone:", rounds);
    pid_t busy = fork();
    if (busy == 0)
        for (volatile unsigned i = 0;; i++) {
        }
    measure_all("Beside a program that keeps one core busy:", rounds);
    kill(busy, SIGKILL);
    waitpid(busy, NULL, 0);
    return 0;
}
