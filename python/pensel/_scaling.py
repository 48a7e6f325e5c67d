"""Scaling of inputs and targets: part of the estimator, as in the library, with the same
arithmetic.
"""

import numpy as np
import scipy.sparse
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from pensel._network import dense

SCALERS = {"none": lambda: None, "standard": StandardScaler, "minmax": MinMaxScaler}


def offset_and_scale(scaler):
    """What the library's scaled = (x - offset) / scale needs, of one of scikit-learn's scalers."""
    if isinstance(scaler, StandardScaler):
        return scaler.mean_, scaler.scale_
    # a column that does not vary is only shifted
    return scaler.data_min_, np.where(scaler.scale_ == 1, 1.0, scaler.data_range_)


def scaling_of(scaler):
    """What the library calls the kind of this scaler, or of None."""
    if scaler is None:
        return "none"
    return "standard" if isinstance(scaler, StandardScaler) else "minmax"


def scaler_of(how, offset, scale):
    """The scaler of these numbers, or None."""
    scaler = SCALERS[how]()
    if scaler is None:
        return None
    offset, scale = np.asarray(offset), np.asarray(scale)
    scaler.n_features_in_ = len(offset)
    scaler.scale_ = scale
    if how == "standard":
        scaler.mean_, scaler.var_ = offset, scale**2
    else:
        scaler.data_min_, scaler.data_range_, scaler.data_max_ = offset, scale, offset + scale
        scaler.scale_ = 1 / scale
        scaler.min_ = -offset * scaler.scale_
    return scaler


class Scales:
    """The part of an estimator that knows scikit-learn's scalers of its inputs and targets."""

    def _learn_scales(self, X, y):
        self.input_scaler_ = SCALERS[self.scale_inputs]()
        self.target_scaler_ = SCALERS[getattr(self, "scale_targets", "none")]()
        if self.target_scaler_ is not None and self.loss == "poisson":
            raise ValueError("targets of the poisson loss are counts: scale_targets is 'none'")
        if self.input_scaler_ is not None:
            self.input_scaler_.fit(np.asarray(dense(X), np.float64))
        if self.target_scaler_ is not None:
            self.target_scaler_.fit(np.asarray(y, np.float64))

    def _scales(self):
        """Whether there is anything to scale."""
        found = self.__dict__.get
        return not (found("input_scaler_") is None and found("target_scaler_") is None)

    def _stays_sparse(self, X, net):
        """Whether X is sparse, and goes into this network as it is."""
        scaled = self.__dict__.get("input_scaler_") is not None
        return scipy.sparse.issparse(X) and not scaled and net.takes_sparse

    def _scaled_inputs(self, X):
        return _scaled(self.__dict__.get("input_scaler_"), X)

    def _scaled_targets(self, y):
        return _scaled(self.__dict__.get("target_scaler_"), y)

    def _unscaled(self, y):
        scaler = self.__dict__.get("target_scaler_")
        if scaler is None:
            return y
        offset, scale = offset_and_scale(scaler)
        return y.astype(np.float64) * scale + offset


def _scaled(scaler, numbers):
    if scaler is None:
        return numbers
    offset, scale = offset_and_scale(scaler)
    return (np.asarray(numbers, np.float64) - offset) / scale
