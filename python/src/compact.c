/* Compact: a pensel_compact, the bytes of a .pensel file. Pixels come and go as flat buffers of
 * float32; what a picture is, and other sizes than its own, is decided in Python. */
#include "core.h"

#include <string.h>

typedef struct core_compact {
    PyObject_HEAD pensel_compact *compact;
} core_compact;

static core_compact *of(PyObject *self)
{
    return (core_compact *)self;
}

static PyObject *wrap(PyObject *module)
{
    return PyType_GenericAlloc(core_types_in(module)->compact, 0);
}

static bool run(PyObject *self, const pensel_picture *picture, pensel_compact_options *o,
                int interruptible)
{
    pensel_error error;
    pensel_status status;
    o->context = core_context();
    o->interrupt = interruptible ? core_interrupt_begin() : NULL;
    Py_BEGIN_ALLOW_THREADS;
    status = pensel_compact_new(&of(self)->compact, picture, o, &error);
    Py_END_ALLOW_THREADS;
    if (o->interrupt) core_interrupt_end();
    if (status) return core_raise(&error);
    return !PyErr_CheckSignals();
}

/* compact(pixels, (height, width, channels), bits, profile, options, interruptible) -> Compact */
PyObject *core_compact_new(PyObject *module, PyObject *arguments)
{
    PyObject *pixels, *dict, *self = NULL;
    Py_ssize_t sizes[3], bits, profile_size;
    int interruptible;
    core_array array;
    pensel_compact_options o = pensel_compact_defaults();
    if (!PyArg_ParseTuple(arguments, "O(nnn)nz#O!p", &pixels, &sizes[0], &sizes[1], &sizes[2],
                          &bits, &o.profile, &profile_size, &PyDict_Type, &dict, &interruptible) ||
        !core_fill_options(&o, pensel_compact_table(), dict) || !core_borrow(&array, pixels, false))
        return NULL;
    const pensel_matrix *m = &array.matrix;
    pensel_picture picture = {(float *)m->data, (size_t)sizes[1], (size_t)sizes[0],
                              (size_t)sizes[2]};
    o.bits = (size_t)bits;
    o.profile_size = o.profile ? (size_t)profile_size : 0;
    if (m->precision == PENSEL_FLOAT32 && m->columns == 1 &&
        m->rows == picture.width * picture.height * picture.channels)
        self = wrap(module);
    else
        PyErr_SetString(PyExc_ValueError, "the pixels do not have the size that is named");
    if (self && !run(self, &picture, &o, interruptible)) Py_CLEAR(self);
    core_release(&array);
    return self;
}

/* compact_of(bytes) -> Compact */
PyObject *core_compact_of(PyObject *module, PyObject *bytes)
{
    Py_buffer buffer;
    pensel_error error;
    if (PyObject_GetBuffer(bytes, &buffer, PyBUF_SIMPLE) < 0) return NULL;
    PyObject *self = wrap(module);
    if (self && pensel_compact_parse(&of(self)->compact, buffer.buf, (size_t)buffer.len, &error)) {
        Py_CLEAR(self);
        core_raise(&error);
    }
    PyBuffer_Release(&buffer);
    return self;
}

/* compact_load(path) -> Compact; None: the file is of another kind */
PyObject *core_compact_load(PyObject *module, PyObject *arguments)
{
    PyObject *path, *self = NULL;
    pensel_error error;
    if (!PyArg_ParseTuple(arguments, "O&", PyUnicode_FSConverter, &path)) return NULL;
    const char *name = PyBytes_AsString(path);
    if (!pensel_compact_is(name))
        self = Py_NewRef(Py_None);
    else if ((self = wrap(module)) && pensel_compact_load(&of(self)->compact, name, &error)) {
        Py_CLEAR(self);
        core_raise(&error);
    }
    Py_DECREF(path);
    return self;
}

static void destroy(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    pensel_compact_free(&of(self)->compact);
    PyObject_Free(self);
    Py_DECREF(type);
}

/* ------------------------------------------------------------------ using it */

/* paint(pixels, threads): all of it into a writable buffer */
static PyObject *paint(PyObject *self, PyObject *arguments)
{
    PyObject *pixels;
    Py_ssize_t threads;
    core_array array;
    pensel_error error;
    if (!PyArg_ParseTuple(arguments, "On", &pixels, &threads) || !core_borrow(&array, pixels, true))
        return NULL;
    const pensel_compact_info *info = pensel_compact_describe(of(self)->compact);
    const pensel_matrix *m = &array.matrix;
    pensel_status status = PENSEL_OK;
    bool fits = m->precision == PENSEL_FLOAT32 && m->columns == 1 &&
                m->rows == info->width * info->height * info->channels;
    Py_BEGIN_ALLOW_THREADS;
    if (fits)
        status = pensel_compact_paint(of(self)->compact, (float *)m->data, (size_t)threads,
                                      core_context(), &error);
    Py_END_ALLOW_THREADS;
    core_release(&array);
    if (!fits) return PyErr_Format(PyExc_ValueError, "the buffer does not have the size named");
    return status ? core_raise(&error) : Py_NewRef(Py_None);
}

static PyObject *bytes(PyObject *self, PyObject *unused)
{
    (void)unused;
    size_t size;
    const void *data = pensel_compact_bytes(of(self)->compact, &size);
    return PyBytes_FromStringAndSize(data, (Py_ssize_t)size);
}

static PyObject *save(PyObject *self, PyObject *arguments)
{
    PyObject *path;
    pensel_error error;
    if (!PyArg_ParseTuple(arguments, "O&", PyUnicode_FSConverter, &path)) return NULL;
    pensel_status status = pensel_compact_save(of(self)->compact, PyBytes_AsString(path), &error);
    Py_DECREF(path);
    return status ? core_raise(&error) : Py_NewRef(Py_None);
}

/* What the file says. */
static PyObject *to_dict(PyObject *self, PyObject *unused)
{
    (void)unused;
    const pensel_compact_info *i = pensel_compact_describe(of(self)->compact);
    size_t count;
    pensel_error error;
    if (pensel_compact_count(&count, of(self)->compact, &error)) return core_raise(&error);
    return Py_BuildValue("{s:n,s:n,s:n,s:n,s:n,s:O,s:d,s:y#}", "width", (Py_ssize_t)i->width,
                         "height", (Py_ssize_t)i->height, "channels", (Py_ssize_t)i->channels,
                         "bits", (Py_ssize_t)i->bits, "parameters", (Py_ssize_t)count, "drawn",
                         i->drawn ? Py_True : Py_False, "step", i->step, "profile",
                         (const char *)i->profile, (Py_ssize_t)i->profile_size);
}

static PyMethodDef methods[] = {{"paint", paint, METH_VARARGS, "paint(pixels, threads)"},
                                {"bytes", bytes, METH_NOARGS, "the file's"},
                                {"save", save, METH_VARARGS, "save(path)"},
                                {"to_dict", to_dict, METH_NOARGS, "what the file says"},
                                {NULL, NULL, 0, NULL}};

static PyType_Slot compact_slots[] = {
    {Py_tp_dealloc, (void *)destroy}, {Py_tp_methods, methods}, {0, NULL}};

PyType_Spec core_compact_spec = {.name = "pensel._core.Compact",
                                 .basicsize = sizeof(core_compact),
                                 .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
                                 .slots = compact_slots};
