"""Activations of Python's own: the same numbers as a built-in one, exceptions that come out, and
files that say which function they need.
"""

import ctypes
import pickle
import subprocess
import sys
import threading

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone

import pensel
from pensel import MLPClassifier, MLPRegressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X = np.random.RandomState(0).normal(size=(300, 3))
Y = X[:, 0] * X[:, 1]
SETTINGS = dict(max_iter=15, random_state=2, precision="float64")
LIST = "dense:9, custom:{0}, dense:7, custom:{0}"


def own(name, **settings):
    return MLPRegressor(layers=LIST.format(name), **(SETTINGS | settings))


def register_tanh(name="own-tanh"):
    pensel.register_activation(name, np.tanh, lambda z: 1 - np.tanh(z) ** 2)


@pytest.mark.parametrize("solver", ["adam", "sgd"])
@pytest.mark.parametrize("threads", [1, 4])
def test_it_is_the_built_in_one(solver, threads):
    register_tanh()
    known = MLPRegressor(hidden_layer_sizes=(9, 7), activation="tanh", solver=solver, **SETTINGS).fit(X, Y)
    est = own("own-tanh", solver=solver, n_threads=threads).fit(X, Y)
    assert_allclose(est.loss_curve_, known.loss_curve_, rtol=1e-9)
    assert_allclose(est.predict(X), known.predict(X), rtol=0, atol=1e-8)
    assert_allclose(est.predict(X[:5]), est.predict(X)[:5], rtol=0, atol=1e-13)  # few keep the interpreter
    assert_array_equal(clone(est).fit(X, Y).predict(X), est.predict(X))


def test_a_compiled_function():
    double_p = ctypes.POINTER(ctypes.c_double)
    kind = ctypes.CFUNCTYPE(
        None, double_p, double_p, double_p, ctypes.c_size_t, ctypes.c_void_p
    )

    @kind
    def double(value, slope, z, count, unused):
        for i in range(count):
            if value:
                value[i] = 2 * z[i]
            if slope:
                slope[i] = 2

    pensel.register_activation("double", double)
    pensel.register_activation("address", ctypes.cast(double, ctypes.c_void_p).value)
    pensel.register_activation("python", lambda z: 2 * z, lambda z: np.full_like(z, 2))
    expected = own("python").fit(X, Y).predict(X)
    for name in ("double", "address"):
        assert_array_equal(own(name).fit(X, Y).predict(X), expected)


def test_a_name_that_is_registered_again_is_of_later_models():
    pensel.register_activation("again", lambda z: z, np.ones_like)
    before = own("again").fit(X, Y)
    expected = before.predict(X)
    register_tanh("again")
    register_tanh()
    assert_array_equal(before.predict(X), expected)
    assert_array_equal(own("again").fit(X, Y).predict(X), own("own-tanh").fit(X, Y).predict(X))


def test_exceptions_come_out():
    switch = threading.Event()

    def fails(z):
        if switch.is_set():
            raise LookupError("nothing for z")
        return z

    pensel.register_activation("fails", fails, np.ones_like)
    est = own("fails").fit(X, Y)
    switch.set()
    for rows in (X, X[:1]):
        with pytest.raises(LookupError, match="nothing for z"):
            est.predict(rows)
    for solver in ("adam", "lbfgs"):
        with pytest.raises(LookupError, match="nothing for z"):
            own("fails", solver=solver, n_threads=3).fit(X, Y)
    switch.clear()
    assert np.isfinite(est.predict(X)).all()  # nothing is left of it


def test_files_and_pickles_need_the_function(tmp_path):
    register_tanh("only.here")
    est = own("only.here").fit(X, Y)
    path = tmp_path / "own.safetensors"
    est.save(path)
    assert_array_equal(pensel.load(path).predict(X), est.predict(X))
    assert_array_equal(pickle.loads(pickle.dumps(est)).predict(X), est.predict(X))
    (tmp_path / "own.pickle").write_bytes(pickle.dumps(est))
    code = """
import pensel, pickle
for read in (lambda: pensel.load("own.safetensors"), lambda: pickle.load(open("own.pickle", "rb")).predict([[1, 2, 3]])):
    try:
        read()
    except ValueError as error:
        assert '"only.here"' in str(error) and "pensel.register_activation" in str(error), error
    else:
        raise AssertionError("it was read")
"""
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True)


def test_no_other_program_has_it(tmp_path):
    register_tanh()
    est = own("own-tanh").fit(X, Y)
    for ending in ("onnx", "c", "npz", "json"):
        with pytest.raises(RuntimeError, match='"own-tanh"'):
            pensel.export(est, tmp_path / f"model.{ending}")


def test_classifiers_have_them_too():
    register_tanh()
    kind = np.array(["no", "yes"])[(Y > 0).astype(int)]
    est = MLPClassifier(layers=LIST.format("own-tanh"), learning_rate_init=0.01, max_iter=200, random_state=0)
    assert est.fit(X, kind).score(X, kind) > 0.9


def test_what_is_no_activation_is_refused():
    cases = [
        (("a b", np.tanh, np.tanh), ValueError, "no name of an activation"),
        (("one", np.tanh), TypeError, "and its slope"),
        (("one", 3.5, np.tanh), TypeError, "and its slope"),
        (("one", 4096, np.tanh), TypeError, "slope has no effect"),
        (("one", np.sum, np.tanh), ValueError, "function of activation one gave the shape"),
        (("one", np.tanh, np.mean), ValueError, "slope of activation one gave the shape"),
        (("one", lambda z: 1 / 0, np.tanh), ZeroDivisionError, "division"),
    ]
    for arguments, error, words in cases:
        with pytest.raises(error, match=words):
            pensel.register_activation(*arguments)
    with pytest.raises(ValueError, match='"one", whose function is not known here'):
        own("one").fit(X, Y)
