/* Painting: a pensel_painting, made from pixels or found in a model file. Pixels come as one flat
 * buffer of float32 with its sizes beside it; what a picture is (an array, a PIL image, bytes,
 * alpha) is decided in Python, above this. */
#include "core.h"

#include <stdlib.h>
#include <string.h>

typedef struct core_painting {
    PyObject_HEAD const pensel_painting *painting;
    pensel_painting *own; /* one of the two owns it */
    pensel_model *model;
    char chosen[256]; /* the line that says what was chosen, or "" */
} core_painting;

static core_painting *of(PyObject *self)
{
    return (core_painting *)self;
}

const pensel_painting *core_painting_held(PyObject *painting)
{
    return of(painting)->painting;
}

/* ------------------------------------------------------------------ options */

/* Where an option of painting lies: the tables are asked in the program's order. */
static const pensel_option_table *table_of(void **options, pensel_paint_options *o,
                                           const char *name)
{
    const pensel_option_table *const tables[] = {pensel_paint_table(), pensel_estimator_table(),
                                                 pensel_training_table(), pensel_encoding_table()};
    void *const members[] = {o, &o->estimator, &o->estimator.training, &o->estimator.encoding};
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        *options = members[i];
        if (pensel_option_find(tables[i], name)) return tables[i];
    }
    return NULL;
}

static bool set_options(pensel_paint_options *o, PyObject *dict)
{
    PyObject *key, *value;
    Py_ssize_t position = 0, length;
    void *options;
    while (PyDict_Next(dict, &position, &key, &value)) {
        const char *name = PyUnicode_AsUTF8AndSize(key, &length);
        const pensel_option_table *table = name ? table_of(&options, o, name) : NULL;
        if (!name) return false;
        if (!table) {
            PyErr_Format(PyExc_TypeError, "paint() got an unexpected keyword argument '%s'", name);
            return false;
        }
        if (!core_set_option(options, table, name, value)) return false;
    }
    return true;
}

/* An option that was given and has no effect is an error; but an encoding that is still to be
 * chosen may be one that its options are for. */
static bool check_effects(pensel_paint_options *o, PyObject *dict)
{
    PyObject *key, *value;
    Py_ssize_t position = 0, length;
    void *options;
    bool open =
        o->choose && !pensel_option_given(&o->estimator.encoding, pensel_encoding_table(), "kind");
    while (PyDict_Next(dict, &position, &key, &value)) {
        const char *name = PyUnicode_AsUTF8AndSize(key, &length);
        const pensel_option_table *table = table_of(&options, o, name);
        if (options == &o->estimator.encoding && open) continue;
        if (pensel_option_applies(options, table, name)) continue;
        PyErr_Format(PyExc_ValueError, "%s has no effect with the other options: %s is needed",
                     name, pensel_option_find(table, name)->only);
        return false;
    }
    return true;
}

/* ------------------------------------------------------------------ making one */

static PyObject *wrap(PyTypeObject *type)
{
    core_painting *self = (core_painting *)PyType_GenericAlloc(type, 0);
    if (self) self->chosen[0] = 0;
    return (PyObject *)self;
}

PyObject *core_painting_of(PyTypeObject *type, pensel_model *model)
{
    PyObject *self = wrap(type);
    if (!self) {
        pensel_model_free(&model);
        return NULL;
    }
    of(self)->model = model;
    of(self)->painting = pensel_model_painting(model);
    return self;
}

/* Pictures of one size that lie one after another in `pixels`; false with an exception set. */
static bool lay_out(pensel_picture *pictures, size_t count, const core_array *pixels,
                    const size_t size[3])
{
    size_t each = size[0] * size[1] * size[2];
    const pensel_matrix *m = &pixels->matrix;
    if (m->precision != PENSEL_FLOAT32 || m->columns != 1 || m->rows != count * each) {
        PyErr_SetString(PyExc_ValueError, "the pixels do not have the size that is named");
        return false;
    }
    for (size_t i = 0; i < count; i++)
        pictures[i] = (pensel_picture){(float *)m->data + i * each, size[1], size[0], size[2]};
    return true;
}

static bool run(PyObject *self, const pensel_picture *pictures, size_t count,
                pensel_paint_options *o, int interruptible)
{
    pensel_error error;
    pensel_status status;
    o->chosen = of(self)->chosen;
    o->estimator.training.context = core_context();
    o->estimator.training.interrupt = interruptible ? core_interrupt_begin() : NULL;
    Py_BEGIN_ALLOW_THREADS;
    status = pensel_painting_of_several(&of(self)->own, pictures, count, o, &error);
    Py_END_ALLOW_THREADS;
    if (o->estimator.training.interrupt) core_interrupt_end();
    of(self)->painting = of(self)->own;
    if (core_custom_failed()) return false;
    if (status) return core_raise(&error);
    return !PyErr_CheckSignals();
}

/* Everything that paint() borrows. */
typedef struct order {
    core_array pixels, weights;
    Py_buffer profile;
    pensel_layer *layers;
    pensel_picture *pictures;
} order;

static void release(order *o)
{
    core_release(&o->pixels);
    core_release(&o->weights);
    if (o->profile.obj) PyBuffer_Release(&o->profile);
    free(o->layers);
    free(o->pictures);
}

static bool fill(order *order, pensel_paint_options *o, PyObject *weights, PyObject *profile,
                 PyObject *layers)
{
    if (!core_borrow(&order->weights, weights, false)) return false;
    o->weights = order->weights.matrix.data;
    if (profile != Py_None) {
        if (PyObject_GetBuffer(profile, &order->profile, PyBUF_SIMPLE) < 0) return false;
        o->profile = order->profile.buf;
        o->profile_size = (size_t)order->profile.len;
    }
    if (layers == Py_None) return true;
    Py_ssize_t count = PyTuple_Size(layers);
    order->layers = calloc((size_t)count + 1, sizeof *order->layers);
    if (!order->layers) return PyErr_NoMemory();
    o->estimator.hidden = order->layers;
    o->estimator.hidden_count = (size_t)count;
    return core_layers(order->layers, layers, count);
}

/* paint(pixels, (count, height, width, channels), classes, tutorial, weights, profile, layers,
 * options, interruptible) -> Painting */
PyObject *core_paint(PyObject *module, PyObject *arguments)
{
    PyObject *pixels, *weights, *profile, *layers, *dict, *self = NULL;
    int classes, tutorial, interruptible;
    Py_ssize_t sizes[4];
    if (!PyArg_ParseTuple(arguments, "O(nnnn)ppOOOO!p", &pixels, &sizes[0], &sizes[1], &sizes[2],
                          &sizes[3], &classes, &tutorial, &weights, &profile, &layers, &PyDict_Type,
                          &dict, &interruptible))
        return NULL;
    order order = {0};
    pensel_task task = classes ? PENSEL_CLASSIFICATION : PENSEL_REGRESSION;
    pensel_paint_options o = tutorial ? pensel_paint_tutorial(task) : pensel_paint_defaults(task);
    const size_t size[3] = {(size_t)sizes[1], (size_t)sizes[2], (size_t)sizes[3]};
    size_t count = (size_t)sizes[0];
    order.pictures = calloc(count + 1, sizeof *order.pictures);
    if (!order.pictures) return PyErr_NoMemory();
    if (tutorial && PyDict_GetItemString(dict, "colours") &&
        !PyDict_GetItemString(dict, "threshold"))
        o.threshold = -1; /* a palette is asked for instead */
    if (core_borrow(&order.pixels, pixels, false) &&
        lay_out(order.pictures, count, &order.pixels, size) && set_options(&o, dict) &&
        check_effects(&o, dict) && fill(&order, &o, weights, profile, layers))
        self = wrap(core_types_in(module)->painting);
    if (self && !run(self, order.pictures, count, &o, interruptible)) Py_CLEAR(self);
    release(&order);
    return self;
}

static void destroy(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    pensel_painting_free(&of(self)->own);
    pensel_model_free(&of(self)->model);
    PyObject_Free(self);
    Py_DECREF(type);
}

/* ------------------------------------------------------------------ using it */

/* render(pixels, rows, options): rows from the first one into a writable buffer */
static PyObject *render(PyObject *self, PyObject *arguments)
{
    PyObject *pixels, *dict;
    Py_ssize_t rows;
    core_array array;
    pensel_error error;
    pensel_render_options o = pensel_render_defaults();
    if (!PyArg_ParseTuple(arguments, "OnO!", &pixels, &rows, &PyDict_Type, &dict) ||
        !core_fill_options(&o, pensel_render_table(), dict) || !core_borrow(&array, pixels, true))
        return NULL;
    size_t channels = pensel_painting_canvas(of(self)->painting)->channels;
    pensel_status status = PENSEL_OK;
    bool fits = array.matrix.precision == PENSEL_FLOAT32 && array.matrix.columns == 1 &&
                array.matrix.rows == (size_t)rows * o.width * channels;
    o.context = core_context();
    Py_BEGIN_ALLOW_THREADS;
    if (fits)
        status = pensel_painting_render(of(self)->painting, (float *)array.matrix.data, 0,
                                        (size_t)rows, &o, &error);
    Py_END_ALLOW_THREADS;
    core_release(&array);
    if (core_custom_failed()) return NULL;
    if (!fits) return PyErr_Format(PyExc_ValueError, "the buffer does not have the size named");
    return status ? core_raise(&error) : Py_NewRef(Py_None);
}

static PyObject *save(PyObject *self, PyObject *arguments)
{
    PyObject *path;
    pensel_error error;
    if (!PyArg_ParseTuple(arguments, "O&", PyUnicode_FSConverter, &path)) return NULL;
    pensel_status status = pensel_painting_save(of(self)->painting, PyBytes_AsString(path), &error);
    Py_DECREF(path);
    return status ? core_raise(&error) : Py_NewRef(Py_None);
}

/* What is known of it: sizes, parameters, settings, report. */
static PyObject *to_dict(PyObject *self, PyObject *unused)
{
    (void)unused;
    const pensel_canvas *c = pensel_painting_canvas(of(self)->painting);
    const pensel_estimator *e = pensel_painting_estimator(of(self)->painting);
    const pensel_estimator_options *o = pensel_estimator_settings(e);
    const pensel_network *network = pensel_estimator_network(e);
    const pensel_report *report = pensel_estimator_report(e);
    return Py_BuildValue("{s:n,s:n,s:n,s:n,s:n,s:n,s:s,s:N,s:N,s:N,s:N,s:N}", "width",
                         (Py_ssize_t)c->width, "height", (Py_ssize_t)c->height, "channels",
                         (Py_ssize_t)c->channels, "pictures", (Py_ssize_t)c->pictures, "colours",
                         (Py_ssize_t)c->colours, "parameters",
                         (Py_ssize_t)pensel_network_parameter_count(network), "chosen",
                         of(self)->chosen, "estimator", core_estimator_options_to_dict(o),
                         "training", core_training_options_to_dict(&o->training), "encoding",
                         core_encoding_to_dict(&pensel_network_shape(network)->encoding), "report",
                         core_report_to_dict(report), "loss_curve",
                         core_numbers(report->loss_curve, report->loss_count));
}

static PyObject *profile(PyObject *self, PyObject *unused)
{
    (void)unused;
    const pensel_canvas *c = pensel_painting_canvas(of(self)->painting);
    if (!c->profile) return Py_NewRef(Py_None);
    return PyBytes_FromStringAndSize(c->profile, (Py_ssize_t)c->profile_size);
}

/* psnr(a, b, height, width, channels): of two flat buffers of float32 */
PyObject *core_psnr(PyObject *module, PyObject *arguments)
{
    PyObject *a, *b;
    Py_ssize_t sizes[3];
    (void)module;
    if (!PyArg_ParseTuple(arguments, "OO(nnn)", &a, &b, &sizes[0], &sizes[1], &sizes[2]))
        return NULL;
    const size_t size[3] = {(size_t)sizes[0], (size_t)sizes[1], (size_t)sizes[2]};
    core_array first = {0}, second = {0};
    pensel_picture pictures[2];
    pensel_error error;
    double psnr;
    PyObject *result = NULL;
    if (core_borrow(&first, a, false) && core_borrow(&second, b, false) &&
        lay_out(&pictures[0], 1, &first, size) && lay_out(&pictures[1], 1, &second, size)) {
        if (pensel_picture_psnr(&psnr, &pictures[0], &pictures[1], &error))
            core_raise(&error);
        else
            result = PyFloat_FromDouble(psnr);
    }
    core_release(&first);
    core_release(&second);
    return result;
}

/* enlarge(larger, pixels, height, width, channels, how, factor, threads): into a writable buffer */
PyObject *core_enlarge(PyObject *module, PyObject *arguments)
{
    PyObject *to, *from, *result = NULL;
    Py_ssize_t sizes[3], factor, threads;
    const char *name;
    (void)module;
    if (!PyArg_ParseTuple(arguments, "OO(nnn)snn", &to, &from, &sizes[0], &sizes[1], &sizes[2],
                          &name, &factor, &threads))
        return NULL;
    const size_t size[3] = {(size_t)sizes[0], (size_t)sizes[1], (size_t)sizes[2]};
    const size_t larger[3] = {size[0] * (size_t)factor, size[1] * (size_t)factor, size[2]};
    core_array target = {0}, source = {0};
    pensel_picture picture, large;
    pensel_error error;
    pensel_status status = PENSEL_OK;
    int how = 0;
    while (pensel_enlargement_name(how) && strcmp(pensel_enlargement_name(how), name) != 0)
        how++;
    if (core_borrow(&target, to, true) && core_borrow(&source, from, false) &&
        lay_out(&picture, 1, &source, size) && lay_out(&large, 1, &target, larger)) {
        pensel_context *context = core_context();
        Py_BEGIN_ALLOW_THREADS;
        status = pensel_picture_enlarge(large.pixels, &picture, (pensel_enlargement)how,
                                        (size_t)factor, (size_t)threads, context, &error);
        Py_END_ALLOW_THREADS;
        result = status ? core_raise(&error) : Py_NewRef(Py_None);
    }
    core_release(&target);
    core_release(&source);
    return result;
}

/* is_drawn(pixels, height, width, channels) */
PyObject *core_is_drawn(PyObject *module, PyObject *arguments)
{
    PyObject *pixels, *result = NULL;
    Py_ssize_t sizes[3];
    (void)module;
    if (!PyArg_ParseTuple(arguments, "O(nnn)", &pixels, &sizes[0], &sizes[1], &sizes[2]))
        return NULL;
    const size_t size[3] = {(size_t)sizes[0], (size_t)sizes[1], (size_t)sizes[2]};
    core_array array = {0};
    pensel_picture picture;
    if (core_borrow(&array, pixels, false) && lay_out(&picture, 1, &array, size))
        result = PyBool_FromLong(pensel_picture_is_drawn(&picture));
    core_release(&array);
    return result;
}

static PyMethodDef methods[] = {{"render", render, METH_VARARGS, "render(pixels, rows, options)"},
                                {"save", save, METH_VARARGS, "save(path)"},
                                {"to_dict", to_dict, METH_NOARGS, "sizes, settings, report"},
                                {"profile", profile, METH_NOARGS, "the ICC profile, or None"},
                                {NULL, NULL, 0, NULL}};

static PyType_Slot painting_slots[] = {
    {Py_tp_dealloc, (void *)destroy}, {Py_tp_methods, methods}, {0, NULL}};

PyType_Spec core_painting_spec = {.name = "pensel._core.Painting",
                                  .basicsize = sizeof(core_painting),
                                  .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
                                  .slots = painting_slots};
