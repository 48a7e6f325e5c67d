"""Networks of other programs come in: files, and models of scikit-learn. Those of PyTorch and
Keras, which are too large to install for every run of the tests, are in other_programs.py."""

import json
import struct
import subprocess
import sys

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.model_selection import GridSearchCV

# by their own module: the plugin replace_sklearn puts pensel's in the place of neural_network's
from sklearn.neural_network._multilayer_perceptron import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    MaxAbsScaler,
    MinMaxScaler,
    PolynomialFeatures,
    RobustScaler,
    StandardScaler,
)

import pensel

rng = np.random.default_rng(0)
X = rng.normal(size=(1000, 3)) * [1, 20, 0.1] + [0, 300, 5]
Y = X[:, 0] + np.sin(X[:, 1] / 10) + 30 * X[:, 2]
WORDS = np.array(["low", "middle", "high"])[np.digitize(Y, [149, 151])]


def theirs(kind, **settings):
    return kind(hidden_layer_sizes=(8, 6), max_iter=15, random_state=0, **settings)


@pytest.mark.parametrize("ending", ["onnx", "npz", "json"])
def test_tables_and_paintings_come_back(tmp_path, ending):
    path = tmp_path / f"gone.{ending}"
    few = slice(None, None, 5)
    model = pensel.TableClassifier(max_epochs=5, max_seconds=600).fit(X[few], WORDS[few])
    pensel.export(model, path)
    back = pensel.import_model(path)
    assert isinstance(back, pensel.TableClassifier)
    assert_array_equal(back.predict_proba(X), model.predict_proba(X))
    assert back.classes_.tolist() == model.classes_.tolist()
    picture = rng.integers(0, 256, (9, 11, 3)).astype(np.uint8)
    painting = pensel.paint(picture)
    pensel.export(painting, path)
    assert_array_equal(pensel.import_model(path).render(), painting.render())
    with pytest.raises(ValueError, match="classes have no effect"):
        pensel.import_model(path, classes=[0, 1])


REGRESSOR, CLASSIFIER = MLPRegressor, MLPClassifier


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize(
    "model, y",
    [
        (theirs(REGRESSOR), Y),
        (theirs(REGRESSOR, activation="tanh"), np.stack([Y, -2 * Y], 1)),
        (make_pipeline(StandardScaler(), theirs(REGRESSOR, activation="logistic")), Y),
        (make_pipeline(StandardScaler(with_mean=False), theirs(REGRESSOR)), Y),
        (make_pipeline(MinMaxScaler((-1, 3)), RobustScaler(), theirs(REGRESSOR)), Y),
        (make_pipeline(MaxAbsScaler(), "passthrough", theirs(REGRESSOR, activation="identity")), Y),
        (make_pipeline(StandardScaler(), theirs(CLASSIFIER)), WORDS),
        (make_pipeline(StandardScaler(), theirs(CLASSIFIER)), Y > 150),
        (make_pipeline(StandardScaler(), theirs(CLASSIFIER)), np.digitize(Y, [149, 151]) * 3 - 1),
        (make_pipeline(StandardScaler(), theirs(CLASSIFIER)), (X > X.mean(0)) * 1),
        (GridSearchCV(theirs(REGRESSOR), {"alpha": [1e-4, 1.0]}, cv=2), Y),
        (theirs(REGRESSOR, loss="poisson"), Y / 100),
    ],
)
def test_models_of_scikit_learn_predict_the_same(model, y):
    model.fit(X, y)
    ours = pensel.from_sklearn(model)
    assert_array_equal(ours.predict(X).shape, model.predict(X).shape)
    if hasattr(model, "predict_proba"):
        assert_allclose(ours.predict_proba(X), model.predict_proba(X), rtol=0, atol=1e-12)
        assert_array_equal(ours.predict(X), model.predict(X))
        assert_array_equal(ours.classes_, model.classes_)
    else:
        assert_allclose(ours.predict(X), model.predict(X), rtol=1e-12, atol=1e-12)
    assert ours.imported_["difference"] < 1e-12 and ours.imported_["left"] == []


def test_what_came_in_goes_on(tmp_path):
    model = make_pipeline(StandardScaler(), theirs(CLASSIFIER)).fit(X[:300], WORDS[:300])
    ours = pensel.from_sklearn(model)
    ours.save(tmp_path / "words.safetensors")
    again = pensel.load(tmp_path / "words.safetensors")
    assert_array_equal(again.predict_proba(X), ours.predict_proba(X))
    before = ours.score(X, WORDS)
    ours.set_params(warm_start=True, max_iter=30).fit(X, WORDS)
    assert ours.score(X, WORDS) > before


def test_names_of_features_come_along():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(X, columns=["a", "b", "c"])
    ours = pensel.from_sklearn(theirs(REGRESSOR).fit(frame, Y))
    assert ours.feature_names_in_.tolist() == ["a", "b", "c"]


def tensors(path, **arrays):
    """A safetensors file, written here as its documentation says."""
    header, data = {}, b""
    for name, array in arrays.items():
        raw = array.astype("<f4").tobytes()
        offsets = [len(data), len(data) + len(raw)]
        header[name] = {"dtype": "F32", "shape": array.shape, "data_offsets": offsets}
        data += raw
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)
    return path


def test_files_are_read(tmp_path):
    w, c, v = rng.normal(size=(4, 3)), rng.normal(size=4), rng.normal(size=(3, 4))
    path = tensors(tmp_path / "net", **{"0.weight": w, "0.bias": c, "2.weight": v, "note": c})
    rows = (X - X.mean(0)) / X.std(0)
    z = np.maximum(rows @ w.T.astype(np.float32) + c.astype(np.float32), 0) @ v.T.astype(np.float32)
    ours = pensel.import_model(path, activation="relu")
    assert_allclose(ours.predict(rows), z, rtol=0, atol=1e-5)
    assert ours.imported_["left"] == ["note"]
    assert ours.imported_["read"][1] == "activation: relu"
    named = pensel.import_model(path, layers="0,relu,2", classes=["a", "b", "c"])
    p = np.exp(z - z.max(1, keepdims=True))
    assert_allclose(named.predict_proba(rows), p / p.sum(1, keepdims=True), rtol=0, atol=1e-5)
    assert_array_equal(named.predict(rows), np.array(["a", "b", "c"])[z.argmax(1)])


def test_own_onnx_comes_back(tmp_path):
    how = dict(hidden_layer_sizes=(8,), max_iter=20, random_state=0, scale_inputs="standard")
    est = pensel.MLPClassifier(**how).fit(X, WORDS)
    pensel.export(est, tmp_path / "words.onnx")
    again = pensel.import_model(tmp_path / "words.onnx")
    assert_allclose(again.predict_proba(X), est.predict_proba(X), rtol=0, atol=1e-6)
    assert_array_equal(again.classes_, est.classes_)


def test_errors_say_what_would_be_right(tmp_path):
    path = tensors(tmp_path / "net", **{"0.weight": np.ones((2, 3)), "2.weight": np.ones((2, 2))})
    (tmp_path / "net.keras").write_bytes(b"PK\3\4" + bytes(40))
    polynomial = make_pipeline(PolynomialFeatures(), theirs(REGRESSOR)).fit(X[:20], Y[:20])
    cases = [
        (lambda: pensel.import_model(tmp_path / "none"), FileNotFoundError, "none"),
        (lambda: pensel.import_model(path), RuntimeError, "activation relu"),
        (lambda: pensel.import_model(path, activation="mish"), ValueError, "no activation"),
        (
            lambda: pensel.import_model(path, activation="relu", classes=["a"]),
            ValueError,
            r"\(2,\) is",
        ),
        (
            lambda: pensel.import_model(path, activation="relu", classes=["b", "a"]),
            ValueError,
            "ascending",
        ),
        (
            lambda: pensel.import_model(path, activation="relu", classes="ab", task="regression"),
            ValueError,
            "no effect",
        ),
        (lambda: pensel.import_model(tmp_path / "net.keras"), RuntimeError, "from_keras"),
        (lambda: pensel.from_sklearn(polynomial), ValueError, "PolynomialFeatures is not read"),
        (lambda: pensel.from_sklearn(StandardScaler()), ValueError, "StandardScaler is not read"),
        (lambda: pensel.from_sklearn(theirs(REGRESSOR)), ValueError, "not fitted"),
        (
            lambda: pensel.from_sklearn(pensel.MLPRegressor(max_iter=1, scale_inputs="standard").fit(X, Y)),
            ValueError,
            "pensel's own MLPRegressor is not read",
        ),
        (lambda: pensel.from_torch(StandardScaler()), ValueError, "StandardScaler is not read"),
    ]
    for call, error, words in cases:
        with pytest.raises(error, match=words):
            call()


def test_no_other_program_is_imported():
    code = "import pensel, sys; print([m for m in ('torch', 'keras', 'onnx') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
