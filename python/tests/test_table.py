"""TableRegressor and TableClassifier: every kind of DataFrame and column, labels as they were,
files of the program and for it.

The program is $PENSEL, or build/pensel.
"""

import datetime
import io
import os
import pathlib
import pickle
import shutil
import subprocess

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.metrics import accuracy_score, r2_score
from sklearn.model_selection import cross_val_score
from sklearn.utils.estimator_checks import parametrize_with_checks

import pensel
from pensel import TableClassifier, TableRegressor

pd = pytest.importorskip("pandas")
pl = pytest.importorskip("polars")
pa = pytest.importorskip("pyarrow")

ROOT = pathlib.Path(__file__).parents[2]
PROGRAM = shutil.which(os.environ.get("PENSEL", ROOT / "build" / "pensel"))
QUICK = {"max_epochs": 16, "max_seconds": 600}
ROWS = 120


def made(seed=0):
    """(inputs with a text, a date, holes and a row number; a number that they say; a class)"""
    rng = np.random.RandomState(seed)
    a, kind = rng.uniform(-2, 2, ROWS), rng.choice(["red", "blue"], ROWS)
    day = pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.randint(0, 700, ROWS), "D")
    y = 2 * a + 3 * (kind == "red") + (day > pd.Timestamp("2021-01-01"))
    frame = pd.DataFrame({"id": np.arange(ROWS), "a": a, "kind": kind, "day": day})
    frame.loc[5:9, "a"] = np.nan
    frame.loc[30:33, "kind"] = None
    return frame, pd.Series(y, name="size"), np.where(y > 2, "large", "small")


X, Y, WORDS = made()


@pytest.fixture(scope="module")
def regressor():
    return TableRegressor(**QUICK).fit(X, Y)


@pytest.fixture(scope="module")
def classifier():
    return TableClassifier(**QUICK).fit(X, WORDS)


# ------------------------------------------------------------- scikit-learn's checks

EXCEPT = {
    "check_dataframe_column_names_consistency": "with names, columns may stand in any order",
    "check_methods_subset_invariance": "float32 rounds at 1e-7, and that is its tolerance",
}


@parametrize_with_checks(
    [TableClassifier(**QUICK), TableRegressor(**QUICK)], expected_failed_checks=lambda e: EXCEPT
)
def test_check(estimator, check):
    check(estimator)


def test_it_is_cloned_and_scored_like_any_other():
    model = TableRegressor(random_state=3, column={"a": "category"}, **QUICK)
    assert clone(model).get_params() == model.get_params()
    assert cross_val_score(TableRegressor(**QUICK), X, Y, cv=2).min() > 0.8


# ------------------------------------------------------------- what it learns


def test_a_number(regressor):
    fresh, y, _ = made(1)
    assert r2_score(y, regressor.predict(fresh)) > 0.8
    assert_allclose(regressor.score(fresh, y), r2_score(y, regressor.predict(fresh)))
    roles = {name: column["role"] for name, column in regressor.schema_.items()}
    assert roles == {"id": "identifier", "a": "number", "kind": "category", "day": "date"}
    assert regressor.schema_["a"]["missing"] == 5
    assert regressor.schema_["kind"]["categories"] == ["blue", "red"]
    assert regressor.feature_importances_.argmax() == 1
    assert regressor.feature_importances_[0] == 0
    assert list(regressor.feature_names_in_) == list(X)
    held = regressor.report_
    assert held["constant"]["r2"] < 0.1 < 0.8 < held["low"] < held["held_out"]["r2"] < held["high"]


def test_a_row_is_a_dict(regressor, classifier):
    """Of every type that a DataFrame's cells have, holes and blanks among them"""
    fresh, _, _ = made(4)
    y, p, words = (
        regressor.predict(fresh),
        classifier.predict_proba(fresh),
        classifier.predict(fresh),
    )
    for i, row in enumerate(fresh.to_dict("records")[:40]):
        assert_allclose(regressor.predict(row), y[i : i + 1], rtol=1e-5)
        assert_allclose(regressor.predict(fresh.iloc[[i]]), y[i : i + 1], rtol=1e-5)
        assert_allclose(classifier.predict_proba(row), p[i : i + 1], rtol=1e-5)
        assert_array_equal(classifier.predict(row), words[i : i + 1])
    known = {"a": 0.5, "kind": "red", "day": "2020-05-01"}
    low, high = regressor.predict_interval(known, 0.8)[0]
    assert low < regressor.predict(known)[0] < high
    for kind in (None, float("nan"), "NA", "  ", pd.NA):
        assert_array_equal(
            regressor.predict(known | {"kind": kind}), regressor.predict(known | {"kind": ""})
        )
    same = regressor.predict(known)
    assert_array_equal(regressor.predict(known | {"kind": " red\n", "more": object()}), same)
    assert_array_equal(regressor.predict(known | {"a": np.float64(0.5)}), same)
    assert_array_equal(regressor.predict(known | {"a": np.float32(0.5)}), same)
    assert_array_equal(regressor.predict(known | {"a": 2}), regressor.predict(known | {"a": 2.0}))
    assert_array_equal(
        regressor.predict(known | {"a": 2**60}), regressor.predict(known | {"a": 2.0**60})
    )
    assert_array_equal(regressor.predict(known | {"day": datetime.date(2020, 5, 1)}), same)
    with pytest.raises(ValueError, match="the row has no 'day': it needs a, kind, day"):
        regressor.predict({"a": 1.0, "kind": "red"})
    with pytest.raises(ValueError, match="after a NUL"):
        regressor.predict(known | {"kind": "r\0d"})
    with pytest.raises(ValueError, match="which is one row"):
        TableRegressor(**QUICK).fit(known, [1.0])


def test_an_interval_holds_its_share(regressor):
    fresh, y, _ = made(2)
    low, high = regressor.predict_interval(fresh, 0.8).T
    assert_allclose((low + high) / 2, regressor.predict(fresh))
    assert 0.65 < ((low <= y) & (y <= high)).mean() < 0.95
    wide = regressor.predict_interval(fresh, 0.95)
    assert (wide[:, 0] < low).all() and (wide[:, 1] > high).all()


def test_classes(classifier):
    fresh, _, words = made(3)
    p = classifier.predict_proba(fresh)
    assert_allclose(p.sum(axis=1), 1)
    assert_array_equal(classifier.classes_[p.argmax(axis=1)], classifier.predict(fresh))
    assert classifier.score(fresh, words) == accuracy_score(words, classifier.predict(fresh)) > 0.8
    assert_allclose(np.exp(classifier.predict_log_proba(fresh)), p)


def test_a_column_that_is_said_to_be_something_else():
    model = TableRegressor(column={"a": "drop", "id": "number"}, **QUICK).fit(X, Y)
    assert model.schema_["a"]["role"] == "drop"
    assert model.schema_["id"]["role"] == "number"
    with pytest.raises(ValueError, match="'nmber' is none of number, category, date, drop"):
        TableRegressor(column={"a": "nmber"}).fit(X, Y)


@pytest.mark.parametrize(
    "labels",
    [
        ["yes", "no"],
        ["b", "a", "007", "7"],
        [True, False],
        [0, 1],
        [10, 9, -3],
        [1.0, 2.0],
        ["None", "NA", ""],
        [" a", "a"],
    ],
    ids=str,
)
def test_labels_come_back_as_they_were(labels):
    y = np.array(labels, dtype=None)[np.arange(60) % len(labels)]
    inputs = np.column_stack([np.arange(60) % len(labels), np.random.RandomState(0).rand(60)])
    model = TableClassifier(**QUICK).fit(inputs, y)
    assert_array_equal(model.classes_, np.unique(y))
    assert model.predict(inputs).dtype == y.dtype
    assert (model.predict(inputs) == y).mean() > 0.9


# ------------------------------------------------------------- kinds of tables


@pytest.mark.parametrize("make", [pl.from_pandas, pa.Table.from_pandas], ids=["polars", "pyarrow"])
def test_all_tables_are_the_same_table(make, regressor):
    assert_array_equal(regressor.predict(make(X)), regressor.predict(X))
    again = TableRegressor(**QUICK).fit(make(X), make(X.assign(y=Y))["y"])
    assert_array_equal(again.predict(X), regressor.predict(X))
    assert list(again.feature_names_in_) == list(X)


def test_a_row_alone_is_the_row_in_its_table(classifier):
    frame = X.assign(kind=X["kind"].astype("category"), a=X["a"].astype("float32"))
    p = classifier.predict_proba(frame)
    for i in (0, 5, 31, 60):
        assert_allclose(classifier.predict_proba(frame.iloc[[i]])[0], p[i], rtol=1e-4, atol=1e-6)


def test_names_count_and_order_does_not(regressor):
    other = X[["day", "kind", "a"]].assign(more=1)
    assert_array_equal(regressor.predict(other), regressor.predict(X))
    with pytest.raises(ValueError, match="kind"):
        regressor.predict(X[["a", "day"]])


@pytest.mark.parametrize("make", [pd.DataFrame, pa.Table.from_pandas], ids=["pandas", "pyarrow"])
def test_twins_are_told_apart_by_their_order(make):
    inputs = np.random.RandomState(0).rand(60, 3)
    frame = pd.DataFrame(inputs, columns=["a", "b", "a"])
    if make is not pd.DataFrame:
        frame = pa.table(list(inputs.T), names=["a", "b", "a"])
    model = TableRegressor(**QUICK).fit(frame, inputs @ [1, 0, 3])
    assert list(model.schema_) == ["a", "b", "a.2"]
    plain = TableRegressor(**QUICK).fit(inputs, inputs @ [1, 0, 3])
    assert_allclose(model.predict(frame), plain.predict(inputs), rtol=1e-6)
    row = frame.iloc[:1] if make is pd.DataFrame else frame.slice(0, 1)
    assert_allclose(model.predict(row), plain.predict(inputs[:1]), rtol=1e-6)


def test_a_name_that_stands_twice_is_nobodys(regressor):
    twice = pd.concat([X, X[["a"]]], axis=1)
    for few in (1, 60):
        with pytest.raises(ValueError, match="column 'a' stands 2 times"):
            regressor.predict(twice.iloc[:few])
    more = pd.concat([X, pd.DataFrame(np.ones((ROWS, 2)), columns=["z", "z"])], axis=1)
    assert_array_equal(regressor.predict(more), regressor.predict(X))


def test_what_stands_beside_is_not_read(regressor):
    lists = [[1, 2]] * ROWS
    for other in (
        pl.from_pandas(X).with_columns(pl.Series("z", lists)),
        pa.Table.from_pandas(X).append_column("z", pa.array(lists)),
        X.assign(z=np.full(ROWS, 1j)),
    ):
        assert_array_equal(regressor.predict(other), regressor.predict(X))


def test_a_stream_is_read_once(regressor):
    table = pa.Table.from_pandas(X)
    again = TableRegressor(**QUICK).fit(table.to_reader(), Y)
    assert list(again.feature_names_in_) == list(X)
    assert_array_equal(again.predict(table.to_reader()), regressor.predict(X))


def test_a_list_of_rows(regressor):
    rows = X.to_dict("records")
    again = TableRegressor(**QUICK).fit(rows, Y)
    assert_array_equal(again.predict(X), regressor.predict(X))
    assert_allclose(regressor.predict(rows), regressor.predict(X), rtol=1e-6)
    holes = [{"b": 2.5 * i} if i % 3 else {"b": 2.5 * i, "c": float(i * i)} for i in range(60)]
    column = TableRegressor(max_epochs=1).fit(holes, np.arange(60.0)).schema_["c"]
    assert (column["missing"], column["high"]) == (40, 57 * 57)
    with pytest.raises(ValueError, match="row 2 has no 'kind': it needs a, kind, day"):
        regressor.predict([*rows[:2], {"a": 1.0, "day": None}])


def column_of(values):
    """What one column of a DataFrame becomes."""
    frame = pd.DataFrame({"noise": np.random.RandomState(0).rand(40), "c": values})
    model = TableRegressor(max_epochs=1).fit(frame, np.random.RandomState(1).rand(40))
    return model.schema_["c"]


TIMES = [datetime.datetime(2020, 1, 1) + datetime.timedelta(days=7 * i) for i in range(40)]
DAYS = (datetime.datetime(2020, 1, 1) - datetime.datetime(1970, 1, 1)).total_seconds()
NUMBERS = [None if i == 3 else i * i / 2 for i in range(40)]


@pytest.mark.parametrize(
    "values",
    [
        pd.Series(NUMBERS, dtype="float32"),
        pd.Series(NUMBERS, dtype="Float64"),
        pd.Series(NUMBERS, dtype="double[pyarrow]"),
        pd.Series(NUMBERS, dtype=object),
    ],
    ids=lambda s: str(s.dtype),
)
def test_numbers_with_a_hole(values):
    column = column_of(values)
    assert column["role"] == "number"
    assert (column["missing"], column["low"], column["high"]) == (1, 0, 39 * 39 / 2)


@pytest.mark.parametrize("kind", ["int8", "int64", "uint16", "Int32", "int16[pyarrow]"])
def test_whole_numbers(kind):
    column = column_of(pd.Series(np.arange(40) * 3 % 37, dtype=kind))
    assert (column["role"], column["low"], column["high"]) == ("number", 0, 36)


@pytest.mark.parametrize("kind", [object, "string", "category", "string[pyarrow]"], ids=str)
def test_texts_with_holes(kind):
    texts = pd.Series(["low", "NA", " high ", None, "high"] * 8, dtype=object).astype(kind)
    column = column_of(texts)
    assert (column["role"], column["categories"]) == ("category", ["high", "low"])
    assert column["missing"] == 16


@pytest.mark.parametrize("kind", [bool, object, "boolean"], ids=str)
def test_truths_are_categories(kind):
    column = column_of(pd.Series([True, False] * 20, dtype=kind))
    assert (column["role"], column["categories"]) == ("category", ["False", "True"])


@pytest.mark.parametrize(
    "times",
    [
        pd.Series(TIMES),
        pd.Series(TIMES).dt.tz_localize("UTC").dt.tz_convert("Asia/Tokyo"),
        pd.Series(TIMES, dtype=object),
        pd.Series([time.date() for time in TIMES], dtype=object),
        pd.Series([time.isoformat() for time in TIMES]),
    ],
    ids=["datetime", "zone", "objects", "dates", "texts"],
)
def test_times(times):
    column = column_of(times)
    assert (column["role"], column["low"]) == ("date", DAYS)


def test_numbers_that_doubles_cannot_tell_apart_are_texts():
    column = column_of(np.array([2**60, 2**60 + 1, 5, 7] * 10))
    assert column["categories"] == sorted(["1152921504606846976", "1152921504606846977", "5", "7"])


@pytest.mark.parametrize(
    "kind", ["date32[pyarrow]", "timestamp[ms][pyarrow]", "timestamp[us, tz=UTC][pyarrow]"]
)
def test_arrow_times_in_pandas(kind):
    times = pd.Series([None if i == 3 else time for i, time in enumerate(TIMES)])
    if "tz" in kind:
        times = times.dt.tz_localize("UTC")
    column = column_of(times.astype("date32[pyarrow]" if "date" in kind else kind))
    assert (column["role"], column["low"], column["missing"]) == ("date", DAYS, 1)


SPANS = [None if i == 3 else datetime.timedelta(hours=i * i) for i in range(40)]


@pytest.mark.parametrize(
    "spans",
    [
        pd.Series(SPANS),
        pd.Series(SPANS, dtype=object),
        pd.Series(SPANS, dtype="duration[us][pyarrow]"),
    ],
    ids=["timedelta", "objects", "pyarrow"],
)
def test_spans_of_time_are_numbers_of_seconds(spans):
    column = column_of(spans)
    assert (column["role"], column["missing"]) == ("number", 1)
    assert (column["low"], column["high"]) == (0, 39 * 39 * 3600)
    frame = pd.DataFrame({"c": spans, "noise": np.random.RandomState(0).rand(40)})
    model = TableRegressor(max_epochs=1).fit(frame, np.arange(40.0))
    whole = model.predict(frame)
    for few in (1, 5):  # these are read from objects
        assert_allclose(model.predict(frame.iloc[:few]), whole[:few], rtol=1e-4)


def test_a_time_of_day_is_the_same_everywhere():
    times = [datetime.time(i % 24, 5) for i in range(40)]
    frame = pd.DataFrame({"noise": np.random.RandomState(0).rand(40), "c": times})
    model = TableRegressor(max_epochs=1).fit(pl.from_pandas(frame), np.arange(40.0))
    assert (model.schema_["c"]["role"], model.schema_["c"]["high"]) == ("date", 23 * 3600 + 300)
    assert_allclose(model.predict(frame), model.predict(pl.from_pandas(frame)), rtol=1e-6)


def test_lists_in_cells_are_texts_and_lists_of_polars_are_refused():
    assert column_of([[1, 2], [3]] * 20)["categories"] == ["[1, 2]", "[3]"]
    assert column_of([np.arange(2), np.arange(3)] * 20)["categories"] == ["[0 1 2]", "[0 1]"]
    frame = pl.DataFrame({"a": np.arange(40.0), "c": [[1, 2]] * 40})
    with pytest.raises(TypeError, match='column "c" has lists, the Arrow type'):
        TableRegressor().fit(frame, np.arange(40.0))


def test_a_masked_number_is_a_hole():
    values = np.ma.masked_less(np.random.RandomState(0).rand(40, 2), 0.3)
    model = TableRegressor(max_epochs=1).fit(values, np.arange(40.0))
    for i, column in enumerate(model.schema_.values()):
        assert column["missing"] == values.mask[:, i].sum() > 0
        assert column["low"] == values[:, i].min()


def test_infinity_is_a_hole():
    assert column_of([np.inf, 1.5, 2.25, -np.inf] * 10)["missing"] == 20


# ------------------------------------------------------------- files


def test_pickles_and_files(tmp_path, regressor, classifier):
    for model in (regressor, classifier):
        path = tmp_path / "model.safetensors"
        model.save(path)
        for again in (pickle.loads(pickle.dumps(model)), pensel.load(path), type(model).load(path)):
            assert type(again) is type(model)
            assert_array_equal(again.predict(X), model.predict(X))
            assert str(again.schema_) == str(model.schema_)
            assert again.n_features_in_ == 4
            assert list(again.feature_names_in_) == list(X)
    with pytest.raises(ValueError, match="TableClassifier.load reads it"):
        TableRegressor.load(path)
    with pytest.raises(ValueError, match="pensel.load reads it"):
        pensel.MLPRegressor.load(path)


def run(*arguments):
    done = subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


needs_program = pytest.mark.skipif(not PROGRAM, reason="no program: make builds it")


@needs_program
def test_the_program_predicts_the_same_of_a_csv_file(tmp_path, regressor, classifier):
    X.to_csv(tmp_path / "x.csv", index=False)
    for model in (regressor, classifier):
        model.save(tmp_path / "model")
        csv = run("predict", tmp_path / "model", tmp_path / "x.csv")
        answers = pd.read_csv(io.StringIO(csv)).iloc[:, 0]
        if model is regressor:
            assert answers.name == "size"
            assert_allclose(answers, model.predict(X), rtol=1e-8)
        else:
            assert_array_equal(answers, model.predict(X))


@needs_program
def test_what_the_program_fits_is_loaded(tmp_path):
    X.assign(count=np.arange(ROWS) % 3).to_csv(tmp_path / "x.csv", index=False)
    run("fit", tmp_path / "x.csv", "--target", "count", "--save", tmp_path / "model")
    model = pensel.load(tmp_path / "model")
    assert isinstance(model, TableClassifier)
    assert_array_equal(model.classes_, [0, 1, 2])
    csv = run("predict", tmp_path / "model", tmp_path / "x.csv", "--probabilities")
    p = pd.read_csv(io.StringIO(csv)).iloc[:, 1:]
    assert_allclose(model.predict_proba(X), p, rtol=1e-6, atol=1e-12)


@needs_program
def test_a_fit_here_is_a_fit_there(tmp_path):
    X.assign(size=Y).to_csv(tmp_path / "x.csv", index=False)
    csv, path = tmp_path / "x.csv", tmp_path / "model"
    run("fit", csv, "--target", "size", "--save", path, "--seconds", 300)
    here = TableRegressor(max_seconds=300).fit(X, Y)
    assert_allclose(pensel.load(path).predict(X), here.predict(X), rtol=1e-5)


# ------------------------------------------------------------- what is refused


def test_errors(regressor):
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        TableRegressor().fit(X, Y[:-1])
    with pytest.raises(TypeError, match="[Ss]parse"):
        import scipy.sparse

        TableRegressor().fit(scipy.sparse.eye(9).tocsr(), np.arange(9.0))
    with pytest.raises(ValueError, match="X has 2 features, but TableRegressor is expecting 4"):
        regressor.predict(np.zeros((3, 2)))
    with pytest.raises(ValueError, match="max_seconds"):
        TableRegressor(max_seconds=0).fit(X, Y)
    with pytest.raises(ValueError, match="more than 0 and less than 1"):
        regressor.predict_interval(X, 90)
    for X_, words in (
        (X["a"], "X is a Series, one column"),
        (pl.Series("a", [1.0]), "X is a Series, one column"),
        (pl.from_pandas(X).lazy(), "X.collect()"),
        (np.zeros(3, dtype=[("a", "f4")]), "array of records"),
        ({"a": [1, 2], "kind": ["red", "blue"], "day": [None, None]}, "'a' of the row is a list"),
    ):
        with pytest.raises(ValueError, match=words):
            regressor.predict(X_)


# ------------------------------------------------------------- targets


@pytest.mark.parametrize(
    "y",
    [
        pd.Series([True, False] * 30, dtype="boolean"),
        pd.Series([True, False] * 30, dtype="bool[pyarrow]"),
        pl.Series([True, False] * 30),
        pa.array([True, False] * 30),
        pd.Series([7, 8] * 30, dtype="Int64"),
        pd.Series([7, 8] * 30, dtype="int16[pyarrow]"),
        pd.Series(["u", "v"] * 30, dtype="string"),
        pd.Series(pd.Categorical(["u", "v"] * 30, categories=["t", "v", "u"])),
        pl.Series(["u", "v"] * 30, dtype=pl.Categorical),
        pa.array(["u", "v"] * 30).dictionary_encode(),
        pa.chunked_array([["u", "v"] * 10, ["u", "v"] * 20]),
    ],
    ids=str,
)
def test_labels_of_every_library(y):
    labels = np.unique(np.array(y.to_pylist() if hasattr(y, "to_pylist") else y.to_list()))
    model = TableClassifier(max_epochs=1).fit(np.random.RandomState(0).rand(60, 2), y)
    assert model.classes_.tolist() == labels.tolist()
    assert {type(label) for label in model.classes_.tolist()} == {type(labels.tolist()[0])}


@pytest.mark.parametrize(
    ("y", "words"),
    [
        (["u", None, "v"] * 20, "first in row 1"),
        (pd.Series(["u", pd.NA, "v"] * 20, dtype="string"), "first in row 1"),
        (np.array(["u", np.nan, "v"] * 20, dtype=object), "first in row 1"),
        (pl.Series(["u", "v", None] * 20), "first in row 2"),
        (pd.Series([True, False, None] * 20, dtype="boolean"), "NaN"),
        (np.array(["u", 1, "v"] * 20, dtype=object), "y has texts and other labels"),
    ],
    ids=str,
)
def test_labels_that_are_none(y, words):
    with pytest.raises(ValueError, match=words):
        TableClassifier().fit(np.zeros((60, 2)), y)


def test_numbers_to_predict_that_are_none():
    for y in (pd.Series([1, pd.NA] * 30, dtype="Int64"), pa.array([1.5, None] * 30)):
        with pytest.raises(ValueError, match="NaN"):
            TableRegressor().fit(np.zeros((60, 2)), y)
    with pytest.raises(ValueError, match="y has dates or times"):
        TableRegressor().fit(np.zeros((60, 2)), pd.Series(pd.date_range("2020", periods=60)))


@pytest.mark.parametrize("form", [pd.DataFrame, pl.DataFrame, pa.table, lambda _: np.empty((9, 0))])
def test_a_table_without_columns_is_refused(form):
    with pytest.raises(ValueError, match="no columns|0 feature|0 sample"):
        pensel.TableRegressor(max_seconds=0.1).fit(form({}), np.arange(9.0))


def test_a_cell_may_hold_an_array():
    """It is a text, as print() has it; two of them make a category."""
    cells = [np.array([1, 2]), np.array([3])] * 15
    frame = pd.DataFrame({"kind": cells, "x": np.arange(30.0) % 7})
    y = np.array([10.0, -10.0] * 15)
    model = pensel.TableRegressor(max_seconds=1).fit(frame, y)
    assert np.abs(model.predict(frame) - y).max() < 5
