"""PyTorch's and Keras's networks come in, and pensel's leave for PyTorch, on 1,000 rows. By hand,
since these programs take gigabytes:

    pip install torch keras h5py
    KERAS_BACKEND=torch python -m pytest python/tests/other_programs.py
"""

import keras
import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from torch import nn

import pensel

rng = np.random.default_rng(0)
X = rng.normal(size=(1000, 3))
Y = X @ [1, 2, 3] + np.sin(2 * X[:, 0])
WORDS = np.array(["low", "middle", "high"])[np.digitize(Y, [-1, 1])]


def run(net, rows=X):
    with torch.no_grad():
        return net(torch.tensor(rows)).numpy()


def disturbed(net):
    torch.manual_seed(0)
    for module in net.modules():
        if isinstance(module, nn.BatchNorm1d):
            module.running_mean.normal_()
            module.running_var.uniform_(0.5, 2)
        if isinstance(module, nn.BatchNorm1d | nn.LayerNorm):
            nn.init.normal_(module.weight)
            nn.init.normal_(module.bias)
    return net.eval()


def narrow(*between, last=()):
    return disturbed(nn.Sequential(nn.Linear(3, 16), *between, nn.Linear(16, 2), *last))


ACTIVATIONS = [
    nn.ReLU(),
    nn.Tanh(),
    nn.Sigmoid(),
    nn.SiLU(),
    nn.SELU(),
    nn.GELU(),
    nn.Softplus(),
    nn.LeakyReLU(0.03),
    nn.ELU(0.7),
]


TWICE = nn.Tanh()


@pytest.mark.parametrize(
    "net",
    [narrow(f) for f in ACTIVATIONS]
    + [
        narrow(nn.PReLU()),
        narrow(nn.BatchNorm1d(16), nn.ReLU(), nn.Dropout(0.5)),
        narrow(
            nn.LayerNorm(16, eps=0.01),
            nn.Tanh(),
            nn.Sequential(nn.Linear(16, 16, bias=False), nn.Identity()),
        ),
        disturbed(nn.Sequential(nn.BatchNorm1d(3), nn.Linear(3, 2))),
        narrow(nn.Linear(16, 16), *[TWICE, nn.Linear(16, 16)] * 2),  # one object in two places
    ],
    ids=str,
)
def test_networks_of_torch(net):
    ours = pensel.from_torch(net)
    theirs = run(net.double())
    assert_allclose(ours.predict(X), theirs, rtol=0, atol=1e-6)
    assert_allclose(pensel.from_torch(net).predict(X), theirs, rtol=0, atol=1e-13)  # now in double
    back = pensel.to_torch(ours)
    assert_allclose(run(back, X.astype(np.float32)), theirs, rtol=0, atol=2e-6)


def test_classes_of_torch():
    net = narrow(nn.ReLU(), last=[nn.Linear(2, 3)]).double()
    ours = pensel.from_torch(net, classes=["high", "low", "middle"])
    p = run(nn.Sequential(net, nn.Softmax(1)))
    assert_allclose(ours.predict_proba(X), p, rtol=0, atol=1e-13)
    assert_array_equal(ours.predict(X), np.array(["high", "low", "middle"])[p.argmax(1)])
    ours.set_params(max_iter=30).fit(X, WORDS)  # it is an estimator as any other


def test_a_state_dict_of_torch():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.reads, self.between, self.gives = nn.Linear(3, 8), nn.Linear(8, 8), nn.Linear(8, 1)

        def forward(self, x):
            return self.gives(torch.tanh(self.between(torch.relu(self.reads(x)))))

    net = Net().double()
    ours = pensel.from_torch(net.state_dict(), layers="reads,relu,between,tanh,gives")
    assert_allclose(ours.predict(X), run(net)[:, 0], rtol=0, atol=1e-13)
    with pytest.raises(ValueError, match="Net is not read.*state_dict"):
        pensel.from_torch(net)


LAYERS = [
    {"scale_inputs": "standard", "scale_targets": "standard", "activation": "sine"},
    {"layers": "dense:8:tanh, layer-norm, residual(dense:8:elu:0.5, dense:8), dense:6:gaussian"},
    {"layers": "periodic:2:3:2, dense:4:relu"},
    {"layers": "piecewise:2:4:3, dense:4:relu"},
    {"layers": "embedding:1:5:2, dense:4:relu"},
    {"layers": "parametric, dense:8:silu"},
    {"encoding": {"kind": "fourier", "features": 16, "scale": 0.3}},
    {"precision": "float32"},
    {"precision": "float64", "activation": [("leaky_relu", 0.2)]},
]


@pytest.mark.parametrize("settings", LAYERS, ids=str)
def test_networks_leave_for_torch(settings):
    rows = X.copy()
    rows[:, 0] = np.round(np.abs(X[:, 0]))
    est = pensel.MLPRegressor(hidden_layer_sizes=(8,), max_iter=20, random_state=0, **settings)
    est.fit(rows, Y)
    net = pensel.to_torch(est)
    rows = rows if est.precision == "float64" else rows.astype(np.float32)
    assert_allclose(run(net, rows)[:, 0], est.predict(rows), rtol=0, atol=1e-6)


def test_classes_leave_for_torch_and_are_trained_there():
    est = pensel.MLPClassifier(
        hidden_layer_sizes=(8,), max_iter=20, random_state=0, scale_inputs="standard"
    ).fit(X, WORDS)
    net = pensel.to_torch(est)
    assert_allclose(
        run(net, X.astype(np.float32)), est.predict_proba(X.astype(np.float32)), rtol=0, atol=1e-6
    )
    assert sum(p.numel() for p in net.parameters()) == 3 * 8 + 8 + 8 * 3 + 3
    net(torch.tensor(X, dtype=torch.float32)).log().mean().backward()
    assert all(p.grad is not None for p in net.parameters())


def test_what_torch_cannot_say_is_refused_by_name():
    est = pensel.MLPRegressor(max_iter=1, encoding="hashgrid", scale_inputs="minmax").fit(
        X[:, :2], Y
    )
    with pytest.raises(ValueError, match="operation grid"):
        pensel.to_torch(est)
    cases = [
        (nn.Conv1d(1, 1, 1), "Conv1d 0 is not read"),
        (nn.GELU("tanh"), "GELU 0 is not read: GELU by erf"),
        (nn.Softplus(2), "Softplus 0 is not read: with beta 1"),
        (nn.Softplus(threshold=1), "Softplus 0 is not read: .*threshold of 20"),
        (nn.LeakyReLU(2.0), "leaky-relu with the parameter 2: 0 to 1 is needed"),
        (nn.PReLU(3), "PReLU 0 is not read: one slope"),
        (nn.BatchNorm1d(3, track_running_stats=False), "no running mean"),
        (nn.LayerNorm(3, elementwise_affine=False), "LayerNorm 0 is not read"),
        (nn.Softmax(0), "Softmax 0 is not read: over the units"),
        (nn.LogSoftmax(1), r"LogSoftmax 0 is not read: without it .*net\[:-1\], classes"),
        (nn.Flatten(0), "Flatten 0 is not read: of each row"),
        (nn.ReLU6(), "ReLU6 0 is not read: nn.Sequential of BatchNorm1d, .* ReLU, .* is$"),
    ]
    for module, words in cases:
        with pytest.raises(ValueError, match=words):
            pensel.from_torch(nn.Sequential(module, nn.Linear(3, 1)))
    for module in (nn.Linear, "net.pt", None):
        with pytest.raises(ValueError, match=f"{module!r} is not read: an nn.Module of PyTorch is"):
            pensel.from_torch(module)


def test_networks_of_keras(tmp_path):
    layers = keras.layers
    first = layers.Normalization()
    first.adapt(X * 3 + 1)
    model = keras.Sequential(
        [
            keras.Input((3,)),
            first,
            layers.Dense(8),
            layers.BatchNormalization(),
            layers.LeakyReLU(0.2),
            layers.Dropout(0.1),
            layers.Dense(8, activation="gelu"),
            layers.LayerNormalization(),
            layers.Dense(3, activation="softmax"),
        ]
    )
    model.save(tmp_path / "net.keras")
    model.save(tmp_path / "net.h5")
    theirs = model.predict(X, verbose=0)
    for source in (model, tmp_path / "net.keras", str(tmp_path / "net.h5")):
        assert_allclose(pensel.from_keras(source).predict_proba(X), theirs, rtol=0, atol=1e-6)


def test_functional_networks_of_keras():
    inputs = keras.Input((3,))
    a = keras.layers.Dense(4, activation="relu")(inputs)
    line = keras.Model(inputs, keras.layers.Dense(1)(a))
    assert_allclose(
        pensel.from_keras(line).predict(X), line.predict(X, verbose=0)[:, 0], rtol=0, atol=1e-6
    )
    fork = keras.Model(inputs, keras.layers.Add()([a, keras.layers.Dense(4)(inputs)]))
    with pytest.raises(ValueError, match="layer add.* is not read: a layer of one input is"):
        pensel.from_keras(fork)
    heads = keras.Model(inputs, [a, keras.layers.Dense(1)(a)])
    with pytest.raises(ValueError, match="Functional .* is not read: a model of one input and one output is"):
        pensel.from_keras(heads)
    leaky = keras.Sequential(
        [keras.Input((3,)), keras.layers.Dense(4, activation="leaky_relu"), keras.layers.Dense(1)]
    )
    assert_allclose(
        pensel.from_keras(leaky).predict(X), leaky.predict(X, verbose=0)[:, 0], rtol=0, atol=1e-6
    )


def test_layers_of_keras_that_are_called_twice():
    inputs, twice, f = keras.Input((3,)), keras.layers.Dense(3), keras.layers.Activation("tanh")
    model = keras.Model(inputs, keras.layers.Dense(1)(f(twice(f(twice(inputs))))))
    keras.Model(inputs, f(keras.layers.Dense(4)(inputs)))  # a part of another model too
    assert_allclose(
        pensel.from_keras(model).predict(X), model.predict(X, verbose=0)[:, 0], rtol=0, atol=1e-6
    )


@pytest.mark.parametrize(
    "layer", [keras.layers.LeakyReLU(0.3), keras.layers.ELU(0.4), keras.layers.ReLU()], ids=str
)
def test_layers_of_keras_in_the_place_of_activations(layer):
    dense = keras.layers.Dense
    model = keras.Sequential([keras.Input((3,)), dense(4, activation=layer), dense(1)])
    assert_allclose(
        pensel.from_keras(model).predict(X), model.predict(X, verbose=0)[:, 0], rtol=0, atol=1e-6
    )


def relu(x):
    return keras.ops.minimum(x, 1)


class Dense(keras.layers.Dense):
    def call(self, x):
        return 2 * super().call(x)


class Own(keras.Model):
    def call(self, x):
        return x


def test_what_keras_has_besides_is_refused_by_name():
    dense = keras.layers.Dense
    cases = [
        ([keras.Input((3,)), dense(2, activation="mish")], "activation mish of Dense"),
        ([keras.Input((3,)), dense(2, activation=relu)], "activation relu of Dense .*Keras's own"),
        ([keras.Input((3,)), dense(2, activation=keras.layers.ReLU(6.0))], "ReLU of Dense .*without max_value"),
        ([keras.Input((3,)), Dense(2)], "Dense dense.* is not read: layers of Keras's own are"),
        ([keras.Input((3,)), dense(2), keras.layers.Softmax(axis=0)], "Softmax .*over the units"),
        ([keras.Input((3,)), keras.layers.Rescaling(2.0), dense(1)], "Rescaling rescaling.*is not"),
        ([dense(1)], "one that has its weights is: build it"),
    ]
    for layers, words in cases:
        with pytest.raises(ValueError, match=words):
            pensel.from_keras(keras.Sequential(layers))
    for model, name in ((Own(), "Own"), (keras.Model, "<class 'keras"), (None, "None")):
        with pytest.raises(ValueError, match=f"{name}.* is not read: a Sequential or Functional"):
            pensel.from_keras(model)
