/* The internals of an encoder, and the descriptor that each kind of encoding provides. */
#ifndef PENSEL_ENCODING_DESCRIPTOR_H
#define PENSEL_ENCODING_DESCRIPTOR_H

#include "encoding/encoding.h"
#include "encoding/grid.h"

typedef struct pensel_encoding_descriptor {
    const char *name;
    /* Checks the encoding and fills in the width and whatever else the kind needs. */
    pensel_status (*prepare)(pensel_encoder *encoder, pensel_error *error);
    void (*forward)(const pensel_encoder *encoder, const pensel_encode *encode);
    void (*backward)(const pensel_encoder *encoder, const pensel_encode_backward *backward);
    double start; /* trained numbers are initialised uniformly in [-start, start) */
} pensel_encoding_descriptor;

extern const pensel_encoding_descriptor pensel_encoding_raw, pensel_encoding_fourier,
    pensel_encoding_hashgrid, pensel_encoding_pyramid;

struct pensel_encoder {
    const pensel_encoding_descriptor *kind;
    pensel_encoding encoding;
    size_t inputs, width;
    const pensel_kernels *kernels;
    /* fourier: frequencies times 2 pi (width, inputs) and phases (width) */
    void *frequencies, *phases;
    /* grids */
    const pensel_grid_kernels *grid;
    pensel_grid_level *levels;
    size_t level_count, parameter_count;
};

/* Allocates `count` zeroed levels. */
pensel_status pensel_encoder_levels(pensel_encoder *encoder, size_t count, pensel_error *error);
/* Assigns level `l` its place among the parameters: `nodes` times `features` numbers. */
pensel_status pensel_encoder_place(pensel_encoder *encoder, size_t l, size_t nodes, size_t features,
                                   pensel_error *error);

#endif
