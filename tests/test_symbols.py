#!/usr/bin/env python3
"""Checks that every symbol the shared library exports begins with pensel_ and is declared in a header of
include/pensel, and that every function of theirs is in the library. Usage: test_symbols.py LIBRARY FOLDER
"""

import pathlib
import re
import subprocess
import sys


def main():
    library, headers = sys.argv[1:]
    listing = subprocess.run(["nm", "-D", "--defined-only", library], capture_output=True, text=True,
                             check=True).stdout
    given = {line.split()[-1].split("@")[0] for line in listing.splitlines() if line.strip()}
    given = {name for name in given if not name.startswith("_") and name != "mangle_path"}  # gcov's
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
