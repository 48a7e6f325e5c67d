/* Columns: a table for the library. What a DataFrame's columns are is decided in Python; here they
 * are buffers and lists of texts, which are borrowed, or a stream of Arrow's C data interface. */
#include "core.h"

#include <stdlib.h>
#include <string.h>

static core_columns *of(PyObject *self)
{
    return (core_columns *)self;
}

/* A NUL ends a text in C, so none may have one. */
static const char *text_of(PyObject *item)
{
    Py_ssize_t length;
    const char *text = PyUnicode_AsUTF8AndSize(item, &length);
    if (text && strlen(text) == (size_t)length) return text;
    if (text)
        PyErr_Format(PyExc_ValueError, "the text '%s' goes on after a NUL: a table has none", text);
    return NULL;
}

/* texts[0] is NULL, then those of the list. */
static bool read_texts(core_columns *self, size_t i, pensel_column *c, PyObject *list)
{
    if (!PyList_Check(list)) {
        PyErr_SetString(PyExc_TypeError, "a column of texts has a list of them");
        return false;
    }
    c->distinct = (size_t)PyList_Size(list);
    self->texts[i] = calloc(c->distinct + 1, sizeof *self->texts[i]);
    if (!self->texts[i]) return PyErr_NoMemory();
    for (size_t t = 1; t <= c->distinct; t++) {
        self->texts[i][t] = text_of(PyList_GetItem(list, (Py_ssize_t)t - 1));
        if (!self->texts[i][t]) return false;
    }
    c->texts = self->texts[i];
    return true;
}

static bool read_values(core_columns *self, size_t i, pensel_column *c, PyObject *values,
                        size_t *rows)
{
    Py_buffer *buffer = &self->buffers[i];
    const char *format = c->form == PENSEL_COLUMN_TEXT ? "I" : "d";
    if (PyObject_GetBuffer(values, buffer, PyBUF_C_CONTIGUOUS | PyBUF_FORMAT) < 0) return false;
    if (buffer->ndim != 1 || !buffer->format || strcmp(buffer->format, format) != 0 ||
        (i > 0 && (size_t)buffer->shape[0] != *rows)) {
        PyErr_SetString(PyExc_ValueError, "columns are of one length, of float64 or uint32");
        return false;
    }
    *rows = (size_t)buffer->shape[0];
    if (c->form == PENSEL_COLUMN_TEXT)
        c->codes = buffer->buf;
    else
        c->numbers = buffer->buf;
    return true;
}

/* (name, form, values, texts or None) of each column */
static bool read_column(core_columns *self, size_t i, pensel_column *c, PyObject *item,
                        size_t *rows)
{
    PyObject *name, *values, *texts;
    int form;
    if (!PyArg_ParseTuple(item, "OiOO", &name, &form, &values, &texts)) return false;
    c->name = text_of(name);
    c->form = (pensel_column_form)form;
    return c->name && read_values(self, i, c, values, rows) &&
           (form != PENSEL_COLUMN_TEXT || read_texts(self, i, c, texts));
}

static bool read_list(core_columns *self, PyObject *list)
{
    size_t count = (size_t)PyList_Size(list), rows = 0;
    pensel_error error;
    pensel_column *columns = calloc(count + 1, sizeof *columns);
    self->buffers = calloc(count + 1, sizeof *self->buffers);
    self->texts = calloc(count + 1, sizeof *self->texts);
    self->count = count;
    bool good = columns && self->buffers && self->texts;
    if (!good) PyErr_NoMemory();
    for (size_t i = 0; i < count && good; i++)
        good = read_column(self, i, &columns[i], PyList_GetItem(list, (Py_ssize_t)i), &rows);
    if (good && pensel_columns_new(&self->columns, rows, columns, count, &error))
        good = core_raise(&error);
    free(columns);
    return good;
}

static bool read_stream(core_columns *self, PyObject *capsule)
{
    pensel_error error;
    struct ArrowArrayStream *stream = PyCapsule_GetPointer(capsule, "arrow_array_stream");
    if (!stream) return false;
    return !pensel_columns_arrow_stream(&self->columns, stream, NULL, &error) || core_raise(&error);
}

/* Columns(list of columns), or of a capsule with an Arrow stream */
static PyObject *create(PyTypeObject *type, PyObject *arguments, PyObject *keywords)
{
    PyObject *from;
    if (keywords && PyDict_Size(keywords)) return PyErr_Format(PyExc_TypeError, "no keywords here");
    if (!PyArg_ParseTuple(arguments, "O", &from)) return NULL;
    core_columns *self = (core_columns *)PyType_GenericAlloc(type, 0);
    if (!self) return NULL;
    self->keep = Py_NewRef(from);
    bool good = PyList_Check(from) ? read_list(self, from) : read_stream(self, from);
    if (!good) Py_CLEAR(self);
    return (PyObject *)self;
}

static void destroy(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    core_columns *c = of(self);
    pensel_columns_free(&c->columns);
    for (size_t i = 0; i < c->count; i++) {
        if (c->buffers && c->buffers[i].obj) PyBuffer_Release(&c->buffers[i]);
        if (c->texts) free(c->texts[i]);
    }
    free(c->buffers);
    free(c->texts);
    core_row_free(c);
    Py_XDECREF(c->keep);
    PyObject_Free(self);
    Py_DECREF(type);
}

/* (rows, names) */
static PyObject *shape(PyObject *self, PyObject *unused)
{
    (void)unused;
    const pensel_columns *c = of(self)->columns;
    PyObject *names = PyList_New((Py_ssize_t)c->count);
    for (size_t i = 0; names && i < c->count; i++) {
        PyObject *name = PyUnicode_FromString(c->columns[i].name);
        if (!name || PyList_SetItem(names, (Py_ssize_t)i, name) < 0) Py_CLEAR(names);
    }
    return names ? Py_BuildValue("(nN)", (Py_ssize_t)c->rows, names) : NULL;
}

PyObject *core_missing(PyObject *module, PyObject *text)
{
    (void)module;
    const char *bytes = text_of(text);
    return bytes ? PyBool_FromLong(pensel_text_is_missing(bytes)) : NULL;
}

static PyMethodDef methods[] = {{"shape", shape, METH_NOARGS, "shape() -> (rows, names)"},
                                {NULL, NULL, 0, NULL}};

static PyType_Slot slots[] = {{Py_tp_new, (void *)create},
                              {Py_tp_dealloc, (void *)destroy},
                              {Py_tp_methods, methods},
                              {Py_tp_doc, (void *)"Columns(list of (name, form, values, texts))"},
                              {0, NULL}};

PyType_Spec core_columns_spec = {.name = "pensel._core.Columns",
                                 .basicsize = sizeof(core_columns),
                                 .flags = Py_TPFLAGS_DEFAULT,
                                 .slots = slots};
