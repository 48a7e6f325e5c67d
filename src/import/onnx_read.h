/* An ONNX graph in memory: its values by name, its nodes in their order, constants when they are
 * asked for. Everything is a span of the file's bytes.
 *
 *   onnx_read.c     the graph
 *   onnx_tensor.c   constants: tensors, and what is computed of nothing else
 *   onnx_probe.c    activations, recognised by what they compute
 *   onnx_stage.c    one node as one stage or some
 *   onnx_walk.c     from the outputs back to the inputs
 *   onnx_layers.c   layers that a graph of this library says beside its nodes
 *   onnx_labels.c   what the outputs are: labels of classes */
#ifndef PENSEL_IMPORT_ONNX_READ_H
#define PENSEL_IMPORT_ONNX_READ_H

#include "import/coming.h"
#include "import/wire.h"

#define ONNX_NONE SIZE_MAX

typedef enum onnx_origin { ONNX_OF_INPUT, ONNX_OF_TENSOR, ONNX_OF_NODE } onnx_origin;

typedef struct onnx_value {
    pensel_span name;
    onnx_origin origin;
    size_t index;        /* of the node, or the input */
    size_t position;     /* among the node's outputs */
    pensel_span message; /* of a tensor, or an input's description */
} onnx_value;

typedef struct onnx_node {
    pensel_span name, operator, domain, message;
    size_t first, count; /* its inputs among the links */
    size_t outputs;
} onnx_node;

typedef struct onnx_graph {
    pensel_coming *coming;
    onnx_value *values; /* (value_count) by name */
    size_t value_count;
    onnx_node *nodes; /* (node_count) */
    size_t node_count;
    size_t *links; /* (link_count) values that nodes read; ONNX_NONE: left out */
    size_t link_count;
    size_t *outputs; /* (output_count) values */
    size_t output_count;
    size_t inputs;
    uint64_t opset; /* of the standard's operators */
} onnx_graph;

typedef struct onnx_tensor {
    int type;    /* TensorProto.DataType */
    size_t rank; /* up to 4 */
    size_t shape[4];
    size_t count;
    double *numbers;     /* (count) the caller's; NULL for strings */
    pensel_span strings; /* the message, of strings */
} onnx_tensor;

/* ------------------------------------------------ onnx_read.c */

pensel_status pensel_onnx_read(onnx_graph *graph, pensel_coming *coming, pensel_error *error);
void pensel_onnx_close(onnx_graph *graph);
/* The value of this name; ONNX_NONE: there is none */
size_t pensel_onnx_find(const onnx_graph *graph, pensel_span name);
/* Input i of the node; ONNX_NONE: it is not there */
size_t pensel_onnx_link(const onnx_graph *graph, const onnx_node *node, size_t i);
/* NULL unless a node makes the value. */
const onnx_node *pensel_onnx_maker(const onnx_graph *graph, size_t value);
bool pensel_onnx_is(const onnx_node *node, const char *operator);
/* Whether it is an operator of the standard, or of ai.onnx.ml */
bool pensel_onnx_standard(const onnx_node *node);
bool pensel_onnx_learning(const onnx_node *node);
/* "Gemm /0/Gemm", printable and cut off */
void pensel_onnx_describe(char *text, size_t size, const onnx_node *node);
/* The sentence that refuses a node: "... which is not read here: `why`" */
pensel_status pensel_onnx_refuse(const onnx_graph *graph, const onnx_node *node, const char *why,
                                 pensel_error *error);
/* Attributes, or what they are when they are not there */
bool pensel_onnx_attribute(pensel_span *message, const onnx_node *node, const char *name);
double pensel_onnx_float(const onnx_node *node, const char *name, double standard);
int64_t pensel_onnx_int(const onnx_node *node, const char *name, int64_t standard);
/* A list of floats: its numbers, the caller's; count 0: there is none */
pensel_status pensel_onnx_floats(double **numbers, size_t *count, const onnx_node *node,
                                 const char *name, pensel_error *error);
/* Span as a text of its own, without what cannot be printed */
pensel_status pensel_onnx_text(char **text, pensel_span span, pensel_error *error);
/* How many numbers a sample has: all sides of an input but the first, of a picture (n, 1, 28, 28)
 * 784, as Flatten makes them; 0: it does not say. */
size_t pensel_onnx_width(const onnx_value *input);

/* ------------------------------------------------ onnx_tensor.c */

/* Whether the value needs no input */
bool pensel_onnx_constant(const onnx_graph *graph, size_t value);
/* Its numbers; UNSUPPORTED if it is none that can be read. */
pensel_status pensel_onnx_numbers(onnx_tensor *tensor, const onnx_graph *graph, size_t value,
                                  pensel_error *error);
/* True, and the number, of a constant that is a single one */
bool pensel_onnx_single(double *number, const onnx_graph *graph, size_t value);

/* ------------------------------------------------ onnx_layers.c */

/* The layer that `value` is the output of, by the file's metadata, and the value before it; *of
 * ONNX_NONE: of none. */
pensel_status pensel_onnx_kept(pensel_stage *stage, size_t *of, const onnx_graph *graph,
                               size_t value, pensel_error *error);

/* ------------------------------------------------ onnx_probe.c, onnx_stage.c, onnx_labels.c */

/* The activation that `value` is of an earlier one, *of; false: none is recognised. */
bool pensel_onnx_probe(pensel_stage *stage, size_t *of, const onnx_graph *graph, size_t value);
enum { ONNX_STAGES = 3 }; /* that one node may become */
/* The node as stages, from the first to the last, of the value *of. count 0: it changes nothing. */
pensel_status pensel_onnx_stages(pensel_stage *stages, size_t *count, size_t *of,
                                 const onnx_graph *graph, const onnx_node *node,
                                 pensel_error *error);
/* The value that the outputs are of: numbers, or probabilities, and what is known of classes. */
pensel_status pensel_onnx_outputs(size_t *value, onnx_graph *graph, pensel_error *error);

#endif
