/* Graphs of operations: appending, and what is owned.
 *
 * All functions here may be called in a straight line without a check between: after the first
 * failure each of them does nothing and gives 0 or NULL, and the graph's `status` has it. So
 * whoever fills in constants asks only whether its own array is there. Whatever is passed to an
 * append is the graph's from then on, also when it fails; what was allocated and not passed on is
 * still the caller's. */
#include "layer/operation.h"

#include "base/error.h"
#include "base/memory.h"

#include <math.h>
#include <string.h>

const char *pensel_operation_name(pensel_operation_kind kind)
{
    static const char *const names[] = {
#define NAME(NAME, name, what) #name,
        PENSEL_OPERATION_LIST(NAME)
#undef NAME
    };
    return (unsigned)kind < PENSEL_OPERATION_COUNT ? names[kind] : NULL;
}

/* `texts` are the model's and stay. */
static void clear_operation(pensel_operation *o)
{
    pensel_release(o->w);
    pensel_release(o->c);
    pensel_release(o->index);
    pensel_release(o->scale);
}

void pensel_graph_clear(pensel_graph *graph)
{
    for (size_t i = 0; i < graph->count; i++)
        clear_operation(&graph->list[i]);
    pensel_release(graph->list);
    memset(graph, 0, sizeof *graph);
}

/* The first failure stays; those that follow from it say nothing new. */
static void check(pensel_graph *graph, pensel_status status)
{
    if (graph->status == PENSEL_OK) graph->status = status;
}

/* `count` zeros. */
double *pensel_graph_room(pensel_graph *graph, size_t count)
{
    double *numbers = NULL;
    if (graph->status == PENSEL_OK) check(graph, PENSEL_NEW(numbers, count, &graph->error));
    return numbers;
}

size_t *pensel_graph_indices(pensel_graph *graph, size_t count)
{
    size_t *index = NULL;
    if (graph->status == PENSEL_OK) check(graph, PENSEL_NEW(index, count, &graph->error));
    return index;
}

double *pensel_graph_copy(pensel_graph *graph, const void *numbers, size_t count,
                          pensel_precision precision)
{
    double *copy = pensel_graph_room(graph, count);
    for (size_t i = 0; i < count && copy; i++)
        copy[i] = precision == PENSEL_FLOAT64 ? ((const double *)numbers)[i]
                                              : (double)((const float *)numbers)[i];
    return copy;
}

/* Every other append ends here. The list may move as it grows: an operation is known by its index,
 * and no pointer into the list outlives an append. */
size_t pensel_graph_append(pensel_graph *graph, pensel_operation operation)
{
    if (graph->status == PENSEL_OK && graph->count == graph->room) {
        size_t room = 2 * graph->room + 16;
        void *list = graph->list;
        check(graph, pensel_resize(&list, room, sizeof *graph->list, &graph->error));
        graph->list = list;
        if (graph->status == PENSEL_OK) graph->room = room;
    }
    if (graph->status != PENSEL_OK) {
        clear_operation(&operation);
        return 0;
    }
    graph->list[graph->count] = operation;
    return graph->count++;
}

/* 0 for a value that is not there, as after a failure. */
size_t pensel_graph_width(const pensel_graph *graph, size_t value)
{
    return value < graph->count ? graph->list[value].width : 0;
}

size_t pensel_graph_input(pensel_graph *graph, size_t column, size_t width, bool whole)
{
    return pensel_graph_append(
        graph, (pensel_operation){
                   .kind = PENSEL_OP_INPUT, .column = column, .width = width, .whole = whole});
}

size_t pensel_graph_affine(pensel_graph *graph, size_t a, double *w, double *c, size_t groups,
                           size_t in, size_t out, pensel_activation f, double parameter)
{
    return pensel_graph_append(graph, (pensel_operation){.kind = PENSEL_OP_AFFINE,
                                                         .a = a,
                                                         .w = w,
                                                         .c = c,
                                                         .weights = groups * in * out,
                                                         .constants = groups * out,
                                                         .groups = groups,
                                                         .in = in,
                                                         .out = out,
                                                         .width = groups * out,
                                                         .activation = f,
                                                         .parameter = parameter});
}

size_t pensel_graph_activate(pensel_graph *graph, size_t a, pensel_activation f, double parameter)
{
    return pensel_graph_append(graph, (pensel_operation){.kind = PENSEL_OP_ACTIVATE,
                                                         .a = a,
                                                         .width = pensel_graph_width(graph, a),
                                                         .activation = f,
                                                         .parameter = parameter});
}

/* Of two values of the same width, which the caller must see to. */
static size_t two(pensel_graph *graph, pensel_operation_kind kind, size_t a, size_t b)
{
    return pensel_graph_append(
        graph,
        (pensel_operation){.kind = kind, .a = a, .b = b, .width = pensel_graph_width(graph, a)});
}

size_t pensel_graph_add(pensel_graph *graph, size_t a, size_t b)
{
    return two(graph, PENSEL_OP_ADD, a, b);
}

size_t pensel_graph_subtract(pensel_graph *graph, size_t a, size_t b)
{
    return two(graph, PENSEL_OP_SUBTRACT, a, b);
}

/* One constant for each number of a. */
static size_t by_constants(pensel_graph *graph, pensel_operation_kind kind, size_t a, double *c)
{
    size_t width = pensel_graph_width(graph, a);
    return pensel_graph_append(
        graph,
        (pensel_operation){.kind = kind, .a = a, .c = c, .constants = width, .width = width});
}

size_t pensel_graph_multiply(pensel_graph *graph, size_t a, double *c)
{
    return by_constants(graph, PENSEL_OP_MULTIPLY, a, c);
}

size_t pensel_graph_offset(pensel_graph *graph, size_t a, double *c)
{
    return by_constants(graph, PENSEL_OP_OFFSET, a, c);
}

size_t pensel_graph_join(pensel_graph *graph, size_t *parts, size_t count)
{
    size_t width = 0;
    for (size_t i = 0; i < count && parts; i++)
        width += pensel_graph_width(graph, parts[i]);
    return pensel_graph_append(
        graph,
        (pensel_operation){.kind = PENSEL_OP_JOIN, .index = parts, .count = count, .width = width});
}

size_t pensel_graph_pick(pensel_graph *graph, size_t a, size_t *index, size_t count)
{
    return pensel_graph_append(
        graph, (pensel_operation){.kind = PENSEL_OP_PICK,
                                  .a = a,
                                  .index = index,
                                  .count = count,
                                  .width = count,
                                  /* what is picked from doubles is double */
                                  .whole = a < graph->count && graph->list[a].whole});
}

/* A slice of all numbers is the value itself: no target has to copy it. */
size_t pensel_graph_slice(pensel_graph *graph, size_t a, size_t from, size_t count)
{
    if (from == 0 && count == pensel_graph_width(graph, a)) return a;
    size_t *index = pensel_graph_indices(graph, count);
    for (size_t i = 0; i < count && index; i++)
        index[i] = from + i;
    return pensel_graph_pick(graph, a, index, count);
}

size_t pensel_graph_lookup(pensel_graph *graph, size_t a, double *w, size_t rows, size_t width)
{
    return pensel_graph_append(graph, (pensel_operation){.kind = PENSEL_OP_LOOKUP,
                                                         .a = a,
                                                         .w = w,
                                                         .weights = rows * width,
                                                         .count = rows,
                                                         .width = width});
}

size_t pensel_graph_normalise(pensel_graph *graph, size_t a, double epsilon)
{
    return pensel_graph_append(graph, (pensel_operation){.kind = PENSEL_OP_NORMALISE,
                                                         .a = a,
                                                         .parameter = epsilon,
                                                         .width = pensel_graph_width(graph, a)});
}
