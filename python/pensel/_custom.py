"""Activations of one's own, which networks have as layers: layers="dense:64, custom:NAME"."""

import ctypes
import threading

import numpy as np

from pensel import _core

_lock = threading.Lock()
_kept = []  # compiled functions, whose code must stay


def register_activation(name, function, slope=None):
    """Make a function an activation, for networks that are made or loaded from now on.

    It is a layer behind neurons: ``layers="dense:64, custom:NAME, dense:64, custom:NAME"``.

    Parameters
    ----------
    name : str
        Letters, digits, '-', '_' and '.'. A name may be registered again; models that are there
        already keep the function they were made with.
    function : callable, or a compiled function
        ``function(z) -> f(z)``, both arrays of float64 with one number for each. Several threads may call it,
        64 numbers at most at a time, and what it makes of a number must not depend on the others.
        Or a function of ctypes, of numba's ``cfunc``, or an address as int, of this signature in C:
        ``void (double *value, double *slope, const double *z, size_t count, void *unused)``, where
        value and slope may be NULL. It is many times as fast: Python's are called once for each 64
        numbers.
    slope : callable, default=None
        ``slope(z) -> f'(z)``, of Python's function.

    See Also
    --------
    MLPRegressor.save : A file has the activation's name alone, so whoever loads it registers it first, and
        so does a process that unpickles. No kind of `export` takes such a model.

    Examples
    --------
    >>> import numpy as np, pensel
    >>> pensel.register_activation(
    ...     "snake", lambda z: z + np.sin(z) ** 2, lambda z: 1 + np.sin(2 * z)
    ... )
    >>> x = np.linspace(-3, 3, 200)[:, None]
    >>> model = pensel.MLPRegressor(layers="dense:16, custom:snake", random_state=0, max_iter=500)
    >>> bool(model.fit(x, np.sin(3 * x[:, 0])).score(x, np.sin(3 * x[:, 0])) > 0.9)
    True
    """
    address = _address(function)
    if address is not None and slope is not None:
        raise TypeError("slope has no effect: a compiled function gives both")
    if address is None and not (callable(function) and callable(slope)):
        raise TypeError("a function and its slope are needed, or a compiled function that gives both")
    given = _asking(name, function, slope) if address is None else address
    if address is None:
        for slopes in (False, True):  # what it cannot do is an error here, not in a training
            given(slopes, np.linspace(-2, 2, 9).tobytes())
    with _lock:
        _core.register_activation(name, given)
        _kept.append(function)


def _address(function):
    """Of a compiled function; None: it is none."""
    if isinstance(function, int):
        return function
    if isinstance(function, ctypes._CFuncPtr):
        return ctypes.cast(function, ctypes.c_void_p).value
    address = getattr(function, "address", None)  # numba's
    return address if isinstance(address, int) else None


def _asking(name, function, slope):
    """Function and slope as the core calls them: (whether slopes are wanted, bytes) -> float64."""

    def ask(slopes, z):
        z = np.frombuffer(z)
        own = np.ascontiguousarray((slope if slopes else function)(z), dtype=np.float64)
        if own.shape != z.shape:
            what = "slope" if slopes else "function"
            raise ValueError(
                f"the {what} of activation {name} gave the shape {own.shape} for {z.shape}: one "
                "number for each is needed"
            )
        return own

    return ask
