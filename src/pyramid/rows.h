/* Row kernels, for pyramids whose samples are all the pixels of a picture. Instead of looking up
 * places, a row of nodes is stretched to the row of pixels of the next finer level, a small network
 * runs along the row, and its gradient is shrunk again. Compiled once for each instruction set, in
 * float32.
 *
 * The small network is `width` features, a hidden layer of 4 `width` leaky ReLU neurons, and as
 * many outputs as features, or, with 4 features, one for each class; its numbers stand as in the
 * network's block:
 *
 *     w (4 width, width), b (4 width), u (outputs, 4 width), c (outputs)
 *
 * Rows of features and pixels may be read and written up to n rounded up to PENSEL_ROW_LANES. */
#ifndef PENSEL_PICTURE_ROWS_H
#define PENSEL_PICTURE_ROWS_H

#include "layer/lanczos.h"
#include "kernel/kernel.h"

enum {
    PENSEL_ROW_LANES = 16,   /* floats that rows are rounded up to */
    PENSEL_ROW_WIDTH = 4,    /* features and channels, at most */
    PENSEL_ROW_HIDDEN = 4,   /* hidden neurons for each feature */
    PENSEL_ROW_OUTPUTS = 64, /* classes, at most */
    PENSEL_ROW_UNITS = PENSEL_ROW_HIDDEN * PENSEL_ROW_WIDTH, /* hidden neurons, at most */
    PENSEL_ROW_NUMBERS = PENSEL_ROW_UNITS * PENSEL_ROW_WIDTH + PENSEL_ROW_UNITS +
                         PENSEL_ROW_OUTPUTS * PENSEL_ROW_UNITS + PENSEL_ROW_OUTPUTS
};

/* What a block of rows adds to the errors and to the gradient of the small network's numbers, lane
 * by lane. Only as much of the gradient is used as the network has numbers. */
typedef float pensel_row_lanes[PENSEL_ROW_LANES] __attribute__((aligned(64)));
typedef struct pensel_row_sums {
    pensel_row_lanes squares; /* weighted squared error */
    pensel_row_lanes rounded; /* of 8-bit values, unweighted */
    pensel_row_lanes gradient[PENSEL_ROW_NUMBERS];
} pensel_row_sums;

typedef struct pensel_row {
    const float *numbers; /* of the small network */
    float slope;          /* of its leaky ReLU */
    size_t outputs;       /* of classes: one for each, or 1 for two */
    const float *codes;   /* classify: (n) classes from 0 */
    float enough;         /* classify: a margin that a pixel's own features need not pass */
    const float *balance; /* classify: how much a pixel of each class counts for the layers */
    const float *palette; /* colour: (classes, channels) */
    size_t channels;      /* colour: 1 to 4 */
    bool soft;            /* colour: mixed by probability, or the likeliest's */
    size_t width, n;
    const float *features[PENSEL_ROW_WIDTH];
    const float *targets[PENSEL_ROW_WIDTH]; /* learn */
    const float *weights;                   /* learn: (n) of the pixels, 0 past n */
    float *slopes[PENSEL_ROW_WIDTH]; /* learn: gradient by the features; paint, colour: results */
    pensel_row_sums *sums;           /* learn: added to */
} pensel_row;

/* A place along a row: how much each of its neighbouring pixels counts, and where they begin. */
typedef struct pensel_row_tap {
    float weight[PENSEL_TAPS];
    uint32_t first;
} pensel_row_tap;

#define PENSEL_ROW_LIST(X)                                                                       \
    /* out[c] = pixels[c channels] */                                                            \
    X(take, void, (float *out, const float *pixels, size_t channels, size_t n))                  \
    /* out[c] = own[c] + (above + below)/2 at c/2, half way between nodes for odd c; n pixels */ \
    X(stretch, void,                                                                             \
      (float *out, const float *own, const float *above, const float *below, size_t n))          \
    /* the transposed of stretch: out (nodes) from the pixel rows before, at and after the */    \
    /* node's, any of which may be NULL, of n pixels                                       */    \
    X(shrink, void,                                                                              \
      (float *out, const float *before, const float *at, const float *after, size_t nodes,       \
       size_t n))                                                                                \
    /* values -= rate slopes */                                                                  \
    X(descend, void, (float *values, const float *slopes, size_t n, float rate))                 \
    /* out (PENSEL_ROW_WIDTH, ld) at n places from pixels (m, PENSEL_ROW_WIDTH) */               \
    X(sample, void,                                                                              \
      (float *out, size_t ld, const float *pixels, const pensel_row_tap *taps, size_t n))        \
    X(learn, void, (const pensel_row *))                                                         \
    X(classify, void, (const pensel_row *))                                                      \
    X(paint, void, (const pensel_row *))                                                         \
    X(colour, void, (const pensel_row *))

typedef struct pensel_row_kernels {
    const char *isa;
#define PENSEL_ROW_MEMBER(name, result, arguments) result(*name) arguments;
    PENSEL_ROW_LIST(PENSEL_ROW_MEMBER)
#undef PENSEL_ROW_MEMBER
} pensel_row_kernels;

/* The table of the same instruction set. */
const pensel_row_kernels *pensel_row_kernels_for(const pensel_kernels *kernels);

#endif
