/* What the outputs of an ONNX graph are: numbers or probabilities, of which there is one, and
 * beside them labels, as scikit-learn's converter and src/export write them.
 *
 * Labels are recognised by what makes them (an index of the largest, a list that it picks from,
 * a threshold) and say what the numbers mean: the largest is chosen, so they are probabilities
 * of classes; each is compared with a half, so they are those of labels. The list names the
 * classes. */
#include "import/onnx_read.h"

#include "base/memory.h"

#include <math.h>
#include <string.h>

enum { CHAIN = 16, ATTRIBUTE_STRINGS = 9, ATTRIBUTE_INTS = 8, TENSOR_STRINGS = 6, STRING = 8 };

/* ------------------------------------------------------------------ classes */

static pensel_status add_name(pensel_coming *coming, pensel_span name, size_t *room,
                              pensel_error *error)
{
    if (coming->classes == *room) {
        void *block = coming->class_names;
        PENSEL_TRY(pensel_resize(&block, *room * 2 + 8, sizeof *coming->class_names, error));
        coming->class_names = block;
        *room = *room * 2 + 8;
    }
    PENSEL_TRY(pensel_onnx_text(&coming->class_names[coming->classes], name, error));
    coming->classes++;
    return PENSEL_OK;
}

/* All fields of this number, as names */
static pensel_status add_names(pensel_coming *coming, pensel_span message, unsigned number,
                               pensel_error *error)
{
    pensel_field f;
    bool broken = false;
    size_t room = 0;
    while (pensel_wire_field(&f, &message, &broken))
        if (f.number == number && f.wire == 2) PENSEL_TRY(add_name(coming, f.bytes, &room, error));
    return PENSEL_OK;
}

/* Takes the numbers. */
static pensel_status add_codes(pensel_coming *coming, onnx_tensor *t)
{
    coming->codes = t->numbers;
    coming->classes = t->count;
    return PENSEL_OK;
}

/* A list of classes, of which an index takes one */
static pensel_status read_classes(onnx_graph *graph, const onnx_node *node, pensel_error *error)
{
    onnx_tensor t;
    size_t value = pensel_onnx_link(graph, node, 0);
    if (graph->coming->classes) return PENSEL_OK;
    if (value == ONNX_NONE || !pensel_onnx_constant(graph, value))
        return pensel_onnx_refuse(graph, node, "a constant list of classes is", error);
    PENSEL_TRY(pensel_onnx_numbers(&t, graph, value, error));
    if (t.type == STRING) return add_names(graph->coming, t.strings, TENSOR_STRINGS, error);
    return add_codes(graph->coming, &t);
}

/* ZipMap's own list, where there is no label */
static pensel_status read_zipped(onnx_graph *graph, const onnx_node *node, pensel_error *error)
{
    pensel_span message, rest;
    pensel_field f;
    bool broken = false;
    pensel_coming *coming = graph->coming;
    if (coming->classes || coming->labels) return PENSEL_OK;
    if (pensel_onnx_attribute(&message, node, "classlabels_strings"))
        return add_names(coming, message, ATTRIBUTE_STRINGS, error);
    if (!pensel_onnx_attribute(&message, node, "classlabels_int64s")) return PENSEL_OK;
    PENSEL_TRY(PENSEL_NEW(coming->codes, message.size, error));
    rest = message;
    while (pensel_wire_field(&f, &rest, &broken)) {
        uint64_t code = f.value;
        if (f.number != ATTRIBUTE_INTS) continue;
        if (f.wire == 0) coming->codes[coming->classes++] = (double)(int64_t)code;
        while (f.wire == 2 && pensel_wire_number(&code, &f.bytes))
            coming->codes[coming->classes++] = (double)(int64_t)code;
    }
    return PENSEL_OK;
}

/* ------------------------------------------------------------------ labels */

static bool changes_no_number(const onnx_node *node)
{
    static const char *const names[] = {"Identity", "Cast", "Reshape", "Squeeze", "Flatten"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (pensel_onnx_is(node, names[i])) return true;
    return false;
}

/* Whether the output is a label; of classes they are read on the way. */
static pensel_status read_label(bool *label, onnx_graph *graph, size_t value, pensel_error *error)
{
    *label = false;
    for (int k = 0; k < CHAIN; k++) {
        const onnx_node *node = pensel_onnx_maker(graph, value);
        if (!node) return PENSEL_OK;
        bool chosen =
            pensel_onnx_is(node, "Gather") || pensel_onnx_is(node, "ArrayFeatureExtractor");
        bool index = pensel_onnx_is(node, "ArgMax");
        bool halves = pensel_onnx_is(node, "Binarizer") || pensel_onnx_is(node, "Greater");
        *label = chosen || index || halves;
        if (halves) graph->coming->labels = true;
        if (chosen || index) graph->coming->classifies = true;
        if (chosen) return read_classes(graph, node, error);
        if (*label || !changes_no_number(node)) return PENSEL_OK;
        value = pensel_onnx_link(graph, node, 0);
    }
    return PENSEL_OK;
}

/* ------------------------------------------------------------------ probabilities */

/* (1 - p, p) of two classes: p */
static size_t second_of_pair(const onnx_graph *graph, size_t value)
{
    const onnx_node *node = pensel_onnx_maker(graph, value);
    if (!pensel_onnx_is(node, "Concat") || node->count != 2) return value;
    size_t first = pensel_onnx_link(graph, node, 0), second = pensel_onnx_link(graph, node, 1);
    const onnx_node *rest = pensel_onnx_maker(graph, first);
    double one = 0;
    bool pair = pensel_onnx_is(rest, "Sub") &&
                pensel_onnx_single(&one, graph, pensel_onnx_link(graph, rest, 0)) && one == 1 &&
                pensel_onnx_link(graph, rest, 1) == second;
    return pair ? second : value;
}

/* One output under another: skl2onnx writes that of several targets, too, whose numbers it leaves
 * in their order. */
static bool is_column(const onnx_graph *graph, const onnx_node *node)
{
    onnx_tensor t;
    size_t shape = node ? pensel_onnx_link(graph, node, 1) : ONNX_NONE;
    if (!pensel_onnx_is(node, "Reshape") || shape == ONNX_NONE ||
        !pensel_onnx_constant(graph, shape) ||
        pensel_onnx_numbers(&t, graph, shape, NULL) != PENSEL_OK)
        return false;
    bool column = t.numbers && t.count == 2 && t.numbers[0] == -1 && t.numbers[1] == 1;
    pensel_release(t.numbers);
    return column;
}

/* Through what wraps probabilities (ZipMap, which makes dictionaries of them, and names) to the
 * value that the network computes; of two classes to the second one's. */
static pensel_status unwrap(size_t *value, onnx_graph *graph, pensel_error *error)
{
    for (int k = 0; k < CHAIN; k++) {
        const onnx_node *node = pensel_onnx_maker(graph, *value);
        bool zipped = node && pensel_onnx_is(node, "ZipMap");
        if (zipped) PENSEL_TRY(read_zipped(graph, node, error));
        if (zipped && !graph->coming->labels) graph->coming->classifies = true;
        if (!zipped && !pensel_onnx_is(node, "Identity") && !is_column(graph, node)) break;
        *value = pensel_onnx_link(graph, node, 0);
        PENSEL_REQUIRE(*value != ONNX_NONE, BAD_FILE, "%s has a %s of nothing", graph->coming->name,
                       zipped ? "ZipMap" : "value");
    }
    size_t second = second_of_pair(graph, *value);
    if (second != *value) graph->coming->classifies = true;
    *value = second;
    return PENSEL_OK;
}

pensel_status pensel_onnx_outputs(size_t *value, onnx_graph *graph, pensel_error *error)
{
    size_t numbers = 0;
    *value = ONNX_NONE;
    for (size_t i = 0; i < graph->output_count; i++) {
        bool label;
        PENSEL_TRY(read_label(&label, graph, graph->outputs[i], error));
        if (label) continue;
        *value = graph->outputs[i];
        numbers++;
    }
    PENSEL_REQUIRE(numbers == 1, UNSUPPORTED,
                   "%s has %zu outputs of numbers: one, and labels beside it, is read",
                   graph->coming->name, numbers);
    return unwrap(value, graph, error);
}
