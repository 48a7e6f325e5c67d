"""Inputs and targets in other units for the network than for its user: part of the estimator, as it
is of the library's."""

import numpy as np
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from pensel._network import dense

SCALERS = {"none": lambda: None, "standard": StandardScaler, "minmax": MinMaxScaler}


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

    def _scaled_inputs(self, X):
        scaler = self.__dict__.get("input_scaler_")
        return X if scaler is None else scaler.transform(np.asarray(X, np.float64))

    def _scaled_targets(self, y):
        scaler = self.__dict__.get("target_scaler_")
        return y if scaler is None else scaler.transform(np.asarray(y, np.float64))

    def _unscaled(self, y):
        scaler = self.__dict__.get("target_scaler_")
        return y if scaler is None else scaler.inverse_transform(y)
