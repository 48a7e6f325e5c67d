"""How much memory a network takes on microcontrollers, as exported by pensel and by others.

A network of 2-16-16-3 with relu is fitted by pensel; scikit-learn's regressor gets its weights, and goes to emlearn and to
m2cgen; onnx2c gets the file that pensel writes. What each writes is linked without libraries of the system but gcc's, and run
by QEMU. Prints Markdown's table.

Usage: microcontrollers.py PENSEL FOLDER        needs emlearn, m2cgen, scikit-learn, and the compilers of scripts/test-export
    --onnx2c PROGRAM     its row, of a program that is built already, since no registry has it
    --cmsis-nn FOLDER    its row, of a folder with its Include and Source; on Cortex-M
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys

import emlearn
import m2cgen
import numpy as np
import sklearn.neural_network

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tests"))
import cmsis_nn
import export_c


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("pensel", type=pathlib.Path)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--onnx2c", type=pathlib.Path, metavar="PROGRAM")
    parser.add_argument("--cmsis-nn", type=pathlib.Path, metavar="FOLDER")
    given = parser.parse_args()
    if given.onnx2c and not os.access(given.onnx2c, os.X_OK):
        parser.error("%s is no program" % given.onnx2c)
    if given.cmsis_nn and not all((given.cmsis_nn / name).is_file() for name in cmsis_nn.SOURCES):
        parser.error("%s has not the files %s" % (given.cmsis_nn, " and ".join(cmsis_nn.SOURCES)))
    return given


GIVEN = arguments()
PENSEL, FOLDER = GIVEN.pensel.resolve(), GIVEN.folder.resolve()
LINES = 2  # of the user's: a header, and a call


def pensel(*words):
    return subprocess.run([PENSEL, *map(str, words)], cwd=FOLDER, check=True, capture_output=True, text=True).stdout


def fit():
    """The table's rows, and the network as scikit-learn's regressor."""
    x = np.random.default_rng(7).uniform(0, 1, (300, 2)).astype(np.float32)
    y = np.stack([x[:, 0] * x[:, 1], np.sin(3 * x[:, 0]), x[:, 1] ** 2], 1)
    np.savetxt(FOLDER / "fit.csv", np.hstack([x, y]), delimiter=",", header="a,b,y,z,w", comments="", fmt="%.9g")
    pensel("fit", "fit.csv", "--target", "y,z,w", "--hidden", "16,16", "--epochs", 400, "--batch", 30,
           "--learning-rate-init", 0.01, "-q", "--save", "model.safetensors")
    pensel("export", "model.safetensors", "-o", "model.npz")
    pensel("export", "model.safetensors", "-o", "model.h")
    arrays = np.load(FOLDER / "model.npz")
    peer = sklearn.neural_network.MLPRegressor(hidden_layer_sizes=(16, 16), max_iter=1, random_state=0).fit(x, y)
    inputs = [2, 16, 16]
    peer.coefs_ = [arrays["w%d" % (i + 1)].reshape(-1, n).T for i, n in enumerate(inputs)]
    peer.intercepts_ = [arrays["c%d" % (i + 1)] for i in range(3)]
    return x[:40], peer


def write_emlearn(peer, inference):
    emlearn.convert(peer, method="inline").save(name="peer", file=str(FOLDER / "peer.h"), inference=[inference])
    (FOLDER / "model.c").write_text('#include "model.h"\n#include "peer.h"\nvoid model_predict(const float *x, float *y)\n'
                                    "{\n    peer_regress(x, 2, y, 3);\n}\n", encoding="utf-8")


def write_pensel(*options):
    pensel("export", "model.safetensors", "-o", "model.c", *options)


def write_onnx2c(program):
    """It writes no header, so the declaration is the user's."""
    pensel("export", "model.safetensors", "-o", "model.onnx")
    network = subprocess.run([program, "model.onnx"], cwd=FOLDER, check=True, capture_output=True, text=True).stdout
    (FOLDER / "network.c").write_text(network, encoding="utf-8")
    (FOLDER / "model.c").write_text('#include "model.h"\n#include "network.c"\nvoid model_predict(const float *x, float *y)\n'
                                    "{\n    entry((const void *)x, (void *)y);\n}\n", encoding="utf-8")


def measure(name, rows, exact, lines, boards=tuple(export_c.BOARDS), more=()):
    cells, off = [""] * len(export_c.BOARDS), 0
    for i, board in enumerate(export_c.BOARDS):
        if board in boards:
            found, flash, ram = export_c.run_board(FOLDER, board, rows, more)
            off = max(off, (np.abs(found - exact).max(0) / np.ptp(exact, 0)).max())
            cells[i] = "%s / %s" % (format(flash, ","), format(ram, ","))
    print("| %s | %s | %.1g | %d |" % (name, " | ".join(cells), off, lines), flush=True)


def measure_given(peer, rows, exact):
    """What no registry has, of the folders that the caller names."""
    if GIVEN.onnx2c:
        write_onnx2c(GIVEN.onnx2c.resolve())
        measure("onnx2c", rows, exact, LINES)
    if GIVEN.cmsis_nn:
        kernels = GIVEN.cmsis_nn.resolve()
        cmsis_nn.write(FOLDER, peer, np.loadtxt(FOLDER / "fit.csv", delimiter=",", skiprows=1)[:, :2])
        boards = [board for board in export_c.BOARDS if board.startswith("Cortex")]
        for board in boards:
            export_c.BOARDS[board][0].append("-I%s" % (kernels / "Include"))
        measure("CMSIS-NN, int8", rows, exact, cmsis_nn.LINES, boards, [kernels / name for name in cmsis_nn.SOURCES])
    left = [name for name, path in (("--onnx2c", GIVEN.onnx2c), ("--cmsis-nn", GIVEN.cmsis_nn)) if not path]
    if left:
        print("left out: the rows of %s" % " and ".join(left), file=sys.stderr)


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    os.chdir(FOLDER)  # emlearn compiles in the folder tmp
    rows, peer = fit()
    exact = peer.predict(rows.astype(float))
    for board in export_c.BOARDS.values():
        board[0].append("-I" + emlearn.includedir)
    print("| | %s | error, of the span | lines |" % " | ".join("%s, flash / RAM" % board for board in export_c.BOARDS))
    print("|---|---|---|---|---|---|")
    write_pensel()
    measure("pensel, float", rows, exact, LINES)
    write_pensel("--quantise", "int8", "--check", "fit.csv")
    measure("pensel, int8", rows, exact, LINES)
    for inference in ("inline", "loadable"):
        try:
            write_emlearn(peer, inference)
            measure("emlearn %s, %s" % (emlearn.__version__, inference), rows, exact, LINES)
        except (subprocess.CalledProcessError, ValueError, NotImplementedError) as failure:
            print("| emlearn, %s: %s |" % (inference, str(getattr(failure, "stderr", failure))[:300]))
    try:
        m2cgen.export_to_c(peer)
    except NotImplementedError as refusal:
        print("| m2cgen %s | %s |" % (m2cgen.__version__, json.dumps(str(refusal))))
    measure_given(peer, rows, exact)


if __name__ == "__main__":
    main()
