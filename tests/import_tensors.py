#!/usr/bin/env python3
"""Makes safetensors files for tests/test_import_tensors.c with PyTorch and Keras, and what these compute of them in
double. The files are seeds of the fuzz target as well.

Needs NumPy, PyTorch, Keras and safetensors, from PyPI.
Usage: KERAS_BACKEND=torch import_tensors.py FOLDER HEADER     (fuzz/corpus/import tests/expected_tensors.h)
"""

import pathlib
import sys

import keras
import numpy as np
import safetensors.numpy
import safetensors.torch
import torch
from torch import nn

FOLDER, HEADER = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
rng = np.random.default_rng(0)
ROWS = np.round(rng.normal(size=(4, 3)) * 16) / 16  # few digits, the same in float and decimal
entries = []


def disturb(net):
    """Numbers of normalisations that are not 0 and 1."""
    for module in net.modules():
        if isinstance(module, nn.BatchNorm1d):
            module.running_mean.normal_()
            module.running_var.uniform_(0.5, 2)
        if isinstance(module, nn.BatchNorm1d | nn.LayerNorm):
            nn.init.normal_(module.weight)
            nn.init.normal_(module.bias)


def pytorch(name, net, kind=torch.float32, **options):
    disturb(net)
    net = net.eval().to(kind)
    safetensors.torch.save_file(net.state_dict(), FOLDER / name)
    with torch.no_grad():
        entries.append((name, net.double()(torch.from_numpy(ROWS)).numpy(), options))


class Named(nn.Module):
    """Layers whose names are in another order than they are."""

    def __init__(self):
        super().__init__()
        self.reads, self.norm, self.keeps, self.gives = nn.Linear(3, 6), nn.LayerNorm(6, eps=0.01), nn.Linear(6, 6), nn.Linear(6, 2)

    def forward(self, x):
        return self.gives(nn.functional.silu(self.keeps(torch.sin(3 * self.norm(self.reads(x))))))


class Scaled(nn.Module):
    def __init__(self):
        super().__init__()
        self.scaler, self.first, self.last = nn.Module(), nn.Linear(3, 5), nn.Linear(5, 1)
        self.scaler.register_buffer("mean", torch.tensor([1.0, -2.0, 0.5]))
        self.scaler.register_buffer("std", torch.tensor([2.0, 0.25, 3.0]))

    def forward(self, x):
        return self.last(torch.relu(self.first((x - self.scaler.mean) / self.scaler.std)))


def all_of_pytorch():
    torch.manual_seed(0)
    pytorch("st-relu", nn.Sequential(nn.Linear(3, 5), nn.ReLU(), nn.Linear(5, 4), nn.ReLU(), nn.Linear(4, 2)), activation="relu")
    pytorch("st-half", nn.Sequential(nn.Linear(3, 5), nn.Tanh(), nn.Linear(5, 2)), torch.float16, activation="tanh")
    pytorch("st-brain", nn.Sequential(nn.Linear(3, 5), nn.Tanh(), nn.Linear(5, 2)), torch.bfloat16, activation="tanh")
    pytorch("st-double", nn.Sequential(nn.Linear(3, 5), nn.Softplus(), nn.Linear(5, 2)), torch.float64, activation="softplus")
    pytorch("st-line", nn.Linear(3, 2))
    pytorch("st-norms", nn.Sequential(nn.Linear(3, 6), nn.BatchNorm1d(6), nn.GELU(), nn.Dropout(0.1), nn.Linear(6, 6), nn.SiLU(),
                                      nn.BatchNorm1d(6), nn.Linear(6, 1), nn.Sigmoid()), activation="gelu, swish, sigmoid")
    pytorch("st-slopes", nn.Sequential(nn.Linear(3, 6), nn.LayerNorm(6), nn.PReLU(init=0.3), nn.Linear(6, 6, bias=False),
                                       nn.LeakyReLU(0.02), nn.Linear(6, 2)), activation="leaky_relu:0.02")
    pytorch("st-twice", nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 5), nn.ELU(0.5), nn.Linear(5, 2)), activation="elu:0.5")
    pytorch("st-named", Named(), layers="reads,norm:0.01,sine:3,keeps,silu,gives")
    pytorch("st-scaled", Scaled(), layers="scaler,first,relu,last")
    many = [layer for _ in range(11) for layer in (nn.Linear(3, 3), nn.Tanh())]  # "20" stands behind "18", not behind "2"
    pytorch("st-deep", nn.Sequential(*many[:-1]), activation="tanh")


def all_of_keras():
    keras.utils.set_random_seed(0)
    layers = keras.layers
    model = keras.Sequential([keras.Input((3,)), layers.Dense(6), layers.BatchNormalization(), layers.Activation("relu"),
                              layers.Dense(5, activation="tanh"), layers.Dense(2)])
    for variable in model.layers[1].weights:
        variable.assign(rng.uniform(0.5, 2, variable.shape))
    tensors = {variable.path: keras.ops.convert_to_numpy(variable) for variable in model.weights}
    safetensors.numpy.save_file(tensors, FOLDER / "st-keras")
    a = ROWS
    for layer in model.layers:  # in double, as their documentation says
        w = [keras.ops.convert_to_numpy(variable).astype(np.float64) for variable in layer.weights]
        if isinstance(layer, layers.BatchNormalization):
            a = w[0] * (a - w[2]) / np.sqrt(w[3] + layer.epsilon) + w[1]
        elif isinstance(layer, layers.Dense):
            a = np.asarray(layer.activation(torch.from_numpy(a @ w[0] + w[1])))
        else:
            a = np.asarray(layer.activation(torch.from_numpy(a)))
        a = np.asarray(a, np.float64)
    assert np.abs(a - model.predict(ROWS, verbose=0)).max() < 1e-6
    prefix = model.weights[0].path.split("/")[0]
    names = [f"{prefix}/{layer.name}" for layer in model.layers if layer.weights]
    entries.append(("st-keras", a, {"layers": f"{names[0]},{names[1]}:{model.layers[1].epsilon},relu,{names[2]},tanh,{names[3]}"}))


def arrays():
    """A network of PyTorch saved by NumPy, with a note that is none of its tensors."""
    net = nn.Sequential(nn.Linear(3, 5), nn.Sigmoid(), nn.Linear(5, 2)).double()
    numbers = {name: tensor.numpy() for name, tensor in net.state_dict().items()}
    with open(FOLDER / "npz-logistic", "wb") as file:
        np.savez(file, note=np.array("trained in May"), **numbers)
    with open(FOLDER / "npz-compressed", "wb") as file:
        np.savez_compressed(file, **numbers)
    with torch.no_grad():
        entries.append(("npz-logistic", net(torch.from_numpy(ROWS)).numpy(), {"activation": "sigmoid"}))


def listed(array):
    return ", ".join("%.17g" % value for value in np.asarray(array, float).ravel())


def quoted(options, key):
    return '"%s"' % options[key] if key in options else "NULL"


def write():
    lines = ["/* Made by import_tensors.py: what PyTorch and Keras compute of files that they have written. */", "#include <stddef.h>",
             "/* clang-format off */", "enum { EXPECTED_ROWS = %d, EXPECTED_INPUTS = %d };" % ROWS.shape,
             "static const double expected_x[] = {%s};" % listed(ROWS),
             "static const struct {", "    const char *file, *activation, *layers;", "    size_t outputs;",
             "    double y[%d];" % max(e[1].size for e in entries), "} expected[] = {"]
    for name, y, options in entries:
        lines.append('    {"%s", %s, %s, %d,\n     {%s}},' % (
            name, quoted(options, "activation"), quoted(options, "layers"), y.shape[1], listed(y)))
    HEADER.write_text("\n".join(lines + ["};", "/* clang-format on */", ""]), encoding="utf-8")


all_of_pytorch()
all_of_keras()
arrays()
write()
