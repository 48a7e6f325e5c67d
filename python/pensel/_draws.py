"""Monte Carlo dropout: predictions of thinned networks, whose spread is the network's doubt."""

from numbers import Integral

import numpy as np
from sklearn.utils import check_random_state
from sklearn.utils.validation import validate_data

from pensel import _settings
from pensel._network import dense, plain


class Draws:
    """The part of an estimator that predicts with dropout on."""

    def predict_draws(self, X, n_draws=100, random_state=None):
        """Predictions with dropout on, again and again (Monte Carlo dropout).

        Each draw silences `dropout` of the hidden neurons, as training does, and those of layers of
        dropout; for each sample others. The mean over the draws is a prediction, their quantiles
        say how sure the network is of it (Gal and Ghahramani, 2016).

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
        n_draws : int, default=100
        random_state : int, RandomState instance or None, default=None
            The same seed drops the same neurons.

        Returns
        -------
        draws : ndarray of shape (n_draws, n_samples) or (n_draws, n_samples, n_outputs)
            What `predict` returns; of a classifier (n_draws, n_samples, n_classes), what
            `predict_proba` returns.
        """
        self._check_fitted()
        if not isinstance(n_draws, Integral) or n_draws < 1:
            raise ValueError(f"n_draws is {n_draws!r}: a whole number from 1 on is needed")
        X = validate_data(self, X, accept_sparse=["csr", "csc"], reset=False)
        net = self._bound()
        X = plain(self._scaled_inputs(dense(X)), net.dtype)
        high, low = check_random_state(random_state).randint(0, 2**32, 2, dtype=np.uint64)
        y = np.empty((n_draws * len(X), net.outputs), net.dtype)
        threads = _settings.threads(self.n_threads)
        seed = int(high) << 32 | int(low)
        net.core.draws(X, y, float(self.dropout), seed, int(n_draws), threads)
        y = self._meaning(self._unscaled(y))
        return y.reshape(n_draws, len(X), *y.shape[1:])
