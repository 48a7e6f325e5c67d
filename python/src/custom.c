/* Activations of Python's own: the list of the one context, which grows.
 *
 * A function of one is compiled, void (double *value, double *slope, const double *z, size_t count,
 * void *), or an object that is called with the interpreter taken: object(slopes, z) -> float64, z
 * the bytes of float64 numbers. Networks keep the function that had the name when they were made,
 * so a name may be registered again, and no function is ever freed.
 *
 * An exception cannot pass through the library. It is kept, the numbers are NaN from there on, and
 * the call that ends next raises it: of two threads whose functions fail at once, either. */
#include "core.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 256 };

typedef struct function {
    pensel_activation_function compiled; /* or NULL: */
    PyObject *object;
} function;

/* The last one never has a name: it ends the list. */
static pensel_custom_activation list[MOST + 1];
static _Atomic(PyObject *) kept; /* an exception, or NULL */

const pensel_custom_activation *core_custom_list(void)
{
    return list;
}

bool core_custom_pending(void)
{
    return atomic_load(&kept) != NULL;
}

bool core_custom_failed(void)
{
    PyObject *exception = atomic_exchange(&kept, NULL);
    if (!exception) return false;
    PyErr_SetObject((PyObject *)Py_TYPE(exception), exception);
    Py_DECREF(exception);
    return true;
}

/* The exception that is set, unless another is kept already */
static void keep_exception(void)
{
    PyObject *type, *value, *trace, *none = NULL;
    PyErr_Fetch(&type, &value, &trace);
    PyErr_NormalizeException(&type, &value, &trace);
    if (trace) PyException_SetTraceback(value, trace);
    if (!atomic_compare_exchange_strong(&kept, &none, value)) Py_XDECREF(value);
    Py_XDECREF(type), Py_XDECREF(trace);
}

/* to[i] of count numbers z, as the object says; false with an exception set */
static bool ask(PyObject *object, double *to, int slopes, const double *z, size_t count)
{
    Py_ssize_t bytes = (Py_ssize_t)(count * sizeof *z);
    Py_buffer numbers;
    PyObject *answer = PyObject_CallFunction(object, "iy#", slopes, (const char *)z, bytes);
    if (!answer || PyObject_GetBuffer(answer, &numbers, PyBUF_C_CONTIGUOUS) < 0) {
        Py_XDECREF(answer);
        return false;
    }
    bool fits = numbers.len == bytes;
    if (fits)
        memcpy(to, numbers.buf, (size_t)bytes);
    else
        PyErr_SetString(PyExc_ValueError, "an activation gives as many float64 as it is given");
    PyBuffer_Release(&numbers);
    Py_DECREF(answer);
    return fits;
}

/* In any thread, with the interpreter or without */
static void call(double *value, double *slope, const double *z, size_t count, void *data)
{
    const function *f = data;
    double *to[2] = {value, slope};
    if (f->compiled) {
        f->compiled(value, slope, z, count, NULL);
        return;
    }
    PyGILState_STATE state = PyGILState_Ensure();
    for (int slopes = 0; slopes < 2; slopes++) {
        if (!to[slopes]) continue;
        if (!core_custom_pending() && ask(f->object, to[slopes], slopes, z, count)) continue;
        if (PyErr_Occurred()) keep_exception();
        for (size_t i = 0; i < count; i++)
            to[slopes][i] = NAN;
    }
    PyGILState_Release(state);
}

/* Room for one more function; NULL with an exception set. The object is one more's. */
static function *make_function(PyObject *object)
{
    void *address = PyLong_Check(object) ? PyLong_AsVoidPtr(object) : NULL;
    function *f = PyErr_Occurred() ? NULL : calloc(1, sizeof *f);
    if (!f) return PyErr_Occurred() ? NULL : (function *)(void *)PyErr_NoMemory();
    if (PyLong_Check(object))
        memcpy(&f->compiled, &address, sizeof address);
    else
        f->object = Py_NewRef(object);
    return f;
}

/* The library's words about a name, which it checks for a context */
static bool check_name(const char *name, pensel_error *error)
{
    pensel_context *context;
    const pensel_custom_activation one[] = {{name, call, NULL}, {0}};
    pensel_context_options o = pensel_context_defaults();
    o.activations = one;
    bool good = pensel_context_new(&context, &o, error) == PENSEL_OK;
    pensel_context_free(&context);
    return good;
}

/* register_activation(name, object or address); the caller lets in one thread at a time. A network
 * that is made meanwhile has the old function or the new one: only `data` changes. */
PyObject *core_register_activation(PyObject *module, PyObject *arguments)
{
    const char *name;
    PyObject *object;
    pensel_error error;
    size_t at = 0;
    (void)module;
    if (!PyArg_ParseTuple(arguments, "sO", &name, &object)) return NULL;
    if (!check_name(name, &error)) return core_raise(&error);
    while (list[at].name && strcmp(list[at].name, name) != 0)
        at++;
    if (at == MOST)
        return PyErr_Format(PyExc_ValueError, "%d activations are registered: no more can be",
                            MOST);
    char *own = malloc(strlen(name) + 1);
    if (!own) return PyErr_NoMemory();
    function *f = make_function(object);
    if (!f || list[at].name) {
        if (f) list[at].data = f;
        free(own);
        return f ? Py_NewRef(Py_None) : NULL;
    }
    strcpy(own, name);
    list[at] = (pensel_custom_activation){NULL, call, f};
    atomic_thread_fence(memory_order_release);
    list[at].name = own;
    Py_RETURN_NONE;
}
