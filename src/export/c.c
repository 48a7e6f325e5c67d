/* C: one file of C99 that needs a compiler and, where the model does, libm: constants, a few small
 * functions, and NAME_predict. Nothing is allocated, values live on the stack. The file begins with
 * its own declarations; target h writes only these, for a program in several files.
 *
 *     void NAME_predict(const float *x, float *y);              of an estimator
 *     void NAME_predict(const NAME_row *row, float *y);         of a table's model: its columns
 *     int NAME_class(const float *y);                           an index of NAME_labels
 *
 * A painting's file is a program: it writes the picture, as PPM or PAM, unless NAME_LIBRARY is
 * defined. */
#include "export/c_text.h"

#include "base/memory.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ------------------------------------------------------------------ declarations */

/* In a comment: what would end it does not come in. */
static void put_remark(pensel_text *text, const char *words)
{
    for (; *words; words++) {
        unsigned char c = (unsigned char)*words;
        if (c < ' ' || c == '*' || c == '\\') c = ' ';
        pensel_text_add(text, &c, 1);
    }
}

static void put_row(pensel_text *text, const pensel_leaving *l, const char *name)
{
    static const char *const notes[] = {
        [PENSEL_INPUT_NUMBER] = "NAN: missing",
        [PENSEL_INPUT_DATE] = "seconds since 1970-01-01; NAN: missing",
        [PENSEL_INPUT_TEXT] = "a category, in UTF-8; NULL: missing"};
    pensel_text_print(text, "/* The columns of a row */\ntypedef struct %s_row {\n", name);
    for (size_t i = 0; i < l->input_count; i++) {
        char own[PENSEL_C_NAME];
        const pensel_input *input = &l->inputs[i];
        pensel_c_member(own, l, i);
        pensel_text_print(text, "    %s%s; /* ",
                          input->form == PENSEL_INPUT_TEXT ? "const char *" : "double ", own);
        put_remark(text, input->name);
        pensel_text_print(text, ": %s */\n", notes[input->form]);
    }
    pensel_text_print(text, "} %s_row;\n\n", name);
}

/* Which column each number of x is, where the model knows their names. */
static void put_inputs(pensel_text *text, const pensel_leaving *l, const char *large)
{
    const pensel_estimator *e = l->model->estimator;
    pensel_text_print(text, "/* x (%s_INPUTS): the inputs as they were trained on, in that order",
                      large);
    for (size_t i = 0; i < l->inputs[0].width; i++) {
        const char *name = e ? pensel_estimator_input_name(e, i) : NULL;
        if (!name) continue;
        pensel_text_print(text, "%s\n *     %zu  ", i == 0 ? ":" : "", i);
        put_remark(text, name);
    }
    pensel_text_put(text, " */\n");
}

static void put_declarations(pensel_text *text, const pensel_leaving *l, const char *name)
{
    char large[PENSEL_C_NAME];
    bool classes = l->classifies || l->labels;
    pensel_c_capitals(large, name);
    pensel_text_print(text, "#ifndef %s_H\n#define %s_H\n\n", large, large);
    pensel_text_put(text, "#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n");
    if (l->table) put_row(text, l, name);
    if (!l->table) pensel_text_print(text, "#define %s_INPUTS %zu\n", large, l->inputs[0].width);
    pensel_text_print(text, "#define %s_OUTPUTS %zu\n\n", large, l->outputs);
    if (!l->table) put_inputs(text, l, large);
    pensel_text_print(text, "/* y (%s_OUTPUTS): %s */\n", large,
                      l->labels ? "the probability of each label"
                      : classes ? "the probability of each class"
                                : "the prediction");
    if (l->table)
        pensel_text_print(text, "void %s_predict(const %s_row *row, float *y);\n", name, name);
    else
        pensel_text_print(text, "void %s_predict(const float *x, float *y);\n", name);
    if (l->classifies) {
        pensel_text_print(text, "\n/* The likeliest class, an index of %s_labels */\n", name);
        pensel_text_print(text, "int %s_class(const float *y);\n", name);
        pensel_text_print(text, "extern const %s%s_labels[%s_OUTPUTS];\n",
                          l->class_names ? "char *const " : "double ", name, large);
    }
    pensel_text_put(text, "\n#ifdef __cplusplus\n}\n#endif\n\n#endif\n");
}

/* ------------------------------------------------------------------ the function */

static void put_labels(pensel_text *text, const pensel_leaving *l, const char *name)
{
    char large[PENSEL_C_NAME];
    pensel_c_capitals(large, name);
    pensel_text_print(text, "const %s%s_labels[%s_OUTPUTS] = {",
                      l->class_names ? "char *const " : "double ", name, large);
    for (size_t k = 0; k < l->outputs; k++) {
        pensel_text_put(text, k ? ", " : "");
        if (l->class_names)
            pensel_c_string(text, l->class_names[k]);
        else
            pensel_text_double(text, l->class_codes[k]);
    }
    pensel_text_print(text,
                      "};\n\nint %s_class(const float *y)\n{\n"
                      "    int best = 0;\n"
                      "    for (int i = 1; i < %s_OUTPUTS; i++)\n"
                      "        if (y[i] > y[best]) best = i;\n"
                      "    return best;\n}\n\n",
                      name, large);
}

/* A table's columns are arrays of one number or text, so that operations read them as any value. */
static void put_locals(pensel_text *text, const pensel_c *c)
{
    const pensel_leaving *l = c->leaving;
    for (size_t i = 0; i < l->input_count && l->table; i++) {
        char own[PENSEL_C_NAME];
        pensel_c_member(own, l, i);
        pensel_text_print(text, "    const %sin%zu[1] = {row->%s};\n",
                          l->inputs[i].form == PENSEL_INPUT_TEXT ? "char *const " : "double ", i,
                          own);
    }
    for (size_t b = 0; b < c->buffers; b++)
        pensel_text_print(text, "    %s b%zu[%zu];\n", c->wide[b] ? "double" : "float", b,
                          c->widths[b]);
    pensel_text_put(text, "    int i;\n");
}

/* NAME_predict: buffers, the operations' statements, and the output as float. */
static void put_function(pensel_text *text, const pensel_c *c, const char *name)
{
    const pensel_leaving *l = c->leaving;
    const pensel_operation *last = &l->graph.list[l->output];
    if (l->table)
        pensel_text_print(text, "void %s_predict(const %s_row *row, float *y)\n{\n", name, name);
    else
        pensel_text_print(text, "void %s_predict(const float *x, float *y)\n{\n", name);
    put_locals(text, c);
    pensel_text_add(text, c->code.bytes, c->code.size);
    pensel_text_print(text, "    for (i = 0; i < %zu; i++)\n        y[i] = %sb%zu[i];\n}\n",
                      l->outputs, last->whole ? "(float)" : "", c->places[l->output].buffer);
}

/* ------------------------------------------------------------------ a painting's program */

/* ------------------------------------------------------------------ the file */

/* For each value the last operation that reads it; the output's is behind all of them, so its
 * buffer is never taken again. */
static pensel_status find_last(pensel_c *c, pensel_error *error)
{
    const pensel_graph *graph = &c->leaving->graph;
    PENSEL_TRY(PENSEL_NEW(c->places, graph->count, error));
    PENSEL_TRY(PENSEL_NEW(c->widths, graph->count, error));
    PENSEL_TRY(PENSEL_NEW(c->wide, graph->count, error));
    PENSEL_TRY(PENSEL_NEW(c->taken, graph->count, error));
    for (size_t i = 0; i < graph->count; i++) {
        const pensel_operation *o = &graph->list[i];
        bool listed = o->kind == PENSEL_OP_JOIN || o->kind == PENSEL_OP_MIX;
        bool two = o->kind == PENSEL_OP_ADD || o->kind == PENSEL_OP_SUBTRACT;
        c->places[i].last = i;
        if (o->kind == PENSEL_OP_INPUT) continue;
        for (size_t p = 0; listed && p < o->count; p++)
            c->places[o->index[p]].last = i;
        if (!listed) c->places[o->a].last = i;
        if (two) c->places[o->b].last = i;
    }
    c->places[c->leaving->output].last = graph->count;
    return PENSEL_OK;
}

/* What the file needs, for who puts it on a small machine: constants, and bytes of values on the
 * stack. */
static void put_head(pensel_text *text, const pensel_c *c, const char *name)
{
    const pensel_graph *graph = &c->leaving->graph;
    size_t numbers = 0, stack = 2 * c->widest;
    const pensel_quantised *q = c->leaving->quantised;
    for (size_t i = 0; i < graph->count; i++)
        numbers += graph->list[i].weights + graph->list[i].constants;
    for (size_t b = 0; b < c->buffers; b++)
        stack += c->widths[b] * (c->wide[b] ? 8 : 4);
    pensel_text_print(text, "/* %s, made by pensel %s: C99, nothing is allocated.\n", name,
                      pensel_version());
    if (q) {
        pensel_text_print(text, " * int8: %zu rows of weights, of which %zu in 16 bits; %s ",
                          q->rows, q->wide, q->classes ? "accuracy" : "R2");
        pensel_text_double(text, round(q->after * 1e5) / 1e5);
        pensel_text_put(text, ", with float ");
        pensel_text_double(text, round(q->before * 1e5) / 1e5);
        pensel_text_print(text, ", on %zu rows.\n", q->samples);
    }
    pensel_text_print(text, " * %zu constants, %zu bytes of values on the stack. */\n", numbers,
                      stack);
}

static bool uses_grid(const pensel_c *c)
{
    const bool *forms = c->tables[PENSEL_C_grid];
    return forms[PENSEL_C_FLOAT] || forms[PENSEL_C_INT8] || forms[PENSEL_C_INT16];
}

/* Operations are written first, into texts of their own, for only then is it known what the
 * file's beginning needs: headers, helpers, the size of the stack. */
static pensel_status put_file(pensel_text *text, pensel_c *c, const char *name, pensel_error *error)
{
    PENSEL_TRY(find_last(c, error));
    for (size_t i = 0; i < c->leaving->graph.count; i++)
        PENSEL_TRY(pensel_c_operation(c, i, error));
    PENSEL_TRY(pensel_text_finish(&c->data, error));
    PENSEL_TRY(pensel_text_finish(&c->code, error));
    put_head(text, c, name);
    put_declarations(text, c->leaving, name);
    pensel_text_put(text, "\n");
    if (c->math) pensel_text_put(text, "#include <math.h>\n");
    if (uses_grid(c) || c->floats) pensel_text_put(text, "#include <stdint.h>\n");
    if (c->helpers[PENSEL_C_texts]) pensel_text_put(text, "#include <string.h>\n");
    pensel_text_put(text, "\n");
    pensel_text_add(text, c->data.bytes, c->data.size);
    pensel_text_put(text, "\n");
    pensel_c_helpers(text, c);
    if (c->leaving->classifies) put_labels(text, c->leaving, name);
    put_function(text, c, name);
    if (c->leaving->canvas) pensel_c_program(text, c->leaving, name);
    return PENSEL_OK;
}

static pensel_status write_c(pensel_text *text, const pensel_leaving *leaving,
                             const pensel_export_options *options, pensel_error *error)
{
    pensel_c c = {.leaving = leaving};
    char name[PENSEL_C_NAME];
    pensel_c_identifier(name, options->name);
    pensel_status status = put_file(text, &c, name, error);
    pensel_release(c.data.bytes);
    pensel_release(c.code.bytes);
    pensel_release(c.places);
    pensel_release(c.widths);
    pensel_release(c.wide);
    pensel_release(c.taken);
    return status;
}

static pensel_status write_h(pensel_text *text, const pensel_leaving *leaving,
                             const pensel_export_options *options, pensel_error *error)
{
    char name[PENSEL_C_NAME];
    (void)error;
    pensel_c_identifier(name, options->name);
    pensel_text_print(text, "/* %s, made by pensel %s: for %s.c */\n", name, pensel_version(),
                      name);
    put_declarations(text, leaving, name);
    return PENSEL_OK;
}

const pensel_target pensel_target_c = {
    .name = "c",
    .quantises = true,
    .help = "a file of C99 without dependencies; of a painting a program that paints it",
    .computes = pensel_c_computes,
    .write = write_c,
};

const pensel_target pensel_target_h = {
    .name = "h",
    .help = "the declarations of that file",
    .computes = pensel_c_computes,
    .write = write_h,
};
