#!/usr/bin/env python3
"""The program without libvips beside the one with it. Usage: lite_check.py LITE SOURCE [FULL WITH_GLIB WITHOUT_GLIB]

LITE paints pictures of every kind it reads, and what it paints is compared with what this file knows of them, and,
if the other programs are there, with what FULL makes of the same: models and pixels, byte for byte. Prints TAP.
"""

import os
import pathlib
import struct
import subprocess
import sys
import tempfile
import zlib

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "cli"))
import inputs
import picture_files

READ = ["bird.png", "bird.ppm", "grey.png", "alpha.png", "opaque.png", "deep.png", "palette.png", "profile.png",
        "bits.png", "one.png", "line.png", "same.png", "same.ppm", "same-grey.png", "same-grey.pgm"]
count = failed = 0


def tap(good, name, why=""):
    global count, failed
    count += 1
    failed += not good
    print("%s %d - %s" % ("ok" if good else "not ok", count, name), flush=True)
    if not good:
        print("".join("# %s\n" % line for line in str(why).splitlines()), end="")


class Program:
    """One of the two programs, in a folder with the pictures."""

    def __init__(self, path, folder):
        self.path, self.folder = str(pathlib.Path(path).resolve()), folder

    def __call__(self, *words, piped=None, **variables):
        under = ["/usr/lib/wine/wine64"] if self.path.endswith(".exe") else []
        return subprocess.run(under + [self.path, *words], cwd=self.folder, input=piped, capture_output=True, timeout=300,
                              env={**os.environ, "LC_ALL": "C", "WINEDEBUG": "-all", **variables})

    def make(self, *words):
        """The bytes of the file that the last word names."""
        done = self(*words)
        if done.returncode:
            return done.stderr
        return (pathlib.Path(self.folder) / words[-1]).read_bytes()


def more_pictures(folder):
    """Kinds of pixels that inputs.py has not, with the numbers that they mean: name -> (channels, [pixels])."""
    side = range(6)
    chunk, png = inputs.chunk, inputs.png
    clear = {"trns-grey.png": (0, 8, b"\0\x07", [bytes(x + y for x in side) for y in side],
                               lambda x, y: (x + y, 0 if x + y == 7 else 255)),
             "trns-rgb.png": (2, 8, struct.pack(">3H", 3, 2, 9), [b"".join(bytes((x, y, 9)) for x in side) for y in side],
                              lambda x, y: (x, y, 9, 0 if (x, y) == (3, 2) else 255)),
             "trns-palette.png": (3, 8, b"\xff\x50", [bytes((x + y) % 3 for x in side) for y in side],
                                  lambda x, y: ((1, 2, 3, 255), (4, 5, 6, 0x50), (7, 8, 9, 255))[(x + y) % 3])}
    known = {}
    for name, (colour, depth, transparent, rows, at) in clear.items():
        extra = (chunk(b"PLTE", bytes(range(1, 10))) if colour == 3 else b"") + chunk(b"tRNS", transparent)
        (folder / name).write_bytes(png(6, 6, rows, depth, colour, extra))
        known[name] = [[at(x, y) for x in side] for y in side]
    for depth in (2, 4):
        most = 2 ** depth - 1
        values = [[(x + y) % (most + 1) for x in range(8)] for y in side]
        rows = [bytes(sum(v << (8 - depth - depth * i) for i, v in enumerate(row[at:at + 8 // depth]))
                      for at in range(0, 8, 8 // depth)) for row in values]
        (folder / ("grey%d.png" % depth)).write_bytes(png(8, 6, rows, depth, 0))
        known["grey%d.png" % depth] = [[(v * 255 // most,) for v in row] for row in values]
    grey = [[17 * (x + y) for x in side] for y in side]
    texts = {"words.pgm": "P2\n# a comment\n6 6 15\n" + "\n".join(" ".join(str(v // 17) for v in row) for row in grey),
             "words.pbm": "P1 6 6 " + "".join("01"[v // 17 % 2] for row in grey for v in row)}
    for name, text in texts.items():
        (folder / name).write_text(text)
    known["words.pgm"] = [[(v,) for v in row] for row in grey]
    known["words.pbm"] = [[(0 if v // 17 % 2 else 255,) for v in row] for row in grey]
    (folder / "bits.pbm").write_bytes(b"P4\n6 6\n" + bytes(
        sum((v // 17 % 2) << (7 - x) for x, v in enumerate(row)) for row in grey))
    known["bits.pbm"] = known["words.pbm"]
    return known


def turned(data, orientation):
    """A JPEG with an EXIF block that says how it is turned, in either byte order."""
    order, mark = (">", b"MM\0*") if orientation % 2 else ("<", b"II*\0")
    block = b"Exif\0\0" + mark + struct.pack(order + "IH", 8, 1) + struct.pack(order + "HHIHHI", 0x112, 3, 1,
                                                                           orientation, 0, 0)
    return data[:2] + b"\xff\xe1" + struct.pack(">H", len(block) + 2) + block + data[2:]


def upright(rows, orientation):
    """EXIF's table, by turning and mirroring: 1 as it is, 2 mirrored, 3 half a turn..."""
    if orientation >= 5:
        rows = [list(row) for row in zip(*rows)]  # 5: its diagonal is the mirror
    if orientation in (2, 3, 6, 7):
        rows = [row[::-1] for row in rows]
    if orientation in (3, 4, 7, 8):
        rows = rows[::-1]
    return rows


def pixels(path):
    """[[(numbers of a pixel)]] of a PNG of 8 bits."""
    width, height, depth, colour, rows = picture_files.read_png(path)
    step = {0: 1, 2: 3, 4: 2, 6: 4}[colour]
    return [[tuple(row[x * step:(x + 1) * step]) for x in range(width)] for row in rows]


def paint(program, name, to="out.png", *more):
    """A painting that has every pixel of the picture."""
    done = program("paint", name, "--exact", "-q", *more, "-o", to)
    if done.returncode:
        raise RuntimeError(done.stderr.decode(errors="replace"))
    return pathlib.Path(program.folder) / to


def is_same(found, wanted):
    """Where nothing is to be seen, no colour counts."""
    flat = lambda rows: [(0,) * len(p) if len(p) % 2 == 0 and p[-1] == 0 else p for row in rows for p in row]
    return flat(found) == flat(wanted)


def check_known(lite, folder):
    for name, wanted in more_pictures(folder).items():
        found = pixels(paint(lite, name))
        tap(is_same(found, wanted), "%s is painted as what it means" % name, "%s\n%s" % (found, wanted))
    jpeg = paint(lite, "same.png", "same.jpg").read_bytes()
    straight = pixels(paint(lite, "same.jpg"))
    source = pixels(folder / "same.png")
    far = max(abs(a - b) for left, right in zip(straight, source) for p, q in zip(left, right) for a, b in zip(p, q))
    tap(far <= 12, "a JPEG is nearly what it was made of", far)
    (folder / "wide.ppm").write_bytes(b"P6 12 8 255\n" + b"".join(bytes((20 * x, 30 * y, 99)) for y in range(8) for x in range(12)))
    wide = paint(lite, "wide.ppm", "wide.jpg").read_bytes()
    straight = pixels(paint(lite, "wide.jpg"))
    for orientation in range(1, 9):
        (folder / "turned.jpg").write_bytes(turned(wide, orientation))
        tap(pixels(paint(lite, "turned.jpg")) == upright(straight, orientation),
            "a JPEG whose EXIF says %d is painted upright" % orientation)
    white = pixels(paint(lite, "alpha.png", "alpha.jpg") and paint(lite, "alpha.jpg"))
    expected = [round((v * 80 + 255 * 175) / 255) for v in (220, 220, 100)]
    tap(max(abs(a - b) for a, b in zip(white[11][11], expected)) <= 25, "a JPEG has white below what is clear",
        (white[11][11], expected))
    paint(lite, "profile.png", "profile.jpg")
    for made in ("profile.jpg", "out.png"):
        paint(lite, "profile.png", made)
        tap(picture_files.read_profile(folder / made) == inputs.profile(), "%s keeps the profile" % made)
    deep = picture_files.read_png(paint(lite, "deep.png", "deep-out.png", "--depth", "16"))
    words = [struct.unpack(">432H", b"".join(rows)) for rows in (deep[4], picture_files.read_png(folder / "deep.png")[4])]
    far = max(abs(a - b) for a, b in zip(*words))
    tap(deep[2] == 16 and far < 128, "16 bits come back, nearer than 8 bits could be", far)
    done = lite("paint", "-", "--exact", "-q", "-o", "piped.png", piped=(folder / "same.png").read_bytes())
    tap(not done.returncode and pixels(folder / "piped.png") == source, "a picture comes by standard input", done.stderr)
    half = lite("paint", "bird.png", "-q", "--seconds", "1", "--epochs", "2", "--neurons", "neurons.png", "--compare",
                "both.jpg", "--timelapse", "film.png", "-o", "out.png")
    tap(not half.returncode, "sheets with words are drawn", half.stderr)


def check_terminal(lite, folder):
    """Red above blue, as half blocks, in the colours that the terminal says it has."""
    (folder / "two.ppm").write_bytes(b"P6 4 4 255\n" + bytes((255, 0, 0)) * 8 + bytes((0, 0, 255)) * 8)
    shown = lambda **variables: lite("paint", "two.ppm", "--exact", "--show", "always", "-o", "two.png", TERM="xterm-256color",
                                     **variables).stderr.decode()
    true = shown(LC_ALL="C.UTF-8", COLORTERM="truecolor", NO_COLOR="")
    tap("\033[48;2;255;0;0m\033[38;2;255;0;0m\u2580" in true and "\033[48;2;0;0;255m\033[38;2;0;0;255m\u2580" in true,
        "a terminal of all colours gets them as half blocks", true)
    cube = shown(LC_ALL="C.UTF-8", COLORTERM="", NO_COLOR="")
    tap("\033[48;5;196m\033[38;5;196m" in cube and "\033[48;5;21m\033[38;5;21m" in cube, "one of 256 gets the nearest", cube)
    grey = shown(LC_ALL="C.UTF-8", COLORTERM="truecolor", NO_COLOR="1")
    tap("\033[38" not in grey and "\033[48" not in grey and "\u2591" in grey, "NO_COLOR gets none", grey)
    if lite.path.endswith(".exe"):
        return  # whose terminals always know UTF-8
    plain = shown(LC_ALL="C", COLORTERM="", NO_COLOR="1")
    tap(plain.isascii() and ":" in plain, "and without UTF-8 letters of ASCII", plain)


REFUSED = [
    ("an output in WebP", ["paint", "bird.png", "-o", "x.webp"], "built without libvips, does not write it: a picture's name ends in .png or .jpg"),
    ("Deep Zoom", ["paint", "bird.png", "-o", "x.dzi"], "built without libvips, does not write it: a picture's name ends in .png or .jpg"),
    ("a film", ["paint", "bird.png", "--timelapse", "x.gif"], "writes no films"),
    ("a TIFF", ["paint", "float.tif"], "float.tif is a picture in TIFF, which this pensel, built without libvips"),
    ("a BMP", ["paint", "same.bmp"], "same.bmp is a picture in BMP"),
    ("an SVG", ["paint", "bird.svg"], "bird.svg is a picture in SVG"),
    ("loaders that it has not", ["paint", "bird.png", "--untrusted"], "--untrusted has no effect here"),
    ("what is no picture", ["paint", "text.png"], "text.png is not a picture pensel reads: a PNG, JPEG or PPM"),
    ("an empty file", ["paint", "empty.png"], "empty.png is empty (0 bytes)"),
    ("half a PNG", ["paint", "cut.png"], "cut.png is damaged"),
    ("half a JPEG", ["paint", "half.jpg"], "half.jpg is damaged"),
    ("a PPM that ends early", ["paint", "half.ppm"], "half.ppm is damaged"),
    ("more pixels than allowed", ["paint", "huge.png"], "huge.png is 100000 x 100000, 10,000,000,000 pixels"),
    ("print's colours", ["paint", "cmyk.jpg"], "cmyk.jpg holds colours of print (CMYK)"),
    ("a figure by gnuplot", ["activations", "-o", "x.svg"], "built without GLib"),
    ("16 bits in a JPEG", ["paint", "bird.png", "--depth", "16", "-o", "x.jpg"], "--depth 16 has no effect on x.jpg"),
]


def check_refused(lite, folder):
    jpeg = paint(lite, "bird.png", "bird.jpg").read_bytes()
    (folder / "half.jpg").write_bytes(jpeg[:len(jpeg) // 2])
    (folder / "half.ppm").write_bytes((folder / "bird.ppm").read_bytes()[:5000])
    at = jpeg.index(b"\xff\xc0")  # a frame of four components: nothing of it is decoded
    frame = b"\xff\xc0" + struct.pack(">HBHHB", 20, 8, 16, 16, 4) + b"".join(bytes((i + 1, 0x11, 0)) for i in range(4))
    (folder / "cmyk.jpg").write_bytes(jpeg[:at] + frame + jpeg[at + 2 + struct.unpack(">H", jpeg[at + 2:at + 4])[0]:])
    for name, words, sentence in REFUSED:
        done = lite(*words)
        lines = done.stderr.decode(errors="replace").splitlines()
        lines = [line for line in lines if not line.startswith("wine:")]  # which speaks of its own processes
        tap(done.returncode in (1, 2) and len(lines) == 1 and sentence in lines[0], "%s is refused by a sentence" % name,
            "exit %d\n%s" % (done.returncode, "\n".join(lines)))


def check_beside(lite, full, folder):
    """The model has every pixel, and the profile: two that are equal were read alike."""
    for name in READ + sorted(more for more in os.listdir(folder) if more.startswith(("trns-", "grey2", "grey4"))) + ["bird.jpg"]:
        models = []
        for program in (full, lite):
            program("paint", name, "--exact", "-q", "--save", "model.safetensors", "-o", "out.png")
            models.append((folder / "model.safetensors").read_bytes())
            (folder / "model.safetensors").unlink()
        tap(models[0] == models[1], "%s: the same model as with libvips" % name)
    for name in ("bird.png", "alpha.png", "grey.png", "deep.png"):
        full("paint", name, "--exact", "-q", "--save", "model.safetensors", "-o", "out.png")
        for size in ("30x40", "301x7"):
            for depth in ("8", "16"):
                made = [picture_files.read_png(folder / "r.png") if not done.returncode else done.stderr
                        for done in (program("render", "model.safetensors", "--size", size, "--depth", depth, "-q", "-o",
                                             "r.png") for program in (full, lite))]
                tap(made[0] == made[1], "%s at %s, %s bits: the same pixels as with libvips" % (name, size, depth))
        made = []
        for program in (full, lite):
            program("render", "model.safetensors", "--size", "64x48", "-q", "-o", "r.jpg")
            made.append(pixels(paint(full, "r.jpg")))
        tap(made[0] == made[1], "%s as a JPEG: the same pixels as with libvips" % name)


def main():
    source = pathlib.Path(sys.argv[2]).resolve()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        inputs.make(name, source)
        lite = Program(sys.argv[1], name)
        check_known(lite, folder)
        check_terminal(lite, folder)
        check_refused(lite, folder)
        if len(sys.argv) > 3:
            check_beside(lite, Program(sys.argv[3], name), folder)
    if len(sys.argv) > 5:
        said = [subprocess.run([program], capture_output=True, env=dict(os.environ, LC_ALL="C.UTF-8")).stdout
                for program in sys.argv[4:6]]
        lines = [pair for pair in zip(said[0].splitlines(), said[1].splitlines()) if pair[0] != pair[1]]
        tap(said[0] == said[1] and len(said[0]) > 100000, "what stands in for GLib does what GLib does",
            "\n".join("%s\n%s" % pair for pair in lines[:20]))
    print("1..%d" % count)
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
