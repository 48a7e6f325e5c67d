/* Exports: a model as a file, or as bytes, that runs without pensel. */
#include "core.h"

/* What export() was given, and what it borrows */
typedef struct order {
    pensel_exported model;
    pensel_estimator *estimator; /* of an estimator's parts; owned */
    core_samples samples;        /* rows to measure int8 on */
    pensel_columns *columns;     /* the same for a table's model */
    pensel_quantised quantised;
    pensel_export_options options;
} order;

static void release(order *o)
{
    pensel_estimator_free(&o->estimator);
    core_samples_release(&o->samples);
    pensel_columns_free(&o->columns);
}

static bool take_model(order *o, core_types *types, PyObject *model)
{
    if (PyObject_TypeCheck(model, types->painting))
        o->model.painting = core_painting_held(model);
    else if (PyObject_TypeCheck(model, types->table))
        o->model.table = core_table_held(model);
    else if (PyTuple_Check(model))
        o->model.estimator = o->estimator = core_estimator(types, model);
    else
        PyErr_SetString(PyExc_TypeError, "a Painting, a TableModel or an estimator's parts");
    return !PyErr_Occurred();
}

/* x and y: Columns of a table's model, else matrices; y may be None there. */
static bool take_rows(order *o, core_types *types, PyObject *x, PyObject *y)
{
    pensel_error error;
    if (x == Py_None) return true;
    if (!PyObject_TypeCheck(x, types->columns)) {
        o->options.check = &o->samples.samples;
        return core_samples_borrow(&o->samples, x, y, Py_None);
    }
    if (!PyObject_TypeCheck(y, types->columns))
        return PyErr_Format(PyExc_TypeError, "Columns of the target are needed");
    const pensel_columns *inputs = ((core_columns *)x)->columns;
    if (core_columns_join(&o->columns, inputs, ((core_columns *)y)->columns, &error))
        return core_raise(&error);
    o->options.check_columns = o->columns;
    return true;
}

/* The bytes, or None after writing the file; NULL with an exception set. */
static PyObject *leave(order *o, const char *path)
{
    void *bytes = NULL;
    size_t size = 0;
    pensel_error error;
    pensel_status status;
    Py_BEGIN_ALLOW_THREADS;
    status = path ? pensel_export(&o->model, path, &o->options, &error)
                  : pensel_export_memory(&bytes, &size, &o->model, &o->options, &error);
    Py_END_ALLOW_THREADS;
    if (status) return core_raise(&error);
    if (path) return Py_NewRef(Py_None);
    PyObject *result = PyBytes_FromStringAndSize(bytes, (Py_ssize_t)size);
    pensel_export_free(&bytes);
    return result;
}

/* What int8 cost, as the program's --json names it, or None */
static PyObject *figures(const order *o)
{
    const pensel_quantised *q = &o->quantised;
    if (!o->options.quantise) return Py_NewRef(Py_None);
    return Py_BuildValue("{s:s,s:d,s:d,s:n,s:n,s:n}", "score", q->classes ? "accuracy" : "r2",
                         "score_float", q->before, "score_int8", q->after, "rows_8",
                         (Py_ssize_t)(q->rows - q->wide), "rows_16", (Py_ssize_t)q->wide, "samples",
                         (Py_ssize_t)q->samples);
}

/* export(model, path or None, name or None, target or None, options, x, y) -> (bytes or None,
 * figures or None); the model: a Painting, a TableModel, or an estimator's parts as save() takes
 * them */
PyObject *core_export(PyObject *module, PyObject *arguments)
{
    PyObject *model, *path, *dict, *x, *y, *encoded = NULL, *result = NULL;
    core_types *types = core_types_in(module);
    order o = {.options = pensel_export_defaults()};
    if (!PyArg_ParseTuple(arguments, "OOzzO!OO", &model, &path, &o.options.name, &o.options.target,
                          &PyDict_Type, &dict, &x, &y))
        return NULL;
    o.options.quantised = &o.quantised;
    if ((path == Py_None || PyUnicode_FSConverter(path, &encoded)) &&
        core_fill_options(&o.options, pensel_export_table(), dict) &&
        take_model(&o, types, model) && take_rows(&o, types, x, y))
        result = leave(&o, encoded ? PyBytes_AsString(encoded) : NULL);
    release(&o);
    Py_XDECREF(encoded);
    if (!result) return NULL;
    return Py_BuildValue("(NN)", result, figures(&o));
}
