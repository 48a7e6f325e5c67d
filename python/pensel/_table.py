"""Estimators for tables as they are: text, dates, holes; nothing to prepare and nothing to choose.

They are the model of the program's ``pensel fit TABLE --target COLUMN``, and its files are theirs.
"""

import os
import sys
import tempfile
import threading
from numbers import Integral, Real

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin, _fit_context
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _check_y, check_is_fitted, validate_data

from pensel import _columns, _core, _labels, _settings
from pensel._docs import table_documented

ROLES = ("number", "category", "date", "drop")


def _show(done, seconds):
    """A line on standard error, over the one before."""
    left = f", about {seconds / done - seconds:.0f} s left" if done > 0.02 else ""
    print(
        f"\r{100 * done:3.0f} %{left} ", end="" if done < 1 else "\n", file=sys.stderr, flush=True
    )


class BaseTableEstimator(BaseEstimator):
    """Base of `TableRegressor` and `TableClassifier`; not meant to be used by itself."""

    _parameter_constraints: dict = {
        "max_seconds": [Interval(Real, 0, None, closed="neither")],
        "max_epochs": [None, Interval(Integral, 1, None, closed="left")],
        "random_state": ["random_state"],
        "column": [None, dict],
        "verbose": ["verbose"],
        "n_threads": _settings.THREADS,
    }

    def __init__(
        self,
        *,
        max_seconds=30.0,
        max_epochs=None,
        random_state=0,
        column=None,
        verbose=False,
        n_threads=None,
    ):
        self.max_seconds = max_seconds
        self.max_epochs = max_epochs
        self.random_state = random_state
        self.column = column
        self.verbose = verbose
        self.n_threads = n_threads

    # ------------------------------------------------------------- tables

    def _table(self, X, reset):
        """The library's columns of X. Names count, not order; without names, the order does."""
        if isinstance(X, dict) and not hasattr(X, "shape"):  # a sparse matrix may be a dict
            return self._row(X, reset)
        if isinstance(X, list) and X and all(isinstance(row, dict) for row in X):
            return self._records(X, reset)
        _columns.refuse_other(X)
        if not _columns.is_table(X):
            X = _columns.unmasked(X)
            X = validate_data(
                self,
                X,
                dtype=None,
                ensure_all_finite=False,
                ensure_min_samples=2 if reset else 1,
                reset=reset,
            )
            if X.dtype.kind not in "fiubMmOUSc":
                raise ValueError(f"X has the type {X.dtype}: numbers, texts or dates are needed")
            return _columns.columns_of(X, None if reset else self._names)
        if reset:
            return self._new_table(X)
        return self._known_table(X)

    def _row(self, values, reset):
        if reset:
            raise ValueError("X is a dict, which is one row: a table is needed to learn from")
        try:
            row = [values[name] for name in self._used]
        except KeyError as missing:
            raise self._lacks("the row", missing) from None
        for name, value in zip(self._used, row, strict=True):
            if type(value) in (list, tuple, np.ndarray):
                raise ValueError(
                    f"{name!r} of the row is a {type(value).__name__}: a dict is one row, and "
                    "pandas.DataFrame(X) a table of many"
                )
        return _columns.row(self._used, row)

    def _lacks(self, what, missing):
        return ValueError(f"{what} has no {missing}: it needs {', '.join(self._used)}")

    def _records(self, rows, reset):
        """Of a list of dicts; what a row lacks is a hole for fit, and an error afterwards."""
        if not reset:
            for i, row in enumerate(rows):
                missing = next((name for name in self._used if name not in row), None)
                if missing is not None:
                    raise self._lacks(f"row {i}", repr(missing))
            return _columns.records(rows, self._used)
        names = list(dict.fromkeys(name for row in rows for name in row))
        if not all(isinstance(name, str) for name in names):
            raise ValueError("the rows of X have names that are no texts: texts are needed")
        return self._learned(
            _columns.records([dict.fromkeys(names) | row for row in rows], names), names
        )

    def _check_fitted(self):
        if "_model" not in self.__dict__:  # check_is_fitted alone takes longer than a row
            check_is_fitted(self)

    def _predict(self, X):
        """Of each row a number, or its class's."""
        self._check_fitted()
        columns = self._table(X, reset=False)
        y = np.empty(columns.shape()[0])
        self._model.predict(columns, y)
        return y

    def _new_table(self, X):
        names = _columns.names_of(X)
        return self._learned(_columns.columns_of(X, None), names)

    def _learned(self, columns, names):
        self.n_features_in_ = len(columns.shape()[1])
        self.__dict__.pop("feature_names_in_", None)
        if names is not None:
            self.feature_names_in_ = np.array(names, dtype=object)
        if columns.shape()[0] < 2:
            raise ValueError(
                f"Found array with {columns.shape()[0]} sample(s) while a minimum of 2 is required."
            )
        return columns

    def _known_table(self, X):
        own = _columns.names_of(X) if "feature_names_in_" in self.__dict__ else None
        if own is not None and own == self.feature_names_in_.tolist():  # twins among them, too
            return _columns.columns_of(X, self._used, self._places)
        if own is not None:
            return _columns.chosen_columns(X, self._used)
        width = len(X.columns) if hasattr(X, "columns") else self.n_features_in_
        if width != self.n_features_in_:
            raise ValueError(
                f"X has {width} features, but {type(self).__name__} is expecting "
                f"{self.n_features_in_} features as input"
            )
        return _columns.columns_of(X, self._names)

    def _roles(self):
        for name, role in (self.column or {}).items():
            if role not in ROLES:
                raise ValueError(f"column {name!r}: {role!r} is none of {', '.join(ROLES)}")
        return [(str(name), role) for name, role in (self.column or {}).items()]

    def _fit_table(self, columns, target, task):
        seed = self.random_state
        if not isinstance(seed, Integral):
            seed = check_random_state(seed).randint(2**31)
        options = {
            "task": task,
            "seconds": float(self.max_seconds),
            "epochs": int(self.max_epochs or 0),
            "seed": int(seed),
            "threads": _settings.threads(self.n_threads),
        }
        main = threading.current_thread() is threading.main_thread()
        show = _show if self.verbose else None
        self._take_model(
            _core.fit_table(columns, _core.Columns([target]), options, self._roles(), show, main)
        )
        return self

    def _take_model(self, model):
        self._model = model
        self.report_ = model.report()
        schema = model.schema()
        self._names = [one["name"] for one in schema]
        self._places = [i for i, one in enumerate(schema) if one["inputs"]]
        self._used = [self._names[i] for i in self._places]
        self.feature_importances_ = np.array([one["importance"] for one in schema])
        self.schema_ = {one.pop("name"): one for one in schema}

    def _target_column(self, y, rows):
        """y as the library's column, to measure the model on."""
        y = self._targets(y, rows)
        return self._model.meaning()[1], _columns.NUMBER, np.ascontiguousarray(y, np.float64), None

    @staticmethod
    def _target_name(y, taken):
        """y's own, if it is a column with a name, or "target"; never one of X's."""
        name = getattr(y, "name", None)
        if not isinstance(name, str) and _columns.is_pandas(y) and y.shape[1] == 1:
            name = y.columns[0]
        name = name if isinstance(name, str) and name else "target"
        while name in taken:
            name += "_"
        return name

    # ------------------------------------------------------------- model files

    def save(self, path):
        """Write a model file, which `load` and the program ``pensel`` read.

        Parameters
        ----------
        path : str or path
            The file is written whole or not at all.
        """
        check_is_fitted(self)
        self._model.save(path)

    @classmethod
    def load(cls, path):
        """Read an estimator of this kind from a model file.

        Parameters
        ----------
        path : str or path
            A file of `save`, or of the program's ``fit TABLE --target COLUMN``.

        Returns
        -------
        estimator
            A new one, fitted; its parameters are the defaults. `pensel.load` reads any kind.
        """
        os.stat(os.fspath(path))  # whose FileNotFoundError is what Python's users expect
        return of_core(_core.load(path), path, cls)

    def __getstate__(self):
        state = dict(super().__getstate__())
        if "_model" in state:
            with tempfile.TemporaryDirectory() as folder:
                path = os.path.join(folder, "model")
                self._model.save(path)
                with open(path, "rb") as file:
                    state["_model"] = file.read()
        return state

    def __setstate__(self, state):
        super().__setstate__(state)
        if "_model" in state:
            with tempfile.TemporaryDirectory() as folder:
                path = os.path.join(folder, "model")
                with open(path, "wb") as file:
                    file.write(state["_model"])
                self._model = _core.load(path)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.string = True
        tags.input_tags.categorical = True
        tags.target_tags.required = True
        return tags


@table_documented
class TableRegressor(RegressorMixin, BaseTableEstimator):
    """Regression on a table as it is: numbers, text, dates and holes, with nothing to choose.

    An ensemble of networks, of which every one has rows that it has not seen; its figures in
    `report_` are of those. What the program ``pensel`` fits, this class loads, and the reverse.

    Parameters
    ----------
    {parameters}

    Attributes
    ----------
    {attributes}

    See Also
    --------
    TableClassifier : The same for classes.
    MLPRegressor : One network, whose settings are yours.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from pensel import TableRegressor
    >>> rng = np.random.RandomState(0)
    >>> flats = pd.DataFrame({"size": rng.uniform(20, 120, 80), "town": ["Lund", "Umea"] * 40})
    >>> rent = 90 * flats["size"] + 2000 * (flats["town"] == "Lund")
    >>> model = TableRegressor().fit(flats, rent)
    >>> bool(model.score(flats, rent) > 0.95)
    True
    >>> model.schema_["town"]["role"]
    'category'
    """

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y):
        """Train on a table.

        Parameters
        ----------
        X : DataFrame of pandas or polars, Arrow table, or array-like (n_samples, n_features)
            Columns of any type.
        y : array-like of shape (n_samples,)
            Numbers.

        Returns
        -------
        self : object
        """
        columns = self._table(X, reset=True)
        name = self._target_name(y, columns.shape()[1])
        y = self._targets(y, columns.shape()[0])
        y = np.ascontiguousarray(y, dtype=np.float64)
        return self._fit_table(columns, (name, _columns.NUMBER, y, None), "regression")

    def _targets(self, y, rows):
        return _column_of(self, y, rows, y_numeric=True)

    def predict(self, X):
        """Predict numbers.

        Parameters
        ----------
        X : DataFrame, Arrow table, array-like, or a dict, which is one row by the columns' names
            With names, columns may stand in any order, and others beside them. Categories that
            training has not seen are "other", holes are what was learned of holes.

        Returns
        -------
        y : ndarray of shape (n_samples,)
        """
        return self._predict(X)

    def predict_interval(self, X, coverage=0.9):
        """Numbers between which the true one lies in a share of all cases, if new rows are like
        those of training (split conformal prediction).

        Parameters
        ----------
        X : DataFrame, Arrow table, array-like, or a dict, which is one row by the columns' names
        coverage : float, default=0.9
            That share, more than 0 and less than 1.

        Returns
        -------
        interval : ndarray of shape (n_samples, 2)
            Lower and upper ends.
        """
        radius = self._model.interval(coverage) if hasattr(self, "_model") else 0.0
        y = self.predict(X)
        return np.stack([y - radius, y + radius], axis=1)


@table_documented
class TableClassifier(ClassifierMixin, BaseTableEstimator):
    """Classification of a table as it is: numbers, text, dates and holes, with nothing to choose.

    An ensemble of networks, of which every one has rows that it has not seen; its figures in
    `report_` are of those, and the probabilities are calibrated on them. What the program
    ``pensel`` fits, this class loads, and the reverse.

    Parameters
    ----------
    {parameters}

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Labels, sorted. Of a model file they are int, bool or float where all are written so.

    {attributes}

    See Also
    --------
    TableRegressor : The same for numbers.
    MLPClassifier : One network, whose settings are yours.

    Examples
    --------
    >>> import pandas as pd
    >>> from pensel import TableClassifier
    >>> birds = pd.DataFrame({"mass": [3.1, 3.3, None, 5.2, 5.5, 5.1] * 8,
    ...                       "island": ["Dream", "Cape", "Dream", "Biscoe", "Biscoe", None] * 8})
    >>> model = TableClassifier().fit(birds, (["Adelie"] * 3 + ["Gentoo"] * 3) * 8)
    >>> model.predict(pd.DataFrame({"island": ["Biscoe"], "mass": [5.3]})).tolist()
    ['Gentoo']
    """

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y):
        """Train on a table.

        Parameters
        ----------
        X : DataFrame of pandas or polars, Arrow table, or array-like (n_samples, n_features)
            Columns of any type.
        y : array-like of shape (n_samples,)
            Class labels.

        Returns
        -------
        self : object
        """
        columns = self._table(X, reset=True)
        name = self._target_name(y, columns.shape()[1])
        y = _column_of(self, y, columns.shape()[0])
        check_classification_targets(y)
        self.classes_, codes, texts = _labels.coded(y)
        if len(set(texts)) < len(texts):
            raise ValueError("two classes of y are written alike: different texts are needed")
        return self._fit_table(columns, (name, _columns.TEXT, codes, texts), "classification")

    def _take_model(self, model):
        super()._take_model(model)
        texts = model.meaning()[2]
        if "classes_" not in self.__dict__:
            self.classes_ = _labels.labels_of(texts)
        position = {_labels.text_of(label): i for i, label in enumerate(self.classes_.tolist())}
        self._order = np.array([position[text] for text in texts])

    def _target_column(self, y, rows):
        y = _column_of(self, y, rows)
        _, codes, texts = _labels.coded(y)
        return self._model.meaning()[1], _columns.TEXT, codes, texts

    def predict(self, X):
        """Predict classes.

        Parameters
        ----------
        X : DataFrame, Arrow table, array-like, or a dict, which is one row by the columns' names
            With names, columns may stand in any order, and others beside them. Categories that
            training has not seen are "other", holes are what was learned of holes.

        Returns
        -------
        y : ndarray of shape (n_samples,)
            Labels.
        """
        y = self._predict(X)
        return self.classes_[self._order[y.astype(np.intp)]]

    def predict_proba(self, X):
        """Predict probabilities of the classes.

        Parameters
        ----------
        X : DataFrame, Arrow table, array-like, or a dict, which is one row by the columns' names

        Returns
        -------
        p : ndarray of shape (n_samples, n_classes)
            Columns in the order of `classes_`.
        """
        self._check_fitted()
        columns = self._table(X, reset=False)
        found = np.empty((columns.shape()[0], len(self.classes_)))
        self._model.probabilities(columns, found)
        p = np.empty_like(found)
        p[:, self._order] = found
        return p

    def predict_log_proba(self, X):
        """Logarithms of the probabilities of the classes.

        Parameters
        ----------
        X : DataFrame, Arrow table, array-like, or a dict, which is one row by the columns' names

        Returns
        -------
        log_p : ndarray of shape (n_samples, n_classes)
        """
        with np.errstate(divide="ignore"):
            return np.log(self.predict_proba(X))


def _plain_target(y):
    """y without a library's types, which scikit-learn would turn into float."""
    if hasattr(y, "to_numpy") and not hasattr(y, "iloc"):  # polars, pyarrow
        arrow = type(y).__module__.partition(".")[0] == "pyarrow"
        return y.to_numpy(zero_copy_only=False) if arrow and hasattr(y, "type") else y.to_numpy()
    kind = getattr(getattr(y, "dtype", None), "kind", "")
    if hasattr(y, "iloc") and y.ndim == 1 and not isinstance(y.dtype, np.dtype):
        if not y.isna().any() and kind in "biu":
            return y.to_numpy(bool if kind == "b" else np.int64)
        return y.to_numpy(object if kind == "O" else None)
    return y


def _column_of(estimator, y, rows, **how):
    """y as an array of one dimension, with as many rows as X has."""
    y = _plain_target(y)
    if y is None:
        raise ValueError(
            f"{type(estimator).__name__} requires y to be passed, but the target y is None"
        )
    kind = getattr(getattr(y, "dtype", None), "kind", "")
    if kind == "O" or isinstance(y, (list, tuple)):
        hole = _columns.first_hole(y)
        if hole is not None:
            raise ValueError(f"Input y contains NaN or None, first in row {hole}: leave them out")
    if kind in "mM" and kind and how.get("y_numeric"):
        raise ValueError("y has dates or times: numbers are needed, such as days since the first")
    y = _check_y(y, multi_output=False, estimator=estimator, **how)
    kinds = {isinstance(value, (str, bytes)) for value in y} if y.dtype.kind == "O" else ()
    if len(kinds) > 1:
        raise ValueError("y has texts and other labels: one kind is needed, y.astype(str) is texts")
    if len(y) != rows:
        raise ValueError(
            f"Found input variables with inconsistent numbers of samples: {[rows, len(y)]}"
        )
    return y


def of_core(model, path, cls):
    """The estimator of a table's model; an error unless it is of the class, if there is one."""
    if not isinstance(model, _core.TableModel):
        raise ValueError(f"{path} holds no model of a table: pensel.load reads it")
    right = TableRegressor if model.meaning()[0] == "regression" else TableClassifier
    if cls is not None and not issubclass(right, cls):
        raise ValueError(f"{path}: pensel.{right.__name__}.load reads it, and pensel.load any")
    estimator = right()
    estimator._take_model(model)
    estimator.n_features_in_ = len(estimator._names)
    if estimator._names != _columns.numbered(len(estimator._names)):
        estimator.feature_names_in_ = np.array(estimator._names, dtype=object)
    return estimator
