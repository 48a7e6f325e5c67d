/* ONNX (https://onnx.ai): a model as a graph of the standard's own operators, for ONNX Runtime and
 * whatever else reads the format. The wire format is small, so it is written here.
 *
 * Inputs: X (rows, inputs) of float; of a table's model its columns, each (rows, 1), numbers of
 * double (NaN: missing), dates too, in seconds since 1970, and texts. Outputs: variable, or
 * probabilities and label, as scikit-learn's converter names them. */
#include "export/onnx_graph.h"

#include "base/memory.h"

#include <math.h>
#include <stdio.h>

enum { IR_VERSION = 8 };
/* ModelProto, GraphProto, ValueInfoProto and what is in it */
enum { MODEL_IR = 1, MODEL_PRODUCER = 2, MODEL_VERSION = 3, MODEL_GRAPH = 7, MODEL_OPSET = 8 };
enum { MODEL_METADATA = 14, GRAPH_NAME = 2, GRAPH_INPUT = 11, GRAPH_OUTPUT = 12 };
enum { OPSET_DOMAIN = 1, OPSET_VERSION = 2, METADATA_KEY = 1, METADATA_VALUE = 2 };
enum { VALUE_NAME = 1, VALUE_TYPE = 2, VALUE_DOC = 3, TYPE_TENSOR = 1, TENSOR_ELEMENT = 1 };
enum { TENSOR_SHAPE = 2, SHAPE_DIM = 1, DIM_VALUE = 1, DIM_NAME = 2 };

/* ------------------------------------------------------------------ operations of networks */

/* The graph's own input, of which the model's value is another name. */
static onnx_name put_input(pensel_onnx *w, const pensel_operation *o)
{
    const char *name = w->leaving->inputs[o->column].name;
    onnx_name y = pensel_onnx_new(w);
    pensel_onnx_rename(w, y.text, name ? name : "X");
    return y;
}

/* The library's sums begin with the bias, a Gemm ends with it, and float sums in another order
 * differ: of probabilities by more than 1e-6. So the bias is the weight of an input before all
 * others, which is 1, and the sums are the library's, to the bit where the runtime adds one
 * product after another. */
static onnx_name put_biased(pensel_onnx *w, const pensel_operation *o)
{
    static const double before[] = {0, 1, 0, 0};
    const size_t shape[] = {o->out, o->in + 1}, four = 4;
    onnx_name a = pensel_onnx_value(o->a), padded = pensel_onnx_new(w), y = pensel_onnx_new(w);
    char inputs[3 * sizeof a];
    double *weights;
    if (PENSEL_NEW(weights, shape[0] * shape[1], NULL) != PENSEL_OK) {
        w->text->failed = true;
        return y;
    }
    for (size_t j = 0; j < o->out; j++) {
        weights[j * shape[1]] = o->c[j];
        memcpy(weights + j * shape[1] + 1, o->w + j * o->in, o->in * sizeof *weights);
    }
    onnx_name pads = pensel_onnx_tensor(w, ONNX_INT64, 1, &four, before);
    onnx_name one = pensel_onnx_number(w, ONNX_FLOAT, 1);
    onnx_name table = pensel_onnx_tensor(w, ONNX_FLOAT, 2, shape, weights);
    pensel_release(weights);
    snprintf(inputs, sizeof inputs, "%s %s %s", a.text, pads.text, one.text);
    pensel_onnx_begin(w, "Pad", inputs, padded.text);
    pensel_onnx_end(w);
    snprintf(inputs, sizeof inputs, "%s %s", padded.text, table.text);
    pensel_onnx_begin(w, "Gemm", inputs, y.text);
    pensel_onnx_whole(w, "transB", 1);
    pensel_onnx_end(w);
    return y;
}

static onnx_name put_gemm(pensel_onnx *w, const pensel_operation *o)
{
    if (w->leaving->classifies || w->leaving->labels) return put_biased(w, o);
    const size_t shape[] = {o->out, o->in};
    onnx_name a = pensel_onnx_value(o->a), y = pensel_onnx_new(w);
    onnx_name weights = pensel_onnx_tensor(w, ONNX_FLOAT, 2, shape, o->w);
    onnx_name bias = pensel_onnx_tensor(w, ONNX_FLOAT, 1, shape, o->c);
    char inputs[3 * sizeof a];
    snprintf(inputs, sizeof inputs, "%s %s %s", a.text, weights.text, bias.text);
    pensel_onnx_begin(w, "Gemm", inputs, y.text);
    pensel_onnx_whole(w, "transB", 1);
    pensel_onnx_end(w);
    return y;
}

static onnx_name put_transpose(pensel_onnx *w, onnx_name a, int64_t x, int64_t y, int64_t z)
{
    const int64_t order[] = {x, y, z};
    onnx_name to = pensel_onnx_new(w);
    pensel_onnx_begin(w, "Transpose", a.text, to.text);
    pensel_onnx_wholes(w, "perm", order, 3);
    pensel_onnx_end(w);
    return to;
}

/* (rows, groups, in) -> (groups, rows, in) times (groups, in, out), and back */
static onnx_name put_groups(pensel_onnx *w, const pensel_operation *o)
{
    const int64_t apart[] = {-1, (int64_t)o->groups, (int64_t)o->in};
    const int64_t together[] = {-1, (int64_t)o->width};
    const size_t shape[] = {o->groups, o->out, o->in};
    onnx_name a = pensel_onnx_reshape(w, pensel_onnx_value(o->a), 3, apart);
    onnx_name weights = pensel_onnx_tensor(w, ONNX_FLOAT, 3, shape, o->w);
    a = put_transpose(w, a, 1, 0, 2);
    a = pensel_onnx_two(w, "MatMul", a, put_transpose(w, weights, 0, 2, 1));
    a = pensel_onnx_reshape(w, put_transpose(w, a, 1, 0, 2), 2, together);
    return pensel_onnx_two(w, "Add", a, pensel_onnx_row(w, ONNX_FLOAT, o->c, o->width));
}

/* f(w a + c) as Gemm, or group by group, and the activation */
static onnx_name put_affine(pensel_onnx *w, const pensel_operation *o)
{
    onnx_name z = o->groups == 1 ? put_gemm(w, o) : put_groups(w, o);
    return pensel_onnx_activation(w, z, o);
}

static onnx_name put_activate(pensel_onnx *w, const pensel_operation *o)
{
    return pensel_onnx_activation(w, pensel_onnx_value(o->a), o);
}

static onnx_name put_add(pensel_onnx *w, const pensel_operation *o)
{
    return pensel_onnx_two(w, "Add", pensel_onnx_value(o->a), pensel_onnx_value(o->b));
}

static onnx_name put_subtract(pensel_onnx *w, const pensel_operation *o)
{
    return pensel_onnx_two(w, "Sub", pensel_onnx_value(o->a), pensel_onnx_value(o->b));
}

static onnx_name put_multiply(pensel_onnx *w, const pensel_operation *o)
{
    return pensel_onnx_two(w, "Mul", pensel_onnx_value(o->a),
                           pensel_onnx_row(w, ONNX_FLOAT, o->c, o->width));
}

static onnx_name put_offset(pensel_onnx *w, const pensel_operation *o)
{
    return pensel_onnx_two(w, "Add", pensel_onnx_value(o->a),
                           pensel_onnx_row(w, ONNX_FLOAT, o->c, o->width));
}

/* As many inputs as there are parts: their names are a text that grows. */
static onnx_name put_join(pensel_onnx *w, const pensel_operation *o)
{
    onnx_name y = pensel_onnx_new(w);
    pensel_text inputs = {0};
    for (size_t i = 0; i < o->count; i++)
        pensel_text_print(&inputs, "%s%s", i ? " " : "", pensel_onnx_value(o->index[i]).text);
    pensel_text_add(&inputs, "", 1);
    w->text->failed = w->text->failed || inputs.failed;
    if (!inputs.failed) {
        pensel_onnx_begin(w, "Concat", (const char *)inputs.bytes, y.text);
        pensel_onnx_whole(w, "axis", 1);
        pensel_onnx_end(w);
    }
    pensel_release(inputs.bytes);
    return y;
}

/* An index of int64, gathered along the units. */
static onnx_name put_pick(pensel_onnx *w, const pensel_operation *o)
{
    double *numbers;
    onnx_name index = {""};
    if (PENSEL_NEW(numbers, o->count, NULL) != PENSEL_OK) {
        w->text->failed = true;
        return index;
    }
    for (size_t i = 0; i < o->count; i++)
        numbers[i] = (double)o->index[i];
    index = pensel_onnx_tensor(w, ONNX_INT64, 1, &o->count, numbers);
    pensel_release(numbers);
    return pensel_onnx_gather(w, pensel_onnx_value(o->a), index, 1);
}

/* What is not one of the codes is 0, as in layer/embedding.c; comparisons with NaN are false. */
static onnx_name put_lookup(pensel_onnx *w, const pensel_operation *o)
{
    const size_t shape[] = {o->count, o->width};
    const int64_t flat[] = {-1, (int64_t)o->width};
    onnx_name a = pensel_onnx_value(o->a), zero = pensel_onnx_number(w, ONNX_FLOAT, 0);
    onnx_name most = pensel_onnx_number(w, ONNX_FLOAT, (double)o->count);
    onnx_name low = pensel_onnx_two(w, "GreaterOrEqual", a, zero);
    onnx_name high = pensel_onnx_two(w, "Less", a, most);
    onnx_name whole = pensel_onnx_two(w, "Equal", a, pensel_onnx_one(w, "Floor", a));
    onnx_name known = pensel_onnx_two(w, "And", pensel_onnx_two(w, "And", low, high), whole);
    onnx_name code = pensel_onnx_cast(w, pensel_onnx_where(w, known, a, zero), ONNX_INT64);
    onnx_name table = pensel_onnx_tensor(w, ONNX_FLOAT, 2, shape, o->w);
    return pensel_onnx_reshape(w, pensel_onnx_gather(w, table, code, 0), 2, flat);
}

/* Over the units of each row: (rows, 1) */
static onnx_name put_mean(pensel_onnx *w, onnx_name a, size_t width)
{
    onnx_name count = pensel_onnx_number(w, ONNX_FLOAT, (double)width);
    return pensel_onnx_two(w, "Div", pensel_onnx_sum(w, a, 1, true), count);
}

static onnx_name put_normalise(pensel_onnx *w, const pensel_operation *o)
{
    onnx_name a = pensel_onnx_value(o->a);
    onnx_name d = pensel_onnx_two(w, "Sub", a, put_mean(w, a, o->width));
    onnx_name variance = put_mean(w, pensel_onnx_two(w, "Mul", d, d), o->width);
    onnx_name epsilon = pensel_onnx_number(w, ONNX_FLOAT, o->parameter);
    onnx_name root = pensel_onnx_one(w, "Sqrt", pensel_onnx_two(w, "Add", variance, epsilon));
    return pensel_onnx_two(w, "Div", d, root);
}

/* ------------------------------------------------------------------ scalers and probabilities */

onnx_name pensel_onnx_wide(pensel_onnx *w, size_t value)
{
    onnx_name a = pensel_onnx_value(value);
    return w->leaving->graph.list[value].whole ? a : pensel_onnx_cast(w, a, ONNX_DOUBLE);
}

/* In double: the difference of a large input and a large offset would lose its digits in float. */
static onnx_name put_scale(pensel_onnx *w, const pensel_operation *o)
{
    onnx_name offset = pensel_onnx_row(w, ONNX_DOUBLE, o->c, o->width);
    onnx_name scale = pensel_onnx_row(w, ONNX_DOUBLE, o->w, o->width);
    onnx_name d = pensel_onnx_two(w, "Sub", pensel_onnx_wide(w, o->a), offset);
    return pensel_onnx_cast(w, pensel_onnx_two(w, "Div", d, scale), ONNX_FLOAT);
}

/* y = a w + c, within low and high; float again unless what follows is double */
static onnx_name put_unscale(pensel_onnx *w, const pensel_operation *o)
{
    onnx_name offset = pensel_onnx_row(w, ONNX_DOUBLE, o->c, o->width);
    onnx_name scale = pensel_onnx_row(w, ONNX_DOUBLE, o->w, o->width);
    onnx_name y = pensel_onnx_two(w, "Mul", pensel_onnx_wide(w, o->a), scale);
    y = pensel_onnx_two(w, "Add", y, offset);
    if (o->low > -INFINITY)
        y = pensel_onnx_two(w, "Max", y, pensel_onnx_number(w, ONNX_DOUBLE, o->low));
    if (o->high < INFINITY)
        y = pensel_onnx_two(w, "Min", y, pensel_onnx_number(w, ONNX_DOUBLE, o->high));
    return o->whole ? y : pensel_onnx_cast(w, y, ONNX_FLOAT);
}

/* (1 - p, p), side by side */
static onnx_name put_pair(pensel_onnx *w, const pensel_operation *o)
{
    onnx_name second = pensel_onnx_value(o->a), y = pensel_onnx_new(w);
    onnx_name one = pensel_onnx_number(w, o->whole ? ONNX_DOUBLE : ONNX_FLOAT, 1);
    onnx_name first = pensel_onnx_two(w, "Sub", one, second);
    char inputs[2 * sizeof y];
    snprintf(inputs, sizeof inputs, "%s %s", first.text, second.text);
    pensel_onnx_begin(w, "Concat", inputs, y.text);
    pensel_onnx_whole(w, "axis", 1);
    pensel_onnx_end(w);
    return y;
}

typedef onnx_name (*put_operation)(pensel_onnx *w, const pensel_operation *o);

static const put_operation operations[PENSEL_OPERATION_COUNT] = {
    [PENSEL_OP_INPUT] = put_input,
    [PENSEL_OP_AFFINE] = put_affine,
    [PENSEL_OP_ACTIVATE] = put_activate,
    [PENSEL_OP_ADD] = put_add,
    [PENSEL_OP_SUBTRACT] = put_subtract,
    [PENSEL_OP_MULTIPLY] = put_multiply,
    [PENSEL_OP_OFFSET] = put_offset,
    [PENSEL_OP_JOIN] = put_join,
    [PENSEL_OP_PICK] = put_pick,
    [PENSEL_OP_LOOKUP] = put_lookup,
    [PENSEL_OP_NORMALISE] = put_normalise,
    [PENSEL_OP_GRID] = pensel_onnx_grid,
    [PENSEL_OP_PIXELS] = pensel_onnx_pixels,
    [PENSEL_OP_SCALE] = put_scale,
    [PENSEL_OP_UNSCALE] = put_unscale,
    [PENSEL_OP_ROBUST] = pensel_onnx_robust,
    [PENSEL_OP_MISSING] = pensel_onnx_missing,
    [PENSEL_OP_CATEGORY] = pensel_onnx_category,
    [PENSEL_OP_DATE] = pensel_onnx_date,
    [PENSEL_OP_CIRCLE] = pensel_onnx_circle,
    [PENSEL_OP_TEMPER] = pensel_onnx_temper,
    [PENSEL_OP_MIX] = pensel_onnx_mix,
    [PENSEL_OP_PAIR] = put_pair,
};

/* ------------------------------------------------------------------ the model around them */

/* An input or output of the graph: its name, type and shape, (rows, width), or (rows) where
 * width is 0. */
static void put_value(pensel_onnx *w, unsigned field, const char *name, int type, size_t width,
                      const char *doc)
{
    size_t value = pensel_put_begin(w->text, field);
    pensel_put_string(w->text, VALUE_NAME, name);
    size_t begin = pensel_put_begin(w->text, VALUE_TYPE);
    size_t tensor = pensel_put_begin(w->text, TYPE_TENSOR);
    pensel_put_number(w->text, TENSOR_ELEMENT, (uint64_t)type);
    size_t shape = pensel_put_begin(w->text, TENSOR_SHAPE);
    size_t dim = pensel_put_begin(w->text, SHAPE_DIM);
    pensel_put_string(w->text, DIM_NAME, "rows");
    pensel_put_end(w->text, dim);
    if (width > 0) {
        dim = pensel_put_begin(w->text, SHAPE_DIM);
        pensel_put_number(w->text, DIM_VALUE, width);
        pensel_put_end(w->text, dim);
    }
    pensel_put_end(w->text, shape);
    pensel_put_end(w->text, tensor);
    pensel_put_end(w->text, begin);
    if (doc) pensel_put_string(w->text, VALUE_DOC, doc);
    pensel_put_end(w->text, value);
}

static void put_inputs(pensel_onnx *w)
{
    static const int types[] = {[PENSEL_INPUT_VECTOR] = ONNX_FLOAT,
                                [PENSEL_INPUT_NUMBER] = ONNX_DOUBLE,
                                [PENSEL_INPUT_DATE] = ONNX_DOUBLE,
                                [PENSEL_INPUT_TEXT] = ONNX_STRING};
    static const char *const docs[] = {
        [PENSEL_INPUT_VECTOR] = NULL,
        [PENSEL_INPUT_NUMBER] = "a number; NaN: missing",
        [PENSEL_INPUT_DATE] = "a date, in seconds since 1970-01-01; NaN: missing",
        [PENSEL_INPUT_TEXT] = "a category; any other text, or none: unseen"};
    for (size_t i = 0; i < w->leaving->input_count; i++) {
        const pensel_input *input = &w->leaving->inputs[i];
        put_value(w, GRAPH_INPUT, input->name ? input->name : "X", types[input->form], input->width,
                  docs[input->form]);
    }
}

/* A name for an output that no input has: with '_' behind it until none is the same. */
static void name_output(char *name, size_t size, const pensel_onnx *w, const char *wish)
{
    snprintf(name, size, "%s", wish);
    for (size_t i = 0; i < w->leaving->input_count; i++)
        if (w->leaving->inputs[i].name && strcmp(w->leaving->inputs[i].name, name) == 0) {
            size_t length = strlen(name);
            if (length + 1 >= size) return;
            memcpy(name + length, "_", 2);
            i = (size_t)-1;
        }
}

/* Whether int64 can hold the codes, as scikit-learn's labels are. */
static bool are_whole(const double *codes, size_t count)
{
    for (size_t c = 0; c < count; c++)
        if (codes[c] != floor(codes[c]) || fabs(codes[c]) > 1e15) return false;
    return true;
}

/* The label of the largest probability p, or of every label whether it is more than a half */
static void put_label(pensel_onnx *w, onnx_name p, const char *name)
{
    const pensel_leaving *l = w->leaving;
    int type = ONNX_INT64;
    onnx_name label;
    if (l->labels) {
        onnx_name half = pensel_onnx_number(w, ONNX_FLOAT, 0.5);
        label = pensel_onnx_cast(w, pensel_onnx_two(w, "Greater", p, half), ONNX_INT64);
    } else {
        onnx_name index = pensel_onnx_new(w), list;
        pensel_onnx_begin(w, "ArgMax", p.text, index.text);
        pensel_onnx_whole(w, "axis", 1);
        pensel_onnx_whole(w, "keepdims", 0);
        pensel_onnx_end(w);
        if (l->class_names)
            type = ONNX_STRING;
        else if (!are_whole(l->class_codes, l->outputs))
            type = ONNX_DOUBLE;
        list = l->class_names ? pensel_onnx_strings(w, l->class_names, l->outputs)
                              : pensel_onnx_tensor(w, type, 1, &l->outputs, l->class_codes);
        label = pensel_onnx_gather(w, list, index, 0);
    }
    pensel_onnx_rename(w, name, label.text);
    put_value(w, GRAPH_OUTPUT, name, type, l->labels ? l->outputs : 0, NULL);
}

/* The numbers, always float, and for classes the label beside them, computed from what has not
 * been narrowed. */
static void put_outputs(pensel_onnx *w)
{
    const pensel_leaving *l = w->leaving;
    const pensel_operation *last = &l->graph.list[l->output];
    bool classes = l->classifies || l->labels;
    onnx_name y = pensel_onnx_value(l->output);
    char name[64];
    name_output(name, sizeof name, w, classes ? "probabilities" : "variable");
    onnx_name narrow = last->whole ? pensel_onnx_cast(w, y, ONNX_FLOAT) : y;
    pensel_onnx_rename(w, name, narrow.text);
    put_value(w, GRAPH_OUTPUT, name, ONNX_FLOAT, l->outputs, l->target);
    name_output(name, sizeof name, w, "label");
    if (classes) put_label(w, y, name);
}

static void put_opset(pensel_onnx *w, const char *domain, int version)
{
    size_t begin = pensel_put_begin(w->text, MODEL_OPSET);
    pensel_put_string(w->text, OPSET_DOMAIN, domain);
    pensel_put_number(w->text, OPSET_VERSION, (uint64_t)version);
    pensel_put_end(w->text, begin);
}

void pensel_onnx_metadata(pensel_onnx *w, const char *key, const char *value)
{
    size_t begin = pensel_put_begin(w->text, MODEL_METADATA);
    pensel_put_string(w->text, METADATA_KEY, key);
    pensel_put_string(w->text, METADATA_VALUE, value);
    pensel_put_end(w->text, begin);
}

static void put_whole(pensel_onnx *w, const char *key, size_t value)
{
    char text[32];
    snprintf(text, sizeof text, "%zu", value);
    pensel_onnx_metadata(w, key, text);
}

/* Of a painting: what its inputs and outputs mean. */
static void put_canvas(pensel_onnx *w, const pensel_canvas *canvas)
{
    pensel_text palette = {0};
    put_whole(w, "width", canvas->width);
    put_whole(w, "height", canvas->height);
    put_whole(w, "channels", canvas->channels);
    put_whole(w, "pictures", canvas->pictures);
    pensel_onnx_metadata(
        w, "inputs", canvas->raw_coordinates ? "row, column in pixels" : "row, column from 0 to 1");
    for (size_t i = 0; i < canvas->colours * canvas->channels; i++) {
        pensel_text_put(&palette, i ? " " : "");
        pensel_text_float(&palette, (double)canvas->palette[i]);
    }
    pensel_text_add(&palette, "", 1);
    w->text->failed = w->text->failed || palette.failed;
    if (canvas->colours > 0 && !palette.failed)
        pensel_onnx_metadata(w, "palette", (const char *)palette.bytes);
    pensel_release(palette.bytes);
}

/* Inputs are called as columns are; ours must not be among them. */
static pensel_status check_names(const pensel_leaving *l, pensel_error *error)
{
    for (size_t i = 0; i < l->input_count; i++) {
        const char *name = l->inputs[i].name;
        PENSEL_REQUIRE(!name || (*name && strncmp(name, "/pensel/", 8) != 0), UNSUPPORTED,
                       "column %zu is called \"%.60s\": an input of onnx needs a name, which does "
                       "not begin with /pensel/",
                       i + 1, name);
    }
    return PENSEL_OK;
}

static pensel_status put_graph(pensel_onnx *w, const char *name, pensel_error *error)
{
    const pensel_graph *graph = &w->leaving->graph;
    size_t begin = pensel_put_begin(w->text, MODEL_GRAPH);
    pensel_put_string(w->text, GRAPH_NAME, name);
    put_inputs(w);
    for (size_t i = 0; i < graph->count; i++) {
        const pensel_operation *o = &graph->list[i];
        if (!operations[o->kind]) return pensel_target_refuse("onnx", o->kind, error);
        pensel_onnx_rename(w, pensel_onnx_value(i).text, operations[o->kind](w, o).text);
    }
    put_outputs(w);
    pensel_put_end(w->text, begin);
    return PENSEL_OK;
}

static pensel_status write(pensel_text *text, const pensel_leaving *leaving,
                           const pensel_export_options *options, pensel_error *error)
{
    pensel_onnx w = {.text = text,
                     .leaving = leaving,
                     .opset = ONNX_OPSET,
                     .pooled = leaving->table || leaving->canvas};
    PENSEL_TRY(check_names(leaving, error));
    pensel_put_number(text, MODEL_IR, IR_VERSION);
    pensel_put_string(text, MODEL_PRODUCER, "pensel");
    pensel_put_string(text, MODEL_VERSION, pensel_version());
    pensel_status status = put_graph(&w, options->name, error);
    if (status == PENSEL_OK) {
        put_opset(&w, "", w.opset);
        if (w.categories) put_opset(&w, "ai.onnx.ml", 2);
        status = pensel_onnx_keep(&w, error);
    }
    if (status == PENSEL_OK && leaving->canvas) put_canvas(&w, leaving->canvas);
    pensel_release(w.pool.bytes);
    return status;
}

const pensel_target pensel_target_onnx = {
    .name = "onnx",
    .help = "ONNX, for ONNX Runtime and others",
    .computes = pensel_onnx_computes,
    .write = write,
};
