/* Network: a pensel_network whose parameters are a buffer, so that coefs_ and intercepts_ are NumPy
 * views of the numbers that the library trains. */
#include "core.h"

#include <stdlib.h>
#include <string.h>

static core_network *of(PyObject *self)
{
    return (core_network *)self;
}

bool core_layers(pensel_layer *layers, PyObject *tuple, Py_ssize_t count)
{
    for (Py_ssize_t i = 0; i < count; i++) {
        const char *name;
        Py_ssize_t width;
        pensel_error error;
        if (!PyArg_ParseTuple(PyTuple_GetItem(tuple, i), "nsd", &width, &name,
                              &layers[i].parameter))
            return false;
        if (width < 1) {
            PyErr_SetString(PyExc_ValueError, "a layer needs 1 neuron or more");
            return false;
        }
        layers[i].width = (size_t)width;
        if (!*name)
            layers[i].activation = PENSEL_AUTOMATIC;
        else if (pensel_activation_find(&layers[i].activation, name, &error))
            return core_raise(&error);
    }
    return true;
}

/* Which of three names it is; false with an exception set when it is none. */
static bool one_of_three(int *found, const char *wanted, const char *(*name)(int))
{
    for (*found = 0; *found < 3; ++*found)
        if (!strcmp(name(*found), wanted)) return true;
    PyErr_Format(PyExc_ValueError, "'%s': %s, %s or %s", wanted, name(0), name(1), name(2));
    return false;
}

PyObject *core_network_wrap(PyTypeObject *type, pensel_network *network)
{
    core_network *self = (core_network *)PyType_GenericAlloc(type, 0);
    if (self) {
        pensel_network_use(network, core_context());
        self->network = network;
        self->count = (Py_ssize_t)pensel_network_parameter_count(network);
    } else {
        pensel_network_free(&network);
    }
    return (PyObject *)self;
}

/* Network(inputs, list, precision), list being a text */
static PyObject *create_from_list(PyTypeObject *type, PyObject *arguments)
{
    Py_ssize_t inputs;
    const char *list, *name;
    int precision;
    pensel_network *network;
    pensel_error error;
    if (!PyArg_ParseTuple(arguments, "nss", &inputs, &list, &name) ||
        !one_of_three(&precision, name, core_precision_text))
        return NULL;
    const pensel_shape shape = {.inputs = (size_t)inputs, .list = list};
    (void)core_context();
    if (pensel_network_new(&network, &shape, (pensel_precision)precision, &error))
        return core_raise(&error);
    return core_network_wrap(type, network);
}

/* Network(inputs, layers, precision, encoding) */
static PyObject *create(PyTypeObject *type, PyObject *arguments, PyObject *keywords)
{
    if (PyTuple_Size(arguments) == 3) return create_from_list(type, arguments);
    Py_ssize_t inputs;
    const char *name;
    int precision;
    PyObject *tuple, *encoding;
    if (keywords && PyDict_Size(keywords)) return PyErr_Format(PyExc_TypeError, "no keywords here");
    if (!PyArg_ParseTuple(arguments, "nO!sO!", &inputs, &PyTuple_Type, &tuple, &name, &PyDict_Type,
                          &encoding) ||
        !one_of_three(&precision, name, core_precision_text))
        return NULL;
    Py_ssize_t count = PyTuple_Size(tuple);
    pensel_layer *layers = calloc((size_t)count + 1, sizeof *layers);
    if (!layers) return PyErr_NoMemory();
    PyObject *self = NULL;
    pensel_network *network;
    pensel_shape shape = {.inputs = (size_t)inputs, .layers = layers, .layer_count = (size_t)count};
    pensel_error error;
    if (core_layers(layers, tuple, count) && core_encoding(&shape.encoding, encoding)) {
        if (pensel_network_new(&network, &shape, (pensel_precision)precision, &error))
            core_raise(&error);
        else
            self = core_network_wrap(type, network);
    }
    free(layers);
    return self;
}

static void destroy(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    pensel_network_free(&of(self)->network);
    PyObject_Free(self);
    Py_DECREF(type);
}

static bool is_wide(PyObject *self)
{
    return pensel_network_precision(of(self)->network) == PENSEL_FLOAT64;
}

static int get_buffer(PyObject *self, Py_buffer *buffer, int flags)
{
    static Py_ssize_t strides[] = {sizeof(float), sizeof(double)};
    Py_ssize_t size = strides[is_wide(self)];
    if (PyBuffer_FillInfo(buffer, self, pensel_network_parameters(of(self)->network),
                          of(self)->count * size, 0, flags) < 0)
        return -1;
    buffer->itemsize = size;
    if (flags & PyBUF_FORMAT) buffer->format = is_wide(self) ? "d" : "f";
    if (buffer->shape) buffer->shape = &of(self)->count;
    if (buffer->strides) buffer->strides = &strides[is_wide(self)];
    return 0;
}

static PyObject *initialise(PyObject *self, PyObject *arguments)
{
    const char *name;
    core_random *random;
    core_types *types = core_types_of(Py_TYPE(self));
    if (!PyArg_ParseTuple(arguments, "sO!", &name, types->random, &random)) return NULL;
    int how;
    pensel_error error;
    if (!one_of_three(&how, name, core_initialisation_text)) return NULL;
    if (pensel_network_initialise(of(self)->network, (pensel_initialisation)how, &random->stream,
                                  &error))
        return core_raise(&error);
    Py_RETURN_NONE;
}

/* shape() -> (inputs, layers, precision, encoding): what Network() takes for another one like it */
static PyObject *shape_of(PyObject *self, PyObject *unused)
{
    (void)unused;
    const pensel_network *network = of(self)->network;
    const pensel_shape *shape = pensel_network_shape(network);
    PyObject *layers = PyTuple_New((Py_ssize_t)shape->layer_count);
    for (size_t l = 0; layers && l < shape->layer_count; l++) {
        const pensel_layer *layer = &shape->layers[l];
        PyObject *item =
            Py_BuildValue("(nsd)", (Py_ssize_t)layer->width,
                          pensel_activation_describe(layer->activation)->name, layer->parameter);
        if (!item || PyTuple_SetItem(layers, (Py_ssize_t)l, item) < 0) Py_CLEAR(layers);
    }
    PyObject *encoding = layers ? core_encoding_to_dict(&shape->encoding) : NULL;
    if (!encoding) {
        Py_XDECREF(layers);
        return NULL;
    }
    return Py_BuildValue("(nNsN)", (Py_ssize_t)shape->inputs, layers,
                         core_precision_text((int)pensel_network_precision(network)), encoding);
}

static PyObject *list_of(PyObject *self, PyObject *unused)
{
    (void)unused;
    const char *list = pensel_network_shape(of(self)->network)->list;
    return list ? PyUnicode_FromString(list) : Py_NewRef(Py_None);
}

/* layer(l) -> (in, out, first weight, first bias) */
static PyObject *layer(PyObject *self, PyObject *arguments)
{
    Py_ssize_t l;
    pensel_layer_view view;
    pensel_error error;
    if (!PyArg_ParseTuple(arguments, "n", &l)) return NULL;
    if (pensel_network_layer(of(self)->network, (size_t)l, &view, &error))
        return core_raise(&error);
    return Py_BuildValue("(nnnn)", (Py_ssize_t)view.in, (Py_ssize_t)view.out,
                         (Py_ssize_t)view.weights, (Py_ssize_t)view.biases);
}

/* A sum with infinity or NaN in it is no number; x * 0 makes every finite x nothing. */
static bool all_finite(const pensel_matrix *x)
{
    size_t count = x->rows * x->columns;
    double sum = 0;
    if (x->precision == PENSEL_FLOAT64) {
        for (const double *p = x->data, *end = p + count; p < end; p++)
            sum += *p * 0;
    } else {
        for (const float *p = x->data, *end = p + count; p < end; p++)
            sum += (double)(*p * 0);
    }
    return sum == 0;
}

/* Small predictions are over before another thread could make use of the interpreter. */
#define KEEP_INTERPRETER 16 /* rows */

/* predict(x, y, threads[, any]) -> bool: False, and y untouched, when the arrays are not what the
 * network takes as they are or x is not finite; the caller then looks closer. With `any`, y is
 * filled in all the same, with NaN in the rows of x that are not finite. */
static PyObject *predict(PyObject *self, PyObject *const *arguments, Py_ssize_t count)
{
    if (count != 3 && count != 4)
        return PyErr_Format(PyExc_TypeError, "predict(x, y, threads[, any])");
    int any = count == 4 ? PyObject_IsTrue(arguments[3]) : 0;
    if (any < 0) return NULL;
    size_t threads = PyLong_AsSize_t(arguments[2]);
    if (PyErr_Occurred()) return NULL;
    const pensel_network *network = of(self)->network;
    const pensel_shape *shape = pensel_network_shape(network);
    core_array x, y;
    if (!core_borrow(&x, arguments[0], false)) {
        PyErr_Clear();
        Py_RETURN_FALSE;
    }
    if (!core_borrow(&y, arguments[1], true)) {
        core_release(&x);
        return NULL;
    }
    bool fits = x.buffer.ndim == 2 && x.matrix.columns == shape->inputs && x.matrix.rows > 0 &&
                y.matrix.rows == x.matrix.rows &&
                y.matrix.columns == shape->layers[shape->layer_count - 1].width &&
                y.matrix.precision == core_precision(network);
    bool finite = fits && all_finite(&x.matrix);
    fits = fits && (finite || any);
    pensel_status status = PENSEL_OK;
    pensel_error error;
    if (fits && x.matrix.rows <= KEEP_INTERPRETER) {
        status = pensel_network_predict(network, y.buffer.buf, x.matrix, 1, &error);
    } else if (fits) {
        Py_BEGIN_ALLOW_THREADS status =
            pensel_network_predict(network, y.buffer.buf, x.matrix, threads, &error);
        Py_END_ALLOW_THREADS
    }
    core_release(&x), core_release(&y);
    if (core_custom_failed()) return NULL;
    return status ? core_raise(&error) : PyBool_FromLong(finite);
}

/* predict_sparse(rows, y, threads); rows: see core_sparse */
static PyObject *predict_sparse(PyObject *self, PyObject *arguments)
{
    PyObject *tuple, *into;
    Py_ssize_t threads;
    core_sparse x;
    core_array y = {0};
    if (!PyArg_ParseTuple(arguments, "O!On", &PyTuple_Type, &tuple, &into, &threads)) return NULL;
    const pensel_network *network = of(self)->network;
    const pensel_shape *shape = pensel_network_shape(network);
    if (!core_sparse_borrow(&x, tuple)) return NULL;
    pensel_status status = PENSEL_BAD_ARGUMENT;
    pensel_error error = {.text = "y: one row of the network's outputs for each of x is needed"};
    bool borrowed = core_borrow(&y, into, true);
    if (borrowed && y.matrix.rows == x.rows.rows &&
        y.matrix.columns == shape->layers[shape->layer_count - 1].width &&
        y.matrix.precision == core_precision(network)) {
        Py_BEGIN_ALLOW_THREADS status =
            pensel_network_predict_sparse(network, y.buffer.buf, &x.rows, (size_t)threads, &error);
        Py_END_ALLOW_THREADS
    }
    core_release(&y), core_sparse_release(&x);
    if (!borrowed || core_custom_failed()) return NULL;
    return status ? core_raise(&error) : Py_NewRef(Py_None);
}

/* gradient(x, y, weights, gradient, options) -> loss; gradient (parameters) in the network's order
 */
static PyObject *gradient(PyObject *self, PyObject *arguments)
{
    PyObject *x, *y, *weights, *into, *dict, *result = NULL;
    if (!PyArg_ParseTuple(arguments, "OOOOO!", &x, &y, &weights, &into, &PyDict_Type, &dict))
        return NULL;
    const pensel_network *network = of(self)->network;
    core_samples samples;
    core_array out = {0};
    pensel_training_options options;
    pensel_error error;
    double loss;
    if (!core_samples_borrow(&samples, x, y, weights)) return NULL;
    if (!core_borrow(&out, into, true) || !core_training_options(&options, dict)) goto done;
    if (out.matrix.data && (out.matrix.rows != (size_t)of(self)->count ||
                            out.matrix.precision != core_precision(network))) {
        PyErr_SetString(PyExc_ValueError,
                        "the gradient's array: as long and wide as the parameters'");
        goto done;
    }
    pensel_status status;
    Py_BEGIN_ALLOW_THREADS status =
        pensel_network_gradient(network, &loss, out.buffer.buf, &samples.samples, &options, &error);
    Py_END_ALLOW_THREADS;
    if (!core_custom_failed()) result = status ? core_raise(&error) : PyFloat_FromDouble(loss);
done:
    core_release(&out);
    core_samples_release(&samples);
    return result;
}

/* draws(x, y, share, seed, draws, threads): y (draws * n, outputs) */
static PyObject *draws(PyObject *self, PyObject *arguments)
{
    PyObject *from, *into;
    double share;
    unsigned long long seed;
    Py_ssize_t count, threads;
    core_array x, y = {0};
    if (!PyArg_ParseTuple(arguments, "OOdKnn", &from, &into, &share, &seed, &count, &threads) ||
        !core_borrow(&x, from, false))
        return NULL;
    const pensel_network *network = of(self)->network;
    const pensel_shape *shape = pensel_network_shape(network);
    pensel_status status = PENSEL_BAD_ARGUMENT;
    pensel_error error = {.text = "y: a row of the network's outputs for each draw of each of x's "
                                  "rows is needed"};
    bool borrowed = core_borrow(&y, into, true);
    if (borrowed && count >= 0 && y.matrix.rows == (size_t)count * x.matrix.rows &&
        y.matrix.columns == shape->layers[shape->layer_count - 1].width &&
        y.matrix.precision == core_precision(network)) {
        Py_BEGIN_ALLOW_THREADS status = pensel_network_predict_draws(
            network, y.buffer.buf, x.matrix, share, seed, (size_t)count, (size_t)threads, &error);
        Py_END_ALLOW_THREADS
    } else {
        error.status = status;
    }
    core_release(&x), core_release(&y);
    if (!borrowed || core_custom_failed()) return NULL;
    return status ? core_raise(&error) : Py_NewRef(Py_None);
}

static PyMethodDef methods[] = {
    {"initialise", initialise, METH_VARARGS, "initialise(how, random)"},
    {"shape", shape_of, METH_NOARGS, "shape() -> (inputs, layers, precision, encoding)"},
    {"list", list_of, METH_NOARGS, "list() -> the list of layers as a text, or None"},
    {"layer", layer, METH_VARARGS, "layer(l) -> (in, out, first weight, first bias)"},
    {"predict", (PyCFunction)(void (*)(void))predict, METH_FASTCALL,
     "predict(x, y, threads[, any]) -> bool"},
    {"predict_sparse", predict_sparse, METH_VARARGS, "predict_sparse(rows, y, threads)"},
    {"draws", draws, METH_VARARGS, "draws(x, y, share, seed, draws, threads)"},
    {"gradient", gradient, METH_VARARGS, "gradient(x, y, weights, gradient, options) -> loss"},
    {NULL, NULL, 0, NULL}};

static PyType_Slot slots[] = {
    {Py_tp_new, (void *)create},
    {Py_tp_dealloc, (void *)destroy},
    {Py_bf_getbuffer, (void *)get_buffer},
    {Py_tp_methods, methods},
    {Py_tp_doc,
     (void *)"Network(inputs, layers, precision, encoding); its buffer is its parameters."},
    {0, NULL}};

PyType_Spec core_network_spec = {.name = "pensel._core.Network",
                                 .basicsize = sizeof(core_network),
                                 .flags = Py_TPFLAGS_DEFAULT,
                                 .slots = slots};
