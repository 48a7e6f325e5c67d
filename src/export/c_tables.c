/* Tables in exported C, which are looked up by a code, a position or a pixel: in float, or as whole
 * numbers of 8 or 16 bits with a scale for each row (quantise_row.c). A helper is one text for all
 * three, with marks where they differ:
 *
 *     $N   behind its name: nothing, "8" or "16"      $T       what numbers are: "int8_t"
 *     $S   the parameter that the scales are          $V       "(float)" before a number
 *     $[ ... $]   only for whole numbers
 */
#include "export/c_text.h"

#include "base/memory.h"

#include <stdio.h>

static const char lookup[] =
    "/* Row `a` of a table; row 0 where a is not one of 0, 1 ... rows - 1 */\n"
    "static void lookup$N(float *y, float a, const $T *table, int rows, int width$S)\n"
    "{\n"
    "    long row = a >= 0 && a < (float)rows ? (long)a : 0;\n"
    "    if (!(a - (float)row >= 0 && a - (float)row <= 0)) row = 0;\n"
    "    for (int i = 0; i < width; i++)\n"
    "        y[i] = $Vtable[row * width + i]$[ * unit(scale[row])$];\n"
    "}\n\n";

static const char grid[] =
    "/* One level of a hash grid (Mueller et al. 2022) of x (in) */\n"
    "static void grid$N(float *y, const float *x, const $T *table, int in, int width,\n"
    "                 long cells, unsigned long entries, int dense, int periodic$S)\n"
    "{\n"
    "    static const uint32_t primes[] = {1,           2654435761u, 805459861u,\n"
    "                                      3674653429u, 2097192037u, 1434869437u};\n"
    "    uint32_t side = (uint32_t)cells + (periodic ? 0u : 1u);\n"
    "    for (int f = 0; f < width; f++)\n"
    "        y[f] = 0;\n"
    "    for (unsigned bits = 0; bits < 1u << in; bits++) {\n"
    "        uint32_t entry = 0, stride = 1;\n"
    "        float weight = 1;\n"
    "        for (int i = 0; i < in; i++) {\n"
    "            float u = x[i] > 0 ? x[i] * (float)cells : 0;\n"
    "            u = u < (float)cells ? u : (float)cells;\n"
    "            int32_t cell = (int32_t)u;\n"
    "            cell = cell < (int32_t)cells - 1 ? cell : (int32_t)cells - 1;\n"
    "            uint32_t bit = bits >> i & 1u, node = (uint32_t)cell + bit;\n"
    "            float t = u - (float)cell;\n"
    "            node = node == side ? 0 : node;\n"
    "            entry = dense ? entry + node * stride : entry ^ node * primes[i];\n"
    "            stride *= side;\n"
    "            weight *= bit ? t : 1 - t;\n"
    "        }\n"
    "        if (!dense) entry &= (uint32_t)entries - 1u;\n"
    "        for (int f = 0; f < width; f++)\n"
    "            y[f] += weight * $Vtable[(long)entry * width + f];\n"
    "    }\n"
    "$[    for (int f = 0; f < width; f++)\n"
    "        y[f] *= unit(scale[f]);\n$]"
    "}\n\n";

static const char taps[] =
    "/* The six pixels around x along an axis, and their weights: Lanczos' window (Duchon 1979) "
    "*/\n"
    "static void taps(long pixel[6], float weight[6], float x, long count, int periodic)\n"
    "{\n"
    "    static const double turn[3][2] = {\n"
    "        {-0.5, 0.8660254037844386}, {-0.5, -0.8660254037844386}, {1, 0}};\n"
    "    double w[6], sum = 0;\n"
    "    float last = (float)count - 1, u = (x > 0 ? x < 1 ? x : 1 : 0) * (float)count - 0.5f;\n"
    "    if (!periodic) u = u > 0 ? u < last ? u : last : 0;\n"
    "    long base = (long)floor((double)u);\n"
    "    double t = (double)u - (double)base, third = 1.0471975511965976;\n"
    "    double s = sin(third * t), c = cos(third * t);\n"
    "    int centre = t < 1e-6 || t > 1 - 1e-6, nearest = t < 0.5 ? 2 : 3;\n"
    "    for (int i = 0; i < 6; i++) {\n"
    "        double d = t + 2 - i;\n"
    "        w[i] = centre ? i == nearest : (s * turn[i % 3][0] + c * turn[i % 3][1]) / (d * d);\n"
    "        sum += w[i];\n"
    "    }\n"
    "    for (int i = 0; i < 6; i++) {\n"
    "        long at = base - 2 + i;\n"
    "        weight[i] = (float)(w[i] / sum);\n"
    "        pixel[i] = periodic ? (at % count + count) % count\n"
    "                            : at < 0 ? 0 : at < count ? at : count - 1;\n"
    "    }\n"
    "}\n\n";

static const char pixels[] =
    "/* Between the pixels of planes (features, depth, rows, columns) */\n"
    "static void pixels$N(float *y, const float *x, const $T *planes, int in, int features,\n"
    "                   long depth, long rows, long columns, int periodic$S)\n"
    "{\n"
    "    long row[6], column[6] = {0}, below = 0;\n"
    "    float by_row[6], by_column[6] = {1}, share = 0;\n"
    "    int across = in > 1 ? 6 : 1;\n"
    "    taps(row, by_row, x[0], rows, periodic);\n"
    "    if (in > 1) taps(column, by_column, x[1], columns, periodic);\n"
    "    if (in > 2) {\n"
    "        float u = (x[2] > 0 ? x[2] < 1 ? x[2] : 1 : 0) * (float)(depth - 1);\n"
    "        below = (long)u;\n"
    "        share = u - (float)below;\n"
    "    }\n"
    "    for (int f = 0; f < features; f++) {\n"
    "        float sum = 0;\n"
    "        for (int k = 0; k < (share > 0 ? 2 : 1); k++) {\n"
    "            const $T *plane = planes + (f * depth + below + k) * rows * columns;\n"
    "            for (int i = 0; i < 6; i++)\n"
    "                for (int j = 0; j < across; j++)\n"
    "                    sum += (k ? share : 1 - share) * by_row[i] * by_column[j] *\n"
    "                           $Vplane[row[i] * columns + column[j]];\n"
    "        }\n"
    "        y[f] = sum$[ * unit(scale[f])$];\n"
    "    }\n"
    "}\n\n";

static const char unit[] = "/* Scales are the upper half of a float. */\n"
                           "static float unit(uint16_t scale)\n"
                           "{\n"
                           "    bits x;\n"
                           "    x.u = (uint32_t)scale << 16;\n"
                           "    return x.f;\n"
                           "}\n\n";

static const char *const helpers[PENSEL_C_TABLES] = {
    [PENSEL_C_lookup] = lookup, [PENSEL_C_grid] = grid, [PENSEL_C_pixels] = pixels};
static const char *const suffixes[PENSEL_C_FORMS] = {"", "8", "16"};
static const char *const types[PENSEL_C_FORMS] = {"float", "int8_t", "int16_t"};

/* The helper's text in this form. Every '$' is a mark. */
static void put_helper(pensel_text *text, const char *helper, pensel_c_form form)
{
    bool whole = form != PENSEL_C_FLOAT, shown = true;
    for (const char *at = helper; *at; at++) {
        if (*at != '$') {
            if (shown) pensel_text_add(text, at, 1);
            continue;
        }
        at++;
        if (*at == 'N') pensel_text_put(text, suffixes[form]);
        if (*at == 'T') pensel_text_put(text, types[form]);
        if (*at == 'S') pensel_text_put(text, whole ? ", const uint16_t *scale" : "");
        if (*at == 'V') pensel_text_put(text, whole ? "(float)" : "");
        if (*at == '[' || *at == ']') shown = *at == ']' || whole;
    }
}

void pensel_c_table_helpers(pensel_text *text, const pensel_c *c)
{
    bool scaled = false;
    for (size_t t = 0; t < PENSEL_C_TABLES; t++)
        scaled = scaled || c->tables[t][PENSEL_C_INT8] || c->tables[t][PENSEL_C_INT16];
    if (scaled) pensel_text_put(text, unit);
    for (size_t f = 0; f < PENSEL_C_FORMS; f++)
        if (c->tables[PENSEL_C_pixels][f]) {
            pensel_text_put(text, taps);
            break;
        }
    for (size_t t = 0; t < PENSEL_C_TABLES; t++)
        for (size_t f = 0; f < PENSEL_C_FORMS; f++)
            if (c->tables[t][f]) put_helper(text, helpers[t], (pensel_c_form)f);
}

/* ------------------------------------------------------------------ a table */

/* All numbers in the order of w, which is not that of rows in a grid */
static pensel_status put_whole(pensel_c *c, const pensel_operation *o, size_t i, pensel_c_form form)
{
    size_t rows = pensel_quantise_rows(o), length = pensel_quantise_length(o), count = 0;
    int32_t *row, *all;
    PENSEL_TRY(PENSEL_NEW(row, length, NULL));
    if (PENSEL_NEW(all, o->weights, NULL) != PENSEL_OK) {
        pensel_release(row);
        return PENSEL_OUT_OF_MEMORY;
    }
    for (size_t j = 0; j < rows; j++) {
        pensel_quantise_row(row, o, j);
        for (size_t k = 0; k < length; k++)
            all[pensel_quantise_index(o, j, k)] = row[k];
    }
    pensel_text_print(&c->data, "static const %s w%zu[] = {", types[form], i);
    for (size_t k = 0; k < o->weights; k++)
        pensel_c_whole(&c->data, &count, all[k]);
    pensel_text_put(&c->data, "};\n");
    pensel_release(all);
    pensel_release(row);
    return PENSEL_OK;
}

/* All numbers, and the scales behind them. */
static pensel_status put_numbers(pensel_c *c, const pensel_operation *o, size_t i,
                                 pensel_c_form form)
{
    if (form == PENSEL_C_FLOAT) {
        pensel_c_floats(&c->data, "w", i, o->w, o->weights);
        return PENSEL_OK;
    }
    PENSEL_TRY(put_whole(c, o, i, form));
    pensel_c_scales(&c->data, o, i);
    c->floats = true; /* of which `bits` are a part */
    return PENSEL_OK;
}

const char *pensel_c_table(char scales[32], pensel_c *c, pensel_c_table_kind kind, size_t i)
{
    const pensel_operation *o = &c->leaving->graph.list[i];
    pensel_c_form form = PENSEL_C_FLOAT;
    if (o->scale) form = o->scale[0] < 0 ? PENSEL_C_INT16 : PENSEL_C_INT8;
    c->tables[kind][form] = true;
    if (put_numbers(c, o, i, form) != PENSEL_OK) c->data.failed = true;
    *scales = '\0';
    if (form != PENSEL_C_FLOAT) snprintf(scales, 32, ", s%zu", i);
    return suffixes[form];
}
