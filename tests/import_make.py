#!/usr/bin/env python3
"""Makes files for tests/test_import.c with the programs that write them, and what ONNX Runtime computes of them.

Needs NumPy, scikit-learn, skl2onnx, PyTorch, onnx, onnxscript and onnxruntime, from PyPI. The files are seeds of the fuzz
target as well.   Usage: import_make.py FOLDER HEADER     (fuzz/corpus/import tests/expected_import.h)
"""

import io
import pathlib
import sys
import warnings

import numpy as np
import onnx
import onnxruntime
import torch
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, RobustScaler, StandardScaler
from skl2onnx import to_onnx
from torch import nn

FOLDER, HEADER = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
X = (np.random.default_rng(0).normal(size=(200, 3)) * [1, 10, 0.1] + [0, 50, 0]).astype(np.float32)
ROWS = np.round(X[:4].astype(np.float64) * 16).astype(np.float32) / 16  # few digits, the same in float and decimal
SMALL = ((ROWS - [0, 50, 0]) / [1, 10, 0.1]).astype(np.float32)
entries = []


def run(data, rows):
    session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
    feed = session.get_inputs()[0]
    rows = rows.astype(np.float64 if "double" in feed.type else np.float32)
    return session.run(None, {feed.name: rows})


def keep(name, data, rows, classifies, last=None):
    """The numbers that ONNX Runtime computes, or the last columns of them."""
    outputs = run(data, rows)
    values = [np.array([list(row.values()) for row in out]) if isinstance(out, list) else out for out in outputs]
    numbers = next(value for value in values if value.dtype.kind == "f").reshape(len(rows), -1)
    numbers = numbers[:, -last:] if last else numbers
    labels = [value for value in values if value.dtype.kind != "f"]
    (FOLDER / name).write_bytes(data)
    entries.append((name, rows, numbers, classifies, labels[0] if labels and labels[0].ndim == 1 else None))


def scikit_learn():
    warnings.simplefilter("ignore")
    y = np.stack([X[:, 0] + X[:, 1] / 30, X[:, 2] * 10], 1)
    plain = {"hidden_layer_sizes": (4,), "max_iter": 20, "random_state": 0}

    def save(name, model, last=None, **how):
        keep(name, to_onnx(model, how.pop("like", X[:1]), **how).SerializeToString(), ROWS, "Classifier" in str(model), last)

    save("skl-tanh", MLPRegressor(activation="tanh", **plain).fit(X, y[:, 0]))
    save("skl-standard", make_pipeline(StandardScaler(), MLPRegressor(**plain)).fit(X, y))
    save("skl-minmax", make_pipeline(MinMaxScaler(), MLPRegressor(activation="logistic", **plain)).fit(X, y[:, 0]))
    save("skl-robust", make_pipeline(RobustScaler(), MaxAbsScaler(), MLPRegressor(**plain)).fit(X, y[:, 0]))
    save("skl-double", MLPRegressor(**plain).fit(X, y[:, 0]), like=X[:1].astype(np.float64))
    scaled = make_pipeline(StandardScaler(), MLPClassifier(**plain))
    save("skl-words", scaled.fit(X, np.where(y[:, 0] > 1.5, "yes", "no")))
    save("skl-codes", scaled.fit(X, np.digitize(y[:, 0], [1, 2]) * 3 - 1), options={"zipmap": False})
    save("skl-labels", scaled.fit(X, (X > X.mean(0)) * 1), options={"zipmap": False})
    # of two labels skl2onnx writes 1 - p before p, as of two classes
    save("skl-two-labels", scaled.fit(X, (X > X.mean(0))[:, :2] * 1), last=2, options={"zipmap": False})


class Residual(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b, self.c = nn.Linear(3, 4), nn.Linear(4, 4), nn.Linear(4, 2)
        self.mean = nn.Parameter(torch.tensor([1.0, 2.0, 3.0]))

    def forward(self, x):
        h = torch.relu(self.a((x - self.mean) / 2.5))
        h = h + torch.tanh(self.b(h))
        return torch.sin(3 * self.c(h)) * 10 + 3


class Own(nn.Module):
    """Nobody's activation, so that nothing reads it."""

    def forward(self, x):
        return x / (1.5 + x.abs())


def pytorch():
    torch.manual_seed(0)
    nets = {
        "softmax": nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Dropout(0.2), nn.Linear(4, 3), nn.Softmax(1)),
        "gelu": nn.Sequential(nn.Linear(3, 4), nn.GELU(), nn.Linear(4, 4), nn.SiLU(), nn.Linear(4, 1), nn.Sigmoid()),
        "batch": nn.Sequential(nn.BatchNorm1d(3), nn.Linear(3, 4), nn.BatchNorm1d(4), nn.LeakyReLU(0.02), nn.Linear(4, 4, bias=False),
                               nn.ELU(0.7), nn.BatchNorm1d(4), nn.Linear(4, 2)),
        "layer": nn.Sequential(nn.Linear(3, 4), nn.LayerNorm(4), nn.SELU(), nn.Linear(4, 4), nn.Softplus(), nn.Linear(4, 2)),
        "residual": Residual(),
    }
    for name, net in nets.items():
        for module in net.modules():
            if isinstance(module, nn.BatchNorm1d):
                module.running_mean.normal_()
                module.running_var.uniform_(0.5, 2)
                nn.init.normal_(module.weight)
                nn.init.normal_(module.bias)
        net.eval()
        like = torch.from_numpy(SMALL)
        old = io.BytesIO()
        torch.onnx.export(net, (like,), old, dynamo=False, input_names=["x"], dynamic_axes={"x": {0: "rows"}})
        keep("torch-" + name, old.getvalue(), SMALL, name == "softmax")
        program = torch.onnx.export(net, (like,), dynamo=True, verbose=False, dynamic_shapes=({0: torch.export.Dim("rows")},))
        model = program.model_proto
        for part in [model.graph, *model.graph.node, *model.graph.value_info, *model.graph.initializer, *model.graph.output]:
            part.ClearField("metadata_props")  # where each line of the program stood
        keep("dynamo-" + name, model.SerializeToString(), SMALL, name == "softmax")
    net = nn.Sequential(nn.Linear(3, 4), Own(), nn.Linear(4, 2)).eval()
    old = io.BytesIO()
    torch.onnx.export(net, (like,), old, dynamo=False, input_names=["x"])
    (FOLDER / "torch-own").write_bytes(old.getvalue())


def refused(name, operator, inputs, outputs, **numbers):
    """relu(x w + c), an operator, and a product, which nothing reads because of the operator."""
    make, real = onnx.helper, onnx.TensorProto.FLOAT
    nodes = [make.make_node("Gemm", ["x", "w", "c"], ["a"]), make.make_node("Relu", ["a"], ["r"]),
             make.make_node(operator, inputs, outputs, name="/" + operator), make.make_node("Cast", [outputs[-1]], ["f"], to=real),
             make.make_node("MatMul", ["f", "v"], ["y"])]
    numbers |= {"w": np.ones((3, 2)), "c": np.ones(2), "v": np.ones((2, 1))}
    graph = make.make_graph(nodes, "main", [make.make_tensor_value_info("x", real, ["n", 3])],
                            [make.make_tensor_value_info("y", real, ["n", 1])],
                            [onnx.numpy_helper.from_array(np.asarray(value, "f4"), key) for key, value in numbers.items()])
    model = make.make_model(graph, opset_imports=[make.make_opsetid("", 17)], ir_version=8)
    (FOLDER / name).write_bytes(model.SerializeToString())


def refusals():
    """min(relu(z), 20) is no relu far out; a Dropout's second output is what it has dropped."""
    refused("onnx-cut", "Min", ["r", "m"], ["b"], m=20)
    refused("onnx-cut-far", "Min", ["r", "m"], ["b"], m=1e4)
    refused("onnx-mask", "Dropout", ["r"], ["b", "mask"])


def flattened():
    """A picture's network, whose input has more than two sides."""
    make, real = onnx.helper, onnx.TensorProto.FLOAT
    nodes = [make.make_node("Flatten", ["x"], ["f"]), make.make_node("Gemm", ["f", "w", "c"], ["y"])]
    numbers = {"w": np.arange(1, 7).reshape(6, 1), "c": np.array([0.5])}
    graph = make.make_graph(nodes, "main", [make.make_tensor_value_info("x", real, ["n", 1, 2, 3])],
                            [make.make_tensor_value_info("y", real, ["n", 1])],
                            [onnx.numpy_helper.from_array(value.astype("f4"), name) for name, value in numbers.items()])
    model = make.make_model(graph, opset_imports=[make.make_opsetid("", 17)], ir_version=8)
    (FOLDER / "onnx-flatten").write_bytes(model.SerializeToString())


def listed(array):
    return ", ".join("%.9g" % value for value in np.asarray(array, float).ravel())


def write():
    lines = ["/* Made by import_make.py: what ONNX Runtime computes of files that other programs have written. */", "#include <stdbool.h>",
             "#include <stddef.h>", "/* clang-format off */", "enum { EXPECTED_ROWS = %d, EXPECTED_INPUTS = %d };" % ROWS.shape,
             "static const struct {", "    const char *file;", "    bool classifies;", "    size_t outputs;",
             "    double x[%d], y[%d];" % (ROWS.size, max(e[2].size for e in entries)),
             "    const char *labels[%d]; /* of classes, as texts; NULL: there are none */" % len(ROWS),
             "} expected[] = {"]
    for name, rows, numbers, classifies, labels in entries:
        words = ", ".join('"%s"' % label for label in labels) if labels is not None else "0"
        lines.append('    {"%s", %s, %d,\n     {%s},\n     {%s},\n     {%s}},' % (
            name, "true" if classifies else "false", numbers.shape[1], listed(rows), listed(numbers), words))
    HEADER.write_text("\n".join(lines + ["};", "/* clang-format on */", ""]), encoding="utf-8")


scikit_learn()
pytorch()
refusals()
flattened()
write()
