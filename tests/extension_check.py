"""The extension of an installed package by itself, without NumPy, which not every Python that can be emulated loads. Usage:
extension_check.py FOLDER, of the package. Oracles: the formulas, by Python's math."""

import array
import importlib.util
import math
import pathlib
import sys

(path,) = [p for p in pathlib.Path(sys.argv[1]).iterdir() if p.name.startswith("_core.") and p.suffix in (".so", ".pyd")]
spec = importlib.util.spec_from_file_location("pensel._core", path)
core = importlib.util.module_from_spec(spec)
spec.loader.exec_module(core)


class Rows:
    """Numbers (rows, columns), as the extension borrows them."""

    def __new__(cls, rows):
        flat = array.array("d", [v for row in rows for v in row])
        return memoryview(flat).cast("B").cast("d", (len(rows), len(rows[0])))


def close(a, b):
    return abs(a - b) <= 1e-12 * max(1, abs(b))


z, f, slope = (array.array("d", v) for v in ([-2.0, -0.5, 0.0, 3.0], [0] * 4, [0] * 4))
core.apply("tanh", 0.0, z, f, slope)
assert all(close(f[i], math.tanh(v)) and close(slope[i], 1 - math.tanh(v) ** 2) for i, v in enumerate(z)), (f, slope)

# y = 3 tanh(0.5 a - b) - tanh(2 b + 0.1) + 0.25: weights by output, then biases, layer by layer
network = core.Network(2, ((2, "tanh", 0.0), (1, "identity", 0.0)), "float64", {})
parameters = memoryview(network)
parameters[:] = array.array("d", [0.5, -1.0, 0.0, 2.0, 0.0, 0.1, 3.0, -1.0, 0.25])
points = [(0.2, -0.4), (1.0, 1.0), (-3.0, 0.7)]
x, y = Rows(points), Rows([[0.0]] * 3)
assert network.predict(x, y, 2)
for i, (a, b) in enumerate(points):
    assert close(y[i, 0], 3 * math.tanh(0.5 * a - b) - math.tanh(2 * b + 0.1) + 0.25), (i, y[i, 0])

# its gradient, by central differences
targets, gradient = Rows([[1.0], [0.0], [-1.0]]), array.array("d", [0.0] * 9)
loss = network.gradient(x, targets, None, gradient, {"alpha": 0.0})
nothing = array.array("d", [0.0] * 9)
for i in range(9):
    kept, sides = parameters[i], []
    for step in (1e-6, -1e-6):
        parameters[i] = kept + step
        sides.append(network.gradient(x, targets, None, nothing, {"alpha": 0.0}))
    parameters[i] = kept
    assert abs((sides[0] - sides[1]) / 2e-6 - gradient[i]) < 1e-6 * max(1, abs(gradient[i])), (i, sides, gradient[i])

dark, grey = (array.array("f", [v] * 12) for v in (0.2, 0.4))  # whole steps of 8 bits; 10 log10(1 / 0.2^2)
assert abs(core.psnr(dark, grey, (2, 2, 3)) - 20 * math.log10(5)) < 1e-6
try:
    core.Network(0, ((1, "identity", 0.0),), "float64", {})
except ValueError as error:
    assert str(error)
else:
    raise AssertionError("a network without inputs")
print("pensel", core.version, core.machine(), "loss", loss)
