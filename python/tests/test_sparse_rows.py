"""Sparse matrices stay sparse in fit and predict, which give what scikit-learn's give."""

import numpy as np
import pytest
import scipy.sparse
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.neural_network import MLPClassifier as TheirClassifier
from sklearn.neural_network import MLPRegressor as TheirRegressor

from pensel import MLPClassifier, MLPRegressor

X = scipy.sparse.random(240, 900, 0.01, "csr", rng=2)
Y = np.asarray(X[:, :450].sum(axis=1)).ravel() - np.asarray(X[:, 450:].sum(axis=1)).ravel()
SETTINGS = {"hidden_layer_sizes": (12, 7), "max_iter": 6, "random_state": 3, "batch_size": 50}

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.fixture
def never_dense(monkeypatch):
    def watched(toarray):
        def as_array(self, *arguments, **keywords):
            assert self.shape[1] != X.shape[1], "a sparse matrix was made dense"
            return toarray(self, *arguments, **keywords)

        return as_array

    for kind in (scipy.sparse.csr_matrix, scipy.sparse.csr_array, scipy.sparse.csc_matrix):
        monkeypatch.setattr(kind, "toarray", watched(kind.toarray))


@pytest.mark.parametrize("solver", ["adam", "sgd", "lbfgs"])
@pytest.mark.parametrize(
    "form", [scipy.sparse.csr_matrix, scipy.sparse.csr_array, scipy.sparse.csc_matrix]
)
def test_regressor(never_dense, solver, form):
    x = form(X)
    ours = MLPRegressor(solver=solver, **SETTINGS).fit(x, Y)
    theirs = TheirRegressor(solver=solver, **SETTINGS).fit(x, Y)
    assert_allclose(ours.loss_, theirs.loss_, rtol=1e-8)
    assert_allclose(ours.predict(x), theirs.predict(x), rtol=1e-6, atol=1e-8)


def test_classifier_that_stops_early(never_dense):
    settings = {**SETTINGS, "early_stopping": True}
    ours = MLPClassifier(**settings).fit(X, Y > 0)
    theirs = TheirClassifier(**settings).fit(X, Y > 0)
    assert_allclose(ours.loss_curve_, theirs.loss_curve_, rtol=1e-8)
    assert_allclose(ours.validation_scores_, theirs.validation_scores_, rtol=1e-12)
    assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), rtol=1e-6)


def test_float32_and_whole_numbers(never_dense):
    x = X.astype(np.float32)
    est = MLPRegressor(**SETTINGS).fit(x, Y.astype(np.float32))
    theirs = TheirRegressor(**SETTINGS).fit(X, Y)
    assert_allclose(est.predict(x), theirs.predict(X), rtol=1e-3, atol=1e-3)
    counts = (X > 0).astype(int)
    theirs = TheirRegressor(**SETTINGS).fit(counts, Y)
    assert_allclose(MLPRegressor(**SETTINGS).fit(counts, Y).loss_, theirs.loss_, rtol=1e-8)


def test_what_is_scaled_is_dense():
    x = scipy.sparse.csr_matrix(X)
    ours = MLPRegressor(scale_inputs="standard", **SETTINGS)
    assert_array_equal(ours.fit(x, Y).predict(x), ours.fit(x.toarray(), Y).predict(x.toarray()))


def test_numbers_that_are_none():
    est = MLPRegressor(**SETTINGS).fit(X, Y)
    bad = X.copy()
    bad.data[7] = np.nan
    for call in (est.predict, lambda x: est.fit(x, Y)):
        with pytest.raises(ValueError, match="contains NaN"):
            call(bad)
