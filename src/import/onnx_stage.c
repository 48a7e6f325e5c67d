/* One node of an ONNX graph as one stage or some. To add an operator: its function, and its line in
 * the table at the end.
 *
 * A function says of which input the node is a function (of_input), reads its other inputs as
 * constants, and adds stages in the order in which they are computed, ONNX_STAGES at most. A
 * stage that was added owns its numbers: after a failure the caller clears it. Whatever it does
 * not understand (an axis, an attribute) it must refuse by name: a network that is read nearly
 * rightly is worse than none. The sentences end where pensel_onnx_refuse begins them: "... is
 * not read here: `why`". */
#include "import/onnx_read.h"

#include "base/memory.h"

#include <math.h>
#include <string.h>

typedef struct reader {
    pensel_stage *stages; /* (count) */
    size_t *count, *of;
    const onnx_graph *graph;
    const onnx_node *node;
    pensel_error *error;
} reader;

#define refuse(r, why) pensel_onnx_refuse((r)->graph, (r)->node, why, (r)->error)

static pensel_stage *add(reader *r, pensel_stage_kind kind)
{
    pensel_stage *s = &r->stages[(*r->count)++];
    *s = (pensel_stage){.kind = kind};
    pensel_onnx_describe(s->source, sizeof s->source, r->node);
    return s;
}

/* Numbers of a constant that is input i; `why` refuses the node if it is none. */
static pensel_status constant(onnx_tensor *t, reader *r, size_t i, const char *why)
{
    size_t value = pensel_onnx_link(r->graph, r->node, i);
    *t = (onnx_tensor){0};
    if (value == ONNX_NONE || !pensel_onnx_constant(r->graph, value)) return refuse(r, why);
    PENSEL_TRY(pensel_onnx_numbers(t, r->graph, value, r->error));
    return t->numbers ? PENSEL_OK : refuse(r, "constants of numbers are");
}

/* One number, or one for each unit: all sides but the last are 1. */
static pensel_status constant_row(onnx_tensor *t, reader *r, size_t i, const char *why)
{
    PENSEL_TRY(constant(t, r, i, why));
    if (t->count > 0 && (t->count == 1 || t->shape[t->rank - 1] == t->count)) return PENSEL_OK;
    pensel_release(t->numbers);
    t->numbers = NULL; /* a caller with several frees them all */
    return refuse(r, "one number, or one for each unit, is");
}

static bool is_constant(const reader *r, size_t i)
{
    size_t value = pensel_onnx_link(r->graph, r->node, i);
    return value != ONNX_NONE && pensel_onnx_constant(r->graph, value);
}

static pensel_status of_input(reader *r, size_t i)
{
    *r->of = pensel_onnx_link(r->graph, r->node, i);
    return *r->of == ONNX_NONE ? refuse(r, "with the inputs that it needs it is") : PENSEL_OK;
}

static void add_row(reader *r, pensel_stage_kind kind, double *numbers, size_t count)
{
    pensel_stage *s = add(r, kind);
    s->w = numbers;
    s->out = count;
}

/* ------------------------------------------------------------------ products */

/* (in, out) as (out, in) */
static pensel_status put_matrix(pensel_stage *s, reader *r, const onnx_tensor *t, bool transposed,
                                double factor)
{
    s->in = t->shape[transposed];
    s->out = t->shape[!transposed];
    PENSEL_TRY(PENSEL_NEW(s->w, t->count, r->error));
    for (size_t o = 0; o < s->out; o++)
        for (size_t i = 0; i < s->in; i++)
            s->w[o * s->in + i] = factor * t->numbers[transposed ? o * s->in + i : i * s->out + o];
    return PENSEL_OK;
}

/* w (out, in) of a constant on the right, (in, out) or transposed. Weights of double make the
 * whole network double. */
static pensel_status product(reader *r, bool transposed, double factor)
{
    onnx_tensor t;
    PENSEL_TRY(constant(&t, r, 1, "a product with a constant matrix on its right is"));
    if (t.rank != 2 || t.count == 0) {
        pensel_release(t.numbers);
        return refuse(r, "a product with a matrix is");
    }
    if (t.type == 11) r->graph->coming->wide = true;
    pensel_status status = put_matrix(add(r, PENSEL_STAGE_AFFINE), r, &t, transposed, factor);
    pensel_release(t.numbers);
    return status;
}

/* Gemm's third input, which may be left out: c (out), also from a single number. */
static pensel_status bias(reader *r, double factor)
{
    onnx_tensor t;
    pensel_stage *s = &r->stages[0];
    if (pensel_onnx_link(r->graph, r->node, 2) == ONNX_NONE) return PENSEL_OK;
    PENSEL_TRY(constant_row(&t, r, 2, "with a constant bias it is"));
    if (t.count != 1 && t.count != s->out) {
        pensel_release(t.numbers);
        return refuse(r, "with a bias for each output it is");
    }
    pensel_status status = PENSEL_NEW(s->c, s->out, r->error);
    for (size_t o = 0; status == PENSEL_OK && o < s->out; o++)
        s->c[o] = factor * t.numbers[t.count == 1 ? 0 : o];
    pensel_release(t.numbers);
    return status;
}

/* A constant input has exactly these numbers. */
static bool is_row(const reader *r, const onnx_node *node, size_t i, const double *row, size_t n)
{
    onnx_tensor t = {0};
    size_t value = pensel_onnx_link(r->graph, node, i);
    bool same = value != ONNX_NONE && pensel_onnx_constant(r->graph, value) &&
                pensel_onnx_numbers(&t, r->graph, value, NULL) == PENSEL_OK && t.numbers &&
                t.count == n;
    for (size_t k = 0; same && k < n; k++)
        same = t.numbers[k] == row[k];
    pensel_release(t.numbers);
    return same;
}

/* The value before which a Pad puts a unit that is 1; ONNX_NONE: there is no such node. */
static size_t behind_one(const reader *r)
{
    static const double before[] = {0, 1, 0, 0}, one[] = {1};
    const onnx_node *node = pensel_onnx_maker(r->graph, pensel_onnx_link(r->graph, r->node, 0));
    if (!pensel_onnx_is(node, "Pad") || !pensel_onnx_standard(node)) return ONNX_NONE;
    return is_row(r, node, 1, before, 4) && is_row(r, node, 2, one, 1)
               ? pensel_onnx_link(r->graph, node, 0)
               : ONNX_NONE;
}

/* The first weight of each neuron is its bias: (out, 1 + in) becomes c (out) and w (out, in). */
static pensel_status take_biases(reader *r)
{
    pensel_stage *s = &r->stages[0];
    if (s->in < 2) return refuse(r, "with an input beside the 1 it is");
    PENSEL_TRY(PENSEL_NEW(s->c, s->out, r->error));
    s->in--;
    for (size_t o = 0; o < s->out; o++) {
        s->c[o] = s->w[o * (s->in + 1)];
        memmove(s->w + o * s->in, s->w + o * (s->in + 1) + 1, s->in * sizeof *s->w);
    }
    return PENSEL_OK;
}

/* alpha a b + beta c, or of a with a 1 before it, where export puts the bias (onnx.c) */
static pensel_status gemm(reader *r)
{
    double alpha = pensel_onnx_float(r->node, "alpha", 1);
    double beta = pensel_onnx_float(r->node, "beta", 1);
    if (pensel_onnx_int(r->node, "transA", 0)) return refuse(r, "without transA it is");
    PENSEL_TRY(of_input(r, 0));
    PENSEL_TRY(product(r, pensel_onnx_int(r->node, "transB", 0) != 0, alpha));
    size_t of = behind_one(r);
    if (of == ONNX_NONE || pensel_onnx_link(r->graph, r->node, 2) != ONNX_NONE)
        return bias(r, beta);
    *r->of = of;
    return take_biases(r);
}

static pensel_status matmul(reader *r)
{
    PENSEL_TRY(of_input(r, 0));
    return product(r, false, 1);
}

/* ------------------------------------------------------------------ factors and offsets */

/* a op constant, in either order: which input the constant is */
static pensel_status row_beside(onnx_tensor *t, reader *r, size_t *which)
{
    *which = is_constant(r, 1) ? 1 : 0;
    PENSEL_TRY(of_input(r, 1 - *which));
    return constant_row(t, r, *which, "with a constant it is");
}

static pensel_status add_offset(reader *r)
{
    onnx_tensor t;
    size_t which;
    PENSEL_TRY(row_beside(&t, r, &which));
    add_row(r, PENSEL_STAGE_OFFSET, t.numbers, t.count);
    return PENSEL_OK;
}

/* a - c, or c - a = -a + c: then a factor of -1 before the offset */
static pensel_status subtract(reader *r)
{
    onnx_tensor t;
    size_t which;
    PENSEL_TRY(row_beside(&t, r, &which));
    if (which == 0) {
        double *minus;
        if (PENSEL_NEW(minus, 1, r->error) != PENSEL_OK) {
            pensel_release(t.numbers);
            return PENSEL_OUT_OF_MEMORY;
        }
        *minus = -1;
        add_row(r, PENSEL_STAGE_MULTIPLY, minus, 1);
    }
    for (size_t i = 0; which == 1 && i < t.count; i++)
        t.numbers[i] = -t.numbers[i];
    add_row(r, PENSEL_STAGE_OFFSET, t.numbers, t.count);
    return PENSEL_OK;
}

static pensel_status multiply(reader *r)
{
    onnx_tensor t;
    size_t which;
    PENSEL_TRY(row_beside(&t, r, &which));
    add_row(r, PENSEL_STAGE_MULTIPLY, t.numbers, t.count);
    return PENSEL_OK;
}

/* a / c; a constant divided by what is computed is no factor, and refused. */
static pensel_status divide(reader *r)
{
    onnx_tensor t;
    PENSEL_TRY(of_input(r, 0));
    PENSEL_TRY(constant_row(&t, r, 1, "a division by a constant is"));
    for (size_t i = 0; i < t.count; i++)
        t.numbers[i] = 1 / t.numbers[i];
    add_row(r, PENSEL_STAGE_MULTIPLY, t.numbers, t.count);
    return PENSEL_OK;
}

/* ai.onnx.ml: (x - offset) scale */
static pensel_status scaler(reader *r)
{
    double *offset, *scale;
    size_t offsets, scales;
    PENSEL_TRY(of_input(r, 0));
    PENSEL_TRY(pensel_onnx_floats(&offset, &offsets, r->node, "offset", r->error));
    for (size_t i = 0; i < offsets; i++)
        offset[i] = -offset[i];
    if (offsets) add_row(r, PENSEL_STAGE_OFFSET, offset, offsets);
    if (!offsets) pensel_release(offset);
    PENSEL_TRY(pensel_onnx_floats(&scale, &scales, r->node, "scale", r->error));
    if (scales) add_row(r, PENSEL_STAGE_MULTIPLY, scale, scales);
    if (!scales) pensel_release(scale);
    return PENSEL_OK;
}

/* ------------------------------------------------------------------ normalisations */

/* scale (a - mean) / sqrt(variance + epsilon) + shift, with what training has measured */
static pensel_status batch_norm(reader *r)
{
    onnx_tensor t[4] = {{0}};
    double epsilon = pensel_onnx_float(r->node, "epsilon", 1e-5f);
    pensel_status status = of_input(r, 0);
    if (pensel_onnx_int(r->node, "training_mode", 0)) return refuse(r, "after its training it is");
    for (size_t i = 0; i < 4 && status == PENSEL_OK; i++) {
        status = constant_row(&t[i], r, i + 1, "with constants it is");
        if (status == PENSEL_OK && t[i].count != t[0].count)
            status = refuse(r, "with a number for each unit it is");
    }
    for (size_t i = 0; status == PENSEL_OK && i < t[0].count; i++) {
        double factor = t[0].numbers[i] / sqrt(t[3].numbers[i] + epsilon);
        t[0].numbers[i] = factor;
        t[1].numbers[i] -= factor * t[2].numbers[i];
    }
    if (status == PENSEL_OK) {
        add_row(r, PENSEL_STAGE_MULTIPLY, t[0].numbers, t[0].count);
        add_row(r, PENSEL_STAGE_OFFSET, t[1].numbers, t[1].count);
    }
    for (size_t i = status == PENSEL_OK ? 2 : 0; i < 4; i++)
        pensel_release(t[i].numbers);
    return status;
}

/* scale (a - mean) / sqrt(variance + epsilon) + shift, over the units of a sample */
static pensel_status layer_norm(reader *r)
{
    onnx_tensor t;
    int64_t axis = pensel_onnx_int(r->node, "axis", -1);
    if (axis != -1 && axis != 1) return refuse(r, "over the units of a sample it is");
    PENSEL_TRY(of_input(r, 0));
    add(r, PENSEL_STAGE_NORMALISE)->parameter = pensel_onnx_float(r->node, "epsilon", 1e-5f);
    PENSEL_TRY(constant_row(&t, r, 1, "with constants it is"));
    add_row(r, PENSEL_STAGE_MULTIPLY, t.numbers, t.count);
    if (pensel_onnx_link(r->graph, r->node, 2) == ONNX_NONE) return PENSEL_OK;
    PENSEL_TRY(constant_row(&t, r, 2, "with constants it is"));
    add_row(r, PENSEL_STAGE_OFFSET, t.numbers, t.count);
    return PENSEL_OK;
}

/* ------------------------------------------------------------------ others */

/* Over the units: the last axis, which is the second. Opset 12 and older have 1 as the default. */
static pensel_status softmax(reader *r)
{
    int64_t axis = pensel_onnx_int(r->node, "axis", -1);
    if (axis != -1 && axis != 1) return refuse(r, "over the outputs of a sample it is");
    PENSEL_TRY(of_input(r, 0));
    add(r, PENSEL_STAGE_ACTIVATE)->activation = PENSEL_SOFTMAX;
    return PENSEL_OK;
}

static pensel_status nothing(reader *r)
{
    return of_input(r, 0);
}

static pensel_status flatten(reader *r)
{
    if (pensel_onnx_int(r->node, "axis", 1) != 1) return refuse(r, "with axis 1 it is");
    return of_input(r, 0);
}

static pensel_status cast(reader *r)
{
    int64_t type = pensel_onnx_int(r->node, "to", 0);
    if (type != 1 && type != 10 && type != 11 && type != 16)
        return refuse(r, "into floating point it is");
    return of_input(r, 0);
}

/* (rows, width) or, of one unit, (rows): the units of a sample stay together. */
static pensel_status reshape(reader *r)
{
    onnx_tensor t;
    PENSEL_TRY(of_input(r, 0));
    PENSEL_TRY(constant(&t, r, 1, "to a constant shape it is"));
    double first = t.count > 0 ? t.numbers[0] : 1, second = t.count > 1 ? t.numbers[1] : 1;
    bool pairs = t.count == 2 && (first <= 0 || second == -1) && second != 0;
    bool alone = t.count == 1 && first == -1;
    pensel_release(t.numbers);
    if (!pairs && !alone) return refuse(r, "to a row for each sample it is");
    if (second > 0 && second < 1e9) add(r, PENSEL_STAGE_EXPECT)->out = (size_t)second;
    if (second == -1 && first > 0) return refuse(r, "for any number of rows it is");
    return PENSEL_OK;
}

/* Of one unit: (rows, 1) to (rows). What follows may only work unit by unit, so it changes
 * nothing but what EXPECT asks. */
static pensel_status squeeze(reader *r)
{
    PENSEL_TRY(of_input(r, 0));
    add(r, PENSEL_STAGE_EXPECT)->out = 1;
    return PENSEL_OK;
}

static const struct {
    const char *operator;
    bool learning; /* of ai.onnx.ml */
    pensel_status (*read)(reader *r);
} table[] = {
    {"Gemm", false, gemm},
    {"MatMul", false, matmul},
    {"Add", false, add_offset},
    {"Sub", false, subtract},
    {"Mul", false, multiply},
    {"Div", false, divide},
    {"Scaler", true, scaler},
    {"BatchNormalization", false, batch_norm},
    {"LayerNormalization", false, layer_norm},
    {"Softmax", false, softmax},
    {"Identity", false, nothing},
    {"Dropout", false, nothing},
    {"Cast", false, cast},
    {"Flatten", false, flatten},
    {"Reshape", false, reshape},
    {"Squeeze", false, squeeze},
};

pensel_status pensel_onnx_stages(pensel_stage *stages, size_t *count, size_t *of,
                                 const onnx_graph *graph, const onnx_node *node,
                                 pensel_error *error)
{
    reader r = {stages, count, of, graph, node, error};
    *count = 0;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        bool home = table[i].learning ? pensel_onnx_learning(node) : pensel_onnx_standard(node);
        if (home && pensel_onnx_is(node, table[i].operator)) return table[i].read(&r);
    }
    return pensel_onnx_refuse(graph, node,
                              "layers of neurons, their activations, factors, offsets and "
                              "normalisations are",
                              error);
}
