"""How `render` enlarges: by networks for photographs, and pixel by pixel what is drawn so, as ``pensel
render`` does."""

import math

import numpy as np

from pensel import _core, _settings

PIXEL_ART = ("auto", "never", "nearest", "epx")
_MARGIN = 16  # pixels around the part shown, which the networks see
_LARGEST_DRAWN = 8  # EPX again and again makes blobs


def shown(size, part, own):
    """((x, y, width, height) of the part, (width, height) of the result), of a picture of size `own`."""
    area = (0, 0, *own) if part is None else tuple(map(float, part))
    if len(area) != 4 or not (area[2] > 0 and area[3] > 0):
        raise ValueError(f"part {part!r}: (x, y, width, height), the last two above 0")
    width, height = (int(side or 0) for side in (size or (0, 0)))
    if not width and not height:
        width, height = (max(1, int(side + 0.5)) for side in area[2:])
    width = width or max(1, int(height * area[2] / area[3] + 0.5))
    height = height or max(1, int(width * area[3] / area[2] + 0.5))
    return area, (width, height)


def _check(scale, sharp, pixel_art):
    if pixel_art not in PIXEL_ART:
        raise ValueError(f"pixel_art {pixel_art!r}: one of {', '.join(PIXEL_ART)} is needed")
    forced = pixel_art in ("nearest", "epx")
    if sharp and forced:
        raise ValueError(f"sharp and pixel_art={pixel_art!r} together: one of them is needed")
    if (sharp or forced) and scale <= 1:
        raise ValueError(
            f"{'sharp' if sharp else 'pixel_art'} has no effect unless the painting is enlarged: a "
            "size above its own is needed"
        )


def _larger(pixels, how, factor, threads):
    height, width, channels = pixels.shape
    large = np.empty((height * factor, width * factor, channels), np.float32)
    own = np.ascontiguousarray(pixels)
    _core.enlarge(
        large.reshape(-1), own.ravel(), own.shape, how, factor, _settings.threads(threads)
    )
    return large


def _nearest(pixels, factor, area, size):
    """The pixel in which the centre of each pixel of the result lies."""

    def sources(start, part, count, most):
        at = np.floor((start + (np.arange(count) + 0.5) * (part / count)) * factor)
        return np.clip(at, 0, most - 1).astype(int)

    rows = sources(area[1], area[3], size[1], pixels.shape[0])
    columns = sources(area[0], area[2], size[0], pixels.shape[1])
    return pixels[rows[:, np.newaxis], columns]


def _drawn(pixels, area, size, scale, pixel_art, threads):
    factor = 1
    while pixel_art != "nearest" and 2 * factor <= scale and factor < _LARGEST_DRAWN:
        factor *= 2
    if factor > 1:
        pixels = _larger(pixels, "epx", factor, threads)
    return _nearest(pixels, factor, area, size)


def _sharp(pixels, area, part, size, scale, deep, threads, between):
    left = top = 0
    if part is not None:  # no more than is shown, if it lies in the picture
        x0, y0 = max(0, math.floor(area[0]) - _MARGIN), max(0, math.floor(area[1]) - _MARGIN)
        x1 = min(pixels.shape[1], math.ceil(area[0] + area[2]) + _MARGIN)
        y1 = min(pixels.shape[0], math.ceil(area[1] + area[3]) + _MARGIN)
        if x0 < x1 and y0 < y1:
            pixels, left, top = pixels[y0:y1, x0:x1], x0, y0
    factor = 2
    while factor < scale and factor < 1 << 12:
        factor *= 2
    large = _larger(pixels, "sharp", factor, threads)
    if part is None and size == (large.shape[1], large.shape[0]):
        return large
    if not deep:
        large = np.rint(large * np.float32(255)) / np.float32(255)
    moved = ((area[0] - left) * factor, (area[1] - top) * factor)
    return between(large)._premultiplied(
        size, (*moved, area[2] * factor, area[3] * factor), threads=threads
    )


def enlarge(whole, network, own, size, part, sharp, pixel_art, deep, threads, between):
    """What is shown, enlarged, colours times alpha; None where nothing here applies.

    `whole` gives all pixels at the painting's own size, `between` a painting of pixels that
    interpolates. `network` is the encoding of one that paints, or None. `deep`: the result has more
    than 8 bits.
    """
    area, size = shown(size, part, own)
    scale = max(size[0] / area[2], size[1] / area[3])
    _check(scale, sharp, pixel_art)
    automatic = pixel_art == "auto"
    may = sharp or network in (None, "pyramid") if automatic else pixel_art != "never"
    if scale <= 1 or not (may or sharp):
        return None
    pixels = whole()
    if may and (not automatic or _core.is_drawn(pixels.ravel(), pixels.shape)):
        if network:  # EPX asks what is equal; one that is exact is so to half a step of 8 bits
            pixels = np.rint(pixels * np.float32(255)) / np.float32(255)
        return _drawn(pixels, area, size, scale, pixel_art, threads)
    if not sharp:
        return None
    return _sharp(pixels, area, part, size, scale, deep, threads, between)
