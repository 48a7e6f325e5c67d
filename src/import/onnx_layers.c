/* Layers that an ONNX graph of this library says beside its operators: embeddings, periodic
 * numbers, grids and others leave as a dozen nodes, which nobody could put together again. So the
 * file's metadata have, for each of them, the values between which its nodes stand, its text and
 * its numbers (src/export/onnx_kept.c):
 *
 *     pensel.layer.N    from \n to \n inputs \n outputs \n text \n numbers, float32 in base64
 *
 * What is read is built, and only what its numbers are there for. */
#include "import/onnx_read.h"

#include "base/memory.h"
#include "network/network.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MODEL_METADATA = 14, KEY = 1, VALUE = 2, LONGEST = 1 << 12, WIDEST = 4096 };

/* ------------------------------------------------------------------ metadata */

/* Whether a pair of the metadata is a layer; its text. */
static bool is_layer(pensel_span *value, pensel_span entry)
{
    static const char begin[] = "pensel.layer.";
    pensel_field f;
    bool broken = false, found = false;
    *value = (pensel_span){0};
    while (pensel_wire_field(&f, &entry, &broken)) {
        if (f.wire != 2) continue;
        if (f.number == VALUE) *value = f.bytes;
        if (f.number == KEY)
            found =
                f.bytes.size > sizeof begin - 1 && memcmp(f.bytes.at, begin, sizeof begin - 1) == 0;
    }
    return found;
}

/* Takes a line from the front; the last one ends with the text. */
static pensel_span next_line(pensel_span *rest)
{
    const unsigned char *end = rest->size ? memchr(rest->at, '\n', rest->size) : NULL;
    pensel_span line = {rest->at, end ? (size_t)(end - rest->at) : rest->size};
    size_t taken = line.size + (end != NULL);
    rest->at = taken ? rest->at + taken : rest->at;
    rest->size -= taken;
    return line;
}

typedef struct kept {
    pensel_span from, to, inputs, outputs, text, numbers;
} kept;

static bool is_same(pensel_span a, pensel_span b)
{
    return a.size == b.size && a.size > 0 && memcmp(a.at, b.at, a.size) == 0;
}

/* The layer whose output this value is */
static bool find(kept *k, const onnx_graph *graph, pensel_span name)
{
    pensel_span file = {graph->coming->bytes, graph->coming->size}, rest;
    pensel_field f;
    bool broken = false;
    while (pensel_wire_field(&f, &file, &broken)) {
        if (f.number != MODEL_METADATA || f.wire != 2 || !is_layer(&rest, f.bytes)) continue;
        k->from = next_line(&rest);
        k->to = next_line(&rest);
        k->inputs = next_line(&rest);
        k->outputs = next_line(&rest);
        k->text = next_line(&rest);
        k->numbers = rest;
        if (is_same(k->to, name)) return true;
    }
    return false;
}

/* ------------------------------------------------------------------ numbers */

static int sextet(unsigned char c)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = c ? strchr(digits, c) : NULL;
    return at ? (int)(at - digits) : -1;
}

/* How many float32 there are; false: it is no base64 of any */
static bool count_numbers(size_t *count, pensel_span text)
{
    size_t size = text.size;
    while (size > 0 && text.size - size < 2 && text.at[size - 1] == '=')
        size--;
    *count = size * 3 / 4 / 4;
    for (size_t i = 0; i < size; i++)
        if (sextet(text.at[i]) < 0) return false;
    return text.size % 4 == 0 && size * 3 / 4 % 4 == 0;
}

/* Base64 of little-endian float32: six bits from each character, bytes as soon as there are
 * eight, a number as soon as there are four bytes. */
static void read_numbers(double *numbers, pensel_span text, size_t count)
{
    uint32_t bits = 0, word = 0;
    for (size_t i = 0, have = 0, bytes = 0, n = 0; i < text.size && n < count; i++) {
        int six = sextet(text.at[i]);
        if (six < 0) return;
        bits = bits << 6 | (uint32_t)six;
        have += 6;
        if (have < 8) continue;
        have -= 8;
        word |= (bits >> have & 255) << 8 * bytes++;
        if (bytes < 4) continue;
        float number;
        memcpy(&number, &word, sizeof number);
        numbers[n++] = number;
        word = 0;
        bytes = 0;
    }
}

/* ------------------------------------------------------------------ the layer */

static pensel_status refuse(const onnx_graph *graph, pensel_error *error)
{
    return pensel_fail(
        error, PENSEL_BAD_FILE,
        "%s: a layer in the metadata is broken: two values, inputs, outputs, a layer "
        "and its numbers are needed",
        graph->coming->name);
}

/* A whole number from 1 on, within memory; 0: it is none */
static size_t size_of(pensel_span text)
{
    char digits[24] = "", *end = digits;
    if (text.size == 0 || text.size >= sizeof digits) return 0;
    memcpy(digits, text.at, text.size);
    unsigned long long size = strtoull(digits, &end, 10);
    return *end || size > SIZE_MAX / 64 ? 0 : (size_t)size;
}

/* The layer's numbers, and ones behind them: a network ends in neurons, which hand on what comes */
static pensel_status fill(pensel_stage *s, pensel_error *error)
{
    double *to = pensel_network_parameters(s->network);
    size_t g = 0;
    pensel_group group;
    for (size_t first = 0; first < s->numbers; first += group.count) {
        PENSEL_TRY(pensel_network_group(s->network, g++, &group, error));
        memcpy(to + group.first, s->w + first, group.count * sizeof *to);
    }
    PENSEL_TRY(pensel_network_group(s->network, g, &group, error));
    for (size_t o = 0; o < s->out; o++)
        to[group.first + o * s->out + o] = 1;
    return PENSEL_OK;
}

/* A network of the layer, and of neurons behind it that hand on what it gives. The text is a
 * stranger's, so the network is planned first: only if it has the numbers that the file has is
 * memory allocated for it. */
static pensel_status build(pensel_stage *s, const onnx_graph *graph, const kept *k,
                           pensel_error *error)
{
    char *text;
    s->in = size_of(k->inputs);
    s->out = size_of(k->outputs);
    if (s->in == 0 || s->out == 0 || s->out > WIDEST || k->text.size == 0 ||
        k->text.size > LONGEST || !count_numbers(&s->numbers, k->numbers))
        return refuse(graph, error);
    PENSEL_TRY(pensel_onnx_text(&s->list, k->text, error));
    PENSEL_TRY(PENSEL_NEW(s->w, s->numbers + 1, error));
    read_numbers(s->w, k->numbers, s->numbers);
    size_t room = k->text.size + 40, all = s->numbers + s->out * s->out + s->out;
    PENSEL_TRY(PENSEL_NEW(text, room, error));
    snprintf(text, room, "%s, dense:%zu", s->list, s->out);
    const pensel_shape shape = {.inputs = s->in, .list = text};
    pensel_status status = pensel_network_plan(&s->network, &shape, PENSEL_FLOAT64, all, error);
    pensel_release(text);
    if (status != PENSEL_OK) return status;
    const pensel_network *n = s->network;
    if (n->layer_count != 2 || n->layers[0].out != s->out || n->parameter_count != all)
        return refuse(graph, error);
    PENSEL_TRY(pensel_network_allocate(s->network, error));
    return fill(s, error);
}

pensel_status pensel_onnx_kept(pensel_stage *stage, size_t *of, const onnx_graph *graph,
                               size_t value, pensel_error *error)
{
    kept k;
    *of = ONNX_NONE;
    if (!find(&k, graph, graph->values[value].name)) return PENSEL_OK;
    *stage = (pensel_stage){.kind = PENSEL_STAGE_LAYER};
    *of = pensel_onnx_find(graph, k.from);
    snprintf(stage->source, sizeof stage->source, "layer");
    pensel_status status =
        *of == ONNX_NONE || *of == value ? refuse(graph, error) : build(stage, graph, &k, error);
    if (status != PENSEL_OK) pensel_stage_clear(stage);
    return status;
}
