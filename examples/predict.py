"""Predicts with a plain network that `pensel export` wrote: python predict.py MODEL.npz 5.1,3.5,1.4,0.2 ..."""
import json
import sys

import numpy as np

F = {"identity": lambda z: z, "relu": lambda z: np.maximum(z, 0), "tanh": np.tanh, "logistic": lambda z: 1 / (1 + np.exp(-z)),
     "softmax": lambda z: (e := np.exp(z - z.max(1, keepdims=True))) / e.sum(1, keepdims=True)}
DO = {"input": lambda a, o, w, c: a, "scale": lambda a, o, w, c: (a - c) / w, "unscale": lambda a, o, w, c: a * w + c,
      "affine": lambda a, o, w, c: F[o["f"]](a @ w.reshape(-1, a.shape[1]).T + c), "pair": lambda a, o, w, c: np.hstack([1 - a, a])}

def predict(path, a):  # rows of inputs (rows, inputs); gives numbers or probabilities (rows, outputs)
    arrays = np.load(path)
    for i, o in enumerate(json.loads(arrays["model"].tobytes())["operations"]):
        a = DO[o["do"]](a, o, arrays.get("w%d" % i), arrays.get("c%d" % i))
    return a

if __name__ == "__main__":
    print(predict(sys.argv[1], np.array([row.split(",") for row in sys.argv[2:]], float)))
