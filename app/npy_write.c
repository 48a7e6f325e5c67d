#include "npy_write.h"

#include <glib.h>
#include <string.h>

/* Format version 1.0: magic, version, length of the header as 16 bits, the header as a Python dict
 * padded with blanks so that the numbers begin at a multiple of 64. */
pensel_status pensel_npy_write(const char *path, const double *values, size_t rows, size_t columns,
                               pensel_error *error)
{
    char shape[64], header[192];
    if (columns == 1)
        g_snprintf(shape, sizeof shape, "(%zu,)", rows);
    else
        g_snprintf(shape, sizeof shape, "(%zu, %zu)", rows, columns);
    int length = g_snprintf(header, sizeof header,
                            "{'descr': '%cf8', 'fortran_order': False, 'shape': %s, }",
                            G_BYTE_ORDER == G_LITTLE_ENDIAN ? '<' : '>', shape);
    size_t whole = (10 + (size_t)length + 1 + 63) / 64 * 64;
    size_t padded = whole - 10;

    GByteArray *bytes = g_byte_array_new();
    const guint8 start[] = {
        0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, (guint8)padded, (guint8)(padded >> 8)};
    g_byte_array_append(bytes, start, sizeof start);
    memset(header + length, ' ', sizeof header - (size_t)length);
    header[padded - 1] = '\n';
    g_byte_array_append(bytes, (const guint8 *)header, (guint)padded);
    size_t size = bytes->len + rows * columns * sizeof(double);
    char *block = g_try_malloc(size);
    pensel_status status = PENSEL_OUT_OF_MEMORY;
    if (block) {
        memcpy(block, bytes->data, bytes->len);
        memcpy(block + bytes->len, values, rows * columns * sizeof(double));
        status = pensel_file_write(path, block, size, error);
    } else if (error) {
        *error = (pensel_error){PENSEL_OUT_OF_MEMORY,
                                "no memory for the predictions: a smaller table is needed"};
    }
    g_free(block);
    g_byte_array_free(bytes, TRUE);
    return status;
}
