#!/usr/bin/env python3
"""Checks that every symbol the shared library exports begins with pensel_ and is declared in a header of
include/pensel, and that every function of theirs is in the library. Usage: test_symbols.py LIBRARY FOLDER

A library of Windows or macOS is one by its name, .dll or .dylib.
"""

import glob
import pathlib
import re
import subprocess
import sys


def lines_of(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()


def exported(library):
    """The names that a library gives to those who link it."""
    if library.endswith(".dll"):
        rows = lines_of("x86_64-w64-mingw32-objdump", "-p", library)
        rows = rows[next(i for i, row in enumerate(rows) if "Ordinal/Name Pointer" in row) + 1:]
        return {row.split()[-1] for row in rows[:rows.index("")]}
    if library.endswith(".dylib"):  # where the compiler puts a '_' before each
        nm = sorted(glob.glob("/usr/bin/llvm-nm*"))[-1]
        given = {row.split()[-1][1:] for row in lines_of(nm, "--extern-only", "--defined-only", library) if row.strip()}
        return {name for name in given if not name.startswith("_")}  # the linker's own
    given = {row.split()[-1] for row in lines_of("nm", "-D", "--defined-only", library) if row.strip()}
    given = {name for name in given if not name.startswith(("_", "PENSEL_")) and name != "mangle_path"}  # gcov's
    version = "@@PENSEL_0"  # src/pensel.map
    return {name[: -len(version)] if name.endswith(version) else name + " without a version" for name in given}


def main():
    library, headers = sys.argv[1:]
    given = exported(library)
    text = "".join(p.read_text(encoding="utf-8") for p in sorted(pathlib.Path(headers).glob("*.h")))
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    declared = set(re.findall(r"PENSEL_API[^;{]*?\b(pensel_\w+)\s*\(", text))
    stray = sorted(given - declared)
    absent = sorted(declared - given)
    print("1..2")
    print("%s 1 - the library gives away only what the header declares" % ("not ok" if stray else "ok"))
    print("".join("# %s\n" % name for name in stray), end="")
    print("%s 2 - the library has all that the header declares" % ("not ok" if absent else "ok"))
    print("".join("# %s\n" % name for name in absent), end="")
    return 1 if stray or absent else 0


if __name__ == "__main__":
    sys.exit(main())
