"""Pictures painted by networks: `paint` trains one on a picture, `Painting` renders it at any size."""

import inspect
import sys
import threading

import numpy as np

from pensel import _compact, _core, _enlarge, _settings
from pensel._pixels import as_numbers, image_of, model_path, opened, pixels_of

# options in the order of the program; what another parameter says is left out
_TABLES = ("paint", "estimator", "training", "encoding")
_ELSEWHERE = {"task", "kind", "scale", "choose", "coarse_to_fine", "rows", "columns", "depth"}


def options():
    """{name: row of the library's tables} of the options that `paint` takes."""
    rows = [_settings.Option(*row) for table in _TABLES for row in _core.options(table)]
    named = {}
    for row in rows:
        if row.name not in _ELSEWHERE and row.name not in named:
            named[row.name] = row
    # an encoding's own seed and periodic follow those of the painting; its scale has a longer name
    return named | {"frequency_scale": next(r for r in rows if r.name == "scale")}


def network_of(pixels, profile):
    """The exact painting of pixels as `pixels_of` gives them."""
    options = {"threads": _settings.threads(None)}
    on_main = threading.current_thread() is threading.main_thread()
    sizes = (1, *pixels.shape)
    return Painting(
        _core.paint(pixels.ravel(), sizes, False, False, None, profile, None, options, on_main)
    )


def _layers_of(hidden, activation, tutorial):
    """(width, activation, parameter) of each hidden layer, or None to leave them to the library."""
    if hidden is None and activation is None:
        return None
    if hidden is None:
        hidden = (100,) * 10 if tutorial else (64, 64)
    sizes = _settings.layer_sizes(hidden) if np.size(hidden) else []
    if activation is None:
        named = [("relu" if tutorial else "", 0.0)] * len(sizes)
    else:
        named = _settings.layer_activations(activation, len(sizes))
    return tuple((int(size), name, p) for size, (name, p) in zip(sizes, named, strict=True))


def _converted(given):
    """Options as the library takes them: names of choices with dashes, infinity for counts."""
    known, found = options(), {}
    for name, value in given.items():
        if value is None:  # as if it were not there
            continue
        row = known.get("kind" if name == "encoding" else name)
        if name != "encoding" and row is None:
            raise TypeError(f"paint() got an unexpected keyword argument {name!r}")
        if isinstance(value, str):
            value = value.replace("_", "-")
        elif row is not None and row.kind == "count":
            value = 2**64 - 1 if value == np.inf else int(value)
        found[name] = value
    return found


def paint(
    picture,
    *,
    task=None,
    preset=None,
    hidden=None,
    activation=None,
    weights=None,
    quality=None,
    bytes=None,
    parameters=None,
    seconds=None,
    **given,
):
    """Paint a picture: as a network that is trained on it, or in few bytes.

    `quality`, `bytes`, `psnr`, `parameters` or `seconds` alone make a compact painting, as ``pensel
    paint`` does. Everything else makes a network, from the place of a pixel to its colour: without
    options every pixel is exact, as with ``pensel paint --exact``; an option overrides its part of
    what is chosen to suit the picture, and one that has no effect is an error. Of a network `psnr`
    and `seconds` say when its training ends.

    Parameters
    ----------
    picture : array-like (height, width) or (height, width, channels), a PIL image, or a list of such
        Grey, grey and alpha, RGB or RGB and alpha: uint8, uint16, or floats from 0 to 1. Several
        pictures of one size become one network, with a third input that leads from one to the next.
        The name of a file is read by Pillow.
    task : {'regression', 'classification'}, default=None
        None: classification if `threshold` or `colours` is given, else regression.
    preset : {'tutorial'}, default=None
        The tutorial's network and scikit-learn's settings.
    hidden : int or sequence of int, default=None
        Neurons of the hidden layers.
    activation : str, (str, float) or list of such, default=None
        Of the hidden layers, or one for each.
    weights : array-like (height, width), default=None
        How much each pixel counts; 0 is a hole, which the network fills in.
    quality : float from 1 to 100, default=None
        How good a compact painting is; 50 is about 38 dB.
    bytes : int, default=None
        Size of its file, at most.
    parameters : int, default=None
        Numbers that it is made of, at most.
    seconds : float, default=None
        No new trial, or epoch, begins after this time.
    **given
        The options of ``pensel paint`` under their names, with underscores; `encoding` among them.
%OPTIONS%
    Returns
    -------
    Painting or CompactPainting

    Examples
    --------
    >>> import numpy as np, pensel
    >>> y, x = np.mgrid[0:12, 0:16]
    >>> painting = pensel.paint(np.dstack([16 * x, 20 * y, 9 * (x + y)]).astype(np.uint8))
    >>> painting.render(size=(160, 120)).shape
    (120, 160, 3)
    """
    if preset not in (None, "tutorial"):
        raise ValueError(f"preset {preset!r}: 'tutorial' or None is needed")
    if task not in (None, "regression", "classification"):
        raise ValueError(f"task {task!r}: 'regression', 'classification' or None is needed")
    classes = task == "classification" if task else bool({"threshold", "colours"} & set(given))
    if {"threshold", "colours"} <= set(given):
        raise ValueError("threshold and colours: one of them says what the classes are")
    if isinstance(picture, (list, tuple)):
        picture = [opened(one) for one in picture]
    picture = opened(picture)
    several = isinstance(picture, (list, tuple)) and np.ndim(picture[0]) >= 2
    few = {"quality": quality, "bytes": bytes, "parameters": parameters, "seconds": seconds}
    few = {name: value for name, value in (few | given).items() if value is not None}
    own = {"task": task, "preset": preset, "hidden": hidden, "activation": activation}
    own |= {"weights": weights, "a list of pictures": True if several else None}
    own = [name for name, value in own.items() if value is not None]
    known = {"quality", "bytes", "parameters", *_compact.COMMON}
    if _compact.is_asked(few, own + [name for name in few if name not in known]):
        return _paint_compact(picture, few)
    if seconds is not None:
        if given.get("max_seconds") is not None:
            raise ValueError("seconds and max_seconds are one option: one of them is needed")
        given["max_seconds"] = seconds
    pixels, profiles = zip(*map(pixels_of, picture if several else [picture]), strict=True)
    if any(p.shape != pixels[0].shape for p in pixels):
        raise ValueError("pictures of one size and kind are needed")
    height, width, channels = pixels[0].shape
    if weights is not None:
        weights = np.ascontiguousarray(weights, dtype=np.float32)
        if weights.shape != (height, width):
            raise ValueError(f"weights of shape {weights.shape}: {(height, width)} is needed")
    core = _core.paint(
        np.concatenate([p.ravel() for p in pixels]),
        (len(pixels), height, width, channels),
        classes,
        preset == "tutorial",
        None if weights is None else weights.ravel(),
        profiles[0],
        _layers_of(hidden, activation, preset == "tutorial"),
        {"threads": _settings.threads(None)} | _converted(given),
        threading.current_thread() is threading.main_thread(),
    )
    painting = Painting(core)
    painting.psnr_ = painting.psnr(picture)
    return painting


def _paint_compact(picture, given):
    pixels, profile = pixels_of(picture)
    deep = getattr(picture, "mode", None) == "I;16" or getattr(picture, "dtype", None) == np.uint16
    core = _compact.compact(pixels, 16 if deep else 8, profile, given)
    painting = _compact.CompactPainting(core)
    painting.psnr_ = painting.psnr(picture)
    return painting


class Painting:
    """A picture as a network. Made by `paint`, or by `load` from a file of `save` or of ``pensel paint
    --save``.

    Attributes
    ----------
    width, height, channels : int
        Of the picture that was learned.
    pictures : int
        In the network.
    colours : int
        Size of the palette of a classification, else 0.
    parameters : int
        Numbers that were trained.
    settings : dict of dict
        'estimator', 'training' and 'encoding': what was done, in the library's words.
    chosen : str
        A line that says what was chosen, or "".
    profile : bytes or None
        The ICC profile of the colours.
    loss_curve_, n_iter_, loss_, stopped_
        As an estimator's.
    psnr_ : float or None
        Of the painting and its picture, where it was just painted.
    """

    def __init__(self, core):
        self._core = core
        told = core.to_dict()
        for name in ("width", "height", "channels", "pictures", "colours", "parameters", "chosen"):
            setattr(self, name, told[name])
        self.settings = {name: told[name] for name in ("estimator", "training", "encoding")}
        self.profile = core.profile()
        self.loss_curve_ = told["loss_curve"]
        report = told["report"]
        self.n_iter_, self.loss_ = report["epochs"], report["loss"]
        self.stopped_, self.psnr_ = report["stop"], None

    def __repr__(self):
        return f"<pensel.Painting {self.width} x {self.height}, {self.parameters:,} parameters>"

    def render(
        self,
        size=None,
        part=None,
        *,
        mix=0.0,
        soft=False,
        sharp=False,
        pixel_art="auto",
        dtype=np.uint8,
        threads=None,
    ):
        """Paint it again, at any size.

        Parameters
        ----------
        size : (width, height), default=None
            One of them None or 0: in proportion. None: a pixel for each of the part.
        part : (x, y, width, height), default=None
            The part to show, in pixels of the picture; it may reach outside. None: all.
        mix : float from 0 to 1, default=0
            Of several pictures: from the first to the last.
        soft : bool, default=False
            Classes: mix the colours by probability.
        sharp : bool, default=False
            Enlarge photographs by networks that know others; the rest as `pixel_art` says.
        pixel_art : {'auto', 'never', 'nearest', 'epx'}, default='auto'
            Enlarge drawings pixel by pixel. auto: few colours with sharp borders.
        dtype : uint8, uint16 or float32, default=uint8
            Whole numbers are what ``pensel render`` writes.
        threads : int, default=None

        Returns
        -------
        ndarray (height, width, channels)
        """
        larger = _enlarge.enlarge(
            lambda: self._premultiplied(None, None, mix, soft, threads),
            self.settings["encoding"]["kind"],
            (self.width, self.height),
            size,
            part,
            sharp,
            pixel_art,
            np.dtype(dtype) != np.uint8,
            threads,
            lambda pixels: network_of(pixels, None),
        )
        if larger is None:
            larger = self._premultiplied(size, part, mix, soft, threads)
        return as_numbers(larger, dtype)

    def _premultiplied(self, size=None, part=None, mix=0.0, soft=False, threads=None):
        given = {"threads": _settings.threads(threads)}
        if mix:
            given["mix"] = float(mix)
        if soft:
            given["soft"] = True
        area, (width, height) = _enlarge.shown(size, part, (self.width, self.height))
        given |= {"width": width, "height": height}
        if part is not None:
            given |= dict(zip("xywh", area, strict=True))
        pixels = np.empty(height * width * self.channels, np.float32)
        self._core.render(pixels, height, given)
        return pixels.reshape(height, width, self.channels)

    def psnr(self, picture):
        """10 log10(1 / MSE) of a picture, or of several side by side, and the painting at its size,
        as 8-bit numbers.

        Parameters
        ----------
        picture : as `paint` takes it

        Returns
        -------
        float
            Infinity if every pixel is exact.
        """
        several = self.pictures > 1
        original = [pixels_of(one)[0] for one in (picture if several else [picture])]
        if len(original) != self.pictures or any(
            p.shape != (self.height, self.width, self.channels) for p in original
        ):
            raise ValueError(
                f"the painting is of {self.pictures} picture(s), {self.width} x {self.height} with "
                f"{self.channels} channel(s): the same is needed"
            )
        last = max(self.pictures - 1, 1)
        painted = [self._premultiplied(mix=i / last) for i in range(self.pictures)]
        pair = [np.ascontiguousarray(np.concatenate(p, axis=1)) for p in (original, painted)]
        return _core.psnr(pair[0].ravel(), pair[1].ravel(), pair[0].shape)

    def image(self, **how):
        """The painting as a PIL image; takes what `render` takes. Pillow is needed."""
        return image_of(self.render(**how))

    def save(self, path):
        """Write a model file, which `load` and ``pensel render`` read.

        Parameters
        ----------
        path : str or path
            The file is written whole or not at all.
        """
        self._core.save(model_path(path))


def _describe():
    """The signature and the docstring of `paint`, from the tables."""
    added = [inspect.Parameter("encoding", inspect.Parameter.KEYWORD_ONLY, default=None)]
    lines = ["        - encoding: " + " or ".join(_settings.ENCODINGS) + " or raw"]
    for name, row in options().items():
        added.append(inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None))
        choices = "; " + " or ".join(row.choices) if row.choices else ""
        lines.append(f"        - {name}: {row.help}{choices}")
    signature = inspect.signature(paint)
    own = [p for p in signature.parameters.values() if p.kind != p.VAR_KEYWORD]
    paint.__signature__ = signature.replace(parameters=own + added)
    if sys.flags.optimize < 2:
        paint.__doc__ = paint.__doc__.replace("%OPTIONS%\n", "\n".join(["", *lines, "", ""]))


_describe()
