/* A model as operations: how a network leaves. Each kind of layer appends itself to a graph as a
 * few operations on vectors (its `leave`, layer.h), and each target of src/export writes
 * operations, so that a kind of layer says once how it leaves, for every target that there is and
 * will be.
 *
 * A value is what an operation gives for one sample: `width` numbers, named by the operation's
 * index. An operation reads values before it and constants of its own. Constants are double here,
 * whatever the network's precision; values are float in what leaves, except where an operation says
 * double.
 *
 * To add an operation: its line in the list, with its formula; a function that appends it in
 * operation.c; and its case in every target's table in src/export, or nothing: a target without one
 * refuses the model and names the operation. */
#ifndef PENSEL_LAYER_OPERATION_H
#define PENSEL_LAYER_OPERATION_H

#include "pensel.h"

/* X(NAME, name, what it is)
 *
 * a, b are values, w, c constants, f an activation with its parameter. */
#define PENSEL_OPERATION_LIST(X)                                                               \
    X(INPUT, input, "an input of the model: `column`")                                         \
    X(AFFINE, affine, "y = f(w a + c) in `groups`: w (groups, out, in), c (groups * out)")     \
    X(ACTIVATE, activate, "y = f(a)")                                                          \
    X(ADD, add, "y = a + b")                                                                   \
    X(SUBTRACT, subtract, "y = a - b")                                                         \
    X(MULTIPLY, multiply, "y_i = a_i c_i")                                                     \
    X(OFFSET, offset, "y_i = a_i + c_i")                                                       \
    X(JOIN, join, "one value after another: `parts`")                                          \
    X(PICK, pick, "y_i = a at index[i]")                                                       \
    X(LOOKUP, lookup, "row a of w (rows, width); row 0 where a is not 0, 1 ... rows - 1")      \
    X(NORMALISE, normalise, "y = (a - mean) / sqrt(variance + parameter)")                     \
    X(GRID, grid, "one level of a hash grid: see layer/grid.h; w (entries, features)")         \
    X(PIXELS, pixels, "Lanczos-interpolated pixels: w (planes, rows, columns)")                \
    X(SCALE, scale, "y_i = (a_i - c_i) / w_i, rounded once")                                   \
    X(UNSCALE, unscale, "y_i = a_i w_i + c_i, not below `low`, not above `high`")              \
    X(ROBUST, robust, "u = (a - low) / high, u / sqrt(1 + u^2 / 9); 0 for NaN: a double")      \
    X(MISSING, missing, "1 where a is NaN, else 0")                                            \
    X(CATEGORY, category, "which of `texts` or of w a is, from 1; 0: none of them")            \
    X(DATE, date, "year, turns of the year, of the week and of the day; a in seconds: double") \
    X(CIRCLE, circle, "sin and cos of 2 pi a; 0 and 0 for NaN")                                \
    X(TEMPER, temper,                                                                          \
      "softmax of a times parameter: double (one number: 1 / (1 + e^(-a parameter)))")         \
    X(MIX, mix, "sum of w_i parts_i")                                                          \
    X(PAIR, pair, "(1 - a, a)")

typedef enum pensel_operation_kind {
#define PENSEL_OPERATION_ENUM(NAME, name, what) PENSEL_OP_##NAME,
    PENSEL_OPERATION_LIST(PENSEL_OPERATION_ENUM)
#undef PENSEL_OPERATION_ENUM
        PENSEL_OPERATION_COUNT
} pensel_operation_kind;
/* "affine" */
const char *pensel_operation_name(pensel_operation_kind kind);

typedef struct pensel_operation {
    pensel_operation_kind kind;
    size_t width;   /* of its value */
    size_t a, b;    /* values */
    size_t in, out; /* of a group; what PICK, LOOKUP, GRID and PIXELS need: see operation.c */
    size_t groups;
    size_t count;  /* of parts, index, texts or rows of w */
    double *w, *c; /* (weights), (constants) */
    size_t weights, constants;
    float *scale;  /* of one that leaves in 8 bits, for each row (quantise_row.c), or NULL:
                                 w are multiples of it; of a 256th of it where it is negative */
    size_t *index; /* (count) what a PICK takes, or the parts of a JOIN or MIX */
    const char *const *texts; /* (count) borrowed from the model */
    pensel_activation activation;
    double parameter, low, high;
    size_t column;
    /* GRID and PIXELS */
    size_t cells;         /* per side */
    size_t rows, columns; /* of the pixels */
    bool dense, periodic;
    bool whole; /* the value is double */
} pensel_operation;

/* Appending goes on after a failure and does nothing; `status` and `error` remember the first. A
 * graph of zeros is an empty one. */
typedef struct pensel_graph {
    pensel_operation *list; /* (count) */
    size_t count, room;
    pensel_status status;
    pensel_error error;
} pensel_graph;

void pensel_graph_clear(pensel_graph *graph);
/* A copy of `count` numbers of this precision, which the operation it is given to owns. */
double *pensel_graph_copy(pensel_graph *graph, const void *numbers, size_t count,
                          pensel_precision precision);
/* Room for `count` constants, or for `count` indices */
double *pensel_graph_room(pensel_graph *graph, size_t count);
size_t *pensel_graph_indices(pensel_graph *graph, size_t count);

/* Each appends an operation and gives its value. Constants and indices are taken: the graph frees
 * them, also after a failure; they may be NULL then. */
size_t pensel_graph_input(pensel_graph *graph, size_t column, size_t width, bool whole);
size_t pensel_graph_affine(pensel_graph *graph, size_t a, double *w, double *c, size_t groups,
                           size_t in, size_t out, pensel_activation f, double parameter);
size_t pensel_graph_activate(pensel_graph *graph, size_t a, pensel_activation f, double parameter);
size_t pensel_graph_add(pensel_graph *graph, size_t a, size_t b);
size_t pensel_graph_subtract(pensel_graph *graph, size_t a, size_t b);
size_t pensel_graph_multiply(pensel_graph *graph, size_t a, double *c);
size_t pensel_graph_offset(pensel_graph *graph, size_t a, double *c);
size_t pensel_graph_join(pensel_graph *graph, size_t *parts, size_t count);
size_t pensel_graph_pick(pensel_graph *graph, size_t a, size_t *index, size_t count);
/* Numbers [from, from + count) of a */
size_t pensel_graph_slice(pensel_graph *graph, size_t a, size_t from, size_t count);
size_t pensel_graph_lookup(pensel_graph *graph, size_t a, double *w, size_t rows, size_t width);
size_t pensel_graph_normalise(pensel_graph *graph, size_t a, double epsilon);
/* Any other, which has its members and its width */
size_t pensel_graph_append(pensel_graph *graph, pensel_operation operation);
size_t pensel_graph_width(const pensel_graph *graph, size_t value);

#endif
