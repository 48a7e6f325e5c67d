"""Beside scikit-learn's tests: pickles, views, inputs of all kinds, interrupts."""

import os
import pickle
import signal
import threading
import time
import warnings

import joblib
import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.datasets import load_digits, load_iris
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from pensel import MLPClassifier, MLPRegressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

rng = np.random.RandomState(0)
X = rng.uniform(-1, 1, (120, 3))
Y = np.sin(2 * X[:, 0]) * X[:, 1]
LABELS = np.where(Y > 0, "up", "down")


def small(**parameters):
    return MLPRegressor(
        **(dict(hidden_layer_sizes=(8, 6), max_iter=10, random_state=1) | parameters)
    )


@pytest.mark.parametrize("solver", ["adam", "sgd"])
@pytest.mark.parametrize("copy", ["pickle", "joblib", "deepcopy"])
def test_copies_go_on_as_the_original_would(solver, copy, tmp_path):
    from copy import deepcopy

    original = small(solver=solver)
    for _ in range(3):
        original.partial_fit(X, Y)
    if copy == "pickle":
        other = pickle.loads(pickle.dumps(original))
    elif copy == "joblib":
        joblib.dump(original, tmp_path / "model")
        other = joblib.load(tmp_path / "model")
    else:
        other = deepcopy(original)
    assert_array_equal(other.predict(X), original.predict(X))
    for _ in range(3):
        original.partial_fit(X, Y)
        other.partial_fit(X, Y)
    assert_array_equal(other.predict(X), original.predict(X))
    assert other.loss_curve_ == original.loss_curve_
    before = original.predict(X)
    other.partial_fit(X, -Y)
    assert_array_equal(original.predict(X), before)


def test_loaded_from_a_read_only_memory_map(tmp_path):
    joblib.dump(small().fit(X, Y), tmp_path / "model")
    mapped = joblib.load(tmp_path / "model", mmap_mode="r")
    assert_array_equal(mapped.predict(X), small().fit(X, Y).predict(X))
    mapped.partial_fit(X, Y)


def test_coefs_are_views_of_the_network():
    est = small().fit(X, Y)
    before = est.predict(X)
    est.coefs_[-1] *= 2
    est.intercepts_[-1] *= 2
    assert_allclose(est.predict(X), 2 * before, rtol=1e-12)


def test_coefs_put_in_by_hand():
    est = small().fit(X, Y)
    zeros = np.zeros_like(est.coefs_[-1])
    est.coefs_[-1] = zeros
    assert_allclose(est.predict(X), est.intercepts_[-1][0])
    est.intercepts_[-1] = np.array([3.0])
    assert_allclose(est.predict(X), 3.0)
    zeros[:] = 1  # an array of the user's own stays the user's
    assert np.ptp(est.predict(X)) > 0
    est.partial_fit(X, Y)
    assert not np.array_equal(est.coefs_[-1], zeros)


def test_activation_changed_after_fit():
    est = small(activation="relu").fit(X, Y)
    relu = est.predict(X)
    hidden = X
    for coef, intercept in zip(est.coefs_[:-1], est.intercepts_[:-1], strict=True):
        hidden = np.tanh(hidden @ coef + intercept)
    est.set_params(activation="tanh")
    assert_allclose(est.predict(X), (hidden @ est.coefs_[-1] + est.intercepts_[-1]).ravel())
    est.set_params(activation="relu")
    assert_array_equal(est.predict(X), relu)


def test_arrays_of_earlier_fits_are_left_alone():
    est = small().fit(X, Y)
    kept, values = est.coefs_[0], est.coefs_[0].copy()
    est.fit(X, -Y)
    assert_array_equal(kept, values)


@pytest.mark.parametrize(
    "form",
    [
        np.asfortranarray,
        lambda x: np.repeat(x, 2, 0)[::2],
        lambda x: x.astype(">f8"),
        list,
        pd.DataFrame,
        scipy.sparse.csr_matrix,
        scipy.sparse.csc_array,
        lambda x: np.frombuffer(b"0" + x.tobytes(), np.uint8)[1:].view(float).reshape(x.shape),
    ],
)
def test_inputs_of_all_kinds(form):
    expected = small().fit(X, Y)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        est = small().fit(form(X), Y)
        assert_array_equal(est.predict(form(X)), expected.predict(X))
    assert_array_equal(expected.predict(form(X)), expected.predict(X))


def test_many_sparse_rows():
    x = scipy.sparse.random(10000, 3, 0.3, "csr", rng=3)
    est = small().fit(X, Y)
    assert_array_equal(est.predict(x), est.predict(x.toarray()))


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_none(bad):
    est = small().fit(X, Y)
    x = X.copy()
    x[3, 1] = bad
    for call in (est.predict, lambda x: small().fit(x, Y), lambda x: est.predict(x[3:4])):
        with pytest.raises(ValueError, match="Input X contains"):
            call(x)


def test_shapes_that_are_wrong():
    est = small().fit(X, Y)
    with pytest.raises(ValueError, match="X has 2 features, but MLPRegressor is expecting 3"):
        est.predict(X[:, :2])
    with pytest.raises(ValueError, match="Expected 2D array"):
        est.predict(X[0])
    with pytest.raises(ValueError, match="minimum of 1 is required"):
        est.predict(X[:0])


def test_column_names():
    frame = pd.DataFrame(X, columns=["a", "b", "c"])
    est = small().fit(frame, Y)
    assert list(est.feature_names_in_) == ["a", "b", "c"]
    with pytest.warns(UserWarning, match="does not have valid feature names"):
        est.predict(X)
    with pytest.raises(ValueError, match="feature names should match"):
        est.predict(frame[["b", "a", "c"]])


def test_pipeline_grid_search_and_cross_validation():
    x, y = load_iris(return_X_y=True)
    pipe = make_pipeline(StandardScaler(), MLPClassifier(max_iter=50, random_state=0))
    grid = {"mlpclassifier__alpha": [1e-4, 1e-1], "mlpclassifier__activation": ["relu", "tanh"]}
    search = GridSearchCV(pipe, grid, cv=3, n_jobs=2).fit(x, y)
    assert search.best_score_ > 0.85
    assert cross_val_score(clone(search.best_estimator_), x, y, cv=3).mean() > 0.85


def test_labels_of_any_kind():
    for labels in (
        np.array(["a", "b"]),
        np.array([True, False]),
        np.array([-5, 3]),
        np.array([2.0, 7.0]),
    ):
        y = labels[(Y > 0).astype(int)]
        est = MLPClassifier(max_iter=5, random_state=0).fit(X, y)
        assert set(est.predict(X)) <= set(y) and est.predict(X).dtype == y.dtype


def interrupt_soon(seconds):
    timer = threading.Timer(seconds, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    return timer


@pytest.mark.parametrize("batch_size", [2, "auto"])
@pytest.mark.parametrize("callback", [None, lambda estimator, progress: False])
def test_interrupted_by_the_user(batch_size, callback):
    est = small(
        max_iter=10**6, tol=0, n_iter_no_change=np.inf, batch_size=batch_size, callback=callback
    )
    timer = interrupt_soon(0.3)
    with pytest.warns(UserWarning, match="Training interrupted by user."):
        est.fit(X, Y)
    timer.join()
    assert 0 < est.n_iter_ < 10**6 and est.stopped_ == "interrupted"
    assert len(est.loss_curve_) == est.n_iter_
    assert np.isfinite(est.predict(X)).all()
    time.sleep(0)  # Ctrl-C is Python's own again
    with pytest.raises(KeyboardInterrupt):
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(1)


def test_interrupted_within_an_epoch():
    x = rng.uniform(size=(2_000_000, 3))
    est = small(hidden_layer_sizes=[200] * 3, batch_size=1, max_iter=1)
    timer = interrupt_soon(0.3)
    with pytest.warns(UserWarning, match="Training interrupted by user."):
        est.fit(x, x.sum(axis=1))
    timer.join()
    assert est.n_iter_ == 0


def test_other_threads_run_while_it_trains():
    est = small(max_iter=10**6, tol=0, n_iter_no_change=np.inf, max_seconds=1.0)
    turns = []
    thread = threading.Thread(target=est.fit, args=(X, Y))
    thread.start()
    while thread.is_alive():
        turns.append(1)
        time.sleep(0.001)
    assert len(turns) > 20 and est.stopped_ == "seconds"


def test_one_thread_and_two_give_the_same_bits():
    x, y = load_digits(return_X_y=True)
    fits = [MLPClassifier(max_iter=3, random_state=0, n_threads=n).fit(x, y) for n in (1, 2)]
    assert_array_equal(fits[0].coefs_[0], fits[1].coefs_[0])
    assert_array_equal(fits[0].predict_proba(x), fits[1].predict_proba(x))


def test_errors_of_a_callback_come_through():
    def callback(estimator, progress):
        if progress.epoch == 3:
            raise LookupError("third")

    est = small(callback=callback)
    with pytest.raises(LookupError, match="third"):
        est.fit(X, Y)
    assert est.n_iter_ == len(est.loss_curve_) == 3
    est.set_params(callback=None).partial_fit(X, Y)
    assert len(est.loss_curve_) == 4 and est.t_ == 4 * len(X)
