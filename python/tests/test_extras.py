"""What scikit-learn's estimators do not have. The expected values are computed here with NumPy."""

import pickle

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn import config_context
from sklearn.utils.class_weight import compute_sample_weight

from pensel import MLPClassifier, MLPRegressor, Progress, _network

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

rng = np.random.RandomState(1)
X = rng.uniform(-1, 1, (200, 3))
Y = np.sin(2 * X[:, 0]) + X[:, 1] * X[:, 2]
TWO = np.column_stack([Y, X[:, 0] ** 2])
CLASSES = np.digitize(Y, [-0.8, 0.9])

FUNCTIONS = {
    "identity": lambda z: z,
    "logistic": lambda z: 1 / (1 + np.exp(-z)),
    "tanh": np.tanh,
    "relu": lambda z: np.maximum(z, 0),
    "leaky_relu": lambda z: np.where(z > 0, z, 0.1 * z),
    "elu": lambda z: np.where(z > 0, z, np.expm1(z)),
    "selu": lambda z: 1.0507009873554805 * np.where(z > 0, z, 1.6732632423543772 * np.expm1(z)),
    "softplus": lambda z: np.log1p(np.exp(z)),
    "silu": lambda z: z / (1 + np.exp(-z)),
    "gaussian": lambda z: np.exp(-(z**2)),
    "exponential": np.exp,
}


def small(**parameters):
    return MLPRegressor(
        **(dict(hidden_layer_sizes=(6, 5), max_iter=5, random_state=1) | parameters)
    )


def outputs(est, functions, x):
    for f, coef, intercept in zip(functions, est.coefs_, est.intercepts_, strict=True):
        x = f(x @ coef + intercept)
    return x.ravel() if x.shape[1] == 1 else x


def packed(est):
    return np.concatenate([p.ravel() for p in est.coefs_ + est.intercepts_])


def gradient(est, x, y, weights=None):
    """By central differences of the estimator's own loss: (analytic, numerical)."""
    at = packed(est)
    analytic = est._loss_grad_lbfgs(at, x, y, weights)[1]
    step, numerical = 1e-6, np.empty_like(at)
    for i in range(len(at)):
        ahead, behind = at.copy(), at.copy()
        ahead[i] += step
        behind[i] -= step
        losses = [est._loss_grad_lbfgs(p, x, y, weights)[0] for p in (ahead, behind)]
        numerical[i] = (losses[0] - losses[1]) / (2 * step)
    return analytic, numerical


@pytest.mark.parametrize("name", FUNCTIONS)
def test_activations(name):
    est = small(activation=name).fit(X, Y)
    f = FUNCTIONS[name]
    assert_allclose(est.predict(X), outputs(est, [f, f, lambda z: z], X), rtol=1e-9, atol=1e-12)


def test_an_activation_for_each_layer():
    est = small(activation=["tanh", ("leaky_relu", 0.3)], out_activation="logistic").fit(X, Y)
    functions = [np.tanh, lambda z: np.where(z > 0, z, 0.3 * z), FUNCTIONS["logistic"]]
    assert_allclose(est.predict(X), outputs(est, functions, X), rtol=1e-9)
    assert est.out_activation_ == "logistic"
    with pytest.raises(ValueError, match="names 1 layers, hidden_layer_sizes 2"):
        small(activation=["tanh"]).fit(X, Y)
    with pytest.raises(ValueError, match="a name among"):
        small(activation=["tanh", "no"]).fit(X, Y)


@pytest.mark.parametrize("activation", [*FUNCTIONS, "gelu", "sine"])
@pytest.mark.parametrize("loss", ["squared_error", "huber", "log_cosh", "absolute_error"])
def test_gradients(activation, loss):
    est = small(activation=activation, loss=loss, sklearn_gradient=False, huber_delta=0.4, solver="lbfgs")
    est.fit(X[:20], TWO[:20])
    analytic, numerical = gradient(est, X[:20], TWO[:20], rng.uniform(0.5, 2, 20))
    assert_allclose(analytic, numerical, rtol=1e-4, atol=1e-6)


def test_sklearn_gradient_is_scikit_learns_gradient():
    """With k outputs it is k times that of the loss, but for the penalty."""
    loose = small(sklearn_gradient=True, alpha=0.0).fit(X, TWO)
    analytic, numerical = gradient(loose, X, TWO)
    assert_allclose(analytic, 2 * numerical, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(
    "loss, value",
    [
        ("squared_error", lambda e: e**2 / 2),
        ("absolute_error", np.abs),
        ("huber", lambda e: np.where(np.abs(e) <= 0.3, e**2 / 2, 0.3 * (np.abs(e) - 0.15))),
        ("log_cosh", lambda e: np.log(np.cosh(e))),
    ],
)
def test_losses(loss, value):
    weights = rng.uniform(0.5, 2, len(X))
    est = small(loss=loss, huber_delta=0.3, alpha=0.0).fit(X, TWO)
    error = est.predict(X) - TWO
    expected = np.average(value(error).mean(axis=1), weights=weights)
    assert_allclose(est._loss_grad_lbfgs(packed(est), X, TWO, weights)[0], expected, rtol=1e-12)


def test_absolute_error_finds_the_median():
    y = np.array([0.0, 1.0, 10.0] * 20)
    est = MLPRegressor(
        "absolute_error",
        (),
        alpha=0,
        max_iter=3000,
        learning_rate_init=0.01,
        learning_rate="cosine",
        tol=0,
        n_iter_no_change=np.inf,
        random_state=0,
    )
    assert_allclose(est.fit(np.zeros((60, 1)), y).predict([[0.0]]), 1, atol=0.02)


@pytest.mark.parametrize("weights", ["balanced", {0: 1.0, 1: 3.0, 2: 0.5}])
def test_class_weight(weights):
    a = MLPClassifier(class_weight=weights, max_iter=5, random_state=0).fit(X, CLASSES)
    b = MLPClassifier(max_iter=5, random_state=0)
    b.fit(X, CLASSES, compute_sample_weight(weights, CLASSES))
    assert_array_equal(a.coefs_[0], b.coefs_[0])
    with pytest.raises(ValueError, match="needs all samples at once"):
        MLPClassifier(class_weight="balanced").partial_fit(X, CLASSES, classes=[0, 1, 2])


def test_own_validation_set():
    est = small(max_iter=200, n_iter_no_change=5, learning_rate_init=0.01)
    est.fit(X[:150], Y[:150], X_val=X[150:], y_val=Y[150:])
    assert len(est.validation_scores_) == est.n_iter_
    assert_allclose(est.score(X[150:], Y[150:]), est.best_validation_score_, rtol=1e-12)
    assert est.best_validation_score_ == max(est.validation_scores_)
    with pytest.raises(ValueError, match="without y_val"):
        est.fit(X, Y, X_val=X)


def test_own_validation_set_of_classes():
    est = MLPClassifier(max_iter=100, random_state=0, learning_rate_init=0.01)
    est.fit(X[:150], CLASSES[:150], X_val=X[150:], y_val=CLASSES[150:])
    assert_allclose(est.score(X[150:], CLASSES[150:]), est.best_validation_score_, rtol=1e-12)


def test_callback_sees_each_epoch_and_may_end_it():
    seen = []

    def callback(estimator, progress):
        assert isinstance(progress, Progress) and estimator is est
        assert np.isfinite(estimator.predict(X[:2])).all()
        seen.append(progress)
        return progress.epoch == 4

    est = small(max_iter=50, callback=callback)
    est.fit(X, Y)
    assert [p.epoch for p in seen] == [1, 2, 3, 4] and est.n_iter_ == 4 and est.stopped_ == "goal"
    assert [p.loss for p in seen] == est.loss_curve_
    assert [p.samples for p in seen] == [200, 400, 600, 800] and seen[0].epochs == 50


@pytest.mark.parametrize("solver", ["sgd", "adam", "lbfgs"])
def test_history_is_a_table_of_what_the_callback_saw(solver):
    seen = []
    est = small(solver=solver, max_iter=7, callback=lambda est, progress: seen.append(progress))
    with pytest.raises(AttributeError, match="before fit"):
        est.history_
    assert not hasattr(est, "history_")
    est.fit(X, Y)
    assert est.history_ == {"epoch": [p.epoch for p in seen], "loss": [p.loss for p in seen]}
    assert est.history_["epoch"] == [1, 2, 3, 4, 5, 6, 7]
    pandas = pytest.importorskip("pandas")
    assert pandas.DataFrame(est.history_).shape == (7, 2)
    assert pickle.loads(pickle.dumps(est.set_params(callback=None))).history_ == est.history_


def test_history_has_validation_scores():
    est = small(early_stopping=True, max_iter=6).fit(X, Y)
    assert est.history_["validation_score"] == est.validation_scores_
    assert len(est.history_["loss"]) == len(est.validation_scores_) == 6


def test_lbfgs_prints_its_iterations(capsys):
    est = small(solver="lbfgs", max_iter=4, verbose=True).fit(X, Y)
    printed = capsys.readouterr().out.splitlines()
    expected = ["Iteration %d, loss = %.8f" % row for row in zip(*est.history_.values())]
    assert printed == expected and len(printed) == 4
    small(solver="lbfgs", max_iter=4).fit(X, Y)
    assert capsys.readouterr().out == ""


def test_cosine_ends_at_zero_and_exponential_decays():
    rates = {}
    for schedule in ("cosine", "exponential"):
        rate = rates[schedule] = []
        small(
            learning_rate=schedule,
            decay=0.5,
            max_iter=6,
            solver="sgd",
            learning_rate_init=0.1,
            callback=lambda e, p, rate=rate: rate.append(p.learning_rate),
            batch_size=50,
        ).fit(X, Y)
    assert_allclose(rates["exponential"], 0.1 * 0.5 ** np.arange(1, 7))
    assert rates["cosine"][-1] < 0.005 and (np.diff(rates["cosine"]) < 0).all()


def test_adamw_without_gradient_only_shrinks():
    x, y = np.zeros((10, 3)), np.zeros(10)
    est = small(
        weight_decay=0.1, alpha=0.0, hidden_layer_sizes=(), max_iter=1, learning_rate_init=0.01
    )
    start = small(hidden_layer_sizes=(), max_iter=1, alpha=0.0, learning_rate_init=1e-300).fit(x, y)
    est.fit(x, y)
    assert_allclose(est.coefs_[0], start.coefs_[0] * (1 - 0.01 * 0.1), rtol=1e-9)


def test_clipped_gradient_has_the_length_asked_for():
    common = dict(
        solver="sgd", momentum=0, batch_size=200, max_iter=1, alpha=0.0, learning_rate_init=1.0
    )
    start = small(**common | dict(learning_rate_init=1e-300)).fit(X, 100 * Y)
    est = small(clip_norm=0.5, **common).fit(X, 100 * Y)
    step = packed(est) - packed(start)
    assert_allclose(np.sqrt((step**2).sum()), 0.5, rtol=1e-9)


def test_average_of_the_parameters():
    common = dict(solver="sgd", momentum=0, batch_size=200, alpha=0.0, learning_rate_init=0.1)
    paths = [small(**common, max_iter=n).fit(X, Y).coefs_[0] for n in (1, 2, 3)]
    averaged = small(**common, max_iter=3, average=0.5).fit(X, Y).coefs_[0]
    lowest, highest = np.min(paths, axis=0), np.max(paths, axis=0)
    assert not np.allclose(averaged, paths[-1])
    start = small(**common | dict(learning_rate_init=1e-300), max_iter=1).fit(X, Y).coefs_[0]
    assert (averaged >= np.minimum(lowest, start) - 1e-12).all()
    assert (averaged <= np.maximum(highest, start) + 1e-12).all()


def test_dropout_trains_and_predicts_without_chance():
    est = small(hidden_layer_sizes=50, dropout=0.3, max_iter=300, learning_rate_init=0.01).fit(X, Y)
    assert est.score(X, Y) > 0.5
    assert_array_equal(est.predict(X), est.predict(X))
    again = small(hidden_layer_sizes=50, dropout=0.3, max_iter=300, learning_rate_init=0.01).fit(
        X, Y
    )
    assert_array_equal(est.predict(X), again.predict(X))


@pytest.mark.parametrize("solver", ["adam", "sgd"])
def test_warm_start_that_keeps_the_solver_is_one_long_fit(solver):
    common = dict(solver=solver, tol=0, n_iter_no_change=np.inf, shuffle=False)
    whole = small(max_iter=20, **common).fit(X, Y)
    parts = small(max_iter=10, warm_start=True, keep_solver=True, **common).fit(X, Y).fit(X, Y)
    assert_array_equal(whole.coefs_[0], parts.coefs_[0])
    plain = small(max_iter=10, warm_start=True, **common).fit(X, Y).fit(X, Y)
    assert not np.array_equal(whole.coefs_[0], plain.coefs_[0])


def test_max_seconds():
    est = small(max_iter=10**9, tol=0, n_iter_no_change=np.inf, max_seconds=0.05).fit(X, Y)
    assert est.stopped_ == "seconds" and 0 < est.n_iter_ < 10**9


@pytest.mark.parametrize("initialisation, bound", [("glorot", 6 / 9), ("he", 6 / 3)])
def test_initialisation(initialisation, bound):
    est = small(initialisation=initialisation, max_iter=1, learning_rate_init=1e-300).fit(X, Y)
    assert np.abs(est.coefs_[0]).max() <= np.sqrt(bound)
    assert np.abs(est.coefs_[0]).max() > 0.8 * np.sqrt(bound)


def test_siren_fits_a_wave():
    x = np.linspace(0, 1, 300).reshape(-1, 1)
    est = MLPRegressor(
        hidden_layer_sizes=(40, 40),
        activation=("sine", 10.0),
        initialisation="siren",
        max_iter=500,
        random_state=0,
        tol=0,
        n_iter_no_change=np.inf,
    )
    assert est.fit(x, np.sin(20 * x[:, 0])).score(x, np.sin(20 * x[:, 0])) > 0.99


@pytest.mark.parametrize(
    "encoding",
    [
        "fourier",
        {"kind": "hashgrid", "levels": 4, "fine_resolution": 32},
        {"kind": "pyramid", "rows": 32, "columns": 32, "levels": 3},
    ],
    ids=["fourier", "hashgrid", "pyramid"],
)
def test_encodings_paint_what_a_plain_network_cannot(encoding):
    rows, columns = np.mgrid[:32, :32]
    places = np.column_stack([rows.ravel(), columns.ravel()]) / 31
    board = ((rows // 4 + columns // 4) % 2).ravel().astype(float)  # a chessboard of small squares
    common = dict(hidden_layer_sizes=(32,), max_iter=150, random_state=0, learning_rate_init=0.01)
    plain = MLPRegressor(**common).fit(places, board).score(places, board)
    est = MLPRegressor(encoding=encoding, **common).fit(places, board)
    assert est.score(places, board) > 0.9 > plain + 0.4
    assert est.n_features_in_ == 2 and est.coefs_[0].shape == (est.coefs_[0].shape[0], 32)
    other = pickle.loads(pickle.dumps(est))
    assert_array_equal(other.predict(places), est.predict(places))
    est.partial_fit(places, board), other.partial_fit(places, board)
    assert_array_equal(other.predict(places), est.predict(places))


def test_an_encoding_that_is_none():
    for encoding in ({"kind": "no"}, {"levels": 3}):
        with pytest.raises(ValueError, match="its kind must be one of"):
            small(encoding=encoding).fit(X, Y)
    with pytest.raises(ValueError, match="no option 'no' here"):
        small(encoding={"kind": "fourier", "no": 1}).fit(X, Y)


@pytest.mark.parametrize("encoding", [None, {"kind": "hashgrid", "levels": 2, "table_log2": 6}])
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_row_that_is_not_finite_spoils_no_other(encoding, bad):
    """Which scikit-learn's assume_finite lets through."""
    settings = dict(hidden_layer_sizes=(8,), max_iter=5, random_state=0, encoding=encoding)
    inside = (X + 1) / 2
    regressor = MLPRegressor(**settings).fit(inside, TWO)
    labels = {"two": CLASSES > 0, "three": CLASSES, "several": TWO > 0}
    classifiers = {name: MLPClassifier(**settings).fit(inside, y) for name, y in labels.items()}
    spoilt = inside.copy()
    spoilt[17, 1] = bad
    others = np.arange(len(X)) != 17
    with pytest.raises(ValueError):
        regressor.predict(spoilt)
    with config_context(assume_finite=True):
        y = regressor.predict(spoilt)
        assert np.isnan(y[17]).all()
        assert_array_equal(y[others], regressor.predict(inside)[others])
        assert np.isnan(regressor.predict(spoilt[17:18])).all()
        for classifier in classifiers.values():
            p = classifier.predict_proba(spoilt)
            assert np.isnan(p[17]).all()
            assert_array_equal(p[others], classifier.predict_proba(inside)[others])
            with pytest.raises(ValueError, match="row 17 of X"):
                classifier.predict(spoilt)
            expected = classifier.predict(inside)[others]
            assert_array_equal(classifier.predict(spoilt[others]), expected)


def notes_of(error):
    return "".join(getattr(error.value, "__notes__", []))


def test_errors_say_what_takes_such_tables():
    text = np.array([["red", 1.0], ["blue", 2.0]], dtype=object)
    gap = np.array([[np.nan, 1.0], [0.0, 2.0]])
    for x in (text, gap):
        with pytest.raises(ValueError) as error:
            small().fit(x, [0.0, 1.0])
        assert "pensel.TableRegressor" in notes_of(error)
        with pytest.raises(ValueError) as error:
            MLPClassifier().fit(x, ["a", "b"])
        assert "pensel.TableClassifier" in notes_of(error)
    with pytest.raises(ValueError) as error:
        small().fit(X, Y[:-1])
    assert notes_of(error) == ""


def test_a_training_that_diverges_says_what_helps():
    wild = dict(solver="sgd", learning_rate_init=1e10, max_iter=20)
    with pytest.raises(ValueError, match="non-finite") as error:
        small(**wild).fit(1e9 * X, Y)
    assert "scale_inputs" in notes_of(error)


def test_the_first_words_of_a_seed_are_read_while_they_live():
    for seed in range(300):
        others = [np.random.RandomState(0) for _ in range(3)]
        _, key, position, *_ = np.random.RandomState(seed).get_state()
        words = _network._first_words.__wrapped__(seed)
        assert words == key.tobytes() + np.uint32(position).tobytes()
        del others
