"""Monte Carlo dropout, and the quantile loss: predictions that say how sure they are."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from pensel import MLPClassifier, MLPRegressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

rng = np.random.RandomState(0)
X = rng.uniform(-1, 1, (60, 2))
Y = X[:, 0] + X[:, 1] ** 2


def writer(**parameters):
    """A regressor of one input that writes down which of its 30 neurons are kept: each gives 1, or
    with a dropout of 1/2 kept 2 and else 0, and neuron j counts 2^j."""
    est = MLPRegressor(hidden_layer_sizes=30, dropout=0.5, max_iter=1, **parameters).fit(X[:, :1], Y)
    est.coefs_ = [np.zeros((1, 30)), 2.0 ** np.arange(30).reshape(-1, 1)]
    est.intercepts_ = [np.ones(30), np.zeros(1)]
    return est


def test_draws_silence_a_share_of_the_neurons():
    draws = writer(random_state=0).predict_draws(X[:, :1], n_draws=50, random_state=4)
    assert draws.shape == (50, 60)
    bits = (draws / 2).astype(np.int64)[..., None] >> np.arange(30) & 1
    assert_array_equal(bits @ (2.0 ** np.arange(30)) * 2, draws)
    for axis in ((0, 1), (0, 2), (1, 2)):  # of a neuron, a row, a draw
        kept = bits.mean(axis=axis)
        assert abs(kept - 0.5).max() < 5 * 0.5 / np.sqrt(90000 / len(kept))


def test_draws_follow_from_the_seed_alone():
    est = MLPRegressor(hidden_layer_sizes=(20, 20), dropout=0.2, max_iter=3, random_state=0).fit(X, Y)
    first = est.predict_draws(X, 5, random_state=1)
    assert_array_equal(est.predict_draws(X, 5, random_state=1), first)
    assert_array_equal(est.predict_draws(X, 2, random_state=1), first[:2])
    assert_array_equal(est.set_params(n_threads=1).predict_draws(X, 5, random_state=1), first)
    assert not np.array_equal(est.predict_draws(X, 5, random_state=2), first)
    assert np.ptp(first, axis=0).min() > 0


def test_the_mean_of_the_draws_of_a_linear_network_is_its_prediction():
    est = MLPRegressor(
        hidden_layer_sizes=40, activation="identity", dropout=0.3, max_iter=50, random_state=0,
        scale_targets="standard",
    )
    est.fit(X, 100 * Y + 1000)
    draws = est.predict_draws(X, 2000, random_state=0)
    error = draws.std(axis=0) / np.sqrt(2000)
    assert (abs(draws.mean(axis=0) - est.predict(X)) < 5 * error).all()


@pytest.mark.parametrize("classes", [2, 3])
def test_draws_of_a_classifier_are_probabilities(classes):
    y = np.digitize(Y, np.linspace(-0.2, 0.6, classes - 1))
    est = MLPClassifier(30, dropout=0.2, max_iter=20, random_state=0).fit(X, y)
    draws = est.predict_draws(X, 7, random_state=0)
    assert draws.shape == (7, 60, classes)
    assert_allclose(draws.sum(axis=2), 1, rtol=1e-12)


def test_several_outputs_and_a_layer_of_dropout():
    two = np.column_stack([Y, -Y])
    est = MLPRegressor(layers="dense:20:relu, dropout:0.5", max_iter=2, random_state=0).fit(X, two)
    draws = est.predict_draws(X, 3, random_state=0)
    assert draws.shape == (3, 60, 2) and np.ptp(draws, axis=0).min() > 0
    float32 = MLPRegressor(hidden_layer_sizes=20, dropout=0.5, max_iter=2).fit(X.astype("f4"), Y.astype("f4"))
    assert float32.predict_draws(X.astype("f4"), 2).dtype == np.float32


def test_draws_that_cannot_be():
    with pytest.raises(ValueError, match="nothing would be dropped"):
        MLPRegressor(max_iter=1).fit(X, Y).predict_draws(X)
    est = MLPRegressor(dropout=0.1, max_iter=1).fit(X, Y)
    for wrong in (0, -1, 1.5):
        with pytest.raises(ValueError, match="n_draws"):
            est.predict_draws(X, wrong)
    with pytest.raises(ValueError, match="features"):
        est.predict_draws(X[:, :1])


# ---- quantiles


@pytest.mark.parametrize("q", [0.1, 0.5, 0.8])
def test_the_quantile_loss_is_scikit_learns_pinball_loss(q):
    from sklearn.metrics import mean_pinball_loss

    weights = rng.uniform(0.5, 2, 60)
    est = MLPRegressor("quantile", 5, quantile=q, alpha=0.0, max_iter=3, random_state=0).fit(X, Y)
    packed = np.concatenate([p.ravel() for p in est.coefs_ + est.intercepts_])
    expected = mean_pinball_loss(Y, est.predict(X), sample_weight=weights, alpha=q)
    assert_allclose(est._loss_grad_lbfgs(packed, X, Y, weights)[0], expected, rtol=1e-12)


@pytest.mark.parametrize("q", [0.1, 0.75])
def test_the_quantile_loss_finds_the_quantile(q):
    y = np.arange(101.0) / 100
    est = MLPRegressor(
        "quantile", (), quantile=q, alpha=0, max_iter=3000, learning_rate_init=0.01, random_state=0,
        learning_rate="cosine", tol=0, n_iter_no_change=np.inf,
    )
    assert_allclose(est.fit(np.zeros((101, 1)), y).predict([[0.0]]), np.quantile(y, q), atol=0.015)


def test_a_quantile_outside_0_and_1_is_refused():
    for q in (0, 1, -0.1, 1.5, "half"):
        with pytest.raises(ValueError, match="quantile"):
            MLPRegressor("quantile", quantile=q).fit(X, Y)
    with pytest.raises(TypeError, match="quantile"):
        MLPClassifier(quantile=0.5)


def test_a_model_file_keeps_the_quantile(tmp_path):
    MLPRegressor("quantile", 3, quantile=0.2, max_iter=1).fit(X, Y).save(tmp_path / "m.safetensors")
    assert MLPRegressor.load(tmp_path / "m.safetensors").quantile == 0.2
