"""The activation functions on their own, and a description of the machine."""

from collections import namedtuple

import numpy as np

from pensel import _core, _threads

Activation = namedtuple("Activation", "name formula derivative range parameter")
Machine = namedtuple("Machine", "isa threads")


def activations():
    """Every activation there is.

    Returns
    -------
    list of Activation
        name, formula, derivative and range as text, and the parameter's default or None.
    """
    return [
        Activation(name.replace("-", "_"), formula, derivative, span, p if has_parameter else None)
        for name, formula, derivative, span, p, has_parameter, _ in _core.activations()
    ]


def activation(name, z, parameter=None):
    """An activation and its derivative, by the kernels that networks use.

    Parameters
    ----------
    name : str
        Such as 'leaky_relu'.
    z : array-like of any shape
    parameter : float, default=None
        None takes the function's default.

    Returns
    -------
    value, derivative : ndarray of z's shape
    """
    defaults = {known: p for known, _, _, _, p, _, _ in _core.activations()}
    name = name.replace("_", "-")
    z = np.asarray(z, dtype=float)
    flat = np.ascontiguousarray(z.ravel())
    value, derivative = np.empty_like(flat), np.empty_like(flat)
    p = defaults.get(name, 0.0) if parameter is None else float(parameter)
    _core.apply(name, p, flat, value, derivative)
    return value.reshape(z.shape), derivative.reshape(z.shape)


def machine():
    """Instruction set and number of threads that are used here.

    Returns
    -------
    Machine
        isa : str, threads : int
    """
    return Machine(_core.machine()[0], _threads.used())
