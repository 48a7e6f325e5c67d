/* Arrays as buffers: borrowed for one call, checked once, never copied. */
#include "core.h"

#include <string.h>

/* The precision a buffer's format names: "f", "d", with or without native byte order before it. */
static bool precision_of(pensel_precision *precision, const char *format)
{
    if (*format == '@' || *format == '=') format++;
    if (strcmp(format, "f") && strcmp(format, "d")) return false;
    *precision = *format == 'f' ? PENSEL_FLOAT32 : PENSEL_FLOAT64;
    return true;
}

bool core_borrow(core_array *array, PyObject *object, bool writable)
{
    memset(array, 0, sizeof *array);
    if (object == Py_None) return true;
    int flags = PyBUF_C_CONTIGUOUS | PyBUF_FORMAT | (writable ? PyBUF_WRITABLE : 0);
    if (PyObject_GetBuffer(object, &array->buffer, flags) < 0) return false;
    const Py_buffer *buffer = &array->buffer;
    pensel_matrix *matrix = &array->matrix;
    if (buffer->ndim < 1 || buffer->ndim > 2 ||
        !precision_of(&matrix->precision, buffer->format ? buffer->format : "B")) {
        core_release(array);
        PyErr_SetString(PyExc_ValueError,
                        "an array of one or two dimensions of float32 or float64 is needed");
        return false;
    }
    matrix->data = buffer->buf;
    matrix->rows = (size_t)buffer->shape[0];
    matrix->columns = buffer->ndim == 2 ? (size_t)buffer->shape[1] : 1;
    return true;
}

void core_release(core_array *array)
{
    if (array->buffer.obj) PyBuffer_Release(&array->buffer);
}

bool core_samples_borrow(core_samples *samples, PyObject *x, PyObject *y, PyObject *weights)
{
    memset(samples, 0, sizeof *samples);
    if (core_borrow(&samples->x, x, false) && core_borrow(&samples->y, y, false) &&
        core_borrow(&samples->weights, weights, false)) {
        samples->samples =
            (pensel_samples){samples->x.matrix, samples->y.matrix, samples->weights.matrix};
        return true;
    }
    core_samples_release(samples);
    return false;
}

void core_samples_release(core_samples *samples)
{
    core_release(&samples->x);
    core_release(&samples->y);
    core_release(&samples->weights);
}
