"""MLPRegressor."""

from numbers import Real

import numpy as np
from sklearn.base import RegressorMixin, _fit_context
from sklearn.utils import column_or_1d
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import validate_data

from pensel import _settings
from pensel._docs import documented
from pensel._estimator import _FLOATS, BaseNetworkEstimator
from pensel._files import of_task
from pensel._network import plain
from pensel._fast_epoch import fast_first


@of_task("regression")
@_settings.complete
@documented
class MLPRegressor(RegressorMixin, BaseNetworkEstimator):
    """Regression by a network of layers of neurons.

    A drop-in for scikit-learn's estimator of this name: the same parameters, attributes, messages
    and, with the same seed, the same network; and more to choose from.

    Parameters
    ----------
    loss : str, default='squared_error'
        What training makes small, one of
        {losses};
        half the 'squared_error'; with 'poisson' half the deviance, outputs are exponentials, and
        y >= 0; 'huber' has a `huber_delta`, 'quantile' a `quantile`.

    {parameters}

    out_activation : str, default=None
        Activation of the output layer. None: identity, or exponential with the poisson loss.

    huber_delta : float, default=1.0
        Error, in units of y (as it is scaled), from which Huber's loss grows linearly.

    quantile : float, default=0.5
        Of the 'quantile' loss: the share of the targets that shall lie below the predictions.

    scale_targets : {'none', 'standard', 'minmax'}, default='none'
        As `scale_inputs`, of y; predictions are in y's own units, losses are not.

    {extras}

    Attributes
    ----------
    {attributes}

    See Also
    --------
    MLPClassifier : The same for classes.

    Examples
    --------
    >>> import numpy as np
    >>> from pensel import MLPRegressor
    >>> x = np.linspace(-1, 1, 200).reshape(-1, 1)
    >>> wave = MLPRegressor(hidden_layer_sizes=50, activation="tanh", solver="lbfgs",
    ...                     random_state=1, max_iter=2000)
    >>> wave = wave.fit(x, np.sin(3 * x[:, 0]))
    >>> bool(wave.score(x, np.sin(3 * x[:, 0])) > 0.999)
    True
    """

    _parameter_constraints: dict = {
        **BaseNetworkEstimator._parameter_constraints,
        "loss": [StrOptions(_settings.LOSSES)],
        "out_activation": [None, StrOptions(_settings.TRAINABLE)],
        "huber_delta": [Interval(Real, 0, None, closed="neither")],
        "quantile": [Interval(Real, 0, 1, closed="neither")],
        "scale_targets": [StrOptions({"none", "standard", "minmax"})],
    }

    def __init__(
        self,
        loss="squared_error",
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
        out_activation=None,
        huber_delta=1.0,
        quantile=0.5,
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
        scale_targets="none",
        checkpoint=None,
        checkpoint_every=30.0,
        resume=None,
        n_threads=None,
    ):
        _settings.keep(self, locals())

    def _output_activation(self):
        if self.out_activation is not None:
            return self.out_activation
        return "exp" if self.loss == "poisson" else "identity"

    def _validate_input(self, X, y, incremental, reset):
        X, y = validate_data(
            self,
            X,
            y,
            accept_sparse=["csr", "csc"],
            multi_output=True,
            y_numeric=True,
            dtype=_FLOATS,
            reset=reset,
        )
        if y.ndim == 2 and y.shape[1] == 1:
            y = column_or_1d(y, warn=True)
        return X, y, None

    def _validate_held_out(self, X, y, sample_weight):
        X, y, _ = self._validate_input(X, y, True, reset=False)
        return X, y, sample_weight

    def predict(self, X):
        """Numbers for new samples.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)

        Returns
        -------
        y : ndarray of shape (n_samples,) or (n_samples, n_outputs)
            In the units y had in `fit`.
        """
        self._check_fitted()
        return self._predict(X)

    def _predict(self, X, check_input=True):
        return self._meaning(self._forward_pass_fast(X, check_input))

    def _meaning(self, outputs):
        return outputs.ravel() if outputs.shape[1] == 1 else outputs

    def _plain_targets(self, y, classes, dtype):
        """y as the library takes it, or None."""
        if classes is not None or type(y) is not np.ndarray or y.dtype.kind not in "fiu":
            return None
        if y.shape[1:] != ((self.n_outputs_,) if self.n_outputs_ > 1 else ()):
            return None
        return plain(y, dtype).reshape(-1, self.n_outputs_)

    @classmethod
    def _parameters_from(cls, shape, options, training, known):
        found = super()._parameters_from(shape, options, training, known)
        output = shape[1][-1][1].replace("-", "_")
        usual = "exponential" if found["loss"] == "poisson" else "identity"
        return found | {"out_activation": None if output == usual else output}

    def _take_known(self, targets, options, known):
        super()._take_known(targets, options, known)
        self.out_activation_ = self._output_activation()

    @available_if(lambda est: est._check_solver())
    @fast_first
    @_fit_context(prefer_skip_nested_validation=True)
    def partial_fit(self, X, y, sample_weight=None):
        """One epoch over the samples, going on from the network as it is.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
        sample_weight : array-like of shape (n_samples,), default=None

        Returns
        -------
        self : object
        """
        return self._fit(X, y, sample_weight=sample_weight, incremental=True)
