"""How much memory a network takes on microcontrollers, as exported by pensel and by others.

A network of 2-16-16-3 with relu is fitted by pensel; scikit-learn's regressor gets its weights, and goes to emlearn and to
m2cgen. What each writes is linked without libraries of the system but gcc's, and run by QEMU. Prints Markdown's table.

Usage: microcontrollers.py PENSEL FOLDER        needs emlearn, m2cgen, scikit-learn, and the compilers of scripts/test-export
"""

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
import export_c

PENSEL, FOLDER = (pathlib.Path(path).resolve() for path in sys.argv[1:3])
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


def measure(name, rows, exact, lines):
    cells, off = [], 0
    for board in export_c.BOARDS:
        found, flash, ram = export_c.run_board(FOLDER, board, rows)
        off = max(off, (np.abs(found - exact).max(0) / np.ptp(exact, 0)).max())
        cells.append("%s / %s" % (format(flash, ","), ram))
    print("| %s | %s | %.1g | %d |" % (name, " | ".join(cells), off, lines), flush=True)


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


if __name__ == "__main__":
    main()
