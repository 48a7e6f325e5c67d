#!/usr/bin/env python3
"""No option is ignored in silence: each option of each command, with each method of it, changes a figure or a
file, or is refused by a line that names it. The options are those that the program lists, so a new one is
tried here once it exists; those that rightly change no result stand below, with the reason."""

import json
import os
import struct
import sys
import tempfile

import inputs
from harness import run

# option: why it need not change what comes out
WITHOUT_EFFECT = {
    "--threads": "results never depend on it",
    "--shards": "only the last bits may differ",
    "--progress": "says how far it is, on standard error",
    "--show": "shows the painting meanwhile, on standard error",
    "--quiet": "silences; --json speaks all the same",
    "--json": "is given in every run here",
    "--every": "how often the checkpoint is written",
    "--resume": "needs a checkpoint of the same training",
    "--max-pixels": "refuses large pictures",
    "--untrusted": "allows more formats",
    "--tol": "an improvement that small must be met first: tests/test_stopping.c",
    "--n-iter-no-change": "the loss must stand still first: tests/test_stopping.c",
}
# and with one method only
HERE_WITHOUT_EFFECT = {
    ("paint", "--tile"): "this painting is exact at its own size, with a seam or without",
    ("paint, classes", "--tile"): "this painting is exact at its own size, with a seam or without",
    ("paint, pyramid by adam", "--tile"): "a picture of one level has no seam",
    ("paint", "--coarse-to-fine"): "is what was chosen",
    ("paint, compact", "--seconds"): "one trial is made in any case",
    ("paint, compact", "--max-seconds"): "one trial is made in any case",
    ("paint", "--exact"): "a model that is no .pensel file asks for it",
    ("paint, exact", "--exact"): "is the method",
    ("paint, exact", "--tile"): "this painting is exact at its own size, with a seam or without",
    ("paint, exact", "--coarse-to-fine"): "is what was chosen",
    ("paint, classes", "--coarse-to-fine"): "is what was chosen",
    ("paint, classes", "--balanced"): "is a painting's default",
    ("paint, classes", "--psnr"): "the first pass is exact",
    ("paint, classes by sgd", "--balanced"): "is a painting's default",
    ("paint, the tutorial", "--preset"): "is the method",
    ("paint, the tutorial", "--sklearn-gradient"): "is the preset's",
    ("paint, the tutorial", "--compat"): "is the preset's",
    ("fit", "--sklearn-gradient"): "one output has the same gradient",
    ("fit", "--compat"): "one output has the same gradient",
    ("fit, sgd", "--sklearn-gradient"): "one output has the same gradient",
    ("fit, sgd", "--compat"): "one output has the same gradient",
    ("fit, lbfgs", "--sklearn-gradient"): "one output has the same gradient",
    ("fit, lbfgs", "--compat"): "one output has the same gradient",
}
# values to try, one of which must have an effect; others are found by what the help shows
VALUES = {
    "--clip-norm": ["1e-6"], "--max-seconds": ["1e-9"], "--seconds": ["1e-9"], "--max-fun": ["1"],
    "--epsilon": ["0.5"], "--batch-size": ["5"], "--batch": ["5"], "--epochs": ["1"],
    "--max-iter": ["1"], "--hidden": ["5x2"], "--activation": ["tanh"], "--colours": ["5"], "--threshold": ["200"],
    "--psnr": ["0.5", "3", "20"], "--weight": ["same-grey.png"], "--size": ["7x5"], "--crop": ["1.5,0,9,9"], "--scale": None,
    "--target": ["v"], "--drop": ["v"], "--sample-weight": ["v"], "--validate": ["plane.csv"], "--folds": ["2"],
    "--class-weight": ["low=5"], "--from": ["old.safetensors"], "--contours": ["c.svg"], "--timelapse": ["t.gif"],
    "--plot": ["p.svg"], "--history": ["h.csv"], "--checkpoint": ["c.safetensors"], "--compare": ["x.png"],
    "--neurons": ["n.png"], "--figure": ["f.png"], "--parameters": ["20"], "--at": ["1,1"], "--output": ["other.png", "other.csv"], "--save": ["m2.safetensors"],
    "--preset": ["tutorial"], "--depth": ["16"], "--layers": ["dense:4:tanh"],
}
PAINT = ["paint", "same.png", "-o", "o.png", "--save", "m.safetensors"]
FIT = ["fit", "plane.csv", "--target", "z", "--save", "m.safetensors", "--epochs", "4"]
METHODS = {
    "paint": PAINT,
    "paint, compact": ["paint", "same.png", "-o", "o.png"],
    "paint, compact by size": ["paint", "same.png", "-o", "o.png", "--bytes", "70"],
    "paint, exact": ["paint", "same.png", "-o", "o.png", "--exact"],
    "paint, classes": PAINT + ["--as", "classification"],
    "paint, raw": PAINT + ["--encoding", "raw", "--epochs", "12"],
    "paint, fourier": PAINT + ["--encoding", "fourier", "--epochs", "3"],
    "paint, hash grid": PAINT + ["--encoding", "hashgrid", "--epochs", "3"],
    "paint, pyramid by adam": PAINT + ["--encoding", "pyramid", "--solver", "adam", "--epochs", "3"],
    "paint, classes by sgd": PAINT + ["--as", "classification", "--solver", "sgd", "--epochs", "3"],
    "paint, the tutorial": PAINT + ["--preset", "tutorial", "--epochs", "2"],
    "paint, lbfgs": PAINT + ["--solver", "lbfgs", "--epochs", "3"],
    "fit": FIT,
    "fit, sgd": FIT + ["--solver", "sgd"],
    "fit, lbfgs": FIT + ["--solver", "lbfgs"],
    "fit, classes": ["fit", "kinds.csv", "--target", "kind", "--save", "m.safetensors", "--epochs", "4"],
    "render": ["render", "painting.safetensors", "-o", "o.png"],
    "render, classes": ["render", "classes.safetensors", "-o", "o.png"],
    "render, several": ["render", "several.safetensors", "-o", "o.png"],
    "render, seamless": ["render", "seamless.safetensors", "-o", "o.png"],
    "render, larger": ["render", "painting.safetensors", "-o", "o.png", "--scale", "2"],
    "render as JPEG": ["render", "painting.safetensors", "-o", "o.jpg"],
    "predict": ["predict", "old.safetensors", "plane.csv"],
    "predict, classes": ["predict", "kinds.safetensors", "kinds.csv"],
    "score": ["score", "old.safetensors", "plane.csv"],
}
MODELS = [
    ["paint", "same.png", "--save", "painting.safetensors"],
    ["paint", "same.png", "--as", "classification", "--encoding", "raw", "--epochs", "2", "--save", "classes.safetensors"],
    ["paint", "same.png", "palette.png", "--save", "several.safetensors"],
    ["paint", "same.png", "--tile", "--save", "seamless.safetensors"],
    ["paint", "bird.png", "--quality", "10", "--save", "few.pensel"],
    ["fit", "plane.csv", "--target", "z", "--epochs", "2", "--save", "old.safetensors"],
    ["fit", "kinds.csv", "--target", "kind", "--epochs", "2", "--save", "kinds.safetensors"],
]
# Pairs of which one says what the other says already: (the first, those that go without saying beside it)
ALIKE = {
    "--exact": ["--save m.safetensors", "--tile", "palette.png"],
    "--encoding pyramid": ["--exact", "--save m.safetensors", "--tile", "palette.png", "--as classification", "--colours 3",
                           "--threshold 200"],
    "--as classification": ["--colours 3", "--threshold 200"],
    "--tile": ["--exact", "--save m.safetensors", "palette.png", "--as classification", "--colours 3", "--threshold 200",
               "--encoding pyramid"],  # at their own size these have no seam
    "--scale 2": ["--sharp --scale 2", "--pixel-art nearest --scale 2", "--pixel-art epx --scale 2"],
    "--pixel-art never": ["--size 40x30", "--scale 2", "--crop 1.5,0,9,9", "--depth 16", "-o o.gif", "--sharp"],
    "--psnr 3": ["--as classification", "--colours 3", "--threshold 200",  # the first pass is exact
                 "--encoding raw --epochs 3", "--activation sine:20 --epochs 2"],  # so few do not reach it
    "--pixel-art epx": ["--tile"],  # is what was found
}
# words by which a refusal may name an option
CALLED = {"--colours": "classification", "--threshold": "classification"}
# What chooses one way of several, each tried with each of the others of its list: both change what comes out, or a
# line that names one of them refuses.
PAIRS = {
    "paint": ("paint same.png -o o.png", [
        "--exact", "--preset tutorial --epochs 2", "--quality 3", "--bytes 70", "--parameters 20", "--psnr 3",
        "--as classification", "--colours 3", "--threshold 200", "--encoding raw --epochs 3",
        "--encoding hashgrid --epochs 2", "--encoding pyramid", "--activation sine:20 --epochs 2",
        "--solver sgd --epochs 3", "--loss huber --epochs 3", "--weight same-grey.png", "--tile",
        "--subpixel 4 --epochs 3", "--save m.safetensors", "--save o.pensel", "--depth 16", "palette.png"]),
    "render": ("render painting.safetensors -o o.png", [
        "--size 40x30", "--scale 2", "--crop 1.5,0,9,9", "--tile", "--sharp", "--pixel-art nearest",
        "--pixel-art epx", "--pixel-art never", "--mix 0.5", "--soft", "--depth 16", "-o o.gif"]),
    "render, larger": ("render painting.safetensors -o o.png --scale 4", [
        "--crop 1.5,0,9,9", "--tile", "--sharp", "--pixel-art nearest", "--pixel-art epx", "--pixel-art never",
        "--mix 0.5", "--soft", "--depth 16"]),
    "render, several, larger": ("render several.safetensors -o o.png --scale 4", [
        "--crop 1.5,0,9,9", "--sharp", "--pixel-art nearest", "--pixel-art epx", "--mix 0.5", "--depth 16"]),
    "render, compact": ("render few.pensel -o o.png", [
        "--size 40x30", "--scale 2", "--crop 1.5,0,9,9", "--tile", "--sharp --scale 2",
        "--pixel-art nearest --scale 2", "--pixel-art epx --scale 2", "--mix 0.5", "--soft", "--depth 16"]),
    "render, seamless, larger": ("render seamless.safetensors -o o.png --scale 4", [
        "--tile", "--sharp", "--pixel-art nearest", "--pixel-art epx", "--pixel-art never", "--crop 1.5,0,9,9"]),
}
TIMES = ("seconds", "samples_per_second", "pixels_per_second")


def options_of(command, folder, environment):
    """[(name, argument, choices)]"""
    listed = run(["help", "--list", command], folder, environment).stdout.decode()
    return [(f[0], f[1], f[2].split()) for f in (line.split("\t") for line in listed.splitlines())]


def values_of(name, argument, choices):
    if VALUES.get(name):
        return VALUES[name]
    if choices:
        return choices
    return {"N": ["3", "1", "12"], "X": ["0.5", "0.05", "2"], "S": ["3"], "DB": ["5"]}.get(argument, ["3"])


def parameters(path):
    """The tensors of a model file, without what is said of them."""
    data = open(path, "rb").read()
    return data[8 + struct.unpack("<Q", data[:8])[0]:]


def outcome(words, folder, environment):
    """(exit status, standard error, all that came out and does not depend on the clock)"""
    before = set(os.listdir(folder))
    for name in ("m.safetensors", "o.png", "o.jpg"):
        if os.path.exists(os.path.join(folder, name)):
            os.remove(os.path.join(folder, name))
    done = run(words + ["--json"], folder, environment)
    if done.returncode:
        return done.returncode, done.stderr.decode(), None
    figures = json.loads(done.stdout)
    for name in TIMES:
        figures.pop(name, None)
    files = []
    for name in sorted(os.listdir(folder)):
        path = os.path.join(folder, name)
        if name not in before or name in ("m.safetensors", "o.png", "o.jpg"):
            files.append((name, parameters(path) if name.endswith(".safetensors") else open(path, "rb").read()))
            if name not in before and name not in ("m.safetensors", "o.png", "o.jpg"):
                os.remove(path)
    return 0, "", (json.dumps(figures), files)


def ignored(title, words, folder, environment):
    base = outcome(words, folder, environment)
    if base[0]:
        return ["%s: %s" % (" ".join(words), base[1])]
    found = []
    for name, argument, choices in options_of(words[0], folder, environment):
        if name in WITHOUT_EFFECT or (title, name) in HERE_WITHOUT_EFFECT:
            continue
        tried = [outcome(words + [name] + ([value] if argument else []), folder, environment)
                 for value in (values_of(name, argument, choices) if argument else [""])]
        refused = [t for t in tried if t[0]]
        if any(t[0] == 2 and not t[1].startswith("pensel: ") or t[0] not in (0, 1, 2) for t in refused):
            found.append("%s: %s" % (name, refused))
        if all(not t[0] and t[2] == base[2] for t in tried) or not tried:
            found.append(name)
    return found


def named(refusal, words):
    """Whether a refusal says which option it is about: by its name, its value, or what it is."""
    line = refusal[1]
    known = [word.lstrip("-") for word in words] + [CALLED[word] for word in words if word in CALLED]
    return refusal[0] in (1, 2) and line.startswith("pensel: ") and any(
        word in line for word in known if len(word) > 2)


def pairs_ignored(title, folder, environment):
    base, ways = PAIRS[title]
    base, ways = base.split(), [way.split() for way in ways]
    alone = [outcome(base + way, folder, environment) for way in ways]
    found = []
    for i, one in enumerate(ways):
        if alone[i][0] and not named(alone[i], one):
            found.append("%s: %s" % (" ".join(one), alone[i]))
        for j, other in enumerate(ways[:i]):
            if one[0] == other[0] and one[0].startswith("-"):
                continue  # of one option the last counts
            both = outcome(base + other + one, folder, environment)
            names = "%s with %s" % (" ".join(other), " ".join(one))
            if both[0] and not named(both, one + other):
                found.append("%s: %s" % (names, both[:2]))
            for k, added in ((i, " ".join(other)), (j, " ".join(one))):
                if not both[0] and both[2] == alone[k][2] and " ".join(ways[k]) not in ALIKE.get(added, []):
                    found.append("%s: %s is ignored" % (names, added))
    return found


def main():
    """Prints TAP. Usage: grid.py PENSEL SOURCE [--half 1|2 | METHOD...]"""
    program, source = (os.path.abspath(word) for word in sys.argv[1:3])
    environment = dict(os.environ, LC_ALL="C", PATH=os.path.dirname(program) + ":" + os.environ["PATH"])
    asked = sys.argv[3:]
    everything = [*METHODS, *("pairs " + title for title in PAIRS)]
    if asked[:1] == ["--half"]:
        asked = everything[int(asked[1]) - 1::2]
    asked = asked or everything
    methods = [title for title in asked if title in METHODS]
    pairs = [title[6:] for title in asked if title.startswith("pairs ")]
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        inputs.make(folder, source)
        for model in MODELS:
            run(model + ["-q"], folder, environment)
        for i, title in enumerate(methods):
            found = ignored(title, METHODS[title], folder, environment)
            failed += bool(found)
            print("%sok %d - %s: no option is ignored" % ("not " if found else "", i + 1, title), flush=True)
            print("".join("# ignored: %s\n" % line for line in found), end="", flush=True)
        for i, title in enumerate(pairs, len(methods)):
            found = pairs_ignored(title, folder, environment)
            failed += bool(found)
            print("%sok %d - %s: each choice with each other" % ("not " if found else "", i + 1, title), flush=True)
            print("".join("# ignored: %s\n" % line for line in found), end="", flush=True)
    print("1..%d" % (len(methods) + len(pairs)))
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
