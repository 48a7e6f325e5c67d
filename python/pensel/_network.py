"""The network behind an estimator, and its parameters as NumPy views."""

from contextlib import contextmanager
from operator import index

import numpy as np
import scipy.sparse

from pensel import _core


def dense(X):
    return X.toarray() if scipy.sparse.issparse(X) else X


def plain(array, dtype):
    """`array` as the library takes it: C order, aligned, native byte order."""
    return np.require(array, dtype, ["C", "A"])


def views(block, layout):
    """Weight matrices (in, out) and biases (out,) of a flat block, without copying."""
    coefs, intercepts = [], []
    for n_in, n_out, weights, biases in layout:
        coefs.append(block[weights : weights + n_in * n_out].reshape(n_out, n_in).T)
        intercepts.append(block[biases : biases + n_out])
    return coefs, intercepts


class Net:
    """A library network of float32 or float64 whose parameters NumPy can see.

    ``coefs`` and ``intercepts`` are views of the numbers the library computes with: what is written
    to one is seen by the other.

    Parameters
    ----------
    units : sequence of int
        Inputs, width of each hidden layer, outputs.
    hidden : sequence of (str, float)
        Activation and its parameter of each hidden layer.
    output : (str, float)
        The same of the output layer.
    dtype : {float32, float64}
    encoding : dict
        Options of the encoding; empty for none.
    """

    def __init__(self, units, hidden, output, dtype, encoding):
        self.dtype = np.dtype(dtype)
        activations = [*hidden, output]
        layers = tuple((index(width), *f) for width, f in zip(units[1:], activations, strict=True))
        self.core = _core.Network(units[0], layers, self.dtype == np.float64, encoding)
        self.inputs, self.outputs = units[0], units[-1]
        self.parameters = np.frombuffer(self.core, self.dtype)
        self.layout = tuple(self.core.layer(i) for i in range(len(layers)))
        coefs, intercepts = views(self.parameters, self.layout)
        self.coefs, self.intercepts = tuple(coefs), tuple(intercepts)
        self.encoding = self.parameters[sum(a.size for a in coefs + intercepts) :]

    def take(self, coefs, intercepts):
        """Copy parameters in from elsewhere, casting where it must."""
        for mine, theirs in zip(self.coefs + self.intercepts, [*coefs, *intercepts], strict=True):
            mine[...] = theirs

    def is_behind(self, coefs, intercepts):
        """Whether these lists hold this network's own views, and nothing else."""
        return _core.same(coefs, intercepts, self.coefs, self.intercepts)

    def block(self):
        """A block like the parameters, of zeros."""
        return np.zeros_like(self.parameters)


@contextmanager
def stream(random_state):
    """The numbers of a RandomState, lent to the library and given back where it stopped."""
    state = random_state.get_state(legacy=False)
    if state["bit_generator"] != "MT19937":  # another generator seeds a Mersenne Twister
        random_state = np.random.RandomState(random_state.randint(2**31 - 1))
        state = random_state.get_state(legacy=False)
    twister = state["state"]
    random = _core.Random(twister["key"], twister["pos"])
    try:
        yield random
    finally:
        key, twister["pos"] = random.state()
        twister["key"] = np.frombuffer(key, np.uint32)
        random_state.set_state(state)
