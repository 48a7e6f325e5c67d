"""Writes npy/*.npy: one array (3, 2) of 0, 1, 2... in every type and order, as NumPy saves it,
and others."""
import pathlib

import numpy as np

here = pathlib.Path(__file__).parent / "npy"
for kind in "<f4 >f4 <f8 >f8 |i1 <i2 >i2 <i4 >i4 <i8 >i8 |u1 <u2 >u2 <u4 >u4 <u8 >u8 |b1".split():
    array = (np.arange(6).reshape(3, 2) % (2 if kind == "|b1" else 99)).astype(kind)
    name = kind.replace("<", "little-").replace(">", "big-").replace("|", "")
    np.save(here / f"{name}.npy", array)
np.save(here / "fortran.npy", np.asfortranarray(np.arange(6.0).reshape(3, 2)))
np.save(here / "wide.npy", np.arange(8.0).reshape(2, 4))
np.save(here / "vector.npy", np.arange(6.0))
for version in ((2, 0), (3, 0)):
    with open(here / f"version-{version[0]}.npy", "wb") as file:
        np.lib.format.write_array(file, np.arange(6.0).reshape(3, 2), version=version)
np.save(here / "nan.npy", np.array([[0, 1], [2, np.nan]]))
np.save(here / "cube.npy", np.zeros((2, 2, 2)))
np.save(here / "text.npy", np.array(["a", "b"]))
np.save(here / "large.npy", np.array([[1e300]]))
# columns of several types, one padded, with holes
kinds = np.dtype([("half", "<f2"), ("i", ">i4"), ("name", "<U5"), ("bytes", "S6"), ("day", "<M8[D]")], align=False)
rows = [(0.5, 1, "café", b"a", "2000-02-29"), (-1024, -2, "", b"bc", "NaT"), (2.0**-24, 3, "NA", b"bytes", "1970-01-02")]
np.save(here / "struct.npy", np.array(rows, dtype=kinds))
np.save(here / "float16.npy", np.array([[1.5, 2], [np.nan, 65504]], np.float16))
