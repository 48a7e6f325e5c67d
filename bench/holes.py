#!/usr/bin/env python3
"""How well pensel fills holes, beside OpenCV's two methods (Telea 2004; Navier-Stokes, Bertalmio et al. 2001).

    bench/holes.py BUILD PICTURE...

Scratches, text, half and nine tenths of the pixels missing, and four holes of 80 x 80 pixels. PSNR in dB over the
pixels that were missing. Needs numpy, pillow and opencv-python-headless.
"""
import pathlib
import subprocess
import sys
import tempfile

import cv2
import numpy
from PIL import Image, ImageDraw

pensel = pathlib.Path(sys.argv[1]).resolve() / "pensel"
chance = numpy.random.RandomState(1)


def drawn(size, draw):
    """A mask, True where pixels are missing."""
    image = Image.new("L", size, 0)
    draw(ImageDraw.Draw(image), *size)
    return numpy.asarray(image) > 0


def scratches(pen, w, h):
    for _ in range(24):
        x, y = chance.randint(w), chance.randint(h)
        pen.line((x, y, x + chance.randint(-200, 200), y + chance.randint(-200, 200)), 255, 3)


def text(pen, w, h):
    words = "All that glisters is not gold; often have you heard that told. " * 4
    for y in range(4, h, 28):
        pen.text((4, y), words, 255)
        pen.text((5, y), words, 255)


def squares(pen, w, h):
    for x in (w // 4, 3 * w // 4):
        for y in (h // 4, 3 * h // 4):
            pen.rectangle((x - 40, y - 40, x + 39, y + 39), 255)


MASKS = {
    "scratches": lambda size: drawn(size, scratches),
    "text": lambda size: drawn(size, text),
    "50 % missing": lambda size: chance.rand(*size[::-1]) < 0.5,
    "90 % missing": lambda size: chance.rand(*size[::-1]) < 0.9,
    "80 x 80": lambda size: drawn(size, squares),
}


def by_pensel(damaged, mask, folder):
    Image.fromarray(damaged).save(folder / "damaged.png")
    Image.fromarray(numpy.where(mask, 0, 255).astype(numpy.uint8)).save(folder / "mask.png")
    subprocess.run([pensel, "paint", folder / "damaged.png", "--weight", folder / "mask.png", "-o",
                    folder / "filled.png", "-q"], check=True)
    return numpy.asarray(Image.open(folder / "filled.png").convert("RGB"))


def psnr(a, b, mask):
    return 10 * numpy.log10(255**2 / numpy.mean((a[mask].astype(float) - b[mask])**2))


print("| missing | pensel | Telea | Navier-Stokes |\n|---|---|---|---|")
with tempfile.TemporaryDirectory() as folder:
    for name, make in MASKS.items():
        figures = []
        for path in sys.argv[2:]:
            original = numpy.asarray(Image.open(path).convert("RGB"))
            mask = make(original.shape[1::-1])
            damaged = numpy.where(mask[..., None], 255, original).astype(numpy.uint8)
            rivals = [cv2.inpaint(damaged, mask.astype(numpy.uint8), 3, how)
                      for how in (cv2.INPAINT_TELEA, cv2.INPAINT_NS)]
            filled = [by_pensel(damaged, mask, pathlib.Path(folder))] + rivals
            figures.append([psnr(original, picture, mask) for picture in filled])
        print(f"| {name} | " + " | ".join(f"{f:.2f} dB" for f in numpy.mean(figures, 0)) + " |", flush=True)
