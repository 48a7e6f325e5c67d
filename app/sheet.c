/* The page is as wide as A4 at 194 pixels an inch and at most as high: maps are as large as they
 * can be for that. Where even the smallest are too many, each layer shows the first of its
 * neurons. */
#include "sheet.h"

#include "app_memory.h"
#include "message.h"
#include "paper.h"
#include "text_grid.h"

#include <glib.h>
#include <math.h>
#include <string.h>

enum {
    WIDTH = 1600,
    HEIGHT = 2263, /* at most */
    EDGE = 48,
    GAP = 6,      /* between maps */
    LABEL = 17,   /* the number of a neuron below its map, with some air */
    HEADING = 28, /* the line over a layer */
    HEAD = 84,    /* what stands over all of them */
    LARGEST = 240,
    SMALLEST = 20, /* pixels of a map's longer side */
    INK = 34,
    GREY = 105,
    FRAME = 190
};

typedef struct sheet {
    const pensel_network *network;
    const pensel_shape *shape;
    size_t width, height, across; /* of a map; maps in a row */
    size_t most;                  /* neurons of a layer that are shown */
    float *inputs;                /* (width * height, inputs of the network) */
    pensel_stamp *numbers;        /* (most), made when they are needed */
    pensel_paper paper;
    size_t top, neurons, dead; /* where the next layer goes; what has been counted */
} sheet;

static size_t shown(const sheet *s, size_t layer)
{
    return MIN(s->shape->layers[layer].width, s->most);
}

/* How high the page is with maps of this many pixels on the longer side. */
static size_t page_of(sheet *s, const pensel_canvas *canvas, size_t side)
{
    double longer = fmax((double)canvas->width, (double)canvas->height);
    s->width = (size_t)fmax(1, rint((double)side * (double)canvas->width / longer));
    s->height = (size_t)fmax(1, rint((double)side * (double)canvas->height / longer));
    size_t room = MAX(s->width, SMALLEST) + 2 + GAP; /* its number needs some of it */
    s->across = (WIDTH - 2 * EDGE + GAP) / room;
    size_t height = 2 * EDGE + HEAD;
    for (size_t l = 0; l < s->shape->layer_count; l++) {
        size_t rows = (shown(s, l) + s->across - 1) / s->across;
        height += HEADING + rows * (s->height + 2 + LABEL) + GAP;
    }
    return height;
}

static void measure(sheet *s, const pensel_canvas *canvas)
{
    size_t side = LARGEST;
    s->most = 1;
    for (size_t l = 0; l < s->shape->layer_count; l++)
        s->most = MAX(s->most, s->shape->layers[l].width);
    while (page_of(s, canvas, side) > HEIGHT && side > SMALLEST)
        side--;
    while (page_of(s, canvas, side) > HEIGHT && s->most > s->across)
        s->most -= s->across;
}

/* From white by way of a light blue to a dark one. */
static void put_colour(uint8_t *pixel, double value)
{
    pixel[0] = (uint8_t)lrint(255 * (1 - 0.95 * value));
    pixel[1] = (uint8_t)lrint(255 * (1 - 0.80 * value * value - 0.05 * value));
    pixel[2] = (uint8_t)lrint(255 * (1 - 0.55 * value * value));
}

/* Dead: its output is the same for all of the picture, so nothing can be learned from it. */
static bool put_map(uint8_t *map, const float *outputs, size_t n, size_t neurons, size_t j)
{
    double least = INFINITY, most = -INFINITY;
    for (size_t i = 0; i < n; i++) {
        least = fmin(least, outputs[i * neurons + j]);
        most = fmax(most, outputs[i * neurons + j]);
    }
    bool dead = !(most - least > 1e-6 * fmax(fabs(most), fabs(least)));
    for (size_t i = 0; i < n; i++)
        put_colour(map + 3 * i, dead ? 0 : (outputs[i * neurons + j] - least) / (most - least));
    return dead;
}

/* Grey and crossed out. */
static void cross_out(pensel_paper *p, size_t left, size_t top, size_t width, size_t height)
{
    static const uint8_t ground[3] = {236, 236, 236}, ink[3] = {176, 64, 48};
    double x0 = (double)left + 1, y0 = (double)top + 1;
    double x1 = x0 + (double)width - 2, y1 = y0 + (double)height - 2;
    pensel_paper_fill(p, ground, left, top, width, height);
    pensel_paper_line(p, ink, x0, y0, x1, y1);
    pensel_paper_line(p, ink, x0, y1, x1, y0);
}

static void put_neuron(sheet *s, const uint8_t *map, bool dead, size_t j)
{
    size_t left = EDGE + j % s->across * (MAX(s->width, SMALLEST) + 2 + GAP);
    size_t top = s->top + j / s->across * (s->height + 2 + LABEL);
    pensel_stamp *number = &s->numbers[j];
    char words[24];
    pensel_paper_grow(&s->paper, top + s->height + 2 + LABEL);
    pensel_paper_frame(&s->paper, FRAME, left, top, s->width + 2, s->height + 2);
    if (dead)
        cross_out(&s->paper, left + 1, top + 1, s->width, s->height);
    else
        pensel_paper_put(&s->paper, map, left + 1, top + 1, s->width, s->height);
    if (!number->bytes) {
        g_snprintf(words, sizeof words, "%zu", j + 1);
        *number = pensel_paper_words(words, "sans 7", 0);
    }
    pensel_paper_stamp(&s->paper, number, GREY, left, top + s->height + 5);
}

/* The outputs of layer l as floats (n, neurons), whatever the network's precision; g_free. */
static pensel_status ask_layer(float **outputs, const sheet *s, size_t l, size_t neurons,
                               pensel_error *error)
{
    size_t n = s->width * s->height;
    bool wide = pensel_network_precision(s->network) == PENSEL_FLOAT64;
    void *block = g_try_malloc_n(n * neurons, sizeof(double));
    pensel_matrix x = {s->inputs, n, s->shape->inputs, PENSEL_FLOAT32};
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

static void put_heading(sheet *s, size_t l, size_t dead)
{
    const pensel_layer *layer = &s->shape->layers[l];
    size_t neurons = layer->width, left = EDGE;
    bool last = l + 1 == s->shape->layer_count;
    GString *words = g_string_new(NULL);
    pensel_append(words, "%s of %zu %s", last ? "output layer" : "hidden layer", neurons,
                  neurons == 1 ? "neuron" : "neurons");
    const char *activation = pensel_activation_describe(layer->activation)->name;
    if (strcmp(activation, "identity") != 0) pensel_append(words, ", %s", activation);
    if (dead) pensel_append(words, ", %zu dead", dead);
    if (shown(s, l) < neurons) pensel_append(words, "; the first %zu are shown", shown(s, l));
    char *name = g_strdup_printf("Layer %zu", l + 1);
    pensel_stamp stamp = pensel_paper_words(name, "sans bold 10", 0);
    pensel_paper_grow(&s->paper, s->top + HEADING);
    pensel_paper_stamp(&s->paper, &stamp, INK, left, s->top);
    pensel_paper_write(&s->paper, words->str, "sans 10", GREY, left + stamp.width + 12, s->top,
                       WIDTH - left - stamp.width - 12 - EDGE);
    g_free(stamp.bytes);
    g_free(name);
    g_string_free(words, TRUE);
}

static pensel_status put_layer(sheet *s, size_t l, pensel_error *error)
{
    size_t neurons = s->shape->layers[l].width, n = s->width * s->height, dead = 0;
    uint8_t *map = g_malloc_n(n, 3);
    float *outputs;
    pensel_status status = ask_layer(&outputs, s, l, neurons, error);
    if (!status) {
        size_t heading = s->top;
        s->top += HEADING;
        for (size_t j = 0; j < neurons; j++) {
            bool lost = put_map(map, outputs, n, neurons, j);
            if (j < s->most) put_neuron(s, map, lost, j);
            dead += lost;
        }
        size_t rows = (shown(s, l) + s->across - 1) / s->across;
        size_t next = s->top + rows * (s->height + 2 + LABEL) + GAP;
        s->top = heading;
        put_heading(s, l, dead);
        s->top = next;
    }
    s->neurons += neurons;
    s->dead += dead;
    g_free(outputs);
    g_free(map);
    return status;
}

static void put_head(sheet *s)
{
    char *neurons = pensel_text_count((double)s->neurons);
    char *dead = pensel_text_count((double)s->dead);
    char *title = g_strdup_printf("%s neurons, %s dead", neurons, dead);
    pensel_paper_write(&s->paper, title, "sans bold 14", INK, EDGE, EDGE, WIDTH - 2 * EDGE);
    pensel_paper_write(
        &s->paper,
        "Each map is the whole picture as one neuron sees it: white where its output "
        "is least, dark blue where it is greatest. Crossed out: dead, for its output "
        "is the same everywhere.",
        "sans 9", GREY, EDGE, EDGE + 36, WIDTH - 2 * EDGE);
    g_free(title);
    g_free(dead);
    g_free(neurons);
}

static void free_sheet(sheet *s)
{
    for (size_t i = 0; i < s->most; i++)
        g_free(s->numbers[i].bytes);
    g_free(s->numbers);
    g_free(s->inputs);
    g_free(s->paper.bytes);
}

pensel_status pensel_sheet_write(const char *path, const pensel_painting *painting,
                                 pensel_error *error)
{
    sheet s = {.network = pensel_estimator_network(pensel_painting_estimator(painting)),
               .paper = {.width = WIDTH, .white = 255},
               .top = EDGE + HEAD};
    s.shape = pensel_network_shape(s.network);
    measure(&s, pensel_painting_canvas(painting));
    pensel_render_options r = pensel_render_defaults();
    r.width = s.width;
    r.height = s.height;
    s.inputs = g_new(float, s.width *s.height *s.shape->inputs);
    s.numbers = g_new0(pensel_stamp, s.most);
    pensel_status status = pensel_painting_inputs(painting, s.inputs, 0, s.height, &r, error);
    for (size_t l = 0; l < s.shape->layer_count && !status; l++)
        status = put_layer(&s, l, error);
    if (!status) {
        put_head(&s);
        pensel_paper_grow(&s.paper, s.top + EDGE - GAP);
        status = pensel_paper_save(&s.paper, "the sheet of neurons", path, NULL, 0, error);
    }
    free_sheet(&s);
    return status;
}
