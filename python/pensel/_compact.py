"""Pictures in few bytes: what `paint` makes where a size or a quality is asked for."""

import threading

import numpy as np

from pensel import _core, _enlarge, _settings
from pensel._pixels import as_numbers, image_of, model_path, pixels_of

GOALS = ("quality", "psnr", "bytes", "parameters")  # one of them says how good it is
COMMON = {"psnr", "seconds", "max_seconds", "threads"}  # what networks understand as well


def is_asked(given, for_networks):
    """Whether these options of `paint` ask for a compact painting. An option that is about networks
    only asks for a network; together with one that is about compact paintings it is an error."""
    few = [name for name in ("quality", "bytes", "parameters") if name in given]
    if few and for_networks:
        raise ValueError(
            f"{for_networks[0]} has no effect on a compact painting, which {few[0]} asks for: "
            "quality, psnr, bytes, parameters and seconds decide how it is painted"
        )
    return bool(few) or (not for_networks and bool(given.keys() & (COMMON - {"threads"})))


def compact(pixels, bits, profile, given):
    """The core of a compact painting of these pixels, (height, width, channels) of float32."""
    goals = [name for name in GOALS if name in given]
    if len(goals) > 1:
        raise ValueError(f"{goals[0]} and {goals[1]} together: one of them decides how good it is")
    if "seconds" in given and "max_seconds" in given:
        raise ValueError("seconds and max_seconds are one option: one of them is needed")
    names = {"parameters": "numbers", "max_seconds": "seconds"}
    options = {"threads": _settings.threads(None)}
    for name, value in given.items():
        whole = name in ("bytes", "parameters", "threads")
        options[names.get(name, name)] = int(value) if whole else value
    for name in ("bytes", "parameters"):
        if name in given and not given[name] >= 1:
            raise ValueError(f"{name} is {given[name]}: 1 or more is needed")
    on_main = threading.current_thread() is threading.main_thread()
    return _core.compact(pixels.ravel(), pixels.shape, bits, profile, options, on_main)


def _network_of(pixels):
    from pensel._painting import network_of  # which itself makes compact paintings

    return network_of(pixels, None)


class CompactPainting:
    """A picture in few bytes: latent numbers, and a network that knows how likely each of them is. Made
    by `paint` with `bytes`, `psnr`, `quality`, `parameters` or `seconds`, or by `load` from a .pensel
    file, which is also what ``pensel paint`` writes.

    Attributes
    ----------
    width, height, channels : int
        Of the picture.
    bits : int
        8 or 16, of the picture it was made from.
    bytes : bytes
        The .pensel file.
    parameters : int
        Numbers that it is made of: latents that are not 0, or pixels that came by value.
    drawn : bool
        Coded pixel by pixel, without loss, as drawings are.
    step : float
        Of the latents, in 1/255; 0 if drawn.
    profile : bytes or None
        The ICC profile of the colours.
    psnr_ : float or None
        Of the painting and its picture, where it was just painted.

    Examples
    --------
    >>> import numpy as np, pensel
    >>> y, x = np.mgrid[0:96, 0:128]
    >>> waves = np.dstack([128 + 90 * np.sin(x * y / 300), x, 2 * y]).astype(np.uint8)
    >>> painting = pensel.paint(waves, bytes=1500)
    >>> len(painting.bytes) <= 1500, painting.render(size=(64, 48)).shape
    (True, (48, 64, 3))
    """

    def __init__(self, core):
        self._core = core
        for name, value in core.to_dict().items():
            setattr(self, name, value)
        self.psnr_ = None
        self._between = None  # a pyramid of its pixels, once another size is asked for

    @classmethod
    def from_bytes(cls, data):
        """The painting whose file has these bytes.

        Parameters
        ----------
        data : bytes-like
            They are checked: what is damaged is a ValueError.
        """
        return cls(_core.compact_of(data))

    @property
    def bytes(self):
        return self._core.bytes()

    def __reduce__(self):
        return CompactPainting.from_bytes, (self.bytes,)

    def __repr__(self):
        return (
            f"<pensel.CompactPainting {self.width} x {self.height}, {len(self.bytes):,} bytes, "
            f"{self.parameters:,} numbers>"
        )

    def _pixels(self, threads=None):
        """All of it at its own size, colours times alpha."""
        pixels = np.empty((self.height, self.width, self.channels), np.float32)
        self._core.paint(pixels.reshape(-1), _settings.threads(threads))
        if self.bits == 8:
            np.rint(pixels * np.float32(255), out=pixels)
            pixels /= np.float32(255)
        return pixels

    def _pyramid(self, threads=None):
        """A painting by a network, of its own pixels and what is between them."""
        if self._between is None:
            self._between = _network_of(self._pixels(threads))
        return self._between

    def render(
        self,
        size=None,
        part=None,
        *,
        sharp=False,
        pixel_art="auto",
        dtype=np.uint8,
        threads=None,
    ):
        """Paint it, at its own size or any other: what is between pixels is interpolated as
        ``pensel paint --exact`` does, by a pyramid, unless it is drawn pixel by pixel.

        Parameters
        ----------
        size : (width, height), default=None
            One of them None or 0: in proportion. None: a pixel for each of the part.
        part : (x, y, width, height), default=None
            The part to show, in pixels of the picture; it may reach outside. None: all.
        sharp : bool, default=False
            Enlarge photographs by networks that know others; the rest as `pixel_art` says.
        pixel_art : {'auto', 'never', 'nearest', 'epx'}, default='auto'
            Enlarge drawings pixel by pixel. auto: few colours with sharp borders.
        dtype : uint8, uint16 or float32, default=uint8
        threads : int, default=None

        Returns
        -------
        ndarray (height, width, channels)
        """
        own = (self.width, self.height)
        larger = _enlarge.enlarge(
            lambda: self._pixels(threads),
            None,
            own,
            size,
            part,
            sharp,
            pixel_art,
            np.dtype(dtype) != np.uint8,
            threads,
            _network_of,
        )
        if larger is not None:
            return as_numbers(larger, dtype)
        if part is None and (size is None or tuple(size) == own):
            return as_numbers(self._pixels(threads), dtype)
        return self._pyramid(threads).render(size, part, pixel_art="never", dtype=dtype, threads=threads)

    def psnr(self, picture):
        """10 log10(1 / MSE) of a picture and the painting, as 8-bit numbers.

        Parameters
        ----------
        picture : as `paint` takes it

        Returns
        -------
        float
            Infinity if every pixel is exact.
        """
        original = pixels_of(picture)[0]
        painted = self._pixels()
        if original.shape != painted.shape:
            raise ValueError(
                f"the painting is {self.width} x {self.height} with {self.channels} channel(s), the "
                f"picture {original.shape[1]} x {original.shape[0]} with {original.shape[2]}: the "
                "same is needed"
            )
        return _core.psnr(original.ravel(), painted.ravel(), original.shape)

    def image(self, **how):
        """The painting as a PIL image; takes what `render` takes. Pillow is needed."""
        return image_of(self.render(**how))

    def save(self, path):
        """Write the .pensel file, which `load` and ``pensel render`` read.

        Parameters
        ----------
        path : str or path
            The file is written whole or not at all.
        """
        self._core.save(model_path(path))
