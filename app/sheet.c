#include "sheet.h"

#include "image.h"
#include "message.h"

#include <glib.h>
#include <math.h>
#include <string.h>

#define SIDE 56    /* pixels of a map's longer side */
#define ACROSS 20  /* maps in a row */
#define MOST 200   /* neurons of a layer that are shown */
#define BETWEEN 10 /* pixels of white between layers */

typedef struct sheet {
    const pensel_network *network;
    size_t width, height; /* of a map */
    float *inputs;        /* (width * height, inputs of the network) */
    pensel_picture picture;
} sheet;

static size_t shown(const pensel_layer *layer)
{
    return MIN(layer->width, (size_t)MOST);
}

static size_t rows_of(const pensel_layer *layer)
{
    return (shown(layer) + ACROSS - 1) / ACROSS;
}

static void measure(sheet *s, const pensel_canvas *canvas)
{
    const pensel_shape *shape = pensel_network_shape(s->network);
    double longer = fmax((double)canvas->width, (double)canvas->height);
    size_t widest = 0, height = 0;
    s->width = (size_t)fmax(1, rint(SIDE * (double)canvas->width / longer));
    s->height = (size_t)fmax(1, rint(SIDE * (double)canvas->height / longer));
    for (size_t l = 0; l < shape->layer_count; l++) {
        widest = MAX(widest, MIN(shown(&shape->layers[l]), (size_t)ACROSS));
        height += rows_of(&shape->layers[l]) * (s->height + 2) + BETWEEN;
    }
    s->picture = (pensel_picture){NULL, widest * (s->width + 2), height - BETWEEN, 3};
}

/* From white by way of a light blue to a dark one. */
static void put_colour(float *pixel, double value)
{
    pixel[0] = (float)(1 - 0.95 * value);
    pixel[1] = (float)(1 - 0.80 * value * value - 0.05 * value);
    pixel[2] = (float)(1 - 0.55 * value * value);
}

static void put_map(sheet *s, const float *outputs, size_t neurons, size_t j, size_t left,
                    size_t top)
{
    size_t n = s->width * s->height;
    double least = INFINITY, most = -INFINITY;
    for (size_t i = 0; i < n; i++) {
        least = fmin(least, outputs[i * neurons + j]);
        most = fmax(most, outputs[i * neurons + j]);
    }
    for (size_t i = 0; i < n; i++) {
        double value = most > least ? (outputs[i * neurons + j] - least) / (most - least) : 0;
        size_t x = left + i % s->width, y = top + i / s->width;
        put_colour(s->picture.pixels + (y * s->picture.width + x) * 3, value);
    }
}

/* The outputs of layer l as floats (n, neurons), whatever the network's precision; g_free. */
static pensel_status ask_layer(float **outputs, const sheet *s, size_t l, size_t neurons,
                               pensel_error *error)
{
    size_t n = s->width * s->height;
    bool wide = pensel_network_precision(s->network) == PENSEL_FLOAT64;
    void *block = g_try_malloc_n(n * neurons, sizeof(double));
    pensel_matrix x = {s->inputs, n, pensel_network_shape(s->network)->inputs, PENSEL_FLOAT32};
    *outputs = block;
    if (!block)
        return pensel_wrong(error, PENSEL_OUT_OF_MEMORY,
                            "no memory for %zu maps: a narrower network is "
                            "needed",
                            neurons);
    pensel_status status = pensel_network_activations(s->network, l, block, x, 0, error);
    for (size_t i = 0; wide && !status && i < n * neurons; i++) {
        double value; /* in place: a float is written where doubles have been read already */
        memcpy(&value, (const char *)block + i * sizeof value, sizeof value);
        float narrow = (float)value;
        memcpy((char *)block + i * sizeof narrow, &narrow, sizeof narrow);
    }
    return status;
}

static pensel_status put_layers(sheet *s, pensel_error *error)
{
    const pensel_shape *shape = pensel_network_shape(s->network);
    pensel_status status = PENSEL_OK;
    size_t top = 0;
    for (size_t l = 0; l < shape->layer_count && !status; l++) {
        size_t neurons = shape->layers[l].width;
        float *outputs;
        status = ask_layer(&outputs, s, l, neurons, error);
        for (size_t j = 0; j < shown(&shape->layers[l]) && !status; j++)
            put_map(s, outputs, neurons, j, 1 + j % ACROSS * (s->width + 2),
                    1 + top + j / ACROSS * (s->height + 2));
        top += rows_of(&shape->layers[l]) * (s->height + 2) + BETWEEN;
        g_free(outputs);
    }
    return status;
}

pensel_status pensel_sheet_write(const char *path, const pensel_painting *painting,
                                 pensel_error *error)
{
    sheet s = {.network = pensel_estimator_network(pensel_painting_estimator(painting))};
    measure(&s, pensel_painting_canvas(painting));
    pensel_render_options r = pensel_render_defaults();
    r.width = s.width;
    r.height = s.height;
    s.inputs = g_new(float, s.width *s.height *pensel_network_shape(s.network)->inputs);
    s.picture.pixels = g_try_malloc_n(s.picture.width * s.picture.height * 3, sizeof(float));
    pensel_status status =
        s.picture.pixels ? pensel_painting_inputs(painting, s.inputs, 0, s.height, &r, error)
                         : pensel_wrong(error, PENSEL_OUT_OF_MEMORY,
                                        "no memory for the sheet: a smaller network is needed");
    if (!status) {
        for (size_t i = 0; i < s.picture.width * s.picture.height * 3; i++)
            s.picture.pixels[i] = 1;
        status = put_layers(&s, error);
    }
    pensel_image_source source = pensel_image_of(&s.picture);
    if (!status) status = pensel_image_write(path, &source, error);
    g_free(s.picture.pixels);
    g_free(s.inputs);
    return status;
}
