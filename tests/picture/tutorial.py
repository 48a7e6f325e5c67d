"""Writes tutorial.h: losses of the tutorial's two networks as scikit-learn trains them on a picture made by a formula.

    python3 tutorial.py > tutorial.h        needs numpy and scikit-learn
"""
import warnings

import numpy as np
from sklearn.neural_network import MLPClassifier, MLPRegressor

HEIGHT, WIDTH, EPOCHS, SEED = 23, 17, 30, 5

warnings.simplefilter("ignore")
y, x, k = np.mgrid[0:HEIGHT, 0:WIDTH, 0:3]
pixels = (x * 7 + y * 13 + k * 29 + (x * y) % 17 * 5) % 128 + 128  # the same as test_tutorial.c's
colours = pixels.reshape(-1, 3)
places = [(row, column) for row in range(HEIGHT) for column in range(WIDTH)]
classes = np.where(colours.sum(axis=1) <= 600, "blue", "grey")
settings = dict(hidden_layer_sizes=[100] * 10, max_iter=EPOCHS, random_state=SEED)
curves = {
    "regression": MLPRegressor(**settings).fit(places, colours / 255).loss_curve_,
    "classification": MLPClassifier(**settings).fit(places, classes).loss_curve_,
}

print("/* Written by tutorial.py with scikit-learn: the loss after each epoch. */")
print(f"enum {{ HEIGHT = {HEIGHT}, WIDTH = {WIDTH}, EPOCHS = {EPOCHS}, SEED = {SEED} }};")
for name, curve in curves.items():
    print(f"static const double {name}[EPOCHS] = {{")
    for loss in curve:
        print(f"    {loss:.17g},")
    print("};")
