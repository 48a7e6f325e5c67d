#include "layers.h"

#include "app_memory.h"
#include "message.h"

#include <glib.h>
#include <math.h>
#include <string.h>

#define WIDEST 1000000
#define DEEPEST 1000

/* "100" or "100x10" */
static bool read_part(guint64 *width, guint64 *times, const char *text)
{
    char **halves = g_strsplit(text, "x", 2);
    *times = 1;
    bool good = halves[0] && g_ascii_string_to_unsigned(halves[0], 10, 1, WIDEST, width, NULL) &&
                (!halves[1] || g_ascii_string_to_unsigned(halves[1], 10, 1, DEEPEST, times, NULL));
    g_strfreev(halves);
    return good;
}

pensel_status pensel_read_widths(const pensel_option *o, const char *text, pensel_error *error)
{
    pensel_widths *widths = o->target;
    GArray *values = g_array_new(FALSE, TRUE, sizeof(size_t));
    char **parts = g_strsplit(strcmp(text, "none") ? text : "", ",", -1);
    bool good = text[0] != 0;
    for (size_t i = 0; parts[i] && good; i++) {
        guint64 width = 0, times = 0;
        good = read_part(&width, &times, parts[i]) && values->len + times <= DEEPEST;
        for (guint64 t = 0; good && t < times; t++) {
            size_t value = (size_t)width;
            g_array_append_val(values, value);
        }
    }
    g_strfreev(parts);
    size_t count = values->len;
    size_t *taken = (size_t *)(void *)g_array_free(values, !good);
    if (!good)
        return pensel_wrong(
            error, PENSEL_BAD_ARGUMENT,
            "--%s %.60s: layers of 1 or more neurons are needed, such as 100x10 (ten of "
            "100), 100,50,20 or none",
            o->name, text);
    g_free(widths->values);
    *widths = (pensel_widths){taken, count};
    return PENSEL_OK;
}

pensel_status pensel_activation_read(pensel_layer *layer, const char *text, pensel_error *error)
{
    char *name = g_strdup(text), *colon = strchr(name, ':'), *end = NULL;
    if (colon) *colon = 0;
    pensel_status status = pensel_activation_find(&layer->activation, name, error);
    if (!status) {
        const pensel_activation_info *info = pensel_activation_describe(layer->activation);
        layer->parameter = info->parameter;
        if (colon && info->has_parameter) layer->parameter = g_ascii_strtod(colon + 1, &end);
        if (colon && (!end || end == colon + 1 || *end || !isfinite(layer->parameter)))
            status = pensel_wrong(
                error, PENSEL_BAD_ARGUMENT,
                info->has_parameter
                    ? "--activation %.60s: a number is needed after the colon, such as "
                      "leaky-relu:0.2"
                    : "--activation %.60s: this one has no parameter: leave out the colon "
                      "and what follows",
                text);
    }
    g_free(name);
    return status;
}

pensel_status pensel_layers_activate(pensel_layer *layers, size_t count, const char *text,
                                     pensel_error *error)
{
    char **names = g_strsplit(text, ",", -1);
    size_t given = g_strv_length(names);
    pensel_status status = PENSEL_OK;
    if (given > 1 && given != count)
        status = pensel_wrong(
            error, PENSEL_BAD_ARGUMENT,
            "--activation names %zu activations for %zu hidden layers: one, or one for "
            "each, is needed",
            given, count);
    for (size_t i = 0; i < MAX(count, given) && !status; i++) {
        pensel_layer unused, *layer = i < count ? &layers[i] : &unused;
        status = pensel_activation_read(layer, given > 1 ? names[i] : text, error);
        if (!status && pensel_activation_describe(layer->activation)->outputs_only)
            status = pensel_wrong(
                error, PENSEL_BAD_ARGUMENT,
                "--activation %.60s is for outputs only: hidden layers need another", text);
    }
    g_strfreev(names);
    return status;
}

char *pensel_activation_text(const pensel_layer *layer)
{
    const pensel_activation_info *info = pensel_activation_describe(layer->activation);
    return info->has_parameter && layer->parameter != info->parameter
               ? pensel_format("%s:%g", info->name, layer->parameter)
               : g_strdup(info->name);
}

static bool same_layer(const pensel_layer *a, const pensel_layer *b)
{
    return a->width == b->width && a->activation == b->activation && a->parameter == b->parameter;
}

char *pensel_layers_text(const pensel_shape *shape)
{
    size_t last = shape->layer_count - 1;
    GString *text = g_string_new(NULL);
    pensel_append(text, "%zu input%s", shape->inputs, shape->inputs == 1 ? "" : "s");
    if (shape->list) {
        pensel_append(text, ", %s", shape->list);
        return g_string_free(text, FALSE);
    }
    if (shape->encoding.kind != PENSEL_RAW)
        pensel_append(text, " as %s", pensel_encoding_name(shape->encoding.kind));
    for (size_t l = 0, run; l < last; l += run) {
        const pensel_layer *layer = &shape->layers[l];
        for (run = 1; l + run < last && same_layer(layer, layer + run);)
            run++;
        char *name = pensel_activation_text(layer);
        if (run > 1)
            pensel_append(text, ", %zu layers of %zu %s", run, layer->width, name);
        else
            pensel_append(text, ", %zu %s", layer->width, name);
        g_free(name);
    }
    const pensel_layer *out = &shape->layers[last];
    pensel_append(text, ", %zu output%s", out->width, out->width == 1 ? "" : "s");
    if (out->activation != PENSEL_IDENTITY)
        pensel_append(text, " (%s)", pensel_activation_describe(out->activation)->name);
    return g_string_free(text, FALSE);
}
