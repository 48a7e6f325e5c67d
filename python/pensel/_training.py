"""How an estimator trains: options and samples are passed to the library, and its report becomes
the attributes of scikit-learn's estimators.
"""

import signal
import threading
import warnings
from collections import namedtuple

import numpy as np
from scipy.optimize import OptimizeResult
from sklearn.base import is_classifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import check_scoring
from sklearn.model_selection import train_test_split
from sklearn.utils.optimize import _check_optimize_result

from pensel import _core, _settings
from pensel._history import progress_bar, show
from pensel._network import dense, plain, sparse_rows, stream, views
from pensel._solver import OPTIMIZERS

Progress = namedtuple(
    "Progress",
    "epoch epochs steps samples loss best_loss validation_score learning_rate seconds validation_loss",
)
Progress.__doc__ = """What a callback gets after each epoch.

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
validation_loss : float
    Of the validation samples, without the penalty; NaN where there are none.
"""


def _may_interrupt():
    """Whether Ctrl-C would raise KeyboardInterrupt here."""
    return (
        threading.current_thread() is threading.main_thread()
        and signal.getsignal(signal.SIGINT) is signal.default_int_handler
    )


class Trains:
    """The part of an estimator that trains its network, ``self._network``."""

    def _raise_not_finite(self):
        error = ValueError(
            "Solver produced non-finite parameter weights. The input data may"
            " contain large values and need to be preprocessed."
        )
        if self.scale_inputs == "none":
            error.add_note('scale_inputs="standard" does that.')
        raise error

    def _samples(self, X, y, sample_weight):
        """x, y, weights as the library takes them, in the network's precision."""
        dtype = self._network.dtype
        weights = None if sample_weight is None else plain(sample_weight, dtype)
        y = y.reshape((-1, 1)) if y.ndim == 1 else y
        y = plain(self._scaled_targets(y), dtype)
        if self._stays_sparse(X, self._network):
            return sparse_rows(X, dtype), y, weights
        return plain(self._scaled_inputs(dense(X)), dtype), y, weights

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
        if going_on and not incremental and self.__dict__.get("_optimizer", self) is None:
            raise ValueError(
                "keep_solver has nothing to keep: a model file holds no solver's state. Set it to "
                "False, or keep estimators that are to go on by pickle."
            )
        if not (going_on and self.__dict__.get("_optimizer")):
            self._optimizer = OPTIMIZERS[self.solver](self._network, self)
        if self.early_stopping and incremental:
            raise ValueError("partial_fit does not support early_stopping=True")
        training = (X, y, sample_weight)
        if validation is None and self.early_stopping:
            training, validation = self._split(X, y, sample_weight)
        training = self._samples(*training)
        score = None
        if validation is not None:
            score = self._score_function(validation)
            validation = self._samples(*validation)
        n_samples = training[1].shape[0]
        if self.batch_size != "auto" and self.batch_size > n_samples:
            warnings.warn(
                "Got `batch_size` less than 1 or larger than sample size. It is going to be clipped"
            )
        try:
            self._train(training, validation, incremental, score)
        except KeyboardInterrupt:
            warnings.warn("Training interrupted by user.")
        except Exception:  # of a callback, say: what was trained until then counts
            if self._optimizer._told is not None:
                self._read_report(validation is not None)
            raise
        report = self._read_report(validation is not None)
        if self.verbose:
            self._print_end(report, incremental)
        if report["stop"] == "diverged":
            self._record_divergence(report, validation is not None)
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

    def _train(self, training, validation, incremental, score):
        optimizer = self._optimizer
        options = _settings.training_options(self, optimizer, validation is not None)
        if not hasattr(self, "validation_scores_"):
            self._reset_scores(validation is not None)
        core = optimizer._training
        if core is None or optimizer._network is not self._network:
            core = _core.Training(self._network.core, options)
            optimizer.bind(core, self._network, options)
        elif options != optimizer._options:
            core.configure(options)
            optimizer._options = options
        optimizer.put_state(self._state())
        self.n_iter_ = 0
        with stream(self._random_state) as random:
            if incremental:
                core.epoch(*training, random, _may_interrupt())
                return
            with progress_bar(self) as bar:
                core.run(
                    *training,
                    validation,
                    random,
                    self._watcher(bar),
                    _may_interrupt(),
                    _settings.checkpoint_options(self),
                    score,
                )

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
            self._note_validation_losses(report)
            self.best_validation_score_ = report["best_validation_score"]
        else:
            self.best_loss_ = report["best_loss"]
        optimizer.take_state(report, self._state())
        return report

    def _note_validation_losses(self, report):
        """An epoch that diverged has a score, NaN, and no loss. Those of a checkpoint that was
        resumed, or of an older version's pickle, have scores alone."""
        losses = report["validation_losses"]
        curve = self.__dict__.setdefault("validation_loss_curve_", [])
        gap = [np.nan] * max(0, len(self.validation_scores_) - len(curve) - len(losses))
        curve += losses + gap if report["stop"] == "diverged" else gap + losses

    def _record_divergence(self, report, validated):
        """Record what scikit-learn would: it computes on with NaN until `max_iter`, and is
        left with the best network it has seen, or with an error."""
        if not validated:
            self._raise_not_finite()
        missing = self.max_iter - self.n_iter_
        self.loss_curve_ += [np.nan] * missing
        self.validation_scores_ += [np.nan] * missing
        self.validation_loss_curve_ += [np.nan] * missing
        self.n_iter_ = self.max_iter
        self._warn_not_converged()

    # what is said while it trains

    def _stalled(self):
        if self._scores_validation:
            what = "Validation score did not improve more than tol=%f for %d consecutive epochs."
        else:
            what = "Training loss did not improve more than tol=%f for %d consecutive epochs."
        return what % (self.tol, self.n_iter_no_change)

    def _watcher(self, bar):
        """The function the library calls after each epoch, or None when nobody listens."""
        if not self.verbose and self.callback is None and bar is None:
            return None
        rate = self._optimizer.learning_rate

        def after_epoch(*told):
            nonlocal rate
            progress = Progress(*told)
            self.n_iter_, self.loss_ = progress.epoch, progress.loss
            show(bar, progress)
            if self.verbose:
                self._print_epoch(progress)
                if self.solver == "sgd" and self.learning_rate == "adaptive":
                    if progress.learning_rate < rate:
                        print(
                            self._stalled()
                            + " Setting learning rate to %f" % progress.learning_rate
                        )
                    rate = progress.learning_rate
            return self.callback is not None and self.callback(self, progress)

        return after_epoch

    def _score_function(self, validation):
        """What the library calls for the score of the validation samples, or None for its own."""
        if self.scoring is None:
            return None
        scorer = check_scoring(self, scoring=self.scoring)
        X, y, weights = validation
        if is_classifier(self):
            y = self._labels(y)
        y = y.ravel() if y.ndim == 2 and y.shape[1] == 1 else y
        more = {} if weights is None else {"sample_weight": weights}

        def score():
            with warnings.catch_warnings():  # X is an array by now, whatever it was
                warnings.filterwarnings("ignore", "X does not have valid feature names")
                return float(scorer(self, X, y, **more))

        return score

    def _print_epoch(self, progress):
        print("Iteration %d, loss = %.8f" % (progress.epoch, progress.loss))
        if self._scores_validation:
            print("Validation score: %f" % progress.validation_score)

    def _print_end(self, report, incremental):
        if incremental and report["loss_curve"]:
            print("Iteration %d, loss = %.8f" % (self.n_iter_, self.loss_))
        if report["stop"] == "converged":
            slow = self.solver == "sgd" and self.learning_rate == "adaptive"
            print(
                self._stalled() + (" Learning rate too small. Stopping." if slow else " Stopping.")
            )

    # lbfgs

    def _lbfgs_watcher(self, bar):
        """The function the library calls after each iteration, or None when nobody listens."""
        if not self.verbose and self.callback is None and bar is None:
            return None

        def after_iteration(*told):
            progress = Progress(*told)
            show(bar, progress)
            if self.verbose:
                print("Iteration %d, loss = %.8f" % (progress.epoch, progress.loss))
            return self.callback is not None and self.callback(self, progress)

        return after_iteration

    def _fit_lbfgs(self, X, y, sample_weight):
        training = _core.Training(self._network.core, _settings.training_options(self))
        samples = self._samples(X, y, sample_weight)
        with stream(self._random_state) as random, progress_bar(self) as bar:
            hook, keep = self._lbfgs_watcher(bar), _settings.checkpoint_options(self)
            training.run(*samples, None, random, hook, _may_interrupt(), keep)
        report = training.report(0, 0)
        self.stopped_ = report["stop"]
        self._iteration_losses = report["loss_curve"]
        if report["stop"] == "diverged":
            self._raise_not_finite()
        message = self._limit_reached(report)
        result = OptimizeResult(
            nit=report["epochs"], status=0 if message is None else 1, message=message
        )
        self.n_iter_ = _check_optimize_result("lbfgs", result, self.max_iter)
        self.loss_ = report["loss"]

    def _limit_reached(self, report):
        """What ended lbfgs before it had converged, in SciPy's words where it has them; or None."""
        if report["stop"] == "seconds":
            return "STOP: THE TIME ALLOWED IS OVER"
        if report["stop"] != "epochs":
            return None
        if report["epochs"] >= self.max_iter:
            return "STOP: TOTAL NO. OF ITERATIONS REACHED LIMIT"
        return "STOP: TOTAL NO. OF F,G EVALUATIONS EXCEEDS LIMIT"

    def _loss_grad_lbfgs(self, packed, X, y, sample_weight=None, *_):
        """Loss and gradient at parameters packed in scikit-learn's order: weights, then biases."""
        net = self._bound()
        self._adopt(net)
        self._unpack(packed)
        into = net.block()
        options = _settings.training_options(self)
        loss = net.core.gradient(*self._samples(X, y, sample_weight), into, options)
        coefs, intercepts = views(into, net.layout)
        return loss, np.concatenate([g.ravel() for g in coefs + intercepts])

    def _unpack(self, packed):
        start = 0
        for array in [*self.coefs_, *self.intercepts_]:
            array[...] = packed[start : start + array.size].reshape(array.shape)
            start += array.size
