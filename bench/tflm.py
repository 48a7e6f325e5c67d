"""The network of microcontrollers.py in TensorFlow Lite Micro: bytes of its model and of its arena, and the error in 8 bits.

The package has the interpreter for this machine and no sources, so flash and RAM on a microcontroller are not measured here:
the interpreter and its kernels come on top. Its reference kernels round as those of CMSIS-NN do, bit for bit.

Usage: tflm.py FOLDER        after microcontrollers.py; needs tensorflow, tflite-micro and PyYAML, from PyPI
"""

import pathlib
import sys

import numpy as np
import tensorflow as tf
from tflite_micro.python.tflite_micro import runtime

FOLDER = pathlib.Path(sys.argv[1])
ARENA = 1 << 20


def network():
    """The same weights: what `pensel export` has written as arrays."""
    arrays = np.load(FOLDER / "model.npz")
    layers = [tf.keras.layers.Dense(n, activation=f) for n, f in ((16, "relu"), (16, "relu"), (3, None))]
    model = tf.keras.Sequential([tf.keras.Input((2,)), *layers])
    for i, layer in enumerate(layers):
        kernel = arrays["w%d" % (i + 1)].reshape(layer.units, -1).T
        layer.set_weights([kernel, arrays["c%d" % (i + 1)]])
    return model


def converted(model, examples, whole):
    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    if whole:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.representative_dataset = lambda: ([row[None]] for row in examples)
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        converter.inference_input_type = converter.inference_output_type = tf.int8
    return converter.convert()


def quantised(values, details):
    scale, zero = (details["quantization_parameters"][key][0] for key in ("scales", "zero_points"))
    return np.clip(np.round(values / scale) + zero, -128, 127).astype(np.int8)


def run(flatbuffer, rows, whole):
    interpreter = runtime.Interpreter.from_bytes(flatbuffer, arena_size=ARENA)
    found = []
    for row in rows[:, None]:
        details = interpreter.get_input_details(0), interpreter.get_output_details(0)
        interpreter.set_input(quantised(row, details[0]) if whole else row, 0)
        interpreter.invoke()
        output = interpreter.get_output(0)
        if whole:
            scale, zero = (details[1]["quantization_parameters"][key][0] for key in ("scales", "zero_points"))
            output = (output.astype(float) - zero) * scale
        found.append(output[0])
    return np.array(found), interpreter


def main():
    x = np.loadtxt(FOLDER / "fit.csv", delimiter=",", skiprows=1)[:, :2].astype(np.float32)
    model, rows = network(), x[:40]
    exact = np.array(rows, float)
    for i, layer in enumerate(model.layers):
        kernel, bias = (w.astype(float) for w in layer.get_weights())
        exact = exact @ kernel + bias if i == 2 else np.maximum(exact @ kernel + bias, 0)
    for name, whole in (("float", False), ("int8", True)):
        flatbuffer = converted(model, x, whole)
        found, interpreter = run(flatbuffer, rows, whole)
        off = (np.abs(found - exact).max(0) / np.ptp(exact, 0)).max()
        print("%s: %d bytes of model, error %.1g of the span" % (name, len(flatbuffer), off))
        interpreter.print_allocations()


if __name__ == "__main__":
    main()
