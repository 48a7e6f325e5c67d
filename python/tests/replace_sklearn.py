"""A pytest plugin that replaces scikit-learn's two estimators by pensel's.

`pytest -p replace_sklearn --pyargs sklearn.neural_network.tests.test_mlp` runs scikit-learn's own,
unmodified tests on them.
"""

import sklearn.neural_network

import pensel

sklearn.neural_network.MLPClassifier = pensel.MLPClassifier
sklearn.neural_network.MLPRegressor = pensel.MLPRegressor


def pytest_report_header():
    return (
        f"sklearn.neural_network.MLPClassifier and MLPRegressor are pensel {pensel.__version__}'s"
    )
