"""Models as files that run without pensel: ONNX, C, arrays, and pages for browsers."""

import os

import numpy as np
from sklearn.utils.validation import check_is_fitted, validate_data

from pensel import _core, _settings
from pensel._compact import CompactPainting
from pensel._files import Files
from pensel._painting import Painting
from pensel._table import BaseTableEstimator

OPTIONS = {row[0]: _settings.Option(*row) for row in _core.options("export")}


def _of_network(model):
    """A compact painting leaves as a pyramid of its own pixels, which is how it is enlarged."""
    return model._pyramid() if isinstance(model, CompactPainting) else model


def _held(model):
    """What `_core.export` takes of a model."""
    model = _of_network(model)
    if isinstance(model, Painting):
        return model._core
    if isinstance(model, BaseTableEstimator):
        model._check_fitted()
        return model._model
    if isinstance(model, Files):
        check_is_fitted(model)
        return model._parts()
    if hasattr(model, "steps"):
        raise TypeError(
            "a pipeline has steps that are not pensel's: skl2onnx.to_onnx, which knows pensel's, "
            "converts it"
        )
    raise TypeError(
        f"{type(model).__name__} is no model of pensel: an estimator or a Painting is needed"
    )


def _is_own(model, X, y):
    """Whether int8 needs no rows to measure its loss on."""
    if isinstance(model, Painting) or X is not None:
        return True
    if y is not None:
        raise ValueError("y_check without X_check: the rows are needed as well")
    return not isinstance(model, BaseTableEstimator) and model.input_scaler_ is not None


def _rows_to_check(model, X, y):
    """(X, y) as `_core.export` takes them."""
    if X is None:
        return None, None
    if isinstance(model, Painting):
        raise ValueError("X_check has no effect on a painting, which has its own pixels")
    if isinstance(model, BaseTableEstimator):
        if y is None:
            raise ValueError("y_check is needed: a table's model is measured on its targets")
        columns = model._table(X, reset=False)
        return columns, _core.Columns([model._target_column(y, columns.shape()[0])])
    X = validate_data(model, X, dtype=np.float64, order="C", reset=False)
    return X, None if y is None else model._targets_to_check(y, len(X))


def export(
    model,
    path,
    *,
    name=None,
    target=None,
    quantise=None,
    max_loss=None,
    X_check=None,
    y_check=None,
):
    """Write a model as a file that runs without pensel, as ``pensel export`` does.

    All that the model does goes along: scaling, encodings, the networks of an ensemble, labels; of
    a table's model its columns, with what a missing or unseen value becomes. What a kind of file
    cannot hold is an error that names it.

    Parameters
    ----------
    model : MLPRegressor, MLPClassifier, TableRegressor, TableClassifier, Painting or CompactPainting
        Fitted.
    path : str or path
        Its ending says what it becomes: .onnx, .c, .h, .json, .npz, .glsl or .html. The file is
        written whole or not at all.
    name : str, default=None
        Of what is in the file; in C, what its functions begin with. None: the path's last part
        without its ending.
    target : str, default=None
        'onnx', 'c'..., whatever the path's ending is.
    quantise : 'int8' or 'none', default=None
        Of .c: weights of dense layers in 8 bits, with a scale for each row.
    max_loss : float from 0 to 1, default=None
        Of the score, accuracy or R2, with 'int8': rows of weights are kept in 16 bits until it
        loses no more. None: 0.01.
    X_check, y_check : as `fit` takes them, default=None
        Rows that 'int8' measures that loss on; those that were not in the training are the honest
        ones. A model with scaled inputs can do without; without y_check its own answers in float
        are the truth. A table's model needs both, a painting has its own pixels.

    Returns
    -------
    figures : dict or None
        With 'int8' what it cost: 'score' says which of 'accuracy' and 'r2' it is, 'score_float' and
        'score_int8' are before and after, on 'samples' rows; 'rows_8' and 'rows_16' are the rows of
        weights in so many bits.

    See Also
    --------
    to_onnx : The same without a file.

    Examples
    --------
    >>> import os, tempfile, pensel
    >>> from sklearn.datasets import load_iris
    >>> x, y = load_iris(return_X_y=True)
    >>> iris = pensel.MLPClassifier((8,), scale_inputs="standard", random_state=1, max_iter=500)
    >>> iris = iris.fit(x, y)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     pensel.export(iris, os.path.join(folder, "iris.onnx"))
    ...     int8 = pensel.export(iris, os.path.join(folder, "iris.c"), quantise="int8")
    >>> int8["rows_8"] + int8["rows_16"]
    11
    """
    model = _of_network(model)
    held = _held(model)
    options = {}
    for option, value in (("quantise", quantise), ("max_loss", max_loss)):
        if value is not None:
            options[option] = _checked(OPTIONS[option], value)
    if options.get("quantise") == "int8" and not _is_own(model, X_check, y_check):
        raise ValueError(
            "int8: rows to measure the loss on are needed, in X_check"
            + (" and y_check" if isinstance(model, BaseTableEstimator) else "")
        )
    rows = _rows_to_check(model, X_check, y_check)
    return _core.export(held, os.fspath(path), name, target, options, *rows)[1]


def _checked(option, value):
    if option.kind == "choice":
        if value not in option.choices:
            raise ValueError(f"{option.name}={value!r}: {' or '.join(option.choices)} is needed")
        return value
    value = float(value)
    if not option.low <= value <= option.high:
        raise ValueError(
            f"{option.name}={value:g}: a number from {option.low:g} to {option.high:g} is needed"
        )
    return value


def to_onnx(model, *, name="model"):
    """A model as the bytes of an ONNX file, which ONNX Runtime takes as they are.

    Scaling, encodings, the networks of an ensemble and labels are in it. Of samples its input is
    'X', float32 (n_samples, n_features_in_); of a table it has an input (n_samples, 1) for each
    column. Numbers come out as 'variable'; classes as 'probabilities' and 'label', as
    scikit-learn's converter calls them.

    Parameters
    ----------
    model : MLPRegressor, MLPClassifier, TableRegressor, TableClassifier, Painting or CompactPainting
        Fitted.
    name : str, default='model'
        Of its graph.

    Returns
    -------
    bytes

    See Also
    --------
    export : To a file, and to other kinds of files.
    register_skl2onnx : For pipelines.

    Examples
    --------
    >>> import pensel
    >>> from sklearn.datasets import load_iris
    >>> iris = pensel.MLPClassifier(random_state=1, max_iter=500).fit(*load_iris(return_X_y=True))
    >>> b"probabilities" in pensel.to_onnx(iris)
    True
    """
    return _core.export(_held(model), None, name, "onnx", {}, None, None)[0]
