"""Same seed, same network: fits of pensel and of scikit-learn side by side, in float64."""

import warnings

import numpy as np
import pytest
import sklearn.neural_network._multilayer_perceptron as theirs
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.datasets import load_breast_cancer, load_iris, make_multilabel_classification
from sklearn.preprocessing import scale

import pensel

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

rng = np.random.RandomState(7)
X = rng.uniform(-1, 1, (150, 4))
ONE = np.sin(X @ [1, 2, -1, 0.5]) + 0.1 * rng.normal(size=150)
THREE = np.column_stack([ONE, X[:, 0] ** 2, np.cos(X[:, 1] + X[:, 2])])
BINARY = np.where(ONE > 0, "yes", "no")
MULTI = np.digitize(ONE, [-0.5, 0.5])
LABELS = (THREE > 0.4).astype(int)

SOLVERS = [
    dict(solver="adam"),
    dict(solver="sgd", learning_rate_init=0.05),
    dict(solver="sgd", learning_rate_init=0.05, nesterovs_momentum=False),
    dict(solver="sgd", learning_rate_init=0.05, momentum=0.0),
    dict(solver="sgd", learning_rate_init=0.1, learning_rate="invscaling", power_t=0.3),
    dict(
        solver="sgd",
        learning_rate_init=0.05,
        learning_rate="adaptive",
        tol=1e-3,
        n_iter_no_change=2,
    ),
]


def pair(kind, **parameters):
    parameters = dict(random_state=3, hidden_layer_sizes=(20, 10), max_iter=30) | parameters
    return getattr(theirs, kind)(**parameters), getattr(pensel, kind)(**parameters)


def same(a, b, rtol=1e-9):
    """b has gone the way a has: every fitted number a has, b has too."""
    assert_allclose(b.loss_curve_, a.loss_curve_, rtol=rtol)
    assert_allclose(b.loss_, a.loss_, rtol=rtol)
    for mine, other in zip(b.coefs_ + b.intercepts_, a.coefs_ + a.intercepts_, strict=True):
        assert mine.shape == other.shape and mine.dtype == other.dtype
        assert_allclose(mine, other, rtol=1e-6, atol=1e-9)
    for name in (
        "n_iter_",
        "t_",
        "n_layers_",
        "n_outputs_",
        "out_activation_",
        "_no_improvement_count",
    ):
        assert getattr(a, name) == getattr(b, name), name
    for name in ("best_loss_", "best_validation_score_", "validation_scores_"):
        if getattr(a, name) is None:
            assert getattr(b, name) is None
        else:
            assert_allclose(getattr(b, name), getattr(a, name), rtol=1e-7, atol=1e-9)
    assert_allclose(b._optimizer.learning_rate, a._optimizer.learning_rate, rtol=1e-12)
    assert_array_equal(
        b._random_state.randint(2**31, size=5), a._random_state.randint(2**31, size=5)
    )


@pytest.mark.parametrize("solver", SOLVERS, ids=str)
@pytest.mark.parametrize("activation", ["relu", "tanh", "logistic", "identity"])
def test_regression(solver, activation):
    for y in (ONE, THREE):
        a, b = pair("MLPRegressor", activation=activation, batch_size=32, **solver)
        same(a.fit(X, y), b.fit(X, y))
        assert_allclose(b.predict(X), a.predict(X), rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("solver", SOLVERS, ids=str)
@pytest.mark.parametrize("y", [BINARY, MULTI, LABELS], ids=["binary", "classes", "labels"])
def test_classification(solver, y):
    a, b = pair("MLPClassifier", **solver)
    same(a.fit(X, y), b.fit(X, y))
    assert_array_equal(b.predict(X), a.predict(X))
    assert b.predict(X).dtype == a.predict(X).dtype
    assert_allclose(b.predict_proba(X), a.predict_proba(X), rtol=1e-7)
    assert_allclose(b.predict_log_proba(X), a.predict_log_proba(X), rtol=1e-7)
    assert b.score(X, y) == a.score(X, y)


def test_poisson():
    y = rng.poisson(np.exp(ONE)).astype(float)
    a, b = pair("MLPRegressor", loss="poisson", batch_size=50)
    same(a.fit(X, y), b.fit(X, y))
    assert_allclose(b.predict(X), a.predict(X), rtol=1e-7)


@pytest.mark.parametrize(
    "kind, y",
    [("MLPRegressor", ONE), ("MLPRegressor", THREE)]
    + [("MLPClassifier", y) for y in (BINARY, MULTI, LABELS)],
)
@pytest.mark.parametrize("weighted", [False, True])
def test_early_stopping(kind, y, weighted):
    weights = rng.uniform(0.1, 2, len(y)) if weighted else None
    a, b = pair(kind, early_stopping=True, max_iter=60, n_iter_no_change=5, learning_rate_init=0.01)
    same(a.fit(X, y, weights), b.fit(X, y, weights))
    assert_allclose(b._best_coefs[0], a._best_coefs[0], rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("kind, y", [("MLPRegressor", THREE), ("MLPClassifier", BINARY)])
@pytest.mark.parametrize("solver", ["adam", "sgd"])
def test_sample_weight(kind, y, solver):
    weights = rng.uniform(0, 2, len(y))
    a, b = pair(kind, solver=solver, batch_size=40, alpha=0.1)
    same(a.fit(X, y, weights), b.fit(X, y, weights))


@pytest.mark.parametrize("solver", SOLVERS, ids=str)
def test_partial_fit(solver):
    a, b = pair("MLPClassifier", batch_size=25, **solver)
    for _ in range(5):
        a.partial_fit(X, MULTI, classes=[0, 1, 2])
        b.partial_fit(X, MULTI, classes=[0, 1, 2])
        same(a, b)


@pytest.mark.parametrize("solver", SOLVERS, ids=str)
def test_warm_start(solver):
    a, b = pair("MLPRegressor", warm_start=True, max_iter=8, **solver)
    for _ in range(3):
        same(a.fit(X, ONE), b.fit(X, ONE))


def test_warm_start_with_early_stopping():
    a, b = pair("MLPRegressor", warm_start=True, max_iter=8, early_stopping=True)
    for _ in range(3):  # each fit finds something better
        same(a.fit(X, ONE), b.fit(X, ONE))


def test_warm_start_keeps_the_best_network():
    """Where no fit after the first finds a better one. scikit-learn is left with the last."""
    _, est = pair("MLPRegressor", warm_start=True, early_stopping=True, max_iter=200)
    est.set_params(learning_rate_init=0.01, batch_size=20)
    best = est.fit(X, ONE).predict(X)
    est.set_params(learning_rate_init=0.5, max_iter=3)
    assert_array_equal(est.fit(X, ONE).predict(X), best)


def test_stream_of_a_random_state_goes_on():
    a, b = pair("MLPRegressor")
    ours, others = np.random.RandomState(5), np.random.RandomState(5)
    for _ in range(2):
        a.set_params(random_state=others).fit(X, ONE)
        b.set_params(random_state=ours).fit(X, ONE)
        assert_allclose(b.loss_curve_, a.loss_curve_, rtol=1e-9)
    assert ours.normal() == others.normal()


def test_global_random_state():
    a, b = pair("MLPRegressor", random_state=None)
    np.random.seed(11)
    a.fit(X, ONE)
    np.random.seed(11)
    b.fit(X, ONE)
    assert_allclose(b.loss_curve_, a.loss_curve_, rtol=1e-9)


@pytest.mark.parametrize("activation", ["relu", "logistic"])
def test_no_shuffle_no_hidden_layer(activation):
    a, b = pair(
        "MLPRegressor", hidden_layer_sizes=(), activation=activation, shuffle=False, batch_size=7
    )
    same(a.fit(X, THREE), b.fit(X, THREE))


@pytest.mark.parametrize("kind, y", [("MLPRegressor", ONE), ("MLPClassifier", MULTI)])
def test_float32(kind, y):
    a, b = pair(kind)
    x = X.astype(np.float32)
    a.fit(x, y), b.fit(x, y)
    assert_allclose(b.loss_curve_, a.loss_curve_, rtol=1e-3)
    assert all(c.dtype == np.float32 for c in b.coefs_ + b.intercepts_)
    for given in (x, X, X[:5].round().astype(int)):
        assert b._forward_pass_fast(given).dtype == a._forward_pass_fast(given).dtype


def test_convergence_stops_where_scikit_learn_does():
    x, y = load_breast_cancer(return_X_y=True)
    a, b = pair("MLPClassifier", max_iter=300, learning_rate_init=0.01)
    same(a.fit(scale(x), y), b.fit(scale(x), y), rtol=1e-6)
    assert b.n_iter_ < 300 and b.stopped_ == "converged"


@pytest.mark.parametrize("kind, y", [("MLPRegressor", ONE), ("MLPClassifier", BINARY)])
@pytest.mark.parametrize("activation", ["tanh", "logistic"])
def test_lbfgs_reaches_the_same_optimum(kind, y, activation):
    # strongly convex enough by alpha that there is one optimum near the start
    a, b = pair(
        kind,
        solver="lbfgs",
        activation=activation,
        hidden_layer_sizes=3,
        alpha=1.0,
        max_iter=2000,
        tol=1e-7,
    )
    a.fit(X, y), b.fit(X, y)
    assert_allclose(b.loss_, a.loss_, rtol=1e-5)
    assert b.n_iter_ < 2000


@pytest.mark.parametrize("kind, y", [("MLPRegressor", THREE), ("MLPClassifier", MULTI)])
@pytest.mark.parametrize("options", [{}, {"tol": 0.02}, {"max_fun": 9}])
def test_lbfgs_takes_the_same_steps(kind, y, options):
    a, b = pair(kind, solver="lbfgs", max_iter=30, **options)
    a.fit(X, y), b.fit(X, y)
    assert b.n_iter_ == a.n_iter_
    assert_allclose(b.loss_, a.loss_, rtol=1e-6)


@pytest.mark.parametrize("kind, y", [("MLPRegressor", THREE), ("MLPClassifier", MULTI)])
def test_gradient_of_lbfgs(kind, y):
    a, b = pair(kind, solver="lbfgs", max_iter=3)
    a.fit(X, y), b.fit(X, y)
    packed = np.concatenate([p.ravel() for p in a.coefs_ + a.intercepts_])
    target = y if kind == "MLPRegressor" else a._label_binarizer.transform(y)
    target = np.reshape(target, (len(X), -1))
    space = [[None] * 3 for _ in range(3)]
    loss, gradient = a._loss_grad_lbfgs(packed, X, target, None, [X, *[None] * 3], *space)
    loss_here, gradient_here = b._loss_grad_lbfgs(packed, X, target)
    assert_allclose(loss_here, loss, rtol=1e-12)
    assert_allclose(gradient_here, gradient, rtol=1e-9, atol=1e-12)


def test_verbose_output_is_the_same(capsys):
    for parameters in (
        dict(
            solver="sgd",
            learning_rate="adaptive",
            learning_rate_init=0.3,
            tol=0.01,
            n_iter_no_change=2,
        ),
        dict(early_stopping=True, tol=0.05, n_iter_no_change=3),
        dict(tol=1.0, n_iter_no_change=3),
    ):
        texts = []
        for estimator in pair("MLPRegressor", max_iter=200, verbose=True, **parameters):
            estimator.fit(X, ONE)
            texts.append(capsys.readouterr().out)
        assert texts[0] == texts[1] and "Iteration 1, loss" in texts[0]


@pytest.mark.parametrize(
    "wrong",
    [
        dict(hidden_layer_sizes=-1),
        dict(hidden_layer_sizes=(3, 0)),
        dict(activation="no"),
        dict(solver="no"),
        dict(alpha=-1),
        dict(tol="a"),
        dict(momentum=2),
        dict(beta_1=1.0),
        dict(validation_fraction=1.0),
        dict(n_iter_no_change=0),
        dict(learning_rate_init=0),
    ],
)
def test_same_kind_of_error(wrong):
    messages = []
    for estimator in pair("MLPRegressor", **wrong):
        with pytest.raises(ValueError) as caught:
            estimator.fit(X, ONE)
        messages.append(str(caught.value).split(" must be")[0])
    assert messages[0] == messages[1]


@pytest.mark.parametrize("kind, y", [("MLPRegressor", ONE), ("MLPClassifier", BINARY)])
def test_same_warnings(kind, y):
    for parameters in (dict(max_iter=2), dict(batch_size=1000, tol=1.0)):
        texts = []
        for estimator in pair(kind, **parameters):
            with warnings.catch_warnings(record=True) as seen:
                warnings.simplefilter("always")
                estimator.fit(X, y)
            texts.append([(w.category, str(w.message)) for w in seen])
        assert texts[0] == texts[1] and texts[0]


def test_multilabel_sparse_targets():
    import scipy.sparse

    x, y = make_multilabel_classification(n_samples=60, random_state=0)
    a, b = pair("MLPClassifier", max_iter=10)
    a.fit(x, scipy.sparse.csr_matrix(y)), b.fit(x, scipy.sparse.csr_matrix(y))
    assert_allclose(b.loss_curve_, a.loss_curve_, rtol=1e-9)
    assert_array_equal(b.predict(x).toarray(), a.predict(x).toarray())


def test_one_class_only():
    a, b = pair("MLPClassifier", max_iter=3)
    y = np.full(len(X), "only")
    same(a.fit(X, y), b.fit(X, y))
    assert_array_equal(b.predict(X), a.predict(X))


def test_iris_accuracy():
    x, y = load_iris(return_X_y=True)
    a, b = pair("MLPClassifier", solver="lbfgs", max_iter=500)
    assert b.fit(x, y).score(x, y) >= a.fit(x, y).score(x, y) - 0.02


def test_one_hot_targets_are_two_logistic_outputs():
    """The tutorial's classifier: (0, 1) for one class and (1, 0) for the other."""
    targets = np.where((BINARY == "yes")[:, None], (0, 1), (1, 0))
    a, b = pair("MLPClassifier", hidden_layer_sizes=[30] * 10, max_iter=50)
    a.fit(X, targets), b.fit(X, targets)
    same(a, b)
    assert b.n_outputs_ == 2 and b.out_activation_ == "logistic"
    assert_allclose(b.predict_proba(X), a.predict_proba(X), rtol=1e-6)
    assert_array_equal(b.predict_proba(X).argmax(axis=1), a.predict_proba(X).argmax(axis=1))
    assert len(set(b.predict_proba(X).argmax(axis=1))) == 2
