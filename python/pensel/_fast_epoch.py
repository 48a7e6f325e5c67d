"""The fast path of partial_fit: the library takes microseconds for an epoch of a few rows, and the
checks that a first call must make take a hundred times as long. So a call that finds the parameters
and the network as the last one left them, and arrays that need at most a cast, goes straight to the
library.
"""

import warnings
from functools import cache, wraps
from numbers import Integral
from operator import attrgetter, is_

import numpy as np

from pensel import _settings
from pensel._network import plain, seeded, stream
from pensel._training import _may_interrupt


@cache
def _parameters_of(cls):
    """A function from an estimator of this class to its parameters."""
    return attrgetter(*cls._get_param_names())


def fast_first(partial_fit):
    """Makes a method try the short way first."""

    @wraps(partial_fit)
    def either(self, X, y, sample_weight=None, *classes, **named):
        usual = sample_weight is None and named.keys() <= {"classes"}
        if usual and self._try_fast(X, y, *classes, **named):
            return self
        return partial_fit(self, X, y, sample_weight, *classes, **named)

    return either


class FastEpoch:
    """The part of an estimator that makes one more epoch cheap."""

    def _remember(self):
        """Called when partial_fit has gone the long way."""
        silent = not self.verbose and not self._scales()
        usual = silent and getattr(self, "class_weight", None) is None
        self._optimizer._parameters = _parameters_of(type(self))(self) if usual else None

    def _try_fast(self, X, y, classes=None):
        """One epoch the short way, or False: the long way will do it, or say what is wrong."""
        optimizer, net = self.__dict__.get("_optimizer"), self.__dict__.get("_network")
        if optimizer is None or net is None or not self._is_as_it_was(optimizer, net):
            return False
        X = self._plain_inputs(X, net)
        y = None if X is None else self._plain_targets(y, classes, net.dtype)
        if y is None or len(y) != len(X):
            return False
        optimizer.put_state(self._state())
        if isinstance(self.random_state, Integral):
            self._random_state = seeded(self._random_state, int(self.random_state))
        try:
            with stream(self._random_state) as random:
                optimizer._training.epoch(X, y, None, random, _may_interrupt())
        except KeyboardInterrupt:
            warnings.warn("Training interrupted by user.")
        except ValueError:  # numbers that are not finite
            return False
        report = self._read_report(False)
        if report["stop"] == "diverged":
            self._record_divergence(report, False)
        return True

    def _is_as_it_was(self, optimizer, net):
        then = optimizer._parameters
        return (
            then is not None
            and optimizer._network is net
            and "feature_names_in_" not in self.__dict__
            and all(map(is_, _parameters_of(type(self))(self), then))
            and self._describes(net)
            and _settings.training_options(self, optimizer) == optimizer._options
        )

    def _plain_inputs(self, X, net):
        """X as the library takes it, or None."""
        if type(X) is not np.ndarray or X.ndim != 2 or X.dtype not in (np.float64, np.float32):
            return None
        if X.shape[1] != net.inputs or not 0 < len(X) or not X.flags.c_contiguous:
            return None
        if self.batch_size != "auto" and self.batch_size > len(X):
            return None  # a warning is due
        return plain(X, net.dtype)
