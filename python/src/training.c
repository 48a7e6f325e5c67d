/* Training: a pensel_training of a Network. The GIL is released while it runs, and taken back after
 * an epoch for a callback, or at intervals to check for signals. */
#include "core.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef struct core_training {
    PyObject_HEAD pensel_training *training;
    core_network *network;
    pensel_training_options options;
    atomic_bool busy;          /* a thread has it: with no GIL, two may ask at once */
    double *validation_losses; /* (count) of the last run's epochs, with room for more */
    size_t validation_count, validation_room;
} core_training;

/* What an epoch's callback works with. */
typedef struct watcher {
    core_training *training;
    PyObject *callback; /* or None */
    PyObject *score;    /* or None: what early stopping goes by */
    PyThreadState *thread;
    double looked;                 /* when signals were looked for last, in seconds */
    bool failed;                   /* a Python exception is set */
    pensel_checkpoint *checkpoint; /* or NULL */
} watcher;

#define LOOK_EVERY 0.05 /* seconds */

static core_training *of(PyObject *self)
{
    return (core_training *)self;
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* Training(network, options) */
static PyObject *create(PyTypeObject *type, PyObject *arguments, PyObject *keywords)
{
    core_network *network;
    PyObject *dict;
    core_types *types = core_types_of(type);
    if (keywords && PyDict_Size(keywords)) return PyErr_Format(PyExc_TypeError, "no keywords here");
    if (!PyArg_ParseTuple(arguments, "O!O!", types->network, &network, &PyDict_Type, &dict))
        return NULL;
    core_training *self = (core_training *)PyType_GenericAlloc(type, 0);
    if (!self) return NULL;
    self->network = (core_network *)Py_NewRef((PyObject *)network);
    pensel_error error;
    if (!core_training_options(&self->options, dict)) {
        Py_CLEAR(self);
    } else if (pensel_training_new(&self->training, network->network, &self->options, &error)) {
        core_raise(&error);
        Py_CLEAR(self);
    }
    return (PyObject *)self;
}

static void destroy(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    pensel_training_free(&of(self)->training);
    free(of(self)->validation_losses);
    Py_XDECREF((PyObject *)of(self)->network);
    PyObject_Free(self);
    Py_DECREF(type);
}

/* With the interpreter: signals, then the callback. */
static pensel_verdict look(watcher *watch, const pensel_progress *p)
{
    if (PyErr_CheckSignals() < 0) return PENSEL_INTERRUPT;
    if (watch->callback == Py_None) return PENSEL_CONTINUE;
    PyObject *answer = PyObject_CallFunction(
        watch->callback, "nnKKdddddd", (Py_ssize_t)p->epoch, (Py_ssize_t)p->epochs,
        (unsigned long long)p->steps, (unsigned long long)p->samples, p->loss, p->best_loss,
        p->validation_score, p->learning_rate, p->seconds, p->validation_loss);
    if (!answer) return PENSEL_INTERRUPT;
    int stop = PyObject_IsTrue(answer);
    Py_DECREF(answer);
    return stop < 0 ? PENSEL_INTERRUPT : stop ? PENSEL_GOAL_REACHED : PENSEL_CONTINUE;
}

/* False, and MemoryError, where there is no room for one more. */
static bool note_validation(core_training *self, double loss)
{
    if (self->validation_count == self->validation_room) {
        size_t room = self->validation_room ? 2 * self->validation_room : 256;
        double *more = realloc(self->validation_losses, room * sizeof *more);
        if (!more) return false;
        self->validation_losses = more;
        self->validation_room = room;
    }
    self->validation_losses[self->validation_count++] = loss;
    return true;
}

/* With the interpreter: the score of the network as it is. An exception ends the training, in
 * on_epoch, which comes next. */
static double on_score(const pensel_network *network, void *data)
{
    (void)network;
    watcher *watch = data;
    double score = NAN;
    if (watch->failed) return score;
    PyEval_RestoreThread(watch->thread);
    PyObject *answer = PyObject_CallFunction(watch->score, NULL);
    if (answer) score = PyFloat_AsDouble(answer);
    Py_XDECREF(answer);
    watch->failed = PyErr_Occurred() != NULL;
    watch->thread = PyEval_SaveThread();
    return score;
}

static pensel_verdict on_epoch(const pensel_progress *progress, void *data)
{
    watcher *watch = data;
    if (watch->failed || core_custom_pending()) return PENSEL_INTERRUPT;
    if (progress->validation_score == progress->validation_score ||
        progress->validation_loss == progress->validation_loss)
        (void)note_validation(watch->training, progress->validation_loss);
    if (watch->callback == Py_None && now() - watch->looked < LOOK_EVERY) return PENSEL_CONTINUE;
    PyEval_RestoreThread(watch->thread);
    pensel_verdict verdict = look(watch, progress);
    watch->failed = verdict == PENSEL_INTERRUPT;
    watch->looked = now();
    watch->thread = PyEval_SaveThread();
    return verdict;
}

/* Takes the training for this thread, until it clears `busy`; false with an exception set. */
static bool claim(core_training *self)
{
    if (!atomic_exchange(&self->busy, true)) return true;
    PyErr_SetString(PyExc_RuntimeError, "this estimator is being trained by another thread");
    return false;
}

/* Runs with the interpreter released; an exception of a callback or of Ctrl-C comes out as its own.
 */
static PyObject *train(core_training *self, const pensel_samples *samples,
                       const pensel_samples *validation, pensel_random *random, watcher *watch,
                       bool epoch_only, bool interruptible)
{
    if (!claim(self)) return NULL;
    pensel_training_options options = self->options;
    options.checkpoint = watch->checkpoint;
    options.interrupt = interruptible ? core_interrupt_begin() : NULL;
    options.on_epoch = on_epoch;
    options.on_epoch_data = watch;
    if (watch->score != Py_None) {
        options.score_function = on_score;
        options.score_function_data = watch;
    }
    watch->training = self;
    self->validation_count = 0;
    pensel_error error;
    pensel_status status = pensel_training_configure(self->training, &options, &error);
    if (!status) {
        watch->looked = now();
        watch->thread = PyEval_SaveThread();
        status = epoch_only
                     ? pensel_training_epoch(self->training, samples, random, &error)
                     : pensel_training_run(self->training, samples, validation, random, &error);
        PyEval_RestoreThread(watch->thread);
    }
    self->busy = false;
    if (options.interrupt) core_interrupt_end();
    if (watch->failed || core_custom_failed() || PyErr_CheckSignals() < 0) return NULL;
    if (status) return core_raise(&error);
    Py_RETURN_NONE;
}

/* None, or (path or None, seconds, path to resume or None); false with an exception set. */
static bool make_checkpoint(pensel_checkpoint **checkpoint, PyObject *given)
{
    const char *path, *resume;
    double seconds;
    pensel_error error;
    *checkpoint = NULL;
    if (given == Py_None) return true;
    if (!PyArg_ParseTuple(given, "zdz", &path, &seconds, &resume)) return false;
    return !pensel_checkpoint_new(checkpoint, path, seconds, resume, &error) || core_raise(&error);
}

/* run(x, y, weights, validation, random, callback, interruptible, checkpoint, score); validation is
 * None or (x, y, weights) */
static PyObject *run(PyObject *self, PyObject *arguments)
{
    PyObject *x, *y, *weights, *validation, *keep, *result = NULL;
    core_random *random;
    int interruptible;
    watcher watch = {.score = Py_None};
    core_types *types = core_types_of(Py_TYPE(self));
    if (!PyArg_ParseTuple(arguments, "OOOOO!OpO|O", &x, &y, &weights, &validation, types->random,
                          &random, &watch.callback, &interruptible, &keep, &watch.score))
        return NULL;
    core_samples samples = {0}, held = {0};
    if (!core_samples_borrow(&samples, x, y, weights)) return NULL;
    bool has_held = validation != Py_None;
    if ((!has_held || (PyArg_ParseTuple(validation, "OOO", &x, &y, &weights) &&
                       core_samples_borrow(&held, x, y, weights))) &&
        make_checkpoint(&watch.checkpoint, keep))
        result = train(of(self), &samples.samples, has_held ? &held.samples : NULL, &random->stream,
                       &watch, false, interruptible);
    pensel_checkpoint_free(&watch.checkpoint);
    core_samples_release(&samples);
    core_samples_release(&held);
    return result;
}

/* epoch(x, y, weights, random, interruptible) */
static PyObject *epoch(PyObject *self, PyObject *arguments)
{
    PyObject *x, *y, *weights;
    core_random *random;
    int interruptible;
    watcher watch = {.callback = Py_None, .score = Py_None};
    core_types *types = core_types_of(Py_TYPE(self));
    if (!PyArg_ParseTuple(arguments, "OOOO!p", &x, &y, &weights, types->random, &random,
                          &interruptible))
        return NULL;
    core_samples samples;
    if (!core_samples_borrow(&samples, x, y, weights)) return NULL;
    PyObject *result =
        train(of(self), &samples.samples, NULL, &random->stream, &watch, true, interruptible);
    core_samples_release(&samples);
    return result;
}

static PyObject *restart(PyObject *self, PyObject *unused)
{
    (void)unused;
    if (!claim(of(self))) return NULL;
    pensel_training_restart(of(self)->training);
    of(self)->busy = false;
    Py_RETURN_NONE;
}

static PyObject *configure(PyObject *self, PyObject *dict)
{
    pensel_error error;
    pensel_training_options options;
    if (!core_training_options(&options, dict) || !claim(of(self))) return NULL;
    pensel_status status = pensel_training_configure(of(self)->training, &options, &error);
    if (!status) of(self)->options = options;
    of(self)->busy = false;
    if (status) return core_raise(&error);
    Py_RETURN_NONE;
}

/* A list of values[first..count). */
static PyObject *numbers(const double *values, size_t count, size_t first)
{
    if (first > count) first = count;
    return core_numbers(first < count ? values + first : NULL, count - first);
}

/* report(losses, scores) -> dict, with the curves from these numbers of entries on; the validation
 * losses are those of the last run's epochs */
static PyObject *report(PyObject *self, PyObject *arguments)
{
    const pensel_report *r = pensel_training_report(of(self)->training);
    Py_ssize_t first[2];
    if (!PyArg_ParseTuple(arguments, "nn", &first[0], &first[1])) return NULL;
    PyObject *losses = numbers(r->loss_curve, r->loss_count, (size_t)first[0]);
    PyObject *scores = numbers(r->validation_scores, r->validation_count, (size_t)first[1]);
    PyObject *held = core_numbers(of(self)->validation_losses, of(self)->validation_count);
    if (!losses || !scores || !held) {
        Py_XDECREF(losses), Py_XDECREF(scores), Py_XDECREF(held);
        return NULL;
    }
    return Py_BuildValue(
        "{s:s,s:n,s:K,s:K,s:K,s:d,s:d,s:d,s:d,s:n,s:d,s:N,s:N,s:N}", "stop",
        pensel_stop_name(r->stop), "epochs", (Py_ssize_t)r->epochs, "steps",
        (unsigned long long)r->steps, "solver_steps",
        (unsigned long long)pensel_training_solver_steps(of(self)->training), "samples",
        (unsigned long long)r->samples, "seconds", r->seconds, "loss", r->loss, "best_loss",
        r->best_loss, "best_validation_score", r->best_validation_score, "no_improvement_count",
        (Py_ssize_t)r->no_improvement_count, "learning_rate", r->learning_rate, "loss_curve",
        losses, "validation_scores", scores, "validation_losses", held);
}

/* Whether a matrix is like the parameters. */
static bool is_block(PyObject *self, const pensel_matrix *matrix)
{
    const core_network *network = of(self)->network;
    return matrix->rows == (size_t)network->count && matrix->columns == 1 &&
           matrix->precision == core_precision(network->network);
}

/* copy(which, array) -> bool: the moments 0 and 1; False when there are none. */
static PyObject *copy(PyObject *self, PyObject *arguments)
{
    int which;
    PyObject *array;
    core_array out;
    if (!PyArg_ParseTuple(arguments, "iO", &which, &array) || !core_borrow(&out, array, true))
        return NULL;
    const void *block = pensel_training_moments(of(self)->training, which);
    bool fits = is_block(self, &out.matrix);
    if (block && fits) memcpy(out.buffer.buf, block, (size_t)out.buffer.len);
    core_release(&out);
    if (!fits) return PyErr_Format(PyExc_ValueError, "an array like the parameters is needed");
    return PyBool_FromLong(block != NULL);
}

/* restore(solver_steps, samples, learning_rate, best_loss, best_validation_score,
 * no_improvement_count, first, second, best): where a training stands; the arrays may be None */
static PyObject *restore(PyObject *self, PyObject *arguments)
{
    pensel_training_memory memory = {0};
    unsigned long long steps, samples;
    Py_ssize_t count;
    PyObject *objects[3], *result = NULL;
    if (!PyArg_ParseTuple(arguments, "KKdddnOOO", &steps, &samples, &memory.learning_rate,
                          &memory.best_loss, &memory.best_validation_score, &count, &objects[0],
                          &objects[1], &objects[2]) ||
        !claim(of(self)))
        return NULL;
    memory.solver_steps = steps;
    memory.samples = samples;
    memory.no_improvement_count = (size_t)count;
    core_array arrays[3] = {0};
    const void **blocks[3] = {&memory.moments[0], &memory.moments[1], &memory.best};
    for (int i = 0; i < 3; i++) {
        if (!core_borrow(&arrays[i], objects[i], false)) goto done;
        *blocks[i] = arrays[i].matrix.data;
        if (arrays[i].matrix.data && !is_block(self, &arrays[i].matrix)) {
            PyErr_SetString(PyExc_ValueError, "an array like the parameters is needed");
            goto done;
        }
    }
    pensel_error error;
    if (pensel_training_restore(of(self)->training, &memory, &error))
        core_raise(&error);
    else
        result = Py_NewRef(Py_None);
done:
    for (int i = 0; i < 3; i++)
        core_release(&arrays[i]);
    of(self)->busy = false;
    return result;
}

static PyMethodDef methods[] = {
    {"run", run, METH_VARARGS,
     "run(x, y, weights, validation, random, callback, interruptible, checkpoint[, score])"},
    {"epoch", epoch, METH_VARARGS, "epoch(x, y, weights, random, interruptible)"},
    {"restart", restart, METH_NOARGS, "forgets the solver's state"},
    {"configure", configure, METH_O, "configure(options)"},
    {"report", report, METH_VARARGS, "report(losses, scores) -> dict"},
    {"copy", copy, METH_VARARGS, "copy(which, array) -> bool"},
    {"restore", restore, METH_VARARGS, "restore(solver_steps, samples, ..., first, second, best)"},
    {NULL, NULL, 0, NULL}};

static PyType_Slot slots[] = {{Py_tp_new, (void *)create},
                              {Py_tp_dealloc, (void *)destroy},
                              {Py_tp_methods, methods},
                              {Py_tp_doc, (void *)"Training(network, options)"},
                              {0, NULL}};

PyType_Spec core_training_spec = {.name = "pensel._core.Training",
                                  .basicsize = sizeof(core_training),
                                  .flags = Py_TPFLAGS_DEFAULT,
                                  .slots = slots};
