"""Writes tutorial.h: losses of the tutorial's two networks as scikit-learn trains them on a picture made by a formula.

    python3 tutorial.py > tutorial.h        needs numpy and scikit-learn
"""
import warnings

import numpy as np
from sklearn.neural_network import MLPClassifier, MLPRegressor

HEIGHT, WIDTH, EPOCHS, SEED = 23, 17, 40, 5

warnings.simplefilter("ignore")
y, x, k = np.mgrid[0:HEIGHT, 0:WIDTH, 0:3]
pixels = 100 + y * 4 + x * 4 + k * 7 - x * y % 17 * 2  # the same as test_tutorial.c's
colours = pixels.reshape(-1, 3)
places = [(row, column) for row in range(HEIGHT) for column in range(WIDTH)]
blue = colours.sum(axis=1) <= 600
targets = np.where(blue[:, None], (0, 1), (1, 0))  # two columns: the class is their argmax
settings = dict(hidden_layer_sizes=[100] * 10, max_iter=EPOCHS, random_state=SEED)
classifier = MLPClassifier(**settings).fit(places, targets)
assert classifier.n_outputs_ == 2 and classifier.out_activation_ == "logistic"
curves = {
    "regression": MLPRegressor(**settings).fit(places, colours / 255).loss_curve_,
    "classification": classifier.loss_curve_,
}

print("/* Written by tutorial.py with scikit-learn: the loss after each epoch. */")
print(f"enum {{ HEIGHT = {HEIGHT}, WIDTH = {WIDTH}, EPOCHS = {EPOCHS}, SEED = {SEED} }};")
for name, curve in curves.items():
    print(f"static const double {name}[] = {{")
    for loss in curve:
        print(f"    {loss:.17g},")
    print("};")
shown = [(1, 1), (0, 0), (22, 16), (11, 3)]
print("/* Places, the classifier's two outputs there, and their argmax: 0 is grey, 1 is blue. */")
print(f"enum {{ SHOWN = {len(shown)} }};")
print("static const double shown[SHOWN][2] = {" + ", ".join("{%d, %d}" % place for place in shown) + "};")
print("static const double probabilities[SHOWN][2] = {")
for p in classifier.predict_proba(shown):
    print(f"    {{{p[0]:.17g}, {p[1]:.17g}}},")
print("};")
print("static const int argmax[SHOWN] = {" + ", ".join(map(str, classifier.predict_proba(shown).argmax(axis=1))) + "};")
