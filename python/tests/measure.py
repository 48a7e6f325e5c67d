#!/usr/bin/env python3
"""Measures what docs/parity.md says about time: pensel beside scikit-learn on this machine.

python3 python/tests/measure.py            the cost of a call
python3 python/tests/measure.py fits       fits, the tutorial's among them (a minute)

Both work on one thread, and fits are measured in seconds of that thread, so that a busy machine
matters little.
"""

import os
import sys
import time
import warnings
from functools import partial
from pathlib import Path

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "PENSEL_THREADS"):
    os.environ[name] = "1"  # before NumPy is imported

import numpy as np
import sklearn.neural_network
from PIL import Image
from sklearn.datasets import load_digits

import pensel

PACKAGES = (sklearn.neural_network, pensel)


def line(what, times, unit):
    theirs, ours = times
    print(f"{what:48} {theirs:9.1f} {ours:9.1f} {unit} {theirs / ours:7.1f} x")


def microseconds(call):
    """Least time of a call."""
    call()
    least, end = float("inf"), time.perf_counter() + 0.5
    while time.perf_counter() < end:
        start = time.perf_counter()
        for _ in range(20):
            call()
        least = min(least, (time.perf_counter() - start) / 20)
    return 1e6 * least


def calls():
    """Predicting one row."""
    x = np.random.RandomState(0).uniform(size=(300, 2))
    cases = [
        ("MLPRegressor", "predict", x.sum(axis=1)),
        ("MLPClassifier", "predict", (3 * x[:, 0]).astype(int)),
        ("MLPClassifier", "predict_proba", (2 * x[:, 0]).astype(int)),
    ]
    for hidden in ([100], [100] * 10):
        for dtype in ("float64", "float32"):
            rows = x.astype(dtype)
            for kind, method, y in cases:
                fitted = [
                    getattr(package, kind)(hidden_layer_sizes=hidden, max_iter=2).fit(rows, y)
                    for package in PACKAGES
                ]
                times = [microseconds(partial(getattr(e, method), rows[:1])) for e in fitted]
                line(f"{kind}.{method}, {len(hidden)} x 100, {dtype}", times, "us")


def fits():
    """Whole fits, same seed, so the same work."""
    bird = Path(__file__).parents[2] / "examples" / "bird.png"
    picture = np.asarray(Image.open(bird).convert("RGB")) / 255
    places = np.argwhere(np.ones(picture.shape[:2]))
    digits = load_digits(return_X_y=True)
    cases = [
        (
            "MLPRegressor",
            "the tutorial's painting",
            dict(hidden_layer_sizes=[100] * 10),
            places,
            picture.reshape(-1, 3),
        ),
        ("MLPClassifier", "digits", dict(), *digits),
        ("MLPClassifier", "digits, sgd, batch 32", dict(solver="sgd", batch_size=32), *digits),
    ]
    for kind, what, parameters, x, y in cases:
        times = []
        for package in PACKAGES:
            estimator = getattr(package, kind)(random_state=1, **parameters)
            start = time.process_time()
            estimator.fit(x, y)
            times.append(time.process_time() - start)
        line(f"{what}, {estimator.n_iter_} epochs", times, "s ")


warnings.simplefilter("ignore")
print(f"{'':48} {'sklearn':>9} {'pensel':>9}")
fits() if "fits" in sys.argv else calls()
