"""The network of microcontrollers.py in TensorFlow Lite Micro, on Cortex-M as that does: rows of Markdown's table.

Its sources are in a crate, tfmicro, with the reference kernels, which are what the model needs: an interpreter with one operator.
CMSIS-NN's kernels are in no package; they give the same numbers, sooner: cmsis_nn.py calls them without an interpreter.

Usage: tflm.py FOLDER        after microcontrollers.py, in its folder; needs tensorflow from PyPI, cargo, and libstdc++ for ARM
                             (Debian's libstdc++-arm-none-eabi-newlib)
"""

import itertools
import pathlib
import subprocess
import sys

import numpy as np
import tensorflow as tf

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tests"))
import export_c

FOLDER = pathlib.Path(sys.argv[1]).resolve()
ARENAS = range(512, 16384, 128)  # bytes, of which the first that is enough is taken

PROGRAM = """#include "model.h"
#include "tensorflow/lite/micro/kernels/micro_ops.h"
#include "tensorflow/lite/micro/micro_interpreter.h"
#include "tensorflow/lite/micro/micro_mutable_op_resolver.h"
extern const unsigned char network[];
alignas(16) static uint8_t arena[ARENA];
struct Silent : tflite::ErrorReporter { int Report(const char *, va_list) override { return 0; } };
void operator delete(void *) {}
extern "C" void model_predict(const float *x, float *y)
{
    static Silent reporter;
    static tflite::MicroMutableOpResolver<1> operators;
    static const TfLiteStatus added = operators.AddBuiltin(tflite::BuiltinOperator_FULLY_CONNECTED,
        tflite::ops::micro::Register_FULLY_CONNECTED(), tflite::MicroOpResolverAnyVersion());
    static tflite::MicroInterpreter interpreter(tflite::GetModel(network), operators, arena, ARENA, &reporter);
    static const TfLiteStatus allocated = interpreter.AllocateTensors();
    if (added != kTfLiteOk || allocated != kTfLiteOk) return;
    TfLiteTensor *in = interpreter.input(0), *out = interpreter.output(0);
    for (int i = 0; i < MODEL_INPUTS; i++) PUT(in, i, x[i]);
    interpreter.Invoke();
    for (int i = 0; i < MODEL_OUTPUTS; i++) y[i] = GET(out, i);
}
"""
FLOAT = """#define PUT(t, i, v) t->data.f[i] = v
#define GET(t, i) t->data.f[i]
"""
INT8 = """#include <math.h>
#include <stdint.h>
static int8_t whole(float v)
{
    float n = roundf(v);
    return (int8_t)(n < -128 ? -128 : n > 127 ? 127 : n);
}
#define PUT(t, i, v) t->data.int8[i] = whole(v / t->params.scale + (float)t->params.zero_point)
#define GET(t, i) (float)(t->data.int8[i] - t->params.zero_point) * t->params.scale
"""


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
        converter._experimental_disable_per_channel_quantization_for_dense_layers = True  # what the kernels know
    return converter.convert()


def fetch():
    """The folder of the crate's sources."""
    crate = FOLDER / "crate"
    (crate / "src").mkdir(parents=True, exist_ok=True)
    (crate / "src" / "lib.rs").touch()
    (crate / "Cargo.toml").write_text('[package]\nname = "fetch"\nversion = "0.1.0"\n[dependencies]\ntfmicro = "=0.1.0"\n', encoding="utf-8")
    subprocess.run(["cargo", "vendor", "-q"], cwd=crate, check=True, capture_output=True)
    return crate / "vendor" / "tfmicro" / "submodules" / "tensorflow"


def compiled(sources, board):
    """Objects of all that the interpreter is made of; the linker keeps what is used."""
    lite = sources / "tensorflow" / "lite"
    downloads = lite / "micro" / "tools" / "make" / "downloads"
    names = itertools.chain(lite.glob("micro/*.cc"), lite.glob("micro/memory_planner/*.cc"), lite.glob("core/api/*.cc"),
                            (lite / name for name in ("micro/kernels/fully_connected.cc", "c/common.c",
                                                      "kernels/internal/quantization_util.cc", "kernels/kernel_util.cc")))
    flags = [*export_c.BOARDS[board][0][1:], "-Os", "-ffunction-sections", "-fdata-sections", "-w", "-I%s" % sources,
             "-I%s" % (downloads / "gemmlowp"), "-I%s" % (downloads / "flatbuffers" / "include"), "-I%s" % (downloads / "ruy"),
             "-DTF_LITE_STATIC_MEMORY", "-DTF_LITE_STRIP_ERROR_STRINGS", "-DNDEBUG"]
    cpp = ["-std=c++11", "-fno-rtti", "-fno-exceptions", "-fno-unwind-tables", "-fno-threadsafe-statics", "-fno-use-cxa-atexit", "-fpermissive"]
    objects = FOLDER / board
    objects.mkdir(exist_ok=True)
    for name in names:
        if not any(word in name.name for word in ("_test", "test_helpers", "debug_log", "optional_debug")):
            language = [] if name.suffix == ".c" else cpp
            compiler = "arm-none-eabi-gcc" if name.suffix == ".c" else "arm-none-eabi-g++"
            export_c.run(compiler, *flags, *language, "-c", name, "-o", objects / (name.stem + ".o"))
    return flags + cpp, sorted(objects.glob("*.o"))


def measure(board, flags, objects, whole, flatbuffer, rows):
    """Its outputs, bytes of flash and of RAM, with the smallest arena that is enough."""
    numbers = ", ".join(map(str, flatbuffer))
    (FOLDER / "network.c").write_text("void abort(void) { for (;;) {} }\n"  # in place of one that knows files
                                      "const unsigned char network[] __attribute__((aligned(16))) = {%s};\n" % numbers, encoding="utf-8")
    (FOLDER / "model.cc").write_text((INT8 if whole else FLOAT) + PROGRAM, encoding="utf-8")
    (FOLDER / "model.c").write_text('#include "model.h"\n', encoding="utf-8")
    more = [FOLDER / "interpreter.o", FOLDER / "network.c", *objects]
    for arena in ARENAS:
        export_c.run("arm-none-eabi-g++", *flags, "-I%s" % FOLDER, "-DARENA=%d" % arena, "-c", "model.cc", "-o", "interpreter.o", cwd=FOLDER)
        found, flash, ram = export_c.run_board(FOLDER, board, rows, more)
        if found.shape == (len(rows), 3) and np.ptp(found) > 0:
            return found, flash, ram
    raise RuntimeError("no arena is enough")


def main():
    x = np.loadtxt(FOLDER / "fit.csv", delimiter=",", skiprows=1)[:, :2].astype(np.float32)
    model, rows = network(), x[:40]
    exact = np.array(rows, float)
    for i, layer in enumerate(model.layers):
        kernel, bias = (w.astype(float) for w in layer.get_weights())
        exact = exact @ kernel + bias if i == 2 else np.maximum(exact @ kernel + bias, 0)
    sources = fetch()
    boards = [board for board in export_c.BOARDS if board.startswith("Cortex")]
    built = {board: compiled(sources, board) for board in boards}
    for name, whole in (("float", False), ("int8", True)):
        flatbuffer, cells, off = converted(model, x, whole), [], 0
        for board in boards:
            found, flash, ram = measure(board, *built[board], whole, flatbuffer, rows)
            off = max(off, (np.abs(found - exact).max(0) / np.ptp(exact, 0)).max())
            cells.append("%s / %s" % (format(flash, ","), format(ram, ",")))
        lines = PROGRAM.count("\n") + (INT8 if whole else FLOAT).count("\n") - 1  # which the user writes; model.h is ours
        print("| TensorFlow Lite Micro, %s | %s | | %.1g | %d |" % (name, " | ".join(cells), off, lines), flush=True)


if __name__ == "__main__":
    main()
