#!/usr/bin/env python3
"""How long other libraries take for the work of bench/measure: median seconds per call, as JSON.

    peer.py LIBRARY train|predict|sparse-train|sparse-predict SHAPE BATCH SAMPLES THREADS [float32|float64 [adam|sgd]]

LIBRARY is sklearn, jax, torch, torch-compiled or onnxruntime, which only predicts. SHAPE is like 2,100x10,3.
Training is one epoch of relu layers on random numbers, a regression: scikit-learn's by partial_fit, JAX's by a
jit-compiled scan over the batches of a shuffled epoch, PyTorch's by a loop over them, with its fused solver.
Sparse rows, of which one input in 1,000 is not 0, are scikit-learn's alone.
"""
import json
import os
import statistics
import sys
import time

library, work, shape, batch, samples, threads = sys.argv[1:7]
precision = sys.argv[7] if len(sys.argv) > 7 else "float32"
solver = sys.argv[8] if len(sys.argv) > 8 else "adam"
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = threads
batch, samples, threads = int(batch), int(samples), int(threads)
batch = min(batch, samples)
# JAX knows no count of threads: it sees as many cores as it may use.
os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])
os.environ["JAX_PLATFORMS"] = "cpu"

import numpy as np  # noqa: E402

widths = []
for part in shape.split(","):
    width, _, count = part.partition("x")
    widths += [int(width)] * int(count or 1)
random = np.random.RandomState(0)
sparse = work.startswith("sparse-")
work = work.removeprefix("sparse-")
if sparse:
    if library != "sklearn":
        sys.exit(library + " has no sparse rows here")
    import scipy.sparse

    x = scipy.sparse.random(samples, widths[0], density=0.001, format="csr", dtype=precision, random_state=random)
else:
    x = random.uniform(size=(samples, widths[0])).astype(precision)
y = random.uniform(size=(samples, widths[-1])).astype(precision)


def sklearn_work():
    import warnings

    from sklearn.neural_network import MLPRegressor

    warnings.simplefilter("ignore")
    model = MLPRegressor(hidden_layer_sizes=tuple(widths[1:-1]), batch_size=batch, solver=solver)
    target = y if y.shape[1] > 1 else y.ravel()
    model.partial_fit(x, target)
    if work == "train":
        return lambda: model.partial_fit(x, target)
    return lambda: model.predict(x)


def jax_work():
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", precision == "float64")
    weights = [(jnp.array(random.uniform(-0.2, 0.2, (i, o)).astype(precision)), jnp.zeros(o, precision))
               for i, o in zip(widths, widths[1:])]
    zeros = jax.tree.map(jnp.zeros_like, weights)
    state = (weights, zeros, zeros, jnp.zeros((), precision))

    def forward(w, a):
        for m, b in w[:-1]:
            a = jax.nn.relu(a @ m + b)
        return a @ w[-1][0] + w[-1][1]

    def loss(w, a, t):
        return 0.5 * jnp.mean((forward(w, a) - t) ** 2)

    def sgd(s, rows):
        w, m, v, t = s
        step = jax.tree.map(lambda p: -1e-3 * p, jax.grad(loss)(w, *rows))
        m = jax.tree.map(lambda p, q: 0.9 * p + q, m, step)
        return (jax.tree.map(lambda p, q, r: p + 0.9 * q + r, w, m, step), m, v, t), 0

    def adam(s, rows):
        w, m, v, t = s
        g = jax.grad(loss)(w, *rows)
        t = t + 1
        m = jax.tree.map(lambda p, q: 0.9 * p + 0.1 * q, m, g)
        v = jax.tree.map(lambda p, q: 0.999 * p + 0.001 * q * q, v, g)
        rate = 1e-3 * jnp.sqrt(1 - 0.999**t) / (1 - 0.9**t)
        w = jax.tree.map(lambda p, a, b: p - rate * a / (jnp.sqrt(b) + 1e-8), w, m, v)
        return (w, m, v, t), 0

    @jax.jit
    def epoch(s, a, t, order):
        order = order[: samples // batch * batch].reshape(-1, batch)
        step = {"adam": adam, "sgd": sgd}[solver]
        return jax.lax.scan(lambda c, i: step(c, (a[i], t[i])), s, order)[0]

    a, t = jnp.array(x), jnp.array(y)
    predict = jax.jit(forward)

    def train():
        nonlocal state
        state = epoch(state, a, t, jnp.array(random.permutation(samples)))
        jax.block_until_ready(state)

    return train if work == "train" else lambda: predict(weights, a).block_until_ready()


def torch_work():
    import torch

    torch.set_num_threads(threads)
    dtype = getattr(torch, precision)
    layers = [part for i, o in zip(widths, widths[1:]) for part in (torch.nn.Linear(i, o, dtype=dtype), torch.nn.ReLU())]
    model = torch.nn.Sequential(*layers[:-1])
    run = torch.compile(model) if library == "torch-compiled" else model
    a, t = torch.from_numpy(x), torch.from_numpy(y)

    def predict():
        with torch.inference_mode():
            run(a)

    if work == "predict":
        return predict
    if solver == "adam":
        optimiser = torch.optim.Adam(model.parameters(), fused=True)
    else:
        optimiser = torch.optim.SGD(model.parameters(), lr=1e-3, momentum=0.9, nesterov=True, fused=True)

    def train():
        for rows in torch.randperm(samples).split(batch):
            optimiser.zero_grad()
            (0.5 * (run(a[rows]) - t[rows]).square().mean()).backward()
            optimiser.step()

    return train


def onnxruntime_work():
    import onnxruntime
    from onnx import TensorProto, helper, numpy_helper

    nodes, values, name = [], [], "x"
    for k, (i, o) in enumerate(zip(widths, widths[1:])):
        values += [numpy_helper.from_array(random.uniform(-0.2, 0.2, (i, o)).astype(precision), f"w{k}"),
                   numpy_helper.from_array(np.zeros(o, precision), f"b{k}")]
        last = k == len(widths) - 2
        nodes.append(helper.make_node("Gemm", [name, f"w{k}", f"b{k}"], ["y" if last else f"z{k}"]))
        if not last:
            nodes.append(helper.make_node("Relu", [f"z{k}"], [f"a{k}"]))
        name = f"a{k}"
    kind = TensorProto.DOUBLE if precision == "float64" else TensorProto.FLOAT
    ends = [helper.make_tensor_value_info(e, kind, ["n", w]) for e, w in (("x", widths[0]), ("y", widths[-1]))]
    graph = helper.make_graph(nodes, "network", ends[:1], ends[1:], values)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return lambda: session.run(None, {"x": x})


if library == "onnxruntime" and work == "train":
    sys.exit("onnxruntime does not train")
call = {"sklearn": sklearn_work, "jax": jax_work, "torch": torch_work, "torch-compiled": torch_work,
        "onnxruntime": onnxruntime_work}[library]()
call()
times = []
begin = time.perf_counter()
while len(times) < 5 or time.perf_counter() - begin < 0.7:
    start = time.perf_counter()
    call()
    times.append(time.perf_counter() - start)
    if len(times) >= 3 and time.perf_counter() - begin > 3:
        break
print(json.dumps({"seconds": statistics.median(times)}))
