/* The container: named tensors and one JSON object of settings, as a safetensors file.
 *
 *   8 bytes   length of the header, little endian
 *   header    JSON {"__metadata__": {"pensel": "settings as JSON text"}, "name": {"dtype": "F32",
 *             "shape": [out, in], "data_offsets": [begin, end]}, ...},
 *             padded with spaces to a multiple of 8 bytes
 *   data      the tensors one after another, each at a multiple of the size of its numbers, little
 *             endian on every machine
 *
 * Files are not trusted: safetensors_read.c lists the checks. While reading, only the header is
 * kept in memory; the numbers go from the file straight to their destination. */
#ifndef PENSEL_BASE_SAFETENSORS_H
#define PENSEL_BASE_SAFETENSORS_H

#include "base/json.h"

/* The longest header, in bytes: reading JSON of this size takes less than 64 MiB, whatever it
 * contains. */
#define PENSEL_HEADER_LIMIT (1 << 20)

typedef enum pensel_dtype {
    PENSEL_F32,
    PENSEL_F64,
    PENSEL_U32,
    PENSEL_U64,
    PENSEL_U8,
    PENSEL_SIZE, /* U64 in the file, size_t in memory */
    PENSEL_DTYPE_COUNT
} pensel_dtype;

/* Bytes of a number in the file. */
size_t pensel_dtype_size(pensel_dtype dtype);
const char *pensel_dtype_name(pensel_dtype dtype);

typedef struct pensel_tensor {
    char name[64];
    pensel_dtype dtype;
    size_t dimensions; /* 1 or 2 */
    size_t shape[2];
    size_t count;     /* of numbers: the product of the shape */
    size_t begin;     /* where it stands in the data, counted in bytes */
    const void *data; /* of a file to be written: borrowed */
} pensel_tensor;

typedef struct pensel_model_file {
    pensel_json *settings;     /* of a file that is read: an object */
    pensel_json_writer writer; /* of one to be written: the settings, an object that is open */
    pensel_tensor *tensors;
    size_t count, capacity;
    /* of a file that is read, the data: */
    const char *bytes; /* in memory, */
    int descriptor;    /* or if NULL from byte `data` of this open file on; below 0: none */
    size_t data;
    const char *name; /* for error sentences */
} pensel_model_file;

/* Empty, to be filled with settings and tensors, then written. */
pensel_status pensel_model_file_new(pensel_model_file **file, pensel_error *error);
void pensel_model_file_free(pensel_model_file **file);

/* `data` (rows, columns) is borrowed until the file is written; columns 0 makes a vector of `rows`.
 */
pensel_status pensel_model_file_add(pensel_model_file *file, const char *name, pensel_dtype dtype,
                                    const void *data, size_t rows, size_t columns,
                                    pensel_error *error);
/* In a file that was read; NULL when there is none. */
const pensel_tensor *pensel_model_file_find(const pensel_model_file *file, const char *name);
/* A BAD_FILE error unless the tensor is there with just this type and shape (columns 0: a vector).
 */
pensel_status pensel_model_file_expect(const pensel_tensor **tensor, const pensel_model_file *file,
                                       const char *name, pensel_dtype dtype, size_t rows,
                                       size_t columns, pensel_error *error);
/* The numbers of a tensor that was found, into room for them. */
pensel_status pensel_model_file_copy(void *numbers, const pensel_model_file *file,
                                     const pensel_tensor *tensor, pensel_error *error);
/* The same into a block of its own, the caller's. */
pensel_status pensel_model_file_take(void *block, const pensel_model_file *file,
                                     const pensel_tensor *tensor, pensel_error *error);
/* The same for U64 that are sizes here. What no size can be becomes SIZE_MAX. */
pensel_status pensel_model_file_take_sizes(void *block, const pensel_model_file *file,
                                           const pensel_tensor *tensor, pensel_error *error);
/* Once: it closes the settings, and puts the tensors in the order in which they stand in the file.
 */
pensel_status pensel_model_file_write(pensel_model_file *file, const char *path,
                                      pensel_error *error);
/* The same into memory, the caller's: pensel_release. */
pensel_status pensel_model_file_bytes(unsigned char **bytes, size_t *size, pensel_model_file *file,
                                      pensel_error *error);
/* The first of the two, or if path is NULL the second */
pensel_status pensel_model_file_end(pensel_model_file *file, const char *path,
                                    unsigned char **bytes, size_t *size, pensel_error *error);
/* Opens and checks it all but the numbers. The path is borrowed as long as the file lives. */
pensel_status pensel_model_file_read(pensel_model_file **file, const char *path,
                                     pensel_error *error);
/* The same from memory, borrowed as well. `name` stands in error sentences. */
pensel_status pensel_model_file_parse(pensel_model_file **file, const void *bytes, size_t size,
                                      const char *name, pensel_error *error);

#endif
