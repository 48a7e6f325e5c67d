"""Exports: what leaves is run by others, ONNX Runtime, a C compiler and NumPy, and gives what the
model gives.
"""

import ctypes
import json
import pathlib
import subprocess
import sys

import numpy as np
import onnx
import onnxruntime
import pandas as pd
import pytest
import skl2onnx
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.ensemble import VotingRegressor
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, PolynomialFeatures, StandardScaler

import pensel
from pensel import MLPClassifier, MLPRegressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

ROOT = pathlib.Path(__file__).parents[2]
CLOSE = 3e-6  # of the span of an output, in float

rng = np.random.RandomState(7)
X = 50 + 20 * rng.uniform(-1, 1, (200, 3))
Y = np.sin(X[:, 0] / 20) + X[:, 1] * X[:, 2] / 2000
TWO = np.column_stack([100 * Y, X[:, 0] ** 2])
CODES = np.digitize(Y, [0.9, 1.6])
WORDS = np.array(["low", "middle", "very, very high"])[CODES]
LABELS = np.column_stack([Y > 1, X[:, 0] > 50, X[:, 1] > 40]).astype(int)
NEW = (50 + 22 * rng.uniform(-1, 1, (1000, 3))).astype(np.float32)

TABLE = pd.DataFrame(
    {
        "size": X[:, 0],
        "town": np.array(["Lund", "Umea", "Visby"])[(X[:, 1] / 14).astype(int) % 3],
        "age": X[:, 2],
    }
)
TABLE.loc[::7, "age"] = np.nan
TABLE.loc[::11, "town"] = None
RENT = 90 * TABLE["size"] + 2000 * (TABLE["town"] == "Lund")


def small(kind=MLPRegressor, **parameters):
    settings = dict(hidden_layer_sizes=(8, 6), max_iter=40, random_state=1, scale_inputs="standard")
    return kind(**(settings | parameters))


def small_table(kind):
    return kind(max_epochs=20, max_seconds=600)


def run_onnx(model, feed):
    """Its outputs by name; the checker reads the model as well."""
    model = model if isinstance(model, bytes) else pathlib.Path(model).read_bytes()
    onnx.checker.check_model(onnx.load_model_from_string(model), full_check=True)
    session = onnxruntime.InferenceSession(model)
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(None, feed), strict=True))


def table_feed(table):
    numbers = table[["size", "age"]].to_numpy(np.float64)
    towns = table["town"].where(table["town"].notna(), "").to_numpy(object)
    return {"size": numbers[:, :1], "town": towns[:, None], "age": numbers[:, 1:]}


def assert_close(found, expected, close=CLOSE):
    assert_allclose(found, expected, rtol=0, atol=close * np.ptp(expected))


def run_c(source, inputs, outputs, rows):
    """What the compiled file's function makes of rows, and of its outputs, in classes."""
    library = source.with_suffix(".so")
    strict = ["-std=c99", "-O1", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC"]
    subprocess.run(["cc", *strict, source, "-o", library, "-lm"], check=True)
    loaded, name = ctypes.CDLL(str(library)), source.stem
    found, classes = np.empty((len(rows), outputs), np.float32), []
    floats = ctypes.POINTER(ctypes.c_float)
    for x, y in zip(np.ascontiguousarray(rows, np.float32), found, strict=True):
        assert len(x) == inputs
        loaded[f"{name}_predict"](x.ctypes.data_as(floats), y.ctypes.data_as(floats))
        if outputs > 1:
            classes.append(loaded[f"{name}_class"](y.ctypes.data_as(floats)))
    return found, classes


# ----------------------------------------------------------------- ONNX


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"activation": "tanh", "scale_inputs": "minmax", "scale_targets": "standard"},
        {"scale_inputs": "none", "precision": "float32"},
        {"loss": "poisson"},
        {"layers": "dense:8:tanh, layer-norm, dense:6"},
        {"encoding": {"kind": "fourier", "features": 16, "scale": 0.3}},
    ],
    ids=str,
)
def test_onnx_gives_the_numbers_of_a_regressor(settings):
    est = small(**settings).fit(X, Y)
    found = run_onnx(pensel.to_onnx(est), {"X": NEW})
    assert list(found) == ["variable"]
    assert_close(found["variable"], est.predict(NEW)[:, None])


def test_onnx_gives_all_targets():
    est = small(scale_targets="standard").fit(X, TWO)
    found = run_onnx(pensel.to_onnx(est), {"X": NEW})["variable"]
    for t, expected in enumerate(est.predict(NEW).T):
        assert_close(found[:, t], expected)


@pytest.mark.parametrize(
    "y, kind",
    [(WORDS, object), (CODES - 1, np.int64), (CODES > 0, np.int64)],
    ids=["words", "int", "bool"],
)
def test_onnx_gives_probabilities_and_labels(y, kind):
    est = small(MLPClassifier).fit(X, y)
    found = run_onnx(pensel.to_onnx(est), {"X": NEW})
    assert set(found) == {"probabilities", "label"}
    p = est.predict_proba(NEW)
    assert_allclose(found["probabilities"], p, rtol=0, atol=CLOSE)
    assert found["label"].dtype == kind
    top = np.sort(p, axis=1)
    sure = top[:, -1] - top[:, -2] > 1e-4
    assert sure.sum() > 900
    assert_array_equal(found["label"][sure], est.predict(NEW)[sure])


def test_onnx_gives_each_of_several_labels():
    est = small(MLPClassifier).fit(X, LABELS)
    found = run_onnx(pensel.to_onnx(est), {"X": NEW})
    p = est.predict_proba(NEW)
    assert_allclose(found["probabilities"], p, rtol=0, atol=CLOSE)
    sure = np.abs(p - 0.5) > 1e-4
    assert_array_equal(found["label"][sure], est.predict(NEW)[sure])


def test_onnx_has_weights_that_were_put_in_by_hand():
    est = small(hidden_layer_sizes=(4,), activation="identity", scale_inputs="none").fit(X, Y)
    est.coefs_ = [rng.uniform(-1, 1, c.shape) for c in est.coefs_]
    found = run_onnx(pensel.to_onnx(est), {"X": NEW})["variable"]
    hidden = NEW.astype(np.float64) @ est.coefs_[0] + est.intercepts_[0]
    assert_close(found, hidden @ est.coefs_[1] + est.intercepts_[1])


def test_onnx_takes_a_table_as_it_is():
    est = small_table(pensel.TableRegressor).fit(TABLE, RENT)
    found = run_onnx(pensel.to_onnx(est), table_feed(TABLE))
    assert_close(found["variable"], est.predict(TABLE)[:, None])


def test_onnx_gives_the_classes_of_a_table():
    est = small_table(pensel.TableClassifier).fit(TABLE, WORDS)
    found = run_onnx(pensel.to_onnx(est), table_feed(TABLE))
    written = est._model.meaning()[2]  # in the order of the model's outputs
    order = [written.index(word) for word in est.classes_]
    p = est.predict_proba(TABLE)
    assert_allclose(found["probabilities"][:, order], p, rtol=0, atol=1e-5)
    top = np.sort(p, axis=1)
    sure = top[:, -1] - top[:, -2] > 1e-4
    assert sure.sum() > 150
    assert_array_equal(found["label"][sure], est.predict(TABLE)[sure])


def test_onnx_paints():
    ramp = np.linspace(0, 1, 12, dtype=np.float32)
    picture = np.stack(
        [np.outer(ramp, ramp), np.outer(ramp, 1 - ramp), np.outer(1 - ramp, ramp)], 2
    )
    painting = pensel.paint(picture, hidden=(16,), encoding="raw", epochs=20, seed=0)
    model = pensel.to_onnx(painting, name="ramps")
    graph = onnx.load_model_from_string(model).graph
    assert graph.name == "ramps"
    meaning = {p.key: p.value for p in onnx.load_model_from_string(model).metadata_props}
    assert (meaning["width"], meaning["height"]) == ("12", "12")
    assert meaning["inputs"] == "row, column from 0 to 1"
    at = (np.arange(12, dtype=np.float32) + np.float32(0.5)) / 12  # the middles of pixels
    rows = np.stack(np.meshgrid(at, at, indexing="ij"), axis=2).reshape(-1, 2)
    found = run_onnx(model, {"X": rows})["variable"]
    assert_close(np.clip(found, 0, 1), painting.render(dtype=np.float32).reshape(-1, 3), 1e-5)


def test_a_compact_painting_leaves_as_its_own_pixels(tmp_path):
    y, x = np.mgrid[0:24, 0:32]
    waves = np.dstack([128 + 90 * np.sin(x * y / 30), 8 * x, 10 * y]).astype(np.uint8)
    painting = pensel.paint(waves, bytes=900)
    pensel.export(painting, tmp_path / "waves.json")
    back = pensel.import_model(tmp_path / "waves.json")
    assert_array_equal(back.render(), painting.render())
    assert_array_equal(back.render((64, 48)), painting.render((64, 48)))
    assert pensel.to_onnx(painting) == pensel.to_onnx(back)
    pensel.export(painting, tmp_path / "waves.c", quantise="int8")


# ----------------------------------------------------------------- files


def test_c_gives_the_same_numbers(tmp_path):
    est = small(activation="tanh", scale_targets="standard").fit(X, Y)
    assert pensel.export(est, tmp_path / "rent.c") is None
    found, _ = run_c(tmp_path / "rent.c", 3, 1, NEW)
    assert_close(found, est.predict(NEW)[:, None])


def test_c_in_8_bits_says_what_it_cost(tmp_path):
    est = small(MLPClassifier, scale_inputs="none").fit((X - 50) / 20, WORDS)
    rows, truth = (X - 50) / 20, WORDS
    how = dict(quantise="int8", max_loss=0.02, name="words")
    cost = pensel.export(est, tmp_path / "words.c", X_check=rows, y_check=truth, **how)
    assert cost["score"] == "accuracy" and cost["samples"] == 200
    assert cost["rows_8"] + cost["rows_16"] == 8 + 6 + 3
    assert cost["score_float"] == pytest.approx(est.score(rows, truth))
    _, classes = run_c(tmp_path / "words.c", 3, 3, rows)
    assert cost["score_int8"] == pytest.approx(np.mean(est.classes_[classes] == truth))
    assert cost["score_float"] - cost["score_int8"] <= 0.02
    assert cost["rows_8"] > 0


def test_8_bits_are_measured_on_a_models_own_answers(tmp_path):
    est = small().fit(X, Y)
    drawn = pensel.export(est, tmp_path / "y.c", quantise="int8", max_loss=0.2)
    assert drawn["samples"] == 2000 and drawn["score_float"] == 1 and drawn["score"] == "r2"
    given = pensel.export(est, tmp_path / "y.c", quantise="int8", max_loss=0.2, X_check=NEW)
    found, _ = run_c(tmp_path / "y.c", 3, 1, NEW)
    true = est.predict(NEW)
    r2 = 1 - np.sum((found[:, 0] - true) ** 2) / np.sum((true - true.mean()) ** 2)
    assert given["samples"] == 1000 and given["score_int8"] == pytest.approx(r2, abs=0.002)


def test_8_bits_of_tables(tmp_path):
    for est, y in (
        (small_table(pensel.TableRegressor).fit(TABLE, RENT), RENT),
        (small_table(pensel.TableClassifier).fit(TABLE, WORDS), WORDS),
    ):
        with pytest.raises(ValueError, match="X_check and y_check"):
            pensel.export(est, tmp_path / "t.c", quantise="int8")
        how = dict(quantise="int8", max_loss=1, X_check=TABLE, y_check=y)
        cost = pensel.export(est, tmp_path / "t.c", **how)
        assert cost["score_float"] == pytest.approx(est.score(TABLE, y)) and cost["samples"] == 200
        assert "t_predict(const t_row *row" in (tmp_path / "t.c").read_text()


def test_arrays_are_run_by_the_example(tmp_path):
    est = small(MLPClassifier).fit(X, WORDS)
    pensel.export(est, tmp_path / "words.npz")
    sys.path.insert(0, str(ROOT / "examples"))
    try:
        import predict
    finally:
        sys.path.pop(0)
    assert_close(predict.predict(tmp_path / "words.npz", NEW), est.predict_proba(NEW))


def test_the_other_targets(tmp_path):
    est = small().fit(X[:, :2], Y)
    for ending in ("onnx", "c", "h", "json", "npz", "glsl", "html"):
        file = tmp_path / f"plane.{ending}"
        pensel.export(est, file)
        pensel.export(est, tmp_path / "other", target=ending, name="plane")
        assert file.read_bytes() == (tmp_path / "other").read_bytes(), ending
    assert (tmp_path / "plane.onnx").read_bytes() == pensel.to_onnx(est, name="plane")
    assert json.loads((tmp_path / "plane.json").read_text())["operations"]
    assert "plane_predict" in (tmp_path / "plane.h").read_text()
    assert "mainImage" in (tmp_path / "plane.glsl").read_text()
    assert "<html" in (tmp_path / "plane.html").read_text().lower()


# ----------------------------------------------------------------- pipelines


def converted(model, example=NEW[:1], **how):
    """skl2onnx's conversion; importing both has registered the converter."""
    return skl2onnx.to_onnx(model, example, **how).SerializeToString()


@pytest.mark.parametrize("target_opset", [None, 13, 18])
@pytest.mark.parametrize(
    "settings",
    [
        {"scale_targets": "standard"},
        {"scale_inputs": "none", "activation": "gelu"},
        {"layers": "dense:8:tanh, layer-norm, dense:6"},
    ],
    ids=str,
)
def test_pipelines_convert(settings, target_opset):
    model = make_pipeline(StandardScaler(), PolynomialFeatures(2), small(**settings)).fit(X, TWO)
    written = converted(model, target_opset=target_opset)
    opsets = {o.domain: o.version for o in onnx.load_model_from_string(written).opset_import}
    assert target_opset in (None, opsets[""])
    found = run_onnx(written, {"X": NEW})
    assert list(found) == ["variable"]
    for t, expected in enumerate(model.predict(NEW).T):
        assert_close(found["variable"][:, t], expected, 2e-5)  # the first steps are float32 as well


@pytest.mark.parametrize("y", [WORDS, CODES - 1, CODES > 0], ids=["words", "int", "bool"])
def test_pipelines_of_classes_convert(y):
    model = make_pipeline(MinMaxScaler(), small(MLPClassifier)).fit(X, y)
    p = model.predict_proba(NEW)
    top = np.sort(p, axis=1)
    sure = top[:, -1] - top[:, -2] > 1e-3
    assert sure.sum() > 900
    plain = run_onnx(converted(model, options={"zipmap": False}), {"X": NEW})
    assert list(plain) == ["label", "probabilities"]
    assert_allclose(plain["probabilities"], p, rtol=0, atol=3e-5)
    assert_array_equal(plain["label"][sure], model.predict(NEW)[sure])
    mapped = run_onnx(converted(model), {"X": NEW})["output_probability"]
    for i, label in enumerate(model.classes_.tolist()):
        assert_allclose([row[label] for row in mapped], p[:, i], rtol=0, atol=3e-5)


def test_several_labels_convert():
    model = small(MLPClassifier).fit(X, LABELS)
    found = run_onnx(converted(model, options={"zipmap": False}), {"X": NEW})
    p = model.predict_proba(NEW)
    assert_allclose(found["probabilities"], p, rtol=0, atol=CLOSE)
    sure = np.abs(p - 0.5) > 1e-4
    assert_array_equal(found["label"][sure], model.predict(NEW)[sure])


def test_two_networks_in_one_graph_convert():
    steps = [("a", small()), ("b", small(activation="tanh", random_state=2))]
    model = VotingRegressor(steps).fit(X, Y)
    found = run_onnx(converted(model), {"X": NEW})["variable"]
    assert_close(found, model.predict(NEW)[:, None])


def test_columns_and_doubles_convert():
    frame = pd.DataFrame({"a": X[:, 0], "b": X[:, 1].astype(int), "c": X[:, 2]})
    model = small().fit(frame, Y)
    feed = {name: frame[[name]].to_numpy() for name in frame}
    found = run_onnx(converted(model, frame[:1]), feed)["variable"]
    assert_close(found, model.predict(frame)[:, None])


def test_a_grid_converts():
    grid = dict(encoding="hashgrid", scale_inputs="minmax")
    model = make_pipeline(StandardScaler(), small(**grid)).fit(X[:, :2], Y)
    found = run_onnx(converted(model, X[:1, :2]), {"X": X[:, :2]})["variable"]
    assert_close(found, model.predict(X[:, :2])[:, None], 1e-5)
    with pytest.raises(RuntimeError, match="target_opset=17: 18 is needed"):
        converted(model, X[:1, :2], target_opset=17)


@pytest.mark.parametrize(
    "imports", ["import pensel, skl2onnx", "import skl2onnx, pensel", "import pensel, skl2onnx.common.data_types"]
)
def test_importing_both_registers_the_converter(imports):
    code = """
from skl2onnx._supported_operators import sklearn_operator_name_map as known
assert known[pensel.MLPRegressor] == "PenselMLPRegressor"
assert known[pensel.MLPClassifier] == "PenselMLPClassifier"
assert not any("pensel" in type(finder).__module__ for finder in sys.meta_path)
"""
    subprocess.run([sys.executable, "-c", f"import sys\n{imports}\n{code}"], check=True)


def test_an_opset_that_is_too_old_is_said():
    with pytest.raises(RuntimeError, match="target_opset=12: 13 is needed for this MLPRegressor"):
        converted(small().fit(X, Y), target_opset=12)


# ----------------------------------------------------------------- errors


def test_errors_say_what_would_be_right(tmp_path):
    est = small(scale_inputs="none").fit(X, Y)
    painting = pensel.paint(np.zeros((4, 4)), hidden=(2,), epochs=1)
    cases = [
        (est, "a.onxx", {}, ValueError, "did you mean onnx"),
        (est, "a.c", {"target": "cc"}, ValueError, "one of|did you mean"),
        (est, "a.glsl", {}, RuntimeError, "3 inputs"),
        (est, "a.onnx", {"quantise": "int8", "X_check": X}, RuntimeError, "onnx has no weights"),
        (est, "a.c", {"quantise": "int4"}, ValueError, "none or int8"),
        (est, "a.c", {"quantise": "int8"}, ValueError, "in X_check$"),
        (est, "a.c", {"quantise": "int8", "y_check": Y}, ValueError, "y_check without X_check"),
        (est, "a.c", {"max_loss": 0.1}, ValueError, "max_loss has no effect"),
        (est, "a.c", {"quantise": "int8", "max_loss": 2}, ValueError, "from 0 to 1"),
        (est, "a.c", {"X_check": X}, ValueError, "no effect without quantise"),
        (est, "a.c", {"quantise": "int8", "X_check": X[:, :2]}, ValueError, "2 features"),
        (
            est,
            "a.c",
            {"quantise": "int8", "X_check": X, "y_check": TWO},
            ValueError,
            "y_check has the shape",
        ),
        (painting, "a.c", {"quantise": "int8", "X_check": X}, ValueError, "own pixels"),
        (small(), "a.c", {}, NotFittedError, "not fitted"),
        (pensel.TableRegressor(), "a.c", {}, NotFittedError, "not fitted"),
        (StandardScaler().fit(X), "a.c", {}, TypeError, "no model of pensel"),
        (make_pipeline(StandardScaler(), est), "a.onnx", {}, TypeError, "skl2onnx.to_onnx"),
        (est, "no folder/a.c", {}, OSError, "no folder"),
    ]
    for model, file, options, error, words in cases:
        with pytest.raises(error, match=words):
            pensel.export(model, tmp_path / file, **options)
    assert list(tmp_path.iterdir()) == []
    words = small(MLPClassifier).fit(X, WORDS)
    with pytest.raises(ValueError, match="classes that the model has not: .'new'"):
        how = dict(quantise="int8", X_check=X[:2], y_check=["low", "new"])
        pensel.export(words, tmp_path / "a.c", **how)
