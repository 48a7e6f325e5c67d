"""Model files, in both directions: a model fitted here predicts the same bits with the program, one
fitted by the program predicts the same bits here, and both can be trained further.

The program is $PENSEL, or build/pensel.
"""

import os
import pathlib
import shutil
import subprocess

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
import sklearn.neural_network._multilayer_perceptron as theirs
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.preprocessing import MinMaxScaler, StandardScaler

import pensel
from pensel import MLPClassifier, MLPRegressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

ROOT = pathlib.Path(__file__).parents[2]
DATA = ROOT / "tests" / "data"
PROGRAM = shutil.which(os.environ.get("PENSEL", ROOT / "build" / "pensel"))

rng = np.random.RandomState(4)
X = 50 + 20 * rng.uniform(-1, 1, (150, 3))
Y = np.sin(X[:, 0] / 20) + X[:, 1] * X[:, 2] / 2000
TWO = np.column_stack([100 * Y, X[:, 0] ** 2])
WORDS = np.array(["low", "middle", "very, very high"])[np.digitize(Y, [0.9, 1.6])]
LABELS = np.column_stack([Y > 1, X[:, 0] > 50, X[:, 1] > 40]).astype(int)


def program(*arguments):
    """What the program prints."""
    if PROGRAM is None:
        pytest.skip("there is no program: make builds it as build/pensel")
    ran = subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def small(kind=MLPRegressor, **parameters):
    settings = dict(hidden_layer_sizes=(8, 6), max_iter=15, random_state=1)
    return kind(**(settings | parameters))


def saved(est, folder):
    file = folder / "model.safetensors"
    est.save(file)
    return file


def ask(file, x, *options):
    """What the program predicts for the rows of an array."""
    folder = file.parent
    np.save(folder / "x.npy", x)
    program("predict", file, folder / "x.npy", "-o", folder / "y.npy", *options)
    return np.load(folder / "y.npy")


REGRESSORS = {
    "plain": (dict(), Y),
    "float32": (dict(precision="float32"), Y),
    "several targets": (dict(scale_inputs="standard", scale_targets="minmax"), TWO),
    "float32, scaled": (
        dict(precision="float32", scale_inputs="minmax", scale_targets="standard"),
        TWO,
    ),
    "counts": (dict(loss="poisson", scale_inputs="standard"), np.round(Y)),
    "outputs": (dict(out_activation="softplus", activation=["tanh", ("leaky_relu", 0.2)]), Y),
    "waves": (dict(encoding={"kind": "fourier", "features": 9, "scale": 2.0, "seed": 7}), Y),
    "no hidden layer": (dict(hidden_layer_sizes=(), solver="sgd", scale_inputs="minmax"), Y),
    "lbfgs": (dict(solver="lbfgs"), Y),
}


def given(name, settings):
    x = X / 100 if name == "waves" else X
    return x.astype(np.float32) if settings.get("precision") == "float32" else x


@pytest.mark.parametrize("name", REGRESSORS)
def test_a_regressor_is_the_same_at_the_shell(name, tmp_path):
    settings, y = REGRESSORS[name]
    x = given(name, settings)
    est = small(**settings).fit(x, y)
    file = saved(est, tmp_path)
    expected = est.predict(x)
    assert_array_equal(ask(file, x).reshape(y.shape).astype(expected.dtype), expected)


@pytest.mark.parametrize("name", REGRESSORS)
def test_a_regressor_comes_back(name, tmp_path):
    settings, y = REGRESSORS[name]
    x = given(name, settings)
    est = small(**settings).fit(x, y)
    again = MLPRegressor.load(saved(est, tmp_path))
    assert_array_equal(again.predict(x), est.predict(x))
    expected = est.get_params() | {"precision": est.coefs_[0].dtype.name}
    if name != "no hidden layer":  # whose activation is nowhere
        expected["hidden_layer_sizes"] = (8, 6)
    assert again.get_params() == expected
    for attribute in ("n_iter_", "t_", "loss_", "stopped_", "n_features_in_", "n_outputs_"):
        assert getattr(again, attribute) == getattr(est, attribute)
    assert again.out_activation_ == est.out_activation_ and again.n_layers_ == est.n_layers_
    if est.solver != "lbfgs":
        assert again.loss_curve_ == est.loss_curve_ and again.best_loss_ == est.best_loss_
    clone(again).fit(x, y)


CLASSIFIERS = {
    "words": (WORDS, dict(scale_inputs="standard")),
    "two words": (WORDS == "low", dict(scale_inputs="minmax", class_weight={False: 3, True: 0.5})),
    "numbers": (np.digitize(Y, [0.9, 1.6]) * 5 - 3, dict(class_weight="balanced")),
    "objects": (WORDS.astype(object), dict(class_weight={"low": 2.0})),
    "labels": (LABELS, dict(scale_inputs="standard")),
    "one class": (np.full(len(X), "all"), dict()),
    "float32": (WORDS, dict(precision="float32")),
}


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_a_classifier_is_the_same_at_the_shell(name, tmp_path):
    y, settings = CLASSIFIERS[name]
    x = given(name, settings)
    est = small(MLPClassifier, **settings).fit(x, y)
    file = saved(est, tmp_path)
    p = est.predict_proba(x)
    if name == "one class":
        p = np.ones(len(x))  # the program knows no other
    assert_array_equal(ask(file, x, "--probabilities").astype(p.dtype), p)
    lines = program("predict", file, tmp_path / "x.npy").splitlines()[1:]
    predicted = est.predict(x) + 0 if y.dtype == bool else est.predict(x)  # bool is 0 and 1 there
    assert lines == pd.DataFrame(predicted).to_csv(index=False, header=False).splitlines()


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_a_classifier_comes_back(name, tmp_path):
    y, settings = CLASSIFIERS[name]
    x = given(name, settings)
    est = small(MLPClassifier, **settings).fit(x, y)
    again = MLPClassifier.load(saved(est, tmp_path))
    assert_array_equal(again.predict(x), est.predict(x))
    assert_array_equal(again.predict_proba(x), est.predict_proba(x))
    assert_array_equal(again.classes_, est.classes_)
    assert again.get_params() == est.get_params() | {"precision": est.coefs_[0].dtype.name}
    assert again.score(x, y) == est.score(x, y)
    sparse = scipy.sparse.csr_array(x)
    assert_array_equal(again.predict(sparse), est.predict(sparse))


@pytest.mark.parametrize("stopping", [False, True])
@pytest.mark.parametrize("kind", [MLPRegressor, MLPClassifier])
def test_a_warm_start_of_a_loaded_estimator_is_that_of_the_saved_one(kind, stopping, tmp_path):
    y = Y if kind is MLPRegressor else WORDS
    settings = dict(early_stopping=stopping, n_iter_no_change=4, tol=1e-3, max_iter=30)
    est = small(kind, scale_inputs="standard", **settings).fit(X, y)
    again = kind.load(saved(est, tmp_path))
    for one in (est, again):
        one.set_params(warm_start=True, max_iter=20).fit(X, y)
    assert again.loss_curve_ == est.loss_curve_ and again.n_iter_ == est.n_iter_
    assert again.validation_scores_ == est.validation_scores_
    assert_array_equal(again.coefs_[0], est.coefs_[0])
    reference = (theirs.MLPRegressor if kind is MLPRegressor else theirs.MLPClassifier)(
        hidden_layer_sizes=(8, 6), random_state=1, warm_start=True, **settings
    )
    x = StandardScaler().fit_transform(X)
    reference.fit(x, y).set_params(max_iter=20).fit(x, y)
    assert_allclose(again.loss_curve_, reference.loss_curve_, rtol=1e-7)


def test_partial_fit_goes_on_with_a_new_solver(tmp_path):
    est = small(MLPClassifier, solver="sgd", momentum=0.0)
    for _ in range(3):
        est.partial_fit(X, WORDS, classes=np.unique(WORDS))
    again = pensel.load(saved(est, tmp_path))
    for _ in range(3):  # without momentum a new solver is as good as the old one
        est.partial_fit(X, WORDS)
        again.partial_fit(X, WORDS)
    assert_array_equal(again.coefs_[0], est.coefs_[0])
    assert again.loss_curve_ == est.loss_curve_ and again.t_ == est.t_
    with pytest.raises(ValueError, match="no.? in the previous call|not the same as"):
        again.partial_fit(X, WORDS, classes=["other"])


def test_a_solver_that_is_not_there_cannot_be_kept(tmp_path):
    again = pensel.load(saved(small().fit(X, Y), tmp_path))
    again.set_params(warm_start=True, keep_solver=True)
    with pytest.raises(ValueError, match="a model file holds no solver's state"):
        again.fit(X, Y)
    again.set_params(keep_solver=False).fit(X, Y)
    again.set_params(keep_solver=True).fit(X, Y)


def test_names_of_columns_go_with_the_model(tmp_path):
    frame = pd.DataFrame(X, columns=["length", "width", "height, mm"])
    est = small(scale_inputs="standard").fit(frame, pd.DataFrame(TWO, columns=["a", "b"]))
    file = saved(est, tmp_path)
    again = MLPRegressor.load(file)
    assert list(again.feature_names_in_) == list(frame.columns)
    assert list(again.target_names_) == list(est.target_names_) == ["a", "b"]
    assert_array_equal(again.predict(frame), est.predict(frame))
    with pytest.raises(ValueError, match="feature names"):
        again.predict(frame[["width", "length", "height, mm"]])
    with pytest.warns(UserWarning, match="valid feature names"):
        again.predict(X)
    frame.iloc[:, ::-1].to_csv(tmp_path / "turned.csv", index=False)
    lines = program("predict", file, tmp_path / "turned.csv").splitlines()
    assert lines[0] == "a,b"
    assert_allclose(np.genfromtxt(lines[1:], delimiter=","), est.predict(frame), rtol=1e-8)
    both = frame.assign(a=TWO[:, 0], b=TWO[:, 1])
    both.to_csv(tmp_path / "both.csv", index=False)
    assert "R2" in program("score", file, tmp_path / "both.csv")
    est.fit(X, TWO)
    assert not hasattr(est, "target_names_")
    assert not hasattr(pensel.load(saved(est, tmp_path)), "feature_names_in_")


# ------------------------------------------------------------------ fitted by the program


def fitted(table, folder, *options):
    """The model of a table that the program has fitted: its file, and the table."""
    file = folder / "fitted.safetensors"
    hidden = ("--hidden", "12,7", "--epochs", 25, "--quiet")
    program("fit", table, "--save", file, *hidden, *options)
    return file


def table_of(name, dtype):
    frame = pd.read_csv(DATA / f"{name}.csv")
    return frame.iloc[:, :-1].astype(dtype), frame.iloc[:, -1]


@pytest.mark.parametrize("precision", ["float32", "float64"])
@pytest.mark.parametrize("scale", ["none", "standard", "minmax"])
@pytest.mark.parametrize("name", ["iris", "breast_cancer"])
def test_a_classifier_of_the_program(name, scale, precision, tmp_path):
    x, y = table_of(name, precision)
    target = y.name
    options = ("--target", target, "--scale", scale, "--precision", precision)
    file = fitted(DATA / f"{name}.csv", tmp_path, *options)
    est = MLPClassifier.load(file)
    assert sorted(est.classes_) == sorted(y.unique()) and list(est.target_names_) == [target]
    assert list(est.feature_names_in_) == list(x.columns)
    assert est.n_iter_ == 25 and len(est.loss_curve_) == 25 and est.precision == precision
    program("predict", file, DATA / f"{name}.csv", "--probabilities", "-o", tmp_path / "p.npy")
    p = est.predict_proba(x)
    assert_array_equal(np.load(tmp_path / "p.npy").astype(p.dtype), p)
    words = program("predict", file, DATA / f"{name}.csv").splitlines()
    assert words == [target, *est.predict(x)]
    assert (
        type(est.input_scaler_)
        is {
            "none": type(None),
            "standard": StandardScaler,
            "minmax": MinMaxScaler,
        }[scale]
    )
    if scale != "none":
        theirs_scaled = est.input_scaler_.transform(x.to_numpy(np.float64))
        assert_allclose(theirs_scaled, est._scaled_inputs(x), rtol=1e-12, atol=1e-12)
    # and back
    est.save(tmp_path / "back.safetensors")
    again = program("predict", tmp_path / "back.safetensors", DATA / f"{name}.csv").splitlines()
    assert again == words


def test_a_regressor_of_the_program_with_several_targets(tmp_path):
    frame = pd.DataFrame(X, columns=list("abc")).assign(**{"one, two": TWO[:, 0], "b2": TWO[:, 1]})
    frame.to_csv(tmp_path / "t.csv", index=False)
    options = ("--target", '"one, two",b2', "--scale", "minmax", "--scale-targets", "standard")
    more = ("--activation", "tanh,leaky-relu:0.3", "--loss", "huber", "--huber-delta", 0.7)
    other = ("--solver", "sgd", "--batch", 11, "--learning-rate", "adaptive", "--alpha", 0.01)
    precision = ("--precision", "float64", "--seed", 5)
    file = fitted(tmp_path / "t.csv", tmp_path, *options, *more, *other, *precision)
    est = pensel.load(file)
    assert isinstance(est, MLPRegressor) and list(est.target_names_) == ["one, two", "b2"]
    assert est.activation == ["tanh", ("leaky_relu", 0.3)] and est.hidden_layer_sizes == (12, 7)
    wanted = dict(loss="huber", huber_delta=0.7, solver="sgd", batch_size=11, alpha=0.01)
    wanted |= dict(learning_rate="adaptive", random_state=5, max_iter=25, scale_targets="standard")
    assert est.get_params() == est.get_params() | wanted
    x = frame[list("abc")]
    program("predict", file, tmp_path / "t.csv", "-o", tmp_path / "y.npy")
    assert_array_equal(np.load(tmp_path / "y.npy"), est.predict(x))


def test_labels_of_the_program(tmp_path):
    frame = pd.DataFrame(X, columns=list("abc"))
    for i, name in enumerate(["big", "long", "wide"]):
        frame[name] = LABELS[:, i]
    frame.to_csv(tmp_path / "t.csv", index=False)
    options = ("--as", "classification", "--scale", "standard", "--precision", "float64")
    file = fitted(tmp_path / "t.csv", tmp_path, "--target", "big,long,wide", *options)
    est = pensel.load(file)
    x = frame[list("abc")]
    program("predict", file, tmp_path / "t.csv", "-o", tmp_path / "y.npy")
    assert_array_equal(np.load(tmp_path / "y.npy"), est.predict(x))
    assert est.predict_proba(x).shape == (150, 3)
    est.partial_fit(x, LABELS)


@pytest.mark.parametrize("target", [1, 3, 4])
def test_a_table_without_header_names_no_columns(target, tmp_path):
    np.savetxt(tmp_path / "t.csv", np.column_stack([X, Y]), delimiter=",")
    est = pensel.load(fitted(tmp_path / "t.csv", tmp_path, "--target", target))
    assert not hasattr(est, "feature_names_in_") and est.n_features_in_ == 3
    est.predict(X)


def test_what_is_saved_here_is_trained_further_by_the_program(tmp_path):
    frame = pd.DataFrame(X, columns=list("abc")).assign(y=Y)
    frame.to_csv(tmp_path / "t.csv", index=False)
    est = small(scale_inputs="standard").fit(frame[list("abc")], frame["y"])
    file = saved(est, tmp_path)
    further = tmp_path / "further.safetensors"
    program("fit", tmp_path / "t.csv", "--from", file, "--save", further, "--quiet")
    again = pensel.load(further)
    assert again.loss_ < est.loss_ and again.t_ == 15 * 150


def test_weights_of_classes_of_the_program(tmp_path):
    options = ("--target", "species", "--class-weight", "virginica=3,setosa=0.5")
    file = fitted(DATA / "iris.csv", tmp_path, *options)
    assert pensel.load(file).class_weight == {"virginica": 3.0, "setosa": 0.5}
    fitted(DATA / "iris.csv", tmp_path, *options, "--balanced")
    with pytest.warns(UserWarning, match="cannot also be 'balanced'"):
        pensel.load(file)


# ------------------------------------------------------------------ what is wrong


def test_files_of_another_kind_say_what_would_be_right(tmp_path):
    file = saved(small().fit(X, Y), tmp_path)
    with pytest.raises(ValueError, match=r"holds a regressor: pensel.MLPRegressor.load reads it"):
        MLPClassifier.load(file)
    est = small(MLPClassifier).fit(X, WORDS)
    with pytest.raises(ValueError, match=r"holds a classifier: pensel.MLPClassifier.load"):
        MLPRegressor.load(saved(est, tmp_path))
    for form in ("regression", "classification"):
        picture, painting = ROOT / "examples" / "bird.png", tmp_path / "bird.safetensors"
        ways = ("--as", form, "--seconds", 1, "--quiet")
        program("paint", picture, "-o", tmp_path / "p.png", "--save", painting, *ways)
        for load in (MLPRegressor.load, MLPClassifier.load):
            with pytest.raises(ValueError, match="holds a painting: pensel.load reads it"):
                load(painting)
        assert isinstance(pensel.load(painting), pensel.Painting)
    state = tmp_path / "state.safetensors"
    small(checkpoint=state).fit(X, Y)
    with pytest.raises(ValueError, match="a bare network: a regressor or classifier"):
        pensel.load(state)
    with pytest.raises(FileNotFoundError, match="nowhere"):
        pensel.load(tmp_path / "nowhere")
    (tmp_path / "text").write_text("this is no model")
    with pytest.raises(ValueError, match="text is not a model file"):
        pensel.load(tmp_path / "text")


def test_what_cannot_be_saved_says_so(tmp_path):
    file = tmp_path / "model.safetensors"
    with pytest.raises(NotFittedError):
        small().save(file)
    large = np.where(Y > 1, 2**60 + 1, 3)
    days = np.where(Y > 1, np.datetime64("2024-05-01"), np.datetime64("2024-05-02"))
    for y, match in (
        (large, r"beyond 2\*\*53"),
        (days, "classes of date cannot be saved: numbers or str can"),
        (np.where(Y > 1, "a\0b", "c"), "goes on after a NUL"),
    ):
        with pytest.raises(ValueError, match=match):
            small(MLPClassifier).fit(X, y).save(file)
    with pytest.raises(OSError, match="nowhere"):
        small().fit(X, Y).save(tmp_path / "nowhere" / "model")
    assert list(tmp_path.iterdir()) == []


def test_classes_may_stand_in_any_order(tmp_path):
    """A C program may name its classes as it likes."""
    names = ["one", "two", "three"]
    codes = np.digitize(Y, [0.9, 1.6])
    est = small(MLPClassifier).fit(X, codes)
    known = est._known() | {"class_names": names}
    training = pensel._settings.training_options(est)
    options = {"task": "classification"}
    file = tmp_path / "model"
    parts = est._network.core, 1, options, training, est._report(), known
    pensel._core.save(file, parts)
    again = pensel.load(file)
    words = np.array(names)[codes]
    assert list(again.classes_) == names
    assert_array_equal(again.predict(X), np.array(names)[est.predict(X)])
    again.partial_fit(X, words)
    assert_array_equal(again.coefs_[0], clone_of(est, file).partial_fit(X, codes).coefs_[0])


def clone_of(est, file):
    est.save(file)
    return pensel.load(file)


def test_parameters_put_in_by_hand_are_saved(tmp_path):
    est = small().fit(X, Y)
    est.intercepts_ = [b + 1 for b in est.intercepts_]
    again = pensel.load(saved(est, tmp_path))
    assert_array_equal(again.intercepts_[1], est.intercepts_[1])
    assert_array_equal(again.predict(X), est.predict(X))


def test_a_file_of_one_hot_classes(tmp_path):
    """Two logistic outputs of which the larger one says the class, such as the tutorial paints
    with: predicts, is saved and goes on as such, and fitted anew it is a usual classifier."""
    words = np.where(Y > 1, "much", "little")
    matrix = small(MLPClassifier, scale_inputs="standard").fit(
        X, words[:, None] == ["little", "much"]
    )
    file = tmp_path / "one_hot.safetensors"
    known = matrix._known() | {"classes": [0.0, 1.0], "class_names": ["little", "much"]}
    options = {"task": "classification", "scale_inputs": "standard", "one_hot": True}
    training = pensel._settings.training_options(matrix, early_stopping=False)
    core = matrix._bound().core
    pensel._core.save(file, (core, 1, options, training, matrix._report(), known))
    one = pensel.load(file)
    assert one.out_activation_ == "logistic" and one.n_outputs_ == 2
    assert_array_equal(one.predict_proba(X), matrix.predict_proba(X))
    largest = matrix.predict_proba(X).argmax(axis=1)
    assert_array_equal(one.predict(X), np.array(["little", "much"])[largest])
    again = pensel.load(saved(one, tmp_path))
    assert_array_equal(again.predict(X), one.predict(X))
    assert_array_equal(
        ask(tmp_path / "model.safetensors", X, "--probabilities"), one.predict_proba(X)
    )
    before = one.loss_
    for _ in range(20):
        one.partial_fit(X, words)
    assert one.n_outputs_ == 2 and one.loss_ < before
    assert one.fit(X, words).n_outputs_ == 1
