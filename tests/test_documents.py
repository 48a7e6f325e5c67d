#!/usr/bin/env python3
"""Runs the commands that the documents show. Usage: test_documents.py BUILD SOURCE DOCUMENT...

In a fenced block marked `console`, a line that begins with '$ ' is a command (a line that ends in a
backslash continues on the next), and the lines below it are its output; a line '...' there stands for any lines, and
'...' within a line for any characters. Commands run in order in one folder, which starts as a copy of examples/ with
the build folder as build/, and with `pensel` in the path. So do the commands that the Makefile names to go on
with: a command with build/pensel stands alone before two spaces or the end of the text. Relative links between documents must have a target. The
lines of a block marked `c` must occur, in order, in one of the examples.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.M | re.S)
LINK = re.compile(r"(?:\]\(|src=\")([^)#:\"]+)(?:#[^)]*)?[)\"]")
number = failed = 0


def check(name, good, what=""):
    global number, failed
    number += 1
    failed += not good
    print("%s %d - %s" % ("ok" if good else "not ok", number, name), flush=True)
    if not good:
        print("".join("# %s\n" % line for line in what.splitlines()), end="", flush=True)


def commands(block):
    """[(command, expected output)] of a console block."""
    found = []
    goes_on = False
    for line in block.splitlines():
        if goes_on:
            found[-1][0] += "\n" + line
        elif line.startswith("$ "):
            found.append([line[2:], []])
        else:
            found[-1][1].append(line)
        goes_on = line.endswith("\\") and (goes_on or line.startswith("$ "))
    return found


def closer(text):
    """Columns are parted by two blanks or more: how many, the longest of their words decides."""
    return re.sub(r"(?<=\S) {2,}", "  ", text)


def matches(expected, printed):
    pattern, printed = "", closer(printed)
    for line in map(closer, expected):
        if line == "...":
            pattern += r"(?:.*\n)*"
        else:
            pattern += r".*?".join(re.escape(part.rstrip()) for part in line.split("...")) + r"[ ]*\n"
    return re.fullmatch(pattern, printed + ("\n" if printed and printed[-1] != "\n" else ""))


def run(block, folder, environment, document):
    for command, expected in commands(block):
        done = subprocess.run(["sh", "-c", command], cwd=folder, env=environment, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=250)
        name = "%s: %s" % (document, " ".join(command.replace("\\\n", " ").split()))
        good = done.returncode == 0 and (not expected or matches(expected, done.stdout))
        check(name, bool(good), "exit status %d, printed:\n%s" % (done.returncode, done.stdout))


def stands_in_examples(code, source):
    wanted = [line.strip() for line in code.splitlines() if line.strip()]
    for example in (source / "examples").glob("*.c"):
        lines = [line.strip() for line in example.read_text().splitlines()]
        if all(line in lines for line in wanted):
            return True
    return False


def read(document, folder, environment, source):
    text = (source / document).read_text(encoding="utf-8")
    for kind, block in BLOCK.findall(text):
        if kind == "console":
            run(block, folder, environment, document)
        elif kind == "c":
            check("%s: C code is an example's" % document, stands_in_examples(block, source), block)
    for link in LINK.findall(BLOCK.sub("", text)):
        place = (source / document).parent / link
        check("%s: %s is there" % (document, link), place.exists())


def next_commands(source):
    """The commands of pensel that a target of the Makefile prints to go on with, after a painting of its own"""
    text = (source / "Makefile").read_text(encoding="utf-8").replace("$(BUILD)", "build").replace("$(PICTURE)", "examples/bird.png")
    return [found.replace("build/painting", "painting").replace("build/small/", "build/")
            for found in re.findall(r'@echo "(?:Next:|     ) (build/(?:small/)?pensel .*?)(?:  .*)?"', text)]


def follow_makefile(folder, environment, source):
    run("$ pensel paint examples/bird.png -q -o painting.png --save painting.pensel", folder, environment, "Makefile")
    found = next_commands(source)
    check("Makefile: commands to go on with", len(found) >= 3, str(found))
    for command in found:
        run("$ " + command, folder, environment, "Makefile")


def main():
    build, source = (pathlib.Path(path).resolve() for path in sys.argv[1:3])
    environment = dict(os.environ, PATH="%s:%s" % (build, os.environ["PATH"]))
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(source / "examples", pathlib.Path(folder) / "examples")
        (pathlib.Path(folder) / "build").symlink_to(build)
        for document in sys.argv[3:]:
            read(document, folder, environment, source)
        follow_makefile(folder, environment, source)
    print("1..%d" % number)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
