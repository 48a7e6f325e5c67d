"""What the regressor and the classifier have in common: fitting, predicting, pickling.

Everything about estimators is here, in Python, on scikit-learn's own utilities; every number is
computed by the library. ``coefs_`` and ``intercepts_`` are views of the library's parameters
(see `pensel._network.Net`); arrays put in their place by hand are noticed and copied in.
"""

import signal
import threading
import warnings
from collections import namedtuple

import numpy as np
import scipy.sparse
from scipy.optimize import OptimizeResult
from sklearn.base import BaseEstimator, _fit_context, is_classifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split
from sklearn.utils import check_random_state
from sklearn.utils.optimize import _check_optimize_result
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from pensel import _core, _settings
from pensel._network import Net, stream, views
from pensel._solver import OPTIMIZERS

Progress = namedtuple(
    "Progress",
    "epoch epochs steps samples loss best_loss validation_score learning_rate seconds",
)
Progress.__doc__ = """What a callback is told after each epoch.

Attributes
----------
epoch, epochs : int
    Done in this call of fit, and asked for.
steps, samples : int
    Steps of the solver and samples seen, in all.
loss, best_loss : float
    Of this epoch, and the least so far.
validation_score : float
    R2 or accuracy; NaN without early stopping.
learning_rate : float
seconds : float
    Of training alone.
"""

_FLOATS = (np.float64, np.float32)
_SPARSE_ROWS = 4096  # rows of a sparse matrix made dense at a time when predicting


def _dense(X):
    return X.toarray() if scipy.sparse.issparse(X) else X


def _plain(array, dtype):
    """`array` as the library takes it: C order, aligned, native byte order."""
    return np.require(array, dtype, ["C", "A"])


def _may_interrupt():
    """Whether Ctrl-C would raise KeyboardInterrupt here."""
    return (
        threading.current_thread() is threading.main_thread()
        and signal.getsignal(signal.SIGINT) is signal.default_int_handler
    )


class BaseNetworkEstimator(BaseEstimator):
    """Base of `MLPRegressor` and `MLPClassifier`; not meant to be used by itself."""

    _parameter_constraints: dict = _settings.CONSTRAINTS

    # ------------------------------------------------------------- the network

    def _bound(self):
        """The network behind coefs_ and intercepts_, made anew where they were put in by hand."""
        net = self.__dict__.get("_network")
        if net is not None and self._describes(net):
            return net
        units = [self.coefs_[0].shape[0], *(coef.shape[1] for coef in self.coefs_)]
        dtype = np.float32 if all(c.dtype == np.float32 for c in self.coefs_) else np.float64
        net = self._new_network(units, dtype)
        net.take(self.coefs_, self.intercepts_)
        return net

    def _describes(self, net):
        key = self.activation
        return net.is_behind(self.coefs_, self.intercepts_) and (
            key is net.activation or key == net.activation
        )

    def _new_network(self, units, dtype):
        hidden = _settings.layer_activations(self.activation, len(units) - 2)
        net = Net(units, hidden, _settings.OUTPUTS[self.out_activation_], dtype)
        net.activation = self.activation
        return net

    def _adopt(self, net):
        """Let coefs_ and intercepts_ be views of this network."""
        if self.__dict__.get("_network") is not net:
            self._network = net
            self.coefs_, self.intercepts_ = list(net.coefs), list(net.intercepts)

    def _initialize(self, n_outputs, units, dtype):
        self.n_iter_ = 0
        self.t_ = 0
        self.n_outputs_ = n_outputs
        self.n_layers_ = len(units)
        self.out_activation_ = self._output_activation()
        net = self._new_network(units, dtype)
        with stream(self._random_state) as random:
            net.core.initialise(self.initialisation, random)
        self._adopt(net)
        self._best_coefs = [c.copy() for c in self.coefs_]
        self._best_intercepts = [c.copy() for c in self.intercepts_]
        self.__dict__.pop("_optimizer", None)
        if self.solver in OPTIMIZERS:
            self.loss_curve_ = []
            self._no_improvement_count = 0
            self._reset_scores(self._scores_validation)

    def _reset_scores(self, validation):
        self.validation_scores_ = [] if validation else None
        self.best_validation_score_ = -np.inf if validation else None
        self.best_loss_ = None if validation else np.inf

    # ------------------------------------------------------------- fitting

    def _fit(self, X, y, sample_weight=None, incremental=False, validation=None):
        sizes = _settings.layer_sizes(self.hidden_layer_sizes)
        first_pass = not hasattr(self, "coefs_") or (not self.warm_start and not incremental)
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
        if first_pass:
            self._initialize(y.shape[1], [X.shape[1], *sizes, y.shape[1]], X.dtype)
        self._adopt(self._bound())
        if self.solver in OPTIMIZERS:
            self._fit_stochastic(X, y, sample_weight, incremental, validation)
        else:
            self._fit_lbfgs(X, y, sample_weight)
        if not np.isfinite(self._network.parameters).all():
            self._raise_not_finite()
        return self

    def _raise_not_finite(self):
        raise ValueError(
            "Solver produced non-finite parameter weights. The input data may"
            " contain large values and need to be preprocessed."
        )

    def _samples(self, X, y, sample_weight):
        """x, y, weights as the library takes them, in the network's precision."""
        dtype = self._network.dtype
        weights = None if sample_weight is None else _plain(sample_weight, dtype)
        y = y.reshape((-1, 1)) if y.ndim == 1 else y
        return _plain(_dense(X), dtype), _plain(y, dtype), weights

    def _split(self, X, y, sample_weight):
        """Training and validation samples, drawn as scikit-learn draws them."""
        one_class_each = is_classifier(self) and self.n_outputs_ == 1
        arrays = (X, y) if sample_weight is None else (X, y, sample_weight)
        parts = train_test_split(
            *arrays,
            random_state=self._random_state,
            test_size=self.validation_fraction,
            stratify=y if one_class_each else None,
        )
        training, held_out = parts[0::2], parts[1::2]
        if held_out[0].shape[0] < 2:
            raise ValueError(
                "The validation set is too small. Increase 'validation_fraction' "
                "or the size of your dataset."
            )
        return [*training, None][:3], [*held_out, None][:3]

    def _fit_stochastic(self, X, y, sample_weight, incremental, validation):
        going_on = incremental or (self.warm_start and self.keep_solver)
        if not (going_on and hasattr(self, "_optimizer")):
            self._optimizer = OPTIMIZERS[self.solver](self._network, self)
        if self.early_stopping and incremental:
            raise ValueError("partial_fit does not support early_stopping=True")
        training = (X, y, sample_weight)
        if validation is None and self.early_stopping:
            training, validation = self._split(X, y, sample_weight)
        training = self._samples(*training)
        if validation is not None:
            validation = self._samples(*validation)
        n_samples = training[0].shape[0]
        if self.batch_size != "auto" and self.batch_size > n_samples:
            warnings.warn(
                "Got `batch_size` less than 1 or larger than "
                "sample size. It is going to be clipped"
            )
        try:
            self._train(training, validation, incremental)
        except KeyboardInterrupt:
            warnings.warn("Training interrupted by user.")
        report = self._read_report(validation is not None)
        if self.verbose:
            self._print_end(report, incremental)
        if report["stop"] == "diverged":
            self._go_on_diverged(report, validation is not None)
        elif report["stop"] == "epochs" and not incremental:
            self._warn_not_converged()
        if validation is not None:
            self._best_coefs, self._best_intercepts = self.coefs_, self.intercepts_

    def _warn_not_converged(self):
        warnings.warn(
            "Stochastic Optimizer: Maximum iterations (%d) "
            "reached and the optimization hasn't converged yet." % self.max_iter,
            ConvergenceWarning,
        )

    def _state(self):
        """What the library has to know of earlier fits: samples, best loss, best score, count."""
        best_loss, best_score = self.best_loss_, self.best_validation_score_
        return (
            int(self.t_),
            np.inf if best_loss is None else float(best_loss),
            -np.inf if best_score is None else float(best_score),
            int(self._no_improvement_count),
        )

    def _train(self, training, validation, incremental):
        optimizer = self._optimizer
        options = _settings.training_options(self, optimizer)
        if not hasattr(self, "validation_scores_"):
            self._reset_scores(validation is not None)
        core = optimizer._training
        if core is None or optimizer._network is not self._network:
            core = _core.Training(self._network.core, options)
            optimizer.bind(core, self._network, options)
        elif options != optimizer._options:
            core.configure(options)
            optimizer._options = options
        # scikit-learn's best network is lost in a warm start; without compat it is kept
        best = None if self.compat or validation is None else self._network.parameters.copy()
        optimizer.tell(self._state(), best)
        self.n_iter_ = 0
        with stream(self._random_state) as random:
            if incremental:
                core.epoch(*training, random, _may_interrupt())
            else:
                core.run(*training, validation, random, self._watcher(), _may_interrupt())

    def _read_report(self, validated):
        optimizer = self._optimizer
        report = optimizer._training.report(*optimizer._seen)
        self.n_iter_ = report["epochs"]
        self.t_ = report["samples"]
        self.stopped_ = report["stop"]
        if report["loss_curve"]:
            self.loss_ = report["loss_curve"][-1]
        self.loss_curve_ += report["loss_curve"]
        self._no_improvement_count = report["no_improvement_count"]
        if validated:
            self.validation_scores_ += report["validation_scores"]
            self.best_validation_score_ = report["best_validation_score"]
        else:
            self.best_loss_ = report["best_loss"]
        optimizer.hear(report, self._state())
        return report

    def _go_on_diverged(self, report, validated):
        """The library stops at the first number that is not finite; scikit-learn computes on with NaN
        until `max_iter`, and is then left with the best network it has seen, or with an error."""
        if not validated:
            self._raise_not_finite()
        missing = self.max_iter - self.n_iter_
        self.loss_curve_ += [np.nan] * missing
        self.validation_scores_ += [np.nan] * missing
        self.n_iter_ = self.max_iter
        self._warn_not_converged()

    # ------------------------------------------------------------- what is said while it trains

    def _stalled(self):
        if self._scores_validation:
            what = "Validation score did not improve more than tol=%f for %d consecutive epochs."
        else:
            what = "Training loss did not improve more than tol=%f for %d consecutive epochs."
        return what % (self.tol, self.n_iter_no_change)

    def _watcher(self):
        """The function the library calls after each epoch, or None when nobody listens."""
        if not self.verbose and self.callback is None:
            return None
        rate = self._optimizer.learning_rate

        def after_epoch(*told):
            nonlocal rate
            progress = Progress(*told)
            self.n_iter_, self.loss_ = progress.epoch, progress.loss
            if self.verbose:
                self._print_epoch(progress)
                if self.solver == "sgd" and self.learning_rate == "adaptive":
                    if progress.learning_rate < rate:
                        print(self._stalled() + " Setting learning rate to %f" % progress.learning_rate)
                    rate = progress.learning_rate
            return self.callback is not None and self.callback(self, progress)

        return after_epoch

    def _print_epoch(self, progress):
        print("Iteration %d, loss = %.8f" % (progress.epoch, progress.loss))
        if self._scores_validation:
            print("Validation score: %f" % progress.validation_score)

    def _print_end(self, report, incremental):
        if incremental and report["loss_curve"]:
            print("Iteration %d, loss = %.8f" % (self.n_iter_, self.loss_))
        if report["stop"] == "converged":
            slow = self.solver == "sgd" and self.learning_rate == "adaptive"
            print(self._stalled() + (" Learning rate too small. Stopping." if slow else " Stopping."))

    # ------------------------------------------------------------- lbfgs

    def _fit_lbfgs(self, X, y, sample_weight):
        training = _core.Training(self._network.core, _settings.training_options(self))
        samples = self._samples(X, y, sample_weight)
        hook = None
        if self.callback is not None:
            hook = lambda *told: self.callback(self, Progress(*told))
        with stream(self._random_state) as random:
            training.run(*samples, None, random, hook, _may_interrupt())
        report = training.report(0, 0)
        self.stopped_ = report["stop"]
        if report["stop"] == "diverged":
            self._raise_not_finite()
        done = report["stop"] not in ("epochs", "seconds")
        result = OptimizeResult(
            nit=report["epochs"],
            status=0 if done else 1,
            message="" if done else "ITERATIONS, EVALUATIONS OR TIME REACHED LIMIT",
        )
        self.n_iter_ = _check_optimize_result("lbfgs", result, self.max_iter)
        self.loss_ = report["loss"]

    def _loss_grad_lbfgs(self, packed, X, y, sample_weight=None, *_):
        """Loss and gradient at parameters packed in scikit-learn's order: weights, then biases."""
        net = self._bound()
        self._adopt(net)
        self._unpack(packed)
        into = net.block()
        options = _settings.training_options(self)
        loss = net.core.gradient(*self._samples(_dense(X), y, sample_weight), into, options)
        coefs, intercepts = views(into, net.layout)
        return loss, np.concatenate([g.ravel() for g in coefs + intercepts])

    def _unpack(self, packed):
        start = 0
        for array in [*self.coefs_, *self.intercepts_]:
            array[...] = packed[start : start + array.size].reshape(array.shape)
            start += array.size

    # ------------------------------------------------------------- predicting

    def _forward_pass_fast(self, X, check_input=True):
        """Outputs (n_samples, n_outputs) of the network.

        A finite float array that needs no conversion goes straight to the library; whatever else it
        is, scikit-learn's validation says what is wrong with it or makes it an array that can.
        """
        net = self.__dict__.get("_network")
        if (
            type(X) is np.ndarray
            and net is not None
            and X.dtype == net.dtype
            and "feature_names_in_" not in self.__dict__
            and self._describes(net)
        ):
            y = np.empty((len(X) if X.ndim else 0, net.outputs), net.dtype)
            if net.core.predict(X, y, self.n_threads or 0):
                return y
        return self._forward_pass_checked(X, check_input)

    def _forward_pass_checked(self, X, check_input):
        if check_input:
            X = validate_data(self, X, accept_sparse=["csr", "csc"], reset=False)
        net = self._bound()
        rows = _SPARSE_ROWS if scipy.sparse.issparse(X) else max(1, X.shape[0])
        X = X.tocsr() if scipy.sparse.issparse(X) else X
        y = np.empty((X.shape[0], net.outputs), net.dtype)
        for first in range(0, X.shape[0], rows):
            part = _dense(X[first : first + rows])
            part = _plain(part, part.dtype if part.dtype in _FLOATS else np.float64)
            if not net.core.predict(part, y[first : first + rows], self.n_threads or 0):
                y[first : first + rows] = np.nan
        given = X.dtype if X.dtype in _FLOATS else np.float64
        return y.astype(np.result_type(given, net.dtype), copy=False)

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
