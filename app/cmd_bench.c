/* pensel bench: how fast this machine trains and paints, as a share of its peak. The peak is
 * measured again beside every figure, in the same round, so that other load slows down both; the
 * medians are shown. */
#include "command.h"
#include "text_grid.h"
#include "command_line.h"
#include "result.h"
#include "message.h"

#include <glib.h>
#include <stdlib.h>

enum { SAMPLES = 10000, HIDDEN = 10, WIDTH = 100, SIDE = 600, MOST_ROUNDS = 101 };

static const size_t pixel_count = (size_t)SIDE * SIDE, sample_count = SAMPLES;

typedef struct workbench {
    pensel_precision precision;
    size_t threads;
    pensel_network *network;
    float *x, *y;
    void *outputs; /* (SIDE * SIDE, 3) */
} workbench;

static const char *precision_name(size_t index)
{
    return pensel_precision_name((pensel_precision)index);
}

static const pensel_layer layers[HIDDEN + 1] = {
    {WIDTH, PENSEL_RELU, 0}, {WIDTH, PENSEL_RELU, 0}, {WIDTH, PENSEL_RELU, 0},
    {WIDTH, PENSEL_RELU, 0}, {WIDTH, PENSEL_RELU, 0}, {WIDTH, PENSEL_RELU, 0},
    {WIDTH, PENSEL_RELU, 0}, {WIDTH, PENSEL_RELU, 0}, {WIDTH, PENSEL_RELU, 0},
    {WIDTH, PENSEL_RELU, 0}, {3, PENSEL_IDENTITY, 0}};

/* Weights alone multiply: 2 operations each going up, 4 coming back. */
#define WEIGHTS (2.0 * WIDTH + (HIDDEN - 1.0) * WIDTH * WIDTH + 3.0 * WIDTH)

static double training_seconds(workbench *w, size_t batch, pensel_error *error)
{
    pensel_training_options options = pensel_training_defaults();
    pensel_training *training;
    pensel_random random;
    double seconds = -1;
    options.batch_size = batch;
    options.threads = w->threads;
    options.epochs = 2;
    pensel_random_seed(&random, 1);
    pensel_samples samples = {.x = {w->x, SAMPLES, 2, PENSEL_FLOAT32},
                              .y = {w->y, SAMPLES, 3, PENSEL_FLOAT32}};
    if (pensel_training_new(&training, w->network, &options, error)) return seconds;
    if (!pensel_training_run(training, &samples, NULL, &random, error))
        seconds = pensel_training_report(training)->seconds / 2;
    pensel_training_free(&training);
    return seconds;
}

static double train_small_batches(workbench *w, pensel_error *error)
{
    return 6 * WEIGHTS * SAMPLES / training_seconds(w, 200, error) / 1e9;
}

static double train_large_batches(workbench *w, pensel_error *error)
{
    return 6 * WEIGHTS * SAMPLES / training_seconds(w, 2048, error) / 1e9;
}

static double render(workbench *w, pensel_error *error)
{
    pensel_matrix x = {w->x, pixel_count, 2, PENSEL_FLOAT32};
    gint64 start = g_get_monotonic_time();
    if (pensel_network_predict(w->network, w->outputs, x, w->threads, error)) return -1;
    return 2 * WEIGHTS * SIDE * SIDE / 1e3 / (double)(g_get_monotonic_time() - start);
}

static const struct work {
    const char *name, *key;
    double (*gflops)(workbench *, pensel_error *);
} works[] = {
    {"training, batch 200", "training_200", train_small_batches},
    {"training, batch 2048", "training_2048", train_large_batches},
    {"rendering", "rendering", render},
};
enum { WORKS = sizeof works / sizeof *works };

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values, size_t count)
{
    qsort(values, count, sizeof *values, by_size);
    return values[count / 2];
}

/* Medians over the rounds of a work's rate and of its share of the peak beside it. */
static pensel_status measure(workbench *w, const struct work *work, size_t rounds, double *gflops,
                             double *share, pensel_error *error)
{
    double rates[MOST_ROUNDS], shares[MOST_ROUNDS];
    for (size_t i = 0; i < rounds; i++) {
        double peak;
        pensel_status status = pensel_machine_peak(&peak, w->precision, w->threads, 0.05, error);
        if (status) return status;
        rates[i] = work->gflops(w, error);
        if (rates[i] < 0) return error->status;
        shares[i] = rates[i] / peak;
    }
    *gflops = median(rates, rounds);
    *share = median(shares, rounds);
    return PENSEL_OK;
}

static pensel_status measure_threads(workbench *w, size_t rounds, pensel_grid *grid,
                                     pensel_value *list, pensel_error *error)
{
    double peak;
    pensel_status status = pensel_machine_peak(&peak, w->precision, w->threads, 0.3, error);
    if (status) return status;
    pensel_value *entry = pensel_value_object();
    pensel_value_append(list, entry);
    pensel_value_set(entry, "threads", pensel_value_whole((int64_t)w->threads));
    pensel_value_set(entry, "peak_gflops", pensel_value_number(peak));
    pensel_grid_cell(grid, "%zu", w->threads);
    pensel_grid_cell(grid, "peak: multiply-adds in registers");
    pensel_grid_cell(grid, "%.0f GFLOP/s", peak);
    pensel_grid_cell(grid, "100 %%");
    for (size_t i = 0; i < WORKS; i++) {
        double gflops = 0, share = 0;
        status = measure(w, &works[i], rounds, &gflops, &share, error);
        if (status) return status;
        pensel_grid_cell(grid, "%zu", w->threads);
        pensel_grid_cell(grid, "%s", works[i].name);
        pensel_grid_cell(grid, "%.0f GFLOP/s", gflops);
        pensel_grid_cell(grid, "%.0f %%", 100 * share);
        pensel_value *figures = pensel_value_object();
        pensel_value_set(figures, "gflops", pensel_value_number(gflops));
        pensel_value_set(figures, "share", pensel_value_number(share));
        pensel_value_set(entry, works[i].key, figures);
    }
    return PENSEL_OK;
}

static pensel_status prepare(workbench *w, pensel_error *error)
{
    pensel_random random;
    pensel_shape shape = {.inputs = 2, .layers = layers, .layer_count = HIDDEN + 1};
    pensel_random_seed(&random, 1);
    pensel_status status = pensel_network_new(&w->network, &shape, w->precision, error);
    if (!status) status = pensel_network_initialise(w->network, PENSEL_GLOROT, &random, error);
    w->x = g_new(float, pixel_count * 2);
    w->y = g_new(float, sample_count * 3);
    w->outputs = g_new(double, pixel_count * 3);
    for (size_t i = 0; i < pixel_count * 2; i++)
        w->x[i] = (float)pensel_random_uniform(&random, 0, 1);
    for (size_t i = 0; i < sample_count * 3; i++)
        w->y[i] = (float)pensel_random_uniform(&random, 0, 1);
    return status;
}

/* One thread, then as many as there are, or as asked for. */
static pensel_status measure_all(workbench *w, size_t asked, size_t rounds, pensel_result *result,
                                 pensel_error *error)
{
    const char *isa;
    size_t all = asked ? asked : pensel_machine_threads();
    pensel_status status = pensel_machine_isa(&isa, error);
    if (!status) status = prepare(w, error);
    if (status) return status;
    pensel_grid *grid = pensel_grid_new("rlrr");
    pensel_value *list = pensel_value_array();
    static const char *const heads[] = {"threads", "work", "rate", "of the peak"};
    for (size_t i = 0; i < 4; i++)
        pensel_grid_cell(grid, "%s", heads[i]);
    for (w->threads = asked ? asked : 1; !status && w->threads <= all;
         w->threads = w->threads < all ? all : all + 1)
        status = measure_threads(w, rounds, grid, list, error);
    char *text = pensel_grid_finish(grid, 0);
    pensel_result_line(result, "machine", "%s, %s, a network of 2, %d x %d relu, 3", isa,
                       precision_name(w->precision), HIDDEN, WIDTH);
    pensel_result_block(result, "\n");
    pensel_result_block(result, text);
    pensel_result_text(result, "isa", isa);
    pensel_result_text(result, "precision", precision_name(w->precision));
    pensel_result_json(result, "measured", list);
    g_free(text);
    return status;
}

static int run(const pensel_command *command, int argc, char **argv)
{
    workbench w = {.precision = PENSEL_FLOAT32};
    size_t rounds = 7, threads = 0;
    bool json = false, quiet = false;
    const pensel_option own[] = {
        {"precision", 0, pensel_read_choice, &w.precision, "P",
         "float32 (default), float64 or bfloat16", 0, 0, precision_name},
        {"threads", 0, pensel_read_count, &threads, "N", "only this many (default: 1, then all)", 1,
         1024, NULL},
        {"rounds", 0, pensel_read_count, &rounds, "N", "take medians of this many (default 7)", 1,
         MOST_ROUNDS, NULL},
        {"json", 0, NULL, &json, NULL, "one JSON object on standard output", 0, 0, NULL},
        {"quiet", 'q', NULL, &quiet, NULL, "print nothing but errors", 0, 0, NULL},
        {0}};
    const pensel_option_group groups[] = {{"Options", own}, {0}};
    pensel_arguments arguments;
    pensel_error error = {0};
    int status = pensel_options_parse(&arguments, command, groups, argc, argv);
    if (status != PENSEL_OPTIONS_GO) return status;
    if (arguments.count) {
        status = pensel_message_usage("bench takes no argument: pensel bench [--threads N]");
    } else {
        pensel_result *result = pensel_result_new();
        if (measure_all(&w, threads, rounds, result, &error)) {
            pensel_result_drop(result);
            status = pensel_message_error(&error);
        } else {
            status = pensel_result_finish(result, json, quiet);
        }
    }
    pensel_network_free(&w.network);
    g_free(w.x);
    g_free(w.y);
    g_free(w.outputs);
    pensel_options_free(&arguments);
    return status;
}

const pensel_command pensel_command_bench = {
    "bench", "", "how fast this machine is, as a share of its peak", run};
