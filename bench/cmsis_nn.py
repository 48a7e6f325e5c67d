"""The network of microcontrollers.py in CMSIS-NN's kernels: its numbers in 8 bits as TensorFlow Lite has them, and the C around.

A number is a whole one of 8 bits times a scale: of weights one for the layer; of values as wide as they are on the examples,
with a zero point. The sum of a neuron comes to the next layer's scale by a factor of 31 bits and a shift. The weights are
printed for the user, as a converter does; the rest is what the user writes, with names and sizes of layers in it.
"""

import math

import numpy as np

SOURCES = ("Source/FullyConnectedFunctions/arm_fully_connected_s8.c", "Source/NNSupportFunctions/arm_nn_vec_mat_mult_t_s8.c")

PROGRAM = """#include "model.h"
#include "weights.h"
#include <arm_nnfunctions.h>
#include <math.h>
static const cmsis_nn_fc_params layers[] = {%(layers)s};
static const cmsis_nn_per_tensor_quant_params scales[] = {%(scales)s};
static const cmsis_nn_dims sizes[] = {%(sizes)s}, row = {1, 1, 1, MODEL_INPUTS};
static const int8_t *const weights[] = {%(weights)s};
static const int32_t *const biases[] = {%(biases)s};
static int8_t whole(float v)
{
    float n = roundf(v);
    return (int8_t)(n < -128 ? -128 : n > 127 ? 127 : n);
}
void model_predict(const float *x, float *y)
{
    const cmsis_nn_context none = {0};
    int8_t values[2][%(widest)d], *now = values[0], *next = values[1];
    for (int i = 0; i < MODEL_INPUTS; i++)
        now[i] = whole(x[i] * %(in)s + %(in_zero)d);
    for (int i = 0; i < %(count)d; i++) {
        arm_fully_connected_s8(&none, &layers[i], &scales[i], &row, now, &sizes[i], weights[i], &sizes[i], biases[i],
                               &sizes[i], next);
        int8_t *last = now;
        now = next, next = last;
    }
    for (int i = 0; i < MODEL_OUTPUTS; i++)
        y[i] = (float)(now[i] - %(out_zero)d) * %(out)s;
}
"""
LINES = PROGRAM.count("\n") - 1  # model.h is ours


def spread(values):
    """Scale and zero point of values that reach from -128 to 127."""
    low, high = min(values.min(), 0), max(values.max(), 0)
    scale = (high - low) / 255
    return scale, round(-128 - low / scale)


def factor(real):
    """The whole number of 31 bits and the shift to the left that make that factor."""
    fraction, shift = math.frexp(real)
    whole = round(fraction * 2**31)
    return (whole, shift) if whole < 2**31 else (whole // 2, shift + 1)


def quantised(peer, x):
    """Of each layer: weights, biases, factor and shift, the scales and zero points before and after, whether relu."""
    values, found = x.astype(float), []
    before = spread(values)
    for i, (w, c) in enumerate(zip(peer.coefs_, peer.intercepts_, strict=True)):
        relu = i + 1 < len(peer.coefs_)
        values = values @ w + c
        values = np.maximum(values, 0) if relu else values
        after, scale = spread(values), np.abs(w).max() / 127
        found.append((np.rint(w.T / scale).astype(int), np.rint(c / (scale * before[0])).astype(int),
                      factor(before[0] * scale / after[0]), before, after, relu))
        before = after
    return found


def braces(rows):
    return ", ".join("{%s}" % ", ".join(map(str, row)) for row in rows)


def names(letter, layers):
    return ", ".join("%s%d" % (letter, i) for i in range(len(layers)))


def write(folder, peer, x):
    """model.c with its weights.h, for the header that is there."""
    layers = quantised(peer, x)
    arrays = (("int8_t w", [layer[0] for layer in layers]), ("int32_t c", [layer[1] for layer in layers]))
    text = ["static const %s%d[] = %s;\n" % (name, i, braces([numbers.ravel()]))
            for name, each in arrays for i, numbers in enumerate(each)]
    (folder / "weights.h").write_text("#include <stdint.h>\n" + "".join(text), encoding="utf-8")
    first, last = layers[0][3], layers[-1][4]
    limits = [(-before[1], 0, after[1], "{%d, 127}" % (after[1] if relu else -128)) for *_, before, after, relu in layers]
    words = {"layers": braces(limits), "scales": braces(layer[2] for layer in layers), "weights": names("w", layers),
             "sizes": braces((layer[0].shape[1], 1, 1, layer[0].shape[0]) for layer in layers), "biases": names("c", layers),
             "widest": max(max(layer[0].shape) for layer in layers), "count": len(layers), "in": "%.9gf" % (1 / first[0]),
             "in_zero": first[1], "out": "%.9gf" % last[0], "out_zero": last[1]}
    (folder / "model.c").write_text(PROGRAM % words, encoding="utf-8")
