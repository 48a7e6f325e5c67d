"""The fast path of partial_fit has the same result as the slow one, and is not taken where it must
not be.
"""

import pickle

import numpy as np
import pytest
import sklearn.neural_network._multilayer_perceptron as theirs
from numpy.testing import assert_allclose, assert_array_equal

import pensel
from pensel import MLPClassifier, MLPRegressor

rng = np.random.RandomState(5)
X = rng.uniform(-1, 1, (40, 3))
NUMBERS = X @ [1.0, -2.0, 0.5]
TWO = np.where(NUMBERS > 0, "yes", "no")
THREE = np.digitize(NUMBERS, [-0.5, 0.5]) * 10
CASES = [
    (MLPRegressor, NUMBERS, {}),
    (MLPRegressor, np.column_stack([NUMBERS, X[:, 0]]), {}),
    (MLPClassifier, TWO, {"classes": ["no", "yes"]}),
    (MLPClassifier, THREE, {"classes": [0, 10, 20]}),
]
IDS = ["numbers", "two outputs", "two classes", "three classes"]


def make(kind, **parameters):
    return kind(**dict(hidden_layer_sizes=(8,), random_state=2) | parameters)


@pytest.fixture
def short(monkeypatch):
    """How many calls went the short way."""
    went = []
    go_on = pensel._fast_epoch.FastEpoch._try_fast

    def counted(self, *given, **named):
        went.append(go_on(self, *given, **named))
        return went[-1]

    monkeypatch.setattr(pensel._fast_epoch.FastEpoch, "_try_fast", counted)
    return lambda: sum(went)


def same(a, b):
    for mine, other in zip(a.coefs_ + a.intercepts_, b.coefs_ + b.intercepts_, strict=True):
        assert_array_equal(mine, other)
    for name in "loss_ loss_curve_ n_iter_ t_ best_loss_ stopped_ _no_improvement_count".split():
        assert getattr(a, name) == getattr(b, name), name
    for mine, other in zip(a._optimizer._lists(0), b._optimizer._lists(0), strict=True):
        assert_array_equal(mine, other)
    assert a._optimizer.t == b._optimizer.t


@pytest.mark.parametrize("kind, y, first", CASES, ids=IDS)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("solver", ["adam", "sgd"])
def test_both_ways_lead_to_the_same(short, kind, y, first, dtype, solver):
    x = X.astype(dtype)
    one, other = make(kind, solver=solver), make(kind, solver=solver)
    for est in (one, other):
        est.partial_fit(x, y, **first)
    for rows in (slice(0, 1), slice(3, 20), slice(None), slice(None)):
        one.partial_fit(x[rows], y[rows])
        other.partial_fit(x[rows], y[rows], np.ones(len(x[rows])) if rows.start == 3 else None)
        other._optimizer._parameters = None  # the long way again
    assert short() == 5
    same(one, other)
    again = pickle.loads(pickle.dumps(one))
    same(one.partial_fit(x, y), again.partial_fit(x, y))


@pytest.mark.parametrize("kind, y, first", CASES, ids=IDS)
def test_a_random_state_is_drawn_from_as_scikit_learn_does(short, kind, y, first):
    other = getattr(theirs, kind.__name__)
    streams = np.random.RandomState(9), np.random.RandomState(9)
    fits = [make(k, random_state=s) for k, s in zip((kind, other), streams, strict=True)]
    for rows in (slice(None), slice(0, 10), slice(1, 2), slice(5, 40)):
        for est in fits:
            est.partial_fit(X[rows], y[rows], **first)
    assert short() == 3
    assert_allclose(fits[0].coefs_[0], fits[1].coefs_[0], rtol=1e-6, atol=1e-9)
    for mine, other in zip(streams[0].get_state(), streams[1].get_state(), strict=True):
        assert_array_equal(mine, other)


def test_random_numbers_are_asked_of_numpy_where_they_lie_otherwise(monkeypatch):
    fits = []
    for direct in (True, False):
        monkeypatch.setattr(pensel._network, "_DIRECT", direct)
        stream = np.random.RandomState(3)
        for state in (5, stream, stream):
            est = make(MLPRegressor, random_state=state)
            fits.append(est.partial_fit(X, NUMBERS).partial_fit(X, NUMBERS))
        fits.append(stream.random_sample())
    for one, other in zip(fits[:3], fits[4:7], strict=True):
        same(one, other)
    assert fits[3] == fits[7]


def test_the_global_stream_is_drawn_from_and_seeds_start_anew():
    drawn = []
    for kind in (MLPRegressor, theirs.MLPRegressor):
        np.random.seed(4)
        est = make(kind, random_state=None)
        for _ in range(3):
            est.partial_fit(X, NUMBERS)
        drawn.append((np.random.random_sample(), est.coefs_[0]))
    assert drawn[0][0] == drawn[1][0]
    assert_allclose(drawn[0][1], drawn[1][1], rtol=1e-6, atol=1e-9)
    numpys, pythons = (
        make(MLPRegressor, random_state=np.int64(7)),
        make(MLPRegressor, random_state=7),
    )
    for _ in range(3):
        numpys.partial_fit(X, NUMBERS), pythons.partial_fit(X, NUMBERS)
    same(numpys, pythons)


def test_labels_may_be_of_another_type_of_numbers_or_length_of_text(short):
    for labels, first, kinds in (
        (THREE, [0, 10, 20], ("int64", "float64", "uint8", "int16")),
        (np.where(TWO == "no", 0, 1), [0, 1], ("int64", "bool", "float32")),
        (TWO, ["no", "yes"], ("U3", "U9")),
    ):
        fits = [make(MLPClassifier), make(MLPClassifier)]
        for kind in kinds:
            fits[0].partial_fit(X, labels.astype(kind), classes=first)
            fits[1].partial_fit(X, list(labels), classes=first)
        same(*fits)
    assert short() == 6
    clf = make(MLPClassifier).partial_fit(X, TWO, classes=["no", "yes"])
    clf.partial_fit(X[TWO == "no"], np.array(["no"] * sum(TWO == "no")))
    assert short() == 7


def test_what_changed_in_between_is_seen(short, capsys):
    est = make(MLPRegressor)
    est.partial_fit(X, NUMBERS).partial_fit(X, NUMBERS)
    assert short() == 1
    before = est.coefs_[0].copy()
    est.set_params(learning_rate_init=1e-300).partial_fit(X, NUMBERS)
    est._optimizer.learning_rate_init = 1e-300
    est.partial_fit(X, NUMBERS)
    est.verbose = True
    est.partial_fit(X, NUMBERS)
    assert "Iteration 1, loss" in capsys.readouterr().out
    assert short() == 1
    est = make(MLPRegressor).partial_fit(X, NUMBERS)
    est.coefs_[0] = np.zeros_like(before)
    est.partial_fit(X, NUMBERS)
    assert short() == 1 and abs(est.coefs_[0]).max() < 0.01
    est.t_, est.best_loss_ = 0, np.inf
    est.partial_fit(X, NUMBERS)
    assert short() == 2 and est.t_ == 40 and est.best_loss_ == est.loss_


def test_what_is_wrong_is_told_as_ever():
    reg = make(MLPRegressor).partial_fit(X, NUMBERS)
    with pytest.raises(ValueError, match="Input X contains NaN"):
        reg.partial_fit(np.full((2, 3), np.nan), NUMBERS[:2])
    with pytest.raises(ValueError, match="Input y contains infinity"):
        reg.partial_fit(X[:2], np.array([1, np.inf]))
    with pytest.raises(ValueError, match="3 features"):
        reg.partial_fit(X[:, :2], NUMBERS)
    with pytest.raises(ValueError, match="inconsistent numbers"):
        reg.partial_fit(X, NUMBERS[:3])
    with pytest.raises(TypeError, match="classes"):
        reg.partial_fit(X, NUMBERS, classes=[0, 1])
    with pytest.warns(UserWarning, match="batch_size"):
        make(MLPRegressor, batch_size=30).partial_fit(X, NUMBERS).partial_fit(X[:9], NUMBERS[:9])
    clf = make(MLPClassifier).partial_fit(X, THREE, classes=[0, 10, 20])
    clf.partial_fit(X, THREE, classes=[0, 10, 20])
    with pytest.raises(ValueError, match="classes not in"):
        clf.partial_fit(X, np.full(40, 15))
    with pytest.raises(ValueError, match="classes"):
        clf.partial_fit(X, THREE, classes=[0, 10, 30])
    for kind, y, first in CASES:
        est = make(kind, solver="sgd").partial_fit(X, y, **first)
        with pytest.raises(ValueError, match="non-finite"):
            est.partial_fit(X * 1e300, y).partial_fit(X * 1e300, y)


# ---- streams


def stream_of_polars(path):
    polars = pytest.importorskip("polars")
    return polars.scan_csv(path).collect_batches(chunk_size=70, maintain_order=True)


def stream_of_dask(path):
    frames = pytest.importorskip("dask.dataframe")
    parts = frames.read_csv(path, blocksize=4000)
    return (part.compute() for part in parts.partitions)


@pytest.mark.parametrize("stream", [stream_of_polars, stream_of_dask])
@pytest.mark.parametrize("kind", [MLPRegressor, MLPClassifier])
def test_a_stream_of_chunks_is_learned_as_its_arrays_are(stream, kind, tmp_path):
    many = np.random.RandomState(1).uniform(-1, 1, (300, 3))
    target = many @ [1.0, -2.0, 0.5]
    y = target if kind is MLPRegressor else np.where(target > 0, "yes", "no")
    lines = [",".join([*map(repr, map(float, row)), str(value)]) for row, value in zip(many, y, strict=True)]
    (tmp_path / "table.csv").write_text("\n".join(["a,b,c,y", *lines]) + "\n")
    first = {} if kind is MLPRegressor else {"classes": ["no", "yes"]}
    frames, arrays = make(kind), make(kind)
    sizes = []
    for chunk in stream(tmp_path / "table.csv"):
        x, targets = chunk[["a", "b", "c"]], chunk["y"]
        frames.partial_fit(x, targets, **first)
        arrays.partial_fit(x.to_numpy(), targets.to_numpy(), **first)
        sizes.append(len(chunk))
    assert sum(sizes) == 300 and len(sizes) > 2
    assert frames.t_ == 300 and list(frames.feature_names_in_) == ["a", "b", "c"]
    same(frames, arrays)
