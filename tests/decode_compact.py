#!/usr/bin/env python3
"""A second decoder of compact paintings, written from docs/format.md alone, against the program's.

    decode_compact.py PENSEL SOURCE_FOLDER      prints TAP

It knows nothing of the library but the numbers of the network. Each file of fuzz/corpus/compact is decoded here, in
single precision where format.md says so, and must give the pixels that `pensel render` writes.
"""
import pathlib
import re
import struct
import subprocess
import sys
import tempfile
import zlib
from math import log2
from operator import mul


def single(x):
    """Rounded to float32. Each sum and product of two such is exact enough in a double to round once."""
    return struct.unpack("<f", struct.pack("<f", x))[0]


class Reader:
    def __init__(self, data):
        self.data, self.at, self.low, self.high = data, 4, 0, 0xFFFFFFFF
        self.value = int.from_bytes((data + bytes(4))[:4], "big")

    def bit(self, odds=32768):
        span = self.high - self.low
        middle = self.low + (span >> 16) * odds + (((span & 65535) * odds) >> 16)
        result = self.value <= middle
        if result:
            self.high = middle
        else:
            self.low = middle + 1
        while self.low >> 24 == self.high >> 24:
            byte = self.data[self.at] if self.at < len(self.data) else 0
            self.at += 1
            self.low = self.low << 8 & 0xFFFFFFFF
            self.high = (self.high << 8 | 255) & 0xFFFFFFFF
            self.value = (self.value << 8 | byte) & 0xFFFFFFFF
        return int(result)


def within(x, low, high):
    return low if x < low else high if x > high else x


def cut(a, b):
    """a / b, towards zero"""
    return a // b if a >= 0 else -(-a // b)


E = 2.718281828459045
SQUASH = [min(65535, int(65536 / (1 + E ** (-(i - 48) / 4)) + 0.5)) for i in range(97)]


class Network:
    def __init__(self, numbers):
        take = iter(numbers)
        block = lambda rows, columns: [[next(take) for _ in range(columns)] for _ in range(rows)]
        columns = lambda rows: list(zip(*rows))
        self.A, self.S, self.K = columns(block(34, 32)), block(1, 32)[0], block(36, 32)
        self.B = columns([[within(v, -8191, 8191) for v in row] for row in block(32, 16)])
        self.b = block(1, 16)[0]
        self.C = [[within(64 * v, -524287, 524287) for v in row] for row in block(4, 16)]
        self.c = [[64 * v for v in row] for row in block(36, 4)]

    def hidden(self, kind, s, f):
        h = [within((16 * self.K[kind][j] + s * self.S[j] + sum(map(mul, self.A[j], f))) >> 7, 0, 4095)
             for j in range(32)]
        return [within((128 * self.b[i] + sum(map(mul, self.B[i], h))) >> 10, 0, 2047) for i in range(16)]


def size(v):
    return min(abs(v), 255)


LOG = [min(127, int(16 * log2(1 + n) + 0.5)) for n in range(256)]


def log(n):
    return LOG[min(n, 255)]


def sign(v):
    return within(16 * v, -32, 32)


class Band(dict):
    """Latents by (row, column); what is not there is 0."""

    def __missing__(self, key):
        return 0

    def size(self, y, x):
        return size(self[y, x])


class Stripe:
    def __init__(self, data, network, step, colours):
        self.reader, self.s, self.colours = Reader(data), step // 64 * 16 + step % 64 // 4 - 16, colours
        self.n, self.C, self.c = network, [row[:] for row in network.C], [row[:] for row in network.c]
        self.T = {}
        self.counted = {}
        self.bands = {}

    def counted_bit(self, key):
        p, k = self.counted.get(key, (32768, 0))
        bit = self.reader.bit(within(p, 1024, 64512))
        self.counted[key] = (p + cut(((65535 if bit else 0) - p) * 2, 2 * k + 3), min(k + 1, 30))
        return bit

    def base(self, height, width):
        v = Band()
        for y in range(height):
            for x in range(width):
                w, n, nw, ne = v[y, x - 1], v[y - 1, x], v[y - 1, x - 1], v[y - 1, x + 1]
                guess = w if y == 0 else n if x == 0 else sorted((w, n, w + n - nw))[1]
                unrest, d = abs(w - nw) + abs(n - nw) + abs(ne - n), 0
                while unrest >> d and d < 14:
                    d += 1
                s, difference = 0, 0
                while s < 16 and self.counted_bit((0, d // 2, s)):
                    s += 1
                if s:
                    difference = 1
                    for i in range(s - 1):
                        bit = self.counted_bit((1, d // 2, s)) if i == 0 else self.reader.bit()
                        difference = 2 * difference + bit
                    if not self.reader.bit():
                        difference = -difference
                v[y, x] = within(guess + difference, -32767, 32767)
        return v

    def ask(self, kind, output, table, g):
        z = within((8 * self.c[kind][output] + sum((self.C[output][i] >> 4) * g[i] for i in range(16))) >> 11, -3071, 3071)
        u = z + 3072
        q = SQUASH[u // 64] + cut((SQUASH[u // 64 + 1] - SQUASH[u // 64]) * (u % 64), 64)
        i, r = u // 256, u % 256
        T = self.T.setdefault((table, kind), [64 * SQUASH[4 * k] for k in range(25)])
        t = (T[i] * (256 - r) + T[i + 1] * r) >> 14
        bit = self.reader.bit(within((q + t + 1) // 2, 16, 65520))
        target = (1 << 22) - 1 if bit else 0
        T[i] += (((target - T[i]) >> 6) * (256 - r)) >> 8
        T[i + 1] += (((target - T[i + 1]) >> 6) * r) >> 8
        e = (65536 if bit else 0) - q
        for k in range(16):
            self.C[output][k] = within(self.C[output][k] + ((g[k] * e + 65536) >> 17), -524287, 524287)
        self.c[kind][output] = within(self.c[kind][output] + (e >> 10), -1048575, 1048575)
        return bit

    def latent(self, kind, g):
        if not self.ask(kind, 0, 0, g):
            return 0
        positive, k = self.ask(kind, 1, 1, g), 1
        if self.ask(kind, 2, 2, g):
            k = 2
            while k < 20 and self.ask(kind, 3, 3 if k == 2 else 4 if k <= 4 else 5, g):
                k += 1
            if k == 20:
                m, r = 0, 1
                while m < 15 and self.reader.bit():
                    m += 1
                for _ in range(m):
                    r = 2 * r + self.reader.bit()
                k = min(20 + r - 1, 32767)
        return k if positive else -k

    def contexts(self, v, plane, level, o, levels, y, x):
        f, z = [0] * 34, v.size
        near = [(y, x - 1), (y, x - 2), (y - 1, x), (y - 2, x), (y - 1, x - 1), (y - 1, x + 1)]
        f[:6] = [log(z(*p)) for p in near]
        f[6] = log(z(y - 1, x - 2) + z(y - 1, x + 2))
        f[7] = log(z(y - 2, x - 1) + z(y - 2, x + 1))
        far = [(1, 3), (1, -3), (2, 2), (2, -2), (2, 3), (2, -3), (3, 0), (3, 1), (3, -1), (3, 2), (3, -2)]
        f[8] = log(sum(z(y - a, x - b) for a, b in far))
        f[9] = log(z(y, x - 3) + z(y, x - 4))
        cross = lambda b, y, x: b.size(y, x - 1) + b.size(y, x + 1) + b.size(y - 1, x) + b.size(y + 1, x)
        corners = lambda b, y, x: sum(b.size(y + i, x + j) for i in (-1, 1) for j in (-1, 1))
        if level < levels:
            p, Y, X = self.bands[plane, level + 1, o], y // 2, x // 2
            f[10], f[11] = log(p.size(Y, X)), log(p.size(Y, X - 1) + p.size(Y, X + 1))
            f[12], f[13] = log(p.size(Y - 1, X) + p.size(Y + 1, X)), log(corners(p, Y, X))
            cousin = self.bands[plane, level + 1, 1 if o == 0 else 0]
            f[14] = log(cousin.size(Y, X) if o == 2 else cousin.size(X, Y))
            f[29] = sign(p[Y, X])
        if o > 0:
            first, (Y, X) = self.bands[plane, level, 0], (x, y) if o == 1 else (y, x)
            f[15], f[16] = log(first.size(Y, X)), log(cross(first, Y, X))
        if o == 2:
            second = self.bands[plane, level, 1]
            f[17], f[18] = log(second.size(x, y)), log(cross(second, x, y))
        for k in range(min(plane, 2) if plane < self.colours else 0):
            other = self.bands[k, level, o]
            f[19 + 2 * k] = log(other.size(y, x))
            f[20 + 2 * k] = log(cross(other, y, x) + corners(other, y, x) // 2)
            f[30 + k] = sign(other[y, x])
            together = sum(sign(v[p]) * sign(other[p]) for p in (near[0], near[2], near[4], near[5]))
            f[32 + k] = f[30 + k] * ((together > 0) - (together < 0))
        f[23:29] = [sign(v[near[i]]) for i in (0, 2, 4, 5, 1, 3)]
        return f

    def band(self, plane, level, o, levels, height, width):
        v = self.bands[plane, level, o] = Band()
        kind = 2 * (6 * (plane if plane < self.colours else 0) + level - 1) + (o == 2)
        for y in range(height):
            for x in range(width):
                g = self.n.hidden(kind, self.s, self.contexts(v, plane, level, o, levels, y, x))
                v[y, x] = self.latent(kind, g)


def halves(n, times):
    for _ in range(times):
        n = (n + 1) // 2
    return n


def unlift(low, high):
    """One row, by float32 sums and products"""
    if not high:
        return low
    Z, odds = single(1.149604398860241), len(high)
    inverse = single(1 / Z)
    even = [single(v * inverse) for v in low]
    odd = [single(v * Z) for v in high]
    for is_even, k in ((1, -0.443506852043971), (0, -0.882911075530934), (1, 0.052980118572961), (0, 1.586134342059924)):
        k = single(k)
        to, of = (even, odd) if is_even else (odd, even)
        for i in range(len(to)):
            a, b = (i - 1, i) if is_even else (i, i + 1)
            a, b = a if a >= 0 else b, b if b < len(of) else a
            to[i] = single(to[i] + single(k * single(of[a] + of[b])))
    return [(odd if i % 2 else even)[i // 2] for i in range(len(even) + odds)]


def profile(data, size):
    """A packed ICC profile"""
    reader, out, surprise = Reader(data), bytearray(), [0, 0]
    known = {}  # (l, n) by guesser, its context, and the bits before

    def walk(context, told=None):
        """What is read under these odds; or, of a byte that is known, how surprising it is, and what is learned"""
        node, missed = 1, 0
        for k in range(7, -1, -1):
            l, n = known.get((context, node), (0, 0))
            odds = within(32768 + l, 16, 65520)
            bit = reader.bit(odds) if told is None else told >> k & 1
            if told is not None:
                missed += 65536 - odds if bit else odds
                known[context, node] = l + cut(2 * ((32767 if bit else -32768) - l), 2 * n + 3), min(30, n + 1)
            node = 2 * node + bit
        return node - 256 if told is None else missed

    for i in range(size):
        past = bytes(4) + bytes(out[:i // 2 * 2])
        u, v = (int.from_bytes(past[len(past) - back:][:2], "big") for back in (2, 4))
        g = (2 * u - v & 65535) >> (0 if i % 2 else 8) & 255
        first, second = ("byte", out[-1] if out else 0), ("line", i % 2)
        out.append(walk(second) + g & 255 if surprise[1] < surprise[0] else walk(first))
        for which, (context, told) in enumerate(((first, out[i]), (second, out[i] - g & 255))):
            surprise[which] += walk(context, told) - surprise[which] // 8
    return bytes(out)


def number(data, at):
    value = shift = 0
    while True:
        value |= (data[at] & 127) << shift
        at, shift = at + 1, shift + 7
        if data[at - 1] < 128:
            return value, at


def plane_of(stripes, plane, W, H, L, step, offsets):
    """The plane's samples, from the latents of all stripes of its tile."""
    value = single((64 + step % 64) / 128 * 2 ** (step // 64))

    def number_of(v, l):
        if l == 0:
            return single(v * value)
        if v == 0:
            return 0.0
        part = single(single(abs(v)) + single(offsets[3 * (min(l, 3) - 1) + min(abs(v), 3) - 1] / 64))
        return single(part * value) * (1 if v > 0 else -1)

    def grid(l, o, height, width):
        rows = [[0.0] * width for _ in range(height)]
        for i, stripe in enumerate(stripes):
            first = 256 * i >> (l or L)
            for (y, x), v in stripe.bands[plane, l, o].items():
                if l and o == 1:
                    y, x = x, y
                rows[first + y][x] = number_of(v, l)
        return rows

    low = grid(0, 0, halves(H, L), halves(W, L))
    for l in range(L, 0, -1):
        w, h = halves(W, l - 1), halves(H, l - 1)
        lw, lh = (w + 1) // 2, (h + 1) // 2
        wide, tall, both = grid(l, 0, lh, w - lw), grid(l, 1, h - lh, lw), grid(l, 2, h - lh, w - lw)
        top = [low[y] + wide[y] for y in range(lh)]
        bottom = [tall[y] + both[y] for y in range(h - lh)]
        columns = [unlift([row[x] for row in top], [row[x] for row in bottom]) for x in range(w)]
        low = [unlift([columns[x][y] for x in range(lw)], [columns[x][y] for x in range(lw, w)]) for y in range(h)]
    return low


class Odds:
    """Counted odds."""

    def __init__(self):
        self.p, self.count = 32768, 0

    def learn(self, bit):
        self.p += cut(((65535 if bit else 0) - self.p) * 2, 2 * self.count + 3)
        self.count = min(30, self.count + 1)


class Drawing:
    """A stripe of a drawing."""
    AROUND = [(-1, 0), (0, 1), (-1, 1), (1, 1), (-2, 0), (0, 2), (1, 2), (-2, 1), (2, 1), (-3, 0)]

    def __init__(self, data, channels):
        self.reader, self.channels, self.odds, self.recent = Reader(data), channels, {}, [0] * 32
        self.memories = {}  # of each kind and hash: colour, count

    def bit(self, *names):
        """By the mean of one or two odds, weighed by their counts."""
        found = [self.odds.setdefault(name, Odds()) for name in names]
        weights = [found[0].count + 1] + [2 * o.count + 1 for o in found[1:]]
        p = sum(o.p * w for o, w in zip(found, weights)) // sum(weights)
        bit = self.reader.bit(within(p, 64, 65472))
        for o in found:
            o.learn(bit)
        return bit

    def miss(self, c, around, before):
        w, n, nw = (v >> 8 * c & 255 for v in around[:3])
        activity = min(5, ((abs(w - nw) + abs(n - nw)) >> 2).bit_length())
        length = 0
        while length < 8 and self.bit(("length", c, activity, min(4, (abs(before) >> 1).bit_length()), length)):
            length += 1
        if not length:
            return 0
        value = 1
        for i in range(length - 2, -1, -1):
            value = 2 * value + self.bit(("digit", c, length - 1, i))
        return value if self.bit(("sign", c, (before > 0) - (before < 0))) else -value

    def value(self, around):
        signed = lambda v: (v + 128 & 255) - 128
        colour = before = 0
        for c in range(self.channels):
            w, n, nw = (v >> 8 * c & 255 for v in around[:3])
            guess = sorted((w, n, w + n - nw))[1]
            turned = guess + before & 255 if 0 < c < 3 else guess
            found = turned + self.miss(c, around, before) & 255
            colour |= found << 8 * c
            before = signed(found - guess)
        return colour

    def colour(self, around, pattern):
        if self.bit(("recent", pattern)):
            place = 1
            while place < 32:
                place = 2 * place + self.bit(("place", place))
            place -= 32
            colour = self.recent[place]
        else:
            colour, place = self.value(around), 31
        self.recent = [colour] + self.recent[:place] + self.recent[place + 1:]
        return colour

    def pixel(self, around):
        hashes, h = [], 0
        for i, v in enumerate(around):
            h = (h ^ v) * 2654435761 & 0xFFFFFFFF
            h ^= h >> 15
            if i in (5, 9):
                hashes.append(h % 16384)
        w, n, nw, ne, ww, nn = around[:6]
        pattern = tuple(a == b for a, b in ((w, n), (w, nw), (n, nw), (n, ne), (w, ww), (n, nn)))
        near, far = (self.memories.setdefault((i, h), [0, 0]) for i, h in enumerate(hashes))
        candidates = [(far[0], far[1] > 0), (near[0], near[1] > 0)] + [(v, True) for v in (w, n, ne, nw)]
        tried, colour = set(), None
        for k, (candidate, counts) in enumerate(candidates):
            if colour is not None or not counts or candidate in tried:
                continue
            tried.add(candidate)
            if self.bit(("hit", k, far[1] or near[1], pattern), ("again", (hashes[0] * 6 + k) % 16384)):
                colour = candidate
        if colour is None:
            colour = self.colour(around, pattern)
        for memory in (far, near):
            memory[:] = [colour, min(3, memory[1] + 1) if memory[1] and memory[0] == colour else 1]
        return colour

    def rows(self, width, height):
        rows = [[0] * width for _ in range(height)]
        for y in range(height):
            for x in range(width):
                rows[y][x] = self.pixel([rows[y - up][x + dx] if y >= up and 0 <= x + dx < width else 0
                                         for dx, up in self.AROUND])
        return rows


def decode(data, network):
    """(width, height, channels, rows of pixels as floats), and the profile; pictures of one tile"""
    assert data[:5] == b"\x9dpns\x01" and zlib.crc32(data[:-4]) == int.from_bytes(data[-4:], "little")
    flags, at = data[5], 6
    width, at = number(data, at)
    height, at = number(data, at)
    drawn = flags & 16
    step, at = (0, at) if drawn else number(data, at)
    channels = (flags & 3) + 1
    colours = 3 if channels >= 3 else 1
    m = None
    if colours == 3 and not drawn:
        m = [[v / 127 for v in struct.unpack("3b", data[at + 3 * i:at + 3 * i + 3])] for i in range(3)]
        at += 9
    if not drawn:
        offsets = struct.unpack("9b", data[at:at + 9])
        at += 9
    icc = b""
    if flags & 8:
        size, at = number(data, at)
        length, at = number(data, at) if flags & 32 else (size, at)
        icc = profile(data[at:at + length], size) if flags & 32 else data[at:at + length]
        at += length
    L = 0
    while L < 6 and min(width, height) >> L >= 12:
        L += 1
    lengths = []
    for _ in range((height + 255) // 256):
        length, at = number(data, at)
        lengths.append(length)
    if drawn:
        rows = []
        for i, length in enumerate(lengths):
            rows += Drawing(data[at:at + length], channels).rows(width, min(256, height - 256 * i))
            at += length
        assert at == len(data) - 4
        # 127.5 is what pixels() adds
        planes = [[[(v >> 8 * c & 255) - 127.5 for v in row] for row in rows] for c in range(channels)]
        return (width, height, channels, None, planes), icc
    stripes = []
    for i, length in enumerate(lengths):
        stripe = Stripe(data[at:at + length], network, step, colours)
        at += length
        for plane in range(channels):
            part = lambda l, n: max(0, min(n, 256 * (i + 1) >> l) - (256 * i >> l))
            stripe.bands[plane, 0, 0] = stripe.base(part(L, halves(height, L)), halves(width, L))
            for l in range(L, 0, -1):
                lw, lh = halves(width, l), halves(height, l)
                hw, hh = halves(width, l - 1) - lw, halves(height, l - 1) - lh
                stripe.band(plane, l, 0, L, part(l, lh), hw)
                stripe.band(plane, l, 1, L, lw, part(l, hh))
                stripe.band(plane, l, 2, L, part(l, hh), hw)
        stripes.append(stripe)
    assert at == len(data) - 4
    planes = [plane_of(stripes, p, width, height, L, step, offsets) for p in range(channels)]
    return (width, height, channels, m, planes), icc


def pixels(width, height, channels, m, planes):
    """8-bit values, by doubles; a value that lies half way to within float32's error may be either."""
    if m:
        d = lambda a, b, c, e: m[a][c] * m[b][e] - m[a][e] * m[b][c]
        det = sum(m[0][j] * d(1, 2, (j + 1) % 3, (j + 2) % 3) for j in range(3))
        inverse = [[d((i + 1) % 3, (i + 2) % 3, (j + 1) % 3, (j + 2) % 3) / det for i in range(3)] for j in range(3)]
    for y in range(height):
        for x in range(width):
            v = [p[y][x] for p in planes]
            if m:
                v[:3] = [sum(inverse[k][i] * v[i] for i in range(3)) for k in range(3)]
            yield [within(c + 127.5, 0, 255) for c in v]


def png(path):
    """The rows of an 8-bit PNG (ISO 15948), unfiltered, and its profile."""
    data, at, packed, icc = path.read_bytes(), 8, b"", b""
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at:at + 8])
        body = data[at + 8:at + 8 + length]
        if kind == b"IHDR":
            width, height, depth, colour = struct.unpack(">IIBB", body[:10])
        packed += body if kind == b"IDAT" else b""
        if kind == b"iCCP":
            icc = zlib.decompress(body[body.index(0) + 2:])
        at += 12 + length
    assert depth == 8
    n, raw = {0: 1, 2: 3, 4: 2, 6: 4}[colour], zlib.decompress(packed)
    above, rows = bytes(width * n), []
    for y in range(height):
        kind, row = raw[y * (width * n + 1)], bytearray(raw[y * (width * n + 1) + 1:][:width * n])
        for i in range(len(row)):
            a, b, c = row[i - n] if i >= n else 0, above[i], above[i - n] if i >= n else 0
            guess = (a, b, c)[min((abs(b - c), 0), (abs(a - c), 1), (abs(a + b - 2 * c), 2))[1]]
            row[i] = row[i] + (0, a, b, (a + b) // 2, guess)[kind] & 255
        above = row
        rows.append(bytes(row))
    return n, b"".join(rows), icc


def same(found, icc, path):
    """With alpha, which is not premultiplied in the file, only alpha itself is compared."""
    n, painted, kept = png(path)
    channels, wanted = found[2], [v for pixel in pixels(*found) for v in pixel]
    pairs = list(zip(wanted, painted))
    if n != channels or len(wanted) != len(painted) or icc != kept:
        return False
    if channels in (2, 4):
        pairs = pairs[channels - 1::channels]
    return all(abs(v - p) < 0.5005 for v, p in pairs)


def main():
    pensel, root = sys.argv[1], pathlib.Path(sys.argv[2])
    text = (root / "src/codec/latent_prior.c").read_text()
    network = Network([int(v) for v in re.findall(r"-?\d+", text[text.index("{"):])])
    files = sorted((root / "fuzz/corpus/compact").iterdir())
    print("1..%d" % len(files))
    failed = 0
    for i, path in enumerate(files, 1):
        found = decode(path.read_bytes(), network)
        with tempfile.TemporaryDirectory() as folder:
            model, out = pathlib.Path(folder) / "x.pensel", pathlib.Path(folder) / "x.png"
            model.write_bytes(path.read_bytes())
            subprocess.run([pensel, "render", str(model), "-o", str(out), "-q", "--threads", "1"], check=True)
            right = same(*found, out)
        failed += not right
        print("%s %d - %s is what the program paints" % ("ok" if right else "not ok", i, path.name))
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
