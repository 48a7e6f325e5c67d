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

enum { IDENTIFIER = 64 };

/* ------------------------------------------------------------------ identifiers */

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* What is no letter or digit is '_', and a digit does not come first. */
static void identifier(char to[IDENTIFIER], const char *from)
{
    size_t n = 0;
    if (*from >= '0' && *from <= '9') to[n++] = '_';
    for (; *from && n + 1 < IDENTIFIER - 8; from++)
        to[n++] = is_letter(*from) ? *from : '_';
    to[n] = '\0';
    if (n == 0) memcpy(to, "_", 2);
}

static void capitals(char to[IDENTIFIER], const char *from)
{
    size_t n = 0;
    for (; from[n]; n++)
        to[n] = from[n] >= 'a' && from[n] <= 'z' ? (char)(from[n] - 'a' + 'A') : from[n];
    to[n] = '\0';
}

/* Words of C and C++, for the header is for both, and macros of their headers and compilers */
static bool is_keyword(const char *name)
{
    /* clang-format off */
    static const char *const words[] = {
        "auto", "break", "case", "char", "const", "continue", "default", "do", "double", "else",
        "enum", "extern", "float", "for", "goto", "if", "inline", "int", "long", "register",
        "restrict", "return", "short", "signed", "sizeof", "static", "struct", "switch", "typedef",
        "union", "unsigned", "void", "volatile", "while", "alignas", "alignof", "and", "and_eq",
        "asm", "bitand", "bitor", "bool", "catch", "class", "compl", "concept", "consteval",
        "constexpr", "constinit", "const_cast", "decltype", "delete", "dynamic_cast", "explicit",
        "export", "false", "friend", "mutable", "namespace", "new", "noexcept", "not", "not_eq",
        "nullptr", "operator", "or", "or_eq", "private", "protected", "public", "reinterpret_cast",
        "requires", "static_assert", "static_cast", "template", "this", "thread_local", "throw",
        "true", "try", "typeid", "typename", "typeof", "using", "virtual", "xor", "xor_eq",
        "linux", "unix", "NAN", "NULL", "INFINITY", "EOF"};
    /* clang-format on */
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(words[i], name) == 0) return true;
    return false;
}

/* Whether one of the first `count` columns, but i, has this identifier */
static bool is_taken(const char *name, const pensel_leaving *l, size_t i, size_t count)
{
    char other[IDENTIFIER];
    for (size_t k = 0; k < count; k++) {
        identifier(other, l->inputs[k].name);
        if (k != i && strcmp(name, other) == 0) return true;
    }
    return false;
}

/* A column's name in the row. One that is a word of C or an earlier column's gets its number behind
 * it, and then '_' as long as another column is called so. Numbers differ, so these names do. */
static void member(char to[IDENTIFIER], const pensel_leaving *l, size_t i)
{
    identifier(to, l->inputs[i].name);
    if (!is_keyword(to) && !is_taken(to, l, i, i)) return;
    size_t length = strlen(to);
    length += (size_t)snprintf(to + length, IDENTIFIER - length, "_%zu", i + 1);
    while (length + 1 < IDENTIFIER && is_taken(to, l, i, l->input_count)) {
        to[length++] = '_';
        to[length] = '\0';
    }
}

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
        char own[IDENTIFIER];
        const pensel_input *input = &l->inputs[i];
        member(own, l, i);
        pensel_text_print(text, "    %s%s; /* ",
                          input->form == PENSEL_INPUT_TEXT ? "const char *" : "double ", own);
        put_remark(text, input->name);
        pensel_text_print(text, ": %s */\n", notes[input->form]);
    }
    pensel_text_print(text, "} %s_row;\n\n", name);
}

static void put_declarations(pensel_text *text, const pensel_leaving *l, const char *name)
{
    char large[IDENTIFIER];
    bool classes = l->classifies || l->labels;
    capitals(large, name);
    pensel_text_print(text, "#ifndef %s_H\n#define %s_H\n\n", large, large);
    pensel_text_put(text, "#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n");
    if (l->table) put_row(text, l, name);
    if (!l->table) pensel_text_print(text, "#define %s_INPUTS %zu\n", large, l->inputs[0].width);
    pensel_text_print(text, "#define %s_OUTPUTS %zu\n\n", large, l->outputs);
    if (!l->table)
        pensel_text_print(
            text, "/* x (%s_INPUTS): the inputs as they were trained on, in that order */\n",
            large);
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
    char large[IDENTIFIER];
    capitals(large, name);
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
        char own[IDENTIFIER];
        member(own, l, i);
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

/* The palette, in the order of the labels, which need not be that of the canvas. */
static void put_colour(pensel_text *text, const pensel_leaving *l, const char *name)
{
    const pensel_canvas *canvas = l->canvas;
    if (!l->classifies) return;
    pensel_text_print(text, "\nstatic const float palette[][%zu] = {", canvas->channels);
    for (size_t k = 0; k < l->outputs; k++) {
        const float *colour = canvas->palette + (size_t)l->class_codes[k] * canvas->channels;
        pensel_text_put(text, k ? ", {" : "{");
        for (size_t i = 0; i < canvas->channels; i++) {
            pensel_text_put(text, i ? ", " : "");
            pensel_text_float(text, (double)colour[i]);
            pensel_text_put(text, "f");
        }
        pensel_text_put(text, "}");
    }
    pensel_text_print(text, "}; /* of each of %s_labels */\n", name);
}

/* A pixel's row or column as the network's input, by the numbers of pensel_coordinates_of. */
static void put_axis(pensel_text *text, const pensel_leaving *l, size_t axis, const char *index)
{
    pensel_text_print(text, "            x[%zu] = (float)(%s * ", axis, index);
    pensel_text_double(text, l->scale[axis]);
    pensel_text_put(text, " + ");
    pensel_text_double(text, l->offset[axis]);
    pensel_text_put(text, ");\n");
}

/* Of a network of several pictures the program's first word says which, or what between two. */
static void put_begin(pensel_text *text, bool several)
{
    if (several)
        pensel_text_put(text,
                        "\n/* Writes the picture to standard output: which of them, from 0, the "
                        "first, to 1,\n * the last, is the first word. */\n"
                        "int main(int count, char **words)\n{\n"
                        "    float which = count > 1 ? (float)atof(words[1]) : 0;\n");
    else
        pensel_text_put(text,
                        "\n/* Writes the picture to standard output. */\nint main(void)\n{\n");
}

/* Two channels are grey and alpha, four RGB and alpha, by which colours are premultiplied. */
static void put_main(pensel_text *text, const pensel_leaving *l, const char *name)
{
    const pensel_canvas *canvas = l->canvas;
    char large[IDENTIFIER];
    size_t channels = canvas->channels;
    bool alpha = channels % 2 == 0, several = l->inputs[0].width > 2;
    capitals(large, name);
    pensel_text_print(text, "\n#ifndef %s_LIBRARY\n#include <stdio.h>\n", large);
    if (several) pensel_text_put(text, "#include <stdlib.h>\n");
    put_colour(text, l, name);
    put_begin(text, several);
    if (alpha)
        pensel_text_print(text,
                          "    printf(\"P7\\nWIDTH %zu\\nHEIGHT %zu\\nDEPTH %zu\\nMAXVAL "
                          "255\\nTUPLTYPE %s\\nENDHDR\\n\");\n",
                          canvas->width, canvas->height, channels,
                          channels == 2 ? "GRAYSCALE_ALPHA" : "RGB_ALPHA");
    else
        pensel_text_print(text, "    printf(\"P%d\\n%zu %zu\\n255\\n\");\n", channels == 1 ? 5 : 6,
                          canvas->width, canvas->height);
    pensel_text_print(text, "    for (int r = 0; r < %zu; r++)\n", canvas->height);
    pensel_text_print(text, "        for (int c = 0; c < %zu; c++) {\n", canvas->width);
    pensel_text_print(text, "            float x[%zu] = {0}, y[%zu];\n", l->inputs[0].width,
                      l->outputs);
    put_axis(text, l, 0, "r");
    put_axis(text, l, 1, "c");
    if (several) pensel_text_put(text, "            x[2] = which;\n");
    pensel_text_print(text, "            %s_predict(x, y);\n", name);
    pensel_text_print(text, "            for (int k = 0; k < %zu; k++) {\n", channels);
    if (l->classifies)
        pensel_text_print(text, "                float v = palette[%s_class(y)][k];\n", name);
    else
        pensel_text_put(text, "                float v = y[k];\n");
    if (alpha)
        pensel_text_print(text, "                if (k < %zu && y[%zu] > 0) v /= y[%zu];\n",
                          channels - 1, channels - 1, channels - 1);
    pensel_text_put(text, "                v = v > 0 ? v < 1 ? v : 1 : 0;\n"
                          "                putchar((int)(v * 255 + 0.5f));\n"
                          "            }\n        }\n"
                          "    return fflush(stdout) != 0;\n}\n#endif\n");
}

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
    if (c->leaving->canvas) put_main(text, c->leaving, name);
    return PENSEL_OK;
}

static pensel_status write_c(pensel_text *text, const pensel_leaving *leaving,
                             const pensel_export_options *options, pensel_error *error)
{
    pensel_c c = {.leaving = leaving};
    char name[IDENTIFIER];
    identifier(name, options->name);
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
    char name[IDENTIFIER];
    (void)error;
    identifier(name, options->name);
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
