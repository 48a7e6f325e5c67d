"""scikit-learn's whole suite of checks for estimators, on both of pensel's, with none excused."""

from sklearn.utils.estimator_checks import parametrize_with_checks

from pensel import MLPClassifier, MLPRegressor


# 100 epochs, as scikit-learn checks its own
@parametrize_with_checks([MLPClassifier(max_iter=100), MLPRegressor(max_iter=100)])
def test_check(estimator, check):
    check(estimator)


# where samples that count twice must equal samples given twice, solvers without batches
@parametrize_with_checks(
    [
        MLPClassifier(max_iter=100, solver="lbfgs"),
        MLPRegressor(max_iter=100, solver="sgd", tol=1e-2, random_state=42),
    ]
)
def test_check_other_solvers(estimator, check):
    check(estimator)
