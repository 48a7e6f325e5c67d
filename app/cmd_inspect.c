/* pensel inspect: what is in a model file. */
#include "command.h"
#include "text_grid.h"
#include "layers.h"
#include "app_memory.h"
#include "command_line.h"
#include "result.h"
#include "message.h"
#include "inspect_compact.h"
#include "raw_table.h"
#include "score_table.h"

#include <glib.h>
#include <math.h>
#include <sys/stat.h>

enum { NAMED = 12 }; /* of inputs and classes, in a line */

/* Smallest, mean, largest and standard deviation of a block of parameters. */
typedef struct spread {
    double least, mean, most, deviation;
} spread;

static double parameter_at(const pensel_network *network, size_t i)
{
    const void *p = pensel_network_parameters_const(network);
    return pensel_network_precision(network) == PENSEL_FLOAT64 ? ((const double *)p)[i]
                                                               : ((const float *)p)[i];
}

static spread measure(const pensel_network *network, size_t first, size_t count)
{
    spread s = {INFINITY, 0, -INFINITY, 0};
    for (size_t i = first; i < first + count; i++) {
        double value = parameter_at(network, i);
        s.least = fmin(s.least, value);
        s.most = fmax(s.most, value);
        s.mean += value / (double)count;
    }
    for (size_t i = first; i < first + count; i++)
        s.deviation += pow(parameter_at(network, i) - s.mean, 2) / (double)count;
    s.deviation = sqrt(s.deviation);
    return s;
}

static void put_layer(pensel_grid *grid, pensel_value *list, const pensel_network *network,
                      size_t l)
{
    const pensel_shape *shape = pensel_network_shape(network);
    pensel_layer_view view;
    if (pensel_network_layer(network, l, &view, NULL)) return;
    spread s = measure(network, view.weights, view.in * view.out);
    char *activation = pensel_activation_text(&shape->layers[l]);
    char *count = pensel_text_count((double)(view.in * view.out + view.out));
    pensel_grid_cell(grid, l + 1 == shape->layer_count ? "output" : "%zu", l + 1);
    pensel_grid_cell(grid, "%zu", view.in);
    pensel_grid_cell(grid, "%zu", view.out);
    pensel_grid_cell(grid, "%s", activation);
    pensel_grid_cell(grid, "%s", count);
    pensel_grid_cell(grid, "%.3g", s.least);
    pensel_grid_cell(grid, "%.3g", s.mean);
    pensel_grid_cell(grid, "%.3g", s.most);
    pensel_grid_cell(grid, "%.3g", s.deviation);
    pensel_value *entry = pensel_value_object();
    pensel_value_set(entry, "in", pensel_value_whole((int64_t)view.in));
    pensel_value_set(entry, "out", pensel_value_whole((int64_t)view.out));
    pensel_value_set(entry, "activation", pensel_value_text(activation));
    pensel_value_set(entry, "parameters",
                     pensel_value_whole((int64_t)(view.in * view.out + view.out)));
    pensel_value_set(entry, "weight_least", pensel_value_number(s.least));
    pensel_value_set(entry, "weight_mean", pensel_value_number(s.mean));
    pensel_value_set(entry, "weight_most", pensel_value_number(s.most));
    pensel_value_set(entry, "weight_deviation", pensel_value_number(s.deviation));
    pensel_value_append(list, entry);
    g_free(activation);
    g_free(count);
}

/* Its own parameters stand after the layers'. */
static void print_encoding(pensel_result *result, const pensel_network *network)
{
    const pensel_shape *shape = pensel_network_shape(network);
    const pensel_encoding *c = &shape->encoding;
    const char *name = pensel_encoding_name(c->kind);
    size_t latents = pensel_network_parameter_count(network);
    pensel_layer_view view;
    for (size_t l = 0; l < shape->layer_count; l++)
        if (!pensel_network_layer(network, l, &view, NULL)) latents -= (view.in + 1) * view.out;
    char *text = pensel_text_count((double)latents);
    if (c->kind == PENSEL_FOURIER)
        pensel_result_line(result, "encoding", "%s, %zu frequencies of scale %g", name, c->features,
                           c->scale);
    else if (c->kind == PENSEL_HASHGRID)
        pensel_result_line(result, "encoding", "%s, %zu levels from %zu to %zu cells, %s latents",
                           name, c->levels, c->base_resolution, c->fine_resolution, text);
    else if (c->kind == PENSEL_PYRAMID)
        pensel_result_line(result, "encoding", "%s, %zu levels from %zu x %zu, %s latents", name,
                           c->levels, c->columns, c->rows, text);
    else
        pensel_result_line(result, "encoding", "%s", name);
    g_free(text);
    pensel_result_text(result, "encoding", name);
    pensel_result_count(result, "latents", latents);
}

static void print_layers(pensel_result *result, const pensel_network *network)
{
    static const char *const heads[] = {"layer",        "in",   "out", "activation", "parameters",
                                        "weights from", "mean", "to",  "deviation"};
    size_t count = pensel_network_shape(network)->layer_count;
    pensel_grid *grid = pensel_grid_new("rrrlrrrrr");
    pensel_value *list = pensel_value_array();
    for (size_t i = 0; i < G_N_ELEMENTS(heads); i++)
        pensel_grid_cell(grid, "%s", heads[i]);
    for (size_t l = 0; l < count; l++)
        put_layer(grid, list, network, l);
    char *text = pensel_grid_finish(grid, 2);
    pensel_result_block(result, "\n");
    pensel_result_block(result, text);
    g_free(text);
    pensel_result_json(result, "layers", list);
}

static void print_task(pensel_result *result, const pensel_estimator *e, const char *task)
{
    size_t targets = pensel_estimator_targets(e);
    GString *names = g_string_new(NULL);
    pensel_value *list = pensel_value_array();
    for (size_t i = 0; i < targets && pensel_estimator_target_name(e, i); i++) {
        const char *name = pensel_estimator_target_name(e, i);
        if (i == 0) g_string_append(names, " of ");
        if (i < NAMED) pensel_csv_list(names, i, name);
        pensel_value_append(list, pensel_value_text(name));
    }
    pensel_result_line(result, "task", "%s%s%s", task, names->str, targets > NAMED ? "..." : "");
    pensel_result_json(result, "targets", list);
    g_string_free(names, TRUE);
}

static void print_canvas(pensel_result *result, const pensel_canvas *c)
{
    pensel_result_line(result, "painting", "%zu x %zu, %zu channel%s%s", c->width, c->height,
                       c->channels, c->channels == 1 ? "" : "s",
                       c->raw_coordinates ? ", inputs are (row, column) in pixels" : "");
    if (c->profile) {
        char *bytes = pensel_text_counted((double)c->profile_size, "byte");
        pensel_result_line(result, "profile", "ICC, %s", bytes);
        g_free(bytes);
    }
    pensel_result_count(result, "profile_bytes", c->profile_size);
    pensel_result_count(result, "width", c->width);
    pensel_result_count(result, "height", c->height);
    pensel_result_count(result, "channels", c->channels);
}

static void print_input_names(pensel_result *result, const pensel_estimator *e)
{
    size_t inputs = pensel_estimator_inputs(e);
    GString *names = g_string_new(NULL);
    for (size_t i = 0; i < MIN(inputs, NAMED); i++)
        pensel_csv_list(names, i, pensel_estimator_input_name(e, i));
    if (inputs > NAMED) g_string_append_printf(names, "... (%zu in all)", inputs);
    pensel_result_line(result, "inputs", "%s", names->str);
    g_string_free(names, TRUE);
}

/* In the line, a class of a painting that has a name has its colour behind it. */
static void name_class(GString *names, size_t i, const char *name, const pensel_painting *painting)
{
    pensel_csv_list(names, i, name);
    if (!painting || name[0] == '#') return;
    char *colour = pensel_class_colour(painting, i);
    pensel_append(names, " %s", colour);
    g_free(colour);
}

static void print_classes(pensel_result *result, const pensel_estimator *e, size_t classes,
                          const pensel_painting *painting)
{
    GString *names = g_string_new(NULL);
    pensel_value *list = pensel_value_array();
    bool one_hot = pensel_estimator_settings(e)->one_hot;
    for (size_t i = 0; i < classes; i++) {
        char *name = pensel_class_text(e, i);
        if (i < NAMED) name_class(names, i, name, painting);
        pensel_value_append(list, pensel_value_text(name));
        g_free(name);
    }
    pensel_result_line(result, "classes", "%s%s%s", names->str, classes > NAMED ? "..." : "",
                       one_hot ? "; an output each, the largest says which" : "");
    pensel_result_flag(result, "one_hot", one_hot);
    pensel_result_json(result, "classes", list);
    g_string_free(names, TRUE);
}

static void print_meaning(pensel_result *result, const pensel_estimator *e,
                          const pensel_painting *painting)
{
    size_t classes;
    const char *task = pensel_task_name(pensel_estimator_task(e));
    pensel_estimator_classes(e, &classes);
    pensel_result_text(result, "task", task);
    if (painting)
        print_canvas(result, pensel_painting_canvas(painting));
    else if (pensel_estimator_input_name(e, 0))
        print_input_names(result, e);
    if (!painting) print_task(result, e, task);
    if (classes) print_classes(result, e, classes, painting);
}

static void print_training(pensel_result *result, const pensel_estimator *e)
{
    const pensel_estimator_options *o = pensel_estimator_settings(e);
    const pensel_training_options *t = &o->training;
    const pensel_report *r = pensel_estimator_report(e);
    if (t->coarse_to_fine)
        pensel_result_line(result, "method",
                           "coarse to fine, latents by descent at 0.5 / curvature, layers by %s",
                           pensel_solver_name(t->solver));
    pensel_result_flag(result, "coarse_to_fine", t->coarse_to_fine);
    char *batch = t->batch_size ? pensel_text_count((double)t->batch_size) : g_strdup("auto");
    pensel_result_line(result, "settings", "%s, loss %s, rate %g %s, batch %s, alpha %g, seed %u",
                       pensel_solver_name(t->solver), pensel_loss_name(t->loss),
                       t->learning_rate_init, pensel_schedule_name(t->learning_rate), batch,
                       t->alpha, o->seed);
    g_free(batch);
    pensel_result_line(result, "scaling", "inputs %s, targets %s",
                       pensel_scaling_name(o->scale_inputs), pensel_scaling_name(o->scale_targets));
    pensel_result_text(result, "solver", pensel_solver_name(t->solver));
    pensel_result_text(result, "loss_function", pensel_loss_name(t->loss));
    pensel_result_text(result, "schedule", pensel_schedule_name(t->learning_rate));
    pensel_result_number(result, "learning_rate_init", t->learning_rate_init);
    pensel_result_count(result, "batch_size", t->batch_size);
    pensel_result_number(result, "alpha", t->alpha);
    pensel_result_count(result, "seed", o->seed);
    pensel_result_text(result, "scale", pensel_scaling_name(o->scale_inputs));
    pensel_result_text(result, "scale_targets", pensel_scaling_name(o->scale_targets));
    if (!r) return;
    char *steps = pensel_text_counted((double)r->steps, "step");
    char *epochs = pensel_text_counted((double)r->epochs, "epoch");
    pensel_result_line(result, "training", "%s, %s, loss %.6g, stopped: %s", epochs, steps, r->loss,
                       pensel_stop_name(r->stop));
    g_free(steps);
    g_free(epochs);
    pensel_result_count(result, "epochs", r->epochs);
    pensel_result_count(result, "steps", r->steps);
    pensel_result_number(result, "loss", r->loss);
    pensel_result_text(result, "stopped", pensel_stop_name(r->stop));
}

static void print_file(pensel_result *result, const char *path)
{
    struct stat info = {0};
    stat(path, &info);
    char *bytes = pensel_text_count((double)info.st_size);
    pensel_result_line(result, "model", "%s, %s bytes", path, bytes);
    pensel_result_text(result, "model", path);
    pensel_result_count(result, "bytes", (uint64_t)info.st_size);
    g_free(bytes);
}

static void print_network(pensel_result *result, const pensel_network *network)
{
    char *shape = pensel_layers_text(pensel_network_shape(network));
    char *count = pensel_text_count((double)pensel_network_parameter_count(network));
    pensel_precision kind = pensel_network_precision(network);
    bool in_pairs = kind == PENSEL_BFLOAT16;
    const char *precision = pensel_precision_name(kind);
    pensel_result_line(result, "network", "%s", shape);
    pensel_result_line(result, "parameters", "%s of %s%s", count, in_pairs ? "float32" : precision,
                       in_pairs ? ", multiplied in bfloat16" : "");
    pensel_result_text(result, "network", shape);
    pensel_result_count(result, "parameters", pensel_network_parameter_count(network));
    pensel_result_text(result, "precision", precision);
    g_free(shape);
    g_free(count);
}

static void print_estimator(pensel_result *result, const pensel_estimator *e,
                            const pensel_painting *painting)
{
    const pensel_network *network = pensel_estimator_network(e);
    print_meaning(result, e, painting);
    print_network(result, network);
    print_encoding(result, network);
    print_training(result, e);
    print_layers(result, network);
}

static int inspect(const char *path, bool json, bool quiet)
{
    pensel_error error = {0};
    pensel_model *model;
    if (pensel_model_load(&model, path, &error)) return pensel_message_error(&error);
    pensel_result *result = pensel_result_new();
    print_file(result, path);
    if (pensel_model_table(model))
        pensel_raw_table_print(result, pensel_model_table(model));
    else
        print_estimator(result, pensel_model_estimator(model), pensel_model_painting(model));
    pensel_model_free(&model);
    return pensel_result_finish(result, json, quiet);
}

static int run(const pensel_command *command, int argc, char **argv)
{
    bool json = false, quiet = false;
    const pensel_option own[] = {
        {"json", 0, NULL, &json, NULL, "one JSON object on standard output", 0, 0, NULL},
        {"quiet", 'q', NULL, &quiet, NULL, "print nothing but errors", 0, 0, NULL},
        {0}};
    const pensel_option_group groups[] = {{"Options", own}, {0}};
    pensel_arguments arguments;
    int status = pensel_options_parse(&arguments, command, groups, argc, argv);
    if (status != PENSEL_OPTIONS_GO) return status;
    if (arguments.count != 1)
        status = pensel_message_usage("inspect: one model is needed, not %zu: pensel inspect MODEL",
                                      arguments.count);
    else if (pensel_compact_is(arguments.words[0]))
        status = pensel_compact_inspect(arguments.words[0], json, quiet);
    else
        status = inspect(arguments.words[0], json, quiet);
    pensel_options_free(&arguments);
    return status;
}

const pensel_command pensel_command_inspect = {"inspect", "MODEL", "what is in a model file", run};
