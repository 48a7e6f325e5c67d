"""Writes the other seeds: model files with inconsistent headers, and tables of every kind.

    python3 fuzz/seeds.py fuzz/corpus        (run seeds.c first: it writes model/regressor and checkpoint/lbfgs)
"""
import copy
import json
import pathlib
import struct
import sys

corpus = pathlib.Path(sys.argv[1])


def read(name):
    raw = (corpus / name).read_bytes()
    length = struct.unpack("<Q", raw[:8])[0]
    header = json.loads(raw[8 : 8 + length])
    return header, json.loads(header["__metadata__"]["pensel"]), raw[8 + length :]


def write(name, header, settings, data, folder="model"):
    if settings is not None:
        header["__metadata__"] = {"pensel": json.dumps(settings)}
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    (corpus / folder / f"hostile-{name}").write_bytes(struct.pack("<Q", len(text)) + text + data)


def change(name, edit):
    header, settings, data = read("model/regressor")
    edit(header, settings)
    write(name, header, settings, data)


def change_profile(name, edit):
    header, settings, data = read("model/profile")
    edit(header["canvas.profile"])
    write(name, header, settings, data)


def tensor(key, **values):
    return lambda header, settings: header[key].update(values)


header, settings, data = read("model/regressor")
weight, bias = "layers.0.weight", "layers.0.bias"
change("petabyte", tensor(weight, shape=[1 << 40, 256], data_offsets=[0, 1 << 50]))
change("overflow", tensor(weight, shape=[1 << 62, 4], data_offsets=[0, 0]))
change("overflow-to-size", tensor(weight, shape=[(1 << 62) + 3, 2]))
change("negative", tensor(weight, shape=[-3, -2]))
change("zero", tensor(weight, shape=[0, 2], data_offsets=[0, 0]))
change("fraction", tensor(weight, shape=[3.5, 2]))
change("nan", tensor(weight, shape=["nan", 2]))
change("text", tensor(weight, shape="3, 2"))
change("backwards", tensor(weight, data_offsets=[24, 0]))
change("overlap", tensor(bias, data_offsets=header[weight]["data_offsets"][:1]
                         + [header[weight]["data_offsets"][0] + 12]))
change("beyond", tensor(bias, data_offsets=[len(data), len(data) + 12]))
change("type", tensor(weight, dtype="BF16"))
change("no-type", lambda h, s: h[weight].pop("dtype"))
change("missing", lambda h, s: h.pop(bias))
change("hole", lambda h, s: h.pop("layers.1.bias"))
change("long-name", lambda h, s: h.update({"n" * 500: h.pop(bias)}))
change("format", lambda h, s: s.update(format=99))
change("no-format", lambda h, s: s.pop("format"))
change("inputs", lambda h, s: s["network"].update(inputs=1 << 50))
change("layers", lambda h, s: s["network"].update(layers=[]))
change("many-layers", lambda h, s: s["network"].update(layers=s["network"]["layers"] * 1000))
change("width", lambda h, s: s["network"]["layers"][0].update(width=1 << 60))
change("activation", lambda h, s: s["network"]["layers"][0].update(activation="none"))
change("softmax-hidden", lambda h, s: s["network"]["layers"][0].update(activation="softmax"))
change("precision", lambda h, s: s["network"].update(precision="float64"))
change("targets", lambda h, s: s["estimator"].update(targets=1 << 40))
change("task", lambda h, s: s["estimator"].update(task="classification"))
change("names", lambda h, s: s["estimator"].update(input_names=["a"] * 1000))
change("names-numbers", lambda h, s: s["estimator"].update(input_names=[1, 2]))
# names as bytes, which stand after the numbers
for name, kind, raw in (("bytes", "U8", b"a\0b"), ("few", "U8", b"ab\0"), ("many", "U8", b"a\0b\0c\0"),
                        ("latin", "U8", b"\xff\0b\0"), ("type", "F32", b"a\0b\0"), ("good", "U8", b"a\0b\0")):
    header, settings, data = read("model/regressor")
    header["input_names"] = {"dtype": kind, "shape": [len(raw) if kind == "U8" else 1],
                             "data_offsets": [len(data), len(data) + len(raw)]}
    write(f"names-{name}", header, settings, data + raw)
(corpus / "model/hostile-names-good").rename(corpus / "model/names")
header, settings, data = read("model/regressor")
for kind in ("fourier", "hashgrid", "pyramid"):
    change(f"{kind}-large", lambda h, s, kind=kind: s["network"].update(encoding=dict(
        kind=kind, features=1 << 40, scale=1e308, levels=1 << 40, table_log2=63, base_resolution=1 << 40,
        fine_resolution=1 << 62, rows=1 << 40, columns=1 << 40, seed=1)))
    if kind == "fourier":
        continue  # 1 frequency of 2 inputs is what the first layer has
    change(f"{kind}-lie", lambda h, s, kind=kind: s["network"].update(encoding=dict(
        kind=kind, features=1, scale=1e308, levels=1, table_log2=28, base_resolution=1 << 20,
        fine_resolution=1 << 20, rows=1 << 15, columns=1 << 15, seed=1)))
# wrong as paintings only
change_profile("canvas-profile-type", lambda t: t.update(dtype="F64", shape=[1]))
change_profile("canvas-profile-table", lambda t: t.update(shape=[2, 4]))
change_profile("profile-numbers", lambda t: t.update(dtype="F32"))
change_profile("profile-huge", lambda t: t.update(shape=[1 << 63]))
change_profile("profile-empty", lambda t: t.update(shape=[0]))
change_profile("profile-missing", lambda t: t.update(shape=[t["shape"][0] + 1]))
write("deep", b"[" * 100000, None, data)
write("deep-object", b'{"a":' * 30000, None, data)
write("wide", b"[" + b"{}," * 70000 + b"{}]", None, data)
write("numbers", b'{"a":[' + b"1," * 150000 + b"1]}", None, data)
write("twice", json.dumps(header).encode()[:-1] + b',"layers.0.bias":{}}', None, data)
write("not-json", b"certainly not", None, data)
write("array", b"[1, 2, 3]", None, data)
write("no-metadata", json.dumps({k: v for k, v in header.items() if k[0] != "_"}).encode(), None, data)
change_settings = copy.deepcopy(header)
change_settings["__metadata__"] = {"pensel": "[" * 5000}
write("deep-settings", change_settings, None, data)
write("nan-weight", header, settings, struct.pack("<f", float("nan")) + data[4:])
write("inf-weight", header, settings, struct.pack("<f", float("inf")) + data[4:])
write("short", header, settings, data[:-1])
write("long", header, settings, data + b"x")
for name, raw in {"empty": b"", "seven": b"1234567", "length": b"\xff" * 8, "length-two": b"\2" + b"\0" * 7,
                  "header-only": struct.pack("<Q", 1 << 30) + b"{" * 100}.items():
    (corpus / "model" / f"hostile-{name}").write_bytes(raw)

header, settings, data = read("checkpoint/lbfgs")
at = header["training.lbfgs"]["data_offsets"][0]
write("lbfgs-nan", header, settings, data[:at] + struct.pack("<d", float("nan")) + data[at + 8:], "checkpoint")
at = header["training.counters"]["data_offsets"][0] + 8 * 9  # pairs, and the slot of the oldest
write("lbfgs-pairs", header, settings, data[:at] + struct.pack("<Q", 1 << 60) + data[at + 8:], "checkpoint")
write("lbfgs-oldest", header, settings, data[:at + 8] + struct.pack("<Q", 7) + data[at + 16:], "checkpoint")
at = header["training.numbers"]["data_offsets"][0] + 8 * 9  # s'y of the first pair
write("lbfgs-product", header, settings, data[:at] + struct.pack("<d", -1) + data[at + 8:], "checkpoint")



# ------------------------------------------------------------------ the model in an ONNX file (saved.c)
def fields(message):
    """(number, bytes or int) of each field."""
    at = 0

    def number():
        nonlocal at
        value = shift = 0
        while True:
            byte, at = message[at], at + 1
            value, shift = value | (byte & 127) << shift, shift + 7
            if byte < 128:
                return value

    while at < len(message):
        key = number()
        value = number()
        if key & 7 == 2:
            value, at = message[at : at + value], at + value
        yield key >> 3, value


def parts(name):
    """Constants of float in the order of the file, and the text behind its first line."""
    pool, text = b"", b""
    for field, value in fields((corpus / "import" / name).read_bytes()):
        if field == 7:
            for tensor in (dict(fields(v)) for f, v in fields(value) if f == 5):
                pool += tensor.get(9, b"") if tensor.get(2) == 1 else b""
        if field == 14 and dict(fields(value))[1] == b"pensel.saved":
            text = dict(fields(value))[2].split(b"\n", 1)[1]
    return pool, text


def write_saved(name, pool, text):
    blocks = -(-len(pool) // 256)
    (corpus / "saved" / name).write_bytes(bytes([blocks]) + pool.ljust(256 * blocks, b"\0") + text)


(corpus / "saved").mkdir(exist_ok=True)
for name in ("sines", "colours", "pyramid"):
    write_saved(name, *parts(f"own-{name}-onnx"))
pool, text = parts("own-sines-onnx")
lines, rest = text.split(b"\n\n")
first = lines.split(b"\n")[0]
for name, other in {
    "beyond": lines.replace(first, b"- 100000"), "far": b"65536 1\n" + lines, "none": b"0 0\n" + lines,
    "negative": b"-4 4\n" + lines, "large": b"0 99999999999999999999999\n" + lines, "long": b"0" * 70 + b" 4\n" + lines,
    "twice": lines + b"\n" + lines, "words": b"0 4 4\n" + lines,
}.items():
    write_saved(f"hostile-{name}", pool, other + b"\n\n" + rest)
write_saved("hostile-open", pool, lines)
write_saved("hostile-empty", pool, b"\n" + rest)
write_saved("hostile-half", pool, lines + b"\n\n" + rest[: len(rest) // 2])
write_saved("hostile-letters", pool, lines + b"\n\n" + rest.replace(b"A", b"-"))

tables = {
    "header": "\0x,y\n1,2\n3,4\n", "target": "\3x,y\n1,2\n3,4\n", "classes": "\7x,y\n1,cat\n3,dog\n",
    "columns": "\x10x,x1,y\n1,2,3\n", "float64": "\x08x\n0.1\n1e300\n123456789012345678901234567890\n",
    "quotes": '\7"a ""x""","y"\n1,"b\nc"\n2,"d,e"\r\n', "semicolon": "\0a;b\r\n1;2\r\n", "tab": "\0a\tb\n1\t2",
    "empty": "\0", "blank": "\0\n\n\n", "ragged": "\0a,b\n1\n", "missing": "\0a,b\n1,\n", "nan": "\0a\nnan\n",
    "open-quote": '\0a,b\n1,"2\n', "mark": "\0\ufeffa,b\n1,2\n", "no-header": "\x061,cat\n2,dog\n",
    "long-number": "\x08a\n0." + "3" * 1500 + "\n1e-400\n-1.5E+10\n", "only-delimiters": "\0,,,\n,,,\n",
}
for name, text in tables.items():
    (corpus / "csv" / name).write_bytes(text.encode())


def npy(name, text, data, version=1):
    size = struct.pack("<H", len(text)) if version == 1 else struct.pack("<I", len(text))
    (corpus / "npy" / name).write_bytes(bytes([0, version, 0]) + size + text.encode() + data)


def head(descr, fortran, shape):
    return f"{{'descr': '{descr}', 'fortran_order': {fortran}, 'shape': {shape}, }}   \n"


npy("float32", head("<f4", False, "(2, 2)"), struct.pack("<4f", 1, 2, 3, 4))
npy("fortran", head(">f8", True, "(2, 2)"), struct.pack(">4d", 1, 2, 3, 4))
npy("vector", head("|u1", False, "(5,)"), b"\0\1\2\3\4")
npy("boolean", head("|b1", False, "(2, 1)"), b"\0\1")
npy("version-2", head("<i8", False, "(1, 2)"), struct.pack("<2q", -1, 2), 2)
npy("nan", head("<f4", False, "(1, 1)"), struct.pack("<f", float("nan")))
npy("petabyte", head("<f8", False, "(140737488355328, 8)"), b"")
npy("overflow", head("<f8", False, "(4611686018427387904, 4)"), b"")
npy("digits", head("<f8", False, "(" + "9" * 400 + ", 4)"), b"")
npy("cube", head("<f8", False, "(1, 1, 1)"), b"12345678")
npy("scalar", head("<f8", False, "()"), b"12345678")
npy("object", head("|O", False, "(1,)"), b"12345678")
npy("short", head("<f8", False, "(2, 2)"), b"1234")
npy("no-keys", "{}\n", b"")
(corpus / "npy" / "cut").write_bytes(b"\0\1\0\xff\xff{")
