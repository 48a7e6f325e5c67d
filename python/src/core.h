/* The extension: include/pensel.h for Python, and nothing more. Arrays are passed as buffers (the
 * buffer protocol, C-contiguous float or double), so nothing is copied and NumPy's C API is not
 * needed; everything about estimators is written in Python, above this. Uses CPython 3.11's limited
 * API. */
#ifndef PENSEL_PYTHON_CORE_H
#define PENSEL_PYTHON_CORE_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "pensel.h"

/* The types of this module, in its state. */
typedef struct core_types {
    PyTypeObject *random, *network, *training, *painting, *compact, *columns, *table;
} core_types;

core_types *core_types_of(PyTypeObject *type);
static inline core_types *core_types_in(PyObject *module)
{
    return PyModule_GetState(module);
}

extern PyType_Spec core_random_spec, core_network_spec, core_training_spec, core_painting_spec,
    core_compact_spec, core_columns_spec, core_table_spec;

typedef struct core_random {
    PyObject_HEAD pensel_random stream;
} core_random;

typedef struct core_network {
    PyObject_HEAD pensel_network *network;
    Py_ssize_t count; /* of parameters: the shape of its buffer */
} core_network;

/* Takes the network, also on failure; NULL with an exception set. */
PyObject *core_network_wrap(PyTypeObject *type, pensel_network *network);

/* Of the numbers in memory: those of a bfloat16 network are float32. */
static inline pensel_precision core_precision(const pensel_network *network)
{
    return pensel_network_precision(network) == PENSEL_FLOAT64 ? PENSEL_FLOAT64 : PENSEL_FLOAT32;
}

/* Raises what `error` says; returns NULL. */
PyObject *core_raise(const pensel_error *error);

/* A borrowed matrix and the buffer that keeps it alive; core_release is harmless on a zeroed one.
 */
typedef struct core_array {
    Py_buffer buffer;
    pensel_matrix matrix;
} core_array;

/* Numbers (rows, columns), or (rows) seen as one column. False with an exception set. None gives a
 * matrix whose data is NULL. */
bool core_borrow(core_array *array, PyObject *object, bool writable);
void core_release(core_array *array);

/* Borrowed sparse rows, from a tuple (values, where, starts, columns) of float32 or float64, int32
 * and int64. False with an exception set; core_sparse_release is harmless on a zeroed one. */
typedef struct core_sparse {
    core_array values;
    Py_buffer where, starts;
    pensel_sparse rows;
} core_sparse;

bool core_sparse_borrow(core_sparse *sparse, PyObject *tuple);
void core_sparse_release(core_sparse *sparse);

/* x, y, weights of training, x dense or sparse rows; false with an exception set. */
typedef struct core_samples {
    core_array x, y, weights;
    core_sparse sparse;
    pensel_samples samples;
} core_samples;

bool core_samples_borrow(core_samples *samples, PyObject *x, PyObject *y, PyObject *weights);
void core_samples_release(core_samples *samples);

/* From a dict of members' names, over the defaults; false with an exception set. */
bool core_training_options(pensel_training_options *options, PyObject *dict);
bool core_encoding(pensel_encoding *encoding, PyObject *dict);
bool core_estimator_options(pensel_estimator_options *options, PyObject *dict);
bool core_report(pensel_report *report, PyObject *dict);
/* The same members as a new dict; NULL with an exception set. */
PyObject *core_training_options_to_dict(const pensel_training_options *options);
PyObject *core_encoding_to_dict(const pensel_encoding *encoding);
PyObject *core_estimator_options_to_dict(const pensel_estimator_options *options);
PyObject *core_report_to_dict(const pensel_report *report);

/* Names of the three initialisations and precisions. */
const char *core_initialisation_text(int i);
const char *core_precision_text(int i);

/* The one context of the process: whatever is made here uses its threads. A child of fork goes on
 * with its copy. The calling thread enters it, so that its networks know the activations of
 * custom.c: it is asked for before a network is made. */
pensel_context *core_context(void);

/* The activations of Python's own, for the context */
const pensel_custom_activation *core_custom_list(void);
/* Whether one of them has failed, with or without the interpreter; and the same with its exception
 * set, once: what computes asks before it gives a result. */
bool core_custom_pending(void);
bool core_custom_failed(void);
PyObject *core_register_activation(PyObject *module, PyObject *arguments);

/* The rows of an option table, a function of the module. */
PyObject *core_options(PyObject *module, PyObject *unused);

/* Sets one option, and all of a dict, as given; false with an exception set. */
bool core_set_option(void *options, const pensel_option_table *table, const char *name,
                     PyObject *value);
bool core_fill_options(void *options, const pensel_option_table *table, PyObject *dict);
/* A tuple of (width, activation, parameter) as layers; "" leaves an activation to the library. */
bool core_layers(pensel_layer *layers, PyObject *tuple, Py_ssize_t count);

/* A table's columns. `keep` is what they were made of and is borrowed from. */
typedef struct core_columns {
    PyObject_HEAD pensel_columns *columns;
    PyObject *keep;
    Py_buffer *buffers;  /* (count) */
    const char ***texts; /* (count) lists, or NULL */
    size_t count;
    void *row; /* (cells) of row.c, or NULL */
    size_t cells;
} core_columns;

/* Functions of the module. core_painting_of takes the model, which holds a painting. */
PyObject *core_paint(PyObject *module, PyObject *arguments);
PyObject *core_compact_new(PyObject *module, PyObject *arguments);
PyObject *core_compact_of(PyObject *module, PyObject *bytes);
PyObject *core_compact_load(PyObject *module, PyObject *arguments);
PyObject *core_psnr(PyObject *module, PyObject *arguments);
PyObject *core_enlarge(PyObject *module, PyObject *arguments);
PyObject *core_is_drawn(PyObject *module, PyObject *arguments);
PyObject *core_painting_of(PyTypeObject *type, pensel_model *model);
/* Functions of the module; core_table_of takes the model, which holds a table's. */
PyObject *core_missing(PyObject *module, PyObject *text);
PyObject *core_row(PyObject *module, PyObject *arguments);
void core_row_free(core_columns *self);
PyObject *core_fit_table(PyObject *module, PyObject *arguments);
PyObject *core_table_of(PyTypeObject *type, pensel_model *model);

/* A list of floats. */
PyObject *core_numbers(const double *values, size_t count);

/* A new estimator of the parts that save() takes; NULL with an exception set. */
pensel_estimator *core_estimator(core_types *types, PyObject *parts);
/* And back: what save() takes, of an estimator and the type of its network */
PyObject *core_parts(const pensel_estimator *e, PyTypeObject *type);
/* What these objects hold; borrowed. */
const pensel_painting *core_painting_held(PyObject *painting);
const pensel_table_model *core_table_held(PyObject *table);
/* X's columns and the target's behind them, both borrowed. It raises nothing. */
pensel_status core_columns_join(pensel_columns **joined, const pensel_columns *x,
                                const pensel_columns *target, pensel_error *error);

/* Model files, exports and imports, functions of the module. */
PyObject *core_export(PyObject *module, PyObject *arguments);
PyObject *core_import(PyObject *module, PyObject *arguments);
PyObject *core_save(PyObject *module, PyObject *arguments);
PyObject *core_load(PyObject *module, PyObject *arguments);

/* Ctrl-C while the interpreter is not running: between begin and end SIGINT also raises a flag that
 * the training polls at every step. Only begun on the main thread with Python's own handler in
 * place. */
const volatile int *core_interrupt_begin(void);
void core_interrupt_end(void);

#endif
