"""The pyramid painter's method in JAX: the same levels, start, stages and steps as src/pyramid/pyramid.h says.

    python3 paint_peer.py PICTURE...     one JSON line per picture: the seconds it took to reach several PSNRs

Needs jax, numpy and pillow. Compiling is not counted: every stage runs once before the clock starts.
"""
import json
import sys
import time

import jax
import jax.numpy as jnp
import numpy as np
from PIL import Image

SLOPE, SHARE, COARSE_PASSES, EPOCHS = 0.5, 0.5, 4, 100
GOALS = (40, 44, 47, 50, 60)


def sizes(side):
    out = [side]
    while out[-1] > 4:
        out.append(out[-1] // 2 + 1)
    return out


def stretch(x, axis, size):
    """Nodes of a level as nodes of the next finer one: linear between them."""
    x = jnp.moveaxis(x, axis, 0)
    if x.shape[0] == size:
        return jnp.moveaxis(x, 0, axis)
    between = 0.5 * (x[:-1] + x[1:])
    fine = jnp.stack([x[:-1], between], 1).reshape(-1, *x.shape[1:])
    fine = jnp.concatenate([fine, x[-1:]])[:size]
    return jnp.moveaxis(fine, 0, axis)


def colours(latents, layers, stage):
    total = latents[-1]
    for level in reversed(latents[stage:-1]):
        total = level + stretch(stretch(total, 0, level.shape[0]), 1, level.shape[1])
    w, b, u, c = layers
    z = total @ w.T + b
    return jnp.maximum(z, SLOPE * z) @ u.T + c


def smaller(y):
    """The target of the next coarser level: weighed 1 2 1 in both directions."""
    for axis in (0, 1):
        y = np.moveaxis(y, axis, 0)
        n = y.shape[0] // 2 + 1
        padded = np.concatenate([np.zeros_like(y[:1]), y, np.zeros((3, *y.shape[1:]), y.dtype)])
        weight = np.concatenate([[0.0], np.ones(y.shape[0]), np.zeros(3)]).astype(y.dtype)
        part = sum(k * padded[i:i + 2 * n:2] for i, k in enumerate((1, 2, 1)))
        whole = sum(k * weight[i:i + 2 * n:2] for i, k in enumerate((1, 2, 1)))
        y = np.moveaxis(part / whole.reshape(-1, *[1] * (y.ndim - 1)), 0, axis)
    return y


def start(target, random):
    rows, columns = sizes(target.shape[0]), sizes(target.shape[1])
    count = max(len(rows), len(columns))
    rows += [rows[-1] // 2 + 1] * (count - len(rows))
    columns += [columns[-1] // 2 + 1] * (count - len(columns))
    for side in (rows, columns):
        for i in range(1, count):
            side[i] = side[i - 1] // 2 + 1 if side[i - 1] > 1 else 1
    latents = [jnp.zeros((r, c, 3), jnp.float32) for r, c in zip(rows, columns)]
    turn_in, turn_out = (np.linalg.qr(random.uniform(-1, 1, (3, 3)))[0] for _ in range(2))
    j = np.arange(12)
    sign = np.where(j % 2, -1.0, 1.0)[:, None]
    w, u = sign * turn_in[j // 2 % 3], 0.4 * sign * turn_out[j // 2 % 3]
    layers = (w, np.zeros(12), u.T, np.full(3, 0.5))
    return latents, tuple(jnp.asarray(x, jnp.float32) for x in layers)


def step(stage, latents, layers, moments, target, t):
    def loss(latents, layers):
        e = colours(latents, layers, stage) - target
        return 0.5 * jnp.sum(e * e)

    (dlatents, dlayers) = jax.grad(loss, (0, 1))(latents, layers)
    w, _, u, _ = layers
    jacobian = (1 + SLOPE) / 2 * u @ w
    rate = SHARE / jnp.linalg.norm(jacobian, 2) ** 2
    latents = [x if l < stage else x - rate / 8.0 ** (l - stage) * d
               for l, (x, d) in enumerate(zip(latents, dlatents))]
    scale = 1 / (target.shape[0] * target.shape[1])
    lr = 2e-3 * 30 / (30 + t)
    first = [0.9 * m + 0.1 * scale * g for m, g in zip(moments[0], dlayers)]
    second = [0.999 * v + 0.001 * (scale * g) ** 2 for v, g in zip(moments[1], dlayers)]
    corrected = lr * jnp.sqrt(1 - 0.999 ** t) / (1 - 0.9 ** t)
    layers = tuple(p - corrected * m / (jnp.sqrt(v) + 1e-3) for p, m, v in zip(layers, first, second))
    return latents, layers, (first, second)


def psnr(latents, layers, target):
    q = jnp.round(jnp.clip(colours(latents, layers, 0), 0, 1) * 255) - jnp.round(target * 255)
    return 10 * jnp.log10(255.0 ** 2 / jnp.maximum(jnp.mean(q * q), 1e-9))


def run(picture):
    target = np.asarray(Image.open(picture).convert("RGB"), np.float32) / 255
    latents, layers = start(target, np.random.RandomState(0))
    targets = [target]
    while len(targets) < len(latents):
        targets.append(smaller(targets[-1]))
    moments = tuple([jnp.zeros_like(x) for x in layers] for _ in range(2))
    steps = [jax.jit(step, static_argnums=0)] * len(latents)
    measure = jax.jit(psnr)
    for stage in range(len(latents)):
        jax.block_until_ready(steps[stage](stage, latents, layers, moments, targets[stage], 1.0))
    jax.block_until_ready(measure(latents, layers, target))
    begin, unmeasured, reached, t = time.perf_counter(), 0.0, {}, 0
    stages = [s for s in reversed(range(1, len(latents))) for _ in range(COARSE_PASSES)]
    for stage in stages + [0] * (EPOCHS - len(stages)):
        t += 1
        latents, layers, moments = steps[stage](stage, latents, layers, moments, targets[stage], float(t))
        if stage == 0:
            jax.block_until_ready(layers)
            before = time.perf_counter()
            spent = before - begin - unmeasured
            value = float(measure(latents, layers, target))
            unmeasured += time.perf_counter() - before
            for goal in GOALS:
                if value >= goal:
                    reached.setdefault(str(goal), spent)
    jax.block_until_ready(layers)
    print(json.dumps({"picture": picture, "psnr": value, "seconds": time.perf_counter() - begin - unmeasured,
                      "reached": reached, "jax": jax.__version__}), flush=True)


for name in sys.argv[1:]:
    run(name)
