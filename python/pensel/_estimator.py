"""What the regressor and the classifier have in common: fitting, predicting, pickling.

Everything about estimators is here, in Python, built on scikit-learn's own utilities; every number
is computed by the library. ``coefs_`` and ``intercepts_`` are views of the library's parameters
(see `pensel._network.Net`); arrays that the user puts in their place are noticed and copied in.
"""

import re
from contextlib import contextmanager

import numpy as np
import scipy.sparse
from sklearn.base import BaseEstimator, _fit_context, is_classifier
from sklearn.utils import check_random_state
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from pensel import _settings
from pensel._draws import Draws
from pensel._files import Files
from pensel._history import History
from pensel._network import Net, dense, plain, sparse_rows, stream
from pensel._pickle import Pickles
from pensel._fast_epoch import FastEpoch
from pensel._scaling import Scales
from pensel._solver import OPTIMIZERS
from pensel._training import Trains

_FLOATS = (np.float64, np.float32)
_SPARSE_ROWS = 4096  # rows of a sparse matrix made dense at a time when predicting


class BaseNetworkEstimator(
    FastEpoch, Trains, Draws, History, Scales, Files, Pickles, BaseEstimator
):
    """Base of `MLPRegressor` and `MLPClassifier`; not meant to be used by itself."""

    _parameter_constraints: dict = _settings.CONSTRAINTS

    # ------------------------------------------------------------- the network

    def _bound(self):
        """The network behind coefs_ and intercepts_, made anew where they were put in by hand."""
        net = self.__dict__.get("_network")
        if net is not None and self._describes(net):
            return net
        encoded = self._has_more()
        inputs = self.n_features_in_ if encoded else self.coefs_[0].shape[0]
        units = [inputs, *(coef.shape[1] for coef in self.coefs_)]
        dtype = np.float32 if all(c.dtype == np.float32 for c in self.coefs_) else np.float64
        net = self._new_network(units, dtype)
        if encoded:
            net.encoding[...] = self.encoding_
        net.take(self.coefs_, self.intercepts_)
        return net

    def _has_more(self):
        """Whether there are parameters besides those of layers of neurons."""
        return self.encoding is not None or self.layers is not None

    def _describes(self, net):
        key = self.activation
        return net.is_behind(self.coefs_, self.intercepts_) and (
            key is net.activation or key == net.activation
        )

    def _new_network(self, units, dtype):
        output = _settings.OUTPUTS[self.out_activation_]
        encoding = _settings.encoding_options(self.encoding)
        precision = np.dtype(dtype).name
        if self.precision == "bfloat16" and precision == "float32":
            precision = "bfloat16"
        if self.layers is not None:
            if self.encoding is not None:
                raise ValueError("layers and encoding: one of them says what inputs become")
            net = Net.of_list(units[0], self.layers, units[-1], output, precision)
        else:
            hidden = _settings.layer_activations(self.activation, len(units) - 2)
            net = Net.new(units, hidden, output, precision, encoding)
        net.activation = self.activation
        return net

    def _adopt(self, net):
        """Let coefs_ and intercepts_ be views of this network."""
        if self.__dict__.get("_network") is not net:
            self._network = net
            self.coefs_, self.intercepts_ = list(net.coefs), list(net.intercepts)
            if self._has_more():
                self.encoding_ = net.encoding

    def _initialize(self, n_outputs, units, dtype):
        self.n_iter_ = 0
        self.t_ = 0
        self.n_outputs_ = n_outputs
        self.out_activation_ = self._output_activation()
        net = self._new_network(units, dtype)
        self.n_layers_ = len(net.layout) + 1
        self._draw_weights(net, units)
        self._adopt(net)
        self._best_coefs = [c.copy() for c in self.coefs_]
        self._best_intercepts = [c.copy() for c in self.intercepts_]
        self.__dict__.pop("_optimizer", None)
        if self.solver in OPTIMIZERS:
            self.loss_curve_ = []
            self._no_improvement_count = 0
            self._reset_scores(self._scores_validation)

    def _draw_weights(self, net, units):
        """Start weights. scikit-learn's bound follows `activation` even without a hidden layer,
        where a network of C has no place for it."""
        glorot = self.initialisation == "glorot" and self.encoding is None
        if len(units) == 2 and self.layers is None and glorot and self.activation == "logistic":
            bound = np.sqrt(2 / sum(units))
            net.coefs[0][...] = self._random_state.uniform(-bound, bound, units)
            net.intercepts[0][...] = self._random_state.uniform(-bound, bound, units[1])
            return
        with stream(self._random_state) as random:
            net.core.initialise(self.initialisation, random)

    def _reset_scores(self, validation):
        self.validation_scores_ = [] if validation else None
        self.validation_loss_curve_ = [] if validation else None
        self.best_validation_score_ = -np.inf if validation else None
        self.best_loss_ = None if validation else np.inf

    # ------------------------------------------------------------- fitting

    def _fit(self, X, y, sample_weight=None, incremental=False, validation=None):
        listed = self.layers is not None
        sizes = [] if listed else _settings.layer_sizes(self.hidden_layer_sizes)
        first_pass = not hasattr(self, "coefs_") or (not self.warm_start and not incremental)
        if first_pass:
            self._learn_target_names(y)
        with self._hint_at_tables():
            X, y, balance = self._validate_input(X, y, incremental, reset=first_pass)
        if validation is not None:
            validation = self._validate_held_out(*validation)
        if sample_weight is not None:
            sample_weight = _check_sample_weight(sample_weight, X)
        if balance is not None:
            sample_weight = balance if sample_weight is None else sample_weight * balance
        if y.ndim == 1:
            y = y.reshape((-1, 1))
        self.n_outputs_ = y.shape[1]
        self._random_state = check_random_state(self.random_state)
        self._scores_validation = validation is not None or self.early_stopping
        if self.scoring is not None and not self._scores_validation:
            raise ValueError(
                "scoring is what early stopping goes by: it needs early_stopping=True, or X_val and"
                " y_val"
            )
        if first_pass:
            dtype = _settings.PRECISIONS[self.precision] or X.dtype
            self._initialize(y.shape[1], [X.shape[1], *sizes, y.shape[1]], dtype)
            self._learn_scales(X, y)
        self._adopt(self._bound())
        if self.solver in OPTIMIZERS:
            self._fit_stochastic(X, y, sample_weight, incremental, validation)
            self._optimizer._parameters = None
        else:
            self._fit_lbfgs(X, y, sample_weight)
        if not np.isfinite(self._network.parameters).all():
            self._raise_not_finite()
        if incremental:
            self._remember()
        return self

    @contextmanager
    def _hint_at_tables(self):
        """Where scikit-learn refuses texts and gaps, another estimator here takes them."""
        try:
            yield
        except ValueError as error:
            if re.search("could not convert string|contains NaN", str(error)):
                task = "Classifier" if is_classifier(self) else "Regressor"
                error.add_note(f"pensel.Table{task} takes tables as they are: texts, dates, gaps.")
            raise

    # ------------------------------------------------------------- predicting

    def _forward_pass_fast(self, X, check_input=True, every_row=False):
        """Outputs (n_samples, n_outputs) of the network.

        Rows of X that are not finite, which scikit-learn's `assume_finite` lets through, have NaN,
        or where `every_row` needs an answer are a ValueError.

        A finite float array that needs no conversion goes straight to the library; whatever else it
        is, scikit-learn's validation says what is wrong with it or makes it an array that can.
        """
        net = self.__dict__.get("_network")
        if (
            type(X) is np.ndarray
            and net is not None
            and X.dtype == net.dtype
            and "feature_names_in_" not in self.__dict__
            and not self._scales()
            and self._describes(net)
        ):
            y = np.empty((len(X) if X.ndim else 0, net.outputs), net.dtype)
            if net.core.predict(X, y, _settings.threads(self.n_threads)):
                return y
        return self._forward_pass_checked(X, check_input, every_row)

    def _forward_pass_checked(self, X, check_input, every_row):
        if check_input:
            X = validate_data(self, X, accept_sparse=["csr", "csc"], reset=False)
        net = self._bound()
        y = np.empty((X.shape[0], net.outputs), net.dtype)
        if self._stays_sparse(X, net) and np.isfinite(X.data).all():
            threads = _settings.threads(self.n_threads)
            net.core.predict_sparse(sparse_rows(X, net.dtype), y, threads)
        else:
            self._forward_dense(net, X, y, every_row)
        y = self._unscaled(y)
        given = X.dtype if X.dtype in _FLOATS else np.float64
        return y.astype(np.result_type(given, net.dtype), copy=False)

    def _forward_dense(self, net, X, y, every_row):
        rows = _SPARSE_ROWS if scipy.sparse.issparse(X) else max(1, X.shape[0])
        X = X.tocsr() if scipy.sparse.issparse(X) else X
        for first in range(0, X.shape[0], rows):
            part = self._scaled_inputs(dense(X[first : first + rows]))
            part = plain(part, part.dtype if part.dtype in _FLOATS else np.float64)
            threads = _settings.threads(self.n_threads)
            finite = net.core.predict(part, y[first : first + rows], threads, True)
            if every_row and not finite:
                row = first + int(np.flatnonzero(~np.isfinite(part).all(axis=1))[0])
                raise ValueError(
                    f"row {row} of X has infinity or NaN, so it has no class: predict_proba says "
                    "NaN there and answers for all other rows"
                )

    # ------------------------------------------------------------- scikit-learn's ways

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y, sample_weight=None, *, X_val=None, y_val=None, sample_weight_val=None):
        """Train on the samples, from the start unless `warm_start`.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Inputs. float32 is trained in float32, everything else in float64.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Numbers, or class labels.
        sample_weight : array-like of shape (n_samples,), default=None
            How much each sample counts.
        X_val : {array-like, sparse matrix} of shape (n_validation, n_features), default=None
            Your own validation samples; with them training stops early by their score, and the best
            network is kept, whatever `early_stopping` says.
        y_val : array-like of shape (n_validation,) or (n_validation, n_outputs), default=None
        sample_weight_val : array-like of shape (n_validation,), default=None

        Returns
        -------
        self : object
        """
        validation = None
        if X_val is not None:
            if y_val is None:
                raise ValueError("X_val is given without y_val: give both or neither.")
            if self.solver not in OPTIMIZERS:
                raise ValueError("X_val is for sgd and adam: lbfgs does not stop by a score.")
            validation = (X_val, y_val, sample_weight_val)
        return self._fit(X, y, sample_weight=sample_weight, validation=validation)

    def _check_solver(self):
        if self.solver not in OPTIMIZERS:
            raise AttributeError(
                "partial_fit is only available for stochastic"
                " optimizers. %s is not stochastic." % self.solver
            )
        return True

    def __getstate__(self):
        state = dict(super().__getstate__())
        state.pop("_network", None)
        return state

    def __setstate__(self, state):
        super().__setstate__(state)
        if hasattr(self, "coefs_") and hasattr(self, "out_activation_"):
            self._adopt(self._bound())

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags

    def _check_fitted(self):
        if "_network" not in self.__dict__:
            check_is_fitted(self)
