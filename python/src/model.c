/* Model files: a library estimator is assembled from a Python estimator and saved, or loaded and
 * converted for Python. Everything besides the network, options and report is passed in a dict of
 * lists, those in this file's table; a list that is missing or None does not exist. */
#include "core.h"

#include <stdlib.h>
#include <string.h>

enum {
    CLASSES, /* sorted codes */
    INPUT_OFFSET,
    INPUT_SCALE,
    TARGET_OFFSET,
    TARGET_SCALE,
    LOSS_CURVE,
    VALIDATION_SCORES,
    CLASS_NAMES,
    INPUT_NAMES,
    TARGET_NAMES,
    CLASS_WEIGHTS, /* (code, weight) */
    LISTS
};

static const char *const keys[LISTS] = {
    "classes",      "input_offset", "input_scale",       "target_offset",
    "target_scale", "loss_curve",   "validation_scores", "class_names",
    "input_names",  "target_names", "class_weights",
};

/* What the library borrows while it makes the estimator: items NULL for no list. */
typedef struct list {
    void *items; /* double, const char * (borrowed from the strings) or pensel_class_weight */
    size_t count;
} list;

static void clear(list lists[LISTS])
{
    for (int i = 0; i < LISTS; i++)
        free(lists[i].items);
}

/* A NUL ends a name in C, so none may have one. */
static bool read_name(const char **name, PyObject *item)
{
    Py_ssize_t length;
    *name = PyUnicode_AsUTF8AndSize(item, &length);
    if (*name && strlen(*name) != (size_t)length)
        PyErr_Format(PyExc_ValueError,
                     "the name '%s' goes on after a NUL: a model file's names have none", *name);
    return !PyErr_Occurred();
}

static bool read_item(void *items, size_t i, int which, PyObject *item)
{
    pensel_class_weight *weights = items;
    if (which == CLASS_WEIGHTS)
        return PyArg_ParseTuple(item, "dd", &weights[i].code, &weights[i].weight);
    if (which >= CLASS_NAMES) return read_name((const char **)items + i, item);
    ((double *)items)[i] = PyFloat_AsDouble(item);
    return !PyErr_Occurred();
}

static bool read_lists(list lists[LISTS], PyObject *known)
{
    for (int which = 0; which < LISTS; which++) {
        PyObject *from = PyDict_GetItemString(known, keys[which]);
        if (!from || from == Py_None) continue;
        if (!PyList_Check(from)) return PyErr_Format(PyExc_TypeError, "%s: a list", keys[which]);
        size_t count = (size_t)PyList_Size(from);
        lists[which] = (list){calloc(count + 1, sizeof(pensel_class_weight)), count};
        if (!lists[which].items) return PyErr_NoMemory();
        for (size_t i = 0; i < count; i++)
            if (!read_item(lists[which].items, i, which, PyList_GetItem(from, (Py_ssize_t)i)))
                return false;
    }
    return true;
}

/* The scalers' lists are as long as the library will read them. */
static bool check_lengths(const list lists[LISTS], size_t inputs, size_t targets)
{
    for (int which = INPUT_OFFSET; which <= TARGET_SCALE; which++) {
        size_t right = which <= INPUT_SCALE ? inputs : targets;
        if (!lists[which].items || lists[which].count == right) continue;
        PyErr_Format(PyExc_ValueError, "%s has %zu numbers: %zu are needed", keys[which],
                     lists[which].count, right);
        return false;
    }
    return true;
}

static pensel_status set_names(pensel_estimator *e, const list lists[LISTS], pensel_error *error)
{
    static pensel_status (*const set[])(pensel_estimator *, const char *const *, size_t,
                                        pensel_error *) = {
        pensel_estimator_name_classes, pensel_estimator_name_inputs, pensel_estimator_name_targets};
    pensel_status status = PENSEL_OK;
    for (int i = 0; i < 3 && !status; i++) {
        const list *names = &lists[CLASS_NAMES + i];
        if (names->items)
            status = set[i](e, (const char *const *)names->items, names->count, error);
    }
    return status;
}

static pensel_status assemble(pensel_estimator **estimator, const pensel_network *network,
                              size_t targets, const list lists[LISTS],
                              pensel_estimator_options *options, pensel_report *report,
                              pensel_error *error)
{
    const pensel_fitted fitted = {network,
                                  targets,
                                  lists[CLASSES].items,
                                  lists[CLASSES].count,
                                  lists[INPUT_OFFSET].items,
                                  lists[INPUT_SCALE].items,
                                  lists[TARGET_OFFSET].items,
                                  lists[TARGET_SCALE].items};
    options->class_weights = lists[CLASS_WEIGHTS].items;
    options->class_weight_count = lists[CLASS_WEIGHTS].count;
    report->loss_curve = lists[LOSS_CURVE].items;
    report->loss_count = lists[LOSS_CURVE].count;
    report->validation_scores = lists[VALIDATION_SCORES].items;
    report->validation_count = lists[VALIDATION_SCORES].count;
    pensel_status status = pensel_estimator_assemble(estimator, &fitted, report, options, error);
    if (!status) status = set_names(*estimator, lists, error);
    if (status) pensel_estimator_free(estimator);
    return status;
}

pensel_estimator *core_estimator(core_types *types, PyObject *parts)
{
    PyObject *options_dict, *training, *report_dict, *known;
    core_network *network;
    Py_ssize_t targets;
    if (!PyArg_ParseTuple(parts, "O!nO!O!O!O!", types->network, &network, &targets, &PyDict_Type,
                          &options_dict, &PyDict_Type, &training, &PyDict_Type, &report_dict,
                          &PyDict_Type, &known))
        return NULL;
    list lists[LISTS] = {{0}};
    pensel_estimator_options options;
    pensel_report report;
    pensel_error error;
    pensel_estimator *estimator = NULL;
    if (core_estimator_options(&options, options_dict) &&
        core_training_options(&options.training, training) && core_report(&report, report_dict) &&
        read_lists(lists, known) &&
        check_lengths(lists, pensel_network_shape(network->network)->inputs, (size_t)targets) &&
        assemble(&estimator, network->network, (size_t)targets, lists, &options, &report, &error))
        core_raise(&error);
    clear(lists);
    return estimator;
}

/* save(path, (network, targets, options, training, report, known)) */
PyObject *core_save(PyObject *module, PyObject *arguments)
{
    PyObject *path, *parts;
    pensel_error error;
    if (!PyArg_ParseTuple(arguments, "O&O!", PyUnicode_FSConverter, &path, &PyTuple_Type, &parts))
        return NULL;
    pensel_estimator *estimator = core_estimator(core_types_in(module), parts);
    if (estimator && pensel_estimator_save(estimator, PyBytes_AsString(path), &error))
        core_raise(&error);
    pensel_estimator_free(&estimator);
    Py_DECREF(path);
    return PyErr_Occurred() ? NULL : Py_NewRef(Py_None);
}

/* ------------------------------------------------------------------ loading */

PyObject *core_numbers(const double *values, size_t count)
{
    PyObject *result = PyList_New((Py_ssize_t)count);
    for (size_t i = 0; result && i < count; i++) {
        PyObject *number = PyFloat_FromDouble(values[i]);
        if (!number || PyList_SetItem(result, (Py_ssize_t)i, number) < 0) Py_CLEAR(result);
    }
    return result;
}

static PyObject *names_to_dict(const pensel_estimator *e, size_t count,
                               const char *(*name)(const pensel_estimator *, size_t))
{
    if (!name(e, 0)) return Py_NewRef(Py_None);
    PyObject *result = PyList_New((Py_ssize_t)count);
    for (size_t i = 0; result && i < count; i++) {
        PyObject *text = PyUnicode_FromString(name(e, i));
        if (!text || PyList_SetItem(result, (Py_ssize_t)i, text) < 0) Py_CLEAR(result);
    }
    return result;
}

static PyObject *class_weights_to_dict(const pensel_estimator_options *options)
{
    PyObject *result = PyList_New((Py_ssize_t)options->class_weight_count);
    for (size_t i = 0; result && i < options->class_weight_count; i++) {
        const pensel_class_weight *w = &options->class_weights[i];
        PyObject *pair = Py_BuildValue("(dd)", w->code, w->weight);
        if (!pair || PyList_SetItem(result, (Py_ssize_t)i, pair) < 0) Py_CLEAR(result);
    }
    return result;
}

/* Numbers that are NULL become None. */
static PyObject *numbers_to_dict(const double *values, size_t count)
{
    return values ? core_numbers(values, count) : Py_NewRef(Py_None);
}

static PyObject *one_to_dict(const pensel_estimator *e, const pensel_fitted *f, int which)
{
    const pensel_report *report = pensel_estimator_report(e);
    size_t inputs = pensel_estimator_inputs(e);
    switch (which) {
    case CLASSES:
        return numbers_to_dict(f->classes, f->class_count);
    case INPUT_OFFSET:
        return numbers_to_dict(f->input_offset, inputs);
    case INPUT_SCALE:
        return numbers_to_dict(f->input_scale, inputs);
    case TARGET_OFFSET:
        return numbers_to_dict(f->target_offset, f->targets);
    case TARGET_SCALE:
        return numbers_to_dict(f->target_scale, f->targets);
    case LOSS_CURVE:
        return core_numbers(report->loss_curve, report->loss_count);
    case VALIDATION_SCORES:
        return core_numbers(report->validation_scores, report->validation_count);
    case CLASS_NAMES:
        return names_to_dict(e, f->classes ? f->class_count : f->targets,
                             pensel_estimator_class_name);
    case INPUT_NAMES:
        return names_to_dict(e, inputs, pensel_estimator_input_name);
    case TARGET_NAMES:
        return names_to_dict(e, f->targets, pensel_estimator_target_name);
    default:
        return class_weights_to_dict(pensel_estimator_settings(e));
    }
}

static PyObject *known_to_dict(const pensel_estimator *e, const pensel_fitted *fitted)
{
    PyObject *dict = PyDict_New();
    for (int which = 0; dict && which < LISTS; which++) {
        PyObject *value = one_to_dict(e, fitted, which);
        if (!value || PyDict_SetItemString(dict, keys[which], value) < 0) Py_CLEAR(dict);
        Py_XDECREF(value);
    }
    return dict;
}

static PyObject *network_to_dict(const pensel_fitted *fitted, PyTypeObject *type)
{
    pensel_network *copy;
    pensel_error error;
    if (pensel_network_copy(&copy, fitted->network, &error)) return core_raise(&error);
    return core_network_wrap(type, copy);
}

PyObject *core_parts(const pensel_estimator *e, PyTypeObject *type)
{
    const pensel_estimator_options *options = pensel_estimator_settings(e);
    pensel_fitted fitted;
    pensel_error error;
    if (pensel_estimator_fitted(e, &fitted, &error)) return core_raise(&error);
    PyObject *parts[] = {network_to_dict(&fitted, type), core_estimator_options_to_dict(options),
                         core_training_options_to_dict(&options->training),
                         core_report_to_dict(pensel_estimator_report(e)),
                         known_to_dict(e, &fitted)};
    bool whole = true;
    for (int i = 0; i < 5; i++)
        whole = whole && parts[i];
    if (whole)
        return Py_BuildValue("(NnNNNN)", parts[0], (Py_ssize_t)fitted.targets, parts[1], parts[2],
                             parts[3], parts[4]);
    for (int i = 0; i < 5; i++)
        Py_XDECREF(parts[i]);
    return NULL;
}

/* load(path) -> (network, targets, options, training, report, known), as save() takes them; of a
 * painting a Painting, of a table's model a TableModel */
PyObject *core_load(PyObject *module, PyObject *arguments)
{
    PyObject *path, *result = NULL;
    core_types *types = PyModule_GetState(module);
    if (!PyArg_ParseTuple(arguments, "O&", PyUnicode_FSConverter, &path)) return NULL;
    pensel_model *model;
    pensel_error error;
    (void)core_context();
    if (pensel_model_load(&model, PyBytes_AsString(path), &error))
        core_raise(&error);
    else if (pensel_model_painting(model)) {
        result = core_painting_of(types->painting, model);
        model = NULL; /* taken */
    } else if (pensel_model_table(model)) {
        result = core_table_of(types->table, model);
        model = NULL; /* taken */
    } else
        result = core_parts(pensel_model_estimator(model), types->network);
    pensel_model_free(&model);
    Py_DECREF(path);
    return result;
}
