"""Paintings: the same bits as the program's, pictures of every kind, options by the tables.

The program is $PENSEL, or build/pensel.
"""

import ast
import inspect
import os
import pathlib
import pickle
import shutil
import subprocess

import numpy as np
import pytest
from PIL import Image

import pensel
from pensel import _core, _painting

ROOT = pathlib.Path(__file__).parents[2]
BIRD = ROOT / "examples" / "bird.png"
PROGRAM = shutil.which(os.environ.get("PENSEL", ROOT / "build" / "pensel"))

Y, X = np.mgrid[0:10, 0:14]
SMALL = np.dstack([18 * X, 25 * Y, 10 * (X + Y)]).astype(np.uint8)


def program(*arguments):
    if PROGRAM is None:
        pytest.skip("there is no program: make builds it as build/pensel")
    ran = subprocess.run([PROGRAM, *map(str, arguments), "-q"], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr


WAYS = [
    ({}, []),
    ({"encoding": "raw", "hidden": (12, 8), "epochs": 3}, "--encoding raw --hidden 12,8 --epochs 3"),
    (
        {"hidden": 16, "activation": "tanh", "solver": "sgd", "epochs": 2, "seed": 5},
        "--hidden 16 --activation tanh --solver sgd --epochs 2 --seed 5",
    ),
    ({"colours": 5}, "--colours 5"),
    ({"threshold": 600, "epochs": 4}, "--threshold 600 --epochs 4"),
    ({"preset": "tutorial", "epochs": 1}, "--preset tutorial --epochs 1"),
    ({"encoding": "hashgrid", "levels": 3, "periodic": True, "epochs": 2, "loss": "log_cosh"},
     "--encoding hashgrid --levels 3 --tile --epochs 2 --loss log-cosh"),
]  # fmt: skip


@pytest.mark.parametrize(("options", "words"), WAYS)
def test_the_file_is_the_programs(options, words, tmp_path):
    words = words.split() if isinstance(words, str) else words
    theirs, mine, shown = (tmp_path / name for name in ("p.safetensors", "m.safetensors", "p.png"))
    program("paint", BIRD, "-o", shown, "--save", theirs, *words)
    painting = pensel.paint(Image.open(BIRD), **options)
    painting.save(mine)
    assert mine.read_bytes() == theirs.read_bytes()
    assert (painting.render() == np.asarray(Image.open(shown))).all()


def test_rendering_is_the_programs(tmp_path):
    model, shown = tmp_path / "m.safetensors", tmp_path / "r.png"
    pensel.paint(Image.open(BIRD), epochs=4).save(model)
    painting = pensel.load(model)
    program("render", model, "-o", shown, "--size", "37x50", "--crop", "10.5,3,40,20")
    pixels = painting.render((37, 50), part=(10.5, 3, 40, 20))
    assert (pixels == np.asarray(Image.open(shown))).all()
    deep = painting.render(dtype=np.uint16)
    assert np.abs(deep / 65535 - painting.render(dtype=np.float32)).max() <= 0.5 / 65535 + 1e-7


def test_psnr_is_what_its_formula_says():
    painting = pensel.paint(SMALL, epochs=3)
    error = (painting.render().astype(float) - SMALL) / 255
    expected = 10 * np.log10(1 / np.mean(error**2))
    assert painting.psnr(SMALL) == pytest.approx(expected, abs=1e-4)
    assert painting.psnr_ == painting.psnr(SMALL)
    assert pensel.paint(SMALL).psnr_ == np.inf


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32", "float64"])
def test_every_kind_of_number_is_the_same_picture(dtype):
    most = 1 if dtype.startswith("f") else np.iinfo(dtype).max
    picture = (SMALL / 255 * most).astype(dtype) if most == 1 else SMALL.astype(dtype) * (most // 255)
    assert (pensel.paint(picture).render() == SMALL).all()


def test_grey_alpha_and_palettes():
    grey = SMALL[:, :, 2]
    assert (pensel.paint(grey).render()[:, :, 0] == grey).all()
    alpha = np.dstack([SMALL, np.where(X < 7, 255, 128).astype(np.uint8)])
    again = pensel.paint(Image.fromarray(alpha)).render().astype(int)
    assert again.shape == (10, 14, 4) and np.abs(again - alpha).max() <= 1
    opaque = np.dstack([SMALL, np.full(grey.shape, 255, np.uint8)])
    assert pensel.paint(opaque).channels == 3
    few = Image.fromarray(SMALL).quantize(8)
    assert (pensel.paint(few).render() == np.asarray(few.convert("RGB"))).all()
    assert pensel.paint(SMALL).image().size == (14, 10)


def test_several_pictures_and_holes():
    both = pensel.paint([SMALL, 255 - SMALL])
    assert both.pictures == 2 and both.psnr([SMALL, 255 - SMALL]) == np.inf
    assert (both.render() == SMALL).all() and (both.render(mix=1) == 255 - SMALL).all()
    weights = np.ones(SMALL.shape[:2])
    weights[4:7, 5:9] = 0
    spoiled = np.where(weights[:, :, None] > 0, SMALL, 0).astype(np.uint8)
    filled = pensel.paint(spoiled, weights=weights).render().astype(int)
    assert np.abs(filled - SMALL)[4:7, 5:9].mean() < 20 < SMALL[4:7, 5:9].mean()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"momentum": 0.5}, "momentum has no effect"),
        ({"exact": True, "loss": "huber"}, "exact and loss together"),
        ({"exact": True, "hidden": 9}, "exact cannot be had here: hidden layers"),
        ({"exact": True, "encoding": "fourier"}, "exact and encoding together"),
        ({"task": "classification", "loss": "huber"}, "loss huber is for regression"),
        ({"psnr": -1}, "psnr is -1: a number from 0 to 60"),
        ({"subpixel": 5000}, "subpixel is 5000"),
        ({"encoding": "raw", "periodic": True}, "periodic has no effect on raw coordinates"),
        ({"task": "regression", "colours": 4}, "colours is about classes"),
        ({"threshold": 1, "colours": 4}, "one of them"),
        ({"solver": "adm"}, "there is no 'adm' here"),
        ({"preset": "tutor"}, "preset 'tutor'"),
        ({"weights": np.ones((2, 2))}, r"\(10, 14\) is needed"),
        ({"activation": "step"}, "activation 'step'"),
    ],
)
def test_what_is_wrong_is_said(options, said):
    with pytest.raises(ValueError, match=said):
        pensel.paint(SMALL, **options)
    with pytest.raises(TypeError, match="unexpected keyword argument 'nothing'"):
        pensel.paint(SMALL, nothing=1)


@pytest.mark.parametrize("picture", [SMALL[0, 0], SMALL / 100.0, SMALL > 3, SMALL[:0], np.zeros((4, 4, 5))])
def test_what_is_no_picture_is_said(picture):
    with pytest.raises(ValueError, match="is needed|are needed"):
        pensel.paint(picture)


GREYS = np.repeat(np.repeat(np.array([[0, 255, 99], [255, 0, 255], [99, 255, 0]]), 4, 0), 5, 1)
ENLARGED = [
    ("waves", (100, 75), None, {"sharp": True}, ["--sharp"]),
    ("waves", (128, 96), None, {"sharp": True}, ["--sharp"]),
    ("waves", (60, 48), (10, 4, 20, 16), {"sharp": True}, ["--sharp"]),
    ("drawing", (45, 36), None, {}, []),
    ("drawing", (47, 100), (2.5, -1, 9, 14), {}, []),
    ("drawing", (45, 36), None, {"sharp": True}, ["--sharp"]),
    ("waves", (150, 96), None, {"pixel_art": "epx"}, ["--pixel-art", "epx"]),
    ("waves", (101, 77), None, {"pixel_art": "nearest"}, ["--pixel-art", "nearest"]),
    ("drawing", (45, 36), None, {"pixel_art": "never"}, ["--pixel-art", "never"]),
]


@pytest.mark.parametrize("quality", [None, 60])
@pytest.mark.parametrize(("what", "size", "part", "how", "words"), ENLARGED)
def test_enlarging_is_the_programs(quality, what, size, part, how, words, tmp_path):
    y, x = np.mgrid[0:48, 0:64]
    waves = np.dstack([128 + 90 * np.sin(x * y / 300), 2 * x, 3 * y]).astype(np.uint8)
    picture = {"waves": waves, "drawing": GREYS.astype(np.uint8)}[what]
    painting = pensel.paint(picture, quality=quality)
    model, shown = tmp_path / ("p.safetensors" if quality is None else "p.pensel"), tmp_path / "r.png"
    painting.save(model)
    crop = ["--crop", ",".join(map(str, part))] if part else []
    program("render", model, "-o", shown, "--size", "%dx%d" % size, *crop, *words)
    theirs = np.asarray(Image.open(shown)).reshape(size[1], size[0], -1)
    assert (painting.render(size, part, **how) == theirs).all()


def test_what_cannot_be_enlarged():
    painting = pensel.paint(SMALL)
    for how, message in (
        ({"sharp": True}, "sharp has no effect"),
        ({"pixel_art": "epx"}, "pixel_art has no effect"),
        ({"pixel_art": "epx", "sharp": True, "size": (99, 99)}, "together"),
        ({"pixel_art": "smooth"}, "auto, never, nearest, epx"),
    ):
        with pytest.raises(ValueError, match=message):
            painting.render(**how)


def test_rendering_says_what_is_wrong():
    painting = pensel.paint(SMALL)
    for how in ({"mix": 0.5}, {"soft": True}, {"part": (0, 0, 0, 3)}, {"dtype": np.int32}):
        with pytest.raises(ValueError, match="is needed|above 0"):
            painting.render(**how)
    with pytest.raises(ValueError, match="the same is needed"):
        painting.psnr(SMALL[1:])


def test_an_encodings_profile_goes_along(tmp_path):
    picture = Image.fromarray(SMALL)
    picture.info["icc_profile"] = b"some profile"
    pensel.paint(picture).save(tmp_path / "m.safetensors")
    assert pensel.load(tmp_path / "m.safetensors").profile == b"some profile"


def test_options_signature_documentation_and_stubs_say_the_same():
    known = {row[0] for table in ("paint", "estimator", "training") for row in _core.options(table)}
    named = set(inspect.signature(pensel.paint).parameters)
    assert known - _painting._ELSEWHERE <= named
    own = {"picture", "task", "preset", "hidden", "activation", "weights"}
    own |= {"quality", "bytes", "parameters", "seconds"}
    for name in own:
        assert f"\n    {name} : " in pensel.paint.__doc__
    for name in named - own:
        assert f"- {name}: " in pensel.paint.__doc__
    stub = ast.parse((pathlib.Path(pensel.__file__).parent / "__init__.pyi").read_text())
    function = next(f for f in stub.body if isinstance(f, ast.FunctionDef) and f.name == "paint")
    assert [a.arg for a in function.args.args + function.args.kwonlyargs] == list(
        inspect.signature(pensel.paint).parameters
    )
    kinds = {"flag": "bool", "count": "float", "seed": "int", "threads": "int", "choice": "str"}
    for argument in function.args.kwonlyargs:
        row = _painting.options().get(argument.arg)
        if row:
            wanted = kinds.get(row.kind, "float") + " | None"
            assert ast.unparse(argument.annotation) == wanted, argument.arg
    made = next(c for c in stub.body if isinstance(c, ast.ClassDef) and c.name == "Painting")
    for member in (m for m in made.body if isinstance(m, ast.FunctionDef)):
        real = inspect.signature(getattr(pensel.Painting, member.name)).parameters
        assert [a.arg for a in member.args.args + member.args.kwonlyargs] == [
            name for name, p in real.items() if p.kind != p.VAR_KEYWORD
        ]


def test_a_file_is_painted_by_its_name(tmp_path):
    image = pytest.importorskip("PIL.Image")
    pixels = np.random.RandomState(0).randint(0, 256, (9, 12, 3), np.uint8)
    image.fromarray(pixels).save(tmp_path / "picture.png")
    for name in (tmp_path / "picture.png", str(tmp_path / "picture.png")):
        painting = pensel.paint(name)
        np.testing.assert_array_equal(painting.render(), pixels)
        assert painting.psnr(name) == painting.psnr(pixels)
    assert pensel.paint([name, name]).pictures == 2
    with pytest.raises(FileNotFoundError):
        pensel.paint(tmp_path / "none.png")


def test_a_model_does_not_get_a_picture_s_name(tmp_path):
    pixels = np.zeros((8, 8, 3), np.uint8)
    for painting in (pensel.paint(pixels), pensel.paint(pixels, quality=50)):
        with pytest.raises(ValueError, match="image\\(\\).save"):
            painting.save(tmp_path / "picture.PNG")
    assert not list(tmp_path.iterdir())


# ------------------------------------------------------------------ in few bytes

Y2, X2 = np.mgrid[0:96, 0:128]
WAVES = np.dstack([128 + 90 * np.sin(X2 * Y2 / 300), X2, 255 - 2 * Y2]).astype(np.uint8)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"bytes": 3000}, "--bytes 3000"),
        ({"psnr": 33}, "--psnr 33"),
        ({"quality": 70}, "--quality 70"),
        ({"parameters": 500}, "--parameters 500"),
        ({"seconds": 1e-9}, "--seconds 1e-9"),
    ],
)
def test_the_compact_file_is_the_programs(options, words, tmp_path):
    theirs, shown = tmp_path / "p.pensel", tmp_path / "p.png"
    program("paint", BIRD, "-o", shown, "--save", theirs, *words.split())
    painting = pensel.paint(Image.open(BIRD), **options)
    assert isinstance(painting, pensel.CompactPainting)
    assert painting.bytes == theirs.read_bytes()
    assert (painting.render() == np.asarray(Image.open(shown))).all()
    again = pensel.load(theirs)
    assert again.bytes == painting.bytes and again.psnr(Image.open(BIRD)) == painting.psnr_


def test_compact_goals_are_met(tmp_path):
    few = pensel.paint(WAVES, bytes=2500)
    assert 0.9 * 2500 < len(few.bytes) <= 2500
    good = pensel.paint(WAVES, psnr=34)
    error = (good.render().astype(float) - WAVES) / 255
    assert good.psnr_ == pytest.approx(10 * np.log10(1 / np.mean(error**2)), abs=1e-4)
    assert abs(good.psnr_ - 34) < 0.02 * 34
    assert 0 < pensel.paint(WAVES, parameters=300).parameters <= 300
    few.save(tmp_path / "w.pensel")
    assert (tmp_path / "w.pensel").read_bytes() == few.bytes
    copy = pickle.loads(pickle.dumps(few))
    assert copy.bytes == few.bytes and (copy.render() == few.render()).all()


def test_compact_paintings_are_rendered_as_the_program_does(tmp_path):
    model, shown = tmp_path / "w.pensel", tmp_path / "r.png"
    painting = pensel.paint(WAVES, quality=40)
    painting.save(model)
    for size, part in (((57, 31), None), ((50, 40), (10.5, 3, 25, 20))):
        crop = ["--crop", ",".join(map(str, part))] if part else []
        program("render", model, "-o", shown, "--size", "%dx%d" % size, "--pixel-art", "never", *crop)
        assert (painting.render(size, part) == np.asarray(Image.open(shown))).all()
    assert painting.image(size=(64, 0)).size == (64, 48)
    deep = np.clip(WAVES.astype(np.uint16) * 257 + 99, 0, 65535).astype(np.uint16)
    sharp = pensel.paint(deep, quality=95)
    assert sharp.bits == 16 and sharp.render(dtype=np.uint16).dtype == np.uint16
    assert np.abs(sharp.render(dtype=np.uint16) / 65535 - deep / 65535).mean() < 0.01
    clear = pensel.paint(np.dstack([WAVES, np.where(X2 < 60, 255, 90)]).astype(np.uint8), quality=60)
    assert clear.channels == 4 and np.abs(clear.render()[:, :, 3].astype(int)[:, 90] - 90).max() < 9
    drawing = pensel.paint(np.where((X2 + Y2) % 8 < 4, 0, 255).astype(np.uint8), quality=50)
    assert drawing.drawn and drawing.psnr_ == np.inf


def test_what_is_wrong_with_compact_options_is_said(tmp_path):
    for options, said in (
        ({"bytes": 900, "epochs": 3}, "epochs has no effect on a compact painting, which bytes"),
        ({"quality": 50, "weights": np.ones(WAVES.shape[:2])}, "weights has no effect"),
        ({"quality": 50, "psnr": 30}, "quality and psnr together"),
        ({"bytes": 0}, "bytes is 0: 1 or more"),
        ({"quality": 101}, "quality is 101: a number from 1 to 100"),
        ({"seconds": 1, "max_seconds": 1}, "one option"),
        ({"seconds": 1, "max_seconds": 1, "epochs": 2}, "one option"),
    ):
        with pytest.raises(ValueError, match=said):
            pensel.paint(WAVES, **options)
    with pytest.raises(ValueError, match="a list of pictures has no effect"):
        pensel.paint([WAVES, WAVES], bytes=500)
    whole = pensel.paint(WAVES, quality=20)
    with pytest.raises(ValueError, match="the same is needed"):
        whole.psnr(WAVES[1:])
    with pytest.raises(ValueError):
        pensel.CompactPainting.from_bytes(whole.bytes[:-7])
    (tmp_path / "cut.pensel").write_bytes(whole.bytes[:40])
    with pytest.raises(ValueError):
        pensel.load(tmp_path / "cut.pensel")
    (tmp_path / "whole.pensel").write_bytes(whole.bytes)
    with pytest.raises(ValueError, match=r"pensel\.load reads it"):
        pensel.MLPRegressor.load(tmp_path / "whole.pensel")
    assert pensel.paint(SMALL, seconds=9, epochs=3).n_iter_ == 3  # of a network


@pytest.mark.parametrize("name", ["psnr", "alpha", "momentum"])
def test_an_option_that_is_no_number_is_named(name):
    with pytest.raises(TypeError, match=name + ": a number is needed, not \\("):
        pensel.paint(np.zeros((4, 4, 3), np.uint8), hidden=(2,), epochs=1, **{name: (1, 2)})
