/* What each operation is in C: constants, and a few statements. Values live in buffers on the
 * stack; one whose value is not read any more is taken again.
 *
 * An operation's buffer is taken before those of its inputs are given back, so no operation
 * writes over what it still reads. Floats and doubles have buffers of their own, which become as
 * wide as the widest value in them. Constants go to `data`, statements to `code`; c.c puts both
 * together once it is known which helpers they need. */
#include "export/c_text.h"

#include "base/memory.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ------------------------------------------------------------------ constants */

void pensel_c_floats(pensel_text *text, const char *name, size_t i, const double *values,
                     size_t count)
{
    pensel_text_print(text, "static const float %s%zu[] = {", name, i);
    for (size_t k = 0; k < count; k++) {
        if (k) pensel_text_put(text, k % 8 ? ", " : ",\n    ");
        pensel_text_float(text, (double)(float)values[k]);
        pensel_text_put(text, "f");
    }
    pensel_text_put(text, "};\n");
}

static void put_doubles(pensel_text *text, const char *name, size_t i, const double *values,
                        size_t count)
{
    pensel_text_print(text, "static const double %s%zu[] = {", name, i);
    for (size_t k = 0; k < count; k++) {
        pensel_text_put(text, k ? ", " : "");
        pensel_text_double(text, values[k]);
    }
    pensel_text_put(text, "};\n");
}

/* Bytes that are not plain ASCII in octal, which ends by itself after three digits */
void pensel_c_string(pensel_text *text, const char *string)
{
    pensel_text_put(text, "\"");
    for (; *string; string++) {
        unsigned char byte = (unsigned char)*string;
        if (byte < ' ' || byte > '~' || strchr("\"\\?", byte))
            pensel_text_print(text, "\\%03o", byte);
        else
            pensel_text_add(text, &byte, 1);
    }
    pensel_text_put(text, "\"");
}

/* ------------------------------------------------------------------ values */

/* The name of a value's array */
static const char *value(char name[32], const pensel_c *c, size_t v)
{
    const pensel_operation *o = &c->leaving->graph.list[v];
    if (o->kind != PENSEL_OP_INPUT)
        snprintf(name, 32, "b%zu", c->places[v].buffer);
    else if (c->leaving->table)
        snprintf(name, 32, "in%zu", o->column);
    else
        snprintf(name, 32, "x");
    return name;
}

/* A buffer of the same type that is free, the narrowest that is wide enough; else a free one,
 * which grows; else a new one. */
static void take_buffer(pensel_c *c, size_t v)
{
    const pensel_operation *o = &c->leaving->graph.list[v];
    size_t best = c->buffers;
    for (size_t b = 0; b < c->buffers; b++) {
        if (c->taken[b] || c->wide[b] != o->whole) continue;
        if (best == c->buffers || c->widths[best] < o->width ||
            (c->widths[b] >= o->width && c->widths[b] < c->widths[best]))
            best = b;
    }
    if (best == c->buffers) {
        c->buffers++;
        c->wide[best] = o->whole;
        c->widths[best] = 0;
    }
    if (c->widths[best] < o->width) c->widths[best] = o->width;
    c->taken[best] = true;
    c->places[v].buffer = best;
}

/* Those of all values that operation i is the last to read; of its own value, if nobody will. */
static void free_buffers(pensel_c *c, size_t i)
{
    for (size_t v = 0; v <= i; v++)
        if (c->places[v].last == i && c->leaving->graph.list[v].kind != PENSEL_OP_INPUT)
            c->taken[c->places[v].buffer] = false;
}

/* ------------------------------------------------------------------ operations */

/* What every case knows: the names of its values */
typedef struct names {
    char own[3][32];
    const char *y, *a, *b;
} names;

/* y = f(a), in place or not; softmax is of what stands in y already. */
static void put_activation(pensel_c *c, const pensel_operation *o, const char *y, const char *a)
{
    if (o->activation == PENSEL_SOFTMAX) {
        c->helpers[PENSEL_C_softmax] = c->floats = c->divides = c->adds = true;
        c->powers = true;
        pensel_text_print(&c->code, "    softmax(%s, %zu);\n", y, o->width);
        return;
    }
    if (o->activation == PENSEL_IDENTITY && strcmp(y, a) == 0) return;
    pensel_text_print(&c->code, "    for (i = 0; i < %zu; i++)\n        %s[i] = ", o->width, y);
    if (o->activation == PENSEL_IDENTITY) {
        pensel_text_print(&c->code, "%s[i];\n", a);
        return;
    }
    pensel_c_use_activation(c, o->activation);
    pensel_text_print(&c->code, "f%d(%s[i], ", (int)o->activation, a);
    pensel_text_float(&c->code, o->parameter);
    pensel_text_put(&c->code, "f);\n");
}

/* y = f(w a + c): in float by a helper, or with weights in 8 bits (c_int8.c) */
static void put_affine(pensel_c *c, const pensel_operation *o, size_t i, const names *n)
{
    if (o->scale) {
        if (pensel_c_int8(c, i, n->y, n->a, NULL) != PENSEL_OK) c->data.failed = true;
        put_activation(c, o, n->y, n->y);
        return;
    }
    pensel_c_floats(&c->data, "w", i, o->w, o->weights);
    pensel_c_floats(&c->data, "c", i, o->c, o->constants);
    bool one = o->groups == 1;
    c->helpers[one ? PENSEL_C_affine : PENSEL_C_groups] = c->floats = c->adds = true;
    pensel_text_print(&c->code, "    %s(%s, %s, w%zu, c%zu, ", one ? "affine" : "groups", n->y,
                      n->a, i, i);
    if (!one) pensel_text_print(&c->code, "%zu, ", o->groups);
    pensel_text_print(&c->code, "%zu, %zu);\n", o->in, o->out);
    put_activation(c, o, n->y, n->y);
}

static void put_activate(pensel_c *c, const pensel_operation *o, size_t i, const names *n)
{
    (void)i;
    put_activation(c, o, n->y, n->a);
}

/* y = a + b, or a - b as a sum with -b: there is no SUB */
static void put_two(pensel_c *c, const pensel_operation *o, size_t i, const names *n)
{
    (void)i;
    c->floats = c->adds = true;
    pensel_text_print(&c->code,
                      "    for (i = 0; i < %zu; i++)\n        %s[i] = ADD(%s[i], %s%s[i]);\n",
                      o->width, n->y, n->a, o->kind == PENSEL_OP_ADD ? "" : "-", n->b);
}

/* y_i = a_i c_i, or a_i + c_i */
static void put_constants(pensel_c *c, const pensel_operation *o, size_t i, const names *n)
{
    c->floats = c->adds = true;
    pensel_c_floats(&c->data, "c", i, o->c, o->constants);
    pensel_text_print(&c->code,
                      "    for (i = 0; i < %zu; i++)\n        %s[i] = %s(%s[i], c%zu[i]);\n",
                      o->width, n->y, o->kind == PENSEL_OP_MULTIPLY ? "MUL" : "ADD", n->a, i);
}

/* One part behind another. */
static void put_join(pensel_c *c, const pensel_operation *o, size_t i, const names *n)
{
    size_t at = 0;
    char name[32];
    (void)i;
    for (size_t p = 0; p < o->count; p++) {
        size_t width = c->leaving->graph.list[o->index[p]].width;
        const char *part = value(name, c, o->index[p]);
        if (width == 1)
            pensel_text_print(&c->code, "    %s[%zu] = %s[0];\n", n->y, at, part);
        else
            pensel_text_print(&c->code,
                              "    for (i = 0; i < %zu; i++)\n        %s[%zu + i] = %s[i];\n",
                              width, n->y, at, part);
        at += width;
    }
}

/* Numbers that follow one another need no table of indices. */
static void put_pick(pensel_c *c, const pensel_operation *o, size_t i, const names *n)
{
    bool runs = true;
    for (size_t k = 0; k < o->count; k++)
        runs = runs && o->index[k] == o->index[0] + k;
    if (runs) {
        pensel_text_print(&c->code, "    for (i = 0; i < %zu; i++)\n        %s[i] = %s[%zu + i];\n",
                          o->count, n->y, n->a, o->index[0]);
        return;
    }
    pensel_text_print(&c->data, "static const int i%zu[] = {", i);
    for (size_t k = 0; k < o->count; k++) {
        if (k) pensel_text_put(&c->data, k % 16 ? ", " : ",\n    ");
        pensel_text_print(&c->data, "%zu", o->index[k]);
    }
    pensel_text_put(&c->data, "};\n");
    pensel_text_print(&c->code, "    for (i = 0; i < %zu; i++)\n        %s[i] = %s[i%zu[i]];\n",
                      o->count, n->y, n->a, i);
}

/* Row a of w (rows, width); the helper takes row 0 for what is none. */
static void put_lookup(pensel_c *c, const pensel_operation *o, size_t i, const names *n)
{
    char scales[32];
    const char *form = pensel_c_table(scales, c, PENSEL_C_lookup, i);
    pensel_text_print(&c->code, "    lookup%s(%s, %s[0], w%zu, %zu, %zu%s);\n", form, n->y, n->a, i,
                      o->count, o->width, scales);
}

static void put_normalise(pensel_c *c, const pensel_operation *o, size_t i, const names *n)
{
    (void)i;
    c->helpers[PENSEL_C_normalise] = c->math = true;
    pensel_text_print(&c->code, "    normalise(%s, %s, %zu, ", n->y, n->a, o->width);
    pensel_text_float(&c->code, o->parameter);
    pensel_text_put(&c->code, "f);\n");
}

/* One level of a hash grid; w (entries, features) */
static void put_grid(pensel_c *c, const pensel_operation *o, size_t i, const names *n)
{
    char scales[32];
    const char *form = pensel_c_table(scales, c, PENSEL_C_grid, i);
    pensel_text_print(&c->code, "    grid%s(%s, %s, w%zu, %zu, %zu, %zuL, %zuUL, %d, %d%s);\n",
                      form, n->y, n->a, i, o->in, o->width, o->cells, o->count, o->dense,
                      o->periodic, scales);
}

/* Between the pixels of w (features, pictures, rows, columns) */
static void put_pixels(pensel_c *c, const pensel_operation *o, size_t i, const names *n)
{
    char scales[32];
    const char *form = pensel_c_table(scales, c, PENSEL_C_pixels, i);
    c->math = true;
    pensel_text_print(&c->code, "    pixels%s(%s, %s, w%zu, %zu, %zu, %zuL, %zuL, %zuL, %d%s);\n",
                      form, n->y, n->a, i, o->in, o->width, o->groups, o->rows, o->columns,
                      o->periodic, scales);
}

/* Each number as three whose sum it is, the first two of `bits` bits */
static void put_parts(pensel_c *c, const char *name, size_t i, const double *numbers, size_t count,
                      int bits)
{
    double *parts;
    int exponent;
    if (PENSEL_NEW(parts, 3 * count, NULL) != PENSEL_OK) {
        c->data.failed = true;
        return;
    }
    for (size_t k = 0; k < 3 * count; k++) {
        double left = k % 3 ? parts[k] : numbers[k / 3];
        frexp(left, &exponent);
        double unit = ldexp(1, exponent - bits);
        parts[k] = k % 3 < 2 ? rint(left / unit) * unit : left;
        if (k % 3 < 2) parts[k + 1] = left - parts[k];
    }
    pensel_c_floats(&c->data, name, i, parts, 3 * count);
    pensel_release(parts);
}

/* Offset and scale in parts, so that nothing is lost although all is float (c_helpers.c) */
static void put_scale(pensel_c *c, const pensel_operation *o, size_t i, const names *n)
{
    put_parts(c, "c", i, o->c, o->width, 24);
    put_parts(c, "w", i, o->w, o->width, 12);
    c->helpers[PENSEL_C_scaled] = c->floats = c->divides = c->adds = true;
    pensel_text_print(&c->code,
                      "    for (i = 0; i < %zu; i++)\n"
                      "        %s[i] = scaled(%s[i], c%zu + 3 * i, w%zu + 3 * i);\n",
                      o->width, n->y, n->a, i, i);
}

/* y = a w + c, within low and high where these are finite; in double for a table's model */
static void put_unscale(pensel_c *c, const pensel_operation *o, size_t i, const names *n)
{
    if (!o->whole) {
        pensel_c_floats(&c->data, "w", i, o->w, o->weights);
        pensel_c_floats(&c->data, "c", i, o->c, o->constants);
    } else {
        put_doubles(&c->data, "w", i, o->w, o->weights);
        put_doubles(&c->data, "c", i, o->c, o->constants);
    }
    pensel_text_print(&c->code, "    for (i = 0; i < %zu; i++)\n", o->width);
    c->floats = c->floats || !o->whole;
    c->adds = c->adds || !o->whole;
    pensel_text_print(&c->code,
                      o->whole ? "        %s[i] = %s[i] * w%zu[i] + c%zu[i];\n"
                               : "        %s[i] = ADD(MUL(%s[i], w%zu[i]), c%zu[i]);\n",
                      n->y, n->a, i, i);
    if (!isfinite(o->low) && !isfinite(o->high)) return;
    pensel_text_print(&c->code, "    for (i = 0; i < %zu; i++)\n        %s[i] = %s[i] < ", o->width,
                      n->y, n->y);
    pensel_text_double(&c->code, o->low);
    pensel_text_put(&c->code, " ? ");
    pensel_text_double(&c->code, o->low);
    pensel_text_print(&c->code, " : %s[i] > ", n->y);
    pensel_text_double(&c->code, o->high);
    pensel_text_put(&c->code, " ? ");
    pensel_text_double(&c->code, o->high);
    pensel_text_print(&c->code, " : %s[i];\n", n->y);
}

/* u = (a - low) / high, u / sqrt(1 + u^2 / 9), in double by the helper */
static void put_robust(pensel_c *c, const pensel_operation *o, size_t i, const names *n)
{
    (void)i;
    c->helpers[PENSEL_C_robust] = c->math = true;
    pensel_text_print(&c->code, "    %s[0] = robust(%s[0], ", n->y, n->a);
    pensel_text_double(&c->code, o->low);
    pensel_text_put(&c->code, ", ");
    pensel_text_double(&c->code, o->high);
    pensel_text_put(&c->code, ");\n");
}

static void put_missing(pensel_c *c, const pensel_operation *o, size_t i, const names *n)
{
    (void)i, (void)o;
    c->math = true;
    pensel_text_print(&c->code, "    %s[0] = isnan(%s[0]) ? 1.0f : 0.0f;\n", n->y, n->a);
}

/* Texts are compared as bytes, numbers exactly: which of them it is, from 1; 0 for none. */
static void put_category(pensel_c *c, const pensel_operation *o, size_t i, const names *n)
{
    const char *word = o->texts ? "text" : "number";
    c->helpers[o->texts ? PENSEL_C_texts : PENSEL_C_numbers] = true;
    if (o->texts) {
        pensel_text_print(&c->data, "static const char *const k%zu[] = {", i);
        for (size_t k = 0; k < o->count; k++) {
            pensel_text_put(&c->data, k ? ", " : "");
            pensel_c_string(&c->data, o->texts[k]);
        }
        pensel_text_put(&c->data, "};\n");
    } else {
        put_doubles(&c->data, "k", i, o->w, o->count);
    }
    pensel_text_print(&c->code, "    %s[0] = which_%s(%s[0], k%zu, %zu);\n", n->y, word, n->a, i,
                      o->count);
}

static void put_date(pensel_c *c, const pensel_operation *o, size_t i, const names *n)
{
    (void)i, (void)o;
    c->helpers[PENSEL_C_date] = c->math = true;
    pensel_text_print(&c->code, "    split_date(%s, %s[0]);\n", n->y, n->a);
}

static void put_circle(pensel_c *c, const pensel_operation *o, size_t i, const names *n)
{
    (void)i, (void)o;
    c->helpers[PENSEL_C_circle] = c->math = true;
    pensel_text_print(&c->code, "    circle(%s, %s[0]);\n", n->y, n->a);
}

/* softmax of a times parameter, in double */
static void put_temper(pensel_c *c, const pensel_operation *o, size_t i, const names *n)
{
    (void)i;
    c->helpers[PENSEL_C_temper] = c->math = true;
    pensel_text_print(&c->code, "    temper(%s, %s, %zu, ", n->y, n->a, o->width);
    pensel_text_double(&c->code, o->parameter);
    pensel_text_put(&c->code, ");\n");
}

/* In double: y = sum_p w_p part_p */
static void put_mix(pensel_c *c, const pensel_operation *o, size_t i, const names *n)
{
    char name[32];
    (void)i;
    pensel_text_print(&c->code, "    for (i = 0; i < %zu; i++)\n        %s[i] = 0;\n", o->width,
                      n->y);
    for (size_t p = 0; p < o->count; p++) {
        bool wide = c->leaving->graph.list[o->index[p]].whole;
        pensel_text_print(&c->code, "    for (i = 0; i < %zu; i++)\n        %s[i] += ", o->width,
                          n->y);
        pensel_text_double(&c->code, o->w[p]);
        pensel_text_print(&c->code, " * %s%s[i];\n", wide ? "" : "(double)",
                          value(name, c, o->index[p]));
    }
}

/* (1 - p, p). y[0] first: y is another buffer than a. */
static void put_pair(pensel_c *c, const pensel_operation *o, size_t i, const names *n)
{
    (void)i, (void)o;
    pensel_text_print(&c->code, "    %s[0] = 1 - %s[0];\n    %s[1] = %s[0];\n", n->y, n->a, n->y,
                      n->a);
}

typedef void (*put_operation)(pensel_c *c, const pensel_operation *o, size_t i, const names *n);

/* What is not here is refused by name. */
static const put_operation operations[PENSEL_OPERATION_COUNT] = {
    [PENSEL_OP_AFFINE] = put_affine,
    [PENSEL_OP_ACTIVATE] = put_activate,
    [PENSEL_OP_ADD] = put_two,
    [PENSEL_OP_SUBTRACT] = put_two,
    [PENSEL_OP_MULTIPLY] = put_constants,
    [PENSEL_OP_OFFSET] = put_constants,
    [PENSEL_OP_JOIN] = put_join,
    [PENSEL_OP_PICK] = put_pick,
    [PENSEL_OP_LOOKUP] = put_lookup,
    [PENSEL_OP_NORMALISE] = put_normalise,
    [PENSEL_OP_GRID] = put_grid,
    [PENSEL_OP_PIXELS] = put_pixels,
    [PENSEL_OP_SCALE] = put_scale,
    [PENSEL_OP_UNSCALE] = put_unscale,
    [PENSEL_OP_ROBUST] = put_robust,
    [PENSEL_OP_MISSING] = put_missing,
    [PENSEL_OP_CATEGORY] = put_category,
    [PENSEL_OP_DATE] = put_date,
    [PENSEL_OP_CIRCLE] = put_circle,
    [PENSEL_OP_TEMPER] = put_temper,
    [PENSEL_OP_MIX] = put_mix,
    [PENSEL_OP_PAIR] = put_pair,
};

/* Helpers count with int and long: indices stay below 2^31. C has no constant for what is not
 * finite. */
static pensel_status check_numbers(const pensel_operation *o, pensel_error *error)
{
    PENSEL_REQUIRE(o->weights < INT32_MAX && o->constants < INT32_MAX, UNSUPPORTED,
                   "c: the model has %zu numbers in one layer: up to %d can be written", o->weights,
                   INT32_MAX);
    return pensel_target_finite("c", o, error);
}

/* This order keeps inputs alive while they are read: take a buffer, write the statements, give
 * back. */
pensel_status pensel_c_operation(pensel_c *c, size_t i, pensel_error *error)
{
    const pensel_operation *o = &c->leaving->graph.list[i];
    names n;
    if (o->kind == PENSEL_OP_INPUT) return PENSEL_OK;
    if (!operations[o->kind]) return pensel_target_refuse("c", o->kind, error);
    PENSEL_TRY(check_numbers(o, error));
    take_buffer(c, i);
    n.y = value(n.own[0], c, i);
    n.a = value(n.own[1], c, o->a);
    n.b = value(n.own[2], c, o->b);
    operations[o->kind](c, o, i, &n);
    free_buffers(c, i);
    return PENSEL_OK;
}
