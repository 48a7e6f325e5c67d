/* Grids: layers of trained numbers at nodes, in levels from fine to coarse or coarse to fine. What
 * the hash grid and the pyramid share, and what the painter knows of the pyramid. */
#ifndef PENSEL_LAYER_GRID_H
#define PENSEL_LAYER_GRID_H

#include "layer/layer.h"

enum {
    PENSEL_GRID_INPUTS = 6,   /* a cell has 2^inputs corners */
    PENSEL_GRID_FEATURES = 64 /* a level */
};

typedef struct pensel_grid_level {
    size_t first, count; /* its numbers among the layer's */
    /* hash grid */
    size_t cells;   /* per side */
    size_t entries; /* of the table: (entries, features) */
    bool dense;     /* every node has its own entry; otherwise nodes are hashed */
    /* pyramid: (features, depth, rows, columns), nodes 2^shift pixels apart */
    size_t rows, columns, shift;
} pensel_grid_level;

/* Makes layer->memory an array of `count` levels, each of them a part of the group `name`. */
pensel_status pensel_grid_levels_new(pensel_layer_instance *layer, size_t count, const char *name,
                                     pensel_error *error);
/* Gives level `l` its place after the ones before: `nodes` times `features` numbers. */
pensel_status pensel_grid_level_place(pensel_layer_instance *layer, size_t l, size_t nodes,
                                      size_t features, pensel_error *error);

#endif
