/* Imports: a network of another program as an estimator's parts. */
#include "core.h"

static PyObject *texts_of(const pensel_imported *imported,
                          const char *(*at)(const pensel_imported *, size_t))
{
    PyObject *list = PyList_New(0);
    for (size_t i = 0; list && at(imported, i); i++) {
        PyObject *text = PyUnicode_FromString(at(imported, i));
        if (!text || PyList_Append(list, text) < 0) Py_CLEAR(list);
        Py_XDECREF(text);
    }
    return list;
}

/* What came back as it was: a painting, a table's model, or an estimator's parts. */
static PyObject *whole_of(pensel_imported *imported, core_types *types)
{
    const pensel_model *model = pensel_imported_model(imported);
    PyObject *object;
    if (pensel_model_painting(model))
        object = core_painting_of(types->painting, pensel_imported_take(imported));
    else if (pensel_model_table(model))
        object = core_table_of(types->table, pensel_imported_take(imported));
    else
        object = core_parts(pensel_imported_estimator(imported), types->network);
    return object ? Py_BuildValue("(N[][]dd)", object, 0.0, Py_NAN) : NULL;
}

static PyObject *result_of(pensel_imported *imported, core_types *types)
{
    if (pensel_imported_model(imported)) return whole_of(imported, types);
    double largest, difference = pensel_imported_difference(imported, &largest);
    PyObject *parts = core_parts(pensel_imported_estimator(imported), types->network);
    PyObject *read = parts ? texts_of(imported, pensel_imported_read) : NULL;
    PyObject *left = read ? texts_of(imported, pensel_imported_left) : NULL;
    if (left) return Py_BuildValue("(NNNdd)", parts, read, left, difference, largest);
    Py_XDECREF(parts);
    Py_XDECREF(read);
    return NULL;
}

/* import_model(path or bytes, name, activation, layers, task) -> (parts as save() takes them, or a
 * Painting or TableModel, what was read, what was left alone, the largest difference, the largest
 * output); bytes are called `name` in sentences */
PyObject *core_import(PyObject *module, PyObject *arguments)
{
    PyObject *source, *encoded = NULL, *result = NULL;
    const char *name;
    pensel_import_options o = pensel_import_defaults();
    pensel_imported *imported = NULL;
    pensel_error error;
    pensel_status status;
    char *bytes = NULL;
    Py_ssize_t size = 0;
    if (!PyArg_ParseTuple(arguments, "Oszzz", &source, &name, &o.activation, &o.layers, &o.task))
        return NULL;
    if (PyBytes_Check(source) ? PyBytes_AsStringAndSize(source, &bytes, &size) < 0
                              : !PyUnicode_FSConverter(source, &encoded))
        return NULL;
    const char *path = encoded ? PyBytes_AsString(encoded) : NULL;
    (void)core_context();
    Py_BEGIN_ALLOW_THREADS;
    status = path ? pensel_import(&imported, path, &o, &error)
                  : pensel_import_memory(&imported, bytes, (size_t)size, name, &o, &error);
    Py_END_ALLOW_THREADS;
    if (status)
        core_raise(&error);
    else
        result = result_of(imported, core_types_in(module));
    pensel_imported_free(&imported);
    Py_XDECREF(encoded);
    return result;
}
