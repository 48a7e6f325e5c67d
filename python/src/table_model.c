/* TableModel: a pensel_table_model, trained on Columns or found in a model file. */
#include "core.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct core_table {
    PyObject_HEAD const pensel_table_model *model;
    pensel_table_model *own; /* one of the two owns it */
    pensel_model *file;
} core_table;

static const pensel_table_model *of(PyObject *self)
{
    return ((core_table *)self)->model;
}

PyObject *core_table_of(PyTypeObject *type, pensel_model *model)
{
    core_table *self = (core_table *)PyType_GenericAlloc(type, 0);
    if (!self) {
        pensel_model_free(&model);
        return NULL;
    }
    self->file = model;
    self->model = pensel_model_table(model);
    return (PyObject *)self;
}

const pensel_table_model *core_table_held(PyObject *table)
{
    return of(table);
}

static void destroy(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    pensel_table_model_free(&((core_table *)self)->own);
    pensel_model_free(&((core_table *)self)->file);
    PyObject_Free(self);
    Py_DECREF(type);
}

/* ------------------------------------------------------------------ fitting */

typedef struct watcher {
    PyObject *callback; /* or None */
    volatile int failed;
} watcher;

/* Any thread of the library may call it. */
static void on_progress(double done, double seconds, void *data)
{
    watcher *watch = data;
    if (watch->failed) return;
    PyGILState_STATE state = PyGILState_Ensure();
    PyObject *answer = PyObject_CallFunction(watch->callback, "dd", done, seconds);
    if (!answer) {
        PyErr_WriteUnraisable(watch->callback);
        watch->failed = 1;
    }
    Py_XDECREF(answer);
    PyGILState_Release(state);
}

/* What --column says: (name, role) of each */
static bool read_roles(pensel_role_given *roles, PyObject *list)
{
    for (Py_ssize_t i = 0; i < PyList_Size(list); i++) {
        const char *name, *role;
        int r = 0;
        if (!PyArg_ParseTuple(PyList_GetItem(list, i), "ss", &name, &role)) return false;
        while (pensel_role_name((pensel_role)r) &&
               strcmp(pensel_role_name((pensel_role)r), role) != 0)
            r++;
        roles[i] = (pensel_role_given){name, (pensel_role)r};
    }
    return true;
}

pensel_status core_columns_join(pensel_columns **joined, const pensel_columns *x,
                                const pensel_columns *target, pensel_error *error)
{
    *joined = NULL;
    if (x->rows != target->rows) {
        error->status = PENSEL_BAD_DATA;
        snprintf(error->text, sizeof error->text,
                 "X has %zu rows and y has %zu: as many are needed", x->rows, target->rows);
        return error->status;
    }
    pensel_column *list = calloc(x->count + target->count, sizeof *list);
    if (!list) {
        error->status = PENSEL_OUT_OF_MEMORY;
        snprintf(error->text, sizeof error->text, "out of memory for the columns");
        return error->status;
    }
    memcpy(list, x->columns, x->count * sizeof *list);
    memcpy(list + x->count, target->columns, target->count * sizeof *list);
    pensel_status status =
        pensel_columns_new(joined, x->rows, list, x->count + target->count, error);
    free(list);
    return status;
}

static pensel_status fit(pensel_table_model **model, const pensel_columns *x,
                         const pensel_columns *target, const pensel_table_model_options *o,
                         pensel_error *error)
{
    pensel_columns *joined;
    pensel_status status = core_columns_join(&joined, x, target, error);
    if (!status) status = pensel_table_model_fit(model, joined, target->columns[0].name, o, error);
    pensel_columns_free(&joined);
    return status;
}

/* With the interpreter released; NULL with an exception set, also after Ctrl-C. */
static PyObject *train(PyTypeObject *type, const pensel_columns *x, const pensel_columns *target,
                       pensel_table_model_options *o, int interruptible)
{
    pensel_table_model *model = NULL;
    pensel_error error;
    pensel_status status;
    o->interrupt = interruptible ? core_interrupt_begin() : NULL;
    Py_BEGIN_ALLOW_THREADS;
    status = fit(&model, x, target, o, &error);
    Py_END_ALLOW_THREADS;
    if (o->interrupt) core_interrupt_end();
    if (status) core_raise(&error);
    core_table *self = NULL;
    if (!PyErr_Occurred() && PyErr_CheckSignals() == 0)
        self = (core_table *)PyType_GenericAlloc(type, 0);
    if (self)
        self->model = self->own = model;
    else
        pensel_table_model_free(&model);
    return (PyObject *)self;
}

/* fit_table(X, target, options, roles, callback, interruptible) */
PyObject *core_fit_table(PyObject *module, PyObject *arguments)
{
    core_columns *x, *target;
    PyObject *dict, *roles, *result = NULL;
    int interruptible;
    watcher watch = {0};
    core_types *types = core_types_in(module);
    if (!PyArg_ParseTuple(arguments, "O!O!O!O!Op", types->columns, &x, types->columns, &target,
                          &PyDict_Type, &dict, &PyList_Type, &roles, &watch.callback,
                          &interruptible))
        return NULL;
    pensel_table_model_options o = pensel_table_model_defaults();
    o.role_count = (size_t)PyList_Size(roles);
    pensel_role_given *given = calloc(o.role_count + 1, sizeof *given);
    o.roles = given;
    o.on_progress_data = &watch;
    if (watch.callback != Py_None) o.on_progress = on_progress;
    if (!given)
        PyErr_NoMemory();
    else if (core_fill_options(&o, pensel_table_model_table(), dict) && read_roles(given, roles))
        result = train(types->table, x->columns, target->columns, &o, interruptible);
    free(given);
    return result;
}

/* ------------------------------------------------------------------ using it */

typedef pensel_status (*answer)(const pensel_table_model *, double *, const pensel_columns *,
                                pensel_schema_notice *, pensel_error *);

static PyObject *ask(PyObject *self, PyObject *arguments, answer call, size_t columns)
{
    PyObject *to;
    core_columns *from;
    core_array out;
    pensel_error error;
    pensel_status status = PENSEL_OK;
    core_types *types = core_types_of(Py_TYPE(self));
    if (!PyArg_ParseTuple(arguments, "O!O", types->columns, &from, &to) ||
        !core_borrow(&out, to, true))
        return NULL;
    const pensel_matrix *m = &out.matrix;
    bool fits =
        m->precision == PENSEL_FLOAT64 && m->rows == from->columns->rows && m->columns == columns;
    Py_BEGIN_ALLOW_THREADS;
    if (fits) status = call(of(self), out.buffer.buf, from->columns, NULL, &error);
    Py_END_ALLOW_THREADS;
    core_release(&out);
    if (!fits) return PyErr_Format(PyExc_ValueError, "an array of float64 for each row is needed");
    return status ? core_raise(&error) : Py_NewRef(Py_None);
}

/* predict(columns, y): numbers, or the indices of classes */
static PyObject *predict(PyObject *self, PyObject *arguments)
{
    return ask(self, arguments, pensel_table_model_predict, 1);
}

/* probabilities(columns, p) */
static PyObject *probabilities(PyObject *self, PyObject *arguments)
{
    size_t count;
    pensel_table_model_classes(of(self), &count);
    return ask(self, arguments, pensel_table_model_probabilities, count);
}

static PyObject *interval(PyObject *self, PyObject *share)
{
    double radius, of_all = PyFloat_AsDouble(share);
    pensel_error error;
    if (PyErr_Occurred()) return NULL;
    if (pensel_table_model_interval(of(self), &radius, of_all, &error)) return core_raise(&error);
    return PyFloat_FromDouble(radius);
}

static PyObject *save(PyObject *self, PyObject *arguments)
{
    PyObject *path;
    pensel_error error;
    if (!PyArg_ParseTuple(arguments, "O&", PyUnicode_FSConverter, &path)) return NULL;
    pensel_status status = pensel_table_model_save(of(self), PyBytes_AsString(path), &error);
    Py_DECREF(path);
    return status ? core_raise(&error) : Py_NewRef(Py_None);
}

/* ------------------------------------------------------------------ what is known of it */

static PyObject *list_texts(const char *const *texts, size_t count)
{
    PyObject *list = PyList_New((Py_ssize_t)count);
    for (size_t i = 0; list && i < count; i++) {
        PyObject *text = PyUnicode_FromString(texts[i]);
        if (!text || PyList_SetItem(list, (Py_ssize_t)i, text) < 0) Py_CLEAR(list);
    }
    return list;
}

static PyObject *describe_column(const pensel_schema *schema, size_t i, double importance)
{
    pensel_schema_column c;
    pensel_error error;
    if (pensel_schema_column_at(schema, i, &c, &error)) return core_raise(&error);
    PyObject *categories = list_texts(c.categories, c.category_count);
    if (!categories) return NULL;
    return Py_BuildValue("{s:s,s:s,s:N,s:n,s:n,s:n,s:n,s:d,s:d,s:d,s:N,s:d}", "name", c.name,
                         "role", pensel_role_name(c.role), "given", PyBool_FromLong(c.given),
                         "distinct", (Py_ssize_t)c.distinct, "missing", (Py_ssize_t)c.missing,
                         "odd", (Py_ssize_t)c.odd, "inputs", (Py_ssize_t)c.inputs, "low", c.low,
                         "median", c.median, "high", c.high, "categories", categories, "importance",
                         importance);
}

/* A list with a dict for each column of the table but the target. */
static PyObject *schema(PyObject *self, PyObject *unused)
{
    (void)unused;
    const pensel_schema *s = pensel_table_model_schema(of(self));
    const double *importance = pensel_table_model_report(of(self))->importance;
    size_t count = pensel_schema_count(s);
    PyObject *list = PyList_New((Py_ssize_t)count);
    for (size_t i = 0; list && i < count; i++) {
        PyObject *one = describe_column(s, i, importance[i]);
        if (!one || PyList_SetItem(list, (Py_ssize_t)i, one) < 0) Py_CLEAR(list);
    }
    return list;
}

static PyObject *scores_to_dict(const pensel_table_scores *s)
{
    PyObject *dict = PyDict_New();
    for (int i = 0; dict && i < PENSEL_METRIC_COUNT; i++) {
        PyObject *value = PyFloat_FromDouble(pensel_scores_get(s, (pensel_metric)i));
        const char *name = pensel_metric_describe((pensel_metric)i)->name;
        if (!value || PyDict_SetItemString(dict, name, value) < 0) Py_CLEAR(dict);
        Py_XDECREF(value);
    }
    return dict;
}

/* As the program's --json names them. */
static PyObject *report(PyObject *self, PyObject *unused)
{
    (void)unused;
    const pensel_table_report *r = pensel_table_model_report(of(self));
    return Py_BuildValue("{s:n,s:n,s:n,s:n,s:n,s:n,s:d,s:N,s:N,s:N,s:N,s:d,s:d,s:N,s:d,s:d}",
                         "rows", (Py_ssize_t)r->rows, "rows_without_target",
                         (Py_ssize_t)r->unlabelled, "folds", (Py_ssize_t)r->folds, "rows_held_out",
                         (Py_ssize_t)r->held_out, "networks", (Py_ssize_t)r->networks, "epochs",
                         (Py_ssize_t)r->epochs, "seconds", r->seconds, "cut",
                         PyBool_FromLong(r->cut), "held_out", scores_to_dict(&r->held), "constant",
                         scores_to_dict(&r->constant), "linear", scores_to_dict(&r->linear), "low",
                         r->low, "high", r->high, "trained", scores_to_dict(&r->trained),
                         "linear_share", r->linear_share, "temperature", r->temperature);
}

/* (task, target, classes as they are written) */
static PyObject *meaning(PyObject *self, PyObject *unused)
{
    (void)unused;
    size_t count;
    const char *const *classes = pensel_table_model_classes(of(self), &count);
    PyObject *list = list_texts(classes, count);
    if (!list) return NULL;
    return Py_BuildValue("(ssN)", pensel_task_name(pensel_table_model_task(of(self))),
                         pensel_table_model_target(of(self)), list);
}

static PyMethodDef methods[] = {
    {"predict", predict, METH_VARARGS, "predict(columns, y)"},
    {"probabilities", probabilities, METH_VARARGS, "probabilities(columns, p)"},
    {"interval", interval, METH_O, "interval(share) -> radius"},
    {"save", save, METH_VARARGS, "save(path)"},
    {"schema", schema, METH_NOARGS, "schema() -> a dict for each column"},
    {"report", report, METH_NOARGS, "report() -> dict"},
    {"meaning", meaning, METH_NOARGS, "meaning() -> (task, target, classes)"},
    {NULL, NULL, 0, NULL}};

static PyType_Slot slots[] = {
    {Py_tp_dealloc, (void *)destroy}, {Py_tp_methods, methods}, {0, NULL}};

PyType_Spec core_table_spec = {.name = "pensel._core.TableModel",
                               .basicsize = sizeof(core_table),
                               .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
                               .slots = slots};
