"""MLPClassifier."""

import warnings

import numpy as np
from sklearn.base import ClassifierMixin, _fit_context
from sklearn.preprocessing import LabelBinarizer
from sklearn.utils import column_or_1d, compute_sample_weight
from sklearn.utils._param_validation import StrOptions
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import _check_partial_fit_first_call, type_of_target, unique_labels
from sklearn.utils.validation import validate_data

from pensel import _settings
from pensel._docs import documented
from pensel._estimator import _FLOATS, BaseNetworkEstimator
from pensel._files import of_task
from pensel._fast_epoch import fast_first

# kinds of labels that NumPy compares with each other
_ALIKE = {"b": "number", "i": "number", "u": "number", "f": "number", "U": "text", "S": "bytes"}


def _codes_of(classes):
    """Codes that the library knows these labels by, and their names or None."""
    labels = classes.tolist()
    if classes.dtype.kind in "biuf":
        codes = [float(label) for label in labels]
        if codes != labels:
            raise ValueError("classes beyond 2**53 cannot be saved: smaller numbers and str can")
        return codes, None
    if not all(isinstance(label, str) for label in labels):
        kinds = sorted({type(label).__name__ for label in labels})
        raise ValueError(f"classes of {' and '.join(kinds)} cannot be saved: numbers or str can")
    return [float(code) for code in range(len(labels))], labels


def _labels_of(codes, names):
    if names is not None:
        return np.array(names)
    labels = np.array(codes)
    whole = np.abs(labels).max() <= 2**53 and (labels == np.floor(labels)).all()
    return labels.astype(np.int64) if whole else labels


def _binarizer_of(classes, kind):
    """As if fitted to these classes, which may stand in any order."""
    binarizer = LabelBinarizer()
    binarizer.classes_, binarizer.y_type_, binarizer.sparse_input_ = classes, kind, False
    return binarizer


@of_task("classification")
@_settings.complete
@documented
class MLPClassifier(ClassifierMixin, BaseNetworkEstimator):
    """Classification by a network of layers of neurons, trained by the log loss.

    A drop-in for scikit-learn's estimator of this name: the same parameters, attributes, messages
    and, with the same seed, the same network; and more to choose from. Two classes have one
    logistic output, more have a softmax, and a 0-1 matrix y (multi-label) one logistic a column.

    Parameters
    ----------
    {parameters}

    class_weight : dict, 'balanced' or None, default=None
        How much each class counts; 'balanced' is n_samples / (n_classes * samples of the class).

    {extras}

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Labels, sorted.

    {attributes}

    See Also
    --------
    MLPRegressor : The same for numbers.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from pensel import MLPClassifier
    >>> x, y = load_iris(return_X_y=True)
    >>> iris = MLPClassifier(solver="lbfgs", random_state=1, max_iter=1000).fit(x, y)
    >>> bool(iris.score(x, y) > 0.95)
    True
    """

    loss = "log_loss"

    # True of a model file whose classes have a logistic output each and exclude one another: its
    # labels are one column, unlike those of a matrix y, which is several labels
    _one_hot = False

    _parameter_constraints: dict = {
        **BaseNetworkEstimator._parameter_constraints,
        "class_weight": [dict, StrOptions({"balanced"}), None],
    }

    def __init__(
        self,
        hidden_layer_sizes=(100,),
        activation="relu",
        *,
        solver="adam",
        alpha=0.0001,
        batch_size="auto",
        learning_rate="constant",
        learning_rate_init=0.001,
        power_t=0.5,
        max_iter=200,
        shuffle=True,
        random_state=None,
        tol=1e-4,
        verbose=False,
        warm_start=False,
        momentum=0.9,
        nesterovs_momentum=True,
        early_stopping=False,
        validation_fraction=0.1,
        beta_1=0.9,
        beta_2=0.999,
        epsilon=1e-8,
        n_iter_no_change=10,
        max_fun=15000,
        class_weight=None,
        encoding=None,
        layers=None,
        initialisation="glorot",
        dropout=0.0,
        weight_decay=0.0,
        clip_norm=None,
        average=0.0,
        decay=0.99,
        max_seconds=None,
        keep_solver=False,
        callback=None,
        scoring=None,
        progress_bar=False,
        sklearn_gradient=True,
        precision=None,
        scale_inputs="none",
        checkpoint=None,
        checkpoint_every=30.0,
        resume=None,
        n_threads=None,
    ):
        _settings.keep(self, locals())

    def _output_activation(self):
        several = self._label_binarizer.y_type_ == "multiclass" and not self._one_hot
        return "softmax" if several else "logistic"

    def _validate_arrays(self, X, y, reset):
        X, y = validate_data(
            self,
            X,
            y,
            accept_sparse=["csr", "csc"],
            multi_output=True,
            dtype=_FLOATS,
            reset=reset,
        )
        if y.ndim == 2 and y.shape[1] == 1:
            y = column_or_1d(y, warn=True)
        return X, y

    def _validate_input(self, X, y, incremental, reset):
        X, y = self._validate_arrays(X, y, reset)
        if not hasattr(self, "classes_") or not (self.warm_start or incremental):
            self._one_hot = False
            self._label_binarizer = LabelBinarizer().fit(y)
            self.classes_ = self._label_binarizer.classes_
        else:
            self._check_known_classes(y)
        return X, self._targets(y), self._balance(y, incremental)

    def _targets(self, y):
        """A column for each output, as bool: a number of either precision may be multiplied by it
        without becoming wider."""
        if self._one_hot:
            return np.asarray(y)[:, None] == self.classes_
        return self._label_binarizer.transform(y).astype(bool)

    def _labels(self, targets):
        """The labels that have these columns."""
        if self._one_hot or self._label_binarizer.y_type_ == "multiclass":
            return self.classes_.take(np.asarray(targets).argmax(axis=1))
        return self._label_binarizer.inverse_transform(np.asarray(targets, int))

    def _check_known_classes(self, y):
        classes = unique_labels(y)
        if self.warm_start:
            if set(classes) != set(self.classes_):
                raise ValueError(
                    "warm_start can only be used where `y` has the same "
                    "classes as in the previous call to fit. Previously "
                    f"got {self.classes_}, `y` has {classes}"
                )
        elif len(np.setdiff1d(classes, self.classes_, assume_unique=True)):
            raise ValueError(
                "`y` has classes not in `self.classes_`. "
                f"`self.classes_` has {self.classes_}. 'y' has {classes}."
            )

    def _balance(self, y, incremental):
        """Weights of the samples by their class, or None."""
        if self.class_weight is None:
            return None
        if incremental and self.class_weight == "balanced":
            raise ValueError(
                "class_weight 'balanced' needs all samples at once: give partial_fit a dict of "
                "weights, such as compute_class_weight finds"
            )
        return compute_sample_weight(self.class_weight, y)

    def _validate_held_out(self, X, y, sample_weight):
        X, y = self._validate_arrays(X, y, reset=False)
        unknown = np.setdiff1d(unique_labels(y), self.classes_)
        if len(unknown):
            raise ValueError(f"y_val has classes that y has not: {unknown}")
        return X, self._targets(y), sample_weight

    def predict(self, X):
        """Classes of new samples.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)

        Returns
        -------
        y : ndarray of shape (n_samples,) or (n_samples, n_classes)
            Labels; multi-label, a matrix of 0 and 1.
        """
        self._check_fitted()
        return self._predict(X)

    def _predict(self, X, check_input=True):
        outputs = self._forward_pass_fast(X, check_input, every_row=True)
        binarizer, classes = self._label_binarizer, self.classes_
        if binarizer.y_type_ == "multiclass" or self._one_hot:
            return classes.take(outputs.argmax(axis=1))
        if binarizer.y_type_ == "binary" and len(classes) == 2:
            return classes.take(outputs[:, 0] > 0.5)
        return binarizer.inverse_transform(outputs.ravel() if self.n_outputs_ == 1 else outputs)

    def predict_proba(self, X):
        """Probabilities of the classes.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)

        Returns
        -------
        p : ndarray of shape (n_samples, n_classes)
            Columns in the order of `classes_`; multi-label, each label's own probability.
        """
        self._check_fitted()
        return self._meaning(self._forward_pass_fast(X))

    def _meaning(self, outputs):
        if self.n_outputs_ != 1:
            return outputs
        p = np.empty((len(outputs), 2), outputs.dtype)
        p[:, 1:] = outputs
        np.subtract(1, outputs, out=p[:, :1])
        return p

    def predict_log_proba(self, X):
        """Logarithms of the probabilities of the classes.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)

        Returns
        -------
        log_p : ndarray of shape (n_samples, n_classes)
        """
        p = self.predict_proba(X)
        return np.log(p, out=p)

    def _plain_targets(self, y, classes, dtype):
        """y as 0 and 1 in a column for each output, or None."""
        binarizer = self._label_binarizer
        known = binarizer.classes_
        if type(y) is not np.ndarray or y.ndim != 1 or self._one_hot:
            return None
        if _ALIKE.get(y.dtype.kind) != _ALIKE.get(known.dtype.kind, "?"):
            return None
        if classes is not None and not np.array_equal(classes, self.classes_):
            return None
        if binarizer.y_type_ == "binary" and len(known) == 2:
            second = y == known[1]
            found = second | (y == known[0])
            return second.astype(dtype).reshape(-1, 1) if found.all() else None
        if binarizer.y_type_ != "multiclass":
            return None
        index = np.minimum(known.searchsorted(y), len(known) - 1)
        if not (known[index] == y).all():
            return None
        targets = np.zeros((len(y), len(known)), dtype)
        targets[np.arange(len(y)), index] = 1
        return targets

    # ------------------------------------------------------------- model files

    def _codes(self):
        """(codes, names or None), or None where y is several labels."""
        if self._label_binarizer.y_type_.startswith("multilabel"):
            return None
        return _codes_of(self.classes_)

    def _n_targets(self):
        return self.n_outputs_ if self._codes() is None else 1

    def _targets_to_check(self, y, rows):
        coded = self._codes()
        if coded is None:
            return super()._targets_to_check(y, rows)
        y = np.asarray(y)
        unknown = np.setdiff1d(y, self.classes_)
        if len(unknown):
            raise ValueError(f"y_check has classes that the model has not: {unknown}")
        of = dict(zip(self.classes_.tolist(), coded[0], strict=True))
        return self._shaped(np.array([of[c] for c in y.ravel().tolist()]).reshape(y.shape), rows)

    def _known(self):
        known, coded = super()._known(), self._codes()
        if coded is None:
            return known
        codes, names = coded
        if isinstance(self.class_weight, dict):
            of = dict(zip(self.classes_.tolist(), codes, strict=True))
            weights = self.class_weight.items()
            known["class_weights"] = [(of[c], float(w)) for c, w in weights if c in of]
        return known | {"classes": codes, "class_names": names}

    @classmethod
    def _parameters_from(cls, shape, options, training, known):
        weights = "balanced" if options["balanced"] else None
        if known["class_weights"]:
            labels = _labels_of(known["classes"], known["class_names"]).tolist()
            of = dict(zip(known["classes"], labels, strict=True))
            weights = {of[code]: weight for code, weight in known["class_weights"] if code in of}
            if options["balanced"]:
                warnings.warn("class_weight takes the file's weights; it cannot also be 'balanced'")
        return super()._parameters_from(shape, options, training, known) | {"class_weight": weights}

    def _take_known(self, targets, options, known):
        super()._take_known(targets, options, known)
        if known["classes"] is None:
            self.classes_, kind = np.arange(targets), "multilabel-indicator"
        else:
            self.classes_ = _labels_of(known["classes"], known["class_names"])
            kind = "binary" if len(self.classes_) < 3 else "multiclass"
        self._one_hot = options["one_hot"]
        self._label_binarizer = _binarizer_of(self.classes_, kind)
        self.out_activation_ = self._output_activation()

    @available_if(lambda est: est._check_solver())
    @fast_first
    @_fit_context(prefer_skip_nested_validation=True)
    def partial_fit(self, X, y, sample_weight=None, classes=None):
        """One epoch over the samples, going on from the network as it is.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
        y : array-like of shape (n_samples,) or (n_samples, n_labels)
        sample_weight : array-like of shape (n_samples,), default=None
        classes : array-like of shape (n_classes,), default=None
            All labels there will ever be; needed in the first call.

        Returns
        -------
        self : object
        """
        if _check_partial_fit_first_call(self, classes):
            labels = y if type_of_target(y).startswith("multilabel") else classes
            self._label_binarizer = LabelBinarizer().fit(labels)
        return self._fit(X, y, sample_weight=sample_weight, incremental=True)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags
