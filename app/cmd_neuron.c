/* pensel neuron: one neuron, step by step, or one that learns by Rosenblatt's rule. */
#include "command.h"
#include "text_grid.h"
#include "layers.h"
#include "app_memory.h"
#include "result.h"
#include "message.h"
#include "table_read.h"

#include <glib.h>
#include <math.h>
#include <string.h>

typedef struct neuron {
    pensel_numbers weights, x;
    double bias, rate;
    const char *activation, *learn, *target;
    size_t inputs, epochs;
    uint32_t seed;
    bool json, quiet;
    pensel_reading reading;
} neuron;

static int parse(neuron *n, pensel_arguments *arguments, const pensel_command *command, int argc,
                 char **argv)
{
    const pensel_option own[] = {
        {"weights", 0, pensel_read_numbers, &n->weights, "W,W...",
         "one per input; if left out, drawn from [0, 1)", 0, 0, NULL},
        {"bias", 0, pensel_read_number, &n->bias, "B", "added to the sum (0)", -INFINITY, 0, NULL},
        {"activation", 0, pensel_read_text, &n->activation, "F",
         "see pensel activations; leaky-relu:0.2 for another slope (identity)", 0, 0, NULL},
        {"inputs", 0, pensel_read_count, &n->inputs, "N", "how many weights to draw", 1, 1000000,
         NULL},
        {"seed", 0, pensel_read_seed, &n->seed, "S", "of the weights drawn (0)", 0, 0, NULL},
        {"json", 0, NULL, &n->json, NULL, "one JSON object on standard output", 0, 0, NULL},
        {"quiet", 'q', NULL, &n->quiet, NULL, "print nothing but errors", 0, 0, NULL},
        {0}};
    const pensel_option learning[] = {
        {"learn", 0, pensel_read_text, &n->learn, "TABLE",
         "learn to output 0 or 1, by Rosenblatt's rule", 0, 0, NULL},
        {"target", 0, pensel_read_text, &n->target, "COLUMN", "the column of answers", 0, 0, NULL},
        {"learning-rate-init", 0, pensel_read_number, &n->rate, "R", "size of a correction (1)", 0,
         0, NULL},
        {"epochs", 0, pensel_read_count, &n->epochs, "N", "at most this many passes (100)", 1, 0,
         NULL},
        {0}};
    pensel_option reading[PENSEL_READING_OPTIONS];
    pensel_reading_table(reading, &n->reading);
    const pensel_option_group groups[] = {
        {"Neuron", own}, {"Learning (a perceptron)", learning}, {"Reading", reading}, {0}};
    int status = pensel_options_parse(arguments, command, groups, argc, argv);
    n->reading.quiet = n->quiet;
    return status;
}

/* Random weights: those of numpy.random.RandomState(seed).uniform(0, 1, n). */
static void draw_weights(neuron *n, size_t count)
{
    pensel_random random;
    pensel_random_seed(&random, n->seed);
    n->weights = (pensel_numbers){g_new(double, count), count};
    for (size_t i = 0; i < count; i++)
        n->weights.values[i] = pensel_random_uniform(&random, 0, 1);
}

static pensel_status read_inputs(neuron *n, const pensel_arguments *arguments, pensel_error *error)
{
    GString *joined = g_string_new(NULL);
    for (size_t i = 0; i < arguments->count; i++)
        pensel_append(joined, "%s%s", i ? "," : "", arguments->words[i]);
    const pensel_option inputs = {.name = "inputs", .target = &n->x, .argument = "X.."};
    pensel_status status =
        arguments->count ? pensel_read_numbers(&inputs, joined->str, error) : PENSEL_OK;
    g_string_free(joined, TRUE);
    if (status) return status;
    size_t wanted = n->inputs ? n->inputs : n->x.count;
    if (!n->weights.count && wanted) draw_weights(n, wanted);
    if (n->x.count != n->weights.count || (n->inputs && n->inputs != n->weights.count))
        return pensel_wrong(
            error, PENSEL_BAD_ARGUMENT,
            "neuron: %zu weights and %zu inputs: as many inputs as weights are needed",
            n->weights.count, n->x.count);
    if (!n->x.count)
        return pensel_wrong(error, PENSEL_BAD_ARGUMENT,
                            "neuron: no inputs: pensel neuron --weights "
                            "0.7,0.6 1.0 0.5");
    return PENSEL_OK;
}

/* How many decimals the numbers need, so that their decimal points line up. */
static int decimals_of(const double *values, size_t count, int decimals)
{
    for (size_t i = 0; i < count; i++) {
        char *text = pensel_text_number(values[i]), *point = strchr(text, '.');
        if (point && !strchr(text, 'e')) decimals = MAX(decimals, (int)strlen(point + 1));
        g_free(text);
    }
    return MIN(decimals, 6);
}

static void put_number(pensel_grid *grid, double value, int decimals)
{
    if (value != 0 && (fabs(value) < 1e-4 || fabs(value) >= 1e9))
        pensel_grid_cell(grid, "%.6g", value);
    else
        pensel_grid_cell(grid, "%.*f", decimals, value == 0 ? 0.0 : value);
}

static void put_products(pensel_grid *grid, const neuron *n, const double *products)
{
    static const char *const heads[] = {"input", "weight", "product"};
    const double *columns[] = {n->x.values, n->weights.values, products};
    int decimals[3];
    for (size_t c = 0; c < 3; c++) {
        pensel_grid_cell(grid, "%s", heads[c]);
        decimals[c] = decimals_of(columns[c], n->x.count, 1);
    }
    for (size_t i = 0; i < n->x.count; i++)
        for (size_t c = 0; c < 3; c++)
            put_number(grid, columns[c][i], decimals[c]);
}

static void put_totals(pensel_grid *grid, const char *activation, const double totals[4],
                       const double *products, size_t count)
{
    const char *const names[] = {"sum", "bias", "z", activation};
    int decimals = decimals_of(totals, 4, decimals_of(products, count, 1));
    for (size_t i = 0; i < 4; i++) {
        pensel_grid_cell(grid, "%s", "");
        pensel_grid_cell(grid, "%s", names[i]);
        put_number(grid, totals[i], decimals);
    }
}

static int show(const neuron *n, const pensel_neuron *unit, const double *products, double z,
                double output)
{
    const pensel_activation_info *info = pensel_activation_describe(unit->activation);
    pensel_layer layer = {1, unit->activation, unit->parameter};
    char *name = pensel_activation_text(&layer);
    pensel_result *result = pensel_result_new();
    pensel_grid *grid = pensel_grid_new("rrr");
    put_products(grid, n, products);
    const double totals[] = {z - unit->bias, unit->bias, z, output};
    put_totals(grid, name, totals, products, n->x.count);
    char *text = pensel_grid_finish(grid, 2);
    pensel_result_block(result, text);
    g_free(text);
    text = pensel_format("\noutput %.6g = %s, f(z) = %s", output == 0 ? 0.0 : output, name,
                         info->formula);
    pensel_result_block(result, text);
    if (info->has_parameter) {
        g_free(text);
        text = pensel_format(" with p = %g", unit->parameter);
        pensel_result_block(result, text);
    }
    pensel_result_block(result, "\n");
    pensel_result_json(result, "inputs", pensel_value_numbers(n->x.values, n->x.count));
    pensel_result_json(result, "weights", pensel_value_numbers(n->weights.values, n->x.count));
    pensel_result_json(result, "products", pensel_value_numbers(products, n->x.count));
    pensel_result_number(result, "sum", z - unit->bias);
    pensel_result_number(result, "bias", unit->bias);
    pensel_result_number(result, "z", z);
    pensel_result_text(result, "activation", info->name);
    pensel_result_number(result, "parameter", unit->parameter);
    pensel_result_number(result, "output", output);
    g_free(text);
    g_free(name);
    return pensel_result_finish(result, n->json, n->quiet);
}

static int fire(neuron *n, const pensel_arguments *arguments)
{
    pensel_error error = {0};
    pensel_layer layer = {1, PENSEL_IDENTITY, 0};
    pensel_status status = pensel_activation_read(&layer, n->activation, &error);
    if (!status) status = read_inputs(n, arguments, &error);
    if (status) return pensel_message_error(&error);
    double output, z, *products = g_new0(double, n->x.count);
    pensel_neuron unit = {n->weights.values, n->x.count, n->bias, layer.activation,
                          layer.parameter};
    status = pensel_neuron_run(&unit, &output, &z, products, n->x.values, &error);
    int exit = status ? pensel_message_error(&error) : show(n, &unit, products, z, output);
    g_free(products);
    return exit;
}

static int print_learned(const neuron *n, const pensel_table *table, double bias, size_t epochs,
                         size_t mistakes)
{
    pensel_result *result = pensel_result_new();
    for (size_t i = 0; i < table->x.columns; i++)
        pensel_result_line(result, table->names[i], "weight %.6g", n->weights.values[i]);
    pensel_result_line(result, "bias", "%.6g", bias);
    pensel_result_line(result, "learned",
                       mistakes ? "no: %zu mistakes in epoch %zu"
                                : "yes: %zu mistakes in epoch %zu",
                       mistakes, epochs);
    pensel_result_json(result, "weights",
                       pensel_value_numbers(n->weights.values, table->x.columns));
    pensel_result_number(result, "bias", bias);
    pensel_result_count(result, "epochs", epochs);
    pensel_result_count(result, "mistakes", mistakes);
    pensel_result_flag(result, "learned", mistakes == 0);
    return pensel_result_finish(result, n->json, n->quiet);
}

static int learn(neuron *n)
{
    pensel_error error = {0};
    pensel_table *table = NULL;
    pensel_table_options options = pensel_table_defaults();
    options.precision = PENSEL_FLOAT64;
    options.target = n->target;
    pensel_status status = pensel_read_table(&table, n->learn, &options, &n->reading, &error);
    if (status) return pensel_message_error(&error);
    size_t inputs = table->x.columns, epochs = 0, mistakes = 0;
    if (!n->weights.count) n->weights = (pensel_numbers){g_new0(double, inputs), inputs};
    double bias = n->bias;
    int exit;
    if (n->weights.count != inputs)
        exit = pensel_message_usage("--weights: %zu for %zu inputs: as many as inputs are needed",
                                    n->weights.count, inputs);
    else if (pensel_perceptron_train(n->weights.values, &bias, &epochs, &mistakes, table->x.data,
                                     table->y.data, table->x.rows, inputs, n->rate, n->epochs,
                                     &error))
        exit = pensel_message_error(&error);
    else
        exit = print_learned(n, table, bias, epochs, mistakes);
    pensel_table_free(&table);
    return exit;
}

static int run(const pensel_command *command, int argc, char **argv)
{
    neuron n = {.activation = "identity", .rate = 1, .epochs = 100};
    pensel_arguments arguments;
    int status = parse(&n, &arguments, command, argc, argv);
    if (status != PENSEL_OPTIONS_GO) return status;
    if (n.learn && !n.target)
        status =
            pensel_message_usage("--learn needs to know the column of answers: --target COLUMN");
    else
        status = n.learn ? learn(&n) : fire(&n, &arguments);
    g_free(n.weights.values);
    g_free(n.x.values);
    pensel_options_free(&arguments);
    return status;
}

const pensel_command pensel_command_neuron = {
    "neuron", "[X...]", "one neuron, step by step; or train a perceptron", run};
