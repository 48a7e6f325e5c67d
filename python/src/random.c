/* Random: the state of NumPy's legacy generator, taken from a RandomState and returned to it. */
#include "core.h"

#include <string.h>

/* Random(key, position): 624 words of 32 bits, and how many of them are used. */
static PyObject *create(PyTypeObject *type, PyObject *arguments, PyObject *keywords)
{
    Py_buffer key;
    int position;
    if (keywords && PyDict_Size(keywords))
        return PyErr_Format(PyExc_TypeError, "Random(key, position)");
    if (!PyArg_ParseTuple(arguments, "y*i", &key, &position)) return NULL;
    core_random *self = NULL;
    if (key.len != sizeof self->stream.key || position < 0 || position > 624)
        PyErr_SetString(PyExc_ValueError,
                        "a Mersenne Twister has 624 words and a position up to 624");
    else
        self = (core_random *)PyType_GenericAlloc(type, 0);
    if (self) {
        memcpy(self->stream.key, key.buf, sizeof self->stream.key);
        self->stream.position = position;
    }
    PyBuffer_Release(&key);
    return (PyObject *)self;
}

static void destroy(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject_Free(self);
    Py_DECREF(type);
}

static PyObject *state(PyObject *self, PyObject *unused)
{
    (void)unused;
    const pensel_random *stream = &((core_random *)self)->stream;
    return Py_BuildValue("(y#i)", (const char *)stream->key, (Py_ssize_t)sizeof stream->key,
                         (int)stream->position);
}

static PyMethodDef methods[] = {{"state", state, METH_NOARGS, "state() -> (key, position)"},
                                {NULL, NULL, 0, NULL}};

static PyType_Slot slots[] = {{Py_tp_new, (void *)create},
                              {Py_tp_dealloc, (void *)destroy},
                              {Py_tp_methods, methods},
                              {Py_tp_doc, (void *)"Random(key, position): a Mersenne Twister."},
                              {0, NULL}};

PyType_Spec core_random_spec = {.name = "pensel._core.Random",
                                .basicsize = sizeof(core_random),
                                .flags = Py_TPFLAGS_DEFAULT,
                                .slots = slots};
