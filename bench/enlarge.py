#!/usr/bin/env python3
"""How good pensel's enlargements are: each picture made 4 times smaller, painted, rendered at its own size again,
and compared with the original, beside Pillow's Lanczos (three lobes) and cubic (a = -1/2).

    bench/enlarge.py BUILD PICTURE...

PSNR in dB and SSIM by scikit-image, of pictures made smaller by Lanczos and by the mean of 4 x 4 pixels. Needs
numpy, pillow and scikit-image.
"""
import pathlib
import subprocess
import sys
import tempfile

import numpy
from PIL import Image
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

FACTOR = 4
pensel = pathlib.Path(sys.argv[1]).resolve() / "pensel"


def enlarged(small, size, folder):
    """By pensel."""
    small.save(folder / "small.png")
    run = lambda *arguments: subprocess.run([pensel, *map(str, arguments), "--quiet"], check=True)
    run("paint", folder / "small.png", "-o", folder / "same.png", "--save", folder / "model")
    run("render", folder / "model", "-o", folder / "large.png", "--size", "{}x{}".format(*size))
    return Image.open(folder / "large.png").convert("RGB")


def measure(original, result):
    a, b = numpy.asarray(original), numpy.asarray(result)
    return peak_signal_noise_ratio(a, b), structural_similarity(a, b, channel_axis=2)


def compare(path, shrink, folder):
    """PSNR and SSIM of pensel, Lanczos and cubic."""
    original = Image.open(path).convert("RGB")
    size = [side // FACTOR * FACTOR for side in original.size]
    original = original.crop((0, 0, *size))
    small = original.resize([side // FACTOR for side in size], shrink)
    results = [enlarged(small, size, folder)]
    results += [small.resize(size, how) for how in (Image.LANCZOS, Image.BICUBIC)]
    return [measure(original, result) for result in results]


def show(name, figures):
    texts = [f"{psnr:.2f} dB {ssim:.4f}" for psnr, ssim in figures]
    print(f"| {name} | " + " | ".join(texts) + " |", flush=True)


for title, shrink in ("Lanczos", Image.LANCZOS), ("means", Image.BOX):
    print(f"| made smaller by {title} | pensel | Lanczos | cubic |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        everything = []
        for path in map(pathlib.Path, sys.argv[2:]):
            everything.append(compare(path, shrink, pathlib.Path(folder)))
            show(path.name, everything[-1])
        show("mean", numpy.mean(everything, 0))
