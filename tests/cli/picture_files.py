"""Picture files read byte by byte, without the library that wrote them."""

import struct
import zlib



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
