"""Checks that every function of the header is called in the programs of misuse."""
import pathlib
import re
import sys

root = pathlib.Path(sys.argv[1])
header = re.sub(r"/\*.*?\*/", "", "".join(path.read_text() for path in sorted((root / "include").rglob("*.h"))), flags=re.S)
misuse = "".join(path.read_text() for path in (root / "tests").glob("test_misuse*.c"))
names = sorted(set(re.findall(r"^PENSEL_API [^;(]*?\b(pensel_\w+)\(", header, re.M)))
print(f"1..{len(names)}")
failed = 0
for i, name in enumerate(names, 1):
    called = f"{name}(" in misuse
    failed += not called
    print(f"{'ok' if called else 'not ok'} {i} - {name} is misused")
sys.exit(failed > 0)
