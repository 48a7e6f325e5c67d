"""Writes expected.h and expected_lbfgs.h: what scikit-learn's networks compute, for test_parity.c.

Run: python tests/parity/make.py (needs scikit-learn)

All numbers are exact in float32, so that both precisions start from the same data. Initial
weights and biases are stored in full, once per seed, activation and shape; weights are (out, in), as in
pensel.
"""

import contextlib
import pathlib
import warnings

import numpy
import scipy.optimize
import sklearn
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier, MLPRegressor

N, INPUTS, EPOCHS, SHOWN = 131, 4, 30, 3
TASKS = ["regression1", "regression3", "binary", "multiclass", "multilabel", "poisson"]
ACTIVATIONS = ["relu", "tanh", "logistic", "identity"]

SGD = dict(solver="sgd", learning_rate_init=0.02)
WAYS = {
    "constant": dict(SGD),
    "plain_momentum": dict(SGD, nesterovs_momentum=False),
    "no_momentum": dict(SGD, momentum=0.0, learning_rate_init=0.1),
    "invscaling": dict(SGD, learning_rate="invscaling", learning_rate_init=0.05,
                       power_t=0.25),
    "adaptive": dict(SGD, learning_rate="adaptive", learning_rate_init=0.05, tol=0.02,
                     n_iter_no_change=2),
    "adam": dict(solver="adam", learning_rate_init=0.01),
    "adam_early": dict(solver="adam", early_stopping=True, validation_fraction=0.2,
                       n_iter_no_change=4),
    "sgd_early": dict(SGD, early_stopping=True, n_iter_no_change=3, tol=0.01),
    "converges": dict(solver="adam", learning_rate_init=0.03, tol=0.05, n_iter_no_change=3),
    "no_shuffle": dict(solver="adam", shuffle=False, alpha=0.01, beta_1=0.8, beta_2=0.99,
                       epsilon=1e-6),
    "whole_batch": dict(solver="adam", batch_size="auto", learning_rate_init=0.02),
    "lbfgs": dict(solver="lbfgs", tol=1e-10),
    "lbfgs_converges": dict(solver="lbfgs", tol=0.02),
    "lbfgs_few": dict(solver="lbfgs", max_fun=9, alpha=0.1),
}


def exact(values):
    return numpy.asarray(values, dtype=numpy.float32).astype(numpy.float64)


def make_data():
    random = numpy.random.RandomState(2024)
    x = exact(random.uniform(-1, 1, (N, INPUTS)))
    wave = numpy.sin(3 * x[:, 0]) + x[:, 1] * x[:, 2]
    y = {
        "regression1": exact(wave[:, None]),
        "regression3": exact(numpy.stack([wave, x[:, 3] ** 2, 0.5 * x[:, 0] - x[:, 1]], axis=1)),
        "binary": (wave > 0.1).astype(float)[:, None],
        "multilabel": (numpy.stack([wave, x[:, 3], -wave], axis=1) > 0).astype(float),
        "poisson": numpy.round(numpy.exp(0.6 * wave))[:, None],
    }
    codes = numpy.digitize(wave, [-0.5, 0.5])
    y["multiclass"] = numpy.eye(3)[codes]
    return x, y, exact(random.uniform(0.25, 2.0, N))


def make_estimator(task, seed, activation, options):
    settings = dict(activation=activation, batch_size=32, max_iter=EPOCHS, random_state=seed)
    settings.update(options)
    if task in ("binary", "multiclass", "multilabel"):
        return MLPClassifier(**settings)
    loss = "poisson" if task == "poisson" else "squared_error"
    return MLPRegressor(loss=loss, **settings)


def flat(coefs, intercepts):
    return numpy.concatenate([part for w, b in zip(coefs, intercepts) for part in (w.T.ravel(), b)])


class Writer:
    def __init__(self, prefix=""):
        self.prefix = prefix
        self.lines = []
        self.starts = {}

    def array(self, kind, name, values, form):
        texts = [form(value) for value in numpy.ravel(values)]
        self.lines.append("static const %s %s[] = {" % (kind, name))
        line = "   "
        for text in texts:
            if len(line) + len(text) + 2 > 100:
                self.lines.append(line)
                line = "   "
            line += " %s," % text
        self.lines += [line, "};"]

    def doubles(self, name, values):
        self.array("double", name, values, lambda value: repr(float(value)))

    def start(self, key, values):
        """The name of the array that holds these start parameters, written at first use."""
        if key not in self.starts:
            self.starts[key] = self.prefix + "start_%d" % len(self.starts)
            self.doubles(self.starts[key], values)
        return self.starts[key]


@contextlib.contextmanager
def curve_of_lbfgs(estimator):
    """scikit-learn's lbfgs keeps no curve: its losses, one after each iteration, are caught here."""
    minimize = scipy.optimize.minimize
    losses = []

    def listen(*arguments, **options):
        return minimize(*arguments, callback=lambda intermediate_result: losses.append(
            float(intermediate_result.fun)), **options)

    scipy.optimize.minimize = listen
    try:
        yield
    finally:
        scipy.optimize.minimize = minimize
    if estimator.solver == "lbfgs":
        assert len(losses) == estimator.n_iter_
        estimator.loss_curve_ = losses


def fit(estimator, x, y, weights):
    """Fits, and returns the parameters it started from."""
    start = {}
    initialize = estimator._initialize

    def remember(*arguments):
        initialize(*arguments)
        start["flat"] = flat(estimator.coefs_, estimator.intercepts_)

    estimator._initialize = remember
    with warnings.catch_warnings(), curve_of_lbfgs(estimator):
        warnings.simplefilter("ignore", ConvergenceWarning)
        estimator.fit(x, y, sample_weight=weights)
    return start["flat"]


def write_case(writer, number, case, data):
    name, task, activation, way, precision, seed, weighted, hidden = case
    x, targets, weights = data
    options = dict(WAYS[way])
    options["hidden_layer_sizes"] = hidden
    estimator = make_estimator(task, seed, activation, options)
    y = targets[task]
    if task == "multiclass":
        y = y.argmax(axis=1)
    elif y.shape[1] == 1:
        y = y.ravel()
    real = numpy.float32 if precision == 32 else numpy.float64
    is_class = task in ("binary", "multiclass", "multilabel")
    start = fit(estimator, x.astype(real), y if is_class else y.astype(real),
                weights.astype(real) if weighted else None)
    assert numpy.isfinite(estimator.loss_curve_).all(), name
    shape = (seed, activation == "logistic", hidden, targets[task].shape[1], precision)
    start_name = writer.start(shape, start)
    curve_name, last_name = ("%s%s_%d" % (writer.prefix, what, number) for what in ("curve", "last"))
    writer.doubles(curve_name, estimator.loss_curve_)
    shown = x[:SHOWN].astype(real)
    if not is_class:
        last = estimator.predict(shown)
    elif task == "binary":
        last = estimator.predict_proba(shown)[:, 1]
    else:
        last = estimator.predict_proba(shown)
    writer.doubles(last_name, last)
    scores = "NULL"
    if estimator.early_stopping:
        scores = "scores_%d" % number
        writer.doubles(scores, estimator.validation_scores_)
    e = estimator
    fields = [
        '.name = "%s"' % name,
        ".task = %s" % task.upper(),
        ".precision = PENSEL_FLOAT%d" % precision,
        ".activation = PENSEL_%s" % activation.upper(),
        ".hidden = {%s}" % (", ".join(map(str, hidden)) or "0"),
        ".hidden_count = %d" % len(hidden),
        ".solver = PENSEL_%s" % e.solver.upper(),
        ".schedule = PENSEL_%s" % e.learning_rate.upper(),
        ".rate = %r" % e.learning_rate_init,
        ".power_t = %r" % e.power_t,
        ".momentum = %r" % e.momentum,
        ".nesterov = %s" % str(e.nesterovs_momentum).lower(),
        ".alpha = %r" % e.alpha,
        ".batch = %d" % (0 if e.batch_size == "auto" else e.batch_size),
        ".shuffle = %s" % str(e.shuffle).lower(),
        ".tol = %r" % e.tol,
        ".n_iter_no_change = %d" % e.n_iter_no_change,
        ".early = %s" % str(e.early_stopping).lower(),
        ".fraction = %r" % e.validation_fraction,
        ".beta_1 = %r" % e.beta_1,
        ".beta_2 = %r" % e.beta_2,
        ".epsilon = %r" % e.epsilon,
        ".seed = %du" % seed,
        ".weighted = %s" % str(weighted).lower(),
        ".start = %s" % start_name,
        ".start_count = %d" % len(start),
        ".curve = %s" % curve_name,
        ".curve_count = %d" % len(e.loss_curve_),
        ".scores = %s" % scores,
        ".last = %s" % last_name,
    ]
    if e.solver == "lbfgs":
        fields.insert(fields.index(".seed = %du" % seed), ".max_fun = %d" % e.max_fun)
    return "    {%s}," % ",\n     ".join(fields)


def adder(cases):
    def add(task, activation, way, precision=64, seed=None, weighted=False, hidden=(7, 5)):
        seed = 3 + len(cases) % 5 if seed is None else seed
        parts = [task, activation, way] + ["weighted"] * weighted + ["float32"] * (precision == 32)
        if hidden != (7, 5):
            parts.append("x".join(map(str, hidden)) or "no_hidden")
        name = "_".join(parts)
        cases.append((name, task, activation, way, precision, seed, weighted, hidden))

    return add


def list_cases():
    cases = []
    add = adder(cases)
    main_ways = ["constant", "plain_momentum", "no_momentum", "invscaling", "adaptive", "adam",
                 "adam_early"]
    for task in TASKS[:4]:
        for activation in ACTIVATIONS:
            for way in main_ways:
                add(task, activation, way)
        for way in ("sgd_early", "converges", "no_shuffle", "whole_batch"):
            add(task, "relu", way)
    for task in TASKS[4:]:
        for activation, way in (("relu", "adam"), ("tanh", "constant"), ("logistic", "adam_early"),
                                ("identity", "no_momentum")):
            add(task, activation, way)
    for task in TASKS:
        add(task, "relu", "adam", weighted=True)
        add(task, "tanh", "adam_early", weighted=True)
        add(task, "relu", "adam", precision=32)
        add(task, "tanh", "constant", precision=32)
        add(task, "logistic", "adam_early", precision=32)
        add(task, "relu", "adam", hidden=())
        add(task, "relu", "constant", hidden=(33, 20, 9, 17))
    return cases


def list_lbfgs_cases():
    cases = []
    add = adder(cases)
    for task in TASKS:
        for activation in ACTIVATIONS:
            add(task, activation, "lbfgs")
        add(task, "tanh", "lbfgs_converges")
        add(task, "tanh", "lbfgs_few")
        add(task, "tanh", "lbfgs", weighted=True)
        add(task, "relu", "lbfgs", hidden=())
    return cases


def write_lbfgs(data):
    writer = Writer("lbfgs_")
    cases = [write_case(writer, number, case, data) for number, case in
             enumerate(list_lbfgs_cases())]
    head = [
        "/* Written by make.py with scikit-learn %s, NumPy %s and SciPy %s; do not edit. */" % (
            sklearn.__version__, numpy.__version__, scipy.__version__),
        '#include "parity/case.h"',
    ]
    tail = ["static const parity_case lbfgs_cases[] = {"] + cases + ["};"]
    target = pathlib.Path(__file__).with_name("expected_lbfgs.h")
    target.write_text("\n".join(head + writer.lines + tail) + "\n")


def main():
    data = make_data()
    write_lbfgs(data)
    x, y, weights = data
    writer = Writer()
    writer.doubles("x", x)
    for task in TASKS:
        writer.doubles("y_%s" % task, y[task])
    writer.doubles("weights", weights)
    cases = [write_case(writer, number, case, data) for number, case in enumerate(list_cases())]
    head = [
        "/* Written by make.py with scikit-learn %s and NumPy %s; do not edit. */" % (
            sklearn.__version__, numpy.__version__),
        '#include "parity/case.h"',
        "enum { N = %d, INPUTS = %d, EPOCHS = %d, SHOWN = %d };" % (N, INPUTS, EPOCHS, SHOWN),
    ]
    names = ", ".join("y_" + task for task in TASKS)
    outputs = ", ".join(str(y[task].shape[1]) for task in TASKS)
    tail = ["static const double *const y_of[] = {%s};" % names,
            "static const size_t outputs_of[] = {%s};" % outputs,
            "static const parity_case cases[] = {"] + cases + ["};"]
    target = pathlib.Path(__file__).with_name("expected.h")
    target.write_text("\n".join(head + writer.lines + tail) + "\n")


if __name__ == "__main__":
    main()
