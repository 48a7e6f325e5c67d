"""What the columns of a table are, for the library: numbers, times or texts.

A table is a DataFrame of pandas, anything with Arrow's stream interface (polars, pyarrow, DuckDB),
or an array. Holes are None, NaN, NaT, NA and the words that mean one in a CSV file.
"""

import datetime
import sys
from numbers import Real

import numpy as np

from pensel import _core

NUMBER, TEXT, TIME = range(3)
_FEW = 8  # rows
_EXACT = 2**53  # larger integers are not all doubles


def is_pandas(X):
    pandas = sys.modules.get("pandas")
    return pandas is not None and isinstance(X, pandas.DataFrame)


def is_table(X):
    """Whether X has columns of its own, which may be of different types."""
    return is_pandas(X) or hasattr(X, "__arrow_c_stream__")


def names_of(X):
    """Names of the columns, if they are all str; else None."""
    if is_pandas(X):
        names = list(X.columns)
    elif hasattr(X, "column_names"):  # pyarrow
        names = list(X.column_names)
    elif is_table(X) and hasattr(X, "columns"):  # polars, duckdb
        names = list(X.columns)
    elif is_table(X) and hasattr(X, "schema"):  # a stream of pyarrow, which is read only once
        names = list(X.schema.names)
    elif is_table(X):
        names = columns_of(X, None).shape()[1]
    else:
        return None
    return names if names and all(isinstance(name, str) for name in names) else None


def columns_of(X, names, places=None):
    """The library's columns of a table.

    `names` are those that the columns get; None: their own, or x1, x2... as the program calls
    columns without a header. `places` says which of a DataFrame's columns they are; None: all.
    """
    if is_pandas(X):
        names = names or names_of(X) or numbered(X.shape[1])
        places = range(X.shape[1]) if places is None else places
        if len(X) <= _FEW:  # a Series for each column would take longer than the prediction
            rows = X.to_numpy(dtype=object).tolist()
            if len(rows) == 1:
                return row(list(names), [rows[0][i] for i in places])
            cells = [[row[i] for row in rows] for i in places]
            return _core.Columns(
                [(name, *_objects(cell)) for name, cell in zip(names, cells, strict=True)]
            )
        return _core.Columns(
            [column(name, X.iloc[:, i]) for name, i in zip(names, places, strict=True)]
        )
    if is_table(X):
        try:
            return _core.Columns(X.__arrow_c_stream__())
        except RuntimeError as error:  # a type that is not read
            raise TypeError(str(error)) from None
    X = np.asarray(X)
    names = names or numbered(X.shape[1])
    if X.dtype.kind in "fiu" and X.ndim == 2:
        X = np.asfortranarray(X)
    return _core.Columns([column(name, X[:, i]) for i, name in enumerate(names)])


def chosen_columns(X, names):
    """The library's columns of a table that has columns of these names among others.

    What stands beside them is not looked at, and may be of a type that is not read. A name that is
    not there is the library's error.
    """
    own = names_of(X)
    twice = next((name for name in names if own.count(name) > 1), None)
    if twice is not None:
        raise ValueError(f"column {twice!r} stands {own.count(twice)} times: once is needed")
    names = [name for name in names if name in own]
    if is_pandas(X):
        return columns_of(X, names, [own.index(name) for name in names])
    library = type(X).__module__.partition(".")[0]
    if library in ("polars", "pyarrow") and hasattr(X, "select") and names:
        X = X.select(names)
    return columns_of(X, None)


def records(rows, names):
    """The library's columns of a list of rows, each a dict by the columns' names."""
    return _core.Columns([(name, *_objects([row[name] for row in rows])) for name in names])


def refuse_other(X):
    """What people take for a table, with what would be one."""
    kind = type(X).__name__
    if hasattr(X, "to_frame") and hasattr(X, "name"):
        raise ValueError(
            f"X is a {kind}, one column: X.to_frame() is a table; of a row, X.to_dict() is"
        )
    if hasattr(X, "collect") and not is_table(X):
        raise ValueError(f"X is a {kind}, a table that is still to be read: X.collect() is one")
    if getattr(getattr(X, "dtype", None), "names", None):
        raise ValueError("X is an array of records: pandas.DataFrame(X) is a table of them")


def unmasked(X):
    """A masked array of NumPy's with holes in place of what is masked."""
    if not isinstance(X, np.ma.MaskedArray):
        return X
    if X.dtype.kind in "fiu":
        return X.astype(np.float64).filled(np.nan)
    return X.astype(object).filled(None)


def row(names, values):
    """The library's columns of one row."""
    plain = _core.row(names, values)
    if plain is not None:
        return plain
    return _core.Columns(
        [(name, *_objects([value])) for name, value in zip(names, values, strict=True)]
    )


def numbered(count):
    return [f"x{i + 1}" for i in range(count)]


def column(name, values):
    """(name, form, values, texts) of a Series or an array of one dimension."""
    return (name, *_convert(values))


def _convert(values):
    categories = getattr(getattr(values, "cat", None), "categories", None)
    if categories is not None:
        codes = np.asarray(values.cat.codes, dtype=np.int64) + 1
        return _texts(codes, list(categories))
    dtype = getattr(values, "dtype", None)
    if not isinstance(dtype, np.dtype):  # an extension type of pandas
        values = _plain(values)
    values = np.asarray(values)
    kind = values.dtype.kind
    if kind == "f":
        return NUMBER, _finite(values.astype(np.float64, copy=False)), None
    if kind in "iu":
        if values.dtype.itemsize == 8 and len(values) and _too_large(values):
            return _coded(values.tolist())
        return NUMBER, np.ascontiguousarray(values, dtype=np.float64), None
    if kind == "b":
        return _texts(values.astype(np.int64) + 1, [False, True])
    if kind == "M":
        return TIME, _seconds(values, "datetime64[us]"), None
    if kind == "m":
        return NUMBER, _seconds(values, "timedelta64[us]"), None
    if kind == "c":
        raise ValueError(f"Complex data not supported\n{values}\n")
    return _objects(values.tolist())


def _plain(series):
    """A Series of an extension type as an array of one of NumPy's."""
    kind = getattr(series.dtype, "kind", "O")
    if kind == "M" and str(series.dtype).startswith("date"):  # Arrow's days
        return series.to_numpy(object)
    if kind == "M":  # with a time zone: as UTC
        if getattr(getattr(series.dtype, "pyarrow_dtype", series.dtype), "tz", None) is not None:
            series = series.dt.tz_convert("UTC").dt.tz_localize(None)
        return series.to_numpy("datetime64[us]", na_value=np.datetime64("NaT"))
    if kind == "m":
        return series.to_numpy("timedelta64[us]", na_value=np.timedelta64("NaT"))
    if kind in "iuf":
        whole = kind in "iu" and not series.isna().any()
        na = {} if whole else {"na_value": np.nan}
        return series.to_numpy(np.int64 if kind == "i" and whole else np.float64, **na)
    return series.to_numpy(object)


def _finite(values):
    """Contiguous, and with NaN for what is infinite, as in a CSV file."""
    values = np.ascontiguousarray(values)
    infinite = np.isinf(values)
    return np.where(infinite, np.nan, values) if infinite.any() else values


def _too_large(values):
    return values.max() > _EXACT or (values.dtype.kind == "i" and values.min() < -_EXACT)


def _seconds(values, unit):
    """Since 1970, or of a span; NaT becomes NaN."""
    counts = values.astype(unit).astype(np.int64)
    return np.where(np.isnat(values), np.nan, counts / 1e6)


# ------------------------------------------------------------------ objects and texts


_TRUTHS = (bool, np.bool_)


def _is_hole(value):
    if value is None or type(value).__name__ == "NAType":
        return True
    return not hasattr(value, "__len__") and value != value  # an array is no hole, nor a text


def _hole_or(value):
    try:
        return None if _is_hole(value) else value
    except TypeError:  # pandas.NA has no truth
        return None
    except ValueError:  # nor has an array
        return value


def first_hole(values):
    """The index of the first hole of a list, or None."""
    return next((i for i, value in enumerate(values) if _hole_or(value) is None), None)


def _objects(values):
    """A list of whatever Python has: numbers, times or, if there is anything else, texts."""
    values = [_hole_or(value) for value in values]
    types = {type(value) for value in values} - {type(None)}
    if types and all(issubclass(t, (Real, np.number)) and t not in _TRUTHS for t in types):
        large = any(isinstance(v, int) and abs(v) > _EXACT for v in values)
        if not large:
            return NUMBER, _finite(np.array(values, dtype=np.float64)), None
    if types and all(issubclass(t, (datetime.date, np.datetime64)) for t in types):
        times = np.array([_utc(value) for value in values], dtype="datetime64[us]")
        return TIME, _seconds(times, "datetime64[us]"), None
    if types and all(issubclass(t, datetime.timedelta) for t in types):
        return NUMBER, _seconds(np.array(values, "timedelta64[us]"), "timedelta64[us]"), None
    return _coded(values)


def _utc(time):
    zone = getattr(time, "tzinfo", None)
    return time if zone is None else time.astimezone(datetime.UTC).replace(tzinfo=None)


def _coded(values):
    """A code for each different value, which becomes a text."""
    found: dict = {}
    exact = {type(value) for value in values} - {type(None)} == {str}
    if not exact:  # 1, 1.0 and True are equal, and other texts
        values = [None if value is None else text_of(value) for value in values]
    codes = np.fromiter(
        (0 if value is None else found.setdefault(value, len(found) + 1) for value in values),
        np.int64,
        len(values),
    )
    return _texts(codes, list(found))


def text_of(value):
    """As a CSV file has it."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return str(value)


def _texts(codes, values):
    """Codes from 1 of values, 0 where there is none; blanks around and words for holes go."""
    found: dict = {}
    again = np.zeros(len(values) + 1, dtype=np.uint32)
    for i, value in enumerate(values):
        text = text_of(value).strip(" \t\r\n")
        if not _core.missing(text):
            again[i + 1] = found.setdefault(text, len(found) + 1)
    return TEXT, again[codes], list(found)
