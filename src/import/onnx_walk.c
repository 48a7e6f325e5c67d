/* ONNX (https://onnx.ai): from the outputs back to the inputs of a graph, each node as stages. What
 * does not take part, such as labels behind probabilities, is not walked.
 *
 * The walk has one value in hand, `value`: what is made by nodes it has not seen. A step looks for
 * what made it (a layer of our own metadata, an activation, a residual's sum, or an operator of the
 * table) and takes that node's input in hand. Nodes read only what stands before them, so it ends.
 * Stages come last first and are turned round at the end.
 *
 * A residual is a + g(a): from the sum the walk follows g, and where it meets a again the
 * residual begins. Nothing else may branch: a network of layers is one line. */
#include "import/onnx_read.h"

#include "base/memory.h"

#include <stdio.h>
#include <string.h>

enum { DEPTH = 16 };

/* Stages in reverse, and the values where residuals begin */
typedef struct walk {
    onnx_graph *graph;
    pensel_coming *coming;
    size_t value; /* what is made by what was not walked yet */
    size_t open[DEPTH], depth;
    char sources[DEPTH][112];
    pensel_error *error;
} walk;

/* ------------------------------------------------------------------ residuals */

static pensel_status mark(walk *w, pensel_stage_kind kind, const char *source)
{
    pensel_stage stage = {.kind = kind};
    snprintf(stage.source, sizeof stage.source, "%s", source);
    return pensel_coming_add(w->coming, &stage, w->error);
}

/* Order in which values are there: inputs, then what nodes make. */
static size_t age(const walk *w, size_t value)
{
    const onnx_value *v = &w->graph->values[value];
    return v->origin == ONNX_OF_NODE ? v->index + 1 : 0;
}

/* A sum of two values that are not constant: the later one is made of the earlier one, which goes
 * around what makes it. The walk finds out whether that is so. */
static bool is_residual(const walk *w, const onnx_node *node)
{
    size_t a = pensel_onnx_link(w->graph, node, 0), b = pensel_onnx_link(w->graph, node, 1);
    return pensel_onnx_is(node, "Add") && pensel_onnx_standard(node) && a != ONNX_NONE &&
           b != ONNX_NONE && a != b && !pensel_onnx_constant(w->graph, a) &&
           !pensel_onnx_constant(w->graph, b);
}

/* Of the two values that are added the one made later is g(a), so the other is a. */
static pensel_status begin_residual(walk *w, const onnx_node *node)
{
    size_t a = pensel_onnx_link(w->graph, node, 0), b = pensel_onnx_link(w->graph, node, 1);
    bool later = age(w, a) > age(w, b);
    if (w->depth == DEPTH)
        return pensel_onnx_refuse(w->graph, node, "up to 16 residuals within one another are",
                                  w->error);
    pensel_onnx_describe(w->sources[w->depth], sizeof *w->sources, node);
    w->open[w->depth++] = later ? b : a;
    PENSEL_TRY(mark(w, PENSEL_STAGE_CLOSE, w->sources[w->depth - 1]));
    w->value = later ? a : b;
    return PENSEL_OK;
}

/* ------------------------------------------------------------------ one step back */

/* The order of the questions matters: an activation of several nodes must be recognised before
 * its last node is read alone, and Add of two values is no Add of a constant. Stages that are
 * not handed over are cleared. */
static pensel_status step(walk *w, const onnx_node *node)
{
    pensel_stage stages[ONNX_STAGES];
    size_t count = 0, of = ONNX_NONE;
    pensel_status status = pensel_onnx_kept(&stages[0], &of, w->graph, w->value, w->error);
    if (status != PENSEL_OK) return status;
    if (of != ONNX_NONE || pensel_onnx_probe(&stages[0], &of, w->graph, w->value))
        count = 1;
    else if (w->graph->values[w->value].position != 0)
        return pensel_onnx_refuse(w->graph, node, "its first output is", w->error);
    else if (is_residual(w, node))
        return begin_residual(w, node);
    else
        status = pensel_onnx_stages(stages, &count, &of, w->graph, node, w->error);
    for (size_t i = count; i-- > 0;)
        if (status == PENSEL_OK)
            status = pensel_coming_add(w->coming, &stages[i], w->error);
        else
            pensel_stage_clear(&stages[i]);
    w->value = of;
    return status;
}

/* ------------------------------------------------------------------ the inputs */

/* The input behind nodes that change nothing; ONNX_NONE: it is none */
static size_t input_behind(const walk *w, size_t value)
{
    const onnx_node *node;
    for (int k = 0; k < 8 && (node = pensel_onnx_maker(w->graph, value)); k++) {
        if (!pensel_onnx_is(node, "Cast") && !pensel_onnx_is(node, "Identity")) return ONNX_NONE;
        value = pensel_onnx_link(w->graph, node, 0);
    }
    if (value == ONNX_NONE || w->graph->values[value].origin != ONNX_OF_INPUT) return ONNX_NONE;
    return value;
}

/* Columns one by one, as a table's: their names are the inputs'. */
static pensel_status join_columns(walk *w, const onnx_node *node)
{
    pensel_coming *coming = w->coming;
    int64_t axis = pensel_onnx_int(node, "axis", 0);
    if (axis != 1 && axis != -1)
        return pensel_onnx_refuse(w->graph, node, "side by side they are", w->error);
    PENSEL_TRY(PENSEL_NEW(coming->input_names, node->count, w->error));
    coming->inputs = node->count;
    for (size_t i = 0; i < node->count; i++) {
        size_t value = input_behind(w, pensel_onnx_link(w->graph, node, i));
        if (value == ONNX_NONE || pensel_onnx_width(&w->graph->values[value]) != 1)
            return pensel_onnx_refuse(w->graph, node, "of the graph's inputs, a column each, it is",
                                      w->error);
        PENSEL_TRY(
            pensel_onnx_text(&coming->input_names[i], w->graph->values[value].name, w->error));
    }
    return PENSEL_OK;
}

static pensel_status reverse(walk *w)
{
    pensel_coming *c = w->coming;
    for (size_t low = 0, high = c->count; low + 1 < high; low++, high--) {
        pensel_stage stage = c->stages[low];
        c->stages[low] = c->stages[high - 1];
        c->stages[high - 1] = stage;
    }
    return PENSEL_OK;
}

/* Several residuals may begin at the same value. */
static pensel_status go(walk *w)
{
    pensel_error *error = w->error;
    for (;;) {
        while (w->depth > 0 && w->value == w->open[w->depth - 1])
            PENSEL_TRY(mark(w, PENSEL_STAGE_OPEN, w->sources[--w->depth]));
        const onnx_node *node = pensel_onnx_maker(w->graph, w->value);
        if (pensel_onnx_is(node, "Concat") && w->depth == 0) return join_columns(w, node);
        if (!node) break;
        PENSEL_TRY(step(w, node));
    }
    PENSEL_REQUIRE(w->value != ONNX_NONE && w->graph->values[w->value].origin == ONNX_OF_INPUT,
                   BAD_FILE, "%s computes its outputs of nothing but constants", w->coming->name);
    PENSEL_REQUIRE(w->depth == 0, UNSUPPORTED,
                   "%s: node \"%s\" adds two values of which neither is made of the other: that is "
                   "no residual, and not read",
                   w->coming->name, w->sources[w->depth ? w->depth - 1 : 0]);
    w->coming->inputs = pensel_onnx_width(&w->graph->values[w->value]);
    return PENSEL_OK;
}

/* ------------------------------------------------------------------ the format */

/* A model begins with its version: field 1, a number below 128. */
static bool is(const unsigned char *bytes, size_t size)
{
    return size > 2 && bytes[0] == 8 && bytes[1] > 0 && bytes[1] < 128;
}

static pensel_status read(pensel_coming *coming, pensel_error *error)
{
    PENSEL_TRY(pensel_saved_onnx(coming, error));
    if (coming->saved) return PENSEL_OK;
    onnx_graph graph;
    walk w = {.graph = &graph, .coming = coming, .error = error};
    pensel_status status = pensel_onnx_read(&graph, coming, error);
    if (status == PENSEL_OK) status = pensel_onnx_outputs(&w.value, &graph, error);
    if (status == PENSEL_OK) status = go(&w);
    if (status == PENSEL_OK) status = reverse(&w);
    pensel_onnx_close(&graph);
    return status;
}

const pensel_format pensel_format_onnx = {
    .name = "onnx",
    .help = "a graph of layers of neurons, activations, scalers and normalisations",
    .is = is,
    .read = read,
};
