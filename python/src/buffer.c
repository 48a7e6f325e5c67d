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

/* Whole numbers of `size` bytes, one after the other */
static bool borrow_whole(Py_buffer *buffer, PyObject *object, Py_ssize_t size)
{
    if (PyObject_GetBuffer(object, buffer, PyBUF_C_CONTIGUOUS | PyBUF_FORMAT) < 0) return false;
    const char *format = buffer->format ? buffer->format : "B";
    if (*format == '@' || *format == '=') format++;
    if (buffer->ndim == 1 && buffer->itemsize == size && strchr("ilq", *format)) return true;
    PyErr_Format(PyExc_ValueError, "an array of int%zd is needed", 8 * size);
    return false;
}

bool core_sparse_borrow(core_sparse *sparse, PyObject *tuple)
{
    PyObject *values, *where, *starts;
    Py_ssize_t columns;
    memset(sparse, 0, sizeof *sparse);
    if (!PyArg_ParseTuple(tuple, "OOOn", &values, &where, &starts, &columns)) return false;
    if (core_borrow(&sparse->values, values, false) && borrow_whole(&sparse->where, where, 4) &&
        borrow_whole(&sparse->starts, starts, 8)) {
        const int64_t *from = sparse->starts.buf;
        size_t count = (size_t)sparse->starts.shape[0];
        sparse->rows = (pensel_sparse){
            sparse->values.matrix.data, sparse->where.buf, from,
            count ? count - 1 : 0,      (size_t)columns,   sparse->values.matrix.precision};
        bool fits = count > 0 && from[count - 1] == sparse->where.shape[0] &&
                    sparse->values.matrix.rows == (size_t)sparse->where.shape[0];
        if (fits) return true;
        PyErr_SetString(PyExc_ValueError, "sparse rows whose arrays differ in length");
    }
    core_sparse_release(sparse);
    return false;
}

void core_sparse_release(core_sparse *sparse)
{
    core_release(&sparse->values);
    if (sparse->where.obj) PyBuffer_Release(&sparse->where);
    if (sparse->starts.obj) PyBuffer_Release(&sparse->starts);
}

static bool borrow_inputs(core_samples *samples, PyObject *x)
{
    if (!PyTuple_Check(x)) return core_borrow(&samples->x, x, false);
    return core_sparse_borrow(&samples->sparse, x);
}

bool core_samples_borrow(core_samples *samples, PyObject *x, PyObject *y, PyObject *weights)
{
    memset(samples, 0, sizeof *samples);
    if (borrow_inputs(samples, x) && core_borrow(&samples->y, y, false) &&
        core_borrow(&samples->weights, weights, false)) {
        samples->samples =
            (pensel_samples){.x = samples->x.matrix,
                             .y = samples->y.matrix,
                             .weights = samples->weights.matrix,
                             .sparse = samples->sparse.rows.starts ? &samples->sparse.rows : NULL};
        return true;
    }
    core_samples_release(samples);
    return false;
}

void core_samples_release(core_samples *samples)
{
    core_release(&samples->x);
    core_sparse_release(&samples->sparse);
    core_release(&samples->y);
    core_release(&samples->weights);
}
