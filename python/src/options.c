/* Options and reports from dicts and to dicts. Options are converted as the library's tables say,
 * so that a new one is here once it is in its table; of a report every member that Python can see
 * is a line of a table here. */
#include "core.h"

#include <stddef.h>
#include <string.h>

/* Converts a member from a Python object (false with an exception set on failure) and to one. */
typedef struct kind {
    bool (*read)(void *member, PyObject *value);
    PyObject *(*write)(const void *member);
} kind;

typedef struct member {
    const char *name;
    const kind *kind;
    size_t offset;
} member;

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

static PyObject *write_stop(const void *member)
{
    return PyUnicode_FromString(pensel_stop_name(*(const pensel_stop *)member));
}

/* Finds `value` among names; false with an exception set when it is none of them. */
static bool named(int *found, const char *(*name_of)(int), PyObject *value)
{
    Py_ssize_t length;
    const char *wanted = PyUnicode_AsUTF8AndSize(value, &length);
    if (!wanted) return false;
    for (*found = 0; name_of(*found); ++*found)
        if (!strcmp(name_of(*found), wanted)) return true;
    PyErr_Format(PyExc_ValueError, "there is no '%s' here", wanted);
    return false;
}

static const char *stop_text(int i)
{
    return pensel_stop_name((pensel_stop)i);
}

static bool read_stop(void *member, PyObject *value)
{
    int i;
    if (!named(&i, stop_text, value)) return false;
    *(pensel_stop *)member = (pensel_stop)i;
    return true;
}
static const kind stop = {read_stop, write_stop};

const char *core_initialisation_text(int i)
{
    return pensel_initialisation_name((pensel_initialisation)i);
}
const char *core_precision_text(int i)
{
    return pensel_precision_name((pensel_precision)i);
}

/* ------------------------------------------------------------------ options */

static const kind *const kinds[] = {
    [PENSEL_OPTION_FLAG] = &flag,     [PENSEL_OPTION_COUNT] = &count,
    [PENSEL_OPTION_SEED] = &seed,     [PENSEL_OPTION_THREADS] = &count,
    [PENSEL_OPTION_NUMBER] = &number, [PENSEL_OPTION_SECONDS] = &number,
    [PENSEL_OPTION_CHOICE] = NULL, /* by its names */
};

static bool read_row(void *options, const pensel_option_row *row, PyObject *value)
{
    void *place = (char *)options + row->offset;
    int i;
    if (row->kind != PENSEL_OPTION_CHOICE) return kinds[row->kind]->read(place, value);
    if (!named(&i, row->choice, value)) return false;
    memcpy(place, &i, sizeof i);
    return true;
}

static PyObject *write_row(const void *options, const pensel_option_row *row)
{
    const void *place = (const char *)options + row->offset;
    int i;
    if (row->kind != PENSEL_OPTION_CHOICE) return kinds[row->kind]->write(place);
    memcpy(&i, place, sizeof i);
    return PyUnicode_FromString(row->choice(i));
}

bool core_set_option(void *options, const pensel_option_table *table, const char *name,
                     PyObject *value)
{
    const pensel_option_row *row = pensel_option_find(table, name);
    if (!read_row(options, row, value)) {
        if (row->kind != PENSEL_OPTION_CHOICE && PyErr_ExceptionMatches(PyExc_TypeError))
            PyErr_Format(PyExc_TypeError, "%s: a number is needed, not %R", name, value);
        return false;
    }
    pensel_option_give(options, table, name, NULL);
    return true;
}

/* An option that is in the dict counts as given. */
static bool fill(void *options, const pensel_option_table *table, PyObject *dict)
{
    PyObject *key, *value;
    Py_ssize_t position = 0, length;
    while (PyDict_Next(dict, &position, &key, &value)) {
        const char *name = PyUnicode_AsUTF8AndSize(key, &length);
        if (!name) return false;
        const pensel_option_row *row = pensel_option_find(table, name);
        if (!row) {
            PyErr_Format(PyExc_ValueError, "there is no option '%s' here", name);
            return false;
        }
        if (!core_set_option(options, table, name, value)) return false;
    }
    return true;
}

bool core_fill_options(void *options, const pensel_option_table *table, PyObject *dict)
{
    return fill(options, table, dict);
}

static PyObject *to_dict(const void *options, const pensel_option_table *table)
{
    PyObject *dict = PyDict_New();
    for (size_t i = 0; dict && i < table->count; i++) {
        PyObject *value = write_row(options, &table->rows[i]);
        if (!value || PyDict_SetItemString(dict, table->rows[i].name, value) < 0) Py_CLEAR(dict);
        Py_XDECREF(value);
    }
    return dict;
}

bool core_training_options(pensel_training_options *options, PyObject *dict)
{
    *options = pensel_training_defaults();
    options->context = core_context();
    return fill(options, pensel_training_table(), dict);
}

bool core_encoding(pensel_encoding *encoding, PyObject *dict)
{
    memset(encoding, 0, sizeof *encoding);
    return fill(encoding, pensel_encoding_table(), dict);
}

bool core_estimator_options(pensel_estimator_options *options, PyObject *dict)
{
    *options = pensel_estimator_defaults(PENSEL_REGRESSION);
    return fill(options, pensel_estimator_table(), dict);
}

PyObject *core_training_options_to_dict(const pensel_training_options *options)
{
    return to_dict(options, pensel_training_table());
}

PyObject *core_encoding_to_dict(const pensel_encoding *encoding)
{
    return to_dict(encoding, pensel_encoding_table());
}

PyObject *core_estimator_options_to_dict(const pensel_estimator_options *options)
{
    return to_dict(options, pensel_estimator_table());
}

static PyObject *list_choices(const pensel_option_row *row)
{
    PyObject *list = PyList_New(0);
    for (int i = 0; list && row->choice && row->choice(i); i++) {
        PyObject *name = PyUnicode_FromString(row->choice(i));
        if (!name || PyList_Append(list, name) < 0) Py_CLEAR(list);
        Py_XDECREF(name);
    }
    return list;
}

/* (name, kind, default, low, high, ends, choices, only, help) */
static PyObject *describe_row(const pensel_option_row *row)
{
    static const char *const names[] = {
        [PENSEL_OPTION_FLAG] = "flag",     [PENSEL_OPTION_COUNT] = "count",
        [PENSEL_OPTION_SEED] = "seed",     [PENSEL_OPTION_THREADS] = "threads",
        [PENSEL_OPTION_NUMBER] = "number", [PENSEL_OPTION_SECONDS] = "seconds",
        [PENSEL_OPTION_CHOICE] = "choice",
    };
    PyObject *choices = list_choices(row);
    if (!choices) return NULL;
    return Py_BuildValue("(ssdddsNss)", row->name, names[row->kind], row->standard, row->low,
                         row->high, row->ends, choices, row->only, row->help);
}

/* options(name of the table) */
PyObject *core_options(PyObject *module, PyObject *which)
{
    static const struct {
        const char *name;
        const pensel_option_table *(*table)(void);
    } tables[] = {{"training", pensel_training_table}, {"estimator", pensel_estimator_table},
                  {"encoding", pensel_encoding_table}, {"paint", pensel_paint_table},
                  {"render", pensel_render_table},     {"table", pensel_table_model_table},
                  {"export", pensel_export_table},     {"compact", pensel_compact_table}};
    (void)module;
    Py_ssize_t length;
    const char *name = PyUnicode_AsUTF8AndSize(which, &length);
    const pensel_option_table *table = NULL;
    for (size_t i = 0; name && i < sizeof tables / sizeof *tables; i++)
        if (!strcmp(tables[i].name, name)) table = tables[i].table();
    if (!table) return name ? PyErr_Format(PyExc_ValueError, "no table '%s'", name) : NULL;
    PyObject *list = PyList_New(0);
    for (size_t i = 0; list && i < table->count; i++) {
        PyObject *row = describe_row(&table->rows[i]);
        if (!row || PyList_Append(list, row) < 0) Py_CLEAR(list);
        Py_XDECREF(row);
    }
    return list;
}

/* ------------------------------------------------------------------ reports */

#define REPORT(kind, name) {#name, &kind, offsetof(pensel_report, name)}

/* The curves are lists of their own. */
static const member report_table[] = {
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

enum { REPORTED = sizeof report_table / sizeof *report_table };

bool core_report(pensel_report *report, PyObject *dict)
{
    memset(report, 0, sizeof *report);
    for (size_t i = 0; i < REPORTED; i++) {
        const member *m = &report_table[i];
        PyObject *value = PyDict_GetItemString(dict, m->name);
        if (value && !m->kind->read((char *)report + m->offset, value)) return false;
    }
    return true;
}

PyObject *core_report_to_dict(const pensel_report *report)
{
    PyObject *dict = PyDict_New();
    for (size_t i = 0; dict && i < REPORTED; i++) {
        const member *m = &report_table[i];
        PyObject *value = m->kind->write((const char *)report + m->offset);
        if (!value || PyDict_SetItemString(dict, m->name, value) < 0) Py_CLEAR(dict);
        Py_XDECREF(value);
    }
    return dict;
}
