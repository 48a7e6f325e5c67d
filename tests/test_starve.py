"""Every allocation of the program fails once, in turn: the program must still do its work, or end
with exit status 1 and one line. Each file it writes must be the old one or the new one, or what was learned until then
where that line says so, and no other may be left.

    test_starve.py PENSEL SOURCE STARVE_LIBRARY [RUNS]

RUNS (0: one for every allocation) is how many of each command's allocations fail, evenly spread. cli/starve.c
says which are counted. Prints TAP.
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

pensel, source, library = (pathlib.Path(path).resolve() for path in sys.argv[1:4])
runs = int(sys.argv[4]) if len(sys.argv) > 4 else 25

environment = dict(os.environ, LC_ALL="C", HOME="/nonexistent")
# the preloaded library stands before the sanitizer's and calls it; what a program that ends has not freed
# is no leak
environment["ASAN_OPTIONS"] = "verify_asan_link_order=0:detect_leaks=0:allocator_may_return_null=1"

SAMPLE = source / "tests" / "data" / "iris.csv"
PICTURE = source / "examples" / "bird.png"
before = [["fit", "SAMPLE", "--target", "species", "--as", "classification", "-q", "--epochs", "2", "--save",
           "table.st"],
          ["paint", "PICTURE", "-q", "--epochs", "2", "--save", "painting.st", "-o", "painting.png"]]
commands = {
    "a neuron": ("neuron --weights 1,2 --bias 0 --activation relu 1 2", []),
    "the activations": ("activations", []),
    "help": ("help paint", []),
    "inspecting a painting": ("inspect painting.st", []),
    "inspecting as JSON": ("inspect table.st --json", []),
    "predicting": ("predict table.st SAMPLE -o out.csv", ["out.csv"]),
    "scoring": ("score table.st SAMPLE --target species", []),
    "fitting": ("fit SAMPLE --target species --as classification -q --epochs 2 --save out.st --history "
                "out.csv --checkpoint check.st --every 0", ["out.st", "out.csv", "check.st"]),
    "fitting by lbfgs": ("fit SAMPLE --target species --as classification -q --epochs 3 --solver lbfgs "
                         "--save out.st --checkpoint check.st --every 0", ["out.st"]),
    "painting": ("paint PICTURE -q --epochs 2 --save out.st -o out.png --compare compared.png",
                 ["out.st", "out.png", "compared.png"]),
    "rendering": ("render painting.st -q -o out.tif --scale 0.5", ["out.tif"]),
}
CHANGING = {"out.csv", "check.st"}  # of `fitting`: they hold seconds
KEPT = re.compile(r": what was learned is in (\S+)$")  # what a training saves that cannot go on: a model, but another one


def run(words, folder, starve=None):
    words = [{"SAMPLE": SAMPLE, "PICTURE": PICTURE}.get(word, word) for word in words]
    more = {"LD_PRELOAD": str(library), "STARVE": str(starve), "STARVE_COUNT": str(folder.parent / "count")}
    return subprocess.run([pensel, *map(str, words)], cwd=folder, stdin=subprocess.DEVNULL,
                          capture_output=True, timeout=300, env=environment | (more if starve is not None else {}))


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def wrong(done, folder, old, good, good_text):
    """What is wrong with a run in which an allocation failed, or None."""
    lines = done.stderr.decode(errors="replace").splitlines()
    files = contents(folder)
    if done.returncode not in (0, 1):
        return f"exit {done.returncode}: {lines[:5]}"
    if done.returncode == 0 and (lines or done.stdout != good_text):
        return f"exit 0, and yet: {lines[:5]} {done.stdout[-300:]}"
    if done.returncode == 1 and (len(lines) != 1 or not lines[0].startswith("pensel: ")):
        return f"{len(lines)} lines: {lines[:5]}"
    if files.keys() - good.keys():
        return f"left behind: {files.keys() - good.keys()}"
    kept = KEPT.search(lines[0]) if lines else None
    if kept and run(["inspect", kept.group(1)], folder).returncode:
        return f"what was learned is not in {kept.group(1)}"
    for name, data in files.items():
        if kept and name == kept.group(1):
            continue
        if data != good[name] and (done.returncode == 0 or data != old[name]) and name not in CHANGING:
            return f"{name} is neither the old nor the new one"
    return None


def starve(words, written, folder):
    """(how many failed, how many of those runs did their work, what went wrong)"""
    first = run(words, folder, 0)
    count = int((folder.parent / "count").read_text())
    if first.returncode or not count:
        return count, 0, [f"nothing fails, and yet: exit {first.returncode} {first.stderr.decode()}"]
    good = contents(folder)
    old = {name: b"old" if name in written else data for name, data in good.items()}
    problems, survived = [], 0
    turns = range(1, count + 1, max(1, count // runs) if runs else 1)
    for turn in turns:
        for name in folder.iterdir():
            if name.name not in old:
                name.unlink()
        for name in written:
            (folder / name).write_bytes(b"old")
        done = run(words, folder, turn)
        problem = wrong(done, folder, old, good, first.stdout)
        survived += done.returncode == 0
        if problem:
            problems.append(f"allocation {turn} of {count}: {problem}")
    return len(turns), survived, problems


failures = 0
print(f"1..{len(commands)}", flush=True)
for number, (name, (line, written)) in enumerate(commands.items(), 1):
    with tempfile.TemporaryDirectory() as place:
        folder = pathlib.Path(place, "folder")
        folder.mkdir()
        for words in before:
            if run(words, folder).returncode:
                raise SystemExit(f"not ok {number} - {name}: {words} fails by itself")
        failed, survived, problems = starve(line.split(), written, folder)
    failures += bool(problems)
    print(f"{'not ok' if problems else 'ok'} {number} - {name}: {failed} allocations failed, {survived} of them "
          "without harm", flush=True)
    for problem in problems[:10]:
        print("# " + problem, flush=True)
sys.exit(failures > 0)
