"""Handwritten digits: which are taken for which, and how the solvers get there.

    python3 python/examples/digits.py

writes digits.png into the folder you are in.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.metrics import confusion_matrix
from sklearn.model_selection import train_test_split

from pensel import MLPClassifier

x, y = load_digits(return_X_y=True)
x = x / 16
training, test, y_training, y_test = train_test_split(x, y, random_state=0, stratify=y)

RUNS = {
    "sgd": dict(solver="sgd", learning_rate_init=0.05),
    "sgd, rate by cosine": dict(solver="sgd", learning_rate_init=0.1, learning_rate="cosine"),
    "adam": dict(solver="adam"),
    "adam with weight decay, averaged": dict(
        weight_decay=0.1, average=0.98, learning_rate="cosine", learning_rate_init=0.01
    ),
}

figure, (left, middle, right) = plt.subplots(1, 3, figsize=(14, 4.3), layout="constrained")

for name, parameters in RUNS.items():
    network = MLPClassifier(
        hidden_layer_sizes=(64, 32),
        activation="gelu",
        random_state=0,
        max_iter=60,
        tol=0,
        n_iter_no_change=np.inf,
        **parameters,
    )
    accuracy = network.fit(training, y_training).score(test, y_test)
    left.semilogy(network.loss_curve_, label=f"{name}: {100 * accuracy:.1f} %")
left.set(title="Loss, and accuracy on digits never seen", xlabel="epoch", ylabel="log loss")
left.legend(frameon=False)

predicted = network.predict(test)
table = confusion_matrix(y_test, predicted)
middle.imshow(np.log1p(table), cmap="Blues")
for (i, j), count in np.ndenumerate(table):
    if count:
        middle.text(j, i, count, ha="center", va="center", color="white" if i == j else "black")
middle.set(
    title="Which are taken for which",
    xlabel="predicted",
    ylabel="written",
    xticks=range(10),
    yticks=range(10),
)

# the digits the network is least sure of
sure = network.predict_proba(test).max(axis=1)
doubtful = np.argsort(sure)[:15]
tiles = np.ones((3 * 10, 5 * 12))
for k, i in enumerate(doubtful):
    row, column = 10 * (k // 5), 12 * (k % 5) + 3
    tiles[row : row + 8, column : column + 8] = 1 - test[i].reshape(8, 8)
    colour = "crimson" if predicted[i] != y_test[i] else "seagreen"
    right.text(
        column - 1,
        row + 3.5,
        predicted[i],
        color=colour,
        weight="bold",
        fontsize=12,
        ha="right",
        va="center",
    )  # on the left of its digit
right.imshow(tiles, cmap="gray", vmin=0, vmax=1)
right.set(title="The 15 it is least sure of, and its guess (red: wrong)")
right.axis("off")

figure.savefig("digits.png", dpi=110)
print("wrote digits.png")
