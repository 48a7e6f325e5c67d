"""Checks of paint and render that need more than the text printed: pictures, models, figures."""

import collections
import json
import os
import re
import struct

import inputs
from harness import check, read_json, run, sanitized, started, wait_for_usage
from picture_files import read_png, read_profile



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
        done = run(["paint", "-", "--exact"], folder, environment, stdin=picture)
    run(["paint", "bird.png", "-o", "named.png", "-q", "--exact"], folder, environment)
    same = [open(os.path.join(folder, name), "rb").read() for name in ("stdin-painting.png", "named.png")]
    if same[0] != same[1]:
        return "the paintings differ"
    if b"nothing is left to learn" not in done.stdout:
        return done.stdout
    if run(["paint", "-"], folder, environment).returncode != 1:
        return "nothing on standard input is accepted"


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
    with started(["pensel", "render", "g.safetensors", "-q", "-o", "g.tif", "--size", "7100x7100"], folder,
                 environment) as child:
        usage = wait_for_usage(child)
    os.remove(os.path.join(folder, "g.tif"))
    if child.returncode or (usage.ru_maxrss > 300 * 1024 and not sanitized(environment)):
        return "status %d, %d KiB" % (child.returncode, usage.ru_maxrss)


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
