"""Pictures as people have them, arrays and PIL images, and as the library takes them."""

import os
import pathlib

import numpy as np

_PICTURES = set(".png .jpg .jpeg .webp .gif .tif .tiff .bmp .avif .heic .jxl .ppm".split())


def opened(picture):
    """The picture of a file, if it is one's name."""
    if not isinstance(picture, (str, os.PathLike)):
        return picture
    try:
        from PIL import Image
    except ImportError:
        raise ImportError(
            "pictures are read from files by Pillow: pip install pillow, or give an array"
        ) from None
    return Image.open(picture)


def model_path(path):
    """The name of a model file as str; a picture's is somebody's mistake."""
    path = os.fspath(path)
    if isinstance(path, str) and pathlib.Path(path).suffix.lower() in _PICTURES:
        raise ValueError(
            f"{path} has a picture's name, and save writes a model: image().save({path!r}) writes "
            "the picture"
        )
    return path


def pixels_of(picture):
    """(float32 (height, width, channels), colours times alpha; ICC profile or None)"""
    profile = None
    picture = opened(picture)
    if type(picture).__module__.startswith("PIL."):
        from PIL import ImageOps

        profile = picture.info.get("icc_profile")
        picture = ImageOps.exif_transpose(picture)
        if picture.mode not in ("L", "LA", "RGB", "RGBA", "I;16"):
            clear = "transparency" in picture.info or picture.mode in ("PA", "La", "RGBa")
            picture = picture.convert("RGBA" if clear else "RGB")
    pixels = np.asarray(picture)
    if pixels.ndim == 2:
        pixels = pixels[:, :, np.newaxis]
    if pixels.ndim != 3 or not 1 <= pixels.shape[2] <= 4 or 0 in pixels.shape:
        raise ValueError(
            f"a picture of shape {np.shape(picture)}: (height, width) or (height, width, 1 to 4) "
            "is needed"
        )
    if pixels.dtype in (np.uint8, np.uint16):
        pixels = pixels.astype(np.float32) / np.float32(np.iinfo(pixels.dtype).max)
    elif np.issubdtype(pixels.dtype, np.floating):
        pixels = pixels.astype(np.float32)
        if not (pixels.min() >= 0 and pixels.max() <= 1):
            raise ValueError("a picture of floats: numbers from 0, black, to 1, white, are needed")
    else:
        raise ValueError(f"a picture of {pixels.dtype}: uint8, uint16 or floats are needed")
    if pixels.shape[2] % 2 == 0:
        alpha = pixels[:, :, -1:]
        if (alpha == 1).all():
            pixels = pixels[:, :, :-1]
        else:
            pixels = np.concatenate([pixels[:, :, :-1] * alpha, alpha], axis=2)
    return np.ascontiguousarray(pixels), profile


def as_numbers(pixels, dtype):
    """Colours times alpha as what `render` returns."""
    if pixels.shape[2] % 2 == 0:
        alpha = pixels[:, :, -1:]
        pixels[:, :, :-1] /= np.where(alpha > 0, alpha, np.float32(1))
    dtype = np.dtype(dtype)
    if dtype == np.float32:
        return pixels
    if dtype not in (np.uint8, np.uint16):
        raise ValueError(f"dtype {dtype}: uint8, uint16 or float32 is needed")
    return np.rint(np.clip(pixels, 0, 1) * np.float32(np.iinfo(dtype).max)).astype(dtype)


def image_of(pixels):
    """What `render` returns, as a PIL image."""
    from PIL import Image

    return Image.fromarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels)
