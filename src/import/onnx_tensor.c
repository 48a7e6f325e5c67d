/* Constants of an ONNX graph: tensors, in the file or beside it, and what nodes make of nothing
 * else. They become double, whatever they are, when somebody asks, and are the asker's.
 *
 * A tensor says its shape, its type and, elsewhere, its numbers; all three come from a file and
 * must agree before anything is allocated. A constant may go through a few nodes that only cast,
 * name or transpose it: they are undone from the tensor on. */
#include "import/onnx_read.h"

#include "base/endian.h"
#include "base/memory.h"
#include "table/half.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TENSOR_DIMS = 1, TENSOR_TYPE = 2, TENSOR_RAW = 9, TENSOR_EXTERNAL = 13, TENSOR_WHERE = 14 };
enum { TENSOR_FLOATS = 4, TENSOR_INTS = 5, TENSOR_STRINGS = 6, TENSOR_LONGS = 7 };
enum { TENSOR_DOUBLES = 10, ENTRY_KEY = 1, ENTRY_VALUE = 2, ATTRIBUTE_TENSOR = 5 };
enum { FLOAT = 1, INT32 = 6, INT64 = 7, STRING = 8, BOOL = 9, HALF = 10, DOUBLE = 11 };
enum { BFLOAT = 16, CHAIN = 8 }; /* nodes that one constant may go through */

/* ------------------------------------------------------------------ one number */

/* Bytes of a number; 0: of a type that is not read. */
static size_t size_of(int type)
{
    if (type == FLOAT || type == INT32) return 4;
    if (type == INT64 || type == DOUBLE) return 8;
    if (type == HALF || type == BFLOAT) return 2;
    return type == BOOL ? 1 : 0;
}

/* Bits that stand in a field of whole numbers: ONNX keeps float16 and bfloat16 so as well. */
static double whole_of(uint64_t bits, int type)
{
    if (type == HALF) return pensel_half_number((uint16_t)bits);
    if (type == BFLOAT) {
        uint32_t wide = (uint32_t)bits << 16;
        float value;
        memcpy(&value, &wide, sizeof value);
        return value;
    }
    return type == INT32 ? (double)(int32_t)bits : (double)(int64_t)bits;
}

/* A number of `size` little-endian bytes */
static double number_of(const unsigned char *at, int type, size_t size)
{
    uint64_t bits = 0;
    for (size_t i = size; i-- > 0;)
        bits = bits << 8 | at[i];
    if (type == FLOAT) {
        uint32_t half = (uint32_t)bits;
        float value;
        memcpy(&value, &half, sizeof value);
        return value;
    }
    if (type == DOUBLE) {
        double value;
        memcpy(&value, &bits, sizeof value);
        return value;
    }
    return whole_of(bits, type);
}

/* ------------------------------------------------------------------ where the numbers stand */

typedef struct body {
    pensel_span message, raw;
    bool has_raw, external;
} body;

/* All but the numbers. false: broken, more than four sides, or a count that overflows. Sides
 * come one by one, or packed in one field. */
static bool read_head(onnx_tensor *t, body *b, pensel_span message)
{
    pensel_field f;
    bool broken = false;
    *t = (onnx_tensor){.count = 1};
    *b = (body){.message = message};
    while (pensel_wire_field(&f, &message, &broken)) {
        pensel_span dims = f.bytes;
        uint64_t side = f.value;
        if (f.number == TENSOR_TYPE && f.wire == 0) t->type = f.value < 64 ? (int)f.value : 0;
        if (f.number == TENSOR_WHERE && f.wire == 0) b->external = f.value == 1;
        if (f.number == TENSOR_RAW && f.wire == 2) {
            b->raw = f.bytes;
            b->has_raw = true;
        }
        while (f.number == TENSOR_DIMS &&
               (f.wire == 0 || (f.wire == 2 && pensel_wire_number(&side, &dims)))) {
            if (t->rank == 4 || side > SIZE_MAX ||
                !pensel_multiply(&t->count, t->count, (size_t)side))
                return false;
            t->shape[t->rank++] = (size_t)side;
            if (f.wire == 0) break;
        }
    }
    return !broken;
}

/* Numbers that stand in fields of their type, one by one or many in one; how many there are */
static size_t take_typed(double *numbers, size_t most, const body *b, int type)
{
    unsigned field = type == FLOAT    ? TENSOR_FLOATS
                     : type == DOUBLE ? TENSOR_DOUBLES
                     : type == INT64  ? TENSOR_LONGS
                                      : TENSOR_INTS;
    size_t count = 0, size = type == FLOAT ? 4 : 8;
    pensel_field f;
    bool broken = false, varied = field == TENSOR_LONGS || field == TENSOR_INTS;
    pensel_span rest = b->message;
    while (pensel_wire_field(&f, &rest, &broken)) {
        uint64_t value = f.value;
        if (f.number != field) continue;
        if (varied && f.wire == 0 && count < most) numbers[count++] = whole_of(value, type);
        while (varied && f.wire == 2 && count < most && pensel_wire_number(&value, &f.bytes))
            numbers[count++] = whole_of(value, type);
        for (size_t at = 0; !varied && count < most && at + size <= f.bytes.size; at += size)
            numbers[count++] = number_of(f.bytes.at + at, type, size);
    }
    return count;
}

/* ------------------------------------------------------------------ beside the file */

/* The value of a key among the pairs that say where external numbers stand. */
static pensel_span entry(const body *b, const char *key)
{
    pensel_field f, part;
    bool broken = false;
    pensel_span rest = b->message, found = {0};
    while (pensel_wire_field(&f, &rest, &broken)) {
        pensel_span name = {0}, value = {0};
        if (f.number != TENSOR_EXTERNAL || f.wire != 2) continue;
        while (pensel_wire_field(&part, &f.bytes, &broken)) {
            if (part.number == ENTRY_KEY && part.wire == 2) name = part.bytes;
            if (part.number == ENTRY_VALUE && part.wire == 2) value = part.bytes;
        }
        if (pensel_span_is(name, key)) found = value;
    }
    return found;
}

/* Decimal digits; an empty span is `standard` */
static bool whole_entry(size_t *value, const body *b, const char *key, size_t standard)
{
    pensel_span text = entry(b, key);
    *value = text.size ? 0 : standard;
    for (size_t i = 0; i < text.size; i++) {
        if (text.at[i] < '0' || text.at[i] > '9' || *value > (SIZE_MAX - 9) / 10) return false;
        *value = *value * 10 + (size_t)(text.at[i] - '0');
    }
    return true;
}

/* The file stands in the folder of the model: no path leads out of it. */
static pensel_status beside(char *path, size_t size, const onnx_graph *graph, const body *b,
                            pensel_error *error)
{
    pensel_span location = entry(b, "location");
    const char *model = graph->coming->path, *slash = model ? strrchr(model, '/') : NULL;
    PENSEL_REQUIRE(model, UNSUPPORTED,
                   "%s keeps its tensors in another file: read it from its own file",
                   graph->coming->name);
    bool plain = location.size > 0 && location.size < 256 && location.at[0] != '.';
    for (size_t i = 0; i < location.size && plain; i++)
        plain = location.at[i] >= 32 && !strchr("/\\:", location.at[i]);
    size_t folder = slash ? (size_t)(slash - model) + 1 : 0;
    PENSEL_REQUIRE(plain && folder + location.size < size, BAD_FILE,
                   "%s keeps a tensor in a file that is not in its own folder: it is read there "
                   "only",
                   graph->coming->name);
    memcpy(path, model, folder);
    memcpy(path + folder, location.at, location.size);
    path[folder + location.size] = '\0';
    return PENSEL_OK;
}

/* The numbers are as many as the file has: a shape alone takes no memory. */
static pensel_status take_external(onnx_tensor *t, const onnx_graph *graph, const body *b,
                                   pensel_error *error)
{
    char path[4096];
    unsigned char *bytes;
    size_t offset, length, size = size_of(t->type);
    PENSEL_TRY(beside(path, sizeof path, graph, b, error));
    PENSEL_REQUIRE(whole_entry(&offset, b, "offset", 0) && pensel_multiply(&length, t->count, size),
                   BAD_FILE,
                   "%s does not say where in %s a tensor stands: a number of bytes is "
                   "needed",
                   graph->coming->name, path);
    PENSEL_TRY(pensel_import_part(&bytes, path, offset, length, error));
    graph->coming->beside += length;
    pensel_status status = PENSEL_NEW(t->numbers, t->count, error);
    for (size_t i = 0; status == PENSEL_OK && i < t->count; i++)
        t->numbers[i] = number_of(bytes + i * size, t->type, size);
    pensel_release(bytes);
    return status;
}

/* ------------------------------------------------------------------ tensors */

static pensel_status broken_tensor(const onnx_graph *graph, pensel_error *error)
{
    return pensel_fail(error, PENSEL_BAD_FILE,
                       "%s has a tensor whose numbers do not fit its shape and type: an ONNX file, "
                       "whole, is needed",
                       graph->coming->name);
}

/* At most as many numbers as there are bytes: a shape alone takes no memory. */
static pensel_status read_tensor(onnx_tensor *t, const onnx_graph *graph, pensel_span message,
                                 pensel_error *error)
{
    body b;
    if (!read_head(t, &b, message)) return broken_tensor(graph, error);
    if (t->type == STRING) {
        t->strings = message;
        return PENSEL_OK;
    }
    size_t size = size_of(t->type), bytes;
    PENSEL_REQUIRE(size > 0, UNSUPPORTED,
                   "%s has a tensor of ONNX's type number %d: float16, bfloat16, float, double and "
                   "whole numbers of 32 or 64 bits are read",
                   graph->coming->name, t->type);
    if (b.external) return take_external(t, graph, &b, error);
    if (!pensel_multiply(&bytes, t->count, size) || t->count > message.size)
        return broken_tensor(graph, error);
    PENSEL_TRY(PENSEL_NEW(t->numbers, t->count, error));
    if (!b.has_raw)
        return take_typed(t->numbers, t->count, &b, t->type) == t->count
                   ? PENSEL_OK
                   : broken_tensor(graph, error);
    if (b.raw.size != bytes) return broken_tensor(graph, error);
    for (size_t i = 0; i < t->count; i++)
        t->numbers[i] = number_of(b.raw.at + i * size, t->type, size);
    return PENSEL_OK;
}

/* ------------------------------------------------------------------ nodes of constants */

static bool passes(const onnx_node *node)
{
    return pensel_onnx_is(node, "Identity") || pensel_onnx_is(node, "Cast") ||
           pensel_onnx_is(node, "Transpose");
}

/* At most CHAIN nodes back: a longer chain is not taken for a constant, and its node is then
 * refused by name. */
bool pensel_onnx_constant(const onnx_graph *graph, size_t value)
{
    for (int k = 0; k < CHAIN && value != ONNX_NONE; k++) {
        const onnx_node *node = pensel_onnx_maker(graph, value);
        if (!node) return graph->values[value].origin == ONNX_OF_TENSOR;
        if (pensel_onnx_is(node, "Constant")) return true;
        if (!passes(node)) return false;
        value = pensel_onnx_link(graph, node, 0);
    }
    return false;
}

/* `room` has count numbers. */
static void transpose(onnx_tensor *t, double *room)
{
    size_t rows = t->shape[0], columns = t->shape[1];
    memcpy(room, t->numbers, t->count * sizeof *room);
    for (size_t r = 0; r < rows; r++)
        for (size_t c = 0; c < columns; c++)
            t->numbers[c * rows + r] = room[r * columns + c];
    t->shape[0] = columns;
    t->shape[1] = rows;
}

static pensel_status pass(onnx_tensor *t, const onnx_graph *graph, const onnx_node *node,
                          pensel_error *error)
{
    double *room;
    if (!pensel_onnx_is(node, "Transpose")) return PENSEL_OK;
    if (t->rank < 2) return PENSEL_OK;
    if (t->rank != 2 || !t->numbers)
        return pensel_onnx_refuse(graph, node, "a matrix is transposed, nothing else", error);
    PENSEL_TRY(PENSEL_NEW(room, t->count, error));
    transpose(t, room);
    pensel_release(room);
    return PENSEL_OK;
}

/* The node Constant has its tensor, or one float, as an attribute. */
static pensel_status read_constant(onnx_tensor *t, const onnx_graph *graph, const onnx_node *node,
                                   pensel_error *error)
{
    pensel_span attribute, rest;
    pensel_field f;
    bool broken = false;
    if (pensel_onnx_attribute(&attribute, node, "value_float")) {
        *t = (onnx_tensor){.type = FLOAT, .count = 1};
        PENSEL_TRY(PENSEL_NEW(t->numbers, 1, error));
        t->numbers[0] = pensel_onnx_float(node, "value_float", 0);
        return PENSEL_OK;
    }
    if (!pensel_onnx_attribute(&attribute, node, "value"))
        return pensel_onnx_refuse(graph, node, "a constant with the attribute value is", error);
    rest = attribute;
    while (pensel_wire_field(&f, &rest, &broken))
        if (f.number == ATTRIBUTE_TENSOR && f.wire == 2)
            return read_tensor(t, graph, f.bytes, error);
    return broken_tensor(graph, error);
}

/* Where the numbers of a constant stand, and the nodes that they go through */
typedef struct source {
    const onnx_node *through[CHAIN], *constant;
    size_t count;
    pensel_span message; /* unless `constant` makes it */
} source;

static source source_of(const onnx_graph *graph, size_t value)
{
    source s = {.count = 0};
    const onnx_node *node;
    while ((node = pensel_onnx_maker(graph, value)) && passes(node) && s.count < CHAIN) {
        s.through[s.count++] = node;
        value = pensel_onnx_link(graph, node, 0);
    }
    s.constant = node;
    if (!node) s.message = graph->values[value].message;
    return s;
}

/* A file may read one tensor again, but not so often that memory has no end. */
static pensel_status spend(const onnx_graph *graph, const onnx_tensor *t, pensel_error *error)
{
    pensel_coming *coming = graph->coming;
    coming->taken += t->count;
    PENSEL_REQUIRE(coming->taken / 4 <= coming->size + coming->beside + 65536, BAD_FILE,
                   "%s reads its tensors again and again: once is enough", coming->name);
    return PENSEL_OK;
}

pensel_status pensel_onnx_numbers(onnx_tensor *tensor, const onnx_graph *graph, size_t value,
                                  pensel_error *error)
{
    source s = source_of(graph, value);
    *tensor = (onnx_tensor){0};
    pensel_status status = s.constant ? read_constant(tensor, graph, s.constant, error)
                                      : read_tensor(tensor, graph, s.message, error);
    if (status == PENSEL_OK) status = spend(graph, tensor, error);
    while (status == PENSEL_OK && s.count-- > 0)
        status = pass(tensor, graph, s.through[s.count], error);
    if (status != PENSEL_OK) {
        pensel_release(tensor->numbers);
        tensor->numbers = NULL;
    }
    return status;
}

/* Its head is looked at first, so that a large tensor is not read to find that it is no single
 * number. */
bool pensel_onnx_single(double *number, const onnx_graph *graph, size_t value)
{
    onnx_tensor t;
    body b;
    if (value == ONNX_NONE || !pensel_onnx_constant(graph, value)) return false;
    source s = source_of(graph, value);
    if (!s.constant && (!read_head(&t, &b, s.message) || t.count != 1)) return false;
    if (pensel_onnx_numbers(&t, graph, value, NULL) != PENSEL_OK) return false;
    bool single = t.numbers && t.count == 1;
    if (single) *number = t.numbers[0];
    pensel_release(t.numbers);
    return single;
}
