/* The container: filling it and writing it. */
#include "file/safetensors.h"

#include "base/error.h"
#include "base/memory.h"
#include "file/atomic.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct {
    const char *name;
    size_t size;
} dtypes[PENSEL_DTYPE_COUNT] = {
    [PENSEL_F32] = {"F32", 4}, [PENSEL_F64] = {"F64", 8}, [PENSEL_U32] = {"U32", 4},
    [PENSEL_U64] = {"U64", 8}, [PENSEL_U8] = {"U8", 1},
};

size_t pensel_dtype_size(pensel_dtype dtype)
{
    return dtypes[dtype].size;
}

const char *pensel_dtype_name(pensel_dtype dtype)
{
    return dtypes[dtype].name;
}

pensel_status pensel_model_file_new(pensel_model_file **file, pensel_error *error)
{
    PENSEL_TRY(PENSEL_NEW(*file, 1, error));
    (*file)->descriptor = -1;
    (*file)->settings = json_object();
    if ((*file)->settings) return PENSEL_OK;
    pensel_model_file_free(file);
    return pensel_fail_memory(error, 1, sizeof(void *));
}

void pensel_model_file_free(pensel_model_file **file)
{
    if (!file || !*file) return;
    json_decref((*file)->settings);
    pensel_release((*file)->tensors);
    if ((*file)->descriptor >= 0) close((*file)->descriptor);
    pensel_release(*file);
    *file = NULL;
}

static pensel_status reserve(pensel_model_file *file, pensel_error *error)
{
    pensel_tensor *larger;
    if (file->count < file->capacity) return PENSEL_OK;
    size_t capacity = file->capacity ? 2 * file->capacity : 32;
    PENSEL_TRY(PENSEL_NEW(larger, capacity, error));
    if (file->count) memcpy(larger, file->tensors, file->count * sizeof *larger);
    pensel_release(file->tensors);
    file->tensors = larger;
    file->capacity = capacity;
    return PENSEL_OK;
}

pensel_status pensel_model_file_add(pensel_model_file *file, const char *name, pensel_dtype dtype,
                                    const void *data, size_t rows, size_t columns,
                                    pensel_error *error)
{
    PENSEL_TRY(reserve(file, error));
    pensel_tensor *tensor = &file->tensors[file->count++];
    snprintf(tensor->name, sizeof tensor->name, "%s", name);
    tensor->dtype = dtype;
    tensor->dimensions = columns ? 2 : 1;
    tensor->shape[0] = rows;
    tensor->shape[1] = columns;
    tensor->count = rows * (columns ? columns : 1);
    tensor->data = data;
    return PENSEL_OK;
}

pensel_status pensel_model_file_set(pensel_model_file *file, const char *key, json_t *value,
                                    pensel_error *error)
{
    if (json_object_set_new(file->settings, key, value) != 0)
        return pensel_fail_memory(error, 1, 64);
    return PENSEL_OK;
}

static int wider_first(const void *a, const void *b)
{
    const pensel_tensor *x = a, *y = b;
    size_t p = pensel_dtype_size(x->dtype), q = pensel_dtype_size(y->dtype);
    return p != q ? (p < q ? 1 : -1) : (x->begin > y->begin) - (x->begin < y->begin);
}

/* Numbers of 8 bytes come before those of 4 and these before single bytes, so that each stands at a
 * multiple of its size. */
static void place(pensel_model_file *file)
{
    size_t end = 0;
    for (size_t i = 0; i < file->count; i++)
        file->tensors[i].begin = i; /* for the while, what keeps their order */
    qsort(file->tensors, file->count, sizeof *file->tensors, wider_first);
    for (size_t i = 0; i < file->count; i++) {
        file->tensors[i].begin = end;
        end += file->tensors[i].count * pensel_dtype_size(file->tensors[i].dtype);
    }
}

static json_t *describe(const pensel_tensor *t)
{
    json_int_t begin = (json_int_t)t->begin;
    json_int_t end = begin + (json_int_t)(t->count * pensel_dtype_size(t->dtype));
    json_t *shape = t->dimensions == 2
                        ? json_pack("[I, I]", (json_int_t)t->shape[0], (json_int_t)t->shape[1])
                        : json_pack("[I]", (json_int_t)t->shape[0]);
    return json_pack("{s:s, s:o, s:[I, I]}", "dtype", pensel_dtype_name(t->dtype), "shape", shape,
                     "data_offsets", begin, end);
}

/* The text of `json`, freed by pensel_release; NULL is out of memory. Room is made beforehand:
 * jansson forgets to look whether a text that grows while it is written has lost a piece. */
static char *text_of(const json_t *json)
{
    const size_t flags = JSON_COMPACT | JSON_REAL_PRECISION(17);
    char *text;
    size_t size = json_dumpb(json, NULL, 0, flags);
    if (size == 0 || PENSEL_NEW(text, size + 1, NULL) != PENSEL_OK) return NULL;
    if (json_dumpb(json, text, size, flags) == size) return text;
    pensel_release(text);
    return NULL;
}

/* The header's text, freed by pensel_release; NULL is out of memory. */
static char *header_text(const pensel_model_file *file)
{
    char *settings = text_of(file->settings);
    json_t *header = settings ? json_pack("{s:{s:s}}", "__metadata__", "pensel", settings) : NULL;
    char *text = NULL;
    bool complete = header != NULL;
    pensel_release(settings);
    for (size_t i = 0; i < file->count && complete; i++)
        complete =
            json_object_set_new(header, file->tensors[i].name, describe(&file->tensors[i])) == 0;
    if (complete) text = text_of(header);
    json_decref(header);
    return text;
}

pensel_status pensel_model_file_write(pensel_model_file *file, const char *path,
                                      pensel_error *error)
{
    static const char spaces[9] = "        ";
    unsigned char length[8];
    pensel_piece *pieces = NULL;
    place(file);
    char *header = header_text(file);
    if (!header) return pensel_fail_memory(error, file->count, 256);
    size_t size = strlen(header), padded = pensel_round_up(size, 8);
    pensel_status status = PENSEL_OK;
    if (padded > PENSEL_HEADER_LIMIT)
        status =
            pensel_fail(error, PENSEL_BAD_ARGUMENT,
                        "names and settings of %zu bytes do not fit a model file: the limit is %d",
                        size, PENSEL_HEADER_LIMIT);
    else
        status = PENSEL_NEW(pieces, file->count + 3, error);
    if (status == PENSEL_OK) {
        for (int i = 0; i < 8; i++)
            length[i] = (unsigned char)((uint64_t)padded >> (8 * i));
        pieces[0] = (pensel_piece){length, sizeof length};
        pieces[1] = (pensel_piece){header, size};
        pieces[2] = (pensel_piece){spaces, padded - size};
        for (size_t i = 0; i < file->count; i++) {
            const pensel_tensor *t = &file->tensors[i];
            pieces[3 + i] = (pensel_piece){t->data, t->count * pensel_dtype_size(t->dtype)};
        }
        status = pensel_atomic_write(path, pieces, file->count + 3, error);
        pensel_release(pieces);
    }
    pensel_release(header);
    return status;
}
