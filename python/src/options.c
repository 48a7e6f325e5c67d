/* Options from dicts: every member that Python may set is one line of a table, with how it is read.
 * To add one: 1. the member in pensel.h; 2. its line here. */
#include "core.h"

#include <stddef.h>
#include <string.h>

typedef bool reader(void *member, PyObject *value);

typedef struct option {
    const char *name;
    reader *read;
    size_t offset;
} option;

static bool number(void *member, PyObject *value)
{
    *(double *)member = PyFloat_AsDouble(value);
    return !PyErr_Occurred();
}

static bool count(void *member, PyObject *value)
{
    *(size_t *)member = PyLong_AsSize_t(value);
    return !PyErr_Occurred();
}

static bool seed(void *member, PyObject *value)
{
    *(uint32_t *)member = (uint32_t)PyLong_AsUnsignedLong(value);
    return !PyErr_Occurred();
}

static bool flag(void *member, PyObject *value)
{
    int truth = PyObject_IsTrue(value);
    *(bool *)member = truth == 1;
    return truth >= 0;
}

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

/* A reader NAME of an enum whose names pensel_NAME_name() knows. */
#define NAMED(name, COUNT)                                       \
    static const char *name##_text(int i)                        \
    {                                                            \
        return pensel_##name##_name((pensel_##name)i);           \
    }                                                            \
    static bool name(void *member, PyObject *value)              \
    {                                                            \
        int i;                                                   \
        if (!named(&i, COUNT, name##_text, value)) return false; \
        *(pensel_##name *)member = (pensel_##name)i;             \
        return true;                                             \
    }

NAMED(solver, PENSEL_SOLVER_COUNT)
NAMED(loss, PENSEL_LOSS_COUNT)
NAMED(schedule, PENSEL_SCHEDULE_COUNT)

static const char *encoding_text(int i)
{
    return pensel_encoding_name((pensel_encoding_kind)i);
}

static bool encoding_kind(void *member, PyObject *value)
{
    int i;
    if (!named(&i, PENSEL_ENCODING_COUNT, encoding_text, value)) return false;
    *(pensel_encoding_kind *)member = (pensel_encoding_kind)i;
    return true;
}

#define TRAINING(reader, member)                                   \
    {                                                              \
#member, reader, offsetof(pensel_training_options, member) \
    }
#define ENCODING(reader, member)                           \
    {                                                      \
#member, reader, offsetof(pensel_encoding, member) \
    }

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
    TRAINING(flag, compat),
    TRAINING(count, threads),
};

static const option encoding_table[] = {
    ENCODING(encoding_kind, kind),    ENCODING(count, features),   ENCODING(number, scale),
    ENCODING(count, levels),          ENCODING(count, table_log2), ENCODING(count, base_resolution),
    ENCODING(count, fine_resolution), ENCODING(count, rows),       ENCODING(count, columns),
    ENCODING(count, depth),           ENCODING(flag, periodic),    ENCODING(seed, seed),
};

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
        if (!table[i].read((char *)options + table[i].offset, value)) return false;
    }
    return true;
}

bool core_training_options(pensel_training_options *options, PyObject *dict)
{
    *options = pensel_training_defaults();
    return fill(options, training_table, sizeof training_table / sizeof *training_table, dict);
}

bool core_encoding(pensel_encoding *encoding, PyObject *dict)
{
    memset(encoding, 0, sizeof *encoding);
    return fill(encoding, encoding_table, sizeof encoding_table / sizeof *encoding_table, dict);
}
