"""Predicts with a model that `pensel export` wrote as .json or .npz, in NumPy alone.

    python predict_any.py MODEL.json 5.1,3.5,1.4,0.2      a row of inputs, or of a table's columns
"""

import ast
import json
import sys
from math import erfc

import numpy as np


def softmax(z):
    powers = np.exp(z - z.max(1, keepdims=True))
    return powers / powers.sum(1, keepdims=True)


# What the formulas of activations are made of, a part of Python: src/export/formula.h
FUNCTIONS = {"where": np.where, "max": np.maximum, "min": np.minimum, "erfc": np.vectorize(erfc, otypes=[float]),
             "logistic": lambda z: 1 / (1 + np.exp(-z)), "softmax": softmax}
FUNCTIONS |= {name: getattr(np, name) for name in "abs sqrt exp expm1 log log1p sin cos tanh".split()} | {"atan": np.arctan}
ALLOWED = (ast.Expression, ast.BinOp, ast.UnaryOp, ast.Call, ast.Name, ast.Load, ast.Constant, ast.Compare, ast.Add, ast.Sub,
           ast.Mult, ast.Div, ast.USub, ast.Lt, ast.Gt)


def activate(model, o, z):
    """f(z), whose formula comes with the model: nothing but arithmetic in it is evaluated."""
    tree = ast.parse(model["formulas"][o["f"]], mode="eval")
    if not all(isinstance(node, ALLOWED) for node in ast.walk(tree)):
        raise ValueError("the formula of " + o["f"] + " is not one of numbers alone")
    with np.errstate(all="ignore"):  # of `where`, both sides are computed
        return eval(compile(tree, o["f"], "eval"), {"__builtins__": {}}, FUNCTIONS | {"z": z, "p": o["parameter"]})


def affine(model, o, a):
    z = np.einsum("ngi,goi->ngo", a.reshape(len(a), o["groups"], o["in"]), o["w"].reshape(o["groups"], -1, o["in"]))
    return activate(model, o, z.reshape(len(a), -1) + o["c"])


def lookup(o, a):
    table = o["w"].reshape(-1, o["width"])
    known = (a[:, 0] >= 0) & (a[:, 0] < len(table)) & (a[:, 0] == np.floor(a[:, 0]))
    return table[np.where(known, a[:, 0], 0).astype(int)]


def robust(o, a):
    with np.errstate(all="ignore"):
        u = np.clip((a - o["low"]) / (o["high"] or np.inf), -1e150, 1e150)
    return np.nan_to_num(u / np.sqrt(1 + u * u / 9))


def category(o, a):
    keys = o["texts"] if "texts" in o else o["w"].tolist()
    return np.array([[keys.index(v) + 1.0 if v in keys else 0.0] for v in a[:, 0].tolist()])


def date(o, a):
    day = np.array([np.datetime64(0, "s") + np.timedelta64(int(s // 86400 * 86400), "s") for s in np.nan_to_num(a[:, 0])])
    first, last = day.astype("M8[Y]").astype("M8[D]"), (day.astype("M8[Y]") + 1).astype("M8[D]")
    days = (day.astype("M8[D]") - first) / (last - first), (day.astype("M8[D]").astype(int) + 3) % 7 / 7
    parts = np.stack([day.astype("M8[Y]").astype(int) + 1970.0, *days, a[:, 0] % 86400 / 86400], 1)
    return np.where(np.isnan(a), np.nan, parts)


def temper(o, z):
    z = z * o["parameter"]
    return FUNCTIONS["softmax" if o["width"] > 1 else "logistic"](z)


def grid(o, x):
    n, width, periodic, cells = o["in"], o["width"], o["periodic"], o["cells"]
    primes = np.array([1, 2654435761, 805459861, 3674653429, 2097192037, 1434869437], np.uint64)
    u = np.clip(np.float32(x) * np.float32(cells), 0, cells)
    cell, side, table = np.minimum(np.floor(u), cells - 1), cells + (not periodic), o["w"].reshape(-1, width)
    y = np.zeros((len(x), width))
    for bits in np.ndindex(*[2] * n):
        node = cell.astype(np.uint64) + np.array(bits, np.uint64)
        node = np.where(node == side, 0, node).astype(np.uint64)
        entry = (node * np.array([side**i for i in range(n)], np.uint64)).sum(1) if o["dense"] else (
            np.bitwise_xor.reduce(node * primes[:n], axis=1) & np.uint64(len(table) - 1))
        y += np.where(bits, u - cell, 1 - (u - cell)).prod(1)[:, None] * table[entry.astype(int)]
    return y


OPERATIONS = {
    "multiply": lambda o, a: a * o["c"],
    "offset": lambda o, a: a + o["c"], "pick": lambda o, a: a[:, o["index"]], "lookup": lookup, "grid": grid,
    "normalise": lambda o, a: (a - a.mean(1, keepdims=True)) / np.sqrt(a.var(1, keepdims=True) + o["parameter"]),
    "scale": lambda o, a: (a - o["c"]) / o["w"], "robust": robust, "missing": lambda o, a: np.isnan(a) * 1.0,
    "unscale": lambda o, a: np.clip(a * o["w"] + o["c"], o.get("low", -np.inf), o.get("high", np.inf)),
    "category": category, "date": date, "temper": temper, "pair": lambda o, a: np.hstack([1 - a, a]),
    "circle": lambda o, a: np.nan_to_num(np.hstack([np.sin(2 * np.pi * a), np.cos(2 * np.pi * a)])),
}


def load(path):
    if path.endswith(".json"):
        with open(path, encoding="utf-8") as file:
            model = json.load(file)
        arrays = {f"{k}{i}": np.array(o[k]) for i, o in enumerate(model["operations"]) for k in "wc" if k in o}
    else:
        arrays = dict(np.load(path))
        model = json.loads(arrays["model"].tobytes())
    for i, o in enumerate(model["operations"]):
        o.update({k: arrays[f"{k}{i}"] for k in "wc" if f"{k}{i}" in arrays})
    return model


def predict(model, inputs):
    """Outputs (rows, outputs): numbers or probabilities. inputs: a list of arrays (rows, width), in the order of
    model["inputs"]."""
    values = []
    for o in model["operations"]:
        if o["do"] == "input":
            values.append(np.asarray(inputs[o["column"]]))
        elif o["do"] == "join":
            values.append(np.hstack([values[i] for i in o["index"]]))
        elif o["do"] == "mix":
            values.append(sum(w * values[i] for w, i in zip(o["w"], o["index"], strict=True)))
        elif o["do"] in ("add", "subtract"):
            values.append(values[o["a"]] + values[o["b"]] * (1 if o["do"] == "add" else -1))
        elif o["do"] in ("affine", "activate"):
            values.append((affine if o["do"] == "affine" else activate)(model, o, values[o["a"]]))
        elif o["do"] in OPERATIONS:
            values.append(OPERATIONS[o["do"]](o, values[o["a"]]))
        else:
            raise NotImplementedError(o["do"])
    return values[model["output"]]


def main():
    model, fields = load(sys.argv[1]), sys.argv[2].split(",")
    texts = [value["form"] == "text" for value in model["inputs"]]
    if model["inputs"][0]["form"] == "numbers":
        inputs = [np.array([fields], float)]
    else:
        inputs = [np.array([[f if text else float(f or "nan")]]) for f, text in zip(fields, texts, strict=True)]
    y = predict(model, inputs)[0]
    print(*(f"{name} {value:.6g}" for name, value in zip(model.get("labels", [""] * len(y)), y, strict=True)), sep="\n")


if __name__ == "__main__":
    main()
