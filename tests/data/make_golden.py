"""Writes expected_golden.h: what the models of format-1 predict, by NumPy from the numbers in the files."""
import json
import pathlib

import numpy as np
from safetensors import safe_open

here = pathlib.Path(__file__).parent
lines = ["/* Written by make_golden.py: predictions by NumPy. */"]
x = np.array([[0.1, 0.9], [0.5, -0.5], [3, 2]])
places = np.array([[row, column] for row in range(6) for column in range(6)], dtype=float)
for name in ("regressor", "scaled", "classifier", "painting"):
    with safe_open(here / "format-1" / name, "np") as file:
        settings = json.loads(file.metadata()["pensel"])
        tensors = {key: file.get_tensor(key).astype(float) for key in file.keys()}
    a = places if name == "painting" else x
    if "inputs.offset" in tensors:
        a = (a - tensors["inputs.offset"]) / tensors["inputs.scale"]
    for l, layer in enumerate(settings["network"]["layers"]):
        z = a @ tensors[f"layers.{l}.weight"].T + tensors[f"layers.{l}.bias"]
        if layer["activation"] == "leaky-relu":
            a = np.maximum(z, layer["parameter"] * z)
        elif layer["activation"] == "softmax":
            a = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
        elif layer["activation"] == "relu":
            a = np.maximum(z, 0)
        else:
            a = z
    if "targets.offset" in tensors:
        a = a * tensors["targets.scale"] + tensors["targets.offset"]
    if name == "painting":
        a = np.clip(a, 0, 1)
    numbers = ", ".join(repr(v) for v in a.ravel().tolist())
    lines.append(f"static const double golden_{name}[] = {{{numbers}}};")
(here / "expected_golden.h").write_text("\n".join(lines) + "\n")
