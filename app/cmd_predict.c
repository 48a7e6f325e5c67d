/* pensel predict: the answers of a saved network, for the rows of a table or for one row on the
 * command line. */
#include "command.h"
#include "text_grid.h"
#include "app_memory.h"
#include "npy_write.h"
#include "command_line.h"
#include "output.h"
#include "raw_predict.h"
#include "message.h"
#include "score_table.h"

#include <glib.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

typedef struct predict {
    const char *file, *input, *output;
    pensel_numbers at;
    bool probabilities, json, quiet;
    pensel_reading reading;
    double interval;     /* per cent; 0: none */
    pensel_model *model; /* with these two: */
    const pensel_estimator *estimator;
    const pensel_painting *painting; /* when the model is one */
    size_t columns;                  /* of what is predicted */
    size_t classes;                  /* probabilities' columns; 0 without */
    double *y, *p;                   /* (n, columns), (n, classes) */
} predict;

static int parse(predict *p, pensel_arguments *arguments, const pensel_command *command, int argc,
                 char **argv)
{
    const pensel_option own[] = {
        {"at", 0, pensel_read_numbers, &p->at, "X,X...",
         "one row of inputs; of a painting: row,column in pixels", 0, 0, NULL},
        {"output", 'o', pensel_read_text, &p->output, "FILE",
         ".csv or .npy (standard output, as csv)", 0, 0, NULL},
        {"probabilities", 0, NULL, &p->probabilities, NULL, "also the probability of each class", 0,
         0, NULL},
        {"threads", 0, pensel_read_threads, NULL, "N", "0: all cores (0)", 0, 0, NULL},
        {"interval", 0, pensel_read_number, &p->interval, "PERCENT",
         "also from where to where so many of the true numbers lie, such as 90", 1, 99, NULL},
        {"json", 0, NULL, &p->json, NULL, "one JSON object on standard output", 0, 0, NULL},
        {"quiet", 'q', NULL, &p->quiet, NULL, "print nothing but errors", 0, 0, NULL},
        {0}};
    pensel_option reading[PENSEL_READING_OPTIONS];
    pensel_reading_table(reading, &p->reading);
    const pensel_option_group groups[] = {{"Options", own}, {"Reading", reading}, {0}};
    int status = pensel_options_parse(arguments, command, groups, argc, argv);
    p->reading.quiet = p->quiet;
    return status;
}

static pensel_status ask(predict *p, pensel_matrix x, pensel_error *error)
{
    const pensel_estimator *e = p->estimator;
    size_t class_count;
    pensel_estimator_classes(e, &class_count);
    p->columns = class_count ? 1 : pensel_estimator_targets(e);
    p->classes = pensel_estimator_task(e) == PENSEL_CLASSIFICATION
                     ? (class_count ? class_count : pensel_estimator_targets(e))
                     : 0;
    p->y = g_try_malloc_n(MAX(x.rows, 1) * p->columns, sizeof(double));
    p->p = p->classes ? g_try_malloc_n(MAX(x.rows, 1) * p->classes, sizeof(double)) : NULL;
    if (!p->y || (p->classes && !p->p))
        return pensel_wrong(error, PENSEL_OUT_OF_MEMORY,
                            "no memory for %zu predictions: a smaller table is "
                            "needed",
                            x.rows);
    pensel_status status = pensel_estimator_predict(e, p->y, x, error);
    if (!status && p->classes) status = pensel_estimator_probabilities(e, p->p, x, error);
    return status;
}

static char *class_of(const predict *p, double code)
{
    size_t count;
    const double *codes = pensel_estimator_classes(p->estimator, &count);
    for (size_t i = 0; i < count; i++)
        if (codes[i] == code) return pensel_class_text(p->estimator, i);
    return pensel_format("%.15g", code);
}

static void put_head(GString *text, const predict *p)
{
    for (size_t c = 0; c < p->columns; c++) {
        const char *name = pensel_estimator_target_name(p->estimator, c);
        char *made = p->columns > 1 ? pensel_format("y%zu", c + 1) : g_strdup("prediction");
        if (c) g_string_append_c(text, ',');
        pensel_csv_put(text, name ? name : made);
        g_free(made);
    }
    for (size_t c = 0; p->probabilities && c < p->classes; c++) {
        char *name = pensel_class_text(p->estimator, c), *field = g_strconcat("p_", name, NULL);
        g_string_append_c(text, ',');
        pensel_csv_put(text, field);
        g_free(field);
        g_free(name);
    }
    g_string_append_c(text, '\n');
}

static char *make_csv(const predict *p, size_t n)
{
    GString *text = g_string_new(NULL);
    bool named = p->classes && p->columns == 1;
    put_head(text, p);
    for (size_t i = 0; i < n; i++) {
        for (size_t c = 0; c < p->columns; c++) {
            double value = p->y[i * p->columns + c];
            char *field = named ? class_of(p, value) : pensel_format("%.9g", value);
            if (c) g_string_append_c(text, ',');
            pensel_csv_put(text, field);
            g_free(field);
        }
        for (size_t c = 0; p->probabilities && c < p->classes; c++)
            pensel_append(text, ",%.9g", p->p[i * p->classes + c]);
        g_string_append_c(text, '\n');
    }
    return g_string_free(text, FALSE);
}

/* .npy: the predictions (codes for classes), or with --probabilities those. */
static pensel_status write_output(const predict *p, size_t n, pensel_error *error)
{
    bool chances = p->probabilities && p->classes;
    if (p->output && g_str_has_suffix(p->output, ".npy"))
        return pensel_npy_write(p->output, chances ? p->p : p->y, n,
                                chances ? p->classes : p->columns, error);
    char *text = make_csv(p, n);
    pensel_status status = PENSEL_OK;
    if (p->output)
        status = pensel_file_write(p->output, text, strlen(text), error);
    else
        fputs(text, stdout);
    g_free(text);
    return status;
}

/* A class by its name, where it has one; else the number. */
static pensel_value *json_of(const predict *p, double value)
{
    if (p->columns > 1 || !p->classes || !pensel_estimator_class_name(p->estimator, 0))
        return pensel_value_number(value);
    char *name = class_of(p, value);
    pensel_value *text = pensel_value_text(name);
    g_free(name);
    return text;
}

/* One entry a row, which is a list where there are several targets. */
static pensel_value *json_predictions(const predict *p, size_t n)
{
    pensel_value *rows = pensel_value_array();
    for (size_t i = 0; i < n; i++) {
        pensel_value *row = p->columns == 1 ? rows : pensel_value_array();
        for (size_t c = 0; c < p->columns; c++)
            pensel_value_append(row, json_of(p, p->y[i * p->columns + c]));
        if (row != rows) pensel_value_append(rows, row);
    }
    return rows;
}

/* A list a row, in the order of `classes`. */
static void print_probabilities(const predict *p, pensel_result *result, size_t n)
{
    pensel_value *rows = pensel_value_array(), *names = pensel_value_array();
    for (size_t c = 0; c < p->classes; c++) {
        char *name = pensel_class_text(p->estimator, c);
        pensel_value_append(names, pensel_value_text(name));
        g_free(name);
    }
    for (size_t i = 0; i < n; i++)
        pensel_value_append(rows, pensel_value_numbers(p->p + i * p->classes, p->classes));
    pensel_result_json(result, "classes", names);
    pensel_result_json(result, "probabilities", rows);
}

static int predict_table(predict *p)
{
    pensel_error error = {0};
    pensel_table *table = NULL;
    pensel_status status = pensel_output_spares(&p->output, 1, p->input, &error);
    if (!status) status = pensel_output_check(p->output, "--output", &error);
    if (!status)
        status = pensel_table_for(&table, p->estimator, p->input, NULL, NULL, &p->reading, &error);
    if (!status) status = ask(p, table->x, &error);
    if (!status && (p->output || !p->json)) status = write_output(p, table->x.rows, &error);
    int exit = 0;
    if (status) {
        exit = pensel_message_error(&error);
    } else if (p->output || p->json) {
        pensel_result *result = pensel_result_new();
        char *rows = pensel_text_counted((double)table->x.rows, "row");
        pensel_result_line(result, "predicted", "%s, %s", rows, p->output ? p->output : "");
        g_free(rows);
        size_t told = p->output ? 0 : table->x.rows;
        pensel_result_count(result, "rows", table->x.rows);
        pensel_result_text(result, "output", p->output);
        pensel_result_json(result, "predictions", json_predictions(p, told));
        if (p->probabilities && p->classes && told) print_probabilities(p, result, told);
        exit = pensel_result_finish(result, p->json, p->quiet);
    }
    pensel_table_free(&table);
    return exit;
}

/* The place in a painting is given as row and column in pixels, whatever the inputs of its network
 * are. */
static pensel_status ask_painting(predict *p, pensel_error *error)
{
    const pensel_canvas *canvas = pensel_painting_canvas(p->painting);
    if (p->at.count != 2)
        return pensel_wrong(error, PENSEL_BAD_ARGUMENT,
                            "--at: a painting takes row,column, not %zu numbers", p->at.count);
    pensel_matrix x = {p->at.values, 1, 2, PENSEL_FLOAT64};
    if (canvas->raw_coordinates) return ask(p, x, error);
    pensel_render_options one = pensel_render_defaults();
    one.width = one.height = 1;
    one.x = p->at.values[1];
    one.y = p->at.values[0];
    one.w = one.h = 1;
    if (pensel_estimator_task(p->estimator) == PENSEL_CLASSIFICATION) {
        float place[4] = {0};
        pensel_matrix inside = {place, 1, pensel_estimator_inputs(p->estimator), PENSEL_FLOAT32};
        pensel_status found = pensel_painting_inputs(p->painting, place, 0, 1, &one, error);
        return found ? found : ask(p, inside, error);
    }
    float pixel[4];
    pensel_status status = pensel_painting_render(p->painting, pixel, 0, 1, &one, error);
    if (status) return status;
    p->columns = canvas->channels;
    p->y = g_new(double, canvas->channels);
    for (size_t c = 0; c < canvas->channels; c++)
        p->y[c] = pixel[c];
    return PENSEL_OK;
}

/* "0.25 0.5 0.125"; of several targets "length 5.1, width 3.5" */
static void print_numbers(const predict *p, pensel_result *result)
{
    GString *text = g_string_new(NULL), *bytes = g_string_new(NULL);
    bool named = p->columns > 1 && pensel_estimator_target_name(p->estimator, p->columns - 1);
    for (size_t c = 0; c < p->columns; c++) {
        if (c) g_string_append(text, named ? ", " : " ");
        if (named) pensel_append(text, "%s ", pensel_estimator_target_name(p->estimator, c));
        pensel_append(text, "%.6g", p->y[c]);
        pensel_append(bytes, "%s%.0f", c ? " " : "", rint(255 * fmin(fmax(p->y[c], 0), 1)));
    }
    pensel_result_line(result, "prediction", "%s", text->str);
    if (p->painting) pensel_result_line(result, "colour", "%s of 255", bytes->str);
    g_string_free(text, TRUE);
    g_string_free(bytes, TRUE);
}

/* The labels that apply. */
static void print_labels(const predict *p, pensel_result *result)
{
    GString *text = g_string_new(NULL);
    for (size_t c = 0; c < p->columns; c++) {
        char *label = pensel_class_text(p->estimator, c);
        if (p->y[c] != 0) pensel_append(text, "%s%s", text->len ? ", " : "", label);
        g_free(label);
    }
    pensel_result_line(result, "labels", "%s", text->len ? text->str : "none");
    g_string_free(text, TRUE);
}

static void print_class(const predict *p, pensel_result *result)
{
    char *name = p->columns == 1 ? class_of(p, p->y[0]) : NULL;
    if (name) pensel_result_line(result, "class", "%s", name);
    pensel_result_text(result, "class", name);
    g_free(name);
    if (p->columns > 1) print_labels(p, result);
    if (p->painting && p->columns == 1) {
        char *colour = pensel_class_colour(p->painting, (size_t)p->y[0]);
        pensel_result_line(result, "colour", "%s", colour);
        pensel_result_text(result, "colour", colour);
        g_free(colour);
    }
    pensel_value *chances = pensel_value_object();
    for (size_t c = 0; c < p->classes; c++) {
        char *label = pensel_class_text(p->estimator, c),
             *line = g_strconcat("p(", label, ")", NULL);
        pensel_result_line(result, line, "%.6f", p->p[c]);
        pensel_value_set(chances, label, pensel_value_number(p->p[c]));
        g_free(line);
        g_free(label);
    }
    pensel_result_json(result, "probabilities", chances);
}

static int predict_one(predict *p)
{
    pensel_error error = {0};
    size_t inputs = pensel_estimator_inputs(p->estimator);
    pensel_matrix x = {p->at.values, 1, p->at.count, PENSEL_FLOAT64};
    pensel_status status;
    if (p->painting)
        status = ask_painting(p, &error);
    else if (p->at.count != inputs)
        status = pensel_wrong(&error, PENSEL_BAD_ARGUMENT, "--at: %zu numbers: the model takes %zu",
                              p->at.count, inputs);
    else
        status = ask(p, x, &error);
    if (status) return pensel_message_error(&error);
    pensel_result *result = pensel_result_new();
    if (p->classes)
        print_class(p, result);
    else
        print_numbers(p, result);
    pensel_result_json(result, "prediction", pensel_value_numbers(p->y, p->columns));
    return pensel_result_finish(result, p->json, p->quiet);
}

static int dispatch(predict *p, const pensel_arguments *arguments)
{
    pensel_error error = {0};
    bool by_hand = p->at.count > 0;
    if (arguments->count != (by_hand ? 1u : 2u))
        return pensel_message_usage(
            "predict: a model and a table, or a model and --at X,X, are needed: pensel "
            "predict MODEL TABLE");
    p->file = arguments->words[0];
    p->input = by_hand ? NULL : arguments->words[1];
    if (p->output && !g_str_has_suffix(p->output, ".csv") && !g_str_has_suffix(p->output, ".npy"))
        return pensel_message_usage("--output %.200s: predictions are written as .csv or .npy",
                                    p->output);
    if (pensel_model_load(&p->model, p->file, &error)) return pensel_message_error(&error);
    if (pensel_model_table(p->model))
        return pensel_raw_predict(&(pensel_raw_question){.model = pensel_model_table(p->model),
                                                         .table = p->input,
                                                         .at = p->at.values,
                                                         .at_count = p->at.count,
                                                         .output = p->output,
                                                         .probabilities = p->probabilities,
                                                         .interval = p->interval,
                                                         .json = p->json,
                                                         .quiet = p->quiet,
                                                         .reading = p->reading});
    if (p->interval > 0)
        return pensel_message_usage("--interval: the model has no held-out errors: models of fit "
                                    "without settings have");
    p->estimator = pensel_model_estimator(p->model);
    p->painting = pensel_model_painting(p->model);
    if (p->probabilities && pensel_estimator_task(p->estimator) != PENSEL_CLASSIFICATION)
        return pensel_message_usage("--probabilities is about classes: %.200s predicts numbers",
                                    p->file);
    return by_hand ? predict_one(p) : predict_table(p);
}

static int run(const pensel_command *command, int argc, char **argv)
{
    predict p = {0};
    pensel_arguments arguments;
    int status = parse(&p, &arguments, command, argc, argv);
    if (status != PENSEL_OPTIONS_GO) return status;
    status = dispatch(&p, &arguments);
    pensel_model_free(&p.model);
    g_free(p.at.values);
    g_free(p.y);
    g_free(p.p);
    pensel_options_free(&arguments);
    return status;
}

const pensel_command pensel_command_predict = {"predict", "MODEL TABLE | MODEL --at X,X",
                                               "predict with a saved network", run};
