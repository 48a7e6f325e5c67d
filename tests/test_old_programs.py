"""A program that was built with an older header runs with today's library, and one that was built with a newer one either
runs or is told what the library does not know. The older and the newer header are today's with the last options, hooks and
metrics taken away, and with others behind them, as the recipes in the headers have it. Prints TAP.

    test_old_programs.py ROOT FOLDER-OF-THE-LIBRARY SCRATCH COMPILER...
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys

root, library, scratch = map(pathlib.Path, sys.argv[1:4])
compiler = sys.argv[4:]
LISTS = {
    "training.h": ["PENSEL_TRAINING_OPTION_LIST"],
    "estimator.h": ["PENSEL_ESTIMATOR_OPTION_LIST"],
    "network.h": ["PENSEL_ENCODING_OPTION_LIST"],
}
HOOKS = """    pensel_epoch_callback on_batch;
    void *on_batch_data;
    pensel_loss_function loss_function; /* NULL, or the loss in the stead of `loss` */
    void *loss_function_data;
    pensel_score_function score_function; /* NULL, or the score in the stead of R2 and accuracy */
    void *score_function_data;
"""


def changed(text, old, new):
    assert text.count(old) == 1, old
    return text.replace(old, new)


def list_of(text, name):
    """Where the rows of a list begin and end."""
    start = text.index("#define %s(X)" % name)
    return start, re.compile(r"[^\\]\n").search(text, start).end() - 1


def without_last_row(text, name):
    start, end = list_of(text, name)
    rows = text[start:end].rsplit("\n    X(", 1)[0].rstrip(" \\")
    return text[:start] + re.sub(r"\s*\\?\s*/\*[^*]*\*/\s*$", "", rows) + text[end:]


def last_row():
    """The name of the last option of training."""
    text = (root / "include/pensel/training.h").read_text(encoding="utf-8")
    start, end = list_of(text, "PENSEL_TRAINING_OPTION_LIST")
    return re.findall(r"\n    X\(\w+(?:\(\w+\))?, (\w+),", text[start:end])[-1]


def older(name, text):
    for list_name in LISTS.get(name, []):
        text = without_last_row(without_last_row(text, list_name), list_name)
    if name == "training.h":
        text = changed(text, HOOKS, "")
        text = changed(text, "more[PENSEL_MORE_HOOKS]; /* NULL */\n} pensel_training_options;",
                       "more[PENSEL_MORE_HOOKS + 6];\n} pensel_training_options;")
        text = without_last_row(text, "PENSEL_METRIC_LIST")
    return text


def newer(name, text):
    if name == "training.h":
        _, end = list_of(text, "PENSEL_TRAINING_OPTION_LIST")
        text = text[:end] + ' \\\n    X(NUMBER, tomorrow, 0, FROM(0), "", "", "9.0", "of a version to come")' + text[end:]
        text = changed(text, "    const void *more[PENSEL_MORE_HOOKS]; /* NULL */\n} pensel_training_options;",
                       "    pensel_epoch_callback on_tomorrow;\n    const void *more[PENSEL_MORE_HOOKS - 1];\n"
                       "} pensel_training_options;")
    return text


def same(name, text):
    return text


def run(name, change, *macros):
    """What the program says that was built with the header so changed."""
    folder = scratch / name
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "pensel").mkdir(parents=True)
    shutil.copy(root / "include/pensel.h", folder)
    for path in (root / "include/pensel").glob("*.h"):
        (folder / "pensel" / path.name).write_text(change(path.name, path.read_text(encoding="utf-8")))
    program = folder / "program"
    subprocess.run(compiler + ["-std=c11", *macros, "-I", str(folder), str(root / "tests/install/old_program.c"), "-o", str(program),
                               "-L", str(library), "-lpensel"], check=True)
    done = subprocess.run([program], capture_output=True, text=True,
                          env=dict(os.environ, LD_LIBRARY_PATH=str(library), PENSEL_THREADS="1"))
    return done.stdout.strip() if done.returncode in (0, 1) else "status %d %s" % (done.returncode, done.stderr)


number = 0


def check(what, holds, said):
    global number
    number += 1
    print("%s %d - %s" % ("ok" if holds else "not ok", number, what))
    if not holds:
        print("#", said[:600])
    return holds


print("1..5")
today = run("today", same)
good = check("today's program trains", today.endswith("epochs 10 marks 1"), today)
said = run("older", older)
good &= check("one with an older header gets the same numbers, and nothing beside them", said == today, said + "\n# " + today)
said = run("newer", newer)
good &= check("one with a newer header too, where it asks for nothing new", said == today, said)
said = run("row", newer, "-DNEWER_ROW")
good &= check("an option that the library does not know is an error", "does not know" in said and last_row() in said, said)
said = run("hook", newer, "-DNEWER_HOOK")
good &= check("a hook that it does not know too", "more[0]" in said and "does not know" in said, said)
sys.exit(not good)
