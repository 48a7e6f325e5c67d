"""One neuron."""

import numpy as np

from pensel import _core

_DEFAULTS = {name: parameter for name, _, _, _, parameter, _, _ in _core.activations()}


class Neuron:
    """Inputs times weights, summed, plus a bias, through an activation.

    Parameters
    ----------
    n_inputs : int
        Numbers it takes.
    bias : float, default=0.0
    weights : sequence of float of length n_inputs, default=None
        None draws them uniformly from [0, 1) by `numpy.random`, so `numpy.random.seed` decides.
    activation : str, default='leaky_relu'
    parameter : float, default=None
        Of the activation; None takes its default, such as 0.1 for the slope of leaky ReLU.

    Attributes
    ----------
    ws : ndarray of shape (n_inputs,)
        The weights, also called `weights`.
    b : float
        The bias, also called `bias`.

    Examples
    --------
    >>> from pensel import Neuron
    >>> neuron = Neuron(n_inputs=3, bias=-0.1, weights=[0.7, 0.6, 1.4])
    >>> round(neuron([1.0, 0.5, -1.0]), 6)
    -0.05
    """

    def __init__(
        self, n_inputs, bias=0.0, weights=None, *, activation="leaky_relu", parameter=None
    ):
        self.activation = activation.replace("_", "-")
        if self.activation not in _DEFAULTS:
            raise ValueError(f"activation {activation!r}: one of {sorted(_DEFAULTS)} is needed")
        self.parameter = _DEFAULTS[self.activation] if parameter is None else float(parameter)
        self.b = bias
        self.ws = np.random.rand(n_inputs) if weights is None else np.array(weights, dtype=float)
        if self.ws.shape != (n_inputs,):
            raise ValueError(f"{self.ws.size} weights for {n_inputs} inputs: one each is needed")

    @property
    def weights(self):
        return self.ws

    @property
    def bias(self):
        return self.b

    def run(self, inputs):
        """The neuron's output.

        Parameters
        ----------
        inputs : sequence of float of length n_inputs

        Returns
        -------
        float
        """
        return self.steps(inputs)["output"]

    __call__ = run

    def steps(self, inputs):
        """All that happens on the way to the output.

        Parameters
        ----------
        inputs : sequence of float of length n_inputs

        Returns
        -------
        dict
            products (n_inputs,), sum, bias, z = sum + bias, and output.
        """
        weights = np.ascontiguousarray(self.ws, dtype=float)
        x = np.ascontiguousarray(inputs, dtype=float)
        products = np.empty_like(weights)
        output, z = _core.neuron(weights, self.b, self.activation, self.parameter, x, products)
        return {"products": products, "sum": z - self.b, "bias": self.b, "z": z, "output": output}

    def __repr__(self):
        return f"Neuron(n_inputs={len(self.ws)}, bias={self.b}, weights={self.ws.tolist()})"
