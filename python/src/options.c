/* Options and reports from dicts and to dicts: every member that Python can see is one line of a
 * table, with its kind. To add one: 1. the member in pensel.h; 2. its line here. */
#include "core.h"

#include <stddef.h>
#include <string.h>

/* Converts a member from a Python object (false with an exception set on failure) and to one. */
typedef struct kind {
    bool (*read)(void *member, PyObject *value);
    PyObject *(*write)(const void *member);
} kind;

typedef struct option {
    const char *name;
    const kind *kind;
    size_t offset;
} option;

static bool read_number(void *member, PyObject *value)
{
    *(double *)member = PyFloat_AsDouble(value);
    return !PyErr_Occurred();
}
static PyObject *write_number(const void *member)
{
    return PyFloat_FromDouble(*(const double *)member);
}
static const kind number = {read_number, write_number};

static bool read_count(void *member, PyObject *value)
{
    *(size_t *)member = PyLong_AsSize_t(value);
    return !PyErr_Occurred();
}
static PyObject *write_count(const void *member)
{
    return PyLong_FromSize_t(*(const size_t *)member);
}
static const kind count = {read_count, write_count};

static bool read_tally(void *member, PyObject *value)
{
    *(uint64_t *)member = PyLong_AsUnsignedLongLong(value);
    return !PyErr_Occurred();
}
static PyObject *write_tally(const void *member)
{
    return PyLong_FromUnsignedLongLong(*(const uint64_t *)member);
}
static const kind tally = {read_tally, write_tally};

static bool read_seed(void *member, PyObject *value)
{
    *(uint32_t *)member = (uint32_t)PyLong_AsUnsignedLong(value);
    return !PyErr_Occurred();
}
static PyObject *write_seed(const void *member)
{
    return PyLong_FromUnsignedLong(*(const uint32_t *)member);
}
static const kind seed = {read_seed, write_seed};

static bool read_flag(void *member, PyObject *value)
{
    int truth = PyObject_IsTrue(value);
    *(bool *)member = truth == 1;
    return truth >= 0;
}
static PyObject *write_flag(const void *member)
{
    return PyBool_FromLong(*(const bool *)member);
}
static const kind flag = {read_flag, write_flag};

/* Finds `value` among the names of an enum; false with an exception set when it is none. */
static bool named(int *found, int count_of, const char *(*name_of)(int), PyObject *value)
{
    Py_ssize_t length;
    const char *wanted = PyUnicode_AsUTF8AndSize(value, &length);
    if (!wanted) return false;
    for (*found = 0; *found < count_of; ++*found)
        if (!strcmp(name_of(*found), wanted)) return true;
    PyErr_Format(PyExc_ValueError, "there is no '%s' here", wanted);
    return false;
}

/* The kind NAME of an enum whose first COUNT names TEXT(int) knows. */
#define NAMED(name, type, COUNT, text)                                 \
    static bool read_##name(void *member, PyObject *value)             \
    {                                                                  \
        int i;                                                         \
        if (!named(&i, COUNT, text, value)) return false;              \
        *(type *)member = (type)i;                                     \
        return true;                                                   \
    }                                                                  \
    static PyObject *write_##name(const void *member)                  \
    {                                                                  \
        return PyUnicode_FromString(text((int)*(const type *)member)); \
    }                                                                  \
    static const kind name = {read_##name, write_##name};

static const char *solver_text(int i)
{
    return pensel_solver_name((pensel_solver)i);
}
static const char *loss_text(int i)
{
    return pensel_loss_name((pensel_loss)i);
}
static const char *schedule_text(int i)
{
    return pensel_schedule_name((pensel_schedule)i);
}
static const char *encoding_text(int i)
{
    return pensel_encoding_name((pensel_encoding_kind)i);
}
static const char *stop_text(int i)
{
    return pensel_stop_name((pensel_stop)i);
}
static const char *task_text(int i)
{
    return i == PENSEL_CLASSIFICATION ? "classification" : "regression";
}
static const char *scaling_text(int i)
{
    static const char *const names[] = {"none", "standard", "minmax"};
    return names[i];
}
const char *core_initialisation_text(int i)
{
    static const char *const names[] = {"glorot", "he", "siren"};
    return names[i];
}
const char *core_precision_text(int i)
{
    static const char *const names[] = {"float32", "float64", "bfloat16"};
    return names[i];
}

NAMED(solver, pensel_solver, PENSEL_SOLVER_COUNT, solver_text)
NAMED(loss, pensel_loss, PENSEL_LOSS_COUNT, loss_text)
NAMED(schedule, pensel_schedule, PENSEL_SCHEDULE_COUNT, schedule_text)
NAMED(encoding_kind, pensel_encoding_kind, PENSEL_ENCODING_COUNT, encoding_text)
NAMED(stop, pensel_stop, PENSEL_STOP_DIVERGED + 1, stop_text)
NAMED(task, pensel_task, 2, task_text)
NAMED(scaling, pensel_scaling, 3, scaling_text)
NAMED(initialisation, pensel_initialisation, 3, core_initialisation_text)

#define LINE(type, kind, member) {#member, &kind, offsetof(type, member)}
#define TRAINING(kind, member) LINE(pensel_training_options, kind, member)
#define ENCODING(kind, member) LINE(pensel_encoding, kind, member)
#define ESTIMATOR(kind, member) LINE(pensel_estimator_options, kind, member)
#define REPORT(kind, member) LINE(pensel_report, kind, member)

static const option training_table[] = {
    TRAINING(solver, solver),
    TRAINING(loss, loss),
    TRAINING(schedule, learning_rate),
    TRAINING(number, alpha),
    TRAINING(count, batch_size),
    TRAINING(number, learning_rate_init),
    TRAINING(number, power_t),
    TRAINING(count, epochs),
    TRAINING(flag, shuffle),
    TRAINING(number, tol),
    TRAINING(number, momentum),
    TRAINING(flag, nesterovs_momentum),
    TRAINING(flag, early_stopping),
    TRAINING(number, validation_fraction),
    TRAINING(number, beta_1),
    TRAINING(number, beta_2),
    TRAINING(number, epsilon),
    TRAINING(count, n_iter_no_change),
    TRAINING(count, max_fun),
    TRAINING(number, max_seconds),
    TRAINING(number, weight_decay),
    TRAINING(number, decay),
    TRAINING(number, clip_norm),
    TRAINING(number, average),
    TRAINING(number, dropout),
    TRAINING(number, huber_delta),
    {"compat", &flag, offsetof(pensel_training_options, sklearn_gradient)},
    TRAINING(count, threads),
};

static const option encoding_table[] = {
    ENCODING(encoding_kind, kind),    ENCODING(count, features),   ENCODING(number, scale),
    ENCODING(count, levels),          ENCODING(count, table_log2), ENCODING(count, base_resolution),
    ENCODING(count, fine_resolution), ENCODING(count, rows),       ENCODING(count, columns),
    ENCODING(count, depth),           ENCODING(flag, periodic),    ENCODING(seed, seed),
};

static const option estimator_table[] = {
    ESTIMATOR(task, task),
    ESTIMATOR(initialisation, initialisation),
    ESTIMATOR(scaling, scale_inputs),
    ESTIMATOR(scaling, scale_targets),
    ESTIMATOR(flag, balanced),
    ESTIMATOR(flag, one_hot),
    ESTIMATOR(seed, seed),
};

/* The curves are lists of their own. */
static const option report_table[] = {
    REPORT(stop, stop),
    REPORT(count, epochs),
    REPORT(tally, steps),
    REPORT(tally, samples),
    REPORT(number, loss),
    REPORT(number, best_loss),
    REPORT(number, best_validation_score),
    REPORT(count, no_improvement_count),
    REPORT(number, learning_rate),
};

#define COUNT(table) (sizeof table / sizeof *table)

static bool fill(void *options, const option *table, size_t entries, PyObject *dict)
{
    PyObject *key, *value;
    Py_ssize_t position = 0, length;
    while (PyDict_Next(dict, &position, &key, &value)) {
        const char *name = PyUnicode_AsUTF8AndSize(key, &length);
        if (!name) return false;
        size_t i = 0;
        while (i < entries && strcmp(table[i].name, name))
            i++;
        if (i == entries) {
            PyErr_Format(PyExc_ValueError, "there is no option '%s' here", name);
            return false;
        }
        if (!table[i].kind->read((char *)options + table[i].offset, value)) return false;
    }
    return true;
}

static PyObject *tell(const void *record, const option *table, size_t entries)
{
    PyObject *dict = PyDict_New();
    for (size_t i = 0; dict && i < entries; i++) {
        PyObject *value = table[i].kind->write((const char *)record + table[i].offset);
        if (!value || PyDict_SetItemString(dict, table[i].name, value) < 0) Py_CLEAR(dict);
        Py_XDECREF(value);
    }
    return dict;
}

bool core_training_options(pensel_training_options *options, PyObject *dict)
{
    *options = pensel_training_defaults();
    options->context = core_context();
    return fill(options, training_table, COUNT(training_table), dict);
}

bool core_encoding(pensel_encoding *encoding, PyObject *dict)
{
    memset(encoding, 0, sizeof *encoding);
    return fill(encoding, encoding_table, COUNT(encoding_table), dict);
}

bool core_estimator_options(pensel_estimator_options *options, PyObject *dict)
{
    *options = pensel_estimator_defaults(PENSEL_REGRESSION);
    return fill(options, estimator_table, COUNT(estimator_table), dict);
}

bool core_report(pensel_report *report, PyObject *dict)
{
    memset(report, 0, sizeof *report);
    return fill(report, report_table, COUNT(report_table), dict);
}

PyObject *core_tell_training_options(const pensel_training_options *options)
{
    return tell(options, training_table, COUNT(training_table));
}

PyObject *core_tell_encoding(const pensel_encoding *encoding)
{
    return tell(encoding, encoding_table, COUNT(encoding_table));
}

PyObject *core_tell_estimator_options(const pensel_estimator_options *options)
{
    return tell(options, estimator_table, COUNT(estimator_table));
}

PyObject *core_tell_report(const pensel_report *report)
{
    return tell(report, report_table, COUNT(report_table));
}
