"""scikit-learn's whole suite of checks for estimators, on both of pensel's, with no exceptions."""

import pytest
from sklearn.utils.estimator_checks import (
    check_sample_weight_equivalence_on_dense_data,
    parametrize_with_checks,
)

from pensel import MLPClassifier, MLPRegressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


# 100 epochs, as scikit-learn checks its own
@parametrize_with_checks([MLPClassifier(max_iter=100), MLPRegressor(max_iter=100)])
def test_check(estimator, check):
    check(estimator)


# the solvers and settings by which scikit-learn holds its own to this
@pytest.mark.parametrize(
    "estimator",
    [
        MLPClassifier(max_iter=100, solver="lbfgs"),
        MLPRegressor(max_iter=100, solver="sgd", tol=1e-2, random_state=42),
    ],
    ids=str,
)
def test_a_sample_that_counts_twice_is_two_samples(estimator):
    check_sample_weight_equivalence_on_dense_data(type(estimator).__name__, estimator)
