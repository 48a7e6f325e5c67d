/* Tables in Arrow's C structs, built from any bytes: every type, offsets, bitmaps, dictionaries,
 * views, buffers that are aligned to nothing; and structs that lie where a reader can see it:
 * counts below 0, pointers that are NULL, texts that end before they begin. Buffers are never
 * shorter than their lengths say, for that nobody can see.
 *
 * A table is read as a batch and as a stream of one batch, and both must agree; then as a stream of
 * two. What a stream hands over must be released, once. */
#include "fuzz.h"
#include "walk.h"

enum { MOST_COLUMNS = 6, MOST_ROWS = 20, MOST_BLOCKS = 12 * MOST_COLUMNS, TEXT_BYTES = 24 };

/* ------------------------------------------------ bytes */

typedef struct input {
    const uint8_t *bytes;
    size_t left;
    void *blocks[MOST_BLOCKS];
    size_t count;
} input;

/* 0 where the bytes have ended */
static unsigned next(input *in)
{
    if (in->left == 0) return 0;
    in->left--;
    return *in->bytes++;
}

/* One of eight bytes is a lie. */
static bool lies(input *in)
{
    return (next(in) & 7) == 7;
}

/* `size` bytes of the input, behind 0 to 3 others, so that an address is rarely a multiple */
static char *block(input *in, size_t size)
{
    size_t shift = next(in) & 3;
    char *bytes = calloc(size + shift + (size + shift == 0), 1);
    if (!bytes || in->count == MOST_BLOCKS) abort();
    in->blocks[in->count++] = bytes;
    for (size_t i = 0; i < size && in->left > 0; i++)
        bytes[shift + i] = (char)next(in);
    return bytes + shift;
}

/* ------------------------------------------------ one column */

/* Bytes of a value, by the specification; 0: bits, and what has no buffer of one width */
static const struct {
    const char *format;
    size_t size;
} formats[] = {
    {"n", 0},          {"b", 0},
    {"c", 1},          {"C", 1},
    {"s", 2},          {"S", 2},
    {"i", 4},          {"I", 4},
    {"l", 8},          {"L", 8},
    {"e", 2},          {"f", 4},
    {"g", 8},          {"u", 4},
    {"U", 8},          {"vu", 16},
    {"tdD", 4},        {"tdm", 8},
    {"tts", 4},        {"ttu", 8},
    {"tDn", 8},        {"tss:", 8},
    {"tsn:UTC", 8},    {"d:9,2", 16},
    {"d:3", 16},       {"d:38,-3,128", 16},
    {"d:9,2,256", 32}, {"d:,,", 16},
    {"d:9,2,32", 4},   {"d:9,2,64", 8},
    {"+l", 4},         {"w:4", 4},
    {"", 0},           {"z", 4},
};
enum { FORMATS = sizeof formats / sizeof *formats };

typedef struct values {
    struct ArrowSchema schema;
    struct ArrowArray array;
    const void *buffers[6];
} values;

typedef struct column {
    values own, words;
    char name[3];
} column;

/* Offsets into a buffer of texts, up and down, and now and then below 0 */
static void make_texts(input *in, values *v, size_t count, size_t size)
{
    char *offsets = block(in, (count + 1) * size);
    v->buffers[2] = block(in, TEXT_BYTES);
    for (size_t i = 0; i <= count; i++) {
        int64_t wide = (int64_t)(next(in) % (TEXT_BYTES + 2)) - 1;
        if (wide < 0 && !lies(in)) wide = TEXT_BYTES;
        int32_t narrow = (int32_t)wide;
        memcpy(offsets + i * size, size == 8 ? (void *)&wide : (void *)&narrow, size);
    }
    v->buffers[1] = offsets;
    v->array.n_buffers = 3;
}

/* Views as the bytes are, and two buffers whose lengths stand in a third one */
static void make_views(input *in, values *v)
{
    static const int64_t sizes[] = {TEXT_BYTES, 3};
    for (int b = 0; b < 2; b++)
        v->buffers[2 + b] = lies(in) ? NULL : block(in, (size_t)sizes[b]);
    v->buffers[4] = lies(in) ? NULL : memcpy(block(in, sizeof sizes), sizes, sizeof sizes);
    v->array.n_buffers = 5;
}

/* `length` values behind an offset of their own */
static void make_values(input *in, values *v, size_t length)
{
    size_t f = next(in) % FORMATS, offset = next(in) & 3, count = offset + length;
    v->schema.format = formats[f].format;
    v->array = (struct ArrowArray){.length = (int64_t)length,
                                   .offset = (int64_t)offset,
                                   .n_buffers = 2,
                                   .buffers = v->buffers};
    v->array.null_count = (int64_t)(next(in) % 3) - 1;
    v->buffers[0] = next(in) & 1 ? block(in, (count + 7) / 8) : NULL;
    v->buffers[1] = block(in, formats[f].size ? count * formats[f].size : (count + 7) / 8);
    if (strcmp(v->schema.format, "u") == 0 || strcmp(v->schema.format, "U") == 0)
        make_texts(in, v, count, formats[f].size);
    if (strcmp(v->schema.format, "vu") == 0) make_views(in, v);
    if (lies(in)) v->buffers[1] = NULL;
    if (lies(in)) v->array.n_buffers = (int64_t)next(in) % 3 - 1;
    if (lies(in)) v->array.buffers = NULL;
    if (lies(in)) v->array.length = (int64_t)(next(in) % (length + 1)) - 1;
    if (lies(in)) v->array.offset = -1;
}

/* A dictionary of a dictionary is its own. */
static void make_column(input *in, column *c, size_t length)
{
    make_values(in, &c->own, length);
    c->name[0] = (char)next(in);
    c->name[1] = (char)next(in);
    c->own.schema.name = lies(in) ? NULL : c->name;
    if (next(in) & 3) return;
    make_values(in, &c->words, next(in) % 6);
    c->own.schema.dictionary = lies(in) ? NULL : &c->words.schema;
    c->own.array.dictionary = lies(in) ? NULL : &c->words.array;
    if (lies(in)) c->words.schema.dictionary = &c->words.schema;
    if (lies(in)) c->words.schema.format = NULL;
}

/* ------------------------------------------------ a table */

typedef struct table {
    column columns[MOST_COLUMNS];
    struct ArrowSchema schema, *schemas[MOST_COLUMNS];
    struct ArrowArray array, *arrays[MOST_COLUMNS];
} table;

static void make_table(input *in, table *t)
{
    size_t count = 1 + next(in) % MOST_COLUMNS, rows = next(in) % MOST_ROWS, offset = next(in) & 1;
    for (size_t i = 0; i < count; i++) {
        make_column(in, &t->columns[i], rows + offset);
        t->schemas[i] = &t->columns[i].own.schema;
        t->arrays[i] = lies(in) ? NULL : &t->columns[i].own.array;
        if (lies(in)) t->columns[i].own.schema.format = NULL;
    }
    t->schema =
        (struct ArrowSchema){.format = "+s", .n_children = (int64_t)count, .children = t->schemas};
    t->array = (struct ArrowArray){.length = (int64_t)rows,
                                   .offset = (int64_t)offset,
                                   .n_children = (int64_t)count,
                                   .children = t->arrays};
    if (lies(in)) t->schema.format = next(in) & 1 ? NULL : "g";
    if (lies(in)) t->schema.children = NULL;
    if (lies(in)) t->array.children = NULL;
    if (lies(in)) t->array.n_children = (int64_t)(next(in) % 8) - 1;
    if (lies(in)) t->array.length = -1;
    if (lies(in)) t->array.offset = -(int64_t)(next(in) & 1);
}

/* ------------------------------------------------ a stream of it */

typedef struct stream {
    const table *table;
    int batches, schemas_out, batches_out; /* to come; handed over and not released yet */
} stream;

static void release_schema(struct ArrowSchema *schema)
{
    ((stream *)schema->private_data)->schemas_out--;
    schema->release = NULL;
}

static void release_array(struct ArrowArray *array)
{
    ((stream *)array->private_data)->batches_out--;
    array->release = NULL;
}

static int get_schema(struct ArrowArrayStream *s, struct ArrowSchema *out)
{
    stream *own = s->private_data;
    own->schemas_out++;
    *out = own->table->schema;
    out->release = release_schema;
    out->private_data = own;
    return 0;
}

static int get_next(struct ArrowArrayStream *s, struct ArrowArray *out)
{
    stream *own = s->private_data;
    *out = (struct ArrowArray){0};
    if (own->batches-- <= 0) return 0;
    own->batches_out++;
    *out = own->table->array;
    out->release = release_array;
    out->private_data = own;
    return 0;
}

static pensel_columns *read_stream(const table *t, int batches, const pensel_columns_options *o)
{
    pensel_columns *columns = NULL;
    pensel_error error;
    stream own = {.table = t, .batches = batches};
    struct ArrowArrayStream s = {
        .get_schema = get_schema, .get_next = get_next, .private_data = &own};
    pensel_status status = pensel_columns_arrow_stream(&columns, &s, o, &error);
    if ((status == PENSEL_OK) != (columns != NULL)) abort();
    if (own.schemas_out != 0 || own.batches_out != 0) abort();
    return columns;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const char *const text[] = {"1"};
    input in = {.bytes = bytes, .left = size};
    table t = {0};
    pensel_columns *batch = NULL;
    pensel_error error;
    pensel_columns_options o = pensel_columns_defaults();
    o.text = text;
    o.text_count = next(&in) & 1;
    make_table(&in, &t);
    pensel_status status = pensel_columns_arrow(&batch, &t.schema, &t.array, &o, &error);
    if ((status == PENSEL_OK) != (batch != NULL)) abort();
    pensel_columns *one = read_stream(&t, 1, &o), *two = read_stream(&t, 2, &o);
    must_be_same(batch, one);
    if (!batch != !two || (batch && 2 * walk(batch) != walk(two))) abort();
    pensel_columns_free(&batch);
    pensel_columns_free(&one);
    pensel_columns_free(&two);
    for (size_t i = 0; i < in.count; i++)
        free(in.blocks[i]);
    return 0;
}
