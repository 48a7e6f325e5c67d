/* Reading an ONNX graph (onnx.proto, ModelProto and what is in it). Spans stay within the file,
 * every name is defined once, and a node reads only what stands before it, so no walk goes in
 * circles.
 *
 * Two passes: the first counts, so that each list is allocated once and no larger than the file
 * has fields for; the second fills in. Values are sorted by name in between, and from then on a
 * value is an index. Nothing is copied: spans are valid as long as the file's bytes are. */
#include "import/onnx_read.h"

#include "base/endian.h"
#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MODEL_GRAPH = 7, MODEL_OPSET = 8, OPSET_DOMAIN = 1, OPSET_VERSION = 2 };
enum { GRAPH_NODE = 1, GRAPH_TENSOR = 5, GRAPH_INPUT = 11, GRAPH_OUTPUT = 12 };
enum { NODE_INPUT = 1, NODE_OUTPUT = 2, NODE_NAME = 3, NODE_OPERATOR = 4, NODE_DOMAIN = 7 };
enum { NODE_ATTRIBUTE = 5, ATTRIBUTE_NAME = 1, ATTRIBUTE_FLOAT = 2, ATTRIBUTE_INT = 3 };
enum { ATTRIBUTE_FLOATS = 7, TENSOR_NAME = 8, VALUE_NAME = 1, VALUE_TYPE = 2 };
enum { TYPE_TENSOR = 1, TENSOR_SHAPE = 2, SHAPE_DIMENSION = 1, DIMENSION_VALUE = 1 };

static pensel_status broken_file(const onnx_graph *graph, pensel_error *error)
{
    return pensel_fail(error, PENSEL_BAD_FILE,
                       "%s is broken or cut off: an ONNX file, whole, is needed",
                       graph->coming->name);
}

/* The last field of this number, with bytes; an empty span: there is none, or the rest is broken */
static pensel_span inner(pensel_span message, unsigned number)
{
    pensel_field f;
    bool broken = false;
    pensel_span found = {0};
    while (pensel_wire_field(&f, &message, &broken))
        if (f.number == number && f.wire == 2) found = f.bytes;
    return found;
}

/* ------------------------------------------------------------------ what there is */

typedef struct counts {
    size_t nodes, links, made, tensors, inputs, outputs;
} counts;

/* false: the message is broken. The second pass reads the same bytes, so it need not ask again. */
static bool count_node(counts *c, pensel_span message)
{
    pensel_field f;
    bool broken = false;
    while (pensel_wire_field(&f, &message, &broken)) {
        if (f.wire == 2 && f.number == NODE_INPUT) c->links++;
        if (f.wire == 2 && f.number == NODE_OUTPUT) c->made++;
    }
    c->nodes++;
    return !broken;
}

static bool count(counts *c, pensel_span message)
{
    pensel_field f;
    bool broken = false;
    while (pensel_wire_field(&f, &message, &broken)) {
        if (f.wire != 2) continue;
        if (f.number == GRAPH_NODE && !count_node(c, f.bytes)) return false;
        c->tensors += f.number == GRAPH_TENSOR;
        c->inputs += f.number == GRAPH_INPUT;
        c->outputs += f.number == GRAPH_OUTPUT;
    }
    return !broken;
}

/* ------------------------------------------------------------------ values by name */

static int by_name(const void *a, const void *b)
{
    const onnx_value *x = a, *y = b;
    size_t size = x->name.size < y->name.size ? x->name.size : y->name.size;
    int order = size ? memcmp(x->name.at, y->name.at, size) : 0;
    if (order != 0) return order;
    return (x->name.size > y->name.size) - (x->name.size < y->name.size);
}

size_t pensel_onnx_find(const onnx_graph *graph, pensel_span name)
{
    const onnx_value key = {.name = name};
    const onnx_value *found =
        name.size ? bsearch(&key, graph->values, graph->value_count, sizeof key, by_name) : NULL;
    return found ? (size_t)(found - graph->values) : ONNX_NONE;
}

static void add_value(onnx_graph *graph, onnx_value value)
{
    graph->values[graph->value_count++] = value;
}

/* An output without a name is left out, but counts as a position. */
static void add_node_values(onnx_graph *graph, pensel_span message, size_t index)
{
    pensel_field f;
    bool broken = false;
    size_t position = 0;
    while (pensel_wire_field(&f, &message, &broken))
        if (f.number == NODE_OUTPUT && f.wire == 2) {
            if (f.bytes.size)
                add_value(graph, (onnx_value){.name = f.bytes,
                                              .origin = ONNX_OF_NODE,
                                              .index = index,
                                              .position = position});
            position++;
        }
}

static void add_values(onnx_graph *graph, pensel_span message)
{
    pensel_field f;
    bool broken = false;
    size_t node = 0;
    while (pensel_wire_field(&f, &message, &broken)) {
        if (f.wire != 2) continue;
        if (f.number == GRAPH_NODE) add_node_values(graph, f.bytes, node++);
        if (f.number == GRAPH_TENSOR)
            add_value(graph, (onnx_value){.name = inner(f.bytes, TENSOR_NAME),
                                          .origin = ONNX_OF_TENSOR,
                                          .message = f.bytes});
        if (f.number == GRAPH_INPUT)
            add_value(graph, (onnx_value){.name = inner(f.bytes, VALUE_NAME),
                                          .origin = ONNX_OF_INPUT,
                                          .index = graph->inputs++,
                                          .message = f.bytes});
    }
}

/* A tensor may be declared as an input as well: then it is the tensor. */
static pensel_status sort_values(onnx_graph *graph, pensel_error *error)
{
    size_t kept = 0;
    qsort(graph->values, graph->value_count, sizeof *graph->values, by_name);
    for (size_t i = 0; i < graph->value_count; i++) {
        onnx_value *v = &graph->values[i], *before = kept ? &graph->values[kept - 1] : NULL;
        bool same = before && by_name(v, before) == 0;
        bool both = same && v->origin != before->origin && v->origin != ONNX_OF_NODE &&
                    before->origin != ONNX_OF_NODE;
        PENSEL_REQUIRE(!same || both, BAD_FILE,
                       "%s defines the value \"%.*s\" twice: each name is needed once",
                       graph->coming->name, (int)(v->name.size < 60 ? v->name.size : 60),
                       (const char *)v->name.at);
        if (both && v->origin == ONNX_OF_TENSOR) *before = *v;
        if (!both) graph->values[kept++] = *v;
    }
    graph->value_count = kept;
    return PENSEL_OK;
}

/* ------------------------------------------------------------------ nodes */

/* False: it reads what is not there, or what a later node makes. */
static bool add_link(onnx_graph *graph, onnx_node *node, size_t index, pensel_span name)
{
    size_t value = pensel_onnx_find(graph, name);
    if (name.size && value == ONNX_NONE) return false;
    if (name.size && graph->values[value].origin == ONNX_OF_NODE &&
        graph->values[value].index >= index)
        return false;
    graph->links[graph->link_count++] = value;
    node->count++;
    return true;
}

static pensel_status add_node(onnx_graph *graph, pensel_span message, pensel_error *error)
{
    size_t index = graph->node_count++;
    onnx_node *node = &graph->nodes[index];
    pensel_field f;
    bool broken = false;
    *node = (onnx_node){.message = message, .first = graph->link_count};
    node->name = inner(message, NODE_NAME);
    node->operator= inner(message, NODE_OPERATOR);
    node->domain = inner(message, NODE_DOMAIN);
    while (pensel_wire_field(&f, &message, &broken)) {
        node->outputs += f.number == NODE_OUTPUT && f.wire == 2;
        if (f.number == NODE_INPUT && f.wire == 2 && !add_link(graph, node, index, f.bytes))
            return pensel_onnx_refuse(graph, node, "it reads a value that no node before it makes",
                                      error);
    }
    return PENSEL_OK;
}

static pensel_status add_output(onnx_graph *graph, pensel_span message, pensel_error *error)
{
    size_t value = pensel_onnx_find(graph, inner(message, VALUE_NAME));
    PENSEL_REQUIRE(value != ONNX_NONE, BAD_FILE, "%s has an output that nothing in it makes",
                   graph->coming->name);
    graph->outputs[graph->output_count++] = value;
    return PENSEL_OK;
}

/* In this order: links are looked up by name, so all values must be there, and sorted, before
 * the first node is read. */
static pensel_status read_graph(onnx_graph *graph, pensel_span message, pensel_error *error)
{
    counts c = {0};
    pensel_field f;
    bool broken = false;
    pensel_span rest = message;
    if (!count(&c, message)) return broken_file(graph, error);
    PENSEL_TRY(PENSEL_NEW(graph->values, c.made + c.tensors + c.inputs, error));
    PENSEL_TRY(PENSEL_NEW(graph->nodes, c.nodes, error));
    PENSEL_TRY(PENSEL_NEW(graph->links, c.links, error));
    PENSEL_TRY(PENSEL_NEW(graph->outputs, c.outputs, error));
    add_values(graph, message);
    PENSEL_TRY(sort_values(graph, error));
    while (pensel_wire_field(&f, &rest, &broken)) {
        if (f.wire == 2 && f.number == GRAPH_NODE) PENSEL_TRY(add_node(graph, f.bytes, error));
        if (f.wire == 2 && f.number == GRAPH_OUTPUT) PENSEL_TRY(add_output(graph, f.bytes, error));
    }
    return PENSEL_OK;
}

static void read_opset(onnx_graph *graph, pensel_span message)
{
    pensel_field f;
    bool broken = false;
    uint64_t version = 0;
    pensel_span domain = inner(message, OPSET_DOMAIN);
    while (pensel_wire_field(&f, &message, &broken))
        if (f.number == OPSET_VERSION && f.wire == 0) version = f.value;
    if (domain.size == 0 || pensel_span_is(domain, "ai.onnx")) graph->opset = version;
}

pensel_status pensel_onnx_read(onnx_graph *graph, pensel_coming *coming, pensel_error *error)
{
    pensel_span model = {coming->bytes, coming->size}, message = {0};
    pensel_field f;
    bool broken = false;
    *graph = (onnx_graph){.coming = coming};
    while (pensel_wire_field(&f, &model, &broken)) {
        if (f.number == MODEL_OPSET && f.wire == 2) read_opset(graph, f.bytes);
        if (f.number == MODEL_GRAPH && f.wire == 2) message = f.bytes;
    }
    if (broken || message.size == 0) return broken_file(graph, error);
    return read_graph(graph, message, error);
}

void pensel_onnx_close(onnx_graph *graph)
{
    pensel_release(graph->values);
    pensel_release(graph->nodes);
    pensel_release(graph->links);
    pensel_release(graph->outputs);
}

/* ------------------------------------------------------------------ questions about nodes */

size_t pensel_onnx_link(const onnx_graph *graph, const onnx_node *node, size_t i)
{
    return i < node->count ? graph->links[node->first + i] : ONNX_NONE;
}

const onnx_node *pensel_onnx_maker(const onnx_graph *graph, size_t value)
{
    const onnx_value *v = value == ONNX_NONE ? NULL : &graph->values[value];
    return v && v->origin == ONNX_OF_NODE ? &graph->nodes[v->index] : NULL;
}

bool pensel_onnx_is(const onnx_node *node, const char *operator)
{
    return node && pensel_span_is(node->operator, operator);
}

bool pensel_onnx_standard(const onnx_node *node)
{
    return node->domain.size == 0 || pensel_span_is(node->domain, "ai.onnx");
}

bool pensel_onnx_learning(const onnx_node *node)
{
    return pensel_span_is(node->domain, "ai.onnx.ml");
}

/* What cannot be printed becomes '?': names of a file go to terminals. */
static size_t put_span(char *text, size_t size, pensel_span span)
{
    size_t at = 0;
    for (; at < span.size && at + 1 < size; at++)
        text[at] = span.at[at] < 32 || span.at[at] > 126 ? '?' : (char)span.at[at];
    text[at] = '\0';
    return at;
}

void pensel_onnx_describe(char *text, size_t size, const onnx_node *node)
{
    size_t at = put_span(text, size / 2, node->operator);
    if (node->name.size && at + 2 < size) {
        text[at++] = ' ';
        put_span(text + at, size - at, node->name);
    }
}

pensel_status pensel_onnx_refuse(const onnx_graph *graph, const onnx_node *node, const char *why,
                                 pensel_error *error)
{
    char operator[64], name[128];
    put_span(operator, sizeof operator, node->operator);
    put_span(name, sizeof name, node->name);
    if (!name[0]) /* as in graphs that pensel writes */
        return pensel_fail(error, PENSEL_UNSUPPORTED, "%s: the operator %s is not read here: %s",
                           graph->coming->name, operator, why);
    return pensel_fail(error, PENSEL_UNSUPPORTED,
                       "%s: node \"%s\" is of the operator %s, which is not read here: %s",
                       graph->coming->name, name, operator, why);
}

/* ------------------------------------------------------------------ attributes */

bool pensel_onnx_attribute(pensel_span *message, const onnx_node *node, const char *name)
{
    pensel_field f;
    bool broken = false;
    pensel_span rest = node->message;
    while (pensel_wire_field(&f, &rest, &broken))
        if (f.number == NODE_ATTRIBUTE && f.wire == 2 &&
            pensel_span_is(inner(f.bytes, ATTRIBUTE_NAME), name)) {
            *message = f.bytes;
            return true;
        }
    return false;
}

static double float_of(pensel_span bytes)
{
    float value;
    memcpy(&value, bytes.at, sizeof value);
    pensel_swap_for_file(&value, 1, sizeof value);
    return value;
}

double pensel_onnx_float(const onnx_node *node, const char *name, double standard)
{
    pensel_field f;
    bool broken = false;
    pensel_span message;
    if (!pensel_onnx_attribute(&message, node, name)) return standard;
    while (pensel_wire_field(&f, &message, &broken))
        if (f.number == ATTRIBUTE_FLOAT && f.wire == 5) standard = float_of(f.bytes);
    return standard;
}

int64_t pensel_onnx_int(const onnx_node *node, const char *name, int64_t standard)
{
    pensel_field f;
    bool broken = false;
    pensel_span message;
    if (!pensel_onnx_attribute(&message, node, name)) return standard;
    standard = 0; /* protocol buffers leave a 0 out */
    while (pensel_wire_field(&f, &message, &broken))
        if (f.number == ATTRIBUTE_INT && f.wire == 0) standard = (int64_t)f.value;
    return standard;
}

/* One by one, or many in one field */
pensel_status pensel_onnx_floats(double **numbers, size_t *count, const onnx_node *node,
                                 const char *name, pensel_error *error)
{
    pensel_field f;
    bool broken = false;
    pensel_span message;
    *count = 0;
    *numbers = NULL;
    if (!pensel_onnx_attribute(&message, node, name)) return PENSEL_OK;
    PENSEL_TRY(PENSEL_NEW(*numbers, message.size / 4, error));
    while (pensel_wire_field(&f, &message, &broken))
        for (size_t at = 0; f.number == ATTRIBUTE_FLOATS && at + 4 <= f.bytes.size; at += 4)
            (*numbers)[(*count)++] = float_of((pensel_span){f.bytes.at + at, 4});
    return PENSEL_OK;
}

pensel_status pensel_onnx_text(char **text, pensel_span span, pensel_error *error)
{
    PENSEL_TRY(PENSEL_NEW(*text, span.size + 1, error));
    if (span.size) memcpy(*text, span.at, span.size);
    for (size_t i = 0; i < span.size; i++)
        if ((unsigned char)(*text)[i] < 32) (*text)[i] = '?';
    return PENSEL_OK;
}

size_t pensel_onnx_width(const onnx_value *input)
{
    pensel_span shape = inner(inner(inner(input->message, VALUE_TYPE), TYPE_TENSOR), TENSOR_SHAPE);
    pensel_field f, d;
    bool broken = false;
    size_t width = 0, rank = 0;
    while (pensel_wire_field(&f, &shape, &broken)) {
        uint64_t side = 0;
        if (f.number != SHAPE_DIMENSION || f.wire != 2) continue;
        while (pensel_wire_field(&d, &f.bytes, &broken))
            if (d.number == DIMENSION_VALUE && d.wire == 0) side = d.value;
        if (side >= SIZE_MAX / 2) return 0;
        if (rank++ < 2)
            width = (size_t)side;
        else if (!pensel_multiply(&width, width, (size_t)side))
            return 0;
    }
    return width;
}
