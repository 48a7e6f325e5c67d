"""What an installed package must do, wherever it was installed: scripts/platform-wheels runs it in an environment of
its own. Oracles: NumPy's formula of the forward pass, scikit-learn, and the file that was written."""

import pathlib
import pickle
import platform
import tempfile

import numpy as np
import sklearn.neural_network

import pensel

rng = np.random.default_rng(3)
x = rng.normal(size=(300, 5))
y = np.tanh(x[:, 0] * x[:, 1]) + 0.1 * x[:, 2]

settings = dict(hidden_layer_sizes=(20, 10), max_iter=30, random_state=4)
model = pensel.MLPRegressor(**settings).fit(x, y)
other = sklearn.neural_network.MLPRegressor(**settings).fit(x, y)
np.testing.assert_allclose(model.loss_curve_, other.loss_curve_, rtol=1e-7)

a = x
for i, (w, b) in enumerate(zip(model.coefs_, model.intercepts_)):
    a = a @ w + b
    a = np.maximum(a, 0) if i < 2 else a
np.testing.assert_allclose(model.predict(x), a[:, 0], rtol=1e-9, atol=1e-9)

with tempfile.TemporaryDirectory() as folder:
    path = pathlib.Path(folder) / "model.safetensors"
    model.save(path)
    again = pensel.MLPRegressor.load(path)
    np.testing.assert_array_equal(again.predict(x), model.predict(x))
np.testing.assert_array_equal(pickle.loads(pickle.dumps(model)).predict(x), model.predict(x))

picture = np.stack([*np.meshgrid(*[np.linspace(0, 1, 16)] * 2), np.full((16, 16), 0.5)], axis=-1)
painted = np.asarray(pensel.paint(picture).render()) / 255
assert painted.shape == picture.shape and np.abs(painted - picture).mean() < 0.02, np.abs(painted - picture).mean()

# as Linux reports the processor: the compiler of wheels must not be the reason for a slower one
flags = pathlib.Path("/proc/cpuinfo")
if platform.machine() == "x86_64" and flags.exists():
    words = set(flags.read_text().split())
    best = "avx512" if {"avx512f", "avx512dq", "avx512bw", "avx512vl"} <= words else "avx2" if {"avx2", "fma"} <= words else "reference"
    assert pensel.machine().isa == best, (pensel.machine(), best)

site = pathlib.Path(pensel.__file__).parent
assert "site-packages" in site.parts, site
print("pensel", pensel.__version__, "in", site)
