"""The tutorial's code on pensel. Only its import lines have changed; they are marked.

Run from anywhere: python3 python/examples/tutorial.py [PICTURE]
It writes tutorial.png, the painting beside the original, into the folder you are in.
"""

import sys
from pathlib import Path

import numpy as np
from PIL import Image

# was: a class Neuron written out in the tutorial
# was: from sklearn.neural_network import MLPClassifier, MLPRegressor
from pensel import MLPClassifier, MLPRegressor, Neuron

# ---------------------------------------------------------------- a neuron

neuron = Neuron(n_inputs=3, bias=-0.1, weights=[0.7, 0.6, 1.4])
print("neuron:", neuron.run([1.0, 0.5, -1.0]))

by_chance = Neuron(n_inputs=3)
print("neuron with weights drawn by chance:", by_chance.run([1.0, 0.5, -1.0]))

# ---------------------------------------------------------------- a picture as a training set

default = Path(__file__).parents[2] / "examples" / "bird.png"
picture = np.asarray(Image.open(sys.argv[1] if len(sys.argv) > 1 else default).convert("RGB"))
height, width, _ = picture.shape

x, y = [], []
for row in range(height):
    for column in range(width):
        r, g, b = picture[row, column]
        x.append((row, column))
        y.append((r / 255, g / 255, b / 255))

# ---------------------------------------------------------------- painting by regression

network = MLPRegressor(
    hidden_layer_sizes=[100] * 10, activation="relu", solver="adam", random_state=1
)
network.fit(x, y)
print("colour at (1, 1):", network.predict([(1, 1)])[0])
print("R2:", network.score(x, y))

colours = np.clip(network.predict(x), 0, 1).reshape(height, width, 3)

# ---------------------------------------------------------------- painting by classification

# two columns, (0, 1) for blue and (1, 0) for grey: the class is their argmax
classes = [(0, 1) if sum(map(int, picture[row, column])) <= 600 else (1, 0) for row, column in x]
painter = MLPClassifier(
    hidden_layer_sizes=[100] * 10, activation="relu", solver="adam", random_state=1
)
painter.fit(x, classes)
probabilities = painter.predict_proba([(1, 1)])[0]
print("probability of grey, blue at (1, 1):", probabilities)
print("class at (1, 1):", ("grey", "blue")[probabilities.argmax()])
print("accuracy:", painter.score(x, classes))

blue = (painter.predict_proba(x).argmax(axis=1) == 1).reshape(height, width, 1)
regions = np.where(blue, (0.2, 0.4, 0.8), (0.9, 0.9, 0.9))

# ---------------------------------------------------------------- to look at

side_by_side = np.hstack([picture / 255, colours, regions])
large = side_by_side.repeat(3, axis=0).repeat(3, axis=1)
Image.fromarray(np.uint8(np.round(255 * large))).save("tutorial.png")
print("wrote tutorial.png")
