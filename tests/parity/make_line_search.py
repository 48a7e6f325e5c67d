"""Writes line_search.h: the steps that SciPy's dcsrch tries, which pensel's search must try too.

Run: python tests/parity/make_line_search.py (needs SciPy)

The lines are arithmetic alone, so that C computes them to rounding: LINES here is `lines` in test_line_search.c.
"""

import itertools
import pathlib
import textwrap

import numpy
import scipy
from scipy.optimize._dcsrch import DCSRCH

LINES = [
    # Moré & Thuente 1994, (5.1) and (5.2)
    (lambda t: -t / (t * t + 2), lambda t: (t * t - 2) / (t * t + 2) ** 2),
    (lambda t: (t + 0.004) ** 5 - 2 * (t + 0.004) ** 4,
     lambda t: 5 * (t + 0.004) ** 4 - 8 * (t + 0.004) ** 3),
    # a parabola, a quartic with two minima, a pole, a slope without end, a slope that flattens
    (lambda t: (t - 3) * (t - 3), lambda t: 2 * (t - 3)),
    (lambda t: t * (t - 1) * (t - 2) * (t - 4) - t, lambda t: 4 * t**3 - 21 * t**2 + 28 * t - 9),
    (lambda t: 1 / (1 + t) + 1e-4 * t, lambda t: -1 / (1 + t) ** 2 + 1e-4),
    (lambda t: -t, lambda t: -1.0),
    (lambda t: 1 / (1 + t), lambda t: -1 / (1 + t) ** 2),
    # a slope that lies: no step is low enough
    (lambda t: t, lambda t: -1.0),
    # one that is steeper beyond a hill
    (lambda t: -t + 2 * t * t - t**3, lambda t: -1 + 4 * t - 3 * t * t),
]
FIRST = [1e-3, 0.1, 1, 2.5, 1e3]
TRIALS, WINDING = 20, 100


def search(line, first):
    """The steps tried, and whether the last one was accepted."""
    f, slope = line
    dcsrch = DCSRCH(f, slope, ftol=1e-3, gtol=0.9, xtol=0.1, stpmin=0, stpmax=1e10)
    step, loss, along, task = first, f(0.0), slope(0.0), b"START"
    steps = []
    step, loss, along, task = dcsrch._iterate(step, loss, along, task)
    while task[:2] == b"FG" and len(steps) < TRIALS:
        steps.append(step)
        step, loss, along, task = dcsrch._iterate(step, f(step), slope(step), task)
    return steps, task[:2] != b"FG"


def winding(random):
    """Polynomials of degree 6 that fall at 0 and whose search takes 4 steps or more: (coefficients, first step)."""
    while True:
        a = numpy.round(random.normal(size=7) * 2.0 ** random.randint(-3, 4, 7), 3)
        a[1], a[6] = -abs(a[1]) - 0.01, abs(a[6]) + 0.01
        first = float(2.0 ** random.randint(-6, 7))
        steps, _ = search(polynomial(a), first)
        if len(steps) >= 4:
            yield a, first


def polynomial(a):
    """Horner's rule, as in C."""
    def value(c):
        def at(t):
            total = 0.0
            for k in reversed(range(len(c))):
                total = total * t + c[k]
            return total
        return at
    return value(a), value(numpy.arange(1, 7) * a[1:])


def main():
    lines = ["/* Written by make_line_search.py with SciPy %s; do not edit. */" % scipy.__version__,
             "enum { TRIALS = %d };" % TRIALS,
             "static const struct {",
             "    int line;",
             "    double a[7]; /* coefficients of the last line */",
             "    double first;",
             "    int count, accepted;",
             "    double steps[TRIALS];",
             "} searches[] = {"]
    cases = [(number, (), line, first) for number, line in enumerate(LINES) for first in FIRST]
    roads = winding(numpy.random.RandomState(7))
    for a, first in itertools.islice(roads, WINDING):
        cases.append((len(LINES), a, polynomial(a), first))
    for number, a, line, first in cases:
        steps, accepted = search(line, first)
        body = textwrap.wrap(", ".join(repr(float(step)) for step in steps), 90)
        lines.append("    {.line = %d, .a = {%s}, .first = %r, .count = %d, .accepted = %d, .steps = {" % (
            number, ", ".join(repr(float(c)) for c in a) or "0", first, len(steps), accepted))
        lines += ["        " + text for text in body] + ["    }},"]
    lines.append("};")
    pathlib.Path(__file__).with_name("line_search.h").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
