#!/usr/bin/env python3
"""Measures the times in docs/parity.md: pensel against scikit-learn on this machine.

python3 python/tests/measure.py            calls and fits
python3 python/tests/measure.py calls      what a call costs (20 s)
python3 python/tests/measure.py fits       fits, the tutorial's among them (a minute)
python3 python/tests/measure.py clock      the tutorial's by the clock, on all cores (half a minute)
python3 python/tests/measure.py write      all three, into docs/parity.md

All but the clock's work on one thread, and fits are measured in seconds of that thread, so that a
busy machine matters little.
"""

import contextlib
import io
import os
import platform
import re
import subprocess
import sys
import time
import warnings
from functools import partial
from pathlib import Path

WHAT = sys.argv[1] if len(sys.argv) > 1 else ""
THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "PENSEL_THREADS")
for name in THREADS if WHAT != "clock" else ():
    os.environ[name] = "1"  # before NumPy is imported

import numpy as np
import sklearn.neural_network
from PIL import Image
from sklearn.datasets import load_digits

import pensel

PACKAGES = (sklearn.neural_network, pensel)


def number(value):
    return f"{value:.1f}" if value < 10 else f"{value:.0f}"


def line(what, times):
    theirs, ours = times
    if WHAT == "write":
        print(f"| {what} | {number(theirs)} | {number(ours)} | {number(theirs / ours)} x |")
    else:
        print(f"{what:56} {number(theirs):>7} {number(ours):>7} {number(theirs / ours):>6} x")


def head(what):
    if WHAT == "write":
        print(f"\n{what}:\n\n| | scikit-learn | pensel | |\n|---|---:|---:|---:|")
    else:
        print(f"\n{what}\n{'':56} {'sklearn':>7} {'pensel':>7}")


def microseconds(call):
    """Least time of a call, in half a second of work: whoever interrupts, does not count."""
    call()
    least, end = float("inf"), time.process_time() + 0.5
    while time.process_time() < end:
        start = time.perf_counter()
        for _ in range(5):
            call()
        least = min(least, (time.perf_counter() - start) / 5)
    return 1e6 * least


def predictions():
    x = np.random.RandomState(0).uniform(size=(300, 2))
    cases = [
        ("MLPRegressor", "predict", x.sum(axis=1)),
        ("MLPClassifier", "predict", (3 * x[:, 0]).astype(int)),
        ("MLPClassifier", "predict_proba", (2 * x[:, 0]).astype(int)),
    ]
    head("Predicting one row, microseconds")
    for hidden in ([100], [100] * 10):
        for dtype in ("float64", "float32"):
            rows = x.astype(dtype)
            for kind, method, y in cases:
                fitted = [
                    getattr(package, kind)(hidden_layer_sizes=hidden, max_iter=2).fit(rows, y)
                    for package in PACKAGES
                ]
                times = [microseconds(partial(getattr(e, method), rows[:1])) for e in fitted]
                line(f"`{kind}.{method}`, {len(hidden)} x 100, {dtype}", times)


def epochs():
    x = np.random.RandomState(0).uniform(size=(32, 20))
    cases = [
        ("MLPRegressor", x.sum(axis=1), {}),
        ("MLPClassifier", x[:, 0] > 0.5, {"classes": [0, 1]}),
    ]
    head("`partial_fit` of a few rows, 20 inputs, 1 x 100, float64, microseconds")
    for kind, y, first in cases:
        for n in (1, 10, 32):
            going = [
                getattr(package, kind)(random_state=0).partial_fit(x, y.astype(float), **first)
                for package in PACKAGES
            ]
            rows, targets = x[:n], y[:n].astype(float)
            times = [microseconds(partial(e.partial_fit, rows, targets)) for e in going]
            line(f"`{kind}`, {n} row{'s' * (n > 1)}", times)


def painting():
    """Places and colours of the example picture."""
    bird = Path(__file__).parents[2] / "examples" / "bird.png"
    picture = np.asarray(Image.open(bird).convert("RGB")) / 255
    return np.argwhere(np.ones(picture.shape[:2])), picture.reshape(-1, 3)


def clock():
    """The tutorial's painting as its reader waits for it."""
    x, y = painting()
    cases = [(sklearn.neural_network, float), (pensel, float), (pensel, np.float32)]
    times = []
    for package, dtype in cases:
        start = time.perf_counter()
        estimator = package.MLPRegressor(hidden_layer_sizes=[100] * 10, random_state=1)
        estimator.fit(x.astype(dtype), y.astype(dtype))
        times.append(f"{time.perf_counter() - start:.1f} s")
    print(
        f"By the clock, on all {len(os.sched_getaffinity(0))} cores, the tutorial's painting takes "
        f"scikit-learn {times[0]} and pensel {times[1]};\nfrom inputs given as float32, "
        f"pensel takes {times[2]}."
    )


def fits():
    """Whole fits, same seed, so the same work."""
    head("Fits in float64 from the same seed, seconds of processor time")
    digits = load_digits(return_X_y=True)
    cases = [
        (
            "MLPRegressor",
            "the tutorial's painting",
            dict(hidden_layer_sizes=[100] * 10),
            *painting(),
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
        line(f"{what}, {estimator.n_iter_} epochs", times)


def processor():
    with contextlib.suppress(OSError):
        for text in Path("/proc/cpuinfo").read_text().splitlines():
            if text.startswith("model name"):
                return text.split(":")[1].strip()
    return platform.machine()


def write():
    """Replaces what stands between the marks in docs/parity.md."""
    page = Path(__file__).parents[2] / "docs" / "parity.md"
    told = io.StringIO()
    with contextlib.redirect_stdout(told):
        print(
            f"On one core of an {processor()}, Python {platform.python_version()}, scikit-learn "
            f"{sklearn.__version__},\nboth on one thread."
        )
        predictions()
        epochs()
        fits()
        print()
    free = {name: value for name, value in os.environ.items() if name not in THREADS}
    told.write(subprocess.check_output([sys.executable, __file__, "clock"], env=free, text=True))
    marks = re.compile(r"(<!-- measured -->\n).*(<!-- to here -->)", re.DOTALL)
    text = marks.sub(lambda m: f"{m[1]}\n{told.getvalue()}\n{m[2]}", page.read_text())
    page.write_text(text)


warnings.simplefilter("ignore")
if WHAT == "write":
    write()
elif WHAT == "clock":
    clock()
else:
    if WHAT != "fits":
        predictions()
        epochs()
    if WHAT != "calls":
        fits()
