"""Pictures and tables for the tests, valid and invalid, all made from the example picture."""

import os
import shutil
import struct
import zlib


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width, height, rows, depth=8, colour=2, extra=b""):
    """A PNG (ISO 15948) of unfiltered rows (bytes each)."""
    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    data = b"".join(b"\0" + row for row in rows)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + extra + chunk(b"IDAT", zlib.compress(data)) +
            chunk(b"IEND", b""))


def profile():
    """An ICC profile (ICC.1:2001-04) of RGB: a header, a copyright, and as much of a private tag as parts it in two
    in a JPEG file."""
    words = b"text" + bytes(4) + b"for nobody\0" + bytes(1)
    own = b"data" + bytes(4) + bytes(i * i % 251 for i in range(70000))
    tags = struct.pack(">I4sII4sII", 2, b"cprt", 156, len(words), b"pnsl", 156 + len(words), len(own))
    head = struct.pack(">I4sI4s4s4s12s4s28sIII", 156 + len(words + own), bytes(4), 0x02400000, b"mntr", b"RGB ",
                       b"XYZ ", struct.pack(">6H", 2026, 1, 1, 0, 0, 0), b"acsp", bytes(28), 0xF6D6, 0x10000,
                       0xD32D)
    return head + bytes(128 - len(head)) + tags + words + own


def tiff(pages, samples, bits, kind):
    """A TIFF 6.0 of 12 x 12 pixels a page, uncompressed; kind 1: whole numbers, 2: signed, 3: floats. Its pages
    are bytes each."""
    out = bytearray(struct.pack("<2sHI", b"II", 42, 0))
    link = 4  # where the place of the next directory is to be written
    for data in pages:
        pixels = len(out)
        out += data
        many = len(out)  # 2 numbers of 16 bits a sample do not fit into an entry
        out += struct.pack("<%dH" % samples, *[bits] * samples) + struct.pack("<%dH" % samples, *[kind] * samples)
        struct.pack_into("<I", out, link, len(out))
        two = lambda tag, value, at: (struct.pack("<HHIHH", tag, 3, 1, value, 0) if samples == 1 else
                                      struct.pack("<HHII", tag, 3, samples, at))
        entries = [struct.pack("<HHII", 256, 4, 1, 12), struct.pack("<HHII", 257, 4, 1, 12), two(258, bits, many),
                   struct.pack("<HHIHH", 259, 3, 1, 1, 0),
                   struct.pack("<HHIHH", 262, 3, 1, 2 if samples > 2 else 1, 0),
                   struct.pack("<HHII", 273, 4, 1, pixels), struct.pack("<HHIHH", 277, 3, 1, samples, 0),
                   struct.pack("<HHII", 278, 4, 1, 12), struct.pack("<HHII", 279, 4, 1, len(data)),
                   two(339, kind, many + 2 * samples)]
        out += struct.pack("<H", len(entries)) + b"".join(entries)
        link = len(out)
        out += bytes(4)
    return bytes(out)


def bmp(width, height, rows):
    """A BMP of 24 bits; rows of bytes R, G, B, from the top, whose lengths are multiples of 4."""
    data = b"".join(bytes(row[i // 3 * 3 + 2 - i % 3] for i in range(len(row))) for row in reversed(rows))
    return struct.pack("<2sIIIIiiHHIIiiII", b"BM", 54 + len(data), 0, 54, 40, width, height, 1, 24, 0, len(data),
                       2835, 2835, 0, 0) + data


def same_pictures():
    """One gradient of 12 x 12 as files of several formats, all of which mean the same numbers."""
    side = range(12)
    grey = [bytes(20 * y // 2 + x for x in side) for y in side]
    colours = [b"".join(bytes((20 * x, 20 * y, 100)) for x in side) for y in side]
    as_floats = lambda rows: struct.pack("<%df" % len(b"".join(rows)), *[v / 255 for v in b"".join(rows)])
    yield "same.png", png(12, 12, colours)
    yield "same.ppm", b"P6\n12 12\n255\n" + b"".join(colours)
    yield "same.bmp", bmp(12, 12, colours)
    yield "float.tif", tiff([as_floats(colours)], 3, 32, 3)
    yield "pages.tif", tiff([b"".join(colours), bytes(432)], 3, 8, 1)
    yield "same-grey.png", png(12, 12, grey, 8, 0)
    yield "same-grey.pgm", b"P5 12 12 255\n" + b"".join(grey)
    yield "float-grey.tif", tiff([as_floats(grey)], 1, 32, 3)
    yield "bright.tif", tiff([struct.pack("<144f", *range(144))], 1, 32, 3)
    yield "whole.tif", tiff([struct.pack("<144i", *range(144))], 1, 32, 2)


def pictures():
    """name -> bytes: a small gradient in every kind of pixel."""
    side = range(12)
    yield "grey.png", png(12, 12, [bytes(20 * y // 2 + x for x in side) for y in side], 8, 0)
    yield "alpha.png", png(12, 12, [b"".join(bytes((20 * x, 20 * y, 100, 255 if x < 6 else 80))
                                             for x in side) for y in side], 8, 6)
    yield "opaque.png", png(12, 12, [b"".join(bytes((20 * x, 20 * y, 100, 255)) for x in side)
                                     for y in side], 8, 6)
    yield "deep.png", png(12, 12, [b"".join(struct.pack(">HHH", 5000 * x, 5000 * y, 40000) for x in side)
                                   for y in side], 16, 2)
    yield "palette.png", png(12, 12, [bytes((x + y) % 3 for x in side) for y in side], 8, 3,
                             chunk(b"PLTE", bytes((255, 0, 0, 0, 255, 0, 0, 0, 255))))
    yield "profile.png", png(12, 12, [b"".join(bytes((20 * x, 20 * y, 100)) for x in side) for y in side], 8, 2,
                             chunk(b"iCCP", b"none\0\0" + zlib.compress(profile())))
    yield "bits.png", png(16, 12, [bytes((170, 85)) for y in side], 1, 0)
    yield "one.png", png(1, 1, [bytes((10, 20, 30))])
    yield "line.png", png(30, 1, [bytes(range(90))])


def tables():
    yield "and.csv", "a,b,y\n0,0,0\n0,1,0\n1,0,0\n1,1,1\n"
    yield "or.csv", "a,b,y\n0,0,0\n0,1,1\n1,0,1\n1,1,1\n"
    yield "xor.csv", "a,b,y\n0,0,0\n0,1,1\n1,0,1\n1,1,0\n"
    rows = [(x / 10, y / 10) for x in range(12) for y in range(10)]
    yield "plane.csv", "u,v,z\n" + "".join("%g,%g,%g\n" % (u, v, 2 * u - v + 1) for u, v in rows)
    yield "side.csv", 'u,v,"which, side"\n' + "".join(
        '%g,%g,%s\n' % (u, v, "left" if u < v else '"right ""of"" it"') for u, v in rows)
    # weight 0 for every row that is wrong
    yield "weighed.csv", "u,w,z\n" + "".join("%g,%d,%g\n" % (u, i % 3 > 0, 3 * u if i % 3 else 99)
                                             for i, (u, v) in enumerate(rows))
    # two numbers and two labels to learn; classes of words, and other rows to validate with
    yield "pair.csv", '"p, q",u,v,big,late\n' + "".join(
        "%g,%g,%g,%d,%d\n" % (3 * u - v, u, v, u > 0.55, v > 0.45) for u, v in rows)
    for name, part in (("kinds.csv", rows), ("held.csv", rows[::7])):
        yield name, "u,v,kind\n" + "".join(
            "%g,%g,%s\n" % (u, v, ("low", "high")[u + v > 1]) for u, v in part)
    yield "odd.csv", "kind,v,u\nlow,1,2\nmiddle,1,2\n"
    yield "hole.csv", "u,v,z\n1,2,3\n4,,6\n"
    yield "text.csv", "u,v,z\n1,2,3\n4,five,6\n"
    yield "nan.csv", "u,v,z\n1,2,3\n4,5,nan\n"


def make(folder, source):
    for name, data in [*pictures(), *same_pictures()]:
        with open(os.path.join(folder, name), "wb") as file:
            file.write(data)
    for name, text in tables():
        with open(os.path.join(folder, name), "w") as file:
            file.write(text)
    shutil.copy(os.path.join(source, "examples", "bird.ppm"), folder)
    for name in ("st-relu", "torch-own"):
        shutil.copy(os.path.join(source, "fuzz", "corpus", "import", name), folder)
    bird = os.path.join(source, "examples", "bird.png")
    shutil.copy(bird, folder)
    shutil.copy(os.path.join(source, "examples", "bird.svg"), folder)
    whole = open(bird, "rb").read()
    bad = {
        "cut.png": whole[:len(whole) // 2],
        "text.png": b"this is no picture\n",
        "numbers.png": b"12 34\n1 2 3\n",
        "empty.png": b"",
        "broken.png": whole[:60] + bytes(40) + whole[100:],
        # a header that promises 100,000 x 100,000 pixels
        "huge.png": b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 100000, 100000, 8, 2, 0,
                                                                  0, 0)) +
                    chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b""),
        "huge.svg": b'<svg xmlns="http://www.w3.org/2000/svg" width="90000" height="90000"/>',
        "not.safetensors": b"\x00\x01\x02 no model",
    }
    for name, data in bad.items():
        with open(os.path.join(folder, name), "wb") as file:
            file.write(data)
    os.mkdir(os.path.join(folder, "folder.png"))
    with open(os.path.join(folder, "locked.png"), "wb") as file:
        file.write(b"old")
    os.chmod(os.path.join(folder, "locked.png"), 0o444)
