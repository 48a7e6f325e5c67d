#!/usr/bin/env python3
"""Tables of pyarrow and polars, handed over by Arrow's C data interface: what the library makes of them is
compared with what pyarrow's to_pylist says. Needs pyarrow; polars if it is there. Prints TAP.

Usage: arrow_check.py LIBPENSEL.so
"""

import ctypes
import datetime
import decimal
import math
import sys

import pyarrow as pa

try:
    import polars
except ImportError:
    polars = None

NUMBER, TEXT, TIME = range(3)


class Error(ctypes.Structure):
    _fields_ = [("status", ctypes.c_int), ("text", ctypes.c_char * 512)]


class Column(ctypes.Structure):
    _fields_ = [("name", ctypes.c_char_p), ("form", ctypes.c_int), ("numbers", ctypes.POINTER(ctypes.c_double)),
                ("codes", ctypes.POINTER(ctypes.c_uint32)), ("texts", ctypes.POINTER(ctypes.c_char_p)),
                ("distinct", ctypes.c_size_t), ("missing", ctypes.c_size_t), ("twice", ctypes.c_bool),
                ("numeric", ctypes.c_bool)]


class Columns(ctypes.Structure):
    _fields_ = [("rows", ctypes.c_size_t), ("count", ctypes.c_size_t), ("columns", ctypes.POINTER(Column))]


library = ctypes.CDLL(sys.argv[1])
capsule = ctypes.pythonapi.PyCapsule_GetPointer
capsule.restype, capsule.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]


def values(c, rows):
    if c.form != TEXT:
        return [None if math.isnan(c.numbers[r]) else c.numbers[r] for r in range(rows)]
    return [c.texts[c.codes[r]].decode() if c.codes[r] else None for r in range(rows)]


def read(call, *arguments):
    """{name: (form, values)}, or the sentence of the error."""
    error, columns = Error(), ctypes.POINTER(Columns)()
    if call(ctypes.byref(columns), *arguments, None, ctypes.byref(error)):
        return error.text.decode()
    t = columns.contents
    found = {t.columns[i].name.decode(): (t.columns[i].form, values(t.columns[i], t.rows)) for i in range(t.count)}
    for i in range(t.count):
        c = t.columns[i]
        assert c.missing == sum(v is None for v in found[c.name.decode()][1])
    library.pensel_columns_free(ctypes.byref(columns))
    return found


def read_batch(batch):
    schema, array = batch.__arrow_c_array__()
    return read(library.pensel_columns_arrow, ctypes.c_void_p(capsule(schema, b"arrow_schema")),
                ctypes.c_void_p(capsule(array, b"arrow_array")))


def read_stream(table):
    stream = table.__arrow_c_stream__()
    return read(library.pensel_columns_arrow_stream, ctypes.c_void_p(capsule(stream, b"arrow_array_stream")))


def seconds(value):
    if isinstance(value, datetime.datetime):
        zone = value if value.tzinfo else value.replace(tzinfo=datetime.timezone.utc)
        return (zone - datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)).total_seconds()
    if isinstance(value, datetime.time):
        return value.hour * 3600.0 + value.minute * 60 + value.second
    return (value - datetime.date(1970, 1, 1)).days * 86400.0


def expected(column):
    """What the library should make of it, from Python's own values."""
    whole = column.to_pylist()
    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    if pa.types.is_boolean(kind):
        return TEXT, [None if v is None else str(v) for v in whole]
    if pa.types.is_temporal(kind):
        return TIME, [None if v is None else seconds(v) for v in whole]
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or kind == pa.string_view():
        return TEXT, [None if v in (None, "", "NA") else v for v in whole]
    if any(isinstance(v, int) and abs(v) > 2**53 for v in whole):
        return TEXT, [None if v is None else str(v) for v in whole]
    return NUMBER, [None if v is None or not math.isfinite(v) else float(v) for v in whole]


day, noon = datetime.date(2000, 2, 29), datetime.datetime(1969, 12, 31, 12, 30, 1)
long = "longer than the twelve bytes of a view, caf\u00e9"
COLUMNS = {"float64": pa.array([1.5, -2.0, 1e300, 0.0, 3.25]), "holes": pa.array([1.5, None, math.nan, math.inf, 2.0])}
for kind in ("int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "float32", "float16"):
    COLUMNS[kind] = pa.array([1.0, None, 7.0, 100.0, 3.0]).cast(getattr(pa, kind)())
COLUMNS.update({
    "negative": pa.array([-1, -100, None, 5, 0], pa.int16()),
    "large": pa.array([2**62 + 1, 5, None, -2**60 - 1, 0], pa.int64()),
    "bool": pa.array([True, False, None, True, True]),
    "null": pa.nulls(5),
    "string": pa.array(["a", None, long, "", "a"]),
    "large_string": pa.array(["a", None, long, "NA", "b"], pa.large_string()),
    "view": pa.array(["a", "exactly twel", long, None, "b"], pa.string_view()),
    "dictionary": pa.array(["x", "y", None, "x", "z"]).dictionary_encode(),
    "date32": pa.array([day, None, day, day, day]),
    "date64": pa.array([day, None, day, day, day], pa.date64()),
    "seconds": pa.array([noon, None, noon, noon, noon], pa.timestamp("s")),
    "nanoseconds": pa.array([noon, None, noon, noon, noon], pa.timestamp("ns", tz="Europe/Stockholm")),
    "decimal": pa.array([decimal.Decimal("12.25"), None, decimal.Decimal("-0.5"), decimal.Decimal(7), None],
                        pa.decimal128(12, 2)),
    "time": pa.array([noon.time(), None, noon.time(), datetime.time(0), None], pa.time32("s")),
    "time of microseconds": pa.array([noon.time(), None, noon.time(), datetime.time(0), None], pa.time64("us")),
})
# of 32 to 256 bits: the sign, words that are 0 and what is carried from one to the next
for bits, digits in (("32", 9), ("64", 18), ("128", 38), ("256", 76)):
    if hasattr(pa, "decimal" + bits):  # 32 and 64: since pyarrow 18
        COLUMNS["decimal" + bits] = pa.array(
            [None, decimal.Decimal(-1), decimal.Decimal("0.3"), decimal.Decimal(2 ** (int(bits) - 20)),
             decimal.Decimal(-(2 ** (int(bits) - 20)))],
            getattr(pa, "decimal" + bits)(digits, 2))

count = failed = 0


def check(name, good):
    global count, failed
    count += 1
    failed += not good
    print("%s %d - %s" % ("ok" if good else "not ok", count, name))


def compare(name, found, columns):
    wrong = [k for k in columns if not isinstance(found, dict) or found[k] != expected(columns[k])]
    for k in wrong:
        print("#", found if not isinstance(found, dict) else (k, found[k], expected(columns[k])))
    check(name, not wrong)


batch = pa.record_batch(list(COLUMNS.values()), names=list(COLUMNS))
compare("a record batch", read_batch(batch), COLUMNS)
compare("a slice of one", read_batch(batch.slice(1, 3)), {k: v.slice(1, 3) for k, v in COLUMNS.items()})
table = pa.Table.from_batches([batch, batch.slice(2), batch.slice(0, 1)])
compare("a stream of several", read_stream(table), {k: table[k].combine_chunks() for k in COLUMNS
                                                   if k not in ("dictionary",)})
for column, words in ((pa.array([[1]]), 'lists, the Arrow type "+l"'), (pa.array([{"a": 1}]), "records, the"),
                      (pa.array([b"a"]), "bytes, the"), (pa.array([b"ab"], pa.binary(2)), "bytes, the")):
    refused = read_batch(pa.record_batch([column], names=["x"]))
    check("%s are refused" % column.type, 'column "x" has ' + words in refused)
if polars:
    frame = polars.DataFrame({"n": [1, 2, None], "t": ["a", long, None], "b": [True, None, False],
                              "c": polars.Series(["x", "y", "x"], dtype=polars.Categorical)})
    check("a frame of polars", read_stream(frame) == {
        "n": (NUMBER, [1, 2, None]), "t": (TEXT, ["a", long, None]), "b": (TEXT, ["True", None, "False"]),
        "c": (TEXT, ["x", "y", "x"])})
print("1..%d" % count)
sys.exit(failed > 0)
