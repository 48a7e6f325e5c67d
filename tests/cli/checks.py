"""Checks that need more than the text printed: JSON, pictures, signals, a terminal, limits of memory.
Each takes (folder, environment) and returns None, or what is wrong."""

import base64
import collections
import gzip
import json
import os
import pathlib
import pty
import re
import resource
import select
import shutil
import signal
import struct
import subprocess
import sys
import time
import unicodedata
import zipfile
import zlib

import inputs

ALL = []


class Skip(Exception):
    """Raised by a check that cannot be made on this machine."""


def open_terminal():
    try:
        return pty.openpty()
    except OSError as error:
        raise Skip("no pseudo-terminals here: %s" % error)


def check(name):
    def add(function):
        ALL.append((name, function))
        return function
    return add


def run(words, folder, environment, **more):
    return subprocess.run(["pensel"] + words, cwd=folder, env=environment, capture_output=True,
                          stdin=subprocess.DEVNULL, timeout=120, **more)


def sanitized(environment):
    """Is this build a sanitizer's? Its memory is not the program's."""
    return b"__asan_init" in open(shutil.which("pensel", path=environment["PATH"]), "rb").read()


def read_json(words, folder, environment):
    done = run(words + ["--json"], folder, environment)
    if done.returncode:
        raise RuntimeError(done.stderr.decode())
    return json.loads(done.stdout)


def chunks(data, at, order):
    """(kind, body) of a PNG's or RIFF's chunks from byte `at` on; sizes in RIFF are even."""
    big = order == ">"
    while at + 8 <= len(data):
        length, kind = struct.unpack(">I4s" if big else "<4sI", data[at:at + 8])[::1 if big else -1]
        yield kind, data[at + 8:at + 8 + length]
        at += 12 + length if big else 8 + length + length % 2


def jpeg_segments(data):
    at = 2
    while data[at + 1] != 0xDA:
        length = struct.unpack(">H", data[at + 2:at + 4])[0]
        yield data[at + 1], data[at + 4:at + 2 + length]
        at += 2 + length


def tiff_entry(data, wanted):
    """The bytes of an entry of the first directory of a little-endian TIFF."""
    at = struct.unpack("<I", data[4:8])[0]
    for i in range(struct.unpack("<H", data[at:at + 2])[0]):
        tag, _, count, offset = struct.unpack("<HHII", data[at + 2 + 12 * i:at + 14 + 12 * i])
        if tag == wanted:
            return data[offset:offset + count]


def read_profile(path):
    """The ICC profile of a PNG, JPEG, WebP or TIFF file."""
    data = open(path, "rb").read()
    if data[:4] == b"\x89PNG":
        body = dict(chunks(data, 8, ">")).get(b"iCCP")
        return body and zlib.decompress(body[body.index(b"\0") + 2:])
    if data[:4] == b"RIFF":
        return dict(chunks(data, 12, "<")).get(b"ICCP")
    if data[:2] == b"\xff\xd8":
        parts = [body for kind, body in jpeg_segments(data) if kind == 0xE2 and body[:12] == b"ICC_PROFILE\0"]
        return b"".join(body[14:] for body in sorted(parts, key=lambda b: b[12]))
    return tiff_entry(data, 34675)


def read_png(path):
    """(width, height, depth, colour, rows of bytes) of a PNG."""
    data = open(path, "rb").read()
    at, body = 8, b""
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at:at + 8])
        if kind == b"IHDR":
            width, height, depth, colour = struct.unpack(">IIBB", data[at + 8:at + 18])
        if kind == b"IDAT":
            body += data[at + 8:at + 8 + length]
        at += 12 + length
    pixel = {0: 1, 2: 3, 4: 2, 6: 4}[colour] * depth // 8
    raw, stride, rows = zlib.decompress(body), width * pixel, []
    above = bytes(stride)
    for y in range(height):
        kind, line = raw[y * (stride + 1)], bytearray(raw[y * (stride + 1) + 1:(y + 1) * (stride + 1)])
        for i in range(stride if kind else 0):
            left = line[i - pixel] if i >= pixel else 0
            corner = above[i - pixel] if i >= pixel else 0
            guess = left + above[i] - corner
            paeth = min((left, above[i], corner), key=lambda v: abs(guess - v))
            line[i] = (line[i] + (0, left, above[i], (left + above[i]) // 2, paeth)[kind]) & 255
        rows.append(bytes(line))
        above = bytes(line)
    return width, height, depth, colour, rows


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


@check("paint --json tells what was promised")
def paint_json(folder, environment):
    said = read_json(["paint", "bird.png", "--epochs", "3", "-o", "j.png", "--save", "j.safetensors"],
                     folder, environment)
    wanted = ("picture width height parameters epochs steps seconds samples_per_second loss psnr stopped "
              "painting model").split()
    missing = [key for key in wanted if key not in said]
    if missing:
        return "missing: %s" % missing
    if (said["width"], said["height"], said["painting"], said["model"]) != (100, 100, "j.png",
                                                                        "j.safetensors"):
        return said
    if said["stopped"] not in ("converged", "epochs", "seconds", "interrupted", "diverged", "goal"):
        return said["stopped"]


@check("a picture comes by standard input, and what was learned exactly is called complete")
def piped(folder, environment):
    with open(os.path.join(folder, "bird.png"), "rb") as picture:
        done = subprocess.run(["pensel", "paint", "-", "--exact"], cwd=folder, env=environment, stdin=picture,
                              capture_output=True, timeout=120)
    run(["paint", "bird.png", "-o", "named.png", "-q", "--exact"], folder, environment)
    same = [open(os.path.join(folder, name), "rb").read() for name in ("stdin-painting.png", "named.png")]
    if same[0] != same[1]:
        return "the paintings differ"
    if b"nothing is left to learn" not in done.stdout:
        return done.stdout
    if run(["paint", "-"], folder, environment).returncode != 1:
        return "nothing on standard input is accepted"


@check("a table comes by standard input, is read twice where it must be, and its errors say so")
def piped_table(folder, environment):
    rows = "id,x,kind\n" + "".join("%d,%g,%s\n" % (i, i % 7, "low" if i % 7 < 3 else "high") for i in range(40))
    with open(os.path.join(folder, "piped.csv"), "w") as table:
        table.write(rows)

    def pipe(*words, text=rows):
        return subprocess.run(["pensel", *words], cwd=folder, env=environment, input=text, text=True,
                              capture_output=True, timeout=120)

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


@check("the same seed paints the same bits, on one thread and on two")
def same_seed(folder, environment):
    words = ["paint", "bird.png", "--preset", "tutorial", "--hidden", "20x2", "--epochs", "3", "-q"]
    for threads in "12":
        run(words + ["--threads", threads, "-o", "s%s.png" % threads], folder, environment)
    first, second = (open(os.path.join(folder, "s%s.png" % t), "rb").read() for t in "12")
    return None if first == second else "the paintings differ"


@check("every kind of pixel is painted as what it is")
def kinds(folder, environment):
    for name, depth, colour in (("grey.png", 8, 0), ("alpha.png", 8, 6), ("opaque.png", 8, 2),
                                ("palette.png", 8, 2), ("deep.png", 16, 2)):
        done = run(["paint", name, "-o", "k.png", "-q", "--seconds", "1"] +
                   (["--depth", "16"] if depth == 16 else []), folder, environment)
        if done.returncode:
            return "%s: %s" % (name, done.stderr.decode())
        got = read_png(os.path.join(folder, "k.png"))[:4]
        if got != (12, 12, depth, colour):
            return "%s: %s" % (name, got)


@check("pictures of one pixel, one row, one bit and an SVG are painted")
def small(folder, environment):
    for name in ("one.png", "line.png", "bits.png", "bird.svg"):
        done = run(["paint", name, "-o", "k.png", "-q", "--seconds", "1"], folder, environment)
        if done.returncode:
            return "%s: %s" % (name, done.stderr.decode())


@check("alpha survives: clear pixels stay clear")
def alpha(folder, environment):
    run(["paint", "alpha.png", "-o", "k.png", "-q", "--psnr", "60", "--seconds", "5"], folder, environment)
    rows = read_png(os.path.join(folder, "k.png"))[4]
    found = [rows[y][4 * x + 3] for y in (2, 9) for x in (2, 9)]
    return None if all(abs(a - b) <= 6 for a, b in zip(found, (255, 80, 255, 80))) else found


@check("holes have the soft edges that paint programs make, and a weight that is meant stays")
def soft_holes(folder, environment):
    side, ramp = 32, {0: 0, 1: 0, 2: 60, 3: 150, 4: 230}
    weight = [ramp.get(abs(x - 16), 255) for x in range(side)]
    clean = lambda x, y: 4 * x + 60
    scratched = [bytes(clean(x, y) + (255 - weight[x]) * (255 - clean(x, y)) // 255 for x in range(side))
                 for y in range(side)]
    plateau = [bytes([128 if y < 4 else 0 if y < 8 and x < 8 else 255 for x in range(side)]) for y in range(side)]
    for name, rows in (("scratch", scratched), ("soft", [bytes(weight)] * side), ("plateau", plateau)):
        with open(os.path.join(folder, name + ".png"), "wb") as file:
            file.write(inputs.png(side, side, rows, 8, 0))
    done = run(["paint", "scratch.png", "--weight", "soft.png", "-o", "k.png", "--json"], folder, environment)
    figures = json.loads(done.stdout)
    if (figures["holes"], figures["soft_edge"]) != (side * 9, side * 6):
        return figures
    rows = read_png(os.path.join(folder, "k.png"))[4]
    worst = max(abs(rows[y][x] - clean(x, y)) for y in range(side) for x in range(side))
    if worst > 2:
        return "the scratch is left, by %d" % worst
    done = run(["paint", "scratch.png", "--weight", "plateau.png", "-o", "k.png", "--json"], folder, environment)
    # the hole of 4 x 8 takes the pixels of the plateau that it touches, and no more
    return None if json.loads(done.stdout)["soft_edge"] == 9 else json.loads(done.stdout)


@check("render: size, scale and crop give the size asked for")
def sizes(folder, environment):
    run(["paint", "bird.png", "-q", "--save", "r.safetensors", "--seconds", "1"], folder, environment)
    for words, size in ((["--size", "37x53"], (37, 53)), (["--scale", "2.5"], (250, 250)),
                        (["--crop", "10,20,30,40"], (30, 40)),
                        (["--crop", "-10,-10,20,20", "--scale", "3"], (60, 60)), ([], (100, 100))):
        done = run(["render", "r.safetensors", "-q", "-o", "r.png"] + words, folder, environment)
        got = done.returncode == 0 and read_png(os.path.join(folder, "r.png"))[:2]
        if got != size:
            return "%s: %s %s" % (words, got, done.stderr.decode())


@check("render paints what paint painted")
def again(folder, environment):
    run(["paint", "bird.png", "-q", "--save", "r.safetensors", "-o", "first.png", "--epochs", "5"], folder,
        environment)
    run(["render", "r.safetensors", "-q", "-o", "second.png"], folder, environment)
    first, second = (read_png(os.path.join(folder, n)) for n in ("first.png", "second.png"))
    return None if first == second else "they differ"


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


@check("every format that is promised is written")
def formats(folder, environment):
    run(["paint", "bird.png", "-q", "--save", "f.safetensors", "--epochs", "2"], folder, environment)
    magic = {"png": b"\x89PNG", "jpg": b"\xff\xd8", "webp": b"RIFF", "tif": b"II*\0", "gif": b"GIF8",
             "dzi": b"<?xml"}
    for ending, start in magic.items():
        done = run(["render", "f.safetensors", "-q", "-o", "f." + ending], folder, environment)
        path = os.path.join(folder, "f." + ending)
        if done.returncode or not open(path, "rb").read().startswith(start):
            return "%s: %s" % (ending, done.stderr.decode())


@check("a colour profile goes into the model and into every painting of it")
def colour_profile(folder, environment):
    wanted = inputs.profile()
    said = run(["paint", "profile.png", "-q", "--save", "i.safetensors", "--epochs", "2", "-o", "i.png",
                "--compare", "ic.png", "--timelapse", "it.webp"], folder, environment)
    if said.returncode:
        return said.stderr.decode()
    for ending in ("png", "jpg", "webp", "tif", "dzi"):
        done = run(["render", "i.safetensors", "-q", "-o", "ir." + ending], folder, environment)
        if done.returncode:
            return "%s: %s" % (ending, done.stderr.decode())
    files = ["i.png", "ic.png", "it.webp", "ir.png", "ir.jpg", "ir.webp", "ir.tif", "ir_files/4/0_0.jpeg"]
    wrong = [name for name in files if read_profile(os.path.join(folder, name)) != wanted]
    if read_json(["inspect", "i.safetensors"], folder, environment)["profile_bytes"] != len(wanted):
        wrong.append("inspect")
    return wrong


@check("fifty megapixels are rendered in under 300 MiB")
def stream(folder, environment):
    run(["paint", "bird.png", "-q", "--save", "g.safetensors", "--epochs", "2"], folder, environment)
    child = subprocess.Popen(["pensel", "render", "g.safetensors", "-q", "-o", "g.tif", "--size",
                              "7100x7100"], cwd=folder, env=environment)
    _, status, usage = os.wait4(child.pid, 0)
    os.remove(os.path.join(folder, "g.tif"))
    if status or (usage.ru_maxrss > 300 * 1024 and not sanitized(environment)):
        return "status %d, %d KiB" % (status, usage.ru_maxrss)


@check("history has a row for every epoch, and plots are drawn")
def history(folder, environment):
    done = run(["paint", "bird.png", "--preset", "tutorial", "--hidden", "10", "--epochs", "7", "-q",
                "--history", "h.csv", "--plot", "h.svg", "-o", "h.png", "--compare", "c.png", "--neurons",
                "n.png", "--timelapse", "t.gif"], folder, environment)
    rows = open(os.path.join(folder, "h.csv")).read().splitlines()
    if len(rows) != 8 or not rows[0].startswith("epoch,loss,psnr"):
        return rows
    if not open(os.path.join(folder, "h.svg")).read().startswith("<?xml"):
        return done.stderr.decode()
    if read_png(os.path.join(folder, "c.png"))[:2] != (316, 100):
        return "the comparison is not original | painting | error"
    if not open(os.path.join(folder, "t.gif"), "rb").read().startswith(b"GIF8"):
        return "no film"


def frames(rows):
    """(left, right, top, bottom) of the rectangles of grey lines in a sheet of neurons, row by row."""
    found, open_ones = [], {}
    for y, row in enumerate(rows):
        for run_of in re.finditer(b"(?:\xbe\xbe\xbe){20,}", row):
            sides = (run_of.start() // 3, run_of.end() // 3)
            if sides in open_ones:
                found.append((*sides, open_ones.pop(sides), y))
            else:
                open_ones[sides] = y
    return sorted(found, key=lambda f: (f[2], f[0]))


def numbers_of(path, name):
    """The float64 numbers of one tensor of a model file."""
    data = open(path, "rb").read()
    size = struct.unpack("<Q", data[:8])[0]
    first, last = json.loads(data[8:8 + size])[name]["data_offsets"]
    return struct.unpack("<%dd" % ((last - first) // 8), data[8 + size + first:8 + size + last])


@check("a sheet of neurons has a frame for each, crosses out those that are dead, and fits a page")
def neurons(folder, environment):
    words = ["paint", "bird.png", "--encoding", "raw", "--activation", "relu", "--epochs", "1", "-q",
             "--learning-rate", "1e-6", "--precision", "float64", "-o", "n.png", "--neurons", "sheet.png"]
    done = run(words + ["--hidden", "40", "--save", "n.safetensors"], folder, environment)
    if done.returncode:
        return done.stderr.decode()
    width, height, _, _, rows = read_png(os.path.join(folder, "sheet.png"))
    shown = frames(rows)
    if len(shown) != 43 or height > width * 2 ** 0.5 + 1:
        return len(shown), width, height
    # relu(w x + b) over a rectangle is 0 everywhere if it is so in the four corners
    path = os.path.join(folder, "n.safetensors")
    w, b = numbers_of(path, "layers.0.weight"), numbers_of(path, "layers.0.bias")
    side = shown[0][1] - shown[0][0] - 2
    ends = (0.5 / side, 1 - 0.5 / side)
    dead = [max(w[2 * j] * r + w[2 * j + 1] * c for r in ends for c in ends) + b[j] <= 0 for j in range(40)]
    crossed = [any(b"\xb0\x40\x30" in rows[y][3 * left:3 * right] for y in range(top, bottom))
               for left, right, top, bottom in shown]
    if not any(dead) or crossed != dead + [False] * 3:
        return [j for j in range(43) if crossed[j] != (dead + [False] * 3)[j]], sum(dead)
    done = run(words + ["--hidden", "3000"], folder, environment)  # more than a page has room for
    width, height, _, _, rows = read_png(os.path.join(folder, "sheet.png"))
    count = len(frames(rows))
    return None if not done.returncode and 500 < count < 3003 and height <= 2263 else (count, height)


@check("a film has the painting and its curve: the sheet's last picture is what was painted")
def film(folder, environment):
    done = run(["paint", "bird.png", "--exact", "-q", "-o", "e.png", "--timelapse", "film.png"], folder, environment)
    if done.returncode:
        return done.stderr.decode()
    painted = read_png(os.path.join(folder, "e.png"))[4]
    width, height, _, _, rows = read_png(os.path.join(folder, "film.png"))
    wide = b"".join(painted[50][3 * x:3 * x + 3] * 2 for x in range(100))  # shown at twice its size
    if not any(wide in row for row in rows):
        return "the painting is not in the sheet"
    ink = [[x for x in range(width) if row[3 * x:3 * x + 3] == b"\x1f\x5f\xa8"] for row in rows[-220:]]
    places = [(x, y) for y, row in enumerate(ink) for x in row]
    first, last = min(places), max(places)
    # the exact painting ends at the upper right, where the first epoch was at the lower left
    return None if last[0] - first[0] > width // 2 and last[1] < first[1] - 100 else (first, last)


@check("several pictures in one network: a strip of all, each measured, and what is between")
def several(folder, environment):
    words = ["paint", "opaque.png", "palette.png", "-o", "s.png", "--save", "s.safetensors"]
    said = read_json(words + ["--seconds", "2"], folder, environment)
    if len(said["each"]) != 2 or said["each"][1]["picture"] != "palette.png":
        return said
    if read_png(os.path.join(folder, "s.png"))[:2] != (24, 12):
        return "no strip"
    for mix in ("0", "0.5", "1"):
        done = run(["render", "s.safetensors", "-q", "-o", "m.png", "--mix", mix], folder, environment)
        if done.returncode:
            return done.stderr.decode()
    done = run(["paint", "opaque.png", "bird.png"], folder, environment)
    return None if done.returncode == 1 and b"one size" in done.stderr else done.stderr.decode()


@check("a seamless painting is shown two by two, another is not")
def tile(folder, environment):
    run(["paint", "bird.png", "-q", "--tile", "--save", "t.safetensors"], folder, environment)
    run(["paint", "bird.png", "-q", "--save", "u.safetensors"], folder, environment)
    done = run(["render", "t.safetensors", "--tile", "-q", "-o", "t.png"], folder, environment)
    if done.returncode:
        return done.stderr.decode()
    width, height, _, _, rows = read_png(os.path.join(folder, "t.png"))
    if (width, height) != (200, 200) or any(row[:300] != row[300:] for row in rows):
        return "the halves differ"
    done = run(["render", "u.safetensors", "--tile", "-q", "-o", "t.png"], folder, environment)
    return None if done.returncode == 2 else "not refused"


@check("classes: contours are a drawing of the palette, and the film is a film")
def classes(folder, environment):
    done = run(["paint", "bird.png", "--as", "classification", "--threshold", "600", "-q", "--epochs", "5",
                "--contours", "c.svg", "--timelapse", "c.webp", "-o", "c.png", "--show", "always"], folder,
               environment)
    drawing = open(os.path.join(folder, "c.svg")).read()
    if done.returncode or drawing.count("<path") != 2:
        return done.stderr.decode()[-300:], drawing[:300]
    rows = read_png(os.path.join(folder, "c.png"))[4]
    colours = {row[3 * x:3 * x + 3] for row in rows for x in range(100)}
    if len(colours) != 2 or any("#" + colour.hex() not in drawing for colour in colours):
        return colours
    return None if open(os.path.join(folder, "c.webp"), "rb").read(4) == b"RIFF" else "no film"


def area_inside(path):
    """Of the closed curves of an SVG path with M, l, c and z: the integral of x dy, each curve as 8 chords."""
    total, x, y = 0, 0, 0
    for letter, rest in re.findall(r"([Mlcz])([^Mlcz]*)", path):
        numbers = [int(number) for number in re.findall(r"-?\d+", rest)]
        before = [(x, y)]
        if letter == "M":
            x, y = start = numbers
            continue
        if letter == "z":
            before.append(tuple(start))
        elif letter == "l":
            before.append((x + numbers[0], y + numbers[1]))
        else:
            p = [(x, y)] + [(x + numbers[i], y + numbers[i + 1]) for i in (0, 2, 4)]
            for t in (k / 8 for k in range(1, 9)):
                weights = ((1 - t) ** 3, 3 * (1 - t) ** 2 * t, 3 * (1 - t) * t ** 2, t ** 3)
                before.append(tuple(sum(w * q[k] for w, q in zip(weights, p)) for k in (0, 1)))
        total += sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(before, before[1:])) / 2
        x, y = (round(value) for value in before[-1])
    return abs(total)


@check("contours enclose as much of each colour as the painting has, in a few curves")
def contour_areas(folder, environment):
    done = run(["paint", "bird.png", "--preset", "tutorial", "--as", "classification", "--colours", "3", "-q",
                "--epochs", "20", "--contours", "a.svg", "-o", "a.png"], folder, environment)
    if done.returncode:
        return done.stderr.decode()[-300:]
    drawing = open(os.path.join(folder, "a.svg")).read()
    width, height = (int(size) for size in re.search(r'viewBox="0 0 (\d+) (\d+)"', drawing).groups())
    rows = read_png(os.path.join(folder, "a.png"))[4]
    pixels = collections.Counter(row[3 * x:3 * x + 3].hex() for row in rows for x in range(100))
    unit = width * height / 100 / len(rows)
    for colour, path in re.findall(r'fill="#(\w+)"[^>]* d="([^"]*)"', drawing):
        if abs(area_inside(path) / unit - pixels.pop(colour)) > 0.02 * 100 * len(rows):
            return colour, area_inside(path) / unit
    return pixels or (None if len(drawing) < 20000 else len(drawing))


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


@check("paintings leave as graphs of two inputs, and as programs that paint them")
def export_paintings(folder, environment):
    for name, options in (("exact", ["--exact"]), ("hash", ["--encoding", "hashgrid", "--epochs", "2"]),
                          ("waves", ["--encoding", "fourier", "--epochs", "2"])):
        run(["paint", "bird.png", *options, "-q", "--save", name + ".safetensors", "-o", name + ".png"], folder,
            environment)
        for ending in ("onnx", "c", "json"):
            done = run(["export", name + ".safetensors", "-o", name + "." + ending, "-q"], folder, environment)
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


@check("Ctrl-C ends training cleanly: all is painted and saved")
def interrupt(folder, environment):
    child = subprocess.Popen(["pensel", "paint", "bird.png", "--preset", "tutorial", "--epochs", "1000000",
                              "--n-iter-no-change", "1000000", "-o", "i.png", "--save", "i.safetensors", "--json"],
                             cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    time.sleep(1.5)
    child.send_signal(signal.SIGINT)
    out, err = child.communicate(timeout=30)
    if child.returncode != 130 or json.loads(out)["stopped"] != "interrupted" or b"interrupted" not in err:
        return child.returncode, out, err
    return run(["render", "i.safetensors", "-q", "-o", "i2.png"], folder, environment).returncode


@check("a second Ctrl-C stops at once")
def interrupt_twice(folder, environment):
    child = subprocess.Popen(["pensel", "paint", "bird.png", "--preset", "tutorial", "--hidden",
                              "3000x12", "--batch", "10000", "-o", "never.png"], cwd=folder,
                             env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    time.sleep(2)
    child.send_signal(signal.SIGINT)
    time.sleep(0.1)
    child.send_signal(signal.SIGINT)
    child.communicate(timeout=30)
    if child.returncode not in (-signal.SIGINT, 130):  # 130: the first was enough
        return child.returncode


@check("progress is shown on a terminal, and the terminal is left clean")
def progress(folder, environment):
    main, sub = open_terminal()
    child = subprocess.Popen(["pensel", "paint", "bird.png", "--preset", "tutorial", "--hidden", "20",
                              "--epochs", "5", "-o", "p.png", "--show", "never"], cwd=folder,
                             env=dict(environment, TERM="xterm"), stdout=subprocess.PIPE, stderr=sub)
    out = child.communicate(timeout=60)[0]
    os.close(sub)
    seen = b""
    while select.select([main], [], [], 0.2)[0]:
        try:
            part = os.read(main, 65536)
        except OSError:
            break
        if not part:
            break
        seen += part
    os.close(main)
    wanted = (b"epoch", b"loss", b"PSNR", b"samples/s", b"left")
    if any(word not in seen for word in wanted) or not seen.endswith(b"\r\x1b[K"):
        return seen
    return None if b"epoch " not in out else out


@check("without a terminal nothing is said but results")
def silence(folder, environment):
    done = run(["paint", "bird.png", "--epochs", "3", "-o", "p.png"], folder, environment)
    return done.stderr.decode()


@check("little memory is one clear line")
def little_memory(folder, environment):
    if sanitized(environment):
        return None

    def limit():
        resource.setrlimit(resource.RLIMIT_AS, (600 << 20, 600 << 20))
    done = run(["paint", "bird.png", "--preset", "tutorial", "--hidden", "8000x4", "-o", "m.png"], folder,
               environment, preexec_fn=limit)
    lines = done.stderr.decode().splitlines()
    if done.returncode != 1 or len(lines) != 1 or "memory" not in lines[0]:
        return done.returncode, lines


def peak(words, folder, environment):
    """The most memory that a run has had, in bytes."""
    program = shutil.which("pensel", path=environment["PATH"])
    process = subprocess.Popen([program] + words, cwd=folder, env=environment, stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError("%s ends with %d" % (words, process.returncode))
    return usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)


@check("a model is in memory once")
def memory_of_a_model(folder, environment):
    if sanitized(environment):
        raise Skip("the memory is the sanitizer's")
    # The peak of a child counts what it was before it became pensel, a copy of this interpreter: the network is larger.
    run(["fit", "plane.csv", "--target", "z", "--hidden", "3000x3", "--epochs", "1", "--save", "wide.safetensors"],
        folder, environment)
    size = os.path.getsize(os.path.join(folder, "wide.safetensors"))
    wrong = []
    for words in (["inspect", "wide.safetensors"], ["predict", "wide.safetensors", "--at", "1,1"],
                  ["score", "wide.safetensors", "plane.csv"]):
        most = peak(words, folder, environment)
        if not 0.8 * size < most < 1.4 * size + 25e6:
            wrong.append((words[0], size, most))
    return wrong


@check("a checkpoint goes on where it stopped, bit for bit")
def checkpoint(folder, environment):
    words = ["paint", "bird.png", "--preset", "tutorial", "--hidden", "30x2", "-q", "--epochs"]
    run(words + ["8", "-o", "whole.png", "--save", "whole.safetensors"], folder, environment)
    child = subprocess.Popen(["pensel"] + words + ["8", "-o", "x.png", "--checkpoint", "c.safetensors",
                                                   "--every", "0"], cwd=folder, env=environment)
    while child.poll() is None and not os.path.exists(os.path.join(folder, "c.safetensors")):
        time.sleep(0.001)
    child.kill()
    child.wait()
    done = run(words + ["8", "-o", "resumed.png", "--resume", "c.safetensors"], folder, environment)
    if done.returncode:
        return done.stderr.decode()
    first, second = (open(os.path.join(folder, n), "rb").read() for n in ("whole.png", "resumed.png"))
    for name in os.listdir(folder):
        if name.startswith(".c.safetensors"):  # what the killed run was writing
            os.remove(os.path.join(folder, name))
    return None if first == second else "they differ"


@check("a full disk: one clear line, and the old file whole")
def full_disk(folder, environment):
    small = os.path.join(folder, "disk")
    os.makedirs(small, exist_ok=True)
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8k", "none", small],
                      capture_output=True).returncode:
        return None  # only root can make a small disk
    try:
        with open(os.path.join(small, "p.png"), "w") as file:
            file.write("old")
        done = run(["paint", "bird.png", "-o", "disk/p.png", "--epochs", "2"], folder, environment)
        kept = open(os.path.join(small, "p.png"), "rb").read(), os.listdir(small)
    finally:
        subprocess.run(["umount", small])
    lines = done.stderr.decode().splitlines()
    if done.returncode == 0 and kept[0] != b"old":
        return None  # the painting fitted
    if done.returncode != 1 or len(lines) != 1 or kept != (b"old", ["p.png"]):
        return done.returncode, lines, kept


@check("a checkpoint that can no longer be written ends training, and what was learned is saved")
def vanished_checkpoint(folder, environment):
    inside = os.path.join(folder, "vanishing")
    endless = ["--tol", "0", "--n-iter-no-change", "10000000"]
    for words in (["fit", "plane.csv", "--target", "z"] + endless, ["paint", "bird.png", "-o", "v.png"],
                  ["paint", "bird.png", "-o", "v.png", "--encoding", "raw"] + endless):
        shutil.rmtree(inside, ignore_errors=True)
        os.mkdir(inside)
        child = subprocess.Popen(["pensel"] + words + ["--epochs", "10000000", "--save", "v.safetensors",
                                                       "--checkpoint", "vanishing/c.safetensors", "--every",
                                                       "0"],
                                 cwd=folder, env=environment, stderr=subprocess.PIPE)
        while child.poll() is None and not os.path.exists(os.path.join(inside, "c.safetensors")):
            time.sleep(0.001)
        shutil.rmtree(inside + "-gone", ignore_errors=True)
        os.rename(inside, inside + "-gone")
        lines = child.communicate()[1].decode().splitlines()
        said = run(["inspect", "v.safetensors", "--json"], folder, environment)
        if child.returncode != 1 or len(lines) != 1 or "learned is in v.safetensors" not in lines[0]:
            return child.returncode, lines
        if said.returncode or json.loads(said.stdout)["steps"] < 1:
            return said.stdout, said.stderr
        os.remove(os.path.join(folder, "v.safetensors"))


def holds(process, folder):
    """Has the process a file open in the folder, perhaps a nameless one?"""
    try:
        files = "/proc/%d/fd" % process
        return any(os.readlink(os.path.join(files, n)).startswith(folder + "/") for n in os.listdir(files))
    except OSError:
        return False


@check("a rendering that is ended by a signal leaves no file behind")
def ended_rendering(folder, environment):
    inside = os.path.join(folder, "ended")
    os.makedirs(inside, exist_ok=True)
    run(["paint", "bird.png", "-q", "--save", "r.safetensors", "--epochs", "2"], folder, environment)
    for name in ("r.png", "r.tif", "r.dzi") * 3:  # as soon as its file is there, where it is hardest
        child = subprocess.Popen(["pensel", "render", "r.safetensors", "-q", "-o", "ended/" + name,
                                  "--size", "20000x20000"], cwd=folder, env=environment)
        while child.poll() is None and not os.listdir(inside) and not holds(child.pid, inside):
            pass
        child.terminate()
        child.wait()
        if child.returncode != -signal.SIGTERM or os.listdir(inside):
            return name, child.returncode, os.listdir(inside)


PRINTERS = ["--version", "--help", "help", "help paint", "help --list", "help --list paint", "paint --help",
            "paint bird.png -o f.png --epochs 2", "paint bird.png -o f.png --epochs 2 --json",
            "render w.safetensors -o f.png", "render w.safetensors -o f.png --json",
            "fit plane.csv --target z --save f.safetensors", "fit plane.csv --target z --save f.safetensors --json",
            "predict t.safetensors plane.csv", "predict t.safetensors plane.csv --json",
            "predict t.safetensors --at 1,2", "predict t.safetensors --at 1,2 --json",
            "score t.safetensors plane.csv --target z", "score t.safetensors plane.csv --target z --json",
            "neuron --weights 1,2 --bias 0 3 4", "neuron --weights 1,2 --bias 0 3 4 --json",
            "activations", "activations --json", "inspect w.safetensors", "inspect t.safetensors --json"]


@check("whatever prints says when it cannot")
def printers(folder, environment):
    run(["paint", "bird.png", "-q", "--save", "w.safetensors", "--epochs", "2"], folder, environment)
    run(["fit", "plane.csv", "--target", "z", "--save", "t.safetensors", "-q"], folder, environment)
    wrong = []
    for words in PRINTERS:
        for where in (">/dev/full", ">&-"):
            done = subprocess.run(["sh", "-c", "pensel %s %s" % (words, where)], cwd=folder, env=environment,
                                  stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=120)
            lines = done.stderr.decode().splitlines()
            if done.returncode != 1 or len(lines) != 1 or "standard output" not in lines[0]:
                wrong.append((words, where, done.returncode, lines))
    return wrong


WRITERS = {
    "painting": (["paint", "bird.png", "-q", "-o"], "png"),
    "jpeg": (["render", "w.safetensors", "-q", "-o"], "jpg"),
    "tiff": (["render", "w.safetensors", "-q", "-o"], "tif"),
    "model": (["paint", "bird.png", "-q", "-o", "other.png", "--save"], "safetensors"),
    "comparison": (["paint", "bird.png", "-q", "-o", "other.png", "--compare"], "png"),
    "film": (["paint", "bird.png", "-q", "-o", "other.png", "--timelapse"], "gif"),
    "history": (["paint", "bird.png", "-q", "-o", "other.png", "--history"], "csv"),
    "predictions": (["predict", "t.safetensors", "plane.csv", "-o"], "npy"),
    "table": (["predict", "t.safetensors", "plane.csv", "-o"], "csv"),
    "figure": (["activations", "-q", "-o"], "svg"),
    "drawing": (["paint", "bird.png", "--colours", "3", "--epochs", "2", "-q", "-o", "other.png",
                 "--contours"], "svg"),
}


def faulty(fault, folder, environment):
    """The writers that do not fail as they should, each writing into a folder of its own."""
    run(["paint", "bird.png", "-q", "--save", "w.safetensors", "--epochs", "2"], folder, environment)
    run(["fit", "plane.csv", "--target", "z", "--save", "t.safetensors", "-q"], folder, environment)
    wrong = []
    for name, (words, ending) in WRITERS.items():
        inside = os.path.join(folder, "fault")
        shutil.rmtree(inside, ignore_errors=True)
        os.mkdir(inside)
        path = os.path.join(inside, "out." + ending)
        open(path, "w").write("old")
        done = run(words + [path], folder, dict(environment, FAULT=fault, FAULT_FOLDER=inside,
                                                LD_PRELOAD=environment["FAULT_LIBRARY"]))
        lines, new = done.stderr.decode().splitlines(), open(path, "rb").read()
        harmless = fault in ("short", "interrupted")
        whole = done.returncode == 0 and new != b"old" and not lines
        kept = done.returncode == 1 and new == b"old" and len(lines) == 1
        # what is written in one go never comes to a second write
        good = whole if harmless else kept or (whole and fault.startswith("write 2"))
        if not good or os.listdir(inside) != ["out." + ending]:
            wrong.append((name, done.returncode, lines, new[:20], os.listdir(inside)))
    return wrong


def add_faults():
    for fault, what in (("fsync 1 5", "a failing fsync"), ("rename 1 13", "a failing rename"),
                        ("write 1 28", "a disk that is full at once"), ("write 2 28", "a full disk"),
                        ("short", "short writes"), ("interrupted", "interrupted writes")):
        def tested(folder, environment, fault=fault):
            if not os.path.exists("/proc/self/fd"):
                raise Skip("the faults find their files by /proc, which is not mounted")
            if "FAULT_LIBRARY" not in environment or sanitized(environment):
                return None
            return faulty(fault, folder, environment)
        ALL.append(("every kind of file survives %s" % what, tested))


add_faults()


@check("every option stands in the manual")
def manual(folder, environment):
    source = os.path.join(os.path.dirname(__file__), "..", "..")
    page = subprocess.run([sys.executable, os.path.join(source, "scripts", "make-manual"), shutil.which(
        "pensel", path=environment["PATH"]), os.path.join(source, "docs", "pensel.1")], check=True,
        capture_output=True, text=True).stdout
    page = page.replace("\\-", "-")
    commands = run(["help", "--list"], folder, environment).stdout.decode().splitlines()
    missing = []
    for command in (line.split("\t")[0] for line in commands):
        if ".SS pensel " + command not in page:
            missing.append(command)
        for line in run(["help", "--list", command], folder, environment).stdout.decode().splitlines():
            if line.split("\t")[0] not in page:
                missing.append("%s %s" % (command, line.split("\t")[0]))
    return missing


def shown(folder, environment, **more):
    """What a painting writes to standard error when it shows itself."""
    return run(["paint", "same.png", "-o", "shown.png", "--epochs", "1", "--show", "always", "--progress", "never"],
               folder, dict(environment, **more)).stderr


@check("NO_COLOR gets no colours, a terminal of 256 no others, and no UTF-8 means letters")
def colours(folder, environment):
    many = shown(folder, environment, TERM="xterm-direct", COLORTERM="truecolor", LC_ALL="C.UTF-8")
    if b"\x1b[38;2;" not in many and b"\x1b[48;2;" not in many:
        return many[:200]
    some = shown(folder, environment, TERM="screen-256color", COLORTERM="", LC_ALL="C.UTF-8")
    if b"8;2;" in some or b"8;5;" not in some:
        return some[:200]
    none = shown(folder, environment, TERM="xterm-256color", NO_COLOR="1", LC_ALL="C.UTF-8")
    if b"8;5;" in none or b"8;2;" in none:
        return none[:200]
    plain = shown(folder, environment, TERM="xterm-256color", LC_ALL="C")
    return None if plain and max(plain) < 128 else plain[:200]


@check("a dumb terminal gets lines of progress, without escapes and without a picture")
def dumb(folder, environment):
    for kind, escapes in (("dumb", False), ("xterm", True)):
        main, sub = open_terminal()
        run_on = subprocess.Popen(["pensel", "paint", "bird.png", "--epochs", "2", "-o", "dumb.png"], cwd=folder,
                                  env=dict(environment, TERM=kind), stdin=subprocess.DEVNULL,
                                  stdout=subprocess.DEVNULL, stderr=sub)
        os.close(sub)
        text = b""
        try:
            while True:
                part = os.read(main, 65536)
                if not part:
                    break
                text += part
        except OSError:  # the other end is closed
            pass
        os.close(main)
        if run_on.wait() or (b"\x1b" in text) != escapes or b"epoch 2/2" not in text:
            return kind, text[:300]


@check("who closes the pipe has seen enough: no error, and the status of SIGPIPE")
def closed_pipe(folder, environment):
    for words in (["help", "paint"], ["activations"], ["help", "--list", "fit"]):
        reading, writing = os.pipe()
        os.close(reading)
        done = subprocess.run(["pensel"] + words, cwd=folder, env=environment, stdout=writing,
                              stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)
        os.close(writing)
        if done.returncode != 128 + signal.SIGPIPE or done.stderr:
            return words, done.returncode, done.stderr


COMPLETE = """
source "$1"; shift
compopt() { :; }
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _pensel
printf '%s\\n' "${COMPREPLY[@]}"
"""


# What is typed, and what a shell is to offer for its last word.
TYPED = ((["pa"], ["paint"]), (["help", "scor"], ["score"]), (["render", "--mi"], ["--mix"]),
         (["fit", "--solver", ""], ["sgd", "adam", "lbfgs"]), (["paint", "--activation", "leaky"], ["leaky-relu"]),
         (["paint", "--nesterovs-momentum", ""], ["true", "false"]), (["fit", "plan"], ["plane.csv"]))


def complete(command, script, folder, environment):
    """`command` is what runs a script with the words as arguments; it prints an offer on each line."""
    script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "app", "completions", script)
    if not shutil.which(command[0]):
        raise Skip("there is no %s here" % command[0])
    for typed, wanted in TYPED:
        done = subprocess.run(command + [script, "pensel"] + typed, cwd=folder, env=environment, capture_output=True)
        offered = [line.split("\t")[0] for line in done.stdout.decode().splitlines() if line]
        if sorted(offered) != sorted(wanted) or done.stderr:
            return typed, done.stdout, done.stderr
    return None


@check("bash completes commands, options, choices, activations and files")
def bash(folder, environment):
    return complete(["bash", "-c", COMPLETE, "complete"], "pensel.bash", folder, environment)


# zsh's own functions only choose by what is typed and draw; the words are the script's.
ZSH = """
offer() { local word; for word; do [[ $word == ${words[CURRENT]}* ]] && print -r -- $word; done }
compadd() { offer ${(P)2} }
_describe() { offer ${${(P)2}%%:*} }
_files() { offer *(N) }
script=$1; shift
words=("$@"); CURRENT=$#
source $script
true
"""


@check("zsh completes the same")
def zsh(folder, environment):
    return complete(["zsh", "-f", "-c", ZSH, "complete"], "_pensel", folder, environment)


FISH = """
source $argv[1]
complete -C (string join ' ' -- $argv[2..-1])
"""


@check("fish completes the same")
def fish(folder, environment):
    home = {**environment, "HOME": folder, "XDG_CONFIG_HOME": folder, "XDG_DATA_HOME": folder}
    return complete(["fish", "--no-config", "-c", FISH], "pensel.fish", folder, home)


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
