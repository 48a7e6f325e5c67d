"""Estimators of a list of layers: the short form's numbers, pickles, files, training on.

The program is $PENSEL, or build/pensel.
"""

import os
import pathlib
import pickle
import shutil
import subprocess

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.base import clone

import pensel
from pensel import MLPClassifier, MLPRegressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

ROOT = pathlib.Path(__file__).parents[2]
PROGRAM = shutil.which(os.environ.get("PENSEL", ROOT / "build" / "pensel"))
LIST = "dense:8:tanh, layer-norm, residual(dense:8:relu, dense:8), scale"
X = np.random.RandomState(0).normal(size=(90, 3))
Y = np.column_stack([X[:, 0] * X[:, 1], X[:, 2]])
WORDS = np.array(["low", "middle", "high"])[np.digitize(X.sum(axis=1), [-1, 1])]


@pytest.mark.parametrize("solver", ["adam", "sgd", "lbfgs"])
@pytest.mark.parametrize("kind", [MLPRegressor, MLPClassifier])
def test_dense_layers_are_the_short_form(kind, solver):
    y = Y if kind is MLPRegressor else WORDS
    common = dict(solver=solver, max_iter=12, random_state=3)
    short = kind(hidden_layer_sizes=(7, 5), activation="tanh", **common).fit(X, y)
    listed = kind(layers="dense:7:tanh, dense:5:tanh", **common).fit(X, y)
    for a, b in zip(short.coefs_, listed.coefs_, strict=True):
        assert_array_equal(a, b)
    assert_array_equal(short.predict(X), listed.predict(X))
    assert listed.n_layers_ == 4


@pytest.mark.parametrize("kind", [MLPRegressor, MLPClassifier])
def test_a_list_learns_and_goes_along_everywhere(kind, tmp_path):
    y = Y if kind is MLPRegressor else WORDS
    est = kind(layers=LIST, max_iter=300, learning_rate_init=0.01, random_state=1).fit(X, y)
    assert est.score(X, y) > 0.8
    again = pickle.loads(pickle.dumps(est))
    assert_array_equal(again.predict(X), est.predict(X))
    assert_array_equal(clone(est).fit(X, y).predict(X), est.predict(X))
    file = tmp_path / "m.safetensors"
    est.save(file)
    loaded = pensel.load(file)
    assert_array_equal(loaded.predict(X), est.predict(X))
    assert loaded.layers.replace(" ", "") == LIST.replace(" ", "")
    assert_array_equal(loaded.fit(X, y).predict(X), est.predict(X))
    before = est.encoding_.copy()
    est.partial_fit(X, y)
    assert (est.encoding_ != before).any()


def test_early_stopping_keeps_the_best_of_all_parameters():
    est = MLPRegressor(
        layers=LIST, early_stopping=True, max_iter=60, n_iter_no_change=5, random_state=1,
        learning_rate_init=0.05,
    ).fit(X, Y[:, 0])  # fmt: skip
    again = pickle.loads(pickle.dumps(est))
    assert_array_equal(again.predict(X), est.predict(X))


def test_the_program_reads_it_and_is_read(tmp_path):
    if PROGRAM is None:
        pytest.skip("there is no program: make builds it as build/pensel")
    table, model = tmp_path / "t.csv", tmp_path / "m.safetensors"
    lines = ["a,b,c,y"] + [",".join(map(repr, map(float, [*x, y]))) for x, y in zip(X, Y[:, 0], strict=True)]
    table.write_text("\n".join(lines))
    words = [PROGRAM, "fit", table, "--target", "y", "--layers", LIST, "--epochs", "20", "-q",
             "--save", model, "--precision", "float64"]  # fmt: skip
    subprocess.run(words, check=True)
    theirs = pensel.load(model)
    mine = MLPRegressor(layers=LIST, max_iter=20, random_state=0, sklearn_gradient=False).fit(X, Y[:, 0])
    assert_array_equal(theirs.predict(X), mine.predict(X))
    mine.save(model)
    shown = subprocess.run([PROGRAM, "inspect", model], check=True, capture_output=True, text=True)
    assert "residual(dense:8:relu,dense:8),scale,dense:1" in shown.stdout


def test_what_is_wrong_is_said():
    with pytest.raises(ValueError, match="layer kind lyer-norm is unknown"):
        MLPRegressor(layers="dense:8, lyer-norm").fit(X, Y)
    with pytest.raises(ValueError, match="one of them says what inputs become"):
        MLPRegressor(layers="dense:8", encoding="fourier").fit(X, Y)
