/* The container: filling it and writing it. What is added is only noted, with a borrowed pointer to
 * its numbers; writing places the tensors, writes the header that says where they are, and hands
 * everything to one atomic write as a list of pieces. So there is no second copy of the parameters
 * in memory, but of those that stand otherwise in the file (turn_round). */
#include "base/safetensors.h"

#include "base/endian.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/atomic.h"
#include "platform/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Names are the format's (safetensors); of two rows with one name the first is what reading finds.
 */
static const struct {
    const char *name;
    size_t size;
} dtypes[PENSEL_DTYPE_COUNT] = {
    [PENSEL_F32] = {"F32", 4}, [PENSEL_F64] = {"F64", 8}, [PENSEL_U32] = {"U32", 4},
    [PENSEL_U64] = {"U64", 8}, [PENSEL_U8] = {"U8", 1},   [PENSEL_SIZE] = {"U64", 8},
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
    pensel_json_open(&(*file)->writer, NULL, '{');
    return PENSEL_OK;
}

void pensel_model_file_free(pensel_model_file **file)
{
    if (!file || !*file) return;
    pensel_json_free(&(*file)->settings);
    pensel_json_discard(&(*file)->writer);
    pensel_release((*file)->tensors);
    if ((*file)->descriptor >= 0) pensel_system_close((*file)->descriptor);
    pensel_release(*file);
    *file = NULL;
}

/* Room for one tensor more. Pointers to tensors do not outlive this. */
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

/* Wide numbers first, and equal ones in the order in which they were added: qsort itself keeps no
 * order. */
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

static void write_sizes(pensel_json_writer *writer, const char *key, const size_t *numbers,
                        size_t count)
{
    pensel_json_open(writer, key, '[');
    for (size_t i = 0; i < count; i++)
        pensel_json_put_whole(writer, NULL, (int64_t)numbers[i]);
    pensel_json_close(writer, ']');
}

/* A tensor's entry in the header. */
static void describe(pensel_json_writer *writer, const pensel_tensor *t)
{
    size_t offsets[2] = {t->begin, t->begin + t->count * pensel_dtype_size(t->dtype)};
    pensel_json_open(writer, t->name, '{');
    pensel_json_put_string(writer, "dtype", pensel_dtype_name(t->dtype));
    write_sizes(writer, "shape", t->shape, t->dimensions);
    write_sizes(writer, "data_offsets", offsets, 2);
    pensel_json_close(writer, '}');
}

/* Closes the settings, which become a text within a text: safetensors allows only texts in its
 * metadata. A header that reading would refuse is not written. */
static pensel_status write_header(pensel_json_writer *header, pensel_model_file *file,
                                  pensel_error *error)
{
    pensel_json_close(&file->writer, '}');
    PENSEL_TRY(pensel_json_finish(&file->writer, error));
    pensel_json_open(header, NULL, '{');
    pensel_json_open(header, "__metadata__", '{');
    pensel_json_put_string(header, "pensel", file->writer.text);
    pensel_json_close(header, '}');
    for (size_t i = 0; i < file->count; i++)
        describe(header, &file->tensors[i]);
    pensel_json_close(header, '}');
    PENSEL_TRY(pensel_json_finish(header, error));
    if (pensel_round_up(header->size, 8) <= PENSEL_HEADER_LIMIT) return PENSEL_OK;
    return pensel_fail(error, PENSEL_BAD_ARGUMENT,
                       "names and settings of %zu bytes do not fit a model file: the limit is %d",
                       header->size, PENSEL_HEADER_LIMIT);
}

/* Whether the numbers stand in memory as they do in the file. */
static bool is_as_in_file(const pensel_tensor *t)
{
    return !pensel_is_big_endian() &&
           (t->dtype != PENSEL_SIZE || sizeof(size_t) == sizeof(uint64_t));
}

/* The numbers of one tensor, 64 bits for sizes, little endian. */
static void copy_for_file(void *copy, const pensel_tensor *t)
{
    size_t item = pensel_dtype_size(t->dtype);
    if (t->dtype == PENSEL_SIZE) {
        for (size_t i = 0; i < t->count; i++)
            ((uint64_t *)copy)[i] = ((const size_t *)t->data)[i];
    } else {
        memcpy(copy, t->data, t->count * item);
    }
    pensel_swap_for_file(copy, t->count, item);
}

/* Tensors whose numbers stand otherwise in memory, as they stand in files: in one block, which
 * replaces the borrowed ones. *block is to be released once they are written; NULL: there are none.
 */
static pensel_status turn_round(void **block, pensel_model_file *file, pensel_error *error)
{
    size_t size = 0;
    *block = NULL;
    for (size_t i = 0; i < file->count; i++)
        if (!is_as_in_file(&file->tensors[i]))
            size += file->tensors[i].count * pensel_dtype_size(file->tensors[i].dtype);
    if (size == 0) return PENSEL_OK;
    PENSEL_TRY(PENSEL_ALLOCATE_BARE(*block, size, 1, error));
    char *copy = *block; /* wider numbers come first, so each stands at a multiple of its size */
    for (size_t i = 0; i < file->count; i++) {
        pensel_tensor *t = &file->tensors[i];
        if (is_as_in_file(t)) continue;
        copy_for_file(copy, t);
        t->data = copy;
        copy += t->count * pensel_dtype_size(t->dtype);
    }
    return PENSEL_OK;
}

/* Where it goes: a file, or memory */
typedef struct ending {
    const char *path;
    unsigned char *bytes;
    size_t size;
} ending;

static pensel_status join_pieces(ending *end, const pensel_piece *pieces, size_t count,
                                 pensel_error *error)
{
    for (size_t i = 0; i < count; i++)
        end->size += pieces[i].size;
    PENSEL_TRY(PENSEL_ALLOCATE_BARE(end->bytes, end->size, 1, error));
    unsigned char *to = end->bytes;
    for (size_t i = 0; i < count; i++) {
        if (pieces[i].size) memcpy(to, pieces[i].data, pieces[i].size);
        to += pieces[i].size;
    }
    return PENSEL_OK;
}

/* Length, header, spaces up to a multiple of 8, and all tensors, as they lie in memory. */
static pensel_status write_pieces(const pensel_model_file *file, const pensel_json_writer *header,
                                  ending *end, pensel_error *error)
{
    static const char spaces[9] = "        ";
    unsigned char length[8];
    size_t padded = pensel_round_up(header->size, 8);
    pensel_piece *pieces;
    PENSEL_TRY(PENSEL_NEW(pieces, file->count + 3, error));
    for (int i = 0; i < 8; i++)
        length[i] = (unsigned char)((uint64_t)padded >> (8 * i));
    pieces[0] = (pensel_piece){length, sizeof length};
    pieces[1] = (pensel_piece){header->text, header->size};
    pieces[2] = (pensel_piece){spaces, padded - header->size};
    for (size_t i = 0; i < file->count; i++) {
        const pensel_tensor *t = &file->tensors[i];
        pieces[3 + i] = (pensel_piece){t->data, t->count * pensel_dtype_size(t->dtype)};
    }
    pensel_status status = end->path
                               ? pensel_atomic_write(end->path, pieces, file->count + 3, error)
                               : join_pieces(end, pieces, file->count + 3, error);
    pensel_release(pieces);
    return status;
}

/* The file can be written once: its settings are closed and its tensors sorted afterwards. */
static pensel_status write_to(ending *end, pensel_model_file *file, pensel_error *error)
{
    pensel_json_writer header = {0};
    void *numbers = NULL;
    place(file);
    pensel_status status = write_header(&header, file, error);
    if (status == PENSEL_OK) status = turn_round(&numbers, file, error);
    if (status == PENSEL_OK) status = write_pieces(file, &header, end, error);
    pensel_release(numbers);
    pensel_json_discard(&header);
    return status;
}

pensel_status pensel_model_file_write(pensel_model_file *file, const char *path,
                                      pensel_error *error)
{
    return write_to(&(ending){.path = path}, file, error);
}

pensel_status pensel_model_file_bytes(unsigned char **bytes, size_t *size, pensel_model_file *file,
                                      pensel_error *error)
{
    ending end = {0};
    pensel_status status = write_to(&end, file, error);
    *bytes = end.bytes;
    *size = end.size;
    return status;
}

pensel_status pensel_model_file_end(pensel_model_file *file, const char *path,
                                    unsigned char **bytes, size_t *size, pensel_error *error)
{
    return path ? pensel_model_file_write(file, path, error)
                : pensel_model_file_bytes(bytes, size, file, error);
}
