#!/usr/bin/env python3
"""Exports: what `pensel export` writes is run by other programs, and gives what `pensel predict` gives.

Models of every kind of layer, of every activation and of every kind of outputs are fitted to tables that
are made here, exported, and run on 1,000 other rows. Prints TAP.

Usage: export_check.py PENSEL FOLDER
"""

import csv
import importlib.util
import io
import itertools
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

import export_c
import export_page
import numpy as np
import onnx
import onnxruntime
import PIL.Image

PENSEL = str(pathlib.Path(sys.argv[1]).resolve())
FOLDER = pathlib.Path(sys.argv[2])
ROWS, INPUTS = 1000, 3
# Of the span of an output, largest less smallest over the rows. Exported C is compared with the reference kernels, whose
# sums it has to the bit (same_bits), so that what is left are e^z and its like; the others with the kernels of this machine.
CLOSE = 1e-6
CLOSE_NUMPY = 1e-5  # which computes in double
worst = {"onnx": (0.0, 0), "c": (0.0, 0), "numpy": (0.0, 0)}  # the largest difference, and of which check it is
left = set()  # the operations of what was exported and run
SOURCE = pathlib.Path(__file__).resolve().parent.parent


def listed(header, name):
    """What a list of a header names: X(NAME, name...) or X(name)."""
    body = (SOURCE / header).read_text(encoding="utf-8").split("define PENSEL_%s_LIST(X)" % name)[1]
    body = re.split(r"\n\n", body.replace("\\\n", " "))[0]
    return [names.split(",")[-1].strip() for names in re.findall(r"X\((\w+(?:,\s*\w+)?)", body)]



# Layers of sums, products, quotients and comparisons alone, scaled inputs too: exported C gives the bits of the reference
# kernels. What has e^z, sines or ramps (which leave as what they lack of 1) differs in the last places of a float.
EXACT = {
    "dense": "dense:20:leaky-relu, dense:10:relu, dense:7:step",
    "scale": "scale, dense:10:relu, scale",
    "dropout": "dense:16:relu, dropout:0.2, dense:8:relu",
    "embedding": "embedding:7:4:1, embedding:4:2:0, dense:12:relu",
    "residual": "dense:8:relu, residual(dense:12:relu, dense:8), dense:6:relu",
    "parametric": "dense:12, parametric:leaky-relu:0.3, dense:4",
    "hash_grid": "hashgrid:6:2:8:3:40, dense:12:relu",
    "standard scaling": "dense:12:relu",
    "minmax scaling": "dense:12:relu",
}

# A list for every kind of layer: a kind without a row here fails the last check.
KINDS = {
    "dense": "dense:20:tanh, dense:10:relu",
    "scale": "scale, dense:10:tanh, scale",
    "layer_norm": "dense:16:tanh, layer-norm, dense:8:relu, layer-norm:0.1",
    "residual": "dense:8:tanh, residual(dense:12:relu, residual(dense:12:tanh), dense:8), dense:6:relu",
    "dropout": "dense:16:relu, dropout:0.2, dense:8:relu",
    "embedding": "embedding:7:4:1, embedding:4:2:0, dense:12:tanh",
    "periodic": "periodic:2:5:4, dense:12:relu",
    "piecewise": "piecewise:2:9:4, dense:12:relu",
    "parametric": "dense:12, parametric:silu, dense:12, parametric:leaky-relu:0.3, dense:4",
    "fourier": "fourier:12:1, dense:12:relu",
    "hash_grid": "hashgrid:6:2:8:3:40, dense:12:relu",
    "pyramid_grid": "pyramid:13:9:3:2, dense:12:relu",
}
MORE = {
    "hash grid, dense": "hashgrid:3:2:14:2:8, dense:12:relu",
    "hash grid, periodic": "hashgrid:5:3:6:3:30:periodic=true, dense:12:relu",
    "fourier, periodic": "fourier:12:1:periodic=true, dense:12:relu",
    "pyramid, periodic": "pyramid:13:9:3:2:periodic=true, dense:12:relu",
}
LOSSES = {"squared-error": [], "absolute-error": [], "huber": [], "log-cosh": [], "quantile": ["--quantile", 0.8],
          "poisson": []}
GRIDS = 2  # inputs of a pyramid
FLASH = 3072  # bytes that a network of 2-16-16-3 may take
PARAMETERS = ["leaky-relu:0.3", "elu:0.7", "sine:3"]  # that are not the usual ones

def example(name):
    spec = importlib.util.spec_from_file_location(name, SOURCE / "examples" / (name + ".py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


PLAIN, PREDICT = example("predict"), example("predict_any")
ARRAYS = itertools.cycle(["model.json", "model.npz"])

number = failed = 0


def check(name, complaint):
    global number, failed
    number += 1
    failed += bool(complaint)
    print("%s %d - %s" % ("not ok" if complaint else "ok", number, name), flush=True)
    if complaint:
        print("# %s" % complaint)


def pensel(*words, **environment):
    done = subprocess.run([PENSEL, *map(str, words)], cwd=FOLDER, capture_output=True, text=True, check=False,
                          env=os.environ | environment)
    if done.returncode:
        raise RuntimeError("pensel %s: %s" % (" ".join(map(str, words)), done.stderr.strip()))
    return done.stdout


def refusal(*words):
    """The sentence of a command that must fail."""
    done = subprocess.run([PENSEL, *map(str, words)], cwd=FOLDER, capture_output=True, text=True, check=False)
    return done.stderr.strip() if done.returncode else "it was not refused"


def write_table(name, columns):
    with open(FOLDER / name, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        for row in zip(*columns.values(), strict=True):
            writer.writerow([value if isinstance(value, str) else "" if np.isnan(value) else repr(float(value))
                             for value in row])


def read_table(text):
    rows = list(csv.DictReader(text.splitlines()))
    return {name: [row[name] for row in rows] for name in rows[0]}


# ------------------------------------------------------------------ tables that are made here

def inputs(rows, seed, codes=False, wide=False, count=INPUTS):
    """Numbers in [0, 1]; the first two as codes, unknown and fractional ones among them; or far from 0."""
    x = np.random.default_rng(seed).uniform(0, 1, (rows, count))
    if codes:
        x[:, 0] = np.floor(x[:, 0] * 6) - 1
        x[:, 1] = np.floor(x[:, 1] * 18) / 2 - 1
    if wide:
        x = x * [1e3, 1e-3, 40][:count] + [1e5, -2, 2000][:count]
    return x.astype(np.float32).astype(np.float64)


def targets(x):
    u = (x - x.mean(0)) / x.std(0)
    return np.stack([np.sin(3 * u[:, 0]) + u[:, 1] ** 2, u[:, -1] * u[:, 0]], 1)


def named(x):
    return {"a%d" % i: x[:, i] for i in range(x.shape[1])}


CLASSES = {
    "words": (3, ["green", "blå", "a, \"b\""]),
    "codes": (4, [-3, 0, 2, 10]),
    "fractions": (3, [-0.5, 0.25, 7.5]),
    "two": (2, ["no", "yes"]),
    "one": (1, [7]),
}


# ------------------------------------------------------------------ running what was exported

def run_onnx(path, feeds):
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(None, feeds), strict=True))


def share(found, expected):
    span = np.maximum(expected.max(0) - expected.min(0), 1e-3)
    return float((np.abs(found - expected) / span).max())


def distance(found, expected, close=CLOSE, by=None):
    """The largest difference as a share of the span of its column."""
    found, expected = np.asarray(found, float), np.asarray(expected, float)
    if found.shape != expected.shape:
        return "shape %s: %s is expected" % (found.shape, expected.shape)
    off = share(found, expected)
    if by:
        worst[by] = max(worst[by], (off, number + 1))
    return "" if off <= close else "off by %.3g of the span" % off


def run_c(model, rows=None, columns=None, compiler=None):
    """Outputs of the exported C."""
    pensel("export", model, "-o", "model.c")
    pensel("export", model, "-o", "model.h")
    if columns is not None:
        return export_c.run_table(FOLDER, columns)
    return export_c.run_host(FOLDER, export_c.HOST, rows, compiler)


def run_numpy(model, inputs):
    """Outputs of examples/predict_any.py, from .json and .npz by turns; pyramids are not for it: None."""
    name = next(ARRAYS)
    pensel("export", model, "-o", name)
    arrays = PREDICT.load(str(FOLDER / name))
    kinds = {o["do"] for o in arrays["operations"]}
    left.update(kinds)
    return None if "pixels" in kinds else PREDICT.predict(arrays, inputs)


def run_plain(model, rows):
    """Outputs of the twenty lines of examples/predict.py."""
    pensel("export", model, "-o", "plain.npz")
    return PLAIN.predict(str(FOLDER / "plain.npz"), rows)


def predicted(model, *words, **environment):
    """The columns of `pensel predict` as numbers; with --probabilities these alone."""
    columns = read_table(pensel("predict", model, "rows.csv", *words, **environment))
    kept = [column for name, column in columns.items() if not words or name.startswith("p_")]
    return np.array([list(map(float, row)) for row in zip(*kept, strict=True)])


def by_reference(model, *words):
    return predicted(model, *words, PENSEL_ISA="reference")


def compare_numbers(name, model, x, plain=False, steep=False, classes=False):
    """Of a steep network, whose float32 is further than 1e-6 from double, others may be twice as far as it is: both round."""
    words = ["--probabilities"] if classes else []
    expected, reference = predicted(model, *words), by_reference(model, *words)
    pensel("export", model, "-o", "model.onnx")
    found = run_onnx(FOLDER / "model.onnx", {"X": x.astype(np.float32)})
    by_numpy = run_numpy(model, [x])
    close = 2 * share(by_numpy, expected) if steep else CLOSE
    check("onnx: " + name, distance(next(iter(found.values())), expected, close, by=None if steep else "onnx"))
    check("c: " + name, distance(run_c(model, x), reference, close, by=None if steep else "c"))
    if by_numpy is not None:
        check("numpy: " + name, distance(by_numpy, expected, CLOSE_NUMPY, by="numpy"))
    if plain:
        check("numpy, 20 lines: " + name, distance(run_plain(model, x), expected, CLOSE_NUMPY, by="numpy"))


def fit_numbers(name, *options, layers=None, plain=False, counts=False, **how):
    x = inputs(300, 1, **how)
    y = np.exp(targets(x) / 4) if counts else targets(x)
    write_table("fit.csv", named(x) | {"y": y[:, 0], "z": y[:, 1]})
    rows = inputs(ROWS, 2, **how)
    write_table("rows.csv", named(rows))
    own = ["--layers", layers] if layers else []
    pensel("fit", "fit.csv", "--target", "y,z", "--epochs", 60, "--batch", 30, "--learning-rate-init", 0.01, "-q",
           "--save", "model.safetensors", *own, *options)
    compare_numbers(name, "model.safetensors", rows, plain)


def same_bits():
    """Both compilers' programs give the bits of the reference kernels, with all that only adds, multiplies and compares."""
    for name, layers in EXACT.items():
        how = {"codes": name == "embedding", "wide": "scaling" in name}
        options = ["--scale", name.split()[0]] if "scaling" in name else []
        x, rows = inputs(300, 1, **how), inputs(ROWS, 2, **how)
        write_table("fit.csv", named(x) | {"y": targets(x)[:, 0], "z": targets(x)[:, 1]})
        write_table("rows.csv", named(rows))
        pensel("fit", "fit.csv", "--target", "y,z", "--epochs", 60, "--batch", 30, "--learning-rate-init", 0.01, "-q", "--save",
               "model.safetensors", "--layers", layers, *options)
        expected = by_reference("model.safetensors").astype(np.float32)
        for compiler in export_c.EACH_COMPILER:
            found = run_c("model.safetensors", rows, compiler=compiler)
            same = found.shape == expected.shape and (found == expected).all()
            off = np.abs(found - expected).max() if found.shape == expected.shape else found.shape
            check("c: %s by %s has the bits of the reference kernels" % (name, compiler), "" if same else "off by %s" % off)


def fit_classes(name, which, *options, layers="dense:12:relu"):
    count, words = CLASSES[which]
    x = inputs(300, 3)
    kind = np.minimum((np.abs(targets(x)[:, 0]) / 3 * count).astype(int), count - 1)
    write_table("fit.csv", named(x) | {"y": [str(words[k]) for k in kind]})
    rows = inputs(ROWS, 4)
    write_table("rows.csv", named(rows))
    pensel("fit", "fit.csv", "--target", "y", "--as", "classification", "--epochs", 120, "--batch", 30, "--learning-rate-init", 0.01, "-q", "--save",
           "model.safetensors", "--layers", layers, *options)
    told = read_table(pensel("predict", "model.safetensors", "rows.csv", "--probabilities"))
    labels = told.pop("y")
    pensel("export", "model.safetensors", "-o", "model.onnx")
    found = run_onnx(FOLDER / "model.onnx", {"X": rows.astype(np.float32)})
    expected = np.array([list(map(float, row)) for row in zip(*told.values(), strict=True)])
    check("onnx: probabilities of " + name, distance(found["probabilities"], expected, by="onnx"))
    reference = by_reference("model.safetensors", "--probabilities")
    check("c: probabilities of " + name, distance(run_c("model.safetensors", rows), reference, by="c"))
    check("numpy: probabilities of " + name, distance(run_numpy("model.safetensors", [rows]), expected, CLOSE_NUMPY, by="numpy"))
    check("numpy, 20 lines: probabilities of " + name, distance(run_plain("model.safetensors", rows), expected, CLOSE_NUMPY, by="numpy"))
    same = [type(words[0])(label) for label in labels] == found["label"].tolist()
    check("onnx: labels of " + name, "" if same else "other labels")
    order = list(found)
    check("onnx: label is the second output of " + name, "" if order == ["probabilities", "label"] else order)


def several_labels():
    x = inputs(300, 5)
    write_table("fit.csv", named(x) | {"y": (targets(x)[:, 0] > 0.5) * 1.0, "z": (targets(x)[:, 1] > 0) * 1.0})
    rows = inputs(ROWS, 6)
    write_table("rows.csv", named(rows))
    pensel("fit", "fit.csv", "--target", "y,z", "--as", "classification", "--epochs", 120, "--batch", 30, "--learning-rate-init", 0.01, "-q", "--save",
           "model.safetensors", "--hidden", "12")
    told = read_table(pensel("predict", "model.safetensors", "rows.csv", "--probabilities"))
    pensel("export", "model.safetensors", "-o", "model.onnx")
    found = run_onnx(FOLDER / "model.onnx", {"X": rows.astype(np.float32)})
    names = list(told)
    labels = np.array([list(map(float, told[n])) for n in names if not n.startswith("p_")]).T
    p = np.array([list(map(float, told[n])) for n in names if n.startswith("p_")]).T
    check("onnx: probabilities of several labels", distance(found["probabilities"], p, by="onnx"))
    reference = by_reference("model.safetensors", "--probabilities")
    check("c: probabilities of several labels", distance(run_c("model.safetensors", rows), reference, by="c"))
    check("onnx: several labels", "" if (found["label"] == labels).all() else "other labels")


# ------------------------------------------------------------------ tables as they are

def raw_columns(rows, seed):
    """Numbers with gaps and outliers, few and many categories, dates, and values that training never saw."""
    r = np.random.default_rng(seed)
    size = r.normal(50, 9, rows)
    size[r.uniform(size=rows) < 0.1] = np.nan
    size[:3] = [1e9, -1e300, 50]
    fresh = seed != 10
    few = r.choice(["red", "grün", "", "a,b"] + (["new", "RED"] if fresh else []), rows)
    pair = r.choice(["left", "right"] + (["up"] if fresh else []), rows)
    codes = r.choice([1.0, 2.0, 5.0] + ([9.0, np.nan] if fresh else []), rows)
    many = ["k%02d" % i for i in r.integers(0, 30 + 5 * fresh, rows)]
    seconds = r.integers(-4e9, 4e9, rows)
    day = np.array([np.datetime64(int(s), "s") for s in seconds])
    dates = [str(d).replace("T", " ") for d in day]
    return {"size": size, "few": list(few), "pair": list(pair), "codes": codes, "many": many, "when": dates}, seconds


def raw_target(columns, seconds):
    """Nothing that a linear model could learn: the size counts up on one side and down on the other."""
    size = np.clip(np.nan_to_num(columns["size"], nan=40), 0, 100) / 10 - 5
    left = np.where(np.array(columns["pair"]) == "left", 3, -3)
    codes, many = np.array(columns["codes"]), np.array([int(t[1:]) % 3 for t in columns["many"]])
    few = np.array([len(t) for t in columns["few"]])
    return left * size + np.where(codes == 2, few, -few) + many + np.sin(seconds / 5e7)


def raw_feeds(session_path, columns, seconds):
    feeds = {}
    for value in onnx.load(session_path).graph.input:
        texts = value.type.tensor_type.elem_type == onnx.TensorProto.STRING
        own = seconds if value.name == "when" else columns[value.name]
        feeds[value.name] = np.array(own, dtype=object if texts else np.float64).reshape(-1, 1)
    return feeds


def raw_tables():
    columns, seconds = raw_columns(600, 10)
    y = raw_target(columns, seconds)
    rows, when = raw_columns(ROWS, 11)
    write_table("rows.csv", rows)
    grade = ["low" if v < -2 else "middle" if v < 2 else "high" for v in y]
    many = {"value": list(y), "grade": grade, "label": ["yes" if v > 0 else "no" for v in y]}
    for name, target in many.items():
        write_table("fit.csv", columns | {name: target})
        pensel("fit", "fit.csv", "--target", name, "--seconds", 5, "--column", "codes=category", "-q", "--save",
               "raw.safetensors")
        pensel("export", "raw.safetensors", "-o", "raw.onnx")
        feeds = raw_feeds(FOLDER / "raw.onnx", rows, when)
        found = run_onnx(FOLDER / "raw.onnx", feeds)
        by_c = run_c("raw.safetensors", columns=[value[:, 0].tolist() for value in feeds.values()])
        by_numpy = run_numpy("raw.safetensors", list(feeds.values()))
        products = sum(node.op_type == "Gemm" for node in onnx.load(FOLDER / "raw.onnx").graph.node)
        check("onnx: networks of 4 layers are in a table's model", "" if products > 4 else "%d products" % products)
        if name == "value":
            told = read_table(pensel("predict", "raw.safetensors", "rows.csv"))
            y = [[float(v)] for v in told[name]]
            check("onnx: a table's numbers", distance(found["variable"], y, by="onnx"))
            check("c: a table's numbers", distance(by_c, by_reference("raw.safetensors"), by="c"))
            check("numpy: a table's numbers", distance(by_numpy, y, CLOSE_NUMPY, by="numpy"))
            continue
        told = read_table(pensel("predict", "raw.safetensors", "rows.csv", "--probabilities"))
        labels = told.pop(name)
        p = np.array([list(map(float, row)) for row in zip(*told.values(), strict=True)])
        check("onnx: a table's %d classes" % p.shape[1], distance(found["probabilities"], p, by="onnx"))
        reference = by_reference("raw.safetensors", "--probabilities")
        check("c: a table's %d classes" % p.shape[1], distance(by_c, reference, by="c"))
        check("numpy: a table's %d classes" % p.shape[1], distance(by_numpy, p, CLOSE_NUMPY, by="numpy"))
        check("onnx: labels of a table's classes", "" if found["label"].tolist() == labels else "other labels")


# ------------------------------------------------------------------ programs

def microcontrollers():
    """A network of 2-16-16-3: to the bit what this machine gives, and how much memory it takes."""
    x = inputs(300, 7, count=2)
    write_table("fit.csv", named(x) | {"y": x[:, 0] * x[:, 1], "z": np.sin(3 * x[:, 0]), "w": x[:, 1] ** 2})
    fit = ["fit", "fit.csv", "--target", "y,z,w", "--hidden", "16,16", "--epochs", 60, "-q", "--save", "model.safetensors"]
    pensel(*fit, "--activation", "tanh")
    pensel("export", "model.safetensors", "-o", "model.c")
    wrong = export_c.wrong_results(FOLDER)
    check("c: arithmetic without a floating-point unit rounds as with one", "" if wrong == ["0"] * 5 else wrong)
    pensel(*fit)
    rows = inputs(40, 8, count=2).astype(np.float32)
    expected = run_c("model.safetensors", rows)
    check("c: tools for microcontrollers are there", " ".join(export_c.missing_tools()))
    for board in export_c.BOARDS:
        found, flash, ram = export_c.run_board(FOLDER, board, rows)
        same = found.shape == expected.shape and (found == expected).all()
        check("c: %s gives the same bits" % board, "" if same else "other numbers")
        told = "%d bytes of flash, %d of RAM and %d of stack" % (flash, ram, export_c.stack_bytes(FOLDER))
        check("c: 2-16-16-3 on %s: %s" % (board, told), "" if flash < FLASH and ram == 0 else "more than %d" % FLASH)


# What a board computes to the bit, besides relu: all but gelu, softplus and sine, which are libm's.
ON_BOARDS = {
    "e^z": "dense:8:tanh, dense:8:silu, dense:8:elu, dense:6:selu, dense:6:gaussian, dense:4:logistic",
    "normalisation and residuals": "dense:8:leaky-relu, layer-norm, residual(dense:8:relu), scale, parametric",
    "embeddings": EXACT["embedding"],
    "a hash grid": EXACT["hash_grid"],
}


def more_on_boards():
    """The same bits as on the machine that wrote them, of what a network may have."""
    for name, layers in ON_BOARDS.items():
        how = {"codes": name == "embeddings"}
        x, rows = inputs(300, 1, **how), inputs(20, 2, **how).astype(np.float32)
        words = np.array(["a", "b", "c"])[np.digitize(targets(x)[:, 0], [-0.5, 0.5])]
        write_table("fit.csv", named(x) | {"y": list(words)})
        pensel("fit", "fit.csv", "--target", "y", "--as", "classification", "--epochs", 30, "-q", "--save", "model.safetensors",
               "--layers", layers)
        expected = run_c("model.safetensors", rows)
        for board in export_c.BOARDS:
            found, _, _ = export_c.run_board(FOLDER, board, rows)
            same = found.shape == expected.shape and (found == expected).all()
            check("c: %s gives the same bits with %s and softmax" % (board, name), "" if same else "other numbers")


def document():
    """The commands from a table to a microcontroller, as docs/deploy.md has them, the last of which needs a cross compiler."""
    text = (SOURCE / "docs" / "deploy.md").read_text(encoding="utf-8")
    text = text.split("## From a table to a microcontroller")[1].split("\n## ")[0]
    blocks = re.findall(r"^```(console|sh)\n(.*?)^```", text, re.M | re.S)
    folder = FOLDER / "document"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    shutil.copytree(SOURCE / "examples", folder / "examples")
    paths = os.environ | {"PATH": "%s:%s" % (pathlib.Path(PENSEL).parent, os.environ["PATH"])}
    printed = []
    for kind, block in blocks:
        if kind == "console":
            block = "".join(line[2:] if line.startswith("$ ") else line if line.startswith("    ") else "" for line in block.splitlines(True))
        done = subprocess.run(["sh", "-ec", block], cwd=folder, env=paths, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              check=False)
        printed.append(done.stdout.split()[-1:] if done.returncode == 0 else done.stdout)
    kinds = [kind for kind, _ in blocks]
    check("docs/deploy.md: from a table to a microcontroller", "" if kinds == ["console", "sh"] and printed == [["Chinstrap"]] * 2 else
          "%s: %s" % (kinds, printed))


def int8_layers(name, rows, expected):
    """The exported weights are the model's, rounded as their scale says; and what the C program gives is what double
    gives with these weights."""
    pensel("export", "model.safetensors", "-o", "model.npz")
    arrays, worst, layers = np.load(FOLDER / "model.npz"), 0, export_c.integers(FOLDER)
    names = sorted(k for k in arrays if k[0] == "w")[-len(layers):]
    a = rows.astype(float)
    for key, (w, scale, wide, b) in zip(names, layers, strict=True):
        own = arrays[key].reshape(w.shape)
        worst = max(worst, (np.abs(own - w).max(1) / scale / np.where(wide, 1 / 256, 1)).max())
        worst = max(worst, *(np.abs(np.abs(own).max(1) / 127 / scale - 1) * 63))  # a scale has 8 bits
        a = np.maximum(a @ w.T + b, 0) if key != names[-1] else a @ w.T + b
    check("c, int8: weights of " + name, "" if worst <= 0.5001 else "off by %.4g of their scale" % worst)
    check("c, int8: sums of " + name, distance(expected, a, 1e-3))  # values have 15 bits


def int8():
    """A network of 2-16-16-3 in 8 bits: the same bits on all machines, in less memory."""
    x = inputs(300, 7, count=2)
    target = {"y": x[:, 0] * x[:, 1], "z": np.sin(3 * x[:, 0]), "w": x[:, 1] ** 2}
    write_table("fit.csv", named(x) | target)
    pensel("fit", "fit.csv", "--target", "y,z,w", "--hidden", "16,16", "--epochs", 400, "--batch", 30, "--learning-rate-init", 0.01, "-q",
           "--save", "model.safetensors")
    rows = inputs(40, 8, count=2).astype(np.float32)
    exact = run_c("model.safetensors", rows)
    pensel("export", "model.safetensors", "-o", "model.h")
    for bits, loss in ((8, 0.5), (16, 1e-6)):
        told = json.loads(pensel("export", "model.safetensors", "-o", "model.c", "--quantise", "int8", "--check", "fit.csv",
                                 "--max-loss", loss, "--json"))
        expected = export_c.run_host(FOLDER, export_c.HOST, rows)
        within = told["score_float"] - told["score_int8"] <= loss and told["samples"] == 300
        check("c, int8: the loss is at most %g" % loss, "" if within else told)
        wide = sum(int(layer[2].sum()) for layer in export_c.integers(FOLDER))
        check("c, int8: %d rows in 16 bits" % wide, "" if (wide > 0) == (bits == 16) and told["rows_16"] == wide else told)
        int8_layers("rows in 8 to %d bits" % bits, rows, expected)
        for board in export_c.BOARDS:
            found, flash, ram = export_c.run_board(FOLDER, board, rows)
            same = found.shape == expected.shape and (found == expected).all()
            check("c, int8: %s gives the same bits" % board, "" if same else "other numbers")
            told = "%d bytes of flash, %d of RAM and %d of stack" % (flash, ram, export_c.stack_bytes(FOLDER))
            check("c, int8: 2-16-16-3 on %s: %s" % (board, told), "" if flash < FLASH * bits // 14 and ram == 0 else "too much")
    pensel("export", "model.safetensors", "-o", "model.c", "--quantise", "int8", "--check", "fit.csv", "--max-loss", 1)
    off = np.abs(export_c.run_host(FOLDER, export_c.HOST, rows) - exact).max(0) / np.ptp(exact, 0)
    check("c, int8: off by %.2g of the span" % off.max(), "" if 0 < off.max() < 0.05 else "more than 0.05")


def rounded_tables(model, sizes):
    """Puts the numbers of model.c's tables into a model of predict_any, and says what is wrong with them."""
    found = export_c.tables(FOLDER)
    for i, (whole, scale, bits) in found.items():
        o = model["operations"][i]
        shape = {"lookup": (-1, o["width"]), "grid": (-1, o["width"]), "pixels": (o["width"], -1)}[o["do"]]
        own, own_scale = o["w"].reshape(shape), scale if o["do"] == "grid" else scale[:, None]
        most = np.abs(own).max(0 if o["do"] == "grid" else 1)
        w = whole.reshape(shape) * own_scale
        sizes.add(bits)
        if (np.abs(w - own) > 0.5001 * own_scale).any():
            return "operation %d is off by %g of its scale" % (i, (np.abs(w - own) / own_scale).max())
        steps = 127 if bits == 8 else 127 * 256
        if not (most <= scale * steps * 1.0001).all() or not (scale * steps <= most * 1.02 + 1e-15).all():
            return "operation %d has other scales than its rows need" % i
        o["w"] = w.ravel()
    return "" if found else "no table is in 8 bits"


def int8_tables():
    """Embeddings and grids in 8 and 16 bits: each number is the model's to half a step of its row, and the program gives
    what double gives with these numbers."""
    kinds = {"embeddings": KINDS["embedding"], "a hash grid": KINDS["hash_grid"], "a dense grid": MORE["hash grid, dense"],
             "a pyramid": KINDS["pyramid_grid"]}
    sizes = set()
    for name, layers in kinds.items():
        how = {"codes": name == "embeddings", "count": GRIDS if name == "a pyramid" else INPUTS}
        x, rows = inputs(300, 1, **how), inputs(200, 2, **how)
        write_table("fit.csv", named(x) | {"y": targets(x)[:, 0]})
        pensel("fit", "fit.csv", "--target", "y", "--epochs", 60, "--batch", 30, "--learning-rate-init", 0.01, "-q", "--save",
               "model.safetensors", "--layers", layers)
        exact = run_c("model.safetensors", rows)
        pensel("export", "model.safetensors", "-o", "model.npz")
        pensel("export", "model.safetensors", "-o", "model.h")
        for loss in (0.9, 1e-7):
            told = json.loads(pensel("export", "model.safetensors", "-o", "model.c", "--quantise", "int8", "--check", "fit.csv",
                                     "--max-loss", loss, "--json"))
            found = export_c.run_host(FOLDER, export_c.HOST, rows)
            model = PREDICT.load(str(FOLDER / "model.npz"))
            check("int8: numbers of %s, a loss of %g" % (name, loss), rounded_tables(model, sizes))
            dense = [o for o in model["operations"] if o["do"] == "affine"][-len(export_c.integers(FOLDER)):]
            for o, (w, scale, wide, b) in zip(dense, export_c.integers(FOLDER), strict=True):
                o["w"], o["c"] = w.ravel(), b
            if name != "a pyramid":  # values have 15 bits
                check("int8: sums of " + name, distance(found, PREDICT.predict(model, [rows]), 1e-3))
            check("int8: %s is near float" % name, distance(found, exact, 0.05))
            loses = told["score_float"] - told["score_int8"]
            check("int8: the loss with %s" % name, "" if loses <= loss else told)
    check("int8: tables were in 8 bits and in 16", "" if sizes == {8, 16} else sizes)


def is_same_model(name, back, *commands):
    for words in commands:
        before, after = (pensel(*[file if w is None else w for w in words]).replace(file, "") for file in ("model.safetensors", back))
        if before != after:
            check(name, "%s differs" % words[0])
            return
    check(name, "")


def coming_back():
    """A table's model and a painting come back from what was exported, to the bit."""
    columns, seconds = raw_columns(400, 10)
    y = raw_target(columns, seconds)
    rows, _ = raw_columns(ROWS, 11)
    write_table("rows.csv", rows)
    for name, target in {"numbers": list(y), "classes": ["low" if v < -2 else "middle" if v < 2 else "high" for v in y]}.items():
        write_table("fit.csv", columns | {"target": target})
        pensel("fit", "fit.csv", "--target", "target", "--seconds", 2, "--column", "codes=category", "-q", "--save",
               "model.safetensors")
        size = (FOLDER / "model.safetensors").stat().st_size
        for ending in ("onnx", "npz", "json"):
            pensel("export", "model.safetensors", "-o", "gone." + ending)
            pensel("import", "gone." + ending, "-o", "back.safetensors")
            is_same_model("a table's %s back from %s" % (name, ending), "back.safetensors", ("predict", None, "rows.csv"),
                          ("score", None, "fit.csv", "--json"), ("inspect", None))
        saved = {p.key: p.value for p in onnx.load(FOLDER / "gone.onnx").metadata_props}["pensel.saved"]
        check("onnx: the model's numbers stand in the graph alone", "" if len(saved) < size / 3 else
              "%d bytes more for a model of %d" % (len(saved), size))
    onnx.save(onnx.load(FOLDER / "gone.onnx"), FOLDER / "again.onnx")
    pensel("import", "again.onnx", "-o", "back.safetensors")
    is_same_model("a table's model from a graph that another program wrote again", "back.safetensors", ("predict", None, "rows.csv"))
    graph = onnx.load(FOLDER / "gone.onnx")
    large = max((t for t in graph.graph.initializer if t.data_type == 1), key=lambda t: len(t.raw_data))
    large.raw_data = bytes(len(large.raw_data))
    onnx.save(graph, FOLDER / "again.onnx")
    told = refusal("import", "again.onnx", "-o", "back.safetensors")
    check("a graph whose weights were changed is refused", "" if "changed" in told else told)
    picture = np.random.default_rng(3).integers(0, 256, (12, 17, 3), np.uint8)
    (FOLDER / "picture.ppm").write_bytes(b"P6 17 12 255\n" + picture.tobytes())
    for name, options in {"a pyramid": ["--exact"], "sines": ["--encoding", "raw", "--hidden", "16,16", "--epochs", 5],
                          "colours": ["--as", "classification", "--colours", 3, "--encoding", "fourier", "--hidden", "12",
                                      "--epochs", 5]}.items():
        pensel("paint", "picture.ppm", "-o", "p.png", "-q", "--save", "model.safetensors", *options)
        for ending in ("onnx", "npz", "json"):
            pensel("export", "model.safetensors", "-o", "gone." + ending)
            pensel("import", "gone." + ending, "-o", "back.safetensors")
            for file in ("model", "back"):
                pensel("render", file + ".safetensors", "-o", file + ".png", "-q", "--size", "40x30")
            same = (FOLDER / "model.png").read_bytes() == (FOLDER / "back.png").read_bytes()
            check("a painting of %s back from %s" % (name, ending), "" if same else "another picture")


def read_picture(file):
    with PIL.Image.open(file) as picture:
        return np.asarray(picture).astype(int)


def compare_pixels(name, found, expected):
    if isinstance(found, str):
        check(name, found)
        return
    found = found[..., : expected.shape[-1]]
    worst = np.abs(found - expected).max() if found.shape == expected.shape else 999
    check(name, "" if worst <= 1 else "off by %d" % worst)


def shaders(name, width, height):
    """The painting p.safetensors as a page, at its own size and twice as large, and as a shader."""
    expected = read_picture(FOLDER / "p.png")
    pensel("render", "p.safetensors", "-o", "large.png", "-q", "--size", "%dx%d" % (2 * width, 2 * height))
    pensel("export", "p.safetensors", "-o", "p.html")
    compare_pixels("html: " + name, export_page.draw_page(FOLDER, "p.html", width, height), expected)
    compare_pixels("html: %s, twice as large" % name,
                   export_page.draw_page(FOLDER, "p.html", 2 * width, 2 * height, "0, 0, 0.5"),
                   read_picture(FOLDER / "large.png"))
    pensel("export", "p.safetensors", "-o", "p.glsl")
    compare_pixels("glsl: " + name, export_page.draw_toy(FOLDER, "p.glsl", width, height), expected)


def draw_function(name, layers):
    x = inputs(300, 9, count=2)
    write_table("fit.csv", named(x) | {"y": x[:, 0] * x[:, 1]})
    pensel("fit", "fit.csv", "--target", "y", "--scale", "standard", "--scale-targets", "standard", "--epochs", 60,
           "--learning-rate-init", 0.01, "-q", "--save", "model.safetensors", "--layers", layers)
    pensel("export", "model.safetensors", "-o", "model.glsl")
    low, size = x.mean(0) - 2 * x.std(0), 4 * x.std(0)
    column, row = np.meshgrid(low[0] + size[0] * (np.arange(20) + 0.5) / 20,
                              low[1] + size[1] * (1 - (np.arange(10) + 0.5) / 10))
    write_table("rows.csv", named(np.stack([column.ravel(), row.ravel()], 1)))
    y = np.array([float(v) for v in read_table(pensel("predict", "model.safetensors", "rows.csv"))["y"]])
    expected = np.rint(np.clip(y, 0, 1) * 255).reshape(10, 20, 1)
    shades = len(np.unique(expected))
    check("glsl: %s has many shades" % name, "" if shades > 40 else "%d" % shades)
    compare_pixels("glsl: " + name, export_page.draw_toy(FOLDER, "model.glsl", 20, 10), expected)


def known_activations():
    """All but softmax, which is of outputs: classes have it."""
    return sorted({one["name"] for one in json.loads(pensel("activations", "--json"))["activations"]} - {"softmax"})


def function_of_two():
    draw_function("a function of two numbers", "dense:8:gelu, layer-norm, residual(dense:8:tanh), scale")
    each = ", ".join("residual(layer-norm, dense:4:%s)" % name for name in known_activations() + PARAMETERS)
    draw_function("a function with every activation", "dense:4, %s, layer-norm" % each)
    write_table("fit.csv", named(inputs(60, 9)) | {"y": np.zeros(60)})
    pensel("fit", "fit.csv", "--target", "y", "--epochs", 1, "--hidden", "4", "-q", "--save", "three.safetensors")
    told = refusal("export", "three.safetensors", "-o", "three.html")
    check("html: a function of three numbers is refused", "" if "has 3 inputs" in told else told)


def paintings():
    """What `pensel render` paints: by a program that paints itself, a page and a shader."""
    picture = np.zeros((24, 36, 3), np.uint8)
    picture[..., 0], picture[..., 1] = np.arange(36) * 7, np.arange(24)[:, None] * 10
    picture[8:16, 12:24] = (200, 60, 250)
    (FOLDER / "picture.ppm").write_bytes(b"P6 36 24 255\n" + picture.tobytes())
    how = {"the pyramid": ["--save", "p.safetensors"],
           "sines": ["--save", "p.safetensors", "--encoding", "raw", "--hidden", "16,16", "--epochs", 20],
           "fourier features": ["--save", "p.safetensors", "--encoding", "fourier", "--features", 12, "--hidden", "24", "--epochs", 20],
           "classes": ["--save", "p.safetensors", "--as", "classification", "--colours", 3, "--encoding", "hashgrid",
                       "--levels", 4, "--table-log2", 8, "--fine-resolution", 30, "--hidden", "16", "--epochs", 20]}
    for name, options in how.items():
        pensel("paint", "picture.ppm", "-o", "p.png", "-q", *options)
        pensel("render", "p.safetensors", "-o", "p.png", "-q")
        pensel("export", "p.safetensors", "-o", "p.c")
        export_c.run(next(export_c.COMPILERS), *export_c.STRICT, "p.c", "-lm", "-o", "p", cwd=FOLDER)
        found = read_picture(io.BytesIO(export_c.run(FOLDER / "p")))
        expected = read_picture(FOLDER / "p.png")
        compare_pixels("c: a program that paints itself by " + name, found, expected)
        shaders("a painting by " + name, 36, 24)
        rows = inputs(ROWS, 3, count=2)
        write_table("rows.csv", named(rows))
        compare_numbers("a painting by " + name, "p.safetensors", rows, classes=name == "classes",
                        steep=name == "sines")  # of frequency 30
    y, x = np.mgrid[0:20, 0:26]
    drawing = np.where((x - 13) ** 2 + (y - 9) ** 2 < 70, 1, 0) + np.where(abs(x - y) < 3, 1, 0)
    drawing = np.array([(20, 30, 90), (250, 200, 40), (240, 240, 250)], np.uint8)[drawing]
    (FOLDER / "picture.ppm").write_bytes(b"P6 26 20 255\n" + drawing.tobytes())
    pensel("paint", "picture.ppm", "-o", "p.png", "-q", "--save", "p.safetensors", "--exact")
    shaders("a drawing, whose corners are rounded and nothing else", 26, 20)


def several_pictures():
    """A network of three pictures has a third input: which of them, or what between two."""
    names = ["picture%d.ppm" % k for k in range(3)]
    for k, name in enumerate(names):
        picture = np.random.default_rng(k).integers(0, 256, (9, 14, 3), np.uint8)
        (FOLDER / name).write_bytes(b"P6 14 9 255\n" + picture.tobytes())
    for how, options in {"pyramid": ["--exact"], "fourier features": ["--encoding", "fourier", "--hidden", "12", "--epochs", 5]}.items():
        pensel("paint", *names, "-o", "p.png", "-q", "--save", "p.safetensors", *options)
        rows = inputs(ROWS, 3)
        write_table("rows.csv", named(rows))
        compare_numbers("several pictures by %s" % how, "p.safetensors", rows)
        pensel("export", "p.safetensors", "-o", "p.c")
        export_c.run(next(export_c.COMPILERS), *export_c.STRICT, "p.c", "-lm", "-o", "p", cwd=FOLDER)
        for which in ("0", "0.3", "1"):
            pensel("render", "p.safetensors", "--mix", which, "-o", "p.png", "-q")
            found = read_picture(io.BytesIO(export_c.run(FOLDER / "p", which)))
            compare_pixels("c: picture %s of several by %s" % (which, how), found, read_picture(FOLDER / "p.png"))


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    for kind, layers in KINDS.items():
        count = GRIDS if kind == "pyramid_grid" else INPUTS
        fit_numbers("a network with " + kind, layers=layers, codes=kind == "embedding", count=count)
    for name, layers in MORE.items():
        fit_numbers(name, layers=layers, count=GRIDS if "pyramid" in name else INPUTS)
    same_bits()
    for activation in known_activations() + PARAMETERS:
        fit_numbers("activation " + activation, "--alpha", 0, "--hidden", "24", "--activation", activation, plain=activation in PLAIN.F)
    for scaling in ("standard", "minmax"):
        fit_numbers("%s scaling" % scaling, "--scale", scaling, "--scale-targets", scaling, "--hidden", "12", plain=True, wide=True)
    fit_numbers("a network of float64", "--precision", "float64", "--hidden", "12")
    for loss in LOSSES:
        fit_numbers("loss " + loss, "--loss", loss, "--hidden", "12", *LOSSES[loss], counts=loss == "poisson")
    for which in CLASSES:  # log_loss
        fit_classes(which, which)
    fit_classes("one-hot classes", "words", "--one-hot")
    fit_classes("classes of scaled inputs", "two", "--scale", "standard")
    fit_classes("words of scaled inputs", "words", "--scale", "standard")
    several_labels()
    raw_tables()
    microcontrollers()
    more_on_boards()
    document()
    int8()
    int8_tables()
    coming_back()
    paintings()
    several_pictures()
    function_of_two()
    known = {"kind of layer": set(listed("src/layer/layer_list.h", "LAYER")) - {"custom"},  # cannot leave: test_custom.c
             "operation": set(listed("src/layer/operation.h", "OPERATION")),
             "loss": set(listed("include/pensel/training.h", "LOSS")) - {"log_loss"}}  # of classes
    here = {"kind of layer": set(KINDS), "operation": left, "loss": {loss.replace("-", "_") for loss in LOSSES}}
    for what, names in known.items():
        check("every %s is exported here" % what, ", ".join(sorted(names - here[what])))
    print("# largest difference, of the span: " + ", ".join("%s %.2g in %d" % (by, *one) for by, one in worst.items()))
    print("1..%d" % number)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
