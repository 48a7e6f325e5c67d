"""The declarations in the public header must be those its version was released with: changing them
requires a new version. Comments may change freely. The snapshots start with the first release.

    test_abi.py ROOT              compares
    test_abi.py ROOT --write      writes tests/data/abi/VERSION.txt, if the version is new or not yet
                                  released
"""
import difflib
import pathlib
import re
import sys

root = pathlib.Path(sys.argv[1])
text = "".join(
    path.read_text(encoding="utf-8") for path in sorted((root / "include").rglob("*.h"))
)
version = re.search(r'PENSEL_VERSION "(.*?)"', text).group(1)
built = re.search(r"version: '(.*?)'", (root / "meson.build").read_text()).group(1)
text = re.sub(r"/\*.*?\*/", "", text, flags=re.S).replace("\\\n", " ")
# one declaration a line, whatever the line breaks of the header
lines = []
for part in re.split(r"(?<=[;{}])|\n(?=#)|(?<=\))\n", text):
    part = " ".join(part.split())
    if part:
        lines.append(part)
path = root / "tests/data/abi" / f"{version}.txt"
if "--write" in sys.argv:
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
snapshot = path.exists()  # none before the first release: until then the header may change freely
print(f"1..{1 + snapshot}")
same_version = version == built
print(f"{'ok' if same_version else 'not ok'} 1 - header and build say the same version")
same = True
if snapshot:
    kept = path.read_text(encoding="utf-8").splitlines()
    same = kept == lines
    print(f"{'ok' if same else 'not ok'} 2 - the declarations are those of version {version}")
    for line in difflib.unified_diff(kept, lines, "released", "now", lineterm="", n=0):
        print("#", line)
if not same:
    print("# raise the version in meson.build and include/pensel.h, then: tests/test_abi.py . --write")
sys.exit(not (same and same_version))
