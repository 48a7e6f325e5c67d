/* The container: reading untrusted files. What is checked, in this order:
 *
 *   the header's length     against a limit and the size of the file, before allocating memory
 *   JSON                    UTF-8, no duplicate keys, a limited depth: base/json.h
 *   every tensor            a known type, 1 or 2 dimensions, a product that does not overflow and
 *                           matches the size of its data
 *   all tensors together    cover the data exactly: no gap, no overlap, nothing beyond the end
 *
 * The numbers are read later, once their destination exists, and checked by the reader. */
#include "base/safetensors.h"

#include "base/endian.h"
#include "base/error.h"
#include "base/memory.h"
#include "platform/file.h"
#include "platform/large_pages.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What the checks share: whose file it is, and how many bytes of data it has. */
typedef struct reader {
    pensel_model_file *file;
    const char *name; /* of the file, for error sentences */
    size_t data_size;
    pensel_error *error;
} reader;

#define refuse(r, ...) pensel_fail((r)->error, PENSEL_BAD_FILE, __VA_ARGS__)

/* An object, or an error that names the file. *json is the caller's on success only. */
static pensel_status parse_json(pensel_json **json, const reader *r, const char *text, size_t size)
{
    char what[512];
    snprintf(what, sizeof what, "%s has a broken header", r->name);
    PENSEL_TRY(pensel_json_read(json, text, size, what, r->error));
    if (pensel_json_is(*json, PENSEL_JSON_OBJECT)) return PENSEL_OK;
    pensel_json_free(json);
    return refuse(r, "%s has a header that is not a JSON object: a model file has one there",
                  r->name);
}

/* False for what is no whole number, negative, or too large for this machine. */
static bool get_size(size_t *value, const pensel_json *json)
{
    int64_t whole;
    bool is = pensel_json_whole(&whole, json);
    *value = (size_t)whole;
    return is && whole >= 0 && (uint64_t)whole <= SIZE_MAX;
}

/* t->count is the product of the sizes, which must not overflow: a count that did would match a
 * small piece of data. */
static pensel_status read_shape(pensel_tensor *t, const reader *r, const pensel_json *shape)
{
    const pensel_json *side = pensel_json_first(shape);
    t->dimensions = pensel_json_count(shape);
    if (t->dimensions < 1 || t->dimensions > 2)
        return refuse(r, "%s: tensor %s has %zu dimensions: a model has tensors of 1 or 2", r->name,
                      t->name, t->dimensions);
    t->count = 1;
    for (size_t i = 0; i < t->dimensions; i++, side = pensel_json_next(side))
        if (!get_size(&t->shape[i], side) || t->shape[i] == 0 ||
            !pensel_multiply(&t->count, t->count, t->shape[i]))
            return refuse(
                r, "%s: tensor %s has an impossible shape: sizes are 1 or more and fit memory",
                r->name, t->name);
    return PENSEL_OK;
}

/* One entry of the header into a tensor of zeros. Its data must lie within the file and have as
 * many bytes as shape and type need. */
static pensel_status read_tensor(pensel_tensor *t, const reader *r, const char *key,
                                 const pensel_json *json)
{
    size_t end, bytes;
    const char *dtype = pensel_json_string(pensel_json_member(json, "dtype"));
    const pensel_json *offsets = pensel_json_list(json, "data_offsets");
    const pensel_json *first = pensel_json_first(offsets);
    size_t length = strlen(key);
    if (length == 0 || length >= sizeof t->name)
        return refuse(r, "%s has a tensor with a name of %zu bytes: 1 to %zu are possible", r->name,
                      length, sizeof t->name - 1);
    memcpy(t->name, key, length);
    while (t->dtype < PENSEL_DTYPE_COUNT &&
           (!dtype || strcmp(dtype, pensel_dtype_name(t->dtype)) != 0))
        t->dtype++;
    if (t->dtype == PENSEL_DTYPE_COUNT)
        return refuse(r, "%s: tensor %s has the type \"%.20s\": F32, F64, U32, U64 and U8 are read",
                      r->name, t->name, dtype ? dtype : "");
    PENSEL_TRY(read_shape(t, r, pensel_json_list(json, "shape")));
    if (pensel_json_count(offsets) != 2 || !get_size(&t->begin, first) ||
        !get_size(&end, pensel_json_next(first)) || t->begin > end || end > r->data_size)
        return refuse(
            r,
            "%s: tensor %s does not lie within the %zu bytes of data: the file is cut off "
            "or its header is wrong",
            r->name, t->name, r->data_size);
    if (!pensel_multiply(&bytes, t->count, pensel_dtype_size(t->dtype)) || bytes != end - t->begin)
        return refuse(r, "%s: tensor %s has %zu bytes of data: its shape and type need others",
                      r->name, t->name, end - t->begin);
    return PENSEL_OK;
}

static int by_begin(const void *a, const void *b)
{
    const pensel_tensor *x = a, *y = b;
    return (x->begin > y->begin) - (x->begin < y->begin);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const pensel_tensor *)a)->name, ((const pensel_tensor *)b)->name);
}

/* Sorted by where they begin, each tensor must begin where the one before has ended: so no two
 * share a byte, and none is left over. Afterwards they are sorted by name, for
 * pensel_model_file_find. */
static pensel_status check_tiling(const reader *r)
{
    pensel_tensor *tensors = r->file->tensors;
    size_t end = 0;
    qsort(tensors, r->file->count, sizeof *tensors, by_begin);
    for (size_t i = 0; i < r->file->count; i++) {
        if (tensors[i].begin != end)
            return refuse(
                r, "%s: tensor %s begins at byte %zu of the data: the one before ends at %zu",
                r->name, tensors[i].name, tensors[i].begin, end);
        end += tensors[i].count * pensel_dtype_size(tensors[i].dtype);
    }
    if (end != r->data_size)
        return refuse(r, "%s has %zu bytes of data: its tensors need %zu", r->name, r->data_size,
                      end);
    qsort(tensors, r->file->count, sizeof *tensors, by_name);
    return PENSEL_OK;
}

static pensel_status read_settings(const reader *r, const pensel_json *metadata)
{
    const char *text = pensel_json_string(pensel_json_member(metadata, "pensel"));
    if (!text)
        return refuse(r,
                      "%s has no pensel settings in its metadata: a model saved by pensel has them",
                      r->name);
    return parse_json(&r->file->settings, r, text, strlen(text));
}

/* Memory for the tensors is bounded by the header, whose entries they are. */
static pensel_status read_entries(const reader *r, const pensel_json *header)
{
    PENSEL_TRY(read_settings(r, pensel_json_member(header, "__metadata__")));
    PENSEL_TRY(PENSEL_NEW(r->file->tensors, pensel_json_count(header), r->error));
    for (const pensel_json *e = pensel_json_first(header); e; e = pensel_json_next(e)) {
        if (strcmp(e->key, "__metadata__") == 0) continue;
        PENSEL_TRY(read_tensor(&r->file->tensors[r->file->count], r, e->key, e));
        r->file->count++;
    }
    return check_tiling(r);
}

static pensel_status read_header(const reader *r, const char *text, size_t size)
{
    pensel_json *header;
    PENSEL_TRY(parse_json(&header, r, text, size));
    pensel_status status = read_entries(r, header);
    pensel_json_free(&header);
    return status;
}

/* The header's length by its 8 bytes, in a file of `size`. */
static pensel_status read_length(size_t *length, const reader *r, const unsigned char *bytes,
                                 size_t size)
{
    uint64_t value = 0;
    for (int i = 7; i >= 0 && size >= 8; i--)
        value = value << 8 | bytes[i];
    if (size < 8 || value < 2 || value > size - 8)
        return refuse(
            r,
            "%s is not a model file or is cut off: it has %zu bytes, and a safetensors file is "
            "expected",
            r->name, size);
    if (value > PENSEL_HEADER_LIMIT)
        return refuse(r, "%s has a header of %llu bytes: up to %d are read", r->name,
                      (unsigned long long)value, PENSEL_HEADER_LIMIT);
    *length = (size_t)value;
    return PENSEL_OK;
}

/* An empty file that can be freed at any moment. */
static pensel_status new_file(reader *r, pensel_model_file **file)
{
    PENSEL_TRY(PENSEL_NEW(*file, 1, r->error));
    r->file = *file;
    r->file->descriptor = -1;
    r->file->name = r->name;
    return PENSEL_OK;
}

/* The bytes stay the caller's and must live as long as the file: tensors are copied out of them
 * later. */
pensel_status pensel_model_file_parse(pensel_model_file **file, const void *bytes, size_t size,
                                      const char *name, pensel_error *error)
{
    size_t length;
    *file = NULL;
    reader r = {.name = name, .error = error};
    PENSEL_TRY(read_length(&length, &r, bytes, size));
    PENSEL_TRY(new_file(&r, file));
    r.data_size = size - 8 - length;
    r.file->bytes = (const char *)bytes + 8 + length;
    pensel_status status = read_header(&r, (const char *)bytes + 8, length);
    if (status != PENSEL_OK) pensel_model_file_free(file);
    return status;
}

/* `size` bytes from byte `at` on. A system may give fewer at a time; none at all means that
 * somebody has cut the file off meanwhile. */
static pensel_status read_at(const reader *r, int file, void *bytes, size_t size, size_t at)
{
    char *to = bytes;
    pensel_trouble trouble;
    while (size > 0) {
        ptrdiff_t got = pensel_system_read_at(file, to, size, at, &trouble);
        if (got < 0)
            return pensel_fail(r->error, PENSEL_IO_FAILED, "cannot read %s: %s", r->name,
                               trouble.reason);
        if (got == 0) return refuse(r, "%s became shorter while it was read: try again", r->name);
        to += got;
        at += (size_t)got;
        size -= (size_t)got;
    }
    return PENSEL_OK;
}

/* Memory is taken by and by, for what the checks before have found to be there. */
static pensel_status read_open(reader *r, int file, size_t size)
{
    unsigned char first[8];
    size_t length;
    char *header;
    double memory = pensel_system_memory();
    if (memory > 0 && (double)size > memory)
        return refuse(r, "%s has %.1f GB: this machine has %.1f GB of memory", r->name,
                      (double)size / 1e9, memory / 1e9);
    PENSEL_TRY(read_at(r, file, first, size < 8 ? size : 8, 0));
    PENSEL_TRY(read_length(&length, r, first, size));
    PENSEL_TRY(PENSEL_NEW(header, length, r->error));
    r->file->data = 8 + length;
    r->data_size = size - r->file->data;
    pensel_status status = read_at(r, file, header, length, 8);
    if (status == PENSEL_OK) status = read_header(r, header, length);
    pensel_release(header);
    return status;
}

/* Whatever has no size that can be trusted is refused. */
static pensel_status open_regular(int *opened, size_t *size, const reader *r)
{
    pensel_file_info info;
    pensel_trouble trouble;
    *opened =
        pensel_system_open(r->name, false, &info, &trouble); /* a pipe must not make it wait */
    if (*opened < 0)
        return pensel_fail(r->error, PENSEL_IO_FAILED, "cannot read %s: %s", r->name,
                           trouble.reason);
    if (!info.regular)
        return refuse(r, "%s is a folder or device: a model file is expected", r->name);
    if (info.size > SIZE_MAX / 2) /* on a 32-bit machine */
        return refuse(r, "%s has %.1f GB: programs of this machine have %.1f GB of memory", r->name,
                      (double)info.size / 1e9, (double)(SIZE_MAX / 2) / 1e9);
    *size = (size_t)info.size;
    return PENSEL_OK;
}

/* The file stays open until it is freed, so what is read later is the file that was checked, even
 * if another one has its name by then. */
pensel_status pensel_model_file_read(pensel_model_file **file, const char *path,
                                     pensel_error *error)
{
    reader r = {.name = path, .error = error};
    size_t size = 0;
    *file = NULL;
    PENSEL_REQUIRE(path[0], BAD_ARGUMENT, "the model's name is empty: that of a file is needed");
    PENSEL_TRY(new_file(&r, file));
    pensel_status status = open_regular(&r.file->descriptor, &size, &r);
    if (status == PENSEL_OK) status = read_open(&r, r.file->descriptor, size);
    if (status != PENSEL_OK) pensel_model_file_free(file);
    return status;
}

/* `numbers` has room for tensor->count of them. */
pensel_status pensel_model_file_copy(void *numbers, const pensel_model_file *file,
                                     const pensel_tensor *tensor, pensel_error *error)
{
    reader r = {.name = file->name, .error = error};
    size_t size = tensor->count * pensel_dtype_size(tensor->dtype);
    if (file->bytes)
        memcpy(numbers, file->bytes + tensor->begin, size);
    else
        PENSEL_TRY(read_at(&r, file->descriptor, numbers, size, file->data + tensor->begin));
    pensel_swap_for_file(numbers, tensor->count, pensel_dtype_size(tensor->dtype));
    return PENSEL_OK;
}

/* `block` is the address of a pointer of any type. */
pensel_status pensel_model_file_take(void *block, const pensel_model_file *file,
                                     const pensel_tensor *tensor, pensel_error *error)
{
    void *numbers;
    PENSEL_TRY(
        PENSEL_ALLOCATE_BARE(numbers, tensor->count, pensel_dtype_size(tensor->dtype), error));
    pensel_status status = pensel_model_file_copy(numbers, file, tensor, error);
    if (status != PENSEL_OK) {
        pensel_release(numbers);
        numbers = NULL;
    }
    *(void **)block = numbers;
    return status;
}

pensel_status pensel_model_file_take_sizes(void *block, const pensel_model_file *file,
                                           const pensel_tensor *tensor, pensel_error *error)
{
    char *bytes; /* in place: sizes are no longer than what was read */
    PENSEL_TRY(pensel_model_file_take(&bytes, file, tensor, error));
    for (size_t i = 0; i < tensor->count; i++) {
        uint64_t stored;
        memcpy(&stored, bytes + i * sizeof stored, sizeof stored);
        size_t value = stored < SIZE_MAX ? (size_t)stored : SIZE_MAX;
        memcpy(bytes + i * sizeof value, &value, sizeof value);
    }
    *(void **)block = bytes;
    return PENSEL_OK;
}

/* By halving: the tensors of a file that was read are sorted by name. */
const pensel_tensor *pensel_model_file_find(const pensel_model_file *file, const char *name)
{
    pensel_tensor key = {.begin = 0};
    if (strlen(name) >= sizeof key.name || file->count == 0) return NULL;
    strcpy(key.name, name);
    return bsearch(&key, file->tensors, file->count, sizeof key, by_name);
}

pensel_status pensel_model_file_expect(const pensel_tensor **tensor, const pensel_model_file *file,
                                       const char *name, pensel_dtype dtype, size_t rows,
                                       size_t columns, pensel_error *error)
{
    const pensel_tensor *t = pensel_model_file_find(file, name);
    if (!t)
        return pensel_fail(error, PENSEL_BAD_FILE,
                           "the model file has no tensor %s: its settings need it", name);
    pensel_dtype stored = dtype == PENSEL_SIZE ? PENSEL_U64 : dtype;
    if (t->dtype != stored || t->shape[0] != rows || t->dimensions != (columns ? 2u : 1u) ||
        t->shape[1] != columns)
        return pensel_fail(
            error, PENSEL_BAD_FILE,
            "tensor %s is %s (%zu, %zu): the settings of the file need %s (%zu, %zu)", name,
            pensel_dtype_name(t->dtype), t->shape[0], t->shape[1], pensel_dtype_name(dtype), rows,
            columns);
    *tensor = t;
    return PENSEL_OK;
}
