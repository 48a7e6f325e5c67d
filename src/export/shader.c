/* Operations in GLSL: each value is an array of the function that computes the outputs.
 *
 * Value i is v<i>, written once, by operation i, from values before it. All numbers of the model
 * stand in one list, of which a shader reads number i as W(i); whoever makes a file of it says
 * what W reads: a list of constants (glsl.c) or a texture (html.c). All is float there, so
 * results are near the library's, not the same bits. */
#include "export/shader.h"

#include "base/memory.h"

#include <math.h>
#include <string.h>

static const char taps[] =
    "/* The six pixels around x along an axis, and their weights: Lanczos' window */\n"
    "void taps(out int at[6], out float weight[6], float x, int count, bool periodic)\n"
    "{\n"
    "    float u = clamp(x, 0.0, 1.0) * float(count) - 0.5, sum = 0.0;\n"
    "    if (!periodic) u = clamp(u, 0.0, float(count) - 1.0);\n"
    "    float base = floor(u), t = u - base, s = sin(1.04719755 * t), c = cos(1.04719755 * t);\n"
    "    bool centre = t < 1e-4 || t > 1.0 - 1e-4;\n"
    "    int nearest = t < 0.5 ? 2 : 3;\n"
    "    for (int i = 0; i < 6; i++) {\n"
    "        float d = t + 2.0 - float(i), turn = i % 3 == 2 ? 0.0 : i % 3 == 0 ? 0.8660254 : "
    "-0.8660254;\n"
    "        float w = (s * (i % 3 == 2 ? 1.0 : -0.5) + c * turn) / (d * d);\n"
    "        weight[i] = centre ? (i == nearest ? 1.0 : 0.0) : w;\n"
    "        sum += weight[i];\n"
    "        int k = int(base) - 2 + i;\n"
    "        at[i] = periodic ? (k % count + count) % count : clamp(k, 0, count - 1);\n"
    "    }\n"
    "    for (int i = 0; i < 6; i++)\n"
    "        weight[i] /= sum;\n"
    "}\n\n";

static const char corner[] =
    "/* Corner `bits` of a hash grid's cell around (x, y): where its numbers are; its weight */\n"
    "int corner(out float weight, uint bits, float x, float y, uint cells, uint entries, bool "
    "dense,\n"
    "           bool periodic)\n"
    "{\n"
    "    uint side = periodic ? cells : cells + 1u;\n"
    "    vec2 u = clamp(vec2(x, y) * float(cells), 0.0, float(cells));\n"
    "    vec2 cell = min(floor(u), float(cells) - 1.0), t = u - cell;\n"
    "    uvec2 node = uvec2(cell) + uvec2(bits & 1u, bits >> 1);\n"
    "    if (node.x == side) node.x = 0u;\n"
    "    if (node.y == side) node.y = 0u;\n"
    "    weight = ((bits & 1u) != 0u ? t.x : 1.0 - t.x) * ((bits & 2u) != 0u ? t.y : 1.0 - t.y);\n"
    "    if (dense) return int(node.x + node.y * side);\n"
    "    return int((node.x ^ node.y * 2654435761u) & (entries - 1u));\n"
    "}\n\n";

/* ------------------------------------------------------------------ operations */

/* Takes over these numbers; where they begin. pensel_shader_make has made room for those of all
 * operations, so an operation keeps its own once. */
static size_t keep(pensel_shader *s, const double *numbers, size_t count)
{
    size_t at = s->count;
    if (count > 0) memcpy(s->numbers + at, numbers, count * sizeof *numbers);
    s->count += count;
    return at;
}

/* "f3(z, 0.1);", the activation of z */
static void put_f(pensel_shader *s, const pensel_operation *o)
{
    pensel_text_print(&s->code, "f%d(z, ", (int)o->activation);
    pensel_text_float(&s->code, o->parameter);
    pensel_text_put(&s->code, ");\n");
}

/* e^(z - max z), so that no power overflows, divided by their sum: over the values that
 * put_affine has written */
static void put_softmax(pensel_shader *s, const pensel_operation *o, size_t i)
{
    if (o->activation != PENSEL_SOFTMAX) return;
    pensel_text_print(&s->code, "    z = v%zu[0];\n    sum = 0.0;\n", i);
    pensel_text_print(&s->code, "    for (int i = 1; i < %zu; i++) z = max(z, v%zu[i]);\n",
                      o->width, i);
    pensel_text_print(&s->code,
                      "    for (int i = 0; i < %zu; i++) sum += v%zu[i] = exp(v%zu[i] - z);\n",
                      o->width, i, i);
    pensel_text_print(&s->code, "    for (int i = 0; i < %zu; i++) v%zu[i] /= sum;\n", o->width, i);
}

/* w (groups, out, in), c (groups * out): neuron j reads the `in` values of its group, j / out. */
static void put_affine(pensel_shader *s, const pensel_operation *o, size_t i)
{
    size_t w = keep(s, o->w, o->weights), c = keep(s, o->c, o->constants);
    pensel_text_print(&s->code, "    for (int j = 0; j < %zu; j++) {\n        z = W(%zu + j);\n",
                      o->width, c);
    pensel_text_print(&s->code, "        for (int i = 0; i < %zu; i++)\n", o->in);
    if (o->groups == 1)
        pensel_text_print(&s->code, "            z += W(%zu + j * %zu + i) * v%zu[i];\n", w, o->in,
                          o->a);
    else
        pensel_text_print(&s->code,
                          "            z += W(%zu + j * %zu + i) * v%zu[j / %zu * %zu + i];\n", w,
                          o->in, o->a, o->out, o->in);
    pensel_text_print(&s->code, "        v%zu[j] = ", i);
    put_f(s, o);
    pensel_text_put(&s->code, "    }\n");
    put_softmax(s, o, i);
}

static void begin_each(pensel_shader *s, const pensel_operation *o, size_t i)
{
    pensel_text_print(&s->code, "    for (int i = 0; i < %zu; i++)\n        v%zu[i] = ", o->width,
                      i);
}

static void put_activate(pensel_shader *s, const pensel_operation *o, size_t i)
{
    pensel_text_print(&s->code, "    for (int i = 0; i < %zu; i++) {\n        z = v%zu[i];\n",
                      o->width, o->a);
    pensel_text_print(&s->code, "        v%zu[i] = ", i);
    put_f(s, o);
    pensel_text_put(&s->code, "    }\n");
}

static void put_two(pensel_shader *s, const pensel_operation *o, size_t i)
{
    begin_each(s, o, i);
    pensel_text_print(&s->code, "v%zu[i] %s v%zu[i];\n", o->a, o->kind == PENSEL_OP_ADD ? "+" : "-",
                      o->b);
}

static void put_constants(pensel_shader *s, const pensel_operation *o, size_t i)
{
    size_t c = keep(s, o->c, o->constants);
    begin_each(s, o, i);
    pensel_text_print(&s->code, "v%zu[i] %s W(%zu + i);\n", o->a,
                      o->kind == PENSEL_OP_MULTIPLY ? "*" : "+", c);
}

/* In plain float: a shader has no double. */
static void put_scaler(pensel_shader *s, const pensel_operation *o, size_t i)
{
    size_t c = keep(s, o->c, o->constants), w = keep(s, o->w, o->weights);
    begin_each(s, o, i);
    if (o->kind == PENSEL_OP_SCALE)
        pensel_text_print(&s->code, "(v%zu[i] - W(%zu + i)) / W(%zu + i);\n", o->a, c, w);
    else
        pensel_text_print(&s->code, "v%zu[i] * W(%zu + i) + W(%zu + i);\n", o->a, w, c);
}

/* One part behind another. */
static void put_join(pensel_shader *s, const pensel_operation *o, size_t i)
{
    size_t at = 0;
    for (size_t p = 0; p < o->count; p++) {
        size_t width = s->leaving->graph.list[o->index[p]].width;
        pensel_text_print(&s->code, "    for (int i = 0; i < %zu; i++) v%zu[%zu + i] = v%zu[i];\n",
                          width, i, at, o->index[p]);
        at += width;
    }
}

static void put_pick(pensel_shader *s, const pensel_operation *o, size_t i)
{
    for (size_t k = 0; k < o->count; k++)
        pensel_text_print(&s->code, "    v%zu[%zu] = v%zu[%zu];\n", i, k, o->a, o->index[k]);
}

/* Row 0 for what is no whole number within the table. */
static void put_lookup(pensel_shader *s, const pensel_operation *o, size_t i)
{
    size_t w = keep(s, o->w, o->weights);
    pensel_text_print(&s->code,
                      "    z = v%zu[0];\n    z = z >= 0.0 && z < float(%zu) && z == floor(z) ? z : "
                      "0.0;\n",
                      o->a, o->count);
    begin_each(s, o, i);
    pensel_text_print(&s->code, "W(%zu + int(z) * %zu + i);\n", w, o->width);
}

/* z is the mean, sum the variance. */
static void put_normalise(pensel_shader *s, const pensel_operation *o, size_t i)
{
    pensel_text_print(&s->code, "    z = 0.0;\n    sum = 0.0;\n");
    pensel_text_print(&s->code, "    for (int i = 0; i < %zu; i++) z += v%zu[i] / float(%zu);\n",
                      o->width, o->a, o->width);
    pensel_text_print(&s->code,
                      "    for (int i = 0; i < %zu; i++) sum += (v%zu[i] - z) * (v%zu[i] - z) / "
                      "float(%zu);\n",
                      o->width, o->a, o->a, o->width);
    begin_each(s, o, i);
    pensel_text_print(&s->code, "(v%zu[i] - z) / sqrt(sum + ", o->a);
    pensel_text_float(&s->code, o->parameter);
    pensel_text_put(&s->code, ");\n");
}

static const char *truth(bool value)
{
    return value ? "true" : "false";
}

/* Bilinear: the sum over the four corners of a cell of their weights times their numbers. */
static void put_grid(pensel_shader *s, const pensel_operation *o, size_t i)
{
    size_t w = keep(s, o->w, o->weights);
    pensel_text_print(&s->code, "    for (int i = 0; i < %zu; i++) v%zu[i] = 0.0;\n", o->width, i);
    pensel_text_print(&s->code,
                      "    for (uint b = 0u; b < 4u; b++) {\n"
                      "        int at = corner(z, b, v%zu[0], v%zu[1], %zuu, %zuu, %s, %s);\n",
                      o->a, o->a, o->cells, o->count, truth(o->dense), truth(o->periodic));
    pensel_text_print(&s->code,
                      "        for (int i = 0; i < %zu; i++) v%zu[i] += z * W(%zu + at * %zu + "
                      "i);\n    }\n",
                      o->width, i, w, o->width);
}

/* 36 pixels around, by row and by column; w (features, rows, columns). */
static void put_pixels(pensel_shader *s, const pensel_operation *o, size_t i)
{
    size_t w = keep(s, o->w, o->weights);
    pensel_text_print(&s->code, "    taps(row, down, v%zu[0], %zu, %s);\n", o->a, o->rows,
                      truth(o->periodic));
    pensel_text_print(&s->code, "    taps(column, across, v%zu[1], %zu, %s);\n", o->a, o->columns,
                      truth(o->periodic));
    pensel_text_print(&s->code,
                      "    for (int f = 0; f < %zu; f++) {\n        z = 0.0;\n"
                      "        for (int i = 0; i < 6; i++)\n"
                      "            for (int j = 0; j < 6; j++)\n",
                      o->width);
    pensel_text_print(&s->code,
                      "                z += down[i] * across[j] * W(%zu + (f * %zu + row[i]) * %zu "
                      "+ column[j]);\n",
                      w, o->rows, o->columns);
    pensel_text_print(&s->code, "        v%zu[f] = z;\n    }\n", i);
}

static void put_pair(pensel_shader *s, const pensel_operation *o, size_t i)
{
    pensel_text_print(&s->code, "    v%zu[0] = 1.0 - v%zu[0];\n    v%zu[1] = v%zu[0];\n", i, o->a,
                      i, o->a);
}

static void put_input(pensel_shader *s, const pensel_operation *o, size_t i)
{
    (void)o;
    pensel_text_print(&s->code, "    v%zu[0] = x.x;\n    v%zu[1] = x.y;\n", i, i);
}

typedef void (*put_operation)(pensel_shader *s, const pensel_operation *o, size_t i);

static const put_operation operations[PENSEL_OPERATION_COUNT] = {
    [PENSEL_OP_INPUT] = put_input,         [PENSEL_OP_AFFINE] = put_affine,
    [PENSEL_OP_ACTIVATE] = put_activate,   [PENSEL_OP_ADD] = put_two,
    [PENSEL_OP_SUBTRACT] = put_two,        [PENSEL_OP_MULTIPLY] = put_constants,
    [PENSEL_OP_OFFSET] = put_constants,    [PENSEL_OP_JOIN] = put_join,
    [PENSEL_OP_PICK] = put_pick,           [PENSEL_OP_LOOKUP] = put_lookup,
    [PENSEL_OP_NORMALISE] = put_normalise, [PENSEL_OP_GRID] = put_grid,
    [PENSEL_OP_PIXELS] = put_pixels,       [PENSEL_OP_SCALE] = put_scaler,
    [PENSEL_OP_UNSCALE] = put_scaler,      [PENSEL_OP_PAIR] = put_pair,
};

/* ------------------------------------------------------------------ colours */

/* Classes of a painting: the colour of the likeliest. It comes as the last thing, for it
 * returns. */
static void put_palette(pensel_shader *s)
{
    const pensel_leaving *l = s->leaving;
    const pensel_canvas *canvas = l->canvas;
    pensel_text_print(&s->code,
                      "    int best = 0;\n    for (int i = 1; i < %zu; i++)\n"
                      "        if (y[i] > y[best]) best = i;\n",
                      l->outputs);
    for (size_t k = 0; k < l->outputs; k++) {
        pensel_text_print(&s->code, "    if (best == %zu) {\n", k);
        for (size_t i = 0; i < canvas->channels; i++) {
            pensel_text_print(&s->code, "        y[%zu] = ", i);
            pensel_text_float(
                &s->code,
                (double)canvas->palette[(size_t)l->class_codes[k] * canvas->channels + i]);
            pensel_text_put(&s->code, ";\n");
        }
        pensel_text_put(&s->code, "        return;\n    }\n");
    }
}

/* row or column, in pixels of a painting, as the network's input */
static void put_position(pensel_shader *s, const char *word, size_t axis)
{
    pensel_text_print(&s->code, "%s * ", word);
    pensel_text_float(&s->code, s->leaving->canvas ? s->leaving->scale[axis] : 1);
    pensel_text_put(&s->code, " + ");
    pensel_text_float(&s->code, s->leaving->canvas ? s->leaving->offset[axis] : 0);
}

/* What hosts call: a position as inputs, and outputs as a colour. One output is grey; of a
 * function with more, the first three are red, green and blue. */
static void put_colour(pensel_shader *s, size_t room)
{
    static const char *const made[] = {
        "", "vec4(y[0], y[0], y[0], 1.0)", "vec4(y[0], y[0], y[0], y[1])",
        "vec4(y[0], y[1], y[2], 1.0)", "vec4(y[0], y[1], y[2], y[3])"};
    const pensel_leaving *l = s->leaving;
    size_t channels = l->canvas ? l->canvas->channels : l->outputs == 1 ? 1 : 3;
    pensel_text_put(&s->code, "/* Alpha is 1, or what the colours are premultiplied by. */\n"
                              "vec4 colour(float row, float column)\n{\n");
    pensel_text_print(&s->code, "    float y[%zu];\n    vec2 x = vec2(", room);
    put_position(s, "row", 0);
    pensel_text_put(&s->code, ", ");
    put_position(s, "column", 1);
    pensel_text_put(&s->code, ");\n");
    if (l->periodic) pensel_text_put(&s->code, "    x -= floor(x);\n");
    pensel_text_put(&s->code, "    model(y, x);\n");
    pensel_text_print(&s->code, "    return clamp(%s, 0.0, 1.0);\n}\n", made[channels]);
}

/* ------------------------------------------------------------------ the whole */

/* Only functions of two numbers can be drawn, and only of operations that stand above. */
static pensel_status check(const pensel_shader *s, pensel_error *error)
{
    const pensel_leaving *l = s->leaving;
    size_t inputs = l->table ? l->input_count : l->inputs[0].width;
    PENSEL_REQUIRE(!l->table && inputs == 2, UNSUPPORTED,
                   "%s shows a painting of one picture or a function of two numbers: the model has "
                   "%zu inputs",
                   s->target, inputs);
    for (size_t i = 0; i < l->graph.count; i++) {
        const pensel_operation *o = &l->graph.list[i];
        if (!operations[o->kind]) return pensel_target_refuse(s->target, o->kind, error);
        PENSEL_TRY(pensel_target_finite(s->target, o, error));
    }
    return PENSEL_OK;
}

/* All values, then the operations in their order. Unused outputs are 0, for a colour reads up to
 * four; an array has two numbers at least, as what reads a position takes two. */
static void put_model(pensel_shader *s, size_t room)
{
    const pensel_leaving *l = s->leaving;
    const pensel_graph *graph = &l->graph;
    pensel_text_put(&s->code, taps);
    pensel_text_put(&s->code, corner);
    pensel_shader_activations(s);
    pensel_text_print(&s->code, "void model(out float y[%zu], vec2 x)\n{\n", room);
    pensel_text_put(&s->code,
                    "    float z, sum, down[6], across[6];\n    int row[6], column[6];\n");
    for (size_t i = 0; i < graph->count; i++)
        pensel_text_print(&s->code, "    float v%zu[%zu];\n", i,
                          graph->list[i].width > 2 ? graph->list[i].width : 2);
    for (size_t i = 0; i < graph->count; i++)
        operations[graph->list[i].kind](s, &graph->list[i], i);
    pensel_text_print(&s->code, "    for (int i = 0; i < %zu; i++) y[i] = %s;\n", room, "0.0");
    pensel_text_print(&s->code, "    for (int i = 0; i < %zu; i++) y[i] = v%zu[i];\n", l->outputs,
                      l->output);
    if (l->canvas && l->classifies) put_palette(s);
    pensel_text_put(&s->code, "}\n\n");
}

/* Room is made for all numbers there are, so keep() need not ask. On failure pensel_shader_clear
 * frees what there is. */
pensel_status pensel_shader_make(pensel_shader *shader, const pensel_leaving *leaving,
                                 const char *target, pensel_error *error)
{
    size_t numbers = 0, room = leaving->outputs > 4 ? leaving->outputs : 4;
    *shader = (pensel_shader){.leaving = leaving, .target = target};
    PENSEL_TRY(check(shader, error));
    for (size_t i = 0; i < leaving->graph.count; i++)
        numbers += leaving->graph.list[i].weights + leaving->graph.list[i].constants;
    PENSEL_TRY(PENSEL_NEW(shader->numbers, numbers, error));
    put_model(shader, room);
    put_colour(shader, room);
    return pensel_text_finish(&shader->code, error);
}

void pensel_shader_input(pensel_text *text, const pensel_leaving *leaving, size_t axis,
                         const char *at)
{
    const pensel_graph *graph = &leaving->graph;
    double from = 0, size = 1;
    for (size_t i = 0; i < graph->count; i++) {
        const pensel_operation *o = &graph->list[i];
        if (o->kind != PENSEL_OP_SCALE) continue;
        from = o->c[axis] - (leaving->minmax ? 0 : 2) * o->w[axis];
        size = (leaving->minmax ? 1 : 4) * o->w[axis];
    }
    pensel_text_float(text, from);
    pensel_text_print(text, " + (%s) * ", at);
    pensel_text_float(text, size);
}

void pensel_shader_clear(pensel_shader *shader)
{
    pensel_release(shader->code.bytes);
    pensel_release(shader->numbers);
    memset(shader, 0, sizeof *shader);
}
