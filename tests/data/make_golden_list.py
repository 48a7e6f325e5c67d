"""Writes expected_golden_list.h: what format-2/list predicts, by NumPy from the numbers in the file. It was made by

    pensel fit plane.csv --target z --precision float64 --seed 4 --epochs 30 --learning-rate-init 0.02 --layers \\
        "dense:5:leaky-relu:0.3, layer-norm, residual(dense:4:tanh, dense:5), scale"
"""
import json
import pathlib
import struct

import numpy as np

here = pathlib.Path(__file__).parent
data = (here / "format-2" / "list").read_bytes()
size = struct.unpack("<Q", data[:8])[0]
head = json.loads(data[8 : 8 + size])


def tensor(name):
    part = head[name]
    begin, end = part["data_offsets"]
    return np.frombuffer(data[8 + size + begin : 8 + size + end]).reshape(part["shape"])


def dense(a, layer):
    return a @ tensor(f"layers.{layer}.weight").T + tensor(f"layers.{layer}.bias")


x = np.array([[0.1, 0.9], [0.5, -0.5], [3, 2]])
z = dense(x, 0)
a = np.where(z > 0, z, 0.3 * z)
mean, variance = a.mean(axis=1, keepdims=True), a.var(axis=1, keepdims=True)
a = tensor("layers.1.gain") * (a - mean) / np.sqrt(variance + 1e-5) + tensor("layers.1.shift")
a = a + dense(np.tanh(dense(a, 3)), 4)
a = a * tensor("layers.6.scale")
numbers = ", ".join(repr(v) for v in dense(a, 7).ravel().tolist())
(here / "expected_golden_list.h").write_text(
    "/* Written by make_golden_list.py: predictions by NumPy. */\n"
    f"static const double golden_list[] = {{{numbers}}};\n"
)
