"""A network learns to paint: the same picture after more and more epochs, with relu and with sine.

    python3 python/examples/learning_to_paint.py [PICTURE]

writes learning_to_paint.png into the folder you are in. A callback paints while training goes on.
"""

import sys
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from PIL import Image

from pensel import MLPRegressor

default = Path(__file__).parents[2] / "examples" / "bird.png"
picture = np.asarray(Image.open(sys.argv[1] if len(sys.argv) > 1 else default).convert("RGB"))
height, width, _ = picture.shape
target = (picture / np.float32(255)).reshape(-1, 3)

# (row, column) of each pixel, from -1 to 1 along the longer side
rows, columns = np.mgrid[:height, :width]
middle = np.array([height - 1, width - 1]) / 2
place = (np.column_stack([rows.ravel(), columns.ravel()]) - middle) / middle.max()
place = place.astype(np.float32)

SHOWN = (1, 4, 16, 64, 256)
KINDS = {
    "relu": dict(activation="relu"),
    "sine": dict(activation=("sine", 30.0), initialisation="siren", learning_rate_init=5e-4),
}

figure, axes = plt.subplots(2, len(SHOWN) + 1, figsize=(14, 5), layout="constrained")
for line, (kind, parameters) in zip(axes, KINDS.items(), strict=True):

    def paint(network, progress, line=line):
        if progress.epoch in SHOWN:
            painting = np.clip(network.predict(place), 0, 1)
            psnr = -10 * np.log10(np.mean((painting - target) ** 2))
            ax = line[SHOWN.index(progress.epoch)]
            ax.imshow(painting.reshape(height, width, 3), interpolation="nearest")
            ax.set_title(f"epoch {progress.epoch}: {psnr:.1f} dB")

    network = MLPRegressor(
        hidden_layer_sizes=[128] * 4,
        max_iter=SHOWN[-1],
        callback=paint,
        tol=0,
        n_iter_no_change=np.inf,
        learning_rate="cosine",
        alpha=0,
        random_state=0,
        **parameters,
    )
    network.fit(place, target)
    line[0].set_ylabel(kind, fontsize=14)
    line[-1].imshow(picture)
    line[-1].set_title("the original")
for ax in axes.ravel():
    ax.set(xticks=[], yticks=[])
    ax.spines[:].set_visible(False)

figure.savefig("learning_to_paint.png", dpi=110)
print("wrote learning_to_paint.png")
