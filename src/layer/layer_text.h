/* The language of layers: a list of them as one text, for people, programs and model files.
 *
 *     list     = layer { "," layer }
 *     layer    = kind { ":" setting } [ "(" list ")" ]      the list, for kinds that enclose layers
 *     setting  = value | option "=" value
 *
 * A value without a name is of the kind's next option, in the order of its table. Every kind also
 * has the options rate-factor and decay. Blanks may stand anywhere between. */
#ifndef PENSEL_LAYER_LAYER_TEXT_H
#define PENSEL_LAYER_LAYER_TEXT_H

#include "layer/layer.h"

enum { PENSEL_LAYER_DEPTH = 16, PENSEL_LAYER_TEXT_BYTES = 1 << 16 };

/* Reads a list from its beginning to its end. */
typedef struct pensel_layer_reader {
    const pensel_kernels *kernels;
    const char *at;
    bool after; /* a layer: a comma, a closing parenthesis or the end is next */
    const pensel_layer_kind *open[PENSEL_LAYER_DEPTH]; /* the kinds whose parentheses are open */
    size_t depth;
} pensel_layer_reader;

/* One instance to be: two for a kind that encloses others. */
typedef struct pensel_layer_item {
    const pensel_layer_kind *kind; /* NULL: the end */
    pensel_layer_settings settings;
    pensel_layer_rates rates;
    bool opens, closes;
} pensel_layer_item;

pensel_status pensel_layer_read(pensel_layer_item *item, pensel_layer_reader *reader,
                                pensel_error *error);
/* At least as many as the list has items. */
size_t pensel_layer_items(const char *text);

/* The same list with every setting that is not the default; free it with pensel_release. */
pensel_status pensel_layer_write(char **text, const pensel_layer_instance *layers, size_t count,
                                 pensel_error *error);

#endif
