"""Precision, scaling and checkpoints: what the library has and scikit-learn's estimators do not."""

import os
import pathlib
import pickle

import numpy as np
import pytest
import scipy.sparse
import sklearn.neural_network._multilayer_perceptron as theirs
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.compose import TransformedTargetRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler

import pensel
from pensel import MLPClassifier, MLPRegressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

rng = np.random.RandomState(1)
X = rng.uniform(-1, 1, (200, 3))
Y = np.sin(2 * X[:, 0]) + X[:, 1] * X[:, 2]


def small(**parameters):
    return MLPRegressor(
        **(dict(hidden_layer_sizes=(6, 5), max_iter=5, random_state=1) | parameters)
    )


def bfloat16(a):
    """float32 rounded to the nearest of 8 bits of fraction, ties to even."""
    bits = np.ascontiguousarray(a, np.float32).view(np.uint32)
    return ((bits + 0x7FFF + (bits >> 16 & 1)) & 0xFFFF0000).astype(np.uint32).view(np.float32)


def test_bfloat16_rounds_the_factors_of_products():
    x = np.random.RandomState(0).uniform(-1, 1, (300, 40)).astype(np.float32)
    y = np.sin(x.sum(axis=1))
    est = small(hidden_layer_sizes=(64, 64), precision="bfloat16", max_iter=20).fit(x, y)
    assert all(c.dtype == np.float32 for c in est.coefs_)

    def forward(rounded):
        a = x
        for w, b in zip(est.coefs_, est.intercepts_, strict=True):
            z = rounded(a).astype(float) @ rounded(w).astype(float) + b
            a = np.maximum(z, 0).astype(np.float32)
        return z[:, 0]

    flags = pathlib.Path("/proc/cpuinfo").read_text() if os.path.exists("/proc/cpuinfo") else ""
    rounds = pensel.machine().isa == "avx512" and "avx512_bf16" in flags
    exact = forward(lambda a: a)
    assert_allclose(est.predict(x), forward(bfloat16) if rounds else exact, atol=1e-3, rtol=0)
    assert not rounds or abs(est.predict(x) - exact).max() > 2e-3
    again = pickle.loads(pickle.dumps(est))
    assert_array_equal(again.predict(x), est.predict(x))


@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_precision_is_that_of_the_parameters(precision):
    est = small(precision=precision).fit(X.astype(np.float32), Y)
    assert est.coefs_[0].dtype == precision
    plain = small().fit(X.astype(np.float32).astype(precision), Y)
    assert_array_equal(est.coefs_[0], plain.coefs_[0])


@pytest.mark.parametrize("how", ["standard", "minmax"])
def test_scaling_is_a_pipeline_of_scikit_learn(how):
    scaler = {"standard": StandardScaler, "minmax": MinMaxScaler}[how]
    settings = dict(hidden_layer_sizes=(10,), max_iter=30, random_state=3)
    x, y = 50 + 20 * X, np.column_stack([1000 * Y, Y - 3])
    weights = np.linspace(0.5, 2, len(x))
    est = MLPRegressor(scale_inputs=how, scale_targets=how, **settings).fit(x, y, weights)
    inner = theirs.MLPRegressor(**settings)
    whole = TransformedTargetRegressor(make_pipeline(scaler(), inner), transformer=scaler())
    whole.fit(x, y, mlpregressor__sample_weight=weights)
    assert_allclose(est.predict(x), whole.predict(x), rtol=1e-7)
    assert_allclose(est.predict(x[:1]), whole.predict(x[:1]), rtol=1e-7)
    again = pickle.loads(pickle.dumps(est))
    assert_array_equal(again.predict(x), est.predict(x))
    scales = est.input_scaler_
    assert_array_equal(est.partial_fit(x[:5], y[:5]).input_scaler_ is scales, True)

    clf = MLPClassifier(scale_inputs=how, **settings).fit(x, Y > 0)
    whole = make_pipeline(scaler(), theirs.MLPClassifier(**settings)).fit(x, Y > 0)
    assert_allclose(clf.predict_proba(x), whole.predict_proba(x), rtol=1e-7)
    sparse = scipy.sparse.csr_array(x)
    assert_allclose(clf.predict_proba(sparse), whole.predict_proba(x), rtol=1e-7)


def test_counts_are_not_scaled():
    with pytest.raises(ValueError, match="counts"):
        small(loss="poisson", scale_targets="standard").fit(X, np.abs(Y))


@pytest.mark.parametrize(
    "settings",
    [dict(), dict(solver="sgd", average=0.9), dict(early_stopping=True, n_iter_no_change=30)],
    ids=["adam", "sgd", "early stopping"],
)
def test_a_fit_goes_on_from_a_checkpoint(tmp_path, settings):
    settings = dict(max_iter=30, tol=0, scale_inputs="standard", batch_size=20) | settings
    file = tmp_path / "state.safetensors"
    whole = small(**settings).fit(X, Y)
    cut = small(checkpoint=file, callback=lambda e, p: p.epoch == 11, **settings).fit(X, Y)
    assert cut.stopped_ == "goal" and cut.n_iter_ == 11
    rest = small(resume=str(file), **settings).fit(X, Y)
    assert rest.n_iter_ == 30 and rest.loss_curve_ == whole.loss_curve_
    assert rest.validation_scores_ == whole.validation_scores_
    for mine, other in zip(rest.coefs_, whole.coefs_, strict=True):
        assert_array_equal(mine, other)
    with pytest.raises(ValueError, match="made with another alpha"):
        small(resume=file, **settings | dict(alpha=0.5)).fit(X, Y)
    with pytest.raises((ValueError, OSError), match="nowhere"):
        small(resume=tmp_path / "nowhere", **settings).fit(X, Y)


def test_every_step_is_kept(tmp_path):
    file = tmp_path / "state.safetensors"

    def callback(est, progress):
        if progress.epoch == 2:
            raise RuntimeError("cut")

    settings = dict(max_iter=5, tol=0)
    with pytest.raises(RuntimeError, match="cut"):
        small(checkpoint=file, checkpoint_every=0, callback=callback, **settings).fit(X, Y)
    rest, whole = small(resume=file, **settings).fit(X, Y), small(**settings).fit(X, Y)
    assert_array_equal(rest.coefs_[0], whole.coefs_[0])
    assert rest.loss_curve_ == whole.loss_curve_


def test_lbfgs_from_a_checkpoint(tmp_path):
    file = tmp_path / "state.safetensors"
    whole = small(solver="lbfgs", max_iter=200, checkpoint=file).fit(X, Y)
    rest = small(solver="lbfgs", max_iter=200, resume=file).fit(X, Y)
    assert_array_equal(rest.coefs_[0], whole.coefs_[0])
