/* pensel_training_options from a dict. Every member a Python caller may set is one line of the table;
 * to add one: 1. the member in pensel.h; 2. its line here. */
#include "core.h"

#include <stddef.h>
#include <string.h>

typedef enum kind { NUMBER, COUNT, FLAG, SOLVER, LOSS, SCHEDULE } kind;

#define OPTION(kind, member) {#member, kind, offsetof(pensel_training_options, member)}

static const struct option {
    const char *name;
    kind kind;
    size_t offset;
} table[] = {
    OPTION(SOLVER, solver),
    OPTION(LOSS, loss),
    OPTION(SCHEDULE, learning_rate),
    OPTION(NUMBER, alpha),
    OPTION(COUNT, batch_size),
    OPTION(NUMBER, learning_rate_init),
    OPTION(NUMBER, power_t),
    OPTION(COUNT, epochs),
    OPTION(FLAG, shuffle),
    OPTION(NUMBER, tol),
    OPTION(NUMBER, momentum),
    OPTION(FLAG, nesterovs_momentum),
    OPTION(FLAG, early_stopping),
    OPTION(NUMBER, validation_fraction),
    OPTION(NUMBER, beta_1),
    OPTION(NUMBER, beta_2),
    OPTION(NUMBER, epsilon),
    OPTION(COUNT, n_iter_no_change),
    OPTION(COUNT, max_fun),
    OPTION(NUMBER, max_seconds),
    OPTION(NUMBER, weight_decay),
    OPTION(NUMBER, decay),
    OPTION(NUMBER, clip_norm),
    OPTION(NUMBER, average),
    OPTION(NUMBER, dropout),
    OPTION(NUMBER, huber_delta),
    OPTION(FLAG, compat),
    OPTION(COUNT, threads),
};

static const char *solver_name(int i) { return pensel_solver_name((pensel_solver)i); }
static const char *loss_name(int i) { return pensel_loss_name((pensel_loss)i); }
static const char *schedule_name(int i) { return pensel_schedule_name((pensel_schedule)i); }

/* The number of the entry called `name`, or -1 with an exception set. */
static int named(const char *(*name_of)(int), PyObject *value)
{
    Py_ssize_t length;
    const char *wanted = PyUnicode_AsUTF8AndSize(value, &length);
    if (!wanted) return -1;
    const char *name;
    for (int i = 0; (name = name_of(i)) != NULL; i++)
        if (!strcmp(name, wanted)) return i;
    PyErr_Format(PyExc_ValueError, "there is no '%s' here", wanted);
    return -1;
}

static bool set(pensel_training_options *options, const struct option *option, PyObject *value)
{
    char *member = (char *)options + option->offset;
    int choice = 0;
    switch (option->kind) {
    case NUMBER: *(double *)(void *)member = PyFloat_AsDouble(value); break;
    case COUNT: *(size_t *)(void *)member = PyLong_AsSize_t(value); break;
    case FLAG: *(bool *)member = PyObject_IsTrue(value) == 1; break;
    case SOLVER:
        choice = named(solver_name, value);
        *(pensel_solver *)(void *)member = (pensel_solver)choice;
        break;
    case LOSS:
        choice = named(loss_name, value);
        *(pensel_loss *)(void *)member = (pensel_loss)choice;
        break;
    case SCHEDULE:
        choice = named(schedule_name, value);
        *(pensel_schedule *)(void *)member = (pensel_schedule)choice;
        break;
    }
    return choice >= 0 && !PyErr_Occurred();
}

bool core_options(pensel_training_options *options, PyObject *dict)
{
    *options = pensel_training_defaults();
    PyObject *key, *value;
    Py_ssize_t position = 0;
    while (PyDict_Next(dict, &position, &key, &value)) {
        Py_ssize_t length;
        const char *name = PyUnicode_AsUTF8AndSize(key, &length);
        if (!name) return false;
        size_t i = 0, count = sizeof table / sizeof *table;
        while (i < count && strcmp(table[i].name, name)) i++;
        if (i == count) {
            PyErr_Format(PyExc_TypeError, "training has no option '%s'", name);
            return false;
        }
        if (!set(options, &table[i], value)) return false;
    }
    return true;
}
