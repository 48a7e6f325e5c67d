#!/usr/bin/env python3
"""Command lines by chance: `fit`, `paint`, `render` and the others with options and values from their own help, sensible ones and
others, on small tables and pictures, and on tables of a million columns. Best with a program under the sanitizers.

    fuzz/command_lines.py PENSEL [SECONDS [SEED]]      SECONDS 60, SEED by the clock; the same seed gives the same command lines

Whatever it is told, the program ends by itself, with exit status 0, or with 1 or 2 and one line on standard error; what --json
prints is JSON; no file is left half-written. What breaks that is printed with the command line, and the exit status is then 1.
"""

import json
import os
import pathlib
import random
import re
import resource
import shlex
import subprocess
import sys
import tempfile
import time
import zlib

COMMANDS = ["fit"] * 8 + ["paint"] * 8 + ["render"] * 5 + ["predict", "score", "inspect", "export", "import", "neuron", "activations"]
ODD = ["", "0", "-1", "1", "2", "-0", "1e308", "1e-308", "nan", "inf", "-inf", "1e999", "0x10", "0.5", "3.7", "4294967296", "18446744073709551616",
       "9223372036854775807", "1,2", "1,,2", ",", "a", "äöü", "\udcff", "%s%n", "x" * 5000, "1x1", "0x0", "999999x999999", "1:2:3", " ", "--", "-", "true",
       "false", "auto", "/dev/null", "/dev/full", ".", "none", "../x", "\n", "10k", "1M", "5s", "1h", "cmyk", "relu:nan"]
SECONDS = 60  # of processor time for one command line; what is asked of it takes less than one
MEGABYTES = 4000
NOTES = 30  # lines at most: the last one is the error, those above say what was made of a table


class World:
    """A folder with tables, pictures and models."""

    def __init__(self, program, draw, folder):
        self.program, self.draw, self.folder = program, draw, folder
        self.options = {command: self.help_of(command) for command in sorted(set(COMMANDS))}
        self.tables = self.make_tables()
        self.pictures = self.make_pictures()
        self.models = []
        for words in (["fit", "numbers.csv", "--target", "y", "--epochs", "2", "--preset", "scikit-learn", "--save", "net.safetensors"],
                      ["fit", "mixed.csv", "--target", "y", "--save", "mixed.safetensors"],
                      ["paint", "ramp.ppm", "--hidden", "4", "--epochs", "2", "-o", "p.png", "--save", "painted.safetensors"],
                      ["paint", "ramp.ppm", "--bytes", "400", "-o", "p.png", "--save", "compact.pensel"]):
            done = subprocess.run([program, *words, "-q"], cwd=folder, capture_output=True)
            if done.returncode:
                sys.exit("fuzz/command_lines.py: %s: %s" % (shlex.join(words), done.stderr.decode()))
            self.models.append(words[-1])

    def help_of(self, command):
        """[(option, metavar or '', line)]"""
        text = subprocess.run([self.program, command, "--help"], capture_output=True, text=True, check=True).stdout
        return re.findall(r"^ +(?:-\w, | +)(--[\w-]+)(?: ([^\s]+))?(?:  |$)(.*)", text, re.M)

    def make_tables(self):
        draw, folder = self.draw, self.folder
        rows = [[draw.uniform(-2, 2) for _ in range(3)] for _ in range(40)]
        (folder / "numbers.csv").write_text("a,b,y\n" + "".join("%g,%g,%g\n" % tuple(row) for row in rows))
        (folder / "mixed.csv").write_text("day,kind,x,y\n" + "".join(
            "2024-01-%02d,%s,%s,%s\n" % (i % 28 + 1, draw.choice("abc"), draw.choice(["", "1.5", "7"]), draw.choice(["yes", "no"]))
            for i in range(60)))
        (folder / "one.csv").write_text("a,y\n1,2\n")
        (folder / "empty.csv").write_text("")
        (folder / "head.csv").write_text("a,b,y\n")
        (folder / "same.csv").write_text("a,y\n" + "3,3\n" * 20)
        (folder / "huge.csv").write_text("a,y\n" + "".join("%s,1e300\n" % v for v in ("1e308", "-1e308", "1e-308", "0", "5")) * 4)
        (folder / "ragged.csv").write_text("a,b\n1,2,3\n4\n")
        wide = 1_000_000
        (folder / "wide.csv").write_text(",".join(map(str, range(wide))) + "\n" + (",".join(["1"] * wide) + "\n") * 3)
        (folder / "names.csv").write_text(",".join(["a"] * wide) + "\n")
        return ["numbers.csv"] * 20 + ["mixed.csv"] * 20 + ["one.csv", "empty.csv", "head.csv", "same.csv", "huge.csv", "ragged.csv",
                                                            "none.csv", "ramp.ppm", "wide.csv", "names.csv"]

    def make_pictures(self):
        folder = self.folder

        def png(name, width, height, kind, depth, channels):
            line = b"".join(bytes((x * 37 + c * 11) % 256 for c in range(channels * depth // 8)) for x in range(width))
            chunk = lambda name, data: len(data).to_bytes(4, "big") + name + data + zlib.crc32(name + data).to_bytes(4, "big")
            head = width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes((depth, kind, 0, 0, 0))
            (folder / name).write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) +
                                        chunk(b"IDAT", zlib.compress((b"\0" + line) * height)) + chunk(b"IEND", b""))

        (folder / "ramp.ppm").write_bytes(b"P6 12 9 255\n" + bytes((7 * i) % 256 for i in range(12 * 9 * 3)))
        png("rgb.png", 16, 11, 2, 8, 3)
        png("alpha.png", 8, 8, 6, 8, 4)
        png("deep.png", 8, 5, 2, 16, 3)
        png("grey.png", 12, 9, 0, 8, 1)
        png("dot.png", 1, 1, 2, 8, 3)
        png("line.png", 300, 1, 0, 8, 1)
        (folder / "cut.png").write_bytes((folder / "rgb.png").read_bytes()[:60])
        return ["ramp.ppm", "rgb.png", "alpha.png", "deep.png", "grey.png", "dot.png", "line.png", "cut.png", "none.png", "numbers.csv"]

    def value(self, option, metavar, line):
        draw = self.draw
        if draw.random() < 0.25:
            return draw.choice(ODD)
        if "true|false" in metavar:
            return draw.choice(["true", "false"])
        listed = re.findall(r"[\w-]+(?=, | or |\)| \()", line.rsplit(":", 1)[-1]) if ":" in line else []
        if metavar in ("NAME", "HOW", "WHEN", "R|HOW", "TARGET", "WHAT") and listed:
            return draw.choice(listed)
        if metavar.startswith("FILE") or metavar in ("MODEL", "PICTURE", "PAINTING"):
            ending = draw.choice([".png", ".jpg", ".svg", ".csv", ".html", ".safetensors", ".pensel", ".gif", ".c", ".onnx", ".npz", ".json", ".glsl", ""])
            return draw.choice(["out" + ending, "out" + ending, draw.choice(self.pictures + self.models + self.tables)])
        if metavar in ("COLUMN", "TABLE"):
            return draw.choice(["y", "a", "1", "2", "kind", "a,y", draw.choice(self.tables)])
        if metavar in ("N", "K", "BITS", "S", "Q"):
            return str(draw.choice([0, 1, 2, 3, 5, 8, 16, 64, -1]))
        if metavar in ("X", "R", "B", "PERCENT"):
            return str(draw.choice([0, 0.1, 0.5, 0.9, 1, 1.5, 10, 90, -0.5]))
        if metavar == "WxH":
            return draw.choice(["20x10", "7x", "x5", "64x64", "1x1", "300x2"])
        if metavar == "X,Y,W,H":
            return ",".join(str(draw.choice([-5, 0, 1, 3, 7, 20])) for _ in range(4))
        if metavar == "LAYERS":
            return draw.choice(["4", "3x2", "5,4", "none", "100000000", "2x100"])
        if metavar == "LIST":
            return draw.choice(["dense:6:relu", "dense:4:tanh, layer-norm, dense:3:relu", "residual", "dense:0", "dropout:0.5", "fc1,relu"])
        if metavar == "F[,F...]":
            return draw.choice(["relu", "tanh", "leaky-relu:0.2", "relu,tanh", "sine:30", "softmax"])
        if metavar in ("TIME", "SIZE"):
            return draw.choice(["1", "0.2s", "300", "1k", "2000"])
        return draw.choice(["a", "1", "y", "relu", "tab", ";", "yes=2", "kind=category", "1,1"])

    def line(self):
        draw = self.draw
        command = draw.choice(COMMANDS)
        words = [command]
        if command in ("fit",):
            words += [draw.choice(self.tables), "--target", draw.choice(["y", "y", "y", "2", "a,y"])]
        elif command == "paint":
            words += draw.sample(self.pictures, draw.choice([1, 1, 1, 2]))
        elif command in ("predict", "score"):
            words += [draw.choice(self.models), draw.choice(self.tables)]
        elif command == "neuron":
            words += ["%g" % draw.uniform(-1, 1) for _ in range(draw.randrange(4))]
        elif command != "activations":
            words += [draw.choice(self.models + self.pictures[:2])]
        for option, metavar, text in draw.choices(self.options[command], k=draw.choice([0, 1, 1, 2, 2, 3, 4, 6])):
            if option in ("--watch", "--help"):  # which wait for somebody
                continue
            words.append(option)
            if metavar and draw.random() < 0.97:
                words.append(self.value(option, metavar, text))
        if command in ("fit", "paint"):
            words += draw.choice([["--epochs", "2"], ["--max-seconds", "0.3"], ["--max-seconds", "1"]])
        if draw.random() < 0.05:
            draw.shuffle(words)
        return words

    def wrong(self, words):
        """What is wrong with how this command line ends, or ''."""

        def limit():
            resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS + 5))
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

        variables = {**os.environ, "LC_ALL": "C.UTF-8", "PENSEL_THREADS": "2", "BROWSER": "true",
                     "ASAN_OPTIONS": "exitcode=99:allocator_may_return_null=1:detect_leaks=1:hard_rss_limit_mb=%d" % MEGABYTES,
                     "UBSAN_OPTIONS": "halt_on_error=1:exitcode=99:print_stacktrace=1"}
        try:
            done = subprocess.run([self.program, *words], cwd=self.folder, stdin=subprocess.DEVNULL, capture_output=True, timeout=10 * SECONDS,
                                  preexec_fn=limit, env=variables)
        except subprocess.TimeoutExpired:
            return "it does not end"
        said, told = done.stderr.decode(errors="replace"), done.stdout.decode(errors="replace")
        if done.returncode not in (0, 1, 2):
            return "exit status %d\n%s" % (done.returncode, said[-3000:])
        lines = [line for line in said.splitlines() if line.strip()]
        if done.returncode and (not lines or not all(line.startswith("pensel: ") for line in lines) or len(lines) > NOTES):
            return "not one line that says what is wrong:\n" + said[-3000:]
        if "--json" in words and not done.returncode and "--" not in words and told.strip():
            try:
                json.loads(told, parse_constant=lambda name: float(name))
            except ValueError as error:
                return "no JSON: %s\n%s" % (error, told[-500:])
        left = [path.name for path in self.folder.glob(".*tmp*")]
        for name in left:
            (self.folder / name).unlink()
        return "left: %s" % left if left else ""


def main():
    program = str(pathlib.Path(sys.argv[1]).resolve())
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 60
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else time.time_ns() % 2**32
    print("seed", seed, flush=True)
    end = time.monotonic() + seconds
    runs = found = 0
    statuses = {}
    with tempfile.TemporaryDirectory() as folder:
        world = World(program, random.Random(seed), pathlib.Path(folder))
        kept = {path.name: path.read_bytes() for path in pathlib.Path(folder).iterdir()}
        while time.monotonic() < end:
            words = world.line()
            why = world.wrong(words)
            runs += 1
            if why:
                found += 1
                print("not ok - run %d: pensel %s\n%s" % (runs, shlex.join(words), why), flush=True)
            for path in pathlib.Path(folder).iterdir():  # what a command line made, or wrote over
                if path.name not in kept and path.is_file():
                    path.unlink()
            for name, data in kept.items():
                path = pathlib.Path(folder, name)
                if not path.exists() or path.stat().st_size != len(data) or len(data) < 10000 and path.read_bytes() != data:
                    path.write_bytes(data)
    print("%d command lines, %d findings" % (runs, found))
    return found != 0


if __name__ == "__main__":
    sys.exit(main())
