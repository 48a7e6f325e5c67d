"""The network behind an estimator, and its parameters as NumPy views."""

import ctypes
from contextlib import contextmanager
from functools import lru_cache
from operator import index

import numpy as np
import scipy.sparse

from pensel import _core


def dense(X):
    return X.toarray() if scipy.sparse.issparse(X) else X


def sparse_rows(X, dtype):
    """A sparse matrix as the library takes it: values, their columns, where each row starts."""
    X = X.tocsr()
    return (
        plain(X.data, dtype),
        plain(X.indices, np.int32),
        plain(X.indptr, np.int64),
        X.shape[1],
    )


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
    """A library network whose parameters NumPy can see.

    ``coefs`` and ``intercepts`` are views of the numbers the library computes with: what is written
    to one is seen by the other.

    Parameters
    ----------
    core : pensel._core.Network
    """

    def __init__(self, core):
        self.core = core
        self.inputs, layers, precision, _ = core.shape()
        self.outputs = layers[-1][0]
        self.dtype = np.dtype("float64" if precision == "float64" else "float32")
        self.parameters = np.frombuffer(core, self.dtype)
        self.layout = tuple(core.layer(i) for i in range(len(layers)))
        coefs, intercepts = views(self.parameters, self.layout)
        self.coefs, self.intercepts = tuple(coefs), tuple(intercepts)
        # what is no layer of neurons: an encoding's numbers, or with a list of layers all there are
        dense_ones = 0 if core.list() else sum(a.size for a in coefs + intercepts)
        self.encoding = self.parameters[dense_ones:]

    @classmethod
    def new(cls, units, hidden, output, precision, encoding):
        """A network with parameters of 0.

        Parameters
        ----------
        units : sequence of int
            Inputs, width of each hidden layer, outputs.
        hidden : sequence of (str, float)
            Activation and its parameter of each hidden layer.
        output : (str, float)
            The same of the output layer.
        precision : {'float32', 'float64', 'bfloat16'}
        encoding : dict
            Options of the encoding; empty for none.
        """
        activations = [*hidden, output]
        layers = tuple((index(width), *f) for width, f in zip(units[1:], activations, strict=True))
        return cls(_core.Network(units[0], layers, precision, encoding))

    @classmethod
    def of_list(cls, inputs, layers, outputs, output, precision):
        """A network of a list of layers and an output layer, with parameters of 0."""
        text = f"{layers}, dense:{index(outputs)}:{output[0]}"
        return cls(_core.Network(inputs, text, precision))

    @property
    def takes_sparse(self):
        """Whether neurons are the first layer: sparse rows need not be made dense for them."""
        return not self.core.list() and self.core.shape()[3]["kind"] == "raw"

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


def _words(bit_generator):
    """A Mersenne Twister where it lies in memory: its 624 words, and how many are used up."""
    return (ctypes.c_uint32 * 625).from_address(bit_generator.ctypes.state_address)


def _lies_so():
    """Whether this NumPy's Mersenne Twister lies in memory as `_words` has it."""
    random_state = np.random.RandomState(1)
    random_state.random_sample(3)
    try:
        words = bytes(_words(random_state._bit_generator))
    except AttributeError:
        return False
    _, key, position, *_ = random_state.get_state()
    return words == key.tobytes() + np.uint32(position).tobytes()


_DIRECT = _lies_so()


@lru_cache(maxsize=16)
def _first_words(seed):
    random_state = np.random.RandomState(seed)  # a name: it must live while its words are read
    return bytes(_words(random_state._bit_generator))


def seeded(random_state, seed):
    """A RandomState at the start of a seed's numbers: this one, or else a new one."""
    if not _DIRECT or type(random_state._bit_generator) is not np.random.MT19937:
        return np.random.RandomState(seed)
    with random_state._bit_generator.lock:
        ctypes.memmove(_words(random_state._bit_generator), _first_words(seed), 2500)
    return random_state


@contextmanager
def stream(random_state):
    """The numbers of a RandomState, lent to the library and given back where it stopped."""
    generator = random_state._bit_generator if _DIRECT else None
    if type(generator) is not np.random.MT19937:
        with _asked(random_state) as random:
            yield random
        return
    words = _words(generator)
    random = _core.Random(bytes(words)[:-4], words[-1])
    try:
        yield random
    finally:
        key, position = random.state()
        with generator.lock:
            ctypes.memmove(words, key, len(key))
            words[-1] = position


@contextmanager
def _asked(random_state):
    """The same in the way NumPy documents, which takes many times as long."""
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
