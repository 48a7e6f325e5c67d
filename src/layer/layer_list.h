/* The kinds of layers: X(NAME) for the file NAME.c. The build reads this list too. To add a kind:
 * see layer.h. */
#ifndef PENSEL_LAYER_LAYER_LIST_H
#define PENSEL_LAYER_LAYER_LIST_H

#define PENSEL_LAYER_LIST(X) \
    X(dense)                 \
    X(scale)                 \
    X(layer_norm)            \
    X(residual)              \
    X(dropout)               \
    X(embedding)             \
    X(periodic)              \
    X(piecewise)             \
    X(parametric)            \
    X(custom)                \
    X(fourier)               \
    X(hash_grid)             \
    X(pyramid_grid)

#endif
