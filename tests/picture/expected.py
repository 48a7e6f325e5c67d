"""Writes expected.h: PSNR and SSIM of pictures made by a formula, as scikit-image measures them.

    python3 expected.py > expected.h        needs numpy and scikit-image
"""
import numpy as np
from skimage.metrics import peak_signal_noise_ratio, structural_similarity


def picture(height, width, channels, which):
    """The same integers as test_picture.c's pixel()."""
    y, x, k = np.mgrid[0:height, 0:width, 0:channels]
    a = (x * 7 + y * 13 + k * 29 + (x * y) % 17 * 5) % 256
    b = np.clip(a + (x * 5 + y * 3 + k) % 23 - 11, 0, 255)
    return (b if which else a).astype(np.uint8)


print("/* Written by expected.py with scikit-image: height, width, channels, PSNR, SSIM. */")
print("static const struct {\n    size_t height, width, channels;\n    double psnr, ssim;\n} expected[] = {")
for height, width, channels in [(7, 7, 1), (20, 31, 3), (33, 16, 4), (64, 48, 2)]:
    a, b = (picture(height, width, channels, which) for which in (0, 1))
    psnr = peak_signal_noise_ratio(a, b)
    ssim = structural_similarity(a, b, channel_axis=2)
    print(f"    {{{height}, {width}, {channels}, {psnr:.17g}, {ssim:.17g}}},")
print("};")
