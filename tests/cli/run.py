#!/usr/bin/env python3
"""Golden tests of the command line. Usage: run.py [--only PART,... | --except PART,...] PENSEL SOURCE [FAULT_LIBRARY]

Each NAME.txt beside this file is a session, run in a folder of its own (made by inputs.py). In it

    $ command          is run by sh, with pensel in the path
    text               is what it prints; '...' stands for any characters, a line '...' for any lines
    ! text             is what it prints on standard error
    ? 2                is its exit status (0 if not given)
    # text             says what the next commands are about, and names them

Numbers that depend on the machine must not be written there. What needs more than the text printed
is in the files check_*.py: a function (folder, environment) that returns None, or what is wrong.
A part is a session or such a file, by its name: parts have folders of their own, so they may run
side by side. Prints TAP.
"""

import os
import pathlib
import re
import sys
import tempfile

import check_pictures
import check_tables
import check_terminal
import check_trouble
import harness
import inputs

CHECKS = (check_pictures, check_tables, check_terminal, check_trouble)  # each adds to harness.ALL
HERE = pathlib.Path(__file__).resolve().parent


def parse(text):
    """[[name, command, output, errors, status]]"""
    cases, name = [], ""
    for line in text.splitlines():
        if line.startswith("# "):
            name = line[2:]
        elif line.startswith("$ "):
            cases.append([name or line[2:], line[2:], [], [], 0])
        elif line.startswith("! "):
            cases[-1][3].append(line[2:])
        elif line.startswith("? "):
            cases[-1][4] = int(line[2:])
        elif cases and line.strip():
            cases[-1][2].append(line)
    return cases


def closer(line):
    """A label and its value, two blanks apart: the longest label decides how far values are."""
    return re.sub(r"^(\S+(?: \S+)*) {2,}", r"\1  ", line)


def matches(expected, printed):
    """Blank lines count for nothing; they only part what is for the eye."""
    expected = [closer(line) for line in expected]
    pattern = ""
    for line in expected:
        if line == "...":
            pattern += r"(?:.*\n)*"
        else:
            pattern += r".*?".join(re.escape(part) for part in line.split("...")) + r"\s*\n"
    kept = "".join(closer(line) + "\n" for line in printed.splitlines() if line.strip())
    return re.fullmatch(pattern, kept) is not None


class Tap:
    def __init__(self):
        self.count = self.failed = 0

    def __call__(self, good, name, why="", skip=""):
        self.count += 1
        self.failed += not good
        print("%s %d - %s%s" % ("ok" if good else "not ok", self.count, name.replace("#", ""),
                                " # SKIP " + skip if skip else ""), flush=True)
        if not good:
            print("".join("# %s\n" % line for line in str(why).splitlines()), end="", flush=True)


def run_session(path, environment, source, tap):
    with tempfile.TemporaryDirectory() as folder:
        inputs.make(folder, source)
        for name, command, output, errors, status in parse(path.read_text()):
            done = harness.run_command(["sh", "-c", command], folder, environment)
            out, err = done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")
            good = done.returncode == status and matches(output, out) and matches(errors, err)
            tap(good, "%s: %s" % (path.stem, name),
                "$ %s\nexit %d, expected %d\n%s%s" % (command, done.returncode, status, out, err))
        left = [n for n in os.listdir(folder) if n.startswith(".")]
        tap(not left, "%s: no temporary file is left" % path.stem, left)


def run_checks(module, environment, source, tap):
    with tempfile.TemporaryDirectory() as folder:
        inputs.make(folder, source)
        for name, check in harness.ALL:
            if check.__module__ != module:
                continue
            try:
                problem = check(folder, environment)
            except harness.Skip as reason:
                tap(True, name, skip=str(reason))
                continue
            except Exception as error:  # a check that breaks has failed
                problem = repr(error)
            tap(not problem, name, problem)


def chosen(words):
    """Takes --only or --except from the words; the names of parts."""
    parts = sorted(path.stem for path in HERE.glob("*.txt")) + [module.__name__ for module in CHECKS]
    if words[0] not in ("--only", "--except"):
        return parts
    named, only = words[1].split(","), words[0] == "--only"
    unknown = set(named) - set(parts)
    if unknown:
        sys.exit("run.py: %s is no part: it is one of %s" % (unknown.pop(), ", ".join(parts)))
    del words[:2]
    return [part for part in parts if (part in named) == only]


def main():
    words = sys.argv[1:]
    parts = chosen(words)
    program, source = pathlib.Path(words[0]).absolute(), pathlib.Path(words[1]).resolve()
    environment = dict(os.environ, PATH="%s:%s" % (program.parent, os.environ["PATH"]), LC_ALL="C",
                       HOME="/nonexistent")
    if len(words) > 2:
        environment["FAULT_LIBRARY"] = str(pathlib.Path(words[2]).resolve())
    tap = Tap()
    for part in parts:
        if part.startswith("check_"):
            run_checks(part, environment, source, tap)
        else:
            run_session(HERE / (part + ".txt"), environment, source, tap)
    print("1..%d" % tap.count)
    sys.exit(tap.failed > 0)


if __name__ == "__main__":
    main()
