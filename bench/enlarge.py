#!/usr/bin/env python3
"""How good pensel's enlargements are: each picture made 4 times smaller, painted, rendered at its own size again,
and compared with the original, beside Pillow's Lanczos (three lobes) and cubic (a = -1/2).

    bench/enlarge.py BUILD [2] PICTURE...

pensel paints them exactly and renders them with and without --sharp. With 2 in front they are made 2 times smaller.
PSNR in dB and SSIM by scikit-image, of pictures made smaller by Lanczos, by a cubic, and by means. Needs numpy, pillow
and scikit-image.
"""
import pathlib
import subprocess
import sys
import tempfile

import numpy
from PIL import Image
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

FACTOR = 2 if sys.argv[2] == "2" else 4
PICTURES = sys.argv[3 if sys.argv[2] == "2" else 2:]
pensel = pathlib.Path(sys.argv[1]).resolve() / "pensel"


def enlarged(small, size, folder):
    """By pensel: sharp, and interpolated."""
    small.save(folder / "small.png")
    run = lambda *arguments: subprocess.run([pensel, *map(str, arguments), "--quiet"], check=True)
    run("paint", folder / "small.png", "--exact", "-o", folder / "same.png", "--save", folder / "model")
    for name, options in ("sharp", ["--sharp"]), ("plain", []):
        run("render", folder / "model", "-o", folder / (name + ".png"), "--size", "{}x{}".format(*size), *options)
    return [Image.open(folder / (name + ".png")).convert("RGB") for name in ("sharp", "plain")]


def measure(original, result):
    a, b = numpy.asarray(original), numpy.asarray(result)
    return peak_signal_noise_ratio(a, b), structural_similarity(a, b, channel_axis=2)


def compare(path, shrink, folder):
    """PSNR and SSIM of pensel, sharp and not, Lanczos and cubic."""
    original = Image.open(path).convert("RGB")
    size = [side // FACTOR * FACTOR for side in original.size]
    original = original.crop((0, 0, *size))
    small = original.resize([side // FACTOR for side in size], shrink)
    results = enlarged(small, size, folder)
    results += [small.resize(size, how) for how in (Image.LANCZOS, Image.BICUBIC)]
    return [measure(original, result) for result in results]


def show(name, figures):
    texts = [f"{psnr:.2f} dB {ssim:.4f}" for psnr, ssim in figures]
    print(f"| {name} | " + " | ".join(texts) + " |", flush=True)


for title, shrink in ("Lanczos", Image.LANCZOS), ("a cubic", Image.BICUBIC), ("means", Image.BOX):
    print(f"| made smaller by {title} | pensel --sharp | pensel | Lanczos | cubic |\n|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        everything = []
        for path in map(pathlib.Path, PICTURES):
            everything.append(compare(path, shrink, pathlib.Path(folder)))
            show(path.name, everything[-1])
        show("mean", numpy.mean(everything, 0))
