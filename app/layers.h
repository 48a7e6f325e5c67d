/* Hidden layers and activations: parsing them, and describing networks in words. */
#ifndef PENSEL_APP_LAYERS_H
#define PENSEL_APP_LAYERS_H

#include "command_line.h"

typedef struct pensel_widths {
    size_t *values; /* g_free */
    size_t count;   /* 0: no hidden layer */
} pensel_widths;

/* Reader of --hidden: "100x10", "100,50,20", "none"; target: pensel_widths. */
pensel_status pensel_read_widths(const pensel_option *, const char *, pensel_error *);

/* "leaky-relu" or "leaky-relu:0.2" */
pensel_status pensel_activation_read(pensel_layer *layer, const char *text, pensel_error *error);

/* Gives `layers` (count) the activations in `text`: one for all, or one for each, separated by
 * commas. */
pensel_status pensel_layers_activate(pensel_layer *layers, size_t count, const char *text,
                                     pensel_error *error);

/* "2 inputs, 10 layers of 100 relu, 3 outputs"; g_free. */
char *pensel_layers_text(const pensel_shape *shape);
/* "relu", "leaky-relu:0.2"; g_free. */
char *pensel_activation_text(const pensel_layer *layer);

#endif
