"""Checks of tables and of what leaves: files read back byte by byte, programs compiled and run."""

import base64
import gzip
import json
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import unicodedata
import zipfile

from harness import Skip, check, run
from picture_files import read_png



@check("only what touches picture files loads the library of picture files")
def loads_little(folder, environment):
    """The loader of the system prints what a program would load, instead of running it."""
    for program, expected in (("pensel", False), ("pensel-pictures", True)):
        beside = pathlib.Path(shutil.which("pensel", path=environment["PATH"])).resolve().parent / program
        listed = subprocess.run([beside], env=dict(environment, LD_TRACE_LOADED_OBJECTS="1"),
                                capture_output=True, text=True, check=True).stdout
        if "libm.so" not in listed:
            raise Skip("the loader lists nothing here")
        if ("libvips" in listed) != expected:
            return "%s loads %s" % (program, listed)


@check("a table comes by standard input, is read twice where it must be, and its errors say so")
def piped_table(folder, environment):
    rows = "id,x,kind\n" + "".join("%d,%g,%s\n" % (i, i % 7, "low" if i % 7 < 3 else "high") for i in range(40))
    with open(os.path.join(folder, "piped.csv"), "w") as table:
        table.write(rows)

    def pipe(*words, text=rows):
        return run([*words], folder, environment, input=text, text=True)

    fit = ("--target", "kind", "--drop", "id", "--epochs", "30", "-q", "--save")
    for source, model in (("-", "piped.st"), ("piped.csv", "named.st")):
        if pipe("fit", source, *fit, model).returncode:
            return "fit " + source
    if pipe("predict", "piped.st", "-").stdout != pipe("predict", "named.st", "piped.csv").stdout:
        return "the predictions differ"
    if "accuracy" not in pipe("score", "piped.st", "-").stdout:
        return "score"
    empty = pipe("fit", "-", *fit, "none.st", text="")
    if (empty.returncode, empty.stderr) != (1, "pensel: standard input is empty: a table has 1 row or more\n"):
        return empty.stderr
    environment = dict(environment, TMPDIR=os.path.join(folder, "no such folder"))
    full = pipe("predict", "piped.st", "-")
    if full.returncode != 1 or "TMPDIR" not in full.stderr:
        return full.stderr


@check("the deviation of a cross-validation is that of its folds' scores")
def deviation_of_folds(folder, environment):
    with open(os.path.join(folder, "folds.csv"), "w") as table:
        table.write("u,v,y\n" + "".join("%d,%d,%d\n" % (k % 7, k * k % 11, k * 5 % 13 + k % 7) for k in range(60)))
    told = run(["fit", "folds.csv", "--target", "y", "--hidden", "none", "--solver", "lbfgs", "--folds", "3", "--json",
                "--save", "folds.st"], folder, environment, text=True)
    found = json.loads(told.stdout)
    scores = found["fold_scores"]
    wrong = abs(found["fold_deviation"] - statistics.pstdev(scores)) + abs(found["fold_mean"] - statistics.mean(scores))
    if len(set(scores)) != 3 or wrong > 1e-9:
        return told.stdout


@check("whole numbers that are dates are dates in the model, too, and what is no date is counted")
def dates_as_numbers(folder, environment):
    days = ["%d%02d%02d" % (2021 + k % 2, 1 + k * 5 % 12, 1 + k * 11 % 28) for k in range(60)]
    with open(os.path.join(folder, "days.csv"), "w") as table:
        table.write("when,y\n" + "".join("%s,%d\n" % (day, int(day[4:6])) for day in days))
    for name, written in (("iso.csv", "%s-%s-%s"), ("short.csv", "%s%s%s")):
        with open(os.path.join(folder, name), "w") as table:
            table.write("when\n" + "".join(written % (d[:4], d[4:6], d[6:]) + "\n" for d in days))
    with open(os.path.join(folder, "none.csv"), "w") as table:
        table.write("when\n20210230\n20210301\n")
    fit = run(["fit", "days.csv", "--target", "y", "--as", "regression", "--seconds", "1", "--save", "days.st"], folder,
              environment, text=True)
    if fit.returncode or "as numbers such as" not in fit.stdout:
        return fit.stdout + fit.stderr
    short, iso = (run(["predict", "days.st", name], folder, environment, text=True).stdout
                  for name in ("short.csv", "iso.csv"))
    if short != iso or len(short.split()) != 61:
        return "the predictions differ"
    none = run(["predict", "days.st", "none.csv"], folder, environment, text=True)
    if "column when: 1 of 2 values are no date, first in row 1" not in none.stderr:
        return none.stderr


@check("the figures of a table stand in one column, whatever letters its names have")
def aligned(folder, environment):
    rows = ["Fläche in m²,高さ,y\n"] + ["%d,%d,%d\n" % (k, k * 7 % 11, 3 * k) for k in range(30)]
    pathlib.Path(folder, "wide.csv").write_text("".join(rows))
    done = run(["fit", "wide.csv", "--target", "y"], folder, environment)
    lines = done.stdout.decode().splitlines()
    # as a terminal counts: wide letters are of two columns
    starts = {len(line) - len(line.lstrip()) + sum(1 + (unicodedata.east_asian_width(c) in "WF")
              for c in re.match(r"\s*(?:\S+ )*\S+ +", line).group().lstrip()) for line in lines}
    if len(lines) < 10 or len(starts) != 1:
        return "columns %s in\n%s" % (starts, done.stdout.decode())


PREDICT = """#include "raw.h"
#include <math.h>
#include <stdio.h>
static const raw_row rows[] = {
%s};
int main(void)
{
    float y[RAW_OUTPUTS];
    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        raw_predict(&rows[i], y);
        printf("%%s,%%.9g,%%.9g,%%.9g\\n", raw_labels[raw_class(y)], y[0], y[1], y[2]);
    }
    return 0;
}
"""


def fields(data):
    """(number, body) of a protobuf message, https://protobuf.dev/programming-guides/encoding"""
    at = 0

    def whole():
        nonlocal at
        value = shift = 0
        while True:
            byte, at = data[at], at + 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value
    while at < len(data):
        key = whole()
        if key & 7 == 0:
            yield key >> 3, whole()
            continue
        size = {1: 8, 2: None, 5: 4}[key & 7]
        size = whole() if size is None else size
        if at + size > len(data):
            raise ValueError("a field that is longer than its message")
        yield key >> 3, data[at:at + size]
        at += size


def named(graph, number):
    """The names in a graph's inputs (11), outputs (12)"""
    return [dict(fields(body))[1].decode() for key, body in fields(graph) if key == number]


@check("a table's model leaves with its columns: as C it says what the program says, as ONNX it asks for them")
def export_table(folder, environment):
    penguins = os.path.join(os.path.dirname(__file__), "..", "..", "examples", "penguins.csv")
    run(["fit", penguins, "--target", "species", "--seconds", "0.5", "-q", "--save", "raw.safetensors"], folder,
        environment)
    for ending in ("c", "h", "onnx", "json"):
        done = run(["export", "raw.safetensors", "-o", "raw." + ending, "-q"], folder, environment)
        if done.returncode:
            return ending, done.stderr
    rows = [line.split(",") for line in open(penguins).read().splitlines()[1:60]]
    text = lambda value: '"%s"' % value if value not in ("", "NA") else "NULL"
    number = lambda value: value if value not in ("", "NA") else "NAN"
    written = "".join("    {%s, %s, %s},\n" % (text(row[0]), ", ".join(map(number, row[1:5])), text(row[5]))
                      for row in rows)
    with open(os.path.join(folder, "raw-main.c"), "w") as file:
        file.write(PREDICT % written)
    subprocess.run(["cc", "-O1", "raw-main.c", "raw.c", "-lm", "-o", "raw-main"], cwd=folder, check=True)
    found = subprocess.run(["./raw-main"], cwd=folder, check=True, capture_output=True, text=True).stdout.split("\n")
    told = run(["predict", "raw.safetensors", penguins, "--probabilities"], folder, environment).stdout.decode()
    for own, program in zip(found[:-1], told.splitlines()[1:], strict=False):
        own, program = own.split(","), program.split(",")
        if own[0] != program[0] or any(abs(float(a) - float(b)) > 1e-5 for a, b in zip(own[1:], program[1:])):
            return own, program
    graph = dict(fields(open(os.path.join(folder, "raw.onnx"), "rb").read()))[7]
    names = "island bill_length_mm bill_depth_mm flipper_length_mm body_mass_g sex".split()
    columns = json.load(open(os.path.join(folder, "raw.json")))
    if named(graph, 11) != names or named(graph, 12) != ["probabilities", "label"] or not columns:
        return named(graph, 11), named(graph, 12)
    return None if len(found) == 60 else len(found)


@check("columns that are called alike, as words of C or as parts of a graph leave, each with a name of its own")
def export_names(folder, environment):
    names = ["a b", "a_b", "a_b_2", "class", "class_4", "class_4_", "not", "linux", "NAN", "a0", "v1", "variable", "9"]
    rows = [[str((7 * i + 5 * k) % 23) for k in range(len(names))] for i in range(60)]
    with open(os.path.join(folder, "names.csv"), "w") as file:
        file.write("\n".join(",".join(row) for row in [["y", *names], *(["%d.5" % (i * i % 101), *row] for i, row in enumerate(rows))]) + "\n")
    run(["fit", "names.csv", "--target", "y", "--seconds", "0.3", "-q", "--save", "names.safetensors"], folder, environment)
    for ending in ("c", "onnx"):
        done = run(["export", "names.safetensors", "-o", "names." + ending, "-q"], folder, environment)
        if done.returncode:
            return ending, done.stderr
    done = subprocess.run(["cc", "-include", "math.h", "-c", "names.c"], cwd=folder, capture_output=True, text=True)
    graph = dict(fields(open(os.path.join(folder, "names.onnx"), "rb").read()))[7]
    if done.returncode or named(graph, 11) != names or len(named(graph, 12)) != 1:
        return done.stderr, named(graph, 11), named(graph, 12)


@check("paintings leave as graphs of two inputs, and as programs that paint them")
def export_paintings(folder, environment):
    for name, options in (("exact", ["--exact"]), ("hash", ["--encoding", "hashgrid", "--epochs", "2"]),
                          ("waves", ["--encoding", "fourier", "--epochs", "2"]), ("few", ["--bytes", "2k"])):
        model = name + (".pensel" if name == "few" else ".safetensors")  # a compact one leaves as its own pixels
        run(["paint", "bird.png", *options, "-q", "--save", model, "-o", name + ".png"], folder, environment)
        for ending in ("onnx", "c", "json"):
            done = run(["export", model, "-o", name + "." + ending, "-q"], folder, environment)
            if done.returncode:
                return name, ending, done.stderr
        graph = dict(fields(open(os.path.join(folder, name + ".onnx"), "rb").read()))[7]
        if len(named(graph, 11)) != 1 or len(named(graph, 12)) != 1:
            return name, named(graph, 11), named(graph, 12)
        subprocess.run(["cc", "-O1", name + ".c", "-lm", "-o", "paints"], cwd=folder, check=True)
        ppm = subprocess.run(["./paints"], cwd=folder, check=True, capture_output=True).stdout
        pixels = b"".join(read_png(os.path.join(folder, name + ".png"))[4])
        own = ppm[-len(pixels):]
        if max(abs(a - b) for a, b in zip(own, pixels)) > 1 or not ppm.startswith(b"P6"):
            return name, "other pixels"


def packed_tables(folder):
    """Name of a file, words for it, and how many rows and inputs are told, or what an error says."""
    text = b"sep=;\na;b;y\n1;2;3\n4;5;6\n"
    numbers = open(os.path.join(os.path.dirname(__file__), "..", "data", "npy", "fortran.npy"), "rb").read()
    packed = gzip.compress(text)
    files = {
        "t.csv.gz": packed,
        "twice.gz": gzip.compress(text[:12]) + gzip.compress(text[12:]),
        "cut.gz": packed[:-12],
        "odd.gz": packed[:20] + bytes([packed[20] ^ 255]) + packed[21:],
        # the same text by zstd 1.5
        "t.zst": base64.b64decode("KLUv/SQYwQAAc2VwPTsKYTtiO3kKMTsyOzMKNDs1OzYKqR+m0Q=="),
        "cut.zst": base64.b64decode("KLUv/SQYwQAAc2VwPTsKYTtiO3kKMTsyOzMK"),
    }
    for name, data in files.items():
        open(os.path.join(folder, name), "wb").write(data)
    for name, arrays in (("one.npz", ["x"]), ("two.npz", ["x", "z"])):
        with zipfile.ZipFile(os.path.join(folder, name), "w", zipfile.ZIP_DEFLATED) as archive:
            for array in arrays:
                archive.writestr(array + ".npy", numbers)
    archive = open(os.path.join(folder, "one.npz"), "rb").read()
    open(os.path.join(folder, "cut.npz"), "wb").write(archive[:-30])
    with zipfile.ZipFile(os.path.join(folder, "stored.npz"), "w") as stored:
        stored.writestr("x.npy", numbers)
    stored = bytearray(open(os.path.join(folder, "stored.npz"), "rb").read())
    stored[stored.find(numbers) + len(numbers) - 3] ^= 1  # a number is another one
    open(os.path.join(folder, "odd.npz"), "wb").write(stored)
    return [("t.csv.gz", "y", 2, 2), ("twice.gz", "y", 2, 2), ("t.zst", "y", 2, 2), ("one.npz", "2", 3, 1),
            ("two.npz:z", "2", 3, 1), ("cut.gz", "y", "cut.gz is damaged or cut off"),
            ("odd.gz", "y", "odd.gz is damaged or cut off"), ("cut.zst", "y", "cut.zst is damaged or cut off"),
            ("two.npz", "2", "name one of x, z"), ("two.npz:q", "2", "no array q: it has x, z"),
            ("cut.npz", "2", "damaged or cut off"), ("odd.npz", "2", "odd.npz is damaged or cut off")]


@check("tables are read packed as well")
def unpacked(folder, environment):
    wrong = []
    for name, target, *expected in packed_tables(folder):
        done = run(["fit", name, "--target", target, "--hidden", "none", "--epochs", "1", "--json", "--save",
                    "packed.safetensors"], folder, environment)
        if len(expected) == 1:
            good = done.returncode in (1, 2) and expected[0] in done.stderr.decode()
        else:
            told = json.loads(done.stdout) if done.returncode == 0 else {}
            good = [told.get("rows"), told.get("inputs")] == expected
        if not good:
            wrong.append((name, done.returncode, done.stderr))
    return wrong


@check("delimiter and header may be said")
def reading(folder, environment):
    open(os.path.join(folder, "said.csv"), "w").write("1,2;3\n4,5;6\n7,8;9\n")
    words = ["fit", "said.csv", "--hidden", "none", "--epochs", "1", "--json", "--save", "said.safetensors"]
    wrong = []
    for more, rows, inputs in ((["--delimiter", ",", "--header", "yes", "--drop", "2", "--target", "1"], 0, 0),
                               (["--delimiter", "semicolon", "--target", "2", "--drop", "1"], 0, 0),
                               (["--delimiter", "x;"], 0, 0), (["--header", "maybe"], 0, 0)):
        done = run(words + more, folder, environment)
        if done.returncode == 0:
            wrong.append((more, done.stdout))
    open(os.path.join(folder, "said.csv"), "w").write("1,2,3\n4,5,6\n7,8,9\n")
    for header, rows in (("yes", 2), ("no", 3), ("auto", 3)):
        done = run(words + ["--header", header, "--target", "3"], folder, environment)
        noted = b"said.csv: line 1 is numbers" in done.stderr
        if done.returncode or json.loads(done.stdout)["rows"] != rows or noted != (header == "auto"):
            wrong.append((header, done))
    return wrong
