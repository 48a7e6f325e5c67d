/* One raw row: Columns of plain Python values, in one block of memory, because a list of arrays for
 * each column takes longer than the prediction. What is no plain value (a date, a whole number that
 * is no double) is left to _columns.py, which knows all of them. */
#include "core.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define EXACT 9007199254740992LL /* 2^53: larger integers are not all doubles */
#define BLANKS " \t\r\n"

typedef struct cell {
    double number;
    uint32_t code; /* 1: texts[1] */
    const char *texts[2];
    char *copy; /* of a text without the blanks around it, or NULL */
} cell;

static void set_text(pensel_column *c, cell *to, const char *text)
{
    to->code = text && !pensel_text_is_missing(text);
    to->texts[1] = to->code ? text : NULL;
    c->form = PENSEL_COLUMN_TEXT;
    c->codes = &to->code;
    c->texts = to->texts;
    c->distinct = to->code;
}

static void set_number(pensel_column *c, cell *to, double number)
{
    if (isnan(number)) {
        set_text(c, to, NULL);
        return;
    }
    to->number = isinf(number) ? NAN : number; /* as in a CSV file */
    c->form = PENSEL_COLUMN_NUMBER;
    c->numbers = &to->number;
}

/* 1: done, 0: no plain value, -1: an exception is set */
static int set_string(pensel_column *c, cell *to, PyObject *value)
{
    Py_ssize_t size;
    const char *text = PyUnicode_AsUTF8AndSize(value, &size);
    if (!text) return -1;
    size_t length = (size_t)size, before = strspn(text, BLANKS);
    if (strlen(text) != length) return 0; /* a NUL: there it is an error with a sentence */
    while (length > before && strchr(BLANKS, text[length - 1]))
        length--;
    if (before > 0 || text[length] != '\0') {
        to->copy = malloc(length - before + 1);
        if (!to->copy) {
            PyErr_NoMemory();
            return -1;
        }
        memcpy(to->copy, text + before, length - before);
        to->copy[length - before] = '\0';
        text = to->copy;
    }
    set_text(c, to, text);
    return 1;
}

static int set_value(pensel_column *c, cell *to, PyObject *value)
{
    int overflow;
    if (value == Py_None)
        set_text(c, to, NULL);
    else if (PyBool_Check(value))
        set_text(c, to, value == Py_True ? "True" : "False");
    else if (PyFloat_Check(value))
        set_number(c, to, PyFloat_AsDouble(value));
    else if (PyUnicode_CheckExact(value))
        return set_string(c, to, value);
    else if (PyLong_CheckExact(value)) {
        long long whole = PyLong_AsLongLongAndOverflow(value, &overflow);
        if (overflow || whole > EXACT || whole < -EXACT) return 0;
        set_number(c, to, (double)whole);
    } else {
        return 0;
    }
    return 1;
}

static int set_all(core_columns *self, pensel_column *list, PyObject *names, PyObject *values)
{
    pensel_error error;
    cell *cells = self->row;
    int done = 1;
    for (size_t i = 0; i < self->cells && done == 1; i++) {
        list[i].name = PyUnicode_AsUTF8AndSize(PyList_GetItem(names, (Py_ssize_t)i), NULL);
        done = list[i].name ? set_value(&list[i], &cells[i], PyList_GetItem(values, (Py_ssize_t)i))
                            : -1;
    }
    if (done == 1 && pensel_columns_new(&self->columns, 1, list, self->cells, &error)) {
        core_raise(&error);
        done = -1;
    }
    return done;
}

void core_row_free(core_columns *self)
{
    cell *cells = self->row;
    for (size_t i = 0; i < self->cells; i++)
        free(cells[i].copy);
    free(cells);
}

/* row(names, values): Columns, or None if there is a value that is not plain */
PyObject *core_row(PyObject *module, PyObject *arguments)
{
    PyObject *names, *values;
    if (!PyArg_ParseTuple(arguments, "O!O!", &PyList_Type, &names, &PyList_Type, &values))
        return NULL;
    size_t count = (size_t)PyList_Size(names);
    if (PyList_Size(values) != (Py_ssize_t)count)
        return PyErr_Format(PyExc_ValueError, "a value for each name is needed");
    core_columns *self = (core_columns *)PyType_GenericAlloc(core_types_in(module)->columns, 0);
    if (!self) return NULL;
    pensel_column *list = calloc(count + 1, sizeof *list);
    self->row = calloc(count + 1, sizeof(cell));
    self->cells = self->row ? count : 0;
    self->keep = Py_BuildValue("OO", names, values); /* whose texts are borrowed */
    int done = -1;
    if (list && self->row && self->keep)
        done = set_all(self, list, names, values);
    else
        PyErr_NoMemory();
    free(list);
    if (done == 1) return (PyObject *)self;
    Py_DECREF(self);
    return done == 0 ? Py_NewRef(Py_None) : NULL;
}
