"""A curve through points of which some are badly wrong: what each loss makes of them.

    python3 python/examples/losses.py

writes losses.png into the folder you are in.
"""

import matplotlib.pyplot as plt
import numpy as np

from pensel import MLPRegressor

rng = np.random.default_rng(3)
x = np.sort(rng.uniform(-3, 3, 250))
truth = np.sin(2 * x) + 0.3 * x
y = truth + 0.12 * rng.normal(size=x.size)
wrong = rng.random(x.size) < 0.15
y[wrong] += rng.uniform(2, 6, wrong.sum())

LOSSES = {
    "squared_error": "#c44e52",
    "log_cosh": "#8172b2",
    "huber": "#dd8452",
    "absolute_error": "#4c72b0",
}

figure, (left, right) = plt.subplots(
    1, 2, figsize=(13, 4.6), layout="constrained", width_ratios=[2, 1]
)
left.plot(x[~wrong], y[~wrong], ".", color="0.6", label="points")
left.plot(x[wrong], y[wrong], "x", color="0.6", label="points that are wrong")
left.plot(x, truth, "k--", lw=1, label="the curve behind them")

error = np.linspace(-3, 3, 301)
for loss, colour in LOSSES.items():
    network = MLPRegressor(
        loss,
        (50, 50),
        "tanh",
        learning_rate_init=0.01,
        learning_rate="cosine",
        max_iter=800,
        tol=0,
        n_iter_no_change=np.inf,
        huber_delta=0.3,
        random_state=0,
    )
    curve = network.fit(x[:, None], y).predict(x[:, None])
    off = np.sqrt(np.mean((curve - truth) ** 2))
    left.plot(x, curve, color=colour, lw=2, label=f"{loss.replace('_', ' ')}: off by {off:.2f}")

FORMULAS = {
    "squared_error": error**2 / 2,
    "log_cosh": np.log(np.cosh(error)),
    "huber": np.where(abs(error) <= 0.3, error**2 / 2, 0.3 * (abs(error) - 0.15)),
    "absolute_error": abs(error),
}
for loss, colour in LOSSES.items():
    right.plot(error, FORMULAS[loss], color=colour, lw=2, label=loss.replace("_", " "))
left.set(title="Four losses, the same points", xlabel="x", ylabel="y", ylim=(-3, 10))
right.set(title="What an error costs", xlabel="error", ylabel="loss", ylim=(0, 3))
left.legend(frameon=False, ncols=2, loc="upper center")
right.legend(frameon=False)

figure.savefig("losses.png", dpi=110)
print("wrote losses.png")
