/* pensel activations: the activation functions, as a table and as a figure. */
#include "command.h"
#include "figure.h"
#include "text_grid.h"
#include "app_memory.h"
#include "command_line.h"
#include "result.h"
#include "message.h"

#include <glib.h>
#include <math.h>

#define POINTS 401
#define SPAN 4.0 /* z from -SPAN to SPAN */
enum {
    ROWS = PENSEL_ACTIVATION_COUNT / 4 + 1
}; /* of four figures; the key stands behind the last */

static void put_table(pensel_result *result)
{
    pensel_grid *grid = pensel_grid_new("llll");
    static const char *const heads[] = {"name", "f(z)", "f'(z)", "range"};
    pensel_value *list = pensel_value_array();
    for (size_t i = 0; i < 4; i++)
        pensel_grid_cell(grid, "%s", heads[i]);
    for (int a = 0; a < PENSEL_ACTIVATION_COUNT; a++) {
        const pensel_activation_info *info = pensel_activation_describe((pensel_activation)a);
        pensel_grid_cell(grid, "%s", info->name);
        if (info->has_parameter)
            pensel_grid_cell(grid, "%s, p = %g", info->formula, info->parameter);
        else
            pensel_grid_cell(grid, "%s", info->formula);
        pensel_grid_cell(grid, "%s", info->derivative);
        pensel_grid_cell(grid, "%s", info->range);
        pensel_value *entry = pensel_value_object();
        pensel_value_set(entry, "name", pensel_value_text(info->name));
        pensel_value_set(entry, "formula", pensel_value_text(info->formula));
        pensel_value_set(entry, "derivative", pensel_value_text(info->derivative));
        pensel_value_set(entry, "range", pensel_value_text(info->range));
        pensel_value_set(entry, "parameter",
                         info->has_parameter ? pensel_value_number(info->parameter)
                                             : pensel_value_text(NULL));
        pensel_value_append(list, entry);
    }
    char *text = pensel_grid_finish(grid, 0);
    pensel_result_block(result, text);
    g_free(text);
    pensel_result_json(result, "activations", list);
}

/* Softmax sees a whole layer: it is drawn as the first of two outputs, the other being 0. */
static pensel_status curve(double *value, double *derivative, double z, pensel_activation a,
                           const pensel_activation_info *info, pensel_error *error)
{
    double layer[2] = {z, 0}, f[2], d[2];
    pensel_status status =
        pensel_activation_apply(a, info->parameter, f, d, layer, info->outputs_only ? 2 : 1, error);
    *value = f[0];
    *derivative = d[0];
    return status;
}

static pensel_status put_curves(GString *script, pensel_activation a, pensel_error *error)
{
    const pensel_activation_info *info = pensel_activation_describe(a);
    bool steps = a == PENSEL_STEP;
    pensel_append(script, "$a%d << EOD\n", (int)a);
    for (int i = 0; i < POINTS; i++) {
        double z = SPAN * (2.0 * i / (POINTS - 1) - 1), value, derivative;
        pensel_status status = curve(&value, &derivative, z, a, info, error);
        if (status) return status;
        /* a jump is a gap in the line, not a slope */
        if (steps && i > 0 && fabs(z) < SPAN / POINTS) g_string_append_c(script, '\n');
        pensel_append(script, "%.6g %.6g %.6g\n", z, value, derivative);
    }
    g_string_append(script, "EOD\n");
    return PENSEL_OK;
}

static pensel_status draw(const char *path, pensel_error *error)
{
    GString *script = g_string_new(NULL);
    pensel_status status = PENSEL_OK;
    for (int a = 0; a < PENSEL_ACTIVATION_COUNT && !status; a++)
        status = put_curves(script, (pensel_activation)a, error);
    pensel_append(script,
                  "set multiplot layout %d,4 margins 0.035,0.985,0.045,0.955 spacing 0.03,0.07\n"
                  "set xrange [-4:4]\nset yrange [-1.6:2.6]\nset xtics 2\nset ytics 1\n"
                  "set xzeroaxis lc rgb '#999999' lt 1\nset yzeroaxis lc rgb '#999999' lt 1\n"
                  "set key off\nset title offset 0,-0.6\n",
                  ROWS);
    for (int a = 0; a < PENSEL_ACTIVATION_COUNT; a++)
        pensel_append(script,
                      "set title '%s'\nplot $a%d using 1:3 with lines linestyle 2, "
                      "$a%d using 1:2 with lines linestyle 1\n",
                      pensel_activation_describe((pensel_activation)a)->name, a, a);
    g_string_append(script,
                    "unset title\nunset tics\nunset border\nunset grid\nunset xzeroaxis\n"
                    "unset yzeroaxis\nset key center center samplen 3 spacing 1.6 font ',16'\n"
                    "plot NaN with lines linestyle 1 title \"f(z)\", "
                    "NaN with lines linestyle 2 title \"f'(z)\"\nunset multiplot\n");
    if (!status) status = pensel_figure_draw(path, script->str, 1200, 250 * ROWS, error);
    g_string_free(script, TRUE);
    return status;
}

static int run(const pensel_command *command, int argc, char **argv)
{
    const char *output = NULL;
    bool json = false, quiet = false;
    const pensel_option own[] = {
        {"output", 'o', pensel_read_text, &output, "FILE", "draw them all: .svg, .png or .pdf", 0,
         0, NULL},
        {"json", 0, NULL, &json, NULL, "one JSON object on standard output", 0, 0, NULL},
        {"quiet", 'q', NULL, &quiet, NULL, "print nothing but errors", 0, 0, NULL},
        {0}};
    const pensel_option_group groups[] = {{"Options", own}, {0}};
    pensel_arguments arguments;
    pensel_error error = {0};
    int status = pensel_options_parse(&arguments, command, groups, argc, argv);
    if (status != PENSEL_OPTIONS_GO) return status;
    if (arguments.count) {
        status =
            pensel_message_usage("activations takes no argument: pensel activations [-o FILE]");
    } else if (pensel_figure_check(output, "--output", &error) ||
               (output && draw(output, &error))) {
        status = pensel_message_error(&error);
    } else {
        pensel_result *result = pensel_result_new();
        put_table(result);
        if (output) {
            char *text = pensel_format("\nfigure  %s\n", output);
            pensel_result_block(result, text);
            g_free(text);
        }
        pensel_result_text(result, "figure", output);
        status = pensel_result_finish(result, json, quiet);
    }
    pensel_options_free(&arguments);
    return status;
}

const pensel_command pensel_command_activations = {
    "activations", "", "the activation functions, as a table and a figure", run};
