/* Nodes and constants of an ONNX graph: the messages of onnx.proto by their field numbers.
 *
 * Nodes and constants are fields of the graph and may come in any order among each other, so a
 * constant is written where it is needed, just before its node. Before: while a node is open
 * (begin ... end) all that is written becomes part of it, so its inputs must be made first.
 * Nodes stand after those they read, as the standard asks; writing them as they are made sees to
 * that. */
#include "export/onnx_graph.h"

#include <stdio.h>

/* GraphProto, NodeProto, AttributeProto, TensorProto */
enum { GRAPH_NODE = 1, GRAPH_INITIALIZER = 5 };
enum { NODE_INPUT = 1, NODE_OUTPUT = 2, NODE_OPERATOR = 4, NODE_ATTRIBUTE = 5, NODE_DOMAIN = 7 };
enum { ATTRIBUTE_NAME = 1, ATTRIBUTE_FLOAT = 2, ATTRIBUTE_INT = 3, ATTRIBUTE_INTS = 8 };
enum { ATTRIBUTE_TYPE = 20, TYPE_FLOAT = 1, TYPE_INT = 2, TYPE_INTS = 7 };
enum { TENSOR_DIMS = 1, TENSOR_TYPE = 2, TENSOR_STRINGS = 6, TENSOR_NAME = 8, TENSOR_RAW = 9 };

/* ------------------------------------------------------------------ names */

onnx_name pensel_onnx_value(size_t value)
{
    onnx_name name;
    snprintf(name.text, sizeof name.text, "/pensel/%zu", value);
    return name;
}

/* Names of ours begin with /pensel/, which no column may: see check_names in onnx.c. */
onnx_name pensel_onnx_new(pensel_onnx *w)
{
    onnx_name name;
    snprintf(name.text, sizeof name.text, "/pensel/of/%zu", w->serial++);
    return name;
}

/* ------------------------------------------------------------------ nodes */

void pensel_onnx_begin(pensel_onnx *w, const char *operator, const char * inputs,
                       const char *output)
{
    w->node = pensel_put_begin(w->text, GRAPH_NODE);
    while (*inputs) {
        size_t length = strcspn(inputs, " ");
        pensel_put_bytes(w->text, NODE_INPUT, inputs, length);
        inputs += length + (inputs[length] != '\0');
    }
    pensel_put_string(w->text, NODE_OUTPUT, output);
    pensel_put_string(w->text, NODE_OPERATOR, operator);
}

void pensel_onnx_end(pensel_onnx *w)
{
    pensel_put_end(w->text, w->node);
}

void pensel_onnx_whole(pensel_onnx *w, const char *name, int64_t value)
{
    size_t begin = pensel_put_begin(w->text, NODE_ATTRIBUTE);
    pensel_put_string(w->text, ATTRIBUTE_NAME, name);
    pensel_put_number(w->text, ATTRIBUTE_INT, (uint64_t)value);
    pensel_put_number(w->text, ATTRIBUTE_TYPE, TYPE_INT);
    pensel_put_end(w->text, begin);
}

void pensel_onnx_wholes(pensel_onnx *w, const char *name, const int64_t *values, size_t count)
{
    size_t begin = pensel_put_begin(w->text, NODE_ATTRIBUTE);
    pensel_put_string(w->text, ATTRIBUTE_NAME, name);
    for (size_t i = 0; i < count; i++)
        pensel_put_number(w->text, ATTRIBUTE_INTS, (uint64_t)values[i]);
    pensel_put_number(w->text, ATTRIBUTE_TYPE, TYPE_INTS);
    pensel_put_end(w->text, begin);
}

void pensel_onnx_real(pensel_onnx *w, const char *name, double value)
{
    size_t begin = pensel_put_begin(w->text, NODE_ATTRIBUTE);
    pensel_put_string(w->text, ATTRIBUTE_NAME, name);
    pensel_put_float(w->text, ATTRIBUTE_FLOAT, (float)value);
    pensel_put_number(w->text, ATTRIBUTE_TYPE, TYPE_FLOAT);
    pensel_put_end(w->text, begin);
}

/* A node without attributes, whose output has a new name. */
static onnx_name plain(pensel_onnx *w, const char *operator, const char * inputs)
{
    onnx_name output = pensel_onnx_new(w);
    pensel_onnx_begin(w, operator, inputs, output.text);
    pensel_onnx_end(w);
    return output;
}

onnx_name pensel_onnx_one(pensel_onnx *w, const char *operator, onnx_name a)
{
    return plain(w, operator, a.text);
}

onnx_name pensel_onnx_two(pensel_onnx *w, const char *operator, onnx_name a, onnx_name b)
{
    char inputs[2 * sizeof a];
    snprintf(inputs, sizeof inputs, "%s %s", a.text, b.text);
    return plain(w, operator, inputs);
}

onnx_name pensel_onnx_where(pensel_onnx *w, onnx_name condition, onnx_name a, onnx_name b)
{
    char inputs[3 * sizeof a];
    snprintf(inputs, sizeof inputs, "%s %s %s", condition.text, a.text, b.text);
    return plain(w, "Where", inputs);
}

onnx_name pensel_onnx_cast(pensel_onnx *w, onnx_name a, int type)
{
    onnx_name output = pensel_onnx_new(w);
    pensel_onnx_begin(w, "Cast", a.text, output.text);
    pensel_onnx_whole(w, "to", type);
    pensel_onnx_end(w);
    return output;
}

onnx_name pensel_onnx_gather(pensel_onnx *w, onnx_name table, onnx_name index, int axis)
{
    char inputs[2 * sizeof table];
    onnx_name output = pensel_onnx_new(w);
    snprintf(inputs, sizeof inputs, "%s %s", table.text, index.text);
    pensel_onnx_begin(w, "Gather", inputs, output.text);
    pensel_onnx_whole(w, "axis", axis);
    pensel_onnx_end(w);
    return output;
}

/* Since opset 13 the axes are an input, not an attribute. */
onnx_name pensel_onnx_sum(pensel_onnx *w, onnx_name a, int64_t axis, bool keep)
{
    char inputs[2 * sizeof a];
    const size_t one = 1;
    const double number = (double)axis;
    onnx_name axes = pensel_onnx_tensor(w, ONNX_INT64, 1, &one, &number);
    onnx_name output = pensel_onnx_new(w);
    snprintf(inputs, sizeof inputs, "%s %s", a.text, axes.text);
    pensel_onnx_begin(w, "ReduceSum", inputs, output.text);
    pensel_onnx_whole(w, "keepdims", keep);
    pensel_onnx_end(w);
    return output;
}

onnx_name pensel_onnx_reshape(pensel_onnx *w, onnx_name a, size_t rank, const int64_t *shape)
{
    double numbers[4];
    for (size_t i = 0; i < rank; i++)
        numbers[i] = (double)shape[i];
    return pensel_onnx_two(w, "Reshape", a, pensel_onnx_tensor(w, ONNX_INT64, 1, &rank, numbers));
}

/* An Identity node: ONNX has no other way to give a value two names. */
void pensel_onnx_rename(pensel_onnx *w, const char *output, const char *input)
{
    size_t begin = pensel_put_begin(w->text, GRAPH_NODE);
    pensel_put_string(w->text, NODE_INPUT, input);
    pensel_put_string(w->text, NODE_OUTPUT, output);
    pensel_put_string(w->text, NODE_OPERATOR, "Identity");
    pensel_put_end(w->text, begin);
}

/* ------------------------------------------------------------------ constants */

/* Opens a constant; pensel_put_end closes it when its numbers are written. */
static size_t begin_tensor(pensel_onnx *w, int type, size_t rank, const size_t *shape,
                           const onnx_name *name)
{
    size_t begin = pensel_put_begin(w->text, GRAPH_INITIALIZER);
    for (size_t i = 0; i < rank; i++)
        pensel_put_number(w->text, TENSOR_DIMS, shape[i]);
    pensel_put_number(w->text, TENSOR_TYPE, (uint64_t)type);
    pensel_put_string(w->text, TENSOR_NAME, name->text);
    return begin;
}

/* As little-endian bytes */
static void add_number(pensel_onnx *w, int type, double value)
{
    unsigned char bytes[8];
    float single = (float)value;
    int64_t whole = (int64_t)value;
    size_t size = type == ONNX_FLOAT ? 4 : 8;
    const void *from = type == ONNX_FLOAT   ? (const void *)&single
                       : type == ONNX_INT64 ? (const void *)&whole
                                            : (const void *)&value;
    memcpy(bytes, from, size);
    pensel_swap_for_file(bytes, 1, size);
    pensel_text_add(w->text, bytes, size);
    if (type == ONNX_FLOAT && w->pooled) pensel_text_add(&w->pool, bytes, size);
}

onnx_name pensel_onnx_tensor(pensel_onnx *w, int type, size_t rank, const size_t *shape,
                             const double *values)
{
    onnx_name name = pensel_onnx_new(w);
    size_t count = 1, begin = begin_tensor(w, type, rank, shape, &name);
    for (size_t i = 0; i < rank; i++)
        count *= shape[i];
    size_t raw = pensel_put_begin(w->text, TENSOR_RAW);
    for (size_t i = 0; i < count; i++)
        add_number(w, type, values[i]);
    pensel_put_end(w->text, raw);
    pensel_put_end(w->text, begin);
    return name;
}

onnx_name pensel_onnx_number(pensel_onnx *w, int type, double value)
{
    return pensel_onnx_tensor(w, type, 0, NULL, &value);
}

onnx_name pensel_onnx_row(pensel_onnx *w, int type, const double *values, size_t count)
{
    const size_t shape[] = {1, count};
    return pensel_onnx_tensor(w, type, 2, shape, values);
}

onnx_name pensel_onnx_strings(pensel_onnx *w, const char *const *strings, size_t count)
{
    onnx_name name = pensel_onnx_new(w);
    size_t begin = begin_tensor(w, ONNX_STRING, 1, &count, &name);
    for (size_t i = 0; i < count; i++)
        pensel_put_string(w->text, TENSOR_STRINGS, strings[i]);
    pensel_put_end(w->text, begin);
    return name;
}
