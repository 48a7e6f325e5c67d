"""The page of fit --report: it is whole, needs nothing else, shows what --json says, and what a table
says stays text. Usage: test_report.py PENSEL. Prints TAP."""

import html.parser
import json
import math
import pathlib
import random
import re
import subprocess
import sys
import tempfile

VOID = {"meta", "br", "hr", "img", "input", "link"}
EVIL = "<script>alert('1')</script>"


class Page(html.parser.HTMLParser):
    """Elements in balance, their names, attributes and all text."""

    def __init__(self, text):
        super().__init__()
        self.open, self.names, self.attributes, self.texts, self.balanced = [], [], [], [], True
        self.feed(text)
        self.close()
        self.balanced = self.balanced and not self.open
        self.text = " ".join(self.texts)

    def handle_starttag(self, name, attributes):
        self.names.append(name)
        self.attributes += attributes
        if name not in VOID:
            self.open.append(name)

    def handle_startendtag(self, name, attributes):
        self.names.append(name)
        self.attributes += attributes

    def handle_endtag(self, name):
        self.balanced = self.balanced and bool(self.open) and self.open.pop() == name

    def handle_data(self, text):
        if self.open and self.open[-1] != "style":
            self.texts.append(text)


def fit(program, folder, rows, target, *more):
    path = folder / "table.csv"
    path.write_text("\n".join(",".join(row) for row in rows) + "\n", encoding="utf-8")
    done = subprocess.run(
        [program, "fit", path, "--target", target, "--seconds", "60", "--json", "--report",
         folder / "page.html", "--save", folder / "model", *more],
        capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout), (folder / "page.html").read_text(encoding="utf-8")


def quoted(text):
    return '"' + text.replace('"', '""') + '"'


count = failed = 0


def check(good, name):
    global count, failed
    count += 1
    failed += not good
    print(f"{'ok' if good else 'not ok'} {count} - {name}", flush=True)


def check_whole(page, text, of):
    check(page.balanced and page.names[:2] == ["html", "head"], f"the page of {of} is whole")
    outside = [v for k, v in page.attributes if k in ("src", "href", "onload", "onclick", "srcset")]
    check(not outside and "script" not in page.names and not re.search(r"url\(|@import|https?:", text),
          f"the page of {of} needs nothing else and runs nothing")
    numbers = [v for k, v in page.attributes if k in ("x", "y", "cx", "cy", "r", "width", "height", "d")]
    check(numbers and not any(re.search("nan|inf", v or "") for v in numbers), f"the plots of {of} have places")


def classes(program, folder):
    random.seed(1)
    rows = [[quoted(EVIL), "b & \u00e5", "kind"]]
    for i in range(90):
        a, b = random.uniform(-1, 1), random.uniform(-1, 1)
        kind = quoted(EVIL) if a > 0.3 else "low & dry" if b > 0 else "rest"
        rows.append([f"{a:.3f}", f"{b:.3f}", kind])
    figures, text = fit(program, folder, rows, "kind")
    page = Page(text)
    check_whole(page, text, "classes")
    check(EVIL in page.texts and "low & dry" in page.texts, "names are shown as they are written")
    check(f"{figures['held_out']['accuracy']:.3f}" in page.texts, "the accuracy is --json's")
    wrong = sum(one["rows"] for one in figures["confusions"])
    check(abs(1 - wrong / 90 - figures["held_out"]["accuracy"]) < 1e-9, "the confusions are the errors")
    check("Where each class is" in page.texts, "two inputs have a decision boundary")
    check("Can its probabilities be believed?" in page.texts, "probabilities have a reliability diagram")
    # the confusion matrix is the only picture of squares that hold a number each
    matrix = re.search(r"<section><h2>What is taken for what.*?</section>", text, re.S).group(0)
    cells = [int(n) for n in re.findall(r">(\d+)</text>", matrix)]
    check(len(cells) == 9 and sum(cells) == 90, "every held-out row stands in the confusion matrix")


def numbers(program, folder):
    random.seed(2)
    rows = [["size", "when", "town", "const", "id", "y"]]
    for i in range(80):
        size, town = random.uniform(0, 10), random.choice(["Lund", "Ume\u00e5", "?"])
        day = f"2020-{1 + i % 12:02d}-{1 + i % 28:02d}"
        y = 3 * size + 5 * (town == "Lund") + random.gauss(0, 0.2)
        rows.append([f"{size:.3f}", day, town, "7", str(i + 1), f"{y:.3f}"])
    figures, text = fit(program, folder, rows, "y")
    page = Page(text)
    check_whole(page, text, "numbers")
    check(f"{figures['held_out']['r2']:.3f}" in page.texts, "R2 is --json's")
    quantiles = figures["error_quantiles"]
    check(list(quantiles.values()) == sorted(quantiles.values()) and "0.5" in quantiles, "errors have quantiles")
    check(page.texts.count("Errors") == 1 and "Predicted and true" in page.texts, "errors are shown")
    check("What is taken for what" not in page.texts, "numbers have no confusion matrix")
    roles = {c["name"]: c["role"] for c in figures["columns"]}
    check(roles["const"] == "constant" and roles["id"] == "identifier" and "left out" in page.texts,
          "the page says what was left out")
    check(math.isfinite(figures["trained"]["r2"]), "there are figures of trained rows")


def warnings(program, folder):
    random.seed(3)
    rows = [["a", "b", "kind"]]
    for i in range(100):
        rows.append([f"{random.random():.3f}", f"{random.random():.3f}", "rare" if i % 12 == 0 else "usual"])
    figures, text = fit(program, folder, rows, "kind")
    found = " ".join(figures["warnings"])
    check("fewer than 20 rows have class rare:" in found, "a class of few rows is a warning")
    check(all(one in Page(text).texts for one in figures["warnings"]), "the page has the warnings")
    rows = [["a", "b", "kind"]]
    for i in range(100):
        kind = i % 2
        gap = "-999" if i % 9 == 5 else f"{random.random():.3f}"
        rows.append([str(kind * 4 + 1), gap, ["yes", "Yes"][kind]])
    figures, text = fit(program, folder, rows, "kind")
    found = " ".join(figures["warnings"])
    check('"Yes" and "yes" are two classes' in found, "classes that differ in capitals are a warning")
    check("column b has -999 as its least number" in found, "a mark for a gap is a warning")
    check("column a nearly gives the answer away" in " ".join(figures["warnings"]), "a leak is a warning")
    figures, text = fit(program, folder, [[row[0], row[2]] for row in rows], "kind")
    check("gives the answer away" not in " ".join(figures["warnings"]), "the only column cannot be a leak")


def main():
    program = pathlib.Path(sys.argv[1]).resolve()
    for part in (classes, numbers, warnings):
        with tempfile.TemporaryDirectory() as folder:
            part(program, pathlib.Path(folder))
    print(f"1..{count}")
    sys.exit(failed > 0)


main()
