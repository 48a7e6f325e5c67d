#!/usr/bin/env python3
"""Arrays, tables and options by chance, handed to the Python package: strides, byte orders, types and shapes of every kind, Arrow's
tables as pyarrow and polars make them, and buffers that are no arrays. Needs pensel, pandas, polars and pyarrow.

    fuzz/python_arrays.py [SECONDS [SEED]]      SECONDS 60, SEED by the clock

What is refused is refused by an exception with a sentence; what is accepted has the same result, bit for bit, as the same numbers
in a plain array. Nothing ends the interpreter. What breaks that is printed, and the exit status is then 1.
"""

import array
import faulthandler
import random
import sys
import time
import traceback
import warnings

import numpy as np
import pandas
import polars
import pyarrow

import pensel
from pensel import _core

EXPECTED = (BufferError, ValueError, TypeError, MemoryError, RuntimeError, OSError, OverflowError, AttributeError, KeyError)
ODD = [None, True, -1, 0, 1, 2, 3, 0.5, 1e308, 1e-308, float("nan"), float("inf"), 2**31, 2**63, 2**70, "", "relu", "x", b"x", (), [], {}, (3,), (0,),
       (-1,), (2, 2), [4, "a"], {"kind": "fourier"}, "auto", 1j, object(), np.float32(0.1), np.int8(3), np.array([1, 2]), lambda *a: None]


GOOD = [{"solver": "lbfgs"}, {"solver": "sgd", "momentum": 0.5}, {"activation": "tanh"}, {"early_stopping": True}, {"dropout": 0.3}, {"batch_size": 3},
        {"precision": "bfloat16"}, {"precision": "float32"}, {"encoding": "fourier"}, {"scale_inputs": "standard"}, {"n_threads": 2}, {"shuffle": False},
        {"learning_rate": "cosine"}, {"layers": "dense:6:relu, layer-norm, dense:3:tanh"}, {"clip_norm": 1.0}, {"average": 0.9}, {"warm_start": True}]


class Draws:
    def __init__(self, seed):
        self.choice = random.Random(seed).choice
        self.uniform = random.Random(seed + 1).random
        self.numpy = np.random.default_rng(seed)

    def numbers(self, rows, columns):
        x = self.numpy.normal(size=(rows, columns))
        if self.uniform() < 0.2:
            x *= self.choice([1e-300, 1e300, 1e30, 0])
        if self.uniform() < 0.1 and x.size:
            x.flat[self.numpy.integers(x.size)] = self.choice([np.nan, np.inf, -np.inf])
        return x

    def shape(self):
        return self.choice([0, 1, 2, 3, 7, 12, 20, 25, 30, 40, 41, 60]), self.choice([0, 1, 1, 1, 2, 2, 2, 3, 3, 5])


def dressed(draw, x):
    """The same numbers in other memory."""
    how = draw.choice(["F", "stride", "reverse", "swap", "readonly", "float32", "float16", "longdouble", "object", "list", "offset", "broadcast",
                       "int", "bool", "subclass", "matrix", "memoryview", "cdata"])
    if how == "F":
        return np.asfortranarray(x)
    if how == "stride":
        big = np.zeros((2 * x.shape[0] + 1, 3 * x.shape[1] + 1))
        view = big[:2 * x.shape[0]:2, :3 * x.shape[1]:3]
        view[...] = x
        return view
    if how == "reverse":
        return np.ascontiguousarray(x[::-1, ::-1])[::-1, ::-1]
    if how == "swap":
        return x.astype(x.dtype.newbyteorder())
    if how == "readonly":
        x = x.copy()
        x.flags.writeable = False
        return x
    if how == "offset":  # not aligned
        raw = np.zeros(x.nbytes + 1, np.uint8)[1:]
        view = raw.view(np.float64).reshape(x.shape) if x.size else x
        view[...] = x
        return view
    if how == "broadcast" and x.shape[0]:
        return np.broadcast_to(x[:1], x.shape)
    if how == "int":
        return np.nan_to_num(np.clip(x, -100, 100)).astype(draw.choice([np.int8, np.int64, np.uint16]))
    if how == "bool":
        return x > 0
    if how == "subclass":
        return np.ma.masked_array(x)
    if how == "matrix":
        return np.asmatrix(x)
    if how == "memoryview":
        return memoryview(np.ascontiguousarray(x)) if x.size else x
    if how == "cdata":
        return [array.array("d", row) for row in x]
    if how == "list":
        return x.tolist()
    if how == "object":
        return x.astype(object)
    if how in ("float32", "float16", "longdouble"):
        with np.errstate(all="ignore"):
            return x.astype(how)
    return x


def estimators(draw):
    """fit and predict with arrays that hold the same numbers in other memory"""
    rows, columns = draw.shape()
    x, y = draw.numbers(rows, columns), draw.numbers(rows, draw.choice([1, 1, 2]))
    y = y[:, 0] if draw.uniform() < 0.7 else y
    cls = draw.choice([pensel.MLPRegressor, pensel.MLPClassifier])
    if cls is pensel.MLPClassifier:
        y = (y > 0).astype(draw.choice([int, str, bool]))
    settings = dict(hidden_layer_sizes=(4,), max_iter=2, random_state=0)
    names = sorted(cls().get_params())
    for _ in range(draw.choice([0, 0, 0, 1, 2])):
        settings.update(draw.choice([{draw.choice(names): draw.choice(ODD)}, draw.choice(GOOD)]))
    settings["max_iter"] = 2
    other = dressed(draw, x)
    model = cls(**settings).fit(other, y, sample_weight=None if draw.uniform() < 0.7 else draw.numbers(rows, 1)[:, 0])
    predicted = model.predict(other)
    plain = np.ascontiguousarray(np.asarray(other), dtype=np.asarray(other).dtype.newbyteorder("="))
    np.testing.assert_array_equal(model.predict(plain), predicted)
    model.predict(dressed(draw, draw.numbers(*draw.shape())))


def core(draw):
    """the extension itself: buffers of every kind where it wants two dimensions of floats"""
    odd = [draw.numbers(*draw.shape()), draw.numbers(3, 2).astype(np.float32), np.zeros((2, 2, 2)), np.float64(3), np.array(3.0), b"", b"12345678", bytearray(16),
           array.array("d", [1, 2]), array.array("i", [1, 2]), memoryview(b"1234").cast("i"), np.zeros((0, 0)), np.zeros(3, "S3"), np.zeros(2, [("a", "f8")]),
           np.zeros(3, np.complex128), None, 3, "text", [], (), {}, ODD, np.zeros((3, 4))[:, ::2]]
    network = _core.Network(draw.choice([1, 2, 3, 0, -1, 2**40]), ((draw.choice([1, 3, 0, -5, 2**33]), "relu", 0.0), (1, "identity", 0.0)),
                            draw.choice(["float32", "float64", "bfloat16"]), {})
    pick = lambda: draw.choice(odd)
    threads = draw.choice([0, 1, 2, -1])
    like = np.zeros(len(memoryview(network)), np.float32)
    calls = [lambda: network.predict(pick(), pick(), threads, draw.choice([True, False])),
             lambda: network.predict(np.zeros((2, 1)), draw.choice([np.zeros((2, 1)), np.zeros((2, 1), np.float32), pick()]), threads, True),
             lambda: network.predict_sparse((draw.numpy.random(3), np.array(draw.choice([[0, 0, 0], [5, -1, 0], [0, 1, 2]]), np.int32),
                                             np.array(draw.choice([[0, 3], [0, 1, 3], [3, 0, 3], [-1, 3], [0, 9, 3], [3]])), draw.choice([1, 2, 3, 0, -1])),
                                            draw.choice([np.zeros((1, 1)), np.zeros((2, 1)), np.zeros((2, 1), np.float32), pick()]), threads),
             lambda: network.draws(pick(), pick(), draw.choice([0.5, 0, 1, float("nan")]), 1, draw.choice([0, 1, 2, -1, 2**62]), threads),
             lambda: network.gradient(pick(), pick(), pick(), draw.choice([None, like, pick()]), {}),
             lambda: _core.apply("relu", 0.0, pick(), pick(), pick()),
             lambda: _core.neuron(pick(), 0.0, "relu", 0.0, pick(), pick()), lambda: _core.psnr(pick(), pick(), draw.choice([(1, 1, 3), (2, 2, 1), (-1, 2, 2), (2**40, 2**40, 3)])),
             lambda: _core.enlarge(pick(), pick(), (draw.choice([1, 2, 8, -1]), 2, draw.choice([1, 3, 9])), draw.choice([0, 1, "epx", 7]), draw.choice([0, 2, 3, 2**31]), 1),
             lambda: _core.is_drawn(pick(), (draw.choice([1, 3, -1, 2**40]), 2, 3)), lambda: _core.compact_of(pick()),
             lambda: _core.Columns([("a", draw.choice([0, 1, 2, 3, 9, -1]), pick(), draw.choice([None, ["x"], [1], []])) for _ in range(draw.choice([0, 1, 2]))]),
             lambda: _core.row(draw.choice([["a"], ["a", "b"], [], [1]]), draw.choice([[1], [None, "x"], ["\0"], [2**70, 1e308], (1,)])),
             lambda: _core.compact(pick(), (draw.choice([1, 4, 0, -1, 2**40]), 2, 3), draw.choice([8, 16, 7]), None, {}, False)]
    draw.choice(calls)()


def arrow_column(draw, rows):
    pa = pyarrow
    values = [draw.choice([None, 1.5, -2.0, 1e300]) for _ in range(rows)]
    texts = [draw.choice([None, "a", "b", "", "äö", "x" * 200, "1.5", "2024-01-02"]) for _ in range(rows)]
    made = draw.choice([
        lambda: pa.array(values), lambda: pa.array(texts), lambda: pa.array(texts, pa.large_string()), lambda: pa.array(texts).dictionary_encode(),
        lambda: pa.array([v and int(abs(v) < 1e9 and v or 3) for v in values], draw.choice([pa.int8(), pa.int64(), pa.int32()])), lambda: pa.nulls(rows),
        lambda: pa.array([v is not None for v in values]), lambda: pa.array([0, 1, None] * rows)[:rows].cast(pa.timestamp(draw.choice(["s", "ns"]))),
        lambda: pa.array([[1, 2], None] * rows)[:rows], lambda: pa.array([{"a": 1}] * rows), lambda: pa.array([b"x"] * rows), lambda: pa.array(values, pa.float32()),
        lambda: pa.array(values).cast(pa.float16()) if rows == 0 else pa.array([np.float16(1)] * rows), lambda: pa.array([0] * rows, pa.date32()),
        lambda: pa.array(texts, pa.string_view())])()
    cut = draw.choice([0, 0, 1, 3])
    return made[cut:] if cut < len(made) else made


def tables(draw):
    rows = draw.choice([0, 1, 2, 9, 30])
    columns = [arrow_column(draw, rows + 3) for _ in range(draw.choice([0, 1, 2, 3]))]
    length = min(map(len, columns), default=0)
    table = pyarrow.table({draw.choice("abc") * (i + 1): c[:length] for i, c in enumerate(columns)})
    if draw.uniform() < 0.3:
        table = pyarrow.concat_tables([table.slice(0, 1), table.slice(1)])
    form = draw.choice(["pyarrow", "polars", "pandas", "numpy"])
    given = table if form == "pyarrow" else polars.from_arrow(table) if form == "polars" else table.to_pandas() if form == "pandas" else table.to_pandas().to_numpy()
    y = draw.choice([draw.numbers(length, 1)[:, 0], ["a", "b"] * length][:2])
    y = y[:length]
    model = draw.choice([pensel.TableRegressor, pensel.TableClassifier])(max_seconds=0.2, random_state=0).fit(given, y)
    first = model.predict(given)
    if form == "pyarrow":
        np.testing.assert_array_equal(model.predict(table.combine_chunks()), first)
    model.predict(pandas.DataFrame({"a": [draw.choice(ODD)]}))


def pictures(draw):
    shape = (draw.choice([0, 1, 2, 9]), draw.choice([1, 2, 7]), draw.choice([1, 2, 3, 4, 5]))
    kind = draw.choice([np.uint8] * 3 + [np.uint16, np.float32, np.float64, bool, np.int32, object])
    picture = (draw.numpy.random(shape) * draw.choice([1, 255] if kind in (np.uint8, np.uint16) else [1, 1, 1, 255])).astype(kind)
    if draw.uniform() < 0.3:
        picture = picture[..., 0]
    if draw.uniform() < 0.3:
        picture = picture[::-1, ::2]
    names = ["psnr", "bytes", "quality", "hidden", "activation", "epochs", "exact", "parameters", "seed", "threads", "encoding", "colours", "threshold", "soft",
             "tile", "max_seconds", "batch_size", "solver", "preset"]
    settings = {draw.choice(names): draw.choice(ODD) for _ in range(draw.choice([0, 0, 0, 1, 2]))}
    if draw.uniform() < 0.5:
        settings.setdefault("hidden", (4,))
        settings.setdefault("epochs", 2)
    painting = pensel.paint(picture, **settings)
    painting.render(**{draw.choice(["size", "scale", "crop", "depth", "mix", "threads", "soft"]): draw.choice([*ODD, (3, 4), (0, 0, 2, 2), (-1, -1, 3, 3), 2.0])})


def main():
    faulthandler.enable()
    warnings.simplefilter("ignore")
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 60
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else time.time_ns() % 2**31
    print("seed", seed, flush=True)
    end = time.monotonic() + seconds
    runs = accepted = found = 0
    while time.monotonic() < end:
        draw = Draws(seed + runs)
        what = draw.choice([estimators, core, core, tables, pictures])
        print("%d %s   " % (seed + runs, what.__name__), end="\r", file=sys.stderr, flush=True)  # what ended the interpreter, if something did
        runs += 1
        faulthandler.dump_traceback_later(60, exit=True)  # which call it is that does not end
        try:
            what(draw)
            accepted += 1
        except EXPECTED as error:
            if not str(error) and not isinstance(error, MemoryError):
                found += 1
                print("not ok - seed %d, %s: %r without a sentence" % (seed + runs - 1, what.__name__, error), flush=True)
        except Exception:
            found += 1
            print("not ok - seed %d, %s:\n%s" % (seed + runs - 1, what.__name__, traceback.format_exc()), flush=True)
    print("%d calls, %d accepted, %d findings" % (runs, accepted, found))
    return found != 0


if __name__ == "__main__":
    sys.exit(main())
