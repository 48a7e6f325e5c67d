#!/usr/bin/env python3
"""Checks every #include against the layers of the design.

platform <- base <- kernel <- layer <- network <- training <- table <- estimator, pyramid <- picture <- codec; app, python, examples and
bench see only include/pensel.h. Usage: test_layering.py SOURCE_FOLDER
"""

import pathlib
import re
import sys

MAY_SEE = {
    "platform": set(),
    "base": {"platform"},
    "kernel": {"platform", "base"},
    "layer": {"platform", "base", "kernel"},
    "network": {"platform", "base", "kernel", "layer"},
    "training": {"platform", "base", "kernel", "network", "layer"},
    "table": {"platform", "base"},
    "estimator": {"platform", "base", "kernel", "network", "layer", "training", "table"},
    "pyramid": {"platform", "base", "kernel", "layer", "network", "training"},
    "picture": {"platform", "base", "kernel", "network", "layer", "training", "table", "estimator", "pyramid"},
    "export": {"platform", "base", "kernel", "network", "layer", "table", "estimator", "picture"},
    "import": {"platform", "base", "network", "table", "estimator", "picture"},
    "codec": {"platform", "base", "kernel", "picture"},
}
C11 = set("assert complex ctype errno fenv float inttypes iso646 limits locale math setjmp signal stdalign stdarg "
          "stdatomic stdbool stddef stdint stdio stdlib stdnoreturn string tgmath time uchar wchar wctype".split())
# vectors, and what the processor says of itself, belong to the compiler
ALSO = {"immintrin.h", "cpuid.h", "arm_neon.h", "wasm_simd128.h"}
SYSTEM = re.compile(r'^\s*#\s*include\s+<([^>]+)>', re.M)
ASKS = re.compile(r'_(?:GNU|POSIX_C|XOPEN|DEFAULT|BSD)_SOURCE|\b(?:__linux__|__unix__|__APPLE__|_WIN32|__EMSCRIPTEN__)\b')
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.M)
failed = 0
number = 0


def check(name, complaints):
    global failed, number
    number += 1
    failed += bool(complaints)
    print("%s %d - %s" % ("not ok" if complaints else "ok", number, name))
    for complaint in complaints:
        print("# " + complaint)


def sources(folder):
    return sorted(path for path in folder.rglob("*") if path.suffix in (".c", ".h"))


def check_room(root, room):
    complaints = []
    for path in sources(root / "src" / room):
        for included in INCLUDE.findall(path.read_text(encoding="utf-8")):
            first = included.split("/")[0]
            beside = (path.parent / included).exists()
            if included == "pensel.h" or included.startswith("pensel/") or beside or first == room or first in MAY_SEE[room]:
                continue
            complaints.append("%s includes %s" % (path.relative_to(root), included))
    check("src/%s includes only what stands below it" % room, complaints)


def check_system(root):
    """The library above src/platform is plain C11, the same on every system."""
    complaints = []
    for path in sources(root / "src"):
        if "platform" in path.parts:
            continue
        text = path.read_text(encoding="utf-8")
        name = path.relative_to(root)
        foreign = [header for header in SYSTEM.findall(text) if header[:-2] not in C11 and header not in ALSO]
        complaints += ["%s includes <%s>" % (name, header) for header in foreign]
        complaints += ["%s asks for %s" % (name, asked) for asked in ASKS.findall(text)]
    check("only src/platform knows the system", complaints)


# They neither compute nor read or write numbers, or they only pass on what they are given.
WITHOUT_SCOPE = set("pensel_file_begin pensel_file_keep pensel_file_write pensel_estimator_name_classes "
                    "pensel_estimator_name_inputs pensel_estimator_name_targets pensel_network_layer "
                    "pensel_network_group pensel_network_predict pensel_machine_isa pensel_activation_find "
                    "pensel_context_new pensel_painting_new pensel_schema_column_at".split())
PUBLIC = re.compile(r"PENSEL_API\s+pensel_status\s+(pensel_\w+)\s*\(")
BODY = re.compile(r"^pensel_status (pensel_\w+)\([^{};]*\)\n\{\n(.*?)^\}", re.M | re.S)


def check_scopes(root):
    """Results must not depend on how the host rounds: see src/platform/float.h."""
    headers = "".join(path.read_text(encoding="utf-8") for path in sources(root / "include"))
    public = set(PUBLIC.findall(re.sub(r"/\*.*?\*/", "", headers, flags=re.S))) - WITHOUT_SCOPE
    complaints, found = [], set()
    for path in sources(root / "src"):
        for name, body in BODY.findall(path.read_text(encoding="utf-8")):
            found.add(name)
            if name in public and not body.startswith("    PENSEL_FLOAT_SCOPE;\n"):
                complaints.append("%s: %s does not begin with PENSEL_FLOAT_SCOPE: it needs it, or a place "
                                  "in WITHOUT_SCOPE here" % (path.relative_to(root), name))
    complaints += ["%s is not defined in src" % name for name in sorted(public - found)]
    check("public functions that compute begin with a scope of their own", complaints)


def check_outside(root, folder):
    complaints = []
    for path in sources(root / folder):
        for included in INCLUDE.findall(path.read_text(encoding="utf-8")):
            near = [(place / included).resolve() for place in (path.parent, root / folder)]
            inside = any(file.exists() and (root / folder).resolve() in file.parents for file in near)
            if included != "pensel.h" and not inside:
                complaints.append("%s includes %s" % (path.relative_to(root), included))
    check("%s sees only include/pensel.h" % folder, complaints)


def check_rooms(root):
    found = {path.name for path in (root / "src").iterdir() if path.is_dir()}
    unknown = ["src/%s is not in the design" % name for name in sorted(found - set(MAY_SEE))]
    check("every folder of src is a room of the design", unknown)


def main():
    root = pathlib.Path(sys.argv[1])
    check_rooms(root)
    for room in MAY_SEE:
        check_room(root, room)
    check_system(root)
    check_scopes(root)
    for folder in ("app", "python", "examples"):
        check_outside(root, folder)
    print("1..%d" % number)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
