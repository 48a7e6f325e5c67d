"""Scores of one's own, validation losses, bars, summaries and plots of a training."""

import copy
import pickle
import subprocess
import sys

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.metrics import get_scorer

from pensel import MLPClassifier, MLPRegressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

rng = np.random.RandomState(3)
X = rng.uniform(-1, 1, (200, 3))
Y = np.sin(2 * X[:, 0]) + X[:, 1] * X[:, 2] + rng.normal(0, 0.2, 200)
CLASSES = np.array(["low", "middle", "high"])[np.digitize(Y, [-0.5, 0.5])]


def regressor(**parameters):
    return MLPRegressor(**dict(hidden_layer_sizes=8, max_iter=30, random_state=1) | parameters)


def classifier(**parameters):
    return MLPClassifier(**dict(hidden_layer_sizes=8, max_iter=30, random_state=1) | parameters)


def forward(coefs, intercepts, x):
    for i, (w, b) in enumerate(zip(coefs, intercepts, strict=True)):
        x = x @ w + b
        x = np.maximum(x, 0) if i < len(coefs) - 1 else x
    return x


def kept(seen):
    """A callback that keeps a copy of the parameters of each epoch."""
    return lambda est, progress: seen.append(copy.deepcopy((est.coefs_, est.intercepts_)))


# ---- validation losses


@pytest.mark.parametrize("scale", ["none", "standard"])
def test_validation_loss_is_the_loss_of_the_validation_samples(scale):
    seen, weights = [], rng.uniform(0.5, 2, 50)
    est = regressor(alpha=0.1, callback=kept(seen), scale_targets=scale)
    est.fit(X[:150], Y[:150], X_val=X[150:], y_val=Y[150:], sample_weight_val=weights)
    spread = np.std(Y[:150]) if scale == "standard" else 1
    middle = np.mean(Y[:150]) if scale == "standard" else 0
    target = (Y[150:] - middle) / spread
    expected = [
        np.average((forward(*parameters, X[150:])[:, 0] - target) ** 2 / 2, weights=weights)
        for parameters in seen
    ]
    assert_allclose(est.validation_loss_curve_, expected, rtol=1e-9)
    assert est.history_["validation_loss"] == est.validation_loss_curve_
    assert len(est.validation_loss_curve_) == len(est.loss_curve_) == est.n_iter_


def test_validation_loss_of_classes():
    seen = []
    est = classifier(callback=kept(seen))
    est.fit(X[:150], CLASSES[:150], X_val=X[150:], y_val=CLASSES[150:])
    rows, truth = np.arange(50), np.searchsorted(est.classes_, CLASSES[150:])
    for parameters, loss in zip(seen, est.validation_loss_curve_, strict=True):
        z = forward(*parameters, X[150:])
        p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
        assert_allclose(loss, -np.log(p[rows, truth]).mean(), rtol=1e-9)


def test_without_validation_there_is_no_such_curve():
    est = regressor(max_iter=2).fit(X, Y)
    assert est.validation_loss_curve_ is None and "validation_loss" not in est.history_


def test_curves_go_on_where_a_fit_does():
    est = regressor(max_iter=3, warm_start=True, early_stopping=True, n_iter_no_change=100)
    est.fit(X, Y).fit(X, Y)
    assert len(est.validation_loss_curve_) == len(est.loss_curve_) == 6
    assert np.isfinite(est.validation_loss_curve_).all()
    older = pickle.loads(pickle.dumps(est))
    del older.__dict__["validation_loss_curve_"]  # as one of an earlier version has none
    older.fit(X, Y)
    assert np.isnan(older.validation_loss_curve_[:6]).all()
    assert np.isfinite(older.validation_loss_curve_[6:]).all()
    assert len(older.history_["validation_loss"]) == 9


# ---- scoring


@pytest.mark.parametrize("scoring", ["neg_mean_absolute_error", get_scorer("neg_max_error")])
def test_a_score_of_ones_own_is_that_of_the_validation_samples(scoring):
    seen = []
    est = regressor(scoring=scoring, callback=kept(seen), scale_targets="standard")
    est.fit(X[:150], Y[:150], X_val=X[150:], y_val=Y[150:])
    spread, middle = np.std(Y[:150]), np.mean(Y[:150])
    measure = np.mean if scoring == "neg_mean_absolute_error" else np.max
    expected = [
        -measure(abs(forward(*parameters, X[150:])[:, 0] * spread + middle - Y[150:]))
        for parameters in seen
    ]
    assert_allclose(est.validation_scores_, expected, rtol=1e-9)
    best = seen[int(np.argmax(expected))]
    np.testing.assert_array_equal(est.coefs_[0], best[0][0])


def test_training_stops_by_a_score_of_ones_own():
    """It rises to the fifth epoch and falls from there."""
    calls = []

    def score(estimator, x, y):
        calls.append((x.shape, sorted(set(y))))
        return -abs(len(calls) - 5)

    est = classifier(scoring=score, early_stopping=True, n_iter_no_change=3, max_iter=100)
    est.fit(X, CLASSES)
    assert est.stopped_ == "converged" and est.n_iter_ == 9 and est.best_validation_score_ == 0
    assert calls == 9 * [((20, 3), ["high", "low", "middle"])]


@pytest.mark.parametrize("labels", ["three", "two", "several"])
def test_scoring_sees_labels(labels):
    y = {"three": CLASSES, "two": CLASSES == "low", "several": np.column_stack([Y > 0, Y > 1])}[labels]
    est = classifier(scoring="accuracy", max_iter=4)
    est.fit(X[:150], y[:150], X_val=X[150:], y_val=y[150:])
    usual = classifier(max_iter=4).fit(X[:150], y[:150], X_val=X[150:], y_val=y[150:])
    assert est.validation_scores_ == usual.validation_scores_


def test_scoring_of_a_frame_does_not_warn(recwarn):
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(X, columns=["a", "b", "c"])
    regressor(scoring="r2", early_stopping=True, max_iter=2).fit(frame, Y)
    assert not [w for w in recwarn if "feature names" in str(w.message)]


def test_scoring_without_validation_is_refused():
    for parameters in ({}, {"solver": "lbfgs"}):
        with pytest.raises(ValueError, match="early_stopping=True"):
            regressor(scoring="r2", **parameters).fit(X, Y)
    with pytest.raises(ValueError, match="scoring"):
        regressor(scoring="no_such_score", early_stopping=True).fit(X, Y)


def test_an_error_of_a_score_comes_out():
    def score(estimator, x, y):
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        regressor(scoring=score, early_stopping=True).fit(X, Y)


def test_a_lambda_that_scores_does_not_stop_a_pickle():
    est = regressor(scoring=lambda e, x, y: e.score(x, y), early_stopping=True, max_iter=3)
    est.fit(X, Y)
    again = pickle.loads(pickle.dumps(est))
    assert again.fit(X, Y).validation_scores_ == est.validation_scores_


# ---- a bar


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_a_bar_goes_as_far_as_the_training(solver, monkeypatch):
    tqdm_auto = pytest.importorskip("tqdm.auto")
    bars = []

    class Bar(tqdm_auto.tqdm):
        def __init__(self, **given):
            super().__init__(**given)
            bars.append(self)

    monkeypatch.setattr(tqdm_auto, "tqdm", Bar)
    est = regressor(solver=solver, max_iter=7, progress_bar=True, early_stopping=solver == "adam")
    est.fit(X, Y)
    assert [(bar.n, bar.total) for bar in bars] == [(7, 7)]
    assert f"loss={est.history_['loss'][-1]:.4g}" in bars[0].postfix
    assert ("validation=" in bars[0].postfix) == (solver == "adam")
    regressor(solver=solver, max_iter=2).fit(X, Y)
    assert len(bars) == 1


def test_a_bar_needs_tqdm(monkeypatch):
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    with pytest.raises(ImportError, match="pip install tqdm"):
        regressor(progress_bar=True).fit(X, Y)


# ---- summary and plot


def test_summary_counts_parameters():
    est = regressor(hidden_layer_sizes=(7, 5), max_iter=4).fit(X, Y)
    text = est.summary()
    assert isinstance(text, str) and repr(text) == str(text)
    numbers = [line.split()[-1] for line in text.splitlines() if line.startswith("dense")]
    assert numbers == ["28", "40", "6"]
    assert "74 parameters of float64, 592 bytes" in text
    assert "adam, 4 epochs, ended: epochs" in text
    assert "relu" in text and "identity" in text


def test_summary_of_other_networks():
    inside = (X[:, :2] + 1) / 2
    grid = {"kind": "hashgrid", "levels": 2, "table_log2": 6}
    est = regressor(encoding=grid, max_iter=1).fit(inside, Y)
    total = est.encoding_.size + sum(a.size for a in est.coefs_ + est.intercepts_)
    assert f"{total:,} parameters" in est.summary() and "hashgrid" in est.summary()
    est = regressor(layers="dense:6:relu, layer-norm", max_iter=1).fit(X, Y)
    assert f"{4 * 6 + 12 + 7} parameters" in est.summary() and "layer-norm" in est.summary()
    lbfgs = classifier(solver="lbfgs", max_iter=3).fit(X, CLASSES)
    assert "lbfgs, 3 iterations" in lbfgs.summary() and "softmax" in lbfgs.summary()
    with pytest.raises(Exception, match="not fitted"):
        regressor().summary()


def test_plot_has_the_curves():
    pyplot = pytest.importorskip("matplotlib.pyplot")
    est = regressor(early_stopping=True, max_iter=6).fit(X, Y)
    ax = est.plot_history()
    curves = {line.get_label(): list(line.get_ydata()) for line in ax.get_lines()}
    assert curves == {
        "training loss": est.loss_curve_,
        "validation loss": est.validation_loss_curve_,
    }
    (right,) = [other for other in ax.figure.axes if other is not ax]
    assert list(right.get_lines()[0].get_ydata()) == est.validation_scores_
    assert [text.get_text() for text in right.get_legend().get_texts()] == [*curves, "validation score"]
    own = pyplot.subplots()[1]
    plain = regressor(solver="lbfgs", max_iter=3).fit(X, Y)
    assert plain.plot_history(own) is own and own.get_xlabel() == "iteration"
    pyplot.close("all")


def test_matplotlib_and_tqdm_come_only_when_called():
    code = """
import sys, warnings
warnings.simplefilter("ignore")
import numpy as np, pensel
x = np.arange(12.0).reshape(6, 2)
pensel.MLPRegressor(max_iter=2).fit(x, x[:, 0]).summary()
assert not {"matplotlib", "tqdm"} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", code], check=True)
