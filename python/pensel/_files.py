"""Estimators as model files of the program ``pensel``: what either of them fits, the other can
load, and its predictions are the same, bit for bit.
"""

import os
import re
from numbers import Integral

import numpy as np
from sklearn.utils.validation import check_array, check_is_fitted

from pensel import _core, _settings, _table
from pensel._compact import CompactPainting
from pensel._network import Net
from pensel._painting import Painting
from pensel._scaling import offset_and_scale, scaler_of, scaling_of
from pensel._solver import OPTIMIZERS

_KINDS: dict[str, type] = {}  # the estimator of each task


def of_task(task):
    """Makes a class the estimator of the library's task of this name."""

    def register(cls):
        cls._task = task
        _KINDS[task] = cls
        return cls

    return register


def load(path):
    """Read an estimator or a painting from a file of `save` or of the program's ``--save``.

    Parameters
    ----------
    path : str or path

    Returns
    -------
    MLPRegressor, MLPClassifier, TableRegressor, TableClassifier, Painting or CompactPainting
        Fitted, as the file's model is.

    See Also
    --------
    MLPRegressor.load, MLPClassifier.load : The same, where another kind is an error.

    Examples
    --------
    >>> import os, tempfile, pensel
    >>> from sklearn.datasets import load_iris
    >>> x, y = load_iris(return_X_y=True)
    >>> iris = pensel.MLPClassifier(random_state=1, max_iter=500).fit(x, y)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     iris.save(os.path.join(folder, "iris.safetensors"))
    ...     again = pensel.load(os.path.join(folder, "iris.safetensors"))
    >>> bool((again.predict(x) == iris.predict(x)).all())
    True
    """
    return _load(path, None)


def _load(path, cls):
    os.stat(os.fspath(path))  # whose FileNotFoundError is what Python's users expect
    compact = _core.compact_load(path)
    if compact is not None:
        if cls is None:
            return CompactPainting(compact)
        raise ValueError(f"{path} holds a painting: pensel.load reads it")
    parts = _core.load(path)
    if isinstance(parts, _core.TableModel):
        if cls is None:
            return _table.of_core(parts, path, None)
        raise ValueError(f"{path} holds the model of a table: pensel.load reads it")
    if isinstance(parts, _core.Painting):
        if cls is None:
            return Painting(parts)
        raise ValueError(f"{path} holds a painting: pensel.load reads it")
    task = parts[2]["task"]
    right = _KINDS[task]
    if cls is not None and cls._task != task:
        raise ValueError(
            f"{path} holds a {'regressor' if task == 'regression' else 'classifier'}: "
            f"pensel.{right.__name__}.load reads it, and pensel.load whatever it is"
        )
    return (cls or right)._from_parts(*parts)


def _as_list(numbers):
    return None if numbers is None else np.asarray(numbers).tolist()


def _are_numbered(names):
    """Whether these are names that the program gives columns without a header: x1, x2..., where
    those of targets and of what was dropped are missing."""
    if not all(re.fullmatch("x[1-9][0-9]*", name) for name in names):
        return False
    numbers = [int(name[1:]) for name in names]
    return all(a < b for a, b in zip(numbers, numbers[1:], strict=False))


class Files:
    """The part of an estimator that is saved and loaded."""

    def save(self, path):
        """Write a model file, which `load` and the program ``pensel`` read.

        It is a safetensors file of the network and what `predict` needs besides: labels, names of
        columns, scaling. The parameters go with it but for those of one run (`verbose`,
        `warm_start`, `keep_solver`, `callback`, `scoring`, `progress_bar`, `checkpoint`, `resume`,
        `n_threads`) and a `random_state` that is not an int; so do the losses and scores. What the solver remembers
        does not: training goes on with a new solver, as in a warm start. A pickle keeps all of it.

        Parameters
        ----------
        path : str or path
            The file is written whole or not at all.
        """
        check_is_fitted(self)
        _core.save(path, self._parts())

    def _parts(self):
        """What `_core.save` and `_core.export` take of an estimator."""
        net = self._bound()
        self._adopt(net)
        training = _settings.training_options(self, early_stopping=bool(self.early_stopping))
        training["validation_fraction"] = float(self.validation_fraction)
        seed = self.random_state if isinstance(self.random_state, Integral) else 0
        options = {
            "task": self._task,
            "initialisation": self.initialisation,
            "scale_inputs": scaling_of(self.input_scaler_),
            "scale_targets": scaling_of(self.target_scaler_),
            "balanced": getattr(self, "class_weight", None) == "balanced",
            "one_hot": self.__dict__.get("_one_hot", False),
            "seed": int(seed),
        }
        return net.core, self._n_targets(), options, training, self._report(), self._known()

    @classmethod
    def load(cls, path):
        """Read an estimator of this kind from a model file.

        Parameters
        ----------
        path : str or path
            A file of `save`, or of the program's ``fit --save``.

        Returns
        -------
        estimator
            A new one, fitted. `pensel.load` reads either kind.
        """
        return _load(path, cls)

    # ------------------------------------------------------------- to the library

    def _n_targets(self):
        return self.n_outputs_

    def _targets_to_check(self, y, rows):
        """y as the library scores it: (rows, targets) of numbers."""
        y = check_array(y, dtype=np.float64, ensure_2d=False, input_name="y_check")
        return self._shaped(y, rows)

    def _shaped(self, y, rows):
        targets = self._n_targets()
        if y.shape not in ((rows, targets), (rows,) if targets == 1 else None):
            raise ValueError(f"y_check has the shape {y.shape}: ({rows}, {targets}) is needed")
        return np.ascontiguousarray(y, dtype=np.float64).reshape(rows, targets)

    def _report(self):
        """The library's report of the training so far."""
        found = self.__dict__.get
        optimizer = found("_optimizer")
        best_loss, best_score = found("best_loss_"), found("best_validation_score_")
        rate = self.learning_rate_init if optimizer is None else optimizer._library_rate()
        return {
            "stop": found("stopped_", "not run"),
            "epochs": int(self.n_iter_),
            "steps": 0 if optimizer is None else int(optimizer.t),
            "samples": int(self.t_),
            "loss": float(found("loss_", np.nan)),
            "best_loss": np.inf if best_loss is None else float(best_loss),
            "best_validation_score": -np.inf if best_score is None else float(best_score),
            "no_improvement_count": int(found("_no_improvement_count", 0)),
            "learning_rate": float(rate),
        }

    def _known(self):
        """The lists that go into a model file."""
        found = self.__dict__.get
        known = {
            "input_names": _as_list(found("feature_names_in_")),
            "target_names": _as_list(found("target_names_")),
            "loss_curve": _as_list(found("loss_curve_")),
            "validation_scores": _as_list(found("validation_scores_")),
        }
        for what, scaler in (("input", self.input_scaler_), ("target", self.target_scaler_)):
            offset, scale = (None, None) if scaler is None else offset_and_scale(scaler)
            known[f"{what}_offset"], known[f"{what}_scale"] = _as_list(offset), _as_list(scale)
        return known

    def _learn_target_names(self, y):
        """Names of y's columns, where it is a DataFrame or a Series and they are all str."""
        names = getattr(y, "columns", [getattr(y, "name", None)])
        names = np.asarray(list(names), dtype=object)
        if len(names) and all(isinstance(name, str) for name in names):
            self.target_names_ = names
        else:
            self.__dict__.pop("target_names_", None)

    # ------------------------------------------------------------- from the library

    @classmethod
    def _from_parts(cls, core, targets, options, training, report, known):
        parameters = cls._parameters_from(core.shape(), options, training, known)
        text = core.list()
        if text and "," in text:  # all but the last layer, whose text has no comma
            own = ("hidden_layer_sizes", "activation", "encoding")
            parameters = {k: v for k, v in parameters.items() if k not in own}
            parameters["layers"] = text.rpartition(",")[0]
        est = cls(**parameters)
        est._take_known(targets, options, known)
        est._take_network(Net(core))
        est._take_report(report, known)
        return est

    @classmethod
    def _parameters_from(cls, shape, options, training, known):
        """Arguments of the constructor."""
        _, layers, precision, encoding = shape
        hidden = layers[:-1]
        own = cls._get_param_names()
        found = _settings.training_parameters(training) | {
            "hidden_layer_sizes": tuple(width for width, _, _ in hidden),
            "activation": _settings.activation_of(hidden),
            "random_state": options["seed"],
            "encoding": _settings.encoding_of(encoding),
            "initialisation": options["initialisation"],
            "precision": precision,
            "scale_inputs": options["scale_inputs"],
            "scale_targets": options["scale_targets"],
        }
        return {name: value for name, value in found.items() if name in own}

    def _take_known(self, targets, options, known):
        if known["input_names"] and not _are_numbered(known["input_names"]):
            self.feature_names_in_ = np.array(known["input_names"], dtype=object)
        if known["target_names"]:
            self.target_names_ = np.array(known["target_names"], dtype=object)
        for what in ("input", "target"):
            numbers = known[f"{what}_offset"], known[f"{what}_scale"]
            scaler = scaler_of(options[f"scale_{what}s"], *numbers) if numbers[0] else None
            setattr(self, f"{what}_scaler_", scaler)

    def _take_network(self, net):
        net.activation = self.activation
        self.n_features_in_, self.n_outputs_ = net.inputs, net.outputs
        self.n_layers_ = len(net.layout) + 1
        self._adopt(net)
        self._best_coefs = [c.copy() for c in self.coefs_]
        self._best_intercepts = [c.copy() for c in self.intercepts_]

    def _take_report(self, report, known):
        self.n_iter_, self.t_ = report["epochs"], report["samples"]
        self.loss_, self.stopped_ = report["loss"], report["stop"]
        if self.solver not in OPTIMIZERS:
            return
        validated = report["best_validation_score"] > -np.inf
        self._reset_scores(validated)
        self.loss_curve_ = known["loss_curve"]
        if validated:
            self.validation_scores_ = known["validation_scores"]
            self.validation_loss_curve_ = [np.nan] * len(self.validation_scores_ or [])
            self.best_validation_score_ = report["best_validation_score"]
        else:
            self.best_loss_ = report["best_loss"]
        self._no_improvement_count = report["no_improvement_count"]
        self._optimizer = None  # the file has none: see `_fit_stochastic`
