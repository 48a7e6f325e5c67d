/* The header of a safetensors file of another program: every tensor lies within the data, together
 * they are no larger than it, and names become modules. Together: else a small file could name the
 * same bytes a million times.
 *
 * Tensors are sorted by module and then by name, so those of a module stand side by side, and
 * modules in the order in which people number layers. A name's last part is its role; what has
 * none takes no part, and is named to the caller. Nothing is converted before it is known to be
 * needed. */
#include "import/tensors_in.h"

#include "base/memory.h"
#include "base/safetensors.h"
#include "table/half.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct data {
    const unsigned char *bytes;
    size_t size, used;
} data;

#define refuse(in, ...) pensel_fail((in)->error, PENSEL_BAD_FILE, __VA_ARGS__)

void pensel_tensors_print(char *text, size_t size, const char *name, size_t length)
{
    size_t at = 0;
    for (; at < length && at + 1 < size; at++)
        text[at] = name[at] < ' ' || name[at] > '~' ? '?' : name[at];
    text[at] = '\0';
}

/* ------------------------------------------------------------------ names */

/* Whether it is one of the words, between which blanks stand. */
static bool is_word_of(const char *words, const char *word, size_t length)
{
    for (const char *at = words; *at;) {
        size_t size = strcspn(at, " ");
        if (size == length && memcmp(at, word, size) == 0) return true;
        at += size + (at[size] == ' ');
    }
    return false;
}

/* "net.0.weight": module "net.0", role WEIGHT; Keras writes "dense/kernel:0" as well. */
static void split_name(tensor_in *t)
{
    static const char *const words[] = {
#define WORDS(ROLE, names) [ROLE_##ROLE] = names,
        TENSOR_ROLE_LIST(WORDS)};
    size_t length = strlen(t->name), leaf = length;
    if (length > 2 && strcmp(t->name + length - 2, ":0") == 0) length -= 2;
    while (leaf > 0 && t->name[leaf - 1] != '.' && t->name[leaf - 1] != '/')
        leaf--;
    if (leaf > length) leaf = length;
    t->prefix = leaf > 0 ? leaf - 1 : 0;
    for (t->role = 0; t->role < ROLES; t->role++)
        if (is_word_of(words[t->role], t->name + leaf, length - leaf)) return;
}

static size_t digits_at(const char *text, const char *end)
{
    const char *at = text;
    while (at < end && *at >= '0' && *at <= '9')
        at++;
    return (size_t)(at - text);
}

/* Order of names in which "layer.10" stands behind "layer.9" */
static int compare_names(const char *a, size_t a_length, const char *b, size_t b_length)
{
    const char *a_end = a + a_length, *b_end = b + b_length;
    while (a < a_end && b < b_end) {
        size_t m = digits_at(a, a_end), n = digits_at(b, b_end);
        if (m > 0 && n > 0) {
            if (m != n) return m < n ? -1 : 1;
            int order = memcmp(a, b, m);
            if (order) return order;
            a += m, b += n;
        } else {
            if (*a != *b) return (unsigned char)*a < (unsigned char)*b ? -1 : 1;
            a++, b++;
        }
    }
    return (a < a_end) - (b < b_end);
}

static int by_module(const void *x, const void *y)
{
    const tensor_in *a = x, *b = y;
    int order = compare_names(a->name, a->prefix, b->name, b->prefix);
    return order ? order : strcmp(a->name, b->name);
}

/* ------------------------------------------------------------------ tensors */

static size_t size_of(const char *type)
{
    static const struct {
        const char *name;
        size_t size;
    } types[] = {{"F64", 8}, {"F32", 4}, {"F16", 2},  {"BF16", 2},    {"I64", 8},
                 {"U64", 8}, {"I32", 4}, {"U32", 4},  {"I16", 2},     {"U16", 2},
                 {"I8", 1},  {"U8", 1},  {"BOOL", 1}, {"F8_E4M3", 1}, {"F8_E5M2", 1}};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (type && strcmp(type, types[i].name) == 0) return types[i].size;
    return 0;
}

static bool get_size(size_t *value, const pensel_json *json)
{
    int64_t whole;
    bool is = pensel_json_whole(&whole, json);
    *value = (size_t)whole;
    return is && whole >= 0 && (uint64_t)whole <= SIZE_MAX;
}

static bool read_shape(tensor_in *t, const pensel_json *shape)
{
    t->rank = pensel_json_count(shape);
    t->count = 1;
    const pensel_json *side = pensel_json_first(shape);
    for (size_t i = 0; i < t->rank; i++, side = pensel_json_next(side)) {
        size_t units;
        if (!get_size(&units, side) || !pensel_multiply(&t->count, t->count, units)) return false;
        if (i < 2) t->shape[i] = units;
    }
    return pensel_json_is(shape, PENSEL_JSON_ARRAY);
}

/* One entry of the header. What it says of the data is checked before it is believed: offsets
 * lie within, do not add up to more than there is, and, for types that are known, are as long as
 * shape and type need. */
static pensel_status read_tensor(tensors_in *in, data *d, const pensel_json *entry)
{
    tensor_in *t = &in->tensors[in->count++];
    size_t begin, end, bytes;
    char name[80];
    *t = (tensor_in){.name = entry->key};
    pensel_tensors_print(name, sizeof name, t->name, strlen(t->name));
    t->type = pensel_json_string(pensel_json_member(entry, "dtype"));
    const pensel_json *offsets = pensel_json_list(entry, "data_offsets");
    if (!t->type || !read_shape(t, pensel_json_member(entry, "shape")) ||
        pensel_json_count(offsets) != 2 || !get_size(&begin, pensel_json_first(offsets)) ||
        !get_size(&end, pensel_json_next(pensel_json_first(offsets))))
        return refuse(in,
                      "%s: tensor %s is broken: a dtype, a shape and two data_offsets are needed",
                      in->coming->name, name);
    if (begin > end || end > d->size || end - begin > d->size - d->used)
        return refuse(in,
                      "%s: tensor %s does not lie within the %zu bytes of data, beside the others: "
                      "the file is cut off or its header is wrong",
                      in->coming->name, name, d->size);
    t->bytes = d->bytes + begin;
    t->size = end - begin;
    d->used += t->size;
    if (size_of(t->type) &&
        (!pensel_multiply(&bytes, t->count, size_of(t->type)) || bytes != t->size))
        return refuse(in, "%s: tensor %s has %zu bytes of data: its shape and type need others",
                      in->coming->name, name, t->size);
    return PENSEL_OK;
}

static pensel_status read_entries(tensors_in *in, data *d)
{
    pensel_error *error = in->error;
    const pensel_json *metadata = pensel_json_member(in->header, "__metadata__");
    PENSEL_REQUIRE(!pensel_json_member(metadata, "pensel"), BAD_FILE,
                   "%s is a model of pensel as it is: it need not be imported", in->coming->name);
    PENSEL_TRY(PENSEL_NEW(in->tensors, pensel_json_count(in->header) + 1, error));
    for (const pensel_json *e = pensel_json_first(in->header); e; e = pensel_json_next(e))
        if (e != metadata) PENSEL_TRY(read_tensor(in, d, e));
    return PENSEL_OK;
}

static uint64_t little_endian(const unsigned char *bytes, size_t size)
{
    uint64_t value = 0;
    while (size-- > 0)
        value = value << 8 | bytes[size];
    return value;
}

/* Eight bytes of length, a JSON object, and the data behind it. */
static pensel_status read_header(tensors_in *in)
{
    const pensel_coming *c = in->coming;
    char what[512];
    uint64_t length = c->size < 8 ? 0 : little_endian(c->bytes, 8);
    if (length < 2 || length > c->size - 8)
        return refuse(in, "%s is cut off: a safetensors file, whole, is needed", c->name);
    if (length > PENSEL_HEADER_LIMIT)
        return refuse(in, "%s has a header of %llu bytes: up to %d are read", c->name,
                      (unsigned long long)length, PENSEL_HEADER_LIMIT);
    data d = {.bytes = c->bytes + 8 + length, .size = c->size - 8 - (size_t)length};
    snprintf(what, sizeof what, "%.400s has a broken header", c->name);
    PENSEL_TRY(
        pensel_json_read(&in->header, (const char *)c->bytes + 8, (size_t)length, what, in->error));
    if (!pensel_json_is(in->header, PENSEL_JSON_OBJECT))
        return refuse(in, "%s has a header that is not a JSON object: a safetensors file has one",
                      c->name);
    return read_entries(in, &d);
}

/* ------------------------------------------------------------------ modules */

/* By which tensors there are, for the file has no types of layers: a matrix is a layer of
 * neurons, a mean and a variance are a batch normalisation. What could be two things is decided,
 * or refused, in tensors_module.c. */
static module_kind kind_of(const tensor_module *m)
{
    const tensor_in *w = m->of[ROLE_WEIGHT], *kernel = m->of[ROLE_KERNEL];
    const tensor_in *factor = w ? w : m->of[ROLE_FACTOR], *bias = m->of[ROLE_BIAS];
    bool mean = m->of[ROLE_MEAN], variance = m->of[ROLE_VARIANCE];
    if (kernel || (w && w->rank > 1)) return MODULE_LINEAR;
    if (mean && variance) return MODULE_BATCH;
    if (mean && m->of[ROLE_DEVIATION]) return MODULE_SCALER;
    if (w && w->count == 1 && !bias) return MODULE_SLOPE;
    return factor || bias ? MODULE_LAYER : MODULE_OTHER;
}

/* The tensor joins the module before it, or begins one. */
static pensel_status put_in_module(tensors_in *in, size_t i)
{
    pensel_error *error = in->error;
    const tensor_in *t = &in->tensors[i];
    tensor_module *m = in->module_count ? &in->modules[in->module_count - 1] : NULL;
    char name[80];
    pensel_tensors_print(name, sizeof name, t->name, strlen(t->name));
    if (!m || m->length != t->prefix || memcmp(m->name, t->name, t->prefix) != 0) {
        m = &in->modules[in->module_count++];
        *m = (tensor_module){.name = t->name, .length = t->prefix, .first = i};
    }
    m->count++;
    if (t->role == ROLES) return PENSEL_OK;
    PENSEL_REQUIRE(!m->of[t->role], UNSUPPORTED,
                   "%s: tensor %s is of a module that has another one in its stead: one weight, "
                   "one bias, one mean and one variance are read",
                   in->coming->name, name);
    m->of[t->role] = t;
    return PENSEL_OK;
}

static pensel_status make_modules(tensors_in *in)
{
    PENSEL_TRY(PENSEL_NEW(in->modules, in->count + 1, in->error));
    for (size_t i = 0; i < in->count; i++)
        PENSEL_TRY(put_in_module(in, i));
    for (size_t i = 0; i < in->module_count; i++)
        in->modules[i].kind = kind_of(&in->modules[i]);
    return PENSEL_OK;
}

/* What takes no part is said. */
static pensel_status leave_others(tensors_in *in)
{
    for (size_t i = 0; i < in->module_count; i++)
        for (size_t k = 0; k < in->modules[i].count; k++) {
            const tensor_in *t = &in->tensors[in->modules[i].first + k];
            char name[112];
            if (in->modules[i].kind != MODULE_OTHER && t->role != ROLES) continue;
            pensel_tensors_print(name, sizeof name, t->name, strlen(t->name));
            PENSEL_TRY(pensel_coming_leave(in->coming, name, in->error));
        }
    return PENSEL_OK;
}

/* ------------------------------------------------------------------ public */

pensel_status pensel_tensors_read(tensors_in *in)
{
    PENSEL_TRY(read_header(in));
    return pensel_tensors_arrange(in);
}

pensel_status pensel_tensors_arrange(tensors_in *in)
{
    for (size_t i = 0; i < in->count; i++)
        split_name(&in->tensors[i]);
    qsort(in->tensors, in->count, sizeof *in->tensors, by_module);
    PENSEL_TRY(make_modules(in));
    return leave_others(in);
}

void pensel_tensors_close(tensors_in *in)
{
    pensel_json_free(&in->header);
    pensel_release(in->tensors);
    pensel_release(in->modules);
    pensel_release(in->names);
}

/* From little-endian bytes, one by one: data stand at any address, on machines of either order. */
static double number_of(const unsigned char *at, const char *type, size_t size)
{
    uint64_t bits = little_endian(at, size);
    uint32_t half = (uint32_t)(size == 2 ? bits << 16 : bits); /* BF16 is the front of a float */
    float single;
    double value;
    if (strcmp(type, "F16") == 0) return pensel_half_number((uint16_t)bits);
    memcpy(&single, &half, sizeof single);
    memcpy(&value, &bits, sizeof value);
    return size == 8 ? value : single;
}

pensel_status pensel_tensors_numbers(double **numbers, const tensors_in *in, const tensor_in *t)
{
    char name[80], type[16];
    pensel_error *error = in->error;
    size_t size = size_of(t->type);
    pensel_tensors_print(name, sizeof name, t->name, strlen(t->name));
    pensel_tensors_print(type, sizeof type, t->type, strlen(t->type));
    *numbers = NULL;
    PENSEL_REQUIRE(is_word_of("F64 F32 F16 BF16", t->type, strlen(t->type)), UNSUPPORTED,
                   "%s: tensor %s has the type %s: F64, F32, F16 and BF16 are read",
                   in->coming->name, name, type);
    PENSEL_REQUIRE(t->count > 0, BAD_FILE, "%s: tensor %s is empty: numbers are needed",
                   in->coming->name, name);
    PENSEL_TRY(PENSEL_ALLOCATE_BARE(*numbers, t->count, sizeof **numbers, error));
    for (size_t i = 0; i < t->count; i++)
        (*numbers)[i] = number_of(t->bytes + i * size, t->type, size);
    in->coming->taken += t->count;
    return PENSEL_OK;
}
