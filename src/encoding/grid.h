/* Grid kernels: where a sample falls between the nodes of a level, what it reads there (forward)
 * and what its gradient adds there (backward). Like the other kernels they are compiled once for
 * each instruction set and precision. */
#ifndef PENSEL_ENCODING_GRID_H
#define PENSEL_ENCODING_GRID_H

#include "kernel/kernel.h"

enum {
    PENSEL_GRID_INPUTS = 6,   /* a cell has 2^inputs corners */
    PENSEL_GRID_FEATURES = 64 /* a level */
};

typedef struct pensel_grid_level {
    size_t first, count; /* its numbers in the encoder's parameters */
    /* hashgrid */
    size_t cells;   /* per side */
    size_t entries; /* of the table: (entries, features) */
    bool dense;     /* every node has its own entry; otherwise nodes are hashed */
    /* pyramid: (features, depth, rows, columns), nodes 2^shift pixels apart */
    size_t rows, columns, shift;
} pensel_grid_level;

/* One level and n samples of panel x (inputs, ldx). */
typedef struct pensel_grid_walk {
    const pensel_grid_level *level;
    const void *x;
    size_t inputs, features, n, ldx, ld;
    size_t rows, columns, depth; /* pyramid: of the finest level */
    bool periodic;
} pensel_grid_walk;

/* X(name, arguments). features and dfeatures are panels (features, ld), values and gradient the
 * level's numbers. hash_forward sets its features, pyramid_forward adds to them; both _backward add
 * to the gradient, sample by sample in order. */
#define PENSEL_GRID_LIST(X)                                                             \
    X(hash_forward, (void *features, const void *values, const pensel_grid_walk *))     \
    X(hash_backward, (void *gradient, const void *dfeatures, const pensel_grid_walk *)) \
    X(pyramid_forward, (void *features, const void *values, const pensel_grid_walk *))  \
    X(pyramid_backward, (void *gradient, const void *dfeatures, const pensel_grid_walk *))

typedef struct pensel_grid_kernels {
    const char *isa;
#define PENSEL_GRID_MEMBER(name, arguments) void(*name) arguments;
    PENSEL_GRID_LIST(PENSEL_GRID_MEMBER)
#undef PENSEL_GRID_MEMBER
} pensel_grid_kernels;

/* The table of the same instruction set and precision. */
const pensel_grid_kernels *pensel_grid_kernels_for(const pensel_kernels *kernels);

#endif
