/* The module: its types, the activations, one neuron, and a description of the machine. */
#include "core.h"

#include <string.h>

PyObject *core_raise(const pensel_error *error)
{
    PyObject *kind = PyExc_ValueError;
    if (error->status == PENSEL_OUT_OF_MEMORY) kind = PyExc_MemoryError;
    if (error->status == PENSEL_IO_FAILED) kind = PyExc_OSError;
    if (error->status == PENSEL_UNSUPPORTED) kind = PyExc_RuntimeError;
    PyErr_SetString(kind, error->text);
    return NULL;
}

static PyObject *activations(PyObject *module, PyObject *unused)
{
    (void)module, (void)unused;
    PyObject *list = PyList_New(0);
    for (int a = 0; list && a < PENSEL_ACTIVATION_COUNT; a++) {
        const pensel_activation_info *info = pensel_activation_describe((pensel_activation)a);
        PyObject *item = Py_BuildValue(
            "(ssssdOO)", info->name, info->formula, info->derivative, info->range, info->parameter,
            info->has_parameter ? Py_True : Py_False, info->outputs_only ? Py_True : Py_False);
        if (!item || PyList_Append(list, item) < 0) Py_CLEAR(list);
        Py_XDECREF(item);
    }
    return list;
}

static PyObject *apply(PyObject *module, PyObject *arguments)
{
    (void)module;
    const char *name;
    double parameter;
    PyObject *z, *value, *derivative, *result = NULL;
    if (!PyArg_ParseTuple(arguments, "sdOOO", &name, &parameter, &z, &value, &derivative))
        return NULL;
    core_array in = {0}, out = {0}, slope = {0};
    pensel_error error;
    pensel_activation activation;
    if (!core_borrow(&in, z, false) || !core_borrow(&out, value, true) ||
        !core_borrow(&slope, derivative, true))
        goto done;
    size_t count = in.matrix.rows * in.matrix.columns;
    if (in.matrix.precision != PENSEL_FLOAT64 || out.matrix.precision != PENSEL_FLOAT64 ||
        slope.matrix.precision != PENSEL_FLOAT64 || out.matrix.rows * out.matrix.columns != count ||
        slope.matrix.rows * slope.matrix.columns != count) {
        PyErr_SetString(PyExc_ValueError, "z, value and derivative: all float64 of one size");
        goto done;
    }
    if (pensel_activation_find(&activation, name, &error) ||
        pensel_activation_apply(activation, parameter, out.buffer.buf, slope.buffer.buf,
                                in.matrix.data, count, &error))
        core_raise(&error);
    else
        result = Py_NewRef(Py_None);
done:
    core_release(&in), core_release(&out), core_release(&slope);
    return result;
}

static PyObject *neuron(PyObject *module, PyObject *arguments)
{
    (void)module;
    const char *name;
    pensel_neuron self = {0};
    PyObject *weights, *x, *products, *result = NULL;
    if (!PyArg_ParseTuple(arguments, "OdsdOO", &weights, &self.bias, &name, &self.parameter, &x,
                          &products))
        return NULL;
    core_array w = {0}, in = {0}, out = {0};
    pensel_error error;
    double output, z;
    if (!core_borrow(&w, weights, false) || !core_borrow(&in, x, false) ||
        !core_borrow(&out, products, true))
        goto done;
    self.inputs = w.matrix.rows;
    self.weights = w.matrix.data;
    if (w.matrix.precision != PENSEL_FLOAT64 || in.matrix.precision != PENSEL_FLOAT64 ||
        out.matrix.precision != PENSEL_FLOAT64 || in.matrix.rows != self.inputs ||
        out.matrix.rows != self.inputs) {
        PyErr_Format(PyExc_ValueError,
                     "this neuron has %zu inputs: give it as many numbers, not %zu", self.inputs,
                     in.matrix.rows);
        goto done;
    }
    if (pensel_activation_find(&self.activation, name, &error) ||
        pensel_neuron_run(&self, &output, &z, out.buffer.buf, in.matrix.data, &error))
        core_raise(&error);
    else
        result = Py_BuildValue("(dd)", output, z);
done:
    core_release(&w), core_release(&in), core_release(&out);
    return result;
}

static PyObject *machine(PyObject *module, PyObject *unused)
{
    (void)module, (void)unused;
    const char *isa;
    pensel_error error;
    if (pensel_machine_isa(&isa, &error)) return core_raise(&error);
    return Py_BuildValue("(sn)", isa, (Py_ssize_t)pensel_context_threads(core_context()));
}

/* Its name is how threadpoolctl knows this library among all that are loaded; the package itself
 * calls it by the module's function. 0: no limit. */
Py_EXPORTED_SYMBOL void pensel_python_limit_threads(int threads);
Py_EXPORTED_SYMBOL void pensel_python_limit_threads(int threads)
{
    pensel_context_limit(core_context(), threads > 0 ? (size_t)threads : 0);
}

static PyObject *limit_threads(PyObject *module, PyObject *number)
{
    (void)module;
    int threads = (int)PyLong_AsLong(number);
    if (PyErr_Occurred()) return NULL;
    pensel_python_limit_threads(threads);
    Py_RETURN_NONE;
}

/* same(list, list, tuple, tuple): whether each list holds the very objects of its tuple. */
static PyObject *same(PyObject *module, PyObject *const *arguments, Py_ssize_t count)
{
    (void)module;
    if (count != 4) return PyErr_Format(PyExc_TypeError, "same() takes two lists and two tuples");
    for (int pair = 0; pair < 2; pair++) {
        PyObject *list = arguments[pair], *tuple = arguments[pair + 2];
        if (!PyList_Check(list) || !PyTuple_Check(tuple)) Py_RETURN_FALSE;
        Py_ssize_t length = PyList_Size(list);
        if (length != PyTuple_Size(tuple)) Py_RETURN_FALSE;
        for (Py_ssize_t i = 0; i < length; i++)
            if (PyList_GetItem(list, i) != PyTuple_GetItem(tuple, i)) Py_RETURN_FALSE;
    }
    Py_RETURN_TRUE;
}

static PyMethodDef functions[] = {
    {"activations", activations, METH_NOARGS, "(name, formula, derivative, range, parameter, ...)"},
    {"options", core_options, METH_O,
     "options(table): (name, kind, default, low, high, ends, choices, only, help) of each"},
    {"paint", core_paint, METH_VARARGS,
     "paint(pixels, sizes, classes, tutorial, weights, profile, layers, options, interruptible)"},
    {"compact", core_compact_new, METH_VARARGS,
     "compact(pixels, sizes, bits, profile, options, interruptible) -> Compact"},
    {"compact_of", core_compact_of, METH_O, "compact_of(bytes) -> Compact"},
    {"compact_load", core_compact_load, METH_VARARGS,
     "compact_load(path) -> Compact, or None where the file is of another kind"},
    {"psnr", core_psnr, METH_VARARGS, "psnr(a, b, (height, width, channels))"},
    {"enlarge", core_enlarge, METH_VARARGS,
     "enlarge(larger, pixels, (height, width, channels), how, factor, threads)"},
    {"is_drawn", core_is_drawn, METH_VARARGS, "is_drawn(pixels, (height, width, channels))"},
    {"apply", apply, METH_VARARGS, "apply(name, parameter, z, value, derivative)"},
    {"neuron", neuron, METH_VARARGS,
     "neuron(weights, bias, activation, parameter, x, products) -> (output, z)"},
    {"register_activation", core_register_activation, METH_VARARGS,
     "register_activation(name, object or address): object(slopes, bytes of z) -> float64"},
    {"machine", machine, METH_NOARGS, "(instruction set, threads)"},
    {"limit_threads", limit_threads, METH_O, "limit_threads(number): 0 for no limit"},
    {"save", core_save, METH_VARARGS,
     "save(path, (network, targets, options, training, report, known))"},
    {"export", core_export, METH_VARARGS,
     "export(model, path, name, target, options, x, y) -> (bytes or None, figures or None)"},
    {"import_model", core_import, METH_VARARGS,
     "import_model(path or bytes, name, activation, layers, task) -> (parts, read, left, "
     "difference, largest)"},
    {"load", core_load, METH_VARARGS,
     "load(path) -> (network, targets, options, training, report, known), or a Painting"},
    {"missing", core_missing, METH_O,
     "missing(text): does a field of a table with it have no value?"},
    {"row", core_row, METH_VARARGS, "row(names, values) -> Columns of one row, or None"},
    {"fit_table", core_fit_table, METH_VARARGS,
     "fit_table(X, target, options, roles, callback, interruptible) -> TableModel"},
    {"same", (PyCFunction)(void (*)(void))same, METH_FASTCALL, "same(list, list, tuple, tuple)"},
    {NULL, NULL, 0, NULL}};

static int add_type(PyObject *module, PyTypeObject **type, PyType_Spec *spec)
{
    *type = (PyTypeObject *)PyType_FromModuleAndSpec(module, spec, NULL);
    return *type ? PyModule_AddType(module, *type) : -1;
}

/* Made with the first module of the process, under the interpreter's lock, and kept until its end.
 */
static pensel_context *the_context;

pensel_context *core_context(void)
{
    pensel_context_enter(the_context);
    return the_context;
}

static int fill(PyObject *module)
{
    pensel_error error;
    pensel_context_options options = pensel_context_defaults();
    options.activations = core_custom_list();
    if (!the_context && pensel_context_new(&the_context, &options, &error)) {
        core_raise(&error);
        return -1;
    }
    core_types *types = PyModule_GetState(module);
    if (add_type(module, &types->random, &core_random_spec) < 0 ||
        add_type(module, &types->network, &core_network_spec) < 0 ||
        add_type(module, &types->training, &core_training_spec) < 0 ||
        add_type(module, &types->painting, &core_painting_spec) < 0 ||
        add_type(module, &types->compact, &core_compact_spec) < 0 ||
        add_type(module, &types->columns, &core_columns_spec) < 0 ||
        add_type(module, &types->table, &core_table_spec) < 0)
        return -1;
    return PyModule_AddStringConstant(module, "version", pensel_version());
}

static int traverse(PyObject *module, visitproc visit, void *arg)
{
    core_types *types = PyModule_GetState(module);
    Py_VISIT(types->random);
    Py_VISIT(types->network);
    Py_VISIT(types->training);
    Py_VISIT(types->painting);
    Py_VISIT(types->compact);
    Py_VISIT(types->columns);
    Py_VISIT(types->table);
    return 0;
}

static int clear(PyObject *module)
{
    core_types *types = PyModule_GetState(module);
    Py_CLEAR(types->random);
    Py_CLEAR(types->network);
    Py_CLEAR(types->training);
    Py_CLEAR(types->painting);
    Py_CLEAR(types->compact);
    Py_CLEAR(types->columns);
    Py_CLEAR(types->table);
    return 0;
}

core_types *core_types_of(PyTypeObject *type)
{
    return PyType_GetModuleState(type);
}

static PyModuleDef_Slot slots[] = {{Py_mod_exec, (void *)fill},
#ifdef Py_GIL_DISABLED
                                   {Py_mod_gil, Py_MOD_GIL_NOT_USED},
#endif
                                   {0, NULL}};

static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT,
                                        .m_name = "pensel._core",
                                        .m_doc = "libpensel, as Python sees it.",
                                        .m_size = sizeof(core_types),
                                        .m_methods = functions,
                                        .m_slots = slots,
                                        .m_traverse = traverse,
                                        .m_clear = clear};

PyMODINIT_FUNC PyInit__core(void);
PyMODINIT_FUNC PyInit__core(void)
{
    return PyModuleDef_Init(&definition);
}
