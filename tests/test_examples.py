#!/usr/bin/env python3
"""Runs the example programs and checks their output. Usage: test_examples.py BUILT SOURCE, the folders of the
programs and of their sources.
"""

import math
import pathlib
import subprocess
import sys

number = failed = 0


def check(name, good, what=""):
    global number, failed
    number += 1
    failed += not good
    print("%s %d - %s" % ("ok" if good else "not ok", number, name))
    if not good:
        print("".join("# %s\n" % line for line in what.splitlines()), end="")


def run(program, **keywords):
    return subprocess.run([program], capture_output=True, **keywords)


def pixels(ppm):
    return ppm.split(b"255\n", 1)[1]


def psnr(a, b):
    mse = sum((p - q) ** 2 for p, q in zip(a, b)) / len(a)
    return math.inf if mse == 0 else 10 * math.log10(255 ** 2 / mse)


def main():
    built, source = map(pathlib.Path, sys.argv[1:])

    neuron = run(built / "neuron")
    said = neuron.stdout.decode()
    check("the neuron's output is the tutorial's, -0.05", neuron.returncode == 0
          and said.splitlines()[-1].endswith(" -0.05") and "z = -0.5" in said, said)

    perceptron = run(built / "perceptron")
    said = perceptron.stdout.decode()
    check("a perceptron learns AND and OR", "learns AND" in said and "learns OR" in said, said)
    check("it does not learn XOR", "does not learn XOR" in said, said)
    check("a network does", perceptron.returncode == 0, said)

    plain = run(built / "plain")
    said = plain.stdout.decode()
    right = [int(line.split()[0]) for line in said.splitlines() if line.endswith("points right")]
    check("250 lines of plain C learn the spirals", plain.returncode == 0 and right
          and right[0] >= 185, said)

    custom = run(built / "custom")
    said = custom.stdout.decode()
    check("an activation of the program's own learns a wave", custom.returncode == 0 and "custom:snake" in said
          and float(said.split()[1]) < 0.02, said + custom.stderr.decode())

    original = (source / "bird.ppm").read_bytes()
    painted = run(built / "paint", input=original)
    check("ten lines of C paint the bird", painted.returncode == 0, painted.stderr.decode())
    if painted.returncode == 0:
        likeness = psnr(pixels(original), pixels(painted.stdout))
        check("the painting is like it", likeness > 25, "PSNR %.2f dB" % likeness)
    bad = run(built / "paint", input=b"no picture")
    check("what is no picture is refused", bad.returncode == 1 and bad.stderr.count(b"\n") == 1)
    print("1..%d" % number)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
