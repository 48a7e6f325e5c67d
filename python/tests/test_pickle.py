"""Pickles from version to version, and what they carry. The golden pickles of data/ are written by

    python python/tests/test_pickle.py --write

once for each released version; their oracle is NumPy's forward pass over the parameters within.
"""

import copy
import pathlib
import pickle
import sys
import warnings

import numpy as np
import pytest
from sklearn.base import clone

import pensel

DATA = pathlib.Path(__file__).parent / "data"
X = np.random.RandomState(0).uniform(-1, 1, (40, 3))
Y = X[:, 0] * X[:, 1] - X[:, 2]


def fitted(**more):
    model = pensel.MLPRegressor(hidden_layer_sizes=(7, 5), activation="tanh", max_iter=5, random_state=2, **more)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return model.fit(X, Y)


def forward(model):
    a = X
    for i, (w, b) in enumerate(zip(model.coefs_, model.intercepts_, strict=True)):
        z = a @ w + b
        a = np.tanh(z) if i < len(model.coefs_) - 1 else z
    return a[:, 0]


@pytest.mark.parametrize("path", sorted(DATA.glob("*.pickle")), ids=lambda path: path.stem)
def test_golden_pickles_are_read(path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", pensel.VersionWarning)
        model = pickle.loads(path.read_bytes())
    np.testing.assert_allclose(model.predict(X), forward(model), rtol=1e-12, atol=1e-12)
    assert len(model.coefs_) == 3 and model.n_iter_ == 5


def test_there_is_a_golden_pickle_of_this_version():
    assert (DATA / f"regressor-{pensel.__version__}.pickle").exists()


def test_a_pickle_says_its_version():
    assert fitted().__getstate__()["_pensel_version"] == pensel.__version__
    assert not hasattr(pickle.loads(pickle.dumps(fitted())), "_pensel_version")


def test_another_version_is_warned_of():
    model = fitted()
    state = model.__getstate__()
    for written, words in (("0.0.1", "0.0.1"), (None, "unknown version")):
        state["_pensel_version"] = written
        if written is None:
            del state["_pensel_version"]
        again = pensel.MLPRegressor.__new__(pensel.MLPRegressor)
        with pytest.warns(pensel.VersionWarning, match=words):
            again.__setstate__(state)
        np.testing.assert_array_equal(again.predict(X), model.predict(X))


def test_its_own_version_is_not_warned_of():
    with warnings.catch_warnings():
        warnings.simplefilter("error", pensel.VersionWarning)
        pickle.loads(pickle.dumps(fitted()))


def test_parameters_that_were_not_there_are_filled_in():
    state = fitted().__getstate__()
    del state["dropout"], state["callback"]
    again = pensel.MLPRegressor.__new__(pensel.MLPRegressor)
    again.__setstate__(state)
    assert again.get_params() == pensel.MLPRegressor(
        hidden_layer_sizes=(7, 5), activation="tanh", max_iter=5, random_state=2
    ).get_params()


def test_a_lambda_does_not_stop_a_pickle():
    model = fitted(callback=lambda estimator, progress: progress.epoch == 3)
    assert model.n_iter_ == 3
    for again in (pickle.loads(pickle.dumps(model)), copy.deepcopy(model), copy.copy(model)):
        assert again.callback(None, pensel.Progress(*[3] * len(pensel.Progress._fields)))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            assert clone(again).fit(X, Y).n_iter_ == 3


@pytest.mark.parametrize("kind", [pensel.MLPRegressor, pensel.MLPClassifier])
def test_skops_reads_what_it_wrote(kind, tmp_path):
    """skops asks for trust in each type that is not of scikit-learn; ours are named pensel."""
    skops = pytest.importorskip("skops.io")
    model = kind(hidden_layer_sizes=(7, 5), max_iter=5, random_state=2, early_stopping=True)
    y = Y if kind is pensel.MLPRegressor else np.where(Y > 0, "yes", "no")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(X, y)
    skops.dump(model, tmp_path / "model.skops")
    unknown = skops.get_untrusted_types(file=tmp_path / "model.skops")
    assert f"pensel.{kind.__name__}" in unknown
    assert all(name.startswith(("pensel.", "numpy.random.")) for name in unknown), unknown
    again = skops.load(tmp_path / "model.skops", trusted=unknown)
    np.testing.assert_array_equal(again.predict(X), model.predict(X))
    more = [pickle.loads(pickle.dumps(model)).set_params(early_stopping=False), again.set_params(early_stopping=False)]
    first = {} if kind is pensel.MLPRegressor else {"classes": ["no", "yes"]}
    for one in more:
        one.partial_fit(X, y, **first)
    np.testing.assert_array_equal(more[0].predict(X), more[1].predict(X))


def test_names_say_where_they_are_imported_from():
    for name in pensel.__all__:
        assert getattr(pensel, name).__module__ == "pensel", name
    assert repr(type(fitted())) == "<class 'pensel.MLPRegressor'>"


if __name__ == "__main__" and sys.argv[1:] == ["--write"]:
    DATA.mkdir(exist_ok=True)
    to = DATA / f"regressor-{pensel.__version__}.pickle"
    to.write_bytes(pickle.dumps(fitted(), protocol=4))
    print(to)
